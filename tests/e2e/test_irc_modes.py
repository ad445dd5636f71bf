"""IRC: modes of channels and of users."""

import pytest

from harness import commands, parse


# ---- channels ------------------------------------------------------------------------------------------


def test_what_is_set_is_shown(people):
    ada, bob, eve = people
    shown = ada.answers("MODE #x")
    assert shown[0] == ["324", "#x", "+nt"]
    assert shown[1][:2] == ["329", "#x"]
    assert ada.answers("MODE #X +imk-t+l cats 9") == [["MODE", "#x", "+imk-t+l", "cats", "9"]]
    assert bob.message("MODE").params == ["#x", "+imk-t+l", "cats", "9"]
    assert bob.answers("MODE #x")[0] == ["324", "#x", "+klimn", "cats", "9"]
    assert eve.answers("MODE #x")[0] == ["324", "#x", "+klimn", "*", "9"], "the key is for members"
    ada.ask("MODE #x +s")
    assert eve.answers("MODE #x")[0][:2] == ["403", "#x"]


def test_only_changes_are_told(people):
    ada, _, _ = people
    assert (
        ada.answers("MODE #x +n", "MODE #x -i", "MODE #x -k x", "MODE #x -l", "MODE #x -v bob")
        == []
    )
    assert ada.answers("MODE #x +ntC") == [["MODE", "#x", "+C"]]
    assert ada.answers("MODE #x +v bob", "MODE #x +v BOB") == [["MODE", "#x", "+v", "bob"]]


@pytest.mark.parametrize(
    "line, answer",
    [
        ("MODE #x +Z", ["472", "Z"]),
        ("MODE #x +o nobody", ["401", "nobody"]),
        ("MODE #x +o eve", ["441", "eve", "#x"]),
        ("MODE #x +o", ["696", "#x", "o", "*"]),
        ("MODE #x +k", ["696", "#x", "k", "*"]),
        ("MODE #x +k a,b", ["525", "#x"]),
        ("MODE #x +k " + "k" * 24, ["525", "#x"]),
        ("MODE #x +l", ["696", "#x", "l", "*"]),
        ("MODE #x +l none", ["696", "#x", "l", "none"]),
        ("MODE #x +l 0", ["696", "#x", "l", "0"]),
        ("MODE #x +l -1", ["696", "#x", "l", "-1"]),
        ("MODE #x +b " + "x" * 127, ["696", "#x", "b"]),
        ("MODE #none +n", ["403", "#none"]),
        ("MODE nobody +i", ["401", "nobody"]),
        ("MODE", ["461", "MODE"]),
    ],
)
def test_refusals(people, line, answer):
    assert [a[: len(answer)] for a in people[0].answers(line)] == [answer]


def test_what_can_be_done_is_done(people):
    ada, _, _ = people
    seen = ada.answers("MODE #x +iZo nobody")
    assert seen[0] == ["MODE", "#x", "+i"]
    assert sorted(a[0] for a in seen[1:]) == ["401", "472"]


def test_only_operators_may(people):
    _, bob, eve = people
    assert bob.answers("MODE #x +i")[0][:2] == ["482", "#x"]
    assert eve.answers("MODE #x +i")[0][:2] == ["442", "#x"]


def test_six_with_a_parameter_a_line(people):
    """As MODES=6 says; what is beyond is left out, and that is told."""
    ada, _, _ = people
    masks = [f"m{i}!*@*" for i in range(8)]
    seen = ada.answers("MODE #x +bbbbbbbb " + " ".join(masks))
    assert seen[1:] == [["MODE", "#x", "+bbbbbb", *masks[:6]]]
    assert seen[0][:4] == ["696", "#x", "b", masks[6]]
    assert seen[0][4] == "Too many for one command: 6 with a parameter, 32 in all"
    assert len(ada.answers("MODE #x b")) == 7
    seen = ada.answers("MODE #x " + "+i-i" * 17)
    assert seen[0][:3] == ["696", "#x", "i"]
    assert seen[1] == ["MODE", "#x", "+i-i" * 16]


