"""Blocks of host memory for CPU devices: aligned to 64 bytes, and used again.

A block is one object that owns memory. Whoever holds memory of it holds a view of that object, so
the object's count of references says whether the block is free. Each allocator keeps the blocks that
it has made, by their size; one that no view refers to is handed out again, without a page fault and
without being cleared unless zeros are asked for.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections import deque
from collections.abc import Callable
from sys import getrefcount

from ireelite.forking import guard
from ireelite.hal.pool import PoolStatistics
from ireelite.status import StatusCode, StatusError

ALIGNMENT = 64
LARGEST_SMALL_BLOCK = 1 << 14
"""Bytes up to which a block is memory of Python's; above, it is a mapping of its own."""
HUGE_PAGE = 1 << 21
MAX_KEPT = 1 << 28
"""Bytes of large blocks that an allocator keeps, those in use included."""
MAX_KEPT_OF_A_SIZE = 1 << 18
"""Bytes of small blocks of one size that it keeps, those in use included."""
TRIES = 4
"""How many small blocks in use are passed over before a new one is made."""
_UP, _ALIGNED = ALIGNMENT - 1, -ALIGNMENT

_lock = guard()
"""Held while any allocator looks for a large block."""

_PRIVATE: dict[str, int] = (
    {} if sys.platform == "win32" else {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS}
)

_Small = tuple[bytearray, int, int]
"""What owns the memory, the offset of its first aligned byte, and the address of that."""
_Large = tuple[mmap.mmap, int]
"""A mapping and its address."""


def _passing() -> int:
    local = object()
    return getrefcount(local) - 1


PASSING = _passing()
"""References that passing a local variable to `getrefcount` adds, which depends on the version of
Python.
"""
# A block that no view refers to is referred to by a tuple and by a variable.
_FREE = 2 + PASSING


