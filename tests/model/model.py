"""
The reference model: what happens in the chat, and who is told what of it.

Written from modern.ircdocs.horse, the specifications of IRCv3 and sockchat-irc(7), with nothing in mind but to be
easily seen right: sets and dicts, no table of its own, nothing remembered that can be looked up.
"""

from lines import ANY, TEXT, Event, Line, body
from channels import Channels
from messages import Messages
from metadata import Metadata
from modes import Modes
from operators import Bans
from people import People
from registered import Registered
from state import SERVER, Conn, User, fold, lines_in


class Model(Bans, Channels, Messages, Metadata, Modes, People, Registered):
    def __init__(self):
        self.conns = {}  # number: Conn, those that are open
        self.closed = {}  # those that were
        self.users = {}  # folded nick: User
        self.channels = {}  # folded name: Channel
        self.accounts = {}  # folded name: Account
        self.bans = {}  # folded mask: Ban
        self.most = 0  # users at once
        self.blocks, self.block = None, 0  # see Unordered
        self.batches = self.topics = 0
        self.local_user = "root"  # who runs the tests, by the kernel's word

    # ---- looking ---------------------------------------------------------------------------------

    def user(self, nick):
        return self.users.get(fold(nick))

    def channel(self, name):
        return self.channels.get(fold(name))

    def others_of(self, user):
        """Who shares a channel with the user and may know that, each once, without the user."""
        found = {}
        for channel in user.channels:
            found.update(dict.fromkeys(channel.witnesses(user)))
        return list(found)

    @staticmethod
    def conns_of(users):
        return [conn for user in users for conn in user.conns]

    # ---- telling ---------------------------------------------------------------------------------

    def tell(
        self, conns, event, source, command, params=(), plain=None, row=False, needs=None,
        lacks=None, mask=None, own_tags=None, apart=False,
    ):  # fmt: skip
        """
        One line of an event to each of these. source: the User it comes from, None: the server; row: it has
        a msgid; params may be a function of the conn; plain: how the plain dialect says it, None: not at all;
        apart: whoever has asked for this with a label hears it as others do, not as the answer.
        """
        origin = mask or (source.mask if source else SERVER)
        for conn in conns:
            if conn.plain:
                if plain is not None:
                    conn.put(Line(plain), apart)
                continue
            if (needs and needs not in conn.caps) or (lacks and lacks in conn.caps):
                continue
            words = params(conn) if callable(params) else params
            line = Line(body(origin, command, *words), self._tags(conn, event, source, row, own_tags))
            conn.put(line, apart)

    @staticmethod
    def _tags(conn, event, source, row, own_tags):
        tags = {}
        if "server-time" in conn.caps:
            tags["time"] = event
        if source and source.account and "account-tag" in conn.caps:
            tags["account"] = source.account
        if "message-tags" in conn.caps:
            if source and "B" in source.modes:
                tags["bot"] = ""
            if row:
                tags["msgid"] = event
                tags.update(own_tags or {})
        return tags

    @staticmethod
    def reply(conn, text):
        """A line of the server for this one alone."""
        conn.put(Line(text, {"time": ANY} if "server-time" in conn.caps else None))

    def numeric(self, conn, number, *params, text=None, then=None):
        """A numeric with a text for people at its end, or (text=False) without one."""
        last = () if text is False else (TEXT + number if text is None else text,)
        if not conn.plain:
            line = body(SERVER, number, conn.shown_nick, *params, *last)
            conn.put(Line(line, {"time": ANY} if "server-time" in conn.caps else None, then))
        elif number >= "400":
            conn.put(Line("! " + " ".join(params) + (": " if params else "") + "".join(last)))

    def numeric_of(self, conn, number, choices):
        """One of several, as the server chooses: choices of parameters."""
        if not conn.plain:
            self.reply(conn, [body(SERVER, number, conn.shown_nick, *words, TEXT + number) for words in choices])
        else:
            conn.put(Line([f"! {' '.join(words)}: {TEXT}{number}" for words in choices]))

    def notice(self, conn, text, plain=None):
        """A sentence of the server."""
        if conn.plain:
            conn.put(Line(plain or text))
        else:
            self.reply(conn, body(SERVER, "NOTICE", conn.shown_nick, text))

    def fail(self, conn, command, code, *context, why=""):
        """A standard reply; a notice to those who did not ask for them. why: of several for the same code."""
        key = f"{TEXT}FAIL {command} {code} {why}"
        if not conn.plain and "standard-replies" in conn.caps:
            self.reply(conn, body(SERVER, "FAIL", command, code, *context, key))
        else:
            self.notice(conn, key, "! " + key)

    def labelled(self, conn, label, run):
        """What run() tells this connection, under the label."""
        conn.gathered, conn.label = [], label
        run()
        self.end_label(conn)

    def end_label(self, conn):
        if conn.gathered is None:
            return
        items, conn.gathered = conn.gathered, None
        lines = [line for line in lines_in(items) if not line.apart]
        if not lines:
            items.append(Line(body(SERVER, "ACK"), {"label": conn.label}))
        elif len(lines) == 1:
            lines[0].tags = {**lines[0].tags, "label": conn.label}
            items.sort(key=lambda item: item is lines[0])
        else:
            self.make_batch(conn, items, lines)
        conn.out.extend(items)

    def make_batch(self, conn, items, lines):
        """It begins when it is clear that there are several lines."""
        self.batches += 1
        reference = f"{TEXT}batch {self.batches}"
        for line in lines:
            line.tags = {**line.tags, "batch": reference}
        begin = Line(body(SERVER, "BATCH", "+" + reference, "labeled-response"), {"label": conn.label})
        first = next(item for item in items if lines[0] in item.lines())
        at = items.index(first)
        while at + 1 < len(items) and items[at + 1].apart:
            items[at], items[at + 1] = items[at + 1], items[at]
            at += 1
        items.insert(at, begin)
        items.append(Line(body(SERVER, "BATCH", "-" + reference)))

    def tell_of(self, event, user, command, params, needs, mask=None, apart=False):
        """What is news of the user: to who shares a channel, and who watches the nick."""
        others = self.conns_of(self.others_of(user))
        self.tell(others, event, user, command, params, needs=needs, mask=mask, apart=apart)
        self.tell_extended(event, user, command, params, needs, mask)

    # ---- MONITOR ---------------------------------------------------------------------------------

    def watchers(self, nick):
        return [conn for conn in self.conns.values() if fold(nick) in conn.watched]

    def tell_watchers(self, event, gone, come):
        """gone: the nick that nobody has any more; come: the User that has another now."""
        for conn in self.watchers(gone) if gone else ():
            self.tell([conn], event, None, "731", ("*", gone))
        for conn in self.watchers(come.nick) if come else ():
            self.tell([conn], event, None, "730", ("*", come.mask))
        for conn in self.watchers(come.nick) if come and gone else ():
            self.tell_metadata(conn, come)

    def tell_extended(self, event, user, command, params, needs, mask):
        for conn in self.watchers(user.nick):
            if "extended-monitor" in conn.caps and conn.user is not user and not conn.user.may_see(user):
                self.tell([conn], event, user, command, params, needs=needs, mask=mask)

    # ---- coming and going ------------------------------------------------------------------------

    def connect(self, number, over):
        if number not in self.conns:
            self.conns[number] = Conn(self, number, over)
            self.refuse_address(self.conns[number])

    def goodbye(self, conn, reason):
        """The server's last words to this connection."""
        if conn.plain:
            conn.put(Line(f"* goodbye ({reason})"))
        else:
            self.reply(conn, body("", "ERROR", f"Closing link: ({conn.host}) {reason}"))

    def end(self, conn, reason):
        """The connection ends; its user too, unless another device or its account keeps it."""
        self.goodbye(conn, reason)
        self.drop(conn)
        user, conn.user = conn.user, None
        if user is None:
            return
        if len(user.conns) > 1:
            self.settle_away(user, leaving=conn)
        user.conns.remove(conn)
        if not user.conns and not self.is_kept(user):
            self.tell_quit(user, reason)
            self.forget(user)

    def drop(self, conn):
        """Nothing comes from it nor goes to it any more."""
        self.end_label(conn)
        conn.closed = True
        self.closed[conn.number] = self.conns.pop(conn.number)

    def is_kept(self, user):
        account = user.account and self.accounts.get(fold(user.account))
        return bool(account and account.always_on)

    def tell_quit(self, user, reason):
        left, event = f"* {user.nick} left ({reason})", Event()
        self.tell(self.conns_of(self.others_of(user)), event, user, "QUIT", (reason,), left, apart=True)
        self.tell_watchers(event, user.nick, None)

    def forget(self, user):
        """The user is gone, from the channels too."""
        del self.users[fold(user.nick)]
        self.set_holder(user, None)
        for channel in list(user.channels):
            self.leave(user, channel)

    def leave(self, user, channel):
        del channel.members[user]
        user.channels.remove(channel)
        self.end_empty(channel)

    def end_empty(self, channel):
        if not channel.members and not channel.founder:
            del self.channels[fold(channel.name)]
            for other in self.users.values():
                if channel in other.invitations:
                    other.invitations.remove(channel)

    def set_holder(self, user, account):
        """Who is logged in to what; account: an Account or None."""
        if user.account is not None:
            old = self.accounts[fold(user.account)]
            if user in old.users:
                old.users.remove(user)
        user.account = account.name if account else None
        if account:
            account.users.append(user)

    def kill(self, by, user, reason):
        why = f"Killed ({by.nick if by else SERVER} ({reason}))"
        event, others = Event(), self.conns_of(self.others_of(user))
        self.tell(others, event, user, "QUIT", (why,), f"* {user.nick} left ({reason})", apart=True)
        sentence = f"* you were removed by {by.nick if by else 'server'} ({reason})"
        self.tell(list(user.conns), event, by, "KILL", (user.nick, reason), sentence)
        for conn in list(user.conns):
            self.goodbye(conn, why)
            self.drop(conn)
            conn.user = None
        user.conns.clear()
        self.tell_watchers(event, user.nick, None)
        self.forget(user)

    # ---- accounts --------------------------------------------------------------------------------

    def login(self, conn, account):
        """The connection's user, or the connection before it has one, is logged in from now on; False: banned."""
        if self.refuse_account(conn, account):
            return False
        if conn.user:
            self.change_account(conn.user, account)
        else:
            conn.account = account.name
        if conn.plain:
            conn.put(Line(f"* you are logged in as {account.name}"))
        else:
            mask = conn.user.mask if conn.user else f"{conn.shown_nick}!*@{conn.host}"
            self.numeric(conn, "900", mask, account.name, text=f"{TEXT}900 {account.name}")
        if conn.user:
            self.make_operators(conn.user, conn.user.channels)
        return True

    def change_account(self, user, account):
        if user.account == (account.name if account else None):
            return
        before = dict(self.metadata_of(user))
        self.set_holder(user, account)
        event, params = Event(), (user.account or "*",)
        self.tell(self.conns_of(self.others_of(user)), event, user, "ACCOUNT", params, needs="account-notify")
        self.take_along(user, before)
        self.tell_extended(event, user, "ACCOUNT", params, "account-notify", None)

    def is_reserved(self, conn, nick):
        """Whether the nick is for somebody else: an account's, or a service's."""
        if fold(nick) in ("nickserv", "chanserv"):
            return True
        return fold(nick) in self.accounts and not conn.owns(nick)

    def refuse_reserved(self, conn, nick):
        if conn.plain:
            conn.put(Line(f"! the name {nick} belongs to somebody"))
            return
        self.numeric(conn, "433", nick)
        if fold(nick) not in ("nickserv", "chanserv"):
            self.notice(conn, ANY)


def add_user(model, nick, name, host, real):
    user = model.users[fold(nick)] = User(nick, name, host, real)
    model.most = max(model.most, len(model.users))
    model.tell_watchers(Event(), None, user)
    return user
