"""SipHash-2-4 (Aumasson and Bernstein, 2012) with the key of its test vectors, 00 01 … 0f:
`buffer.hash`.
"""

from __future__ import annotations

from collections.abc import Callable

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)

_PIECE = 1 << 16


def siphash_2_4(data: bytes, progress: Callable[[int], None] | None = None) -> int:
    """Returns the hash as an unsigned 64-bit number.

    `progress` is called before each piece of the data with its length, and may raise.
    """
    low, high = _KEY
    state = (
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    )
    whole = len(data) // 8 * 8
    for piece in range(0, whole, _PIECE):
        end = min(piece + _PIECE, whole)
        if progress is not None:
            progress(end - piece)
        for at in range(piece, end, 8):
            state = _absorb(state, int.from_bytes(data[at : at + 8], "little"))
    last = int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56
    a, b, c, d = _absorb(state, last)
    c ^= 0xFF
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


def _absorb(state: tuple[int, int, int, int], word: int) -> tuple[int, int, int, int]:
    a, b, c, d = state
    a, b, c, d = _round(*_round(a, b, c, d ^ word))
    return a ^ word, b, c, d


def _round(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a = a + b & _MASK
    b = _rotated(b, 13) ^ a
    a = _rotated(a, 32)
    c = c + d & _MASK
    d = _rotated(d, 16) ^ c
    a = a + d & _MASK
    d = _rotated(d, 21) ^ a
    c = c + b & _MASK
    b = _rotated(b, 17) ^ c
    c = _rotated(c, 32)
    return a, b, c, d


def _rotated(value: int, by: int) -> int:
    return (value << by | value >> 64 - by) & _MASK
