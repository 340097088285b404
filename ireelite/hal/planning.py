"""What a call would do on a CPU device, found out without doing it.

A `PlanningDevice` takes the place of a device while host code runs: it hands out buffers without
memory and keeps the commands that it is given, resolved, in the order of their submission.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from ireelite.hal.buffer import WHOLE_BUFFER, Buffer
from ireelite.hal.command_buffer import (
    Barrier,
    Binding,
    BufferRef,
    Command,
    CommandBuffer,
    Copy,
    DebugGroup,
    Dispatch,
    Fill,
    ReadBack,
    Update,
    check_uses,
)
from ireelite.hal.device import Allocator, Device
from ireelite.hal.drivers.host_device import HostDevice
from ireelite.hal.executable import (
    Executable,
    HostExecutable,
    NativeEntry,
    PlannedBinding,
    PlannedDispatch,
)
from ireelite.hal.files import FileRange
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.native_code import NativeCode
from ireelite.hal.replay import ABSOLUTE, Place, Record
from ireelite.hal.semaphore import Fence
from ireelite.memory_address import address_of
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.hal.recording import SubmissionLog

MAX_COMMANDS = 20_000
"""Of one call: a longer one spends its time otherwise than in its host code."""


def unplanned(what: str) -> StatusError:
    """Returns the error for a call of which no plan can be made."""
    return StatusError(StatusCode.UNIMPLEMENTED, f"a call that {what} has no plan")


class PlannedMemory:
    """An argument or allocation of a call: how long it is, and when it is used."""

    __slots__ = ("born", "byte_length", "died")

    def __init__(self, byte_length: int, born: int):
        self.byte_length = byte_length
        self.born = born
        """The number of phases before those that use it."""
        self.died: int | None = None
        """The same for the phases that no longer use it; None if the last may."""


class PlannedBuffer(Buffer):
    """A range of an argument, or of memory that a call allocates. It has no bytes yet."""

    __slots__ = ("slot",)

    def __init__(
        self, allocator: Allocator, memory_type: int, usage: int, byte_length: int, slot: int
    ):
        super().__init__(allocator, memory_type, usage, byte_length)
        self.slot = slot
        """Which argument or allocation of the call it is: see `PlanningDevice`."""

    def __del__(self) -> None:
        if self.root is self:
            self.planning_allocator.forgotten(self.slot)

    def _part(self, offset: int, length: int) -> PlannedBuffer:
        return PlannedBuffer(
            self.planning_allocator, self.memory_type, self.usage, length, self.slot
        )

    @property
    def planning_allocator(self) -> PlanningAllocator:
        """The allocator, which is one of this file."""
        assert isinstance(self.allocator, PlanningAllocator)
        return self.allocator

    def read(self, offset: int = 0, length: int = WHOLE_BUFFER) -> memoryview:
        """Always UNIMPLEMENTED: what the host does would depend on contents."""
        raise unplanned("reads a buffer on the host")

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Always UNIMPLEMENTED."""
        raise unplanned("writes to a buffer on the host")


class PlanningAllocator(Allocator):
    """Numbers the arguments and allocations of a call."""

    def __init__(
        self,
        real: Allocator,
        clear: Callable[[PlannedBuffer], None],
        phases: Sequence[Sequence[Record]],
    ):
        """Takes `clear`, which makes a buffer hold zeros from then on, and the phases so far."""
        super().__init__()
        self._clear = clear
        self._phases = phases
        self.real = real
        """That of the device itself."""
        self.memory: list[PlannedMemory] = []
        """By slot."""

    def planned(self, memory_type: int, usage: int, byte_length: int) -> PlannedBuffer:
        """Returns the next argument or allocation; what it holds is not defined."""
        if byte_length < 0:
            raise unplanned("allocates a negative number of bytes")
        slot = len(self.memory)
        self.memory.append(PlannedMemory(byte_length, len(self._phases)))
        return PlannedBuffer(self, memory_type, usage, byte_length, slot)

    def forgotten(self, slot: int) -> None:
        """Notes that what is submitted from now on does not use an argument or allocation."""
        self.memory[slot].died = len(self._phases)

    def allocate(self, memory_type: int, usage: int, byte_length: int) -> Buffer:
        """Returns the next allocation, which holds zeros."""
        buffer = self.planned(memory_type, usage, byte_length)
        self._clear(buffer)
        return buffer

    def import_data(self, memory_type: int, usage: int, data: memoryview) -> Buffer:
        """Always UNIMPLEMENTED."""
        raise unplanned("imports host memory")


