"""SEARCH: messages by what is said in them, where one may read."""

import pytest

from harness import parse

CAPS = "message-tags echo-message server-time batch labeled-response draft/search".split()


def say(client, target, text):
    return parse(client.ask(f"PRIVMSG {target} :{text}")[-1])


def found(client, words):
    client.sync()
    start, *inside, end = [parse(x) for x in client.ask(f"SEARCH :{words}")]
    assert start.params[1:] == ["draft/search"] and end.params == ["-" + start.params[0][1:]]
    assert all(m.tags["batch"] == start.params[0][1:] and m.tags["msgid"] for m in inside)
    return [m.params[1] for m in inside]


@pytest.fixture
def talk(server):
    s = server()
    ada, bob, eve = (s.irc(nick, caps=CAPS) for nick in ("ada", "bob", "eve"))
    for client in (ada, bob):
        client.join("#x")
    ada.join("#y")
    say(ada, "#x", "The quick brown fox")
    say(bob, "#x", "a Fox again")
    say(ada, "#y", "fox elsewhere")
    say(ada, "bob", "fox in private")
    say(eve, "bob", "fox from eve")
    return ada, bob, eve


def test_where_one_may_read(talk):
    ada, bob, eve = talk
    assert found(ada, "text=fox") == ["The quick brown fox", "a Fox again", "fox elsewhere", "fox in private"]
    assert found(bob, "text=fox") == ["The quick brown fox", "a Fox again", "fox in private", "fox from eve"]
    assert found(eve, "text=fox") == ["fox from eve"]
    assert found(eve, "text=fox;in=#x") == found(eve, "in=#y") == found(eve, "in=ada") == []
    ada.ask("KICK #x bob")
    assert found(bob, "text=quick") == [] == found(bob, "in=#x")


def test_attributes(talk):
    ada, bob, _ = talk
    assert found(ada, "text=quick\\sfox") == ["The quick brown fox"], "all words of it"
    assert found(ada, "text=fox;in=#X") == ["The quick brown fox", "a Fox again"]
    assert found(ada, "in=bob") == ["fox in private"]
    assert found(ada, "from=BOB") == ["a Fox again"]
    assert found(ada, "from=bob;text=nothing") == []
    assert found(ada, "text=fox;limit=2") == ["fox elsewhere", "fox in private"], "the latest"
    assert found(ada, "text=fox;limit=1;after=2020-01-01T00:00:00.000Z") == ["The quick brown fox"]
    assert found(ada, "text=fox;before=2020-01-01T00:00:00.000Z") == []
    assert found(ada, "text=fox;after=2262-01-01T00:00:00.000Z") == []


def test_the_moment_itself_counts(talk):
    ada, _, _ = talk
    said = say(ada, "#x", "unique")
    time = said.tags["time"]
    assert found(ada, f"text=unique;after={time};before={time}") == ["unique"]


@pytest.mark.parametrize(
    "words, code",
    [
        ("", []),
        ("nosuch=1", ["nosuch"]),
        ("limit=0;text=a", ["limit"]),
        ("after=yesterday;text=a", ["after"]),
        ("in=a,b", ["in"]),
        ("from=a!b", ["from"]),
        ("limit=5", []),
    ],
)
def test_refusals(talk, words, code):
    (line,) = talk[2].ask(f"SEARCH :{words}")
    assert parse(line).params[:-1] == ["SEARCH", "INVALID_PARAMS", *code]


def test_a_closed_channel_made_again_does_not_tell_its_past(talk):
    ada, bob, eve = talk
    ada.ask("MODE #y +i", "PART #y")
    eve.join("#y")
    say(eve, "#y", "another fox")
    assert found(eve, "text=fox;in=#y") == found(eve, "in=#y") == ["another fox"]


def test_labels_and_capabilities(talk):
    ada, _, _ = talk
    lines = ada.ask("@label=L SEARCH text=quick")
    assert parse(lines[0]).tags["label"] == "L" and sum("label" in x for x in lines) == 1
    ada.ask("CAP REQ -draft/search")
    assert ada.answers("SEARCH text=a") == [["421", "SEARCH", "Unknown command"]]
