"""Deadlock detection: finds waits that cannot end, and waits that only unknown code can end.

A timepoint is signalled by a known party, which is a queued submission or a promise, or by other
code, which this module cannot see. A party is blocked while a timepoint that it waits for is
undecided. The graph of waits and signals determines the `Outlook` of a blocked wait. This module
keeps no semaphore alive.
"""

from __future__ import annotations

import atexit
import os
import sys
import warnings
import weakref
from _thread import get_ident
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ireelite.light_enum import IntEnum
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    import threading

    from ireelite.hal.semaphore import Fence, Semaphore

WARNING_VARIABLE = "IREELITE_WAIT_WARNING"
"""Environment variable: seconds after which a wait that only unknown code can end issues a warning;
0 for never.
"""
DEFAULT_SECONDS = 5.0
MAX_LISTED = 8
"""Maximum number of waits or submissions that a message lists."""

Timepoint: TypeAlias = "tuple[weakref.ref[Semaphore], int]"


class WaitWarning(RuntimeWarning):
    """Warning about a wait that takes long, or about a submission that can never run."""


class Outlook(IntEnum):
    """Prediction of whether a wait will end."""

    NEVER = 0
    """Every party that could end the wait has ended or is itself blocked for ever."""
    UNKNOWN = 1
    """Only code other than the known parties can end the wait."""
    COMING = 2
    """Known parties can run and will end the wait."""


class Party(Protocol):
    """A participant that waits for timepoints, signals timepoints, or both."""

    @property
    def waits(self) -> Sequence[Timepoint]:
        """Timepoints that the party waits for; empty if it does not wait."""
        ...

    @property
    def signals(self) -> Iterable[tuple[Semaphore, int]]:
        """Timepoints that the party signals once it is not blocked."""
        ...

    @property
    def has_ended(self) -> bool:
        """True if the party will signal nothing more, even if its timepoints are undecided."""
        ...

    def __str__(self) -> str: ...


parties: dict[int, weakref.ref[Party]] = {}
"""Weak references to all submissions and promises that are not over, by `id`."""
host_waits: dict[int, Party] = {}
"""Waits without a timeout that block a thread now, by the thread's identifier."""


def enter(party: Party) -> None:
    """Adds a party to the known parties."""
    parties[id(party)] = weakref.ref(party)


def leave(party: Party) -> None:
    """Removes a party, which is over, from the known parties."""
    parties.pop(id(party), None)


inline: dict[int, tuple[Fence, ...]] = {}
"""By the identifier of a thread: the signal fences of the work that the thread runs within calls
that submit work, outermost first. Such work is no party of its own.
"""


def thread_waits(thread: int | None) -> Sequence[Timepoint]:
    """Returns the timepoints that a thread waits for without a timeout; empty if it does not wait,
    and for None.
    """
    wait = host_waits.get(thread) if thread is not None else None
    return () if wait is None else wait.waits


@contextmanager
def host_wait(wait: Party) -> Iterator[None]:
    """Registers `wait` as this thread's wait without a timeout while the context is entered."""
    thread = get_ident()
    # A signal handler may start a nested wait within the wait that it has interrupted.
    outer = host_waits.get(thread)
    try:
        host_waits[thread] = wait
        yield
    finally:
        host_waits.pop(thread, None)
        if outer is not None:
            host_waits[thread] = outer


class Promise:
    """A promise that a thread, or other code identified by a name, will signal a fence.

    The promise is valid as long as the object lives. A thread that waits for something that depends
    on its own promise is in a deadlock; so is any wait for a promise whose thread has ended without
    signalling.
    """

    def __init__(self, fence: Fence, by: threading.Thread | str):
        self.by = by
        self._signals = fence.weak_timepoints()
        enter(self)

    @property
    def waits(self) -> Sequence[Timepoint]:
        """Timepoints that the thread waits for without a timeout; empty if it does not wait."""
        return () if isinstance(self.by, str) else thread_waits(self.by.ident)

    @property
    def signals(self) -> list[tuple[Semaphore, int]]:
        """Undecided timepoints of the fence."""
        return alive(self._signals)

    @property
    def has_ended(self) -> bool:
        """True if the thread has ended; always False for code identified by a name."""
        by = self.by
        return not isinstance(by, str) and by.ident is not None and not by.is_alive()

    def __str__(self) -> str:
        return self.by if isinstance(self.by, str) else f"thread '{self.by.name}'"

    def __del__(self, leave: Callable[[Party], None] = leave) -> None:
        leave(self)


