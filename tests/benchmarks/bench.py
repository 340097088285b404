"""Prints one table of this project against upstream IREE, both measured now, in turn, on this
machine.

`python tests/benchmarks/bench.py` takes about a minute; `--quick` makes the fewest runs that fill
the table. Ratios are ours over the reference: below one, ours is faster. Seconds are never asserted
anywhere.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from measure import Row, call_seconds, interleaved, process_seconds, table, tool

import ireelite

PYTHON = Path(sys.executable)
UPSTREAM_COMPILE = PYTHON.parent / "iree-compile"
SIMPLE_MUL = """\
func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
A = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
B = np.array([5.0, 6.0, 7.0, 8.0], np.float32)


@dataclass(frozen=True)
class Effort:
    """How often each thing is measured."""

    processes: int
    imports: int
    compiles: int
    bursts: int
    calls_in_burst: int


FULL = Effort(processes=9, imports=15, compiles=15, bursts=30, calls_in_burst=500)
QUICK = Effort(processes=1, imports=1, compiles=1, bursts=1, calls_in_burst=20)


BACKENDS = ("vmvx", "llvm-cpu")


def local_flags(backend: str) -> list[str]:
    """The flags, the same for both compilers, that make a module for the CPU with one backend."""
    return ["--iree-hal-target-device=local", f"--iree-hal-local-target-device-backends={backend}"]


def our_compile(source: Path, output: Path, backend: str) -> list[str]:
    """The command of our compiler on a StableHLO file."""
    ours = tool("ireelite-compile", "ireelite.tools.compile", PYTHON)
    return [*ours, *local_flags(backend), str(source), "-o", str(output)]


def upstream_compile(source: Path, output: Path, backend: str) -> list[str]:
    """The command of upstream's compiler on the same file."""
    return [str(UPSTREAM_COMPILE), *local_flags(backend), str(source), "-o", str(output)]


def cold_compiles(effort: Effort, folder: Path, source: Path) -> Iterator[Row]:
    """The command-line compilers in fresh processes, with every cache empty."""
    for backend in BACKENDS:
        our_command = our_compile(source, folder / f"ours-{backend}.vmfb", backend)
        their_command = upstream_compile(source, folder / f"theirs-{backend}.vmfb", backend)
        runs = interleaved(
            lambda command=our_command: process_seconds(command),
            lambda command=their_command: process_seconds(command),
            effort.processes,
        )
        yield Row(f"ireelite-compile, {backend}, cold process", "iree-compile, cold process", *runs)


def warm_compile(effort: Effort, folder: Path, source: Path) -> Iterator[Row]:
    """A compile in a process that has compiled before, against upstream's only way,
    a new process.
    """
    their_command = upstream_compile(source, folder / "theirs.vmfb", "llvm-cpu")
    runs = interleaved(
        lambda: call_seconds(lambda: ireelite.compile(SIMPLE_MUL), 1),
        lambda: process_seconds(their_command),
        effort.compiles,
    )
    yield Row("ireelite.compile, all targets, warm", "iree-compile, llvm-cpu, cold process", *runs)


def imports(effort: Effort) -> Iterator[Row]:
    """What `import ireelite` adds to starting Python."""
    runs = interleaved(
        lambda: process_seconds([str(PYTHON), "-c", "import ireelite"]),
        lambda: process_seconds([str(PYTHON), "-c", "pass"]),
        effort.imports,
    )
    yield Row("python -c 'import ireelite'", "python -c pass", *runs)


def calls(effort: Effort, folder: Path) -> Iterator[Row]:
    """simple_mul on local-sync, NumPy arrays in, a NumPy array out,
    from the files `cold_compiles` left.
    """
    import iree.runtime

    for backend in BACKENDS:
        config = iree.runtime.Config("local-sync")
        context = iree.runtime.SystemContext(config=config)
        file = str(folder / f"theirs-{backend}.vmfb")
        context.add_vm_module(iree.runtime.VmModule.mmap(config.vm_instance, file))
        upstream = context.modules["module"]["simple_mul"]
        module = ireelite.load(folder / f"ours-{backend}.vmfb", device="local-sync")

        def our_call(function=module.simple_mul) -> np.ndarray:
            return np.asarray(function(A, B))

        def their_call(function=upstream) -> np.ndarray:
            return np.asarray(function(A, B).to_host())

        for result in (our_call(), their_call()):
            np.testing.assert_array_equal(result, A * B)
        runs = interleaved(
            lambda call=our_call: call_seconds(call, effort.calls_in_burst),
            lambda call=their_call: call_seconds(call, effort.calls_in_burst),
            effort.bursts,
        )
        yield Row(
            f"module.simple_mul(a, b), {backend}, local-sync", "iree.runtime, the same", *runs
        )


def measure(effort: Effort) -> list[Row]:
    """Every row of the table, in its order."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "simple_mul.mlir"
        source.write_text(SIMPLE_MUL)
        return [
            *cold_compiles(effort, folder, source),
            *warm_compile(effort, folder, source),
            *imports(effort),
            *calls(effort, folder),
        ]


def main() -> None:
    """Prints what was compared, then the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the fewest runs that fill the table")
    effort = QUICK if parser.parse_args().quick else FULL
    print(
        f"simple_mul of 4 floats; upstream IREE {version('iree-base-compiler')}, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores; ratio = ours / reference"
    )
    print(table(measure(effort)))


if __name__ == "__main__":
    main()
