"""`sockchat peer` as a filter: bytes in, bytes out, unchanged."""

import hashlib
import os
import re
import select
import signal
import socket
import subprocess
import threading

import pytest

from harness import DEADLINE
from peers import WAITING, accept, port_of, server

assert server  # a fixture

MIB = 1 << 20


@pytest.fixture
def filter_listening(spawn):
    """A filter that waits: (process, port)."""

    def start(*options, input=True, status=0):
        p = spawn("peer", "--listen", "127.0.0.1:0", *options, input=input, status=status)
        return p, int(p.err.wait(WAITING)[0].group(1).rpartition(":")[2])

    return start


def peak(pid):
    """The most memory that it had, in KiB; 0 when it has ended."""
    try:
        status = open(f"/proc/{pid}/status").read()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found.group(1)) if found else 0


def test_bash_and_nothing_else(filter_listening, env):
    p, port = filter_listening(input=False)
    subprocess.run(
        ["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}; echo from the shell >&3"], env=env, check=True
    )
    assert p.wait() == 0
    assert p.out.lines == ["from the shell"]


def test_half_close(spawn, server):
    """`peer HOST PORT < file` sends all of it, says that this is the end, and still reads the answer."""
    p = spawn("peer", "127.0.0.1", port_of(server), input=True)
    p.write("question\n" * 1000)
    p.close_input()
    sock = accept(server)
    data = b"".join(iter(lambda: sock.recv(65536), b""))
    assert data == b"question\n" * 1000
    sock.sendall(b"the answer, without a newline")
    sock.close()
    assert p.wait() == 0
    assert str(p.out) == "the answer, without a newline"
    assert str(p.err) == ""


def test_the_other_side_ends_first(spawn, server):
    """It half-closes: what is on standard input is sent all the same."""
    p = spawn("peer", "127.0.0.1", port_of(server), input=True)
    sock = accept(server)
    sock.sendall(b"all I say\n")
    sock.shutdown(socket.SHUT_WR)
    p.out.wait("^all I say$")
    p.write("late\n")
    assert sock.recv(100) == b"late\n"
    p.close_input()
    assert sock.recv(100) == b""
    assert p.wait() == 0


def test_bytes_are_not_touched(run, server):
    """Nothing is a message here: no exit, no newline, no NUL, no UTF-8."""
    data = b"exit\n\\quit\n\0\0\xff\xfe\r\nhalf" + bytes(range(256))
    got = []

    def answer():
        sock = accept(server)
        got.append(b"".join(iter(lambda: sock.recv(65536), b"")))
        sock.sendall(data)
        sock.close()

    thread = threading.Thread(target=answer)
    thread.start()
    done = run("peer", "127.0.0.1", port_of(server), input=data)
    thread.join()
    assert done.returncode == 0
    assert got == [data]
    assert done.stdout.encode("utf-8", "surrogateescape") == data


def test_an_answer_at_a_terminal(terminal, sockchat, folder, server):
    """Standard output is a terminal: what comes is shown, not obeyed."""
    (folder / "question").write_text("question\n")
    t = terminal(
        "-c", f"{sockchat} peer 127.0.0.1 {port_of(server)} < question", program="/bin/sh"
    )
    sock = accept(server)
    assert sock.recv(100) == b"question\n"
    for part in (b"\x1b[2Jred\x1b]0;t\x07\ttab\r", b"\nhalf \xc3", b"\xbc\xff whole\r\n\r\xe6\xbc"):
        sock.sendall(part)
        t.read(0.1)
    sock.close()
    assert t.wait() == 0
    assert r"\x1b[2Jred\x1b]0;t\x07  tab" + "\nhalf ü\\xff whole\n\\x0d\\xe6\\xbc" in t.show()
    assert b"\x1b" not in t.raw


def test_100_mb_both_ways(sockchat, folder, env):
    """Unchanged, with flat memory."""
    size = 100 * 1000 * 1000
    there, back = folder / "there", folder / "back"
    for path in (there, back):
        block = os.urandom(1000 * 1000)
        with open(path, "wb") as f:
            for i in range(100):
                f.write(block[i:] + block[:i])
    with open(back, "rb") as stdin, open(folder / "got-there", "wb") as stdout:
        waits = subprocess.Popen(
            [sockchat, "peer", "--unix", folder / "u"], env=env, stdin=stdin, stdout=stdout
        )
    with open(there, "rb") as stdin, open(folder / "got-back", "wb") as stdout:
        comes = subprocess.Popen(
            [sockchat, "peer", "--unix", folder / "u"], env=env, stdin=stdin, stdout=stdout
        )
    most = 0
    for p in (waits, comes):
        while p.poll() is None:
            most = max(most, peak(waits.pid), peak(comes.pid))
        assert p.returncode == 0
    for sent, got in ((there, "got-there"), (back, "got-back")):
        with open(sent, "rb") as a, open(folder / got, "rb") as b:
            assert hashlib.file_digest(a, "md5").digest() == hashlib.file_digest(b, "md5").digest()
    assert (folder / "got-back").stat().st_size == size
    if "asan" not in sockchat:
        assert 0 < most < 16 * 1024


