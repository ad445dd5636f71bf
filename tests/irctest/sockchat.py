"""
The controller with which progval/irctest runs its server tests against `sockchat serve` (`make irctest`
says how). It promises everything that the suite can ask for: what is missing fails instead of being skipped.
The program is $SOCKCHAT.
"""

import collections
import os
import shutil
import subprocess

from irctest.basecontrollers import BaseServerController, DirectoryBasedController, NotImplementedByController
from irctest.patma import ANYSTR, StrRe
from irctest.specifications import Capabilities, OptionalBehaviors

PROGRAM = os.environ["SOCKCHAT"]
OPERATOR_HASH = "$5$operuser$yzERxPy3RU3IFsvzoZGdAOVpufIHbrhadd8BERO1gc5"  # of "operpassword"
LINE_MOST = 400  # bytes of a password that still fits into a command

SETTINGS = [
    *("--config", "/dev/null"),
    *("--name", "My.Little.Server"),
    *("--description", "test server"),
    *("--operator", f"operuser *@* {OPERATOR_HASH}"),
    *("--log-level", "warning"),
    *("--ping-interval", "1h"),  # faketime makes clocks go 30 times as fast
    *("--iterations", "4096"),
    *("--password-length", "1"),
    *("--proxy-from", "127.0.0.1"),
    "--no-proxy-required",
]
NO_LIMITS = [
    word
    for name in (
        *("clients-per-address", "input-rate", "nick-changes"),
        *("attempts", "account-attempts", "registrations"),
    )
    for word in (f"--{name}", "0")
]


class Configuration(collections.defaultdict):
    """Stands for another server's configuration, which some tests change: what they want is read from it."""

    def __init__(self):
        super().__init__(Configuration)

    def asks(self, *keys):
        value = self
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value


class SockchatController(BaseServerController, DirectoryBasedController):
    software_name = "sockchat"
    supported_sasl_mechanisms = {"PLAIN", "SCRAM-SHA-256"}
    supports_sts = False
    extban_mute_char = "m"
    _port_wait_interval = 0.01

    capabilities = frozenset(Capabilities) - {Capabilities.STS}
    # The server takes UTF-8 alone, and says so: UTF8ONLY.
    optional_behaviors = frozenset(OptionalBehaviors) - {OptionalBehaviors.NON_UTF8_MESSAGE}

    isupport = {
        "ACCOUNTEXTBAN": ANYSTR,
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "CHANMODES": StrRe("[^,]*b[^,]*e[^,]*I[^,]*,k,[^,]*l[^,]*,(?=.*C)(?=.*i)(?=.*m)(?=.*n)(?=.*s)(?=.*t).*"),
        "CHANTYPES": "#",
        "CHATHISTORY": ANYSTR,
        "ELIST": StrRe("(?=.*C)(?=.*M)(?=.*N)(?=.*T)(?=.*U).*"),
        "EXCEPTS": "e",
        "EXTBAN": StrRe(".*,.*m.*"),
        "INVEX": "I",
        "MONITOR": ANYSTR,
        "MSGREFTYPES": "msgid,timestamp",
        "NETWORK": "sockchat",
        "PREFIX": StrRe(r"\(.*ov\).*@\+"),
        "STATUSMSG": StrRe(r".*@\+"),
        "TARGMAX": StrRe(".*NAMES:.*"),
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def run(
        self,
        hostname,
        port,
        *,
        password=None,
        ssl=False,
        run_services=False,
        faketime=None,
        websocket_hostname=None,
        websocket_port=None,
    ):
        if ssl:
            raise NotImplementedByController("TLS")
        self.hostname, self.port = hostname, port
        self.create_config()
        self.arguments = [*SETTINGS, *NO_LIMITS, "--store", str(self.directory / "sockchat.db")]
        self.arguments += self.as_configured()
        if password:
            (self.directory / "password").write_text(password + "\n")
            self.arguments += ["--password-file", str(self.directory / "password")]
        self.listeners = ["--bind", f"{hostname}:{port}"]
        if websocket_hostname:
            self.listeners += ["--websocket", f"{websocket_hostname}:{websocket_port}"]
        self.wrapper = ["faketime", "-f", faketime] if faketime else []
        self.faketime_enabled = bool(faketime)
        if faketime and not shutil.which("faketime"):
            raise NotImplementedByController("the command faketime, which is not installed")
        self.start()

    def as_configured(self):
        """What the test at hand wants to be different, in options."""
        wanted = self.test_config
        options = [] if wanted.account_registration_before_connect else ["--no-before-connect"]
        if wanted.account_registration_requires_email:
            options += ["--registration-email", "required"]
        if wanted.ergo_config is None:
            return options
        other = Configuration()
        other["server"]["listeners"]["all"] = None
        wanted.ergo_config(other)
        if other.asks("server", "listeners", "all", "proxy"):
            options.append("--proxy-required")
        modes = other.asks("accounts", "default-user-modes")
        if modes:
            options += ["--user-modes", modes.lstrip("+")]
        always_on = other.asks("accounts", "multiclient", "always-on")
        if always_on:
            options += ["--always-on", always_on]
        modes = other.asks("accounts", "default-user-modes")
        if modes:
            options += ["--user-modes", modes.lstrip("+")]
        return options

    # ---- the process --------------------------------------------------------------------------------

    def start(self):
        self.proc = self.execute([*self.wrapper, PROGRAM, "serve", *self.listeners, *self.arguments])
        self.port_open = False

    def restart(self):
        self.terminate()
        self.start()
        self.wait_for_port()

    # ---- accounts -----------------------------------------------------------------------------------

    def wait_for_services(self):
        """They are in the server."""

    def registerUser(self, case, username, password=None):
        if len((password or "").encode()) > LINE_MOST:
            self.add_account(username, password)
        else:
            self.register(case, username, password)

    def add_account(self, username, password):
        """For a password that no line has room for: from the command line, while no server runs."""
        self.terminate()
        subprocess.run(
            [PROGRAM, "serve", *self.arguments, "--add-account", username],
            input=password + "\n",
            text=True,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        self.start()
        self.wait_for_port()

    def register(self, case, username, password):
        client = case.addClient(show_io=False)
        case.sendLine(client, f"NICK {username}")
        case.sendLine(client, "USER r e g :user")
        while case.getRegistrationMessage(client).command != "001":
            pass
        case.getMessages(client)
        case.sendLine(client, f"PRIVMSG NickServ :REGISTER {password}")
        while True:
            message = case.getMessage(client)
            if message.command == "NOTICE" and message.prefix.startswith("NickServ!"):
                break
        assert "is made" in message.params[1], message.params[1]
        case.sendLine(client, "QUIT")
        case.assertDisconnected(client)


def get_irctest_controller_class():
    return SockchatController
