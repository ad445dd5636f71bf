"""
The examples of README.md and the manual pages are run, and what README shows as output is what comes out. Times, sizes,
host names, sockets and ports differ from run to run and are masked on both sides.
"""

import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess

import pytest

from harness import DEADLINE

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHELL_SIGNS = set("|<>;&") | {"||", "&&"}


# ---- what there is -------------------------------------------------------------------------------------


def readme_blocks():
    """The outputs that README shows, by name: the command lines ("$ " in front) and what follows, as lines."""
    text = (ROOT / "README.md").read_text()
    found = re.findall(r"^<!-- output: ([a-z-]+) -->\n```console\n(.*?)^```$", text, re.M | re.S)
    return {name: block.splitlines() for name, block in found}


def unmdoc(line):
    return line.replace("\\e", "\\").replace("\\&", "").replace("\\-", "-")


def manual_lines(page):
    text = (ROOT / "man" / page).read_text()
    return [unmdoc(line) for line in re.findall(r"^(?:\.Dl )?\$ (.*)", text, re.M)]


BLOCKS = readme_blocks()
PAGES = ("sockchat.1", "sockchat-serve.8", "sockchat.ini.5", "sockchat-irc.7")
LINES = [(page, line) for page in PAGES for line in manual_lines(page)]
LINES += [("README.md", line[2:]) for block in BLOCKS.values() for line in block if line.startswith("$ ")]


