"""Level 6: failures reach everyone who waits, and nothing else."""

from __future__ import annotations

import threading
from contextlib import suppress

from ireelite.hal.command_buffer import Command, Fill
from ireelite.hal.conformance.checks import (
    MEMORY,
    SOON,
    USAGE,
    Check,
    Level,
    Subject,
    checks_of,
    code_of,
    denied,
    equal,
    fence,
    holds,
    reached,
    ref,
)
from ireelite.hal.semaphore import Fence
from ireelite.status import StatusCode, StatusError

CHECKS: list[Check] = []
LEVEL = Level("failures", "failures reach everyone who waits, and nothing else", CHECKS)
check = checks_of(CHECKS)
ABORTED = StatusError(StatusCode.ABORTED, "failed on purpose")


def broken(subject: Subject) -> Command:
    """Returns a fill beyond the end of its buffer, which fails with OUT_OF_RANGE when it runs."""
    return Fill(ref(subject.buffer(8), 4, 8), b"\1")


def settled(done: Fence) -> str:
    """Waits up to `SOON` seconds for a fence and returns the name of its status."""
    try:
        done.wait(SOON)
    except StatusError as error:
        return error.code.name
    return code_of(done)


@check(
    "Catch what the work raises and call signal.fail(failure_of(error)): Submission.run does both."
)
def carried(subject: Subject) -> None:
    """Work that fails fails its fence with the status."""
    gate, done = fence(), fence()
    subject.device.submit(gate, done, [broken(subject)])
    gate.signal()
    equal(settled(done), "OUT_OF_RANGE", "the status of the fence")


@check("signal.fail(error) fails each semaphore of the fence.")
def all_fail(subject: Subject) -> None:
    """Work that fails fails all semaphores of its fence, and says why."""
    gate, first, second = fence(), fence(), fence()
    both = Fence.joined([first, second])
    subject.device.submit(gate, both, [broken(subject)])
    gate.signal()
    for name, one in (("first", first), ("second", second)):
        equal(settled(one), "OUT_OF_RANGE", f"the status of the {name} semaphore")
        said = "" if one.failure is None else one.failure.message
        equal(bool(said), True, f"whether the failure of the {name} semaphore has a message")


@check("Run the commands in one `try`: what raises ends the submission.")
def ended(subject: Subject) -> None:
    """Commands after one that fails are not run."""
    buffer, gate, done = subject.buffer(16), fence(), fence()
    subject.device.submit(gate, done, [broken(subject), Fill(ref(buffer), b"\1")])
    gate.signal()
    equal(settled(done), "OUT_OF_RANGE", "the status of the fence")
    subject.run()
    holds(buffer, bytes(16), "the buffer of the command after the one that failed")


@check("The waiter gets the failure as its argument: do not run, fail the signal fence with it.")
def passed_on(subject: Subject) -> None:
    """What waits for failed work is not run, and fails with the same status."""
    buffer, gate, middle, last = subject.buffer(16), fence(), fence(), fence()
    subject.device.submit(middle, last, [Fill(ref(buffer), b"\1")])
    subject.device.submit(gate, middle, [])
    gate.fail(ABORTED)
    equal(settled(last), "ABORTED", "the status of the last fence")
    said = "" if last.failure is None else last.failure.message
    equal(said, ABORTED.message, "the message of the failure")
    holds(buffer, bytes(16), "the buffer of the work that was not run")


@check("wait.failure is there already when you submit: when_reached returns False.")
def failed_before(subject: Subject) -> None:
    """A wait that has failed before fails the submission."""
    buffer, gate, done = subject.buffer(16), fence(), fence()
    gate.fail(ABORTED)
    subject.device.submit(gate, done, [Fill(ref(buffer), b"\1")])
    equal(settled(done), "ABORTED", "the status of the fence")
    holds(buffer, bytes(16), "the buffer of the work that was not run")


@check("A worker that dies of an exception takes the queue with it: catch everything in its loop.")
def lived_through(subject: Subject) -> None:
    """A device works on after a failure."""
    for _ in range(3):
        done = fence()
        denied(
            StatusCode.OUT_OF_RANGE,
            lambda done=done: (
                subject.device.submit(None, done, [broken(subject)]),
                done.wait(SOON),
            ),
        )
        unheard(subject)
        buffer = subject.buffer(16)
        subject.run(Fill(ref(buffer), b"\1"))
        holds(buffer, b"\1" * 16, "the buffer of the next submission")


def unheard(subject: Subject) -> None:
    """Runs work that fails without a signal fence: its error is raised, or reported by a thread."""
    report, threading.excepthook = threading.excepthook, lambda row: None
    try:
        with suppress(StatusError):
            subject.device.submit(None, None, [broken(subject)])
        subject.run()
    finally:
        threading.excepthook = report


@check("The fence of one submission is its own affair.")
def apart(subject: Subject) -> None:
    """A failure leaves alone what does not wait for it."""
    gate, other, failed, fine = fence(), fence(), fence(), fence()
    subject.device.submit(gate, failed, [])
    subject.device.submit(other, fine, [])
    gate.fail(ABORTED)
    other.signal()
    reached(fine, "the fence of the work that does not depend on the failure")
    equal(settled(failed), "ABORTED", "the status of the failed one")


@check("An operation that raises has failed its signal fence first, or others wait for ever.")
def refused(subject: Subject) -> None:
    """An operation that is refused at once fails its fence, too."""
    done = fence()
    denied(
        StatusCode.INVALID_ARGUMENT,
        lambda: (subject.device.alloca(None, done, MEMORY, USAGE, -1), done.wait(SOON)),
    )
    equal(code_of(done), "INVALID_ARGUMENT", "the status of the fence")
