"""IRC: questions about people, channels and the server. None of them changes anything."""

import os
import re
import time

import pytest

from harness import commands, parse


@pytest.fixture
def s(server):
    return server(
        "--name", "chat.example", "--network", "Example", "--description", "A chat to test"
    )


@pytest.fixture
def people(s):
    """ada, operator of #x, and bob in it; eve outside. All over TCP."""
    ada = s.irc("ada", over="tcp", realname="Ada Lovelace", channel="#x")
    bob = s.irc("bob", over="tcp", channel="#x")
    eve = s.irc("eve", over="tcp")
    ada.sync()
    return ada, bob, eve


# ---- WHO -----------------------------------------------------------------------------------------------


def who(client, rest):
    """The nicks that WHO answers."""
    seen = client.answers(f"WHO {rest}")
    assert seen[-1][0] == "315"
    return sorted(a[5] for a in seen if a[0] == "352")


def test_who(people):
    ada, bob, eve = people
    assert sorted(ada.answers("WHO #X"), key=lambda a: a[-1]) == [
        ["352", "#x", "~ada", "127.0.0.1", "chat.example", "ada", "H@", "0 Ada Lovelace"],
        ["352", "#x", "~bob", "127.0.0.1", "chat.example", "bob", "H", "0 bob"],
        ["315", "#X", "End of WHO list"],
    ]
    bob.ask("AWAY :x")
    assert eve.answers("WHO BOB") == [
        ["352", "*", "~bob", "127.0.0.1", "chat.example", "bob", "G", "0 bob"],
        ["315", "BOB", "End of WHO list"],
    ]
    assert who(eve, "*") == who(eve, "0") == who(eve, "") == ["ada", "bob", "eve"]
    assert who(eve, "z*") == []
    assert who(eve, "b?b") == ["bob"]
    assert who(eve, "*Lovelace") == ["ada"]
    assert who(eve, "127.*") == ["ada", "bob", "eve"]
    assert who(eve, "nobody") == who(eve, "#none") == who(eve, "* o") == []


def test_who_does_not_show_what_is_hidden(people):
    ada, bob, eve = people
    bob.ask("MODE bob +i")
    assert who(eve, "*") == ["ada", "eve"]
    assert who(eve, "#x") == ["ada"]
    assert who(ada, "*") == ["ada", "bob", "eve"], "who shares a channel sees"
    assert who(eve, "bob") == ["bob"], "who knows the name may ask"
    ada.ask("MODE #x +s")
    assert who(eve, "#x") == []
    assert who(ada, "#x") == ["ada", "bob"]


def test_whox(people):
    ada, _, eve = people
    assert ada.answers("WHO ada %tcuihsnfdlaor,42")[0] == (
        [
            "354",
            "42",
            "*",
            "~ada",
            "127.0.0.1",
            "127.0.0.1",
            "chat.example",
            "ada",
            "H",
            "0",
            "0",
            "0",
            "n/a",
        ]
        + ["Ada Lovelace"]
    )
    assert ada.answers("WHO #x %cn")[0] == ["354", "#x", "ada"]
    assert ada.answers("WHO #x %rfnt,123")[0] == [
        "354",
        "123",
        "ada",
        "H@",
        "Ada Lovelace",
    ], "in the order of old"
    assert ada.answers("WHO nobody %n") == [["315", "nobody", "End of WHO list"]]


def test_addresses(server):
    """Of others only what everybody is shown; one's own, and to operators all."""
    s = server("--unix-operator", str(os.geteuid()))
    ada, bob, boss = s.irc("ada", over="tcp"), s.irc("bob", over="tcp"), s.irc("boss")
    bob.ask("AWAY :tea")
    boss.ask("CHGHOST bob cats.example")
    hidden, own = "bob=-~bob@255.255.255.255", "ada=+~ada@127.0.0.1"
    assert ada.answers("USERIP BOB nobody ada") == [["340", f"{hidden} {own}"]]
    assert boss.answers("USERIP bob ada")[0][1] == f"bob=-~bob@127.0.0.1 {own}"
    assert ada.answers("USERIP nobody", "USERIP")[0] == ["340", ""]
    assert [c.answers("WHO bob %i")[0][1] for c in (ada, bob, boss)] == ["255.255.255.255"] + 2 * ["127.0.0.1"]
    boss.ask("CHGHOST bob")
    assert ada.answers("WHO bob %i", "WHO boss %i")[::2] == 2 * [["354", "127.0.0.1"]]


# ---- WHOIS and WHOWAS ----------------------------------------------------------------------------------