def calls(line):
    """The calls of sockchat in a line of shell, as words."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    call, found = [], []
    for word in [*words, ";"]:
        if set(word) <= SHELL_SIGNS:
            if "sockchat" in call:
                found.append(call[call.index("sockchat") + 1 :])
            call = []
        else:
            call.append(word)
    return [c for c in found if c]


def test_there_are_examples():
    assert {page for page, _ in LINES} == {*PAGES, "README.md"}
    assert set(BLOCKS) == {
        "serve", "connect", "nc", "summary", "script", "json", "peer", "peer-nc", "config",
    }  # fmt: skip
    assert len(LINES) > 25


def test_calls_are_found():
    assert calls("echo 'a | b' | timeout 5 sockchat connect --to x 1 2 || echo no") == [
        ["connect", "--to", "x", "1", "2"]
    ]
    assert calls("A=1 sockchat serve > x; nc -N a 1") == [["serve"]]


# ---- every command line --------------------------------------------------------------------------------


@pytest.mark.parametrize("page, line", LINES)
def test_the_command_line_is_taken(run, folder, page, line):
    (folder / "sockchat.ini").touch()
    for words in calls(line):
        if words[0] != "help":
            words = [*words, "--print-config"]
        done = run(*words)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def path(sockchat, folder, env):
    """The environment of a person who has sockchat installed."""
    (folder / "bin").mkdir()
    (folder / "bin/sockchat").symlink_to(sockchat)
    return {**env, "PATH": f"{folder}/bin:{env['PATH']}"}


@pytest.fixture
def bash(path, folder):
    """bash(line, port) runs a line of shell; its standard output and error as they came, and the status."""

    def start(line, port, default=5000):
        line = re.sub(rf"\b{default}\b", str(port), line)
        return subprocess.run(
            ["bash", "-c", line],
            env=path,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE,
        )

    return start


def lines_with(start):
    """The examples that begin so, each once; not those of which README shows the output."""
    return list(dict.fromkeys(x for _, x in LINES if re.match(start, x) and "$?" not in x))


@pytest.mark.parametrize("line", lines_with("echo .* sockchat connect (?!--once)|echo .*--to alice"))
def test_what_is_piped_is_said(server, bash, line):
    s = server()
    alice = s.irc("alice", channel="#lobby")
    done = bash(line, s.port)
    assert (done.returncode, done.stdout) == (0, "")
    assert alice.message("PRIVMSG").params[1] == shlex.split(line)[1]


@pytest.mark.parametrize("line", lines_with("echo .*--once"))
def test_a_bot_is_asked(server, path, folder, line):
    s = server()
    bot = s.irc("bot")
    line = line.replace("5000", str(s.port))
    asking = subprocess.Popen(["bash", "-c", line], env=path, cwd=folder, stdout=subprocess.PIPE, text=True)
    asked = bot.message("PRIVMSG")
    assert asked.params[1] == shlex.split(line)[1]
    bot.send(f"PRIVMSG {asked.nick} :all is well")
    assert "all is well" in asking.communicate(timeout=DEADLINE)[0]
    assert asking.returncode == 0


@pytest.mark.parametrize("line", lines_with("printf"))
def test_lines_by_hand(server, bash, line):
    s = server()
    alice = s.irc("alice", channel="#lobby")
    done = bash(line.replace("| nc ", "| nc -N "), s.port)
    assert done.returncode == 0
    if "NICK" in line:
        assert " 001 bot " in done.stdout and "Quit" in done.stdout
    else:
        assert alice.message("PRIVMSG").params[1] == "the build is green"
        assert "goodbye" in done.stdout


@pytest.mark.parametrize("line", lines_with("tail"))
def test_it_goes_on_listening(server, path, folder, features, line):
    if "--json" in line and "jansson" not in features:
        pytest.skip("jansson is not built in")
    s = server()
    bob = s.irc("bob", channel="#lobby")
    line = re.sub(r" > \S+", "", line).replace("5000", str(s.port))
    listening = subprocess.Popen(
        ["bash", "-c", line], env=path, cwd=folder, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        bob.message("JOIN")
        bob.send("PRIVMSG #lobby :is it on?")
        while "is it on?" not in listening.stdout.readline():
            pass
    finally:
        os.killpg(listening.pid, signal.SIGTERM)
        listening.communicate(timeout=DEADLINE)


TOOLS = "-config|-account|set-password|-store|--backup|--export"


@pytest.mark.parametrize("line", lines_with(f"sockchat serve(?!.*({TOOLS}))"))
def test_servers_start_and_stop(spawn, folder, features, line):
    if "--websocket" in line and "wslay" not in features:
        pytest.skip("no wslay in this build")
    (folder / "password").write_text("secret\n")
    line = line.replace("--bind lo:5000", "--bind lo --port 5000")  # lo:0 would be a label
    words = re.sub(r"\b(5000|6667|8067)\b", "0", line).replace("/tmp/", f"{folder}/")
    if not re.search("--(port|bind|unix)", line):
        words += " --port 0"  # 5000 may be in use by a server of this machine
    serving = spawn(*shlex.split(words)[1:])
    serving.err.wait("event=listening")
    serving.out.wait("Ctrl-C ends the server")
    assert serving.stop() == 0


def test_accounts_from_the_command_line(path, folder, env, features):
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("no passwords, or no store on the disk, in this build")
    (folder / "password.txt").write_text("correct horse\n")
    lines = [line for _, line in LINES if re.search("sockchat serve.*(-account|set-password)", line)]
    assert len(lines) >= 3
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line],
            env={**path, "SOCKCHAT_SERVE_STORE": str(folder / "accounts.db")},
            cwd=folder,
            input="battery staple\n",
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr.count("level=error")) == (0, 0), (line, done.stderr)


def test_the_store_from_the_command_line(server, path, folder, features):
    """Beside the server that uses it."""
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")
    s = server()
    s.irc("ada", channel="#lobby").sync()
    lines = [line for _, line in LINES if re.search("sockchat serve.*(-store|--backup|--export)", line)]
    assert len(lines) == 3
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line],
            env={**path, "SOCKCHAT_SERVE_STORE": str(s.store)},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (line, done.stderr)
    assert (folder / "sockchat-backup.db").exists()


def test_a_copy_is_put_back(server, path, folder, features):
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")

    def shell(pattern):
        lines = [line for _, line in LINES if re.search(pattern, line)]
        done = subprocess.run(
            ["bash", "-ec", "\n".join(lines)],
            env={**path, "SOCKCHAT_SERVE_STORE": str(store)},
            cwd=folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return lines

    store = folder / ".local/state/sockchat/sockchat.db"
    store.parent.mkdir(parents=True)
    s = server(store=store)
    ada = s.irc("ada", channel="#lobby")
    ada.ask("PRIVMSG #lobby :before the copy")
    shell("sockchat serve --backup")
    ada.ask("PRIVMSG #lobby :after the copy")
    s.kill()
    assert len(shell(r"^(cd|rm|cp) .*sockchat")) == 3
    bob = server(store=store).irc("bob", channel="#lobby")
    told = [x.rsplit(" :", 1)[1] for x in bob.sync() if " PRIVMSG " in x]
    assert len(told) == 1 and told[0].endswith("] before the copy")


@pytest.mark.parametrize("line", lines_with("sockchat connect(?!.*[<>])"))
def test_a_person_joins(server, terminal, env, line):
    s = server("--unix", f"{env['XDG_RUNTIME_DIR']}/sockchat.sock", listeners=3)
    t = terminal(*shlex.split(line.replace("5000", str(s.port)))[1:])
    t.until("connected to")
    t.enter("/quit")
    assert t.wait() == 0


@pytest.mark.parametrize("line", lines_with("sockchat peer .*(--listen|--unix)"))
def test_a_peer_waits(terminal, folder, line):
    words = line.split(" > ")[0].replace("5001", "0").replace("/tmp/", f"{folder}/")
    t = terminal(*shlex.split(words)[1:])
    t.until(r"Waiting for a client to connect\.\.\.")
    t.type("\x04")
    assert t.wait() == 0


def test_a_file_is_copied(spawn, bash, folder):
    assert {"sockchat peer --listen 5001 > copy", "sockchat peer 127.0.0.1 5001 < file"} <= {x for _, x in LINES}
    (folder / "file").write_bytes(bytes(range(256)) * 100)
    waiting = spawn("peer", "--listen", "127.0.0.1:0")
    port = waiting.err.wait(r"Waiting.*:(\d+)\)")[0].group(1)
    assert bash("sockchat peer 127.0.0.1 5001 < file", port, default=5001).returncode == 0
    assert waiting.wait() == 0


@pytest.mark.parametrize("page", PAGES)
def test_configuration_examples(bash, page):
    lines = [x for p, x in LINES if p == page and ("-config" in x or "help settings" in x)]
    done = bash("set -e; : " + "; ".join(["", *lines]), 5000)
    assert done.returncode == 0, done.stdout


# ---- what README shows ---------------------------------------------------------------------------------

MASKS = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
    (r"^\d\d:\d\d ", "HH:MM "),
    (r"(?<=sockchat \d\.\d\.\d: )\S+", "HOST"),
    (r"/\S+/sockchat\.sock", "SOCKET"),
    (r"(?<=127\.0\.0\.1[ :])\d+|(?<=::1 )\d+|(?<=:)\d+(?=[,)])", "PORT"),
    (r"Bytes written: \d+ Bytes read: \d+", "BYTES"),
    (r"\d+ secs", "SECONDS"),
    (r'(?<="id":")[^"]+', "ID"),
]


def masked(lines):
    lines = [line.rstrip() for line in lines]
    for pattern, word in MASKS:
        lines = [re.sub(pattern, word, line) for line in lines]
    return lines


def shown(name):
    """What README shows below the command line."""
    return masked(line for line in BLOCKS[name] if not line.startswith("$ "))


def on_screen(t):
    return masked(line for line in t.show().splitlines() if line.strip() not in ("^C", ""))


def test_masks_leave_what_matters():
    assert masked(["14:05 bob: hello", "sockchat 0.1.0: a.b listens."]) == [
        "HH:MM bob: hello",
        "sockchat 0.1.0: HOST listens.",
    ]
    assert masked(["connected to 127.0.0.1:5000 as x"]) == ["connected to 127.0.0.1:PORT as x"]


def test_the_tour(spawn, terminal, env):
    """Three terminals, as README has them."""
    path = f"{env['XDG_RUNTIME_DIR']}/sockchat.sock"
    serve = spawn("serve", "--bind", "127.0.0.1:0", "--bind", "[::1]:0", "--unix", path)
    serve.out.wait("Ctrl-C ends the server")
    port = serve.err.wait(r"address=127\.0\.0\.1 port=(\d+)")[0].group(1)
    assert masked(serve.out.lines) == shown("serve")

    alice = terminal("connect", "--name", "alice", columns=100)
    alice.until("connected to")
    nc = terminal("127.0.0.1", port, program=shutil.which("nc"), columns=100)

    def types(line, heard):
        nc.type(line + "\n")
        alice.until(heard)

    types("bob", "bob joined")
    nc.until("in #lobby")
    types("hello from nc", "bob: hello")
    alice.enter("hello bob, from a terminal")
    nc.until("alice: hello")
    alice.until("alice: hello")
    types("@alice lunch?", "bob -> you: lunch")
    nc.until("you -> alice")
    alice.enter("/msg bob at one")
    nc.until("alice -> you")
    alice.until("alice -> bob")
    types("exit", "bob quit")
    nc.until("goodbye")
    assert on_screen(alice)[:-1] == shown("connect"), "all but the prompt"
    assert on_screen(nc) == shown("nc")
    nc.type("\x03")
    alice.enter("/quit")
    assert alice.wait() == 0
    assert serve.stop(signal.SIGINT) == 0
    assert masked(serve.out.lines)[len(shown("serve")) :] == shown("summary")


def said_in_shell(name, bash, port):
    """The block's commands, each with what it printed, in the form that README shows them in."""
    result = []
    for line in BLOCKS[name]:
        if line.startswith("$ "):
            result += [line, *bash(line[2:], port).stdout.splitlines()]
    return masked(result)


