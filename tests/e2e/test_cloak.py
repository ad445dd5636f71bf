"""Cloaks: what others see of where somebody is from, and what masks can name by them."""

import os
import re

import pytest

from accounts import FAST, login_plain, register
from harness import parse
from proxy import TRUSTED, come_from

CLOAK = r"[a-z2-7]{8}\.[a-z2-7]{8}\.[a-z2-7]{8}\.ip"
OPERATOR = ("--unix-operator", str(os.geteuid()))


@pytest.fixture
def s(server):
    return server(*TRUSTED, *OPERATOR, *FAST)


def host_of(client, nick):
    return [a for a in client.answers(f"WHOIS {nick}") if a[0] == "311"][0][3]


def parts(s, address, nick):
    client = come_from(s, address, nick)
    host = host_of(client, nick)
    assert re.fullmatch(CLOAK, host)
    return host.split(".")[:3]


def test_networks_have_parts(s):
    """The address, /24 and /16; /128, /64 and /48."""
    for first, others in [
        ("198.51.100.7", ["198.51.100.7", "198.51.100.8", "198.51.101.7", "198.52.100.7"]),
        ("2001:db8:1:2::3", ["2001:db8:1:2::3", "2001:db8:1:2::4", "2001:db8:1:3::3", "2001:db8:2:2::3"]),
    ]:
        a = parts(s, first, f"a{len(first)}")
        assert len(set(a)) == 3
        for i, other in enumerate(others):
            b = parts(s, other, f"b{i}{len(first)}")
            assert [x == y for x, y in zip(a, b)] == [j >= i for j in range(3)], other


def test_nobody_sees_the_address(s):
    """Nor in what others say of it, in history, and when it has left; operators and oneself do."""
    address = "198.51.100.7"
    eve = s.irc("eve", over="tcp", caps="userhost-in-names extended-join message-tags", channel="#x")
    paul = s.plain("paul", over="tcp")
    bob = come_from(s, address, "bob", channel="#x")
    assert f"396 bob {host_of(bob, 'bob')}" in str(bob.seen)
    bob.ask("PRIVMSG #x :hello", "TOPIC #x :mine", "PRIVMSG eve :psst")
    paul.send("/who bob", "/names")
    paul.expect("is ~bob@")
    come_from(s, "198.51.100.8", "join", caps="server-time", channel="#x").send("QUIT :bye")
    eve.ask(
        "WHOIS bob", "WHO bob", "WHO #x", "WHO * %tcuihsnfdlaor", "USERHOST bob", "NAMES #x",
        "WHO 198.51.*", "WHOWAS join", "NICK eva", "MODE #x +b *!*@198.51.100.9", "MODE #x b",
    )  # fmt: skip
    late = s.irc("late", over="tcp", channel="#x")
    late.sync()
    bob.send("QUIT")
    assert "198.51.100.7" in bob.end()[-1], "its own is no secret to itself"
    eve.message("QUIT")
    eve.ask("WHOWAS bob", "WHOIS bob bob")
    for who in (eve, late, paul):
        assert not [x for x in who.seen if address in x or "198.51.100.8" in x]
    boss = s.irc("boss")
    assert ["338", "bob", "~bob@198.51.100.7", address] in [a[:4] for a in boss.answers("WHOWAS bob")]
    come_from(s, address, "ben")
    assert [a[5] for a in boss.answers("WHO 198.51.*") if a[0] == "352"] == ["ben"]
    answers = boss.answers("WHOIS ben")
    assert ["378", "ben", f"is connecting from ~ben@{address} {address}"] in answers
    assert [a[3] for a in answers if a[0] == "338"] == [address]
    s.err.wait(f"event=registered nick=ben user=~ben host={address} ")


def test_this_machine_is_shown_as_it_is(s):
    assert host_of(s.irc("ada", over="tcp"), "ada") == "127.0.0.1"
    assert host_of(s.irc("bob"), "bob") == "localhost"
    assert host_of(come_from(s, "127.3.2.1", "eve"), "eve") == "127.3.2.1"


def test_bans_match_all_hosts(s):
    """The address, the cloak and a host that an operator gave, whichever is shown."""
    ada, boss = s.irc("ada", channel="#x"), s.irc("boss")
    bob = come_from(s, "198.51.100.7", "bob")
    one, near, wide = host_of(bob, "bob").split(".")[:3]
    for vhost in (None, "cats.example"):
        if vhost:
            boss.ask(f"CHGHOST bob {vhost}")
        for mask in ["198.51.100.*", f"*.{wide}.ip", f"*.{near}.*.ip", f"{one}.*"] + ([vhost] if vhost else []):
            ada.ask(f"MODE #x +b *!*@{mask}")
            assert bob.answers("JOIN #x")[0][0] == "474", mask
            ada.ask(f"MODE #x -b *!*@{mask}")
    assert host_of(ada, "bob") == "cats.example"
    boss.ask("CHGHOST bob")
    assert host_of(ada, "bob") == f"{one}.{near}.{wide}.ip"
    assert bob.answers("JOIN #x")[0][0] == "JOIN"


