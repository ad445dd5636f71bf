"""
Seed 002: many clients through one public server, a table of names, messages forwarded by name, a quit message,
and a client that sends one message, prints one reply and exits.

First `sockchat connect` as those clients, then `sockchat serve` as that server.
"""

import pathlib
import select
import socket
import struct
import subprocess
import sys
import time

import pytest

from harness import DEADLINE


def test_one_message_one_reply_and_exit(server, run, spawn):
    s = server("--show-messages")
    door = s.irc("door", channel="#lobby")
    responder = spawn("connect", "127.0.0.1", str(s.port), "--name", "responder", input=True)
    door.expect(r"^:responder!\S+ JOIN #lobby$")
    one_shot = spawn("connect", "127.0.0.1", str(s.port), "--name", "client", "--once", input=True)
    one_shot.write("Hello")
    one_shot.close_input()  # no newline: the end of input ends the message
    responder.out.wait("^client: Hello$")
    responder.write("Hello from the other side\n")
    assert one_shot.wait() == 0
    assert one_shot.out.lines == ["responder: Hello from the other side"]
    s.out.wait("^client -> #lobby: Hello$")
    responder.close_input()
    assert responder.wait() == 0


def test_messages_go_to_whom_they_name(server, spawn, run):
    s = server()
    names = ["ann", "ben", "cat", "dan"]
    sitting = {
        name: spawn("connect", "--unix", s.path, "--name", name, "--channel", "", input=True)
        for name in names
    }
    for name in names:
        s.err.wait(f"event=registered.*nick={name} ")
    for sender in names:
        for to in names:
            done = run(
                "connect",
                "--unix",
                s.path,
                "--name",
                f"from_{sender}",
                "--to",
                to,
                input=f"for {to}\n",
            )
            assert done.returncode == 0
    for name, process in sitting.items():
        process.out.wait(" for ", len(names))
        assert process.out.lines == [f"[from_{sender} -> you] for {name}" for sender in names]
        process.close_input()
        assert process.wait() == 0


def test_a_message_of_any_size_arrives_whole(server, spawn, run):
    """Framing and partial sends and receives are the program's business, not the person's."""
    s = server("--input-rate", "0")
    reader = spawn("connect", "--unix", s.path, "--name", "reader", input=True)
    s.err.wait("nick=reader ")
    text = "".join(f"{i:07d}" for i in range(3000))
    done = run(
        "connect", "--unix", s.path, "--name", "writer", "--to", "reader", input=text + "\nend\n"
    )
    assert done.returncode == 0
    reader.out.wait(r"\] end$")
    assert "".join(line.split("] ", 1)[1] for line in reader.out.lines) == text + "end"


def test_who_quits_says_so(server, run):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    assert run("connect", "--unix", s.path, "--name", "ann", input="bye\n").returncode == 0
    observer.expect("^:ann!.* PRIVMSG #lobby :bye$")
    observer.expect("^:ann!.* QUIT ")
    assert s.irc("ann")  # the name is free again


def test_a_server_that_is_not_there_is_an_error(run):
    done = run("connect", "127.0.0.1", "1", input="Hello")
    assert done.returncode == 4
    assert done.stdout == "" and "127.0.0.1" in done.stderr


# ---- `sockchat serve` as that server ---------------------------------------------------------------------

ONE_SHOT = pathlib.Path(__file__).parent / "seed_programs" / "oneshot.py"


def one_shot(s, *arguments):
    argv = [sys.executable, ONE_SHOT, s.host, s.port, *arguments]
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=DEADLINE)


@pytest.mark.parametrize("padding", [[], ["pad"]])
def test_a_one_shot_client_gets_its_reply(server, padding):
    """It connects, sends "Hello" with no newline, waits for one reply, and exits; the server stays for the next."""
    s = server()
    for _ in range(3):
        done = one_shot(s, "Hello", *padding)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("* welcome to sockchat, Hello")
        s.err.wait("event=disconnected nick=Hello", count=_ + 1)


