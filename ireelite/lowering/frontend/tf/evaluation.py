"""What TensorFlow ops compute from constants, with NumPy: shapes, permutations and indices.

Functions here take a node and the values of its operands, and return an array, or a list of them
for a node with several results. What is wrong with the values is an ordinary Python error; a result
of more than `LARGEST` elements raises `NotEvaluated` before any memory is taken for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, isfinite, prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import AnyFloat, IntegerType, Signedness, i32
from xdsl.ir import Attribute

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import flag, integer, integers_of, text

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

IDENTITIES = (
    *("CheckNumerics", "CheckNumericsV2", "DebugIdentity", "DebugIdentityV2", "DeepCopy"),
    *("Identity", "PlaceholderWithDefault", "PreventGradient", "Print", "Snapshot", "StopGradient"),
)
"""Ops whose result is their first operand. TensorFlow's own compiler drops the check of
CheckNumerics, too; Print prints nothing.
"""

Function = Callable[[tf.NodeOp, Sequence["Array"]], Any]

LARGEST = 1 << 16
"""Elements of the largest constant that is computed here."""


class NotEvaluated(Exception):
    """Says that ops compute a result when the program runs: it is too large, or NumPy lacks its type."""


def check_size(*sizes: int) -> None:
    """Raises `NotEvaluated` for an array of these sizes."""
    if prod(sizes) > LARGEST:
        raise NotEvaluated


def dtype_of(element: Attribute) -> numpy.dtype[Any] | None:
    """Returns the dtype of an element type that NumPy has; None for others."""
    import numpy

    if isinstance(element, IntegerType):
        width = element.width.data
        prefix = "u" if element.signedness.data is Signedness.UNSIGNED else ""
        return numpy.dtype("bool" if width == 1 else f"{prefix}int{width}")
    if isinstance(element, AnyFloat) and element.name in ("f16", "f32", "f64"):
        return numpy.dtype(f"float{element.name[1:]}")
    return None


def check_broadcast(operands: Sequence[Array]) -> None:
    """Raises `NotEvaluated` for the shape to which arrays are broadcast."""
    import numpy

    check_size(*numpy.broadcast_shapes(*(operand.shape for operand in operands)))


def elementwise(name: str) -> Function:
    """Returns a NumPy function of each element of all operands, which are broadcast."""

    def apply(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
        import numpy

        check_broadcast(operands)
        return getattr(numpy, name)(*operands)

    return apply


def evaluate_cast(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    dtype = dtype_of(node.attributes["DstT"]) if "DstT" in node.attributes else None
    if dtype is None:
        raise NotEvaluated
    return operands[0].astype(dtype)


def evaluate_range(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    start, limit, delta = (operand.item() for operand in operands)
    check_size(length_of_range(start, limit, delta))
    return numpy.arange(start, limit, delta).astype(operands[0].dtype)


def length_of_range(start: float, limit: float, delta: float) -> int:
    """Returns the number of elements from `start` up to `limit`; raises ValueError if it has no end."""
    if delta == 0:
        raise ValueError("its step is 0")
    if isinstance(start, int) and isinstance(limit, int) and isinstance(delta, int):
        return max(0, -((start - limit) // delta))
    if not isfinite(length := (limit - start) / delta):
        raise ValueError(f"it has {length} elements")
    return max(0, ceil(length))


def evaluate_strided_slice(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    value, begins, ends, strides = operands

    def has(mask: str, position: int) -> bool:
        return bool(integer(node, f"{mask}_mask") >> position & 1)

    index: list[Any] = []
    for n, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        if has("ellipsis", n):
            index.append(Ellipsis)
        elif has("new_axis", n):
            index.append(None)
        elif has("shrink_axis", n):
            index.append(int(begin))
        else:
            first = None if has("begin", n) else int(begin)
            last = None if has("end", n) else int(end)
            index.append(slice(first, last, int(stride)))
    return value[tuple(index)]


def evaluate_slice(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    value, begins, sizes = operands
    ranges = zip(begins.tolist(), sizes.tolist(), value.shape, strict=True)
    return value[tuple(slice(b, full if size < 0 else b + size) for b, size, full in ranges)]


def evaluate_pack(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.stack(operands, integer(node, "axis"))


def evaluate_unpack(node: tf.NodeOp, operands: Sequence[Array]) -> list[Array]:
    import numpy

    axis, value = integer(node, "axis"), operands[0]
    parts = numpy.split(value, value.shape[axis], axis)
    return [numpy.squeeze(part, axis) for part in parts]


def evaluate_split(node: tf.NodeOp, operands: Sequence[Array]) -> list[Array]:
    import numpy

    axis, value = operands
    return numpy.split(value, integer(node, "num_split"), axis.item())


def evaluate_concat(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.concatenate(operands[:-1], operands[-1].item())


def evaluate_expand_dims(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.expand_dims(operands[0], operands[1].item())


def evaluate_squeeze(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    dims = integers_of(node, "squeeze_dims") or integers_of(node, "axis") or None
    return numpy.squeeze(operands[0], None if dims is None else tuple(dims))


def evaluate_gather(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    if integer(node, "batch_dims"):
        raise NotEvaluated
    value, indices = operands[:2]
    axis = operands[2].item() if operands[2:] else 0
    check_size(indices.size, value.size // max(1, value.shape[axis]))
    return numpy.take(value, indices, axis)


def evaluate_fill(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    dims = operands[0].tolist()
    check_size(*dims)
    return numpy.full(dims, operands[1])


def evaluate_broadcast_to(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    dims = operands[1].tolist()
    check_size(*dims)
    return numpy.broadcast_to(operands[0], dims)


def evaluate_tile(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    value, multiples = operands
    check_size(value.size, *multiples.tolist())
    return numpy.tile(value, multiples)


def evaluate_divide(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    """Evaluates `Div` and `TruncateDiv`, which round integers to zero."""
    import numpy

    lhs, rhs = operands
    check_broadcast(operands)
    if lhs.dtype.kind == "f":
        return lhs / rhs
    if not rhs.all():
        raise ValueError("division by zero")
    return (numpy.sign(lhs) * numpy.sign(rhs) * (abs(lhs) // abs(rhs))).astype(lhs.dtype)


def evaluate_floor_division(name: str) -> Function:
    def apply(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
        import numpy

        check_broadcast(operands)
        if operands[0].dtype.kind != "f" and not operands[1].all():
            raise ValueError("division by zero")
        return getattr(numpy, name)(*operands)

    return apply


def reduction(name: str) -> Function:
    """Returns a NumPy reduction along the dimensions that the second operand lists."""

    def apply(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
        import numpy

        value, dims = operands
        kept = flag(node, "keep_dims")
        found = getattr(numpy, name)(value, tuple(dims.reshape(-1).tolist()), keepdims=kept)
        return found.astype(value.dtype)

    return apply


def evaluate_invert(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.argsort(operands[0]).astype(operands[0].dtype)


def evaluate_broadcast_shape(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    shapes = [operand.tolist() for operand in operands]
    return numpy.array(numpy.broadcast_shapes(*shapes), operands[0].dtype)


def evaluate_broadcast_gradient(node: tf.NodeOp, operands: Sequence[Array]) -> list[Array]:
    """Returns the dimensions along which each of two shapes is broadcast to the other."""
    import numpy

    rank = max(operand.size for operand in operands)
    padded = [[1] * (rank - each.size) + each.tolist() for each in operands]
    is_same = len({each.size for each in operands}) == 1 and padded[0] == padded[1]
    repeated = [[] if is_same else [d for d in range(rank) if shape[d] == 1] for shape in padded]
    return [numpy.array(dims, operands[0].dtype) for dims in repeated]


def evaluate_unique(node: tf.NodeOp, operands: Sequence[Array]) -> list[Array]:
    """Returns the distinct elements in the order of their first places, which of them each one is,
    and how often each occurs.
    """
    import numpy

    found = numpy.unique(operands[0], return_index=True, return_inverse=True, return_counts=True)
    order = numpy.argsort(found[1])
    index = dtype_of(node.attributes.get("out_idx", i32)) or numpy.dtype("int32")
    results = found[0][order], numpy.argsort(order)[found[2]], found[3][order]
    return [results[0], *(each.astype(index) for each in results[1:])][: len(node.outputs)]


def evaluate_where(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.argwhere(operands[0]).astype(numpy.int64)


def evaluate_select(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    """Evaluates `Select`, in which a vector of conditions chooses along the first dimension."""
    import numpy

    condition, on_true, on_false = operands
    if condition.ndim == 1 < on_true.ndim:
        condition = condition.reshape(-1, *[1] * (on_true.ndim - 1))
    check_broadcast([condition, on_true, on_false])
    return numpy.where(condition, on_true, on_false)


def evaluate_unravel(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    places = numpy.unravel_index(operands[0], operands[1].tolist())
    return numpy.stack(places).astype(operands[0].dtype)


def evaluate_linear_space(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    start, stop, count = (operand.item() for operand in operands)
    if count < 1:
        raise ValueError(f"it must have 1 element or more, not {count}")
    check_size(count)
    return numpy.linspace(start, stop, count).astype(operands[0].dtype)


def layouts(node: tf.NodeOp) -> tuple[str, str]:
    """Returns the names of the dimensions of two layouts."""
    return text(node, "src_format", "NHWC"), text(node, "dst_format", "NCHW")


def evaluate_dimension_map(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    """Returns the numbers that dimensions have in another layout."""
    import numpy

    source, target = layouts(node)
    table = numpy.array([target.index(name) for name in source], operands[0].dtype)
    return table[operands[0] % len(table)]


def permutation_of(node: tf.NodeOp, count: int) -> list[int]:
    """Returns which dimension of a layout comes at each place of another: of all its dimensions, or
    of height and width alone if they are more than `count`.
    """
    source, target = layouts(node)
    if count < len(source):
        source, target = (
            "".join(name for name in each if name not in "NC") for each in (source, target)
        )
    return [source.index(name) for name in target]


def evaluate_layout_permutation(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    """Returns a number for each dimension, or for height and width alone, in the order of another
    layout.
    """
    return operands[0][permutation_of(node, len(operands[0]))]


def evaluate_list_difference(node: tf.NodeOp, operands: Sequence[Array]) -> list[Array]:
    import numpy

    kept = ~numpy.isin(operands[0], operands[1])
    index = dtype_of(node.attributes.get("out_idx", i32)) or numpy.dtype("int32")
    return [operands[0][kept], numpy.flatnonzero(kept).astype(index)]


def evaluate_concat_offset(node: tf.NodeOp, operands: Sequence[Array]) -> list[Array]:
    """Returns where each of the tensors that are joined begins."""
    import numpy

    axis, shapes = operands[0].item(), operands[1:]
    results: list[Array] = []
    start = 0
    for shape in shapes:
        place = numpy.zeros_like(shape)
        place[axis] = start
        start += shape[axis]
        results.append(place)
    return results


EVALUATED: dict[str, Function] = {
    **dict.fromkeys(IDENTITIES, lambda node, operands: operands[0]),
    "IdentityN": lambda node, operands: list(operands),
    "Abs": elementwise("abs"),
    "Add": elementwise("add"),
    "AddV2": elementwise("add"),
    "All": reduction("all"),
    "Any": reduction("any"),
    "BroadcastArgs": evaluate_broadcast_shape,
    "BroadcastGradientArgs": evaluate_broadcast_gradient,
    "BroadcastTo": evaluate_broadcast_to,
    "Cast": evaluate_cast,
    "Ceil": elementwise("ceil"),
    "ConcatOffset": evaluate_concat_offset,
    "ConcatV2": evaluate_concat,
    "DataFormatDimMap": evaluate_dimension_map,
    "DataFormatVecPermute": evaluate_layout_permutation,
    "Div": evaluate_divide,
    "Equal": elementwise("equal"),
    "ExpandDims": evaluate_expand_dims,
    "Fill": evaluate_fill,
    "Floor": elementwise("floor"),
    "FloorDiv": evaluate_floor_division("floor_divide"),
    "FloorMod": evaluate_floor_division("mod"),
    "Gather": evaluate_gather,
    "GatherV2": evaluate_gather,
    "Greater": elementwise("greater"),
    "GreaterEqual": elementwise("greater_equal"),
    "InvertPermutation": evaluate_invert,
    "Less": elementwise("less"),
    "LessEqual": elementwise("less_equal"),
    "LinSpace": evaluate_linear_space,
    "ListDiff": evaluate_list_difference,
    "LogicalAnd": elementwise("logical_and"),
    "LogicalNot": elementwise("logical_not"),
    "LogicalOr": elementwise("logical_or"),
    "Max": reduction("max"),
    "Maximum": elementwise("maximum"),
    "Min": reduction("min"),
    "Minimum": elementwise("minimum"),
    "Mul": elementwise("multiply"),
    "Neg": elementwise("negative"),
    "NotEqual": elementwise("not_equal"),
    "OnesLike": elementwise("ones_like"),
    "Pack": evaluate_pack,
    "Pow": elementwise("power"),
    "Prod": reduction("prod"),
    "Range": evaluate_range,
    "RealDiv": elementwise("divide"),
    "Reshape": lambda node, operands: operands[0].reshape(operands[1].tolist()),
    "Round": elementwise("round"),
    "Select": evaluate_select,
    "SelectV2": elementwise("where"),
    "Sign": elementwise("sign"),
    "Slice": evaluate_slice,
    "Split": evaluate_split,
    "Sqrt": elementwise("sqrt"),
    "Square": elementwise("square"),
    "Squeeze": evaluate_squeeze,
    "StridedSlice": evaluate_strided_slice,
    "Sub": elementwise("subtract"),
    "Sum": reduction("sum"),
    "Tile": evaluate_tile,
    "Transpose": lambda node, operands: operands[0].transpose(operands[1].tolist()),
    "TruncateDiv": evaluate_divide,
    **dict.fromkeys(
        ("Unique", "UniqueV2", "UniqueWithCounts", "UniqueWithCountsV2"), evaluate_unique
    ),
    "Unpack": evaluate_unpack,
    "UnravelIndex": evaluate_unravel,
    "Where": evaluate_where,
    "ZerosLike": elementwise("zeros_like"),
}
"""TensorFlow op -> the results of a node from constant operands."""
