"""Parsing of whole numbers in user input.

Python's `int` accepts digits of any script, and raises for more than a few thousand digits.
"""

from __future__ import annotations

MAX_DIGITS = 19
"""The number of decimal digits of the largest signed 64-bit number."""


def whole_number(text: str) -> int | None:
    """Parses a text of at most 19 ASCII decimal digits, with blanks around them; None for any other
    text.
    """
    digits = text.strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits) > MAX_DIGITS:
        return None
    return int(digits)
