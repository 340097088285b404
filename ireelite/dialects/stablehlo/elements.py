"""Which elements the tensors of each StableHLO op may have, as in the specification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Flag

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    AnyFloat,
    ComplexType,
    IntegerType,
    Signedness,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation
from xdsl.traits import OpTrait
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.elements import find_row
from ireelite.dialects.quant import UniformType
from ireelite.dialects.stablehlo.attributes import ComparisonType

INTEGER_WIDTHS = (2, 4, 8, 16, 32, 64)


class Elements(Flag):
    """Kinds of elements."""

    BOOLEAN = 1
    SIGNED = 2
    UNSIGNED = 4
    FLOAT = 8
    COMPLEX = 16
    QUANTIZED = 32
    """With one scale for the whole tensor."""
    QUANTIZED_BY_AXIS = 64
    """With a scale for each index of one dimension."""
    INTEGER = SIGNED | UNSIGNED
    LOGICAL = BOOLEAN | INTEGER
    NUMBER = INTEGER | FLOAT | COMPLEX
    ANY_QUANTIZED = QUANTIZED | QUANTIZED_BY_AXIS
    ANY = BOOLEAN | NUMBER | ANY_QUANTIZED


NAMES: Mapping[Elements, str] = {
    Elements.BOOLEAN: "i1",
    Elements.INTEGER: "integers",
    Elements.SIGNED: "signed integers",
    Elements.FLOAT: "floats",
    Elements.COMPLEX: "complex numbers",
    Elements.ANY_QUANTIZED: "quantized elements",
    Elements.QUANTIZED: "elements quantized alike",
}

REAL = Elements.FLOAT | Elements.QUANTIZED
ROUNDED = REAL | Elements.COMPLEX
ARITHMETIC = Elements.NUMBER | Elements.QUANTIZED
ONE_SCALE = Elements.BOOLEAN | ARITHMETIC

OPERANDS: Mapping[str, Elements] = {
    "chlo._asin_acos_kernel": Elements.COMPLEX,
    "chlo.bessel_i1e": Elements.FLOAT,
    "chlo.digamma": Elements.FLOAT,
    "chlo.erf": Elements.FLOAT,
    "chlo.erf_inv": Elements.FLOAT,
    "chlo.erfc": Elements.FLOAT,
    "chlo.lgamma": Elements.FLOAT,
    "chlo.mulhi": Elements.INTEGER,
    "chlo.next_after": Elements.FLOAT,
    "chlo.polygamma": Elements.FLOAT,
    "chlo.zeta": Elements.FLOAT,
    **dict.fromkeys(
        (
            f"chlo.{name}"
            for name in ("acos", "acosh", "asin", "asinh", "atan", "atanh", "conj", "cosh", "sinh")
        ),
        Elements.FLOAT | Elements.COMPLEX,
    ),
    "chlo.square": Elements.FLOAT | Elements.COMPLEX,
    "chlo.tan": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.abs": Elements.SIGNED | ROUNDED,
    "stablehlo.and": Elements.LOGICAL,
    "stablehlo.atan2": ROUNDED,
    "stablehlo.batch_norm_grad": REAL,
    "stablehlo.batch_norm_inference": REAL,
    "stablehlo.batch_norm_training": REAL,
    "stablehlo.cbrt": ROUNDED,
    "stablehlo.ceil": REAL,
    "stablehlo.cholesky": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.clamp": ONE_SCALE,
    "stablehlo.complex": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.convert": Elements.BOOLEAN | Elements.NUMBER,
    "stablehlo.cosine": ROUNDED,
    "stablehlo.count_leading_zeros": Elements.INTEGER,
    "stablehlo.divide": ARITHMETIC,
    "stablehlo.exponential": ROUNDED,
    "stablehlo.exponential_minus_one": ROUNDED,
    "stablehlo.fft": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.floor": REAL,
    "stablehlo.imag": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.iota": ARITHMETIC,
    "stablehlo.log": ROUNDED,
    "stablehlo.log_plus_one": ROUNDED,
    "stablehlo.logistic": ROUNDED,
    "stablehlo.maximum": ONE_SCALE,
    "stablehlo.minimum": ONE_SCALE,
    "stablehlo.multiply": ONE_SCALE,
    "stablehlo.negate": ARITHMETIC,
    "stablehlo.not": Elements.LOGICAL,
    "stablehlo.optimization_barrier": ONE_SCALE,
    "stablehlo.or": Elements.LOGICAL,
    "stablehlo.popcnt": Elements.INTEGER,
    "stablehlo.power": ARITHMETIC,
    "stablehlo.real": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.reduce_precision": REAL,
    "stablehlo.remainder": ARITHMETIC,
    "stablehlo.round_nearest_afz": REAL,
    "stablehlo.round_nearest_even": REAL,
    "stablehlo.rsqrt": ROUNDED,
    "stablehlo.shift_left": Elements.INTEGER,
    "stablehlo.shift_right_arithmetic": Elements.INTEGER,
    "stablehlo.shift_right_logical": Elements.INTEGER,
    "stablehlo.sign": Elements.SIGNED | ROUNDED,
    "stablehlo.sine": ROUNDED,
    "stablehlo.sqrt": ROUNDED,
    "stablehlo.subtract": ARITHMETIC,
    "stablehlo.tan": ROUNDED,
    "stablehlo.tanh": ROUNDED,
    "stablehlo.triangular_solve": Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.xor": Elements.LOGICAL,
}
"""Op -> the elements of its tensors. An op that is not listed takes any."""

COMPARISONS: Mapping[ComparisonType, Elements] = {
    ComparisonType.NOTYPE: ONE_SCALE,
    ComparisonType.FLOAT: ROUNDED,
    ComparisonType.SIGNED: Elements.INTEGER,
    ComparisonType.TOTALORDER: REAL,
    ComparisonType.UNSIGNED: Elements.LOGICAL,
}
"""How `stablehlo.compare` compares -> what it can compare."""


def elements_of(type: Attribute) -> Elements | None:
    """Returns the kind of an element type; None for one that no tensor of StableHLO has."""
    if type == i1:
        return Elements.BOOLEAN
    if isinstance(type, IntegerType):
        known = type.width.data in INTEGER_WIDTHS
        kinds = {Signedness.SIGNLESS: Elements.SIGNED, Signedness.UNSIGNED: Elements.UNSIGNED}
        return kinds.get(type.signedness.data) if known else None
    if isinstance(type, UniformType):
        return Elements.QUANTIZED if type.axis is None else Elements.QUANTIZED_BY_AXIS
    if not isinstance(type, AnyFloat | ComplexType) or find_row(type) is None:
        return None
    return Elements.COMPLEX if isinstance(type, ComplexType) else Elements.FLOAT


def verify_elements(op: Operation) -> None:
    """Raises VerifyException for a tensor whose elements the op does not take."""
    allowed = OPERANDS.get(op.name, Elements.ANY)
    for value in (*op.operands, *op.results):
        if isinstance(value.type, TensorType):
            verify_kind(value.type, allowed)


class TypedElements(OpTrait):
    """The tensors of an op have elements that the specification lets it take."""

    def verify(self, op: Operation) -> None:
        verify_elements(op)


def verify_kind(type: TensorType, allowed: Elements) -> None:
    """Raises VerifyException for a tensor with elements of another kind."""
    kind = elements_of(type.element_type)
    if kind is None:
        raise VerifyException(f"takes no tensors with elements of type {type.element_type}")
    if isinstance(type.element_type, UniformType):
        verify_scales(type, type.element_type)
    if not kind & allowed:
        raise VerifyException(f"takes tensors of {described(allowed)}, not {type}")


def verify_scales(type: TensorType, element: UniformType) -> None:
    """Raises VerifyException for a tensor without a scale for each index of the dimension along
    which its scales differ.
    """
    if (axis := element.axis) is None:
        return
    shape = type.get_shape()
    if axis >= len(shape) or shape[axis] not in (len(element.scales), DYNAMIC_INDEX):
        raise VerifyException(f"{type} needs a scale for each index of its dimension {axis}")


def baseline(type: Attribute) -> Attribute:
    """Returns a type without the scales and zero points of its elements, which ops need not keep."""
    if isinstance(type, TensorType):
        return TensorType(baseline(type.element_type), type.get_shape(), type.encoding)
    if isinstance(type, UniformType):
        count = len(type.scales)
        return UniformType.of(
            type.storage_type,
            type.expressed_type,
            [1.0] * count,
            [type.range[0]] * count,
            type.axis,
            type.range,
        )
    return type


def compatible(first: Attribute, second: Attribute) -> bool:
    """Returns whether two tensors may have one shape, where a dynamic size is any, and elements of
    one type but for their scales.
    """
    if first == second:
        return True
    if not isinstance(first, TensorType) or not isinstance(second, TensorType):
        return False
    if baseline(first.element_type) != baseline(second.element_type):
        return False
    return compatible_shapes(first.get_shape(), second.get_shape())


def expect_results(op: Operation, expected: Sequence[Attribute]) -> None:
    """Raises VerifyException for results of other types; sizes that are open can be any."""
    count = len(op.result_types)
    if count != len(expected) or not all(map(compatible, op.result_types, expected)):
        wanted, found = (", ".join(map(str, types)) for types in (expected, op.result_types))
        raise VerifyException(f"yields ({wanted}), not ({found})")


def compatible_shapes(first: Sequence[int], second: Sequence[int]) -> bool:
    """Returns whether two shapes may be one, where a dynamic size is any."""
    return len(first) == len(second) and all(
        a == b or DYNAMIC_INDEX in (a, b) for a, b in zip(first, second, strict=True)
    )


def verify_comparison(type: TensorType, kind: ComparisonType) -> None:
    """Raises VerifyException for a comparison that elements of this type have not."""
    elements = elements_of(type.element_type)
    if elements is None or not elements & COMPARISONS[kind]:
        raise VerifyException(
            f"compares {described(COMPARISONS[kind])} by {kind.value}, not {type}"
        )


def described(allowed: Elements) -> str:
    """Kinds in words: `i1, integers or floats`."""
    names: list[str] = []
    for kind, name in NAMES.items():
        if kind in allowed:
            names.append(name)
            allowed &= ~kind
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
