"""IRC: from the first line to the goodbye."""

import re
import time

import pytest

from harness import DEADLINE, commands, parse


def tokens(client):
    """RPL_ISUPPORT as a table, from the greeting."""
    words = [
        word
        for line in client.seen
        if parse(line).command == "005"
        for word in parse(line).params[1:-1]
    ]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


# ---- the greeting --------------------------------------------------------------------------------------


def test_the_greeting(server):
    s = server("--name", "chat.example", "--network", "Example")
    ada = s.irc("ada", realname="Ada Lovelace")
    seen = commands(ada.seen)
    assert seen[:4] == ["001", "002", "003", "004"]
    assert seen[4:] == sorted(
        seen[4:], key=lambda c: ["005", "251", "252", "254", "255", "265", "266", "422"].index(c)
    )
    assert seen[-1] == "422"
    first = parse(ada.seen[0])
    assert first.source == "chat.example"
    assert first.params[0] == "ada"
    assert first.params[1].startswith("Welcome to the Example Network, ada!")
    modes = parse(ada.seen[3]).params
    assert modes[1] == "chat.example"
    assert set(modes[3]) == set("BRTgiow")
    assert set(modes[4]) == set("beIfklmnsituCKMRUov")
    assert set(modes[5]) == set("beIfklov")
    for line in ada.seen:
        assert len(line.encode()) <= 510


def test_what_the_server_supports(server):
    s = server(
        "--network",
        "Example",
        "--name-length",
        "20",
        "--channels",
        "7",
        "--list-modes",
        "9",
        "--targets",
        "3",
    )
    ada = s.irc("ada")
    assert all(len(parse(line).params) <= 14 for line in ada.seen if parse(line).command == "005")
    has = tokens(ada)
    wanted = {
        "CASEMAPPING": "ascii",
        "UTF8ONLY": "",
        "CHANTYPES": "#",
        "CHANMODES": "beI,k,fl,CKMRUimnstu",
        "PREFIX": "(ov)@+",
        "STATUSMSG": "@+",
        "ELIST": "CMNTU",
        "EXCEPTS": "e",
        "INVEX": "I",
        "BOT": "B",
        "WHOX": "",
        "SAFELIST": "",
        "NETWORK": "Example",
        "NICKLEN": "20",
        "CHANLIMIT": "#:7",
        "MAXLIST": "beI:9",
        "MODES": "6",
        "CHANNELLEN": "64",
        "TOPICLEN": "390",
        "KICKLEN": "390",
        "AWAYLEN": "390",
        "KEYLEN": "23",
    }
    assert {name: has.get(name) for name in wanted} == wanted
    assert "PRIVMSG:3" in has["TARGMAX"].split(",")


def test_the_message_of_the_day(server, folder):
    motd = folder / "motd"
    motd.write_text("Be kind.\n\nWe meet on Mondays, gr\u00fc\u00df euch.\n" + "x" * 600 + "\n")
    ada = server("--motd-file", motd).irc("ada")
    lines = [parse(line).params[-1] for line in ada.seen if parse(line).command == "372"]
    assert lines[:3] == ["- Be kind.", "- ", "- We meet on Mondays, gr\u00fc\u00df euch."]
    assert lines[3].startswith("- xxx")
    assert all(len(line.encode()) <= 510 for line in ada.seen)
    assert commands(ada.seen)[-1] == "376"
    assert commands(ada.ask("MOTD"))[:2] == ["375", "372"]


# ---- who they are --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lines", [("NICK ada", "USER ada 0 * :Ada"), ("USER ada 0 * :Ada", "NICK ada")]
)
def test_either_order(server, lines):
    c = server().irc()
    c.send(*lines)
    c.expect(" 422 ada ")


@pytest.mark.parametrize(
    "nick",
    [
        "",
        ":",
        "1ada",
        "-ada",
        "#ada",
        "a!b",
        "a@b",
        "a.b",
        "a*b",
        "a?b",
        "a,b",
        "+a",
        "~a",
        "&a",
        "%a",
        "$a",
        ":a b",
    ]
    + ["x" * 33, "a\u200bda", "a\u202eda"],
)
def test_names_that_are_none(server, nick):
    c = server().irc()
    c.send(f"NICK {nick}", "PING x")
    c.expect(r"PONG \S+ :?x")
    assert [x for x in commands(c.seen) if x != "PONG"] == ["431" if nick in ("", ":") else "432"]
    assert parse(c.seen[0]).params[0] == "*"


