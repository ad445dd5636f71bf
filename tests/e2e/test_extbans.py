"""IRC: extended masks, and the modes that ask for an account: who may come, and who may speak."""

import pytest

from accounts import FAST, logged_in, register
from harness import commands, parse


@pytest.fixture
def s(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    return server(*FAST)


def mode(ada, *changes):
    """Made, and known to all."""
    for change in changes:
        assert [a[0] for a in ada.answers(f"MODE #x {change}")] == ["MODE"], change


def refused(client, line="PRIVMSG #x :hello", why="404"):
    return [a[0] for a in client.answers(line)] == [why]


def test_isupport(people):
    ada, _, _ = people
    tokens = " ".join(ada.ask("VERSION"))
    assert " EXTBAN=,acmr " in tokens
    assert " ACCOUNTEXTBAN=a " in tokens


@pytest.mark.parametrize(
    "mask, whole",
    [
        ("m:bob", "m:bob!*@*"),
        ("m:a:bob", "m:a:bob"),
        ("a:bob*", "a:bob*"),
        ("r:*bad?name*", "r:*bad?name*"),
        ("c:#y", "c:#y"),
        ("a:b::c", "*!*@a:b::c"),
        ("c:1::/64", "*!*@c:1::/64"),
        ("x:bob", "*!*@x:bob"),
        ("m:a:b::c", "m:*!*@a:b::c"),
    ],
)
def test_masks(people, mask, whole):
    """An extended mask is a letter of EXTBAN, a colon and more; an address is one still."""
    ada, _, _ = people
    for letter in "be":
        assert ada.answers(f"MODE #x +{letter} {mask}") == [["MODE", "#x", f"+{letter}", whole]]
        assert ada.answers(f"MODE #x -{letter} {mask}") == [["MODE", "#x", f"-{letter}", whole]]


@pytest.mark.parametrize("mask", ["m:m:bob", "m:" + "x" * 130, ":a:bob"])
def test_bad_masks(people, mask):
    ada, _, _ = people
    assert [a[:3] for a in ada.answers(f"MODE #x +b :{mask}")] == [["696", "#x", "b"]]


def test_a_mute_is_no_invitation(people):
    ada, _, _ = people
    assert ada.answers("MODE #x +I m:bob")[0][:3] == ["696", "#x", "I"]
    assert ada.answers("MODE #x +I a:bob") == [["MODE", "#x", "+I", "a:bob"]]


# ---- mutes: every way to be heard, and to get around it -------------------------------------------------


def test_muted(people):
    ada, bob, eve = people
    mode(ada, "+b m:BOB", "-t", "+b m:eve", "-n")
    caps = "draft/multiline batch message-tags draft/message-redaction"
    bob.ask(f"CAP REQ :{caps}")
    assert refused(bob)
    assert refused(bob, "PRIVMSG @#x :psst")
    assert refused(bob, "TOPIC #x :hello")
    assert refused(bob, "@+typing=active TAGMSG #x")
    assert refused(bob, "PRIVMSG #x :\x01ACTION waves\x01")
    assert bob.answers("NOTICE #x :hello") == [], "a notice is never answered"
    bob.send("BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x :one", "@batch=1 PRIVMSG #x :two")
    assert refused(bob, "BATCH -1")
    assert refused(eve), "from outside"
    eve.join("#x")
    assert refused(eve), "a mute is no ban"
    assert bob.answers("NICK bill") == [
        ["435", "bill", "#x", "Cannot change your nick while you are banned there"]
    ]
    bob.ask("PART #x :the last word")
    assert commands(ada.sync()) == ["JOIN", "PART"]
    assert parse(ada.seen[-2]).params == ["#x"]


def test_who_may_speak_all_the_same(people):
    ada, bob, _ = people
    mode(ada, "+b m:*!*@*")
    assert refused(bob)
    mode(ada, "+e m:*!*@localhost")
    assert not refused(bob)
    mode(ada, "-e m:*!*@LOCALHOST")
    assert refused(bob)
    mode(ada, "+e m:r:BOB")
    assert not refused(bob)
    mode(ada, "-e m:r:BOB", "+v bob")
    assert not refused(bob)
    assert commands(bob.ask("NICK bill")) == ["NICK"]
    mode(ada, "-v bill")
    assert refused(bob)


def test_an_exception_from_mutes_lets_nobody_in(people):
    ada, _, eve = people
    mode(ada, "+b eve", "+e m:eve")
    assert refused(eve, "JOIN #x", "474")
    mode(ada, "-b eve", "+b m:eve")
    eve.join("#x")
    assert not refused(eve)


def test_in_the_plain_dialect(server):
    s = server()
    ada = s.irc("ada", channel="#lobby")
    bob = s.plain().enter("bob")
    bob.expect("lobby")
    ada.message("JOIN")
    ada.ask("MODE #lobby +b m:bob!*@*")
    bob.expect("set [+]b")
    bob.send("hello")
    assert "Cannot send" in bob.expect("^! (.*)").group(1)
    bob.send("/nick bill")
    bob.expect("Cannot change your nick")
    bob.send("/me waves")
    bob.expect("Cannot send")
    assert ada.sync() == []


def test_all_of_ones_devices(s):
    ada = s.irc("ada", channel="#x")
    register(s.irc("bob", channel="#x"))
    other = logged_in(s, "bob")
    mode(ada, "+b m:a:bob")
    assert refused(other)
    third = logged_in(s, "bob")
    assert refused(third)


# ---- accounts, real names, channels --------------------------------------------------------------------


def test_an_account(s):
    ada = s.irc("ada", channel="#x")
    bob = register(s.irc("bob"))
    mode(ada, "+b a:BOB")
    assert refused(bob, "JOIN #x", "474")
    thief = s.irc("bobby", channel="#x")
    assert not refused(thief)
    mode(ada, "-b a:bob", "+i", "+I a:bo?")
    bob.join("#x")
    mode(ada, "-i", "+b m:a:*")
    assert refused(bob)
    bob.ask("NS LOGOUT")
    assert not refused(bob), "what is remembered of bans does not outlive the login"


def test_a_real_name(server):
    s = server()
    ada = s.irc("ada", channel="#x")
    eve = s.irc("eve", realname="Eve the Great", caps="setname")
    mode(ada, "+b r:eve?THE*")
    assert refused(eve, "JOIN #x", "474")
    eve.ask("SETNAME :Eve")
    eve.join("#x")
    assert not refused(eve)
    eve.ask("SETNAME :Eve the Second")
    assert refused(eve)


def test_another_channel(people):
    ada, bob, eve = people
    ada.join("#y")
    mode(ada, "+b m:c:#Y")
    eve.join("#x")
    assert not refused(eve)
    eve.join("#y")
    assert refused(eve)
    assert not refused(bob)
    ada.ask("MODE #y +s")
    eve.sync()
    assert not refused(eve), "who is in a secret channel is not to be found out"
    ada.ask("MODE #y -s")
    eve.ask("PART #y")
    assert not refused(eve)


# ---- +R, +M, +U ----------------------------------------------------------------------------------------


def test_joined_with_an_account(s):
    ada = s.irc("ada", channel="#x")
    mode(ada, "+R")
    bob = s.irc("bob")
    assert refused(bob, "JOIN #x", "477")
    ada.ask("INVITE bob #x")
    bob.join("#x")
    eve = register(s.irc("eve"))
    eve.join("#x")


def test_spoken_with_an_account(s):
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    mode(ada, "+M", "-t", "-n")
    assert refused(bob)
    assert refused(bob, "TOPIC #x :hello")
    assert refused(s.irc("eve"))
    mode(ada, "+v bob")
    assert not refused(bob)
    mode(ada, "-v bob")
    register(bob)
    assert not refused(bob)
    bob.ask("NS LOGOUT")
    assert refused(bob)


def test_what_only_operators_hear(people):
    ada, bob, eve = people
    mode(ada, "+U", "-n")
    carl_caps = "echo-message"
    bob.ask(f"CAP REQ {carl_caps}")
    eve.join("#x")
    bob.sync()
    ada.sync()
    assert [m.params for m in map(parse, bob.ask("PRIVMSG #x :for ada"))] == [["#x", "for ada"]]
    assert ada.message("PRIVMSG").params == ["#x", "for ada"]
    assert eve.sync() == []
    ada.ask("PRIVMSG #x :for all")
    assert eve.message("PRIVMSG").params == ["#x", "for all"]
    mode(ada, "+v bob")
    bob.ask("PRIVMSG #x :for all, too")
    assert eve.message("PRIVMSG").params == ["#x", "for all, too"]


def test_a_prefix_does_not_get_around_operators_alone(people):
    ada, bob, eve = people
    eve.join("#x")
    mode(ada, "+U", "+v eve")
    eve.sync()
    bob.ask("PRIVMSG +#x :for ada")
    assert ada.message("PRIVMSG").params == ["+#x", "for ada"]
    assert eve.sync() == []


def test_what_only_operators_heard_is_no_history(server, features):
    s = server("--replay", "10")
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    bob.ask("PRIVMSG #x :before")
    mode(ada, "+U")
    bob.ask("PRIVMSG #x :for ada")
    ada.expect("for ada")
    eve = s.irc("eve", channel="#x")
    assert [m.params[1][-6:] for m in map(parse, eve.sync()) if m.command == "PRIVMSG"] == ["before"]


def test_the_author_s_other_devices_see_it(s):
    ada, bob = s.irc("ada", channel="#x"), register(s.irc("bob", channel="#x"))
    other = logged_in(s, "bob")
    mode(ada, "+U")
    bob.ask("PRIVMSG #x :for ada")
    assert other.message("PRIVMSG").params == ["#x", "for ada"]


def test_modes_of_a_registered_channel_last(s):
    ada = register(s.irc("ada", channel="#x"))
    ada.join("#y")
    ada.ask("CS REGISTER #x")
    mode(ada, "+MRU-n", "+bb m:a:bob r:eve*", "+f #y")
    ada.ask("PART #x")
    bob = s.irc("bob")
    shown = bob.answers("MODE #x", "MODE #x b")
    assert shown[0] == ["324", "#x", "+fMRUt", "#y"]
    assert [a[2] for a in shown if a[0] == "367"] == ["m:a:bob", "r:eve*"]


# ---- forwards ------------------------------------------------------------------------------------------


@pytest.fixture
def house(server):
    """ada, operator of #x, #y, #z; bob outside."""
    s = server()
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", caps="echo-message")
    ada.join("#y")
    ada.join("#z")
    return ada, bob


def test_who_may_forward(house):
    ada, bob = house
    bob.join("#b")
    assert ada.answers("MODE #x +f #none")[0][:4] == ["696", "#x", "f", "#none"]
    assert ada.answers("MODE #x +f #x")[0][:4] == ["696", "#x", "f", "#x"]
    assert ada.answers("MODE #x +f #b")[0][:2] == ["482", "#b"]
    bob.ask("MODE #b +s")
    assert ada.answers("MODE #x +f #b")[0][:4] == ["696", "#x", "f", "#b"], "what is secret stays so"
    assert ada.answers("MODE #x +f #Y") == [["MODE", "#x", "+f", "#y"]]
    assert ada.answers("MODE #x +f #y") == []
    assert ada.answers("MODE #x")[0] == ["324", "#x", "+fnt", "#y"]
    assert ada.answers("MODE #x -f") == [["MODE", "#x", "-f"]]
    assert ada.answers("MODE #x -f") == []


@pytest.mark.parametrize("door", ["+i", "+k key", "+l 1", "+b bob", "+R"])
def test_forwarded(house, door):
    ada, bob = house
    ada.ask("MODE #x +f #y", f"MODE #x {door}")
    seen = bob.answers("JOIN #x")
    assert seen[0] == ["470", "#x", "#y", "Forwarding to another channel"]
    assert seen[1] == ["JOIN", "#y"]
    assert [a[1] for a in seen if a[0] == "366"] == ["#y"]


def test_on_and_on(house):
    """#x -> #y -> #z; in a ring nobody is anywhere, and the answer is that of the first door."""
    ada, bob = house
    ada.ask("MODE #x +if #y", "MODE #y +kf key #z", "MODE #z +f #x")
    assert bob.answers("JOIN #x")[:2] == [["470", "#x", "#z", "Forwarding to another channel"], ["JOIN", "#z"]]
    bob.ask("PART #z")
    ada.ask("MODE #z +i")
    assert bob.answers("JOIN #x")[0][:2] == ["473", "#x"]
    assert bob.answers("JOIN #y")[0][:2] == ["475", "#y"]


def test_forwarded_to_where_one_is(house):
    ada, bob = house
    ada.ask("MODE #x +if #y")
    bob.join("#y")
    assert bob.answers("JOIN #x")[0][:2] == ["473", "#x"]


def test_to_what_is_gone(house):
    ada, bob = house
    ada.ask("MODE #x +if #y", "PART #y")
    assert bob.answers("JOIN #x")[0][:2] == ["473", "#x"]
    assert bob.answers("LIST #y")[1:] == [["323", "End of /LIST"]], "it is not made anew"


def test_forwarded_in_the_plain_dialect(server):
    s = server()
    ada = s.irc("ada", channel="#x")
    ada.join("#y")
    ada.ask("MODE #x +if #y")
    bob = s.plain().enter("bob")
    bob.send("/join #x")
    bob.expect("#x #y: Forwarding")
    bob.send("hello")
    assert ada.message("PRIVMSG").params == ["#y", "hello"]
