"""
What the compiler cannot see: numeric formats come from a table, so the arguments of each call of
reply_numeric() are held against the row of its numeric here: how many, and text or number.
"""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STRING = r'"(?:[^"\\]|\\.)*"'
ROW = re.compile(r"\{ (\w+), (" + STRING + r") \}")
TOKEN = re.compile(STRING + r"|'(?:[^'\\]|\\.)*'|/\*.*?\*/|.", re.S)


def formats(text):
    return dict(ROW.findall(text))


def arguments(text, start):
    """The arguments of a call, from behind its parenthesis."""
    args, now, depth = [], "", 0
    for token in TOKEN.finditer(text, start):
        part = token.group()
        if part in ")]}" and depth == 0:
            return [a.strip() for a in args + [now] if a.strip()]
        depth += (part in "([{") - (part in ")]}")
        if part == "," and depth == 0:
            args.append(now)
            now = ""
        elif not part.startswith("/*"):
            now += part
    return args


def is_number(argument, text):
    if "(long long)" in argument or re.search(r"\b\d+LL\b", argument):
        return True
    first = re.match(r"\W*(\w+)", argument)
    declared = first and re.search(
        r"\blong long [^;{}]*\b" + first.group(1) + r"\s*[=;,]", text
    )
    return bool(declared)


def complaints(rows, name, text):
    found = []
    for call in re.finditer(r"\breply_numeric\(", text):
        args = arguments(text, call.end())
        where = f"{name}:{text.count(chr(10), 0, call.start()) + 1}"
        if len(args) < 2 or args[1] not in rows:
            continue  # the declaration, or a numeric that is chosen while running
        wanted = re.findall(r"%(?:s|0?2?lld)", rows[args[1]])
        given = args[2:]
        if len(given) != len(wanted):
            found.append(f"{where}: {args[1]} takes {len(wanted)} arguments, not {len(given)}")
            continue
        for conversion, argument in zip(wanted, given):
            if is_number(argument, text) != ("lld" in conversion):
                found.append(f"{where}: {args[1]}: {argument} for {conversion}")
    return found


def test_calls_fit_the_formats():
    rows = formats((ROOT / "src/irc/numerics.c").read_text(encoding="utf-8"))
    assert len(rows) > 100
    paths = sorted((ROOT / "src/serve").glob("*.c"))
    texts = [(p.relative_to(ROOT), p.read_text(encoding="utf-8")) for p in paths]
    assert sum(text.count("reply_numeric(") for _, text in texts) > 50
    found = [c for name, text in texts for c in complaints(rows, name, text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "call, fault",
    [
        ('reply_numeric(s, RPL_LIST, "#a", (long long)n, f(a, ")"));', None),
        ("reply_numeric(s, RPL_LIST, name, 0LL, topic /* , */);", None),
        ("long long n = 1;\n\treply_numeric(s, RPL_LIST, name, n + 1, topic);", None),
        ("long long a = (long long)f(), n = 1;\n\treply_numeric(s, RPL_LIST, a2, n, b);", None),
        ("reply_numeric(s, numeric, name);", None),
        ("reply_numeric(s, RPL_LIST, name, (long long)n);", "3 arguments, not 2"),
        ("reply_numeric(s, RPL_LIST, name, (long long)n, a, b);", "3 arguments, not 4"),
        ("reply_numeric(s, RPL_LIST, name, n, topic);", "n for %lld"),
        ("reply_numeric(s, RPL_LIST, (long long)n, 0LL, topic);", "(long long)n for %s"),
    ],
)
def test_the_check_can_fail(call, fault):
    rows = formats('{ RPL_LIST, "%s %lld :%s" }, /* channel, members, topic */')
    found = complaints(rows, "a.c", f"void\nf(int n)\n{{\n\t{call}\n}}\n")
    assert (not found) if fault is None else (len(found) == 1 and fault in found[0])
