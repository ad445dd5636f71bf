"""A WebSocket client for the tests, and its frames, made by hand: what is sent can be wrong in any way."""

import base64
import hashlib
import os
import re
import socket
import struct

from harness import DEADLINE, Irc, octets

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
KEY = base64.b64encode(b"sixteen bytes ..").decode()


def request(protocols="text.ircv3.net", origin=None, path="/", host="127.0.0.1", **fields):
    """A request to open a WebSocket; fields given as None are left out, others put in."""
    head = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "keep-alive, Upgrade",
        "Sec_WebSocket_Key": KEY,
        "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Protocol": protocols,
        "Origin": origin,
        **fields,
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in head.items() if value is not None]
    return octets("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]))


def frame(payload, opcode=TEXT, fin=True, rsv=0, mask=b"\1\2\3\4", length=None):
    """One frame, as a client sends it; `length`: what the header says, if not the truth."""
    payload = octets(payload)
    length = len(payload) if length is None else length
    head = bytes([fin << 7 | rsv << 4 | opcode])
    bit = 0x80 if mask else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 1 << 16:
        head += struct.pack(">BH", bit | 126, length)
    else:
        head += struct.pack(">BQ", bit | 127, length)
    if not mask:
        return head + payload
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class Web(Irc):
    """
    An IRC client over a WebSocket: the lines of its messages, each of which must be as the
    subprotocol wants it. Pongs are kept in .pongs, the Close's code and reason in .closed.
    """

    def __init__(self, sock, protocols="text.ircv3.net", data=None, **fields):
        super().__init__(sock)
        self.raw = b""
        self.open = False
        self.pongs = []
        self.closed = None
        self.send_raw(request(protocols, **fields) if data is None else data)
        self.head = self.data(pattern=rb"\r\n\r\n").decode().split("\r\n")
        self.status = int(self.head[0].split()[1])
        fields = [line.partition(": ")[::2] for line in self.head[1:] if line]
        self.fields = {name.lower(): value for name, value in fields}
        self.opcode = BINARY if self.protocol == "binary.ircv3.net" else TEXT
        if self.status == 101:
            accept = hashlib.sha1(octets(KEY + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")).digest()
            assert self.fields["sec-websocket-accept"] == base64.b64encode(accept).decode()
            assert "sec-websocket-extensions" not in self.fields
            self.open = True
            self.raw, self.rest = self.rest, b""

    @classmethod
    def over(cls, server, path, *arguments, **more):
        """Over the Unix socket; closed with the server's other clients."""
        sock = socket.socket(socket.AF_UNIX)
        server.err.wait(rf"event=listening path={re.escape(str(path))}\b")
        sock.connect(str(path))
        return server._keep(cls(sock, *arguments, **more))

    @property
    def protocol(self):
        return self.fields.get("sec-websocket-protocol")

    def body(self):
        """What stands behind the head of an error, up to the end of the connection."""
        return " ".join(self.end())

    def send(self, *lines):
        self.send_raw(b"".join(frame(line, self.opcode) for line in lines))

    def _more(self, until, most=1 << 16):
        kept, self.rest = self.rest, b""
        try:
            more = super()._more(until, most)
        finally:
            came, self.rest = self.rest, kept
            if self.open:
                self.raw += came
                self._messages()
            else:
                self.rest += came
        return more

    def _messages(self):
        while len(self.raw) >= 2:
            first, length = self.raw[0], self.raw[1]
            assert first >> 4 == 8 and length < 128, f"not whole, or masked: {self.raw[:20]}"
            start = 2 if length < 126 else 4 if length == 126 else 10
            if len(self.raw) < start:
                return
            if length >= 126:
                length = int.from_bytes(self.raw[2:start], "big")
                assert length >= (126 if start == 4 else 1 << 16), "a header longer than it need be"
            if len(self.raw) < start + length:
                return
            payload, self.raw = self.raw[start : start + length], self.raw[start + length :]
            self._message(first & 15, payload)

    def _message(self, opcode, payload):
        assert self.closed is None, f"something came behind the Close: {payload}"
        if opcode == PONG:
            self.pongs.append(payload)
        elif opcode == CLOSE:
            code = int.from_bytes(payload[:2], "big") if payload else None
            self.closed = code, payload[2:].decode()
        else:
            assert opcode == self.opcode
            assert payload and b"\r" not in payload and b"\n" not in payload, payload
            if opcode == TEXT:
                payload.decode()
            self.rest += payload + b"\n"

    def ended(self, timeout=DEADLINE):
        """The lines up to the end, and how the Close said why."""
        return self.end(timeout), self.closed

    def random_frames(self, data, seed=0):
        """The data as one message in fragments of a few bytes."""
        parts = [data[i : i + 3] for i in range(0, len(data), 3)]
        for i, part in enumerate(parts):
            yield frame(part, self.opcode if i == 0 else 0, fin=i + 1 == len(parts), mask=os.urandom(4))
