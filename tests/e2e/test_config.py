"""The configuration: files, environment, what wins, and everything that may be wrong with them."""

import os
import re
import subprocess

import pytest


@pytest.fixture
def ini(folder):
    """ini(text) writes a configuration file (bytes or text) and returns its path."""

    def write(text, name="test.ini"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def value(shown, key):
    """(origin, value) of a key in what --print-config says; of the first key of that name."""
    match = re.search(rf"^# (.*)\n{key} =(?: (.*))?$", shown, re.M)
    assert match, f"{key} is not in:\n{shown}"
    return match.group(1), match.group(2) or ""


# ---- what wins ------------------------------------------------------------------------------------


def test_flag_over_environment_over_file_over_default(run, ini):
    path = ini("[serve]\nbacklog = 1\nport = 11\n")
    file, environment, flag = ["--config", path], {"SOCKCHAT_SERVE_BACKLOG": "2"}, ["--backlog", "3"]

    def backlog(*arguments, **more):
        done = run("serve", *arguments, "--print-config", **more)
        assert done.returncode == 0, done.stderr
        return value(done.stdout, "backlog")

    assert backlog() == ("default", "4096")
    assert backlog(*file) == (f"{path}:2", "1")
    assert backlog(*file, environment=environment) == ("environment SOCKCHAT_SERVE_BACKLOG", "2")
    assert backlog(*file, *flag, environment=environment) == ("flag --backlog", "3")
    assert backlog(*flag) == ("flag --backlog", "3")


def test_a_list_is_replaced_whole(run, ini):
    path = ini("[serve]\nport = 11, 12\nport = 13\n")

    def ports(*arguments, **more):
        return value(run("serve", "--config", path, *arguments, "--print-config", **more).stdout, "port")[1]

    assert ports() == "11, 12, 13"
    assert ports(environment={"SOCKCHAT_SERVE_PORT": "21,22"}) == "21, 22"
    assert ports("-p", "31", "-p", "32", environment={"SOCKCHAT_SERVE_PORT": "21,22"}) == "31, 32"
    assert ports("--port=") == ""


def test_users_file_is_found(run, folder, env, ini):
    ini("[serve]\nbacklog = 1\n", "config/sockchat/sockchat.ini")
    ini("[serve]\nbacklog = 2\n", ".config/sockchat/sockchat.ini")
    ini("[serve]\nbacklog = 3\n", "sockchat.ini")
    other = ini("[serve]\nbacklog = 4\n", "other.ini")

    def backlog(*arguments, xdg):
        done = run("serve", *arguments, "--print-config", environment={"XDG_CONFIG_HOME": xdg})
        return value(done.stdout, "backlog")

    assert backlog(xdg=str(folder / "config")) == (f"{folder}/config/sockchat/sockchat.ini:2", "1")
    assert backlog(xdg="") == (f"{folder}/.config/sockchat/sockchat.ini:2", "2")
    assert backlog(xdg="relative") == (f"{folder}/.config/sockchat/sockchat.ini:2", "2")
    assert backlog("--config", other, xdg=str(folder / "config")) == (f"{other}:2", "4")
    (folder / ".config/sockchat/sockchat.ini").unlink()
    origin, backlog_now = backlog(xdg="")
    assert str(folder) not in origin, "never the current folder"
    assert backlog_now != "3"


def in_its_own_etc(folder, *command):
    """The command sees folder/etc at /etc, in a mount namespace of its own."""
    script = f"mount --bind {folder}/etc /etc && exec \"$@\""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--mount", "sh", "-c", script, "sh", *command]


def test_systems_file_is_the_last(sockchat, env, folder, ini):
    system = "/etc/sockchat/sockchat.ini"
    ini("[serve]\nbacklog = 5\n", "etc/sockchat/sockchat.ini")
    (folder / "config/sockchat/sockchat.ini").unlink()
    if subprocess.run(in_its_own_etc(folder, "true"), capture_output=True).returncode != 0:
        pytest.skip("no mount namespace here")

    def backlog(environment):
        command = in_its_own_etc(folder, sockchat, "serve", "--print-config")
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60)
        return value(done.stdout, "backlog")

    assert backlog(env) == (f"{system}:2", "5")
    assert backlog({"PATH": env["PATH"]}) == (f"{system}:2", "5"), "no home at all"
    ini("[serve]\nbacklog = 1\n", "config/sockchat/sockchat.ini")
    assert backlog(env)[1] == "1"


