"""`rng_bit_generator` and `rng`, made of integer arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi, prod

from xdsl.dialects.builtin import AnyFloat, IntegerType, ModuleOp, TensorType, f32, f64, i1
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.elements import is_unsigned
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.dialects.stablehlo.indexing import ConcatenateOp
from ireelite.dialects.stablehlo.random_numbers import (
    RngAlgorithm,
    RngBitGeneratorOp,
    RngDistribution,
    RngOp,
)
from ireelite.dialects.stablehlo.shapes import bit_width
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
    philox_bits,
    reshape,
    threefry_bits,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule

# -- bits --------------------------------------------------------------------------------------------


def expand_bit_generator(op: RngBitGeneratorOp, to: Conversion) -> Sequence[SSAValue]:
    """The state and the bits of XLA. `DEFAULT` is Philox, as on XLA's CPU and GPU. A Philox state
    without a high half of the counter has the key in its place.
    """
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
        overflow = to.insert(ew.CompareOp("LT", low, counter[0])).result
        state.append(add(counter[1], convert(overflow, UI64, to), to))
    return [state_of(state, op.output_state.type, to), as_elements(value, element, to)]


def state_words(state: SSAValue, to: Conversion) -> list[SSAValue]:
    """The scalars of ui64 that a state is. One of 32-bit elements has the low word of the key first,
    and the high word of the counter first.
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
    """The state of a type from its scalars of ui64."""
    assert isinstance(type, TensorType)
    parts = list(words)
    if bit_width(type.element_type) == 32:
        (key, counter), halves = parts, Words(to).halves
        parts = [*halves(key), *reversed(halves(counter))]
    row = to.insert(ConcatenateOp([reshape(part, (1,), to) for part in parts], 0)).result
    return convert(row, type.element_type, to)


# -- numbers -----------------------------------------------------------------------------------------


def expand_rng(op: RngOp, to: Conversion) -> Sequence[SSAValue]:
    """Numbers of Threefry, whose key is the place of the op among those of the module and whose
    counter begins at 0: a program gives the same numbers at each call, and each op others. An op in
    a loop gives the same numbers in each turn.
    """
    type = op.result.type
    assert isinstance(type, TensorType)
    element, shape = type.element_type, type.get_shape()
    a, b = (broadcast(value, (), shape, to) for value in (op.a, op.b))
    if element == i1:
        bits = random_words(op, shape, 32, 0, to)
        odd = to.insert(ew.AndOp(bits, Words(to).like(1, bits))).result
        chosen = to.insert(ew.CompareOp("NE", odd, Words(to).like(0, odd))).result
        return [to.insert(ew.SelectOp(chosen, b, a)).result]
    if isinstance(element, IntegerType):
        return [uniform_integers(op, a, b, to)]
    wide = f64 if element == f64 else f32
    a, b = convert(a, wide, to), convert(b, wide, to)
    if op.distribution is RngDistribution.NORMAL:
        number = add(a, multiply(b, standard_normal(op, shape, wide, to), to), to)
        return [convert(number, element, to)]
    scaled = multiply(subtract(b, a, to), uniform(op, shape, wide, 0, to), to)
    number, limits = convert(add(a, scaled, to), element, to), (op.a, op.b)
    low, high = (broadcast(value, (), shape, to) for value in limits)
    # a rounded sum may be the end of the interval, which does not belong to it
    inside = to.insert(ew.CompareOp("LT", number, high)).result
    return [to.insert(ew.SelectOp(inside, number, low)).result]


def random_words(
    op: RngOp, shape: Sequence[int], bits: int, stream: int, to: Conversion
) -> SSAValue:
    """Unsigned integers for an op; another `stream` gives others."""
    key = constant(place_of_rng(op), UI64, to)
    first = constant(stream * (prod(shape) + 1), UI64, to)
    return threefry_bits(key, first, shape, bits, to)[0]


def place_of_rng(op: RngOp) -> int:
    """How many ops of its kind stand before an op in its module."""
    module = op
    while not isinstance(module, ModuleOp) and (around := module.parent_op()) is not None:
        module = around
    before = 0
    for other in module.walk():
        if other is op:
            break
        before += isinstance(other, RngOp)
    return before


def uniform_integers(op: RngOp, a: SSAValue, b: SSAValue, to: Conversion) -> SSAValue:
    """a plus a number below b - a: the high half of a product of 64 bits, or for elements of 64
    bits a remainder.
    """
    element, shape, words = element_type_of(op.result), shape_of(op.result), Words(to)
    unsigned = is_unsigned(element)
    if bit_width(element) == 64:
        low, high = convert(a, UI64, to), convert(b, UI64, to)
        bits = random_words(op, shape, 64, 0, to)
        rest = to.insert(ew.RemainderOp(bits, subtract(high, low, to))).result
        return convert(add(low, rest, to), element, to)
    wide = UI64 if unsigned else IntegerType(64)
    low, high = convert(a, wide, to), convert(b, wide, to)
    size = convert(subtract(high, low, to), UI64, to)
    bits = convert(random_words(op, shape, 32, 0, to), UI64, to)
    offset = words.right(multiply(bits, size, to), 32)
    return convert(add(low, convert(offset, wide, to), to), element, to)


def uniform(
    op: RngOp, shape: Sequence[int], element: AnyFloat, stream: int, to: Conversion
) -> SSAValue:
    """Floats in [0, 1), of as many random bits as their fraction has."""
    width = bit_width(element)
    fraction = 53 if width == 64 else 24
    bits = Words(to).right(random_words(op, shape, width, stream, to), width - fraction)
    signed = convert(bits, IntegerType(width), to)
    return multiply(convert(signed, element, to), constant(2.0**-fraction, element, to, shape), to)


def standard_normal(op: RngOp, shape: Sequence[int], element: AnyFloat, to: Conversion) -> SSAValue:
    """Floats of mean 0 and deviation 1, by the transform of Box and Muller."""
    first, second = (uniform(op, shape, element, stream, to) for stream in (0, 1))
    positive = subtract(constant(1, element, to, shape), first, to)
    logarithm = to.insert(ew.LogOp(positive)).result
    radius = multiply(constant(-2, element, to, shape), logarithm, to)
    angle = multiply(constant(2 * pi, element, to, shape), second, to)
    root = to.insert(ew.SqrtOp(radius)).result
    return multiply(root, to.insert(ew.CosineOp(angle)).result, to)


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    RngBitGeneratorOp: expand_bit_generator,
    RngOp: expand_rng,
}
"""Op -> the function that makes it of others."""
