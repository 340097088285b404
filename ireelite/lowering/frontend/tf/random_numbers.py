"""Rules for TensorFlow's stateless random numbers: Philox 4x32 of a key and a counter.

Numbers come in groups, each of the four words that one counter gives, in order: four numbers of 32
bits, or two of 64. Source: TensorFlow's `stateless_random_ops.cc`, `random_distributions.h` and
`philox_random.h`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, prod

from xdsl.dialects.builtin import (
    AnyFloat,
    BFloat16Type,
    Float16Type,
    Float64Type,
    IntegerType,
    f32,
    i32,
)
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.indexing import BitcastConvertOp
from ireelite.lowering.frontend.hlo.random_bits import UI32, UI64, Words
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    fill,
    indices,
    join,
    operand,
    stack,
)
from ireelite.lowering.frontend.tf.constants import constant_ints, evaluate
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail
from ireelite.lowering.frontend.tf.values import integers

SCRAMBLING = (0x3EC8F720, 0x02461E29)
"""The key with which seeds are mixed."""
PHILOX, AUTOMATIC = 1, 3
"""TensorFlow's numbers of algorithms. The automatic choice is Philox on CPUs."""
CANDIDATES = 8
"""Groups of which a truncated normal number is chosen: with 32 numbers, of which 95 % are within two
deviations, there are always four.
"""


class Generator:
    """Philox with a key and a counter, each word a scalar of ui32."""

    def __init__(self, key: Sequence[Tensor], counter: Sequence[Tensor]):
        self.key, self.counter, self.to = key, counter, key[0].to

    def groups(self, count: int, stride: int = 1, length: int = 1) -> list[Tensor]:
        """Returns the four words of the counters that follow: count x length, where counters of a
        row are one apart and those of rows `stride`.
        """
        shape = [count * length]
        place = indices(0, shape, UI64, self.to)
        if length > 1:
            rows = indices(0, [count, length], UI64, self.to) * stride
            place = (rows + indices(1, [count, length], UI64, self.to)).reshape(*shape)
        words = Words(self.to)
        low = Tensor(words.whole(self.counter[0].value, self.counter[1].value), self.to)
        high = Tensor(words.whole(self.counter[2].value, self.counter[3].value), self.to)
        moved = low + place
        carry = (moved < low).as_type(UI64)
        parts = [*words.halves(moved.value), *words.halves((high + carry).value)]
        key = [word.broadcast(shape, []).value for word in self.key]
        return [Tensor(word, self.to) for word in words.philox(key, parts)]


def from_seed(node: tf.NodeOp, seed: Tensor) -> Generator:
    """Returns the generator of a seed, whose bits are mixed. Raises INVALID_ARGUMENT."""
    if seed.shape != (2,):
        raise fail(node, f"its seed must be two integers, not {seed.value.type}")
    words = Words(seed.to)
    halves = [
        Tensor(half, seed.to)
        for n in (0, 1)
        for half in words.halves(seed.item(0, n).as_type(UI64).value)
    ]
    key = [fill(word, halves[0]) for word in SCRAMBLING]
    mixed = words.philox([word.value for word in key], [word.value for word in halves])
    first, second, third, fourth = (Tensor(word, seed.to) for word in mixed)
    zero = fill(0, first)
    return Generator([first, second], [zero, zero, third, fourth])


def from_counter(node: tf.NodeOp, to: TfConversion) -> Generator:
    """Returns the generator of a key and a counter of ui64. Raises INVALID_ARGUMENT."""
    key, counter = operand(node, 1, to), operand(node, 2, to)
    verify_algorithm(node, 3, to)
    if key.shape != (1,) or len(counter.shape) != 1 or counter.shape[0] < 2:
        raise fail(node, f"takes a key and two counters, not {key.value.type}")
    words = Words(to)
    halves = [
        [Tensor(half, to) for half in words.halves(whole.as_type(UI64).value)]
        for whole in (key.item(0, 0), counter.item(0, 0), counter.item(0, 1))
    ]
    return Generator(halves[0], [*halves[1], *halves[2]])


