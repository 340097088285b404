"""Every StableHLO op on every element type it takes, on every target, against NumPy.

For each element type there is one module, whose functions are the ops; the references below say
what each op makes of NumPy arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusCode, StatusError

ml_dtypes = pytest.importorskip("ml_dtypes")

Reference = Callable[..., np.ndarray]

INTEGERS = ("i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64")
DTYPES: Mapping[str, Any] = {
    "i1": np.bool_,
    **{f"i{n}": f"int{n}" for n in (8, 16, 32, 64)},
    **{f"ui{n}": f"uint{n}" for n in (8, 16, 32, 64)},
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f32": np.float32,
    "f64": np.float64,
    "complex<f32>": np.complex64,
    "complex<f64>": np.complex128,
}

TARGETS = {"vmvx": "local-sync", "llvm-cpu": "local-sync", "vulkan-spirv": "webgpu"}


class Case(NamedTuple):
    """A function of some operands: its body, its result's type, and what NumPy makes of them."""

    body: str
    result: str
    expected: Reference


# -- integers --------------------------------------------------------------------------------------


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Towards zero; by zero all bits are set; the smallest integer by -1 is itself."""
    exact = [int(x) for x in a], [int(y) for y in b]
    quotients = [
        -1 if y == 0 else abs(x) // abs(y) * (1 if (x < 0) == (y < 0) else -1)
        for x, y in zip(*exact, strict=True)
    ]
    return wrapped(quotients, a.dtype)


def remainder(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """With the sign of the dividend; by zero it is the dividend."""
    exact = [int(x) for x in a], [int(y) for y in b]
    rests = [
        x if y == 0 else abs(x) % abs(y) * (-1 if x < 0 else 1) for x, y in zip(*exact, strict=True)
    ]
    return wrapped(rests, a.dtype)


def power(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Modulo the type's range; to a negative exponent 0, but for 1 and -1."""

    def one(x: int, n: int) -> int:
        if n >= 0:
            return pow(x, n, 1 << 8 * a.dtype.itemsize)
        return {1: 1, -1: -1 if n % 2 else 1}.get(x, 0)

    return wrapped([one(int(x), int(n)) for x, n in zip(a, b, strict=True)], a.dtype)


def wrapped(values: list[int], dtype: np.dtype) -> np.ndarray:
    """Integers modulo the range of a type."""
    mask = (1 << 8 * dtype.itemsize) - 1
    return np.array([v & mask for v in values], f"uint{8 * dtype.itemsize}").astype(dtype)


INTEGER_UNARY: Mapping[str, Reference] = {"negate": lambda a: 0 - a, "not": np.invert}
INTEGER_BINARY: Mapping[str, Reference] = {
    "add": np.add,
    "and": np.bitwise_and,
    "divide": divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "or": np.bitwise_or,
    "power": power,
    "remainder": remainder,
    "subtract": np.subtract,
    "xor": np.bitwise_xor,
}
COMPARISONS: Mapping[str, Reference] = {
    "EQ": np.equal,
    "GE": np.greater_equal,
    "GT": np.greater,
    "LE": np.less_equal,
    "LT": np.less,
    "NE": np.not_equal,
}


