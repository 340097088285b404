"""How far loops are unrolled so that no invocation goes around too often.

Mesa's software driver leaves every loop of a shader, without a word, once its back edges have been
taken 65535 times in total. Loops whose bounds are known are therefore unrolled, innermost first,
until a kernel stays below that. A loop whose turns data decides may say how many there are at most.
"""

from __future__ import annotations

from collections.abc import Collection
from math import prod

from xdsl.dialects import arith, func, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor.serial import MAX_TURNS
from ireelite.lowering.lockstep.tile import tile_words
from ireelite.lowering.schedules.schedule import LANES
from ireelite.status import StatusCode, StatusError

MAX_ITERATIONS = 60000
"""What a kernel's loops may come to for one invocation: the driver's 65535, less a margin."""

CHEAP_OPS = 192
"""Ops of all copies of a loop's body that are repeated to go around less often."""

MAX_COPIES = 512
"""How often the body of a loop may be repeated: more take a driver many seconds to compile."""


def constant_value(value: SSAValue) -> int | None:
    """Returns the value of an index constant."""
    if isinstance(value.owner, arith.ConstantOp) and isinstance(value.owner.value, IntegerAttr):
        return int(value.owner.value.value.data)
    return None


def trip_count(loop: scf.ForOp) -> int | None:
    """Returns how often a loop's body is done, if its bounds and step are constants."""
    lower, upper, step = (constant_value(value) for value in (loop.lb, loop.ub, loop.step))
    if lower is None or upper is None or step is None:
        return None
    return max(0, -((lower - upper) // step))


def most_turns(loop: Operation) -> int | None:
    """Returns how often a loop's body is done, at most, if it is known."""
    if isinstance(limit := loop.attributes.get(MAX_TURNS), IntegerAttr):
        return limit.value.data
    return trip_count(loop) if isinstance(loop, scf.ForOp) else None


def is_open_loop(loop: scf.ForOp) -> bool:
    """Returns whether a loop counts from 0 to a size that is an argument of the kernel."""
    bound = loop.ub
    return (
        isinstance(bound, BlockArgument)
        and isinstance(bound.block.parent_op(), func.FuncOp)
        and constant_value(loop.lb) == 0
        and constant_value(loop.step) == 1
    )


MAX_OPEN_COPIES = 32
"""How often the body of a loop is repeated at most, if its turns are not known."""
MAX_REPEATED_OPS = 512
"""Ops of all copies together, where loops within the body are counted once."""
MAX_NESTED_OPS = 1 << 14
"""Ops of all copies together, those of loops within the body included."""


def open_copies(loop: scf.ForOp) -> int:
    """Returns how often the body of a loop to an open size is repeated."""
    ops = sum(1 for _ in loop.body.walk())
    nested = _ops_with_copies(loop.body.block)
    return max(1, min(MAX_OPEN_COPIES, MAX_REPEATED_OPS // ops, MAX_NESTED_OPS // nested))


def _ops_with_copies(block: Block) -> int:
    """Ops of a block, those of loops to open sizes as often as these loops repeat them."""
    total = 0
    for op in block.ops:
        inner = sum(_ops_with_copies(inside) for r in op.regions for inside in r.blocks)
        repeated = open_copies(op) if isinstance(op, scf.ForOp) and is_open_loop(op) else 1
        total += 1 + inner * repeated
    return total


def most_sizes(body: Block, copies: dict[Operation, int]) -> dict[int, int]:
    """Returns, for each argument of a kernel that is a size, the largest that its loops are right
    for. Loops one behind the other share what a driver goes around; nested ones multiply.
    """
    found: dict[int, int] = {}
    loops = [op for op in body.walk() if isinstance(op, scf.ForOp) and is_open_loop(op)]
    apart = [loop for loop in loops if not any(map(is_open, _around(loop)))]
    for loop in loops:
        around = len(list(filter(is_open, _around(loop))))
        within = sum(loop in _around(other) for other in loops)
        depth = 1 + around + within
        share = (MAX_ITERATIONS // len(apart)) ** (1 / depth)
        inner = _iterations(loop.body.block, copies)
        most = int(share / (inner + 1 / open_copies(loop)))
        number = loop.ub.index if isinstance(loop.ub, BlockArgument) else 0
        found[number] = min(most, found.get(number, most))
    return found


def is_open(op: Operation) -> bool:
    """Returns whether an op is a loop to an open size."""
    return isinstance(op, scf.ForOp) and is_open_loop(op)


def plan_unrolling(
    body: Block, kernel: str, in_fours: Collection[Operation] = ()
) -> dict[Operation, int]:
    """Returns how many copies of its body each loop gets, for those that are unrolled; none for one
    without a turn. Those of the loops `in_fours` are a multiple of 4, and so are `cheap_copies` of
    them.

    Raises RESOURCE_EXHAUSTED if no reasonable number would do.
    """
    copies: dict[Operation, int] = {
        op: 0 for op in body.walk() if isinstance(op, scf.ForOp) and trip_count(op) == 0
    }
    for loop in body.walk():
        if isinstance(loop, scf.ForOp) and (few := cheap_copies(loop, loop in in_fours)) > 1:
            copies[loop] = few
    while (total := _iterations(body, copies)) > MAX_ITERATIONS:
        loop = _innermost_of_most(body, copies)
        if loop is None or _repetitions(loop, copies) > MAX_COPIES:
            raise StatusError(
                StatusCode.RESOURCE_EXHAUSTED,
                f"one invocation of '{kernel}' goes around its loops {total} times; drivers stop "
                "at 65535",
            )
        now = copies.get(loop, 1)
        more = 4 * -(-now // 16) if loop in in_fours else max(now // 4, 1)
        copies[loop] = min(now + more, trip_count(loop) or 1)
    return copies


def cheap_copies(loop: scf.ForOp, in_fours: bool) -> int:
    """Returns how many copies of a loop's body are worth what the loop itself takes for one turn: a
    driver counts the turns once more, to leave endless loops. All copies are of so many ops, in all
    points of a tile, as are compiled in little time.
    """
    least, turns = 4 if in_fours else 1, trip_count(loop) or 0
    ops = [op for op in loop.body.walk() if not isinstance(op, arith.ConstantOp)]
    if turns == 0 or any(op.regions for op in ops):
        return least
    most = CHEAP_OPS // (len(ops) * _points_around(loop))
    whole = (n for n in (16, 8, 4, 2) if n <= most and n % least == 0 and turns % n == 0)
    return next(whole, least)


def _points_around(loop: Operation) -> int:
    """Returns the points of the tiles that a loop stands in."""
    points, inner = 1, loop.parent_op()
    while inner is not None:
        if isinstance(inner, scf.ParallelOp) and LANES in tile_words(inner):
            points *= prod(constant_value(bound) or 1 for bound in inner.upperBound)
        inner = inner.parent_op()
    return points


def _iterations(block: Block, copies: dict[Operation, int]) -> int:
    """Counts the back edges that one invocation takes in a block, the last test of each loop
    counted as one.
    """
    total = 0
    for op in block.ops:
        inner = sum(_iterations(inside, copies) for r in op.regions for inside in r.blocks)
        if (count := most_turns(op)) is None:
            total += inner
        elif MAX_TURNS in op.attributes:
            total += (count + 1) * (inner + 1)
        else:
            total += _around_once(count, copies.get(op)) + count * inner
    return total


def _around_once(count: int, copies: int | None) -> int:
    """Counts the back edges of a loop with `count` iterations in copies, and of the loop for those
    that are left.
    """
    if copies is None:
        return count + 1
    if copies >= count:
        return 0
    left = count % copies
    return count // copies + 1 + (left + 1 if left else 0)


def _innermost_of_most(block: Block, copies: dict[Operation, int]) -> scf.ForOp | None:
    """Returns, of the loops that contain no other any more, the one that is gone around most."""
    best: tuple[int, scf.ForOp] | None = None
    for loop in block.walk():
        if not isinstance(loop, scf.ForOp) or (count := trip_count(loop)) is None:
            continue
        if copies.get(loop, 0) >= count or _iterations(loop.body.block, copies):
            continue
        around = count // copies.get(loop, 1) * prod(most_turns(o) or 1 for o in _around(loop))
        if best is None or around > best[0]:
            best = around, loop
    return best[1] if best else None


def _repetitions(loop: scf.ForOp, copies: dict[Operation, int]) -> int:
    """Counts the copies of the innermost body inside a loop."""
    inside = [max(copies.get(op, 1), 1) for op in loop.walk() if isinstance(op, scf.ForOp)]
    return prod(inside) * prod(copies.get(outer, 1) for outer in _around(loop))


def _around(loop: Operation) -> list[Operation]:
    """Returns the loops around a loop."""
    outer: list[Operation] = []
    while (parent := loop.parent_op()) is not None:
        loop = parent
        if isinstance(loop, scf.ForOp | scf.WhileOp):
            outer.append(loop)
    return outer
