"""The portable targets, against upstream's: VMVX in both virtual machines, and shaders on one
driver; their compilation; and chains of dispatches that each wait for the one before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from measure import Row, call_seconds, interleaved, process_output, process_seconds, tool
from peers import HOST_FLAGS, PeerError, iree_module, iree_subject
from programs import BenchmarkProgram, chain_of_products

import ireelite
import ireelite.runtime
from tables.effort import Effort
from tables.toolchains import DIGITS, PYTHON, UPSTREAM_COMPILE, local_flags
from tables.whole_calls import PROGRAMS

VMVX_FLAGS = ("--iree-input-type=stablehlo", *local_flags("vmvx"))
VULKAN_FLAGS = ("--iree-input-type=stablehlo", "--iree-hal-target-device=vulkan")
FLAGS = {"vmvx": VMVX_FLAGS, "llvm-cpu": HOST_FLAGS, "vulkan-spirv": VULKAN_FLAGS}
SMALL = (
    "mul_4",
    "mul_4096",
    "mul_1M",
    "matmul_256",
    "mlp",
    "while_1000",
    "products_100",
    "batch_64_32",
    "softmax_odd",
    "matmul_primes",
)
"""Programs that end soon in bytecode, too."""
SHADED = (*SMALL, "softmax", "layernorm", "transpose_4096", "conv3x3", "transformer_block")
WARM_UP_BURSTS = 25
"""Bursts as long as which calls run before they are measured: our VM has compiled what it runs by
then."""


def vmvx(effort: Effort, folder: Path) -> Iterator[Row]:
    """Modules of VMVX alone, ours and upstream's, in both runtimes."""
    for program in map(PROGRAMS.__getitem__, effort.chosen(SMALL)):
        arguments = program.inputs()
        theirs = iree_module(program.text(), folder, VMVX_FLAGS)
        ours = folder / f"{program.name}.vmfb"
        ireelite.compile(program.text(), targets=["vmvx"], progress=False).save(ours)
        reference = iree_subject(theirs, arguments, "local-sync")
        expected = reference.results()
        for what, module in (("our module", ours), ("upstream's module", theirs)):
            loaded = ireelite.load(module, device="local-sync")
            call = partial(loaded.main, *arguments)
            _require_close(program, [np.asarray(call())], expected)
            runs = _bursts(call, reference.from_numpy, effort)
            name, group = f"{program.name}, vmvx, {what}, our VM", f"{what} in our VM"
            yield Row(name, "upstream's module, its VM", *runs, group)
        on_upstream = iree_subject(ours, arguments, "local-sync")
        _require_close(program, on_upstream.results(), expected)
        runs = _bursts(on_upstream.on_device, reference.on_device, effort)
        name, group = (
            f"{program.name}, vmvx, our module, upstream's VM",
            "our module on upstream's VM",
        )
        yield Row(name, "upstream's module", *runs, group)


def webgpu(effort: Effort, folder: Path) -> Iterator[Row]:
    """Shaders, with the arguments in the device's memory, by both runtimes on one driver.

    Ours are compared with what upstream's native code returns: its package for Python reads from
    Vulkan only into memory that begins at a page.
    """
    for program in map(PROGRAMS.__getitem__, effort.chosen(SHADED)):
        arguments = program.inputs()
        ours = folder / f"{program.name}.vmfb"
        ireelite.compile(program.text(), targets=["vulkan-spirv"], progress=False).save(ours)
        subject = iree_subject(ours, arguments, "webgpu", ireelite.runtime)
        theirs = iree_module(program.text(), folder, VULKAN_FLAGS)
        reference = iree_subject(theirs, arguments, "vulkan")
        native = iree_module(program.text(), folder, HOST_FLAGS)
        expected = iree_subject(native, arguments, "local-sync").results()
        _require_close(program, subject.results(), expected)
        runs = _bursts(subject.on_device, reference.on_device, effort)
        yield Row(f"{program.name}, webgpu", "upstream's vulkan", *runs, "webgpu")


