"""The plain dialect: what nc, telnet and a program in the manner of the seeds say and see."""

import os
import select
import signal
import ssl
import subprocess
import time

import pytest

from harness import DEADLINE, parse

HELLO = "type a name and press Enter"


@pytest.fixture
def s(server):
    return server()


# ---- the first line ------------------------------------------------------------------------------------


def test_silence_is_greeted(s):
    """After half a second, with a line that an IRC client understands as well."""
    began = time.monotonic()
    c = s.connection()
    line = c.line()
    assert 0.4 < time.monotonic() - began < DEADLINE
    m = parse(line)
    assert (m.command, m.params[0]) == ("NOTICE", "*")
    assert HELLO in m.params[1]
    c.send("ada")
    c.expect(r"^\* welcome to \S+, ada: ")


def test_who_speaks_is_not_greeted(s):
    irc, slow = s.irc("ada"), s.irc()
    slow.send("NICK bob")
    time.sleep(0.6)  # the greeting would have come
    assert not [x for x in irc.sync() + slow.sync() if HELLO in x]


def test_the_name_then_messages(s):
    ada = s.irc("ada", channel="#lobby")
    bob = s.plain()
    bob.send("bob", "hello", "", "//not a command", " spaces  kept ")
    bob.expect("welcome")
    assert ada.message("JOIN").nick == "bob"
    assert [ada.message("PRIVMSG").params for _ in range(3)] == [
        ["#lobby", "hello"],
        ["#lobby", "/not a command"],
        ["#lobby", " spaces  kept "],
    ]
    ada.send(
        "PRIVMSG #lobby :hello bob",
        "NOTICE #lobby :beep",
        "PRIVMSG bob :psst",
        "PRIVMSG #lobby :\x01ACTION waves\x01",
    )
    bob.expect("^ada: hello bob$")
    bob.expect("^-ada- beep$")
    bob.expect(r"^\[ada -> you\] psst$")
    bob.expect(r"^\* ada waves$")
    assert not [x for x in bob.seen if x.startswith(":")]


def test_a_name_that_is_taken_is_asked_for_again(s):
    s.irc("Ada")
    c = s.plain()
    c.send("ada")
    c.expect(r"^\* that name is taken; " + HELLO)
    c.send("a b")
    c.expect(r"^\* a name has letters.*; " + HELLO)
    c.send("x" * 33)
    c.expect(r"^\* a name has 32 characters at most; " + HELLO)
    c.send("NICK")
    c.expect(r"^\* welcome to \S+, NICK:")


@pytest.mark.parametrize(
    "first",
    [
        b"two words\n",
        b" ada\n",
        b"ada\t\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n",
        b"caf\xe9\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"JOIN #lobby\r\n",
        b"#lobby\n",
        b"123\n",
        b"x" * 33 + b"\n",
        b"x" * 5000 + b"\n",
        b"a\x1b[31m\n",
        b"\xff\xfb\x1f\xff\xfb\x20\n",
    ],
)
def test_first_lines_that_are_no_name(s, first):
    """One sentence, the end, and nothing of what follows is read."""
    ada = s.irc("ada", channel="#lobby")
    c = s.connection()
    c.send_raw(first + b"bob\nhello\nNICK eve\nUSER e 0 * :e\nPRIVMSG ada :hello\n")
    seen = c.end()
    assert len(seen) == 1
    assert seen[0].startswith("ERROR :Closing link: (localhost) ")
    assert "name" in seen[0]
    assert ada.sync() == []
    assert ada.answers("ISON bob eve hello") == [["303", ""]]


@pytest.mark.parametrize(
    "line",
    ["cap ls", "Nick eve", "USER e 0 * :e", "pass x", "PING x", "quit", "@a=b PING x", ":x PING x"],
)
def test_registration_verbs_are_irc(s, line):
    c = s.connection()
    c.send(line, "NICK eve!", "QUIT")
    c.end()
    assert "ERROR :" in c.seen[-1]
    assert not [x for x in c.seen if "the first line is your name" in x]


def test_a_browser_cannot_speak(s):
    """A web page that posts IRC lines, through a real HTTP client."""
    ada = s.irc("ada", over="tcp", channel="#lobby")
    body = "\r\nNICK eve\r\nUSER e 0 * :e\r\nJOIN #lobby\r\nPRIVMSG #lobby :from the web\r\nPRIVMSG ada :hello\r\n"
    for extra in (
        [],
        ["-X", "PUT"],
        ["--http1.0"],
        ["-X", "NICK"],
        ["-H", "Content-Type: text/plain"],
    ):
        done = subprocess.run(
            [
                "curl",
                "-sS",
                "-m",
                str(DEADLINE),
                "--http0.9",
                *extra,
                "--data-binary",
                body,
                f"http://127.0.0.1:{s.port}/eve",
            ],
            capture_output=True,
            text=True,
        )
        assert done.stdout.count("\n") == 1, done
        assert "the first line is your name" in done.stdout
    assert ada.sync() == []
    assert ada.answers("ISON eve") == [["303", ""]]


