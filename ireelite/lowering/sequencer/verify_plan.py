"""The verifier of a low-level sequencer program: recomputes what holds data when, and what must wait
for what, from the ops alone.

The work of a sequence runs in groups between barriers, loops, choices and reads of scalars, and the
work of one group in any order. The verifier refuses work of one group that touches the same bytes,
one of them to write; a read of bytes that were not written, or that another buffer has overwritten
since; work on bytes outside of an allocation or on a constant; dispatches that do not fit their
entry points; and loops and choices that do not pass on each buffer which they take over, once. The
cost is O(n log n) in the number of accesses; each level of loops multiplies it by 2 as a rule.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func, memref, scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.elements import signless
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size
from ireelite.light_named_tuple import NamedTuple
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.sequencer.accesses import EntryPoints, Place, place_in_memory
from ireelite.lowering.sequencer.plan_contents import State, TakenOver, meet_all
from ireelite.lowering.sequencer.schedule_work import LOOPS, RUN_ENDS, roots_of
from ireelite.status import StatusError, invalid_argument
from ireelite.syntax.parser import place_of


def verify_plan(module: ModuleOp) -> None:
    """Verifies every sequence of a low-level sequencer module. Raises INVALID_ARGUMENT or NOT_FOUND
    with the place, the op and the bytes. Modules of other stages have nothing to verify.
    """
    sequences = [op for op in module.body.block.ops if is_planned_sequence(op)]
    if not sequences:
        return
    entry_points = EntryPoints(module)
    for sequence in sequences:
        SequenceVerifier(sequence.regions[0].block, entry_points).run()


def is_planned_sequence(op: Operation) -> bool:
    """Returns whether an op is a function whose memory and order are decided."""
    return (
        isinstance(op, func.FuncOp)
        and len(op.body.blocks) == 1
        and isinstance(op.body.block.last_op, iree_ll_seq.ReturnOp)
    )


class Touch(NamedTuple):
    """An access of one op to one place, through one buffer."""

    op: Operation
    buffer: SSAValue
    place: Place
    reads: bool
    writes: bool


class SequenceVerifier:
    """Follows the work of one sequence from group to group."""

    def __init__(self, block: Block, entry_points: EntryPoints):
        self.block = block
        self.entry_points = entry_points
        self.state = State()
        self.all_known = True
        """Whether what every dispatch does to its bindings is known."""
        self.busy: list[TakenOver] = []
        """What the loops around the current op have taken over."""

    def run(self) -> None:
        """Verifies the sequence."""
        self.check_allocations()
        self.follow(self.block)
        self.check_results()

    def follow(self, block: Block) -> None:
        """Follows the work of a block, and of those within it."""
        group: list[Touch] = []
        for op in block.ops:
            if not self.all_known:
                return
            kind = type(op)
            if kind is iree_ll_seq.BarrierOp or kind in RUN_ENDS:
                self.finish(group)
                group = []
            if isinstance(op, memref.LoadOp):
                self.finish([Touch(op, op.memref, place_in_memory(op.memref), True, False)])
            elif kind not in CONTROL_OPS:
                group += self.touches(op)
            elif isinstance(op, LOOPS):
                self.follow_loop(op)
            elif isinstance(op, scf.IfOp | scf.IndexSwitchOp):
                self.follow_choice(op)
        self.finish(group)

    def finish(self, group: list[Touch]) -> None:
        """Verifies a group of work, and notes what it writes."""
        check_apart(group)
        for touch in group:
            self.check_free(touch)
            if touch.reads:
                self.check_read(touch)
        for touch in group:
            if touch.writes:
                self.state.write(touch.place, touch.buffer, touch.op)

    def touches(self, op: Operation) -> list[Touch]:
        """Returns what a piece of work touches. What its entry point does may not be known."""
        if isinstance(op, iree_ll_seq.StaticDispatchOp):
            self.check_dispatch(op)
        if (accesses := self.entry_points.accesses(op)) is None:
            self.all_known = False
            return []
        found: list[Touch] = []
        for buffer, reads, writes in accesses:
            touch = Touch(op, buffer, place_in_memory(buffer), reads, writes)
            if writes and isinstance(buffer.owner, iree_ll_seq.ConstantOp):
                raise refused(op, f"writes {named(buffer)}, which is a constant")
            if touch.place.start < touch.place.end:
                found.append(touch)
        return found

    # -- loops and choices -------------------------------------------------------------------------

    def follow_loop(self, op: scf.ForOp | scf.WhileOp) -> None:
        """Follows a loop until its turns change nothing of what is known. Each turn must yield each
        buffer that the loop has taken over, once.
        """
        body = op.body.block if isinstance(op, scf.ForOp) else op.after_region.block
        header = op.before_region.block if isinstance(op, scf.WhileOp) else None
        inits = op.iter_args if isinstance(op, scf.ForOp) else op.arguments
        arguments = body.args[len(body.args) - len(inits) :]
        self.check_owned(op, inits)
        full = [self.has_contents(init) for init in inits]
        taken = [
            TakenOver(place_in_memory(init), op, [r for r in op.results if r.type == init.type])
            for init in inits
        ]
        around = len(self.busy)
        self.busy += [each for each in taken if each.place.start < each.place.end]
        entry = self.state
        while self.all_known:
            self.state = entry.copy()
            if header is not None:
                self.hold(header.args, full, op)
                self.follow(header)
            leave = self.state.copy()
            self.hold(arguments, full, op)
            self.follow(body)
            if not self.all_known:
                break
            end = body.last_op
            assert end is not None
            self.check_yield(end, arguments)
            following = [
                a and self.has_contents(b) for a, b in zip(full, end.operands, strict=True)
            ]
            met = entry.meet(self.state)
            if met.is_like(entry) and following == full:
                self.state = leave
                break
            entry, full = met, following
        del self.busy[around:]
        self.give_back(taken, op.results, full, op)

    def follow_choice(self, op: scf.IfOp | scf.IndexSwitchOp) -> None:
        """Follows each branch. All of them must yield the same buffers, in any order."""
        entry, states = self.state, list[State]()
        full = [True] * len(op.results)
        yields: list[Sequence[SSAValue]] = []
        for block in (block for region in op.regions for block in region.blocks):
            self.state = entry.copy()
            self.follow(block)
            end = block.last_op
            if not self.all_known or end is None:
                return
            self.check_owned(end, end.operands)
            full = [a and self.has_contents(b) for a, b in zip(full, end.operands, strict=True)]
            yields.append(end.operands)
            states.append(self.state)
        if isinstance(op, scf.IfOp) and not op.false_region.blocks:
            states.append(entry)
        self.state = meet_all(states)
        roots = [{root for value in row for root in roots_of(value)} for row in yields]
        if any(each != roots[0] for each in roots):
            raise refused(op, "has branches that do not yield the same buffers")
        taken = [
            TakenOver(place_in_memory(value), op, [result])
            for row in yields
            for value, result in zip(row, op.results, strict=True)
        ]
        self.give_back(taken, op.results, full, op)

    def hold(self, values: Sequence[SSAValue], full: Sequence[bool], op: Operation) -> None:
        """Lets buffers that a loop carries hold data where that is known."""
        for value, known in zip(values, full, strict=True):
            self.state.contents.pop(value, None)
            self.state.written.discard(value)
            if known:
                self.state.write(place_in_memory(value), value, op)

    def give_back(
        self,
        taken: Sequence[TakenOver],
        results: Sequence[SSAValue],
        full: Sequence[bool],
        op: Operation,
    ) -> None:
        """Ends a loop or a choice, behind which only its results may be read, and not what it took
        over.
        """
        for each in taken:
            if results:
                self.state.write(each.place, results[0], op)
        self.hold(results, full, op)
        self.state.taken += [t for t in taken if t.place.start < t.place.end]

    def check_owned(self, op: Operation, buffers: Sequence[SSAValue]) -> None:
        """Buffers that are passed on are apart, and they are the sequence's own."""
        places: list[tuple[SSAValue, Place]] = []
        for buffer in buffers:
            if isinstance(buffer.owner, iree_ll_seq.ConstantOp) or is_argument(buffer):
                raise refused(op, f"carries {named(buffer)}, which is not the sequence's own")
            place = place_in_memory(buffer)
            for other, there in places:
                if there.root is place.root and there.start < place.end and place.start < there.end:
                    raise refused(op, f"carries {named(buffer)}, which overlaps {named(other)}")
            self.check_free(Touch(op, buffer, place, True, True))
            if place.start < place.end:
                places.append((buffer, place))

    def check_yield(self, end: Operation, arguments: Sequence[SSAValue]) -> None:
        """Checks that a turn yields the buffers that the loop has taken over."""
        self.check_owned(end, end.operands)
        for value in end.operands:
            if any(root not in arguments for root in roots_of(value, arguments)):
                raise refused(
                    end,
                    f"yields {named(value)}, which is not a buffer that the loop carries",
                )

    def check_free(self, touch: Touch) -> None:
        """Checks that what a loop around has taken over is touched through its arguments only."""
        for taken in self.busy:
            there, place = taken.place, touch.place
            if there.root is place.root and there.start < place.end and place.start < there.end:
                raise refused(
                    touch.op,
                    f"touches {named(touch.buffer)}, which '{taken.op.name}'{at(taken.op)} has taken "
                    "over",
                )

    def check_allocations(self) -> None:
        """Checks that every part of the arena lies in the one arena there is."""
        arenas = [op for op in self.block.ops if isinstance(op, iree_ll_seq.AllocArenaOp)]
        if len(arenas) > 1:
            raise refused(arenas[1], "is the second arena of its sequence; there is one for all")
        for op in self.block.ops:
            if not isinstance(op, iree_ll_seq.SubspanOp):
                continue
            if not isinstance(op.arena.owner, iree_ll_seq.AllocArenaOp):
                raise refused(op, f"takes a part of {named(op.arena)}, which is not the arena")
            place, size = place_in_memory(op.result), allocated_size(op.arena.type)
            if place.start < 0 or place.end > size:
                raise refused(op, f"takes {place} of an arena of {size} bytes")

    # -- one op ------------------------------------------------------------------------------------

    def check_dispatch(self, op: iree_ll_seq.StaticDispatchOp) -> None:
        """Checks that a dispatch has the bindings and the workload that its entry point is made
        for.
        """
        entry = self.entry_points.find(op, op.entry_point)
        if entry is None:
            return
        given = tuple(signless(binding.type) for binding in op.bindings)
        if given != entry.types:
            raise refused(
                op,
                f"binds ({', '.join(map(str, given))}), but its entry point takes "
                f"({', '.join(map(str, entry.types))})",
            )
        if entry.workload is not None and entry.workload != op.workload:
            raise refused(
                op,
                f"has the workload {op.workload}, but its entry point is made for {entry.workload}",
            )

    def check_read(self, touch: Touch) -> None:
        """Checks that all bytes hold what was written through this very buffer. Arguments and
        constants hold data from the start.
        """
        op, buffer, place = touch.op, touch.buffer, touch.place
        found = list(self.state.of(place.root).overlapping(place.start, place.end))
        for _, other in found:
            if other.buffer is not buffer and buffer in self.state.written:
                by = named(other.buffer) if other.buffer is not None else "another buffer"
                raise refused(
                    op,
                    f"reads {named(buffer)} ({place} of {named(place.root)}), which {by} "
                    f"has overwritten in '{other.op.name}'{at(other.op)}",
                )
        own = [start for start, other in found if other.buffer is buffer]
        if not own and not holds_data(buffer):
            raise refused(
                op,
                f"reads {named(buffer)} ({place} of {named(place.root)}), which nothing has written "
                "before",
            )

    def check_results(self) -> None:
        """Checks that a sequence returns buffers of its own or its caller's, with something in
        them.
        """
        end = self.block.last_op
        assert isinstance(end, iree_ll_seq.ReturnOp)
        for buffer in end.arguments:
            kinds = (iree_ll_seq.SubspanOp, iree_ll_seq.AllocArenaOp)
            if isinstance(buffer.owner, kinds):
                raise refused(end, f"returns {named(buffer)}, a place in the arena of this call")
            if isinstance(buffer.owner, iree_ll_seq.ConstantOp):
                raise refused(end, f"returns {named(buffer)}, a constant; the caller owns results")
            if self.all_known and not self.has_contents(buffer):
                raise refused(end, f"returns {named(buffer)}, which nothing has written before")

    def has_contents(self, buffer: SSAValue) -> bool:
        """Returns whether something is in a buffer, or it has no bytes."""
        if holds_data(buffer) or allocated_size(buffer.type) == 0:
            return True
        place = place_in_memory(buffer)
        found = list(self.state.of(place.root).overlapping(place.start, place.end))
        return bool(found) and all(other.buffer is buffer for _, other in found)


