"""Bounds of integer results from the bounds of the operands."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from ireelite.light_named_tuple import NamedTuple


class Interval(NamedTuple):
    """All ints from `low` to `high`."""

    low: int
    high: int


LIMITS = {"i": Interval(-(1 << 31), (1 << 31) - 1), "q": Interval(-(1 << 63), (1 << 63) - 1)}
"""The range of each kind of int register."""

_BIT = Interval(0, 1)
_U32 = Interval(0, (1 << 32) - 1)
_U64 = Interval(0, (1 << 64) - 1)


def fixed_interval(mnemonic: str) -> Interval | None:
    """Bounds of an instruction's int result whatever its operands are; None if they matter."""
    found = _rule(mnemonic)
    return found if isinstance(found, Interval) else None


def result_interval(mnemonic: str, operands: list[Interval]) -> Interval:
    """Bounds of an instruction's int result before it is wrapped;
    if nothing is known, those of an i64.
    """
    found = _rule(mnemonic)
    return found if isinstance(found, Interval) else found[0](found[1], *operands)


@cache
def _rule(mnemonic: str) -> Interval | tuple[Callable[..., Interval], Interval]:
    """Returns the bounds of an instruction's result if its operands do not matter, else the rule
    for them and all unsigned ints of its width.
    """
    if mnemonic.startswith("cmp."):
        return _BIT
    if (fixed := _FIXED.get(mnemonic)) is not None:
        return fixed
    name, _, rest = mnemonic.partition(".")
    rule = _RULES.get(mnemonic) or _RULES.get(
        f"{name}{rest[3:]}" if rest[:3] in ("i32", "i64") else ""
    )
    if rule is None:
        return LIMITS["i"] if name == "buffer" and rest.startswith("load.i32") else LIMITS["q"]
    return rule, _U32 if rest[:3] == "i32" else _U64


_FIXED = {
    "buffer.load.i8.u": Interval(0, 0xFF),
    "buffer.load.i8.s": Interval(-0x80, 0x7F),
    "buffer.load.i16.u": Interval(0, 0xFFFF),
    "buffer.load.i16.s": Interval(-0x8000, 0x7FFF),
    "buffer.length": Interval(0, (1 << 63) - 1),
    "list.size": Interval(0, (1 << 31) - 1),
    "import.resolved": _BIT,
    "ext.i8.i32.s": Interval(-0x80, 0x7F),
    "ext.i8.i32.u": Interval(0, 0xFF),
    "ext.i16.i32.s": Interval(-0x8000, 0x7FFF),
    "ext.i16.i32.u": Interval(0, 0xFFFF),
    "trunc.i32.i8": Interval(0, 0xFF),
    "trunc.i32.i16": Interval(0, 0xFFFF),
    "ctlz.i32": Interval(0, 32),
    "ctlz.i64": Interval(0, 64),
}


def _hull(*values: int) -> Interval:
    return Interval(min(values), max(values))


def _add(all_: Interval, a: Interval, b: Interval) -> Interval:
    return Interval(a.low + b.low, a.high + b.high)


def _sub(all_: Interval, a: Interval, b: Interval) -> Interval:
    return Interval(a.low - b.high, a.high - b.low)


def _mul(all_: Interval, a: Interval, b: Interval) -> Interval:
    return _hull(a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high)


def _fma(all_: Interval, a: Interval, b: Interval, c: Interval) -> Interval:
    return _add(all_, _mul(all_, a, b), c)


def _div_s(all_: Interval, a: Interval, b: Interval) -> Interval:
    if b.low >= 1 and a.low >= 0:
        return Interval(a.low // b.high, a.high // b.low)
    largest = max(abs(a.low), abs(a.high), 1)  # never a constant: the division may fail
    return Interval(-largest, largest)


def _div_u(all_: Interval, a: Interval, b: Interval) -> Interval:
    return _div_s(all_, a, b) if a.low >= 0 and b.low >= 1 else all_


def _rem_s(all_: Interval, a: Interval, b: Interval) -> Interval:
    largest = min(max(abs(a.low), abs(a.high)), max(abs(b.low), abs(b.high)) - 1)
    if b.low <= 0 <= b.high:
        return Interval(
            -max(largest, 1), max(largest, 1)
        )  # never a constant: the division may fail
    return Interval(0 if a.low >= 0 else -largest, 0 if a.high <= 0 else largest)


def _rem_u(all_: Interval, a: Interval, b: Interval) -> Interval:
    return _rem_s(all_, a, b) if a.low >= 0 and b.low >= 1 else all_


def _not(all_: Interval, a: Interval) -> Interval:
    return Interval(~a.high, ~a.low)


def _and(all_: Interval, a: Interval, b: Interval) -> Interval:
    highs = [interval.high for interval in (a, b) if interval.low >= 0]
    return Interval(0, min(highs)) if highs else _signed(all_)


def _or(all_: Interval, a: Interval, b: Interval) -> Interval:
    if a.low < 0 or b.low < 0:
        return _signed(all_)
    return Interval(0, (1 << max(a.high, b.high).bit_length()) - 1)


def _shl(all_: Interval, a: Interval, b: Interval) -> Interval:
    bits = all_.high.bit_length() - 1
    if b.low < 0 or b.high > bits:
        b = Interval(0, bits)
    return _mul(all_, a, Interval(1 << b.low, 1 << b.high))


def _shr_s(all_: Interval, a: Interval, b: Interval) -> Interval:
    bits = all_.high.bit_length() - 1
    if b.low < 0 or b.high > bits:
        b = Interval(0, bits)
    return _hull(a.low >> b.low, a.low >> b.high, a.high >> b.low, a.high >> b.high)


def _shr_u(all_: Interval, a: Interval, b: Interval) -> Interval:
    return _shr_s(all_, a if a.low >= 0 else all_, b)


def _abs(all_: Interval, a: Interval) -> Interval:
    return Interval(0, max(abs(a.low), abs(a.high)))


def _min_s(all_: Interval, a: Interval, b: Interval) -> Interval:
    return Interval(min(a.low, b.low), min(a.high, b.high))


def _max_s(all_: Interval, a: Interval, b: Interval) -> Interval:
    return Interval(max(a.low, b.low), max(a.high, b.high))


def _either(all_: Interval, a: Interval, b: Interval) -> Interval:
    """Returns the interval of an unsigned minimum or maximum, which is one of the two."""
    return _hull(*a, *b)


def _same(all_: Interval, a: Interval) -> Interval:
    return a


def _zero_extended(all_: Interval, a: Interval) -> Interval:
    return a if a.low >= 0 else _U32


def _signed(all_: Interval) -> Interval:
    return LIMITS["i"] if all_ is _U32 else LIMITS["q"]


_RULES: dict[str, Callable[..., Interval]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "fma": _fma,
    "div.s": _div_s,
    "div.u": _div_u,
    "rem.s": _rem_s,
    "rem.u": _rem_u,
    "not": _not,
    "and": _and,
    "or": _or,
    "xor": _or,
    "shl": _shl,
    "shr.s": _shr_s,
    "shr.u": _shr_u,
    "abs": _abs,
    "min.s": _min_s,
    "max.s": _max_s,
    "min.u": _either,
    "max.u": _either,
    "trunc.i64.i32": _same,
    "ext.i32.i64.s": _same,
    "ext.i32.i64.u": _zero_extended,
}
