"""Which rule says the shape of an op's results, in functions whose arguments leave sizes open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xdsl.dialects import tensor
from xdsl.dialects.linalg.abstract_ops import LinalgStructuredOperation
from xdsl.ir import Operation

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.dynamic_reshape import DynamicReshapeOp
from ireelite.dialects.extensions.linalg.packing import SoftmaxOp
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo import mixed
from ireelite.dialects.stablehlo.comparison import CompareOp, SelectOp
from ireelite.dialects.stablehlo.convolution import ConvolutionOp
from ireelite.dialects.stablehlo.fourier import FftOp
from ireelite.dialects.stablehlo.gather import GatherOp
from ireelite.dialects.stablehlo.indexing import (
    BitcastConvertOp,
    ConcatenateOp,
    DynamicSliceOp,
    DynamicUpdateSliceOp,
    PadOp,
    ReverseOp,
)
from ireelite.dialects.stablehlo.precision import ReducePrecisionOp
from ireelite.dialects.stablehlo.reduction import MapOp
from ireelite.dialects.stablehlo.scatter_sort import ScatterOp, SortOp
from ireelite.dialects.stablehlo.windows import ReduceWindowOp, SelectAndScatterOp
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.tensors.hlo_to_linalg import open_windows
from ireelite.lowering.tensors.hlo_to_linalg.fourier import transformed_shape
from ireelite.lowering.tensors.hlo_to_linalg.open_orders import scattered_shape, sorted_shape
from ireelite.lowering.tensors.hlo_to_linalg.open_windows import has_open_windows
from ireelite.lowering.tensors.hlo_to_linalg.scalars import ELEMENTWISE
from ireelite.lowering.tensors.hlo_to_linalg.shape_rules import (
    bits_shape,
    broadcast_shape,
    cast_shape,
    cut_shape,
    destination_shape,
    empty_shape,
    gathered,
    gathered_by_sizes,
    inferred_reshape,
    iota_shape,
    joined_shape,
    operand_shape,
    padded_shape,
    part_shape,
    product_shape,
    reduced_shape,
    reshaped_shape,
    same_shape,
    sliced_shape,
    softmax_shape,
    structured_shape,
    taken,
    transposed_shape,
    updated,
)
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.window_shapes import (
    convolved_shape,
    selected_shape,
    windowed_shape,
)
from ireelite.lowering.tensors.sizes import Shape

SHAPES: Mapping[type[Operation], Callable[[Any, SizedConversion], Shape]] = {
    **dict.fromkeys(ELEMENTWISE, same_shape),
    ConcatenateOp: joined_shape,
    DynamicSliceOp: taken,
    DynamicUpdateSliceOp: updated,
    MapOp: same_shape,
    GatherOp: gathered,
    PadOp: padded_shape,
    ScatterOp: scattered_shape,
    SortOp: sorted_shape,
    ReverseOp: operand_shape,
    BitcastConvertOp: bits_shape,
    ConvolutionOp: convolved_shape,
    ReducePrecisionOp: same_shape,
    ReduceWindowOp: windowed_shape,
    SelectAndScatterOp: selected_shape,
    FftOp: transformed_shape,
    SoftmaxOp: softmax_shape,
    dynamic.DynamicBroadcastInDimOp: broadcast_shape,
    dynamic.DynamicGatherOp: gathered_by_sizes,
    dynamic.DynamicIotaOp: iota_shape,
    dynamic.DynamicPadOp: padded_shape,
    dynamic.DynamicReshapeOp: reshaped_shape,
    DynamicReshapeOp: inferred_reshape,
    dynamic.RealDynamicSliceOp: cut_shape,
    dynamic.GetDimensionSizeOp: lambda op, to: (),
    CompareOp: same_shape,
    SelectOp: same_shape,
    hlo.ConvertOp: same_shape,
    hlo.DotGeneralOp: product_shape,
    hlo.ReduceOp: reduced_shape,
    hlo.SliceOp: sliced_shape,
    hlo.TransposeOp: transposed_shape,
    mixed.ClampOp: same_shape,
    tensor.CastOp: cast_shape,
    tensor.EmptyOp: empty_shape,
    tensor.ExtractSliceOp: part_shape,
    tensor.InsertSliceOp: destination_shape,
}
"""Op -> the shape of its results."""


def shape_rule(op: Operation) -> Callable[[Any, SizedConversion], Shape]:
    """Returns the rule for the shape of an op's results. Raises UNIMPLEMENTED."""
    if has_open_windows(op):
        return open_windows.SHAPES[type(op)]
    if (rule := SHAPES.get(type(op))) is not None:
        return rule
    if op.name.startswith(("arith.", "math.")):
        return same_shape
    if isinstance(op, LinalgStructuredOperation):
        return structured_shape
    raise refused(op)
