"""A server, connections to it, and the model beside it: what each connection gets is compared line by line."""

import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

import irc
import operators
import plain
from lines import Checker, parse_irc, parse_plain, shown
from messages import ACCEPTS
from metadata import KEYS, SUBSCRIPTIONS
from model import Model
from questions import DESCRIPTION
from state import SERVER

DEADLINE = 10 * float(os.environ.get("SOCKCHAT_TEST_SLOWDOWN", "1"))
SETTINGS = f"""[serve]
name = {SERVER}
description = {DESCRIPTION}
operator = {operators.OPERATOR[0]} *@* HASH
log-level = warning
shutdown-timeout = 0
[history]
replay = 0
replay-missed = 0
[limits]
accept = {ACCEPTS}
metadata-changes = 0
metadata-keys = {KEYS}
metadata-subs = {SUBSCRIPTIONS}
knock-interval = 0
nick-changes = 0
clients-per-address = 0
input-rate = 0
[accounts]
iterations = 4096
attempts = 0
account-attempts = 0
registrations = 0
"""


class Divergence(Exception):
    """The server said something else than the model."""

    def __init__(self, conn, expected, actual, before):
        self.conn, self.expected, self.actual, self.before = conn, expected, actual, before

    def __str__(self):
        lines = [f"connection {self.conn} got, last:"]
        lines += [f"    {line}" for line in self.before[-8:]]
        lines += ["expected:", f"    {self.expected}", "got:", f"    {self.actual}"]
        return "\n".join(lines)


