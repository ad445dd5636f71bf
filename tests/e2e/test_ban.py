"""Bans from the server: what can be banned, who is hit and when, and how long."""

import json
import os
import re
import time

import pytest

from accounts import FAST, PASSWORD, login_plain, plain, register
from harness import DEADLINE, parse
from proxy import TRUSTED, come_from
from web import Web

OPTIONS = (*TRUSTED, *FAST, "--unix-operator", str(os.geteuid()))


@pytest.fixture
def s(server):
    result = server(*OPTIONS, "--log-level", "debug")
    result.boss = result.irc("boss")
    return result


def notices(client, *lines):
    return [m.params[1] for m in map(parse, client.ask(*lines)) if m.command == "NOTICE"]


def listed(client):
    return [n.split(" ")[0] for n in notices(client, "BAN")[:-1]]


def gone(client):
    """The reason in the ERROR that ends it, behind a 465 that says the same."""
    lines = client.end()
    reason = lines[-1].split(") Banned ", 1)[1]
    assert parse(lines[-2]).command == "465" and parse(lines[-2]).params[1].endswith(reason)
    return reason


def refused(s, address):
    client = come_from(s, address)
    return gone(client)


def test_addresses_and_networks(s):
    """From then on, and who is here; others of the channel are told why."""
    ann = s.irc("ann", channel="#x")
    bob = come_from(s, "198.51.100.7", "bob", channel="#x")
    ben = come_from(s, "198.51.101.7", "ben", channel="#x")
    new = come_from(s, "198.51.100.9")
    new.sync()
    assert notices(s.boss, "BAN 198.51.100.99/24 spam and more") == [
        "boss banned 198.51.100.0/24 for good: spam and more"
    ]
    for client in (bob, new):
        assert gone(client) == "for good: spam and more"
    assert ann.message("QUIT").params == ["Banned for good: spam and more"]
    assert refused(s, "198.51.100.200") == "for good: spam and more"
    ben.sync()
    s.boss.ask("KLINE *@198.51.101.7 :x", "DLINE 2001:db8::/32 :y")
    gone(ben)
    assert refused(s, "2001:db8:5::1") == "for good: y"
    assert listed(s.boss) == ["198.51.100.0/24", "198.51.101.7", "2001:db8::/32"]
    assert [a[1:3] + a[4:] for a in s.boss.answers("STATS k")[:-1]] == [
        ["K", "198.51.100.0/24", "0", "boss", "spam and more"],
        ["K", "198.51.101.7", "0", "boss", "x"],
        ["K", "2001:db8::/32", "0", "boss", "y"],
    ]
    assert notices(s.boss, "UNBAN 198.51.100.0/24") == ["boss lifted the ban of 198.51.100.0/24"]
    s.boss.ask("UNKLINE *@198.51.101.7", "UNDLINE 2001:db8::/32")
    assert listed(s.boss) == []
    come_from(s, "198.51.100.200", "bob")
    s.err.wait("event=ban by=boss mask=198.51.100.0/24 until=0 reason=.spam and more")
    s.err.wait("event=banned nick=bob host=198.51.100.7 mask=198.51.100.0/24")
    s.err.wait("event=unban by=boss mask=198.51.100.0/24")


def test_at_accept(server):
    """Before a byte of the newcomer is read."""
    s = server(*OPTIONS[len(TRUSTED) :])
    boss, ada = s.irc("boss"), s.irc("ada", over="tcp")
    boss.ask("BAN 1h 127.0.0.0/8 :closed")
    ada.end()
    for client in (s.irc(over="tcp"), s.plain(over="tcp")):
        lines = client.end()
        assert re.fullmatch(
            r":\S+ 465 \* :You are banned from this server until \S+ \S+ UTC: closed", lines[0]
        )
        assert re.fullmatch(
            r"ERROR :Closing link: \(127\.0\.0\.1\) Banned until \S+ \S+ UTC: closed", lines[1]
        )
    assert boss.answers("LUSERS")
    s.irc("bob")


