"""Clients that others wrote, as Debian has them: each joins, is heard, hears, talks in private and leaves."""

import shutil
import subprocess

import pytest

from harness import Lines


def needs(program):
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not here: make deps-check")
    return path


@pytest.fixture
def s(server):
    return server("--bind", "[::1]:0", listeners=3)


@pytest.fixture
def bob(s):
    return s.irc("bob", channel="#lobby")


def irssi(terminal, folder, host, port):
    t = terminal(
        f"--home={folder}/irssi", "-c", host, "-p", port, "-n", "ada", program=needs("irssi"), columns=100
    )
    t.until(r"(?i)End of /?MOTD|MOTD File is missing")
    return t


def weechat(terminal, folder, host, port):
    commands = (
        f"/server add here {host}/{port}",
        "/set irc.server.here.nicks ada",
        "/set irc.look.smart_filter off",
        "/connect here",
    )
    words = [word for command in commands for word in ("-r", command)]
    t = terminal("-d", f"{folder}/weechat", *words, program=needs("weechat"), columns=100)
    t.until(r"MOTD File is missing")
    return t


@pytest.mark.parametrize("client", [irssi, weechat], ids=lambda c: c.__name__)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_at_a_terminal(s, bob, client, host, terminal, folder):
    port = s.port if host == "127.0.0.1" else s.ports[-1]
    t = client(terminal, folder, host, str(port))
    t.enter("/join #lobby")
    assert bob.message("JOIN").nick == "ada"
    t.until(r"#lobby")
    t.enter("hello, wörld")
    assert bob.message("PRIVMSG").params == ["#lobby", "hello, wörld"]
    bob.send("PRIVMSG #lobby :hello ada")
    t.until(r"bob.*hello ada")
    t.enter("/me waves")
    assert bob.message("PRIVMSG").params == ["#lobby", "\x01ACTION waves\x01"]
    t.enter("/msg bob in private")
    assert bob.message("PRIVMSG").params == ["bob", "in private"]
    t.enter("/nick eve")
    assert bob.message("NICK").params == ["eve"]
    t.enter("/quit done")
    assert bob.message("QUIT").params == ["Quit: done"]


def test_sic(s, bob, folder):
    argv = [needs("sic"), "-h", "127.0.0.1", "-p", str(s.port), "-n", "ada"]
    p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
    try:
        out = Lines(p.stdout)
        out.wait("MOTD")
        p.stdin.write(b":j #lobby\n")
        p.stdin.flush()
        assert bob.message("JOIN").nick == "ada"
        p.stdin.write(b"hello from sic\n")
        p.stdin.flush()
        assert bob.message("PRIVMSG").params == ["#lobby", "hello from sic"]
        bob.send("PRIVMSG #lobby :and back")
        out.wait("<bob> and back")
    finally:
        p.kill()
        p.wait()
        p.stdin.close()
        p.stdout.close()
    assert bob.message("QUIT").nick == "ada"
