"""`sockchat connect` at a terminal, read off the screen."""

import os
import re
import signal

import pytest

from harness import DEADLINE


@pytest.fixture
def alice(server, terminal):
    """alice(…) sits at a terminal in the lobby; .server is a real one, with bob in the lobby as .bob."""

    def start(*options, **how):
        s = server()
        bob = s.irc("bob", channel="#lobby")
        t = terminal("connect", "--unix", s.path, "--name", "alice", *options, **how)
        t.until(r"^#lobby> ?$")
        bob.expect(" JOIN ")
        t.server, t.bob = s, bob
        return t

    return start


@pytest.fixture
def on_fake(fake, terminal):
    """on_fake(…) sits at a terminal, connected to the fake server: terminal, its end of the connection."""

    def start(*options, **greeting):
        t = terminal("connect", "--name", "alice", *options, "127.0.0.1", str(fake.port))
        client = fake.accept().greet(**greeting)
        t.until("connected to .* as alice")
        return t, client

    return start


TIME = r"^\d\d:\d\d "


def said_to(bob):
    return bob.expect(r"^:alice!\S+ PRIVMSG (\S+) :(.*)$").groups()


# ---- talking ------------------------------------------------------------------------------------


def test_a_talk(alice):
    t = alice()
    t.until(TIME + r"\* #lobby, 2 here: alice bob$")
    t.enter("hello h\u00e9 \u4f60\u597d \U0001f600")
    assert said_to(t.bob) == ("#lobby", "hello h\u00e9 \u4f60\u597d \U0001f600")
    t.until(TIME + "alice: hello h\u00e9 \u4f60 ?\u597d ?\U0001f600")
    t.type("half a li")
    t.bob.send("PRIVMSG #lobby :interrupts", "PRIVMSG #lobby :\x01ACTION waves")
    t.until(TIME + r"bob: interrupts\n" + TIME[1:] + r"\* bob waves\n#lobby> half a li$")
    t.type("ne\r")
    assert said_to(t.bob) == ("#lobby", "half a line")
    t.enter("/me bows")
    assert said_to(t.bob) == ("#lobby", "\x01ACTION bows\x01")
    t.until(TIME + r"\* alice bows$")
    t.enter("//usr is a path")
    assert said_to(t.bob) == ("#lobby", "/usr is a path")


def test_who_comes_and_goes_and_what_changes(alice):
    t = alice()
    ed = t.server.irc("ed", channel="#lobby")
    t.until(TIME + r"\* ed joined #lobby$")
    t.bob.send("TOPIC #lobby :plans", "MODE #lobby +o ed", "NICK rob", "PART #lobby :tea")
    t.until(TIME + r"\* bob set the topic of #lobby: plans$")
    t.until(TIME + r"\* bob set modes of #lobby: \+o ed$")
    t.until(TIME + r"\* bob is now rob$")
    t.until(TIME + r"\* rob left #lobby \(tea\)$")
    ed.send("QUIT :bye")
    t.until(TIME + r"\* ed quit \(.*bye.*\)$")


def test_private_talk(alice):
    t = alice()
    t.enter("/msg bob psst")
    assert said_to(t.bob) == ("bob", "psst")
    t.until(TIME + r"alice -> bob: psst$")
    t.bob.send("PRIVMSG alice :yes?")
    t.until(TIME + r"bob -> you: yes\?$")
    assert b"\x07" in t.raw  # the bell
    t.enter("/msg bob")
    t.until(r"^bob> ?$")
    t.enter("so")
    assert said_to(t.bob) == ("bob", "so")
    t.until(TIME + r"alice: so$")
    t.bob.send("PRIVMSG alice :go on", "PRIVMSG #lobby :louder")
    t.until(TIME + r"bob: go on\n" + TIME[1:] + r"#lobby bob: louder$")
    t.enter("/msg nobody hi")
    t.until(TIME + r"not sent to nobody: No such nick.*: hi$")
    t.until(r"^bob> hi$")  # the text is kept