class Alternative:
    """One alternative of a wait for any of several fences: it signals the wait's own timepoint once
    its fence is reached. The wait is in a deadlock if all of its alternatives are. The future of a
    call is an alternative, too: it is settled once the call is over.
    """

    has_ended = False

    def __init__(self, fence: Fence, signals: Fence, name: str):
        self.waits = fence.weak_timepoints()
        self.signals = signals.timepoints
        self._name = name
        enter(self)

    def __str__(self) -> str:
        return self._name

    def __del__(self, leave: Callable[[Party], None] = leave) -> None:
        leave(self)


class InlineWork:
    """Work that a thread runs within the call that submits it."""

    has_ended = False

    def __init__(self, thread: int, fence: Fence):
        self.waits = thread_waits(thread)
        self.signals = fence.timepoints

    def __str__(self) -> str:
        return "the submission that the thread is running"


def alive(timepoints: Iterable[Timepoint]) -> list[tuple[Semaphore, int]]:
    """Returns the undecided timepoints whose semaphores still exist."""
    found = [(ref(), value) for ref, value in timepoints]
    return [(s, value) for s, value in found if s is not None and not s.decided(value)]


class WaitGraph:
    """Snapshot of the known parties, with the outlook of each."""

    def __init__(self) -> None:
        found = [ref() for ref in list(parties.values())]
        self._parties = [party for party in found if party is not None]
        self._parties += [
            InlineWork(thread, fence) for thread, row in list(inline.items()) for fence in row
        ]
        self._waits = {id(party): alive(party.waits) for party in self._parties}
        self._signallers: defaultdict[Semaphore, list[tuple[int, Party]]] = defaultdict(list)
        for party in self._parties:
            for semaphore, value in party.signals:
                self._signallers[semaphore].append((value, party))
        self._outlooks = dict.fromkeys(self._waits, Outlook.NEVER)
        self._spread()

    def _spread(self) -> None:
        """Raises outlooks until none changes; parties of a cycle that nothing else ends keep NEVER."""
        waiting: defaultdict[Semaphore, list[Party]] = defaultdict(list)
        for party in self._parties:
            for semaphore, _ in self._waits[id(party)]:
                waiting[semaphore].append(party)
        todo = deque(party for party in self._parties if not party.has_ended)
        while todo:
            party = todo.popleft()
            outlook = min(map(self._outlook, self._waits[id(party)]), default=Outlook.COMING)
            if outlook > self._outlooks[id(party)]:
                self._outlooks[id(party)] = outlook
                todo.extend(p for s, _ in party.signals for p in waiting[s] if not p.has_ended)

    def _outlook(self, timepoint: tuple[Semaphore, int]) -> Outlook:
        semaphore, value = timepoint
        known = [row for row in self._signallers.get(semaphore, ()) if row[0] >= value]
        # If a party signals exactly this value, other code does not; else other code may signal it.
        least = Outlook.NEVER if any(v == value for v, _ in known) else Outlook.UNKNOWN
        return max([least, *(self._outlooks[id(party)] for _, party in known)])

    def outlook(self, waits: Iterable[tuple[Semaphore, int]]) -> Outlook:
        """Returns the outlook of a wait for all of these timepoints."""
        return min(map(self._outlook, waits), default=Outlook.COMING)

    def chain(self, waits: Sequence[tuple[Semaphore, int]]) -> list[str]:
        """Returns a sentence for each step from a wait to the causes that keep it from ending: a
        timepoint that no known party signals, a party that has ended, or a party that was listed
        before. Where each of several parties could end a wait, the steps of all of them are listed.
        """
        steps: list[str] = []
        seen: set[int] = set()
        left = self._blockers(waits, steps)
        while left:
            party, point = left.pop()
            waits = self._waits[id(party)]
            if party.has_ended:
                steps.append(f"{party} has ended without signalling {point}")
            elif not waits:
                steps.append(f"{party} signals {point}")
            else:
                waited = " and ".join(map(_described, waits))
                what = "ends" if isinstance(party, Alternative) else f"signals {point}"
                steps.append(f"{party} {what} once {waited} is reached")
                if id(party) not in seen:
                    seen.add(id(party))
                    left += self._blockers(waits, steps)
        return steps

    def _blockers(
        self, waits: Sequence[tuple[Semaphore, int]], steps: list[str]
    ) -> list[tuple[Party, str]]:
        """Returns the parties, last one first, that keep a wait from ending, each with the timepoint
        that it signals. Adds a step if no known party is to end the wait.
        """
        if not waits:  # what it waited for has come meanwhile
            return []
        semaphore, value = min(waits, key=self._outlook)
        outlook = self._outlook((semaphore, value))
        point = _described((semaphore, value))
        parties = [p for v, p in self._signallers.get(semaphore, ()) if v >= value]
        found = [(p, point) for p in parties if self._outlooks[id(p)] == outlook]
        if not found:
            steps.append(f"no known party signals {point}")
        return found[::-1]


