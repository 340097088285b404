"""Command buffers: the functions that record the work of a run, once and for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FunctionType,
    i32,
)
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects import vm
from ireelite.dialects.sequencer import iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import fill_bytes
from ireelite.dialects.sequencer.syntax import entry_names
from ireelite.lowering.program.frame import (
    Place,
    Program,
    Run,
    command_buffer_name,
    memoize_name,
)
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm.buffer_views import hal_pattern
from ireelite.lowering.vm.building import VmBuilder

DispatchOp = iree_ll_seq.StaticDispatchOp | iree_ll_seq.DynamicDispatchOp
DISPATCHES = (iree_ll_seq.StaticDispatchOp, iree_ll_seq.DynamicDispatchOp)


class MemoizeLowering:
    """Writes the function that records the dispatches and copies of one run, once and for all."""

    def __init__(self, function: func.FuncOp, run: Run, program: Program, builder: VmBuilder):
        self.function, self.run, self.program, self.b = function, run, program, builder
        self.places, self.slots = run.places, run.slots

    def write(self) -> None:
        """Writes the function from a variant to its command buffer: workgroup counts follow from
        the format that was taken.
        """
        b, result = self.b, vm.RefType.to("hal.command_buffer")
        entry = Block(arg_types=[i32])
        entry.args[0].name_hint = "variant"
        with b.to.rewriting(MemoizeLowering.write, self.function), b.to.at(entry):
            device = b.device()
            commands = self.record(device, entry.args[0])
            b.emit("return", [commands])
            b.add_function(
                memoize_name(self.run.name),
                FunctionType.from_lists([i32], [result]),
                Region(entry),
            )
        b.add_global(command_buffer_name(self.run.name), "hal.command_buffer")

    def record(self, device: SSAValue, variant: SSAValue) -> SSAValue:
        """Records a command buffer of the work."""
        b = self.b
        slots = b.i32(len(self.slots))
        (commands,) = b.call(
            "hal.command_buffer.create",
            device,
            b.i32(0),
            b.i32(hal.ANY_CATEGORY),
            b.i64(hal.ANY_AFFINITY),
            slots,
        )
        commands.name_hint = "commands"
        for op in self.run.ops:
            if isinstance(op, DISPATCHES):
                with b.to.rewriting(MemoizeLowering.dispatch, op):
                    self.dispatch(op, commands, variant)
            elif isinstance(op, iree_ll_seq.CopyOp):
                with b.to.rewriting(MemoizeLowering.copy, op):
                    self.copy(op, commands)
            elif isinstance(op, iree_ll_seq.FillOp):
                with b.to.rewriting(MemoizeLowering.fill, op):
                    self.fill(op, commands)
            elif isinstance(op, iree_ll_seq.BarrierOp):
                with b.to.rewriting(MemoizeLowering.barrier, op):
                    self.barrier(commands)
        self.barrier(commands)
        b.call("hal.command_buffer.finalize", commands)
        return commands

    def dispatch(
        self,
        op: iree_ll_seq.StaticDispatchOp | iree_ll_seq.DynamicDispatchOp,
        commands: SSAValue,
        variant: SSAValue,
    ) -> None:
        """Emits `hal.command_buffer.dispatch` with the counts of the variant that runs."""
        b = self.b
        executable_name, entry_point = entry_names(op.entry_point)
        executable = b.load(b.own(executable_name), "hal.executable")
        (function,) = b.call("hal.executable.lookup.function", executable, b.text(entry_point))
        zero32, zero64 = b.i32(0), b.i64(0)
        fixed = [commands, executable, function, *self.counts(op, variant), zero64]
        bindings: list[Sequence[SSAValue]] = []
        for value in op.bindings:
            place = self.places[value]
            bindings.append(
                (zero32, *self.slot_and_buffer(place), b.i64(place.offset), self.length(value))
            )
        b.call_variadic("hal.command_buffer.dispatch", [*fixed, self.constants(op), bindings])

    def length(self, value: SSAValue) -> SSAValue:
        """Bytes that a dispatch sees of a buffer."""
        return self.b.i64(self.places[value].bound)

    def constants(self, op: Operation) -> list[SSAValue]:
        """Returns the push constants of a dispatch."""
        return []

    def counts(self, op: DispatchOp, variant: SSAValue) -> list[SSAValue]:
        """Returns the workgroup counts x y z, selected by the variant where the targets differ."""
        assert isinstance(op, iree_ll_seq.StaticDispatchOp)
        b = self.b
        executable = self.program.executables[entry_names(op.entry_point)[0]]
        x, y, z = (n for n in op.workload.get_values() if isinstance(n, int))
        per_target = [t.workgroup_counts(executable.body(t), (x, y, z)) for t in executable.targets]
        counts: list[SSAValue] = []
        for axis in zip(*per_target, strict=True):
            count = b.i32(axis[-1])
            for index in reversed(range(len(axis) - 1)):
                if axis[index] != axis[-1]:
                    same = b.value("cmp.eq.i32", [variant, b.i32(index)], i32)
                    count = b.value("select.i32", [same, b.i32(axis[index]), count], i32)
            counts.append(count)
        return counts

    def slot_and_buffer(self, place: Place) -> tuple[SSAValue, SSAValue]:
        """Returns a slot and no buffer, or the buffer of constants."""
        if place.slot is not None:
            return self.b.i32(place.slot), self.b.null("hal.buffer")
        return self.b.i32(0), self.b.load(self.b.own("__constants"), "hal.buffer")

    def copy(self, op: iree_ll_seq.CopyOp, commands: SSAValue) -> None:
        """Copies as many bytes as both have: the last word of one may be longer."""
        source, target = self.places[op.source], self.places[op.target]
        self.copy_bytes(commands, source, target, min(source.size, target.size))

    def fill(self, op: iree_ll_seq.FillOp, commands: SSAValue) -> None:
        """Emits `hal.command_buffer.fill_buffer`, or a copy of the first bytes and copies of what
        is there already, twice as many bytes each time.
        """
        b, target = self.b, self.places[op.target]
        pattern = hal_pattern(fill_bytes(op.pattern))
        if pattern is not None:
            slot, buffer = self.slot_and_buffer(target)
            bits = b.i64(int.from_bytes(pattern, "little"))
            place = b.i64(target.offset), b.i64(target.size), slot
            name = "hal.command_buffer.fill_buffer"
            b.call(name, commands, buffer, *place, bits, b.i32(len(pattern)), b.i64(0))
            return
        offset, filled = self.program.fill_starts[op]
        self.copy_bytes(commands, Place(None, offset, filled, filled), target, filled)
        while 0 < filled < target.size:
            self.barrier(commands)
            size = min(filled, target.size - filled)
            rest = replace(target, offset=target.offset + filled, size=size)
            self.copy_bytes(commands, target, rest, size)
            filled += size

    def copy_bytes(self, commands: SSAValue, source: Place, target: Place, size: int) -> None:
        """Emits `hal.command_buffer.copy_buffer`."""
        b = self.b
        (source_slot, source_buffer), (target_slot, target_buffer) = map(
            self.slot_and_buffer, (source, target)
        )
        b.call(
            "hal.command_buffer.copy_buffer",
            commands,
            source_slot,
            target_slot,
            source_buffer,
            b.i64(source.offset),
            target_buffer,
            b.i64(target.offset),
            b.i64(size),
            b.i64(0),
        )

    def barrier(self, commands: SSAValue) -> None:
        """Emits `hal.command_buffer.execution_barrier`."""
        b = self.b
        stages = b.i32(hal.DISPATCH_STAGES), b.i32(hal.FOLLOWING_STAGES)
        b.call("hal.command_buffer.execution_barrier", commands, *stages, b.i64(0))
