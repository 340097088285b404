"""`rng_bit_generator` and `rng`, made of integer arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi, prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import (
    AnyFloat,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IntegerType,
    TensorType,
    f32,
    f64,
    i1,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.functions import MulhiOp
from ireelite.dialects.elements import is_unsigned
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.indexing import ConcatenateOp
from ireelite.dialects.stablehlo.random_numbers import (
    RngAlgorithm,
    RngBitGeneratorOp,
    RngDistribution,
    RngOp,
)
from ireelite.dialects.stablehlo.shapes import bit_width
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import (
    add,
    broadcast,
    constant,
    convert,
    multiply,
    subtract,
)
from ireelite.lowering.frontend.hlo.random_bits import (
    UI32,
    UI64,
    Words,
    as_elements,
    cut,
    philox_bits,
    reshape,
    threefry_bits,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

# -- bits --------------------------------------------------------------------------------------------


def expand_bit_generator(op: RngBitGeneratorOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the state and the bits of XLA. `DEFAULT` is Philox, as on XLA's CPU and GPU. A Philox
    state without a high half of the counter has the key in its place. Raises UNIMPLEMENTED for open
    sizes.
    """
    if not all(map(is_static, (op.initial_state, op.output))):
        raise refused(op)
    words = Words(to)
    key, *counter = state_words(op.initial_state, to)
    element = element_type_of(op.output)
    shape, bits = shape_of(op.output), bit_width(element)
    if op.algorithm is RngAlgorithm.THREE_FRY:
        value, count = threefry_bits(key, counter[0], shape, bits, to)
    else:
        high = counter[1] if len(counter) > 1 else key
        value, count = philox_bits(key, (counter[0], high), shape, bits, to)
    low = words.plus(counter[0], count)
    state = [key, low]
    if len(counter) > 1:
        overflow = to.insert(CompareOp("LT", low, counter[0])).result
        state.append(add(counter[1], convert(overflow, UI64, to), to))
    return [state_of(state, op.output_state.type, to), as_elements(value, element, to)]


def state_words(state: SSAValue, to: Conversion) -> list[SSAValue]:
    """Returns the scalars of ui64 that a state is. One of 32-bit elements has the low word of the
    key first, and the high word of the counter first.
    """
    element = element_type_of(state)
    size, wide = shape_of(state)[0], bit_width(element) == 64
    state = convert(state, UI64 if wide else UI32, to)
    slices = [to.insert(hlo.SliceOp(state, [(k, k + 1, 1)])).result for k in range(size)]
    scalars = [reshape(part, (), to) for part in slices]
    if wide:
        return scalars
    words = Words(to)
    return [words.whole(scalars[0], scalars[1]), words.whole(scalars[3], scalars[2])]


def state_of(words: Sequence[SSAValue], type: Attribute, to: Conversion) -> SSAValue:
    """Returns the state of a type from its scalars of ui64."""
    assert isinstance(type, TensorType)
    parts = list(words)
    if bit_width(type.element_type) == 32:
        (key, counter), halves = parts, Words(to).halves
        parts = [*halves(key), *reversed(halves(counter))]
    row = to.insert(ConcatenateOp([reshape(part, (1,), to) for part in parts], 0)).result
    return convert(row, type.element_type, to)


# -- numbers -----------------------------------------------------------------------------------------


def expand_rng(op: RngOp, to: Conversion) -> Sequence[SSAValue]:
    """Numbers that depend on their place in the result alone, which are those of upstream IREE for
    the floats: each op of the same shape and parameters gives the same numbers at each call.
    """
    type = op.result.type
    assert isinstance(type, TensorType)
    element, shape = type.element_type, type.get_shape()
    a, b = (broadcast(value, (), shape, to) for value in (op.a, op.b))
    if element == i1:
        upper = Words(to).right(place_bits(shape, to), 31)
        chosen = convert(upper, i1, to)
        return [to.insert(SelectOp(chosen, b, a)).result]
    if isinstance(element, IntegerType):
        return [uniform_integers(a, b, to)]
    wide = f64 if element == f64 else f32
    low, high = convert(a, wide, to), convert(b, wide, to)
    if op.distribution is RngDistribution.NORMAL:
        scaled = multiply(high, standard_normal(shape, wide, to), to)
        return [convert(add(scaled, low, to), element, to)]
    step = multiply(subtract(high, low, to), constant(FRACTION, wide, to, shape), to)
    scaled = multiply(convert(place_bits(shape, to), wide, to), step, to)
    number = convert(add(scaled, low, to), element, to)
    # a rounded sum may be the end of the interval, which does not belong to it
    inside = to.insert(CompareOp("LT", number, b)).result
    return [to.insert(SelectOp(inside, number, a)).result]


