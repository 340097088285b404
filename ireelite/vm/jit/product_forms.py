"""Which calls of `mmt4d` native code takes, and what they cost."""

from __future__ import annotations

WIDTHS = {1: (4, 4), 2: (1, 4)}
"""Bytes of an element of operands, and of the result, by that type."""
TYPE, ACCUMULATE = 0xFF, 0x100
"""In the flags of `mmt4d`: the type, and whether the product is added to the output."""
ELEMENTS_PER_INSTRUCTION = 8
"""Multiplications in the time of another instruction."""


def form_of(
    n: int | None, k: int | None, m0: int | None, n0: int | None, k0: int | None, flags: int
) -> tuple[int, bool, bool] | None:
    """Returns, for a call of `mmt4d`, the type of its elements, whether the right matrix lies by
    columns, and whether it accumulates; None if its tiles are others than one element or one row.
    """
    columns = m0 == n == k0 == 1
    if flags & TYPE not in WIDTHS or not (columns or k == m0 == n0 == 1):
        return None
    return flags & TYPE, columns, bool(flags & ACCUMULATE)
