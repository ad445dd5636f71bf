"""When the descriptors run out: newcomers are told, nobody else notices, and the machine does not heat up."""

import os
import time

import pytest

from harness import DEADLINE, Server

FULL = "ERROR :The server has no room for more connections; try again later"


@pytest.fixture
def small(server, folder, env, things, sockchat):
    """A server that may open 40 descriptors."""
    path = folder / "small.sock"
    argv = [
        "prlimit",
        "--nofile=40:40",
        sockchat,
        "serve",
        "--unix",
        path,
        "--bind",
        "127.0.0.1:0",
        "--clients-per-address",
        "0",
    ]
    s = Server.__new__(Server)
    things.append(s)
    s.__init__(argv, env, folder, path, 2)
    return s


def cpu(pid):
    """Seconds that a process has used."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def come(s, nick, over):
    """A newcomer, and the first line that it is told."""
    c = s.irc(over=over)
    try:
        c.send(f"NICK {nick}", "USER n 0 * :n")
    except (BrokenPipeError, ConnectionResetError):
        pass  # turned away already
    return c, c.line()


def fill(s):
    """Clients until one is turned away, and that one."""
    clients = []
    while True:
        c, line = come(s, f"n{len(clients)}", "tcp" if len(clients) % 2 else "unix")
        if line == FULL:
            return clients, c
        assert " 001 " in line
        c.expect(" 422 ")
        clients.append(c)
        assert len(clients) < 40


def test_newcomers_are_told(small):
    clients, late = fill(small)
    assert len(clients) > 20
    assert late.end() == []
    for over in ("tcp", "unix"):
        assert small.connection(over).end() == [FULL]
    for c in clients:
        c.send("PRIVMSG n0 :still here")
    for _ in clients:
        assert clients[0].message("PRIVMSG").params[1] == "still here"
    clients[3].send("QUIT")
    clients[3].end()
    clients[3].close()
    until = time.monotonic() + DEADLINE
    while " 001 late " not in come(small, "late", "tcp")[1]:
        assert time.monotonic() < until
    assert small.stop() == 0


def test_it_is_idle_meanwhile(small):
    """And the log does not grow with each who is turned away."""
    clients, _ = fill(small)
    crowd = [small.connection("tcp") for _ in range(100)]
    clients[0].sync()
    for c in crowd:
        assert c.end() == [FULL]
    assert len([x for x in small.err.lines if "level=warning" in x]) < 5
    before = cpu(small.pid)
    time.sleep(1)
    assert cpu(small.pid) - before < 0.2
    for c in clients[:5]:
        c.sync()
