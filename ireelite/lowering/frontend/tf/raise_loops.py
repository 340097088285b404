"""Raises the frames of TensorFlow's dataflow loops to `tf.WhileRegion` nodes.

A loop of the old form is a frame: values enter it by Enter nodes and leave it by Exit nodes. Each
value that it carries has a Merge, of the Enter that begins it and the NextIteration that goes on
with it. A Switch by the loop's LoopCond passes it to the body or to the Exit.

1. Each node gets the frame of what it reads. An Enter leads to an inner frame, an Exit back out.
2. Inner frames are raised before outer ones. A frame's Merges become the values that a WhileRegion
   carries. The condition is the slice of the graph that computes the LoopCond, the body the slice
   of the NextIterations, and what an Exit computes from the last values is a slice after the loop.
   A slice begins at Merges and constant Enters, and passes through Switches by the LoopCond.
3. What the frame held is erased.

Source: "Implementation of Control Flow in TensorFlow" (2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import base_op, fail, flag
from ireelite.lowering.frontend.tf.slices import (
    Source,
    copy_slice,
    erase_together,
    looks_through,
    sort_block,
)

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


@dataclass(eq=False)
class Frame:
    """A loop: its nodes, and how many loops are around it."""

    name: str
    outer: Frame | None
    nodes: list[tf.NodeOp] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return 0 if self.outer is None else self.outer.depth + 1

    def of(self, *ops: str) -> list[tf.NodeOp]:
        """Returns the nodes whose op is one of these."""
        return [node for node in self.nodes if base_op(node) in ops]


@dataclass(frozen=True)
class Loop:
    """What a frame is made of."""

    frame: Frame
    condition: tf.NodeOp
    merges: list[tf.NodeOp] = field(default_factory=list)
    firsts: list[SSAValue] = field(default_factory=list)
    """The value that each Merge begins with."""
    nexts: list[SSAValue] = field(default_factory=list)
    """The value that each Merge goes on with."""


def raise_loops(block: Block, tracker: Tracker | None) -> None:
    """Raises the loops of a graph, in place. Raises INVALID_ARGUMENT for a malformed frame, naming
    a node of it.
    """
    if not any(isinstance(op, tf.NodeOp) and base_op(op) == "Enter" for op in block.ops):
        return
    for frame in sorted(find_frames(block), key=lambda frame: -frame.depth):
        raise_frame(frame, block, tracker)
    sort_block(block)


def find_frames(block: Block) -> list[Frame]:
    """Returns the loops of a graph, with the nodes of each."""
    frames: dict[tuple[Frame | None, str], Frame] = {}
    frame_of: dict[Operation, Frame | None] = {}
    for node in block.ops:
        if not isinstance(node, tf.NodeOp):
            continue
        around = frame_around(node, frame_of)
        if base_op(node) == "Enter":
            name = node.attributes.get("frame_name")
            if not isinstance(name, StringAttr) or len(node.data) != 1:
                raise fail(node, "needs one operand and the attribute 'frame_name'")
            key = (around, name.data)
            around = frames.setdefault(key, Frame(name.data, around))
        if around is not None:
            around.nodes.append(node)
        elif base_op(node) in ("Exit", "NextIteration", "LoopCond"):
            raise fail(node, "is in no loop")
        frame_of[node] = around if base_op(node) != "Exit" or around is None else around.outer
    return list(frames.values())


def frame_around(node: tf.NodeOp, frame_of: dict[Operation, Frame | None]) -> Frame | None:
    """Returns the frame of what a node reads; constants have that of any reader.

    Raises INVALID_ARGUMENT if it reads values of two frames.
    """
    found: dict[Frame | None, Operation] = {}
    for value in node.operands:
        owner = value.owner
        if not isinstance(owner, Operation):
            continue
        is_free = not owner.operands and owner.name != "tf.Placeholder"
        if owner in frame_of and not (is_free and frame_of[owner] is None):
            found.setdefault(frame_of[owner], owner)
    if len(found) > 1:
        names = [name_of(owner) for owner in found.values()]
        raise fail(node, f"reads {names[0]} and {names[1]}, which are not in one loop")
    return next(iter(found), None)


def name_of(op: Operation) -> str:
    return f"'{op.node_name.data}'" if isinstance(op, tf.NodeOp) else "the graph's results"


def raise_frame(frame: Frame, block: Block, tracker: Tracker | None) -> None:
    """Puts a WhileRegion in the place of a frame's nodes, if anything leaves it."""
    if exits := frame.of("Exit"):
        loop = loop_of(frame)
        while_op = build_loop(loop, tracker)
        assert block.last_op is not None
        block.insert_op_before(while_op, block.last_op)
        after = Block()
        lasts = source_in(loop, while_op.outputs, 0)
        lasting = [node.data[0] for node in exits]
        values = copy_slice(lasting, lasts, after, tracker, guards_in(loop))
        made: list[Operation] = list(after.ops)
        for op in made:
            op.detach()
        block.insert_ops_before(made, block.last_op)
        if frame.outer is not None:
            frame.outer.nodes += [op for op in (while_op, *made) if isinstance(op, tf.NodeOp)]
        for node, value in zip(exits, values, strict=True):
            node.outputs[0].replace_all_uses_with(value)
            node.done.replace_all_uses_with(while_op.done)
        if tracker is not None:
            tracker.rewrite(raise_frame, frame.nodes, [while_op])
    held = {op for node in frame.nodes for op in node.walk()}
    for node in frame.nodes:
        for result in node.results:
            if outside := [use.operation for use in result.uses if use.operation not in held]:
                raise fail(node, f"is read by {name_of(outside[0])} without an Exit")
    erase_together(frame.nodes)


