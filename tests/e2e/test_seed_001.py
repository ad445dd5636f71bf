"""
Seed 001: a server and a client by socket, bind and connect; in the Unix domain and in the Internet domain; the
server bound to one of several virtual interfaces, the client to a source address of its own.
"""

import os
import re

import pytest

from netns import Host, Sockchat

PORT = 5000  # free: the hosts here are new


@pytest.fixture
def hosts():
    """
    The seed's network: a server whose wlan0 has two virtual interfaces, wlan0:1 and wlan0:2, and a client
    on the same cable. Both have a second interface, wlan1.
    """
    made = []
    try:
        server = Host()
        made.append(server)
        client = Host(beside=server)
        made.append(client)
        for name in ("wlan0", "wlan1"):
            server.link(name, client)
        server.ip("addr add 192.168.1.5/24 dev wlan0")
        server.ip("addr add 192.168.1.6/24 dev wlan0 label wlan0:1")
        server.ip("addr add 192.168.1.7/24 dev wlan0 label wlan0:2")
        server.ip("addr add 10.77.0.1/24 dev wlan1")
        client.ip("addr add 192.168.1.20/24 dev wlan0")
        client.ip("addr add 192.168.1.21/24 dev wlan0 label wlan0:1")
        client.ip("addr add 10.77.0.20/24 dev wlan1")
        server.ip("addr add fd00:77::5/64 dev wlan0 nodad")
        client.ip("addr add fd00:77::20/64 dev wlan0 nodad")
        yield server, client
    finally:
        for host in reversed(made):
            host.close()


@pytest.fixture
def net(sockchat, env, folder, things, hosts):
    return Sockchat(sockchat, env, folder, things)


def reaches(net, host, address, *options, port=PORT, name="ada"):
    """A message sent from there was acknowledged."""
    done = net.run(host, "connect", "--name", name, *options, address, port, input="hello\n")
    assert done.returncode in (0, 4), done.stderr
    if done.returncode == 4:
        assert f"{address} port {port}: connection refused; is a server running there?" in done.stderr
    return done.returncode == 0


def listening(server):
    """Addresses and ports, as the log has them."""
    lines = "\n".join(m.group() for m in server.listening)
    return sorted(re.findall(r"address=(\S+) port=(\d+)", lines))


def came_from(server, nick):
    return server.err.wait(rf"event=registered nick={nick} .*\bhost=(\S+)")[0].group(1)


# ---- the two domains -----------------------------------------------------------------------------------


def test_both_domains_meet(server):
    """Who is connected over a Unix socket, over IPv4 and over IPv6 is in one and the same chat."""
    s = server("--bind", "[::1]:0", listeners=3)
    unix = s.irc("una", over="unix", channel="#lobby")
    four = s.irc("ivy", over="tcp", channel="#lobby")
    six = s.plain("sixta", over=("::1", s.ports[1]))
    unix.expect(r"sixta\S* JOIN")
    for who, others in ((unix, (four, six)), (four, (unix, six))):
        who.send(f"PRIVMSG #lobby :from {who.nick}")
        for other in others:
            other.expect(rf"from {who.nick}$")
    six.send("from sixta")
    unix.expect("PRIVMSG #lobby :from sixta$")
    four.expect("PRIVMSG #lobby :from sixta$")


def test_abstract_unix_socket(server, run):
    """A name that is no file: nothing is left behind, and no folder's permissions matter."""
    name = f"@sockchat-test-{os.getpid()}"
    s = server("--unix", name, unix=False, port=False, listeners=1)
    done = run("connect", "--unix", name, "--name", "ada", input="hello\n")
    assert done.returncode == 0, done.stderr
    busy = run("serve", "--unix", name)
    assert busy.returncode == 4
    assert f"{name}: another server is listening there" in busy.stderr
    s.stop()
    gone = run("connect", "--unix", name, input="hello\n")
    assert gone.returncode == 4
    assert f"{name}: connection refused; is a server running there?" in gone.stderr


# ---- the server on one of several interfaces -----------------------------------------------------------


