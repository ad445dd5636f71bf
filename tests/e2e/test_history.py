"""CHATHISTORY: what was said, for those who may know."""

import pytest

from harness import parse

CAPS = "message-tags server-time echo-message batch labeled-response standard-replies draft/chathistory".split()
EVENTS = [*CAPS, "draft/event-playback"]


def say(client, target, *texts):
    """Says them; the echoes, which are what history has to give back."""
    lines = client.ask(*(f"PRIVMSG {target} :{text}" for text in texts))
    return [m for m in map(parse, lines) if m.command == "PRIVMSG" and m.nick == client.nick]


def batch(lines, type="chathistory"):
    """The messages in the only batch of these lines, and its parameters."""
    messages = [parse(line) for line in lines]
    (start,) = [m for m in messages if m.command == "BATCH" and m.params[0].startswith("+")]
    ref = start.params[0][1:]
    assert start.params[1] == type and messages[-1].params == ["-" + ref]
    inside = [m for m in messages if m.tags.get("batch") == ref]
    assert len(inside) == len(messages) - 2, lines
    return inside, start


def history(client, words):
    """What CHATHISTORY answers: as comparable things."""
    client.sync()
    inside, _ = batch(client.ask(f"CHATHISTORY {words}"))
    return [essence(m) for m in inside]


def essence(m):
    return (m.tags["time"], m.tags["msgid"], m.source, m.command, *m.params)


def refusal(client, words):
    client.sync()
    (line,) = client.ask(f"CHATHISTORY {words}")
    message = parse(line)
    assert message.command == "FAIL" and message.params[0] == "CHATHISTORY", line
    return message.params[1:-1]


@pytest.fixture
def talk(server):
    """Somebody in a channel, and ten messages there."""
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#talk")
    said = []
    for i in range(10):
        said += [essence(m) for m in say(ada, "#talk", f"this is {i}")]
        while ada.ask("PING x") and clock(ada) <= said[-1][0]:
            pass  # so that each has a moment of its own
    return s, ada, said


def clock(client):
    return parse(client.ask("TIME")[0]).tags["time"]


# ---- subcommands ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["msgid", "timestamp"])
def test_places(talk, by):
    _, ada, said = talk

    def at(i):
        return f"{by}={said[i][0 if by == 'timestamp' else 1]}"

    assert history(ada, "LATEST #talk * 100") == said
    assert history(ada, "LATEST #talk * 3") == said[-3:]
    assert history(ada, f"LATEST #talk {at(4)} 100") == said[5:]
    assert history(ada, f"LATEST #talk {at(4)} 2") == said[-2:]
    assert history(ada, f"BEFORE #talk {at(6)} 100") == said[:6]
    assert history(ada, f"BEFORE #talk {at(6)} 2") == said[4:6]
    assert history(ada, f"BEFORE #talk {at(0)} 2") == []
    assert history(ada, f"AFTER #talk {at(3)} 100") == said[4:]
    assert history(ada, f"AFTER #talk {at(3)} 3") == said[4:7]
    assert history(ada, f"AFTER #talk {at(9)} 3") == []
    assert history(ada, f"BETWEEN #talk {at(0)} {at(9)} 100") == said[1:9]
    assert history(ada, f"BETWEEN #talk {at(9)} {at(0)} 100") == said[1:9]
    assert history(ada, f"BETWEEN #talk {at(0)} {at(9)} 3") == said[1:4]
    assert history(ada, f"BETWEEN #talk {at(9)} {at(0)} 3") == said[6:9]
    assert history(ada, f"BETWEEN #talk {at(5)} {at(5)} 3") == []
    assert history(ada, f"AROUND #talk {at(7)} 1") == [said[7]]
    assert history(ada, f"AROUND #talk {at(7)} 3") == said[6:9]
    assert history(ada, f"AROUND #talk {at(0)} 4") == said[:2]
    assert history(ada, "latest #TALK * 1") == said[-1:], "any case"


