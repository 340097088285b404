"""Checks of shapes that verifiers of the `stablehlo` dialect share. A dimension that is written `?`
is compatible with every size.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, ComplexType, IntegerType, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.elements import row_of

Shape = Sequence[int]


def require(holds: bool, message: str) -> None:
    """Raises VerifyException with a message unless a condition holds."""
    if not holds:
        raise VerifyException(message)


def same_size(a: int, b: int) -> bool:
    """Returns whether two dimensions can have one size."""
    return DYNAMIC_INDEX in (a, b) or a == b


def compatible(a: Shape, b: Shape) -> bool:
    """Returns whether two shapes can be those of one tensor."""
    return len(a) == len(b) and all(map(same_size, a, b))


def is_static(*shapes: Shape) -> bool:
    """Returns whether every dimension has a known size."""
    return all(DYNAMIC_INDEX not in shape for shape in shapes)


def require_static(result: SSAValue, dynamic: str) -> None:
    """Raises VerifyException for a result whose type leaves a size open; the message names the op
    `stablehlo.<dynamic>`, which takes the sizes as an operand.
    """
    type = result.type
    require(
        not isinstance(type, TensorType) or is_static(type.get_shape()),
        f"yields a static shape, not {type}; stablehlo.{dynamic} takes a shape as an operand",
    )


def require_yields(result: SSAValue, element: Attribute, shape: Shape) -> None:
    """Raises VerifyException unless a result is a tensor of these elements and this shape."""
    type = result.type
    expected = TensorType(element, shape)
    fits = (
        isinstance(type, TensorType)
        and type.element_type == element
        and compatible(type.get_shape(), shape)
    )
    require(fits, f"yields {expected}, not {type}")


def require_dimensions(what: str, dims: Sequence[int], rank: int) -> None:
    """Raises VerifyException unless a list names dimensions of a rank, each once at most."""
    valid = len(set(dims)) == len(dims) and all(0 <= d < rank for d in dims)
    require(valid, f"{what} {list(dims)} do not name dimensions below {rank} once each")


def require_sorted(what: str, dims: Sequence[int]) -> None:
    """Raises VerifyException unless a list ascends."""
    require(list(dims) == sorted(dims), f"{what} {list(dims)} are not sorted")


def require_count(what: str, values: Sequence[object], count: int) -> None:
    """Raises VerifyException unless a list has this length."""
    require(len(values) == count, f"needs {count} {what}, not {len(values)}")


def bit_width(type: Attribute) -> int:
    """Returns the bits of an element of one of StableHLO's types."""
    if isinstance(type, ComplexType):
        return 2 * bit_width(type.element_type)
    if isinstance(type, IntegerType):
        return type.width.data
    return row_of(type).bits
