"""What ops of the `flow` dialect on tensors share: checks of shapes and sizes, and the syntax of a type
with its sizes in braces.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import DYNAMIC_INDEX, FixedBitwidthType, IndexType, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException


def tensor_of(value: SSAValue) -> TensorType:
    """Returns the type of a tensor."""
    assert isinstance(value.type, TensorType)
    return value.type


def require_sizes(value: SSAValue, sizes: Sequence[SSAValue]) -> None:
    """Raises unless a tensor type has a size for each `?` of it."""
    type = tensor_of(value)
    if (count := type.get_shape().count(DYNAMIC_INDEX)) != len(sizes):
        raise VerifyException(f"needs {count} sizes of a {type}, not {len(sizes)}")


def require_indices(tensor: SSAValue, indices: Sequence[SSAValue]) -> None:
    """Raises unless there is an index for each dimension."""
    type = tensor_of(tensor)
    if len(indices) != type.get_num_dims():
        raise VerifyException(f"a {type} has {type.get_num_dims()} indices, not {len(indices)}")


def require_same(source: SSAValue, result: SSAValue, what: str) -> None:
    """Raises unless two tensors have elements of one type and one rank."""
    types = tensor_of(source), tensor_of(result)
    if types[0].element_type != types[1].element_type:
        raise VerifyException(f"{what} a {types[1]} of a {types[0]}: their elements differ")
    if types[0].get_num_dims() != types[1].get_num_dims():
        raise VerifyException(f"{what} a {types[1]} of a {types[0]}: their ranks differ")


def bits_of(type: TensorType) -> int | None:
    """Returns how many bits a tensor of a static shape has; None for a dynamic shape."""
    element = type.element_type
    if DYNAMIC_INDEX in type.get_shape() or not isinstance(element, FixedBitwidthType):
        return None
    return prod(type.get_shape()) * element.bitwidth


def print_shaped(printer: Printer, type: Attribute, sizes: Sequence[SSAValue]) -> None:
    """Prints `tensor<?xf32>{%d}`."""
    printer.print_attribute(type)
    if sizes:
        with printer.in_braces():
            printer.print_list(sizes, printer.print_ssa_value)


def parse_shaped(parser: Parser) -> tuple[Attribute, list[SSAValue]]:
    """Parses `tensor<?xf32>{%d}`."""
    type = parser.parse_type()
    sizes = parser.parse_optional_comma_separated_list(
        Parser.Delimiter.BRACES, parser.parse_unresolved_operand
    )
    return type, [parser.resolve_operand(size, IndexType()) for size in sizes or ()]
