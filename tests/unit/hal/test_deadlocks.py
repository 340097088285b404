"""Waits that cannot end are named; waits that only unknown code can end warn and go on."""

import _thread
import asyncio
import concurrent.futures
import gc
import signal
import threading
import time
import warnings

import pytest

import ireelite
from ireelite.hal import deadlock
from ireelite.hal.command_buffer import Dispatch
from ireelite.hal.deadlock import Promise, WaitWarning, set_warning_seconds
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import HostExecutable, LoaderSet
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.python_module import PyModuleInterface
from ireelite.status import StatusCode, StatusError


def named(*names):
    """A fence for the value 1 of a new semaphore each."""
    fence = Fence([(Semaphore(), 1) for _ in names])
    for semaphore, name in zip(fence.values, names):
        semaphore.name = name
    return fence


@pytest.fixture(autouse=True)
def soon():
    """Waits warn after half a second."""
    set_warning_seconds(0.5)
    yield
    set_warning_seconds(None)


def test_submissions_that_wait_for_each_other(device):
    first, second, third = named("a"), named("b"), named("c")
    device.submit(first, second, [])
    device.submit(second, first, [])
    device.submit(Fence.joined([second, first]), third, [])
    begin = time.monotonic()
    with pytest.raises(StatusError) as raised:
        third.wait()
    assert time.monotonic() - begin < 20
    assert str(raised.value).startswith("ABORTED; deadlock: thread 'MainThread' waits for ever: ")
    lane = f"a submission on {device.lane} for"
    assert f"{lane} b >= 1 signals b >= 1 (now 0) once a >= 1 (now 0) is reached" in str(
        raised.value
    )
    assert f"{lane} a >= 1 signals a >= 1 (now 0) once b >= 1" in str(raised.value)
    first.fail(StatusError(StatusCode.CANCELLED, "end"))


def test_two_threads_that_wait_for_what_the_other_has_promised():
    ours, theirs, told = named("ours"), named("theirs"), []

    def wait():
        try:
            theirs.wait()
        except StatusError as error:
            told.append(str(error))

    thread = threading.Thread(target=wait, name="other", daemon=True)
    promises = [Promise(ours, thread), Promise(theirs, threading.current_thread())]
    thread.start()
    try:
        with pytest.raises(
            StatusError, match="ABORTED; deadlock: thread 'MainThread' waits"
        ) as raised:
            ours.wait()
    finally:
        theirs.fail(StatusError(StatusCode.CANCELLED, "end"))
    thread.join(20)
    # The first to look finds the cycle; the other one may find that the first has given up.
    steps = [
        "thread 'other' signals ours >= 1 (now 0) once theirs >= 1 (now 0) is reached",
        "thread 'MainThread' signals theirs >= 1 (now 0) once ours >= 1 (now 0) is reached",
    ]
    assert any(all(step in text for step in steps) for text in [str(raised.value), *told])
    assert len(promises) == 2


def test_a_thread_that_ended_without_keeping_its_promise():
    fence = named("kept")
    thread = threading.Thread(target=lambda: None, name="brief")
    promise = Promise(fence, thread)
    thread.start()
    with pytest.raises(StatusError, match="thread 'brief' has ended without signalling kept >= 1"):
        fence.wait()
    key = id(promise)
    assert key in deadlock.parties
    del promise
    assert key not in deadlock.parties


def test_a_promise_that_is_kept_does_not_warn():
    fence = named("kept")
    thread = threading.Timer(1.2, fence.signal)
    promise = Promise(fence, thread)
    thread.start()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fence.wait()
    del promise


def _by_signal_handler(fence):
    signal.signal(signal.SIGALRM, lambda *_: fence.signal())
    signal.setitimer(signal.ITIMER_REAL, 0.9)


def _by_bare_thread(fence):
    def run():
        time.sleep(0.9)
        fence.signal()

    _thread.start_new_thread(run, ())


@pytest.mark.parametrize("start", [_by_signal_handler, _by_bare_thread])
def test_unknown_code_may_signal_what_was_waited_for_long(start):
    before = signal.getsignal(signal.SIGALRM)
    fence = named("late")
    start(fence)
    try:
        with pytest.warns(WaitWarning) as issued:
            assert fence.wait()
    finally:
        signal.signal(signal.SIGALRM, before)
    (row,) = issued
    assert row.filename == __file__
    assert "'MainThread' has waited" in str(row.message)
    assert "no known party signals late >= 1 (now 0)" in str(row.message)


