"""
Seed 004: address reuse, INADDR_ANY, a backlog that can be set, a refused connection that is told clearly, and an
orderly close.
"""

import errno
import os
import re
import signal
import socket
import subprocess

import pytest

from harness import Connection, Irc
from netns import Host, Sockchat

LOOPBACKS = ("127.0.0.1", "127.0.0.2", "::1")


def has_ipv6():
    with socket.socket(socket.AF_INET6) as s:
        return s.connect_ex(("::1", 9)) != errno.EADDRNOTAVAIL


def connect_status(path):
    """What a connect that does not wait says: (socket, errno)."""
    s = socket.socket(socket.AF_UNIX)
    s.setblocking(False)
    return s, s.connect_ex(str(path))


# ---- SO_REUSEADDR --------------------------------------------------------------------------------------


def test_the_same_port_again_at_once(server):
    """The server ends first, so its side of each connection lingers in TIME_WAIT: no reason to wait."""
    first = server("--bind", "127.0.0.1:0", unix=False, port=False, listeners=1)
    address = (first.host, first.port)
    client = first.irc("ada", over=address)
    first.signal(signal.SIGTERM)
    client.end()
    client.close()
    assert first.wait() == 0
    lingering = subprocess.run(
        ["ss", "-Htn", "state", "time-wait", f"( sport = :{first.port} )"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "127.0.0.1" in lingering.stdout, "this test proves nothing without a connection in TIME_WAIT"
    again = server("--bind", f"127.0.0.1:{first.port}", unix=False, port=False, listeners=1)
    assert again.port == first.port
    again.irc("ada", over=address)


def test_two_servers_on_one_port_are_refused(server, run):
    """Reuse is not sharing."""
    s = server("--bind", "127.0.0.1:0", unix=False, port=False, listeners=1)
    done = run("serve", "--bind", f"127.0.0.1:{s.port}")
    assert done.returncode == 4
    assert (
        f"port {s.port} on 127.0.0.1 is in use by another program; choose another with --bind"
        in done.stderr
    )


# ---- INADDR_ANY ----------------------------------------------------------------------------------------


def test_port_is_on_all_interfaces(server):
    s = server("--port", "0", unix=False, port=False, listeners=2 if has_ipv6() else 1)
    assert len(set(s.ports)) == 1, "IPv4 and IPv6 have one number"
    for number, address in enumerate(LOOPBACKS if has_ipv6() else LOOPBACKS[:2]):
        s.irc(f"user{number}", over=(address, s.port), channel="#lobby")


def test_loopback_is_the_default(sockchat, env, folder, things):
    """Nothing is given: port 5000 for this machine alone, and a Unix socket for this user alone."""
    host = Host()  # where port 5000 is free
    try:
        net = Sockchat(sockchat, env, folder, things)
        s = net.serve(host, listeners=3 if has_ipv6() else 2)
        path = folder / "runtime" / "sockchat.sock"
        log = str(s.err)
        assert re.findall(r"path=(\S+)", log) == [str(path)]
        assert re.findall(r"address=(\S+) port=5000", log) in (["127.0.0.1", "::1"], ["127.0.0.1"])
        assert path.stat().st_mode & 0o777 == 0o600
        for number, words in enumerate(((), ("127.0.0.1", "5000"), ("127.0.0.1",))):
            done = net.run(host, "connect", "--name", f"user{number}", *words, input="hello\n")
            assert done.returncode == 0, done.stderr
        s.err.wait("event=registered nick=user0 user=\\w+ .*port=0")
        s.err.wait("event=registered nick=user1 .*host=127.0.0.1")
        again = net.run(host, "serve")
        assert again.returncode == 4
        assert "port 5000 on 127.0.0.1 is in use by another program" in again.stderr
    finally:
        host.close()


# ---- backlog -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backlog", [1, 5])
def test_backlog(server, backlog):
    """
    While the server does not accept, the kernel holds as many connections as it was told to, and one; then
    the next has to wait. Nobody who waited is lost.
    """
    s = server("--backlog", backlog, port=False)
    os.kill(s.pid, signal.SIGSTOP)
    try:
        held = [connect_status(s.path) for _ in range(backlog + 4)]
    finally:
        os.kill(s.pid, signal.SIGCONT)
    codes = [code for _, code in held]
    assert codes == [0] * (backlog + 1) + [errno.EAGAIN] * 3
    for number, (waiting, code) in enumerate(held):
        client = Irc(waiting)
        if code == 0:
            client.register(f"user{number}")
        client.close()


def test_backlog_of_a_port(server):
    s = server("--backlog", "7", unix=False)
    done = subprocess.run(
        ["ss", "-Hltn", f"( sport = :{s.port} )"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[2] == "7"


def test_backlog_has_a_range(run):
    for wrong in ("0", "65536", "many"):
        done = run("serve", "--backlog", wrong)
        assert done.returncode == 2
        assert "--backlog" in done.stderr


# ---- a refused connection ------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["connect", "peer"])
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_refused(run, command, address):
    if address == "::1" and not has_ipv6():
        pytest.skip("no IPv6 here")
    if address == "localhost":
        try:
            socket.getaddrinfo(address, None)
        except socket.gaierror:
            pytest.skip("localhost is not in /etc/hosts here")
    with socket.socket() as s:  # a port that nobody listens on: bound, and closed
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    done = run(command, address, port, input="hello\n")
    assert done.returncode == 4
    assert f"{address} port {port}: connection refused; is a server running there?" in done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


def test_refused_on_a_unix_socket(run, folder):
    absent = folder / "absent.sock"
    done = run("connect", "--unix", absent, input="hello\n")
    assert done.returncode == 4
    assert f"{absent}: there is no such socket; is a server running there?" in done.stderr
    stale = folder / "stale.sock"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(stale))
    done = run("connect", "--unix", stale, input="hello\n")
    assert done.returncode == 4
    assert f"{stale}: connection refused; is a server running there?" in done.stderr


def test_unknown_host(run):
    done = run("connect", "a" * 70, 5000, input="hello\n")  # longer than DNS allows
    assert done.returncode == 4
    assert f'"{"a" * 70}"' in done.stderr


# ---- orderly close -------------------------------------------------------------------------------------


def test_quit_ends_with_the_last_word(server):
    """What was said before is answered, the goodbye comes, then the end of the stream; not a reset."""
    s = server()
    client = s.irc("ada", over="tcp")
    client.send("PING one", "QUIT :bye", "PING too-late")
    client.expect("PONG .*one$")
    assert client.expect(r"^ERROR :")
    assert client.end() == []
    client.sock.setblocking(True)
    assert client.sock.recv(100) == b""


def test_all_answers_come_after_our_end(server):
    """A client that says all it has to say and closes its half, as `nc -N` does, still reads every answer."""
    s = server()
    client = s.connection(over="tcp")
    client.send("NICK ada", "USER ada 0 * :Ada", *(f"PING {i}" for i in range(100)))
    client.half_close()
    lines = client.end()
    answers = [line.rsplit(" ", 1)[1].lstrip(":") for line in lines if " PONG " in line]
    assert answers == [str(i) for i in range(100)]


def test_the_servers_end_reaches_everybody(server):
    s = server()
    over = ("tcp", "unix")
    clients = [s.irc(f"user{i}", over=over[i % 2], channel="#lobby") for i in range(6)]
    plain = s.plain("pia", over="tcp")
    s.stop()
    for client in clients:
        assert any(line.startswith("ERROR :") for line in client.end())
    assert plain.end()
    assert not s.path.exists()
    with pytest.raises(ConnectionRefusedError):
        Connection(socket.create_connection((s.host, s.port)))