def test_scripts_and_exit_codes(server, bash):
    assert said_in_shell("script", bash, server().port) == masked(BLOCKS["script"])


def test_where_settings_come_from(bash):
    assert said_in_shell("config", bash, 5000) == masked(BLOCKS["config"])


def test_messages_as_json(server, spawn, features):
    if "jansson" not in features:
        pytest.skip("jansson is not built in")
    s = server()
    log = spawn("connect", "--json", "--name", "log", "127.0.0.1", str(s.port), input=True)
    log.out.wait('"from":"log"')
    bob = s.plain("bob")
    log.out.wait('"from":"bob"')
    bob.send("hello from nc")
    log.out.wait("hello from nc")
    assert masked(log.out.lines) == shown("json")


def test_peer_and_nc(terminal):
    peer = terminal("peer", "--listen", "0", columns=100)
    port = peer.until(r"0\.0\.0\.0:(\d+)").group(1)
    nc = terminal("127.0.0.1", port, program=shutil.which("nc"), columns=100)
    peer.until("Connected")
    peer.enter("do you have the file?")
    nc.until("file")
    nc.type("on its way\n")
    peer.until("Client: on its way")
    nc.until("on its way")
    assert on_screen(nc) == shown("peer-nc")
    nc.type("\x03")
    assert peer.wait() == 0
    assert on_screen(peer) == shown("peer")


