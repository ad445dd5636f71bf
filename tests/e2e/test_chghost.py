"""Hosts that are shown instead of the true ones: who hears of a change, and what it does not change."""

import os

import pytest

from accounts import FAST, logged_in, register
from harness import commands, parse


@pytest.fixture
def s(server):
    """A server with an operator, who is nowhere; bob comes over TCP and is in #x and #y, with status."""
    result = server("--unix-operator", str(os.geteuid()), *FAST)
    result.boss = result.irc("boss")
    result.boss.ask("JOIN #x", "JOIN #y")
    result.bob = result.irc("bob", over="tcp", realname="Bob B")
    result.bob.ask("JOIN #x", "JOIN #y")
    result.boss.ask("MODE #x +v bob", "MODE #y +vo bob bob", "PART #x", "PART #y")
    result.bob.sync()
    return result


def told(client):
    """What came, without tags: source and all."""
    return [line.split(" ", 1)[1] if line.startswith("@") else line for line in client.sync()]


def test_those_who_know_it_and_those_who_do_not(s):
    new = s.irc("new", over="tcp", channel="#x", caps="chghost")
    old = s.irc("old", over="tcp", channel="#x")
    for client in (new, old):
        client.ask("JOIN #y")
    away = s.irc("gone", over="tcp", channel="#y", caps="away-notify extended-join server-time")
    other = s.irc("other", over="tcp", channel="#z")
    s.bob.ask("AWAY :tea")
    for client in (new, old, away, other):
        client.sync()
    assert s.boss.answers("CHGHOST bob cats.example") == [
        ["NOTICE", "boss", "bob is shown as ~bob@cats.example now"]
    ]
    before, after = ":bob!~bob@127.0.0.1", ":bob!~bob@cats.example"
    assert told(new) == [f"{before} CHGHOST ~bob cats.example"]
    server = f":{parse(s.boss.ask('VERSION')[0]).source}"
    assert told(old) == [
        f"{before} QUIT :Changing host",
        f"{after} JOIN #x",
        f"{server} MODE #x +v bob",
        f"{after} JOIN #y",
        f"{server} MODE #y +ov bob bob",
    ]
    assert told(away) == [
        f"{before} QUIT :Changing host",
        f"{after} JOIN #y * :Bob B",
        f"{server} MODE #y +ov bob bob",
        f"{after} AWAY :tea",
    ]
    assert told(other) == []
    assert [(m.command, m.params) for m in map(parse, s.bob.sync())] == [
        ("396", ["bob", "cats.example", "is now your displayed host"])
    ]
    s.bob.ask("PRIVMSG #x :meow", "AWAY", "PRIVMSG new :purr")
    assert told(new) == [f"{after} PRIVMSG #x :meow", f"{after} PRIVMSG new :purr"]


def test_what_is_shown(s):
    s.boss.ask("CHGHOST bob cat@cats.example")
    eve = s.irc("eve", over="tcp")
    whois = eve.answers("WHOIS bob")
    assert whois[0] == ["311", "bob", "cat", "cats.example", "*", "Bob B"]
    assert eve.answers("USERHOST bob") == [["302", "bob=+cat@cats.example"]]
    assert eve.answers("WHO bob")[0][1:4] == ["*", "cat", "cats.example"]
    assert [a[0] for a in eve.answers("WHO *@127.0.0.1", "WHO cats.*")] == ["315", "352", "315"]
    assert "127.0.0.1" not in str(whois), "where it is from is not told to everybody"
    for asker in (s.bob, s.boss):
        assert [a for a in asker.answers("WHOIS bob") if a[0] == "378"] == [
            ["378", "bob", "is connecting from ~bob@127.0.0.1 127.0.0.1"]
        ]
    s.bob.ask("SETNAME :Robert", "NICK rob")
    assert eve.answers("WHOIS rob")[0][2:] == ["cat", "cats.example", "*", "Robert"]
    s.bob.send("QUIT")
    assert "(127.0.0.1)" in s.bob.end()[-1]
    s.err.wait("event=disconnected nick=rob host=127.0.0.1 ")
    assert eve.answers("WHOWAS rob")[0][2:4] == ["cat", "cats.example"]


