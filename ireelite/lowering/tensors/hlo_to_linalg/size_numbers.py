"""Operands that say sizes, element by element: what the host computes of a program's shape arithmetic.

HLO computes with shapes in small tensors of integers: `get_dimension_size`, sums and products, and a
`concatenate` that makes a shape of them. Each element of such a tensor is a size, a scalar of type
`index` that the host computes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import IndexType, IntegerType, TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.indexing import ConcatenateOp
from ireelite.dialects.tensor_types import shape_of
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
    rule = NUMBERS.get(type(made)) if isinstance(made, Operation) else None
    if rule is None:
        how = f"'{made.name}' computes it" if isinstance(made, Operation) else "it is an argument"
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"a size must follow from the sizes of arguments, not from data; {how}",
        )
    return rule(made, to)


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


NUMBERS: Mapping[type[Operation], Callable[[Any, SizedConversion], Numbers]] = {
    arith.AddiOp: combined(arith.AddiOp),
    arith.IndexCastOp: cast_number,
    arith.MuliOp: combined(arith.MuliOp),
    dynamic.GetDimensionSizeOp: dimension_size,
    ew.AddOp: combined(arith.AddiOp),
    ew.DivideOp: combined(arith.DivSIOp),
    ew.MaximumOp: combined(arith.MaxSIOp),
    ew.MinimumOp: combined(arith.MinSIOp),
    ew.MultiplyOp: combined(arith.MuliOp),
    ew.SubtractOp: combined(arith.SubiOp),
    hlo.BroadcastInDimOp: repeated,
    ConcatenateOp: joined,
    hlo.ConvertOp: same_numbers,
    hlo.ReshapeOp: same_numbers,
    hlo.SliceOp: sliced,
    tensor.FromElementsOp: joined,
}
"""Op -> the elements of its result."""


MAX_SIZES = 64
"""Elements of a tensor that holds sizes."""


def says_sizes(op: Operation) -> bool:
    """Returns whether an op yields a small tensor of numbers that follow from sizes of tensors that
    are open, and from constants.
    """
    if len(op.results) != 1 or not is_small(op.results[0]):
        return False
    waiting, seen, asks = [op], set[Operation](), False
    while waiting:
        if (op := waiting.pop()) in seen:
            continue
        seen.add(op)
        if isinstance(op, dynamic.GetDimensionSizeOp | tensor.DimOp):
            asks = True
        elif not is_constant(op) and not is_about_sizes(op):
            owners = [operand.owner for operand in op.operands]
            inner = [owner for owner in owners if isinstance(owner, Operation)]
            if type(op) not in NUMBERS or len(inner) < len(owners):
                return False
            waiting += inner
    return asks


def is_small(value: SSAValue) -> bool:
    """Returns whether a value is a tensor of integers as small as shapes are."""
    type = value.type
    if not isinstance(type, TensorType) or not isinstance(type.element_type, IntegerType):
        return False
    return is_static(value) and prod(type.get_shape()) <= MAX_SIZES
