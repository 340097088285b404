"""Further programs of the table of whole calls: ten common ones, and ten of uncommon shapes and
types.
"""

from __future__ import annotations

from functools import partial

from programs import (
    Argument,
    BenchmarkProgram,
    Build,
    attention,
    convolution,
    matmul,
    multiply,
    product,
    softmax,
    square,
    transpose,
)
from stablehlo_text import FunctionText, Tensor, tensor_type

GOAL_OF_FURTHER = 0.9
"""Of the geometric mean of their ratios."""
MOST = 1.5
"""Of each ratio."""


def gelu(f: FunctionText, x: Tensor) -> Tensor:
    return f.gelu(x)


def sum_columns(f: FunctionText, x: Tensor) -> Tensor:
    return f.reduce("add", x, [0])


def log_sum_exp(f: FunctionText, x: Tensor) -> Tensor:
    highest = f.reduce("maximum", x, [1])
    powers = f.map("exponential", f.map("subtract", x, f.broadcast(highest, x.shape, [0])))
    return f.map("add", highest, f.map("log", f.reduce("add", powers, [1])))


def arg_max(f: FunctionText, x: Tensor) -> Tensor:
    """The column of each row's largest element, the first of equal ones."""
    highest = f.broadcast(f.reduce("maximum", x, [1]), x.shape, [0])
    iota = f.op(f"stablehlo.iota dim = 1 : {tensor_type(x.shape, 'i32')}", x.shape, "i32")
    beyond = f.constant(x.shape[1], "i32", x.shape)
    start = f.constant(x.shape[1], "i32")
    columns = f.select(f.compare("EQ", x, highest), iota, beyond)
    rows = x.shape[:1]
    text = f"stablehlo.reduce({columns.name} init: {start.name}) applies stablehlo.minimum across "
    text += f"dimensions = [1] : ({columns.type}, {start.type}) -> {tensor_type(rows, 'i32')}"
    return f.op(text, rows, "i32")


def max_pool(f: FunctionText, x: Tensor) -> Tensor:
    n, rows, columns, channels = x.shape
    shape = (n, rows // 2, columns // 2, channels)
    lowest = f.constant("-inf")
    text = f"""\"stablehlo.reduce_window\"({x.name}, {lowest.name}) <{{
    window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}}> ({{
   ^bb0(%l: tensor<f32>, %r: tensor<f32>):
    %m = stablehlo.maximum %l, %r : tensor<f32>
    stablehlo.return %m : tensor<f32>
  }}) : ({x.type}, {lowest.type}) -> {tensor_type(shape, "f32")}"""
    return f.op(text, shape)


def embedding(f: FunctionText, table: Tensor, rows: Tensor) -> Tensor:
    shape = (rows.shape[0], table.shape[1])
    text = f"""\"stablehlo.gather\"({table.name}, {rows.name}) <{{
    dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0],
      start_index_map = [0], index_vector_dim = 1>,
    slice_sizes = array<i64: 1, {table.shape[1]}>}}> : ({table.type}, {rows.type}) ->
    {tensor_type(shape, "f32")}"""
    return f.op(text, shape)


def concatenate(f: FunctionText, *parts: Tensor) -> Tensor:
    rows, columns = parts[0].shape
    shape = (rows, columns * len(parts))
    names = ", ".join(part.name for part in parts)
    types = ", ".join(part.type for part in parts)
    text = f"stablehlo.concatenate {names}, dim = 1 : ({types}) -> {tensor_type(shape, 'f32')}"
    return f.op(text, shape)


def strided_slice(f: FunctionText, x: Tensor) -> Tensor:
    rows, columns = x.shape
    shape = ((rows + 1) // 3, (columns - 4) // 2)
    to = tensor_type(shape, x.element)
    text = f"stablehlo.slice {x.name} [1:{rows - 1}:3, 3:{columns - 2}:2] : ({x.type}) -> {to}"
    return f.op(text, shape, x.element)


def hash_bits(f: FunctionText, x: Tensor) -> Tensor:
    """Two rounds of a mix of shifts, exclusive ors and products."""
    sixteen, thirteen, factor = (f.constant(value, "i32", x.shape) for value in (16, 13, 73244475))
    for shift in (sixteen, thirteen):
        x = f.map("xor", x, f.map("shift_right_logical", x, shift))
        x = f.map("multiply", x, factor)
    return f.map("xor", x, f.map("shift_right_logical", x, sixteen))


def sum_bytes(f: FunctionText, x: Tensor) -> Tensor:
    return f.reduce("add", f.convert(x, "i32"), [1])


def normalized_pixels(f: FunctionText, x: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    values = f.convert(x, "f32")
    last = [len(x.shape) - 1]
    centred = f.map("subtract", values, f.broadcast(mean, x.shape, last))
    return f.map("multiply", centred, f.broadcast(scale, x.shape, last))


def scalars(f: FunctionText, a: Tensor, b: Tensor) -> Tensor:
    return f.map("tanh", f.map("add", f.map("multiply", a, b), f.map("subtract", a, b)))


def further(
    name: str,
    arguments: tuple[Argument, ...],
    build: Build,
    multiplications: int = 0,
    tolerance: float = 1e-4,
) -> BenchmarkProgram:
    return BenchmarkProgram(name, arguments, build, MOST, multiplications, tolerance)


HEADS = Argument((8, 128, 64))
PRIME = Argument((1_000_003,))
PIXELS = Argument((3, 479, 641, 3), "ui8", 0, 256)

FURTHER = (
    further("gelu_1M", (Argument((1 << 20,)),), gelu),
    further("sum_columns", (square(2048),), sum_columns, tolerance=1e-3),
    further("logsumexp", (Argument((4096, 1000)),), log_sum_exp),
    further("argmax", (Argument((4096, 1000)),), arg_max, tolerance=0.0),
    further("maxpool", (Argument((1, 112, 112, 64)),), max_pool),
    further("matvec", (square(2048), Argument((2048, 1))), product, tolerance=1e-3),
    further("attention", (HEADS,) * 3, attention, 2 * 8 * 128 * 128 * 64),
    further(
        "conv_depthwise",
        (Argument((1, 56, 56, 128)), Argument((3, 3, 1, 128))),
        partial(convolution, groups=128),
    ),
    further(
        "embedding",
        (Argument((1 << 15, 128)), Argument((4096, 1), "i32", 0, 1 << 15)),
        embedding,
    ),
    further("concatenate", (Argument((1024, 256)),) * 4, concatenate),
    further("mul_prime", (PRIME, PRIME), multiply),
    further(
        "matmul_primes",
        (Argument((251, 263)), Argument((263, 257))),
        product,
        251 * 263 * 257,
    ),
    matmul("matmul_f64", 256, MOST, "f64"),
    further("softmax_odd", (Argument((37, 1009)),), softmax),
    further(
        "transpose_rank5",
        (Argument((7, 5, 11, 13, 17)),),
        partial(transpose, dims=(4, 2, 0, 3, 1)),
    ),
    further("slice_strided", (Argument((4099, 1021)),), strided_slice),
    further("hash_i32", (Argument((1 << 20,), "i32", -(1 << 31), 1 << 31),), hash_bits, 0, 0.0),
    further("sum_i8", (Argument((1000, 1003), "i8", -128, 128),), sum_bytes, 0, 0.0),
    further("pixels_u8", (PIXELS, Argument((3,)), Argument((3,))), normalized_pixels),
    further("scalars_f64", (Argument((), "f64"), Argument((), "f64")), scalars, 0, 1e-9),
)
"""Programs that share one goal."""
