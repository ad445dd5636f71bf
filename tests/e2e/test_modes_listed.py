"""The modes that 004 and 005 list are exactly those that work."""

import re
import string

import pytest

from harness import parse


@pytest.fixture
def ada(server):
    s = server("--input-rate", "0")
    s.bob = s.irc("bob", channel="#x")
    ada = s.irc("ada", channel="#y")
    ada.server = s
    return ada


def listed(client):
    """Of 004: user modes, channel modes, those with a parameter; of 005: CHANMODES and PREFIX."""
    lines = [parse(line) for line in client.seen]
    myinfo = next(m.params for m in lines if m.command == "004")
    tokens = dict(t.partition("=")[::2] for m in lines if m.command == "005" for t in m.params[1:-1])
    return myinfo[3:6], tokens["CHANMODES"].split(","), re.fullmatch(r"\((\w+)\)(\W+)", tokens["PREFIX"])


def test_they_agree(ada):
    (_, channel, with_value), (lists, value, setting, flags), prefix = listed(ada)
    assert set(channel) == set(lists + value + setting + flags + prefix.group(1))
    assert set(with_value) == set(lists + value + setting + prefix.group(1))
    for letters in (channel, with_value):
        assert len(set(letters)) == len(letters)
    assert len(prefix.group(1)) == len(prefix.group(2))


def test_modes_of_users(ada):
    (users, _, _), _, _ = listed(ada)
    for letter in string.ascii_letters:
        seen = ada.answers(f"MODE ada +{letter}", f"MODE ada -{letter}")
        if letter == "o":
            assert seen == [], "OPER alone sets it"
        elif letter in users:
            assert seen == [["MODE", "ada", f"+{letter}"], ["MODE", "ada", f"-{letter}"]]
        else:
            assert [a[0] for a in seen] == ["501", "501"], letter


def test_modes_of_channels(ada):
    _, (lists, value, setting, flags), prefix = listed(ada)
    needed = dict.fromkeys(lists, "x!*@*") | {"k": "key", "l": "7", "f": "#z"}
    needed |= dict.fromkeys(prefix.group(1), "bob")
    bob = ada.server.bob
    bob.ask("JOIN #y")
    ada.ask("JOIN #z")
    for letter in string.ascii_letters:
        words = f" {needed[letter]}" if letter in needed else ""
        off = words if letter in lists + value + prefix.group(1) else ""
        on, back = f"MODE #y +{letter}{words}", f"MODE #y -{letter}{off}"
        seen = [a[:3] for a in ada.answers(*([back, on] if letter in "nt" else [on, back]))]
        if letter in lists + value + setting + flags + prefix.group(1):
            assert sorted(a[2] for a in seen) == [f"+{letter}", f"-{letter}"], letter
        else:
            assert [a[:2] for a in seen] == [["472", letter]] * 2, letter
