"""How much memory a run needed: what `--print_statistics` prints."""

from __future__ import annotations

import weakref
from collections import deque
from typing import Any

from ireelite.forking import short_lock
from ireelite.hal.buffer import Buffer, MemoryType
from ireelite.hal.transient import Counted

_ON_DEVICE = int(MemoryType.DEVICE_LOCAL & ~MemoryType.DEVICE_VISIBLE)


class Heap:
    """Bytes of one kind of memory. Any thread may count."""

    def __init__(self) -> None:
        self.allocated = 0
        self.peak = 0
        self._freed = 0
        self._lock = short_lock()
        self._watched: set[_Watched] = set()
        self._released: deque[int] = deque()
        """What has not been counted yet: a buffer may go at any time, also in the middle of a
        count."""

    @property
    def freed(self) -> int:
        """Bytes of the buffers that are gone."""
        with self._lock:
            self._count_released()
            return self._freed

    def watch(self, buffer: Buffer | Counted) -> None:
        """Counts a buffer now, and again when it goes."""
        watched = _Watched(buffer, self._gone)
        watched.byte_length = buffer.byte_length
        self._watched.add(watched)
        with self._lock:
            self._count_released()
            self.allocated += buffer.byte_length
            if (live := self.allocated - self._freed) > self.peak:
                self.peak = live

    def _gone(self, watched: _Watched) -> None:
        self._released.append(watched.byte_length)
        self._watched.discard(watched)

    def _count_released(self) -> None:
        while self._released:
            self._freed += self._released.popleft()

    def report(self, name: str) -> str:
        """Returns a line as upstream prints it."""
        allocated, freed = self.allocated, self.freed
        return (
            f"{name:>12}: {self.peak:12d}B peak / {allocated:12d}B allocated / "
            f"{freed:12d}B freed / {allocated - freed:12d}B live"
        )


class _Watched(weakref.ref[Any]):
    """A buffer that may go, and how long it was. Cheaper than a `weakref.finalize`."""

    __slots__ = ("byte_length",)
    byte_length: int


class Statistics:
    """The memory of one allocator. Imported memory is not counted: it was there before."""

    def __init__(self) -> None:
        self.host_local = Heap()
        self.device_local = Heap()

    def watch(self, buffer: Buffer | Counted) -> None:
        """Counts a buffer now, and again when it goes."""
        heap = self.device_local if buffer.memory_type & _ON_DEVICE else self.host_local
        heap.watch(buffer)

    def report(self) -> str:
        """Formats the statistics in three lines."""
        return "\n".join(
            [
                "[[ hal.allocator memory statistics ]]",
                self.host_local.report("HOST_LOCAL"),
                self.device_local.report("DEVICE_LOCAL"),
            ]
        )
