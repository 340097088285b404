"""Short runs of this folder's programs (schedules, stress and faults), and checks that they find
faults.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.semaphore import Semaphore

sys.path.insert(0, str(Path(__file__).parent))  # the programs are not a package

from faults import (
    Fault,
    Heap,
    inject_calls,
    inject_lines,
    settled,
    submitting,
    used_bytes,
)
from scheduler import Order
from schedules import explore_programs
from stress import CHAIN, THREADS, compiled, stress


def test_all_schedules_with_one_preemption():
    counts = explore_programs(programs=4, preemptions=1)
    assert counts.are_all and 500 < counts.schedules <= counts.runs


def test_some_schedules_with_two_preemptions():
    """`make schedules` covers all."""
    counts = explore_programs(programs=2, preemptions=2, most=300)
    assert not counts.are_all and counts.runs == 600


def test_independent_accesses_have_no_order():
    one, other, conflicting = Order(), Order(), Order()
    for order, threads in ((one, (0, 1)), (other, (1, 0))):
        for thread in threads:
            order.add(thread, "payload", False)
            order.add(thread, thread, True)
    for thread in (0, 1):
        conflicting.add(thread, "payload", thread == 0)
        conflicting.add(thread, thread, True)
    assert one.digest == other.digest != conflicting.digest


def test_the_explorer_finds_a_wait_that_is_registered_too_late(monkeypatch):
    """`add` loses a signal that comes between its check and the registration of the wait."""

    def add(self, value, wait):
        if self.decided(value):
            return False
        if value not in self._waits:
            self._order.append(value)
            self._waits[value] = {}
        self._waits[value][wait] = None
        return True

    monkeypatch.setattr(Semaphore, "_add", add)
    with pytest.raises(AssertionError, match=r"program \d+, schedule \["):
        explore_programs(programs=30, preemptions=1, most=400)


@pytest.fixture
def quiet(monkeypatch):
    """Silences reports of errors that no fence carries."""
    monkeypatch.setattr(threading, "excepthook", lambda row: None)
    monkeypatch.setattr(sys, "unraisablehook", lambda row: None)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("kind", ["local-sync", "local-task"])
def test_no_memory_at_lines_of_the_core(kind):
    """Injects at every seventh line; `make faults` covers all lines."""
    assert inject_lines(kind, most=1000, step=7) > 40


def test_bytes_that_are_left_behind_are_found():
    heap, kept = Heap(), []
    with pytest.raises(AssertionError, match="bytes of Python's memory left behind by 6 faults"):
        for _ in range(20):
            with heap.repetition():
                kept.append(bytes(3000))
    device = LocalSyncDevice(LoaderSet([]))
    buffer = device.allocator.allocate(48, 3075, 100)
    assert used_bytes(device) == 128
    del buffer
    settled(device)


class Lazy(LocalSyncDevice):
    """Signals without doing the work."""

    def submit(self, wait, signal, commands, log=None):
        super().submit(wait, signal, (), log)


def test_work_that_does_not_run_is_found():
    fault = Fault(10**9, "line", MemoryError)
    submitting(LocalSyncDevice(LoaderSet([])), fault)
    with pytest.raises(AssertionError):
        submitting(Lazy(LoaderSet([])), fault)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("device", ["local-sync", "local-task"])
def test_failing_calls_into_the_hal(device):
    assert inject_calls(device, most=1000, step=5) > 5


@pytest.fixture(scope="module")
def program():
    return compiled()


@pytest.mark.parametrize(
    ("device", "invocations"),
    [
        ("local-sync", 2000),
        ("local-sync", 0),
        ("local-task", 2000),
        pytest.param("webgpu", 400, marks=pytest.mark.webgpu),
    ],
)
def test_stress(program, device, invocations):
    assert stress(program, device, invocations) >= max(invocations, THREADS * CHAIN)