def test_the_warning_goes_through_submissions_and_lists_other_waits(device):
    start, end, elsewhere = named("start"), named("end"), named("elsewhere")
    device.submit(start, end, [])
    waiting = threading.Thread(target=elsewhere.wait, name="another")
    waiting.start()
    timer = threading.Timer(1.5, start.signal)
    timer.start()
    with pytest.warns(WaitWarning) as issued:
        assert end.wait()
    elsewhere.signal()
    waiting.join(20)
    text = next(str(row.message) for row in issued if "'MainThread' has" in str(row.message))
    assert "once start >= 1 (now 0) is reached; no known party signals start >= 1" in text
    assert "1 more wait: thread 'another' for elsewhere >= 1" in text


def test_coroutines_that_await_what_never_comes(device):
    """Each task gets the failure of its own wait, and the loop goes on."""
    first, second, elsewhere = named("a"), named("b"), named("elsewhere")
    device.submit(first, second, [])
    device.submit(second, first, [])

    async def wait(fence):
        await fence

    async def main():
        tasks = [asyncio.create_task(wait(f), name=f"of {f}") for f in (first, second, elsewhere)]
        outcomes = await asyncio.gather(*tasks[:2], return_exceptions=True)
        await asyncio.sleep(0.8)
        elsewhere.signal()
        await tasks[2]
        return outcomes

    with pytest.warns(WaitWarning, match="task 'of .*elsewhere.*no known party") as issued:
        for outcome, fence in zip(in_new_loop(main()), (first, second), strict=True):
            assert str(outcome).startswith(f"ABORTED; deadlock: task 'of {fence}' waits for ever")
    assert [row.filename for row in issued] == [__file__]
    first.fail(StatusError(StatusCode.CANCELLED, "end"))


def test_a_warning_that_is_an_error_ends_what_is_awaited():
    async def main():
        await named("elsewhere")

    with warnings.catch_warnings(), pytest.raises(WaitWarning, match="no known party"):
        warnings.simplefilter("error", WaitWarning)
        in_new_loop(main())


def in_new_loop(coroutine):
    """What a coroutine returns. It runs in a thread: a browser's driver may have left this thread
    a loop that runs.
    """
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_the_host_may_drive_the_values_between_those_of_a_device(device):
    """A submission that waits for 1 and signals 2 of one timeline is no cycle."""
    timeline = Semaphore()
    device.submit(Fence([(timeline, 1)]), Fence([(timeline, 2)]), [])
    timer = threading.Timer(0.3, timeline.signal, [1])
    timer.start()
    assert Fence([(timeline, 2)]).wait()


def test_work_that_is_parked_on_what_nothing_can_signal_fails(device):
    done, after = named("done"), named("after")
    start = named("start", "other")
    device.submit(start, done, [])
    device.submit(done, after, [])
    with pytest.warns(
        WaitWarning, match="start was released at 0: nothing can signal 1 any more; "
    ) as issued:
        del start
    assert issued[0].filename == __file__
    for fence in (done, after):
        with pytest.raises(StatusError, match="ABORTED; start was released at 0"):
            fence.wait(20)


def test_a_cycle_that_is_forgotten_is_reported_when_it_is_collected(device):
    first, second = named("first"), named("second")
    device.submit(first, second, [])
    device.submit(second, first, [])
    with pytest.warns(WaitWarning, match="never ran: a submission on"):
        del first, second
        gc.collect()
    device.wait_idle()
    assert not [ref for ref in deadlock.parties.values() if "first" in str(ref())]


def test_what_was_reached_before_it_is_released_is_no_deadlock(device):
    done, after = named("done"), named("after")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        device.submit(done, after, [])
        done.signal()
        del done
        assert after.wait(20)


