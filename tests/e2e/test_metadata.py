"""METADATA: texts by key of users and channels (draft/metadata-3)."""

import os
import re

import pytest

from accounts import values
from harness import parse
from slow import say, until_behind

CAPS = ("draft/metadata-3", "batch")


@pytest.fixture
def s(server):
    return server()


def operator(server):
    return server("--unix-operator", str(os.geteuid()))


def come(s, nick, *channels, caps=CAPS, subs=""):
    client = s.irc(nick, caps=caps, over="tcp")
    for channel in channels:
        client.join(channel)
    if subs:
        client.send(f"METADATA * SUB {subs}")
    client.sync()
    return client


def meta(client, *lines):
    """What these lines are answered with, or without any what was told; batches as (target, lines in it)."""
    found, batches = [], {}
    if lines:
        client.sync()
    for m in map(parse, client.ask(*lines)):
        if not re.fullmatch("BATCH|FAIL|4..|7..", m.command):
            continue
        params = m.params[1:] if m.command.isdigit() else m.params
        if m.command == "BATCH" and m.params[0][0] == "+":
            batches[m.params[0][1:]] = []
            found.append((" ".join(m.params[1:]), batches[m.params[0][1:]]))
        elif "batch" in m.tags:
            batches[m.tags["batch"]].append([m.command, *params])
        elif m.command != "BATCH":
            found.append([m.command, *params])
    return found


def one(client, line):
    """The only line, and of a FAIL its code and what it is about."""
    (answer,) = meta(client, line)
    return answer[2:-1] if answer[0] == "FAIL" else answer


# ---- one's own ---------------------------------------------------------------------------------------


def test_the_capability_says_what_there_may_be(server):
    s = server("--metadata-keys", "7", "--metadata-value", "99", "--metadata-subs", "3")
    said = values(s.irc())["draft/metadata-3"]
    assert said == "before-connect,max-subs=3,max-keys=7,max-value-bytes=99"


def test_set_get_list_clear(s):
    ada = come(s, "ada")
    assert meta(ada, "METADATA * LIST") == [("metadata ada", [])]
    assert meta(ada, "METADATA * SET url :http://a b") == [["761", "ada", "url", "*", "http://a b"]]
    assert meta(ada, "metadata ADA set im/x. :") == [["761", "ada", "im/x.", "*", ""]], "empty is a value"
    both = [["761", "ada", "im/x.", "*", ""], ["761", "ada", "url", "*", "http://a b"]]
    assert meta(ada, "METADATA ada LIST") == [("metadata ada", both)]
    assert meta(ada, "METADATA * GET url no im/x. $x :two words") == [
        (
            "metadata ada",
            [
                both[1],
                ["766", "ada", "no", "Key is not set"],
                both[0],
                ["FAIL", "METADATA", "INVALID_KEY", "$x", "That is no key"],
                ["FAIL", "METADATA", "INVALID_KEY", "two", "That is no key"],
            ],
        )
    ]
    assert meta(ada, "METADATA * SET url") == [["766", "ada", "url", "Key is not set"]]
    assert meta(ada, "METADATA * SET url") == [["766", "ada", "url", "Key is not set"]], "as often as one likes"
    assert meta(ada, "METADATA * CLEAR") == [("metadata ada", [["766", "ada", "im/x.", "Key is not set"]])]
    assert meta(ada, "METADATA * CLEAR") == [("metadata ada", [])]


