"""
What the end-to-end tests talk to sockchat with: processes, IRC and plain clients, a terminal.

Nothing here sleeps: every wait is for an event (a line, an end, a screen) and has a deadline.
"""

import codecs
import contextlib
import os
import re
import select
import socket
import subprocess
import threading
import time
import typing
from signal import SIGKILL, SIGTERM

import pexpect
import pyte

SLOWDOWN = float(os.environ.get("SOCKCHAT_TEST_SLOWDOWN", "1"))
DEADLINE = 10 * SLOWDOWN
SANITIZER = re.compile(
    rb"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|SUMMARY: \w+Sanitizer|runtime error:"
)


def text(line):
    return line.decode("utf-8", "surrogateescape") if isinstance(line, bytes) else line


def octets(line):
    return line if isinstance(line, bytes) else line.encode("utf-8", "surrogateescape")


class Gone(EOFError):
    """The other side ended the connection before what was waited for came."""


class Lines:
    """The lines of a stream, gathered by a thread as they come, waited for with a deadline."""

    def __init__(self, stream):
        self.stream = stream
        self.lines = []
        self.ended = False
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._gather, daemon=True)
        self.thread.start()

    def _gather(self):
        for line in iter(self.stream.readline, b""):
            with self.changed:
                self.lines.append(text(line.rstrip(b"\r\n")))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait(self, pattern, count=1, start=0, timeout=DEADLINE):
        """The matches of the first `count` lines that the pattern is found in, from line `start` on."""
        until = time.monotonic() + timeout
        with self.changed:
            while True:
                found = [m for m in (re.search(pattern, x) for x in self.lines[start:]) if m]
                if len(found) >= count:
                    return found[:count]
                left = until - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError(
                        f"{'end of output' if self.ended else 'deadline'} while waiting for"
                        f" {count} of {pattern!r}; there is:\n{self}"
                    )
                self.changed.wait(left)

    def __str__(self):
        return "\n".join(self.lines)


class Process:
    """A sockchat that runs in the background, its standard output and error gathered in lines."""

    def __init__(self, argv, env, cwd, stdin=subprocess.DEVNULL, pass_fds=()):
        self.argv = [str(a) for a in argv]
        self.process = subprocess.Popen(
            self.argv,
            env=env,
            cwd=cwd,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pass_fds,
        )
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)
        self.expected = 0

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def write(self, data):
        self.process.stdin.write(octets(data))
        self.process.stdin.flush()

    def close_input(self):
        self.process.stdin.close()

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=DEADLINE):
        """Its exit status, once it has ended by itself and all of its output is here."""
        status = self.process.wait(timeout)
        self.out.thread.join(timeout)
        self.err.thread.join(timeout)
        return status

    def stop(self, number=SIGTERM, timeout=DEADLINE):
        if self.running():
            self.signal(number)
        return self.wait(timeout)

    def close(self):
        """Its pipes: a test is remembered to the end of the run, and what it holds with it."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def kill(self):
        """Ends it at once; what it leaves behind is not judged."""
        self.expected = None
        return self.stop(SIGKILL)

    def finish(self):
        """The end of a test: it must stop when asked, with the expected status, and no sanitizer's report."""
        try:
            status = self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end on SIGTERM: {' '.join(self.argv)}\n{self.err}")
        finally:
            self.close()
        report = SANITIZER.search(octets(str(self.err)))
        assert not report, f"a sanitizer reports in {' '.join(self.argv)}:\n{self.err}"
        assert self.expected is None or status == self.expected, (
            f"status {status} instead of {self.expected}: {' '.join(self.argv)}\n{self.err}"
        )

    def show(self):
        return (
            f"$ {' '.join(self.argv)}\n--- standard output\n{self.out}\n--- standard error\n{self.err}"
        )


