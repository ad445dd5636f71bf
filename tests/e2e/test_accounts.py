"""Accounts: SASL, REGISTER, who is shown as whom, and what a nick that belongs to somebody is worth."""

import base64
import re
import select

import pytest

from accounts import (
    FAST,
    PASSWORD,
    Scram,
    encoded,
    logged_in,
    login_plain,
    login_scram,
    next_message,
    parts,
    plain,
    refusals,
    register,
    values,
)
from harness import DEADLINE, commands, parse


@pytest.fixture(autouse=True)
def needs_gsasl(features):
    if "gsasl" not in features:
        pytest.skip("built without GNU SASL")


@pytest.fixture
def s(server):
    """A server on which ada has an account, and is not there."""
    result = server(*FAST)
    ada = register(result.irc("ada"))
    ada.send("QUIT")
    ada.end()
    return result


def newcomer(s, *caps, **options):
    client = s.irc(**options)
    client.send("CAP LS 302", f"CAP REQ :{' '.join(['sasl', *caps])}")
    client.expect(" ACK ")
    return client


def account_of(asker, nick):
    found = [a for a in asker.answers(f"WHOIS {nick}") if a[0] == "330"]
    return found[0][2] if found else None


# ---- what is offered ---------------------------------------------------------------------------------


def test_what_is_offered(s):
    local = values(s.irc())
    assert local["sasl"] == "PLAIN,SCRAM-SHA-256,EXTERNAL"
    assert local["draft/account-registration"] == "before-connect"
    assert {"account-notify", "account-tag", "extended-join"} <= set(local)
    assert values(s.irc(over="tcp"))["sasl"] == "PLAIN,SCRAM-SHA-256"


def test_closed_registration_is_not_offered(server):
    s = server("--registration", "operator")
    assert "draft/account-registration" not in values(s.irc())
    s = server("--no-before-connect")
    assert values(s.irc())["draft/account-registration"] == ""


# ---- SASL --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "ada", "ADA"])
def test_plain(s, authorization):
    ada = newcomer(s)
    ada.send("NICK ada", "USER ada 0 * :Ada", "AUTHENTICATE PLAIN")
    assert ada.expect("AUTHENTICATE (.*)").group(1) == "+"
    ada.send("AUTHENTICATE " + plain("ada", PASSWORD, authorization))
    m = ada.message("900")
    assert m.params[0] == "ada" and m.params[1].startswith("ada!") and m.params[2] == "ada"
    assert m.params[3] == "You are now logged in as ada"
    assert ada.message("903").params == ["ada", "SASL authentication successful"]
    ada.send("CAP END")
    ada.message("001")
    assert account_of(ada, "ada") == "ada"


def test_scram(s):
    ada = newcomer(s)
    assert login_scram(ada, "ada")[0] == "903"
    ada.send("NICK ada", "USER ada 0 * :Ada", "CAP END")
    ada.message("001")
    assert account_of(ada, "ada") == "ada"


def test_a_name_in_any_case(s):
    client = newcomer(s)
    client.send("NICK other", "USER ada 0 * :Ada")
    assert login_plain(client, "ADA") == "903"
    client.send("CAP END")
    client.message("001")
    assert account_of(client, "other") == "ada"


@pytest.mark.parametrize(
    "name, password, authorization",
    [
        ("ada", "wrong", ""),
        ("eve", PASSWORD, ""),
        ("ada", PASSWORD, "eve"),
        ("no body", PASSWORD, ""),
        ("ada", "x" * 1024, ""),
        ("ada", "x" * 1025, ""),
    ],
)
def test_wrong(s, name, password, authorization):
    client = newcomer(s)
    assert login_plain(client, name, password, authorization) == "904"
    assert "wrong account or password" in client.seen[-1]
    client.send("NICK other", "USER other 0 * :x", "CAP END")
    client.message("001")
    assert account_of(client, "other") is None


@pytest.mark.parametrize("name", ["ada", "eve"])
def test_wrong_by_scram(s, name):
    client = newcomer(s)
    assert login_scram(client, name, "wrong")[0] == "904"
    assert "wrong account or password" in client.seen[-1]


def test_unknown_names_look_like_known_ones(s):
    salts = {name: [login_scram(newcomer(s), name, "wrong")[1] for _ in range(2)] for name in ("ada", "eve")}
    for a, b in salts.values():
        assert (a.salt, a.iterations) == (b.salt, b.iterations)
    assert salts["ada"][0].iterations == salts["eve"][0].iterations
    assert salts["ada"][0].salt != salts["eve"][0].salt
    assert len(base64.b64decode(salts["eve"][0].salt)) == len(base64.b64decode(salts["ada"][0].salt))


