"""Single ops on random and on special values, each a function that checks against the reference.

Every elementwise op on every element type, and ops with windows, indices and functions on random
shapes and attributes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np
from random_programs import FLOATS, INTEGERS, SIGNED, Tensor, dense
from xdsl.dialects import func
from xdsl.dialects.builtin import FloatAttr, FunctionType, f32

from ireelite.dialects import check
from ireelite.reference import interpret
from ireelite.reference.numbers import dtype_of, is_float
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

COMPLEX = ("complex<f32>", "complex<f64>")
TOLERANCES = {"f16": 2e-3, "bf16": 2e-2, "f32": 4e-6, "f64": 1e-7}
"""Element type -> how far a rounded function may be from the reference, relative and absolute."""

SPECIAL = (
    "0.0",
    "-0.0",
    "1.0",
    "-1.0",
    "0.5",
    "inf",
    "-inf",
    "nan",
    "2.0",
    "-3.75",
    "0.001",
    "9.5",
)
HEXADECIMAL = {
    "f16": (4, 0x7C00),
    "bf16": (4, 0x7F80),
    "f32": (8, 0x7F800000),
    "f64": (16, 0x7FF << 52),
}

EVERYWHERE = "negate abs sign"
ROUNDINGS = "ceil floor round_nearest_even round_nearest_afz"
FUNCTIONS = "cbrt cosine exponential exponential_minus_one log log_plus_one logistic rsqrt sine sqrt tan tanh"
BITS = "not popcnt count_leading_zeros"
CHLO = (
    "acos acosh asin asinh atan atanh cosh digamma erf erf_inv erfc lgamma sinh square bessel_i1e"
)

UNARY: Mapping[str, Sequence[str]] = {
    **{f"stablehlo.{name}": (*SIGNED, *FLOATS) for name in EVERYWHERE.split()},
    **{f"stablehlo.{name}": FLOATS for name in (ROUNDINGS + " is_finite").split()},
    **{f"stablehlo.{name}": FLOATS for name in FUNCTIONS.split()},
    **{f"stablehlo.{name}": INTEGERS for name in BITS.split()},
    **{f"chlo.{name}": FLOATS for name in CHLO.split()},
}
BINARY: Mapping[str, Sequence[str]] = {
    **{
        f"stablehlo.{name}": (*INTEGERS, *FLOATS)
        for name in "add subtract multiply maximum minimum".split()
    },
    **{f"stablehlo.{name}": FLOATS for name in "divide remainder atan2 power".split()},
    **{f"stablehlo.{name}": INTEGERS for name in "and or xor power".split()},
    **{f"stablehlo.shift_{n}": INTEGERS for n in "left right_logical right_arithmetic".split()},
    "chlo.next_after": FLOATS,
}
COMPLEX_UNARY = "abs negate sign cosine exponential log sine sqrt rsqrt tanh logistic".split()
COMPLEX_BINARY = "add subtract multiply divide".split()


def literal(text: str, element: str) -> str:
    """A float as MLIR reads it: infinities and NaN by their bits."""
    if text not in ("inf", "-inf", "nan"):
        return text
    digits, infinity = HEXADECIMAL[element]
    sign = 1 << (4 * digits - 1)
    code = {"inf": infinity, "-inf": infinity | sign, "nan": infinity | infinity >> 1}[text]
    return f"0x{code:0{digits}X}"


def values(element: str, count: int, rng: random.Random) -> list[str]:
    """Special values first, then random ones."""
    if element in COMPLEX:
        part = ("0.0", "1.0", "-1.0", "0.5", "-2.25", "3.0")
        return [f"({rng.choice(part)}, {rng.choice(part)})" for _ in range(count)]
    if element in FLOATS:
        special = [literal(text, element) for text in SPECIAL]
        return [*special, *(f"{rng.uniform(-6, 6):.6f}" for _ in range(count))][:count]
    bits = int(element.strip("ui"))
    unsigned = element.startswith("u")
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    edges = (low, high, 0, 1, 2, 7, low + 1)
    return [str(edges[n] if n < 7 else rng.randint(low, high)) for n in range(count)]


def elementwise(
    names: Mapping[str, Sequence[str]], arity: int, rng: random.Random
) -> Iterator[str]:
    """A function for each op and type."""
    for name, elements in names.items():
        for element in elements:
            plain = element.replace("<", "_").replace(">", "")
            numbers = [values(element, 24, rng) for _ in range(arity)]
            rng.shuffle(numbers[-1])
            type, result = f"tensor<24x{element}>", element
            if name in ("stablehlo.is_finite",):
                result = "i1"
            if name == "stablehlo.abs" and element in COMPLEX:
                result = element[8:-1]
            lines = [
                f"  %{n} = util.unfoldable_constant dense<[{', '.join(row)}]> : {type}"
                for n, row in enumerate(numbers)
            ]
            operands = ", ".join(f"%{n}" for n in range(arity))
            types = f"({', '.join([type] * arity)}) -> tensor<24x{result}>"
            lines.append(f'  %r = "{name}"({operands}) : {types}')
            yield function(f"{name.replace('.', '_')}_{plain}", lines, f"tensor<24x{result}>")


def function(name: str, lines: Sequence[str], result: str) -> str:
    """A function that returns %r."""
    text = "\n".join(lines)
    return f"func.func @{name}() -> {result} {{\n{text}\n  return %r : {result}\n}}\n"


# -- ops with attributes and functions -----------------------------------------------------------------


def constant(
    name: str, element: str, shape: Sequence[int], rng: random.Random, high: int = 9
) -> tuple[str, str]:
    """A line with a constant of small whole numbers, and its type."""
    tensor = Tensor(name, element, tuple(shape))
    low = 0 if element.startswith("u") else -high
    numbers = [rng.randint(low, high) for _ in range(prod(shape))]
    array = np.array([f"{n}.0" if element in FLOATS else n for n in numbers], object)
    text = str(array.reshape(tuple(shape)).tolist()).replace("'", "") if prod(shape) else ""
    return f"  {name} = util.unfoldable_constant dense<{text}> : {tensor.type}", tensor.type


def convolution(number: int, rng: random.Random) -> str:
    groups = rng.choice((1, 1, 2))
    size = [rng.randint(3, 6), rng.randint(3, 6)]
    window = [rng.randint(1, 3), rng.randint(1, 3)]
    strides, lhs_dilate, rhs_dilate = ([rng.randint(1, 2) for _ in size] for _ in range(3))
    low, high = ([rng.randint(0, 2) for _ in size] for _ in range(2))
    inputs, outputs = 2 * groups, 3 * groups
    shape = [
        (a + (n - 1) * d + 1 + b - ((w - 1) * r + 1)) // s + 1
        for n, w, s, d, r, a, b in zip(size, window, strides, lhs_dilate, rhs_dilate, low, high)
    ]
    if min(shape) < 1:
        return convolution(number, rng)
    first, left = constant("%0", "f32", [2, *size, inputs], rng)
    second, right = constant("%1", "f32", [*window, inputs // groups, outputs], rng)
    result = f"tensor<2x{shape[0]}x{shape[1]}x{outputs}xf32>"
    pads = ", ".join(f"[{a}, {b}]" for a, b in zip(low, high))
    op = (
        "  %r = stablehlo.convolution(%0, %1) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], "
        f"window = {{stride = {strides}, pad = [{pads}], lhs_dilate = {lhs_dilate}, "
        f"rhs_dilate = {rhs_dilate}}} {{batch_group_count = 1 : i64, feature_group_count = {groups} : i64}} "
        f": ({left}, {right}) -> {result}"
    )
    return function(f"convolution_{number}", [first, second, op], result)


def reduce_window(number: int, rng: random.Random) -> str:
    size = [rng.randint(3, 6), rng.randint(3, 6)]
    window, strides, dilations = ([rng.randint(1, 2) for _ in size] for _ in range(3))
    low, high = ([rng.randint(0, 1) for _ in size] for _ in range(2))
    shape = [
        (a + n + b - ((w - 1) * d + 1)) // s + 1
        for n, w, s, d, a, b in zip(size, window, strides, dilations, low, high)
    ]
    element, op = rng.choice(("i32", "f32")), rng.choice(("add", "maximum", "minimum"))
    first, left = constant("%0", element, size, rng)
    second, init = constant("%1", element, [], rng)
    result = f"tensor<{shape[0]}x{shape[1]}x{element}>"
    lines = [
        first,
        second,
        '  %r = "stablehlo.reduce_window"(%0, %1) ({',
        f"  ^bb0(%a: {init}, %b: {init}):",
        f"    %c = stablehlo.{op} %a, %b : {init}",
        f"    stablehlo.return %c : {init}",
        f"  }}) {{window_dimensions = array<i64: {window[0]}, {window[1]}>, "
        f"window_strides = array<i64: {strides[0]}, {strides[1]}>, "
        f"window_dilations = array<i64: {dilations[0]}, {dilations[1]}>, "
        f"padding = dense<[[{low[0]}, {high[0]}], [{low[1]}, {high[1]}]]> : tensor<2x2xi64>}} "
        f": ({left}, {init}) -> {result}",
    ]
    return function(f"reduce_window_{number}", lines, result)


def gather(number: int, rng: random.Random) -> str:
    rows, columns, count = rng.randint(2, 6), rng.randint(2, 5), rng.randint(1, 4)
    width = rng.randint(1, columns)
    first, left = constant("%0", rng.choice(("i32", "f32", "i8")), [rows, columns], rng)
    second, index = constant("%1", "i32", [count, 2], rng)
    result = left.replace(f"{rows}x{columns}", f"{count}x{width}")
    op = (
        '  %r = "stablehlo.gather"(%0, %1) {dimension_numbers = #stablehlo.gather<offset_dims = [1], '
        "collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>, "
        f"slice_sizes = array<i64: 1, {width}>}} : ({left}, {index}) -> {result}"
    )
    return function(f"gather_{number}", [first, second, op], result)


def scatter(number: int, rng: random.Random) -> str:
    rows, columns, count = rng.randint(2, 6), rng.randint(2, 5), rng.randint(1, 4)
    element, op = rng.choice(("i32", "f32")), rng.choice(("add", "maximum", "minimum"))
    first, left = constant("%0", element, [rows, columns], rng)
    second, index = constant("%1", "i32", [count, 1], rng, rows)
    third, update = constant("%2", element, [count, columns], rng)
    scalar = f"tensor<{element}>"
    lines = [
        first,
        second,
        third,
        '  %r = "stablehlo.scatter"(%0, %1, %2) ({',
        f"  ^bb0(%a: {scalar}, %b: {scalar}):",
        f"    %c = stablehlo.{op} %a, %b : {scalar}",
        f"    stablehlo.return %c : {scalar}",
        "  }) {scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], "
        "inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>} "
        f": ({left}, {index}, {update}) -> {left}",
    ]
    return function(f"scatter_{number}", lines, left)


def sort(number: int, rng: random.Random) -> str:
    shape, element = [rng.randint(1, 4), rng.randint(1, 9)], rng.choice(("i32", "f32", "ui8"))
    first, type = constant("%0", element, shape, rng)
    scalar, dim = f"tensor<{element}>", rng.randint(0, 1)
    lines = [
        first,
        '  %r = "stablehlo.sort"(%0) ({',
        f"  ^bb0(%a: {scalar}, %b: {scalar}):",
        f"    %c = stablehlo.compare {rng.choice(('LT', 'GT'))}, %a, %b : ({scalar}, {scalar}) -> tensor<i1>",
        "    stablehlo.return %c : tensor<i1>",
        f"  }}) {{dimension = {dim} : i64, is_stable = true}} : ({type}) -> {type}",
    ]
    return function(f"sort_{number}", lines, type)


def fft(number: int, rng: random.Random) -> str:
    length, rows = rng.choice((1, 2, 4, 8, 3, 6)), rng.randint(1, 3)
    part = [f"({rng.randint(-4, 4)}.0, {rng.randint(-4, 4)}.0)" for _ in range(rows * length)]
    text = ", ".join(f"[{', '.join(part[r * length : (r + 1) * length])}]" for r in range(rows))
    type, kind = f"tensor<{rows}x{length}xcomplex<f32>>", rng.choice(("FFT", "IFFT"))
    lines = [
        f"  %0 = util.unfoldable_constant dense<[{text}]> : {type}",
        f"  %r = stablehlo.fft %0, type = {kind}, length = [{length}] : ({type}) -> {type}",
    ]
    return function(f"fft_{number}", lines, type)


def select_and_scatter(number: int, rng: random.Random) -> str:
    shape, window = [rng.randint(3, 6), rng.randint(3, 6)], [rng.randint(1, 2), rng.randint(1, 2)]
    strides = [rng.randint(1, 2), rng.randint(1, 2)]
    sources = [(n - w) // s + 1 for n, w, s in zip(shape, window, strides)]
    first, left = constant("%0", "f32", shape, rng)
    second, right = constant("%1", "f32", sources, rng)
    lines = [
        first,
        second,
        "  %2 = stablehlo.constant dense<0.0> : tensor<f32>",
        '  %r = "stablehlo.select_and_scatter"(%0, %1, %2) ({',
        "  ^bb0(%a: tensor<f32>, %b: tensor<f32>):",
        "    %c = stablehlo.compare GE, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>",
        "    stablehlo.return %c : tensor<i1>",
        "  }, {",
        "  ^bb0(%a: tensor<f32>, %b: tensor<f32>):",
        "    %c = stablehlo.add %a, %b : tensor<f32>",
        "    stablehlo.return %c : tensor<f32>",
        f"  }}) {{window_dimensions = array<i64: {window[0]}, {window[1]}>, "
        f"window_strides = array<i64: {strides[0]}, {strides[1]}>}} "
        f": ({left}, {right}, tensor<f32>) -> {left}",
    ]
    return function(f"select_and_scatter_{number}", lines, left)


STRUCTURED: Sequence[Callable[[int, random.Random], str]] = (
    convolution,
    reduce_window,
    gather,
    scatter,
    sort,
    fft,
    select_and_scatter,
)


# -- files ---------------------------------------------------------------------------------------------


def with_near_checks(text: str) -> str:
    """Lets each function check what the reference computes: exactly, or if it is rounded, nearly."""
    module = parse_module(text)
    for op in list(module.ops):
        assert isinstance(op, func.FuncOp)
        (array,) = interpret(module, op.sym_name.data)
        end = op.body.block.last_op
        assert end is not None
        (value,) = end.operands
        expected = dense(value.type, array)
        element = str(value.type.element_type).removeprefix("complex<").removesuffix(">")  # pyright: ignore
        if is_float(dtype := dtype_of(value.type)) or dtype.kind == "c":
            near = FloatAttr(TOLERANCES[element], f32)
            settings = {"value": expected, "atol": near, "rtol": near}
            test = check.ExpectAlmostEqConstOp.create(operands=[value], properties=settings)
        else:
            test = check.ExpectEqConstOp.create(operands=[value], properties={"value": expected})
        op.body.block.insert_op_before(test, end)
        end.operands = []
        op.function_type = FunctionType.from_lists([], [])
    return print_module(module)


def families(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """(name, text of functions that return what they compute) of each file."""
    rng = random.Random(seed)
    by_type = [("unary", UNARY, 1), ("binary", BINARY, 2)]
    for name, ops, arity in by_type:
        for element in (*INTEGERS, *FLOATS):
            chosen = {op: [element] for op, elements in ops.items() if element in elements}
            yield f"{name}_{element}", "".join(elementwise(chosen, arity, rng))
    for name, names, arity in (("unary", COMPLEX_UNARY, 1), ("binary", COMPLEX_BINARY, 2)):
        for element in COMPLEX:
            chosen = {f"stablehlo.{op}": [element] for op in names}
            plain = element[:-1].replace("<", "_")
            yield f"{name}_{plain}", "".join(elementwise(chosen, arity, rng))
    for make in STRUCTURED:
        yield make.__name__, "".join(make(n, rng) for n in range(count))


def write_single_ops(folder: Path, seed: int, count: int = 8) -> Iterator[Path]:
    """A file for each family of ops."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in families(seed, count):
        path = folder / f"{name}.mlir"
        path.write_text(with_near_checks(text))
        yield path
