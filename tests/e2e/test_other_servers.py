"""`sockchat connect` with the servers of others, as Debian has them: ngIRCd, and InspIRCd without and with IRCv3."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from harness import DEADLINE, SLOWDOWN, Irc

USER = pwd.getpwuid(os.geteuid()).pw_name

NGIRCD = """
[Global]
Name = irc.example.net
Info = a test
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = hello
PidFile = {folder}/ngircd.pid
[Limits]
MaxConnectionsIP = 0
{patience}
[Options]
DNS = no
Ident = no
PAM = no
ConnectIPv6 = no
"""

INSPIRCD = """
<server name="irc.example.net" description="a test" network="test" id="1TE">
<admin name="test" nick="test" email="test@example.net">
<bind address="127.0.0.1" port="{port}" type="clients">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/inspircd.pid">
<connect name="all" allow="*" resolvehostnames="no" useident="no" maxconnwarn="no" {patience}>
<dns server="127.0.0.1" timeout="1">
<log method="file" type="*" level="default" target="{folder}/inspircd.log">
"""

IRCV3 = "".join(
    f'<module name="{name}">\n'
    for name in (
        "cap ircv3 ircv3_batch ircv3_capnotify ircv3_ctctags ircv3_echomessage ircv3_invitenotify"
        " ircv3_labeledresponse ircv3_msgid ircv3_servertime namesx cloaking"
    ).split()
)
IRCV3 += '<cloak mode="half" key="a key of enough letters, thirty at least">\n'

# What makes it not slow down whoever says much: as they come, they take a line a second or so.
PATIENCE = 'fakelag="no" commandrate="1000000000" threshold="1000000"'
KINDS = {
    "ngircd": ("ngircd", ["-n", "-f", "{conf}"], NGIRCD, "MaxPenaltyTime = 0"),
    "inspircd": ("inspircd", ["--nofork", "--config={conf}"], INSPIRCD, PATIENCE),
    "inspircd-ircv3": ("inspircd", ["--nofork", "--config={conf}"], INSPIRCD + IRCV3, PATIENCE),
}


class Other:
    """One of them, on a port of its own; start() again after stop() takes the same port."""

    def __init__(self, kind, folder, patient=True):
        program, self.arguments, config, patience = KINDS[kind]
        path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/inspircd"
        self.program = shutil.which(program, path=path)
        if self.program is None:
            pytest.skip(f"{program} is not installed: make deps-check")
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        # Not as root: nothing of the system is its business.
        self.nobody = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.nobody = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chmod(folder, 0o777)
        self.conf = folder / f"{program}.conf"
        self.conf.write_text(
            config.format(port=self.port, folder=folder, patience=patience if patient else "")
        )
        self.folder = folder
        self.log = open(folder / "other.log", "ab+")
        self.clients = []
        self.start()

    def start(self):
        arguments = [a.format(conf=self.conf) for a in self.arguments]
        self.process = subprocess.Popen(
            [self.program, *arguments], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            cwd=self.folder, **self.nobody,
        )  # fmt: skip
        until = time.monotonic() + 3 * DEADLINE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None and time.monotonic() < until, self.show()
                time.sleep(0.05)  # nothing tells of its readiness but a connection

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def irc(self, nick, channel=None):
        client = Irc(socket.create_connection(("127.0.0.1", self.port)))
        self.clients.append(client)
        client.register(nick)
        if channel:
            client.join(channel)
        return client

    def finish(self):
        for client in self.clients:
            client.close()
        self.stop(signal.SIGKILL)
        self.log.close()

    def show(self):
        return (self.folder / "other.log").read_text(errors="replace")


@pytest.fixture(params=KINDS)
def other(request, folder, things):
    things.append(Other(request.param, folder))
    return things[-1]


@pytest.fixture(params=KINDS)
def impatient(request, folder, things):
    things.append(Other(request.param, folder, patient=False))
    return things[-1]


def said(observer, count):
    """So many messages to #c: their texts. Some of these servers answer a burst slowly."""
    return [
        observer.expect(r"PRIVMSG #c :(.*)$", 20 * SLOWDOWN).group(1) for _ in range(count)
    ]


def where(other):
    return "127.0.0.1", str(other.port), "--channel", "#c"


def send_lines(server, spawn, count, tail="\u00e9 \U0001f600"):
    observer = server.irc("observer", "#c")
    p = spawn("connect", *where(server), input=True)
    lines = [f"line {i} {tail}" for i in range(count)]
    p.write("\n".join(lines) + "\n")
    p.close_input()
    assert said(observer, count) == lines
    assert p.wait(20 * SLOWDOWN) == 0
    assert str(p.err) == ""


def test_lines_are_sent_and_acknowledged(other, spawn):
    send_lines(other, spawn, 200)


@pytest.mark.slow
def test_a_server_that_slows_down_who_says_much(impatient, spawn):
    """What it has not acknowledged is less than it puts up with: it cuts nobody off."""
    send_lines(impatient, spawn, 10, "x" * 400)


