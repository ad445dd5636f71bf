"""`sockchat connect`: lines that are sent again, what was missed, the position between runs, accounts."""

import base64
import fcntl
import json
import os
import re
import struct
import subprocess
import termios
import time

import pytest

from fake_server import FULL, PAST, SAFE, finish
from harness import DEADLINE


def needs(library):
    argv = [os.environ.get("SOCKCHAT", "./sockchat"), "--version"]
    features = subprocess.run(argv, capture_output=True, text=True).stdout.split()
    return pytest.mark.skipif(library not in features, reason=f"{library} is not built in")


needs_sasl, needs_json = needs("gsasl"), needs("jansson")


def at(second):
    return f"2026-11-21T03:04:{second:02}.000Z"


# ---- sent again ---------------------------------------------------------------------------------


def test_a_server_that_knows_keys_is_sent_the_same_again(fake, to_fake):
    process, client = to_fake(caps=SAFE)
    process.write("".join(f"line {i}\n" for i in range(40)))
    stored = {}
    for cut in (5, 3, 0, 7):
        for _ in range(cut):
            client.message()
            stored.setdefault(client.key, client.seen[-1].split(" :", 1)[1])
        client.cut()  # nothing was acknowledged
        client = fake.accept().greet(caps=SAFE)
    while len(stored) < 40 or "line 39" not in client.seen[-1]:
        message = client.message()
        stored.setdefault(client.key, message[2])
        client.echo(message)
    assert list(stored.values()) == [f"line {i}" for i in range(40)]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", key) for key in stored)
    finish(process, client)
    assert "sent again" not in str(process.err)


def test_what_cannot_be_stored_is_sent_until_it_can(to_fake):
    process, client = to_fake(caps=SAFE)
    process.write("one\ntwo\n")
    first, key = client.message(), client.key
    client.refuse(first)
    client.refuse(client.message())
    process.err.wait("^sockchat connect: line 1 is not stored yet: The disk is full; trying again$")
    again = client.message()
    assert (again[1:], client.key) == (first[1:], key)
    client.refuse(again)
    again = client.message()
    assert again[2] == "one"
    client.echo(again)
    client.echo(client.message())
    finish(process, client)
    assert len(process.err.lines) == 1


def test_what_cannot_be_stored_for_too_long_is_given_up(to_fake):
    process, client = to_fake("--store-timeout", "200ms", caps=SAFE, status=6)
    process.write("one\n")
    client.refuse(client.message())
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 6
    assert process.err.lines[1:] == [
        "sockchat connect: the server could not store for 0.2 s: given up",
        'sockchat connect: line 1 was not acknowledged: "one"',
    ]


def test_at_a_terminal_what_is_not_stored_waits(fake, terminal):
    t = terminal("connect", "--name", "alice", "127.0.0.1", str(fake.port))
    client = fake.accept().greet(caps=SAFE)
    t.until("connected to")
    t.enter("hello")
    client.refuse(client.message())
    t.until(r"not stored yet: The disk is full; trying again\n\(not stored yet: hello\) #lobby> ?$")
    client.echo(client.message())
    t.until(r"alice: hello\n#lobby> ?$")


@pytest.mark.parametrize(
    "caps, said",
    [
        (FULL, "does not keep what it acknowledges on a disk"),
        (FULL + " sockchat/durable=normal", "a power cut may take .* 'normal'"),
    ],
)
def test_only_on_a_disk(to_fake, caps, said):
    process, client = to_fake("--durable", caps=caps, status=5)
    assert process.wait() == 5
    process.err.wait("^sockchat connect: --durable: .*" + said)
    process, client = to_fake("--durable", caps=SAFE)
    finish(process, client)


def test_once_has_its_time(to_fake):
    process, client = to_fake("--once", "--reply-timeout", "200ms", status=4)
    process.write("question\n")
    client.echo(client.message())
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 4
    process.err.wait("--once: no reply came in 0.2 s")
    process, client = to_fake("--once", "--reply-timeout", "1h")
    process.write("question\n")
    client.echo(client.message())
    client.send(":bob!u@h PRIVMSG #lobby :answer")
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 0


# ---- what was missed ----------------------------------------------------------------------------


