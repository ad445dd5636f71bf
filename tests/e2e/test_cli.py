"""The command line: commands, options, help, and what is said to who mistypes."""

import re
import subprocess

import pytest

COMMANDS = ("serve", "connect", "peer")


def test_alone_it_says_how_to_begin(run):
    done = run()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: sockchat COMMAND [options]\n")
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\w", done.stderr, re.M), "its summary"
        assert f"  sockchat {command} " in done.stderr, "its example"


@pytest.mark.parametrize(
    "word, meant",
    [
        ("servee", "serve"),
        ("sevre", "serve"),
        ("Serve", "serve"),
        ("conect", "connect"),
        ("pear", "peer"),
        ("hlep", "help"),
    ],
)
def test_a_misspelt_command_is_answered_with_the_nearest(run, word, meant):
    done = run(word)
    assert done.returncode == 2
    assert done.stderr == f"sockchat: unknown command '{word}'; did you mean '{meant}'?\n"
    assert done.stdout == ""


def test_what_is_near_nothing_is_told_where_help_is(run):
    done = run("xyzzy")
    assert done.returncode == 2
    assert done.stderr == "sockchat: unknown command 'xyzzy'; try 'sockchat help'\n"


def test_a_hostile_word_is_shown_safely(run):
    done = run("\x1b[2J" + "x" * 5000)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr and "'\\x1b[2Jxxx" in done.stderr
    assert len(done.stderr) < 300


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["serve", "--prot", "5"], "sockchat serve: unknown option --prot; did you mean --port?"),
        (["serve", "--backlgo=5"], "sockchat serve: unknown option --backlgo; did you mean --backlog?"),
        (["serve", "--show-message"], "sockchat serve: unknown option --show-message; did you mean --show-messages?"),
        (["connect", "--cofnig", "x"], "sockchat connect: unknown option --cofnig; did you mean --config?"),
        (["connect", "--port", "5"], "sockchat connect: unknown option --port; 'sockchat serve' has it"),
        (["peer", "-Z"], "sockchat peer: unknown option -Z"),
        (["serve", "--port"], "sockchat serve: --port needs a value: --port PORT"),
        (["serve", "--config"], "sockchat serve: --config needs a value: --config FILE"),
        (["peer", "--keep=yes"], "sockchat peer: --keep takes no value"),
        (["serve", "--log-level", "wraning"], "'wraning' is none of those known (did you mean 'warning'?); allowed is"),
        (["serve", "--port", "65536"], "--port: '65536' is too large; allowed is a whole number from 0 to 65535"),
        (["serve", "--port", "abc"], "--port: 'abc' is not a whole number; allowed is"),
        (["connect", "--timeout", "10"], "--timeout: '10' has no unit; allowed is a duration from 100ms to 1h"),
        (["serve", "word"], "sockchat serve: 'word' is one word too many; allowed are 0"),
        (["connect", "a", "1", "b"], "sockchat connect: 'b' is one word too many; allowed are 2"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_a_wrong_option_is_told(run, arguments, says):
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.endswith(f"Try 'sockchat {arguments[0]} --help'.\n")
    assert done.stdout == ""


def test_every_wrong_option_is_told(run):
    done = run("serve", "--prot", "5", "--backlog", "0", "--targets", "x", "--clients")
    assert done.returncode == 2
    assert [line.split(";")[0] for line in done.stderr.splitlines()[:-1]] == [
        "sockchat serve: unknown option --prot",
        "sockchat serve: --clients needs a value: --clients N",
        "sockchat serve: '5' is one word too many",
        "sockchat serve: --backlog: '0' is too small",
        "sockchat serve: --targets: 'x' is not a whole number",
    ]


def test_an_option_before_the_command(run):
    done = run("--port", "5000", "serve")
    assert done.returncode == 2
    assert "--port comes after the command; did you mean 'sockchat serve --port'?" in done.stderr
    done = run("--versoin")
    assert (done.returncode, done.stderr) == (2, "sockchat: unknown option '--versoin'; did you mean '--version'?\n")


@pytest.mark.parametrize("arguments", [["help"], ["--help"], ["-h"]], ids=" ".join)
def test_help(run, arguments):
    done = run(*arguments)
    assert done.returncode == 0 and done.stderr == ""
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    codes = re.findall(r"^  (\d)  \S", done.stdout, re.M)
    assert codes == list("0123456")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_on_a_command_is_the_same_in_every_way(run, command):
    done = run("help", command)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith(f"usage: sockchat {command} ")
    assert run(command, "--help").stdout == run(command, "-h").stdout == done.stdout
    assert run(command, "--backlog", "nonsense", "--help").stdout == done.stdout, "help comes first"
    assert max(map(len, done.stdout.splitlines())) <= 79


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_the_help_is_taken(run, command):
    """Each option in the help with a value of its kind; a missing one or a wrong kind would be told."""
    values = {
        "PORT": "5", "N": "5", "TIME": "1s", "SIZE": "64K", "MODE": "0600", "LEVEL": "debug", "FORMAT": "json",
        "HOW": "normal", "WHEN": "opt-out", "WHO": "closed", "COUNT": "5000",
        "MODES": "i",
        "CHANNEL": "#x", "ADDRESS": "127.0.0.1", "ADDRESS[:PORT]": "127.0.0.1:5", "[ADDRESS:]PORT": "127.0.0.1:5",
        "[ADDRESS:]PORT|PATH": "[::1]:5", "ADDRESS[/BITS]|unix": "unix",
        '"NAME MASK HASH"': "a *@* b", '"NAME ADDRESS[/BITS]|unix|* HASH"': "a unix b", "FILE": None,
        "account-mechanism": "plain", "cloak": "address", "registration-email": "required",
    }  # fmt: skip
    listed = re.findall(
        r"^ +(?:-(\w), )?--(\[no-\])?([a-z-]+)(?: (\".*?\"|[^ \n]+?)(?:\[,\.\.\.\])?)?(?:  |\n)",
        run(command, "--help").stdout,
        re.M,
    )
    assert len(listed) > 10
    tried = 0
    for letter, no, name, metavar in listed:
        if name in ("help", "config", "check-config", "print-config"):
            continue
        value = [values.get(name) or values.get(metavar) or "value"] if metavar else []
        ways = [["--" + name, *value]] + [["--no-" + name]] * bool(no) + [["-" + letter, *value]] * bool(letter)
        for way in ways:
            done = run(command, *way, "--check-config")
            assert done.returncode == 0, (way, done.stderr)
            tried += 1
    assert tried > 10


def test_help_on_what_is_not_there(run):
    done = run("help", "serv")
    assert (done.returncode, done.stderr) == (2, "sockchat: unknown command 'serv'; did you mean 'serve'?\n")
    done = run("help", "settings", "mdok")
    assert (done.returncode, done.stderr) == (2, "sockchat: unknown format 'mdok'; did you mean 'mdoc'?\n")
    assert run("help", "serve", "connect").returncode == 2


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version(run, flag):
    done = run(flag)
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(r"sockchat \d+\.\d+\.\d+\nFeatures: (epoll|poll)( [a-z0-9]+)*\n", done.stdout)


@pytest.mark.parametrize("arguments", [["--version"], ["help"], ["serve", "--help"], ["serve", "--print-config"]])
def test_output_that_cannot_be_written_is_an_error(sockchat, env, arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run([sockchat, *arguments], env=env, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1
    assert b"standard output: No space left on device" in done.stderr


def test_booleans_and_lists_on_the_command_line(run):
    shown = run("serve", "--show-messages", "-p5000", "--port=6000,7000", "--print-config").stdout
    assert "# flag --show-messages\nshow-messages = yes\n" in shown
    assert "# flag --port\nport = 5000, 6000, 7000\n" in shown
    shown = run("connect", "--json", "--no-json", "--no-reconnect", "--print-config").stdout
    assert "# flag --json\njson = no\n" in shown
    assert "# flag --reconnect\nreconnect = no\n" in shown
    shown = run("peer", "--name-length", "10", "--message-length=500", "--print-config").stdout
    assert "name-length = 10\n" in shown and "message-length = 500\n" in shown
