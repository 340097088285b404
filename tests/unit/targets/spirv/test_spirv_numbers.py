"""Each arith and math op on a GPU against NumPy, with the numbers that drivers get wrong."""

import math

import numpy as np
import pytest

pytestmark = pytest.mark.webgpu

SPECIAL = [
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    1.0,
    -1.0,
    1e-30,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    1e-4,
    -1e-4,
    0.49999997,
]
f32, i32, u32, i64 = np.float32, np.int32, np.uint32, np.int64


@pytest.fixture(scope="module")
def floats() -> np.ndarray:
    """Pairs of floats, every special one with every special one among them."""
    pairs = np.array([(x, y) for x in SPECIAL for y in SPECIAL], f32)
    return (
        np.concatenate([pairs, np.random.default_rng(0).normal(size=(200, 2)) * 3])
        .astype(f32)
        .T.copy()
    )


@pytest.fixture(scope="module")
def integers() -> np.ndarray:
    a = np.random.default_rng(1).integers(-(2**31), 2**31, size=200)
    b = np.random.default_rng(2).integers(-9, 10, size=200)
    a[:6] = [0, 1, -1, 2**31 - 1, -(2**31), 7]
    b[b == 0] = 3
    return np.stack([a, b]).astype(i32)


@pytest.mark.parametrize(
    "op, wanted",
    [
        ("addf", np.add),
        ("subf", np.subtract),
        ("mulf", np.multiply),
        ("divf", np.divide),
        ("maximumf", np.maximum),
        ("minimumf", np.minimum),
        ("maxnumf", np.fmax),
        ("minnumf", np.fmin),
    ],
)
def test_arithmetic(gpu_kernels, floats, op, wanted):
    result = gpu_kernels.elementwise(f"arith.{op} $ : f32", *floats, dtype=f32)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(result, wanted(*floats), rtol=3e-7)


COMPARISONS = {
    "false": lambda a, b: np.zeros_like(a, bool),
    "true": lambda a, b: np.ones_like(a, bool),
    "oeq": np.equal,
    "ogt": np.greater,
    "oge": np.greater_equal,
    "olt": np.less,
    "ole": np.less_equal,
    "one": lambda a, b: (a < b) | (a > b),
    "ord": lambda a, b: ~(np.isnan(a) | np.isnan(b)),
    "ueq": lambda a, b: ~((a < b) | (a > b)),
    "ugt": lambda a, b: ~(a <= b),
    "uge": lambda a, b: ~(a < b),
    "ult": lambda a, b: ~(a >= b),
    "ule": lambda a, b: ~(a > b),
    "une": np.not_equal,
    "uno": lambda a, b: np.isnan(a) | np.isnan(b),
}


@pytest.mark.parametrize("predicate", COMPARISONS)
def test_comparisons_and_nan(gpu_kernels, floats, predicate):
    result = gpu_kernels.elementwise(f"arith.cmpf {predicate}, $ : f32", *floats, dtype=bool)
    np.testing.assert_array_equal(result, COMPARISONS[predicate](*floats))


def test_a_nan_is_not_equal_to_itself(gpu_kernels, floats):
    x = floats[0]
    for predicate in ("une", "uno"):
        result = gpu_kernels.elementwise(f"arith.cmpf {predicate}, %x0, %x0 : f32", x, dtype=bool)
        np.testing.assert_array_equal(result, np.isnan(x))


@pytest.mark.parametrize(
    "op, wanted",
    [
        ("absf", np.abs),
        ("ceil", np.ceil),
        ("floor", np.floor),
        ("exp", np.exp),
        ("exp2", np.exp2),
        ("expm1", np.expm1),
        ("log", np.log),
        ("log1p", np.log1p),
        ("log2", np.log2),
        ("log10", np.log10),
        ("sqrt", np.sqrt),
        ("rsqrt", lambda x: 1 / np.sqrt(x)),
        ("tanh", np.tanh),
        ("erf", np.vectorize(math.erf)),
        ("sin", np.sin),
        ("cos", np.cos),
        ("roundeven", np.rint),
        ("round", lambda x: np.copysign(np.floor(np.abs(x) + 0.5), x)),
    ],
)
def test_functions(gpu_kernels, floats, op, wanted):
    x = np.concatenate([floats[0], [0.9999996, 1.0000002, 1e-6, -1e-6, 1e5]]).astype(f32)
    result = gpu_kernels.elementwise(f"math.{op} $ : f32", x, dtype=f32)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(
            result, wanted(x.astype(np.float64)).astype(f32), rtol=2e-6, atol=1e-12
        )


