"""MONITOR: who is told when nicks come and go, and with extended-monitor what changes of them."""

import os

import pytest

from accounts import FAST, logged_in, register
from harness import commands, parse

ALL = "extended-monitor away-notify account-notify setname chghost"


@pytest.fixture
def s(server):
    return server("--name", "chat.example", "--unix-operator", str(os.geteuid()), *FAST)


def told(client):
    """What came, as lists: source, command and parameters, tags apart."""
    return [[m.source, m.command, *m.params] for m in map(parse, client.sync())]


def online(mask):
    return ["chat.example", "730", "*", mask]


def offline(nick):
    return ["chat.example", "731", "*", nick]


def test_comes_and_goes(s):
    ann, eve = s.irc("ann", caps="server-time"), s.irc("eve")
    assert ann.answers("MONITOR + BOB,zoe") == [["731", "BOB,zoe"]]
    eve.ask("MONITOR + bob")
    bob = s.irc("Bob", over="tcp")
    assert told(ann) == told(eve) == [online("Bob!~Bob@127.0.0.1")]
    assert "time" in parse(ann.seen[-2]).tags
    assert ann.answers("MONITOR S") == [["730", "Bob!~Bob@127.0.0.1"], ["731", "zoe"]]
    assert ann.answers("monitor l") == [["732", "BOB,zoe"], ["733", "End of MONITOR list"]]
    bob.ask("NICK BOB")
    assert told(ann) == [], "the same nick, written otherwise"
    bob.ask("NICK zoe")
    assert told(ann) == [offline("BOB"), online("zoe!~Bob@127.0.0.1")]
    assert told(eve) == [offline("BOB")]
    bob.send("QUIT")
    bob.end()
    assert told(ann) == [offline("zoe")]
    assert parse(ann.ask("MONITOR + eve", "KILL eve")[-1]).params == ["*", "eve"]


def test_no_more(s):
    ann, eve = s.irc("ann"), s.irc("eve")
    for client in (ann, eve):
        assert client.answers("MONITOR + bob,zoe,bob") == [["731", "bob,zoe,bob"]]
    assert ann.answers("MONITOR - BOB,nobody,*") == []
    assert eve.answers("MONITOR C", "MONITOR L", "MONITOR S") == [["733", "End of MONITOR list"]]
    bob, zoe = s.irc("bob"), s.irc("zoe")
    assert [m[3].split("!")[0] for m in told(ann)] == ["zoe"]
    assert commands(eve.sync()) == []
    eve.ask("MONITOR + ann")
    zoe.ask("NICK zed")
    bob.ask("NICK bill")
    assert commands(eve.sync()) == []
    ann.close()
    eve.expect(r" 731 \* :ann$")


def test_bad_input(s):
    ann = s.irc("ann")
    assert ann.answers("MONITOR + *!x@y,b@d,,#c") == [
        ["432", name, "Erroneus nickname"] for name in ("*!x@y", "b@d", "#c")
    ]
    for line in ("MONITOR", "MONITOR +", "MONITOR - :"):
        assert ann.answers(line) == [["461", "MONITOR", "Not enough parameters"]]
    for line in ("MONITOR x", "MONITOR +C", "MONITOR :"):
        assert ann.answers(line)[0][2].startswith("MONITOR is followed by + or -"), line
    assert ann.answers("MONITOR L") == [["733", "End of MONITOR list"]]
    new = s.irc()
    new.send("NICK new", "MONITOR + ann")
    new.message("451")


@pytest.mark.parametrize("most", [0, 3])
def test_the_list_is_full(server, most):
    ann = server("--monitor", str(most)).irc("ann")
    assert any(f" MONITOR={most} " in line for line in ann.seen)
    names = [f"nick{i}" for i in range(5)]
    full = ["734", str(most), ",".join(names[most:]), "Monitor list is full"]
    here = [["731", ",".join(names[:most])]] if most else []
    assert ann.answers(f"MONITOR + {','.join(names)}") == here + [full]
    assert ann.answers("MONITOR + nick0,other")[-1][:3] == ["734", str(most), "other" if most else "nick0,other"]
    long = ["x" * 30 + chr(97 + i) for i in range(15)]
    refused = ann.answers(f"MONITOR + {','.join(long)}")
    assert len(refused) > 1, "in more than one line, and all of them"
    assert ",".join(a[2] for a in refused if a[0] == "734").split(",") == long


