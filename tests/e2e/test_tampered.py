"""A store's file that somebody has changed: what cannot be is left out and named in the log, and the rest is there."""

import sqlite3

import pytest

from accounts import FAST, logged_in, register

LONG = "x" * 600


@pytest.mark.parametrize("presence", [("host localhost", f"host {LONG}"), ("user ", f"user {LONG}")])
def test_texts_that_are_too_long(server, folder, features, presence):
    if not {"gsasl", "sqlite"} <= features:
        pytest.skip("built without GNU SASL or SQLite")
    changes = {
        "presence/ann": presence,
        "metadata/ann": ("avatar cat", f"avatar {LONG}"),
        "channel/#x": ("key key", f"key {LONG}"),
    }
    options = (*FAST, "--always-on", "opt-out")
    path = folder / "chat.db"
    s = server(*options, store=path)
    ann = register(s.irc("ann", caps="draft/metadata-3", channel="#x"))
    ann.ask("METADATA * SET avatar :cat", "CS REGISTER #x", "MODE #x +k key")
    s.stop()
    with sqlite3.connect(path) as db:
        for key, (old, new) in changes.items():
            (text,) = db.execute("SELECT CAST(value AS TEXT) FROM state WHERE key = ?", (key,)).fetchone()
            assert old in text
            db.execute("UPDATE state SET value = ? WHERE key = ?", (text.replace(old, new), key))
    s = server(*options, store=path)
    for key in changes:
        s.err.wait(f"event={key.partition('/')[0]}-lost key=.?{key}")
    ann = logged_in(s, "ann", caps=("draft/metadata-3",))
    lines = ann.ask("USERHOST ann", "WHOIS ann", "METADATA ann LIST", "JOIN #x", "MODE #x")
    assert not [line for line in lines if "xxx" in line]
