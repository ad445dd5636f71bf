"""Where the server listens: socket files, inherited sockets, the service manager, and what cannot be listened on."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from harness import DEADLINE, Connection, Irc, Server
from web import Web

# Runs a program with some of its descriptors at 3 and up, as the service manager does.
ACTIVATE = """
import os, sys
given, program = sys.argv[1].split(","), sys.argv[2:]
kept = [os.dup(int(fd)) for fd in given if fd]
for place, fd in enumerate(kept):
    os.dup2(fd, 50 + place)
for place in range(len(kept)):
    os.dup2(50 + place, 3 + place, inheritable=True)
os.closerange(3 + len(kept), 100)
os.environ["LISTEN_PID"] = os.environ.get("LISTEN_PID") or str(os.getpid())
os.environ.setdefault("LISTEN_FDS", str(len(kept)))
os.execv(program[0], program)
"""


def leave_stale(path):
    """A socket file that nobody listens on any more."""
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(path))
        s.listen()
    assert path.is_socket()


def refused(run, *options):
    """Serving is refused with one sentence, status 4, and nothing on standard output: the sentence."""
    done = run("serve", *options)
    assert done.returncode == 4
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


# ---- socket files --------------------------------------------------------------------------------------


def test_a_killed_servers_socket_is_replaced(server):
    first = server(port=False)
    first.kill()
    assert first.path.is_socket()
    second = server("--unix", first.path, unix=False, port=False, listeners=1)
    second.path = first.path
    second.irc("ada")
    second.stop()
    assert not first.path.exists()


def test_a_live_one_is_refused(server, run):
    s = server(port=False)
    before = s.path.stat().st_ino
    sentence = refused(run, "--unix", s.path)
    assert sentence.endswith(f"{s.path}: another server is listening there; stop it or choose another path")
    assert s.path.stat().st_ino == before
    s.irc("ada")


def test_many_at_once(spawn, folder):
    """Several find the same stale file at the same time: one takes it, the rest are told."""
    path = folder / "chat.sock"
    leave_stale(path)
    many = [spawn("serve", "--unix", path) for _ in range(6)]
    lines = []
    for p in many:
        p.expected = None
        lines.append(p.err.wait("event=listening|another server is listening")[0].group())
    assert lines.count("event=listening") == 1
    winner = many[lines.index("event=listening")]
    for p in many:
        if p is not winner:
            assert p.wait() == 4
    winner.expected = 0
    assert path.is_socket()


def test_what_is_no_socket_is_not_touched(run, folder):
    ordinary, link, directory = folder / "precious", folder / "link", folder / "directory"
    ordinary.write_text("precious")
    link.symlink_to(ordinary)
    directory.mkdir()
    for path in (ordinary, link, directory):
        sentence = refused(run, "--unix", path)
        assert f"{path}: exists and is not a socket; it was not touched, choose another path" in sentence
    assert ordinary.read_text() == "precious"
    assert link.is_symlink() and directory.is_dir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        path = folder / "log"
        other.bind(str(path))
        assert f"{path}: is another program's socket, of another kind" in refused(run, "--unix", path)
        assert path.is_socket()


def test_paths_that_cannot_be(run, folder):
    absent = folder / "no" / "such" / "folder.sock"
    assert f"{absent}: the folder does not exist" in refused(run, "--unix", absent)
    assert 'there is no group "no-such-group"' in refused(
        run, "--unix", folder / "s", "--unix-group", "no-such-group"
    )
    assert not (folder / "s").exists()
    longest = folder / ("x" * 120)
    done = run("serve", "--unix", longest)
    assert done.returncode == 2
    assert f"{folder}/xxx" in done.stderr and "at most 107 bytes" in done.stderr


def test_all_or_nothing(run, folder):
    """One address fails: what was opened before it is gone again."""
    path = folder / "chat.sock"
    directory = folder / "directory"
    directory.mkdir()
    refused(run, "--unix", path, "--unix", directory)
    assert not path.exists()


@pytest.mark.parametrize("mode", ["0600", "0660", "0666"])
def test_mode(server, mode):
    s = server("--unix-mode", mode, port=False)
    assert s.path.stat().st_mode & 0o777 == int(mode, 8)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to any group")
def test_group(server):
    s = server("--unix-group", "12345", "--unix-mode", "0660", port=False)
    assert s.path.stat().st_gid == 12345
    s.irc("ada")


def test_only_our_own_file_is_removed(server):
    """Another server has taken the path in the meantime."""
    first = server(port=False)
    first.path.unlink()
    second = server("--unix", first.path, unix=False, port=False, listeners=1)
    second.path = first.path
    first.stop()
    assert first.path.is_socket()
    second.irc("ada")


def test_several_at_once(server, folder):
    other = folder / "other.sock"
    s = server("--unix", other, "--bind", "127.0.0.2:0", listeners=4)
    ada = s.irc("ada", over="unix", channel="#lobby")
    s.irc("bob", over="tcp", channel="#lobby")
    s.irc("cid", over=("127.0.0.2", s.ports[1]), channel="#lobby")
    s.path = other
    s.irc("dora", over="unix", channel="#lobby")
    for name in ("bob", "cid", "dora"):
        ada.expect(rf"{name}\S* JOIN")
    s.stop()
    assert not other.exists()


# ---- ports ---------------------------------------------------------------------------------------------


def test_a_busy_port(run):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        busy = f"port {port} on %s is in use by another program; choose another with %s"
        assert busy % ("0.0.0.0", "--port") in refused(run, "--port", port)
        assert busy % ("127.0.0.1", "--bind") in refused(run, "--bind", f"127.0.0.1:{port}")
        assert busy % ("127.0.0.1", "--port") in refused(run, "--bind", "127.0.0.1", "--port", port)


def test_a_privileged_port(sockchat, env, folder):
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as f:
        if int(f.read()) <= 7:
            pytest.skip("this machine lets everybody open every port")
    drop = ["setpriv", "--bounding-set", "-net_bind_service", "--inh-caps", "-net_bind_service"]
    done = subprocess.run(
        [*(drop if os.geteuid() == 0 else []), sockchat, "serve", "--bind", "127.0.0.1:7"],
        env=env,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 4
    assert "port 7 on 127.0.0.1 may be opened by root only; choose one from 1024 up" in done.stderr


def test_addresses_that_cannot_be(run):
    for bind, sentence in (
        ("203.0.113.77:0", "203.0.113.77 is not an address of this machine"),
        ("nosuch0", 'there is no interface or label "nosuch0" here, only lo'),
        ("lo:1", 'there is no label "lo:1" here'),
    ):
        assert sentence in refused(run, "--bind", bind)


def test_what_is_covered_already_is_no_error(server):
    """A port on all interfaces, and the same port on one of them, is one and the same."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        port = probe.getsockname()[1]
    again = ("--bind", f"127.0.0.1:{port},lo:{port}")
    s = server("--port", port, *again, unix=False, port=False, listeners=1)
    s.irc("ada", over=("127.0.0.1", port))
    assert "address=127.0.0.1" not in str(s.err)