@pytest.mark.parametrize(
    "line, code",
    [
        ("nobody LIST", ["INVALID_TARGET", "nobody"]),
        ("#nowhere LIST", ["INVALID_TARGET", "#nowhere"]),
        ("$a:user SET url x", ["INVALID_TARGET", "$a:user"]),
        ("nobody SET url x", ["INVALID_TARGET", "nobody"]),
        ("nobody CLEAR", ["INVALID_TARGET", "nobody"]),
        ("nobody SUB url", ["INVALID_TARGET", "nobody"]),
        ("NickServ GET url", ["INVALID_TARGET", "NickServ"]),
        ("* DESTROY", ["INVALID_PARAMS", "DESTROY"]),
        ("* :", ["INVALID_PARAMS", "*"]),
        ("* SET Url x", ["INVALID_KEY", "Url"]),
        ("* SET :a b", ["INVALID_KEY", "a"]),
        ("* SET * :x", ["INVALID_KEY", "*"]),
        ("* SUB $x", ["INVALID_KEY", "$x"]),
        ("* UNSUB $x", ["INVALID_KEY", "$x"]),
        (f"* SET {'k' * 49} x", ["INVALID_KEY", "k" * 49]),
        ("* SET url " + "x" * 257, ["INVALID_VALUE", "url"]),
        ("* SET url \N{SNOWMAN}" + "\N{SNOWMAN}" * 85, ["INVALID_VALUE", "url"]),
    ],
)
def test_refusals(s, line, code):
    assert one(come(s, "ada"), f"METADATA {line}") == code


def test_what_is_missing(s):
    ada = come(s, "ada")
    for line in ("METADATA", "METADATA *", "METADATA * GET", "METADATA * SET", "METADATA * SUB"):
        assert meta(ada, line) == [["461", "METADATA", "Not enough parameters"]]
    bob = come(s, "bob", caps=())
    assert meta(bob, "METADATA * LIST") == [["421", "METADATA", "Unknown command"]]
    assert meta(s.irc(), "METADATA * LIST") == [["451", "You have not registered"]]


def test_what_is_no_utf8(s):
    ada = come(s, "ada")
    ada.send_raw(b"METADATA * SET url :\xc3\r\n")
    assert [parse(x).params[:2] for x in ada.sync()] == [["METADATA", "INVALID_UTF8"]]
    assert meta(ada, "METADATA * LIST") == [("metadata ada", [])]


def test_the_longest_is_not_cut(server):
    s = server("--name", "s" * 63, "--name-length", "64")
    nick, key, value = "n" * 64, "k" * 48, "v" * 256
    ada, bob = come(s, nick, "#x"), come(s, "bob", "#x", subs=key)
    assert meta(ada, f"METADATA * SET {key} :{value}") == [["761", nick, key, "*", value]]
    assert meta(bob) == [["761", nick, key, "*", value]]
    assert ["760", nick, key, "*", value] in meta(ada, f"WHOIS {nick}")
    assert meta(ada, "METADATA * LIST") == [(f"metadata {nick}", [["761", nick, key, "*", value]])]


def test_limits(server):
    s = server("--metadata-keys", "2", "--metadata-changes", "4")
    ada = come(s, "ada", "#x")
    ada.ask("METADATA * SET a 1", "METADATA * SET b 1")
    assert one(ada, "METADATA * SET c 1") == ["LIMIT_REACHED", "ada", "2"]
    assert one(ada, "METADATA * SET a 2") == ["761", "ada", "a", "*", "2"]
    assert one(ada, "METADATA * SET a 3")[:3] == ["RATE_LIMITED", "*", "a"]
    code, target, key, seconds = one(ada, "METADATA #x CLEAR")
    assert (code, target, key) == ("RATE_LIMITED", "#x", "*") and 50 < int(seconds) <= 60
    assert meta(ada, "METADATA * GET a") == [("metadata ada", [["761", "ada", "a", "*", "2"]])]


def test_without_batch(s):
    ada = come(s, "ada", caps=["draft/metadata-3"])
    assert not [x for x in ada.seen if " BATCH " in x]
    ada.ask("METADATA * SET a 1")
    assert meta(ada, "METADATA * GET a b") == [
        ["761", "ada", "a", "*", "1"],
        ["766", "ada", "b", "Key is not set"],
    ]
    assert meta(ada, "METADATA * SUB a", "METADATA * SUBS")[-1] == ["772", "a"]


