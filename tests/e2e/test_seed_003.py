r"""
Seed 003: the client says its name first (10 characters, no white space), messages (500 characters) alternate,
`\quit` from either side; the server stays for the next client; Ctrl-C ends it.
"""

import pathlib
import subprocess
import sys

import pytest

from harness import Process

PROGRAM = pathlib.Path(__file__).parent / "seed_programs" / "named.py"
LIMITS = ("--name-length", "10", "--message-length", "500")


@pytest.fixture
def program(env, folder, things):
    def start(*arguments, status=0):
        p = Process([sys.executable, PROGRAM, *arguments], env, folder, subprocess.PIPE)
        p.expected = status
        things.append(p)
        return p

    return start


@pytest.fixture
def listening(terminal):
    def start(*options):
        t = terminal("peer", "--listen", "127.0.0.1:0", "--turns", *LIMITS, *options)
        return t, int(t.until(r"connect\.\.\. \(127\.0\.0\.1:(\d+)\)").group(1))

    return start


def test_as_the_server_for_one_after_the_other(listening, program):
    t, port = listening("--keep", "--name", "srv")
    for name in ("jess", "tess"):
        p = program("client", "127.0.0.1", port)
        p.write(f"{name}\n")
        t.until(rf"^{name} is the client's name$")
        p.write("hello\n")
        t.until(rf"^{name}: hello\n>$")
        t.enter("hi there")
        p.out.wait("hi there$")
        assert "server> srv" in str(p.out), "our name comes with the first answer"
        p.write("fine\n")
        t.until(rf"^{name}: fine\n>$")
        t.enter("good")
        p.out.wait("server> good$")
        p.write("\\quit\n")
        assert p.wait() == 0
        t.until(rf"^{name} has quit the session\n\*+Session\*+\n(.*\n)+Waiting for a client to connect")
    t.type("\x03")
    assert t.wait() == 0


def test_we_quit_and_stay(listening, program):
    t, port = listening("--keep")
    p = program("client", "127.0.0.1", port)
    p.write("jess\n")
    t.until(r"^Client: jess\n>$")
    t.enter("\\quit")
    t.until(r"^Waiting for a client to connect.*\n(.*\n)*.*Waiting for a client to connect")
    p.write("now\n")
    assert p.wait() == 0
    t.enter("exit")
    assert t.wait() == 0


def test_as_the_client(terminal, program):
    p = program("server", status=None)
    port = p.out.wait(r"port (\d+)")[0].group(1)
    t = terminal("peer", "--turns", *LIMITS, "--name", "jess", "127.0.0.1", port)
    p.out.wait("^connected with jess$")
    t.until(r"^>$")
    t.enter("hello")
    p.out.wait("^jess> hello$")
    p.write("hello yourself, jess\n")
    t.until(r"^Server: hello yourself, jess\n(\[.*)?>$")
    t.enter("\\quit")
    assert t.wait() == 0
    p.out.wait(r"jess> \\quit$")
    p.out.wait("^closed; waiting for connections$")


def test_the_name_is_asked_for(terminal, program):
    p = program("server", status=None)
    port = p.out.wait(r"port (\d+)")[0].group(1)
    t = terminal("peer", "--turns", *LIMITS, "--name", "", "127.0.0.1", port)
    t.until(r"^Your name: at most 10 characters, no white space\nYour name:$")
    t.enter("elevenchars")
    t.until(r"^that name has 11 characters; allowed are 10\n\[11/10\] Your name: elevenchars$")
    t.type("\x15my name\r")
    t.until(r"^a name has no white space in it\n\[7/10\] Your name: my name$")
    t.type("\x15\r")
    t.until(r"^a name has at least one character\nYour name:$")
    t.enter("tencharact")
    p.out.wait("^connected with tencharact$")
    t.type("\x03")
    assert t.wait() == 0


def test_message_limit(listening, program):
    t, port = listening()
    p = program("client", "127.0.0.1", port)
    p.write("jess\n")
    t.until(r"^Client: jess\n>$")
    t.type("ü" * 501)
    t.until(r"^\[501/500\] ><")
    t.type("\r")
    t.until(r"^That message has 501 characters; allowed are 500$")
    assert "server>" not in str(p.out)
    t.type("\x7f")
    t.until(r"^\[500/500\] ><")
    t.type("\r")
    p.write("first\n")
    p.out.wait("server> ü{500}$")
    t.until(r"^Client: first\n>$")
    t.type("\x03")
    assert t.wait() == 0
    p.close_input()
    assert p.wait() == 0


def test_name_limits_of_the_option(run):
    for name, reason in (
        ("elevenchars", "that name has 11 characters; allowed are 10"),
        ("two words", "white space"),
    ):
        done = run("peer", *LIMITS, "--name", name, "--listen", "127.0.0.1:0")
        assert done.returncode == 2
        assert reason in done.stderr


def test_a_message_that_is_no_name(listening, terminal):
    """A program that sends no name: nothing of what it says is lost."""
    t, port = listening("--name", "srv")
    other = terminal("peer", "--turns", "127.0.0.1", port)
    other.until(r"^>$")
    other.enter("hello you")
    t.until(r"^Client: hello you$")
    t.enter("hello")
    other.until(r"^Server: srv\nServer: hello\n>$")
    other.enter("exit")
    assert t.wait() == 0
