"""What there is in the chat, as the model sees it: connections, users, channels, accounts."""

import functools
import re

from lines import AnyOrder, Event

SERVER = "irc.test"
LOBBY = "#lobby"


def fold(name):
    """CASEMAPPING=ascii; the names of these tests are ASCII."""
    return name.lower()


@functools.lru_cache(maxsize=None)
def _pattern(mask):
    text = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in fold(mask))
    return re.compile(text, re.S)


def matches(mask, text):
    return _pattern(mask).fullmatch(fold(text)) is not None


def complete(mask, letter):
    """A mask as a list holds it: with all of its three parts, or an extended one. None: it is none."""
    kind = mask[:2] if len(mask) > 2 else ""
    if kind in ("a:", "c:", "r:"):
        return mask
    if kind == "m:":
        rest = complete(mask[2:], letter)
        return None if rest is None or letter == "I" or rest.startswith("m:") else "m:" + rest
    nick, user, host = "", "", ""
    if "!" in mask:
        nick, _, rest = mask.partition("!")
        user, _, host = rest.partition("@")
    elif "@" in mask:
        user, _, host = mask.partition("@")
    elif "." in mask or ":" in mask:
        host = mask
    else:
        nick = mask
    return f"{nick or '*'}!{user or '*'}@{host or '*'}"


def valid_nick(nick):
    if not nick or len(nick) > 32 or any(c in ",*?!@. " for c in nick):
        return False
    return not (nick[0].isdigit() or nick[0] in "-#&:+%~$")


class Account:
    def __init__(self, name, password):
        self.name, self.password = name, password
        self.always_on = False
        self.metadata = {}
        self.users = []  # in the order in which they logged in


class User:
    def __init__(self, nick, user, host, real):
        self.nick, self.real = nick, real
        self.user = self.true_user = user
        self.host = self.true_host = host
        self.account = None
        self.away = None
        self.modes = set()
        self.channels = []
        self.invitations = []  # channels, the latest first
        self.conns = []  # its devices, the latest first
        self.metadata = {}  # while it has no account
        self.accepted = []  # who may write to it in spite of modes g and R
        self.called = False  # it was told of somebody who may not, this minute

    @property
    def mask(self):
        return f"{self.nick}!{self.user}@{self.host}"

    @property
    def true_mask(self):
        return f"{self.nick}!{self.true_user}@{self.true_host}"

    @property
    def disguised(self):
        return (self.user, self.host) != (self.true_user, self.true_host)

    def may_see(self, other):
        """Whether they share a channel, and this one may know it."""
        return any(other in c.members and c.shows(other, self) for c in self.channels)

    def accepts(self, other):
        return next((a for a in self.accepted if a.is_about(other)), None)

    def address_shown_to(self, asker):
        if self.disguised and asker is not self and "o" not in asker.modes:
            return "255.255.255.255"
        return "127.0.0.1" if self.true_host == "localhost" else self.true_host

    def is_listed(self, masks, speaking):
        """speaking: mutes, too."""
        return any(self.fits(mask, speaking) for mask in masks)

    def fits(self, mask, speaking):
        kind, rest = mask[:2], mask[2:]
        if kind == "m:":
            return speaking and self.fits(rest, speaking)
        if kind == "a:":
            return self.account is not None and matches(rest, self.account)
        if kind == "c:":
            return any(matches(rest, c.name) for c in self.channels if "s" not in c.modes)
        if kind == "r:":
            return matches(rest, self.real)
        return matches(mask, self.mask) or matches(mask, self.true_mask)


class Accepted:
    """Whom somebody lets write: an account when there is one, else this user until it leaves."""

    def __init__(self, other, unasked):
        self.user = None if other.account else other
        self.name = other.account or other.nick
        self.unasked = unasked  # it may only answer

    def is_about(self, other):
        if self.user:
            return other is self.user
        return other.account is not None and fold(other.account) == fold(self.name)


