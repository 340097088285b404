"""Operands that say sizes, element by element: what the host computes of a program's shape arithmetic.

HLO computes with shapes in small tensors of integers: `get_dimension_size`, sums and products, and a
`concatenate` that makes a shape of them. Each element of such a tensor is a size, a scalar of type
`index` that the host computes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from math import prod
from typing import Any

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import IndexType, IntegerType, TensorType, i1
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.attributes import ComparisonDirection
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.indexing import ConcatenateOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.fold_constants import constant_array
from ireelite.lowering.rewriting.sequences import is_about_sizes, is_constant, is_static
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.indices import Extent
from ireelite.status import StatusCode, StatusError

Numbers = list[Extent]


def numbers_of(value: SSAValue, to: SizedConversion) -> Numbers:
    """Returns the elements of a tensor of integers, in row-major order, or of a scalar. Raises
    UNIMPLEMENTED for one that data decides.
    """
    if (array := constant_array(value)) is not None:
        return [int(n) for n in array.reshape(-1)]
    made = value.owner
    if isinstance(value.type, IndexType) and isinstance(made, Operation) and is_about_sizes(made):
        for leaf in leaves(value):
            numbers_of(leaf, to)
        return [to.find(to.value(value))]
    if not isinstance(made, Operation) or not has_numbers(made):
        how = f"'{made.name}' computes it" if isinstance(made, Operation) else "it is an argument"
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"a size must follow from the sizes of arguments, not from data; {how}",
        )
    return NUMBERS[type(made)](made, to)


def leaves(value: SSAValue) -> list[SSAValue]:
    """Returns what arithmetic on sizes begins with, but for constants and sizes of tensors."""
    found: list[SSAValue] = []
    waiting, seen = [value], set[SSAValue]()
    while waiting:
        value = waiting.pop()
        made = value.owner
        if value in seen or not isinstance(value.type, IndexType):
            continue
        seen.add(value)
        if isinstance(made, Operation) and is_about_sizes(made):
            waiting += made.operands
        else:
            found.append(value)
    return found


def dimension_size(op: dynamic.GetDimensionSizeOp, to: SizedConversion) -> Numbers:
    return [to.shape(op.operand)[op.dim]]


def same_numbers(op: hlo.ConvertOp | hlo.ReshapeOp, to: SizedConversion) -> Numbers:
    return numbers_of(op.operand, to)


def cast_number(op: arith.IndexCastOp, to: SizedConversion) -> Numbers:
    return numbers_of(op.input, to)


def joined(op: Operation, to: SizedConversion) -> Numbers:
    """Returns the numbers of `concatenate` and `from_elements`."""
    return [number for operand in op.operands for number in numbers_of(operand, to)]


def sliced(op: hlo.SliceOp, to: SizedConversion) -> Numbers:
    """Returns a part of a tensor of rank 1."""
    ((start, limit, stride),) = op.ranges
    return numbers_of(op.operand, to)[start:limit:stride]


def repeated(op: hlo.BroadcastInDimOp, to: SizedConversion) -> Numbers:
    """Returns one number repeated, or the same ones."""
    numbers = numbers_of(op.operand, to)
    count = 1
    for size in shape_of(op.result):
        count *= size
    return numbers * count if len(numbers) == 1 else numbers


def combined(kind: type[Operation]) -> Callable[[Operation, SizedConversion], Numbers]:
    """Returns an elementwise op of two operands."""

    def combine(op: Operation, to: SizedConversion) -> Numbers:
        a, b = (numbers_of(operand, to) for operand in op.operands)
        return [to.combine(kind, x, y) for x, y in zip(a, b, strict=True)]

    return combine


# Truth is 1 or 0, so that what depends on it is arithmetic of sizes, too.


def sign_of(number: Extent, to: SizedConversion) -> Extent:
    return to.combine(arith.MaxSIOp, to.combine(arith.MinSIOp, number, 1), -1)


def is_greater(a: Extent, b: Extent, to: SizedConversion) -> Extent:
    return to.combine(arith.MaxSIOp, sign_of(to.combine(arith.SubiOp, a, b), to), 0)


def is_different(a: Extent, b: Extent, to: SizedConversion) -> Extent:
    sign = sign_of(to.combine(arith.SubiOp, a, b), to)
    return to.combine(arith.MuliOp, sign, sign)


def negated(truth: Extent, to: SizedConversion) -> Extent:
    return to.combine(arith.SubiOp, 1, truth)


COMPARISONS: Mapping[ComparisonDirection, Callable[[Extent, Extent, SizedConversion], Extent]] = {
    ComparisonDirection.EQ: lambda a, b, to: negated(is_different(a, b, to), to),
    ComparisonDirection.NE: is_different,
    ComparisonDirection.GT: is_greater,
    ComparisonDirection.GE: lambda a, b, to: negated(is_greater(b, a, to), to),
    ComparisonDirection.LT: lambda a, b, to: is_greater(b, a, to),
    ComparisonDirection.LE: lambda a, b, to: negated(is_greater(a, b, to), to),
}


def compared(op: CompareOp, to: SizedConversion) -> Numbers:
    pairs = zip(numbers_of(op.lhs, to), numbers_of(op.rhs, to), strict=True)
    return [COMPARISONS[op.direction](a, b, to) for a, b in pairs]


def chosen(op: SelectOp, to: SizedConversion) -> Numbers:
    """Returns b + p (a - b) for each element, where p is 1 or 0."""
    yes, no = numbers_of(op.on_true, to), numbers_of(op.on_false, to)
    truths = numbers_of(op.pred, to)
    return [
        to.combine(arith.AddiOp, b, to.combine(arith.MuliOp, p, to.combine(arith.SubiOp, a, b)))
        for p, a, b in zip(truths if len(truths) == len(no) else truths * len(no), yes, no)
    ]


def rest(op: ew.RemainderOp, to: SizedConversion) -> Numbers:
    """Returns a - b (a / b) for each element."""
    return [
        to.combine(arith.SubiOp, a, to.combine(arith.MuliOp, b, to.combine(arith.DivSIOp, a, b)))
        for a, b in zip(numbers_of(op.lhs, to), numbers_of(op.rhs, to), strict=True)
    ]


def signs(op: ew.SignOp, to: SizedConversion) -> Numbers:
    return [sign_of(number, to) for number in numbers_of(op.operand, to)]


def opposites(op: ew.NegateOp, to: SizedConversion) -> Numbers:
    return [to.combine(arith.SubiOp, 0, number) for number in numbers_of(op.operand, to)]


def truths_not(op: ew.NotOp, to: SizedConversion) -> Numbers:
    return [negated(truth, to) for truth in numbers_of(op.operand, to)]


NUMBERS: Mapping[type[Operation], Callable[[Any, SizedConversion], Numbers]] = {
    arith.AddiOp: combined(arith.AddiOp),
    arith.IndexCastOp: cast_number,
    arith.MuliOp: combined(arith.MuliOp),
    dynamic.GetDimensionSizeOp: dimension_size,
    ew.AddOp: combined(arith.AddiOp),
    ew.AndOp: combined(arith.MinSIOp),
    CompareOp: compared,
    ew.DivideOp: combined(arith.DivSIOp),
    ew.MaximumOp: combined(arith.MaxSIOp),
    ew.MinimumOp: combined(arith.MinSIOp),
    ew.MultiplyOp: combined(arith.MuliOp),
    ew.NegateOp: opposites,
    ew.NotOp: truths_not,
    ew.OrOp: combined(arith.MaxSIOp),
    ew.RemainderOp: rest,
    SelectOp: chosen,
    ew.SignOp: signs,
    ew.SubtractOp: combined(arith.SubiOp),
    hlo.BroadcastInDimOp: repeated,
    ConcatenateOp: joined,
    hlo.ConvertOp: same_numbers,
    hlo.ReshapeOp: same_numbers,
    hlo.SliceOp: sliced,
    tensor.FromElementsOp: joined,
}
"""Op -> the elements of its result."""

OF_TRUTHS = (ew.AndOp, ew.NotOp, ew.OrOp)
"""Those that are arithmetic of sizes on tensors of i1 only, not on bits of numbers."""


def has_numbers(op: Operation) -> bool:
    """Returns whether the elements of an op's result follow from its operands' by `NUMBERS`."""
    if isinstance(op, OF_TRUTHS) and element_type_of(op.results[0]) != i1:
        return False
    return type(op) in NUMBERS


MAX_SIZES = 64
"""Elements of a tensor that holds sizes."""


def says_sizes(op: Operation) -> bool:
    """Returns whether an op yields a small tensor of numbers that follow from open sizes of tensors
    and from constants; or from constants alone, if an op that uses it yields such a tensor.
    """
    waiting, seen = [op], set[Operation]()
    while waiting:
        if (op := waiting.pop()) in seen:
            continue
        seen.add(op)
        follows_from = _origins(op)
        if follows_from is _Origins.SIZES:
            return True
        if follows_from is _Origins.CONSTANTS:
            waiting += [use.operation for use in op.results[0].uses]
    return False


class _Origins(Enum):
    """What the numbers in a small tensor follow from."""

    SIZES = auto()
    """From sizes of tensors that are open, and from constants."""
    CONSTANTS = auto()
    DATA = auto()


def _origins(op: Operation) -> _Origins:
    if len(op.results) != 1 or not is_small(op.results[0]):
        return _Origins.DATA
    waiting, seen, found = [op], set[Operation](), _Origins.CONSTANTS
    while waiting:
        if (op := waiting.pop()) in seen:
            continue
        seen.add(op)
        if isinstance(op, dynamic.GetDimensionSizeOp | tensor.DimOp):
            found = _Origins.SIZES
        elif not is_constant(op) and not is_about_sizes(op):
            owners = [operand.owner for operand in op.operands]
            inner = [owner for owner in owners if isinstance(owner, Operation)]
            if not has_numbers(op) or len(inner) < len(owners):
                return _Origins.DATA
            waiting += inner
    return found


def is_small(value: SSAValue) -> bool:
    """Returns whether a value is a tensor of integers as small as shapes are."""
    type = value.type
    if not isinstance(type, TensorType) or not isinstance(type.element_type, IntegerType):
        return False
    return is_static(value) and prod(type.get_shape()) <= MAX_SIZES
