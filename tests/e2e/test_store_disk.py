"""A disk that fills up, and is emptied: a small one of its own, mounted for the test."""

import json
import os
import subprocess
import time

import pytest

CAPS = "echo-message message-tags server-time standard-replies sockchat/id"
MIB = 1 << 20


@pytest.fixture
def disk(folder, features):
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    place = folder / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def room(disk):
    space = os.statvfs(disk)
    return space.f_bavail * space.f_frsize


def fill(disk, left):
    """A file takes all but `left` bytes."""
    with open(disk / "ballast", "ab") as f:
        while room(disk) > left:
            f.write(b"x" * min(MIB, room(disk) - left))
            f.flush()


def answer(client, number, text):
    """True: the echo came, it is on the disk; False: FAIL came."""
    client.send(f"@sockchat/id={number:022d} PRIVMSG #c :{number} {text}")
    while True:
        line = client.message("PRIVMSG|FAIL")
        if line.command == "FAIL":
            assert line.params[:3] == ["PRIVMSG", "STORE_UNAVAILABLE", "#c"]
            return False
        if line.params[-1].startswith(f"{number} "):
            return True


def test_full_and_emptied(server, run, disk):
    s = server("--input-rate", "0", store=disk / "store.db")
    ada, bob = s.irc("ada", caps=CAPS, channel="#c"), s.irc("bob", channel="#c")
    text = "x" * 400
    safe = []
    for number in range(20):
        assert answer(ada, number, text)
        safe.append(number)
    fill(disk, 200 * 1024)
    number = 20
    while answer(ada, number, text):
        safe.append(number)
        number += 1
        assert number < 5000, "the disk is never full"
    assert "no space is left" in s.err.wait("event=store-down")[0].string

    # Others go on: who is there, who comes, and what was said before.
    bob.ask("PING x")
    s.irc("eve", channel="#c")
    ada.ask("TOPIC #c :while it was full")
    refused = number
    assert not answer(ada, refused, text)

    (disk / "ballast").unlink()
    deadline = time.monotonic() + 30
    while not answer(ada, refused, text):  # sent again under the same identifier
        assert time.monotonic() < deadline, "it does not recover"
    safe.append(refused)
    s.err.wait("event=store-back")
    assert s.stop() == 0

    done = run("serve", "--store", disk / "store.db", "--export", "--channel", "#c")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    kept = [int(row["text"].split()[0]) for row in rows if row["kind"] == "message"]
    assert kept == safe
    assert any(row["kind"] == "topic" and row["text"] == "while it was full" for row in rows)
