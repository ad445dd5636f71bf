"""Joining and leaving channels, and what belongs to them but their modes."""

from lines import TIME, Event, Line
from state import LOBBY, Channel, fold


class Channels:
    """A part of the Model."""

    @staticmethod
    def place(channel, word):
        """How the plain dialect says where, of any channel but the lobby."""
        return "" if fold(channel.name) == LOBBY else f" {word}{channel.name}"

    def may_join(self, channel, user, key):
        """None, or the numeric that says why not."""
        if channel.trusts(user):
            return None
        if channel.bans(user, speaking=False):
            return "474"
        if channel in user.invitations:
            return None
        if "R" in channel.modes and user.account is None:
            return "477"
        if "i" in channel.modes and not user.is_listed(channel.masks("I"), speaking=False):
            return "473"
        if channel.key is not None and key != channel.key:
            return "475"
        if channel.limit is not None and len(channel.members) >= channel.limit:
            return "471"
        return None

    def forwarded(self, channel, user):
        """Where those go whom it refuses, by modes f; None: nowhere."""
        for _ in range(4):
            channel = self.channel(channel.forward) if channel.forward else None
            if channel is None or user in channel.members:
                return None
            if self.may_join(channel, user, "") is None:
                return channel
        return None

    def join(self, conn, name, key=""):
        """The channel, when it was joined or they were in it already."""
        user, channel = conn.user, self.channel(name)
        if channel and user in channel.members:
            return channel
        if channel is None:
            if not (name.startswith("#") and 2 <= len(name) <= 64):
                self.numeric(conn, "403", name)
                return None
            channel = self.channels[fold(name)] = Channel(name)
            flags = {"o"}
        else:
            refusal = self.may_join(channel, user, key)
            other = self.forwarded(channel, user) if refusal else None
            if refusal and other is None:
                self.numeric(conn, refusal, name)
                return None
            if other:
                self.numeric(conn, "470", channel.name, other.name)
                channel = other
            flags = set()
        channel.members[user] = flags
        user.channels.append(channel)
        if channel in user.invitations:
            user.invitations.remove(channel)
        self.tell_join(user, channel, Event())
        for device in user.conns:
            self.show_channel(device, channel)
            self.tell_channel(device, channel)
        self.tell_of_newcomer(user, channel)
        self.make_operators(user, [channel])
        return channel

    def tell_join(self, user, channel, event):
        members = self.conns_of([*channel.witnesses(user), user])
        sentence = f"* {user.nick} joined" + self.place(channel, "")
        self.tell(members, event, user, "JOIN", self.join_params(user, channel), sentence, row=True)
        if user.away is not None:
            others = [c for c in members if c.user is not user]
            self.tell(others, event, user, "AWAY", (user.away,), needs="away-notify")

    @staticmethod
    def join_params(user, channel):
        long = (channel.name, user.account or "*", user.real)
        return lambda conn: long if "extended-join" in conn.caps else (channel.name,)

    def show_channel(self, conn, channel):
        """What a newcomer is told: topic and names."""
        self.show_topic(conn, channel)
        if "no-implicit-names" not in conn.caps:
            self.names(conn, channel)
            self.numeric(conn, "366", channel.name)

    def show_topic(self, conn, channel):
        if channel.topic is None:
            return
        if conn.plain:
            conn.put(Line(f"* topic of {channel.name}: {channel.topic}"))
        self.numeric(conn, "332", channel.name, text=channel.topic)
        self.numeric(conn, "333", channel.name, channel.topic_by, text=f"{TIME}topic {channel.topics}")

    def names(self, conn, channel):
        inside = conn.user in channel.members
        seen = [u for u in channel.members if (inside or "i" not in u.modes) and channel.shows(u, conn.user)]
        if conn.plain:
            words = sorted(channel.prefixes(u, False) + u.nick for u in seen)
            conn.put(Line(f"* in {channel.name} ({len(seen)}): " + ", ".join(words)))
            return
        words = []
        for u in seen:
            name = u.mask if "userhost-in-names" in conn.caps else u.nick
            words.append(channel.prefixes(u, "multi-prefix" in conn.caps) + name)
        if words:
            symbol = "@" if "s" in channel.modes else "="
            self.numeric(conn, "353", symbol, channel.name, text=" ".join(sorted(words)))

    def membership(self, conn, name):
        """The channel of that name that they are in; else None, and they are told why."""
        channel = self.channel(name)
        if channel and conn.user in channel.members:
            return channel
        secret = channel is None or "s" in channel.modes
        self.numeric(conn, "403" if secret else "442", name)
        return None

    def is_operator(self, conn, channel):
        if "o" in channel.members[conn.user]:
            return True
        return False

    def part(self, conn, name, reason=""):
        channel = self.membership(conn, name)
        if channel is None:
            return None
        user = conn.user
        if self.is_silenced(user, channel):
            reason = ""
        sentence = f"* {user.nick} left" + self.place(channel, "") + (f" ({reason})" if reason else "")
        params = (channel.name, reason) if reason else (channel.name,)
        witnesses = self.conns_of([*channel.witnesses(user), user])
        self.tell(witnesses, Event(), user, "PART", params, sentence, row=True)
        self.leave(user, channel)
        return channel

    def kick(self, conn, name, nick, reason):
        channel = self.membership(conn, name)
        if channel is None:
            return
        if not self.is_operator(conn, channel):
            self.numeric(conn, "482", name)
            return
        user = self.user(nick)
        if user is None:
            self.numeric(conn, "401", nick)
        elif user not in channel.members:
            self.numeric(conn, "441", nick, name)
        else:
            sentence = f"* {user.nick} was removed{self.place(channel, 'from ')} by {conn.user.nick} ({reason})"
            params = (channel.name, user.nick, reason)
            witnesses = self.conns_of([*channel.witnesses(user), user])
            self.tell(witnesses, Event(), conn.user, "KICK", params, sentence, row=True)
            self.leave(user, channel)

    def set_topic(self, conn, name, text):
        channel = self.membership(conn, name)
        if channel is None:
            return
        if "t" in channel.modes and not self.is_operator(conn, channel):
            self.numeric(conn, "482", name)
            return
        if self.is_silenced(conn.user, channel):
            self.numeric(conn, "404", name)
            return
        self.topics += 1
        channel.topic, channel.topic_by, channel.topics = text or None, conn.user.mask, self.topics
        what = " set the topic" if text else " cleared the topic"
        sentence = f"* {conn.user.nick}{what}{self.place(channel, 'of ')}" + (f": {text}" if text else "")
        members = self.conns_of(channel.members)
        self.tell(members, Event(), conn.user, "TOPIC", (channel.name, text), sentence, row=True)

    def invite(self, conn, nick, name):
        user = self.user(nick)
        if user is None:
            self.numeric(conn, "401", nick)
            return
        channel = self.membership(conn, name)
        if channel is None:
            return
        operator = self.is_operator(conn, channel)
        if "i" in channel.modes and not operator:
            self.numeric(conn, "482", name)
        elif user in channel.members and channel.shows(user, conn.user):
            self.numeric(conn, "443", nick, name)
        else:
            if operator and channel not in user.invitations:
                user.invitations = [channel, *user.invitations][:20]
            self.tell_invite(conn, user, channel)

    def tell_invite(self, conn, user, channel):
        event, params = Event(), (user.nick, channel.name)
        sentence = f"* {conn.user.nick} invites you to {channel.name}"
        self.tell(user.conns, event, conn.user, "INVITE", params, sentence)
        operators = [u for u, flags in channel.members.items() if "o" in flags and u is not conn.user]
        self.tell(self.conns_of(operators), event, conn.user, "INVITE", params, needs="invite-notify")
        self.numeric(conn, "341", user.nick, channel.name, text=False)
        if user.away is not None:
            self.numeric(conn, "301", user.nick, text=user.away)

    def knock(self, conn, name, text):
        user, channel = conn.user, self.channel(name)
        if channel is None:
            self.numeric(conn, "403", name)
        elif user in channel.members:
            self.numeric(conn, "714", name)
        elif channel.bans(user, speaking=False) or channel.bans(user, speaking=True):
            self.numeric(conn, "404", name)
        elif self.may_join(channel, user, "") is None:
            self.numeric(conn, "713", name)
        elif "K" in channel.modes:
            self.numeric(conn, "480", name)
        else:
            self.tell_knock(conn, channel, f": {text}" if text else "")

    def tell_knock(self, conn, channel, text):
        mask = conn.user.mask
        for other in self.conns_of([u for u, flags in channel.members.items() if "o" in flags]):
            if other.plain:
                other.put(Line(f"* {mask} asks to be invited to {channel.name}{text}"))
                continue
            self.numeric(other, "710", channel.name, mask, text="asks for an invitation" + text)
        self.numeric(conn, "711", channel.name)
