"""`iree_tensor.tridiagonal_solve`: elimination along the diagonals, in the buffers of the results.

Where the element below a pivot is larger, both rows are swapped, which makes a third diagonal above:
it takes the places of the one below, which are free by then.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor.triangular import TridiagonalSolveOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.kernels.entries import (
    Entry,
    Matrix,
    as_entry,
    copy_matrix,
    turns,
    where,
)
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Indices


class Diagonals:
    """One system: its diagonals, and its right sides, which become the solutions."""

    def __init__(self, matrices: Sequence[Matrix], shape: tuple[int, int], kernel: Kernel):
        self.below, self.diagonal, self.above, self.x = matrices
        self.size, self.columns = shape
        self.kernel = kernel

    def eliminate(self, i: Number) -> None:
        """Takes a multiple of row i, or of the row that is swapped with it, from the other."""
        low, pivot = self.below[i], self.diagonal[i]
        larger = pivot.size() >= low.size()
        with where(larger & (pivot.size() > 0.0), self.kernel):
            self.subtract(i, low / pivot)
        with where(low.size() > pivot.size(), self.kernel):
            self.swap(i, low, pivot / low)

    def subtract(self, i: Number, factor: Entry) -> None:
        """Takes a multiple of row i from the next."""
        self.diagonal[i + 1] = self.diagonal[i + 1] - factor * self.above[i]
        self.below[i] = self.below.entry(0.0)
        for j in turns(self.kernel, self.columns, "j"):
            self.x[i + 1, j] = self.x[i + 1, j] - factor * self.x[i, j]

    def swap(self, i: Number, pivot: Entry, factor: Entry) -> None:
        """Swaps row i with the next, and takes a multiple of it from what was row i."""
        upper, lower = self.above[i], self.diagonal[i + 1]
        self.diagonal[i], self.diagonal[i + 1] = pivot, upper - factor * lower
        self.above[i], self.below[i] = lower, self.below.entry(0.0)
        with where(i < self.number(self.size - 2), self.kernel):
            self.below[i] = self.above[i + 1]
            self.above[i + 1] = -(factor * self.below[i])
        for j in turns(self.kernel, self.columns, "j"):
            upper, lower = self.x[i, j], self.x[i + 1, j]
            self.x[i, j], self.x[i + 1, j] = lower, upper - factor * lower

    def substitute(self, i: Number) -> None:
        """Solves row i, when those below it are solved."""
        for j in turns(self.kernel, self.columns, "j"):
            with where(i < self.number(self.size - 1), self.kernel):
                self.x[i, j] = self.x[i, j] - self.above[i] * self.x[i + 1, j]
            with where(i < self.number(self.size - 2), self.kernel):
                self.x[i, j] = self.x[i, j] - self.below[i] * self.x[i + 2, j]
            self.x[i, j] = self.x[i, j] / self.diagonal[i]

    def number(self, value: int) -> Number:
        return Number(self.kernel.number(max(value, 0)), self.kernel)


def build_tridiagonal_solve(
    op: TridiagonalSolveOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    outer = [kernel.index(index) for index in point]
    matrices = [Matrix(buffer, outer, kernel) for buffer in outputs]
    size, columns = shape_of(op.b)[-2:]
    for value, matrix in zip(op.operands[:3], matrices, strict=False):
        extent = shape_of(value)[-1]
        for i in turns(kernel, extent, "i"):
            read = Read(value, (*point, kernel.variable(i.value, extent)))
            matrix[i] = as_entry(kernel.pull([read])[0], kernel)
    copy_matrix(op.b, point, matrices[3], kernel)
    system = Diagonals(matrices, (size, columns), kernel)
    for i in turns(kernel, size - 1, "i"):
        system.eliminate(i)
    for turn in turns(kernel, size, "turn"):
        system.substitute(system.number(size - 1) - turn)
