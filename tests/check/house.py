"""
The rules of the house that a program can see. Each check takes the folder of the project and returns
its complaints, one line each, as FILE:LINE: what is wrong. test_house.py runs them, and proves on small
trees with one fault each that they can fail.
"""

import re

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


# Who may include whom. What is not listed may be seen by nobody but itself and main.
BELOW = {
    "base": "",
    "net": "base",
    "irc": "base",
    "event": "base",
    "cli": "base",
    "term": "base",
    "hub": "base net irc event",
    "store": "base net irc event",
    "auth": "base net irc event",
    "link": "base net irc event",
    "serve": "base net irc event cli hub store auth link",
    "connect": "base net irc event auth cli term",
    "peer": "base net irc event auth cli term",
}
# Outside the project, behind one file each.
ONE_DOOR = ("ini.h", "uthash.h", "utf8proc.h", "jansson.h", "crypt.h", "sqlite3.h", "gsasl.h")
BANNED = (
    "strcpy stpcpy strcat strncat strncpy sprintf vsprintf strtok strtok_r atoi atol atoll atof gets"
    " signal alloca tmpnam mktemp gethostbyname inet_addr inet_ntoa"
).split()
BANNED_IN_SRC = "setjmp longjmp system popen sleep usleep".split()
FILE_LINES = 600
FUNCTION_LINES = 80
COLUMNS = 100
TAB = 8

