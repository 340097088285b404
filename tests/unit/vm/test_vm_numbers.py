"""What each computing instruction gives, on both engines.

The expected values are those of upstream's x86-64 build.
"""

import math

import pytest

from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.calling_convention import REGISTER_KINDS, argument_registers
from ireelite.bytecode.isa import OPCODES, ROWS
from ireelite.status import StatusError
from ireelite.vm.semantics import MEANINGS

INF, NAN = math.inf, math.nan
LETTERS = {kind: letter for letter, kind in REGISTER_KINDS.items()}
MIN_32, MAX_32, MIN_64, MAX_64 = -(1 << 31), (1 << 31) - 1, -(1 << 63), (1 << 63) - 1

CASES = [
    ("add.i32", (MAX_32, 1), MIN_32),
    ("sub.i32", (MIN_32, 1), MAX_32),
    ("mul.i32", (65536, 65537), 65536),
    ("add.i64", (MAX_64, 1), MIN_64),
    ("sub.i64", (MIN_64, 1), MAX_64),
    ("mul.i64", (1 << 62, 6), MIN_64),
    ("div.i32.s", (-7, 2), -3),
    ("div.i32.s", (7, -2), -3),
    ("div.i32.s", (MIN_32, -1), MIN_32),
    ("rem.i32.s", (-7, 2), -1),
    ("rem.i32.s", (7, -2), 1),
    ("rem.i64.s", (-(1 << 40) - 1, 1 << 40), -1),
    ("div.i32.u", (-1, 2), MAX_32),
    ("div.i32.u", (-1, 1), -1),
    ("rem.i32.u", (-1, 7), 3),
    ("div.i64.u", (-1, 2), MAX_64),
    ("rem.i64.u", (-1, 10), 5),
    ("fma.i32", (65536, 65536, 5), 5),
    ("fma.i64", (3, 4, 5), 17),
    ("not.i32", (0,), -1),
    ("and.i32", (-2, 7), 6),
    ("or.i64", (-8, 3), -5),
    ("xor.i64", (-1, 1), -2),
    ("shl.i32", (-5, 33), -10),
    ("shl.i32", (1, 31), MIN_32),
    ("shl.i32", (7, -1), MIN_32),
    ("shr.i32.s", (-5, 1), -3),
    ("shr.i32.u", (-5, 1), 2147483645),
    ("shr.i32.u", (-5, 0), -5),
    ("shl.i64", (-9, 32), -38654705664),
    ("shr.i64.s", (-9, 65), -5),
    ("shr.i64.u", (-9, 32), 4294967295),
    ("trunc.i32.i8", (-1,), 255),
    ("trunc.i32.i16", (70000,), 4464),
    ("trunc.i64.i32", (1 << 31,), MIN_32),
    ("ext.i8.i32.s", (200,), -56),
    ("ext.i8.i32.u", (-56,), 200),
    ("ext.i16.i32.s", (40000,), -25536),
    ("ext.i32.i64.s", (-1,), -1),
    ("ext.i32.i64.u", (-1,), 4294967295),
    ("cmp.lt.i32.s", (-1, 1), 1),
    ("cmp.lt.i32.u", (-1, 1), 0),
    ("cmp.lt.i64.u", (1, -1), 1),
    ("cmp.eq.i64", (5, 5), 1),
    ("cmp.ne.i32", (5, 5), 0),
    ("cmp.nz.i64", (1 << 40,), 1),
    ("ctlz.i32", (0,), 32),
    ("ctlz.i32", (-1,), 0),
    ("ctlz.i64", (1,), 63),
    ("abs.i32", (MIN_32,), MIN_32),
    ("min.i32.u", (-1, 1), 1),
    ("max.i64.u", (-1, 1), -1),
    ("min.i64.s", (-1, 1), -1),
    ("max.i32.s", (3, 9), 9),
    ("select.i32", (0, 1, 2), 2),
    ("select.i64", (-1, 1, 2), 1),
    ("select.f64", (1, 0.5, 2.0), 0.5),
    ("add.f32", (16777216.0, 1.0), 16777216.0),
    ("mul.f32", (3e38, 2.0), INF),
    ("sub.f64", (1.0, 1e-9), 1 - 1e-9),
    ("div.f32", (1.0, 3.0), 0.3333333432674408),
    ("div.f32", (-1.0, 0.0), -INF),
    ("div.f64", (0.0, 0.0), NAN),
    ("rem.f32", (5.5, 2.0), -0.5),
    ("rem.f64", (INF, 2.0), NAN),
    ("rem.f64", (1.0, INF), 1.0),
    ("fma.f32", (1.000244140625, 1.000244140625, 2.0**-40), 1.00048828125),
    ("fma.f64", (2.0, 3.0, 4.0), 10.0),
    ("abs.f32", (-0.0,), 0.0),
    ("neg.f64", (0.0,), -0.0),
    ("ceil.f32", (-0.5,), -0.0),
    ("floor.f64", (-0.5,), -1.0),
    ("ceil.f32", (INF,), INF),
    ("floor.f32", (NAN,), NAN),
    ("floor.f32", (-0.0,), -0.0),
    ("round.f32", (2.5,), 3.0),
    ("round.f32", (-0.5,), -1.0),
    ("round.f32", (0.49999997,), 0.0),
    ("round.f64.even", (2.5,), 2.0),
    ("round.f64.even", (-0.5,), -0.0),
    ("round.f32.even", (INF,), INF),
    ("min.f32", (NAN, 1.0), NAN),
    ("min.f32", (1.0, NAN), 1.0),
    ("max.f64", (-0.0, 0.0), -0.0),
    ("cmp.eq.f32.o", (NAN, 1.0), 0),
    ("cmp.eq.f32.u", (NAN, 1.0), 1),
    ("cmp.ne.f32.o", (NAN, 1.0), 1),
    ("cmp.lt.f64.o", (NAN, 1.0), 0),
    ("cmp.lt.f64.u", (NAN, 1.0), 1),
    ("cmp.lte.f32.u", (2.0, 1.0), 0),
    ("cmp.lte.f32.o", (1.0, 1.0), 1),
    ("cmp.nan.f32", (NAN,), 1),
    ("cmp.ne.f64.u", (1.0, 1.0), 0),
    ("cast.si32.f32", (16777217,), 16777216.0),
    ("cast.ui32.f64", (-1,), 4294967295.0),
    ("cast.ui64.f32", (-1,), 18446744073709551616.0),
    ("cast.si64.f64", (-3,), -3.0),
    ("cast.si64.f32", ((1 << 60) + (1 << 36) + 1,), float((1 << 60) + (1 << 37))),
    ("cast.si64.f32", ((1 << 60) + (1 << 36),), float(1 << 60)),
    ("cast.si64.f32", (-(1 << 60) - (1 << 36) - 1,), -float((1 << 60) + (1 << 37))),
    ("cast.ui64.f32", (-(1 << 63) + (1 << 39) + 1,), float((1 << 63) + (1 << 40))),
    ("rsqrt.f32", (1.5,), 0.8164965510368347),
    ("cast.f32.si32", (2.5,), 3),
    ("cast.f32.si32", (-2.5,), -3),
    ("cast.f32.si32", (3e9,), -1294967296),
    ("cast.f32.si32", (NAN,), 0),
    ("cast.f64.si64", (1e300,), MIN_64),
    ("cast.f32.ui64", (1e19,), -8446744093203103744),
    ("cast.f64.ui32", (4294967295.0,), -1),
    ("cast.f64.ui64", (0.5,), 1),
    ("bitcast.f32.i32", (-0.0,), MIN_32),
    ("bitcast.i32.f32", (0x3F800000,), 1.0),
    ("bitcast.f64.i64", (1.0,), 0x3FF0000000000000),
    ("bitcast.i64.f64", (MIN_64,), -0.0),
    ("trunc.f64.f32", (0.1,), 0.10000000149011612),
    ("trunc.f64.f32", (1e300,), INF),
    ("ext.f32.f64", (0.5,), 0.5),
    ("sqrt.f32", (2.0,), 1.4142135381698608),
    ("sqrt.f64", (-1.0,), NAN),
    ("rsqrt.f32", (-0.0,), -INF),
    ("exp.f32", (100.0,), INF),
    ("exp2.f64", (10.0,), 1024.0),
    ("expm1.f64", (-INF,), -1.0),
    ("log.f32", (0.0,), -INF),
    ("log.f64", (-1.0,), NAN),
    ("log1p.f64", (-1.0,), -INF),
    ("log2.f32", (8.0,), 3.0),
    ("log10.f64", (1000.0,), 3.0),
    ("tanh.f64", (INF,), 1.0),
    ("erf.f32", (1.0,), 0.8427007794380188),
    ("sin.f32", (INF,), NAN),
    ("cos.f64", (0.0,), 1.0),
    ("atan.f64", (INF,), math.pi / 2),
    ("atan2.f64", (0.0, -1.0), math.pi),
    ("pow.f32", (-8.0, 1 / 3), NAN),
    ("pow.f64", (-0.0, -3.0), -INF),
    ("pow.f64", (0.0, -2.0), INF),
    ("pow.f64", (-1e200, 3.0), -INF),
    ("pow.f64", (NAN, 0.0), 1.0),
]


