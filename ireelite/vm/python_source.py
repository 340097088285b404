"""Numbers as Python source, and lines that set what nothing reads."""

from __future__ import annotations

from typing import Any


def literal(value: Any) -> str:
    """Returns a number as Python source, in parentheses if it has a sign."""
    if isinstance(value, float):
        if value != value:
            return "NAN"
        if value in (float("inf"), float("-inf")):
            return "INF" if value > 0 else "(-INF)"
    text = repr(value)
    return f"({text})" if text[0] == "-" else text


def drop_unread(lines: list[str], constants: list[tuple[int, str]], variables: set[str]) -> None:
    """Empties the lines that only set a variable which nothing reads; a block that is empty then
    gets a `pass`.
    """
    for index, register in constants:
        if register not in variables:
            lines[index] = ""
    for index, line in enumerate(lines):
        if line.endswith(":"):
            depth = len(line) - len(line.lstrip())
            inner = next((later for later in lines[index + 1 :] if later), "")
            if len(inner) - len(inner.lstrip()) <= depth:
                lines[index + 1] = " " * (depth + 1) + "pass"
