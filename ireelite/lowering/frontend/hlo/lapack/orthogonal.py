"""Orthogonal factors: `geqrf`, `geqp3`, `orgqr`, `ormqr`, `gehrd` and `sytrd`."""

from __future__ import annotations

from xdsl.dialects.builtin import i32
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import HessenbergOp, QrOp, ReflectOp
from ireelite.dialects.stablehlo.comparison import SelectOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import add, constant
from ireelite.lowering.frontend.hlo.lapack.call import Call, Results
from ireelite.lowering.frontend.hlo.lapack.matrices import (
    adjoint,
    compare_places,
    diagonal,
    flipped,
    identity,
    real_part,
)
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import constant_array


def factor_orthogonal(call: Call, to: Conversion) -> Results:
    """Expands `geqrf`."""
    made = to.insert(QrOp(call.matrices[0]))
    return {"a": made.factors, "taus": made.taus}


def factor_in_order(call: Call, to: Conversion) -> Results:
    """Expands `geqp3`. Raises UNIMPLEMENTED for columns that are to stay in front."""
    matrix, fixed = call.matrices
    known = constant_array(fixed)
    if known is None or known.any():
        raise call.refuse("fixes no columns: it needs zeros as its second operand")
    made = to.insert(QrOp(matrix, True))
    one = constant(1, i32, to, shape_of(made.order))
    return {"a": made.factors, "order": add(made.order, one, to), "taus": made.taus}


def product_of_reflectors(call: Call, to: Conversion) -> Results:
    """Expands `orgqr` and `ungqr`."""
    a, taus = call.matrices
    return {
        "a": to.insert(ReflectOp(a, taus, identity(element_type_of(a), shape_of(a), to))).result
    }


def multiply_by_reflectors(call: Call, to: Conversion) -> Results:
    """Expands `ormqr` and `unmqr`: `c Q` is `(Qᴴ cᴴ)ᴴ`."""
    a, taus, c = call.matrices
    transposed = call.flag("transpose")
    if call.flag("left"):
        return {"c": to.insert(ReflectOp(a, taus, c, transposed)).result}
    product = to.insert(ReflectOp(a, taus, adjoint(c, to), not transposed)).result
    return {"c": adjoint(product, to)}


def reduce_to_hessenberg(call: Call, to: Conversion) -> Results:
    """Expands `gehrd`. Raises UNIMPLEMENTED for a part of a matrix."""
    (matrix,) = call.matrices
    if (call.needed("low"), call.needed("high")) != (1, shape_of(matrix)[-1]):
        raise call.refuse("reduces whole matrices only: 'low' is 1 and 'high' their size")
    made = to.insert(HessenbergOp(matrix))
    return {"a": made.factors, "taus": made.taus}


def reduce_to_tridiagonal(call: Call, to: Conversion) -> Results:
    """Expands `sytrd` and `hetrd`. The Hessenberg form of a Hermitian matrix has three diagonals;
    an upper triangle is a lower one in reverse order.
    """
    (matrix,), lower = call.matrices, call.flag("lower")
    if not lower:
        matrix = flipped(matrix, (-2, -1), to)
    made = to.insert(HessenbergOp(hermitian(matrix, to)))
    below = compare_places("GE", shape_of(matrix), to)
    factors = to.insert(SelectOp(below, made.factors, matrix)).result
    results = {
        "a": factors,
        "diagonal": real_part(diagonal(factors, to), to),
        "beside": real_part(diagonal(factors, to, 1), to),
        "taus": made.taus,
    }
    if lower:
        return results
    return {
        name: flipped(value, (-2, -1) if name == "a" else (-1,), to)
        for name, value in results.items()
    }


def hermitian(matrix: SSAValue, to: Conversion) -> SSAValue:
    """Returns the Hermitian matrices of which these have the lower triangles."""
    below = compare_places("GE", shape_of(matrix), to)
    return to.insert(SelectOp(below, matrix, adjoint(matrix, to))).result
