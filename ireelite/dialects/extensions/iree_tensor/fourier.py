"""Stages of Fourier transforms of rows."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import BoolAttr, ComplexType, IntegerAttr, TensorType
from xdsl.ir import SSAValue
from xdsl.irdl import irdl_op_definition, operand_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.extensions.iree_tensor.kernel_op import UNBOUNDED_READS, KernelOp, integer
from ireelite.dialects.tensor_types import element_type_of, shape_of

LARGEST_BUTTERFLY = 8
"""The largest radix: one point of a stage has so many complex numbers in registers."""


@irdl_op_definition
class FftStageOp(KernelOp):
    """One stage of Stockham's algorithm on each row of a matrix.

    A row is seen as [r, m, done], for twiddles of [r, m]: element (k, j, l) of its r-point transforms
    over the first dimension, times the twiddle (k, j), goes to (j, k, l) of a row seen as [m, r,
    done]. A following stage with r times as many `done` transforms the rest, m. The roots of an
    inverse stage are the conjugates. The workload is rows, m, and done.

        %1 = iree_tensor.fft_stage %0, %twiddles {done = 1 : i64, inverse = false}
            : (tensor<2x12xcomplex<f32>>, tensor<4x3xcomplex<f32>>) -> tensor<2x12xcomplex<f32>>
    """

    name = "iree_tensor.fft_stage"

    rows = operand_def(TensorType)
    twiddles = operand_def(TensorType)
    done = prop_def(IntegerAttr)
    inverse = prop_def(BoolAttr)
    result = result_def(TensorType)

    traits = traits_def(Pure())

    def __init__(self, rows: SSAValue, twiddles: SSAValue, done: int, inverse: bool):
        super().__init__(
            operands=[rows, twiddles],
            properties={"done": integer(done), "inverse": BoolAttr.from_bool(inverse)},
            result_types=[rows.type],
        )

    @property
    def extents(self) -> tuple[int, int, int]:
        """A row's extents: r, m, done."""
        radix, rest = shape_of(self.twiddles)
        return radix, rest, self.done.value.data

    @property
    def workload(self) -> tuple[int, ...]:
        return (shape_of(self.rows)[0], *self.extents[1:])

    @property
    def reads(self) -> Sequence[int]:
        return [1, UNBOUNDED_READS]

    def verify_(self) -> None:
        element = element_type_of(self.rows)
        if not isinstance(element, ComplexType) or len(shape_of(self.rows)) != 2:
            raise VerifyException(f"takes rows of complex numbers, not {self.rows.type}")
        if len(shape_of(self.twiddles)) != 2 or element_type_of(self.twiddles) != element:
            raise VerifyException(
                f"needs twiddles of two dimensions, of {element}, not {self.twiddles.type}"
            )
        if not 2 <= self.extents[0] <= LARGEST_BUTTERFLY:
            raise VerifyException(
                f"has a radix from 2 to {LARGEST_BUTTERFLY}, not {self.extents[0]}"
            )
        if prod(self.extents) != shape_of(self.rows)[1]:
            product = " times ".join(map(str, self.extents))
            raise VerifyException(f"has rows of {shape_of(self.rows)[1]} numbers, not of {product}")
        if self.result.type != self.rows.type:
            raise VerifyException("yields a tensor of another type than its rows")
