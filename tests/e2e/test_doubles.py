"""Programs of f64 and complex<f64> on the CPU and in shaders, against the reference."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.syntax.parser import parse_module

DEVICES = ["local-sync", pytest.param("webgpu", marks=pytest.mark.webgpu)]
EPS = 2.0**-52


@dataclass(frozen=True)
class Function:
    """A function's body, whose arguments are %0, %1, ... of types $0, $1, ..., and whose result is
    %r of type $R; and what it is called with.
    """

    body: str
    result: str
    inputs: list[np.ndarray]
    ulps: float = 0
    """How far results may be from the reference, in units in the last place of the largest one."""

    @property
    def types(self) -> list[str]:
        """The types of the arguments."""
        names = {"float64": "f64", "complex128": "complex<f64>", "int64": "i64", "int32": "i32"}
        names |= {"bool": "i1", "float32": "f32", "float16": "f16", "int8": "i8", "uint64": "ui64"}
        shapes = ["".join(f"{extent}x" for extent in x.shape) for x in self.inputs]
        return [
            f"tensor<{s}{names[x.dtype.name]}>" for s, x in zip(shapes, self.inputs, strict=True)
        ]

    def text(self, name: str) -> str:
        """The function."""
        declared = ", ".join(f"%{n}: {type}" for n, type in enumerate(self.types))
        body = self.body
        for n in reversed(range(len(self.inputs))):
            body = body.replace(f"${n}", self.types[n])
        body = body.replace("$R", self.result)
        return (
            f"func.func @{name}({declared}) -> {self.result} {{\n{body}\n"
            f"  return %r : {self.result}\n}}\n"
        )


RNG = np.random.default_rng(64)


def real(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def number(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


def positive(n: int, make: Callable[..., np.ndarray]) -> np.ndarray:
    """A matrix that has a Cholesky factor."""
    a = make(2, n, n)
    return a @ np.conj(np.swapaxes(a, -1, -2)) + n * np.eye(n)


ODD = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.5, -2.5, 5e-324, 1.7e308, 0.1, -0.1, 3.0])
POINTS = np.array([0.1, 0.5, 0.9, 1.5, 2.5, 3.7, 6.2, 12.5, 30.25])

REDUCE = """  %z = stablehlo.constant dense<INIT> : tensor<ELEMENT>
  %r = stablehlo.reduce(%0 init: %z) applies stablehlo.OP across dimensions = [DIMS] : ($0, tensor<ELEMENT>) -> $R"""


def reduce(op: str, init: str, element: str, dims: str) -> str:
    text = REDUCE.replace("INIT", init).replace("ELEMENT", element)
    return text.replace("OP", op).replace("DIMS", dims)


def chlo(name: str, *inputs: np.ndarray, ulps: float = 16) -> Function:
    operands = ", ".join(f"%{n}" for n in range(len(inputs)))
    types = ", ".join(f"${n}" for n in range(len(inputs)))
    shape = "x".join(map(str, inputs[0].shape))
    result = f"tensor<{shape}x{'f64' if inputs[0].dtype.kind == 'f' else 'complex<f64>'}>"
    return Function(f"  %r = chlo.{name} {operands} : {types} -> $R", result, list(inputs), ulps)


FUNCTIONS = {
    "dot": Function(
        "  %r = stablehlo.dot_general %0, %1, batching_dims = [0] x [0], contracting_dims = [2] x [1]"
        " : ($0, $1) -> $R", "tensor<2x5x7xf64>", [real(2, 5, 33), real(2, 33, 7)], 8),
    "dot_complex": Function(
        "  %r = stablehlo.dot_general %0, %1, contracting_dims = [1] x [0] : ($0, $1) -> $R",
        "tensor<4x3xcomplex<f64>>", [number(4, 6), number(6, 3)], 8),
    "convolution": Function(
        "  %r = stablehlo.convolution(%0, %1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f],"
        " window = {stride = [1, 2], pad = [[1, 1], [0, 2]], rhs_dilate = [1, 2]}"
        " {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : ($0, $1) -> $R",
        "tensor<2x6x5x4xf64>", [real(2, 6, 9, 3), real(3, 2, 3, 4)], 16),
    "cholesky": Function("  %r = stablehlo.cholesky %0, lower = true : $R",
        "tensor<2x5x5xf64>", [positive(5, real)], 16),
    "cholesky_complex": Function("  %r = stablehlo.cholesky %0, lower = true : $R",
        "tensor<2x4x4xcomplex<f64>>", [positive(4, number)], 16),
    "triangular": Function(
        '  %r = "stablehlo.triangular_solve"(%0, %1) <{left_side = true, lower = true, unit_diagonal ='
        " false, transpose_a = #stablehlo<transpose NO_TRANSPOSE>}> : ($0, $1) -> $R",
        "tensor<2x5x3xf64>", [positive(5, real), real(2, 5, 3)], 64),
    "sort": Function("""  %r = "stablehlo.sort"(%0) <{dimension = 0 : i64, is_stable = true}> ({
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    %t = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<f64>, tensor<f64>) -> tensor<i1>
    stablehlo.return %t : tensor<i1>
  }) : ($0) -> $R""", "tensor<12xf64>", [ODD]),
    "scatter": Function("""  %r = "stablehlo.scatter"(%0, %1, %2) <{scatter_dimension_numbers =
    #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
    index_vector_dim = 1>, indices_are_sorted = false, unique_indices = false}> ({
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    %t = stablehlo.add %a, %b : tensor<f64>
    stablehlo.return %t : tensor<f64>
  }) : ($0, $1, $2) -> $R""", "tensor<5xf64>",
        [real(5), np.array([[0], [4], [0], [9], [2], [0]], np.int32), real(6)], 4),
    "gather": Function("""  %r = "stablehlo.gather"(%0, %1) <{dimension_numbers = #stablehlo.gather<
    offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, 3>, indices_are_sorted = false}> : ($0, $1) -> $R""",
        "tensor<4x3xcomplex<f64>>", [number(5, 3), np.array([[0], [4], [-3], [77]])]),
    "sum": Function(reduce("add", "0.0", "f64", "1, 2"), "tensor<3xf64>", [real(3, 40, 11)], 64),
    "largest": Function(reduce("maximum", "0xFFF0000000000000", "f64", "1"), "tensor<2xf64>",
        [np.stack([ODD[5:11], ODD[3:9]])]),
    "least": Function(reduce("minimum", "0x7FF0000000000000", "f64", "0"), "tensor<6xf64>",
        [np.stack([ODD[:6], ODD[6:]])]),
    "product": Function(reduce("multiply", "(1.0, 0.0)", "complex<f64>", "1"),
        "tensor<2xcomplex<f64>>", [number(2, 5)], 16),
    "window": Function("""  %z = stablehlo.constant dense<0.0> : tensor<f64>
  %r = "stablehlo.reduce_window"(%0, %z) <{window_dimensions = array<i64: 1, 3>,
    window_strides = array<i64: 1, 2>, padding = dense<[[0, 0], [1, 1]]> : tensor<2x2xi64>}> ({
  ^bb0(%a: tensor<f64>, %b: tensor<f64>):
    %t = stablehlo.add %a, %b : tensor<f64>
    stablehlo.return %t : tensor<f64>
  }) : ($0, tensor<f64>) -> $R""", "tensor<2x4xf64>", [real(2, 7)], 8),
    "loop": Function("""  %zero = stablehlo.constant dense<0> : tensor<i64>
  %one = stablehlo.constant dense<1> : tensor<i64>
  %end = stablehlo.constant dense<20> : tensor<i64>
  %half = stablehlo.constant dense<0.5> : tensor<4xf64>
  %w:2 = stablehlo.while(%i = %zero, %x = %0) : tensor<i64>, $0
  cond {
    %t = stablehlo.compare LT, %i, %end : (tensor<i64>, tensor<i64>) -> tensor<i1>
    stablehlo.return %t : tensor<i1>
  } do {
    %n = stablehlo.add %i, %one : tensor<i64>
    %q = stablehlo.divide %1, %x : $0
    %s = stablehlo.add %x, %q : $0
    %y = stablehlo.multiply %s, %half : $0
    stablehlo.return %n, %y : tensor<i64>, $0
  }
  %r = stablehlo.add %w#1, %w#1 : $R""", "tensor<4xf64>",
        [np.array([1.0, 2.0, 3.0, 4.0]), np.array([2.0, 3.0, 1e10, 0.25])], 2),
    "choice": Function("""  %t = stablehlo.compare LT, %1, %2 : ($1, $2) -> tensor<i1>
  %r = "stablehlo.if"(%t) ({
    %a = stablehlo.exponential %0 : $0
    stablehlo.return %a : $0
  }, {
    %b = stablehlo.negate %0 : $0
    stablehlo.return %b : $0
  }) : (tensor<i1>) -> $R""", "tensor<3xf64>", [real(3), np.array(1.0), np.array(2.0)], 4),
    "scalar": Function("  %r = stablehlo.atan2 %0, %1 : $R", "tensor<f64>",
        [np.array(0.3), np.array(-0.7)], 4),
    "nothing": Function("  %r = stablehlo.tanh %0 : $R", "tensor<0x3xf64>", [real(0, 3)]),
    "rank_six": Function("  %r = stablehlo.transpose %0, dims = [5, 0, 3, 1, 4, 2] : ($0) -> $R",
        "tensor<2x1x2x3x2x2xcomplex<f64>>", [number(1, 3, 2, 2, 2, 2)]),
    "iota": Function("  %i = stablehlo.iota dim = 1 : $R\n  %r = stablehlo.add %0, %i : $R",
        "tensor<2x3xf64>", [real(2, 3)]),
    "clamp": Function("  %r = stablehlo.clamp %1, %0, %2 : ($1, $0, $2) -> $R", "tensor<12xf64>",
        [ODD, np.array(-0.5), np.array(2.0)]),
    "precision": Function("  %r = stablehlo.reduce_precision %0, format = e8m10 : $R",
        "tensor<12xf64>", [ODD * 1.001]),
    "finite": Function("  %r = stablehlo.is_finite %0 : ($0) -> $R", "tensor<12xi1>", [ODD]),
    "bytes": Function("  %r = stablehlo.bitcast_convert %0 : ($0) -> $R", "tensor<12x8xui8>", [ODD]),
    "words": Function("  %r = stablehlo.bitcast_convert %0 : ($0) -> $R", "tensor<3xf64>",
        [np.arange(6, dtype=np.int32).reshape(3, 2) * 99999999]),
    "to_half": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<12xf16>", [ODD]),
    "to_bfloat": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<12xbf16>", [ODD]),
    "to_eight_bits": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<9xf8E4M3FN>", [POINTS]),
    "to_i4": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<12xi4>", [ODD]),
    "to_ui64": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<8xui64>", [ODD[:8] * 7e18]),
    "from_half": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<12xf64>",
        [np.clip(ODD, -6e4, 6e4).astype(np.float16)]),
    "from_complex": Function("  %r = stablehlo.convert %0 : ($0) -> $R", "tensor<8xcomplex<f64>>",
        [ODD[:8].astype(np.float32)]),
    "uniform": Function("""  %s = stablehlo.constant dense<[2, 3]> : tensor<2xi64>
  %r = stablehlo.rng %0, %1, %s, distribution = UNIFORM : ($0, $1, tensor<2xi64>) -> $R""",
        "tensor<2x3xf64>", [np.array(-1.0), np.array(3.0)], 4),
    "random_bits": Function("""  %s, %b = stablehlo.rng_bit_generator %0, algorithm = THREE_FRY : ($0) -> ($0, tensor<5xui64>)
  %r = stablehlo.convert %b : (tensor<5xui64>) -> $R""", "tensor<5xf64>", [np.array([1, 2], np.uint64)]),
    "magnitude": Function("  %r = stablehlo.abs %0 : ($0) -> $R", "tensor<4xf64>", [number(4)], 2),
    "norm": Function('  %r = "stablehlo.batch_norm_inference"(%0, %1, %2, %3, %4) <{epsilon = 1.0e-3 : f32,'
        " feature_index = 1 : i64}> : ($0, $1, $2, $3, $4) -> $R", "tensor<4x3xf64>",
        [real(4, 3), real(3), real(3), real(3), np.abs(real(3))], 8),
    "top": Function("  %v, %i = chlo.top_k(%0, k = 3) : $0 -> ($R, tensor<2x3xi32>)\n"
        "  %r = stablehlo.add %v, %v : $R", "tensor<2x3xf64>", [real(2, 9)]),
    "next": chlo("next_after", ODD, ODD[::-1].copy(), ulps=0),
    **{name: chlo(name, POINTS, ulps=64) for name in ("lgamma", "digamma", "bessel_i1e", "erfc", "erf")},
    "erf_inv": chlo("erf_inv", np.array([-0.999999, -0.5, 0.0, 1e-9, 0.3, 0.99, 1 - 1e-15]), ulps=64),
}  # fmt: skip


