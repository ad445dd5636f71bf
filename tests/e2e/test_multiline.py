"""Messages of several lines: one batch in, one message for those who know them, lines for the others."""

import pytest

from harness import parse

BASE = "message-tags echo-message server-time batch labeled-response".split()
CAPS = [*BASE, "draft/multiline", "draft/chathistory"]
CONCAT = "draft/multiline-concat"


def compose(target, *lines, tags="", command="PRIVMSG"):
    """The lines of a batch; one that begins with + continues the one before."""
    yield f"{tags}BATCH +1 draft/multiline {target}"
    for line in lines:
        concat = f";{CONCAT}" if line.startswith("+") else ""
        yield f"@batch=1{concat} {command} {target} :{line.removeprefix('+')}"
    yield "BATCH -1"


def parts(messages):
    """(text, whether it continues) of each line in between, all in the batch that the first begins."""
    first, *inside, last = messages
    ref = first.params[0][1:]
    assert first.command == "BATCH" and first.params[0] == "+" + ref and first.params[1] == "draft/multiline"
    assert last.command == "BATCH" and last.params == ["-" + ref]
    assert all(m.tags["batch"] == ref and "msgid" not in m.tags for m in inside)
    return [(m.params[-1], CONCAT in m.tags) for m in inside]


def refusal(client, *lines):
    answers = [parse(x) for x in client.ask(*lines)]
    assert all(m.command == "FAIL" and m.params[0] == "BATCH" for m in answers), answers
    return [m.params[1:-1] for m in answers]


@pytest.fixture
def room(server):
    s = server("--input-rate", "0")
    ada, bob = s.irc("ada", caps=CAPS, channel="#x"), s.irc("bob", caps=CAPS, channel="#x")
    old = s.irc("old", caps=BASE, channel="#x")
    for client in (ada, bob, old):
        client.sync()
    return s, ada, bob, old


TEXT = ["hello", "", "how is ", "+everyone?"]
WHOLE = [("hello", False), ("", False), ("how is ", False), ("everyone?", True)]


def test_one_message(room):
    s, ada, bob, old = room
    bare = s.irc("bare", channel="#x")
    ada.sync()
    echo = [parse(x) for x in ada.ask(*compose("#x", *TEXT, tags="@label=L;+a=b;+draft/reply=r "))]
    heard = [parse(x) for x in bob.sync() if "bare" not in x]
    assert parts(echo) == parts(heard) == WHOLE
    assert echo[0].tags["label"] == "L" and sum("label" in m.tags for m in echo) == 1
    for tag in ("msgid", "time", "+a", "+draft/reply"):
        assert echo[0].tags[tag] == heard[0].tags[tag]
    lines = [m for m in map(parse, old.sync()) if m.command == "PRIVMSG"]
    assert [m.params for m in lines] == [["#x", "hello"], ["#x", "how is "], ["#x", "everyone?"]]
    assert [m.tags.get("msgid") for m in lines] == [echo[0].tags["msgid"], None, None]
    assert {m.tags["time"] for m in lines} == {echo[0].tags["time"]}
    assert all(m.tags["+a"] == "b" and CONCAT not in m.tags and "batch" not in m.tags for m in lines)
    assert [x.split(" :")[1] for x in bare.sync() if "PRIVMSG" in x] == ["hello", "how is ", "everyone?"]


def test_it_needs_batch_to_be_heard_as_one(room):
    s, ada, bob, _ = room
    bob.ask("CAP REQ -batch")
    ada.ask(*compose("#x", "one", "two"))
    assert [parse(x).params for x in bob.sync()] == [["#x", "one"], ["#x", "two"]]


