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


class Batches:
    """
    Blocks of lines in one batch of the type, or spread over several of them, each about another one of the names.
    always: a batch comes even when there are no lines.
    """

    def __init__(self, kind, names, blocks, always=False):
        self.kind, self.names, self.always = kind, names, always
        self.blocks = [block for block in blocks if block]
        self.tags, self.apart = {}, False

    def lines(self):
        return [self]

    def __str__(self):
        told = [f"    {line}" for block in self.blocks for line in block]
        return "\n".join([f"{self.kind} of {' or '.join(self.names)}, in any order:", *told])


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
            at, missing = self._take(item, actual, at)
            if missing:
                return at, str(missing)
        return None if at == len(actual) else (at, "nothing more")

    def _take(self, item, actual, at):
        """How far the item reaches from there on; and what of it did not come, or None."""
        if isinstance(item, AnyOrder):
            return self._take_blocks(item.blocks, actual, at)
        if isinstance(item, Batches):
            return self._take_batches(item, actual, at)
        if isinstance(item, Greeting):
            start = at
            while at < len(actual) and actual[at][1].split(SEP)[1] in ("004", "005"):
                at += 1
            return at, None if at - start > 1 else item
        if at == len(actual) or self.fits(item, actual[at]) is None:
            return at, item
        return at + 1, None

    def _take_blocks(self, blocks, actual, at):
        left = list(blocks)
        while left:
            block = self._beginning(left, actual, at)
            if block is None:
                return at, AnyOrder(left)
            left.remove(block)
            at += 1
            for line in block[1:]:
                at, missing = self._take(line, actual, at)
                if missing:
                    return at, missing
        return at, None

    def _beginning(self, blocks, actual, at):
        """The block whose first line is there."""
        return next((b for b in blocks if at < len(actual) and self.fits(b[0], actual[at])), None)

    def _take_batches(self, item, actual, at):
        left, names, tags = list(item.blocks), list(item.names), item.tags
        empty = item.always and not left
        while left or empty:
            begin = self._batch_line("+", tags, actual, at)
            if begin is None or begin[1:] not in [[item.kind, *name.split()] for name in names]:
                return at, item
            names.remove(" ".join(begin[2:]))
            tags = {key: value for key, value in tags.items() if key != "label"}
            at += 1
            inside = []
            while at + len(inside) < len(actual) and actual[at + len(inside)][0].get("batch") == begin[0][1:]:
                found, text = actual[at + len(inside)]
                inside.append(({key: value for key, value in found.items() if key != "batch"}, text))
            there = 0
            while there < len(inside):
                block = self._beginning(left, inside, there)
                if block is None:
                    return at + there, Batches(item.kind, names, left)
                left.remove(block)
                there, missing = self._take_blocks([block], inside, there)
                if missing:
                    return at + there, missing
            at += there
            end = self._batch_line("-", tags, actual, at)
            if end is None or end != ["-" + begin[0][1:]] or not (there or empty):
                return at, Batches(item.kind, names, left)
            at += 1
            empty = False
        return at, None

    def _batch_line(self, sign, tags, actual, at):
        """The parameters of a BATCH that is there, with these tags; None: it is not."""
        if at == len(actual):
            return None
        found, text = actual[at]
        words, news = text.split(SEP), []
        found = {key: value for key, value in found.items() if key != "time"}
        if words[1] != "BATCH" or words[2][0] != sign or not self._tags(tags, found, news):
            return None
        self._learn(news)
        return words[2:]
