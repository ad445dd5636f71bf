"""The servers that are measured: where each is found, how it is configured, started and ended."""

import contextlib
import os
import pwd
import random
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

START_SECONDS = 20  # a server that does not listen by then is given up
END_SECONDS = 5  # from SIGTERM to SIGKILL

NGIRCD = """
[Global]
Name = bench.example.net
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = bench
PidFile = {folder}/ngircd.pid
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 20
MaxPenaltyTime = 0
PingTimeout = 600
PongTimeout = 600
[Options]
DNS = no
Ident = no
PAM = no
ConnectIPv6 = no
"""

INSPIRCD = """
<server name="bench.example.net" description="bench" network="bench" id="1BN">
<admin name="bench" nick="bench" email="bench@example.net">
<bind address="127.0.0.1" port="{port}" type="clients">
<path configdir="{folder}" datadir="{folder}" logdir="{folder}" runtimedir="{folder}">
<pid file="{folder}/inspircd.pid">
<connect name="all" allow="*" timeout="120" pingfreq="600" threshold="1000000"
 commandrate="1000000000" fakelag="no" softsendq="268435456" hardsendq="536870912" recvq="1048576"
 localmax="100000" globalmax="100000" maxchans="100000" maxconnwarn="no" limit="100000"
 resolvehostnames="no" useident="no">
<performance softlimit="100000" somaxconn="4096" netbuffersize="65534" clonesonconnect="no"
 quietbursts="yes">
<limits maxnick="31" maxchan="64">
<dns server="127.0.0.1" timeout="1">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="sparse" target="{folder}/inspircd.log">
"""

IRCD_HYBRID = """
serverinfo {{
	name = "bench.example.net"; description = "bench"; network_name = "bench";
	sid = "0BN"; hub = no; default_max_clients = 19000; max_nick_length = 20;
}};
admin {{ name = "bench"; description = "bench"; email = "bench@example.net"; }};
class {{
	name = "users"; ping_time = 600 seconds; number_per_ip_local = 100000;
	number_per_ip_global = 100000; max_number = 100000; max_channels = 1000;
	sendq = 512 megabytes; recvq = 8000 bytes;
}};
listen {{ host = "127.0.0.1"; port = {port}; }};
auth {{
	user = "*@*"; class = "users";
	flags = exceed_limit, can_flood, kline_exempt, xline_exempt, resv_exempt, no_tilde;
}};
channel {{
	max_channels = 1000; default_join_flood_count = 0; default_join_flood_time = 0 seconds;
}};
general {{
	disable_auth = yes; default_floodcount = 0; anti_nick_flood = no; throttle_count = 1000000;
	throttle_time = 1 second; pace_wait_simple = 0 seconds; pace_wait = 0 seconds; max_targets = 20;
	ping_cookie = no; warn_no_connect_block = no;
}};
log {{ use_logging = no; }};
"""

NATS = """
listen: "127.0.0.1:{port}"
max_connections: 100000
max_pending: 536870912
max_control_line: 4096
write_deadline: "120s"
ping_interval: "10m"
logfile: "{folder}/nats.log"
"""


class Server:
    """One program to be measured.

    `dialect` is what the loader speaks to it; `at_once` how many clients connect at a time where
    that is not the thing measured, or each server may show its best: one has a backlog of ten, one
    registers its clients once a second.
    """

    dialect = "irc"
    is_peer = True

    def __init__(self, name, program, config=None, arguments=(), at_once=64):
        self.name, self.program, self.config, self.arguments = name, program, config, arguments
        self.at_once = at_once

    def helper(self):
        """What must run beside it, as a context manager."""
        return contextlib.nullcontext()

    def find(self, tools):
        """The path of its program, or None when it is not installed."""
        return shutil.which(
            self.program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/lib/inspircd"
        )

    def command(self, program, folder, port, case):
        """What to run in `folder`, in which its configuration is written first."""
        path = folder / "server.conf"
        if self.config:
            path.write_text(self.config.format(folder=folder, port=port))
        return [program, *(a.format(config=path, folder=folder) for a in self.arguments)]


class Floor(Server):
    dialect = "raw"
    is_peer = False

    def find(self, tools):
        path = (tools / "floor").resolve()
        return str(path) if path.exists() else None

    def command(self, program, folder, port, case):
        return [program, "--port", str(port)] + (
            ["--pair"] if case and case.mode == "pairs" else []
        )


class Sockchat(Server):
    """With what it keeps in memory, as the others have it; or on the disk, which none of them does."""

    is_peer = False
    # no flood limit, none by address, queues that hold a burst to a slow loader: as the peers have
    generous = ["--input-rate", "0", "--clients-per-address", "0", "--send-queue", "256M"]

    def __init__(self, name, program, on_disk=False):
        super().__init__(name, program)
        self.on_disk = on_disk

    def find(self, tools):
        path = shutil.which(self.program)
        if path and self.on_disk:
            version = subprocess.run([path, "--version"], capture_output=True, text=True)
            path = path if "sqlite" in version.stdout else None
        return str(Path(path).resolve()) if path else None

    def command(self, program, folder, port, case):
        fixed = [
            "--config",
            "/dev/null",
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--log-level",
            "warning",
            "--store",
            str(folder / "chat.db") if self.on_disk else "memory",
        ]
        return [program, "serve", *fixed, *self.generous]


