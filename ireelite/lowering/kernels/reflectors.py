"""`iree_tensor.qr`, `iree_tensor.hessenberg` and `iree_tensor.reflect`: Householder's reflectors.

A reflector is `I - tau v vᴴ`, as LAPACK has it: v is 0 above its first element, which is 1 and is not
stored; the element that stands in its place, `beta`, is real, and has the sign that the number there
had not. Loops have constant bounds: devices that end long loops divide those.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, memref
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor.reflectors import HessenbergOp, QrOp, ReflectOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.kernels.entries import (
    Entry,
    Matrix,
    accumulate,
    as_entry,
    copy_matrix,
    equal,
    largest_entry,
    largest_from,
    total,
    turns,
    where,
)
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.scalars.scalar import Scalar
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Index, Indices


class Reduction:
    """Matrices whose columns reflectors reduce, one after the other."""

    def __init__(self, a: SSAValue, point: Indices, buffer: SSAValue, kernel: Kernel):
        self.rows, self.columns = shape_of(a)[-2:]
        self.outer = [kernel.index(index) for index in point]
        self.matrix = Matrix(buffer, self.outer, kernel)
        self.kernel = kernel
        copy_matrix(a, point, self.matrix, kernel)

    def reflector(self, first: Number, column: Number) -> Entry:
        """Replaces a column, from its row `first` on, by beta and the reflector that makes beta of
        it; returns tau.
        """
        a, kernel = self.matrix, self.kernel
        alpha, zero = a[first, column], a.entry(0.0)
        scale = self.size_below(first, column)
        scale = scale.equals(0.0).select(1.0, scale)
        below = self.length_below(first + 1, column, scale)
        start = alpha / scale
        length = (below + start.square()).sqrt() * scale
        beta = -length.with_sign_of(alpha.real)
        nothing = below.equals(0.0)
        if alpha.imaginary is not None:
            nothing = nothing & alpha.imaginary.equals(0.0)
        beta = nothing.select(alpha.real, beta)
        divisor = nothing.select(1.0, beta)
        ratio = (alpha - alpha.real_entry(beta)) / divisor
        tau = zero.choose(nothing, -ratio)
        ratio = a.entry(1.0).choose(nothing, ratio)
        for i in turns(kernel, self.rows, "i"):
            with where(first < i, kernel):
                a[i, column] = a[i, column] / divisor / ratio
        a[first, column] = beta
        return tau

    def size_below(self, first: Number, column: Number) -> Scalar:
        """Returns the largest part of a number of a column from a row on."""
        a, none = self.matrix, Entry(self.matrix.real(0.0))

        def larger(i: Number, most: Entry) -> Entry:
            return most.choose(i < first, Entry(most.real.at_least(a[i, column].size())))

        return accumulate(self.rows, none, larger, self.kernel).real

    def length_below(self, first: Number, column: Number, scale: Scalar) -> Scalar:
        """Returns the squared length of a column from a row on, divided by a scale before."""
        a, none = self.matrix, Entry(self.matrix.real(0.0))

        def square(i: Number) -> Entry:
            return none.choose(i < first, Entry((a[i, column] / scale).square()))

        return total(self.rows, none, square, self.kernel).real

    def vector(self, first: Number, column: Number, i: Number) -> Entry:
        """Returns an element of the reflector that a column has from a row on."""
        a = self.matrix
        stored = a.entry(0.0).choose(i < first, a[i, column])
        return a.entry(1.0).choose(equal(i, first), stored)

    def apply_left(self, first: Number, column: Number, tau: Entry) -> None:
        """Multiplies the columns behind one by the adjoint of its reflector from the left."""
        for j in turns(self.kernel, self.columns, "j"):
            with where(column < j, self.kernel):
                self.reflect_column(first, column, tau, j)

    def reflect_column(self, first: Number, column: Number, tau: Entry, j: Number) -> None:
        """Multiplies column j by the adjoint of a column's reflector."""
        a, kernel = self.matrix, self.kernel

        def product(i: Number) -> Entry:
            return self.vector(first, column, i).conjugate() * a[i, j]

        factor = total(self.rows, a.entry(0.0), product, kernel) * tau.conjugate()
        for i in turns(kernel, self.rows, "i"):
            a[i, j] = a[i, j] - self.vector(first, column, i) * factor

    def apply_right(self, first: Number, column: Number, tau: Entry) -> None:
        """Multiplies the columns behind one by its reflector from the right."""
        for i in turns(self.kernel, self.rows, "i"):
            self.reflect_row(first, column, tau, i)

    def reflect_row(self, first: Number, column: Number, tau: Entry, i: Number) -> None:
        """Multiplies what row i has behind a column by the column's reflector."""
        a, kernel = self.matrix, self.kernel

        def product(j: Number) -> Entry:
            return a[i, j] * self.vector(first, column, j)

        factor = total(self.columns, a.entry(0.0), product, kernel) * tau
        for j in turns(kernel, self.columns, "j"):
            with where(column < j, kernel):
                a[i, j] = a[i, j] - factor * self.vector(first, column, j).conjugate()

    def longest(self, k: Number, scale: Scalar) -> Number:
        """Returns the column, from k on, whose rows from k on are longest."""
        return largest_from(k, self.columns, lambda j: self.length_below(k, j, scale), self.kernel)


