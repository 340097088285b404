"""Operations of a device's queue, as functions of VM modules: how they fail, and how they are
recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ireelite.hal.command_buffer import Command
from ireelite.hal.device import ANY_QUEUE, Device
from ireelite.hal.semaphore import Fence
from ireelite.modules.hal_arguments import check_fences, checked
from ireelite.status import failure_of

if TYPE_CHECKING:
    from ireelite.hal.recording import Recording, SubmissionLog

_Operation = TypeVar("_Operation", bound=Callable[..., Any])


def queue_operation(operation: _Operation) -> _Operation:
    """Decorates a method whose first arguments are a device, an affinity, a wait fence and a signal
    fence: passes the device with the queue that the affinity chooses, and fails the signal fence
    with what the method raises.
    """

    @wraps(operation)
    def decided(
        self: Any,
        device: Device,
        affinity: int,
        wait: Fence | None,
        signal: Fence | None,
        *operands: Any,
    ) -> Any:
        try:
            if affinity != ANY_QUEUE and isinstance(device, Device):
                device = device.on(affinity)
            return operation(self, device, affinity, wait, signal, *operands)
        except BaseException as error:
            if isinstance(signal, Fence):
                signal.fail(failure_of(error))
            raise

    return cast("_Operation", decided)


def submit(
    recording: Recording | None,
    device: Device,
    operation: str,
    wait: Fence | None,
    signal: Fence | None,
    *commands: Command,
) -> None:
    """Submits commands to a device; a recording names them `operation`. Raises INVALID_ARGUMENT if
    the device or a fence is another object, and what submitting raises.
    """
    check_fences(wait, signal)
    checked(device, Device)
    log = None
    if recording is not None:
        log = recording.submission(device.lane, operation, wait, signal, commands)
    with refusals(log):
        device.submit(wait, signal, commands, log)


def refusals(log: SubmissionLog | None) -> AbstractContextManager[object]:
    """Returns a context manager that records an exception of a submission as the failure of its
    log.
    """
    return _NO_LOG if log is None else log


_NO_LOG = nullcontext()
