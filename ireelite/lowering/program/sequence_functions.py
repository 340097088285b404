"""Functions of sequences: what a call asserts, allocates, submits and returns."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    FunctionType,
    MemRefType,
    StringAttr,
)
from xdsl.ir import Attribute, Block, Region, SSAValue

from ireelite import element_types
from ireelite.dialects import vm
from ireelite.dialects.sequencer import iree, iree_ll_seq
from ireelite.dialects.sequencer.iree_ll_seq import allocated_size, byte_size
from ireelite.lowering.program.frame import (
    Program,
    Run,
    bound_size,
    command_buffer_name,
    find_places,
)
from ireelite.lowering.rewriting.sequences import output_storage
from ireelite.lowering.sequencer.abi import is_async, reflection
from ireelite.lowering.vm import hal_imports as hal
from ireelite.lowering.vm import registers
from ireelite.lowering.vm.building import VmBuilder
from ireelite.lowering.vm.readback import queue_allocation


class FunctionLowering:
    """Writes a sequence's function: views in, views out, one submission between."""

    def __init__(
        self, function: func.FuncOp, runs: Sequence[Run], program: Program, builder: VmBuilder
    ):
        self.function, self.runs, self.program, self.b = function, runs, program, builder
        self.buffers: dict[SSAValue, SSAValue] = {}
        self.views: dict[SSAValue, SSAValue] = {}
        """The views of arguments."""
        self.places, self.slots = find_places(function, program)
        self.arena: SSAValue | None = None
        self.is_async = is_async(function)
        self.is_private = function.sym_visibility == StringAttr("private")

    def write(self) -> None:
        """Writes the function, and its export unless only this module may call it."""
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
            view = self.views[argument] = entry.args[index]
            view.name_hint = f"input{index}"
            type = argument.type
            assert isinstance(type, MemRefType)
            if storage[index] is None:
                dims = self.dims(argument)
                code, layout = b.i32(element_code(type)), b.i32(hal.DENSE_ROW_MAJOR)
                name = "tensor" if self.is_private else f"input{index}"
                b.call_variadic("hal.buffer_view.assert", [view, b.text(name), code, layout, dims])
            (buffer,) = b.call("hal.buffer_view.buffer", view)
            size = self.size(argument)
            kind, usage = b.i32(hal.HOST_VISIBLE_OR_DEVICE), b.i32(hal.TRANSFER_AND_STORAGE)
            b.call("hal.buffer.assert", buffer, b.text("tensor"), allocator, size, kind, usage)
            self.buffers[argument] = buffer

    def submit(self, device: SSAValue, entry: Block, region: Region) -> None:
        """Allocations, then the command buffer, then the arena's release, each waiting for the one
        before; the command buffer waits for the caller's fence too.
        """
        b, affinity, zero = self.b, self.b.i64(hal.ANY_AFFINITY), self.b.i64(0)
        ready, signal = self.begin(device, entry)
        if not self.runs:
            if ready is not None and signal is not None:
                b.call("hal.device.queue.barrier", device, affinity, ready, signal, zero)
            elif ready is not None:
                b.await_fence(ready, region)
            return
        (run,) = self.runs
        done = self.fence(device, "done") if signal is None or self.arena is not None else signal
        table = [(self.buffers[v], zero, self.bound_size(v)) for v in run.slots]
        self.execute(run, device, ready, done, table)
        if self.arena is not None:
            released = signal or b.null("hal.fence")
            b.call("hal.device.queue.dealloca", device, affinity, done, released, self.arena, zero)
        if signal is None:
            b.await_fence(done, region)

    def begin(self, device: SSAValue, entry: Block) -> tuple[SSAValue | None, SSAValue | None]:
        """Allocates. Returns the fence at which the buffers are allocated and the caller's wait is
        over, and the fence to signal.
        """
        b = self.b
        wait, signal = entry.args[-2:] if self.is_async else (None, None)
        if wait is not None and signal is not None:
            wait.name_hint, signal.name_hint = "wait", "signal"
        ready: SSAValue | None = None
        for op in self.function.body.block.ops:
            if isinstance(op, iree_ll_seq.AllocHeapOp | iree_ll_seq.AllocArenaOp):
                with b.to.rewriting(FunctionLowering.allocate, op):
                    ready = self.allocate(op, device, ready or b.null("hal.fence"))
                if isinstance(op, iree_ll_seq.AllocArenaOp):
                    self.arena = self.buffers[op.result]
        if wait is not None and ready is not None:
            (ready,) = b.call_variadic("hal.fence.join", [b.i64(0), [wait, ready]])
        return ready or wait, signal

    def execute(
        self,
        run: Run,
        device: SSAValue,
        ready: SSAValue | None,
        done: SSAValue,
        table: Sequence[tuple[SSAValue, SSAValue, SSAValue]],
    ) -> None:
        """Executes the command buffer of a run between two fences. The table has the buffer, the
        offset and the size of each slot.
        """
        b = self.b
        commands = self.commands(run, device)
        wait, zero = ready or b.null("hal.fence"), b.i64(0)
        b.call_variadic(
            "hal.device.queue.execute.indirect",
            [device, b.i64(hal.ANY_AFFINITY), wait, done, commands, zero, table],
        )

    def fence(self, device: SSAValue, name: str) -> SSAValue:
        """Returns a new fence."""
        (fence,) = self.b.call("hal.fence.create", device, self.b.i64(0))
        fence.name_hint = name
        return fence

    def allocate(
        self,
        op: iree_ll_seq.AllocHeapOp | iree_ll_seq.AllocArenaOp,
        device: SSAValue,
        ready: SSAValue,
    ) -> SSAValue:
        """Returns a buffer on the queue's timeline; returns the fence that says it may be used."""
        fence = self.fence(device, "allocated")
        size = self.allocated_size(op.result)
        is_read = iree.HOST_VISIBLE in op.attributes
        kind = hal.HOST_VISIBLE if is_read else hal.TRANSIENT
        buffer = queue_allocation(self.b, device, ready, fence, size, kind)
        buffer.name_hint = op.result.name_hint
        self.buffers[op.result] = buffer
        return fence

    def results(self, end: iree_ll_seq.ReturnOp) -> list[SSAValue]:
        """Returns a view of each buffer that is returned, of whole words; of an argument the
        caller's own.
        """
        b = self.b
        views: list[SSAValue] = []
        for value in end.arguments:
            if value in self.views:
                views.append(self.views[value])
                continue
            type = value.type
            assert isinstance(type, MemRefType)
            dims = self.dims(value)
            (buffer, offset), size = self.buffer_and_offset(value), self.allocated_size(value)
            code, layout = b.i32(element_code(type)), b.i32(hal.DENSE_ROW_MAJOR)
            arguments = [buffer, offset, size, code, layout, dims]
            views += b.call_variadic("hal.buffer_view.create", arguments)
        return views

    # -- sizes -------------------------------------------------------------------------------------

    def dims(self, value: SSAValue) -> list[SSAValue]:
        """Returns the shape of what a buffer holds."""
        assert isinstance(value.type, MemRefType)
        return [self.b.i64(size) for size in value.type.get_shape()]

    def size(self, value: SSAValue) -> SSAValue:
        """Bytes of a buffer's elements."""
        return self.b.i64(byte_size(value.type))

    def allocated_size(self, value: SSAValue) -> SSAValue:
        """Bytes to allocate for a buffer."""
        return self.b.i64(allocated_size(value.type))

    def bound_size(self, value: SSAValue) -> SSAValue:
        """Bytes that a dispatch sees of a buffer."""
        return self.b.i64(bound_size(value))

    def commands(self, run: Run, device: SSAValue) -> SSAValue:
        """Returns the command buffer of a run, which was recorded when the module was loaded."""
        return self.b.load(command_buffer_name(run.name), "hal.command_buffer")

    def buffer_and_offset(self, value: SSAValue) -> tuple[SSAValue, SSAValue]:
        """Returns the buffer of the HAL that holds a buffer of the sequence, and where it starts
        there.
        """
        place = self.places[value]
        owner = self.slots[place.slot] if place.slot is not None else value
        return self.buffers[owner], self.b.i64(place.offset)


def element_code(type: MemRefType) -> int:
    """Returns the HAL's code of a buffer's element type."""
    return element_types.from_mlir(str(type.element_type)).hal_code
