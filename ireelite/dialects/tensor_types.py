"""Facts about the types of values that are tensors."""

from __future__ import annotations

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.utils.exceptions import VerifyException


def tensor_type_of(value: SSAValue) -> TensorType[Attribute]:
    """Returns a tensor's type. Raises VerifyException for a value that is no tensor."""
    if not isinstance(value.type, TensorType):
        raise VerifyException(f"expects a tensor, not a {value.type}")
    return value.type


def shape_of(value: SSAValue) -> tuple[int, ...]:
    """Returns a tensor's dimensions; -1 for a dynamic one."""
    return tensor_type_of(value).get_shape()


def element_type_of(value: SSAValue) -> Attribute:
    """Returns a tensor's element type."""
    return tensor_type_of(value).element_type
