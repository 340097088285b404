"""Values of a TensorFlow graph that are known when it is compiled.

Rules need some operands as numbers (dimensions, shapes, permutations). A graph computes them from
constants and from the shapes of tensors, which are all known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import (
    AnyFloat,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    Signedness,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.stablehlo.elementwise import shape_of
from ireelite.lowering.frontend.tf.nodes import fail, flag
from ireelite.lowering.rewriting.conversion import Conversion

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

IDENTITIES = (
    *("CheckNumerics", "Identity", "PlaceholderWithDefault", "PreventGradient", "Snapshot"),
    "StopGradient",
)
"""Ops whose result is their operand. TensorFlow's own compiler drops the check of CheckNumerics
too.
"""

LARGEST = 1 << 16
"""Elements of the largest constant that is computed here."""

DEEPEST = 200
"""Nodes between a constant and the operand that it becomes."""


def constant_ints(node: tf.NodeOp, index: int, to: Conversion) -> list[int]:
    """The integers of an operand that must be known when the graph is compiled."""
    value = evaluate(node.data[index], to)
    if value is None or value.dtype.kind not in "iu":
        raise fail(node, f"operand {index} must be a constant")
    return [int(v) for v in value.reshape(-1)]


def axes(node: tf.NodeOp, index: int, rank: int, to: Conversion) -> list[int]:
    """Constant dimension numbers, counted from the end if negative."""
    dims = constant_ints(node, index, to)
    if any(not -rank <= d < rank for d in dims):
        raise fail(node, f"dimensions {dims} are outside a tensor of rank {rank}")
    return sorted({d % rank for d in dims})


def lower_evaluated(node: tf.NodeOp, to: Conversion) -> Operation | None:
    """A node of `EVALUATED` as an HLO constant; None if its operands are not constants."""
    value = evaluate(node.outputs[0], to) if len(node.outputs) == 1 else None
    if value is None:
        return None
    type: Any = TensorType(_element_type(value.dtype), value.shape)
    return to.insert(hlo.ConstantOp(DenseIntOrFPElementsAttr(type, BytesAttr(value.tobytes()))))


def evaluate(value: SSAValue, to: Conversion) -> Array | None:
    """A value of the graph, if it follows from constants and shapes alone."""
    return _evaluate(value, to, {}, 0)


def _evaluate(
    value: SSAValue, to: Conversion, known: dict[SSAValue, Array | None], depth: int
) -> Array | None:
    if value not in known:
        node = value.owner
        known[value] = None
        if isinstance(node, tf.NodeOp) and len(node.outputs) == 1 and depth < DEEPEST:
            known[value] = _evaluate_node(node, to, known, depth)
    return known[value]


def _evaluate_node(
    node: tf.NodeOp, to: Conversion, known: dict[SSAValue, Array | None], depth: int
) -> Array | None:
    import numpy

    if node.op_name == "Const":
        return _constant(node)
    if node.op_name in SHAPES and len(node.data) == 1:
        if (operand := to.values.get(node.data[0])) is None:
            return None
        dtype = _dtype(node.attributes.get("out_type", i32))
        try:
            return numpy.array(SHAPES[node.op_name](shape_of(operand)), dtype)
        except OverflowError as error:
            raise fail(node, f"a size of {operand.type} does not fit {dtype}") from error
    function = EVALUATED.get(node.op_name)
    if function is None:
        return None
    operands: list[Array] = []
    for operand in node.data:
        array = _evaluate(operand, to, known, depth + 1)
        if array is None or array.size > LARGEST:
            return None
        operands.append(array)
    try:
        with numpy.errstate(all="ignore"):
            result = numpy.asarray(function(node, operands))
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        raise fail(node, f"can't be computed from its constant operands: {error}") from error
    return result if result.size <= LARGEST and result.dtype.kind in "biuf" else None


def _constant(node: tf.NodeOp) -> Array | None:
    import numpy

    value = node.attributes.get("value")
    if not isinstance(value, DenseIntOrFPElementsAttr):
        return None
    dtype = _dtype(value.get_element_type())
    if dtype is None:
        return None
    data = numpy.frombuffer(value.data.data, dtype)
    shape = value.get_shape()
    return data.reshape(shape) if data.size != 1 else numpy.broadcast_to(data.reshape(()), shape)


def _dtype(element: Attribute) -> numpy.dtype[Any] | None:
    """The dtype of an element type that NumPy has; None for others."""
    import numpy

    if isinstance(element, IntegerType):
        width = element.width.data
        prefix = "u" if element.signedness.data is Signedness.UNSIGNED else ""
        return numpy.dtype("bool" if width == 1 else f"{prefix}int{width}")
    if isinstance(element, AnyFloat) and element.name in ("f16", "f32", "f64"):
        return numpy.dtype(f"float{element.name[1:]}")
    return None


def _element_type(dtype: numpy.dtype[Any]) -> Attribute:
    from xdsl.dialects.builtin import f16, f32, f64

    if dtype.kind == "f":
        return {2: f16, 4: f32, 8: f64}[dtype.itemsize]
    if dtype.kind == "b":
        return IntegerType(1)
    width = 8 * dtype.itemsize
    return IntegerType(width, Signedness.UNSIGNED) if dtype.kind == "u" else IntegerType(width)


def _integer(node: tf.NodeOp, key: str) -> int:
    """An integer attribute; absent is 0."""
    value = node.attributes.get(key)
    return value.value.data if isinstance(value, IntegerAttr) else 0


def _cast(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    dtype = _dtype(node.attributes["DstT"]) if "DstT" in node.attributes else None
    if dtype is None:
        raise ValueError("its element type is not supported")
    return operands[0].astype(dtype)


def _range(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    start, limit, delta = (operand.item() for operand in operands)
    if delta == 0 or (limit - start) / delta > LARGEST:
        raise ValueError(f"it has no end, or more than {LARGEST} elements")
    return numpy.arange(start, limit, delta).astype(operands[0].dtype)


def _strided_slice(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    value, begins, ends, strides = operands

    def has(mask: str, position: int) -> bool:
        return bool(_integer(node, f"{mask}_mask") >> position & 1)

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


def _of_numpy(name: str) -> Callable[[tf.NodeOp, Sequence[Array]], Array]:
    """A NumPy function of all operands."""

    def apply(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
        import numpy

        return getattr(numpy, name)(*operands)

    return apply


def _pack(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.stack(operands, _integer(node, "axis"))


def _concat(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.concatenate(operands[:-1], operands[-1].item())


def _expand_dims(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.expand_dims(operands[0], operands[1].item())


def _gather(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    return numpy.take(operands[0], operands[1], operands[2].item() if operands[2:] else 0)


def _product(node: tf.NodeOp, operands: Sequence[Array]) -> Array:
    import numpy

    value, dims = operands
    kept = flag(node, "keep_dims")
    return numpy.prod(value, tuple(dims.reshape(-1).tolist()), value.dtype, keepdims=kept)


SHAPES: dict[str, Callable[[tuple[int, ...]], Any]] = {
    "Rank": len,
    "Shape": list,
    "Size": prod,
}
"""Ops of which the operand's shape is enough."""

EVALUATED: dict[str, Callable[[tf.NodeOp, Sequence[Array]], Array]] = {
    **dict.fromkeys((*IDENTITIES, "IdentityN"), lambda node, operands: operands[0]),
    "Abs": _of_numpy("abs"),
    "Add": _of_numpy("add"),
    "AddV2": _of_numpy("add"),
    "Cast": _cast,
    "ConcatV2": _concat,
    "ExpandDims": _expand_dims,
    "FloorDiv": _of_numpy("floor_divide"),
    "FloorMod": _of_numpy("mod"),
    "GatherV2": _gather,
    "Maximum": _of_numpy("maximum"),
    "Minimum": _of_numpy("minimum"),
    "Mul": _of_numpy("multiply"),
    "Neg": _of_numpy("negative"),
    "Pack": _pack,
    "Prod": _product,
    "Range": _range,
    "Reshape": lambda node, operands: operands[0].reshape(operands[1].tolist()),
    "StridedSlice": _strided_slice,
    "Sub": _of_numpy("subtract"),
}
"""TensorFlow op -> the result of a node from constant operands."""
