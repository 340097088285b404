"""Convolutions whose padding is an operand: those of constant padding are plain convolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.ir import Operation, SSAValue

from ireelite.dialects.stablehlo.convolution import ConvolutionOp, DynamicConvOp
from ireelite.dialects.stablehlo.windows import padding_attribute
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import constant_array
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError


def expand_dynamic_conv(op: DynamicConvOp, to: Conversion) -> Sequence[SSAValue]:
    """Raises UNIMPLEMENTED for padding that is computed when the program runs, INVALID_ARGUMENT for
    padding that makes another result.
    """
    padding = constant_array(op.padding)
    if padding is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            "the padding of this convolution is no constant; compile for one that is",
        )
    pairs = [(int(low), int(high)) for low, high in padding.reshape(-1, 2)]
    attribute = padding_attribute(pairs)
    windows, shape = op.spatial_windows(attribute), op.result_shape(attribute)
    if shape != list(shape_of(op.result)):
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"a convolution padded by {pairs} yields a shape of {shape}, not {op.result.type}",
        )
    return [
        to.insert(
            ConvolutionOp(
                op.lhs,
                op.rhs,
                op.dimension_numbers,
                windows,
                op.feature_groups,
                op.batch_groups,
                op.precision_config,
                op.result.type,
            )
        ).result
    ]


EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    DynamicConvOp: expand_dynamic_conv,
}
