"""The `iree_ll_seq` dialect: the same program with memory decided and dispatches in order,
barriers between groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    MemRefType,
    SymbolRefAttr,
    i1,
    i8,
    i64,
)
from xdsl.ir import Attribute, Dialect, Operation, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.parser import Parser
from xdsl.printer import Printer
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.elements import row_of
from ireelite.dialects.sequencer import syntax
from ireelite.dialects.sequencer.iree import WORKLOAD_TYPE
from ireelite.dialects.sequencer.syntax import (
    AllocationOp,
    BufferConstantOp,
    BufferFillOp,
    SequencerReturnOp,
    check_entry_point,
    parse_entry_point,
    parse_operands_and_types,
    print_entry_point,
    print_operands_and_types,
)
from ireelite.syntax.elements import element_bytes


def is_open(type: Attribute) -> bool:
    """Returns whether a buffer's type leaves a size open."""
    return isinstance(type, MemRefType) and DYNAMIC_INDEX in type.get_shape()


def takes_open_sizes(function: Operation) -> bool:
    """Returns whether a kernel is dispatched over a workload that the host computes: it takes
    sizes, or buffers whose types leave some open.
    """
    arguments = function.regions[0].block.args
    return any(is_open(a.type) or not isinstance(a.type, MemRefType) for a in arguments)


@lru_cache(256)
def byte_size(type: Attribute) -> int:
    """Bytes of a buffer with a static shape."""
    assert isinstance(type, MemRefType)
    return row_of(type.element_type).packed_size(prod(type.get_shape()))