class Process:
    """A server of its own, on a Unix socket and a port, with nothing kept."""

    def __init__(self, program):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sockchat-model-"))
        settings = self.folder / "model.ini"
        settings.write_text(SETTINGS.replace("HASH", password_hash(operators.OPERATOR[1])))
        self.path = str(self.folder / "sock")
        argv = [program, "serve", "--config", str(settings), "--store", "memory", "--unix", self.path]
        argv += ["--bind", "127.0.0.1:0", "--log-level", "info"]
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        self.port = self._listening()

    def _listening(self):
        port, seen, told = 0, 0, b""
        while seen < 2:
            line = self.process.stderr.readline()
            told += line
            if not line:
                raise RuntimeError("the server does not start:\n" + told.decode())
            if b"event=listening" in line:
                seen += 1
                found = re.search(rb"port=(\d+)", line)
                port = int(found.group(1)) if found and found.group(1) != b"0" else port
        os.set_blocking(self.process.stderr.fileno(), False)
        return port

    def drain(self):
        """What the server logs is read away, and its end kept."""
        with contextlib.suppress(TypeError, BlockingIOError):
            self.said = (getattr(self, "said", b"") + (self.process.stderr.read() or b""))[-4000:]

    def connect(self, over):
        if over == "unix":
            s = socket.socket(socket.AF_UNIX)
            s.connect(self.path)
        else:
            s = socket.create_connection(("127.0.0.1", self.port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        s.settimeout(DEADLINE)
        return s

    def end(self):
        self.drain()
        self.process.kill()
        self.process.wait()
        self.drain()
        self.process.stderr.close()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


_hashes = {}


def password_hash(password):
    """As crypt(3) has it."""
    if password not in _hashes:
        done = subprocess.run(
            ["openssl", "passwd", "-6", "-salt", "model", password], capture_output=True, text=True, check=True
        )
        _hashes[password] = done.stdout.strip()
    return _hashes[password]


class Wire:
    """The socket of one connection, and the lines that came."""

    def __init__(self, sock):
        self.sock, self.rest, self.lines, self.over = sock, b"", [], False

    def send(self, data):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendall(data)

    def more(self):
        """One read; False when nothing more will come, None when nothing came in time."""
        if self.over:
            return False
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionError:
            data = b""
        except TimeoutError:
            return None
        if not data:
            self.over = True
            return False
        *whole, self.rest = (self.rest + data).split(b"\n")
        self.lines += [line.rstrip(b"\r").decode("utf-8", "replace") for line in whole]
        return True


class Run:
    """One server with its model. step() carries out one step of a script on both."""

    def __init__(self, program, strict=False):
        self.process = Process(program)
        self.model, self.checker = Model(), Checker()
        self.wires, self.told, self.ends = {}, {}, []
        self.strict = strict  # every connection is compared after every step
        self.steps = self.syncs = 0
        self.under_way = None  # the connection that said something and was not heard out yet

    def close(self):
        for wire in self.wires.values():
            wire.sock.close()
        for _, wire in self.ends:
            wire.sock.close()
        self.process.end()

    # ---- steps -----------------------------------------------------------------------------------

    def step(self, number, verb, text):
        """verb: connect, >, >> (the next step of the same connection follows at once), eof"""
        if self.under_way != number:
            self.settle_under_way()
        self.steps += 1
        conn = self.model.conns.get(number)
        if verb == "connect" and conn is None:
            self.gather_ends()
            self.model.connect(number, text)
            self.wires[number] = Wire(self.process.connect(text))
            self.told[number] = []
        elif conn is not None and verb in (">", ">>"):
            self.say(conn, text)
            self.under_way = number
            if verb == ">" or self.strict or conn.closed:
                self.settle_under_way()
        elif conn is not None and verb == "eof":
            self.settle_under_way()
            self.end_of_input(conn)
            self.settle(conn)
        if self.strict:
            self.compare_all()

    def say(self, conn, text):
        newline = b"\n" if conn.plain or conn.dialect is None else b"\r\n"
        self.wires[conn.number].send(text.encode() + newline)
        self.execute(conn, text)

    def execute(self, conn, text):
        if conn.dialect == "irc":
            irc.run_line(self.model, conn, text)
        elif conn.dialect == "plain":
            plain.run_line(self.model, conn, text)
        elif text:
            tags, _, rest = text.partition(" ")
            line = rest if tags.startswith("@") else text
            if line.split(" ")[0].upper() in irc.FIRST_WORDS:
                conn.dialect = "irc"
                irc.run_line(self.model, conn, text)
            else:
                plain.first_line(self.model, conn, text)

    def end_of_input(self, conn):
        with contextlib.suppress(OSError):
            self.wires[conn.number].sock.shutdown(socket.SHUT_WR)
        self.model.end(conn, "Connection closed")

    # ---- comparing -------------------------------------------------------------------------------

    def settle(self, conn):
        """All that the connection said was carried out, and all that it is told so far has come."""
        if conn.closed:
            self.gather_ends()
            return
        self.syncs += 1
        wire, token = self.wires[conn.number], f"sync{self.syncs}"
        if conn.dialect == "irc":
            self.say(conn, "PING " + token)
        elif conn.dialect == "plain" and conn.user:
            self.say(conn, "/" + token)
        else:  # every line of a newcomer has its answer
            while len(wire.lines) < len(conn.out):
                if not wire.more():
                    break
            self.compare(conn, wire)
            return
        while not wire.lines or token not in wire.lines[-1]:
            if not wire.more():
                break
        self.compare(conn, wire)

    def gather_ends(self):
        """Those that the model ended: up to the end of their streams."""
        for number, wire in list(self.wires.items()):
            if number not in self.model.conns:
                del self.wires[number]
                while wire.more():
                    pass
                self.compare(self.closed[number], wire)
                if not wire.over:
                    self.diverge(number, "the end of the stream", "nothing")
                wire.sock.close()

    @property
    def closed(self):
        return self.model.closed

    def compare(self, conn, wire):
        """What came against what was expected, which both are then done with."""
        parse = parse_plain if conn.plain else parse_irc
        lines, wire.lines = wire.lines, []
        expected, conn.out = conn.out, []
        actual = [parse(line) for line in lines]
        found = self.checker.compare(expected, actual)
        told = self.told[conn.number]
        if found:
            at, wanted = found
            told += lines[:at]
            end = "the end of the stream" if wire.over else "nothing"
            self.diverge(conn.number, wanted, lines[at] if at < len(lines) else end)
        told += lines
        del told[:-20]

    def diverge(self, number, wanted, got):
        self.process.drain()
        raise Divergence(number, shown(wanted), got, self.told[number])

    def finish(self):
        """The end of a script, which may be in the middle of several lines that follow each other at once."""
        self.settle_under_way()
        self.compare_all()

    def settle_under_way(self):
        """What is sent at once by one connection ends before anything comes from another."""
        number, self.under_way = self.under_way, None
        if number in self.model.conns:
            self.settle(self.model.conns[number])
        self.gather_ends()

    def compare_all(self):
        self.gather_ends()
        for conn in list(self.model.conns.values()):
            if conn.number in self.wires:
                self.settle(conn)
        problem = self.checker.disorder()
        if problem:
            raise Divergence("any", "msgids in order", problem, [])
        self.process.drain()
