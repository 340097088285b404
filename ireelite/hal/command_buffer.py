"""Command buffers: lists of commands, recorded once and executed any number of times.

A command names its buffers by `BufferRef`: directly, or by a slot of the binding table that comes
with each execution. Devices translate the list into what they execute; the translation is kept in
`prepared`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from sys import maxsize
from typing import TYPE_CHECKING, Any

from ireelite.hal.buffer import WHOLE_BUFFER, Buffer, out_of_range
from ireelite.hal.buffer_usage import COUNTS, DEVICE_VISIBLE, SOURCE, STORAGE, TARGET, check_use
from ireelite.hal.files import FileRange
from ireelite.light_enum import IntFlag
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.device import Device
    from ireelite.hal.executable import Executable


class CommandBufferMode(IntFlag):
    """How a command buffer will be used; the HAL's bits. 0 is reusable."""

    ONE_SHOT = 1
    ALLOW_INLINE_EXECUTION = 16
    UNVALIDATED = 32
    UNRETAINED = 64


Binding = tuple[Buffer, int, int]
"""Buffer, byte offset and byte length (-1: the rest): an entry of a binding table."""


class BufferRef(NamedTuple):
    """A range of a buffer, or of whatever the binding table holds at `slot` when `buffer` is
    None.
    """

    slot: int
    buffer: Buffer | None
    offset: int
    length: int

    def resolve(self, table: Sequence[Binding]) -> Binding:
        """Returns the range of a buffer that this reference names. Raises OUT_OF_RANGE if it leaves
        the buffer or the table's entry.
        """
        if self.buffer is not None:
            buffer = _checked(self.buffer)
            return (buffer, *buffer.resolve(self.offset, self.length))
        if not 0 <= self.slot < len(table):
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"binding table slot {self.slot} out of range; table has {len(table)} entries",
            )
        buffer, base, extent = table[self.slot]
        if buffer is None:
            raise invalid_argument(f"binding table slot {self.slot} is null")
        buffer = _checked(buffer)
        base, extent = buffer.resolve(base, extent)
        length = extent - self.offset if self.length == WHOLE_BUFFER else self.length
        if self.offset < 0 or length < 0 or self.offset + length > extent:
            raise out_of_range(self.offset, length, extent)
        return buffer, base + self.offset, length


def _checked(buffer: Buffer) -> Buffer:
    """Programs say what a buffer is, and may be wrong."""
    if not isinstance(buffer, Buffer):
        raise invalid_argument(f"a buffer is expected, not {buffer!r}")
    return buffer


class Fill(NamedTuple):
    """Repeats a pattern of 1, 2 or 4 bytes over the target."""

    target: BufferRef
    pattern: bytes


class Update(NamedTuple):
    """Writes to a buffer: host bytes, or a range of a file, which is read when the command runs."""

    target: BufferRef
    data: bytes | memoryview | FileRange

    def store(self, target: memoryview) -> None:
        """Writes the data to `target`. Raises INVALID_ARGUMENT if the lengths differ, and any error
        of reading the file.
        """
        check_lengths("update", len(self.data), len(target))
        if isinstance(self.data, FileRange):
            self.data.read_into(target)
        else:
            target[:] = self.data


class Copy(NamedTuple):
    """Copies bytes between buffers, or within one."""

    source: BufferRef
    target: BufferRef


class ReadBack(NamedTuple):
    """Copies bytes of a buffer to host memory or to a file."""

    source: BufferRef
    target: memoryview | FileRange

    def take(self, source: memoryview) -> None:
        """Copies `source` to the target. Raises INVALID_ARGUMENT if the lengths differ, and any
        error of writing the file.
        """
        check_lengths("read", len(source), len(self.target))
        if isinstance(self.target, FileRange):
            self.target.write_from(source)
        else:
            self.target[:] = source


class Dispatch(NamedTuple):
    """Runs an entry point over a grid of workgroups."""

    executable: Executable
    entry_point: int
    workgroups: tuple[int, int, int]
    constants: tuple[int, ...]
    """Push constants, each 32 bits (signed)."""
    bindings: tuple[BufferRef, ...]
    workgroups_ref: BufferRef | None = None
    """Where the counts are, three u32, if they are not known when recording."""

    def counts(self, table: Sequence[Binding]) -> tuple[int, int, int]:
        """Returns the workgroup counts of this execution."""
        if self.workgroups_ref is None:
            return self.workgroups
        buffer, offset, _ = counts_range(self.workgroups_ref, table)
        words = memoryview(bytes(buffer.read(offset, COUNT_BYTES))).cast("I")
        return words[0], words[1], words[2]


class Barrier(NamedTuple):
    """Orders all earlier commands of some stages before all later ones of others."""

    source_stages: int
    target_stages: int


