#!/usr/bin/python3
"""
What the documents say agrees with the tables that the program works from. As a program it writes the
parts of the documents that are made from tables: `make docs` runs it.
"""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
BEGIN = '.\\" Written by make docs, from here'
END = '.\\" to here.'
LONG_OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]+)")

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def asker(sockchat):
    """ask("help", "serve"): what sockchat prints; each question is asked once."""
    answers = {}

    def ask(*words):
        if words not in answers:
            environment = {**os.environ, "COLUMNS": "80", "LC_ALL": "C.UTF-8"}
            done = subprocess.run(
                [sockchat, *words], capture_output=True, text=True, check=True, env=environment
            )
            answers[words] = done.stdout
        return answers[words]

    return ask


def read(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


def generated(root, ask):
    """Path and whole text of each document that is made, or has a part that is made, from tables."""
    yield root / "conf/sockchat.ini", ask("help", "settings", "ini")
    page = root / "man/sockchat.ini.5"
    text = read(page)
    if BEGIN in text and END in text:
        head, rest = text.split(BEGIN, 1)
        tail = rest.split(END, 1)[1]
        yield page, f"{head}{BEGIN}\n{ask('help', 'settings', 'mdoc')}{END}{tail}"
    elif text:
        yield page, f"{text}{BEGIN}\n{END}\n"


def rows(root, path):
    """The names of the rows of a table in C: { "NAME", … at the start of a line."""
    return re.findall(r'^\t\{ "([^"]+)"', read(root / path), re.M)


def subcommands(ask):
    names = set(re.findall(r"^  (?:sockchat )?([a-z]+)\s", ask("--help"), re.M))
    return sorted(names & {"serve", "connect", "peer"}) or ["serve", "connect", "peer"]


def options(ask):
    """Every long option of every subcommand, with the no- forms."""
    result = {"help", "version"}
    for command in subcommands(ask):
        for no, name in re.findall(r"--(\[no-\])?([a-z][a-z-]+)", ask(command, "--help")):
            result |= {name, "no-" + name} if no else {name}
    return result


def plain(mdoc):
    """The words of a manual page, without its macros' escapes."""
    return mdoc.replace("\\&", "").replace("\\-", "-")


@check
def made_from_tables(root, ask):
    """conf/sockchat.ini and the reference in sockchat.ini(5) are what make docs writes."""
    for path, text in generated(root, ask):
        if read(path) != text:
            yield f"{path.relative_to(root)}: not what the settings say: run make docs"


@check
def manual_options(root, ask):
    """An option that a manual page names is there, and each that is there is in a manual page."""
    known, named = options(ask), set()
    for path in sorted(root.glob("man/*.[1-8]")):
        text = plain(read(path))
        here = set(re.findall(r"\bFl Fl ([a-z][a-z-]+)", text))
        for line in text.split("\n"):
            if "sockchat" in line:
                here |= set(LONG_OPTION.findall(line))
        named |= here
        for name in sorted(here - known):
            yield f"{path.relative_to(root)}: there is no option --{name}"
    for name in sorted(known - named):
        if not name.startswith("no-"):
            yield f"man: no page has the option --{name}"


@check
def readme_commands(root, ask):
    """What README tells to type can be typed: options, subcommands, make targets, files."""
    text = read(root / "README.md")
    known = options(ask)
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", read(root / "Makefile"), re.M))
    for number, line in enumerate(text.split("\n"), 1):
        for word in re.findall(r"(?:^|`|\$ )make ([a-z][a-z-]*)", line):
            if word not in targets:
                yield f"README.md:{number}: make {word} is no target of the Makefile"
        for command in re.findall(r"sockchat [^`|;&#]*", line):
            for name in LONG_OPTION.findall(command):
                if name not in known:
                    yield f"README.md:{number}: there is no option --{name}"
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        if not (root / target).exists():
            yield f"README.md: the link to {target} leads nowhere"


@check
def readme_tour(root, ask):
    """README has each subcommand and each folder of the source in its tour."""
    text = read(root / "README.md")
    for name in subcommands(ask):
        if f"sockchat {name}" not in text:
            yield f"README.md: sockchat {name} is missing"
    for folder in sorted(root.glob("src/*/")):
        if folder.is_dir() and any(folder.glob("*.c")) and f"{folder.name}/" not in text:
            yield f"README.md: src/{folder.name}/ is missing in the tour of the source"


@check
def irc_commands(root, ask):
    """Every command of the server is in sockchat-irc(7), and none that it doesn't have."""
    text = plain(read(root / "man/sockchat-irc.7"))
    table = set(rows(root, "src/serve/commands.c"))
    if not table:
        yield "src/serve/commands.c: no rows found"
    listed = set(re.findall(r"^\.It Ic ([A-Z]{2,})\b", text, re.M))
    for name in sorted(table - listed):
        yield f"man/sockchat-irc.7: .It Ic {name} is missing"
    for name in sorted(listed - table):
        yield f"man/sockchat-irc.7: the server has no command {name}"


@check
def irc_capabilities(root, ask):
    """Every capability is in sockchat-irc(7)."""
    text = plain(read(root / "man/sockchat-irc.7"))
    table = re.findall(r'^\t\[CAP_\w+\] = "([^"]+)"', read(root / "src/irc/caps.c"), re.M)
    if not table:
        yield "src/irc/caps.c: no rows found"
    for name in table:
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
            yield f"man/sockchat-irc.7: the capability {name} is missing"


@check
def exit_codes(root, ask):
    """The exit codes of base/err.h are those that sockchat(1) lists."""
    codes = set(re.findall(r"\bEXIT_\w+ = (\d+)", read(root / "include/base/err.h")))
    text = read(root / "man/sockchat.1")
    section = re.search(r"^\.Sh EXIT STATUS\n(.*?)(?=^\.Sh|\Z)", text, re.M | re.S)
    listed = set(re.findall(r"^\.It (\d+)", section.group(1), re.M)) if section else set()
    for code in sorted(codes ^ listed):
        where = "missing in" if code in codes else "only in"
        yield f"man/sockchat.1: exit code {code} is {where} the section EXIT STATUS"


@check
def pages(root, ask):
    """The manual has its four pages, and each names the others that it refers to rightly."""
    there = {path.name for path in root.glob("man/*.[1-8]")}
    wanted = {"sockchat.1", "sockchat-serve.8", "sockchat.ini.5", "sockchat-irc.7"}
    for name in sorted(wanted - there):
        yield f"man/{name}: missing"
    for path in sorted(root.glob("man/*.[1-8]")):
        for name, section in re.findall(r"\.Xr (sockchat[\w.-]*) (\d)", read(path)):
            if f"{name}.{section}" not in there:
                yield f"{path.relative_to(root)}: there is no {name}({section})"


def main():
    for path, text in generated(ROOT, asker(os.environ.get("SOCKCHAT", str(ROOT / "sockchat")))):
        if read(path) != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
