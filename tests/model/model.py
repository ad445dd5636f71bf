"""
The reference model: what happens in the chat, and who is told what of it.

Written from modern.ircdocs.horse, the specifications of IRCv3 and sockchat-irc(7), with nothing in mind but to be
easily seen right: sets and dicts, no table of its own, nothing remembered that can be looked up.
"""

from lines import ANY, TEXT, TIME, Event, Line, body
from state import LOBBY, SERVER, Channel, Conn, Unordered, User, complete, fold, lines_in


class Model:
    def __init__(self):
        self.conns = {}  # number: Conn, those that are open
        self.closed = {}  # those that were
        self.users = {}  # folded nick: User
        self.channels = {}  # folded name: Channel
        self.accounts = {}  # folded name: Account
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
        """Who shares a channel with the user, each once, without the user."""
        found = {}
        for channel in user.channels:
            found.update(dict.fromkeys(channel.members))
        found.pop(user, None)
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

    def fail(self, conn, command, code, *context):
        """A standard reply; a notice to those who did not ask for them."""
        key = f"{TEXT}FAIL {command} {code}"
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

    # ---- coming and going ------------------------------------------------------------------------

    def connect(self, number, over):
        if number not in self.conns:
            self.conns[number] = Conn(self, number, over)

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
        left = f"* {user.nick} left ({reason})"
        self.tell(self.conns_of(self.others_of(user)), Event(), user, "QUIT", (reason,), left)

    def forget(self, user):
        """The user is gone, from the channels too."""
        del self.users[fold(user.nick)]
        self.set_holder(user, None)
        for channel in list(user.channels):
            self.leave(user, channel)

    def leave(self, user, channel):
        del channel.members[user]
        user.channels.remove(channel)
        if not channel.members:
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
        self.forget(user)

    # ---- accounts --------------------------------------------------------------------------------

    def login(self, conn, account):
        """The connection's user, or the connection before it has one, is logged in from now on."""
        if conn.user:
            self.change_account(conn.user, account)
        else:
            conn.account = account.name
        if conn.plain:
            conn.put(Line(f"* you are logged in as {account.name}"))
        else:
            mask = conn.user.mask if conn.user else f"{conn.shown_nick}!*@{conn.host}"
            self.numeric(conn, "900", mask, account.name, text=f"{TEXT}900 {account.name}")

    def change_account(self, user, account):
        if user.account == (account.name if account else None):
            return
        self.set_holder(user, account)
        name = user.account or "*"
        others = self.conns_of(self.others_of(user))
        self.tell(others, Event(), user, "ACCOUNT", (name,), needs="account-notify")

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

    # ---- channels --------------------------------------------------------------------------------

    @staticmethod
    def place(channel, word):
        """How the plain dialect says where, of any channel but the lobby."""
        return "" if fold(channel.name) == LOBBY else f" {word}{channel.name}"

    def may_join(self, channel, user, key):
        """None, or the numeric that says why not."""
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
        return channel

    def tell_join(self, user, channel, event):
        members = self.conns_of(channel.members)
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
        seen = [u for u in channel.members if inside or "i" not in u.modes]
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
        self.tell(self.conns_of(channel.members), Event(), user, "PART", params, sentence, row=True)
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
            self.tell(self.conns_of(channel.members), Event(), conn.user, "KICK", params, sentence, row=True)
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
        elif user in channel.members:
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

    # ---- messages --------------------------------------------------------------------------------

    def may_speak(self, user, channel, text):
        inside = user in channel.members
        if not inside and "n" in channel.modes:
            return False
        if "C" in channel.modes and len(text) > 1 and text[0] == "\1" and not text.startswith("\1ACTION "):
            return False
        return not self.is_silenced(user, channel)

    @staticmethod
    def is_silenced(user, channel):
        """Neither voice nor operator, and what is said would be refused."""
        if channel.members.get(user):
            return False
        if "m" in channel.modes or ("M" in channel.modes and user.account is None):
            return True
        return channel.bans(user, speaking=True)

    def message(self, conn, command, target, text, own_tags=None):
        """To one target; True when it was taken."""
        status = ""
        if len(target) > 2 and target[0] in "@+" and target[1] == "#":
            status, target = target[0], target[1:]
        if target.startswith("#"):
            return self.channel_message(conn, command, status, target, text, own_tags)
        return self.private_message(conn, command, target, text, own_tags)

    def refuse_message(self, conn, command, number, target):
        if command != "NOTICE" or conn.plain:
            self.numeric(conn, number, target)
        return False

    def channel_message(self, conn, command, status, target, text, own_tags):
        channel, user = self.channel(target), conn.user
        if channel is None:
            return self.refuse_message(conn, command, "403", target)
        if not self.may_speak(user, channel, text):
            hidden = "s" in channel.modes and user not in channel.members
            return self.refuse_message(conn, command, "403" if hidden else "404", target)
        needed = {"": None, "@": {"o"}, "+": {"o", "v"}}[status]
        hear = [u for u, flags in channel.members.items() if needed is None or flags & needed]
        if "U" in channel.modes and not channel.members.get(user):  # for operators alone
            hear = [u for u in hear if "o" in channel.members[u]]
        if user not in hear:  # its other devices
            hear.append(user)
        conns = [c for c in self.conns_of(hear) if c is not conn]
        if "echo-message" in conn.caps:
            conns.append(conn)
        words = (status + channel.name,) + (() if command == "TAGMSG" else (text,))
        self.tell(
            conns, Event(), user, command, words, self.plain_message(user, channel, command, text),
            row=True, needs="message-tags" if command == "TAGMSG" else None, own_tags=own_tags,
        )  # fmt: skip
        return True

    def private_message(self, conn, command, target, text, own_tags):
        user = self.user(target)
        if user is None:
            return self.refuse_message(conn, command, "401", target)
        event = Event()
        words = (user.nick,) + (() if command == "TAGMSG" else (text,))
        sentence = self.plain_message(conn.user, None, command, text)
        options = {"row": True, "needs": "message-tags" if command == "TAGMSG" else None, "own_tags": own_tags}
        if user is conn.user:  # the message, and the echo, which alone is the answer
            self.tell(user.conns, event, conn.user, command, words, sentence, apart=True, **options)
        else:
            self.tell(user.conns, event, conn.user, command, words, sentence, **options)
            own = [c for c in conn.user.conns if c is not conn]
            self.tell(own, event, conn.user, command, words, None, **options)
        if "echo-message" in conn.caps:
            self.tell([conn], event, conn.user, command, words, None, **options)
        if command == "PRIVMSG" and user.away is not None:
            if conn.plain:
                conn.put(Line(f"* {user.nick} is away ({user.away})"))
            self.numeric(conn, "301", user.nick, text=user.away)
        return True

    @staticmethod
    def plain_message(user, channel, command, text):
        """How the plain dialect shows it."""
        if command == "TAGMSG":
            return None
        action = text.startswith("\1ACTION ")
        if action:
            text = text[8:].removesuffix("\1")
        text = "".join(c for c in text if c >= " ")
        where = "" if channel is None or fold(channel.name) == LOBBY else f"{channel.name} "
        if channel is None:
            return f"[{user.nick} -> you] " + (f"* {user.nick} " if action else "") + text
        if action:
            return f"{where}* {user.nick} {text}"
        if command == "NOTICE":
            return f"{where}-{user.nick}- {text}"
        return f"{where}{user.nick}: {text}"

    # ---- what people say of themselves -----------------------------------------------------------

    def rename(self, conn, nick):
        user, holder = conn.user, self.user(nick)
        if self.is_reserved(conn, nick):
            self.refuse_reserved(conn, nick)
        elif not valid_nick(nick):
            self.numeric(conn, "432", nick)
        elif holder is not None and holder is not user:
            self.numeric(conn, "433", nick)
        elif nick != user.nick and self.held(user):
            self.numeric_of(conn, "435", [(nick, c.name) for c in self.held(user)])
        elif nick != user.nick:
            mask, old = user.mask, user.nick
            del self.users[fold(old)]
            user.nick = nick
            self.users[fold(nick)] = user
            conns = self.conns_of(self.others_of(user) + [user])
            self.tell(conns, Event(), user, "NICK", (nick,), f"* {old} is now {nick}", mask=mask)

    @staticmethod
    def held(user):
        """The channels in which the user is banned from speaking, and so keeps the nick."""
        return [c for c in user.channels if not c.members[user] and c.bans(user, speaking=True)]

    def set_away(self, conn, text):
        user = conn.user
        user.away = text or None
        params = (text,) if text else ()
        self.tell(
            self.conns_of(self.others_of(user)), Event(), user, "AWAY", params, needs="away-notify"
        )
        if conn.plain:
            conn.put(Line("* you are away" if text else "* you are back"))
        self.numeric(conn, "306" if text else "305")

    def set_name(self, conn, text):
        conn.user.real = text
        conns = self.conns_of(self.others_of(conn.user) + [conn.user])
        self.tell(conns, Event(), conn.user, "SETNAME", (text,), needs="setname")

    def make_operator(self, conn):
        user = conn.user
        user.modes.add("o")
        self.numeric(conn, "381")
        self.tell(user.conns, Event(), user, "MODE", (user.nick, "+o"), "* you are an operator of the server now")

    def change_host(self, conn, nick, name, host):
        """host: empty: the true ones again; name: empty: as it is."""
        user = self.user(nick)
        if user is None:
            self.numeric(conn, "401", nick)
            return
        old = user.mask
        user.user = user.true_user if not host else name or user.user
        user.host = host or user.true_host
        if user.mask == old:
            return
        event, others = Event(), self.others_of(user)
        for conns, apart in ((self.conns_of(others), True), (user.conns, False)):
            self.tell(conns, event, user, "CHGHOST", (user.user, user.host), needs="chghost", mask=old, apart=apart)
        self.tell(self.conns_of(others), event, user, "QUIT", (ANY,), lacks="chghost", mask=old, apart=True)
        with Unordered(self) as u:
            for channel in user.channels:
                u.block()
                self.come_again(user, channel, event)
        for device in user.conns:
            self.numeric(device, "396", user.host)
        if conn.user is not user:
            self.notice(conn, ANY)

    def come_again(self, user, channel, event):
        """For those who know of no other way: whose host was changed joins again, as what it was."""
        conns = [c for c in self.conns_of(channel.members) if c.user is not user and not c.plain]
        self.tell(conns, event, user, "JOIN", self.join_params(user, channel), lacks="chghost", apart=True)
        flags = channel.members[user]
        if flags:
            letters = "+" + "".join(f for f in "ov" if f in flags)
            names = (user.nick,) * len(flags)
            self.tell(conns, event, None, "MODE", (channel.name, letters, *names), lacks="chghost", apart=True)
        if user.away is not None:
            conns = [c for c in conns if "chghost" not in c.caps]
            self.tell(conns, event, user, "AWAY", (user.away,), needs="away-notify", apart=True)

    # ---- modes -----------------------------------------------------------------------------------

    def change_channel_modes(self, conn, channel, asked, changes):
        """changes: (add, letter, parameter). Each is checked and made for itself, in order."""
        done, refusals = [], []
        for add, letter, param in changes:
            what = self.change_one(conn, channel, add, letter, param, refusals)
            if what is not None:
                done.append((add, letter, what))
        if done:
            text = mode_text(done)
            sentence = f"* {conn.user.nick} set {' '.join(text)}" + self.place(channel, "on ")
            members = self.conns_of(channel.members)
            self.tell(members, Event(), conn.user, "MODE", (channel.name, *text), sentence)
        for number, *words in refusals:
            words = [asked if word is channel else word for word in words]
            self.numeric(conn, number, *words, text=ANY if number == "696" else None)

    def change_one(self, conn, channel, add, letter, param, refusals):
        """What took effect, as the parameter that others see ("" for none); None: nothing did."""
        if letter in "beI":
            return self.change_list(conn, channel, add, letter, param, refusals)
        if letter in "ov":
            return self.change_member(channel, add, letter, param, refusals)
        if letter == "k":
            return self.change_key(channel, add, param, refusals)
        if letter == "l":
            return self.change_limit(channel, add, param, refusals)
        if letter == "f":
            return self.change_forward(conn, channel, add, param, refusals)
        if letter not in "imnstCMRU":
            refusals.append(("472", letter))
            return None
        if (letter in channel.modes) == add:
            return None
        channel.modes ^= {letter}
        return ""

    def change_list(self, conn, channel, add, letter, param, refusals):
        entries = channel.lists[letter]
        if not param:
            refusals.append(("696", channel, letter, "*"))
            return None
        mask = complete(param, letter)
        if mask is None:
            refusals.append(("696", channel, letter, param))
            return None
        if (fold(mask) in entries) == add:
            return None
        if add and len(entries) >= 100:
            refusals.append(("478", channel, letter))
            return None
        if add:
            self.topics += 1
            entries[fold(mask)] = (mask, conn.user.mask, self.topics)
        else:
            del entries[fold(mask)]
        return mask

    def change_member(self, channel, add, letter, param, refusals):
        user = self.user(param)
        if not param:
            refusals.append(("696", channel, letter, "*"))
        elif user is None:
            refusals.append(("401", param))
        elif user not in channel.members:
            refusals.append(("441", param, channel))
        elif (letter in channel.members[user]) != add:
            channel.members[user] ^= {letter}
            return user.nick
        return None

    def change_key(self, channel, add, param, refusals):
        if not add:
            had, channel.key = channel.key, None
            return "*" if had is not None else None
        if not param:
            refusals.append(("696", channel, "k", "*"))
            return None
        if len(param) > 23 or "," in param or " " in param:
            refusals.append(("525", channel))
            return None
        had, channel.key = channel.key, param
        return param if had != param else None

    def change_limit(self, channel, add, param, refusals):
        if not add:
            had, channel.limit = channel.limit, None
            return "" if had is not None else None
        if not param:
            refusals.append(("696", channel, "l", "*"))
            return None
        if not param.isdigit() or not 1 <= int(param) <= 1000000000:
            refusals.append(("696", channel, "l", param))
            return None
        had, channel.limit = channel.limit, int(param)
        return str(int(param)) if had != channel.limit else None

    def change_forward(self, conn, channel, add, param, refusals):
        """Only to where one is operator as well."""
        had = channel.forward
        if not add:
            channel.forward = None
            return "" if had is not None else None
        other = self.channel(param)
        if not param:
            refusals.append(("696", channel, "f", "*"))
        elif other is None or other is channel or not other.visible_to(conn.user):
            refusals.append(("696", channel, "f", param))
        elif "o" not in other.members.get(conn.user, ()):
            refusals.append(("482", param))
        elif had != other.name:
            channel.forward = other.name
            return other.name
        return None

    def change_user_modes(self, conn, changes):
        user, done = conn.user, []
        unknown = 0
        for add, letter in changes:
            if letter not in "Biow":
                unknown += 1
            elif (letter in user.modes) != add and not (letter == "o" and add):
                user.modes ^= {letter}
                done.append((add, letter, ""))
        if done:
            text = mode_text(done)
            sentence = f"* {user.nick} set {' '.join(text)}"
            self.tell(user.conns, Event(), user, "MODE", (user.nick, *text), sentence)
        for _ in range(unknown):
            self.numeric(conn, "501")


def mode_text(done):
    """ "+o-v", "alice", "bob" """
    letters, sign = "", None
    for add, letter, _ in done:
        if add != sign:
            letters += "+" if add else "-"
            sign = add
        letters += letter
    return [letters] + [param for _, _, param in done if param]


def valid_nick(nick):
    if not nick or len(nick) > 32 or any(c in ",*?!@. " for c in nick):
        return False
    return not (nick[0].isdigit() or nick[0] in "-#&:+%~$")


def add_user(model, nick, name, host, real):
    user = model.users[fold(nick)] = User(nick, name, host, real)
    model.most = max(model.most, len(model.users))
    return user