class HostMemory:
    """Hands out aligned blocks, to any thread. Each allocator owns one."""

    def __init__(self) -> None:
        self._small: dict[int, deque[_Small]] = {}
        """By rounded size, least recently handed out first."""
        self._large: dict[int, deque[_Large]] = {}
        """By rounded size, oldest first."""
        self._ages: deque[tuple[deque[_Large], _Large]] = deque()
        """The large blocks, oldest first."""
        self._large_bytes = 0
        self._small_bytes = 0
        self._most = 0

    @property
    def held(self) -> int:
        """Bytes of the blocks that are kept, those in use included."""
        small = sum(len(row[0]) for ring in list(self._small.values()) for row in list(ring))
        return small + self._large_bytes

    def statistics(self) -> PoolStatistics:
        """Returns the current statistics of the pool, which other threads may change meanwhile."""
        reserved = in_use = 0
        for size, small in list(self._small.items()):
            for owner, _, _ in list(small):
                reserved += size
                if getrefcount(owner) > _FREE:
                    in_use += size
        with _lock:
            for size, large in self._large.items():
                for mapping, _ in large:
                    reserved += size
                    if getrefcount(mapping) > _FREE:
                        in_use += size
        return PoolStatistics(reserved, in_use, max(self._most, reserved))

    def _grown(self) -> None:
        self._most = max(self._most, self._small_bytes + self._large_bytes)

    def block(self, byte_length: int, zeroed: bool = True) -> tuple[memoryview, int]:
        """Returns memory of `byte_length` bytes, and its address, a multiple of 64.

        Without `zeroed`, the block may hold what another held before. Raises RESOURCE_EXHAUSTED.
        """
        if byte_length > LARGEST_SMALL_BLOCK:
            with _lock:
                return self._large_block(byte_length, zeroed)
        size = rounded(byte_length)
        if (ring := self._small.get(size)) is None:
            ring = self._small.setdefault(size, deque())
        # Each step on the ring is atomic, and a block is not in it while it is examined: threads
        # need no lock, which would take as long as all of this.
        for _ in range(TRIES):
            try:
                row = ring.popleft()
            except IndexError:
                break
            owner, first, address = row
            is_free = getrefcount(owner) <= _FREE
            ring.append(row)
            if is_free:
                data = memoryview(owner)[first : first + byte_length]
                if zeroed:
                    data[:] = bytes(byte_length)
                return data, address
        owner, first, address = row = _allocated(size)
        ring.append(row)
        self._small_bytes += size
        if len(ring) * size > MAX_KEPT_OF_A_SIZE:
            ring.popleft()
            self._small_bytes -= size
        self._grown()
        return memoryview(owner)[first : first + byte_length], address

    def mappings(self, byte_length: int) -> Callable[[], mmap.mmap]:
        """Returns a function that returns a large block of at least `byte_length` bytes with
        undefined contents, as the mapping that owns it. The block is in use as long as anything
        outside of the pool refers to the mapping. Creating an array on the mapping takes half the
        time of creating one on a view. The function raises RESOURCE_EXHAUSTED.
        """
        size, large, lock, references = rounded(byte_length), self._large, _lock, getrefcount

        def mapping() -> mmap.mmap:
            with lock:
                for block, _ in large.get(size, ()):
                    if references(block) <= _FREE:
                        return block
                return self._owner(byte_length, False)[0]

        return mapping

    def trim(self) -> None:
        """Releases all blocks that are not in use; the others go with the last view of them."""
        with _lock:
            self._small = {}
            self._large.clear()
            self._ages.clear()
            self._large_bytes = self._small_bytes = self._most = 0

    def _large_block(self, byte_length: int, zeroed: bool) -> tuple[memoryview, int]:
        mapping, address = self._owner(byte_length, zeroed)
        return memoryview(mapping)[:byte_length], address

    def _owner(self, byte_length: int, zeroed: bool) -> _Large:
        size = rounded(byte_length)
        if (ring := self._large.get(size)) is None:
            ring = self._large.setdefault(size, deque())
        for row in ring:
            mapping, address = row
            if getrefcount(mapping) <= _FREE:
                if zeroed:
                    ctypes.memset(address, 0, byte_length)
                return row
        mapping, address = row = _mapped(size, byte_length)
        if size <= MAX_KEPT:
            ring.append(row)
            self._ages.append((ring, row))
            self._large_bytes += size
            while self._large_bytes > MAX_KEPT:
                oldest, block = self._ages.popleft()
                oldest.remove(block)
                self._large_bytes -= len(block[0])
            self._grown()
        return row


def rounded(byte_length: int) -> int:
    """Returns the size of the block for a request: at most an eighth more, of above 512 bytes."""
    if byte_length <= 512:
        return (byte_length or 1) + _UP & _ALIGNED
    bits = (byte_length - 1).bit_length() - 4
    return (byte_length - 1 >> bits) + 1 << bits


def _allocated(size: int) -> _Small:
    try:
        owner = bytearray(size + _UP)
    except MemoryError as error:
        raise _exhausted(size, error) from error
    start = ctypes.addressof(ctypes.c_char.from_buffer(owner))
    address = start + _UP & _ALIGNED
    return owner, address - start, address


def _mapped(size: int, byte_length: int) -> _Large:
    try:
        # Python's default for anonymous memory is to share it with children, which makes each page
        # cost ten times.
        mapping = mmap.mmap(-1, size, **_PRIVATE)
    except (OSError, ValueError, OverflowError) as error:
        raise _exhausted(byte_length, error) from error
    if size >= HUGE_PAGE and sys.platform == "linux":
        mapping.madvise(mmap.MADV_HUGEPAGE)
    return mapping, ctypes.addressof(ctypes.c_char.from_buffer(mapping))


def _exhausted(byte_length: int, error: BaseException) -> StatusError:
    return StatusError(
        StatusCode.RESOURCE_EXHAUSTED,
        f"host memory allocation of {byte_length} bytes failed: {error}",
    )