@pytest.mark.parametrize(
    "options, here",
    [
        (("--bind", "wlan0:1", "--port", PORT), "192.168.1.6"),
        (("--bind", f"wlan0:2:{PORT}"), "192.168.1.7"),
        (("--bind", "192.168.1.7"), "192.168.1.7"),
        (("--bind", f"192.168.1.5:{PORT}"), "192.168.1.5"),
    ],
    ids=["label", "label and port", "address", "address and port"],
)
def test_bound_to_one_address(net, hosts, options, here):
    s = net.serve(hosts[0], *options, listeners=1)
    assert listening(s) == [(here, str(PORT))]
    for address in ("192.168.1.5", "192.168.1.6", "192.168.1.7", "10.77.0.1"):
        assert reaches(net, hosts[1], address) == (address == here)


def test_bound_to_an_interface(net, hosts):
    """The interface without its labels, which count as interfaces of their own; IPv6 too."""
    s = net.serve(hosts[0], "--bind", "wlan0", listeners=3)
    addresses = [address for address, _ in listening(s)]
    assert addresses[0] == "192.168.1.5" and "fd00:77::5" in addresses
    assert any(re.match(r"fe80::.*%wlan0$", address) for address in addresses)
    assert reaches(net, hosts[1], "192.168.1.5")
    assert reaches(net, hosts[1], "fd00:77::5")
    assert not reaches(net, hosts[1], "192.168.1.6")
    assert not reaches(net, hosts[1], "10.77.0.1")
    local = next(address for address in addresses if address.startswith("fe80"))
    assert reaches(net, hosts[1], local)


def test_several_at_once(net, hosts):
    s = net.serve(hosts[0], "--bind", "wlan0:1,wlan1", "--port", "5000,6667", listeners=6)
    found = [pair for pair in listening(s) if not pair[0].startswith("fe80")]
    assert found == [(a, p) for a in ("10.77.0.1", "192.168.1.6") for p in ("5000", "6667")]
    assert reaches(net, hosts[1], "10.77.0.1", port=6667)
    assert not reaches(net, hosts[1], "192.168.1.5")


def test_an_interface_that_just_came_up(net, hosts):
    """Its IPv6 addresses are still being proved ("tentative"): they are listened on all the same."""
    hosts[0].ip("link set wlan1 down")
    hosts[0].ip("link set wlan1 up")
    hosts[0].ip("addr add fd00:78::5/64 dev wlan1")
    s = net.serve(hosts[0], "--bind", f"wlan1:{PORT}", listeners=2)
    assert ("10.77.0.1", str(PORT)) in listening(s)
    assert ("fd00:78::5", str(PORT)) in listening(s)


def test_what_is_not_there(net, hosts):
    for bind, sentence in (
        ("wlan0:9", 'there is no label "wlan0:9" here'),
        ("wlan7", 'there is no interface or label "wlan7" here, only lo, wlan0, wlan1, wlan0:1, wlan0:2'),
        ("192.168.1.99", "192.168.1.99 is not an address of this machine"),
    ):
        done = net.run(hosts[0], "serve", "--bind", bind)
        assert done.returncode == 4
        assert sentence in done.stderr
        assert done.stdout == ""


def test_without_ipv6(net, hosts):
    for where in ("all", "default", "lo"):
        hosts[0].sysctl(f"net.ipv6.conf.{where}.disable_ipv6", 1)
    s = net.serve(hosts[0], listeners=2)
    assert listening(s) == [("127.0.0.1", "5000")]
    s.stop()
    net.serve(hosts[0], "--port", PORT, listeners=1)
    assert reaches(net, hosts[1], "192.168.1.5")
    done = net.run(hosts[0], "serve", "--bind", "::1")
    assert done.returncode == 4
    assert "::1 is not an address of this machine" in done.stderr


# ---- the client ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options, source",
    [
        (("--source", "192.168.1.21"), "192.168.1.21"),
        (("--interface", "wlan0:1"), "192.168.1.21"),
        (("--interface", "wlan0"), "192.168.1.20"),
        ((), "192.168.1.20"),
    ],
    ids=["source", "label", "interface", "any"],
)
def test_client_comes_from(net, hosts, options, source):
    s = net.serve(hosts[0], "--port", PORT, listeners=2)
    assert reaches(net, hosts[1], "192.168.1.6", *options)
    assert came_from(s, "ada") == source


