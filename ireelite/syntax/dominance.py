"""The order of a region's blocks, and whether each op reads only what is there when it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.ir import Block, Operation, Region, SSAValue


def reverse_post_order(region: Region) -> list[Block]:
    """Returns the blocks that can be reached, each after those that lead to it, but for loops."""
    entry = region.blocks.first
    assert entry is not None
    order: list[Block] = []
    seen = {entry}
    stack = [(entry, iter(successors(entry)))]
    while stack:
        block, following = stack[-1]
        for successor in following:
            if successor not in seen:
                seen.add(successor)
                stack.append((successor, iter(successors(successor))))
                break
        else:
            stack.pop()
            order.append(block)
    return order[::-1]


def successors(block: Block) -> list[Block]:
    """Returns where a block may go on, last first, so that the first comes first in the order."""
    return [] if block.last_op is None else list(reversed(block.last_op.successors))


def dominator_tree(order: Sequence[Block]) -> dict[Block, list[Block]]:
    """Returns, for each block, the blocks that are entered only through it, and through no later
    one of those.

    `order` is the reverse post-order. Source: Cooper, Harvey and Kennedy, "A Simple, Fast
    Dominance Algorithm".
    """
    number = {block: n for n, block in enumerate(order)}
    before: list[list[int]] = [[] for _ in order]
    for n, block in enumerate(order):
        for successor in successors(block):
            before[number[successor]].append(n)
    above = [0] + [-1] * (len(order) - 1)
    changed = True
    while changed:
        changed = False
        for n in range(1, len(order)):
            found = -1
            for other in before[n]:
                if above[other] < 0:
                    continue
                while found >= 0 and other != found:
                    if other > found:
                        other = above[other]
                    else:
                        found = above[found]
                found = other
            changed |= above[n] != found
            above[n] = found
    tree: dict[Block, list[Block]] = {block: [] for block in order}
    for n, block in enumerate(order[1:], 1):
        tree[order[above[n]]].append(block)
    return tree


def early_uses(region: Region, known: set[SSAValue]) -> Iterator[tuple[Operation, SSAValue]]:
    """Yields each op that reads a value which is not made whenever the op runs, with the value.

    `known` are the values from around the region. Blocks that can't be reached may read anything.
    """
    if region.blocks.first is None:
        return
    order = reverse_post_order(region)
    tree = dominator_tree(order)
    waiting: list[tuple[Block, bool]] = [(order[0], False)]
    while waiting:
        block, is_done = waiting.pop()
        if is_done:
            known.difference_update(block.args, *(op.results for op in block.ops))
            continue
        known.update(block.args)
        for op in block.ops:
            for operand in op.operands:
                if operand not in known:
                    yield op, operand
            for inner in op.regions:
                yield from early_uses(inner, known)
            known.update(op.results)
        waiting.append((block, True))
        waiting += [(child, False) for child in tree[block]]
