"""Copies of the nodes that compute some values: what loops and choices are cut out of a graph by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import DenseArrayBase, i32
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ireelite.dialects import tf

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Source = Callable[[SSAValue], SSAValue | None]
"""What takes the place of a value in a slice: the value itself if it is not to be copied, another
value, or None if a copy of its node does.
"""


def copy_slice(
    targets: Iterable[SSAValue],
    source: Source,
    block: Block,
    tracker: Tracker | None,
    guards: Set[Operation] = frozenset(),
) -> list[SSAValue]:
    """Adds copies of the nodes that compute the targets to a block; returns the targets' copies.

    Nodes are copied once each, after those that they read. `source` decides where a slice begins.
    Of control edges only those from `guards` are copied.
    """
    copies: dict[SSAValue, SSAValue] = {}
    targets = list(targets)
    stack: list[tuple[SSAValue, bool]] = [(target, False) for target in reversed(targets)]
    while stack:
        value, is_ready = stack.pop()
        if value in copies:
            continue
        other = source(value)
        if other is value or isinstance(value, BlockArgument):
            copies[value] = value
        elif other is not None:
            if other in copies:
                copies[value] = copies[other]
            elif not is_ready:
                stack += [(value, True), (other, False)]
            else:
                copies[value] = other
        else:
            node = value.owner
            assert isinstance(node, tf.NodeOp)
            before = [*reads(node), *(done for done in node.control if done.owner in guards)]
            missing = [value for value in before if value not in copies]
            if missing and not is_ready:
                stack += [(value, True), *((read, False) for read in reversed(missing))]
            else:
                block.add_op(copy_node(node, copies, tracker, guards))
    return [copies[target] for target in targets]


def copy_node(
    node: tf.NodeOp,
    copies: dict[SSAValue, SSAValue],
    tracker: Tracker | None,
    guards: Set[Operation],
) -> tf.NodeOp:
    """Returns a copy of a node on the copies of what it reads, and of those of `guards` that it
    waits for; its results are added to the copies.
    """
    copy = node.clone(copies)
    set_control(copy, [copies[done] for done in node.control if done.owner in guards])
    if tracker is not None:
        for old, new in zip(node.walk(), copy.walk(), strict=True):
            tracker.derive(new, (old,))
    return copy


def set_control(node: tf.NodeOp, control: Sequence[SSAValue]) -> None:
    """Replaces a node's control operands."""
    if node.control or control:
        data = list(node.data)
        node.operands = [*data, *control]
        segments = DenseArrayBase.from_list(i32, [len(data), len(control)])
        node.properties["operandSegmentSizes"] = segments


def looks_through(value: SSAValue) -> SSAValue:
    """Returns what a chain of `Identity` nodes copies."""
    while isinstance(node := value.owner, tf.NodeOp) and node.op_name == "Identity" and node.data:
        value = node.data[0]
    return value


def reads(node: Operation) -> list[SSAValue]:
    """Returns the values that a node reads, in its regions too, but for those made in them."""
    values = list(getattr(node, "data", node.operands))
    for region in node.regions:
        inside = set(region.walk())
        for op in inside:
            values += [
                v for v in getattr(op, "data", op.operands) if not _is_within(v, inside, node)
            ]
    return list(dict.fromkeys(values))


def _is_within(value: SSAValue, inside: set[Operation], node: Operation) -> bool:
    owner = value.owner
    if isinstance(owner, Block):
        around = owner.parent_op()
        return around is node or around in inside
    return owner in inside


def sort_block(block: Block) -> None:
    """Puts the ops of a block in an order in which each comes after what it reads; otherwise they
    stay in theirs.
    """
    ops = list(block.ops)
    here: set[object] = set(ops)
    order: dict[Operation, None] = {}
    for root in ops:
        stack = [(root, False)]
        while stack:
            op, is_ready = stack.pop()
            if op in order:
                continue
            if is_ready:
                order[op] = None
                continue
            controls: Sequence[SSAValue] = op.control if isinstance(op, tf.NodeOp) else ()
            owners = (v.owner for v in (*reads(op), *controls))
            before = [owner for owner in owners if isinstance(owner, Operation)]
            stack.append((op, True))
            stack += [(b, False) for b in reversed(before) if b in here and b not in order]
    for op in ops:
        op.detach()
    block.add_ops(order)


def keep_needed(block: Block) -> None:
    """Erases the nodes of a block that its end needs neither directly nor through others, but for
    Placeholders, and all control edges to them.
    """
    assert block.last_op is not None
    kept: set[Operation] = set()
    waiting: list[Operation] = [block.last_op]
    while waiting:
        if (op := waiting.pop()) not in kept:
            kept.add(op)
            waiting += [v.owner for v in reads(op) if isinstance(v.owner, Operation)]
    erased = [op for op in block.ops if op not in kept and op.name != "tf.Placeholder"]
    for op in block.ops:
        if isinstance(op, tf.NodeOp) and any(v.owner not in kept for v in op.control):
            set_control(op, [])
    erase_together(erased)


def erase_together(ops: Sequence[Operation]) -> None:
    """Erases ops that only read each other, in loops even."""
    for op in ops:
        op.detach()
        op.drop_all_references()
    for op in ops:
        op.erase(drop_references=False)
