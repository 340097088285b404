"""Values that a shader computes again instead of storing and loading them.

    scf.for %j { store exp(load A[%i, %j]), B[%i, %j] }
    %sum = scf.for %k { add load B[%i, %k] }
    scf.for %l { store load B[%i, %l] / %sum, B[%i, %l] }

becomes

    %sum = scf.for %k { add exp(load A[%i, %k]) }
    scf.for %l { store exp(load A[%i, %l]) / %sum, B[%i, %l] }

An access of memory takes a shader longer than a function of one number. The store may be left out
as a later loop overwrites all that it stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects import math as math_dialect
from xdsl.ir import BlockArgument, Operation, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.lowering.schedules.schedule import outer_loop
from ireelite.lowering.schedules.strides import constant_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MAX_OPS = 16
"""Ops that are done again for one value."""
FUNCTIONS = (
    math_dialect.AbsFOp,
    math_dialect.Exp2Op,
    math_dialect.ExpOp,
    math_dialect.RsqrtOp,
    math_dialect.SqrtOp,
)
"""Functions that take less time than an access of memory."""
MAX_FUNCTIONS = 1
"""Of those ops, the ones that are such functions."""
MAX_LOADS = 1
"""Of those ops, the ones that load: more cost as much as what is saved."""


@dataclass(frozen=True)
class Stored:
    """A loop that stores one value for each of its turns, and computes it from others."""

    loop: scf.ForOp
    store: memref.StoreOp

    @property
    def buffer(self) -> SSAValue:
        """What it stores to."""
        return self.store.memref


def recompute(kernel: func.FuncOp, tracker: Tracker | None) -> None:
    """Has the loops of a kernel compute again what earlier loops have stored for them, in place."""
    outer = outer_loop(kernel)
    if outer is None:
        return
    for loop in [op for op in outer.body.block.ops if isinstance(op, scf.ForOp)]:
        stored = find_stored(loop, kernel)
        loads = None if stored is None else find_loads(stored, kernel)
        if stored is not None and loads:
            for load in loads:
                compute_again(stored, load, tracker)
            stored.loop.detach()
            stored.loop.erase(safe_erase=False)


def find_stored(loop: scf.ForOp, kernel: func.FuncOp) -> Stored | None:
    """Returns what a loop stores, if that can be computed again anywhere after it in the kernel: in
    few ops, of what is never stored to.
    """
    ops = list(loop.body.block.ops)[:-1]
    if loop.iter_args or not ops or any(op.regions for op in ops):
        return None
    *inner, store = ops
    if not isinstance(store, memref.StoreOp) or not isinstance(store.memref, BlockArgument):
        return None
    written = {op.memref for op in kernel.walk() if isinstance(op, memref.StoreOp)}
    loads = [op for op in inner if isinstance(op, memref.LoadOp)]
    functions = [op for op in inner if isinstance(op, FUNCTIONS)]
    others = [op for op in inner if op.name.startswith(arith.Arith.name + ".")]
    is_pure = len(loads) + len(functions) + len(others) == len(inner)
    if not is_pure or any(load.memref in written for load in loads):
        return None
    few = len(loads) <= MAX_LOADS and len(functions) <= MAX_FUNCTIONS and len(inner) <= MAX_OPS
    return Stored(loop, store) if few and is_at_own_place(store, loop) else None


def is_at_own_place(access: memref.LoadOp | memref.StoreOp, loop: scf.ForOp) -> bool:
    """Returns whether one index of an access is the counter of its loop and the others are from
    outside.
    """
    counter = loop.body.block.args[0]
    others = [index for index in access.indices if index is not counter]
    return len(others) == len(access.indices) - 1 and not any(
        is_inside(index, loop) for index in others
    )


def is_inside(value: SSAValue, loop: scf.ForOp) -> bool:
    """Returns whether a value is computed in a loop."""
    return value in loop.body.block.args or (
        isinstance(value.owner, Operation) and value.owner.parent_op() is loop
    )


def find_loads(stored: Stored, kernel: func.FuncOp) -> list[memref.LoadOp]:
    """Returns the loads of what a loop has stored; none if some of it may be loaded elsewhere, or
    not all of it is overwritten later.
    """
    found: list[memref.LoadOp] = []
    after = set(following(stored.loop))
    for op in kernel.walk():
        if not isinstance(op, memref.LoadOp | memref.StoreOp) or op is stored.store:
            continue
        if op.memref is not stored.buffer:
            continue
        loop = op.parent_op()
        if loop not in after or not isinstance(loop, scf.ForOp) or not matches(op, loop, stored):
            return []
        if isinstance(op, memref.StoreOp):
            return found
        found.append(op)
    return []


def following(op: Operation) -> Iterator[Operation]:
    """Yields the ops behind an op in its block."""
    while (op_after := op.next_op) is not None:
        yield op_after
        op = op_after


def matches(access: memref.LoadOp | memref.StoreOp, loop: scf.ForOp, stored: Stored) -> bool:
    """Returns whether an access of a loop is at each turn of the place that another loop stores at
    the same turn.
    """
    bounds = [
        [constant_of(bound) for bound in (one.lb, one.ub, one.step)] for one in (loop, stored.loop)
    ]
    counter, own = stored.loop.body.block.args[0], loop.body.block.args[0]
    expected = [own if index is counter else index for index in stored.store.indices]
    return bounds[0] == bounds[1] and None not in bounds[0] and expected == list(access.indices)


def compute_again(stored: Stored, load: memref.LoadOp, tracker: Tracker | None) -> None:
    """Replaces a load by what computed the value that it loads."""
    loop = load.parent_op()
    assert isinstance(loop, scf.ForOp)
    copies: dict[SSAValue, SSAValue] = {stored.loop.body.block.args[0]: loop.body.block.args[0]}
    for op in list(stored.loop.body.block.ops)[:-2]:
        copy = op.clone(copies)
        copy.location = op.location
        Rewriter.insert_op(copy, InsertPoint.before(load))
        if tracker is not None:
            tracker.derive(copy, (op, load))
    value = stored.store.value
    load.res.replace_all_uses_with(copies.get(value, value))
    load.detach()
    load.erase()
