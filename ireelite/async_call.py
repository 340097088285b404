"""One asynchronous call: it waits for its arguments, runs, and holds its results.

A call's timeline counts its steps: begun, results known (for a function with fences these are
buffers whose contents are still being computed), over. Waiting for a step means waiting for the
timeline, so a call whose arguments are still pending occupies no thread.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ireelite.arrays import decode, decode_at
from ireelite.call_queue import TURN_OVER
from ireelite.hal import deadlock
from ireelite.hal.buffer import BufferView
from ireelite.hal.drivers.host_device import HostDevice
from ireelite.hal.host_memory import HostBuffer, LentBuffer
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.waits import renewed
from ireelite.result_future import ResultFuture
from ireelite.status import StatusCode, StatusError, failure_of

if TYPE_CHECKING:
    from ireelite.call_queue import CallQueue
    from ireelite.hal.deadlock import Timepoint
    from ireelite.hal.device import Device
    from ireelite.loaded_function import LoadedFunction

BEGUN, KNOWN, OVER = 1, TURN_OVER, 3
"""Steps of a call."""


class CallResult:
    """A result of an asynchronous call that is an argument of another call."""

    __slots__ = ("call", "position")

    def __init__(self, call: AsyncCall, position: int):
        self.call = call
        self.position = position


class FutureValue:
    """An argument that a future will provide: a `concurrent.futures.Future` or a similar object.

    The future is not kept. If nothing else refers to it, nothing can settle it: its fence fails.
    """

    __slots__ = ("_fence", "value")

    def __init__(self, future: Any):
        self.value: Any = None
        """Result of the future, once there is one."""
        semaphore = Semaphore()
        semaphore.name = f"a {type(future).__name__}"
        self._fence: Fence | None = Fence([(semaphore, 1)])
        party = future.settling(self._fence) if isinstance(future, ResultFuture) else None

        def settle(future: Any) -> None:
            if party is not None:
                deadlock.leave(party)
            try:
                self.value = future.result()
            except concurrent.futures.CancelledError:
                semaphore.fail(StatusError(StatusCode.CANCELLED, "the future was cancelled"))
            except BaseException as error:
                semaphore.fail(failure_of(error))
            else:
                semaphore.signal(1)

        future.add_done_callback(settle)

    def take_fence(self) -> Fence:
        """Returns a fence that is reached once the future has a result, and fails if the future
        does. From then on only the future keeps its semaphore. Must be called once.
        """
        fence, self._fence = self._fence, None
        assert fence is not None
        return fence


class AsyncCall:
    """A call that a `CallQueue` runs once its arguments are ready.

    A function that takes fences is called as soon as its arguments are known; the device then waits
    for their contents. Other functions are called when the contents have been computed.
    """

    def __init__(self, function: LoadedFunction, queue: CallQueue, arguments: Sequence[Any]):
        self.function = function
        self.queue = queue
        self.takes_fences = function.is_async and not function._has_deadline
        self.values: list[Any] = []
        """Results of the function: VM values. A buffer in host memory is replaced by its array once
        it has been read."""
        self._arrays: dict[int, Any] = {}
        """Decoded results by position."""
        self.timeline = Semaphore()
        self.fence = Fence([(Semaphore(), 1)])
        """Signaled when the contents of the results have been computed."""
        self._arguments = list(arguments)
        self._sources = [a.call for a in arguments if a.__class__ is CallResult]
        """The calls whose results are arguments; if one of them fails, this call fails with the
        same error."""
        self._is_queued = False
        self._claimed = False
        self._has_returned = False
        self._needs: Sequence[Timepoint] = ()
        """The timepoints that the call waits for before it is queued."""
        self._lock = threading.RLock()

    def begin(self) -> None:
        """Schedules the call to run when its arguments are ready. Must be called once."""
        needed = [self._needed(index, value) for index, value in enumerate(self._arguments)]
        ready = Fence.joined(needed)
        if ready is not None:
            self._needs = ready.weak_timepoints()
        deadlock.enter(self)
        # `_enqueue` may run in any thread: whichever signals the last of the needed steps.
        if ready is None or not ready.when_reached(self._enqueue, self):
            self._enqueue(None if ready is None else ready.failure)

    def at(self, step: int) -> Fence:
        """Returns a fence that is reached at a step of the call and fails if the call fails."""
        return Fence([(self.timeline, step)])

    @property
    def waits(self) -> Sequence[Timepoint]:
        """The timepoints that the next step of the call waits for."""
        if self._has_returned:
            return self.fence.weak_timepoints()
        return self.queue.waits_of(self) if self._is_queued else self._needs

    @property
    def signals(self) -> list[tuple[Semaphore, int]]:
        """The (semaphore, value) pairs that the call will signal unless it is blocked."""
        steps = [(self.timeline, step) for step in (BEGUN, KNOWN, OVER)]
        return steps if self._has_returned else [*steps, *self.fence.timepoints]

    @property
    def has_ended(self) -> bool:
        """Always False: a finished call is removed from the known parties."""
        return False

    def __str__(self) -> str:
        return f"the asynchronous call of '{self.function.signature.name}'"

    @property
    def failure(self) -> StatusError | None:
        """The error of the call, annotated with the name of the function that failed; None if it
        has not failed.
        """
        return self.timeline.failure

    def cancel(self) -> bool:
        """Cancels the call if it has not begun: it fails with CANCELLED. Returns whether the call
        is cancelled.
        """
        if self._claim():
            self.abandon(
                StatusError(StatusCode.CANCELLED, "the call was cancelled before it began")
            )
        failure = self.timeline.failure
        return failure is not None and failure.code == StatusCode.CANCELLED

    def refuse(self, error: BaseException) -> None:
        """Fails the call, as queueing it has raised `error`."""
        if self._claim():
            self.abandon(failure_of(error))

    def run(self) -> None:
        """Runs the call in this thread, unless it has been cancelled."""
        if not self._claim():
            return
        try:
            self.timeline.signal(BEGUN)
            values, wait = self._encoded()
            self.values = self._returned(values, wait)
            # A device that will still read the arguments holds its own references to their memory.
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
        """Fails the call with an error."""
        self._settle(failure)
        self.fence.fail(self.timeline.failure or failure)

    def array_at(self, position: int) -> Any:
        """Returns a result as an array, or as a number for a scalar, once the call is over: the
        same object each time.
        """
        with self._lock:
            if position in self._arrays:
                return self._arrays[position]
            array = self._arrays[position] = decode_at(self.values, position)
            if is_in_host_memory(self.values[position]):
                self.values[position] = array
            return array

    def _needed(self, index: int, argument: Any) -> Fence | None:
        """Returns the fence that an argument requires before the call is queued. None if the
        argument is ready, or if the order of the queue or the device ensures that it will be.
        """
        if argument.__class__ is FutureValue:
            return argument.take_fence()
        if argument.__class__ is not CallResult:
            return None
        call = argument.call
        is_before = call._is_queued and call.queue is self.queue
        if not self._waits_on_device(index, argument):
            return None if is_before and not call.takes_fences else call.at(OVER)
        return None if is_before else call.at(KNOWN)

    def _waits_on_device(self, index: int, argument: CallResult) -> bool:
        """Returns whether the device can wait for a result: the function takes fences, and the
        result is where the device that takes the argument can use it.
        """
        source = argument.call.function._result_devices[argument.position]
        return self.takes_fences and _shares(source, self.function._argument_devices[index])

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
        """Claims the right to run or to fail the call. Returns True only the first time."""
        with self._lock:
            claimed, self._claimed = self._claimed, True
            return not claimed

    def _encoded(self) -> tuple[list[Any], Fence | None]:
        """Returns VM values of the arguments, and a fence that joins those whose contents are still
        being computed; None if there are none.
        """
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
                argument = argument.value
            values.append(owned(function._encode[index](argument)))
        return values, Fence.joined(fences)

    def _value_for(self, position: int, device: Device) -> Any:
        """Returns a result for a function that takes it on `device`: the VM value if it is no
        tensor or `device` can use its memory, otherwise its contents for the host, for which it
        waits.
        """
        with self._lock:
            value = self.values[position]
        if value.__class__ is not BufferView or value.buffer.allocator is device.allocator:
            return value
        buffer = value.buffer
        if isinstance(buffer, HostBuffer) and isinstance(device, HostDevice):
            # A constant is there already, and code that works in place must not change it.
            return decode(value) if buffer.borrowed else value
        self.fence.wait()
        return decode(value)

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
        """Ends the timeline, with an error if one is given."""
        if self.timeline.decided(OVER):
            return
        if failure is None:
            self.timeline.signal(OVER)
        else:
            self.timeline.fail(self._named(failure))
        deadlock.leave(self)
        self._sources = []

    def _named(self, failure: StatusError) -> StatusError:
        """Returns the error annotated with the name of the function that failed. In a chain of
        calls this is the error of the first call that failed.
        """
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


def _shares(source: Device, target: Device) -> bool:
    """Returns whether the target can use buffers of the source: both are the same device, or CPU
    devices.
    """
    return source is target or (isinstance(source, HostDevice) and isinstance(target, HostDevice))


def is_in_host_memory(value: Any) -> bool:
    """Returns whether the value is a tensor in host memory, which arrays can share."""
    return value.__class__ is BufferView and isinstance(value.buffer, HostBuffer)


def owned(value: Any) -> Any:
    """Returns the value after copying its memory if the buffer was lent by the caller."""
    if value.__class__ is BufferView and value.buffer.__class__ is LentBuffer:
        value.buffer.keep()
    return value
