"""Random bits of StableHLO by the algorithms of Salmon et al., and random numbers.

What the specification leaves to implementations: how states become counters, and which words an
element takes, is as XLA has it; the linear congruential generator behind `rng` is upstream IREE's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.dialects.tensor_types import shape_of
from ireelite.reference.conversions import bits_of, from_bits
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, is_integer, rounded, word, wrapped
from ireelite.reference.shapes import sizes

WORD = np.uint64(0xFFFFFFFF)
"""Arithmetic is on 32-bit words in 64-bit integers."""

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def three_fry(keys: tuple[Any, Any], low: Array, high: Array) -> tuple[Array, Array]:
    """Computes Threefry 2x32 with 20 rounds."""
    third = keys[0] ^ keys[1] ^ np.uint64(0x1BD11BDA)
    schedule = (*keys, third)
    x, y = (low + keys[0]) & WORD, (high + keys[1]) & WORD
    for group in range(5):
        for turn in ROTATIONS[group % 2]:
            x = (x + y) & WORD
            y = ((y << np.uint64(turn)) | (y >> np.uint64(32 - turn))) & WORD
            y = x ^ y
        x = (x + schedule[(group + 1) % 3]) & WORD
        y = (y + schedule[(group + 2) % 3] + np.uint64(group + 1)) & WORD
    return x, y


def philox(keys: tuple[Any, Any], counters: list[Array]) -> list[Array]:
    """Computes Philox 4x32 with 10 rounds."""
    k, m = list(keys), counters
    for _ in range(10):
        first, second = m[0] * np.uint64(0xD2511F53), m[2] * np.uint64(0xCD9E8D57)
        m = [
            (second >> np.uint64(32)) ^ m[1] ^ k[0],
            second & WORD,
            (first >> np.uint64(32)) ^ m[3] ^ k[1],
            first & WORD,
        ]
        k = [(k[0] + np.uint64(0x9E3779B9)) & WORD, (k[1] + np.uint64(0xBB67AE85)) & WORD]
    return m


def words_of(state: Array) -> list[np.uint64]:
    """Returns a state as 32-bit words, the low halves first. One of 32-bit elements has the high
    word of the counter first.
    """
    words = [np.uint64(w) for w in np.ascontiguousarray(state).view(np.uint32)]
    return words if state.dtype.itemsize == 8 else [*words[:2], words[3], words[2]]


def split(number: int) -> tuple[np.uint64, np.uint64]:
    """Returns the low and the high word of 64 bits."""
    number &= (1 << 64) - 1
    return np.uint64(number & 0xFFFFFFFF), np.uint64(number >> 32)


def random_words(kind: str, state: Array, count: int) -> tuple[list[Array], int]:
    """Blocks of at least `count` 32-bit words in all, one array for each word of a block, and by
    how much the counter grows.
    """
    words = words_of(state)
    key, first = (words[0], words[1]), int(words[2]) | int(words[3]) << 32
    upper = (
        words[4:6] or words[:2]
    )  # a state without an upper half of the counter has the key there
    size = 2 if kind == "THREE_FRY" else 4
    blocks = -(-count // size)
    places = [(first + n) & ((1 << 64) - 1) for n in range(blocks)]
    low = np.array([p & 0xFFFFFFFF for p in places], np.uint64)
    high = np.array([p >> 32 for p in places], np.uint64)
    if kind == "THREE_FRY":
        return list(three_fry(key, low, high)), blocks
    carry = np.array([first + n > (1 << 64) - 1 for n in range(blocks)], np.uint64)
    third = upper[0] + carry
    more = [third & WORD, (upper[1] + (third >> np.uint64(32))) & WORD]
    return philox(key, [low, high, *more]), blocks


def rng_bit_generator(op: Operation, frame: Frame, state: Array) -> list[Array]:
    kind, dtype = word(op, "rng_algorithm"), dtype_of(op.results[1].type)
    shape = shape_of(op.results[1])
    width = bits_of(np.zeros((), dtype)).shape[-1]
    halved = list(shape)
    if kind == "THREE_FRY" and width <= 32 and shape:
        halved[split_dimension(shape)] = -(-shape[split_dimension(shape)] // 2)
        needed = 2 * prod(halved)
    else:
        needed = prod(shape) * (2 if width > 32 else 1)
    parts, blocks = random_words("PHILOX" if kind == "DEFAULT" else kind, state, needed)
    words = np.stack(parts, -1).astype(np.uint32)
    if width > 32:
        numbers = words.ravel()[:needed].view(np.uint64).reshape(shape).view(dtype)
        return [advanced(state, blocks), numbers]
    if halved != list(shape):  # the two words of a block are neighbours along one dimension
        dim = split_dimension(shape)
        pairs = np.moveaxis(words.reshape(*halved, 2), -1, dim + 1)
        full = pairs.reshape(*shape[:dim], 2 * halved[dim], *shape[dim + 1 :])
        chosen = np.take(full, np.arange(shape[dim]), dim)
    else:
        chosen = words.ravel()[: prod(shape)].reshape(shape)
    return [advanced(state, blocks), from_bits(bits_of(chosen)[..., :width], dtype)]


def split_dimension(shape: Sequence[int]) -> int:
    """Returns the first dimension of an even size, or else the first of the largest size."""
    even = [d for d, size in enumerate(shape) if size % 2 == 0]
    return even[0] if even else max(range(len(shape)), key=lambda d: (shape[d], -d))


def advanced(state: Array, blocks: int) -> Array:
    """Returns a state whose counter has grown: its second 64 bits, and its third if those overflow."""
    words = words_of(state)
    total = (int(words[2]) | int(words[3]) << 32) + blocks
    low, high = split(total)
    if state.dtype.itemsize == 4:
        after = [*words[:2], high, low]
    elif len(words) > 4:
        after = [
            *words[:2],
            low,
            high,
            *split((int(words[4]) | int(words[5]) << 32) + (total >> 64)),
        ]
    else:
        after = [*words[:2], low, high]
    return np.array(after, np.uint64).astype(np.uint32).view(state.dtype)


# -- numbers -------------------------------------------------------------------------------------------


def rng(op: Operation, frame: Frame, a: Array, b: Array, shape: Array) -> Array:
    """Numbers that depend on their place alone."""
    dtype, extents = dtype_of(op.results[0].type), sizes(shape)
    if word(op, "rng_distribution") == "NORMAL":
        return normal(float(a), float(b), extents, dtype)
    code = np.zeros(extents, np.uint64)
    for axis in range(len(extents)):
        line = [1] * len(extents)
        line[axis] = extents[axis]
        code = step(code + np.arange(extents[axis], dtype=np.uint64).reshape(line))
    if dtype.kind == "b":
        return np.where(code >> np.uint64(31) != 0, b, a)
    if is_integer(dtype):
        return uniform_integers(int(a), int(b), code, dtype)
    wide = np.dtype(np.float64 if dtype.itemsize == 8 else np.float32).type
    low = wide(a)
    numbers = code.astype(wide) * ((wide(b) - low) * wide(2.3283064e-10)) + low
    made = rounded(numbers, dtype)
    return np.where(made < b, made, a).astype(dtype)


def step(code: Array) -> Array:
    """Returns the next state of the generator, of 32 bits."""
    return (code * np.uint64(1103515245) + np.uint64(12345)) & WORD


def uniform_integers(low: int, high: int, code: Array, dtype: np.dtype[Any]) -> Array:
    """Integers from `low` to below `high`: the high half of a product with random bits."""
    width = 64 if dtype.itemsize == 8 else 32
    size = (high - low) % (1 << 64)
    numbers = code.astype(object)
    if width == 64:
        numbers = numbers * (1 << 32) + step(code).astype(object)
    offsets = (numbers * size % (1 << 2 * width)) >> width
    total = np.asarray((offsets + low) % (1 << 64), dtype=object)
    return wrapped(total.astype(np.uint64).view(np.int64).reshape(code.shape), dtype)


def normal(mean: float, deviation: float, extents: Sequence[int], dtype: np.dtype[Any]) -> Array:
    """Numbers of Box and Muller from a Mersenne twister, cosines before sines."""
    count = prod(extents)
    generator = np.random.RandomState(0)
    radii, angles = [], []
    while len(radii) < -(-count // 2):
        draws = [int(word) for word in generator.randint(0, 1 << 32, 4, dtype=np.uint32)]
        first, second = (
            np.float32((low + (high << 32)) / 2.0**64) for low, high in zip(draws[::2], draws[1::2])
        )
        if first > np.finfo(np.float32).eps:
            radii.append(np.float32(-2 * np.log(float(first))))
            angles.append(float(np.float32(2 * np.pi) * second))
    wide = np.dtype(np.float64 if dtype.itemsize == 8 else np.float32).type
    scale = wide(deviation) * np.sqrt(np.array(radii, wide))
    turns = [np.cos(angles).astype(wide), np.sin(angles).astype(wide)]
    numbers = np.concatenate([scale * turn + wide(mean) for turn in turns])
    return rounded(numbers[:count].reshape(tuple(extents)), dtype)


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.rng": rng,
    "stablehlo.rng_bit_generator": rng_bit_generator,
}
