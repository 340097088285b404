"""One queue operation, from its submission until its signal fence is decided."""

from __future__ import annotations

from _thread import get_ident
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Protocol

from ireelite.hal import deadlock
from ireelite.hal.deadlock import Timepoint
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.waits import Waiter, report
from ireelite.status import StatusCode, StatusError, failure_of

if TYPE_CHECKING:
    from ireelite.hal.device import Device
    from ireelite.hal.recording import SubmissionLog


class Queue(Protocol):
    """A queue with a thread that runs submissions."""

    @property
    def thread_id(self) -> int | None:
        """Identifier of the thread; None if it has not started."""
        ...


class Unfinished(Protocol):
    """The unfinished submissions of a device."""

    def remove(self, number: int) -> None:
        """Removes the submission with this number."""
        ...


class Submission(ABC):
    """Work that decides its signal fence exactly once, whatever is raised and however often it is
    called: by the first thread that calls it."""

    def __init__(
        self, signal: Fence | None, log: SubmissionLog | None, device: Device | None = None
    ):
        self.number = next_number()
        self.submitter = get_ident()
        """The thread that submits the work."""
        self.device = device
        """Device of the work: kept alive while the work waits, and named in messages."""
        self.signal = signal
        self.log = log
        self.over = False
        self.is_working = False
        """True while a thread does the work; false before, and while it signals."""
        self.parked_waits: Sequence[Timepoint] = ()
        """Timepoints that the submission waits for while it is parked."""
        self.queue: Queue | None = None
        """The queue whose thread alone will run the submission; None as long as there is none."""
        self.unfinished: Unfinished | None = None
        """What the submission is removed from when it is over; None if nothing counts it."""
        if signal is not None:
            deadlock.enter(self)

    @property
    def waits(self) -> Sequence[Timepoint]:
        """Timepoints that the submission waits for: while it is parked those of the fence, then
        those that the thread waits for that runs it or is to run it.
        """
        thread = vars(self).get("_thread")
        if thread is None and self.queue is not None:
            thread = self.queue.thread_id
        return self.parked_waits if thread is None else deadlock.thread_waits(thread)

    @property
    def signals(self) -> Iterable[tuple[Semaphore, int]]:
        """Timepoints of the signal fence."""
        return () if self.signal is None else self.signal.timepoints

    @property
    def has_ended(self) -> bool:
        """Always False: a submission that is over is removed from the known parties."""
        return False

    def park(self, wait: Fence, resume: Waiter) -> bool:
        """Calls `resume` once `wait` is reached or has failed. Returns False, without a call, if
        that has already happened.
        """
        self.parked_waits = wait.weak_timepoints()
        if self.signal is None:
            deadlock.enter(self)
        return wait.when_reached(resume, self)

    def refuse(self, error: BaseException) -> None:
        """Fails a submission that could not be run. Reports the error if its signal fence cannot
        carry it.
        """
        if self.over or self.signal is None:
            report(error)
        self.abandon(error)

    @abstractmethod
    def work(self) -> None:
        """Does the work, and fills in its log if there is one."""

    def run(self, failure: StatusError | None = None) -> None:
        """Works and signals; or passes on the failure of what was waited for.

        Raises what the work raised if there is no fence to carry it, an interrupt in any case, and
        what is wrong with the fence itself.
        """
        try:
            if not self._claimed():
                return
            if failure is not None:
                self.abandon(failure)
                return
            self.is_working = True
            self.work()
            self.is_working = False
            if self.log is not None:
                self.log.ran()
            if self.signal is not None:
                self.signal.signal(self.log)
            self._end()
        except BaseException as error:
            self._end()
            fail_with(error, self.signal, self.log)

    def abandon(self, error: BaseException) -> None:
        """Fails the fence with what stopped the work, unless another thread is at it or it is
        over."""
        if not self._claimed():
            return
        self._end()
        decide_failure(failure_of(error), self.signal, self.log)

    def _end(self) -> None:
        self.over, self.is_working = True, False
        deadlock.leave(self)
        if self.unfinished is not None:
            self.unfinished.remove(self.number)

    def __str__(self) -> str:
        signals = " and ".join(f"{s.label} >= {value}" for s, value in self.signals)
        queue = "" if self.device is None else f" on {self.device.lane}"
        return f"a submission{queue}" + (f" for {signals}" if signals else "")

    @property
    def has_begun(self) -> bool:
        """Whether a thread is running or failing the submission, or has done so."""
        return "_thread" in vars(self)

    def _claimed(self) -> bool:
        """Returns whether the work is this thread's to do, and not over. One step, and repeatable."""
        this = get_ident()
        return vars(self).setdefault("_thread", this) == this and not self.over


_numbers = count()


def next_number() -> int:
    """Returns a number above those of all submissions there are, and below those of later ones."""
    return next(_numbers)


def cancel_since(number: int, message: str) -> None:
    """Fails with CANCELLED what this thread has submitted since it took `number`, unless a thread has
    begun to run it.
    """
    this = get_ident()
    for party in [reference() for reference in list(deadlock.parties.values())]:
        if not isinstance(party, Submission) or party.has_begun or party.submitter != this:
            continue
        if party.number > number:
            party.abandon(StatusError(StatusCode.CANCELLED, message))


def forfeited(device: Device, message: str) -> list[Callable[[], object]]:
    """Claims, in a forked process, the submissions of a device that other threads were running or
    about to run: these threads do not exist there. Returns functions that fail the submissions with
    ABORTED.
    """
    failing: list[Callable[[], object]] = []
    this = get_ident()
    for party in [reference() for reference in list(deadlock.parties.values())]:
        if not isinstance(party, Submission) or party.device is not device:
            continue
        if not deadlock.alive(party.parked_waits) and vars(party).get("_thread") != this:
            vars(party)["_thread"] = this
            failing.append(partial(party.abandon, StatusError(StatusCode.ABORTED, message)))
    return failing


def fail_with(error: BaseException, signal: Fence | None, log: SubmissionLog | None = None) -> None:
    """Fails the signal fence of work that raised. Raises the error if there is no fence to carry
    it, or if it is an interrupt."""
    carried = signal is not None and not signal.decided()
    failure = failure_of(error)
    decide_failure(failure, signal, log)
    if not isinstance(error, Exception):
        raise error
    if not carried:
        raise failure from error.__cause__


def decide_failure(failure: StatusError, signal: Fence | None, log: SubmissionLog | None) -> None:
    """Fails the log and the signal fence of work."""
    if log is not None:
        log.failed(failure)
    if signal is not None:
        signal.fail(failure, log)
