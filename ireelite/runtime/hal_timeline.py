"""`HalSemaphore` and `HalFence`: what is waited for. Timeouts and deadlines are in nanoseconds."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.python_module import VmRef
from ireelite.runtime.errors import EXCEPTIONS, raising
from ireelite.status import StatusCode, StatusError


class HalSemaphore:
    """A timeline: a number that only grows."""

    __slots__ = ("semaphore",)

    def __init__(self, semaphore: Semaphore):
        self.semaphore = semaphore
        """The HAL's object."""

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> HalSemaphore | None:
        return HalSemaphore(reference.value) if isinstance(reference.value, Semaphore) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self.semaphore)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    def query(self) -> int:
        """Returns the payload. Raises RuntimeError for a failed semaphore."""
        with raising("querying semaphore"):
            return self.semaphore.value

    def signal(self, new_value: int) -> None:
        """Advances the timeline. Raises ValueError if it is there already."""
        with raising("signaling semaphore"):
            self.semaphore.signal(new_value)

    def fail(self, message: str) -> None:
        """Fails it for all who wait or will wait."""
        self.semaphore.fail(StatusError(StatusCode.UNKNOWN, message))

    def wait(self, payload: int, timeout: int | None = None, deadline: int | None = None) -> bool:
        """Blocks until the payload is reached; False if time is up first.

        Raises RuntimeError for a semaphore that fails.
        """
        return _wait(Fence([(self.semaphore, payload)]), "semaphore", timeout, deadline)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HalSemaphore) and self.semaphore is other.semaphore

    def __hash__(self) -> int:
        return id(self.semaphore)

    def __repr__(self) -> str:
        return f"<HalSemaphore {self.semaphore!r}>"


class HalFence:
    """A set of timepoints, reached when all of them are."""

    __slots__ = ("_capacity", "fence")

    def __init__(self, capacity: int):
        """Makes an empty fence for at most `capacity` semaphores."""
        self.fence = Fence([])
        """The HAL's object."""
        self._capacity = capacity

    @classmethod
    def _of(cls, fence: Fence) -> HalFence:
        self = cls(len(fence.values))
        self.fence = fence
        return self

    @staticmethod
    def create_at(sem: HalSemaphore, value: int) -> HalFence:
        """Returns a fence of one timepoint."""
        return HalFence._of(Fence([(sem.semaphore, value)]))

    @staticmethod
    def join(fences: Sequence[HalFence]) -> HalFence:
        """Returns the union."""
        return HalFence._of(Fence.joined([fence.fence for fence in fences]) or Fence([]))

    @staticmethod
    def __iree_vm_cast__(reference: VmRef) -> HalFence | None:
        return HalFence._of(reference.value) if isinstance(reference.value, Fence) else None

    @property
    def ref(self) -> VmRef:
        """The reference to it."""
        return VmRef(self.fence)

    @property
    def __iree_vm_ref__(self) -> VmRef:
        return self.ref

    @property
    def timepoint_count(self) -> int:
        """How many timepoints."""
        return len(self.fence.values)

    def insert(self, sem: HalSemaphore, value: int) -> None:
        """Adds a timepoint; of two on one semaphore the later counts.

        Raises RuntimeError beyond the capacity.
        """
        if sem.semaphore not in self.fence.values and self.timepoint_count >= self._capacity:
            raise RuntimeError(f"inserting into fence: its capacity is {self._capacity} timepoints")
        self.fence.insert(sem.semaphore, value)

    def extend(self, from_fence: HalFence) -> None:
        """Adds the timepoints of another fence."""
        for semaphore, value in from_fence.fence.values.items():
            self.insert(HalSemaphore(semaphore), value)

    def signal(self) -> None:
        """Brings every semaphore to its timepoint. Raises ValueError for one that is there."""
        with raising("signalling fence"):
            self.fence.signal()

    def fail(self, message: str) -> None:
        """Fails every semaphore."""
        self.fence.fail(StatusError(StatusCode.UNKNOWN, message))

    def wait(self, timeout: int | None = None, deadline: int | None = None) -> bool:
        """Blocks until the fence is reached; False if time is up first.

        Raises RuntimeError for a fence that fails.
        """
        return _wait(self.fence, "fence", timeout, deadline)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HalFence) and self.fence is other.fence

    def __hash__(self) -> int:
        return id(self.fence)

    def __repr__(self) -> str:
        return f"<HalFence {self.fence!r}>"


FenceLike = HalFence | Sequence[tuple[HalSemaphore, int]]
"""What queue operations take: a fence, or its timepoints."""


def fence_of(timepoints: FenceLike) -> Fence:
    """Returns the HAL's fence."""
    if isinstance(timepoints, HalFence):
        return timepoints.fence
    return Fence([(semaphore.semaphore, value) for semaphore, value in timepoints])


def _wait(fence: Fence, what: str, timeout: int | None, deadline: int | None) -> bool:
    if timeout is not None and deadline is not None:
        raise ValueError("timeout and deadline exclude each other")
    seconds = None if timeout is None else timeout / 1e9
    if deadline is not None:
        seconds = max(0, deadline - time.time_ns()) / 1e9
    begun_failed = fence.failure is not None
    try:
        return fence.wait(seconds)
    except StatusError as error:
        how = "synchronous" if begun_failed else "asynchronous"
        kind = EXCEPTIONS.get(error.code, RuntimeError)
        raise kind(f"{how} {what} failure: {error}") from error
