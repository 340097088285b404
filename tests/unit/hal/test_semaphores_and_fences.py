"""Timelines: order, failure, waiting before anyone signals."""

import sys
import threading
import time

import pytest

from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import MAX_VALUE, Fence, Semaphore
from ireelite.hal.submission import Submission
from ireelite.hal.waits import MAX_CALLS
from ireelite.status import StatusCode, StatusError


def fence():
    return Fence([(Semaphore(), 1)])


def test_a_semaphore_only_grows():
    semaphore = Semaphore(3)
    semaphore.signal(5)
    assert semaphore.value == 5
    for value in (5, 4):
        with pytest.raises(
            StatusError, match=f"INVALID_ARGUMENT; semaphore already signaled past {value}"
        ):
            semaphore.signal(value)
    with pytest.raises(StatusError, match="above the maximum"):
        semaphore.signal(MAX_VALUE + 1)


def test_waiters_are_called_in_the_order_they_came():
    semaphore, called = Semaphore(), []
    for name, value in (("late", 3), ("first", 1), ("second", 1)):
        assert semaphore.when_reached(value, lambda _, name=name: called.append(name))
    semaphore.signal(2)
    assert called == ["first", "second"]
    semaphore.signal(9)
    assert called == ["first", "second", "late"]
    assert not semaphore.when_reached(9, lambda _: called.append("never"))


def test_failure_is_final_and_reaches_everyone():
    semaphore, heard = Semaphore(), []
    semaphore.when_reached(1, heard.append)
    failure = StatusError(StatusCode.DATA_LOSS, "gone")
    semaphore.fail(failure)
    semaphore.fail(StatusError(StatusCode.ABORTED, "later"))
    assert heard == [failure]
    with pytest.raises(StatusError, match="DATA_LOSS; gone"):
        semaphore.signal(1)
    with pytest.raises(StatusError, match="DATA_LOSS; gone"):
        _ = semaphore.value


def test_a_fence_keeps_the_later_of_two_timepoints_on_one_semaphore():
    semaphore = Semaphore()
    joined = Fence.joined([Fence([(semaphore, 2)]), None, Fence([(semaphore, 5)]), fence()])
    assert (
        joined is not None
        and joined.timepoints[0] == (semaphore, 5)
        and len(joined.timepoints) == 2
    )
    assert Fence.joined([None, None]) is None


def test_query():
    one = fence()
    assert one.query() == StatusCode.DEFERRED
    one.signal()
    assert one.query() == StatusCode.OK
    two = fence()
    two.fail(StatusError(StatusCode.ABORTED, "no"))
    assert two.query() == StatusCode.ABORTED


def test_when_reached_waits_for_all_and_calls_once():
    a, b, called = Semaphore(), Semaphore(), []
    both = Fence([(a, 1), (b, 1)])
    assert both.when_reached(called.append)
    a.signal(1)
    assert called == []
    b.signal(1)
    assert called == [None]
    assert not both.when_reached(called.append)


def test_one_failure_is_enough():
    a, b, called = Semaphore(), Semaphore(), []
    assert Fence([(a, 1), (b, 1)]).when_reached(called.append)
    failure = StatusError(StatusCode.CANCELLED, "stop")
    b.fail(failure)
    a.signal(1)
    assert called == [failure]
    assert not Fence([(a, 1), (b, 1)]).when_reached(called.append)


def test_wait_blocks_until_another_thread_signals():
    one = fence()
    threading.Timer(0.05, one.signal).start()
    begin = time.perf_counter()
    assert one.wait()
    assert time.perf_counter() - begin > 0.03


def test_wait_gives_up_in_time():
    for seconds in (0.01, 0, -1.5):
        assert fence().wait(seconds) is False
    late = fence()
    assert late.wait(0.01) is False
    late.signal()
    assert late.wait(1e30) is True


def test_a_wait_that_was_given_up_leaves_nothing_behind():
    one, other = Semaphore(), Semaphore()
    both = Fence([(one, 1), (other, 1)])
    for _ in range(3):
        assert both.wait(0.001) is False
    assert not any(one._waits.values()) and not any(other._waits.values())


def test_everyone_is_called_whether_others_fail_or_not(monkeypatch):
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda row: reported.append(row.exc_type))

    def defect(failure):
        raise ZeroDivisionError("a defect")

    for end in ("signal", "fail"):
        semaphore, told = Semaphore(), []
        semaphore.when_reached(1, defect)
        semaphore.when_reached(1, told.append)
        if end == "signal":
            semaphore.signal(1)
        else:
            semaphore.fail(StatusError(StatusCode.ABORTED, "over"))
        assert len(told) == 1
    assert reported == [ZeroDivisionError] * 2


def test_a_waiter_that_exits_each_time_stops_nobody():
    """It is called again, as an interrupt may have cut it off, but not for ever."""
    semaphore, device, called = Semaphore(), LocalSyncDevice(LoaderSet([])), []

    def leave(*ignored):
        called.append(None)
        sys.exit("an exit")

    class Barrier(Submission):
        def work(self):
            called.append("work")

    resumed = fence()
    submission = Barrier(resumed, None)
    Fence([(semaphore, 1)]).when_reached(leave)
    assert submission.park(Fence([(semaphore, 1)]), leave)
    after = fence()
    device.submit(Fence([(semaphore, 1)]), after, [])
    with pytest.raises(SystemExit):
        semaphore.signal(1)
    assert after.reached() and len(called) == 2 * MAX_CALLS
    assert "SystemExit" in str(resumed.failure)


def test_a_signal_while_a_failure_is_settled_is_no_success():
    """Another thread signals the one semaphore in the middle of the failure of the other."""
    first, second, heard = Semaphore(), Semaphore(), []
    wait = Fence([(first, 1), (second, 1)]).watch(heard.append)

    class Left(set):
        def discard(self, element):
            super().discard(element)
            if element == id(first):
                run(lambda: second.signal(1))

    assert wait is not None
    wait._left = Left(wait._left)
    first.fail(StatusError(StatusCode.DATA_LOSS, "gone"))
    assert [failure.code for failure in heard] == [StatusCode.DATA_LOSS]


def run(work):
    """Calls a function in another thread."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
