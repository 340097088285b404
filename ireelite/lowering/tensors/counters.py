"""Counters: carried integers that a loop compares with a limit and changes by a constant."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
    i1,
)
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects import stablehlo
from ireelite.dialects.stablehlo.attributes import ComparisonDirection, ComparisonType
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.elementwise import AddOp, AndOp, SubtractOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.light_dataclass import light_dataclass

LARGEST = 2**63 - 1
"""The largest number that the host counts to."""


@light_dataclass(frozen=True)
class Counter:
    """The carried value by which a loop ends, and what is known of it."""

    number: int
    """Which of the carried values it is."""
    type: IntegerType
    limit: SSAValue
    """A tensor of rank 0 from outside of the loop."""
    step: int
    turns: int | None
    """How often the loop runs; None if that depends on tensors: it then counts up to a limit, one
    by one."""

    @property
    def is_index(self) -> bool:
        """Whether the host's index has the counter's value in each turn."""
        return self.turns is None or self.step > 0

    def bounds(self, loop: scf.WhileOp) -> tuple[SSAValue, SSAValue, SSAValue, list[Operation]]:
        """Returns the first value, limit and step of the host's index, and the ops that make them."""
        start = loop.arguments[self.number]
        if self.turns is None:
            first, limit = read_index(start), read_index(self.limit)
            step = [index_constant(1)]
        else:
            lower = (constant_of(start) or 0) if self.is_index else 0
            each = self.step if self.is_index else 1
            first, limit = [index_constant(lower)], [index_constant(lower + self.turns * each)]
            step = [index_constant(each)]
        ends = [ops[-1].results[0] for ops in (first, limit, step)]
        return ends[0], ends[1], ends[2], [*first, *limit, *step]


def index_constant(value: int) -> Operation:
    """Returns a number that the host counts with."""
    return arith.ConstantOp(IntegerAttr(value, IndexType()))


def read_index(value: SSAValue) -> list[Operation]:
    """Returns the ops that read an index from a tensor of rank 0."""
    if (known := constant_of(value)) is not None:
        return [index_constant(known)]
    element = tensor.ExtractOp(value, [], element_type_of(value))
    return [element, arith.IndexCastOp(element.result, IndexType())]


def unchanged(value: SSAValue) -> SSAValue:
    """Returns the value before ops that change neither its type nor its element, of a tensor of
    rank 0.
    """
    while True:
        op = value.owner
        if not isinstance(
            op, stablehlo.BroadcastInDimOp | stablehlo.ReshapeOp | stablehlo.ConvertOp
        ):
            return value
        if op.operand.type != value.type or shape_of(value):
            return value
        value = op.operand


def plain_condition(value: SSAValue) -> SSAValue:
    """Returns a truth value before comparisons with `false` or `true` that return it unchanged."""
    while isinstance(compare := unchanged(value).owner, CompareOp):
        different = compare.direction is ComparisonDirection.NE
        if not different and compare.direction is not ComparisonDirection.EQ:
            break
        for one, other in ((compare.lhs, compare.rhs), (compare.rhs, compare.lhs)):
            if truth_of(other) is (not different):
                value = one
                break
        else:
            break
    return unchanged(value)


def truth_of(value: SSAValue) -> bool | None:
    """Returns the truth value that a constant of rank 0 is; None for anything else."""
    owner = unchanged(value).owner
    if not isinstance(owner, stablehlo.ConstantOp) or value.type != TensorType(i1, []):
        return None
    return bool(owner.value.get_attrs()[0].value.data)


