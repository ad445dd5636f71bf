"""`sockchat connect` as a filter: lines in, lines out, and what it ends with."""

import fcntl
import json
import os
import re
import select
import signal
import subprocess
import time

import pytest

from fake_server import finish
from harness import DEADLINE

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