def test_in_private_and_as_notices(room):
    _, ada, bob, old = room
    echo = [parse(x) for x in ada.ask(*compose("bob", "one", "two", command="NOTICE"))]
    assert parts(echo) == [("one", False), ("two", False)] and {m.command for m in echo} == {"BATCH", "NOTICE"}
    assert echo[0].params[2] == "bob" and echo[0].nick == "ada"
    assert parts([parse(x) for x in bob.sync()]) == [("one", False), ("two", False)]
    ada.ask(*compose("old", "one", "two"))
    assert [parse(x).params for x in old.sync()] == [["old", "one"], ["old", "two"]]
    assert [parse(x).params[2] for x in ada.ask(*compose("@#x", "one", "two")) if " BATCH +" in x] == ["@#x"]


def test_one_line_is_a_plain_message(room):
    _, ada, bob, _ = room
    (echo,) = ada.ask(*compose("#x", "only", tags="@label=L "))
    assert parse(echo).tags["label"] == "L" and parse(echo).params == ["#x", "only"]
    assert [parse(x).params for x in bob.sync()] == [["#x", "only"]]


def test_in_history_it_is_one_message_too(room):
    s, ada, bob, old = room
    ada.ask("PRIVMSG #x :before", *compose("#x", *TEXT), "PRIVMSG #x :after")
    bob.sync()
    answer = [parse(x) for x in bob.ask("CHATHISTORY LATEST #x * 3")]
    outer = answer[0].params[0][1:]
    inner = answer[2:-2]
    assert parts(inner) == WHOLE
    assert inner[0].tags["batch"] == inner[-1].tags["batch"] == outer
    assert [m.params[-1] for m in (answer[1], answer[-2])] == ["before", "after"]
    old.ask("CAP REQ draft/chathistory")
    lines = [parse(x) for x in old.ask("CHATHISTORY LATEST #x * 2")][1:-1]
    assert [m.params[1] for m in lines] == ["hello", "how is ", "everyone?", "after"]
    assert len({m.tags["batch"] for m in lines}) == 1
    plain = s.plain("pat")
    plain.send("/join #x")
    plain.expect(r"^\[.{16}\] #x ada: hello$")
    plain.expect("^#x ada: everyone\\?$")


def test_plain_people_hear_lines(room):
    s, ada, _, _ = room
    plain = s.plain("pat")
    ada.join("#lobby")
    ada.ask(*compose("#lobby", *TEXT))
    for wanted in ("ada: hello", "ada: how is ", "ada: everyone?"):
        plain.expect(f"^{wanted}".replace("?", r"\?"))


def test_what_is_announced(server):
    ada = server("--multiline-lines", "5", "--multiline-bytes", "1K").irc()
    lines = " ".join(ada.ask("CAP LS 302"))
    assert "draft/multiline=max-bytes=1024,max-lines=5" in lines.replace(":", " ").split()


def test_up_to_the_limits(server):
    s = server("--multiline-lines", "5", "--multiline-bytes", "1K", "--input-rate", "0")
    ada = s.irc("ada", caps=CAPS, channel="#x")
    assert len(ada.ask(*compose("#x", *"12345"))) == 7
    assert refusal(ada, *compose("#x", *"123456")) == [["MULTILINE_MAX_LINES", "5"]]
    assert len(ada.ask(*compose("#x", "x" * 400, "x" * 400, "x" * 222))) == 5, "two line feeds count"
    assert refusal(ada, *compose("#x", "x" * 400, "x" * 400, "x" * 223)) == [["MULTILINE_MAX_BYTES", "1024"]]
    assert len(ada.ask(*compose("#x", "x" * 400, "+" + "x" * 400, "+" + "x" * 224))) == 5
    assert refusal(ada, *compose("#x", "x" * 400, "+" + "x" * 400, "+" + "x" * 225, "more", tags="@label=L ")) == [
        ["MULTILINE_MAX_BYTES", "1024"]
    ]


