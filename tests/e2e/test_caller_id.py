"""User modes g, R and T: who may write to somebody in private; and the modes that all begin with."""

import os
import signal

import pytest

from accounts import FAST, logged_in, register
from harness import commands


def left(client):
    """What came but was not asked for."""
    return commands(client.sync())


@pytest.fixture
def s(server):
    result = server(*FAST)
    result.ada, result.bob = result.irc("ada"), result.irc("bob", over="tcp", caps="message-tags")
    return result


def test_only_whom_it_accepts(s):
    assert s.ada.answers("MODE ada +g") == [["MODE", "ada", "+g"]]
    seen = s.bob.answers("PRIVMSG ADA :hello")
    assert [a[:2] for a in seen] == [["716", "ADA"], ["717", "ada"]]
    assert s.ada.message("718").params[:3] == ["ada", "bob", "~bob@127.0.0.1"]
    assert [a[0] for a in s.bob.answers("PRIVMSG ada :hello")] == ["716"], "told once a minute"
    assert s.bob.answers("NOTICE ada :hello", "@+typing=active TAGMSG ada") == []
    assert left(s.ada) == []
    assert s.ada.answers("ACCEPT bob", "ACCEPT") == [["281", "bob"], ["282", "End of /ACCEPT list"]]
    s.bob.ask("PRIVMSG ada :hello", "NICK bill", "NOTICE ada :still me", "@+typing=active TAGMSG ada")
    assert left(s.ada) == ["PRIVMSG", "NOTICE"]
    s.ada.ask("ACCEPT -bill")
    assert s.bob.answers("PRIVMSG ada :hello")[0][0] == "716"
    assert s.ada.answers("MODE ada -g", "ACCEPT *") == [
        ["MODE", "ada", "-g"],
        ["282", "End of /ACCEPT list"],
    ]
    assert s.bob.answers("PRIVMSG ada :hello") == []


def test_whom_one_writes_to_may_answer(s):
    s.ada.ask("MODE ada +g", "PRIVMSG bob :hello")
    assert s.bob.answers("PRIVMSG ada :hello") == []
    assert left(s.ada) == ["PRIVMSG"]
    assert s.ada.answers("ACCEPT") == [["282", "End of /ACCEPT list"]], "it was not asked to"


def test_the_list(server):
    s = server("--accept", "2")
    ada = s.irc("ada")
    for name in ("bob", "eve", "zoe"):
        s.irc(name)
    assert any(" ACCEPT=2 " in line and " CALLERID=g " in line for line in ada.seen)
    assert ada.answers("ACCEPT bob,eve,zoe,nobody,BOB,-zoe,-eve,*") == [
        ["456", "Accept list is full"],
        ["401", "nobody", "No such nick/channel"],
        ["457", "BOB", "is already on your accept list"],
        ["458", "zoe", "is not on your accept list"],
        ["281", "bob"],
        ["282", "End of /ACCEPT list"],
    ]


def test_channels_and_operators_are_not_kept_out(server):
    s = server("--unix-operator", str(os.geteuid()))
    ada, boss = s.irc("ada", over="tcp"), s.irc("boss")
    ada.ask("MODE ada +gR")
    assert boss.answers("PRIVMSG ada :hello") == []
    assert left(ada) == ["PRIVMSG"]
    assert commands(ada.ask("NICKSERV HELP"))[0] == "NOTICE"
    bob = s.irc("bob", over="tcp", channel="#x")
    ada.join("#x")
    ada.sync()
    bob.ask("PRIVMSG #x :hello")
    assert left(ada) == ["PRIVMSG"]


def test_ctcp(s):
    s.ada.ask("MODE ada +T")
    assert s.bob.answers("PRIVMSG ada :\x01VERSION\x01") == [["531", "ada", "takes no CTCP (+T)"]]
    assert s.bob.answers("PRIVMSG ada :\x01ACTION waves\x01", "NOTICE ada :\x01VERSION x\x01") == []
    assert left(s.ada) == ["PRIVMSG", "NOTICE"], "actions, and answers to what it asked itself"


def test_only_who_is_logged_in(s, features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")
    s.ada.ask("MODE ada +R")
    assert s.bob.answers("PRIVMSG ada :hello") == [["477", "ada", "Log in to an account first (+R)"]]
    register(s.bob)
    assert s.bob.answers("PRIVMSG ada :hello") == []
    assert left(s.ada) == ["PRIVMSG"]


def test_who_stays_keeps_modes_and_list(server, features):
    """Over a restart too: an accepted account, whoever speaks for it; not a nick without one."""
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("built without GNU SASL or SQLite")
    first = server(*FAST, "--always-on", "opt-out", "--user-modes", "i")
    ada, bob = register(first.irc("ada")), register(first.irc("bob"))
    first.irc("eve")
    assert ada.answers("ACCEPT bob,eve", "MODE ada -i+g", "MODE ada")[-1] == ["221", "+g"]
    first.stop()
    second = server(*FAST, "--always-on", "opt-out", "--user-modes", "i", store=first.store)
    bob, eve = logged_in(second, "bob"), second.irc("eve")
    assert bob.answers("PRIVMSG ada :hello") == []
    assert [a[0] for a in eve.answers("PRIVMSG ada :hello")] == ["716"], "nobody is there to be told"
    ada = logged_in(second, "ada")
    assert ada.answers("MODE ada", "ACCEPT")[:2] == [["221", "+g"], ["281", "bob"]]
    assert [a[0] for a in eve.answers("PRIVMSG ada :hello")] == ["716", "717"], "now somebody is"


# ---- modes that all begin with -------------------------------------------------------------------------


def test_first_modes(server):
    s = server("--user-modes", "iT")
    ada = s.irc("ada")
    assert ada.answers("MODE ada", "LUSERS")[:2] == [
        ["221", "+Ti"],
        ["251", "There are 0 users and 1 invisible on 1 servers"],
    ]
    eve = s.irc("eve")
    eve.sync()
    assert " 221 eve +Ti" in "".join(eve.seen), "the greeting tells"
    assert ada.answers("MODE ada -Ti", "MODE ada")[-1] == ["221", "+"]
    assert s.plain("pat")
    assert eve.answers("WHO pat")[0][0] == "352"


@pytest.mark.parametrize("modes", ["io", "x", "i+", "+i"])
@pytest.mark.parametrize("words", [["--unix", "x.sock"], ["--check-config"]])
def test_first_modes_that_cannot_be(run, folder, modes, words):
    """Told the same way at start and by --check-config, wherever it comes from."""
    says = f"'{modes}' has a letter that cannot be set; allowed is any of the letters BRTgiw"
    done = run("serve", *words, "--user-modes", modes)
    assert done.returncode != 0 and says in done.stderr
    (folder / "wrong.ini").write_text(f"[serve]\nuser-modes = {modes}\n")
    done = run("serve", *words, "--config", "wrong.ini")
    assert done.returncode != 0 and says in done.stderr and "user-modes" in done.stderr


def test_first_modes_that_cannot_be_at_reload(server, folder):
    (folder / "s.ini").write_text("[serve]\nuser-modes = i\n")
    s = server("--config", folder / "s.ini")
    (folder / "s.ini").write_text("[serve]\nuser-modes = io\n")
    s.signal(signal.SIGHUP)
    s.err.wait("event=reload-failed .*'io' has a letter that cannot be set; allowed is any of the letters BRTgiw")
    assert s.irc("ada").answers("MODE ada") == [["221", "+i"]], "nothing was changed"
