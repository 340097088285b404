"""Attributes of the `util` dialect: short forms of constants, and wishes about inlining."""

from __future__ import annotations

from xdsl.dialects.builtin import ComplexType, FixedBitwidthType, IntAttr, TensorType
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer

from ireelite.syntax.elements import make_splat


@irdl_attr_definition
class InlineNeverAttr(ParametrizedAttribute):
    """A function, or a global's value, is not to be inlined: `#util.inline.never`."""

    name = "util.inline.never"


@irdl_attr_definition
class InlineAlwaysAttr(ParametrizedAttribute):
    """A function is to be inlined: `#util.inline.always`."""

    name = "util.inline.always"


class RepeatedByteAttr(ParametrizedAttribute):
    """A constant all of whose bytes are one number."""

    type: Attribute

    @property
    def byte(self) -> int:
        """The number."""
        return 0

    def elements(self) -> Attribute | None:
        """Returns the constant as one of dense elements; None for a type that has none."""
        type = self.type
        if not isinstance(type, TensorType):
            return None
        element = type.element_type
        number = element.element_type if isinstance(element, ComplexType) else element
        if not isinstance(number, FixedBitwidthType):
            return None
        width = number.compile_time_size * (2 if isinstance(element, ComplexType) else 1)
        return make_splat(type, bytes([self.byte]) * width)


@irdl_attr_definition
class UninitializedAttr(RepeatedByteAttr):
    """A constant whose elements do not matter: `#util.uninitialized : tensor<4xf32>`."""

    name = "util.uninitialized"

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(" : ")
        printer.print_attribute(self.type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        parser.parse_punctuation(":")
        return [parser.parse_type()]


@irdl_attr_definition
class BytePatternAttr(RepeatedByteAttr):
    """A constant all of whose bytes are a number, modulo 256:
    `#util.byte_pattern<1> : tensor<4xf32>`.
    """

    name = "util.byte_pattern"

    pattern: IntAttr

    @property
    def byte(self) -> int:
        return self.pattern.data % 256

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.pattern.data}> : ")
        printer.print_attribute(self.type)

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> list[Attribute]:
        with parser.in_angle_brackets():
            number = parser.parse_integer()
        parser.parse_punctuation(":")
        return [parser.parse_type(), IntAttr(number)]


def value_of(value: Attribute) -> Attribute:
    """Returns a constant with its elements, where a short form is read; any other attribute itself."""
    if isinstance(value, RepeatedByteAttr) and (dense := value.elements()) is not None:
        return dense
    return value
