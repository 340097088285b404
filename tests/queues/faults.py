"""Injects one fault at a time into the queues: `python tests/queues/faults.py`.

A MemoryError is raised once at each line of the semaphores' core that runs in a scenario, those of
finalizers included, and each call of an invocation into the HAL fails once. After any of these
faults, every fence that depends on the failed work must be decided exactly once, with one status;
nothing may hang or be left behind, neither submissions and waits nor bytes of device memory or of
Python's memory; and the next call must return the right result.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import linecache
import os
import re
import sys
import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np
from stress import compiled

import ireelite
from ireelite.hal import deadlock, semaphore, submission, waits
from ireelite.hal.command_buffer import BufferRef, Dispatch, Fill
from ireelite.hal.device import Device
from ireelite.hal.drivers import host_device, local_sync, work_queue
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError

CORE = {m.__file__ for m in (semaphore, waits, submission, host_device, local_sync, work_queue)}
HAL = os.path.dirname(semaphore.__file__)
CANNOT_RAISE = re.compile(
    r"try:|with |finally:|else|pass|break|return$|return (None|True|False)$|raise$"
    r"|(self\.)?\w+ = (None|True|False)$|if (self\.)?\w+ is (not )?None:$|while [\w.]+( or [\w.]+)*:$"
)
"""Matches lines where no exception can occur: they allocate nothing and call nothing, or enter a
`with` block.
"""
ONES = np.ones(16, np.int32)
SECONDS = 20.0
"""Seconds to wait for what must happen."""


class Fault:
    """A trace function that raises before the n-th line of the core, or at the n-th call into the
    HAL, that runs in this thread or in one that is started meanwhile.
    """

    def __init__(self, number: int, event: str, error: Callable[[], BaseException]):
        self.left = number
        self.event = event
        self.error = error
        self.place = ""
        self.is_closed = False
        self._lock = threading.Lock()

    @property
    def over(self) -> bool:
        """True if the n-th line or call was reached."""
        return self.left <= 0

    def __call__(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if self.over or self.is_closed or not self._is_place(code.co_filename):
            return None
        if event == "call" and self.event == "call":
            self._count(frame)
        elif event == "line" and self.event == "line":
            source = linecache.getline(code.co_filename, frame.f_lineno).strip()
            if not CANNOT_RAISE.match(source):
                self._count(frame)
        return self

    def _is_place(self, file: str) -> bool:
        return file in CORE if self.event == "line" else file.startswith(HAL)

    def _count(self, frame: FrameType) -> None:
        with self._lock:
            if self.is_closed:
                return
            self.left -= 1
            reached = self.left == 0
        if reached:
            sys.settrace(None)
            self.place = f"{frame.f_code.co_qualname}:{frame.f_lineno}"
            raise self.error()

    def __enter__(self) -> Fault:
        threading.settrace(self)
        sys.settrace(self)
        return self

    def __exit__(self, *raised: object) -> None:
        sys.settrace(None)
        threading.settrace(None)  # pyright: ignore[reportArgumentType]


def fence(count: int = 1) -> Fence:
    """Returns a fence of `count` new semaphores."""
    return Fence([(Semaphore(), 1) for _ in range(count)])


class Counting(HostExecutable):
    """An executable with one entry point that counts its runs."""

    def __init__(self) -> None:
        super().__init__("test", ["f"])
        self.runs = 0

    def prepare(self, entry_point: int, workgroups: Any, constants: Any, pool: Any = None) -> Any:
        """Returns a function that counts a run."""

        def run(bindings: Any) -> None:
            self.runs += 1

        return run

    def dispatch(self) -> Dispatch:
        """Returns a dispatch of the entry point."""
        return Dispatch(self, 0, (1, 1, 1), (), ())


def outcome(fence: Fence) -> StatusCode:
    """Waits for a fence; returns OK or the code of its failure. Raises AssertionError if it is not
    decided in time.
    """
    try:
        assert fence.wait(SECONDS), f"{fence!r} is never decided"
        return StatusCode.OK
    except StatusError as error:
        return error.code


def chain(device: Device, fault: Fault) -> None:
    """Injects a fault into a signal that starts a chain of two submissions and a separate one. Each
    signal fence must call its waiter once.
    """
    start, middle, end, alone = fence(), fence(2), fence(), fence()
    counts = [Counting() for _ in range(3)]
    heard: list[list[StatusError | None]] = [[], [], []]
    for wait, signal, count in ((middle, end, 0), (start, middle, 1), (start, alone, 2)):
        device.submit(wait, signal, [counts[count].dispatch()])
    for row, each in zip(heard, (middle, end, alone), strict=True):
        each.when_reached(row.append)
    try:
        with fault:
            start.signal()
    except MemoryError:
        pass
    if start.query() == StatusCode.DEFERRED:
        start.signal()
    codes = [outcome(each) for each in (middle, end, alone)]
    device.wait_idle()
    assert set(codes) <= {StatusCode.OK, StatusCode.RESOURCE_EXHAUSTED, StatusCode.INTERNAL}, codes
    assert codes[0] == StatusCode.OK or codes[1] == codes[0], f"{codes}: not the same status"
    for code, row in zip(codes, heard, strict=True):
        # A fault in `Wait._call` is reported, and may come in place of the waiter's call.
        least = 0 if fault.place.startswith("Wait._call:") else 1
        assert least <= len(row) <= 1, f"heard {len(row)} times"
        assert all((heard is None) == (code == StatusCode.OK) for heard in row)
    assert all(count.runs <= 1 for count in counts), "work ran twice"


def submitting(device: Device, fault: Fault) -> None:
    """Injects a fault into submissions, one of which is ready while two wait."""
    start, first, second, third = fence(), fence(2), fence(), fence()
    counts = [Counting(), Counting()]
    raised = False
    try:
        with fault:
            device.submit(None, first, [counts[0].dispatch()])
            device.submit(start, second, [counts[1].dispatch()])
            device.submit(second, third, [])
    except (MemoryError, StatusError):
        raised = True
    start.signal()
    if raised:
        # Nothing else decides the fences of submissions that were not made.
        for each in (first, second, third):
            if each.query() == StatusCode.DEFERRED and not _is_promised(each):
                each.fail(StatusError(StatusCode.CANCELLED, "was not begun"))
    codes = [outcome(each) for each in (first, second, third)]
    device.wait_idle()
    failures = {StatusCode.RESOURCE_EXHAUSTED, StatusCode.INTERNAL}
    if raised:
        failures.add(StatusCode.CANCELLED)
    if not fault.over:
        assert not raised and codes == [StatusCode.OK] * 3, codes
    assert set(codes) <= {StatusCode.OK, *failures}, codes
    assert codes[1] == StatusCode.OK or codes[2] != StatusCode.OK, f"{codes}: a failed wait passed"
    for code, count in zip(codes, counts):
        assert count.runs == 1 if code == StatusCode.OK else count.runs <= 1, (code, count.runs)


def _is_promised(fence: Fence) -> bool:
    known = [party for ref in list(deadlock.parties.values()) if (party := ref()) is not None]
    return any(s in fence.values for party in known for s, _ in party.signals)


def releasing(device: Device, fault: Fault) -> None:
    """Injects a fault into the release of a semaphore that two chained submissions wait for. Each
    signal fence must fail and call its waiter once, though Python drops what a finalizer raises.
    """
    start, end, after = fence(2), fence(), fence(2)
    counts = [Counting(), Counting()]
    heard: list[list[StatusError | None]] = [[], []]
    device.submit(start, end, [counts[0].dispatch()])
    device.submit(end, after, [counts[1].dispatch()])
    for row, each in zip(heard, (end, after), strict=True):
        each.when_reached(row.append)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", deadlock.WaitWarning)
        try:
            with fault:
                del start
        except MemoryError:
            assert not fault.place.startswith("Semaphore."), "a finalizer's error is dropped"
        codes = [outcome(each) for each in (end, after)]
    device.wait_idle()
    failures = {StatusCode.ABORTED, StatusCode.RESOURCE_EXHAUSTED, StatusCode.INTERNAL}
    assert set(codes) <= failures, codes
    for row in heard:
        least = 0 if fault.place.startswith("Wait._call:") else 1
        assert least <= len(row) <= 1 and None not in row, f"heard {row}"
    assert not any(count.runs for count in counts), "work ran"


def allocating(device: Device, fault: Fault) -> None:
    """Injects a fault into the life of a transient buffer, whose memory the queue allocates, fills
    and releases.
    """
    start, allocated, filled, freed = fence(), fence(), fence(), fence()
    raised = False
    try:
        with fault:
            buffer = device.alloca(start, allocated, 48, 3075, 1 << 16)
            work = [Fill(BufferRef(0, buffer, 0, 1 << 16), b"\1")]
            device.submit(allocated, filled, work)
            device.dealloca(filled, freed, buffer)
            start.signal()
    except (MemoryError, StatusError):
        raised = True
    for each in (start, allocated, filled, freed):
        if raised and each.query() == StatusCode.DEFERRED and not _is_promised(each):
            each.fail(StatusError(StatusCode.CANCELLED, "was not begun"))
    codes = [outcome(each) for each in (allocated, filled, freed)]
    device.wait_idle()
    failures = {StatusCode.RESOURCE_EXHAUSTED, StatusCode.INTERNAL}
    if raised:
        failures.add(StatusCode.CANCELLED)
    assert set(codes) <= {StatusCode.OK, *failures}, codes
    assert fault.over or codes == [StatusCode.OK] * 3, codes


SCENARIOS = (chain, submitting, releasing, allocating)
DEVICES: dict[str, Callable[[LoaderSet], Device]] = {
    "local-sync": LocalSyncDevice,
    "local-task": LocalTaskDevice,
}


def inject_lines(kind: str, most: int, step: int) -> int:
    """Injects a MemoryError at every `step`-th line of each scenario on one device, twice each, at
    most `most` times in all. Returns the number of faults.
    """
    done = 0
    gc.collect()
    gc.freeze()  # collections then examine only objects of the scenarios
    for scenario in SCENARIOS:
        number, heap = 1, Heap()
        while done < most and _inject_line(kind, scenario, number):
            with heap.repetition():
                _inject_line(kind, scenario, number)
            done += 2
            number += step
    return done


def _inject_line(kind: str, scenario: Callable[[Device, Fault], None], number: int) -> bool:
    fault = Fault(number, "line", lambda: MemoryError("injected"))
    try:
        # Finalizers of other devices must not run among the counted lines.
        gc.collect()
        gc.disable()
        device = DEVICES[kind](LoaderSet([]))
        scenario(device, fault)
        fault.is_closed = True
        gc.enable()
        settled(device)
    except AssertionError as error:
        raise AssertionError(f"{kind}, {scenario.__name__}, {fault.place}: {error}") from error
    return fault.over


def inject_calls(device: str, most: int, step: int) -> int:
    """Fails every `step`-th call that an invocation makes into the HAL, one in each invocation and
    twice each, at most `most` in all. Returns the number of faults.
    """
    module = ireelite.load(compiled(), device=device)
    module.step._plans_left = 0  # invocations by a plan make no such calls
    np.asarray(module.step(ONES))
    settled()
    in_use = used_bytes(module.device)
    done, number, heap = 0, 1, Heap()
    while done < most and _inject_call(module, number, in_use):
        with heap.repetition():
            _inject_call(module, number, in_use)
        done += 2
        number += step
    return done


def _inject_call(module: Any, number: int, in_use: int) -> bool:
    fault = Fault(number, "call", lambda: StatusError(StatusCode.DATA_LOSS, "injected"))
    try:
        try:
            with fault:
                result = np.asarray(module.step(ONES))
            assert (result == 2).all()
            del result
        except StatusError as error:
            assert fault.over, f"failed by itself: {error}"
            assert error.code in (StatusCode.DATA_LOSS, StatusCode.ABORTED), error
        assert (np.asarray(module.step(ONES)) == 2).all(), "the next call is wrong"
        settled(module.device, in_use)
    except AssertionError as error:
        raise AssertionError(f"{module.device.id}, {fault.place}: {error}") from error
    return fault.over


def settled(device: Device | None = None, in_use: int = 0) -> None:
    """Waits until no submission or wait is left, and at most `in_use` bytes of the device's memory
    are in use. Raises AssertionError if that takes more than `SECONDS`.
    """
    end = time.monotonic() + SECONDS
    while (any(_alive()) or used_bytes(device) > in_use) and time.monotonic() < end:
        gc.collect()
        time.sleep(0.001)
    left = [str(party) for party in _alive()]
    assert not left, f"left behind: {left}"
    assert not deadlock.host_waits
    assert not deadlock.inline or not any(deadlock.inline.values())
    more = used_bytes(device) - in_use
    assert more <= 0, f"{more} bytes of device memory left behind"


def used_bytes(device: Device | None) -> int:
    """Returns the bytes of the device's memory pool that buffers use."""
    pool = None if device is None else device.allocator.pool()
    return 0 if pool is None else pool.in_use


