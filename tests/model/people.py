"""What people say of themselves: nick, away, real name, host."""

from lines import ANY, Event, Line
from state import Unordered, fold, valid_nick

PRE_AWAY = "draft/pre-away"


class People:
    """A part of the Model."""

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
        elif nick != user.nick and self.is_banned_nick(user, nick):
            self.numeric(conn, "432", nick)
            self.notice(conn, ANY)
        elif nick != user.nick:
            mask, old = user.mask, user.nick
            del self.users[fold(old)]
            user.nick = nick
            self.users[fold(nick)] = user
            conns = self.conns_of(self.others_of(user) + [user])
            event = Event()
            self.tell(conns, event, user, "NICK", (nick,), f"* {old} is now {nick}", mask=mask)
            if fold(old) != fold(nick):
                self.tell_watchers(event, old, user)

    @staticmethod
    def held(user):
        """The channels in which the user is banned from speaking, and so keeps the nick."""
        return [c for c in user.channels if not c.members[user] and c.bans(user, speaking=True)]

    def set_away(self, user, text, by=None):
        """by: the connection that said so, which is answered."""
        user.away = text or None
        params = (text,) if text else ()
        event, others = Event(), self.conns_of(self.others_of(user))
        self.tell(others, event, user, "AWAY", params, needs="away-notify", apart=True)
        if by:
            self.confirm_away(by, text)
        self.tell_extended(event, user, "AWAY", params, "away-notify", None)

    def confirm_away(self, conn, text):
        if conn.plain:
            conn.put(Line("* you are away" if text else "* you are back"))
        self.numeric(conn, "306" if text else "305")

    def say_away(self, conn, text):
        conn.unattended = text == "*" and PRE_AWAY in conn.caps
        if not conn.unattended:
            self.set_away(conn.user, text, conn)
        elif not self.settle_away(conn.user, conn):
            self.confirm_away(conn, text)

    def settle_away(self, user, by=None, leaving=None):
        """The user is away with "*" when nobody is at its devices; False: nothing changed."""
        here = any(not conn.unattended for conn in user.conns if conn is not leaving)
        if here and user.away == "*":
            self.set_away(user, "", by)
        elif not here and user.away is None:
            self.set_away(user, "*", by)
        else:
            return False
        return True

    def come_to_device(self, conn):
        """At the end of its registration."""
        text = conn.early_away
        conn.unattended = text == "*" and PRE_AWAY in conn.caps
        if text is None or conn.unattended:
            self.settle_away(conn.user)
        elif text or conn.user.away is not None:
            self.set_away(conn.user, text)

    def set_name(self, conn, text):
        conn.user.real = text
        event = Event()
        self.tell(conn.user.conns, event, conn.user, "SETNAME", (text,), needs="setname")
        self.tell_of(event, conn.user, "SETNAME", (text,), needs="setname")

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
        self.tell_extended(event, user, "CHGHOST", (user.user, user.host), "chghost", old)

    def come_again(self, user, channel, event):
        """For those who know of no other way: whose host was changed joins again, as what it was."""
        conns = [c for c in self.conns_of(channel.witnesses(user)) if not c.plain]
        self.tell(conns, event, user, "JOIN", self.join_params(user, channel), lacks="chghost", apart=True)
        flags = channel.members[user]
        if flags:
            letters = "+" + "".join(f for f in "ov" if f in flags)
            names = (user.nick,) * len(flags)
            self.tell(conns, event, None, "MODE", (channel.name, letters, *names), lacks="chghost", apart=True)
        if user.away is not None:
            conns = [c for c in conns if "chghost" not in c.caps]
            self.tell(conns, event, user, "AWAY", (user.away,), needs="away-notify", apart=True)
