"""Integers that programs compute sizes with: which of them are known when the program is compiled."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseIntOrFPElementsAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import util

INDEX_BITS = 64
"""Bits of an index."""

Number = int | None
"""An integer, or None if it is not known."""


def width_of(type: Attribute) -> int:
    """Returns the bits of an integer type."""
    return type.width.data if isinstance(type, IntegerType) else INDEX_BITS


def signed(value: int, width: int) -> int:
    """Returns the number that the low bits of another are in two's complement."""
    value &= (1 << width) - 1
    return value - (1 << width) if width > 1 and value >> (width - 1) else value


def known(value: SSAValue) -> Number:
    """Returns the number that a scalar is, if it is a constant."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


def known_numbers(value: SSAValue) -> list[int] | None:
    """Returns the elements of a tensor of integers, in row-major order, if they are constants."""
    owner = value.owner
    if isinstance(owner, tensor.FromElementsOp):
        numbers = [known(element) for element in owner.elements]
        return None if None in numbers else [n for n in numbers if n is not None]
    if isinstance(owner, arith.ConstantOp | hlo.ConstantOp):
        dense = owner.value
        if isinstance(dense, DenseIntOrFPElementsAttr) and is_integer(dense.get_element_type()):
            return [int(number) for number in dense.get_values()]  # pyright: ignore
    return None


def is_integer(type: Attribute) -> bool:
    """Returns whether a type is that of integers."""
    return isinstance(type, IntegerType | IndexType)


# -- what ops compute --------------------------------------------------------------------------------


def unsigned(function: Callable[[int, int], Number]) -> Callable[..., Number]:
    """Returns a function of the numbers that two operands are without a sign."""
    return lambda a, b, width: function(a & (1 << width) - 1, b & (1 << width) - 1)


def plain(function: Callable[[int, int], Number]) -> Callable[..., Number]:
    """Returns a function of two numbers, whatever their width."""
    return lambda a, b, width: function(a, b)


def divide(a: int, b: int) -> Number:
    """Returns the quotient, towards zero; None for a divisor of 0."""
    return None if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def remainder(a: int, b: int) -> Number:
    """Returns the remainder of the division towards zero."""
    quotient = divide(a, b)
    return None if quotient is None else a - quotient * b


def shift(function: Callable[[int, int], int]) -> Callable[..., Number]:
    """Returns a shift, by less than the width."""
    return lambda a, b, width: function(a, b) if 0 <= b < width else None


def shift_right_unsigned(a: int, b: int, width: int) -> Number:
    return (a & (1 << width) - 1) >> b if 0 <= b < width else None


BINARY: Mapping[type[Operation], Callable[..., Number]] = {
    arith.AddiOp: plain(operator.add),
    arith.SubiOp: plain(operator.sub),
    arith.MuliOp: plain(operator.mul),
    arith.DivSIOp: plain(divide),
    arith.DivUIOp: unsigned(divide),
    arith.CeilDivSIOp: plain(lambda a, b: -(-a // b) if b else None),
    arith.CeilDivUIOp: unsigned(lambda a, b: -(-a // b) if b else None),
    arith.FloorDivSIOp: plain(lambda a, b: a // b if b else None),
    arith.RemSIOp: plain(remainder),
    arith.RemUIOp: unsigned(remainder),
    arith.MinSIOp: plain(min),
    arith.MaxSIOp: plain(max),
    arith.MinUIOp: unsigned(min),
    arith.MaxUIOp: unsigned(max),
    arith.AndIOp: plain(operator.and_),
    arith.OrIOp: plain(operator.or_),
    arith.XOrIOp: plain(operator.xor),
    arith.ShLIOp: shift(operator.lshift),
    arith.ShRSIOp: shift(operator.rshift),
    arith.ShRUIOp: shift_right_unsigned,
}
"""Op -> its result, from the operands and their width, before it is cut to that width."""

COMPARISONS: Sequence[tuple[Callable[[int, int], bool], bool]] = (
    (operator.eq, False),
    (operator.ne, False),
    (operator.lt, False),
    (operator.le, False),
    (operator.gt, False),
    (operator.ge, False),
    (operator.lt, True),
    (operator.le, True),
    (operator.gt, True),
    (operator.ge, True),
)
"""By the number of a predicate: how numbers are compared, and whether without a sign."""

UNSIGNED_CASTS = (arith.ExtUIOp,)
SIGNED_CASTS = (arith.ExtSIOp, arith.IndexCastOp, arith.TruncIOp)


def folded_number(op: Operation) -> IntegerAttr | None:
    """Returns the constant that an op of one scalar result computes, if it is known."""
    if len(op.results) != 1 or not is_integer(type := op.results[0].type):
        return None
    number = number_of(op)
    if number is None:
        return None
    assert isinstance(type, IntegerType | IndexType)
    return IntegerAttr(signed(number, width_of(type)), type)


def number_of(op: Operation) -> Number:
    """Returns what an op on scalars, or one that reads a tensor's size or element, computes."""
    if isinstance(op, tensor.DimOp):
        return dimension(op)
    if isinstance(op, tensor.ExtractOp):
        return element(op)
    if isinstance(op, util.UnfoldableConstantOp):
        return op.value.value.data if isinstance(op.value, IntegerAttr) else None
    if isinstance(op, arith.SelectOp):
        return chosen(op)
    operands = [known(value) for value in op.operands]
    if not operands or None in operands or any(isinstance(v.type, TensorType) for v in op.operands):
        return None
    numbers = [number for number in operands if number is not None]
    width = width_of(op.operands[0].type)
    if (function := BINARY.get(type(op))) is not None:
        return function(*numbers, width)
    if isinstance(op, arith.CmpiOp):
        compare, without_sign = COMPARISONS[op.predicate.value.data]
        mask = (1 << width) - 1
        a, b = (n & mask for n in numbers) if without_sign else numbers
        return int(compare(a, b))
    if isinstance(op, UNSIGNED_CASTS):
        return numbers[0] & (1 << width) - 1
    if isinstance(op, (*SIGNED_CASTS, util.OptimizationBarrierOp)):
        return sign_extended(numbers[0], op.operands[0].type)
    return None


def sign_extended(number: int, type: Attribute) -> int:
    """Returns a number, where the one true i1 has all bits set."""
    return -number if type == i1 else number


def dimension(op: tensor.DimOp) -> Number:
    """Returns a size that the type says."""
    axis, type = known(op.index), op.source.type
    if axis is None or not isinstance(type, TensorType) or not 0 <= axis < type.get_num_dims():
        return None
    size = type.get_shape()[axis]
    return None if size == DYNAMIC_INDEX else size


def element(op: tensor.ExtractOp) -> Number:
    """Returns an element of a tensor of constants."""
    type, numbers = op.tensor.type, known_numbers(op.tensor)
    assert isinstance(type, TensorType)
    place = 0
    for index, size in zip(op.indices, type.get_shape(), strict=False):
        if (at := known(index)) is None or not 0 <= at < size:
            return None
        place = place * size + at
    if numbers is None:
        return None
    return numbers[place] if len(numbers) > 1 else numbers[0]


def chosen(op: arith.SelectOp) -> Number:
    """Returns the operand that a known condition chooses."""
    if isinstance(op.cond.type, TensorType) or (condition := known(op.cond)) is None:
        return None
    return known(op.lhs if condition else op.rhs)
