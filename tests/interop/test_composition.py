"""Programs of several modules, each of them compiled here or by upstream, run here and there; and
what both say about modules that do not fit together.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.module_def import Dependency
from ireelite.status import StatusError
from ireelite.tools.compile import main as compile_here
from ireelite.tools.run_module import main

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
VMVX = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx")
ASYNC = ("--iree-execution-model=async-external",)

PROGRAMS = {
    "scales": """
module @scales {
  func.func @negated(%x: tensor<64xf32>) -> tensor<64xf32> {
    %0 = stablehlo.negate %x : tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}
""",
    "sums": """
module @sums {
  func.func @plus(%x: tensor<64xf32>, %y: tensor<64xf32>,
      %result: tensor<64xf32> {iree.abi.output = 0 : index}) -> tensor<64xf32> {
    %0 = stablehlo.add %x, %y : tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}
""",
    "whole": """
module @whole {
  func.func private @scales.negated(%x: tensor<64xf32>) -> tensor<64xf32>
  func.func private @sums.plus(%x: tensor<64xf32>, %y: tensor<64xf32>, %result: tensor<64xf32> {iree.abi.output = 0 : index}) -> tensor<64xf32>
  func.func @run(%x: tensor<64xf32>) -> tensor<64xf32> {
    %0 = call @scales.negated(%x) : (tensor<64xf32>) -> tensor<64xf32>
    %1 = stablehlo.multiply %0, %x : tensor<64xf32>
    %storage = tensor.empty() : tensor<64xf32>
    %2 = call @sums.plus(%1, %0, %storage)
        : (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
    return %2 : tensor<64xf32>
  }
}
""",
    "wide": """
module @wide {
  func.func private @scales.negated(tensor<64xf32>, i32) -> tensor<64xf32>
  func.func @run(%x: tensor<64xf32>) -> tensor<64xf32> {
    %c = arith.constant 1 : i32
    %0 = call @scales.negated(%x, %c) : (tensor<64xf32>, i32) -> tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}
""",
    "absent": """
module @absent {
  func.func private @scales.squared(tensor<64xf32>) -> tensor<64xf32>
  func.func @run(%x: tensor<64xf32>) -> tensor<64xf32> {
    %0 = call @scales.squared(%x) : (tensor<64xf32>) -> tensor<64xf32>
    return %0 : tensor<64xf32>
  }
}
""",
}
FENCES = """
  func.func private @{name}({types}) -> tensor<64xf32> attributes {{
    iree.abi.model = "coarse-fences"
  }}
"""
RUN = ("--device=local-sync", "--function=run", "--input=64xf32=3")
RIGHT = "--expected_output=64xf32=-12"
LABELS = ("ours", "theirs")


def asynchronous(text: str) -> str:
    """The program with external functions that take fences."""
    return re.sub(
        r"  func\.func private @(\S+?)\((.*?)\) -> tensor<64xf32>\n",
        lambda found: FENCES.format(name=found[1], types=found[2]),
        text,
    )


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The path of a program compiled by one of the two, with fences or without."""
    folder = tmp_path_factory.mktemp("composition")

    def build(name: str, by: str, fences: bool = False) -> str:
        path = folder / f"{name}-{by}-{fences}.vmfb"
        if not path.exists():
            source = folder / f"{name}-{fences}.mlir"
            source.write_text(asynchronous(PROGRAMS[name]) if fences else PROGRAMS[name])
            command = [str(source), *VMVX, *(ASYNC if fences else ()), "-o", str(path)]
            if by == "ours":
                assert compile_here(command) == 0
            else:
                subprocess.run([TOOLS / "iree-compile", *command], check=True)
        return str(path)

    return build


def run_there(arguments, stdin=None):
    return subprocess.run(
        [TOOLS / "iree-run-module", *arguments],
        capture_output=True,
        text=stdin is None,
        input=stdin,
    )


def run_here(capsys, arguments):
    code = main(arguments)
    return code, *capsys.readouterr()


@pytest.mark.parametrize("fences", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("makers", list(itertools.product(LABELS, repeat=3)), ids="-".join)
def test_any_mixture_runs_on_both(compiled, capsys, makers, fences):
    """The same lines, and the results that are expected, wherever it runs."""
    paths = [compiled(name, by, fences) for name, by in zip(("scales", "sums", "whole"), makers)]
    arguments = [*[f"--module={path}" for path in paths], *RUN]
    theirs = run_there(arguments)
    assert (theirs.returncode, theirs.stderr) == (0, "")
    assert run_here(capsys, arguments) == (0, theirs.stdout, "")
    assert run_here(capsys, [*arguments, RIGHT])[0] == 0
    assert run_there([*arguments, RIGHT]).returncode == 0
    assert run_here(capsys, [*arguments, RIGHT + "5"])[0] == 1


def test_the_last_module_from_standard_input(compiled):
    """As a process of its own, since standard input is a pipe."""
    before = [f"--module={compiled(name, 'theirs')}" for name in ("scales", "sums")]
    data = Path(compiled("whole", "ours")).read_bytes()
    arguments = [*before, "--module=-", *RUN]
    theirs = run_there(arguments, data)
    tool = [sys.executable, "-m", "ireelite.tools.run_module", *arguments]
    ours = subprocess.run(tool, input=data, capture_output=True)
    assert theirs.returncode == ours.returncode == 0
    assert ours.stdout == theirs.stdout


def shared(text: str) -> str:
    """An error without what only one of the two says: the C file, and which names there are."""
    text = " ".join(text.split())
    text = re.sub(r"^\S+\.[ch]:\d+: ", "", text)
    return re.sub(r"(exported by module) 'scales'; (?:known names|did you mean)[^;]*", r"\1", text)


@pytest.mark.parametrize(
    "names",
    [("whole", "scales", "sums"), ("scales", "whole"), ("scales", "wide"), ("scales", "absent")],
    ids="-".join,
)
def test_what_does_not_fit_is_refused_in_the_same_words(compiled, capsys, names):
    arguments = [*[f"--module={compiled(name, 'theirs')}" for name in names], *RUN]
    theirs = run_there(arguments)
    code, out, error = run_here(capsys, arguments)
    assert code == theirs.returncode == 1
    assert out == theirs.stdout == ""
    assert shared(error) == shared(theirs.stderr)


@pytest.mark.parametrize(
    "fields",
    [
        {"dependencies": [Dependency("scales", 2)]},
        {"dependencies": [Dependency("nowhere")]},
        {
            "dependencies": [Dependency("scales", 2, optional=True)],
            "imports": {"nowhere.f": "0v_v"},
        },
    ],
    ids=["version", "missing", "import"],
)
def test_what_a_module_asks_for_is_refused_in_the_same_words(compiled, capsys, tmp_path, fields):
    built = module("asking", {"run": function("0v_v", [[row("return", ())]])}, **fields)
    path = tmp_path / "asking.vmfb"
    path.write_bytes(encode_module(built).data)
    arguments = [f"--module={compiled('scales', 'theirs')}", f"--module={path}", "--function=run"]
    theirs = run_there(arguments)
    code, _, error = run_here(capsys, arguments)
    assert code == theirs.returncode == 1
    assert shared(error) == shared(theirs.stderr)


@pytest.mark.parametrize("flag", ["--module=nofile.vmfb", "--function=run"])
def test_a_missing_module_is_refused_in_the_same_words(capsys, flag):
    theirs = run_there([flag])
    assert shared(run_here(capsys, [flag])[2]) == shared(theirs.stderr)


def test_untrusted_code_of_upstreams_compiler_is_refused(tmp_path):
    """Its CPU code is a shared object that is called in this process."""
    source, path = tmp_path / "scales.mlir", tmp_path / "scales.vmfb"
    source.write_text(PROGRAMS["scales"])
    flags = [VMVX[0], "--iree-hal-local-target-device-backends=llvm-cpu"]
    flags.append("--iree-llvmcpu-target-cpu=generic")
    subprocess.run([TOOLS / "iree-compile", *flags, source, "-o", path], check=True)
    assert ireelite.load(path).negated(np.float32([1] * 64))[0] == -1
    with pytest.raises(
        StatusError, match=r"PERMISSION_DENIED; module 'scales' has native code only \(embedded-elf"
    ):
        ireelite.load(path, trusted=False)
