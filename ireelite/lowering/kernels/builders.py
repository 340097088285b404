"""Builders: ops whose kernels have loops of their own.

Most ops on tensors are functions of one element, which a kernel computes by pulling (`kernel.py`).
The ops of the `iree_tensor` dialect are not: each has a *builder*, a function in a file of its kind,
and a row in `BUILDERS`.

    def build_scan(op: ScanOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None

A builder writes what one point of the op's workload does:

- `point` are the symbolic indices of that point, one for each dimension of `op.workload`. Points run
  in any order and in parallel: each must store other elements, and read none that another stores.
- `outputs` are the buffers of the op's results, of these results' whole shapes, in order. Every
  element must be stored by some point. A buffer holds what this point has stored there, so that a
  builder may read it back, with `load`.
- An element of an operand, at any symbolic indices, is `kernel.pull([Read(value, indices)])`: it
  computes through the ops that make the operand, if they are in the kernel, and loads otherwise.
  An index that is computed becomes a symbolic one by `kernel.variable`.
- `kernel.scratch` is a buffer of the point's own. Keep it to some hundred elements: Mesa's software
  driver takes minutes to compile a shader with a thousand. A buffer of a result serves as well.
- Loops and branches are made by `control.py`, or by `kernel.loops` where nothing is carried: their
  bodies are functions that insert ops by `kernel.to.insert` and return what is carried on. A loop
  whose number of turns is a constant is divided on devices that end long loops; keep others below
  a few thousand turns.
- The op's region, a function of scalars, is `apply_region`.

Any index arithmetic is `arith` on values of type `index`; `Number` in `numbers.py` writes it as
Python does. Narrow elements share words with their neighbours on some devices, whose stores are
atomic there: points need not own whole words.

What fusion needs is in the op's class: `workload`, and `reads`, by which the elementwise ops that make
an operand are computed inside the kernel where each of its elements is read once. The results are
buffers for every other dispatch.

To add an op: its class in `dialects/extensions/iree_tensor/`, a rule in `tensors/hlo_to_linalg/` that
makes it, a builder here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

from xdsl.dialects.builtin import TensorType
from xdsl.ir import Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor import (
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
)
from ireelite.dialects.extensions.iree_tensor.kernel_op import KernelOp, ShapeOf
from ireelite.dialects.sequencer import iree
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.tensors.indices import Extent, Indices
from ireelite.status import StatusCode, StatusError

Builder = Callable[[Any, Indices, Sequence[SSAValue], Kernel], None]
"""Writes one point of an op's workload: (op, point, buffers of the results, kernel)."""


BUILDERS: Mapping[type[Operation], tuple[str, str]] = {
    CholeskyOp: ("triangular", "build_cholesky"),
    EigenOp: ("jacobi", "build_eigen"),
    EigenvectorsOp: ("schur", "build_eigenvectors"),
    FftStageOp: ("fft", "build_fft_stage"),
    HessenbergOp: ("reflectors", "build_hessenberg"),
    LuOp: ("lu", "build_lu"),
    MergeOp: ("sort", "build_merge"),
    MergePartsOp: ("sort", "build_merge"),
    OrthogonalizeOp: ("jacobi", "build_orthogonalize"),
    QrOp: ("reflectors", "build_qr"),
    ReflectOp: ("reflectors", "build_reflect"),
    ScanOp: ("scan", "build_scan"),
    ScatterOp: ("scatter", "build_scatter"),
    SchurOp: ("schur", "build_schur"),
    SerialOp: ("serial", "build_serial"),
    SortOp: ("sort", "build_sort"),
    SortPartsOp: ("sort", "build_sort"),
    TriangularSolveOp: ("triangular", "build_triangular_solve"),
    TridiagonalSolveOp: ("tridiagonal", "build_tridiagonal_solve"),
}
"""Op -> the file of its builder in this room, and the builder's name."""


@cache
def find_builder(kind: type[Operation]) -> Builder:
    """Returns the builder of an op, whose file is imported with the first op of that kind. Raises
    KeyError for an op without one.
    """
    file, name = BUILDERS[kind]
    return getattr(import_module(f"ireelite.lowering.kernels.{file}"), name)


def shared_workload(ops: Sequence[KernelOp], shape: ShapeOf) -> tuple[Extent, ...]:
    """Returns the workload of the ops of one kernel that have builders. Raises INVALID_ARGUMENT if
    they have several.
    """
    workloads = list(dict.fromkeys(op.workload_in(shape) for op in ops))
    if len(workloads) > 1:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT,
            f"a kernel has one workload, and its ops have {', '.join(map(str, workloads))}",
        )
    return workloads[0]


def build_op(
    op: KernelOp, point: Indices, stored: Mapping[SSAValue, SSAValue], kernel: Kernel
) -> None:
    """Builds one op at one point. Its results go to the buffers in which they are `stored`, or else
    to scratch, which only a kernel of one point shares with what reads them.
    """
    outputs: list[SSAValue] = []
    for result in op.results:
        if (buffer := stored.get(result)) is None:
            if any(count != 1 for count in op.workload_in(kernel.space.shape)):
                raise StatusError(
                    StatusCode.INVALID_ARGUMENT,
                    f"'{op.name}' has a workload of {op.workload}: its results must be stored by "
                    "the kernel that computes them",
                )
            assert isinstance(result.type, TensorType)
            buffer = kernel.scratch(result.type.element_type, result.type.get_shape())
        outputs.append(buffer)
    point = tuple(kernel.space.constant(0) if index.high == 0 else index for index in point)
    build = find_builder(type(op))
    with kernel.to.rewriting(build, op):
        build(op, point, outputs, kernel)
    for result, buffer in zip(op.results, outputs, strict=True):
        kernel.buffers[result] = buffer, ()


def stored_in(stores: Sequence[iree.StoreOutputOp], kernel: Kernel) -> dict[SSAValue, SSAValue]:
    """Returns, for each value that a kernel stores, the buffer that it is stored in first."""
    found: dict[SSAValue, SSAValue] = {}
    for store in stores:
        found.setdefault(store.value, kernel.to.value(store.target))
    return found
