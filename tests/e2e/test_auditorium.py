"""IRC: mode u: only the operators of a channel are shown who comes, goes and is there."""

import os
import pwd

import pytest

from accounts import FAST, logged_in, register
from harness import DEADLINE, commands, parse
from slow import numbered, say, until_behind


@pytest.fixture
def s(server):
    return server("--replay", "0")


@pytest.fixture
def hall(s):
    """ada, operator of #h, in which bob and eve are hidden from one another."""
    ada = s.irc("ada", channel="#h", caps="away-notify chghost account-notify setname extended-join")
    ada.ask("MODE #h +u")
    bob = s.irc("bob", channel="#h", caps="away-notify setname")
    eve = s.irc("eve", channel="#h", caps="away-notify setname")
    for client in (ada, bob, eve):
        client.sync()
    return ada, bob, eve


def heard(client, *verbs):
    """The commands of what came, but numerics."""
    found = [c for c in commands(client.sync()) if not c.isdigit()]
    assert set(found) <= set(verbs) or not verbs, found
    return found


def names(client, channel="#h"):
    return sorted(" ".join(a[3] for a in client.answers(f"NAMES {channel}") if a[0] == "353").split())


def test_who_comes_and_goes(s, hall):
    ada, bob, eve = hall
    carl = s.irc("carl", channel="#h")
    carl.ask("AWAY :gone", "AWAY", "NICK carlo", "SETNAME :Carl")
    assert heard(ada) == ["JOIN", "AWAY", "AWAY", "NICK", "SETNAME"]
    carl.ask("PART #h :bye")
    assert parse(ada.expect("PART").string).params == ["#h", "bye"]
    carl.ask("AWAY :gone", "JOIN #h")
    assert heard(ada) == ["JOIN", "AWAY"]
    ada.ask("KICK #h carlo :out")
    assert carl.message("KICK").params == ["#h", "carlo", "out"]
    carl.join("#h")
    ada.message("JOIN")
    carl.send("QUIT")
    carl.end()
    assert ada.message("QUIT").nick == "carlo"
    assert heard(bob) == heard(eve) == []


def test_what_is_said(hall):
    ada, bob, eve = hall
    bob.ask("PRIVMSG #h :hello")
    assert eve.message("PRIVMSG").nick == ada.message("PRIVMSG").nick == "bob"


def test_who_is_there(s, hall):
    ada, bob, eve = hall
    dan = s.irc("dan")
    assert names(ada) == ["@ada", "bob", "eve"]
    assert names(bob) == names(dan) == ["@ada"]
    assert [a[5] for a in ada.answers("WHO #h") if a[0] == "352"] == ["ada", "bob", "eve"]
    assert [a[5] for a in bob.answers("WHO #h") if a[0] == "352"] == ["ada"]
    assert [a[1] for a in bob.answers("WHO eve")][:1] == ["*"]
    assert "319" not in [a[0] for a in bob.answers("WHOIS eve")]
    assert ["319", "eve", "#h"] in ada.answers("WHOIS eve")
    assert ["319", "bob", "#h"] in bob.answers("WHOIS bob"), "of oneself one knows"
    assert bob.answers("INVITE eve #h")[0][0] == "341", "that she is there is not told"
    eve.ask("MODE eve +i")
    assert "eve" not in [a[5] for a in bob.answers("WHO *") if a[0] == "352"]


def test_in_the_plain_dialect(s, hall):
    ada, bob, _ = hall
    dan = s.plain().enter("dan")
    dan.send("/join #h")
    assert "ada" in dan.expect(r"in #h \(1\): (.*)").group(1)
    bob.ask("PART #h")
    dan.send("/names #h")
    assert "left" not in dan.expect(r"(?s).*in #h \(1\)").string


def test_with_voice_one_is_shown(s, hall):
    ada, bob, eve = hall
    ada.ask("MODE #h +v bob")
    assert heard(eve) == ["MODE"]
    assert names(eve) == ["+bob", "@ada"]
    bob.ask("NICK bill")
    assert eve.message("NICK").params == ["bill"]
    bob.ask("PART #h")
    assert eve.message("PART").nick == "bill"
    bob.join("#h")
    assert heard(eve) == []


