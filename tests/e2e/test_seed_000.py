"""
Seed 000: `server PORT`, `client ADDRESS PORT`; one writes, then the other; `exit` ends; a summary at the end.
The other side is a small program in the seed's manner: 1,500-byte buffers padded with NULs, no newline ever.
"""

import pathlib
import re
import socket
import subprocess
import sys

import pytest

from harness import Connection, Process

PROGRAM = pathlib.Path(__file__).parent / "seed_programs" / "alternating.py"
SUMMARY = r"\*{8}Session\*{8}\s+Bytes written: (\d+) Bytes read: (\d+)\s+Elapsed time: (\d+) secs\s+Connection closed"


@pytest.fixture
def program(env, folder, things):
    def start(*arguments):
        p = Process([sys.executable, PROGRAM, *arguments], env, folder, subprocess.PIPE)
        things.append(p)
        return p

    return start


@pytest.fixture
def listening(terminal):
    """listening(*options) waits at a terminal: (terminal, port)."""

    def start(*options):
        t = terminal("peer", "--listen", "127.0.0.1:0", *options)
        found = t.until(r"^Waiting for a client to connect\.\.\. \(127\.0\.0\.1:(\d+)\)")
        return t, int(found.group(1))

    return start


@pytest.mark.parametrize("how", ["padded", "bare"])
def test_as_the_server(listening, program, how):
    """The transcript of the seed, ours being the server."""
    t, port = listening("--turns")
    p = program("client", "127.0.0.1", port, *(["--bare"] if how == "bare" else []))
    t.until(r"^Connected with client! \(127\.0\.0\.1:\d+\)\nAwaiting client response\.\.\.$")
    p.write("Hello SERVER!\n")
    t.until(r"^Client: Hello SERVER!\n>$")
    t.enter("Hello CLIENT!")
    t.until(r"^>Hello CLIENT!\nAwaiting client response\.\.\.$")
    p.out.wait(r"^Server: Hello CLIENT!$")
    p.write("Live Long And Prosper!\n")
    t.until(r"^Client: Live Long And Prosper!\n>$")
    t.enter("You too!")
    p.out.wait(r"^Server: You too!$")
    p.write("exit\n")
    assert t.wait() == 0
    assert "Client has quit the session" in t.show()
    written, read, _ = re.search(SUMMARY, t.show()).groups()
    assert int(written) == len("Hello CLIENT!\nYou too!\n")
    assert int(read) == (3 * 1500 if how == "padded" else len("Hello SERVER!Live Long And Prosper!exit"))
    assert p.wait() == 0
    assert f"Bytes written: {read} Bytes read: {written}" in p.out.lines


def test_as_the_client(terminal, program):
    p = program("server")
    port = p.out.wait(r"Waiting for a client to connect\.\.\. (\d+)")[0].group(1)
    t = terminal("peer", "--turns", "127.0.0.1", port)
    t.until(rf"^Connected to the server! \(127\.0\.0\.1:{port}\)\n>$")
    t.enter("Hello SERVER!")
    t.until(r"^>Hello SERVER!\nAwaiting server response\.\.\.$")
    p.out.wait("^Client: Hello SERVER!$")
    p.write("Hello CLIENT!\n")
    t.until(r"^Server: Hello CLIENT!\n>$")
    t.enter("exit")
    assert t.wait() == 0
    assert re.search(r">exit\n" + SUMMARY, t.show())
    p.out.wait("^Client has quit the session$")
    assert p.wait() == 0


def test_the_other_quits_while_we_wait(terminal, program):
    p = program("server")
    port = p.out.wait(r"connect\.\.\. (\d+)")[0].group(1)
    t = terminal("peer", "--turns", "127.0.0.1", port)
    t.until(r"^>$")
    t.enter("one")
    p.out.wait("^Client: one$")
    p.write("exit\n")
    assert t.wait() == 0
    assert "Server has quit the session" in t.show()


def test_two_of_ours(listening, terminal):
    a, port = listening("--turns")
    b = terminal("peer", "--turns", "127.0.0.1", port)
    b.until(r"^>$")
    a.until("^Awaiting client response")
    for i in range(3):
        b.enter(f"ping {i}")
        a.until(rf"^Client: ping {i}\n>$")
        a.enter(f"pong {i}")
        b.until(rf"^Server: pong {i}\n>$")
    a.enter("exit")
    assert a.wait() == 0
    assert b.wait() == 0
    assert "Server has quit the session" in b.show()
    total = len("ping 0\n") * 3
    assert f"Bytes written: {total + 4} Bytes read: {total}" in a.show()
    assert f"Bytes written: {total} Bytes read: {total + 4}" in b.show()


def test_strict_alternation(listening, terminal):
    """What is typed out of turn stays in the line."""
    a, port = listening("--turns")
    b = terminal("peer", "--turns", "127.0.0.1", port)
    b.until(r"^>$")
    a.enter("too early")
    a.until(r"^It is the client's turn\ntoo early$")
    b.enter("first")
    a.until(r"^Client: first\n>too early$")
    assert "too early" not in b.show()
    a.type("\r")
    b.until(r"^Server: too early\n>$")
    b.enter("\x04")


def test_a_queue_of_five(listening):
    """Those who come while one is being talked to wait in the kernel, and are served in their order."""
    t, port = listening("--keep", "--backlog", "5")
    callers = []
    for i in range(4):
        c = Connection(socket.create_connection(("127.0.0.1", port)))
        c.send(f"I am number {i}")
        callers.append(c)
    for i, c in enumerate(callers):
        t.until(rf"Client: I am number {i}$")
        assert f"number {i + 1}" not in t.show()
        t.enter(f"hello {i}")
        assert c.expect(rf"^hello {i}$")
        c.send("exit")
        c.end()
        c.close()
    t.until(r"Waiting for a client to connect\.\.\. .*\Z")
    t.type("\x03")
    assert t.wait() == 0


def test_port_in_use(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run("peer", "--listen", f"127.0.0.1:{port}")
    assert done.returncode == 4
    assert re.search(rf"^sockchat peer: port {port} on 127\.0\.0\.1 is in use.*--", done.stderr)
