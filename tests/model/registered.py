"""Channels that belong to an account, and channels that get another name."""

import time

from lines import ANY, Event
from state import Unordered, fold

RENAME_CAP = "draft/channel-rename"
RENAME_INTERVAL = 10


class Registered:
    """A part of the Model."""

    def make_operators(self, user, channels):
        """Where the account makes it one, and it is none."""
        with Unordered(self) as u:
            for channel in channels:
                if channel.trusts(user) and "o" not in channel.members[user]:
                    u.block()
                    channel.members[user].add("o")
                    members = self.conns_of(channel.members)
                    sentence = f"* {ANY}"
                    params = (channel.name, "+o", user.nick)
                    self.tell(members, Event(), None, "MODE", params, sentence, apart=True)

    def register_channel(self, user, channel):
        if not channel.founder and "o" in channel.members.get(user, ()):
            channel.founder = user.account

    def drop_channel(self, user, channel):
        if channel.belongs_to(user) or "o" in user.modes:
            channel.founder = None
            channel.operators = {}
            self.end_empty(channel)

    # ---- RENAME ----------------------------------------------------------------------------------

    def rename_channel(self, conn, name, new, text):
        user, channel, there = conn.user, self.channel(name), self.channel(new)
        code = why = None
        if channel is None or (user not in channel.members and "s" in channel.modes):
            self.numeric(conn, "403", name)
        elif user not in channel.members:
            self.numeric(conn, "442", name)
        elif "o" not in channel.members[user]:
            self.numeric(conn, "482", name)
        elif channel.founder and not channel.belongs_to(user):
            code, why = "CANNOT_RENAME", "whose"
        elif not (new.startswith("#") and 2 <= len(new) <= 64):
            code, why = "CANNOT_RENAME", "name"
        elif there not in (None, channel):
            code, why = "CHANNEL_NAME_IN_USE", ""
        elif there is None and channel.renamed and time.monotonic() - channel.renamed < RENAME_INTERVAL:
            code, why = "CANNOT_RENAME", "often"
        elif new != channel.name:
            self.give_name(user, channel, new, text)
        if code:
            self.fail(conn, "RENAME", code, name, new, why=why)

    def give_name(self, user, channel, new, text):
        old, same = channel.name, fold(channel.name) == fold(new)
        del self.channels[fold(old)]
        self.channels[fold(new)] = channel
        channel.name = new
        if not same:
            channel.renamed = time.monotonic()
        for other in self.channels.values():
            if other.forward and fold(other.forward) == fold(old):
                other.forward = new
        for conn in self.conns.values():
            if conn.target is not None and fold(conn.target) == fold(old):
                conn.target = new
        members = self.conns_of(channel.members)
        know = [c for c in members if c.plain or RENAME_CAP in c.caps]
        sentence = f"* {user.nick} renamed {old} to {new}" + (f" ({text})" if text else "")
        self.tell(know, Event(), user, "RENAME", (old, new, text), sentence)
        if not same:
            with Unordered(self):
                for conn in members:
                    if conn not in know:
                        self.move(conn, old, channel, text)

    def move(self, conn, old, channel, text):
        """For who does not know RENAME it is another channel."""
        params = (old, text) if text else (old,)
        self.tell([conn], Event(), conn.user, "PART", params, row=True)
        self.tell([conn], Event(), conn.user, "JOIN", self.join_params(conn.user, channel), row=True)
        self.show_channel(conn, channel)
        self.tell_channel(conn, channel)
