"""The store's file from outside: --check-store, --backup, --export, and a restore, beside a running server."""

import json
import os
import shutil
import stat
import time

import pytest

from harness import DEADLINE


@pytest.fixture(autouse=True)
def on_disk(features):
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")


CAPS = "echo-message message-tags server-time"


def say(client, text, target="#c"):
    client.send(f"PRIVMSG {target} :{text}")
    while (echo := client.message("PRIVMSG")).params[-1] != text:
        pass  # what was said before, told again
    return echo


@pytest.fixture
def told(server):
    """A server with something to tell; .ada is in #c."""
    s = server("--input-rate", "0")
    s.ada = s.irc("ada", caps=CAPS, channel="#c")
    for text in ("one", 'two "quoted" \\ and \x02bold', "drei ü"):
        s.last = say(s.ada, text)
    return s


def tool(run, s, *arguments):
    return run("serve", "--store", s.store, *arguments)


def rows(done):
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_check(run, told):
    done = tool(run, told, "--check-store")
    assert done.returncode == 0, done.stderr
    assert f"{told.store}: undamaged" in done.stdout
    assert "\nMessages: 3\n" in done.stdout
    assert told.last.tags["time"] in done.stdout


def test_check_finds_damage(run, told):
    told.ada.send("QUIT")
    assert told.stop() == 0
    size = os.path.getsize(told.store)
    with open(told.store, "r+b") as f:
        for at in range(4096 * 2, size, 4096):
            f.seek(at)
            f.write(b"\xff" * 64)
    done = tool(run, told, "--check-store")
    assert done.returncode == 6
    assert "damaged" in done.stderr and "backup" in done.stderr


def test_export(run, told):
    everything = rows(tool(run, told, "--export"))
    messages = [row for row in everything if row["kind"] == "message"]
    assert [row["text"] for row in messages] == ["one", 'two "quoted" \\ and \x02bold', "drei ü"]
    assert messages[-1]["id"] == told.last.tags["msgid"]
    assert messages[-1]["time"] == told.last.tags["time"]
    assert messages[0]["from"].startswith("ada!") and messages[0]["to"] == "#c"
    assert everything == sorted(everything, key=lambda row: row["id"])


def test_export_a_part(run, told):
    told.ada.ask("JOIN #other")
    say(told.ada, "elsewhere", "#other")
    parts = rows(tool(run, told, "--export", "--channel", "#OTHER"))
    assert {row["in"] for row in parts} == {"#other"}
    assert [row["text"] for row in parts if row["kind"] == "message"] == ["elsewhere"]
    assert rows(tool(run, told, "--export", "--since", "2100-01-01")) == []
    assert rows(tool(run, told, "--export", "--since", "2020-01-01T00:00:00Z")) == rows(tool(run, told, "--export"))
    assert rows(tool(run, told, "--export", "--since", "1h")) == rows(tool(run, told, "--export"))
    nothing = tool(run, told, "--export", "--channel", "#never")
    assert nothing.returncode == 6 and "#never: nothing is kept of it" in nothing.stderr
    wrong = tool(run, told, "--export", "--since", "tomorrow")
    assert wrong.returncode == 2 and "--since tomorrow: no time" in wrong.stderr
    alone = tool(run, told, "--since", "1h")
    assert alone.returncode == 2 and "--export" in alone.stderr


def test_backup_and_restore(run, server, told, folder):
    """As sockchat-serve(8) says: copied while the server runs, put in place while it does not."""
    copy = folder / "copy.db"
    done = tool(run, told, "--backup", copy)
    assert done.returncode == 0, done.stderr
    assert f"{copy}: a copy of {told.store}, all " in done.stderr
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    say(told.ada, "after the copy")
    before = rows(tool(run, told, "--export"))
    assert len(before) == len(rows(run("serve", "--store", copy, "--export"))) + 1
    again = tool(run, told, "--backup", copy)
    assert again.returncode == 6 and f"{copy} is there already: remove it" in again.stderr

    assert told.stop() == 0
    for left in folder.glob(told.store.name + "*"):
        left.unlink()
    shutil.copyfile(copy, told.store)
    s = server(store=told.store)
    assert tool(run, s, "--check-store").returncode == 0
    kept = [row["text"] for row in rows(tool(run, s, "--export")) if row["kind"] == "message"]
    assert kept == ["one", 'two "quoted" \\ and \x02bold', "drei ü"]
    eve = s.irc("eve", caps=CAPS, channel="#c")
    assert say(eve, "it goes on").tags["msgid"] > told.last.tags["msgid"]


def test_backup_under_load(run, told, folder):
    """A copy is of one moment: nothing between two messages of it is missing."""
    for i in range(20):
        told.ada.send(*[f"PRIVMSG #c :{i * 50 + j}" for j in range(50)])
        if i == 10:
            assert tool(run, told, "--backup", folder / "copy.db").returncode == 0
    told.ada.sync()
    texts = [row["text"] for row in rows(run("serve", "--store", folder / "copy.db", "--export", "--channel", "#c"))]
    numbers = [int(text) for text in texts if text.isdigit()]
    assert numbers == list(range(len(numbers)))
    assert run("serve", "--store", folder / "copy.db", "--check-store").returncode == 0


def test_what_it_cannot_do(run, folder):
    missing = run("serve", "--store", folder / "none.db", "--check-store")
    assert missing.returncode == 6 and "none.db" in missing.stderr
    assert not (folder / "none.db").exists()
    memory = run("serve", "--store", "memory", "--export")
    assert memory.returncode == 6 and "no store on the disk" in memory.stderr
    letter = folder / "letter"
    letter.write_text("dear aunt, this is no database, and it is long enough to be sure\n" * 20)
    done = run("serve", "--store", letter, "--check-store")
    assert done.returncode == 6 and "not a database" in done.stderr


def test_two_servers(run, told):
    done = run("serve", "--store", told.store, "--bind", "127.0.0.1:0")
    assert done.returncode == 6
    assert "another sockchat uses this store" in done.stderr


def test_file_gone_and_back(server, folder):
    """While the file is away messages are refused, and said to be so; then it goes on by itself."""
    s = server()
    ada = s.irc("ada", caps=CAPS + " standard-replies", channel="#c")
    say(ada, "safe")
    os.rename(s.store, folder / "away")
    ada.send("PRIVMSG #c :lost")
    fail = ada.message("FAIL")
    assert fail.params[:3] == ["PRIVMSG", "STORE_UNAVAILABLE", "#c"]
    assert ada.ask("PING x") is not None
    os.rename(folder / "away", s.store)
    deadline = time.monotonic() + 2 * DEADLINE
    while time.monotonic() < deadline:
        ada.send("PRIVMSG #c :again", "PING again")
        lines = ada.sync()
        if any(" PRIVMSG #c :again" in line for line in lines):
            return
    pytest.fail("messages are not stored again")
