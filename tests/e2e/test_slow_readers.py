"""Those who stop reading for a while: they miss nothing, in order, once; and nobody else notices."""

import re
import select
import signal
import socket

import pytest

from accounts import FAST, logged_in, register
from harness import DEADLINE, SLOWDOWN, parse
from slow import TEXT, is_behind, numbered, say, until_behind
from web import Web


def ping(s, folder, interval, timeout):
    """From now on: nobody is late before, however long it takes to fill what the kernel holds."""
    path = folder / "config" / "sockchat" / "sockchat.ini"
    path.write_text(f"[limits]\nping-interval = {interval}\nping-timeout = {timeout}\n")
    s.signal(signal.SIGHUP)
    s.err.wait("event=reloaded")


def test_everything_once_in_order(busy, folder, features):
    web = ("--websocket", folder / "web.sock") if "wslay" in features else ()
    s = busy(*web)
    kinds = [
        s.irc("bare", over="tcp", channel="#x"),
        s.irc("tags", over="tcp", channel="#x", caps=("server-time", "message-tags", "echo-message")),
    ]
    if web:
        page = Web.over(s, web[1]).register("page", caps="server-time")
        page.join("#x")
        kinds.append(page)
    kinds.append(s.plain("lines", over="tcp"))
    kinds[-1].send("/join #x")
    kinds[-1].expect("#x")
    ada = s.irc("ada", channel="#x")
    eve = s.irc("eve", channel="#x")
    nicks = ["bare", "tags", *["page"] * bool(web), "lines"]
    sent = until_behind(s, ada, *nicks)
    sent = say(ada, sent, 1000)
    for reader in kinds:
        reader.expect(rf"\b{sent - 1} x", timeout=3 * DEADLINE)
    for nick in nicks:
        s.err.wait(f"event=caught-up nick={nick} .*missing=0")
    sent = say(ada, sent, 10)
    for reader in kinds:
        reader.expect(rf"\b{sent - 1} x")
    for reader in kinds[:-1]:
        reader.sync()
        assert numbered(reader.seen) == list(range(sent))
    assert [int(m.group(1)) for m in (re.search(r"ada: (\d+) x", y) for y in kinds[-1].seen) if m] == list(
        range(sent)
    )
    assert numbered(eve.sync()) == list(range(sent))
    ids = [parse(x).tags["msgid"] for x in kinds[1].seen if " PRIVMSG #x :" in x]
    assert ids == sorted(set(ids)) and len(ids) == sent


def test_it_is_live_again_while_others_talk(busy):
    """What happens while the last page is on its way comes behind it."""
    s = busy()
    stuck = s.irc("stuck", channel="#x")
    ada = s.irc("ada", channel="#x")
    sent = until_behind(s, ada, "stuck")
    while "event=caught-up nick=stuck" not in str(s.err):
        ada.send(*(f"PRIVMSG #x :{sent + i} {TEXT}" for i in range(20)))
        sent += 20
        stuck.expect(rf" :{min(sent - 20, len(numbered(stuck.seen)) + 60)} x", timeout=DEADLINE)
    ada.sync()
    sent = say(ada, sent, 1)
    stuck.expect(rf" :{sent - 1} x")
    assert numbered(stuck.seen) == list(range(sent))


def test_presence(busy):
    """Who came, went and is called otherwise: as it happened, once, in however many channels."""
    s = busy()
    ada, eve = s.irc("ada", channel="#x"), s.irc("eve", channel="#x")
    stuck = s.irc("stuck", channel="#x")
    stuck.join("#y")
    eve.join("#y")
    sent = until_behind(s, ada, "stuck")
    bob = s.irc("bob", channel="#x")
    bob.join("#y")
    bob.ask("NICK rob", "MODE #y", "PART #y :enough")
    ada.ask("TOPIC #x :news", "MODE #x +m", "NICK adam", "KICK #x rob :out")
    bob.send("QUIT :bye")
    bob.end()
    eve.send("QUIT :done")
    eve.end()
    sent = say(ada, sent, 50)
    stuck.expect(rf" :{sent - 1} x", timeout=DEADLINE)
    stuck.sync()
    seen = [parse(x) for x in stuck.seen]
    began = [i for i, m in enumerate(seen) if m.command == "JOIN" and m.nick == "bob"][0]
    told = [(m.nick, m.command, *m.params) for m in seen[began:] if m.command not in ("PRIVMSG", "PONG")]
    assert told == [
        ("bob", "JOIN", "#x"),
        ("bob", "JOIN", "#y"),
        ("bob", "NICK", "rob"),
        ("rob", "PART", "#y", "enough"),
        ("ada", "TOPIC", "#x", "news"),
        ("ada", "MODE", "#x", "+m"),
        ("ada", "NICK", "adam"),
        ("adam", "KICK", "#x", "rob", "out"),
        ("eve", "QUIT", "Quit: done"),
    ]
    assert numbered(stuck.seen) == list(range(sent))


