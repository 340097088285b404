"""Stage 6 to 7: sequences become functions of the virtual machine that call the HAL.

Executables are serialised here and become rodata. `__init` selects a device and the first format it
accepts, creates the executables, imports the constants and records one reusable command buffer for
each sequence. A call then asserts its arguments, allocates, executes that command buffer with its
buffers in the binding table, and awaits the fence. One that is called with fences executes when the
first is reached, has the second signalled, and awaits nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FunctionType,
    MemRefType,
    ModuleOp,
    StringAttr,
    i32,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite import element_types
from ireelite.dialects import vm
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size, byte_size, contents
from ireelite.dialects.sequencer.syntax import entry_names
from ireelite.lowering.host.host_to_vm import host_conversion, lower_host_code
from ireelite.lowering.program.frame import (
    InstructionTables,
    Place,
    Program,
    bound_size,
    check_same_targets,
    collect_constants,
    command_buffer_name,
    find_places,
    has_work,
    memoize_name,
    remove_left_out,
    serialise,
)
from ireelite.lowering.program.init import write_init
from ireelite.lowering.rewriting.sequences import is_host_code, is_sequence, output_storage
from ireelite.lowering.sequencer.abi import is_async, reflection
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm import registers
from ireelite.lowering.vm.buffer_views import hal_pattern
from ireelite.lowering.vm.building import VmBuilder
from ireelite.status import invalid_argument
from ireelite.syntax.errors import place_of
from ireelite.targets.registry import TargetOptions, TargetSelection

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def ll_seq_to_vm(
    module: ModuleOp,
    name: str,
    options: TargetOptions,
    selection: TargetSelection,
    tracker: Tracker | None,
) -> tuple[ModuleOp, InstructionTables]:
    """A module that holds one `vm.module`, and where the instructions of its executables came
    from.
    """
    to = host_conversion(name, tracker)
    program, tables = Program(), []
    functions: list[func.FuncOp] = []
    host: list[Operation] = []
    for op in module.body.block.ops:
        if isinstance(op, iree.MultiArchExecutableOp):
            program.executables[op.sym_name.data] = serialise(
                op, options, selection, tables, tracker
            )
        elif is_sequence(op) and isinstance(op, func.FuncOp):
            functions.append(op)
            collect_constants(op, program)
        elif is_host_code(op):
            host.append(op)
        else:
            raise invalid_argument(f"{place_of(op)}'{op.name}' has no place in a sequencer module")
    remove_left_out(program, selection, tables)
    check_same_targets(program)
    selection.take(program.targets, tracker)
    builder = to.b
    for function in functions:
        if has_work(function):
            MemoizeLowering(function, program, builder).write()
        FunctionLowering(function, program, builder).write()
    device = needs_device(functions, program)
    initialize = lower_host_code(host, to, device)
    if device or builder.uses_device:
        memoized = [f.sym_name.data for f in functions if has_work(f)]
        write_init(program, memoized, builder, initialize)
    result = ModuleOp([builder.finish()])
    return result, tables


def needs_device(functions: Sequence[func.FuncOp], program: Program) -> bool:
    """Whether anything that a module does for its sequences takes a device."""
    return bool(program.executables) or any(
        is_async(function) or find_places(function, program)[1] for function in functions
    )


class MemoizeLowering:
    """Writes the function that records the dispatches and copies of one function,
    once and for all.
    """

    def __init__(self, function: func.FuncOp, program: Program, builder: VmBuilder):
        self.function, self.program, self.b = function, program, builder
        self.places, self.slots = find_places(function, program)

    def write(self) -> None:
        """`%variant -> command buffer`: workgroup counts follow from the format that was taken."""
        b, result = self.b, vm.RefType.to("hal.command_buffer")
        entry = Block(arg_types=[i32])
        entry.args[0].name_hint = "variant"
        with b.to.rewriting(MemoizeLowering.write, self.function), b.to.at(entry):
            device = b.device()
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
            for op in self.function.body.block.ops:
                if isinstance(op, iree_ll_seq.StaticDispatchOp):
                    with b.to.rewriting(MemoizeLowering.dispatch, op):
                        self.dispatch(op, commands, entry.args[0])
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
            b.emit("return", [commands])
            b.add_function(
                memoize_name(self.function.sym_name.data),
                FunctionType.from_lists([i32], [result]),
                Region(entry),
            )
        b.add_global(command_buffer_name(self.function.sym_name.data), "hal.command_buffer")

    def dispatch(
        self, op: iree_ll_seq.StaticDispatchOp, commands: SSAValue, variant: SSAValue
    ) -> None:
        """`hal.command_buffer.dispatch` with the counts of the variant that runs."""
        b = self.b
        executable_name, entry_point = entry_names(op.entry_point)
        executable = b.load(executable_name, "hal.executable")
        (function,) = b.call("hal.executable.lookup.function", executable, b.text(entry_point))
        zero32, zero64 = b.i32(0), b.i64(0)
        fixed = [commands, executable, function, *self.counts(op, variant), zero64]
        bindings: list[Sequence[SSAValue]] = []
        for value in op.bindings:
            place = self.places[value]
            bindings.append(
                (zero32, *self.slot_and_buffer(place), b.i64(place.offset), b.i64(place.size))
            )
        b.call_variadic("hal.command_buffer.dispatch", [*fixed, [], bindings])

    def counts(self, op: iree_ll_seq.StaticDispatchOp, variant: SSAValue) -> list[SSAValue]:
        """Workgroup counts x y z, selected by the variant where the targets differ."""
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
        """A slot and no buffer, or the buffer of constants."""
        if place.slot is not None:
            return self.b.i32(place.slot), self.b.null("hal.buffer")
        return self.b.i32(0), self.b.load("__constants", "hal.buffer")

    def copy(self, op: iree_ll_seq.CopyOp, commands: SSAValue) -> None:
        """Copies as many bytes as the target has."""
        source, target = self.places[op.source], self.places[op.target]
        self.copy_bytes(commands, source, target, target.size)

    def fill(self, op: iree_ll_seq.FillOp, commands: SSAValue) -> None:
        """`hal.command_buffer.fill_buffer`, or a copy of the first bytes and copies of what is
        there already, twice as many bytes each time.
        """
        b, target = self.b, self.places[op.target]
        pattern = hal_pattern(contents(op.pattern))
        if pattern is not None:
            slot, buffer = self.slot_and_buffer(target)
            bits = b.i64(int.from_bytes(pattern, "little"))
            place = b.i64(target.offset), b.i64(target.size), slot
            name = "hal.command_buffer.fill_buffer"
            b.call(name, commands, buffer, *place, bits, b.i32(len(pattern)), b.i64(0))
            return
        offset, filled = self.program.fill_starts[op]
        self.copy_bytes(commands, Place(None, offset, filled), target, filled)
        while 0 < filled < target.size:
            self.barrier(commands)
            size = min(filled, target.size - filled)
            rest = Place(target.slot, target.offset + filled, size)
            self.copy_bytes(commands, target, rest, size)
            filled += size

    def copy_bytes(self, commands: SSAValue, source: Place, target: Place, size: int) -> None:
        """`hal.command_buffer.copy_buffer`."""
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
        """`hal.command_buffer.execution_barrier`."""
        b = self.b
        stages = b.i32(hal.DISPATCH_STAGES), b.i32(hal.FOLLOWING_STAGES)
        b.call("hal.command_buffer.execution_barrier", commands, *stages, b.i64(0))


class FunctionLowering:
    """Writes a sequence's function: views in, views out, one submission between."""

    def __init__(self, function: func.FuncOp, program: Program, builder: VmBuilder):
        self.function, self.program, self.b = function, program, builder
        self.buffers: dict[SSAValue, SSAValue] = {}
        self.views: dict[SSAValue, SSAValue] = {}
        """The views of arguments that are storage for a result."""
        self.places, self.slots = find_places(function, program)
        self.is_async = is_async(function)
        self.is_private = function.sym_visibility == StringAttr("private")

    def write(self) -> None:
        """The function, and its export unless only this module may call it."""
        b, name = self.b, self.function.sym_name.data
        view, fence = vm.RefType.to("hal.buffer_view"), vm.RefType.to("hal.fence")
        inputs: list[Attribute] = [view] * len(self.function.function_type.inputs)
        outputs = [view] * len(self.function.function_type.outputs)
        if self.is_async:
            inputs += [fence, fence]
        if len(inputs) > registers.REF_REGISTERS:
            raise registers.too_many_registers(self.function)
        entry = Block(arg_types=inputs)
        region = Region(entry)
        with b.to.rewriting(FunctionLowering.write, self.function), b.to.at(entry):
            device = b.device() if self.slots or self.is_async else None
            self.arguments(entry, device)
            if device is not None:
                self.submit(device, entry, region)
            end = self.function.body.block.last_op
            assert isinstance(end, iree_ll_seq.ReturnOp)
            with b.to.rewriting(FunctionLowering.results, end):
                b.emit("return", self.results(end))
            b.add_function(name, FunctionType.from_lists(inputs, outputs), region)
            if not self.is_private:
                b.add_export(name, reflection(self.function))

    def arguments(self, entry: Block, device: SSAValue | None) -> None:
        """Asserts each view's type and shape, and its buffer's size; takes the buffers. Of one
        that is storage only the size counts.
        """
        b = self.b
        if not self.function.args:
            return
        assert device is not None
        (allocator,) = b.call("hal.device.allocator", device)
        storage = output_storage(self.function)
        for index, argument in enumerate(self.function.args):
            view = entry.args[index]
            view.name_hint = f"input{index}"
            type = argument.type
            assert isinstance(type, MemRefType)
            if storage[index] is None:
                dims = [b.i64(size) for size in type.get_shape()]
                code, layout = b.i32(element_code(type)), b.i32(hal.DENSE_ROW_MAJOR)
                name = "tensor" if self.is_private else f"input{index}"
                b.call_variadic("hal.buffer_view.assert", [view, b.text(name), code, layout, dims])
            else:
                self.views[argument] = view
            (buffer,) = b.call("hal.buffer_view.buffer", view)
            size = b.i64(byte_size(type))
            kind, usage = b.i32(hal.HOST_VISIBLE_OR_DEVICE), b.i32(hal.TRANSFER_AND_STORAGE)
            b.call("hal.buffer.assert", buffer, b.text("tensor"), allocator, size, kind, usage)
            self.buffers[argument] = buffer

    def submit(self, device: SSAValue, entry: Block, region: Region) -> None:
        """Allocations, then the command buffer, then the arena's release, each waiting for the one
        before; the command buffer waits for the caller's fence too.
        """
        b, affinity, zero = self.b, self.b.i64(hal.ANY_AFFINITY), self.b.i64(0)
        wait, signal = entry.args[-2:] if self.is_async else (None, None)
        if wait is not None and signal is not None:
            wait.name_hint, signal.name_hint = "wait", "signal"
        ready: SSAValue | None = None
        arena: SSAValue | None = None
        for op in self.function.body.block.ops:
            if isinstance(op, iree_ll_seq.AllocHeapOp | iree_ll_seq.AllocArenaOp):
                with b.to.rewriting(FunctionLowering.allocate, op):
                    ready = self.allocate(op, device, ready or b.null("hal.fence"))
                if isinstance(op, iree_ll_seq.AllocArenaOp):
                    arena = self.buffers[op.result]
        if wait is not None and ready is not None:
            (ready,) = b.call_variadic("hal.fence.join", [zero, [wait, ready]])
        ready = ready or wait
        if not has_work(self.function):
            if ready is not None and signal is not None:
                b.call("hal.device.queue.barrier", device, affinity, ready, signal, zero)
            elif ready is not None:
                b.await_fence(ready, region)
            return
        done = self.fence(device, "done") if signal is None or arena is not None else signal
        commands = b.load(command_buffer_name(self.function.sym_name.data), "hal.command_buffer")
        table = [(self.buffers[v], zero, b.i64(bound_size(v))) for v in self.slots]
        b.call_variadic(
            "hal.device.queue.execute.indirect",
            [device, affinity, ready or b.null("hal.fence"), done, commands, zero, table],
        )
        if arena is not None:
            released = signal or b.null("hal.fence")
            b.call("hal.device.queue.dealloca", device, affinity, done, released, arena, zero)
        if signal is None:
            b.await_fence(done, region)

    def fence(self, device: SSAValue, name: str) -> SSAValue:
        """A new fence."""
        (fence,) = self.b.call("hal.fence.create", device, self.b.i64(0))
        fence.name_hint = name
        return fence

    def allocate(
        self,
        op: iree_ll_seq.AllocHeapOp | iree_ll_seq.AllocArenaOp,
        device: SSAValue,
        ready: SSAValue,
    ) -> SSAValue:
        """A buffer on the queue's timeline; returns the fence that says it may be used."""
        b = self.b
        fence = self.fence(device, "allocated")
        pool, flags = b.i64(0), b.i64(0)
        kind, usage, size = (
            b.i32(hal.DEVICE_LOCAL),
            b.i32(hal.TRANSFER_AND_STORAGE),
            b.i64(allocated_size(op.result.type)),
        )
        affinity = b.i64(hal.ANY_AFFINITY)
        (buffer,) = b.call(
            "hal.device.queue.alloca",
            device,
            affinity,
            ready,
            fence,
            pool,
            kind,
            usage,
            size,
            flags,
        )
        buffer.name_hint = op.result.name_hint
        self.buffers[op.result] = buffer
        return fence

    def results(self, end: iree_ll_seq.ReturnOp) -> list[SSAValue]:
        """A view of each buffer that is returned; of storage, the caller's own."""
        b = self.b
        views: list[SSAValue] = []
        for value in end.arguments:
            if value in self.views:
                views.append(self.views[value])
                continue
            type = value.type
            assert isinstance(type, MemRefType)
            dims = [b.i64(size) for size in type.get_shape()]
            place = self.places[value]
            offset, size = b.i64(place.offset), b.i64(byte_size(type))
            code, layout = b.i32(element_code(type)), b.i32(hal.DENSE_ROW_MAJOR)
            owner = self.slots[place.slot] if place.slot is not None else value
            arguments = [self.buffers[owner], offset, size, code, layout, dims]
            views += b.call_variadic("hal.buffer_view.create", arguments)
        return views


def element_code(type: MemRefType) -> int:
    """The HAL's code of a buffer's element type."""
    return element_types.from_mlir(str(type.element_type)).code
