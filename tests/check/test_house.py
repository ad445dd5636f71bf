"""The rules of the house hold, and each of the checks can fail."""

import pathlib

import pytest

import house

ROOT = pathlib.Path(__file__).resolve().parents[2]

CLEAN = {
    "include/base/str.h": "#ifndef BASE_STR_H\n#define BASE_STR_H\nint str(int a);\n#endif\n",
    "include/net/conn.h": '#ifndef NET_CONN_H\n#define NET_CONN_H\n#include "base/str.h"\n#endif\n',
    "include/irc/message.h": "#ifndef IRC_MESSAGE_H\n#define IRC_MESSAGE_H\n#endif\n",
    "src/main.c": '#include "net/conn.h"\n\nint\nmain(void)\n{\n\texit(0);\n}\n',
    "src/base/str.c": '/* strcpy(a, b) #if */\n#include "base/str.h"\n\nint\nstr(int a)\n{\n\treturn a;\n}\n',
    "src/net/conn.c": '#include <uthash.h>\n#include "net/conn.h"\n\nstatic char s[] = "gets() \\" exit(1)";\n',
}
CLEAN["src/net/ring.h"] = (
    "#ifndef SRC_NET_RING_H\n#define SRC_NET_RING_H\ntypedef struct str step(int);\n#endif\n"
)
CLEAN["src/net/ring.c"] = '#include "ring.h"\n\nint a, /* one */\n    b; /* two,\n            three */\n'
BODY = "\tstep();\n"
# For each check: a file that it must refuse, and a word of what it says.
FAULTS = [
    ("layers", "src/base/buf.c", '#include "net/conn.h"\n', "base must not know net"),
    ("layers", "src/net/addr.c", '#include "irc/message.h"\n', "net must not know irc"),
    ("layers", "include/base/buf.h", '#include "irc/message.h"\n', "base must not know irc"),
    ("layers", "src/net/addr.c", '#include "conn.h"\n', "not there"),
    ("layers", "src/net/addr.c", '#include "base/nothing.h"\n', "not there"),
    ("layers", "src/base/buf.c", '#include "ring.h"\n', "not there"),
    ("rooms", "src/utils/misc.c", "int misc;\n", "no layer"),
    ("doors", "src/base/table.c", "#include <uthash.h>\n", "already the business of"),
    ("banned", "src/base/a.c", "void\nf(char *a)\n{\n\tstrcpy(a, a);\n}\n", "strcpy()"),
    ("banned", "tests/unit/a.c", "\tn = atoi (a);\n", "atoi()"),
    ("banned", "src/base/a.c", "/* a */ signal(2, f); // b\n", "signal()"),
    ("banned", "src/base/a.c", "\tusleep(1);\n", "sleep() is not"),
    ("exits", "src/base/a.c", "\texit(1);\n", "only main"),
    ("exits", "src/base/a.c", "\tabort();\n", "only main"),
    ("conditions", "src/base/a.c", "#ifdef __linux__\n#endif\n", "conditional"),
    ("conditions", "src/base/a.c", "  # if 1\n", "conditional"),
    ("conditions", "include/base/a.h", "#ifndef WRONG_H\n#endif\n", "BASE_A_H"),
    ("conditions", "include/base/a.h", "#ifndef BASE_A_H\n#ifdef X\n", "no other condition"),
    ("types", "include/base/a.h", "typedef struct a a;\n", "typedef"),
    ("sizes", "src/base/a.c", "int x;\n" * 601, "601 lines"),
    ("sizes", "tests/unit/test_a.c", "int x;\n" * 601, "601 lines"),
    ("sizes", "src/base/a.c", "int\nf(void)\n{\n" + BODY * 81 + "}\n", "f() has 81 lines"),
    ("sizes", "src/base/a.c", "int\nf(int a,\n    int b)\n{\n" + BODY * 81 + "}\n", "81 lines"),
    ("lines", "src/base/a.c", "int x; \n", "white space"),
    ("lines", "src/base/a.c", "int x;", "no newline"),
    ("lines", "src/base/a.c", "int x;\r\n", "carriage"),
    ("lines", "src/base/a.c", "\t" * 12 + "12345\n", "wider"),
    ("lines", "src/base/a.c", "        int x;\n", "spaces"),
    ("unfinished", "src/base/a.c", "/* TODO: rest */\n", "unfinished"),
    ("unfinished", "README.md", "Build it in /home/me/chat.\n", "one machine"),
    ("tests_exist", "tests/fuzz/fuzz_ini.c", "int x;\n", "no inputs"),
]


def plant(root, tree):
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


@pytest.mark.parametrize("check", house.CHECKS, ids=lambda c: c.__name__)
def test_house(check):
    problems = list(check(ROOT))
    assert not problems, f"{check.__doc__}\n" + "\n".join(problems)


@pytest.mark.parametrize("check", house.CHECKS, ids=lambda c: c.__name__)
def test_a_clean_tree_passes(check, tmp_path):
    plant(tmp_path, CLEAN)
    assert list(check(tmp_path)) == []


@pytest.mark.parametrize("name, path, text, says", FAULTS, ids=lambda v: str(v)[:24])
def test_a_fault_is_seen(name, path, text, says, tmp_path):
    plant(tmp_path, {**CLEAN, path: text})
    problems = list(getattr(house, name)(tmp_path))
    assert any(path.split("/")[-1] in p or path in p or "src/utils" in p for p in problems), problems
    assert any(says in p for p in problems), problems


def test_every_check_is_seen_to_fail():
    assert {name for name, *_ in FAULTS} == {check.__name__ for check in house.CHECKS}
