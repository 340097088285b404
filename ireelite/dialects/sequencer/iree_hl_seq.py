"""The `iree_hl_seq` dialect: what to dispatch,
with a buffer for every value and no decision on memory yet.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import MemRefType, SymbolRefAttr, i32
from xdsl.ir import Dialect, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.sequencer import syntax
from ireelite.dialects.sequencer.syntax import (
    AllocationOp,
    BufferFillOp,
    SequencerReturnOp,
    check_entry_point,
    parse_entry_point,
    parse_operands_and_types,
    print_entry_point,
    print_operands_and_types,
)

WORKLOAD_BUFFER = MemRefType(i32, [3])


@irdl_op_definition
class AllocHeapOp(AllocationOp):
    """A new buffer for one value.

    ```mlir
    %1 = "iree_hl_seq.alloc_heap"() : () -> memref<4xf32>
    ```
    """

    name = "iree_hl_seq.alloc_heap"


@irdl_op_definition
class CopyOp(IRDLOperation):
    """Copies a whole buffer.

    ```mlir
    iree_hl_seq.copy %0, %1 : memref<4xf32>, memref<4xf32>
    ```
    """

    name = "iree_hl_seq.copy"

    source = operand_def(MemRefType)
    target = operand_def(MemRefType)

    assembly_format = "$source `,` $target attr-dict `:` type($source) `,` type($target)"

    def __init__(self, source: SSAValue, target: SSAValue):
        super().__init__(operands=[source, target])

    def verify_(self) -> None:
        if self.source.type != self.target.type:
            raise VerifyException(f"can't copy a {self.source.type} to a {self.target.type}")


@irdl_op_definition
class FillOp(BufferFillOp):
    """Sets each element of a buffer to one value.

    ```mlir
    iree_hl_seq.fill dense<1.0> : tensor<f32>, %0 : memref<4xf32>
    ```
    """

    name = "iree_hl_seq.fill"


@irdl_op_definition
class DispatchOp(IRDLOperation):
    """Calls an entry point of an executable over a workload that is a value. Outputs are the last
    arguments.

    ```mlir
    iree_hl_seq.dispatch ex::entry[%0 : memref<3xi32>](%arg0, %1) : (memref<4xf32>, memref<4xf32>) -> ()
    ```
    """

    name = "iree_hl_seq.dispatch"

    entry_point = prop_def(SymbolRefAttr)
    workload = operand_def(MemRefType)
    bindings = var_operand_def(MemRefType)

    def __init__(
        self, entry_point: SymbolRefAttr, workload: SSAValue, bindings: Sequence[SSAValue]
    ):
        super().__init__(operands=[workload, bindings], properties={"entry_point": entry_point})

    def verify_(self) -> None:
        check_entry_point(self, self.entry_point, self.bindings)
        if self.workload.type != WORKLOAD_BUFFER:
            raise VerifyException(f"workload must be a {WORKLOAD_BUFFER}, not {self.workload.type}")

    def print(self, printer: Printer) -> None:
        print_entry_point(printer, self.entry_point)
        with printer.in_square_brackets():
            printer.print_ssa_value(self.workload)
            printer.print_string(" : ")
            printer.print_attribute(self.workload.type)
        print_operands_and_types(printer, self.bindings)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> DispatchOp:
        entry_point = parse_entry_point(parser)
        with parser.in_square_brackets():
            unresolved = parser.parse_unresolved_operand()
            parser.parse_punctuation(":")
            workload = parser.resolve_operand(unresolved, parser.parse_type())
        op = cls(entry_point, workload, parse_operands_and_types(parser))
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class DynamicDispatchOp(syntax.DynamicDispatchOp):
    """A dispatch over a workload of three sizes that the host computes. The sizes that the entry
    point computes with are its last arguments.

    ```mlir
    iree_hl_seq.dynamic_dispatch ex::entry[%n, %c1, %c1](%arg0, %1, %n)
        : (memref<?xf32>, memref<?xf32>, index) -> ()
    ```
    """

    name = "iree_hl_seq.dynamic_dispatch"


@irdl_op_definition
class ReturnOp(SequencerReturnOp):
    """Ends a sequencer function with the buffers it returns.

    ```mlir
    iree_hl_seq.return %1 : memref<4xf32>
    ```
    """

    name = "iree_hl_seq.return"


IreeHlSeq = Dialect(
    "iree_hl_seq", [AllocHeapOp, CopyOp, DispatchOp, DynamicDispatchOp, FillOp, ReturnOp]
)
