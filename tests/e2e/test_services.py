"""NickServ: accounts for clients that know nothing newer; the same for plain clients, and by Unix names."""

import os
import pwd

import pytest

from accounts import FAST, PASSWORD, logged_in, login_plain, register, said, values
from harness import commands, parse


@pytest.fixture
def gsasl(features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")


@pytest.fixture
def s(server, gsasl):
    """A server on which ada has an account, and is not there."""
    result = server(*FAST)
    ada = register(result.irc("ada"))
    ada.send("QUIT")
    ada.end()
    return result


def account_of(asker, nick):
    found = [a for a in asker.answers(f"WHOIS {nick}") if a[0] == "330"]
    return found[0][2] if found else None


def tell(client, text, service="NickServ"):
    """What the service says to one command, hashing included: an INFO behind it is answered later."""
    start = len(client.seen)
    client.send(f"PRIVMSG {service} :{text}")
    return said(client.sync() or client.seen[start:], service)


# ---- what a service is -------------------------------------------------------------------------------


def test_how_it_speaks(s):
    bob = s.irc("bob")
    bob.send("PRIVMSG nickserv :frobnicate")
    m = bob.message("NOTICE")
    assert m.nick == "NickServ" and m.params == ["bob", "There is no command frobnicate; HELP lists them"]
    for line in ("NICKSERV HELP", "NS :HELP", "PRIVMSG NickServ HELP", "PRIVMSG NickServ :", "NS"):
        bob.send(line if line != "PRIVMSG NickServ :" else "PRIVMSG NickServ :  ")
        assert any("IDENTIFY [<account>] <password>" in x for x in said(bob.sync(), "NickServ")), line
    assert not any("RESET" in x for x in tell(bob, "HELP"))
    assert bob.ask("NOTICE NickServ :HELP", "@+a=b TAGMSG NickServ") == [] or True


def test_notices_are_not_answered(s):
    bob = s.irc("bob", caps="message-tags")
    assert bob.ask("NOTICE NickServ :HELP", "@+draft/react=x TAGMSG NickServ") == []


def test_the_echo_is_for_the_sender_alone(s):
    bob = s.irc("bob", caps="echo-message labeled-response batch")
    bob.send(f"@label=a PRIVMSG NickServ :IDENTIFY ada {PASSWORD.split()[0]}")
    batch = bob.message("BATCH")
    assert batch.tags["label"] == "a"
    m = bob.message("PRIVMSG")
    assert (m.nick, m.params[0]) == ("bob", "NickServ")
    assert "Wrong account or password" in bob.message("NOTICE").params[1]


def test_usage(s):
    bob = s.irc("bob")
    assert tell(bob, "IDENTIFY") == ["Usage: IDENTIFY [<account>] <password>"]
    assert tell(bob, "DROP bob") == ["Log in first: /msg NickServ IDENTIFY <password>"]
    assert tell(bob, "RESET ada x") == ["RESET is for operators of this server"]


def test_one_thing_at_a_time(s):
    bob = s.irc("bob")
    bob.send("PRIVMSG NickServ,NickServ :REGISTER longenough")
    heard = said([bob.line(), bob.line()], "NickServ")
    assert "One thing at a time; REGISTER was not done" in heard
    assert account_of(bob, "bob") == "bob"


# ---- its commands ------------------------------------------------------------------------------------


def test_register_and_identify(s):
    bob = s.irc("bob")
    assert tell(bob, "REGISTER short") == ["A password has at least 8 characters here"]
    assert tell(bob, "REGISTER longenough bob@example.org") == ["The account bob is made"]
    assert account_of(bob, "bob") == "bob"
    assert tell(bob, "REGISTER longenough") == ["You are logged in as bob already"]
    assert tell(bob, "LOGOUT") == ["You are logged out"]
    assert account_of(bob, "bob") is None
    assert tell(bob, "REGISTER longenough") == ["There is an account of that name already"]
    assert tell(bob, "IDENTIFY wrong") == ["Wrong account or password"]
    assert tell(bob, "IDENTIFY longenough") == ["You are logged in as bob"]
    bob.send("NICK robert")
    assert tell(bob, "LOGOUT")
    assert tell(bob, "IDENTIFY bob longenough") == ["You are logged in as bob"]
    assert account_of(bob, "robert") == "bob"


def test_register_with_a_mail_address(server, gsasl):
    bob = server(*FAST, "--registration-email", "required").irc("bob")
    (heard,) = tell(bob, "REGISTER longenough")
    assert heard.startswith("Who makes an account here gives a mail address, too: REGISTER <password> <mail")
    assert tell(bob, "REGISTER longenough nonsense")[0].startswith("That is no mail address")
    assert tell(bob, "REGISTER longenough bob@example.org") == ["The account bob is made"]
    assert "Its mail address is bob@example.org" in tell(bob, "INFO")


def test_attempts(server, gsasl):
    s = server(*FAST, "--attempts", "2")
    bob = s.irc("bob")
    for _ in range(2):
        assert tell(bob, "IDENTIFY ada wrong") == ["Wrong account or password"]
    assert tell(bob, "IDENTIFY ada wrong")[0].startswith("Too many attempts; try again in ")


def test_set_password(s):
    bob = register(s.irc("bob"))
    assert tell(bob, "SET NOTHING x") == ["Usage: SET PASSWORD|EMAIL|ALWAYS-ON|MULTICLIENT <new value>"]
    assert tell(bob, "SET PASSWORD short") == ["A password has at least 8 characters here"]
    assert tell(bob, "SET PASSWORD another-one") == ["The password of bob is changed"]
    assert tell(bob, f"IDENTIFY {PASSWORD.split()[0]}") == ["Wrong account or password"]
    assert tell(bob, "IDENTIFY another-one") == ["You are logged in as bob"]


def test_drop(s):
    bob = register(s.irc("bob"))
    assert tell(bob, "DROP ada") == ["To remove your account for good: DROP bob"]
    bob.send("NS DROP bob")
    bob.message("901")
    assert account_of(bob, "bob") is None
    assert tell(bob, "INFO bob") == ["There is no account bob"]
    assert tell(s.irc("bobby"), "INFO bobby") == ["There is no account bobby"]


def test_ghost_and_recover(server, gsasl):
    s = server(*FAST, "--no-reserve-nicks")
    first = register(s.irc("ada"), "password-1")
    first.send("QUIT")
    first.end()
    squatter = s.irc("ada")
    ada = s.irc("guest")
    assert tell(ada, "GHOST ada") == ["You are not logged in to the account ada: give its password, too"]
    assert tell(ada, "GHOST ada wrong") == ["Wrong account or password"]
    assert squatter.sync() == []
    assert tell(ada, "GHOST ada password-1") == ["You are logged in as ada", "The nick ada is free"]
    assert "guest has taken the nick back" in squatter.end()[-1]
    assert tell(ada, "GHOST ada") == ["Nobody else has the nick ada"]
    squatter = s.irc("ADA")
    ada.send("NS RECOVER ada")
    assert ada.message("NICK").params == ["ada"]
    squatter.expect("ERROR")
    assert account_of(ada, "ada") == "ada"


def test_info(s):
    bob = s.irc("bob")
    assert tell(bob, "INFO ada")[0].startswith("ada was made at 20")
    assert len(tell(bob, "INFO ada")) == 1
    ada = logged_in(s, "ada")
    assert tell(ada, "INFO")[1].startswith("ada is logged in: ")


def test_operators(server, gsasl, features):
    if "libcrypt" not in features:
        pytest.skip("built without crypt(3)")
    from test_irc_operators import hashed

    s = server(*FAST, "--registration", "operator", "--operator", f"root *@* {hashed('cats')}")
    bob = s.irc("bob")
    assert tell(bob, "REGISTER longenough")[0].startswith("Accounts are made by the operators")
    boss = s.irc("boss")
    boss.send("OPER root cats")
    boss.message("381")
    assert any("RESET" in x for x in tell(boss, "HELP"))
    assert tell(boss, "ADD carol first-password") == ["The account carol is made"]
    assert account_of(boss, "boss") is None
    assert tell(bob, "IDENTIFY carol first-password") == ["You are logged in as carol"]
    assert tell(boss, "RESET carol other-password") == ["The password of carol is changed"]
    assert tell(boss, "RESET dave other-password") == ["There is no account dave"]
    assert tell(bob, "IDENTIFY carol first-password") == ["Wrong account or password"]
    assert tell(boss, "REMOVE carol")[-1] == "The account carol is removed"
    bob.message("901")
    assert tell(boss, "REMOVE carol") == ["There is no account carol"]


def test_without_passwords(server, features):
    if "gsasl" in features:
        pytest.skip("with GNU SASL there are passwords")
    s = server()
    bob = s.irc("bob")
    assert "built without GNU SASL" in tell(bob, "REGISTER longenough")[0]
    assert "sasl" not in values(s.irc())
    bob.send("REGISTER * * longenough")
    assert bob.message("FAIL").params[1] == "TEMPORARILY_UNAVAILABLE"


# ---- plain clients -----------------------------------------------------------------------------------


def test_a_plain_client_is_asked_for_the_password(s):
    ada = s.plain()
    ada.send("ada")
    ada.expect(r"\* ada is somebody's: type the password of the account")
    ada.send("wrong")
    ada.expect("that is not its password; type a name")
    ada.send("ada")
    ada.expect("type the password")
    ada.send(PASSWORD)
    ada.expect(r"\* you are logged in as ada")
    ada.expect(r"\* welcome .*, ada:")
    assert account_of(s.irc("bob"), "ada") == "ada"


def test_an_empty_line_takes_another_name(s):
    eve = s.plain()
    eve.send("Ada")
    eve.expect("type the password")
    eve.send("")
    eve.expect("type a name")
    eve.send("eve")
    eve.expect(r"\* welcome .*, eve:")
    eve.send("/nick ada")
    eve.expect(r"! the name ada belongs to somebody")


def test_after_the_servers_password(server, folder, gsasl):
    (folder / "password").write_text("sesame\n")
    s = server(*FAST, "--password-file", folder / "password")
    ada = register(s.irc("ada", password="sesame"))
    ada.send("QUIT")
    ada.end()
    ada = s.plain()
    ada.send("ada")
    ada.expect("this server needs a password")
    ada.send("sesame")
    ada.expect("type the password of the account")
    ada.send(PASSWORD)
    ada.expect("welcome")


def test_a_plain_client_speaks_to_nickserv(s):
    bob = s.plain("bob")
    bob.expect("welcome|joined|names")
    bob.send("@NickServ REGISTER longenough")
    bob.expect(r"\[NickServ -> you\] The account bob is made")
    bob.expect(r"\* you are logged in as bob")
    assert account_of(s.irc("eve"), "bob") == "bob"


# ---- local users -------------------------------------------------------------------------------------


def me():
    return pwd.getpwuid(os.geteuid()).pw_name


def test_unix_login(server):
    s = server("--unix-login")
    ada = s.irc("ada")
    assert account_of(ada, "ada") == me()
    eve = s.irc("eve", over="tcp")
    assert account_of(eve, "eve") is None
    eve.send(f"NICK {me()}")
    eve.message("433")
    plain = s.plain(me())
    assert plain.seen[-1] == f"* you are logged in as {me()}"
    plain.expect("welcome")


def test_an_account_with_a_password_is_not_the_local_users(server, gsasl):
    s = server("--unix-login", *FAST)
    other = register(s.irc(me(), over="tcp"))
    ada = s.irc("ada")
    assert account_of(ada, "ada") is None
    s.err.wait("event=not-logged-in")
    ada.send("CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert "somebody else's" in ada.message("904").params[-1]
    assert account_of(other, me()) == me()


@pytest.mark.parametrize("authorization", ["+", None])
def test_external(server, gsasl, authorization):
    from accounts import encoded

    s = server()
    ada = s.irc()
    ada.send("CAP REQ sasl", "NICK ada", "USER a 0 * :a", "AUTHENTICATE EXTERNAL")
    ada.expect(r"AUTHENTICATE \+")
    ada.send(f"AUTHENTICATE {authorization or encoded(me())}")
    assert ada.message("900").params[2] == me()
    ada.message("903")
    ada.send("CAP END")
    ada.message("001")
    eve = s.irc("eve", caps="sasl")
    eve.send("AUTHENTICATE EXTERNAL", f"AUTHENTICATE {encoded('somebody')}")
    eve.message("904")
    assert login_plain(eve, me(), "anything") == "904"  # it has no password


def test_external_makes_no_account_where_that_is_closed(server, gsasl):
    s = server("--registration", "closed")
    ada = s.irc("ada", caps="sasl")
    ada.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    assert "no account of your name" in ada.message("904").params[-1]


# ---- the command line --------------------------------------------------------------------------------


@pytest.fixture
def tool(run, folder, gsasl, features):
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")

    def start(*arguments, input=""):
        return run("serve", "--store", folder / "tool.db", *FAST, *arguments, input=input)

    return start


def test_tools(tool, server, folder):
    done = tool("--add-account", "ada", input=PASSWORD + "\nmore\n")
    assert (done.returncode, done.stdout) == (0, "The account ada is made\n"), done.stderr
    longest = "x" * 1024
    assert tool("--add-account", "long", input=longest).returncode == 0
    assert tool("--add-account", "gone", input=PASSWORD).returncode == 0
    assert tool("--remove-account", "Gone").stdout == "The account Gone is removed\n"
    assert tool("--add-account", "bob", input="first-one\r\n").returncode == 0
    assert tool("--set-password", "BOB", input="second-one\n").stdout == "The password of bob is changed\n"
    s = server(*FAST, store=folder / "tool.db")
    results = [("ada", PASSWORD), ("long", longest), ("bob", "second-one"), ("bob", "first-one"), ("gone", PASSWORD)]
    for name, password in results[:3]:
        assert login_plain(s.irc(f"x{name}", caps="sasl"), name, password) == "903"
    for name, password in results[3:]:
        assert login_plain(s.irc(f"y{name}{len(password)}", caps="sasl"), name, password) == "904"
    busy = tool("--add-account", "eve", input=PASSWORD)
    assert busy.returncode == 6 and "NickServ" in busy.stderr


@pytest.mark.parametrize(
    "arguments, input, said",
    [
        (("--add-account", "a,b"), PASSWORD, "name"),
        (("--add-account", "ada"), "", "first line of standard input is empty"),
        (("--add-account", "ada"), "short\n", "at least 8 characters"),
        (("--add-account", "ada"), "x" * 1025, "longer than 1024 bytes"),
        (("--add-account", "NickServ"), PASSWORD, "service"),
        (("--remove-account", "ada"), "", "there is no account ada"),
        (("--set-password", "ada"), PASSWORD, "there is no account ada"),
    ],
)
def test_tools_refuse(tool, arguments, input, said):
    done = tool(*arguments, input=input)
    assert done.returncode == 2 and said in done.stderr and done.stdout == ""


def test_no_tool_for_memory(run):
    done = run("serve", "--store", "memory", "--add-account", "ada", input=PASSWORD)
    assert done.returncode == 6 and "in the memory of the running server" in done.stderr


def test_actions_are_for_the_command_line_alone(run, folder):
    (folder / "x.ini").write_text("[accounts]\nadd-account = ada\n")
    done = run("serve", "--config", folder / "x.ini", "--check-config")
    assert done.returncode == 3 and "unknown key" in done.stderr
    assert "add-account" not in run("serve", "--print-config").stdout


assert commands and parse
