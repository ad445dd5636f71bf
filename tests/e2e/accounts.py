"""What the tests of accounts share: the client's side of SASL, over harness.Irc."""

import base64
import hashlib
import hmac
import os

from harness import parse

FAST = ("--iterations", "4096")
PASSWORD = "analytical engine"


def encoded(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def parts(message):
    """The AUTHENTICATE lines of a message in base64."""
    pieces = [message[i : i + 400] for i in range(0, len(message), 400)]
    if not pieces or len(pieces[-1]) == 400:
        pieces.append("+")
    return [f"AUTHENTICATE {piece}" for piece in pieces]


def plain(name, password, authorization=""):
    return encoded("\0".join((authorization, name, password)))


def next_message(client):
    """The server's next whole message, decoded; None when the exchange is over (.last says how)."""
    gathered = ""
    while True:
        m = client.message("AUTHENTICATE|90[2-8]")
        if m.command != "AUTHENTICATE":
            client.last = m
            return None
        gathered += "" if m.params[0] == "+" else m.params[0]
        if len(m.params[0]) < 400:
            return base64.b64decode(gathered)


def login_plain(client, name, password=PASSWORD, authorization=""):
    """The last numeric: 903, 904, …"""
    client.send("AUTHENTICATE PLAIN")
    if next_message(client) is None:
        return client.last.command
    client.send(*parts(plain(name, password, authorization)))
    return client.message("90[2-8]").command


class Scram:
    """RFC 5802 with SHA-256, as a client has it."""

    def __init__(self, name, password):
        self.password = password
        self.nonce = encoded(os.urandom(12))
        self.bare = f"n={name},r={self.nonce}"

    def first(self):
        return f"n,,{self.bare}"

    def final(self, server_first):
        fields = dict(f.split("=", 1) for f in server_first.split(","))
        assert fields["r"].startswith(self.nonce)
        self.salt, self.iterations = fields["s"], int(fields["i"])
        salted = hashlib.pbkdf2_hmac(
            "sha256", self.password.encode(), base64.b64decode(self.salt), self.iterations
        )
        key = hmac.digest(salted, b"Client Key", "sha256")
        without = f"c=biws,r={fields['r']}"
        told = f"{self.bare},{server_first},{without}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), told, "sha256")
        proof = encoded(bytes(a ^ b for a, b in zip(key, signature)))
        self.expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), told, "sha256")
        return f"{without},p={proof}"

    def is_proven(self, server_final):
        return server_final == f"v={encoded(self.expected)}"


def login_scram(client, name, password=PASSWORD):
    """The last numeric, and the exchange."""
    scram = Scram(name, password)
    client.send("AUTHENTICATE SCRAM-SHA-256")
    if next_message(client) is None:
        return client.last.command, scram
    client.send(*parts(encoded(scram.first())))
    answer = next_message(client)
    if answer is None:
        return client.last.command, scram
    client.send(*parts(encoded(scram.final(answer.decode()))))
    verdict = next_message(client)
    if verdict is None:
        return client.last.command, scram
    assert scram.is_proven(verdict.decode())
    client.send("AUTHENTICATE +")
    return client.message("90[2-8]").command, scram


def register(client, password=PASSWORD):
    """Makes an account of the client's nick, which it is logged in to then."""
    client.send(f"REGISTER * * :{password}")
    client.expect(r"REGISTER SUCCESS ")
    client.message("900")
    return client


def logged_in(s, nick, account=None, password=PASSWORD, caps=(), **options):
    """An IRC client that logged in by SASL before it was registered."""
    client = s.irc(**options)
    client.nick = nick
    client.send(
        "CAP LS 302", f"CAP REQ :{' '.join(['sasl', *caps])}", f"NICK {nick}", f"USER {nick} 0 * :{nick}"
    )
    client.expect(" ACK ")
    assert login_plain(client, account or nick, password) == "903"
    client.send("CAP END")
    client.expect(r" (376|422) ")
    return client


def values(client):
    """The capabilities that CAP LS 302 offers, with their values."""
    client.send("CAP LS 302")
    offered = {}
    while True:
        m = client.message("CAP")
        for word in m.params[-1].split():
            name, _, value = word.partition("=")
            offered[name] = value
        if m.params[2] != "*":
            return offered


def said(lines, nick):
    """What a service or person said in these lines."""
    messages = [parse(line) for line in lines]
    return [m.params[1] for m in messages if m.nick == nick and m.command in ("NOTICE", "PRIVMSG")]


def refusals(client, line):
    """The first words of what FAIL says to the line."""
    client.send(line)
    m = client.message("FAIL")
    return m.params[:3]
