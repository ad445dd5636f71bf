"""WebSockets: requests good and bad, pages from elsewhere, frames of every kind, slow readers, the end."""

import re
import signal
import socket

import pytest

from harness import commands, octets, parse
from web import BINARY, CLOSE, PING, PONG, Web, frame, request


@pytest.fixture(autouse=True)
def built_in(features):
    if "wslay" not in features:
        pytest.skip("no wslay in this build")


@pytest.fixture
def serve(server):
    """serve(*options) starts a server whose .web() connects a WebSocket client: over its port, or "unix"."""

    def start(*options, listeners=3, **more):
        s = server("--websocket", "127.0.0.1:0", *options, listeners=listeners, **more)
        ports = [m.group() for m in s.listening if "websocket" in m.group()]
        s.web_port = int(re.search(r"port=(\d+)", ports[0]).group(1))

        def web(nick=None, over=None, caps=(), **request):
            client = s._keep(Web(s.socket(over or (s.host, s.web_port)), **request))
            return client.register(nick, caps) if nick else client

        s.web = web
        s.raw = lambda: s.connection((s.host, s.web_port))
        return s

    return start


@pytest.mark.parametrize("protocol", ["text.ircv3.net", "binary.ircv3.net", None])
def test_chat_both_ways(serve, protocol):
    s = serve()
    web = s.web("web", protocols=protocol)
    assert web.protocol == protocol
    web.join("#c")
    nc = s.irc("raw", channel="#c")
    web.send("PRIVMSG #c :grüße, 🙂")
    nc.expect(r"^:web!\S+ PRIVMSG #c :grüße, 🙂$")
    nc.send("PRIVMSG #c :" + "x" * 400)
    web.expect(r"^:raw!\S+ PRIVMSG #c :x{400}$")
    plain = s.plain("plain")
    plain.send("@web hello")
    web.expect(r"^:plain!\S+ PRIVMSG web :hello$")


def test_a_browser_that_gets_the_page_is_told_the_way(serve):
    s = serve()
    page = s.web(data=request(Upgrade=None, Connection=None))
    assert page.status == 426
    assert "new WebSocket(" in page.body()
    assert s.web(data=request(path="/favicon.ico", Upgrade=None)).status == 404


