"""Being inside a library: what Python must not forget while C code runs.

An exception cannot pass through C. One that is raised in a function that C has called is kept, and
raised when the call into the library returns, whatever the library made of it. Objects of libraries
die when Python finds out that nobody refers to them, which may be in the middle of a library's own
work, while it holds a lock: what they run then waits until that thread has left all libraries. If
it is a collection of garbage that finds out, then it waits for its end: other garbage, as a context
that runs its `__deinit` functions, may still want to use them.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import CodeType
from typing import Any, TypeVar

from ireelite.forking import short_lock

_Function = TypeVar("_Function", bound=Callable[..., Any])


class _Thread(threading.local):
    """Where a thread is."""

    def __init__(self) -> None:
        self.depth = 0
        """Calls into libraries that have not returned."""
        self.errors: list[BaseException] | None = None
        """Of the innermost of them."""
        self.postponed: list[Callable[[], None]] = []


_thread = _Thread()
_lock = short_lock()
_collecting = False
_collector = 0
"""Identifier of the thread that collected garbage last."""
_after_collection: deque[Callable[[], None]] = deque()
_calls = 0
_hook_before: Callable[[Any], Any] = sys.unraisablehook


def call_library(
    stray: list[BaseException], function: Callable[..., Any], *arguments: Any
) -> tuple[Any, BaseException | None]:
    """Calls into a library: what it returns, and the first error that was kept on the way, of this
    call or left in `stray` by a thread of the library's own.
    """
    outer = _thread.errors
    _thread.errors = errors = []
    _thread.depth += 1
    _watch()
    result = None
    try:
        result = function(*arguments)
    except BaseException as error:
        errors.append(error)
    _unwatch()
    _thread.errors = outer
    _thread.depth -= 1
    while _thread.postponed and not _thread.depth:
        try:
            _thread.postponed.pop(0)()
        except Exception as error:
            errors.append(error)
    if not errors and stray:
        errors.append(stray.pop(0))
    return result, errors[0] if errors else None


def keep(error: BaseException, stray: list[BaseException]) -> None:
    """Keeps an error until the call into the library returns; in `stray` if this thread is in none,
    being the library's own.
    """
    (stray if _thread.errors is None else _thread.errors).append(error)


def outside(action: Callable[[], None]) -> None:
    """Does something now, or when this thread has left all libraries and no garbage is being
    collected.
    """
    if _collecting:
        _after_collection.append(action)
    elif _thread.depth:
        _thread.postponed.append(action)
    else:
        action()


def not_in_collection(action: Callable[[], None]) -> None:
    """Runs an action now or, if this thread is collecting garbage, after the collection, once the
    thread has left all libraries.
    """
    if _collecting and _collector == threading.get_ident():
        _after_collection.append(action)
    else:
        action()


def _on_collection(phase: str, info: dict[str, int]) -> None:
    global _collecting, _collector
    _collector = threading.get_ident()
    _collecting = phase == "start"
    errors: list[Exception] = []
    while _after_collection and not _collecting:
        try:
            outside(_after_collection.popleft())
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


gc.callbacks.append(_on_collection)


def locked() -> threading.RLock:
    """Returns the lock for counts that several threads change; it is never held while a library
    runs. Its holder can take it again, since objects may be freed at any time.
    """
    return _lock


def _watch() -> None:
    """Sees to it that `_unraisable` is the hook while any thread is in a library.

    Where Python raises before a callback's first line, as it does when Ctrl-C was pressed, ctypes
    has nobody to give the exception to but that hook.
    """
    global _calls, _hook_before
    with _lock:
        _calls += 1
        if sys.unraisablehook is not _unraisable:
            _hook_before = sys.unraisablehook
            sys.unraisablehook = _unraisable


def _unwatch() -> None:
    global _calls
    with _lock:
        _calls -= 1
        if _calls == 0 and sys.unraisablehook is _unraisable:
            sys.unraisablehook = _hook_before


_callbacks: set[CodeType] = set()
"""Code of the functions that libraries call."""


def called_by_libraries(function: _Function) -> _Function:
    """Decorates a function that libraries call: an exception that Python raises before the
    function's first line, in a thread that is in a library, is kept as its other errors are.
    """
    _callbacks.add(function.__code__)
    return function


def _unraisable(raised: Any) -> None:
    # `raised.object` is the callback up to Python 3.12, and None from 3.13 on: the frame tells.
    traceback = raised.exc_traceback
    is_callback = traceback is not None and traceback.tb_frame.f_code in _callbacks
    if is_callback and raised.exc_value is not None and _thread.errors is not None:
        _thread.errors.append(raised.exc_value)
    else:
        _hook_before(raised)
