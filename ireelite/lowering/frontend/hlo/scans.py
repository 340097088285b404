"""`chlo.scan` is a loop that takes inputs apart, and puts outputs together, one part each turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects.builtin import TensorType, i32, i64
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.scan import ScanOp
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.control import WhileOp
from ireelite.dialects.stablehlo.indexing import DynamicSliceOp, DynamicUpdateSliceOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import add, constant, subtract
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule

LARGEST_I32 = 2**31 - 1
"""Turns that an i32 counts."""


def expand_scan(op: ScanOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a loop over the places along the dimension, which carries the outputs and the
    carries.
    """
    outputs = [
        constant(0, element_type_of(output), to, with_extent(output, op.axis, op.size))
        for output in op.outputs
    ]
    if op.size == 0:
        return [*outputs, *op.inits]
    counter = i32 if op.size <= LARGEST_I32 else i64
    starts = [constant(0, counter, to), *outputs, *op.inits]
    types = [value.type for value in starts]
    condition, body = Block(arg_types=types), Block(arg_types=types)
    with to.at(condition):
        more = CompareOp("LT", condition.args[0], constant(op.size, counter, to))
        to.insert(hlo.ReturnOp(to.insert(more).result))
    with to.at(body):
        to.insert(hlo.ReturnOp(*scan_turn(op, body.args, to)))
    loop = to.insert(WhileOp(starts, Region(condition), Region(body)))
    return loop.results[1:]


def with_extent(value: SSAValue, axis: int, size: int) -> list[int]:
    """Returns a tensor's shape, with a size in one dimension."""
    shape = list(shape_of(value))
    return [*shape[:axis], size, *shape[axis + 1 :]]


def scan_turn(op: ScanOp, carried: Sequence[SSAValue], to: Conversion) -> list[SSAValue]:
    """Returns what a turn of the loop carries to the next."""
    turn, *values = carried
    count, counter = len(op.outputs), element_type_of(turn)
    place = turn
    if op.backwards:
        place = subtract(constant(op.size - 1, counter, to), turn, to)
    parts = [part_at(value, op.axis, place, to) for value in op.inputs]
    results = copy_of_block(op.body.block, [*parts, *values[count:]], to)
    outputs = [
        with_part_at(output, part, op.axis, place, to)
        for output, part in zip(values[:count], results[:count], strict=True)
    ]
    return [add(turn, constant(1, counter, to), to), *outputs, *results[count:]]


def starts_at(rank: int, axis: int, place: SSAValue, to: Conversion) -> list[SSAValue]:
    """Returns the indices of the part at a place."""
    number = element_type_of(place)
    return [place if d == axis else constant(0, number, to) for d in range(rank)]


def part_at(value: SSAValue, axis: int, place: SSAValue, to: Conversion) -> SSAValue:
    """Returns the part of a tensor at a place along a dimension, without that dimension."""
    shape = list(shape_of(value))
    sizes = [*shape[:axis], 1, *shape[axis + 1 :]]
    starts = starts_at(len(shape), axis, place, to)
    cut = to.insert(DynamicSliceOp(value, starts, sizes)).result
    type = TensorType(element_type_of(value), [*shape[:axis], *shape[axis + 1 :]])
    return to.insert(hlo.ReshapeOp(cut, type)).result


def with_part_at(
    value: SSAValue, part: SSAValue, axis: int, place: SSAValue, to: Conversion
) -> SSAValue:
    """Returns a tensor with a new part at a place along a dimension."""
    shape = list(shape_of(part))
    type = TensorType(element_type_of(part), [*shape[:axis], 1, *shape[axis:]])
    update = to.insert(hlo.ReshapeOp(part, type)).result
    starts = starts_at(len(shape) + 1, axis, place, to)
    return to.insert(DynamicUpdateSliceOp(value, update, starts)).result


def copy_of_block(
    block: Block, arguments: Sequence[SSAValue], to: Conversion
) -> Sequence[SSAValue]:
    """Inserts the ops of a block for some arguments; returns what it returns."""
    for parameter, argument in zip(block.args, arguments, strict=True):
        to.map(parameter, argument)
    end = block.last_op
    assert end is not None
    for op in block.ops:
        if op is not end:
            for old, new in zip(op.results, to.clone(op).results, strict=True):
                to.map(old, new)
    return to.operands(end)


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {ScanOp: expand_scan}
"""Op -> the function that makes it of others."""
