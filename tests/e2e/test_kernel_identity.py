"""On a Unix socket the kernel says who somebody is, and nothing they say changes it."""

import grp
import os
import pwd
import signal
import subprocess
import sys

import pytest

from harness import parse

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")

# Speaks IRC over a Unix socket as whoever runs it, until its standard input ends.
CLIENT = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode().replace(b"|", b"\\r\\n"))
seen = b""
while b" 422 " not in seen and b"* in #lobby" not in seen:
    data = s.recv(4096)
    if not data:
        break
    seen += data
sys.stdout.write(seen.decode())
sys.stdout.flush()
sys.stdin.read()
"""


@pytest.fixture
def act_as(folder):
    """act_as(uid, server, lines): a client that runs as that user, in its own group and in these."""
    os.chmod(folder, 0o755)
    running = []

    def start(uid, s, lines, gid=None, groups=()):
        p = subprocess.Popen(
            [
                "setpriv",
                f"--reuid={uid}",
                f"--regid={uid if gid is None else gid}",
                "--groups=" + ",".join(map(str, groups)) if groups else "--clear-groups",
                sys.executable,
                "-c",
                CLIENT,
            ]
            + [str(s.path), lines],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(p)
        return p

    yield start
    for p in running:
        p.communicate()


def registered(p, pattern):
    lines = []
    while not lines or pattern not in lines[-1]:
        lines.append(p.stdout.readline())
        assert lines[-1], lines
    return lines


def me():
    return pwd.getpwuid(os.geteuid()).pw_name


def test_the_name_is_the_kernels(server):
    s = server()
    ada = s.irc("ada", user="mallory", realname="Ada")
    eve = s.irc("eve", user="mallory", over="tcp")
    for asker in (ada, eve):
        assert asker.answers("WHOIS ada")[0] == ["311", "ada", me(), "localhost", "*", "Ada"]
        assert ["320", "ada", f"is the local user {me()} (Unix socket)"] in asker.answers(
            "WHOIS ada"
        )
        assert asker.answers("WHOIS eve")[0][2:4] == ["~mallory", "127.0.0.1"]
        assert "320" not in [a[0] for a in asker.answers("WHOIS eve")]
    eve.send(f"PRIVMSG ada :hello from ~{me()}")
    assert ada.message("PRIVMSG").source == "eve!~mallory@127.0.0.1"
    ada.send("PRIVMSG eve :hello")
    assert eve.message("PRIVMSG").source == f"ada!{me()}@localhost"
    assert s.err.wait(rf"event=registered nick=ada user={me()} host=localhost")
    assert s.err.wait(r"event=registered nick=eve user=~mallory host=127.0.0.1")


def test_over_tcp_nobody_looks_like_a_local_user(server):
    """Whatever they call themselves: a name that nobody vouches for starts with ~."""
    s = server()
    for i, name in enumerate([me(), "~" + me(), "root"]):
        c = s.irc(f"c{i}", over="tcp", user=name)
        assert c.answers(f"WHOIS c{i}")[0][2].startswith("~")


@root
def test_another_user(server, act_as):
    s = server("--unix-mode", "0666")
    ada = s.irc("ada")
    p = act_as(pwd.getpwnam("nobody").pw_uid, s, "NICK bob|USER root 0 * :Root|")
    registered(p, " 422 ")
    assert ada.answers("WHOIS bob")[0] == ["311", "bob", "nobody", "localhost", "*", "Root"]
    p = act_as(pwd.getpwnam("daemon").pw_uid, s, "eve|")
    registered(p, "* in #lobby")
    assert ada.answers("WHOIS eve")[0][:4] == ["311", "eve", "daemon", "localhost"]


@root
def test_a_user_without_a_name(server, act_as):
    s = server("--unix-mode", "0666")
    registered(act_as(54321, s, "NICK bob|USER root 0 * :Root|"), " 422 ")
    assert s.irc("ada").answers("WHOIS bob")[0][2] == "uid54321"


@root
def test_each_user_counts_apart(server, act_as):
    s = server("--unix-mode", "0666", "--clients-per-address", "2")
    s.irc("one"), s.irc("two")
    c = s.connection()
    assert "Too many connections from your address" in c.end()[-1]
    registered(act_as(54321, s, "NICK bob|USER b 0 * :b|"), " 422 ")


@root
def test_a_ban_on_the_name_holds(server, act_as):
    s = server("--unix-mode", "0666")
    ada = s.irc("ada", channel="#x")
    ada.ask("MODE #x +b *!nobody@localhost")
    p = act_as(pwd.getpwnam("nobody").pw_uid, s, "NICK bob|USER innocent 0 * :x|")
    registered(p, " 422 ")
    assert [parse(x).params for x in ada.ask("INVITE bob #x")][0] == ["ada", "bob", "#x"]


# ---- operators of the server ---------------------------------------------------------------------------


def test_an_operator_by_name(server):
    s = server("--unix-operator", me())
    ada = s.irc("ada")
    assert [(m.command, m.params) for m in map(parse, ada.sync())] == [
        ("381", ["ada", "You are now an IRC operator"]),
        ("MODE", ["ada", "+o"]),
    ]
    s.err.wait(rf"event=oper nick=ada name={me()} user={me()} result=accepted")
    eve = s.irc("eve", over="tcp", user=me())
    assert eve.sync() == []
    assert eve.answers("WALLOPS :x")[0][0] == "481"
    ada.ask("MODE ada -o")
    assert ada.answers("WALLOPS :x")[0][0] == "481"
    ada.send("OPER any thing")
    ada.message("381")
    assert ["243", "O", "*@localhost", "*", me(), "0", "0"] in ada.answers("STATS o")
    plain = s.plain("kim")
    plain.expect(r"^\* you are an operator of the server now$")


def test_an_operator_by_number_after_a_reload(server, folder):
    ini = folder / "chat.ini"
    ini.write_text("[serve]\n")
    s = server("--config", ini)
    ada = s.irc("ada")
    assert ada.sync() == []
    ini.write_text(f"[serve]\nunix-operator = 54321, {os.geteuid()}\n")
    s.signal(signal.SIGHUP)
    s.err.wait("event=reloaded")
    assert ada.sync() == [], "who comes from now on"
    bob = s.irc("bob")
    bob.message("381")
    assert ada.answers("OPER x x")[0][0] == "381"
    ini.write_text("[serve]\nunix-operator = nobody-of-this-name\n")
    assert "Nothing was changed" in bob.answers("REHASH")[-1][-1]
    s.irc("kim").message("381")


@pytest.mark.parametrize("name, what", [("no-such-one", "user"), ("@no-such-one", "group"), ("@", "group")])
def test_a_name_that_nobody_has(run, folder, name, what):
    done = run("serve", "--unix", folder / "chat.sock", "--unix-operator", name)
    assert done.returncode == 3
    assert f"[serve] unix-operator: {name}: there is no such {what} on this machine" in done.stderr


@root
def test_operators_by_group(server, act_as):
    """The group of the process, a supplementary one, and neither."""
    daemon = grp.getgrnam("daemon").gr_gid
    s = server("--unix-mode", "0666", "--unix-operator", "@daemon,nobody")
    asker = s.irc("asker")
    assert asker.sync() == []
    people = {
        "own": act_as(54321, s, "NICK own|USER x 0 * :x|", gid=daemon),
        "more": act_as(54321, s, "NICK more|USER x 0 * :x|", groups=[7777, daemon, 8888]),
        "other": act_as(54321, s, "NICK other|USER x 0 * :x|", groups=[7777]),
        "named": act_as(pwd.getpwnam("nobody").pw_uid, s, "NICK named|USER x 0 * :x|"),
    }
    for p in people.values():
        registered(p, " 422 ")
    found = {nick for nick in people if "313" in [a[0] for a in asker.answers(f"WHOIS {nick}")]}
    assert found == {"own", "more", "named"}
