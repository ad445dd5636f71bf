"""Random steps that make sense where the model stands: mostly of people who are here, in channels that are there."""

import base64

from irc import CAPS, OPERATOR
from state import LOBBY, fold

NICKS = ["ann", "bob", "cyd", "dan", "eve", "fay"]
CHANNELS = ["#a", "#b", "#C", LOBBY]
PASSWORDS = {nick: f"the word of {nick}" for nick in NICKS}
MASKS = [
    "ann", "b*", "*!*@localhost", "*!~*@*", "?an", "c??!*", "*@127.0.0.1", "d*!*@*", "*!*@host.*", "EVE!*@*",
    "f*@*", "*", "m:eve", "m:*!*@localhost", "a:*", "a:ann", "c:#b", "r:b*", "m:a:b*", "m:r:*new*", "m:m:x",
]  # fmt: skip
TEXTS = ["hello", "two words", "\1ACTION waves\1", "\1VERSION\1", ":colon", "x"]
CONNECTIONS = 8


class Generator:
    def __init__(self, random, model):
        self.random, self.model = random, model
        self.waiting = []  # steps that follow
        self.next_number = 1
        self.labels = 0

    def step(self):
        if not self.waiting:
            self.waiting = list(self.next_steps())
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
        if self.chance(0.006):
            return [(conn.number, "eof", "")]
        if conn.user is None:
            return self.newcomer(conn)
        if conn.plain:
            return [(conn.number, ">", self.plain_line(conn))]
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
        lines += [f"NICK {nick}", f"USER {nick} 0 * :{nick.title()} Real"]
        if account:
            lines += self.authenticate(account)
        if caps:
            lines.append("CAP END")
        if fold(nick) not in self.model.accounts and self.chance(0.25):
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
        return {cap for cap in sorted(CAPS) if self.chance(0.5)}

    def account(self):
        """Of an account that there is, at most two of whose users are here."""
        names = [a.name for a in self.model.accounts.values()]
        return self.random.choice(names) if names else None

    def authenticate(self, account):
        password = PASSWORDS[fold(account)] if self.chance(0.95) else "wrong"
        word = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
        return ["AUTHENTICATE PLAIN", f"AUTHENTICATE {word}"]

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
        names = self.several(lambda: self.random.choice(CHANNELS))
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
        return f"MODE {nick}" + self.random.choice(["", " +i", " +B", " -i", " -B", " +w", " +iwx", " -o", " +o"])

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
        return f"WHO {what}" + self.random.choice(["", "", " o", " %tcnuhsfar,7", " %nf"])

    def line_whois(self, conn):
        return f"WHOIS {self.person()}"

    def line_list(self, conn):
        return "LIST" + self.random.choice(["", "", f" {self.channel()}", " >1", " <3", " #*", " !#a"])

    def line_ison(self, conn):
        return "ISON " + " ".join(self.person() for _ in range(3))

    def line_userhost(self, conn):
        return "USERHOST " + " ".join(self.person() for _ in range(2))

    def line_lusers(self, conn):
        return "LUSERS"

    def line_away(self, conn):
        return self.random.choice(["AWAY", "AWAY :gone fishing", "AWAY :out"])

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
        return f"REGISTER * * :{PASSWORDS.get(name, 'a word for others')}" if name in PASSWORDS else "AWAY"

    def line_sasl(self, conn):
        account = self.account()
        if account is None or "sasl" not in conn.caps or not self.may_log_in(conn, account):
            return "LUSERS"
        self.waiting.append((conn.number, ">", self.authenticate(account)[1]))
        return "AUTHENTICATE PLAIN"

    def may_log_in(self, conn, account):
        """Which of three users of one account a device would join is the server's choice."""
        users = self.model.accounts[fold(account)].users
        return len(users) < 2 or conn.user in users

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
        cap = self.random.choice(sorted(CAPS - {"sasl", "labeled-response", "batch"}))
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


LINES = [
    ("nick", 4), ("join", 14), ("part", 4), ("kick", 4), ("invite", 4), ("topic", 4), ("mode", 12), ("op", 6),
    ("usermode", 4), ("privmsg", 14), ("notice", 3), ("tagmsg", 3), ("names", 4), ("who", 6), ("whois", 6),
    ("list", 3), ("ison", 1), ("userhost", 1), ("lusers", 1), ("away", 5), ("setname", 1.5), ("quit", 0.6),
    ("oper", 1.5), ("kill", 0.4), ("chghost", 1.5), ("wallops", 0.5), ("register", 0.5), ("sasl", 0.6),
    ("nickserv", 0.6), ("knock", 2), ("monitor", 3), ("odd", 2), ("cap", 1),
]  # fmt: skip
