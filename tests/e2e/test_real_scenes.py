"""
One scene, played by each client that people like: it connects and logs in, joins, talks both ways in the
channel and in private, changes its nick, comes back after a restart of the server, and quits. What it
shows is read as a person reads it. With SOCKCHAT_TEST_SCREENS=FOLDER what each shows at the end of its scene is
written there.
"""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile

import pytest

from accounts import PASSWORD, logged_in
from harness import Irc, Lines
from test_real_clients import LOBBY, PATIENCE, Client, stage
from test_real_clients import Sic as PlainSic
from test_real_restarts import ReturningIrssi, ReturningWeeChat, returning

assert stage and returning  # fixtures

WORD = "lovelace"  # a password for clients that take one word for one


def account(asker, nick):
    return [a[2] for a in asker.answers(f"WHOIS {nick}") if a[0] == "330"]


def set_password(stage, nick, password):
    """Gives the account that is there another password."""
    owner = logged_in(stage.server, nick)
    owner.ask(f"NS SET PASSWORD {password}")
    owner.send("QUIT")
    owner.end()


def keep_screen(name, text):
    place = os.environ.get("SOCKCHAT_TEST_SCREENS")
    if place:
        (pathlib.Path(place) / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


# ---- who plays ------------------------------------------------------------------------------------------


class Player(Client):
    """A client in a terminal, which the test types into."""

    nick_command, quit_command = "/nick {}", "/quit {}"
    renamed = "now known as {}"
    has_sasl = True
    ended = "it has ended"
    stop = None  # of one that does not come back by itself: no more of it is started once this file is there

    def __init__(self, stage, nick, over):
        self.stage, self.nick = stage, nick
        # What is said at the very end of a terminal nobody hears: cat goes on.
        alive = f'"$@"; echo {self.ended}; exec cat'
        self.pane = stage.tmux.start(nick, "sh", "-c", alive, "sh", *self.argv(over))

    def again_and_again(self, command):
        """A client that ends with its connection, as people run such: in a loop."""
        self.stop = self.stage.folder / f"stop-{self.nick}"
        return ["sh", "-c", f'until test -e {self.stop}; do {command}; sleep 0.1; done']

    def log_in(self):
        """For one that has not done so while connecting."""

    def rename(self, nick):
        self.say(self.nick_command.format(nick))
        self.pane.until(self.renamed.format(nick))

    def comes_back(self):
        """Waits until it is in the channel again; the nick that it has then."""
        return self.stage.watcher.expect(rf"^:(\S+)!\S+ JOIN :?{LOBBY}", timeout=PATIENCE).group(1)

    def quit(self, text):
        if self.stop:
            self.stop.touch()
        self.say(self.quit_command.format(text))

    def has_ended(self):
        self.pane.until(self.ended)


class Irssi(Player, ReturningIrssi):
    """SASL PLAIN."""


class WeeChat(Player, ReturningWeeChat):
    """SASL SCRAM-SHA-256."""

    account = "ida"

    def ready(self):
        super().ready()
        self.pane.until(rf"\b{self.account}\b")


class Catgirl(Player):
    """SASL PLAIN over TLS, without which it does not go: socat is in between."""

    program = "catgirl"
    private = "/msg {nick} {text}"
    heard = told = r"<{nick}> {text}"

    def argv(self, over):
        self.certificate = self.stage.folder / "catgirl.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
                *("-subj", "/CN=localhost", "-days", "2", "-keyout", self.certificate, "-out", self.certificate),
            ],
            check=True,
            capture_output=True,
        )
        host, port = self.stage.tcp(over)
        near = f"OPENSSL-LISTEN:0,bind=127.0.0.1,cert={self.certificate},verify=0,fork"
        port = self.stage.bridge(f"TCP:{host}:{port}", near)
        return self.again_and_again(
            f"catgirl -h 127.0.0.1 -p {port} -t {self.certificate} -n {self.nick} -j '{LOBBY}'"
            f" -a '{self.nick}:{PASSWORD}'"
        )

    def ready(self):
        self.pane.until(rf"^\s*\d+\S*\s+.*{LOBBY}")
        self.pane.enter(f"/window {LOBBY}")
        self.pane.until(rf"{self.nick} arrives|{self.nick} .*{LOBBY}")

    def is_told(self, nick, text):
        self.pane.until(rf"\b{nick} \+\d")
        self.pane.enter(f"/window {nick}")
        super().is_told(nick, text)
        self.pane.enter(f"/window {LOBBY}")

    def comes_back(self):
        nick = super().comes_back()
        self.ready()
        return nick


class Sic(Player, PlainSic):
    """No SASL: NickServ."""

    has_sasl = False
    nick_command, quit_command = ":NICK {}", ":QUIT :{}"
    renamed = r">< NICK .*{}"

    def argv(self, over):
        return self.again_and_again(" ".join(map(str, super().argv(over))))

    def log_in(self):
        self.say(f":m NickServ IDENTIFY ida {WORD}")
        self.pane.until("You are logged in as")

    def comes_back(self):
        self.pane.until(r"(?s)MOTD.*MOTD")
        self.say(f":j {LOBBY}")
        return super().comes_back()


