"""What the quantized elements of products and convolutions must be, as in the specification."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.quant import UniformType
from ireelite.dialects.tensor_types import element_type_of


def verify_quantized_product(lhs: SSAValue, rhs: SSAValue, result: SSAValue) -> None:
    """Raises VerifyException for quantized elements that a product does not combine."""
    left, right, product = (element_type_of(value) for value in (lhs, rhs, result))
    if not any(isinstance(type, UniformType) for type in (left, right, product)):
        return
    if not isinstance(right, UniformType):
        raise VerifyException(f"needs a quantized right operand, not a {rhs.type}")
    if not isinstance(left, UniformType) and not isinstance(product, UniformType):
        if not left == product == right.expressed_type:
            raise VerifyException(
                f"needs a left operand and a result of {right.expressed_type}, which the right one "
                f"denotes, not {left} and {product}"
            )
        return
    if not isinstance(left, UniformType) or not isinstance(product, UniformType):
        raise VerifyException(
            f"quantizes its result if its left operand is: {lhs.type}, {result.type}"
        )
    if left.storage_type != right.storage_type:
        raise VerifyException(
            f"needs operands of one storage, not {left.storage_type} and {right.storage_type}"
        )
    denoted = [type.expressed_type for type in (left, right, product)]
    if denoted.count(denoted[0]) != len(denoted):
        raise VerifyException(
            f"needs elements that denote one type, not {', '.join(map(str, denoted))}"
        )
    if right.axis is None and product.axis is not None:
        raise VerifyException(f"yields a scale for each index only if {rhs.type} has them")


def verify_quantized_right_operand(rhs: SSAValue, contracting: Sequence[int]) -> None:
    """Raises VerifyException for a quantized right operand of a product with zero points, or with
    scales that differ along a contracting dimension.
    """
    type = element_type_of(rhs)
    if not isinstance(type, UniformType):
        return
    if any(type.offsets):
        raise VerifyException(f"needs a right operand whose zero points are 0, not a {rhs.type}")
    if type.axis in contracting:
        raise VerifyException(f"contracts dimension {type.axis} of {rhs.type}, whose scales differ")


def verify_scale_dimension(what: str, value: SSAValue, dimension: int) -> None:
    """Raises VerifyException for quantized elements whose scales differ along another dimension."""
    type = element_type_of(value)
    if isinstance(type, UniformType) and type.axis not in (None, dimension):
        raise VerifyException(
            f"needs scales along {what}, {dimension}, if along any, not a {value.type}"
        )