def test_another_mechanism(s):
    client = newcomer(s)
    client.send("AUTHENTICATE FOO")
    assert client.message("908").params[1] == "PLAIN,SCRAM-SHA-256,EXTERNAL"
    assert client.message("904")
    client = newcomer(s, over="tcp")
    client.send("AUTHENTICATE EXTERNAL")
    assert client.message("908").params[1] == "PLAIN,SCRAM-SHA-256"
    assert client.message("904")
    assert login_plain(client, "ada") == "903"


def test_without_the_capability(s):
    """Who says AUTHENTICATE knows what it is."""
    client = s.irc()
    client.send("CAP LS", "NICK ada", "USER ada 0 * :ada")
    assert login_plain(client, "ada") == "903"
    client.send("CAP END")
    client.message("001")
    assert account_of(client, "ada") == "ada"


def test_abort(s):
    client = newcomer(s)
    client.send("AUTHENTICATE PLAIN", "AUTHENTICATE *")
    client.message("906")
    client.send("AUTHENTICATE *")
    client.message("906")
    assert login_plain(client, "ada") == "903"


def test_registration_aborts_an_exchange(s):
    client = newcomer(s)
    client.send("NICK other", "USER x 0 * :x", "AUTHENTICATE PLAIN", "CAP END")
    client.message("906")
    client.message("001")
    assert account_of(client, "other") is None
    assert login_plain(client, "ada") == "903"


@pytest.mark.parametrize("length", [1, 100, 292, 293, 470])
def test_long_passwords(server, length):
    s = server(*FAST, "--password-length", "1")
    password = "x" * length
    register(s.irc("foo"), password)
    assert login_plain(newcomer(s), "foo", password) == "903"
    assert login_plain(newcomer(s), "foo", password + "x") == "904"


def test_parts_of_exactly_400(server):
    s = server(*FAST)
    password = "x" * 292  # \0foo\0 and it: 297 bytes; with "fo" before it 299
    register(s.irc("foo"), password)
    message = plain("foo", password, "foo")
    assert len(message) == 400
    client = newcomer(s)
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {message}")
    assert not [c for c in commands(client.sync()) if c.startswith("9")]
    client.send("AUTHENTICATE +")
    client.message("903")


def test_too_long(s):
    client = newcomer(s)
    client.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + "A" * 401)
    assert client.message("905").params[0] == "*"
    client.send("AUTHENTICATE PLAIN", *["AUTHENTICATE " + "A" * 400] * 11)
    assert client.message("90[45]").params == ["*", "SASL authentication failed: the message is too long"]
    assert login_plain(client, "ada") == "903"


@pytest.mark.parametrize("message", ["!!!!", encoded("ada"), encoded("\0ada\0a\0b"), encoded(b"\0ada\0\xff")])
def test_bad_messages(s, message):
    client = newcomer(s)
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {message}")
    client.message("904")
    assert login_plain(client, "ada") == "903"


def test_after_registration_and_again(s):
    eve = register(s.irc("eve"))
    bob = s.irc("bob", caps="account-notify", channel="#c")
    eve.send("CAP REQ :sasl account-notify")
    eve.expect(" ACK ")
    eve.join("#c")
    assert login_plain(eve, "ada") == "903"
    m = bob.message("ACCOUNT")
    assert (m.nick, m.params) == ("eve", ["ada"])
    assert account_of(bob, "eve") == "ada"
    assert login_plain(eve, "ada", "wrong") == "904"
    assert account_of(bob, "eve") == "ada"
    assert login_plain(eve, "ada") == "903"  # the same again: nobody is told
    assert "ACCOUNT" not in commands(bob.sync())
    assert login_scram(eve, "eve")[0] == "903"
    assert bob.message("ACCOUNT").params == ["eve"]


def test_the_label_comes_back(s):
    client = s.irc("bob", caps="sasl labeled-response batch")
    client.send("@label=one AUTHENTICATE PLAIN")
    assert parse(client.line()).tags == {"label": "one"}
    client.send(f"@label=two AUTHENTICATE {plain('ada', PASSWORD)}")
    batch = client.message("BATCH")
    assert batch.tags == {"label": "two"}
    assert client.message("900").tags["batch"] == client.message("903").tags["batch"]


# ---- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", [login_plain, lambda *a: login_scram(*a)[0]])
def test_attempts_from_one_address(server, login):
    s = server(*FAST, "--attempts", "3")
    register(s.irc("ada"))
    for _ in range(3):
        assert login(newcomer(s, over="tcp"), "ada", "wrong") == "904"
    client = newcomer(s, over="tcp")
    assert login(client, "ada", PASSWORD) == "904"
    assert re.search(r"too many attempts; try again in \d+ seconds", client.seen[-1])
    assert login(newcomer(s), "ada", PASSWORD) == "903"  # from elsewhere: the Unix socket