def test_a_missing_file_is_only_missed_when_it_was_named(run, folder):
    (folder / "config/sockchat/sockchat.ini").unlink()
    assert run("serve", "--check-config").returncode == 0
    done = run("serve", "--config", "missing.ini")
    assert (done.returncode, done.stderr) == (3, "missing.ini: there is no such file\n")


# ---- what is wrong --------------------------------------------------------------------------------

WRONG = {
    "unknown key": ("[serve]\nprot = 5\n", "2: [serve] prot: unknown key; did you mean 'port'?"),
    "key of another section": ("[serve]\nclients = 5\n", "2: [serve] clients: unknown key; it belongs to [limits]"),
    "unknown section": ("[sevre]\nport = 5\n", "1: [sevre]: unknown section; did you mean [serve]?"),
    "no section": ("port = 5\n", "1: port: stands before any section; allowed is a line such as [serve] above it"),
    "open section": ("[serve\n", "1: a section line is wrong; allowed is [section] and nothing behind it"),
    "no equals sign": ("[serve]\nport 5\n", "2: [serve]: the line has no '='; allowed is key = value"),
    "too large": (
        "[limits]\nname-length = 65\n",
        "2: [limits] name-length: '65' is too large; allowed is a whole number from 1 to 64",
    ),
    "no unit": (
        "[limits]\nping-timeout = 30\n",
        "2: [limits] ping-timeout: '30' has no unit; allowed is a duration from 100ms to 1d,"
        " such as 500ms, 30s, 2m, 1h or 1d",
    ),
    "bad size": (
        "[limits]\nsend-queue = 4Mb\n",
        "2: [limits] send-queue: '4Mb' is not a size; allowed is a size from 4K to 1G, such as 65536, 64K, 4M or 1G",
    ),
    "enumeration": (
        "[serve]\nlog-level = warn\n",
        "2: [serve] log-level: 'warn' is none of those known (did you mean 'warning'?);"
        " allowed is debug, info, warning, error or off",
    ),
    "duplicate": ("[serve]\nname = a\n\nname = a\n", "4: [serve] name: stands on line 2 already; allowed is once"),
    "duplicate in a list": (
        "[serve]\nport = 5\nport = 5\n",
        "3: [serve] port: '5' is in the list twice; allowed is once",
    ),
    "over-long line": (
        "[serve]\nadmin = " + "x" * 191 + "\n",
        "2: [serve] admin: the line is longer than 198 bytes;"
        " a list may be spread over several lines, each with the key again",
    ),
    "truncated value": (
        "[serve]\nadmin = Alice ;room 5\n",
        "2: [serve] admin: ' ;' would cut the value off there; allowed is a comment on a line of its own",
    ),
    "NUL": ("[serve]\nadmin = a\0b\n", "2: [serve] admin: the line holds a NUL byte; allowed is plain text"),
    "control character": (
        "[serve]\nadmin = a\033b\n",
        "2: [serve] admin: the line holds a control character; allowed is plain text",
    ),
    "not UTF-8": (
        b"[serve]\nadmin = J\xf6rg\n",
        "2: [serve] admin: 'J\\xf6rg' is not valid UTF-8; allowed is a text of at most 390 bytes",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("command", ["serve", "connect", "peer"])
def test_a_wrong_file(run, ini, name, command):
    text, says = WRONG[name]
    path = ini(text)
    done = run(command, "--config", path)
    assert done.returncode == 3
    assert done.stderr == f"{path}:{says}\n"
    assert done.stdout == ""


def test_everything_wrong_is_told_and_nothing_is_started(run, ini, folder):
    # A key before any section would stand in one here.
    texts = [text for name, (text, _) in WRONG.items() if isinstance(text, str) and name != "no section"]
    path = ini("".join(texts))
    done = run("serve", "--config", path, "--unix", folder / "never.sock", "--port", "0")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == len(texts), done.stderr
    assert not (folder / "never.sock").exists()
    assert run("serve", "--config", path, "--check-config").stderr == done.stderr


def test_a_directory_as_the_file(run, folder):
    done = run("serve", "--config", folder)
    assert done.returncode == 3
    assert done.stderr == f"{folder}: is a directory; allowed is a file of plain text\n"


def test_no_permission(sockchat, env, folder, ini):
    path = ini("[serve]\n")
    path.chmod(0)
    command = [sockchat, "connect", "--config", path]
    if os.geteuid() == 0:  # root may read everything
        folder.chmod(0o755)
        command = ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all", *command]
        if subprocess.run([*command[:4], "test", "-x", sockchat]).returncode != 0:
            pytest.skip("nobody but root can run the program where it is")
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert done.stderr == (
        f"{path}: no permission to read it; make it readable, or choose another file with --config\n"
    )


def test_a_file_that_is_too_large(run, ini):
    path = ini("#" * (1 << 20) + "\n")
    done = run("serve", "--config", path)
    assert (done.returncode, done.stderr) == (3, f"{path}: is too large; allowed is less than one MiB\n")


def test_of_a_file_that_is_none_not_all_is_told(run, ini):
    path = ini("[serve]\n" + "what is this\n" * 1000)
    done = run("serve", "--config", path)
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 51
    assert done.stderr.endswith("... and 950 more\n")


@pytest.mark.parametrize(
    "name, text, says",
    [
        ("SOCKCHAT_SERVE_BACKLOG", "x", "'x' is not a whole number; allowed is a whole number from 1 to 65535"),
        ("SOCKCHAT_SERVE_BACKLOG", "", "the value is empty; allowed is a whole number from 1 to 65535"),
        ("SOCKCHAT_SERVE_BAKCLOG", "5", "no such setting; did you mean SOCKCHAT_SERVE_BACKLOG?"),
        ("SOCKCHAT_PEER_XYZZYXYZZY", "5", "no such setting; allowed are those of sockchat.ini(5)"),
    ],
)
def test_a_wrong_environment(run, name, text, says):
    done = run("serve", environment={name: text})
    assert (done.returncode, done.stderr) == (3, f"environment: {name}: {says}\n")


def test_an_environment_that_is_anothers(run):
    """As Kubernetes has it where a service is called sockchat."""
    others = {"SOCKCHAT_SERVICE_HOST": "10.0.0.1", "SOCKCHAT_SERVICE_PORT": "5000", "SOCKCHAT_PORT": "tcp://[::1]:5"}
    assert run("serve", "--check-config", environment=others).returncode == 0


def test_a_wrong_option_is_told_before_a_wrong_file(run, ini):
    done = run("serve", "--config", ini("[serve]\nprot = 5\n"), "--backlog", "0")
    assert done.returncode == 2
    assert "--backlog" in done.stderr


# ---- what is right --------------------------------------------------------------------------------


def test_check_config_says_that_all_is_well(run, ini):
    path = ini("# nothing\n")
    done = run("peer", "--config", path, "--check-config")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{path}: the configuration is valid\n", "")


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf[serve]\r\nbacklog = 7\r\n",
        b"  [serve]\n\tbacklog=7",
        b";x\n#y\n\n[serve]\nbacklog   =   7   \n",
    ],
)
def test_forms_that_are_fine(run, ini, text):
    shown = run("serve", "--config", ini(text), "--print-config").stdout
    assert value(shown, "backlog")[1] == "7"


def test_a_pipe_as_the_file(sockchat, env):
    done = subprocess.run(
        [sockchat, "serve", "--config", "/dev/stdin", "--print-config"],
        input="[serve]\nbacklog = 7\n", env=env, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert value(done.stdout, "backlog") == ("/dev/stdin:2", "7")


@pytest.mark.parametrize("command", ["serve", "connect", "peer"])
def test_what_is_printed_is_a_configuration(run, ini, command):
    first = run(command, "--print-config").stdout
    again = run(command, "--config", ini(first, "again.ini"), "--print-config").stdout

    def bare(shown):
        return [line for line in shown.splitlines() if not line.startswith("#")]

    assert bare(first) == bare(again)
    assert len(bare(first)) > 10


def test_the_sample_is_a_configuration(run, ini):
    sample = run("help", "settings", "ini").stdout
    assert run("serve", "--config", ini(sample), "--check-config").returncode == 0
    keys = re.sub(r"^#(?=[a-z-]+ =)", "", sample, flags=re.M)
    assert len(keys) < len(sample)
    assert run("serve", "--config", ini(keys), "--check-config").returncode == 0
