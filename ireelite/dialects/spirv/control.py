"""Structured control flow in the `spirv` dialect.

A region of blocks says what SPIR-V says with merge instructions: the last block of a
`spirv.mlir.selection` or a `spirv.mlir.loop` is the merge block, a loop's second block is its
header and the one before the merge block its continue block. Values leave through
`spirv.mlir.merge`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from xdsl.dialects.builtin import i1
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    region_def,
    successor_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsTerminator
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.spirv.values import require_same


def parse_typed_operands(parser: Parser) -> list[SSAValue]:
    """Reads `%a, %b : f32, i32`, or nothing."""
    if (first := parser.parse_optional_unresolved_operand()) is None:
        return []
    names = [first]
    while parser.parse_optional_punctuation(","):
        names.append(parser.parse_unresolved_operand())
    parser.parse_punctuation(":")
    place = parser.pos
    types = parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
    if len(types) != len(names):
        parser.raise_error(f"{len(names)} values, but {len(types)} types", place)
    return [parser.resolve_operand(name, type) for name, type in zip(names, types, strict=True)]


def print_typed_operands(printer: Printer, operands: Sequence[SSAValue]) -> None:
    """Prints `%a, %b : f32, i32`."""
    printer.print_list(operands, printer.print_ssa_value)
    printer.print_string(" : ")
    printer.print_list([operand.type for operand in operands], printer.print_attribute)


def _parse_successor(parser: Parser) -> tuple[Block, list[SSAValue]]:
    """Parses `^block(%a, %b : f32, i32)`."""
    block, operands = parser.parse_successor(), list[SSAValue]()
    if parser.parse_optional_punctuation("("):
        operands = parse_typed_operands(parser)
        parser.parse_punctuation(")")
    return block, operands


def _print_successor(printer: Printer, block: Block, operands: Sequence[SSAValue]) -> None:
    printer.print_block_name(block)
    if operands:
        with printer.in_parens():
            print_typed_operands(printer, operands)


def _verify_successor(op: Operation, block: Block, operands: Sequence[SSAValue]) -> None:
    wanted, given = [arg.type for arg in block.args], [operand.type for operand in operands]
    if len(wanted) != len(given):
        raise VerifyException(
            f"'{op.name}' gives {len(given)} values to a block that takes {len(wanted)}"
        )
    for one, other in zip(wanted, given, strict=True):
        require_same(one, other, op.name)


@irdl_op_definition
class ReturnOp(IRDLOperation):
    """The end of a function. `spirv.Return`"""

    name = "spirv.Return"

    traits = traits_def(IsTerminator())

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        return cls.create(attributes=parser.parse_optional_attr_dict())

    def print(self, printer: Printer) -> None:
        printer.print_op_attributes(self.attributes)


@irdl_op_definition
class BranchOp(IRDLOperation):
    """Goes on in another block. `spirv.Branch ^header(%i, %sum : i32, f32)`"""

    name = "spirv.Branch"

    operands_ = var_operand_def()
    target = successor_def()

    traits = traits_def(IsTerminator())

    def __init__(self, target: Block, operands: Sequence[SSAValue] = ()):
        Operation.__init__(self, operands=operands, successors=[target])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        block, operands = _parse_successor(parser)
        attributes = parser.parse_optional_attr_dict()
        return cls.create(operands=operands, successors=[block], attributes=attributes)

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        _print_successor(printer, self.target, self.operands)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        _verify_successor(self, self.target, self.operands)


@irdl_op_definition
class BranchConditionalOp(IRDLOperation):
    """Goes on in one of two blocks. `spirv.BranchConditional %c, ^then, ^else(%x : f32)`"""

    name = "spirv.BranchConditional"

    condition = operand_def(i1)
    true_operands = var_operand_def()
    false_operands = var_operand_def()
    true_target = successor_def()
    false_target = successor_def()

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(IsTerminator())

    def __init__(
        self,
        condition: SSAValue,
        true_target: Block,
        false_target: Block,
        true_operands: Sequence[SSAValue] = (),
        false_operands: Sequence[SSAValue] = (),
    ):
        super().__init__(
            operands=[condition, true_operands, false_operands],
            successors=[true_target, false_target],
        )

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        condition = parser.parse_operand(i1)
        parser.parse_punctuation(",")
        true_target, true_operands = _parse_successor(parser)
        parser.parse_punctuation(",")
        false_target, false_operands = _parse_successor(parser)
        op = cls(condition, true_target, false_target, true_operands, false_operands)
        op.attributes |= parser.parse_optional_attr_dict()
        return op

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.condition)
        for block, operands in (
            (self.true_target, self.true_operands),
            (self.false_target, self.false_operands),
        ):
            printer.print_string(", ")
            _print_successor(printer, block, operands)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        _verify_successor(self, self.true_target, self.true_operands)
        _verify_successor(self, self.false_target, self.false_operands)


@irdl_op_definition
class MergeOp(IRDLOperation):
    """The end of a selection or a loop, and its results. `spirv.mlir.merge %sum : f32`"""

    name = "spirv.mlir.merge"

    values = var_operand_def()

    traits = traits_def(IsTerminator())

    def __init__(self, values: Sequence[SSAValue] = ()):
        super().__init__(operands=[values])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        return cls.create(
            operands=parse_typed_operands(parser), attributes=parser.parse_optional_attr_dict()
        )

    def print(self, printer: Printer) -> None:
        if self.operands:
            printer.print_string(" ")
            print_typed_operands(printer, self.operands)
        printer.print_op_attributes(self.attributes)

    def verify_(self) -> None:
        if not isinstance(parent := self.parent_op(), StructuredOp):
            raise VerifyException(
                "'spirv.mlir.merge' ends a 'spirv.mlir.selection' or a 'spirv.mlir.loop'"
            )
        if self.parent_block() is not parent.body.last_block:
            raise VerifyException("'spirv.mlir.merge' stands in the last block")
        given = [value.type for value in self.values]
        if given != list(parent.result_types):
            raise VerifyException(
                f"'{parent.name}' has the results {list(parent.result_types)}, not {given}"
            )


class StructuredOp(IRDLOperation):
    """A selection or a loop: a region of blocks with one way in and one way out."""

    CHOOSES: ClassVar[str] = "the entry"

    res = var_result_def()
    body = region_def()

    @property
    def choosing_block(self) -> Block | None:
        """The block that may branch conditionally,
        because its merge instruction says where the ways meet.
        """
        return self.body.first_block

    def __init__(self, result_types: Sequence[Attribute], body: Region):
        super().__init__(result_types=[result_types], regions=[body])

    @classmethod
    def parse(cls, parser: Parser) -> Self:
        types: list[Attribute] = []
        if parser.parse_optional_punctuation("->"):
            types += parser.parse_comma_separated_list(parser.Delimiter.NONE, parser.parse_type)
        return cls.create(result_types=types, regions=[parser.parse_region()])

    def print(self, printer: Printer) -> None:
        if self.results:
            printer.print_string(" -> ")
            printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" ")
        printer.print_region(self.body)

    def verify_(self) -> None:
        entry, merge = self.body.first_block, self.body.last_block
        if entry is None or merge is None or entry is merge:
            raise VerifyException(f"'{self.name}' has an entry block and a merge block")
        if entry.args:
            raise VerifyException(f"the entry block of '{self.name}' takes no arguments")
        if len(merge.ops) != 1 or not isinstance(merge.last_op, MergeOp):
            raise VerifyException(
                f"the last block of '{self.name}' has 'spirv.mlir.merge' and nothing else"
            )
        for block in self.body.blocks:
            if not isinstance(block.last_op, BranchOp | BranchConditionalOp | MergeOp):
                raise VerifyException(f"a block of '{self.name}' ends with a branch")
            if entry in block.last_op.successors:
                raise VerifyException(f"nothing branches to the entry block of '{self.name}'")
            if isinstance(block.last_op, BranchConditionalOp) and block is not self.choosing_block:
                raise VerifyException(
                    f"only {self.CHOOSES} block of '{self.name}' branches conditionally"
                )


@irdl_op_definition
class SelectionOp(StructuredOp):
    """A choice between blocks that meet again.

    %r = spirv.mlir.selection -> f32 {
      spirv.BranchConditional %c, ^then, ^merge(%x : f32)
    ^then:
      %e = spirv.GL.Exp %x : f32
      spirv.Branch ^merge(%e : f32)
    ^merge(%v: f32):
      spirv.mlir.merge %v : f32
    }
    """

    name = "spirv.mlir.selection"

    def verify_(self) -> None:
        super().verify_()
        seen: set[Block] = set()
        for block in self.body.blocks:
            seen.add(block)
            assert block.last_op is not None
            if any(target in seen for target in block.last_op.successors):
                raise VerifyException("a selection does not branch backwards")


@irdl_op_definition
class LoopOp(StructuredOp):
    """A loop: entry, header (whose arguments are what the loop carries), body, continue block,
    merge block.

    %sum = spirv.mlir.loop -> f32 {
      spirv.Branch ^header(%zero, %init : i32, f32)
    ^header(%i: i32, %carried: f32):
      %more = spirv.SLessThan %i, %n : i32
      spirv.BranchConditional %more, ^body, ^merge
    ^body:
      %next = spirv.FAdd %carried, %x : f32
      spirv.Branch ^continue
    ^continue:
      %i_next = spirv.IAdd %i, %one : i32
      spirv.Branch ^header(%i_next, %next : i32, f32)
    ^merge:
      spirv.mlir.merge %carried : f32
    }
    """

    CHOOSES: ClassVar[str] = "the header"

    name = "spirv.mlir.loop"

    @property
    def choosing_block(self) -> Block | None:
        return self.body.blocks[1]

    def verify_(self) -> None:
        super().verify_()
        blocks = list(self.body.blocks)
        if len(blocks) < 4:
            raise VerifyException("a loop has an entry, a header, a continue and a merge block")
        entry, header, latch, merge = blocks[0], blocks[1], blocks[-2], blocks[-1]
        if (
            not isinstance(jump := entry.last_op, BranchOp)
            or jump.target is not header
            or len(entry.ops) != 1
        ):
            raise VerifyException("a loop's entry block only branches to its header")
        back = latch.last_op
        if not isinstance(back, BranchOp) or back.target is not header:
            raise VerifyException("a loop's continue block branches back to its header")
        if header.last_op is None or merge not in header.last_op.successors:
            raise VerifyException("a loop's header can branch to its merge block")
        if any(isinstance(op, StructuredOp) for op in header.ops):
            raise VerifyException("a loop's header has no selections or loops of its own")
        for place, block in enumerate(blocks[:-2]):
            assert block.last_op is not None
            if any(target in blocks[: place + 1] for target in block.last_op.successors):
                raise VerifyException("only a loop's continue block branches backwards")
