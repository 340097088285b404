"""How far a program may submit ahead of a device with threads: a limit on submissions that are not
over, so that a loop on the host takes the memory of some of its turns and not of all of them.
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
"""Submissions that are not over at which a thread that submits another one waits."""
FEW = 256
"""How many of them are left when it goes on."""
LOOKS = 0.02
"""Seconds between looks at whether the device still works."""
PATIENCE = 1.0
"""Seconds for which the device's threads may be in code of the program, which they call when a
submission ends, before a thread goes on: that code may wait for this very thread, as for a lock.
"""

workers: set[int] = set()
"""Identifiers of the threads that run submissions, which never wait for room."""


class Worker(Protocol):
    """A queue with a thread."""

    @property
    def load(self) -> int:
        """Number of pieces of work that are ready or running."""
        ...

    @property
    def is_working(self) -> bool:
        """Whether the thread does the work of a submission, and not what the end of one calls."""
        ...


class Backlog:
    """The submissions of one device that are not over."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._removals = 0
        self._stalled_at = -1
        """`_removals` when a thread last lost its patience."""
        self._bells: deque[SimpleQueue[None]] = deque()
        """One for each thread that waits."""

    def __len__(self) -> int:
        return len(self._numbers)

    def admit(self, submission: Submission, queues: Sequence[Worker]) -> None:
        """Adds a submission to one of the queues, after a wait for room."""
        self._wait_for_room(queues)
        submission.unfinished = self
        self._numbers.add(submission.number)
        if submission.over:  # another thread has failed it meanwhile
            self.remove(submission.number)

    def remove(self, number: int) -> None:
        """Removes a submission, which is over; may be called more than once."""
        self._numbers.discard(number)
        self._removals += 1
        if self._bells and len(self._numbers) <= FEW:
            for bell in list(self._bells):
                bell.put(None)

    def _wait_for_room(self, queues: Sequence[Worker]) -> None:
        """Blocks this thread while the device has too many submissions that are not over and some
        of them can run: if all of them wait, this thread may be the one that has to signal. Does
        not block a thread that runs submissions. An interrupt is raised.
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