class Server(Process):
    """
    `sockchat serve` on a private Unix socket (.path) and a port of 127.0.0.1 (.port) that it picked.
    The helpers irc() and plain() connect to it; what they return is closed at the end of the test.
    """

    host = "127.0.0.1"

    def __init__(self, argv, env, cwd, path, listeners, pass_fds=()):
        super().__init__(argv, env, cwd, pass_fds=pass_fds)
        self.path = path
        self.clients = []
        self.listening = self.err.wait(r"event=listening\b.*", count=listeners)
        self.ports = [
            int(m.group(1))
            for m in (re.search(r"\bport=(\d+)", line.group()) for line in self.listening)
            if m and int(m.group(1))
        ]
        self.port = self.ports[0] if self.ports else None

    def socket(self, over="unix"):
        """A connected stream socket: over "unix", "tcp", or an address (host, port)."""
        if over == "unix" and self.path:
            s = socket.socket(socket.AF_UNIX)
            s.connect(str(self.path))
        else:
            s = socket.create_connection(over if isinstance(over, tuple) else (self.host, self.port))
        return s

    def connection(self, over="unix"):
        return self._keep(Connection(self.socket(over)))

    def irc(self, nick=None, over="unix", caps=(), channel=None, **register):
        """An IRC client; registered when a nick is given, in a channel when one is given."""
        client = self._keep(Irc(self.socket(over)))
        if nick:
            client.register(nick, caps, **register)
        if channel:
            client.join(channel)
        return client

    def plain(self, name=None, over="unix"):
        """A plain-dialect client; it has said its name and been welcomed when one is given."""
        client = self._keep(Plain(self.socket(over)))
        if name:
            client.enter(name)
        return client

    def _keep(self, client):
        self.clients.append(client)
        return client

    def finish(self):
        for client in self.clients:
            client.close()
        super().finish()


class Connection:
    """Lines over a socket. expect() reads up to the line that matches; what it passed is in .seen."""

    newline = b"\r\n"

    def __init__(self, sock):
        self.sock = sock
        self.sock.setblocking(False)
        self.rest = b""
        self.seen = []
        self.over = False

    def fileno(self):
        return self.sock.fileno()

    def send_raw(self, data, timeout=DEADLINE):
        data = octets(data)
        until = time.monotonic() + timeout
        while data:
            try:
                data = data[self.sock.send(data) :]
            except BlockingIOError:
                left = until - time.monotonic()
                assert left > 0, f"{len(data)} bytes could not be sent in {timeout} s"
                select.select([], [self.sock], [], left)

    def send(self, *lines):
        self.send_raw(b"".join(octets(line) + self.newline for line in lines))

    def _more(self, until, most=1 << 16):
        """Reads what has come; False at the end of the stream, AssertionError at the deadline."""
        left = until - time.monotonic()
        if left <= 0 or not select.select([self.sock], [], [], left)[0]:
            raise AssertionError("deadline; the last lines:\n" + "\n".join(self.seen[-30:]))
        try:
            data = self.sock.recv(min(most, 1 << 16))
        except ConnectionError:
            data = b""
        self.rest += data
        self.over = self.over or not data
        return bool(data)

    def line(self, timeout=DEADLINE):
        """The next line; Gone at the end of the stream."""
        until = time.monotonic() + timeout
        while b"\n" not in self.rest:
            if self.over or not self._more(until):
                raise Gone("the connection ended; the last lines:\n" + "\n".join(self.seen[-30:]))
        line, self.rest = self.rest.split(b"\n", 1)
        self.seen.append(text(line.rstrip(b"\r")))
        return self.seen[-1]

    def expect(self, pattern, timeout=DEADLINE):
        """Reads up to a line that the pattern is found in; its match."""
        until = time.monotonic() + timeout
        try:
            while True:
                found = re.search(pattern, self.line(until - time.monotonic()))
                if found:
                    return found
        except (AssertionError, Gone) as problem:
            raise AssertionError(f"waiting for {pattern!r}: {problem}") from None

    def data(self, count=None, pattern=None, timeout=DEADLINE):
        """Bytes rather than lines: exactly `count`, or all up to the pattern's end."""
        until = time.monotonic() + timeout
        while True:
            if pattern is not None:
                found = re.search(pattern, self.rest)
                end = found.end() if found else None
            else:
                end = count if len(self.rest) >= count else None
            if end is not None:
                data, self.rest = self.rest[:end], self.rest[end:]
                return data
            if self.over or not self._more(until):
                raise Gone(f"the connection ended; unread: {self.rest!r}")

    def end(self, timeout=DEADLINE):
        """Reads up to the end of the stream; the lines before it."""
        start = len(self.seen)
        until = time.monotonic() + timeout
        try:
            while True:
                self.line(until - time.monotonic())
        except Gone:
            if self.rest:
                self.seen.append(text(self.rest))
                self.rest = b""
            return self.seen[start:]

    def take(self, count, timeout=DEADLINE):
        """So many bytes out of the kernel's buffer and not one more; line() and the like have them later."""
        until = time.monotonic() + timeout
        while count > 0:
            before = len(self.rest)
            if not self._more(until, count):
                raise Gone("the connection ended; the last lines:\n" + "\n".join(self.seen[-30:]))
            count -= len(self.rest) - before

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        self.sock.close()


