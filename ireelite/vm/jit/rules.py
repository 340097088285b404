"""How each instruction that only computes, loads or stores is written as LLVM IR.

The values are those of `semantics`, to the bit: f32 results are rounded once, nothing is fused, and
what C's library computes is computed by the same function of it that Python calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ireelite.bytecode.module_def import Instruction
from ireelite.vm.dataflow import exact_result
from ireelite.vm.effects import ELEMENTS
from ireelite.vm.intervals import LIMITS

if TYPE_CHECKING:
    from ireelite.vm.jit.emit import RegionWriter

Rule = Callable[["RegionWriter", Instruction], None]

TYPES = {"i": "i32", "q": "i64", "f": "float", "d": "double"}
"""LLVM's types of the kinds of registers."""
BITS = {"i": 32, "q": 64}
WIDTHS = {"u8": 1, "i8": 1, "u16": 2, "i16": 2, "i32": 4, "i64": 8, "f32": 4, "f64": 8}
"""Bytes of an element of each view of a buffer."""

_NAN = "0x7FF8000000000000"
_ARITHMETIC = {
    **{f"{name}.{kind}": name for name in ("add", "sub", "mul") for kind in ("i32", "i64")},
    **{f"{name}.{kind}": name for name in ("and", "or", "xor") for kind in ("i32", "i64")},
    **{f"{name}.{kind}": f"f{name}" for name in ("add", "sub", "mul") for kind in ("f32", "f64")},
}
_INTRINSICS = {
    **{
        f"{name}.{kind}.{sign}": f"{sign}{name}"
        for name in ("min", "max")
        for kind in ("i32", "i64")
        for sign in "su"
    },
    **{
        f"{name}.{kind}": intrinsic
        for name, intrinsic in (("abs", "fabs"), ("ceil", "ceil"), ("floor", "floor"))
        for kind in ("f32", "f64")
    },
    **{f"round.{kind}": "round" for kind in ("f32", "f64")},
    **{f"round.{kind}.even": "roundeven" for kind in ("f32", "f64")},
}
_SUFFIXES = {"i": "i32", "q": "i64", "f": "f32", "d": "f64"}
_COMPARISONS = {
    **{
        f"cmp.{name}.{kind}{sign}": f"icmp {predicate}"
        for kind in ("i32", "i64")
        for name, sign, predicate in (
            ("eq", "", "eq"),
            ("ne", "", "ne"),
            ("lt", ".s", "slt"),
            ("lt", ".u", "ult"),
        )
    },
    **{
        f"cmp.{name}.{kind}.{order}": f"fcmp {predicate}"
        for kind in ("f32", "f64")
        for name, order, predicate in (
            ("eq", "o", "oeq"),
            ("eq", "u", "ueq"),
            ("ne", "o", "une"),
            ("ne", "u", "une"),
            ("lt", "o", "olt"),
            ("lt", "u", "ult"),
            ("lte", "o", "ole"),
            ("lte", "u", "ule"),
        )
    },
}
_CONVERSIONS = {
    "trunc.i64.i32": "trunc",
    "ext.i32.i64.s": "sext",
    "ext.i32.i64.u": "zext",
    "trunc.f64.f32": "fptrunc",
    "ext.f32.f64": "fpext",
    **{
        f"cast.{sign}i{bits}.{kind}": f"{sign}itofp"
        for sign in "su"
        for bits in (32, 64)
        for kind in ("f32", "f64")
    },
    **{
        f"bitcast.{a}.{b}": "bitcast"
        for a, b in (("i32", "f32"), ("f32", "i32"), ("i64", "f64"), ("f64", "i64"))
    },
}
_LOW_BITS = {
    "trunc.i32.i8": ("i8", "zext"),
    "trunc.i32.i16": ("i16", "zext"),
    "ext.i8.i32.s": ("i8", "sext"),
    "ext.i8.i32.u": ("i8", "zext"),
    "ext.i16.i32.s": ("i16", "sext"),
    "ext.i16.i32.u": ("i16", "zext"),
}
LIBRARY = (
    *("atan", "atan2", "cos", "sin", "exp", "exp2", "expm1", "log", "log10", "log1p", "log2"),
    *("pow", "tanh", "erf"),
)
"""Functions that C's library computes, in double precision."""


