"""How a target runs the loops of a kernel, as data.

A kernel says what is computed, in plain loops; a schedule says in which order and how much at once.
It changes speed, and the rounding of sums that it reorders, and nothing else. Each target has a table
of schedules by kind of kernel. A kind without an entry runs as plain loops: `PLAIN`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xdsl.dialects import func, scf
from xdsl.dialects.builtin import ArrayAttr, StringAttr

MAPPING = "mapping"
"""Attribute of `scf.parallel`: one word for each dimension, which says what runs along it."""
WORKGROUP, UNROLL, LANES = "workgroup", "unroll", "lanes"


@dataclass(frozen=True)
class Schedule:
    """One way to run a kernel."""

    mapping: tuple[str, ...] = ()
    """What runs along each dimension of the outer loop; none for plain loops."""


PLAIN = Schedule()

TABLES: Mapping[str, Mapping[str, Schedule]] = {"llvm-cpu": {}, "vmvx": {}, "vulkan-spirv": {}}
"""Target -> kind of kernel -> schedule. Measured schedules go here."""


def outer_loop(kernel: func.FuncOp) -> scf.ParallelOp | None:
    """The loop over the kernel's workload."""
    return next((op for op in kernel.body.block.ops if isinstance(op, scf.ParallelOp)), None)


def kind_of(kernel: func.FuncOp) -> str:
    """What runs at one point of the outer loop: `pointwise` is no loop, `reduction` are loops that
    carry accumulators, `nests` are loops that store slices.
    """
    kind = "pointwise"
    for op in kernel.walk():
        if isinstance(op, scf.ForOp):
            if not op.iter_args:
                return "nests"
            kind = "reduction"
    return kind


def schedule_of(kernel: func.FuncOp, target: str) -> Schedule:
    """The schedule that a target's table has for a kernel, or else `PLAIN`."""
    return TABLES.get(target, {}).get(kind_of(kernel), PLAIN)


def apply_schedule(kernel: func.FuncOp, schedule: Schedule) -> None:
    """Marks the kernel's outer loop with the schedule. Plain loops stay unmarked."""
    loop = outer_loop(kernel)
    if schedule.mapping and loop is not None:
        words = [StringAttr(word) for word in schedule.mapping]
        loop.attributes[MAPPING] = ArrayAttr(words)
