"""Stage 2 to 3, second half: groups tensor ops into dispatch regions.

`facts` says which ops compute and which are only copied to where they are read; `decide` groups
those that compute. Each group becomes a region, so that no tensor math is left outside of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, tensor
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Attribute, Block, Operation, Region
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.traits import IsTerminator

from ireelite.dialects.elements import find_row
from ireelite.dialects.extensions.iree_tensor import KernelOp
from ireelite.dialects.sequencer.iree import DispatchRegionOp, ReturnOp, workload_attribute
from ireelite.lowering.fusion.decide import find_groups, movement_decisions, record_decisions
from ireelite.lowering.fusion.facts import Facts, is_read_back
from ireelite.lowering.fusion.groups import Group
from ireelite.lowering.fusion.open_regions import form_open_region
from ireelite.lowering.fusion.rules import ALL_RULES
from ireelite.lowering.rewriting.dead_code import erase_dead_ops
from ireelite.lowering.rewriting.outlining import Outlining
from ireelite.lowering.rewriting.sequences import (
    CONTROL_OPS,
    blocks_within,
    decides,
    is_about_sizes,
    is_sequence,
    is_static,
)
from ireelite.lowering.tensors.indices import type_shape
from ireelite.lowering.tensors.sizes import Sizes
from ireelite.lowering.tensors.workload import workload_of
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import at_place

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

LARGEST_COUNT = 2**31 - 1
"""The largest number of a workload, which is of i32."""


def form_dispatches(module: ModuleOp, rules: frozenset[str], tracker: Tracker | None) -> ModuleOp:
    """Forms the regions of every sequence by the rules that are on, in place."""
    for function in module.body.block.ops:
        if isinstance(function, func.FuncOp) and is_sequence(function):
            erase_dead_ops(function.body.block, may_erase_work, tracker)
            sizes = None if all(map(is_static, function.args)) else Sizes(function.body.block)
            form_in_block(function.body.block, len(function.args), None, tracker, sizes, rules)
            for block in reversed(blocks_within(function.body.block)):
                erase_dead_ops(block, may_erase, tracker)
    return module


def form_in_block(
    block: Block,
    inputs: int,
    around: Facts | None,
    tracker: Tracker | None,
    sizes: Sizes | None = None,
    rules: frozenset[str] = ALL_RULES,
) -> None:
    """Forms the regions of a block and of those within it. Work stays between the loops and choices
    between which it stands; `inputs` is the number of values from outside of the block, after
    which a region's arguments are named. `sizes` are those of tensors that leave some open.
    """
    read_late(block)
    facts = around
    ops: list[Operation] = []
    for op in list(block.ops):
        if not decides_or_ends(op):
            if sizes is None or isinstance(op, tensor.CastOp) or not is_about_sizes(op):
                ops.append(op)
            continue
        if ops:
            facts = Facts(ops, facts, type_shape if sizes is None else sizes.of, rules)
            groups, decisions = find_groups(facts, rules, tracker is not None)
            if tracker is not None:
                record_decisions([*movement_decisions(facts), *decisions], tracker)
            for group in groups:
                form_region(op, inputs, group, facts, tracker, sizes)
            ops = []
        if type(op) in CONTROL_OPS:
            for region in op.regions:
                for inner in region.blocks:
                    form_in_block(inner, inputs, facts, tracker, rules=rules)


def decides_or_ends(op: Operation) -> bool:
    """Returns whether work that comes after an op must not move before it: a loop or a choice, what
    it decides by, or the end of the block.
    """
    return (
        type(op) in CONTROL_OPS
        or is_decision_cast(op)
        or is_read_back(op)
        or op.has_trait(IsTerminator)
    )


def is_decision_cast(op: Operation) -> bool:
    """Returns whether an op makes the index by which loops and choices decide."""
    return isinstance(op, arith.IndexCastOp) and decides(op)


def read_late(block: Block) -> None:
    """Moves each read of a scalar to the first op that uses it, so that the host waits only there."""
    for op in reversed(list(block.ops)):
        if not is_decision_cast(op) and not is_read_back(op):
            continue
        users = {ancestor_in(block, use.operation) for use in op.results[0].uses}
        following = op.next_op
        while following is not None and following not in users:
            following = following.next_op
        if following is not None and following is not op.next_op:
            op.detach()
            block.insert_op_before(op, following)


def ancestor_in(block: Block, op: Operation) -> Operation:
    """Returns the op of a block that is, or contains, another op."""
    while op.parent is not block:
        around = op.parent_op()
        assert around is not None
        op = around
    return op


def may_erase(op: Operation) -> bool:
    """Returns whether an op of a sequence may be erased if nothing uses its results: all are pure
    that have some.
    """
    return bool(op.results)


def may_erase_work(op: Operation) -> bool:
    """Returns whether an op may be erased before dispatches are formed, which ask for sizes."""
    return may_erase(op) and not isinstance(op, tensor.DimOp)


def is_closed(block: Block) -> bool:
    """Returns whether no tensor of a block, or that it takes, leaves a size open, and it takes no
    sizes.
    """
    values = (*block.args, *(result for op in block.ops for result in op.results))
    takes_tensors = all(isinstance(argument.type, TensorType) for argument in block.args)
    return takes_tensors and all(map(is_static, values))


WORD_BITS = 32
"""What one invocation must own of a result whose elements share bytes: the least that a device
stores."""


def parallel_shape(shape: Sequence[int], results: Iterable[Attribute]) -> Sequence[int]:
    """Returns the leading dimensions of a shape over which invocations are apart: all, unless
    elements of a result share bytes; then as many as leave whole words to each invocation.
    """
    for type in results:
        assert isinstance(type, TensorType)
        row, sizes = find_row(type.element_type), type.get_shape()
        if row is not None and row.storage_bits < 8:
            while shape and prod(sizes[len(shape) :]) * row.storage_bits % WORD_BITS:
                shape = shape[:-1]
    return shape


def form_region(
    before: Operation,
    inputs: int,
    group: Group,
    facts: Facts,
    tracker: Tracker | None,
    sizes: Sizes | None = None,
) -> None:
    """Moves a group's ops into a new dispatch region before an op."""
    for result in (result for op in group.ops for result in op.results):
        facts.shape(result)  # while the ops that decide it are where they were read
    outlined = Outlining(
        group.ops,
        facts.copied.__contains__,
        tracker,
        yields_all=lambda op: isinstance(op, KernelOp),
    )
    if sizes is not None and not is_closed(outlined.block):
        form_open_region(outlined, sizes, before, tuple(group.shape))
        return
    for number, argument in enumerate(outlined.block.args, inputs):
        argument.name_hint = f"arg{number}"
    end = ReturnOp(*outlined.outputs)
    outlined.block.add_op(end)
    shape = [size for size in group.shape if isinstance(size, int)]
    if not any(isinstance(op, KernelOp) for op in group.ops):
        shape = parallel_shape(shape, outlined.result_types)
    counts = workload_of(shape)
    if max(counts) > LARGEST_COUNT:
        error = StatusError(
            StatusCode.UNIMPLEMENTED,
            f"a dispatch over a shape of {list(shape)} has {max(counts)} elements in one of "
            f"the three numbers of its workload, which is {LARGEST_COUNT} at most",
        )
        raise at_place(error, group.ops)
    constant = arith.ConstantOp(workload_attribute(*counts))
    constant.result.name_hint = "cst"
    region = DispatchRegionOp(
        constant.result, outlined.inputs, outlined.result_types, Region(outlined.block)
    )
    Rewriter.insert_op([constant, region], InsertPoint.before(before))
    outlined.replace(form_region, region.outputs, [constant, region, end])
