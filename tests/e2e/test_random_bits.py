"""Random bits are those of XLA, and random numbers are distributed as asked, on every target."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import NamedTuple

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.syntax.parser import parse_module

DEVICES = {"vmvx": "local-sync", "llvm-cpu": "local-sync", "vulkan-spirv": "webgpu"}
TARGETS = [
    pytest.param(t, marks=[pytest.mark.webgpu] if t == "vulkan-spirv" else []) for t in DEVICES
]

WORD, LONG = 2**32 - 1, 2**64 - 1


def threefry(x: int, y: int, k: int, m: int) -> tuple[int, int]:
    keys = (k, m, k ^ m ^ 0x1BD11BDA)
    x, y = (x + k) & WORD, (y + m) & WORD
    for group in range(5):
        for r in ((13, 15, 26, 6), (17, 29, 16, 24))[group % 2]:
            x = (x + y) & WORD
            y = ((y << r | y >> (32 - r)) & WORD) ^ x
        x = (x + keys[(group + 1) % 3]) & WORD
        y = (y + keys[(group + 2) % 3] + group + 1) & WORD
    return x, y


def philox(words: Sequence[int], k: int, m: int) -> list[int]:
    a, b, c, d = words
    for _ in range(10):
        p, q = a * 0xD2511F53, c * 0xCD9E8D57
        a, b, c, d = (q >> 32) ^ b ^ k, q & WORD, (p >> 32) ^ d ^ m, p & WORD
        k, m = (k + 0x9E3779B9) & WORD, (m + 0xBB67AE85) & WORD
    return [a, b, c, d]


class Case(NamedTuple):
    """One generator: its algorithm, its state, and the shape and width of its output."""

    algorithm: str
    state: tuple[int, ...]
    shape: tuple[int, ...]
    bits: int

    def expected(self) -> tuple[list[int], np.ndarray]:
        """The state afterwards, and the bits."""
        key, low, *high = self.state
        dtype = f"uint{self.bits}"
        if self.algorithm == "THREE_FRY":
            half, dim = list(self.shape) or [1], -1
            if self.bits < 64 and self.shape:
                even = [d for d, size in enumerate(self.shape) if size % 2 == 0]
                dim = even[0] if even else int(np.argmax(self.shape))
                half[dim] = -(-half[dim] // 2)
            count = prod(half)
            pairs = [
                threefry((low + i) & WORD, ((low + i) & LONG) >> 32, key & WORD, key >> 32)
                for i in range(count)
            ]
            after = [key, (low + count) & LONG]
            if self.bits == 64:
                whole = [a | b << 32 for a, b in pairs]
                return after, np.array(whole, dtype).reshape(self.shape)
            a, b = (np.array([p[k] for p in pairs], np.uint32).reshape(half) for k in (0, 1))
            if not self.shape:
                return after, a.reshape(()).astype(dtype)
            full = [*half]
            full[dim] *= 2
            joined = np.stack([a, b], dim + 1).reshape(full)
            return after, joined.take(range(self.shape[dim]), dim).astype(dtype)
        counter = low | (high[0] if high else key) << 64
        size = prod(self.shape)
        count = -(-size * (2 if self.bits == 64 else 1) // 4)
        words: list[int] = []
        for i in range(count):
            number = (counter + i) & (2**128 - 1)
            words += philox([number >> 32 * k & WORD for k in range(4)], key & WORD, key >> 32)
        after = (counter + count) & (2**128 - 1)
        flat = np.array(words, np.uint32)
        flat = flat.view(np.uint64) if self.bits == 64 else flat.astype(dtype)
        return [key, after & LONG, after >> 64][: len(self.state)], flat[:size].reshape(self.shape)


CASES = (
    Case("THREE_FRY", (LONG - 2, LONG - 1), (3, 5), 32),
    Case("THREE_FRY", (0x123456789ABCDEF, WORD), (3, 4, 1), 16),
    Case("THREE_FRY", (1, 2), (2, 2), 64),
    Case("THREE_FRY", (7, 9), (), 8),
    Case("PHILOX", (5, LONG, 7), (7, 3), 32),
    Case("PHILOX", (LONG - 2, LONG - 1), (5,), 64),
    Case("DEFAULT", (1, 2), (1, 3), 8),
)


def generator(number: int, case: Case) -> str:
    shape = "".join(f"{size}x" for size in case.shape)
    types = f"tensor<{len(case.state)}xui64>", f"tensor<{shape}ui{case.bits}>"
    return (
        f"func.func @f{number}(%s: {types[0]}) -> ({types[0]}, {types[1]}) {{\n"
        f"  %a, %b = stablehlo.rng_bit_generator %s, algorithm = {case.algorithm} : "
        f"({types[0]}) -> ({types[0]}, {types[1]})\n  return %a, %b : {types[0]}, {types[1]}\n}}"
    )


NUMBERS = """
func.func @numbers() -> (tensor<4000xf32>, tensor<4000xf32>, tensor<4000xi8>, tensor<1000xui64>) {
  %n = stablehlo.constant dense<4000> : tensor<1xi64>
  %k = stablehlo.constant dense<1000> : tensor<1xi64>
  %a = stablehlo.constant dense<-2.0> : tensor<f32>
  %b = stablehlo.constant dense<3.0> : tensor<f32>
  %i = stablehlo.constant dense<-100> : tensor<i8>
  %j = stablehlo.constant dense<120> : tensor<i8>
  %p = stablehlo.constant dense<10> : tensor<ui64>
  %q = stablehlo.constant dense<20> : tensor<ui64>
  %0 = stablehlo.rng %a, %b, %n, distribution = UNIFORM : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<4000xf32>
  %1 = stablehlo.rng %a, %b, %n, distribution = NORMAL : (tensor<f32>, tensor<f32>, tensor<1xi64>) -> tensor<4000xf32>
  %2 = stablehlo.rng %i, %j, %n, distribution = UNIFORM : (tensor<i8>, tensor<i8>, tensor<1xi64>) -> tensor<4000xi8>
  %3 = stablehlo.rng %p, %q, %k, distribution = UNIFORM : (tensor<ui64>, tensor<ui64>, tensor<1xi64>) -> tensor<1000xui64>
  return %0, %1, %2, %3 : tensor<4000xf32>, tensor<4000xf32>, tensor<4000xi8>, tensor<1000xui64>
}
func.func @words(%s: tensor<4xi32>) -> (tensor<4xi32>, tensor<3xi32>) {
  %a, %b = stablehlo.rng_bit_generator %s, algorithm = PHILOX : (tensor<4xi32>) -> (tensor<4xi32>, tensor<3xi32>)
  return %a, %b : tensor<4xi32>, tensor<3xi32>
}
"""


@pytest.mark.parametrize("target", TARGETS)
def test_bits_and_states_are_those_of_xla(target: str):
    text = NUMBERS + "\n".join(generator(n, case) for n, case in enumerate(CASES))
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=DEVICES[target])
    for number, case in enumerate(CASES):
        state, bits = getattr(module, f"f{number}")(np.array(case.state, np.uint64))
        after, expected = case.expected()
        assert [int(word) & LONG for word in np.asarray(state)] == after, case
        assert np.asarray(bits).tobytes() == expected.tobytes(), case
    # a state of 32-bit words is the key's low word first, and the counter's high word first
    state, bits = module.words(np.array([1, 2, 3, 4], np.int32))
    assert np.asarray(state).tolist() == [1, 2, 3, 5]
    assert [int(b) & WORD for b in np.asarray(bits)] == philox([4, 3, 1, 2], 1, 2)[:3]

    uniform, normal, small, large = map(np.asarray, module.numbers())
    assert -2 <= uniform.min() < -1.95 and 2.95 < uniform.max() < 3
    assert abs(uniform.mean() - 0.5) < 0.1 and abs(uniform.std() - 5 / 12**0.5) < 0.1
    assert abs(normal.mean() + 2) < 0.2 and abs(normal.std() - 3) < 0.2
    assert abs(np.mean(np.abs(normal + 2) < 3) - 0.683) < 0.03
    assert small.min() == -100 and small.max() == 119
    assert set(large.astype(int)) == set(range(10, 20))
    assert abs(np.corrcoef(uniform, normal)[0, 1]) < 0.06


LIMITS = {
    "i1": ("false", "true"),
    "i8": (-128, 127),
    "ui8": (3, 200),
    "i16": (-300, 5),
    "ui32": (7, 4294967295),
    "i64": (-9223372036854775808, 9223372036854775807),
    "f16": (-2.0, 3.0),
    "bf16": (1.0, 1.5),
    "f8E5M2": (-4.0, 4.0),
    "f32": ("-1.0e30", "1.0e30"),
    "f64": (0.25, 1000.5),
}


def number_functions(elements: Sequence[str]) -> str:
    """A function for each element type and distribution, and for scalars and no elements."""
    parts = []
    for element in elements:
        for kind in ("UNIFORM", "NORMAL")[: 2 if "f" in element else 1]:
            for shape in ("5x3x", "", "4x0x")[: 3 if element == "f32" else 1]:
                low, high = LIMITS[element]
                rank = shape.count("x")
                sizes = f"[{', '.join(shape.split('x')[:-1])}]" if rank else "[]"
                scalar, result = f"tensor<{element}>", f"tensor<{shape}{element}>"
                parts.append(f"""