def close(got: np.ndarray, expected: np.ndarray, ulps: float) -> bool:
    """Whether results are the expected ones, or as near to them as `ulps` allows."""
    if not ulps:
        return np.array_equal(got.view(np.uint8), expected.view(np.uint8)) or (
            np.array_equal(got, expected, equal_nan=got.dtype.kind in "fc")
            and np.array_equal(np.signbit(got.real), np.signbit(expected.real))
        )
    scale = np.abs(expected)[np.isfinite(expected)].max(initial=0)
    return np.allclose(got, expected, rtol=0, atol=ulps * EPS * scale, equal_nan=True)


@pytest.fixture(scope="module")
def text() -> str:
    return "".join(function.text(name) for name, function in FUNCTIONS.items())


@pytest.fixture(scope="module")
def program(text: str) -> ireelite.Program:
    """Two variants of the same functions: machine code and shaders."""
    return ireelite.compile(text, targets=["llvm-cpu", "vulkan-spirv"])


@pytest.mark.parametrize("device", DEVICES)
def test_programs_of_f64(text: str, program: ireelite.Program, device: str):
    module, reference = ireelite.load(program, device=device), parse_module(text)
    wrong: list[str] = []
    for name, function in FUNCTIONS.items():
        (expected,) = interpret(reference, name, *function.inputs)
        got = np.asarray(getattr(module, name)(*function.inputs)).view(expected.dtype)
        if got.shape != expected.shape or not close(got, expected, function.ulps):
            wrong.append(f"{name}: {got}, expected {expected}")
    assert wrong == []
