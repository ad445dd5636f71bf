"""The loader proves itself: no fault found where there is none, and every fault that a relay makes.

    pytest tests/bench/selftest.py    ($BUILD/bench has load and floor; else they are built)
"""

import collections
import contextlib
import importlib.machinery
import importlib.util
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FAULTS = ("lost", "doubled", "reordered", "stray", "garbled", "closed")

sys.path.insert(0, str(HERE))

import attacks  # noqa: E402
import servers  # noqa: E402
from cases import CASES  # noqa: E402


@pytest.fixture(scope="session")
def tools(tmp_path_factory):
    built = Path(os.environ.get("BUILD", "/nowhere"), "bench")
    if (built / "load").exists() and (built / "floor").exists():
        return built
    folder = tmp_path_factory.mktemp("tools")
    base = [str(ROOT / "src/base" / name) for name in ("buf.c", "str.c", "err.c")]
    compiler = [os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O2", f"-I{ROOT}/include"]
    for name in ("load", "floor"):
        sources = [str(p) for p in sorted(HERE.glob(name + "*.c"))]
        subprocess.run([*compiler, "-o", str(folder / name), *sources, *base], check=True)
    return folder


def script(name):
    """One of the programs beside this file, as a module."""
    loader = importlib.machinery.SourceFileLoader(name, str(HERE / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def load(tools, *options):
    """The loader's results, as it prints them."""
    command = [str(tools / "load"), "--timeout", "20", "--drain-ms", "300", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def faults(result):
    return {key: result[key] for key in FAULTS if result[key]}


# ---- no faults where there are none ------------------------------------------------------------

FAN = ("--mode", "fanout", "--members", 20, "--senders", 5, "--window", 8, "--seconds", 0.3)
PAIRS = ("--mode", "pairs", "--members", 20, "--window", 8, "--seconds", 0.3)
OPEN = ("--mode", "open-loop", "--members", 20, "--senders", 5, "--rate", 2000, "--seconds", 0.3)


def is_listening(path):
    """Whether a socket is listened on, without connecting: that would make a first member."""
    lines = Path("/proc/net/unix").read_text().splitlines()
    return "00010000" in [line.split()[3] for line in lines if line.endswith(f" {path}")]


@pytest.fixture
def floor(tools, tmp_path):
    """Starts floors on Unix sockets; each ends with the test."""
    started = []

    def start(*options):
        path = tmp_path / f"floor{len(started)}"
        process = subprocess.Popen([str(tools / "floor"), "--unix", str(path), *options])
        started.append(process)
        end = time.monotonic() + 10
        while not is_listening(path):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.005)
        return path, process.pid

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "mode, flags", [(FAN, ()), (PAIRS, ("--pair",)), (OPEN, ())], ids=["fan", "pairs", "open"]
)
def test_the_floor_has_no_fault(tools, floor, mode, flags):
    path, pid = floor(*flags)
    (result,) = load(tools, "--dialect", "raw", "--unix", path, "--pid", pid, *mode)
    assert faults(result) == {}
    assert result["deliveries"] == result["sent"] * (1 if flags else 20) > 100
    assert result["p50_ms"] <= result["p99_ms"] <= result["max_ms"] * 1.02


def test_a_ramp_gives_a_result_for_each_rate(tools, floor):
    path, _pid = floor()
    ramp = ("--ramp", 2, "--most-rate", 1500, "--until-ms", 10000)
    results = load(
        tools, "--dialect", "raw", "--unix", path, *OPEN[:-3], 500, "--seconds", 0.1, *ramp
    )
    assert [round(r["offered_per_s"] / 20) for r in results] == [500, 1000, 1500]
    assert all(r["held"] for r in results)


def test_repeats_do_not_count_what_was_before(tools, floor):
    path, _pid = floor()
    results = load(tools, "--dialect", "raw", "--unix", path, *FAN, "--repeat", 3)
    assert [faults(r) for r in results] == [{}, {}, {}]


def test_idle_tells_memory_and_connect_tells_rate(tools, floor):
    path, pid = floor()
    (idle,) = load(
        tools,
        "--mode",
        "idle",
        "--dialect",
        "raw",
        "--unix",
        path,
        "--pid",
        pid,
        "--members",
        200,
        "--hold-ms",
        50,
    )
    assert idle["ready"] == 200 and idle["memory"] > 0
    (connect,) = load(
        tools, "--mode", "connect", "--dialect", "raw", "--unix", path, "--members", 200
    )
    assert connect["ready"] == 200 and connect["connects_per_s"] > 0


def test_source_addresses_are_changed_when_ports_run_short(tools):
    """Ten clients an address: the relay sees 127.0.0.1, .2 and .3."""
    with FaultyRelay("none", unix=None) as relay:
        load(
            tools,
            "--dialect",
            "raw",
            "--port",
            relay.port,
            "--per-address",
            10,
            *FAN[:3],
            30,
            *FAN[4:],
        )
    assert collections.Counter(relay.addresses) == {
        "127.0.0.1": 10,
        "127.0.0.2": 10,
        "127.0.0.3": 10,
    }


def test_a_server_that_is_not_there_is_an_error(tools, tmp_path):
    done = subprocess.run(
        [str(tools / "load"), "--unix", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "0 of 100 clients were ready" in done.stderr


@pytest.mark.parametrize(
    "options, said",
    [
        ((), "give the server's --port or --unix"),
        (("--port", "5", "--unix", "x"), "give the server's --port or --unix"),
        (("--port", "70000"), "--port 70000: is not a number from 1 to 65535"),
        (("--port", "5.5"), "--port 5.5: is not a number"),
        (("--port", "5", "--senders", "101"), "--senders 101: there are 100 --members"),
        (
            ("--port", "5", "--mode", "pairs", "--members", "3"),
            "--members 3: pairs want an even number",
        ),
        (
            ("--port", "5", "--mode", "fan"),
            "--mode fan: is not connect, fanout, idle, open-loop or pairs",
        ),
        (("--port", "5", "--name", 'a"b'), '--name a"b: is not a word'),
    ],
)
def test_wrong_options_are_said(tools, options, said):
    done = subprocess.run(
        [str(tools / "load"), *options], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and said in done.stderr


# ---- every fault is found ----------------------------------------------------------------------

EVERY = 100  # one delivery in so many is faulty


class FaultyRelay:
    """A relay that treats every hundredth delivery badly in one way, and counts what it did."""

    def __init__(self, fault, unix, pair=False):
        self.fault, self.pair = fault, pair
        self.made, self.count = 0, 0
        self.members, self.addresses, self.partial, self.kept = [], [], {}, {}
        self.wake, self.waker = socket.socketpair()
        if unix:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(str(unix))
        else:
            self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
            self.port = self.listener.getsockname()[1]
        self.listener.listen(128)
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.waker.close()
        self.thread.join()
        for each in (*self.members, self.listener, self.wake):
            each.close()

    def run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.wake, selectors.EVENT_READ)
            selector.register(self.listener, selectors.EVENT_READ)
            while True:
                for key, _events in selector.select():
                    if key.fileobj is self.wake:
                        return
                    if key.fileobj is self.listener:
                        member, address = self.listener.accept()
                        self.members.append(member)
                        self.addresses.append(address[0] if address else "")
                        selector.register(member, selectors.EVENT_READ, len(self.members) - 1)
                    elif not self.read(key.data):
                        selector.unregister(key.fileobj)

    def read(self, sender):
        try:
            data = self.members[sender].recv(65536)
        except OSError:
            return False
        lines = (self.partial.pop(sender, b"") + data).split(b"\n")
        self.partial[sender] = lines.pop()
        for line in lines:
            for receiver in [sender ^ 1] if self.pair else range(len(self.members)):
                if receiver < len(self.members):
                    self.deliver(sender, receiver, line)
        return bool(data)

    def send(self, receiver, *lines):
        try:
            self.members[receiver].sendall(b"".join(line + b"\n" for line in lines))
        except OSError:
            pass

    def deliver(self, sender, receiver, line):
        kept = self.kept.pop((sender, receiver), None)
        if kept is not None:  # swap: the one before comes after this one
            self.made += 1
            self.send(receiver, line, kept)
            return
        if line.startswith(b"~@"):
            self.count += 1
            if self.count % EVERY == 0 and self.fault != "none":
                getattr(self, self.fault)(sender, receiver, line)
                return
        self.send(receiver, line)

    def drop(self, _sender, _receiver, _line):
        self.made += 1

    def double(self, _sender, receiver, line):
        self.made += 1
        self.send(receiver, line, line)

    def swap(self, sender, receiver, line):
        self.kept[sender, receiver] = line

    def misdirect(self, sender, receiver, line):
        """To a third one as well."""
        self.made += 1
        self.send(receiver, line)
        self.send((receiver + 2) % len(self.members), line)

    def spoil(self, _sender, receiver, line):
        self.made += 1
        self.send(receiver, line[:10] + b"?" + line[11:])


@pytest.mark.parametrize(
    "fault, mode, expected",
    [
        ("none", OPEN, ()),
        ("drop", OPEN, ("lost",)),
        ("double", OPEN, ("doubled",)),
        ("swap", OPEN, ("reordered",)),
        ("spoil", OPEN, ("garbled", "lost")),
        ("drop", FAN, ("lost",)),
        ("double", FAN, ("doubled",)),
        ("swap", FAN, ("reordered",)),
        ("drop", PAIRS, ("lost",)),
        ("double", PAIRS, ("doubled",)),
        ("swap", PAIRS, ("reordered",)),
        ("misdirect", PAIRS, ("stray",)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_exactly_the_faults_made_are_found(tools, tmp_path, fault, mode, expected):
    with FaultyRelay(fault, tmp_path / "relay", pair=mode is PAIRS) as relay:
        (result,) = load(tools, "--dialect", "raw", "--unix", relay.listener.getsockname(), *mode)
    undelivered = {key: n for key, n in collections.Counter(lost=len(relay.kept)).items() if n}
    assert relay.count > 5 * EVERY
    assert faults(result) == {**{key: relay.made for key in expected}, **undelivered}
    assert (relay.made > 0) == (fault != "none")


@pytest.mark.parametrize("fault, key", [("drop", "lost"), ("double", "doubled"), ("swap", "reordered")])
def test_who_reads_later_is_checked_apart(tools, tmp_path, fault, key):
    """
    So little is said that what a socket holds has room for it: the relay does not know readers that
    stall. It drops and doubles what is for the last one, the hundredth delivery of twenty each.
    """
    results = {}
    for does in ("none", fault):
        with FaultyRelay(does, tmp_path / does) as relay:
            options = ("--dialect", "raw", "--unix", relay.listener.getsockname(), *OPEN[:-1], 0.1)
            others, apart = results[does] = load(tools, *options, "--apart", 5, "--stall")
        assert relay.count > 5 * EVERY and apart["caught_up"] == apart["deliveries"] > 0
    assert [faults(r) for r in results["none"]] == [{}, {}]
    assert others["sent"] * 15 == results["none"][0]["deliveries"]
    assert others[key] + apart[key] == relay.made > 0 and apart[key] > 0
    assert fault == "swap" or faults(others) == {}
    assert results["none"][1]["disordered"] == 0
    assert (apart["disordered"] > 0) == (fault != "double"), "what came again is not counted again"


# ---- the runner --------------------------------------------------------------------------------


def test_the_runner_measures_and_makes_a_table(tools, tmp_path):
    command = [
        sys.executable,
        str(HERE / "run"),
        "--tools",
        str(tools),
        "--servers",
        "floor",
        "--cases",
        "fan10w1",
    ]
    command += [
        "--rounds",
        "2",
        "--seconds",
        "0.2",
        "--results",
        str(tmp_path / "r"),
        "--markdown",
        str(tmp_path / "m"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "r").read_text().splitlines()]
    assert [(r["case"], r["round"], r["server"], r["lost"], r["wrong"]) for r in rows] == [
        ("fan10w1", 1, "floor", 0, ""),
        ("fan10w1", 2, "floor", 0, ""),
    ]
    assert "| 10 members, 10 senders, 1 in flight | p99 |" in done.stdout
    assert (tmp_path / "m").read_text() in done.stdout
    assert "2/2" not in done.stderr and "1/2" in done.stderr


@pytest.mark.parametrize(
    "name, changes, seconds, why, bound",
    [
        ("fan10w1", {}, 5, "", ""),
        ("fan10w1", {"lost": 2, "doubled": 1}, 5, "2 lost, 1 doubled", ""),
        ("fan10w1", {"ready": 9}, 5, "told so", ""),
        ("fan10w1", {"ready": 9}, 121, "told so", "> 120 s"),
        ("fan10w1", None, 5, "told so", ""),
        ("join10000", {"joins_heard": 7, "joins_expected": 9}, 5, "2 joins not heard", ""),
        ("openloop100", {"held": True}, 5, "", ""),
        ("openloop100", {"held": False}, 5, "not even the lowest rate was held", "< 0.05 M"),
    ],
)
def test_a_faulty_run_gives_no_figures(name, changes, seconds, why, bound):
    case = next(c for c in CASES if c.name == name)
    sound = {"ready": 10, "members": 10, **dict.fromkeys((f.key for f in case.figures), 5e4)}
    results = [] if changes is None else [{**sound, **changes}]
    outcome = script("run").judge(case, results, "first\ntold so\n", seconds)
    assert (outcome.why, outcome.bound) == (why, bound)
    assert bool(outcome.figures) == (why == "")


def test_the_runner_says_what_it_does_not_know(tools):
    done = subprocess.run(
        [sys.executable, str(HERE / "run"), "--cases", "fan9"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and "fan9: no such case" in done.stderr


def test_names_are_told_apart():
    for known in (CASES, servers.servers("sockchat")):
        names = [k.name for k in known]
        assert len(set(names)) == len(names)


PROGRAM = os.environ.get("SOCKCHAT", str(ROOT / "sockchat"))
SERVERS = [s for s in servers.servers(PROGRAM) if s.name != "floor"]


@pytest.fixture
def start(tools):
    """Starts a server as the runner does; skips the test when it is not installed."""
    with contextlib.ExitStack() as stack:

        def enter(server):
            program = server.find(tools)
            if program is None:
                pytest.skip("not installed")
            return stack.enter_context(servers.running(server, program))

        servers.raise_descriptors()
        yield enter


@pytest.mark.parametrize("server", SERVERS, ids=lambda s: s.name)
def test_no_message_is_lost_by_a_server(tools, start, server):
    """Their configurations let the small case through, and the loader speaks IRC and NATS right."""
    process, port, _log = start(server)
    options = ("--dialect", server.dialect, "--port", port, "--pid", process.pid)
    (result,) = load(tools, *options, *FAN)
    assert faults(result) == {}


def test_everyone_hears_of_everyone_who_joins(tools, start):
    _process, port, _log = start(SERVERS[0])
    options = ("--mode", "connect", "--one-channel", "--members", 60, "--port", port)
    (result,) = load(tools, *options)
    assert result["joins_heard"] == result["joins_expected"] == 60 * 61 // 2


# ---- the hostile set ---------------------------------------------------------------------------


@pytest.fixture
def hostile(monkeypatch):
    module = script("hostile")
    for name in ("BEFORE", "DURING", "AFTER"):
        monkeypatch.setattr(module, name, 1)
    return module


def pause(target):
    os.kill(target.pid, signal.SIGSTOP)
    target.stop.wait(0.3)
    os.kill(target.pid, signal.SIGCONT)


def kill(target):
    os.kill(target.pid, signal.SIGKILL)


@pytest.mark.parametrize("attack, wrong", [(pause, False), (kill, True)])
def test_harm_is_judged_by_delivery_not_by_time(tools, hostile, attack, wrong):
    program = SERVERS[0].find(tools)
    if program is None:
        pytest.skip("sockchat is not built")
    servers.raise_descriptors()
    report = hostile.run_attack(attacks.Attack("x", attack), SERVERS[0], program, tools)
    assert bool(report.wrong) == wrong, report.wrong
    if wrong:
        assert "the server ended with -9" in report.wrong


@pytest.mark.parametrize("key", FAULTS)
def test_each_fault_of_the_others_is_harm(hostile, key):
    second = {**dict.fromkeys(FAULTS, 0), "server_load": 0}
    report = hostile.Report("x", [second], [second], [second])
    hostile.judge_others(report)
    assert report.wrong == []
    report.during = [{**second, key: 3}]
    hostile.judge_others(report)
    assert report.wrong == [f"3 {key}"]


# ---- turns and searches ------------------------------------------------------------------------


def run_with_a_store(name, *options):
    """What one of the programs beside this file prints."""
    program = os.environ.get("SOCKCHAT", str(ROOT / "sockchat"))
    features = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    if not {"sqlite", "gsasl"} <= set(features.stdout.split()):
        pytest.skip("built without SQLite or GNU SASL")
    command = [HERE / name, "--sockchat", program, *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_turns_are_counted():
    said = run_with_a_store("turns", "--logins", "4", "--megabytes", "0.5")
    assert "- 4 of 4 logged in" in said
    assert any(line.startswith("- 1250 messages, ") for line in said)
    assert sum(line.startswith(("| while it is written |", "| then |")) for line in said) == 2


def test_searches_find_something():
    said = run_with_a_store("search", "--millions", "0.005", "--times", "1")
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in said]
    assert ["a common word", "100"] in rows
    assert ["a word that nobody said", "0"] in rows