class Message(typing.NamedTuple):
    """An IRC message in its parts: tags unescaped, the nick alone of the source in .nick."""

    tags: dict
    source: str
    command: str
    params: list

    @property
    def nick(self):
        return self.source.split("!")[0]


ESCAPES = {":": ";", "s": " ", "r": "\r", "n": "\n"}


def parse(line):
    tags, source = {}, ""
    if line.startswith("@"):
        words, line = line[1:].split(" ", 1)
        for word in words.split(";"):
            key, _, value = word.partition("=")
            tags[key] = re.sub(r"\\(.?)", lambda m: ESCAPES.get(m.group(1), m.group(1)), value)
    if line.startswith(":"):
        source, line = line[1:].split(" ", 1)
    head, colon, last = line.partition(" :")
    words = head.split()
    return Message(tags, source, words[0], words[1:] + ([last] if colon else []))


def commands(lines):
    """The commands and numerics of IRC lines."""
    return [parse(line).command for line in lines]


class Irc(Connection):
    """A raw IRC client. PING from the server is answered."""

    nick = None
    tokens = 0

    def line(self, timeout=DEADLINE):
        line = super().line(timeout)
        if line.startswith("PING "):
            self.send("PONG " + line[5:])
        return line

    def message(self, command, timeout=DEADLINE):
        """The next message with that command or numeric (a pattern), in its parts."""
        until = time.monotonic() + timeout
        try:
            while True:
                message = parse(self.line(until - time.monotonic()))
                if re.fullmatch(command, message.command):
                    return message
        except (AssertionError, Gone) as problem:
            raise AssertionError(f"waiting for {command}: {problem}") from None

    def register(self, nick, caps=(), user=None, realname=None, password=None):
        """Up to the end of the greeting; the capabilities asked for must be granted."""
        self.nick = nick
        if password is not None:
            self.send(f"PASS {password}")
        if caps:
            self.send("CAP LS 302")
        self.send(f"NICK {nick}", f"USER {user or nick} 0 * :{realname or nick}")
        if caps:
            wanted = caps if isinstance(caps, str) else " ".join(caps)
            self.send(f"CAP REQ :{wanted}", "CAP END")
            answer = self.expect(r" CAP \S+ (ACK|NAK) ")
            assert answer.group(1) == "ACK", f"refused: {self.seen[-1]}"
        self.expect(r"^(@\S+ )?:\S+ (376|422) ")
        return self

    def join(self, channel, key=""):
        """Up to the end of the list of names, which is returned."""
        start = len(self.seen)
        self.send(f"JOIN {channel} {key}".rstrip())
        self.expect(rf"^(@\S+ )?:\S+ 366 \S+ {re.escape(channel)} ")
        return [
            name
            for line in self.seen[start:]
            for name in (re.findall(r" 353 \S+ \S+ \S+ :?(.*)", line) or [""])[0].split()
        ]

    def sync(self):
        """All that the server said until it has handled what was sent: proof that something did not come."""
        Irc.tokens += 1
        token = f"sync-{Irc.tokens}"
        start = len(self.seen)
        self.send(f"PING {token}")
        self.expect(rf"PONG \S+ :?{token}$")
        return self.seen[start:-1]

    def ask(self, *lines):
        """Sends, and what came up to the moment when all of it was handled."""
        self.send(*lines)
        return self.sync()

    def answers(self, *lines):
        """
        What these lines are answered with; what came before is passed over. Each answer is a list:
        its command or numeric, then its parameters, those of a numeric without the client's name.
        """
        self.sync()
        found = [parse(line) for line in self.ask(*lines)]
        return [[m.command, *m.params[1 if m.command.isdigit() else 0 :]] for m in found]


