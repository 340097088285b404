"""Ops of `arith`, `math` and `complex`, on scalars and on tensors, from MLIR's definitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ml_dtypes
import numpy as np
from xdsl.dialects.builtin import Float8E8M0FNUType, IntegerAttr
from xdsl.ir import Operation

from ireelite.reference import elementwise as hlo
from ireelite.reference import special_functions as special
from ireelite.reference.conversions import bitcast, converted, saturated
from ireelite.reference.elementwise import elementwise, from_code, signed_code, unsigned_code
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, bit_width, dtype_of, exact_dtype, rounded
from ireelite.reference.shapes import make_constant

Function = Callable[..., Any]


def signed(array: Array) -> Array:
    """Integers as signed numbers; a true i1 is -1."""
    return signed_code(unsigned_code(array), bit_width(array.dtype))


def of_bits(view: Function, function: Function) -> Reference:
    """Returns a function of integers that are seen as signed or as unsigned numbers."""

    def reference(op: Operation, frame: Frame, *operands: Array) -> Array:
        dtype = dtype_of(op.results[0].type)
        result = np.asarray(function(*map(view, operands)))
        if dtype.kind == "b":
            return result.astype(np.int64) & 1 != 0
        return from_code(result.astype(np.int64), dtype)

    return reference


def on_signed(function: Function) -> Reference:
    return of_bits(signed, function)


def on_unsigned(function: Function) -> Reference:
    return of_bits(unsigned_code, function)


def quotient_down(lhs: Array, rhs: Array) -> Array:
    """Returns the quotient rounded down."""
    divisor = np.where(rhs == 0, np.ones_like(rhs), rhs)
    return np.where(rhs == 0, -1, lhs // divisor)


def quotient_up(lhs: Array, rhs: Array) -> Array:
    """Returns the quotient rounded up."""
    divisor = np.where(rhs == 0, np.ones_like(rhs), rhs)
    below = lhs // divisor
    return np.where(
        rhs == 0, ~np.zeros_like(lhs), below + (below * divisor != lhs).astype(lhs.dtype)
    )


def extended_sum(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> list[Array]:
    low, flat = dtype_of(op.results[0].type), np.broadcast(lhs, rhs).shape
    bits = bit_width(low)
    sums = [int(a) + int(b) for a, b in zip(unsigned_code(lhs).ravel(), unsigned_code(rhs).ravel())]
    wide = np.array([s & ((1 << bits) - 1) for s in sums], np.uint64).reshape(flat)
    return [from_code(wide, low), np.array([s >> bits != 0 for s in sums], bool).reshape(flat)]


def extended_product(view: Function) -> Reference:
    """Returns the low and the high half of products."""

    def reference(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> list[Array]:
        bits, dtype = bit_width(lhs.dtype), lhs.dtype
        products = [int(a) * int(b) for a, b in zip(view(lhs).ravel(), view(rhs).ravel())]
        mask = (1 << bits) - 1
        halves = ([p & mask for p in products], [p >> bits & mask for p in products])
        return [from_code(np.array(h, np.uint64).reshape(lhs.shape), dtype) for h in halves]

    return reference


INTEGER_PREDICATES: Mapping[int, tuple[Function, Function]] = {
    0: (np.equal, unsigned_code),
    1: (np.not_equal, unsigned_code),
    2: (np.less, signed),
    3: (np.less_equal, signed),
    4: (np.greater, signed),
    5: (np.greater_equal, signed),
    6: (np.less, unsigned_code),
    7: (np.less_equal, unsigned_code),
    8: (np.greater, unsigned_code),
    9: (np.greater_equal, unsigned_code),
}
"""Number of a predicate of `cmpi` -> (relation, how the operands are seen)."""


def predicate(op: Operation) -> int:
    value = op.properties["predicate"]
    assert isinstance(value, IntegerAttr)
    return value.value.data


def compare_integers(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    relation, view = INTEGER_PREDICATES[predicate(op)]
    return np.asarray(relation(view(lhs), view(rhs)))


FLOAT_RELATIONS = (np.equal, np.greater, np.greater_equal, np.less, np.less_equal, np.not_equal)


def compare_floats(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    """Computes the predicates in their order: false, the ordered relations, whether ordered, the
    unordered ones, whether unordered, true.
    """
    number = predicate(op)
    left, right = (x.astype(exact_dtype(x.dtype)) for x in (lhs, rhs))
    unordered = np.isnan(left) | np.isnan(right)
    if number in (0, 15):
        return np.full(unordered.shape, number == 15)
    if number in (7, 14):
        return unordered if number == 14 else ~unordered
    if number < 7:
        return FLOAT_RELATIONS[number - 1](left, right) & ~unordered
    return FLOAT_RELATIONS[number - 8](left, right) | unordered


def ignoring_nan(function: Function) -> Function:
    """Returns the other number where one is NaN."""
    return lambda x, y: np.where(np.isnan(x), y, np.where(np.isnan(y), x, function(x, y)))


def to_float(view: Function) -> Reference:
    return lambda op, frame, x: rounded(view(x), dtype_of(op.results[0].type))


def to_integer(op: Operation, frame: Frame, operand: Array) -> Array:
    dtype = dtype_of(op.results[0].type)
    whole = operand.astype(np.float64)
    if op.name.endswith("fptoui") and dtype.kind != "b":
        wide = saturated(whole, np.dtype(f"uint{max(bit_width(dtype), 8)}"))
        return from_code(unsigned_code(wide), dtype)
    return saturated(whole, dtype) if dtype.kind != "b" else whole.astype(np.int64) & 1 != 0


def change_float(op: Operation, frame: Frame, operand: Array) -> Array:
    return rounded(operand.astype(np.float64), dtype_of(op.results[0].type))


def cast_bits(op: Operation, frame: Frame, operand: Array) -> Array:
    return bitcast(operand, dtype_of(op.results[0].type))


def select(op: Operation, frame: Frame, condition: Array, left: Array, right: Array) -> Array:
    if condition.ndim == 0 and condition.shape != left.shape:
        return left if condition else right
    return np.where(condition, left, right).astype(left.dtype)


def trailing_zeros(x: Array) -> Array:
    return np.asarray(
        [(int(v) & -int(v)).bit_length() - 1 if v else -1 for v in x.ravel()]
    ).reshape(x.shape)


def count_trailing(op: Operation, frame: Frame, operand: Array) -> Array:
    code, bits = unsigned_code(operand), bit_width(operand.dtype)
    counts = trailing_zeros(code)
    return from_code(np.where(counts < 0, bits, counts), operand.dtype)


def float_power(op: Operation, frame: Frame, base: Array, exponent: Array) -> Array:
    wide = base.astype(np.longdouble if base.dtype == np.float64 else np.float64)
    return rounded(np.power(wide, signed(exponent)), base.dtype)


def shifted(function: str) -> Reference:
    """Returns a shift by the rule of StableHLO: MLIR leaves shifts by the width or more open."""
    shift = hlo.REFERENCES[f"stablehlo.{function}"]

    class Named:
        """What the shift asks of its op: the name."""

        name = function

    return lambda op, frame, lhs, rhs: shift(Named, frame, lhs, rhs)


def scale_of(scale: Array) -> Array:
    """Returns the power of two that the exponent of a scale is."""
    if scale.dtype == dtype_of(Float8E8M0FNUType()):
        return scale.astype(np.float64)
    fraction, exponent = np.frexp(np.abs(scale.astype(np.float64)))
    power = np.where(fraction == 0, 2.0**-127, np.ldexp(1.0, exponent - 1))
    return np.where(np.isfinite(scale.astype(np.float64)), power, np.nan)


def scale_up(op: Operation, frame: Frame, value: Array, scale: Array) -> Array:
    product = value.astype(np.float64) * scale_of(scale)
    return converted(product, dtype_of(op.results[0].type))


def scale_down(op: Operation, frame: Frame, value: Array, scale: Array) -> Array:
    """Divides by a scale; an f32 below the normal numbers counts as 0."""
    tiny = np.abs(value) < np.finfo(np.float32).tiny if value.dtype == np.float32 else False
    quotient = np.where(tiny, 0.0, value.astype(np.float64)) / scale_of(scale)
    return converted(quotient, dtype_of(op.results[0].type))


def is_normal(op: Operation, frame: Frame, operand: Array) -> Array:
    size = np.abs(operand.astype(np.float64))
    least = float(ml_dtypes.finfo(operand.dtype).tiny)
    return np.asarray(np.isfinite(size) & (size >= least))


ARITH: Mapping[str, Reference] = {
    "arith.addf": elementwise(real=np.add),
    "arith.addi": on_unsigned(np.add),
    "arith.addui_extended": extended_sum,
    "arith.andi": on_unsigned(np.bitwise_and),
    "arith.bitcast": cast_bits,
    "arith.ceildivsi": on_signed(quotient_up),
    "arith.ceildivui": on_unsigned(quotient_up),
    "arith.cmpf": compare_floats,
    "arith.cmpi": compare_integers,
    "arith.constant": make_constant,
    "arith.divf": elementwise(real=np.divide),
    "arith.divsi": on_signed(hlo.integer_divide),
    "arith.divui": on_unsigned(hlo.integer_divide),
    "arith.extf": change_float,
    "arith.extsi": on_signed(np.positive),
    "arith.extui": on_unsigned(np.positive),
    "arith.floordivsi": on_signed(quotient_down),
    "arith.fptosi": to_integer,
    "arith.fptoui": to_integer,
    "arith.index_cast": on_signed(np.positive),
    "arith.index_castui": on_unsigned(np.positive),
    "arith.maximumf": elementwise(real=hlo.maximum),
    "arith.maxnumf": elementwise(real=ignoring_nan(hlo.maximum)),
    "arith.maxsi": on_signed(np.maximum),
    "arith.maxui": on_unsigned(np.maximum),
    "arith.minimumf": elementwise(real=hlo.minimum),
    "arith.minnumf": elementwise(real=ignoring_nan(hlo.minimum)),
    "arith.minsi": on_signed(np.minimum),
    "arith.minui": on_unsigned(np.minimum),
    "arith.mulf": elementwise(real=np.multiply),
    "arith.muli": on_unsigned(np.multiply),
    "arith.mulsi_extended": extended_product(signed),
    "arith.mului_extended": extended_product(unsigned_code),
    "arith.negf": elementwise(real=np.negative),
    "arith.ori": on_unsigned(np.bitwise_or),
    "arith.remf": elementwise(real=np.fmod),
    "arith.remsi": on_signed(hlo.integer_remainder),
    "arith.remui": on_unsigned(hlo.integer_remainder),
    "arith.scaling_extf": scale_up,
    "arith.scaling_truncf": scale_down,
    "arith.select": select,
    "arith.shli": shifted("shift_left"),
    "arith.shrsi": shifted("shift_right_arithmetic"),
    "arith.shrui": shifted("shift_right_logical"),
    "arith.sitofp": to_float(signed),
    "arith.subf": elementwise(real=np.subtract),
    "arith.subi": on_unsigned(np.subtract),
    "arith.truncf": change_float,
    "arith.trunci": on_unsigned(np.positive),
    "arith.uitofp": to_float(unsigned_code),
    "arith.xori": on_unsigned(np.bitwise_xor),
}

MATH: Mapping[str, Reference] = {
    "math.absf": elementwise(real=np.abs),
    "math.absi": on_signed(np.abs),
    "math.acos": elementwise(wide=np.arccos),
    "math.acosh": elementwise(wide=np.arccosh),
    "math.asin": elementwise(wide=np.arcsin),
    "math.asinh": elementwise(wide=np.arcsinh),
    "math.atan": elementwise(wide=np.arctan),
    "math.atan2": elementwise(wide=np.arctan2),
    "math.atanh": elementwise(wide=np.arctanh),
    "math.cbrt": elementwise(wide=np.cbrt),
    "math.ceil": elementwise(real=np.ceil),
    "math.copysign": elementwise(real=np.copysign),
    "math.cos": elementwise(wide=np.cos),
    "math.cosh": elementwise(wide=np.cosh),
    "math.ctlz": hlo.leading_zeros,
    "math.ctpop": hlo.population,
    "math.cttz": count_trailing,
    "math.erf": elementwise(real=special.scalar(special.erf)),
    "math.erfc": elementwise(real=special.scalar(special.erfc)),
    "math.exp": elementwise(wide=np.exp),
    "math.exp2": elementwise(wide=np.exp2),
    "math.expm1": elementwise(wide=np.expm1),
    "math.floor": elementwise(real=np.floor),
    "math.fma": elementwise(wide=lambda a, b, c: a * b + c),
    "math.fpowi": float_power,
    "math.ipowi": on_signed(hlo.integer_power),
    "math.isfinite": special.predicate(np.isfinite),
    "math.isinf": special.predicate(np.isinf),
    "math.isnan": special.predicate(np.isnan),
    "math.isnormal": is_normal,
    "math.log": elementwise(wide=np.log),
    "math.log10": elementwise(wide=np.log10),
    "math.log1p": elementwise(wide=np.log1p),
    "math.log2": elementwise(wide=np.log2),
    "math.powf": elementwise(wide=np.power),
    "math.round": elementwise(real=hlo.round_half_away),
    "math.roundeven": elementwise(real=np.rint),
    "math.rsqrt": elementwise(wide=hlo.reciprocal_root),
    "math.sin": elementwise(wide=np.sin),
    "math.sinh": elementwise(wide=np.sinh),
    "math.sqrt": elementwise(real=np.sqrt),
    "math.tan": elementwise(wide=np.tan),
    "math.tanh": elementwise(wide=np.tanh),
    "math.trunc": elementwise(real=np.trunc),
}


def complex_constant(op: Operation, frame: Frame) -> Array:
    """Returns a pair of floats as one number."""
    pair: Any = op.properties["value"]
    real, imaginary = (float(part.value.data) for part in pair.data)
    return np.asarray(complex(real, imaginary)).astype(dtype_of(op.results[0].type))


def complex_angle(op: Operation, frame: Frame, operand: Array) -> Array:
    return np.arctan2(operand.imag, operand.real)


def complex_equal(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> Array:
    return np.asarray((lhs == rhs) if op.name == "complex.eq" else (lhs != rhs))


COMPLEX: Mapping[str, Reference] = {
    "complex.angle": complex_angle,
    "complex.atan2": elementwise(wide=hlo.arc_tangent),
    "complex.bitcast": cast_bits,
    "complex.conj": elementwise(complex=np.conj),
    "complex.constant": complex_constant,
    "complex.cos": elementwise(wide=np.cos),
    "complex.eq": complex_equal,
    "complex.expm1": elementwise(wide=np.expm1),
    "complex.log1p": elementwise(wide=np.log1p),
    "complex.neq": complex_equal,
    "complex.pow": elementwise(wide=np.power),
    "complex.rsqrt": elementwise(wide=hlo.reciprocal_root),
    "complex.sign": elementwise(wide=hlo.complex_sign),
    "complex.sin": elementwise(wide=np.sin),
    "complex.tan": elementwise(wide=hlo.complex_tangent),
    "complex.tanh": elementwise(wide=np.tanh),
    "complex.abs": hlo.REFERENCES["stablehlo.abs"],
    "complex.add": elementwise(complex=np.add),
    "complex.create": hlo.make_complex,
    "complex.div": elementwise(wide=np.divide),
    "complex.exp": elementwise(wide=np.exp),
    "complex.im": hlo.imaginary_part,
    "complex.log": elementwise(wide=np.log),
    "complex.mul": elementwise(wide=hlo.complex_multiply),
    "complex.neg": elementwise(complex=np.negative),
    "complex.re": hlo.real_part,
    "complex.sqrt": elementwise(wide=np.sqrt),
    "complex.sub": elementwise(complex=np.subtract),
}

REFERENCES: Mapping[str, Reference] = {**ARITH, **MATH, **COMPLEX}