class Nats(Server):
    dialect = "nats"


class IrcdHybrid(Server):
    """Debian does not install it beside ngircd: it may also lie unpacked under TOOLS/peers.

    It cannot be told not to ask the DNS for each client's name, and stalls where no DNS answers: as
    root it is given one that knows nobody, in a mount namespace.
    """

    def find(self, tools):
        unpacked = tools.resolve() / "peers/usr/sbin/ircd-hybrid"
        return super().find(tools) or (str(unpacked) if unpacked.exists() else None)

    def helper(self):
        return nameserver() if os.geteuid() == 0 else super().helper()

    def command(self, program, folder, port, case):
        command = super().command(program, folder, port, case)
        steps = []
        if not program.startswith("/usr/"):  # its modules must be under /usr/lib
            library = Path(program).parents[1] / "lib"
            steps.append(f'mount -t overlay overlay -o "lowerdir={library}:/usr/lib" /usr/lib')
        if os.geteuid() == 0:
            (folder / "resolv.conf").write_text(f"nameserver {NAMESERVER}\n")
            steps.append(f'mount --bind "{folder}/resolv.conf" "$(realpath /etc/resolv.conf)"')
        if not steps:
            return command
        steps.append('exec "$@"')
        if os.geteuid() == 0:
            return [
                "unshare",
                "--mount",
                "sh",
                "-c",
                " && ".join(steps),
                "sh",
                *as_nobody(),
                *command,
            ]
        own_user = ["unshare", "--user", f"--map-user={os.geteuid()}"]
        namespaces = ["unshare", "--user", "--map-root-user", "--mount"]
        return [*namespaces, "sh", "-c", " && ".join(steps), "sh", *own_user, *command]


NAMESERVER = "127.0.0.54"


@contextlib.contextmanager
def nameserver():
    """Answers every question on NAMESERVER with: there is no such name."""
    asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with asked:
        asked.bind((NAMESERVER, 53))
        asked.settimeout(0.2)
        stop = threading.Event()

        def answer():
            while not stop.is_set():
                try:
                    question, client = asked.recvfrom(1500)
                except TimeoutError:
                    continue
                asked.sendto(question[:2] + b"\x81\x83" + question[4:], client)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def servers(sockchat):
    """All that can be measured, the one that everything is for first."""
    hybrid = ["-foreground", "-configfile", "{config}"]
    for name in ("pid", "log", "kline", "xline", "dline", "resv"):
        hybrid += [f"-{name}file", "{folder}/hybrid." + name]
    return [
        Floor("floor", "floor"),
        Sockchat("sockchat", sockchat),
        Sockchat("sockchat-disk", sockchat, on_disk=True),
        Server("ngircd", "ngircd", NGIRCD, ["-n", "-f", "{config}"], at_once=8),
        Server("inspircd", "inspircd", INSPIRCD, ["--nofork", "--config={config}"], at_once=2000),
        IrcdHybrid("ircd-hybrid", "ircd-hybrid", IRCD_HYBRID, hybrid),
        Nats("nats-server", "nats-server", NATS, ["--config", "{config}"]),
    ]


def as_nobody():
    """Words in front of a command that give up root: some peers refuse to run as root."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    ids = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return ["setpriv", "--pdeathsig", "KILL", *ids]  # anew: another user id clears it


def raise_descriptors():
    """Every program started from here may open as many descriptors as the system gives."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def free_port():
    """A port of 127.0.0.1 below those that the loader's own connections take."""
    while True:
        port = random.randint(10000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class NotStarted(Exception):
    pass


def tail(path, lines=5):
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def is_listening(port):
    """Whether the port is bound, without connecting: a connection would be the first member."""
    wanted = f"0100007F:{port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if words[1] in (wanted, f"00000000:{port:04X}") and words[3] == "0A":
            return True
    return False


def await_listening(process, port, log):
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if is_listening(port):
            return
        if process.poll() is not None:
            raise NotStarted(f"ended with {process.returncode}: {tail(log)}")
        time.sleep(0.02)
    raise NotStarted(f"does not listen after {START_SECONDS} s: {tail(log)}")


def end(process):
    """Ends the process; its exit status, or None when it had to be killed."""
    if process.poll() is not None:
        return process.returncode
    process.terminate()
    try:
        return process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


@contextlib.contextmanager
def running(server, program, case=None, arguments=()):
    """The server, fresh, in a temporary folder of its own: gives (process, port, log file)."""
    with tempfile.TemporaryDirectory(prefix="sockchat-bench-", ignore_cleanup_errors=True) as name:
        folder, port = Path(name), free_port()
        command = [*server.command(program, folder, port, case), *arguments]
        if server.is_peer:
            if os.geteuid() == 0:
                shutil.chown(folder, "nobody", -1)
            if command[0] != "unshare":
                command = [*as_nobody(), *command]
        log = folder / "output"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            with server.helper():
                await_listening(process, port, log)
                yield process, port, log
        finally:
            end(process)


def end_on_signals():
    """SIGTERM and SIGHUP end this program as Ctrl-C does, so that what it started is ended too."""

    def leave(number, _frame):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
