"""Random bits by counters: Threefry 2x32 and Philox 4x32, as XLA computes them.

A generator is a function of a key and of a counter, which mixes the bits of both: element i of the
output comes from the counter of the state plus a number that follows from i. The state is a key of
64 bits, then a counter of 64 bits, or for Philox of 128. Reference: Salmon et al., "Parallel random
numbers: as easy as 1, 2, 3", 2011. All arithmetic here is on ui32 and ui64.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects.builtin import IntegerType, Signedness, TensorType
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp
from ireelite.dialects.stablehlo.indexing import BitcastConvertOp, ConcatenateOp
from ireelite.dialects.stablehlo.shapes import bit_width
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import add, broadcast, constant, convert, multiply
from ireelite.lowering.rewriting.conversion import Conversion

UI32 = IntegerType(32, Signedness.UNSIGNED)
UI64 = IntegerType(64, Signedness.UNSIGNED)

THREEFRY_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
THREEFRY_PARITY = 0x1BD11BDA
PHILOX_ROUNDS = 10
PHILOX_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
PHILOX_WEYL = (0x9E3779B9, 0xBB67AE85)


class Words:
    """Arithmetic on tensors of unsigned integers, where a number is a tensor of equal elements."""

    def __init__(self, to: Conversion):
        self.to = to

    def like(self, number: int, value: SSAValue) -> SSAValue:
        """Returns a tensor of one number, of another tensor's type."""
        return constant(number, element_type_of(value), self.to, shape_of(value))

    def xor(self, a: SSAValue, b: SSAValue) -> SSAValue:
        return self.to.insert(ew.XorOp(a, b)).result

    def left(self, a: SSAValue, count: int) -> SSAValue:
        return self.to.insert(ew.ShiftLeftOp(a, self.like(count, a))).result

    def right(self, a: SSAValue, count: int) -> SSAValue:
        return self.to.insert(ew.ShiftRightLogicalOp(a, self.like(count, a))).result

    def plus(self, a: SSAValue, number: int) -> SSAValue:
        return add(a, self.like(number, a), self.to)

    def rotated(self, a: SSAValue, count: int) -> SSAValue:
        parts = self.left(a, count), self.right(a, 32 - count)
        return self.to.insert(ew.OrOp(*parts)).result

    def halves(self, a: SSAValue) -> tuple[SSAValue, SSAValue]:
        """Returns the low and the high 32 bits of ui64."""
        return convert(a, UI32, self.to), convert(self.right(a, 32), UI32, self.to)

    def whole(self, low: SSAValue, high: SSAValue) -> SSAValue:
        """Returns the ui64 of these halves."""
        upper = self.left(convert(high, UI64, self.to), 32)
        return self.to.insert(ew.OrOp(convert(low, UI64, self.to), upper)).result

    def spread(self, scalar: SSAValue, count: int) -> SSAValue:
        """Returns a scalar as a row of `count` equal elements."""
        return broadcast(scalar, (), (count,), self.to)

    def counted(self, counter: SSAValue, count: int) -> SSAValue:
        """Returns the row counter, counter + 1, ... of `count` elements."""
        iota = self.to.insert(hlo.IotaOp(0, TensorType(UI64, [count]))).result
        return add(iota, self.spread(counter, count), self.to)

    # -- the generators ------------------------------------------------------------------------------

    def threefry(
        self, key: tuple[SSAValue, SSAValue], counter: tuple[SSAValue, SSAValue]
    ) -> tuple[SSAValue, SSAValue]:
        """Applies twenty rounds to two words; a key word is mixed in after every four."""
        third = self.xor(self.xor(*key), self.like(THREEFRY_PARITY, key[0]))
        keys = (*key, third)
        x, y = add(counter[0], keys[0], self.to), add(counter[1], keys[1], self.to)
        for group in range(5):
            for rotation in THREEFRY_ROTATIONS[group % 2]:
                x = add(x, y, self.to)
                y = self.xor(self.rotated(y, rotation), x)
            x = add(x, keys[(group + 1) % 3], self.to)
            y = self.plus(add(y, keys[(group + 2) % 3], self.to), group + 1)
        return x, y

    def philox(self, key: Sequence[SSAValue], counter: Sequence[SSAValue]) -> list[SSAValue]:
        """Applies ten rounds to four words, each with two products of 64 bits."""
        a, b, c, d = counter
        k, m = key
        for number in range(PHILOX_ROUNDS):
            if number:
                k, m = self.plus(k, PHILOX_WEYL[0]), self.plus(m, PHILOX_WEYL[1])
            low, high = self.product(a, PHILOX_MULTIPLIERS[0])
            other_low, other_high = self.product(c, PHILOX_MULTIPLIERS[1])
            a, c = self.xor(self.xor(other_high, b), k), self.xor(self.xor(high, d), m)
            b, d = other_low, low
        return [a, b, c, d]

    def product(self, a: SSAValue, number: int) -> tuple[SSAValue, SSAValue]:
        """Returns the low and the high half of a word times a number."""
        wide = convert(a, UI64, self.to)
        return self.halves(multiply(wide, self.like(number, wide), self.to))


