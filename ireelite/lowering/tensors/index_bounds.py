"""Bounds of integers and indices that loops count with: what a program's text proves of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import IntegerAttr, IntegerType, TensorType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.stablehlo import ConvertOp
from ireelite.dialects.stablehlo.elementwise import AddOp, MaximumOp, MinimumOp, SubtractOp
from ireelite.dialects.stablehlo.mixed import ClampOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.tensors.counters import constant_of, is_integer, is_unsigned, step_of

DEPTH = 8
"""Ops that are followed back."""


@light_dataclass(frozen=True)
class Bounds:
    """Inclusive bounds of an integer."""

    low: int
    high: int


def bounds_of(value: SSAValue, depth: int = DEPTH) -> Bounds | None:
    """Bounds of an index, or of the element of a tensor of integers of rank 0. None for anything
    else, and for an index that no type bounds.
    """
    if isinstance(value.type, TensorType):
        if value.type.get_shape() or not is_integer(element_type_of(value)):
            return None
        found, all_values = tensor_bounds(value, depth), range_of(element_type_of(value))
        inside = found is not None and all_values.low <= found.low <= found.high <= all_values.high
        return found if inside else all_values
    owner = value.owner
    if isinstance(owner, Block):
        loop = owner.parent_op()
        if isinstance(loop, scf.ForOp) and value is owner.args[0] and depth:
            low, high = bounds_of(loop.lb, depth - 1), bounds_of(loop.ub, depth - 1)
            return None if low is None or high is None else Bounds(low.low, high.high - 1)
    elif isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return Bounds(owner.value.value.data, owner.value.value.data)
    elif isinstance(owner, arith.IndexCastOp):
        return bounds_of(owner.input, depth)
    elif isinstance(owner, tensor.ExtractOp) and not owner.indices:
        return bounds_of(owner.tensor, depth)
    return None


def tensor_bounds(value: SSAValue, depth: int) -> Bounds | None:
    """Bounds that follow from the op that makes an integer, if nothing of it wraps around."""
    if (known := constant_of(value)) is not None:
        return Bounds(known, known)
    if not depth:
        return None
    if isinstance(value.owner, Block):
        return carried_bounds(value, depth)
    if (rule := RULES.get(type(value.owner))) is None:
        return None
    parts = [bounds_of(operand, depth - 1) for operand in value.owner.operands]
    known_parts = [part for part in parts if part is not None]
    return rule(*known_parts) if len(known_parts) == len(parts) else None


def carried_bounds(value: SSAValue, depth: int) -> Bounds | None:
    """Bounds of what a loop of a limited number of turns carries, and each turn changes by
    a constant.
    """
    block = value.owner
    loop = block.parent_op() if isinstance(block, Block) else None
    if not isinstance(loop, scf.ForOp) or (turns := most_turns(loop, depth - 1)) is None:
        return None
    number = loop.body.block.args.index(value) - 1
    end = loop.body.block.last_op
    assert end is not None
    step = step_of(value, end.operands[number])
    first = bounds_of(loop.iter_args[number], depth - 1)
    if step is None or first is None:
        return None
    change = step * turns
    return Bounds(first.low + min(change, 0), first.high + max(change, 0))


def most_turns(loop: scf.ForOp, depth: int = DEPTH) -> int | None:
    """Returns a number of turns that a counted loop never exceeds; its number for constant bounds.
    None if no bounds are known.
    """
    if depth < 0:
        return None
    low, high, step = (bounds_of(value, depth) for value in (loop.lb, loop.ub, loop.step))
    if low is None or high is None or step is None or step.low < 1:
        return None
    return max(0, -((low.low - high.high) // step.low))


def range_of(type: object) -> Bounds:
    """Returns the values of an integer type."""
    assert isinstance(type, IntegerType)
    bits = type.width.data
    if is_unsigned(type):
        return Bounds(0, 2**bits - 1)
    return Bounds(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


RULES: Mapping[type[Operation], Callable[..., Bounds]] = {
    AddOp: lambda a, b: Bounds(a.low + b.low, a.high + b.high),
    SubtractOp: lambda a, b: Bounds(a.low - b.high, a.high - b.low),
    MinimumOp: lambda a, b: Bounds(min(a.low, b.low), min(a.high, b.high)),
    MaximumOp: lambda a, b: Bounds(max(a.low, b.low), max(a.high, b.high)),
    ClampOp: lambda low, x, high: Bounds(
        min(max(x.low, low.low), high.low), min(max(x.high, low.high), high.high)
    ),
    ConvertOp: lambda a: a,
}
"""Op -> the bounds of its result, by those of its operands."""