def test_presence_in_some_of_the_channels(busy):
    """Rows of one event with others between them, which are not for this reader; one of them is."""
    s = busy("--nick-changes", "0")
    ada = s.irc("ada", channel="#x")
    for channel in ("#a", "#b", "#c", "#d"):
        ada.join(channel)
    eve, kim, tom = s.irc("eve", channel="#a"), s.irc("kim", channel="#b"), s.irc("tom", channel="#b")
    for channel in ("#b", "#x", "#c", "#d"):
        eve.join(channel)
    kim.join("#d")
    stuck = s.irc("stuck", channel="#x")
    stuck.join("#a")
    stuck.join("#d")
    sent = until_behind(s, ada, "stuck")
    eve.ask("NICK eva", "NICK eve", "NICK eva", "PART #x", "NICK eve", "JOIN #x", "NICK eva")
    kim.ask("NICK kam", "NICK kim", "NICK kam")
    tom.ask("NICK tam")
    for client in (eve, kim, tom):
        client.send("QUIT")
        client.end()
    again = s.irc("eva", channel="#d")
    again.join("#c")
    again.join("#x")
    again.send("QUIT")
    again.end()
    stuck.expect(rf" :{say(ada, sent, 50) - 1} x", timeout=DEADLINE)
    stuck.sync()
    told = [(m.nick, m.command, m.params[0]) for m in map(parse, stuck.seen) if m.nick not in ("stuck", "ada")]
    told = [x for x in told if x[1] in ("NICK", "QUIT", "PART", "JOIN")]
    assert told == [
        *[("eve", "NICK", "eva"), ("eva", "NICK", "eve"), ("eve", "NICK", "eva"), ("eva", "PART", "#x")],
        *[("eva", "NICK", "eve"), ("eve", "JOIN", "#x"), ("eve", "NICK", "eva")],
        *[("kim", "NICK", "kam"), ("kam", "NICK", "kim"), ("kim", "NICK", "kam")],
        *[("eva", "QUIT", "Quit"), ("kam", "QUIT", "Quit")],
        *[("eva", "JOIN", "#d"), ("eva", "JOIN", "#x"), ("eva", "QUIT", "Quit")],
    ]


def test_presence_while_lines_are_queued(busy):
    """What happened just before it fell behind, in channels that it does not share all of."""
    s = busy("--nick-changes", "0", queue="256K")
    ada, eve = s.irc("ada", channel="#x"), s.irc("eve", channel="#other")
    stuck = s.irc("stuck", channel="#y")
    stuck.join("#x")
    eve.join("#x")
    eve.join("#y")
    sent = 0
    for round in range(10_000):
        sent = say(ada, sent, 10)
        ada.ask(f"MODE #x +b-b+b-b+b-b {' '.join(f'{round}{c}!*@{72 * c}' for c in 'aabbcc')}")
        eve.ask(f"NICK eve{round}", "PRIVMSG #y :y x")
        if is_behind(s, "stuck"):
            break
    stuck.expect(rf" :{sent - 1} x", timeout=3 * DEADLINE)
    stuck.sync()
    nicks = [parse(x).params[0] for x in stuck.seen if " NICK " in x]
    assert nicks == [f"eve{i}" for i in range(round + 1)]
    assert numbered(stuck.seen) == list(range(sent))
    assert len([x for x in stuck.seen if " PRIVMSG #y :y x" in x]) == round + 1
    modes = [x for x in ada.seen if " MODE #x " in x]
    assert len(modes) > round + 1, "several lines tell of one event"
    assert [x for x in stuck.seen if " MODE #x " in x] == modes


