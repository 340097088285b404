"""Calls that return before they are over: `async_`, its results, and what waits for them."""

import asyncio
import concurrent.futures
import gc
import os
import subprocess
import sys
import threading
import time
import warnings
import weakref
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.async_call import KNOWN
from ireelite.hal.deadlock import Promise, WaitWarning, set_warning_seconds
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.python_module import PyModuleInterface
from ireelite.status import StatusCode, StatusError

ROOT = Path(__file__).resolve().parents[3]
SOURCE = """
module @sums {
  util.global private mutable @total = dense<0.0> : tensor<4xf32>
  func.func @double(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.add %x, %x : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
  func.func @both(%x: tensor<4xf32>, %n: i32) -> (tensor<4xf32>, i32) {
    %0 = stablehlo.negate %x : tensor<4xf32>
    %1 = arith.addi %n, %n : i32
    return %0, %1 : tensor<4xf32>, i32
  }
  func.func @accumulate(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = util.global.load @total : tensor<4xf32>
    %1 = stablehlo.add %0, %x : tensor<4xf32>
    util.global.store %1, @total : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
  func.func @large(%x: tensor<300x300xf32>) -> tensor<300x300xf32> {
    %0 = stablehlo.negate %x : tensor<300x300xf32>
    return %0 : tensor<300x300xf32>
  }
  func.func @nothing() {
    return
  }
}
"""
MODELS = ("async-internal", "async-external")
DEVICES = ("local-sync", "local-task", "webgpu")
X = np.array([1, 2, 3, 4], np.float32)
SECONDS = 20


@pytest.fixture(scope="module")
def programs():
    return {
        model: ireelite.compile(SOURCE, targets=["vmvx", "vulkan-spirv"], execution_model=model)
        for model in MODELS
    }


@pytest.fixture(params=MODELS)
def program(request, programs):
    """Without fences, and with them."""
    return programs[request.param]


@pytest.fixture(params=DEVICES)
def module(request, program):
    return ireelite.load(program, device=request.param)


class Later:
    """A module of Python whose functions end when the test says so."""

    def __init__(self):
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.signals: list[Fence] = []
        self.call = lambda: None
        interface = PyModuleInterface("later", lambda interface: self)
        interface.export("block", "0r_r", Later.block)
        model = {"iree.abi.model": "coarse-fences"}
        interface.export("promise", "0rrr_r", Later.promise, model)
        interface.export("nested", "0r_r", Later.nested)
        self.module = interface.create()

    def block(self, value):
        self.begun.set()
        assert self.go_on.wait(SECONDS)
        return value

    def nested(self, value):
        self.call()
        return value

    def promise(self, value, wait, signal):
        self.signals.append(signal.deref(Fence))
        return value


def test_results_are_those_of_the_call(module):
    assert (module.double.async_(X).result() == 2 * X).all()
    negated, doubled = module.both.async_(X, 4)
    assert (negated.result() == -X).all() and doubled.result() == 8
    result = module.both.async_(X, 5)
    assert bool(module.double.async_(X))
    assert result.result()[1] == 10 and len(result) == 2 and result[1].result() == 10
    assert module.nothing.async_().result() is None


def test_calls_chain_in_order_and_calls_that_wait_come_after_them(module):
    chain = [module.accumulate.async_(X) for _ in range(5)]
    last = module.double.async_(module.double.async_(chain[-1]))
    assert (module.accumulate(X) == 6 * X).all()
    assert [result.result()[0] for result in chain] == [1, 2, 3, 4, 5]
    assert (last.result() == 20 * X).all()
    assert last.result() is last.result()


def test_a_call_by_a_plan_waits_for_calls_that_were_queued_before():
    later, returned = Later(), threading.Event()
    program = ireelite.compile(SOURCE, targets=["llvm-cpu"])
    module = ireelite.load(later.module, program, device="local-sync")
    for _ in range(8):
        module.double(X)
    assert module["double"]._quick is not None
    blocked = module.modules["later"].block.async_(X)
    assert later.begun.wait(SECONDS)

    def call():
        assert (module.double(X) == 2 * X).all()
        returned.set()

    thread = threading.Thread(target=call)
    thread.start()
    assert not returned.wait(0.05)
    later.go_on.set()
    assert returned.wait(SECONDS) and (blocked.result() == X).all()
    thread.join()