@pytest.mark.parametrize("nick", ["x" * 32, "[ada]", "ad-a_1", "`^{|}\\", "\u00e9lodie", "\u738b"])
def test_names_that_are_some(server, nick):
    s = server()
    s.irc(nick)
    assert commands(s.irc("bob").ask(f"WHOIS {nick}"))[0] == "311"


def test_a_name_that_is_taken(server):
    s = server()
    s.irc("Ada")
    c = s.irc()
    c.send("NICK aDA", "USER b 0 * :b")
    assert parse(c.line()).params[:2] == ["*", "aDA"]
    assert commands(c.seen) == ["433"]
    c.send("NICK bob")
    c.expect(" 001 bob ")


def test_a_name_that_is_taken_meanwhile(server):
    """Between NICK and the end of registration it belongs to nobody."""
    s = server()
    slow = s.irc()
    slow.send("CAP LS 302", "NICK ada", "USER a 0 * :a")
    slow.expect("CAP")
    s.irc("ada")
    slow.send("CAP END")
    slow.expect(" 433 ")
    slow.send("NICK eve")
    slow.expect(" 001 eve ")


def test_only_some_commands_come_before_registration(server):
    c = server().irc()
    c.send(
        "NICK ada",
        "JOIN #x",
        "PRIVMSG a :b",
        "WHO",
        "LIST",
        "OPER a b",
        "NOSUCH",
        "PING :still here",
    )
    c.expect("PONG .*still here")
    assert commands(c.seen) == ["451"] * 6 + ["PONG"]


def test_user(server):
    s = server()
    c = s.irc()
    assert commands(c.ask("USER", "USER a", "USER a 0 *", "USER a 0 * :")) == ["461"] * 4
    c.send("USER ada 0 * :Ada", "USER eve 0 * :Eve", "NICK ada")
    c.expect(" 422 ")
    assert commands(c.seen).count("462") == 1
    assert commands(c.ask("USER a 0 * :b", "PASS x")) == ["462", "462"]


@pytest.mark.parametrize(
    "given, shown",
    [
        ("ada", "~ada"),
        ("a!b@c d", "~abc"),
        ("\x02\x03", "~user"),
        ("x" * 40, "~" + "x" * 20),
        ("~root", "~root"),
    ],
)
def test_the_user_name_is_made_safe(server, given, shown):
    c = server().irc(over="tcp")
    c.send("NICK ada", f"USER {given.split()[0]} 0 * :Ada")
    c.expect(" 422 ")
    assert parse(c.ask("WHOIS ada")[0]).params[2:4] == [shown, "127.0.0.1"]


def test_the_real_name_is_cut(server):
    ada = server().irc("ada", realname="\u00e9" * 100)
    assert parse(ada.ask("WHOIS ada")[0]).params[-1] == "\u00e9" * 64


# ---- the server's password -----------------------------------------------------------------------------


@pytest.fixture
def locked(server, folder):
    (folder / "password").write_text("open sesame\n")
    return server("--password-file", folder / "password")


def test_the_right_password(locked):
    c = locked.irc()
    c.send("PASS :open sesame", "NICK ada", "USER a 0 * :a")
    c.expect(" 001 ada ")


@pytest.mark.parametrize("line", [None, "PASS wrong", "PASS :open sesam", "PASS :open sesame "])
def test_a_wrong_password(locked, line):
    c = locked.irc()
    c.send(*([line] if line else []), "NICK ada", "USER a 0 * :a")
    seen = c.end()
    assert commands(seen) == ["464", "ERROR"]
    assert "password" in seen[1]
    assert "ada" in locked.irc("ada", password=":open sesame").seen[0], "the name was not taken"


def test_pass_needs_one(locked):
    assert commands(locked.irc().ask("PASS", "PASS :")) == ["461", "461"]


# ---- names that change ---------------------------------------------------------------------------------


def test_a_change_of_name_is_heard_once_by_each(server):
    s = server()
    ada, bob, eve = s.irc("ada"), s.irc("bob"), s.irc("eve")
    for channel in ("#one", "#two"):
        ada.join(channel)
        bob.join(channel)
    ada.sync()
    lines = ada.ask("NICK Ada")
    assert [parse(x).params for x in lines] == [["Ada"]]
    assert [x for x in bob.sync() if " NICK " in x] == [
        f":ada!{parse(lines[0]).source.split('!')[1]} NICK :Ada"
    ]
    assert not [x for x in eve.sync() if " NICK " in x]
    assert commands(ada.ask("NICK Ada", "NICK bob", "NICK 1", "NICK")) == ["433", "432", "431"]
    bob.send("PRIVMSG ADA :found by any case")
    assert ada.message("PRIVMSG").params == ["Ada", "found by any case"]