def loop_of(frame: Frame) -> Loop:
    """Returns the parts of a frame. Raises INVALID_ARGUMENT for a malformed one."""
    conditions = frame.of("LoopCond")
    if len(conditions) != 1:
        raise fail(
            frame.nodes[0], f"its loop '{frame.name}' has {len(conditions)} LoopConds; expected one"
        )
    loop = Loop(frame, conditions[0])
    for merge in frame.of("Merge"):
        sources = {base_op(v.owner): v.owner for v in merge.data if isinstance(v.owner, tf.NodeOp)}
        if not sources.keys() & {"Enter", "NextIteration"}:
            continue  # of a choice in the loop
        if len(merge.data) != 2 or sources.keys() != {"Enter", "NextIteration"}:
            raise fail(merge, "must merge an Enter and a NextIteration of its loop")
        if sources["NextIteration"] not in frame.nodes or sources["Enter"] not in frame.nodes:
            raise fail(merge, "must merge an Enter and a NextIteration of its own loop")
        loop.merges.append(merge)
        loop.firsts.append(sources["Enter"].data[0])
        loop.nexts.append(sources["NextIteration"].data[0])
    return loop


def build_loop(loop: Loop, tracker: Tracker | None) -> tf.NodeOp:
    """Returns the WhileRegion of a loop, whose regions are slices of its frame."""
    types = [merge.outputs[0].type for merge in loop.merges]
    guards = guards_in(loop)
    regions: list[Region] = []
    for targets, side in ((loop.condition.data, None), (loop.nexts, 1)):
        block = Block(arg_types=types)
        for arg, merge in zip(block.args, loop.merges, strict=True):
            arg.name_hint = merge.outputs[0].name_hint
        values = copy_slice(targets, source_in(loop, block.args, side), block, tracker, guards)
        block.add_op(tf.YieldOp(values))
        regions.append(Region(block))
    op_class = tf.node_class("WhileRegion")
    assert issubclass(op_class, tf.NodeOp)
    name = loop.condition.node_name.data
    op = op_class(name, loop.firsts, [], {}, types, regions)
    op.location = loop.condition.location
    for result, merge in zip(op.outputs, loop.merges, strict=True):
        result.name_hint = merge.outputs[0].name_hint
    return op


def guards_in(loop: Loop) -> set[Operation]:
    """Returns the nodes of a loop that have a value in a branch of a choice only: a control edge
    from one of them says that a constant belongs to that branch.
    """
    condition = loop.condition.outputs[0]
    inside, ends = set[Operation](loop.frame.nodes), {loop.condition, *loop.merges}
    guards: set[Operation] = set()
    waiting: list[Operation] = [
        node for node in loop.frame.of("Switch") if looks_through(node.data[1]) is not condition
    ]
    while waiting:
        node = waiting.pop()
        if node not in guards:
            guards.add(node)
            after = {use.operation for result in node.results for use in result.uses}
            waiting += [op for op in after & inside - ends if base_op(op) not in LEAVING]
    return guards


LEAVING = ("Enter", "Exit", "NextIteration")
"""Ops whose results are of another turn, or of another loop."""


def source_in(loop: Loop, carried: Sequence[SSAValue], side: int | None) -> Source:
    """Returns where slices of a loop begin: at what it carries, and around it.

    `side` is the result that Switches by the LoopCond have in this slice, if any.
    """
    number = {merge: n for n, merge in enumerate(loop.merges)}
    inside = set(loop.frame.nodes)

    def source(value: SSAValue) -> SSAValue | None:
        node = value.owner
        if not isinstance(node, tf.NodeOp) or node not in inside:
            return value
        if node in number:
            if value is not node.outputs[0]:
                raise fail(node, "the index of what a loop's Merge took is not supported")
            return carried[number[node]]
        match base_op(node):
            case "Enter":
                if not flag(node, "is_constant"):
                    raise fail(node, "is read by a node that is no Merge, and is not constant")
                return node.data[0]
            case "NextIteration":
                raise fail(node, "is read by a node that is no Merge")
            case "Switch" if looks_through(node.data[1]) is loop.condition.outputs[0]:
                if side is None:
                    raise fail(node, "depends on the condition of its loop, and decides it")
                if value is not node.outputs[side]:
                    where = "the body" if side else "what leaves it"
                    raise fail(node, f"its result {1 - side} has no value in {where}")
                return node.data[0]
        return None

    return source