def integer_operands(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Pairs with both ends of the range, zero and minus one on either side."""
    dtype = np.dtype(DTYPES[name])
    low, high = (int(x) for x in (np.iinfo(dtype).min, np.iinfo(dtype).max))
    ends = [low, low + 1, high, high // 2 + 1 + low, 0, 1, 7, 3 if low == 0 else -1]
    pairs = [(x, y) for x in ends for y in ends]
    return np.array([x for x, _ in pairs], dtype), np.array([y for _, y in pairs], dtype)


def elementwise(op: str, type: str, count: int, expected: Reference) -> Case:
    operands = ", ".join("%a %b".split()[:count])
    return Case(f"stablehlo.{op} {operands} : {type}", type, expected)


def compare(direction: str, type: str, expected: Reference) -> Case:
    result = f"{type[: type.index('x')]}xi1>"
    return Case(
        f"stablehlo.compare {direction}, %a, %b : ({type}, {type}) -> {result}", result, expected
    )


def movement_cases(name: str, count: int) -> dict[str, Case]:
    """Ops that any element type has, on `count` elements, which must be even."""
    type, half = f"tensor<{count}x{name}>", count // 2
    table = f"tensor<2x{half}x{name}>"
    return {
        "select": Case(
            f"stablehlo.select %p, %a, %b : tensor<{count}xi1>, {type}",
            type,
            lambda a, b, p: np.where(p, a, b),
        ),
        "reshape": Case(
            f"stablehlo.reshape %a : ({type}) -> {table}",
            table,
            lambda a, b, p: a.reshape(2, half),
        ),
        "slice": Case(
            f"stablehlo.slice %a [1:{count}:2] : ({type}) -> tensor<{half}x{name}>",
            f"tensor<{half}x{name}>",
            lambda a, b, p: a[1::2],
        ),
        "broadcast": Case(
            f"stablehlo.broadcast_in_dim %a, dims = [1] : ({type}) -> tensor<2x{count}x{name}>",
            f"tensor<2x{count}x{name}>",
            lambda a, b, p: np.stack([a, a]),
        ),
        "transpose": Case(
            f"""stablehlo.reshape %a : ({type}) -> {table}
            %r = stablehlo.transpose %0, dims = [1, 0] : ({table}) -> tensor<{half}x2x{name}>""",
            f"tensor<{half}x2x{name}>",
            lambda a, b, p: a.reshape(2, half).T,
        ),
    }


def integer_cases(name: str, count: int) -> dict[str, Case]:
    type, scalar = f"tensor<{count}x{name}>", f"tensor<{name}>"
    cases = {
        **{
            op: elementwise(op, type, 1, lambda a, b, p, f=f: f(a))
            for op, f in INTEGER_UNARY.items()
        },
        **{
            op: elementwise(op, type, 2, lambda a, b, p, f=f: f(a, b))
            for op, f in INTEGER_BINARY.items()
        },
        **{
            f"compare_{d}": compare(d, type, lambda a, b, p, f=f: f(a, b))
            for d, f in COMPARISONS.items()
        },
        **movement_cases(name, count),
        "iota": Case(
            f"stablehlo.iota dim = 0 : {type}",
            type,
            lambda a, b, p: np.arange(count).astype(a.dtype),
        ),
        "constant": Case(
            f"stablehlo.constant dense<{100}> : {type}", type, lambda a, b, p: np.full_like(a, 100)
        ),
        "dot": Case(
            f"""stablehlo.dot_general %a, %b, contracting_dims = [0] x [0]
            : ({type}, {type}) -> {scalar}""",
            scalar,
            lambda a, b, p: wrapped(
                [sum(int(x) * int(y) for x, y in zip(a, b, strict=True))], a.dtype
            )[0],
        ),
    }
    if not name.startswith("ui"):
        cases["abs"] = elementwise("abs", type, 1, lambda a, b, p: np.abs(a))
    for op, start, f in (
        ("add", 1, np.add),
        ("maximum", 3, np.maximum),
        ("minimum", 3, np.minimum),
    ):
        cases[f"reduce_{op}"] = Case(
            f"""stablehlo.constant dense<{start}> : {scalar}
            %r = stablehlo.reduce(%a init: %0) applies stablehlo.{op} across dimensions = [0]
            : ({type}, {scalar}) -> {scalar}""",
            scalar,
            lambda a, b, p, f=f, start=start: f.reduce(a, initial=start, dtype=a.dtype),
        )
    for other in (*INTEGERS, "i1", "f32"):
        result = f"tensor<{count}x{other}>"
        cases[f"convert_{other}"] = Case(
            f"stablehlo.convert %a : ({type}) -> {result}",
            result,
            lambda a, b, p, other=other: a.astype(DTYPES[other]),
        )
    return cases


# -- floats ----------------------------------------------------------------------------------------


def logistic(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def power_of_positive(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.power(np.abs(a), b)


FUNCTIONS: Mapping[str, Reference] = {
    "cosine": np.cos,
    "exponential": np.exp,
    "exponential_minus_one": np.expm1,
    "log": np.log,
    "log_plus_one": np.log1p,
    "logistic": logistic,
    "negate": np.negative,
    "rsqrt": lambda a: 1 / np.sqrt(a),
    "sine": np.sin,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
}
"""Of floats and complex numbers."""
FLOAT_FUNCTIONS: Mapping[str, Reference] = {
    "abs": np.abs,
    "ceil": np.ceil,
    "floor": np.floor,
    "round_nearest_even": np.rint,
}
ARITHMETIC: Mapping[str, Reference] = {
    "add": np.add,
    "divide": np.divide,
    "multiply": np.multiply,
    "power": np.power,
    "subtract": np.subtract,
}
FLOAT_ARITHMETIC: Mapping[str, Reference] = {
    "atan2": np.arctan2,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "remainder": np.fmod,
}


def rounded(f: Reference, name: str) -> Reference:
    """A function computed in f64 or its complex type, and rounded to a type."""
    wide = np.complex128 if name.startswith("complex") else np.float64
    return lambda a, b, p: f(a.astype(wide), b.astype(wide)).astype(DTYPES[name])


def of_first(f: Reference) -> Reference:
    return lambda a, b: f(a)


def float_cases(name: str, count: int) -> dict[str, Case]:
    """Ops on floats or complex numbers."""
    type, scalar = f"tensor<{count}x{name}>", f"tensor<{name}>"
    is_complex = name.startswith("complex")
    one = "(1.0, 0.0)" if is_complex else "1.0"
    unary = dict(FUNCTIONS) if is_complex else {**FUNCTIONS, **FLOAT_FUNCTIONS}
    binary = dict(ARITHMETIC) if is_complex else {**ARITHMETIC, **FLOAT_ARITHMETIC}
    kinds = ("EQ", "NE") if is_complex else tuple(COMPARISONS)
    cases = {
        **{op: elementwise(op, type, 1, rounded(of_first(f), name)) for op, f in unary.items()},
        **{op: elementwise(op, type, 2, rounded(f, name)) for op, f in binary.items()},
        **{
            f"compare_{d}": compare(d, type, lambda a, b, p, f=COMPARISONS[d]: f(a, b))
            for d in kinds
        },
        **movement_cases(name, count),
        "iota": Case(
            f"stablehlo.iota dim = 0 : {type}",
            type,
            lambda a, b, p: np.arange(count).astype(a.dtype),
        ),
        "constant": Case(
            f"stablehlo.constant dense<{one}> : {type}", type, lambda a, b, p: np.ones_like(a)
        ),
        "dot": Case(
            f"""stablehlo.dot_general %a, %b, contracting_dims = [0] x [0]
            : ({type}, {type}) -> {scalar}""",
            scalar,
            rounded(lambda a, b: np.sum(a * b), name),
        ),
        "reduce": Case(
            f"""stablehlo.constant dense<{one}> : {scalar}
            %r = stablehlo.reduce(%a init: %0) applies stablehlo.maximum across dimensions = [0]
            : ({type}, {scalar}) -> {scalar}""".replace(
                "maximum", "add" if is_complex else "maximum"
            ),
            scalar,
            rounded(lambda a, b: 1 + np.sum(a) if is_complex else np.maximum(1, a.max()), name),
        ),
    }
    if is_complex:
        part = name[8:-1]
        cases["abs"] = Case(
            f"stablehlo.abs %a : ({type}) -> tensor<{count}x{part}>",
            f"tensor<{count}x{part}>",
            lambda a, b, p: np.abs(a.astype(np.complex128)).astype(DTYPES[part]),
        )
    for other in ("f16", "bf16", "f32", "f64", "complex<f32>"):
        if other == "f64" and name == "complex<f32>":
            continue
        result = f"tensor<{count}x{other}>"
        cases[f"convert_{''.join(filter(str.isalnum, other))}"] = Case(
            f"stablehlo.convert %a : ({type}) -> {result}",
            result,
            lambda a, b, p, other=other: converted(a, other),
        )
    return cases


def converted(a: np.ndarray, name: str) -> np.ndarray:
    """Through f32 between two formats of 16 bits; a complex number becomes its real part."""
    real = a.real if np.iscomplexobj(a) and not name.startswith("complex") else a
    if real.dtype.itemsize == 2:
        real = real.astype(np.float32)
    return real.astype(DTYPES[name])


def float_operands(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of many sizes, of which the sums and products stay finite."""
    random = np.random.default_rng(7)
    parts = [random.standard_normal(64) * np.exp2(random.integers(-3, 3, 64)) for _ in range(4)]
    if name.startswith("complex"):
        return tuple((parts[n] + 1j * parts[n + 1]).astype(DTYPES[name]) for n in (0, 2))
    return np.abs(parts[0]).astype(DTYPES[name]), parts[1].astype(DTYPES[name])


UNITS: Mapping[str, float] = {"f16": 2.0**-10, "bf16": 2.0**-7, "f32": 2.0**-23, "f64": 2.0**-52}
"""The distance of 1 and the next number."""


def near(name: str) -> Callable[[str, np.ndarray, np.ndarray], bool]:
    """Whether results are as near as the ops promise: a unit in the last place of a small float,
    some units of others, of the larger part for complex numbers.
    """

    def same(op: str, result: np.ndarray, expected: np.ndarray) -> bool:
        if result.dtype.kind == "b" or op in EXACT:
            return np.array_equal(result, expected)
        small = name in ("f16", "bf16")
        part = name[8:-1] if name.startswith("complex") else name
        units = UNITS[part] * (1 if small else 8)
        if (result.dtype.itemsize, part) == (2, "f32"):
            units = 0
        wide = np.complex128 if result.dtype.kind == "c" else np.float64
        got, want = result.astype(wide), expected.astype(wide)
        with np.errstate(invalid="ignore"):
            error = np.abs(got - want)
        return bool(np.all((got == want) | (error <= units * np.maximum(np.abs(want), 0.1))))

    return same


EXACT = (
    "select",
    "reshape",
    "slice",
    "broadcast",
    "transpose",
    "constant",
    "iota",
    "negate",
    "ceil",
    "floor",
    "round_nearest_even",
    "maximum",
    "minimum",
)

# -- running ---------------------------------------------------------------------------------------


def module_text(cases: Mapping[str, Case], type: str, count: int) -> str:
    """A function for each case, with operands %a and %b, and %p of i1."""
    functions = [
        f"""func.func @{name}(%a: {type}, %b: {type}, %p: tensor<{count}xi1>) -> {case.result} {{
            {"%0" if "%r" in case.body else "%r"} = {case.body}
            return %r : {case.result}
        }}"""
        for name, case in cases.items()
    ]
    return "\n".join(functions)


def run_cases(
    cases: Mapping[str, Case],
    name: str,
    operands: tuple[np.ndarray, np.ndarray],
    target: str,
    same: Callable[[str, np.ndarray, np.ndarray], bool],
) -> None:
    """Compiles all cases into one module, and compares each result."""
    a, b = operands
    p = np.arange(len(a)) % 3 == 0
    text = module_text(cases, f"tensor<{len(a)}x{name}>", len(a))
    session = ireelite.load(ireelite.compile(text, targets=[target]), device=TARGETS[target])
    wrong: list[str] = []
    assert cases
    for op, case in cases.items():
        result = np.asarray(getattr(session, op)(a, b, p))
        with np.errstate(all="ignore"):
            expected = np.asarray(case.expected(a, b, p))
        if result.dtype != expected.dtype or not same(op, result, expected):
            places = np.flatnonzero(np.ravel(result != expected))[:5]
            wrong.append(
                f"{op}: {result.dtype} {np.ravel(result)[places]}, "
                f"expected {expected.dtype} {np.ravel(expected)[places]} at {places}"
            )
    assert not wrong, "\n".join(wrong)


def equal(op: str, result: np.ndarray, expected: np.ndarray) -> bool:
    return np.array_equal(result, expected)


@pytest.mark.parametrize("name", INTEGERS)
@pytest.mark.parametrize("target", ["vmvx", "llvm-cpu"])
def test_integers_compute_as_numpy_says(name: str, target: str):
    operands = integer_operands(name)
    run_cases(integer_cases(name, len(operands[0])), name, operands, target, equal)


@pytest.mark.interop
@pytest.mark.parametrize("name", ["ui8", "ui16", "ui32", "ui64", "i8", "f16"])
def test_upstream_computes_the_same_from_our_bytecode(name: str):
    """The results of a module for vmvx under upstream's runtime, bit for bit."""
    runtime = pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")
    integers = name in INTEGERS
    a, b = (integer_operands if integers else float_operands)(name)
    p = np.arange(len(a)) % 3 == 0
    cases = (integer_cases if integers else float_cases)(name, len(a))
    if not integers:  # upstream's machine takes these from its C library
        cases = {op: case for op, case in cases.items() if op not in FLOAT_FUNCTIONS}
    text = module_text(cases, f"tensor<{len(a)}x{name}>", len(a))
    program = ireelite.compile(text, targets=["vmvx"])
    ours = ireelite.load(program)
    theirs = runtime.load_vm_flatbuffer(program.data, driver="local-sync")
    for op in cases:
        expected = np.asarray(getattr(ours, op)(a, b, p))
        result = np.asarray(getattr(theirs, op)(a, b, p).to_host())
        np.testing.assert_array_equal(result.view(expected.dtype), expected, err_msg=op)


@pytest.mark.webgpu
@pytest.mark.parametrize("name", ["i16", "ui8", "ui32"])
def test_integers_compute_in_shaders(name: str):
    operands = integer_operands(name)
    cases = integer_cases(name, len(operands[0]))
    quick = {op: case for op, case in cases.items() if not op.endswith("64")}
    run_cases(quick, name, operands, "vulkan-spirv", equal)


@pytest.mark.parametrize("name", ["f16", "bf16", "complex<f32>"])
@pytest.mark.parametrize("target", ["vmvx", "llvm-cpu"])
def test_small_floats_and_complex_numbers_compute_as_numpy_says(name: str, target: str):
    operands = float_operands(name)
    run_cases(float_cases(name, len(operands[0])), name, operands, target, near(name))


@pytest.mark.webgpu
@pytest.mark.parametrize("name", ["f16", "complex<f32>"])
def test_small_floats_and_complex_numbers_compute_in_shaders(name: str):
    operands = float_operands(name)
    cases = float_cases(name, len(operands[0]))
    quick = {op: case for op, case in cases.items() if not op.endswith("64")}
    run_cases(quick, name, operands, "vulkan-spirv", near(name))


@pytest.mark.parametrize(
    "target", ["llvm-cpu", pytest.param("vulkan-spirv", marks=pytest.mark.webgpu)]
)
def test_complex_numbers_of_two_f64(target: str):
    name = "complex<f64>"
    operands = float_operands(name)
    cases = float_cases(name, len(operands[0]))
    quick = {op: cases[op] for op in ("add", "divide", "exponential", "abs", "dot", "convert_f64")}
    run_cases(quick, name, operands, target, near(name))


# -- every number of 16 bits -----------------------------------------------------------------------


def half_way(codes: np.ndarray) -> np.ndarray:
    """Numbers in the middle between neighbours, and the f32 next to them."""
    wide = codes.astype(np.float32)
    with np.errstate(all="ignore"):
        middle = (wide[:-1] + wide[1:]) / 2
    return np.concatenate([middle, np.nextafter(middle, np.float32(0)), wide])


@pytest.mark.parametrize("name", ["f16", "bf16"])
@pytest.mark.parametrize(
    "target", ["llvm-cpu", pytest.param("vulkan-spirv", marks=pytest.mark.webgpu)]
)
def test_every_small_float_is_read_and_every_tie_rounded(name: str, target: str):
    codes = np.arange(1 << 16, dtype=np.uint16).view(DTYPES[name])
    with np.errstate(all="ignore"):
        wide = half_way(codes)
    text = f"""
    func.func @widen(%a: tensor<{len(codes)}x{name}>) -> tensor<{len(codes)}xf32> {{
      %0 = stablehlo.convert %a : (tensor<{len(codes)}x{name}>) -> tensor<{len(codes)}xf32>
      return %0 : tensor<{len(codes)}xf32>
    }}
    func.func @narrow(%a: tensor<{len(wide)}xf32>) -> tensor<{len(wide)}x{name}> {{
      %0 = stablehlo.convert %a : (tensor<{len(wide)}xf32>) -> tensor<{len(wide)}x{name}>
      return %0 : tensor<{len(wide)}x{name}>
    }}"""
    session = ireelite.load(ireelite.compile(text, targets=[target]), device=TARGETS[target])
    with np.errstate(all="ignore"):
        assert same_numbers(np.asarray(session.widen(codes)), codes.astype(np.float32))
        assert same_numbers(np.asarray(session.narrow(wide)), wide.astype(codes.dtype))


def same_numbers(result: np.ndarray, expected: np.ndarray) -> bool:
    """Whether all bits are equal, but for those of NaNs."""
    bits = f"uint{8 * result.dtype.itemsize}"
    numbers = ~np.isnan(expected.astype(np.float64))
    both = np.isnan(result.astype(np.float64)) == ~numbers
    return bool(np.all(both) and np.all((result.view(bits) == expected.view(bits))[numbers]))


@pytest.mark.parametrize(
    "target", ["vmvx", "llvm-cpu", pytest.param("vulkan-spirv", marks=pytest.mark.webgpu)]
)
def test_an_f64_is_rounded_once_to_f16(target: str):
    values = np.array([1 + 2.0**-11, 1 + 2.0**-11 + 2.0**-40, 1 - 2.0**-12 - 2.0**-40, 65520.0])
    text = """func.func @main(%a: tensor<4xf64>) -> tensor<4xf16> {
      %0 = stablehlo.convert %a : (tensor<4xf64>) -> tensor<4xf16>
      return %0 : tensor<4xf16>
    }"""
    with np.errstate(all="ignore"):
        expected = values.astype(np.float16)
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=TARGETS[target])
    np.testing.assert_array_equal(np.asarray(module.main(values)), expected)


