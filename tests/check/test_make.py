"""The Makefile's own promises: what it lists, installs and asks for."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def environment():
    """Of the make that runs the tests: its variables, without its job server."""
    env = dict(os.environ)
    env["MAKEFLAGS"] = re.sub(r" ?(-j\d*|--jobserver-\S+)", "", env.get("MAKEFLAGS", ""))
    env.pop("MAKELEVEL", None)
    return env


def make(*words, env=None):
    return subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT,
        env={**environment(), **(env or {})},
        capture_output=True,
        text=True,
    )


def test_help_lists_every_target_that_people_use():
    listed = set(re.findall(r"^  ([a-z0-9-]+) ", make("help").stdout, re.M))
    wanted = (
        "all asan bench check clean deps deps-bench deps-check docs e2e fmt fuzz fuzz-replay help"
        " install irctest lint run tsan uninstall unit"
    )
    assert set(wanted.split()) <= listed


def test_irctest_says_what_it_needs(tmp_path):
    program = f"BIN={os.environ.get('SOCKCHAT', 'sockchat')}"
    for words, said in (
        ([], "make irctest IRCTEST=FOLDER"),
        ([f"IRCTEST={tmp_path}/none"], f"there is no folder {tmp_path}/none"),
        ([f"IRCTEST={tmp_path}"], f"{tmp_path} is not progval/irctest"),
    ):
        done = make(program, f"--assume-old={program[4:]}", *words, "irctest")
        assert done.returncode != 0 and said in done.stderr


def test_install_puts_everything_in_place_and_uninstall_takes_it_away(tmp_path):
    built = [f"{name}={os.environ[name]}" for name in ("BUILD",) if name in os.environ]
    built.append(f"BIN={os.environ.get('SOCKCHAT', 'sockchat')}")
    place = ["--assume-old=all", f"DESTDIR={tmp_path}", "PREFIX=/usr"]
    done = make(*built, *place, "install")
    assert done.returncode == 0, done.stderr
    there = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    wanted = {
        "usr/bin/sockchat",
        "usr/share/man/man1/sockchat.1",
        "usr/share/man/man8/sockchat-serve.8",
        "usr/share/man/man5/sockchat.ini.5",
        "usr/share/man/man7/sockchat-irc.7",
        "usr/lib/systemd/system/sockchat.service",
        "usr/lib/systemd/system/sockchat.socket",
        "etc/sockchat/sockchat.ini",
    }
    assert wanted <= there
    unit = (tmp_path / "usr/lib/systemd/system/sockchat.service").read_text()
    assert "ExecStart=/usr/bin/sockchat serve" in unit

    changed = tmp_path / "etc/sockchat/sockchat.ini"
    changed.write_text("[serve]\nport = 6667\n")
    assert make(*built, *place, "install").returncode == 0
    assert changed.read_text() == "[serve]\nport = 6667\n", "a changed file must be kept"
    assert make(*built, *place, "uninstall").returncode == 0
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [changed]

    changed.unlink()
    assert make(*built, *place, "install").returncode == 0
    assert make(*built, *place, "uninstall").returncode == 0
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.fixture
def tools(tmp_path):
    """A PATH with the few tools that .ci/deps uses, and no package manager."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in "sh fold grep paste sed env cat".split():
        (path / name).symlink_to(shutil.which(name))
    return path


def command(path, name, script):
    assert not (path / name).exists(), "writing would go through the link, to the real one"
    (path / name).write_text(f"#!/bin/sh\n{script}\n")
    (path / name).chmod(0o755)


def deps(path, *words):
    return subprocess.run(
        [ROOT / ".ci/deps", "deps", *words],
        env={"PATH": str(path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_elsewhere_than_on_debian_deps_says_what_to_install(tools):
    done = deps(tools, "cc=gcc", "libinih-dev")
    assert done.returncode != 0
    assert "gcc libinih-dev" in done.stderr


def debian(tools, installed, user):
    command(tools, "apt-get", f'echo "apt-get $*" >> {tools}/log')
    command(tools, "dpkg-query", f"printf '{installed} installed\\n'")
    command(tools, "id", f"echo {user}")


def test_deps_needs_nobody_when_nothing_is_missing(tools):
    debian(tools, "libinih-dev", 1000)
    assert deps(tools, "sed=sed-package", "libinih-dev").returncode == 0
    assert not (tools / "log").exists()


def test_deps_without_root_or_sudo_says_what_to_run(tools):
    debian(tools, "libinih-dev", 1000)
    done = deps(tools, "nosuchcommand=gcc", "libinih-dev", "uthash-dev")
    assert done.returncode != 0
    assert "apt-get install --no-install-recommends gcc uthash-dev" in done.stderr
    assert not (tools / "log").exists()
