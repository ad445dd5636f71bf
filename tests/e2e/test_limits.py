"""Every limit: what it does when it is reached, and to whom alone."""

import re
import select
import signal
import socket
import time

import pytest

from harness import DEADLINE, commands, parse


def config(folder, **limits):
    """A configuration file with these [limits]; serve it with --config."""
    path = folder / "limits.ini"
    path.write_text(
        "[limits]\n"
        + "".join(f"{key.replace('_', '-')} = {value}\n" for key, value in limits.items())
    )
    return path


# ---- lengths -------------------------------------------------------------------------------------------


def test_a_line(server):
    """510 bytes and the end; one longer is refused whole, and the next line is read."""
    s = server()
    ada, bob = s.irc("ada"), s.irc("bob")
    room = 510 - len("PRIVMSG bob :")
    assert ada.answers("PRIVMSG bob :" + "x" * room) == []
    assert ada.answers("PRIVMSG bob :" + "x" * (room + 1)) == [["417", "Input line was too long"]]
    for length in (5000, 100_000):
        assert ada.answers("PRIVMSG bob :" + "y" * length) == [["417", "Input line was too long"]]
    ada.ask("PRIVMSG bob :next")
    assert bob.message("PRIVMSG").params[1].startswith("xxx")
    assert bob.message("PRIVMSG").params[1] == "next"


def test_tags(server):
    """4,094 bytes of them, beside the line's 510."""
    s = server()
    ada, bob = s.irc("ada", caps="message-tags"), s.irc("bob", caps="message-tags")
    text = "x" * (510 - len("PRIVMSG bob :"))
    assert ada.answers(f"@+a={'y' * 4091} PRIVMSG bob :{text}") == []
    assert len(bob.message("PRIVMSG").tags["+a"]) == 4091
    assert ada.answers(f"@+a={'y' * 4092} PRIVMSG bob :x") == [["417", "Input line was too long"]]
    assert bob.sync() == []


def test_parameters(server):
    """Fifteen: the last one holds the rest."""
    s = server()
    many = [s.irc(f"n{i}") for i in range(20)]
    assert many[0].answers("ISON " + " ".join(c.nick for c in many)) == [
        ["303", " ".join(c.nick for c in many)]
    ]


def test_names(server, folder):
    """Ten characters, as seed 003 asks."""
    s = server("--config", config(folder, name_length=10))
    ada, c = s.irc("\u00e9" * 10), s.irc()
    assert "NICKLEN=10" in " ".join(ada.seen)
    assert c.answers("NICK abcdefghijk")[0][0] == "432"
    assert ada.answers("NICK abcdefghijk")[0][:2] == ["432", "abcdefghijk"]
    d = s.plain()
    d.send("abcdefghijk")
    assert "10 characters at most" in d.end()[0]


def test_messages(server, folder):
    """500 characters, as seed 003 asks; the author alone is told, in the words they know."""
    s = server("--config", config(folder, message_length=500))
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    bob.send("\u00e9" * 500, "\u00e9" * 501, "@ada " + "x" * 501, "done")
    got = ""
    while (text := ada.message("PRIVMSG").params[1]) != "done":
        got += text
    assert got == "\u00e9" * 500
    for _ in range(2):
        bob.expect("^! that message has 501 characters; the most is 500; it was not sent$")


def test_messages_over_irc(server):
    s = server("--message-length", "20")
    ada, bob = s.irc("ada", caps="standard-replies"), s.irc("bob")
    assert ada.answers("PRIVMSG bob :" + "\u00e9" * 20, "NOTICE bob :" + "\u00e9" * 20) == []
    for command in ("PRIVMSG", "NOTICE"):
        why = "The message has 21 characters; the most is 20"
        assert ada.answers(f"{command} bob :" + "\u00e9" * 21) == [
            ["FAIL", command, "MESSAGE_TOO_LONG", "bob", why]
        ]
        assert bob.answers(f"{command} ada :" + "\u00e9" * 21) == [["NOTICE", "bob", why]]
    assert commands(ada.sync()) == []


