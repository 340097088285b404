"""Interrupts, and calls from finalizers and signal handlers, at every line of the queues' core:
each fence is decided, no work is lost or done twice, and nothing hangs."""

import contextlib
import faulthandler
import gc
import linecache
import sys
import threading

import pytest

from ireelite.hal import semaphore as semaphore_file
from ireelite.hal import submission as submission_file
from ireelite.hal import waits as waits_file
from ireelite.hal.command_buffer import Dispatch
from ireelite.hal.drivers import host_device, local_sync, work_queue
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError

CORE = {
    m.__file__
    for m in (semaphore_file, waits_file, submission_file, host_device, local_sync, work_queue)
}


def fence(count=1):
    return Fence([(Semaphore(), 1) for _ in range(count)])


class Counting(HostExecutable):
    """An entry point that counts its runs."""

    def __init__(self, act=lambda: None):
        super().__init__("test", ["f"])
        self.runs = 0
        self.act = act

    def prepare(self, entry_point, workgroups, constants, pool=None):
        def run(bindings):
            self.runs += 1
            self.act()

        return run

    def dispatch(self):
        return Dispatch(self, 0, (1, 1, 1), (), ())


class AtLine:
    """Does something before the n-th line that this thread runs of the core."""

    def __init__(self, line, act):
        self.left = line
        self.act = act
        self.place = ""

    def __call__(self, frame, event, argument):
        if frame.f_code.co_filename not in CORE or frame.f_code.co_name == "__del__":
            return None  # Python drops what a finalizer raises
        # Nothing comes between a `try:` and the line after it, nor between the end of a `with` and
        # the release of its lock; a trace function alone could.
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        if event == "line" and not source.strip().startswith(("try:", "with ")):
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                self.place = f"{frame.f_code.co_qualname}:{frame.f_lineno}"
                self.act()
        return self

    def __enter__(self):
        sys.settrace(self)

    def __exit__(self, *raised):
        sys.settrace(None)

    @property
    def over(self):
        """Whether the line was reached."""
        return self.left <= 0


def interrupt():
    raise KeyboardInterrupt


def decided(fence, seconds=20):
    """The code that the fence ends with."""
    try:
        return StatusCode.OK if fence.wait(seconds) else None
    except StatusError as error:
        return error.code


@pytest.fixture(autouse=True)
def no_hang():
    # No finalizer of another test's device runs among the lines that are counted.
    gc.collect()
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


FIRST_LINES = 4
"""Lines that `submit` runs before it has begun: an interrupt there is one before the call."""
DEVICES = {"local-sync": LocalSyncDevice, "local-task": LocalTaskDevice}


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("act", [interrupt, "signal"])
def test_at_any_line_of_a_signal(kind, act):
    """One signal releases a chain, a join and an independent submission."""
    device = DEVICES[kind](LoaderSet([]))
    line = 0
    while True:
        line += 1
        start, middle, end, alone, other = fence(), fence(2), fence(), fence(), fence()
        counts = [Counting() for _ in range(4)]
        device.submit(middle, end, [counts[0].dispatch()])
        device.submit(start, middle, [counts[1].dispatch()])
        device.submit(start, alone, [counts[2].dispatch()])
        device.submit(other, None, [counts[3].dispatch()])
        at = AtLine(line, other.signal if act == "signal" else act)
        try:
            with at:
                start.signal()
        except KeyboardInterrupt:
            pass
        if start.query() == StatusCode.DEFERRED:
            start.signal()
        codes = [decided(f) for f in (middle, end, alone)]
        assert set(codes) <= {StatusCode.OK, StatusCode.CANCELLED}, f"{at.place}: {codes}"
        assert codes[0] == StatusCode.OK or codes[1] == StatusCode.CANCELLED
        for semaphore in middle.values:
            assert semaphore.decided(1)
        if act == "signal":
            assert codes == [StatusCode.OK] * 3
            device.wait_idle()
            assert counts[3].runs == (1 if at.over else 0)
        assert all(count.runs <= 1 for count in counts)
        for code, count in zip(codes, (counts[1], counts[0], counts[2])):
            assert count.runs == 1 or code == StatusCode.CANCELLED
        if not at.over:
            break
    assert line > 30


@pytest.mark.parametrize("kind", DEVICES)
@pytest.mark.parametrize("wait_first", [False, True])
def test_at_any_line_of_a_submission(kind, wait_first):
    device = DEVICES[kind](LoaderSet([]))
    line = FIRST_LINES
    while True:
        line += 1
        start, end, count = fence(), fence(2), Counting()
        if not wait_first:
            start.signal()
        at = AtLine(line, interrupt)
        raised = False
        try:
            with at:
                device.submit(start, end, [count.dispatch()])
        except KeyboardInterrupt:
            raised = True
        if wait_first:
            start.signal()
        code = decided(end)
        assert code == StatusCode.OK or (raised and code == StatusCode.CANCELLED), at.place
        assert code == StatusCode.CANCELLED or count.runs == 1
        assert all(semaphore.decided(1) for semaphore in end.values)
        if not at.over:
            break
    assert line > 10


