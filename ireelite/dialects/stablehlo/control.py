"""Control flow of the `stablehlo` dialect: loops and choices whose regions compute tensors.

Regions read the values around them. A condition and an index are tensors of rank 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xdsl.dialects.builtin import DYNAMIC_INDEX, TensorType, i1, i32
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    region_def,
    traits_def,
    var_operand_def,
    var_region_def,
    var_result_def,
)
from xdsl.parser import Parser, UnresolvedOperand
from xdsl.printer import Printer
from xdsl.traits import RecursiveMemoryEffect
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.elements import TypedElements
from ireelite.dialects.stablehlo.reduction import ReturnOp

CONDITION = TensorType(i1, [])
"""The type of the condition of a loop or a choice."""
INDEX = TensorType(i32, [])
"""The type of the index of a choice between several regions."""
CARRIED = "iterArg"
"""The name of a loop's carried value that has no other."""


def are_compatible(one: Attribute, other: Attribute) -> bool:
    """Returns whether a value of one type may be one of the other: sizes that are not known match
    any.
    """
    if not isinstance(one, TensorType) or not isinstance(other, TensorType):
        return one == other
    sizes, others = one.get_shape(), other.get_shape()
    return (
        one.element_type == other.element_type
        and len(sizes) == len(others)
        and all(a == b or DYNAMIC_INDEX in (a, b) for a, b in zip(sizes, others, strict=True))
    )


def verify_types(what: str, expected: Sequence[Attribute], found: Sequence[Attribute]) -> None:
    """Raises VerifyException unless types are compatible with others one by one."""
    if len(expected) == len(found) and all(map(are_compatible, expected, found)):
        return
    raise VerifyException(f"{what} {type_list(expected)}, not {type_list(found)}")


def type_list(types: Iterable[Attribute]) -> str:
    """Formats types as `(tensor<i32>, tensor<4xf32>)`."""
    return f"({', '.join(map(str, types))})"


def returned(region: Region) -> Sequence[SSAValue]:
    """Returns the values that a region returns. Raises VerifyException for a region with another
    end.
    """
    end = region.block.last_op
    if not isinstance(end, ReturnOp):
        raise VerifyException("has a region that does not end with stablehlo.return")
    return end.arguments


def types_of(values: Iterable[SSAValue]) -> list[Attribute]:
    return [value.type for value in values]


@irdl_op_definition
class WhileOp(IRDLOperation):
    """Runs a region again and again while another one, which runs before it, returns true.

    ```mlir
    %2:2 = stablehlo.while(%iterArg = %0, %iterArg_0 = %1) : tensor<i32>, tensor<4xf32>
    cond {
      %3 = stablehlo.compare LT, %iterArg, %c : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %3 : tensor<i1>
    } do {
      ...
      stablehlo.return %4, %5 : tensor<i32>, tensor<4xf32>
    }
    ```

    Both regions take the carried values; the second returns those of the next turn. The results
    are the values for which the condition was false.
    """

    name = "stablehlo.while"

    operand = var_operand_def()
    res = var_result_def()
    cond = region_def("single_block")
    body = region_def("single_block")

    traits = traits_def(RecursiveMemoryEffect(), TypedElements())

    def __init__(self, operand: Sequence[SSAValue], cond: Region, body: Region):
        super().__init__(operands=[operand], result_types=[types_of(operand)], regions=[cond, body])
        for argument in cond.block.args:
            argument.name_hint = argument.name_hint or CARRIED

    def verify_(self) -> None:
        types = types_of(self.operand)
        verify_types("carries", types, types_of(self.res))
        verify_types("needs a condition that takes", types, self.cond.block.arg_types)
        verify_types("needs a body that takes", types, self.body.block.arg_types)
        condition = types_of(returned(self.cond))
        verify_types("needs a condition that returns", [CONDITION], condition)
        verify_types("needs a body that returns", types, types_of(returned(self.body)))

    def print(self, printer: Printer) -> None:
        pairs = zip(self.cond.block.args, self.body.block.args, self.operand, strict=True)
        with printer.in_parens():
            printer.print_list(pairs, lambda pair: print_carried(printer, *pair))
        if self.operand:
            printer.print_string(" : ")
            printer.print_list(types_of(self.operand), printer.print_attribute)
        if self.attributes:
            printer.print_op_attributes(self.attributes, print_keyword=True)
        printer.print_string("\ncond ")
        printer.print_region(self.cond, print_entry_block_args=False, print_empty_block=False)
        printer.print_string(" do ")
        printer.print_region(self.body, print_entry_block_args=False, print_empty_block=False)

    @classmethod
    def parse(cls, parser: Parser) -> WhileOp:
        def parse_pair() -> tuple[Parser.UnresolvedArgument, UnresolvedOperand]:
            argument = parser.parse_argument(expect_type=False)
            parser.parse_punctuation("=")
            return argument, parser.parse_unresolved_operand()

        pairs = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parse_pair)
        types: list[Attribute] = []
        place = parser.pos
        if pairs:
            parser.parse_punctuation(":")
            place = parser.pos
            types = parser.parse_comma_separated_list(Parser.Delimiter.NONE, parser.parse_type)
        operands = parser.resolve_operands([operand for _, operand in pairs], types, place)
        arguments = [
            argument.resolve(type) for (argument, _), type in zip(pairs, types, strict=True)
        ]
        attributes = parser.parse_optional_attr_dict_with_keyword()
        parser.parse_keyword("cond")
        cond = parser.parse_region(arguments)
        parser.parse_keyword("do")
        op = cls(operands, cond, parser.parse_region(arguments))
        if attributes is not None:
            op.attributes |= attributes.data
        return op


