"""Fourier transforms: Stockham's algorithm, one sum over a factor of the length at a time.

A length n = r·m is seen as r rows of m. Each stage sums over the rows with the roots of unity of
order r, multiplied by roots of order n; what is left is a transform of length m, on r times as many
tensors. A small r is an `iree_tensor.fft_stage`, a larger one a generic. Sums are stored where the
next stage wants them, and no elements are reordered. A length with a large prime factor p is a
convolution with a chirp (Bluestein), by two transforms of a power of two of at least 2p - 1.

The tables of roots are constants, rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from xdsl.dialects import arith, complex, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BytesAttr,
    ComplexType,
    DenseIntOrFPElementsAttr,
    Float32Type,
    TensorType,
)
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects.extensions import iree_tensor
from ireelite.dialects.extensions.iree_tensor.fourier import LARGEST_BUTTERFLY
from ireelite.dialects.stablehlo.attributes import FftType
from ireelite.dialects.stablehlo.fourier import FftOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.tensors.hlo_to_linalg.contraction import zero
from ireelite.lowering.tensors.hlo_to_linalg.indexing import padded
from ireelite.lowering.tensors.hlo_to_linalg.movement import (
    reshaped,
    reshaped_to_sizes,
    transposed,
)
from ireelite.lowering.tensors.hlo_to_linalg.scalars import complex_of, constant_like
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SamePlaces, SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    dims_map,
    empty,
    filled,
    generic,
    pointwise,
    sliced,
    with_sizes,
)
from ireelite.lowering.tensors.roots_of_unity import (
    LARGEST_PRIME,
    chirp,
    chirp_spectrum,
    radices,
    roots,
)
from ireelite.lowering.tensors.sizes import Shape
from ireelite.status import StatusCode, StatusError

FORWARD, INVERSE = -1, 1
"""The sign of the exponent."""

LONGEST = 1 << 22
"""Points of the longest transform: its tables are constants of the program, of some 100 bytes a
point while they are computed.
"""


def lower_fft(op: FftOp, to: Conversion) -> SSAValue:
    """Transforms one dimension after the other; that of real numbers first, or last for an inverse."""
    return transformed(op, to.value(op.operand), tensor_type(op.result), to)


def transformed(op: FftOp, value: SSAValue, result: TensorType, to: Conversion) -> SSAValue:
    """Returns the transform of a tensor as one of a type."""
    lengths = op.lengths
    if 0 in (*result.get_shape(), *shape_of(value)):
        return empty(result, to)
    dims = range(len(result.get_shape()) - len(lengths), len(result.get_shape()))
    match op.kind:
        case FftType.FFT | FftType.IFFT:
            sign = FORWARD if op.kind is FftType.FFT else INVERSE
            for d in dims:
                value = transform(value, d, sign, to)
            return value
        case FftType.RFFT:
            value = first_half(transform(as_complex(value, to), dims[-1], FORWARD, to), result, to)
            for d in dims[:-1]:
                value = transform(value, d, FORWARD, to)
            return value
        case FftType.IRFFT:
            for d in dims[:-1]:
                value = transform(value, d, INVERSE, to)
            value = transform(whole_spectrum(value, lengths[-1], to), dims[-1], INVERSE, to)
            return pointwise([value], result, lambda v: to.insert(complex.ReOp(v[0])).result, to)


def transformed_shape(op: FftOp, to: SizedConversion) -> Shape:
    """Returns the sizes of the batch, and how many numbers a transform has. Raises UNIMPLEMENTED
    for transforms of an open length, whose tables are constants.
    """
    batch, shape = len(shape_of(op.result)) - len(op.lengths), shape_of(op.operand)
    if DYNAMIC_INDEX in shape[batch:]:
        raise refused(op)
    return (*to.shape(op.operand)[:batch], *shape_of(op.result)[batch:])


def lower_open_fft(op: FftOp, to: SizedConversion) -> SSAValue:
    """Transforms the rows of one batch, whose size is open."""
    sizes, result = to.shape(op.operand), tensor_type(op.result)
    batch = len(sizes) - len(op.lengths)
    rows = to.product(sizes[:batch])
    shape = [DYNAMIC_INDEX, *shape_of(op.operand)[batch:]]
    value = to.value(op.operand)
    to.wanted = SamePlaces((rows,))
    value = reshaped_to_sizes(value, TensorType(element_type_of(value), shape), sizes, to)
    type = TensorType(result.element_type, [DYNAMIC_INDEX, *result.get_shape()[batch:]])
    value = transformed(op, value, type, to)
    made = to.wanted[type.get_shape()]
    to.wanted = {result.get_shape(): to.shape(op.result)}
    return reshaped_to_sizes(value, result, made, to)


# -- real numbers ------------------------------------------------------------------------------------


def as_complex(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns real numbers as complex ones."""
    element = element_type_of(value)
    nothing = constant_like(0, element, to)
    type = TensorType(ComplexType(element), shape_of(value))  # pyright: ignore[reportArgumentType]
    return pointwise([value], type, lambda v: complex_of(v[0], nothing, to), to)


