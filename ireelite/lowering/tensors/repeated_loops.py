"""Stage 2 to 3: loops over small tensors become one op, and later one kernel.

A counted loop (`scf.for` with constant bounds) whose turns compute a few elements costs a dispatch or
more for each turn, and computes for less time than that takes. As `iree_tensor.repeat` it is one kernel,
whose single invocation goes through all turns.

That is the same in every result and in every effect:
- its number of turns is known, so that it ends, and no device is held by an endless loop;
- its body is tensor work only, which has no effects, can't fail, and takes nothing from the host;
- an element of a turn depends on the turn before by the values that are carried, and on nothing else.
It is the same time to wait for anything else that the device could do, so that work is bounded, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, IntegerAttr, ModuleOp, TensorType
from xdsl.ir import Operation, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.extensions.iree_tensor import RepeatOp, YieldOp
from ireelite.dialects.stablehlo.elementwise import shape_of
from ireelite.lowering.rewriting.sequences import is_static_tensor
from ireelite.lowering.tensors.hlo_to_linalg import (
    bits,
    contraction,
    creation,
    elementwise,
    indexing,
    movement,
    reduction,
)
from ireelite.syntax.elements import splat_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MOST_POINTS = 4096
"""Elements that one turn computes: what a core computes in the microseconds that a dispatch takes."""

MOST_WORK = 1 << 20
"""Elements that all turns compute. Shaders repeat the body of a loop of more than 60,000 turns in all,
since a driver ends longer ones: here up to 35 times, which still compiles in seconds."""

MOST_COPIED = 128
"""Elements of the carried tensors of a loop whose turns read other elements than they write: these are
kept twice, in an invocation's own memory, which software drivers compile slowly."""

ELEMENTWISE = {*elementwise.RULES, *bits.RULES, *creation.RULES}
"""Ops each of whose elements depends on elements of the same index only."""

OTHERS = {*contraction.RULES, *indexing.RULES, *movement.RULES, *reduction.RULES}
"""Further ops that a kernel computes element by element."""

REREADING = {*contraction.RULES, *indexing.RULES, hlo.BroadcastInDimOp}
"""Ops that may read an element several times."""


@dataclass(frozen=True)
class Turns:
    """A loop, by numbers."""

    turns: int
    points: int
    """Elements that a turn computes."""
    elements: int
    """Elements that are carried in tensors."""


def repeat_small_loops(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Makes an `iree_tensor.repeat` of every loop that may be one, in place. Decisions are recorded."""
    for op in reversed(list(module.walk())):
        if not isinstance(op, scf.ForOp) or not carries_tensors(op):
            continue
        found = measure(op)
        reason = against_one_kernel(op, found)
        if tracker is not None:
            facts = {} if found is None else dict(vars(found))
            words = reason or "its turns compute less than dispatches cost"
            tracker.decide("loops", [op], "separate" if reason else "one kernel", words, facts)
        if reason is None and found is not None:
            made = to_repeat(op, found.turns)
            made.location = op.location
            Rewriter.replace_op(op, made)
            if tracker is not None:
                tracker.rewrite(to_repeat, [op], [made])
    return module


def carries_tensors(op: scf.ForOp) -> bool:
    """Whether a loop carries static tensors, one at least, and nothing else."""
    return bool(op.iter_args) and all(is_static_tensor(value.type) for value in op.iter_args)


def constant(value: SSAValue) -> int | None:
    """The number that an index is, if it is a constant."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


def measure(op: scf.ForOp) -> Turns | None:
    """The numbers of a loop whose bounds are constants."""
    low, high, step = (constant(value) for value in (op.lb, op.ub, op.step))
    if low is None or high is None or step is None or step <= 0:
        return None
    points = sum(map(points_of, op.body.block.ops))
    elements = sum(prod(shape_of(v)) for v in op.iter_args if shape_of(v))
    return Turns(max(0, -((low - high) // step)), points, elements)


def points_of(op: Operation) -> int:
    """Elements that an op computes, those of a reduction in each of its steps."""
    if isinstance(op, hlo.ReduceOp):
        return prod(shape_of(op.inputs[0]))
    if isinstance(op, hlo.DotGeneralOp):
        contracted = prod(shape_of(op.lhs)[d] for d in op.contracting[0])
        return prod(shape_of(op.result)) * contracted
    return sum(prod(shape_of(v)) for v in op.results if isinstance(v.type, TensorType))


def against_one_kernel(op: scf.ForOp, found: Turns | None) -> str | None:
    """Why a loop does not become one kernel; None if it does."""
    if found is None:
        return "the number of its turns is not known"
    block = op.body.block
    if block.args[0].uses:
        return "the host counts its turns"
    for inner in block.ops:
        if inner is not block.last_op and type(inner) not in ELEMENTWISE | OTHERS:
            return f"'{inner.name}' is not computed element by element"
    if found.points > MOST_POINTS:
        return f"a turn computes more than {MOST_POINTS} elements"
    if found.turns * (found.points + found.elements) > MOST_WORK:
        return f"its turns compute more than {MOST_WORK} elements"
    if found.elements > MOST_COPIED and not is_elementwise(op):
        return f"its carried tensors of over {MOST_COPIED} elements would be copied in each turn"
    if (value := recomputed(op)) is not None:
        return f"'{value.name}' would be computed again for each element that depends on it"
    return None


def is_elementwise(op: scf.ForOp) -> bool:
    """Whether all elements of a turn depend on elements of the same index, or on scalars."""
    return all(
        type(inner) in ELEMENTWISE
        or (isinstance(inner, hlo.BroadcastInDimOp) and not shape_of(inner.operand))
        for inner in op.body.block.ops
        if inner is not op.body.block.last_op
    )


def recomputed(op: scf.ForOp) -> Operation | None:
    """A reduction or contraction with elements that something reads several times, if there is one:
    a kernel keeps scalars only.
    """
    source: dict[SSAValue, Operation] = {}
    for inner in op.body.block.ops:
        found = next((source[v] for v in inner.operands if v in source), None)
        rereads = type(inner) in REREADING or isinstance(inner, hlo.ReduceOp)
        single = isinstance(inner, hlo.ReduceOp) and not shape_of(inner.results[0])
        if found is not None and rereads and not single:
            return found
        if isinstance(inner, hlo.DotGeneralOp | hlo.ReduceOp):
            found = inner
        for result in inner.results:
            if found is not None and shape_of(result):
                source[result] = found
    return None


def to_repeat(op: scf.ForOp, turns: int) -> RepeatOp:
    """The same turns as one op. Constants of several values are read from outside."""
    block = op.body.block
    end = block.last_op
    assert end is not None
    for inner in list(block.ops):
        value = inner.value if isinstance(inner, hlo.ConstantOp) else None
        if isinstance(value, DenseIntOrFPElementsAttr) and splat_of(value) is None:
            inner.detach()
            around = op.parent_block()
            assert around is not None
            around.insert_op_before(inner, op)
    Rewriter.replace_op(end, YieldOp(*end.operands), [])
    body = op.detach_region(op.body)
    body.block.erase_arg(body.block.args[0])
    return RepeatOp(op.iter_args, turns, body)
