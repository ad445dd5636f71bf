"""IRC: channels, from JOIN to KICK."""

import pytest

from harness import commands, parse


# ---- JOIN ----------------------------------------------------------------------------------------------


def test_the_first_is_operator(server):
    s = server()
    ada = s.irc("ada")
    seen = ada.ask("JOIN #x")
    assert commands(seen) == ["JOIN", "353", "366"]
    assert parse(seen[0]).nick == "ada"
    assert parse(seen[1]).params == ["ada", "=", "#x", "@ada"]
    ada.ask("TOPIC #x :cats")
    bob = s.irc("bob")
    seen = bob.ask("join #X")
    assert commands(seen) == ["JOIN", "332", "333", "353", "366"]
    assert parse(seen[0]).params == ["#x"], "the name that it was made with"
    assert sorted(parse(seen[3]).params[-1].split()) == ["@ada", "bob"]
    assert [parse(x).nick for x in ada.sync() if " JOIN " in x] == ["bob"]


def test_lists_and_keys(server):
    s = server()
    ada = s.irc("ada")
    ada.ask("JOIN #a,#b,#c", "MODE #a +k one", "MODE #c +k three")
    bob = s.irc("bob")
    seen = bob.ask("JOIN #a,#b,#c one,,three")
    assert [parse(x).params[0] for x in seen if " JOIN " in x] == ["#a", "#b", "#c"]
    assert bob.ask("JOIN #a") == [], "already there"
    assert [parse(x).params for x in bob.ask("JOIN 0")] == [["#c"], ["#b"], ["#a"]]
    assert commands(bob.ask("JOIN #a,#c wrong,three")).count("475") == 1


@pytest.mark.parametrize("name", ["x", "#", "&x", "+x", "#a\u202eb", "#" + "x" * 64, "#a\u00a0b"])
def test_names_that_are_no_channels(server, name):
    ada = server().irc("ada")
    assert ada.answers(f"JOIN {name}")[0][0] == "403"
    assert commands(ada.ask("JOIN", "JOIN :")) in (["461", "461"], ["461"])


@pytest.mark.parametrize(
    "name", ["#" + "x" * 63, "#\u732b", "##", "#a:b", "#\U0001f469\u200d\U0001f680"]
)
def test_names_that_are_channels(server, name):
    assert server().irc("ada", channel=name).ask(f"MODE {name}")


def test_doors(people):
    ada, _, eve = people
    for mode, undo, numeric in [
        ("+i", "-i", "473"),
        ("+k key", "-k key", "475"),
        ("+l 2", "-l", "471"),
        ("+b eve!*@*", "-b eve!*@*", "474"),
        ("+b *!*@localhost", "-b *!*@localhost", "474"),
    ]:
        ada.ask(f"MODE #x {mode}")
        assert eve.answers("JOIN #x")[0][:2] == [numeric, "#x"]
        ada.ask(f"MODE #x {undo}")
    ada.ask("MODE #x +b eve", "MODE #x +e *!*@localhost")
    assert commands(eve.ask("JOIN #x"))[0] == "JOIN"


def test_an_invitation_list_opens_an_invite_only_channel(people):
    ada, _, eve = people
    ada.ask("MODE #x +iI eve!*@*")
    assert commands(eve.ask("JOIN #x"))[0] == "JOIN"


# ---- PART ----------------------------------------------------------------------------------------------


def test_part(people):
    ada, bob, eve = people
    ada.ask("JOIN #y")
    assert [parse(x).params for x in ada.ask("PART #X,#y :off I go")] == [
        ["#x", "off I go"],
        ["#y", "off I go"],
    ]
    assert bob.message("PART").params == ["#x", "off I go"]
    assert commands(ada.ask("PART #x", "PART #y", "PART #none")) == ["442", "403", "403"]
    assert [parse(x).params for x in bob.ask("PART #x")] == [["#x"]]
    assert eve.sync() == []
    assert (
        parse(eve.ask("JOIN #x")[1]).params[-1] == "@eve"
    ), "the last one's leaving ended the channel"


# ---- TOPIC ---------------------------------------------------------------------------------------------


def test_topic(people):
    ada, bob, eve = people
    assert bob.answers("TOPIC #x")[0][0] == "331"
    assert [parse(x).params for x in ada.ask("TOPIC #x :Cats and dogs")] == [
        ["#x", "Cats and dogs"]
    ]
    assert bob.message("TOPIC").params == ["#x", "Cats and dogs"]
    seen = bob.ask("TOPIC #x")
    assert commands(seen) == ["332", "333"]
    assert parse(seen[1]).params[2].startswith("ada!")
    assert bob.answers("TOPIC #x :mine")[0][0] == "482"
    assert eve.answers("TOPIC #x :mine")[0][0] == "442"
    assert eve.answers("TOPIC #x")[0][0] == "332"
    assert eve.answers("TOPIC #none")[0][0] == "403"
    ada.ask("MODE #x -t")
    assert bob.answers("TOPIC #x :mine") == [["TOPIC", "#x", "mine"]]
    assert [parse(x).params for x in ada.sync() if " TOPIC " in x] == [["#x", "mine"]]
    ada.ask("TOPIC #x :")
    assert bob.answers("TOPIC #x")[0][0] == "331"
    ada.ask("MODE #x +s")
    assert eve.answers("TOPIC #x")[0][0] == "403"


