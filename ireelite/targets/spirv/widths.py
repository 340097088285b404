"""Elements that share a word of storage: a word is the least that a shader can access."""

from __future__ import annotations

from xdsl.ir import Attribute

from ireelite.dialects.elements import find_row


def narrow_bits(type: Attribute) -> int | None:
    """Returns the bits of storage of an element that shares a word with others; None for others."""
    row = find_row(type)
    if row is None or not row.has_access or row.storage_bits >= WORD_BITS:
        return None
    return row.storage_bits


WORD_BITS = 32