# ---- LISTEN_FDS ----------------------------------------------------------------------------------------


@pytest.fixture
def activated(sockchat, env, folder, things):
    """activated([socket, …], *options) serves on them: harness.Server."""

    def start(sockets, *options, listeners=None, environment=None):
        numbers = [s.fileno() for s in sockets]
        argv = [sys.executable, "-c", ACTIVATE, ",".join(map(str, numbers)), sockchat, "serve", *options]
        s = Server.__new__(Server)
        things.append(s)
        count = len(sockets) if listeners is None else listeners
        s.__init__(argv, {**env, **(environment or {})}, folder, None, count, numbers)
        return s

    return start


@pytest.fixture
def opened(folder):
    """What a service manager would have opened: a socket of each kind."""
    kinds = {}
    for name, family, address in (
        ("four", socket.AF_INET, ("127.0.0.1", 0)),
        ("unix", socket.AF_UNIX, str(folder / "managed.sock")),
    ):
        s = socket.socket(family)
        s.bind(address)
        s.listen(16)
        kinds[name] = s
    yield kinds
    for s in kinds.values():
        s.close()


def test_inherited_sockets(activated, opened, folder):
    """Those and no default ones; who waits already is served; the manager's file is not ours to remove."""
    early = Irc(socket.create_connection(opened["four"].getsockname()))
    s = activated([opened["four"], opened["unix"]])
    s.path = folder / "managed.sock"
    assert len(s.err.wait("event=listening", count=2)) == 2
    early.register("early")
    s.irc("una", over="unix", channel="#lobby")
    s.irc("ivy", over=opened["four"].getsockname(), channel="#lobby")
    early.close()
    s.stop()
    assert str(s.err).count("event=listening") == 2
    assert s.path.is_socket()


