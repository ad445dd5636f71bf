"""
The server is killed (SIGKILL) at random instants under load; who was not answered sends again under the same
identifier. At the end every message is there once, in the order of its sender. SOCKCHAT_SOAK=N: N kills; else a few.
"""

import json
import os
import random
import threading

import pytest

from harness import Gone

CAPS = "echo-message message-tags sockchat/id"
NAMES = ("ada", "bob", "cy")
WINDOW = 20
KILLS = min(int(os.environ.get("SOCKCHAT_SOAK", 8)), 200)


class Sender:
    """One who keeps up to WINDOW messages on their way."""

    def __init__(self, name):
        self.name = name
        self.sent = self.answered = 0  # numbers below: were sent; were answered
        self.problem = None

    def line(self, number):
        return f"@sockchat/id={self.name:0<12}{number:012d} PRIVMSG #c :{number}"

    def run(self, client, progress, last):
        """Until the connection ends; or, when `last`, until all that was sent before is answered."""
        try:
            client.send(*map(self.line, range(self.answered, self.sent)))
            while not (last and self.answered == self.sent):
                while not last and self.sent < self.answered + WINDOW:
                    client.send(self.line(self.sent))
                    self.sent += 1
                message = client.message("PRIVMSG")
                if message.source.startswith(f"{self.name}!"):
                    assert int(message.params[1]) == self.answered, "an answer out of order"
                    self.answered += 1
                    progress.release()
        except (Gone, OSError, AssertionError) as problem:
            if "the connection ended" not in str(problem) and not isinstance(problem, OSError):
                self.problem = problem


@pytest.fixture
def on_disk(features):
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")


def one_run(server, store, senders, answers):
    """A server that is killed after so many answers; None: after all."""
    s = server("--input-rate", "0", "--replay", "0", port=False, store=store)
    progress = threading.Semaphore(0)
    clients = [s.irc(sender.name, caps=CAPS, channel="#c") for sender in senders]
    threads = [
        threading.Thread(target=sender.run, args=(client, progress, answers is None))
        for sender, client in zip(senders, clients)
    ]
    for thread in threads:
        thread.start()
    for _ in range(answers or 0):
        assert progress.acquire(timeout=30)
    if answers is not None:
        s.kill()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    assert not [sender.problem for sender in senders if sender.problem]
    return s


def test_killed_at_random(server, run, folder, on_disk):
    store = folder / "store.db"
    senders = [Sender(name) for name in NAMES]
    for _ in range(KILLS):
        one_run(server, store, senders, random.randrange(1, 200))
    assert one_run(server, store, senders, None).stop() == 0
    done = run("serve", "--store", store, "--export", "--channel", "#c")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for sender in senders:
        said = [
            int(row["text"])
            for row in rows
            if row["kind"] == "message" and row["from"].startswith(f"{sender.name}!")
        ]
        assert said == list(range(sender.sent)), sender.name
        assert sender.sent > 0
    assert run("serve", "--store", store, "--check-store").returncode == 0