class Channel:
    count = 0

    def __init__(self, name):
        Channel.count += 1
        self.number = Channel.count
        self.name = name
        self.modes = {"n", "t"}
        self.key = self.limit = self.topic = self.topic_by = self.forward = None
        self.topics = 0
        self.founder = None  # the name of an account, of a registered one
        self.operators = {}  # by account: folded name: name
        self.metadata = {}
        self.renamed = None  # when
        self.members = {}  # user: set of "o", "v"
        self.lists = {"b": {}, "e": {}, "I": {}}  # folded mask: (mask, by, a number of its own)

    def masks(self, letter):
        return [mask for mask, _, _ in self.lists[letter].values()]

    def bans(self, user, speaking):
        return user.is_listed(self.masks("b"), speaking) and not user.is_listed(self.masks("e"), speaking)

    def belongs_to(self, user):
        return bool(self.founder and user.account and fold(user.account) == fold(self.founder))

    def trusts(self, user):
        """The account makes it an operator."""
        if not self.founder or not user.account:
            return False
        return self.belongs_to(user) or fold(user.account) in self.operators

    def visible_to(self, user):
        return "s" not in self.modes or user in self.members

    def hides(self, user):
        """An auditorium: who has no voice is not seen to be there."""
        return "u" in self.modes and not self.members[user]

    def shows(self, user, to):
        """Whether `to` may know that the user is in it."""
        return not self.hides(user) or "o" in self.members.get(to, ())

    def witnesses(self, user):
        """Which others see the user come, go and change."""
        return [u for u in self.members if u is not user and self.shows(user, u)]

    def prefixes(self, user, every):
        flags = self.members[user]
        found = ("@" if "o" in flags else "") + ("+" if "v" in flags else "")
        return found if every else found[:1]


class Conn:
    """A connection: what it is to get next is appended to .out."""

    def __init__(self, model, number, over):
        self.model, self.number, self.over = model, number, over
        self.dialect = None
        self.caps = set()
        self.user = None
        self.nick = self.name = self.real = self.account = None  # before it is registered
        self.negotiating = self.nick_taken = False
        self.sasl = None
        self.target = None  # of a plain one: the channel that it speaks in
        self.asked_account = False
        self.closed = False
        self.out = []
        self.watched = {}  # MONITOR: folded nick: as it was asked for
        self.subscribed = set()  # METADATA: keys
        self.early_away = None  # what it said of itself before
        self.unattended = False  # nobody is there
        self.early = {}  # METADATA, before it is registered
        self.gathered = None  # of a labelled command

    @property
    def plain(self):
        return self.dialect == "plain"

    @property
    def host(self):
        return "localhost" if self.over == "unix" else "127.0.0.1"

    @property
    def shown_nick(self):
        return self.user.nick if self.user else self.nick or "*"

    @property
    def own_account(self):
        return self.user.account if self.user else self.account

    def owns(self, account):
        return self.own_account is not None and fold(self.own_account) == fold(account)

    def put(self, line, apart=False):
        if self.closed:
            return
        for one in line.lines():
            one.apart = apart
        to = self.out if self.gathered is None else self.gathered
        if self.model.blocks is None:
            to.append(line)
        else:
            self.model.blocks.append((self.model.block, id(to), to, line))


class Unordered:
    """
    with Unordered(model) as u: for …: u.block(); … — what is told in one block stays together, but the
    order of the blocks is the server's affair.
    """

    def __init__(self, model):
        self.model = model

    def __enter__(self):
        self.model.blocks, self.model.block = [], 0
        Event.count, Event.held = Event.count + 1, True
        return self

    def block(self):
        self.model.block += 1

    def __exit__(self, *_):
        told, self.model.blocks = self.model.blocks, None
        Event.held = False
        places = {}
        for block, place, to, line in told:
            places.setdefault(place, (to, {}))[1].setdefault(block, []).append(line)
        for to, blocks in places.values():
            if len(blocks) == 1:
                to.extend(next(iter(blocks.values())))
            else:
                to.append(AnyOrder(list(blocks.values())))


def lines_in(items):
    return [line for item in items for line in item.lines()]
