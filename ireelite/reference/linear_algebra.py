"""Linear algebra of StableHLO, and the custom calls of it that upstream has."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.contractions import accumulator
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, flag, rounded, word
from ireelite.reference.steps import CALL, places


def cholesky(op: Operation, frame: Frame, a: Array) -> Array:
    """Returns the triangular factor; NaN for a matrix that is not positive definite."""
    lower, exact = flag(op, "lower"), accumulator(a, a.dtype)
    result = np.zeros_like(exact)
    for place in places(a.shape[:-2], CALL):
        matrix = exact[place]
        half = np.tril(matrix) if lower else np.triu(matrix).conj().T
        whole = half + np.tril(half, -1).conj().T
        try:
            factor = np.linalg.cholesky(whole)
        except np.linalg.LinAlgError:
            factor = np.full_like(whole, np.nan)
        result[place] = factor if lower else factor.conj().T
    return rounded(result, a.dtype)


def triangular_solve(op: Operation, frame: Frame, a: Array, b: Array) -> Array:
    """Solves op(a) x = b, or x op(a) = b, by substitution on one triangle of a."""
    lower, unit, left = flag(op, "lower"), flag(op, "unit_diagonal"), flag(op, "left_side")
    form = word(op, "transpose_a")
    result = np.zeros_like(accumulator(b, b.dtype))
    for place in places(a.shape[:-2], CALL):
        matrix = accumulator(a[place], a.dtype)
        triangle = np.tril(matrix) if lower else np.triu(matrix)
        if unit:
            np.fill_diagonal(triangle, 1)
        if form == "TRANSPOSE":
            triangle = triangle.T
        elif form == "ADJOINT":
            triangle = triangle.conj().T
        right = accumulator(b[place], b.dtype)
        solved = (
            np.linalg.solve(triangle, right) if left else np.linalg.solve(triangle.T, right.T).T
        )
        result[place] = solved
    return rounded(result, b.dtype)


def householder_product(op: Operation, frame: Frame, a: Array, taus: Array) -> Array:
    """Returns the first columns of the product of the reflectors that are the columns of a."""
    rows, columns = a.shape[-2:]
    result = np.zeros_like(accumulator(a, a.dtype))
    for place in places(a.shape[:-2], CALL):
        product = np.eye(rows, dtype=result.dtype)
        for k in range(taus.shape[-1]):
            vector = accumulator(a[place][:, k], a.dtype).copy()
            vector[:k], vector[k] = 0, 1
            factor = complex(taus[place][k]) if a.dtype.kind == "c" else float(taus[place][k])
            product = product - factor * np.outer(product @ vector, vector.conj())
        result[place] = product[:, :columns]
    return rounded(result, a.dtype)


REFERENCES: Mapping[str, Reference] = {
    "stablehlo.cholesky": cholesky,
    "stablehlo.triangular_solve": triangular_solve,
}