def test_web_clients_at_accept(server, features):
    """In the language of the port."""
    if "wslay" not in features:
        pytest.skip("no wslay in this build")
    s = server(*OPTIONS[len(TRUSTED) :], "--websocket", "127.0.0.1:0", listeners=3)
    port = next(int(re.search(r"port=(\d+)", m.group()).group(1)) for m in s.listening if "websocket" in m.group())
    s.irc("boss").ask("BAN 1h 127.0.0.0/8 :closed")
    refused = s._keep(Web(s.socket((s.host, port))))
    assert refused.status == 503
    assert re.fullmatch(r"You are banned from this server until \S+ \S+ UTC: closed", refused.body())


def test_the_narrowest_says_why(s):
    s.boss.ask("BAN 198.51.0.0/16 wide", "BAN 198.51.100.7 narrow", "BAN 0.0.0.0/2 low")
    assert refused(s, "198.51.100.7") == "for good: narrow"
    assert refused(s, "198.51.100.8") == "for good: wide"
    assert refused(s, "10.0.0.1") == "for good: low"
    s.boss.ask("UNBAN 198.51.100.7")
    assert refused(s, "198.51.100.7") == "for good: wide"
    come_from(s, "198.52.0.1", "bob")


def test_masks(s):
    """By the address, the cloak or a chosen host; at registration, and of who is here."""
    bob = come_from(s, "198.51.100.7", "bob")
    cloak = [a for a in bob.answers("WHOIS bob") if a[0] == "311"][0][3]
    s.boss.ask("CHGHOST bob cats.example")
    for mask, shown in [
        (f"*.{cloak.split('.', 1)[1]}", f"*!*@*.{cloak.split('.', 1)[1]}"),
        ("~bob@198.51.*", "*!~bob@198.51.*"),
        ("cats.example", "*!*@cats.example"),
        ("bo?!*@*", "bo?!*@*"),
    ]:
        assert notices(s.boss, f"BAN {mask} :no cats") == [f"boss banned {shown} for good: no cats"]
        assert gone(bob) == "for good: no cats", mask
        assert listed(s.boss) == [shown]
        if "cats" not in mask:
            bob = come_from(s, "198.51.100.7")
            bob.send("NICK bob", "USER bob 0 * :Bob")
            assert gone(bob) == "for good: no cats", mask
        s.boss.ask(f"UNBAN {mask}")
        bob = come_from(s, "198.51.100.7", "bob")
        s.boss.ask("CHGHOST bob cats.example")


def test_no_way_round_by_another_nick(s):
    """Who could not register with a nick does not get it afterwards, whichever host is banned with it."""
    bob = come_from(s, "198.51.100.7", "bob")
    cloak = [a for a in bob.answers("WHOIS bob") if a[0] == "311"][0][3]
    for mask in ("bad*!*@*", f"bad!*@{cloak}", "BAD!~bob@198.51.100.7"):
        s.boss.ask(f"BAN 1h {mask} :no cats")
        assert notices(s.boss, "BAN")[-1] == "1 ban"
        seen = bob.answers("NICK bad")
        assert seen[0] == ["432", "bad", "Erroneus nickname"]
        assert re.fullmatch("The nick bad is banned here until .* UTC: no cats", seen[1][-1])
        assert bob.answers("NICK good", "NICK bob") == [["NICK", "good"], ["NICK", "bob"]]
        s.boss.ask(f"UNBAN {mask}")
    assert bob.answers("NICK bad") == [["NICK", "bad"]]


def test_a_nick_is_where_it_is_from(s):
    come_from(s, "198.51.100.7", "bob")
    come_from(s, "2001:db8:1:2:3::4", "ben")
    s.plain("paul", over="tcp")
    s.boss.ask("BAN bob", "BAN ben :x")
    assert listed(s.boss) == ["198.51.100.7", "2001:db8:1:2::/64"]
    assert refused(s, "198.51.100.7") == "for good: no reason given"
    assert refused(s, "2001:db8:1:2::1") == "for good: x"
    assert "was not banned, for it would be operators: boss" in notices(s.boss, "BAN boss")[0]
    assert "nobody here" in notices(s.boss, "BAN nobody")[0]


