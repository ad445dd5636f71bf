"""
Killed in the middle of its work, again and again: what was acknowledged is kept, what was sent again
is there once, and the order of each sender is kept. (What a power cut leaves is tested beneath SQLite.)
SOCKCHAT_SOAK=N: N times, 200 at most; else a few.
"""

import collections
import os
import random
import sqlite3
import threading

import pytest

from harness import DEADLINE, Gone, Irc, parse

KILLS = min(int(os.environ.get("SOCKCHAT_SOAK", 8)), 200)
SENDERS = 4
WINDOW = 24  # messages of a sender that are not acknowledged
ACKS_MOST = 400  # of all senders, until the server is killed
CAPS = "echo-message labeled-response batch message-tags sockchat/id"


class Sender(threading.Thread):
    """Sends numbered messages; what is not acknowledged when the connection ends is sent again, first."""

    def __init__(self, house, name):
        super().__init__(daemon=True)
        self.house, self.name = house, name
        self.next = 0
        self.waiting = collections.OrderedDict()  # number: id
        self.acknowledged = {}  # number: msgid
        self.wrong = []

    def run(self):
        for s in self.house.servers():
            try:
                self.talk(s)
            except (Gone, OSError, AssertionError) as problem:
                if not self.house.killing:
                    self.wrong.append(problem)
            self.house.gone()

    def send(self, client, number):
        line = f"@label={number};sockchat/id={self.waiting[number]} PRIVMSG #c :{self.name} {number}"
        client.send(line)

    def talk(self, s):
        client = Irc(s.socket())
        try:
            client.register(self.name, CAPS)
            client.join("#c")
            for number in list(self.waiting):
                self.send(client, number)
            while self.waiting or not self.house.last:
                while len(self.waiting) < WINDOW and not self.house.last:
                    self.waiting[self.next] = "%032x" % random.getrandbits(128)
                    self.next += 1
                    self.send(client, self.next - 1)
                self.hear(parse(client.line()))
        finally:
            client.close()

    def hear(self, m):
        if m.command != "PRIVMSG" or "label" not in m.tags:
            return  # another sender's
        number = int(m.tags["label"])
        if m.params[1] != f"{self.name} {number}" or number not in self.waiting:
            self.wrong.append(m)
        self.waiting.pop(number, None)
        self.acknowledged[number] = m.tags["msgid"]
        self.house.heard()


class House:
    """One server after another on one store. The senders wait for the next one when theirs is gone."""

    def __init__(self, server, path):
        self.server, self.path = server, path
        self.last = self.killing = False
        self.current, self.run, self.acks, self.left = None, 0, 0, 0
        self.change = threading.Condition()

    def open(self):
        s = self.server(store=self.path, port=False)
        with self.change:
            self.current, self.acks, self.left, self.killing = s, 0, 0, False
            self.run += 1
            self.change.notify_all()
        return s

    def servers(self):
        for run in range(1, KILLS + 2):
            with self.change:
                assert self.change.wait_for(lambda: self.run >= run, DEADLINE * 6)
                s = self.current
            yield s

    def heard(self):
        with self.change:
            self.acks += 1
            self.change.notify_all()

    def gone(self):
        with self.change:
            self.left += 1
            self.change.notify_all()

    def wait(self, true):
        with self.change:
            assert self.change.wait_for(true, DEADLINE * 6)


def number_of(msgid):
    return int(msgid, 36)


def stored(path):
    """(number, text) of every message."""
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT number, text FROM rows WHERE text LIKE 's_ %' ORDER BY number")
        return rows.fetchall()


@pytest.mark.timeout(300 + KILLS * 5)
def test_nothing_acknowledged_is_lost(server, folder, features):
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    path = folder / "chat.db"
    house = House(server, path)
    senders = [Sender(house, f"s{n}") for n in range(SENDERS)]
    for s in senders:
        s.start()
    for _ in range(KILLS):
        s = house.open()
        target = random.randint(1, ACKS_MOST)
        house.wait(lambda: house.acks >= target)
        house.killing = True
        s.kill()
        house.wait(lambda: house.left == SENDERS)
    house.last = True
    s = house.open()
    house.wait(lambda: house.left == SENDERS)
    assert s.stop() == 0
    rows = stored(path)
    for sender in senders:
        mine = [(n, int(t.split()[1])) for n, t in rows if t.split()[0] == sender.name]
        assert not sender.wrong and not sender.waiting
        assert [k for _, k in mine] == list(range(sender.next)), "each once, in order"
        assert {k: n for n, k in mine} == {k: number_of(m) for k, m in sender.acknowledged.items()}
    assert len(rows) > KILLS
