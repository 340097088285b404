"""One asynchronous call: from its arguments, which may not be there yet, to its results.

The timeline of a call counts its steps: it has begun, its results are known (with fences, buffers
whose contents are still computed), it is over. What waits for a step waits for the timeline; so a
call whose arguments are not there yet takes no thread.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.arrays import decode, decode_at
from ireelite.call_queue import TURN_OVER
from ireelite.hal import deadlock
from ireelite.hal.buffer import BufferView
from ireelite.hal.host_memory import HostBuffer, LentBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.waits import renewed
from ireelite.status import StatusCode, StatusError, failure_of

if TYPE_CHECKING:
    from ireelite.call_queue import CallQueue
    from ireelite.hal.deadlock import Timepoint
    from ireelite.hal.device import Device
    from ireelite.loaded_function import LoadedFunction

BEGUN, KNOWN, OVER = 1, TURN_OVER, 3
"""Steps of a call."""


class CallResult:
    """A result of an asynchronous call as an argument of another."""

    __slots__ = ("call", "position")

    def __init__(self, call: AsyncCall, position: int):
        self.call = call
        self.position = position


class FutureValue:
    """An argument that a future will hold: of `concurrent.futures`, or of anything like it."""

    __slots__ = ("fence", "future")

    def __init__(self, future: Any):
        self.future = future
        semaphore = Semaphore()
        self.fence = Fence([(semaphore, 1)])

        def settle(future: Any) -> None:
            try:
                future.result()
            except BaseException as error:
                semaphore.fail(failure_of(error))
            else:
                semaphore.signal(1)

        future.add_done_callback(settle)


class AsyncCall:
    """A call that a queue runs once its arguments are there.

    A function that takes fences is called when its arguments are known: it waits for their contents
    on the device. Others are called when they have been computed.
    """

    def __init__(self, function: LoadedFunction, queue: CallQueue, arguments: Sequence[Any]):
        self.function = function
        self.queue = queue
        self.takes_fences = function.is_async and not function._has_deadline
        self.values: list[Any] = []
        """What the function returned: VM values, and arrays in place of buffers of host memory that
        have been read."""
        self._arrays: dict[int, Any] = {}
        """The results that have been asked for, by position."""
        self.timeline = Semaphore()
        self.fence = Fence([(Semaphore(), 1)])
        """Reached when the contents of the results are computed."""
        self._arguments = list(arguments)
        self._sources = [a.call for a in arguments if a.__class__ is CallResult]
        """The calls whose failure is this one's."""
        self._is_queued = False
        self._claimed = False
        self._has_returned = False
        self._needs: Sequence[Timepoint] = ()
        """What it waits for before it is queued."""
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Has the call run when its arguments are there. To be called once."""
        needed = [self._needed(index, value) for index, value in enumerate(self._arguments)]
        ready = Fence.joined(needed)
        if ready is not None:
            self._needs = ready.weak_timepoints()
        deadlock.enter(self)
        # The last of the needed steps may come to pass in any thread.
        if ready is None or not ready.when_reached(self._enqueue):
            self._enqueue(None if ready is None else ready.failure)

    def at(self, step: int) -> Fence:
        """A fence that is reached at a step, and fails as the call does."""
        return Fence([(self.timeline, step)])

    @property
    def waits(self) -> Sequence[Timepoint]:
        """What the next step waits for."""
        if self._has_returned:
            return self.fence.weak_timepoints()
        return self.queue.waits_of(self) if self._is_queued else self._needs

    @property
    def signals(self) -> list[tuple[Semaphore, int]]:
        """What the call signals unless what it waits for keeps it from doing so."""
        steps = [(self.timeline, step) for step in (BEGUN, KNOWN, OVER)]
        return steps if self._has_returned else [*steps, *self.fence.timepoints]

    @property
    def has_ended(self) -> bool:
        """Never: it is forgotten when it is over."""
        return False

    def __str__(self) -> str:
        return f"the asynchronous call of '{self.function.signature.name}'"

    @property
    def failure(self) -> StatusError | None:
        """What the call failed with, with the name of the function that failed."""
        return self.timeline.failure

    def cancel(self) -> bool:
        """Fails the call with CANCELLED if it has not begun; whether it is cancelled."""
        if self._claim():
            self.abandon(
                StatusError(StatusCode.CANCELLED, "the call was cancelled before it began")
            )
        failure = self.timeline.failure
        return failure is not None and failure.code == StatusCode.CANCELLED

    def run(self) -> None:
        """Calls the function in this thread."""
        if not self._claim():
            return
        try:
            self.timeline.signal(BEGUN)
            values, wait = self._encoded()
            self.values = self._returned(values, wait)
            # A device that reads arguments later keeps their memory itself.
            values.clear()
            self.timeline.signal(KNOWN)
        except BaseException as error:
            self.abandon(failure_of(error))
            return
        finally:
            self._arguments = []
        self._has_returned = True
        if not self.fence.when_reached(self._settle):
            self._settle(self.fence.failure)

    def abandon(self, failure: StatusError) -> None:
        """Fails the call."""
        self._settle(failure)
        self.fence.fail(self.timeline.failure or failure)

    def array_at(self, position: int) -> Any:
        """A result as an array, or as the number that it is, once the call is over: the same each
        time."""
        with self._lock:
            if position in self._arrays:
                return self._arrays[position]
            array = self._arrays[position] = decode_at(self.values, position)
            if is_in_host_memory(self.values[position]):
                self.values[position] = array
            return array

    def _needed(self, index: int, argument: Any) -> Fence | None:
        """What the call waits for before it is queued; None if calls before it in the queue, or the
        device, see to that."""
        if argument.__class__ is FutureValue:
            return argument.fence
        if argument.__class__ is not CallResult:
            return None
        call = argument.call
        is_before = call._is_queued and call.queue is self.queue
        if not self._waits_on_device(index, argument):
            return None if is_before and not call.takes_fences else call.at(OVER)
        return None if is_before else call.at(KNOWN)

    def _waits_on_device(self, index: int, argument: CallResult) -> bool:
        """Whether a result is where this call takes it, so that the device can wait for it."""
        source = argument.call.function._result_devices[argument.position]
        return self.takes_fences and source is self.function._argument_devices[index]

    def _enqueue(self, failure: StatusError | None) -> None:
        try:
            if failure is None:
                self._is_queued = True
                self.queue.put(self)
        except StatusError as error:
            failure = error
        if failure is not None and self._claim():
            self.abandon(failure)

    def _claim(self) -> bool:
        """Whether the call is the caller's to run or to cancel: true once."""
        with self._lock:
            claimed, self._claimed = self._claimed, True
            return not claimed

    def _encoded(self) -> tuple[list[Any], Fence | None]:
        """VM values of the arguments, and the fence of those that are still computed."""
        function, values, fences = self.function, [], []
        for index, argument in enumerate(self._arguments):
            if argument.__class__ is CallResult:
                call = argument.call
                if call.failure is not None:
                    raise call.failure
                if self._waits_on_device(index, argument) and not call.fence.passed():
                    fences.append(call.fence)
                device = function._argument_devices[index]
                argument = call._value_for(argument.position, device)
            elif argument.__class__ is FutureValue:
                argument = argument.future.result()
            values.append(owned(function._encode[index](argument)))
        return values, Fence.joined(fences)

    def _value_for(self, position: int, device: Device) -> Any:
        """A result as a function takes it that wants it on a device: its buffer if that is there."""
        with self._lock:
            value = self.values[position]
        if value.__class__ is BufferView and value.buffer.allocator is not device.allocator:
            self.fence.wait()
            return decode(value)
        return value

    def _returned(self, values: list[Any], wait: Fence | None) -> list[Any]:
        function = self.function
        try:
            if self.takes_fences:
                return list(function._issue(values, (wait, self.fence)))
            results = list(function._issue(values))
        except StatusError as error:
            error.annotate(f"invoking function '{function.signature.name}'")
            raise
        self.fence.signal()
        return results

    def _settle(self, failure: StatusError | None) -> None:
        """Ends the timeline."""
        if self.timeline.decided(OVER):
            return
        if failure is None:
            self.timeline.signal(OVER)
        else:
            self.timeline.fail(self._named(failure))
        deadlock.leave(self)
        self._sources = []

    def _named(self, failure: StatusError) -> StatusError:
        """The failure with the name of the function that failed: of the first in a chain."""
        for call in self._sources:
            if (cause := call._cause()) is not None:
                return cause
        name = f"invoking function '{self.function.signature.name}'"
        if name in failure.contexts:
            return failure
        return renewed(failure).annotate(name)

    def _cause(self) -> StatusError | None:
        if self.timeline.failure is not None:
            return self.timeline.failure
        return None if self.fence.failure is None else self._named(self.fence.failure)


def is_in_host_memory(value: Any) -> bool:
    """Whether the value is a tensor in memory that arrays can share."""
    return value.__class__ is BufferView and isinstance(value.buffer, HostBuffer)


def owned(value: Any) -> Any:
    """A value whose memory is no caller's: a buffer that was lent gets a copy."""
    if value.__class__ is BufferView and value.buffer.__class__ is LentBuffer:
        value.buffer.keep()
    return value