def test_accounts(s, features):
    """Whoever is logged in to it goes, from anywhere, and nobody logs in to it again."""
    if "gsasl" not in features:
        pytest.skip("no passwords in this build")
    bob = register(come_from(s, "198.51.100.7", "bob"))
    assert notices(s.boss, "BAN 2h account:BOB :enough")[0].startswith("boss banned account:bob until ")
    assert gone(bob).endswith(": enough")
    other = come_from(s, "198.51.100.8")
    other.send("CAP REQ :sasl", "NICK bob", "USER bob 0 * :Bob", "AUTHENTICATE PLAIN")
    other.expect(r"AUTHENTICATE \+")
    other.send(f"AUTHENTICATE {plain('bob', PASSWORD)}")
    assert gone(other).endswith(": enough")
    here = come_from(s, "198.51.100.9", "ben", caps="sasl")
    here.send("AUTHENTICATE PLAIN")
    here.expect(r"AUTHENTICATE \+")
    here.send(f"AUTHENTICATE {plain('bob', PASSWORD)}")
    assert gone(here).endswith(": enough")
    assert not [x for x in s.err.lines if "short of memory" in x]
    s.boss.ask("UNBAN account:bob")
    back = come_from(s, "198.51.100.8", "eve", caps="sasl")
    assert login_plain(back, "bob") == "903"


def test_the_goodbye_comes_with_no_time_for_it(server, features):
    """What is told behind a password, which takes time, too."""
    if "gsasl" not in features:
        pytest.skip("no passwords in this build")
    s = server(*OPTIONS, "--shutdown-timeout", "0")
    boss = s.irc("boss")
    register(come_from(s, "198.51.100.7", "bob"))
    boss.ask("BAN account:bob :enough")
    other = come_from(s, "198.51.100.8", "ben", caps="sasl")
    other.send("AUTHENTICATE PLAIN")
    other.expect(r"AUTHENTICATE \+")
    other.send(f"AUTHENTICATE {plain('bob', PASSWORD)}")
    assert gone(other).endswith(": enough")


def test_who_stays_goes_too(server, features):
    if "gsasl" not in features:
        pytest.skip("no passwords in this build")
    s = server(*OPTIONS, "--always-on", "opt-out")
    boss, ann = s.irc("boss"), s.irc("ann", channel="#x")
    bob = register(come_from(s, "198.51.100.7", "bob", channel="#x"))
    bob.send("QUIT")
    bob.end()
    assert boss.answers("WHOIS bob")[0][0] == "311"
    boss.ask("BAN account:bob :enough")
    assert ann.message("QUIT").params == ["Banned for good: enough"]
    assert boss.answers("WHOIS bob")[0][0] == "401"


@pytest.mark.parametrize(
    "words, seconds, reason",
    [
        ("90m 203.0.113.1 :x", 5400, "x"),
        ("1d12h 203.0.113.1 x y", 129600, "x y"),
        ("203.0.113.1 30s :x", 30, "x"),
        ("1w 203.0.113.1", 604800, "no reason given"),
        ("10 203.0.113.1 :x", 600, "x"),
        ("0 203.0.113.1 :x", 0, "x"),
        ("203.0.113.1 10 times", 0, "10 times"),
        ("203.0.113.1 :5m of spam", 0, "5m of spam"),
    ],
)
def test_durations(s, words, seconds, reason):
    now = time.time()
    s.boss.ask(f"BAN {words}")
    found = s.boss.answers("STATS k")[0]
    assert found[-1] == reason
    assert abs(int(found[4]) - now - seconds) < 5 if seconds else found[4] == "0"


