"""Which elements the tensors of each StableHLO op may have, as in the specification."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Flag

from xdsl.dialects.builtin import AnyFloat, ComplexType, IntegerType, Signedness, TensorType, i1
from xdsl.ir import Attribute, Operation
from xdsl.traits import OpTrait
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.elements import find_row
from ireelite.dialects.stablehlo.attributes import ComparisonDirection, ComparisonType

INTEGER_WIDTHS = (2, 4, 8, 16, 32, 64)


class Elements(Flag):
    """Kinds of elements."""

    BOOLEAN = 1
    SIGNED = 2
    UNSIGNED = 4
    FLOAT = 8
    COMPLEX = 16
    INTEGER = SIGNED | UNSIGNED
    LOGICAL = BOOLEAN | INTEGER
    NUMBER = INTEGER | FLOAT | COMPLEX
    ANY = BOOLEAN | NUMBER


NAMES: Mapping[Elements, str] = {
    Elements.BOOLEAN: "i1",
    Elements.INTEGER: "integers",
    Elements.SIGNED: "signed integers",
    Elements.FLOAT: "floats",
    Elements.COMPLEX: "complex numbers",
}

ROUNDED = Elements.FLOAT | Elements.COMPLEX

OPERANDS: Mapping[str, Elements] = {
    "stablehlo.abs": Elements.SIGNED | Elements.FLOAT | Elements.COMPLEX,
    "stablehlo.and": Elements.LOGICAL,
    "stablehlo.atan2": ROUNDED,
    "stablehlo.batch_norm_grad": Elements.FLOAT,
    "stablehlo.batch_norm_inference": Elements.FLOAT,
    "stablehlo.batch_norm_training": Elements.FLOAT,
    "stablehlo.ceil": Elements.FLOAT,
    "stablehlo.cosine": ROUNDED,
    "stablehlo.divide": Elements.NUMBER,
    "stablehlo.exponential": ROUNDED,
    "stablehlo.exponential_minus_one": ROUNDED,
    "stablehlo.fft": ROUNDED,
    "stablehlo.floor": Elements.FLOAT,
    "stablehlo.iota": Elements.NUMBER,
    "stablehlo.log": ROUNDED,
    "stablehlo.log_plus_one": ROUNDED,
    "stablehlo.logistic": ROUNDED,
    "stablehlo.negate": Elements.NUMBER,
    "stablehlo.not": Elements.LOGICAL,
    "stablehlo.or": Elements.LOGICAL,
    "stablehlo.power": Elements.NUMBER,
    "stablehlo.reduce_precision": Elements.FLOAT,
    "stablehlo.remainder": Elements.NUMBER,
    "stablehlo.round_nearest_even": Elements.FLOAT,
    "stablehlo.rsqrt": ROUNDED,
    "stablehlo.sine": ROUNDED,
    "stablehlo.sqrt": ROUNDED,
    "stablehlo.subtract": Elements.NUMBER,
    "stablehlo.tanh": ROUNDED,
    "stablehlo.xor": Elements.LOGICAL,
}
"""Op -> the elements of its tensors. An op that is not listed takes any."""

COMPARISONS: Mapping[ComparisonType, Elements] = {
    ComparisonType.NOTYPE: Elements.ANY,
    ComparisonType.FLOAT: Elements.FLOAT | Elements.COMPLEX,
    ComparisonType.SIGNED: Elements.INTEGER,
    ComparisonType.TOTALORDER: Elements.FLOAT,
    ComparisonType.UNSIGNED: Elements.LOGICAL,
}
"""How `stablehlo.compare` compares -> what it can compare."""


def elements_of(type: Attribute) -> Elements | None:
    """The kind of an element type; None for one that no tensor of StableHLO has."""
    if type == i1:
        return Elements.BOOLEAN
    if isinstance(type, IntegerType):
        known = type.width.data in INTEGER_WIDTHS
        kinds = {Signedness.SIGNLESS: Elements.SIGNED, Signedness.UNSIGNED: Elements.UNSIGNED}
        return kinds.get(type.signedness.data) if known else None
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
    if not kind & allowed:
        raise VerifyException(f"takes tensors of {described(allowed)}, not {type}")


def verify_comparison(
    type: TensorType, direction: ComparisonDirection, kind: ComparisonType
) -> None:
    """Raises VerifyException for a comparison that elements of this type have not."""
    elements = elements_of(type.element_type)
    if elements is None or not elements & COMPARISONS[kind]:
        raise VerifyException(
            f"compares {described(COMPARISONS[kind])} by {kind.value}, not {type}"
        )
    if elements is Elements.COMPLEX and direction not in ("EQ", "NE"):
        raise VerifyException(f"{type} has no order: its elements compare by EQ and NE")


def described(allowed: Elements) -> str:
    """Kinds in words: `i1, integers or floats`."""
    names: list[str] = []
    for kind, name in NAMES.items():
        if kind in allowed:
            names.append(name)
            allowed &= ~kind
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))
