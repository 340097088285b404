"""Raises the Switches and Merges of TensorFlow's dataflow choices to `tf.IfRegion` nodes.

A choice of the old form passes values through Switches, of which one result has a value and the
other none, and joins the branches in Merges, which take the operand that has a value.

1. The *guard* of a value is what must hold for it to have one: a set of (predicate, 0 or 1). A
   Switch adds a literal; all other nodes have the guards of what they read and wait for, so that a
   control edge from a Switch guards a constant. A Merge drops the literal in which its operands
   differ. A value whose guard contradicts itself never is, and a Merge ignores it.
2. Merges are grouped to choices: those of one predicate and one guard, unless one depends on
   another. The *level* of a Merge is the number of Merges with its guard on the longest way to it.
3. The innermost choices are raised first. A branch is the slice that computes the operands of its
   Merges, back to values that are guarded as the choice itself is.

Source: "Implementation of Control Flow in TensorFlow" (2017); `functionalize_cond.cc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects import tf
from ireelite.lowering.frontend.tf.nodes import base_op, fail
from ireelite.lowering.frontend.tf.slices import Source, copy_slice, keep_needed, reads, sort_block

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Literal = tuple[SSAValue, int]
"""A predicate, and what it must be."""
Guard = frozenset[Literal]
ALWAYS: Guard = frozenset()


@dataclass(frozen=True)
class Choice:
    """A Merge of two operands: the predicate that decides, and the guard of the Merge."""

    merge: tf.NodeOp
    predicate: SSAValue
    guard: Guard
    branches: tuple[SSAValue, SSAValue]
    """The operands for a predicate that is false, and true."""
    level: int


@dataclass
class Guards:
    """What is known of the values of a block."""

    guards: dict[SSAValue, Guard] = field(default_factory=dict)
    levels: dict[SSAValue, dict[Guard, int]] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    switches: dict[Operation, SSAValue] = field(default_factory=dict)
    """The predicate of each Switch."""
    raised: dict[SSAValue, SSAValue] = field(default_factory=dict)
    """Result of a Merge -> what takes its place."""

    def guard(self, value: SSAValue) -> Guard:
        """Returns what must hold for a value; values from around the block always are there."""
        return self.guards.get(value, ALWAYS)


def raise_choices(block: Block, tracker: Tracker | None) -> None:
    """Raises the choices of a block, in place, and those in the regions of its nodes.

    Raises INVALID_ARGUMENT for a Merge that is malformed, naming it.
    """
    for op in block.ops:
        for region in op.regions:
            raise_choices(region.block, tracker)
    if not any(base_op(op) in ("Switch", "Merge") for op in block.ops):
        return
    known = find_guards(block)
    groups: dict[tuple[Guard, SSAValue, int], list[Choice]] = {}
    for choice in known.choices:
        groups.setdefault((choice.guard, choice.predicate, choice.level), []).append(choice)
    for key in sorted(groups, key=lambda key: (-len(key[0]), key[2])):
        raise_choice(groups[key], known, block, tracker)
    assert block.last_op is not None
    for value in block.last_op.operands:
        if (guard := known.guard(value)) and isinstance(value.owner, tf.NodeOp):
            predicate, polarity = next(iter(guard))
            raise fail(
                value.owner,
                f"has a value only if '{name_of(predicate)}' is {truth(polarity)}; a result must come "
                "from a Merge",
            )
    sort_block(block)
    keep_needed(block)


def name_of(value: SSAValue) -> str:
    """Returns the node that computes a value."""
    owner = value.owner
    return owner.node_name.data if isinstance(owner, tf.NodeOp) else f"%{value.name_hint}"


# -- guards ----------------------------------------------------------------------------------------


def find_guards(block: Block) -> Guards:
    """Returns the guards of a block's values, and its Merges, each made one of two operands."""
    known = Guards()
    for node in list(block.ops):
        if not isinstance(node, tf.NodeOp):
            continue
        if base_op(node) == "Merge":
            add_merge(node, known)
            continue
        read = [*reads(node), *node.control]
        guard = ALWAYS.union(*(known.guard(value) for value in read))
        levels = highest([known.levels.get(value, {}) for value in read])
        for result in node.results:
            known.guards[result] = guard
            known.levels[result] = levels
        if base_op(node) == "Switch":
            predicate = known.switches[node] = predicate_of(node.data[1])
            for side in (0, 1):
                known.guards[node.outputs[side]] = guard | {(predicate, side)}
    return known


def predicate_of(value: SSAValue) -> SSAValue:
    """Returns the value that Identities copy and Switches pass on."""
    while isinstance(node := value.owner, tf.NodeOp) and node.data:
        if node.op_name != "Identity" and base_op(node) != "Switch":
            break
        value = node.data[0]
    return value


def highest(levels: Sequence[dict[Guard, int]]) -> dict[Guard, int]:
    """Returns the largest level for each guard."""
    filled = [each for each in levels if each]
    if len(filled) < 2:
        return filled[0] if filled else {}
    result: dict[Guard, int] = {}
    for each in filled:
        for guard, level in each.items():
            result[guard] = max(level, result.get(guard, 0))
    return result