# -- comparisons and conversions with an order of their own ----------------------------------------


@pytest.mark.parametrize("name", ["f16", "f32"])
@pytest.mark.parametrize("target", ["vmvx", "llvm-cpu"])
def test_total_order_has_zeros_and_nans_in_places(name: str, target: str):
    """-NaN < -inf < -1 < -0 < 0 < 1 < inf < NaN."""
    values = np.array([-np.nan, -np.inf, -1, -0.0, 0.0, 1, np.inf, np.nan], DTYPES[name])
    values[0] = np.copysign(values[0], -1)
    values[7] = np.copysign(values[7], 1)
    left, right = np.repeat(values, 8), np.tile(values, 8)
    type = f"tensor<64x{name}>"
    text = f"""func.func @main(%a: {type}, %b: {type}) -> tensor<64xi1> {{
      %0 = stablehlo.compare LT, %a, %b, TOTALORDER : ({type}, {type}) -> tensor<64xi1>
      return %0 : tensor<64xi1>
    }}"""
    session = ireelite.load(ireelite.compile(text, targets=[target]))
    places = np.arange(8)
    np.testing.assert_array_equal(
        np.asarray(session.main(left, right)), np.repeat(places, 8) < np.tile(places, 8)
    )


@pytest.mark.parametrize("target", ["vmvx", "llvm-cpu"])
def test_floats_out_of_range_become_the_nearest_integer(target: str):
    values = np.array([-1e30, -200, -1.5, 0.5, 255.9, 300, 1e30, np.nan], np.float32)
    text = """func.func @main(%a: tensor<8xf32>) -> (tensor<8xui8>, tensor<8xi8>, tensor<8xi32>) {
      %0 = stablehlo.convert %a : (tensor<8xf32>) -> tensor<8xui8>
      %1 = stablehlo.convert %a : (tensor<8xf32>) -> tensor<8xi8>
      %2 = stablehlo.convert %a : (tensor<8xf32>) -> tensor<8xi32>
      return %0, %1, %2 : tensor<8xui8>, tensor<8xi8>, tensor<8xi32>
    }"""
    results = ireelite.load(ireelite.compile(text, targets=[target])).main(values)
    low, high = -(2**31), 2**31 - 1
    expected = (
        [0, 0, 0, 0, 255, 255, 255, 0],
        [-128, -128, -1, 0, 127, 127, 127, 0],
        [low, -200, -1, 0, 255, 300, high, 0],
    )
    for result, want in zip(results, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(result), want)