def test_renamed_while_pages_are_on_their_way(server, features):
    """Some were asked for by the old name, and come when the store knows the new one."""
    if "sqlite" not in features:
        pytest.skip("no sqlite in this build")
    s = server("--send-queue", "64K", "--input-rate", "0", "--keep-messages", "1000000")
    ada = s.irc("ada", channel="#x")
    nicks = [f"stuck{i}" for i in range(40)]
    left = {s.irc(nick, channel="#x", caps="draft/channel-rename") for nick in nicks}
    many = list(left)
    sent = say(ada, until_behind(s, ada, *nicks), 2500)
    most = 250_000 * len(many)
    while left:
        for client in select.select(list(left), [], [], DEADLINE)[0]:
            client.rest += client.sock.recv(1 << 16)
            if b" :the end" in client.rest[-(1 << 17) :]:
                left.discard(client)
        if most and sum(len(client.rest) for client in many) > most:
            ada.send("RENAME #x #y", "PRIVMSG #y :the end")
            most = 0
    for client in many:
        assert [int(i) for i in re.findall(rb" PRIVMSG #[xy] :(\d+) x", client.rest)] == list(range(sent))
    s.err.wait("event=caught-up nick=stuck.* missing=0", count=len(many))


def test_kicked_while_behind(busy):
    s = busy()
    stuck = s.irc("stuck", channel="#y")
    ada = s.irc("ada", channel="#x")
    stuck.join("#x")
    bob = s.irc("bob", channel="#y")
    sent = until_behind(s, ada, "stuck")
    middle = say(ada, sent, 100)
    bob.ask("PRIVMSG #y :one x")
    ada.ask("KICK #x stuck :slow")
    say(ada, middle, 100)
    bob.ask("PRIVMSG #y :two x")
    stuck.expect(" :two x", timeout=DEADLINE)
    s.err.wait("event=caught-up nick=stuck .*missing=0")
    stuck.sync()
    assert numbered(stuck.seen) == list(range(middle)), "nothing of the time after it"
    assert len([x for x in stuck.seen if " KICK #x stuck :slow" in x]) == 1
    kicked = [i for i, x in enumerate(stuck.seen) if " KICK " in x][0]
    assert [" :one x" in x for x in stuck.seen].index(True) < kicked


def test_kicked_before_it_fell_behind(busy):
    """The channel's lines are still queued then, and it is in another one."""
    s = busy(queue="1M")
    stuck = s.irc("stuck", channel="#y")
    ada = s.irc("ada", channel="#x")
    stuck.join("#x")
    bob = s.irc("bob", channel="#y")
    sent = 0
    while sent * (len(TEXT) + 40) < 800_000:  # more than the kernel takes, and less than fills the queue
        sent = say(ada, sent, 100)
    ada.ask("KICK #x stuck :slow")
    assert not is_behind(s, "stuck")
    count = 0
    while not is_behind(s, "stuck"):
        bob.ask(*(f"PRIVMSG #y :{count + i} {TEXT}" for i in range(100)))
        count += 100
    stuck.expect(rf"PRIVMSG #y :{count - 1} x", timeout=3 * DEADLINE)
    s.err.wait("event=caught-up nick=stuck .*missing=0")
    stuck.sync()
    assert numbered(stuck.seen) == list(range(sent))
    assert numbered(stuck.seen, "#y") == list(range(count))
    assert len([x for x in stuck.seen if " KICK #x stuck :slow" in x]) == 1


