"""Rules for TensorFlow ops on the diagonals of matrices.

Diagonal d of a matrix is that of the elements whose column is d more than their row. Where each
element of a result comes from follows from shapes and constants: a gather by constant places.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import i1
from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf.arithmetic import Tensor, fill, join, operand
from ireelite.lowering.frontend.tf.constants import constant_int, constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.indexing import rearranged
from ireelite.lowering.frontend.tf.nodes import Rule, check_table, fail, text
from ireelite.lowering.frontend.tf.values import broadcast_last, integers, select, splat

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]


def lower_band_part(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Keeps a band of diagonals; a negative width keeps all on that side."""
    import numpy

    value = to.value(node.data[0])
    lower, upper = (constant_int(node, index, to) for index in (1, 2))
    shape = shape_of(value)
    if len(shape) < 2:
        raise fail(node, f"{value.type} is no matrix")
    rows, columns = numpy.ogrid[: shape[-2], : shape[-1]]
    kept = (lower < 0) | (rows - columns <= lower)
    kept = kept & ((upper < 0) | (columns - rows <= upper))
    kept = numpy.broadcast_to(kept, shape[-2:])
    mask = integers(kept, i1, to)
    return select(broadcast_last(mask, shape, to), value, splat(0, value, to), to)


# -- places ----------------------------------------------------------------------------------------


def band_of(node: tf.NodeOp, index: int, to: TfConversion) -> tuple[int, int]:
    """Returns the lowest and the highest diagonal that an operand names. Raises INVALID_ARGUMENT."""
    if len(node.data) <= index:
        return 0, 0
    band = constant_ints(node, index, to)
    if not 1 <= len(band) <= 2 or band[0] > band[-1]:
        raise fail(node, f"its diagonals must be one number, or two in order, not {band}")
    return band[0], band[-1]


def diagonal_places(
    node: tf.NodeOp, band: tuple[int, int], rows: int, columns: int, default: str
) -> Array:
    """Returns, for each diagonal of a band, from the highest on, the places of its elements in a
    matrix: as many as the longest has, the others aligned to one side, with -1 where there are
    none.
    """
    import numpy

    low, high = band
    count = high - low + 1
    check_table(node, count * min(rows, columns), count)
    lengths = {d: min(rows + min(d, 0), columns - max(d, 0)) for d in range(low, high + 1)}
    if min(lengths.values()) <= 0 and (low, high) != (0, 0):
        raise fail(node, f"a matrix of {rows} x {columns} has no diagonals {low} to {high}")
    above, _, below = text(node, "align", default).partition("_")
    longest = max(lengths.values())
    places = numpy.full((high - low + 1, longest), -1)
    for line, d in enumerate(range(high, low - 1, -1)):
        row, column, count = max(-d, 0), max(d, 0), lengths[d]
        is_right = (above if d >= 0 else below) == "RIGHT"
        start = longest - count if is_right else 0
        steps = numpy.arange(count)
        places[line, start : start + count] = (row + steps) * columns + column + steps
    return places


ALIGNED_LEFT, ALIGNED = "LEFT_LEFT", "RIGHT_LEFT"


def alignment(node: tf.NodeOp) -> str:
    """Returns how diagonals of the band are aligned, where no attribute says it."""
    return ALIGNED if node.op_name.endswith("V3") else ALIGNED_LEFT


def fill_of(node: tf.NodeOp, index: int, value: Tensor) -> Tensor:
    return operand(node, index, value.to) if len(node.data) > index else fill(0, value)


# -- ops -------------------------------------------------------------------------------------------


def lower_diag(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Matrices with these diagonals, and zeros or a number elsewhere."""
    value, band = operand(node, 0, to), band_of(node, 1, to)
    count = band[1] - band[0] + 1
    if not value.shape or (count > 1 and value.shape[-2:-1] != (count,)):
        raise fail(node, f"{value.value.type} does not hold {count} diagonals")
    stated = [constant_int(node, n, to) if len(node.data) > n else -1 for n in (2, 3)]
    least = value.shape[-1] + max(-band[1], 0), value.shape[-1] + max(band[0], 0)
    sizes = [size if size >= 0 else None for size in stated]
    if sizes == [None, None]:
        sizes = [max(least)] * 2
    rows, columns = (size or short for size, short in zip(sizes, least))
    check_table(node, rows * columns)
    places = diagonal_places(node, band, rows, columns, alignment(node))
    if places.shape[1] != value.shape[-1]:
        raise fail(node, f"{value.value.type} is no diagonal of {rows} x {columns}")
    source = inverted(places, rows, columns)
    return rearranged(value, 2 if count > 1 else 1, source, fill_of(node, 4, value)).value


def inverted(places: Array, rows: int, columns: int) -> Array:
    """Returns, for each element of a matrix, the place on the diagonals that leads to it, or -1."""
    import numpy

    source = numpy.full(rows * columns, -1)
    flat = places.reshape(-1)
    source[flat[flat >= 0]] = numpy.flatnonzero(flat >= 0)
    return source.reshape(rows, columns)


def lower_diag_part(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns the diagonals of matrices."""
    value, band = operand(node, 0, to), band_of(node, 1, to)
    if len(value.shape) < 2:
        raise fail(node, f"{value.value.type} is no matrix")
    rows, columns = value.shape[-2:]
    places = diagonal_places(node, band, rows, columns, alignment(node))
    if band[0] == band[1]:
        places = places[0]
    return rearranged(value, 2, places, fill_of(node, 2, value)).value


def lower_set_diag(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Matrices whose diagonals are replaced."""
    import numpy

    value, diagonals = operand(node, 0, to), operand(node, 1, to)
    band = band_of(node, 2, to)
    if len(value.shape) < 2:
        raise fail(node, f"{value.value.type} is no matrix")
    rows, columns = value.shape[-2:]
    check_table(node, rows * columns)
    places = diagonal_places(node, band, rows, columns, alignment(node))
    lines = places.shape if band[0] != band[1] else places.shape[1:]
    if diagonals.shape != (*value.shape[:-2], *lines):
        raise fail(node, f"a {diagonals.value.type} is not the diagonal of {value.value.type}")
    source = inverted(places, rows, columns)
    own = numpy.arange(rows * columns).reshape(rows, columns)
    whole = numpy.where(source >= 0, source + rows * columns, own)
    batch = value.shape[:-2]
    flat = [
        value.reshape(*batch, rows * columns),
        diagonals.reshape(*batch, int(numpy.prod(lines))),
    ]
    return rearranged(join(flat, len(batch)), 1, whole, fill(0, value)).value


def lower_tensor_diag(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Lowers `Diag`: a tensor of twice the rank, with elements where both halves of an index are
    one.
    """
    import numpy

    value = operand(node, 0, to)
    size = prod(value.shape)
    check_table(node, size * size)
    source = inverted(numpy.arange(size) * (size + 1), size, size)
    matrix = rearranged(value, len(value.shape), source, fill(0, value))
    return matrix.reshape(*value.shape, *value.shape).value


def lower_tensor_diag_part(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    import numpy

    value = operand(node, 0, to)
    half = value.shape[: len(value.shape) // 2]
    if value.shape != (*half, *half):
        raise fail(node, f"{value.value.type} has no two equal halves of dimensions")
    size = prod(half)
    check_table(node, size)
    places = (numpy.arange(size) * (size + 1)).reshape(half)
    return rearranged(value, len(value.shape), places, fill(0, value)).value


RULES: dict[str, Rule] = {
    "Diag": Rule(lower_tensor_diag, 1),
    "DiagPart": Rule(lower_tensor_diag_part, 1),
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
