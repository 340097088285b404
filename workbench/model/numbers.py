"""Numbers as views write them."""

from __future__ import annotations


def quantity(count: int, thing: str, things: str = "") -> str:
    """Formats a count and what is counted: `1 lane`, `2 lanes`, `3 dispatches`."""
    return f"{count} {thing if count == 1 else things or f'{thing}s'}"


def number(value: complex) -> str:
    """Formats four significant digits, the same on every machine; whole numbers without a point."""
    if isinstance(value, complex):
        imaginary = number(value.imag)
        return f"{number(value.real)}{'' if imaginary.startswith('-') else '+'}{imaginary}i"
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.4g}"
