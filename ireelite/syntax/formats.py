"""Assembly formats of ops, each parsed when an op of its class is first read or printed.

xDSL parses the format of each op where its class is defined: a tenth of the time of a short
compilation, which reads and prints ops of few classes.
"""

from __future__ import annotations

from functools import cached_property

from xdsl.irdl import IRDLOperation, OpDef
from xdsl.irdl.declarative_assembly_format import FormatProgram
from xdsl.parser import Parser
from xdsl.printer import Printer


class DeferredFormat:
    """What xDSL calls to parse and print ops of a class; has the methods of `FormatProgram`."""

    def __init__(self, text: str, op_def: OpDef):
        self.text, self.op_def = text, op_def

    @cached_property
    def program(self) -> FormatProgram:
        """The format. Raises ParseError for a wrong one."""
        from xdsl.irdl.declarative_assembly_format_parser import FormatParser

        return FormatParser(self.text, self.op_def).parse_format()

    def parse(self, parser: Parser, op_type: type[IRDLOperation]) -> IRDLOperation:
        return self.program.parse(parser, op_type)

    def print(self, printer: Printer, op: IRDLOperation) -> None:
        self.program.print(printer, op)


def defer_formats() -> None:
    """Lets the formats of all classes that are defined from now on wait for their first use."""
    type.__setattr__(FormatProgram, "from_str", staticmethod(DeferredFormat))
