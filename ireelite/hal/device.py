"""What a device is: memory, executables, and a queue that runs work between two fences."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from ireelite.hal.buffer import WHOLE_BUFFER, Buffer
from ireelite.hal.command_buffer import Binding, BufferRef, Command, CommandBuffer, ReadBack, Update
from ireelite.hal.executable import Executable, LoaderSet
from ireelite.hal.files import File
from ireelite.hal.pool import PoolStatistics
from ireelite.hal.semaphore import Fence
from ireelite.live_objects import LiveObject
from ireelite.status import StatusCode, StatusError, failure_of, invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.recording import SubmissionLog
    from ireelite.hal.statistics import Statistics


def fits(text: str, pattern: str) -> bool:
    """Returns whether a text matches a pattern: `*` matches any characters and `?` matches one
    character. All else stands for itself, brackets too, in which `fnmatch` sees a class.
    """
    at = place = mark = 0
    star = -1
    while at < len(text):
        wanted = pattern[place : place + 1]
        if wanted == "*":
            star, mark = place, at
            place += 1
        elif wanted and wanted in ("?", text[at]):
            place += 1
            at += 1
        elif star >= 0:  # the star takes one character more
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return not pattern[place:].strip("*")


class Allocator(ABC):
    """Makes buffers on one device."""

    vm_type = "hal.allocator"

    def __init__(self) -> None:
        self.statistics: Statistics | None = None
        """Set to count bytes; None costs nothing."""
        self.alignment = 16
        """Of host memory that may be imported without a copy;
        executables that need more raise it.
        """

    def __repr__(self) -> str:
        return f"<{self.vm_type} {type(self).__name__}>"

    @abstractmethod
    def allocate(self, memory_type: int, usage: int, byte_length: int) -> Buffer:
        """Allocates zeroed memory. Raises RESOURCE_EXHAUSTED."""

    def upload(self, memory_type: int, usage: int, data: bytes | memoryview) -> Buffer:
        """Returns a buffer with a copy of these bytes."""
        buffer = self.allocate(memory_type, usage, len(data))
        buffer.write(0, data)
        return buffer

    @abstractmethod
    def import_data(self, memory_type: int, usage: int, data: memoryview) -> Buffer:
        """Returns a buffer with these bytes: the same memory if the device can use it as it is,
        else a copy.

        The buffer is read-only where it shares read-only memory.
        """

    def lend(self, memory_type: int, usage: int, data: memoryview) -> Buffer:
        """Returns a buffer with these bytes for the time of a call: the same memory, as a
        `LentBuffer`, if the device can use it as it is, else a copy.
        """
        return self.import_data(memory_type, usage, data)

    def pool(self) -> PoolStatistics | None:
        """Returns the statistics of the allocator's memory pool; None for an allocator without a
        pool.
        """
        return None

    def trim(self) -> None:
        """Releases memory that is kept for other buffers and that nothing refers to. An allocator
        that keeps none has nothing to release.
        """
        return


ANY_QUEUE = -1
"""The affinity of work that may run on any queue: a mask with all bits set."""


class Device(LiveObject, ABC):
    """A device with one queue, or with several queues that share its memory.

    A queue runs operations in the order in which they become ready; an operation that waits does
    not block operations that are ready. Operations on different queues are ordered by fences alone.

    Queue operations take a fence to wait for, or None to run at once, and a fence to signal, or
    None. They return without waiting. A failure of the work, or of the fence it waits for, fails
    the signal fence. Without a signal fence, the failure is raised in the submitting thread if the
    work runs there at once, else reported through `threading.excepthook`. Arguments that can never
    be right raise at once. An operation that raises fails its signal fence.
    """

    _instead = "one device may be given to several modules"

    def __deepcopy__(self, memo: object) -> Self:
        """Returns the device itself: a copy of what holds a device uses the same one."""
        return self

    vm_type = "hal.device"

    def __init__(self, ids: Sequence[str], loaders: LoaderSet, allocator: Allocator):
        self.ids = tuple(ids)
        self.loaders = loaders
        self.allocator = allocator
        self.lane = f"{self.ids[0]}/queue0"
        """The queue's name in execution records."""

    def name_lane(self, name: str) -> None:
        """Sets the name of the device's queue in execution records: `NAME/queue0`."""
        self.lane = f"{name}/queue0"

    @property
    def queue_count(self) -> int:
        """Number of queues of the device."""
        return 1

    def on(self, affinity: int) -> Device:
        """Returns the device restricted to the queues of a mask, in which bit n allows queue n. Its
        operations run on any of these queues.

        Raises INVALID_ARGUMENT if the mask has no queue of the device.
        """
        if not affinity & (1 << self.queue_count) - 1:
            raise invalid_argument(
                f"no valid queue affinity bits specified: {affinity & (1 << 64) - 1:#x} has none of "
                f"the {self.queue_count} queues of {self.id}, which are the lowest bits"
            )
        return self

    @property
    def id(self) -> str:
        """The name it goes by: `local-sync`, `webgpu`."""
        return self.ids[0]

    @property
    def lost(self) -> StatusError | None:
        """The error that made the device unusable; None while it is usable."""
        return None

    def query_i64(self, category: str, key: str) -> int | None:
        """Returns the answer to `hal.device.query.i64`, None for unknown keys.

        `hal.device.id` matches a glob against the ids, `hal.executable.format` one against the
        accepted formats.
        """
        if category == "hal.device.id":
            return int(any(fits(id, key) for id in self.ids))
        if category == "hal.executable.format":
            return int(any(fits(format, key) for format in self.loaders.by_format))
        if category in ("hal.device", "hal.dispatch") and key == "concurrency":
            return self.queue_count if category == "hal.device" else 1
        return None

    def create_executable(
        self, format: str, data: memoryview, constants: memoryview | None = None
    ) -> Executable:
        """Loads code. Raises NOT_FOUND for formats this device does not take."""
        return self.loaders.load(format, data, constants)

    @abstractmethod
    def submit(
        self,
        wait: Fence | None,
        signal: Fence | None,
        commands: Sequence[Command],
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs commands that name their buffers directly; none at all is a queue barrier."""

    @abstractmethod
    def execute(
        self,
        wait: Fence | None,
        signal: Fence | None,
        command_buffer: CommandBuffer,
        table: Sequence[Binding] = (),
        log: SubmissionLog | None = None,
    ) -> None:
        """Runs a finalized command buffer with a binding table."""

    def alloca(
        self,
        wait: Fence | None,
        signal: Fence | None,
        memory_type: int,
        usage: int,
        byte_length: int,
        log: SubmissionLog | None = None,
    ) -> Buffer:
        """Returns a transient buffer, to be used once `signal` is reached."""
        try:
            buffer = self.allocator.allocate(memory_type, usage, byte_length)
            if log is not None:
                log.name_allocated(buffer)
        except BaseException as error:
            if signal is not None:
                signal.fail(failure_of(error))
            raise
        self.submit(wait, signal, (), log)
        return buffer

    def dealloca(
        self,
        wait: Fence | None,
        signal: Fence | None,
        buffer: Buffer,
        log: SubmissionLog | None = None,
    ) -> None:
        """Gives a transient back. Its memory goes when nobody holds it any more."""
        self.submit(wait, signal, (), log)

    def read(
        self,
        wait: Fence | None,
        signal: Fence | None,
        file: File,
        file_offset: int,
        buffer: Buffer,
        offset: int = 0,
        length: int = WHOLE_BUFFER,
    ) -> None:
        """Reads a range of a file into a buffer, as a queue operation.

        Raises OUT_OF_RANGE if a range exceeds the buffer or the file. An error of reading the file
        fails `signal`.
        """
        with deciding(signal):
            ref = BufferRef(0, buffer, *buffer.resolve(offset, length))
            command = Update(ref, file.range(file_offset, ref.length))
        self.submit(wait, signal, [command])

    def write(
        self,
        wait: Fence | None,
        signal: Fence | None,
        buffer: Buffer,
        offset: int,
        file: File,
        file_offset: int,
        length: int = WHOLE_BUFFER,
    ) -> None:
        """Writes a range of a buffer into a file, as a queue operation.

        Raises OUT_OF_RANGE if a range exceeds the buffer or the file, and PERMISSION_DENIED for a
        read-only file. An error of writing the file fails `signal`.
        """
        with deciding(signal):
            ref = BufferRef(0, buffer, *buffer.resolve(offset, length))
            target = file.range(file_offset, ref.length)
            if target.readonly:
                raise StatusError(StatusCode.PERMISSION_DENIED, "file is read-only")
        self.submit(wait, signal, [ReadBack(ref, target)])

    def wait_idle(self) -> None:
        """Returns when the queue has nothing left to do but what still waits for a fence.

        A device without threads never has.
        """
        return

    def trim(self) -> None:
        """Releases memory that the device keeps for other buffers and that nothing refers to."""
        self.wait_idle()
        self.allocator.trim()

    def __repr__(self) -> str:
        return f"<hal.device {self.id}>"


@contextmanager
def deciding(signal: Fence | None) -> Iterator[None]:
    """Fails the signal fence with the exception if the block raises one."""
    try:
        yield
    except BaseException as error:
        if signal is not None:
            signal.fail(failure_of(error))
        raise
