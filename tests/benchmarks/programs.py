"""The programs of the table of whole calls: StableHLO text, arguments, the work they do, and the
share of the fastest peer's time that is their goal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import ml_dtypes
import numpy as np
from stablehlo_text import FunctionText, Tensor, tensor_type

Build = Callable[..., Tensor | tuple[Tensor, ...]]

DTYPES = {
    "bf16": ml_dtypes.bfloat16,
    "f16": np.float16,
    "f32": np.float32,
    "f64": np.float64,
    "complex<f32>": np.complex64,
    "i8": np.int8,
    "i16": np.int16,
    "i32": np.int32,
    "i64": np.int64,
    "ui8": np.uint8,
}


@dataclass(frozen=True)
class Argument:
    """An argument of random values, evenly spread over a range."""

    shape: tuple[int, ...]
    element: str = "f32"
    low: float = -1.0
    high: float = 1.0

    def values(self, random: np.random.Generator) -> np.ndarray:
        """Random values of the argument's type."""
        dtype = DTYPES[self.element]
        if "i" in self.element:
            return random.integers(int(self.low), int(self.high), self.shape).astype(dtype)
        if self.element.startswith("complex"):
            pairs = random.uniform(self.low, self.high, (2, *self.shape))
            return (pairs[0] + 1j * pairs[1]).astype(dtype)
        return np.asarray(random.uniform(self.low, self.high, self.shape)).astype(dtype)


@dataclass(frozen=True)
class BenchmarkProgram:
    """A program with one function, `main`."""

    name: str
    arguments: tuple[Argument, ...]
    build: Build
    goal: float
    """Our time over the fastest peer's: at most this."""
    multiplications: int = 0
    """Multiplications with an addition, where they and not the memory bound the time."""
    tolerance: float = 1e-4
    """Of results, relative to the largest of them."""
    not_for_iree: str = ""
    """Why upstream IREE does not run the program, where it does not."""

    def text(self) -> str:
        """The program as StableHLO."""
        arguments = [
            Tensor(f"%a{position}", argument.shape, argument.element)
            for position, argument in enumerate(self.arguments)
        ]
        function = FunctionText(*arguments)
        results = self.build(function, *arguments)
        return function.returns(*(results if isinstance(results, tuple) else (results,)))

    def inputs(self) -> list[np.ndarray]:
        """Arrays of random values, the same in each run."""
        random = np.random.default_rng(sum(map(ord, self.name)))
        return [argument.values(random) for argument in self.arguments]


def multiply(f: FunctionText, a: Tensor, b: Tensor) -> Tensor:
    return f.map("multiply", a, b)


def total(f: FunctionText, a: Tensor) -> Tensor:
    return f.reduce("add", a, range(len(a.shape)))


def softmax(f: FunctionText, x: Tensor) -> Tensor:
    return f.softmax(x)