def target_compiles(effort: Effort, folder: Path) -> Iterator[Row]:
    """Programs by the command-line compilers in fresh processes, for each target; and the module
    for all targets against upstream's three. What upstream cannot compile is on stderr."""
    ours = tool("ireelite-compile", "ireelite.tools.compile", PYTHON)
    for name in effort.chosen(list(PROGRAMS)):
        source = folder / f"{name}.mlir"
        source.write_text(PROGRAMS[name].text())
        for target in FLAGS:
            try:
                iree_module(PROGRAMS[name].text(), folder, FLAGS[target])
            except PeerError as error:
                print(f"not measured: {name}, {target}: {error}", file=sys.stderr)
                continue
            runs = _cold_compiles(source, target, effort, folder)
            what, group = f"{name}, {target}, cold process", f"{target}, cold compiles"
            yield Row(what, "iree-compile, cold process", *runs, group)
    source = folder / "digits_mlp.mlir"
    source.write_text(process_output([*ours, "--compile-to=hlo", str(DIGITS)]))
    output = ["-o", str(folder / "all.vmfb")]
    every_target = f"--iree-hal-target-backends={','.join(FLAGS)}"
    theirs = [[str(UPSTREAM_COMPILE), *flags, str(source), *output] for flags in FLAGS.values()]
    runs = interleaved(
        lambda: process_seconds([*ours, every_target, str(source), *output]),
        lambda: sum(map(process_seconds, theirs)),
        min(3, effort.processes),
    )
    yield Row("digits_mlp, three targets, cold process", "iree-compile, three processes", *runs)


def dispatches(effort: Effort, folder: Path) -> Iterator[Row]:
    """A thousand products of 8x8, each of which needs the one before: run, and compiled cold."""
    chain = PROGRAMS["products_100"]
    program = replace(
        chain, name="products_1000", build=partial(chain_of_products, count=1000), tolerance=1e-2
    )
    arguments = program.inputs()
    source = folder / "products_1000.mlir"
    source.write_text(program.text())
    for target in ("llvm-cpu", "vmvx"):
        module = iree_module(program.text(), folder, FLAGS[target])
        reference = iree_subject(module, arguments, "local-task")
        compiled = ireelite.compile(program.text(), targets=[target], progress=False)
        call = partial(ireelite.load(compiled, device="local-task").main, *arguments)
        _require_close(program, [np.asarray(call())], reference.results())
        runs = _bursts(call, reference.on_device, effort)
        yield Row(f"1,000 dependent dispatches, {target}", "iree.runtime, device arrays", *runs)
        runs = _cold_compiles(source, target, effort, folder)
        yield Row(f"1,000 dispatches, {target}, cold process", "iree-compile, the same", *runs)


def _cold_compiles(
    source: Path, target: str, effort: Effort, folder: Path
) -> tuple[list[float], list[float]]:
    """Seconds of both compilers in fresh processes, in turn."""
    ours = tool("ireelite-compile", "ireelite.tools.compile", PYTHON)
    commands = [
        [*compiler, *FLAGS[target], str(source), "-o", str(folder / f"{whose}.vmfb")]
        for whose, compiler in (("ours", ours), ("theirs", [str(UPSTREAM_COMPILE)]))
    ]
    return interleaved(
        partial(process_seconds, commands[0]),
        partial(process_seconds, commands[1]),
        min(3, effort.processes),
    )


def _bursts(
    ours: Callable[[], object], theirs: Callable[[], object], effort: Effort
) -> tuple[list[float], list[float]]:
    """Both in turn, in bursts as long as whole calls have; both have run for many bursts before."""
    for call in (ours, theirs):
        call()
        end = time.perf_counter() + WARM_UP_BURSTS * effort.burst_seconds
        while time.perf_counter() < end:
            call()
    counts = [
        max(1, min(effort.calls_in_burst, int(effort.burst_seconds / call_seconds(call, 1))))
        for call in (ours, theirs)
    ]
    return interleaved(
        lambda: call_seconds(ours, counts[0]),
        lambda: call_seconds(theirs, counts[1]),
        min(effort.turns, 7),
    )


def _require_close(
    program: BenchmarkProgram, results: Sequence[np.ndarray], expected: Sequence[np.ndarray]
) -> None:
    for result, wanted in zip(results, expected, strict=True):
        largest = float(np.max(np.abs(wanted), initial=0.0))
        np.testing.assert_allclose(
            result, wanted, rtol=0, atol=program.tolerance * largest, err_msg=program.name
        )
