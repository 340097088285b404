"""Random bits of StableHLO by the algorithms of Salmon et al., and random numbers.

What the specification leaves to implementations is as upstream IREE has it: how states become
counters, and the linear congruential generator behind `rng`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.conversions import bits_of, from_bits
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, rounded, word
from ireelite.reference.shapes import sizes

WORD = np.uint64(0xFFFFFFFF)
"""Arithmetic is on 32-bit words in 64-bit integers."""

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def three_fry(keys: tuple[Any, Any], low: Array, high: Array) -> tuple[Array, Array]:
    """Threefry 2x32 with 20 rounds."""
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
    """Philox 4x32 with 10 rounds."""
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
    """A state as 32-bit words, the low halves first."""
    data = np.ascontiguousarray(state).view(np.uint32)
    return [np.uint64(w) for w in data]


def split(number: int) -> tuple[np.uint64, np.uint64]:
    """The low and the high word of 64 bits."""
    number &= (1 << 64) - 1
    return np.uint64(number & 0xFFFFFFFF), np.uint64(number >> 32)


def random_words(kind: str, state: Array, count: int) -> tuple[list[Array], int]:
    """Blocks of at least `count` 32-bit words in all, one array for each word of a block, and by
    how much the counter grows.
    """
    words = words_of(state)
    key, first = (words[0], words[1]), int(words[2]) | int(words[3]) << 32
    size = 2 if kind == "THREE_FRY" else 4
    blocks = -(-count // size)
    places = [(first + n) & ((1 << 64) - 1) for n in range(blocks)]
    low = np.array([p & 0xFFFFFFFF for p in places], np.uint64)
    high = np.array([p >> 32 for p in places], np.uint64)
    if kind == "THREE_FRY":
        return list(three_fry(key, low, high)), blocks
    more = [np.full(blocks, w, np.uint64) for w in (*words[4:6],)] or [
        np.zeros(blocks, np.uint64)
    ] * 2
    return philox(key, [low, high, *more]), blocks


def rng_bit_generator(op: Operation, frame: Frame, state: Array) -> list[Array]:
    kind, dtype = word(op, "rng_algorithm"), dtype_of(op.results[1].type)
    shape = op.results[1].type.get_shape()  # pyright: ignore
    count = int(np.prod(shape, dtype=np.int64))
    width = bits_of(np.zeros((), dtype)).shape[-1]
    per_word = max(32 // max(width, 1), 1) if width < 32 else 1
    needed = count * (width // 32) if width > 32 else count
    parts, blocks = random_words("PHILOX" if kind == "DEFAULT" else kind, state, needed)
    words = np.stack(parts, -1).ravel()[:needed].astype(np.uint32)
    if width > 32:
        numbers = words.reshape(count, width // 32).copy().view(np.uint64)[:, 0].view(dtype)
    else:
        numbers = from_bits(bits_of(words)[:, :width], dtype)
    assert per_word
    return [advanced(state, blocks), numbers.reshape(shape)]


def advanced(state: Array, blocks: int) -> Array:
    """A state whose counter, its second 64 bits, has grown."""
    words = words_of(state)
    low, high = split((int(words[2]) | int(words[3]) << 32) + blocks)
    after = [*words[:2], low, high, *words[4:]]
    return np.array(after, np.uint64).astype(np.uint32).view(state.dtype)


# -- numbers -------------------------------------------------------------------------------------------


def rng(op: Operation, frame: Frame, a: Array, b: Array, shape: Array) -> Array:
    """Numbers that depend on their place alone."""
    dtype, extents = dtype_of(op.results[0].type), sizes(shape)
    code = np.zeros(extents, np.uint64)
    for axis in range(len(extents)):
        line = [1] * len(extents)
        line[axis] = extents[axis]
        place = np.arange(extents[axis], dtype=np.uint64).reshape(line)
        code = ((code + place) * np.uint64(1103515245) + np.uint64(12345)) & WORD
    low, high = float(a), float(b)
    scaled = code.astype(np.float64) * np.float64(np.float32((high - low) * 2.3283064e-10))
    return rounded(scaled + low, dtype)


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.rng": rng,
    "stablehlo.rng_bit_generator": rng_bit_generator,
}