def test_a_slow_reader_of_standard_output(spawn, server, sockchat):
    """Nobody reads standard output: the other side is read no further, and memory stays as it is."""
    read_end, write_end = os.pipe()
    p = subprocess.Popen(
        [sockchat, "peer", "127.0.0.1", port_of(server)], stdin=subprocess.DEVNULL, stdout=write_end
    )
    os.close(write_end)
    sock = accept(server)
    sock.setblocking(False)
    sent = 0
    block = os.urandom(1 << 16) * 16
    try:
        while sent < 512 * MIB:
            try:
                sent += sock.send(block[sent % MIB :])
            except BlockingIOError:
                if not select_writable(sock, 0.5):
                    break
        assert sent < 64 * MIB
        if "asan" not in sockchat:
            assert 0 < peak(p.pid) < 16 * 1024
        used = cpu_of(p.pid)
        assert cpu_of(p.pid, wait=0.3) <= used + 0.05
        sock.close()
        total = 0
        while data := os.read(read_end, 1 << 20):
            assert data == (block * 2)[total % MIB :][: len(data)]
            total += len(data)
        assert total == sent
        assert p.wait(DEADLINE) == 0
    finally:
        os.close(read_end)
        p.kill()
        p.wait()


def select_writable(sock, timeout):
    return select.select([], [sock], [], timeout)[1]


def cpu_of(pid, wait=0):
    """Seconds of processor time that it used, after a while."""
    if wait:
        threading.Event().wait(wait)
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_slow_other_side_of_a_filter(sockchat, server):
    """It reads nothing: standard input is read no further."""
    p = subprocess.Popen(
        [sockchat, "peer", "127.0.0.1", port_of(server)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        sock = accept(server)
        os.set_blocking(p.stdin.fileno(), False)
        sent = 0
        while sent < 512 * MIB:
            try:
                sent += os.write(p.stdin.fileno(), b"x" * 65536)
            except BlockingIOError:
                if not select_writable(p.stdin, 0.5):
                    break
        assert sent < 64 * MIB
        used = cpu_of(p.pid)
        assert cpu_of(p.pid, wait=0.3) <= used + 0.05
        p.stdin.close()
        total = 0
        while data := sock.recv(1 << 20):
            total += len(data)
        assert total == sent
        sock.close()
        assert p.wait(DEADLINE) == 0
    finally:
        p.kill()
        p.wait()
        p.stdout.close()


def test_it_left_before_everything_was_sent(sockchat, server):
    p = subprocess.Popen(
        [sockchat, "peer", "127.0.0.1", port_of(server)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    sock = accept(server)
    p.stdin.write(b"first")
    p.stdin.flush()
    assert sock.recv(100) == b"first"
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()
    out, err = p.communicate(b"x" * 100, DEADLINE)
    assert p.returncode == 5
    assert b"the connection broke before everything had arrived" in err


def test_standard_output_is_closed(sockchat, server):
    p = subprocess.Popen(
        [sockchat, "peer", "127.0.0.1", port_of(server)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    p.stdout.close()
    sock = accept(server)
    sock.sendall(b"hello")
    assert p.wait(DEADLINE) == 1
    assert b"standard output: Broken pipe" in p.stderr.read()
    p.stdin.close()
    p.stderr.close()


def test_a_full_disk(sockchat, server):
    with open("/dev/full", "wb") as full:
        p = subprocess.Popen(
            [sockchat, "peer", "127.0.0.1", port_of(server)],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    accept(server).sendall(b"hello")
    _, err = p.communicate(timeout=DEADLINE)
    assert p.returncode == 1
    assert b"standard output: No space left on device" in err


def test_a_filter_keeps_waiting(filter_listening):
    p, port = filter_listening("--keep", input=False)
    for i in range(3):
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(f"line {i}\n".encode())
        p.out.wait(f"^line {i}$")
    assert p.stop(signal.SIGTERM) == 0
    assert p.out.lines == ["line 0", "line 1", "line 2"]


def test_a_filter_has_a_name(run, server):
    got = []

    def read():
        sock = accept(server)
        got.append(b"".join(iter(lambda: sock.recv(100), b"")))
        sock.close()

    thread = threading.Thread(target=read)
    thread.start()
    assert run("peer", "--name", "bot", "127.0.0.1", port_of(server), input="hello\n").returncode == 0
    thread.join()
    assert got == [b"bot\nhello\n"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals(filter_listening, number):
    p, _ = filter_listening()
    assert p.stop(number) == 0


def test_signal_with_bytes_to_send(spawn, server):
    p = spawn("peer", "127.0.0.1", port_of(server), input=True, status=5)
    sock = accept(server)
    p.write("said\n")
    assert sock.recv(100) == b"said\n"
    p.signal(signal.SIGTERM)
    assert sock.recv(100) == b""
    assert p.wait() == 5, "standard input was not at its end"
