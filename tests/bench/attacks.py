"""What a hostile client may do.

Each attack is a function of a Target. It returns when the attack is under way, and leaves its
connections and threads in the target, which ends them.
"""

import collections
import contextlib
import os
import resource
import socket
import struct
import subprocess
import threading
import time

BIND_ADDRESS_NO_PORT = 24  # IP_BIND_ADDRESS_NO_PORT of <netinet/in.h>
RESET = struct.pack("ii", 1, 0)  # for SO_LINGER: closing sends a reset
A_SOURCE = 50  # connections from one address: below what a server allows one
WAIT = 20  # seconds until a server that says nothing has failed


class Refused(Exception):
    pass


class Target:
    """A server under attack: its port and process, and what the attack has opened."""

    def __init__(self, port, pid, tools, log):
        self.port, self.pid, self.tools, self.log = port, pid, tools, log
        self.stop = threading.Event()
        self.threads, self.sockets, self.after = [], [], []
        self.count = 0
        self.did = collections.Counter()  # what the attack came to, by name

    def connect(self, receive_buffer=None):
        """A connection from one of many addresses, not the probe's."""
        group, self.count = self.count // A_SOURCE, self.count + 1
        link = socket.socket()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if receive_buffer:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        link.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)
        link.settimeout(WAIT)
        try:
            link.bind((f"127.1.{group // 250}.{group % 250 + 1}", 0))
            link.connect(("127.0.0.1", self.port))
        except OSError:
            link.close()
            raise
        self.sockets.append(link)
        self.did["connections"] += 1
        return link

    def register(self, name, channel=None, receive_buffer=None):
        """A connection that has a name and is in the channel."""
        link = self.connect(receive_buffer)
        link.sendall(f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n".encode())
        self.await_reply(link, b" 001 ")
        if channel:
            link.sendall(f"JOIN {channel}\r\n".encode())
            self.await_reply(link, b" 366 ")
        return link

    def await_reply(self, link, wanted):
        seen = b""
        while wanted not in seen:
            data = link.recv(65536)
            if not data:
                raise Refused(seen[-200:].decode(errors="replace").strip() or "closed")
            for line in data.split(b"\r\n"):
                if line.startswith(b"PING"):
                    link.sendall(b"PONG" + line[4:] + b"\r\n")
            seen = (seen + data)[-65536:]

    def run(self, function, *arguments):
        """Calls it again and again in a thread until the attack is over."""

        def loop():
            while not self.stop.is_set():
                with contextlib.suppress(OSError, Refused):
                    function(*arguments)
                self.stop.wait(0.001)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        self.threads.append(thread)

    def drop(self, link):
        link.close()
        self.sockets.remove(link)

    def cut_off(self):
        """How many of the connections the server has ended, by what can be read without waiting."""
        ended = 0
        for link in self.sockets:
            link.setblocking(False)
            try:
                while link.recv(1 << 20):
                    pass
                ended += 1
            except BlockingIOError:
                pass
            except OSError:
                ended += 1
        return ended

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(0.05)
        self.did["cut off by the server"] += self.cut_off()
        for link in list(self.sockets):  # wakes threads that wait in one
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for link in self.sockets:
            link.close()
        for function in self.after:
            function()


# ---- the attacks -------------------------------------------------------------------------------


def slow_bytes(target):
    """40 clients send a byte a second, 20 of them before they have a name."""
    links = [target.connect() for _ in range(20)]
    links += [target.register(f"slow{i}", "#c") for i in range(20)]
    text = b"NOTICE #slow :a line that never comes to its end"

    def dribble():
        for at in range(len(text)):
            for link in links:
                link.send(text[at : at + 1])
                target.did["bytes"] += 1
            if target.stop.wait(1):
                return

    target.run(dribble)


def endless_line(target):
    """Four at a time send a megabyte without a newline, again and again."""

    def pour():
        link = target.connect()
        try:
            for _ in range(64):
                link.sendall(b"x" * 16384)
                target.did["KB"] += 16
            link.recv(4096)
        finally:
            target.drop(link)

    for _ in range(4):
        target.run(pour)


def nuls(target):
    """Two that pour NULs, two that are in the channel and send lines full of them."""

    def pour():
        link = target.connect()
        try:
            for _ in range(64):
                link.sendall(b"\0" * 4096 + b"\r\n")
                target.did["KB"] += 4
        finally:
            target.drop(link)

    def speak(link):
        link.send(b"PRIVMSG #c :" + b"\0" * 300 + b"\r\n")
        target.stop.wait(0.05)

    for i in range(2):
        target.run(pour)
        target.run(speak, target.register(f"nul{i}", "#c"))


def half_characters(target):
    """Four in the channel send UTF-8 that is cut in the middle, as text, name and channel."""
    broken = [
        b"PRIVMSG #c :\xe2\x82",
        b"NICK \xf0\x9f\x98",
        b"JOIN #\xc3",
        b"TOPIC #c :\xed\xa0\x80",
    ]

    def speak(link):
        for line in broken:
            link.send(line + b"\r\n")
            target.did["lines"] += 1
        target.stop.wait(0.1)

    for i in range(4):
        target.run(speak, target.register(f"half{i}", "#c"))


def silence(target):
    """10,000 connections that say nothing (as many of them as come in half a minute)."""
    end = time.monotonic() + 30
    for _ in range(10000):
        if time.monotonic() < end:
            target.connect()


def never_reads(target):
    """Ten that ask for much and read nothing."""
    questions = b"".join(
        b"NAMES #c\r\nWHO #c\r\nMOTD\r\nLIST\r\nVERSION\r\nHELP\r\n" for _ in range(50)
    )

    def ask(link):
        link.settimeout(0.5)
        link.sendall(questions)
        target.did["questions"] += questions.count(b"\n")

    for i in range(10):
        target.run(ask, target.register(f"deaf{i}", "#c", receive_buffer=4096))


def reset_storm(target):
    """Four threads connect and reset at once, some with half a line sent."""

    def strike(text):
        link = target.connect()
        if text:
            link.send(text)
        target.drop(link)

    for text in (b"", b"NICK a", b"", b"NICK a\r\nUSER a 0 * :a\r\n"):
        target.run(strike, text)


def no_descriptors(target):
    """The server may open ten descriptors more; 300 connections want one."""
    limits = resource.prlimit(target.pid, resource.RLIMIT_NOFILE)
    open_now = len(os.listdir(f"/proc/{target.pid}/fd"))
    resource.prlimit(target.pid, resource.RLIMIT_NOFILE, (open_now + 10, limits[1]))
    target.after.append(lambda: resource.prlimit(target.pid, resource.RLIMIT_NOFILE, limits))
    for _ in range(300):
        target.connect()


def stuck_member(target):
    """Five members of the busy channel read nothing."""
    for i in range(5):
        target.register(f"stuck{i}", "#c", receive_buffer=4096)


def killed_clients(target):
    """200 clients in the channel are killed with SIGKILL, and others come, again and again."""
    command = [str(target.tools / "load"), "--mode", "idle", "--one-channel", "--prefix", "k"]
    command += ["--members", "200", "--per-address", str(A_SOURCE), "--hold-ms", "60000"]

    def come_and_die():
        process = subprocess.Popen(
            [*command, "--port", str(target.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        target.stop.wait(0.7)
        process.kill()
        process.wait()
        target.did["clients killed"] += 200

    target.run(come_and_die)


def nothing(_target):
    """No attack: how the same looks without one."""
    time.sleep(0.1)


class Attack:
    """`server` is added to the server's command line, `probe` to the loader's."""

    def __init__(self, name, function, server=(), probe=()):
        self.name, self.function, self.server, self.probe = name, function, server, probe


# enough traffic to fill the kernel's buffers of one who does not read, and a queue that is full then
BUSY = ("--rate", "3000", "--bytes", "400")
UNBOUND = ("--input-rate", "0", "--send-queue", "256K")

ATTACKS = [
    Attack("nothing", nothing),
    Attack("slow-bytes", slow_bytes),
    Attack("endless-line", endless_line),
    Attack("nuls", nuls),
    Attack("half-characters", half_characters),
    Attack("silence", silence),
    Attack("never-reads", never_reads),
    Attack("reset-storm", reset_storm),
    Attack("no-descriptors", no_descriptors),
    Attack("stuck-member", stuck_member, UNBOUND, BUSY),
    Attack("killed-clients", killed_clients),
]
