"""Limits how many unfinished submissions a device with threads may have, so that a loop on the host,
which submits faster than the device works, holds the memory of some of its turns and not of all.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ireelite.hal.submission import Submission

MOST = 1024
"""The number of unfinished submissions from which on a thread that submits one more waits."""
FEW = 256
"""The number of unfinished submissions at which the wait ends."""
LOOKS = 0.02
"""Seconds between checks of whether the device still works."""
PATIENCE = 1.0
"""Longest wait, in seconds, while the device's threads run no submission but callbacks of the
program, which may themselves wait for the thread that waits here, as for a lock that it holds.
"""

workers: set[int] = set()
"""Identifiers of the threads that run submissions. They never wait here."""


class Worker(Protocol):
    """A queue with a thread."""

    @property
    def load(self) -> int:
        """Number of pieces of work that are ready or running."""
        ...

    @property
    def is_working(self) -> bool:
        """Whether the thread runs a submission, rather than callbacks of one that has ended."""
        ...


class Backlog:
    """The unfinished submissions of one device."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._removals = 0
        self._stalled_at = -1
        """The value of `_removals` when a wait last ended for `PATIENCE`; -1 if none did."""
        self._bells: deque[SimpleQueue[None]] = deque()
        """Wakes the threads that wait: one bell each."""

    def __len__(self) -> int:
        return len(self._numbers)

    def admit(self, submission: Submission, queues: Sequence[Worker]) -> None:
        """Adds a submission to one of the queues; waits first if there are too many."""
        self._wait_for_room(queues)
        submission.unfinished = self
        self._numbers.add(submission.number)
        if submission.over:  # another thread has failed it meanwhile
            self.remove(submission.number)

    def remove(self, number: int) -> None:
        """Removes a submission that has ended; repeated calls change nothing."""
        self._numbers.discard(number)
        self._removals += 1
        if self._bells and len(self._numbers) <= FEW:
            for bell in list(self._bells):
                bell.put(None)

    def _wait_for_room(self, queues: Sequence[Worker]) -> None:
        """Blocks this thread while the device has too many unfinished submissions and some of them
        can run: if all wait for fences, this thread may be the one that has to signal. Does not
        block a thread that runs submissions. Raises interrupts.
        """
        if len(self._numbers) < MOST or threading.get_ident() in workers:
            return
        if self._stalled_at == self._removals:
            return
        bell: SimpleQueue[None] = SimpleQueue()
        try:
            self._bells.append(bell)
            removals, since = self._removals, time.monotonic()
            while len(self._numbers) > FEW and any(queue.load for queue in queues):
                with suppress(Empty):
                    bell.get(timeout=LOOKS)
                if removals != self._removals or any(queue.is_working for queue in queues):
                    removals, since = self._removals, time.monotonic()
                elif time.monotonic() - since > PATIENCE:
                    self._stalled_at = removals
                    return
        finally:
            self._bells.remove(bell)
