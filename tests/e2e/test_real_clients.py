"""
Programs that people have, each in a terminal of its own, talking with each other through one server:
irssi, WeeChat, sic, `sockchat connect`, nc, ncat, socat, a shell, and a program in the seeds' manner; over
IPv4, IPv6 and a Unix socket.
"""

import itertools
import re
import shlex
import shutil
import subprocess
import time

import pytest

from harness import DEADLINE, Lines

LOBBY = "#lobby"
PATIENCE = 3 * DEADLINE  # for others' programs to start, many at once

IRSSI = """
settings = {
  core = { real_name = "irssi"; user_name = "irssi"; nick = "irssi"; };
  "irc/core" = { cmd_queue_speed = "10msec"; cmds_max_at_once = "100"; };
  "fe-common/core" = { autocreate_windows = "no"; autocreate_query_level = "none"; };
};
"""


class Tmux:
    """A tmux server of one's own: a window for each program; what happens on it is told by its control mode."""

    def __init__(self, env, folder):
        self.argv = ["tmux", "-L", "test", "-f", "/dev/null"]
        self.env = {**env, "TMUX_TMPDIR": str(folder), "TERM": "xterm-256color", "SHELL": "/bin/sh"}
        self.folder = folder
        self.tmux("new-session", "-d", "-s", "all", "-x", "120", "-y", "40", "exec cat")
        self.tmux("set", "-g", "remain-on-exit", "on")
        self.control = subprocess.Popen(
            [*self.argv, "-C", "attach", "-t", "all"],
            env=self.env,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.control.stdin.write(b"refresh-client -C 120x40\n")
        self.control.stdin.flush()
        self.events = Lines(self.control.stdout)
        self.panes = []
        self.last = ""

    def tmux(self, *arguments):
        argv = [*self.argv, *map(str, arguments)]
        return subprocess.run(
            argv, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
        ).stdout

    def start(self, name, *argv):
        command = "exec " + " ".join(shlex.quote(str(a)) for a in argv)
        pane = self.tmux("new-window", "-d", "-t", "all", "-n", name, "-P", "-F", "#{pane_id}", command).strip()
        self.panes.append((name, pane))
        return Pane(self, pane, name)

    def finish(self):
        """The clients first: a server that stops waits for those who do not leave."""
        if self.control.poll() is not None:
            return
        self.last = self.show()
        subprocess.run([*self.argv, "kill-server"], env=self.env, capture_output=True)
        self.control.stdin.close()
        self.control.wait(DEADLINE)

    def show(self):
        if self.control.poll() is not None:
            return self.last
        return "\n".join(f"---- {name}\n{Pane(self, pane, name).screen()}" for name, pane in self.panes)


class Pane:
    """A program in a window."""

    def __init__(self, tmux, pane, name):
        self.tmux, self.pane, self.name = tmux, pane, name

    def enter(self, line):
        self.tmux.tmux("send-keys", "-t", self.pane, "-l", "--", line)
        self.tmux.tmux("send-keys", "-t", self.pane, "Enter")

    def screen(self):
        """What is to be read, with what was scrolled off; long lines in one piece."""
        return self.tmux.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", self.pane).rstrip()

    def until(self, pattern, timeout=PATIENCE):
        """Waits until the pattern is to be read; looks again whenever any window changes."""
        until = time.monotonic() + timeout
        events = self.tmux.events
        while True:
            seen = len(events.lines)
            found = re.search(pattern, self.screen(), re.M)
            if found:
                return found
            with events.changed:
                while len(events.lines) == seen:
                    left = until - time.monotonic()
                    assert left > 0, f"waiting for {pattern!r} in {self.name}:\n{self.screen()}"
                    events.changed.wait(left)


# ---- the clients ----------------------------------------------------------------------------------------


class Client:
    """How one kind of program is started, speaks, and shows what others say."""

    program = None
    heard = r"\b{nick}\b.*{text}"  # on its screen, when it was said in the channel
    told = r"\b{nick}\b.*{text}"  # in private
    private = "@{nick} {text}"

    def __init__(self, stage, nick, over):
        self.stage, self.nick = stage, nick
        self.pane = stage.tmux.start(nick, *self.argv(over))

    def argv(self, over):
        raise NotImplementedError

    def ready(self):
        """Waits until it is in the channel."""
        self.pane.until(rf"welcome to sockchat, {self.nick}\b")

    def say(self, text):
        self.pane.enter(text)

    def tell(self, nick, text):
        self.pane.enter(self.private.format(nick=nick, text=text))

    def hears(self, nick, text):
        self.pane.until(self.heard.format(nick=nick, text=text))

    def is_told(self, nick, text):
        self.pane.until(self.told.format(nick=nick, text=text))

    def read(self):
        return self.pane.screen()


class Irssi(Client):
    program = "irssi"
    private = "/msg {nick} {text}"
    heard = r"<.{nick}> {text}"
    told = r"\[{nick}\(.*\)\] {text}"

    def argv(self, over):
        home = self.stage.home(self.nick)
        (home / "config").write_text(IRSSI)
        host, port = self.stage.tcp(over)
        return ["irssi", f"--home={home}", "-c", host, "-p", port, "-n", self.nick]

    def ready(self):
        self.pane.until("Mode change.*for user|End of /MOTD|MOTD File is missing")
        self.pane.enter(f"/join {LOBBY}")
        self.pane.until(rf"{LOBBY}: Total of")


class WeeChat(Client):
    program = "weechat"
    private = "/msg {nick} {text}"
    heard = r"\b{nick}\s+(\|\s+)?{text}"
    told = heard

    def argv(self, over):
        host, port = self.stage.tcp(over)
        return [
            *("weechat", "-d", self.stage.home(self.nick)),
            *("-r", f"/server add test {host}/{port}"),
            *("-r", f"/set irc.server.test.nicks {self.nick}"),
            *("-r", f"/set irc.server.test.autojoin {LOBBY}"),
            *("-r", "/set irc.server_default.anti_flood_prio_high 0"),
            *("-r", "/set irc.server_default.anti_flood_prio_low 0"),
            *("-r", "/set weechat.look.paste_max_lines -1"),  # two lines at once are no paste
            *("-r", "/connect test"),
        ]

    def ready(self):
        self.pane.until(rf"Channel {LOBBY}: \d+ nick")

    def is_told(self, nick, text):
        """In a buffer of its own, once that is there."""
        self.pane.until(rf"^\s*\d+\.\s+{nick}\b")
        self.pane.enter(f"/buffer irc.test.{nick}")
        super().is_told(nick, text)
        self.pane.enter(f"/buffer irc.test.{LOBBY}")

class Sic(Client):
    program = "sic"
    private = ":m {nick} {text}"
    heard = LOBBY + r"\s*: .*<{nick}> {text}"
    told = r"^(?!#).*<{nick}> {text}"

    def argv(self, over):
        host, port = self.stage.tcp(over)
        if over == "ipv6":  # it repeats the host in USER, where one that starts with a colon ends the line
            host, port = "127.0.0.1", self.stage.bridge(f"TCP:[{host}]:{port}")
        return ["sic", "-h", host, "-p", port, "-n", self.nick]

    def ready(self):
        self.pane.until("MOTD")
        self.pane.enter(f":j {LOBBY}")
        self.pane.until(rf"JOIN.*{LOBBY}|>< JOIN")


class Terminal(Client):
    """`sockchat connect` at a terminal."""

    private = "/msg {nick} {text}"

    def argv(self, over):
        where = ["--unix", self.stage.path] if over == "unix" else self.stage.tcp(over)
        return [self.stage.sockchat, "connect", "--name", self.nick, *where]

    def ready(self):
        self.pane.until(rf"^{LOBBY}> ?$")


class Plain(Client):
    """A program that carries bytes: the person types the name."""

    heard = r"^{nick}: {text}"
    told = r"^\[{nick} -> you\] {text}"

    def ready(self):
        self.pane.enter(self.nick)
        super().ready()


class Nc(Plain):
    program = "nc"

    def argv(self, over):
        return ["nc", *(["-U", self.stage.path] if over == "unix" else self.stage.tcp(over))]


class Ncat(Plain):
    program = "ncat"

    def argv(self, over):
        return ["ncat", *(["-U", self.stage.path] if over == "unix" else self.stage.tcp(over))]


class Socat(Plain):
    program = "socat"

    def argv(self, over):
        if over == "unix":
            return ["socat", "STDIO", f"UNIX-CONNECT:{self.stage.path}"]
        host, port = self.stage.tcp(over)
        return ["socat", "STDIO", f"TCP:[{host}]:{port}" if ":" in host else f"TCP:{host}:{port}"]


class Shell(Plain):
    """Nothing but bash."""

    program = "bash"

    def argv(self, over):
        host, port = self.stage.tcp(over)
        return ["bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}; cat <&3 & cat >&3"]


class Filter(Client):
    """`sockchat connect` as a filter: lines in, lines out."""

    def __init__(self, stage, nick, over):
        self.stage, self.nick, self.over = stage, nick, over
        self.process = stage.spawn(*self.argv(over), "--name", nick, input=True)

    def argv(self, over):
        return ["connect", *(["--unix", self.stage.path] if over == "unix" else self.stage.tcp(over))]

    def ready(self):
        self.stage.watcher.expect(rf"^:{self.nick}!\S+ JOIN")

    def say(self, text):
        self.process.write(text + "\n")

    def tell(self, nick, text):
        """A script tells one person, and knows that it arrived."""
        name = f"{self.nick}-{next(self.stage.numbers)}"
        done = self.stage.run(*self.argv(self.over), "--name", name, "--to", nick, input=text + "\n")
        assert done.returncode == 0, done.stderr
        self.last = name

    def hears(self, nick, text):
        self.process.out.wait(rf"{nick}.*{text}", timeout=PATIENCE)

    is_told = hears

    def read(self):
        return str(self.process.out)


class Seed(Client):
    """A program in the seeds' manner: buffers of 1,500 bytes filled up with NULs, and no newline, ever."""

    heard = r"^{nick}: {text}"
    told = r"^\[{nick} -> you\] {text}"

    def __init__(self, stage, nick, over):
        self.nick = nick
        self.connection = stage.server.connection(over if over == "unix" else stage.tcp(over))

    def ready(self):
        self.say(self.nick)
        self.connection.expect(rf"welcome to sockchat, {self.nick}\b")

    def say(self, text):
        self.connection.send_raw(text.encode().ljust(1500, b"\0"))

    def tell(self, nick, text):
        self.say(f"@{nick} {text}")

    def hears(self, nick, text):
        pattern = self.heard.format(nick=nick, text=text)
        if not any(re.search(pattern, line) for line in self.connection.seen):
            self.connection.expect(pattern)

    def is_told(self, nick, text):
        pattern = self.told.format(nick=nick, text=text)
        if not any(re.search(pattern, line) for line in self.connection.seen):
            self.connection.expect(pattern)

    def read(self):
        return "\n".join(self.connection.seen)


# ---- the stage ------------------------------------------------------------------------------------------


class Stage:
    """A server on IPv4, IPv6 and a Unix socket, and those who talk there."""

    def __init__(self, server, spawn, run, sockchat, folder, tmux, things):
        self.server = server("--bind", "[::1]:0", listeners=3)
        self.path, self.spawn, self.run = self.server.path, spawn, run
        self.sockchat, self.folder, self.tmux, self.things = sockchat, folder, tmux, things
        self.numbers = itertools.count(1)
        self.watcher = self.server.irc("watcher", channel=LOBBY)

    def tcp(self, over):
        """Host and port; for a program that knows no Unix sockets, socat is the way to that one."""
        if over == "unix":
            return "127.0.0.1", self.bridge(f"UNIX-CONNECT:{self.path}")
        lines = [line.group() for line in self.server.listening]
        host = {"ipv4": "127.0.0.1", "ipv6": "::1"}[over]
        (port,) = [m.group(1) for m in (re.search(rf"address={host} port=(\d+)", x) for x in lines) if m]
        return host, int(port)

    def bridge(self, to, near="TCP-LISTEN:0,bind=127.0.0.1"):
        """The port of 127.0.0.1 that leads there."""
        argv = ["socat", "-d", "-d", near, to]
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        bridge = Bridge(process)
        self.things.append(bridge)
        return int(bridge.lines.wait(r"listening on .*:(\d+)$")[0].group(1))

    def home(self, nick):
        home = self.folder / f"home-{nick}"
        home.mkdir()
        return home

    def enter(self, kind, nick, over):
        if kind.program and shutil.which(kind.program) is None:
            pytest.skip(f"{kind.program} is not installed: make deps-check")
        return kind(self, nick, over)


class Bridge:
    def __init__(self, process):
        self.process, self.lines = process, Lines(process.stderr)

    def finish(self):
        self.process.kill()
        self.process.wait()

    def show(self):
        return str(self.lines)


@pytest.fixture
def stage(server, spawn, run, sockchat, folder, env, things):
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: make deps-check")
    tmux = Tmux(env, folder)
    things.append(tmux)
    yield Stage(server, spawn, run, sockchat, folder, tmux, things)
    tmux.finish()


def test_all_in_one_channel_and_in_private(stage):
    cast = [
        stage.enter(Irssi, "irssi", "ipv4"),
        stage.enter(WeeChat, "weechat", "ipv6"),
        stage.enter(Sic, "sic", "unix"),
        stage.enter(Terminal, "tina", "unix"),
        stage.enter(Filter, "cron", "ipv6"),
        stage.enter(Nc, "noel", "unix"),
        stage.enter(Ncat, "nora", "ipv6"),
        stage.enter(Socat, "sofia", "ipv4"),
        stage.enter(Shell, "bash", "ipv4"),
        stage.enter(Seed, "seed", "ipv4"),
    ]
    for client in cast:
        client.ready()
    for client in cast:
        client.say(f"hello from {client.nick}")
        for other in cast:
            if other is not client:
                other.hears(client.nick, f"hello from {client.nick}")
    for client, other in zip(cast, cast[1:] + cast[:1]):
        client.tell(other.nick, f"between {client.nick} and {other.nick}")
        other.is_told(getattr(client, "last", client.nick), f"between {client.nick} and {other.nick}")
    for client, other in zip(cast, cast[1:] + cast[:1]):
        secret = f"between {client.nick} and {other.nick}"
        for third in cast:
            if third is not client and third is not other:
                assert secret not in third.read(), f"{third.nick} overheard"
    assert not [line for line in stage.watcher.sync() if "between " in line]


EACH = [
    (kind, over)
    for kind in (Irssi, WeeChat, Sic, Terminal, Filter, Nc, Ncat, Socat, Shell, Seed)
    for over in ("ipv4", "ipv6", "unix")
    if (kind, over) != (Shell, "unix")  # it has none
]


@pytest.mark.parametrize("kind, over", EACH, ids=[f"{kind.__name__}-{over}" for kind, over in EACH])
def test_each_over_each(stage, kind, over):
    """Channel and private, both ways, with an IRC client that reads the wire."""
    client = stage.enter(kind, "mila", over)
    client.ready()
    watcher = stage.watcher
    client.say("one for all")
    assert watcher.message("PRIVMSG").params == [LOBBY, "one for all"]
    client.tell("watcher", "one for you")
    assert watcher.message("PRIVMSG").params == ["watcher", "one for you"]
    watcher.send(f"PRIVMSG {LOBBY} :two for all", "PRIVMSG mila :two for you")
    client.hears("watcher", "two for all")
    client.is_told("watcher", "two for you")