def test_pages_lead_to_the_beginning(talk):
    _, ada, said = talk
    seen, place = [], "*"
    while True:
        page = history(ada, f"{'BEFORE' if seen else 'LATEST'} #talk {place} 3")
        if not page:
            break
        seen = page + seen
        place = f"msgid={page[0][1]}"
    assert seen == said


@pytest.mark.parametrize(
    "words, code",
    [
        ("", ["INVALID_PARAMS", "*"]),
        ("NOSUCH #talk * 1", ["INVALID_PARAMS", "NOSUCH"]),
        ("LATEST", ["INVALID_PARAMS", "LATEST"]),
        ("LATEST #talk *", ["INVALID_PARAMS", "LATEST"]),
        ("LATEST #talk * 1 1", ["INVALID_PARAMS", "LATEST"]),
        ("BEFORE #talk * 1", ["INVALID_PARAMS", "BEFORE", "*"]),
        ("BEFORE #talk timestamp=2026-13-01T00:00:00.000Z 1",)
        + (["INVALID_PARAMS", "BEFORE", "timestamp=2026-13-01T00:00:00.000Z"],),
        ("BEFORE #talk msgid=nosuch 1", ["INVALID_PARAMS", "BEFORE", "msgid=nosuch"]),
        ("BEFORE #talk id=1 1", ["INVALID_PARAMS", "BEFORE", "id=1"]),
        ("LATEST #talk * 0", ["INVALID_PARAMS", "LATEST", "0"]),
        ("LATEST #talk * -1", ["INVALID_PARAMS", "LATEST", "-1"]),
        ("LATEST #talk * x", ["INVALID_PARAMS", "LATEST", "x"]),
        ("TARGETS msgid=0000000000001 msgid=0000000000002 1",)
        + (["INVALID_PARAMS", "TARGETS", "msgid=0000000000001"],),
        ("LATEST #nosuch * 1", ["INVALID_TARGET", "LATEST", "#nosuch"]),
        ("LATEST nobody * 1", ["INVALID_TARGET", "LATEST", "nobody"]),
        ("LATEST , * 1", ["INVALID_TARGET", "LATEST", ","]),
    ],
)
def test_refusals(server, words, code):
    ada = server().irc("ada", caps=CAPS, channel="#talk")
    assert refusal(ada, words) == code


def test_it_is_a_command_for_those_who_asked_for_it(server):
    ada = server().irc("ada", channel="#x")
    assert ada.answers("CHATHISTORY LATEST #x * 1") == [["421", "CHATHISTORY", "Unknown command"]]


def test_without_batches_the_lines_are_bare(server):
    s = server()
    bob = s.irc("bob", caps=["draft/chathistory"], channel="#x")
    say(s.irc("ada", caps=CAPS, channel="#x"), "#x", "one", "two")
    bob.sync()
    assert [parse(x).params for x in bob.ask("CHATHISTORY LATEST #x * 5")] == [["#x", "one"], ["#x", "two"]]
    assert not any(x.startswith("@") for x in bob.ask("CHATHISTORY LATEST #x * 5"))


def test_what_is_announced(server):
    s = server("--history-limit", "3")
    ada = s.irc("ada", caps=CAPS, channel="#x")
    tokens = " ".join(x for x in ada.seen if " 005 " in x).split()
    assert "CHATHISTORY=3" in tokens and "MSGREFTYPES=msgid,timestamp" in tokens
    said = [essence(m) for m in say(ada, "#x", *"abcde")]
    assert history(ada, "LATEST #x * 100") == said[-3:], "more than there may be: as many as may be"


def test_the_label_is_on_the_batch(talk):
    _, ada, said = talk
    lines = ada.ask("@label=L CHATHISTORY LATEST #talk * 2")
    inside, start = batch(lines)
    assert [essence(m) for m in inside] == said[-2:]
    assert start.tags["label"] == "L" and sum("label=" in x for x in lines) == 1
    assert parse(ada.ask("@label=M CHATHISTORY LATEST #nosuch * 2")[0]).tags["label"] == "M"
    lines = ada.ask("@label=N CHATHISTORY AROUND #talk msgid=" + said[5][1] + " 5")
    assert [essence(m) for m in batch(lines)[0]] == said[3:8]
    assert batch(ada.ask("@label=O CHATHISTORY LATEST #talk timestamp=2262-01-01T00:00:00.000Z 2"))[0] == []