def allocated_size(type: Attribute) -> int:
    """Bytes to allocate and to bind for such a buffer:
    whole words, since shaders access narrow elements in those.
    """
    return -(-byte_size(type) // 4) * 4


LOW_BIT = bytes(byte & 1 for byte in range(256))


def contents(value: DenseIntOrFPElementsAttr) -> bytes:
    """Returns the bytes of a constant as a buffer holds them: a true is 1, whatever the text's bits
    were; elements of 2 and 4 bits share bytes, the first in the low bits.
    """
    data = element_bytes(value)
    if value.get_element_type() == i1:
        return data.translate(LOW_BIT)
    bits = row_of(value.get_element_type()).storage_bits
    return packed(data, bits) if bits < 8 else data


def fill_bytes(pattern: DenseIntOrFPElementsAttr) -> bytes:
    """Returns the bytes that, repeated, fill a buffer with a constant of one element: whole ones,
    also where elements share them.
    """
    bits = row_of(pattern.get_element_type()).storage_bits
    if bits >= 8:
        return contents(pattern)
    return packed(element_bytes(pattern) * (8 // bits), bits)


def packed(data: bytes, bits: int) -> bytes:
    """Elements of 2 or 4 bits, a byte each, put together."""
    mask, per_byte = (1 << bits) - 1, 8 // bits
    groups = (data[start : start + per_byte] for start in range(0, len(data), per_byte))
    return bytes(sum((e & mask) << n * bits for n, e in enumerate(group)) for group in groups)


@irdl_op_definition
class AllocHeapOp(AllocationOp):
    """A buffer that the function returns, or, with `iree.host_visible`, one that the host reads.

    ```mlir
    %0 = "iree_ll_seq.alloc_heap"() : () -> memref<4xf32>
    ```
    """

    name = "iree_ll_seq.alloc_heap"


@irdl_op_definition
class AllocArenaOp(IRDLOperation):
    """The one allocation that holds all transient buffers of a call.

    ```mlir
    %1 = "iree_ll_seq.alloc_arena"() : () -> memref<8192xi8>
    ```
    """

    name = "iree_ll_seq.alloc_arena"

    result = result_def(MemRefType)

    def __init__(self, size: int):
        super().__init__(result_types=[MemRefType(i8, [size])])


@irdl_op_definition
class SubspanOp(IRDLOperation):
    """A transient buffer: bytes of the arena from an offset. Buffers whose lifetimes are apart may
    overlap.

    ```mlir
    %2 = iree_ll_seq.subspan %1[256] : memref<8192xi8> -> memref<16x128xf32>
    ```
    """

    name = "iree_ll_seq.subspan"

    arena = operand_def(MemRefType)
    offset = prop_def(IntegerAttr)
    result = result_def(MemRefType)

    traits = traits_def(Pure())

    def __init__(self, arena: SSAValue, offset: int, type: Attribute):
        super().__init__(
            operands=[arena], properties={"offset": IntegerAttr(offset, i64)}, result_types=[type]
        )

    def verify_(self) -> None:
        end = self.offset.value.data + byte_size(self.result.type)
        if self.offset.value.data < 0 or end > byte_size(self.arena.type):
            raise VerifyException(
                f"bytes {self.offset.value.data} to {end} are outside the arena's "
                f"{byte_size(self.arena.type)}"
            )

    def print(self, printer: Printer) -> None:
        printer.print_string(" ")
        printer.print_ssa_value(self.arena)
        printer.print_string(f"[{self.offset.value.data}] : ")
        printer.print_attribute(self.arena.type)
        printer.print_string(" -> ")
        printer.print_attribute(self.result.type)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> SubspanOp:
        arena = parser.parse_unresolved_operand()
        with parser.in_square_brackets():
            offset = parser.parse_integer()
        parser.parse_punctuation(":")
        arena = parser.resolve_operand(arena, parser.parse_type())
        parser.parse_punctuation("->")
        op = cls(arena, offset, parser.parse_type())
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class ConstantOp(BufferConstantOp):
    """A read-only buffer that the module file holds.

    ```mlir
    %0 = iree_ll_seq.constant dense<[1.0, 2.0]> : tensor<2xf32>
    ```
    """

    name = "iree_ll_seq.constant"


@irdl_op_definition
class CopyOp(IRDLOperation):
    """Copies a whole buffer.

    ```mlir
    iree_ll_seq.copy %0, %1 : memref<4xf32>, memref<4xf32>
    ```
    """

    name = "iree_ll_seq.copy"

    source = operand_def(MemRefType)
    target = operand_def(MemRefType)

    assembly_format = "$source `,` $target attr-dict `:` type($source) `,` type($target)"

    def __init__(self, source: SSAValue, target: SSAValue):
        super().__init__(operands=[source, target])

    def verify_(self) -> None:
        if byte_size(self.source.type) != byte_size(self.target.type):
            raise VerifyException(f"can't copy a {self.source.type} to a {self.target.type}")


@irdl_op_definition
class FillOp(BufferFillOp):
    """Sets each element of a buffer to one value.

    ```mlir
    iree_ll_seq.fill dense<1.0> : tensor<f32>, %0 : memref<4xf32>
    ```
    """

    name = "iree_ll_seq.fill"


@irdl_op_definition
class StaticDispatchOp(IRDLOperation):
    """A dispatch whose workload is known.

    ```mlir
    iree_ll_seq.static_dispatch ex::entry[dense<[4, 1, 1]> : tensor<3xi32>](%arg0, %0)
        : (memref<4xf32>, memref<4xf32>) -> ()
    ```
    """

    name = "iree_ll_seq.static_dispatch"

    entry_point = prop_def(SymbolRefAttr)
    workload = prop_def(DenseIntOrFPElementsAttr)
    bindings = var_operand_def(MemRefType)

    def __init__(
        self,
        entry_point: SymbolRefAttr,
        workload: DenseIntOrFPElementsAttr,
        bindings: Sequence[SSAValue],
    ):
        super().__init__(
            operands=[bindings], properties={"entry_point": entry_point, "workload": workload}
        )

    def verify_(self) -> None:
        check_entry_point(self, self.entry_point, self.bindings)
        if self.workload.type != WORKLOAD_TYPE:
            raise VerifyException(f"workload must be a {WORKLOAD_TYPE}, not {self.workload.type}")

    def print(self, printer: Printer) -> None:
        print_entry_point(printer, self.entry_point)
        with printer.in_square_brackets():
            printer.print_attribute(self.workload)
        print_operands_and_types(printer, self.bindings)
        printer.print_op_attributes(self.attributes)

    @classmethod
    def parse(cls, parser: Parser) -> StaticDispatchOp:
        entry_point = parse_entry_point(parser)
        with parser.in_square_brackets():
            place = parser.pos
            workload = parser.parse_attribute()
        if not isinstance(workload, DenseIntOrFPElementsAttr):
            parser.raise_error("expected a dense constant as the workload", place)
        op = cls(entry_point, workload, parse_operands_and_types(parser))
        op.attributes |= parser.parse_optional_attr_dict()
        return op


@irdl_op_definition
class DynamicDispatchOp(syntax.DynamicDispatchOp):
    """A dispatch over a workload of three sizes that the host computes. The sizes that the entry
    point computes with are its last arguments.

    ```mlir
    iree_ll_seq.dynamic_dispatch ex::entry[%n, %c1, %c1](%arg0, %1, %n)
        : (memref<?xf32>, memref<?xf32>, index) -> ()
    ```
    """

    name = "iree_ll_seq.dynamic_dispatch"


@irdl_op_definition
class BarrierOp(IRDLOperation):
    """Everything before it is finished and visible before anything after it starts.

    ```mlir
    iree_ll_seq.barrier
    ```
    """

    name = "iree_ll_seq.barrier"

    assembly_format = "attr-dict"

    def __init__(self):
        super().__init__()


@irdl_op_definition
class ReturnOp(SequencerReturnOp):
    """Ends a sequencer function with the buffers it returns.

    ```mlir
    iree_ll_seq.return %0 : memref<4xf32>
    ```
    """

    name = "iree_ll_seq.return"


IreeLlSeq = Dialect(
    "iree_ll_seq",
    [
        AllocHeapOp,
        AllocArenaOp,
        SubspanOp,
        ConstantOp,
        CopyOp,
        FillOp,
        StaticDispatchOp,
        DynamicDispatchOp,
        BarrierOp,
        ReturnOp,
    ],
)
