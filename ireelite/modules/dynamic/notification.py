"""The call of a library's function when a fence is decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ireelite.hal.waits import report
from ireelite.modules.dynamic.threads import not_in_collection
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.modules.dynamic.library import Library

_WITHDRAWN: Iterator[Any] = iter(())


class Notification:
    """A waiter of a fence that calls a function of a library exactly once, even if an interrupt
    breaks off the waiter and it is called again. It keeps the library loaded until then.

    The function usually frees its context, so that a second call would use freed memory.
    """

    def __init__(self, library: Library, function: Callable[..., Any], context: int | None):
        self._library = library
        self._function = function
        self._context = context

    def __call__(self, failure: StatusError | None) -> None:
        """Calls the function, later if garbage is being collected. Reports what the library did
        wrong, and raises interrupts.
        """
        not_in_collection(lambda: self._call(failure))

    def _call(self, failure: StatusError | None) -> None:
        host = self._library.host
        if host.closed:
            return  # the interpreter exits, and has unloaded the library
        row = vars(self)
        if "_calls" not in row:
            status = host.given_status(failure)
            row.setdefault("_calls", map(self._function, (self._context,), (status,)))
        try:
            # Fetches the arguments and calls in one step, between whose parts no interrupt comes.
            host.call_void(next, row["_calls"], None)
        except Exception as error:
            report(error)

    def withdraw(self) -> bool:
        """Prevents the call. Returns False if the function has been called, or is being called."""
        return vars(self).setdefault("_calls", _WITHDRAWN) is _WITHDRAWN
