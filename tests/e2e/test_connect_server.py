"""`sockchat connect` and a real server that keeps what is said: killed, restarted, left and come back to."""

import os
import pwd
import random
import sqlite3

import pytest

from accounts import FAST
from harness import DEADLINE

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
