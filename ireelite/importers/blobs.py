"""Long hexadecimal strings of MLIR text, taken out of it before it is read.

A constant of 100 MB has 200 MB of digits. They become bytes at once, and the text that is parsed
has a number in their place: `dense<"0x@0"> : tensor<...>`. Lines keep their numbers.
"""

from __future__ import annotations

import re
from binascii import unhexlify

LONG = re.compile(rb'(<|:)(\s*+"0x)([0-9A-Fa-f]{16384,}+)"')
"""The bytes of a constant behind `<`, or of a resource behind `:`. Shorter ones stay."""

HEADER = 8
"""Digits of a resource that stay in the text: its alignment, which is before its bytes."""


def lift_blobs(data: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Returns the text without its long strings, and their bytes."""
    parts: list[bytes | memoryview] = []
    blobs: list[bytes] = []
    view, end = memoryview(data), 0
    for match in LONG.finditer(data):
        if (match.end(3) - match.start(3)) % 2:
            continue  # the parser refuses it
        start = match.start(3) + (HEADER if match[1] == b":" else 0)
        parts += [view[end:start], b"@%d" % len(blobs)]
        blobs.append(unhexlify(view[start : match.end(3)]))
        end = match.end(3)
    return (b"".join([*parts, view[end:]]) if blobs else data), tuple(blobs)