def test_client_leaves_by_its_interface(net, hosts):
    """
    Two ways lead to the server's address; the one that is asked for is taken. The right source address on
    the wrong way would not do: the server drops what comes from an address by another way than it would answer.
    """
    for host, strictness in zip(hosts, (1, 2)):
        for name in ("all", "default", "wlan0", "wlan1"):
            host.sysctl(f"net.ipv4.conf.{name}.rp_filter", strictness)
    hosts[1].ip("route add 10.99.0.0/24 via 192.168.1.5 metric 10")
    hosts[1].ip("route add 10.99.0.0/24 via 10.77.0.1 metric 20")
    hosts[0].ip("addr add 10.99.0.1/32 dev lo")
    s = net.serve(hosts[0], "--port", PORT, listeners=2)
    assert reaches(net, hosts[1], "10.99.0.1", name="one")
    assert came_from(s, "one") == "192.168.1.20"
    assert reaches(net, hosts[1], "10.99.0.1", "--interface", "wlan1", "--timeout", "5s", name="other")
    assert came_from(s, "other") == "10.77.0.20"


def test_client_refuses_what_is_not_its_own(net, hosts):
    for options, sentence in (
        (("--source", "192.168.1.6"), "source address 192.168.1.6: not an address of this machine"),
        (("--interface", "wlan9"), 'there is no interface or label "wlan9" here'),
    ):
        done = net.run(hosts[1], "connect", *options, "192.168.1.5", PORT, input="hello\n")
        assert done.returncode == 4
        assert sentence in done.stderr


def test_all_addresses_of_a_name(net, hosts, folder):
    """
    The first address of the name answers nothing (and would for seconds): the next is tried while it is
    waited for, RFC 8305.
    """
    names = folder / "hosts"
    names.write_text("fd00:77::99 chat.example\n192.168.1.6 chat.example\n")
    hosts[1].run("mount", "--bind", names, "/etc/hosts")
    s = net.serve(hosts[0], "--port", PORT, listeners=2)
    done = net.run(
        hosts[1], "connect", "--name", "ada", "--timeout", "2s", "chat.example", PORT, input="hello\n"
    )
    assert done.returncode == 0, done.stderr
    assert came_from(s, "ada") == "192.168.1.20"


def test_no_way_there(net, hosts):
    done = net.run(hosts[1], "connect", "203.0.113.1", PORT, input="hello\n")
    assert done.returncode == 4
    assert f"203.0.113.1 port {PORT}: the network cannot be reached from here" in done.stderr


def test_nobody_answers(net, hosts):
    done = net.run(hosts[1], "connect", "--timeout", "300ms", "192.168.1.99", PORT, input="hello\n")
    assert done.returncode == 4
    assert f"192.168.1.99 port {PORT}: no answer within 0.3 seconds" in done.stderr


def test_does_not_talk_to_itself(net, hosts):
    """
    Where nobody listens, the kernel may give the client the very port that it asks for, and connects it to
    itself. Here it has no other to give.
    """
    hosts[1].sysctl("net.ipv4.ip_local_port_range", "40000 40000")
    done = net.run(hosts[1], "connect", "127.0.0.1", "40000", input="hello\n")
    assert done.returncode == 4
    assert "127.0.0.1 port 40000: connection refused" in done.stderr


# ---- two people, no server -----------------------------------------------------------------------------


def test_peer_on_a_label_from_a_source(net, hosts):
    one = net.spawn(hosts[0], "peer", "--listen", PORT, "--bind", "wlan0:1")
    one.err.wait(rf"192\.168\.1\.6:{PORT}")
    refused = net.run(hosts[1], "peer", "192.168.1.7", PORT)
    assert refused.returncode == 4
    assert f"192.168.1.7 port {PORT}: connection refused" in refused.stderr
    two = net.spawn(hosts[1], "peer", "--source", "192.168.1.21", "192.168.1.6", PORT)
    two.write("hello from two\n")
    one.out.wait("^hello from two$")
    assert re.search(rf"192\.168\.1\.6:{PORT}\s+192\.168\.1\.21:", hosts[0].run("ss", "-Htn").stdout)
    one.write("hello from one\n")
    two.out.wait("^hello from one$")
    one.close_input()
    two.close_input()
    assert one.wait() == two.wait() == 0
