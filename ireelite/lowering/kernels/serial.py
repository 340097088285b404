"""`iree_tensor.serial`: tensor work with loops and choices, in one kernel.

Tensors of rank 0 are scalars, which loops carry and choices yield in registers. Others are in memory
where a loop carries them, a choice yields them, an op with a builder of its own makes them, or
`iree_tensor.keep` says it; what is left is computed where it is read. A turn first computes the
scalars on which its stores depend, and then overwrites the carried tensors in the order of
`turn_stores`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from xdsl.dialects import arith, memref, scf
from xdsl.dialects.builtin import TensorType
from xdsl.ir import Block, Operation, SSAValue

from ireelite.dialects.extensions.iree_tensor import KeepOp, KernelOp, SerialOp, UpdateOp
from ireelite.dialects.extensions.iree_tensor.serial import MAX_TURNS
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.kernels.builders import find_builder
from ireelite.lowering.kernels.control import choose, for_loop, while_loop
from ireelite.lowering.kernels.kernel import Kernel
from ireelite.lowering.rewriting.regions import outer_operands
from ireelite.lowering.tensors.access import Read
from ireelite.lowering.tensors.indices import Index, Indices
from ireelite.lowering.tensors.moves import elements_of, starts_in
from ireelite.lowering.tensors.serial_memory import plan_memory
from ireelite.lowering.tensors.turn_stores import in_order, stores_of, turn_of


def build_serial(op: SerialOp, point: Indices, outputs: Sequence[SSAValue], kernel: Kernel) -> None:
    """Builds the op, whose inner ops with loops of their own have builders."""
    block, end = op.body.block, op.body.block.last_op
    assert end is not None
    # Readers of an argument compute through the ops that make the operand.
    for argument, value in zip(block.args, op.inputs, strict=True):
        argument.replace_all_uses_with(value)
    work = Serial(block, outputs, kernel)
    work.run(block)
    for value, output in zip(end.operands, outputs, strict=False):
        if shape_of(value):
            if work.memory.get(value) is not output:
                work.store_nest([value], [output])
        else:
            kernel.to.insert(memref.StoreOp.get(work.scalar(value), output, []))


class Serial:
    """The work of one serial op."""

    def __init__(self, block: Block, outputs: Sequence[SSAValue], kernel: Kernel):
        self.kernel = kernel
        self.memory: dict[SSAValue, SSAValue] = {
            value: kernel.scratch(element_type_of(value), shape_of(value))
            if number is None
            else outputs[number]
            for value, number in plan_memory(block).items()
        }

    def run(self, block: Block) -> None:
        """Builds what a block keeps, and its loops and choices."""
        for op in block.ops:
            match op:
                case KeepOp():
                    self.store_nest([op.value], [self.memory[op.result]])
                    self.is_stored(op)
                case scf.ForOp():
                    self.build_for(op)
                case scf.WhileOp():
                    self.build_while(op)
                case scf.IfOp() | scf.IndexSwitchOp():
                    self.build_choice(op)
                case KernelOp():
                    self.build_op(op)
                case _:
                    pass  # its scalars are computed where they are read

    # -- values ------------------------------------------------------------------------------------

    def scalar(self, value: SSAValue) -> SSAValue:
        """Returns a scalar, or the element of a tensor of rank 0."""
        return self.kernel.pull([Read(value, ())])[0]

    def scalars(self, values: Sequence[SSAValue]) -> list[SSAValue]:
        return self.kernel.pull([Read(value, ()) for value in values if is_scalar(value)])

    def define(self, values: Sequence[SSAValue], scalars: Sequence[SSAValue]) -> None:
        """Gives tensors of rank 0 their elements, in order."""
        names = [value for value in values if is_scalar(value)]
        for name, scalar in zip(names, scalars, strict=True):
            self.kernel.define(name, (), scalar)

    def is_stored(self, op: Operation) -> None:
        """Lets readers load the results of an op that are in memory."""
        for result in op.results:
            if result in self.memory:
                self.kernel.buffers[result] = self.memory[result], ()

    def store_nest(self, values: Sequence[SSAValue], targets: Sequence[SSAValue]) -> None:
        """Stores tensors of one shape; at each index all elements are computed before one is
        stored.
        """
        with self.kernel.loops(shape_of(values[0]), (), "j") as at:
            self.store_at(values, targets, at, at)

    def store_at(
        self, values: Sequence[SSAValue], targets: Sequence[SSAValue], at: Indices, to: Indices
    ) -> None:
        kernel = self.kernel
        elements = kernel.pull([Read(value, at) for value in values])
        indices = [kernel.index(index) for index in to]
        for element, target in zip(elements, targets, strict=True):
            kernel.to.insert(memref.StoreOp.get(element, target, indices))

    # -- loops -------------------------------------------------------------------------------------

    def enter(self, op: Operation, inits: Sequence[SSAValue]) -> list[SSAValue]:
        """Puts what a loop begins with in its place, and computes the scalars that it reads from
        around it once. Returns those that it carries.
        """
        self.scalars(outer_operands(op))
        for init, result in zip(inits, op.results, strict=True):
            if result in self.memory:
                self.store_nest([init], [self.memory[result]])
        return self.scalars(inits)

    def begin(self, op: Operation, block: Block, carried: Sequence[SSAValue]) -> None:
        """Gives a block of a loop its carried values."""
        arguments = block.args[len(block.args) - len(op.results) :]
        self.define(arguments, carried)
        for argument, result in zip(arguments, op.results, strict=True):
            if result in self.memory:
                self.kernel.buffers[argument] = self.memory[result], ()

    def turn(self, op: scf.ForOp | scf.WhileOp) -> list[SSAValue]:
        """Builds one turn of a loop; returns the scalars that it carries on."""
        turn = turn_of(op)
        self.run(turn.block)
        stores, needed = stores_of(turn)
        self.kernel.pull(needed)
        following = self.scalars(turn.values)
        ordered, rest = in_order(stores)
        assert not rest
        for store in ordered:
            targets = [self.memory[op.results[n]] for n in store.numbers]
            if store.updates:
                self.store_parts(store.updates, targets)
            else:
                self.store_nest([turn.values[n] for n in store.numbers], targets)
        return following

    def store_parts(self, updates: Sequence[UpdateOp], targets: Sequence[SSAValue]) -> None:
        """Stores the parts of updates behind their starts. Those of one element, which may depend on
        what is overwritten, are computed before.
        """
        kernel = self.kernel
        space, firsts = kernel.space, [Read(u.update, self.first(u)) for u in updates if is_one(u)]
        kernel.pull(firsts)
        for update in updates:
            starts = starts_in(update, update.update, space)
            kernel.pull(list(elements_of(starts)))
            if is_one(update):
                self.store_at([update.update], targets, self.first(update), starts)
                continue
            with kernel.loops(shape_of(update.update), (), "j") as at:
                self.store_at([update.update], targets, at, tuple(map(space.add, at, starts)))

    def first(self, update: UpdateOp) -> Indices:
        """Returns the indices of the first element of an update's part."""
        return (self.kernel.space.constant(0),) * len(shape_of(update.update))

    def build_for(self, op: scf.ForOp) -> None:
        begin, end, step = (self.scalar(value) for value in (op.lb, op.ub, op.step))
        starts = self.enter(op, op.iter_args)

        def body(index: SSAValue, carried: Sequence[SSAValue]) -> list[SSAValue]:
            self.kernel.define(op.body.block.args[0], (), index)
            self.begin(op, op.body.block, carried)
            return self.turn(op)

        lasts = for_loop(self.kernel, begin, end, starts, body, "turn", step)
        self.leave(op, lasts)

    def build_while(self, op: scf.WhileOp) -> None:
        starts, before = self.enter(op, op.arguments), op.before_region.block

        def test(carried: Sequence[SSAValue]) -> SSAValue:
            self.begin(op, before, carried)
            self.run(before)
            end = before.last_op
            assert isinstance(end, scf.ConditionOp)
            return self.scalar(end.condition)

        def body(carried: Sequence[SSAValue]) -> list[SSAValue]:
            self.begin(op, op.after_region.block, carried)
            return self.turn(op)

        self.leave(op, while_loop(self.kernel, starts, test, body))

    def leave(self, op: Operation, lasts: Sequence[SSAValue]) -> None:
        """Gives a loop its results; limits the turns of the loop that has been made as its own."""
        self.define(op.results, lasts)
        self.is_stored(op)
        made = self.kernel.to.block.last_op
        if MAX_TURNS in op.attributes and isinstance(made, scf.ForOp | scf.WhileOp):
            made.attributes[MAX_TURNS] = op.attributes[MAX_TURNS]

    # -- choices -----------------------------------------------------------------------------------

    def build_choice(self, op: scf.IfOp | scf.IndexSwitchOp) -> None:
        kernel = self.kernel
        if isinstance(op, scf.IfOp):
            yes, no = (region.block for region in op.regions)
            results = choose(
                kernel,
                self.scalar(op.cond),
                lambda: self.branch(op, yes),
                lambda: self.branch(op, no),
            )
        else:
            results = self.choose_case(op, self.scalar(op.arg), 0)
        self.define(op.results, results)
        self.is_stored(op)

    def choose_case(self, op: scf.IndexSwitchOp, index: SSAValue, first: int) -> Sequence[SSAValue]:
        """Returns a comparison with each case in turn."""
        kernel, cases = self.kernel, [int(case) for case in op.cases.get_values()]
        if first == len(cases):
            return self.branch(op, op.default_region.block)
        case = kernel.number(cases[first])
        taken = kernel.to.insert(arith.CmpiOp(index, case, "eq")).result
        return choose(
            kernel,
            taken,
            lambda: self.branch(op, op.case_regions[first].block),
            lambda: self.choose_case(op, index, first + 1),
        )

    def branch(self, op: Operation, block: Block) -> list[SSAValue]:
        """Builds one branch of a choice; returns its scalars."""
        self.run(block)
        end = block.last_op
        assert end is not None
        for value, result in zip(end.operands, op.results, strict=True):
            if result in self.memory:
                self.store_nest([value], [self.memory[result]])
        return self.scalars(end.operands)

    # -- ops with builders -------------------------------------------------------------------------

    def build_op(self, op: KernelOp) -> None:
        """Builds all points of an op's workload, one after the other."""
        kernel = self.kernel
        outputs = [self.output(result) for result in op.results]

        def go_through(extents: Sequence[int], point: Sequence[Index]) -> None:
            if not extents:
                build = find_builder(type(op))
                with kernel.to.rewriting(build, op):
                    build(op, tuple(point), outputs, kernel)
                return
            extent, *others = extents

            def turn(k: SSAValue, _: Sequence[SSAValue]) -> list[SSAValue]:
                go_through(others, (*point, kernel.variable(k, extent)))
                return []

            if extent == 1:
                go_through(others, (*point, kernel.space.constant(0)))
            else:
                for_loop(kernel, kernel.number(0), kernel.number(extent), [], turn)

        go_through(op.workload, ())
        self.is_stored(op)
        for result, output in zip(op.results, outputs, strict=True):
            if result not in self.memory:
                self.kernel.buffers[result] = output, ()

    def output(self, result: SSAValue) -> SSAValue:
        """Returns the buffer in which a builder makes a result."""
        if result in self.memory:
            return self.memory[result]
        return self.kernel.scratch(element_type_of(result), shape_of(result))


def is_one(update: UpdateOp) -> bool:
    """Returns whether the part of an update is a single element."""
    return prod(shape_of(update.update)) == 1


def is_scalar(value: SSAValue) -> bool:
    """Returns whether a value has a single element, which is in a register."""
    return not isinstance(value.type, TensorType) or not shape_of(value)
