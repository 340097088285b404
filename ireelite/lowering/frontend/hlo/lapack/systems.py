"""Triangular factors, and systems of equations: `potrf`, `trsm`, `getrf` and `gtsv`."""

from __future__ import annotations

from xdsl.dialects.builtin import ComplexType, TensorType, i1, i32
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.extensions.iree_tensor import LuOp, TridiagonalSolveOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.linear_algebra import (
    CholeskyOp,
    Transpose,
    TriangularSolveOp,
)
from ireelite.dialects.stablehlo.mixed import RealOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import add, broadcast, constant, multiply
from ireelite.lowering.frontend.hlo.lapack.call import Call, Results
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import invalid_argument

FORMS = {"N": Transpose.NO_TRANSPOSE, "T": Transpose.TRANSPOSE, "C": Transpose.ADJOINT}
"""Letter -> form of a matrix. Older calls have the letters' places."""


def factor_positive_definite(call: Call, to: Conversion) -> Results:
    """Expands `potrf`: the factor, and 0, or 1 for a matrix that is not positive definite. Such a
    matrix leaves no positive number at the end of the factor's diagonal.
    """
    (matrix,) = call.matrices
    factor = to.insert(CholeskyOp(matrix, call.flag("lower"))).result
    *batch, size, _ = shape_of(matrix)
    element = element_type_of(matrix)
    if size == 0:
        return {"a": factor}
    place = [(0, extent, 1) for extent in batch] + [(size - 1, size, 1)] * 2
    last = to.insert(hlo.SliceOp(factor, place)).results[0]
    last = to.insert(hlo.ReshapeOp(last, TensorType(element, batch))).result
    if isinstance(element, ComplexType):
        element = element.element_type
        last = to.insert(RealOp(last)).result
    zero = constant(0, element, to, batch)
    positive = to.insert(CompareOp("GT", last, zero)).result
    failed = to.insert(ew.XorOp(positive, constant(1, i1, to, batch))).result
    return {"a": factor, "info": failed}


def solve_triangular(call: Call, to: Conversion) -> Results:
    """Expands `trsm`. Calls before JAX 0.6 have a factor of the right side too."""
    form = call.option("form")
    letter = call.letter("trans_x") if form is None else "".join(FORMS)[form]
    if letter not in FORMS:
        raise invalid_argument(f"custom call '{call.op.target}' has no form '{letter}' of a matrix")
    a, b = call.matrices
    if (factor := call.numbers.get("alpha")) is not None:
        b = multiply(broadcast(factor, (), shape_of(b), to), b, to)
    left, lower, unit = (call.flag(name) for name in ("left", "lower", "unit"))
    return {"b": to.insert(TriangularSolveOp(a, b, left, lower, unit, FORMS[letter])).result}


def factor(call: Call, to: Conversion) -> Results:
    """Expands `getrf`: both factors, the row that each row was swapped with, counted from 1, and 0
    or, for a singular matrix, the number of its first pivot that is 0.
    """
    made = to.insert(LuOp(call.matrices[0]))
    *batch, pivots = shape_of(made.swaps)
    one = constant(1, element_type_of(made.swaps), to, (*batch, pivots))
    rows = add(made.swaps, one, to)
    info = first_zero(made.factors, pivots, to)
    return {"a": made.factors, "pivots": rows, "info": info}


def solve_tridiagonal(call: Call, to: Conversion) -> Results:
    """Expands `gtsv`. The diagonals beside the main one are as long: the first element of the one
    below and the last of the one above are not used.
    """
    below, diagonal, above, b = call.matrices
    *batch, size = shape_of(diagonal)
    whole = [(0, extent, 1) for extent in batch]
    below = to.insert(hlo.SliceOp(below, [*whole, (1, size, 1)])).results[0]
    above = to.insert(hlo.SliceOp(above, [*whole, (0, size - 1, 1)])).results[0]
    made = to.insert(TridiagonalSolveOp(below, diagonal, above, b)).results
    return {"diagonal": made[1], "b": made[3]}


def first_zero(factors: SSAValue, pivots: int, to: Conversion) -> SSAValue:
    """Returns the number, from 1 on, of the first 0 in the diagonal of each matrix; 0 if there is
    none.
    """
    *batch, rows, columns = shape_of(factors)
    shape, rank = (*batch, rows, columns), len(batch)
    element, none = element_type_of(factors), pivots + 1
    row, column = (
        to.insert(hlo.IotaOp(rank + d, TensorType(i32, shape))).results[0] for d in (0, 1)
    )
    diagonal = to.insert(CompareOp("EQ", row, column)).result
    zero = to.insert(CompareOp("EQ", factors, constant(0, element, to, shape))).result
    here = to.insert(ew.AndOp(diagonal, zero)).result
    counted = add(row, constant(1, i32, to, shape), to)
    candidates = to.insert(SelectOp(here, counted, constant(none, i32, to, shape))).result
    body = hlo.ReduceOp.simple_body(ew.MinimumOp, i32)
    least = to.insert(
        hlo.ReduceOp([candidates], [constant(none, i32, to)], [rank, rank + 1], body)
    ).outputs[0]
    found = to.insert(CompareOp("LT", least, constant(none, i32, to, batch))).result
    return to.insert(SelectOp(found, least, constant(0, i32, to, batch))).result
