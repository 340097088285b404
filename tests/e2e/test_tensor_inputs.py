"""Programs on tensors in MLIR's `arith`, `math`, `linalg` and `tensor`, on every target, against NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param(("llvm-cpu",), "local-sync", id="native"),
    pytest.param(("vmvx",), "local-sync", id="vmvx"),
    pytest.param(("vulkan-spirv",), "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

F = np.array([0.0, -0.0, 1.0, -1.0, 0.3, -2.75, 1e-3, 17.5, 1e-20, -0.9, 80.0], np.float32)
G = np.array([1.0, 2.0, -3.0, 0.5, np.nan, 2.75, -7.0, 1.5, 4.0, -0.9, 3.0], np.float32)
UNIT = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.75, 1e-3, 1e-20, 0.999, 1.5, -0.25], np.float32)
ABOVE_ONE = np.array([1.0, 1.001, 2.0, 1e10, 3e38, 0.5, -2.0, np.inf, 1.5, 7.0, 100.0], np.float32)
INTEGERS = [0, 1, -1, 7, -8, 100, -100, 64, 2, -3, 127]
DIVISORS = [3, -3, 2, -2, 5, -7, 9, 1, -1, 4, 100]
ENDS = [np.inf, -np.inf, np.nan]


def ints(values: Sequence[int], bits: int) -> np.ndarray:
    return np.array(values, f"int{bits}")


def per_element(function: Callable[..., int], bits: int) -> Callable[..., np.ndarray]:
    """A function of Python integers as one of arrays, with results wrapped to so many bits."""

    def whole(*arrays: np.ndarray) -> np.ndarray:
        values = [function(*map(int, row)) for row in zip(*arrays, strict=True)]
        return (
            np.array([v % (1 << bits) for v in values], np.uint64)
            .astype(f"uint{bits}")
            .view(f"int{bits}")
        )

    return whole


def power(x: int, n: int) -> int:
    return x**n if n >= 0 else {1: 1, -1: -1 if n % 2 else 1}.get(x, 0)


def round_up(a: int, b: int) -> int:
    return -(-a // b)


def element(array: np.ndarray) -> str:
    """MLIR's name of an array's elements."""
    return {"float32": "f32", "bool": "i1"}.get(array.dtype.name) or array.dtype.name.replace(
        "int", "i"
    )


class Unary(NamedTuple):
    op: str
    inputs: list[np.ndarray]
    expected: Callable[..., np.ndarray]
    units: float = 0
    """How many units in the last place a result may be off."""


FLOATS = [
    Unary("math.tan", [np.append(F[:8], ENDS[2]).astype(np.float32)], np.tan, 8),
    Unary("math.sinh", [np.append(F, ENDS).astype(np.float32)], np.sinh, 8),
    Unary("math.cosh", [np.append(F, ENDS).astype(np.float32)], np.cosh, 8),
    Unary("math.asinh", [np.append(F, [*ENDS, 3e38, 1e18]).astype(np.float32)], np.arcsinh, 8),
    Unary("math.acosh", [ABOVE_ONE], np.arccosh, 8),
    Unary("math.atanh", [UNIT], np.arctanh, 8),
    Unary("math.asin", [UNIT], np.arcsin, 8),
    Unary("math.acos", [UNIT], np.arccos, 8),
    Unary("math.atan", [np.append(F, ENDS).astype(np.float32)], np.arctan, 8),
    Unary("math.cbrt", [np.append(F, ENDS).astype(np.float32)], np.cbrt, 4),
    Unary("math.trunc", [np.append(F, ENDS).astype(np.float32)], np.trunc),
    Unary("math.copysign", [F, G], np.copysign),
    Unary("arith.maxnumf", [F, G], np.fmax),
    Unary("arith.minnumf", [F, G], np.fmin),
    Unary("arith.remf", [F, G], np.fmod),
    Unary("arith.maximumf", [F, G], np.maximum),
]


def integer_ops(bits: int) -> list[Unary]:
    a, b = ints(INTEGERS, bits), ints(DIVISORS, bits)
    mask = (1 << bits) - 1
    return [
        Unary("arith.ceildivsi", [a, b], per_element(round_up, bits)),
        Unary("arith.ceildivui", [a, b], per_element(lambda x, y: round_up(x & mask, y & mask), bits)),
        Unary("arith.floordivsi", [a, b], per_element(lambda x, y: x // y, bits)),
        Unary("math.absi", [a], per_element(lambda x: abs(x), bits)),
        Unary("math.ctlz", [a], per_element(lambda x: bits - (x & mask).bit_length(), bits)),
        Unary("math.cttz", [a], per_element(lambda x: bits if x == 0 else (x & -x).bit_length() - 1, bits)),
        Unary("math.ctpop", [a], per_element(lambda x: (x & mask).bit_count(), bits)),
        Unary("math.ipowi", [a, np.abs(b) % 5], per_element(power, bits)),
        Unary("math.ipowi", [a, b], per_element(power, bits)),
    ]  # fmt: skip


CASES = FLOATS + [case for bits in (8, 32, 64) for case in integer_ops(bits)]


def program(cases: Sequence[Unary]) -> str:
    """A function for each case."""
    texts = []
    for number, case in enumerate(cases):
        types = [f"tensor<{len(a)}x{element(a)}>" for a in case.inputs]
        arguments = ", ".join(f"%{n}: {t}" for n, t in enumerate(types))
        operands = ", ".join(f"%{n}" for n in range(len(types)))
        texts.append(
            f"func.func @f{number}({arguments}) -> {types[0]} {{\n"
            f"  %r = {case.op} {operands} : {types[0]}\n  return %r : {types[0]}\n}}"
        )
    return "\n".join(texts)


@pytest.mark.parametrize(("targets", "device"), CONFIGURATIONS)
def test_functions_made_of_others(targets, device):
    """Also at infinities, NaN and zeros of both signs, whose sign is kept."""
    loaded = ireelite.load(ireelite.compile(program(CASES), targets=targets), device=device)
    for number, case in enumerate(CASES):
        result = np.asarray(loaded[f"f{number}"](*case.inputs))
        wide = [a.astype(np.float64) if a.dtype == np.float32 else a for a in case.inputs]
        with np.errstate(all="ignore"):
            expected = case.expected(*wide).astype(case.inputs[0].dtype)
        what = f"{case.op} {element(case.inputs[0])}: {case.inputs} {result} {expected}"
        if not case.units:
            np.testing.assert_array_equal(result, expected, what)
            continue
        finite = np.isfinite(expected)
        np.testing.assert_array_equal(np.isnan(result), np.isnan(expected), what)
        np.testing.assert_array_equal(
            result[np.isinf(expected)], expected[np.isinf(expected)], what
        )
        np.testing.assert_allclose(
            result[finite], expected[finite], rtol=case.units * 2**-23, atol=1e-37, err_msg=what
        )
        zero = expected == 0
        np.testing.assert_array_equal(np.signbit(result[zero]), np.signbit(expected[zero]), what)


class Program(NamedTuple):
    text: str
    inputs: Sequence[Any]
    expected: Callable[..., Any]


A = np.array([1.5, -2.0, 3.0, np.nan, 0.0], np.float32)
B = np.array([1.5, 2.0, -3.0, 1.0, -0.0], np.float32)
NUMBERS, OTHERS = np.array([1, -2, 3, 100, 0], np.int32), np.array([1, 2, -3, 99, 7], np.int32)
BYTES = np.array([-128, 127, -1, 0, 5], np.int8)
MASK = np.array([1, 0, 0, 1, 1], bool)

PREDICATES = {
    "oeq": lambda a, b: a == b,
    "one": lambda a, b: (a < b) | (a > b),
    "ueq": lambda a, b: ~((a < b) | (a > b)),
    "une": lambda a, b: a != b,
    "olt": lambda a, b: a < b,
    "oge": lambda a, b: a >= b,
    "ugt": lambda a, b: ~(a <= b),
    "ule": lambda a, b: ~(a > b),
    "ord": lambda a, b: ~(np.isnan(a) | np.isnan(b)),
    "uno": lambda a, b: np.isnan(a) | np.isnan(b),
}


def comparisons() -> str:
    lines = [f"  %{p} = arith.cmpf {p}, %a, %b : tensor<5xf32>" for p in PREDICATES]
    types = ", ".join(["tensor<5xi1>"] * len(PREDICATES))
    names = ", ".join(f"%{p}" for p in PREDICATES)
    return "\n".join(
        [
            f"func.func @main(%a: tensor<5xf32>, %b: tensor<5xf32>) -> ({types}) {{",
            *lines,
            f"  return {names} : {types}\n}}",
        ]
    )


PROGRAMS = {
    "comparisons of floats": Program(
        comparisons(), [A, B], lambda a, b: tuple(p(a, b) for p in PREDICATES.values())
    ),
    "comparisons of integers and choices": Program(
        """func.func @main(%i: tensor<5xi32>, %j: tensor<5xi32>, %m: tensor<5xi1>) -> (tensor<5xi1>, tensor<5xi1>, tensor<5xi32>) {
          %0 = arith.cmpi slt, %i, %j : tensor<5xi32>
          %1 = arith.cmpi ult, %i, %j : tensor<5xi32>
          %2 = arith.xori %0, %m : tensor<5xi1>
          %3 = arith.select %2, %i, %j : tensor<5xi1>, tensor<5xi32>
          return %0, %1, %3 : tensor<5xi1>, tensor<5xi1>, tensor<5xi32>
        }""",
        [NUMBERS, OTHERS, MASK],
        lambda i, j, m: (
            i < j,
            i.view(np.uint32) < j.view(np.uint32),
            np.where((i < j) ^ m, i, j),
        ),
    ),
    "conversions": Program(
        """func.func @main(%f: tensor<5xf32>, %i: tensor<5xi32>, %b: tensor<5xi8>, %m: tensor<5xi1>)
            -> (tensor<5xi32>, tensor<5xf32>, tensor<5xf32>, tensor<5xi32>, tensor<5xi32>, tensor<5xi8>, tensor<5xi8>, tensor<5xi32>, tensor<5xi32>) {
          %0 = arith.fptosi %f : tensor<5xf32> to tensor<5xi32>
          %1 = arith.sitofp %i : tensor<5xi32> to tensor<5xf32>
          %2 = arith.uitofp %b : tensor<5xi8> to tensor<5xf32>
          %3 = arith.extsi %b : tensor<5xi8> to tensor<5xi32>
          %4 = arith.extui %b : tensor<5xi8> to tensor<5xi32>
          %5 = arith.trunci %i : tensor<5xi32> to tensor<5xi8>
          %6 = arith.extui %m : tensor<5xi1> to tensor<5xi8>
          %7 = arith.extsi %m : tensor<5xi1> to tensor<5xi32>
          %8 = arith.bitcast %f : tensor<5xf32> to tensor<5xi32>
          return %0, %1, %2, %3, %4, %5, %6, %7, %8 : tensor<5xi32>, tensor<5xf32>, tensor<5xf32>, tensor<5xi32>, tensor<5xi32>, tensor<5xi8>, tensor<5xi8>, tensor<5xi32>, tensor<5xi32>
        }""",
        [B, NUMBERS, BYTES, MASK],
        lambda f, i, b, m: (
            f.astype(np.int32),
            i.astype(np.float32),
            b.view(np.uint8).astype(np.float32),
            b.astype(np.int32),
            b.view(np.uint8).astype(np.int32),
            i.astype(np.int8),
            m.astype(np.int8),
            -m.astype(np.int32),
            f.view(np.int32),
        ),
    ),
    "constants of bytes": Program(
        """func.func @main(%b: tensor<5xi8>) -> (tensor<5xi8>, tensor<3xi8>, tensor<2xi1>) {
          %0 = arith.constant dense<[1, 2, 3, 4, -5]> : tensor<5xi8>
          %1 = arith.addi %b, %0 : tensor<5xi8>
          %2 = util.unfoldable_constant dense<[-1, 0, 1]> : tensor<3xi8>
          %3 = arith.constant dense<[true, false]> : tensor<2xi1>
          return %1, %2, %3 : tensor<5xi8>, tensor<3xi8>, tensor<2xi1>
        }""",
        [BYTES],
        lambda b: (
            b + np.array([1, 2, 3, 4, -5], np.int8),
            np.array([-1, 0, 1], np.int8),
            np.array([True, False]),
        ),
    ),
    "linalg with scalars from around it": Program(
        """func.func @main(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> tensor<3x5xf32> {
          %two = arith.constant 2.0 : f32
          %half = arith.constant 0.5 : f32
          %e = tensor.empty() : tensor<3x5xf32>
          %0 = linalg.fill ins(%half : f32) outs(%e : tensor<3x5xf32>) -> tensor<3x5xf32>
          %1 = linalg.matmul ins(%a, %b : tensor<3x4xf32>, tensor<4x5xf32>) outs(%0 : tensor<3x5xf32>) -> tensor<3x5xf32>
          %2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%1 : tensor<3x5xf32>) outs(%e : tensor<3x5xf32>) {
          ^bb0(%x: f32, %y: f32):
            %m = arith.mulf %x, %two : f32
            linalg.yield %m : f32
          } -> tensor<3x5xf32>
          return %2 : tensor<3x5xf32>
        }""",
        [
            np.arange(12, dtype=np.float32).reshape(3, 4),
            np.arange(20, dtype=np.float32).reshape(4, 5) - 7,
        ],
        lambda a, b: (a @ b + np.float32(0.5)) * 2,
    ),
    "scalars that tensor work reads and makes": Program(
        """func.func @main(%x: tensor<5xf32>, %s: f32, %p: i1, %n: index) -> (tensor<5xf32>, f32, i32) {
          %0 = tensor.splat %s : tensor<5xf32>
          %1 = arith.select %p, %x, %0 : tensor<5xf32>
          %2 = arith.addf %1, %0 : tensor<5xf32>
          %3 = tensor.extract %2[%n] : tensor<5xf32>
          %4 = arith.mulf %3, %s : f32
          %c = arith.constant dense<[10, 20, 30, 40, 50]> : tensor<5xi32>
          %5 = tensor.extract %c[%n] : tensor<5xi32>
          return %2, %4, %5 : tensor<5xf32>, f32, i32
        }""",
        [B, 2.5, 1, 3],
        lambda x, s, p, n: (x + np.float32(s), (x[n] + s) * s, 10 * (n + 1)),
    ),
    "storage that nobody has written": Program(
        """func.func @main(%x: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
          %e = tensor.empty() : tensor<5xf32>
          %0 = arith.negf %x : tensor<5xf32>
          return %0, %e : tensor<5xf32>, tensor<5xf32>
        }""",
        [B],
        lambda x: (-x, None),
    ),
}


@pytest.mark.parametrize("model", ["async-internal", "async-external"])
@pytest.mark.parametrize(("targets", "device"), CONFIGURATIONS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name, targets, device, model):
    text, inputs, expected = PROGRAMS[name]
    compiled = ireelite.compile(text, targets=targets, execution_model=model)
    results = ireelite.load(compiled, device=device).main(*inputs)
    wanted = expected(*inputs)
    pairs = zip(results, wanted, strict=True) if isinstance(results, tuple) else [(results, wanted)]
    for result, want in pairs:
        if want is None:
            assert np.asarray(result).shape == (5,)
            continue
        np.testing.assert_array_equal(np.asarray(result), want)
        assert not isinstance(want, np.ndarray) or np.asarray(result).dtype == want.dtype


EVERY_PROGRAM: dict[str, tuple[Any, str, Sequence[Any]]] = {
    **{f"{n}: {c.op}": (program(CASES), f"f{n}", c.inputs) for n, c in enumerate(CASES)},
    **{
        name: (case.text, "main", case.inputs)
        for name, case in PROGRAMS.items()
        if name != "storage that nobody has written"
    },
}
"""What is compiled here: source, function, inputs. Upstream's runtime runs each of them too, but
for the one whose result may be anything.
"""
