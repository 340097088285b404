"""Calling-convention strings: `0rIi_r` takes a reference, an i64 and an i32, and gives a reference.

Letters: `i` i32 (and anything narrower), `I` i64, `f` f32, `F` f64, `r` a reference, `v` nothing.
`C…D` around letters is a *span*, a list of such tuples; only the arguments of an import may have
one.
"""

from __future__ import annotations

from functools import lru_cache

from ireelite.bytecode.isa import REF_BIT
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError

REGISTER_KINDS = {"i": "i", "I": "q", "f": "f", "F": "d", "r": "r"}
"""The field kind in `isa` of a register that holds a value of a letter."""

_LETTERS = frozenset(REGISTER_KINDS)


class CallingConvention(NamedTuple):
    """What a function takes and gives."""

    arguments: tuple[str, ...]
    """A letter each, or for a span all its letters between `C` and `D`: `CrIID` is `"CrIID"`."""
    results: tuple[str, ...]

    @property
    def variadic(self) -> bool:
        """Whether an argument is a span."""
        return any(item[0] == "C" for item in self.arguments)

    def argument_kinds(self, segments: tuple[int, ...] | None = None) -> list[str]:
        """Returns the register kinds of the flattened arguments, spans repeated as often as
        `segments` says.
        """
        kinds: list[str] = []
        for position, item in enumerate(self.arguments):
            if item[0] != "C":
                kinds.append(REGISTER_KINDS[item])
            elif segments is not None:
                kinds += [REGISTER_KINDS[letter] for letter in item[1:-1]] * segments[position]
        return kinds

    def result_kinds(self) -> list[str]:
        """Returns the register kinds of the results."""
        return [REGISTER_KINDS[letter] for letter in self.results]


@lru_cache(maxsize=1024)
def parse_cconv(text: str) -> CallingConvention:
    """Reads a calling-convention string. Raises INVALID_ARGUMENT if it is none."""
    if text[:1] != "0":
        raise _bad(text, "it must begin with the version, 0")
    arguments, _, results = text[1:].partition("_")
    return CallingConvention(_items(text, arguments, True), _items(text, results, False))


def argument_registers(kinds: list[str]) -> list[int]:
    """Returns the raw registers in which a function finds its arguments: in each bank from 0, wide
    ones at even numbers.
    """
    registers: list[int] = []
    number = reference = 0
    for kind in kinds:
        if kind == "r":
            registers.append(REF_BIT | reference)
            reference += 1
            continue
        wide = kind in "qd"
        number += number % 2 if wide else 0
        registers.append(number)
        number += 2 if wide else 1
    return registers


def _items(text: str, part: str, spans: bool) -> tuple[str, ...]:
    if part in ("", "v"):
        return ()
    items: list[str] = []
    at = 0
    while at < len(part):
        if part[at] in _LETTERS:
            items.append(part[at])
            at += 1
            continue
        end = part.find("D", at)
        if (
            not spans
            or part[at] != "C"
            or end <= at + 1
            or not _LETTERS.issuperset(part[at + 1 : end])
        ):
            raise _bad(text, f"`{part[at:]}` is not understood")
        items.append(part[at : end + 1])
        at = end + 1
    return tuple(items)


def _bad(text: str, why: str) -> StatusError:
    return StatusError(StatusCode.INVALID_ARGUMENT, f"invalid calling convention '{text}': {why}")
