"""Types of values that host code passes around: byte buffers, lists, and objects of other modules.

An object type is any type that a module of the virtual machine registers, as `!custom.string` or
`!hal.buffer_view`: a compiler knows its name and nothing else.
"""

from __future__ import annotations

from functools import cache

from xdsl.dialects.builtin import DYNAMIC_INDEX, FloatAttr, IntegerAttr, TensorType
from xdsl.ir import Attribute, ParametrizedAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException


@irdl_attr_definition
class BufferType(ParametrizedAttribute, TypeAttribute):
    """A range of bytes on the host: `!util.buffer`."""

    name = "util.buffer"


@irdl_attr_definition
class VariantType(ParametrizedAttribute, TypeAttribute):
    """Any type: what a list holds that is written `!util.list<?>`."""

    name = "util.variant"


@irdl_attr_definition
class ListType(ParametrizedAttribute, TypeAttribute):
    """A list that grows, of one type or of any: `!util.list<i32>`, `!util.list<?>`."""

    name = "util.list"

    element: Attribute

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            if isinstance(self.element, VariantType):
                printer.print_string("?")
            else:
                printer.print_attribute(self.element)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            if parser.parse_optional_punctuation("?") is not None:
                return [VariantType()]
            return [parser.parse_type()]


@irdl_attr_definition
class PtrType(ParametrizedAttribute, TypeAttribute):
    """The address of a global of a type: `!util.ptr<tensor<4xf32>>`."""

    name = "util.ptr"

    target: Attribute

    def print_parameters(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            printer.print_attribute(self.target)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            return [parser.parse_type()]


class ObjectType(ParametrizedAttribute, TypeAttribute):
    """A counted reference to an object of a type that some module registers: `!custom.string`.

    Each name has a class of its own, made by `object_type`.
    """


@cache
def object_type(name: str) -> type[ObjectType]:
    """Returns the class of the object types of this name, as `custom.string`."""
    return irdl_attr_definition(type(name, (ObjectType,), {"name": name, "__module__": __name__}))


def may_hold(holder: Attribute, held: Attribute) -> bool:
    """Returns whether a list of `holder` elements takes a `held`."""
    return isinstance(holder, VariantType) or holder == held


def check_element(list_type: ListType, element: Attribute) -> None:
    """Raises unless such a list may hold such an element."""
    if not may_hold(list_type.element, element):
        raise VerifyException(f"{list_type} can't hold a value of type {element}")


def may_be(declared: Attribute, type: Attribute) -> bool:
    """Returns whether a value of a type is one of a declared type, which may leave sizes open."""
    if not isinstance(declared, TensorType) or not isinstance(type, TensorType):
        return declared == type
    sizes = declared.get_shape(), type.get_shape()
    return declared.element_type == type.element_type and (
        len(sizes[0]) == len(sizes[1])
        and all(m in (n, DYNAMIC_INDEX) for m, n in zip(*sizes, strict=True))
    )


def type_of_value(value: Attribute) -> Attribute | None:
    """Returns the type that a constant's attribute names, if it names one."""
    if isinstance(value, IntegerAttr | FloatAttr):
        return value.type
    return getattr(value, "type", None)
