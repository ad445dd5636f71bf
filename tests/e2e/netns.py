"""
Machines of their own, as far as the network goes: namespaces with virtual interfaces between them.
They can be made by root, and by anybody where the kernel lets users have namespaces.
"""

import os
import subprocess

import pytest

from harness import Process, Server


class Host:
    """
    A network (and mount) namespace, held open by a process. `beside`: another host that it is to be
    linked with; both then belong to the same user namespace.
    """

    def __init__(self, beside=None):
        self.outer = [] if os.geteuid() == 0 else ["--user"]
        unshare = ["unshare", "--net", "--mount"]
        if beside:
            unshare = beside.enter("unshare", "--net", "--mount")
        elif self.outer:
            unshare += ["--user", "--map-root-user"]
        self.holder = subprocess.Popen(
            [*unshare, "sh", "-c", "echo ready; read until_the_end"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if self.holder.stdout.readline() != b"ready\n":
            reason = self.holder.stderr.read().decode().strip()
            self.close()
            pytest.skip(f"no network namespaces can be made here: {reason}")
        self.run("ip", "link", "set", "lo", "up")

    @property
    def pid(self):
        return str(self.holder.pid)

    def enter(self, *command):
        """The command's words, to be run on this host; it keeps the process id that it is started with."""
        user = [*self.outer, "--preserve-credentials"] if self.outer else []
        return ["nsenter", "--target", self.pid, *user, "--net", "--mount", "--root", *map(str, command)]

    def run(self, *command, check=True, **more):
        more = {"capture_output": True, "text": True, "timeout": 60, **more}
        done = subprocess.run(self.enter(*command), **more)
        assert not check or done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr}"
        return done

    def ip(self, line):
        self.run("ip", *line.split())

    def sysctl(self, name, value):
        self.run("sh", "-c", f"echo '{value}' > /proc/sys/{name.replace('.', '/')}")

    def link(self, name, other):
        """An interface of that name here and one there, with a cable between them."""
        done = self.run(
            *f"ip link add {name} type veth peer name {name} netns {other.pid}".split(), check=False
        )
        if done.returncode:
            pytest.skip(f"no virtual interfaces can be made here: {done.stderr.strip()}")
        self.ip(f"link set {name} up")
        other.ip(f"link set {name} up")

    def close(self):
        self.holder.communicate()


class Sockchat:
    """Runs the program on a host."""

    def __init__(self, program, env, folder, things):
        self.program = str(program)
        self.env = env
        self.folder = folder
        self.things = things

    def serve(self, host, *options, listeners, environment=None):
        """Serving, once it listens on all of its listeners: harness.Server; its lines are in .err."""
        s = Server.__new__(Server)
        self.things.append(s)
        argv = host.enter(self.program, "serve", *options)
        s.__init__(argv, {**self.env, **(environment or {})}, self.folder, None, listeners)
        return s

    def spawn(self, host, *arguments, status=0):
        p = Process(host.enter(self.program, *arguments), self.env, self.folder, subprocess.PIPE)
        p.expected = status
        self.things.append(p)
        return p

    def run(self, host, *arguments, input=""):
        return host.run(self.program, *arguments, check=False, env=self.env, input=input)
