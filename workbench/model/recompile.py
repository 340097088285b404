"""The choices that a schedule leaves to its reader: the values of each, a program compiled again
with others, and how fast it then is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ireelite.program import Program
from ireelite.progress import Progress
from ireelite.status import check_name, invalid_argument
from workbench.progress import at

DEFAULT = "default"
"""What a choice is called that was left to the compiler."""
DEVICES = {"vulkan-spirv": "webgpu"}
CALLS = 5


@dataclass(frozen=True)
class Choice:
    """One choice: an option of the compiler with its values."""

    name: str
    label: str
    targets: tuple[str, ...]
    values: tuple[Any, ...]

    def text(self, value: Any) -> str:
        """Returns a value as a reader sees it."""
        if value is None:
            return DEFAULT
        return ("off", "on")[value] if isinstance(value, bool) else str(value)

    def value(self, text: str) -> Any:
        """Returns the value of that text. Raises NOT_FOUND with the near ones."""
        known = {self.text(value): value for value in self.values}
        check_name(f"value of '{self.name}'", text, known)
        return known[text]


def choices_of(program: Program) -> list[Choice]:
    """Returns the choices that concern a target of a program."""
    from ireelite.lowering.schedules.shader_schedules import SHADER_SCHEDULES
    from ireelite.lowering.schedules.tiles import SCHEDULES

    every = ("vmvx", "vulkan-spirv", "llvm-cpu")
    known = [
        Choice("schedule", "registers that tiles fill", ("llvm-cpu",), (None, *SCHEDULES)),
        Choice(
            "vulkan_target", "tiles for devices like", ("vulkan-spirv",), (None, *SHADER_SCHEDULES)
        ),
        Choice("microkernels", "microkernel for products", ("vmvx",), (False, True)),
        Choice("reassociate", "sums in any order", every, (False, True)),
    ]
    return [choice for choice in known if set(choice.targets).intersection(program.targets)]


class _Steps(Progress):
    """Reports the steps of a compilation as the fraction of the current work."""

    def at(self, step: str, stage: str = "") -> None:
        super().at(step, stage)
        at(self.fraction)


def recompiled(program: Program, target: str, changes: Mapping[str, Any]) -> Program:
    """Compiles the program for one target with other options, with a record. Reports its progress.

    Raises what compiling raises.
    """
    from ireelite.passes import STEPS, Compilation
    from ireelite.pipeline import encode, lower
    from ireelite.provenance import Tracker

    options = replace(program.options, targets=(target,), **changes)
    source = program.source
    module, start = source.parse(program.inputs, program.outputs, program.input_shapes)
    tracker = Tracker(Path(source.name).name)
    compilation = Compilation(options, tracker, progress=_Steps(STEPS, lambda _: None))
    with source.excerpts():
        module = lower(module, start, "module", compilation)
        data = encode(module, compilation)
    return replace(
        program,
        data=data,
        options=options,
        compilation_record=tracker.record,
        targets=(target,),
        _texts={},
    )


@dataclass(frozen=True)
class Run:
    """How a function ran: the fastest of some calls, and its results."""

    nanoseconds: int
    results: tuple[Any, ...]


def run(program: Program, target: str, arguments: Sequence[Any]) -> Run:
    """Calls the program's only function, or the one that takes so many arguments. Raises what
    loading and calling raise, INVALID_ARGUMENT if there is no such function.
    """
    from ireelite.session import load

    with load(program, device=DEVICES.get(target, "local-sync")) as module:
        functions = list(module.functions.values())
        fitting = [f for f in functions if len(f.signature.arguments) == len(arguments)]
        if not fitting:
            raise invalid_argument(f"no function of the program takes {len(arguments)} arguments")
        results = fitting[0](*arguments)
        best = 0
        for _ in range(CALLS):
            begin = time.perf_counter_ns()
            fitting[0](*arguments)
            taken = time.perf_counter_ns() - begin
            best = min(best or taken, taken)
    listed = results if isinstance(results, tuple) else (results,)
    return Run(best, tuple(listed))


def comparison(before: Run, after: Run) -> str:
    """Describes how the results and times of two runs differ."""
    import numpy as np

    worst = 0.0
    for old, new in zip(before.results, after.results, strict=True):
        a, b = np.asarray(old), np.asarray(new)
        if a.size and a.dtype.kind in "fiuc" and a.shape == b.shape:
            worst = max(worst, float(np.max(np.abs(a.astype(np.complex128) - b))))
    same = "the same results" if worst == 0 else f"results differ by at most {worst:.3g}"
    ratio = before.nanoseconds / max(after.nanoseconds, 1)
    return (
        f"the fastest of {CALLS} calls took {after.nanoseconds / 1e6:.3f} ms, "
        f"before {before.nanoseconds / 1e6:.3f} ms ({ratio:.2f} times as fast); {same}"
    )
