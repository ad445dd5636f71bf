"""A sockchat whose store is on the disk and outlives it, for what is measured with a full one."""

import os
import shutil
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

from harness import Irc  # noqa: E402
from servers import Sockchat  # noqa: E402

# the ordinary limits, but for those by rate and by address: all come from one
UNLIMITED = ["--input-rate", "0", "--clients-per-address", "0", "--attempts", "0"]
UNLIMITED += ["--account-attempts", "0"]


class OnDisk(Sockchat):
    def __init__(self, program, store, options=()):
        super().__init__("sockchat", program)
        self.store, self.options = store, options

    def command(self, program, folder, port, case):
        fixed = ["--config", "/dev/null", "--bind", "127.0.0.1", "--port", str(port)]
        fixed += ["--log-level", "warning", "--store", self.store]
        return [program, "serve", *fixed, *UNLIMITED, *self.options]


def hand_over(folder):
    """To nobody, as whom the servers run when root measures."""
    if os.geteuid() == 0:
        for path in (folder, *Path(folder).iterdir()):
            shutil.chown(path, "nobody", -1)


class Place:
    """Where to connect to, as harness.Server has it."""

    def __init__(self, port):
        self.port = port

    def irc(self, nick=None, **register):
        client = Irc(socket.create_connection(("127.0.0.1", self.port)))
        return client.register(nick, **register) if nick else client
