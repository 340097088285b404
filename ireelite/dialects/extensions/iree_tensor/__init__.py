"""The `iree_tensor` dialect."""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.extensions.iree_tensor.movement import (
    MOVEMENT_OPS,
    GatherOp,
    SliceOp,
    UpdateOp,
)

__all__ = ["GatherOp", "IreeTensor", "SliceOp", "UpdateOp"]

IreeTensor = Dialect("iree_tensor", [*MOVEMENT_OPS])