def test_labels(s):
    ada = come(s, "ada", "#x", caps=[*CAPS, "labeled-response"])
    (line,) = ada.ask("@label=1 METADATA * SET a 1")
    assert parse(line).tags["label"] == "1" and parse(line).command == "761"
    begin, line, end = map(parse, ada.ask("@label=2 METADATA * LIST"))
    assert begin.tags["label"] == "2" and begin.params[1] == "metadata" and line.command == "761"
    (line,) = ada.ask("@label=3 METADATA bob LIST")
    assert parse(line).tags["label"] == "3" and parse(line).command == "FAIL"


# ---- who may -----------------------------------------------------------------------------------------


def test_nobody_changes_others(s):
    ada, bob = come(s, "ada", "#x"), come(s, "bob", "#x")
    bob.ask("METADATA * SET a 1")
    assert one(ada, "METADATA bob SET a 2") == ["KEY_NO_PERMISSION", "bob", "a"]
    assert one(ada, "METADATA bob SET a") == ["KEY_NO_PERMISSION", "bob", "a"]
    assert one(ada, "METADATA bob CLEAR") == ["KEY_NO_PERMISSION", "bob", "*"]
    assert meta(ada, "METADATA bob LIST") == [("metadata bob", [["761", "bob", "a", "*", "1"]])]


def test_operators_of_a_channel_change_it(s):
    ada, bob, eve = come(s, "ada", "#x"), come(s, "bob", "#x"), come(s, "eve")
    for who in (bob, eve):
        assert one(who, "METADATA #x SET a 1") == ["KEY_NO_PERMISSION", "#x", "a"]
        assert one(who, "METADATA #x CLEAR") == ["KEY_NO_PERMISSION", "#x", "*"]
    ada.ask("MODE #x +v bob")
    assert one(bob, "METADATA #x SET a 1") == ["KEY_NO_PERMISSION", "#x", "a"]
    assert one(ada, "METADATA #X SET a 1") == ["761", "#x", "a", "*", "1"]
    ada.ask("MODE #x +o bob")
    assert one(bob, "METADATA #x SET a 2") == ["761", "#x", "a", "*", "2"]
    assert meta(bob, "METADATA #x CLEAR") == [("metadata #x", [["766", "#x", "a", "Key is not set"]])]


def test_operators_of_the_server_change_all(server):
    s = operator(server)
    root = s.irc("root", caps=CAPS)  # by the kernel's word
    ada, bob = come(s, "ada", "#x"), come(s, "bob", subs="a")
    bob.join("#x")
    assert one(ada, "METADATA root SET a 1") == ["KEY_NO_PERMISSION", "root", "a"]
    assert one(root, "METADATA ada SET a rude") == ["761", "ada", "a", "*", "rude"]
    assert meta(root, "METADATA ada CLEAR") == [("metadata ada", [["766", "ada", "a", "Key is not set"]])]
    assert one(root, "METADATA #x SET a 2") == ["761", "#x", "a", "*", "2"]
    assert [x[:3] for x in meta(bob)] == [["761", "ada", "a"], ["766", "ada", "a"], ["761", "#x", "a"]]
    ada.ask("METADATA * SET b 1", "MODE #x +s")
    assert meta(root, "METADATA ada GET b", "METADATA #x LIST") == [
        ("metadata ada", [["761", "ada", "b", "*", "1"]]),
        ("metadata #x", [["761", "#x", "a", "*", "2"]]),
    ]


@pytest.mark.parametrize("command", ["GET a", "LIST", "SYNC"])
def test_who_may_see(s, command):
    ada, bob, eve = come(s, "ada", "#x", "#y"), come(s, "bob", "#x"), come(s, "eve", "#y")
    ada.ask("METADATA * SET a 1", "METADATA #x SET a 2", "MODE #y +s")
    for who in (bob, eve):
        who.ask("METADATA * SUB a")
    assert meta(bob, f"METADATA ada {command}") == [("metadata ada", [["761", "ada", "a", "*", "1"]])]
    ((_, lines),) = meta(bob, f"METADATA #x {command}")
    assert ["761", "#x", "a", "*", "2"] in lines
    assert one(eve, f"METADATA #x {command}") == ["KEY_NO_PERMISSION", "#x", "*"]
    assert one(eve, f"METADATA bob {command}") == ["KEY_NO_PERMISSION", "bob", "*"]
    assert one(bob, f"METADATA #y {command}") == ["INVALID_TARGET", "#y"], "a secret one is not there"


