"""`sockchat peer`: a person, talking to itself, nc, ncat, socat and programs that know no newlines; and where."""

import os
import re
import shutil
import socket
import stat
import subprocess
import threading

import pytest

from harness import DEADLINE, Connection, Process
from peers import WAITING, port_of, server

assert server  # a fixture

@pytest.fixture
def other(things):
    """other(sock) is the other side of a conversation: harness.Connection."""

    class Other(Connection):
        newline = b"\n"
        finish = Connection.close

        def show(self):
            return "\n".join(self.seen) + repr(self.rest)

    def start(sock):
        c = Other(sock)
        things.append(c)
        return c

    return start


@pytest.fixture
def listening(terminal):
    """listening(*options) waits at a terminal: (terminal, port)."""

    def start(*options, address="127.0.0.1:0", **how):
        t = terminal("peer", "--listen", address, *options, **how)
        return t, int(re.search(r":(\d+)$", t.until(WAITING).group(1)).group(1))

    return start


@pytest.fixture
def met(listening, other):
    """met(*options): a person who waited at a terminal, and the one who came: (terminal, Connection)."""

    def start(*options, **how):
        t, port = listening(*options, **how)
        c = other(socket.create_connection(("127.0.0.1", port)))
        t.until("^Connected with client!")
        return t, c

    return start


# ---- a person ------------------------------------------------------------------------------------


def test_talk(met):
    t, c = met()
    c.send("hello")
    t.until(r"^\d\d:\d\d Client: hello\n>$")
    t.enter("hello yourself")
    assert c.line() == "hello yourself"
    t.until(r"^\d\d:\d\d >hello yourself\n>$")
    t.enter("exit")
    c.end()
    assert c.seen[-1] == "exit"
    assert t.wait() == 0
    assert re.search(
        r"Bytes written: 19 Bytes read: 6\nElapsed time: \d+ secs\nConnection closed\.\.\.$", t.show()
    )


@pytest.mark.parametrize("word", ["exit", "\\quit"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "", "\0" * 1000])
def test_the_other_side_quits(met, word, end):
    t, c = met()
    c.send_raw("bye\n" if end.endswith("\n") else "")
    c.send_raw(word + end)
    c.half_close() if not end else None
    assert t.wait() == 0
    assert re.search(r"Client has quit the session\n\*{8}Session\*{8}\n", t.show())
    assert c.end() == []


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_keys_that_end(met, key):
    t, c = met()
    t.type("text" + key + ("" if key == "\x03" else "\x15"))
    t.until("^>$")
    t.type(key)
    assert t.wait() == 0
    assert c.end() == []


def test_silence_ends_a_message(met):
    """Until the first newline was seen; then a part of a line waits for its rest."""
    t, c = met()
    c.send_raw("no newline")
    t.until("Client: no newline$")
    c.send_raw("padded" + "\0" * 1494 + "again" + "\0" * 1495)
    t.until("Client: padded\n.*Client: again$")
    c.send_raw("a line\nthe first half, ")
    t.until("Client: a line$")
    with pytest.raises(AssertionError):
        t.until("first half", timeout=0.5)
    c.send_raw("the second half\0\n")
    t.until("Client: the first half, the second half$")
    t.type("\x03")


def test_what_is_left_at_the_end_is_shown(met):
    t, c = met()
    c.send_raw("one\ntwo")
    c.half_close()
    assert t.wait() == 0
    assert re.search(r"Client: one\n.*Client: two\n.*Client has quit", t.show())


def test_lost(met):
    t, c = met()
    c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    c.close()
    t.wait()
    assert re.search(r"Client was lost\nThe connection broke: Connection reset by peer\n", t.show())


def test_a_line_without_an_end(met):
    """Comes in parts."""
    t, c = met()
    c.send_raw("x\n")
    sender = threading.Thread(target=c.send_raw, args=("%" * 200_000 + "\nend\n",))
    sender.start()
    t.until("Client: end$", timeout=6 * DEADLINE)
    sender.join()
    text = "\n".join(t.history() + [t.show()])
    assert text.count("%") == 200_000
    assert text.count("Client: %") == 200_000 // 65536 + 1
    t.type("\x03")
    assert t.wait() == 0


def test_nobody_yet(listening):
    t, _ = listening()
    t.enter("hello?")
    t.until("^Nobody is there yet; exit or Ctrl-C ends\nhello\\?$")
    t.type("\x03")
    t.enter("exit")
    assert t.wait() == 0
    assert "Session" not in t.show()


