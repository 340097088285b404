"""How far a program may submit ahead of a device with threads: a limit on submissions that are not
over, so that a loop on the host takes the memory of some of its turns and not of all of them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ireelite.hal.submission import Submission

MOST = 1024
"""Submissions that are not over at which a thread that submits another one waits."""
FEW = 256
"""How many of them are left when it goes on."""
LOOKS = 0.02
"""Seconds between looks at whether the device still works."""
PATIENCE = 1.0
"""Seconds without the end of any submission after which a thread goes on: a submission may take
long, or wait in code of the program for this very thread.
"""

workers: set[int] = set()
"""Identifiers of the threads that run submissions, which never wait for room."""


class Backlog:
    """The submissions of one device that are not over."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._removals = 0
        self._bells: deque[queue.SimpleQueue[None]] = deque()
        """One for each thread that waits."""

    def __len__(self) -> int:
        return len(self._numbers)

    def admit(self, submission: Submission, is_busy: Callable[[], bool]) -> None:
        """Adds a submission, after a wait for room."""
        self._wait_for_room(is_busy)
        submission.unfinished = self
        self._numbers.add(submission.number)

    def remove(self, number: int) -> None:
        """Removes a submission, which is over; may be called more than once."""
        self._numbers.discard(number)
        self._removals += 1
        if self._bells and len(self._numbers) <= FEW:
            for bell in list(self._bells):
                bell.put(None)

    def _wait_for_room(self, is_busy: Callable[[], bool]) -> None:
        """Blocks this thread while the device has too many submissions that are not over, and
        `is_busy` returns True, which is to say that some of them can run: if all of them wait, this
        thread may be the one that has to signal. Does not block a thread that runs submissions.
        An interrupt is raised.
        """
        if len(self._numbers) < MOST or threading.get_ident() in workers:
            return
        bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        try:
            self._bells.append(bell)
            removals, since = self._removals, time.monotonic()
            while len(self._numbers) > FEW and is_busy():
                with suppress(queue.Empty):
                    bell.get(timeout=LOOKS)
                if removals != self._removals:
                    removals, since = self._removals, time.monotonic()
                elif time.monotonic() - since > PATIENCE:
                    return
        finally:
            self._bells.remove(bell)
