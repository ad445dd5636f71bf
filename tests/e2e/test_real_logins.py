"""irssi and WeeChat as people set them up: they log in by SASL when they connect, or by NickServ."""

import pytest

from accounts import PASSWORD, register
from test_real_clients import IRSSI, LOBBY, Irssi, WeeChat, stage

assert stage  # a fixture


class LoggedInIrssi(Irssi):
    def argv(self, over):
        home = self.stage.home(self.nick)
        host, port = self.stage.tcp(over)
        (home / "config").write_text(
            IRSSI
            + f"""
chatnets = {{ test = {{ type = "IRC"; sasl_mechanism = "PLAIN";
  sasl_username = "{self.nick}"; sasl_password = "{PASSWORD}"; }}; }};
servers = ({{ address = "{host}"; port = "{port}"; chatnet = "test"; autoconnect = "yes"; }});
"""
        )
        return ["irssi", f"--home={home}", "-n", self.nick]


class LoggedInWeeChat(WeeChat):
    mechanism = "scram-sha-256"

    def argv(self, over):
        argv = super().argv(over)
        settings = {"mechanism": self.mechanism, "username": self.nick, "password": PASSWORD}
        sasl = [w for key, v in settings.items() for w in ("-r", f"/set irc.server.test.sasl_{key} {v}")]
        return argv[:-2] + sasl + argv[-2:]


class PlainWeeChat(LoggedInWeeChat):
    mechanism = "plain"


@pytest.fixture
def guarded(stage, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    return stage


def read(client, pattern):
    """On its screen; WeeChat shows what a server or service says in the server's buffer."""
    if isinstance(client, WeeChat):
        client.pane.enter("/buffer irc.server.test")
    client.pane.until(pattern)
    if isinstance(client, WeeChat):
        client.pane.enter(f"/buffer irc.test.{LOBBY}")


def account(asker, nick):
    return [a[2] for a in asker.answers(f"WHOIS {nick}") if a[0] == "330"]


@pytest.mark.parametrize("kind", [LoggedInIrssi, LoggedInWeeChat, PlainWeeChat])
def test_login_when_connecting(guarded, kind):
    owner = register(guarded.server.irc("ada"))
    owner.send("QUIT")
    owner.end()
    ada = guarded.enter(kind, "ada", "ipv4")
    ada.ready()
    read(ada, "You are now logged in as ada")
    assert account(guarded.watcher, "ada") == ["ada"]
    ada.say("it is me")
    guarded.watcher.expect(r":ada!\S+ PRIVMSG \S+ :it is me")


@pytest.mark.parametrize("kind", [Irssi, WeeChat])
def test_by_nickserv(guarded, kind):
    ada = guarded.enter(kind, "ada", "unix")
    ada.ready()
    for line, answer in (
        ("/msg NickServ REGISTER secret-enough", "The account ada is made"),
        ("/msg NickServ LOGOUT", "You are logged out"),
        ("/msg NickServ IDENTIFY wrong", "Wrong account or password"),
        ("/msg NickServ IDENTIFY secret-enough", "You are logged in as ada"),
    ):
        ada.pane.enter(line)
        read(ada, answer)
    assert account(guarded.watcher, "ada") == ["ada"]
