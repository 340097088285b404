"""Stage 2 to 3, second half: groups tensor ops into dispatch regions.

Each contraction, reduction or other piece of work starts a region; elementwise ops join the region
that made their operands, if the workload (the output's shape) is the same and they read it at the
same index. Ops that only say where data is (fills, broadcasts, slices) are copied into every region
that reads through them, so afterwards no tensor math is left outside a region.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, tensor
from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, ModuleOp, TensorType
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects.sequencer.iree import WORKLOAD_TYPE, DispatchRegionOp, ReturnOp
from ireelite.lowering.rewriting.outlining import Outlining
from ireelite.lowering.rewriting.sequences import is_sequence
from ireelite.syntax.printer import splat_of

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

CHEAP_OPS = (
    linalg.BroadcastOp,
    linalg.FillOp,
    linalg.TransposeOp,
    tensor.CollapseShapeOp,
    tensor.EmptyOp,
    tensor.ExpandShapeOp,
    tensor.ExtractOp,
    tensor.ExtractSliceOp,
)
"""Ops that move or repeat data without computing: copied to where they are read."""


@dataclass
class Group:
    """Ops that will share a dispatch."""

    shape: tuple[int, ...]
    ops: list[Operation] = field(default_factory=list)


def workload_of(shape: Sequence[int]) -> list[int]:
    """(x, y, z) of an output shape: its last dimension, the one before,
    and all the others together.
    """
    x = shape[-1] if shape else 1
    y = shape[-2] if len(shape) > 1 else 1
    return [x, y, prod(shape[:-2])]


def form_dispatches(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Forms the regions of every sequence, in place."""
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and is_sequence(function):
            remove_dead_ops(function.body.block)
            for group in find_groups(function.body.block):
                form_region(function, group, tracker)
            remove_dead_ops(function.body.block)
    return module


def remove_dead_ops(block: Block) -> None:
    """Erases ops whose results nobody reads (all ops at this level are pure), last first."""
    for op in reversed(list(block.ops)):
        if op.results and not any(result.uses for result in op.results):
            op.detach()
            op.erase()


# -- which ops belong together ---------------------------------------------------------------------


def is_constant(op: Operation) -> bool:
    """Whether the op is data that stays outside of regions."""
    return isinstance(op, arith.ConstantOp)


def is_cheap(op: Operation) -> bool:
    """Whether the op is copied into regions instead of being work of its own."""
    if isinstance(op, arith.ConstantOp):
        value = op.value
        return (
            not isinstance(value, DenseIntOrFPElementsAttr)
            or len(value) == 1
            or splat_of(value) is not None
        )
    return isinstance(op, CHEAP_OPS) or (isinstance(op, linalg.GenericOp) and not op.inputs)


def is_elementwise(op: Operation) -> bool:
    """Whether each output element depends on the same index of every operand of the output's
    shape.
    """
    if isinstance(op, linalg.GenericOp):
        return all(kind.data == "parallel" for kind in op.iterator_types)
    return op.name.startswith(("arith.", "math."))


def output_shape(op: Operation) -> tuple[int, ...]:
    """The shape of an op's results."""
    type = op.results[0].type
    return type.get_shape() if isinstance(type, TensorType) else ()


def find_groups(block: Block) -> list[Group]:
    """The groups in an order in which they can run."""
    groups: list[Group] = []
    group_of: dict[Operation, int] = {}
    for op in block.ops:
        if (
            isinstance(op, func.ReturnOp | tensor.EmptyOp)
            or is_constant(op)
            or (is_cheap(op) and not is_returned(op))
        ):
            continue
        direct = {group_of[o] for o in owners(op.operands) if o in group_of}
        through = {group_of[o] for o in sources_through_cheap(op) if o in group_of}
        latest = max(direct | through, default=-1)
        shape = output_shape(op)
        joins = (
            latest in direct
            and latest not in through
            and groups[latest].shape == shape
            and is_elementwise(op)
        )
        if not joins:
            groups.append(Group(shape))
            latest = len(groups) - 1
        groups[latest].ops.append(op)
        group_of[op] = latest
    return groups


def is_returned(op: Operation) -> bool:
    """Whether the function returns a result of this op as it is."""
    return any(
        isinstance(use.operation, func.ReturnOp) for result in op.results for use in result.uses
    )


def owners(values: Iterable[SSAValue]) -> list[Operation]:
    """The ops that define these values."""
    return [v.owner for v in values if isinstance(v.owner, Operation)]


def sources_through_cheap(op: Operation) -> set[Operation]:
    """Work whose results the op reads at other indices, through ops that will be copied."""
    found: set[Operation] = set()
    waiting = [o for o in owners(op.operands) if is_cheap(o)]
    while waiting:
        for source in owners(waiting.pop().operands):
            if is_cheap(source):
                waiting.append(source)
            else:
                found.add(source)
    return found


# -- making a region -------------------------------------------------------------------------------


def form_region(function: func.FuncOp, group: Group, tracker: Tracker | None) -> None:
    """Moves a group's ops into a new dispatch region before the function's end."""
    terminator = function.body.block.last_op
    assert terminator is not None
    outlined = Outlining(group.ops, is_cheap, tracker)
    for number, argument in enumerate(outlined.block.args, len(function.args)):
        argument.name_hint = f"arg{number}"
    end = ReturnOp(*outlined.outputs)
    outlined.block.add_op(end)
    workload = DenseIntOrFPElementsAttr.from_list(WORKLOAD_TYPE, workload_of(group.shape))
    constant = arith.ConstantOp(workload)
    constant.result.name_hint = "cst"
    region = DispatchRegionOp(
        constant.result, outlined.inputs, outlined.result_types, Region(outlined.block)
    )
    function.body.block.insert_ops_before([constant, region], terminator)
    outlined.replace(form_region, region.outputs, [constant, region, end])
