"""Elements of dense constants. A splat of more than a few bytes keeps one element, not its
repetitions: `dense<1.0> : tensor<1000000000xf32>` has four bytes from text to module.
"""

from __future__ import annotations

from math import prod
from typing import Any

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    TensorType,
)
from xdsl.utils.exceptions import VerifyException

from ireelite.status import StatusCode, StatusError

MAX_REPEATED_BYTES = 1024
"""Bytes up to which a splat is stored element by element, as xDSL does."""

LARGEST_DATA = 2**31 - 1
"""Bytes of the largest constant that is stored element by element: a module's data has no more."""


def element_count(constant: DenseIntOrFPElementsAttr) -> int:
    """Returns how many elements a constant's type has."""
    return prod(constant.get_shape())


def make_splat(type: Any, element: bytes) -> DenseIntOrFPElementsAttr:
    """Returns a constant whose elements all have the same bytes. Raises VerifyException for a type
    of no static shape.
    """
    if DYNAMIC_INDEX in type.get_shape():
        raise VerifyException(f"needs a constant of a static shape, not a {type}")
    count = prod(type.get_shape())
    repeated = element * count if count * len(element) <= MAX_REPEATED_BYTES else element
    return DenseIntOrFPElementsAttr(type, BytesAttr(repeated))


def splat(type: Any, number: float) -> DenseIntOrFPElementsAttr:
    """Returns a constant of a static type whose elements are all one real number."""
    scalar, element = TensorType(type.element_type, []), type.element_type
    if isinstance(element, ComplexType):
        one = DenseIntOrFPElementsAttr.from_list(scalar, [(number, 0.0)])
    else:
        one = DenseIntOrFPElementsAttr.from_list(scalar, [number])
    return make_splat(type, one.data.data)


def is_compressed(constant: DenseIntOrFPElementsAttr) -> bool:
    """Returns whether a constant holds one element instead of all of them."""
    return len(constant) == 1 != element_count(constant)


def splat_of(constant: DenseIntOrFPElementsAttr) -> DenseIntOrFPElementsAttr | None:
    """Returns the rank 0 constant that fills `constant` everywhere; None if its elements differ or
    it has none.
    """
    data = constant.data.data
    width = len(data) // len(constant) if len(constant) else 0
    head = data[:MAX_REPEATED_BYTES]  # most constants differ there, which spares copies of all
    if width == 0 or head[width:] != head[:-width] or data[width:] != data[:-width]:
        return None
    return DenseIntOrFPElementsAttr(
        TensorType(constant.get_element_type(), []), BytesAttr(data[:width])
    )


def element_bytes(constant: DenseIntOrFPElementsAttr) -> bytes:
    """Returns the bytes of all elements in row-major order.

    Raises RESOURCE_EXHAUSTED for a splat that is too large to be stored element by element.
    """
    data = constant.data.data
    if not is_compressed(constant):
        return data
    size = element_count(constant) * len(data)
    if size > LARGEST_DATA:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"a constant of type {constant.type} has {size} bytes; a module stores {LARGEST_DATA} "
            "bytes of one constant at most",
        )
    return data * element_count(constant)
