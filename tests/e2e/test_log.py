"""The log on standard error: what happened to whom, and never what was said."""

import json
import re

import pytest

SECRETS = ("rosebud", "xyzzy", "plugh", "sesame")


def talk(s):
    """A bit of everything that carries somebody's words or a password."""
    ada = s.irc("ada", password="sesame", channel="#lobby")
    ada.ask(
        "PRIVMSG #lobby :rosebud",
        "NOTICE ada :rosebud",
        "TOPIC #lobby :rosebud",
        "AWAY :rosebud",
        "SETNAME :rosebud",
    )
    ada.ask(
        "OPER nobody xyzzy",
        "OPER root xyzzy",
        "PASS xyzzy",
        "FLY rosebud",
        "PRIVMSG ada :" + "rosebud" * 100,
    )
    ada.ask(
        b"PRIVMSG ada :rosebud\xff",
        "JOIN #k",
        "MODE #k +k plugh",
        "PART #k :rosebud",
        "NICK rosebud!",
    )
    wrong = s.irc()
    wrong.send("PASS plugh", "NICK eve", "USER e 0 * :rosebud")
    wrong.end()
    bob = s.plain()
    bob.send("bob")
    bob.expect("password")
    bob.send("sesame", "rosebud", "@ada rosebud", "/away rosebud", "/quit rosebud")
    bob.end()
    web = s.connection()
    web.send("POST /rosebud HTTP/1.1", "", "rosebud")
    web.end()
    ada.send("QUIT :rosebud")
    ada.end()


@pytest.fixture
def locked(server, folder, features):
    (folder / "password").write_text("sesame\n")

    operator = ["--operator", "root *@* $6$saltsalt$" + "x" * 86] if "libcrypt" in features else []

    def start(*options):
        s = server("--password-file", folder / "password", *operator, *options, listeners=0)
        s.err.wait("listening", count=2)
        return s

    return start


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_words_and_no_passwords(locked, form):
    s = locked("--log-level", "debug", "--log-format", form)
    try:
        talk(s)
    finally:
        s.stop()
    log = str(s.err)
    assert "ada" in log and "bob" in log, "it is a log at all"
    assert [x for x in s.err.lines if any(word in x for word in SECRETS)] == []


def test_text(server):
    s = server("--log-level", "debug")
    ada = s.irc("ada", over="tcp")
    ada.send("QUIT :bye")
    ada.end()
    s.err.wait("event=disconnected")
    entry = (
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=(debug|info|warning|error)"
        r" event=[a-z-]+( [a-z-]+=(\"[^\"]*\"|\S+))+"
    )
    for line in s.err.lines:
        assert re.fullmatch(entry, line), line
    assert s.err.wait(r"event=registered nick=ada user=~ada host=127.0.0.1 port=\d+ dialect=irc$")
    assert s.err.wait(
        r"event=disconnected nick=ada host=127.0.0.1 reason=Quit read=\d+ written=\d+$"
    )


def test_json(server):
    s = server("--log-format", "json", "--log-level", "debug", listeners=0)
    s.err.wait('"event":"listening"', count=2)
    c = s.irc("ada", realname='a"b\\c')
    c.ask("JOIN #x")
    c.send("QUIT")
    c.end()
    s.plain("\u00e9lodie").close()
    s.err.wait("disconnected", count=2)
    entries = [json.loads(line) for line in s.err.lines]
    assert all({"time", "level", "event"} < set(e) for e in entries)
    assert [e["nick"] for e in entries if e["event"] == "registered"] == ["ada", "\u00e9lodie"]
    ended = [e for e in entries if e["event"] == "disconnected"][0]
    assert isinstance(ended["read"], int) and ended["read"] > 0 and ended["written"] > 0


def test_levels(server):
    s = server("--log-level", "warning", listeners=0)
    s.out.wait("Ctrl-C ends")
    s.irc("ada")
    s.stop()
    assert s.err.lines == []