def test_many_one_shot_clients_at_once(server):
    s = server("--clients-per-address", "0")
    running = []
    for i in range(20):
        argv = [sys.executable, str(ONE_SHOT), s.host, str(s.port), f"Hello{i}"]
        running.append(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
    for i, p in enumerate(running):
        out, _ = p.communicate(timeout=DEADLINE)
        assert p.returncode == 0 and f", Hello{i}:" in out


def test_a_table_of_names(server):
    """Of all that are connected, a message reaches the one whose name it has, over whatever they came."""
    s = server("--clients-per-address", "0", "--input-rate", "0")
    names = [f"user{i}" for i in range(30)]
    clients = {}
    for i, name in enumerate(names):
        over = ("unix", "tcp")[i % 2]
        clients[name] = s.plain(over=over) if i % 3 else s.irc(name, over=over)
        if i % 3:
            clients[name].send(name)
            clients[name].expect(f", {name}:")
    for i, sender in enumerate(names):
        for step in (1, 7, 12):
            to = names[(i + step) % len(names)]
            clients[sender].send(
                f"@{to} from {sender}" if i % 3 else f"PRIVMSG {to} :from {sender}"
            )
    for i, name in enumerate(names):
        wanted = {f"from {names[(i - step) % len(names)]}" for step in (1, 7, 12)}
        got = set()
        while got != wanted:
            m = clients[name].expect(r"(?:-> you\] |PRIVMSG user\d+ :)(from user\d+)$")
            assert m.group(1) in wanted - got
            got.add(m.group(1))


def test_partial_sends_and_receives(server):
    """A sender that trickles and a reader that sips: what arrives is whole and in order."""
    s = server("--input-rate", "0")
    reader, writer = s.irc("reader", over="tcp"), s.connection("tcp")
    reader.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    text = "writer\n" + "".join(f"@reader {i} {'x' * (i % 300)}\n" for i in range(300))
    data, got, rest = text.encode(), b"", 0
    size = 1
    until = time.monotonic() + 3 * DEADLINE
    while got.count(b" PRIVMSG reader :") < 300 or not got.endswith(b"\n"):
        assert time.monotonic() < until
        sending = [writer.sock] if rest < len(data) else []
        readable, writable, _ = select.select([reader.sock, writer.sock], sending, [], 1)
        if writable:
            rest += writer.sock.send(data[rest : rest + size])
            size = size % 997 + 13
        if writer.sock in readable:
            writer.sock.recv(1 << 16)
        if reader.sock in readable:
            got += reader.sock.recv(size % 89 + 400)
    lines = [x for x in got.decode().split("\r\n") if " PRIVMSG " in x]
    assert [x.split(" :", 1)[1] for x in lines] == [
        f"{i} {'x' * (i % 300)}".strip() for i in range(300)
    ]


def test_a_final_message_frees_the_name(server):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    for words in ("\\quit", "exit", "/quit"):
        c = s.connection()
        c.send_raw("ann")
        c.expect("welcome")
        c.send_raw(words)  # no newline here either
        assert "goodbye" in c.end()[-1]
        assert observer.message("QUIT").nick == "ann"


def test_who_vanishes_frees_the_name(server):
    """With a reset instead of a goodbye."""
    s = server()
    observer = s.irc("observer", channel="#lobby")
    for _ in range(3):
        c = s.plain("ann", over="tcp")
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.close()
        assert observer.message("QUIT").nick == "ann"


def test_the_server_prints_what_it_receives(server):
    s = server("--show-messages")
    responder = s.plain("responder")
    c = s.connection()
    c.send_raw("client")
    c.expect("welcome")
    c.send_raw("Hello")
    responder.expect("^client: Hello$")
    responder.send("@client Hello from the server")
    c.expect(r"^\[responder -> you\] Hello from the server$")
    s.out.wait("^client -> #lobby: Hello$")
    s.out.wait("^responder -> client: Hello from the server$")
