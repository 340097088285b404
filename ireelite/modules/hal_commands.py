"""`hal.command_buffer.*`, `hal.executable.*` and `hal.channel.*`."""

from __future__ import annotations

import weakref
from typing import Any

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    LARGEST_UPDATE,
    Barrier,
    BufferRef,
    CommandBuffer,
    Copy,
    DebugGroup,
    Dispatch,
    Fill,
    Update,
    check_pattern,
)
from ireelite.hal.device import Device
from ireelite.hal.executable import Executable
from ireelite.modules.hal_arguments import (
    Channel,
    HalContext,
    byte_range,
    check_function,
    checked,
    no_collectives,
    text,
)
from ireelite.status import invalid_argument
from ireelite.vm.native import vm_export
from ireelite.vm.refs import Buffer as VmBuffer
from ireelite.vm.running_meters import running_meter


class CommandFunctions(HalContext):
    """Recording of commands, and the code that they dispatch."""

    @vm_export("command_buffer.create", "0riiIi_r")
    def command_buffer_create(
        self, device: Device, modes: int, categories: int, affinity: int, binding_capacity: int
    ) -> CommandBuffer:
        """Returns an empty command buffer, recording."""
        return CommandBuffer(checked(device, Device), modes, categories, binding_capacity)

    @vm_export("command_buffer.finalize", "0r_v")
    def command_buffer_finalize(self, commands: CommandBuffer) -> None:
        """Ends recording."""
        checked(commands, CommandBuffer).finalize()

    @vm_export("command_buffer.begin_debug_group", "0rr_v")
    def command_buffer_begin_debug_group(self, commands: CommandBuffer, label: VmBuffer) -> None:
        """Begins a labelled group."""
        checked(commands, CommandBuffer).record(DebugGroup(text(label)))

    @vm_export("command_buffer.end_debug_group", "0r_v")
    def command_buffer_end_debug_group(self, commands: CommandBuffer) -> None:
        """Ends a labelled group."""
        checked(commands, CommandBuffer).record(DebugGroup(None))

    @vm_export("command_buffer.execution_barrier", "0riiI_v")
    def command_buffer_execution_barrier(
        self, commands: CommandBuffer, source_stages: int, target_stages: int, flags: int
    ) -> None:
        """Orders commands before it and after it."""
        checked(commands, CommandBuffer).record(Barrier(source_stages, target_stages))

    @vm_export("command_buffer.advise_buffer", "0rrIIIi_v")
    def command_buffer_advise_buffer(
        self,
        commands: CommandBuffer,
        buffer: Buffer,
        flags: int,
        argument0: int,
        argument1: int,
        slot: int,
    ) -> None:
        """Ignores the hint, which no device here takes."""
        checked(commands, CommandBuffer)

    @vm_export("command_buffer.fill_buffer", "0rrIIiIiI_v")
    def command_buffer_fill_buffer(
        self,
        commands: CommandBuffer,
        target: Buffer | None,
        offset: int,
        length: int,
        slot: int,
        pattern: int,
        pattern_length: int,
        flags: int,
    ) -> None:
        """Records a fill."""
        fill = Fill(BufferRef(slot, target, offset, length), check_pattern(pattern, pattern_length))
        checked(commands, CommandBuffer).record(fill)

    @vm_export("command_buffer.update_buffer", "0rrIrIIiI_v")
    def command_buffer_update_buffer(
        self,
        commands: CommandBuffer,
        source: VmBuffer,
        source_offset: int,
        target: Buffer | None,
        target_offset: int,
        length: int,
        slot: int,
        flags: int,
    ) -> None:
        """Records a write of at most 64 KiB, which are taken now."""
        if length > LARGEST_UPDATE:
            raise invalid_argument(
                f"update of {length} bytes exceeds the maximum of {LARGEST_UPDATE}"
            )
        data = bytes(byte_range(source, source_offset, length))
        if (meter := running_meter()) is not None:
            meter.hold(len(data), "a command")
            weakref.finalize(checked(commands, CommandBuffer), meter.release, len(data))
        checked(commands, CommandBuffer).record(
            Update(BufferRef(slot, target, target_offset, length), data)
        )

    @vm_export("command_buffer.copy_buffer", "0riirIrIII_v")
    def command_buffer_copy_buffer(
        self,
        commands: CommandBuffer,
        source_slot: int,
        target_slot: int,
        source: Buffer | None,
        source_offset: int,
        target: Buffer | None,
        target_offset: int,
        length: int,
        flags: int,
    ) -> None:
        """Records a copy."""
        copy = Copy(
            BufferRef(source_slot, source, source_offset, length),
            BufferRef(target_slot, target, target_offset, length),
        )
        checked(commands, CommandBuffer).record(copy)

    @vm_export("command_buffer.collective", "0rriiiirrIIIII_v")
    def command_buffer_collective(self, commands: CommandBuffer, *operands: Any) -> None:
        """Always UNIMPLEMENTED."""
        raise no_collectives()

    @vm_export("command_buffer.dispatch", "0rrIiiiICiDCiirIID_v")
    def command_buffer_dispatch(
        self,
        commands: CommandBuffer,
        executable: Executable,
        function: int,
        x: int,
        y: int,
        z: int,
        flags: int,
        constants: list[int],
        bindings: list[tuple[int, int, Buffer | None, int, int]],
    ) -> None:
        """Records a dispatch; a binding is (reserved, slot, buffer or null, offset, length)."""
        check_function(executable, function)
        refs = tuple(BufferRef(*binding[1:]) for binding in bindings)
        dispatch = Dispatch(executable, function, (x, y, z), tuple(constants), refs)
        checked(commands, CommandBuffer).record(dispatch)

    @vm_export("command_buffer.dispatch.indirect", "0rrIirIICiDCiirIID_v")
    def command_buffer_dispatch_indirect(
        self,
        commands: CommandBuffer,
        executable: Executable,
        function: int,
        slot: int,
        counts: Buffer | None,
        counts_offset: int,
        flags: int,
        constants: list[int],
        bindings: list[tuple[int, int, Buffer | None, int, int]],
    ) -> None:
        """Records a dispatch whose workgroup counts are read from a buffer."""
        check_function(executable, function)
        refs = tuple(BufferRef(*binding[1:]) for binding in bindings)
        counts_ref = BufferRef(slot, counts, counts_offset, 12)
        dispatch = Dispatch(executable, function, (0, 0, 0), tuple(constants), refs, counts_ref)
        checked(commands, CommandBuffer).record(dispatch)

    @vm_export("executable.create", "0rIrrr_r")
    def executable_create(
        self,
        device: Device,
        affinity: int,
        format: VmBuffer,
        data: VmBuffer,
        constants: VmBuffer | None,
    ) -> Executable:
        """Loads an executable; it remembers which rodata it came from."""
        words = None if constants is None else checked(constants, VmBuffer).data
        return self.load_executable(checked(device, Device), text(format), data, words)

    @vm_export("executable.lookup.function", "0rr_I")
    def executable_lookup_function(self, executable: Executable, name: VmBuffer) -> int:
        """Returns the id of an entry point."""
        return checked(executable, Executable).lookup(text(name))

    @vm_export("channel.create", "0rIIrrii_r")
    def channel_create(
        self,
        device: Device,
        affinity: int,
        flags: int,
        id: VmBuffer,
        group: VmBuffer,
        rank: int,
        count: int,
    ) -> Channel:
        """Returns a channel of one rank."""
        if count > 1:
            raise no_collectives()
        return Channel()

    @vm_export("channel.split", "0riiI_r")
    def channel_split(self, channel: Channel, color: int, key: int, flags: int) -> Channel:
        """Returns the channel itself: one rank has nothing to split."""
        return checked(channel, Channel)

    @vm_export("channel.rank_and_count", "0r_ii")
    def channel_rank_and_count(self, channel: Channel) -> tuple[int, int]:
        """Returns rank 0 of 1."""
        checked(channel, Channel)
        return 0, 1
