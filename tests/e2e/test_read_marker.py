"""MARKREAD: how far somebody has read."""

import pytest

from harness import commands, parse

CAPS = ["draft/read-marker"]
OLD, NEW = "timestamp=2019-01-01T00:00:00.000Z", "timestamp=2019-06-01T12:00:00.123Z"


def marker(client, *words):
    client.sync()
    (line,) = client.ask(" ".join(["MARKREAD", *words]))
    m = parse(line)
    assert m.command == "MARKREAD"
    return m.params


def test_set_and_get(server):
    ada = server().irc("ada", caps=CAPS, channel="#x")
    assert marker(ada, "#x") == ["#x", "*"]
    assert marker(ada, "#x", NEW) == ["#x", NEW]
    assert marker(ada, "#X") == ["#X", NEW]
    assert marker(ada, "bob") == ["bob", "*"], "each target has its own"
    assert marker(ada, "bob", OLD) == ["bob", OLD]


def test_it_only_grows(server):
    ada = server().irc("ada", caps=CAPS)
    marker(ada, "bob", NEW)
    assert marker(ada, "bob", OLD) == ["bob", NEW]
    (_, time) = marker(ada, "bob", "timestamp=2262-01-01T00:00:00.000Z")
    assert NEW < time < "timestamp=2262", "and not into the future"


def test_at_a_join(server):
    ada = server().irc("ada", caps=CAPS, channel="#x")
    (at,) = [i for i, x in enumerate(ada.seen) if parse(x).command == "MARKREAD"]
    assert parse(ada.seen[at]).params == ["#x", "*"]
    assert "366" in commands(ada.seen[at:])
    marker(ada, "#x", NEW)
    ada.ask("PART #x")
    assert [parse(x).params for x in ada.ask("JOIN #x") if " MARKREAD " in x] == [["#x", NEW]]


@pytest.mark.parametrize(
    "words, code",
    [
        ("", ["NEED_MORE_PARAMS"]),
        ("#x *", ["INVALID_PARAMS", "*"]),
        ("#x timestamp=nonsense", ["INVALID_PARAMS", "timestamp=nonsense"]),
        ("#x 2019-01-01T00:00:00.000Z", ["INVALID_PARAMS", "2019-01-01T00:00:00.000Z"]),
        ("a,b " + NEW, ["INVALID_PARAMS", "a,b"]),
    ],
)
def test_refusals(server, words, code):
    ada = server().irc("ada", caps=CAPS)
    (line,) = ada.ask(f"MARKREAD {words}")
    assert parse(line).params[:-1] == ["MARKREAD", *code]


def test_there_is_an_end_to_it(server):
    ada = server("--input-rate", "0").irc("ada", caps=CAPS)
    lines = ada.ask(*(f"MARKREAD n{i} {NEW}" for i in range(201)))
    assert commands(lines) == ["MARKREAD"] * 200 + ["FAIL"]
    assert parse(lines[-1]).params[:3] == ["MARKREAD", "INTERNAL_ERROR", "n200"]
    assert marker(ada, "n5", "timestamp=2020-01-01T00:00:00.000Z")[1].startswith("timestamp=2020")


def test_nobody_else_sees_it(server):
    s = server()
    ada, bob = s.irc("ada", caps=CAPS, channel="#x"), s.irc("bob", caps=CAPS, channel="#x")
    marker(ada, "#x", NEW)
    assert not [x for x in bob.sync() if "MARKREAD" in x]
    assert marker(bob, "#x") == ["#x", "*"]


def test_without_the_capability(server):
    ada = server().irc("ada", channel="#x")
    assert not [x for x in ada.seen if "MARKREAD" in x]
    assert ada.answers("MARKREAD #x") == [["421", "MARKREAD", "Unknown command"]]