class DebugGroup(NamedTuple):
    """Begins a labelled group, or ends one if the label is None."""

    label: str | None


Command = Fill | Update | Copy | ReadBack | Dispatch | Barrier | DebugGroup

COUNT_BYTES = 12
"""Bytes of the workgroup counts that a dispatch reads from a buffer: three u32."""
LARGEST_UPDATE = 64 * 1024
MAX_BINDINGS = 1 << 16
"""Maximum number of slots of a binding table."""


class CommandBuffer:
    """A list of commands for one device. Recording ends with `finalize`,
    and only then may it be executed.
    """

    vm_type = "hal.command_buffer"
    __slots__ = (
        "__weakref__",
        "_executed",
        "_one_shot",
        "alignments",
        "binding_capacity",
        "categories",
        "commands",
        "description",
        "device",
        "finalized",
        "mode",
        "prepared",
        "usages",
    )

    def __init__(
        self, device: Device, mode: int = 0, categories: int = 3, binding_capacity: int = 0
    ):
        self.device = device
        self.mode = mode
        self._one_shot = bool(mode & CommandBufferMode.ONE_SHOT)
        self.categories = categories
        self.binding_capacity = binding_capacity
        self.commands: list[Command] = []
        self.usages = [0] * max(0, min(binding_capacity, MAX_BINDINGS))
        """`BufferUsage` bits that the commands require, by slot."""
        self.alignments: dict[int, int] = {}
        """Bytes to whose multiples the commands require the offsets of bindings, by slot."""
        self.finalized = False
        self.prepared: Any = None
        """The device's translation of the commands."""
        self.description: Any = None
        """Description of the commands for execution records; None until first recorded."""
        self._executed = False

    def record(self, command: Command) -> None:
        """Appends a command. Raises FAILED_PRECONDITION if the command buffer is finalized,
        OUT_OF_RANGE for slots beyond the capacity, PERMISSION_DENIED for a buffer without the
        required usage, and what `check_range` raises.
        """
        if self.finalized:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, "command buffer is not in a recording state"
            )
        uses = buffer_uses(command)
        for ref, usage in uses:
            if ref.buffer is not None:
                check_use(_checked(ref.buffer), usage)
            elif not 0 <= ref.slot < len(self.usages):
                raise StatusError(
                    StatusCode.OUT_OF_RANGE,
                    f"indirect buffer reference slot {ref.slot} out of range; "
                    f"command buffer has binding capacity {self.binding_capacity}",
                )
        aligned = check_range(command)
        for ref, usage in uses:
            if ref.buffer is None:
                self.usages[ref.slot] |= usage
        if aligned is not None and (ref := aligned[0]).buffer is None:
            # Each is a power of 2, so the largest one is a multiple of the others.
            self.alignments[ref.slot] = max(aligned[1], self.alignments.get(ref.slot, 1))
        self.commands.append(command)

    def finalize(self) -> None:
        """Ends recording."""
        if self.finalized:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, "command buffer is not in a recording state"
            )
        self.finalized = True

    def begin_execution(self, table: Sequence[Binding]) -> None:
        """Checks that the recording may be executed now, with this table. Called by devices for
        each execution. Raises FAILED_PRECONDITION or INVALID_ARGUMENT if not.
        """
        if not self.finalized:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, "command buffer has not been finalized"
            )
        if self._one_shot and self._executed:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, "one-shot command buffer was executed before"
            )
        if len(table) < self.binding_capacity:
            raise invalid_argument(
                f"indirect command buffer requires {self.binding_capacity} bindings "
                f"but {len(table)} were provided"
            )
        for slot, usage in enumerate(self.usages):
            if usage and (buffer := table[slot][0]) is not None:
                # This runs for each binding of each call: the usual case needs no function call.
                if usage & ~getattr(buffer, "usage", 0) or not buffer.memory_type & DEVICE_VISIBLE:
                    check_use(_checked(buffer), usage)
        for slot, alignment in self.alignments.items():
            if (offset := table[slot][1]) % alignment:
                raise invalid_argument(
                    f"binding {slot} at offset {offset}: the commands that use it require a "
                    f"multiple of {alignment} bytes"
                )
        self._executed = True

    def __repr__(self) -> str:
        state = "" if self.finalized else ", recording"
        return f"<hal.command_buffer: {len(self.commands)} commands, {self.binding_capacity} bindings{state}>"


def buffer_uses(command: Command) -> list[tuple[BufferRef, int]]:
    """Returns (buffer reference, required `BufferUsage` bits) for each buffer that a command
    accesses, in operand order.
    """
    match command:
        case Fill() | Update():
            return [(command.target, TARGET)]
        case Copy():
            return [(command.source, SOURCE), (command.target, TARGET)]
        case ReadBack():
            return [(command.source, SOURCE)]
        case Dispatch():
            uses = [(ref, STORAGE) for ref in command.bindings]
            counts = command.workgroups_ref
            return uses if counts is None else [(counts, COUNTS), *uses]
        case _:
            return []