def test_whois(s):
    ada, bob, eve = come(s, "ada", "#x"), come(s, "bob", "#x"), come(s, "eve")
    old = come(s, "old", "#x", caps=())
    ada.ask("METADATA * SET a 1", "METADATA * SET b :2 3")
    both = [["760", "ada", "a", "*", "1"], ["760", "ada", "b", "*", "2 3"]]
    for who, sees in ((ada, both), (bob, both), (eve, []), (old, [])):
        assert [x for x in meta(who, "WHOIS ada") if x[0] == "760"] == sees


# ---- who hears ---------------------------------------------------------------------------------------


def test_changes_of_people(s):
    ada = come(s, "ada", "#x", "#y", subs="a b")
    bob = come(s, "bob", "#x", "#y", subs="a")
    eve, far = come(s, "eve", "#x"), come(s, "far", "#z", subs="a")
    ada.ask("METADATA * SET a :1 2", "METADATA * SET b 1")
    assert meta(bob) == [["761", "ada", "a", "*", "1 2"]], "once, in two channels"
    assert parse(bob.seen[-2]).source == s.irc().ask("PING x")[0].split()[0][1:], "from the server"
    assert meta(eve) == meta(far) == meta(ada) == []
    ada.ask("METADATA * SET a :1 2")
    assert meta(bob) == [], "nothing changed"
    ada.ask("METADATA * SET a", "METADATA * SET a 3", "METADATA * CLEAR")
    assert [x[0] for x in meta(bob)] == ["766", "761", "766"]
    ada.ask("PART #x", "PART #y", "METADATA * SET a 4")
    assert meta(bob)[2:] == []
    bob.ask("METADATA * UNSUB a", "PART #x", "JOIN #x")
    ada.ask("JOIN #x", "METADATA * SET a 5")
    assert not [x for x in meta(bob) if x[0] == "761"]
    bob.ask("METADATA * SUB a", "CAP REQ -draft/metadata-3")
    ada.ask("METADATA * SET a 6")
    assert not [x for x in meta(bob) if x[0] == "761"]


def test_changes_of_channels(s):
    ada, bob = come(s, "ada", "#x"), come(s, "bob", "#x", subs="a")
    eve, far = come(s, "eve", "#x"), come(s, "far", subs="a")
    ada.ask("METADATA #x SET a 1", "METADATA #x SET b 1", "METADATA #x CLEAR")
    assert meta(bob) == [["761", "#x", "a", "*", "1"], ["766", "#x", "a", "Key is not set"]]
    assert meta(eve) == meta(far) == []
    ada.ask("METADATA #x SET a 1", "PART #x")
    for who in (bob, eve):
        who.ask("PART #x")
    ada.join("#x")
    assert meta(ada, "METADATA #x LIST") == [("metadata #x", [])], "it ended with the channel"


def test_at_a_join(s):
    ada, bob = come(s, "ada", "#x"), come(s, "bob", "#x", subs="b")
    ada.ask("METADATA * SET a 1", "METADATA * SET b 2", "METADATA #x SET a 3", "METADATA * SET c 4")
    bob.ask("METADATA * SET a 5")
    eve = come(s, "eve", subs="a b")
    eve.ask("METADATA * SET a 6", "METADATA * SET b 7")
    meta(bob)
    (batch,) = [x for x in meta(eve, "JOIN #x") if x[0] == "metadata #x"]
    assert sorted(batch[1][1:]) == [
        ["761", "ada", "a", "*", "1"],
        ["761", "ada", "b", "*", "2"],
        ["761", "bob", "a", "*", "5"],
    ]
    assert batch[1][0] == ["761", "#x", "a", "*", "3"]
    assert meta(bob)[-1] == ["761", "eve", "b", "*", "7"], "who was there hears of the newcomer"
    eve.ask("JOIN #y")
    bob.ask("JOIN #y")
    assert not [x for x in meta(bob) if x[0] == "761"], "whom it knows already"
    assert not [x for x in meta(come(s, "kim"), "JOIN #x") if x[0].startswith("metadata")]