def test_modules_on_other_devices_and_in_other_contexts_take_results(programs):
    first = ireelite.load(programs["async-external"], device="webgpu")
    second = ireelite.load(programs["async-external"], device="local-task")
    third = ireelite.load(programs["async-internal"], device="local-sync")
    result = third.double.async_(second.double.async_(first.double.async_(X)))
    assert (result.result() == 8 * X).all()
    numbers = second.both.async_(X, 3)
    assert third.both.async_(numbers[0], numbers[1])[1].result() == 12


def test_a_call_returns_at_once_and_its_arguments_are_copied(program):
    later = Later()
    module = ireelite.load(later.module, program)
    blocked = module.modules["later"].block.async_(X)
    x = np.ones((300, 300), np.float32)
    result = module.large.async_(x)
    assert later.begun.wait(SECONDS)
    assert (repr(blocked), repr(result)) == (
        "<result block running>",
        "<result large pending>",
    )
    assert blocked.running() and not blocked.done() and not result.running()
    x[:] = 5
    with pytest.raises(StatusError, match=r"DEADLINE_EXCEEDED; 'large' has not ended after 0.01 s"):
        result.result(timeout=0.01)
    later.go_on.set()
    assert (result.result(SECONDS) == -1).all()
    assert repr(result) == "<result large ready>"
    assert (np.asarray(result) == -1).all() and np.asarray(result, np.float64).dtype == np.float64


def test_a_device_waits_for_arguments_and_the_host_does_not(programs):
    later = Later()
    module = ireelite.load(later.module, programs["async-external"], device="local-task")
    promised = module.modules["later"].promise.async_(X)
    doubled = module.double.async_(promised)
    again = module.double.async_(doubled)
    assert (module.double(X) == 2 * X).all()  # comes after the others have been issued
    assert promised.running() and doubled.running() and again.running()
    assert all(result._call.values for result in (doubled, again))
    later.signals[0].signal()
    assert (again.result(SECONDS) == 4 * X).all()


def test_what_a_device_fails_with_names_the_function_that_failed(programs):
    later = Later()
    module = ireelite.load(later.module, programs["async-external"], device="local-task")
    promised = module.modules["later"].promise.async_(X)
    doubled = module.double.async_(promised)
    module.nothing()
    later.signals[0].fail(StatusError(StatusCode.DATA_LOSS, "gone"))
    for result in (doubled, promised):
        with pytest.raises(StatusError, match=r"DATA_LOSS; gone; invoking function 'promise'$"):
            result.result(SECONDS)
    assert (module.double.async_(X).result() == 2 * X).all()


def test_failures_are_carried(module):
    failed = module.double.async_(np.zeros(5, np.float32))
    dependent = module.double.async_(failed)
    with pytest.raises(StatusError) as called:
        module.double(np.zeros(5, np.float32))
    for result in (dependent, failed):
        error = result.exception(SECONDS)
        assert error is not None and str(error) == str(called.value)
        with pytest.raises(StatusError, match="invoking function 'double'"):
            result.result()
        with pytest.raises(StatusError, match="invoking function 'double'"):
            result.as_future().result(SECONDS)
    assert repr(failed).startswith("<result double failed: INVALID_ARGUMENT; input0 shape")
    with pytest.raises(StatusError, match="expected 1 arguments but passed 0"):
        module.double.async_()
    with pytest.raises(StatusError, match="'both' has 2 results; pass them one by one"):
        module.double.async_(module.both.async_(X, 1))


def test_results_are_awaited_without_a_thread_for_each(module):
    source = concurrent.futures.Future()

    async def double(value):
        return await module.double.async_(value)

    async def main():
        tasks = [asyncio.ensure_future(double(source)) for _ in range(100)]
        fence = module.double.async_(source).fence
        await asyncio.sleep(0)
        threads = threading.active_count()
        cancelled = tasks.pop()
        cancelled.cancel()
        source.set_result(X)
        values = await asyncio.gather(*tasks)
        await fence
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        with pytest.raises(StatusError, match="invoking function 'double'"):
            await double(np.zeros(3, np.float32))
        return threads, values

    module.double(X)  # the device's thread is there
    before = threading.active_count()
    threads, values = in_new_loop(main())
    assert threads <= before + 2, "one of the loop, one that calls"
    assert len(values) == 99 and all((value == 2 * X).all() for value in values)


def test_an_asyncio_future_is_an_argument(programs):
    module = ireelite.load(programs["async-internal"])

    async def main():
        future = asyncio.get_running_loop().create_future()
        result = module.double.async_(future)
        future.set_result(X)
        return await result

    assert (in_new_loop(main()) == 2 * X).all()