# ---- what the manual lists -----------------------------------------------------------------------------


def test_isupport_is_as_the_manual_has_it(server):
    text = (ROOT / "man/sockchat-irc.7").read_text()
    section = re.search(r"^\.Sh ISUPPORT\n(.*?)^\.Sh ", text, re.M | re.S).group(1)
    listed = re.findall(r"^\.It Li (\S+)", section, re.M)
    client = server().irc("ada")
    told = [m.group(1) for m in (re.search(r" 005 \S+ (.*) :are ", x) for x in client.seen) if m]
    assert " ".join(told).split() == listed


@pytest.mark.parametrize(
    "page, heading, source, row",
    [
        ("sockchat-irc.7", "Ss Of channels", "src/hub/modes.c", r"\{ '(\w)', MODE_"),
        ("sockchat-irc.7", "Ss Of users", "src/hub/modes.c", r"\{ '(\w)', USER_"),
        ("sockchat-serve.8", "Ss Plain clients", "src/serve/dialect_plain.c", r'^\t\{ "([a-z]+)", "/'),
        ("sockchat.1", "Ss \\&At a terminal", "src/connect/slash.c", r'^\t\{ "([a-z]+)", "'),
    ],
)
def test_modes_and_commands_are_as_the_manual_has_them(page, heading, source, row):
    text = (ROOT / "man" / page).read_text()
    section = text.split(f".{heading}\n", 1)[1]
    section = re.split(r"^\.S[sh] ", section, maxsplit=1, flags=re.M)[0]
    listed = re.findall(r"^\.It (?:Li (\w)\b|Ic /([a-z]+))", section, re.M)
    table = re.findall(row, (ROOT / source).read_text(), re.M)
    assert sorted("".join(x) for x in listed) == sorted(table) and table
