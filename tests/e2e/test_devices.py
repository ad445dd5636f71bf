"""Several connections of one account are one user; and it may stay while none is there."""

import pytest

from accounts import FAST, PASSWORD, logged_in, login_plain, register, said
from harness import commands, parse

CAPS = ("message-tags", "server-time", "echo-message", "extended-join", "away-notify")


@pytest.fixture(autouse=True)
def needs_gsasl(features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")


@pytest.fixture
def s(server):
    """A server on which ada has an account and is in #c with bob."""
    result = server(*FAST)
    result.ada = register(result.irc("ada", caps="echo-message"))
    result.ada.join("#c")
    result.bob = result.irc("bob", channel="#c")
    result.ada.sync()
    return result


def device(s, *caps, nick="ada", **options):
    return logged_in(s, nick, account="ada", caps=caps, **options)


def gone(client):
    client.send("QUIT")
    client.end()


def test_a_device_enters_what_its_user_is_in(s):
    s.ada.ask("TOPIC #c :Cats")
    s.bob.sync()
    second = device(s)
    heard = second.sync()
    assert commands(heard)[:4] == ["JOIN", "332", "333", "353"]
    assert s.bob.sync() == [], "others notice nothing"
    assert [a for a in s.bob.answers("ISON ada")] == [["303", "ada"]]
    assert s.bob.answers("LUSERS")[0][1] == "There are 2 users and 0 invisible on 1 servers"


def test_a_device_that_wants_no_names(s):
    second = device(s, "no-implicit-names")
    assert commands(second.sync())[:2] == ["JOIN"]
    s.ada.ask("JOIN #d")
    assert commands(second.sync()) == ["JOIN"]


@pytest.mark.parametrize("nick", ["ADA", "other"])
def test_whatever_nick_it_asks_for(s, nick):
    second = device(s, nick=nick)
    assert any(" 001 ada " in line for line in second.seen)
    assert commands(second.sync())[0] == "JOIN"


def test_each_hears_everything(s):
    second = device(s, "echo-message")
    second.sync()
    s.bob.ask("PRIVMSG #c :to all", "PRIVMSG ada :to you", "NICK bill")
    for client in (s.ada, second):
        assert commands(client.sync()) == ["PRIVMSG", "PRIVMSG", "NICK"]
    s.ada.ask("PRIVMSG #c :mine", "PRIVMSG bill :in private", "JOIN #d", "NICK amy", "AWAY :tea")
    assert commands(second.sync()) == ["PRIVMSG", "PRIVMSG", "JOIN", "353", "366", "NICK"]
    second.ask("PART #d")
    assert commands(s.ada.sync()) == ["PART"]


def test_what_one_says_in_private_the_others_hear(s):
    """Also without echo-message, which is for what one said here."""
    second = device(s)
    second.sync()
    s.ada.ask("PRIVMSG #c :mine", "PRIVMSG bob :in private")
    heard = [parse(line) for line in second.sync()]
    assert [(m.nick, *m.params) for m in heard] == [("ada", "#c", "mine"), ("ada", "bob", "in private")]
    assert second.ask("PRIVMSG bob :mine too") == []
    assert [parse(line).params for line in s.ada.sync()][-1] == ["bob", "mine too"]


def test_one_leaves(s):
    second = device(s)
    gone(s.ada)
    assert s.bob.sync() == []
    s.bob.ask("PRIVMSG ada :there?")
    assert commands(second.sync())[-1] == "PRIVMSG"
    gone(second)
    assert commands(s.bob.sync()) == ["QUIT"]


def test_killed_with_all_devices(server):
    s = server(*FAST)
    ada, second = register(s.irc("ada")), None
    second = device(s)
    boss = s.irc("bob")
    ada.send("QUIT")
    ada.end()
    assert boss.answers("ISON ada") == [["303", "ada"]]
    gone(second)
    assert boss.answers("ISON ada") == [["303", ""]]


def test_somebody_else_does_not_get_the_nick(s):
    eve = s.irc()
    eve.send("CAP LS 302", "CAP REQ sasl", "NICK ada", "USER e 0 * :e", "CAP END")
    eve.message("433")
    kim = s.irc()
    kim.send("NICK ada", "USER e 0 * :e")
    kim.message("433")


def test_who_wants_to_be_one_alone(s):
    assert said(s.ada.ask("NS SET MULTICLIENT off"), "NickServ")[0].startswith("While you are connected, who else")
    second = s.irc()
    second.send("CAP LS 302", "CAP REQ sasl", "NICK ada", "USER x 0 * :x")
    assert login_plain(second, "ada") == "903"
    second.send("CAP END")
    assert second.message("433").params[1] == "ada"
    second.send("NICK ada2")
    second.message("001")
    assert s.bob.answers("ISON ada ada2") == [["303", "ada ada2"]]
    assert "JOIN" not in commands(second.sync())
    gone(second)
    assert said(s.ada.ask("NS SET MULTICLIENT maybe"), "NickServ") == ["Usage: SET MULTICLIENT yes|no"]
    assert said(s.ada.ask("NS SET MULTICLIENT ON"), "NickServ")[0].startswith("Whoever logs in to your account")
    third = device(s)
    assert commands(third.sync())[0] == "JOIN"


def test_who_wants_to_be_one_alone_comes_back_to_a_kept_presence(s):
    s.ada.ask("NS SET MULTICLIENT no", "NS SET ALWAYS-ON true")
    gone(s.ada)
    again = device(s)
    assert commands(again.sync())[0] == "JOIN"
    assert s.bob.answers("ISON ada") == [["303", "ada"]]


def test_a_plain_client_is_a_device(s):
    c = s.plain()
    c.send("ada")
    c.expect("is somebody's")
    c.send(PASSWORD)
    c.expect("welcome")
    s.bob.ask("PRIVMSG ada :hi")
    c.expect("hi")
    c.send("hello")
    assert s.bob.answers("ISON ada") == [["303", "ada"]]


# ---- kept presences --------------------------------------------------------------------------------------


def always_on(s, answer="You stay"):
    s.ada.send("PRIVMSG NickServ :SET ALWAYS-ON yes")
    s.ada.expect(answer)


def test_it_stays(s):
    always_on(s)
    gone(s.ada)
    assert s.bob.sync() == []
    assert s.bob.answers("PRIVMSG ada :when you are back") == []
    again = device(s)
    assert commands(again.sync())[0] == "JOIN"
    again.ask("PRIVMSG NickServ :SET ALWAYS-ON no")
    gone(again)
    assert commands(s.bob.sync()) == ["QUIT"]


def test_it_stays_when_it_logged_in_once_more(server, s, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    always_on(s)
    assert login_plain(device(s), "ada") == "903"
    s.kill()
    t = server(*FAST, store=s.store)
    assert t.irc("bob").answers("ISON ada") == [["303", "ada"]]


def test_it_stays_over_a_restart(server, s, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    always_on(s)
    s.ada.ask("JOIN #d", "MODE #d +v ada", "AWAY :at sea", "MODE ada +i", "PART #c", "JOIN #e", "MODE #e -o ada")
    gone(s.ada)
    assert s.stop() == 0
    t = server(*FAST, store=s.store)
    bob = t.irc("bob")
    bob.join("#d")
    whois = bob.answers("WHOIS ada")
    assert ["319", "ada", "@#d"] in whois or ["319", "ada", "@#d #e"] in whois
    assert ["301", "ada", "at sea"] in whois
    assert ["330", "ada", "ada", "is logged in as"] in whois
    ada = device(t)
    assert "306" in commands(ada.sync())
    names = {line.rsplit(":", 1)[1] for line in ada.ask("NAMES #d", "NAMES #e") if " 353 " in line}
    assert names == {"@ada bob", "ada"} or names == {"bob @ada", "ada"}
    assert any(line.endswith("+i") for line in ada.ask("MODE ada"))


def test_who_does_not_want_it(server):
    s = server(*FAST, "--always-on", "opt-out")
    s.ada, bob = register(s.irc("ada", channel="#c")), s.irc("bob", channel="#c")
    gone(s.ada)
    assert bob.sync() == []
    again = device(s)
    again.ask("PRIVMSG NickServ :SET ALWAYS-ON no")
    gone(again)
    assert commands(bob.sync()) == ["QUIT"]


def test_nobody_stays_where_nobody_may(server):
    s = server(*FAST, "--always-on", "no")
    s.ada, bob = register(s.irc("ada", channel="#c")), s.irc("bob", channel="#c")
    always_on(s, "this server keeps nobody")
    gone(s.ada)
    assert commands(bob.sync()) == ["QUIT"]


def test_the_account_is_removed(s):
    always_on(s)
    gone(s.ada)
    eve = s.irc("eve")
    eve.send("PRIVMSG NickServ :INFO ada")
    eve.expect("ada")
    ada = device(s)
    assert "The account ada is removed" in said(ada.ask("PRIVMSG NickServ :DROP ada"), "NickServ")
    gone(ada)
    assert commands(s.bob.sync())[-1] == "QUIT"


def test_a_device_is_not_told_of_its_own_user_s_being_away(s):
    second = device(s, "away-notify")
    s.ada.ask("AWAY :tea")
    second.sync()
    s.ada.ask("JOIN #d")
    assert commands(second.sync()) == ["JOIN", "353", "366"]


def test_each_hears_what_another_says_to_those_that_it_is_not_one_of(s):
    second = device(s)
    s.bob.ask("JOIN #open", "MODE #open -n", "MODE #c +v bob")
    second.sync()
    s.ada.ask("PRIVMSG #open :from outside", "MODE #c -o ada")
    s.ada.ask("PRIVMSG @#c :to those above")
    assert commands(second.sync()) == ["PRIVMSG", "MODE", "PRIVMSG"]