@pytest.mark.parametrize(
    "lines, code",
    [
        (["BATCH +1 draft/multiline #x", "@batch=2 PRIVMSG #x :a", "BATCH -1"], ["MULTILINE_INVALID"]),
        (
            ["BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #y :a", "BATCH -1"],
            ["MULTILINE_INVALID_TARGET", "#x", "#y"],
        ),
        (["BATCH +1 draft/multiline #x", "@batch=1 TAGMSG #x", "BATCH -1"], ["MULTILINE_INVALID"]),
        (["BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x", "BATCH -1"], ["MULTILINE_INVALID"]),
        (["BATCH +1 draft/multiline #x", "BATCH +2 draft/multiline #x", "BATCH -1"], ["MULTILINE_INVALID"]),
        (["BATCH +1 draft/multiline #x", "BATCH -2"], ["MULTILINE_INVALID"]),
        (["BATCH +1 draft/multiline #x", "BATCH -1"], ["MULTILINE_INVALID"]),
        (["BATCH +1 draft/multiline"], ["MULTILINE_INVALID"]),
        (["BATCH +1 draft/multiline #x,#y"], ["MULTILINE_INVALID"]),
        (["BATCH 1 draft/multiline #x"], ["MULTILINE_INVALID"]),
        (["BATCH -1"], ["MULTILINE_INVALID"]),
        (["@batch=1 PRIVMSG #x :a"], ["MULTILINE_INVALID"]),
        (["BATCH +1 netsplit #x", "@batch=1 PRIVMSG #x :a", "BATCH -1"], ["UNKNOWN_TYPE", "1", "netsplit"]),
        (["BATCH +a.b draft/multiline #x"], ["INVALID_REFTAG", "*"]),
        ([*compose("#x", "", "", "")], ["MULTILINE_INVALID"]),
        ([*compose("#x", "a", "+")], ["MULTILINE_INVALID"]),
        (
            ["BATCH +1 draft/multiline #x", "@batch=1 PRIVMSG #x a", "@batch=1 NOTICE #x a", "BATCH -1"],
            ["MULTILINE_INVALID"],
        ),
    ],
)
def test_refusals(room, lines, code):
    """One refusal, nobody hears anything, and the next one works."""
    _, ada, bob, _ = room
    assert refusal(ada, *lines) == [code]
    ada.ask("BATCH -1")
    assert bob.sync() == []
    assert parts([parse(x) for x in ada.ask(*compose("#x", "a", "b"))]) == [("a", False), ("b", False)]


def test_a_refusal_has_the_label(room):
    _, ada, _, _ = room
    (fail,) = ada.ask(*compose("#x", "a", "+", tags="@label=L "))
    assert parse(fail).tags["label"] == "L"
    (refused,) = ada.ask(*compose("#nosuch", "a", "b", tags="@label=M "))
    assert parse(refused).tags["label"] == "M" and parse(refused).command == "403"


def test_rules_hold_for_each_line(room):
    _, ada, bob, _ = room
    ada.ask("MODE #x +C")
    bob.sync()
    lines = bob.ask(*compose("#x", "innocent", "\x01VERSION\x01"))
    assert [parse(x).command for x in lines] == ["404"]


def test_the_same_id_is_the_same_message(room):
    _, ada, bob, _ = room
    ada.ask("CAP REQ sockchat/id")
    tags = "@sockchat/id=abcdefghijklmnopqrstuv "
    first = [parse(x) for x in ada.ask(*compose("#x", "a", "b", tags=tags))]
    again = [parse(x) for x in ada.ask(*compose("#x", "a", "b", tags=tags))]
    assert parts(first) == parts(again) and first[0].tags["msgid"] == again[0].tags["msgid"]
    assert len(bob.sync()) == 4


def test_without_the_capability(room):
    s, ada, _, old = room
    assert old.answers("BATCH +1 draft/multiline #x") == [["421", "BATCH", "Unknown command"]]
    old.ask("@batch=1 PRIVMSG #x :as ever")
    assert "as ever" in ada.sync()[0]


def test_an_end_in_the_middle(room):
    _, ada, bob, _ = room
    ada.send(*list(compose("#x", "a", "b"))[:-1], "QUIT")
    ada.end()
    assert not [x for x in bob.sync() if "PRIVMSG" in x]
