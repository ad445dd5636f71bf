"""`sockchat connect` as a filter: by which name, where to, how it ends and how it comes back."""

import os
import pwd
import re
import signal
import socket
import subprocess

import pytest

from fake_server import finish
from harness import DEADLINE

USER = pwd.getpwuid(os.geteuid()).pw_name


# ---- names and the greeting ---------------------------------------------------------------------


def test_a_taken_login_name_gets_a_number(server, run):
    s = server()
    s.irc(USER)
    observer = s.irc("observer", channel="#lobby")
    assert run("connect", "--unix", s.path, input="x\n").returncode == 0
    observer.expect(rf"^:{USER}2!\S+ PRIVMSG #lobby :x")


def test_a_taken_name_that_was_asked_for_ends_it(server, run):
    s = server()
    s.irc("alice")
    done = run("connect", "--unix", s.path, "--name", "alice", input="x\n")
    assert done.returncode == 5
    assert "the name 'alice' is taken" in done.stderr


@pytest.mark.parametrize("name, status", [("a b", 3), ("a!b", 3), ("x" * 65, 2), (".", 5), ("x" * 40, 5)])
def test_a_bad_name(server, run, name, status):
    done = run("connect", "--unix", server().path, "--name", name, input="x\n")
    assert done.returncode in (status, 2, 3) if status < 5 else done.returncode == 5
    assert done.returncode != 0
    assert "name" in done.stderr


def test_the_password_is_read_from_a_file(server, run, folder):
    (folder / "secret").write_text("sesame street\nsecond line\n")
    s = server("--password-file", folder / "secret")
    assert run("connect", "--unix", s.path, "--password-file", folder / "secret", input="x\n").returncode == 0
    (folder / "wrong").write_text("guess\n")
    for options in (["--password-file", folder / "wrong"], []):
        done = run("connect", "--unix", s.path, *options, input="x\n")
        assert done.returncode == 5, done.stderr
        assert "sesame" not in done.stderr and "guess" not in done.stderr
    for content in ("", "\n", "x" * 600):
        (folder / "odd").write_text(content)
        done = run("connect", "--unix", s.path, "--password-file", folder / "odd")
        assert (done.returncode, "first line must be a password" in done.stderr) == (3, True)
    done = run("connect", "--unix", s.path, "--password-file", folder / "none")
    assert done.returncode == 3
    assert "none: reading the password: No such file" in done.stderr


def test_a_channel_that_may_not_be_joined_ends_it(server, run):
    s = server()
    op = s.irc("op", channel="#closed")
    op.ask("MODE #closed +i")
    done = run("connect", "--unix", s.path, "--channel", "#closed", input="x\n")
    assert done.returncode == 5
    assert re.search(r"sockchat connect: #closed: .*\+i", done.stderr)
    done = run("connect", "--unix", s.path, "--channel", "#lobby,#closed", input="x\n")
    assert done.returncode == 5


def test_put_out_of_the_channel(server, spawn):
    s = server()
    op = s.irc("op", channel="#lobby")
    p = spawn("connect", "--unix", s.path, "--name", "al", input=True, status=5)
    op.expect(" JOIN ")
    op.send("KICK #lobby al :enough")
    assert p.wait() == 5
    p.err.wait("kicked from #lobby by op: enough")


# ---- where to -----------------------------------------------------------------------------------


def test_nothing_listens_there(run, folder):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    done = run("connect", "127.0.0.1", port, input="x\n")
    assert done.returncode == 4
    assert "refused" in done.stderr.lower() and str(port) in done.stderr
    done = run("connect", "--unix", folder / "none.sock", input="x\n")
    assert done.returncode == 4
    assert "none.sock" in done.stderr
    assert done.stdout == ""


def test_a_server_that_does_not_greet(fake, spawn):
    p = spawn("connect", "--timeout", "300ms", "127.0.0.1", str(fake.port), status=4)
    fake.accept()
    assert p.wait() == 4
    p.err.wait("timed out: no greeting of an IRC server came")