def layer_norm(f: FunctionText, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    rows, columns = x.shape

    def mean(value: Tensor) -> Tensor:
        return f.map("divide", f.reduce("add", value, [1]), f.constant(columns, "f32", [rows]))

    centred = f.map("subtract", x, f.broadcast(mean(x), x.shape, [0]))
    variance = mean(f.map("multiply", centred, centred))
    inverse = f.map("rsqrt", f.map("add", variance, f.constant(1e-5, "f32", [rows])))
    scaled = f.map("multiply", centred, f.broadcast(inverse, x.shape, [0]))
    scaled = f.map("multiply", scaled, f.broadcast(scale, x.shape, [1]))
    return f.map("add", scaled, f.broadcast(shift, x.shape, [1]))


def transpose(f: FunctionText, x: Tensor, *, dims: Sequence[int]) -> Tensor:
    return f.transpose(x, dims)


def product(f: FunctionText, a: Tensor, b: Tensor) -> Tensor:
    return f.dot(a, b)


def integer_product(f: FunctionText, a: Tensor, b: Tensor) -> Tensor:
    return f.dot(a, b, element="i32")


def batch_product(f: FunctionText, a: Tensor, b: Tensor) -> Tensor:
    return f.dot(a, b, (2, 1), [0])


def convolution(
    f: FunctionText, x: Tensor, kernel: Tensor, *, pad: int = 1, stride: int = 1, groups: int = 1
) -> Tensor:
    return f.relu(f.convolution(x, kernel, pad, stride, groups))


def elementwise_chain(f: FunctionText, a: Tensor, b: Tensor) -> Tensor:
    power = f.map("exponential", f.map("tanh", f.map("add", f.map("multiply", a, b), a)))
    root = f.map("sqrt", f.map("abs", f.map("subtract", power, b)))
    return f.map("add", f.map("divide", f.map("maximum", root, a), power), root)


def mlp(f: FunctionText, x: Tensor, *layers: Tensor) -> Tensor:
    *hidden, last = zip(layers[::2], layers[1::2], strict=True)
    for weights, bias in hidden:
        x = f.relu(f.linear(x, weights, bias))
    return f.softmax(f.linear(x, *last))


def attention(f: FunctionText, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Of queries, keys and values as heads x positions x width."""
    scores = f.dot(q, k, (2, 2), [0])
    scale = f.constant(q.shape[-1] ** -0.5, "f32", scores.shape)
    return f.dot(f.softmax(f.map("multiply", scores, scale)), v, (2, 1), [0])


def transformer_block(f: FunctionText, x: Tensor, *weights: Tensor) -> Tensor:
    (positions, width), heads = x.shape, 8
    query, key, value, output, up, down = weights

    def split(projection: Tensor) -> Tensor:
        parts = f.reshape(f.dot(x, projection), (positions, heads, width // heads))
        return f.transpose(parts, (1, 0, 2))

    mixed = f.transpose(attention(f, split(query), split(key), split(value)), (1, 0, 2))
    y = f.map("add", x, f.dot(f.reshape(mixed, (positions, width)), output))
    return f.map("add", y, f.dot(f.gelu(f.dot(y, up)), down))


def while_loop(f: FunctionText, x: Tensor) -> Tensor:
    zero, one, turns = (f.constant(value, "i32") for value in (0, 1, 1000))
    scale = f.constant(0.999, "f32", x.shape)
    types = f"tensor<i32>, {x.type}"
    loop = f.op(
        f"""stablehlo.while(%i = {zero.name}, %v = {x.name}) : {types}
   cond {{
    %p = stablehlo.compare LT, %i, {turns.name}, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  }} do {{
    %next = stablehlo.add %i, {one.name} : tensor<i32>
    %scaled = stablehlo.multiply %v, {scale.name} : {x.type}
    stablehlo.return %next, %scaled : {types}
  }}""",
        x.shape,
    )
    f.rename(loop, f"{loop.name}:2")
    return Tensor(f"{loop.name}#1", x.shape)


def chain_of_products(f: FunctionText, x: Tensor, weights: Tensor, *, count: int = 100) -> Tensor:
    for _ in range(count):
        x = f.dot(x, weights)
    return x


def sort(f: FunctionText, x: Tensor) -> Tensor:
    scalar = tensor_type((), x.element)
    text = f"""\"stablehlo.sort\"({x.name}) <{{dimension = 0 : i64, is_stable = true}}> ({{
   ^bb0(%l: {scalar}, %r: {scalar}):
    %p = stablehlo.compare LT, %l, %r, FLOAT : ({scalar}, {scalar}) -> tensor<i1>
    stablehlo.return %p : tensor<i1>
  }}) : ({x.type}) -> {x.type}"""
    return f.op(text, x.shape, x.element)


def fft(f: FunctionText, x: Tensor) -> Tensor:
    text = f"stablehlo.fft {x.name}, type = FFT, length = [{x.shape[-1]}] : ({x.type}) -> {x.type}"
    return f.op(text, x.shape, x.element)


def scatter_add(f: FunctionText, x: Tensor, rows: Tensor, updates: Tensor) -> Tensor:
    text = f"""\"stablehlo.scatter\"({x.name}, {rows.name}, {updates.name}) <{{
    scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0],
      scatter_dims_to_operand_dims = [0], index_vector_dim = 1>,
    indices_are_sorted = false, unique_indices = false}}> ({{
   ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %s = stablehlo.add %l, %r : tensor<f32>
    stablehlo.return %s : tensor<f32>
  }}) : ({x.type}, {rows.type}, {updates.type}) -> {x.type}"""
    return f.op(text, x.shape)


def square(extent: int, element: str = "f32", low: float = -1.0, high: float = 1.0) -> Argument:
    return Argument((extent, extent), element, low, high)


def elementwise(name: str, extent: int, build: Build, goal: float) -> BenchmarkProgram:
    return BenchmarkProgram(name, (Argument((extent,)), Argument((extent,))), build, goal)


def matmul(
    name: str, extent: int, goal: float, element: str = "f32", tolerance: float = 1e-4
) -> BenchmarkProgram:
    low, high, build = -1.0, 1.0, product
    if element == "i8":
        low, high, build = -128, 128, integer_product
    argument = square(extent, element, low, high)
    return BenchmarkProgram(name, (argument, argument), build, goal, extent**3, tolerance)


ROWS = Argument((4096, 1024))
ROW = Argument((1024,))
MLP_LAYERS = (784, 512, 512, 10)
BLOCK = [Argument((256, 256), low=-0.1, high=0.1)] * 4
BLOCK += [Argument(shape, low=-0.1, high=0.1) for shape in ((256, 1024), (1024, 256))]

NAMED = (
    elementwise("mul_4", 4, multiply, 0.25),
    elementwise("mul_4096", 4096, multiply, 0.25),
    elementwise("mul_1M", 1 << 20, multiply, 0.75),
    elementwise("mul_16M", 1 << 24, multiply, 0.75),
    BenchmarkProgram("sum_16m", (Argument((1 << 24,)),), total, 0.85, tolerance=1e-3),
    BenchmarkProgram("softmax", (ROWS,), softmax, 0.5),
    BenchmarkProgram("layernorm", (ROWS, ROW, ROW), layer_norm, 0.5),
    BenchmarkProgram("transpose_4096", (square(4096),), partial(transpose, dims=(1, 0)), 0.6),
    matmul("matmul_256", 256, 0.9),
    matmul("matmul_1024", 1024, 1.0),
    matmul("matmul_2048", 2048, 1.0),
    BenchmarkProgram(
        "conv3x3",
        (Argument((1, 56, 56, 64)), Argument((3, 3, 64, 64))),
        convolution,
        1.0,
        56 * 56 * 9 * 64 * 64,
    ),
    elementwise("chain_4m", 1 << 22, elementwise_chain, 1.0),
    BenchmarkProgram(
        "mlp",
        (
            Argument((32, MLP_LAYERS[0])),
            *(
                Argument(shape, low=-0.1, high=0.1)
                for layer in pairwise(MLP_LAYERS)
                for shape in (layer, layer[1:])
            ),
        ),
        mlp,
        0.8,
        32 * (784 * 512 + 512 * 512 + 512 * 10),
    ),
    BenchmarkProgram(
        "transformer_block",
        (Argument((128, 256)), *BLOCK),
        transformer_block,
        0.8,
        128 * 256 * (4 * 256 + 2 * 128 + 2 * 1024),
    ),
    BenchmarkProgram("while_1000", (Argument((256,)),), while_loop, 0.3),
    BenchmarkProgram(
        "products_100",
        (square(8), square(8, low=-0.5, high=0.5)),
        chain_of_products,
        0.2,
        100 * 8**3,
        1e-3,
    ),
    matmul("matmul_bf16", 256, 0.6, "bf16", 2e-2),
    matmul("matmul_f16", 256, 0.6, "f16", 1e-2),
    matmul("matmul_i8", 256, 0.6, "i8", 0.0),
    BenchmarkProgram("batch_64_32", (Argument((64, 32, 32)),) * 2, batch_product, 0.4, 64 * 32**3),
    BenchmarkProgram(
        "sort_1M",
        (Argument((1 << 20,)),),
        sort,
        0.9,
        tolerance=0.0,
        not_for_iree="its sort takes a time quadratic in the number of elements",
    ),
    BenchmarkProgram("fft_64x1024", (Argument((64, 1024), "complex<f32>"),), fft, 1.0),
    BenchmarkProgram(
        "scatter_add_64k",
        (
            Argument((1 << 16,)),
            Argument((1 << 16, 1), "i32", 0, 1 << 16),
            Argument((1 << 16,)),
        ),
        scatter_add,
        0.6,
    ),
)
"""The programs that have goals of their own."""

GOAL_OF_NAMED = 0.65
"""Of the geometric mean of the ratios of `NAMED`."""
