"""Progress of long compilations, as one line that disappears at the end.

    ireelite: 42 % after 12 s, form-dispatches (towards dispatch)

The line appears after `DELAY` seconds: on standard error if that is a terminal, or as an output of
the cell in a notebook.
"""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from html import escape
from threading import Event, Thread
from time import monotonic
from typing import Any, Self

DELAY = 2.0
"""Seconds of a compilation after which its progress is shown."""

INTERVAL = 0.25
"""Seconds between two texts of the line."""

VARIABLE = "IREELITE_PROGRESS"
"""The environment variable that, as `0`, leaves the line out everywhere."""

PARSING = "parsing"

SHARES: Mapping[str, float] = {
    PARSING: 15,
    "hlo-to-linalg": 8,
    "form-dispatches": 22,
    "outline-executables": 6,
    "hl-to-ll-seq": 3,
    "linalg-to-loops": 3,
    "schedule-kernels": 5,
    "translate-executables": 15,
    "ll-seq-to-vm": 15,
    "vm-to-bytecode": 5,
}
"""Step -> its part of the time of a large program, in percent; of all others, 1."""


class ShownLine(ABC):
    """A status line of a running operation. `show` is called with the line after `delay` seconds,
    then repeatedly, and with an empty text at the end.
    """

    def __init__(
        self,
        show: Callable[[str], None],
        clock: Callable[[], float] = monotonic,
        delay: float | None = None,
    ):
        self._show = show
        self._clock = clock
        self._delay = delay
        self._began = clock()
        self._over = Event()

    @property
    @abstractmethod
    def line(self) -> str:
        """The current text of the line."""

    def _watch(self) -> None:
        if not self._over.wait(DELAY if self._delay is None else self._delay):
            while True:
                self._show(self.line)
                if self._over.wait(INTERVAL):
                    break
            self._show("")

    @contextmanager
    def shown(self) -> Iterator[Self]:
        """Shows the line while the block runs, and removes it at its end."""
        run = copy_context().run  # the kernel stores the current cell there
        thread = Thread(target=run, args=(self._watch,), name="ireelite-progress", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()


class Progress(ShownLine):
    """A position among steps, which `at` moves. `show` gets the line when it changes."""

    def __init__(
        self,
        steps: Sequence[str],
        show: Callable[[str], None],
        label: str = "ireelite",
        clock: Callable[[], float] = monotonic,
    ):
        super().__init__(show, clock)
        self._shares = {step: SHARES.get(step, 1.0) for step in steps}
        self._label = label
        self._step, self._stage, self._since, self._done = steps[0], "", self._began, 0.0

    def at(self, step: str, stage: str = "") -> None:
        """Begins a step. It may be one that was not announced, which adds nothing."""
        before = 0.0
        for name, share in self._shares.items():
            if name == step:
                self._done = before
                break
            before += share
        self._step, self._stage, self._since = step, stage, self._clock()

    @property
    def fraction(self) -> float:
        """From 0 to 1. Within a step it follows the time that the steps before it took."""
        total = sum(self._shares.values())
        share = self._shares.get(self._step, 0.0)
        before = self._since - self._began
        expected = before * share / self._done if self._done else DELAY * 5
        within = min((self._clock() - self._since) / expected, 0.95) if expected else 0.0
        return min((self._done + share * within) / total, 0.99)

    @property
    def line(self) -> str:
        """The current text of the line."""
        towards = f" (towards {self._stage})" if self._stage else ""
        seconds = self._clock() - self._began
        return f"{self._label}: {self.fraction:.0%} after {seconds:.0f} s, {self._step}{towards}"


def line_writer() -> Callable[[str], None] | None:
    """Returns a function that replaces the line on the terminal or in the notebook; None if
    standard error is a file or a pipe.
    """
    stream = sys.stderr
    if stream is None:
        return None
    if stream.isatty():
        return lambda text: print(f"\r\x1b[K{text[:100]}", end="", file=stream, flush=True)
    if not in_notebook():
        return None
    return notebook_writer()


def notebook_writer() -> Callable[[str], None]:
    """Returns a function that replaces the line under a notebook's cell. The line is a display of
    its own; an empty text clears it.
    """
    from IPython.display import display

    handle: Any = None

    def write(text: str) -> None:
        nonlocal handle
        shown = f"<small>{escape(text)}</small>" if text else ""
        bundle = {"text/plain": text, "text/html": shown}
        if handle is None:
            handle = display(bundle, raw=True, display_id=True)
        else:
            handle.update(bundle, raw=True)

    return write


def in_notebook() -> bool:
    """Returns whether this process is the kernel of a notebook."""
    get_shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return get_shell is not None and hasattr(get_shell(), "kernel")


@contextmanager
def progress(
    steps: Sequence[str], wanted: bool | None = None, label: str = "ireelite"
) -> Iterator[Progress | None]:
    """Shows the progress through steps if that is wanted; by default, if somebody can see it.

    Yields None where it is not shown.
    """
    if wanted is None:
        wanted = os.environ.get(VARIABLE) != "0"
    write = line_writer() if wanted else None
    if write is None:
        yield None
        return
    with Progress(steps, write, label).shown() as shown:
        yield shown