def test_attempts_at_one_account(server):
    s = server(*FAST, "--attempts", "0", "--account-attempts", "2")
    register(s.irc("ada"))
    register(s.irc("eve"))
    for _ in range(2):
        assert login_plain(newcomer(s), "ada", "wrong") == "904"
    client = newcomer(s)
    assert login_plain(client, "Ada") == "904"
    assert "too many attempts" in client.seen[-1]
    assert login_plain(newcomer(s), "eve") == "903"


def test_right_ones_do_not_count(server):
    s = server(*FAST, "--attempts", "2")
    register(s.irc("ada"))
    for _ in range(4):
        assert login_plain(newcomer(s), "ada") == "903"
        assert login_scram(newcomer(s), "ada")[0] == "903"


def test_many_at_once(server):
    """200 log in at the same moment: each has its turn, and nobody else waits for them."""
    unlimited = ("--attempts", "0", "--account-attempts", "0", "--clients-per-address", "0")
    s = server("--iterations", "20000", *unlimited)
    register(s.irc("ada"))
    bob = s.irc("bob")
    by_plain, by_scram = ([newcomer(s) for _ in range(100)] for _ in range(2))
    exchanges = {client: Scram("ada", PASSWORD) for client in by_scram}
    for client in by_plain:
        client.send("AUTHENTICATE PLAIN")
    for client, scram in exchanges.items():
        client.send("AUTHENTICATE SCRAM-SHA-256", f"AUTHENTICATE {encoded(scram.first())}")
        next_message(client)
    proofs = {client: scram.final(next_message(client).decode()) for client, scram in exchanges.items()}
    for client in by_plain:
        next_message(client)
        client.send(f"AUTHENTICATE {plain('ada', PASSWORD)}")
    for client, proof in proofs.items():
        client.send(f"AUTHENTICATE {encoded(proof)}")
    assert bob.sync() == []
    assert len(select.select(by_plain, [], [], 0)[0]) < 100  # they wait still
    for client, scram in exchanges.items():
        assert scram.is_proven(next_message(client).decode())
        client.send("AUTHENTICATE +")
    for client in by_scram + by_plain:
        assert client.message("90[2-8]", 5 * DEADLINE).command == "903"


def test_who_is_gone_does_not_wait(server):
    """The passwords of those who are gone are not hashed before those of who is there."""
    s = server("--iterations", "200000", "--attempts", "0", "--account-attempts", "0")
    register(s.irc("eve"))
    many = [newcomer(s) for _ in range(50)]
    for client in many:
        client.send("AUTHENTICATE PLAIN")
        next_message(client)
        client.send(f"AUTHENTICATE {plain('eve', 'wrong')}")
    assert s.irc("bob").sync() == []
    for client in many:
        client.close()
    client = newcomer(s)
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('eve', PASSWORD)}")
    assert client.message("90[2-8]", 5 * DEADLINE).command == "903"
    s.err.wait(r"event=login\b.*account=eve")
    assert len([line for line in s.err.lines if "event=login-failed" in line]) < 25


def test_a_new_password_is_not_lost_with_the_connection(server):
    """It breaks while others are before it; so does that of somebody who only wanted an account."""
    s = server("--iterations", "100000", "--attempts", "0", "--account-attempts", "0")
    ada, bob = register(s.irc("ada", channel="#x")), s.irc("bob", channel="#x")
    eve = s.irc("eve", channel="#x")
    many = [newcomer(s) for _ in range(5)]
    for client in many:
        client.send("AUTHENTICATE PLAIN")
        next_message(client)
        client.send(f"AUTHENTICATE {plain('ada', 'wrong')}")
    ada.send("NS SET PASSWORD another-one")
    eve.send(f"NS REGISTER {PASSWORD}")
    bob.sync()  # all of that was read
    for client in (ada, eve):
        client.close()
    bob.send("PRIVMSG #x :still there")
    assert {bob.message("QUIT").nick, bob.message("QUIT").nick} == {"ada", "eve"}
    assert "password-changed" not in str(s.err), "it waits still"
    s.err.wait("event=password-changed account=ada by=\\*", timeout=3 * DEADLINE)
    client = newcomer(s)
    client.send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('ada', 'another-one')}")
    assert client.message("90[2-8]", 5 * DEADLINE).command == "903"
    assert not [line for line in s.err.lines if "event=account-made account=eve" in line]


