"""`iree_tensor.lu`: elimination by columns, in the buffer of the factors.

Loops have constant bounds, and what is not below or behind a pivot is left out by a branch: devices
that end long loops divide those whose number of turns is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, memref
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import LuOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.kernels.control import choose, for_loop, when
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.kernels.numeric_fields import Field, each
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices


class Matrix:
    """One matrix of the factors' buffer."""

    def __init__(self, op: LuOp, point: Indices, buffer: SSAValue, kernel: Kernel):
        self.rows, self.columns = shape_of(op.a)[-2:]
        self.outer = [kernel.index(index) for index in point]
        self.buffer, self.kernel = buffer, kernel
        self.field = Field(element_type_of(op.a), kernel)

    def load(self, i: SSAValue, j: SSAValue) -> SSAValue:
        """Returns an element."""
        return self.kernel.to.insert(memref.LoadOp.get(self.buffer, [*self.outer, i, j])).res

    def store(self, value: SSAValue, i: SSAValue, j: SSAValue) -> None:
        """Puts an element in its place."""
        self.kernel.to.insert(memref.StoreOp.get(value, self.buffer, [*self.outer, i, j]))

    def behind(self, a: SSAValue, b: SSAValue) -> SSAValue:
        """Returns whether index a is greater than index b."""
        return (Number(b, self.kernel) < Number(a, self.kernel)).value

    def find_pivot(self, k: SSAValue) -> SSAValue:
        """Returns the first row, from k on, with the largest element of column k."""

        def turn(i: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            def compare() -> Sequence[SSAValue]:
                size = self.field.size(self.load(i, k))
                larger = self.kernel.to.insert(arith.CmpfOp(size, carried[1], "ogt")).result
                return [
                    self.kernel.to.insert(arith.SelectOp(larger, new, old)).result
                    for new, old in zip((i, size), carried, strict=True)
                ]

            return choose(self.kernel, self.behind(i, k), compare, lambda: carried)

        start = [k, self.field.size(self.load(k, k))]
        return for_loop(
            self.kernel, self.kernel.number(0), self.kernel.number(self.rows), start, turn, "i"
        )[0]

    def swap(self, k: SSAValue, other: SSAValue) -> None:
        """Swaps two rows."""

        def turn(j: SSAValue) -> None:
            upper, lower = self.load(k, j), self.load(other, j)
            self.store(lower, k, j)
            self.store(upper, other, j)

        each(self.kernel, self.columns, turn, "j")

    def eliminate(self, k: SSAValue) -> None:
        """Makes column k of L, and takes it times row k from what is behind both."""
        pivot = self.load(k, k)

        def row(i: SSAValue) -> None:
            def reduce() -> None:
                factor = self.field.divide(self.load(i, k), pivot)
                self.store(factor, i, k)

                def turn(j: SSAValue) -> None:
                    def subtract() -> None:
                        product = self.field.multiply(factor, self.load(k, j))
                        self.store(self.field.subtract(self.load(i, j), product), i, j)

                    when(self.kernel, self.behind(j, k), subtract)

                each(self.kernel, self.columns, turn, "j")

            when(self.kernel, self.behind(i, k), reduce)

        zero = self.kernel.to.insert(
            arith.CmpfOp(self.field.size(pivot), self.field.size(self.field.zero()), "une")
        ).result
        when(self.kernel, zero, lambda: each(self.kernel, self.rows, row, "i"))


def build_lu(op: LuOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    factors, swaps = outputs
    matrix = Matrix(op, point, factors, kernel)

    def copy_row(i: SSAValue) -> None:
        def copy(j: SSAValue) -> None:
            at = (*point, kernel.variable(i, matrix.rows), kernel.variable(j, matrix.columns))
            matrix.store(kernel.pull([Read(op.a, at)])[0], i, j)

        each(kernel, matrix.columns, copy, "j")

    def step(k: SSAValue) -> None:
        pivot = matrix.find_pivot(k)
        number = kernel.to.insert(arith.IndexCastOp(pivot, i32)).result
        kernel.to.insert(memref.StoreOp.get(number, swaps, [*matrix.outer, k]))
        matrix.swap(k, pivot)
        matrix.eliminate(k)

    each(kernel, matrix.rows, copy_row, "i")
    each(kernel, min(matrix.rows, matrix.columns), step, "k")
