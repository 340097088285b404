"""The allocator of CPU devices."""

from __future__ import annotations

from ireelite.hal.device import Allocator
from ireelite.hal.host_blocks import HostMemory
from ireelite.hal.host_memory import HostBuffer, LentBuffer
from ireelite.hal.host_transient import HostTransient
from ireelite.hal.pool import PoolStatistics
from ireelite.hal.transient import TransientMemory
from ireelite.memory_address import address_of
from ireelite.status import invalid_argument


class HostAllocator(Allocator):
    """Host memory; all of it is visible to host and device."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = HostMemory()
        """Where the buffers' memory comes from."""
        self._block = self.memory.block
        self.private = False
        """Whether imported constants may be written to by code."""

    def allocate(
        self, memory_type: int, usage: int, byte_length: int, zeroed: bool = True
    ) -> HostBuffer:
        """Allocates memory aligned to 64 bytes. Raises RESOURCE_EXHAUSTED, and INVALID_ARGUMENT
        below zero.
        """
        if byte_length < 0:
            raise invalid_argument(f"cannot allocate {byte_length} bytes")
        data, address = self._block(byte_length, zeroed)
        buffer = HostBuffer(self, memory_type, usage, data, address)
        if self.statistics is not None:
            self.statistics.watch(buffer)
        return buffer

    def upload(self, memory_type: int, usage: int, data: bytes | memoryview) -> HostBuffer:
        """Returns a buffer with a copy of these bytes, made without the checks of a buffer's
        `write`.
        """
        block, address = self._block(len(data), False)
        block[:] = data
        buffer = HostBuffer(self, memory_type, usage, block, address)
        if self.statistics is not None:
            self.statistics.watch(buffer)
        return buffer

    def import_data(self, memory_type: int, usage: int, data: memoryview) -> HostBuffer:
        """Returns the same memory if it is aligned well enough, and need not be private, else a
        copy.
        """
        address = address_of(data)
        if not self._is_shareable(data, address):
            return self.upload(memory_type, usage, data)
        buffer = HostBuffer(self, memory_type, usage, data, address)
        buffer.borrowed = True
        return buffer

    def lend(self, memory_type: int, usage: int, data: memoryview) -> HostBuffer:
        """Returns the same memory for the time of a call, as `import_data` shares it, else a copy."""
        address = address_of(data)
        if not self._is_shareable(data, address):
            return self.upload(memory_type, usage, data)
        return LentBuffer(self, memory_type, usage, data, address)

    def pool(self) -> PoolStatistics:
        """Returns the statistics of the pool of host memory."""
        return self.memory.statistics()

    def transient(self, memory_type: int, usage: int, byte_length: int) -> HostTransient:
        """Returns a transient buffer, whose memory is allocated by `commit`. Raises
        INVALID_ARGUMENT for a negative length.
        """
        if byte_length < 0:
            raise invalid_argument(f"cannot allocate {byte_length} bytes")
        return HostTransient(self, memory_type, usage, byte_length, TransientMemory())

    def commit(self, buffer: HostTransient) -> None:
        """Allocates the memory of a transient buffer, with undefined contents. Raises
        RESOURCE_EXHAUSTED.
        """
        buffer.memory.commit(*self.memory.block(buffer.byte_length, zeroed=False))
        if self.statistics is not None:
            self.statistics.watch(buffer.memory.counted(buffer))

    def trim(self) -> None:
        """Releases the memory that is kept for other buffers and that nothing refers to."""
        self.memory.trim()

    def _is_shareable(self, data: memoryview, address: int) -> bool:
        # Python takes for granted that the contents of `bytes` never change.
        is_private = self.private and isinstance(data.obj, bytes)
        return not is_private and address % self.alignment == 0