def verify_algorithm(node: tf.NodeOp, index: int, to: TfConversion) -> None:
    """Raises INVALID_ARGUMENT for an algorithm that is not Philox."""
    known = evaluate(node.data[index], to, needed=True)
    if known is None or known.size != 1 or known.item() not in (PHILOX, AUTOMATIC):
        raise fail(node, "its algorithm must be a constant 1 (Philox) or 3 (automatic)")


def generator_of(node: tf.NodeOp, to: TfConversion) -> Generator:
    """Ops of the second version take a key, a counter and an algorithm, the others a seed."""
    if "V2" in node.op_name:
        return from_counter(node, to)
    return from_seed(node, operand(node, 1, to))


# -- distributions ---------------------------------------------------------------------------------


def in_order(words: Sequence[Tensor], shape: Sequence[int]) -> Tensor:
    """Numbers of groups one after the other, as many as a shape has."""
    whole = stack(words, 1)
    flat = whole.reshape(prod(whole.shape))
    return flat.part(0, 0, prod(shape)).reshape(*shape)


def with_mantissa(bits: Tensor, width: int, exponent: int, float_type: Attribute) -> Tensor:
    """Returns the float from 0 to 1 whose mantissa is the lowest bits, less 1."""
    mantissa = bits & fill((1 << width) - 1, bits, bits.shape)
    whole = mantissa | fill(exponent << width, bits, bits.shape)
    to = bits.to
    return Tensor(to.insert(BitcastConvertOp(whole.value, float_type)).result, to) - 1


def uniform(words: Sequence[Tensor], element: Attribute) -> list[Tensor]:
    """Numbers from 0 to 1 of a group's words."""
    if isinstance(element, Float64Type):
        to = words[0].to
        wholes = [Tensor(Words(to).whole(words[n + 1].value, words[n].value), to) for n in (0, 2)]
        return [with_mantissa(whole, 52, 1023, element) for whole in wholes]
    if isinstance(element, Float16Type | BFloat16Type):
        width, exponent = (10, 15) if isinstance(element, Float16Type) else (7, 127)
        short = IntegerType(16, UI32.signedness.data)
        return [with_mantissa(word.as_type(short), width, exponent, element) for word in words]
    return [with_mantissa(word, 23, 127, element) for word in words]


def normal(words: Sequence[Tensor], element: Attribute) -> list[Tensor]:
    """Returns normal numbers of a group's words, by Box and Muller's transform."""
    parts = uniform(words, element if isinstance(element, Float64Type) else f32)
    found: list[Tensor] = []
    for first, second in zip(parts[::2], parts[1::2]):
        radius = (first.maximum(1e-7).log() * -2).sqrt()
        angle = second * (2 * pi)
        found += [angle.apply(ew.SineOp) * radius, angle.apply(ew.CosineOp) * radius]
    return [each.as_type(element) for each in found]


