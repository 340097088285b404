"""Stage 2 to 3: loops that carry less, and whose turns the host counts where it can.

- A carried value that never changes is read from outside of the loop; one that nothing needs goes.
- A loop that only counts becomes an `scf.for`: no condition is read back. If the limit is not
  a constant, it is read back once, before the loop. An index that the host reads from the counter
  in each turn is the number of the turn.
- The condition of any other loop that stays one is computed at the end of the turn before, with its
  work, by `rotate-loops`:

      %p = condition(%inits)
      scf.while (%p, %inits) { scf.condition(read back %p) } do { work ; condition ; scf.yield }
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, scf, tensor
from xdsl.dialects.builtin import IndexType, ModuleOp
from xdsl.ir import Block, BlockArgument, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ireelite.dialects import stablehlo
from ireelite.dialects.extensions.iree_tensor import SerialOp
from ireelite.lowering.rewriting.copying import copy_of
from ireelite.lowering.rewriting.effects import is_pure
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.tensors.counters import Counter, find_counter

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

Loop = scf.ForOp | scf.WhileOp

MAX_ROTATED = 16
"""Ops of a condition that is computed in two places: before the loop and in each turn."""


def simplify_loops(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Simplifies every loop that carries tensors, in place; inner ones first. What the host knows is
    not read back.
    """
    for op in reversed(list(module.walk())):
        if isinstance(op, tensor.ExtractOp):
            read_constant(op, tracker)
        if not isinstance(op, Loop) or not passes_all(op):
            continue
        loop = replace(op, carry_less(op), carry_less, tracker)
        if isinstance(loop, scf.WhileOp):
            if (counter := find_counter(loop)) is not None:
                counted = count_turns(loop, counter)
                loop = replace(loop, counted, count_turns, tracker)
                replace(loop, carry_less(loop), carry_less, tracker)
    return module