def test_a_tls_client_is_told(s):
    context = ssl._create_unverified_context()
    raw = s.socket("tcp")
    raw.settimeout(DEADLINE)
    with pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(raw)
    raw.close()
    c = s.connection("tcp")
    c.send_raw(
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(range(160)).replace(b"\n", b"x")
    )
    assert "the first line is your name" in c.end()[0]


# ---- without a newline ---------------------------------------------------------------------------------


def test_silence_ends_a_line(s):
    """200 ms of it, until the first newline: programs like the seeds' never send one."""
    ada = s.irc("ada", channel="#lobby")
    c = s.connection()
    c.send_raw("Hello")
    c.expect("welcome to .*, Hello:")
    c.send_raw("one")
    assert ada.message("PRIVMSG").params == ["#lobby", "one"]
    while True:
        began = time.monotonic()
        c.send_raw("how are ")
        c.send_raw("you?")
        if time.monotonic() - began < 0.1:
            break
        while "you?" not in ada.message("PRIVMSG").params[1]:
            pass  # something held this test up: they were two lines, rightly
    assert ada.message("PRIVMSG").params == ["#lobby", "how are you?"]
    c.send_raw("fine\nand ")
    assert ada.message("PRIVMSG").params[1] == "fine"
    time.sleep(0.5)  # no longer a line
    c.send_raw("you?\n")
    assert ada.message("PRIVMSG").params[1] == "and you?"


def test_buffers_padded_with_nuls(s):
    """What a program sends that writes its whole buffer each time."""
    ada = s.irc("ada", channel="#lobby")
    c = s.connection()
    c.send_raw(b"Hello".ljust(1500, b"\0"))
    c.expect("welcome to .*, Hello:")
    c.send_raw(b"first".ljust(1500, b"\0"))
    assert ada.message("PRIVMSG").params == ["#lobby", "first"]
    c.send_raw(b"exit".ljust(1500, b"\0"))
    assert "goodbye" in c.end()[-1]
    assert ada.message("QUIT").nick == "Hello"


def test_nuls_alone_are_nothing(s):
    c = s.connection()
    c.send_raw(b"\0" * 100)
    c.expect(HELLO)
    c.send_raw(b"\0\0ada\0\n")
    c.expect("welcome to .*, ada:")


def test_what_may_be_a_verb_waits(server, folder):
    """For its newline, or the registration timeout."""
    s = server()
    c, d = s.connection(), s.connection()
    c.send_raw("NICK ad")
    d.send_raw("Pa")
    time.sleep(0.4)
    c.send_raw("a\r\nUSER a 0 * :a\r\n")
    c.expect(" 001 ada ")
    (folder / "config" / "sockchat" / "sockchat.ini").write_text("[limits]\nregistration-timeout = 300ms\n")
    s.signal(signal.SIGHUP)
    assert "Registration timed out" in d.end()[-1]


def test_too_long_without_a_newline(s):
    """It is refused, and what comes after the silence is a line again."""
    ada = s.irc("ada", channel="#lobby")
    c = s.connection()
    c.send_raw("bob")
    c.expect("welcome")
    for _ in range(5):
        c.send_raw("x" * 1000)
    c.expect("^! that line is longer than")
    c.send_raw("y" * 2000)
    time.sleep(0.4)
    c.send_raw("short")
    assert ada.message("PRIVMSG").params[1] == "short"


def test_lines_may_end_as_those_of_telnet(s):
    ada = s.irc("ada", channel="#lobby")
    c = s.connection()
    c.send_raw("bob\r\nhello\r\n\\quit\r\n")
    assert "goodbye" in c.end()[-1]
    assert ada.message("JOIN").nick == "bob"
    assert ada.message("PRIVMSG").params[1] == "hello"


def test_the_last_line_needs_no_newline(s):
    """printf 'name\\nhello' | nc -N"""
    ada = s.irc("ada", channel="#lobby")
    c = s.connection()
    c.send_raw("bob\nhello")
    c.half_close()
    assert "goodbye" in c.end()[-1]
    assert ada.message("PRIVMSG").params[1] == "hello"
    assert ada.message("QUIT").nick == "bob"