# ---- events --------------------------------------------------------------------------------------------


def test_event_playback(server):
    s = server()
    ada = s.irc("ada", caps=EVENTS, channel="#x")
    bob = s.irc("bob", caps=CAPS)
    ada.sync()
    live = []

    def all_see(client, *lines):
        own = client.ask(*lines)
        live.extend(x for x in (own if client is ada else ada.sync()) if "!" in parse(x).source)

    all_see(bob, "JOIN #x")
    all_see(ada, "TOPIC #x :about x", "MODE #x +v bob", "PRIVMSG #x :hello", "@+draft/react=y TAGMSG #x")
    all_see(bob, "NICK rob", "NOTICE #x :here", "PART #x :bye")
    all_see(bob, "JOIN #x")
    all_see(ada, "KICK #x rob :out")
    all_see(bob, "JOIN #x")
    bob.send("QUIT :gone")
    ada.expect("QUIT")
    live.append(ada.seen[-1])
    told = [parse(x) for x in ada.ask("CHATHISTORY LATEST #x * 100")][1:-1]
    shown = [parse(x) for x in live if not parse(x).command == "BATCH"]
    assert [(m.source, m.command, m.params) for m in told][1:] == [
        (m.source, m.command, m.params) for m in shown
    ]
    assert told[0].command == "JOIN" and told[0].nick == "ada"
    assert len({m.tags["msgid"] for m in told}) == len(told)
    for was, now in zip(shown, told[1:]):
        assert now.tags.get("+draft/react") == was.tags.get("+draft/react")
        if "msgid" in was.tags:
            assert was.tags["msgid"] == now.tags["msgid"]


def test_without_it_only_messages(server):
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#x")
    ada.ask("TOPIC #x :t", "PRIVMSG #x :one", "@+draft/react=y TAGMSG #x", "MODE #x +m", "NOTICE #x :two")
    inside, _ = batch(ada.ask("CHATHISTORY LATEST #x * 100"))
    assert [(m.command, m.params[1]) for m in inside] == [("PRIVMSG", "one"), ("NOTICE", "two")]


def test_typing_is_not_kept_reactions_are(server):
    ada = server().irc("ada", caps=EVENTS, channel="#x")
    ada.ask("@+typing=active TAGMSG #x", "@+draft/reply=abc TAGMSG #x", "@+draft/react=y PRIVMSG #x :hi")
    inside, _ = batch(ada.ask("CHATHISTORY LATEST #x * 100"))
    tags = [m.tags for m in inside if m.command != "JOIN"]
    assert [t.get("+draft/reply") for t in tags] == ["abc", None]
    assert tags[1]["+draft/react"] == "y"


def test_messages_to_operators_alone_are_nobodys_history(server):
    ada = server().irc("ada", caps=EVENTS, channel="#x")
    ada.ask("PRIVMSG @#x :for operators", "PRIVMSG #x :for all")
    assert [m[5] for m in history(ada, "LATEST #x * 100") if m[3] == "PRIVMSG"] == ["for all"]
    assert refusal(ada, "LATEST @#x * 100") == ["INVALID_TARGET", "LATEST", "@#x"]


# ---- conversations -------------------------------------------------------------------------------------


def test_conversations(server):
    s = server()
    ada, bob, eve = (s.irc(nick, caps=CAPS) for nick in ("ada", "bob", "eve"))
    said = [essence(m) for m in say(ada, "bob", "one")]
    said += [essence(m) for m in say(bob, "ada", "two")]
    other = [essence(m) for m in say(ada, "eve", "three")]
    for client in (ada, bob, eve):
        client.sync()
    assert history(ada, "LATEST bob * 10") == said
    assert history(bob, "LATEST ADA * 10") == said
    assert history(eve, "LATEST ada * 10") == other
    assert history(eve, "LATEST bob * 10") == []
    assert history(bob, "LATEST eve * 10") == []