def test_inherited_ones_and_others(activated, opened):
    """What is configured and came with the manager is not opened again."""
    port = opened["four"].getsockname()[1]
    s = activated(
        [opened["four"]], "--bind", f"127.0.0.1:{port}", "--bind", "127.0.0.2:0", listeners=2
    )
    s.irc("ada", over=("127.0.0.1", port))
    s.irc("bob", over=("127.0.0.2", s.ports[1]))
    s.stop()
    assert str(s.err).count("event=listening") == 2


def test_an_inherited_one_for_web_clients(activated, opened, folder, features):
    if "wslay" not in features:
        pytest.skip("no wslay in this build")
    there = opened["four"].getsockname()
    path = folder / "managed.sock"
    s = activated([opened["four"], opened["unix"]], "--websocket", f"127.0.0.1:{there[1]}", "--websocket", path)
    assert len(s.err.wait("event=listening .*speaks=websocket", count=2)) == 2
    for sock in (socket.create_connection(there), socket.socket(socket.AF_UNIX)):
        if sock.family == socket.AF_UNIX:
            sock.connect(str(path))
        s._keep(Web(sock)).register(f"web{sock.family}")


def test_one_address_is_not_for_both_kinds_of_clients(run, folder, features):
    if "wslay" not in features:
        done = run("serve", "--websocket", "127.0.0.1:0")
        assert done.returncode == 4 and "without WebSockets" in done.stderr
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there = f"127.0.0.1:{free.getsockname()[1]}"
    path = folder / "s.sock"
    for ways in (("--bind", there, "--websocket", there), ("--unix", path, "--websocket", path)):
        done = run("serve", *ways)
        assert done.returncode == 4
        assert f"{ways[1]}: IRC clients are to come here already" in done.stderr
    assert not path.exists()


def test_an_inherited_one_for_both_families(activated):
    """The manager's [::] takes IPv4 as well: what is configured for IPv4 is there already."""
    with socket.socket(socket.AF_INET6) as both:
        try:
            both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            both.bind(("::", 0))
        except OSError as reason:
            pytest.skip(f"no IPv6 here: {reason}")
        both.listen()
        port = both.getsockname()[1]
        s = activated([both], "--port", port, listeners=1)
        client = s.irc("ada", over=("127.0.0.1", port))
        assert client.ask("WHOIS ada")
        s.err.wait("event=registered nick=ada .*host=127.0.0.1")
        s.stop()
        assert str(s.err).count("event=listening") == 1


def test_inherited_ones_in_the_way(sockchat, env, folder, opened):
    """The unit opened a port on one address, the configuration wants it on all: which of them it is, is said."""
    number, port = opened["four"].fileno(), opened["four"].getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-c", ACTIVATE, str(number), sockchat, "serve", "--port", str(port)],
        env=env,
        cwd=folder,
        pass_fds=[number],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert done.returncode == 4
    assert f"port {port} on 0.0.0.0: the service manager has opened it on 127.0.0.1" in done.stderr


def test_inherited_for_another_process(activated, opened):
    """LISTEN_PID is a parent's: the descriptors are not meant for us."""
    s = activated(
        [opened["four"]], "--bind", "127.0.0.1:0", listeners=1, environment={"LISTEN_PID": "1"}
    )
    assert s.port != opened["four"].getsockname()[1]


@pytest.mark.parametrize("what", ["file", "datagram", "not listening", "closed", "count"])
def test_inherited_ones_that_cannot_be(sockchat, env, folder, what):
    """Anything but a listening stream socket is a mistake in the unit, and said so."""
    environment = dict(env)
    with open(folder / "file", "w") as f, socket.socket() as stream:
        with socket.socket(type=socket.SOCK_DGRAM) as datagram:
            given = {"file": f, "datagram": datagram, "not listening": stream}.get(what)
            if what in ("closed", "count"):
                environment["LISTEN_FDS"] = {"closed": "1", "count": "some"}[what]
            numbers = [given.fileno()] if given else []
            done = subprocess.run(
                [sys.executable, "-c", ACTIVATE, ",".join(map(str, numbers)), sockchat, "serve"],
                env=environment,
                cwd=folder,
                pass_fds=numbers,
                capture_output=True,
                text=True,
                timeout=DEADLINE,
            )
    assert done.returncode == 4
    if what == "count":
        assert "LISTEN_FDS=some: must be a number" in done.stderr
    else:
        assert "descriptor 3, announced by LISTEN_FDS" in done.stderr
    if what in ("file", "datagram", "not listening"):
        assert "is not a listening stream socket" in done.stderr


# ---- the service manager -------------------------------------------------------------------------------


