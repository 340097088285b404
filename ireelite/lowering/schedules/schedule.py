"""Kernels before they are scheduled: their outer loop and what runs at one of its points.

A kernel says what is computed, in plain loops; a schedule says in which order and how much at once.
It changes speed, and the rounding of sums that it reorders, and nothing else. What runs along each
dimension of a scheduled loop is its attribute `mapping`.
"""

from __future__ import annotations

from xdsl.dialects import func, scf

MAPPING = "mapping"
"""Attribute of `scf.parallel`: one word for each dimension, which says what runs along it."""
WORKLOAD = "iree.executable.workload"
"""Attribute of a kernel: the points of its outer loop, as `dense<[x, y, z]>`."""
WORKGROUP, UNROLL, LANES = "workgroup", "unroll", "lanes"


def outer_loop(kernel: func.FuncOp) -> scf.ParallelOp | None:
    """Returns the loop over the kernel's workload."""
    return next((op for op in kernel.body.block.ops if isinstance(op, scf.ParallelOp)), None)


def kind_of(kernel: func.FuncOp) -> str:
    """Returns what runs at one point of the outer loop: `pointwise` is no loop, `reduction` are
    loops that carry accumulators, `nests` are loops that store slices.
    """
    kind = "pointwise"
    for op in kernel.walk():
        if isinstance(op, scf.ForOp):
            if not op.iter_args:
                return "nests"
            kind = "reduction"
    return kind
