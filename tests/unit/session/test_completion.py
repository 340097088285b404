"""Tab completion in IPython, with and without Jedi, behind what a reader has in hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import json
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_cell('''
import ireelite
program = ireelite.compile(
    "func.func @close(%x: i32) -> i32 { return %x : i32 }"
    "func.func @twice(%x: i32) -> i32 { %0 = arith.addi %x, %x : i32 return %0 : i32 }",
    targets=["vmvx"], record=True)
module = ireelite.load(program)
call = module.twice.debug(3)
''')
found = {}
for jedi in (True, False):
    shell.Completer.use_jedi = jedi
    for text in TEXTS:
        with provisionalcompleter():
            names = [each.text.strip(STRIPPED) for each in shell.Completer.completions(text, len(text))]
        found[f"{text} {jedi}"] = names
print(json.dumps(found))
"""
QUOTES = ".\"'"
BEHIND = {
    "ireelite.": {"compile", "load", "StatusError"},
    "module.": {"twice", "functions", "record", "fork"},
    "module.twice.": {"async_", "debug", "signature"},
    "module.modules.": {"values", "items"},
    "program.record.": {"why", "stage", "fusions"},
    "call.": {"step", "back", "registers"},
}
KEYS = {'module["': {"twice", "close"}, 'module.modules["': {"module"}, 'call.registers["': {"i0"}}


@pytest.fixture(scope="module")
def completions() -> dict[str, list[str]]:
    texts = [*BEHIND, *KEYS]
    done = subprocess.run(
        [sys.executable, "-c", f"TEXTS, STRIPPED = {texts!r}, {QUOTES!r}\n{SCRIPT}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("jedi", [True, False])
@pytest.mark.parametrize("text", BEHIND)
def test_names_are_completed(completions: dict[str, list[str]], text: str, jedi: bool):
    assert BEHIND[text] <= set(completions[f"{text} {jedi}"])


@pytest.mark.parametrize("text", KEYS)
def test_keys_are_completed(completions: dict[str, list[str]], text: str):
    assert KEYS[text] <= set(completions[f"{text} False"])