def compute(load, mnemonic, operands):
    """One instruction, once with its operands in arguments and once with them in constants."""
    *kinds, result = OPCODES[mnemonic].fields
    registers = argument_registers(kinds)
    target = 8
    cconv = f"0{''.join(LETTERS[kind] for kind in kinds)}_{LETTERS[result[1:]]}"
    end = [row(mnemonic, *registers, target), row("return", (target,))]
    constants = [
        row(f"const.{ {'i': 'i32', 'q': 'i64', 'f': 'f32', 'd': 'f64'}[kind] }", value, register)
        for kind, value, register in zip(kinds, operands, registers, strict=True)
    ]
    built = {
        "arguments": function(cconv, [end]),
        "constants": function(f"0v_{LETTERS[result[1:]]}", [[*constants, *end]]),
    }
    context = load(module("m", built))
    (first,) = context.lookup_function("m.arguments")(*operands)
    (second,) = context.lookup_function("m.constants")()
    assert repr(first) == repr(second)
    return first


@pytest.mark.parametrize(("mnemonic", "operands", "expected"), CASES, ids=str)
def test_value(load, mnemonic, operands, expected):
    value = compute(load, mnemonic, operands)
    assert type(value) is type(expected)
    assert repr(value) == repr(expected)


def test_every_computing_instruction_has_a_meaning_and_a_case():
    kinds = {"i", "q", "f", "d", ">i", ">q", ">f", ">d"}
    computing = {
        row.mnemonic
        for row in ROWS
        if len(row.fields) > 1
        and kinds.issuperset(row.fields)
        and not row.mnemonic.startswith("global.")
    }
    assert computing | {"cmp.eq.ref", "cmp.ne.ref", "cmp.nz.ref"} == set(MEANINGS)
    families = {mnemonic.partition(".")[0] for mnemonic in computing}
    assert families == {mnemonic.partition(".")[0] for mnemonic, *_ in CASES}


@pytest.mark.parametrize("mnemonic", ["div.i32.s", "div.i64.u", "rem.i32.u", "rem.i64.s"])
def test_division_by_zero_is_an_error(load, mnemonic):
    kinds = OPCODES[mnemonic].fields[:2]
    registers = argument_registers(list(kinds))
    cconv = f"0{''.join(LETTERS[kind] for kind in kinds)}_v"
    body = [row(mnemonic, *registers, 4), row("return", ())]
    divide = load(module("m", {"f": function(cconv, [body])})).lookup_function("m.f")
    assert divide(1, 1) == ()
    with pytest.raises(StatusError, match="INVALID_ARGUMENT; integer division by zero"):
        divide(1, 0)