def test_own_messages(busy):
    """Without echo-message one's own are not shown, with it they are; labels stay; what was private is in its place."""
    for caps in ((), ("echo-message",), ("echo-message", "labeled-response", "batch", "message-tags")):
        s = busy()
        stuck = s.irc("stuck", channel="#x", caps=caps)
        ada = s.irc("ada", channel="#x")
        label = "@label=L{} " if len(caps) > 1 else ""
        own, sent = 0, 0
        while not is_behind(s, "stuck"):
            sent = say(ada, sent, 50)
            if is_behind(s, "stuck"):
                break
            stuck.send(label.format(own) + f"PRIVMSG #x :own {own}", f"PING p{own}")
            while not any(x.endswith(f":own {own}") for x in ada.seen) and not is_behind(s, "stuck"):
                ada.sync()  # that may be what makes it fall behind: then it is heard later
            own += 1
        ada.ask("PRIVMSG stuck :secret 1")
        sent = say(ada, sent, 500)
        ada.ask("PRIVMSG stuck :secret 2")
        sent = say(ada, sent, 1)
        stuck.expect(rf"PRIVMSG #x :{sent - 1} x", timeout=3 * DEADLINE)
        s.err.wait("event=caught-up nick=stuck .*missing=0")
        stuck.sync()
        ada.sync()
        assert numbered(stuck.seen) == list(range(sent))
        assert [m.group(1) for m in (re.search(r"PRIVMSG #x :own (\d+)", x) for x in stuck.seen) if m] == (
            [str(i) for i in range(own)] if caps else []
        )
        assert [m.group(1) for m in (re.search(r"PONG \S+ :p(\d+)", x) for x in stuck.seen) if m] == [
            str(i) for i in range(own)
        ]
        told = [m.group(1) for m in (re.search(r" :((?:own|secret) \d+|\d+ )", x) for x in stuck.seen) if m]
        if caps:
            order = [m.group(1) for m in (re.search(r" #x :(own \d+|\d+ )", x) for x in ada.seen) if m]
            assert [x for x in told if x.startswith("own")] == [x for x in order if x.startswith("own")]
        if label:
            labelled = [parse(x) for x in stuck.seen if "label=" in x and " PRIVMSG " in x]
            assert [(m.tags["label"], m.params[1]) for m in labelled] == [
                (f"L{i}", f"own {i}") for i in range(own)
            ]
        at = {x: i for i, x in enumerate(told)}
        assert at["secret 1"] < at["secret 2"] < at[f"{sent - 1} "]
        assert told[at["secret 2"] - 1] == f"{sent - 2} "


def test_who_never_reads(busy, folder):
    """It ends by ping timeout, as others do; what is private has the same bound as before."""
    s = busy()
    s.irc("stuck", channel="#x")
    ada = s.irc("ada", channel="#x")
    until_behind(s, ada, "stuck")
    ping(s, folder, "1s", "2s")
    assert ada.expect(r":stuck!\S+ QUIT :(.*)").group(1).startswith("Ping timeout")


def test_private_messages_have_the_bound_still(busy):
    s = busy()
    s.irc("stuck", channel="#x")
    ada = s.irc("ada", channel="#x")
    sent = until_behind(s, ada, "stuck")
    gone = False
    while not gone:
        ada.send(*(f"PRIVMSG stuck :{i} {TEXT}" for i in range(50)))
        gone = any(" QUIT :send queue exceeded" in x for x in ada.sync())
        sent += 50
        assert sent < 200_000


