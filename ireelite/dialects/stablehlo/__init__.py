"""The `stablehlo` dialect: a program of math on tensors, in the syntax of the StableHLO
specification.

Its ops are in files by family: the elementwise ones in `elementwise.py`, those that move elements in
`movement.py` and `indexing.py`, control flow in `control.py`, contractions in `contraction.py`,
reductions in `reduction.py`. Semantics: the StableHLO specification, version 1.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.stablehlo.attributes import ATTRIBUTES
from ireelite.dialects.stablehlo.bounds import BOUNDS_ATTRIBUTES
from ireelite.dialects.stablehlo.collectives import COLLECTIVE_OPS, ChannelHandleAttr
from ireelite.dialects.stablehlo.comparison import COMPARISON_OPS
from ireelite.dialects.stablehlo.composition import COMPOSITION_ATTRIBUTES, COMPOSITION_OPS
from ireelite.dialects.stablehlo.contraction import DotGeneralOp
from ireelite.dialects.stablehlo.control import CONTROL_OPS
from ireelite.dialects.stablehlo.convolution import CONVOLUTION_ATTRIBUTES, CONVOLUTION_OPS
from ireelite.dialects.stablehlo.custom_call import CustomCallOp, OutputOperandAliasAttr
from ireelite.dialects.stablehlo.dynamic_shapes import DYNAMIC_SHAPE_OPS
from ireelite.dialects.stablehlo.einsum import EINSUM_OPS
from ireelite.dialects.stablehlo.elementwise import ELEMENTWISE_OPS
from ireelite.dialects.stablehlo.fourier import FOURIER_OPS
from ireelite.dialects.stablehlo.gather import GATHER_ATTRIBUTES, GATHER_OPS
from ireelite.dialects.stablehlo.indexing import INDEXING_OPS
from ireelite.dialects.stablehlo.linear_algebra import LINEAR_ALGEBRA_OPS, TransposeAttr
from ireelite.dialects.stablehlo.mixed import MIXED_OPS
from ireelite.dialects.stablehlo.movement import MOVEMENT_OPS
from ireelite.dialects.stablehlo.movement import BroadcastInDimOp as BroadcastInDimOp
from ireelite.dialects.stablehlo.movement import ConstantOp as ConstantOp
from ireelite.dialects.stablehlo.movement import ConvertOp as ConvertOp
from ireelite.dialects.stablehlo.movement import IotaOp as IotaOp
from ireelite.dialects.stablehlo.movement import ReshapeOp as ReshapeOp
from ireelite.dialects.stablehlo.movement import SliceOp as SliceOp
from ireelite.dialects.stablehlo.movement import TransposeOp as TransposeOp
from ireelite.dialects.stablehlo.movement import sliced_shape as sliced_shape
from ireelite.dialects.stablehlo.normalization import NORMALIZATION_OPS
from ireelite.dialects.stablehlo.precision import PRECISION_OPS
from ireelite.dialects.stablehlo.random_numbers import RANDOM_ATTRIBUTES, RANDOM_OPS
from ireelite.dialects.stablehlo.reduction import REDUCTION_OPS
from ireelite.dialects.stablehlo.reduction import ReduceOp as ReduceOp
from ireelite.dialects.stablehlo.reduction import ReturnOp as ReturnOp
from ireelite.dialects.stablehlo.scatter_sort import (
    SCATTER_SORT_OPS,
    ScatterDimensionNumbersAttr,
)
from ireelite.dialects.stablehlo.windows import WINDOW_OPS

StableHLO = Dialect(
    "stablehlo",
    [
        *COLLECTIVE_OPS,
        *COMPARISON_OPS,
        *COMPOSITION_OPS,
        *CONTROL_OPS,
        *CONVOLUTION_OPS,
        *DYNAMIC_SHAPE_OPS,
        *ELEMENTWISE_OPS,
        *FOURIER_OPS,
        *LINEAR_ALGEBRA_OPS,
        *GATHER_OPS,
        *INDEXING_OPS,
        *NORMALIZATION_OPS,
        *PRECISION_OPS,
        *RANDOM_OPS,
        *REDUCTION_OPS,
        *SCATTER_SORT_OPS,
        *WINDOW_OPS,
        *EINSUM_OPS,
        *MIXED_OPS,
        *MOVEMENT_OPS,
        CustomCallOp,
        DotGeneralOp,
    ],
    [
        *ATTRIBUTES,
        ChannelHandleAttr,
        *COMPOSITION_ATTRIBUTES,
        *CONVOLUTION_ATTRIBUTES,
        *BOUNDS_ATTRIBUTES,
        *GATHER_ATTRIBUTES,
        OutputOperandAliasAttr,
        TransposeAttr,
        *RANDOM_ATTRIBUTES,
        ScatterDimensionNumbersAttr,
    ],
)
