"""Sending again does no harm: sockchat/id, sockchat/durable, across reconnects and restarts."""

import re

import pytest

CAPS = "echo-message labeled-response batch message-tags server-time sockchat/id standard-replies"
ID = "AAAAAAAAAAAAAAAAAAAAAA"


def tagged(name, *more):
    return "@" + ";".join([f"sockchat/id={name}", *more])


def echo(client, line):
    """The message that answers the line."""
    client.send(line)
    return client.message(next(word for word in line.split() if word in ("PRIVMSG", "NOTICE")))


@pytest.mark.parametrize("verb", ["PRIVMSG", "NOTICE"])
@pytest.mark.parametrize("target", ["#c", "bob", "@#c"])
def test_a_repeat_gets_the_first_echo(server, verb, target):
    s = server()
    ada, bob = s.irc("ada", caps=CAPS, channel="#c"), s.irc("bob", caps=CAPS, channel="#c")
    ada.ask("MODE #c +o bob")
    bob.sync()
    first = echo(ada, f"{tagged(ID)} {verb} {target} :hi")
    again = echo(ada, f"{tagged(ID)} {verb} {target} :hi")
    assert (first.tags["msgid"], first.tags["time"], first.params) == (
        again.tags["msgid"],
        again.tags["time"],
        again.params,
    )
    assert first.params == [target, "hi"]
    other = echo(ada, f"{tagged(ID[:-1] + 'B')} {verb} {target} :hi")
    assert other.tags["msgid"] > first.tags["msgid"]
    ada.sync()
    heard = [line for line in bob.sync() if f" {verb} " in line]
    assert len(heard) == 2
    assert all("sockchat" not in line for line in heard)


def test_labels(server):
    """The label is the repeat's own; without echo-message an ACK answers."""
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#c")
    one = echo(ada, f"{tagged(ID, 'label=1')} PRIVMSG #c :hi")
    two = echo(ada, f"{tagged(ID, 'label=2')} PRIVMSG #c :hi")
    assert (one.tags["label"], two.tags["label"]) == ("1", "2")
    assert one.tags["msgid"] == two.tags["msgid"]
    eve = s.irc("eve", caps="labeled-response batch message-tags sockchat/id", channel="#c")
    ada.sync()
    eve.send(f"{tagged(ID, 'label=3')} PRIVMSG #c :hi", f"{tagged(ID, 'label=4')} PRIVMSG #c :hi")
    assert [eve.message("ACK").tags["label"] for _ in range(2)] == ["3", "4"]
    assert sum(" PRIVMSG " in line for line in ada.sync()) == 1


def test_after_a_reconnect(server):
    """Ids belong to who sent them: the same nick again, but nobody else."""
    s = server("--replay", "0")
    bob, ada = s.irc("bob", caps=CAPS, channel="#c"), s.irc("ada", caps=CAPS, channel="#c")
    first = echo(ada, f"{tagged(ID)} PRIVMSG #c :hi")
    ada.send("QUIT")
    ada.end()
    again = s.irc("ada", caps=CAPS, channel="#c")
    assert echo(again, f"{tagged(ID)} PRIVMSG #c :hi").tags["msgid"] == first.tags["msgid"]
    bob.sync()
    mine = echo(bob, f"{tagged(ID)} PRIVMSG #c :hi")
    assert mine.tags["msgid"] != first.tags["msgid"]


def test_the_recipient_is_gone(server):
    """The message was taken: that they left since changes nothing."""
    s = server()
    ada, bob = s.irc("ada", caps=CAPS), s.irc("bob")
    first = echo(ada, f"{tagged(ID)} PRIVMSG bob :hi")
    bob.send("QUIT")
    bob.end()
    again = echo(ada, f"{tagged(ID)} PRIVMSG bob :hi")
    assert (again.params, again.tags["msgid"]) == (["bob", "hi"], first.tags["msgid"])


@pytest.mark.parametrize("wrong", ["short", "", "x" * 65, "with.dots.and.many.more.characters", r"a\sb" * 8])
def test_an_id_that_is_none(server, wrong):
    s = server()
    ada, bob = s.irc("ada", caps=CAPS, channel="#c"), s.irc("bob", channel="#c")
    ada.send(f"{tagged(wrong)} PRIVMSG #c :hi")
    m = ada.message("FAIL")
    assert m.params[:3] == ["PRIVMSG", "INVALID_ID", "#c"]
    ada.sync()
    assert not any("PRIVMSG" in line for line in bob.sync())


def test_only_for_those_who_asked(server):
    """Without the capability the tag means nothing."""
    s = server()
    ada = s.irc("ada", caps="echo-message message-tags", channel="#c")
    one, two = (echo(ada, f"{tagged(ID)} PRIVMSG #c :hi") for _ in range(2))
    assert one.tags["msgid"] != two.tags["msgid"]
    assert "sockchat/id" not in one.tags


def test_msgids_grow(server):
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#c")
    ids = [echo(ada, f"PRIVMSG #c :{n}").tags["msgid"] for n in range(50)]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch("[0-9a-z]{13}", i) for i in ids)


def test_after_a_restart(server, features):
    """A durable store remembers; killed, it was told of nothing that it does not have."""
    if "sqlite" not in features:
        pytest.skip("the store is in memory only")
    s = server()
    ada = s.irc("ada", caps=CAPS, channel="#c")
    first = echo(ada, f"{tagged(ID)} PRIVMSG #c :hi")
    s.kill()
    t = server("--replay", "0", store=s.store)
    ada, bob = t.irc("ada", caps=CAPS, channel="#c"), t.irc("bob", channel="#c")
    again = echo(ada, f"{tagged(ID)} PRIVMSG #c :hi")
    assert (again.tags["msgid"], again.tags["time"]) == (first.tags["msgid"], first.tags["time"])
    assert echo(ada, "PRIVMSG #c :new").tags["msgid"] > first.tags["msgid"]
    assert sum(" PRIVMSG " in line for line in bob.sync()) == 1


@pytest.mark.parametrize("level", ["full", "normal", "none"])
def test_what_durable_means(server, features, level):
    s = server("--durability", level)
    c = s.connection()
    c.send("CAP LS 302")
    line = c.line()
    assert " sockchat/id" in line
    assert (f" sockchat/durable={level}" in line) == ("sqlite" in features)


def test_memory_is_not_durable(server):
    c = server(store="memory").irc()
    assert not any("sockchat/durable" in line for line in c.ask("CAP LS 302"))
    assert " NAK " in c.ask("CAP REQ sockchat/durable")[0]
