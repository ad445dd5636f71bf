"""WEBIRC: a gateway says where its users come from."""

import pytest

from harness import parse
from test_irc_operators import hashed


@pytest.fixture(scope="module")
def secret(features):
    if "libcrypt" not in features:
        pytest.skip("built without crypt(3)")
    return hashed("cats")


@pytest.fixture
def s(server, secret):
    return server(
        *("--webirc", f"kiwi 127.0.0.0/8 {secret}"),
        *("--webirc", f"lounge unix {hashed('dogs')}"),
        "--clients-per-address", "3", "--unix-login",
    )  # fmt: skip


def enter(s, line, nick, over="tcp"):
    client = s.irc(over=over)
    client.send(line)
    client.register(nick)
    return client


def whois(client, nick):
    return {a[0]: a[2:] for a in client.answers(f"WHOIS {nick}")}


def test_a_gateways_users(s):
    """The first verifies the password, the others are let in as fast as others are."""
    ada = enter(s, "WEBIRC cats kiwi ada.example 192.0.2.1 :secure local-port=443", "ada")
    assert whois(ada, "ada")["338"][1] == "192.0.2.1"
    s.err.wait("event=webirc host=192.0.2.1 gateway=kiwi through=127.0.0.1 result=accepted")
    s.err.wait("event=registered nick=ada user=~ada host=192.0.2.1 port=0 ")
    bob = enter(s, "webirc cats other ada.example 0::2", "bob")
    assert whois(bob, "bob")["338"][1] == "0::2"
    eve = enter(s, "WEBIRC dogs lounge x 192.0.2.2", "eve", over="unix")
    seen = whois(eve, "eve")
    assert seen["338"][1] == "192.0.2.2" and seen["311"][0] == "~eve"
    assert "320" not in seen and "330" not in seen, "no local user, whatever the gateway runs as"


def test_limits_are_the_clients(s):
    for i in range(3):
        enter(s, "WEBIRC cats kiwi x 192.0.2.1", f"n{i}")
    late = s.irc(over="tcp")
    late.send("WEBIRC cats kiwi x 192.0.2.1")
    assert "Too many connections from your address" in late.end()[-1]
    for i in range(5):
        enter(s, f"WEBIRC cats kiwi x 192.0.2.{i + 2}", f"m{i}")


@pytest.mark.parametrize(
    "line, over, why",
    [
        ("WEBIRC dogs kiwi x 192.0.2.1", "tcp", "the password is wrong"),
        ("WEBIRC cats lounge x 192.0.2.1", "unix", "the password is wrong"),
        ("WEBIRC cats kiwi x 192.0.2.1.1", "tcp", "the fourth parameter is no address"),
        ("WEBIRC cats kiwi x fe80::1%lo", "tcp", "the fourth parameter is no address"),
    ],
)
def test_who_is_refused(s, line, over, why):
    """Not taken for the gateway: the connection ends."""
    client = s.irc(over=over)
    client.send(line, "NICK ada", "USER ada 0 * :Ada")
    lines = client.end()
    assert len(lines) == 1 and lines[0].endswith(f"WEBIRC refused: {why}")
    s.err.wait(f"event=webirc .*result=refused reason=.{why}")
    assert not [x for x in s.err.lines if "cats" in x or "dogs" in x]


def test_others_are_no_gateways(server, secret):
    s = server("--webirc", f"kiwi 192.0.2.0/24 {secret}")
    for over in ("tcp", "unix"):
        client = s.irc(over=over)
        client.send("WEBIRC cats kiwi x 192.0.2.1")
        assert client.end()[-1].endswith("this address is none of a gateway's")


def test_it_comes_first_and_once(s):
    ada = s.irc(over="tcp")
    ada.send("CAP LS 302", "PASS x", "WEBIRC cats kiwi x 192.0.2.1", "WEBIRC cats kiwi x 192.0.2.2")
    ada.message("462")
    ada.send("NICK ada", "WEBIRC cats kiwi x 192.0.2.3")
    ada.message("462")
    ada.send("USER ada 0 * :Ada", "CAP END", "WEBIRC cats kiwi x 192.0.2.4")
    ada.message("462")
    assert whois(ada, "ada")["338"][1] == "192.0.2.1"
    assert parse(s.irc(over="tcp").ask("WEBIRC cats kiwi x")[0]).command == "461"


def test_a_new_password_counts_after_a_reload(server, folder, secret):
    ini = folder / "chat.ini"
    ini.write_text(f"[serve]\nwebirc = kiwi * {secret}\n")
    s = server("--config", ini)
    enter(s, "WEBIRC cats kiwi x 192.0.2.1", "ada")
    ini.write_text(f"[serve]\nwebirc = kiwi * {hashed('dogs')}\n")
    s.signal(1)
    s.err.wait("event=reloaded")
    client = s.irc(over="tcp")
    client.send("WEBIRC cats kiwi x 192.0.2.1")
    assert client.end()[-1].endswith("the password is wrong")
    enter(s, "WEBIRC dogs kiwi x 192.0.2.1", "bob")


def test_wrong_settings(run, folder, features):
    for value, why in [
        ("kiwi 127.0.0.1", "three words"),
        ("kiwi nowhere $6$x$y", "is not an address or network"),
        ("kiwi 127.0.0.1 cats", "kiwi: a password hash of an old method"),
    ]:
        done = run("serve", "--unix", folder / "x.sock", "--webirc", value)
        assert done.returncode in (2, 3)
        assert why in done.stderr or "libcrypt" not in features
