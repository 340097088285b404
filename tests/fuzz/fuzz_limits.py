"""Limits of time and memory for cases of the fuzzers."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooLong(BaseException):
    """A case that does not end. Nothing that runs cases may catch it."""


def limit_memory(size: int) -> None:
    """Lets this process map `size` bytes at most."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


@contextmanager
def at_most(seconds: float, processor: bool = False) -> Iterator[None]:
    """Raises TooLong if the block takes longer; with `processor`, longer of this process's time on
    processors, which other processes of the machine do not lengthen. Within a block with a limit of
    the same kind, the time counts there, too.
    """
    timer, number = signal.ITIMER_REAL, signal.SIGALRM
    if processor:
        timer, number = signal.ITIMER_PROF, signal.SIGPROF
    signal.signal(number, _too_long)
    around, _ = signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        left, _ = signal.setitimer(timer, 0)
        if around:
            signal.setitimer(timer, max(around - (seconds - left), 1e-3))


def _too_long(signal_number: int, frame: FrameType | None) -> None:
    raise TooLong