def check_apart(group: list[Touch]) -> None:
    """Raises if two accesses of one group touch the same bytes and one of them writes."""
    ends: dict[tuple[SSAValue, bool], Touch] = {}
    """(allocation, whether it is written) -> the access so far that reaches furthest."""
    for touch in sorted(group, key=lambda t: t.place.start):
        root = touch.place.root
        others = [ends.get((root, True)), ends.get((root, False)) if touch.writes else None]
        for other in others:
            if other is not None and other.place.end > touch.place.start:
                raise overlap(*sorted((other, touch), key=group.index))
        key = root, touch.writes
        if key not in ends or ends[key].place.end < touch.place.end:
            ends[key] = touch


def overlap(first: Touch, second: Touch) -> StatusError:
    """Returns the error for two accesses that may not be in one group."""
    verb = "writes" if second.writes else "reads"
    what = f"{verb} {named(second.buffer)} ({second.place} of {named(second.place.root)})"
    other = f"{'writes' if first.writes else 'reads'} {named(first.buffer)} ({first.place})"
    if first.op is second.op:
        return refused(
            second.op, f"{what} and also {other}; bindings must be apart if one is written"
        )
    return refused(
        second.op,
        f"{what}, and '{first.op.name}'{at(first.op)} {other}; a barrier must stand between them",
    )


