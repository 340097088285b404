"""Calls of LAPACK's routines, in both of JAX's spellings, on every target, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.status import StatusError

CONFIGURATIONS = [
    pytest.param(("llvm-cpu", "local-task"), id="native"),
    pytest.param(("vmvx", "local-sync"), id="vmvx"),
    pytest.param(("vulkan-spirv", "webgpu"), id="spirv", marks=pytest.mark.webgpu),
    pytest.param(("vmvx", None), id="interpreted"),
]
TEXT = """
func.func @qr(%a: tensor<2x4x3xcomplex<f32>>)
    -> (tensor<2x4x3xcomplex<f32>>, tensor<2x4x3xcomplex<f32>>, tensor<2x3xcomplex<f32>>) {
  %0:2 = stablehlo.custom_call @lapack_cgeqrf_ffi(%a) {mhlo.backend_config = {}}
      : (tensor<2x4x3xcomplex<f32>>) -> (tensor<2x4x3xcomplex<f32>>, tensor<2x3xcomplex<f32>>)
  %1 = stablehlo.custom_call @lapack_cungqr_ffi(%0#0, %0#1) {mhlo.backend_config = {}}
      : (tensor<2x4x3xcomplex<f32>>, tensor<2x3xcomplex<f32>>) -> tensor<2x4x3xcomplex<f32>>
  return %1, %0#0, %0#1
      : tensor<2x4x3xcomplex<f32>>, tensor<2x4x3xcomplex<f32>>, tensor<2x3xcomplex<f32>>
}
func.func @ordered_qr(%a: tensor<4x3xf32>) -> (tensor<4x3xf32>, tensor<3xi32>) {
  %order = stablehlo.constant dense<0> : tensor<3xi32>
  %0:3 = stablehlo.custom_call @lapack_sgeqp3_ffi(%a, %order) {mhlo.backend_config = {}}
      : (tensor<4x3xf32>, tensor<3xi32>) -> (tensor<4x3xf32>, tensor<3xi32>, tensor<3xf32>)
  return %0#0, %0#1 : tensor<4x3xf32>, tensor<3xi32>
}
func.func @multiply(%a: tensor<4x3xf32>, %taus: tensor<3xf32>, %c: tensor<2x4xf32>)
    -> tensor<2x4xf32> {
  %0 = stablehlo.custom_call @lapack_sormqr_ffi(%a, %taus, %c)
      {mhlo.backend_config = {left = false, transpose = true}}
      : (tensor<4x3xf32>, tensor<3xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
func.func @eigen(%a: tensor<2x3x3xcomplex<f32>>)
    -> (tensor<2x3x3xcomplex<f32>>, tensor<2x3xf32>, tensor<2xi32>) {
  %0:3 = stablehlo.custom_call @lapack_cheevd_ffi(%a)
      {mhlo.backend_config = {mode = 86 : ui8, uplo = 85 : ui8}}
      : (tensor<2x3x3xcomplex<f32>>)
      -> (tensor<2x3x3xcomplex<f32>>, tensor<2x3xf32>, tensor<2xi32>)
  return %0#0, %0#1, %0#2 : tensor<2x3x3xcomplex<f32>>, tensor<2x3xf32>, tensor<2xi32>
}
func.func @singular(%a: tensor<2x3xf32>)
    -> (tensor<2xf32>, tensor<2x2xf32>, tensor<3x3xf32>, tensor<i32>) {
  %yes = stablehlo.constant dense<1> : tensor<i32>
  %0:7 = stablehlo.custom_call @lapack_sgesdd(%yes, %yes, %yes, %yes, %yes, %yes, %a)
      {api_version = 2 : i32}
      : (tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>, tensor<i32>,
      tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2xf32>, tensor<2x2xf32>, tensor<3x3xf32>,
      tensor<i32>, tensor<16xi32>, tensor<52xf32>)
  return %0#1, %0#2, %0#3, %0#4
      : tensor<2xf32>, tensor<2x2xf32>, tensor<3x3xf32>, tensor<i32>
}
func.func @general(%a: tensor<3x3xf32>)
    -> (tensor<3xf32>, tensor<3xf32>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>) {
  %0:5 = stablehlo.custom_call @lapack_sgeev_ffi(%a)
      {mhlo.backend_config = {compute_left = 86 : ui8, compute_right = 86 : ui8}}
      : (tensor<3x3xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<3x3xcomplex<f32>>,
      tensor<3x3xcomplex<f32>>, tensor<i32>)
  return %0#0, %0#1, %0#2, %0#3
      : tensor<3xf32>, tensor<3xf32>, tensor<3x3xcomplex<f32>>, tensor<3x3xcomplex<f32>>
}
func.func @tridiagonal(%a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>, %d: tensor<4x2xf32>)
    -> tensor<4x2xf32> {
  %0:5 = stablehlo.custom_call @lapack_sgtsv_ffi(%a, %b, %c, %d) {mhlo.backend_config = {}}
      : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>)
      -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x2xf32>, tensor<i32>)
  return %0#3 : tensor<4x2xf32>
}
func.func @reduced(%a: tensor<4x4xf32>) -> (tensor<4xf32>, tensor<3xf32>) {
  %0:5 = stablehlo.custom_call @lapack_ssytrd_ffi(%a) {mhlo.backend_config = {uplo = 85 : ui8}}
      : (tensor<4x4xf32>)
      -> (tensor<4x4xf32>, tensor<4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<i32>)
  return %0#1, %0#2 : tensor<4xf32>, tensor<3xf32>
}
"""


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def module(request):
    target, device = request.param
    program = ireelite.compile(TEXT, targets=[target])
    return Interpreted(program) if device is None else ireelite.load(program, device=device)


class Interpreted:
    """The functions of a program, as the reference interpreter runs them."""

    def __init__(self, program):
        self._program = program

    def __getattr__(self, name):
        return lambda *arguments: self._program.interpret(*arguments, function=name)


def numbers(shape, complex_numbers: bool = False) -> np.ndarray:
    random = np.random.default_rng(sum(shape))
    real = random.standard_normal(shape)
    if not complex_numbers:
        return real.astype(np.float32)
    return (real + 1j * random.standard_normal(shape)).astype(np.complex64)


def adjoint(matrices: np.ndarray) -> np.ndarray:
    return matrices.swapaxes(-1, -2).conj()


def assert_close(result, expected) -> None:
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-5)


def test_orthogonal_factors_have_lapacks_signs(module):
    a = numbers((2, 4, 3), True)
    q, factors, taus = module.qr(a)
    expected_q, expected_r = np.linalg.qr(a)
    assert_close(q, expected_q)
    assert_close(np.triu(factors[:, :3]), expected_r)
    below = np.tril(factors[0], -1)[:, 0] + np.eye(4)[0]
    first = np.eye(4) - taus[0, 0] * np.outer(below, below.conj())
    assert_close(first.conj().T @ a[0, :, 0], np.eye(4)[0] * expected_r[0, 0, 0])


def test_the_longest_column_comes_first(module):
    a = numbers((4, 3)) * np.float32([1, 10, 3])
    factors, order = module.ordered_qr(a)
    assert sorted(order) == [1, 2, 3] and order[0] == 2
    r = np.triu(factors[:3])
    assert_close(r.T @ r, a[:, order - 1].T @ a[:, order - 1])
    assert np.all(np.diff(np.abs(np.diag(r))) <= 0)


def test_products_of_reflectors_from_the_right(module):
    a, taus, c = numbers((4, 3)) / 4, numbers((3,)), numbers((2, 4))
    q = np.eye(4)
    for k in range(3):
        v = np.tril(a, -1)[:, k] + np.eye(4)[k]
        q = q @ (np.eye(4) - taus[k] * np.outer(v, v))
    assert_close(module.multiply(a, taus, c), c @ q.T)


def test_eigenvalues_of_the_upper_triangle(module):
    a = numbers((2, 3, 3), True)
    whole = np.triu(a, 1) + adjoint(np.triu(a, 1)) + np.eye(3) * a.real
    vectors, values, info = module.eigen(a)
    assert_close(values, np.linalg.eigvalsh(whole))
    assert_close((vectors * values[:, None]) @ adjoint(vectors), whole)
    assert info.tolist() == [0, 0]
    a[1, 0, 2] = np.inf
    assert module.eigen(a)[2].tolist() == [0, 1]


@pytest.mark.parametrize("scale", [1, 0, 1e-30, 1e25])
def test_singular_values_of_a_wide_matrix(module, scale):
    a = numbers((2, 3)) * np.float32(scale)
    values, u, vt, info = module.singular(a)
    size = scale or 1
    assert_close(values / size, np.linalg.svd(a.astype(float), compute_uv=False) / size)
    assert_close((u * (values / size)) @ vt[:2], a / size)
    assert_close(u @ u.T, np.eye(2))
    assert_close(vt @ vt.T, np.eye(3))
    assert info == 0


@pytest.mark.parametrize("kind", ["random", "rotation", "defective", "zero"])
def test_eigenvalues_of_any_matrix(module, kind):
    a = {
        "random": numbers((3, 3)),
        "rotation": np.roll(np.eye(3, dtype=np.float32), 1, 0),
        "defective": np.float32([[2, 1, 0], [0, 2, 0], [0, 0, 3]]),
        "zero": np.zeros((3, 3), np.float32),
    }[kind]
    real, imaginary, left, right = module.general(a)
    values = real + 1j * imaginary
    assert_close(np.poly(values), np.poly(a))
    assert_close(a @ right, right * values)
    assert_close(adjoint(left) @ a, values[:, None] * adjoint(left))
    assert_close(np.linalg.norm(left, axis=0), 1)
    assert_close(np.linalg.norm(right, axis=0), 1)


@pytest.mark.parametrize("diagonal", [[4, 4, 4, 4], [0.1, 2, 0.1, 0.1], [0, 1, 0, 1]])
def test_three_diagonals(module, diagonal):
    below, above = np.float32([9, 1, 2, 3]), np.float32([3, 1, 2, 9])
    b, diagonal = numbers((4, 2)), np.float32(diagonal)
    a = np.diag(diagonal) + np.diag(below[1:], -1) + np.diag(above[:-1], 1)
    assert_close(module.tridiagonal(below, diagonal, above, b), np.linalg.solve(a, b))


def test_three_diagonals_have_the_same_eigenvalues(module):
    a = numbers((4, 4))
    whole = np.triu(a) + np.triu(a, 1).T
    diagonal, beside = module.reduced(a)
    small = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
    assert_close(np.linalg.eigvalsh(small), np.linalg.eigvalsh(whole))


def test_a_real_schur_form_is_refused():
    with pytest.raises(
        StatusError, match="'lapack_sgees_ffi' has no lowering: convert the matrix to complex"
    ):
        ireelite.compile(
            """
func.func @f(%a: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0:6 = stablehlo.custom_call @lapack_sgees_ffi(%a)
      {mhlo.backend_config = {mode = 86 : ui8, sort = 78 : ui8}} : (tensor<2x2xf32>)
      -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<i32>, tensor<i32>)
  return %0#0 : tensor<2x2xf32>
}""",
            targets=["vmvx"],
        )
