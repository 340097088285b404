"""Short texts about long things, for `repr` and errors, whose length does not grow with the program."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

MAX_ITEMS = 8
LONGEST_ITEM = 200


def shortened(text: str, longest: int = LONGEST_ITEM) -> str:
    """Returns the text, with `...` for what is left out of its middle."""
    if len(text) <= longest:
        return text
    half = (longest - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def with_short_quotes(text: str) -> str:
    """Returns the text, with everything in quotes shortened: names of a program can have any
    length.
    """
    return re.sub(r"(?s)'[^']*'|`[^`]*`", lambda match: shortened(match[0]), text)


def first_few(items: Collection[object], most: int = MAX_ITEMS) -> list[str]:
    """Returns the first items as text, each shortened, and how many more there are."""
    shown = [shortened(str(item)) for item in islice(items, most)]
    more = len(items) - len(shown)
    return [*shown, f"... and {more} more"] if more else shown
