"""IRCv3 capabilities: how they are negotiated, and what each of them changes."""

import pytest

from harness import commands, parse

ALL = (
    "message-tags server-time echo-message labeled-response batch cap-notify multi-prefix userhost-in-names "
    "extended-join away-notify invite-notify setname standard-replies sockchat/id "
    "account-notify account-tag "
    "draft/chathistory draft/event-playback draft/read-marker draft/message-redaction draft/multiline draft/search "
    "chghost extended-monitor draft/channel-rename draft/metadata-3 "
    "no-implicit-names draft/no-implicit-names draft/extended-isupport draft/pre-away draft/relaymsg"
).split()


def caps(line):
    """The names without their values, and without what some builds or settings lack."""
    names = {word.partition("=")[0] for word in parse(line).params[-1].split()}
    return names - {"sockchat/durable", "sasl", "draft/account-registration"}


# ---- negotiation ---------------------------------------------------------------------------------------


def test_what_there_is(server):
    c = server().irc()
    (line,) = c.ask("CAP LS")
    assert parse(line).params[:2] == ["*", "LS"]
    lines = c.ask("CAP LS 302")
    assert [parse(x).params[1:-1] for x in lines] == [["LS", "*"]] * (len(lines) - 1) + [["LS"]]
    assert set().union(*map(caps, lines)) == set(ALL)
    assert set(ALL[:20]) <= caps(line) <= set(ALL), "one line, as many as fit"
    (line,) = c.ask("CAP LIST")
    assert parse(line).params[:2] == ["*", "LIST"] and caps(line) == {"cap-notify"}, "302 implies it"


def test_before_302_there_is_one_line(server):
    """Who does not know of several takes each line for the whole; names are left out, not cut."""
    c = server("--name", "a" * 55 + ".example", "--name-length", "64").irc()
    (line,) = c.ask("NICK " + "n" * 64, "CAP LS")
    assert len(line.encode()) <= 510
    assert caps(line) < set(ALL) and len(caps(line)) > len(ALL) // 2


def test_before_302_nothing_is_implied(server):
    c = server().irc()
    assert caps(c.ask("CAP LS", "CAP LIST")[1]) == set()
    assert [parse(x).params[1] for x in c.ask("CAP REQ cap-notify", "CAP REQ -cap-notify")] == [
        "ACK",
        "ACK",
    ]


def test_what_is_implied_stays(server):
    c = server().irc()
    c.ask("CAP LS 302")
    assert [parse(x).params[1] for x in c.ask("CAP REQ -cap-notify")] == ["NAK"]


@pytest.mark.parametrize(
    "wanted, verdict, result",
    [
        ("message-tags", "ACK", "message-tags"),
        (":message-tags server-time", "ACK", "message-tags server-time"),
        (":message-tags  -server-time ", "ACK", "message-tags"),
        (":message-tags nosuch", "NAK", ""),
        (":Message-Tags", "NAK", ""),
        (":", "ACK", ""),
    ],
)
def test_all_or_nothing(server, wanted, verdict, result):
    c = server().irc()
    answer, listed = c.ask(f"CAP REQ {wanted}", "CAP LIST")
    assert parse(answer).params == ["*", verdict, wanted.removeprefix(":")]
    assert caps(listed) == set(result.split())


def test_registration_waits_for_the_end(server):
    c = server().irc()
    assert [
        parse(x).params[1] for x in c.ask("CAP REQ setname", "NICK ada", "USER a 0 * :a", "CAP LS")
    ] == ["ACK", "LS"]
    c.send("CAP END")
    assert parse(c.line()).command == "001"
    assert [x for x in c.ask("CAP END", "CAP LIST") if " CAP " in x][0].endswith(":setname")
    assert "410" in commands(c.ask("CAP NOSUCH", "CAP"))


def test_they_can_be_changed_at_any_time(server):
    s = server()
    ada, bob = s.irc("ada", channel="#x"), s.irc("bob", channel="#x")
    bob.sync()
    ada.ask("PRIVMSG #x :bare")
    bob.ask("CAP REQ server-time")
    ada.ask("PRIVMSG #x :timed")
    bob.ask("CAP REQ -server-time")
    ada.ask("PRIVMSG #x :bare")
    bob.sync()
    assert [(x.startswith("@time="), x.rsplit(":")[-1]) for x in bob.seen if " PRIVMSG " in x] == [
        (False, "bare"),
        (True, "timed"),
        (False, "bare"),
    ]


