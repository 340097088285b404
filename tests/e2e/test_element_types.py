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

Reference = Callable[..., np.ndarray]

INTEGERS = ("i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64")
DTYPES: Mapping[str, Any] = {
    "i1": np.bool_,
    **{f"i{n}": f"int{n}" for n in (8, 16, 32, 64)},
    **{f"ui{n}": f"uint{n}" for n in (8, 16, 32, 64)},
    "f32": np.float32,
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
    result = f"{type[: type.rindex('x')]}xi1>"
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


@pytest.mark.webgpu
@pytest.mark.parametrize("name", ["i16", "ui8", "ui32"])
def test_integers_compute_in_shaders(name: str):
    operands = integer_operands(name)
    cases = integer_cases(name, len(operands[0]))
    quick = {op: case for op, case in cases.items() if not op.endswith("64")}
    run_cases(quick, name, operands, "vulkan-spirv", equal)