@pytest.mark.parametrize(
    "line", ["10.0.0.0/33", "1x 10.0.0.1", "account:a,b", "account:", "account:*", "::1/200", "unix", "x y"]
)
def test_nonsense(s, line):
    assert "nobody here" in notices(s.boss, f"BAN {line}")[0]
    assert listed(s.boss) == []


def test_a_ban_ends(s):
    """By itself, told to operators, and forgotten by the store; a new one replaces the old."""
    s.boss.ask("BAN 198.51.100.7 :first", "BAN 1s 198.51.100.7 :second")
    assert refused(s, "198.51.100.7").endswith(": second")
    s.boss.expect(r"The ban of 198\.51\.100\.7 has expired", timeout=DEADLINE)
    assert listed(s.boss) == []
    come_from(s, "198.51.100.7", "bob")


def test_not_oneself(s):
    """Nor any operator, but by force."""
    far = come_from(s, "198.51.100.7", "far")
    far.send("JOIN #x")
    for mask in ("*", "*!*@*", "boss", "*@localhost"):
        assert "for it would be operators: boss" in notices(s.boss, f"BAN {mask} :oops")[0]
    far.sync()
    assert listed(s.boss) == []
    s.boss.send("BAN --force * :the end")
    assert gone(s.boss) == "for good: the end"
    assert gone(far) == "for good: the end"
    late = s.irc()
    late.send("NICK late", "USER late 0 * :Late")
    assert gone(late) == "for good: the end"


def test_others_may_not(s):
    ada = s.irc("ada", over="tcp")
    for line in ("BAN 10.0.0.1", "BAN", "UNBAN 10.0.0.1", "KLINE x", "DLINE x", "UNKLINE x", "UNDLINE x"):
        assert ada.answers(line)[0][0] == "481"
    s.boss.ask("BAN 10.0.0.1")
    assert [a[0] for a in ada.answers("STATS k")] == ["219"]
    assert s.boss.answers("BAN 5m")[0][0] == "461"
    assert "is not banned" in notices(s.boss, "UNBAN 10.0.0.2")[0]


def test_kept(server, run, folder, features):
    """Through a restart: the oldest first, with who, when and why; the tools know them."""
    if "sqlite" not in features:
        pytest.skip("no sqlite in this build")
    store = folder / "kept.db"
    s = server(*OPTIONS, store=store)
    boss = s.irc("boss")
    boss.ask("BAN 198.51.100.0/24 :net", "BAN 1h account:eve :acc", "BAN b?d!*@* :mask")
    boss.ask("BAN 10.9.9.9", "UNBAN 10.9.9.9")
    before = sorted(notices(boss, "BAN"))
    s.stop()
    assert "Bans: 3" in run("serve", "--store", store, "--check-store").stdout
    rows = map(json.loads, run("serve", "--store", store, "--export").stdout.splitlines())
    bans = {r["to"]: (r["from"], r["text"], "until" in r) for r in rows if r["kind"] == "ban"}
    assert bans == {
        "198.51.100.0/24": ("boss", "net", False),
        "account:eve": ("boss", "acc", True),
        "b?d!*@*": ("boss", "mask", False),
    }
    s = server(*OPTIONS, store=store)
    boss = s.irc("boss")
    assert sorted(notices(boss, "BAN")) == before
    assert refused(s, "198.51.100.1") == "for good: net"
    bad = come_from(s, "10.0.0.1")
    bad.send("NICK bad", "USER bad 0 * :Bad")
    assert gone(bad) == "for good: mask"


def test_gateways_users(server, features):
    """WEBIRC tells the address that is banned."""
    if "libcrypt" not in features:
        pytest.skip("built without crypt(3)")
    from test_irc_operators import hashed

    s = server(*OPTIONS, "--webirc", f"kiwi 127.0.0.1 {hashed('cats')}")
    s.irc("boss").ask("BAN 198.51.100.7 :x")
    client = s.irc(over="tcp")
    client.send("WEBIRC cats kiwi x 198.51.100.7")
    assert gone(client) == "for good: x"