def test_texts_are_cut(server):
    s = server(
        "--topic-length", "9", "--kick-length", "9", "--away-length", "9", "--channel-length", "9"
    )
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    text, cut = "12345678\u00e9", "12345678"
    assert ada.answers(f"TOPIC #x :{text}") == [["TOPIC", "#x", cut]]
    assert ada.answers(f"PART #x :{text}") == [["PART", "#x", cut]]
    assert bob.answers(f"KICK #x bob :{text}")[0][0] == "482"
    ada.ask("JOIN #y", f"AWAY :{text}", "INVITE bob #y")
    assert ["301", "ada", cut] in bob.answers("WHOIS ada")
    bob.ask("JOIN #y")
    assert ["KICK", "#y", "bob", cut] in ada.answers(f"KICK #y bob :{text}")
    assert ada.answers("JOIN #23456789")[0][0] == "JOIN"
    assert ada.answers("JOIN #234567890")[0][:2] == ["403", "#234567890"]
    tokens = " ".join(ada.seen)
    assert all(f" {name}=9 " in tokens for name in ("TOPICLEN", "KICKLEN", "AWAYLEN", "CHANNELLEN"))


# ---- numbers -------------------------------------------------------------------------------------------


def test_channels(server):
    ada = server("--channels", "3").irc("ada")
    assert [a for a in ada.answers("JOIN #a,#b,#c,#d,#e") if a[0] == "405"] == [
        ["405", "#d", "You have joined too many channels"],
        ["405", "#e", "You have joined too many channels"],
    ]
    ada.ask("PART #a")
    assert ada.answers("JOIN #d")[0][0] == "JOIN"


def test_list_modes(server):
    ada = server("--list-modes", "3").irc("ada", channel="#x")
    seen = ada.answers("MODE #x +bbbb a b c d")
    assert [a[:3] for a in seen] == [["MODE", "#x", "+bbb"], ["478", "#x", "b"]]
    assert [a[:3] for a in ada.answers("MODE #x +ee a b", "MODE #x +II a b")] == [
        ["MODE", "#x", "+ee"],
        ["MODE", "#x", "+II"],
    ]
    assert ada.answers("MODE #x -b+b a d")[0][2] == "-b+b"


@pytest.mark.parametrize("command", ["PRIVMSG", "NOTICE"])
def test_targets(server, command):
    """The first ones hear it; what is beyond is told once."""
    s = server("--targets", "3")
    names = ("ada", "bob", "eve", "kim", "lee")
    people = [s.irc(name) for name in names]
    assert people[0].answers(f"{command} {','.join(names)} :hello") == [
        [command, "ada", "hello"],
        ["407", "kim", "Too many targets"],
    ]
    assert [commands(c.sync()) for c in people[1:]] == [[command], [command], [], []]


def test_targets_of_other_commands(server):
    ada = server("--targets", "2").irc("ada")
    assert [a[:2] for a in ada.answers("JOIN #a,#b,#c") if a[0] in ("JOIN", "407")] == [
        ["JOIN", "#a"],
        ["JOIN", "#b"],
        ["407", "#c"],
    ]
    assert [a[:2] for a in ada.answers("PART #a,#x,#b")] == [
        ["PART", "#a"],
        ["403", "#x"],
        ["407", "#b"],
    ]
    assert [a[0] for a in ada.answers("NAMES #b,#b,#b")] == ["353", "353", "407", "366"]


def test_nick_changes(server):
    ada = server("--nick-changes", "3").irc("ada")
    seen = ada.answers("NICK a1", "NICK a2", "NICK a3", "NICK a4")
    assert [a[:2] for a in seen] == [["NICK", "a1"], ["NICK", "a2"], ["NICK", "a3"], ["438", "a4"]]
    assert 50 < int(seen[3][2].split()[-2]) <= 60, "it says how long to wait"
    assert server("--nick-changes", "0").irc("bob").answers(*(f"NICK n{i}" for i in range(50)))[
        -1
    ] == ["NICK", "n49"]


def test_whowas(server):
    """500 are remembered; the oldest is forgotten for the next."""
    ada = server("--nick-changes", "0", "--input-rate", "0").irc("n0")
    ada.ask(*(f"NICK n{i}" for i in range(1, 502)))
    assert [ada.answers(f"WHOWAS n{i}")[0][0] for i in (0, 1, 500)] == ["406", "314", "314"]


# ---- clients -------------------------------------------------------------------------------------------


def goes_on(client):
    client.sync()
    return True