def test_none(server):
    s = server(*TRUSTED, "--cloak", "none")
    assert host_of(come_from(s, "198.51.100.7", "bob"), "bob") == "198.51.100.7"


def test_accounts(server, features):
    """With CHGHOST for those who know it, also when it changes; what an operator chose stays."""
    if "gsasl" not in features:
        pytest.skip("no passwords in this build")
    s = server(*TRUSTED, *OPERATOR, *FAST, "--cloak", "account", "--cloak-suffix", "folk.example")
    for nick in ("Ada", "b[c"):
        maker = s.irc(nick)
        register(maker)
        maker.send("QUIT")
        maker.end()
    eve = s.irc("eve", channel="#x", caps="chghost")
    bob = come_from(s, "198.51.100.7", "bob", channel="#x")
    bob.ask("CAP REQ :sasl")
    cloak = host_of(bob, "bob")
    assert re.fullmatch(CLOAK, cloak)
    assert login_plain(bob, "Ada") == "903"
    assert parse(eve.expect(" CHGHOST ").string).params == ["~bob", "ada.folk.example"]
    eve.ask(f"MODE #x +b *!*@{cloak}")
    assert bob.answers("PRIVMSG #x :hi")[0][0] == "404", "the other cloak is known of"
    bob.ask("PRIVMSG NickServ :LOGOUT")
    assert parse(eve.expect(" CHGHOST ").string).params == ["~bob", cloak]
    boss = s.irc("boss")
    boss.ask("CHGHOST bob cats.example")
    assert login_plain(bob, "Ada") == "903"
    assert host_of(eve, "bob") == "cats.example"
    boss.ask("CHGHOST bob")
    assert host_of(eve, "bob") == "ada.folk.example"
    cat = s.irc(over="tcp")
    cat.send("CAP REQ :sasl", "NICK cat", "USER cat 0 * :cat")
    assert login_plain(cat, "b[c") == "903"
    cat.send("CAP END")
    cat.message("376|422")
    assert [m for m in map(parse, cat.seen) if m.command == "396"]
    assert re.fullmatch(r"bc\.[a-z2-7]{8}\.folk\.example", host_of(cat, "cat"))


def test_the_key_is_kept(server, folder, features):
    """In the store, or in a file that is made; with another one everything is different."""
    if "sqlite" not in features:
        pytest.skip("no sqlite in this build")
    hosts = []
    for options in ([], [], ["--cloak-key-file", "key"], ["--cloak-key-file", "key"]):
        s = server(*TRUSTED, *options, store=folder / "kept.db")
        hosts.append(host_of(come_from(s, "198.51.100.7", "bob"), "bob"))
        s.stop()
    assert hosts[0] == hosts[1] != hosts[2] == hosts[3]
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert len((folder / "key").read_text()) == 33


@pytest.mark.parametrize(
    "text, mode, why",
    [
        ("0" * 32, 0o644, "others may read or change it"),
        ("0" * 31 + "\n", 0o600, "not 32 hexadecimal digits"),
        ("x" * 32, 0o600, "not 32 hexadecimal digits"),
        ("0" * 34, 0o600, "not 32 hexadecimal digits"),
    ],
)
def test_a_wrong_key_file(run, folder, text, mode, why):
    key = folder / "key"
    key.write_text(text)
    key.chmod(mode)
    done = run("serve", "--unix", folder / "x.sock", "--cloak-key-file", key)
    assert done.returncode == 6 and why in done.stderr


def test_who_stays_is_shown_the_same(server, folder, features):
    """A kept presence comes back as it was shown: by its cloak, or by what an operator gave it."""
    if "sqlite" not in features:
        pytest.skip("no sqlite in this build")
    options = (*TRUSTED, *OPERATOR, *FAST, "--always-on", "opt-out")
    store, shown = folder / "kept.db", {}
    s = server(*options, store=store)
    for nick in ("ada", "bob"):
        client = come_from(s, "198.51.100.7", nick)
        register(client)
    s.irc("boss").ask("CHGHOST bob cats.example")
    eve = s.irc("eve")
    shown = {nick: host_of(eve, nick) for nick in ("ada", "bob")}
    s.stop()
    s = server(*options, store=store)
    eve, boss = s.irc("eve"), s.irc("boss")
    assert {nick: host_of(eve, nick) for nick in ("ada", "bob")} == shown
    assert shown["bob"] == "cats.example"
    boss.ask("CHGHOST bob")
    assert host_of(eve, "bob") == shown["ada"]
    assert "198.51.100.7" in str(boss.answers("WHOIS ada"))