def test_what_was_said_meanwhile_comes_first_and_once(fake, to_fake):
    process, client = to_fake(caps=PAST, time=at(1))
    client.send(f"@time={at(2)};msgid=m2 :bob!u@h PRIVMSG #lobby :two")
    client.sync()
    client.cut()
    client = fake.accept().greet(caps=PAST, time=at(6))
    client.send(f"@time={at(7)};msgid=m7 :bob!u@h PRIVMSG #lobby :seven")
    assert client.question() == ["AFTER", "#lobby", "msgid=m2", "200"]
    client.page("#lobby", ("m3", at(3), "bob", "three"), ("m7", at(7), "bob", "seven"))
    client.send(f"@time={at(8)};msgid=m8 :bob!u@h PRIVMSG #lobby :eight")
    assert client.question() == ["AFTER", "#lobby", "msgid=m7", "200"]
    client.page("#lobby")
    assert client.question()[0:2] == ["TARGETS", f"timestamp={at(1)[:-5]}.999Z"]
    client.send(":fake BATCH +t draft/chathistory-targets", f"@batch=t CHATHISTORY TARGETS ed {at(4)}")
    client.page("#none")
    assert client.question()[0] == "TARGETS"
    client.page("#none")
    assert client.question() == ["AFTER", "ed", f"timestamp={at(1)[:-5]}.999Z", "200"]
    client.page("ed", ("p4", at(4), "ed", "psst"))
    assert client.question() == ["AFTER", "ed", "msgid=p4", "200"]
    client.page("ed")
    process.out.wait("psst")
    assert process.out.lines == ["bob: two", "bob: three", "bob: seven", "bob: eight", "[ed -> you] psst"]
    finish(process, client)


def test_joining_at_a_terminal_shows_the_past(fake, terminal):
    t = terminal("connect", "--name", "alice", "--history", "2", "127.0.0.1", str(fake.port))
    client = fake.accept().greet(caps=PAST, time=at(6))
    client.send(f"@time={at(7)};msgid=m7 :bob!u@h PRIVMSG #lobby :alice?")
    assert client.question() == ["LATEST", "#lobby", "*", "2"]
    client.page("#lobby", ("m2", at(2), "bob", "alice!"), ("m3", "2026-11-20T03:04:03.000Z", "bob", "three"))
    t.until(
        r"\* said before in #lobby:\n.*bob: alice!\n.*\* 2026-11-20\n.*bob: three\n.*bob: alice\?\n"
        r"(?:.*\n)?#lobby> ?$"
    )
    assert t.raw.count(b"\x07") == 1  # for the one of now


@pytest.fixture
def state(folder):
    return folder / "state"


@needs_json
def test_the_position_is_kept_between_runs(fake, to_fake, state):
    environment = {"XDG_STATE_HOME": str(state)}
    options = ["--json", "--resume", "--name", "al"]
    p, client = to_fake(*options, input=False, environment=environment, caps=PAST, time=at(1))
    client.expect("^QUIT")
    client.close()
    assert p.wait() == 0
    [file] = [f for f in (state / "sockchat").iterdir() if f.name.startswith("resume-") and f.suffix != ".lock"]
    assert file.read_text().splitlines() == [
        "sockchat-resume 1", f"since {at(1)}", f"at #lobby - {at(1)}",
    ]  # fmt: skip
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    for run, (since, ids) in enumerate([(f"timestamp={at(0)[:-5]}.999Z", ["m3", "m4"]), ("msgid=m4", [])]):
        p, client = to_fake(*options, input=False, environment=environment, caps=PAST, time=at(6))
        assert client.question() == ["AFTER", "#lobby", since, "200"]
        client.page("#lobby", *((i, at(int(i[1:])), "bob", f"text {i}") for i in ids))
        if ids:
            assert client.question() == ["AFTER", "#lobby", f"msgid={ids[-1]}", "200"]
            client.page("#lobby")
        assert client.question()[0] == "TARGETS"
        client.page("#none")
        client.expect("^QUIT")
        client.close()
        assert p.wait() == 0
        got = [json.loads(line) for line in p.out.lines]
        assert [(o["id"], o["time"], o.get("missed")) for o in got if o["kind"] == "message"] == [
            (i, at(int(i[1:])), True) for i in ids
        ]