# ---- each of them, on and off --------------------------------------------------------------------------


@pytest.fixture
def pair(server):
    """pair("cap"): two clients in #x, one with the capability and one without, and an operator of it."""

    def make(cap):
        s = server()
        boss = s.irc("boss", channel="#x")
        new, old = s.irc("new", caps=cap, channel="#x"), s.irc("old", channel="#x")
        for client in (boss, new, old):
            client.sync()
        return s, boss, new, old

    return make


def test_extended_join(pair):
    s, _, new, old = pair("extended-join")
    s.irc("ada", channel="#x", realname="Ada Lovelace")
    assert new.message("JOIN").params == ["#x", "*", "Ada Lovelace"]
    assert old.message("JOIN").params == ["#x"]


def test_multi_prefix(pair):
    _, boss, new, old = pair("multi-prefix")
    boss.ask("MODE #x +v boss")
    for client, prefixes in ((new, "@+"), (old, "@")):
        client.sync()
        assert f"{prefixes}boss" in parse(client.ask("NAMES #x")[0]).params[-1].split()
        assert (
            parse([x for x in client.ask("WHO #x") if " boss " in x][0]).params[6] == "H" + prefixes
        )
        assert [parse(x).params[-1] for x in client.ask("WHOIS boss") if " 319 " in x] == [
            f"{prefixes}#x"
        ]


@pytest.mark.parametrize("cap", ["no-implicit-names", "draft/no-implicit-names"])
def test_no_implicit_names(server, cap):
    """Nor when a channel is renamed for those who do not know that; but when one asks."""
    s = server()
    boss, new, old = s.irc("boss"), s.irc("new", caps=cap + " draft/read-marker"), s.irc("old")
    boss.ask("JOIN #y", "TOPIC #y :Dogs")
    assert commands(new.ask("JOIN #y")) == ["JOIN", "332", "333", "MARKREAD"]
    assert commands(old.ask("JOIN #y")) == ["JOIN", "332", "333", "353", "366"]
    new.sync(), old.sync()
    boss.ask("RENAME #y #z")
    assert commands(new.sync()) == ["PART", "JOIN", "332", "333", "MARKREAD"]
    assert commands(old.sync()) == ["PART", "JOIN", "332", "333", "353", "366"]
    assert commands(new.ask("NAMES #z")) == ["353", "366"]


def test_userhost_in_names(pair):
    _, _, new, old = pair("userhost-in-names")
    user = parse(new.ask("WHOIS boss")[0]).params[2]
    assert f"@boss!{user}@localhost" in parse(new.ask("NAMES #x")[0]).params[-1].split()
    assert "@boss" in parse(old.ask("NAMES #x")[0]).params[-1].split()


def test_away_notify(pair):
    s, boss, new, old = pair("away-notify")
    assert boss.answers("AWAY :lunch", "AWAY")[0][0] == "306"
    assert [parse(x).params for x in new.sync()] == [["lunch"], []]
    assert old.sync() == []
    ada = s.irc("ada")
    ada.ask("AWAY :still asleep", "JOIN #x")
    assert [(parse(x).command, parse(x).params[-1]) for x in new.sync()] == [
        ("JOIN", "#x"),
        ("AWAY", "still asleep"),
    ]
    assert commands(old.sync()) == ["JOIN"]


def test_invite_notify(pair):
    """For the channel's operators."""
    s, boss, new, old = pair("invite-notify")
    s.irc("guest")
    boss.ask("MODE #x +oo new old")
    new.sync(), old.sync()
    boss.ask("INVITE guest #x")
    assert [parse(x).params for x in new.sync()] == [["guest", "#x"]]
    assert old.sync() == []


def test_setname(pair):
    _, boss, new, old = pair("setname")
    assert commands(boss.ask("SETNAME :The Boss")) == [], "no line for who did not ask for it"
    assert new.message("SETNAME").params == ["The Boss"]
    assert old.sync() == []
    assert parse(old.ask("WHOIS boss")[0]).params[-1] == "The Boss"
    assert new.answers("SETNAME :New") == [["SETNAME", "New"]]
    assert new.answers("SETNAME :" + "x" * 129)[0] == ["NOTICE", "new", "The real name is too long"]


def test_standard_replies(pair):
    _, _, new, old = pair("standard-replies")
    assert new.answers("SETNAME :" + "x" * 129) == [
        ["FAIL", "SETNAME", "INVALID_REALNAME", "The real name is too long"]
    ]
    assert old.answers("SETNAME :" + "x" * 129) == [["NOTICE", "old", "The real name is too long"]]


