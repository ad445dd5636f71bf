"""
irssi and WeeChat over the restarts of their server: they come back by themselves, and the channel's
buffer has every line once, in order. Two WeeChats of one account are one person.
"""

import re

import pytest

from accounts import register
from harness import DEADLINE
from test_real_clients import LOBBY, PATIENCE, stage
from test_real_logins import LoggedInIrssi, LoggedInWeeChat

assert stage  # a fixture

ROWS = 150  # of the terminals: all of the buffer is on the screen


class ReturningIrssi(LoggedInIrssi):
    def argv(self, over):
        argv = super().argv(over)
        with open(self.stage.folder / f"home-{self.nick}" / "config", "a") as config:
            config.write(f'channels = ({{ name = "{LOBBY}"; chatnet = "test"; autojoin = "yes"; }});\n')
        return argv

    def ready(self):
        self.pane.until(rf"{LOBBY}: Total of")
        self.pane.enter("/set server_reconnect_time 1s")


class ReturningWeeChat(LoggedInWeeChat):
    account = "ada"

    def argv(self, over):
        argv = super().argv(over)
        settings = {"autoreconnect_delay": 1, "nicks": self.account, "sasl_username": self.account}
        more = [w for key, v in settings.items() for w in ("-r", f"/set irc.server.test.{key} {v}")]
        return argv[:-2] + more + argv[-2:]

    def ready(self):
        super().ready()
        self.pane.enter(f"/buffer irc.test.{LOBBY}")


@pytest.fixture
def returning(stage, server, features):
    """A stage whose server can be restarted: .restart("stop" or "kill"), and whose watcher counts: .count()."""
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("built without GNU SASL or SQLite")
    stage.counted = 0

    def restart(how):
        last = stage.server
        port = stage.tcp("ipv4")[1]
        getattr(last, how)()
        stage.server = server("--bind", f"127.0.0.1:{port}", port=False, listeners=2, store=last.store)
        stage.watcher = stage.server.irc("watcher", channel=LOBBY)

    def count(lines):
        first, stage.counted = stage.counted + 1, stage.counted + lines
        stage.watcher.ask(*(f"PRIVMSG {LOBBY} :count {n}" for n in range(first, stage.counted + 1)))

    stage.restart, stage.count = restart, count
    for nick in ("ada", "ida"):
        owner = register(stage.server.irc(nick))
        owner.send("QUIT")
        owner.end()
    return stage


def enter(stage, kind, nick):
    client = stage.enter(kind, nick, "ipv4")
    stage.tmux.tmux("resize-window", "-t", client.pane.pane, "-x", 120, "-y", ROWS)
    client.ready()
    return client


def has_all(client):
    """Waits until it shows the last line that was counted, and is shown each once, in order."""
    client.pane.until(rf"\bcount {client.stage.counted}\b")
    shown = [int(n) for n in re.findall(r"\bcount (\d+)", client.read())]
    assert shown == list(range(1, client.stage.counted + 1)), client.read()


def comes(stage, *nicks):
    """Waits until they are in the channel again."""
    missing = set(nicks)
    names = stage.watcher.ask(f"NAMES {LOBBY}")
    missing -= {n for x in names for n in re.findall(r" 353 .* :(.*)", x) for n in re.sub("[@+]", "", n).split()}
    while missing:
        missing.discard(stage.watcher.expect(r"^:(\w+)!\S+ JOIN ", timeout=PATIENCE).group(1))


def test_every_line_once_in_order(returning):
    returning.count(3)
    irssi = enter(returning, ReturningIrssi, "ida")
    weechat = enter(returning, ReturningWeeChat, "one")
    other = enter(returning, ReturningWeeChat, "two")
    for how in ("stop", "kill"):
        returning.count(2)
        for client in (irssi, weechat, other):
            has_all(client)
        returning.restart(how)
        returning.count(3)
        comes(returning, "ida", "ada")
        returning.count(2)
        for client in (irssi, weechat, other):
            has_all(client)


def test_two_weechats_of_one_account_are_one_person(returning):
    one = enter(returning, ReturningWeeChat, "one")
    two = enter(returning, ReturningWeeChat, "two")
    (names,) = [x for x in returning.watcher.ask(f"NAMES {LOBBY}") if " 353 " in x]
    assert sorted(re.sub("[@+]", "", names.rsplit(":", 1)[1]).split()) == ["ada", "watcher"]
    for speaker, hearer in ((one, two), (two, one)):
        speaker.say(f"from {speaker.nick}")
        hearer.hears("ada", f"from {speaker.nick}")
        speaker.hears("ada", f"from {speaker.nick}")
    one.pane.enter("/disconnect test")
    one.pane.until("disconnected from server")
    two.say("still here")
    lines = []
    while not lines or "still here" not in lines[-1]:
        lines.append(returning.watcher.line(DEADLINE))
    assert not [x for x in lines if re.search(" (QUIT|PART) ", x)]
    for client in (one, two):
        text = client.read()
        assert text.count("from one") == text.count("from two") == 1, text