def waiting(pipe):
    """Bytes in it that were not read."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


def test_a_position_is_not_kept_before_the_output_is_written(fake, sockchat, env, folder, state):
    """Nobody reads standard output: what is told is not written, and comes again."""
    env = {**env, "XDG_STATE_HOME": str(state)}
    reader, writer = os.pipe()
    argv = [sockchat, "connect", "--resume", "--name", "al", "127.0.0.1", str(fake.port)]
    process = subprocess.Popen(
        argv, env=env, cwd=folder, stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    client = fake.accept().greet(caps=PAST, time=at(1))
    for i in range(400):
        client.send(f"@time={at(2)};msgid=m{i} :bob!u@h PRIVMSG #lobby :{'x' * 400}")
    until = time.monotonic() + DEADLINE
    while waiting(reader) < 60000 and time.monotonic() < until:
        time.sleep(0.01)  # until the pipe is full, which nobody tells
    process.terminate()
    client.expect("^QUIT")
    client.close()
    process.terminate()  # it would wait for somebody to read
    process.wait(DEADLINE)
    process.communicate()
    written = os.read(reader, 1 << 20).count(b"\n")
    os.close(reader)
    process = subprocess.Popen(
        argv, env=env, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    client = fake.accept().greet(caps=PAST, time=at(6))
    client.sync()
    questions = [line for line in client.seen if line.startswith("CHATHISTORY")]
    assert 0 < written < 400
    assert all(int(m) < written for m in re.findall(r"msgid=m(\d+)", "".join(questions)))
    process.kill()
    process.communicate()


def test_resuming_says_what_is_in_the_way(fake, to_fake, run, state, spawn):
    environment = {"XDG_STATE_HOME": str(state)}
    done = run("connect", "--resume", "--once", "127.0.0.1", "1")
    assert done.returncode == 2 and "either --resume or --once" in done.stderr
    p, client = to_fake("--resume", environment=environment, caps=SAFE, status=5)
    assert p.wait() == 5
    p.err.wait("--resume: this server does not tell what was said while one was away")
    p, client = to_fake("--resume", environment=environment, caps=PAST, time=at(1))
    done = run("connect", "--resume", "127.0.0.1", str(fake.port), environment=environment)
    assert done.returncode == 6
    assert "another sockchat connect --resume of the same name runs for this server" in done.stderr
    finish(p, client)
    [file] = [f for f in (state / "sockchat").iterdir() if f.suffix != ".lock"]
    for text, said in (("", "line 1: 'sockchat-resume 1' is expected"), ("sockchat-resume 1\nat #x\n", "line 2 ")):
        file.write_text(text)
        done = run("connect", "--resume", "127.0.0.1", str(fake.port), environment=environment)
        assert done.returncode == 6
        assert file.name in done.stderr and said in done.stderr
    (state / "sockchat2").write_text("")
    done = run("connect", "--resume", "127.0.0.1", "1", environment={"XDG_STATE_HOME": str(state / "sockchat2")})
    assert done.returncode == 6 and "sockchat2" in done.stderr


# ---- accounts -----------------------------------------------------------------------------------


def plain(name, password):
    return base64.b64encode(f"\0{name}\0{password}".encode()).decode()


def log_in(name, password):
    def login(client):
        client.expect("^AUTHENTICATE PLAIN$")
        client.send("AUTHENTICATE +")
        message = ""
        part = client.expect(r"^AUTHENTICATE (\S+)$").group(1)
        while len(part) == 400:
            message += part
            part = client.expect(r"^AUTHENTICATE (\S+)$").group(1)
        message += part if part != "+" else ""
        who = base64.b64decode(message).split(b"\0")[1:]
        if who == [name.encode(), password.encode()]:
            client.send(f":fake 900 * *!u@h {name} :You are now logged in", ":fake 903 * :Done")
        else:
            client.send(":fake 904 * :Wrong account or password")

    return login


ACCOUNTS = SAFE + " sasl=PLAIN"


@needs_sasl
@pytest.mark.parametrize("password", ["sesame", "p\u00e4ss w\u00f6rd", "x" * 1024])
def test_logging_in(to_fake, folder, password):
    (folder / "secret").write_text(password + "\nsecond line\n")
    reader, writer = os.pipe()
    os.write(writer, (password + "\n").encode())
    os.close(writer)
    for how in (
        ["--account-password-file", folder / "secret"],
        ["--account-password-command", f"cat {folder}/secret"],
        ["--account-password-fd", str(reader)],
    ):
        # The account is the name, unless another is given.
        name = ["--name", "bo"] if how[0].endswith("file") else []
        p, client = to_fake(
            "--account", "ada", *how, *name, caps=ACCOUNTS, login=log_in("ada", password), pass_fds=[reader]
        )  # fmt: skip
        assert client.nick == ("bo" if name else "ada")
        finish(p, client)
        assert str(p.err) == ""
    os.close(reader)


@needs_sasl
def test_the_name_is_the_accounts(to_fake, folder):
    (folder / "secret").write_text("sesame\n")
    how = ["--account", "Zo\u00eb", "--account-password-file", folder / "secret"]
    p, client = to_fake(*how, caps=ACCOUNTS, login=log_in("Zo\u00eb", "sesame"))
    assert client.nick == "Zo\u00eb"
    finish(p, client)


@needs_sasl
def test_the_lines_behind_a_password_are_messages(fake, spawn):
    p = spawn(
        "connect", "--account", "ada", "--account-password-fd", "0", "127.0.0.1", str(fake.port), input=True
    )  # fmt: skip
    p.write("sesame\nhello\n")
    client = fake.accept().greet(caps=ACCOUNTS, login=log_in("ada", "sesame"))
    message = client.message()
    assert message[2] == "hello"
    client.echo(message)
    finish(p, client)


@pytest.fixture
def logging_in(fake, spawn, folder):
    """logging_in(password, caps) starts a client that will be refused, and lets it begin."""

    def start(password, caps, *options):
        (folder / "secret").write_text(f"{password}\n")
        where = ("127.0.0.1", str(fake.port))
        account = ("--account", "ada", "--account-password-file", folder / "secret")
        p = spawn("connect", *account, *options, *where, status=5)
        client = fake.accept()
        client.offer(caps)
        return p, client

    return start


@needs_sasl
def test_a_refused_login_ends_it(logging_in):
    p, client = logging_in("guess", ACCOUNTS)
    log_in("ada", "sesame")(client)
    assert p.wait() == 5
    assert str(p.err) == "sockchat connect: the server does not let 'ada' log in: Wrong account or password"


@needs_sasl
def test_a_server_that_does_not_know_the_password_is_not_believed(logging_in):
    p, client = logging_in("sesame", f"{SAFE} sasl=PLAIN,SCRAM-SHA-256")
    client.expect("^AUTHENTICATE SCRAM-SHA-256$")
    client.send("AUTHENTICATE +")
    client.expect("^AUTHENTICATE ")
    client.send(":fake 903 * :Come in")
    client.expect(r"^AUTHENTICATE \*$")
    client.expect("^QUIT ")
    client.close()
    assert p.wait() == 5
    p.err.wait("the server did not prove that it knows the password")


@needs_sasl
@pytest.mark.parametrize("last", ["", "AAAA", base64.b64encode(b"v=" + b"A" * 43 + b"=").decode()])
def test_a_false_proof_ends_the_exchange(logging_in, last):
    p, client = logging_in("sesame", f"{SAFE} sasl=SCRAM-SHA-256")
    client.expect("^AUTHENTICATE SCRAM-SHA-256$")
    client.send("AUTHENTICATE +")
    first = base64.b64decode(client.expect(r"^AUTHENTICATE (\S+)$").group(1)).decode()
    nonce = first.split("r=")[1] + "more"
    salt = base64.b64encode(b"sixteen bytes ..").decode()
    client.send("AUTHENTICATE " + base64.b64encode(f"r={nonce},s={salt},i=4096".encode()).decode())
    client.expect(r"^AUTHENTICATE \S{20}")
    client.send(f"AUTHENTICATE :{last}", ":fake 903 * :Come in")
    client.expect(r"^AUTHENTICATE \*$")
    client.expect("^QUIT ")
    client.close()
    assert p.wait() == 5


@needs_sasl
@pytest.mark.parametrize(
    "mechanism, offered, said",
    [
        ("plain", "PLAIN,SCRAM-SHA-256", "AUTHENTICATE PLAIN"),
        ("PLAIN", "", "AUTHENTICATE PLAIN"),
        ("scram-sha-256", "PLAIN,SCRAM-SHA-256", "AUTHENTICATE SCRAM-SHA-256"),
        ("external", "PLAIN,EXTERNAL", "AUTHENTICATE EXTERNAL"),
        ("scram-sha-256", "PLAIN", "no way to log in as 'ada' with a password by SCRAM-SHA-256: it has PLAIN"),
        ("plain", "EXTERNAL", "no way to log in as 'ada' with a password by PLAIN: it has EXTERNAL"),
    ],
)
def test_the_mechanism_asked_for(logging_in, mechanism, offered, said):
    p, client = logging_in("sesame", f"{SAFE} sasl={offered}".rstrip("="), "--account-mechanism", mechanism)
    if said.startswith("AUTHENTICATE"):
        client.expect(f"^{said}$")
        client.send(":fake 904 * :No")
    client.expect("^QUIT ")
    client.close()
    assert p.wait() == 5
    if not said.startswith("AUTHENTICATE"):
        p.err.wait(said)


@needs_sasl
def test_plain_says_who_is_meant(logging_in):
    p, client = logging_in("sesame", f"{SAFE} sasl=PLAIN")
    client.expect("^AUTHENTICATE PLAIN$")
    client.send("AUTHENTICATE +")
    assert base64.b64decode(client.expect(r"^AUTHENTICATE (\S+)$").group(1)) == b"ada\0ada\0sesame"
    client.send(":fake 904 * :No")
    client.expect("^QUIT ")
    client.close()
    assert p.wait() == 5


@pytest.mark.parametrize(
    "caps, said",
    [(SAFE, "the server has no accounts"), (SAFE + " sasl=EXTERNAL", "no way to log in as 'ada' with a password")],
)
def test_a_server_where_one_cannot_log_in(fake, spawn, folder, caps, said):
    (folder / "secret").write_text("guess\n")
    p = spawn(
        "connect", "--account", "ada", "--account-password-file", folder / "secret", "127.0.0.1", str(fake.port),
        status=5,
    )  # fmt: skip
    client = fake.accept()
    client.expect("^USER")
    client.send(f":fake CAP * LS :{caps}")
    client.send(":fake CAP * ACK :" + client.expect(r"^CAP REQ :(.*)$").group(1))
    assert p.wait() == 5
    p.err.wait(said)


def test_a_server_that_knows_no_capabilities_has_no_accounts(fake, spawn, folder):
    (folder / "secret").write_text("guess\n")
    p = spawn(
        "connect", "--account", "ada", "--account-password-file", folder / "secret", "127.0.0.1", str(fake.port),
        status=5,
    )  # fmt: skip
    client = fake.accept()
    client.expect("^USER")
    client.send(":fake 421 * CAP :Unknown command", ":fake 001 ada :Welcome")
    assert p.wait() == 5
    p.err.wait("the server let us in without asking for the account 'ada'")


@pytest.mark.parametrize(
    "how, said",
    [
        ([], "the account 'ada' needs a password"),
        (["--account-password-file", "none"], "none: reading the password: No such file"),
        (["--account-password-fd", "77"], "descriptor 77: reading the password: Bad file"),
        (["--account-password-command", "echo x; exit 3"], "the command that tells the password ended with 3"),
        (["--account-password-command", "true"], "its first line must be a password"),
        (["--account-password-command", "cat"], "its first line must be a password"),
        (["--account-password-command", "kill -9 $$"], "ended by signal 9"),
        (["--account-password-command", "printf 'a\\0b'"], "its first line must be a password"),
        (["--account-password-fd", "0", "--account-password-command", "x"], "exclude each other"),
    ],
)
def test_passwords_that_are_not_to_be_had(run, how, said):
    done = run("connect", "--account", "ada", *how, "127.0.0.1", "1", input="")
    assert done.returncode == 3
    assert said in done.stderr


@needs_sasl
def test_a_password_is_asked_for_and_not_shown(fake, terminal):
    t = terminal("connect", "--account", "ada", "127.0.0.1", str(fake.port))
    t.until("Password of the account 'ada': ?$")
    t.enter("sesame street")
    client = fake.accept().greet(caps=ACCOUNTS, login=log_in("ada", "sesame street"))
    t.until("connected to .* as ada")
    assert b"sesame" not in t.raw
    t.enter("shown")
    client.echo(client.message())
    t.until("ada: shown$")


def test_asking_can_be_interrupted(terminal, sockchat):
    t = terminal("--norc", "-i", program="/bin/bash", environment={"PS1": "$ "})
    t.enter("stty -g")
    before = t.until(r"^([0-9a-f:]{30,}\S*)$").group(1)
    t.enter(f"clear; {sockchat} connect --account ada 127.0.0.1 1")
    t.until("Password of the account 'ada': ?$")
    t.type("\x03")
    t.until(r"^\$ ?$")
    t.enter("echo status $?; stty -g")
    t.until(r"^status 130\n" + re.escape(before) + "$")
