"""The conformance suite: each driver passes, and a driver with a fault fails where the fault is."""

import queue
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.hal import conformance
from ireelite.hal.conformance.kernels import spirv_executable
from ireelite.hal.drivers import host_commands
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet
from ireelite.hal.host_allocator import HostAllocator
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.registry import Driver
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.linking import open_device
from ireelite.loaders import drivers
from ireelite.status import StatusError

SAMPLES = Path(__file__).resolve().parents[3] / "notebooks" / "samples"


@pytest.fixture
def first(monkeypatch):
    monkeypatch.syspath_prepend(str(SAMPLES))
    import first_driver  # pyright: ignore[reportMissingImports]

    yield first_driver.FirstDevice
    sys.modules.pop("first_driver", None)


@pytest.mark.parametrize(
    "name", ["local-sync", "local-task", pytest.param("webgpu", marks=pytest.mark.webgpu)]
)
def test_a_driver_conforms(name):
    report = conformance.check(drivers().driver(name))
    assert report, repr(report)
    assert report.level == 8
    assert repr(report).startswith(f"{name}: all ")


def test_the_driver_of_one_file_conforms_and_runs_programs(first):
    report = conformance.check(first)
    assert report, repr(report)
    program = """func.func @product(%a: tensor<17x9xf32>, %b: tensor<9x33xf32>) -> tensor<17x33xf32> {
      %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<17x9xf32>, tensor<9x33xf32>) -> tensor<17x33xf32>
      return %0 : tensor<17x33xf32>
    }"""
    a, b = np.ones((17, 9), np.float32), np.ones((9, 33), np.float32)
    loaded = ireelite.load(
        ireelite.compile(program, targets=["llvm-cpu"]), device=first(), record=True
    )
    assert np.array_equal(loaded.product(a, b), a @ b)
    assert any(event.lane == "first/queue0" for event in loaded.record.events)


class Dirty(HostAllocator):
    def allocate(self, memory_type, usage, byte_length, zeroed=True):
        return super().allocate(memory_type, usage, byte_length, zeroed=False)


class Hoarding(HostAllocator):
    kept: list[HostBuffer] = []

    def allocate(self, memory_type, usage, byte_length, zeroed=True):
        self.kept.append(buffer := super().allocate(memory_type, usage, byte_length, zeroed))
        return buffer


class Faulty(LocalSyncDevice):
    """A device with a fault that subclasses have."""

    def __init__(self, allocator=None):
        super().__init__(LoaderSet([]), ("faulty",))
        if allocator is not None:
            self.allocator = self._host = allocator


class Bitless(Faulty):
    def submit(self, wait, signal, commands, log=None):
        self._begin(wait, signal, host_commands.prepared(commands), (), log)


class Impatient(Faulty):
    def submit(self, wait, signal, commands, log=None):
        super().submit(None, signal, commands, log)


class Forgetful(Faulty):
    """Loses the failure of a wait."""

    def submit(self, wait, signal, commands, log=None):
        if wait is not None and wait.failure is not None:
            super().submit(None, signal, commands, log)
        else:
            super().submit(wait, signal, commands, log)


class Sloppy(Faulty):
    def execute(self, wait, signal, command_buffer, table=(), log=None):
        self._begin(wait, signal, host_commands.prepared(command_buffer.commands), table, log)


class Mortal(Faulty):
    """Works in a thread, which an error that no fence carries ends."""

    def __init__(self):
        super().__init__()
        self.work = queue.SimpleQueue()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            wait, signal, commands, log = self.work.get()
            try:
                super().submit(wait, signal, commands, log)
            except StatusError:
                if signal is None:
                    raise

    def submit(self, wait, signal, commands, log=None):
        self.work.put((wait, signal, commands, log))

    def wait_idle(self):
        self.submit(None, done := Fence([(Semaphore(), 1)]), [])
        done.wait()


class Hanging(Faulty):
    def submit(self, wait, signal, commands, log=None):
        time.sleep(0.4)
        super().submit(wait, signal, commands, log)


@pytest.mark.parametrize(
    ("make", "level", "title"),
    [
        (lambda: Faulty(Dirty()), 0, "New memory holds zeros"),
        (lambda: Faulty(Hoarding()), 0, "A buffer goes when nothing refers to it any more"),
        (Bitless, 1, "A buffer is used only as its allocation asked for"),
        (Sloppy, 3, "Recordings that are not finalized"),
        (Impatient, 4, "A submission returns at once, and runs when its wait is reached"),
        (Forgetful, 5, "A wait that has failed before fails the submission"),
        (Mortal, 5, "A device works on after a failure"),
    ],
)
def test_a_fault_is_found_at_its_level(make, level, title):
    report = conformance.check(make)
    assert any(check.title.startswith(title) for check in report.failures), repr(report)
    assert not report
    assert report.level == level
    assert report.levels[level].outcome == "failed"
    assert all(later.outcome == "not run" for later in report.levels[level + 1 :])
    failure = report.failures[0]
    for shown in (repr(report), report._repr_html_()):
        assert failure.title in shown
        assert "expected" in shown and "hint" in shown


def test_a_driver_that_hangs_is_reported(monkeypatch):
    report = conformance.check(Hanging, upto=2, patience=0.1)
    assert report.level == 1
    assert report.failures[0].got == "a check that hangs"


def test_a_device_is_not_used_after_a_check_that_hangs():
    device = Hanging()
    for driver in (device, lambda: device):
        report = conformance.check(driver, upto=3, keep_going=True, patience=0.1)
        outcomes = [check.outcome for level in report.levels for check in level.checks]
        first = outcomes.index("failed")
        assert first > 0 and set(outcomes[first + 1 :]) == {"not run"}, repr(report)
    report = conformance.check(Hanging, upto=2, keep_going=True, patience=0.1)
    outcomes = [check.outcome for level in report.levels for check in level.checks]
    assert outcomes.count("failed") > 1 and "not run" not in outcomes


def test_what_a_driver_may_be():
    device = LocalSyncDevice(LoaderSet([]))
    for driver in (device, lambda: device, Driver("mine", "", list, lambda path: device)):
        assert conformance.check(driver, upto=1).level == 1
    for wrong in ("local-sync", lambda: "no device"):
        with pytest.raises(StatusError, match="INVALID_ARGUMENT"):
            conformance.check(wrong)  # pyright: ignore[reportArgumentType]


@pytest.mark.webgpu
def test_the_shader_of_the_suite_is_valid():
    device = open_device("webgpu")
    code = device.create_executable("vulkan-spirv-fb", memoryview(spirv_executable()))
    assert code.entry_points == ["axpy"]
