"""How a loop or a choice of `scf` becomes an `iree_tensor.serial`, or several that the host repeats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import util
from ireelite.dialects.extensions.iree_tensor import SerialOp, YieldOp
from ireelite.dialects.extensions.iree_tensor.serial import MAX_TURNS
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.elementwise import AddOp, AndOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.rewriting.copying import copy_of, copy_of_region
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.tensors.counters import condition_of, index_constant, turns_at_most
from ireelite.lowering.tensors.index_bounds import most_turns
from ireelite.lowering.tensors.loop_cost import has_constant_bounds
from ireelite.syntax.elements import splat, splat_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Body = Callable[[Sequence[SSAValue], Block], Sequence[SSAValue]]
"""Fills a block with what computes values of a kernel's inputs."""


def decision_ops(value: SSAValue) -> list[Operation] | None:
    """Returns the ops that read a scalar from a tensor, or make it from nothing, in order; None for
    one that the host knows.
    """
    ops: list[Operation] = []
    while True:
        op = value.owner
        if not isinstance(op, arith.ConstantOp | arith.IndexCastOp | tensor.ExtractOp):
            return None
        ops.append(op)
        if not isinstance(op, arith.IndexCastOp):
            return None if isinstance(op, tensor.ExtractOp) and op.indices else ops[::-1]
        value = op.input


def serial(inputs: Sequence[SSAValue], body: Body) -> SerialOp:
    """Returns a kernel that computes what `body` fills its block with."""
    block = Block(arg_types=[value.type for value in inputs])
    results = body(block.args, block)
    block.add_op(YieldOp(*results))
    for argument, value in zip(block.args, inputs, strict=True):
        argument.name_hint = value.name_hint
    return SerialOp(inputs, [value.type for value in results], Region(block))


def prepare(op: Operation, tracker: Tracker | None) -> None:
    """Prepares a loop or a choice to be moved: each loop in it says how many turns it takes at most,
    its regions read the scalars by which they decide themselves, and constants of several values
    move out of it, since a kernel reads them as data.
    """
    for inner in list(op.walk()):
        if (turns := turns_of(inner)) is not None:
            inner.attributes[MAX_TURNS] = IntegerAttr(turns, i64)
        if is_data(inner):
            inner.detach()
            Rewriter.insert_op(inner, InsertPoint.before(op))
    read_scalars_within(op, tracker)


def read_scalars_within(op: Operation, tracker: Tracker | None) -> None:
    """Lets each region of an op read the scalars that it takes from around the op itself."""
    around = [value for value in outer_operands(op) if not isinstance(value.type, TensorType)]
    for block in (region.block for region in op.regions):
        inside, values = list(block.walk()), dict[SSAValue, SSAValue]()
        used = [value for value in around if any(value in inner.operands for inner in inside)]
        for reader in dict.fromkeys(o for value in used for o in decision_ops(value) or ()):
            copy = copy_of(reader, values, tracker)
            block.insert_op_before(copy, inside[0])
            values[reader.results[0]] = copy.results[0]
        for inner in inside if values else ():
            inner.operands = [values.get(value, value) for value in inner.operands]


def turns_of(op: Operation) -> int | None:
    """Returns a limit of the turns of a loop whose number of turns is no constant."""
    if isinstance(op, scf.WhileOp):
        return turns_at_most(op)
    return most_turns(op) if isinstance(op, scf.ForOp) and not has_constant_bounds(op) else None


Made = tuple[list[Operation], Sequence[SSAValue]]
"""Ops that compute the same as a loop or a choice, and its results."""


def to_serial(op: Operation, tracker: Tracker | None) -> Made:
    """Returns a loop or a choice as one kernel."""

    def body(inputs: Sequence[SSAValue], block: Block) -> Sequence[SSAValue]:
        return move_control(op, inputs, block, tracker).results

    made = serial(carried_by(op), body)
    return [made], made.results


def carried_by(op: Operation) -> Sequence[SSAValue]:
    """Returns what a loop begins with. A choice reads all values from around it."""
    if isinstance(op, scf.ForOp):
        return op.iter_args
    return op.arguments if isinstance(op, scf.WhileOp) else ()


