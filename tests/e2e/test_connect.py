"""`sockchat connect` as a filter: lines in, lines out, and what it ends with."""

import fcntl
import json
import os
import pwd
import re
import select
import signal
import socket
import subprocess
import time

import pytest

from fake_server import FakeServer
from harness import DEADLINE

USER = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def fake(things):
    things.append(FakeServer())
    return things[-1]


@pytest.fixture
def to_fake(fake, spawn):
    """to_fake(*options, caps=…) starts connect towards the fake server, and greets it."""

    def start(*options, input=True, status=0, environment=None, **greeting):
        process = spawn(
            "connect", *options, "127.0.0.1", str(fake.port), input=input, status=status,
            environment=environment,
        )  # fmt: skip
        return process, fake.accept().greet(**greeting)

    return start


def texts(client, count):
    """The next `count` messages to the lobby, in order."""
    return [client.expect(r"PRIVMSG #lobby :(.*)$").group(1) for _ in range(count)]


# ---- sending ------------------------------------------------------------------------------------


@pytest.mark.parametrize("over", ["unix", "tcp"])
def test_each_line_is_sent_and_acknowledged(server, run, over):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    where = ["--unix", s.path] if over == "unix" else ["127.0.0.1", s.port]
    done = run("connect", *where, input="one\ntwo  spaces \n/join is text\nexit\n\\quit\nlast without end")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    want = ["one", "two  spaces ", "/join is text", "exit", "\\quit", "last without end"]
    assert texts(observer, 6) == want


def test_a_thousand_lines_arrive_in_order(server, run):
    s = server("--input-rate", "0", unix=True)
    observer = s.irc("observer", channel="#lobby")
    lines = [f"line {i}" for i in range(1000)]
    assert run("connect", "--unix", s.path, input="\n".join(lines) + "\n").returncode == 0
    assert texts(observer, 1000) == lines


def test_a_private_message_joins_no_channel(server, run):
    s = server()
    bob = s.irc("bob", channel="#lobby")
    assert run("connect", "--unix", s.path, "--name", "al", "--to", "bob", input="psst\n").returncode == 0
    assert bob.expect(r"^:al\S* PRIVMSG (\S+) :(.*)$").groups() == ("bob", "psst")
    assert not any(" JOIN " in line for line in bob.sync())


def test_several_channels_and_an_irc_address(server, run):
    s = server()
    other = s.irc("other", channel="#b")
    done = run("connect", f"irc://127.0.0.1:{s.port}/a,%23b", "--name", "al", input="hello\n")
    assert done.returncode == 0
    other.expect(r"^:al!\S+ JOIN #b$")
    assert not any("PRIVMSG" in line for line in other.sync())  # text goes to the first


@pytest.mark.parametrize(
    "data, want, said",
    [
        (b"crlf\r\n\r\n \n\tx\n", ["crlf", "\tx"], None),
        (b"caf\xe9\n", ["caf\ufffd"], "line 1 is not UTF-8: 1 bytes of it are sent as U+FFFD"),
        (b"a\0b\nc\rd\n", ["ab", "c d"], None),
        (b"\n\nx\xff\xfe\n", ["x\ufffd\ufffd"], "line 3 is not UTF-8: 2 bytes"),
    ],
)
def test_odd_input_has_a_meaning(server, run, data, want, said):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    done = run("connect", "--unix", s.path, input=data)
    assert done.returncode == 0
    assert texts(observer, len(want)) == want
    assert said in done.stderr if said else done.stderr == ""


@pytest.mark.parametrize(
    "line", ["word " * 400, "\U0001f600" * 500, "x" * 3000, "e\u0301" * 700], ids=["words", "wide", "x", "combined"]
)
def test_long_lines_are_split_and_nothing_is_cut(server, run, line):
    s = server()
    observer = s.irc("observer", channel="#lobby")
    assert run("connect", "--unix", s.path, input=line + "\n").returncode == 0
    pieces = []
    while sum(map(len, pieces)) < len(line):
        observer.expect(r"PRIVMSG #lobby :(.*)$")
        assert len(observer.seen[-1].encode()) <= 510
        pieces += [observer.seen[-1].split(" :", 1)[1]]
    assert "".join(pieces) == line
    assert len(pieces) <= len(line.encode()) // 400 + 1  # as few as can be, or nearly
    if line.startswith("word"):
        assert all(piece.endswith("word ") for piece in pieces)
    if line.startswith("e"):
        assert all(piece[0] == "e" for piece in pieces)