def rotate_loops(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Lets every loop of the host compute its condition at the end of a turn, in place."""
    loops = [op for op in module.walk() if isinstance(op, scf.WhileOp) and not is_in_kernel(op)]
    for op in reversed(loops):
        if passes_all(op) and may_rotate(op):
            replace(op, rotate(op, tracker), rotate, tracker)
    return module


def is_in_kernel(op: Operation) -> bool:
    """Returns whether a loop is part of a kernel."""
    around = op.parent_op()
    while around is not None and not isinstance(around, SerialOp):
        around = around.parent_op()
    return around is not None


def read_constant(op: tensor.ExtractOp, tracker: Tracker | None) -> None:
    """Replaces a read of a constant by the scalar itself."""
    constant = op.tensor.owner
    if not isinstance(constant, stablehlo.ConstantOp) or op.indices:
        return
    value = constant.value.get_attrs()[0]
    scalar = arith.ConstantOp(value)
    scalar.location = op.location
    Rewriter.replace_op(op, scalar)
    if tracker is not None:
        tracker.rewrite(read_constant, [op], [scalar])


def passes_all(loop: Loop) -> bool:
    """Returns whether a loop's condition passes on the carried values as they are."""
    if isinstance(loop, scf.ForOp):
        return True
    end = loop.before_region.block.last_op
    return isinstance(end, scf.ConditionOp) and (
        tuple(end.args) == tuple(loop.before_region.block.args)
    )


def replace(old: Loop, new: Loop, rule: object, tracker: Tracker | None) -> Loop:
    """Notes that a rule has made a loop of another one. Returns the new one."""
    if new is not old and tracker is not None:
        assert callable(rule)
        tracker.rewrite_in_place(rule, old, [new])
    return new


def body_of(loop: Loop) -> Block:
    return loop.body.block if isinstance(loop, scf.ForOp) else loop.after_region.block


def inits_of(loop: Loop) -> Sequence[SSAValue]:
    return loop.iter_args if isinstance(loop, scf.ForOp) else loop.arguments


def carried_in(block: Block, loop: Loop) -> Sequence[BlockArgument]:
    """Returns the arguments of a loop's block that are carried values."""
    return block.args[1:] if isinstance(loop, scf.ForOp) else block.args


def blocks_of(loop: Loop) -> list[Block]:
    return [region.block for region in loop.regions]


# -- what is carried ---------------------------------------------------------------------------------


def carry_less(loop: Loop) -> Loop:
    """Returns the loop without the carried values that never change, and those that nothing needs."""
    end = body_of(loop).last_op
    assert end is not None
    inits, dropped = inits_of(loop), set[int]()
    for number, (init, argument, following) in enumerate(
        zip(inits, carried_in(body_of(loop), loop), end.operands, strict=True)
    ):
        if following in (argument, init):
            for block in blocks_of(loop):
                carried_in(block, loop)[number].replace_all_uses_with(init)
            loop.results[number].replace_all_uses_with(init)
            dropped.add(number)
    dropped |= set(range(len(inits))) - needed(loop)
    return without(loop, dropped) if dropped else loop


def needed(loop: Loop) -> set[int]:
    """Returns the numbers of the carried values on which a result that is used, or the condition,
    depends.
    """
    found = {number for number, result in enumerate(loop.results) if result.uses}
    for block in blocks_of(loop):
        for op in block.ops:
            if op is not block.last_op and not is_pure(op):
                found |= reached(block, outer_operands(op), loop)
    body = body_of(loop)
    end = body.last_op
    assert end is not None
    if isinstance(loop, scf.WhileOp):
        condition = loop.before_region.block.last_op
        assert isinstance(condition, scf.ConditionOp)
        found |= reached(loop.before_region.block, [condition.condition], loop)
    waiting = list(found)
    while waiting:
        more = reached(body, [end.operands[waiting.pop()]], loop) - found
        found |= more
        waiting += more
    return found


def reached(block: Block, values: Sequence[SSAValue], loop: Loop) -> set[int]:
    """Returns the numbers of the carried values from which the ops of a block compute these values."""
    numbers: dict[SSAValue, int] = {a: n for n, a in enumerate(carried_in(block, loop))}
    seen: set[SSAValue] = set()
    found: set[int] = set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if value in seen:
            continue
        seen.add(value)
        if value in numbers:
            found.add(numbers[value])
        elif isinstance(value.owner, Operation) and value.owner.parent is block:
            waiting += outer_operands(value.owner)
    return found


def without(loop: Loop, dropped: Container[int]) -> Loop:
    """Returns the same loop, which carries fewer values. Nothing needs those that are dropped."""
    kept = [number for number in range(len(inits_of(loop))) if number not in dropped]
    inits = [inits_of(loop)[number] for number in kept]
    for block in blocks_of(loop):
        end, first = block.last_op, len(block.args) - len(inits_of(loop))
        assert end is not None
        skipped = len(end.operands) - len(inits_of(loop))
        end.operands = [*end.operands[:skipped], *(end.operands[skipped + n] for n in kept)]
        erase_unused(block)
        for number in reversed(range(len(inits_of(loop)))):
            if number in dropped:
                block.erase_arg(block.args[first + number])
    return rebuilt(loop, inits, kept)


def erase_unused(block: Block) -> None:
    """Erases the ops of a block, from its end on, whose results nothing uses."""
    for op in reversed(list(block.ops)):
        if is_pure(op) and not any(result.uses for result in op.results):
            op.detach()
            op.erase()


def rebuilt(loop: Loop, inits: Sequence[SSAValue], kept: Sequence[int]) -> Loop:
    """Returns a loop with the regions of another one in its place; `kept` are the numbers of its
    results.
    """
    if isinstance(loop, scf.ForOp):
        new = scf.ForOp(loop.lb, loop.ub, loop.step, inits, loop.detach_region(loop.body))
    else:
        before, after = (loop.detach_region(region) for region in list(loop.regions))
        new = scf.WhileOp(inits, [v.type for v in inits], before, after)
    put_in_place(loop, new, kept)
    return new


def put_in_place(loop: Loop, new: Loop, kept: Sequence[int]) -> None:
    """Replaces a loop; results `kept` of it are the results of the new one."""
    new.location, new.attributes = loop.location, loop.attributes
    Rewriter.insert_op(new, InsertPoint.before(loop))
    for number, result in zip(kept, new.results, strict=True):
        result.name_hint = loop.results[number].name_hint
        loop.results[number].replace_all_uses_with(result)
    loop.detach()
    loop.erase()


# -- turns that are counted --------------------------------------------------------------------------


def count_turns(loop: scf.WhileOp, counter: Counter) -> scf.ForOp:
    """Returns a loop over the values of its counter, or over as many turns."""
    first, limit, step, ops = counter.bounds(loop)
    for op in ops:
        op.location = loop.location
    Rewriter.insert_op(ops, InsertPoint.before(loop))
    body = loop.detach_region(loop.after_region)
    index = body.block.insert_arg(IndexType(), 0)
    index.name_hint = "turn"
    new = scf.ForOp(first, limit, step, loop.arguments, body)
    if counter.is_index:
        read_index(body.block.args[1 + counter.number], index)
    put_in_place(loop, new, range(len(new.results)))
    return new


def read_index(counter: SSAValue, index: SSAValue) -> None:
    """Lets the host use its index where it would read the counter back as one."""
    for use in list(counter.uses):
        if not isinstance(extract := use.operation, tensor.ExtractOp):
            continue
        for inner in list(extract.result.uses):
            if isinstance(cast := inner.operation, arith.IndexCastOp):
                Rewriter.replace_op(cast, [], [index])
        if not extract.result.uses:
            Rewriter.erase_op(extract)


# -- conditions --------------------------------------------------------------------------------------


def may_rotate(loop: scf.WhileOp) -> bool:
    """Returns whether a loop's condition computes something small enough to be duplicated."""
    *ops, _ = loop.before_region.block.walk()
    work = [op for op in ops if not isinstance(op, tensor.ExtractOp)]
    simple = all(isinstance(op.parent_op(), scf.WhileOp) for op in ops)
    return bool(work) and len(work) <= MAX_ROTATED and simple and is_read(loop)


def is_read(loop: scf.WhileOp) -> bool:
    """Returns whether the condition of a loop is an element of a tensor of rank 0."""
    end = loop.before_region.block.last_op
    assert isinstance(end, scf.ConditionOp)
    owner = end.condition.owner
    return isinstance(owner, tensor.ExtractOp) and not owner.indices


def rotate(loop: scf.WhileOp, tracker: Tracker | None) -> scf.WhileOp:
    """Returns a loop that carries its condition, too."""
    before, after = loop.before_region.block, loop.after_region.block
    end, last = before.last_op, after.last_op
    assert isinstance(end, scf.ConditionOp) and isinstance(last, scf.YieldOp)
    first = copy_condition(before, loop.arguments, loop, tracker)
    following = copy_condition(before, last.arguments, last, tracker)
    last.operands = [following, *last.operands]
    after.insert_arg(first.type, 0)
    types = [first.type, *loop.res.types]
    header = Block(arg_types=types)
    for old, new in zip(before.args, header.args[1:], strict=True):
        new.name_hint = old.name_hint
    condition = tensor.ExtractOp(header.args[0], [], end.condition.type)
    header.add_ops([condition, scf.ConditionOp(condition.result, *header.args)])
    for op in header.ops:
        op.location = end.location
    body = loop.detach_region(loop.after_region)
    new = scf.WhileOp([first, *loop.arguments], types, Region(header), body)
    Rewriter.insert_op(new, InsertPoint.before(loop))
    new.location, new.attributes = loop.location, loop.attributes
    for old, result in zip(loop.res, new.res[1:], strict=True):
        result.name_hint = old.name_hint
        old.replace_all_uses_with(result)
    loop.detach()
    loop.erase()
    return new


def copy_condition(
    block: Block, carried: Sequence[SSAValue], where: Operation, tracker: Tracker | None
) -> SSAValue:
    """Computes a condition from carried values before an op. Returns its tensor."""
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, carried, strict=True))
    end = block.last_op
    assert isinstance(end, scf.ConditionOp) and isinstance(end.condition.owner, tensor.ExtractOp)
    source = end.condition.owner.tensor
    for op in block.ops:
        if op is not end and op is not end.condition.owner:
            Rewriter.insert_op(copy_of(op, values, tracker), InsertPoint.before(where))
    return values.get(source, source)
