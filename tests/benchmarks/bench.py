"""Prints one table of this project against upstream IREE, both measured now, in turn, on this
machine.

`python tests/benchmarks/bench.py` takes a few minutes; `--quick` makes the fewest runs that fill
the table, and names as arguments choose some of the measurements. A cell is a median with the
fastest and the slowest run; ratios are ours over the reference: below one, ours is faster. Seconds
are never asserted anywhere.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from measure import (
    Row,
    call_seconds,
    interleaved,
    process_output,
    process_seconds,
    table,
    tool,
)

import ireelite

PYTHON = Path(sys.executable)
UPSTREAM_COMPILE = PYTHON.parent / "iree-compile"
SIMPLE_MUL = """\
func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
MATMUL = """\
func.func @matmul(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}
"""
DIGITS = Path(__file__).parents[2] / "notebooks" / "data" / "digits_mlp.pb"
FIRST_RESULT = {
    "ours": """\
import sys, numpy, ireelite
ireelite.load(sys.argv[1]).digits_mlp(numpy.zeros((16, 64), numpy.float32))
""",
    "upstream": """\
import sys, numpy, iree.runtime
config = iree.runtime.Config("local-sync")
context = iree.runtime.SystemContext(config=config)
context.add_vm_module(iree.runtime.VmModule.mmap(config.vm_instance, sys.argv[1]))
results = context.modules["module"]["digits_mlp"](numpy.zeros((16, 64), numpy.float32))
[result.to_host() for result in results]
""",
}
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
    loads: int
    constants: int
    """Bytes of constants in the large module."""


FULL = Effort(9, 15, 15, bursts=200, calls_in_burst=100, loads=25, constants=1 << 30)
QUICK = Effort(1, 1, 1, bursts=1, calls_in_burst=20, loads=1, constants=1 << 24)


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


def cold_compiles(effort: Effort, folder: Path) -> Iterator[Row]:
    """simple_mul by the command-line compilers in fresh processes, with every cache empty."""
    source = folder / "simple_mul.mlir"
    source.write_text(SIMPLE_MUL)
    for backend in BACKENDS:
        our_command = our_compile(source, folder / f"ours-{backend}.vmfb", backend)
        their_command = upstream_compile(source, folder / f"theirs-{backend}.vmfb", backend)
        runs = interleaved(
            lambda command=our_command: process_seconds(command),
            lambda command=their_command: process_seconds(command),
            effort.processes,
        )
        yield Row(f"ireelite-compile, {backend}, cold process", "iree-compile, cold process", *runs)


def warm_compile(effort: Effort, folder: Path) -> Iterator[Row]:
    """A compile in a process that has compiled before, against upstream's only way,
    a new process.
    """
    source = folder / "simple_mul.mlir"
    source.write_text(SIMPLE_MUL)
    their_command = upstream_compile(source, folder / "theirs.vmfb", "llvm-cpu")
    runs = interleaved(
        lambda: call_seconds(lambda: ireelite.compile(SIMPLE_MUL), 1),
        lambda: process_seconds(their_command),
        effort.compiles,
    )
    yield Row("ireelite.compile, all targets, warm", "iree-compile, llvm-cpu, cold process", *runs)


def imports(effort: Effort, folder: Path) -> Iterator[Row]:
    """What `import ireelite` adds to starting Python."""
    runs = interleaved(
        lambda: process_seconds([str(PYTHON), "-c", "import ireelite"]),
        lambda: process_seconds([str(PYTHON), "-c", "pass"]),
        effort.imports,
    )
    yield Row("python -c 'import ireelite'", "python -c pass", *runs)


def upstream_function(file: Path, name: str, device: str) -> Callable[..., Any]:
    """A function of a module that upstream's runtime has loaded."""
    import iree.runtime

    config = iree.runtime.Config(device)
    context = iree.runtime.SystemContext(config=config)
    context.add_vm_module(iree.runtime.VmModule.mmap(config.vm_instance, str(file)))
    return context.modules["module"][name]


def compiled(folder: Path, name: str, text: str, backend: str) -> tuple[Path, Path]:
    """A program as a module by our compiler and as one by upstream's."""
    source = folder / f"{name}.mlir"
    source.write_text(text)
    ours, theirs = (folder / f"{name}-{whose}-{backend}.vmfb" for whose in ("ours", "theirs"))
    process_output(our_compile(source, ours, backend))
    process_output(upstream_compile(source, theirs, backend))
    return ours, theirs


def calls(effort: Effort, folder: Path) -> Iterator[Row]:
    """simple_mul, NumPy arrays in, a NumPy array out."""
    for backend in BACKENDS:
        ours, theirs = compiled(folder, "simple_mul", SIMPLE_MUL, backend)
        for device in ("local-sync", "local-task"):
            upstream = upstream_function(theirs, "simple_mul", device)
            module = ireelite.load(ours, device=device)

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
            yield Row(f"simple_mul(a, b), {backend}, {device}", "iree.runtime, the same", *runs)


