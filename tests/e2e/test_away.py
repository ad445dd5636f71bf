"""Being away: before registration, and of a user with several devices (draft/pre-away)."""

import os

import pytest

from accounts import FAST, logged_in, login_plain, register
from harness import commands, parse

CAP = "draft/pre-away"


def early(client, *lines, nick="ada", caps=CAP, account=None):
    """Registers with these lines before the end of it; what they were answered with."""
    client.nick = nick
    client.send(f"CAP REQ :{caps} sasl" if account else f"CAP REQ :{caps}")
    if account:
        assert login_plain(client, account) == "903"
    answers = client.answers(*lines)
    client.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
    client.expect(r" (376|422) ")
    return answers


def told(client):
    """What was told of people coming, and of their being away."""
    return [(m.command, *m.params) for m in map(parse, client.sync()) if m.command in ("JOIN", "AWAY", "QUIT")]


def away(client, nick="ada"):
    """The text of 301 in WHOIS; None: here."""
    return next((a[2] for a in client.answers(f"WHOIS {nick}") if a[0] == "301"), None)


# ---- before registration -------------------------------------------------------------------------------


def test_for_those_who_asked_alone(server):
    s = server()
    assert s.irc().answers("AWAY :early")[0][0] == "451"


@pytest.mark.parametrize(
    "lines, numerics, text",
    [
        (["AWAY :Gone to lunch.  Back in 5"], ["306"], "Gone to lunch.  Back in 5"),
        (["AWAY *"], ["306"], "*"),
        (["AWAY"], ["305"], None),
        (["AWAY :lunch", "AWAY :"], ["306", "305"], None),
        (["AWAY", "AWAY :tea"], ["305", "306"], "tea"),
    ],
)
def test_away_from_the_first_moment_on(server, lines, numerics, text):
    s = server()
    ada = s.irc()
    assert [a[0] for a in early(ada, *lines)] == numerics
    assert away(s.irc("bob")) == text
    ada.ask("AWAY")
    assert away(s.irc("eve")) is None


def test_it_comes_all_the_same(server):
    """Others are told that somebody is there now, as of everybody; and who watches, that nobody is at it."""
    s = server()
    bob = s.irc("bob", caps="away-notify extended-monitor")
    bob.ask("MONITOR + ada")
    early(s.irc(), "AWAY *")
    lines = [parse(line) for line in bob.sync()]
    assert [(m.command, m.params[-1].split("!")[0]) for m in lines] == [("730", "ada"), ("AWAY", "*")]


def test_too_long_a_text_is_cut(server):
    s = server("--away-length", "10")
    early(s.irc(), "AWAY :0123456789abc")
    assert away(s.irc("bob")) == "0123456789"


# ---- several devices -----------------------------------------------------------------------------------


@pytest.fixture
def s(server, features):
    """A server on which ada has an account and is in #c with bob, who hears who is away."""
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    result = server(*FAST)
    result.ada = register(result.irc("ada", caps=CAP))
    result.ada.join("#c")
    result.bob = result.irc("bob", caps="away-notify", channel="#c")
    result.ada.sync()
    return result


def device(s, *lines):
    """Another device of ada, at which somebody is unless it says otherwise."""
    client = s.irc()
    early(client, *lines, account="ada")
    client.sync()
    return client


def test_a_plain_client_is_told_so(s):
    s.ada.ask("AWAY *")
    pat = s.plain("pat")
    pat.send("@ada hello")
    pat.expect(r"^\* ada is away$")


def gone(client):
    client.send("QUIT")
    client.end()


def test_of_who_was_killed_nothing_is_told_after_it(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = server(*FAST, "--unix-operator", str(os.geteuid()))
    ada, bob = register(s.irc("ada", caps=CAP, channel="#c")), s.irc("bob", caps="away-notify", channel="#c")
    device(s)
    ada.ask("AWAY *")
    bob.ask("KILL ada :enough")
    seen = [parse(line) for line in bob.sync() + bob.seen]
    assert any(m.command == "QUIT" for m in seen) and not any(m.command == "AWAY" for m in seen)


def test_a_device_without_anybody_changes_nothing(s):
    phone = device(s, "AWAY *")
    assert told(s.bob) == [] and away(s.bob) is None
    assert phone.answers("AWAY *") == [["306", "You have been marked as being away"]]
    assert told(s.bob) == [] and away(s.bob) is None
    gone(phone)
    assert told(s.bob) == []


def test_nobody_is_there_when_nobody_is_at_any(s):
    phone = device(s, "AWAY *")
    assert s.ada.answers("AWAY *")[0][0] == "306"
    assert told(s.bob) == [("AWAY", "*")]
    assert s.bob.answers("PRIVMSG ada :hi") == [["301", "ada", "*"]]
    assert phone.answers("AWAY") == [["305", "You are no longer marked as being away"]]
    assert told(s.bob) == [("AWAY",)]


def test_the_last_one_with_somebody_leaves(s):
    phone = device(s, "AWAY *")
    gone(s.ada)
    assert told(s.bob) == [("AWAY", "*")]
    again = device(s)
    assert told(s.bob) == [("AWAY",)]
    gone(again)
    assert told(s.bob) == [("AWAY", "*")]
    gone(phone)
    assert told(s.bob) == [("QUIT", "Quit")]


def test_what_was_said_stays_said(s):
    """A reason that somebody gave is not replaced by the lack of one, from whichever device."""
    s.ada.ask("AWAY :lunch")
    phone = device(s, "AWAY *")
    phone.ask("AWAY *")
    s.ada.ask("AWAY *")
    other = device(s)
    gone(s.ada)
    assert told(s.bob) == [("AWAY", "lunch")] and away(s.bob) == "lunch"
    other.ask("AWAY :tea")
    phone.ask("AWAY")
    assert told(s.bob) == [("AWAY", "tea"), ("AWAY",)]


def test_what_a_new_device_says(s):
    device(s, "AWAY :from the train")
    assert told(s.bob) == [("AWAY", "from the train")]
    device(s)
    assert told(s.bob) == []
    device(s, "AWAY")
    assert told(s.bob) == [("AWAY",)]
    device(s, "AWAY")
    assert told(s.bob) == []


def test_without_the_capability_it_is_a_text(s):
    """And nobody can tell the difference but by another device."""
    plain = logged_in(s, "ada", account="ada")
    plain.ask("AWAY *")
    assert told(s.bob) == [("AWAY", "*")]
    plain.ask("AWAY")
    assert told(s.bob) == [("AWAY",)]


def test_a_kept_presence_without_anybody(server, features):
    """It stays away over a restart, until somebody is there."""
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("built without GNU SASL or SQLite")
    s = server(*FAST, "--always-on", "opt-out")
    ada = register(s.irc("ada", caps=CAP, channel="#c"))
    ada.ask("AWAY *")
    gone(ada)
    assert s.stop() == 0
    t = server(*FAST, "--always-on", "opt-out", store=s.store)
    bob = t.irc("bob", caps="away-notify", channel="#c")
    assert away(bob) == "*"
    phone = device(t, "AWAY *")
    assert told(bob) == []
    here = device(t)
    assert told(bob) == [("AWAY",)]
    assert commands(here.ask("AWAY *")) == ["306"] and told(bob) == [("AWAY", "*")]
    phone.ask("AWAY :at sea")
    assert told(bob) == [("AWAY", "at sea")]