class Ii(Player):
    """No SASL, and no screen: files, which are read as they grow."""

    program = "ii"
    has_sasl = False
    nick_command, quit_command = "/n {}", "/q {}"
    heard = told = "<{nick}> {text}"

    def argv(self, over):
        self.host, port = self.stage.tcp(over)
        self.home, self.files = self.stage.home(self.nick), {}
        return self.again_and_again(f"ii -i {self.home} -s {self.host} -p {port} -n {self.nick}")

    def place(self, name):
        return self.home / self.host / name

    def file(self, name):
        """The lines of a conversation's file, from its beginning."""
        if name not in self.files:
            argv = ["tail", "-n", "+1", "-s", "0.05", "-F", self.place(name) / "out"]
            self.files[name] = Tail(argv)
            self.stage.things.append(self.files[name])
        return self.files[name].lines

    def write(self, name, line):
        with open(self.place(name) / "in", "w", encoding="utf-8") as fifo:
            fifo.write(line + "\n")

    def enter(self):
        self.write("", f"/j {LOBBY}")

    def ready(self):
        self.file("").wait("MOTD", timeout=PATIENCE)
        self.enter()
        self.file(LOBBY).wait(rf"{self.nick}\(.*\) has joined", timeout=PATIENCE)

    def log_in(self):
        self.write("", f"/PRIVMSG NickServ :IDENTIFY ida {WORD}")
        self.file("nickserv").wait("You are logged in as", timeout=PATIENCE)

    def say(self, text):
        self.write(LOBBY, text)

    def tell(self, nick, text):
        self.write("", f"/j {nick} {text}")

    def hears(self, nick, text):
        self.file(LOBBY).wait(self.heard.format(nick=nick, text=text), timeout=PATIENCE)

    def is_told(self, nick, text):
        self.file(nick).wait(self.told.format(nick=nick, text=text), timeout=PATIENCE)

    def rename(self, nick):
        self.write("", self.nick_command.format(nick))
        self.file("").wait(f"changed nick to .?{nick}", timeout=PATIENCE)

    def comes_back(self):
        self.file("").wait("MOTD", count=2, timeout=PATIENCE)
        self.enter()
        return super().comes_back()

    def quit(self, text):
        self.stop.touch()
        self.write("", self.quit_command.format(text))

    def read(self):
        return "\n".join(f"---- {name or self.host}\n{tail.lines}" for name, tail in self.files.items())


class Tail:
    """A program that shows what is added to a file."""

    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.lines = Lines(self.process.stdout)

    def finish(self):
        self.process.kill()
        self.process.wait()
        self.lines.thread.join()
        self.process.stdout.close()

    def show(self):
        return str(self.lines)


class Bot(Player):
    """Python's irc library: NickServ."""

    has_sasl = False
    heard, told = "<{nick}> {text}", r"\[{nick}\] {text}"
    private, nick_command, quit_command = "tell {nick} {text}", "nick {}", "quit {}"
    renamed = "is {}$"

    def argv(self, over):
        pytest.importorskip("irc.bot", reason="python3-irc is not installed: make deps-check")
        program = pathlib.Path(__file__).with_name("irc_bot.py")
        return [sys.executable, program, self.stage.tcp(over)[1], self.nick, "ida", WORD, LOBBY]

    def ready(self):
        self.pane.until("^joined$")

    def say(self, text):
        super().say(f"say {text}")

    def tell(self, nick, text):
        self.pane.enter(self.private.format(nick=nick, text=text))

    def rename(self, nick):
        self.pane.enter(f"nick {nick}")
        self.pane.until(self.renamed.format(nick))

    def quit(self, text):
        self.pane.enter(f"quit {text}")


# ---- the scene ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Irssi, WeeChat, Catgirl, Sic, Ii, Bot], ids=lambda kind: kind.__name__)
def test_scene(returning, kind):
    """As ida, whose nick only who is logged in can take; else with another nick, until NickServ was told."""
    nick = "ida" if kind.has_sasl else "guest"
    if not kind.has_sasl:
        set_password(returning, "ida", WORD)
    watcher = returning.watcher
    client = returning.enter(kind, nick, "ipv4")
    returning.tmux.tmux("resize-window", "-t", client.pane.pane, "-x", 100, "-y", 90)
    client.ready()
    client.log_in()
    assert account(watcher, nick) == ["ida"]

    client.say("good morning")
    assert watcher.message("PRIVMSG").params == [LOBBY, "good morning"]
    watcher.send(f"PRIVMSG {LOBBY} :and to you")
    client.hears("watcher", "and to you")
    client.tell("watcher", "between us")
    assert watcher.message("PRIVMSG").params == ["watcher", "between us"]
    watcher.send(f"PRIVMSG {nick} :as you like")
    client.is_told("watcher", "as you like")

    client.rename("ada-l")
    m = watcher.message("NICK")
    assert (m.nick, m.params) == (nick, ["ada-l"])

    returning.restart("stop")
    watcher = returning.watcher
    nick = client.comes_back()
    client.say("back again")
    m = watcher.message("PRIVMSG")
    assert (m.nick, m.params) == (nick, [LOBBY, "back again"])
    watcher.send(f"PRIVMSG {LOBBY} :welcome back")
    client.hears("watcher", "welcome back")

    keep_screen(kind.__name__.lower(), client.read())
    client.quit("good night")
    assert watcher.message("QUIT").params == ["Quit: good night"]
    client.has_ended()