def first_half(value: SSAValue, type: TensorType, to: Conversion) -> SSAValue:
    """Returns the frequencies of a transform of real numbers that the others do not follow from."""
    return sliced(value, [(0, extent, 1) for extent in type.get_shape()], type, to)


def whole_spectrum(value: SSAValue, n: int, to: Conversion) -> SSAValue:
    """Returns all n frequencies of real numbers from the first half: those behind it are the
    conjugates of those in front, in reverse order.
    """
    *outer, half = shape_of(value)
    count = n - half
    if not count:
        return value
    type = TensorType(element_type_of(value), [*outer, count])
    backwards = [*((0, extent, 1) for extent in outer), (count, count, -1)]
    mirrored = pointwise(
        [sliced(value, backwards, type, to)], type, lambda v: conjugate(v[0], to), to
    )
    whole = TensorType(type.element_type, [*outer, n])
    joined = with_sizes(to.insert(tensor.ConcatOp([value, mirrored], len(outer), whole)).result, to)
    # a tensor of its own: each element is read once for each root
    return pointwise([joined], whole, lambda v: v[0], to)


def conjugate(value: SSAValue, to: Conversion) -> SSAValue:
    real, imaginary = to.insert(complex.ReOp(value)).result, to.insert(complex.ImOp(value)).result
    return complex_of(real, to.insert(arith.NegfOp(imaginary)).result, to)


# -- complex numbers ---------------------------------------------------------------------------------


def transform(value: SSAValue, dim: int, sign: int, to: Conversion) -> SSAValue:
    """Returns the transform along one dimension; an inverse one is divided by the length."""
    shape = shape_of(value)
    n = shape[dim]
    if n == 1:
        return value
    if n > LONGEST:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"a transform of {n} points needs tables that are too large; it has {LONGEST} at most",
        )
    if shape[0] == DYNAMIC_INDEX and dim > 1:
        # the rows of a batch of an open size are not more than it has
        order = [0, dim, *(d for d in range(1, len(shape)) if d != dim)]
        moved = transform(transposed(value, order, to), 1, sign, to)
        return transposed(moved, [order.index(d) for d in range(len(shape))], to)
    value = reshaped(value, [prod(shape[:dim]), n, prod(shape[dim + 1 :])], to)
    if sign == INVERSE:
        value = divided(value, n, to)
    value = stages(value, sign, to)
    return reshaped(value, shape, to)