def test_the_server_says_how_long_a_line_may_be(to_fake):
    process, client = to_fake(isupport="LINELEN=1024")
    process.write("x" * 900 + "\n")
    message = client.message()
    assert len(message[2]) == 900
    client.echo(message)
    process.close_input()
    assert process.wait() == 0


def test_a_line_without_end_is_sent_in_parts(server, run):
    s = server("--input-rate", "0")
    observer = s.irc("observer", channel="#lobby")
    text = " ".join(f"w{i}" for i in range(30000))  # 190 KB
    assert run("connect", "--unix", s.path, input=text).returncode == 0
    got = ""
    while len(got) < len(text):
        got += texts(observer, 1)[0]
    assert got == text


def test_a_refused_line_is_told_and_the_others_are_sent(server, run, folder):
    s = server()
    op = s.irc("op", channel="#lobby")
    op.send("MODE #lobby +m")
    op.expect(r"MODE #lobby \+m")
    done = run("connect", "--unix", s.path, "--name", "al", input="one\n\ntwo \x1b[31m\n")
    assert done.returncode == 5
    lines = done.stderr.splitlines()
    assert re.fullmatch(r'sockchat connect: line 1 was refused: [^:]+: "one"', lines[0])
    assert re.fullmatch(r'sockchat connect: line 3 was refused: [^:]+: "two \\x1b\[31m"', lines[1])
    assert len(lines) == 2


def test_nobody_there(server, run):
    done = run("connect", "--unix", server().path, "--to", "nobody", input="hi\n")
    assert done.returncode == 5
    assert 'line 1 was refused: No such nick' in done.stderr


def test_nowhere_to_say_it(server, run):
    done = run("connect", "--unix", server().path, "--channel", "", input="\nhi\n")
    assert done.returncode == 2
    assert "line 2: nobody to say it to: give --channel or --to" in done.stderr


def test_without_labels_a_ping_acknowledges(to_fake):
    process, client = to_fake(caps="")
    process.write("one\ntwo\n")
    process.close_input()
    assert client.message() == (None, "#lobby", "one")
    token = client.expect(r"^PING :(\S+)$").group(1)
    assert client.message() == (None, "#lobby", "two")
    client.send(f":fake PONG fake :{token}", ":fake 404 x #lobby :Cannot send")
    client.send(":fake PONG fake :" + client.expect(r"^PING :(\S+)$").group(1))
    process.expected = 5
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 5
    assert str(process.err) == 'sockchat connect: line 2 was refused: Cannot send: "two"'


def test_input_is_read_no_faster_than_it_is_acknowledged(to_fake):
    process, client = to_fake()
    fd = process.process.stdin.fileno()
    fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)
    sent = b"".join(b"line %d\n" % i for i in range(100000))
    taken = 0
    until = time.monotonic() + DEADLINE
    taken += os.write(fd, sent[:4096])
    first = client.message()
    while time.monotonic() < until:
        if not select.select([], [fd], [], 0.5)[1]:
            break  # half a second without progress: it has stopped
        taken += os.write(fd, sent[taken : taken + 4096])
    assert taken < 300_000, "it reads on though nothing is acknowledged"
    assert not any(f"line {i}" in client.rest.decode() for i in range(100, 110))  # the window is closed
    client.echo(first)
    for _ in range(200):
        client.echo(client.message())  # and opens
    process.signal(signal.SIGTERM)
    client.expect("^QUIT")
    client.close()
    process.expected = 5
    assert process.wait() == 5


# ---- receiving ----------------------------------------------------------------------------------