def test_what_is_there_at_a_subscription(s):
    ada, bob = come(s, "ada", "#x", "#y"), come(s, "bob", "#x", "#y", "#z")
    ada.ask("METADATA * SET a 1", "METADATA * SET b 2", "METADATA #x SET a 3")
    bob.ask("METADATA * SET a 4")
    assert meta(bob, "METADATA * SUB a z a") == [
        ["770", "a", "z", "a"],
        ("metadata bob", [["761", "bob", "a", "*", "4"]]),
        ("metadata #x", [["761", "#x", "a", "*", "3"], ["761", "ada", "a", "*", "1"]]),
    ]
    assert meta(bob, "METADATA * SUB a b") == [
        ["770", "a", "b"],
        ("metadata #x", [["761", "ada", "b", "*", "2"]]),
    ]
    assert meta(bob, "METADATA ada SYNC") == [
        ("metadata ada", [["761", "ada", "a", "*", "1"], ["761", "ada", "b", "*", "2"]])
    ]
    assert meta(bob, "METADATA #z SYNC") == [("metadata #z", [])]
    assert meta(come(s, "eve", "#x"), "METADATA #x SYNC") == [("metadata #x", [])], "of no key"


def test_subscriptions(server):
    s = server("--metadata-subs", "3")
    ada = come(s, "ada")
    assert meta(ada, "METADATA * SUBS") == [("metadata-subs", [])]
    answer = meta(ada, "METADATA ada SUB b $x a b")
    assert ["770", "b", "a", "b"] in answer and len(answer) == 2
    answer = meta(ada, "METADATA * SUB a c d b e")
    assert ["770", "a", "c"] in answer and answer[0][:5] == ["FAIL", "METADATA", "LIMIT_REACHED", "d", "3"]
    assert meta(ada, "METADATA * SUBS") == [("metadata-subs", [["772", "a", "b", "c"]])]
    assert meta(ada, "METADATA * UNSUB b z b") == [["771", "b", "z", "b"]]
    assert meta(ada, "METADATA * SUBS") == [("metadata-subs", [["772", "a", "c"]])]


def test_more_keys_than_parameters(s):
    ada = come(s, "ada")
    keys = [f"key-number-{i}" for i in range(10, 60)]
    for some in (keys[:25], keys[25:]):
        assert meta(ada, f"METADATA * SUB {' '.join(some)}") == [["770", *some]]
        ((_, lines),) = meta(ada, f"METADATA * GET {' '.join(some)}")
        assert [x[2] for x in lines] == some
    ((_, lines),) = meta(ada, "METADATA * SUBS")
    assert [key for line in lines for key in line[1:]] == keys and len(lines) > 1


def test_many_are_told_in_parts(server):
    s = server("--metadata-changes", "0", "--metadata-keys", "100", "--metadata-subs", "100", "--input-rate", "0")
    keys, people = [f"k{i}" for i in range(100)], [f"p{i}" for i in range(7)]
    for nick in people:
        come(s, nick, "#x").ask(*(f"METADATA * SET {key} :{nick}" for key in keys))
    eve = come(s, "eve")
    eve.ask(*(f"METADATA * SUB {' '.join(keys[i:i + 10])}" for i in range(0, 100, 10)))
    *_, (_, first), later = meta(eve, "JOIN #x")
    assert later == ["774", "#x", "1"] and len(first) == 500
    ((_, rest),) = meta(eve, "METADATA #x SYNC")
    assert sorted(first + rest) == sorted(["761", p, k, "*", p] for p in people for k in keys)
    (_, first), later = meta(eve, "METADATA #x SYNC")
    assert later == ["774", "#x", "1"] and len(first) == 500, "from the beginning again"
    eve.ask("METADATA * UNSUB k1")
    *_, told, later = meta(eve, "METADATA * SUB k1")
    assert len(told[1]) == 7 and later[0] == "metadata #x" or len(later[1]) == 7


