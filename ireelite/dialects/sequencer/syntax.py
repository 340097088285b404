"""What the sequencer dialects share: allocations, constants and returns,
and the text and checks of a dispatch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseIntOrFPElementsAttr,
    IndexType,
    MemRefType,
    ModuleOp,
    StringAttr,
    SymbolRefAttr,
    TensorType,
)
from xdsl.dialects.func import FuncOp
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.elements import signless
from ireelite.dialects.sequencer.iree import MultiArchExecutableOp
from ireelite.dialects.symbols import find_in


class AllocationOp(IRDLOperation):
    """Yields a new buffer. The sizes that its type leaves open are operands."""

    sizes = var_operand_def(IndexType())
    result = result_def(MemRefType)

    def __init__(self, type: MemRefType, sizes: Sequence[SSAValue] = ()):
        super().__init__(operands=[sizes], result_types=[type])

    def verify_(self) -> None:
        if len(self.sizes) != (count := self.result.type.get_shape().count(DYNAMIC_INDEX)):
            raise VerifyException(
                f"a {self.result.type} has {count} open sizes, but {len(self.sizes)} are given"
            )


class DynamicDispatchOp(IRDLOperation):
    """Calls an entry point over a workload that the host computes: three sizes. The arguments are
    buffers, outputs last, and then the sizes that the entry point takes.
    """

    entry_point = prop_def(SymbolRefAttr)
    workload = var_operand_def(IndexType())
    bindings = var_operand_def(MemRefType)
    sizes = var_operand_def(IndexType())

    irdl_options = (AttrSizedOperandSegments(as_property=True),)

    def __init__(
        self,
        entry_point: SymbolRefAttr,
        workload: Sequence[SSAValue],
        bindings: Sequence[SSAValue],
        sizes: Sequence[SSAValue],
    ):
        super().__init__(
            operands=[workload, bindings, sizes], properties={"entry_point": entry_point}
        )

    def verify_(self) -> None:
        if len(self.workload) != 3:
            raise VerifyException(f"a workload has three sizes, not {len(self.workload)}")
        check_entry_point(self, self.entry_point, [*self.bindings, *self.sizes])

    def print(self, printer: Printer) -> None:
        print_entry_point(printer, self.entry_point)
        with printer.in_square_brackets():
            printer.print_list(self.workload, printer.print_ssa_value)
        print_operands_and_types(printer, [*self.bindings, *self.sizes])
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser):
        entry_point = parse_entry_point(parser)
        unresolved = parser.parse_comma_separated_list(
            Parser.Delimiter.SQUARE, parser.parse_unresolved_operand
        )
        workload = [parser.resolve_operand(value, IndexType()) for value in unresolved]
        arguments = parse_operands_and_types(parser)
        bindings = [a for a in arguments if isinstance(a.type, MemRefType)]
        op = cls(entry_point, workload, bindings, [a for a in arguments if a not in bindings])
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@lru_cache(256)
def buffer_of(type: TensorType) -> MemRefType:
    """Returns the type of a buffer that holds a tensor."""
    return MemRefType(type.element_type, type.get_shape())


class BufferConstantOp(IRDLOperation):
    """Yields a buffer that holds a constant. Prints the tensor."""

    value = prop_def(DenseIntOrFPElementsAttr)
    result = result_def(MemRefType)

    traits = traits_def(Pure())

    def __init__(self, value: DenseIntOrFPElementsAttr):
        super().__init__(properties={"value": value}, result_types=[buffer_of(value.type)])

    def verify_(self) -> None:
        type, buffer = self.value.type, self.result.type
        assert isinstance(type, TensorType) and isinstance(buffer, MemRefType)
        if (type.get_shape(), type.element_type) != (buffer.get_shape(), buffer.element_type):
            raise VerifyException(f"a constant of {type} can't fill a {buffer}")

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_attribute(self.value)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser):
        place = parser.pos
        value = parser.parse_attribute()
        if not isinstance(value, DenseIntOrFPElementsAttr) or not isinstance(
            value.type, TensorType
        ):
            parser.raise_error("expected a dense constant of a tensor type", place)
        op = cls(value)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


class BufferFillOp(IRDLOperation):
    """Sets each element of a buffer to one value, given as a constant of rank 0."""

    pattern = prop_def(DenseIntOrFPElementsAttr)
    target = operand_def(MemRefType)

    assembly_format = "$pattern `,` $target attr-dict `:` type($target)"

    def __init__(self, pattern: DenseIntOrFPElementsAttr, target: SSAValue):
        super().__init__(operands=[target], properties={"pattern": pattern})

    def verify_(self) -> None:
        type, buffer = self.pattern.type, self.target.type
        assert isinstance(buffer, MemRefType)
        if type != TensorType(buffer.element_type, []):
            raise VerifyException(f"a constant of {type} can't be each element of a {buffer}")


class SequencerReturnOp(IRDLOperation):
    """Ends a sequencer function with the buffers it returns."""

    arguments = var_operand_def(MemRefType)

    traits = traits_def(IsTerminator())

    assembly_format = "attr-dict ($arguments^ `:` type($arguments))?"

    def __init__(self, arguments: Sequence[SSAValue]):
        super().__init__(operands=[arguments])


@lru_cache(256)
def entry_point(executable: str, function: str) -> SymbolRefAttr:
    """Returns the reference that prints as `executable::function`."""
    return SymbolRefAttr(executable, [function])


def entry_names(reference: SymbolRefAttr) -> tuple[str, str]:
    """Returns the executable and the function of an entry point reference."""
    return reference.root_reference.data, reference.nested_references.data[0].data


def print_entry_point(printer: Printer, reference: SymbolRefAttr) -> None:
    executable, function = entry_names(reference)
    printer.print_string(f" {executable}::{function}")


def parse_entry_point(parser: Parser) -> SymbolRefAttr:
    executable = parser.parse_identifier(" for the executable's name")
    parser.parse_punctuation(":", " in '::' between executable and entry point")
    parser.parse_punctuation(":", " in '::' between executable and entry point")
    function = parser.parse_identifier(" for the entry point's name")
    return SymbolRefAttr(StringAttr(executable), [StringAttr(function)])


def print_operands_and_types(printer: Printer, operands: Sequence[SSAValue]) -> None:
    with printer.in_parens():
        printer.print_list(operands, printer.print_ssa_value)
    printer.print_string(" : ")
    with printer.in_parens():
        printer.print_list([operand.type for operand in operands], printer.print_attribute)
    printer.print_string(" -> ()")


def parse_operands_and_types(parser: Parser) -> Sequence[SSAValue]:
    place = parser.pos
    operands = parser.parse_comma_separated_list(
        Parser.Delimiter.PAREN, parser.parse_unresolved_operand
    )
    parser.parse_punctuation(":")
    types = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
    parser.parse_punctuation("->")
    parser.parse_punctuation("(")
    parser.parse_punctuation(")")
    return parser.resolve_operands(operands, types, place)


def check_entry_point(
    op: Operation, reference: SymbolRefAttr, bindings: Sequence[SSAValue]
) -> None:
    """Raises unless the executable exists and, while it is still unspecified,
    takes these bindings. Integers have no sign in an executable.
    """
    module = op.parent_op()
    while module is not None and not isinstance(module, ModuleOp):
        module = module.parent_op()
    if module is None:
        return
    if len(reference.nested_references) != 1:
        raise VerifyException(f"{reference} must name an executable and its entry point")
    executable, function = entry_names(reference)
    found = find_in(module, executable)
    if not isinstance(found, MultiArchExecutableOp):
        raise VerifyException(f"'{executable}' is not an executable of this module")
    for variant in found.executables:
        for entry in variant.module.walk():
            if isinstance(entry, FuncOp) and entry.sym_name.data == function:
                expected = entry.function_type.inputs.data
                if any(map(differ, expected, (b.type for b in bindings))) or len(expected) != len(
                    bindings
                ):
                    raise VerifyException(
                        f"entry point '{function}' takes ({', '.join(map(str, expected))}) but is "
                        "given "
                        f"({', '.join(str(b.type) for b in bindings)})"
                    )


def differ(expected: Attribute, given: Attribute) -> bool:
    """Returns whether an entry point's argument is not what a dispatch gives. One of open sizes
    becomes a flat buffer in a kernel.
    """
    given = signless(given)
    if expected == given:
        return False
    return not (
        isinstance(given, MemRefType)
        and DYNAMIC_INDEX in given.get_shape()
        and expected == MemRefType(given.element_type, [DYNAMIC_INDEX])
    )
