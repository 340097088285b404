"""Rules for factors, inverses and determinants of matrices.

Cholesky factors and triangular systems are HLO ops; other factors are custom calls of LAPACK's
routines, named as JAX names them.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import (
    ComplexType,
    DictionaryAttr,
    IntegerAttr,
    StringAttr,
    TensorType,
    f32,
    f64,
    i32,
)
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import tf
from ireelite.dialects.chlo import functions as chlo
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.stablehlo.linear_algebra import CholeskyOp, Transpose, TriangularSolveOp
from ireelite.lowering.frontend.tf.arithmetic import (
    Tensor,
    choose,
    counted_loop,
    fill,
    indices,
    join,
    operand,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.indexing import gather_along
from ireelite.lowering.frontend.tf.nodes import Rule, fail, flag
from ireelite.lowering.frontend.tf.values import broadcast_last, common_shape

LETTERS = {f32: "s", f64: "d", ComplexType(f32): "c", ComplexType(f64): "z"}
"""Element type -> the first letter of LAPACK's routines."""


def matrices(node: tf.NodeOp, index: int, to: TfConversion, square: bool = False) -> Tensor:
    """Returns an operand of matrices, in any number of batch dimensions. Raises INVALID_ARGUMENT."""
    value = operand(node, index, to)
    if len(value.shape) < 2 or (square and value.shape[-1] != value.shape[-2]):
        kind = "square matrices" if square else "matrices"
        raise fail(node, f"takes {kind}, not {value.value.type}")
    if value.element not in LETTERS:
        raise fail(node, f"takes matrices of {', '.join(map(str, LETTERS))}, not {value.element}")
    return value


def lapack(
    routine: str,
    operands: Sequence[Tensor],
    results: Sequence[tuple[Attribute, Sequence[int]]],
    options: dict[str, str] | None = None,
) -> list[Tensor]:
    """Returns a call of a routine, whose options are letters."""
    to, letter = operands[0].to, LETTERS[operands[0].element]
    config = {key: IntegerAttr(ord(value), 8) for key, value in (options or {}).items()}
    call = CustomCallOp(
        operands=[[each.value for each in operands]],
        properties={
            "call_target_name": StringAttr(f"lapack_{letter}{routine}_ffi"),
            "backend_config": DictionaryAttr(config),
            "api_version": IntegerAttr(4, i32),
        },
        result_types=[[TensorType(element, shape) for element, shape in results]],
    )
    return [Tensor(result, to) for result in to.insert(call).results]


def transposed(matrix: Tensor) -> Tensor:
    rank = len(matrix.shape)
    return matrix.transpose(*range(rank - 2), rank - 1, rank - 2)


def adjoint(matrix: Tensor) -> Tensor:
    turned = transposed(matrix)
    return turned.apply(chlo.ConjOp) if isinstance(matrix.element, ComplexType) else turned


def identity(matrix: Tensor) -> Tensor:
    """Returns the identity of square matrices."""
    size = matrix.shape[-1]
    places = [indices(d, [size, size], i32, matrix.to) for d in (0, 1)]
    one = places[0].equals(places[1]).as_type(matrix.element)
    rank = len(matrix.shape)
    return one.broadcast(matrix.shape, [rank - 2, rank - 1])


def diagonal(matrix: Tensor) -> Tensor:
    """Returns the diagonals of square matrices."""
    rank = len(matrix.shape)
    places = [indices(rank - d, matrix.shape, i32, matrix.to) for d in (2, 1)]
    return choose(places[0].equals(places[1]), matrix, 0).sum(rank - 1)


# -- triangles -------------------------------------------------------------------------------------


