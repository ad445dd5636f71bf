"""What several devices of one account are told at a join: each what it has missed itself."""

import re
import socket

import pytest

from accounts import FAST, logged_in, register
from harness import Irc, parse

REMEMBERED = 8  # devices


@pytest.fixture(autouse=True)
def needs(features):
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("built without GNU SASL or SQLite")


@pytest.fixture
def s(server):
    """A server on which ada has an account, and is not there; bob is in #c."""
    result = server(*FAST, "--replay", "3")
    leave(register(result.irc("ada")))
    result.bob = result.irc("bob", channel="#c")
    return result


def leave(client):
    client.send("QUIT")
    client.end()


def say(s, *texts):
    s.bob.ask(*(f"PRIVMSG #c :{text}" for text in texts))


def device(s, **options):
    client = logged_in(s, "ada", **options)
    client.join("#c")
    return client


def told(client):
    """The texts that it was sent so far, without their times."""
    client.sync()
    messages = [parse(x) for x in client.seen]
    return [re.sub(r"^\[.{16}\] ", "", m.params[1]) for m in messages if m.command == "PRIVMSG"]


@pytest.mark.parametrize("stop", ["stop", "kill"])
def test_two_over_a_restart(server, s, stop):
    first, second = device(s), device(s)
    say(s, "before")
    assert told(first) == told(second) == ["before"]
    getattr(s, stop)()
    t = server(*FAST, "--replay", "3", store=s.store)
    t.bob = t.irc("bob", channel="#c")
    say(t, *"wxyz")
    first, second = device(t), device(t)
    say(t, "live")
    assert told(first) == told(second) == [*"wxyz", "live"], "more than --replay, and nothing twice"


def test_one_of_two_comes_back(s):
    first, second = device(s), device(s)
    say(s, "before")
    leave(second)
    say(s, *"vwxyz")
    second = device(s)
    say(s, "live")
    assert told(second) == [*"vwxyz", "live"]
    assert told(first) == ["before", *"vwxyz", "live"]


def test_who_has_left_the_channel_with_both(s):
    first, second = device(s), device(s)
    first.ask("PART #c")
    say(s, *"xy")
    first.join("#c")
    assert told(first) == told(second) == ["x", "y"]


def test_known_by_where_it_comes_from(s):
    """One at home and one elsewhere, in turns: each begins where it left itself."""
    leave(device(s, over="unix"))
    say(s, "while none was there")
    elsewhere = device(s, over="tcp")
    assert told(elsewhere) == ["while none was there"], "it was never there, but the account was"
    leave(elsewhere)
    say(s, "later")
    say(s, *"vwxyz")
    elsewhere, home = device(s, over="tcp"), device(s, over="unix")
    assert told(elsewhere) == ["later", *"vwxyz"]
    assert told(home) == ["while none was there", "later", *"vwxyz"], "beside one from elsewhere, too"


def test_one_that_was_never_there(s):
    """While others are, it has the last lines at most, as anybody."""
    say(s, *"abcde")
    home = device(s)
    assert told(home) == ["c", "d", "e"]
    assert told(device(s, over="tcp")) == ["c", "d", "e"]


def test_so_many_are_remembered(s):
    def away(n):
        client = Irc(socket.create_connection(("127.0.0.1", s.port), source_address=(f"127.0.0.{n}", 0)))
        s.irc = lambda: s._keep(client)
        return device(s)

    for n in range(1, REMEMBERED + 2):
        leave(away(n))
        say(s, f"left {n}")
    assert told(away(2)) == [f"left {n}" for n in range(2, REMEMBERED + 2)]
    leave(away(1))  # is forgotten; and is now behind the rest
    say(s, "end")
    assert told(away(1)) == ["end"]


def test_the_account_is_in_by_one_that_asks_itself(s):
    """Which says nothing about what the others have shown."""
    leave(device(s))
    reader = device(s, caps=["draft/chathistory"])
    say(s, *"wxyz")
    plain = device(s)
    assert told(plain) == [*"wxyz"]
    assert told(reader) == [*"wxyz"], "live"
