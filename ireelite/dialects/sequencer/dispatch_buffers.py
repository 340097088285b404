"""Ops of the `iree` dialect by which the function of a dispatch reads its input buffers as tensors,
and writes tensors to its output buffers.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import BoolAttr, IndexType, MemRefType, TensorType
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import (
    IRDLOperation,
    ParsePropInAttrDict,
    irdl_op_definition,
    operand_def,
    prop_def,
    result_def,
    traits_def,
    var_operand_def,
)
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.sequencer.open_sizes import open_dimensions


@irdl_op_definition
class LoadInputOp(IRDLOperation):
    """Reads a whole input buffer of a dispatch as a tensor; each target decides how. The sizes that
    its type leaves open are operands.

    ```mlir
    %0 = iree.load_input(%arg0 : memref<4xf32>) : tensor<4xf32>
    %1 = iree.load_input(%arg1 : memref<?xf32>) sizes(%n) : tensor<?xf32>
    ```
    """

    name = "iree.load_input"

    source = operand_def(MemRefType)
    sizes = var_operand_def(IndexType())
    result = result_def(TensorType)

    traits = traits_def(Pure())

    assembly_format = (
        "`` `(` $source `:` type($source) `)` (`sizes` `(` $sizes^ `)`)? attr-dict `:` "
        "type($result)"
    )

    def __init__(self, source: SSAValue, result_type: Attribute, sizes: Sequence[SSAValue] = ()):
        super().__init__(operands=[source, sizes], result_types=[result_type])

    def verify_(self) -> None:
        check_same_contents(self.result.type, self.source.type)
        if len(self.sizes) != (count := len(open_dimensions(self.result.type))):
            raise VerifyException(
                f"a {self.result.type} has {count} open sizes, but {len(self.sizes)} are given"
            )


@irdl_op_definition
class StoreOutputOp(IRDLOperation):
    """Writes a tensor to a whole output buffer of a dispatch; each target decides how.

    ```mlir
    iree.store_output(%2 : tensor<4xf32>, %arg2 : memref<4xf32>)
    ```
    """

    name = "iree.store_output"

    value = operand_def(TensorType)
    target = operand_def(MemRefType)

    assembly_format = "`` `(` $value `:` type($value) `,` $target `:` type($target) `)` attr-dict"

    def __init__(self, value: SSAValue, target: SSAValue):
        super().__init__(operands=[value, target])

    def verify_(self) -> None:
        check_same_contents(self.value.type, self.target.type)


@irdl_op_definition
class UpdateOutputOp(IRDLOperation):
    """Writes a tensor to a part of an output buffer, which keeps all else that it holds. The part
    begins at elements of integer tensors of rank 0, clamped so that it lies inside.

    ```mlir
    iree.update_output(%1 : tensor<2xf32>, %arg2 : memref<8xf32>) at %0 : tensor<i32> {unsigned = false}
    ```
    """

    name = "iree.update_output"

    value = operand_def(TensorType)
    target = operand_def(MemRefType)
    starts = var_operand_def(TensorType)
    unsigned = prop_def(BoolAttr)

    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "`` `(` $value `:` type($value) `,` $target `:` type($target) `)` `at` $starts `:` "
        "type($starts) attr-dict"
    )

    def __init__(
        self, value: SSAValue, target: SSAValue, starts: Sequence[SSAValue], unsigned: BoolAttr
    ):
        super().__init__(operands=[value, target, starts], properties={"unsigned": unsigned})

    @property
    def highest(self) -> list[int]:
        """The last start of each dimension from which the part is inside of the buffer."""
        value, target = self.value.type, self.target.type
        assert isinstance(value, TensorType) and isinstance(target, MemRefType)
        return [a - b for a, b in zip(target.get_shape(), value.get_shape(), strict=True)]

    def verify_(self) -> None:
        value, target = self.value.type, self.target.type
        assert isinstance(value, TensorType) and isinstance(target, MemRefType)
        part, whole = value.get_shape(), target.get_shape()
        if value.element_type != target.element_type or len(part) != len(whole):
            raise VerifyException(f"can't write a {value} to a part of a {target}")
        if any(a > b for a, b in zip(part, whole, strict=True)) or len(self.starts) != len(whole):
            raise VerifyException(
                f"needs a part of {target} and {len(whole)} starts, not {value} and "
                f"{len(self.starts)}"
            )


def check_same_contents(tensor: Attribute, memref: Attribute) -> None:
    """Raises unless a tensor and a buffer have the same shape and element type."""
    assert isinstance(tensor, TensorType) and isinstance(memref, MemRefType)
    if (tensor.get_shape(), tensor.element_type) != (memref.get_shape(), memref.element_type):
        raise VerifyException(f"{tensor} and {memref} differ in shape or element type")


OPS = [LoadInputOp, StoreOutputOp, UpdateOutputOp]
"""Every op of this file."""