TOKEN = re.compile(
    r"""/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.S,
)
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def files(root, *patterns):
    return sorted(p for pattern in patterns for p in root.glob(pattern) if p.is_file())


def sources(root):
    return files(root, "src/*.c", "src/*/*.c", "src/*/*.h", "include/*/*.h")


def all_c(root):
    return sources(root) + files(root, "tests/*/*.c", "tests/*/*.h")


def read(path):
    return path.read_text(encoding="utf-8")


def code(path):
    """The text with comments and the insides of strings blanked, line for line."""

    def blank(match):
        token = match.group()
        edge = token[0] if token[0] in "\"'" else ""
        return edge + re.sub(r"[^\n]", " ", token[len(edge) : len(token) - len(edge)]) + edge

    return TOKEN.sub(blank, read(path))


def found(root, paths, pattern, say, text=code):
    """A complaint for each line that the pattern is found in."""
    pattern = re.compile(pattern)
    for path in paths:
        for number, line in enumerate(text(path).split("\n"), 1):
            for match in pattern.finditer(line):
                yield f"{path.relative_to(root)}:{number}: {say(match) if callable(say) else say}"


def layer(root, path):
    """The folder under src or include; a file right in src is main."""
    parts = path.relative_to(root).parts
    return parts[1] if len(parts) == 3 else "main"


@check
def layers(root):
    """
    A header is included as "layer/name.h", exists, and is of the same layer or of one below. One that
    only its own folder uses lies there and is included as "name.h".
    """
    for path in sources(root):
        here = layer(root, path)
        for number, line in enumerate(read(path).split("\n"), 1):
            match = INCLUDE.match(line)
            if not match or match.group(1) == "<":
                continue
            where, header = f"{path.relative_to(root)}:{number}", match.group(2)
            there = header.split("/")[0]
            if (path.parent / header).is_file() and "/" not in header:
                continue  # the folder's own, which nobody else can name
            if header.count("/") != 1 or not (root / "include" / header).is_file():
                yield f"{where}: include/{header} is not there: headers are included as layer/name.h"
            elif there != here and here != "main" and there not in BELOW.get(here, "").split():
                yield f"{where}: {here} must not know {there} (include of {header})"


@check
def rooms(root):
    """Every folder of src and include is a layer with a place in the order."""
    for path in sorted([*root.glob("src/*/"), *root.glob("include/*/")]):
        if path.is_dir() and any(path.iterdir()) and path.name not in BELOW:
            yield f"{path.relative_to(root)}: no layer of this name: give it its place in BELOW"


@check
def doors(root):
    """A library is included in exactly one file, so that it can be replaced there."""
    for header in ONE_DOOR:
        users = [
            path
            for path in sources(root)
            if any(m and m.group(2) == header for m in map(INCLUDE.match, read(path).split("\n")))
        ]
        for path in users[1:]:
            yield f"{path.relative_to(root)}: <{header}> is already the business of {users[0].relative_to(root)}"


@check
def banned(root):
    """Functions that cannot be used safely, or that have a better one in src/base."""

    def uses(names, paths):
        pattern = rf"\b({'|'.join(names)})\s*\("
        return found(root, paths, pattern, lambda m: f"{m.group(1)}() is not used here")

    yield from uses(BANNED, all_c(root))
    yield from uses(BANNED_IN_SRC, sources(root))


@check
def exits(root):
    """Only main ends the program. A second signal's handler, which can do nothing else, may too."""
    allowed = {root / "src/main.c", root / "src/net/signals.c"}
    paths = [p for p in files(root, "src/*.c", "src/*/*.c") if p not in allowed]
    return found(root, paths, r"\b(_?exit|_Exit|quick_exit|abort)\s*\(", "only main ends the program")


@check
def conditions(root):
    """A file reads straight through: what differs is in files that the Makefile chooses from."""
    yield from found(
        root,
        files(root, "src/*.c", "src/*/*.c"),
        r"^\s*#\s*(if|ifdef|ifndef|elif|else)\b",
        "no conditional compilation in a .c file: make it a file of its own, or see base/compat.h",
    )
    headers = [p for p in files(root, "include/*/*.h", "src/*/*.h") if p.name != "compat.h"]
    for path in headers:
        guards = re.findall(r"^[ \t]*#[ \t]*if\w*\b.*", code(path), re.M)
        name = re.sub(r"\W", "_", str(path.relative_to(root)).split("/", 1)[1]).upper()
        if guards not in ([f"#ifndef {name}"], [f"#ifndef SRC_{name}"]):
            yield f"{path.relative_to(root)}:1: one #ifndef {name} and no other condition belongs here"


@check
def types(root):
    """struct x is written out, and so is every type but those of functions."""
    return found(root, all_c(root), r"\btypedef\s+(struct|union|enum)\b(?!.*\()", "no typedef of a struct")


def functions(path):
    """(name, line of the name, lines) of each function: its name starts a line, so do its braces."""
    name, start, body = None, 0, 0
    for number, line in enumerate(code(path).split("\n"), 1):
        match = re.match(r"(\w+)\(", line)
        if match:
            name, start = match.group(1), number
        elif line.startswith("{") and name:
            body = number
        elif line.startswith("}") and body:
            yield name, start, number - body - 1
            name, body = None, 0


@check
def sizes(root):
    """What does not fit is two things."""
    for path in all_c(root):
        lines = read(path).count("\n")
        if lines > FILE_LINES:
            yield f"{path.relative_to(root)}: {lines} lines; {FILE_LINES} are the most: it wants to be two"
        if "unit" in path.parts:
            continue  # a table of cases may be as long as it likes
        for name, start, count in functions(path):
            if count > FUNCTION_LINES:
                yield (
                    f"{path.relative_to(root)}:{start}: {name}() has {count} lines;"
                    f" {FUNCTION_LINES} are the most"
                )


def text_files(root):
    return files(
        root, "*.md", "Makefile", ".ci/*", "conf/*", "man/*", "src/*.c", "src/*/*", "include/*/*",
        "tests/*/*.c", "tests/*/*.h", "tests/*/*.py", "tests/*/run", "tests/fuzz/replay",
    )  # fmt: skip


@check
def lines(root):
    """No line is too wide, none ends in white space; C is indented by tabs; a file ends with a newline."""
    for path in text_files(root):
        where = path.relative_to(root)
        data = path.read_bytes()
        if b"\r" in data:
            yield f"{where}: carriage returns"
        if data and not data.endswith(b"\n"):
            yield f"{where}: no newline at its end"
        most = {".c": COLUMNS, ".h": COLUMNS, ".py": 120}.get(path.suffix)
        if path.suffix in (".c", ".h"):
            yield from found(root, [path], r"^\t* {8}\s*\S", "indented by spaces")
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            if line != line.rstrip():
                yield f"{where}:{number}: white space at the end"
            if most and len(line.expandtabs(TAB)) > most:
                yield f"{where}:{number}: wider than {most} columns"


@check
def unfinished(root):
    """Work that is left is an issue, and nobody's own machine is in the sources."""
    paths = [p for p in text_files(root) if p.name not in ("house.py", "test_house.py")]
    yield from found(root, paths, r"\b(TODO|FIXME|XXX|HACK|WIP)\b", "unfinished", read)
    yield from found(
        root, paths, r"(?<![\w.\]/])/(work|home|root|Users)/\w+", lambda m: f"{m.group()} is on one machine", read
    )


@check
def tests_exist(root):
    """A unit test belongs to something; a fuzz target has inputs that make check replays."""
    for path in files(root, "tests/fuzz/fuzz_*.c"):
        corpus = root / "tests/fuzz/corpus" / path.stem[len("fuzz_") :]
        if not corpus.is_dir() or not any(corpus.iterdir()):
            yield f"{path.relative_to(root)}: no inputs in {corpus.relative_to(root)}"