@pytest.mark.parametrize("op, wanted", [("powf", np.power), ("atan2", np.arctan2)])
def test_functions_of_two(gpu_kernels, floats, op, wanted):
    result = gpu_kernels.elementwise(f"math.{op} $ : f32", *floats, dtype=f32)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(result, wanted(*floats), rtol=1e-5)


def test_infinite_and_negative_zero_constants(gpu_kernels):
    for text, bits in [
        ("0x7F800000", 0x7F800000),
        ("0xFF800000", 0xFF800000),
        ("-0.0", 0x80000000),
    ]:
        body = f"%x = arith.constant {text} : f32\nmemref.store %x, %a0[%i0] : T0"
        (result,) = gpu_kernels.run(body, np.zeros(3, f32))
        np.testing.assert_array_equal(result.view(u32), bits)


def truncated_quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    wide_a, wide_b = a.astype(i64), b.astype(i64)
    return np.sign(wide_a) * np.sign(wide_b) * (np.abs(wide_a) // np.abs(wide_b))


INTEGER_OPS = {
    "addi": np.add,
    "subi": np.subtract,
    "muli": np.multiply,
    "divsi": lambda a, b: truncated_quotient(a, b).astype(i32),
    "remsi": lambda a, b: (a.astype(i64) - truncated_quotient(a, b) * b).astype(i32),
    "divui": lambda a, b: (a.view(u32) // b.view(u32)).view(i32),
    "remui": lambda a, b: (a.view(u32) % b.view(u32)).view(i32),
    "andi": np.bitwise_and,
    "ori": np.bitwise_or,
    "xori": np.bitwise_xor,
    "maxsi": np.maximum,
    "minsi": np.minimum,
    "maxui": lambda a, b: np.maximum(a.view(u32), b.view(u32)).view(i32),
    "minui": lambda a, b: np.minimum(a.view(u32), b.view(u32)).view(i32),
}


@pytest.mark.parametrize("op", INTEGER_OPS)
def test_whole_numbers(gpu_kernels, integers, op):
    result = gpu_kernels.elementwise(f"arith.{op} $ : i32", *integers, dtype=i32)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(result, INTEGER_OPS[op](*integers))


@pytest.mark.parametrize(
    "op, wanted",
    [
        ("shli", lambda a, n: a << n),
        ("shrsi", lambda a, n: a >> n),
        ("shrui", lambda a, n: (a.view(u32) >> n.view(u32)).view(i32)),
    ],
)
def test_shifts(gpu_kernels, integers, op, wanted):
    a, amount = integers[0], np.abs(integers[1])
    result = gpu_kernels.elementwise(f"arith.{op} $ : i32", a, amount, dtype=i32)
    np.testing.assert_array_equal(result, wanted(a, amount))


@pytest.mark.parametrize(
    "predicate, wanted",
    [("eq", np.equal), ("ne", np.not_equal)]
    + [
        (f"s{name}", op)
        for name, op in [
            ("lt", np.less),
            ("le", np.less_equal),
            ("gt", np.greater),
            ("ge", np.greater_equal),
        ]
    ]
    + [
        ("ult", lambda a, b: a.view(u32) < b.view(u32)),
        ("ule", lambda a, b: a.view(u32) <= b.view(u32)),
        ("ugt", lambda a, b: a.view(u32) > b.view(u32)),
        ("uge", lambda a, b: a.view(u32) >= b.view(u32)),
    ],
)
def test_comparisons_of_whole_numbers(gpu_kernels, integers, predicate, wanted):
    result = gpu_kernels.elementwise(f"arith.cmpi {predicate}, $ : i32", *integers, dtype=bool)
    np.testing.assert_array_equal(result, wanted(*integers))


BYTE_OPS = {
    "addi": lambda a, b: a + b,
    "subi": lambda a, b: a - b,
    "muli": lambda a, b: a * b,
    "divui": lambda a, b: (a.view(np.uint8) // b.view(np.uint8)).view(np.int8),
    "remui": lambda a, b: (a.view(np.uint8) % b.view(np.uint8)).view(np.int8),
    "minui": lambda a, b: np.minimum(a.view(np.uint8), b.view(np.uint8)).view(np.int8),
    "maxsi": np.maximum,
}


@pytest.mark.parametrize("op", BYTE_OPS)
def test_bytes_wrap_as_bytes(gpu_kernels, op):
    a, b = np.random.default_rng(4).integers(-128, 128, size=(2, 203)).astype(np.int8)
    b[b == 0] = 1
    with np.errstate(all="ignore"):
        wanted = BYTE_OPS[op](a, b)
    np.testing.assert_array_equal(
        gpu_kernels.elementwise(f"arith.{op} $ : i8", a, b, dtype=np.int8), wanted
    )


LONG_OPS = {
    "addi": np.add,
    "muli": np.multiply,
    "divsi": truncated_quotient,
    "maxsi": np.maximum,
    "minui": lambda a, b: np.minimum(a.view(np.uint64), b.view(np.uint64)).view(i64),
    "divui": lambda a, b: (a.view(np.uint64) // b.view(np.uint64)).view(i64),
}


@pytest.mark.parametrize("op", LONG_OPS)
def test_numbers_of_64_bits(gpu_kernels, op):
    a = np.random.default_rng(5).integers(-(2**62), 2**62, size=100)
    b = np.random.default_rng(6).integers(1, 99, size=100) * np.where(np.arange(100) % 2, 1, -1)
    result = gpu_kernels.elementwise(f"arith.{op} $ : i64", a, b, dtype=i64)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(result, LONG_OPS[op](a, b))


@pytest.mark.parametrize(
    "op, source, wanted",
    [
        ("sitofp $ : i32 to f32", i32, lambda x: x.astype(f32)),
        ("uitofp $ : i32 to f32", i32, lambda x: x.view(u32).astype(f32)),
        ("extsi $ : i32 to i64", i32, lambda x: x.astype(i64)),
        ("extui $ : i32 to i64", i32, lambda x: x.view(u32).astype(i64)),
        ("trunci $ : i32 to i8", i32, lambda x: x.astype(np.int8)),
        ("trunci $ : i64 to i32", i64, lambda x: x.astype(i32)),
        ("trunci $ : i32 to i1", i32, lambda x: (x & 1).astype(bool)),
        ("bitcast $ : i32 to f32", i32, lambda x: x.view(f32)),
        ("extsi $ : i8 to i32", np.int8, lambda x: x.astype(i32)),
        ("extui $ : i8 to i32", np.int8, lambda x: x.view(np.uint8).astype(i32)),
        ("uitofp $ : i8 to f32", np.int8, lambda x: x.view(np.uint8).astype(f32)),
        ("sitofp $ : i64 to f32", i64, lambda x: x.astype(f32)),
        ("extui $ : i1 to i32", bool, lambda x: x.astype(i32)),
        ("extsi $ : i1 to i32", bool, lambda x: -x.astype(i32)),
        ("uitofp $ : i1 to f32", bool, lambda x: x.astype(f32)),
    ],
)
def test_casts(gpu_kernels, integers, op, source, wanted):
    x = (integers[0].astype(i64) * 3).astype(source) if source is not bool else integers[0] % 2 == 0
    with np.errstate(all="ignore"):
        expected = wanted(x)
    result = gpu_kernels.elementwise(f"arith.{op}", x, dtype=expected.dtype)
    np.testing.assert_array_equal(result, expected)


def test_floats_to_whole_numbers(gpu_kernels):
    x = (np.random.default_rng(7).normal(size=200) * 1e5).astype(f32)
    signed = gpu_kernels.elementwise("arith.fptosi $ : f32 to i32", x, dtype=i32)
    np.testing.assert_array_equal(signed, x.astype(i32))
    large = np.abs(x) * f32(9000)
    unsigned = gpu_kernels.elementwise("arith.fptoui $ : f32 to i32", large, dtype=i32)
    np.testing.assert_array_equal(unsigned.view(u32), large.astype(u32))


# -- f64 -------------------------------------------------------------------------------------------

f64, u64 = np.float64, np.uint64


@pytest.fixture(scope="module")
def doubles() -> np.ndarray:
    """Pairs of f64, every special one with every special one among them."""
    special = [*SPECIAL, 5e-324, -2e-308, 1.7e308, 2.0**52 + 0.5, 4503599627370497.5, 0.1, 1e-40]
    pairs = np.array([(x, y) for x in special for y in special])
    return np.concatenate([pairs, np.random.default_rng(0).normal(size=(200, 2)) * 30]).T.copy()


@pytest.mark.parametrize("op, wanted", [
    ("addf", np.add), ("subf", np.subtract), ("mulf", np.multiply), ("divf", np.divide),
    ("remf", np.fmod), ("maxnumf", np.fmax), ("minnumf", np.fmin),
    ("maximumf", lambda a, b: np.where(a == b, np.where(np.signbit(a), b, a), np.maximum(a, b))),
    ("minimumf", lambda a, b: np.where(a == b, np.where(np.signbit(a), a, b), np.minimum(a, b))),
])  # fmt: skip
def test_arithmetic_of_f64_is_exact(gpu_kernels, doubles, op, wanted):
    result = gpu_kernels.elementwise(f"arith.{op} $ : f64", *doubles, dtype=f64)
    with np.errstate(all="ignore"):
        expected = wanted(*doubles)
    np.testing.assert_array_equal(result, expected)
    if "num" not in op:  # either zero may be the larger one there
        signed = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(result)[signed], np.signbit(expected)[signed])


@pytest.mark.parametrize("predicate", COMPARISONS)
def test_comparisons_of_f64(gpu_kernels, doubles, predicate):
    result = gpu_kernels.elementwise(f"arith.cmpf {predicate}, $ : f64", *doubles, dtype=bool)
    np.testing.assert_array_equal(result, COMPARISONS[predicate](*doubles))


@pytest.mark.parametrize("op, wanted", [
    ("absf", np.abs), ("ceil", np.ceil), ("floor", np.floor), ("trunc", np.trunc),
    ("roundeven", np.rint), ("sqrt", np.sqrt),
    ("round", lambda x: np.trunc(x) + np.where(np.abs(x - np.trunc(x)) >= 0.5, np.sign(x), 0)),
])  # fmt: skip
def test_functions_of_f64_that_are_exact(gpu_kernels, doubles, op, wanted):
    x = np.append(doubles[0], [0.49999999999999994, 2.0**52 - 0.5, -(2.0**51) - 0.5, 2.0**53 + 2])
    result = gpu_kernels.elementwise(f"math.{op} $ : f64", x, dtype=f64)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(result, wanted(x))


def test_constants_of_f64_keep_all_bits(gpu_kernels):
    patterns = [
        *(0x7FF0000000000000, 0xFFF0000000000000, 0x8000000000000000, 0x0000000000000001),
        *(0x3FB999999999999A, 0x000FFFFFFFFFFFFF, 0x7FEFFFFFFFFFFFFF, 0x4330000000000001),
    ]
    lines = []
    for n, bits in enumerate(patterns):
        lines.append(f"%k{n} = arith.constant {n} : index")
        lines.append(f"%x{n} = arith.constant 0x{bits:016X} : f64")
        lines.append(f"memref.store %x{n}, %a0[%k{n}] : T0")
    (result,) = gpu_kernels.run("\n".join(lines), np.zeros(len(patterns)), shape=(1,))
    np.testing.assert_array_equal(result.view(u64), np.array(patterns, u64))
    body = "%x = arith.constant 0x7FF8000000000000 : f64\nmemref.store %x, %a0[%i0] : T0"
    (result,) = gpu_kernels.run(body, np.zeros(3))
    assert np.isnan(result).all()


WHOLE = np.array([0, 1, -1, 127, -128, 2**31 - 1, -(2**31), 2**53 + 1, -(2**63), 2**63 - 1, 10**17])


@pytest.mark.parametrize("op, source, wanted", [
    *((f"sitofp $ : i{n} to f64", f"i{n // 8}", lambda x: x.astype(f64)) for n in (8, 32, 64)),
    *((f"uitofp $ : i{n} to f64", f"i{n // 8}", lambda x: x.view(f"u{x.itemsize}").astype(f64))
      for n in (8, 32, 64)),
    ("uitofp $ : i1 to f64", "?", lambda x: x.astype(f64)),
    ("bitcast $ : i64 to f64", "i8", lambda x: x.view(f64)),
])  # fmt: skip
def test_f64_from_whole_numbers(gpu_kernels, op, source, wanted):
    x = WHOLE.astype(source) if source != "?" else WHOLE % 2 == 0
    result = gpu_kernels.elementwise(f"arith.{op}", x, dtype=f64)
    np.testing.assert_array_equal(result.view(u64), wanted(x).view(u64))


def test_an_index_as_the_bits_of_an_f64(gpu_kernels):
    body = """%n = arith.index_cast %i0 : index to i64
      %x = arith.bitcast %n : i64 to f64
      memref.store %x, %a0[%i0] : T0"""
    (result,) = gpu_kernels.run(body, np.ones(5))
    np.testing.assert_array_equal(result.view(u64), np.arange(5, dtype=u64))


@pytest.mark.parametrize("width", [8, 32, 64])
def test_whole_numbers_from_f64_are_saturated(gpu_kernels, width):
    x = np.array([0.0, -0.0, 0.99, -0.99, 1.5, -1.5, 127.9, -128.5, 1e300, -1e300, np.inf, -np.inf,
                  2.0**31 - 0.5, 2.0**31, 2.0**32 - 1, 2.0**53 + 2, 2.0**63, 2.0**64, np.nan])  # fmt: skip
    for name, low, high in (
        ("fptosi", -(2 ** (width - 1)), 2 ** (width - 1) - 1),
        ("fptoui", 0, 2**width - 1),
    ):
        kind = f"{'i' if name == 'fptosi' else 'u'}{width // 8}"
        result = gpu_kernels.elementwise(
            f"arith.{name} $ : f64 to i{width}", x, dtype=f"i{width // 8}"
        )
        numbers = [0 if np.isnan(v) else min(max(v, low), high) for v in x.tolist()]
        expected = np.array([int(v) for v in numbers], kind)
        np.testing.assert_array_equal(result.view(kind), expected, name)


def test_between_f64_and_f32(gpu_kernels, doubles):
    x = np.concatenate([doubles[0], [1e-45, 7e-46, 6e-46, 1.1754943e-38, 3.4028235677973366e38, 3.5e38,
                        1 + 2.0**-24, 1 + 2.0**-24 + 2.0**-50, 1 + 3 * 2.0**-24]])  # fmt: skip
    with np.errstate(all="ignore"):
        narrow = x.astype(f32)
    result = gpu_kernels.elementwise("arith.truncf $ : f64 to f32", x, dtype=f32)
    np.testing.assert_array_equal(result, narrow)
    result = gpu_kernels.elementwise("arith.extf $ : f32 to f64", narrow, dtype=f64)
    np.testing.assert_array_equal(result, narrow.astype(f64))
    bits = gpu_kernels.elementwise("arith.bitcast $ : f64 to i64", x, dtype=i64)
    numbers = ~np.isnan(x)
    np.testing.assert_array_equal(bits[numbers], x.view(i64)[numbers])


def test_scratch_and_loops_of_f64(gpu_kernels):
    body = """%buffer = memref.alloca() : memref<4xf64>
      %start = arith.constant 0.1 : f64
      memref.store %start, %buffer[%c3] : memref<4xf64>
      %sum = scf.for %k = %c0 to %c4 step %c1 iter_args(%s = %start) -> (f64) {
        %x = memref.load %a0[%k] : T0
        %t = arith.addf %s, %x : f64
        scf.yield %t : f64
      }
      %old = memref.load %buffer[%c3] : memref<4xf64>
      %r = arith.mulf %sum, %old : f64
      memref.store %r, %a1[%i0] : T1"""
    x = np.array([0.1, 1e-17, 3.0, -2.7])
    _, result = gpu_kernels.run(body.replace("%c3", "%c1"), x, np.zeros(3))
    expected = 0.1
    for v in x:
        expected += v
    np.testing.assert_array_equal(result, expected * 0.1)


# -- what drivers simplify -------------------------------------------------------------------------

ODD = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5.0, -7.5, 1e-40]
SIMPLIFIED = {
    "%r = arith.mulf %x, %z": lambda x, zero: x * zero,
    "%r = arith.mulf %z, %x": lambda x, zero: zero * x,
    "%r = arith.addf %x, %z": lambda x, zero: x + zero,
    "%r = arith.addf %z, %x": lambda x, zero: zero + x,
    "%r = arith.subf %x, %z": lambda x, zero: x - zero,
    "%r = arith.subf %z, %x": lambda x, zero: zero - x,
    "%r = arith.divf %x, %z": lambda x, zero: x / zero,
    "%r = arith.divf %z, %x": lambda x, zero: zero / x,
    "%r = arith.subf %x, %x": lambda x, zero: x - x,
    "%n = arith.negf %x\n%r = arith.addf %n, %x": lambda x, zero: x - x,
    "%s = math.sqrt %x\n%r = math.absf %s": lambda x, zero: np.abs(np.sqrt(x)),
    "%s = math.rsqrt %x\n%r = math.absf %s": lambda x, zero: np.abs(1 / np.sqrt(x)),
}
"""Ops on a number and a constant zero, and others that look simpler than they are."""


@pytest.mark.parametrize("kind", [f32, f64])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_what_is_simple_but_for_special_numbers(gpu_kernels, kind, zero):
    x = np.array(ODD, kind)
    type = "f32" if kind is f32 else "f64"
    for text, wanted in SIMPLIFIED.items():
        ops = "\n".join(f"{line} : {type}" for line in text.splitlines())
        body = f"""%x = memref.load %a0[%i0] : T0
          %z = arith.constant {zero} : {type}
          {ops}
          memref.store %r, %a1[%i0] : T1"""
        _, result = gpu_kernels.run(body, x, np.full_like(x, 77))
        with np.errstate(all="ignore"):
            expected = wanted(x, kind(zero))
        np.testing.assert_array_equal(result, expected, text)
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(
            np.signbit(result)[numbers], np.signbit(expected)[numbers], text
        )