class PlanningDevice(Device):
    """Stands in for a CPU device while a call is planned."""

    def __init__(self, device: HostDevice, code: NativeCode):
        self.phases: list[list[Record]] = [[]]
        """The commands, from barrier to barrier. The slot of a place counts the allocator's `memory`,
        plus 1."""
        allocator = PlanningAllocator(device.allocator, self._clear, self.phases)
        super().__init__(device.ids, device.loaders, allocator)
        self._device = device
        self._code = code
        self.stopped = ctypes.c_int64(0)
        """Set by native code that can't go on."""
        self._copies: Sequence[PlannedBuffer] = ()
        """Memory for copies of arguments that are not aligned; none of those that need no copy."""
        self.alignment = 1
        """What some code needs its bindings to be aligned to, in bytes."""
        self._entries: dict[tuple[int, PlannedDispatch], NativeEntry] = {}
        """By the identity of the executable, which the entry keeps."""
        self.held: list[HostBuffer] = []
        """The buffers that existed before, whose addresses are in the records."""
        self.arguments = 0
        """How many of the first slots are arguments."""
        self._count = 0

    def take(self, arguments: Sequence[PlannedBuffer]) -> None:
        """Takes the arguments of the call, which are the first of the allocator's buffers."""
        assert isinstance(self.allocator, PlanningAllocator)
        self.arguments = len(arguments)
        planned = self.allocator.planned
        self._copies = [planned(row.memory_type, row.usage, 0) for row in arguments]

    def query_i64(self, category: str, key: str) -> int | None:
        """Returns what the device itself answers."""
        return self._device.query_i64(category, key)

    def create_executable(
        self, format: str, data: memoryview, constants: memoryview | None = None
    ) -> Executable:
        """Always UNIMPLEMENTED."""
        raise unplanned("loads code")

    def alloca(
        self,
        wait: Fence | None,
        signal: Fence | None,
        memory_type: int,
        usage: int,
        byte_length: int,
        log: SubmissionLog | None = None,
    ) -> PlannedBuffer:
        """Returns a buffer without memory."""
        self.submit(wait, signal, ())
        assert isinstance(self.allocator, PlanningAllocator)
        return self.allocator.planned(memory_type, usage, byte_length)

    def submit(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        log: SubmissionLog | None = None,
    ) -> None:
        """Keeps the commands."""
        check_uses(commands)
        self._add(wait, signal, commands, ())

    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: SubmissionLog | None = None,
    ) -> None:
        """Keeps the commands of a command buffer with their bindings resolved."""
        command_buffer.begin_execution(table)
        self._add(wait, signal, command_buffer.commands, table)

    def _add(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        table: Sequence[Binding],
    ) -> None:
        # In the order of submission everything that is waited for has happened.
        if wait is not None and not wait.passed():
            raise unplanned("waits for what is submitted later")
        self._count += len(commands)
        if self._count > MAX_COMMANDS:
            raise unplanned(f"has more than {MAX_COMMANDS} commands")
        self.phases.append([])
        for command in commands:
            match command:
                case Barrier():
                    self.phases.append([])
                case DebugGroup():
                    pass  # names commands and does no work
                case _:
                    self.phases[-1].append(self._record(command, table))
        if signal is not None:
            signal.signal()

    def _clear(self, buffer: PlannedBuffer) -> None:
        if buffer.byte_length:
            self.submit(None, None, [Fill(BufferRef(0, buffer, 0, buffer.byte_length), b"\0")])

    def _record(self, command: Command, table: Sequence[Binding]) -> Record:
        match command:
            case Dispatch():
                return self._dispatch(command, table)
            case Fill():
                place, length = self._target(command.target, table)
                width = len(command.pattern)
                if length % width:
                    raise unplanned("fills a range with part of a pattern")
                pattern = int.from_bytes(command.pattern * (4 // width), "little")
                constants = (ctypes.c_int64 * 2)(length, pattern)
                return Record(self._code.addresses["fill"], constants, 1, (place,))
            case Update():
                place, length = self._target(command.target, table)
                if isinstance(command.data, FileRange):
                    raise unplanned("reads a file")
                data = memoryview(command.data)
                if len(data) != length:
                    raise unplanned("updates a range of another length")
                return self.copy(Place(ABSOLUTE, address_of(data)), place, length, data)
            case Copy():
                source, length = self._place(command.source, table)
                target, target_length = self._target(command.target, table)
                if length != target_length:
                    raise unplanned("copies to a range of another length")
                return self.copy(source, target, length)
            case ReadBack():
                to_file = isinstance(command.target, FileRange)
                raise unplanned("writes to a file" if to_file else "reads a buffer on the host")
            case _:
                raise unplanned(f"submits a command of the kind {type(command).__name__}")

    def copy(self, source: Place, target: Place, length: int, keep: object = None) -> Record:
        """Returns a record that copies bytes."""
        return self._copy("copy", source, target, length, keep)

    def _copy(
        self, function: str, source: Place, target: Place, length: int, *more: object
    ) -> Record:
        memmove = ctypes.cast(ctypes.memmove, ctypes.c_void_p).value
        constants = (ctypes.c_int64 * 3)(length, memmove or 0, self.alignment - 1)
        return Record(self._code.addresses[function], constants, 1, (source, target), more)

    def _dispatch(self, command: Dispatch, table: Sequence[Binding]) -> Record:
        executable = command.executable
        if not isinstance(executable, HostExecutable) or command.workgroups_ref is not None:
            raise unplanned("dispatches other code than native code of known size")
        bound = [ref.resolve(table) for ref in command.bindings]
        places = [self.place(buffer, offset) for buffer, offset, _ in bound]
        dispatch = PlannedDispatch(
            command.entry_point,
            command.workgroups,
            tuple(command.constants),
            tuple(PlannedBinding(length, self._is_writable(buffer)) for buffer, _, length in bound),
            self._overlaps([(place, row[2]) for place, row in zip(places, bound)]),
            ctypes.addressof(self.stopped),
        )
        key = id(executable), dispatch
        if (entry := self._entries.get(key)) is None:
            if (entry := executable.native_entry(dispatch)) is None:
                raise unplanned("dispatches other code than native code of known size")
            self._entries[key] = entry
        if entry.alignment > 1:
            self.alignment = max(self.alignment, entry.alignment)
            places += [self._aligned(place) for place in places]
        x, y, z = command.workgroups
        return Record(entry.function, entry.constants, x * y * z, tuple(places), (entry.keeps,))

    def _aligned(self, place: Place) -> Place:
        """Returns a place that is aligned if the given one is not, and has the same bytes."""
        if place.offset % self.alignment:
            raise unplanned("binds a range that is not aligned")
        if not 0 < place.slot <= self.arguments:
            return place
        copy = self._copies[place.slot - 1]
        assert isinstance(self.allocator, PlanningAllocator)
        memory, target = self.allocator.memory, self.place(copy)
        length = memory[place.slot - 1].byte_length
        if length and not memory[copy.slot].byte_length:
            memory[copy.slot].byte_length = length
            self.phases[0].append(self._copy("align", Place(place.slot, 0), target, length))
        return Place(target.slot, place.offset)

    def _is_writable(self, buffer: Buffer) -> bool:
        """Returns whether code may write to a buffer of a call."""
        if isinstance(buffer, PlannedBuffer):
            return buffer.slot >= self.arguments
        return isinstance(buffer, HostBuffer) and not buffer.data.readonly

    def _overlaps(self, ranges: Sequence[tuple[Place, int]]) -> frozenset[tuple[int, int]]:
        """Returns the pairs of ranges that may overlap, each a place and a number of bytes. What an
        argument overlaps is not known, except that no memory of the call does.
        """
        found: set[tuple[int, int]] = set()
        for (n, (one, length)), (m, (other, other_length)) in combinations(enumerate(ranges), 2):
            if one.slot == other.slot:
                start, other_start = one.offset, other.offset
                if start < other_start + other_length and other_start < start + length:
                    found.add((n, m))
            elif max(one.slot, other.slot) <= self.arguments:
                found.add((n, m))
        return frozenset(found)

    def _place(self, ref: BufferRef, table: Sequence[Binding]) -> tuple[Place, int]:
        buffer, offset, length = ref.resolve(table)
        return self.place(buffer, offset), length

    def _target(self, ref: BufferRef, table: Sequence[Binding]) -> tuple[Place, int]:
        """Returns the place of what a transfer writes to."""
        buffer, offset, length = ref.resolve(table)
        if isinstance(buffer, HostBuffer) and buffer.data.readonly:
            raise unplanned("writes to a constant")
        if isinstance(buffer, PlannedBuffer) and buffer.slot < self.arguments:
            raise unplanned("writes to an argument")
        return self.place(buffer, offset), length

    def place(self, buffer: Buffer, offset: int = 0) -> Place:
        """Returns the place of a byte of a buffer."""
        if isinstance(buffer, PlannedBuffer):
            if buffer.allocator is not self.allocator:
                raise unplanned("uses a buffer of another call")
            return Place(buffer.slot + 1, buffer.byte_offset + offset)
        if isinstance(buffer, HostBuffer):
            self.held.append(buffer)
            return Place(ABSOLUTE, buffer.address + offset)
        raise unplanned("uses a buffer that is not in host memory")
