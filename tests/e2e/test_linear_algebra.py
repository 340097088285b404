"""Triangular factors and systems of equations, on every target, against NumPy."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
]
SIZE, COLUMNS = 4, 3
FACTORS = [*product(("f32", "complex<f32>"), (True, False), ((), (2,)))]
"""Element, whether the factor is a lower triangle, and the shape of a batch of matrices."""
SYSTEMS = [
    *product(
        ("f32", "complex<f32>"),
        (True, False),
        (True, False),
        (True, False),
        ("NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"),
    )
]
"""Element, left side, lower triangle, unit diagonal, form of the matrix."""


def tensor(shape, element: str) -> str:
    return f"tensor<{'x'.join([*map(str, shape), element])}>"


def text_of(flag: bool) -> str:
    return "true" if flag else "false"


def factor_text(number: int, element: str, lower: bool, batch) -> str:
    type = tensor((*batch, SIZE, SIZE), element)
    return (
        f"func.func @factor_{number}(%a: {type}) -> {type} {{\n"
        f"  %0 = stablehlo.cholesky %a, lower = {text_of(lower)} : {type}\n"
        f"  return %0 : {type}\n}}\n"
    )


def system_text(number: int, element: str, left: bool, lower: bool, unit: bool, form: str) -> str:
    a = tensor((2, SIZE, SIZE), element)
    b = tensor((2, SIZE, COLUMNS) if left else (2, COLUMNS, SIZE), element)
    return (
        f"func.func @system_{number}(%a: {a}, %b: {b}) -> {b} {{\n"
        f'  %0 = "stablehlo.triangular_solve"(%a, %b) {{left_side = {text_of(left)}, '
        f"lower = {text_of(lower)}, unit_diagonal = {text_of(unit)}, "
        f"transpose_a = #stablehlo<transpose {form}>}} : ({a}, {b}) -> {b}\n"
        f"  return %0 : {b}\n}}\n"
    )


TEXT = "".join(
    [factor_text(number, *case) for number, case in enumerate(FACTORS)]
    + [system_text(number, *case) for number, case in enumerate(SYSTEMS)]
)
ELIMINATION = """
func.func @eliminate(%a: tensor<2x4x3xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xi32>, tensor<2xi32>) {
  %0:3 = stablehlo.custom_call @lapack_sgetrf_ffi(%a) {mhlo.backend_config = {}}
      : (tensor<2x4x3xf32>) -> (tensor<2x4x3xf32>, tensor<2x3xi32>, tensor<2xi32>)
  return %0#0, %0#1, %0#2 : tensor<2x4x3xf32>, tensor<2x3xi32>, tensor<2xi32>
}
func.func @positive(%a: tensor<2x2x2xf32>) -> (tensor<2x2x2xf32>, tensor<2xi32>) {
  %0:2 = stablehlo.custom_call @lapack_spotrf_ffi(%a) {mhlo.backend_config = {uplo = 76 : ui8}}
      : (tensor<2x2x2xf32>) -> (tensor<2x2x2xf32>, tensor<2xi32>)
  return %0#0, %0#1 : tensor<2x2x2xf32>, tensor<2xi32>
}
"""


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request):
    target, device = request.param
    return ireelite.load(ireelite.compile(TEXT + ELIMINATION, targets=[target]), device=device)


def numbers(random, shape, element: str) -> np.ndarray:
    real = random.standard_normal(shape)
    if element == "f32":
        return real.astype(np.float32)
    return (real + 1j * random.standard_normal(shape)).astype(np.complex64)


def swapped(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2)


def assert_close(result, expected) -> None:
    largest = np.abs(expected).max()
    np.testing.assert_allclose(result / largest, expected / largest, rtol=0, atol=2e-6)


def test_factors_read_one_triangle(module):
    random = np.random.default_rng(1)
    for number, (element, lower, batch) in enumerate(FACTORS):
        x = numbers(random, (*batch, SIZE, SIZE), element)
        whole = x @ swapped(x.conj()) + SIZE * np.eye(SIZE, dtype=x.dtype)
        factor = np.linalg.cholesky(whole.astype(np.complex128))
        noise = numbers(random, whole.shape, element)
        given = np.tril(whole) + np.triu(noise, 1) if lower else np.triu(whole) + np.tril(noise, -1)
        result = module[f"factor_{number}"](given.astype(x.dtype))
        assert_close(result, factor if lower else swapped(factor.conj()))


def test_systems_of_every_form(module):
    random = np.random.default_rng(2)
    for number, (element, left, lower, unit, form) in enumerate(SYSTEMS):
        a = numbers(random, (2, SIZE, SIZE), element)
        a += 4 * np.eye(SIZE, dtype=a.dtype)
        b = numbers(random, (2, SIZE, COLUMNS) if left else (2, COLUMNS, SIZE), element)
        used = (np.tril(a) if lower else np.triu(a)).astype(np.complex128)
        if unit:
            used += np.eye(SIZE) - used * np.eye(SIZE)
        if form != "NO_TRANSPOSE":
            used = swapped(used)
        if form == "ADJOINT":
            used = used.conj()
        expected = np.linalg.solve(used, b) if left else b @ np.linalg.inv(used)
        assert_close(module[f"system_{number}"](a, b), expected)


def test_elimination_swaps_rows(module):
    a = np.float32(
        [
            [[1, 2, 3], [4, 5, 6], [-8, 1, 0], [2, 2, 2]],
            [[0, 1, 2], [0, 3, 4], [0, 1, 1], [0, 5, 6]],
        ]
    )
    factors, swaps, info = module.eliminate(a)
    for matrix, made, rows in zip(a, factors, swaps, strict=True):
        left, right = np.tril(made, -1) + np.eye(4, 3), np.triu(made)[:3]
        again = left @ right
        for k in reversed(range(3)):
            again[[k, rows[k] - 1]] = again[[rows[k] - 1, k]]
        np.testing.assert_allclose(again, matrix, atol=1e-6)
    assert swaps.tolist() == [[3, 2, 3], [1, 4, 4]]
    assert info.tolist() == [0, 1]


def test_a_matrix_that_is_not_positive_definite_is_reported(module):
    a = np.float32([[[4, 0], [2, 5]], [[1, 0], [2, 1]]])
    factor, info = module.positive(a)
    np.testing.assert_allclose(factor[0], [[2, 0], [1, 2]])
    assert info.tolist() == [0, 1]
