"""IRC: RENAME: a channel gets another name, and all that goes by it follows."""

import pytest

from accounts import FAST, logged_in, register
from harness import DEADLINE, commands, parse
from slow import numbered, say, until_behind

RENAME = "draft/channel-rename"
HISTORY = "draft/chathistory batch"


def history(client, channel):
    """What was said, as CHATHISTORY tells it: target and text."""
    told = map(parse, client.ask(f"CHATHISTORY LATEST {channel} * 100"))
    return [m.params for m in told if m.command == "PRIVMSG"]


def test_who_knows_it_and_who_does_not(server):
    s = server("--replay", "0")
    ada, bob = s.irc("ada", channel="#old", caps=RENAME), s.irc("bob", channel="#old", caps="server-time")
    dan = s.plain().enter("dan")
    dan.send("/join #old")
    dan.expect("in #old")
    dan.send("hello")
    ada.message("PRIVMSG")
    ada.ask("TOPIC #old :kept")
    bob.sync()
    assert ada.answers("RENAME #OLD #New :no reason") == [["RENAME", "#old", "#New", "no reason"]]
    seen = [parse(line) for line in bob.sync()]
    assert [(m.nick, m.params) for m in seen[:2]] == [("bob", ["#old", "no reason"]), ("bob", ["#New"])]
    assert [m.command for m in seen] == ["PART", "JOIN", "332", "333", "353", "366"]
    assert seen[4].params[-1].split() == ["@ada", "bob", "dan"]
    dan.expect(r"^\* ada renamed #old to #New \(no reason\)$")
    dan.send("still here")
    assert ada.message("PRIVMSG").params == ["#New", "still here"]
    bob.ask("PRIVMSG #new :me, too")
    assert ada.message("PRIVMSG").params == ["#New", "me, too"]
    assert bob.answers("PRIVMSG #old :hello")[0][:2] == ["403", "#old"]


def test_its_metadata_is_told_again_to_who_does_not_know_it(server):
    s = server()
    ada, bob = (s.irc(nick, channel="#x", caps="draft/metadata-3 batch") for nick in ("ada", "bob"))
    bob.ask("METADATA * SUB url")
    ada.ask("METADATA #x SET url :a page", "RENAME #x #y")
    told = [parse(line).params[1:] for line in bob.sync() if " 761 " in line]
    assert told[-1] == ["#y", "url", "*", "a page"]


def test_only_its_case(server):
    s = server()
    ada, bob = s.irc("ada", channel="#x", caps=RENAME), s.irc("bob", channel="#x")
    for name in ("#X", "#x", "#X"):
        assert ada.answers(f"RENAME #x {name}") == [["RENAME", {"#X": "#x", "#x": "#X"}[name], name, ""]]
    assert bob.sync() == [], "to them it is the same channel"
    assert ada.answers("RENAME #x #X") == []
    assert ada.answers("TOPIC #x")[0][:2] == ["331", "#X"]


def test_refusals(server):
    s = server()
    ada, bob, eve = s.irc("ada", channel="#x", caps="standard-replies"), s.irc("bob", channel="#x"), s.irc("eve")
    ada.join("#y")
    eve.join("#z")
    assert bob.answers("RENAME #x #b")[0][:2] == ["482", "#x"]
    assert eve.answers("RENAME #x #b")[0][:2] == ["442", "#x"]
    assert ada.answers("RENAME #none #b")[0][:2] == ["403", "#none"]
    assert ada.answers("RENAME #x")[0][:2] == ["461", "RENAME"]
    for taken in ("#y", "#Z"):
        assert ada.answers(f"RENAME #x {taken}")[0][:5] == ["FAIL", "RENAME", "CHANNEL_NAME_IN_USE", "#x", taken]
    for bad in ("x", "#", "#a,b", "#" + "y" * 64):
        assert ada.answers(f"RENAME #x {bad}")[0][:4] == ["FAIL", "RENAME", "CANNOT_RENAME", "#x"]
    assert "given another name just now" not in " ".join(ada.ask("RENAME #x #new"))
    assert ada.answers("RENAME #new #newer")[0][:5] == ["FAIL", "RENAME", "CANNOT_RENAME", "#new", "#newer"]
    ada.ask("MODE #new +s")
    assert eve.answers("RENAME #new #b")[0][:2] == ["403", "#new"]


def test_modes_lists_and_places_stay(server):
    s = server()
    ada, eve = s.irc("ada", channel="#x"), s.irc("eve")
    s.irc("bob", channel="#x")
    ada.join("#y")
    ada.ask("MODE #x +kb key m:bob", "MODE #x +v bob", "INVITE eve #x", "MODE #y +if #x", "RENAME #x #new")
    assert ada.answers("MODE #new")[0] == ["324", "#new", "+knt", "key"]
    assert ada.answers("MODE #new b")[0][:3] == ["367", "#new", "m:bob!*@*"]
    assert ["319", "bob", "+#new"] in ada.answers("WHOIS bob")
    assert ada.answers("MODE #y")[0] == ["324", "#y", "+fint", "#new"]
    assert eve.answers("INVITE")[0] == ["336", "#new"]
    eve.join("#new")
    gone = s.irc("gone", channel="#x")
    assert gone.answers("NAMES #x")[0][3] == "@gone", "the old name is anybody's"


@pytest.fixture(params=["file", "memory"])
def kept(request, server, features):
    """kept(*options): a server with its store in a file, and in memory."""
    if request.param == "file" and "sqlite" not in features:
        pytest.skip("no sqlite in this build")
    return lambda *options: server(*options, store="memory" if request.param == "memory" else None)