func.func @{element}_{kind.lower()}_{rank}{"_empty" if "0" in shape else ""}() -> {result} {{
  %a = stablehlo.constant dense<{low}> : {scalar}
  %b = stablehlo.constant dense<{high}> : {scalar}
  %n = stablehlo.constant dense<{sizes}> : tensor<{rank}xi64>
  %r = stablehlo.rng %a, %b, %n, distribution = {kind} : ({scalar}, {scalar}, tensor<{rank}xi64>) -> {result}
  return %r : {result}
}}""")
    return "\n".join(parts)


@pytest.mark.parametrize("target", TARGETS)
def test_numbers_of_every_type_are_those_of_the_reference(target: str):
    text = number_functions([e for e in LIMITS if target != "vulkan-spirv" or e != "f64"])
    module = ireelite.load(ireelite.compile(text, targets=[target]), device=DEVICES[target])
    program = parse_module(text)
    for name in re.findall("@([a-zA-Z0-9_]+)", text):
        (expected,) = interpret(program, name)
        made = np.asarray(getattr(module, name)())
        assert made.shape == expected.shape, name
        if expected.dtype.kind in "biu":
            assert made.tobytes() == expected.tobytes(), name
        else:
            kinds = made.astype(np.float64), expected.astype(np.float64)
            spacing = {"f8": 0.25, "bf": 1e-2, "f1": 2e-3}.get(name[:2], 1e-6)
            assert np.allclose(*kinds, rtol=spacing, atol=spacing), name


def test_the_example_of_the_specification():
    state, bits = Case("THREE_FRY", (1, 2), (2, 2), 64).expected()
    assert state == [1, 6]
    assert bits.tolist() == [
        [9236835810183407956, 16087790271692313299],
        [18212823393184779219, 2658481902456610144],
    ]
