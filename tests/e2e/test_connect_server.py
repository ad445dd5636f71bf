"""`sockchat connect` and a real server that keeps what is said: killed, restarted, left and come back to."""

import itertools
import json
import os
import pwd
import random
import sqlite3

import pytest

from accounts import FAST, logged_in
from harness import DEADLINE
from test_disk import Disk

USER = pwd.getpwuid(os.geteuid()).pw_name
LONG = 6 * DEADLINE  # for who connects again several times, a second apart


@pytest.fixture
def keeper(spawn, folder, features):
    """keeper() starts a server on the same socket and the same file, each time."""
    if "sqlite" not in features:
        pytest.skip("sqlite is not built in")

    def start():
        s = spawn(
            "serve", "--unix", folder / "chat.sock", "--store", folder / "kept.db", "--show-messages",
            "--input-rate", "0", *FAST,
        )  # fmt: skip
        s.err.wait("event=listening")
        return s

    start.socket = folder / "chat.sock"
    start.file = folder / "kept.db"
    return start


def kept(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return [text for (text,) in db.execute("SELECT text FROM rows WHERE text LIKE 'line %' ORDER BY number")]


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_lost_or_doubled_when_the_server_is_killed(keeper, spawn, seed):
    chance = random.Random(seed)
    server = keeper()
    sender = spawn("connect", "--unix", keeper.socket, "--name", "al", input=True)
    lines = [f"line {i}" for i in range(300)]
    for start in range(0, 300, 60):
        sender.write("".join(f"{line}\n" for line in lines[start : start + 60]))
        server.out.wait(f"line {start + chance.randrange(60)}$")
        server.kill()
        server = keeper()
    sender.close_input()
    assert sender.wait(LONG) == 0, str(sender.err)
    assert kept(keeper.file) == lines
    assert "twice" not in str(sender.err)


# ---- accounts -----------------------------------------------------------------------------------


@pytest.fixture
def accounts(server, features, folder):
    """A server on which ada has an account; its password is in the file `secret`."""
    if "gsasl" not in features:
        pytest.skip("gsasl is not built in")
    s = server(*FAST)
    client = s.irc("ada", caps=["draft/account-registration"])
    client.send("REGISTER ada * :analytical engine")
    client.message("REGISTER")
    client.send("QUIT")
    client.end()
    (folder / "secret").write_text("analytical engine\n")
    (folder / "wrong").write_text("difference engine\n")
    return s


@pytest.mark.parametrize("over", ["unix", "tcp"])
def test_logging_in_with_a_password(accounts, run, folder, over):
    where = ["--unix", accounts.path] if over == "unix" else ["127.0.0.1", accounts.port]
    observer = accounts.irc("observer", caps=["account-tag", "message-tags"], channel="#lobby")
    options = ["--account", "ada", "--account-password-file"]
    done = run("connect", *where, *options, folder / "secret", input="hello\n")
    assert (done.returncode, done.stderr) == (0, "")
    message = observer.message("PRIVMSG")
    assert (message.nick, message.tags["account"], message.params[1]) == ("ada", "ada", "hello")
    done = run("connect", *where, *options, folder / "wrong", input="hello\n")
    assert done.returncode == 5
    assert "the server does not let 'ada' log in: " in done.stderr
    assert "engine" not in done.stderr


def test_the_kernel_says_who_it_is(server, run, features):
    if "gsasl" not in features:
        pytest.skip("gsasl is not built in")
    s = server(*FAST)
    done = run("connect", "--unix", s.path, "--account", USER, input="hello\n")
    assert (done.returncode, done.stderr) == (0, "")
    done = run("connect", "--unix", s.path, "--account", "somebody-else", input="hello\n")
    assert done.returncode == 5
    assert "the server does not let 'somebody-else' log in: " in done.stderr


# ---- what was missed ----------------------------------------------------------------------------


def messages(process):
    return [x for x in map(json.loads, process.out.lines) if x["kind"] == "message"]


def texts(process):
    return [x["text"] for x in messages(process)]


@pytest.fixture
def resumed(spawn, features):
    """resumed(socket, …) runs `connect --json --resume` to its end; the texts it told."""
    if "jansson" not in features:
        pytest.skip("jansson is not built in")

    def start(socket, *options, name="log"):
        p = spawn("connect", "--json", "--resume", "--name", name, "--unix", socket, *options)
        assert p.wait(LONG) == 0, str(p.err)
        assert all(x.get("missed") for x in messages(p))
        assert len({x["id"] for x in messages(p)}) == len(messages(p))
        return texts(p)

    return start


def test_a_run_begins_where_the_last_one_ended(keeper, run, resumed):
    server = keeper()
    assert run("connect", "--unix", keeper.socket, input="before the first run\n").returncode == 0
    assert resumed(keeper.socket) == []
    lines = [f"line {i}" for i in range(450)]  # more than two pages
    assert run("connect", "--unix", keeper.socket, input="\n".join(lines)).returncode == 0
    assert resumed(keeper.socket) == lines
    assert resumed(keeper.socket) == []
    assert run("connect", "--unix", keeper.socket, input="one more\n").returncode == 0
    server.kill()
    keeper()
    assert resumed(keeper.socket) == ["one more"]
    assert resumed(keeper.socket) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_listener_misses_nothing_while_servers_are_killed(keeper, spawn, resumed, seed):
    chance = random.Random(seed)
    server = keeper()
    listener = spawn("connect", "--json", "--unix", keeper.socket, "--name", "ear", input=True)
    listener.out.wait('"join"')
    assert resumed(keeper.socket) == []
    sender = spawn("connect", "--unix", keeper.socket, "--name", "al", input=True)
    lines = [f"line {i}" for i in range(240)]
    for start in range(0, 240, 60):
        sender.write("".join(f"{line}\n" for line in lines[start : start + 60]))
        server.out.wait(f"line {start + chance.randrange(60)}$")
        server.kill()
        server = keeper()
    sender.close_input()
    assert sender.wait(LONG) == 0, str(sender.err)
    listener.out.wait("line 239", timeout=LONG)
    assert texts(listener) == lines
    assert resumed(keeper.socket) == lines
    listener.close_input()
    assert listener.wait(LONG) == 0


def test_private_messages_are_found_again_by_an_account(accounts, resumed, folder):
    login = ["--account", "ada", "--account-password-file", folder / "secret"]
    assert resumed(accounts.path, *login, name="ada") == []
    logged_in(accounts, "ada")  # another device of hers, so that there is somebody to write to
    bob = accounts.irc("bob")
    bob.ask("PRIVMSG ada :psst", "PRIVMSG ada :psst again")
    assert resumed(accounts.path, *login, name="ada") == ["psst", "psst again"]
    assert resumed(accounts.path, *login, name="ada") == []


def test_joining_at_a_terminal_shows_what_was_said(server, terminal):
    s = server()
    bob = s.irc("bob", channel="#lobby")
    bob.ask(*(f"PRIVMSG #lobby :said before {i}" for i in range(5)))
    t = terminal("connect", "--unix", s.path, "--name", "alice", "--history", "3")
    t.until(r"said before in #lobby:\n.*bob: said before 2\n.*bob: said before 3\n.*bob: said before 4\n")
    assert "said before 1" not in t.show()


def test_a_full_disk_is_waited_for(sockchat, folder, env, things, features, spawn):
    if "sqlite" not in features:
        pytest.skip("sqlite is not built in")
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    disk = Disk(sockchat, folder, {**env, "SOCKCHAT_LIMITS_INPUT_RATE": "0"}, things)
    sender = spawn("connect", "--unix", disk.server.path, "--name", "al", input=True)
    ear = disk.server.irc("ear", channel="#lobby")
    lines = [f"m{i} {'x' * 300}" for i in range(300)]
    sender.write("\n".join(lines[:100]) + "\n")
    ear.expect("PRIVMSG #lobby :m99 ")
    disk.fill()
    count = itertools.count()
    while "event=store-down" not in str(disk.server.err):
        ear.ask(f"PRIVMSG #lobby :fill {'x' * 300}")  # until there is no room left in what it has
        assert next(count) < 20000
    sender.write("\n".join(lines[100:]) + "\n")
    sender.err.wait("is not stored yet: .*; trying again$")
    disk.empty()
    sender.close_input()
    assert sender.wait(LONG) == 0, str(sender.err)
    assert disk.texts() == lines
