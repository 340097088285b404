"""Interrupts, of Ctrl-C or of a notebook's stop button: long work says in one line that it was
interrupted, and work of many steps is interrupted between two of them.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import current_thread, main_thread
from types import FrameType

from ireelite.status import brief_traceback


def show_briefly(error: BaseException, line: str) -> None:
    """Makes IPython show one line instead of an error's traceback. The error itself is unchanged, so
    a script that it ends exits as after any interrupt. A line that was set before is kept.
    """
    vars(error).setdefault("_render_traceback_", partial(brief_traceback, error, line))


@contextmanager
def interruptible(work: str) -> Iterator[None]:
    """Makes an interrupt of the block say in one line what was interrupted, as `the call of 'f'`; of
    nested blocks, it names the innermost.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        show_briefly(stop, f"{work} was interrupted")
        raise


class HeldInterrupts:
    """Holds interrupts back while a step runs that must not be cut in half: an interrupt is raised
    by the next `check`. A second one is raised immediately.

    It does so only in the main thread, and only if interrupts would raise KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._came = False
        self._waits = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds interrupts back during the block, which may be nested, and raises at its end one
        that came.
        """
        if current_thread() is not main_thread() or (
            not self._depth and signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        ):
            yield
            return
        if not self._depth:
            self._came = False
            signal.signal(signal.SIGINT, self._take)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                signal.signal(signal.SIGINT, signal.default_int_handler)
        if not self._depth:
            self.check()

    def check(self) -> None:
        """Raises KeyboardInterrupt if an interrupt has come since the last check."""
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Lets interrupts through during the block, which changes nothing."""
        self._waits = True
        try:
            self.check()
            yield
        finally:
            self._waits = False

    def _take(self, _: int, __: FrameType | None) -> None:
        if self._came or self._waits:
            self._came = False
            raise KeyboardInterrupt
        self._came = True
