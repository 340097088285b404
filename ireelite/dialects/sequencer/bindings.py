"""What the two kinds of dispatch regions share: body arguments that are bound to inputs,
`(%arg0 = %0 : tensor<4xf32>, %arg1 = %1 : tensor<4xf32>)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Region, SSAValue
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException


def print_bindings(printer: Printer, body: Region, inputs: Sequence[SSAValue]) -> None:
    """Prints each argument of a body with the input that it is bound to."""
    with printer.in_parens():
        for index, (argument, value) in enumerate(zip(body.block.args, inputs, strict=True)):
            printer.print_string(", " if index else "")
            printer.print_ssa_value(argument)
            printer.print_string(" = ")
            printer.print_ssa_value(value)
            printer.print_string(" : ")
            printer.print_attribute(argument.type)


def parse_bindings(parser: Parser) -> tuple[list[Parser.Argument], list[SSAValue]]:
    """Returns the arguments of a body, which is parsed later, and the inputs."""

    def binding() -> tuple[Parser.Argument, SSAValue]:
        argument = parser.parse_argument(expect_type=False)
        parser.parse_punctuation("=")
        value = parser.parse_unresolved_operand()
        parser.parse_punctuation(":")
        type = parser.parse_type()
        return argument.resolve(type), parser.resolve_operand(value, type)

    rows = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, binding)
    return [argument for argument, _ in rows], [value for _, value in rows]


def verify_bindings(body: Region, inputs: Sequence[SSAValue], outputs: Sequence[SSAValue]) -> None:
    """Raises VerifyException for arguments of other types than the inputs, and without results."""
    if tuple(a.type for a in body.block.args) != tuple(i.type for i in inputs):
        raise VerifyException("body arguments must have the types of the inputs they are bound to")
    if not outputs:
        raise VerifyException("must yield at least one result")