def test_who_reads_too_slowly_is_told_to_ask(server, features):
    if "sqlite" not in features:
        pytest.skip("built without sqlite")
    s = server("--send-queue", "64K", "--input-rate", "0", "--metadata-changes", "0")
    ada, bob = s.irc("ada", channel="#x"), come(s, "bob", "#x")
    stuck = s.irc("stuck", caps=CAPS, channel="#x")
    stuck.ask("METADATA * SUB a")
    sent = until_behind(s, ada, "stuck")
    for first in range(0, 1000, 100):  # no more answers at once than bob's own queue holds
        bob.ask(*(f"METADATA * SET a :{i} {'x' * 200}" for i in range(first, first + 100)))
    say(ada, sent, 1)
    stuck.expect(rf" :{sent} x")
    s.err.wait("event=caught-up nick=stuck .*missing=0")
    stuck.expect(r" 774 stuck #x 1$")
    ((_, lines),) = meta(stuck, "METADATA #x SYNC")
    assert lines == [["761", "bob", "a", "*", "999 " + "x" * 200]]


def test_those_who_watch_a_nick(s):
    ada, bob = come(s, "ada"), come(s, "bob", subs="a")
    ada.ask("METADATA * SET a 1", "METADATA * SET b 1")
    assert one(bob, "METADATA ada GET a") == ["KEY_NO_PERMISSION", "ada", "*"]
    told = ("metadata ada", [["761", "ada", "a", "*", "1"]])
    assert [x[0] for x in meta(bob, "MONITOR + ada,none")] == ["730", "731", told[0]]
    assert meta(bob, "METADATA ada LIST")[0][1][1] == ["761", "ada", "b", "*", "1"]
    assert meta(bob, "METADATA * UNSUB a", "METADATA * SUB a")[-1] == told
    ada.ask("METADATA * SET a 2", "NICK eva", "METADATA * SET a 3", "NICK ada")
    (change, off, on, batch) = meta(bob)
    assert change == ["761", "ada", "a", "*", "2"] and [off[0], on[0]] == ["731", "730"]
    assert batch == ("metadata ada", [["761", "ada", "a", "*", "3"]])
    bob.join("#x")
    ada.ask("JOIN #x", "METADATA * SET a 4")
    assert meta(bob)[-1:] == [["761", "ada", "a", "*", "4"]], "once"
    bob.ask("PART #x", "MONITOR - ada")
    ada.ask("METADATA * SET a 5")
    assert meta(bob) == []
    c = begin(s, "METADATA * SET a 6")
    bob.ask("MONITOR + new")
    finish(c, "new")
    assert meta(bob)[-1] == ["761", "new", "a", "*", "6"], "who comes online"


def test_who_watches_itself_is_told_once(s):
    ada = come(s, "ada")
    ada.ask("METADATA * SET a 1", "MONITOR + ada")
    assert meta(ada, "METADATA * SUB a") == [["770", "a"], ("metadata ada", [["761", "ada", "a", "*", "1"]])]


def test_in_batches_too_lines_have_their_time(s):
    for caps in (CAPS, CAPS[:1]):
        ada = come(s, "ada" + str(len(caps)), caps=[*caps, "server-time"])
        ada.ask("METADATA * SET a 1")
        told = [parse(line) for line in ada.ask("METADATA * GET a b")]
        assert all(m.tags["time"] for m in told if m.command in ("761", "766")) and len(told) >= 2