def test_a_server_that_says_no(fake, spawn):
    p = spawn("connect", "127.0.0.1", str(fake.port), status=5)
    client = fake.accept()
    client.expect("^USER")
    client.send("ERROR :Closing link: too many\x1b[5m connections")
    client.close()
    assert p.wait() == 5
    p.err.wait(r"the server ended the connection: Closing link: too many\\x1b\[5m connections")


@pytest.mark.parametrize(
    "words, said",
    [
        (["host", "70000"], "'70000' is no port"),
        (["host", "x"], "'x' is no port"),
        (["--unix", "/tmp/x", "host"], "either --unix or a host"),
        (["ircs://host"], "TLS"),
        (["irc://host/x%zz"], "hexadecimal"),
    ],
)
def test_wrong_words(run, words, said):
    done = run("connect", *words)
    assert done.returncode == 2
    assert said in done.stderr and "try 'sockchat connect --help'" in done.stderr


def test_with_no_server_named_it_finds_ones_own(spawn, run, env):
    path = env["XDG_RUNTIME_DIR"] + "/sockchat.sock"
    s = spawn("serve", "--unix", path)
    s.err.wait("event=listening")
    assert run("connect", input="x\n").returncode == 0


def test_a_socket_in_the_configuration_gives_way_to_a_host(server, run, folder):
    (folder / "config/sockchat/sockchat.ini").write_text(f"[connect]\nunix = {folder}/none.sock\n")
    s = server()
    assert run("connect", "127.0.0.1", s.port, input="x\n").returncode == 0
    assert run("connect", input="x\n").returncode == 4


def test_ipv6_and_a_source_address(server, run):
    s = server("--bind", "[::1]:0", listeners=3)
    observer = s.irc("observer", channel="#lobby")
    assert run("connect", "::1", s.ports[1], "--name", "six", input="x\n").returncode == 0
    assert observer.expect(r"^:six!\S+@(\S+) PRIVMSG").group(1) in ("::1", "0::1", "localhost")
    done = run("connect", "127.0.0.1", s.ports[0], "--source", "127.0.0.2", "--name", "two", input="x\n")
    assert done.returncode == 0
    assert observer.expect(r"^:two!\S+@(\S+) PRIVMSG").group(1) == "127.0.0.2"
    done = run("connect", "127.0.0.1", s.ports[0], "--source", "192.0.2.1", input="x\n")
    assert done.returncode == 4
    assert "192.0.2.1" in done.stderr


# ---- ends ---------------------------------------------------------------------------------------


def test_no_input_only_looks_whether_it_could(server, run):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    assert run("connect", "--unix", s.path, input="").returncode == 0
    observer.expect(" JOIN ")
    observer.expect(" QUIT ")


def test_closed_standard_descriptors_are_no_sockets(server, sockchat, env, folder):
    s = server()
    for fds in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" connect --unix "$1" {fds}', sockchat, s.path],
            env=env, cwd=folder, stdin=subprocess.DEVNULL, timeout=DEADLINE,
        )  # fmt: skip
        assert done.returncode == 0, fds


def test_input_that_cannot_be_read(server, sockchat, env, folder):
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" connect --unix "$1" < .', sockchat, server().path],
        env=env, cwd=folder, capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    assert done.returncode == 1
    assert "standard input: Is a directory" in done.stderr


def test_signals_end_it(server, spawn, to_fake):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        p = spawn("connect", "--unix", s.path, input=True)
        observer.expect(" JOIN ")
        p.signal(number)
        assert p.wait() == 0
    p, client = to_fake(status=5)
    p.write("never acknowledged\n")
    client.message()
    p.signal(signal.SIGTERM)
    client.expect("^QUIT")
    client.close()
    assert p.wait() == 5
    assert str(p.err) == 'sockchat connect: line 1 was not acknowledged: "never acknowledged"'


