"""`hal.device.*`, `hal.devices.*` and files: work that is queued."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import (
    Binding,
    BufferRef,
    CommandBuffer,
    Copy,
    Fill,
    ReadBack,
    Update,
    check_pattern,
)
from ireelite.hal.device import ANY_QUEUE, Allocator, Device, deciding
from ireelite.hal.files import File
from ireelite.hal.semaphore import Fence
from ireelite.modules.hal_arguments import (
    MemoryFile,
    allocate_within,
    byte_range,
    check_fences,
    checked,
    text,
)
from ireelite.modules.hal_fences import FenceFunctions
from ireelite.modules.queue_operations import queue_operation, refusals, submit
from ireelite.status import StatusCode, StatusError
from ireelite.vm.native import vm_export
from ireelite.vm.refs import Buffer as VmBuffer
from ireelite.vm.running_meters import running_meter


class QueueFunctions(FenceFunctions):
    """Devices and their queues."""

    @vm_export("device.allocator", "0r_r")
    def device_allocator(self, device: Device) -> Allocator:
        """Returns the device's allocator."""
        if device not in self.devices:
            checked(device, Device)
        return device.allocator

    @vm_export("device.query.i64", "0rrr_iI")
    def device_query_i64(
        self, device: Device, category: VmBuffer, key: VmBuffer
    ) -> tuple[int, int]:
        """Returns (1, answer), or (0, 0) for what the device does not know."""
        wanted, about = text(category), text(key)
        if wanted == "hal.executable.format" and self.refuses(checked(device, Device), about):
            return 1, 0
        value = checked(device, Device).query_i64(wanted, about)
        return (0, 0) if value is None else (1, value)

    @vm_export("device.queue.alloca", "0rIrrIiiII_r")
    @queue_operation
    def device_queue_alloca(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        pool: int,
        memory_types: int,
        usage: int,
        size: int,
        flags: int,
    ) -> Buffer:
        """Returns a transient buffer, to be used after the signal."""
        if device not in self.devices:
            checked(device, Device)
        check_fences(wait, signal)
        log = (
            None
            if self.recording is None
            else self.recording.submission(device.lane, "alloca", wait, signal)
        )
        meter = running_meter()
        if meter is None and log is None:
            return device.alloca(wait, signal, memory_types, usage, size)
        allocate = partial(device.alloca, wait, signal, memory_types, usage, size, log)
        with refusals(log):
            return allocate() if meter is None else allocate_within(meter, size, allocate)

    @vm_export("device.queue.dealloca", "0rIrrrI_v")
    @queue_operation
    def device_queue_dealloca(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        buffer: Buffer,
        flags: int,
    ) -> None:
        """Gives a transient back."""
        if device not in self.devices:
            checked(device, Device)
        check_fences(wait, signal)
        log = None
        if self.recording is not None:
            log = self.recording.submission(
                device.lane, "dealloca", wait, signal, freed=checked(buffer, Buffer)
            )
        with refusals(log):
            device.dealloca(wait, signal, buffer, log)

    @vm_export("device.queue.fill", "0rIrrrIIIiI_v")
    @queue_operation
    def device_queue_fill(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        target: Buffer,
        offset: int,
        length: int,
        pattern: int,
        pattern_length: int,
        flags: int,
    ) -> None:
        """Fills a range."""
        ref = BufferRef(0, checked(target, Buffer), *target.resolve(offset, length))
        submit(
            self.recording,
            device,
            "fill",
            wait,
            signal,
            Fill(ref, check_pattern(pattern, pattern_length)),
        )

    @vm_export("device.queue.update", "0rIrrrIrIII_v")
    @queue_operation
    def device_queue_update(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        source: VmBuffer,
        source_offset: int,
        target: Buffer,
        target_offset: int,
        length: int,
        flags: int,
    ) -> None:
        """Writes bytes, which are taken now."""
        ref = BufferRef(0, checked(target, Buffer), *target.resolve(target_offset, length))
        data = bytes(byte_range(source, source_offset, length))
        submit(self.recording, device, "update", wait, signal, Update(ref, data))

    @vm_export("device.queue.copy", "0rIrrrIrIII_v")
    @queue_operation
    def device_queue_copy(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        source: Buffer,
        source_offset: int,
        target: Buffer,
        target_offset: int,
        length: int,
        flags: int,
    ) -> None:
        """Copies a range."""
        source_ref = BufferRef(0, checked(source, Buffer), *source.resolve(source_offset, length))
        target_ref = BufferRef(0, checked(target, Buffer), *target.resolve(target_offset, length))
        submit(self.recording, device, "copy", wait, signal, Copy(source_ref, target_ref))

    @vm_export("ex.device.queue.transfer", "0rrIrrrIrIII_v")
    def ex_device_queue_transfer(
        self,
        source_device: Device,
        target_device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        source: Buffer,
        source_offset: int,
        target: Buffer,
        target_offset: int,
        length: int,
        flags: int,
    ) -> None:
        """Copies a range of one device's buffer to a buffer of another device, by their queues."""
        from ireelite.hal.transfers import transfer_steps

        with deciding(signal if isinstance(signal, Fence) else None):
            check_fences(wait, signal)
            from_ref = BufferRef(0, checked(source, Buffer), *source.resolve(source_offset, length))
            to_ref = BufferRef(0, checked(target, Buffer), *target.resolve(target_offset, length))
            devices = [checked(device, Device) for device in (source_device, target_device)]
            if affinity != ANY_QUEUE:
                devices = [device.on(affinity) for device in devices]
            *first, last = transfer_steps(devices[0], from_ref, devices[1], to_ref)
            for device, command in first:
                done = self.fence_create(device, 0)
                submit(self.recording, device, "transfer", wait, done, command)
                wait = done
            submit(self.recording, last.device, "transfer", wait, signal, last.command)

    @vm_export("device.queue.read", "0rIrrrIrIII_v")
    @queue_operation
    def device_queue_read(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        file: File,
        file_offset: int,
        target: Buffer,
        target_offset: int,
        length: int,
        flags: int,
    ) -> None:
        """Reads from a file into a buffer."""
        ref = BufferRef(0, checked(target, Buffer), *target.resolve(target_offset, length))
        data = checked(file, File).range(file_offset, ref.length)
        submit(self.recording, device, "read", wait, signal, Update(ref, data))

    @vm_export("device.queue.write", "0rIrrrIrIII_v")
    @queue_operation
    def device_queue_write(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        source: Buffer,
        source_offset: int,
        file: File,
        file_offset: int,
        length: int,
        flags: int,
    ) -> None:
        """Writes from a buffer into a file."""
        ref = BufferRef(0, checked(source, Buffer), *source.resolve(source_offset, length))
        target = checked(file, File).range(file_offset, ref.length)
        if target.readonly:
            raise StatusError(StatusCode.PERMISSION_DENIED, "file is read-only")
        submit(self.recording, device, "write", wait, signal, ReadBack(ref, target))

    @vm_export("device.queue.barrier", "0rIrrI_v")
    @queue_operation
    def device_queue_barrier(
        self, device: Device, affinity: int, wait: Fence | None, signal: Fence | None, flags: int
    ) -> None:
        """Signals when the wait is over."""
        submit(self.recording, device, "barrier", wait, signal)

    @vm_export("device.queue.execute", "0rIrrrI_v")
    @queue_operation
    def device_queue_execute(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        commands: CommandBuffer,
        flags: int,
    ) -> None:
        """Executes a command buffer that names its buffers itself."""
        self._execute(device, wait, signal, commands, ())

    @vm_export("device.queue.execute.indirect", "0rIrrrICrIID_v")
    @queue_operation
    def device_queue_execute_indirect(
        self,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        commands: CommandBuffer,
        flags: int,
        table: list[Binding],
    ) -> None:
        """Executes a command buffer with a binding table of (buffer, offset, length)."""
        if self.recording is not None:
            self._execute(device, wait, signal, commands, table)
            return
        if device not in self.devices:
            checked(device, Device)
        check_fences(wait, signal)
        if commands.__class__ is not CommandBuffer:
            checked(commands, CommandBuffer)
        device.execute(wait, signal, commands, table)

    @vm_export("device.queue.flush", "0rI_v")
    def device_queue_flush(self, device: Device, affinity: int) -> None:
        """Does nothing: queues start what is ready at once."""
        checked(device, Device)

    def _execute(
        self,
        device: Device,
        wait: Fence | None,
        signal: Fence | None,
        commands: CommandBuffer,
        table: Sequence[Binding],
    ) -> None:
        check_fences(wait, signal)
        recorded = checked(commands, CommandBuffer)
        checked(device, Device)
        log = None
        if self.recording is not None:
            log = self.recording.submission(device.lane, "execute", wait, signal, recorded, table)
        with refusals(log):
            device.execute(wait, signal, commands, table, log)

    @vm_export("devices.count", "0v_i")
    def devices_count(self) -> int:
        """Returns the number of devices."""
        return len(self.devices)

    @vm_export("devices.get", "0i_r")
    def devices_get(self, index: int) -> Device | None:
        """Returns a device, or null beyond the last."""
        return self.devices[index] if 0 <= index < len(self.devices) else None

    @vm_export("ex.file.from_memory", "0rIirIIi_r")
    def ex_file_from_memory(
        self,
        device: Device,
        affinity: int,
        access: int,
        buffer: VmBuffer,
        offset: int,
        length: int,
        flags: int,
    ) -> MemoryFile:
        """Returns a range of a `vm.buffer` as a file."""
        return MemoryFile(byte_range(buffer, offset, length))
