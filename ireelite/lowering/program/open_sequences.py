"""Functions of sequences whose arguments leave sizes open: a call records its own command buffer.

A call asks the views of its arguments for their sizes, computes all others, checks those that must be
equal, allocates what they say, and records dispatches with sizes as push constants, one word each, and
with the workgroups that cover their workload.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from xdsl.dialects import arith, func, memref
from xdsl.dialects.builtin import DYNAMIC_INDEX, IntegerAttr, MemRefType, StringAttr, i32, i64
from xdsl.ir import Block, Operation, SSAValue

from ireelite.bytecode.isa import FAILURE_VALUES
from ireelite.dialects.elements import row_of
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import is_open
from ireelite.dialects.sequencer.syntax import entry_names
from ireelite.lowering.program.command_buffers import DispatchOp, MemoizeLowering
from ireelite.lowering.program.frame import VARIANT, WHOLE_BUFFER, Program, Run, is_lent
from ireelite.lowering.program.sequence_functions import FunctionLowering
from ireelite.lowering.vm.building import VmBuilder
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_of
from ireelite.targets.registry import WorkgroupAxis

ARITHMETIC: dict[type[Operation], str] = {
    arith.AddiOp: "add.i64",
    arith.SubiOp: "sub.i64",
    arith.MuliOp: "mul.i64",
    arith.DivSIOp: "div.i64.s",
    arith.MaxSIOp: "max.i64.s",
    arith.MinSIOp: "min.i64.s",
}
"""Op on sizes -> the instruction."""


def has_open_sizes(function: func.FuncOp) -> bool:
    """Returns whether an argument of a sequence leaves a size open."""
    return any(is_open(argument.type) for argument in function.args)


class OpenLowering(FunctionLowering):
    """Writes the function of a sequence with sizes that are open."""

    def __init__(
        self, function: func.FuncOp, runs: Sequence[Run], program: Program, builder: VmBuilder
    ):
        super().__init__(function, runs, program, builder)
        self.values: dict[SSAValue, SSAValue] = {}
        """Sizes of the sequence, as numbers of the virtual machine."""
        self.expected: dict[tuple[SSAValue, int], SSAValue] = {}
        """(argument, dimension) -> the size that it must have."""
        self.byte_sizes: dict[SSAValue, SSAValue] = {}
        self.allocated_sizes: dict[SSAValue, SSAValue] = {}

    def arguments(self, entry: Block, device: SSAValue | None) -> None:
        """Computes all sizes, asserts those of arguments, and compares the others."""
        views: dict[SSAValue, SSAValue] = dict(zip(self.function.args, entry.args, strict=False))
        checks: list[iree.CheckSizeOp] = []
        for op in self.function.body.block.ops:
            if isinstance(op, iree.CheckSizeOp):
                checks.append(op)
            elif op.results and op.results[0] not in self.values:
                self.compute(op, views)
        rest = [check for check in checks if not self.is_of_argument(check)]
        super().arguments(entry, device)
        for check in rest:
            self.compare(check)

    def compute(self, op: Operation, views: dict[SSAValue, SSAValue]) -> None:
        """Computes the size that an op yields, if it yields one."""
        b = self.b
        if isinstance(op, memref.DimOp):
            dimension = number_of(op.index)
            if dimension is None or op.source not in views:
                raise StatusError(
                    StatusCode.UNIMPLEMENTED,
                    f"{place_of(op)}'{op.name}' must ask for a constant dimension of an argument",
                )
            (size,) = b.call("hal.buffer_view.dim", views[op.source], b.i32(dimension))
            self.values[op.result] = size
        elif isinstance(op, arith.ConstantOp) and (size := number_of(op.result)) is not None:
            self.values[op.result] = b.i64(size)
        elif (mnemonic := ARITHMETIC.get(type(op))) is not None:
            if not all(operand in self.values for operand in op.operands):
                raise StatusError(
                    StatusCode.UNIMPLEMENTED,
                    f"{place_of(op)}'{op.name}' must compute with sizes of arguments",
                )
            operands = [self.values[operand] for operand in op.operands]
            self.values[op.results[0]] = b.value(mnemonic, operands, i64)

    def is_of_argument(self, check: iree.CheckSizeOp) -> bool:
        """Returns whether a check is one of an argument's size, which the assertion of its view
        makes.
        """
        for size, expected in ((check.size, check.expected), (check.expected, check.size)):
            asked = size.owner
            if isinstance(asked, memref.DimOp) and asked.source in self.function.args:
                key = (asked.source, number_of(asked.index) or 0)
                if key not in self.expected and not depends_on(expected, size):
                    self.expected[key] = self.values[expected]
                    return True
        return False

    def compare(self, check: iree.CheckSizeOp) -> None:
        """Fails the call where two sizes differ."""
        size, expected = self.values[check.size], self.values[check.expected]
        differ = self.b.value("cmp.ne.i64", [size, expected], i32)
        values = [self.values[value] for value in check.values]
        fail_if(self.b, differ, StatusCode.INVALID_ARGUMENT, check.message.data, values)

    # -- sizes -------------------------------------------------------------------------------------

    def dims(self, value: SSAValue) -> list[SSAValue]:
        type = value.type
        assert isinstance(type, MemRefType)
        if not is_open(type):
            return super().dims(value)
        if isinstance(op := value.owner, iree_ll_seq.AllocHeapOp):
            sizes = iter(self.values[size] for size in op.sizes)
            return [
                next(sizes) if size == DYNAMIC_INDEX else self.b.i64(size)
                for size in type.get_shape()
            ]
        return [
            self.argument_size(value, d) if size == DYNAMIC_INDEX else self.b.i64(size)
            for d, size in enumerate(type.get_shape())
        ]

    def argument_size(self, argument: SSAValue, dimension: int) -> SSAValue:
        """Returns the size that an argument must have in a dimension, or that it has."""
        if (known := self.expected.get((argument, dimension))) is not None:
            return known
        for use in argument.uses:
            op = use.operation
            if isinstance(op, memref.DimOp) and number_of(op.index) == dimension:
                return self.values[op.result]
        assert isinstance(argument.owner, Block)
        view = self.view_of(argument)
        (size,) = self.b.call("hal.buffer_view.dim", view, self.b.i32(dimension))
        return size

    def view_of(self, argument: SSAValue) -> SSAValue:
        """Returns the view of an argument."""
        entry = self.b.to.block.parent
        assert entry is not None and entry.blocks.first is not None
        return entry.blocks.first.args[list(self.function.args).index(argument)]  # pyright: ignore

    def size(self, value: SSAValue) -> SSAValue:
        if not is_open(value.type):
            return super().size(value)
        if value not in self.byte_sizes:
            self.byte_sizes[value] = self.open_size(value)
        return self.byte_sizes[value]

    def open_size(self, value: SSAValue) -> SSAValue:
        """Computes the bytes of a buffer's elements."""
        b, type = self.b, value.type
        assert isinstance(type, MemRefType)
        count = reduce(lambda a, n: b.value("mul.i64", [a, n], i64), self.dims(value))
        bits = row_of(type.element_type).storage_bits
        if bits < 8:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"a {type} has elements that share bytes, which a buffer of an open size can't have",
            )
        return b.value("mul.i64", [count, b.i64(bits // 8)], i64)

    def allocated_size(self, value: SSAValue) -> SSAValue:
        if not is_open(value.type):
            return super().allocated_size(value)
        assert isinstance(value.type, MemRefType)
        if row_of(value.type.element_type).storage_bits % 32 == 0:
            return self.size(value)
        if value not in self.allocated_sizes:
            b, four = self.b, self.b.i64(4)
            more = b.value("add.i64", [self.size(value), b.i64(3)], i64)
            words = b.value("div.i64.s", [more, four], i64)
            self.allocated_sizes[value] = b.value("mul.i64", [words, four], i64)
        return self.allocated_sizes[value]

    def bound_size(self, value: SSAValue) -> SSAValue:
        if not is_open(value.type):
            return super().bound_size(value)
        if not is_lent(value):
            return self.allocated_size(value)
        assert isinstance(value.type, MemRefType)
        is_words = row_of(value.type.element_type).storage_bits % 32 == 0
        return self.size(value) if is_words else self.b.i64(WHOLE_BUFFER)

    def commands(self, run: Run, device: SSAValue) -> SSAValue:
        """Returns a command buffer for this call."""
        targets = self.program.targets
        variant = self.b.i32(0)
        if len(targets) > 1:
            self.program.keeps_variant = True
            name = StringAttr(self.b.own(VARIANT))
            (variant,) = self.b.emit("global.load.i32", [], [i32], global_=name)
        return Recording(self, run).record(device, variant)


class Recording(MemoizeLowering):
    """Records the work of one call."""

    def __init__(self, of: OpenLowering, run: Run):
        super().__init__(of.function, run, of.program, of.b)
        self.of, self.values = of, of.values

    def length(self, value: SSAValue) -> SSAValue:
        return self.of.bound_size(value) if is_open(value.type) else super().length(value)

    def word(self, size: SSAValue) -> SSAValue:
        """Returns a size as a push constant or a count."""
        return self.b.value("trunc.i64.i32", [size], i32)

    def dispatch(self, op: DispatchOp, commands: SSAValue, variant: SSAValue) -> None:
        if isinstance(op, iree_ll_seq.DynamicDispatchOp):
            self.check_limits(op, variant)
        super().dispatch(op, commands, variant)

    def check_limits(self, op: iree_ll_seq.DynamicDispatchOp, variant: SSAValue) -> None:
        """Fails the call for sizes that the target which runs is not right for."""
        b, name = self.b, entry_names(op.entry_point)[0]
        executable = self.program.executables[name]
        for index, target in enumerate(executable.targets):
            limits = target.most_sizes(executable.body(target))
            for size, most in zip(op.sizes, limits, strict=False):
                if most is None:
                    continue
                wrong = b.value("cmp.lt.i64.s", [b.i64(most), self.values[size]], i32)
                if len(executable.targets) > 1:
                    runs = b.value("cmp.eq.i32", [variant, b.i32(index)], i32)
                    wrong = b.value("and.i32", [wrong, runs], i32)
                message = (
                    f"a size is over {most}, which is the most that loops of '{name}' go around on "
                    f"{target.name}; llvm-cpu and vmvx take any"
                )
                fail_if(b, wrong, StatusCode.RESOURCE_EXHAUSTED, message)

    def constants(self, op: Operation) -> list[SSAValue]:
        if not isinstance(op, iree_ll_seq.DynamicDispatchOp):
            return []
        return [self.word(self.values[size]) for size in op.sizes]

    def counts(self, op: DispatchOp, variant: SSAValue) -> list[SSAValue]:
        """Returns the workgroups that cover the workload, for the target that runs."""
        if not isinstance(op, iree_ll_seq.DynamicDispatchOp):
            return super().counts(op, variant)
        b = self.b
        workload = [self.values[size] for size in op.workload]
        executable = self.program.executables[entry_names(op.entry_point)[0]]
        per_target = [t.workgroup_axes(executable.body(t)) for t in executable.targets]
        counts: list[SSAValue] = []
        for axes in zip(*per_target, strict=True):
            count = self.count(axes[-1], workload)
            for index in reversed(range(len(axes) - 1)):
                if axes[index] != axes[-1]:
                    same = b.value("cmp.eq.i32", [variant, b.i32(index)], i32)
                    other = self.count(axes[index], workload)
                    count = b.value("select.i32", [same, other, count], i32)
            counts.append(count)
        return counts

    def count(self, axis: WorkgroupAxis, workload: Sequence[SSAValue]) -> SSAValue:
        """Returns the workgroups along one axis."""
        b = self.b
        if axis.of is None:
            return b.i32(1)
        count = workload[axis.of]
        if axis.points > 1:
            more = b.value("add.i64", [count, b.i64(axis.points - 1)], i64)
            count = b.value("div.i64.s", [more, b.i64(axis.points)], i64)
        if axis.most is not None:
            count = b.value("min.i64.s", [count, b.i64(axis.most)], i64)
        return self.word(count)


def depends_on(value: SSAValue, size: SSAValue) -> bool:
    """Returns whether a size is computed from another one."""
    waiting, seen = [value], set[SSAValue]()
    while waiting:
        if (value := waiting.pop()) is size:
            return True
        if value not in seen and isinstance(value.owner, Operation):
            waiting += value.owner.operands
        seen.add(value)
    return False


def fail_if(
    b: VmBuilder,
    condition: SSAValue,
    code: StatusCode,
    message: str,
    values: Sequence[SSAValue] = (),
) -> None:
    """Ends the call where a condition holds; continues in a new block. The runtime replaces `{n}` in
    the message by number n of `values`, which a `trace` before the failure passes to it.
    """
    region = b.to.block.parent
    assert region is not None
    failed, after = Block(), Block()
    region.add_block(failed)
    region.add_block(after)
    b.emit("cond_br", [condition], successors=[failed, after])
    b.to.continue_at(failed)
    if values:
        shown = [b.value("trunc.i64.i32", [value], i32) for value in values]
        b.emit("trace", shown, message=StringAttr(FAILURE_VALUES))
    b.fail(b.i32(int(code)), message)
    b.to.continue_at(after)


def number_of(value: SSAValue) -> int | None:
    """Returns a size that is a constant."""
    made = value.owner
    if isinstance(made, arith.ConstantOp) and isinstance(made.value, IntegerAttr):
        return int(made.value.value.data)
    return None
