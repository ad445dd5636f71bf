"""The terminal: lines above, the line being typed below, seen on a terminal emulator's screen by way of `peer`."""

import os
import re
import signal
import socket

import pytest

from harness import DEADLINE, SLOWDOWN, Connection

LEFT, RIGHT, UP, DOWN, HOME = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B", "\x1b[H"


class Other(Connection):
    newline = b"\n"
    finish = Connection.close

    def show(self):
        return "\n".join(self.seen) + repr(self.rest)


@pytest.fixture
def talk(terminal, folder, things):
    """talk(columns=80, …): a person at a terminal and the other side: (terminal, Connection)."""

    def start(*options, command=(), **how):
        path = folder / f"{len(things)}.sock"
        if command:
            how["program"] = command[0]
            options = (*command[1:], "peer", "--unix", path, *options)
        else:
            options = ("peer", "--unix", path, *options)
        t = terminal(*options, **how)
        t.until(r"^Waiting")
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(str(path))
        c = Other(sock)
        things.append(c)
        t.until(r"^Connected")
        return t, c

    return start


def cursor(t):
    return t.screen.cursor.y, t.screen.cursor.x


def row_of_cursor(t):
    return t.screen.display[t.screen.cursor.y].rstrip()


def typed(t, text, column):
    """Waits until the row of the cursor is this, the cursor at this column."""
    t.until_true(
        lambda: row_of_cursor(t) == text and t.screen.cursor.x == column, f"{text!r}, cursor at {column}"
    )


def everything(t):
    return t.history() + t.show().split("\n")


# ---- what arrives does not disturb ---------------------------------------------------------------


def test_the_typed_line_is_not_disturbed(talk):
    t, c = talk()
    t.type("half a li" + LEFT + LEFT)
    typed(t, ">half a li", 8)
    for i in range(100):
        c.send(f"line {i}")
    t.until("Client: line 99$")
    typed(t, ">half a li", 8)
    t.type("X")
    typed(t, ">half a Xli", 9)
    lines = [re.search(r"line (\d+)$", line) for line in everything(t)]
    assert [int(m.group(1)) for m in lines if m] == list(range(100)), "each once, in order"
    assert sum("half a" in line for line in everything(t)) == 1, "nothing of it was left behind"


def test_arrivals_between_keys(talk):
    t, c = talk()
    for i, key in enumerate("the quick brown fox"):
        t.type(key)
        c.send(f"line {i}")
        t.until(f"Client: line {i}$")
        typed(t, ">" + "the quick brown fox"[: i + 1].rstrip(), i + 2)
    t.type("\r")
    assert c.line() == "the quick brown fox"


def test_a_short_line_covers_a_long_one(talk):
    t, c = talk()
    t.type("%" * 70)
    typed(t, ">" + "%" * 70, 71)
    c.send("hi")
    t.until(r"^\d\d:\d\d Client: hi$")
    typed(t, ">" + "%" * 70, 71)


def test_long_lines_that_arrive_are_wrapped_by_the_terminal(talk):
    t, c = talk(columns=40)
    t.type("typed")
    c.send("%" * 100)
    t.until(r"^\d\d:\d\d Client: %+\n%{40}\n%+$")
    typed(t, ">typed", 6)
    assert t.show().count("%") == 100


# ---- editing ------------------------------------------------------------------------------------


def test_wide_and_combining(talk):
    t, c = talk()
    t.type("a漢字e\u0301b")
    t.until_true(lambda: t.screen.cursor.x == 8, "eight columns")
    for column in (7, 6, 4, 2, 1, 1):
        t.type(LEFT)
        t.until_true(lambda: t.screen.cursor.x == column, f"column {column}")
    t.type(RIGHT + RIGHT + "\x7f")
    t.until_true(lambda: t.screen.cursor.x == 2, "漢 is gone")
    t.type("\r")
    assert c.line() == "a字e\u0301b"
    c.send("漢字")
    t.until("Client: 漢 ?字")


def test_a_long_line_scrolls_sideways(talk):
    t, c = talk(columns=20)
    text = "0123456789" * 5
    t.type(text)
    t.until(r"^><\d+9$")
    assert len(row_of_cursor(t)) <= 19
    t.type(HOME)
    typed(t, ">01234567890123456>", 1)
    c.send("hi")
    t.until("Client: hi$")
    typed(t, ">01234567890123456>", 1)
    t.type("\r")
    assert c.line() == text


def test_history(talk):
    t, c = talk()
    for line in ("one", "two"):
        t.enter(line)
        assert c.line() == line
    t.type("unfinished" + UP + UP)
    typed(t, ">one", 4)
    t.type(DOWN + DOWN)
    typed(t, ">unfinished", 11)
    t.type(UP + "!\r")
    assert c.line() == "two!"


def test_ctrl_c_clears_and_then_ends(talk):
    t, c = talk()
    t.type("something")
    typed(t, ">something", 10)
    t.type("\x03")
    typed(t, ">", 1)
    t.type("\x03")
    assert t.wait() == 0
    assert c.end() == []


def test_paste(talk):
    """A paste is not sent by itself; Enter then sends its lines one after the other."""
    t, c = talk()
    t.type("\x1b[200~one\ntwo\tx\n\x1b[31mthree\x1b[201~")
    typed(t, ">one↵two x↵[31mthree", 20)
    t.type("\r")
    assert [c.line() for _ in range(3)] == ["one", "two\tx", "[31mthree"]
    typed(t, ">", 1)


def test_a_big_paste(talk):
    t, c = talk()
    lines = [f"line {i} of the paste" for i in range(500)]
    t.type("\x1b[200~" + "\n".join(lines) + "\x1b[201~\r")
    assert [c.line() for _ in lines] == lines


def test_escape_key_alone(talk):
    t, c = talk()
    t.type("ab\x1b")
    typed(t, ">ab", 3)
    t.read(0.2)
    t.type("b")
    typed(t, ">abb", 4)
    t.type("\x1bb")
    typed(t, ">abb", 1)


# ---- what others send is shown, not obeyed --------------------------------------------------------


@pytest.mark.parametrize(
    "sent, shown",
    [
        ("\x1b[2J\x1b[H", r"\x1b[2J\x1b[H"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        (b"\x9b2J", r"\x9b2J"),
        ("\u009b2J", r"\u{009b}2J"),
        ("\u202egnp.exe", r"\u{202e}gnp.exe"),
        (b"\xff\xfe", r"\xff\xfe"),
        ("back\b\b\rspace", r"back\x08\x08\x0dspace"),
    ],
)
def test_foreign_control_characters(talk, sent, shown):
    t, c = talk()
    before = len(t.raw)
    c.send(sent)
    t.until(re.escape("Client: " + shown))
    after = t.raw[before:]
    raw = sent if isinstance(sent, bytes) else sent.encode()
    assert raw not in after
    assert b"\x1b]" not in after and b"\x1b[2J" not in after and b"\b" not in after


# ---- size ---------------------------------------------------------------------------------------


def test_resize(talk):
    t, c = talk(columns=80)
    t.type("a line of thirty-two characters!")
    typed(t, ">a line of thirty-two characters!", 33)
    t.resize(20, 10)
    t.until(r"^><.*characters!$")
    assert len(row_of_cursor(t)) <= 19
    c.send("hello")
    t.until("Client: hello$")
    t.resize(100, 30)
    typed(t, ">a line of thirty-two characters!", 33)
    t.type("\r")
    assert c.line() == "a line of thirty-two characters!"


def test_resize_to_nothing(talk):
    t, c = talk()
    t.type("some text")
    typed(t, ">some text", 10)
    t.resize(1, 1)
    t.resize(80, 24)
    t.type("!\r")
    assert c.line() == "some text!"


def test_ctrl_l(talk):
    t, c = talk()
    c.send("hello")
    t.until("hello$")
    t.type("typed\x0c")
    t.until_true(lambda: t.show() == ">typed" and cursor(t) == (0, 6), "a clean screen")


# ---- the terminal is as it was --------------------------------------------------------------------


@pytest.fixture
def shell(terminal, sockchat, folder):
    """A shell with job control; its .stty is the mode before anything was run."""
    (folder / "chat").write_text(f"#!/bin/sh\nexec {sockchat} peer --unix {folder}/u\n")
    (folder / "chat").chmod(0o755)
    t = terminal("--norc", "-i", program="/bin/bash", environment={"PS1": "$ "})
    t.until(r"^\$$")
    t.stty = ask(t, "stty -g")
    return t


def ask(t, command):
    """What a command prints, in one line."""
    t.enter(f"clear; {command} | tail -n 1; echo end''mark")
    lines = t.until(r"(?:^(.*)\n)?endmark\n\$$")
    return lines.group(1)


def start_chat(t):
    t.enter("clear; ./chat; echo status $?")
    t.until("^Waiting for a client")
    t.type("typed")
    t.until("^typed$")


def child_of(pid):
    children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    return int(children[-1])


@pytest.mark.parametrize(
    "number, status",
    [
        (signal.SIGTERM, 0),
        (signal.SIGINT, 0),
        (signal.SIGHUP, 0),
        (signal.SIGQUIT, 128 + signal.SIGQUIT),
        (signal.SIGSEGV, 128 + signal.SIGSEGV),
        (signal.SIGABRT, 128 + signal.SIGABRT),
    ],
)
def test_restored_after_a_signal(shell, sockchat, number, status):
    if "asan" in sockchat and number in (signal.SIGSEGV, signal.SIGABRT):
        pytest.skip("the sanitizer takes this signal")
    ask(shell, "ulimit -c 0")
    start_chat(shell)
    os.kill(child_of(shell.pid), number)
    shell.until(rf"^status {status}$")
    assert ask(shell, "stty -g") == shell.stty
    assert shell.raw.count(b"\x1b[?2004h") == shell.raw.count(b"\x1b[?2004l") + 1, "bash's own is on"


@pytest.mark.parametrize("keys", ["\x03\x03", "\x03\x04", "\x15exit\r", "\x15\\quit\r"])
def test_restored_after_an_end(shell, keys):
    start_chat(shell)
    shell.type(keys)
    shell.until(r"^status 0$")
    assert ask(shell, "stty -g") == shell.stty


def test_suspend_and_go_on(shell, folder):
    start_chat(shell)
    shell.type("\x1a")
    shell.until(r"^\[1\]\+\s+Stopped")
    assert ask(shell, "stty -g") == shell.stty
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(f"{folder}/u")
        shell.enter("clear; fg")
        shell.until(r"^Connected with client!.*\n>typed$")
        s.sendall(b"hello\n")
        shell.until(r"Client: hello\n>typed$")
        shell.type("!\r")
        assert s.recv(100) == b"typed!\n"
        shell.type("\x1a")
        shell.until(r"^\[1\]\+\s+Stopped.*\n\$$")
        shell.enter("fg")
        shell.until(r"^>$")
        s.sendall(b"exit\n")
        shell.until(r"^Connection closed\.\.\.")
    assert ask(shell, "stty -g") == shell.stty


def test_suspend_where_nobody_could_continue(talk):
    """No shell above: the kernel does not stop it, and it goes on as before."""
    t, c = talk()
    t.type("abc\x1a")
    typed(t, ">abc", 4)
    t.type(LEFT + "X")
    typed(t, ">abXc", 4)


def test_stopped_from_outside(shell):
    """SIGSTOP cannot be caught: the shell takes the terminal back, and SIGCONT makes it ours again."""
    start_chat(shell)
    pid = child_of(shell.pid)
    for number in (signal.SIGTSTP, signal.SIGSTOP):
        os.kill(pid, number)
        shell.until(r"^\[1\]\+\s+Stopped")
        shell.enter("clear; fg")
        shell.until(r"\A\./chat\ntyped\Z")
    shell.type("\x15exit\r")
    shell.until(r"^\$$")
    assert ask(shell, "stty -g") == shell.stty


def test_the_descriptor_of_others_stays_blocking(talk):
    t, _ = talk()
    for fd in (0, 1, 2):
        flags = re.search(r"flags:\s+(\d+)", open(f"/proc/{t.pid}/fdinfo/{fd}").read())
        assert not int(flags.group(1), 8) & os.O_NONBLOCK


def test_the_terminal_goes_away(talk):
    t, c = talk()
    pid = t.pid
    t.child.close(force=False)
    assert c.end() == []
    with pytest.raises(ProcessLookupError):
        for _ in range(int(DEADLINE * 100)):
            os.kill(pid, 0)
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
            select_for(0.01)


def select_for(seconds):
    import select

    select.select([], [], [], seconds)


# ---- other terminals ------------------------------------------------------------------------------


def test_no_color(talk):
    t, c = talk(environment={"NO_COLOR": "1"})
    c.send("hello")
    t.until("Client: hello$")
    assert not re.search(rb"\x1b\[[0-9;]*m", t.raw)


def test_colours(talk):
    t, c = talk("--name", "me")
    c.send("alice", "hello", "hello again")
    t.until("alice: hello again$")
    found = re.findall(rb"\x1b\[(\d+)malice\x1b\[0m", t.raw)
    assert len(found) == 3 and len(set(found)) == 1


def test_a_dumb_terminal(talk, sockchat):
    """Lines and the terminal's own echo: no escape sequence in either direction."""
    t, c = talk(command=("/usr/bin/env", "TERM=dumb", sockchat))
    c.send("hello")
    t.until(r"Client: hello\n>$")
    t.type("grüße\n")
    assert c.line() == "grüße"
    c.send("again")
    t.until(r"^>grüße\n>?\n?\d\d:\d\d Client: again\n>$")
    t.type("exit\n")
    assert t.wait() == 0
    assert b"\x1b" not in t.raw
    assert "Session" in t.show()


def test_a_dumb_terminal_in_turns(talk, sockchat):
    t, c = talk("--turns", command=("/usr/bin/env", "TERM=dumb", sockchat))
    c.send("hello")
    t.until(r"^Client: hello\n>$")
    t.type("hi\n")
    assert c.line() == "hi"
    t.until(r"^>hi\nAwaiting client response\.\.\.$")
    t.type("\x04")
    assert t.wait() == 0


# ---- a flood --------------------------------------------------------------------------------------


def test_a_terminal_that_takes_nothing(talk):
    """The other side is read no further, keys still work, and memory stays as it is."""
    t, c = talk()
    sent = 0
    c.sock.setblocking(False)
    block = b"".join(b"%d of many lines\n" % i for i in range(3000))
    while sent < 64 << 20:
        try:
            sent += c.sock.send(block)
        except BlockingIOError:
            if not writable(c.sock, 0.5 * SLOWDOWN):
                break
    assert sent < 8 << 20
    status = open(f"/proc/{t.pid}/status").read()
    if "asan" not in os.readlink(f"/proc/{t.pid}/exe"):
        assert int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) < 16 * 1024
    t.type("\x03")
    t.wait(6 * DEADLINE)
    assert "of many lines" in t.show() or "Session" in t.show()


def writable(sock, seconds):
    import select

    return select.select([], [sock], [], seconds)[1]