def contradicts(guard: Guard) -> bool:
    """Returns whether a guard never holds."""
    return any((predicate, 1 - side) in guard for predicate, side in guard)


def add_merge(merge: tf.NodeOp, known: Guards) -> None:
    """Notes a Merge as a choice. One of more operands becomes several of two."""
    alive = [value for value in merge.data if not contradicts(known.guard(value))]
    if not alive:
        if not merge.data:
            raise fail(merge, "has no operands")
        for result in merge.results:
            known.guards[result] = known.guard(merge.data[0])
        return
    if (uses := list(merge.outputs[1].uses)) and isinstance(uses[0].operation, tf.NodeOp):
        raise fail(merge, "the index of what a Merge took is not supported")
    decide(merge, alive, known)


def decide(merge: tf.NodeOp, values: Sequence[SSAValue], known: Guards) -> None:
    """Notes which predicate decides between operands of a Merge. Raises INVALID_ARGUMENT."""
    if len(values) == 1:
        merge.outputs[0].replace_all_uses_with(values[0])
        for result in merge.results:
            known.guards[result] = known.guard(values[0])
        return
    guards = [known.guard(value) for value in values]
    common = guards[0].intersection(*guards)
    for predicate, _ in sorted(guards[0] - common, key=lambda literal: name_of(literal[0])):
        sides = [[v for v, g in zip(values, guards) if (predicate, s) in g] for s in (0, 1)]
        if sides[0] and sides[1] and len(sides[0]) + len(sides[1]) == len(values):
            break
    else:
        names = " and ".join(f"'{name_of(value)}'" for value in values)
        raise fail(merge, f"no predicate decides between {names}")
    branches = [part[0] if len(part) == 1 else merge_of(merge, part, known) for part in sides]
    for side, value in enumerate(branches):
        if extra := known.guard(value) - common - {(predicate, side)}:
            missing, polarity = next(iter(extra))
            raise fail(
                merge,
                f"takes '{name_of(value)}' if '{name_of(predicate)}' is {truth(side)}, and nothing "
                f"if '{name_of(missing)}' is {truth(1 - polarity)}",
            )
    levels = highest([known.levels.get(value, {}) for value in (*values, predicate)])
    level = levels.get(common, 0) + 1
    for result in merge.results:
        known.guards[result] = common
        known.levels[result] = {**levels, common: level}
    known.choices.append(Choice(merge, predicate, common, (branches[0], branches[1]), level))


def merge_of(merge: tf.NodeOp, values: Sequence[SSAValue], known: Guards) -> SSAValue:
    """Returns a Merge of some of the operands of another one, placed before it."""
    types = [result.type for result in merge.outputs]
    part = type(merge)(merge.node_name.data, values, [], merge.attributes, types)
    block = merge.parent
    assert block is not None
    block.insert_op_before(part, merge)
    decide(part, values, known)
    return part.outputs[0]


def truth(side: int) -> str:
    """Returns a literal's value in words."""
    return ("false", "true")[side]


# -- regions ---------------------------------------------------------------------------------------


def raise_choice(
    choices: Sequence[Choice], known: Guards, block: Block, tracker: Tracker | None
) -> None:
    """Puts one IfRegion in the place of the Merges of a choice."""
    merges = [choice.merge for choice in choices]
    predicate = choices[0].predicate
    regions: list[Region] = []
    for side in (1, 0):
        body = Block()
        targets = [known.raised.get(v, v) for v in (choice.branches[side] for choice in choices)]
        values = copy_slice(targets, source_in(predicate, side, known), body, tracker)
        body.add_op(tf.YieldOp(values))
        regions.append(Region(body))
    op_class = tf.node_class("IfRegion")
    assert issubclass(op_class, tf.NodeOp)
    name = merges[0].node_name.data
    types = [merge.outputs[0].type for merge in merges]
    op = op_class(name, [known.raised.get(predicate, predicate)], [], {}, types, regions)
    op.location = merges[0].location
    assert block.last_op is not None
    block.insert_op_before(op, block.last_op)
    for result in op.results:
        known.guards[result] = choices[0].guard
    for merge, result in zip(merges, op.outputs, strict=True):
        known.raised[merge.outputs[0]] = result
        merge.outputs[0].replace_all_uses_with(result)
        merge.done.replace_all_uses_with(op.done)
    if tracker is not None:
        tracker.rewrite(raise_choice, merges, [op])


def source_in(predicate: SSAValue, side: int, known: Guards) -> Source:
    """Returns where the slice of a branch begins: at values that are there in both branches."""

    def source(value: SSAValue) -> SSAValue | None:
        node = value.owner
        if not isinstance(node, tf.NodeOp) or (predicate, side) not in known.guard(value):
            return value
        if known.switches.get(node) is predicate:
            return node.data[0]
        return None

    return source
