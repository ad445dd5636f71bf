"""Fixtures for the end-to-end tests; what they hand out is in harness.py."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import pytest

from fake_server import FakeServer
from harness import DEADLINE, SANITIZER, Process, Server, Terminal, text

# A shell's background job begins with these ignored, and so would every program started here.
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ("PATH", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """The server's log, the screen and the like, shown with a test that fails."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for thing in getattr(item, "things", []):
            report.sections.append((type(thing).__name__, thing.show()))


@pytest.fixture(scope="session")
def sockchat():
    """The program under test: SOCKCHAT, else ./sockchat."""
    path = pathlib.Path(os.environ.get("SOCKCHAT", ROOT / "sockchat")).resolve()
    if not os.access(path, os.X_OK):
        pytest.fail(f"{path} is not there: run make first")
    return str(path)


@pytest.fixture(scope="session")
def features(sockchat):
    """The optional libraries that are built in, by the names that --version gives."""
    done = subprocess.run([sockchat, "--version"], capture_output=True, text=True, check=True)
    return set(re.search(r"^Features: ?(.*)", done.stdout, re.M).group(1).split())


@pytest.fixture
def folder():
    """A private folder with a short name: a Unix socket's path has room for 107 bytes."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="sockchat-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def env(folder):
    """An environment in which nothing of the person who runs the tests is seen."""
    result = {name: os.environ[name] for name in KEPT if name in os.environ}
    result.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", TERM="dumb", HOME=str(folder), TMPDIR=str(folder))
    for name in ("CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"):
        place = folder / name.lower()
        place.mkdir(mode=0o700)
        result[f"XDG_{name}_{'DIR' if name == 'RUNTIME' else 'HOME'}"] = str(place)
    # Servers that a test starts by itself may be several: each would want the store for itself.
    result["SOCKCHAT_SERVE_STORE"] = "memory"
    (folder / "config" / "sockchat").mkdir()
    (folder / "config" / "sockchat" / "sockchat.ini").touch()
    return result


@pytest.fixture
def things(request):
    """What was started in a test; ended and judged when the test is over."""
    request.node.things = []
    yield request.node.things
    problems = []
    for thing in reversed(request.node.things):
        try:
            thing.finish()
        except AssertionError as problem:
            problems.append(str(problem))
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.fixture
def server(sockchat, folder, env, things, features):
    """
    server(*options, unix=True, port=True, listeners=N, environment={}, store=PATH) starts `sockchat
    serve` and returns it (harness.Server) once it listens on all of its listeners. Several may run in
    one test, each with a store of its own: on the disk where that is built in.
    """

    def start(*options, unix=True, port=True, listeners=None, environment=None, store=None, pass_fds=()):
        if store is None:
            store = folder / f"{len(things)}.db" if "sqlite" in features else "memory"
        environment = {"SOCKCHAT_SERVE_STORE": str(store), **(environment or {})}
        path = folder / f"{len(things)}.sock" if unix else None
        argv = [sockchat, "serve"]
        argv += ["--unix", path] if unix else []
        argv += ["--bind", "127.0.0.1:0"] if port else []
        argv += options
        count = bool(unix) + bool(port) if listeners is None else listeners
        s = Server.__new__(Server)
        things.append(s)
        s.__init__(argv, {**env, **environment}, folder, path, count, pass_fds)
        s.store = store
        return s

    return start


@pytest.fixture(params=["file", "memory"])
def busy(request, server, features):
    """busy(*options, queue="64K"): a server with a small send queue, its store in a file and in memory."""
    if request.param == "file" and "sqlite" not in features:
        pytest.skip("no sqlite in this build")

    def start(*options, queue="64K"):
        store = "memory" if request.param == "memory" else None
        keep = ("--keep-messages", "1000000", "--keep-size", "1G")
        return server("--send-queue", queue, "--input-rate", "0", *keep, *options, store=store)

    return start


@pytest.fixture
def spawn(sockchat, folder, env, things):
    """spawn("connect", …, input=True) runs sockchat in the background: harness.Process."""

    def start(*arguments, input=False, environment=None, status=0, pass_fds=()):
        p = Process(
            [sockchat, *arguments],
            {**env, **(environment or {})},
            folder,
            subprocess.PIPE if input else subprocess.DEVNULL,
            pass_fds,
        )
        p.expected = status
        things.append(p)
        return p

    return start


@pytest.fixture
def run(sockchat, folder, env):
    """run("--version", …, input=text) runs sockchat to its end; .returncode, .stdout, .stderr (text)."""

    def start(*arguments, input="", environment=None, timeout=DEADLINE, cwd=None):
        data = input if isinstance(input, bytes) else input.encode()
        done = subprocess.run(
            [sockchat, *map(str, arguments)],
            input=data,
            env={**env, **(environment or {})},
            cwd=cwd or folder,
            capture_output=True,
            timeout=timeout,
        )
        assert not SANITIZER.search(done.stderr), text(done.stderr)
        done.stdout, done.stderr = text(done.stdout), text(done.stderr)
        return done

    return start


@pytest.fixture
def terminal(sockchat, folder, env, things):
    """terminal("connect", …, columns=80, rows=24) runs sockchat in a terminal: harness.Terminal."""

    def start(*arguments, program=None, columns=80, rows=24, environment=None):
        t = Terminal(
            [program or sockchat, *arguments], {**env, **(environment or {})}, folder, columns, rows
        )
        things.append(t)
        return t

    return start


@pytest.fixture
def fake(things):
    """An IRC server that the test plays itself: fake_server.FakeServer."""
    things.append(FakeServer())
    return things[-1]


@pytest.fixture
def to_fake(fake, spawn):
    """to_fake(*options, caps=…) starts `sockchat connect` towards that one, and greets it."""

    def start(*options, input=True, status=0, environment=None, pass_fds=(), **greeting):
        process = spawn(
            "connect", *options, "127.0.0.1", str(fake.port), input=input, status=status,
            environment=environment, pass_fds=pass_fds,
        )  # fmt: skip
        return process, fake.accept().greet(**greeting)

    return start


@pytest.fixture
def people(server):
    """ada, operator of #x, and bob in it; eve outside; none of them with a capability."""
    s = server()
    ada, bob, eve = s.irc("ada", channel="#x"), s.irc("bob", channel="#x"), s.irc("eve")
    ada.sync()
    return ada, bob, eve