@pytest.mark.parametrize("program", [["nc", "-N"], ["nc", "-q", "0"], ["ncat"], ["socat", "-"]])
def test_real_programs(s, program, folder):
    ada = s.irc("ada", over="tcp", channel="#lobby")
    where = [f"TCP:127.0.0.1:{s.port}"] if program[0] == "socat" else ["127.0.0.1", str(s.port)]
    p = subprocess.Popen([*program, *where], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    p.stdin.write(b"bob\nhello from a program\n")
    p.stdin.flush()
    assert ada.message("PRIVMSG").params[1] == "hello from a program"
    ada.send("PRIVMSG #lobby :and back")
    until, out = time.monotonic() + DEADLINE, b""
    while b"ada: and back\n" not in out:
        assert select.select([p.stdout], [], [], until - time.monotonic())[0]
        out += os.read(p.stdout.fileno(), 4096)
    p.stdin.write(b"\\quit\n")
    p.stdin.close()
    rest = p.stdout.read()
    p.stdout.close()
    assert p.wait(DEADLINE) == 0
    assert b"goodbye" in rest
    assert ada.message("QUIT").nick == "bob"


# ---- private messages ----------------------------------------------------------------------------------


def test_private(s):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    bob.send("@ada psst", "@ADA  spaces ", "/msg ada third")
    assert [ada.message("PRIVMSG").params for _ in range(3)] == [
        ["ada", "psst"],
        ["ada", "spaces"],
        ["ada", "third"],
    ]
    bob.expect(r"^\[you -> ada\] psst$")
    bob.send("@nobody psst")
    bob.expect("^! nobody: No such nick/channel$")
    for line in ("@", "@ada", "@ada  ", "@ psst"):
        bob.send(line)
        bob.expect("^! write it as: @name text$")
    bob.send("@#lobby hello")
    bob.expect("^! @name is for one person")
    ada.ask("AWAY :at lunch")
    bob.send("@ada there?")
    bob.expect(r"^\* ada is away \(at lunch\)$")


def test_a_long_text_goes_in_pieces(s):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    text = "".join(chr(0x4E00 + i) for i in range(1000))
    bob.send(text, "@ada " + text, "x" * 4700, "done")
    got = {"#lobby": "", "ada": ""}
    while True:
        m = ada.message("PRIVMSG")
        assert len(ada.seen[-1].encode()) <= 510
        if m.params[1] == "done":
            break
        got[m.params[0]] += m.params[1]
    assert got == {"#lobby": text, "ada": text}
    bob.expect("^! that line is longer than 4606 bytes; it was not sent")


def test_what_is_not_utf8_is_refused(s):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    bob.send(b"caf\xe9", "caf\u00e9")
    bob.expect("^! that line is not valid UTF-8; it was not sent$")
    assert ada.message("PRIVMSG").params[1] == "caf\u00e9"


def test_nothing_harmful_is_shown(s):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    ada.ask(
        "PRIVMSG #lobby :\x02bold\x02 \x0304red\x03 \u202eturned \u2028line\x01",
        "PRIVMSG #lobby :\x01ACTION \x1fwaves\x01",
    )
    bob.expect("^ada: bold 04red turned line$")
    bob.expect(r"^\* ada waves$")


# ---- commands ------------------------------------------------------------------------------------------


def test_channels(s):
    ada, bob = s.irc("ada", channel="#x"), s.plain("bob")
    bob.send("/join x")
    bob.expect("^! the name of a channel starts with #")
    bob.send("/join #x", "hello")
    bob.expect(r"^\* bob joined #x$")
    bob.expect(r"^\* in #x \(2\): @ada, bob$")
    assert ada.message("PRIVMSG").params == ["#x", "hello"]
    ada.send("PRIVMSG #x :hello bob")
    bob.expect("^#x ada: hello bob$")
    bob.send("/join #lobby", "/join #X", "/topic", "/topic Cats", "/names")
    bob.expect(r"^\* you speak in #lobby now$")
    bob.expect(r"^\* you speak in #x now$")
    bob.expect(r"^\* #x has no topic$")
    bob.expect("^! #x: You're not channel operator$")
    bob.expect(r"^\* in #x")
    ada.send("MODE #x +o bob", "KICK #x nobody")
    bob.expect(r"^\* ada set \+o bob on #x$")
    bob.send("/topic Cats", "/list", "/part")
    bob.expect(r"^\* bob set the topic of #x: Cats$")
    assert sorted([bob.expect(r"^\* #\w+ \(\d\).*").group() for _ in range(2)]) == [
        "* #lobby (1)",
        "* #x (2): Cats",
    ]
    bob.expect(r"^\* you left #x; you speak in #lobby now$")
    bob.send("/part", "hello?", "/part", "/topic", "/names #x", "/join #lobby,#x")
    bob.expect(r"^\* you left #lobby$")
    bob.expect("^! you are in no channel; /join #name$")
    bob.expect("^! you are in no channel; name one$")
    bob.expect("^! you are in no channel; name one$")
    bob.expect(r"^\* in #x \(1\): @ada$")
    bob.expect("^! #lobby,#x: No such channel$")


def test_other_commands(s):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    bob.send(
        "/me waves",
        "/nick bill",
        "/away lunch",
        "/away",
        "/who ada",
        "/who",
        "/nick ada",
        "/nick 1",
        "/fly away",
    )
    assert ada.message("PRIVMSG").params == ["#lobby", "\x01ACTION waves\x01"]
    assert ada.message("NICK").params == ["bill"]
    bob.expect(r"^\* bob is now bill$")
    bob.expect(r"^\* you are away$")
    bob.expect(r"^\* you are back$")
    bob.expect(r"^\* ada is root@localhost \(ada\)$")
    bob.expect(r"^\* in #lobby \(2\): @ada, bill$")
    bob.expect("^! ada: Nickname is already in use$")
    bob.expect("^! 1: Erroneus nickname$")
    bob.expect("^! there is no command /fly; /help lists them; the line was not sent$")
    assert "PRIVMSG" not in " ".join(ada.sync())


def test_help_tells_every_command(s):
    bob = s.plain("bob")
    bob.send("/help")
    bob.expect("to one person; //text says /text")
    told = {line.split()[1] for line in bob.seen if line.startswith("* /")}
    assert told == {
        "/" + name for name in "away help join list me msg names nick part quit topic who".split()
    }
    bob.send(*sorted(told - {"/quit"}), "/quit")
    assert not [x for x in bob.end() if "there is no command" in x]


@pytest.mark.parametrize(
    "line, reason",
    [("\\quit", "Quit"), ("exit", "Quit"), ("/quit", "Quit"), ("/quit see you", "Quit: see you")],
)
def test_the_ways_to_leave(s, line, reason):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    bob.send(line, "too late")
    assert bob.end()[-1] == f"* goodbye ({reason})"
    assert ada.message("QUIT").params == [reason]
    assert ada.sync() == []


def test_what_others_do_is_shown(s):
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    eve = s.irc("eve", channel="#lobby")
    bob.expect(r"^\* eve joined$")
    eve.ask("NICK amy", "PART #lobby :tea", "JOIN #lobby")
    ada.ask(
        "MODE #lobby +v amy",
        "TOPIC #lobby :Cats",
        "KICK #lobby amy :out",
        "JOIN #y",
        "INVITE bob #y",
        "TOPIC #lobby :",
    )
    eve.ask("JOIN #lobby")
    eve.send("QUIT :bye")
    for line in [
        "eve is now amy",
        "amy left (tea)",
        "amy joined",
        "ada set +v amy",
        "ada set the topic: Cats",
        "amy was removed by ada (out)",
        "ada invites you to #y",
        "ada cleared the topic",
        "amy joined",
        "amy left (Quit: bye)",
    ]:
        assert bob.line() == "* " + line


def test_the_same_rules(s):
    """As for those who speak IRC."""
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    ada.ask("MODE #lobby +m")
    bob.send("hello")
    bob.expect("^! #lobby: Cannot send to channel$")
    ada.ask("KICK #lobby bob", "MODE #lobby +b bob")
    bob.send("/join #lobby")
    bob.expect("^! #lobby: Cannot join channel")
    assert "PRIVMSG" not in " ".join(ada.sync())


def test_another_lobby(server):
    s = server("--lobby", "#hall", "--network", "Example")
    ada = s.irc("ada", channel="#hall")
    bob = s.plain()
    bob.send("bob", "hello")
    bob.expect("^\\* welcome to Example, bob: what you type goes to #hall;")
    assert ada.message("PRIVMSG").params == ["#hall", "hello"]


# ---- the server's password -----------------------------------------------------------------------------


@pytest.fixture
def locked(server, folder):
    (folder / "password").write_text("open sesame\n")
    return server("--password-file", folder / "password")


def test_the_password_is_asked_for(locked):
    c = locked.plain()
    c.send("ada")
    c.expect(r"^\* this server needs a password: type it and press Enter$")
    c.send("open sesame")
    c.expect("welcome to .*, ada:")
    d = locked.plain()
    d.send("bob", "guess", "open sesame")
    assert "that is not the password" in d.end()[-1]


def test_a_name_taken_while_the_password_is_typed(locked):
    c = locked.plain()
    c.send("ada")
    c.expect("needs a password")
    locked.irc("ada", password=":open sesame")
    c.send("open sesame")
    c.expect(r"^\* that name was taken meanwhile; " + HELLO)
    c.send("bob")
    c.expect("welcome to .*, bob:")
