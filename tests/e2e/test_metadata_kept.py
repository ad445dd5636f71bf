"""Metadata of accounts and of registered channels: it outlives those who set it."""

import pytest

from accounts import FAST, logged_in, login_plain, register
from test_metadata import CAPS, come, meta
from test_services import tell

PASSWORD = "wordsecret"


@pytest.fixture(params=["file", "memory"])
def store(request, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    if request.param == "file" and "sqlite" not in features:
        pytest.skip("built without sqlite")
    return "memory" if request.param == "memory" else None


def account(s, nick="ada", *lines, channel=None):
    client = register(s.irc(nick, caps=CAPS), PASSWORD)
    if channel:
        client.join(channel)
    client.ask(*lines)
    return client


def back(s, nick="ada", **more):
    return logged_in(s, nick, password=PASSWORD, caps=CAPS, **more)


def listed(client, target="*"):
    ((_, lines),) = meta(client, f"METADATA {target} LIST")
    return {x[2]: x[4] for x in lines}


def leave(client):
    client.send("QUIT")
    client.end()


def test_it_is_the_accounts(server, store):
    s = server(*FAST, store=store)
    leave(account(s, "ada", "METADATA * SET a :1  2", "METADATA * SET b :", "METADATA * SET c 3"))
    assert listed(come(s, "ada2")) == {}
    ada = back(s)
    assert listed(ada) == {"a": "1  2", "b": "", "c": "3"}
    two = back(s)
    two.ask("METADATA * SUB a")
    ada.ask("METADATA * SET c", "METADATA * SET a new")
    assert listed(two) == {"a": "new", "b": ""}, "another device is the same user"
    assert ["761", "ada", "a", "*", "new"] in [parse_numeric(x) for x in two.seen]


def parse_numeric(line):
    words = line.split(" ")
    return words[1:2] + words[3:6] + [words[-1].lstrip(":")]


def test_after_a_restart(server, features, store):
    if store == "memory":
        pytest.skip("it ends with the process there")
    options = (*FAST, "--shutdown-timeout", "0")
    s = server(*options)
    ada = account(s, "ada", "METADATA * SET a :1  2", "METADATA * SET b x", channel="#c")
    tell(ada, "REGISTER #c", "ChanServ")
    ada.ask("METADATA #c SET url :a b", "METADATA #c SET empty :", "METADATA * SET b")
    come(s, "bob", "#d").ask("METADATA * SET a 1", "METADATA #d SET a 1")
    s.stop()
    s = server(*options, store=s.store)
    ada = back(s)
    assert listed(ada) == {"a": "1  2"}
    ada.join("#c")
    assert listed(ada, "#c") == {"url": "a b", "empty": ""}
    ada.ask("METADATA #c SET url", "METADATA * CLEAR")
    assert listed(come(s, "bob", "#d")) == {}
    s.stop()
    s = server(*options, store=s.store)
    ada = back(s)
    assert listed(ada) == {}
    ada.join("#c")
    assert listed(ada, "#c") == {"empty": ""}


def test_who_logs_in_and_out_is_told_of(server, store):
    s = server(*FAST, store=store)
    leave(account(s, "ada", "METADATA * SET a kept", "METADATA * SET b kept", "METADATA * SET c kept"))
    bob = come(s, "bob", "#x", subs="a b c d")
    ada = come(s, "ann", "#x")
    ada.ask("METADATA * SET a mine", "METADATA * SET b kept", "METADATA * SET d mine")
    meta(bob)
    assert "You are logged in" in str(tell(ada, f"IDENTIFY ada {PASSWORD}", "NickServ"))
    everything = {"a": "mine", "b": "kept", "c": "kept", "d": "mine"}
    assert listed(ada) == everything, "what it set here goes to the account"
    assert meta(bob) == [["761", "ann", "c", "*", "kept"]], "the difference"
    tell(ada, "LOGOUT", "NickServ")
    assert [x[:3] for x in meta(bob)] == [["766", "ann", key] for key in "abcd"]
    assert listed(ada) == {}
    assert listed(back(s)) == everything


def test_it_goes_with_the_account(server, store):
    s = server(*FAST, store=store)
    ada = account(s, "ada", "METADATA * SET a 1")
    bob = come(s, "bob", "#x", subs="a")
    ada.join("#x")
    meta(bob)
    assert "removed" in str(tell(ada, f"DROP ada {PASSWORD}", "NickServ"))
    assert [x[:3] for x in meta(bob)] == [["766", "ada", "a"]]
    assert listed(register(ada, PASSWORD)) == {}


def test_a_channel_that_is_nobodys_any_more(server, store):
    s = server(*FAST, store=store)
    ada = account(s, "ada", channel="#c")
    tell(ada, "REGISTER #c", "ChanServ")
    ada.ask("METADATA #c SET a 1", "PART #c")
    ada.join("#c")
    assert listed(ada, "#c") == {"a": "1"}
    ada.ask("PART #c")
    tell(ada, "DROP #c", "ChanServ")
    ada.join("#c")
    assert listed(ada, "#c") == {}


def test_set_before_the_greeting(server, store):
    """What the client sets goes over what the account has, and both are in the greeting."""
    s = server(*FAST, store=store)
    leave(account(s, "ada", "METADATA * SET a old", "METADATA * SET b kept"))
    c = s.irc()
    c.nick = "ada"
    c.ask("CAP LS 302", f"CAP REQ :sasl {' '.join(CAPS)}", "METADATA * SET a new")
    c.send("NICK ada", "USER ada 0 * :ada")
    assert login_plain(c, "ada", PASSWORD) == "903"
    c.send("CAP END")
    c.expect(r" (376|422) ")
    greeting = [parse_numeric(x.split(" ", 1)[1]) for x in c.seen if " 761 " in x and x[0] == "@"]
    assert greeting == [["761", "ada", "a", "*", "new"], ["761", "ada", "b", "*", "kept"]]
    leave(c)
    assert listed(back(s)) == {"a": "new", "b": "kept"}
