"""IRC: KNOCK: who may ask for an invitation, and how often."""

import pytest

from harness import commands


@pytest.fixture
def s(server):
    return server("--knock-interval", "0")


@pytest.fixture
def door(s):
    """ada, operator of #x, and bob in it; eve before the door."""
    ada, bob, eve = s.irc("ada", channel="#x"), s.irc("bob", channel="#x"), s.irc("eve")
    ada.ask("MODE #x +i")
    for client in (ada, bob):
        client.sync()
    return ada, bob, eve


def knock(client, text=""):
    return [a[0] for a in client.answers(f"KNOCK #x {text}".rstrip())]


def test_heard_by_operators(s, door):
    ada, bob, eve = door
    boss = s.plain().enter("boss")
    ada.ask("INVITE boss #x")
    boss.send("/join #x")
    ada.message("JOIN")
    ada.ask("MODE #x +o boss")
    assert eve.answers("KNOCK #X :let me in") == [["711", "#x", "Your KNOCK has been delivered"]]
    heard = ada.message("710").params
    assert heard[:2] == ["ada", "#x"]
    assert heard[2].startswith("eve!")
    assert heard[3] == "asks for an invitation: let me in"
    assert boss.expect("asks to be").string.endswith("asks to be invited to #x: let me in")
    assert "710" not in commands(bob.sync())
    ada.ask("INVITE eve #x")
    eve.join("#x")


@pytest.mark.parametrize("closed", ["+i", "-i+k key", "-i+l 1", "-i+R"])
def test_where_one_is_not_let_in(door, closed):
    ada, _, eve = door
    ada.ask(f"MODE #x {closed}")
    assert knock(eve) == ["711"]
    assert ada.message("710").params[3] == "asks for an invitation"


def test_refusals(door):
    ada, bob, eve = door
    assert knock(bob) == ["714"]
    assert eve.answers("KNOCK #none")[0][:2] == ["403", "#none"]
    assert eve.answers("KNOCK")[0][:2] == ["461", "KNOCK"]
    ada.ask("MODE #x +K")
    assert knock(eve) == ["480"]
    ada.ask("MODE #x -Ki")
    assert knock(eve) == ["713"]
    assert ada.sync() == []


@pytest.mark.parametrize("mask", ["eve", "m:eve", "m:r:eve"])
def test_banned_or_muted(door, mask):
    ada, _, eve = door
    ada.ask(f"MODE #x +b {mask}")
    assert knock(eve, ":please") == ["404"]
    ada.ask(f"MODE #x +e {mask}")
    assert knock(eve) == ["711"]


def test_not_too_often(server):
    """Neither by one user, whatever the nick and channel, nor at one door."""
    s = server("--knock-interval", "1h")
    ada, bob, eve = s.irc("ada", channel="#x"), s.irc("bob"), s.irc("eve")
    ada.join("#y")
    ada.ask("MODE #x +i", "MODE #y +i")
    assert knock(eve) == ["711"]
    seconds = eve.answers("KNOCK #y")[0]
    assert seconds[:2] == ["712", "#y"]
    assert 3500 < int(seconds[2].split()[-2]) <= 3600
    assert eve.answers("NICK evil", "KNOCK #y")[1][0] == "712"
    assert knock(bob) == ["712"]
    assert [a[0] for a in bob.answers("KNOCK #y")] == ["711"]
    assert commands(ada.sync()) == ["710", "710"]


def test_all_devices_of_an_operator_hear_it(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    from accounts import FAST, logged_in, register  # noqa: PLC0415

    s = server(*FAST)
    ada = register(s.irc("ada", channel="#x"))
    other = logged_in(s, "ada")
    ada.ask("MODE #x +i")
    assert knock(s.irc("eve")) == ["711"]
    assert ada.message("710").params == other.message("710").params
