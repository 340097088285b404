"""Values of a TensorFlow graph that are known when it is compiled.

Rules need some operands as numbers (dimensions, shapes, permutations). A graph computes them from
constants and from the shapes of tensors, which are all known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import (
    BytesAttr,
    DenseIntOrFPElementsAttr,
    IntegerType,
    Signedness,
    TensorType,
    i32,
)
from xdsl.ir import Attribute, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import tf
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf.conversion import Argument, TfConversion
from ireelite.lowering.frontend.tf.evaluation import EVALUATED, LARGEST, NotEvaluated, dtype_of
from ireelite.lowering.frontend.tf.nodes import fail
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_in_text

if TYPE_CHECKING:
    import numpy

    Array = numpy.ndarray[Any, Any]

Known = dict[SSAValue, "Array | None"]
DEEPEST = 200
"""Nodes between a constant and the operand that it becomes."""


def constant_ints(node: tf.NodeOp, index: int, to: TfConversion) -> list[int]:
    """Returns the integers of an operand that must be known when the graph is compiled."""
    if index >= len(node.data):
        raise fail(node, f"has no operand {index}")
    value = evaluate(node.data[index], to, needed=True)
    if value is None or value.dtype.kind not in "iu":
        raise fail(node, f"operand {index} must be a constant")
    return [int(v) for v in value.reshape(-1)]


def constant_int(node: tf.NodeOp, index: int, to: TfConversion) -> int:
    """Returns the one integer of an operand that must be known when the graph is compiled."""
    values = constant_ints(node, index, to)
    if len(values) != 1:
        raise fail(node, f"operand {index} must be one number, not {values}")
    return values[0]


def axes(node: tf.NodeOp, index: int, rank: int, to: TfConversion) -> list[int]:
    """Returns constant dimension numbers, which count from the end if negative."""
    dims = constant_ints(node, index, to)
    if any(not -rank <= d < rank for d in dims):
        raise fail(node, f"dimensions {dims} are outside a tensor of rank {rank}")
    return sorted({d % rank for d in dims})


def lower_evaluated(node: tf.NodeOp, to: TfConversion, needed: bool = False) -> Any:
    """Returns a node of `EVALUATED` or `SHAPES` as HLO constants; None if its operands are not
    known.
    """
    known: Known = {}
    values = [_evaluate(result, to, known, 0, needed) for result in node.outputs]
    found = [value for value in values if value is not None]
    return [constant(value, to) for value in found] if len(found) == len(values) else None


ALTERNATIVES = {
    "Where": ": the number of elements that are true is known when the program runs; SelectV2, "
    "which is tf.where of three arguments, keeps the shape",
    "Range": ": its bounds decide its shape",
    **dict.fromkeys(
        ("Unique", "UniqueV2", "UniqueWithCounts", "UniqueWithCountsV2"),
        ": the number of distinct elements is known when the program runs",
    ),
}
"""Ops whose results have a static shape for constant operands only -> why, and what works."""


def lower_constant_only(node: tf.NodeOp, to: TfConversion) -> Any:
    """Returns the rule of an op whose result has no static shape unless its operands are constants."""
    lowered = lower_evaluated(node, to, needed=True)
    if lowered is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"{place_in_text(node)}node '{node.node_name.data}' is a {node.op_name}, which is supported "
            f"for constants of at most {LARGEST:,} elements only{ALTERNATIVES.get(node.op_name, '')}",
        )
    return lowered


def constant(value: Array, to: Conversion) -> SSAValue:
    """Returns an HLO constant of an array."""
    type: Any = TensorType(_element_type(value.dtype), value.shape)
    data = BytesAttr(value.tobytes())
    return to.insert(hlo.ConstantOp(DenseIntOrFPElementsAttr(type, data))).result


def evaluate(value: SSAValue, to: TfConversion, needed: bool = False) -> Array | None:
    """Returns a value of the graph, if it follows from constants and shapes alone.

    If it is needed, the arguments of a function that is being lowered count, too: the function is
    then lowered again for calls with other values.
    """
    return _evaluate(value, to, {}, 0, needed)


def _evaluate(
    value: SSAValue, to: TfConversion, known: Known, depth: int, needed: bool
) -> Array | None:
    if value not in known:
        known[value] = None
        if depth < DEEPEST:
            known[value] = _evaluate_value(value, to, known, depth, needed)
    return known[value]


def _evaluate_value(
    value: SSAValue, to: TfConversion, known: Known, depth: int, needed: bool
) -> Array | None:
    if value in to.known:
        return to.known[value]
    match to.bound.get(value):
        case Argument() as argument:
            if not needed:
                return None
            found = _evaluate(argument.operand, to, known, depth + 1, needed)
            if found is not None:
                argument.instance.constants[argument.index] = found
            return found
        case SSAValue() as other:
            return _evaluate(other, to, known, depth + 1, needed)
    node = value.owner
    if not isinstance(node, tf.NodeOp):
        return None
    results = _evaluate_node(node, to, known, depth, needed) or ()
    known.update(zip(node.results, results, strict=False))
    return known[value]


def _evaluate_node(
    node: tf.NodeOp, to: TfConversion, known: Known, depth: int, needed: bool
) -> Sequence[Array] | None:
    import numpy

    if node.op_name == "Const":
        value = _constant(node)
        return None if value is None else [value]
    if node.op_name in SHAPES and node.data:
        index = LISTS.get(node.op_name)
        read = node.data if index is None else node.data[index : index + 1]
        operands = [to.values.get(value) for value in read]
        dtype = dtype_of(node.attributes.get("out_type", i32))
        function = SHAPES[node.op_name]
        try:
            return [
                numpy.array(function(shape_of(value)), dtype)
                for value in operands
                if value is not None
            ]
        except OverflowError as error:
            raise fail(node, f"a size of {node.op_name} does not fit {dtype}") from error
    function = EVALUATED.get(node.op_name)
    if function is None:
        return None
    arrays: list[Array] = []
    for operand in node.data:
        array = _evaluate(operand, to, known, depth + 1, needed)
        if array is None or array.size > LARGEST:
            return None
        arrays.append(array)
    try:
        with numpy.errstate(all="ignore"):
            found = function(node, arrays)
    except NotEvaluated:
        return None
    except (ArithmeticError, IndexError, TypeError, ValueError) as error:
        raise fail(node, f"can't be computed from its constant operands: {error}") from error
    results = [numpy.asarray(each) for each in (found if isinstance(found, list) else [found])]
    fine = all(each.size <= LARGEST and each.dtype.kind in "biuf" for each in results)
    return results if fine else None


def _constant(node: tf.NodeOp) -> Array | None:
    import numpy

    value = node.attributes.get("value")
    if not isinstance(value, DenseIntOrFPElementsAttr):
        return None
    dtype = dtype_of(value.get_element_type())
    if dtype is None:
        return None
    data = numpy.frombuffer(value.data.data, dtype)
    shape = value.get_shape()
    return data.reshape(shape) if data.size != 1 else numpy.broadcast_to(data.reshape(()), shape)


def _element_type(dtype: numpy.dtype[Any]) -> Attribute:
    from xdsl.dialects.builtin import f16, f32, f64

    if dtype.kind == "f":
        return {2: f16, 4: f32, 8: f64}[dtype.itemsize]
    if dtype.kind == "b":
        return IntegerType(1)
    width = 8 * dtype.itemsize
    return IntegerType(width, Signedness.UNSIGNED) if dtype.kind == "u" else IntegerType(width)


LISTS = {"TensorArraySizeV3": 1, "TensorListLength": 0}
"""Ops that return the length of a list -> the operand that is the list's value."""

SHAPES: dict[str, Callable[[tuple[int, ...]], Any]] = {
    **dict.fromkeys(LISTS, lambda shape: shape[0]),
    "Rank": len,
    "Shape": list,
    "ShapeN": list,
    "Size": prod,
}
"""Ops of which the operands' shapes are enough."""