@pytest.mark.parametrize(
    "letter, entry, end", [("b", "367", "368"), ("e", "348", "349"), ("I", "346", "347")]
)
def test_lists(people, letter, entry, end):
    ada, bob, _ = people
    assert ada.answers(
        f"MODE #x +{letter} cat", f"MODE #x +{letter} CAT!*@*", f"MODE #x +{letter} a@b"
    ) == [["MODE", "#x", f"+{letter}", "cat!*@*"], ["MODE", "#x", f"+{letter}", "*!a@b"]]
    seen = bob.answers(f"MODE #x {letter}")
    assert [a[:3] for a in seen] == [
        [entry, "#x", "cat!*@*"],
        [entry, "#x", "*!a@b"],
        [end, "#x", seen[-1][2]],
    ]
    assert seen[0][3].startswith("ada!")
    assert ada.answers(f"MODE #x -{letter} CAT", f"MODE #x -{letter} cat", f"MODE #x +{letter}")[
        0
    ] == ["MODE", "#x", f"-{letter}", "CAT!*@*"]


# ---- who may speak -------------------------------------------------------------------------------------


def may_speak(client, text="hello"):
    return commands(client.ask(f"PRIVMSG #x :{text}")) == []


def test_no_messages_from_outside(people):
    ada, bob, eve = people
    assert not may_speak(eve)
    ada.ask("MODE #x -n")
    assert may_speak(eve)
    assert ada.message("PRIVMSG").nick == "eve"


def test_moderated(people):
    ada, bob, eve = people
    ada.ask("MODE #x +m-n")
    assert may_speak(ada)
    assert bob.answers("PRIVMSG #x :hello")[-1][:2] == ["404", "#x"]
    assert not may_speak(eve)
    ada.ask("MODE #x +v bob")
    bob.sync()
    assert may_speak(bob)
    ada.ask("MODE #x -v bob", "MODE #x +o bob")
    bob.sync()
    assert may_speak(bob)


def test_the_banned_are_silent(people):
    ada, bob, _ = people
    ada.ask("MODE #x +b bob!*@*")
    bob.sync()
    assert not may_speak(bob)
    ada.ask("MODE #x +e *!*@localhost")
    bob.sync()
    assert may_speak(bob)
    ada.ask("MODE #x -e *!*@localhost")
    bob.sync()
    assert not may_speak(bob)
    assert bob.answers("NICK bill")[0][:3] == ["435", "bill", "#x"], "another name, another mask"
    ada.ask("MODE #x +v bob")
    bob.sync()
    assert may_speak(bob)


def test_no_ctcp(people):
    ada, bob, _ = people
    ada.ask("MODE #x +C")
    bob.sync()
    assert not may_speak(bob, "\x01VERSION\x01")
    assert may_speak(bob, "\x01ACTION waves\x01")
    assert may_speak(bob)


def test_voice_and_operator(people):
    ada, bob, eve = people
    ada.ask("MODE #x +vo bob bob")
    bob.sync()
    assert commands(bob.ask("MODE #x -o ada")) == ["MODE"]
    ada.sync()
    assert ada.answers("MODE #x +o ada")[0][0] == "482"


# ---- users ---------------------------------------------------------------------------------------------


def test_user_modes(people):
    ada, _, eve = people
    assert ada.answers("MODE ada") == [["221", "+"]]
    assert ada.answers("MODE ADA +iwB") == [["MODE", "ada", "+iwB"]]
    assert ada.answers("MODE ada") == [["221", "+Biw"]]
    assert ada.answers("MODE ada +o", "MODE ada +i") == [], "nobody makes themselves operator"
    assert ada.answers("MODE ada -w+Z") == [["MODE", "ada", "-w"], ["501", "Unknown MODE flag"]]
    assert eve.answers("MODE ada")[0][0] == "502"
    assert eve.answers("MODE ada +i")[0][0] == "502"


def test_a_bot_is_seen_as_one(server):
    s = server()
    bot, ada = s.irc("bot", channel="#x"), s.irc("ada", caps="message-tags", channel="#x")
    bot.ask("MODE bot +B", "PRIVMSG #x :beep")
    assert "bot" in ada.message("PRIVMSG").tags
    assert "335" in commands(ada.ask("WHOIS bot"))
    assert "B" in parse(ada.ask("WHO bot")[0]).params[6]
