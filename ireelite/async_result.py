"""Results of asynchronous calls, and waiting for them.

a = module.first.async_(x)    # returns at once
b = module.second.async_(a)   # begins when `a` is ready
y = b.result()                # or, in a coroutine: await b
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ireelite.async_call import BEGUN, OVER, AsyncCall, CallResult, FutureValue
from ireelite.hal import deadlock
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.waits import Wait, renewed, report
from ireelite.interrupts import interruptible, show_briefly
from ireelite.light_named_tuple import NamedTuple
from ireelite.live_objects import LiveObject
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    import numpy


class AsyncResult(LiveObject):
    """The results of an asynchronous call, which may still be pending.

    An `AsyncResult` can be awaited in a coroutine (`await result`), waited for (`result.result()`),
    passed as an argument to other asynchronous calls, whose devices then wait for it, and converted
    to a future (`result.as_future()`). If the function has several results, each item is an
    `AsyncResult`, too: `first, second = f.async_(x)`.

    NumPy accepts it as an array and waits for it: `numpy.asarray(result)`.
    """

    __slots__ = ("__weakref__", "_call", "_parts")

    _instead = "its result() is an array"

    def __init__(self, call: AsyncCall, parts: Any):
        self._call = call
        self._parts = parts
        """The position of one of the call's results, or a container of `AsyncResult`s, or None if
        the function has no results."""

    @property
    def fence(self) -> Fence:
        """A fence that is reached when the call is over and fails if the call fails."""
        return self._call.at(OVER)

    def done(self) -> bool:
        """Returns whether the call is over: its results are ready, it has failed, or it was
        cancelled.
        """
        return self._call.timeline.decided(OVER)

    def running(self) -> bool:
        """Returns whether the call has begun and is not over."""
        return self._call.timeline.decided(BEGUN) and not self.done()

    def cancelled(self) -> bool:
        """Returns whether the call failed with CANCELLED: it was cancelled itself, or a call whose
        result it takes was.
        """
        failure = self._call.failure
        return failure is not None and failure.code == StatusCode.CANCELLED

    def cancel(self) -> bool:
        """Cancels the call if it has not begun. It fails with CANCELLED, as do all calls that take
        its results. Returns whether the call is cancelled; a call that has begun continues.
        """
        return self._call.cancel()

    def result(self, timeout: float | None = None) -> Any:
        """Waits for the results and returns them as an ordinary call would; repeated calls return
        the same arrays.

        Raises the error of the call, annotated with the name of the function that failed, and
        DEADLINE_EXCEEDED if the call is not over after `timeout` seconds.
        """
        self._wait(timeout)
        if (failure := self._call.failure) is not None:
            raise renewed(failure) from failure
        return self._decoded()

    def exception(self, timeout: float | None = None) -> StatusError | None:
        """Waits for the call and returns its error; None if it did not fail. Raises
        DEADLINE_EXCEEDED if the call is not over after `timeout` seconds.
        """
        self._wait(timeout)
        return self._call.failure

    def add_done_callback(self, callback: Callable[[AsyncResult], object]) -> None:
        """Calls `callback` once with this object when the call is over: immediately if it already
        is, otherwise in the thread that ends the call, which the callback blocks. Exceptions of the
        callback are reported, not raised.
        """
        begun: list[None] = []

        def call(failure: StatusError | None) -> None:
            if begun:
                return  # An interrupt has cut the callback off.
            begun.append(None)
            try:
                callback(self)
            except Exception as error:
                report(error)

        if not self.fence.when_reached(call):
            call(None)

    def as_future(self) -> concurrent.futures.Future[Any]:
        """Returns a `concurrent.futures.Future` with the same results. Cancelling either of them
        cancels the other. Without a timeout, its `result` and `exception` raise ABORTED in a
        deadlock, as those of this object do; in `concurrent.futures.wait` and `as_completed`
        without a timeout, the future fails with that error.
        """
        from ireelite.result_future import ResultFuture

        future = ResultFuture(self)
        future.add_done_callback(lambda future: future.cancelled() and self.cancel())
        if not self._call.at(BEGUN).when_reached(future.begin):
            future.begin(self._call.failure)
        self.add_done_callback(future.settle)
        return future

    def _wait(self, timeout: float | None) -> None:
        if self.done():
            return
        try:
            self.fence.wait(timeout)
        except StatusError as error:
            if not self.done():
                raise error.annotate(f"waiting for '{self._name}'") from None
        except KeyboardInterrupt as stop:
            show_briefly(stop, f"the wait for '{self._name}', which goes on, was interrupted")
            raise
        if not self.done():
            raise StatusError(
                StatusCode.DEADLINE_EXCEEDED, f"'{self._name}' has not ended after {timeout} s"
            )

    def _decoded(self) -> Any:
        if self._parts.__class__ is int:
            return self._call.array_at(self._parts)
        count = len(self._call.values)
        return self._call.function._nested(
            tuple([self._call.array_at(position) for position in range(count)])
        )

    @property
    def _name(self) -> str:
        return self._call.function.signature.name

    def __await__(self) -> Generator[Any, None, Any]:
        """Waits in an asyncio coroutine, without blocking a thread. Cancelling the waiting task
        does not cancel the call.
        """
        from asyncio import CancelledError

        try:
            yield from self.fence.__await__()
        except StatusError as error:
            if not self.done():
                raise error.annotate(f"waiting for '{self._name}'") from None
        except CancelledError as stop:
            show_briefly(stop, f"the wait for '{self._name}', which goes on, was cancelled")
            raise
        return self.result()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> numpy.ndarray[Any, Any]:
        import numpy

        array = numpy.asarray(self.result(), dtype)
        return array.copy() if copy else array

    def __getitem__(self, key: Any) -> Any:
        """Returns one of several results."""
        return self._container()[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._container())

    def __len__(self) -> int:
        return len(self._container())

    def __bool__(self) -> bool:
        return True

    def _container(self) -> Any:
        if self._parts is None or self._parts.__class__ is int:
            raise TypeError(f"'{self._name}' has one result, which has no items until it is there")
        return self._parts

    def __repr__(self) -> str:
        failure = self._call.failure
        if failure is not None:
            state = "cancelled" if self.cancelled() else f"failed: {failure}"
        else:
            state = "ready" if self.done() else "running" if self.running() else "pending"
        is_part = self._parts.__class__ is int and len(self._call.function.signature.results) > 1
        part = f"[{self._parts}]" if is_part else ""
        return f"<result {self._name}{part} {state}>"


def result_of(call: AsyncCall) -> AsyncResult:
    """Returns the results of a call, nested as the function nests them."""
    function = call.function
    count = len(function.signature.results)
    if count == 0:
        return AsyncResult(call, None)
    results = tuple([AsyncResult(call, position) for position in range(count)])
    nested = function._nested(results)
    return nested if nested.__class__ is AsyncResult else AsyncResult(call, nested)


def source_of(result: AsyncResult) -> CallResult:
    """Converts a result to an argument of another call. Raises INVALID_ARGUMENT unless it is
    exactly one result.
    """
    if result._parts.__class__ is not int:
        count = len(result._call.function.signature.results)
        raise invalid_argument(
            f"'{result._name}' has {count} results; pass them one by one, as *result or result[0]"
        )
    return CallResult(result._call, result._parts)


class Waited(NamedTuple):
    """The result of `wait_any`: the objects that are done, and the others."""

    done: set[Any]
    not_done: set[Any]


def wait_any(*awaited: Any, timeout: float | None = None) -> Waited:
    """Waits until at least one of several asynchronous results, fences, or `concurrent.futures`
    futures is done. They are given one by one or as an iterable; failed ones count as done.

    Returns the sets `done` and `not_done`, as `concurrent.futures.wait` does with FIRST_COMPLETED;
    `done` is empty if none is done after `timeout` seconds. Starts no threads. Raises
    INVALID_ARGUMENT for objects of other types, and if nothing is given; without a timeout, ABORTED
    if all of them are in a deadlock, which the error describes one by one.
    """
    if len(awaited) == 1 and isinstance(awaited[0], Iterable):
        first = awaited[0]
        if not isinstance(first, (AsyncResult, Fence)):
            awaited = tuple(first)
    if not awaited:
        raise invalid_argument("nothing to wait for is given")
    for one in awaited:
        if not isinstance(one, (AsyncResult, Fence, concurrent.futures.Future)):
            raise invalid_argument(
                "asynchronous results, fences and futures can be waited for, "
                f"not {type(one).__name__}"
            )
    first_done = Semaphore()
    first_done.name = f"the first of {len(awaited)}"
    first_fence = Fence([(first_done, 1)])

    def signal(*ignored: object) -> None:
        with suppress(StatusError):
            first_done.signal(1)

    alternatives: list[deadlock.Alternative] = []
    waits: list[Wait] = []
    try:
        for one in awaited:
            fence = None if _is_done(one) else _fence_of(one)
            if fence is None or (wait := fence.watch(signal)) is None:
                signal()
                break
            waits.append(wait)
            alternatives.append(deadlock.Alternative(fence, first_fence, "wait_any"))
        with interruptible("wait_any"):
            first_fence.wait(timeout)
    finally:
        for wait in waits:
            wait.cancel()
        for alternative in alternatives:
            deadlock.leave(alternative)
    done = {one for one in awaited if _is_done(one)}
    return Waited(done, set(awaited) - done)


def _fence_of(one: Any) -> Fence:
    if isinstance(one, Fence):
        return one
    if isinstance(one, concurrent.futures.Future):
        return FutureValue(one).take_fence()
    return one.fence


def _is_done(one: Any) -> bool:
    if isinstance(one, Fence):
        return one.failure is not None or one.decided()
    return one.done()
