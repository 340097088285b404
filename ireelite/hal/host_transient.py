"""Transients of CPU devices: buffers whose memory comes when the queue gets there, and goes so."""

from __future__ import annotations

from ireelite.hal.buffer import AllocatorLike
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.transient import TransientMemory


class HostTransient(HostBuffer):
    """A buffer without memory until its allocation has run. Parts of it may be made before."""

    __slots__ = ("_memory",)

    def __init__(
        self,
        allocator: AllocatorLike,
        memory_type: int,
        usage: int,
        byte_length: int,
        memory: TransientMemory[memoryview],
    ):
        # The fields of HostBuffer but `data` and `address`, which are properties here.
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
        """The bytes. Raises FAILED_PRECONDITION before they are there and when they are gone."""
        return self._memory.get()[self.byte_offset : self.byte_offset + self.byte_length]

    @property
    def address(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Where the bytes are, with the errors of `data`."""
        self._memory.get()
        return self._memory.address + self.byte_offset

    def _part(self, offset: int, length: int) -> HostTransient:
        return HostTransient(self.allocator, self.memory_type, self.usage, length, self._memory)

    @property
    def memory(self) -> TransientMemory[memoryview]:
        """What the buffer and its parts share."""
        return self._memory