def test_keep(listening, other):
    t, port = listening("--keep")
    for i in range(3):
        c = other(socket.create_connection(("127.0.0.1", port)))
        c.send(f"hello {i}")
        t.until(f"Client: hello {i}$")
        c.close()
        t.until(rf"hello {i}\n(.*\n)*Connection closed\.\.\.\nWaiting for a client")
    t.type("\x03")
    assert t.wait() == 0


def test_without_keep_others_are_refused(met):
    t, c = met()
    port = int(re.search(r":(\d+)\)", t.show()).group(1))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    t.type("\x03")


def test_two_people_with_names(listening, terminal):
    a, port = listening("--name", "alice")
    b = terminal("peer", "--name", "bob", "127.0.0.1", port)
    a.until("^bob is the client's name$|bob is the client's name$")
    b.until("alice is the server's name$")
    a.enter("hello")
    b.until("alice: hello$")
    b.enter("hi")
    a.until("bob: hi$")
    a.enter("exit")
    assert b.wait() == 0
    assert "alice has quit the session" in b.show()


def test_unix_socket(terminal, folder):
    """The first waits, the second joins, by the same command; who it is says the kernel."""
    path = folder / "two.sock"
    a = terminal("peer", "--unix", path)
    a.until(WAITING)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    b = terminal("peer", "--unix", path)
    b.until(r"^Connected to the server! \(\w+\)")
    a.until(r"^Connected with client! \(\w+\)")
    assert not path.exists()
    b.enter("hello")
    a.until("Client: hello$")
    a.enter("exit")
    assert a.wait() == 0 and b.wait() == 0


def test_unix_socket_that_is_stale(terminal, folder):
    path = folder / "stale.sock"
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
    t = terminal("peer", "--unix", path)
    t.until(WAITING)
    t.enter("exit")
    assert t.wait() == 0
    assert not path.exists()


def test_two_at_once_at_a_unix_socket(spawn, folder):
    """Whoever comes second joins, even in the moment in which the first begins to wait."""
    for i in range(10):
        them = [spawn("peer", "--unix", folder / f"{i}.sock", input=True) for _ in range(2)]
        for p in them:
            p.write("hello\n")
            p.close_input()
        assert [p.wait() for p in them] == [0, 0]
        assert [p.out.lines for p in them] == [["hello"], ["hello"]]


def test_a_slow_other_side(terminal, other, folder):
    """It takes nothing: what is typed is refused at last, and Ctrl-C still ends in time."""
    t = terminal("peer", "--unix", folder / "u")
    t.until(WAITING)
    c = other(socket.socket(socket.AF_UNIX))
    c.sock.connect(str(folder / "u"))
    for _ in range(100):
        t.type("\x1b[200~" + "z" * 30000 + "\x1b[201~\r")
        t.read(0.01)
        if "takes nothing at the moment" in t.show():
            break
    t.until("takes nothing at the moment; try again")
    t.type("\x03\x03")
    assert t.wait() == 0


# ---- clients of the field ---------------------------------------------------------------------

NETCATS = {
    "nc": ["nc", "127.0.0.1", "{port}"],
    "ncat": ["ncat", "127.0.0.1", "{port}"],
    "socat": ["socat", "-", "TCP:127.0.0.1:{port}"],
}
LISTENING_NETCATS = {
    "nc": (["nc", "-l", "-n", "-v", "127.0.0.1", "0"], r"(\d+)$"),
    "ncat": (["ncat", "-l", "-n", "-v", "127.0.0.1", "{free}"], r"Listening on 127\.0\.0\.1:(\d+)"),
    "socat": (["socat", "-d", "-d", "-", "TCP-LISTEN:0,bind=127.0.0.1"], r"listening on .*:(\d+)"),
}


@pytest.fixture
def tool(env, folder, things):
    def start(argv):
        if not shutil.which(argv[0]):
            pytest.skip(f"{argv[0]} is not installed")
        p = Process(argv, env, folder, subprocess.PIPE)
        p.expected = None
        things.append(p)
        return p

    return start


@pytest.mark.parametrize("name", NETCATS)
def test_netcats_come(listening, tool, name):
    t, port = listening()
    p = tool([word.format(port=port) for word in NETCATS[name]])
    p.write("hello from the cat\n")
    t.until("Client: hello from the cat$")
    t.enter("grüße")
    p.out.wait("^grüße$")
    p.write("exit\n")
    assert t.wait() == 0
    assert "Client has quit the session" in t.show()


