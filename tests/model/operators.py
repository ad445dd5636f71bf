"""The commands of operators of the server, and bans from it."""

from lines import ANY, Event, Line, body
from state import SERVER, Unordered, complete, fold, matches

OPERATOR = ("boss", "sesame")
HERE = "127.0.0.1"


class Ban:
    def __init__(self, mask, text):
        self.mask = mask  # a whole mask, account:NAME, or the address
        self.text = text  # until when, and why

    def hits_user(self, user):
        if self.mask.startswith("account:"):
            return user.account is not None and fold("account:" + user.account) == fold(self.mask)
        return "!" in self.mask and (matches(self.mask, user.mask) or matches(self.mask, user.true_mask))

    def hits(self, conn):
        if self.mask.startswith("account:"):
            return conn.own_account is not None and fold("account:" + conn.own_account) == fold(self.mask)
        if "!" in self.mask:
            return conn.user is not None and self.hits_user(conn.user)
        return conn.over == "tcp"


class Bans:
    """A part of the Model. .bans: folded mask: Ban"""

    def turn_away(self, conn, ban):
        """The connection ends. The user too, or not, as when it ends by itself."""
        self.numeric(conn, "465", text="You are banned from this server " + ban.text)
        self.end(conn, "Banned " + ban.text)

    def refuse_address(self, conn):
        ban = self.bans.get(HERE)
        if ban is None or conn.over != "tcp":
            return
        conn.put(Line(body(SERVER, "465", "*", "You are banned from this server " + ban.text)))
        self.goodbye(conn, "Banned " + ban.text)
        self.drop(conn)

    def refuse_newcomer(self, conn, mask):
        """True: nobody of this mask may come."""
        for ban in self.bans.values():
            if "!" in ban.mask and not ban.mask.startswith("account:") and matches(ban.mask, mask):
                self.turn_away(conn, ban)
                return True
        return False

    def is_banned_nick(self, user, nick):
        places = (f"{user.user}@{user.host}", f"{user.true_user}@{user.true_host}")
        masks = [ban.mask for ban in self.bans.values() if "!" in ban.mask and not ban.mask.startswith("account:")]
        return any(matches(mask, f"{nick}!{place}") for mask in masks for place in places)

    def refuse_account(self, conn, account):
        ban = self.bans.get(fold("account:" + account.name))
        if ban:
            self.turn_away(conn, ban)
        return ban is not None

    def what_to_ban(self, text):
        """The mask that stands for it; None: it is nothing."""
        if fold(text).startswith("account:"):
            return fold(text)
        if text.removeprefix("*!").removeprefix("*@") == HERE:
            return HERE
        if any(c in text for c in "!@*?."):
            return complete(text, "b")
        user = self.user(text)
        if user is None:
            return None
        over = user.conns[0].over if user.conns else "unix" if user.true_host == "localhost" else "tcp"
        return HERE if over == "tcp" else f"*!{user.true_user}@{user.true_host}"

    def tell_operators(self):
        for conn in self.conns_of(u for u in self.users.values() if "o" in u.modes):
            self.notice(conn, ANY)

    def ban(self, conn, what, text, force):
        mask = self.what_to_ban(what)
        ban = Ban(mask, text) if mask else None
        spared = [c for c in self.conns.values() if c.user and "o" in c.user.modes]
        if ban is None or (not force and any(ban.hits(c) for c in spared)):
            self.notice(conn, ANY)
            return
        self.bans[fold(mask)] = ban
        self.tell_operators()
        for number in sorted(self.conns, reverse=True):  # the latest first
            if number in self.conns and ban.hits(self.conns[number]):
                self.turn_away(self.conns[number], ban)
        with Unordered(self) as u:
            for user in list(self.users.values()):
                if not user.conns and ban.hits_user(user):
                    u.block()
                    self.tell_quit(user, "Banned " + ban.text)
                    self.forget(user)

    def unban(self, conn, what):
        mask = self.what_to_ban(what)
        if mask is None or fold(mask) not in self.bans:
            self.notice(conn, ANY)
            return
        del self.bans[fold(mask)]
        self.tell_operators()


def cmd_ban(model, conn, params, tags):
    """[--force] [duration] what [reason]"""
    words = list(params)
    if not words:
        for _ in range(len(model.bans) + 1):
            model.notice(conn, ANY)
        return
    force = words[0] == "--force" and bool(words.pop(0))
    until = ANY if words and words[0] == "1h" and words.pop(0) else None
    if not words:
        model.numeric(conn, "461", "BAN")
        return
    model.ban(conn, words[0], until or "for good: " + (" ".join(words[1:]) or "no reason given"), force)


def cmd_unban(model, conn, params, tags):
    model.unban(conn, params[0])


def cmd_oper(model, conn, params, tags):
    if (params[0], params[1]) == OPERATOR:
        model.make_operator(conn)
    else:
        model.numeric(conn, "464")


def cmd_kill(model, conn, params, tags):
    user = model.user(params[0])
    if fold(params[0]) == SERVER:
        model.numeric(conn, "483")
    elif user is None:
        model.numeric(conn, "401", params[0])
    else:
        model.kill(conn.user, user, params[1] if len(params) > 1 and params[1] else "no reason given")


def cmd_chghost(model, conn, params, tags):
    place = params[1] if len(params) > 1 else ""
    name, at, host = place.rpartition("@")
    model.change_host(conn, params[0], name if at else "", host)


def cmd_wallops(model, conn, params, tags):
    hear = [u for u in model.users.values() if "w" in u.modes]
    sentence = f"* {conn.user.nick} to all: {params[0]}"
    model.tell(model.conns_of(hear), Event(), conn.user, "WALLOPS", (params[0],), sentence)


FOR_OPERATORS = {"BAN", "CHGHOST", "KILL", "UNBAN", "WALLOPS"}
COMMANDS = {
    "BAN": cmd_ban, "CHGHOST": cmd_chghost, "KILL": cmd_kill, "OPER": cmd_oper, "UNBAN": cmd_unban,
    "WALLOPS": cmd_wallops,
}  # fmt: skip
