"""Blocks of WebGPU memory, and their use again; the buffers of WebGPU devices.

wgpu clears new memory when it is first used, and its pages are new to the process: for large
results this takes longer than their computation. A device therefore keeps its blocks by size. A
block that no buffer refers to is handed out again, with the contents that it has. A submission
refers to its buffers until the device has run it, so such a block is in no use.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count
from sys import getrefcount
from typing import TYPE_CHECKING, Any

from ireelite.forking import short_lock
from ireelite.hal.buffer import WHOLE_BUFFER, AllocatorLike, Buffer, out_of_range
from ireelite.hal.host_blocks import PASSING, rounded
from ireelite.hal.pool import PoolStatistics
from ireelite.hal.transient import TransientMemory

if TYPE_CHECKING:
    from ireelite.hal.drivers.webgpu_gpu import Gpu

MAX_KEPT = 1 << 28
"""Bytes of the blocks that a device keeps, those in use included."""
MIN_COUNTED = 1 << 12
"""Bytes that a block counts for at least: wgpu's own memory for a buffer."""
TRIES = 8
"""How many blocks in use are passed over before a new one is made."""
# A block that no buffer refers to is referred to by a variable alone.
_FREE = 1 + PASSING

_numbers = count(1)


class GpuBlock:
    """One allocation of WebGPU memory."""

    __slots__ = ("__weakref__", "forget", "handle", "number", "size")

    def __init__(self, handle: Any, size: int):
        self.handle = handle
        """The `GPUBuffer`."""
        self.size = size
        """Bytes."""
        self.number = next(_numbers)
        """Differs from that of all other blocks of the process."""
        self.forget: Callable[[], None] | None = None
        """Called when the block goes: it drops what would keep the memory."""

    def __del__(self) -> None:
        # A block whose constructor an interrupt has cut off has no attributes.
        if (forget := getattr(self, "forget", None)) is not None:
            forget()


class GpuMemory:
    """The blocks of one device, for any thread."""

    def __init__(self, create: Callable[[int], Any], largest: int):
        self._create = create
        self._largest = largest
        """Bytes of the largest block that the device can make."""
        self._lock = short_lock()
        self._rings: dict[int, deque[GpuBlock]] = {}
        """By size, least recently handed out first."""
        self._ages: deque[tuple[deque[GpuBlock], GpuBlock]] = deque()
        """Oldest first."""
        self._kept = 0
        """Bytes that the blocks count for."""
        self._reserved = 0
        self._most = 0
        """Bytes of the blocks, now and at most since the last trim."""

    def statistics(self) -> PoolStatistics:
        """Returns the current statistics of the pool."""
        reserved = in_use = 0
        with self._lock:
            for ring in self._rings.values():
                for block in ring:
                    reserved += block.size
                    if getrefcount(block) > _FREE + 2:  # the ring and `_ages` refer to it, too
                        in_use += block.size
            return PoolStatistics(reserved, in_use, max(self._most, reserved))

    def block(self, byte_length: int, zeroed: bool = True) -> GpuBlock:
        """Returns a block of at least so many bytes. Without `zeroed`, it may hold what another
        held. Raises RESOURCE_EXHAUSTED.
        """
        size = rounded(byte_length)
        if size > self._largest:
            return self.new(byte_length)
        with self._lock:
            ring = self._rings.setdefault(size, deque())
            for _ in range(0 if zeroed else min(TRIES, len(ring))):
                block = ring.popleft()
                is_free = getrefcount(block) <= _FREE + 1  # `_ages` refers to it, too
                ring.append(block)
                if is_free:
                    return block
            block = self.new(size)
            counted = max(size, MIN_COUNTED)
            if counted <= MAX_KEPT:
                ring.append(block)
                self._ages.append((ring, block))
                self._kept += counted
                self._reserved += block.size
                self._most = max(self._most, self._reserved)
                while self._kept > MAX_KEPT:
                    oldest, dropped = self._ages.popleft()
                    oldest.remove(dropped)
                    self._kept -= max(dropped.size, MIN_COUNTED)
                    self._reserved -= dropped.size
            return block

    def new(self, byte_length: int) -> GpuBlock:
        """Returns a block of zeros that is not kept. Raises RESOURCE_EXHAUSTED."""
        return GpuBlock(self._create(byte_length), byte_length)

    def trim(self) -> None:
        """Releases all blocks that are not in use; the others go with their last buffer."""
        with self._lock:
            self._rings = {}
            self._ages.clear()
            self._kept = self._reserved = self._most = 0


class GpuBuffer(Buffer):
    """A buffer in WebGPU memory; `block` is that of the whole allocation."""

    __slots__ = ("block", "gpu")

    def __init__(
        self,
        allocator: AllocatorLike,
        memory_type: int,
        usage: int,
        byte_length: int,
        gpu: Gpu,
        block: GpuBlock,
    ):
        super().__init__(allocator, memory_type, usage, byte_length)
        self.gpu = gpu
        self.block = block

    @property
    def handle(self) -> Any:
        """The `GPUBuffer` of the whole allocation."""
        return self.block.handle

    def _part(self, offset: int, length: int) -> GpuBuffer:
        return GpuBuffer(self.allocator, self.memory_type, self.usage, length, self.gpu, self.block)

    def read(self, offset: int = 0, length: int = WHOLE_BUFFER) -> memoryview:
        """Returns a copy of the bytes."""
        offset, length = self.resolve(offset, length)
        return self.gpu.read(self.handle, self.byte_offset + offset, length)

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Overwrites bytes before whatever is submitted next."""
        size = memoryview(data).nbytes
        if offset < 0 or offset + size > self.byte_length:
            raise out_of_range(offset, size, self.byte_length)
        self.gpu.write(self.handle, self.byte_offset + offset, data)


class GpuTransient(GpuBuffer):
    """A transient buffer, which has no memory until its allocation has run. Subspans may be created
    before.
    """

    __slots__ = ("memory",)

    def __init__(
        self,
        allocator: AllocatorLike,
        memory_type: int,
        usage: int,
        byte_length: int,
        gpu: Gpu,
        memory: TransientMemory[GpuBlock],
    ):
        Buffer.__init__(self, allocator, memory_type, usage, byte_length)
        self.gpu = gpu
        self.memory = memory
        """Memory that the buffer and its subspans share."""

    @property
    def block(self) -> GpuBlock:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The memory. Raises FAILED_PRECONDITION before it is allocated and after it is released."""
        return self.memory.get()

    def _part(self, offset: int, length: int) -> GpuTransient:
        return GpuTransient(
            self.allocator, self.memory_type, self.usage, length, self.gpu, self.memory
        )
