"""Window reductions and the gradient of pools, as generics whose reduced dimensions run through a
window.

Inputs are padded first, to tensors of their own where elements are read several times: no read is
outside of a tensor, and the innermost loops have no branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith
from xdsl.dialects.builtin import DYNAMIC_INDEX, IntegerType, TensorType, i1, i32, i64
from xdsl.ir import SSAValue
from xdsl.ir.affine import AffineDimExpr, AffineExpr, AffineMap

from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.linalg.mapped import IndexOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, SelectAndScatterOp, WindowDim
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.lowering.tensors.hlo_to_linalg.contraction import zero
from ireelite.lowering.tensors.hlo_to_linalg.indexing import padded
from ireelite.lowering.tensors.hlo_to_linalg.reduction import (
    Body,
    accumulators,
    initial,
    scalar_function,
    scalar_reducer,
    start_of,
)
from ireelite.lowering.tensors.hlo_to_linalg.scalars import build_convert, constant_like
from ireelite.lowering.tensors.hlo_to_linalg.scans import lower_scan, scan_of
from ireelite.lowering.tensors.hlo_to_linalg.signless import tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import (
    empty,
    filled,
    generic,
    pointwise,
)


def windowed(at: AffineExpr, inside: AffineExpr, window: WindowDim) -> AffineExpr:
    """Returns the place in a padded tensor that a window at `at` has inside of it."""
    return at * window.stride + inside * window.dilation


def spread(
    value: SSAValue, fill: SSAValue, windows: Sequence[WindowDim], points: int, to: Conversion
) -> SSAValue:
    """Returns a tensor spread out and padded for windows, which read `points` elements together. It
    is computed once if they read elements several times.
    """
    low, high = [w.low for w in windows], [w.high for w in windows]
    interior = [w.base_dilation - 1 for w in windows]
    if not any((*low, *high, *interior)):
        return value
    made = padded(value, fill, low, high, interior, to)
    if points <= known_elements(shape_of(made)):
        return made
    type = made.type
    assert isinstance(type, TensorType)
    return pointwise([made], type, lambda v: v[0], to)


def known_elements(shape: Sequence[int]) -> int:
    """Returns the number of elements of a tensor for each index in its dimensions of open sizes."""
    return prod(size for size in shape if size != DYNAMIC_INDEX)


# -- reductions of windows ---------------------------------------------------------------------------


def lower_reduce_window(op: ReduceWindowOp, to: Conversion) -> Sequence[SSAValue]:
    """Accumulators start from the init values, which padding has, too. A scan is one."""
    if is_static(op.inputs[0]) and (scan := scan_of(op)) is not None:
        return lower_scan(op, scan, to)
    windows, shape = op.windows, shape_of(op.outputs[0])
    points = known_elements(shape) * prod(w.size for w in windows)
    inputs = [
        spread(to.value(value), start_of(init, to), windows, points, to)
        for value, init in zip(op.inputs, op.init_values, strict=True)
    ]
    return reduce_windows(inputs, accumulators(op, to), windows, scalar_reducer(op, to), to)


def reduce_windows(
    inputs: Sequence[SSAValue],
    inits: Sequence[SSAValue],
    windows: Sequence[WindowDim],
    body: Body,
    to: Conversion,
) -> Sequence[SSAValue]:
    """Returns a generic whose result at each index reduces the window there; padding has been done."""
    rank = len(windows)
    sizes = [w.size for w in windows]
    own = [AffineDimExpr(d) for d in range(rank)]
    inside = [AffineDimExpr(rank + d) for d in range(rank)]
    places = [windowed(a, k, w) for a, k, w in zip(own, inside, windows, strict=True)]
    read, window, written = (AffineMap(2 * rank, 0, tuple(e)) for e in (places, inside, own))
    # the generic's loops get their lengths from an operand that is not read
    extents = empty(TensorType(i1, sizes), to)
    maps = [*[read] * len(inputs), window, *[written] * len(inits)]
    return generic([*inputs, extents], inits, maps, body, to, range(rank, 2 * rank)).results


# -- the gradient of a pool --------------------------------------------------------------------------


def lower_select_and_scatter(op: SelectAndScatterOp, to: Conversion) -> SSAValue:
    """Lowers to two reductions: each window's preferred place, then for each element the sum over
    the windows around it that prefer it.
    """
    shape, windows = shape_of(op.operand), op.windows
    places = i64 if known_elements(shape) >= 1 << 31 else i32
    preferred = prefer(op, places, to)
    # an element at p is in the windows from (p + low) // stride - reach + 1 to (p + low) // stride;
    # `ahead` windows more in front keep what is divided positive
    reach = [-(-w.size // w.stride) for w in windows]
    ahead = [max(0, -(w.low // w.stride)) for w in windows]
    counts = shape_of(op.source)
    margins = [
        WindowDim(1, low=r - 1 + a, high=max(0, (n - 1 + w.low) // w.stride + 1 - count))
        for n, w, r, a, count in zip(shape, windows, reach, ahead, counts, strict=True)
    ]
    rank, points = len(shape), known_elements(shape) * prod(reach)
    own = [AffineDimExpr(d) for d in range(rank)]
    around = [AffineDimExpr(rank + d) for d in range(rank)]
    around_own = [
        (p + (w.low + a * w.stride)) // w.stride + k
        for p, k, w, a in zip(own, around, windows, ahead, strict=True)
    ]
    element = element_type_of(op.source)
    source = spread(to.value(op.source), zero(signless(element), to), margins, points, to)
    nowhere = constant_like(-1, places, to)
    preferred = spread(preferred, nowhere, margins, points, to)
    read, sizes, written = (AffineMap(2 * rank, 0, tuple(e)) for e in (around_own, around, own))
    scatter = scalar_function(op.scatter.block, to)

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        value, place, _, total = v
        (added,) = scatter([total, build_convert(value, element, element_type_of(op.result), to)])
        here = to.insert(arith.CmpiOp(place, place_in(shape, places, to), "eq")).result
        return [to.insert(arith.SelectOp(here, added, total)).result]

    return generic(
        [source, preferred, empty(TensorType(i1, reach), to)],
        [initial(op.init_value, op.result, to)],
        [read, read, sizes, written],
        body,
        to,
        range(rank, 2 * rank),
    ).results[0]


def prefer(op: SelectAndScatterOp, places: IntegerType, to: Conversion) -> SSAValue:
    """Returns, for each window, the row-major place of the element that `select` prefers to all
    others, in order; -1 for a window without elements.
    """
    operand, windows, shape = op.operand, op.windows, shape_of(op.operand)
    points = known_elements(shape_of(op.source)) * prod(w.size for w in windows)
    type = TensorType(places, shape)
    identity = AffineMap.identity(len(shape))
    numbered = generic(
        [], [empty(type, to)], [identity], lambda _: [place_in(shape, places, to)], to
    ).results[0]
    nothing, nowhere = zero(tensor_type(operand).element_type, to), constant_like(-1, places, to)
    inputs = [
        spread(to.value(operand), nothing, windows, points, to),
        spread(numbered, nowhere, windows, points, to),
    ]
    select = scalar_function(op.select.block, to)

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        value, place, _, best, best_place = v
        kept = select([best, value])[0]
        first, padding = (
            to.insert(arith.CmpiOp(p, constant_like(0, places, to), "slt")).result
            for p in (best_place, place)
        )
        # an element replaces the best one if there is none yet, or if `select` does not keep it
        false = constant_like(0, i1, to)
        keeps = to.insert(arith.SelectOp(first, false, kept)).result
        stays = to.insert(arith.OrIOp(padding, keeps)).result
        pairs = ((best, value), (best_place, place))
        return [to.insert(arith.SelectOp(stays, old, new)).result for old, new in pairs]

    counts = shape_of(op.source)
    inits = [
        filled(start, TensorType(element, counts), to)
        for start, element in ((nothing, tensor_type(operand).element_type), (nowhere, places))
    ]
    return reduce_windows(inputs, inits, windows, body, to)[1]


def place_in(shape: Sequence[int], type: IntegerType, to: Conversion) -> SSAValue:
    """Returns the row-major place of the point at which a generic over this shape first is: within
    its batch, where the size of that is open.
    """
    total = constant_like(0, type, to)
    for d, extent in enumerate(shape):
        if extent == DYNAMIC_INDEX:
            continue
        index = to.insert(arith.IndexCastOp(to.insert(IndexOp(d)).result, type)).result
        scaled = to.insert(arith.MuliOp(total, constant_like(extent, type, to))).result
        total = to.insert(arith.AddiOp(scaled, index)).result
    return total


RULES: Rules = {
    ReduceWindowOp: lower_reduce_window,
    SelectAndScatterOp: lower_select_and_scatter,
}
