"""
Lines as the model expects them, and the comparison with those that came.

A line is compared in its parts: source, command and parameters joined by SEP, tags by name. A part may
end in a mark with a key behind it, for what the model cannot know:

    TEXT key   any text, but the same wherever the key is the same
    TIME key   a Unix time, likewise
    ANY        whatever stands there
"""

import re

SEP, TEXT, TIME, ANY = "\x1f", "\x02", "\x04", "\x03"
MARK = re.compile("[\x02\x03\x04]")
TIME_TAG = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MSGID = re.compile(r"[0-9a-z]{13}")
# The order of names in these lines is nobody's promise.
SORTED = {"353", "319"}
VALUED = "fkl"  # modes of channels that have a value


class Event:
    """Something that several are told of: with one time and one msgid. Numbers grow with the events."""

    __slots__ = ("number", "time", "msgid")
    count, held = 0, False  # held: their order is not known

    def __init__(self):
        Event.count += not Event.held
        self.number = Event.count
        self.time = self.msgid = None


class Line:
    """bodies: what it may be; tags: name to value, an Event for time and msgid; then(body): what was it?"""

    __slots__ = ("bodies", "tags", "then", "apart")

    def __init__(self, body, tags=None, then=None):
        self.bodies = body if isinstance(body, list) else [body]
        self.tags = tags or {}
        self.then = then
        self.apart = False

    def lines(self):
        return [self]

    def __str__(self):
        tags = ";".join(f"{k}={v if isinstance(v, str) else '?'}" for k, v in sorted(self.tags.items()))
        return (f"@{tags} " if tags else "") + " or ".join(shown(b) for b in self.bodies)


class AnyOrder:
    """Blocks of lines, each whole and in its order, that may come in any order."""

    def __init__(self, blocks):
        self.blocks = blocks

    @property
    def apart(self):
        return all(line.apart for line in self.lines())

    def lines(self):
        return [line for block in self.blocks for line in block]

    def __str__(self):
        return "in any order:\n" + "\n".join(f"    {line}" for line in self.lines())


class Greeting:
    """The lines 004 and 005: what the server can do, which is for other tests to judge."""

    tags, apart = {}, False

    def lines(self):
        return [self]

    def __str__(self):
        return "004 and 005"


def body(source, command, *params):
    return SEP.join((source, command, *params))


def shown(text):
    """A body for people to read."""
    text = re.sub(f"{TEXT}[^{SEP}]*", "<text>", text)
    text = re.sub(f"{TIME}[^{SEP}]*", "<time>", text)
    return text.replace(ANY, "<any>").replace(SEP, " ")


def tags_of(text):
    tags = {}
    for word in text.split(";"):
        key, _, value = word.partition("=")
        tags[key] = value
    return tags


def in_order(letters, values):
    """Modes and their values, by letter: another thing that is nobody's promise."""
    with_value = dict(zip([c for c in letters if c in VALUED], values))
    letters = sorted(letters.lstrip("+"))
    return ["+" + "".join(letters), *(with_value[c] for c in letters if c in with_value)]


def parse_irc(line):
    """A line of the server: its tags and its body."""
    tags, source = {}, ""
    if line.startswith("@"):
        text, _, line = line[1:].partition(" ")
        tags = tags_of(text)
    if line.startswith(":"):
        source, _, line = line[1:].partition(" ")
    head, colon, last = line.partition(" :")
    words = head.split(" ")
    if colon:
        words.append(last)
    if words[0] == "324":
        words[3:] = in_order(words[3], words[4:])
    if words[0] in SORTED:
        words[-1] = " ".join(sorted(words[-1].split(" ")))
    return tags, SEP.join([source, *words])


def parse_plain(line):
    names = re.match(r"(\* in \S+ \(\d+\): )(.*)$", line)
    if names:
        line = names.group(1) + ", ".join(sorted(names.group(2).split(", ")))
    return {}, line


class Checker:
    """What was learned of one server, and whether a line is the one that is expected."""

    def __init__(self):
        self.learned = {}
        self.msgids = []  # (event number, msgid)

    def _part(self, expected, actual, news):
        mark = MARK.search(expected)
        if mark is None:
            return expected == actual
        at = mark.start()
        if actual[:at] != expected[:at]:
            return False
        kind, key, value = expected[at], expected[at + 1 :], actual[at:]
        if kind == ANY:
            return True
        if kind == TIME and not value.isdigit():
            return False
        if value == "":
            return False
        known = self.learned.get((kind, key))
        if known is None:
            news.append(((kind, key), value))
            return True
        return known == value

    def _body(self, expected, actual, news):
        if expected == actual:
            return True
        if not MARK.search(expected):
            return False
        parts, others = expected.split(SEP), actual.split(SEP)
        return len(parts) == len(others) and all(self._part(e, a, news) for e, a in zip(parts, others))

    def _tags(self, expected, actual, news):
        if expected.keys() != actual.keys():
            return False
        for key, value in expected.items():
            other = actual[key]
            if isinstance(value, Event):
                shape = TIME_TAG if key == "time" else MSGID
                known = getattr(value, key)
                if not shape.fullmatch(other) or (known is not None and known != other):
                    return False
                news.append((value, key, other))
            elif not self._part(value, other, news):
                return False
        return True

    def fits(self, line, actual):
        """The body that fits, or None. What is learned from it is kept when it fits."""
        tags, body = actual
        for expected in line.bodies:
            news = []
            if self._body(expected, body, news) and self._tags(line.tags, tags, news):
                self._learn(news)
                if line.then:
                    line.then(expected)
                return expected
        return None

    def _learn(self, news):
        for item in news:
            if len(item) == 2:
                self.learned[item[0]] = item[1]
                continue
            event, key, value = item
            if key == "msgid" and event.msgid is None:
                self.msgids.append((event.number, value))
            setattr(event, key, value)

    def disorder(self):
        """Of two events that came one after the other, the later one has the greater msgid; else a sentence."""
        self.msgids.sort()
        for (_, a), (_, b) in zip(self.msgids, self.msgids[1:]):
            if a >= b:
                return f"the msgids {a} and {b} do not sort as their messages do"
        self.msgids = self.msgids[-1:]
        return None

    def compare(self, expected, actual):
        """None when they agree; else how many of each agree, and what was expected there."""
        at = 0
        for item in expected:
            if isinstance(item, Line):
                if at == len(actual) or self.fits(item, actual[at]) is None:
                    return at, str(item)
                at += 1
                continue
            if isinstance(item, Greeting):
                start = at
                while at < len(actual) and actual[at][1].split(SEP)[1] in ("004", "005"):
                    at += 1
                if at - start < 2:
                    return at, str(item)
                continue
            left = list(item.blocks)
            while left:
                block = next((b for b in left if at < len(actual) and self.fits(b[0], actual[at])), None)
                if block is None:
                    return at, str(AnyOrder(left))
                left.remove(block)
                at += 1
                for line in block[1:]:
                    if at == len(actual) or self.fits(line, actual[at]) is None:
                        return at, str(line)
                    at += 1
        return None if at == len(actual) else (at, "nothing more")
