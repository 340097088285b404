"""Buffers in host memory, for CPU devices."""

from __future__ import annotations

from typing import Protocol
from weakref import ReferenceType, ref

from ireelite.hal.buffer import WHOLE_BUFFER, AllocatorLike, Buffer, out_of_range
from ireelite.status import StatusCode, StatusError


class Follower(Protocol):
    """What has a view of a buffer's bytes for longer than one use."""

    def moved(self) -> None:
        """Takes a new view: the buffer has other bytes from now on."""
        ...


class HostBuffer(Buffer):
    """A buffer in host memory: `data` is its bytes, `address` where they are."""

    __slots__ = ("_follower", "address", "borrowed", "data")
    _follower: ReferenceType[Follower]
    """Not set until there is one, since most buffers never have one."""

    def __init__(
        self,
        allocator: AllocatorLike,
        memory_type: int,
        usage: int,
        data: memoryview,
        address: int,
    ):
        # The fields of Buffer are set here and not by its __init__: this runs for every transient
        # of every call.
        self.allocator = allocator
        self.memory_type = memory_type
        self.usage = usage
        self.byte_length = len(data)
        self.byte_offset = 0
        self._root = None
        self.preserved = 1
        self.name = ""
        self.data = data
        self.address = address
        self.borrowed = False
        """Whether the memory is someone else's: a constant's, or an array's that was passed in."""

    @property
    def follower(self) -> Follower | None:
        """What follows the buffer when it gets memory of its own; not kept alive by the buffer."""
        reference = getattr(self, "_follower", None)
        return None if reference is None else reference()

    @follower.setter
    def follower(self, follower: Follower) -> None:
        self._follower = ref(follower)

    def _part(self, offset: int, length: int) -> HostBuffer:
        data = self.data[offset : offset + length]
        part = HostBuffer(self.allocator, self.memory_type, self.usage, data, self.address + offset)
        part.borrowed = self.borrowed
        return part

    def read(self, offset: int = 0, length: int = WHOLE_BUFFER) -> memoryview:
        """Returns the bytes themselves, not a copy."""
        offset, length = self.resolve(offset, length)
        return self.data[offset : offset + length]

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        """Overwrites bytes. Raises PERMISSION_DENIED for imported constants."""
        source = memoryview(data).cast("B")
        if offset < 0 or offset + len(source) > self.byte_length:
            raise out_of_range(offset, len(source), self.byte_length)
        self.writable()[offset : offset + len(source)] = source

    def detach(self) -> memoryview:
        """Gives this buffer, and not those that share its bytes, a copy of its own, for code that
        works in place on what is a constant; returns the new bytes.
        """
        original = self.data
        allocated = self.allocator.allocate(self.memory_type, self.usage, len(original))
        assert isinstance(allocated, HostBuffer)
        self.data, self.address, self.borrowed = allocated.data, allocated.address, False
        self.data[:] = original
        if (follower := self.follower) is not None:
            follower.moved()
        return self.data

    def writable(self) -> memoryview:
        """Returns `data`, after checking that it may be written."""
        if self.data.readonly:
            raise StatusError(
                StatusCode.PERMISSION_DENIED, "buffer is read-only: it is a constant of a module"
            )
        return self.data


class LentBuffer(HostBuffer):
    """Memory that a caller lends for the time of a call, as that of an array.

    What outlives the call must not follow what the caller writes afterwards: `keep` gives the
    buffer, and all parts of it, memory of their own.
    """

    __slots__ = ("_parts",)

    def __init__(
        self,
        allocator: AllocatorLike,
        memory_type: int,
        usage: int,
        data: memoryview,
        address: int,
    ):
        super().__init__(allocator, memory_type, usage, data, address)
        self.borrowed = True
        self._parts: list[ReferenceType[LentBuffer]] = []

    def _part(self, offset: int, length: int) -> LentBuffer:
        data = self.data[offset : offset + length]
        part = LentBuffer(self.allocator, self.memory_type, self.usage, data, self.address + offset)
        part.borrowed = self.borrowed
        root = self.root
        assert isinstance(root, LentBuffer)
        root._parts.append(ref(part))
        return part

    def keep(self) -> None:
        """Copies the whole buffer to memory of its own, which its parts share from now on."""
        if not self.borrowed:
            return
        whole, address = self.detach(), self.address
        for reference in self._parts:
            if (part := reference()) is not None:
                start = part.byte_offset
                part.data = whole[start : start + part.byte_length]
                part.address, part.borrowed = address + start, False
                if (follower := part.follower) is not None:
                    follower.moved()
        self._parts.clear()
