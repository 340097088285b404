"""The `chlo` dialect: functions beyond those of StableHLO, and ops that broadcast their operands.

What JAX and TensorFlow print beside `stablehlo`; its ops are expanded to that before a program is
taken apart.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.chlo.broadcasting import BROADCASTING_ATTRIBUTES, BROADCASTING_OPS
from ireelite.dialects.chlo.functions import FUNCTION_OPS
from ireelite.dialects.chlo.structured import STRUCTURED_ATTRIBUTES, STRUCTURED_OPS

Chlo = Dialect(
    "chlo",
    [*FUNCTION_OPS, *BROADCASTING_OPS, *STRUCTURED_OPS],
    [*BROADCASTING_ATTRIBUTES, *STRUCTURED_ATTRIBUTES],
)