def constant_of(value: SSAValue) -> int | None:
    """Returns the integer that a constant of rank 0 has, by its type; None for anything else."""
    owner, type = unchanged(value).owner, value.type
    if not isinstance(owner, stablehlo.ConstantOp | arith.ConstantOp):
        return None
    if not isinstance(type, TensorType) or type.get_shape() or not is_integer(type.element_type):
        return None
    assert isinstance(owner.value, DenseIntOrFPElementsAttr)
    number = next(iter(owner.value.get_attrs())).value.data
    assert isinstance(number, int)
    bits = type.element_type.width.data
    if is_unsigned(type.element_type):
        return number % 2**bits
    return (number + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def is_integer(type: object) -> bool:
    """Returns whether a type is an integer's, and not a truth value's."""
    return isinstance(type, IntegerType) and type != i1


def is_unsigned(type: IntegerType) -> bool:
    return type.signedness.data is Signedness.UNSIGNED


# -- recognition -------------------------------------------------------------------------------------


def find_counter(loop: scf.WhileOp) -> Counter | None:
    """Returns the counter of a loop whose number of turns the host can know before it; None if
    there is none.
    """
    comparison = comparison_of(loop.before_region.block)
    if comparison is None:
        return None
    value, limit, direction = comparison
    if (stepping := steps_by(loop, value)) is None:
        return None
    number, type, step = stepping
    start, stop = constant_of(loop.arguments[number]), constant_of(limit)
    if start is not None and stop is not None:
        turns = count(start, stop, step, direction, type)
        return None if turns is None else Counter(number, type, limit, step, turns)
    if direction is ComparisonDirection.LT and step == 1 and not is_unsigned(type):
        return Counter(number, type, limit, step, None)
    return None


def steps_by(loop: scf.WhileOp, value: SSAValue) -> tuple[int, IntegerType, int] | None:
    """Returns the number, type and step of a carried value, an argument of the condition, if it is
    an integer that each turn changes by a constant other than 0.
    """
    before, after = loop.before_region.block, loop.after_region.block
    number, type = before.args.index(value), element_type_of(value)
    end = after.last_op
    assert end is not None
    step = step_of(after.args[number], end.operands[number])
    if not isinstance(type, IntegerType) or not is_integer(type) or not step:
        return None
    return number, type, step


def turns_at_most(loop: scf.WhileOp) -> int | None:
    """Returns a number of turns that a loop never exceeds, since its condition compares a counter
    with a constant, among other conditions; None if it has no such counter.
    """
    before, found = loop.before_region.block, list[int]()
    waiting = [condition_of(before)]
    while waiting:
        condition = waiting.pop()
        if condition is None:
            continue
        if isinstance(both := plain_condition(condition).owner, AndOp):
            waiting += [both.lhs, both.rhs]
        elif (comparison := comparison_in(condition, before)) is not None:
            value, limit, direction = comparison
            start, stop = constant_of(loop.arguments[before.args.index(value)]), constant_of(limit)
            stepping = steps_by(loop, value)
            if start is not None and stop is not None and stepping is not None:
                turns = count(start, stop, stepping[2], direction, stepping[1])
                found += [] if turns is None else [turns]
    return min(found, default=None)


MIRRORED: Mapping[ComparisonDirection, ComparisonDirection] = {
    ComparisonDirection.LT: ComparisonDirection.GT,
    ComparisonDirection.LE: ComparisonDirection.GE,
    ComparisonDirection.GT: ComparisonDirection.LT,
    ComparisonDirection.GE: ComparisonDirection.LE,
    ComparisonDirection.NE: ComparisonDirection.NE,
}
"""Direction -> the one for which the operands change places."""


def comparison_of(before: Block) -> tuple[SSAValue, SSAValue, ComparisonDirection] | None:
    """Returns the carried value that a condition compares, the value from outside with which it
    does, and how. None for any other condition.
    """
    condition = condition_of(before)
    return None if condition is None else comparison_in(condition, before)


def condition_of(before: Block) -> SSAValue | None:
    """Returns the tensor of rank 0 that a loop's condition reads back; None for any other
    condition.
    """
    end = before.last_op
    assert isinstance(end, scf.ConditionOp)
    element = end.condition.owner
    return element.tensor if isinstance(element, tensor.ExtractOp) and not element.indices else None


def comparison_in(
    condition: SSAValue, before: Block
) -> tuple[SSAValue, SSAValue, ComparisonDirection] | None:
    """Returns what `comparison_of` does, of a condition or a part of one."""
    compare = plain_condition(condition).owner
    if not isinstance(compare, CompareOp):
        return None
    direction, lhs, rhs = compare.comparison_direction.data, compare.lhs, compare.rhs
    if direction not in MIRRORED or not compares_as_typed(compare):
        return None
    if rhs in before.args:
        lhs, rhs, direction = rhs, lhs, MIRRORED[direction]
    if lhs not in before.args:
        return None
    if constant_of(rhs) is None and is_made_in(rhs, before):
        return None
    return lhs, rhs, direction


def compares_as_typed(compare: CompareOp) -> bool:
    """Returns whether a comparison of integers is that of their type."""
    if compare.compare_type is None:
        return True
    type = element_type_of(compare.lhs)
    unsigned = isinstance(type, IntegerType) and is_unsigned(type)
    other = ComparisonType.SIGNED if unsigned else ComparisonType.UNSIGNED
    return compare.compare_type.data is not other


def is_made_in(value: SSAValue, block: Block) -> bool:
    """Returns whether a value is an argument of a block or made by one of its ops."""
    owner = value.owner
    return owner is block or (isinstance(owner, Operation) and owner.parent is block)


def step_of(argument: SSAValue, following: SSAValue) -> int | None:
    """Returns the constant by which a turn changes a carried value; None if it does anything else."""
    op = following.owner
    if isinstance(op, AddOp):
        if op.lhs is argument:
            return constant_of(op.rhs)
        return constant_of(op.lhs) if op.rhs is argument else None
    if isinstance(op, SubtractOp) and op.lhs is argument:
        step = constant_of(op.rhs)
        return None if step is None else -step
    return None


def count(
    start: int, stop: int, step: int, direction: ComparisonDirection, type: IntegerType
) -> int | None:
    """Returns how often a loop runs; None if its counter would leave the range of its type, or the
    loop would not end.
    """
    if not COMPARE[direction](start, stop):
        return 0
    if direction in (ComparisonDirection.LT, ComparisonDirection.LE) and step < 0:
        return None
    if direction in (ComparisonDirection.GT, ComparisonDirection.GE) and step > 0:
        return None
    if direction is ComparisonDirection.NE:
        turns, rest = divmod(stop - start, step)
        if rest:
            return None
    else:
        inclusive = direction in (ComparisonDirection.LE, ComparisonDirection.GE)
        turns = -((start - stop) // step) if not inclusive else (stop - start) // step + 1
    last = start + turns * step
    unsigned, bits = is_unsigned(type), type.width.data
    lowest, highest = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if turns < 0 or not lowest <= last <= highest or abs(last) > LARGEST - abs(step):
        return None
    return turns


COMPARE: Mapping[ComparisonDirection, Callable[[int, int], bool]] = {
    ComparisonDirection.LT: int.__lt__,
    ComparisonDirection.LE: int.__le__,
    ComparisonDirection.GT: int.__gt__,
    ComparisonDirection.GE: int.__ge__,
    ComparisonDirection.NE: int.__ne__,
}
