"""Two modules of one name, in every order, under upstream's tool and ours."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from ireelite.bytecode.build import function, imported, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.tools.run_module import main

pytest.importorskip("iree.runtime", reason="the test extra holds upstream's tools")
pytestmark = pytest.mark.interop

UPSTREAM = Path(sys.executable).parent / "iree-run-module"


def giving(number):
    return function("0v_i", [[row("const.i32", number, 0), row("return", (0,))]])


ASK = function("0v_i", [[row("call", imported(0), (), (0,)), row("return", (0,))]])
MODULES = {
    "one": module("a", {"get": giving(1)}),
    "two": module("a", {"get": giving(2)}),
    "asking": module("b", {"get": ASK}, imports={"a.get": "0v_i"}),
}


@pytest.mark.parametrize("names", list(itertools.permutations(MODULES)), ids="-".join)
def test_the_last_module_before_is_meant(names, tmp_path, capsys):
    for name, definition in MODULES.items():
        (tmp_path / name).write_bytes(encode_module(definition).data)
    arguments = [*[f"--module={tmp_path / name}" for name in names], "--function=get"]
    theirs = subprocess.run([UPSTREAM, *arguments], capture_output=True, text=True)
    assert main(arguments) == theirs.returncode
    printed = capsys.readouterr()
    assert printed.out == theirs.stdout
    assert " ".join(printed.err.split()) == " ".join(theirs.stderr.partition(": ")[2].split())