def test_waiting_for_the_server_is_not_being_late(server):
    s = server("--iterations", "500000", "--registration-timeout", "1s", "--attempts", "0")
    register(s.irc("eve"))
    many = []
    for _ in range(8):
        many.append(newcomer(s))
        many[-1].send("AUTHENTICATE PLAIN", f"AUTHENTICATE {plain('eve', PASSWORD)}")
        next_message(many[-1])
    while many:
        for client in select.select(many, [], [], 3 * DEADLINE)[0]:  # in whatever order they are answered
            many.remove(client)
            assert client.message("90[34]").command == "903"
            client.send(f"NICK late{len(many)}", "USER x 0 * :x", "CAP END")
            client.message("001")


# ---- REGISTER ----------------------------------------------------------------------------------------


def test_register(server):
    s = server(*FAST)
    bob = s.irc("bob", caps="draft/account-registration")
    bob.send("REGISTER bob bob@example.org :correct horse")
    assert bob.message("REGISTER").params[:2] == ["SUCCESS", "bob"]
    bob.message("900")
    assert account_of(bob, "bob") == "bob"
    assert login_plain(newcomer(s), "bob", "correct horse") == "903"


@pytest.mark.parametrize("over", ["unix", "tcp"])
def test_register_before_connecting(server, over):
    s = server(*FAST)
    bob = s.irc(over=over)
    bob.send("CAP LS 302", "CAP REQ draft/account-registration", "NICK bob")
    bob.send(f"REGISTER * * :{PASSWORD}")
    bob.message("REGISTER")
    bob.send("USER bob 0 * :Bob", "CAP END")
    bob.message("001")
    assert account_of(bob, "bob") == "bob"


def test_register_is_refused(s):
    bob = s.irc("bob")
    assert refusals(bob, "REGISTER carol * longenough") == ["REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", "carol"]
    assert refusals(bob, "REGISTER * * short") == ["REGISTER", "WEAK_PASSWORD", "bob"]
    assert refusals(bob, "REGISTER * * :tab\tin the middle")[1] == "UNACCEPTABLE_PASSWORD"
    register(bob)
    assert refusals(bob, "REGISTER * * longenough") == ["REGISTER", "ALREADY_AUTHENTICATED", "*"]
    assert refusals(bob, "VERIFY bob 123") == ["VERIFY", "ALREADY_AUTHENTICATED", "bob"]
    eve = s.irc("eve")
    assert refusals(eve, "VERIFY eve 123") == ["VERIFY", "INVALID_CODE", "eve"]
    eve.ask("NICK bobby")
    assert eve.answers("REGISTER x")[0][0] == "461"


def test_register_somebody_elses_nick(s):
    s.irc("root")
    client = s.irc()
    client.send("NICK root", "REGISTER * * :" + PASSWORD)
    assert client.message("433")
    assert client.message("FAIL").params[:3] == ["REGISTER", "ACCOUNT_EXISTS", "*"]
    client.send("NICK ada", "REGISTER * * :" + PASSWORD)
    assert client.message("FAIL").params[1] == "ACCOUNT_EXISTS"


def test_register_needs_the_servers_password(server, folder):
    (folder / "password").write_text("sesame\n")
    s = server(*FAST, "--password-file", folder / "password")
    client = s.irc()
    client.send("CAP LS 302", "NICK bob")
    assert refusals(client, f"REGISTER * * :{PASSWORD}")[1] == "COMPLETE_CONNECTION_REQUIRED"
    client.send("PASS sesame", f"REGISTER * * :{PASSWORD}")
    client.expect("REGISTER SUCCESS")


def test_register_after_connecting_only(server):
    s = server(*FAST, "--no-before-connect")
    client = s.irc()
    client.send("CAP LS 302", "NICK bob")
    assert refusals(client, f"REGISTER * * :{PASSWORD}")[1] == "COMPLETE_CONNECTION_REQUIRED"
    client.send("USER bob 0 * :Bob", "CAP END")
    client.message("001")
    register(client)


@pytest.mark.parametrize("who", ["operator", "closed"])
def test_register_closed(server, who):
    s = server(*FAST, "--registration", who)
    assert refusals(s.irc("bob"), f"REGISTER * * :{PASSWORD}")[1] == "TEMPORARILY_UNAVAILABLE"


def test_registrations_from_one_address(server):
    s = server(*FAST, "--registrations", "2")
    for nick in ("one", "two"):
        register(s.irc(nick, over="tcp"))
    assert refusals(s.irc("three", over="tcp"), f"REGISTER * * :{PASSWORD}")[1] == "TEMPORARILY_UNAVAILABLE"
    register(s.irc("four"))