class Heap:
    """What repetitions of faults leave behind in Python's memory. The first time a fault is injected
    may allocate what stays, as caches do; the second time may not.
    """

    MOST = 64
    """Bytes that a repetition may leave behind on average: less than any object of a queue."""
    SLACK = 1 << 14

    def __init__(self) -> None:
        self.faults = self.grown = 0
        tracemalloc.stop()
        tracemalloc.start()

    @contextmanager
    def repetition(self) -> Iterator[None]:
        """Context manager that runs a fault again. Raises AssertionError if all repetitions together
        leave too much behind.
        """
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        yield
        gc.collect()
        self.grown += tracemalloc.get_traced_memory()[0] - before
        self.faults += 1
        assert self.grown <= self.MOST * self.faults + self.SLACK, (
            f"{self.grown} bytes of Python's memory left behind by {self.faults} faults"
        )

    def __del__(self) -> None:
        tracemalloc.stop()


def _alive() -> Iterator[deadlock.Party]:
    for reference in list(deadlock.parties.values()):
        if (party := reference()) is not None:
            yield party


def main() -> int:
    """Injects all faults and prints their number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    flags = parser.parse_args()
    faulthandler.dump_traceback_later(1800, exit=True)
    threading.excepthook = lambda row: None  # errors that no fence carries are reported there
    sys.unraisablehook = lambda row: None  # those of finalizers
    warnings.simplefilter("ignore", deadlock.WaitWarning)
    for kind in DEVICES:
        print(f"{kind}: {inject_lines(kind, flags.most, 1)} lines", flush=True)
    for device in ("local-sync", "local-task", "webgpu"):
        print(f"{device}: {inject_calls(device, flags.most, 1)} calls", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
