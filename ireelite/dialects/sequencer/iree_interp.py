"""The `iree_interp` dialect: the one op of the old interpreter that the high-level sequencer still
shows.
"""

from __future__ import annotations

from xdsl.ir import Dialect
from xdsl.irdl import irdl_op_definition

from ireelite.dialects.sequencer.syntax import BufferConstantOp


@irdl_op_definition
class ConstantOp(BufferConstantOp):
    """A buffer that holds a constant: a workload, or weights. Prints the tensor, yields the buffer.

    ```mlir
    %0 = iree_interp.constant dense<[4, 1, 1]> : tensor<3xi32>
    ```
    """

    name = "iree_interp.constant"


IreeInterp = Dialect("iree_interp", [ConstantOp])