def buffer_refs(command: Command) -> tuple[BufferRef, ...]:
    """Returns references to all buffers that a command accesses, in operand order."""
    return tuple(ref for ref, _ in buffer_uses(command))


def check_range(command: Command) -> tuple[BufferRef, int] | None:
    """Returns the reference of a command whose offset must be a multiple of some bytes, and these
    bytes; None if the command takes any offset.

    Raises INVALID_ARGUMENT for a fill whose pattern is not of 1, 2 or 4 bytes or whose offset or
    length is no multiple of that, and for workgroup counts at an offset that is no multiple of 4.
    Raises OUT_OF_RANGE for a range too short for workgroup counts.
    """
    match command:
        case Fill(target, pattern):
            width = len(pattern)
            if width not in (1, 2, 4):
                raise _wrong_pattern(width)
            if target.offset % width or (target.length != WHOLE_BUFFER and target.length % width):
                raise invalid_argument(
                    f"fill of {target.length} bytes at offset {target.offset}: both must be "
                    f"multiples of the pattern's {width} bytes"
                )
            return target, width
        case Dispatch(workgroups_ref=BufferRef() as counts):
            if counts.offset % 4:
                raise invalid_argument(
                    f"workgroup counts at offset {counts.offset}: a multiple of 4 bytes is required"
                )
            if counts.length != WHOLE_BUFFER and counts.length < COUNT_BYTES:
                raise _too_few_counts(counts.length)
            return counts, 4
        case _:
            return None


def counts_range(ref: BufferRef, table: Sequence[Binding]) -> Binding:
    """Returns the range of a buffer with workgroup counts. Raises OUT_OF_RANGE if it is too short."""
    buffer, offset, length = ref.resolve(table)
    if length < COUNT_BYTES:
        raise _too_few_counts(length)
    return buffer, offset, length


def _too_few_counts(length: int) -> StatusError:
    return StatusError(
        StatusCode.OUT_OF_RANGE,
        f"workgroup counts are {COUNT_BYTES} bytes, three u32, but their range has {length}",
    )


def _wrong_pattern(width: int) -> StatusError:
    return invalid_argument(f"fill patterns must be 1, 2, or 4 bytes (got {width})")


def check_uses(commands: Sequence[Command]) -> None:
    """Raises PERMISSION_DENIED if a command refers directly to a buffer without the required usage
    bits, and what `check_range` raises. Slots are checked by `CommandBuffer.begin_execution`.
    """
    for command in commands:
        check_range(command)
        for ref, usage in buffer_uses(command):
            if ref.buffer is not None:
                check_use(_checked(ref.buffer), usage)


def resolver(refs: Sequence[BufferRef]) -> Callable[[Sequence[Binding]], list[Binding]]:
    """Returns a function that resolves references to ranges of a binding table's buffers.

    What lies within its entry of the table is seen here, without a call for each reference; the
    rest, and what is wrong, is left to `BufferRef.resolve`.
    """
    rows = [(_direct_slot(ref), ref.offset, ref.length, ref.resolve) for ref in refs]

    def resolve(table: Sequence[Binding]) -> list[Binding]:
        count = len(table)
        ranges: list[Binding] = []
        for slot, offset, length, resolve_one in rows:
            if slot < count:
                buffer, base, extent = table[slot]
                if (
                    buffer is not None
                    and base >= 0
                    and offset + length <= extent <= buffer.byte_length - base
                ):
                    ranges.append((buffer, base + offset, length))
                    continue
            ranges.append(resolve_one(table))
        return ranges

    return resolve


def _direct_slot(ref: BufferRef) -> int:
    """Returns the slot of a reference of known length; else one that no table has."""
    if ref.buffer is None and min(ref.slot, ref.offset, ref.length) >= 0:
        return ref.slot
    return maxsize


def check_pattern(pattern: int, length: int) -> bytes:
    """Returns the bytes of a fill pattern. Raises INVALID_ARGUMENT for widths other than 1, 2, 4."""
    if length not in (1, 2, 4):
        raise _wrong_pattern(length)
    return (pattern & (1 << 8 * length) - 1).to_bytes(length, "little")


def check_lengths(what: str, source: int, target: int) -> None:
    """Raises INVALID_ARGUMENT unless source and target of a transfer have the same number of bytes.
    `what` names the transfer in the error message.
    """
    if source != target:
        raise invalid_argument(f"{what} of {source} bytes to a range of {target} bytes")