# ---- signs of life -------------------------------------------------------------------------------------


def test_ping(server):
    ada = server("--name", "chat.example").irc("ada")
    ada.send("PING", "PING :", "PING :two words", "PONG x", "ERROR :x", "", "   ", "PING end")
    ada.expect("PONG chat.example :?end")
    assert [parse(x).params[-1] for x in ada.seen if " PONG " in x][:1] == ["two words"]
    assert commands(ada.seen[-4:]) == ["461", "409", "PONG", "PONG"]


def test_lines_end_as_they_like_and_come_in_any_pieces(server):
    c = server().irc()
    for byte in b"nick ada\nUSER a 0 * :a\r\n  :ada ping   one   \n":
        c.send_raw(bytes([byte]))
    c.expect(r"PONG \S+ :?one$")
    c.send_raw("PING two\r\n\r\n\nPING three\nPING four")
    c.expect(r"PONG \S+ :?three$")
    c.send_raw("\r")
    c.send_raw("\n")
    c.expect(r"PONG \S+ :?four$")


def test_an_unknown_command(server):
    ada = server().irc("ada")
    assert [parse(x).params[1] for x in ada.ask("FLY away", "fly" + "x" * 100)] == [
        "FLY",
        ("fly" + "x" * 100)[:64],
    ]
    assert commands(ada.ask("FLY")) == ["421"]


def test_what_is_not_utf8_is_not_sent(server):
    s = server()
    ada, bob = s.irc("ada"), s.irc("bob")
    ada.send(
        b"PRIVMSG bob :caf\xe9",
        b"PRIVMSG bob :half \xe2\x82",
        b"PRIVMSG bob :\xc0\xaf",
        "PRIVMSG bob :caf\u00e9",
    )
    assert bob.message("PRIVMSG").params[1] == "caf\u00e9"
    assert [parse(x).params[:2] for x in ada.sync()] == [["PRIVMSG", "INVALID_UTF8"]] * 3


def test_control_characters_go_no_further(server):
    s = server()
    ada, bob = s.irc("ada"), s.irc("bob")
    kept = "\x02bold\x0f \x0304red\x03 \x1ditalic\x1f \x16 \x11mono \x1e\ttab\x01"
    ada.send(f"PRIVMSG bob :{kept}")
    assert bob.message("PRIVMSG").params[1] == kept
    ada.send(b"PRIVMSG bob :a\x00b\x07c\x1b[31md\x08\x7f" + "e\u009bf\u0080g\r".encode() + b"h")
    assert bob.message("PRIVMSG").params[1] == "abc[31mdefgh"


# ---- the goodbye ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line, reason", [("QUIT :see you", "Quit: see you"), ("QUIT", "Quit"), ("QUIT :", "Quit")]
)
def test_quit(server, line, reason):
    s = server()
    ada, bob, eve = s.irc("ada"), s.irc("bob"), s.irc("eve")
    for channel in ("#one", "#two", "#three"):
        ada.join(channel)
        bob.join(channel)
    ada.sync()
    ada.send(line, "PRIVMSG bob :too late")
    seen = ada.end()
    assert commands(seen) == ["ERROR"]
    assert reason in seen[0]
    assert bob.message("QUIT").params == [reason]
    assert bob.sync() == []
    assert eve.sync() == []
    assert commands(bob.ask("WHOIS ada")) == ["401", "318"]


def test_quit_before_registration(server):
    c = server().irc()
    c.send("QUIT :never mind")
    assert commands(c.end()) == ["ERROR"]


def test_a_connection_that_breaks(server):
    s = server()
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    ada.close()
    assert bob.message("QUIT").nick == "ada"
    s.irc("ada")


def test_half_closing_ends_it(server):
    s = server()
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    ada.send("PRIVMSG #x :last words")
    ada.half_close()
    assert commands(ada.end())[-1] == "ERROR"
    assert bob.message("PRIVMSG").params[1] == "last words"
    bob.message("QUIT")


def test_a_goodbye_does_not_wait_for_the_other_side(server):
    """Who does not close their end is closed: a second at most."""
    s = server()
    ada = s.irc("ada")
    ada.send("QUIT")
    ada.end()
    bob = s.irc("bob")
    until = time.monotonic() + DEADLINE
    while not re.search(r" 265 bob 1 ", "\n".join(bob.ask("LUSERS"))):
        assert time.monotonic() < until