def move_control(
    op: Operation, inits: Sequence[SSAValue], block: Block, tracker: Tracker | None
) -> Operation:
    """Returns the same loop or choice, behind what is in a block, with its regions; it begins with
    other values.
    """
    prepare(op, tracker)
    values: dict[SSAValue, SSAValue] = {}
    scalars = [value for value in op.operands if not isinstance(value.type, TensorType)]
    for reader in dict.fromkeys(o for value in scalars for o in decision_ops(value) or ()):
        copy = copy_of(reader, values, tracker)
        block.add_op(copy)
        values[reader.results[0]] = copy.results[0]
    values |= zip(carried_by(op), inits, strict=True)
    made = type(op).create(
        operands=[values.get(value, value) for value in op.operands],
        result_types=op.result_types,
        properties=op.properties,
        attributes=op.attributes,
        regions=[op.detach_region(region) for region in list(op.regions)],
    )
    made.location = op.location
    block.add_op(made)
    return made


def is_data(op: Operation) -> bool:
    """Returns whether an op is a constant of several values, or of one that must not be known."""
    if isinstance(op, util.UnfoldableConstantOp):
        return True
    value = op.value if isinstance(op, hlo.ConstantOp | arith.ConstantOp) else None
    return isinstance(value, DenseIntOrFPElementsAttr) and splat_of(value) is None


# -- loops with a number of turns that is known ---------------------------------------------------------


def repeat_in_parts(op: scf.ForOp, turns: int, most: int, tracker: Tracker | None) -> Made:
    """Returns the turns of a loop in parts of `most` turns, each of which is a kernel, and the
    rest.
    """
    whole, rest = divmod(turns, most)
    prepare(op, tracker)

    def part(number: int, inits: Sequence[SSAValue], region: Region) -> SerialOp:
        def body(inputs: Sequence[SSAValue], block: Block) -> Sequence[SSAValue]:
            bounds = add_bounds(number, block)
            loop = scf.ForOp(*bounds, inputs, region)
            block.add_op(loop)
            return loop.results

        return serial(inits, body)

    copy = copy_of_region(op.body, tracker) if rest else None
    around, block = Block(), Block(arg_types=[IndexType(), *(v.type for v in op.iter_args)])
    kernel = part(most, block.args[1:], op.detach_region(op.body))
    block.add_ops([kernel, scf.YieldOp(*kernel.results)])
    loop = scf.ForOp(*add_bounds(whole, around), op.iter_args, Region(block))
    around.add_op(loop)
    if copy is not None:
        around.add_op(part(rest, loop.results, copy))
    made = list(around.ops)
    for new in made:
        new.detach()
    return made, made[-1].results


def add_bounds(turns: int, block: Block) -> tuple[SSAValue, SSAValue, SSAValue]:
    """Adds the bounds of a loop of so many turns to a block."""
    bounds = [index_constant(number) for number in (0, turns, 1)]
    block.add_ops(bounds)
    low, high, step = (bound.results[0] for bound in bounds)
    return low, high, step


# -- loops whose turns data decides ----------------------------------------------------------------------


def scalar_constant(value: int, type: Attribute) -> hlo.ConstantOp:
    return hlo.ConstantOp(splat(TensorType(type, ()), value))


def tensor_read(index: SSAValue) -> SSAValue | None:
    """Returns the tensor of rank 0 from which an index is read; None for a constant."""
    readers = decision_ops(index) or ()
    return next((op.tensor for op in readers if isinstance(op, tensor.ExtractOp)), None)


def insert_constant(index: SSAValue, type: Attribute, before: Operation) -> SSAValue:
    """Returns an index that is a constant, as a tensor of rank 0."""
    owner = index.owner
    assert isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr)
    made = scalar_constant(owner.value.value.data, type)
    Rewriter.insert_op(made, InsertPoint.before(before))
    return made.results[0]


def may_carry_counter(op: scf.ForOp) -> bool:
    """Returns whether a counted loop can carry its counter as a tensor: it counts one by one, and
    its limits are constants or of one type.
    """
    read = [tensor_read(value) for value in (op.lb, op.ub)]
    types = {element_type_of(value) for value in read if value is not None}
    step = op.step.owner
    by_one = isinstance(step, arith.ConstantOp) and step.value == IntegerAttr(1, IndexType())
    return by_one and len(types) == 1 and isinstance(types.pop(), IntegerType)