def test_what_others_say_comes_out(server, spawn):
    s = server()
    p = spawn("connect", "--unix", s.path, "--name", "al", "--channel", "#lobby,#b", input=True)
    bob = s.irc("bob", channel="#lobby")
    bob.join("#b")
    while not any(re.search(r" 353 .*\bal\b", line) for line in bob.ask("NAMES #b")):
        pass
    bob.send(
        "PRIVMSG #lobby :hello: there",
        "PRIVMSG #lobby :\x01ACTION waves\x01",
        "NOTICE #lobby :note",
        "PRIVMSG #b :elsewhere",
        "PRIVMSG al :psst",
        "PRIVMSG al :\x01ACTION winks\x01",
        "TOPIC #lobby :is no message",
        "PRIVMSG #lobby :\u202eabc \x03,4",
        "PRIVMSG #lobby :end",
    )
    p.out.wait("^bob: end")
    assert p.out.lines == [
        "bob: hello: there",
        "* bob waves",
        "-bob- note",
        "[bob -> #b] elsewhere",
        "[bob -> you] psst",
        "[bob -> you] * winks",
        r"bob: \u{202e}abc \x03,4",
        "bob: end",
    ]
    p.close_input()
    assert p.wait() == 0
    assert str(p.err) == ""


def test_nothing_that_a_server_sends_reaches_the_terminal_unescaped(to_fake):
    process, client = to_fake()
    client.send(b":b\x1bob!u@h PRIVMSG #lobby :\x1b]0;title\x07 \x9b2J caf\xe9 \x7f\xc2\x9b")
    client.send(":bob!u@h PRIVMSG #lobby :end", ":fake 400 x \x1b[2J :\x1b[2J")
    process.out.wait("end")
    process.err.wait(r"^sockchat connect: \\x1b\[2J: \\x1b\[2J$")
    assert process.out.lines[0] == r"b\x1bob: \x1b]0;title\x07 \x9b2J caf\xe9 \x7f\u{009b}"
    finish(process, client)