@pytest.mark.parametrize("over", ["unix", "tcp"])
@pytest.mark.parametrize(
    "option, sentence",
    [
        ("--clients", "The server is full; try again later"),
        ("--clients-per-address", "Too many connections from your address"),
    ],
)
def test_clients(server, over, option, sentence):
    """A newcomer beyond it is told so in one line and closed; everyone else stays; a place that is left is free."""
    s = server(option, "3")
    here = [s.irc(f"n{i}", over=over) for i in range(3)]
    for _ in range(5):
        c = s.connection(over)
        c.send("NICK late", "USER l 0 * :l")
        seen = c.end()
        assert (
            len(seen) == 1
            and seen[0].startswith("ERROR :Closing link: (")
            and seen[0].endswith(") " + sentence)
        )
    assert all(goes_on(c) for c in here)
    here[0].send("QUIT")
    here[0].end()
    here[0].close()
    s.irc("late", over=over)


def test_who_is_told_takes_no_place(server):
    """Neither newcomers that are turned away nor those who have said goodbye, though they do not hang up."""
    s = server("--clients", "2")
    _, bob = s.irc("ada"), s.irc("bob")
    turned_away = [s.connection() for _ in range(5)]
    assert all("is full" in c.line() for c in turned_away)
    bob.send("QUIT")
    bob.message("ERROR")
    s.irc("eve")


def test_each_address_has_its_own(server):
    s = server("--clients-per-address", "1")
    s.irc("ada"), s.irc("bob", over="tcp")
    other = socket.create_connection((s.host, s.port), source_address=("127.0.0.9", 0))
    other.sendall(b"NICK eve\r\nUSER e 0 * :e\r\n")
    assert b" 001 eve " in other.recv(4096)
    other.close()


# ---- time ----------------------------------------------------------------------------------------------


def test_registration(server, folder):
    path = config(folder)
    s = server("--config", path)
    ada = s.irc("ada")
    config(folder, registration_timeout="300ms")
    s.signal(signal.SIGHUP)
    s.err.wait("event=reloaded")
    silent, slow, capped, plain = s.connection(), s.connection(), s.connection(), s.connection()
    slow.send("NICK slow")
    capped.send("CAP LS 302", "NICK capped", "USER c 0 * :c")
    plain.send("ada")  # taken: another is asked for
    for c in (silent, slow, capped, plain):
        assert "Registration timed out" in c.end()[-1]
    assert goes_on(ada)


def test_idle(server):
    """Who says nothing gets a PING, and is closed when that is not answered; anything said will do."""
    s = server("--ping-interval", "1s", "--ping-timeout", "2s", "--name", "chat.example")
    ada, bob, eve = s.irc("ada", channel="#x"), s.irc("bob", channel="#x"), s.plain("eve")
    quiet = s.connection()
    quiet.send("NICK quiet", "USER q 0 * :q", "JOIN #x")
    quiet.expect("^PING :chat.example$")
    while not any(" QUIT " in x for x in ada.seen):
        ada.sync()
        select.select([bob], [], [], 0.05)
        bob.sync()  # answers PINGs, and talks
    reason = re.search(r"Ping timeout: \d+ seconds", quiet.end()[-1]).group()
    assert [parse(x).params for x in ada.seen if " QUIT " in x] == [[reason]]
    eve.send("hello")  # plain clients cannot be asked
    assert goes_on(ada) and goes_on(bob)


def test_a_pong_is_enough(server):
    """And the next PING comes when that much time has passed again, however long an answer may take."""
    s = server("--ping-interval", "200ms", "--ping-timeout", "1h")
    ada = s.irc("ada")
    for _ in range(4):
        ada.expect("^PING ")
    assert goes_on(ada)


def test_pings_after_a_reload(server, folder):
    """They come at the new times, and whoever is late by these has all the time to answer."""
    path = config(folder, ping_interval="1h", ping_timeout="1h")
    s = server("--config", path)
    ada = s.irc("ada")
    with pytest.raises(AssertionError):
        ada.expect("^PING ", timeout=2.5)  # longer than both will be
    config(folder, ping_interval="200ms", ping_timeout="2s")
    s.signal(signal.SIGHUP)
    for _ in range(3):
        ada.expect("^PING ")
    assert goes_on(ada)


# ---- queues --------------------------------------------------------------------------------------------


