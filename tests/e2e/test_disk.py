"""A disk that fills while people talk: nothing is acknowledged that is not kept, all else goes on."""

import itertools
import os
import pathlib
import shutil
import sqlite3
import subprocess

import pytest

from harness import Process, Server
from web import Web

CAPS = "echo-message labeled-response batch message-tags standard-replies sockchat/id"
SIZE = 16 << 20  # bytes of the disk
MESSAGES_MOST = 20000

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")


class Disk:
    """A server whose store is on a disk of its own; .root is the disk as the server sees it."""

    def __init__(self, sockchat, folder, env, things, options=()):
        (folder / "disk").mkdir()
        if subprocess.run(["unshare", "-m", "true"]).returncode != 0:
            pytest.skip("no mount namespaces here")
        mount = f"mount -t tmpfs -o size={SIZE} none {folder}/disk"
        path = folder / "s.sock"
        argv = ["unshare", "-m", "--propagation", "private", "sh", "-c", f'{mount} && exec "$@"', "sh"]
        argv += [sockchat, "serve", "--unix", path, "--store", folder / "disk" / "chat.db", *options]
        self.server = Server.__new__(Server)
        things.append(self.server)
        self.server.__init__(argv, env, folder, path, 1)
        self.root = pathlib.Path(f"/proc/{self.server.pid}/root{folder}/disk")

    def fill(self):
        with open(self.root / "filler", "ab", buffering=0) as filler:
            try:
                while True:
                    filler.write(bytes(1 << 16))
            except OSError:
                pass
            try:
                while True:
                    filler.write(b"x")
            except OSError:
                pass

    def empty(self):
        (self.root / "filler").unlink()

    def texts(self, like="m%"):
        """What is kept, by a copy of the files: nothing is being written."""
        for name in ("chat.db", "chat.db-wal"):
            shutil.copy(self.root / name, self.server.path.with_name(name))
        with sqlite3.connect(self.server.path.with_name("chat.db")) as db:
            rows = db.execute("SELECT text FROM rows WHERE text LIKE ? ORDER BY number", (like,))
            return [text for (text,) in rows]


@pytest.fixture
def disk(sockchat, folder, env, things, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    web = ("--websocket", folder / "web.sock") if "wslay" in features else ()
    return Disk(sockchat, folder, env, things, web)


def say(client, number):
    """True: acknowledged; False: it was refused, with a sentence."""
    client.send(f"@label={number} PRIVMSG #c :m{number} {'x' * 300}")
    while True:
        m = client.message("PRIVMSG|FAIL|ACK")
        if m.tags.get("label") != str(number):
            continue
        if m.command == "FAIL":
            assert m.params[:3] == ["PRIVMSG", "STORE_UNAVAILABLE", "#c"]
        return m.command == "PRIVMSG"


def until(client, numbers, wanted):
    """Says one after the other until it is (or is not) acknowledged; those that were."""
    said = []
    for number in numbers:
        taken = say(client, number)
        if taken:
            said.append(number)
        if taken == wanted:
            return said
    pytest.fail("the disk has no end")


@pytest.mark.parametrize("over", [("irc", "irc"), ("irc", "web"), ("web", "irc")], ids="-".join)
def test_full_and_empty_again(disk, folder, features, over):
    s = disk.server
    if "web" in over and "wslay" not in features:
        pytest.skip("no wslay in this build")
    ada, bob = (s.irc() if way == "irc" else Web.over(s, folder / "web.sock") for way in over)
    ada.register("ada", CAPS).join("#c")
    bob.register("bob").join("#c")
    ada.sync()
    numbers = iter(range(MESSAGES_MOST))
    kept = [number for number in itertools.islice(numbers, 100) if say(ada, number)]
    for turn in range(2):
        disk.fill()
        kept += until(ada, numbers, False)
        s.err.wait("event=store-down", count=turn + 1)
        ada.ask("NICK amy", "NICK ada", f"TOPIC #c :full {turn}")
        assert "NICK" in " ".join(bob.sync())
        disk.empty()
        s.err.wait("event=store-back", count=turn + 1)
        kept += until(ada, numbers, True)
    ada.sync()
    bob.sync()
    heard = [line for line in bob.seen if " PRIVMSG #c " in line]
    assert [line.split(":m")[1].split()[0] for line in heard] == [str(n) for n in kept]
    assert [t.split()[0] for t in disk.texts()] == [f"m{n}" for n in kept]
    assert disk.texts("full%") == ["full 0", "full 1"], "what is no message is held"


def test_no_room_at_the_start(sockchat, folder, env, things, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    (folder / "disk").mkdir()
    command = (
        f"mount -t tmpfs -o size=4096 none {folder}/disk && "
        f"exec {sockchat} serve --bind 127.0.0.1:0 --store {folder}/disk/chat.db"
    )
    argv = ["unshare", "-m", "--propagation", "private", "sh", "-c", command]
    p = Process(argv, env, folder)
    p.expected = 6
    things.append(p)
    assert p.wait() == 6
    assert "chat.db" in str(p.err)
    assert "Traceback" not in str(p.err)