# -- elements of a shape -----------------------------------------------------------------------------


def threefry_bits(
    key: SSAValue, counter: SSAValue, shape: Sequence[int], bits: int, to: Conversion
) -> tuple[SSAValue, int]:
    """Returns unsigned integers of `bits` bits in a shape, and how many counters they took. `key`
    and `counter` are scalars of ui64. Elements of 32 bits or fewer are halves of a call's result,
    one call for each two elements along the dimension that `halved` finds.
    """
    words = Words(to)
    half = list(shape) if bits == 64 else halved(shape)
    count = prod(half)
    row = words.halves(words.counted(counter, count))
    keys = tuple(words.spread(part, count) for part in words.halves(key))
    results = words.threefry((keys[0], keys[1]), row)
    if bits == 64:
        return reshape(words.whole(*results), shape, to), count
    if not shape:
        return narrow(reshape(results[0], (), to), bits, to), count
    dim = split_dimension(shape)
    pairs = [reshape(part, (*half[: dim + 1], 1, *half[dim + 1 :]), to) for part in results]
    full = [*shape[:dim], 2 * half[dim], *shape[dim + 1 :]]
    joined = reshape(to.insert(ConcatenateOp(pairs, dim + 1)).result, full, to)
    return narrow(cut(joined, shape, to), bits, to), count


def split_dimension(shape: Sequence[int]) -> int:
    """Returns the first dimension of an even size, or else the first of the largest size."""
    even = (d for d, size in enumerate(shape) if size % 2 == 0)
    return next(even, max(range(len(shape)), key=lambda d: (shape[d], -d)))


def halved(shape: Sequence[int]) -> list[int]:
    """Returns the shape with half of the elements along one dimension, rounded up."""
    if not shape:
        return [1]
    dim = split_dimension(shape)
    return [-(-size // 2) if d == dim else size for d, size in enumerate(shape)]


def philox_bits(
    key: SSAValue,
    counter: tuple[SSAValue, SSAValue],
    shape: Sequence[int],
    bits: int,
    to: Conversion,
) -> tuple[SSAValue, int]:
    """Returns unsigned integers of `bits` bits in a shape, and how many counters they took. `key`
    and the counter's low and high half are scalars of ui64. Elements take the words of each call in
    order.
    """
    words = Words(to)
    size = prod(shape)
    count = -(-size * (2 if bits == 64 else 1) // 4)
    low = words.counted(counter[0], count)
    high = words.spread(counter[1], count)
    overflow = to.insert(CompareOp("LT", low, words.spread(counter[0], count))).result
    high = add(high, convert(overflow, UI64, to), to)
    keys = [words.spread(part, count) for part in words.halves(key)]
    results = words.philox(keys, [*words.halves(low), *words.halves(high)])
    if bits == 64:
        results = [words.whole(*results[:2]), words.whole(*results[2:])]
    columns = [reshape(part, (count, 1), to) for part in results]
    joined = to.insert(ConcatenateOp(columns, 1)).result
    flat = cut(reshape(joined, (count * len(columns),), to), (size,), to)
    return narrow(reshape(flat, shape, to), bits, to), count


def reshape(value: SSAValue, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the same elements in another shape."""
    if shape_of(value) == tuple(shape):
        return value
    return to.insert(hlo.ReshapeOp(value, TensorType(element_type_of(value), shape))).result


def cut(value: SSAValue, shape: Sequence[int], to: Conversion) -> SSAValue:
    """Returns the first elements along each dimension."""
    if shape_of(value) == tuple(shape):
        return value
    return to.insert(hlo.SliceOp(value, [(0, size, 1) for size in shape])).result


def narrow(value: SSAValue, bits: int, to: Conversion) -> SSAValue:
    """Returns the low bits of unsigned integers."""
    return convert(value, IntegerType(bits, Signedness.UNSIGNED), to)


def as_elements(bits: SSAValue, element: Attribute, to: Conversion) -> SSAValue:
    """Returns unsigned integers as elements of a type of the same width that have the same bits."""
    if isinstance(element, IntegerType):
        return convert(bits, element, to)
    assert bit_width(element) == bit_width(element_type_of(bits))
    return to.insert(BitcastConvertOp(bits, element)).result
