"""Metadata: texts by key of users and channels, who sees them and who is told of changes."""

from lines import ANY, TEXT, Batches, Event, Line, body
from state import SERVER, fold

KEYS = 3  # of one user or channel
SUBSCRIPTIONS = 4
CAP = "draft/metadata-3"


class Metadata:
    """A part of the Model."""

    def metadata_of(self, user):
        return self.accounts[fold(user.account)].metadata if user.account else user.metadata

    @staticmethod
    def sees(conn, user):
        """Whether it may know the user's."""
        asker = conn.user
        return asker is user or "o" in asker.modes or asker.may_see(user) or fold(user.nick) in conn.watched

    # ---- telling ---------------------------------------------------------------------------------

    @staticmethod
    def put_batch(conn, names, blocks, always=False, kind="metadata"):
        if "batch" in conn.caps:
            if always or any(blocks):
                conn.put(Batches(kind, names, blocks, always))
            return
        for line in [line for block in blocks for line in block]:
            conn.put(line)

    @staticmethod
    def line(conn, number, *params, text=None):
        time = {"time": ANY} if "server-time" in conn.caps else None
        last = TEXT + number if text is None else text
        return Line(body(SERVER, number, conn.shown_nick, *params, last), time)

    def values(self, conn, name, metadata, keys):
        return [self.line(conn, "761", name, k, "*", text=metadata[k]) for k in keys if k in metadata]

    @staticmethod
    def subscribers(conns):
        return [conn for conn in conns if CAP in conn.caps and conn.subscribed]

    def who_hear(self, user):
        """Who sees the user come, go and change, or watches it; and its own devices."""
        conns = [conn for conn in self.conns.values() if conn.user]
        return self.subscribers(
            c for c in conns if c.user is user or c.user.may_see(user) or fold(user.nick) in c.watched
        )

    def tell_value(self, conns, name, key, value):
        """value: None: it is not set any more."""
        params = ("*", name, key, TEXT + "766") if value is None else ("*", name, key, "*", value)
        conns = [conn for conn in conns if key in conn.subscribed]
        self.tell(conns, Event(), None, "766" if value is None else "761", params)

    def tell_difference(self, conns, name, before, now):
        for key in sorted(before):
            if key not in now:
                self.tell_value(conns, name, key, None)
        for key in sorted(now):
            if before.get(key) != now[key]:
                self.tell_value(conns, name, key, now[key])

    def tell_metadata(self, conn, user):
        """To somebody who has come to see the user."""
        for one in self.subscribers([conn]):
            metadata = self.metadata_of(user)
            self.put_batch(one, [user.nick], [self.values(one, user.nick, metadata, sorted(one.subscribed))])

    def tell_channel(self, conn, channel, always=False):
        """Of the channel and the people in it; at a JOIN, and as they are asked for."""
        keys = sorted(conn.subscribed) if CAP in conn.caps else []
        self.put_batch(conn, [channel.name], self.blocks_of(conn, channel, keys), always)

    def blocks_of(self, conn, channel, keys):
        people = [u for u in channel.members if u is not conn.user and channel.shows(u, conn.user)]
        blocks = [self.values(conn, u.nick, self.metadata_of(u), keys) for u in people]
        return [self.values(conn, channel.name, channel.metadata, keys), *blocks]

    def tell_of_newcomer(self, user, channel):
        """To those of the channel who did not see the user before."""
        new_to = []
        for other in channel.witnesses(user):
            shared = [c for c in other.channels if c is not channel and user in c.members]
            if not any(c.shows(user, other) for c in shared):
                new_to.append(other)
        self.tell_difference(self.subscribers(self.conns_of(new_to)), user.nick, {}, self.metadata_of(user))

    # ---- whose they are --------------------------------------------------------------------------

    def take_along(self, user, before):
        """The user has another account, or none. before: what it had. What it had without one goes to that."""
        if user.account and user.metadata:
            to = self.accounts[fold(user.account)].metadata
            for key in sorted(user.metadata):
                if key in to or len(to) < KEYS:
                    to[key] = user.metadata[key]
            user.metadata = {}
        self.tell_difference(self.who_hear(user), user.nick, before, self.metadata_of(user))

    def users_of(self, user):
        """It, and who else has the account and so the same metadata."""
        if not user.account:
            return [user]
        return [user, *(u for u in self.users.values() if u is not user and u.account == user.account)]

    # ---- changing --------------------------------------------------------------------------------

    def changeable(self, conn, target, key):
        """The Channel or User, when they may change it; else None, and they are told why."""
        by = conn.user
        channel = self.channel(target) if target.startswith("#") else None
        subject = channel or (by if target == "*" else self.user(target))
        target = by.nick if target == "*" else target
        hidden = channel and "o" not in by.modes and by not in channel.members and "s" in channel.modes
        if subject is None or hidden:
            self.metadata_fails(conn, "INVALID_TARGET", target)
            return None
        may = "o" in by.modes or subject is by or (channel and "o" in channel.members.get(by, ()))
        if not may:
            self.metadata_fails(conn, "KEY_NO_PERMISSION", target, key)
        return subject if may else None

    def metadata_fails(self, conn, code, *context):
        self.reply(conn, body(SERVER, "FAIL", "METADATA", code, *context, ANY))

    def set_metadata(self, conn, subject, key, value, target):
        """False: it is too much, and they are told."""
        channel = subject if subject in self.channels.values() else None
        metadata = channel.metadata if channel else self.metadata_of(subject)
        if value is not None and key not in metadata and len(metadata) >= KEYS:
            self.metadata_fails(conn, "LIMIT_REACHED", target, str(KEYS))
            return False
        before = dict(metadata)
        if value is None:
            metadata.pop(key, None)
        else:
            metadata[key] = value
        self.tell_change(conn, channel, subject, before, metadata)
        return True

    def tell_change(self, conn, channel, subject, before, now):
        """To all but the one who made it."""
        if channel:
            hear = self.subscribers(self.conns_of(channel.members))
            self.tell_difference([c for c in hear if c is not conn], channel.name, before, now)
            return
        for user in self.users_of(subject):
            hear = [c for c in self.who_hear(user) if c is not conn]
            self.tell_difference(hear, user.nick, before, now)

    def enter_early(self, conn):
        """What was set before there was a user."""
        for key, value in sorted(conn.early.items()):
            self.set_metadata(conn, conn.user, key, value, "*")
        conn.early = {}