def test_whom_an_auditorium_hides(s):
    op, ada, bob = come(s, "op", "#x", subs="a"), come(s, "ada", "#x"), come(s, "bob", "#x", subs="a")
    op.ask("MODE #x +u")
    meta(bob), meta(op)
    ada.ask("METADATA * SET a 1", "PART #x", "JOIN #x")
    assert meta(bob) == []
    assert [x for x in meta(op) if x[0] == "761"] == [["761", "ada", "a", "*", "1"]] * 2
    assert one(bob, "METADATA ada GET a") == ["KEY_NO_PERMISSION", "ada", "*"]
    assert meta(bob, "METADATA #x SYNC") == [("metadata #x", [])]
    assert meta(bob, "METADATA * UNSUB a", "METADATA * SUB a") == [["771", "a"], ["770", "a"]]
    assert meta(op, "METADATA #x SYNC") == [("metadata #x", [["761", "ada", "a", "*", "1"]])]
    op.ask("MODE #x +v ada")
    assert meta(bob, "METADATA #x SYNC") == [("metadata #x", [["761", "ada", "a", "*", "1"]])]


# ---- before registration -----------------------------------------------------------------------------


def begin(s, *lines):
    c = s.irc(over="tcp")
    c.ask("CAP LS 302", f"CAP REQ :{' '.join(CAPS)}", *lines)
    return c


def finish(c, nick):
    """The batch of the greeting."""
    c.nick = nick
    c.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}", "CAP END")
    start = len(c.seen)
    c.expect(r" (376|422) ")
    burst = [parse(x) for x in c.seen[start:]]
    at = [m.command for m in burst].index("BATCH")
    assert burst[at].params[1:] == ["metadata", nick]
    end = [m.command for m in burst].index("BATCH", at + 1)
    return [[m.command, *m.params[1:]] for m in burst[at + 1 : end]]


def test_before_registration(s):
    c = begin(s)
    assert meta(c, "METADATA * SUB a b") == [["770", "a", "b"]]
    assert meta(c, "METADATA * SET a :1 2") == [["761", "*", "a", "*", "1 2"]]
    assert meta(c, "METADATA * SET b 3") == [["761", "*", "b", "*", "3"]]
    assert meta(c, "METADATA * SET c") == [["766", "*", "c", "Key is not set"]]
    assert meta(c, "METADATA * GET b c") == [
        ("metadata *", [["761", "*", "b", "*", "3"], ["766", "*", "c", "Key is not set"]])
    ]
    assert meta(c, "METADATA * CLEAR")[0][1] == [
        ["766", "*", "a", "Key is not set"],
        ["766", "*", "b", "Key is not set"],
    ]
    assert meta(c, "METADATA * SYNC") == [["451", "You have not registered"]]
    for line in ("ada SET a 1", "ada LIST", "#x LIST", "ada SUB a", "ada CLEAR"):
        assert one(c, f"METADATA {line}") == ["INVALID_TARGET", line.split()[0]]
    c.ask("METADATA * SET a 4")
    assert finish(c, "ada") == [["761", "ada", "a", "*", "4"]]
    assert meta(c, "METADATA * LIST", "METADATA * SUBS") == [
        ("metadata ada", [["761", "ada", "a", "*", "4"]]),
        ("metadata-subs", [["772", "a", "b"]]),
    ]
    assert finish(begin(s), "bob") == []


def test_limits_before_registration(server):
    s = server("--metadata-keys", "2", "--metadata-value", "5")
    c = begin(s, "METADATA * SET a 1", "METADATA * SET b 1")
    assert one(c, "METADATA * SET c 1") == ["LIMIT_REACHED", "*", "2"]
    assert one(c, "METADATA * SET b 123456") == ["INVALID_VALUE", "b"]
    assert finish(c, "ada") == [["761", "ada", "a", "*", "1"], ["761", "ada", "b", "*", "1"]]
