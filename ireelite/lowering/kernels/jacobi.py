"""`iree_tensor.eigen` and `iree_tensor.orthogonalize`: Jacobi's rotations of pairs of columns.

A rotation makes one entry of a Hermitian matrix 0: of the matrix itself, or of `aᴴ a` for columns that
become orthogonal. Sweeps over all pairs come near to a diagonal matrix, in the end quadratically: the
number of sweeps is fixed, with room to spare, and pairs that are done cost a test. Loops have constant
bounds: devices that end long loops divide those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor.spectra import EigenOp, OrthogonalizeOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.kernels.entries import (
    Entry,
    Matrix,
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
from ireelite.lowering.tensors.indices import Indices

SWEEPS = {32: 12, 64: 15}
"""By the width of a float. Random matrices of some hundred columns take 8 and 10."""

PRECISION = {32: 2.0**-24, 64: 2.0**-53}
"""Half of the distance from 1 to the next float, by width."""

SAFE_RANGES = {32: (2.0**40, 2.0**100), 64: (2.0**300, 2.0**700)}
"""By width: a number whose square and its inverse's are in range, and a scale for others."""


@light_dataclass(frozen=True)
class Rotation:
    """The rotation of columns p and q that makes `[[a, b], [conj(b), d]]` diagonal."""

    tangent: Scalar
    cosine: Scalar
    sine: Scalar
    phase: Entry
    """b divided by its magnitude."""

    @classmethod
    def of(cls, a: Scalar, b: Entry, d: Scalar) -> Rotation:
        """Returns the smaller of two rotations, for b that is not 0. Where the diagonal's
        difference is so large that its square would overflow, the tangent is its limit.
        """
        size = b.magnitude()
        ratio = (d - a) / (size * 2.0)
        tangent = ratio.const(1.0) / (ratio.abs() + (ratio * ratio + 1.0).sqrt())
        large = ratio.abs() > 1e9
        tangent = large.select(ratio.const(0.5) / ratio.abs(), tangent).with_sign_of(ratio)
        cosine = ratio.const(1.0) / (tangent * tangent + 1.0).sqrt()
        return cls(tangent, cosine, tangent * cosine, b / size)

    def columns(self, p: Entry, q: Entry) -> tuple[Entry, Entry]:
        """Returns two numbers of a row after the rotation of their columns."""
        turned = q * self.phase.conjugate()
        return p * self.cosine - turned * self.sine, p * self.sine + turned * self.cosine

    def rows(self, p: Entry, q: Entry) -> tuple[Entry, Entry]:
        """Returns two numbers of a column after the adjoint rotation of their rows."""
        turned = q * self.phase
        return p * self.cosine - turned * self.sine, p * self.sine + turned * self.cosine

    def rotate_columns(self, a: Matrix, count: int, p: Number, q: Number) -> None:
        """Rotates two columns of a matrix of `count` rows."""
        for k in turns(a.kernel, count, "k"):
            a[k, p], a[k, q] = self.columns(a[k, p], a[k, q])


def sweep(size: int, width: int, pair: Callable[[Number, Number], None], kernel: Kernel) -> None:
    """Visits every pair of columns as often as there are sweeps."""
    for _ in turns(kernel, SWEEPS[width], "sweep"):
        for p in turns(kernel, size, "p"):
            for q in turns(kernel, size, "q"):
                with where(p < q, kernel):
                    pair(p, q)


def make_identity(a: Matrix, size: int) -> None:
    for i in turns(a.kernel, size, "i"):
        for j in turns(a.kernel, size, "j"):
            a[i, j] = a.entry(1.0).choose(equal(i, j), a.entry(0.0))


def build_eigen(op: EigenOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    size = shape_of(op.a)[-1]
    outer = [kernel.index(index) for index in point]
    values, vectors, a = (Matrix(buffer, outer, kernel) for buffer in outputs)
    copy_matrix(op.a, point, a, kernel)
    for i in turns(kernel, size, "i"):
        a[i, i] = a[i, i].real
        for j in turns(kernel, size, "j"):
            with where(i < j, kernel):
                a[i, j] = a[j, i].conjugate()
    make_identity(vectors, size)
    small = largest_entry(a, (size, size)) * PRECISION[a.real(0.0).width] * 0.125

    def pair(p: Number, q: Number) -> None:
        b = a[p, q]
        with where(b.magnitude() > small, kernel):
            first, last = a[p, p].real, a[q, q].real
            rotation = Rotation.of(first, b, last)
            change = rotation.tangent * b.magnitude()
            rotation.rotate_columns(vectors, size, p, q)
            rotation.rotate_columns(a, size, p, q)
            for k in turns(kernel, size, "k"):
                a[p, k], a[q, k] = rotation.rows(a[p, k], a[q, k])
            a[p, p], a[q, q] = first - change, last + change
            a[p, q] = a[q, p] = a.entry(0.0)

    sweep(size, a.real(0.0).width, pair, kernel)
    for i in turns(kernel, size, "i"):
        values[i] = a[i, i].real
    sort_columns(values, [(vectors, size)], size, lambda value: -value)


def build_orthogonalize(
    op: OrthogonalizeOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel
) -> None:
    rows, size = shape_of(op.a)[-2:]
    outer = [kernel.index(index) for index in point]
    lengths, a, rotation_product = (Matrix(buffer, outer, kernel) for buffer in outputs)
    copy_matrix(op.a, point, a, kernel)
    make_identity(rotation_product, size)
    scale = moderate_scale(largest_entry(a, (rows, size)))
    for i in turns(kernel, rows, "i"):
        for j in turns(kernel, size, "j"):
            a[i, j] = a[i, j] * scale
    small = PRECISION[scale.width]

    def square(j: Number) -> Scalar:
        none = Entry(a.real(0.0))
        return total(rows, none, lambda k: Entry(a[k, j].square()), kernel).real

    def pair(p: Number, q: Number) -> None:
        first, last = square(p), square(q)
        b = total(rows, a.entry(0.0), lambda k: a[k, p].conjugate() * a[k, q], kernel)
        with where(b.magnitude() > first.sqrt() * last.sqrt() * small, kernel):
            rotation = Rotation.of(first, b, last)
            rotation.rotate_columns(a, rows, p, q)
            rotation.rotate_columns(rotation_product, size, p, q)

    sweep(size, scale.width, pair, kernel)
    for j in turns(kernel, size, "j"):
        lengths[j] = square(j).sqrt() / scale
    sort_columns(lengths, [(a, rows), (rotation_product, size)], size, lambda value: value)


def moderate_scale(largest: Scalar) -> Scalar:
    """Returns a power of two that brings numbers near 1 whose squares would be too large or small;
    else 1.
    """
    limit, scale = SAFE_RANGES[largest.width]
    reduced = (largest > limit).select(largest.const(1 / scale), largest.const(1.0))
    return (largest < 1 / limit).select(largest.const(scale), reduced)


def sort_columns(
    keys: Matrix,
    matrices: Sequence[tuple[Matrix, int]],
    size: int,
    order: Callable[[Scalar], Scalar],
) -> None:
    """Sorts numbers, that of the largest `order` first, together with the columns of matrices."""
    kernel = keys.kernel
    for i in turns(kernel, size, "i"):
        best = largest_from(i, size, lambda k: order(keys[k].real), kernel)
        keys.swap((i,), (best,))
        for matrix, rows in matrices:
            for k in turns(kernel, rows, "k"):
                matrix.swap((k, i), (k, best))
