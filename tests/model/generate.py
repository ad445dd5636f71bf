"""Random steps that make sense where the model stands: mostly of people who are here, in channels that are there."""

import base64
import time

from irc import CAPS
from operators import HERE, OPERATOR
from state import LOBBY, fold

NICKS = ["ann", "bob", "cyd", "dan", "eve", "fay"]
CHANNELS = ["#a", "#b", "#C", LOBBY]
PASSWORDS = {nick: f"the word of {nick}" for nick in NICKS}
MASKS = [
    "ann", "b*", "*!*@localhost", "*!~*@*", "?an", "c??!*", "*@127.0.0.1", "d*!*@*", "*!*@host.*", "EVE!*@*",
    "f*@*", "*", "m:eve", "m:*!*@localhost", "a:*", "a:ann", "c:#b", "r:b*", "m:a:b*", "m:r:*new*", "m:m:x",
]  # fmt: skip
TEXTS = ["hello", "two words", "\1ACTION waves\1", "\1VERSION\1", ":colon", "x"]
NEW_NAMES = ["#d", "#E", "#f"]
CONNECTIONS = 8
KEYS = ["avatar", "im/x", "url", "url", "status", "Bad"]
BANS = ["ann!*@*", "*!~*@*", "b*", f"*@{HERE}", HERE, "*@host.example", "nobody", "*!*@*.example"]


