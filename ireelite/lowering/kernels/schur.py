"""`iree_tensor.schur` and `iree_tensor.eigenvectors`: complex matrices that become triangular.

Turns of the QR algorithm with Wilkinson's shift reduce the element next below the diagonal in the last
row of a block until it is negligible; then the block is a row shorter. Loops have constant bounds:
devices that end long loops divide those.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, memref
from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor.spectra import EigenvectorsOp, SchurOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.kernels.control import choose, for_loop
from ireelite.lowering.kernels.entries import (
    Entry,
    Matrix,
    as_entry,
    copy_matrix,
    equal,
    hypotenuse,
    largest_entry,
    largest_from,
    total,
    turns,
    where,
)
from ireelite.lowering.kernels.jacobi import PRECISION
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.kernels.numbers import Number
from ireelite.lowering.scalars.scalar import Scalar
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Index, Indices

TURNS = 30
"""Of the QR algorithm for each row: two or three are usual."""

EXCEPTIONAL_SHIFT_TURNS = 10
"""Turns without success after which a shift of another kind breaks a circle."""


class Triangle:
    """A Hessenberg matrix that becomes triangular, and the vectors of its basis."""

    def __init__(self, t: Matrix, z: Matrix, size: int):
        self.t, self.z, self.size, self.kernel = t, z, size, t.kernel
        self.precision = PRECISION[t.real(0.0).width]

    def number(self, value: int) -> Number:
        return Number(self.kernel.number(value), self.kernel)

    def negligible(self, k: Number, smallest: Scalar) -> Number:
        """Returns whether the element left of the diagonal in row k is as good as 0."""
        t = self.t
        around = t[k, k].magnitude() + t[k - 1, k - 1].magnitude()
        limit = (around * self.precision).at_least(smallest)
        return Number((t[k, k - 1].magnitude() <= limit).value, self.kernel)

    def begin_of_block(self, last: Number, smallest: Scalar) -> Number:
        """Returns the first row of the block that ends with a row: the row after the last
        negligible element.
        """

        def turn(k: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
            row = Number(k, self.kernel).maximum(1)
            found = self.negligible(row, smallest) & (last >= row)
            return [found.select(row, Number(carried[0], self.kernel)).value]

        zero, end = self.kernel.number(0), self.kernel.number(self.size)
        return Number(for_loop(self.kernel, zero, end, [zero], turn)[0], self.kernel)

    def shift(self, last: Number, turn: Number) -> Entry:
        """Returns the eigenvalue of the last two rows and columns that is nearest to the last
        element.
        """
        t, before = self.t, last - 1
        d, corner = t[last, last], t[last, before]
        p = (t[before, before] - d) * 0.5
        q = t[before, last] * corner
        root = square_root(p * p + q)
        plus, minus = p + root, p - root
        divisor = plus.choose(plus.magnitude() > minus.magnitude(), minus)
        usable = divisor.magnitude() > 0.0
        usual = d - (q / t.entry(1.0).choose(inverse(usable), divisor))
        other = d + Entry(corner.magnitude(), t.real(0.0))
        rest = Number((turn % EXCEPTIONAL_SHIFT_TURNS).value, self.kernel)
        unusual = equal(rest, self.number(EXCEPTIONAL_SHIFT_TURNS - 1))
        return other.choose(unusual, usual.choose(usable, d))

    def step(self, first: Number, last: Number, turn: Number) -> None:
        """Inserts one turn of the QR algorithm on a block: rotations push an element out of its
        band.
        """
        shift = self.shift(last, turn)
        for k in turns(self.kernel, self.size - 1, "k"):
            with where((k >= first) & (k < last), self.kernel):
                at_first = equal(k, first)
                self.rotate(k, at_first.select(k, (k - 1).maximum(0)), at_first, shift)

    def rotate(self, k: Number, column: Number, at_first: Number, shift: Entry) -> None:
        """Rotates rows k and k + 1, so that a column loses its element in row k + 1, and the same
        columns back.
        """
        t, kernel, zero = self.t, self.kernel, self.t.entry(0.0)
        x = t[k, column] - shift.choose(at_first, zero)
        y = t[k + 1, column]
        length = hypotenuse(x.magnitude(), y.magnitude())
        with where(length > 0.0, kernel):
            c, s = x / length, y / length
            for j in turns(kernel, self.size, "j"):
                upper, lower = t[k, j], t[k + 1, j]
                t[k, j] = c.conjugate() * upper + s.conjugate() * lower
                t[k + 1, j] = c * lower - s * upper
            with where(k >= column + 1, kernel):
                t[k + 1, column] = zero
            for matrix in (t, self.z):
                for i in turns(kernel, self.size, "i"):
                    left, right = matrix[i, k], matrix[i, k + 1]
                    matrix[i, k] = left * c + right * s
                    matrix[i, k + 1] = right * c.conjugate() - left * s.conjugate()

    def turn(self, last: Number, count: Number, smallest: Scalar) -> list[SSAValue]:
        """Shortens the block that ends with a row, or takes a step; returns its last row, and how many
        steps it has seen.
        """
        first, kernel = self.begin_of_block(last, smallest), self.kernel
        with where(first >= 1, kernel):
            self.t[first, first - 1] = self.t.entry(0.0)

        def shorten() -> list[SSAValue]:
            return [(last - 1).value, kernel.number(0)]

        def step() -> list[SSAValue]:
            self.step(first, last, count)
            return [last.value, (count + 1).value]

        return list(choose(kernel, equal(first, last).value, shorten, step))


def inverse(condition: Scalar) -> Scalar:
    """Returns whether a condition does not hold."""
    return condition ^ condition.constant(1, condition.value.type)


def square_root(a: Entry) -> Entry:
    """Returns the root of a complex number whose real part is not negative."""
    assert a.imaginary is not None
    half = ((a.magnitude() + a.real.abs()) * 0.5).sqrt()
    other = half.equals(0.0).select(half, a.imaginary.abs() * 0.5 / half)
    positive = a.real >= 0.0
    imaginary = positive.select(other, half).with_sign_of(a.imaginary)
    return Entry(positive.select(half, other), imaginary)


def build_schur(op: SchurOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    size = shape_of(op.a)[-1]
    outer = [kernel.index(index) for index in point]
    t, z = (Matrix(buffer, outer, kernel) for buffer in outputs[:2])
    copy_matrix(op.a, point, t, kernel)
    copy_matrix(op.basis, point, z, kernel)
    made = Triangle(t, z, size)
    smallest = largest_entry(t, (size, size)) * (made.precision**2)

    def turn(_: SSAValue, carried: Sequence[SSAValue]) -> Sequence[SSAValue]:
        last, count = (Number(value, kernel) for value in carried)
        return choose(
            kernel, (last >= 1).value, lambda: made.turn(last, count, smallest), lambda: carried
        )

    zero, start = kernel.number(0), [kernel.number(size - 1), kernel.number(0)]
    (left, _) = for_loop(kernel, zero, kernel.number(TURNS * size), start, turn, "turn")
    info = kernel.to.insert(arith.IndexCastOp(left, i32)).result
    kernel.to.insert(memref.StoreOp.get(info, outputs[2], outer))


def build_eigenvectors(
    op: EigenvectorsOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    """Builds one vector: of the triangle by substitution, then in the basis, then of length 1."""
    size, (*batch, column) = shape_of(op.a)[-1], point
    outer = [kernel.index(index) for index in batch]
    vectors, inner = (Matrix(buffer, outer, kernel) for buffer in outputs)
    t, z = (Operand(value, batch, kernel) for value in (op.a, op.basis))
    k = Number(kernel.index(column), kernel)
    width = vectors.real(0.0).width
    value, one = t[k, k], vectors.entry(1.0)
    smallest = value.magnitude().at_least(2.0**-80) * PRECISION[width]

    def substitute(i: Number) -> None:
        products = total(
            size,
            vectors.entry(0.0),
            lambda j: vectors.entry(0.0).choose((j >= k + 1) | (i >= j), t[i, j] * inner[j, k]),
            kernel,
        )
        divisor = value - t[i, i]
        small = divisor.magnitude() < smallest
        inner[i, k] = products / vectors.entry(1.0).real_entry(smallest).choose(small, divisor)

    for i in turns(kernel, size, "i"):
        inner[i, k] = one.choose(equal(i, k), vectors.entry(0.0))
    for turn in turns(kernel, size, "turn"):
        i = Number(kernel.number(size - 1), kernel) - turn
        with where(i < k, kernel):
            substitute(i)
            shrink(inner, size, i, k)
    for i in turns(kernel, size, "i"):
        vectors[i, k] = in_basis(z, inner, size, i, k)
    normalize(vectors, size, k)


class Operand:
    """The elements of an operand at one point of a batch."""

    def __init__(self, value: SSAValue, batch: Sequence[Index], kernel: Kernel):
        self.value, self.batch, self.kernel = value, batch, kernel

    def __getitem__(self, at: tuple[Number, Number]) -> Entry:
        extents = shape_of(self.value)[-2:]
        inner = [self.kernel.variable(k.value, n) for k, n in zip(at, extents, strict=True)]
        read = Read(self.value, (*self.batch, *inner))
        return as_entry(self.kernel.pull([read])[0], self.kernel)


def shrink(inner: Matrix, size: int, i: Number, k: Number) -> None:
    """Divides a vector by its element i if that is so large that what follows could overflow."""
    length = inner[i, k].magnitude()
    with where(length > 2.0**30, inner.kernel):
        for j in turns(inner.kernel, size, "j"):
            inner[j, k] = inner[j, k] / length


def in_basis(z: Operand, inner: Matrix, size: int, i: Number, k: Number) -> Entry:
    """Returns an element of a vector in the basis."""
    return total(size, inner.entry(0.0), lambda j: z[i, j] * inner[j, k], inner.kernel)


def normalize(vectors: Matrix, size: int, k: Number) -> None:
    """Makes a vector's length 1 and its largest element real."""
    kernel, zero = vectors.kernel, Number(vectors.kernel.number(0), vectors.kernel)
    best = largest_from(zero, size, lambda i: vectors[i, k].magnitude(), kernel)
    most = vectors[best, k]
    scale = most.magnitude()
    none = Entry(vectors.real(0.0))
    square = total(size, none, lambda i: Entry((vectors[i, k] / scale).square()), kernel).real
    factor = (most / scale).conjugate() / square.sqrt()
    for i in turns(kernel, size, "i"):
        vectors[i, k] = vectors[i, k] / scale * factor