# -- what is refused -------------------------------------------------------------------------------

REFUSED: Mapping[str, tuple[str, str, StatusCode]] = {
    "a float's bits": ("and %a, %a : TYPE", "f32", StatusCode.INVALID_ARGUMENT),
    "a truth value's quotient": ("divide %a, %a : TYPE", "i1", StatusCode.INVALID_ARGUMENT),
    "the absolute value of unsigned": ("abs %a : TYPE", "ui8", StatusCode.INVALID_ARGUMENT),
    "the cosine of an integer": ("cosine %a : TYPE", "i32", StatusCode.INVALID_ARGUMENT),
    "a complex remainder": (
        "remainder %a, %a : TYPE",
        "complex<f32>",
        StatusCode.UNIMPLEMENTED,
    ),
}


@pytest.mark.parametrize("target", list(TARGETS))
@pytest.mark.parametrize("what", REFUSED)
def test_other_elements_are_refused_with_a_place(what: str, target: str):
    op, name, code = REFUSED[what]
    type = f"tensor<4x{name}>"
    text = f"""func.func @main(%a: {type}) -> {type} {{
      %0 = stablehlo.{op.replace("TYPE", type)}
      return %0 : {type}
    }}"""
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, targets=[target])
    assert caught.value.code is code, caught.value
    assert ".mlir:2:" in caught.value.message and name in caught.value.message
