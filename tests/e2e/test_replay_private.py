"""What was said in private to somebody who was not there: told when they come, to those who cannot ask for it."""

import re

import pytest

from accounts import FAST, PASSWORD, logged_in, register
from harness import parse

STAMP = r"\[\d{4}-\d\d-\d\d \d\d:\d\d\] "


@pytest.fixture(autouse=True)
def needs_gsasl(features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")


@pytest.fixture
def house(server):
    """house(options): a server where ada stays while she is not there, which she is not, and bob and eve are."""

    def make(*options):
        s = server(*FAST, *options)
        ada = register(s.irc("ada"))
        ada.send("PRIVMSG NickServ :SET ALWAYS-ON yes")
        ada.expect("You stay")
        leave(ada)
        s.bob, s.eve = s.irc("bob"), s.irc("eve")
        return s

    return make


def leave(client):
    client.send("QUIT")
    client.end()


def come(s, *caps, **options):
    """A device of ada's, and what it was told behind its welcome: who said what, and what the server did."""
    client = logged_in(s, "ada", caps=caps, **options)
    client.sync()
    start = max(i for i, line in enumerate(client.seen) if " 422 " in line or " 376 " in line)
    told = [parse(line) for line in client.seen[start + 1 :]]
    said = [m for m in told if m.command in ("PRIVMSG", "NOTICE")]
    return client, [(m.nick if "!" in m.source else "*", m.params[-1]) for m in said]


def unstamped(told):
    assert all(re.match(STAMP, text) for nick, text in told if nick != "*"), told
    return [(nick, re.sub(STAMP, "", text)) for nick, text in told]


def test_what_was_missed_once_and_in_order(house):
    s = house()
    s.bob.ask("PRIVMSG ada :one")
    s.eve.ask("NOTICE ada :two", "PRIVMSG bob :not hers")
    s.bob.ask("PRIVMSG ada :three", "PRIVMSG ada :\x01VERSION\x01", "@+draft/react=y TAGMSG ada")
    ada, told = come(s)
    assert unstamped(told) == [("bob", "one"), ("eve", "two"), ("bob", "three")]
    s.bob.ask("PRIVMSG ada :live")
    assert [parse(x).params for x in ada.sync()] == [["ada", "live"]]
    leave(ada)
    ada, told = come(s)
    assert told == []


def test_with_server_time_the_text_is_as_it_was(house):
    s = house()
    s.bob.ask("PRIVMSG ada :one")
    ada, told = come(s, "server-time", "message-tags")
    assert told == [("bob", "one")]
    line = next(x for x in ada.seen if "PRIVMSG ada :one" in x)
    assert {"time", "msgid"} <= set(parse(line).tags)


def test_who_can_ask_is_not_told(house):
    s = house()
    s.bob.ask("PRIVMSG ada :one")
    ada, told = come(s, "draft/chathistory")
    assert told == []


def test_a_plain_client(house):
    s = house()
    s.bob.ask("PRIVMSG ada :one", "PRIVMSG ada :\x01ACTION waves\x01")
    c = s.plain()
    c.send("ada")
    c.expect("is somebody's")
    c.send(PASSWORD)
    c.expect(rf"^{STAMP}\[bob -> you\] one$")
    c.expect(rf"^{STAMP}\[bob -> you\] \* bob waves$")


@pytest.mark.parametrize("count, rest", [(5, "3"), (1200, "1000 or more"), (2, None)])
def test_more_than_are_shown(house, count, rest):
    s = house("--replay-missed", "2", "--input-rate", "0")
    s.bob.ask(*(f"PRIVMSG ada :{i}" for i in range(count)))
    ada, told = come(s)
    expected = [("bob", str(count - 2)), ("bob", str(count - 1))]
    if rest:
        expected.insert(0, ("*", f"{rest} private messages that came before these are not shown"))
    assert unstamped(told) == expected


def test_none_by_setting(house):
    s = house("--replay-missed", "0")
    s.bob.ask("PRIVMSG ada :one")
    assert come(s)[1] == []


def test_each_device_by_itself(house):
    """What one heard the other has yet to hear; one's own words are for those who show them."""
    s = house()
    for caps in ((), ("echo-message",)):
        near, _ = come(s)
        leave(come(s, over="tcp")[0])
        s.bob.ask("PRIVMSG ada :hello")
        near.ask("PRIVMSG bob :hello yourself")
        far, told = come(s, *caps, over="tcp")
        assert unstamped(told) == [("bob", "hello")] + [("ada", "hello yourself")] * len(caps)
        leave(far)
        leave(near)


def test_a_device_that_logged_out(house):
    """It was there until then."""
    s = house()
    near, _ = come(s)
    near.ask("PRIVMSG NickServ :LOGOUT")
    leave(near)
    far, _ = come(s, over="tcp")
    s.bob.ask("PRIVMSG ada :one")
    near, told = come(s)
    assert unstamped(told) == [("bob", "one")]


def test_over_a_restart(house, server, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    s = house()
    ada, _ = come(s)
    s.bob.ask("PRIVMSG ada :heard")
    ada.sync()
    s.kill()
    t = server(*FAST, store=s.store)
    t.irc("bob").ask("PRIVMSG ada :missed")
    ada, told = come(t)
    assert unstamped(told) == [("bob", "missed")]


def test_of_another_time(house):
    """Who has the name of an account that is gone is told nothing of its owner's."""
    s = house()
    s.bob.ask("PRIVMSG ada :secret")
    ada, _ = come(s, "draft/chathistory")
    ada.ask("PRIVMSG NickServ :DROP ada")
    leave(ada)
    leave(register(s.irc("ada")))
    assert come(s)[1] == []
