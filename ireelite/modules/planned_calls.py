"""Calls of bytecode functions, run with planned buffers: which commands they submit, and what they
return.

The function runs on a state of its own, whose globals have the values of the real one and whose
`hal` module has a `PlanningDevice` in the device's place. Nothing that outlives the call is changed.
What is found holds for every call with arguments of these shapes and types as long as nothing that
the function reads ever changes; a function of which that is not known has no plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ireelite.bytecode.isa import IMPORT_BIT
from ireelite.bytecode.module_def import FunctionDef, Instruction, ModuleDef
from ireelite.hal.buffer import Buffer, BufferView
from ireelite.hal.command_buffer import CommandBuffer, CommandBufferMode
from ireelite.hal.device import Allocator, Device
from ireelite.hal.drivers.host_device import HostDevice
from ireelite.hal.executable import Executable
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.native_code import NativeCode
from ireelite.hal.planning import (
    PlannedBuffer,
    PlannedMemory,
    PlanningAllocator,
    PlanningDevice,
    unplanned,
)
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.hal import VERSION, HalState
from ireelite.vm.bytecode_module import BytecodeModule, BytecodeState
from ireelite.vm.context import Context
from ireelite.vm.function import Function
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer as VmBuffer

_CHANGING = ("global.store.", "global.load.indirect.", "list.", "buffer.", "trace", "print")
"""Beginnings of the mnemonics of instructions that change something, or read what others may
change."""
_CALLS = frozenset({"call", "call.variadic", "call.yieldable", "call.variadic.yieldable"})


@dataclass(frozen=True)
class PlannedCall:
    """What a call submits and returns."""

    device: PlanningDevice
    memory: Sequence[PlannedMemory]
    """The arguments, then as many copies of them as there may be, then the allocations."""
    results: Sequence[BufferView]


class _PlanningHal(HalState):
    """The `hal` module without what reaches beyond the call."""

    @vm_export("buffer.allocation.preserve", "0r_v")
    def buffer_allocation_preserve(self, buffer: Buffer) -> None:
        """Adds a claim on an allocation of the call."""
        self._of_this_call(buffer).root.preserved += 1

    @vm_export("buffer.allocation.discard", "0r_i")
    def buffer_allocation_discard(self, buffer: Buffer) -> int:
        """Gives a claim back; 1 if it was the last."""
        return super().buffer_allocation_discard(self._of_this_call(buffer))

    @vm_export("buffer.assert", "0rrrIii_v")
    def buffer_assert(
        self,
        buffer: Buffer,
        message: VmBuffer,
        allocator: Allocator,
        minimum_length: int,
        memory_types: int,
        usage: int,
    ) -> None:
        """Checks a buffer, which may be one of the device itself."""
        if isinstance(allocator, PlanningAllocator) and isinstance(buffer, HostBuffer):
            allocator = allocator.real
        super().buffer_assert(buffer, message, allocator, minimum_length, memory_types, usage)

    @vm_export("buffer.load", "0rIi_i")
    def buffer_load(self, buffer: Buffer, offset: int, length: int) -> int:
        """Always UNIMPLEMENTED."""
        raise unplanned("reads a buffer on the host")

    @vm_export("buffer.store", "0irIi_v")
    def buffer_store(self, value: int, buffer: Buffer, offset: int, length: int) -> None:
        """Always UNIMPLEMENTED."""
        raise unplanned("writes to a buffer on the host")

    @vm_export("buffer_view.trace", "0rCrD_v")
    def buffer_view_trace(self, key: VmBuffer, views: list[BufferView]) -> None:
        """Always UNIMPLEMENTED."""
        raise unplanned("prints tensors")

    @vm_export("fence.await", "0iICrD_i")
    def fence_await(self, timeout: int, flags: int, fences: list[Fence | None]) -> int:
        """Does not wait."""
        for fence in fences:
            if fence is not None and not fence.passed():
                raise unplanned("waits for a fence that others signal")
        return 0

    @vm_export("fence.signal", "0r_v")
    def fence_signal(self, fence: Fence | None) -> None:
        """Signals a fence of the call."""
        if fence is not None and fence.decided():
            raise unplanned("signals a fence twice")
        super().fence_signal(fence)

    @vm_export("fence.fail", "0ri_v")
    def fence_fail(self, fence: Fence | None, status: int) -> None:
        """Always UNIMPLEMENTED."""
        raise unplanned("fails")

    def _of_this_call(self, buffer: Buffer) -> Buffer:
        if not isinstance(buffer, PlannedBuffer):
            raise unplanned("counts claims on a buffer that existed before")
        return buffer


def plan_call(
    context: Context,
    function: Function,
    device: HostDevice,
    arguments: Sequence[BufferView],
    code: NativeCode,
) -> PlannedCall:
    """Returns what a call with such arguments does, whose contents are not looked at. Nothing is
    run.

    Raises UNIMPLEMENTED if it cannot be said once for all calls, and what the host code itself
    fails with.
    """
    module = context.modules[function.module_name]
    state = context.states[function.module_name]
    if not isinstance(module, BytecodeModule) or not isinstance(state, BytecodeState):
        raise unplanned("runs code other than bytecode")
    export = function.export
    for ordinal in _globals_read(module.definition, export.ordinal):
        _require_constant(state.refs[ordinal])
    planning = PlanningDevice(device, code)
    allocator = planning.allocator
    assert isinstance(allocator, PlanningAllocator)
    hal = NativeModule(
        "hal", version=VERSION, state_factory=lambda: _PlanningHal([planning], None, None)
    )
    shadow = BytecodeState(module, Context(context.instance, [hal]))
    shadow.memory.data[:] = state.memory.data
    shadow.refs[:] = [planning if ref is device else ref for ref in state.refs]
    buffers = [_planned(allocator, view.buffer) for view in arguments]
    values = [
        BufferView(buffer, list(view.shape), view.element_type, view.encoding)
        for buffer, view in zip(buffers, arguments)
    ]
    planning.take(buffers)
    fences: list[Fence | None] = []
    if export.reflection.get("iree.abi.model") == "coarse-fences":
        fences = [None, Fence([(Semaphore(), 1)])]
    returned = shadow.exports()[export.name].call(*values, *fences)
    if fences and fences[1] is not None and not fences[1].passed():
        raise unplanned("does not signal its fence")
    results = returned if isinstance(returned, tuple) else (returned,)
    if returned is None:
        results = ()
    for result in results:
        if not isinstance(result, BufferView):
            raise unplanned("returns something other than tensors")
    return PlannedCall(planning, allocator.memory, results)


def _planned(allocator: PlanningAllocator, buffer: Buffer) -> PlannedBuffer:
    return allocator.planned(buffer.memory_type, buffer.usage, buffer.byte_length)


def _globals_read(module: ModuleDef, ordinal: int) -> set[int]:
    """Returns the reference globals that a function may read.

    Raises UNIMPLEMENTED if what it does may depend on earlier calls of this module, or change later
    ones.
    """
    initializers = {row.ordinal for row in module.exports if row.name.startswith("__")}
    others = [row.ordinal for row in module.exports if row.ordinal not in initializers]
    stores = [
        row
        for function in _reached(module, others)
        for row in _instructions(function)
        if row.op.mnemonic.startswith("global.store.")
    ]
    if any("indirect" in row.op.mnemonic for row in stores):
        raise unplanned("may store to any global")
    stored = {row.operands[0] for row in stores if row.op.mnemonic.endswith("ref")}
    # Number globals are bytes, and accesses of several widths may overlap.
    stores_numbers = any(not row.op.mnemonic.endswith("ref") for row in stores)
    read: set[int] = set()
    for function in _reached(module, [ordinal]):
        for row in _instructions(function):
            name = row.op.mnemonic
            if name.startswith(_CHANGING):
                raise unplanned(f"runs {name}")
            if name == "global.load.ref":
                read.add(row.operands[0])
            elif name.startswith("global.load.") and stores_numbers:
                raise unplanned("reads a number that calls store")
            if name in _CALLS and row.operands[0] & IMPORT_BIT:
                called = module.imports[row.operands[0] & ~IMPORT_BIT].full_name
                if not called.startswith("hal."):
                    raise unplanned(f"calls {called}")
    if read & stored:
        raise unplanned("reads a global that calls store to")
    return read


def _require_constant(value: object) -> None:
    """Raises UNIMPLEMENTED for the value of a global that a call could change, or that could be
    another in the next call though the global is not stored to."""
    match value:
        case CommandBuffer():
            if value.finalized and not value.mode & CommandBufferMode.ONE_SHOT:
                return
        case VmBuffer():
            if not value.mutable:
                return
        case None | Device() | Executable() | HostBuffer() | BufferView():
            return
        case _:
            pass  # refused below
    raise unplanned(f"reads a global that holds {value!r}")


def _reached(module: ModuleDef, ordinals: Sequence[int]) -> list[FunctionDef]:
    """Returns the functions that calls of some functions may run."""
    found: dict[int, FunctionDef] = {}
    waiting = list(ordinals)
    while waiting:
        ordinal = waiting.pop()
        if ordinal in found:
            continue
        found[ordinal] = module.functions[ordinal]
        waiting += [
            row.operands[0]
            for row in _instructions(found[ordinal])
            if row.op.mnemonic in _CALLS and not row.operands[0] & IMPORT_BIT
        ]
    return list(found.values())


def _instructions(function: FunctionDef) -> Iterator[Instruction]:
    for block in function.blocks:
        yield from block.instructions
