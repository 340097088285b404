"""The `iree_tensor` dialect: ops on tensors that `linalg` and `tensor` lack.

`linalg` says what one element of a result is made of. What a `KernelOp` computes is no such function:
an element depends on the order of all others, or on where updates go. Each has a *workload*, the
index space whose points can be computed in parallel, and a builder in `lowering/kernels` that writes
the loops for one point. A region is a function of scalars, but for `iree_tensor.serial`.

    %1 = iree_tensor.scan %0, %zero {dimension = 0 : i64, reverse = false, exclusive = false}
        : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32> {
    ^bb0(%sum: f32, %element: f32):
      %2 = arith.addf %sum, %element : f32
      iree_tensor.yield %2 : f32
    }

The other ops move elements to and from places that data decides.
"""

from __future__ import annotations

from xdsl.ir import Dialect

from ireelite.dialects.extensions.iree_tensor.fourier import FftStageOp
from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp, YieldOp
from ireelite.dialects.extensions.iree_tensor.movement import (
    MOVEMENT_OPS,
    GatherOp,
    SliceOp,
    UpdateOp,
)
from ireelite.dialects.extensions.iree_tensor.ordering import (
    MergeOp,
    MergePartsOp,
    ScanOp,
    SortOp,
    SortPartsOp,
)
from ireelite.dialects.extensions.iree_tensor.reflectors import HessenbergOp, QrOp, ReflectOp
from ireelite.dialects.extensions.iree_tensor.scatter import ScatterOp
from ireelite.dialects.extensions.iree_tensor.serial import KeepOp, SerialOp
from ireelite.dialects.extensions.iree_tensor.spectra import (
    EigenOp,
    EigenvectorsOp,
    OrthogonalizeOp,
    SchurOp,
)
from ireelite.dialects.extensions.iree_tensor.triangular import (
    CholeskyOp,
    LuOp,
    TriangularSolveOp,
    TridiagonalSolveOp,
)

__all__ = [
    "CholeskyOp",
    "EigenOp",
    "EigenvectorsOp",
    "FftStageOp",
    "GatherOp",
    "HessenbergOp",
    "IreeTensor",
    "KeepOp",
    "KernelOp",
    "LuOp",
    "MergeOp",
    "MergePartsOp",
    "OrthogonalizeOp",
    "QrOp",
    "ReflectOp",
    "ScanOp",
    "ScatterOp",
    "SchurOp",
    "SerialOp",
    "SliceOp",
    "SortOp",
    "SortPartsOp",
    "TriangularSolveOp",
    "TridiagonalSolveOp",
    "UpdateOp",
    "YieldOp",
]

KERNEL_OPS: list[type[KernelOp]] = [
    CholeskyOp,
    EigenOp,
    EigenvectorsOp,
    FftStageOp,
    HessenbergOp,
    LuOp,
    MergeOp,
    MergePartsOp,
    OrthogonalizeOp,
    QrOp,
    ReflectOp,
    ScanOp,
    ScatterOp,
    SchurOp,
    SerialOp,
    SortOp,
    SortPartsOp,
    TriangularSolveOp,
    TridiagonalSolveOp,
]
"""Every op that computes. Each has a builder in `lowering/kernels/builders.py`."""

IreeTensor = Dialect("iree_tensor", [*KERNEL_OPS, *MOVEMENT_OPS, KeepOp, YieldOp])