def test_whois(people):
    ada, bob, eve = people
    ada.ask("JOIN #secret", "MODE #secret +s", "AWAY :lunch", "JOIN #open")
    seen = eve.answers("WHOIS ADA")
    idle = seen[-2]
    assert seen == [
        ["311", "ada", "~ada", "127.0.0.1", "*", "Ada Lovelace"],
        ["319", "ada", seen[1][2]],
        ["312", "ada", "chat.example", "A chat to test"],
        ["301", "ada", "lunch"],
        ["317", "ada", idle[2], idle[3], "seconds idle, signon time"],
        ["318", "ADA", "End of /WHOIS list"],
    ]
    assert sorted(seen[1][2].split()) == ["@#open", "@#x"]
    assert int(idle[2]) < 10 and abs(int(idle[3]) - time.time()) < 10
    own = ada.answers("WHOIS chat.example ada")
    assert sorted(own[1][2].split()) == ["@#open", "@#secret", "@#x"]
    assert ["379", "ada", "is using modes +"] in own
    assert ["378", "ada", "is connecting from ~ada@127.0.0.1 127.0.0.1"] in own
    assert commands(eve.ask("WHOIS nobody")) == ["401", "318"]
    assert commands(eve.ask("WHOIS", "WHOIS :")) == ["431", "431"]


def test_whois_of_many_channels(server):
    s = server("--channels", "100")
    ada, eve = s.irc("ada"), s.irc("eve")
    names = {f"#channel-with-a-long-name-{i:02}" for i in range(60)}
    for name in names:
        ada.join(name)
    seen = [a for a in eve.answers("WHOIS ada") if a[0] == "319"]
    assert len(seen) > 2
    assert {name.lstrip("@") for a in seen for name in a[2].split()} == names


