"""What signals do to the server: TERM and INT end it with a goodbye, HUP reads the configuration again."""

import re
import socket
import time
from signal import SIGHUP, SIGINT, SIGTERM

import pytest

from harness import DEADLINE, commands

SUMMARY = r"""\*{8} Session \*{8}
Clients: (\d+) Messages: (\d+)
Bytes written: (\d+) Bytes read: (\d+)
Elapsed time: (\d+) secs"""


# ---- the end -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [SIGTERM, SIGINT])
def test_everyone_is_told(server, number):
    s = server()
    ada, bob, new = s.irc("ada", channel="#lobby"), s.plain("bob"), s.irc()
    new.send("CAP LS")
    new.expect("CAP")
    bob.send("one", "two")
    for text in ("one", "two"):
        assert ada.message("PRIVMSG").params[1] == text
    s.signal(number)
    assert commands(ada.end())[-1] == "ERROR"
    assert "The server is stopping" in ada.seen[-1]
    assert bob.end()[-1] == "* goodbye (The server is stopping)"
    assert "The server is stopping" in new.end()[-1]
    for client in (ada, bob, new):
        client.close()
    assert s.wait() == 0
    assert not s.path.exists()
    clients, messages, written, read, _ = re.search(SUMMARY, str(s.out)).groups()
    assert (clients, messages) == ("3", "2")
    assert int(read) == len(
        "NICK ada\r\nUSER ada 0 * :ada\r\nJOIN #lobby\r\n" "bob\none\ntwo\n" "CAP LS\r\n"
    )
    assert int(written) == sum(
        len((x + "\r\n").encode()) for c in (ada, new) for x in c.seen
    ) + sum(len((x + "\n").encode()) for x in bob.seen)
    assert s.err.wait(r"event=stopping reason=.* clients=3")
    turns = s.err.wait(r"event=turns count=(\d+) p50-us=(\d+) p99-us=(\d+) longest-us=(\d+)")[0]
    assert sorted(map(int, turns.groups()[1:])) == list(map(int, turns.groups()[1:]))


def test_nobody_is_there(server):
    s = server("--shutdown-timeout", "1h")
    assert s.stop() == 0
    assert re.search("Clients: 0 Messages: 0", str(s.out))


def test_newcomers_are_not_let_in_while_it_stops(server):
    s = server("--shutdown-timeout", "10s")
    ada = s.irc("ada")
    s.signal(SIGTERM)
    ada.end()
    with pytest.raises((ConnectionError, FileNotFoundError)):
        s.socket("tcp").recv(1)
    ada.close()
    assert s.wait() == 0


