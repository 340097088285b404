"""The `memref` dialect of the project: xDSL's, with ops that schedules need in addition."""

from __future__ import annotations

from xdsl.dialects.builtin import I1, MemRefType, i64
from xdsl.dialects.memref import MemRef as XDSL_MEMREF
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import IRDLOperation, irdl_op_definition, operand_def
from xdsl.utils.exceptions import VerifyException


@irdl_op_definition
class AppendOp(IRDLOperation):
    """Appends a number to a buffer if a condition holds:

        `memref.append %value if %flag to %buffer count %count : memref<64xi32>, memref<i64>`

    `count` holds how many numbers have been appended to the buffer, and is incremented. Elements
    after the appended ones may be overwritten with arbitrary values. Points that run in lockstep
    append in the order of their lanes; the buffer must then have room for as many further numbers
    as there are lanes.
    """

    name = "memref.append"

    value = operand_def()
    flag = operand_def(I1)
    buffer = operand_def(MemRefType)
    count = operand_def(MemRefType)

    assembly_format = (
        "$value `if` $flag `to` $buffer `count` $count attr-dict `:` type($value) `,` "
        "type($buffer) `,` type($count)"
    )

    def __init__(self, value: SSAValue, flag: SSAValue, buffer: SSAValue, count: SSAValue):
        super().__init__(operands=[value, flag, buffer, count])

    def verify_(self) -> None:
        buffer, count = self.buffer.type, self.count.type
        assert isinstance(buffer, MemRefType) and isinstance(count, MemRefType)
        if len(buffer.get_shape()) != 1:
            raise VerifyException(f"the buffer must have rank 1, not type {buffer}")
        if buffer.element_type != self.value.type:
            raise VerifyException(f"a value of type {self.value.type} is appended to {buffer}")
        if count != count_type():
            raise VerifyException(f"the count must be a {count_type()}, not {count}")


def count_type() -> Attribute:
    """Returns the type of a buffer that holds the number of elements appended to another buffer."""
    return MemRefType(i64, [])


MemRef = Dialect("memref", [*XDSL_MEMREF.operations, AppendOp], [*XDSL_MEMREF.attributes])