def to_while(op: scf.ForOp) -> scf.WhileOp:
    """Returns a counted loop whose limit is data as one that carries its counter, in the type of
    the limit, as its last value. It replaces the loop, and has its results first.
    """
    read = [tensor_read(value) for value in (op.lb, op.ub)]
    type = next(value.type for value in read if value is not None)
    assert isinstance(type, TensorType)
    first, limit = (
        value if value is not None else insert_constant(bound, type.element_type, op)
        for value, bound in zip(read, (op.lb, op.ub), strict=True)
    )
    one = insert_constant(op.step, type.element_type, op)
    types = [*(value.type for value in op.iter_args), type]
    header, body = Block(arg_types=types), op.detach_region(op.body)
    compare = CompareOp("LT", header.args[-1], limit, "SIGNED")
    holds = tensor.ExtractOp(compare.result, [], i1)
    header.add_ops([compare, holds, scf.ConditionOp(holds.result, *header.args)])
    counter = body.block.insert_arg(type, len(body.block.args))
    index, begin, end = body.block.args[0], body.block.first_op, body.block.last_op
    assert begin is not None and end is not None
    if index.uses:
        number = tensor.ExtractOp(counter, [], type.element_type)
        cast = arith.IndexCastOp(number.result, IndexType())
        body.block.insert_ops_before([number, cast], begin)
        index.replace_all_uses_with(cast.result)
    following = AddOp(counter, one)
    body.block.insert_op_before(following, end)
    end.operands = [*end.operands, following.result]
    body.block.erase_arg(index)
    made = scf.WhileOp([*op.iter_args, first], types, Region(header), body)
    made.location = op.location
    Rewriter.insert_op(made, InsertPoint.before(op))
    return made


def limit_turns(op: scf.WhileOp, most: int, tracker: Tracker | None) -> Made:
    """Returns a loop whose every turn is a kernel that takes up to `most` turns of another loop,
    and says whether that goes on.
    """
    prepare(op, tracker)
    types = [TensorType(i1, ()), *op.res.types]
    copy = copy_of_region(op.after_region, tracker)
    first = serial(op.arguments, turns_of_loop(op, copy, most, tracker))
    header, body = Block(arg_types=types), Block(arg_types=types)
    read = tensor.ExtractOp(header.args[0], [], i1)
    header.add_ops([read, scf.ConditionOp(read.result, *header.args)])
    region = op.detach_region(op.after_region)
    rest = serial(body.args[1:], turns_of_loop(op, region, most, tracker))
    body.add_ops([rest, scf.YieldOp(*rest.results)])
    loop = scf.WhileOp(first.results, types, Region(header), Region(body))
    for inner in (*header.ops, *body.ops):
        inner.location = op.location
    return [first, loop], loop.results[1:]


def turns_of_loop(op: scf.WhileOp, region: Region, most: int, tracker: Tracker | None) -> Body:
    """Runs up to `most` turns of a loop with this body; the results are the condition of a further
    one, then its state.
    """
    before = op.before_region.block

    def body(inputs: Sequence[SSAValue], block: Block) -> Sequence[SSAValue]:
        zero, one, limit = (scalar_constant(number, i32) for number in (0, 1, most))
        block.add_ops([zero, one, limit])
        header = Block(arg_types=[*op.res.types, count := zero.results[0].type])
        holds = add_condition(before, header.args[:-1], header, tracker)
        within = CompareOp("LT", header.args[-1], limit.results[0], "SIGNED")
        both = AndOp(holds, within.result)
        read = tensor.ExtractOp(both.result, [], i1)
        header.add_ops([within, both, read, scf.ConditionOp(read.result, *header.args)])
        done, end = region.block.insert_arg(count, len(region.block.args)), region.block.last_op
        assert end is not None
        following = AddOp(done, one.results[0])
        region.block.insert_op_before(following, end)
        end.operands = [*end.operands, following.result]
        loop = scf.WhileOp([*inputs, zero.results[0]], header.arg_types, Region(header), region)
        loop.attributes[MAX_TURNS] = IntegerAttr(most, i64)
        block.add_op(loop)
        holds = add_condition(before, loop.results[:-1], block, tracker)
        return [holds, *loop.results[:-1]]

    return body


def add_condition(
    before: Block, carried: Sequence[SSAValue], to: Block, tracker: Tracker | None
) -> SSAValue:
    """Adds what computes a loop's condition from carried values to a block. Returns its tensor."""
    condition = condition_of(before)
    assert condition is not None
    values: dict[SSAValue, SSAValue] = dict(zip(before.args, carried, strict=True))
    end = before.last_op
    assert isinstance(end, scf.ConditionOp)
    for op in before.ops:
        if op is not end and op is not end.condition.owner:
            to.add_op(copy_of(op, values, tracker))
    return values.get(condition, condition)
