"""Driver `local-sync`: work runs on the CPU, in the thread that submits it.

There is no thread of its own. A submission whose waits are not reached is parked, and is run by the
thread whose signal completes them.
"""

from __future__ import annotations

from _thread import get_ident
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ireelite.forking import take_part
from ireelite.hal import deadlock
from ireelite.hal.command_buffer import Binding
from ireelite.hal.drivers.host_commands import Step
from ireelite.hal.drivers.host_device import HostDevice, HostSubmission, run_steps
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Fence
from ireelite.hal.submission import fail_with, forfeited
from ireelite.hal.waits import helpers
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.hal.recording import SubmissionLog


class LocalSyncDevice(HostDevice):
    """A CPU device without threads."""

    def __init__(self, loaders: LoaderSet, ids: Sequence[str] = ("local-sync",)):
        super().__init__(ids, loaders)
        self._ready: deque[tuple[HostSubmission, StatusError | None]] = deque()
        """Submissions whose waits are over."""
        self._running: set[int] = set()
        """Threads that run what is ready."""
        take_part(self)

    def hold(self) -> None:
        """Does nothing before a fork, as the device has no thread."""

    def let_go(self) -> None:
        """Does nothing after a fork in the process that forked."""

    def begin_anew(self) -> list[Callable[[], object]]:
        """Renews the device in a forked process. Returns functions that fail with ABORTED the
        submissions which other threads were about to run.
        """
        self._running &= {get_ident()}
        if not self._running:
            self._ready.clear()
        message = "the process was forked while another thread was running the submission"
        return forfeited(self, message)

    def _begin(
        self,
        wait: Fence | None,
        signal: Fence | None,
        steps: Sequence[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        """Runs the steps in this thread if there is nothing to wait for."""
        try:
            if wait is not None and not wait.passed():
                super()._begin(wait, signal, steps, table, log)
                return
            if steps and signal is not None:
                self._run_inline(signal, steps, table, log)
            else:
                run_steps(steps, table, log)
            if log is not None:
                log.ran()
            if signal is not None:
                signal.signal(log)
        except BaseException as error:
            fail_with(error, signal, log)

    def _run_inline(
        self,
        signal: Fence,
        steps: Sequence[Step],
        table: Sequence[Binding],
        log: SubmissionLog | None,
    ) -> None:
        """Runs the steps, as work that this thread has to end before `signal` can be reached."""
        thread = get_ident()
        outer = deadlock.inline.get(thread, ())
        try:
            deadlock.inline[thread] = (*outer, signal)
            run_steps(steps, table, log)
        finally:
            try:
                deadlock.inline[thread] = outer
            except BaseException:
                # An interrupt must not leave the fence there.
                deadlock.inline[thread] = outer
                raise

    def _start(self, wait: Fence | None, submission: HostSubmission) -> None:
        if wait is None:
            submission.run()
        elif not submission.park(wait, lambda failure: self._resume(submission, failure)):
            submission.run(wait.failure)

    def _resume(self, submission: HostSubmission, failure: StatusError | None) -> None:
        """Runs a submission that was parked, and those that become ready meanwhile one after
        another, so that chains do not nest. Reports what no fence carries, as it is none of the
        business of whoever signals; an interrupt is raised when nothing is left to run.
        """
        self._ready.append((submission, failure))
        thread = get_ident()
        if thread in self._running:
            return
        interrupt: BaseException | None = None
        while self._ready:
            try:
                self._running.add(thread)
                helpers.setdefault(thread, []).append(self._run_all)
                while self._ready:
                    self._run_next()
                self._leave(thread)
            except BaseException as error:
                self._leave(thread)
                interrupt = interrupt or error
        if interrupt is not None:
            raise interrupt

    def _leave(self, thread: int) -> None:
        self._running.discard(thread)
        rows = helpers.pop(thread, [])
        if others := [row for row in rows if row != self._run_all]:
            helpers[thread] = others

    def _run_all(self) -> None:
        """Runs what is ready and has not begun: the thread, which runs a submission, is about to
        block, possibly until one of these has run.
        """
        begun: set[int] = set()
        while left := [
            row for row in self._ready.copy() if not (row[0].has_begun or id(row) in begun)
        ]:
            begun.add(id(left[0]))
            self._run(left[0])

    def _run_next(self) -> None:
        try:
            row = self._ready[0]
        except IndexError:
            # Another thread has taken the last one.
            return
        self._run(row)

    def _run(self, row: tuple[HostSubmission, StatusError | None]) -> None:
        submission, failure = row
        try:
            submission.run(failure)
        except Exception as error:
            submission.refuse(error)
        with suppress(ValueError):
            self._ready.remove(row)
