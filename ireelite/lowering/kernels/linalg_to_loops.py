"""The beginning of stage 6, shared by all targets: tensors become loops over buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region

from ireelite.dialects.sequencer import iree
from ireelite.lowering.kernels.nests import lower_kernel
from ireelite.lowering.rewriting.conversion import Conversion

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def linalg_to_loops(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Returns the same sequencer, with each unspecified executable's function made a kernel of
    loops.
    """
    to = Conversion({}, "loops", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if isinstance(op, iree.MultiArchExecutableOp):
                with to.rewriting(linalg_to_loops, op):
                    lower_executable(op, to)
            else:
                with to.deriving_from(op):
                    to.clone(op)
    to.finish()
    return result


def lower_executable(op: iree.MultiArchExecutableOp, to: Conversion) -> None:
    """Lowers an executable with its kernels."""
    variants: list[Operation] = []
    for variant in op.executables:
        inner = variant.module
        assert isinstance(inner, ModuleOp)
        kernels = ModuleOp([])
        with to.at(kernels.body.block):
            for function in inner.body.block.ops:
                if isinstance(function, func.FuncOp):
                    with to.rewriting(lower_kernel, function):
                        to.insert(lower_kernel(function, to))
        copy = iree.ExecutableOp(variant.format, kernels)
        variants.append(copy)
        if to.tracker is not None:
            to.tracker.derive(copy, (variant,))
            to.tracker.derive(kernels, (inner,))
    ordinal = None if op.ordinal is None else op.ordinal.value.data
    to.insert(iree.MultiArchExecutableOp(op.sym_name.data, Region(Block(variants)), ordinal))
