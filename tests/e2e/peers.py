"""What the tests of `sockchat peer` share: the other side, when it waits."""

import socket

import pytest

from harness import DEADLINE

WAITING = r"^Waiting for a client to connect\.\.\. \((.*)\)"


@pytest.fixture
def server():
    """A listening socket of the test's own."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        s.settimeout(DEADLINE)
        yield s


def port_of(server):
    return str(server.getsockname()[1])


def accept(server):
    sock, _ = server.accept()
    sock.settimeout(DEADLINE)
    return sock
