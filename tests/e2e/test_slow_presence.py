"""Those who stop reading for a while know, when they are back, who is away, logged in and called what."""

import os

import pytest

from accounts import FAST, register
from harness import DEADLINE, parse
from slow import is_behind, numbered, say, until_behind

ALL = ("away-notify", "account-notify", "setname", "chghost", "extended-join")


def last(client, command):
    """The parameters of the last such line of each nick."""
    return {m.nick: m.params for m in map(parse, client.seen) if m.command == command}


def lines_of(client, nick):
    return [
        (m.command, *m.params)
        for m in map(parse, client.seen)
        if m.nick == nick and m.command not in ("PRIVMSG", "PONG")
    ]


def until_live(s, ada, stuck, sent):
    """Everything has been read, and one more message is heard as it is said."""
    stuck.expect(rf" :{sent - 1} x", timeout=3 * DEADLINE)
    s.err.wait("event=caught-up nick=stuck .*missing=0")
    sent = say(ada, sent, 1)
    stuck.expect(rf" :{sent - 1} x")
    stuck.sync()
    assert numbered(stuck.seen) == list(range(sent))


def test_what_is_watched_comes_through(busy):
    """MONITOR's lines are private ones: each of them is there, also of who shares the channel."""
    s = busy(*FAST)
    ada, kim, far = s.irc("ada", channel="#x"), s.irc("kim", channel="#x"), s.irc("far")
    stuck = s.irc("stuck", channel="#x", caps="extended-monitor away-notify")
    stuck.ask("MONITOR + kim,tim,far")
    start = len(stuck.seen)
    sent = until_behind(s, ada, "stuck")
    kim.ask("NICK tim", "AWAY :as tim")
    far.ask("AWAY :lunch", "AWAY")
    until_live(s, ada, stuck, say(ada, sent, 100))
    told = [m for m in map(parse, stuck.seen[start:]) if m.command in ("730", "731")]
    assert [(m.command, m.params[1].split("!")[0]) for m in told] == [("731", "kim"), ("730", "tim")]
    assert lines_of(stuck, "kim") == [("NICK", "tim")]
    assert lines_of(stuck, "tim") == [("AWAY", "as tim")]
    assert lines_of(stuck, "far") == [("AWAY", "lunch"), ("AWAY",)]


def test_what_has_no_rows_is_summed_up(busy):
    s = busy("--unix-operator", str(os.geteuid()), *FAST)
    ada = s.irc("ada", channel="#x")
    bob, eve, kim = s.irc("bob", channel="#x"), s.irc("eve", channel="#x"), s.irc("kim", channel="#x")
    far, gone = s.irc("far", channel="#far"), s.irc("gone")
    bob.ask("AWAY :before")
    stuck = s.irc("stuck", channel="#x", caps=ALL)
    sent = until_behind(s, ada, "stuck")
    bob.ask("AWAY :tea", "AWAY :more tea", "AWAY")
    eve.ask("SETNAME :Eve the first", "SETNAME :Eve the second", "AWAY :lunch")
    kim.ask("NICK tim", "AWAY :as tim")
    ada.ask("CHGHOST eve cats.example", "CHGHOST eve dogs.example")
    far.ask("AWAY :nobody knows")
    gone.ask("AWAY :for long", "JOIN #x")
    until_live(s, ada, stuck, say(ada, sent, 100))
    assert lines_of(stuck, "bob") == [("AWAY",)]
    (name,) = {x[1] for x in lines_of(stuck, "eve") if x[0] == "CHGHOST"}
    assert sorted(lines_of(stuck, "eve")) == [
        ("AWAY", "lunch"),
        ("CHGHOST", name, "dogs.example"),
        ("SETNAME", "Eve the second"),
    ]
    assert lines_of(stuck, "kim") == [("NICK", "tim")]
    assert lines_of(stuck, "tim") == [("AWAY", "as tim")]
    assert lines_of(stuck, "far") == []
    assert [x[0] for x in lines_of(stuck, "gone")] == ["JOIN", "AWAY"]
    eve.ask("AWAY")
    assert [(m.nick, m.command, m.params) for m in map(parse, stuck.sync())] == [("eve", "AWAY", [])]


def test_who_logged_in_and_out(busy, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = busy(*FAST)
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    eve = register(s.irc("eve", channel="#x"))
    stuck = s.irc("stuck", channel="#x", caps=ALL)
    sent = until_behind(s, ada, "stuck")
    register(bob)
    eve.send("PRIVMSG NickServ :LOGOUT")
    eve.message("901")
    until_live(s, ada, stuck, say(ada, sent, 100))
    assert (lines_of(stuck, "bob"), lines_of(stuck, "eve")) == ([("ACCOUNT", "bob")], [("ACCOUNT", "*")])


def test_lines_that_were_queued_already(busy):
    """What was told, and taken out of the queue when it fell behind; more of it than is told at once."""
    s = busy(queue="1M")
    ada = s.irc("ada", channel="#x")
    people = [s.irc(f"p{i}", channel="#x") for i in range(60)]
    stuck = s.irc("stuck", channel="#x", caps=("away-notify",))
    text, sent, count = "z" * 350, 0, 0
    while not is_behind(s, "stuck"):
        sent = say(ada, sent, 100)
        if count < len(people):
            people[count].ask(f"AWAY :{text}{count}")
            count += 1
        assert sent < 100_000
    assert count > 30
    until_live(s, ada, stuck, sent)
    assert last(stuck, "AWAY") == {f"p{i}": [f"{text}{i}"] for i in range(count)}


def test_without_these_capabilities(busy):
    """Who knows of none of it is told of none."""
    s = busy()
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    stuck = s.irc("stuck", channel="#x")
    sent = until_behind(s, ada, "stuck")
    bob.ask("AWAY :tea", "SETNAME :Bob")
    until_live(s, ada, stuck, say(ada, sent, 100))
    assert lines_of(stuck, "bob") == []


def test_without_chghost_somebody_comes_again(busy):
    s = busy("--unix-operator", str(os.geteuid()))
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    ada.ask("MODE #x +v bob")
    bob.ask("AWAY :tea")
    stuck = s.irc("stuck", channel="#x", caps=("away-notify",))
    sent = until_behind(s, ada, "stuck")
    ada.ask("CHGHOST bob cats.example")
    until_live(s, ada, stuck, say(ada, sent, 100))
    assert lines_of(stuck, "bob") == [("QUIT", "Changing host"), ("JOIN", "#x"), ("AWAY", "tea")]
    assert len([x for x in stuck.seen if x.endswith(" MODE #x +v bob")]) == 1


def test_who_left_is_not_told_of(busy):
    s = busy()
    ada, bob, eve = s.irc("ada", channel="#x"), s.irc("bob", channel="#x"), s.irc("eve", channel="#x")
    stuck = s.irc("stuck", channel="#x", caps=ALL)
    sent = until_behind(s, ada, "stuck")
    bob.ask("AWAY :tea")
    bob.send("QUIT")
    bob.end()
    eve.ask("AWAY :tea", "PART #x")
    until_live(s, ada, stuck, say(ada, sent, 100))
    assert [x[0] for x in lines_of(stuck, "bob")] == ["QUIT"]
    assert [x[0] for x in lines_of(stuck, "eve")] == ["PART"]
