"""A cable is pulled out: what was sent to nobody is told when its reader is back."""

import re
import shutil
import socket
import time

import pytest

from accounts import FAST, login_plain, register
from harness import Irc, Process, parse
from netns import Host, Sockchat


@pytest.fixture
def wire(sockchat, env, folder, things, features):
    """A server, and a machine that has a cable to it: .irc() comes from there, .pull() and .plug() the cable."""
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("built without GNU SASL or SQLite")
    if not all(map(shutil.which, ("ip", "socat"))):
        pytest.skip("ip or socat is not installed: make deps-check")
    here, clients = Host(), []
    there = Host(beside=here)
    try:
        here.link("cable", there)
        here.ip("address add 10.9.0.1/24 dev cable")
        there.ip("address add 10.9.0.2/24 dev cable")
        there.ip("address add 10.9.0.3/24 dev cable")
        path = folder / "chat.sock"
        environment = {"SOCKCHAT_SERVE_STORE": str(folder / "chat.db")}
        options = ("--ping-interval", "2s", "--ping-timeout", "1s", *FAST)
        s = Sockchat(sockchat, env, folder, things).serve(
            here, "--unix", path, "--bind", "10.9.0.1:0", *options, listeners=2, environment=environment
        )
        s.path = path

        def irc(address="10.9.0.2"):
            tunnel = folder / f"{address}.sock"
            if not tunnel.exists():
                dig(tunnel, address)
            client = socket.socket(socket.AF_UNIX)
            client.connect(str(tunnel))
            clients.append(s._keep(Irc(client)))
            return clients[-1]

        def dig(tunnel, address):
            argv = ("socat", "-d", "-d", f"UNIX-LISTEN:{tunnel},fork", f"TCP:10.9.0.1:{s.port},bind={address}")
            socat = Process(there.enter(*argv), env, folder)
            socat.expected = None
            things.append(socat)
            socat.err.wait("listening on")

        def cut():
            """The far machine acknowledges nothing to who is connected now; who connects again is heard."""
            for port in re.findall("event=registered nick=ada .* port=([1-9][0-9]*)", str(s.err)):
                there.ip(f"rule add ipproto tcp sport {port} blackhole")

        s.cut = cut
        s.far, s.pull, s.plug = irc, lambda: here.ip("link set cable down"), lambda: here.ip("link set cable up")
        yield s
    finally:
        for client in clients:  # else who serves one that was cut off waits for ever
            client.close()
        there.close()
        here.close()


def enter(client):
    client.nick = "ada"
    client.send("CAP LS 302", "CAP REQ sasl", "NICK ada", "USER ada 0 * :ada")
    client.expect(" ACK ")
    assert login_plain(client, "ada") == "903"
    client.send("CAP END")
    client.expect(r" (376|422) ")
    client.join("#c")
    return client


def told(client):
    client.sync()
    messages = [parse(x) for x in client.seen]
    return [re.sub(r"^\[.{16}\] ", "", m.params[1]) for m in messages if m.command == "PRIVMSG"]


def test_told_when_back(wire):
    owner = register(wire.irc("ada"))
    owner.send("QUIT")
    owner.end()
    bob = wire.irc("bob", channel="#c")
    ada = enter(wire.far())
    bob.ask("PRIVMSG #c :before")
    assert told(ada) == ["before"]
    wire.pull()
    time.sleep(0.05)  # the kernel tells the moment of the last acknowledgement to some milliseconds
    bob.ask("PRIVMSG #c :lost 1", "PRIVMSG #c :lost 2")
    bob.expect("^:ada.* QUIT :Ping timeout")
    bob.ask("PRIVMSG #c :missed")
    wire.plug()
    assert told(enter(wire.far())) == ["lost 1", "lost 2", "missed"]


@pytest.mark.parametrize("address", ["10.9.0.2", "10.9.0.3"])
def test_back_before_anybody_noticed(wire, address):
    """From where it was, and from elsewhere: the old connection is there yet, and hears nothing."""
    owner = register(wire.irc("ada"))
    owner.send("QUIT")
    owner.end()
    bob = wire.irc("bob", channel="#c")
    ada = enter(wire.far())
    bob.ask("PRIVMSG #c :before", "PRIVMSG ada :before, in private")
    assert told(ada) == ["before", "before, in private"]
    wire.cut()
    time.sleep(0.05)
    lost = [f"lost {i}" for i in range(30)]
    bob.ask(*(f"PRIVMSG #c :{text}" for text in lost), "PRIVMSG ada :lost, in private")
    time.sleep(1)  # until the kernel has sent it once more
    assert sorted(told(enter(wire.far(address)))) == sorted([*lost, "lost, in private"])
