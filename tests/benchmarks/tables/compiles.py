"""Compilation and imports: fresh processes, and a process that has compiled before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from measure import Row, call_seconds, interleaved, process_seconds

import ireelite
from tables.effort import Effort
from tables.toolchains import BACKENDS, PYTHON, SIMPLE_MUL, our_compile, upstream_compile


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
