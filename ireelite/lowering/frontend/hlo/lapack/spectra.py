"""Eigenvalues and singular values: `syevd`, `gesdd`, `gees` and `geev`."""

from __future__ import annotations

from xdsl.dialects.builtin import ComplexType, i1
from xdsl.ir import SSAValue

from ireelite.dialects.extensions.iree_tensor import (
    EigenOp,
    EigenvectorsOp,
    HessenbergOp,
    OrthogonalizeOp,
    QrOp,
    ReflectOp,
    SchurOp,
)
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.indexing import PadOp
from ireelite.dialects.stablehlo.mixed import ComplexOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import broadcast, constant
from ireelite.lowering.frontend.hlo.lapack.call import Call, Results
from ireelite.lowering.frontend.hlo.lapack.matrices import (
    adjoint,
    compare_places,
    diagonal,
    flipped,
    identity,
    imaginary_part,
    keep,
    not_finite,
    part_of,
    real_part,
)
from ireelite.lowering.rewriting.conversion import Conversion


def hermitian_eigenvalues(call: Call, to: Conversion) -> Results:
    """Expands `syevd` and `heevd`. An upper triangle is the lower one of the adjoint."""
    (matrix,) = call.matrices
    made = to.insert(EigenOp(matrix if call.flag("lower") else adjoint(matrix, to)))
    return {"a": made.vectors, "values": made.values, "info": not_finite(matrix, to)}


def schur_form(call: Call, to: Conversion) -> Results:
    """Expands `gees`. Raises UNIMPLEMENTED for real matrices, whose form has blocks of two rows."""
    (matrix,) = call.matrices
    if not isinstance(element_type_of(matrix), ComplexType):
        raise call.refuse("has no lowering: convert the matrix to complex numbers first")
    if call.letter("sort") != "N":
        raise call.refuse("sorts no eigenvalues: 'sort' must be N")
    made = triangle_of(matrix, to)
    kept = keep(compare_places("LE", shape_of(matrix), to), made.triangle, to)
    return {
        "a": kept,
        "vectors": made.vectors,
        "values": diagonal(made.triangle, to),
        "info": failure(made, matrix, to),
    }


def failure(made: SchurOp, matrix: SSAValue, to: Conversion) -> SSAValue:
    """Returns 0 for each matrix, or a number above 0 if its form was not found or has no numbers."""
    return to.insert(ew.OrOp(made.failed, not_finite(matrix, to))).result


def triangle_of(matrix: SSAValue, to: Conversion) -> SchurOp:
    """Returns the triangular form of complex matrices, from their Hessenberg form, and its basis."""
    shape = shape_of(matrix)
    reduced = to.insert(HessenbergOp(matrix))
    band = keep(compare_places("LE", shape, to, 1), reduced.factors, to)
    return to.insert(SchurOp(band, basis_of(reduced, to)))


def basis_of(reduced: HessenbergOp, to: Conversion) -> SSAValue:
    """Returns the product of the reflectors of a Hessenberg form, which leave the first row alone:
    those that begin a row and a column further on are shifted there, and leave a first column of
    zeros.
    """
    *batch, size, _ = shape_of(reduced.a)
    element = element_type_of(reduced.a)
    none, number = [0] * len(batch), constant(0, element, to)
    shifted = to.insert(
        PadOp(reduced.factors, number, [*none, 0, 1], [*none, 0, -1], [*none, 0, 0])
    )
    taus = to.insert(PadOp(reduced.taus, number, [*none, 1], [*none, 0], [*none, 0]))
    one = identity(element, (*batch, size, size), to)
    return to.insert(ReflectOp(shifted.results[0], taus.results[0], one)).result


def complex_numbers(value: SSAValue, to: Conversion) -> SSAValue:
    """Returns real numbers as complex ones."""
    zero = constant(0, element_type_of(value), to, shape_of(value))
    return to.insert(ComplexOp(value, zero)).result


def eigenvalues(call: Call, to: Conversion) -> Results:
    """Expands `geev`. Left eigenvectors are the right ones of the adjoint, whose triangular form is
    that of the matrix in reverse order.
    """
    (matrix,) = call.matrices
    element = element_type_of(matrix)
    is_complex = isinstance(element, ComplexType)
    made = triangle_of(matrix if is_complex else complex_numbers(matrix, to), to)
    values = diagonal(made.triangle, to)
    results = {"values": values, "info": failure(made, matrix, to)}
    if not is_complex:
        results["real"], results["imaginary"] = real_part(values, to), imaginary_part(values, to)
    if call.letter("compute_right") == "V":
        results["right"] = to.insert(EigenvectorsOp(made.triangle, made.vectors)).vectors
    if call.letter("compute_left") == "V":
        back = flipped(adjoint(made.triangle, to), (-2, -1), to)
        vectors = to.insert(EigenvectorsOp(back, flipped(made.vectors, (-1,), to))).vectors
        results["left"] = flipped(vectors, (-1,), to)
    return results


def singular_values(call: Call, to: Conversion) -> Results:
    """Expands `gesdd`, with `mode` A for square factors, S for those with as many columns as
    values, N for values only. A wide matrix is factored as its adjoint.
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
    """Returns the letter of today's calls, from the flags of older ones too."""
    if "compute_uv" not in call.numbers:
        return call.letter("mode")
    if not call.flag("compute_uv"):
        return "N"
    return "A" if call.flag("full_matrices") else "S"


def left_vectors(orthogonal: SSAValue, count: int, to: Conversion) -> SSAValue:
    """Returns orthogonal columns as `count` orthonormal ones, completed. A reflection gives them
    the signs of the diagonal of R, and takes columns of length 0 as it takes those that are
    missing.
    """
    made = to.insert(QrOp(orthogonal))
    *batch, rows, _ = shape_of(orthogonal)
    element = element_type_of(orthogonal)
    corner = real_part(diagonal(made.factors, to), to)
    zero = constant(0, part_of(element), to, shape_of(corner))
    negative = to.insert(CompareOp("LT", corner, zero)).result
    missing = count - shape_of(corner)[-1]
    no, none = constant(0, i1, to), [0] * (len(batch) + 1)
    negative = to.insert(PadOp(negative, no, none, [*none[1:], missing], none)).results[0]
    shape = (*batch, rows, count)
    signs = broadcast(negative, (*range(len(batch)), len(batch) + 1), shape, to)
    one = identity(element, shape, to)
    start = to.insert(SelectOp(signs, to.insert(ew.NegateOp(one)).result, one)).result
    return to.insert(ReflectOp(made.factors, made.taus, start)).result