def holds_data(buffer: SSAValue) -> bool:
    """Returns whether a buffer may be read without having been written: what the caller passes, a
    constant, or an allocation whose contents the program leaves undefined.
    """
    owner = buffer.owner
    if not isinstance(owner, Operation):
        return is_argument(buffer)
    return isinstance(owner, iree_ll_seq.ConstantOp) or iree.UNDEFINED in owner.attributes


def is_argument(buffer: SSAValue) -> bool:
    """Returns whether the caller passes a buffer."""
    return isinstance(buffer.owner, Block) and not isinstance(buffer.owner.parent_op(), LOOPS)


def refused(op: Operation, why: str) -> StatusError:
    """Returns the error that names an op, its place, and what is wrong with it."""
    return invalid_argument(f"{place_of(op)}'{op.name}' op {why}")


def named(buffer: SSAValue) -> str:
    """Returns a buffer as its program names it, or what made it."""
    if buffer.name_hint is not None:
        return f"%{buffer.name_hint}"
    owner = buffer.owner
    if isinstance(owner, Operation):
        return f"the result of '{owner.name}'{at(owner)}"
    return f"argument {buffer.index}"  # pyright: ignore[reportAttributeAccessIssue]


def at(op: Operation) -> str:
    """Formats ` at file:line:col` for an op that was read from text."""
    place = place_of(op)
    return f" at {place[:-2]}" if place else ""