def test_echo_message(pair):
    _, _, new, old = pair("echo-message")
    assert new.answers("PRIVMSG #x :a", "PRIVMSG boss :b") == [
        ["PRIVMSG", "#x", "a"],
        ["PRIVMSG", "boss", "b"],
    ]
    assert old.answers("PRIVMSG #x :a", "PRIVMSG boss :b") == []


def test_server_time(pair):
    _, boss, new, old = pair("server-time")
    boss.ask("PRIVMSG #x :a", "TOPIC #x :b", "NICK chief", "MODE #x +i")
    assert all(set(parse(x).tags) == {"time"} for x in new.sync())
    assert all(set(parse(x).tags) == {"time"} for x in new.ask("WHOIS chief", "PING x", "NOSUCH"))
    assert not any(x.startswith("@") for x in old.sync())


def test_message_tags(pair):
    _, boss, new, old = pair("message-tags")
    boss.ask("PRIVMSG #x :a")
    assert set(parse(new.line()).tags) == {"msgid"}
    assert parse(old.line()).tags == {}
    assert new.answers("@+a=b TAGMSG #x") == []
    assert old.answers("@+a=b TAGMSG #x")[0][:2] == ["421", "TAGMSG"]


def isupport(lines):
    """The tokens, and the commands of the lines, those of a batch in a list; 005 must be nothing else."""
    tokens, found, open_batch = [], [], None
    for m in map(parse, lines):
        if m.command == "BATCH" and m.params[0][0] == "+":
            open_batch = m.params[0][1:]
            found.append([])
        elif m.command == "BATCH":
            assert m.params == ["-" + open_batch]
            open_batch = None
        elif m.command == "005":
            assert m.params[-1] == "are supported by this server"
            tokens += m.params[1:-1]
        if m.command != "BATCH":
            assert m.tags.get("batch") == open_batch
            (found if open_batch is None else found[-1]).append(m.command)
    return tokens, found


def test_extended_isupport(server):
    """Before registration for those who asked; all of it, and as a batch when they know batches."""
    s = server()
    assert s.irc().answers("ISUPPORT")[0][0] == "451"
    ada = s.irc()
    bare, lines = isupport(ada.ask("CAP REQ draft/extended-isupport", "ISUPPORT")[1:])
    assert set(lines) == {"005"} and "UTF8ONLY" in bare and "CHANTYPES=#" in bare
    ada.ask("CAP REQ :batch labeled-response server-time")
    answer = ada.ask("@label=x ISUPPORT")
    assert isupport(answer) == (bare, [["005"] * len(lines)])
    begin, *inside, _ = map(parse, answer)
    assert begin.tags["label"] == "x" and begin.params[1:] == ["draft/isupport"]
    assert all({"batch", "time"} == set(m.tags) and m.params[0] == "*" for m in inside)
    ada.send("NICK ada", "USER a 0 * :a", "CAP END")
    tokens, found = isupport(ada.sync())
    assert tokens == bare and found.index("004") + 1 == found.index(["005"] * len(lines))
    assert isupport(ada.ask("VERSION")) == (bare, ["351", ["005"] * len(lines)])
    assert isupport(ada.ask("CAP REQ -batch", "ISUPPORT")[1:]) == (bare, lines)
    bob = s.irc("bob", caps="batch")
    assert isupport(bob.ask("ISUPPORT")) == (bare, lines), "after registration it is for all"


def test_labels(pair):
    _, _, new, old = pair("labeled-response batch")
    assert new.ask("@label=a PONG x")[0].startswith("@label=a ")
    assert old.ask("@label=a PONG x") == []


def test_all_at_once(server):
    s = server()
    caps = [c for c in ALL if not c.endswith("no-implicit-names")]  # join() waits for them
    ada, bob = s.irc("ada", caps=caps, channel="#x"), s.irc("bob", caps=caps, channel="#x")
    ada.sync()
    ada.send("@label=1;+a=b PRIVMSG #x :hello")
    echo, heard = ada.message("PRIVMSG"), bob.message("PRIVMSG")
    assert set(echo.tags) == {"label", "time", "msgid", "+a"}
    assert set(heard.tags) == {"time", "msgid", "+a"}
    assert heard.tags == {k: v for k, v in echo.tags.items() if k != "label"}