def test_commands(alice):
    t = alice()
    t.enter("/join #b")
    t.until(r"^#b> ?$")
    t.enter("/topic a topic")
    t.until(r"\* you set the topic of #b: a topic$")
    t.enter("/names")
    t.until(r"\* #b, 1 here: alice\n#b>")
    t.enter("/list")
    t.until(r"#b 1 .*a topic")
    t.enter("/who bob")
    t.until(r"bob \(\S+@\S+\)")
    t.enter("/away lunch")
    t.until("marked as being away")
    t.enter("/away")
    t.until("no longer marked")
    t.enter("/nick ally")
    t.until(r"\* you are now ally$")
    t.enter("/part bye")
    t.until(r"^#lobby> ?$")
    t.enter("/join #lobby")
    t.enter("/help")
    t.until(r"^/who \[NAME\|CHANNEL\]")
    t.enter("/quit so long")
    assert t.bob.expect(r" QUIT :(.*)$").group(1).find("so long") >= 0
    assert t.wait() == 0


def test_an_unknown_command_is_said_and_kept(alice):
    t = alice()
    t.enter("/jion #b")
    t.until(TIME + r"there is no command /jion; do you mean /join\?\n#lobby> /jion #b$")
    t.type("\x15")
    t.enter("/etc/passwd")
    t.until(r"there is no command /etc/passwd; /help lists them")
    t.type("\x15")
    t.enter("/part nowhere #b")
    t.bob.expect(" PART #lobby")
    t.until(r"^> ?$")
    t.enter("hello?")
    t.until(r"nobody to talk to.*\n> hello\?$")
    t.type("\x15")
    t.enter("/join lobby")
    t.until(r"'lobby' is no channel.*\n> /join lobby$")


def test_completion(alice):
    t = alice()
    t.type("/to\t")
    t.until(r"^#lobby> /topic$")
    t.type("\x15b\t")
    t.until(r"^#lobby> bob:$")
    t.type("see bo\t#lo\t.\r")
    assert said_to(t.bob) == ("#lobby", "bob: see bob #lobby .")


def test_history(alice):
    t = alice()
    t.enter("first")
    said_to(t.bob)
    t.type("\x1b[A")
    t.until(r"^#lobby> first$")


def test_foreign_control_characters(on_fake):
    t, client = on_fake()
    client.send(b":b\x1b[5m!u@h PRIVMSG #lobby :\x1b[2J\x1b]0;x\x07 \xe9 \xc2\x9b31m", ":x!u@h PRIVMSG #lobby :end")
    t.until("x: end")
    t.until(re.escape(r"b\x1b[5m: \x1b[2J\x1b]0;x\x07 \xe9 \u{009b}31m"))


# ---- leaving ------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", ["exit\r", "\\quit\r", "/quit\r", "\x04", "\x03\x03"])
def test_ways_to_leave(alice, keys):
    t = alice()
    t.type(keys)
    t.bob.expect(" QUIT ")
    assert t.wait() == 0
    assert t.raw.rstrip().endswith(b"\x1b[?2004l")


def test_one_ctrl_c_clears_and_says_what_leaves(alice):
    t = alice()
    t.type("typed\x03")
    t.until(r"^#lobby> ?$")
    t.type("\x03")
    t.until("Ctrl-C again, or /quit, leaves")
    t.enter("still here")
    assert said_to(t.bob) == ("#lobby", "still here")


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return int(children.read().split()[0])


def test_a_signal_restores_the_terminal(terminal, server, sockchat):
    s = server()
    command = f"{sockchat} connect --unix {s.path} --name alice"
    shell = terminal("--norc", "-i", program="/bin/bash", environment={"PS1": "$ "})
    shell.enter("stty -g")
    before = shell.until(r"^([0-9a-f:]{30,}\S*)$").group(1)
    for number, keys in ((signal.SIGTERM, None), (signal.SIGHUP, None), (None, "\x04")):
        shell.enter(f"clear; {command}; echo status $?; stty -g")
        shell.until(r"^#lobby> ?$")
        if keys:
            shell.type(keys)
        else:
            os.kill(child_of(shell.pid), number)
        shell.until(r"^status 0$")
        shell.until("^" + re.escape(before) + "$")


def test_stopped_and_continued(terminal, server, sockchat):
    s = server()
    bob = s.irc("bob", channel="#lobby")
    shell = terminal("--norc", "-i", program="/bin/bash", environment={"PS1": "$ "})
    shell.enter(f"clear; {sockchat} connect --unix {s.path} --name alice")
    shell.until(r"^#lobby> ?$")
    shell.type("half\x1a")
    shell.until("Stopped")
    bob.ask("PRIVMSG #lobby :meanwhile")
    shell.enter("clear; fg")
    shell.until(r"bob: meanwhile\n#lobby> half$")


# ---- the connection -----------------------------------------------------------------------------


