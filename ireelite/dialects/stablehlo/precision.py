"""Reduced precision in the `stablehlo` dialect."""

from __future__ import annotations

import re

from xdsl.dialects.builtin import IntegerAttr, i32
from xdsl.ir import SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, prop_def
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.attributes import add_attributes, print_attributes
from ireelite.dialects.stablehlo.elementwise import UnaryOp, resolve_like


@irdl_op_definition
class ReducePrecisionOp(UnaryOp):
    """Rounds to a float format of fewer bits, and back:
    `%1 = stablehlo.reduce_precision %0, format = e5m10 : tensor<6xf64>`.
    """

    name = "stablehlo.reduce_precision"

    exponent_bits = prop_def(IntegerAttr)
    mantissa_bits = prop_def(IntegerAttr)

    def __init__(self, operand: SSAValue, exponent_bits: int, mantissa_bits: int):
        super().__init__(operand)
        self.properties["exponent_bits"] = IntegerAttr(exponent_bits, i32)
        self.properties["mantissa_bits"] = IntegerAttr(mantissa_bits, i32)

    @property
    def bits(self) -> tuple[int, int]:
        """Bits of the exponent and of the mantissa."""
        return self.exponent_bits.value.data, self.mantissa_bits.value.data

    def verify_(self) -> None:
        super().verify_()
        exponent, mantissa = self.bits
        if exponent < 1 or mantissa < 0:
            raise VerifyException(
                f"a float has no {exponent} exponent and {mantissa} mantissa bits"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.operand)
        printer.print_string(", format = e{}m{}".format(*self.bits))
        print_attributes(self, printer, ("exponent_bits", "mantissa_bits"))
        self.print_types(printer)

    @classmethod
    def parse(cls, parser: Parser) -> ReducePrecisionOp:
        operand = parser.parse_unresolved_operand()
        parser.parse_punctuation(",")
        parser.parse_keyword("format")
        parser.parse_punctuation("=")
        place = parser._current_token.span
        match = re.fullmatch(r"e(\d+)m(\d+)", parser.parse_identifier())
        if match is None:
            parser.raise_error("expected a float format, as e5m10", place)
        attributes = parser.parse_optional_attr_dict()
        (value,), type = resolve_like(parser, [operand])
        bits = {"exponent_bits": match[1], "mantissa_bits": match[2]}
        properties = {name: IntegerAttr(int(count), i32) for name, count in bits.items()}
        op = cls.create(operands=[value], result_types=[type], properties=properties)
        add_attributes(op, attributes)
        return op


PRECISION_OPS: list[type[IRDLOperation]] = [ReducePrecisionOp]
"""Every op of this file."""
