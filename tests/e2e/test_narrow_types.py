"""Integers of 2 and 4 bits, and floats of 8, 6 and 4, on every target, against the package `ml_dtypes`."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import ireelite
from ireelite.reference.numbers import rounded

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]

INTEGERS = {"i4": "int4", "ui4": "uint4", "i2": "int2", "ui2": "uint2"}
FLOATS = {
    "f8E4M3FN": "float8_e4m3fn",
    "f8E5M2": "float8_e5m2",
    "f8E4M3FNUZ": "float8_e4m3fnuz",
    "f8E5M2FNUZ": "float8_e5m2fnuz",
    "f8E8M0FNU": "float8_e8m0fnu",
    "f8E4M3": "float8_e4m3",
    "f8E3M4": "float8_e3m4",
    "f8E4M3B11FNUZ": "float8_e4m3b11fnuz",
    "f6E2M3FN": "float6_e2m3fn",
    "f6E3M2FN": "float6_e3m2fn",
    "f4E2M1FN": "float4_e2m1fn",
}
"""The last ones are bytes for the HAL, which has no code for them; results have their dtype."""
COUNT = 4096

INTEGER_FUNCTIONS = """
func.func @transpose_T(%a: tensor<5x6xT>) -> tensor<6x5xT> {
  %0 = stablehlo.transpose %a, dims = [1, 0] : (tensor<5x6xT>) -> tensor<6x5xT>
  return %0 : tensor<6x5xT>
}
func.func @divide_T(%a: tensor<3x16xT>, %b: tensor<3x16xT>) -> tensor<3x16xT> {
  %0 = stablehlo.multiply %a, %b : tensor<3x16xT>
  %1 = stablehlo.divide %0, %b : tensor<3x16xT>
  %2 = stablehlo.subtract %1, %a : tensor<3x16xT>
  return %2 : tensor<3x16xT>
}
func.func @convert_T(%a: tensor<9xT>) -> (tensor<9xf32>, tensor<9xi1>, tensor<9xT>) {
  %0 = stablehlo.convert %a : (tensor<9xT>) -> tensor<9xf32>
  %c = stablehlo.constant dense<[1, 0, 1, 1, 0, 0, 1, 1, 0]> : tensor<9xT>
  %1 = stablehlo.compare LT, %a, %c : (tensor<9xT>, tensor<9xT>) -> tensor<9xi1>
  %2 = stablehlo.constant dense<2.5> : tensor<9xf32>
  %3 = stablehlo.multiply %0, %2 : tensor<9xf32>
  %4 = stablehlo.convert %3 : (tensor<9xf32>) -> tensor<9xT>
  return %0, %1, %4 : tensor<9xf32>, tensor<9xi1>, tensor<9xT>
}
func.func @bits_T(%a: tensor<9xT>) -> (tensor<9xT>, tensor<9xT>, tensor<9xf16>) {
  %0 = stablehlo.popcnt %a : tensor<9xT>
  %1 = stablehlo.count_leading_zeros %a : tensor<9xT>
  %2 = stablehlo.convert %a : (tensor<9xT>) -> tensor<9xf16>
  return %0, %1, %2 : tensor<9xT>, tensor<9xT>, tensor<9xf16>
}
func.func @fill_T(%a: tensor<9xT>) -> (tensor<9xT>, tensor<5xT>) {
  %0 = util.unfoldable_constant dense<1> : tensor<9xT>
  %1 = stablehlo.subtract %a, %0 : tensor<9xT>
  %2 = stablehlo.constant dense<1> : tensor<5xT>
  return %1, %2 : tensor<9xT>, tensor<5xT>
}
"""
FLOAT_FUNCTIONS = """
func.func @decode_T(%a: tensor<256xT>) -> tensor<256xf32> {
  %0 = stablehlo.convert %a : (tensor<256xT>) -> tensor<256xf32>
  return %0 : tensor<256xf32>
}
func.func @encode_T(%a: tensor<4096xf32>) -> tensor<4096xT> {
  %0 = stablehlo.convert %a : (tensor<4096xf32>) -> tensor<4096xT>
  return %0 : tensor<4096xT>
}
func.func @widen_T(%a: tensor<256xT>) -> (
    tensor<256xf16>, tensor<256xbf16>, tensor<256xf8E3M4>, tensor<256xf8E8M0FNU>) {
  %0 = stablehlo.convert %a : (tensor<256xT>) -> tensor<256xf16>
  %1 = stablehlo.convert %a : (tensor<256xT>) -> tensor<256xbf16>
  %2 = stablehlo.convert %a : (tensor<256xT>) -> tensor<256xf8E3M4>
  %3 = stablehlo.convert %a : (tensor<256xT>) -> tensor<256xf8E8M0FNU>
  return %0, %1, %2, %3 :
    tensor<256xf16>, tensor<256xbf16>, tensor<256xf8E3M4>, tensor<256xf8E8M0FNU>
}
func.func @round_T(%a: tensor<256xT>) -> (tensor<256xf32>, tensor<256xf32>) {
  %0 = stablehlo.negate %a : tensor<256xT>
  %1 = stablehlo.convert %0 : (tensor<256xT>) -> tensor<256xf32>
  %2 = stablehlo.ceil %0 : tensor<256xT>
  %3 = stablehlo.convert %2 : (tensor<256xT>) -> tensor<256xf32>
  return %1, %3 : tensor<256xf32>, tensor<256xf32>
}
"""
TEXT = "".join(
    [INTEGER_FUNCTIONS.replace("T(", f"{t}(").replace("xT>", f"x{t}>") for t in INTEGERS]
    + [FLOAT_FUNCTIONS.replace("T(", f"{t}(").replace("xT>", f"x{t}>") for t in FLOATS]
)


def dtype(name: str) -> np.dtype:
    return np.dtype(getattr(ml_dtypes, name))


def range_of(name: str) -> tuple[int, int]:
    bits = int(name[-1])
    return (0, (1 << bits) - 1) if name[0] == "u" else (-(1 << bits - 1), (1 << bits - 1) - 1)


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request):
    target, device = request.param
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


@pytest.mark.parametrize("type", INTEGERS)
def test_integers_that_share_bytes(module, type):
    kind, (low, high) = dtype(INTEGERS[type]), range_of(INTEGERS[type])
    random = np.random.default_rng(5)

    def wrapped(values):
        return (values - low) % (high - low + 1) + low

    x = random.integers(low, high + 1, (5, 6))
    result = module[f"transpose_{type}"](x.astype(kind))
    assert result.dtype == kind
    np.testing.assert_array_equal(result.astype(int), x.T)
    a, b = random.integers(low, high + 1, (2, 3, 16))
    product = wrapped(a * b)
    quotient = np.where(b == 0, -1, np.trunc(product / np.where(b == 0, 1, b)).astype(int))
    result = module[f"divide_{type}"](a.astype(kind), b.astype(kind))
    np.testing.assert_array_equal(result.astype(int), wrapped(quotient - a))
    x = random.integers(low, high + 1, 9)
    ones, zeros, halves = module[f"bits_{type}"](x.astype(kind))
    bits, codes = int(type[-1]), x & (1 << int(type[-1])) - 1
    counts = np.array([int(code).bit_count() for code in codes])
    np.testing.assert_array_equal(ones.astype(int), wrapped(counts))
    lengths = np.array([bits - int(code).bit_length() for code in codes])
    np.testing.assert_array_equal(zeros.astype(int), wrapped(lengths))
    np.testing.assert_array_equal(halves, x)
    floats, less, scaled = module[f"convert_{type}"](x.astype(kind))
    np.testing.assert_array_equal(floats, x)
    np.testing.assert_array_equal(less, x < wrapped(np.array([1, 0, 1, 1, 0, 0, 1, 1, 0])))
    np.testing.assert_array_equal(scaled.astype(int), np.clip(np.trunc(x * 2.5), low, high))


@pytest.mark.parametrize("type", INTEGERS)
def test_constants_of_one_value_fill_whole_bytes(module, type):
    kind = dtype(INTEGERS[type])
    less, ones = module[f"fill_{type}"](np.ones(9, kind))
    assert less.astype(int).tolist() == [0] * 9
    assert ones.astype(int).tolist() == [1] * 5


def codes_of(type: str) -> np.ndarray:
    """Every number of a format, once or more."""
    count = 1 << int(type[1])
    return np.resize(np.arange(count, dtype=np.uint8), 256).view(dtype(FLOATS[type]))


def hard_cases(type: str) -> np.ndarray:
    """Numbers of a format, those half-way between them, their neighbours, and any bits."""
    random = np.random.default_rng(6)
    numbers = codes_of(type).astype(np.float32)
    numbers = np.unique(numbers[np.isfinite(numbers)])
    middle = ((numbers[1:].astype(np.float64) + numbers[:-1]) / 2).astype(np.float32)
    above, below = (np.nextafter(middle, np.float32(end)) for end in (np.inf, -np.inf))
    special = np.float32(
        [0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-127, 2.0**-128, 1.3 * 2.0**-127]
    )
    known = np.concatenate([numbers, middle, above, below, special])
    bits = random.integers(0, 1 << 32, COUNT - len(known), dtype=np.uint32)
    return np.concatenate([known, bits.view(np.float32)])


@pytest.mark.parametrize("type", FLOATS)
def test_small_floats(module, type):
    kind, codes = dtype(FLOATS[type]), codes_of(type)
    np.testing.assert_array_equal(module[f"decode_{type}"](codes), codes.astype(np.float32))
    x = hard_cases(type)
    with np.errstate(all="ignore"):
        expected = rounded(x, kind).astype(np.float32)
    result = module[f"encode_{type}"](x)
    assert result.dtype == kind
    assert module[f"encode_{type}"].async_(x).result().dtype == kind
    assert_same_numbers(result.astype(np.float32)[~np.isnan(x)], expected[~np.isnan(x)])
    np.testing.assert_array_equal(result.astype(np.float32), expected)


def assert_same_numbers(result: np.ndarray, expected: np.ndarray):
    """Asserts that floats are equal, and zeros in their sign."""
    assert result.dtype == expected.dtype
    result, expected = result.astype(np.float32), expected.astype(np.float32)
    np.testing.assert_array_equal(result, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(result)[numbers], np.signbit(expected)[numbers])


@pytest.mark.parametrize("type", FLOATS)
def test_small_floats_become_other_small_floats(module, type):
    kind, codes = dtype(FLOATS[type]), codes_of(type)
    names = ("float16", "bfloat16", "float8_e3m4", "float8_e8m0fnu")
    with np.errstate(all="ignore"):
        wider = [rounded(codes.astype(np.float32), np.dtype(name)) for name in names]
        negated = rounded(-codes.astype(np.float32), kind).astype(np.float32)
        raised = rounded(np.ceil(negated), kind).astype(np.float32)
    for result, expected in zip(module[f"widen_{type}"](codes), wider, strict=True):
        assert_same_numbers(result, expected)
    for result, expected in zip(module[f"round_{type}"](codes), (negated, raised), strict=True):
        assert_same_numbers(result, expected)