def test_a_conversation_with_oneself(server):
    ada = server().irc("ada", caps=CAPS)
    (live, echo) = say(ada, "ada", "note")
    assert essence(live) == essence(echo)
    assert history(ada, "LATEST ada * 10") == [essence(live)]


def test_a_conversation_outlives_names(server):
    s = server()
    ada, bob = s.irc("ada", caps=CAPS), s.irc("bob", caps=CAPS)
    said = [essence(m) for m in say(ada, "bob", "one")]
    bob.ask("NICK rob")
    bob.nick = "rob"
    said += [essence(m) for m in say(bob, "ada", "two")]
    ada.sync()
    assert history(ada, "LATEST rob * 10") == said
    bob.send("QUIT")
    bob.end()
    assert history(ada, "LATEST rob * 10") == said, "who has left is found by name"
    assert refusal(ada, "LATEST bob * 10") == ["INVALID_TARGET", "LATEST", "bob"]


def test_targets(server):
    s = server()
    ada, bob, eve = (s.irc(nick, caps=CAPS) for nick in ("ada", "bob", "eve"))
    ada.join("#one")
    ada.join("#two")
    ada.join("#mute")
    eve.join("#eve")
    latest = {}
    for client, target, name in (
        (ada, "#one", "#one"),
        (bob, "ada", "bob"),
        (ada, "#two", "#two"),
        (ada, "eve", "eve"),
    ):
        (m,) = say(client, target, "hello")
        latest[name] = m.tags["time"]
        while clock(client) <= latest[name]:
            pass
    say(eve, "#eve", "not for ada")
    ada.sync()
    old, late = "timestamp=2020-01-01T00:00:00.000Z", "timestamp=2262-01-01T00:00:00.000Z"

    def targets(words):
        inside, start = batch(ada.ask(f"CHATHISTORY TARGETS {words}"), "draft/chathistory-targets")
        assert len(start.params) == 2
        return [tuple(m.params[1:]) for m in inside]

    everything = list(latest.items())
    assert targets(f"{old} {late} 10") == everything
    assert targets(f"{late} {old} 10") == everything
    assert targets(f"{old} {late} 2") == everything[:2]
    assert targets(f"{late} {old} 2") == everything[-2:]
    assert targets(f"timestamp={latest['#one']} {late} 10") == everything[1:]
    assert targets(f"{old} timestamp={latest['eve']} 10") == everything[:-1]
    assert targets(f"{late} {late} 10") == []
    bob.ask("NICK rob")
    ada.sync()
    assert [t for t, _ in targets(f"{old} {late} 10")] == ["#one", "rob", "#two", "eve"]
    bob.send("QUIT")
    bob.end()
    ada.ask("PART #two")
    assert [t for t, _ in targets(f"{old} {late} 10")] == ["#one", "bob", "eve"]


# ---- who may read what ---------------------------------------------------------------------------------


def test_outsiders_read_nothing(server):
    s = server()
    ada, eve = s.irc("ada", caps=CAPS, channel="#x"), s.irc("eve", caps=CAPS)
    say(ada, "#x", "secret")
    assert refusal(eve, "LATEST #x * 10") == ["INVALID_TARGET", "LATEST", "#x"]
    ada.ask("MODE #x +s")
    assert eve.ask("CHATHISTORY LATEST #x * 10")[0].endswith(
        eve.ask("CHATHISTORY LATEST #nosuch * 10")[0].split(" :")[-1]
    ), "nothing tells that it is there"
    inside, _ = batch(
        eve.ask("CHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2262-01-01T00:00:00.000Z 9"),
        "draft/chathistory-targets",
    )
    assert inside == []


@pytest.mark.parametrize("way", ["PART #x", None])
def test_who_left_or_was_removed_reads_nothing(server, way):
    s = server()
    ada, eve = s.irc("ada", caps=CAPS, channel="#x"), s.irc("eve", caps=CAPS, channel="#x")
    say(ada, "#x", "before")
    assert len(history(eve, "LATEST #x * 10")) == 1
    if way:
        eve.ask(way)
    else:
        ada.ask("KICK #x eve")
    assert refusal(eve, "LATEST #x * 10") == ["INVALID_TARGET", "LATEST", "#x"]
    say(ada, "#x", "after")
    assert refusal(eve, "AFTER #x timestamp=2020-01-01T00:00:00.000Z 10")[0] == "INVALID_TARGET"