def test_shown_where_nothing_is_hidden(hall):
    """Who shares another channel, too, hears of it once."""
    ada, bob, eve = hall
    for client in hall:
        client.join("#open")
    ada.sync(), bob.sync(), eve.sync()
    bob.ask("AWAY :gone", "NICK bill")
    assert heard(eve) == heard(ada) == ["AWAY", "NICK"]
    bob.ask("PART #open")
    assert heard(eve) == ["PART"]
    bob.send("QUIT")
    bob.end()
    assert heard(eve) == []
    assert heard(ada) == ["PART", "QUIT"]


def test_all_devices_of_those_who_are_told(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = server(*FAST)
    ada = register(s.irc("ada", channel="#h"))
    ada.ask("MODE #h +u")
    other = logged_in(s, "ada")
    bob = register(s.irc("bob"))
    second = logged_in(s, "bob")
    other.sync()
    bob.ask("JOIN #h")
    assert second.message("JOIN").params == ada.message("JOIN").params == ["#h"]
    assert other.message("JOIN").nick == "bob"
    second.ask("PART #h")
    assert bob.message("PART").nick == ada.message("PART").nick == other.message("PART").nick == "bob"


def test_the_label_comes_back(s):
    ada = s.irc("ada", channel="#h")
    ada.ask("MODE #h +u")
    bob = s.irc("bob", caps="labeled-response batch")
    bob.ask("JOIN #h")
    assert parse(bob.ask("@label=7 PART #h")[0])[0::2] == ({"label": "7"}, "PART")


def test_history_hides_them_too(s, hall):
    ada, bob, eve = hall
    bob.ask("PART #h", "JOIN #h", "PRIVMSG #h :hello", "NICK bill")
    caps = "batch draft/chathistory draft/event-playback"
    for client in (eve, ada):
        client.ask(f"CAP REQ :{caps}")
        told = [parse(line) for line in client.ask("CHATHISTORY LATEST #h * 100")]
        assert [m.command for m in told if "batch" in m.tags] == ["JOIN", "MODE", "PRIVMSG"]


def test_a_host_that_changes(server):
    s = server("--unix-operator", str(os.geteuid()))
    boss = s.irc("boss", channel="#h")
    boss.ask("MODE #h +u")
    old = s.irc("old", over="tcp", channel="#h")
    op = s.irc("op", over="tcp", channel="#h")
    bob = s.irc("bob", over="tcp", channel="#h")
    boss.ask("MODE #h +o op")
    for client in (old, op):
        client.sync()
    boss.ask("CHGHOST bob cats.example")
    assert bob.message("396").params[1] == "cats.example"
    assert heard(op) == ["QUIT", "JOIN"]
    assert heard(old) == []


def test_who_reads_too_slowly(busy):
    """What slow readers missed is told by rows; those of hidden members are not among them."""
    s = busy()
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    stuck, boss = s.irc("stuck", channel="#x"), s.irc("boss", channel="#x")
    ada.ask("MODE #x +uo boss")
    sent = until_behind(s, ada, "stuck", "boss")
    bob.ask("NICK bill", "PART #x", "JOIN #x")
    sent = say(ada, sent, 100)
    for client in (stuck, boss):
        client.expect(rf" :{sent - 1} x", timeout=3 * DEADLINE)
        client.sync()
        assert numbered(client.seen) == list(range(sent))
    told = [(m.nick, m.command) for m in map(parse, boss.seen) if m.nick in ("bob", "bill")]
    assert told == [("bob", "NICK"), ("bill", "PART"), ("bill", "JOIN")]
    assert not [line for line in stuck.seen if "bill" in line]


def test_what_an_operator_hears_is_not_the_answer_to_its_command(server):
    s = server("--unix-operator", pwd.getpwuid(os.getuid()).pw_name)
    ada = s.irc("ada", channel="#h", caps="labeled-response batch")
    ada.ask("MODE #h +u")
    s.irc("bob", channel="#h", over="tcp")
    ada.sync()
    told = [parse(line) for line in ada.ask("@label=1 KILL bob :out")]
    assert [(m.command, m.tags) for m in told] == [("QUIT", {}), ("ACK", {"label": "1"})]
