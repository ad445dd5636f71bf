"""Accounts: the mail address that a server can ask for."""

import os

import pytest

from accounts import FAST, PASSWORD, logged_in, refusals, said, values

EMAIL = ("--registration-email", "required")


@pytest.fixture(autouse=True)
def needs_gsasl(features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")


def test_register_with_a_mail_address(server):
    s = server(*FAST, *EMAIL)
    client = s.irc()
    assert values(client)["draft/account-registration"] == "before-connect,email-required"
    client.send("NICK bob")
    for email in ("*", "bob", "bob@", "@example.org", "bob@exa..mple"):
        assert refusals(client, f"REGISTER * {email} {PASSWORD.replace(' ', '-')}") == [
            *("REGISTER", "INVALID_EMAIL", "bob")
        ]
    client.send(f"REGISTER * bob@example.org :{PASSWORD}")
    client.expect("REGISTER SUCCESS bob")
    s = server(*FAST, *EMAIL, "--no-before-connect")
    assert values(s.irc())["draft/account-registration"] == "email-required"


def test_who_sees_the_mail_address(server, features):
    s = server(*FAST, *EMAIL, "--unix-operator", str(os.getuid()))
    bob, boss, eve = s.irc("bob", over="tcp"), s.irc("boss"), s.irc("eve", over="tcp")
    bob.send(f"REGISTER * bob@example.org :{PASSWORD}")
    bob.expect("REGISTER SUCCESS")
    mine = "Its mail address is bob@example.org"
    assert mine in said(bob.ask("NS INFO"), "NickServ")
    assert mine in said(boss.ask("NS INFO bob"), "NickServ")
    assert mine not in said(eve.ask("NS INFO bob"), "NickServ")
    assert said(bob.ask("NS SET EMAIL nonsense"), "NickServ")[0].startswith("That is no mail address")
    assert said(bob.ask("NS SET EMAIL b@example.net"), "NickServ") == ["Your mail address is b@example.net"]
    if "sqlite" not in features:
        return
    s.stop()
    again = server(*FAST, store=s.store)
    bob = logged_in(again, "bob")
    assert "Its mail address is b@example.net" in said(bob.ask("NS INFO"), "NickServ")
    assert said(bob.ask("NS SET EMAIL c@example.net"), "NickServ") == ["This server keeps no mail addresses"]


def test_a_mail_address_that_nobody_asked_for_is_not_kept(server):
    bob = server(*FAST).irc("bob")
    bob.send(f"REGISTER * bob@example.org :{PASSWORD}")
    bob.expect("REGISTER SUCCESS")
    assert "example.org" not in " ".join(said(bob.ask("NS INFO"), "NickServ"))


def test_the_mail_address_of_one_that_was_not_made_is_forgotten(server, folder, features):
    """Two make the same account at one time; who was too late makes another one."""
    s = server(*FAST, *EMAIL)
    one, two = s.irc("bob"), s.irc("eve")
    one.send(f"REGISTER * first@example.org :{PASSWORD}")
    one.expect("REGISTER SUCCESS")
    two.send("REGISTER * second@example.org :\1\2\3 no text for SASL")
    assert two.message("FAIL").params[1] == "UNACCEPTABLE_PASSWORD"
    two.send(f"REGISTER * third@example.org :{PASSWORD}")
    two.expect("REGISTER SUCCESS")
    assert "Its mail address is third@example.org" in said(two.ask("NS INFO"), "NickServ")
