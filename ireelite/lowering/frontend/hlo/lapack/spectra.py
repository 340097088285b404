"""Eigenvalues and singular values: `syevd` and `gesdd`."""

from __future__ import annotations

from xdsl.dialects.builtin import i1
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import EigenOp, OrthogonalizeOp, QrOp, ReflectOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.dialects.stablehlo.indexing import PadOp
from ireelite.lowering.frontend.hlo.building import broadcast, constant
from ireelite.lowering.frontend.hlo.lapack.call import Call, Results
from ireelite.lowering.frontend.hlo.lapack.matrices import (
    adjoint,
    diagonal,
    identity,
    not_finite,
    part_of,
    real_part,
)
from ireelite.lowering.rewriting.conversion import Conversion


def hermitian_eigenvalues(call: Call, to: Conversion) -> Results:
    """`syevd` and `heevd`. An upper triangle is the lower one of the adjoint."""
    (matrix,) = call.matrices
    made = to.insert(EigenOp(matrix if call.flag("lower") else adjoint(matrix, to)))
    return {"a": made.vectors, "values": made.values, "info": not_finite(matrix, to)}


def singular_values(call: Call, to: Conversion) -> Results:
    """`gesdd`, `mode` A for square factors, S for those with as many columns as values, N for values
    only. A wide matrix is factored as its adjoint.
    """
    (matrix,) = call.matrices
    mode = mode_of(call)
    *_, rows, columns = shape_of(matrix)
    wide = rows < columns
    made = to.insert(OrthogonalizeOp(adjoint(matrix, to) if wide else matrix))
    results = {"a": matrix, "values": made.lengths, "info": not_finite(matrix, to)}
    if mode == "N":
        return results
    left = left_vectors(made.columns, max(rows, columns) if mode == "A" else min(rows, columns), to)
    u, v = (made.rotation, left) if wide else (left, made.rotation)
    return {**results, "u": u, "vt": adjoint(v, to)}


def mode_of(call: Call) -> str:
    """The letter of today's calls, from the flags of older ones too."""
    if "compute_uv" not in call.numbers:
        return call.letter("mode")
    if not call.flag("compute_uv"):
        return "N"
    return "A" if call.flag("full_matrices") else "S"


def left_vectors(orthogonal: SSAValue, count: int, to: Conversion) -> SSAValue:
    """Orthogonal columns as `count` orthonormal ones, completed. A reflection gives them the signs of
    the diagonal of R, and takes columns of length 0 as it takes those that are missing.
    """
    made = to.insert(QrOp(orthogonal))
    *batch, rows, _ = shape_of(orthogonal)
    element = element_type_of(orthogonal)
    corner = real_part(diagonal(made.factors, to), to)
    zero = constant(0, part_of(element), to, shape_of(corner))
    negative = to.insert(ew.CompareOp("LT", corner, zero)).result
    missing = count - shape_of(corner)[-1]
    no, none = constant(0, i1, to), [0] * (len(batch) + 1)
    negative = to.insert(PadOp(negative, no, none, [*none[1:], missing], none)).results[0]
    shape = (*batch, rows, count)
    signs = broadcast(negative, (*range(len(batch)), len(batch) + 1), shape, to)
    one = identity(element, shape, to)
    start = to.insert(ew.SelectOp(signs, to.insert(ew.NegateOp(one)).result, one)).result
    return to.insert(ReflectOp(made.factors, made.taus, start)).result