def stuck(s):
    """A client that does not read, for which much waits."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(str(s.path))
    sock.sendall(b"NICK stuck\r\nUSER s 0 * :s\r\n")
    sock.setblocking(False)
    until = time.monotonic() + DEADLINE
    while time.monotonic() < until:
        try:
            sock.send(b"HELP\r\n" * 100)
        except BlockingIOError:
            break
    return sock


def test_who_does_not_read_is_waited_for_a_bounded_time(server):
    s = server("--shutdown-timeout", "300ms", "--input-rate", "0")
    sock = stuck(s)
    assert s.stop() == 0
    sock.close()


def test_a_second_signal_ends_it_at_once(server):
    s = server("--shutdown-timeout", "1h", "--input-rate", "0")
    sock = stuck(s)
    s.signal(SIGTERM)
    s.err.wait("event=stopping")
    assert s.running()
    s.signal(SIGINT)
    assert s.wait() == 0
    assert re.search(SUMMARY, str(s.out))
    assert not s.path.exists()
    sock.close()


def test_signals_that_come_late_spoil_nothing(server):
    """Down to the last moment: what ends well says so."""
    for _ in range(10):
        s = server()
        while s.running():
            s.signal(SIGTERM)
        assert s.wait() == 0
        assert re.search(SUMMARY, str(s.out))


def test_a_socket_file_that_is_no_longer_ours_stays(server):
    s = server()
    s.path.unlink()
    other = socket.socket(socket.AF_UNIX)
    other.bind(str(s.path))
    assert s.stop() == 0
    assert s.path.exists()
    other.close()


# ---- reload --------------------------------------------------------------------------------------------


@pytest.fixture
def configured(server, folder):
    """A server and a function that writes its file and has it read again: the new entries of its log."""
    path = folder / "chat.ini"

    def write(text):
        path.write_text(text)

    def reload(text, end="event=(reloaded|reload-failed)"):
        write(text)
        before, done = len(s.err.lines), len([x for x in s.err.lines if re.search(end, x)])
        s.signal(SIGHUP)
        s.err.wait(end, count=done + 1)
        found = [re.search("event=((?:reload|config).*)", x) for x in s.err.lines[before:]]
        return [m.group(1) for m in found if m]

    write("[serve]\nadmin = One\n[limits]\nchannels = 2\n")
    s = server("--config", path)
    return s, reload


def test_what_changed_is_said_and_holds(configured):
    s, reload = configured
    ada = s.irc("ada")
    assert ada.answers("JOIN #a,#b,#c")[-1][0] == "405"
    said = reload("[serve]\nadmin = Two\n[limits]\nchannels = 3\n")
    assert said == [
        'reload setting="[serve] admin" effect=changed',
        'reload setting="[limits] channels" effect=changed',
        "reloaded changed=2",
    ]
    assert ada.answers("ADMIN")[-1][1] == "Two"
    assert ada.answers("JOIN #c,#d")[-1][0] == "405"
    assert "CHANLIMIT=#:3" in " ".join(s.irc("bob").seen)
    assert reload("[serve]\nadmin = Two\n[limits]\nchannels = 3\n") == ["reloaded changed=0"]


def test_lengths_hold_from_then_on(configured):
    """Names that are too long by now stay."""
    s, reload = configured
    ada, bob = s.irc("ada", channel="#x"), s.irc("longer-than-five")
    reload(
        "[serve]\nadmin = One\n[limits]\nchannels = 2\nname-length = 5\nmessage-length = 3\ntopic-length = 3\n"
    )
    assert ada.answers("TOPIC #x :longer", "NICK longer", "NICK short") == [
        ["TOPIC", "#x", "lon"],
        ["432", "longer", "Erroneus nickname"],
        ["NICK", "short"],
    ]
    assert "3" in bob.answers("PRIVMSG short :long")[0][-1]
    assert bob.answers("PRIVMSG short :yes") == []
    assert "NICKLEN=5" in " ".join(s.irc("eve").seen)


def test_what_needs_a_restart_stays_as_it_was(configured, folder):
    s, reload = configured
    said = reload(
        f"[serve]\nadmin = One\nlobby = #hall\nnetwork = Other\nunix = {folder}/other.sock\n[limits]\nchannels = 2\n"
    )
    assert said == [
        'reload setting="[serve] network" effect="needs a restart"',
        'reload setting="[serve] lobby" effect="needs a restart"',
        "reloaded changed=2",
    ]
    assert "Welcome to the sockchat Network" in s.irc("ada").seen[0]
    assert "#lobby" in s.plain("bob").seen[0]
    assert not (folder / "other.sock").exists()


@pytest.mark.parametrize(
    "wrong, why",
    [
        ("[serve]\nadmin = Two\nadmim = x\n", "admim"),
        ("[serve]\nadmin = Two\n[limits]\nchannels = many\n", "channels"),
        ("[serve]\nadmin = Two\nmotd-file = /nonexistent/motd\n", "/nonexistent/motd"),
        ("[serve]\nadmin = Two\npassword-file = /dev/null\n", "not an ordinary file"),
        ("[serve]\nadmin = Two\noperator = root *@* nohash\n", "operator"),
        ("[nosuch]\n", "nosuch"),
    ],
)
def test_a_wrong_file_changes_nothing(configured, wrong, why):
    s, reload = configured
    ada = s.irc("ada")
    said = reload(wrong)
    assert said[-1].startswith("reload-failed reason=")
    assert any(why in x for x in said), said
    assert ada.answers("ADMIN")[-1][1] == "One"
    assert reload("[serve]\nadmin = Three\n[limits]\nchannels = 2\n")[-1] == "reloaded changed=1"
    assert ada.answers("ADMIN")[-1][1] == "Three"


def test_a_file_that_is_gone_changes_nothing(configured, folder):
    s, reload = configured
    (folder / "chat.ini").unlink()
    s.signal(SIGHUP)
    s.err.wait("event=reload-failed")
    assert s.irc("ada").answers("ADMIN")[-1][1] == "One"


def test_files_that_are_named_are_read_again(server, folder):
    motd, password = folder / "motd", folder / "password"
    motd.write_text("One\n"), password.write_text("cats\n")
    s = server("--motd-file", motd, "--password-file", password)
    assert "- One" in " ".join(s.irc("ada", password="cats").seen)
    motd.write_text("Two\n"), password.write_text("dogs\n")
    s.signal(SIGHUP)
    s.err.wait("event=reloaded changed=2")
    s.err.wait(r'event=reload setting="\[serve\] motd-file" effect=changed')
    s.err.wait(r'event=reload setting="\[serve\] password-file" effect=changed')
    assert "- Two" in " ".join(s.irc("bob", password="dogs").seen)
    c = s.irc()
    c.send("PASS cats", "NICK eve", "USER e 0 * :e")
    assert "464" in commands(c.end())
    assert "dogs" not in str(s.err) and "cats" not in str(s.err)


def test_nothing_is_lost_over_a_reload(configured):
    s, reload = configured
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    for i in range(5):
        ada.send(*(f"PRIVMSG #x :{i} {k}" for k in range(10)))
        reload(f"[serve]\nadmin = {i}\n[limits]\nchannels = 2\n")
    assert [bob.message("PRIVMSG").params[1] for _ in range(50)] == [
        f"{i} {k}" for i in range(5) for k in range(10)
    ]