@pytest.mark.parametrize("line", ["x" * 1500, "word and word " * 80, "\u4f60\u597d" * 250], ids=["x", "words", "wide"])
def test_nothing_is_cut(other, spawn, line):
    observer = other.irc("observer", "#c")
    p = spawn("connect", *where(other), "--name", "al", input=True)
    p.write(line + "\n")
    p.close_input()
    got, want = "", line.replace(" ", "")  # some take the blanks off a line's end
    while len(got) < len(want):
        got += said(observer, 1)[0].replace(" ", "")
    assert got == want
    assert p.wait(20 * SLOWDOWN) == 0


def test_what_is_refused_is_told(other, run):
    op = other.irc("op", "#c")
    op.send("MODE #c +m")
    op.expect(r" MODE #c :?\+m")
    done = run("connect", *where(other), input="one\ntwo\n", timeout=20 * SLOWDOWN)
    assert done.returncode == 5
    assert re.search(r'^sockchat connect: line 1 was refused: .*: "one"$', done.stderr, re.M)
    assert re.search(r'^sockchat connect: line 2 was refused: .*: "two"$', done.stderr, re.M)
    done = run("connect", *where(other)[:2], "--to", "nobody", input="x\n", timeout=20 * SLOWDOWN)
    assert done.returncode == 5
    assert 'line 1 was refused: No such nick' in done.stderr
    op.send("MODE #c +i")
    op.expect(r" MODE #c :?\+i")
    done = run("connect", *where(other), input="x\n", timeout=20 * SLOWDOWN)
    assert done.returncode == 5
    assert "#c: Cannot join channel" in done.stderr


def test_names(other, run):
    observer = other.irc(USER[:9], "#c")
    assert run("connect", *where(other), input="x\n", timeout=20 * SLOWDOWN).returncode == 0
    observer.expect(rf"^:{USER[:8]}\S*2!\S+ PRIVMSG #c :x")
    done = run("connect", *where(other), "--name", USER[:9], input="x\n", timeout=20 * SLOWDOWN)
    assert done.returncode == 5
    assert "is taken" in done.stderr
    done = run("connect", *where(other), "--name", "1/2", input="x\n", timeout=20 * SLOWDOWN)
    assert done.returncode == 5
    assert "does not accept the name '1/2'" in done.stderr


def test_what_others_say(other, spawn):
    p = spawn("connect", *where(other), "--name", "al", input=True)
    bob = other.irc("bob", "#c")
    while not any(re.search(r" 353 .*\bal\b", line) for line in bob.ask("NAMES #c")):
        pass
    bob.send("PRIVMSG #c :hello", "PRIVMSG al :psst", "PRIVMSG #c :\x01ACTION waves\x01", "NOTICE #c :note")
    p.out.wait("-bob- note", timeout=20 * SLOWDOWN)
    assert p.out.lines == ["bob: hello", "[bob -> you] psst", "* bob waves", "-bob- note"]
    p.close_input()
    assert p.wait(20 * SLOWDOWN) == 0


def test_at_a_terminal(other, terminal):
    bob = other.irc("bob", "#c")
    bob.send("MODE #c -t")
    t = terminal("connect", *where(other), "--name", "al")
    t.until(r"\* #c, 2 here: al bob", 20 * SLOWDOWN)
    t.until("connected to")
    t.enter("hello")
    assert said(bob, 1) == ["hello"]
    t.until("al: hello", 20 * SLOWDOWN)
    t.enter("/topic plans")
    t.until("you set the topic of #c: plans", 20 * SLOWDOWN)
    t.enter("/nick alec")
    t.until("you are now alec", 20 * SLOWDOWN)
    t.enter("/join #d")
    t.until("^#d>", 20 * SLOWDOWN)
    t.enter("/quit")
    assert t.wait(20 * SLOWDOWN) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_coming_back(other, spawn, number):
    observer = other.irc("observer", "#c")
    p = spawn("connect", *where(other), "--name", "al", input=True)
    p.write("before\n")
    assert said(observer, 1) == ["before"]
    # Its acknowledgement came, too: what follows is answered behind it.
    observer.ask("PRIVMSG al :sync")
    p.out.wait("sync")
    p.write("more\n")
    assert said(observer, 1) == ["more"]
    other.stop(number)
    p.err.wait("connecting again")
    other.start()
    observer = other.irc("observer2", "#c")
    observer.send("NAMES #c")
    observer.expect(r"^:al!\S+ JOIN| 353 .*\bal\b", 20 * SLOWDOWN)
    p.write("after\n")
    got = said(observer, 1)
    while got[-1] != "after":
        got += said(observer, 1)
    # "more" may come again: its acknowledgement may have been lost. Then that is said.
    assert got in (["after"], ["more", "after"])
    p.close_input()
    assert p.wait(20 * SLOWDOWN) == 0
    assert ("line 2 was sent again" in str(p.err)) == (got[0] == "more")
