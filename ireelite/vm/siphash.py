"""SipHash-2-4 (Aumasson and Bernstein, 2012) with the key of its test vectors, 00 01 … 0f:
`buffer.hash`.
"""

from __future__ import annotations

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_KEY = (0x0706050403020100, 0x0F0E0D0C0B0A0908)


def siphash_2_4(data: bytes) -> int:
    """The hash as an unsigned 64-bit number."""
    low, high = _KEY
    state = (
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    )
    whole = len(data) // 8 * 8
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56)
    for word in words:
        a, b, c, d = state
        a, b, c, d = _round(*_round(a, b, c, d ^ word))
        state = (a ^ word, b, c, d)
    a, b, c, d = state
    c ^= 0xFF
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


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
