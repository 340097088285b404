"""What a fork of the process means to locks and threads.

The new process has only the thread that forked. A lock that another thread held then would stay
held for ever, and work that another thread was at would never be done. So a fork first waits for
the threads that take part here and for imports under way, then holds the locks that guard data of
several steps; the other locks are free in the new process. Forks of several threads take turns.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import weakref
from typing import Protocol


class Forkable(Protocol):
    """Something with a thread, or with resources that a forked process cannot use."""

    def hold(self) -> None:
        """Returns when the thread is at nothing, and keeps it there."""
        ...

    def let_go(self) -> None:
        """Goes on, in the process that forked."""
        ...

    def begin_anew(self) -> None:
        """Goes on in the new process, with a new thread."""
        ...


_IMPORT_SECONDS = 10.0
"""How long a fork waits for imports at most."""

_threads: weakref.WeakSet[Forkable] = weakref.WeakSet()
_guards: list[threading.RLock] = []
_short_locks: weakref.WeakSet[threading.RLock] = weakref.WeakSet()
_turn = threading.RLock()
"""Held by the thread that forks."""
_held: list[Forkable] = []
"""The threads that the fork under way keeps."""
_locks: list[threading.RLock] = []
"""The locks that it holds: LLVM's, which llvmlite never frees in a new process, is one."""


def guard() -> threading.RLock:
    """Returns a reentrant lock of the process's lifetime, which a fork holds: a forked process finds
    what it guards between two changes. Guards nest in the order in which they are made.
    """
    _guards.append(lock := threading.RLock())
    return lock


def short_lock() -> threading.RLock:
    """Returns a reentrant lock that a forked process finds released, whoever held it: for changes
    that one step of Python makes, and for work of which a forked process has only the memory.
    """
    _short_locks.add(lock := threading.RLock())
    return lock


def take_part(thread: Forkable) -> None:
    """From now on forks wait for this."""
    _threads.add(thread)


def _before() -> None:
    _turn.acquire()
    # Imports of threads that are held would never end.
    _wait_for_imports()
    while True:
        try:
            _held[:] = _threads
            break
        except RuntimeError:
            # Another thread has added one meanwhile.
            continue
    for thread in _held:
        thread.hold()
    _locks.extend(_guards)
    if (llvm := sys.modules.get("llvmlite.binding.ffi")) is not None:
        _locks.append(llvm.lib._lock._lock)
    for lock in _locks:
        lock.acquire()


def _after_in_parent() -> None:
    while _locks:
        _locks.pop().release()
    while _held:
        _held.pop().let_go()
    _turn.release()


def _after_in_child() -> None:
    while _locks:
        _locks.pop().release()
    for lock in list(_short_locks):
        if not lock._is_owned():  # type: ignore[attr-defined]
            lock._at_fork_reinit()  # type: ignore[attr-defined]
    while _held:
        _held.pop().begin_anew()
    _turn.release()


def _wait_for_imports() -> None:
    """Waits until no other thread imports: the new process would find half a module, and its lock
    held for ever."""
    end = time.monotonic() + _IMPORT_SECONDS
    while _others_import() and time.monotonic() < end:
        time.sleep(0.001)


def _others_import() -> bool:
    this = threading.get_ident()
    locks = getattr(sys.modules["importlib._bootstrap"], "_module_locks", {})
    for reference in list(locks.values()):
        owner = getattr(reference(), "owner", None)
        if owner is not None and owner != this:
            return True
    return False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