def _operands(w: RegionWriter, row: Instruction) -> list[str]:
    return [w.read(kind, raw) for kind, raw in zip(row.op.fields[:-1], row.operands[:-1])]


def _result(w: RegionWriter, row: Instruction, value: str) -> None:
    w.write(row.op.fields[-1][1], row.operands[-1], value)


def _type(row: Instruction) -> str:
    return TYPES[row.op.fields[-1][1]]


def _constant(w: RegionWriter, row: Instruction) -> None:
    kind = row.op.fields[-1][1]
    zero = row.op.mnemonic.endswith(".zero")
    w.write(kind, row.operands[-1], w.literal(kind, 0 if zero else row.operands[0]))


def _arithmetic(w: RegionWriter, row: Instruction) -> None:
    a, b = _operands(w, row)
    name = _ARITHMETIC[row.op.mnemonic]
    flags = _no_wrap(w, row) if name in ("add", "sub", "mul") else ""
    _result(w, row, w.emit(f"{name} {flags}{_type(row)} {a}, {b}"))


def _no_wrap(w: RegionWriter, row: Instruction) -> str:
    """Returns `nsw ` if bounds say that the exact result fits."""
    kind = row.op.fields[-1][1]
    values = [w.known(each, raw) for each, raw in zip(row.op.fields[:-1], row.operands[:-1])]
    low, high = exact_result(row.op.mnemonic, kind, values)
    least, greatest = LIMITS[kind]
    if not (least <= low and high <= greatest):
        return ""
    return "nuw nsw " if all(value.low >= 0 for value in values) and low >= 0 else "nsw "


def _multiply_add(w: RegionWriter, row: Instruction) -> None:
    a, b, c = _operands(w, row)
    kind = row.op.fields[-1][1]
    letter = "f" if kind in "fd" else ""
    flags = "" if letter else _no_wrap(w, row)
    # The product alone may leave the range that the sum comes back to.
    product = flags if "nuw" in flags else ""
    made = w.emit(f"{letter}mul {product}{_type(row)} {a}, {b}")
    _result(w, row, w.emit(f"{letter}add {flags if product else ''}{_type(row)} {made}, {c}"))


def _divide_float(w: RegionWriter, row: Instruction) -> None:
    a, b = _operands(w, row)
    _result(w, row, _quotient(w, _type(row), a, b))


def _quotient(w: RegionWriter, kind: str, a: str, b: str) -> str:
    """Divides as IEEE does, with a positive NaN for 0 / 0."""
    quotient = w.emit(f"fdiv {kind} {a}, {b}")
    by_zero = w.emit(f"fcmp oeq {kind} {b}, 0.0")
    of_zero = w.emit(f"fcmp ueq {kind} {a}, 0.0")
    both = w.emit(f"and i1 {by_zero}, {of_zero}")
    return w.emit(f"select i1 {both}, {kind} {_NAN}, {kind} {quotient}")


def _divide(w: RegionWriter, row: Instruction) -> None:
    """Writes an integer quotient or remainder: fails for 0, wraps for the least number and -1."""
    a, b = _operands(w, row)
    kind = _type(row)
    name, *_, sign = row.op.mnemonic.split(".")
    w.require(w.emit(f"icmp ne {kind} {b}, 0"))
    if sign == "u":
        _result(w, row, w.emit(f"u{name} {kind} {a}, {b}"))
        return
    minus = w.emit(f"icmp eq {kind} {b}, -1")
    divisor = w.emit(f"select i1 {minus}, {kind} 1, {kind} {b}")
    value = w.emit(f"s{name} {kind} {a}, {divisor}")
    if name == "div":
        negated = w.emit(f"sub {kind} 0, {a}")
        value = w.emit(f"select i1 {minus}, {kind} {negated}, {kind} {value}")
    _result(w, row, value)


