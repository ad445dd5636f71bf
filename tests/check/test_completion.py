"""The shell's completion offers what the program takes."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOCKCHAT = os.environ.get("SOCKCHAT", str(ROOT / "sockchat"))

CASES = [
    (["s"], {"serve"}, {"connect"}),
    (["--"], {"--help", "--version"}, {"serve"}),
    (["serve", "--un"], {"--unix", "--unix-mode", "--unix-group"}, {"--port"}),
    (["serve", "--show"], {"--show-messages"}, set()),
    (["serve", "--no-show"], {"--no-show-messages"}, set()),
    (["connect", "--re"], {"--reconnect"}, {"--port"}),
    (["connect", "--no-re"], {"--no-reconnect"}, set()),
    (["peer", "--li"], {"--listen"}, set()),
    (["peer", "--he"], {"--help"}, set()),
    (["help", "c"], {"connect"}, {"serve"}),
]


@pytest.mark.parametrize("words, wanted, unwanted", CASES, ids=lambda v: " ".join(sorted(v)))
def test_completion(words, wanted, unwanted):
    script = (
        'source "$1"; COMP_WORDS=("${@:2}"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sockchat;'
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(ROOT / "conf/completion.bash"), SOCKCHAT, *words],
        capture_output=True,
        text=True,
        check=True,
    )
    offered = set(done.stdout.split())
    assert wanted <= offered and not (unwanted & offered), f"{words}: {offered} {done.stderr}"