@pytest.mark.parametrize("mode", ["+b eve!*@*", "+i", "+k key", "+l 1"])
def test_who_may_not_join_reads_nothing(server, mode):
    s = server()
    ada, eve = s.irc("ada", caps=CAPS, channel="#x"), s.irc("eve", caps=CAPS)
    say(ada, "#x", "secret")
    ada.ask(f"MODE #x {mode}")
    eve.ask("JOIN #x")
    assert refusal(eve, "LATEST #x * 10") == ["INVALID_TARGET", "LATEST", "#x"]


@pytest.mark.parametrize("mode", ["+b eve!*@*", "+m", "+i", "+k key"])
def test_members_read_whatever_the_modes(server, mode):
    s = server()
    ada, eve = s.irc("ada", caps=CAPS, channel="#x"), s.irc("eve", caps=CAPS, channel="#x")
    said = [essence(m) for m in say(ada, "#x", "hello")]
    ada.ask(f"MODE #x {mode}")
    assert history(eve, "LATEST #x * 10") == said


@pytest.mark.parametrize("mode", ["+b eve!*@*", "+i", "+k key", "+s"])
def test_a_closed_channel_made_again_does_not_tell_its_past(server, mode):
    """Who was kept out waits until all have left, and makes it again."""
    s = server()
    ada, eve = s.irc("ada", caps=CAPS, channel="#x"), s.irc("eve", caps=CAPS)
    say(ada, "#x", "secret")
    ada.ask(f"MODE #x {mode}", "PART #x")
    eve.join("#x")
    assert history(eve, "LATEST #x * 10") == []
    assert history(eve, "BEFORE #x timestamp=2262-01-01T00:00:00.000Z 10") == []
    assert history(eve, "AROUND #x timestamp=2020-01-01T00:00:00.000Z 10") == []
    said = [essence(m) for m in say(eve, "#x", "new")]
    assert history(eve, "LATEST #x * 10") == said
    bob = s.irc("bob")
    bob.join("#x")
    assert not any("secret" in x for x in [*bob.seen, *bob.sync()]), "nor is it told at a join"


def test_an_open_channel_made_again_has_its_past(server):
    s = server()
    ada, eve = s.irc("ada", caps=CAPS, channel="#x"), s.irc("eve", caps=CAPS)
    ada.ask("MODE #x +s", "MODE #x -s")
    said = [essence(m) for m in say(ada, "#x", "hello")]
    ada.ask("PART #x")
    eve.join("#x")
    assert history(eve, "LATEST #x * 10") == said


def test_a_name_taken_by_another_does_not_open_conversations(server):
    s = server()
    ada, bob = s.irc("ada", caps=CAPS), s.irc("bob", caps=CAPS)
    say(ada, "bob", "between us")
    bob.send("QUIT")
    bob.end()
    eve = s.irc("bob", caps=CAPS)
    assert history(eve, "LATEST ada * 10") == []
    assert history(ada, "LATEST bob * 10") == [], "the one who is here now is another"
    ada.send("QUIT")
    ada.end()
    assert refusal(eve, "LATEST ada * 10")[0] == "INVALID_TARGET"
    again = s.irc("ada", caps=CAPS)
    assert history(again, "LATEST bob * 10") == []


@pytest.mark.parametrize("target", ["ada,bob", "!0000000000001,ada", "@#x", "+#x", "*", "#x,#y", "ada!~ada@localhost"])
def test_targets_are_names_alone(server, target):
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#x")
    s.irc("bob", caps=CAPS)
    say(ada, "bob", "between us")
    say(ada, "#x", "in the channel")
    eve = s.irc("eve", caps=CAPS)
    assert refusal(eve, f"LATEST {target} * 10")[0] == "INVALID_TARGET"
