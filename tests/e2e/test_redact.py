"""REDACT: messages that are deleted."""

import pytest

from harness import parse

CAPS = "message-tags echo-message server-time batch labeled-response draft/message-redaction draft/chathistory".split()


def say(client, target, text="hello"):
    """The msgid of what was said."""
    return [parse(x) for x in client.ask(f"PRIVMSG {target} :{text}") if " PRIVMSG " in x][0].tags["msgid"]


def redactions(lines):
    return [(m.nick, m.params) for m in map(parse, lines) if m.command == "REDACT"]


def refusal(client, words):
    client.sync()
    (line,) = client.ask(f"REDACT {words}")
    m = parse(line)
    assert m.command == "FAIL" and m.params[0] == "REDACT", line
    return m.params[1:-1]


def left(client, target):
    """The texts that history has still."""
    client.sync()
    return [parse(x).params[-1] for x in client.ask(f"CHATHISTORY LATEST {target} * 100") if " PRIVMSG " in x]


@pytest.fixture
def room(server):
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#x")  # its operator
    bob = s.irc("bob", caps=CAPS, channel="#x")
    ada.sync()
    return s, ada, bob


def test_ones_own(room):
    _, ada, bob = room
    kept, gone = say(bob, "#x", "kept"), say(bob, "#x", "gone")
    assert left(ada, "#x") == ["kept", "gone"]
    told = [("bob", ["#x", gone, "wrong channel"])]
    assert redactions(bob.ask(f"REDACT #x {gone} :wrong channel")) == told
    assert redactions(ada.sync()) == told
    assert left(ada, "#x") == left(bob, "#x") == ["kept"]
    assert refusal(bob, f"#x {gone}") == ["UNKNOWN_MSGID", "#x", gone]
    assert redactions(bob.ask(f"REDACT #x {kept}")) == [("bob", ["#x", kept])]


def test_operators_may_delete_what_others_said(room):
    _, ada, bob = room
    hers, his = say(ada, "#x"), say(bob, "#x")
    assert refusal(bob, f"#x {hers}") == ["REDACT_FORBIDDEN", "#x", hers]
    assert left(bob, "#x") == ["hello", "hello"] and redactions(ada.sync()) == []
    assert redactions(ada.ask(f"REDACT #x {his} spam")) == [("ada", ["#x", his, "spam"])]
    assert left(bob, "#x") == ["hello"]


def test_in_private(room):
    s, ada, bob = room
    msgid = say(ada, "bob")
    bob.sync()
    eve = s.irc("eve", caps=CAPS)
    assert refusal(bob, f"ada {msgid}") == ["REDACT_FORBIDDEN", "ada", msgid]
    assert refusal(eve, f"ada {msgid}") == ["UNKNOWN_MSGID", "ada", msgid]
    assert refusal(eve, f"bob {msgid}") == ["UNKNOWN_MSGID", "bob", msgid]
    told = [("ada", ["bob", msgid])]
    assert redactions(ada.ask(f"REDACT bob {msgid}")) == told
    assert redactions(bob.sync()) == told
    assert left(bob, "ada") == left(ada, "bob") == []


def test_a_reaction(room):
    _, ada, bob = room
    echo = parse(ada.ask("@+draft/react=y TAGMSG #x")[0])
    msgid = echo.tags["msgid"]
    assert redactions(ada.ask(f"REDACT #x {msgid}")) == [("ada", ["#x", msgid])]


@pytest.mark.parametrize(
    "words, code",
    [
        ("#nosuch x", ["INVALID_TARGET", "#nosuch"]),
        ("nobody x", ["INVALID_TARGET", "nobody"]),
        ("#x nonexistent123", ["UNKNOWN_MSGID", "#x", "nonexistent123"]),
        ("#x 0000000000000", ["UNKNOWN_MSGID", "#x", "0000000000000"]),
        ("#x zzzzzzzzzzzzz", ["UNKNOWN_MSGID", "#x", "zzzzzzzzzzzzz"]),
        ("#x 3w5e11264sgsf", ["UNKNOWN_MSGID", "#x", "3w5e11264sgsf"]),
    ],
)
def test_refusals(room, words, code):
    assert refusal(room[2], words) == code


def test_outsiders_cannot_find_out(room):
    s, ada, bob = room
    msgid = say(ada, "#x")
    eve = s.irc("eve", caps=CAPS)
    assert refusal(eve, f"#x {msgid}") == ["INVALID_TARGET", "#x"]
    bob.ask("PART #x")
    assert refusal(bob, f"#x {msgid}") == ["INVALID_TARGET", "#x"]
    eve.join("#y")
    assert refusal(eve, f"#y {msgid}") == ["UNKNOWN_MSGID", "#y", msgid]


def test_whoever_takes_the_name_is_not_the_author(room):
    s, ada, bob = room
    msgid = say(bob, "#x")
    bob.ask("NICK rob")
    eve = s.irc("bob", caps=CAPS, channel="#x")
    assert refusal(eve, f"#x {msgid}") == ["REDACT_FORBIDDEN", "#x", msgid]
    old = s.irc("old", caps=CAPS, channel="#x")
    eve.ask("NICK eve")
    old.ask("NICK bob")
    assert refusal(old, f"#x {msgid}") == ["REDACT_FORBIDDEN", "#x", msgid]


def test_only_for_a_time(server):
    s = server("--redact-time", "1ms")
    ada = s.irc("ada", caps=CAPS, channel="#x")
    bob = s.irc("bob", caps=CAPS, channel="#x")
    msgid = say(bob, "#x")
    while bob.ask("PING x") and redactions(seen := bob.ask(f"REDACT #x {msgid}")):
        msgid = say(bob, "#x")
    assert parse(seen[0]).params[1:5] == ["REDACT_WINDOW_EXPIRED", "#x", msgid, "0"]
    ada.sync()
    assert redactions(ada.ask(f"REDACT #x {msgid}")) == [("ada", ["#x", msgid])], "operators any time"


def test_who_does_not_know_of_it_is_not_told(room):
    s, ada, _ = room
    eve, plain = s.irc("eve", channel="#x"), s.plain("pat")
    plain.send("/join #x")
    plain.expect("pat")
    msgid = say(ada, "#x", "typo")
    ada.ask(f"REDACT #x {msgid}")
    assert [parse(x).command for x in eve.sync() if "ada" in x] == ["PRIVMSG"]
    assert eve.answers(f"REDACT #x {msgid}") == [["421", "REDACT", "Unknown command"]]
    ada.ask("PRIVMSG #x :end")
    plain.expect("end")
    assert not [x for x in plain.seen if msgid in x]


def test_history_tells_those_who_had_it(room):
    _, ada, bob = room
    first, second = say(bob, "#x", "first"), say(bob, "#x", "second")
    bob.ask(f"REDACT #x {second} :oops")
    ada.sync()
    told = ada.ask(f"CHATHISTORY AFTER #x msgid={first} 10")
    assert redactions(told) == [("bob", ["#x", second, "oops"])]
    ada.ask("CAP REQ -draft/message-redaction")
    assert redactions(ada.ask(f"CHATHISTORY AFTER #x msgid={first} 10")) == []


def test_too_few_words(room):
    assert room[1].answers("REDACT #x") == [["461", "REDACT", "Not enough parameters"]]