REQUESTS = [
    (b"NICK x\r\nUSER x 0 * :x\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    (request(Sec_WebSocket_Key=None), 400),
    (request(Content_Length="4") + b"NICK", 400),
    (request() + frame("NICK early"), 400),
    (request(origin="https://evil.example"), 403),
    (request().replace(b"GET", b"POST"), 405),
    (request(Sec_WebSocket_Version="8"), 426),
    (request(Cookie="x" * 5000), 431),
    (request(**{f"X{i}": "x" * 1000 for i in range(20)}), 431),
    (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
]


def test_bad_requests(serve):
    s = serve()
    for data, status in REQUESTS:
        web = s.web(data=data)
        assert web.status == status, data
        assert web.fields["connection"].endswith("close")
        body = web.body()
        assert len(octets(body)) + 1 == int(web.fields["content-length"]) and body.endswith("."), body
    assert s.err.wait(r"event=websocket-refused .*status=403 origin=https://evil.example")
    assert s.web("still").ask("VERSION")


def test_a_request_in_pieces(serve):
    s = serve()
    data = request()
    for cut in range(1, len(data), 7):
        raw = s.raw()
        raw.send_raw(data[:cut])
        assert not raw.rest
        raw.send_raw(data[cut:])
        assert b"101" in raw.data(pattern=rb"\r\n\r\n")
        raw.close()


def test_a_slow_request(serve):
    s = serve("--registration-timeout", "200ms")
    web = s.web(data=request()[:-2])
    assert web.status == 408 and "in time" in web.body()
    silent = s.raw()
    assert silent.line() == "HTTP/1.1 408 Request Timeout"
    # the same time holds for who comes through and then says nothing
    lines, closed = s.web().ended()
    assert "Registration timed out" in lines[-1] and closed == (1008, "Registration timed out")


def test_too_many_clients(serve):
    s = serve("--clients-per-address", "1")
    s.web("first")
    other = s.raw()
    assert other.line() == "HTTP/1.1 503 Service Unavailable"
    assert other.end()[-1] == "Too many connections from your address"


ORIGINS = [
    (None, "chat.example", 101),
    ("http://127.0.0.1:8000", "127.0.0.1:1", 101),
    ("http://localhost", "localhost:1", 101),
    ("https://irc.example", "irc.example", 101),  # the server's own name
    ("https://web.example", "irc.example", 101),
    ("https://a.web.example:444", "irc.example", 101),
    ("https://web.example.evil.example", "irc.example", 403),
    ("https://evil.example", "irc.example", 403),
    ("https://evil.example", "evil.example", 403),  # its name may lead here for a moment
    ("null", "irc.example", 403),
    ("file://", "irc.example", 403),
]


def test_origins(serve):
    options = ("--websocket-origin", "https://web.example", "--websocket-origin", "https://*.web.example:444")
    s = serve("--name", "irc.example", *options)
    for origin, host, status in ORIGINS:
        assert s.web(origin=origin, host=host).status == status, (origin, host)


def test_subprotocols(serve):
    s = serve()
    for offered, chosen in [
        ("binary.ircv3.net, text.ircv3.net", "binary.ircv3.net"),
        ("text.ircv3.net, binary.ircv3.net", "text.ircv3.net"),
        ("chat, text.ircv3.net", "text.ircv3.net"),
        ("chat", None),
    ]:
        assert s.web(protocols=offered).protocol == chosen


def test_frames(serve):
    s = serve("--input-rate", "0")
    web = s.web("web")
    # whatever the parts, and whatever comes between them
    for part in web.random_frames(b"PRIVMSG web :in parts"):
        web.send_raw(part)
        web.send_raw(frame("?", PING))
    web.expect("PRIVMSG web :in parts")
    web.send_raw(frame("", PONG) + frame("x" * 125, PING))
    web.sync()
    assert web.pongs == [b"?"] * 7 + [b"x" * 125]
    # every byte alone, and all in one
    for byte in frame("PRIVMSG web :bytes"):
        web.send_raw(bytes([byte]))
    web.send_raw(b"".join(frame(f"PRIVMSG web :{i}") for i in range(100)))
    web.expect("PRIVMSG web :bytes")
    web.expect("PRIVMSG web :99$")
    # ends of lines in a message are ends of lines; both kinds of message are taken
    web.send_raw(frame("PRIVMSG web :old client\r\n") + frame("PRIVMSG web :binary", BINARY))
    web.expect("PRIVMSG web :old client$")
    web.expect("PRIVMSG web :binary$")
    web.send_raw(frame(b"PRIVMSG web :caf\xe9", BINARY))
    web.expect("INVALID_UTF8|UTF-8")
    # a line that is too long is complained of; what follows it is taken
    web.send_raw(frame("PRIVMSG web :" + "x" * 20000))
    web.expect(" 417 ")
    assert commands(web.ask("PRIVMSG web :next")) == ["PRIVMSG"]


ENDS = [
    (frame("x", mask=None), 1002),
    (frame("x", rsv=4), 1002),
    (frame("x", opcode=3), 1002),
    (frame("x", opcode=0), 1002),
    (frame("x" * 126, PING), 1002),
    (frame("x", PING, fin=False), 1002),
    (frame(b"caf\xe9"), 1007),
    (frame("x", length=1 << 17), 1009),
    (frame("x", length=(1 << 63) - 1), 1009),
    (frame("x", fin=False) + b"".join(frame("x" * 60000, 0, fin=False) for i in range(2)), 1009),
    (frame(b"\x03\xe8bye", CLOSE), 1000),
    (frame(b"\x0b\xb8", CLOSE), 3000),
    (frame(b"", CLOSE), None),
    (frame(b"\x03\xed", CLOSE), 1002),
]


def test_what_ends_a_connection(serve):
    s = serve()
    watcher = s.irc("watcher", channel="#c")
    for i, (data, code) in enumerate(ENDS):
        web = s.web(f"web{i}")
        web.join("#c")
        web.send_raw(data + frame("PRIVMSG #c :too late"))
        lines, closed = web.ended()
        assert closed and closed[0] == code, (data[:20], closed)
        assert set(commands(lines)) <= {"417"}, lines
        watcher.expect(f"^:web{i}!.* QUIT ")
    assert "too late" not in "".join(watcher.seen)


def test_how_the_server_ends_one(serve):
    s = serve()
    web = s.web("a")
    web.send("QUIT :enough")
    lines, closed = web.ended()
    assert "Quit: enough" in lines[-1] and closed == (1000, "Quit: enough")
    stays = s.web("stays")
    s.signal(signal.SIGTERM)
    lines, closed = stays.ended()
    assert closed == (1001, "The server is stopping")


def test_batches_and_labels(serve):
    """What is put together of many lines is a message for each."""
    s = serve()
    caps = "batch labeled-response message-tags server-time draft/chathistory draft/multiline echo-message"
    for protocol in ("text.ircv3.net", "binary.ircv3.net"):
        web = s.web(f"w{protocol[0]}", caps=caps, protocols=protocol)
        channel = f"#{protocol[0]}"
        web.join(channel)
        lines = [f"@batch=1 PRIVMSG {channel} :line {i} {'é' * 60}" for i in range(5)]
        start = len(web.seen)
        web.send(f"@label=a BATCH +1 draft/multiline {channel}", *lines, "BATCH -1")
        web.expect(r" BATCH -")
        web.send("@label=b WHOIS " + web.nick)
        web.expect(r" BATCH -")
        web.send(f"@label=c CHATHISTORY LATEST {channel} * 10")
        web.expect(r" BATCH -")
        web.sync()
        seen = [parse(line) for line in web.seen[start:]]
        assert [m.tags["label"] for m in seen if "label" in m.tags] == ["a", "b", "c"]
        assert [m.params[1][:6] for m in seen if m.command == "PRIVMSG"] == [f"line {i}" for i in range(5)] * 2


def test_replay_at_a_join(serve):
    s = serve()
    s.irc("ada", channel="#x").ask(*(f"PRIVMSG #x :{i} é" for i in range(50)))
    bob = s.web("bob")
    bob.join("#x")
    texts = [m.params[1] for m in map(parse, bob.ask()) if m.command == "PRIVMSG"]
    assert [t.split("] ")[1] for t in texts] == [f"{i} é" for i in range(30, 50)]


def test_plain_dialect(serve):
    s = serve()
    irc = s.irc("irc", channel="#lobby")
    web = s.web()
    # part of a message is no line, however long the rest takes: as long as makes one of it elsewhere
    web.send_raw(frame("pa", fin=False) + frame("ra", opcode=0, fin=False))
    nc = s.connection()
    nc.send_raw("someone")
    nc.expect("someone")
    web.send_raw(frame("phrase", opcode=0))
    web.expect("paraphrase")
    web.send("hello there")
    irc.expect("^:paraphrase!.* PRIVMSG #lobby :hello there")
    irc.send("PRIVMSG #lobby :grüße")
    web.expect("^irc: grüße$")
    for part in web.random_frames(b"/quit now"):
        web.send_raw(part)
    assert web.ended()[1][0] == 1000


def test_on_all_kinds_of_sockets(serve, folder):
    path = folder / "web.sock"
    s = serve("--websocket", path, "--websocket", "[::1]:0", listeners=5)
    where = "\n".join(m.group() for m in s.listening)
    local = socket.socket(socket.AF_UNIX)
    local.connect(str(path))
    port = int(re.search(r"address=::1 port=(\d+) speaks=websocket", where).group(1))
    for nick, sock in [("local", local), ("six", socket.create_connection(("::1", port)))]:
        s._keep(Web(sock)).register(nick).sync()
    assert s.irc("irc").ask("WHOIS local")
