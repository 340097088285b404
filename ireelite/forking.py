"""Locks and threads across a fork of the process.

The new process has only the thread that forked. A lock that another thread holds during the fork
would never be released in it, and another thread's unfinished work would never be completed.
Therefore a fork first waits until the registered threads are idle and no other thread is importing,
then acquires the locks that guard multi-step updates; all other locks are released in the new
process. There, no thread starts and no work runs before every object has been renewed. Forks by
several threads take turns.
"""

from __future__ import annotations

import os
import sys
import time
import weakref
from _thread import RLock, get_ident
from collections.abc import Callable, Sequence
from typing import Protocol


class Forkable(Protocol):
    """An object that has a thread, or resources that a forked process cannot use."""

    def hold(self) -> None:
        """Waits until the thread is idle and keeps it idle."""
        ...

    def let_go(self) -> None:
        """Lets the thread continue, in the process that forked."""
        ...

    def begin_anew(self) -> Sequence[Callable[[], object]]:
        """Renews locks and state in the new process, where other objects are not renewed yet:
        starts no thread and runs no work. Returns functions that do, or that fail work which was
        lost; they are called when all objects are renewed.
        """
        ...


_IMPORT_SECONDS = 10.0
"""Longest time, in seconds, that a fork waits for imports of other threads."""

_threads: weakref.WeakSet[Forkable] = weakref.WeakSet()
_guards: list[RLock] = []
_short_locks: weakref.WeakSet[RLock] = weakref.WeakSet()
_turn = RLock()
"""Held by the thread that forks."""
_joining = RLock()
"""Held while an object is registered."""
_held: list[Forkable] = []
"""The objects that the current fork keeps idle."""
_locks: list[RLock] = []
"""The locks that the current fork holds. LLVM's lock is one: llvmlite never releases it in a new
process."""


def guard() -> RLock:
    """Returns a reentrant lock that lives as long as the process and that a fork acquires, so a
    forked process finds the guarded data in a consistent state. A thread that needs several guards
    acquires them in the order of their creation.
    """
    _guards.append(lock := RLock())
    return lock


def short_lock() -> RLock:
    """Returns a reentrant lock that is released in a forked process, whichever thread held it. It
    is for updates that are atomic in Python, and for work that a forked process does not continue.
    """
    _short_locks.add(lock := RLock())
    return lock


def take_part(thread: Forkable) -> None:
    """Registers an object, for which all later forks wait."""
    with _joining:
        _threads.add(thread)


def _before() -> None:
    _turn.acquire()
    # Wait for imports before holding threads: a held thread could not finish its import.
    _wait_for_imports()
    # Objects that other threads register meanwhile are held, too. A thread that registers one may
    # have to go on before another can be held, so `_joining` is not held while waiting.
    while True:
        _joining.acquire()
        if not (others := [thread for thread in _threads if thread not in _held]):
            break
        _joining.release()
        for thread in others:
            thread.hold()
            _held.append(thread)
    _locks.append(_joining)
    _locks.extend(_guards)
    if (llvm := sys.modules.get("llvmlite.binding.ffi")) is not None:
        _locks.append(llvm.lib._lock._lock)
    for lock in _locks[1:]:
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
    pending: list[Callable[[], object]] = []
    while _held:
        pending += _held.pop().begin_anew()
    _turn.release()
    raised: BaseException | None = None
    for function in pending:
        try:
            function()
        except BaseException as error:
            raised = raised or error
    if raised is not None:
        raise raised


def _wait_for_imports() -> None:
    """Waits until no other thread is importing: the new process would have a half-initialized
    module whose import lock is never released.
    """
    end = time.monotonic() + _IMPORT_SECONDS
    while _others_import() and time.monotonic() < end:
        time.sleep(0.001)


def _others_import() -> bool:
    this = get_ident()
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
