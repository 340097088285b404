"""The `arith` dialect of the project: xDSL's, `arith.remf`, which MLIR has and xDSL has not, and
the ops on tensors of `arith_tensors.py`.
"""

from __future__ import annotations

from xdsl.dialects.arith import Arith as XDSL_ARITH
from xdsl.dialects.arith import (
    ArithConstantMaterializationInterface,
    FloatingPointLikeBinaryOperation,
)
from xdsl.ir import Dialect
from xdsl.irdl import irdl_op_definition, traits_def
from xdsl.traits import Pure

from ireelite.dialects.extensions.arith_tensors import READERS


@irdl_op_definition
class RemFOp(FloatingPointLikeBinaryOperation):
    """The remainder of a division towards zero, with the dividend's sign:
    `%r = arith.remf %a, %b : f32`.
    """

    name = "arith.remf"

    traits = traits_def(Pure())


Arith = Dialect(
    "arith",
    [*(READERS.get(op.name, op) for op in XDSL_ARITH.operations), RemFOp],
    [*XDSL_ARITH.attributes],
    [ArithConstantMaterializationInterface()],
)
