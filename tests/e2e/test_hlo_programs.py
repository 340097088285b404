"""Small StableHLO programs on every target and device, against NumPy."""

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


class Case(NamedTuple):
    """A program, its inputs, and what NumPy makes of them."""

    text: str
    inputs: Sequence[np.ndarray]
    expected: Callable[..., Any]


def f32(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


A = f32(1, 2, 3, -4, 5, 6, 7)
B = f32(2, 1, 3, -5, 4, 7, 6)
MASK = np.array([1, 1, 0, 1, 0, 1, 1], bool)
NAN, INF = float("nan"), float("inf")
M = np.arange(6, dtype=np.float32).reshape(2, 3)

CASES = {
    "narrow types": Case(
        """func.func @main(%a: tensor<7xf32>, %b: tensor<7xf32>, %m: tensor<7xi1>)
            -> (tensor<7xi1>, tensor<7xf32>, tensor<7xi8>, tensor<7xi1>) {
          %0 = stablehlo.compare GT, %a, %b, FLOAT : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
          %1 = stablehlo.and %0, %m : tensor<7xi1>
          %2 = stablehlo.select %1, %a, %b : tensor<7xi1>, tensor<7xf32>
          %3 = stablehlo.convert %a : (tensor<7xf32>) -> tensor<7xi8>
          %4 = stablehlo.not %m : tensor<7xi1>
          return %1, %2, %3, %4 : tensor<7xi1>, tensor<7xf32>, tensor<7xi8>, tensor<7xi1>
        }""",
        [A, B, MASK],
        lambda a, b, m: ((a > b) & m, np.where((a > b) & m, a, b), a.astype(np.int8), ~m),
    ),
    "one element of joined tensors": Case(
        """func.func @main(%x: tensor<4xf32>, %y: tensor<1xf32>, %z: tensor<3xf32>) -> (tensor<3xf32>, tensor<5xf32>) {
          %0 = stablehlo.concatenate %x, %y, dim = 0 : (tensor<4xf32>, tensor<1xf32>) -> tensor<5xf32>
          %1 = stablehlo.add %0, %0 : tensor<5xf32>
          %2 = stablehlo.slice %0 [4:5] : (tensor<5xf32>) -> tensor<1xf32>
          %4 = stablehlo.broadcast_in_dim %2, dims = [0] : (tensor<1xf32>) -> tensor<3xf32>
          %5 = stablehlo.multiply %z, %4 : tensor<3xf32>
          return %5, %1 : tensor<3xf32>, tensor<5xf32>
        }""",
        [A[:4], A[4:5], B[:3]],
        lambda x, y, z: (z * y, 2 * np.concatenate([x, y])),
    ),
    "the start of a slice of all of a tensor": Case(
        """func.func @main(%x: tensor<2x3xf32>, %i: tensor<i32>)
            -> (tensor<f32>, tensor<2xf32>, tensor<2xf32>, tensor<i32>) {
          %zero = stablehlo.constant dense<0.0> : tensor<f32>
          %0 = stablehlo.reduce(%x init: %zero) applies stablehlo.add across dimensions = [1]
              : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>
          %1 = stablehlo.reduce(%0 init: %zero) applies stablehlo.maximum across dimensions = [0]
              : (tensor<2xf32>, tensor<f32>) -> tensor<f32>
          %three = stablehlo.constant dense<3> : tensor<i32>
          %2 = stablehlo.remainder %i, %three : tensor<i32>
          %3 = stablehlo.add %2, %three : tensor<i32>
          %4 = stablehlo.dynamic_slice %0, %2, sizes = [2] : (tensor<2xf32>, tensor<i32>) -> tensor<2xf32>
          %5 = stablehlo.negate %0 : tensor<2xf32>
          %6 = stablehlo.dynamic_update_slice %4, %5, %3
              : (tensor<2xf32>, tensor<2xf32>, tensor<i32>) -> tensor<2xf32>
          return %1, %4, %6, %3 : tensor<f32>, tensor<2xf32>, tensor<2xf32>, tensor<i32>
        }""",
        [M, np.int32(7)],
        lambda x, i: (x.sum(1).max(), x.sum(1), -x.sum(1), i % 3 + 3),
    ),
    "data movement": Case(
        """func.func @main(%x: tensor<2x3xf32>) -> tensor<3x2xf32> {
          %0 = stablehlo.reshape %x : (tensor<2x3xf32>) -> tensor<3x2xf32>
          %1 = stablehlo.slice %0 [0:3:2, 0:2] : (tensor<3x2xf32>) -> tensor<2x2xf32>
          %2 = stablehlo.transpose %1, dims = [1, 0] : (tensor<2x2xf32>) -> tensor<2x2xf32>
          %3 = stablehlo.dot_general %0, %2, contracting_dims = [1] x [0]
              : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
          return %3 : tensor<3x2xf32>
        }""",
        [M],
        lambda x: x.reshape(3, 2) @ x.reshape(3, 2)[::2].T,
    ),
    "batched contraction": Case(
        """func.func @main(%x: tensor<2x3x4xf32>, %y: tensor<2x5x4xf32>) -> tensor<2x3x5xf32> {
          %0 = stablehlo.dot_general %x, %y, batching_dims = [0] x [0], contracting_dims = [2] x [2]
              : (tensor<2x3x4xf32>, tensor<2x5x4xf32>) -> tensor<2x3x5xf32>
          return %0 : tensor<2x3x5xf32>
        }""",
        [
            np.arange(24, dtype=np.float32).reshape(2, 3, 4),
            np.arange(40, dtype=np.float32).reshape(2, 5, 4),
        ],
        lambda x, y: np.einsum("bij,bkj->bik", x, y),
    ),
    "maximum and minimum hand NaN on": Case(
        """func.func @main(%a: tensor<5xf32>, %b: tensor<5xf32>) -> (tensor<5xf32>, tensor<5xf32>) {
          %0 = stablehlo.maximum %a, %b : tensor<5xf32>
          %1 = stablehlo.minimum %a, %b : tensor<5xf32>
          return %0, %1 : tensor<5xf32>, tensor<5xf32>
        }""",
        [f32(1, NAN, 3, INF, -INF), f32(NAN, 2, 1, -INF, 4)],
        lambda a, b: (np.maximum(a, b), np.minimum(a, b)),
    ),
    "remainder has the dividend's sign": Case(
        """func.func @main(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
          %0 = stablehlo.remainder %a, %b : tensor<4xf32>
          return %0 : tensor<4xf32>
        }""",
        [f32(7, -7, 5.5, 1), f32(3, 3, -2, 0.3)],
        np.fmod,
    ),
    "floats to integers truncate": Case(
        """func.func @main(%a: tensor<6xf32>) -> (tensor<6xi32>, tensor<6xi1>) {
          %0 = stablehlo.convert %a : (tensor<6xf32>) -> tensor<6xi32>
          %1 = stablehlo.convert %a : (tensor<6xf32>) -> tensor<6xi1>
          return %0, %1 : tensor<6xi32>, tensor<6xi1>
        }""",
        [f32(2.5, -2.5, 0.9, -0.9, 1e6 + 0.5, 0)],
        lambda a: (a.astype(np.int32), a != 0),
    ),
    "comparisons with NaN": Case(
        """func.func @main(%a: tensor<4xf32>, %b: tensor<4xf32>)
            -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) {
          %0 = stablehlo.compare NE, %a, %b, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
          %1 = stablehlo.compare EQ, %a, %b, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
          %2 = stablehlo.compare GE, %a, %b, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
          return %0, %1, %2 : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>
        }""",
        [f32(1, NAN, 3, NAN), f32(1, 2, 2, NAN)],
        lambda a, b: (a != b, a == b, a >= b),
    ),
    "private functions are inlined": Case(
        """func.func private @square(%x: tensor<7xf32>) -> tensor<7xf32> {
          %0 = stablehlo.multiply %x, %x : tensor<7xf32>
          return %0 : tensor<7xf32>
        }
        func.func @main(%a: tensor<7xf32>) -> tensor<7xf32> {
          %0 = func.call @square(%a) : (tensor<7xf32>) -> tensor<7xf32>
          %1 = func.call @square(%0) : (tensor<7xf32>) -> tensor<7xf32>
          return %1 : tensor<7xf32>
        }""",
        [A],
        lambda a: a**4,
    ),
    "no dispatch at all": Case(
        """func.func @main(%a: tensor<7xf32>) -> (tensor<7xf32>, tensor<3xf32>) {
          %0 = stablehlo.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
          return %a, %0 : tensor<7xf32>, tensor<3xf32>
        }""",
        [A],
        lambda a: (a, f32(1, 2, 3)),
    ),
    "no element at all, and one": Case(
        """func.func @main(%a: tensor<f32>, %b: tensor<0x3xf32>) -> (tensor<f32>, tensor<0x3xf32>) {
          %0 = stablehlo.add %a, %a : tensor<f32>
          %1 = stablehlo.add %b, %b : tensor<0x3xf32>
          return %0, %1 : tensor<f32>, tensor<0x3xf32>
        }""",
        [np.float32(3).reshape(()), np.zeros((0, 3), np.float32)],
        lambda a, b: (a + a, b),
    ),
    "one value read at two indices": Case(
        """func.func @main(%x: tensor<3x3xf32>) -> tensor<3x3xf32> {
          %0 = stablehlo.exponential %x : tensor<3x3xf32>
          %1 = stablehlo.transpose %0, dims = [1, 0] : (tensor<3x3xf32>) -> tensor<3x3xf32>
          %2 = stablehlo.add %0, %1 : tensor<3x3xf32>
          return %2 : tensor<3x3xf32>
        }""",
        [np.linspace(-1, 1, 9, dtype=np.float32).reshape(3, 3)],
        lambda x: np.exp(x) + np.exp(x).T,
    ),
}


@pytest.mark.parametrize("targets,device", CONFIGURATIONS)
@pytest.mark.parametrize("name", CASES)
def test_program(name: str, targets: tuple[str, ...], device: str) -> None:
    case = CASES[name]
    module = ireelite.load(ireelite.compile(case.text, targets=targets), device=device)
    results = module.main(*case.inputs)
    expected = case.expected(*case.inputs)
    if not isinstance(expected, tuple):
        results, expected = (results,), (expected,)
    for result, want in zip(results, expected, strict=True):
        assert result.shape == want.shape
        assert result.dtype == want.dtype
        np.testing.assert_allclose(result, want, rtol=1e-5, atol=1e-6)


def thousand_ops() -> str:
    lines = ["func.func @main(%x0: tensor<4xf32>) -> tensor<4xf32> {"]
    lines += [f"  %x{n + 1} = stablehlo.negate %x{n} : tensor<4xf32>" for n in range(1000)]
    lines += ["  return %x1000 : tensor<4xf32>", "}"]
    return "\n".join(lines)


DOUBLED = """func.func @main(%a: tensor<5x130xf32>) -> tensor<5x130xf32> {
  %0 = stablehlo.add %a, %a : tensor<5x130xf32>
  return %0 : tensor<5x130xf32>
}"""

EVERY_PROGRAM: dict[str, tuple[Any, str, Sequence[np.ndarray]]] = {
    **{name: (case.text, "main", case.inputs) for name, case in CASES.items()},
    "a thousand ops in a row": (thousand_ops(), "main", [f32(1, -2, 3, -4)]),
    "doubled": (DOUBLED, "main", [np.arange(650, dtype=np.float32).reshape(5, 130)]),
}
"""What is compiled here: source, function, inputs. Upstream's runtime runs each of them too."""


def test_a_thousand_ops_in_a_row() -> None:
    """A chain of elementwise ops becomes one dispatch, and is lowered without deep recursion."""
    program = ireelite.compile(thousand_ops(), targets=["llvm-cpu"])
    x = f32(1, -2, 3, -4)
    np.testing.assert_array_equal(ireelite.load(program).main(x), x)
    assert program.ir("dispatch").count("iree.dispatch_region") == 1


@pytest.mark.parametrize("targets,device", CONFIGURATIONS)
def test_the_workgroup_size_is_a_matter_of_taste(targets: tuple[str, ...], device: str) -> None:
    """Whatever it is set to, every element is computed once."""
    x = np.arange(650, dtype=np.float32).reshape(5, 130)
    for size in ((1, 1, 1), (64, 1, 1), (8, 4, 1)):
        program = ireelite.compile(DOUBLED, targets=targets, workgroup_size=size)
        np.testing.assert_array_equal(ireelite.load(program, device=device).main(x), x + x)