# ---- NAMES ---------------------------------------------------------------------------------------------


def names(client, what):
    return sorted(
        name
        for x in client.ask(what)
        if parse(x).command == "353"
        for name in parse(x).params[-1].split()
    )


def test_names(people):
    ada, bob, eve = people
    assert names(eve, "NAMES #x") == ["@ada", "bob"]
    bob.ask("MODE bob +i")
    assert names(eve, "NAMES #x") == ["@ada"]
    assert names(ada, "NAMES #x") == ["@ada", "bob"]
    ada.ask("MODE #x +sv bob")
    assert names(ada, "NAMES #X,#none") == ["+bob", "@ada"]
    assert parse(ada.ask("NAMES #x")[0]).params[1] == "@", "a secret one"
    assert commands(eve.ask("NAMES #x", "NAMES #none", "NAMES")) == ["366"] * 3


def test_many_names_take_several_lines(server):
    s = server("--clients-per-address", "0")
    many = [s.irc(f"somebody-with-a-long-name-{i:03}", channel="#x") for i in range(40)]
    seen = many[0].ask("NAMES #x")
    assert len([x for x in seen if parse(x).command == "353"]) == 3
    assert all(len(x.encode()) <= 510 for x in seen)
    assert names(many[0], "NAMES #x") == sorted(["@" + many[0].nick] + [c.nick for c in many[1:]])


# ---- INVITE --------------------------------------------------------------------------------------------


def test_invite(people):
    ada, bob, eve = people
    ada.ask("MODE #x +ik key")
    assert bob.answers("INVITE eve #x")[0][0] == "482"
    assert eve.answers("INVITE bob #x")[0][0] == "442"
    assert ada.answers("INVITE nobody #x")[0][:2] == ["401", "nobody"]
    assert ada.answers("INVITE bob #x")[0][:3] == ["443", "bob", "#x"]
    assert ada.answers("INVITE eve #none")[0][0] == "403"
    assert ada.answers("INVITE eve")[0][0] == "461"
    assert ada.answers("INVITE eve #x")[0] == ["341", "eve", "#x"]
    m = eve.message("INVITE")
    assert (m.nick, m.params) == ("ada", ["eve", "#x"])
    assert [parse(x).params[1:] for x in eve.ask("INVITE")] == [["#x"], ["End of /INVITE list"]]
    assert (
        commands(eve.ask("JOIN #x"))[0] == "JOIN"
    ), "it opens an invite-only channel, and the key is not asked for"
    eve.ask("PART #x")
    assert eve.answers("JOIN #x")[0][0] == "473", "it opens the door once"


def test_an_invitation_is_for_the_channel_that_was(people):
    ada, bob, eve = people
    ada.ask("INVITE eve #x", "PART #x")
    bob.ask("PART #x", "JOIN #x", "MODE #x +i")
    eve.message("INVITE")
    assert eve.answers("JOIN #x")[0][0] == "473"
    assert eve.answers("INVITE")[0][0] == "337", "it is not listed either"


# ---- KICK ----------------------------------------------------------------------------------------------


def test_kick(people):
    ada, bob, eve = people
    assert bob.answers("KICK #x ada")[0][0] == "482"
    assert eve.answers("KICK #x ada")[0][0] == "442"
    assert ada.answers("KICK #x eve")[0][:3] == ["441", "eve", "#x"]
    assert ada.answers("KICK #x nobody")[0][:2] == ["401", "nobody"]
    assert ada.answers("KICK #none bob")[0][0] == "403"
    assert ada.answers("KICK #x")[0][0] == "461"
    assert [parse(x).params for x in ada.ask("KICK #X BOB :bad cat")] == [["#x", "bob", "bad cat"]]
    assert bob.message("KICK").params == ["#x", "bob", "bad cat"]
    ada.ask("PRIVMSG #x :gone?")
    assert bob.sync() == []
    assert commands(bob.ask("JOIN #x"))[0] == "JOIN"
    eve.ask("JOIN #x")
    ada.sync()
    assert [parse(x).params for x in ada.ask("KICK #x bob,eve")] == [
        ["#x", "bob", "ada"],
        ["#x", "eve", "ada"],
    ]
    ada.ask("KICK #x ada")
    assert ada.answers("MODE #x")[0][0] == "403"


# ---- all of it -----------------------------------------------------------------------------------------


def test_each_hears_once(server):
    """Of somebody who shares several channels, in several forms."""
    s = server()
    ada = s.irc("ada")
    others = [
        s.irc("bob"),
        s.irc("eve", caps="server-time setname message-tags"),
        s.irc("kim", caps="setname"),
    ]
    for client in [ada, *others]:
        for channel in ("#one", "#two", "#three"):
            client.join(channel)
    for client in others:
        client.sync()
    ada.ask("NICK amy", "SETNAME :Amy")
    ada.send("QUIT")
    ada.end()
    heard = [commands(c.sync()) for c in others]
    assert heard == [["NICK", "QUIT"], ["NICK", "SETNAME", "QUIT"], ["NICK", "SETNAME", "QUIT"]]
