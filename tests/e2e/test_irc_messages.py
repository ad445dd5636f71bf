"""IRC: what people say, to whom it goes, and what a label brings back."""

import re
import time

import pytest

from harness import commands, parse

TALKATIVE = "message-tags server-time echo-message labeled-response batch"


def messages(client):
    """What was said to the client up to now: (kind, from, to, text)."""
    found = [parse(x) for x in client.sync()]
    return [
        (m.command, m.nick, *m.params)
        for m in found
        if m.command in ("PRIVMSG", "NOTICE", "TAGMSG")
    ]


@pytest.fixture
def talkative(server):
    """ada and bob in #x with the capabilities of talking."""
    s = server()
    ada = s.irc("ada", caps=TALKATIVE, channel="#x")
    bob = s.irc("bob", caps=TALKATIVE, channel="#x")
    ada.sync()
    return ada, bob


# ---- to whom -------------------------------------------------------------------------------------------


def test_to_a_channel_and_to_a_person(people):
    ada, bob, eve = people
    assert (
        ada.ask(
            "PRIVMSG #X :to all  of you ", "NOTICE #x hello", "PRIVMSG BOB ::)", "NOTICE eve :psst"
        )
        == []
    )
    assert messages(bob) == [
        ("PRIVMSG", "ada", "#x", "to all  of you "),
        ("NOTICE", "ada", "#x", "hello"),
        ("PRIVMSG", "ada", "bob", ":)"),
    ]
    assert messages(eve) == [("NOTICE", "ada", "eve", "psst")]


def test_several_targets(people):
    ada, bob, eve = people
    assert ada.answers("PRIVMSG bob,nobody,#x,eve,#none :hello") == [
        ["401", "nobody", "No such nick/channel"],
        ["403", "#none", "No such channel"],
    ]
    assert messages(bob) == [("PRIVMSG", "ada", "bob", "hello"), ("PRIVMSG", "ada", "#x", "hello")]
    assert messages(eve) == [("PRIVMSG", "ada", "eve", "hello")]


def test_status_messages(server):
    s = server()
    ada, bob, eve, kim = (s.irc(name, channel="#x") for name in ("ada", "bob", "eve", "kim"))
    ada.ask("MODE #x +vo bob eve")
    for client in (ada, bob, eve, kim):
        client.sync()
    assert kim.ask("PRIVMSG @#x :to operators", "NOTICE +#x :to voices") == []
    assert [messages(c) for c in (ada, bob, eve, kim)] == [
        [("PRIVMSG", "kim", "@#x", "to operators"), ("NOTICE", "kim", "+#x", "to voices")],
        [("NOTICE", "kim", "+#x", "to voices")],
        [("PRIVMSG", "kim", "@#x", "to operators"), ("NOTICE", "kim", "+#x", "to voices")],
        [],
    ]
    assert kim.answers("PRIVMSG @#none :x")[0][:1] == ["403"]


@pytest.mark.parametrize(
    "line, answer",
    [
        ("PRIVMSG", ["411", "No recipient given (PRIVMSG)"]),
        ("PRIVMSG bob", ["412", "No text to send"]),
        ("PRIVMSG bob :", ["412", "No text to send"]),
        ("PRIVMSG nobody :x", ["401", "nobody", "No such nick/channel"]),
        ("PRIVMSG #none :x", ["403", "#none", "No such channel"]),
        ("PRIVMSG " + "x" * 300 + " :x", ["401", "x" * 64, "No such nick/channel"]),
        ("NOTICE", None),
        ("NOTICE bob", None),
        ("NOTICE nobody :x", None),
        ("NOTICE #none :x", None),
        ("TAGMSG bob", ["421", "TAGMSG", "Unknown command"]),
    ],
)
def test_refusals(people, line, answer):
    assert people[0].answers(line) == ([answer] if answer else [])


def test_to_oneself(people):
    ada, _, _ = people
    assert ada.answers("PRIVMSG ada :note to self") == [["PRIVMSG", "ada", "note to self"]]


def test_a_long_line_is_cut_between_characters(people):
    """The source is added to what was sent: 512 bytes hold both, and no half of a character."""
    ada, bob, _ = people
    ada.ask("PRIVMSG #x :" + "\u00e9" * 249)
    ada.ask("PRIVMSG #x :x" + "\u732b" * 165)
    ada.ask("PRIVMSG #x :next")
    got = []
    while not got or not got[-1].endswith("next"):
        got.append(bob.line())
    assert all(len(line.encode()) <= 510 for line in got)
    texts = [parse(line).params[1] for line in got]
    assert set(texts[0]) == {"\u00e9"} and len(texts[0]) > 200
    assert set(texts[1]) == {"x", "\u732b"}


