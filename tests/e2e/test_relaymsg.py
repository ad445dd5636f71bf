"""RELAYMSG: what people said elsewhere, told by a bridge (draft/relaymsg)."""

import os

import pytest

from accounts import values
from harness import commands, parse

TAG = "draft/relaymsg"


@pytest.fixture
def s(server):
    """A bridge that is operator of #x, somebody who knows of bridges, and somebody who doesn't."""
    result = server("--unix-operator", str(os.geteuid()), "--show-messages")
    result.bridge = result.irc("bridge", over="tcp", caps="echo-message batch", channel="#x")
    result.ada = result.irc("ada", over="tcp", caps=f"{TAG} account-tag draft/chathistory batch", channel="#x")
    result.bob = result.irc("bob", over="tcp", channel="#x")
    result.bridge.ask("MODE bridge +B")
    for client in (result.bridge, result.ada, result.bob):
        client.sync()
    return result


def said(client):
    return [(m.nick, *m.params) for m in map(parse, client.sync()) if m.command == "PRIVMSG"]


def test_it_comes_from_somebody_elsewhere(s):
    assert values(s.bob)[TAG] == "/"
    pat = s.plain("pat")
    pat.send("/join #x")
    pat.expect("in #x")
    s.bridge.sync()
    (echo,) = s.bridge.ask("RELAYMSG #x eve/matrix :hello there")
    assert parse(echo).nick == "eve/matrix" and parse(echo).params == ["#x", "hello there"]
    (line,) = [x for x in s.ada.sync() if " PRIVMSG " in x]
    assert parse(line).tags == {TAG: "bridge"}
    assert line.split(":", 1)[1].split()[0] == s.bridge.ask("PRIVMSG #x :mine")[0].split()[0][1:].replace(
        "bridge!", "eve/matrix!"
    )
    assert said(s.bob) == [("eve/matrix", "#x", "hello there"), ("bridge", "#x", "mine")]
    pat.expect(r"^#x eve/matrix: hello there$")
    s.out.wait(r"^eve/matrix -> #x: hello there$")
    s.ada.ask("CAP REQ message-tags")
    s.bridge.ask("RELAYMSG #x eve/matrix :again")
    (line,) = [x for x in s.ada.sync() if " PRIVMSG " in x]
    assert set(parse(line).tags) == {TAG, "msgid"}
    lines = [x for x in s.ada.ask("CHATHISTORY LATEST #x * 10") if " PRIVMSG " in x]
    assert [(parse(x).nick, parse(x).tags.get(TAG)) for x in lines] == [
        ("eve/matrix", "bridge"),
        ("bridge", None),
        ("eve/matrix", "bridge"),
    ]


@pytest.mark.parametrize(
    "line, answer",
    [
        ("#x nick :hi", ["FAIL", "RELAYMSG", "INVALID_NICK"]),
        ("#x a!b/c :hi", ["FAIL", "RELAYMSG", "INVALID_NICK"]),
        ("#x : :hi", ["461", "RELAYMSG"]),
        ("#x eve/m :", ["FAIL", "RELAYMSG", "BLANK_MSG"]),
        ("#none eve/m :hi", ["403", "#none"]),
        ("ada eve/m :hi", ["403", "ada"]),
        ("#x eve/m", ["461", "RELAYMSG"]),
    ],
)
def test_refused(s, line, answer):
    assert s.bridge.answers(f"RELAYMSG {line}")[0][: len(answer)] == answer
    assert said(s.bob) == []


def test_for_operators_alone(s):
    """Of the channel, or of the server, from outside too; a secret channel is not told of."""
    assert s.bob.answers("RELAYMSG #x eve/m :hi")[0][:3] == ["FAIL", "RELAYMSG", "PRIVS_NEEDED"]
    s.bridge.ask("MODE #x +v bob")
    assert s.bob.answers("RELAYMSG #x eve/m :hi")[-1][:3] == ["FAIL", "RELAYMSG", "PRIVS_NEEDED"]
    s.bridge.ask("MODE #x +snm")
    assert s.irc("out", over="tcp").answers("RELAYMSG #x eve/m :hi")[0][:2] == ["403", "#x"]
    assert s.irc("root").answers("RELAYMSG #x eve/m :hi") == []
    assert said(s.ada) == [("eve/m", "#x", "hi")]


def test_nobody_here_can_have_such_a_name(s):
    assert s.bob.answers("NICK eve/m")[0][0] == "432"
    assert s.bob.answers("PRIVMSG eve/m :hi")[0][0] == "401"
    assert commands(s.bob.ask("@draft/relaymsg=x PRIVMSG #x :hi")) == []
    assert TAG not in parse([x for x in s.ada.sync() if " PRIVMSG " in x][0]).tags
