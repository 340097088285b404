"""Work of known length on real queues, for lessons about fences.

Each queue is a `local-task` device with a thread of its own, each operation a dispatch whose kernel
takes a given time. Semaphores, fences, queues and the record are those of every program.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ireelite.hal.command_buffer import Dispatch
from ireelite.hal.drivers.local_task import LocalTaskDevice
from ireelite.hal.executable import BoundBuffer, HostDispatch, HostExecutable, LoaderSet
from ireelite.hal.host_pool import HostPool
from ireelite.hal.recording import Recording
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.records import ExecutionRecord, ExecutionRecorder
from ireelite.status import StatusCode, StatusError, invalid_argument

UNIT_MS = 80
"""Milliseconds of one unit of work."""
ATTEMPTS = 4
"""How often work is done again that other programs on the machine delayed."""
MAX_DELAY_MS = UNIT_MS / 3
"""Delay of a run that leaves its times right in whole units."""
STUCK_TIMEOUT = 0.4
"""Seconds without progress after which a run counts as stuck."""
HOST = "host"
MAX_UNITS = 100
"""An operation takes less."""


@dataclass(frozen=True)
class Op:
    """One operation: a kernel on a queue, or work of the host where `queue` is `"host"`."""

    name: str
    units: float
    queue: int | str = 0
    waits: Mapping[str, int] = field(default_factory=dict)
    """Semaphore -> value that it must reach before the operation begins."""
    signals: Mapping[str, int] = field(default_factory=dict)
    """Semaphore -> value that it has after the operation."""


def op(
    name: str,
    units: float,
    queue: int | str = 0,
    waits: Mapping[str, int] | None = None,
    signals: Mapping[str, int] | None = None,
) -> Op:
    """Returns an operation of `units` units, as in `op("B", 2, queue=1, waits={"a": 1})`. Raises
    INVALID_ARGUMENT for what is no name, time, queue, or mapping of semaphores to values.
    """
    if not isinstance(name, str):
        raise invalid_argument(f"an operation's name is a text, not {name!r}")
    if isinstance(units, bool) or not isinstance(units, int | float) or not 0 < units < MAX_UNITS:
        raise invalid_argument(
            f"{name}: units are a number above 0 and below {MAX_UNITS}, not {units!r}"
        )
    if queue != HOST and (isinstance(queue, bool) or not isinstance(queue, int) or queue < 0):
        raise invalid_argument(f"{name}: a queue is a number from 0, or 'host', not {queue!r}")
    for what, values in (("waits", waits), ("signals", signals)):
        if values is not None and not _are_values(values):
            raise invalid_argument(
                f'{name}: {what} are values of semaphores, as in {{"s": 1}}, not {values!r}'
            )
    return Op(name, units, queue, dict(waits or {}), dict(signals or {}))


def _are_values(values: object) -> bool:
    return isinstance(values, Mapping) and all(
        isinstance(name, str) and isinstance(value, int) and value > 0
        for name, value in values.items()
    )


class _Timed(HostExecutable):
    """An executable with one kernel, which sleeps for a given time."""

    def __init__(self, name: str, seconds: float):
        super().__init__("timed", [name])
        self._seconds = seconds

    def prepare(
        self,
        entry_point: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        pool: HostPool | None = None,
    ) -> HostDispatch:
        """Returns a function that sleeps for the time of the kernel."""

        def run(bindings: Sequence[BoundBuffer]) -> None:
            time.sleep(self._seconds)

        return run

    def written_bindings(self, entry_point: int) -> frozenset[int]:
        """Returns an empty set: the kernel has no bindings."""
        return frozenset()


class _Signal(Fence):
    """The signal fence of an operation on a queue. If a semaphore is past its value already, it
    keeps a sentence about that, which otherwise nobody but the queue's thread would get.
    """

    __slots__ = ("_operation", "fault", "is_over")

    def __init__(self, operation: str, timepoints: Iterable[tuple[Semaphore, int]]):
        super().__init__(timepoints)
        self._operation = operation
        self.fault = ""
        self.is_over = False
        """Whether the operation has ended and tried to signal."""

    def signal(self, sender: object | None = None) -> None:
        """Signals the timepoints; raises nothing."""
        lowered = [each for each in self.timepoints if each[0].decided(each[1])]
        try:
            super().signal(sender)
        except StatusError as error:
            self.fault = f"{self._operation} cannot signal: {error.message}"
            for semaphore, value in lowered:
                if semaphore.failure is None:
                    self.fault = (
                        f"{self._operation} cannot bring {semaphore.name} to {value}: it is at "
                        f"{semaphore.state} already, and a semaphore only grows"
                    )
        finally:
            self.is_over = True


class _Board:
    """The queues and semaphores of one run."""

    def __init__(self) -> None:
        self.signals: list[_Signal] = []
        self.recorder = ExecutionRecorder("queues")
        self.recording = Recording(self.recorder)
        self.queues: dict[int, LocalTaskDevice] = {}
        self.semaphores: dict[str, Semaphore] = {}

    def fence(self, timepoints: Mapping[str, int]) -> Fence | None:
        """Returns a fence of named semaphores; None if there are no timepoints."""
        if not timepoints:
            return None
        return Fence(self._timepoints(timepoints))

    def _signal(self, each: Op) -> _Signal | None:
        """Returns the signal fence of an operation on a queue; None if it signals nothing."""
        if not each.signals:
            return None
        self.signals.append(signal := _Signal(each.name, self._timepoints(each.signals)))
        return signal

    def _timepoints(self, timepoints: Mapping[str, int]) -> list[tuple[Semaphore, int]]:
        for name in timepoints:
            if name not in self.semaphores:
                self.semaphores[name] = semaphore = Semaphore()
                semaphore.name = "_".join(name.split())
        return [(self.semaphores[name], value) for name, value in timepoints.items()]

    def submit(self, each: Op) -> None:
        """Submits an operation to its queue, or runs it on the host. Raises INVALID_ARGUMENT for a
        queue that does not exist.
        """
        wait = self.fence(each.waits)
        if each.queue == HOST:
            self._on_host(each, wait, self.fence(each.signals))
            return
        if not isinstance(each.queue, int) or each.queue < 0:
            raise invalid_argument(f"{each.name}: a queue is a number from 0, or 'host'")
        if each.queue not in self.queues:
            device = LocalTaskDevice(LoaderSet([]))
            device.lane = f"local-task/queue{each.queue}"
            self.queues[each.queue] = device
        device = self.queues[each.queue]
        kernel = _Timed(each.name, each.units * UNIT_MS / 1000)
        commands = [Dispatch(kernel, 0, (1, 1, 1), (), ())]
        signal = self._signal(each)
        log = self.recording.submission(device.lane, "execute", wait, signal, commands)
        device.submit(wait, signal, commands, log)

    def _on_host(self, each: Op, wait: Fence | None, signal: Fence | None) -> None:
        with self.recording.call(each.name):
            if wait is not None:
                with self.recording.waiting(wait):
                    wait.wait(STUCK_TIMEOUT)
            time.sleep(each.units * UNIT_MS / 1000)
            if signal is not None:
                self.recording.know(signal)
                signal.signal()

    def settled(self) -> ExecutionRecord:
        """Waits until no submission is pending or running, or until nothing has changed for
        `STUCK_TIMEOUT` seconds; returns the record. Raises INVALID_ARGUMENT if an operation lowers a
        semaphore.
        """
        before, since = "", time.monotonic()
        while True:
            record = self.recorder.record
            if fault := next((each.fault for each in self.signals if each.fault), ""):
                raise invalid_argument(fault)
            states = [each.state for each in record.submissions]
            is_over = all(each.is_over for each in self.signals)
            if is_over and not {"pending", "running"} & set(states):
                return record
            if (now := " ".join(states)) != before:
                before, since = now, time.monotonic()
            elif "running" not in states and time.monotonic() - since > STUCK_TIMEOUT:
                return record
            time.sleep(0.002)

    def release(self) -> None:
        """Fails all semaphores, so that nothing keeps waiting."""
        failure = StatusError(StatusCode.CANCELLED, "the run is over")
        for semaphore in self.semaphores.values():
            semaphore.fail(failure)


def run(ops: Iterable[Op]) -> ExecutionRecord:
    """Submits operations in order; returns the record when all have ended, or when the rest is
    stuck. A run that other programs delayed is repeated, up to ATTEMPTS times; the least delayed
    one is returned. Raises INVALID_ARGUMENT for anything but operations, and if one lowers a
    semaphore.
    """
    listed, records = list(ops), []
    while len(records) < ATTEMPTS:
        records.append(_run(listed))
        if _delay_ms(listed, records[-1]) <= MAX_DELAY_MS:
            break
    return min(records, key=lambda record: _delay_ms(listed, record))


def _delay_ms(ops: Sequence[Op], record: ExecutionRecord) -> float:
    """Returns the milliseconds by which kernels took longer than their units, and the latencies
    between them on the critical path.
    """
    units = {each.name: each.units for each in ops}
    late = 0.0
    for begin, end in record.slices():
        if begin.kind == "dispatch_begin":
            planned = units[str(begin.where["entry_point"])] * UNIT_MS
            late += max((end.time_ns - begin.time_ns) / 1e6 - planned, 0)
    steps = [step for step in record.critical_path() if step.kind == "latency"]
    return late + sum(step.end_ns - step.begin_ns for step in steps) / 1e6


def _run(ops: Sequence[Op]) -> ExecutionRecord:
    board = _Board()
    try:
        for each in ops:
            if not isinstance(each, Op):
                raise invalid_argument(f"an operation is made by op(...), not {each!r}")
            board.submit(each)
        return board.settled()
    finally:
        board.release()


def spans(record: ExecutionRecord) -> dict[str, tuple[int, int]]:
    """Returns each kernel's (begin, end) by name, in whole units since the first kernel began."""
    times = {
        str(begin.where["entry_point"]): (begin.time_ns, end.time_ns)
        for begin, end in record.slices()
        if begin.kind == "dispatch_begin"
    }
    first = min((begin for begin, _ in times.values()), default=0)
    return {name: (_units(a - first), _units(b - first)) for name, (a, b) in times.items()}


def makespan(record: ExecutionRecord) -> int:
    """Returns the time from the beginning of the first kernel to the end of the last, in whole
    units.
    """
    return max((end for _, end in spans(record).values()), default=0)


def _units(nanoseconds: int) -> int:
    return round(nanoseconds / (UNIT_MS * 1_000_000))