def test_a_line_is_pending_until_it_is_acknowledged(on_fake):
    t, client = on_fake()
    t.enter("first")
    message = client.message()
    t.until(r"^\(sending: first\) #lobby> ?$")
    t.enter("second")
    t.until(r"^\(sending 2 lines\) #lobby> ?$")
    assert "alice: first" not in t.show()
    client.echo(message)
    t.until(TIME + r"alice: first\n\(sending: second\) #lobby> ?$")
    client.echo(client.message())
    t.until(TIME + r"alice: second\n#lobby> ?$")


def test_the_time_is_the_servers(on_fake):
    t, client = on_fake()
    client.send("@time=2026-11-21T03:04:05.678Z :bob!u@h PRIVMSG #lobby :then")
    t.until(r"^03:04 bob: then$")


def test_it_comes_back_and_what_was_typed_is_said_once(fake, on_fake):
    t, client = on_fake()
    t.enter("before")
    client.echo(client.message())
    t.until("alice: before")
    client.sync()
    client.half_close()
    t.until(r"the server ended the connection; connecting again in")
    t.until(r"^\(offline\) #lobby> ?$")
    t.enter("while away")
    t.until(r"^\(offline, 1 to send\) #lobby> ?$")
    t.enter("/topic no")
    t.until(r"/topic needs a connection.*\n.*#lobby> /topic no$")
    client = fake.accept().greet()
    message = client.message()
    assert message[1:] == ("#lobby", "while away")
    client.echo(message)
    t.until("alice: while away$")
    t.until(r"^#lobby> /topic no$")
    client.sync()
    assert not any("PRIVMSG" in line for line in client.seen[client.seen.index("PING :r2") + 2 :])
    # Cut off with a line on its way: it is sent again, and said to be uncertain.
    t.type("\x15")
    t.enter("uncertain")
    client.message()
    client.cut()
    client = fake.accept().greet()
    client.echo(client.message())
    t.until("alice: uncertain\n.*sent again after the connection was lost: others may see it twice")


def test_a_lost_line_is_named_at_the_end(on_fake):
    t, client = on_fake()
    t.enter("never heard of again")
    client.message()
    t.enter("/quit")
    client.expect("^QUIT")
    client.close()
    assert t.wait() == 5
    t.until('sockchat connect: not acknowledged: "never heard of again"')


def test_refused_at_the_start(server, terminal):
    s = server()
    s.irc("alice")
    t = terminal("connect", "--unix", s.path, "--name", "alice")
    assert t.wait() == 5
    t.until("sockchat connect: the name 'alice' is taken")


def test_nobody_listens(folder, terminal):
    t = terminal("connect", "--unix", folder / "none.sock")
    assert t.wait() == 4
    t.until("none.sock")


def test_leaving_while_connecting(fake, terminal):
    t = terminal("connect", "127.0.0.1", str(fake.port))
    fake.accept()
    t.until(r"^\(connecting\) #lobby> ?$")
    t.type("\x04")
    assert t.wait() == 0


def test_a_narrow_terminal_and_resizing(alice):
    t = alice(columns=30, rows=8)
    t.type("a rather long line that scrolls sideways")
    t.until(r"sideways$")
    t.resize(100, 20)
    t.until(r"^#lobby> a rather long line that scrolls sideways$")
    t.type("\r")
    assert said_to(t.bob)[1] == "a rather long line that scrolls sideways"


def test_a_dumb_terminal(server, terminal, sockchat):
    s = server()
    bob = s.irc("bob", channel="#lobby")
    t = terminal(
        "-c", f"TERM=dumb exec {sockchat} connect --unix {s.path} --name alice", program="/bin/sh"
    )
    bob.expect(" JOIN ")
    t.enter("plain")
    assert said_to(bob) == ("#lobby", "plain")
    bob.send("PRIVMSG #lobby :heard")
    t.until("bob: heard")
    assert b"\x1b" not in t.raw
    t.enter("/quit")
    assert t.wait() == 0


def test_a_flood_is_shown_to_its_end_and_keys_still_work(on_fake):
    t, client = on_fake()
    t.type("typed")
    for start in range(0, 5000, 500):
        client.send(*(f":bob!u@h PRIVMSG #lobby :message {i}" for i in range(start, start + 500)))
    t.until("bob: message 4999\n#lobby> typed$", timeout=3 * DEADLINE)
    t.type("\r")
    assert client.message()[2] == "typed"
