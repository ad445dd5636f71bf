"""The PROXY protocol: connections that come through a proxy are what the proxy says they are."""

import os
import re

import pytest

from harness import commands
from proxy import TRUSTED, come_from, v1, v2, v2_inet
from web import Web, request

OPERATOR = ("--unix-operator", str(os.geteuid()))
TLVS = b"\x20\x00\x05hello\x04\x00\x80" + b"\0" * 0x80


def actually(client, nick):
    return [a[3] for a in client.answers(f"WHOIS {nick}") if a[0] == "338"]


@pytest.fixture
def s(server):
    return server(*TRUSTED, "--log-level", "debug")


@pytest.fixture
def strict(server):
    return server("--proxy-from", "127.0.0.0/8")


GOOD = [
    (v1("192.0.2.7"), "192.0.2.7"),
    (v1("2001:db8::7", "TCP6"), "2001:db8::7"),
    (v1("::2", "TCP6"), "0::2"),
    (v1("::ffff:192.0.2.9", "TCP6"), "192.0.2.9"),
    (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
    (b"PROXY UNKNOWN whatever 1 2 3\r\n", "127.0.0.1"),
    (v2_inet("192.0.2.8"), "192.0.2.8"),
    (v2_inet("2001:db8::8"), "2001:db8::8"),
    (v2_inet("192.0.2.10", tlvs=TLVS), "192.0.2.10"),
    (v2_inet("192.0.2.11", tlvs=TLVS * 60), "192.0.2.11"),
    (v2_inet("192.0.2.12", command=0x20, tlvs=TLVS), "127.0.0.1"),
    (v2(0x00, command=0x20), "127.0.0.1"),
    (v2(0x00, TLVS), "127.0.0.1"),
    (v2(0x31, b"/run/app.sock".ljust(108, b"\0") * 2), None),
]


def test_both_versions(s, strict):
    """All families, commands and lengths; in one piece with what follows, and where a header is required."""
    for server in (s, strict):
        for i, (header, host) in enumerate(GOOD):
            client = server.irc(over="tcp")
            client.send_raw(header + f"NICK n{i}\r\nUSER u 0 * :u\r\n".encode())
            client.message("376|422")
            assert actually(client, f"n{i}") == ([host] if host else []), header
            where = host or "localhost"
            server.err.wait(rf"event=registered nick=n{i} user=~u host=\"?{where}\"? ")


def test_a_byte_at_a_time(s):
    for i, (header, host) in enumerate(GOOD):
        if len(header) > 300:
            continue
        client = s.irc(over="tcp")
        for byte in header[:-1]:
            client.send_raw(bytes([byte]))
        s.irc().sync()  # what was sent so far has been read
        client.send_raw(header[-1:] + b"NICK n%d\r\nUSER u 0 * :u\r\n" % i)
        client.message("376|422")
        assert actually(client, f"n{i}") == ([host] if host else []), header


BAD = [
    b"PROXY TCP4 192.0.2.7 127.0.0.1 50000\r\n",
    b"PROXY TCP4 192.0.2.7 127.0.0.1 50000 6667\n",
    b"PROXY TCP4 192.0.2.7 127.0.0.1 50000 66667\r\n",
    b"PROXY TCP4 192.0.2.7 127.0.0.1 -1 6667\r\n",
    b"PROXY TCP4 192.0.2.777 127.0.0.1 50000 6667\r\n",
    b"PROXY TCP4 2001:db8::7 127.0.0.1 50000 6667\r\n",
    b"PROXY TCP6 fe80::1%lo ::1 50000 6667\r\n",
    b"PROXY TCP5 192.0.2.7 127.0.0.1 50000 6667\r\n",
    b"PROXY  TCP4 192.0.2.7 127.0.0.1 50000 6667\r\n",
    b"PROXY \r\n",
    b"PROXY " + b"x" * 200,
    b"PROXY UNKNOWN " + b"x" * 100 + b"\r\n",
    v2_inet("192.0.2.7", command=0x11),
    v2_inet("192.0.2.7", command=0x22),
    v2_inet("192.0.2.7", tlvs=b"\0" * 20000),
    v2(0x12, b"\0" * 12),
    v2(0x11, b"\0" * 11),
    v2(0x21, b"\0" * 35),
    v2(0x31, b"\0" * 100),
]


def test_malformed_ones_end_the_connection(s, strict):
    for server in (s, strict):
        for i, header in enumerate(BAD):
            client = server.connection("tcp")
            client.send_raw(header)
            assert client.end() == [], header
            server.err.wait(
                "event=disconnected nick=\\* host=127.0.0.1 reason=.the PROXY header ", count=i + 1
            )


def test_others_do_not_have_it(server):
    s = server("--proxy-from", "192.0.2.1")
    client = s.irc(over="tcp")
    client.send_raw(v1("1.1.1.1"))
    assert "first line is your name" in client.end()[-1]
    client = s.irc(over="tcp")
    client.send_raw(v2_inet("1.1.1.1"))
    assert client.end()[-1].startswith("ERROR")
    assert not [x for x in s.err.lines if "1.1.1.1" in x]


def test_required(strict):
    for line in (b"NICK ada\r\n", b"PASS x\r\n", b"\r\nhello\r\n", b"PROXYS\r\n"):
        client = strict.connection("tcp")
        client.send_raw(line)
        assert client.end() == []
    strict.err.wait("reason=.a PROXY header is required from this address, and none came", count=4)
    strict.irc("ada")  # over the Unix socket, which is not listed


def test_not_required(s):
    """What begins like a header and is none is what it is; a header behind the first line is none."""
    for word in (b"P", b"PRO", b"PROXY", b"\r", b"\r\n\r"):
        client = s.irc(over="tcp")
        client.send_raw(word)
        s.irc(over="tcp").close()
        client.send_raw(b"\r\nQUIT\r\n" if word[:1] == b"\r" else b"\r\n")
        assert client.line()
    ada = s.irc(over="tcp")
    ada.send_raw(b"PAS")
    ada.send_raw(b"S x\r\nNICK ada\r\n" + v1("1.1.1.1") + b"USER ada 0 * :Ada\r\n")
    ada.message("376|422")
    assert "451" in commands(ada.seen)
    assert actually(ada, "ada") == ["127.0.0.1"]
    nobody = s.plain(over="tcp")
    assert "type a name" in nobody.line(), "and who says nothing is greeted"
    nobody.send("paul")
    nobody.expect("paul")


def test_nothing_is_said_before_the_header(server):
    s = server("--proxy-from", "127.0.0.1", "--registration-timeout", "600ms")
    client = s.connection("tcp")
    assert [x[:6] for x in client.end()] == ["ERROR "], "no greeting half a second after it came"
    plain = s.plain(over="tcp")
    plain.send_raw(v1("192.0.2.7") + b"paul\n")
    plain.expect("paul")
    s.err.wait("event=registered nick=paul user=~\\S+ host=192.0.2.7 port=50000 dialect=plain")


def test_limits_are_the_clients(server):
    s = server(*TRUSTED, "--clients-per-address", "2")
    for i in range(2):
        for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
            come_from(s, address, f"n{i}{address[-1]}{len(address)}")
    late = come_from(s, "192.0.2.1")
    assert "Too many connections from your address" in late.line()
    late = come_from(s, "2001:db8::ffff")
    assert "Too many connections from your address" in late.line()
    come_from(s, "2001:db8:0:1::1", "other")


def test_over_a_unix_socket(server):
    """Who comes through is not the local user that the proxy runs as; without a header it is."""
    s = server("--proxy-from", "unix", "--no-proxy-required", "--unix-login")
    ada = come_from(s, "192.0.2.1", "ada", over="unix")
    answers = ada.answers("WHOIS ada")
    assert [a for a in answers if a[0] == "311"][0][2].startswith("~")
    assert not [a for a in answers if a[0] in ("320", "330")]
    assert actually(ada, "ada") == ["192.0.2.1"]
    bob = s.irc("bob")
    assert [a for a in bob.answers("WHOIS bob") if a[0] == "330"]
    assert [a for a in bob.answers("WHOIS bob") if a[0] == "311"][0][3] == "localhost"
    eve = s.irc(over="tcp")
    eve.send_raw(v1("1.1.1.1"))
    assert "first line" in eve.end()[-1], "TCP is not listed"


@pytest.mark.parametrize("required", ["--proxy-required", "--no-proxy-required"])
def test_web_clients(server, features, required):
    """The header is below the WebSocket, in one piece with the request or not; bans hold there too."""
    if "wslay" not in features:
        pytest.skip("no wslay in this build")
    s = server("--proxy-from", "127.0.0.1", required, "--websocket", "127.0.0.1:0", *OPERATOR, listeners=3)
    port = next(int(re.search(r"port=(\d+)", m.group()).group(1)) for m in s.listening if "websocket" in m.group())

    def web(header):
        sock = s.socket((s.host, port))
        return s._keep(Web(sock, data=header + request()))

    for i, header in enumerate([v1("192.0.2.7"), v2_inet("192.0.2.8", tlvs=TLVS)]):
        client = web(header).register(f"web{i}")
        assert actually(client, f"web{i}") == [f"192.0.2.{7 + i}"]
    if required == "--no-proxy-required":
        assert actually(web(b"").register("near"), "near") == ["127.0.0.1"]
    s.irc("boss").ask("BAN 192.0.2.9 :no cats")
    refused = web(v1("192.0.2.9"))
    assert refused.status == 503 and "no cats" in refused.body()


def test_reload(server, folder):
    ini = folder / "chat.ini"
    ini.write_text("[serve]\n")
    s = server("--config", ini)
    first = s.irc(over="tcp")
    first.send_raw(v1("192.0.2.1"))
    first.end()
    ini.write_text("[serve]\nproxy-from = 127.0.0.1/32\n")
    s.signal(1)
    s.err.wait("event=reloaded")
    ada = come_from(s, "192.0.2.1", "ada")
    assert actually(ada, "ada") == ["192.0.2.1"]


@pytest.mark.parametrize(
    "value", ["here", "10.0.0.0/33", "10.0.0/8", "::1/129", "10.0.0.0/", "10.0.0.0/x", "unix/3", "fe80::1%lo"]
)
def test_wrong_settings(run, folder, value):
    done = run("serve", "--unix", folder / "x.sock", "--proxy-from", value)
    assert done.returncode == 2 and value in done.stderr
