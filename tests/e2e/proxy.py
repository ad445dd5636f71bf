"""Headers of the PROXY protocol, as a proxy in front of the server writes them."""

import socket
import struct

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
TRUSTED = ("--proxy-from", "127.0.0.1", "--no-proxy-required")


def v1(address, family="TCP4", port=50000):
    to = "::1" if ":" in address else "127.0.0.1"
    return f"PROXY {family} {address} {to} {port} 6667\r\n".encode()


def v2(code, addresses=b"", command=0x21, tlvs=b""):
    length = len(addresses) + len(tlvs)
    return SIGNATURE + bytes([command, code]) + struct.pack("!H", length) + addresses + tlvs


def v2_inet(address, **rest):
    family, code = (socket.AF_INET6, 0x21) if ":" in address else (socket.AF_INET, 0x11)
    to = "::1" if ":" in address else "127.0.0.1"
    pair = socket.inet_pton(family, address) + socket.inet_pton(family, to)
    return v2(code, pair + struct.pack("!HH", 50000, 6667), **rest)


def come_from(s, address, nick=None, over="tcp", channel=None, **options):
    """An IRC client of a server with TRUSTED, that comes from this address."""
    client = s.irc(over=over)
    client.send_raw(v1(address, "TCP6" if ":" in address else "TCP4"))
    if nick:
        client.register(nick, **options)
    if channel:
        client.join(channel)
    return client