class Plain(Connection):
    """A plain-dialect client, as `nc` would be."""

    newline = b"\n"

    def enter(self, name):
        self.send(name)
        self.expect(rf"(?i)\b{re.escape(name)}\b")
        return self


class Terminal:
    """A program in a terminal of its own; the test reads the screen as a person does."""

    def __init__(self, argv, env, cwd, columns=80, rows=24):
        self.screen = pyte.HistoryScreen(columns, rows, history=5000)
        self.stream = pyte.Stream(self.screen)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.child = pexpect.spawn(
            str(argv[0]),
            [str(a) for a in argv[1:]],
            env={**env, "TERM": "xterm-256color"},
            cwd=str(cwd),
            dimensions=(rows, columns),
            timeout=DEADLINE,
        )
        self.child.delaybeforesend = None
        self.raw = b""

    @property
    def pid(self):
        return self.child.pid

    def type(self, keys):
        self.child.send(octets(keys))

    def enter(self, line):
        self.type(octets(line) + b"\r")

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def read(self, timeout):
        """Takes in what the program writes within the time; False when it has ended."""
        try:
            data = self.child.read_nonblocking(1 << 16, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self.stream.feed(self.decoder.decode(data))
        return True

    def show(self):
        """The screen's lines, without what is empty at the end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def history(self):
        """The lines that were scrolled off the screen."""
        rows = self.screen.history.top
        return ["".join(row[x].data for x in range(self.screen.columns)).rstrip() for row in rows]

    def until(self, pattern, timeout=DEADLINE):
        """Waits until the pattern is found on the screen; its match."""
        return self.until_true(lambda: re.search(pattern, self.show(), re.M), repr(pattern), timeout)

    def until_true(self, true, what="a state of the screen", timeout=DEADLINE):
        until = time.monotonic() + timeout
        while True:
            found = true()
            if found:
                return found
            left = until - time.monotonic()
            alive = left > 0 and self.read(left)
            if not alive:
                found = true()
                if found:
                    return found
                raise AssertionError(f"waiting for {what}; the screen:\n{self.show()}")

    def wait(self, timeout=DEADLINE):
        """The exit status (negative: the signal that ended it), once it has ended by itself."""
        until = time.monotonic() + timeout
        while self.read(max(0.01, until - time.monotonic())):
            assert time.monotonic() < until, f"it has not ended; the screen:\n{self.show()}"
        self.child.wait()
        return self.child.exitstatus if self.child.signalstatus is None else -self.child.signalstatus

    def finish(self):
        if self.child.isalive():
            self.child.kill(SIGKILL)
            self.child.wait()
        self.child.close()
        assert not SANITIZER.search(self.raw), f"a sanitizer reports:\n{text(self.raw)}"
