"""What a fork of the process means to locks and threads.

The new process has only the thread that forked. A lock that another thread held then would stay
held for ever, and work that another thread was at would never be done. So a fork first waits for
the threads that take part here, then holds the locks.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something with a thread."""

    def hold(self) -> None:
        """Returns when the thread is at nothing, and keeps it there."""
        ...

    def let_go(self) -> None:
        """Goes on, in the process that forked."""
        ...

    def begin_anew(self) -> None:
        """Goes on in the new process, with a new thread."""
        ...


_threads: weakref.WeakSet[Forkable] = weakref.WeakSet()
_locks: list[threading.RLock] = []
_held: list[Forkable] = []
"""The threads that a fork under way keeps."""


def guard() -> threading.RLock:
    """Returns a reentrant lock of the process's lifetime, which a forked process finds released."""
    _locks.append(lock := threading.RLock())
    return lock


def take_part(thread: Forkable) -> None:
    """From now on forks wait for this."""
    _threads.add(thread)


def _before() -> None:
    _held.extend(_threads)
    for thread in _held:
        thread.hold()
    for lock in _locks:
        lock.acquire()


def _after_in_parent() -> None:
    for lock in _locks:
        lock.release()
    while _held:
        _held.pop().let_go()


def _after_in_child() -> None:
    for lock in _locks:
        lock.release()
    while _held:
        _held.pop().begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