def test_history_follows(kept):
    s = kept("--replay", "0")
    ada = s.irc("ada", channel="#old", caps=HISTORY)
    ada.ask("PRIVMSG #old :one", "RENAME #old #new", "PRIVMSG #new :two")
    assert history(ada, "#NEW") == [["#new", "one"], ["#new", "two"]]
    ada.join("#old")
    assert history(ada, "#old") == [], "whoever takes the old name has none of it"
    ada.ask("PRIVMSG #old :three")
    assert history(ada, "#old") == [["#old", "three"]]
    eve = s.irc("eve", channel="#new", caps=HISTORY)
    assert history(eve, "#new") == [["#new", "one"], ["#new", "two"]]


def test_what_was_said_under_the_new_name_before(kept):
    """It was said in another channel: nobody of this one is to read it."""
    s = kept("--replay", "10")
    eve = s.irc("eve", channel="#new")
    eve.ask("MODE #new +k key", "PRIVMSG #new :between us", "PART #new")
    ada = s.irc("ada", channel="#old", caps=HISTORY)
    ada.ask("PRIVMSG #old :one", "RENAME #old #new")
    assert history(ada, "#new") == [["#new", "one"]]
    bob = s.irc("bob", channel="#new")
    assert [m.params for m in map(parse, bob.sync()) if m.command == "PRIVMSG"][0][0] == "#new"
    assert not [line for line in bob.seen if "between us" in line]


def test_over_a_restart(server, features, folder):
    if "sqlite" not in features or "gsasl" not in features:
        pytest.skip("built without SQLite or GNU SASL")
    options = (*FAST, "--always-on", "opt-in", "--replay", "0")
    s = server(*options, store=folder / "chat.db")
    ada = register(s.irc("ada", channel="#old", caps="draft/read-marker"))
    ada.ask("CS REGISTER #old", "NS SET ALWAYS-ON yes", "PRIVMSG #old :one", "TOPIC #old :kept")
    ada.ask("MARKREAD #old timestamp=2026-01-01T00:00:00.000Z", "RENAME #old #new :for good", "PRIVMSG #new :two")
    s.stop()
    s = server(*options, store=folder / "chat.db")
    ada = logged_in(s, "ada", caps=("draft/read-marker", *HISTORY.split()))
    ada.sync()
    joined = [m.params for m in map(parse, ada.seen) if m.command == "JOIN"]
    assert joined == [["#new"]]
    assert ada.answers("MARKREAD #new") == [["MARKREAD", "#new", "timestamp=2026-01-01T00:00:00.000Z"]]
    assert ada.answers("TOPIC #new")[0] == ["332", "#new", "kept"]
    assert history(ada, "#new") == [["#new", "one"], ["#new", "two"]]
    ada.send("CS INFO #new", "CS INFO #old")
    ada.expect("#new belongs to ada")
    ada.expect("no channel #old")


def test_a_registered_channel_is_its_founders(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = server(*FAST)
    ada, bob = register(s.irc("ada", channel="#x")), register(s.irc("bob", channel="#x"))
    ada.ask("CS REGISTER #x", "CS AOP #x ADD bob", "MODE #x +o bob")
    assert bob.answers("RENAME #x #mine")[0][0] == "NOTICE"
    assert bob.answers("MODE #x +i") == [["MODE", "#x", "+i"]]
    ada.join("#y")
    ada.ask("CS REGISTER #y", "PART #y")
    assert "already" in ada.answers("RENAME #x #y")[0][2], "nobody is in it, but it is there"
    assert commands(ada.ask("RENAME #x #new"))[:2] == ["PART", "JOIN"]


def test_markers_without_an_account(server):
    s = server()
    ada = s.irc("ada", channel="#x", caps=("draft/read-marker", RENAME))
    ada.ask("MARKREAD #x timestamp=2026-01-01T00:00:00.000Z", "RENAME #x #new")
    assert ada.answers("MARKREAD #new", "MARKREAD #x") == [
        ["MARKREAD", "#new", "timestamp=2026-01-01T00:00:00.000Z"],
        ["MARKREAD", "#x", "*"],
    ]


def test_all_devices_are_told(server, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = server(*FAST)
    ada = register(s.irc("ada", channel="#x", caps=f"{RENAME} labeled-response batch"))
    other = logged_in(s, "ada")
    other.sync()
    assert parse(ada.ask("@label=1 RENAME #x #new :why")[0]).tags["label"] == "1"
    assert commands(other.sync())[:2] == ["PART", "JOIN"]


@pytest.mark.parametrize("caps", [(), (RENAME,)])
def test_who_reads_too_slowly(busy, caps):
    """Told in its place: what was said before under the old name, what came after under the new one."""
    s = busy()
    ada = s.irc("ada", channel="#x", caps=RENAME)
    stuck = s.irc("stuck", channel="#x", caps=caps)
    sent = until_behind(s, ada, "stuck")
    sent = say(ada, sent, 50)
    assert ada.answers("RENAME #x #new :why") == [["RENAME", "#x", "#new", "why"]]
    after = say(ada, sent, 50, "#new")
    stuck.expect(rf" :{after - 1} x", timeout=3 * DEADLINE)
    stuck.sync()
    assert numbered(stuck.seen) == list(range(sent))
    assert numbered(stuck.seen, "#new") == list(range(sent, after))
    told = [(m.nick, m.command, m.params[:2]) for m in map(parse, stuck.seen) if "#new" in m.params[:2]]
    told = [t for t in told if t[1] in ("JOIN", "RENAME")]
    assert told == ([("ada", "RENAME", ["#x", "#new"])] if caps else [("stuck", "JOIN", ["#new"])])
    s.err.wait("event=caught-up nick=stuck .*missing=0")
