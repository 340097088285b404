"""Functions of sequences with loops and choices: blocks of the virtual machine around submissions.

Each run of work is one submission, which waits for the one before. Where blocks meet, the fence of
the last submission is an argument, and so is each buffer that is passed on, as a buffer of the HAL:
that of a part of the arena is made once. Only a read of a scalar waits for a fence before the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, func, memref, scf
from xdsl.dialects.builtin import i32, i64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects import vm
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.lowering.host.conversion import HostConversion
from ireelite.lowering.host.scalars import constant
from ireelite.lowering.host.values import load_element, read_element
from ireelite.lowering.program.frame import WORK_OPS, Program, Run, bound_size
from ireelite.lowering.program.sequence_functions import FunctionLowering
from ireelite.lowering.rewriting.sequences import CONTROL_OPS
from ireelite.lowering.sequencer.schedule_work import roots_of
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.building import VmBuilder, emit, number

BUFFER = vm.RefType.to("hal.buffer")
FENCE = vm.RefType.to("hal.fence")


class ControlLowering(FunctionLowering):
    """Writes a sequence's function with several submissions, and what decides between them."""

    def __init__(
        self, function: func.FuncOp, runs: Sequence[Run], program: Program, builder: VmBuilder
    ):
        super().__init__(function, runs, program, builder)
        assert isinstance(builder.to, HostConversion)
        self.to = builder.to
        self.run_at: dict[Operation, Run] = {op: run for run in runs for op in run.ops}
        self.references: dict[SSAValue, SSAValue] = {}
        """Buffers that loops and choices pass on, as buffers of the HAL."""
        self.ready: SSAValue | None = None
        """The fence at which all that was submitted on the way to here is done; None if it is."""

    def submit(self, device: SSAValue, entry: Block, region: Region) -> None:
        """Allocations, then the work, then the arena's release."""
        self.device, self.region = device, region
        self.ready, signal = self.begin(device, entry)
        self.take_parts()
        self.lower_block(self.function.body.block)
        b, affinity, zero = self.b, self.b.i64(hal.ANY_AFFINITY), self.b.i64(0)
        ready = self.ready or b.null("hal.fence")
        if self.arena is not None:
            released = signal or b.null("hal.fence")
            b.call("hal.device.queue.dealloca", device, affinity, ready, released, self.arena, zero)
        elif signal is not None:
            b.call("hal.device.queue.barrier", device, affinity, ready, signal, zero)
        if signal is None:
            self.await_work()

    def take_parts(self) -> None:
        """Makes a buffer of the HAL of each part of the arena that is passed on."""
        b = self.b
        for op in self.function.body.block.ops:
            if isinstance(op, iree_ll_seq.SubspanOp) and any(
                isinstance(use.operation, (*CONTROL_OPS, scf.YieldOp)) for use in op.result.uses
            ):
                place = self.places[op.result]
                start, size = b.i64(place.offset), b.i64(place.size)
                with self.to.rewriting(ControlLowering.take_parts, op):
                    (part,) = b.call("hal.buffer.subspan", self.buffers[op.arena], start, size)
                part.name_hint = op.result.name_hint
                self.references[op.result] = part

    def await_work(self) -> None:
        """Waits until all that was submitted is done."""
        if self.ready is not None:
            self.b.await_fence(self.ready, self.region)
            self.ready = None

    # -- blocks ------------------------------------------------------------------------------------

    def lower_block(self, block: Block) -> None:
        """Lowers the ops of a block but for its end."""
        submitted: Run | None = None
        for op in block.ops:
            if isinstance(op, WORK_OPS):
                if (run := self.run_at[op]) is not submitted:
                    with self.to.rewriting(ControlLowering.submit_run, *run.ops):
                        self.submit_run(run)
                    submitted = run
            elif isinstance(op, CONTROL_OPS):
                with self.to.rewriting(ControlLowering.lower_control, op):
                    self.lower_control(op)
            elif isinstance(op, memref.LoadOp):
                self.to.apply(op, self.lower_load, op.results)
            elif isinstance(op, arith.ConstantOp | arith.IndexCastOp):
                self.to.convert(op)

    def submit_run(self, run: Run) -> None:
        """Executes the command buffer of a run behind what was submitted before."""
        done = self.fence(self.device, "done")
        table = [
            (*self.buffer_and_offset(value), self.b.i64(bound_size(value))) for value in run.slots
        ]
        self.execute(run, self.device, self.ready, done, table)
        self.ready = done

    def buffer_and_offset(self, value: SSAValue) -> tuple[SSAValue, SSAValue]:
        if value in self.references:
            return self.references[value], self.b.i64(0)
        return super().buffer_and_offset(value)

    def lower_load(self, op: memref.LoadOp, to: HostConversion) -> SSAValue:
        """Reads a scalar back, once it is there; one that is a constant is known."""
        if isinstance(known := op.memref.owner, iree_ll_seq.ConstantOp):
            return constant(to, next(iter(known.value.get_attrs())))
        buffer, offset = self.buffer_and_offset(op.memref)
        if all(is_host_visible(root) for root in roots_of(op.memref)):
            self.await_work()
            return load_element(to, buffer, offset, op.res.type)
        wait, self.ready = self.ready or self.b.null("hal.fence"), None
        return read_element(to, buffer, offset, op.res.type, wait)

    def lower_control(self, op: Operation) -> None:
        match op:
            case scf.ForOp():
                self.lower_for(op)
            case scf.WhileOp():
                self.lower_while(op)
            case scf.IfOp():
                self.lower_if(op)
            case scf.IndexSwitchOp():
                self.lower_switch(op)

    # -- where blocks meet -------------------------------------------------------------------------

    def receiver(self, buffers: Sequence[SSAValue], first: Sequence[Attribute] = ()) -> Block:
        """Returns a new block that takes these numbers, a fence, and the buffers."""
        return Block(arg_types=[*first, FENCE, *[BUFFER] * len(buffers)])

    def passed(self, buffers: Sequence[SSAValue]) -> list[SSAValue]:
        """Returns what a branch passes to a receiver."""
        ready = self.ready or self.b.null("hal.fence")
        return [ready, *(self.buffer_and_offset(value)[0] for value in buffers)]

    def enter(self, block: Block, first: int = 0) -> Sequence[SSAValue]:
        """Continues in a receiver, which takes so many numbers. Returns its buffers."""
        self.to.enter(block)
        self.ready, *buffers = block.args[first:]
        self.ready.name_hint = "ready"
        return buffers

    def refer(self, values: Sequence[SSAValue], buffers: Sequence[SSAValue]) -> None:
        """Lets buffers of the sequence be these of the HAL."""
        for value, buffer in zip(values, buffers, strict=True):
            self.references[value] = buffer
            buffer.name_hint = buffer.name_hint or value.name_hint

    def jump(self, block: Block, arguments: Sequence[SSAValue]) -> None:
        self.b.emit("br", arguments, successors=[block])

    # -- loops and choices -------------------------------------------------------------------------

    def lower_for(self, op: scf.ForOp) -> None:
        to, body = self.to, op.body.block
        lower, upper, step = (to.value(v) for v in (op.lb, op.ub, op.step))
        header, inside, after = self.receiver(op.iter_args, [i64]), Block(), Block()
        self.jump(header, [lower, *self.passed(op.iter_args)])
        references = self.enter(header, first=1)
        ready, index = self.ready, to.map(body.args[0], header.args[0])
        to.branch(emit(to, "cmp.lt.i64.s", index, upper, type=i32), inside, after)
        to.enter(inside)
        self.refer(body.args[1:], references)
        self.lower_block(body)
        following = emit(to, "add.i64", index, step)
        self.jump(header, [following, *self.passed(yields_of(body))])
        self.leave(after, op, references, ready)

    def lower_while(self, op: scf.WhileOp) -> None:
        to, before, body = self.to, op.before_region.block, op.after_region.block
        header, inside, after = self.receiver(op.arguments), Block(), Block()
        self.jump(header, self.passed(op.arguments))
        references = self.enter(header)
        self.refer(before.args, references)
        self.lower_block(before)
        condition, ready = before.last_op, self.ready
        assert isinstance(condition, scf.ConditionOp)
        to.branch(to.value(condition.condition), inside, after)
        to.enter(inside)
        self.refer(body.args, references)
        self.lower_block(body)
        self.jump(header, self.passed(yields_of(body)))
        self.leave(after, op, references, ready)

    def leave(
        self,
        after: Block,
        op: Operation,
        references: Sequence[SSAValue],
        ready: SSAValue | None,
    ) -> None:
        """Continues behind a loop with what its header has."""
        self.to.enter(after)
        self.ready = ready
        self.refer(op.results, references)

    def lower_if(self, op: scf.IfOp) -> None:
        yes, no, after = Block(), Block(), self.receiver(op.output)
        self.to.branch(self.to.value(op.cond), yes, no)
        self.lower_branches([(yes, op.true_region), (no, op.false_region)], op, after)

    def lower_switch(self, op: scf.IndexSwitchOp) -> None:
        to, after = self.to, self.receiver(op.output)
        index, cases = to.value(op.arg), list[tuple[Block, Region]]()
        for case, region in zip(op.cases.get_values(), op.case_regions, strict=True):
            taken, following = Block(), Block()
            same = emit(to, "cmp.eq.i64", index, number(to, int(case), i64), type=i32)
            to.branch(same, taken, following)
            to.enter(following)
            cases.append((taken, region))
        default = Block()
        self.jump(default, [])
        self.lower_branches([(default, op.default_region), *cases], op, after)

    def lower_branches(
        self, branches: Sequence[tuple[Block, Region]], op: Operation, after: Block
    ) -> None:
        """Lowers branches that meet in a receiver."""
        ready = self.ready
        for block, region in branches:
            self.to.enter(block)
            self.ready = ready
            yields: Sequence[SSAValue] = ()
            for inner in region.blocks:
                self.lower_block(inner)
                yields = yields_of(inner)
            self.jump(after, self.passed(yields))
        self.refer(op.results, self.enter(after))


def yields_of(block: Block) -> Sequence[SSAValue]:
    """Returns what the end of a block yields."""
    assert block.last_op is not None
    return block.last_op.operands


def is_host_visible(buffer: SSAValue) -> bool:
    """Returns whether the host may read an allocation."""
    return isinstance(op := buffer.owner, Operation) and iree.HOST_VISIBLE in op.attributes