FRACTION = 2.3283064e-10
"""What makes a number below 1 of 32 bits."""

LARGEST_NORMAL = 1 << 24
"""Floats of a normal distribution that one op yields at most: they are constants of the module."""

LCG_MULTIPLIER, LCG_INCREMENT = 1103515245, 12345


def place_bits(shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns 32 bits for each element: a step of a linear congruential generator for each of its
    indices, which are added one after the other. A scalar's are 0.
    """
    bits = constant(0, UI32, to, shape)
    for dim in range(len(shape)):
        place = to.insert(hlo.IotaOp(dim, TensorType(UI32, shape))).result
        bits = congruential_step(add(bits, place, to), to)
    return bits


def congruential_step(bits: SSAValue, to: Conversion) -> SSAValue:
    """Returns the next state of a linear congruential generator of 32 bits."""
    words = Words(to)
    return words.plus(multiply(bits, words.like(LCG_MULTIPLIER, bits), to), LCG_INCREMENT)


def uniform_integers(a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    """Returns a plus a number below b - a: the high half of the product of b - a and of random
    bits.
    """
    element, words = element_type_of(a), Words(to)
    bits = place_bits(shape_of(a), to)
    if bit_width(element) == 64:
        low, high = convert(a, UI64, to), convert(b, UI64, to)
        bits = words.whole(congruential_step(bits, to), bits)
        offset = to.insert(MulhiOp(bits, subtract(high, low, to))).result
        return convert(add(low, offset, to), element, to)
    wide = UI64 if is_unsigned(element) else IntegerType(64)
    low, high = convert(a, wide, to), convert(b, wide, to)
    size = convert(subtract(high, low, to), UI64, to)
    offset = words.right(multiply(convert(bits, UI64, to), size, to), 32)
    return convert(add(low, convert(offset, wide, to), to), element, to)


def standard_normal(shape: Sequence[int], element: AnyFloat, to: Conversion) -> SSAValue:
    """Floats of mean 0 and deviation 1 by the transform of Box and Muller: the first half of them
    has the cosines, the second half the sines. What does not depend on parameters is constant.

    Raises RESOURCE_EXHAUSTED for more than `LARGEST_NORMAL` of them.
    """
    count = prod(shape)
    if count > LARGEST_NORMAL:
        raise StatusError(
            StatusCode.RESOURCE_EXHAUSTED,
            f"{count} random numbers of a normal distribution need constants that are too large; "
            f"one op yields {LARGEST_NORMAL} at most",
        )
    squares, cosines, sines = (
        to.insert(hlo.ConstantOp(float_row(numbers, element))).results[0]
        for numbers in box_muller(-(-count // 2))
    )
    radius = to.insert(ew.SqrtOp(squares)).result
    halves = [multiply(radius, each, to) for each in (cosines, sines)]
    row = to.insert(ConcatenateOp(halves, 0)).result
    return reshape(cut(row, (count,), to), shape, to)


def float_row(numbers: Array, element: AnyFloat) -> DenseIntOrFPElementsAttr:
    """Returns a constant of rank 1 of f32 or f64."""
    import numpy as np

    data = np.asarray(numbers, f"float{bit_width(element)}").tobytes()
    return DenseIntOrFPElementsAttr(TensorType(element, [len(numbers)]), BytesAttr(data))


def box_muller(count: int) -> tuple[Array, Array, Array]:
    """Squares of radii, and cosines and sines of angles, of `count` points in the plane whose
    coordinates are normal: of pairs of numbers of a Mersenne twister whose seed is 0.
    """
    import numpy as np

    squares, angles = np.empty(count, np.float32), np.empty(count, np.float32)
    twister, filled = np.random.RandomState(0), 0
    while filled < count:
        words = twister.randint(0, 1 << 32, (count - filled, 2, 2), dtype=np.uint32).astype(
            np.float64
        )
        numbers = (words @ [2.0**-64, 2.0**-32]).astype(np.float32)
        first, second = numbers[numbers[:, 0] > np.finfo(np.float32).eps].T
        made = slice(filled, filled + len(first))
        squares[made] = -2 * np.log(first.astype(np.float64))
        angles[made] = np.float32(2 * pi) * second
        filled += len(first)
    turns = angles.astype(np.float64)
    return squares, np.cos(turns), np.sin(turns)


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    RngBitGeneratorOp: expand_bit_generator,
    RngOp: expand_rng,
}
"""Op -> the function that makes it of others."""