def test_whowas(people):
    ada, bob, eve = people
    bob.ask("NICK bill", "NICK bob")
    bob.send("QUIT")
    bob.end()
    ada.message("QUIT")
    seen = eve.answers("WHOWAS BOB")
    assert [a[0] for a in seen] == ["314", "312", "314", "312", "369"]
    assert seen[0] == ["314", "bob", "~bob", "127.0.0.1", "*", "bob"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", seen[1][-1])
    assert [a[0] for a in eve.answers("WHOWAS bob 1")] == ["314", "312", "369"]
    assert [a[0] for a in eve.answers("WHOWAS bob -1")] == ["314", "312", "314", "312", "369"]
    assert [a[0] for a in eve.answers("WHOWAS nobody")] == ["406", "369"]
    assert [a[0] for a in eve.answers("WHOWAS", "WHOWAS bill")] == ["431", "314", "312", "369"]


# ---- the short ones ------------------------------------------------------------------------------------


def test_ison(people):
    ada, _, eve = people
    assert eve.answers("ISON nobody ADA bob", "ISON :bob eve", "ISON nobody") == [
        ["303", "ada bob"],
        ["303", "bob eve"],
        ["303", ""],
    ]
    assert eve.answers("ISON")[0][0] == "461"


def test_userhost(people):
    ada, bob, eve = people
    bob.ask("AWAY :x")
    assert eve.answers("USERHOST ada nobody BOB") == [
        ["302", "ada=+~ada@127.0.0.1 bob=-~bob@127.0.0.1"]
    ]


def test_answers_are_whole_and_bounded(server):
    """Names at their longest: what does not fit is left out, not cut in the middle."""
    s = server("--name-length", "64")
    many = [s.irc(f"x{i}" + "n" * 62, user="u" * 20, over="tcp") for i in range(9)]
    nicks = [c.nick for c in many]
    for line, number in (
        ("ISON " + " ".join(nicks[:7]), 6),
        ("USERHOST " + " ".join(nicks[:5]), 4),
    ):
        answer = many[0].ask(line)[0]
        assert len(answer.encode()) <= 510
        words = parse(answer).params[-1].split()
        assert len(words) == number
        assert all(re.fullmatch(r"x\dn{62}(=\+~u{20}@127.0.0.1)?", word) for word in words), words


# ---- LIST ----------------------------------------------------------------------------------------------


def test_list(people):
    ada, bob, eve = people
    ada.ask("JOIN #a", "JOIN #b", "TOPIC #b :Cats", "JOIN #hidden", "MODE #hidden +s")

    def listed(rest):
        seen = eve.answers(f"LIST {rest}")
        assert (seen[0][0], seen[-1][0]) == ("321", "323")
        return sorted(a[1] for a in seen[1:-1])

    assert eve.answers("LIST #B") == [
        ["321", "Channel", "Users  Name"],
        ["322", "#b", "1", "Cats"],
        ["323", "End of /LIST"],
    ]
    assert listed("") == ["#a", "#b", "#x"]
    assert listed("#a,#none,#X") == ["#a", "#x"]
    assert listed(">1") == ["#x"]
    assert listed("<2") == ["#a", "#b"]
    assert listed("<2,!#a") == ["#b"]
    assert listed("#?") == ["#a", "#b", "#x"]
    assert listed("*b*") == ["#b"]
    assert listed("C<1") == ["#a", "#b", "#x"]
    assert listed("C>1") == []
    assert listed("T<1") == ["#b"]
    assert listed("T>1") == []
    assert "#hidden" in [a[1] for a in ada.answers("LIST")]


# ---- the server ----------------------------------------------------------------------------------------


def test_lusers(s, people):
    ada, bob, eve = people
    bob.ask("MODE bob +i")
    s.irc().ask("CAP LS")
    assert eve.answers("LUSERS") == [
        ["251", "There are 2 users and 1 invisible on 1 servers"],
        ["252", "0", "operator(s) online"],
        ["253", "1", "unknown connection(s)"],
        ["254", "1", "channels formed"],
        ["255", "I have 3 clients and 0 servers"],
        ["265", "3", "3", "Current local users 3, max 3"],
        ["266", "3", "3", "Current global users 3, max 3"],
    ]
    bob.send("QUIT")
    bob.end()
    assert ["265", "2", "3", "Current local users 2, max 3"] in eve.answers("LUSERS")


def test_about_the_server(people):
    ada = people[0]
    assert ada.answers("VERSION")[0][2] == "chat.example"
    assert [a[0] for a in ada.answers("VERSION")][1:] == ["005"] * (len(ada.answers("VERSION")) - 1)
    answer = ada.answers("TIME")[0]
    assert answer[:2] == ["391", "chat.example"] and abs(int(answer[2]) - time.time()) < 10
    assert {a[0] for a in ada.answers("INFO")} == {"371", "374"}
    assert ada.answers("LINKS") == [["365", "*", "End of /LINKS list"]]
    assert ada.answers("ADMIN") == [["423", "chat.example", "No administrative info available"]]
    for command in ("VERSION", "TIME", "INFO", "ADMIN", "MOTD"):
        assert ada.answers(f"{command} other.example") == [
            ["402", "other.example", "No such server"]
        ]
        assert ada.answers(f"{command} CHAT.example")[0][0] != "402"


def test_admin(server):
    ada = server("--admin", "Root <root@chat.example>").irc("ada")
    assert [a[0] for a in ada.answers("ADMIN")] == ["256", "257", "258", "259"]
    assert ada.answers("ADMIN")[-1][1] == "Root <root@chat.example>"


def test_help(people):
    """Every command that HELP lists has help."""
    ada = people[0]
    seen = ada.answers("HELP")
    assert (seen[0][0], seen[-1][0]) == ("704", "706")
    names = [name for a in seen if a[0] == "705" for name in a[2].split()]
    assert {"JOIN", "WHO", "DIE", "CAP", "HELP"} <= set(names)
    assert names == sorted(names)
    for name in names:
        lines = ada.answers(f"HELP {name.lower()}")
        assert [a[0] for a in lines] == ["704", "705", "706"]
        assert lines[0][2].split()[0] == name and lines[1][2].endswith(".")
    assert ada.answers("HELP nosuch") == [["524", "nosuch", "No help available on this topic"]]
    assert ada.answers("HELPOP JOIN")[0][0] == "704"


def test_stats(people):
    ada = people[0]
    assert [a[0] for a in ada.answers("STATS u")] == ["242", "219"]
    used = {a[1]: int(a[2]) for a in ada.answers("STATS m") if a[0] == "212"}
    assert used["JOIN"] == 2 and used["NICK"] == 3
    *turns, longest = [a[2] for a in ada.answers("STATS t") if a[:2] == ["249", "t"]]
    took = [re.fullmatch(r"(\d+) turns took less than (\d+) us", x) for x in turns]
    total, most = re.fullmatch(r"(\d+) turns in all, the longest took (\d+) us", longest).groups()
    assert sum(int(m.group(1)) for m in took) == int(total) > 10
    bounds = [int(m.group(2)) for m in took]
    assert bounds == sorted(bounds) and bounds[-1] > int(most) >= bounds[-1] // 2
    assert ada.answers("STATS o", "STATS z") == [
        ["219", "o", "End of /STATS report"],
        ["219", "z", "End of /STATS report"],
    ]
    assert ada.answers("STATS")[0][0] == "461"
