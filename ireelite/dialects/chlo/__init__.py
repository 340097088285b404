"""The `chlo` dialect: functions beyond those of StableHLO, and ops that broadcast their operands.

What JAX and TensorFlow print beside `stablehlo`; its ops are expanded to that before a program is
taken apart.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.chlo.broadcasting import BROADCASTING_ATTRIBUTES, BROADCASTING_OPS
from ireelite.dialects.chlo.constants import CONSTANT_OPS
from ireelite.dialects.chlo.dynamic_reshape import DynamicReshapeOp
from ireelite.dialects.chlo.functions import FUNCTION_OPS
from ireelite.dialects.chlo.ragged_dot import (
    PrecisionAttr,
    RaggedDotDimensionNumbersAttr,
    RaggedDotOp,
)
from ireelite.dialects.chlo.scan import ScanOp
from ireelite.dialects.chlo.top_k import TopKOp

Chlo = Dialect(
    "chlo",
    [
        *FUNCTION_OPS,
        *BROADCASTING_OPS,
        *CONSTANT_OPS,
        DynamicReshapeOp,
        RaggedDotOp,
        ScanOp,
        TopKOp,
    ],
    [*BROADCASTING_ATTRIBUTES, PrecisionAttr, RaggedDotDimensionNumbersAttr],
)
