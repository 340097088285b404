"""Common subexpression elimination: an op that computes what a dominating op has computed is
replaced by it.

Two ops are the same if their names, operands, attributes, result types and regions are. Floating-
point attributes are compared by their bits, so that 0.0 and -0.0 stay apart.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.traits import IsolatedFromAbove

from ireelite.lowering.rewriting.effects import is_shareable
from ireelite.syntax.dominance import dominator_tree, reverse_post_order

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Known = dict[Hashable, Operation]


def eliminate_common_subexpressions(module: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """Replaces every repeated op of a module, in place."""
    for region in module.regions:
        eliminate_in_region(region, {}, tracker)
    return module


def eliminate_in_region(region: Region, known: Known, tracker: Tracker | None) -> None:
    """Visits the blocks of a region, each with what the blocks that dominate it have computed."""
    if region.blocks.first is None:
        return
    if region.blocks.first is region.blocks.last:
        forget(known, eliminate_in_block(region.blocks.first, known, tracker))
        return
    order = reverse_post_order(region)
    tree = dominator_tree(order)
    waiting: list[Block | list[Hashable]] = [order[0]]
    while waiting:
        block = waiting.pop()
        if isinstance(block, list):
            forget(known, block)
            continue
        waiting.append(eliminate_in_block(block, known, tracker))
        waiting += tree[block]


def forget(known: Known, keys: list[Hashable]) -> None:
    """Ends the scope of what a block has computed."""
    for key in keys:
        del known[key]


def eliminate_in_block(block: Block, known: Known, tracker: Tracker | None) -> list[Hashable]:
    """Replaces the repeated ops of a block; returns the keys that it has added to `known`."""
    added: list[Hashable] = []
    for op in list(block.ops):
        if is_shareable(op):
            key = key_of(op, {})
            if (earlier := known.get(key)) is not None:
                replace_by(op, earlier, tracker)
                continue
            known[key] = op
            added.append(key)
        for region in op.regions:
            eliminate_in_region(region, {} if op.has_trait(IsolatedFromAbove) else known, tracker)
    return added


def replace_by(op: Operation, earlier: Operation, tracker: Tracker | None) -> None:
    """Lets an earlier op do the work of a later one."""
    for old, new in zip(op.results, earlier.results, strict=True):
        if new.name_hint is None:
            new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    if tracker is not None:
        tracker.rewrite(replace_by, [op, earlier], [])
        tracker.merge(earlier, op)
    op.detach()
    op.erase()


def key_of(op: Operation, inner: dict[SSAValue | Block, int]) -> Hashable:
    """Returns a key that two ops share if and only if they compute the same. `inner` numbers the
    values and blocks of the regions around the op, up to the op that is compared.
    """
    operands = tuple(inner.get(value, value) for value in op.operands)
    regions: list[Hashable] = []
    for region in op.regions:
        for block in region.blocks:
            inner[block] = len(inner)
            for argument in block.args:
                inner[argument] = len(inner)
        for block in region.blocks:
            rows = [tuple(argument.type for argument in block.args)]
            for each in block.ops:
                rows.append(key_of(each, inner))  # pyright: ignore[reportArgumentType]
                for result in each.results:
                    inner[result] = len(inner)
            regions.append(tuple(rows))
    return (
        op.name,
        operands,
        frozenset(op.properties.items()),
        frozenset(op.attributes.items()),
        op.result_types,
        tuple(inner[block] for block in op.successors),
        tuple(regions),
    )
