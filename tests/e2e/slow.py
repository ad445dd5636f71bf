"""What the tests of slow readers share: messages with numbers, and somebody who does not read them."""

import re

TEXT = "x" * 300


def numbered(lines, channel="#x"):
    """The numbers of the messages to the channel."""
    found = [re.search(rf"(?: PRIVMSG {channel} :|^ada: )(\d+) x", x) for x in lines]
    return [int(m.group(1)) for m in found if m]


def is_behind(s, *nicks):
    return all(f"event=behind nick={nick} " in str(s.err) for nick in nicks)


def until_behind(s, ada, *nicks):
    """Ada talks until they have fallen behind; how many messages that took."""
    sent = 0
    while not is_behind(s, *nicks):
        sent = say(ada, sent, 100)
        assert sent < 100_000
    return sent


def say(ada, start, count, channel="#x"):
    ada.ask(*(f"PRIVMSG {channel} :{start + i} {TEXT}" for i in range(count)))
    return start + count
