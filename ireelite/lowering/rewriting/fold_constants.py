"""Constant folding of StableHLO: an op on small constants becomes the constant that it computes.

Only ops whose result is exact are folded: integer arithmetic modulo the width, floating-point
operations that IEEE 754 rounds correctly, comparisons, conversions and movement of elements. A
result of more than `MAX_ELEMENTS` elements stays computed, since a constant takes space in the
module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    ModuleOp,
    TensorType,
)
from xdsl.ir import Attribute, Operation, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.sequencer.iree_ll_seq import contents
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.indexing import ConcatenateOp, DynamicSliceOp, ReverseOp

if TYPE_CHECKING:
    import numpy as np

    from ireelite.provenance import Tracker

MAX_ELEMENTS = 64
"""Of a result: the shapes and indices that programs compute with are smaller."""

NEW_VALUE_OPS = (ew.ElementwiseOp, hlo.ConvertOp)
"""Ops that make new values. A NaN among these has bits that IEEE 754 leaves open."""

DTYPES = {
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"si{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"ui{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    **{f"f{bits}": f"float{bits}" for bits in (16, 32, 64)},
    "i1": "bool",
}
"""Element types that are folded -> their NumPy types."""

Fold = Callable[[Any, "list[np.ndarray]"], "np.ndarray | None"]
"""The result of an op on constant operands, or None if it is not known exactly."""


def fold_constants(
    module: ModuleOp, tracker: Tracker | None = None, max_elements: int = MAX_ELEMENTS
) -> ModuleOp:
    """Folds every op whose operands are constants, in order and in place. Constants that nothing
    uses any more stay, for dead code elimination.
    """
    for op in list(module.walk()):
        if (rule := FOLDS.get(type(op))) is None:
            continue
        if (value := folded_value(op, rule, max_elements)) is None:
            continue
        constant = hlo.ConstantOp(value)
        constant.location = op.location
        constant.result.name_hint = op.results[0].name_hint
        block = op.parent_block()
        assert block is not None
        block.insert_op_before(constant, op)
        op.results[0].replace_all_uses_with(constant.result)
        if tracker is not None:
            sources = [v.owner for v in op.operands if isinstance(v.owner, Operation)]
            tracker.rewrite(fold_constants, [op, *sources], [constant])
        op.detach()
        op.erase()
    return module


def folded_value(op: Operation, rule: Fold, max_elements: int) -> DenseIntOrFPElementsAttr | None:
    """Returns the constant that an op computes, if it is known and small."""
    type = op.results[0].type
    if not isinstance(type, TensorType) or DYNAMIC_INDEX in type.get_shape():
        return None
    if (
        prod(type.get_shape()) > max_elements
        or (dtype := DTYPES.get(str(type.element_type))) is None
    ):
        return None
    operands: list[np.ndarray] = []
    for value in op.operands:
        if (array := constant_array(value, max_elements)) is None:
            return None
        operands.append(array)
    import numpy as np

    with np.errstate(all="ignore"):
        result = rule(op, operands)
    if result is None or (
        isinstance(op, NEW_VALUE_OPS) and result.dtype.kind == "f" and np.isnan(result).any()
    ):
        return None
    assert result.dtype == dtype, f"'{op.name}' of {type} folds to {result.dtype}"
    data = np.ascontiguousarray(result).reshape(type.get_shape()).tobytes()
    return DenseIntOrFPElementsAttr(type, BytesAttr(data))


def constant_array(value: SSAValue, max_elements: int = MAX_ELEMENTS) -> np.ndarray | None:
    """Returns the elements of a small constant tensor, if a value is one."""
    op, type = value.owner, value.type
    if not isinstance(op, hlo.ConstantOp) or not isinstance(type, TensorType):
        return None
    dtype = DTYPES.get(str(type.element_type))
    if dtype is None or prod(type.get_shape()) > max_elements:
        return None
    import numpy as np

    return np.frombuffer(contents(op.value), dtype).reshape(type.get_shape())


# -- rules -----------------------------------------------------------------------------------------


def numpy_function(integer: str | None, boolean: str | None, real: str | None) -> Fold:
    """Returns the rule that applies a NumPy function, by the kind of the operands; None folds
    nothing.
    """
    names = {"i": integer, "u": integer, "b": boolean, "f": real}

    def fold(op: Operation, operands: list[np.ndarray]) -> np.ndarray | None:
        import numpy as np

        name = names[operands[0].dtype.kind]
        return None if name is None else getattr(np, name)(*operands)

    return fold


def fold_integer_divide(op: Operation, operands: list[np.ndarray]) -> np.ndarray | None:
    """Divides towards zero; returns None for a division by zero, and of the least integer by -1,
    which has no exact result.
    """
    import numpy as np

    lhs, rhs = operands
    if lhs.dtype.kind == "f":
        return np.divide(lhs, rhs) if isinstance(op, ew.DivideOp) else None
    if lhs.dtype.kind == "b" or not rhs.all():
        return None
    if lhs.dtype.kind == "i" and ((lhs == np.iinfo(lhs.dtype).min) & (rhs == -1)).any():
        return None
    remainder = np.fmod(lhs, rhs)
    return (lhs - remainder) // rhs if isinstance(op, ew.DivideOp) else remainder


COMPARISONS = {
    "EQ": "equal",
    "NE": "not_equal",
    "LT": "less",
    "LE": "less_equal",
    "GT": "greater",
    "GE": "greater_equal",
}


def fold_compare(op: CompareOp, operands: list[np.ndarray]) -> np.ndarray | None:
    """Returns a comparison by value; the total order of floats is left alone."""
    import numpy as np

    kind = None if op.compare_type is None else str(op.compare_type.data)
    lhs, rhs = operands
    if kind == "TOTALORDER":
        return None
    if kind == "UNSIGNED" and lhs.dtype.kind == "i":
        unsigned = lhs.dtype.str.replace("i", "u")
        lhs, rhs = lhs.view(unsigned), rhs.view(unsigned)
    return getattr(np, COMPARISONS[str(op.comparison_direction.data)])(lhs, rhs)


def fold_select(op: SelectOp, operands: list[np.ndarray]) -> np.ndarray:
    import numpy as np

    return np.where(*operands)


def fold_convert(op: hlo.ConvertOp, operands: list[np.ndarray]) -> np.ndarray | None:
    """Returns a conversion. From floats to integers, only of values that the integers have."""
    import numpy as np

    (operand,) = operands
    type = op.result.type
    assert isinstance(type, TensorType)
    dtype = np.dtype(DTYPES[str(type.element_type)])
    if operand.dtype.kind == "f" and dtype.kind in "iu":
        limits = np.iinfo(dtype)
        whole = np.trunc(operand.astype(np.float64))
        if not ((whole >= float(limits.min)) & (whole < float(limits.max))).all():
            return None
    return operand.astype(dtype)


def fold_reshape(op: hlo.ReshapeOp, operands: list[np.ndarray]) -> np.ndarray:
    return operands[0].reshape(shape(op.result.type))


def fold_broadcast(op: hlo.BroadcastInDimOp, operands: list[np.ndarray]) -> np.ndarray:
    import numpy as np

    (operand,) = operands
    dimensions = op.broadcast_dimensions.get_values()
    result = shape(op.result.type)
    aligned = [1] * len(result)
    for axis, dimension in enumerate(dimensions):
        aligned[dimension] = operand.shape[axis]
    order = np.argsort(dimensions, kind="stable") if len(dimensions) else ()
    return np.broadcast_to(operand.transpose(order).reshape(aligned), result)


def fold_transpose(op: hlo.TransposeOp, operands: list[np.ndarray]) -> np.ndarray:
    return operands[0].transpose(op.permutation.get_values())


def fold_slice(op: hlo.SliceOp, operands: list[np.ndarray]) -> np.ndarray:
    rows = (op.start_indices, op.limit_indices, op.strides)
    ranges = zip(*(row.get_values() for row in rows), strict=True)
    return operands[0][tuple(slice(*each) for each in ranges)]


def fold_concatenate(op: ConcatenateOp, operands: list[np.ndarray]) -> np.ndarray:
    import numpy as np

    return np.concatenate(operands, op.dim)


def fold_reverse(op: ReverseOp, operands: list[np.ndarray]) -> np.ndarray:
    import numpy as np

    return np.flip(operands[0], tuple(op.dims))


def fold_dynamic_slice(op: DynamicSliceOp, operands: list[np.ndarray]) -> np.ndarray:
    """Slices from the start, clamped."""
    operand, *starts = operands
    parts = zip(operand.shape, op.sizes, starts, strict=True)
    firsts = [(min(max(int(start), 0), whole - size), size) for whole, size, start in parts]
    return operand[tuple(slice(first, first + size) for first, size in firsts)]


def fold_iota(op: hlo.IotaOp, operands: Sequence[np.ndarray]) -> np.ndarray | None:
    """Counts along one dimension, in a type that has all of the counts."""
    import numpy as np

    type = op.result.type
    assert isinstance(type, TensorType)
    result, axis = shape(type), op.iota_dimension.value.data
    dtype = np.dtype(DTYPES[str(type.element_type)])
    if dtype.kind == "b":
        return None
    aligned = [1] * len(result)
    aligned[axis] = result[axis]
    return np.broadcast_to(np.arange(result[axis]).astype(dtype).reshape(aligned), result)


def shape(type: Attribute) -> tuple[int, ...]:
    """Returns the shape of a tensor type."""
    assert isinstance(type, TensorType)
    return type.get_shape()


FOLDS: Mapping[type[Operation], Fold] = {
    ew.AddOp: numpy_function("add", "logical_or", "add"),
    ew.SubtractOp: numpy_function("subtract", None, "subtract"),
    ew.MultiplyOp: numpy_function("multiply", "logical_and", "multiply"),
    ew.DivideOp: fold_integer_divide,
    ew.RemainderOp: fold_integer_divide,
    ew.MaximumOp: numpy_function("maximum", "logical_or", None),
    ew.MinimumOp: numpy_function("minimum", "logical_and", None),
    ew.AndOp: numpy_function("bitwise_and", "logical_and", None),
    ew.OrOp: numpy_function("bitwise_or", "logical_or", None),
    ew.XorOp: numpy_function("bitwise_xor", "logical_xor", None),
    ew.NotOp: numpy_function("invert", "logical_not", None),
    ew.NegateOp: numpy_function("negative", None, "negative"),
    ew.AbsOp: numpy_function("absolute", None, "absolute"),
    ew.FloorOp: numpy_function(None, None, "floor"),
    ew.CeilOp: numpy_function(None, None, "ceil"),
    ew.RoundNearestEvenOp: numpy_function(None, None, "rint"),
    CompareOp: fold_compare,
    SelectOp: fold_select,
    hlo.ConvertOp: fold_convert,
    hlo.ReshapeOp: fold_reshape,
    hlo.BroadcastInDimOp: fold_broadcast,
    hlo.TransposeOp: fold_transpose,
    hlo.SliceOp: fold_slice,
    ConcatenateOp: fold_concatenate,
    DynamicSliceOp: fold_dynamic_slice,
    ReverseOp: fold_reverse,
    hlo.IotaOp: fold_iota,
}
"""How ops are folded. Maxima and minima of floats are not: the sign of their zeros is open."""