def lower_cholesky(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns the lower factor, with zeros above its diagonal."""
    matrix = matrices(node, 0, to, square=True)
    factor = Tensor(to.insert(CholeskyOp(matrix.value, True)).result, to)
    return triangle(factor, is_lower=True).value


def triangle(matrix: Tensor, is_lower: bool) -> Tensor:
    """Returns a triangle with its diagonal, and zeros elsewhere."""
    rank = len(matrix.shape)
    rows, columns = (indices(rank - d, matrix.shape, i32, matrix.to) for d in (2, 1))
    return choose(columns <= rows if is_lower else rows <= columns, matrix, 0)


def solved(
    matrix: Tensor, right: Tensor, lower: bool, unit: bool = False, is_adjoint: bool = False
) -> Tensor:
    """Returns the solution of triangular systems."""
    form = Transpose.ADJOINT if is_adjoint else Transpose.NO_TRANSPOSE
    op = TriangularSolveOp(matrix.value, right.value, True, lower, unit, form)
    return Tensor(matrix.to.insert(op).result, matrix.to)


def lower_triangular_solve(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    matrix, right = matrices(node, 0, to, square=True), matrices(node, 1, to)
    if matrix.shape[-1] != right.shape[-2]:
        raise fail(node, f"{matrix.value.type} does not fit {right.value.type}")
    batch = common_shape(node, [matrix.shape[:-2], right.shape[:-2]])
    matrix, right = (
        Tensor(broadcast_last(each.value, [*batch, *each.shape[-2:]], to), to)
        for each in (matrix, right)
    )
    is_lower = "lower" not in node.attributes or flag(node, "lower")
    return solved(matrix, right, is_lower, is_adjoint=flag(node, "adjoint")).value


# -- elimination -----------------------------------------------------------------------------------


def eliminated(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Returns both triangular factors in one matrix, and the row, from 1 on, that each row is
    swapped with.
    """
    *batch, rows, columns = matrix.shape
    results = [(matrix.element, matrix.shape), (i32, [*batch, min(rows, columns)]), (i32, batch)]
    factors, swaps, _ = lapack("getrf", [matrix], results)
    return factors, swaps


def permutation(swaps: Tensor) -> Tensor:
    """Returns the order of the rows that swaps leave, counted from 0."""
    to, shape = swaps.to, swaps.shape
    last = len(shape) - 1
    places = indices(last, shape, i32, to)

    def turn(number: Tensor, carried: list[Tensor]) -> list[Tensor]:
        (order,) = carried
        here = places.equals(number)
        partner = choose(here, swaps - 1, 0).sum(last)
        there = places.equals(partner.broadcast(shape, range(last)))
        one, other = (
            choose(mask, order, 0).sum(last).broadcast(shape, range(last)) for mask in (here, there)
        )
        return [choose(here, other, choose(there, one, order))]

    return counted_loop(shape[-1], [places], turn)[0]


def solution(matrix: Tensor, right: Tensor) -> Tensor:
    """Returns the solution of linear systems, by elimination with pivots."""
    if not matrix.shape[-1]:
        return right
    factors, swaps = eliminated(matrix)
    order, batch = permutation(swaps), len(matrix.shape) - 2
    rows = gather_along(right.value, order.value, batch, batch, matrix.to)
    below = solved(factors, Tensor(rows, matrix.to), lower=True, unit=True)
    return solved(factors, below, lower=False)


def lower_inverse(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    matrix = matrices(node, 0, to, square=True)
    matrix = adjoint(matrix) if flag(node, "adjoint") else matrix
    return solution(matrix, identity(matrix)).value


def lower_solve(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    matrix, right = matrices(node, 0, to, square=True), matrices(node, 1, to)
    if matrix.shape[:-1] != right.shape[:-1]:
        raise fail(node, f"{matrix.value.type} does not fit {right.value.type}")
    matrix = adjoint(matrix) if flag(node, "adjoint") else matrix
    return solution(matrix, right).value


def parity(swaps: Tensor) -> Tensor:
    """Returns whether the number of rows that were swapped is odd."""
    last = len(swaps.shape) - 1
    places = indices(last, swaps.shape, i32, swaps.to) + 1
    count = swaps.compare("NE", places).as_type(i32).sum(last)
    return (count & fill(1, count, count.shape)).equals(1)


def lower_determinant(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    matrix = matrices(node, 0, to, square=True)
    if not matrix.shape[-1]:
        return fill(1, matrix, matrix.shape[:-2]).value
    factors, swaps = eliminated(matrix)
    ends = diagonal(factors)
    product = ends.reduce(ew.MultiplyOp, 1, len(ends.shape) - 1)
    return choose(parity(swaps), -product, product).value


def lower_log_determinant(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns the sign of determinants, and the logarithms of their magnitudes."""
    matrix = matrices(node, 0, to, square=True)
    if isinstance(matrix.element, ComplexType):
        raise fail(node, "takes real matrices")
    if not matrix.shape[-1]:
        return [fill(n, matrix, matrix.shape[:-2]).value for n in (1, 0)]
    factors, swaps = eliminated(matrix)
    ends = diagonal(factors)
    last = len(ends.shape) - 1
    sign = ends.apply(ew.SignOp).reduce(ew.MultiplyOp, 1, last)
    return [choose(parity(swaps), -sign, sign).value, abs(ends).log().sum(last).value]


def lower_factors(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `Lu`: both factors in one matrix, and the order of its rows."""
    matrix = matrices(node, 0, to, square=True)
    factors, swaps = eliminated(matrix)
    index = node.attributes.get("output_idx_type", i32)
    return [factors.value, permutation(swaps).as_type(index).value]


# -- orthogonal factors ----------------------------------------------------------------------------


def lower_qr(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Returns an orthogonal factor and an upper triangle; full ones have all columns and rows."""
    matrix = matrices(node, 0, to)
    *batch, rows, columns = matrix.shape
    count = min(rows, columns)
    reflectors, scales = lapack(
        "geqrf", [matrix], [(matrix.element, matrix.shape), (matrix.element, [*batch, count])]
    )
    rank, is_full = len(matrix.shape), flag(node, "full_matrices")
    width = rows if is_full else count
    left = reflectors.part(rank - 1, 0, min(columns, width))
    if width > columns:
        zeros = fill(0, matrix, [*batch, rows, width - columns])
        left = join([left, zeros], rank - 1)
    routine = "ungqr" if isinstance(matrix.element, ComplexType) else "orgqr"
    (q,) = lapack(routine, [left, scales], [(matrix.element, left.shape)])
    r = triangle(reflectors.part(rank - 2, 0, width), is_lower=False)
    return [q.value, r.value]


def lower_svd(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `Svd`: singular values from the largest on, and the vectors on the left and on the
    right, as columns. Without vectors their results are empty.
    """
    matrix = matrices(node, 0, to)
    *batch, rows, columns = matrix.shape
    count, is_full = min(rows, columns), flag(node, "full_matrices")
    wants = "compute_uv" not in node.attributes or flag(node, "compute_uv")
    widths = (rows, columns) if is_full else (count, count)
    results = [
        (matrix.element, matrix.shape),
        (real_of(matrix.element), [*batch, count]),
        (matrix.element, [*batch, rows, widths[0]]),
        (matrix.element, [*batch, widths[1], columns]),
        (i32, batch),
    ]
    mode = ("A" if is_full else "S") if wants else "N"
    _, values, left, right, _ = lapack("gesdd", [matrix], results, {"mode": mode})
    empty = fill(0, matrix, [0])
    vectors = [left, adjoint(right)] if wants else [empty, empty]
    return [values.as_type(matrix.element).value, *(each.value for each in vectors)]


def real_of(element: Attribute) -> Attribute:
    return element.element_type if isinstance(element, ComplexType) else element


def lower_eigenvectors(node: tf.NodeOp, to: TfConversion) -> Sequence[SSAValue]:
    """Lowers `SelfAdjointEigV2`: eigenvalues of symmetric matrices, from the smallest on, and
    vectors.
    """
    matrix = matrices(node, 0, to, square=True)
    wants = "compute_v" not in node.attributes or flag(node, "compute_v")
    *batch, size, _ = matrix.shape
    results = [
        (matrix.element, matrix.shape),
        (real_of(matrix.element), [*batch, size]),
        (i32, batch),
    ]
    options = {"mode": "V" if wants else "N", "uplo": "L"}
    routine = "heevd" if isinstance(matrix.element, ComplexType) else "syevd"
    vectors, values, _ = lapack(routine, [matrix], results, options)
    vectors = vectors if wants else fill(0, matrix, [0])
    return [values.as_type(matrix.element).value, vectors.value]


# -- bands -----------------------------------------------------------------------------------------


def lower_tridiagonal_solve(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Solves systems whose matrices are three diagonals, the upper one first, with pivoting."""
    diagonals, right = operand(node, 0, to), matrices(node, 1, to)
    *batch, three, size = diagonals.shape
    if three != 3 or list(right.shape[:-1]) != [*batch, size] or right.element != diagonals.element:
        raise fail(node, f"{right.value.type} does not fit diagonals {diagonals.value.type}")
    above, diagonal, below = (diagonals.item(len(batch), n) for n in range(3))
    element = right.element
    results = [(element, (*batch, size))] * 3
    solved = lapack(
        "gtsv",
        [below, diagonal, above, right],
        [*results, (element, right.shape), (i32, batch)],
    )
    return solved[3].value


def lower_tridiagonal_product(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Matrices of three diagonals times others. The first element of the lower diagonal and the last
    of the upper one have no place.
    """
    upper, middle, lower, right = (operand(node, index, to) for index in range(4))
    rank = len(right.shape)
    size = right.shape[-2]
    row = fill(0, right, [*right.shape[:-2], 1, right.shape[-1]])
    above = join([row, right.part(rank - 2, 0, size - 1)], rank - 2)
    below = join([right.part(rank - 2, 1, size), row], rank - 2)
    parts = [
        transposed(band) * rows for band, rows in ((upper, below), (middle, right), (lower, above))
    ]
    return (parts[0] + parts[1] + parts[2]).value


RULES: dict[str, Rule] = {
    "Cholesky": Rule(lower_cholesky, 1),
    "LogMatrixDeterminant": Rule(lower_log_determinant, 1),
    "Lu": Rule(lower_factors, 1),
    "MatrixDeterminant": Rule(lower_determinant, 1),
    "MatrixInverse": Rule(lower_inverse, 1),
    "MatrixSolve": Rule(lower_solve, 2),
    "MatrixTriangularSolve": Rule(lower_triangular_solve, 2),
    "Qr": Rule(lower_qr, 1),
    "SelfAdjointEigV2": Rule(lower_eigenvectors, 1),
    "Svd": Rule(lower_svd, 1),
    "TridiagonalSolve": Rule(lower_tridiagonal_solve, 2),
    "TridiagonalMatMul": Rule(lower_tridiagonal_product, 4),
}
"""TensorFlow op -> the rule of an op on matrices."""
