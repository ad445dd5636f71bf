"""
The controller with which progval/irctest runs its client tests against `sockchat connect` (`make irctest
IRCTEST_SUITE=client` says how). The program is $SOCKCHAT; there is nobody at its keyboard: it is a filter.
"""

import os
import subprocess

from irctest.basecontrollers import BaseClientController, DirectoryBasedController, NotImplementedByController

PROGRAM = os.environ["SOCKCHAT"]


class SockchatConnectController(BaseClientController, DirectoryBasedController):
    software_name = "sockchat connect"
    supported_sasl_mechanisms = {"PLAIN", "SCRAM-SHA-256"}
    supports_sts = False

    def run(self, hostname, port, auth=None, tls_config=None):
        if tls_config is not None and tls_config.enable:
            raise NotImplementedByController("TLS")
        self.create_config()
        options = ["--config", "/dev/null", "--name", "sockchat"]
        if auth is not None:
            (self.directory / "password").write_text((auth.password or "") + "\n")
            mechanisms = [m.to_string().lower() for m in auth.mechanisms]
            options += ["--account", auth.username, "--account-mechanism", mechanisms[0]]
            options += ["--account-password-file", str(self.directory / "password")]
        # Its input stays open: at the end of it, it would leave.
        self.proc = self.execute([PROGRAM, "connect", *options, hostname, str(port)], stdin=subprocess.PIPE)


def get_irctest_controller_class():
    return SockchatConnectController
