"""Short texts about long things, for `repr`: its length does not grow with the program."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

MOST_ITEMS = 8
LONGEST_ITEM = 200


def shortened(text: str, longest: int = LONGEST_ITEM) -> str:
    """The text, with `...` for what is left out of its middle."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def first_few(items: Collection[object], most: int = MOST_ITEMS) -> list[str]:
    """The first items as text, each shortened, and how many more there are."""
    shown = [shortened(str(item)) for item in islice(items, most)]
    more = len(items) - len(shown)
    return [*shown, f"... and {more} more"] if more else shown