def stages(value: SSAValue, sign: int, to: Conversion) -> SSAValue:
    """Returns the transform, without a factor, of the middle one of three dimensions."""
    shape = shape_of(value)
    outer, left, inner = shape
    for radix in radices(left):
        if radix > LARGEST_PRIME:
            value = convolved(reshaped(value, [outer, left, inner], to), sign, to)
            continue
        if radix <= LARGEST_BUTTERFLY:
            rows = reshaped(value, [outer, left * inner], to)
            value = butterflies(rows, radix, inner, sign, to)
        else:
            rows = reshaped(value, [outer, radix, left // radix, inner], to)
            value = stage(rows, sign, to)
        left //= radix
        inner *= radix
    return reshaped(value, shape, to)


def butterflies(rows: SSAValue, radix: int, done: int, sign: int, to: Conversion) -> SSAValue:
    """Returns the stage of a small radix, of rows in which `done` numbers are transformed."""
    import numpy

    rest = shape_of(rows)[1] // radix // done
    orders = numpy.outer(numpy.arange(radix), numpy.arange(rest))
    twiddles = table(roots(sign * orders, radix * rest), element_type_of(rows), to)
    return to.insert(iree_tensor.FftStageOp(rows, twiddles, done, sign == INVERSE)).result


def stage(rows: SSAValue, sign: int, to: Conversion) -> SSAValue:
    """Takes [outer, r, m, inner] to [outer, m, r, inner]: sums over the rows with roots of order r,
    times roots of order r·m.
    """
    import numpy

    outer, r, m, inner = shape_of(rows)
    element = element_type_of(rows)
    k = numpy.arange(r)
    matrix = table(roots(sign * numpy.outer(k, k), r), element, to)
    type = TensorType(element, [outer, m, r, inner])
    maps = [dims_map(5, dims) for dims in ([0, 4, 1, 3], [4, 2], [0, 1, 2, 3])]

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        product = to.insert(complex.MulOp(v[0], v[1])).result
        return [to.insert(complex.AddOp(v[2], product)).result]

    nothing = filled(zero(element, to), type, to)
    sums = generic([rows, matrix], [nothing], maps, body, to, [4]).results[0]
    if m == 1:
        return sums
    twiddles = table(roots(sign * numpy.outer(numpy.arange(m), k), r * m), element, to)
    return scaled(sums, twiddles, [1, 2], to)


def convolved(value: SSAValue, sign: int, to: Conversion) -> SSAValue:
    """Applies Bluestein's algorithm to the middle dimension: with 2jk = j² + k² - (k - j)², a
    transform is a convolution with a chirp between two multiplications by one.
    """
    import numpy

    outer, n, inner = shape_of(value)
    length = 1 << (2 * n - 2).bit_length()
    element = element_type_of(value)
    wave, spectrum = chirp(n), chirp_spectrum(n, length)
    # of the forward transform; the inverse one's are the conjugates
    before, between = numpy.conj(wave), spectrum / length
    if sign == INVERSE:
        # the spectrum of the conjugate of a chirp, which is symmetric, is the conjugate spectrum
        before, between = wave, numpy.conj(spectrum) / length
    value = scaled(value, table(before, element, to), [1], to)
    value = padded(value, zero(element, to), [0, 0, 0], [0, length - n, 0], [0, 0, 0], to)
    whole = TensorType(element, [outer, length, inner])
    value = stages(pointwise([value], whole, lambda v: v[0], to), FORWARD, to)
    value = stages(scaled(value, table(between, element, to), [1], to), INVERSE, to)
    ranges = [(0, outer, 1), (0, n, 1), (0, inner, 1)]
    value = sliced(value, ranges, TensorType(element, [outer, n, inner]), to)
    return scaled(value, table(before, element, to), [1], to)


# -- pieces ------------------------------------------------------------------------------------------


def table(values: Any, element: Any, to: Conversion) -> SSAValue:
    """Returns a constant of complex numbers."""
    import numpy

    single = isinstance(element.element_type, Float32Type)
    numbers = numpy.ascontiguousarray(values, numpy.complex64 if single else numpy.complex128)
    type = TensorType(element, list(numbers.shape))
    data = DenseIntOrFPElementsAttr(type, BytesAttr(numbers.tobytes()))
    return to.insert(arith.ConstantOp(data)).result


def scaled(value: SSAValue, factors: SSAValue, dims: Sequence[int], to: Conversion) -> SSAValue:
    """Returns a tensor times a table that some of its dimensions index."""
    type = value.type
    assert isinstance(type, TensorType)
    rank = len(type.get_shape())
    same = AffineMap.identity(rank)
    maps = [same, dims_map(rank, dims), same]

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return [to.insert(complex.MulOp(v[0], v[1])).result]

    return generic([value, factors], [empty(type, to)], maps, body, to).results[0]


def divided(value: SSAValue, n: int, to: Conversion) -> SSAValue:
    """Returns a tensor's real and imaginary parts divided by a number."""
    type = value.type
    assert isinstance(type, TensorType) and isinstance(type.element_type, ComplexType)
    part = type.element_type.element_type

    def body(v: Sequence[SSAValue]) -> SSAValue:
        count = constant_like(n, part, to)
        real, imaginary = (
            to.insert(arith.DivfOp(to.insert(read(v[0])).result, count)).result
            for read in (complex.ReOp, complex.ImOp)
        )
        return complex_of(real, imaginary, to)

    return pointwise([value], type, body, to)


RULES: Rules = {
    FftOp: lower_fft,
}