@pytest.mark.parametrize("name", LISTENING_NETCATS)
def test_netcats_wait(terminal, tool, name):
    argv, pattern = LISTENING_NETCATS[name]
    with socket.create_server(("127.0.0.1", 0)) as s:
        free = port_of(s)
    p = tool([word.format(free=free) for word in argv])
    port = p.err.wait(pattern)[0].group(1)
    t = terminal("peer", "127.0.0.1", port)
    t.until("^Connected to the server!")
    t.enter("hello")
    p.out.wait("^hello$")
    p.write("hello yourself\n")
    t.until("Server: hello yourself$")
    t.enter("exit")
    assert t.wait() == 0


# ---- where --------------------------------------------------------------------------------------


def test_refused(run):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    done = run("peer", "127.0.0.1", port)
    assert done.returncode == 4
    assert re.search(rf"^sockchat peer: 127\.0\.0\.1 port {port}: connection refused", done.stderr)
    assert done.stdout == ""


def test_refused_at_a_terminal(terminal):
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
    t = terminal("peer", "127.0.0.1", port)
    assert t.wait() == 4
    assert re.search(rf"^sockchat peer: 127\.0\.0\.1 port {port}: connection refused", t.show())


def test_ipv6(listening, terminal):
    t, port = listening(address="[::1]:0")
    b = terminal("peer", "[::1]", port)
    b.until(rf"^Connected to the server! \(\[::1\]:{port}\)")
    b.enter("exit")
    assert t.wait() == 0 and b.wait() == 0


def test_all_interfaces(spawn):
    p = spawn("peer", "--listen", "0")
    where = p.err.wait(WAITING)[0].group(1)
    port = re.search(r"0\.0\.0\.0:(\d+)", where).group(1)
    for host in ("127.0.0.1", "127.0.0.2"):
        with socket.create_connection((host, int(port))) as s:
            assert s.recv(1) == b""
        break
    assert p.wait() == 0


@pytest.mark.parametrize("options", [("--listen", "127.0.0.2:0"), ("--listen", "0", "--bind", "127.0.0.2")])
def test_bind(spawn, options):
    p = spawn("peer", *options)
    port = int(p.err.wait(WAITING)[0].group(1).removeprefix("127.0.0.2:"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    with socket.create_connection(("127.0.0.2", port)) as s:
        assert s.recv(1) == b""
    assert p.wait() == 0


@pytest.mark.parametrize("options", [("--source", "127.0.0.3"), ("--interface", "lo")])
def test_source(spawn, server, options):
    p = spawn("peer", *options, "127.0.0.1", port_of(server))
    sock, (address, _) = server.accept()
    assert address == ("127.0.0.3" if "--source" in options else "127.0.0.1")
    sock.close()
    assert p.wait() == 0


def test_source_that_is_not_here(run, server):
    done = run("peer", "--source", "192.0.2.1", "127.0.0.1", port_of(server))
    assert done.returncode == 4
    assert "192.0.2.1" in done.stderr


@pytest.mark.parametrize(
    "words, reason",
    [
        ((), "nobody to talk to"),
        (("host",), "the port is missing behind 'host'"),
        (("host", "0"), "'0' is no port; allowed are 1 to 65535"),
        (("host", "irc"), "'irc' is no port"),
        (("host", "5000", "--listen", "5000"), "HOST PORT and --listen exclude each other"),
        (("host", "5000", "--unix", "/x"), "HOST PORT and --unix exclude each other"),
        (("--listen", "5000", "--unix", "/x"), "--listen and --unix exclude each other"),
        (("--listen", "127.0.0.1:0", "--bind", "lo"), "--bind and the address in --listen"),
        (("--keep", "host", "5000"), "--keep waits for the next one"),
        (("--turns", "host", "5000"), "--turns is for a person"),
        (("--name", "", "host", "5000"), "--name is empty, and there is no terminal"),
        (("--name", "exit", "host", "5000"), "that word ends a conversation"),
        (("--name", "x" * 33, "host", "5000"), "that name has 33 characters; allowed are 32"),
    ],
)
def test_usage(run, words, reason):
    done = run("peer", *words)
    assert done.returncode == 2
    assert reason in done.stderr
    assert done.stdout == ""