# ---- how others see it -------------------------------------------------------------------------------


def test_extended_join_and_account_tag(s):
    bob = s.irc("bob", caps="extended-join account-tag account-notify", channel="#c")
    ada = logged_in(s, "ada")
    ada.send("JOIN #c")
    m = bob.message("JOIN")
    assert m.params == ["#c", "ada", "ada"] and m.tags["account"] == "ada"
    ada.send("PRIVMSG #c :hi", "NOTICE bob :ho", "INVITE bob #d")
    assert bob.message("PRIVMSG").tags["account"] == "ada"
    assert bob.message("NOTICE").tags["account"] == "ada"
    s.irc("eve").send("PRIVMSG bob :x", "JOIN #c")
    assert "account" not in bob.message("PRIVMSG").tags
    assert bob.message("JOIN").params == ["#c", "*", "eve"]
    carol = s.irc("carol", channel="#c")
    ada.send("PRIVMSG #c :plain")
    assert carol.message("PRIVMSG").tags == {}


def test_odd_names_in_tags(server):
    s = server(*FAST)
    odd = register(s.irc(r"a;b\c"))
    bob = s.irc("bob", caps="account-tag")
    odd.send("PRIVMSG bob :hi")
    assert bob.message("PRIVMSG").tags["account"] == r"a;b\c"


def test_who(s):
    ada = logged_in(s, "ada")
    bob = s.irc("bob")
    assert bob.answers("WHO ada %na")[0] == ["354", "ada", "ada"]
    assert bob.answers("WHO bob %na")[0] == ["354", "bob", "0"]
    assert account_of(ada, "bob") is None


def test_logging_out_is_told(s):
    ada = logged_in(s, "ada", channel=None)
    bob = s.irc("bob", caps="account-notify", channel="#c")
    ada.join("#c")
    ada.send("NS LOGOUT")
    ada.message("901")
    assert bob.message("ACCOUNT").params == ["*"]
    assert account_of(bob, "ada") is None


# ---- reserved nicks ----------------------------------------------------------------------------------


def test_a_nick_belongs_to_its_account(s):
    eve = s.irc()
    eve.send("NICK Ada", "USER eve 0 * :Eve")
    assert eve.message("433").params[1] == "Ada"
    eve.send("NICK eve")
    eve.message("001")
    assert "433" in commands(eve.ask("NICK ada"))
    ada = logged_in(s, "ada")
    assert ada.nick == "ada"
    ada.send("NICK other")
    ada.message("NICK")
    assert "433" in commands(eve.ask("NICK ada"))
    ada.send("NICK ADA")
    ada.message("NICK")


def test_nicks_are_not_reserved_when_told_so(server):
    s = server(*FAST, "--no-reserve-nicks")
    register(s.irc("ada")).send("QUIT")
    assert s.irc("ada").answers("NICK ada") == []


def test_nobody_is_a_service(s):
    eve = s.irc()
    eve.send("NICK nickserv", "USER eve 0 * :Eve")
    eve.message("433")
    eve.send("NICK eve")
    eve.message("001")
    assert "433" in commands(eve.ask("NICK NickServ"))


# ---- and after a restart -----------------------------------------------------------------------------


def test_accounts_are_kept(server, features):
    if "sqlite" not in features:
        pytest.skip("no store on the disk in this build")
    s = server(*FAST)
    register(s.irc("ada"))
    gone = register(s.irc("gone"))
    gone.send("NS DROP gone")
    gone.message("901")
    salt = login_scram(newcomer(s), "nobody", "x")[1].salt
    s.stop()
    s = server(*FAST, store=s.store)
    assert login_scram(newcomer(s), "ada")[0] == "903"
    assert login_plain(newcomer(s), "ada") == "903"
    assert login_plain(newcomer(s), "gone") == "904"
    assert login_scram(newcomer(s), "nobody", "x")[1].salt == salt
    assert PASSWORD.encode() not in s.store.read_bytes()


def test_no_password_in_the_log(server):
    s = server(*FAST, "--log-level", "debug", "--show-messages")
    ada = register(s.irc("ada"))
    login_plain(newcomer(s), "ada")
    login_plain(newcomer(s), "ada", "wrong-secret")
    ada.ask("PRIVMSG NickServ :IDENTIFY wrong-secret", "NS SET PASSWORD other-secret")
    s.err.wait("event=password-changed")
    log = str(s.err) + str(s.out)
    assert PASSWORD not in log and "wrong-secret" not in log and "other-secret" not in log


assert parts("") == ["AUTHENTICATE +"]
