"""Decompositions and what is made of them: results that do not depend on signs or order."""

import jax
import jax.numpy as jnp
import jax.scipy.linalg as jsl
from inputs import normal, positive, program
from jax import lax


@program(positive(5, 5))
def cholesky(x):
    return jnp.linalg.cholesky(x)


@program(positive(4, 4), normal(4, 2))
def solve(x, y):
    return jnp.linalg.solve(x, y)


@program(normal(5, 3))
def qr(x):
    q, r = jnp.linalg.qr(x)
    return q @ r, jnp.abs(r), q.T @ q


@program(normal(4, 3))
def singular_values(x):
    u, s, vt = jnp.linalg.svd(x, full_matrices=False)
    return s, (u * s) @ vt


@program(positive(4, 4))
def eigenvalues(x):
    values, vectors = jnp.linalg.eigh(x)
    return values, (vectors * values) @ vectors.T


@program(positive(3, 3))
def inverse_and_determinant(x):
    return jnp.linalg.inv(x), jnp.linalg.det(x), jnp.linalg.slogdet(x)


@program(positive(3, 3))
def matrix_exponential(x):
    return jsl.expm(x / 4)


@program(normal(4, 4), normal(4, 2))
def triangular_solves(x, y):
    lower = jnp.tril(x) + 3 * jnp.eye(4)
    return jsl.solve_triangular(lower, y, lower=True), jsl.solve_triangular(lower.T, y)


@program(positive(2, 3, 3))
def batched_cholesky(x):
    return jnp.linalg.cholesky(x)


@program(normal(6, 3), normal(6))
def least_squares(x, y):
    return jnp.linalg.lstsq(x, y)[0], jnp.linalg.pinv(x)


@program(positive(4, 4))
def cholesky_gradient(x):
    return jax.grad(lambda x: jnp.sum(jnp.log(jnp.diag(jnp.linalg.cholesky(x)))))(x)


@program(positive(4, 4), normal(4))
def conjugate_gradients(x, y):
    return jax.scipy.sparse.linalg.cg(lambda v: x @ v, y, tol=1e-6)[0]


@program(normal(3, 3))
def matrix_powers(x):
    return jnp.linalg.matrix_power(x, 5), jnp.trace(x), jnp.linalg.norm(x, axis=0)


@program(positive(5, 5), normal(5))
def gaussian_log_density(covariance, x):
    factor = jnp.linalg.cholesky(covariance)
    z = lax.linalg.triangular_solve(factor, x[:, None], left_side=True, lower=True)[:, 0]
    return -0.5 * jnp.sum(z**2) - jnp.sum(jnp.log(jnp.diag(factor)))


@program(normal(4, 4))
def general_eigenvalues(x):
    values, vectors = jnp.linalg.eig(x)
    return jnp.abs(x @ vectors - vectors * values), jnp.sum(values), jnp.prod(values)


@program(normal(5, 3))
def ordered_orthogonal_factors(x):
    q, r, order = jsl.qr(x, mode="economic", pivoting=True)
    return q @ r, jnp.abs(r), order


@program(normal(2, 3, 5))
def square_singular_vectors(x):
    u, s, vt = jnp.linalg.svd(x)
    return s, (u * s[:, None]) @ vt[:, :3], vt @ jnp.swapaxes(vt, -1, -2)


@program(normal(3, 3, dtype="complex64"))
def hermitian_eigenvalues(x):
    values, vectors = jnp.linalg.eigh(x + x.conj().T)
    return values, (vectors * values) @ vectors.conj().T


@program(normal(5), normal(5), normal(5), normal(5, 2))
def three_diagonals(below, diagonal, above, y):
    return lax.linalg.tridiagonal_solve(below, diagonal + 3, above, y)


@program(normal(4, 4))
def triangular_forms(x):
    h, q = jsl.hessenberg(x, calc_q=True)
    t, z = jsl.schur(x, output="complex")
    return jnp.abs(h), q @ h @ q.T, jnp.abs(z @ t @ z.conj().T), jnp.trace(t)


@program(positive(3, 3))
def matrix_square_root(x):
    return jnp.real(jsl.sqrtm(x)), jnp.linalg.cond(x), jnp.linalg.matrix_rank(x)


@program(normal(4, 3))
def gradient_through_factors(x):
    def loss(x):
        _, r = jnp.linalg.qr(x)
        return jnp.sum(jnp.abs(r)) + jnp.sum(jnp.linalg.svd(x, compute_uv=False) ** 3)

    return jax.grad(loss)(x)