def test_fences_are_awaited():
    semaphore = Semaphore()
    fence = Fence([(semaphore, 2)])

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(_await(fence), 0.01)
        assert not any(semaphore._waits.values()), "the wait was given up"
        timer = threading.Timer(0.01, semaphore.signal, [2])
        timer.start()
        await fence
        await fence
        semaphore.fail(StatusError(StatusCode.DATA_LOSS, "gone"))
        with pytest.raises(StatusError, match="DATA_LOSS; gone"):
            await fence

    in_new_loop(main())


def in_new_loop(coroutine):
    """What a coroutine returns. It runs in a thread: a browser's driver may have left this thread
    a loop that runs.
    """
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def _await(fence):
    await fence


def test_futures_go_both_ways(module):
    given = concurrent.futures.Future()
    result = module.double.async_(given)
    future = result.as_future()
    assert not future.done() and not future.running()
    given.set_result(X)
    assert (future.result(SECONDS) == 2 * X).all()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        made = module.double.async_(pool.submit(np.float32, X))
        assert (made.result(SECONDS) == 2 * X).all()
        with pytest.raises(StatusError, match=r"^INTERNAL; ZeroDivisionError"):
            module.double.async_(pool.submit(lambda: 1 // 0)).result(SECONDS)


def test_what_has_not_begun_can_be_cancelled(programs):
    later = Later()
    module = ireelite.load(later.module, programs["async-internal"])
    running = module.modules["later"].block.async_(X)
    source = concurrent.futures.Future()
    queued, parked = module.double.async_(X), module.double.async_(source)
    assert later.begun.wait(SECONDS) and not running.cancel()
    future = module.double.async_(queued).as_future()
    assert queued.cancel() and parked.cancel() and queued.cancelled()
    assert repr(queued) == "<result double cancelled>"
    through_future = module.double.async_(X)
    given_up = through_future.as_future()
    assert given_up.cancel() and given_up.cancel() and through_future.cancelled()
    assert not running.as_future().cancel()
    assert concurrent.futures.wait([given_up], SECONDS).done == {given_up}
    later.go_on.set()
    assert set(concurrent.futures.as_completed([given_up, future], SECONDS)) == {given_up, future}
    with pytest.raises(StatusError, match="CANCELLED; the call was cancelled before it began"):
        queued.result(SECONDS)
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(SECONDS)
    for cancelled in (future, concurrent.futures.Future()):
        cancelled.cancel()
        taker = module.double.async_(cancelled)
        assert taker.exception(SECONDS) is not None and taker.cancelled()
    assert not running.cancel() and running.exception(SECONDS) is None


def test_wait_any_returns_with_the_first(module):
    first, second = concurrent.futures.Future(), concurrent.futures.Future()
    semaphore = Semaphore()
    results = [module.double.async_(first), module.double.async_(second)]
    fence = Fence([(semaphore, 1)])
    done, pending = ireelite.wait_any(*results, fence, second, timeout=0.01)
    assert not done and pending == {*results, fence, second}
    assert not any(semaphore._waits.values()), "what was not done is not waited for any more"
    first.set_result(X)
    waited = ireelite.wait_any([*results, fence], timeout=SECONDS)
    assert waited.done == {results[0]} and waited.not_done == {results[1], fence}
    semaphore.fail(StatusError(StatusCode.DATA_LOSS, "gone"))
    assert ireelite.wait_any(results[1], fence).done == {fence}
    second.set_result(X[:2])
    assert ireelite.wait_any(results[1], timeout=SECONDS).done == {results[1]}
    for wrong, message in (((), "nothing to wait for"), ((3,), "can be waited for, not int")):
        with pytest.raises(StatusError, match=message):
            ireelite.wait_any(*wrong)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_callbacks_are_called_once_and_their_errors_reported(module):
    called, ready = [], threading.Event()
    source = concurrent.futures.Future()
    result = module.double.async_(source)
    result.add_done_callback(lambda result: called.append(result.result()[0]))
    result.add_done_callback(lambda result: 1 // 0)
    result.add_done_callback(lambda result: (called.append("exit"), sys.exit("an exit")))
    result.add_done_callback(lambda result: ready.set())
    source.set_result(X)
    assert ready.wait(SECONDS) and called == [2, "exit"]
    result.add_done_callback(lambda result: called.append("at once"))
    assert called == [2, "exit", "at once"]
    assert (module.double.async_(X).result(SECONDS) == 2 * X).all()
    assert (module.double(X) == 2 * X).all()


def test_closing_waits_for_what_has_begun(programs):
    later = Later()
    module = ireelite.load(later.module, programs["async-internal"])
    parked_by = concurrent.futures.Future()
    blocked = module.modules["later"].block.async_(X)
    queued, parked = module.double.async_(X), module.double.async_(parked_by)
    threading.Timer(0.02, later.go_on.set).start()
    module.close()
    assert blocked.done() and (queued.result() == 2 * X).all()
    parked_by.set_result(X)
    with pytest.raises(StatusError, match="FAILED_PRECONDITION; the module is closed"):
        parked.result(SECONDS)


def test_waits_that_cannot_end_are_reported(programs):
    """A call that a function of the same modules waits for cannot begin; a value that only other
    code can give is warned of."""
    later = Later()
    module = ireelite.load(later.module, programs["async-internal"])
    later.call = lambda: module.double.async_(X).result()
    nested = module.modules["later"].nested.async_(X)
    with pytest.raises(StatusError, match=r"deadlock: .* call of 'double' signals .*'nested'$"):
        nested.result(SECONDS)
    with pytest.raises(StatusError, match="deadlock: "):
        module.modules["later"].nested(X)
    set_warning_seconds(0.05)
    try:
        given = concurrent.futures.Future()
        result = module.double.async_(module.double.async_(given))
        threading.Timer(1, given.set_result, [X]).start()
        with pytest.warns(WaitWarning, match=r"call of 'double' signals .* no known") as issued:
            assert (result.result() == 4 * X).all()
        assert issued[0].filename == __file__
        given = concurrent.futures.Future()
        future = module.double.async_(given).as_future()
        threading.Timer(1, given.set_result, [X]).start()
        with pytest.warns(WaitWarning, match="no known party") as issued:
            assert concurrent.futures.wait([future]).done == {future}
        assert issued[0].filename == __file__
        later.call = lambda: time.sleep(1)
        slow, unknown = module.modules["later"].nested.async_(X), concurrent.futures.Future()
        with warnings.catch_warnings():
            warnings.simplefilter("error", WaitWarning)  # the call is known to be under way
            assert ireelite.wait_any(slow, unknown).done == {slow}
        threading.Timer(1, unknown.set_result, [X]).start()
        with pytest.warns(WaitWarning, match="no known party") as issued:
            ireelite.wait_any(module.double.async_(unknown), unknown)
        assert issued[0].filename == __file__
    finally:
        set_warning_seconds(None)
    assert (module.double(X) == 2 * X).all()


def test_a_result_that_cannot_come_ends_what_awaits_it(programs):
    later = Later()
    module = ireelite.load(later.module, programs["async-external"])
    result = module.double.async_(module.modules["later"].promise.async_(X))
    while not later.signals:
        time.sleep(0.001)
    other = Fence([(Semaphore(), 1)])
    module.device.submit(later.signals[0], other, [])
    module.device.submit(other, later.signals[0], [])
    with pytest.raises(StatusError, match=r"deadlock: task .* for ever.*; waiting for 'double'$"):
        in_new_loop(_await(result))
    future = result.as_future()
    for wait in (future.result, future.exception):
        with pytest.raises(StatusError, match=r"deadlock: thread .*; waiting for 'double'$"):
            wait()
    taker = module.double.async_(future)
    for wait in (taker.result, lambda: ireelite.wait_any(future)):
        with pytest.raises(StatusError, match=r"deadlock: .*; the future of 'double' ends once"):
            wait()
    with pytest.raises(concurrent.futures.TimeoutError):
        future.result(0.01)
    assert not concurrent.futures.wait([future], 0.01).done
    going, ready = concurrent.futures.Future(), module.modules["later"].nested.async_(X).as_future()
    threading.Timer(0.5, going.set_result, [X]).start()
    for wait in (
        concurrent.futures.wait,
        lambda all: concurrent.futures.wait(all, return_when="FIRST_EXCEPTION"),
        lambda all: list(concurrent.futures.as_completed(all)),
    ):
        stuck = result.as_future()
        wait([ready, stuck, going])
        with pytest.raises(StatusError, match=r"deadlock: thread 'Main.*; waiting for 'double'$"):
            stuck.result(0)
    later.signals[0].fail(StatusError(StatusCode.CANCELLED, "end"))
    assert result.cancelled()


def test_a_call_whose_future_is_forgotten_fails_and_is_reported(program):
    module = ireelite.load(program)
    source, cancelled = concurrent.futures.Future(), concurrent.futures.Future()
    result = module.double.async_(source)
    last = module.double.async_(result)
    assert module.double.async_(cancelled).cancel()
    with pytest.warns(WaitWarning) as issued:
        del source, cancelled
        gc.collect()
    (row,) = issued
    assert "a Future was released at 0" in str(row.message)
    assert str(row.message).endswith("never ran: the asynchronous call of 'double'")
    for each in (result, last):
        with pytest.raises(StatusError, match="ABORTED; a Future was released"):
            each.result()
    with pytest.warns(WaitWarning, match="never ran: the asynchronous call"):
        module.double.async_(concurrent.futures.Future())
        gc.collect()
    assert (module.double(X) == 2 * X).all()


def test_what_only_the_waiting_thread_can_end_is_a_deadlock_of_a_wait_for_all(programs):
    later, ours = Later(), Fence([(Semaphore(), 1)])
    module = ireelite.load(later.module, programs["async-external"])
    promise = Promise(ours, threading.current_thread())
    results = [module.double.async_(module.modules["later"].promise.async_(X)) for _ in range(2)]
    while len(later.signals) < 2:
        time.sleep(0.001)
    module.device.submit(ours, later.signals[0], [])
    threading.Timer(0.5, later.signals[1].signal).start()
    futures = [result.as_future() for result in results]
    assert concurrent.futures.wait(futures, return_when="FIRST_COMPLETED").done == {futures[1]}
    concurrent.futures.wait(futures)
    with pytest.raises(StatusError, match=r"deadlock: .* thread 'MainThread' signals semaphore"):
        futures[0].result(0)
    assert promise
    ours.signal()
    assert results[0].exception(SECONDS) is None


EXITS = """
import numpy as np, ireelite
from concurrent.futures import Future
from ireelite.hal.semaphore import Fence, Semaphore
gate, done = Fence([(Semaphore(), 1)]), Fence([(Semaphore(), 1)])
(semaphore,) = gate.values
semaphore.name = "gate"
module = ireelite.load(ireelite.compile(SOURCE, targets=["vmvx"]), device="local-task")
module.double(np.ones(4, np.float32))
future = Future()
result = module.double.async_(future)
module.device.submit(gate, None, [])
module.device.submit(gate, done, [])
"""


def test_what_is_parked_when_the_interpreter_exits_is_reported():
    text = EXITS.replace("SOURCE", repr(SOURCE))
    for ending, expected in (
        (
            "",
            "before 3 that waited have run: the asynchronous call of 'double' waited for a Future",
        ),
        ("future.set_result(0); import atexit; atexit.register(gate.signal)", None),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", text + ending], capture_output=True, text=True, cwd=ROOT
        )
        assert ran.returncode == 0
        if expected is None:
            assert "interpreter exits" not in ran.stderr
        else:
            assert expected in ran.stderr
            assert "no known party signals a Future >= 1" in ran.stderr
            assert "a submission on local-task/queue0 waited for gate >= 1" in ran.stderr


def test_a_synchronous_call_behind_a_queued_one_is_no_silent_deadlock(programs):
    """A queued call waits for what the thread behind it has promised to signal."""
    later, ours = Later(), Fence([(Semaphore(), 1)])
    module = ireelite.load(later.module, programs["async-internal"])

    def wait():
        ours.wait()

    later.call = wait
    promise = Promise(ours, threading.current_thread())
    running = module.modules["later"].nested.async_(X)
    queued = module.double.async_(X)
    told = []
    for call in (lambda: module.double(X), lambda: module.record, lambda: running.result(SECONDS)):
        try:
            call()
        except StatusError as error:
            told.append(str(error))
    # Whichever thread looks first finds the cycle; the other one then goes on.
    assert promise and any("deadlock: " in text for text in told), told
    text = next(text for text in told if "deadlock: " in text)
    assert "thread 'MainThread' signals semaphore" in text and "call of 'nested' signals" in text
    if not ours.decided():
        ours.signal()
    assert (queued.result(SECONDS) == 2 * X).all()


def test_cpu_devices_wait_for_results_of_each_other(programs):
    """The second call begins before the result is there, and reads it where it is; a device with
    other memory gets it through the host, once it is there."""
    later = Later()
    module = ireelite.load(later.module, programs["async-external"], device="local-task")
    here, there = (ireelite.load(programs["async-external"], device=d) for d in DEVICES[::2])
    promised = module.modules["later"].promise.async_(X)
    doubled, elsewhere = here.double.async_(promised), there.double.async_(promised)
    deadline = time.monotonic() + SECONDS
    while doubled._call.timeline.value < KNOWN and time.monotonic() < deadline:
        time.sleep(0.001)
    assert doubled.running() and not doubled.done() and not promised.done()
    assert not elsewhere.running()
    later.signals[0].signal()
    for result in (doubled, elsewhere):
        assert (result.result(SECONDS) == 2 * X).all()


def test_a_buffer_that_another_record_has_named_gets_a_name_of_its_own(programs):
    first, second = (
        ireelite.load(programs["async-external"], device="local-task", record=True)
        for _ in range(2)
    )
    second.double(X)
    assert (second.double.async_(first.double.async_(X)).result(SECONDS) == 4 * X).all()
    events = second.record.events
    names = [e.details["buffer"] for e in events if e.kind in ("upload", "import", "alloc")]
    assert len(names) == len(set(names)), names
    (imported,) = (event for event in events if event.kind == "import")
    dispatch = [event for event in events if event.kind == "dispatch_begin"][-1]
    assert dispatch.details["bindings"].startswith(f"{imported.details['buffer']}[0:16] ")


def test_limits_hold_and_records_are_kept(programs):
    limited = ireelite.load(programs["async-external"], limits=ireelite.Limits(deadline=10.0))
    assert (limited.double.async_(limited.double.async_(X)).result() == 4 * X).all()
    short = ireelite.load(Later().module, limits=ireelite.Limits(deadline=0.05))
    with pytest.raises(StatusError, match=r"DEADLINE_EXCEEDED; the results .* 'promise'$"):
        short.promise.async_(X).result(SECONDS)
    recorded = ireelite.load(programs["async-external"], record=True)
    assert (recorded.double.async_(X).result(SECONDS) == 2 * X).all()
    kinds = [event.kind for event in recorded.record.events]
    assert "call_begin" in kinds and "dispatch_begin" in kinds


def test_nothing_is_kept_of_calls_that_are_over(programs):
    module = ireelite.load(programs["async-external"], device="local-task")
    module.double.async_(X).result()
    results = [module.double.async_(X) for _ in range(20)]
    results.append(module.double.async_(results[-1]))
    calls = [weakref.ref(result._call) for result in results]
    ireelite.wait_any(results[-1])
    del results
    module.double(X)
    module.device.wait_idle()
    gc.collect()
    assert not any(call() for call in calls)
    thread = module._calls._thread
    gone = weakref.ref(module)
    del module
    gc.collect()
    assert gone() is None
    if thread is not None:
        thread.join(SECONDS)
        assert not thread.is_alive(), "a thread without calls ends"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_a_forked_process_runs_what_was_queued(programs, tmp_path):
    later = Later()
    module = ireelite.load(later.module, programs["async-internal"])
    running, queued = module.modules["later"].block.async_(X), module.double.async_(X)
    assert later.begun.wait(SECONDS)
    child = os.fork()
    if child == 0:
        passed = False
        try:
            failure = running.exception(SECONDS)
            passed = failure is not None and failure.code == StatusCode.ABORTED
            passed = passed and bool((queued.result(SECONDS) == 2 * X).all())
        finally:
            os._exit(0 if passed else 1)
    end = time.monotonic() + SECONDS
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < end:
        time.sleep(0.01)
    assert ended == (child, 0)
    later.go_on.set()
    assert (queued.result(SECONDS) == 2 * X).all() and running.exception() is None


def test_the_interpreter_ends_after_the_calls_that_are_queued(programs, tmp_path):
    path = programs["async-internal"].save(tmp_path / "sums.vmfb")
    code = f"""
import ireelite, numpy
module = ireelite.load({str(path)!r})
for _ in range(3):
    result = module.accumulate.async_(numpy.ones(4, numpy.float32))
result.add_done_callback(lambda result: print(result.result()))
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    begin = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (ran.stdout, ran.stderr) == ("[3. 3. 3. 3.]\n", "")
    assert time.monotonic() - begin < SECONDS


def test_help_and_completion_name_it(programs):
    module = ireelite.load(programs["async-internal"])
    assert "async_" in dir(module.double)
    assert "b = module.second.async_(a)" in (module.double.async_.__doc__ or "")