class Manager:
    """Hears what the server tells its service manager."""

    def __init__(self, address):
        self.address = str(address)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.address.replace("@", "\0"))
        self.sock.settimeout(10)

    def heard(self):
        return dict(line.split("=", 1) for line in self.sock.recv(4096).decode().split("\n"))

    def until(self, key):
        while True:
            message = self.heard()
            if key in message:
                return message


@pytest.fixture(params=["path", "abstract"])
def manager(request, folder):
    name = folder / "notify" if request.param == "path" else f"@sockchat-test-notify-{os.getpid()}"
    m = Manager(name)
    yield m
    m.sock.close()


def test_the_manager_is_told(server, manager):
    s = server(environment={"NOTIFY_SOCKET": manager.address})
    assert manager.until("READY")["READY"] == "1"
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    s.signal(signal.SIGHUP)
    reloading = manager.until("RELOADING")
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert manager.until("READY")["READY"] == "1"
    client = s.irc("ada")
    s.signal(signal.SIGTERM)
    assert manager.until("STOPPING")["STOPPING"] == "1"
    client.end()


def test_ready_means_that_it_listens(server, manager):
    """Whoever is started after us may connect at once."""
    s = server(environment={"NOTIFY_SOCKET": manager.address})
    manager.until("READY")
    s.irc("ada")


def test_signs_of_life(server, manager):
    server(environment={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"})
    for _ in range(3):
        assert manager.until("WATCHDOG")["WATCHDOG"] == "1"


def test_a_frozen_server_gives_no_sign_of_life(server, manager):
    """The signs come from the loop, not from a thread that would go on without it."""
    s = server(environment={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "100000"})
    manager.until("WATCHDOG")
    s.signal(signal.SIGSTOP)
    try:
        manager.sock.settimeout(0.4)
        with pytest.raises(TimeoutError):
            while True:
                manager.heard()
    finally:
        s.signal(signal.SIGCONT)
    manager.sock.settimeout(10)
    manager.until("WATCHDOG")


def test_a_wrong_notify_socket(server):
    """Nobody can be told, which is said; people can chat all the same."""
    s = server(environment={"NOTIFY_SOCKET": "relative"})
    s.err.wait(r"level=warning .*NOTIFY_SOCKET=relative: neither an absolute path nor an abstract name")
    s.irc("ada")


# ---- no descriptors left -------------------------------------------------------------------------------


def processor_time(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def cramped(sockchat, env, folder, things):
    """A server that may have 48 descriptors."""
    path = folder / "cramped.sock"
    s = Server.__new__(Server)
    things.append(s)
    argv = ["prlimit", "--nofile=48:48", sockchat, "serve", "--bind", "127.0.0.1:0", "--unix", path]
    s.__init__(argv, env, folder, path, 2)
    return s


def fill(s):
    """Connects until somebody is turned away: who was let in, and the line that the other was told."""
    inside = []
    for number in range(60):
        c = s._keep(Irc(s.socket("tcp")))
        c.send(f"NICK user{number}", f"USER u 0 * :u{number}", "PING let-in")
        line = c.line()
        if line.startswith("ERROR"):
            c.end()
            return inside, line
        c.expect("PONG .*let-in")
        inside.append(c)
    raise AssertionError("60 connections fit into 48 descriptors")


def test_out_of_descriptors(cramped):
    """Newcomers are told so in one line, everybody else is untouched, and nothing spins."""
    inside, line = fill(cramped)
    assert len(inside) > 20
    assert re.match(r"ERROR :.*(no room|full|descriptor)", line)
    for c in inside[:2]:
        c.join("#lobby")
    inside[0].send("PRIVMSG #lobby :still here")
    inside[1].expect("PRIVMSG #lobby :still here")

    waiting = [cramped.socket(over) for over in ("tcp", "unix", "tcp", "unix")]
    before, start = processor_time(cramped.pid), time.monotonic()
    for sock in waiting:  # each hears it, on either listener
        c = Connection(sock)
        assert c.end()[0].startswith("ERROR :")
        c.close()
    inside[0].sync()
    spent = processor_time(cramped.pid) - before
    assert spent <= 0.1 + 0.2 * (time.monotonic() - start), f"{spent} s of processor time"


def test_room_again(cramped):
    """Somebody leaves: the next newcomer is let in."""
    inside, _ = fill(cramped)
    for number, c in enumerate(inside[:3]):
        c.send("QUIT")
        c.end()
        c.close()
        cramped.err.wait(rf"event=disconnected nick={c.nick or 'user' + str(number)}\b")
        cramped.irc(f"new{number}", over=("tcp", "unix")[number % 2]).close()