SOURCE = """
func.func private @late.give(%x: tensor<4xf32>) -> tensor<4xf32> attributes {iree.abi.model = "coarse-fences"}
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = call @late.give(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""


@pytest.mark.filterwarnings("ignore:.*never ran")
@pytest.mark.parametrize("kind", ["local-sync", "local-task"])
def test_a_function_that_forgets_its_fence_fails_the_call(kind):
    import numpy as np

    interface = PyModuleInterface("late", lambda interface: None)
    interface.export("give", "0rrr_r", lambda state, x, wait, signal: x)
    program = ireelite.compile(SOURCE, targets=["vmvx"], execution_model="async-external")
    module = ireelite.load(interface.create(), program, device=kind)
    begin = time.monotonic()
    with pytest.raises(StatusError, match=r"ABORTED; .* was released at 0: nothing can signal 1"):
        np.asarray(module.f(np.ones(4, np.float32)))
    assert time.monotonic() - begin < 20


def test_seconds_of_the_warning(monkeypatch):
    set_warning_seconds(None)
    monkeypatch.setenv(deadlock.WARNING_VARIABLE, "2.5")
    assert deadlock.warning_seconds() == 2.5
    monkeypatch.setenv(deadlock.WARNING_VARIABLE, "soon")
    with pytest.raises(StatusError, match="IREELITE_WAIT_WARNING is 'soon'; seconds are expected"):
        deadlock.warning_seconds()
    with pytest.raises(StatusError, match="cannot warn after -1 seconds"):
        set_warning_seconds(-1)


def test_every_alternative_of_wait_any_is_named(device):
    one, other = named("one"), named("other")
    device.submit(one, one, [])
    device.submit(other, other, [])
    with pytest.raises(StatusError) as raised:
        ireelite.wait_any(one, other)
    text = str(raised.value)
    assert text.startswith("ABORTED; deadlock: thread 'MainThread' waits for ever: wait_any ends")
    for name in ("one", "other"):
        assert f"wait_any ends once {name} >= 1 (now 0) is reached" in text
        assert f"signals {name} >= 1 (now 0) once {name} >= 1 (now 0) is reached" in text
    for fence in (one, other):
        fence.fail(StatusError(StatusCode.CANCELLED, "end"))


def test_wait_any_is_no_deadlock_while_one_alternative_can_come(device, monkeypatch):
    stuck, start, end, texts = named("stuck"), named("start"), named("end"), []

    def warn(text):
        texts.append(text)
        start.signal()

    monkeypatch.setattr(deadlock, "warn", warn)
    device.submit(stuck, stuck, [])
    device.submit(start, end, [])
    assert ireelite.wait_any(stuck, end).done == {end}
    assert "for the first of 2 >= 1 (now 0): wait_any ends once end >= 1" in texts[0]
    assert "no known party signals start >= 1" in texts[0] and "stuck" not in texts[0]
    stuck.fail(StatusError(StatusCode.CANCELLED, "end"))


class WaitsWhenCollected:
    """Waits for a fence in its finalizer, and keeps the error."""

    def __init__(self, fence, errors):
        self.fence, self.errors = fence, errors

    def __del__(self):
        try:
            self.fence.wait()
        except StatusError as error:
            self.errors.append(str(error))


class Releases(HostExecutable):
    """An executable with one entry point that releases what it holds."""

    def __init__(self, held):
        super().__init__("test", ["f"])
        self.held = [held]

    def prepare(self, entry_point, workgroups, constants, pool=None):
        return lambda bindings: self.held.clear()


@pytest.mark.parametrize("device", ["local-sync", "local-task"], indirect=True)
@pytest.mark.parametrize("is_parked", [False, True])
def test_a_finalizer_waits_for_the_work_that_it_interrupts(device, is_parked):
    start, end, errors = named("start"), named("end"), []
    dispatch = Dispatch(Releases(WaitsWhenCollected(end, errors)), 0, (1, 1, 1), (), ())
    device.submit(start if is_parked else None, end, [dispatch])
    if is_parked:
        start.signal()
    assert end.wait(20)
    (text,) = errors
    assert text.startswith("ABORTED; deadlock: thread '")
    assert "end >= 1 (now 0) once end >= 1 (now 0) is reached" in text


def test_a_finalizer_waits_for_work_that_its_own_queue_has_yet_to_run():
    device = LocalTaskDevice(LoaderSet([]))
    start, first, second, errors = named("start"), named("first"), named("second"), []
    dispatch = Dispatch(Releases(WaitsWhenCollected(second, errors)), 0, (1, 1, 1), (), ())
    device.submit(start, first, [dispatch])
    device.submit(start, second, [])
    start.signal()
    assert first.wait(20) and second.wait(20)
    (text,) = errors
    assert "signals second >= 1 (now 0) once second >= 1 (now 0) is reached" in text


def test_a_thread_that_blocks_first_runs_what_only_it_can_run():
    """On local-sync, work that becomes ready while a thread runs other work waits for the thread."""
    device = LocalSyncDevice(LoaderSet([]))
    start, end = named("start"), named("end")
    middle, late, errors = named("middle"), named("late"), []
    device.submit(middle, late, [])

    class Signals(WaitsWhenCollected):
        def __del__(self):
            middle.signal()
            super().__del__()

    dispatch = Dispatch(Releases(Signals(late, errors)), 0, (1, 1, 1), (), ())
    device.submit(start, end, [dispatch])
    start.signal()
    assert end.reached() and late.reached() and not errors


def test_waiting_for_a_queue_whose_thread_waits_for_this_one():
    device = LocalTaskDevice(LoaderSet([]))
    ours, end, errors = named("ours"), named("end"), []
    promise = Promise(ours, threading.current_thread())
    dispatch = Dispatch(Releases(WaitsWhenCollected(ours, errors)), 0, (1, 1, 1), (), ())
    device.submit(None, end, [dispatch])
    told = []
    try:
        device.wait_idle()
    except StatusError as error:
        told.append(str(error))
    if not errors:
        ours.signal()
    assert end.wait(20)
    device.wait_idle()
    assert any("thread 'MainThread' signals ours >= 1 (now 0) once" in t for t in told + errors)
    assert str(promise) == "thread 'MainThread'"
