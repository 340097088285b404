"""Attributes of `linalg` ops that xDSL lacks."""

from __future__ import annotations

from enum import auto

from xdsl.dialects.utils import EnumAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.str_enum import StrEnum


class TypeFn(StrEnum):
    """How integers are widened."""

    cast_signed = auto()
    cast_unsigned = auto()


@irdl_attr_definition
class TypeFnAttr(EnumAttribute[TypeFn]):
    """`#linalg.type_fn<cast_unsigned>`: whether the integers of an op's inputs have a sign."""

    name = "linalg.type_fn"

    @classmethod
    def parse_parameter(cls, parser: AttrParser):
        with parser.in_angle_brackets():
            return super().parse_parameter(parser)

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            super().print_parameter(printer)


class ElementwiseKind(StrEnum):
    """The function of a `linalg.elementwise`."""

    exp = auto()
    log = auto()
    abs = auto()
    ceil = auto()
    floor = auto()
    negf = auto()
    reciprocal = auto()
    round = auto()
    sqrt = auto()
    rsqrt = auto()
    square = auto()
    tanh = auto()
    erf = auto()
    add = auto()
    sub = auto()
    mul = auto()
    div = auto()
    div_unsigned = auto()
    max_signed = auto()
    min_signed = auto()
    max_unsigned = auto()
    min_unsigned = auto()
    powf = auto()
    select = auto()


@irdl_attr_definition
class ElementwiseKindAttr(EnumAttribute[ElementwiseKind]):
    """`#linalg.elementwise_kind<add>`"""

    name = "linalg.elementwise_kind"

    @classmethod
    def parse_parameter(cls, parser: AttrParser):
        with parser.in_angle_brackets():
            return super().parse_parameter(parser)

    def print_parameter(self, printer: Printer) -> None:
        with printer.in_angle_brackets():
            super().print_parameter(printer)
