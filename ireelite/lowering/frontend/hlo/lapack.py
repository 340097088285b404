"""Custom calls of LAPACK's and BLAS's routines, as JAX makes them on CPUs, for which HLO has an op.

Options are the letters that the routines take, as numbers: `uplo = 76` is L.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ComplexType, DictionaryAttr, IntegerAttr, TensorType, i1, i32
from xdsl.ir import SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.extensions.iree_tensor import LuOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.composition import CustomCallOp
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.dialects.stablehlo.linear_algebra import (
    CholeskyOp,
    Transpose,
    TriangularSolveOp,
)
from ireelite.dialects.stablehlo.mixed import RealOp
from ireelite.lowering.frontend.hlo.building import add, constant, convert
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import invalid_argument

FORMS = {"N": Transpose.NO_TRANSPOSE, "T": Transpose.TRANSPOSE, "C": Transpose.ADJOINT}


def letter(op: CustomCallOp, name: str) -> str:
    """An option of the call. Raises INVALID_ARGUMENT if it is not there."""
    for options in (op.attributes.get("mhlo.backend_config"), op.backend_config):
        if isinstance(options, DictionaryAttr):
            value = options.data.get(name)
            if isinstance(value, IntegerAttr):
                return chr(value.value.data)
    raise invalid_argument(f"custom call '{op.target}' needs the option '{name}'")


def check_count(op: CustomCallOp, operands: int, results: int) -> None:
    """Raises INVALID_ARGUMENT for a call with other numbers of operands or results."""
    if (len(op.operands), len(op.results)) != (operands, results):
        raise invalid_argument(
            f"custom call '{op.target}' takes {operands} operands and yields {results} results, "
            f"not {len(op.operands)} and {len(op.results)}"
        )


def factor_positive_definite(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """`potrf`: the factor, and 0, or 1 for a matrix that is not positive definite. Such a matrix leaves
    no positive number at the end of the factor's diagonal.
    """
    check_count(op, 1, 2)
    (matrix,), lower = op.operands, letter(op, "uplo") == "L"
    factor = to.insert(CholeskyOp(matrix, lower)).result
    *batch, size, _ = shape_of(matrix)
    info, element = op.results[1], element_type_of(matrix)
    if size == 0:
        return [factor, constant(0, element_type_of(info), to, batch)]
    place = [(0, extent, 1) for extent in batch] + [(size - 1, size, 1)] * 2
    last = to.insert(hlo.SliceOp(factor, place)).results[0]
    last = to.insert(hlo.ReshapeOp(last, TensorType(element, batch))).result
    if isinstance(element, ComplexType):
        element = element.element_type
        last = to.insert(RealOp(last)).result
    zero = constant(0, element, to, batch)
    positive = to.insert(ew.CompareOp("GT", last, zero)).result
    failed = to.insert(ew.XorOp(positive, constant(1, i1, to, batch))).result
    return [factor, convert(failed, element_type_of(info), to)]


def solve_triangular(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """`trsm`"""
    check_count(op, 2, 1)
    form = letter(op, "trans_x")
    if form not in FORMS:
        raise invalid_argument(f"custom call '{op.target}' has no form '{form}' of a matrix")
    a, b = op.operands
    left, lower = letter(op, "side") == "L", letter(op, "uplo") == "L"
    unit = letter(op, "diag") == "U"
    return [to.insert(TriangularSolveOp(a, b, left, lower, unit, FORMS[form])).result]


def factor(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """`getrf`: both factors, the row that each row was swapped with, counted from 1, and 0 or, for a
    singular matrix, the number of its first pivot that is 0.
    """
    check_count(op, 1, 3)
    made = to.insert(LuOp(op.operands[0]))
    *batch, pivots = shape_of(made.swaps)
    one = constant(1, element_type_of(made.swaps), to, (*batch, pivots))
    rows = add(made.swaps, one, to)
    info = first_zero(made.factors, pivots, to)
    return [
        made.factors,
        convert(rows, element_type_of(op.results[1]), to),
        convert(info, element_type_of(op.results[2]), to),
    ]


def first_zero(factors: SSAValue, pivots: int, to: Conversion) -> SSAValue:
    """The number, from 1 on, of the first 0 in the diagonal of each matrix; 0 if there is none."""
    *batch, rows, columns = shape_of(factors)
    shape, rank = (*batch, rows, columns), len(batch)
    element, none = element_type_of(factors), pivots + 1
    row, column = (
        to.insert(hlo.IotaOp(rank + d, TensorType(i32, shape))).results[0] for d in (0, 1)
    )
    diagonal = to.insert(ew.CompareOp("EQ", row, column)).result
    zero = to.insert(ew.CompareOp("EQ", factors, constant(0, element, to, shape))).result
    here = to.insert(ew.AndOp(diagonal, zero)).result
    counted = add(row, constant(1, i32, to, shape), to)
    candidates = to.insert(ew.SelectOp(here, counted, constant(none, i32, to, shape))).result
    body = hlo.ReduceOp.simple_body(ew.MinimumOp, i32)
    least = to.insert(
        hlo.ReduceOp([candidates], [constant(none, i32, to)], [rank, rank + 1], body)
    ).outputs[0]
    found = to.insert(ew.CompareOp("LT", least, constant(none, i32, to, batch))).result
    return to.insert(ew.SelectOp(found, least, constant(0, i32, to, batch))).result


LAPACK: dict[str, InPlaceRule] = {
    f"lapack_{kind}{routine}_ffi": rule
    for routine, rule in (
        ("getrf", factor),
        ("potrf", factor_positive_definite),
        ("trsm", solve_triangular),
    )
    for kind in "sdcz"
}
"""Target's name -> its rule, for floats of 32 and 64 bits, real and complex."""
