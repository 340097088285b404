"""Rules for TensorFlow ops on the diagonals of matrices."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import i1, i32
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo.elementwise import shape_of
from ireelite.lowering.frontend.tf.constants import (
    constant_int,
    constant_ints,
)
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import (
    Rule,
    fail,
)
from ireelite.lowering.frontend.tf.values import (
    broadcast,
    broadcast_last,
    compare,
    integers,
    iota,
    reshape,
    select,
    slices,
    splat,
)


def lower_band_part(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Keeps a band of diagonals; a negative width keeps all on that side."""
    value = to.value(node.data[0])
    lower, upper = (constant_int(node, index, to) for index in (1, 2))
    shape = shape_of(value)
    if len(shape) < 2:
        raise fail(node, f"{value.type} is no matrix")
    import numpy

    rows, columns = numpy.ogrid[: shape[-2], : shape[-1]]
    kept = (lower < 0) | (rows - columns <= lower)
    kept = kept & ((upper < 0) | (columns - rows <= upper))
    kept = numpy.broadcast_to(kept, shape[-2:])
    mask = integers(kept, i1, to)
    return select(broadcast_last(mask, shape, to), value, splat(0, value, to), to)


def on_diagonal(shape: Sequence[int], to: TfConversion) -> SSAValue:
    """Whether an element's last two indices are equal."""
    rows, columns = (iota(d, i32, shape[-2:], to) for d in (0, 1))
    return broadcast_last(compare("EQ", rows, columns, to), shape, to)


def check_diagonal(node: tf.NodeOp, to: TfConversion) -> None:
    """Raises UNIMPLEMENTED for a diagonal that is not the main one of a square matrix."""
    for index, default in zip(range(1, 4), (0, -1, -1)):
        if node.op_name in ("MatrixDiagV2", "MatrixDiagV3") or index == 1:
            if len(node.data) > index and set(constant_ints(node, index, to)) - {default}:
                raise fail(node, "only the main diagonal of a square matrix is supported")


def lower_diag(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Matrices with these diagonals, and zeros elsewhere."""
    check_diagonal(node, to)
    value = to.value(node.data[0])
    shape = shape_of(value)
    if not shape:
        raise fail(node, "takes vectors, not a scalar")
    square = [*shape, shape[-1]]
    spread = broadcast(value, square, range(len(shape)), to)
    return select(on_diagonal(square, to), spread, splat(0, value, to, square), to)


def lower_diag_part(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """The main diagonals of matrices: every (columns + 1)-th element of each."""
    check_diagonal(node, to)
    value = to.value(node.data[0])
    *batch, rows, columns = shape_of(value) if len(shape_of(value)) > 1 else (0, 0)
    if len(shape_of(value)) < 2:
        raise fail(node, f"{value.type} is no matrix")
    count = min(rows, columns)
    flat = reshape(value, [*batch, rows * columns], to)
    limit = (count - 1) * (columns + 1) + 1 if count else 0
    return slices(flat, [*((0, n, 1) for n in batch), (0, limit, columns + 1)], to)


def lower_set_diag(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value, diagonal = to.value(node.data[0]), to.value(node.data[1])
    shape = shape_of(value)
    if len(node.data) > 2 and set(constant_ints(node, 2, to)) - {0}:
        raise fail(node, "only the main diagonal is supported")
    if len(shape) < 2 or shape_of(diagonal) != (*shape[:-2], min(shape[-2:])):
        raise fail(node, f"a {diagonal.type} is not the diagonal of {value.type}")
    short = 1 if shape[-2] >= shape[-1] else 0
    dims = [*range(len(shape) - 2), len(shape) - 2 + short]
    spread = broadcast(diagonal, shape, dims, to)
    return select(on_diagonal(shape, to), spread, value, to)


RULES: dict[str, Rule] = {
    "MatrixBandPart": Rule(lower_band_part, 3),
    **dict.fromkeys(("MatrixDiag", "MatrixDiagV2", "MatrixDiagV3"), Rule(lower_diag, least=1)),
    **dict.fromkeys(
        ("MatrixDiagPart", "MatrixDiagPartV2", "MatrixDiagPartV3"), Rule(lower_diag_part, least=1)
    ),
    **dict.fromkeys(
        ("MatrixSetDiag", "MatrixSetDiagV2", "MatrixSetDiagV3"), Rule(lower_set_diag, least=2)
    ),
}
"""TensorFlow op -> the rule of an op on diagonals."""
