"""What each instruction that only computes means, as a Python expression.

One table for both engines: the interpreter evaluates the expressions, the translator writes them
into the code it makes. `{0} {1} {2}` stand for the operands, each an atom. `fix` says what must
still be done to the
value: wrapped to `i32` or `i64`, rounded to `f32`, or nothing. Conditions may be a bool; it is an
int in all respects.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from ireelite.light_named_tuple import NamedTuple
from ireelite.vm import arithmetic


class Meaning(NamedTuple):
    """The value of an instruction."""

    expression: str
    fix: str = ""


_M32 = "0xFFFFFFFF"
_M64 = "0xFFFFFFFFFFFFFFFF"


def _integers() -> dict[str, Meaning]:
    table: dict[str, Meaning] = {}
    for kind, mask, bits in (("i32", _M32, 31), ("i64", _M64, 63)):
        unsigned = f"({{0}} & {mask}) {{operator}} ({{1}} & {mask})"
        helper = f"{{name}}({{{{0}}}} & {mask}, {{{{1}}}} & {mask})"
        table |= {
            f"add.{kind}": Meaning("{0} + {1}", kind),
            f"sub.{kind}": Meaning("{0} - {1}", kind),
            f"mul.{kind}": Meaning("{0} * {1}", kind),
            f"div.{kind}.s": Meaning("div_s({0}, {1})", kind),
            f"div.{kind}.u": Meaning(helper.format(name="div_u"), kind),
            f"rem.{kind}.s": Meaning("rem_s({0}, {1})"),
            f"rem.{kind}.u": Meaning(helper.format(name="rem_u"), kind),
            f"fma.{kind}": Meaning("{0} * {1} + {2}", kind),
            f"not.{kind}": Meaning("~{0}"),
            f"and.{kind}": Meaning("{0} & {1}"),
            f"or.{kind}": Meaning("{0} | {1}"),
            f"xor.{kind}": Meaning("{0} ^ {1}"),
            f"shl.{kind}": Meaning(f"{{0}} << ({{1}} & {bits})", kind),
            f"shr.{kind}.s": Meaning(f"{{0}} >> ({{1}} & {bits})"),
            f"shr.{kind}.u": Meaning(f"({{0}} & {mask}) >> ({{1}} & {bits})", kind),
            f"ctlz.{kind}": Meaning(f"ctlz{bits + 1}({{0}})"),
            f"abs.{kind}": Meaning("abs({0})", kind),
            f"min.{kind}.s": Meaning("({0} if {0} < {1} else {1})"),
            f"max.{kind}.s": Meaning("({0} if {0} > {1} else {1})"),
            f"min.{kind}.u": Meaning(
                f"({{0}} if {unsigned.replace('{operator}', '<')} else {{1}})"
            ),
            f"max.{kind}.u": Meaning(
                f"({{0}} if {unsigned.replace('{operator}', '>')} else {{1}})"
            ),
            f"cmp.eq.{kind}": Meaning("{0} == {1}"),
            f"cmp.ne.{kind}": Meaning("{0} != {1}"),
            f"cmp.lt.{kind}.s": Meaning("{0} < {1}"),
            f"cmp.lt.{kind}.u": Meaning(unsigned.replace("{operator}", "<")),
            f"cmp.nz.{kind}": Meaning("{0} != 0"),
            f"select.{kind}": Meaning("({1} if {0} else {2})"),
        }
    return table


def _floats() -> dict[str, Meaning]:
    table: dict[str, Meaning] = {}
    for kind in ("f32", "f64"):
        fix = kind if kind == "f32" else ""
        table |= {
            f"select.{kind}": Meaning("({1} if {0} else {2})"),
            f"add.{kind}": Meaning("{0} + {1}", fix),
            f"sub.{kind}": Meaning("{0} - {1}", fix),
            f"mul.{kind}": Meaning("{0} * {1}", fix),
            f"div.{kind}": Meaning("div_f({0}, {1})", fix),
            f"rem.{kind}": Meaning("rem_f({0}, {1})"),
            f"abs.{kind}": Meaning("fabs({0})"),
            f"neg.{kind}": Meaning("-{0}"),
            f"ceil.{kind}": Meaning("ceil({0})"),
            f"floor.{kind}": Meaning("floor({0})"),
            f"round.{kind}": Meaning("round_away({0})"),
            f"round.{kind}.even": Meaning("round_even({0})"),
            f"min.{kind}": Meaning("({1} if {1} < {0} else {0})"),
            f"max.{kind}": Meaning("({1} if {1} > {0} else {0})"),
            f"atan2.{kind}": Meaning("atan2({0}, {1})", fix),
            f"pow.{kind}": Meaning("pow_f({0}, {1})", fix),
            f"cmp.eq.{kind}.o": Meaning("{0} == {1}"),
            f"cmp.eq.{kind}.u": Meaning("not ({0} < {1} or {0} > {1})"),
            f"cmp.ne.{kind}.o": Meaning("{0} != {1}"),
            f"cmp.ne.{kind}.u": Meaning("{0} != {1}"),
            f"cmp.lt.{kind}.o": Meaning("{0} < {1}"),
            f"cmp.lt.{kind}.u": Meaning("not ({0} >= {1})"),
            f"cmp.lte.{kind}.o": Meaning("{0} <= {1}"),
            f"cmp.lte.{kind}.u": Meaning("not ({0} > {1})"),
            f"cmp.nan.{kind}": Meaning("{0} != {0}"),
            f"cast.si32.{kind}": Meaning("float({0})", fix),
            f"cast.ui32.{kind}": Meaning(f"float({{0}} & {_M32})", fix),
            f"cast.si64.{kind}": Meaning("float({0})", fix),
            f"cast.ui64.{kind}": Meaning(f"float({{0}} & {_M64})", fix),
            f"cast.{kind}.si32": Meaning("to_int({0})", "i32"),
            f"cast.{kind}.ui32": Meaning("to_int({0})", "i32"),
            f"cast.{kind}.si64": Meaning("to_int({0})"),
            f"cast.{kind}.ui64": Meaning("to_uint({0})"),
        }
        for name in "atan cos sin exp exp2 expm1 log log10 log1p log2 rsqrt sqrt tanh erf".split():
            table[f"{name}.{kind}"] = Meaning(f"{name}({{0}})", fix)
    return table


MEANINGS: dict[str, Meaning] = {
    **_integers(),
    **_floats(),
    "cast.si64.f32": Meaning("for_f32({0})", "f32"),
    "cast.ui64.f32": Meaning(f"for_f32({{0}} & {_M64})", "f32"),
    "rsqrt.f32": Meaning("div_f(1.0, round_f32(sqrt({0})))", "f32"),
    "fma.f32": Meaning("round_f32({0} * {1}) + {2}", "f32"),
    "fma.f64": Meaning("{0} * {1} + {2}"),
    "trunc.i32.i8": Meaning("{0} & 0xFF"),
    "trunc.i32.i16": Meaning("{0} & 0xFFFF"),
    "trunc.i64.i32": Meaning("{0}", "i32"),
    "ext.i8.i32.s": Meaning("(({0} & 0xFF) ^ 0x80) - 0x80"),
    "ext.i8.i32.u": Meaning("{0} & 0xFF"),
    "ext.i16.i32.s": Meaning("(({0} & 0xFFFF) ^ 0x8000) - 0x8000"),
    "ext.i16.i32.u": Meaning("{0} & 0xFFFF"),
    "ext.i32.i64.s": Meaning("{0}"),
    "ext.i32.i64.u": Meaning(f"{{0}} & {_M32}"),
    "trunc.f64.f32": Meaning("{0}", "f32"),
    "ext.f32.f64": Meaning("{0}"),
    "bitcast.i32.f32": Meaning("bits_to_f32({0})"),
    "bitcast.f32.i32": Meaning("f32_to_bits({0})"),
    "bitcast.i64.f64": Meaning("bits_to_f64({0})"),
    "bitcast.f64.i64": Meaning("f64_to_bits({0})"),
    "cmp.eq.ref": Meaning("{0} is {1}"),
    "cmp.ne.ref": Meaning("{0} is not {1}"),
    "cmp.nz.ref": Meaning("{0} is not None"),
}
"""Expressions by mnemonic."""

FIXES: dict[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "i32": arithmetic.wrap32,
    "i64": arithmetic.wrap64,
    "f32": arithmetic.round_f32,
}
"""What a `fix` does."""

NAMES: dict[str, Any] = {
    **{name: value for name, value in vars(arithmetic).items() if not name.startswith("_")},
    **{name: getattr(math, name) for name in ("fabs", "atan", "atan2", "tanh", "erf")},
}
"""The functions that expressions call."""


@cache
def evaluator(mnemonic: str) -> Callable[..., Any]:
    """Returns an instruction as a Python function of its operands.

    Raises KeyError for one that does more than compute.
    """
    expression, fix = MEANINGS[mnemonic]
    compute = eval("lambda a, b=None, c=None: " + expression.format("a", "b", "c"), NAMES)
    if not fix:
        return compute
    finish = FIXES[fix]
    return lambda *operands: finish(compute(*operands))