def lower_floats(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers an op that draws uniform numbers from 0 to 1, or normal ones."""
    shape, generator = constant_ints(node, 0, to), generator_of(node, to)
    element = float_type(node)
    per_group = 2 if isinstance(element, Float64Type) else 4
    words = generator.groups(-(-prod(shape) // per_group))
    distribution = normal if "Normal" in node.op_name else uniform
    return in_order(distribution(words, element), shape).value


def lower_truncated(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers an op that draws normal numbers within two deviations: each group of four is the first
    that its own part of the counters gives.
    """
    shape, generator = constant_ints(node, 0, to), generator_of(node, to)
    element = float_type(node)
    if isinstance(element, Float64Type):
        raise fail(node, "makes numbers of f16, bf16 and f32, not of f64")
    count = -(-prod(shape) // 4)
    words = generator.groups(count, 256, CANDIDATES)
    many = 4 * CANDIDATES
    found = stack(normal(words, f32), 1).reshape(count, many)
    fits = (abs(found) < 2).as_type(i32)
    before = running_count(fits)
    chosen = []
    for place in range(4):
        here = before.equals(place) & fits.equals(1)
        chosen.append(choose(here, found, 0).sum(1))
    return in_order(chosen, shape).as_type(element).value


def running_count(flags: Tensor) -> Tensor:
    """Returns how many flags are before each one in its row."""
    rows, length = flags.shape
    total = join([fill(0, flags, [rows, 1]), flags.part(1, 0, length - 1)], 1)
    width = 1
    while width < length:
        moved = join([fill(0, flags, [rows, width]), total.part(1, 0, length - width)], 1)
        total, width = total + moved, 2 * width
    return total


def float_type(node: tf.NodeOp) -> Attribute:
    element = node.attributes.get("dtype", f32)
    if not isinstance(element, AnyFloat):
        raise fail(node, f"makes floats, not {element}")
    return element


def lower_integers(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Integers from a lower bound up to an upper one, by the remainder of a word."""
    shape, generator = constant_ints(node, 0, to), generator_of(node, to)
    low, high = (operand(node, len(node.data) - n, to) for n in (2, 1))
    wide = whole_words(node, generator, shape, low.element, to)
    span = (high.as_type(wide.element) - low.as_type(wide.element)).broadcast(shape, [])
    offset = wide.combine(ew.RemainderOp, span)
    return (low.broadcast(shape, []) + offset.as_type(low.element)).value


def lower_all_integers(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Integers of all their type's values."""
    shape, generator = constant_ints(node, 0, to), generator_of(node, to)
    element = node.attributes.get("dtype", i32)
    wide = whole_words(node, generator, shape, element, to)
    return wide.as_type(element).value


def whole_words(
    node: tf.NodeOp,
    generator: Generator,
    shape: Sequence[int],
    element: Attribute,
    to: TfConversion,
) -> Tensor:
    """Returns unsigned integers of 32 or 64 random bits, as an element type has."""
    if not isinstance(element, IntegerType) or element.width.data not in (32, 64):
        raise fail(node, f"makes integers of 32 or 64 bits, not {element}")
    if element.width.data == 32:
        return in_order(generator.groups(-(-prod(shape) // 4)), shape)
    words = generator.groups(-(-prod(shape) // 2))
    wholes = [Words(to).whole(words[n].value, words[n + 1].value) for n in (0, 2)]
    return in_order([Tensor(whole, to) for whole in wholes], shape)


# -- keys ------------------------------------------------------------------------------------------


def lower_key_counter(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns the key and the counter of a seed, as ui64, and the algorithm if it is asked for."""
    generator = from_seed(node, operand(node, 0, to))
    words, counter = Words(to), generator.counter
    key = Tensor(words.whole(generator.key[0].value, generator.key[1].value), to)
    high = Tensor(words.whole(counter[2].value, counter[3].value), to)
    both = join([fill(0, high, [1]), high.reshape(1)], 0)
    results = [key.reshape(1).value, both.value]
    return [*results, integers(PHILOX, i32, to)][: len(node.outputs)]


def lower_algorithm(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return integers(PHILOX, i32, to)


FLOATS = ("StatelessRandomNormal", "StatelessRandomUniform")
RULES: dict[str, Rule] = {
    **dict.fromkeys(FLOATS, Rule(lower_floats, 2)),
    **{f"{op}V2": Rule(lower_floats, 4) for op in FLOATS},
    "StatelessTruncatedNormal": Rule(lower_truncated, 2),
    "StatelessTruncatedNormalV2": Rule(lower_truncated, 4),
    "StatelessRandomUniformInt": Rule(lower_integers, 4),
    "StatelessRandomUniformIntV2": Rule(lower_integers, 6),
    "StatelessRandomUniformFullInt": Rule(lower_all_integers, 2),
    "StatelessRandomUniformFullIntV2": Rule(lower_all_integers, 4),
    "StatelessRandomGetAlg": Rule(lower_algorithm, 0),
    "StatelessRandomGetKeyCounter": Rule(lower_key_counter, 1),
    "StatelessRandomGetKeyCounterAlg": Rule(lower_key_counter, 1),
}
"""TensorFlow op -> the rule of an op that makes random numbers."""
