"""The documents agree with the tables, and each of the checks can fail."""

import os
import pathlib
import shutil

import pytest

import docs

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def ask():
    sockchat = pathlib.Path(os.environ.get("SOCKCHAT", ROOT / "sockchat"))
    assert sockchat.exists(), f"{sockchat} is not there: run make first"
    return docs.asker(str(sockchat))


def problems(check, root, ask):
    return list(check(root, ask))


@pytest.mark.parametrize("check", docs.CHECKS, ids=lambda c: c.__name__)
def test_documents(check, ask):
    found = problems(check, ROOT, ask)
    assert not found, f"{check.__doc__}\n" + "\n".join(found)


# For each check: in which file, what is replaced by what, and a word of the complaint.
FAULTS = [
    ("made_from_tables", "conf/sockchat.ini", "[limits]", "[limit]", "make docs"),
    ("made_from_tables", "man/sockchat.ini.5", "Section [limits]", "Section [limit]", "make docs"),
    ("manual_options", "man/sockchat-serve.8", ".Sh EXAMPLES\n", ".Sh EXAMPLES\n.Fl Fl nosuch\n", "--nosuch"),
    ("manual_options", "man/sockchat.1", ".Sh EXAMPLES\n", ".Sh EXAMPLES\nsockchat --nosuch\n", "--nosuch"),
    ("readme_commands", "README.md", "\n", "\n`make nosuch`\n", "make nosuch"),
    ("readme_commands", "README.md", "\n", "\n$ sockchat serve --nosuch\n", "--nosuch"),
    ("readme_commands", "README.md", "\n", "\n[x](no/such.md)\n", "no/such.md"),
    ("readme_tour", "README.md", "hub/", "hull/", "src/hub/"),
    ("readme_tour", "README.md", "sockchat peer", "sockchat pear", "sockchat peer"),
    ("irc_commands", "man/sockchat-irc.7", ".It Ic JOIN", ".It Ic JION", "JOIN is missing"),
    ("irc_commands", "man/sockchat-irc.7", ".It Ic JOIN", ".It Ic JION", "no command JION"),
    ("irc_commands", "src/serve/commands.c", '\t{ "JOIN"', '\t{ "JOINT"', "JOINT is missing"),
    ("irc_capabilities", "src/irc/caps.c", '"batch"', '"bunch"', "bunch is missing"),
    ("exit_codes", "include/base/err.h", "EXIT_STORE = 6", "EXIT_STORE = 7", "exit code 7"),
    ("pages", "man/sockchat.1", ".Xr sockchat.ini 5", ".Xr sockchat.ini 4", "sockchat.ini(4)"),
]


@pytest.fixture(scope="session")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("tree")
    for name in ("README.md", "Makefile", "CHANGELOG.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, root)
    for name in ("man", "conf", "src", "include", "tests"):
        if (ROOT / name).exists():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return root


@pytest.mark.parametrize("name, path, old, new, says", FAULTS, ids=lambda v: str(v)[:20].strip())
def test_a_fault_is_seen(name, path, old, new, says, copy, ask):
    check = getattr(docs, name)
    file = copy / path
    text = file.read_text()
    assert old in text, f"{path} no longer has {old!r}: this test must plant its fault elsewhere"
    before = problems(check, copy, ask)
    file.write_text(text.replace(old, new))
    try:
        found = set(problems(check, copy, ask)) - set(before)
    finally:
        file.write_text(text)
    assert any(says in f for f in found), found


def test_every_check_is_seen_to_fail():
    assert {name for name, *_ in FAULTS} == {check.__name__ for check in docs.CHECKS}
