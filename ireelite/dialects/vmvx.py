"""The `vmvx` dialect: calls of the microkernels that every VMVX runtime has, in scheduled kernels.

A microkernel is a function of the VM module `vmvx`. It sees a buffer as a row of elements; offsets,
strides and sizes count elements. Source: the imports of IREE's VMVX runtime, version 0.
"""

from __future__ import annotations

from xdsl.dialects.builtin import (
    FixedBitwidthType,
    IndexType,
    MemRefType,
    f32,
    i1,
    i8,
    i32,
)
from xdsl.ir import Attribute, Dialect, SSAValue
from xdsl.irdl import (
    AttrSizedOperandSegments,
    IRDLOperation,
    irdl_op_definition,
    operand_def,
    opt_operand_def,
    traits_def,
)
from xdsl.traits import MemoryReadEffect, MemoryWriteEffect
from xdsl.utils.exceptions import VerifyException

PRODUCTS: dict[tuple[Attribute, Attribute], int] = {(f32, f32): 1, (i8, i32): 2}
"""Element types of the operands and of the result of `vmvx.mmt4d` -> its type in the flags."""
COPIED_BITS = (8, 16, 32, 64)
"""Widths of the elements that `vmvx.copy` copies."""

_INDEX = IndexType()


def element_of(buffer: SSAValue) -> Attribute:
    """Returns the element type of a buffer."""
    assert isinstance(buffer.type, MemRefType)
    return buffer.type.element_type


@irdl_op_definition
class Mmt4dOp(IRDLOperation):
    """The product of a matrix in tiles, `[m, k, m0, k0]`, with the transpose of another one,
    `[n, k, n0, k0]`, in `[m, n, m0, n0]`; row strides are between rows of tiles. The result is added
    to what the output holds where `accumulate` is true.

        vmvx.mmt4d lhs(%a offset %0 row_stride %s : memref<64x48xf32>) rhs(%b offset %0 row_stride
          %s : memref<32x48xf32>) out(%c offset %0 row_stride %n : memref<64x32xf32>)
          sizes(%m, %n, %k) tile(%m0, %n0, %k0)
    """

    name = "vmvx.mmt4d"

    lhs = operand_def(MemRefType)
    lhs_offset = operand_def(_INDEX)
    lhs_stride = operand_def(_INDEX)
    rhs = operand_def(MemRefType)
    rhs_offset = operand_def(_INDEX)
    rhs_stride = operand_def(_INDEX)
    out = operand_def(MemRefType)
    out_offset = operand_def(_INDEX)
    out_stride = operand_def(_INDEX)
    m = operand_def(_INDEX)
    n = operand_def(_INDEX)
    k = operand_def(_INDEX)
    m0 = operand_def(_INDEX)
    n0 = operand_def(_INDEX)
    k0 = operand_def(_INDEX)
    accumulate = opt_operand_def(i1)

    irdl_options = (AttrSizedOperandSegments(as_property=True),)
    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    assembly_format = (
        "`lhs` `(` $lhs `offset` $lhs_offset `row_stride` $lhs_stride `:` type($lhs) `)` "
        "`rhs` `(` $rhs `offset` $rhs_offset `row_stride` $rhs_stride `:` type($rhs) `)` "
        "`out` `(` $out `offset` $out_offset `row_stride` $out_stride `:` type($out) `)` "
        "`sizes` `(` $m `,` $n `,` $k `)` `tile` `(` $m0 `,` $n0 `,` $k0 `)` "
        "(`accumulate` `(` $accumulate^ `)`)? attr-dict"
    )

    @property
    def types(self) -> tuple[Attribute, Attribute]:
        """The element types of the operands and of the result."""
        return element_of(self.lhs), element_of(self.out)

    def verify_(self) -> None:
        if element_of(self.rhs) != element_of(self.lhs):
            raise VerifyException(
                f"multiplies elements of one type, not {element_of(self.lhs)} and "
                f"{element_of(self.rhs)}"
            )
        if self.types not in PRODUCTS:
            known = ", ".join(f"{source} in {result}" for source, result in PRODUCTS)
            raise VerifyException(
                f"has no product of {self.types[0]} in {self.types[1]}; it has those of {known}"
            )


@irdl_op_definition
class CopyOp(IRDLOperation):
    """Copies a matrix to another place, row by row; strides are between rows and between columns.

    vmvx.copy in(%a offset %0 strides[%c1, %c48] : memref<48x32xf32>)
      out(%b offset %0 strides[%c48, %c1] : memref<32x48xf32>) sizes(%c32, %c48)
    """

    name = "vmvx.copy"

    source = operand_def(MemRefType)
    in_offset = operand_def(_INDEX)
    in_stride0 = operand_def(_INDEX)
    in_stride1 = operand_def(_INDEX)
    target = operand_def(MemRefType)
    out_offset = operand_def(_INDEX)
    out_stride0 = operand_def(_INDEX)
    out_stride1 = operand_def(_INDEX)
    rows = operand_def(_INDEX)
    columns = operand_def(_INDEX)

    traits = traits_def(MemoryReadEffect(), MemoryWriteEffect())

    assembly_format = (
        "`in` `(` $source `offset` $in_offset `strides` `[` $in_stride0 `,` $in_stride1 `]` "
        "`:` type($source) `)` "
        "`out` `(` $target `offset` $out_offset `strides` `[` $out_stride0 `,` $out_stride1 `]` "
        "`:` type($target) `)` `sizes` `(` $rows `,` $columns `)` attr-dict"
    )

    @property
    def bits(self) -> int:
        """The width of an element."""
        type = element_of(self.source)
        return type.bitwidth if isinstance(type, FixedBitwidthType) else 0

    def verify_(self) -> None:
        if element_of(self.source) != element_of(self.target):
            raise VerifyException(
                f"copies elements of one type, not {element_of(self.source)} to "
                f"{element_of(self.target)}"
            )
        if self.bits not in COPIED_BITS:
            raise VerifyException(
                f"copies elements of 8, 16, 32 or 64 bits, not {element_of(self.source)}"
            )


Vmvx = Dialect("vmvx", [Mmt4dOp, CopyOp])
