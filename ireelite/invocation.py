"""Calls of exported functions that have ended when they return, in either execution model."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.waits import HostWait
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording
    from ireelite.vm.context import Context
    from ireelite.vm.function import Function


def is_async(function: Function) -> bool:
    """Returns whether the function takes two more arguments: a fence to wait for and one to signal."""
    return function.reflection.get("iree.abi.model") == "coarse-fences"


def awaited(
    function: Function, context: Context, recording: Recording | None = None
) -> Callable[..., tuple[Any, ...]]:
    """Returns a call of a function that takes the arguments a caller gives, without fences, and
    returns when the results are there. The wait is part of the call for its limits.

    It raises what the function fails with, and DEADLINE_EXCEEDED.
    """
    if not is_async(function):
        return function.__call__
    meter = context.meter

    def call(*arguments: Any) -> tuple[Any, ...]:
        semaphore = Semaphore()
        if recording is not None:
            recording.name_semaphore(semaphore)
        done = Fence([(semaphore, 1)])
        results = function(*arguments, None, done)
        seconds = None if meter is None else meter.seconds_left()
        if recording is not None:
            with recording.waiting(done):
                ended = done.wait(seconds)
        elif not (ended := done.passed()):
            # Drop this frame's references: without others, the semaphore is collected, which fails
            # the wait.
            wait = HostWait(done)
            del done, semaphore
            ended = wait.block(seconds)
        if not ended:
            raise StatusError(
                StatusCode.DEADLINE_EXCEEDED, "the results were not there by the call's deadline"
            )
        return results

    return call if meter is None else meter.guard(call)