class Generator:
    def __init__(self, random, model):
        self.random, self.model = random, model
        self.waiting = []  # steps that follow
        self.next_number = 1
        self.labels = 0

    def step(self):
        if not self.waiting:
            self.waiting = self.next_steps()
        return self.waiting.pop(0)

    def chance(self, part):
        return self.random.random() < part

    def next_steps(self):
        conns = list(self.model.conns.values())
        if len(conns) < CONNECTIONS and self.chance(0.3 if len(conns) < 5 else 0.04):
            return self.come()
        if not conns:
            return self.come()
        conn = self.random.choice(conns)
        if self.chance(0.04):
            steps = self.story(conn)
            if steps:
                return steps
        if self.chance(0.006):
            return [(conn.number, "eof", "")]
        if conn.user is None:
            return self.newcomer(conn)
        if conn.plain:
            return [(conn.number, ">", self.plain_line(conn))]
        if self.chance(0.008):
            return self.log_in(conn)
        if self.model.bans and self.chance(0.1):
            return [self.lift_ban(conn)]
        count = self.random.choice((1, 1, 1, 2, 3, 4))
        steps = [(conn.number, ">>", self.irc_line(conn)) for _ in range(count)]
        steps[-1] = (conn.number, ">", steps[-1][2])
        return steps

    # ---- coming ----------------------------------------------------------------------------------

    def come(self):
        number, self.next_number = self.next_number, self.next_number + 1
        over = self.random.choice(("unix", "tcp"))
        steps = [(number, "connect", over)]
        nick = self.nick()
        if self.chance(0.25):
            return [*steps, (number, ">", nick)]
        lines = []
        caps = self.caps()
        account = self.account() if self.chance(0.4) else None
        if account:
            caps.add("sasl")
        if caps:
            lines.append("CAP REQ :" + " ".join(sorted(caps)))
        if "draft/metadata-3" in caps and self.chance(0.7):
            lines.append("METADATA * SUB " + " ".join(self.keys()))
            if self.chance(0.5):
                lines.append(f"METADATA * SET {self.random.choice(KEYS)} :early")
        if "draft/pre-away" in caps and self.chance(0.4):
            lines.append(self.random.choice(["AWAY *", "AWAY *", "AWAY :gone", "AWAY"]))
        lines += [f"NICK {nick}", f"USER {nick} 0 * :{nick.title()} Real"]
        if account:
            lines += self.authenticate(account)
        if caps:
            lines.append("CAP END")
        if fold(nick) not in self.model.accounts and self.chance(0.4):
            lines.append(f"REGISTER * * :{PASSWORDS[fold(nick)]}")
        if self.chance(0.3):
            lines.append("NS SET ALWAYS-ON yes")
        if self.chance(0.7):
            lines.append("JOIN " + ",".join(CHANNELS[: self.random.randrange(1, 4)]))
        return steps + [(number, ">>", line) for line in lines[:-1]] + [(number, ">", lines[-1])]

    def newcomer(self, conn):
        """Somebody whose nick was refused."""
        if conn.plain:
            if conn.asked_account:
                return [(conn.number, ">", PASSWORDS.get(fold(conn.nick), "?") if self.chance(0.8) else "wrong")]
            return [(conn.number, ">", self.nick() if self.chance(0.9) else "not a name")]
        if conn.negotiating:
            return [(conn.number, ">", "CAP END")]
        return [(conn.number, ">", f"NICK {self.nick()}{self.random.randrange(10)}")]

    def caps(self):
        kind = self.random.randrange(4)
        if kind == 0:
            return set()
        if kind == 1:
            return set(CAPS)
        caps = {cap for cap in sorted(CAPS) if self.chance(0.5)}
        return caps | ({"batch"} if "draft/metadata-3" in caps else set())

    def account(self):
        """Of an account that there is, at most two of whose users are here."""
        names = [a.name for a in self.model.accounts.values()]
        return self.random.choice(names) if names else None

    def authenticate(self, account):
        password = PASSWORDS[fold(account)] if self.chance(0.95) else "wrong"
        word = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
        return ["AUTHENTICATE PLAIN", f"AUTHENTICATE {word}"]

    def log_in(self, conn):
        account = self.account()
        if account is None or not self.may_log_in(conn, account):
            return [(conn.number, ">", "LUSERS")]
        first, second = self.authenticate(account)
        return [(conn.number, ">>", first), (conn.number, ">", second)]

    def may_log_in(self, conn, account):
        """Which of three users of one account a device would join is the server's choice."""
        users = self.model.accounts[fold(account)].users
        return len(users) < 2 or conn.user in users

    def lift_ban(self, conn):
        """By an operator when there is one; else there is one next time."""
        bosses = [c for c in self.model.conns.values() if c.user and not c.plain and "o" in c.user.modes]
        if not bosses:
            return (conn.number, ">", " ".join(("OPER", *OPERATOR)))
        ban = self.random.choice(list(self.model.bans.values()))
        return (self.random.choice(bosses).number, ">", f"UNBAN {ban.mask}")

    # ---- stories: what would seldom follow each other by chance ------------------------------------

    def story(self, conn):
        others = [c for c in self.model.conns.values() if c.user and not c.plain and c is not conn]
        if not others or conn.user is None or conn.plain:
            return []
        lines = self.random.choice(STORIES)(self, conn, self.random.choice(others))
        return [(who.number, ">", line) for who, line in lines]

    def story_renamed(self, conn, other):
        """What the channel had it has by its new name."""
        rulers = [(c, ch) for c in (conn, other) for ch in c.user.channels if "o" in ch.members[c.user]]
        rulers = [(c, ch.name) for c, ch in rulers if not ch.renamed]
        free = [n for n in [*CHANNELS, *NEW_NAMES] if not self.model.channel(n)]
        if not rulers or not free:
            return
        who, name = self.random.choice(rulers)
        conn, other = (conn, other) if who is conn else (other, conn)
        forwards, new = self.ruled(conn), self.random.choice(free)
        what = self.random.choice(["+k key", "+m", "+l 3", "+b eve", "+s", "+u", "+I ann"])
        yield conn, f"MODE {name} {what}"
        yield conn, f"MODE {forwards} +f {name}"
        if self.random.choice((0, 1)):
            yield conn, f"INVITE {other.user.nick} {name}"
        yield conn, f"RENAME {name} {new}"
        yield conn, f"MODE {new}"
        yield conn, f"MODE {new} {self.random.choice('beI')}"
        yield other, self.random.choice([f"MODE {forwards}", f"JOIN {new}", "INVITE"])

    def story_watched(self, conn, other):
        """Who watches somebody hears of the metadata."""
        for who in (conn, other):
            if "draft/metadata-3" not in who.caps:
                yield who, "CAP REQ :batch draft/metadata-3"
        key = self.random.choice(KEYS)
        yield conn, f"METADATA * SUB {key} url"
        yield conn, self.random.choice([f"MONITOR + {other.user.nick}", f"JOIN {self.channel(other)}"])
        yield other, f"METADATA * SET {key} :for {conn.user.nick}"
        yield conn, self.random.choice([f"METADATA {other.user.nick} LIST", f"MONITOR - {other.user.nick}", "LUSERS"])
        yield other, self.random.choice(["METADATA * CLEAR", f"METADATA * SET {key}", f"METADATA * SET {key} :again"])

    def story_accepted(self, conn, other):
        """Who was accepted, and who is not any more, writes."""
        one, two = conn.user.nick, other.user.nick
        yield conn, f"MODE {one} {self.random.choice(['+g', '+g', '+R', '+gR'])}"
        yield conn, self.random.choice([f"ACCEPT {two}", f"ACCEPT {two}", f"PRIVMSG {two} :hello", f"ACCEPT -{two}"])
        yield other, f"PRIVMSG {one} :{self.text()}"
        yield other, self.random.choice([f"NICK {self.nick()}", "NS LOGOUT", "LUSERS"])
        yield other, f"{self.random.choice(['PRIVMSG', 'NOTICE'])} {one} :{self.text()}"

    def story_disguised(self, conn, other):
        """Where somebody is from in truth is not for everybody."""
        yield other, " ".join(("OPER", *OPERATOR))
        yield other, f"CHGHOST {self.person()} host.example"
        nick = self.person()
        yield conn, self.random.choice([f"USERIP {nick}", f"WHO {nick} %ni", f"WHOIS {nick}"])

    def story_registered(self, conn, other):
        """Operators by account, and what stays when nobody is in it."""
        name = self.ruled(conn)
        for who in (conn, other):
            if not who.user.account and fold(who.user.nick) in PASSWORDS:
                yield who, f"REGISTER * * :{PASSWORDS[fold(who.user.nick)]}"
        yield conn, f"CS REGISTER {name}"
        yield conn, f"CS AOP {name} ADD {other.user.account or other.user.nick}"
        yield conn, f"MODE {name} {self.random.choice(['+i', '+k key', '+b *!*@*', '+s', '-t'])}"
        for who in self.random.sample((conn, other), self.random.choice((1, 2))):
            yield who, f"PART {name}"
        yield self.random.choice((conn, other)), f"JOIN {name}"
        yield other, self.random.choice([f"CS OP {name}", f"MODE {name}", f"NAMES {name}", f"KNOCK {name}"])

    # ---- words -----------------------------------------------------------------------------------

    def nick(self):
        nick = self.random.choice(NICKS)
        return nick.upper() if self.chance(0.05) else nick

    def person(self):
        """A nick, mostly of somebody who is here."""
        users = list(self.model.users.values())
        if users and self.chance(0.9):
            return self.random.choice(users).nick
        return self.nick()

    def channel(self, conn=None):
        """A channel, mostly one that they are in."""
        if conn and conn.user.channels and self.chance(0.7):
            name = self.random.choice(conn.user.channels).name
        else:
            name = self.random.choice(CHANNELS)
        return name.swapcase() if self.chance(0.05) else name

    def ruled(self, conn):
        """A channel, mostly one that they are operator of."""
        own = [c.name for c in conn.user.channels if "o" in c.members[conn.user]]
        return self.random.choice(own) if own and self.chance(0.85) else self.channel(conn)

    def target(self, conn):
        if self.chance(0.6):
            return self.random.choice(["", "", "", "@", "+"]) + self.channel(conn)
        return self.person()

    def several(self, one):
        return ",".join(one() for _ in range(self.random.choice((1, 1, 1, 2, 3))))

    def text(self):
        return self.random.choice(TEXTS)

    # ---- lines -----------------------------------------------------------------------------------

    def irc_line(self, conn):
        names, weights = zip(*LINES)
        line = None
        while line is None:  # there is nothing sensible of that kind
            line = getattr(self, "line_" + self.random.choices(names, weights)[0])(conn)
        tags = []
        if "labeled-response" in conn.caps and self.chance(0.4):
            self.labels += 1
            tags.append(f"label=L{self.labels}")
        if line.split()[0] in ("PRIVMSG", "NOTICE", "TAGMSG") and self.chance(0.4):
            tags.append("+draft/react=x")
        return (f"@{';'.join(tags)} " if tags else "") + line

    def line_nick(self, conn):
        return f"NICK {self.nick()}" if self.chance(0.95) else self.random.choice(["NICK", "NICK 1x", "NICK #a"])

    def line_join(self, conn):
        if self.chance(0.05):
            return "JOIN 0"
        names = self.several(lambda: self.random.choice(CHANNELS if self.chance(0.9) else NEW_NAMES))
        return f"JOIN {names}" + (" key" if self.chance(0.4) else "")

    def line_part(self, conn):
        return f"PART {self.several(lambda: self.channel(conn))}" + (" :bye" if self.chance(0.5) else "")

    def line_kick(self, conn):
        return f"KICK {self.ruled(conn)} {self.several(self.person)}" + (" :out with you" if self.chance(0.5) else "")

    def line_invite(self, conn):
        if self.chance(0.15):
            return "INVITE"
        return f"INVITE {self.person()} {self.ruled(conn)}"

    def line_knock(self, conn):
        return f"KNOCK {self.channel()}" + self.random.choice(["", " :let me in"])

    def line_monitor(self, conn):
        nicks = ",".join(self.random.choice(NICKS) for _ in range(3))
        return "MONITOR " + self.random.choice([f"+ {nicks}", f"+ {nicks}", f"- {nicks}", "C", "L", "S"])

    def keys(self):
        return self.random.choices(KEYS, k=self.random.choice((1, 1, 2, 3)))

    def line_metadata(self, conn):
        if "draft/metadata-3" not in conn.caps and self.chance(0.9):
            return None
        kind = self.random.randrange(20)
        if kind < 5:
            return f"METADATA * SUB {' '.join(self.keys())}"
        if kind == 5:
            return self.random.choice(["METADATA * SUBS", f"METADATA * UNSUB {' '.join(self.keys())}"])
        if kind < 14:
            target = self.random.choice(["*", "*", self.ruled(conn), self.ruled(conn), self.person()])
            value = self.random.choice(["", " :one", " :two words", " :", " three"])
            return f"METADATA {target} SET {self.random.choice(KEYS)}{value}"
        target = self.random.choice(["*", self.channel(conn), self.person()])
        verb = self.random.choice(["LIST", "LIST", "CLEAR", "SYNC", "SYNC", f"GET {' '.join(self.keys()).lower()}"])
        return f"METADATA {target} {verb}"

    def line_accept(self, conn):
        nicks = self.several(lambda: self.random.choice(["", "", "-"]) + self.person())
        return self.random.choice(["ACCEPT", "ACCEPT *", f"ACCEPT {nicks}", f"ACCEPT {nicks}", f"ACCEPT {nicks}"])

    def line_rename(self, conn):
        name = self.ruled(conn)
        channel = self.model.channel(name)
        if channel and channel.renamed and time.monotonic() - channel.renamed > 4:
            return None  # whether it may be renamed again is soon a question of time
        new = self.random.choice([*NEW_NAMES, "#B", name.swapcase(), self.random.choice(CHANNELS), "x"])
        return f"RENAME {name} {new}" + self.random.choice(["", " :for a reason"])

    def line_chanserv(self, conn):
        if conn.user.account is None and self.chance(0.8):
            return None
        to, name = self.random.choice(["CS ", "PRIVMSG ChanServ :"]), self.ruled(conn)
        account = self.account() or "ann"
        what = self.random.choice([
            f"REGISTER {name}", f"REGISTER {name}", f"AOP {name} ADD {account}", f"AOP {name} ADD {account}",
            f"AOP {name} DEL {account}", f"AOP {name} LIST", f"OP {name}", f"OP {name}", f"INFO {name}",
        ])  # fmt: skip
        return to + (what if self.chance(0.95) else f"DROP {name}")

    def line_ban(self, conn):
        if "o" not in conn.user.modes and self.chance(0.9):
            return None
        if self.model.bans and self.chance(0.6):
            return self.random.choice(["BAN", "UNBAN nobody", "BAN account:eve"])
        what = self.random.choice([*BANS, f"account:{self.nick()}", f"account:{self.nick()}", self.person()])
        force, until = self.random.choice(["", "--force "]), self.random.choice(["", "1h "])
        return f"BAN {force}{until}{what}" + self.random.choice(["", " :go away"])

    def line_topic(self, conn):
        return f"TOPIC {self.ruled(conn)}" + self.random.choice(["", " :a topic", " :another", " :"])

    def line_mode(self, conn):
        if self.chance(0.1):
            return f"MODE {self.channel(conn)}"
        letters, params = "", []
        for _ in range(self.random.choice((1, 1, 2, 3, 4))):
            letters += self.random.choice(["+", "+", "-"])
            letter = self.random.choice("bbbeIIklfimnstuuCKMRUoovvvx")
            letters += letter
            if letter in "beI" and self.chance(0.85):
                params.append(self.random.choice(MASKS))
            elif letter in "ov" and self.chance(0.97):
                params.append(self.person())
            elif letter == "k":
                params.append(self.random.choice(["key", "key", "lock"]))
            elif letter == "f" and letters[-2] == "+":
                params.append(self.channel(conn))
            elif letter == "l" and letters[-2] == "+":
                params.append(self.random.choice(["1", "2", "3", "05", "x"]))
        return f"MODE {self.ruled(conn)} {letters} {' '.join(params)}".rstrip()

    def line_op(self, conn):
        """Somebody gets on in the world, so that there are operators."""
        ban = f"+b {self.random.choice(MASKS)}"
        what = self.random.choice(["+o", "+v", "-i", "-k x", "-l", "-b *", "+s", "+s-k x", ban])
        return f"MODE {self.ruled(conn)} {what} {self.person()}"

    def line_usermode(self, conn):
        nick = conn.user.nick if self.chance(0.9) else self.person()
        return f"MODE {nick}" + self.random.choice([
            "", " +i", " +B", " -i", " -B", " +w", " +iwx", " -o", " +o", " +g", " +g", " -g", " +R", " -R", " +T",
            " -T",
        ])  # fmt: skip

    def line_privmsg(self, conn):
        return f"PRIVMSG {self.several(lambda: self.target(conn))} :{self.text()}"

    def line_notice(self, conn):
        return f"NOTICE {self.several(lambda: self.target(conn))} :{self.text()}"

    def line_tagmsg(self, conn):
        return f"TAGMSG {self.several(lambda: self.target(conn))}"

    def line_names(self, conn):
        return self.random.choice(["NAMES", f"NAMES {self.channel()}", f"NAMES {self.channel()},{self.channel()}"])

    def line_who(self, conn):
        what = self.random.choice([self.channel(), self.channel(conn), self.person(), "*", "b*", "*host", "0"])
        return f"WHO {what}" + self.random.choice(["", "", " o", " %tcnuihsfar,7", " %nfi"])

    def line_whois(self, conn):
        return f"WHOIS {self.person()}"

    def line_list(self, conn):
        return "LIST" + self.random.choice(["", "", f" {self.channel()}", " >1", " <3", " #*", " !#a"])

    def line_ison(self, conn):
        return "ISON " + " ".join(self.person() for _ in range(3))

    def line_userhost(self, conn):
        return "USERHOST " + " ".join(self.person() for _ in range(2))

    def line_userip(self, conn):
        return "USERIP " + " ".join(self.person() for _ in range(2))

    def line_lusers(self, conn):
        return "LUSERS"

    def line_away(self, conn):
        return self.random.choice(["AWAY", "AWAY", "AWAY :gone fishing", "AWAY :out", "AWAY *", "AWAY *"])

    def line_setname(self, conn):
        return f"SETNAME :{self.random.choice(['New Name', 'Old Name', ''])}"

    def line_quit(self, conn):
        return self.random.choice(["QUIT", "QUIT :see you"])

    def line_oper(self, conn):
        return f"OPER {OPERATOR[0]} {OPERATOR[1] if self.chance(0.9) else 'wrong'}"

    def line_kill(self, conn):
        return f"KILL {self.person()} :be gone"

    def line_chghost(self, conn):
        host = self.random.choice(["", " host.example", " other.example", " me@host.example"])
        return f"CHGHOST {self.person()}{host}"

    def line_wallops(self, conn):
        return "WALLOPS :to all of you"

    def line_register(self, conn):
        name = fold(conn.user.nick)
        return f"REGISTER * * :{PASSWORDS[name]}" if name in PASSWORDS and not conn.user.account else None

    def line_nickserv(self, conn):
        to = self.random.choice(["NS ", "PRIVMSG NickServ :"])
        what = self.random.choice(["LOGOUT", "SET ALWAYS-ON yes", "SET ALWAYS-ON yes", "SET ALWAYS-ON no"])
        return to + what

    def line_odd(self, conn):
        """What is wrong in itself."""
        return self.random.choice([
            "FROBNICATE", "JOIN", "KICK #a", "PRIVMSG", "PRIVMSG #a", "NOTICE", "TOPIC", "USER a b c d",
            "JOIN nochannel", "MODE nobody", "PART #nowhere", "PRIVMSG nobody :x", "WHOIS", "NICK", "PING",
            "PRIVMSG a,b,c,d,e,f,g,h,i,j,k,l :x", "CAP REQ :nonsense", "MODE #a +bbbbbbb a b c d e f g",
        ])  # fmt: skip

    def line_cap(self, conn):
        fixed = {"sasl", "labeled-response", "batch"} | (set() if "batch" in conn.caps else {"draft/metadata-3"})
        cap = self.random.choice(sorted(CAPS - fixed))
        return f"CAP REQ :{'-' if cap in conn.caps else ''}{cap}"

    def plain_line(self, conn):
        kind = self.random.randrange(20)
        if kind < 6:
            return self.text().replace("\1", "")
        if kind == 6:
            return "/quit" if self.chance(0.3) else "/names"
        rest = {
            7: f"@{self.person()} {self.text()}", 8: f"/join {self.channel()}", 9: f"/join {self.channel()}",
            10: "/part", 11: f"/names {self.channel()}", 12: "/me waves", 13: f"/nick {self.nick()}",
            14: f"/topic{self.random.choice(['', ' a plain topic'])}", 15: f"/who {self.person()}",
            16: f"/away{self.random.choice(['', ' gone'])}", 17: "/list", 18: f"/msg {self.person()} psst", 19: "//x",
        }  # fmt: skip
        return rest[kind]


STORIES = [
    Generator.story_renamed, Generator.story_renamed, Generator.story_watched, Generator.story_accepted,
    Generator.story_registered, Generator.story_disguised,
]  # fmt: skip
LINES = [
    ("nick", 4), ("join", 14), ("part", 4), ("kick", 4), ("invite", 4), ("topic", 4), ("mode", 12), ("op", 6),
    ("usermode", 5), ("privmsg", 16), ("notice", 3), ("tagmsg", 3), ("names", 4), ("who", 6), ("whois", 6),
    ("list", 3), ("ison", 1), ("userhost", 1), ("userip", 0.7), ("lusers", 1), ("away", 5), ("setname", 1.5),
    ("quit", 0.6), ("oper", 2), ("kill", 0.4), ("chghost", 1.5), ("wallops", 0.5), ("ban", 2), ("register", 2),
    ("nickserv", 0.6), ("chanserv", 8), ("rename", 3), ("knock", 2), ("monitor", 3), ("metadata", 18),
    ("accept", 4), ("odd", 2), ("cap", 1),
]  # fmt: skip
