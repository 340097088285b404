"""Ops of the `iree` dialect for tensors whose types leave sizes open: `tensor<?x4xf32>`.

The sizes of such a tensor are values of type `index`, which the host computes: `tensor.dim` of the
arguments, and arithmetic. A dispatch region takes the sizes that it computes with as inputs, and
says which sizes its results have; its workload is three sizes, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import DYNAMIC_INDEX, IndexType, StringAttr, TensorType
from xdsl.ir import Attribute, Region, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    VarConstraint,
    base,
    irdl_op_definition,
    operand_def,
    prop_def,
    region_def,
    result_def,
    traits_def,
    var_operand_def,
    var_result_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import IsolatedFromAbove, Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.sequencer.bindings import (
    parse_bindings,
    print_bindings,
    verify_bindings,
)


def open_dimensions(type: Attribute) -> list[int]:
    """Returns the dimensions whose sizes a tensor's type leaves open."""
    if not isinstance(type, TensorType):
        return []
    return [d for d, size in enumerate(type.get_shape()) if size == DYNAMIC_INDEX]


@irdl_op_definition
class SizedOp(IRDLOperation):
    """A tensor whose open sizes are these, in the order of its dimensions.

    ```mlir
    %1 = iree.sized %0 sizes(%n) : tensor<?x4xf32>
    ```
    """

    name = "iree.sized"

    T: ClassVar = VarConstraint("T", base(TensorType))

    source = operand_def(T)
    sizes = var_operand_def(IndexType())
    result = result_def(T)

    traits = traits_def(Pure())

    assembly_format = "$source `sizes` `(` $sizes `)` attr-dict `:` type($source)"

    def __init__(self, source: SSAValue, sizes: Sequence[SSAValue]):
        super().__init__(operands=[source, sizes], result_types=[source.type])

    def verify_(self) -> None:
        count = len(open_dimensions(self.source.type))
        if len(self.sizes) != count:
            raise VerifyException(
                f"a {self.source.type} has {count} open sizes, but {len(self.sizes)} are given"
            )


@irdl_op_definition
class CheckSizeOp(IRDLOperation):
    """Fails with a message where a size is not what the program's types and ops ask for. A number in
    braces stands for one of the values that follow the message.

    ```mlir
    iree.check_size %m is %n or "'stablehlo.add': dimension 0 of operand 1 has another size"
    iree.check_size %m is %n or "expected an even size, not {0}"(%k)
    ```
    """

    name = "iree.check_size"

    size = operand_def(IndexType())
    expected = operand_def(IndexType())
    values = var_operand_def(IndexType())
    message = prop_def(StringAttr)

    assembly_format = "$size `is` $expected `or` $message (`(` $values^ `)`)? attr-dict"

    def __init__(
        self, size: SSAValue, expected: SSAValue, message: str, values: Sequence[SSAValue] = ()
    ):
        properties = {"message": StringAttr(message)}
        super().__init__(operands=[size, expected, values], properties=properties)


@irdl_op_definition
class DynamicDispatchRegionOp(IRDLOperation):
    """Work that one dispatch will do, over a workload that the host computes, isolated from what
    surrounds it. Its inputs are tensors and sizes; the open sizes of its results follow their types.

    ```mlir
    %0 = iree.dynamic_dispatch_region[%n, %c1, %c1](%arg1 = %a : tensor<?xf32>, %s = %n : index)
        : (tensor<?xf32>) sizes(%n) {
      %1 = iree.sized %arg1 sizes(%s) : tensor<?xf32>
      %2 = math.exp %1 : tensor<?xf32>
      iree.return %2 : tensor<?xf32>
    }
    ```
    """

    name = "iree.dynamic_dispatch_region"

    workload = var_operand_def(IndexType())
    inputs = var_operand_def()
    sizes = var_operand_def(IndexType())
    outputs = var_result_def(TensorType)
    body = region_def("single_block")

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(IsolatedFromAbove())

    def __init__(
        self,
        workload: Sequence[SSAValue],
        inputs: Sequence[SSAValue],
        sizes: Sequence[SSAValue],
        result_types: Sequence[Attribute],
        body: Region,
    ):
        super().__init__(
            operands=[workload, inputs, sizes], result_types=[result_types], regions=[body]
        )

    def output_sizes(self) -> list[list[SSAValue]]:
        """Returns the open sizes of each result."""
        sizes = iter(self.sizes)
        return [[next(sizes) for _ in open_dimensions(r.type)] for r in self.outputs]

    def verify_(self) -> None:
        if len(self.workload) != 3:
            raise VerifyException(f"a workload has three sizes, not {len(self.workload)}")
        verify_bindings(self.body, self.inputs, self.outputs)
        count = sum(len(open_dimensions(type)) for type in self.result_types)
        if len(self.sizes) != count:
            raise VerifyException(
                f"its results have {count} open sizes, but {len(self.sizes)} are given"
            )

    def print(self, printer: Printer) -> None:
        with printer.in_square_brackets():
            printer.print_list(self.workload, printer.print_ssa_value)
        printer.enter_scope()
        print_bindings(printer, self.body, self.inputs)
        printer.print_string(" : ")
        with printer.in_parens():
            printer.print_list(self.result_types, printer.print_attribute)
        printer.print_string(" sizes")
        with printer.in_parens():
            printer.print_list(self.sizes, printer.print_ssa_value)
        printer.print_string(" ")
        printer.print_region(self.body, print_entry_block_args=False)
        printer.exit_scope()
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> DynamicDispatchRegionOp:
        def indices(delimiter: Parser.Delimiter) -> list[SSAValue]:
            unresolved = parser.parse_comma_separated_list(
                delimiter, parser.parse_unresolved_operand
            )
            return [parser.resolve_operand(value, IndexType()) for value in unresolved]

        workload = indices(Parser.Delimiter.SQUARE)
        arguments, inputs = parse_bindings(parser)
        parser.parse_punctuation(":")
        types = parser.parse_comma_separated_list(Parser.Delimiter.PAREN, parser.parse_type)
        parser.parse_keyword("sizes")
        sizes = indices(Parser.Delimiter.PAREN)
        body = parser.parse_region(arguments)
        op = cls(workload, inputs, sizes, types, body)
        op.attributes |= parser.parse_optional_attr_dict()
        return op


OPS = [SizedOp, CheckSizeOp, DynamicDispatchRegionOp]
