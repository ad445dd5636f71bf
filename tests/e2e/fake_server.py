"""
An IRC server that does what a test tells it to, step by step: for what a real one does seldom or never
(losing a connection at a chosen moment, an answer that does not come, an odd greeting).
"""

import re
import socket
import struct

from harness import DEADLINE, Connection

FULL = "batch echo-message labeled-response message-tags server-time"
SAFE = FULL + " sockchat/id sockchat/durable=full"
PAST = SAFE + " draft/chathistory"


class FakeClient(Connection):
    """The server's end of one connection."""

    nick = None
    caps = ""
    key = None  # sockchat/id of the last message

    def greet(self, caps=FULL, channel="#lobby", isupport="", host="host.example", login=None, time=None):
        """All of the registration, and the joining of one channel, up to READY."""
        self.expect(r"^CAP LS 302$")
        self.nick = self.expect(r"^NICK (\S+)$").group(1)
        self.offer(caps)
        if login:
            login(self)
        self.expect(r"^CAP END$")
        self.source = f"{self.nick}!user@{host}"
        self.send(f":fake 001 {self.nick} :Welcome {self.source}")
        if isupport:
            self.send(f":fake 005 {self.nick} {isupport} :are supported")
        if channel:
            self.expect(rf"^JOIN {re.escape(channel)}$")
            stamp = f"@time={time} " if time else ""
            self.send(f"{stamp}:{self.source} JOIN {channel}", f":fake 353 {self.nick} = {channel} :{self.nick} bob")
            self.send(f":fake 366 {self.nick} {channel} :End")
        self.send("PONG " + self.expect(r"^PING (.*)$").group(1))
        return self

    def offer(self, caps):
        """Waits until it has said who it is, and grants what it wants of these capabilities."""
        self.expect(r"^USER ")
        self.send(f":fake CAP * LS :{caps}")
        if caps:
            self.caps = self.expect(r"^CAP REQ :(.*)$").group(1)
            self.send(f":fake CAP * ACK :{self.caps}")

    def sync(self):
        """The client has taken in all that was sent. What it says meanwhile is passed over."""
        self.send("PING :seen")
        self.expect("^PONG :seen$")

    def message(self):
        """The next message of the client's: label or None, target, text."""
        tags, target, text = self.expect(r"^(?:@(\S+) )?PRIVMSG (\S+) :(.*)$").groups()
        found = dict(tag.split("=") for tag in tags.split(";")) if tags else {}
        self.key = found.get("sockchat/id")
        return found.get("label"), target, text

    def refuse(self, message, code="STORE_UNAVAILABLE", why="The disk is full"):
        label, target, _ = message
        self.send(f"@label={label} :fake FAIL PRIVMSG {code} {target} :{why}")

    def question(self):
        """The next CHATHISTORY: its words, behind that."""
        return self.expect(r"^CHATHISTORY (.*)$").group(1).split()

    def page(self, target, *lines):
        """Answers it: lines as (msgid, time, nick, text)."""
        said = [
            f"@batch=p;msgid={i};time={t} :{nick}!u@h PRIVMSG {self.nick if target[0] != '#' else target} :{text}"
            for i, t, nick, text in lines
        ]
        self.send(f":fake BATCH +p chathistory {target}", *said, ":fake BATCH -p")
        self.send("PONG :" + self.expect(r"^PING :(h\d+)$").group(1))

    def echo(self, message):
        label, target, text = message
        self.send(f"@label={label};msgid=m{label} :{self.source} PRIVMSG {target} :{text}")

    def cut(self):
        """Ends the connection as a crash or a broken network does: by a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.over = True


class FakeServer:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(DEADLINE)
        self.port = self.listener.getsockname()[1]
        self.clients = []

    def accept(self):
        sock, _ = self.listener.accept()
        self.clients.append(FakeClient(sock))
        return self.clients[-1]

    def finish(self):
        self.listener.close()
        for client in self.clients:
            client.close()

    def show(self):
        return "\n--- next connection\n".join("\n".join(client.seen) for client in self.clients)


def finish(process, client, status=0):
    """A `sockchat connect` that has nothing more to say ends."""
    process.close_input()
    client.expect("^QUIT")
    client.close()
    process.expected = status
    assert process.wait() == status
