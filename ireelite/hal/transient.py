"""Memory of a transient buffer, which is not allocated yet, allocated, or released."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from ireelite.status import StatusCode, StatusError

T = TypeVar("T")


class Counted:
    """Stand-in for a transient buffer in statistics, which is deleted when the memory is released."""

    __slots__ = ("__weakref__", "byte_length", "memory_type")

    def __init__(self, byte_length: int, memory_type: int):
        self.byte_length = byte_length
        self.memory_type = memory_type


class _Sized(Protocol):
    byte_length: int
    memory_type: int


class TransientMemory(Generic[T]):
    """Memory that a transient buffer and its subspans share."""

    __slots__ = ("_contents", "_counted", "_state", "address")

    def __init__(self) -> None:
        self._contents: T | None = None
        self._counted: Counted | None = None
        self._state = (
            "it is allocated when the queue gets there: wait for the signal fence of its "
            "queue.alloca first"
        )
        self.address = 0

    def get(self) -> T:
        """Returns the memory. Raises FAILED_PRECONDITION if it is not allocated."""
        contents = self._contents
        if contents is None:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION, f"the transient buffer has no memory; {self._state}"
            )
        return contents

    def commit(self, contents: T, address: int = 0) -> None:
        """Sets the memory, which is now allocated, and its address."""
        self._contents, self.address = contents, address

    def decommit(self) -> None:
        """Releases the memory."""
        self._state = "it was given back by queue.dealloca"
        self._contents = self._counted = None

    def counted(self, buffer: _Sized) -> Counted:
        """Returns a new stand-in for the buffer in statistics, which lives until the memory is
        released.
        """
        self._counted = Counted(buffer.byte_length, buffer.memory_type)
        return self._counted