def test_many_take_several_lines(s):
    ann = s.irc("ann")
    names = [f"a-rather-long-nickname-{i:03}" for i in range(90)]
    for i in range(0, 90, 15):
        ann.ask(f"MONITOR + {','.join(names[i : i + 15])}")
    for line, numeric in (("MONITOR L", "732"), ("MONITOR S", "731")):
        seen = [a for a in ann.answers(line) if a[0] == numeric]
        assert len(seen) > 4
        assert ",".join(a[1] for a in seen).split(",") == names


def test_labelled(s):
    ann = s.irc("ann", caps="batch labeled-response")
    ann.sync()
    assert "@label=1 :chat.example 731 ann :bob" in ann.ask("@label=1 MONITOR + bob")
    assert [parse(line).tags for line in ann.ask("@label=2 MONITOR - bob")] == [{"label": "2"}]


# ---- extended-monitor ----------------------------------------------------------------------------------


def test_what_changes(s):
    ann, few, plain = s.irc("ann", caps=ALL), s.irc("few", caps="extended-monitor"), s.irc("plain")
    for client in (ann, few, plain):
        client.ask("MONITOR + bob")
    bob = s.irc("bob", over="tcp")
    for client in (ann, few, plain):
        assert told(client) == [online("bob!~bob@127.0.0.1")]
    bob.ask("AWAY :tea", "AWAY", "SETNAME :Robert")
    plain.ask("CHGHOST bob cats.example")
    before, after = "bob!~bob@127.0.0.1", "rob!~bob@cats.example"
    assert told(ann) == [
        [before, "AWAY", "tea"],
        [before, "AWAY"],
        [before, "SETNAME", "Robert"],
        [before, "CHGHOST", "~bob", "cats.example"],
    ]
    assert told(few) == [] and told(plain) == []
    bob.ask("NICK rob", "AWAY :gone")
    assert told(ann) == [offline("bob")], "it is nobody's nick now"
    assert after in str(ann.answers("MONITOR + rob"))


def test_nobody_is_told_twice(s):
    """Who shares a channel is told of it there, who shares several too, and oneself as ever."""
    ann, bob = s.irc("ann", caps=ALL, channel="#x"), s.irc("bob", caps=ALL, channel="#x")
    ann.join("#y"), bob.join("#y")
    ann.ask("MONITOR + bob")
    bob.ask("MONITOR + bob")
    ann.sync()
    assert commands(bob.ask("AWAY :tea", "SETNAME :Robert")) == ["306", "SETNAME"]
    assert [m[1] for m in told(ann)] == ["AWAY", "SETNAME"]
    bob.ask("CHGHOST bob cats.example")
    assert [m[1] for m in told(ann)] == ["CHGHOST"]
    ann.ask("PART #x", "PART #y")
    bob.ask("AWAY")
    assert [m[1] for m in told(ann)] == ["AWAY"]


# ---- accounts ------------------------------------------------------------------------------------------


@pytest.fixture
def ada(s, features):
    """ada has an account, and may stay while not connected."""
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    ada = register(s.irc("ada"))
    ada.ask("NICKSERV SET ALWAYS-ON yes")
    return ada


def test_accounts(s, ada):
    ann = s.irc("ann", caps=ALL)
    ann.ask("MONITOR + bob,ada")
    ada.ask("NICKSERV LOGOUT")
    assert [m[1:] for m in told(ann)] == [["ACCOUNT", "*"]]
    logged_in(s, "bob", account="ada")
    assert [m[1:2] + m[3:] if m[1] == "730" else m[1:] for m in told(ann)][-1] == ["ACCOUNT", "ada"]


def test_who_stays_is_here(s, ada):
    """What is sent to the nick arrives, sooner or later: as for ISON and NAMES it is online."""
    ann = s.irc("ann", caps=ALL)
    ann.ask("MONITOR + ada")
    ada.send("QUIT")
    ada.end()
    assert told(ann) == []
    assert ann.answers("MONITOR S", "ISON ada")[0][0] == "730"
    device = logged_in(s, "ada")
    assert told(ann) == []
    device.ask("NICKSERV SET ALWAYS-ON no")
    device.send("QUIT")
    device.end()
    assert told(ann) == [offline("ada")]


def test_devices_watch_for_themselves(s, ada):
    second = logged_in(s, "ada")
    second.sync()
    ada.ask("MONITOR + bob")
    bob = s.irc("bob")
    assert [m[1] for m in told(ada)] == ["730"] and told(second) == []
    assert second.answers("MONITOR L") == [["733", "End of MONITOR list"]]
    ada.close()
    second.ask("MONITOR + bob")
    bob.ask("NICK bill")
    assert told(second) == [offline("bob")]
