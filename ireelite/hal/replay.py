"""Replay: commands that were recorded once, as a table that native code runs.

A command is a record: an entry point, its constants, how many items it has (workgroups; one for a
transfer) and its bindings, each an offset from one of the addresses that a run brings along, the
slots. Records of one phase, from one barrier to the next, are independent: where they take long
enough, the threads of the pool share their items.

How long that is, is measured: the first runs time each record. It takes longer to wake a thread than
a brief phase takes, so sequences of brief phases wake none: the threads share these while they are
awake, and are woken after several that followed one another before a thread that has nothing to do
would sleep. If a sequence has a longer phase, its first phase that can be shared wakes them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.hal.host_pool import HostPool
from ireelite.hal.native_code import NativeCode
from ireelite.light_named_tuple import NamedTuple

SHARED_ABOVE = 50_000
"""Nanoseconds that a phase takes in one thread from which on a pool shares it."""
SHARED_IN_BURSTS_ABOVE = 10_000
"""The same for threads that are awake."""
TIMED_RUNS = 3
"""How many runs time their records; the least time of each counts."""
_UNTIMED = 1 << 62

ABSOLUTE = 0
"""The slot whose address is 0: an offset from it is an address."""


class Place(NamedTuple):
    """Where a binding is: bytes from the address in a slot."""

    slot: int
    offset: int


@dataclass(frozen=True)
class Record:
    """One command, ready for native code."""

    function: int
    """The address of `void entry(bindings, constants, begin, end)`."""
    constants: Any
    """A ctypes object."""
    items: int
    places: tuple[Place, ...]
    keeps: tuple[Any, ...] = ()
    """What the code and the absolute addresses belong to."""


class _Phase(ctypes.Structure):
    _fields_ = (
        ("records", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("items", ctypes.c_int64),
        ("chunks", ctypes.c_int64),
        ("most", ctypes.c_int64),
        ("is_brief", ctypes.c_int64),
    )


class _Record(ctypes.Structure):
    _fields_ = (
        ("function", ctypes.c_void_p),
        ("constants", ctypes.c_void_p),
        ("items", ctypes.c_int64),
        ("places", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("took", ctypes.c_int64),
    )


class _Replay(ctypes.Structure):
    _fields_ = (
        ("phases", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("timed", ctypes.c_int64),
        ("clock", ctypes.c_void_p),
        ("stopped", ctypes.c_void_p),
    )


class Replay:
    """The table of a sequence of phases. `address` is that of its root, for `replay` of
    `replay.ll`. `stopped` is a word that code of the records sets which can't go on: no run begins
    then.
    """

    def __init__(
        self,
        phases: Sequence[Sequence[Record]],
        code: NativeCode,
        stopped: ctypes.c_int64 | None = None,
    ):
        phases = [phase for phase in phases if phase]
        stopped = ctypes.c_int64(0) if stopped is None else stopped
        self._keeps: list[Any] = [code, phases, stopped]
        self._phases = (_Phase * len(phases))()
        self._records: list[Any] = []
        for row, phase in zip(self._phases, phases, strict=True):
            records = (_Record * len(phase))()
            for native, record in zip(records, phase, strict=True):
                self._fill(native, record)
            row.records, row.count = ctypes.addressof(records), len(phase)
            row.items = sum(record.items for record in phase)
            row.most = max(1, *(len(record.places) for record in phase))
            self._records.append(records)
        clock = ctypes.cast(ctypes.CDLL(None).clock_gettime, ctypes.c_void_p).value
        flag = ctypes.addressof(stopped)
        self._root = _Replay(ctypes.addressof(self._phases), len(phases), 1, clock, flag)
        self.address = ctypes.addressof(self._root)
        self._runs_left = TIMED_RUNS
        self.is_shared = False
        """Whether runs want the threads of a pool."""

    def _fill(self, native: _Record, record: Record) -> None:
        words = [word for place in record.places for word in place]
        places = (ctypes.c_int64 * len(words))(*words)
        self._keeps.append(places)
        native.function = record.function
        native.constants = ctypes.addressof(record.constants)
        native.items = record.items
        native.places, native.count = ctypes.addressof(places), len(record.places)
        native.took = _UNTIMED

    @property
    def is_timed(self) -> bool:
        """Whether the next run times its records."""
        return self._runs_left > 0

    @property
    def nanoseconds(self) -> list[list[int]]:
        """The least time of each record of each phase in the runs that were timed."""
        return [[record.took for record in records] for records in self._records]

    def timed(self, pool: HostPool | None) -> None:
        """Counts a run that was timed. After the last one the phases that take long are shared,
        if there is a pool.
        """
        self._runs_left -= 1
        if self._runs_left > 0:
            return
        self._root.timed = 0
        if pool is None or pool.threads < 2:
            return
        least = min(SHARED_IN_BURSTS_ABOVE, SHARED_ABOVE)
        times = [sum(records) for records in self.nanoseconds]
        shared = [
            (row, time)
            for row, time in zip(self._phases, times, strict=True)
            if row.items > 1 and time >= least
        ]
        are_brief = all(time < SHARED_ABOVE for _, time in shared)
        for row, _ in shared:
            row.chunks = pool.chunks(row.items)
            row.is_brief = are_brief
        self.is_shared = bool(shared)