def test_json_has_all_that_happens(to_fake, sockchat):
    if "jansson" not in subprocess.run([sockchat, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("--json is not built in")
    process, client = to_fake("--json", "--name", "al")
    client.send(
        "@time=2026-11-21T03:04:05.678Z;msgid=x1 :bob!u@h PRIVMSG #lobby :h\u00e9 \"q\" \x1b",
        b"@time=2026-11-21T03:04:05Z :bob!u@h PRIVMSG al :caf\xe9",
        ":bob!u@h KICK #lobby ed :why",
        ":bob!u@h INVITE al #d",
        ":fake NOTICE al :from the server",
        ":bob!u@h QUIT",
        ":bob!u@h NICK rob",
    )
    process.out.wait('"nick"')
    got = [json.loads(line) for line in process.out.lines]
    assert all(list(o)[:6] == ["time", "kind", "from", "to", "text", "id"] for o in got)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", o["time"]) for o in got)
    assert [(o["kind"], o["from"], o["to"], o["text"], o["id"]) for o in got] == [
        ("join", "al", "#lobby", None, None),
        ("message", "bob", "#lobby", 'h\u00e9 "q" \x1b', "x1"),
        ("message", "bob", "al", "caf\ufffd", None),
        ("kick", "bob", "#lobby", "why", None),
        ("invite", "bob", "al", None, None),
        ("quit", "bob", None, None, None),
        ("nick", "bob", "rob", None, None),
    ]
    assert got[1]["time"] == "2026-11-21T03:04:05.678Z"
    assert (got[3]["who"], got[4]["channel"]) == ("ed", "#d")
    process.close_input()
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 0


def test_without_jansson_json_is_refused(run, sockchat):
    if "jansson" in subprocess.run([sockchat, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("--json is built in")
    done = run("connect", "--json", "127.0.0.1", "1")
    assert done.returncode == 2
    assert "--json is not built in" in done.stderr


def test_a_slow_reader_slows_the_server_down(fake, folder, env, sockchat, things):
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    process = subprocess.Popen(
        [sockchat, "connect", "127.0.0.1", str(fake.port)], stdin=subprocess.PIPE, stdout=writer, env=env,
        cwd=folder,
    )  # fmt: skip
    os.close(writer)
    client = fake.accept().greet()
    lines = [b":bob!u@h PRIVMSG #lobby :%07d %s\r\n" % (i, b"x" * 300) for i in range(60000)]
    data, sent = b"".join(lines), 0  # 20 MB
    while select.select([], [client], [], 1)[1]:
        sent += client.sock.send(data[sent : sent + 65536])
    assert sent < len(data), "all of it was taken though nobody reads"
    with open(f"/proc/{process.pid}/statm") as statm:
        assert int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") < 64 << 20
    got = b""
    until = time.monotonic() + 3 * DEADLINE
    while len(got) < 60000 * (len("bob: 0000000 \n") + 300) and time.monotonic() < until:
        can_read, can_write, _ = select.select([reader], [client] if sent < len(data) else [], [], 1)
        if can_write:
            sent += client.sock.send(data[sent : sent + 65536])
        if can_read:
            got += os.read(reader, 1 << 16)
    numbers = [int(line.split()[1]) for line in got.splitlines()]
    assert numbers == list(range(60000))
    process.stdin.close()
    client.expect("^QUIT")
    client.close()
    assert process.wait(DEADLINE) == 0
    os.close(reader)


@pytest.mark.parametrize("left, status", [(False, 0), (True, 5)])
def test_it_ends_when_nobody_reads_its_output(fake, sockchat, env, folder, left, status):
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sockchat, "connect", "127.0.0.1", str(fake.port)], env=env, cwd=folder,
        stdin=subprocess.PIPE, stdout=writer, stderr=subprocess.PIPE,
    )  # fmt: skip
    os.close(writer)
    client = fake.accept().greet()
    if left:
        # Nothing is acknowledged, so a part of this is not even read.
        process.stdin.write(b"x\n" * 400)
        process.stdin.flush()
        client.message()
    os.close(reader)
    client.expect("^QUIT")  # it is noticed at once, not with the next message
    client.close()
    said = process.stderr.read().decode()
    assert process.wait(DEADLINE) == status, said
    assert ("input that was not sent is left" in said) == left


# ---- one message, one reply ---------------------------------------------------------------------


def test_once_waits_for_one_reply(server, spawn):
    s = server()
    bob = s.irc("bob")
    p = spawn("connect", "--unix", s.path, "--name", "al", "--to", "bob", "--once", input=True)
    p.write("question\nnot sent\n")
    bob.expect(r"PRIVMSG bob :question")
    ed = s.irc("ed")
    ed.ask("PRIVMSG al :not from bob")
    bob.send("PRIVMSG al :answer", "PRIVMSG al :another")
    assert p.wait() == 0
    assert p.out.lines == ["bob: answer"]
    assert not any("not sent" in line for line in bob.sync())


def test_once_in_a_channel_takes_a_private_reply_too(server, spawn):
    s = server()
    bob = s.irc("bob", channel="#lobby")
    p = spawn("connect", "--unix", s.path, "--name", "al", "--once", input=True)
    bob.expect(" JOIN ")
    bob.ask("PRIVMSG #lobby :too early to be a reply")
    p.write("question\n")
    bob.expect(r"PRIVMSG #lobby :question")
    bob.send("PRIVMSG al :answer")
    assert p.wait() == 0
    assert p.out.lines == ["[bob -> you] answer"]


def test_what_was_said_before_ours_is_no_reply_to_it(to_fake):
    process, client = to_fake("--once")
    process.write("question\n")
    message = client.message()
    client.send(":bob!u@h PRIVMSG #lobby :crossed it on the way")
    client.echo(message)
    client.send(":bob!u@h PRIVMSG #lobby :answer")
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 0
    assert process.out.lines == ["bob: answer"]


def test_once_with_nothing_to_say(server, run):
    done = run("connect", "--unix", server().path, "--once", input="\n\n")
    assert done.returncode == 2
    assert "--once: standard input has no message" in done.stderr


def test_once_refused(server, run):
    assert run("connect", "--unix", server().path, "--once", "--to", "nobody", input="x\n").returncode == 5


def test_once_without_an_answer_when_the_connection_ends(to_fake):
    process, client = to_fake("--once", status=4)
    process.write("x\n")
    client.echo(client.message())
    client.sync()
    client.close()
    assert process.wait() == 4
    assert "before a reply came" in str(process.err)


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


def finish(process, client):
    process.close_input()
    client.expect("^QUIT")
    client.close()
    assert process.wait() == 0


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