def test_the_true_one_comes_back(s):
    new = s.irc("new", channel="#x", caps="chghost")
    s.boss.ask("CHGHOST bob cat@cats.example", "CHGHOST bob dogs.example", "CHGHOST bob", "CHGHOST bob")
    assert told(new) == [
        ":bob!~bob@127.0.0.1 CHGHOST cat cats.example",
        ":bob!cat@cats.example CHGHOST cat dogs.example",
        ":bob!cat@dogs.example CHGHOST ~bob 127.0.0.1",
    ]


def test_a_new_host_gets_around_no_ban(s):
    """Nor does the true one, of what is shown."""
    ada = s.irc("ada", channel="#ban")
    ada.ask("MODE #ban +b *!*@127.0.0.1")
    s.boss.ask("CHGHOST bob cats.example")
    assert s.bob.answers("JOIN #ban")[0][0] == "474"
    ada.ask("MODE #ban -b *!*@127.0.0.1", "MODE #ban +b *!*@cats.example")
    assert s.bob.answers("JOIN #ban")[0][0] == "474"
    ada.ask("MODE #ban -b *!*@cats.example")
    assert s.bob.answers("JOIN #ban")[0][0] == "JOIN"
    assert s.bob.answers("PRIVMSG #ban :hi") == []
    ada.ask("MODE #ban +b *!*@dogs.example")
    assert s.bob.answers("PRIVMSG #ban :hi") == []
    s.boss.ask("CHGHOST bob dogs.example")
    assert s.bob.answers("PRIVMSG #ban :hi")[0][0] == "404"


def test_who_may_and_what_may_be_shown(s):
    assert s.bob.answers("CHGHOST bob a.b")[0][0] == "481"
    assert s.boss.answers("CHGHOST")[0][0] == "461"
    assert s.boss.answers("CHGHOST nobody a.b") == [["401", "nobody", "No such nick/channel"]]
    for place in ("*", "a!b", "a@", "@a", "a b@c", ":::a", "a*@b", "é", "x" * 64, "a@b@c"):
        (answer,) = s.boss.answers(f"CHGHOST bob :{place}")
        assert answer[0] == "NOTICE" and "letters, digits" in answer[2], place
    boss = s.irc("chief", caps="standard-replies")
    assert boss.answers("CHGHOST bob *")[0][:4] == ["FAIL", "CHGHOST", "INVALID_HOST", "bob"]
    assert s.bob.sync() == []


def test_its_own_devices(s, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    ada = register(s.irc("ada", channel="#x"))
    second = logged_in(s, account="ada", nick="ada", caps=("chghost",))
    for client in (ada, second):
        client.sync()
    s.boss.ask("CHGHOST ada a.b")
    assert commands(ada.sync()) == ["396"]
    assert commands(second.sync()) == ["CHGHOST", "396"]


def test_it_stays_over_a_restart(server, s, features):
    if "gsasl" not in features or "sqlite" not in features:
        pytest.skip("no account, or no file, to keep it in")
    ada = register(s.irc("ada", channel="#x"))
    ada.send("PRIVMSG NickServ :SET ALWAYS-ON yes")
    ada.expect("You stay")
    truth = s.boss.answers("WHOIS ada")[0][2:4]
    s.boss.ask("CHGHOST ada cat@cats.example")
    ada.send("QUIT")
    ada.end()
    assert s.stop() == 0
    t = server("--unix-operator", str(os.geteuid()), *FAST, store=s.store)
    boss = t.irc("boss")
    assert boss.answers("WHOIS ada")[0][1:4] == ["ada", "cat", "cats.example"]
    boss.ask("CHGHOST ada")
    assert boss.answers("WHOIS ada")[0][2:4] == truth
