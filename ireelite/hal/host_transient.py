"""Transient buffers of CPU devices, whose memory the queue allocates and releases."""

from __future__ import annotations

from ireelite.hal.buffer import AllocatorLike
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.transient import TransientMemory


class HostTransient(HostBuffer):
    """A transient buffer, which has no memory until its allocation has run. Subspans may be created
    before.
    """

    __slots__ = ("_memory",)

    def __init__(
        self,
        allocator: AllocatorLike,
        memory_type: int,
        usage: int,
        byte_length: int,
        memory: TransientMemory[memoryview],
    ):
        # Sets the fields of HostBuffer except `data` and `address`, which are properties here.
        self.allocator = allocator
        self.memory_type = memory_type
        self.usage = usage
        self.byte_length = byte_length
        self.byte_offset = 0
        self._root = None
        self.preserved = 1
        self.name = ""
        self.borrowed = False
        self._memory = memory

    @property
    def data(self) -> memoryview:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The bytes. Raises FAILED_PRECONDITION before the memory is allocated and after it is
        released.
        """
        return self._memory.get()[self.byte_offset : self.byte_offset + self.byte_length]

    @property
    def address(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Address of the first byte. Raises the errors of `data`."""
        self._memory.get()
        return self._memory.address + self.byte_offset

    def _part(self, offset: int, length: int) -> HostTransient:
        return HostTransient(self.allocator, self.memory_type, self.usage, length, self._memory)

    @property
    def memory(self) -> TransientMemory[memoryview]:
        """Memory that the buffer and its subspans share."""
        return self._memory
