"""Columns and long texts in the form in which views send them to a browser; `ints` and `inflated` in
`common.js` are the inverses.
"""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Iterable

from ireelite.records.columns import ints, pack_ints


def packed_ints(column: array[int] | Iterable[int]) -> list[int | str]:
    """Returns [how many, the differences of neighbours by significance of their bytes, deflated, in
    base 64].
    """
    column = column if isinstance(column, array) else ints(column)
    return [len(column), base64.b64encode(pack_ints(column)).decode("ascii")]


def packed_text(text: str) -> str:
    """Returns a text, deflated, in base 64."""
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")
