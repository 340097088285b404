"""Progress of making a view, a page or a record: one line, which is shown after a second.

    workbench: 42% after 3 s, rewrites

Long work reports its progress with `at`; if no progress is shown, this costs the look-up of one
variable.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from ireelite.interrupts import interruptible
from ireelite.progress import VARIABLE, ShownLine, line_writer

DELAY = 1.0
"""Seconds of work after which its line is shown."""

T = TypeVar("T")
Show = Callable[[str], None]


class Work(ShownLine):
    """Work in progress: the fraction that is done, and the names of its current parts."""

    def __init__(self, show: Show | None):
        super().__init__(show or (lambda _: None), delay=DELAY)
        self.seen = show is not None
        self.fraction = 0.0
        self._names: list[str] = []
        self._spans: list[tuple[float, float]] = [(0.0, 1.0)]

    def at(self, fraction: float) -> None:
        """Sets how much of the innermost part is done, from 0 to 1."""
        begin, size = self._spans[-1]
        self.fraction = begin + size * min(max(fraction, 0.0), 1.0)

    @contextmanager
    def part(self, name: str, begin: float = 0.0, size: float = 1.0) -> Iterator[None]:
        """Makes the block a part of the part around it: `size` of it, from `begin` on, both
        fractions.
        """
        outer, length = self._spans[-1]
        self._spans.append((outer + begin * length, size * length))
        self._names.append(name)
        self.at(0.0)
        try:
            yield
            self.at(1.0)
        finally:
            self._spans.pop()
            self._names.pop()

    @property
    def line(self) -> str:
        """The current text of the line."""
        share = f"{self.fraction:.0%} " if self.fraction else ""
        seconds = f"after {self._clock() - self._began:.0f} s"
        return f"workbench: {share}{', '.join([seconds, *dict.fromkeys(self._names)])}"


_current: ContextVar[Work | None] = ContextVar("work", default=None)


@contextmanager
def working(name: str, show: Show | None = None) -> Iterator[Work]:
    """Shows the progress of the block with `show`, or else on a terminal or in a notebook, unless
    IREELITE_PROGRESS is 0. Inside another such block, it becomes a part of that one.
    """
    if (outer := _current.get()) is not None:
        with outer.part(name):
            yield outer
        return
    if show is None and os.environ.get(VARIABLE) != "0":
        show = line_writer()
    work = Work(show)
    token = _current.set(work)
    try:
        shown = work.shown() if work.seen else nullcontext()
        with interruptible(name), shown, work.part(name):
            yield work
    finally:
        _current.reset(token)


@contextmanager
def without_progress() -> Iterator[None]:
    """Shows no progress while the block runs."""
    token = _current.set(Work(None))
    try:
        yield
    finally:
        _current.reset(token)


def is_silent() -> bool:
    """Returns whether the current work shows no progress, as inside `without_progress`."""
    return (work := _current.get()) is not None and not work.seen


def at(fraction: float) -> None:
    """Sets how much of the current part is done, from 0 to 1; does nothing outside `working`."""
    if (work := _current.get()) is not None:
        work.at(fraction)


@contextmanager
def part(name: str, begin: float, size: float) -> Iterator[None]:
    """Makes the block a part of the current work (`Work.part`), if there is any."""
    if (work := _current.get()) is None:
        yield
        return
    with work.part(name, begin, size):
        yield


def each(items: Iterable[T], name: Callable[[T], str] = str) -> Iterator[T]:
    """Yields the items of a collection, each as a part of equal size of the current work."""
    listed = list(items)
    for n, item in enumerate(listed):
        if (work := _current.get()) is None:
            yield item
            continue
        with work.part(name(item), n / len(listed), 1 / len(listed)):
            yield item


def counted(items: Iterable[T], size: int | None = None, every: int = 256) -> Iterator[T]:
    """Yields the items of a long collection and sets the progress at every `every`-th item. `size`
    is needed if the collection has no length.
    """
    if _current.get() is None:
        yield from items
        return
    total = max(size if size is not None else len(items) if isinstance(items, Sized) else 1, 1)
    for n, item in enumerate(items):
        if n % every == 0:
            at(n / total)
        yield item


def shows_progress(make: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a method so that its calls show their progress under the name of the class."""

    @wraps(make)
    def made(self: Any, *arguments: Any, **named: Any) -> Any:
        with working(type(self).__name__):
            return make(self, *arguments, **named)

    return made