# ---- a bouncer in front ---------------------------------------------------------------------------------

ZNC = """
Version = 1.8.2
ConnectDelay = 1
ServerThrottle = 1
<Listener all>
  AllowIRC = true
  Host = 127.0.0.1
  IPv4 = true
  IPv6 = false
  Port = {near}
  SSL = false
</Listener>
<User ida>
  Nick = ida
  AltNick = ida_
  Ident = ida
  RealName = Ida
  JoinTries = 10
  Pass = plain#{word}
  <Network test>
    FloodRate = 100.00
    FloodBurst = 100
    IRCConnectEnabled = false
    LoadModule = sasl
    Server = 127.0.0.1 {far}
    <Chan {lobby}>
    </Chan>
  </Network>
</User>
"""


class Bouncer:
    """ZNC on a port of 127.0.0.1, which leads to the server as ida. It does not run as root."""

    def __init__(self, far):
        self.folder = tempfile.TemporaryDirectory(prefix="sockchat-znc-")
        self.port = free_port()
        place = pathlib.Path(self.folder.name)
        (place / "configs").mkdir()
        (place / "configs" / "znc.conf").write_text(ZNC.format(near=self.port, far=far, word=WORD, lobby=LOBBY))
        other = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            other = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in [place, *place.rglob("*")]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        argv = ["znc", "--foreground", "--debug", "--datadir", str(place)]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=place, **other
        )
        self.lines = Lines(self.process.stdout)
        self.lines.wait("Staying open", timeout=PATIENCE)

    def attach(self, caps="server-time echo-message"):
        client = Irc(socket.create_connection(("127.0.0.1", self.port)))
        client.nick = "ida"
        client.send("CAP LS 302", f"CAP REQ :{caps}", f"PASS ida/test:{WORD}", "NICK ida", "USER ida 0 * :Ida")
        client.send("CAP END")
        client.expect(r" 001 ")
        return client

    def finish(self):
        self.process.kill()
        self.process.wait()
        self.lines.thread.join()
        self.process.stdout.close()
        self.folder.cleanup()

    def show(self):
        return str(self.lines)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def test_behind_a_bouncer(returning):
    if shutil.which("znc") is None:
        pytest.skip("znc is not installed: make deps-check")
    bouncer = Bouncer(returning.tcp("ipv4")[1])
    returning.things.append(bouncer)
    set_password(returning, "ida", WORD)
    watcher = returning.watcher

    client = bouncer.attach()
    client.send(f"PRIVMSG *sasl :set ida {WORD}", "PRIVMSG *sasl :mechanism PLAIN", "PRIVMSG *sasl :requireauth yes")
    client.send("PRIVMSG *status :connect")
    client.expect(rf"^(@\S+ )?:ida!\S+ JOIN :?{LOBBY}", timeout=PATIENCE)
    watcher.expect(rf"^:ida!\S+ JOIN {LOBBY}")
    assert account(watcher, "ida") == ["ida"]

    client.send(f"PRIVMSG {LOBBY} :good morning", "PRIVMSG watcher :between us")
    assert watcher.message("PRIVMSG").params == [LOBBY, "good morning"]
    assert watcher.message("PRIVMSG").params == ["watcher", "between us"]
    watcher.send(f"PRIVMSG {LOBBY} :and to you", "PRIVMSG ida :as you like")
    client.expect(rf"^@time=\S+ :watcher!\S+ PRIVMSG {LOBBY} :and to you")
    client.expect(r":watcher!\S+ PRIVMSG ida :as you like")
    client.send("NICK ada-l")
    assert watcher.message("NICK").params == ["ada-l"]
    client.expect(r"NICK :?ada-l")

    client.close()  # the bouncer stays
    watcher.ask(f"PRIVMSG {LOBBY} :while you were away")
    client = bouncer.attach()
    client.expect("while you were away")

    returning.restart("stop")
    watcher = returning.watcher
    nick = watcher.expect(rf"^:(\S+)!\S+ JOIN {LOBBY}", timeout=PATIENCE).group(1)
    assert account(watcher, nick) == ["ida"]
    client.send(f"PRIVMSG {LOBBY} :back again")
    m = watcher.message("PRIVMSG")
    assert (m.nick, m.params) == (nick, [LOBBY, "back again"])
    client.send("PRIVMSG *status :disconnect good night")
    assert watcher.message("QUIT").params == ["Quit: good night"]
    client.close()