# ---- away ----------------------------------------------------------------------------------------------


def test_away(people):
    ada, bob, _ = people
    assert ada.answers("AWAY :at lunch")[0][0] == "306"
    assert bob.answers("PRIVMSG ada :there?") == [["301", "ada", "at lunch"]]
    assert bob.answers("NOTICE ada :there?", "PRIVMSG #x :there?") == []
    assert ["301", "ada", "at lunch"] in bob.answers("WHOIS ada")
    assert ada.answers("AWAY", "AWAY")[0][0] == "305"
    assert bob.answers("PRIVMSG ada :there?") == []


# ---- tags ----------------------------------------------------------------------------------------------


def test_every_message_has_a_time_and_a_number_of_its_own(talkative):
    ada, bob = talkative
    for i in range(5):
        ada.send(f"PRIVMSG #x :{i}", f"NOTICE bob :{i}", "@+typing=active TAGMSG #x")
    seen = [bob.message("PRIVMSG|NOTICE|TAGMSG") for _ in range(15)]
    echoed = [m for m in map(parse, ada.sync()) if m.command in ("PRIVMSG", "NOTICE", "TAGMSG")]
    ids = [m.tags["msgid"] for m in seen]
    assert len(set(ids)) == 15
    assert ids == [m.tags["msgid"] for m in echoed]
    times = [m.tags["time"] for m in seen]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", t) for t in times)
    assert times == sorted(times)
    assert (
        abs(
            time.mktime(time.strptime(times[-1][:19], "%Y-%m-%dT%H:%M:%S"))
            - time.timezone
            - time.time()
        )
        < 60
    )


def test_numbers_differ_from_one_run_to_the_next(server):
    ids = []
    for _ in range(2):
        s = server()
        ada = s.irc("ada", caps=TALKATIVE)
        ada.send("PRIVMSG ada :x")
        ids.append(ada.message("PRIVMSG").tags["msgid"])
        s.stop()
    assert ids[0] != ids[1]


def test_client_only_tags_are_relayed_and_no_others(talkative):
    ada, bob = talkative
    ada.send(
        r"@+draft/reply=abc;+a/b=\:\s\\;time=1999-01-01T00:00:00.000Z;msgid=mine;bot;foo=bar;+x PRIVMSG #x :hello"
    )
    tags = bob.message("PRIVMSG").tags
    assert {k: v for k, v in tags.items() if k not in ("time", "msgid")} == {
        "+draft/reply": "abc",
        "+a/b": "; \\",
        "+x": "",
    }
    assert not tags["time"].startswith("1999")
    assert tags["msgid"] != "mine"


def test_tags_are_for_those_who_asked(server):
    s = server()
    ada, bob = s.irc("ada", caps="message-tags", channel="#x"), s.irc("bob", channel="#x")
    eve = s.irc("eve", caps="echo-message", channel="#x")
    ada.ask("@+a=b PRIVMSG #x :text", "@+typing=active TAGMSG #x")
    assert [x.split(" ", 1)[1] for x in bob.sync() if "eve" not in x] == ["PRIVMSG #x :text"]
    assert [x for x in eve.sync() if x.startswith("@") or "TAGMSG" in x] == []
    assert eve.ask("@+a=b PRIVMSG #x :from eve")[0].split(" ", 1)[1] == "PRIVMSG #x :from eve"
    assert "+a" not in ada.message("PRIVMSG").tags


def test_echo(talkative):
    ada, bob = talkative
    assert [
        (m[0], *m[1:])
        for m in ada.answers("PRIVMSG #x :one", "NOTICE bob :two", "PRIVMSG @#x :three")
    ] == [("PRIVMSG", "#x", "one"), ("NOTICE", "bob", "two"), ("PRIVMSG", "@#x", "three")]
    assert commands(ada.ask("PRIVMSG ada :four")) == ["PRIVMSG", "PRIVMSG"]


# ---- labels --------------------------------------------------------------------------------------------


def labelled(client, line, label="l1"):
    """What a command with a label is answered with, taken apart."""
    client.sync()
    return [parse(x) for x in client.ask(f"@label={label} {line}")]