def build_qr(op: QrOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    factors, taus, order = outputs
    made = Reduction(op.a, point, factors, kernel)
    scalars = Matrix(taus, made.outer, kernel)
    places = [*made.outer]

    def column_of(j: Number) -> SSAValue:
        return kernel.to.insert(memref.LoadOp.get(order, [*places, j.value])).res

    def set_column(j: Number, value: SSAValue) -> None:
        kernel.to.insert(memref.StoreOp.get(value, order, [*places, j.value]))

    scale = largest_entry(made.matrix, (made.rows, made.columns))
    scale = scale.equals(0.0).select(1.0, scale)
    for j in turns(kernel, made.columns, "j"):
        set_column(j, kernel.to.insert(arith.IndexCastOp(j.value, i32)).result)
    for k in turns(kernel, min(made.rows, made.columns), "k"):
        if op.pivoting.value.data:
            pivot = made.longest(k, scale)
            for i in turns(kernel, made.rows, "i"):
                made.matrix.swap((i, k), (i, pivot))
            first, second = column_of(k), column_of(pivot)
            set_column(k, second)
            set_column(pivot, first)
        tau = made.reflector(k, k)
        scalars[k] = tau
        made.apply_left(k, k, tau)


def build_hessenberg(
    op: HessenbergOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    made = Reduction(op.a, point, outputs[0], kernel)
    scalars = Matrix(outputs[1], made.outer, kernel)
    for k in turns(kernel, max(made.rows - 1, 0), "k"):
        tau = made.reflector(k + 1, k)
        scalars[k] = tau
        made.apply_right(k + 1, k, tau)
        made.apply_left(k + 1, k, tau)


def build_reflect(
    op: ReflectOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    """Builds one column of the product: the last reflector comes first, or of an adjoint the first."""
    rows, count = shape_of(op.c)[-2], shape_of(op.taus)[-1]
    *batch, column = point
    result = Matrix(outputs[0], [kernel.index(index) for index in batch], kernel)
    here = Number(kernel.index(column), kernel)
    for i in turns(kernel, rows, "i"):
        at = (*batch, kernel.variable(i.value, rows), column)
        result[i, here] = as_entry(kernel.pull([Read(op.c, at)])[0], kernel)
    for turn in turns(kernel, count, "k"):
        last = Number(kernel.number(count - 1), kernel)
        k = turn if op.adjoint.value.data else last - turn
        multiply_column(op, batch, k, result, here)


def multiply_column(
    op: ReflectOp, batch: Sequence[Index], k: Number, result: Matrix, here: Number
) -> None:
    """Multiplies a column by the k-th reflector, or its adjoint."""
    kernel, rows, count = result.kernel, shape_of(op.c)[-2], shape_of(op.taus)[-1]
    number = kernel.variable(k.value, count)
    tau = as_entry(kernel.pull([Read(op.taus, (*batch, number))])[0], kernel)

    def vector(i: Number) -> Entry:
        at = (*batch, kernel.variable(i.value, rows), number)
        stored = as_entry(kernel.pull([Read(op.a, at)])[0], kernel)
        below = result.entry(0.0).choose(i < k, stored)
        return result.entry(1.0).choose(equal(i, k), below)

    def product(i: Number) -> Entry:
        return vector(i).conjugate() * result[i, here]

    factor = total(rows, result.entry(0.0), product, kernel)
    factor = factor * (tau.conjugate() if op.adjoint.value.data else tau)
    for i in turns(kernel, rows, "i"):
        result[i, here] = result[i, here] - vector(i) * factor
