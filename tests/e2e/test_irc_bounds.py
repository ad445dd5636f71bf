"""What one person asks for at once: answers stay whole, numbers in bounds, memory small."""

import re

import pytest

from harness import SLOWDOWN, parse


def test_long_lists_of_changes_are_told_whole(server):
    """Six masks fit into the line that sets them, but not into one that also says who did."""
    s = server()
    ada = s.irc("ada", channel="#x")
    bob = s.irc("bob", channel="#x")
    ada.sync()
    masks = [letter * 78 for letter in "abcdef"]
    ada.send("MODE #x +bbbbbb " + " ".join(masks))
    told = [parse(line) for line in bob.ask("PING x") if " MODE " in line]
    while not told or told[-1].params[-1] != f"{masks[-1]}!*@*":
        told.append(bob.message("MODE"))
    assert [len(m.params[2:]) for m in told] == [len(m.params[1]) - 1 for m in told]
    assert [mask for m in told for mask in m.params[2:]] == [f"{mask}!*@*" for mask in masks]
    assert len(told) == 2


def test_long_lists_of_changes_are_told_whole_to_who_asked(server):
    s = server()
    ada = s.irc("ada", channel="#x", caps="labeled-response batch")
    masks = [letter * 78 for letter in "abcdef"]
    lines = ada.ask("@label=1 MODE #x +bbbbbb " + " ".join(masks))
    told = [parse(line) for line in lines if " MODE " in line]
    assert [mask for m in told for mask in m.params[2:]] == [f"{mask}!*@*" for mask in masks]
    assert len({m.tags["batch"] for m in told}) == 1


@pytest.mark.parametrize("condition", ["C>9223372036854775807", "T>153722867280913", "C>307445734561826"])
def test_conditions_beyond_all_time(server, condition):
    ada = server().irc("ada", channel="#x")
    ada.ask("TOPIC #x :t")
    assert [words[0] for words in ada.answers(f"LIST {condition}")] == ["321", "323"]
    assert [words[0] for words in ada.answers(f"LIST {condition.replace('>', '<')}")] == ["321", "322", "323"]


def resident(pid):
    """Bytes of memory that the process has in use."""
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * 4096


@pytest.fixture
def crowd(server):
    """A channel of many with long names, on a server that lets people ask as often as they like."""
    s = server("--clients-per-address", "0", "--input-rate", "0")
    people = [s.irc() for _ in range(400)]
    for i, client in enumerate(people):
        client.send(f"NICK {'n' * 27}{i:04}", f"USER {'u' * 20} 0 * :x", "JOIN #crowd")
    for client in people:
        client.expect(r" 366 ")
    for client in people:
        client.sync()
    return s


@pytest.mark.parametrize("label", ["", "@label=x "])
def test_questions_that_nobody_reads_the_answers_of(crowd, label):
    """Thousands of NAMES at once: the next is looked at when the answers to the last are gone."""
    s = crowd
    greedy = s.irc("greedy", caps="labeled-response batch userhost-in-names")
    other = s.irc("other")
    question = f"{label}NAMES #crowd,#crowd,#crowd,#crowd,#crowd,#crowd,#crowd,#crowd,#crowd,#crowd\r\n"
    before = resident(s.pid)
    greedy.sock.setblocking(False)
    with pytest.raises(AssertionError):  # the server stops reading
        greedy.send_raw(question * 5000, timeout=1)
    other.sync()
    grown = resident(s.pid) - before
    assert grown < 8 << 20 or SLOWDOWN > 1, f"{grown >> 20} MiB for one who asks"
    other.sync()
    assert re.search("NAMES", question)