@pytest.mark.parametrize("over, most", [("unix", 90_000), ("tcp", 500_000)])
def test_who_reads_slowly_is_alive(busy, folder, over, most):
    """
    Its own PONG is not read while it is behind: that it takes anything is what counts. What it takes
    until its time would be up can be seen from the other side twice at least, and is less than what a
    kernel waits for before it takes more. Another client's PINGs are the clock.
    """
    s = busy()
    stuck = s.irc("stuck", channel="#x", over=over)
    stuck.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 15)  # and it does not grow
    ada = s.irc("ada", channel="#x")
    clock = s.irc("clock")
    sent = say(ada, until_behind(s, ada, "stuck"), 2000)
    timeout = 3 + 2 * int(SLOWDOWN)
    ping(s, folder, "1s", f"{timeout}s")
    for _ in range(1 + timeout + 2):
        stuck.take(most // (1 + timeout))
        clock.expect("^PING ")
    assert "caught-up" not in str(s.err)
    stuck.expect(rf" :{sent - 1} x", timeout=3 * DEADLINE)
    stuck.sync()
    assert numbered(stuck.seen) == list(range(sent))


def test_rows_that_are_gone_are_counted(server):
    s = server("--send-queue", "64K", "--input-rate", "0", "--keep-messages", "100", store="memory")
    stuck = s.irc("stuck", channel="#x")
    plain = s.plain("lines")
    plain.send("/join #x")
    plain.expect("#x")
    ada = s.irc("ada", channel="#x")
    sent = until_behind(s, ada, "stuck", "lines")
    sent = say(ada, sent, 300)
    for reader, form in ((stuck, r"NOTICE stuck :(\d+) messages are missing"), (plain, r"(\d+) messages are")):
        missing = int(reader.expect(form, timeout=3 * DEADLINE).group(1))
        sent = say(ada, sent, 1)
        reader.expect(rf"\b{sent - 1} x")
        got = [int(m.group(1)) for m in (re.search(r":? ?(\d+) x", x) for x in reader.seen) if m]
        assert got == sorted(set(got)) and missing + len(got) == sent


def test_quits_while_behind(busy):
    """The goodbye of who is killed comes behind what is private, and nothing is left of it."""
    s = busy()
    stuck = s.irc("stuck", channel="#x")
    ada = s.irc("ada", channel="#x")
    until_behind(s, ada, "stuck")
    stuck.close()
    ada.ask("PRIVMSG stuck :are you there")
    while not any(":stuck!" in x and " QUIT " in x for x in ada.seen):
        ada.sync()
    assert "stuck" not in str(ada.ask("NAMES #x")) and is_behind(s, "stuck")


@pytest.mark.parametrize("caps", [(), ("echo-message",)])
def test_another_device(busy, features, caps):
    """What the same user does with another one is told in its turn: new names, channels, messages."""
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s = busy(*FAST, "--nick-changes", "0")
    stuck = register(s.irc("me", caps=caps))
    stuck.join("#x")
    ada, eve = s.irc("ada", channel="#x"), s.irc("eve", channel="#y")
    other = logged_in(s, "me", account="me", caps=("echo-message",))
    own, sent = 0, 0
    while not is_behind(s, "me"):
        sent = say(ada, sent, 50)
        other.ask(f"PRIVMSG #x :own {own}")
        own += 1
    for round in range(3):
        other.ask(f"NICK me{round}", "JOIN #y", f"PRIVMSG #x :own {own}")
        own += 1
        eve.ask(f"PRIVMSG #y :{round} x", f"PRIVMSG me{round} :secret {round}")
        other.ask("PART #y")
        eve.ask("PRIVMSG #y :unheard")
        sent = say(ada, sent, 50)
    stuck.expect(rf" #x :{sent - 1} x", timeout=3 * DEADLINE)
    stuck.sync()
    assert numbered(stuck.seen) == list(range(sent))
    assert numbered(stuck.seen, "#y") == [0, 1, 2]
    assert not [x for x in stuck.seen if " PRIVMSG #y :unheard" in x], "what is told again has its time"
    owns = [m.group(1) for m in (re.search(r" #x :own (\d+)", x) for x in stuck.seen) if m]
    assert owns == [str(i) for i in range(own)]
    seen = [(m.nick, m.command, *m.params[:2]) for m in map(parse, stuck.seen)]
    told = [x for x in seen if x[1] in ("NICK", "PART") or x[1:3] == ("JOIN", "#y") or x[1] in ("353", "366")]
    began = told.index(("me", "NICK", "me0"))
    assert [x for x in told[began:] if x[1] in ("NICK", "JOIN", "PART")] == [
        x
        for i in range(3)
        for x in (
            (f"me{i - 1}" if i else "me", "NICK", f"me{i}"),
            (f"me{i}", "JOIN", "#y"),
            (f"me{i}", "PART", "#y"),
        )
    ]
    names = [i for i, x in enumerate(told) if x[1] == "366" and i > began]
    assert all(told[i - 2][1] == "JOIN" and told[i - 1][1] == "353" for i in names) and len(names) == 3
    secrets = [m.group(1) for m in (re.search(r" :secret (\d)", x) for x in stuck.seen) if m]
    assert secrets == ["0", "1", "2"]


def test_the_store_cannot_be_read_for_a_while(server, features):
    if "sqlite" not in features:
        pytest.skip("no sqlite in this build")
    s = server("--send-queue", "64K", "--input-rate", "0")
    stuck = s.irc("stuck", channel="#x")
    ada = s.irc("ada", channel="#x")
    sent = until_behind(s, ada, "stuck")
    sent = say(ada, sent, 3000)  # more than is on its way
    hidden = s.store.with_suffix(".hidden")
    s.store.rename(hidden)
    ada.ask("PRIVMSG #x :refused")
    s.err.wait("event=store-down")
    for _ in range(50):
        stuck.line()
    with pytest.raises(AssertionError):
        stuck.expect(rf" :{sent - 1} x", timeout=1)
    hidden.rename(s.store)
    stuck.expect(rf" :{sent - 1} x")
    s.err.wait("event=caught-up nick=stuck .*missing=0")
    assert numbered(stuck.seen) == list(range(sent))


def test_the_kernel_holds_little_of_it(busy):
    """What waits is in the send queue, which has a limit, and not in up to 4 MB of the kernel for each."""
    s = busy()
    s.irc("stuck", over="tcp", channel="#x")
    ada = s.irc("ada", channel="#x")
    assert until_behind(s, ada, "stuck") * len(TEXT) < 1_000_000