def print_carried(printer: Printer, condition: SSAValue, body: SSAValue, init: SSAValue) -> None:
    """Prints `%iterArg = %0`. The arguments of both regions have this one name."""
    printer._ssa_values[body] = printer.print_ssa_value(condition)
    printer.print_string(" = ")
    printer.print_ssa_value(init)


def verify_branches(op: Operation, branches: Sequence[Region]) -> None:
    """Raises VerifyException unless each region takes nothing and returns the op's results."""
    for number, branch in enumerate(branches):
        what = f"needs a branch {number} that"
        verify_types(f"{what} takes", [], branch.block.arg_types)
        verify_types(f"{what} returns", op.result_types, types_of(returned(branch)))


@irdl_op_definition
class IfOp(IRDLOperation):
    """Runs one of two regions.

    ```mlir
    %1 = "stablehlo.if"(%0) ({
      stablehlo.return %a : tensor<4xf32>
    }, {
      stablehlo.return %b : tensor<4xf32>
    }) : (tensor<i1>) -> tensor<4xf32>
    ```
    """

    name = "stablehlo.if"

    pred = operand_def(CONDITION)
    res = var_result_def()
    true_branch = region_def("single_block")
    false_branch = region_def("single_block")

    traits = traits_def(RecursiveMemoryEffect(), TypedElements())

    def __init__(
        self,
        pred: SSAValue,
        true_branch: Region,
        false_branch: Region,
        result_types: Sequence[Attribute],
    ):
        super().__init__(
            operands=[pred], result_types=[result_types], regions=[true_branch, false_branch]
        )

    def verify_(self) -> None:
        verify_branches(self, self.regions)


@irdl_op_definition
class CaseOp(IRDLOperation):
    """Runs the region of an index, or the last one for an index that is outside of 0, 1, ...

    ```mlir
    %1 = "stablehlo.case"(%0) ({
      stablehlo.return %a : tensor<4xf32>
    }, {
      stablehlo.return %b : tensor<4xf32>
    }) : (tensor<i32>) -> tensor<4xf32>
    ```
    """

    name = "stablehlo.case"

    index = operand_def(INDEX)
    res = var_result_def()
    branches = var_region_def("single_block")

    traits = traits_def(RecursiveMemoryEffect(), TypedElements())

    def __init__(
        self, index: SSAValue, branches: Sequence[Region], result_types: Sequence[Attribute]
    ):
        super().__init__(operands=[index], result_types=[result_types], regions=[branches])

    def verify_(self) -> None:
        if not self.branches:
            raise VerifyException("needs at least one branch")
        verify_branches(self, self.branches)


CONTROL_OPS = [CaseOp, IfOp, WhileOp]
"""Every op of this file."""
