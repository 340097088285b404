"""The scalar functions of named `linalg` ops: what a named op computes at one point.

Each takes the builder, the scalars at a point with the accumulator last, and whether integers are
widened as unsigned ones; it returns the scalar that the op yields.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from xdsl.builder import Builder
from xdsl.dialects import arith, math
from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
)
from xdsl.dialects.complex import AddOp as ComplexAddOp
from xdsl.dialects.complex import DivOp as ComplexDivOp
from xdsl.dialects.complex import MulOp as ComplexMulOp
from xdsl.dialects.complex import SubOp as ComplexSubOp
from xdsl.ir import Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

ScalarBody = Callable[[Builder, Sequence[SSAValue], bool], SSAValue]


def cast(value: SSAValue, type: Any, unsigned: bool, builder: Builder) -> SSAValue:
    """Returns a number as one of another type: integers are widened or cut, floats rounded.

    Raises VerifyException for types without such a cast.
    """
    source: Any = value.type
    if source == type:
        return value
    kind: Any = None
    if isinstance(source, IntegerType) and isinstance(type, IntegerType):
        widen = arith.ExtUIOp if unsigned else arith.ExtSIOp
        kind = widen if type.width.data > source.width.data else arith.TruncIOp
    elif isinstance(source, AnyFloat) and isinstance(type, AnyFloat):
        kind = arith.ExtFOp if type.bitwidth > source.bitwidth else arith.TruncFOp
    elif isinstance(source, IntegerType) and isinstance(type, AnyFloat):
        kind = arith.UIToFPOp if unsigned else arith.SIToFPOp
    elif isinstance(source, AnyFloat) and isinstance(type, IntegerType):
        kind = arith.FPToUIOp if unsigned else arith.FPToSIOp
    if kind is None:
        raise VerifyException(f"has no cast from {source} to {type}")
    return builder.insert(kind(value, type)).results[0]


Kinds = tuple[
    type[Operation] | None, type[Operation] | None, type[Operation] | None, type[Operation] | None
]
"""The op for floats, for signed and for unsigned integers, and for complex numbers."""

ADD: Kinds = (arith.AddfOp, arith.AddiOp, arith.AddiOp, ComplexAddOp)
SUBTRACT: Kinds = (arith.SubfOp, arith.SubiOp, arith.SubiOp, ComplexSubOp)
MULTIPLY: Kinds = (arith.MulfOp, arith.MuliOp, arith.MuliOp, ComplexMulOp)
DIVIDE: Kinds = (arith.DivfOp, arith.DivSIOp, arith.DivUIOp, ComplexDivOp)
DIVIDE_UNSIGNED: Kinds = (None, arith.DivUIOp, arith.DivUIOp, None)
MAXIMUM: Kinds = (arith.MaximumfOp, arith.MaxSIOp, arith.MaxUIOp, None)
MINIMUM: Kinds = (arith.MinimumfOp, arith.MinSIOp, arith.MinUIOp, None)
MAXIMUM_UNSIGNED: Kinds = (None, arith.MaxUIOp, arith.MaxUIOp, None)
MINIMUM_UNSIGNED: Kinds = (None, arith.MinUIOp, arith.MinUIOp, None)
POWER: Kinds = (math.PowFOp, None, None, None)


def apply(kinds: Kinds, a: SSAValue, b: SSAValue, unsigned: bool, builder: Builder) -> SSAValue:
    """Applies the op for the type of `a` and `b`; i1 is added with `or` and multiplied with `and`.
    Raises VerifyException for a type without one.
    """
    of_float, of_signed, of_unsigned, of_complex = kinds
    kind: type[Operation] | None
    match a.type:
        case IntegerType() if a.type.width.data == 1 and kinds in (ADD, MULTIPLY):
            kind = arith.OrIOp if kinds is ADD else arith.AndIOp
        case IntegerType() | IndexType():
            kind = of_unsigned if unsigned else of_signed
        case ComplexType():
            kind = of_complex
        case _:
            kind = of_float
    if kind is None:
        raise VerifyException(f"does not take elements of {a.type}")
    if kind is of_complex:
        op = kind.create(operands=[a, b], result_types=[a.type])
        return builder.insert(op).results[0]
    return builder.insert(kind(a, b)).results[0]  # pyright: ignore[reportCallIssue]


def binary(kinds: Kinds) -> ScalarBody:
    """Returns a function of two inputs, cast to the type of the result."""

    def body(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
        a, b = (cast(v, scalars[-1].type, unsigned, builder) for v in scalars[:2])
        return apply(kinds, a, b, unsigned, builder)

    return body


def unary(kind: Callable[[SSAValue], Operation]) -> ScalarBody:
    """Returns a function of one float, cast to the type of the result."""

    def body(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
        value = cast(scalars[0], scalars[-1].type, unsigned, builder)
        if not isinstance(value.type, AnyFloat):
            raise VerifyException(f"does not take elements of {value.type}")
        return builder.insert(kind(value)).results[0]

    return body


def square(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    value = cast(scalars[0], scalars[-1].type, unsigned, builder)
    return apply(MULTIPLY, value, value, unsigned, builder)


def reciprocal(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    value = cast(scalars[0], scalars[-1].type, unsigned, builder)
    if not isinstance(value.type, AnyFloat):
        raise VerifyException(f"does not take elements of {value.type}")
    one = builder.insert(arith.ConstantOp(FloatAttr(1.0, value.type))).result
    return builder.insert(arith.DivfOp(one, value)).results[0]


def copy(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    return cast(scalars[0], scalars[-1].type, unsigned, builder)


def select(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    condition, a, b, _ = scalars
    return builder.insert(arith.SelectOp(condition, a, b)).results[0]


def multiply_add(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    """Returns the product of two inputs, cast to the type of the accumulator, added to it."""
    *factors, total = scalars
    a, b = (cast(v, total.type, unsigned, builder) for v in factors)
    return apply(ADD, apply(MULTIPLY, a, b, unsigned, builder), total, unsigned, builder)


def quantized_multiply_add(
    builder: Builder, scalars: Sequence[SSAValue], unsigned: bool
) -> SSAValue:
    """Computes `(a - a0) * (b - b0) + total` for the zero points a0 and b0."""
    a, b, a0, b0, total = scalars

    def difference(value: SSAValue, zero: SSAValue) -> SSAValue:
        parts = (cast(v, total.type, unsigned, builder) for v in (value, zero))
        return apply(SUBTRACT, *parts, unsigned=unsigned, builder=builder)

    product = apply(MULTIPLY, difference(a, a0), difference(b, b0), unsigned, builder)
    return apply(ADD, total, product, unsigned, builder)


def pooled(kinds: Kinds, unsigned_input: bool = False) -> ScalarBody:
    """Returns the first input joined to the accumulator; the second only says how large a window
    is.
    """

    def body(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
        unsigned = unsigned or unsigned_input
        value = cast(scalars[0], scalars[-1].type, unsigned, builder)
        return apply(kinds, scalars[-1], value, unsigned, builder)

    return body


def absolute(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    """Computes |x| of a float or of an integer."""
    value = cast(scalars[0], scalars[-1].type, unsigned, builder)
    kind = math.AbsFOp if isinstance(value.type, AnyFloat) else math.AbsIOp
    return builder.insert(kind(value)).results[0]


def negate(builder: Builder, scalars: Sequence[SSAValue], unsigned: bool) -> SSAValue:
    """Computes -x of a float or of an integer."""
    value = cast(scalars[0], scalars[-1].type, unsigned, builder)
    if isinstance(value.type, AnyFloat):
        return builder.insert(arith.NegfOp(value)).results[0]
    assert isinstance(value.type, IntegerType)
    zero = builder.insert(arith.ConstantOp(IntegerAttr(0, value.type))).result
    return builder.insert(arith.SubiOp(zero, value)).results[0]
