"""The signals of one semaphore in an execution record, with who sent each."""

from __future__ import annotations

import weakref
from bisect import bisect_left
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from ireelite.hal.semaphore import Semaphore
from ireelite.hal.submission_log import SubmissionLog
from ireelite.hal.timeline_log import TimelineLog
from ireelite.records import NOT_YET
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording

MAX_KEPT_SIGNALS = 64
"""Number of signals of a timeline above which those that no kept event names are dropped."""


class SemaphoreLog:
    """The recorded signals of one timeline. The log outlives the semaphore."""

    __slots__ = (
        "base",
        "failure",
        "last",
        "name",
        "next",
        "recording",
        "semaphore",
        "signals",
    )

    def __init__(
        self, recording: Recording, name: str, semaphore: Semaphore, next: TimelineLog | None
    ):
        self.recording = recording
        self.name = name
        self.base = semaphore._value
        """Payload before the first of the `signals`."""
        self.signals: list[tuple[int, int, int]] | None = None
        """(value, event id, time in nanoseconds) of each signal; None before the first."""
        self.failure: tuple[int, int] | None = None
        """(event id, time in nanoseconds) of the failure."""
        self.last = recording.recorder.oldest
        """Newest event id that names the timeline."""
        self.semaphore = weakref.ref(semaphore)
        self.next = next
        """Log of the same timeline in another record, or None."""

    def signalled(self, value: int, sender: object | None) -> None:
        """Records a signal. `sender` is the log of the queue operation that signals; None for this
        thread.
        """
        now = perf_counter_ns()
        if isinstance(sender, SubmissionLog) and sender.recording is self.recording:
            event = sender.signalled(self, now)
        else:
            event = self._event(sender, now, "signal", value=value)
        self.last = event
        if self.signals is None:
            self.signals = [(value, event, now)]
        else:
            if len(self.signals) > MAX_KEPT_SIGNALS:
                self._drop_oldest(self.signals)
            self.signals.append((value, event, now))
        if self.next is not None:
            self.next.signalled(value, sender)

    def failed(self, failure: StatusError, sender: object | None) -> None:
        """Records the failure, with the sender as for `signalled`."""
        now = perf_counter_ns()
        self.last = self._event(sender, now, "fail", status=failure.code.name)
        self.failure = self.last, now
        if self.next is not None:
            self.next.failed(failure, sender)

    def reached(self, value: int, until_ns: int = NOT_YET) -> tuple[int, int] | tuple[()] | None:
        """Returns (event id, time in nanoseconds) of the signal that brought the timeline to
        `value`, or of its failure; () if it was there before the first known event; None if it is
        not there, or was not there at `until_ns`.
        """
        if value <= self.base:
            return ()
        found, signals = self.failure, self.signals or ()
        position = bisect_left(signals, (value,))
        if position < len(signals):
            found = signals[position][1:]
        return None if found is None or NOT_YET < until_ns < found[1] else found

    def _event(self, sender: object | None, now: int, kind: str, **details: Any) -> int:
        """Returns the event id of a signal or failure: one that the sender's log has reserved, if
        that belongs to this record, else that of a new event.
        """
        recorder = self.recording.recorder
        if isinstance(sender, SubmissionLog):
            if sender.recording is self.recording:
                return sender.signalled(self, now)
            return recorder.event(
                kind, sender.lane, (), {}, now, NOT_YET, semaphore=self.name, **details
            )
        functions = recorder.here.functions
        by: dict[str, Any] = {"by": functions[-1]} if functions else {}
        return recorder.event(kind, "", (), None, now, semaphore=self.name, **details, **by)

    def _drop_oldest(self, signals: list[tuple[int, int, int]]) -> None:
        oldest = self.recording.recorder.oldest
        gone = bisect_left(signals, oldest, key=lambda each: each[1])
        if gone:
            self.base = signals[gone - 1][0]
            del signals[:gone]
