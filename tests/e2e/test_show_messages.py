"""serve --show-messages prints what passes through, as seed 002's server does."""

import fcntl
import os
import re
import select
import signal

import pytest

from harness import DEADLINE, Server

F_SETPIPE_SZ = 1031


def shown(s):
    """The lines on standard output after the ways to join."""
    lines = list(s.out.lines)
    return lines[[i for i, x in enumerate(lines) if "Ctrl-C ends" in x][0] + 1 :]


def test_messages_are_printed(server):
    s = server("--show-messages")
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    ada.ask(
        "PRIVMSG #lobby :hello  all",
        "PRIVMSG bob :psst",
        "NOTICE ada,#lobby :beep",
        "PRIVMSG @#lobby :chiefs",
        "PRIVMSG nobody :x",
    )
    bob.send("fine \u732b", "@ada ok", "/me waves")
    s.out.wait("waves")
    assert shown(s) == [
        "ada -> #lobby: hello  all",
        "ada -> bob: psst",
        "ada -> ada: beep",
        "ada -> #lobby: beep",
        "ada -> #lobby: chiefs",
        "bob -> #lobby: fine \u732b",
        "bob -> ada: ok",
        shown(s)[7],
    ]
    assert shown(s)[7].startswith("bob -> #lobby: ") and "ACTION waves" in shown(s)[7]
    assert "\x01" not in "".join(shown(s)), "control characters are shown, not sent to the terminal"


def test_it_is_off_by_default(server, folder):
    ini = folder / "chat.ini"
    ini.write_text("")
    s = server("--config", ini)
    ada = s.irc("ada")
    ada.ask("PRIVMSG ada :first")
    ini.write_text("[serve]\nshow-messages = yes\n")
    s.signal(signal.SIGHUP)
    s.err.wait("event=reloaded changed=1")
    ada.ask("PRIVMSG ada :second")
    s.out.wait("second")
    assert shown(s) == ["ada -> ada: second"]


class Elsewhere(Server):
    """A server whose standard output goes to a small pipe that nobody reads until the test does."""

    def __init__(self, argv, *rest):
        self.reading, writing = os.pipe()
        fcntl.fcntl(writing, F_SETPIPE_SZ, 16384)
        super().__init__(
            ["sh", "-c", f'exec "$@" >/proc/self/fd/{writing}', "sh", *argv],
            *rest,
            pass_fds=(writing,),
        )
        os.close(writing)

    def take(self):
        assert select.select([self.reading], [], [], DEADLINE)[0]
        return os.read(self.reading, 1 << 16).decode()

    def finish(self):
        if self.reading is not None:
            os.close(self.reading)
        super().finish()


@pytest.fixture
def elsewhere(sockchat, env, folder, things):
    s = Elsewhere.__new__(Elsewhere)
    things.append(s)
    path = folder / "chat.sock"
    s.__init__(
        [sockchat, "serve", "--unix", path, "--show-messages", "--input-rate", "0"],
        env,
        folder,
        path,
        1,
    )
    return s


def test_a_reader_that_stopped_stops_nobody(elsewhere):
    """`sockchat serve --show-messages | less`: the chat goes on, and what was not shown is counted."""
    s = elsewhere
    ada = s.irc("ada")
    for i in range(200):
        ada.ask(f"PRIVMSG ada :{i} {'x' * 300}")
    seen = s.take()
    ada.ask("PRIVMSG ada :200", "PRIVMSG ada :201")
    seen += s.take()
    numbers = re.findall(r"^ada -> ada: (\d+)", seen, re.M)
    missed = int(re.search(r"^\((\d+) messages were not shown\)$", seen, re.M).group(1))
    before = len(numbers) - 2
    assert 20 < before < 60
    assert numbers == [str(i) for i in range(before)] + ["200", "201"]
    assert before + missed == 200


def test_a_reader_that_left_stops_nobody(elsewhere):
    """`sockchat serve --show-messages | head -1`, or a terminal that was closed."""
    s = elsewhere
    os.close(s.reading)
    s.reading = None
    ada = s.irc("ada")
    ada.ask("PRIVMSG ada :hello", "PRIVMSG ada :hello")
    assert s.stop() == 0
