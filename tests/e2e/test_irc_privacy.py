"""What nobody may learn from answers: secret channels, and people who are invisible (+i)."""

import pytest


@pytest.fixture
def hidden(server):
    """A server with a secret channel whose one member is visible, and somebody outside of it."""
    s = server()
    alice = s.irc("alice", channel="#secret")
    alice.ask("MODE #secret +s", "TOPIC #secret :plans")
    return s, alice, s.irc("eve")


@pytest.mark.parametrize("question", ["WHO *", "WHO ali*", "WHO ali* %cn", "WHO alice", "WHO alice %cn"])
def test_who_does_not_name_a_secret_channel(hidden, question):
    _, alice, eve = hidden
    answers = eve.answers(question)
    assert any("alice" in words for words in answers)
    assert not any("#secret" in words for words in answers)
    assert any("#secret" in words for words in alice.answers("WHO a*")), "who is inside is told"


def test_who_names_a_channel_that_may_be_seen(hidden):
    """The first channel is secret, the second is not: that one is told."""
    _, alice, eve = hidden
    alice.join("#open")
    assert ["352", "#open", "alice"] in [[w[0], w[1], w[5]] for w in eve.answers("WHO ali*") if w[0] == "352"]


def test_who_does_not_name_the_channels_of_invisible_people(hidden):
    """Who shares one channel with them sees them, but not the others that they are in."""
    _, alice, eve = hidden
    alice.join("#first")
    alice.ask("PART #secret", "MODE alice +i")
    alice.join("#shared")
    eve.join("#shared")
    channels = [w[1] for w in eve.answers("WHO ali*") if w[0] == "352"]
    assert channels == ["#shared"]


SAME = [
    "TOPIC {}",
    "TOPIC {} :mine",
    "MODE {}",
    "MODE {} +i",
    "MODE {} b",
    "PART {}",
    "KICK {} alice",
    "INVITE eve {}",
    "PRIVMSG {} :hello",
    "PRIVMSG @{} :hello",
    "NAMES {}",
    "LIST {}",
    "WHO {}",
]


@pytest.mark.parametrize("command", SAME)
def test_a_secret_channel_answers_as_one_that_is_not_there(hidden, command):
    _, _, eve = hidden
    there = eve.answers(command.format("#secret"))
    missing = eve.answers(command.format("#nowhere"))
    assert [[w.replace("#secret", "#nowhere") for w in words] for words in there] == missing


def test_whois_does_not_name_a_secret_channel(hidden):
    _, alice, eve = hidden
    alice.join("#open")
    assert [w for w in eve.answers("WHOIS alice") if w[0] == "319"] == [["319", "alice", "@#open"]]


def test_plain_names_leave_out_the_invisible(server):
    """/names of a channel that one is not in shows what NAMES shows: no invisible people, nor their number."""
    s = server()
    alice = s.irc("alice", channel="#open")
    s.irc("bob", channel="#open").ask("MODE bob +i")
    paul = s.plain("paul")
    paul.send("/names #open")
    assert paul.expect(r"^\* in #open").string == "* in #open (1): @alice"
    paul.send("/join #open", "/names")
    paul.expect(r"^\* in #open \(3\): @alice, bob, paul$")
    assert alice
