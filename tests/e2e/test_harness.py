"""The harness itself: what it hands out works, and it fails when it should."""

import socket

import pytest

import harness


def test_two_clients_of_each_kind_talk(server):
    s = server()
    alice = s.irc("alice", channel="#lobby")
    bob = s.irc("bob", over="tcp", caps=("message-tags", "server-time"), channel="#lobby")
    carol = s.plain("carol")
    alice.expect(r"carol\S* JOIN")
    alice.send("PRIVMSG #lobby :hello")
    assert bob.expect(r"PRIVMSG #lobby :(.*)").group(1) == "hello"
    carol.expect(r"^alice: hello$")
    carol.send("and hello to you")
    alice.expect(r"^:carol!\S+ PRIVMSG #lobby :and hello to you$")


def test_a_message_is_taken_apart():
    m = harness.parse("@a=b\\:c\\s;d :nick!user@host PRIVMSG #x :two words")
    assert m.tags == {"a": "b;c ", "d": ""}
    assert (m.nick, m.command, m.params) == ("nick", "PRIVMSG", ["#x", "two words"])


def test_what_did_not_come_can_be_proved(server):
    s = server()
    alice, bob = s.irc("alice", channel="#here"), s.irc("bob")
    alice.ask("PRIVMSG #here :not for bob")
    assert not [line for line in bob.sync() if "PRIVMSG" in line]


def test_a_deadline_says_what_was_waited_for(server):
    alice = server().irc("alice")
    with pytest.raises(AssertionError, match="nothing like it"):
        alice.expect("nothing like it", timeout=0.05)


def test_the_end_of_a_connection_is_no_line():
    here, there = socket.socketpair()
    c = harness.Connection(here)
    there.sendall(b"one\r\ntwo\nrest")
    there.close()
    assert c.line() == "one"
    assert c.end() == ["two", "rest"]
    with pytest.raises(harness.Gone):
        c.line()
    c.close()


def test_a_wrong_exit_status_fails(spawn, things):
    p = spawn("serve", "--no-such-option")
    p.wait()
    things.remove(p)
    with pytest.raises(AssertionError, match="status 2 instead of 0"):
        p.finish()


def test_a_sanitizers_report_fails(things, folder, env):
    p = harness.Process(["/bin/sh", "-c", "echo '==1==ERROR: AddressSanitizer: x' >&2"], env, folder)
    p.wait()
    with pytest.raises(AssertionError, match="sanitizer"):
        p.finish()


def test_a_program_that_ignores_the_request_to_end_fails(folder, env, monkeypatch):
    script = "trap '' TERM; echo ready; exec sleep 60"
    p = harness.Process(["/bin/sh", "-c", script], env, folder)
    p.out.wait("ready")
    stop = p.stop
    monkeypatch.setattr(p, "stop", lambda *a: stop(*a, timeout=0.2) if not a else stop(*a))
    with pytest.raises(AssertionError, match="did not end on SIGTERM"):
        p.finish()


def test_the_terminal_shows_a_screen(terminal, sockchat):
    t = terminal("-c", "printf 'a\\033[2;1Hwide: \\344\\275\\240\\n'; read x; echo got $x", program="/bin/sh")
    t.until(r"^wide: 你")
    t.enter("this")
    t.until(r"^got this")
    assert t.wait() == 0
