"""Replaces the Switches of TensorFlow's dataflow choices between many branches, `_SwitchN`.

Such a Switch passes a value on as the result that an index chooses, or as the last one if there is
none of that number. It becomes a chain of Switches with two results: the first compares the index
with 0, and the next one takes what the first passes on if they differ. Switches of one index share
their comparisons, by which their branches are found to be those of one choice.

Source: `lower_case_op.cc`, which makes such Switches of a `Case`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xdsl.dialects.builtin import DenseIntOrFPElementsAttr, TensorType, i1, i32
from xdsl.ir import Attribute, Block, SSAValue

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import fail
from ireelite.lowering.frontend.tf.slices import looks_through

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ireelite.provenance import Tracker

Comparisons = dict[tuple[SSAValue, int], SSAValue]
"""(index, number of a branch) -> whether they are equal."""


def expand_switches(block: Block, tracker: Tracker | None) -> None:
    """Replaces each `_SwitchN` of a block by Switches, in place.

    Raises INVALID_ARGUMENT for one without its two operands or without a result, naming it.
    """
    comparisons: Comparisons = {}
    for node in list(block.ops):
        if isinstance(node, tf.NodeOp) and node.op_name == "_SwitchN":
            made = expand_switch(node, comparisons)
            if tracker is not None:
                tracker.rewrite(expand_switches, [node], made)
            node.detach()
            node.erase()


def expand_switch(node: tf.NodeOp, comparisons: Comparisons) -> list[tf.NodeOp]:
    """Inserts the Switches before the node and uses their results; returns what was inserted."""
    if len(node.data) != 2:
        raise fail(node, f"takes 2 operands, not {len(node.data)}")
    if not node.outputs:
        raise fail(node, "has no results")
    made: list[tf.NodeOp] = []
    value, index = node.data[0], looks_through(node.data[1])
    last = len(node.outputs) - 1
    if not last:
        made.append(insert("Identity", node, "", [value], [node.outputs[0].type]))
        node.outputs[0].replace_all_uses_with(made[0].outputs[0])
    for number in range(last):
        if (index, number) not in comparisons:
            made += compare(index, number, node)
            comparisons[index, number] = made[-1].outputs[0]
        type = node.outputs[number].type
        operands = [value, comparisons[index, number]]
        switch = insert("Switch", node, f"/switch_{number}", operands, [type, type])
        made.append(switch)
        value = switch.outputs[0]
        node.outputs[number].replace_all_uses_with(switch.outputs[1])
        if number + 1 == last:
            node.outputs[last].replace_all_uses_with(value)
    node.done.replace_all_uses_with(made[-1].done)
    return made


def compare(index: SSAValue, number: int, node: tf.NodeOp) -> list[tf.NodeOp]:
    """Inserts the comparison of an index with the number of a branch before a node."""
    scalar = TensorType(i32, [])
    constant = insert("Const", node, f"/branch_{number}", [], [scalar])
    constant.attributes["value"] = DenseIntOrFPElementsAttr.from_list(scalar, [number])
    operands = [index, constant.outputs[0]]
    return [
        constant,
        insert("Equal", node, f"/is_{number}", operands, [TensorType(i1, [])]),
    ]


def insert(
    op: str, node: tf.NodeOp, suffix: str, data: Sequence[SSAValue], types: Sequence[Attribute]
) -> tf.NodeOp:
    """Inserts a node before another one, which waits for what that does and is named after it."""
    op_class = tf.node_class(op)
    assert issubclass(op_class, tf.NodeOp)
    made = op_class(f"{node.node_name.data}{suffix}", data, list(node.control), {}, types)
    made.location = node.location
    assert node.parent is not None
    node.parent.insert_op_before(made, node)
    return made