def _not(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    _result(w, row, w.emit(f"xor {_type(row)} {a}, -1"))


def _shift(w: RegionWriter, row: Instruction) -> None:
    a, amount = _operands(w, row)
    kind = row.op.fields[-1][1]
    count = w.emit(f"and i32 {amount}, {BITS[kind] - 1}")
    if kind == "q":
        count = w.emit(f"zext i32 {count} to i64")
    name, *_, sign = row.op.mnemonic.split(".")
    shift = "shl" if name == "shl" else "ashr" if sign == "s" else "lshr"
    _result(w, row, w.emit(f"{shift} {TYPES[kind]} {a}, {count}"))


def _leading_zeros(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    _result(w, row, w.call(f"llvm.ctlz.{_type(row)}", _type(row), f"{_type(row)} {a}, i1 false"))


def _absolute(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    _result(w, row, w.call(f"llvm.abs.{_type(row)}", _type(row), f"{_type(row)} {a}, i1 false"))


def _intrinsic(w: RegionWriter, row: Instruction) -> None:
    kind = row.op.fields[-1][1]
    name = f"llvm.{_INTRINSICS[row.op.mnemonic]}.{_SUFFIXES[kind]}"
    arguments = ", ".join(f"{TYPES[kind]} {each}" for each in _operands(w, row))
    _result(w, row, w.call(name, TYPES[kind], arguments))


def _compare(w: RegionWriter, row: Instruction) -> None:
    a, b = _operands(w, row)
    condition = w.emit(f"{_COMPARISONS[row.op.mnemonic]} {TYPES[row.op.fields[0]]} {a}, {b}")
    _result(w, row, w.emit(f"zext i1 {condition} to i32"))


def _is_not_zero(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    condition = w.emit(f"icmp ne {TYPES[row.op.fields[0]]} {a}, 0")
    _result(w, row, w.emit(f"zext i1 {condition} to i32"))


def _is_nan(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    condition = w.emit(f"fcmp uno {TYPES[row.op.fields[0]]} {a}, 0.0")
    _result(w, row, w.emit(f"zext i1 {condition} to i32"))


def _select(w: RegionWriter, row: Instruction) -> None:
    condition, a, b = _operands(w, row)
    kind = _type(row)
    test = w.emit(f"icmp ne i32 {condition}, 0")
    _result(w, row, w.emit(f"select i1 {test}, {kind} {a}, {kind} {b}"))


def _switch(w: RegionWriter, row: Instruction) -> None:
    index, default, cases, target = row.operands
    kind = row.op.fields[-1][1]
    number = w.read("i", index)
    value = w.read(kind, default)
    for position, case in enumerate(cases):
        test = w.emit(f"icmp eq i32 {number}, {position}")
        value = w.emit(
            f"select i1 {test}, {TYPES[kind]} {w.read(kind, case)}, {TYPES[kind]} {value}"
        )
    w.write(kind, target, value)


def _convert(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    source = TYPES[row.op.fields[0]]
    _result(w, row, w.emit(f"{_CONVERSIONS[row.op.mnemonic]} {source} {a} to {_type(row)}"))


def _low_bits(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    narrow, extend = _LOW_BITS[row.op.mnemonic]
    low = w.emit(f"trunc i32 {a} to {narrow}")
    _result(w, row, w.emit(f"{extend} {narrow} {low} to i32"))


def _negate(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    _result(w, row, w.emit(f"fneg {_type(row)} {a}"))


def _extremum(w: RegionWriter, row: Instruction) -> None:
    """Writes the second operand if it is smaller (larger), else the first: also if one is NaN."""
    a, b = _operands(w, row)
    kind = _type(row)
    predicate = "olt" if row.op.mnemonic.startswith("min") else "ogt"
    test = w.emit(f"fcmp {predicate} {kind} {b}, {a}")
    _result(w, row, w.emit(f"select i1 {test}, {kind} {b}, {kind} {a}"))


def _square_root(w: RegionWriter, row: Instruction) -> None:
    (a,) = _operands(w, row)
    kind = row.op.fields[-1][1]
    root = w.call(f"llvm.sqrt.{_SUFFIXES[kind]}", TYPES[kind], f"{TYPES[kind]} {a}")
    test = w.emit(f"fcmp oge {TYPES[kind]} {a}, 0.0")
    root = w.emit(f"select i1 {test}, {TYPES[kind]} {root}, {TYPES[kind]} {_NAN}")
    if row.op.mnemonic.startswith("rsqrt"):
        root = _quotient(w, TYPES[kind], "1.0", root)
    _result(w, row, root)


def _to_int(w: RegionWriter, row: Instruction) -> None:
    """Writes the nearest integer, halves away from zero; the least i64 if it does not fit into one."""
    kind, target = row.op.fields[0], row.op.fields[-1][1]
    value = w.read(kind, row.operands[0])
    if kind == "f":
        value = w.emit(f"fpext float {value} to double")
    whole = w.call("llvm.round.f64", "double", f"double {value}")
    number = _fitting(
        w, whole, "fptosi", "0xC3E0000000000000", "0x43E0000000000000", str(-(1 << 63))
    )
    if row.op.mnemonic.endswith("ui64"):
        number = _fitting(w, whole, "fptoui", "0x43E0000000000000", "0x43F0000000000000", number)
    if target == "i":
        number = w.emit(f"trunc i64 {number} to i32")
    _result(w, row, number)


def _fitting(
    w: RegionWriter, whole: str, convert: str, least: str, beyond: str, otherwise: str
) -> str:
    """Returns a double as an i64 if it is in [least, beyond)."""
    above = w.emit(f"fcmp oge double {whole}, {least}")
    below = w.emit(f"fcmp olt double {whole}, {beyond}")
    fits = w.emit(f"and i1 {above}, {below}")
    safe = w.emit(f"select i1 {fits}, double {whole}, double {least}")
    number = w.emit(f"{convert} double {safe} to i64")
    return w.emit(f"select i1 {fits}, i64 {number}, i64 {otherwise}")


def _library(w: RegionWriter, row: Instruction) -> None:
    kind = row.op.fields[-1][1]
    operands = _operands(w, row)
    if kind == "f":
        operands = [w.emit(f"fpext float {each} to double") for each in operands]
    value = w.library(row.op.mnemonic.partition(".")[0], operands)
    value = _positive_nan(w, value, operands)
    _result(w, row, w.emit(f"fptrunc double {value} to float") if kind == "f" else value)


def _positive_nan(w: RegionWriter, value: str, operands: list[str]) -> str:
    """Returns a NaN that no operand is the reason of is Python's."""
    test = w.emit(f"fcmp uno double {value}, 0.0")
    for each in operands:
        ordered = w.emit(f"fcmp ord double {each}, 0.0")
        test = w.emit(f"and i1 {test}, {ordered}")
    return w.emit(f"select i1 {test}, double {_NAN}, double {value}")


def _remainder(w: RegionWriter, row: Instruction) -> None:
    kind = row.op.fields[-1][1]
    a, b = _operands(w, row)
    if kind == "f":
        a, b = (w.emit(f"fpext float {each} to double") for each in (a, b))
    value = w.library("remainder", [a, b])
    value = _positive_nan(w, value, [a, b])
    by_zero = w.emit(f"fcmp oeq double {b}, 0.0")
    value = w.emit(f"select i1 {by_zero}, double {_NAN}, double {value}")
    _result(w, row, w.emit(f"fptrunc double {value} to float") if kind == "f" else value)


def _load(w: RegionWriter, row: Instruction) -> None:
    buffer, index, target = row.operands
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.load.")]
    kind = row.op.fields[2][1]
    narrow = f"i{8 * WIDTHS[view]}" if view[0] in "iu" else TYPES[kind]
    place = w.element(buffer, view, w.read("q", index), index, stores=False)
    value = w.emit(f"load {narrow}, ptr {place}, align 1{w.scope(buffer)}")
    if kind == "i" and WIDTHS[view] < 4:
        value = w.emit(f"{'zext' if view[0] == 'u' else 'sext'} {narrow} {value} to i32")
    w.write(kind, target, value)


def _store(w: RegionWriter, row: Instruction) -> None:
    buffer, index, source = row.operands
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.store.")]
    kind = row.op.fields[2]
    value, narrow = w.read(kind, source), TYPES[kind]
    place = w.element(buffer, view, w.read("q", index), index, stores=True)
    if kind == "i" and WIDTHS[view] < 4:
        narrow = f"i{8 * WIDTHS[view]}"
        value = w.emit(f"trunc i32 {value} to {narrow}")
    w.line(f"store {narrow} {value}, ptr {place}, align 1{w.scope(buffer)}")


def _length(w: RegionWriter, row: Instruction) -> None:
    buffer, target = row.operands
    length = w.length(buffer)
    w.require(w.emit(f"icmp sge i64 {length}, 0"))
    w.write("q", target, length)


BUFFER_OPERANDS = frozenset(
    (
        *(f"buffer.load.{view}" for view in ELEMENTS if view not in ("i8", "i16")),
        *(f"buffer.store.{view}" for view in ELEMENTS if "." not in view),
        "buffer.length",
    )
)
"""Instructions whose first operand is a buffer that they load from, store to, or measure."""

_KINDS = ("i32", "i64")
_FLOATS = ("f32", "f64")
RULES: dict[str, Rule] = {
    **{f"const.{kind}{zero}": _constant for kind in (*_KINDS, *_FLOATS) for zero in ("", ".zero")},
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **{f"fma.{kind}": _multiply_add for kind in (*_KINDS, *_FLOATS)},
    **{
        f"{name}.{kind}.{sign}": _divide
        for name in ("div", "rem")
        for kind in _KINDS
        for sign in "su"
    },
    **{f"div.{kind}": _divide_float for kind in _FLOATS},
    **{f"rem.{kind}": _remainder for kind in _FLOATS},
    **{f"not.{kind}": _not for kind in _KINDS},
    **{f"shl.{kind}": _shift for kind in _KINDS},
    **{f"shr.{kind}.{sign}": _shift for kind in _KINDS for sign in "su"},
    **{f"ctlz.{kind}": _leading_zeros for kind in _KINDS},
    **{f"abs.{kind}": _absolute for kind in _KINDS},
    **dict.fromkeys(_INTRINSICS, _intrinsic),
    **dict.fromkeys(_COMPARISONS, _compare),
    **{f"cmp.nz.{kind}": _is_not_zero for kind in _KINDS},
    **{f"cmp.nan.{kind}": _is_nan for kind in _FLOATS},
    **{f"select.{kind}": _select for kind in (*_KINDS, *_FLOATS)},
    **{f"switch.{kind}": _switch for kind in (*_KINDS, *_FLOATS)},
    **dict.fromkeys(_CONVERSIONS, _convert),
    **dict.fromkeys(_LOW_BITS, _low_bits),
    **{f"neg.{kind}": _negate for kind in _FLOATS},
    **{f"{name}.{kind}": _extremum for name in ("min", "max") for kind in _FLOATS},
    **{f"{name}.{kind}": _square_root for name in ("sqrt", "rsqrt") for kind in _FLOATS},
    **{f"cast.{kind}.{to}": _to_int for kind in _FLOATS for to in ("si32", "ui32", "si64", "ui64")},
    **{f"{name}.{kind}": _library for name in LIBRARY for kind in _FLOATS},
    **{name: _load for name in BUFFER_OPERANDS if name.startswith("buffer.load.")},
    **{name: _store for name in BUFFER_OPERANDS if name.startswith("buffer.store.")},
    "buffer.length": _length,
}
"""By mnemonic."""
