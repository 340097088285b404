"""Whole numbers in texts that users write.

Python's `int` takes digits of any script, and raises for more than some thousand of them.
"""

from __future__ import annotations

MOST_DIGITS = 19
"""As many as the largest number of 64 bits has, with a sign."""


def whole_number(text: str) -> int | None:
    """The number that a text of at most 19 decimal digits is, blanks around it aside; None for any
    other text.
    """
    digits = text.strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > MOST_DIGITS:
        return None
    return int(digits)
