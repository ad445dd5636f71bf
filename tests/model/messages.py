"""Messages to channels and people."""

from lines import Event, Line
from state import LOBBY, Accepted, fold


ACCEPTS = 3


def is_ctcp(text):
    return len(text) > 1 and text[0] == "\1" and not text.startswith("\1ACTION ")


class Messages:
    """A part of the Model."""

    def may_speak(self, user, channel, text):
        inside = user in channel.members
        if not inside and "n" in channel.modes:
            return False
        if "C" in channel.modes and is_ctcp(text):
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
        refusal = self.may_write(conn.user, user, command, text)
        if refusal:
            return self.refuse_private(conn, command, refusal, target, user)
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
                conn.put(Line(f"* {user.nick} is away" + ("" if user.away == "*" else f" ({user.away})")))
            self.numeric(conn, "301", user.nick, text=user.away)
        return True

    # ---- who may write in private ----------------------------------------------------------------

    def may_write(self, by, user, command, text):
        """None, or the numeric that says why not."""
        if by is user:
            return None
        if "T" in user.modes and command == "PRIVMSG" and is_ctcp(text):
            return "531"
        if user.modes & {"g", "R"} and "o" not in by.modes and not user.accepts(by):
            if "R" in user.modes and by.account is None:
                return "477"
            if "g" in user.modes:
                return "716"
        if by.modes & {"g", "R"} and command != "TAGMSG" and not by.accepts(user):
            self.let_write(by, user, unasked=True)
        return None

    @staticmethod
    def let_write(user, other, unasked=False):
        """False: there is no room."""
        if len(user.accepted) >= ACCEPTS:
            gives_way = next((a for a in user.accepted if a.unasked), None)
            if gives_way is None:
                return False
            user.accepted.remove(gives_way)
        user.accepted.append(Accepted(other, unasked))
        return True

    def refuse_private(self, conn, command, number, target, user):
        if command == "TAGMSG":  # who types is no caller
            return False
        self.refuse_message(conn, command, number, target)
        if number == "716" and command == "PRIVMSG" and user.conns and not user.called:
            user.called = True
            by = conn.user
            self.numeric(conn, "717", user.nick)
            for device in user.conns:
                self.numeric(device, "718", by.nick, f"{by.user}@{by.host}")
        return False

    def accept(self, conn, nick):
        user, other = conn.user, self.user(nick)
        there = user.accepts(other) if other else None
        if other is None:
            self.numeric(conn, "401", nick)
        elif there is None:
            if not self.let_write(user, other):
                self.numeric(conn, "456")
        elif there.unasked:
            there.unasked = False
        else:
            self.numeric(conn, "457", nick)

    def accept_no_more(self, conn, nick):
        user, other = conn.user, self.user(nick)
        there = user.accepts(other) if other else None
        if there is None:
            there = next((a for a in user.accepted if fold(a.name) == fold(nick)), None)
        if there is None:
            self.numeric(conn, "458", nick)
        else:
            user.accepted.remove(there)

    def show_accepted(self, conn):
        for accepted in conn.user.accepted:
            if not accepted.unasked:
                self.numeric(conn, "281", accepted.name, text=False)
        self.numeric(conn, "282")

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
