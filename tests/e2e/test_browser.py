"""A page in a browser (headless Chromium) that chats by the browser's own WebSocket; and pages that may not."""

import contextlib
import http.server
import json
import re
import shutil
import subprocess
import threading
import urllib.request

import pytest

from harness import DEADLINE

DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not DRIVER or not shutil.which("chromium"), reason="chromium and chromium-driver are not installed"
)

PAGE = b"""<!doctype html><meta charset="utf-8"><title>chat</title>
<script>
const heard = [];
let socket;
function open_socket(address, protocols, done) {
    socket = new WebSocket(address, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => done(["open", socket.protocol]);
    socket.onclose = e => { heard.push("closed " + e.code + " " + e.reason); done(["closed", e.code]); };
    socket.onmessage = e => heard.push(typeof e.data == "string" ? e.data : new TextDecoder().decode(e.data));
}
function wait_for(pattern, done) {
    const found = heard.find(line => new RegExp(pattern).test(line));
    if (found) done(found); else setTimeout(wait_for, 5, pattern, done);
}
</script>"""

OPTIONS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-dev-shm-usage", "--disable-extensions", "--no-proxy-server"),
    # A name that its owner has led to this machine.
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
]


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def pages():
    """The port of a web server on loopback."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


class Browser:
    """Chromium by way of chromedriver's HTTP (the WebDriver protocol)."""

    def __init__(self, port, profile):
        self.base = f"http://127.0.0.1:{port}"
        options = {"args": [*OPTIONS, f"--user-data-dir={profile}"], "binary": shutil.which("chromium")}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.base += "/session/" + self.ask("/session", wanted)["sessionId"]
        self.ask("/timeouts", {"script": DEADLINE * 1000})

    def ask(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=3 * DEADLINE) as answer:
            return json.load(answer)["value"]

    def go(self, address):
        self.ask("/url", {"url": address})

    def call(self, function, *arguments):
        """Calls the page's function, whose last argument is what gives the result."""
        script = f"{function}(...arguments)"
        return self.ask("/execute/async", {"script": script, "args": arguments})

    def say(self, line):
        self.ask("/execute/sync", {"script": "socket.send(arguments[0])", "args": [line]})

    def wait(self, pattern):
        return self.call("wait_for", pattern)

    def quit(self):
        self.ask("", method="DELETE")


@pytest.fixture
def browser(folder, env):
    driver = subprocess.Popen(
        [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, text=True
    )
    try:
        port = None
        while port is None:
            line = driver.stdout.readline()
            assert line, "chromedriver did not start"
            port = re.search(r"started successfully on port (\d+)", line)
        b = Browser(port.group(1), folder / "profile")
        yield b
        with contextlib.suppress(OSError):
            b.quit()
    finally:
        driver.terminate()
        driver.communicate()


def test_a_page_chats(server, features, browser, pages):
    if "wslay" not in features:
        pytest.skip("no wslay in this build")
    s = server("--websocket", "127.0.0.1:0", listeners=3)
    port = re.search(r"port=(\d+) speaks=websocket", "\n".join(m.group() for m in s.listening)).group(1)
    there = f"ws://127.0.0.1:{port}/"
    irc, nc = s.irc("irc", channel="#page"), s.plain("nc")
    for nick, protocols in [("texter", ["text.ircv3.net"]), ("bits", ["binary.ircv3.net", "text.ircv3.net"])]:
        browser.go(f"http://127.0.0.1:{pages}/")
        assert browser.call("open_socket", there, protocols) == ["open", protocols[0]]
        browser.say(f"NICK {nick}")
        browser.say(f"USER {nick} 0 * :page")
        browser.wait(" 422 ")
        browser.say("JOIN #page")
        browser.wait(" 366 ")
        browser.say("PRIVMSG #page :grüße aus dem Browser 🙂")
        irc.expect(f"^:{nick}!.* PRIVMSG #page :grüße aus dem Browser 🙂$")
        irc.send("PRIVMSG #page :hello, " + "x" * 300)
        assert browser.wait("hello, x+$").endswith("hello, " + "x" * 300)
        nc.send(f"@{nick} from nc, ünïcode")
        assert browser.wait("from nc").endswith(f"PRIVMSG {nick} :from nc, ünïcode")
        browser.say("QUIT :done")
        assert browser.wait("^closed") == "closed 1000 Quit: done"
        irc.expect(f"^:{nick}!.* QUIT :Quit: done")
    # pages from elsewhere; one of them by a name that leads here
    browser.go(f"http://localhost:{pages}/")
    assert browser.call("open_socket", there, "text.ircv3.net") == ["closed", 1006]
    browser.go(f"http://evil.example:{pages}/")
    assert browser.call("open_socket", f"ws://evil.example:{port}/", "text.ircv3.net") == ["closed", 1006]
    s.err.wait(f"event=websocket-refused .*status=403 origin=http://localhost:{pages}")
    s.err.wait(f"event=websocket-refused .*status=403 origin=http://evil.example:{pages}")
    # the address in the browser's own line
    browser.go(f"http://127.0.0.1:{port}/")
    script = {"script": "return document.body.innerText", "args": []}
    assert "new WebSocket(" in browser.ask("/execute/sync", script)
