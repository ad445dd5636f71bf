"""History of who has an account: found whatever the nick, on every device, from where they left."""

import re

import pytest

from accounts import FAST, logged_in, register
from harness import parse

CAPS = ("message-tags", "server-time", "echo-message", "batch")
READS = (*CAPS, "draft/chathistory")


@pytest.fixture(autouse=True)
def needs_gsasl(features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")


@pytest.fixture
def s(server):
    """A server on which ada has an account, and bob none; both are in #c."""
    result = server(*FAST)
    result.ada = register(result.irc("ada"))
    result.ada.join("#c")
    result.bob = result.irc("bob", channel="#c")
    result.ada.sync()
    return result


def leave(client, *last):
    client.send(*last, "QUIT")
    client.end()


def told(client):
    """The texts of channel messages that it was sent so far, without their times."""
    client.sync()
    return [
        re.sub(r"^\[.{16}\] ", "", parse(x).params[1])
        for x in client.seen
        if parse(x).command == "PRIVMSG" and parse(x).params[0].startswith("#")
    ]


def texts(lines):
    return [parse(x).params[-1] for x in lines if parse(x).command == "PRIVMSG"]


def history(client, words):
    client.sync()
    return texts(client.ask(f"CHATHISTORY {words}"))


# ---- at a join -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["PART #c", "QUIT", "KICK"])
def test_from_where_they_left(s, way):
    s.bob.ask("PRIVMSG #c :one", "PRIVMSG #c :two")
    s.ada.sync()
    if way == "KICK":
        s.ada.ask("MODE #c +o bob")
        s.bob.ask("KICK #c ada")
    else:
        s.ada.send(way)
        s.bob.expect(r"^:ada\S* (PART|QUIT) ")
    leave(s.ada)
    s.bob.ask(*(f"PRIVMSG #c :missed {i}" for i in range(30)))
    again = logged_in(s, "ada")
    again.join("#c")
    assert told(again) == [f"missed {i}" for i in range(30)], "all of it, and nothing twice"
    leave(again)
    last = logged_in(s, "ada")
    last.join("#c")
    assert told(last) == []


def test_at_most(server):
    s = server(*FAST, "--replay-missed", "3")
    ada = register(s.irc("ada"))
    ada.join("#c")
    bob = s.irc("bob", channel="#c")
    leave(ada)
    bob.ask(*(f"PRIVMSG #c :{i}" for i in range(9)))
    again = logged_in(s, "ada")
    again.join("#c")
    assert told(again) == ["6", "7", "8"]


def test_as_anybody(server):
    s = server(*FAST, "--replay-missed", "0", "--replay", "2")
    ada = register(s.irc("ada"))
    ada.join("#c")
    ada.ask(*(f"PRIVMSG #c :{i}" for i in range(9)))
    s.irc("bob", channel="#c")
    leave(ada)
    again = logged_in(s, "ada")
    again.join("#c")
    assert told(again) == ["7", "8"]


def test_killed_while_they_were_there(s, server, features):
    """What was said until then they have seen, what is said before they are back they have not."""
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    s.bob.ask("PRIVMSG #c :seen")
    s.ada.sync()
    s.kill()
    t = server(*FAST, store=s.store)
    bob = t.irc("bob", channel="#c")
    bob.ask("PRIVMSG #c :missed")
    ada = logged_in(t, "ada")
    ada.join("#c")
    assert told(ada) == ["missed"]
    t.kill()
    u = server(*FAST, store=s.store)
    ada = logged_in(u, "ada")
    ada.join("#c")
    assert told(ada) == []


def test_who_stays_without_a_device(server):
    s = server(*FAST, "--always-on", "opt-out")
    ada = register(s.irc("ada"))
    ada.join("#c")
    bob = s.irc("bob", channel="#c")
    leave(ada)
    bob.ask("PRIVMSG #c :missed")
    again = logged_in(s, "ada")
    assert told(again) == ["missed"]
    second = logged_in(s, "ada")
    assert told(second) == ["missed"], "a further device is shown the last messages"
    asker = logged_in(s, "ada", caps=READS)
    assert told(asker) == []


# ---- conversations -------------------------------------------------------------------------------------


def test_conversations_belong_to_accounts(s):
    s.bob.ask("PRIVMSG ada :one")
    s.ada.ask("PRIVMSG bob :two")
    leave(s.ada)
    again = logged_in(s, "ada", caps=READS)
    assert history(again, "LATEST bob * 9") == ["one", "two"]
    again.ask("NICK lovelace")
    assert history(again, "LATEST bob * 9") == ["one", "two"]
    s.bob.ask("CAP REQ :draft/chathistory", "PRIVMSG lovelace :three")
    assert history(again, "LATEST bob * 9") == ["one", "two", "three"]
    assert history(s.bob, "LATEST lovelace * 9") == ["one", "two", "three"]
    leave(again)
    assert history(s.bob, "LATEST ada * 9") == ["one", "two", "three"], "by the account's name"


def test_they_are_there_after_a_restart(s, server, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    s.bob.ask("PRIVMSG ada :one")
    s.ada.ask("PRIVMSG bob :two")
    s.kill()
    t = server(*FAST, store=s.store)
    ada = logged_in(t, "ada", caps=READS)
    assert history(ada, "LATEST bob * 9") == ["one", "two"]
    bob = t.irc("bob", caps=READS)
    assert history(bob, "LATEST ada * 9") == [], "without an account it is somebody else"


def test_the_nick_alone_opens_nothing(server):
    s = server(*FAST, "--no-reserve-nicks")
    ada, bob = register(s.irc("ada")), s.irc("bob")
    bob.ask("PRIVMSG ada :for the account")
    leave(ada)
    eve = s.irc("ada", caps=READS)
    assert history(eve, "LATEST bob * 9") == []


def test_an_account_made_again_begins_anew(s, server):
    """Whoever has its name next has neither its conversations nor what it had read or said."""
    caps = (*READS, "draft/read-marker", "draft/search", "draft/message-redaction")
    ada = logged_in(s, "ada", caps=caps)
    s.bob.ask("PRIVMSG ada :between us")
    msgid = [parse(x) for x in ada.ask("PRIVMSG #c :oops") if "oops" in x][0].tags["msgid"]
    ada.ask("MARKREAD #c timestamp=2022-11-11T11:11:11.111Z", "PRIVMSG bob :and us")
    s.ada.send("PRIVMSG NickServ :DROP ada")
    s.ada.expect("is removed")
    for client in (ada, s.ada):
        leave(client)
    eve = register(s.irc("ada", caps=caps))
    assert history(eve, "LATEST bob * 9") == []
    assert history(eve, "AROUND bob timestamp=2262-01-01T00:00:00.000Z 9") == []
    assert len(eve.ask("CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00Z timestamp=2262-01-01T00:00:00Z 9")) == 2
    assert texts(eve.ask("SEARCH text=us")) == texts(eve.ask("SEARCH in=bob")) == []
    eve.join("#c")
    assert [parse(x).params for x in eve.ask("MARKREAD #c")] == [["#c", "*"]]
    assert parse(eve.ask(f"REDACT #c {msgid}")[0]).params[1] == "REDACT_FORBIDDEN"
    s.bob.ask("PRIVMSG ada :hello")
    assert history(eve, "LATEST bob * 9") == ["hello"]
    leave(eve)
    assert history(eve := logged_in(s, "ada", caps=READS), "LATEST bob * 9") == ["hello"]


def test_logging_in_is_not_taking_over(s):
    """What was said to somebody without an account does not become the account's."""
    anonymous = s.irc("lovelace", caps=READS)
    s.bob.ask("PRIVMSG lovelace :before")
    assert history(anonymous, "LATEST bob * 9") == ["before"]
    ada = logged_in(s, "other", account="ada", caps=READS)
    assert history(ada, "LATEST bob * 9") == []


# ---- what is one's own ---------------------------------------------------------------------------------


def test_ones_own_messages_can_be_deleted_from_another_connection(s):
    caps = (*CAPS, "draft/message-redaction")
    first = logged_in(s, "ada", caps=caps)
    msgid = [parse(x) for x in first.ask("PRIVMSG #c :oops") if "oops" in x][0].tags["msgid"]
    leave(first)
    leave(s.ada)
    again = logged_in(s, "ada", caps=caps)
    again.ask("JOIN #c", "NICK lovelace")
    assert [parse(x).command for x in again.ask(f"REDACT #c {msgid}")] == ["REDACT"]
    eve = s.irc("eve", caps=caps, channel="#c")
    msgid = [parse(x) for x in again.ask("PRIVMSG #c :more") if "more" in x][0].tags["msgid"]
    eve.sync()
    assert parse(eve.ask(f"REDACT #c {msgid}")[0]).params[1] == "REDACT_FORBIDDEN"


def test_markers_are_on_all_devices_and_stay(s, server, features):
    time = "timestamp=2022-11-11T11:11:11.111Z"
    one, two = (logged_in(s, "ada", caps=("draft/read-marker",)) for _ in range(2))
    one.sync()
    two.sync()
    assert [parse(x).params for x in one.ask(f"MARKREAD #c {time}")] == [["#c", time]]
    assert [parse(x).params for x in two.sync()] == [["#c", time]]
    assert not [x for x in [*s.bob.sync(), *s.ada.sync()] if "MARKREAD" in x]
    three = logged_in(s, "ada", caps=("draft/read-marker",))
    three.sync()
    assert [parse(x).params for x in three.seen if " MARKREAD " in x] == [["#c", time]]
    if "sqlite" not in features:
        return
    s.kill()
    t = server(*FAST, store=s.store)
    again = logged_in(t, "ada", caps=("draft/read-marker",))
    assert [parse(x).params for x in again.ask("MARKREAD #C")] == [["#C", time]]


def test_search_in_ones_own_conversations(s):
    s.bob.ask("PRIVMSG ada :the needle")
    leave(s.ada)
    again = logged_in(s, "ada", caps=(*CAPS, "draft/search"))
    assert texts(again.ask("SEARCH text=needle")) == ["the needle"]
    eve = s.irc("eve", caps=(*CAPS, "draft/search"))
    assert texts(eve.ask("SEARCH text=needle")) == []