def test_nothing_to_say_is_an_ack(talkative):
    ada, bob = talkative
    for line in ("PONG x", "NOTICE nobody :x", "MODE #x +n", "JOIN #x", "PRIVMSG #x,", "ERROR x"):
        seen = labelled(ada, line)
        if not line.startswith("PRIVMSG"):
            assert [(m.command, m.tags["label"], m.params) for m in seen] == [
                ("ACK", "l1", [])
            ], line


def test_one_line_carries_the_label(talkative):
    ada, bob = talkative
    for line, command in [
        ("PING x", "PONG"),
        ("PRIVMSG #x :hello", "PRIVMSG"),
        ("PRIVMSG bob :hello", "PRIVMSG"),
        ("PRIVMSG nobody :hello", "401"),
        ("@#x", "421"),
        ("TOPIC #x :cats", "TOPIC"),
        ("MODE #x +i", "MODE"),
        ("MODE ada +i", "MODE"),
        ("AWAY :x", "306"),
        ("NICK amy", "NICK"),
        ("KICK #x bob", "KICK"),
        ("PART #x", "PART"),
        ("CAP LIST", "CAP"),
    ]:
        seen = labelled(ada, line)
        assert [(m.command, m.tags.get("label")) for m in seen] == [(command, "l1")], line
    assert all("label" not in parse(x).tags for x in bob.sync())


def test_several_lines_are_a_batch(talkative):
    ada, _ = talkative
    for line, first, last in [
        ("WHOIS bob", "311", "318"),
        ("JOIN #y", "JOIN", "366"),
        ("PRIVMSG #x,bob :x", *["PRIVMSG"] * 2),
    ]:
        seen = labelled(ada, line, "two")
        assert (seen[0].command, seen[0].tags["label"]) == ("BATCH", "two")
        assert seen[0].params[1] == "labeled-response"
        name = seen[0].params[0]
        assert name.startswith("+")
        assert seen[-1].command == "BATCH" and seen[-1].params == ["-" + name[1:]]
        assert all(m.tags["batch"] == name[1:] and "label" not in m.tags for m in seen[1:-1])
        assert (seen[1].command, seen[-2].command) == (first, last)


def test_a_message_to_oneself_carries_the_label_once(talkative):
    ada, _ = talkative
    seen = labelled(ada, "PRIVMSG ada :x")
    assert sorted(m.tags.get("label", "") for m in seen) == ["", "l1"]
    assert seen[0].tags["msgid"] == seen[1].tags["msgid"]


def test_the_goodbye_carries_the_label(talkative):
    ada, _ = talkative
    ada.send("@label=bye QUIT :see you")
    seen = [parse(x) for x in ada.end()]
    assert [(m.command, m.tags.get("label")) for m in seen] == [("ERROR", "bye")]


@pytest.mark.parametrize("label", [r"a\sb\:c", "x" * 64])
def test_labels_come_back_as_they_were(talkative, label):
    ada, _ = talkative
    ada.send(f"@label={label} PING x")
    assert ada.line().startswith(f"@label={label}")


def test_labels_that_are_none(talkative):
    """Longer than 64 bytes, or empty: the command runs without one."""
    ada, _ = talkative
    for line in ("@label=" + "x" * 65 + " PING x", "@label PING x", "@label= PING x"):
        assert "label" not in parse(ada.ask(line)[0]).tags


def test_without_the_capability_a_label_is_nothing(server):
    ada = server().irc("ada", caps="message-tags")
    assert ada.ask("@label=x PING y") == [ada.seen[-2]]
    assert "label" not in ada.seen[-2]
    assert ada.ask("@label=x PONG") == []


# ---- order and number ----------------------------------------------------------------------------------


def test_none_is_lost_doubled_or_reordered(server):
    """Ten senders, twenty members in several forms, a thousand messages."""
    s = server("--input-rate", "0", "--clients-per-address", "0")
    caps = [(), "echo-message message-tags", "server-time", "echo-message"]
    clients = [s.irc(f"c{i}", caps=caps[i % 4], channel="#x") for i in range(20)]
    senders = clients[:10]
    for i in range(100):
        for client in senders:
            client.send(f"PRIVMSG #x :{client.nick} {i}")
    for client in senders + clients:
        client.sync()
    for client in clients:
        got = [m.params[1] for m in map(parse, client.seen) if m.command == "PRIVMSG"]
        for sender in senders:
            own = sender is client and client.nick not in ("c1", "c3", "c5", "c7", "c9")
            mine = [text for text in got if text.split()[0] == sender.nick]
            assert mine == ([] if own else [f"{sender.nick} {i}" for i in range(100)]), (
                client.nick,
                sender.nick,
            )
