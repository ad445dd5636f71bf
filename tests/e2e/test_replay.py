"""What those who cannot ask for history are told at a join."""

import re

import pytest

from harness import parse

STAMP = r"\[\d{4}-\d\d-\d\d \d\d:\d\d\] "


def joined(client, channel):
    """What came with the join, behind the list of names."""
    start = len(client.seen)
    client.join(channel)
    end = len(client.seen)
    client.sync()
    return [x for x in client.seen[start:] if "PRIVMSG" in x or "NOTICE" in x], client.seen[end:-1]


def texts(lines):
    return [parse(x).params[-1] for x in lines]


@pytest.fixture
def house(server):
    """A channel in which 30 messages were said."""

    def make(*options):
        s = server(*options)
        ada = s.irc("ada", channel="#x")
        ada.ask(*(f"PRIVMSG #x :line {i}" for i in range(30)))
        return s, ada

    return make


def test_the_last_lines(house):
    s, ada = house()
    lines, behind = joined(s.irc("bob"), "#x")
    assert len(lines) == 20 and lines == behind[: len(lines)], "behind the names"
    assert all(re.fullmatch(rf":ada!~?\w+@localhost PRIVMSG #x :{STAMP}line \d+", x) for x in lines)
    assert [re.sub(STAMP, "", x) for x in texts(lines)] == [f"line {i}" for i in range(10, 30)]


def test_with_server_time_the_text_is_as_it_was(house):
    s, ada = house("--replay", "2")
    bob = s.irc("bob", caps=["server-time", "message-tags"])
    lines, _ = joined(bob, "#x")
    assert texts(lines) == ["line 28", "line 29"]
    assert all(x.startswith("@time=") and "msgid=" in x for x in lines)


def test_who_can_ask_is_not_told(house):
    s, ada = house()
    lines, _ = joined(s.irc("bob", caps=["draft/chathistory"]), "#x")
    assert lines == []


def test_none(house):
    s, ada = house("--replay", "0")
    assert joined(s.irc("bob"), "#x")[0] == []


def test_plain(server):
    s = server("--replay", "3")
    ada = s.irc("ada", channel="#lobby")
    ada.join("#other")
    ada.ask(
        "PRIVMSG #lobby :zero", "PRIVMSG #lobby :one", "NOTICE #lobby :two", "PRIVMSG #lobby :\x01ACTION waves\x01"
    )
    ada.ask("PRIVMSG #other :elsewhere")
    bob = s.plain("bob")
    for wanted in ("ada: one", "-ada- two", r"\* ada waves"):
        bob.expect(rf"^{STAMP}{wanted}$")
    bob.send("/join #other")
    bob.expect(rf"^{STAMP}#other ada: elsewhere$")
    ada.ask("PRIVMSG #lobby :live")
    bob.expect("^ada: live$")


def test_requests_are_not_told_again(server):
    """A client would answer them."""
    s = server()
    ada = s.irc("ada", channel="#x")
    ada.ask("PRIVMSG #x :\x01VERSION\x01", "PRIVMSG #x :\x01ACTION waves\x01", "PRIVMSG #x :text")
    lines, _ = joined(s.irc("bob"), "#x")
    assert len(lines) == 2 and re.search(rf":\x01ACTION {STAMP}waves\x01$", lines[0])


def test_what_happened_besides_is_not_told(server):
    s = server()
    ada = s.irc("ada", channel="#x")
    ada.ask("TOPIC #x :t", "MODE #x +m", "MODE #x -m", "PART #x :bye", "JOIN #x", "PRIVMSG #x :text")
    bob = s.irc("bob", caps=["message-tags"])
    ada.ask("@+draft/react=y TAGMSG #x")
    bob.join("#x")
    assert [parse(x).command for x in bob.sync()] == ["PRIVMSG"]


def test_a_labelled_join(house):
    """The label is on its answer, once."""
    s, ada = house("--replay", "2")
    bob = s.irc("bob", caps=["labeled-response", "batch"])
    lines = bob.ask("@label=1 JOIN #x")
    assert parse(lines[0]).tags == {"label": "1"} and sum("label=" in x for x in lines) == 1
    assert any("line 29" in x for x in lines)