def _described(timepoint: tuple[Semaphore, int]) -> str:
    semaphore, value = timepoint
    return f"{semaphore.label} >= {value} (now {semaphore.state})"


def check(wait: Party, seconds: float, graph: WaitGraph | None = None) -> StatusError | str | None:
    """Examines a wait that has lasted for `seconds`. Returns an ABORTED error if the wait cannot
    end, the text of a warning if only unknown code can end it and it has lasted for
    `warning_seconds()` or longer, and None otherwise. `graph` is a snapshot that is younger than
    the wait; without one, a new snapshot is made.
    """
    graph = WaitGraph() if graph is None else graph
    waits = alive(wait.waits)
    match graph.outlook(waits):
        case Outlook.NEVER if alive(wait.waits) == waits:
            # Timelines only grow: a timepoint that is undecided now was undecided in the snapshot.
            chain = "; ".join(graph.chain(waits))
            return StatusError(StatusCode.ABORTED, f"deadlock: {wait} waits for ever: {chain}")
        case Outlook.UNKNOWN if 0 < warning_seconds() <= seconds:
            points = " and ".join(map(_described, waits))
            others = [other for other in list(host_waits.values()) if other is not wait]
            listed = ", ".join(map(_with_waits, others[:MAX_LISTED]))
            also = f"; {len(others)} more wait: {listed}" if others else ""
            return (
                f"{wait} has waited {seconds:.0f} s for {points}: "
                f"{'; '.join(graph.chain(waits))}; code outside the queues has to{also}"
            )
    return None


def _with_waits(party: Party) -> str:
    return f"{party} for {_timepoints_text(party)}"


def _timepoints_text(party: Party) -> str:
    return " and ".join(f"{s.label} >= {value}" for s, value in alive(party.waits)[:MAX_LISTED])


_PASSED = (
    os.path.join(os.path.dirname(os.path.dirname(__file__)), ""),
    os.path.join(os.path.dirname(os.__file__), "concurrent", ""),
)
"""Directories of code that a warning does not name: this package, and the library for futures."""


def warn(message: str) -> None:
    """Issues a `WaitWarning` that names the line of the program that led here: the innermost one
    outside of this package and of the library for futures; no line if there is none, as at exit.
    """
    frame, level = sys._getframe(1), 2
    while frame is not None and frame.f_code.co_filename.startswith(_PASSED):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, WaitWarning, stacklevel=level)


def report_parked() -> None:
    """Issues a warning if submissions or calls still wait, as they will never run. Called when the
    interpreter exits, after all functions that were registered with `atexit` later.
    """
    found = [ref() for ref in list(parties.values())]
    # Only work is parked: promises and alternatives can't be resumed, and hence can't be refused.
    parked = [p for p in found if p is not None and hasattr(p, "refuse") and alive(p.waits)]
    if not parked:
        return
    rows = [f"{p} waited for {_timepoints_text(p)}" for p in parked[:MAX_LISTED]]
    rows += WaitGraph().chain(alive(parked[0].waits))[:MAX_LISTED]
    warn(f"the interpreter exits before {len(parked)} that waited have run: {'; '.join(rows)}")


atexit.register(report_parked)

_seconds: float | None = None


def warning_seconds() -> float:
    """Returns the seconds after which a wait that only unknown code can end issues a warning; 0 for
    never.

    Raises INVALID_ARGUMENT if the environment variable is not a number of at least 0.
    """
    if _seconds is not None:
        return _seconds
    text = os.environ.get(WARNING_VARIABLE)
    try:
        seconds = DEFAULT_SECONDS if text is None else float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise invalid_argument(
            f"the environment variable {WARNING_VARIABLE} is '{text}'; seconds are expected, "
            "or 0 for no warning"
        )
    return seconds


def set_warning_seconds(seconds: float | None) -> None:
    """Sets the seconds after which a wait that only unknown code can end issues a warning: 0 for
    never, None for the value of the environment variable or the default.

    Raises INVALID_ARGUMENT for numbers below 0.
    """
    global _seconds
    if seconds is not None and not seconds >= 0:
        raise invalid_argument(f"a wait cannot warn after {seconds} seconds")
    _seconds = seconds