def test_at_any_line_of_a_wait():
    line = beyond = 0
    # On a busy machine a signal may come before the wait, which is then over after a few lines.
    while beyond < 3:
        line += 1
        both = fence(2)
        timer = threading.Timer(0.002, both.signal)
        at = AtLine(line, interrupt)
        timer.start()
        try:
            with at:
                assert both.wait(20)
        except KeyboardInterrupt:
            pass
        timer.join()
        assert both.reached()
        assert not any(waits for s in both.values for waits in s._waits.values())
        beyond = 0 if at.over else beyond + 1
    assert line > 10


def test_an_interrupt_of_work_fails_its_fence_and_what_is_queued_behind_runs():
    device = LocalSyncDevice(LoaderSet([]))
    start, cut, behind = fence(), fence(), fence()
    after = fence()
    device.submit(start, cut, [Counting(interrupt).dispatch()])
    device.submit(start, behind, [Counting().dispatch()])
    device.submit(cut, after, [])
    with pytest.raises(KeyboardInterrupt):
        start.signal()
    assert [f.query() for f in (start, cut, after, behind)] == [
        StatusCode.OK,
        StatusCode.CANCELLED,
        StatusCode.CANCELLED,
        StatusCode.OK,
    ]
    again = fence()
    with pytest.raises(KeyboardInterrupt):
        device.submit(None, again, [Counting(interrupt).dispatch()])
    with pytest.raises(StatusError, match="CANCELLED; KeyboardInterrupt"):
        again.reached()


def test_a_worker_outlives_the_exit_of_its_work(monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda row: reported.append(row.exc_type))
    device = LocalTaskDevice(LoaderSet([]))
    cut, next = fence(), fence()
    device.submit(None, cut, [Counting(sys.exit).dispatch()])
    device.submit(None, next, [Counting().dispatch()])
    assert decided(cut) == StatusCode.CANCELLED
    assert decided(next) == StatusCode.OK
    assert reported == [SystemExit]


def test_a_thread_that_cannot_start_fails_what_is_queued_and_is_tried_again(monkeypatch):
    device = LocalTaskDevice(LoaderSet([]))
    start, parked, refused = fence(), fence(), fence()
    device.submit(start, parked, [])
    real = threading.Thread.start

    def fails(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fails)
    device.submit(None, refused, [])
    start.signal()
    for failed in (refused, parked):
        with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; cannot start a thread for"):
            failed.wait(20)
    monkeypatch.setattr(threading.Thread, "start", real)
    done = fence()
    device.submit(None, done, [])
    assert done.wait(20)


def test_a_fence_with_a_timepoint_already_passed_decides_the_others():
    passed, other = Semaphore(), Semaphore()
    passed.signal(1)
    with pytest.raises(StatusError, match="already signaled past 1"):
        Fence([(passed, 1), (other, 1)]).signal()
    assert other.reached(1)
    failing, third = Semaphore(), Semaphore()
    device = LocalSyncDevice(LoaderSet([]))
    with pytest.raises(StatusError, match="already signaled past 1"):
        device.submit(None, Fence([(passed, 1), (third, 1)]), [])
    assert third.reached(1)
    Fence([(passed, 1), (failing, 1)]).fail(StatusError(StatusCode.ABORTED, "over"))
    assert passed.reached(1) and failing.failure is not None


def test_a_signal_raises_nothing_of_the_work_that_it_releases(monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda row: reported.append(str(row.exc_value)))
    device = LocalSyncDevice(LoaderSet([]))
    start = fence(2)

    def defect():
        raise ZeroDivisionError("a defect")

    first = next(iter(start.values))
    device.submit(Fence([(first, 1)]), None, [Counting(defect).dispatch()])
    start.signal()
    assert start.reached()
    assert reported == ["INTERNAL; ZeroDivisionError: a defect"]


def test_a_call_that_raises_fails_its_signal_fence(device):
    from ireelite.hal.command_buffer import CommandBuffer

    done, unready, huge = fence(), fence(), fence()

    class Foreign(HostExecutable):
        def prepare(self, entry_point, workgroups, constants, pool=None):
            raise StatusError(StatusCode.INVALID_ARGUMENT, "no such entry point")

    with pytest.raises(StatusError, match="has not been finalized"):
        device.execute(None, unready, CommandBuffer(device, 0, 3, 0), ())
    with pytest.raises(StatusError):
        device.alloca(None, huge, 48, 0xC03, -1)
    with contextlib.suppress(StatusError):
        device.submit(None, done, [Dispatch(Foreign("test", ["f"]), 0, (1, 1, 1), (), ())])
    for failed in (unready, huge, done):
        assert decided(failed) in (StatusCode.INVALID_ARGUMENT, StatusCode.FAILED_PRECONDITION)


def test_long_timelines_and_wide_joins_are_linear():
    """The work per step does not grow: counted in lines, as times are noise."""

    def lines(steps):
        device, timeline, count = LocalSyncDevice(LoaderSet([])), Semaphore(), [0]

        def trace(frame, event, argument):
            if frame.f_code.co_filename not in CORE:
                return None
            count[0] += event == "line"
            return trace

        for step in reversed(range(steps)):
            device.submit(Fence([(timeline, step + 1)]), Fence([(timeline, step + 2)]), [])
        sys.settrace(trace)
        timeline.signal(1)
        Fence.joined([fence() for _ in range(steps)])
        sys.settrace(None)
        assert timeline.reached(steps + 1)
        return count[0]

    assert lines(200) < 2.2 * lines(100)
