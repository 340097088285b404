"""The conformance suite: each driver passes, and a driver with a fault fails where the fault is."""

import contextlib
import html
import math
import queue
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.hal import conformance, deadlock
from ireelite.hal.buffer_usage import check_use
from ireelite.hal.command_buffer import Dispatch, Fill, buffer_uses
from ireelite.hal.conformance import checks
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
from ireelite.memory_address import address_of
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


class Unaligned(HostAllocator):
    """Its memory begins 16 bytes behind a multiple of 64."""

    def allocate(self, memory_type, usage, byte_length, zeroed=True):
        if not 0 <= byte_length < 1 << 40:
            return super().allocate(memory_type, usage, byte_length, zeroed)
        whole = super().allocate(memory_type, usage, byte_length + 16, zeroed)
        return HostBuffer(self, memory_type, usage, whole.data[16:], whole.address + 16)


class Sharing(HostAllocator):
    """Shares memory of the host wherever it begins."""

    def import_data(self, memory_type, usage, data):
        return HostBuffer(self, memory_type, usage, data, address_of(data))


class Anywhere(Faulty):
    def on(self, affinity):
        return self


class Careless(Faulty):
    """Checks usage bits and no ranges."""

    def submit(self, wait, signal, commands, log=None):
        for command in commands:
            for ref, usage in buffer_uses(command):
                if ref.buffer is not None:
                    check_use(ref.buffer, usage)
        self._begin(wait, signal, host_commands.prepared(commands), (), log)


class Chunked(Faulty):
    """Fills no more than 1 MiB."""

    def submit(self, wait, signal, commands, log=None):
        super().submit(wait, signal, [self.shortened(command) for command in commands], log)

    def shortened(self, command):
        if not isinstance(command, Fill) or command.target.length > 0:
            return command
        length = min(1 << 20, command.target.buffer.byte_length)
        return command._replace(target=command.target._replace(length=length))


class Flat(Faulty):
    """Runs grids as a row of workgroups."""

    def submit(self, wait, signal, commands, log=None):
        rows = [
            c._replace(workgroups=(math.prod(c.workgroups), 1, 1)) if isinstance(c, Dispatch) else c
            for c in commands
        ]
        super().submit(wait, signal, rows, log)


class Referring(Faulty):
    """Refers to the caller's table until it runs."""

    def execute(self, wait, signal, command_buffer, table=(), log=None):
        super().execute(wait, signal, command_buffer, table, log)
        if wait is not None and not wait.decided():
            next(
                p for p in map(ref_of, deadlock.parties.values()) if p.signal is signal
            ).table = table


def ref_of(reference):
    return reference()


class Keeping(Faulty):
    """Keeps the table of the last execution."""

    def execute(self, wait, signal, command_buffer, table=(), log=None):
        super().execute(wait, signal, command_buffer, table, log)
        self.last = table


class Half(Faulty):
    """Knows only the first semaphore of a fence."""

    def submit(self, wait, signal, commands, log=None):
        signal = signal and Fence(signal.timepoints[:1])
        super().submit(wait, signal, commands, log)


class HalfDeaf(Faulty):
    """Waits for the first semaphore of a fence."""

    def submit(self, wait, signal, commands, log=None):
        wait = wait and Fence(wait.timepoints[:1])
        super().submit(wait, signal, commands, log)


class Stubborn(Faulty):
    """Goes on after a command that has failed."""

    def submit(self, wait, signal, commands, log=None):
        super().submit(wait, signal, commands[:1], log)
        with contextlib.suppress(StatusError):
            super().submit(wait, None, commands[1:], log)


class Eager(Faulty):
    """Deallocates without a wait."""

    def dealloca(self, wait, signal, buffer, log=None):
        super().dealloca(None, signal, buffer, log)


class Hanging(Faulty):
    def submit(self, wait, signal, commands, log=None):
        time.sleep(0.2)
        super().submit(wait, signal, commands, log)


@pytest.mark.filterwarnings("ignore::ireelite.hal.deadlock.WaitWarning")
@pytest.mark.parametrize(
    ("make", "level", "title"),
    [
        (lambda: Faulty(Dirty()), 0, "New memory holds zeros"),
        (lambda: Faulty(Hoarding()), 0, "A buffer goes when nothing refers to it any more"),
        (lambda: Faulty(Unaligned()), 0, "Host memory begins at a multiple of 64 bytes"),
        (lambda: Faulty(Sharing()), 0, "Host memory begins at a multiple of 64 bytes"),
        (Anywhere, 0, "Masks choose among the queues of a device"),
        (Bitless, 1, "A buffer is used only as its allocation asked for"),
        (Careless, 1, "Fill refuses patterns that are not of 1, 2 or 4 bytes"),
        (Chunked, 1, "Fill, Update and Copy take ranges of any length"),
        (Flat, 2, "Grids have three dimensions"),
        (Referring, 3, "Each execution has the table that it came with"),
        (Keeping, 3, "An execution that is over keeps no buffer of its table"),
        (HalfDeaf, 4, "A wait for several fences ends with the last"),
        (Half, 4, "A submission signals all semaphores of its fence"),
        (Stubborn, 5, "Commands after one that fails are not run"),
        (Eager, 6, "A deallocation waits"),
        (Sloppy, 3, "Recordings that are not finalized"),
        (Impatient, 4, "A submission returns at once, and runs when its wait is reached"),
        (Forgetful, 5, "A wait that has failed before fails the submission"),
        (Mortal, 5, "A device works on after a failure"),
    ],
)
def test_a_fault_is_found_at_its_level(make, level, title, monkeypatch):
    monkeypatch.setattr(checks, "SOON", 0.5)
    report = conformance.check(make)
    assert any(check.title.startswith(title) for check in report.failures), repr(report)
    assert not report
    assert report.level == level
    assert report.levels[level].outcome == "failed"
    assert all(later.outcome == "not run" for later in report.levels[level + 1 :])
    failure = report.failures[0]
    for shown in (repr(report), html.unescape(report._repr_html_())):
        assert failure.title in shown
        assert "expected" in shown and "hint" in shown


@pytest.fixture
def checks_end():
    """Waits for the checks that hang: what they have parked runs."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("check: "):
            thread.join(20)
            assert not thread.is_alive()


@pytest.mark.usefixtures("checks_end")
def test_a_driver_that_hangs_is_reported(monkeypatch):
    report = conformance.check(Hanging, upto=2, patience=0.1)
    assert report.level == 1
    assert [failure.got for failure in report.failures] == ["a check that hangs"]
    outcomes = [check.outcome for check in report.levels[1].checks]
    assert set(outcomes[outcomes.index("failed") + 1 :]) == {"not run"}


@pytest.mark.usefixtures("checks_end")
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
