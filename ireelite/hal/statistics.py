"""How much memory a run needed: what `--print_statistics` prints."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field

from ireelite.hal.buffer import Buffer, MemoryType

_ON_DEVICE = int(MemoryType.DEVICE_LOCAL & ~MemoryType.DEVICE_VISIBLE)


@dataclass
class Heap:
    """Bytes of one kind of memory. Any thread may count."""

    allocated: int = 0
    freed: int = 0
    peak: int = 0
    # A buffer may go in the middle of a count, by the same thread; hence not a plain lock.
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    def add(self, byte_length: int) -> None:
        """Counts an allocation."""
        with self._lock:
            self.allocated += byte_length
            self.peak = max(self.peak, self.allocated - self.freed)

    def remove(self, byte_length: int) -> None:
        """Counts a release."""
        with self._lock:
            self.freed += byte_length

    def report(self, name: str) -> str:
        """A line as upstream prints it."""
        live = self.allocated - self.freed
        return (
            f"{name:>12}: {self.peak:12d}B peak / {self.allocated:12d}B allocated / "
            f"{self.freed:12d}B freed / {live:12d}B live"
        )


class Statistics:
    """The memory of one allocator. Imported memory is not counted: it was there before."""

    def __init__(self) -> None:
        self.host_local = Heap()
        self.device_local = Heap()

    def watch(self, buffer: Buffer) -> None:
        """Counts a buffer now, and again when it goes."""
        heap = self.device_local if buffer.memory_type & _ON_DEVICE else self.host_local
        heap.add(buffer.byte_length)
        weakref.finalize(buffer, heap.remove, buffer.byte_length)

    def report(self) -> str:
        """Three lines."""
        return "\n".join(
            [
                "[[ hal.allocator memory statistics ]]",
                self.host_local.report("HOST_LOCAL"),
                self.device_local.report("DEVICE_LOCAL"),
            ]
        )
