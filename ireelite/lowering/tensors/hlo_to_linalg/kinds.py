"""Builders of scalars by the kind of their elements: what StableHLO's elementwise ops are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.dialects import arith, complex
from xdsl.dialects.builtin import (
    AnyFloat,
    ComplexType,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    TensorType,
    i1,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects.elements import is_unsigned
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.elements import splat

Scalar = Callable[[Sequence[SSAValue], Attribute, Conversion], SSAValue]
"""Makes an op's result from its operands and the element type of the HLO operands."""


def constant_like(value: float | tuple[float, float], type: Attribute, to: Conversion) -> SSAValue:
    """Returns a constant of a scalar type, or a splat of a tensor type."""
    element = type.element_type if isinstance(type, TensorType) else type
    if isinstance(element, ComplexType):
        numbers = value if isinstance(value, tuple) else (value, 0.0)
        real, imaginary = (constant_like(part, element.element_type, to) for part in numbers)
        return complex_of(real, imaginary, to)
    assert not isinstance(value, tuple)
    assert isinstance(element, AnyFloat | IntegerType)
    number = float(value) if isinstance(element, AnyFloat) else int(value)
    if isinstance(type, TensorType):
        attribute: Attribute = splat(type, number)
    elif isinstance(element, AnyFloat):
        attribute = FloatAttr(number, element)
    else:
        attribute = IntegerAttr(int(number), element)
    return to.insert(arith.ConstantOp(attribute)).result


def complex_of(real: SSAValue, imaginary: SSAValue, to: Conversion) -> SSAValue:
    """Returns the complex number with these parts."""
    assert isinstance(real.type, AnyFloat)
    return to.insert(complex.CreateOp(real, imaginary, ComplexType(real.type))).complex


# -- by the kind of element ------------------------------------------------------------------------


def by_kind(
    floats: type[Operation] | Scalar | None = None,
    signed: type[Operation] | Scalar | None = None,
    unsigned: type[Operation] | Scalar | None = None,
    logical: type[Operation] | Scalar | None = None,
    complexes: type[Operation] | Scalar | None = None,
) -> Scalar:
    """Returns the op, or the builder, for each kind of element. Integers without a sign of their
    own are signed; i1 is unsigned unless it has an op of its own.

    Raises UNIMPLEMENTED for a kind without an op.
    """

    def build(values: Sequence[SSAValue], element: Attribute, to: Conversion) -> SSAValue:
        if isinstance(element, AnyFloat):
            make = floats
        elif isinstance(element, ComplexType):
            make = complexes
        elif element == i1:
            make = logical or unsigned or signed
        else:
            make = unsigned or signed if is_unsigned(element) else signed
        if make is None:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"elements of type {element} are not supported here"
            )
        if isinstance(make, type):
            return to.insert(make(*values)).results[0]  # pyright: ignore[reportCallIssue]
        return make(values, element, to)

    return build


def function(
    floats: type[Operation] | Scalar | None = None,
    complexes: type[Operation] | Scalar | None = None,
) -> Scalar:
    """Returns a function of real or complex numbers."""
    return by_kind(floats=floats, complexes=complexes)


def integers(signed: type[Operation], unsigned: type[Operation] | None = None) -> Scalar:
    """Returns an op on integers and truth values."""
    return by_kind(signed=signed, unsigned=unsigned, logical=signed)
