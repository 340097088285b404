"""The types that the results of HLO's ops get by operands of static shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Attribute, Operation

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.top_k import TopKOp
from ireelite.dialects.stablehlo import contraction, gather, indexing, reduction, windows
from ireelite.dialects.stablehlo.composition import OptimizationBarrierOp
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.einsum import DotOp, EinsumBase
from ireelite.dialects.stablehlo.fourier import FftOp, transformed
from ireelite.dialects.stablehlo.linear_algebra import CholeskyOp, TriangularSolveOp
from ireelite.dialects.stablehlo.scatter_sort import ScatterOp, SortOp
from ireelite.dialects.tensor_types import element_type_of, shape_of, tensor_type_of
from ireelite.status import StatusCode, StatusError

HLO = ("chlo.", "stablehlo.")
"""How the names of HLO's ops begin."""


def inferred_types(op: Operation) -> list[Attribute]:
    """Returns the types of an op's results, from operands of static shapes. Raises UNIMPLEMENTED."""
    for kind, rule in INFERENCE.items():
        if isinstance(op, kind):
            return typed(op, [rule(op)])
    if isinstance(op, SAME_TYPES):
        return [value.type for value in op.operands[: len(op.results)]]
    if isinstance(op, reduction.ReduceOp):
        return reduction.reduced_types(op.inputs, op.dims, op.body)
    if isinstance(op, windows.ReduceWindowOp):
        return typed(op, [op.counts] * len(op.results))
    if isinstance(op, TopKOp):
        return typed(op, [[*shape_of(op.operand)[:-1], op.k.value.data]] * 2)
    if op.name.startswith(HLO) and len(op.results) == 1 and not op.regions:
        return typed(op, [broadcast_shape([shape_of(value) for value in op.operands])])
    raise StatusError(
        StatusCode.UNIMPLEMENTED,
        f"'{op.name}' needs a result of a static shape, not {op.results[0].type}",
    )


def typed(op: Operation, shapes: Sequence[Sequence[int]]) -> list[Attribute]:
    """Types of the results' elements and these shapes."""
    elements = [element_type_of(result) for result in op.results]
    return [TensorType(e, shape) for e, shape in zip(elements, shapes, strict=True)]


def broadcast_shape(shapes: Sequence[Sequence[int]]) -> list[int]:
    """Returns the common shape of tensors of equal shapes, or of those that broadcast as in NumPy."""
    rank = max(map(len, shapes))
    padded = [[1] * (rank - len(shape)) + list(shape) for shape in shapes]
    return [next((s for s in sizes if s != 1), 1) for sizes in zip(*padded, strict=True)]


SAME_TYPES = (
    ScatterOp,
    SortOp,
    CholeskyOp,
    OptimizationBarrierOp,
    indexing.DynamicUpdateSliceOp,
    indexing.ReverseOp,
    windows.SelectAndScatterOp,
)
"""Ops whose results have the types of their first operands."""


def transformed_shape(op: FftOp) -> Sequence[int]:
    type = transformed(tensor_type_of(op.operand), op.kind, op.lengths)
    assert isinstance(type, TensorType)
    return type.get_shape()


INFERENCE: Mapping[type[Operation], Callable[[Any], Sequence[int]]] = {
    ConvolutionOp: lambda op: op.result_shape(op.padding),
    DotOp: lambda op: [*shape_of(op.lhs)[:-1], *shape_of(op.rhs)[1:]],
    EinsumBase: lambda op: op.result_shape(),
    FftOp: transformed_shape,
    TriangularSolveOp: lambda op: shape_of(op.b),
    contraction.DotGeneralOp: lambda op: contraction.contracted_shape(
        op.lhs, op.rhs, op.contracting, op.batching
    ),
    gather.GatherOp: lambda op: gather.gathered_shape(
        op.dimension_numbers, shape_of(op.start_indices), op.sizes
    ),
    gather.TorchIndexSelectOp: lambda op: gather.selected_shape(
        shape_of(op.operand), shape_of(op.index), op.dimension, op.batch
    ),
    hlo.SliceOp: lambda op: hlo.sliced_shape(op.ranges),
    hlo.TransposeOp: lambda op: [shape_of(op.operand)[d] for d in op.dims],
    indexing.BitcastConvertOp: lambda op: indexing.bitcast_shape(
        shape_of(op.operand), element_type_of(op.operand), element_type_of(op.result)
    ),
    indexing.BroadcastOp: lambda op: [*op.sizes, *shape_of(op.operand)],
    indexing.ConcatenateOp: lambda op: indexing.concatenated_shape(
        [shape_of(value) for value in op.inputs], op.dim
    ),
    indexing.DynamicSliceOp: lambda op: op.sizes,
    indexing.PadOp: lambda op: indexing.padded_shape(
        shape_of(op.operand), op.low, op.high, op.interior
    ),
}
"""Op -> the shape of its result."""
