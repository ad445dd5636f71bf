"""ChanServ: channels that belong to an account, with or without somebody in them."""

import pytest

from accounts import FAST, logged_in, login_plain, register, said
from harness import commands
from test_services import tell


@pytest.fixture
def s(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    return server(*FAST)


@pytest.fixture
def ada(s):
    """Logged in, and the founder of #c, which she is in."""
    client = register(s.irc("ada", channel="#c"))
    assert tell(client, "REGISTER #c", "ChanServ") == ["#c is registered; it belongs to ada"]
    return client


def leave(client, channel="#c"):
    client.send(f"PART {channel}")
    client.message("PART")


def names(asker, channel="#c"):
    return [a for a in asker.answers(f"NAMES {channel}") if a[0] == "353"]


def test_who_may_register(s, ada):
    bob = s.irc("bob", channel="#b")
    assert tell(bob, "REGISTER #b", "ChanServ") == ["Log in first: /msg NickServ IDENTIFY <password>"]
    register(bob)
    assert tell(bob, "REGISTER #c", "ChanServ") == ["#c is registered already"]
    assert tell(bob, "REGISTER #nowhere", "ChanServ") == ["There is no channel #nowhere"]
    s.irc("carol", channel="#d")
    bob.join("#d")
    assert tell(bob, "REGISTER #d", "ChanServ") == ["You are not an operator of #d"]
    bob.send("CS INFO #C")
    assert said(bob.sync(), "ChanServ")[0].startswith("#c belongs to ada; it was made at 20")
    assert tell(bob, "INFO #b", "ChanServ") == ["#b is not registered"]


def test_a_secret_channel_is_not_told_of(s, ada):
    ada.ask("MODE #c +s")
    bob = register(s.irc("bob"))
    for command in ("INFO #c", "REGISTER #c", "AOP #c LIST", "DROP #c"):
        assert tell(bob, command, "ChanServ") == ["There is no channel #c"]


def test_it_outlives_its_members(s, ada):
    ada.ask("TOPIC #c :kept topic", "MODE #c +mk-t secret", "MODE #c +be *!*@evil *!*@good", "MODE #c +l 5")
    leave(ada)
    bob = s.irc("bob")
    assert "475" in commands(bob.ask("JOIN #c"))
    bob.join("#c", "secret")
    assert names(bob) == [["353", "=", "#c", "bob"]], "no operator: it is not a new channel"
    assert ["332", "#c", "kept topic"] in bob.answers("TOPIC #c")
    assert bob.answers("MODE #c")[0] == ["324", "#c", "+klmn", "secret", "5"]
    assert "482" in commands(bob.ask("MODE #c +t"))
    ada.send("JOIN #c")
    assert ada.message("MODE").params == ["#c", "+o", "ada"]
    assert bob.message("MODE").params == ["#c", "+o", "ada"]
    assert [a[2] for a in ada.answers("MODE #c b") if a[0] == "367"] == ["*!*@evil"]


def test_operators_by_account(s, ada):
    bob, carol = register(s.irc("bob")), s.irc("carol")
    assert tell(bob, "AOP #c ADD bob", "ChanServ") == ["#c belongs to ada"]
    assert tell(ada, "AOP #c ADD nobody", "ChanServ") == ["There is no account nobody"]
    assert tell(ada, "AOP #c FRY bob", "ChanServ") == ["Usage: AOP <channel> ADD|DEL|LIST [<account>]"]
    assert tell(ada, "AOP #c ADD BOB", "ChanServ") == ["bob is an operator of #c from now on"]
    assert tell(ada, "AOP #c ADD bob", "ChanServ") == ["bob is an operator of #c already"]
    assert tell(carol, "AOP #c LIST", "ChanServ")[0].startswith("Log in first")
    assert tell(bob, "AOP #c LIST", "ChanServ")[0] == "bob"
    bob.send("JOIN #c")
    assert ada.message("MODE").params == ["#c", "+o", "bob"]
    ada.ask("MODE #c -o bob")
    assert "MODE" in commands(bob.ask("CS OP #c"))
    assert tell(ada, "AOP #c DEL bob", "ChanServ") == ["bob is no operator of #c any more"]
    ada.ask("MODE #c -o bob")
    assert tell(bob, "OP #c", "ChanServ") == ["You are not an operator of #c by your account"]


def test_logging_in_while_in_the_channel(s, ada):
    leave(ada)
    tell(ada, "LOGOUT")
    ada.send("JOIN #c")
    assert "MODE" not in commands(ada.sync())
    assert names(ada) == [["353", "=", "#c", "ada"]]
    ada.ask("CAP REQ sasl")
    assert login_plain(ada, "ada") == "903"
    assert names(ada) == [["353", "=", "#c", "@ada"]]


def test_drop(s, ada):
    bob = register(s.irc("bob"))
    assert tell(bob, "DROP #c", "ChanServ") == ["#c belongs to ada"]
    leave(ada)
    assert tell(ada, "DROP #c", "ChanServ") == ["#c is not registered any more"]
    assert bob.join("#c") == ["@bob"], "it was gone: a new one"


def test_dropping_the_account_gives_its_channels_up(s, ada):
    ada.join("#empty")
    tell(ada, "REGISTER #empty", "ChanServ")
    leave(ada, "#empty")
    bob = register(s.irc("bob", channel="#b"))
    tell(bob, "REGISTER #b", "ChanServ")
    tell(bob, "AOP #b ADD ada", "ChanServ")
    ada.send("NS DROP ada")
    ada.message("901")
    assert tell(bob, "INFO #c", "ChanServ") == ["#c is not registered"]
    assert tell(bob, "INFO #empty", "ChanServ") == ["There is no channel #empty"]
    assert tell(bob, "AOP #b LIST", "ChanServ") == ["#b has 0 operators by account, and its founder bob"]


def test_how_many(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = server(*FAST, "--account-channels", "1")
    ada = register(s.irc("ada"))
    for channel in ("#a", "#b"):
        ada.join(channel)
    assert tell(ada, "REGISTER #a", "ChanServ") == ["#a is registered; it belongs to ada"]
    assert tell(ada, "REGISTER #b", "ChanServ") == ["You have 1 channels; more are not allowed"]


def test_after_a_restart(server, features):
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("no accounts, or no store on the disk, in this build")
    s = server(*FAST)
    ada = register(s.irc("ada", channel="#Kept"))
    bob = register(s.irc("bob"))
    tell(ada, "REGISTER #kept", "ChanServ")
    tell(ada, "AOP #kept ADD bob", "ChanServ")
    ada.ask("TOPIC #kept :words  and :colons", "MODE #kept +ik key", "MODE #kept +bI *!*@evil eve")
    for channel in ("#gone", "#bare"):
        ada.join(channel)
        tell(ada, f"REGISTER {channel}", "ChanServ")
    ada.ask("TOPIC #gone :it is kept so far")
    tell(ada, "DROP #gone", "ChanServ")
    before = ada.answers("TOPIC #kept", "MODE #kept", "MODE #kept b", "MODE #kept I")
    bob.send("QUIT")
    s.stop()
    s = server(*FAST, store=s.store)
    bob = logged_in(s, "bob")
    assert tell(bob, "INFO #gone", "ChanServ") == ["There is no channel #gone"]
    assert tell(bob, "INFO #bare", "ChanServ")[0].startswith("#bare belongs to ada;")
    bob.send("JOIN #kept")
    bob.message("MODE")
    assert bob.answers("TOPIC #kept", "MODE #kept", "MODE #kept b", "MODE #kept I") == before
    assert "473" in commands(s.irc("carol").ask("JOIN #kept key"))
    s.irc("eve").join("#Kept", "key")
    ada = logged_in(s, "ada")
    ada.send("JOIN #kept")
    assert ada.message("MODE").params == ["#Kept", "+o", "ada"]