def matmul(effort: Effort, folder: Path) -> Iterator[Row]:
    """A matrix product of 64 x 64 x 64 in bytecode, which each runtime interprets its own way."""
    ours, theirs = compiled(folder, "matmul", MATMUL, "vmvx")
    function = ireelite.load(ours).matmul
    upstream = upstream_function(theirs, "matmul", "local-sync")
    a, b = np.random.default_rng(1).normal(size=(2, 64, 64)).astype(np.float32)
    for result in (function(a, b), upstream(a, b).to_host()):
        np.testing.assert_allclose(result, a @ b, rtol=1e-4, atol=1e-4)
    runs = interleaved(
        lambda: call_seconds(lambda: function(a, b), 1),
        lambda: call_seconds(lambda: upstream(a, b).to_host(), 1),
        effort.loads,
    )
    yield Row("matmul 64x64x64 f32, vmvx, local-sync", "iree.runtime, the same", *runs)


def first_results(effort: Effort, folder: Path) -> Iterator[Row]:
    """digits_mlp loaded and called once: in a process that has done such a thing before, and in a
    fresh one, imports included."""
    command = tool("ireelite-compile", "ireelite.tools.compile", PYTHON)
    text = process_output([*command, "--compile-to=hlo", str(DIGITS)])
    image = np.zeros((16, 64), np.float32)
    for backend in BACKENDS:
        ours, theirs = compiled(folder, "digits_mlp", text, backend)

        def our_first(file=ours) -> list[np.ndarray]:
            return list(ireelite.load(file).digits_mlp(image))

        def their_first(file=theirs) -> list[np.ndarray]:
            function = upstream_function(file, "digits_mlp", "local-sync")
            return [result.to_host() for result in function(image)]

        for result, expected in zip(our_first(), their_first(), strict=True):
            np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)
        runs = interleaved(
            lambda call=our_first: call_seconds(call, 1),
            lambda call=their_first: call_seconds(call, 1),
            effort.loads,
        )
        yield Row(f"digits_mlp, load and first call, {backend}", "iree.runtime, the same", *runs)
        commands = [
            [str(PYTHON), "-c", FIRST_RESULT[who], str(file)]
            for who, file in (("ours", ours), ("upstream", theirs))
        ]
        runs = interleaved(
            lambda command=commands[0]: process_seconds(command),
            lambda command=commands[1]: process_seconds(command),
            effort.processes,
        )
        yield Row(f"digits_mlp, fresh process, {backend}", "iree.runtime, the same", *runs)


def large_constants(effort: Effort, folder: Path) -> Iterator[Row]:
    """A module of a GiB of constants loaded and called once, by both runtimes from one file."""
    script = str(Path(__file__).with_name("large_module.py"))
    file = str(folder / "large.vmfb")
    process_output([str(PYTHON), script, "write", file, str(effort.constants), "vmvx"])
    resident: dict[str, list[int]] = {"ours": [], "upstream": []}

    def load(runtime: str) -> float:
        measured = json.loads(process_output([str(PYTHON), script, "load", file, runtime]))
        resident[runtime].append(measured["resident"])
        return measured["seconds"]

    runs = interleaved(lambda: load("ours"), lambda: load("upstream"), min(effort.processes, 5))
    ours, theirs = (
        f"+{statistics.median(taken) / (1 << 20):.1f} MiB" for taken in resident.values()
    )
    size = effort.constants >> 20
    yield Row(
        f"{size} MiB of constants, load and first call, vmvx; {ours}",
        f"iree.runtime, the same file; {theirs}",
        *runs,
    )


MEASUREMENTS: dict[str, Callable[[Effort, Path], Iterator[Row]]] = {
    "cold_compiles": cold_compiles,
    "warm_compile": warm_compile,
    "imports": imports,
    "calls": calls,
    "matmul": matmul,
    "first_results": first_results,
    "large_constants": large_constants,
}
"""What can be measured, in the order of the table."""


def main() -> None:
    """Prints what was compared, then the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the fewest runs that fill the table")
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], help="all by default")
    flags = parser.parse_args()
    effort = QUICK if flags.quick else FULL
    print(
        f"upstream IREE {version('iree-base-compiler')}, Python {platform.python_version()}, "
        f"{os.cpu_count()} cores; median (fastest .. slowest); ratio = ours / reference"
    )
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            row
            for name in flags.names or MEASUREMENTS
            for row in MEASUREMENTS[name](effort, Path(folder))
        ]
    print(table(rows))


if __name__ == "__main__":
    main()
