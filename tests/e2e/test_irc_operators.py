"""Operators of the server: who becomes one, and what they may do."""

import subprocess
import time

import pytest

from accounts import logged_in, register
from harness import DEADLINE, Gone, commands, parse

SLOW = 400_000  # rounds of SHA-512: a password that takes a while to check


def hashed(password, rounds=1000):
    return subprocess.run(
        [
            "/usr/bin/python3",
            "-W",
            "ignore",
            "-c",
            "import crypt, sys; print(crypt.crypt(sys.argv[1], sys.argv[2]))",
        ]
        + [password, f"$6$rounds={rounds}$saltsalt$"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


@pytest.fixture(scope="module")
def secret(features):
    if "libcrypt" not in features:
        pytest.skip("built without crypt(3)")
    return hashed("cats")


@pytest.fixture(scope="module")
def slow_secret(secret):
    return hashed("cats", SLOW)


@pytest.fixture
def ruled(server, secret, slow_secret):
    """A server with operators: root from anywhere, tcp from 127.0.0.1 only, slow with a password that takes long."""
    return server(
        *("--operator", f"root *@* {secret}"),
        *("--operator", f"tcp *@127.0.0.1 {secret}"),
        *("--operator", f"slow *@* {slow_secret}"),
    )


def operator(s, nick="boss", **options):
    client = s.irc(nick, **options)
    client.send("OPER root cats")
    client.message("381")
    client.message("MODE")
    return client


# ---- OPER ----------------------------------------------------------------------------------------------


def test_oper(ruled):
    ada = ruled.irc("ada")
    ada.send("OPER root cats")
    assert parse(ada.line()).command == "381"
    assert parse(ada.line()).params == ["ada", "+o"]
    assert ada.answers("MODE ada") == [["221", "+o"]]
    bob = ruled.irc("bob")
    assert ["313", "ada", "is an IRC operator"] in bob.answers("WHOIS ada")
    assert bob.answers("WHO * o")[0][5:7] == ["ada", "H*"]
    assert bob.answers("USERHOST ada")[0][1].startswith("ada*=+")
    assert ["252", "1", "operator(s) online"] in bob.answers("LUSERS")
    assert len([a for a in ada.answers("STATS o") if a[0] == "243"]) == 3
    ada.ask("MODE ada -o")
    assert ada.answers("WALLOPS :x")[0][0] == "481"
    assert ["252", "0", "operator(s) online"] in bob.answers("LUSERS")


def test_each_device_is_told(ruled, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    ada = register(ruled.irc("ada"))
    other = logged_in(ruled, "ada")
    other.sync()
    ada.send("OPER root cats")
    assert ada.message("MODE").params == other.message("MODE").params == ["ada", "+o"]


def test_who_shows_an_operator_the_invisible(ruled):
    ada = ruled.irc("ada", channel="#c")
    ada.ask("MODE ada +i")
    assert ruled.irc("bob").answers("WHO #c")[0][0] == "315"
    assert operator(ruled).answers("WHO #c")[0][5] == "ada"


def test_who_is_refused(ruled):
    ada = ruled.irc("ada")
    for line, numeric in [
        ("OPER root dogs", "464"),
        ("OPER root cat", "464"),
        ("OPER nobody cats", "464"),
        ("OPER tcp cats", "491"),
        ("OPER root", "461"),
    ]:
        ada.send(line)
        assert parse(ada.line()).command == numeric, line
    assert ada.answers("MODE ada") == [["221", "+"]]
    tcp = ruled.irc("bob", over="tcp")
    tcp.send("OPER tcp cats")
    tcp.message("381")


def test_the_loop_goes_on_while_a_password_is_checked(ruled):
    """Hashing is another thread's: others are served at once, and the asker's next command waits."""
    ada, bob = ruled.irc("ada"), ruled.irc("bob")
    ada.send("OPER slow cats", "PING after")
    rounds, until = 0, time.monotonic() + 3 * DEADLINE
    while not ada.seen[-1:] or " 381 " not in ada.seen[-1]:
        bob.sync()
        rounds += 1
        try:
            ada.line(timeout=0.001)
        except AssertionError:
            assert time.monotonic() < until
    assert rounds > 5
    assert "PONG" not in "".join(ada.seen[-2:]), "the answer comes first"
    ada.message("PONG")


def test_a_label_waits_with_its_command(ruled):
    ada = ruled.irc("ada", caps="labeled-response batch message-tags")
    ada.send("@label=slow OPER slow wrong", "@label=next PING x")
    assert [(m.command, m.tags.get("label")) for m in (parse(ada.line()), parse(ada.line()))] == [
        ("464", "slow"),
        ("PONG", "next"),
    ]


def test_who_leaves_while_a_password_is_checked(ruled):
    """Its answer finds nobody, and does no harm."""
    ada, eve, boss = ruled.irc("ada"), ruled.irc("eve"), operator(ruled)
    ada.send("OPER slow cats")
    ada.close()
    eve.send("OPER slow cats")
    boss.ask("KILL eve :now")
    eve.end()
    boss.send("OPER slow wrong")  # checked after the others, by the same thread
    boss.message("464")
    assert [a[0] for a in boss.answers("WHOIS ada", "WHOIS eve")] == ["401", "318"] * 2


def test_others_may_not(ruled):
    ada, bob = ruled.irc("ada"), ruled.irc("bob")
    assert [a[0] for a in ada.answers("KILL bob :x", "WALLOPS :x", "REHASH", "DIE")] == ["481"] * 4
    assert bob.sync() == []


# ---- KILL and WALLOPS ----------------------------------------------------------------------------------


def test_kill(ruled):
    boss, ada, bob = operator(ruled), ruled.irc("ada", channel="#x"), ruled.irc("bob", channel="#x")
    assert boss.answers("KILL ADA :bad cat") == []
    seen = [parse(x) for x in ada.end()]
    assert [m.command for m in seen][-2:] == ["KILL", "ERROR"]
    assert seen[-2].params == ["ada", "bad cat"]
    assert "Killed (boss (bad cat))" in seen[-1].params[0]
    assert bob.message("QUIT").params == ["Killed (boss (bad cat))"]
    ruled.err.wait(r"event=disconnected nick=ada host=localhost reason=.Killed")
    assert boss.answers("KILL ada", "KILL nobody") == [
        ["401", "ada", "No such nick/channel"],
        ["401", "nobody", "No such nick/channel"],
    ]
    assert boss.answers("KILL")[0][0] == "461"
    ruled.irc("ada")
    boss.send("KILL boss :enough", "PING x")
    assert commands(boss.end())[-1] == "ERROR"
    assert bob.answers("WHOIS boss")[0][0] == "401"


def test_kill_of_a_plain_client(ruled):
    boss, ada = operator(ruled), ruled.plain("ada")
    boss.ask("KILL ada :bad cat")
    assert ada.end()[-2:] == [
        "* you were removed by boss (bad cat)",
        "* goodbye (Killed (boss (bad cat)))",
    ]


def test_wallops(ruled):
    boss, ada, bob = operator(ruled), ruled.irc("ada"), ruled.irc("bob")
    ada.ask("MODE ada +w")
    boss.ask("WALLOPS :all hands")
    assert ada.message("WALLOPS").params == ["all hands"]
    assert bob.sync() == []
    assert boss.answers("WALLOPS")[0][0] == "461"


# ---- REHASH and DIE ------------------------------------------------------------------------------------


def test_rehash(server, folder, secret):
    ini = folder / "chat.ini"
    ini.write_text(f"[serve]\noperator = root *@* {secret}\nadmin = One\n")
    s = server("--config", ini)
    boss = operator(s)
    assert boss.answers("ADMIN")[-1][1] == "One"
    ini.write_text(f"[serve]\noperator = root *@* {secret}\nadmin = Two\nnetwork = Other\n")
    seen = boss.answers("REHASH")
    assert seen[0] == ["382", "sockchat.ini", "Rehashing"]
    assert [a[-1] for a in seen[1:]] == [
        "[serve] network: needs a restart",
        "[serve] admin: changed",
        "The configuration was read again: 2 changed",
    ]
    assert boss.answers("ADMIN")[-1][1] == "Two"
    ini.write_text("[serve]\nadmin = Three\nlobbby = #x\n")
    seen = boss.answers("REHASH")
    assert "lobby" in seen[-1][-1] and "Nothing was changed" in seen[1][-1]
    assert boss.answers("ADMIN")[-1][1] == "Two"


def test_die(ruled):
    boss, ada, bob = operator(ruled), ruled.irc("ada"), ruled.plain("bob")
    boss.send("DIE :the end")
    for client in (boss, ada, bob):
        assert "Stopped by boss: the end" in client.end()[-1]
    assert ruled.wait() == 0
    with pytest.raises((Gone, AssertionError, OSError)):
        ruled.irc("eve")


def test_without_crypt_nobody_is_one(run, folder, features):
    """Said when it starts, not when somebody needs it."""
    if "libcrypt" in features:
        pytest.skip("built with crypt(3)")
    done = run(
        "serve", "--unix", folder / "chat.sock", "--operator", "root *@* $6$saltsalt$" + "x" * 86
    )
    assert done.returncode == 3
    assert "built without crypt(3)" in done.stderr