def test_send_queue(server):
    """
    Who does not read is closed when too much that is private waits; everyone else gets everything.
    What channels say can wait in the store: test_slow_readers.py.
    """
    s = server("--send-queue", "64K", "--input-rate", "0")
    stuck = s.irc("stuck", channel="#x", over="tcp")
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    text, sent, gone = "x" * 400, 0, False
    while not gone:
        ada.ask(*(f"PRIVMSG {to} :{sent + i} {text}" for i in range(100) for to in ("stuck", "bob")))
        sent += 100
        gone = any(" QUIT " in x for x in bob.sync())
        assert sent < 200_000
    quit_line = [parse(x) for x in bob.seen if " QUIT " in x][0]
    assert (quit_line.nick, quit_line.params) == ("stuck", ["send queue exceeded"])
    assert [parse(x).params[1].split()[0] for x in bob.seen if " PRIVMSG " in x] == [
        str(i) for i in range(sent)
    ]
    got = [parse(x) for x in stuck.end() if " PRIVMSG stuck :" in x]
    assert [m.params[1].split()[0] for m in got[:-1]] == [
        str(i) for i in range(len(got) - 1)
    ], "whole lines, in order"


def test_input_rate(server):
    """A flooder is read more slowly; nothing is dropped, and nobody else waits."""
    s = server("--input-rate", "20", "--input-burst", "20")
    flooder, ada = s.irc("flooder"), s.irc("ada")
    began = time.monotonic()
    flooder.send(*(f"PING {i}" for i in range(60)))
    ada.sync()
    others = time.monotonic() - began
    for i in range(60):
        flooder.expect(f"PONG \\S+ :{i}$")
    assert [x.rsplit(":")[-1] for x in flooder.seen if " PONG " in x] == [str(i) for i in range(60)]
    took = time.monotonic() - began
    assert took > 1.9, "forty beyond the burst, at twenty a second"
    assert others < took / 2


def test_input_rate_of_a_plain_client(server):
    s = server("--input-rate", "100", "--input-burst", "20")
    ada, bob = s.irc("ada", channel="#lobby"), s.plain("bob")
    bob.send(*(str(i) for i in range(60)), "exit")
    bob.half_close()
    assert [ada.message("PRIVMSG").params[1] for _ in range(60)] == [str(i) for i in range(60)]
    assert ada.message("QUIT").nick == "bob"


def flood(client, make):
    """Sends lines until the kernel takes no more for a moment: how many whole ones it took; the rest is in .owed."""
    count, data = 0, b""
    while count < 200_000:
        if not data:
            data = make(count).encode() + b"\r\n"
        try:
            data = data[client.sock.send(data) :]
        except BlockingIOError:
            if not select.select([], [client.sock], [], 0.3)[1]:
                client.owed = data
                return count + 1
            continue
        count += not data
    raise AssertionError("nothing held the flood back")


def test_input_buffer(server, folder):
    """When it is full nothing more is read; nothing is dropped. After a reload it goes on at another rate."""
    path = config(folder, input_rate=1, input_burst=1, input_buffer="8K", send_queue="16M")
    s = server("--config", path)
    c = s.irc()
    c.send("NICK ada")  # the one line that may come at once
    count = flood(c, lambda i: f"PING {i}")
    assert count > 50
    bob = s.connection("tcp")
    bob.send("NICK bob", "USER b 0 * :b")  # the second waits its second
    bob.expect(" 422 bob ")
    config(folder, input_rate=0)
    s.signal(signal.SIGHUP)
    s.err.wait("event=reloaded")
    c.send_raw(c.owed)
    for i in range(count):
        assert c.line().endswith(f" :{i}")


def test_answers_that_are_not_read(server):
    """Who asks and asks and does not read is not read any further; later every answer is there."""
    s = server("--input-rate", "0")
    ada, bob = s.irc("ada"), s.irc("bob")
    count = flood(ada, lambda i: f"HELP JOIN {i}")
    assert goes_on(bob)
    until = time.monotonic() + DEADLINE
    while ada.owed:
        ada.seen += [x.decode() for x in ada.rest.split(b"\r\n")[:-1]]
        ada.rest = ada.rest[ada.rest.rfind(b"\n") + 1 :]
        ada._more(until)
        try:
            ada.owed = ada.owed[ada.sock.send(ada.owed) :]
        except BlockingIOError:
            pass
    ada.sync()
    assert len([x for x in ada.seen if " 706 ada JOIN " in x]) == count
