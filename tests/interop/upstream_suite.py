"""Compiles a folder of self-testing programs with upstream's `iree-compile`, runs all their
functions here, and counts.

    python tests/interop/upstream_suite.py tests/interop/programs --target vmvx

A program is a `.mlir` file of functions that call the `check` dialect. Each module goes through
`ireelite-check-module`, so one that executes no check is an error. The exit code is 0 if all checks
of all files that upstream compiles pass. `--break mul` runs the same with a multiplication that is
wrong: then it must not be 0.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from ireelite.tools import check_module

LOCAL = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends")
TARGETS: dict[str, tuple[tuple[str, ...], str]] = {
    "vmvx": ((LOCAL[0], f"{LOCAL[1]}=vmvx"), "local-sync"),
    "llvm-cpu": (
        (LOCAL[0], f"{LOCAL[1]}=llvm-cpu", "--iree-llvmcpu-target-cpu=generic"),
        "local-sync",
    ),
    "vulkan-spirv": (("--iree-hal-target-device=vulkan",), "webgpu"),
}
"""target -> (flags of `iree-compile`, the device that runs it)"""
FLAGS = ("--iree-input-type=stablehlo", "--iree-input-demote-f64-to-f32", "--verify=false")
"""What upstream's build of its own suite passes for every target, but that no pass is verified."""

TEST = re.compile(r"^\[ +(OK|FAILED) +\] \S+\.(\S+) \((\d+) checks?, ", re.MULTILINE)
FAILED_CHECK = re.compile(r"^Failure", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    name: str
    functions: int = 0
    checks: int = 0
    """How many were executed."""
    failures: int = 0
    """Checks that failed, and functions that ended in an error."""
    compiled: bool = True
    output: str = ""
    """What the compiler or the failed tests said."""

    @property
    def passed(self) -> bool:
        return self.failures == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, help="the folder of .mlir files")
    parser.add_argument("--only", nargs="*", help="names of files, without .mlir")
    parser.add_argument("--target", choices=TARGETS, default="vmvx")
    parser.add_argument("--device", help="another device than the target's own")
    parser.add_argument("--break", choices=BROKEN, dest="broken", help="run with a wrong operation")
    parser.add_argument("--jobs", type=int, default=2, help="compilers that run at one time")
    parser.add_argument("--modules", type=Path, help="keep the compiled modules in this folder")
    parser.add_argument("--verbose", action="store_true", help="print what failed tests said")
    options = parser.parse_args(arguments)
    files = sorted(options.folder.glob("*.mlir"))
    files = [file for file in files if options.only is None or file.stem in options.only]
    if not files:
        parser.error(f"no .mlir file in {options.folder}")
    begin = time.perf_counter()
    with contextlib.ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory())
        modules = options.modules or Path(temporary)
        modules.mkdir(parents=True, exist_ok=True)
        if options.broken:
            stack.enter_context(BROKEN[options.broken](options.target))
        pool = stack.enter_context(ThreadPoolExecutor(options.jobs))
        compiled = pool.map(lambda file: compile_file(file, options.target, modules), files)
        outcomes = [
            run_module(module, options.device or TARGETS[options.target][1])
            if isinstance(module, Path)
            else module
            for module in compiled
        ]
    for outcome in outcomes:
        print_outcome(outcome, options.verbose)
    return summarize(outcomes, options.target, time.perf_counter() - begin)


def compile_file(file: Path, target: str, folder: Path) -> Path | Outcome:
    """The module of a program in a folder, which keeps one that is newer than its source; or what
    the compiler said."""
    module = folder / f"{file.stem}.vmfb"
    if module.exists() and module.stat().st_mtime >= file.stat().st_mtime:
        return module
    unfinished = module.with_suffix(".partial")
    command = ["iree-compile", *FLAGS, *TARGETS[target][0], str(file), "-o", str(unfinished)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if made.returncode:
        unfinished.unlink(missing_ok=True)
        return Outcome(file.stem, compiled=False, output=made.stderr)
    return unfinished.rename(module)


def run_module(module: Path, device: str) -> Outcome:
    """All its functions by `ireelite-check-module`."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = check_module.main([f"--module={module}", f"--device={device}"])
    text = printed.getvalue()
    tests = TEST.findall(text)
    failures = len(FAILED_CHECK.findall(text))
    # A module that cannot be loaded, or that checks nothing, has no failed test to show.
    failures = failures or int(code != 0)
    return Outcome(
        module.stem,
        functions=len(tests),
        checks=sum(int(checks) for _, _, checks in tests),
        failures=failures,
        output=text if failures else "",
    )


def print_outcome(outcome: Outcome, verbose: bool) -> None:
    """One line of the table, and what was said about failures."""
    verdict = "ok" if outcome.passed else f"{outcome.failures} FAILED"
    if not outcome.compiled:
        verdict = "not compiled by upstream"
    print(f"{outcome.name:32}{outcome.functions:4} functions{outcome.checks:5} checks  {verdict}")
    lines = outcome.output.strip().splitlines()
    if verbose and lines:
        print("    " + "\n    ".join(lines if outcome.compiled else lines[:1]))


def summarize(outcomes: Sequence[Outcome], target: str, seconds: float) -> int:
    """Prints the sums; returns the exit code."""
    ran = [outcome for outcome in outcomes if outcome.compiled]
    failed = [outcome for outcome in ran if not outcome.passed]
    checks = sum(outcome.checks for outcome in ran)
    print(
        f"{target}: {len(ran)} files, {sum(o.functions for o in ran)} functions, {checks} checks; "
        f"{len(failed)} files failed with {sum(o.failures for o in failed)} failures; "
        f"{len(outcomes) - len(ran)} files not compiled by upstream ({seconds:.1f} s)"
    )
    return int(bool(failed) or not checks)


@contextlib.contextmanager
def broken_multiplication(target: str) -> Iterator[None]:
    """Products are off by one in the VM; in shaders they are sums."""
    if target == "vmvx":
        from ireelite.vm.semantics import MEANINGS, Meaning

        wrong = {f"mul.{kind}": Meaning("{0} * {1} + 1", kind) for kind in ("f32", "i32")}
        with patch.dict(MEANINGS, wrong):
            yield
    elif target == "vulkan-spirv":
        from ireelite.loaders import spirv

        prepare = spirv.prepare_shader
        with patch.object(spirv, "prepare_shader", lambda *given: summing(prepare(*given))):
            yield
    else:
        raise SystemExit(f"machine code for {target} cannot be broken from here")


def summing(words: bytes | memoryview) -> bytes:
    """A shader that adds where it should multiply."""
    from ireelite.executables.spirv_decode import decode_spirv
    from ireelite.executables.spirv_encode import encode_spirv
    from ireelite.executables.spirv_grammar import OPCODES

    sums = {f"Op{kind}Mul": OPCODES[f"Op{kind}Add"] for kind in ("F", "I")}
    module = decode_spirv(words)
    instructions = [
        replace(instruction, opcode=sums.get(instruction.opcode.name, instruction.opcode))
        for instruction in module.instructions
    ]
    return encode_spirv(instructions, module.bound, module.version, module.generator).data


BROKEN = {"mul": broken_multiplication}


if __name__ == "__main__":
    sys.exit(main())