def test_an_echo_behind_quit_counts(to_fake):
    p, client = to_fake()
    p.write("late\n")
    message = client.message()
    p.signal(signal.SIGTERM)
    client.expect("^QUIT")
    client.echo(message)
    client.close()
    assert p.wait() == 0


def test_the_connection_ends_and_it_may_not_come_back(to_fake):
    p, client = to_fake("--no-reconnect", status=5)
    p.write("one\ntwo\n")
    client.echo(client.message())
    client.message()
    client.send("ERROR :going down")
    client.close()
    assert p.wait() == 5
    p.err.wait("the server ended the connection: going down")
    p.err.wait('line 2 was not acknowledged: "two"')
    assert "line 1" not in str(p.err)
    p, client = to_fake("--no-reconnect", status=4)
    client.sync()
    client.close()
    assert p.wait() == 4


# ---- coming back --------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [False, True], ids=["orderly", "reset"])
def test_nothing_is_lost_or_doubled_over_a_lost_connection(fake, to_fake, cut):
    process, client = to_fake()
    lines = [f"line {i}" for i in range(1, 101)]
    process.write("\n".join(lines) + "\n")
    accepted = []
    for _ in range(10):
        message = client.message()
        accepted.append(message[2])
        client.echo(message)
    # The client has seen those: only then the end comes.
    client.sync()
    client.cut() if cut else client.half_close()
    process.err.wait(r"connecting again in \d+\.\d s")
    client = fake.accept().greet()
    while len(accepted) < 100:
        message = client.message()
        accepted.append(message[2])
        client.echo(message)
    assert accepted == lines
    finish(process, client)
    uncertain = re.findall(r"line (\d+) was sent again .*: others may see it twice", str(process.err))
    # An end in order tells what was accepted. A reset does not: all that was on its way is named.
    assert uncertain[0:1] == (["11"] if cut else [])
    assert len(uncertain) <= 32


def test_without_labels_one_line_is_uncertain(fake, to_fake):
    process, client = to_fake(caps="")
    process.write("one\ntwo\nthree\n")
    client.message()
    token = client.expect("^PING :(.*)$").group(1)
    client.send(f"PONG :{token}")
    client.message()
    client.message()
    client.half_close()
    client = fake.accept().greet(caps="")
    for text in ("two", "three"):
        assert client.message() == (None, "#lobby", text)
        client.send("PONG :" + client.expect("^PING :(.*)$").group(1))
    finish(process, client)
    assert re.findall(r"line (\d+) was sent again", str(process.err)) == ["2"]


def test_it_waits_for_a_server_that_is_restarted(spawn, folder):
    path = folder / "chat.sock"
    first = spawn("serve", "--unix", path, "--show-messages")
    first.err.wait("event=listening")
    p = spawn("connect", "--unix", path, "--name", "al", input=True)
    p.write("before\n")
    first.out.wait("al -> #lobby: before")
    assert first.stop() == 0
    p.err.wait("connecting again")
    p.write("during\n")
    second = spawn("serve", "--unix", path, "--show-messages")
    p.write("after\n")
    second.out.wait("after")
    assert [line for line in second.out.lines if "al ->" in line] == [
        "al -> #lobby: during",
        "al -> #lobby: after",
    ]
    p.close_input()
    assert p.wait() == 0


def test_the_name_is_waited_for_when_a_ghost_has_it(fake, to_fake):
    process, client = to_fake("--name", "al")
    client.sync()
    client.cut()
    client = fake.accept()
    client.expect("^NICK al$")
    client.send(":fake 433 * al :Nickname is already in use")
    process.err.wait("'al' is taken.*connecting again")
    finish(process, fake.accept().greet())


def test_refused_for_good_when_it_comes_back(fake, to_fake):
    process, client = to_fake(status=5)
    process.write("x\n")
    client.message()
    client.cut()
    client = fake.accept()
    client.expect("^USER")
    client.send(":fake 465 * :You are banned")
    assert process.wait() == 5
    process.err.wait("You are banned")
    process.err.wait('line 1 was not acknowledged: "x"')
