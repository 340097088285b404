"""Call plans: calls with NumPy arrays that are checks, results and one native call.

A plan is for arguments of certain types and shapes. The native code compares those of the arrays it
is given, and does nothing if they are others; then the call takes the ordinary way, which says what
is wrong with them, or computes what no plan does.
"""

from __future__ import annotations

import ctypes
import math
import sys
import sysconfig
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from ireelite.arrays import stored_as
from ireelite.hal.buffer import BufferView
from ireelite.hal.device import Device
from ireelite.hal.drivers.host_device import HostDevice
from ireelite.hal.executable import HostExecutable
from ireelite.hal.host_blocks import LARGEST_SMALL_BLOCK, MAX_KEPT, HostMemory
from ireelite.hal.native_code import NativeCode, native_code
from ireelite.hal.planning import PlannedBuffer, PlannedMemory, unplanned
from ireelite.hal.replay import ABSOLUTE, Place, Replay
from ireelite.modules.planned_calls import PlannedCall, plan_call
from ireelite.ownership import return_lent
from ireelite.quick_calls import Needs, QuickCall, extents_of, quick_call
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    import numpy

    from ireelite.vm.context import Context
    from ireelite.vm.function import Function

Array = Any
"""A `numpy.ndarray`."""

BRIEF = 20_000
"""Nanoseconds of a call up to which Python's lock is kept: to release it takes a moment too."""
LONGEST = 1_000_000_000
"""Nanoseconds of a call from which on it has no plan: host code takes no part of that worth saving,
and between its commands the ordinary way looks for signals."""
_ARGUMENTS = (ctypes.c_void_p, ctypes.py_object, ctypes.py_object, ctypes.c_void_p, ctypes.c_void_p)
_BRIEF = ctypes.PYFUNCTYPE(ctypes.c_int64, *_ARGUMENTS)
_LONG = ctypes.CFUNCTYPE(ctypes.c_int64, *_ARGUMENTS)
_ARENA = 1
"""The slot of the memory that a call uses besides arguments and results."""
_FIRST = 2
"""The slot of the first argument."""
_ALIGNMENT = 64
_NOWHERE = ctypes.c_void_p(0)
LARGEST_KEPT_ARENA = 1 << 18
"""Bytes that a plan with a quick call keeps for itself."""


class _Plan(ctypes.Structure):
    _fields_ = (
        ("replay", ctypes.c_void_p),
        ("array_type", ctypes.c_void_p),
        ("unaligned", ctypes.c_int64),
        ("checks", ctypes.c_void_p),
        ("arguments", ctypes.c_int64),
        ("results", ctypes.c_int64),
        ("items", ctypes.c_int64),
    )


def make_plan(
    context: Context,
    function: Function,
    device: Device,
    arguments: Sequence[Array],
    encode: Sequence[Callable[[Array], BufferView]],
) -> Plan | None:
    """Returns a plan for calls with arrays like these, which `encode` brings into the form that the
    function takes. None where native code can't be or arrays lie otherwise than in CPython, and for
    a function of which no plan can be made.

    Raises UNAVAILABLE if a plan may be made after some more calls.
    """
    if not isinstance(device, HostDevice) or not items_offset():
        return None
    if (code := native_code()) is None:
        return None
    views = [encode_one(array) for encode_one, array in zip(encode, arguments, strict=True)]
    try:
        call = plan_call(context, function, device, views, code)
        layout = _Layout(call, len(arguments))
    except StatusError as error:
        if error.code == StatusCode.UNAVAILABLE:
            raise
        # What is wrong with a call itself is reported by the call.
        return None
    finally:
        return_lent(views, [device])
    return Plan(layout, device, arguments, code)


class _Layout:
    """Where the buffers of a planned call are, and its commands with their slots."""

    def __init__(self, call: PlannedCall, arguments: int):
        self.held = call.device.held
        self.stopped = call.device.stopped
        self.results = [_array_of(view) for view in call.results]
        """Shape, dtype and bytes of the memory of each result."""
        self._places = {n + 1: Place(_FIRST + n, 0) for n in range(arguments)}
        """By the slot that planning gave a buffer."""
        copied: list[tuple[BufferView, Place, int]] = []
        for slot, (view, result) in enumerate(zip(call.results, self.results), _FIRST + arguments):
            buffer, length = view.buffer, result[2]
            if (
                isinstance(buffer, PlannedBuffer)
                and buffer.root is buffer
                and buffer.slot + 1 not in self._places
                and buffer.byte_length == length
                and (call.device.alignment == 1 or length > LARGEST_SMALL_BLOCK)
            ):
                self._places[buffer.slot + 1] = Place(slot, 0)
            else:
                copied.append((view, Place(slot, 0), length))
        within = {
            slot: memory for slot, memory in enumerate(call.memory, 1) if slot not in self._places
        }
        offsets, self.arena = offsets_within(list(within.values()))
        """Bytes."""
        for slot, offset in zip(within, offsets, strict=True):
            self._places[slot] = Place(_ARENA, offset)
        if self.arena > MAX_KEPT:
            # The ordinary way uses memory again that the program has given back.
            raise unplanned(f"uses {self.arena} bytes of memory at a time")
        self.phases = [
            [replace(row, places=tuple(map(self._place, row.places))) for row in phase]
            for phase in call.device.phases
        ]
        self.phases.append(
            [
                call.device.copy(
                    self._place(call.device.place(view.buffer)), target, length, view.buffer
                )
                for view, target, length in copied
            ]
        )

    def _place(self, planned: Place) -> Place:
        if planned.slot == ABSOLUTE:
            return planned
        slot, offset = self._places[planned.slot]
        return Place(slot, offset + planned.offset)


def offsets_within(memory: Sequence[PlannedMemory]) -> tuple[list[int], int]:
    """Returns where in an arena each allocation lies, in the order in which they are made, and the
    bytes of the arena. Memory that is no longer used is taken again for another of its size.
    """
    offsets: list[int] = []
    size = 0
    in_use: list[tuple[int, int, int]] = []
    free: dict[int, list[int]] = {}
    for row in memory:
        while in_use and in_use[0][0] <= row.born:
            _, length, offset = heappop(in_use)
            free.setdefault(length, []).append(offset)
        length = -(-row.byte_length // _ALIGNMENT) * _ALIGNMENT
        if found := free.get(length):
            offset = found.pop()
        else:
            offset = size
            size += length
        offsets.append(offset)
        if row.died is not None:
            heappush(in_use, (row.died, length, offset))
    return offsets, size


def _array_of(view: BufferView) -> tuple[tuple[int, ...], numpy.dtype[Any], int]:
    """Returns the shape, dtype and number of bytes of a result. Raises UNIMPLEMENTED for elements
    that an array holds in another form, and for a view that goes beyond its buffer.
    """
    dtype, widen = stored_as(view.element_type)
    shape = tuple(view.shape)
    length = math.prod(shape) * dtype.itemsize
    if (
        widen is not None
        or view.element_type & 0xFF < 8
        or any(extent < 0 for extent in shape)
        or length > view.buffer.byte_length
    ):
        raise unplanned(f"returns elements of {dtype} in another form")
    return shape, dtype, length


class Plan:
    """Calls with arrays of certain types and shapes.

    The first runs are timed; then the phases that take long are shared by the threads of a pool,
    and the plan gets a quick call. That of a plan that takes a moment has an arena of its own.
    """

    def __init__(
        self, layout: _Layout, device: HostDevice, arguments: Sequence[Array], code: NativeCode
    ):
        import numpy

        self._layout, self._device, self._code = layout, device, code
        self._replay = Replay(layout.phases, code, layout.stopped)
        checks, kept = extents_of([(array.shape, array.dtype) for array in arguments])
        self._root = _Plan(
            self._replay.address,
            id(numpy.ndarray),
            HostExecutable.binding_alignment - 1,
            ctypes.addressof(checks),
            len(arguments),
            len(layout.results),
            items_offset(),
        )
        self._keeps = (checks, kept, self._root, self._replay, layout.held)
        self._plan = ctypes.c_void_p(ctypes.addressof(self._root))
        self._long, self._brief = _LONG(code.addresses["call"]), _BRIEF(code.addresses["call"])
        self._block = device.memory.block
        self._make = [_maker(device.memory, *result) for result in layout.results]
        self._is_brief = False
        self.quick: QuickCall | None = None
        """The same in a call that Python makes without a conversion; None until the plan has been
        timed, and for a plan without results."""

    @property
    def has_stopped(self) -> bool:
        """Whether code of the plan could not go on in some call, or a call has taken too long. Such a
        plan runs no more.
        """
        return bool(self._layout.stopped.value)

    def run(self, arguments: tuple[Any, ...]) -> tuple[Array, ...] | None:
        """Runs a call with these arguments and returns its results; None if the plan is for other
        arguments or has stopped.
        """
        replay, device = self._replay, self._device
        results = tuple([make() for make in self._make])
        memory, address = self._block(arena, False) if (arena := self._layout.arena) else (None, 0)
        if replay.is_timed:
            if self._long(self._plan, arguments, results, address, _NOWHERE):
                return None
            replay.timed(device.pool)
            took = sum(map(sum, replay.nanoseconds))
            if took > LONGEST:
                self._layout.stopped.value = 1
            elif not replay.is_timed:
                self._is_brief = took < BRIEF
                self.quick = self._quick()
            return results
        native = self._brief if self._is_brief else self._long
        threads = device.pool if replay.is_shared else None
        pool = 0
        try:
            if threads is not None:
                pool = threads.claim()
            missed = native(self._plan, arguments, results, address, pool)
        finally:
            if pool and threads is not None:
                threads.release()
        del memory
        return None if missed else results

    def _quick(self) -> QuickCall | None:
        import numpy

        layout, arena, memory = self._layout, self._layout.arena, self._device.memory
        # Calls that keep Python's lock use one arena in turn.
        keeps_arena = self._is_brief and arena <= LARGEST_KEPT_ARENA
        kept, address = memory.block(arena, False) if keeps_arena else (None, 0)
        pool = self._device.pool if self._replay.is_shared else None
        needs = Needs(
            address,
            None
            if keeps_arena or not arena
            else _large_maker(memory, (arena,), numpy.dtype(numpy.uint8), arena),
            [
                make if result[2] > LARGEST_SMALL_BLOCK else None
                for make, result in zip(self._make, layout.results, strict=True)
            ],
            None if pool is None else pool.claim,
            None if pool is None else pool.release,
            self._is_brief,
        )
        results = [(shape, dtype) for shape, dtype, _ in layout.results]
        assert self._plan.value is not None
        return quick_call(self._plan.value, results, needs, self._code, (self._keeps, kept))


def _maker(
    memory: HostMemory,
    shape: tuple[int, ...],
    dtype: numpy.dtype[Any],
    length: int,
) -> Callable[[], Array]:
    """Returns a function that allocates the array of a result, uninitialized."""
    import numpy

    if length <= LARGEST_SMALL_BLOCK:
        return partial(numpy.empty, shape, dtype)
    return _large_maker(memory, shape, dtype, length)


def _large_maker(
    memory: HostMemory,
    shape: tuple[int, ...],
    dtype: numpy.dtype[Any],
    length: int,
) -> Callable[[], Array]:
    """Returns a function that makes an array on a large block."""
    import numpy

    array, mapping = numpy.ndarray, memory.mappings(length)
    return lambda: array(shape, dtype, mapping())


@cache
def items_offset() -> int:
    """Returns the offset of a tuple's items, which depends on the version of CPython; 0 if tuples
    and arrays do not lie in memory as `replay.ll` reads them.
    """
    import numpy

    if (
        sys.implementation.name != "cpython"
        or sysconfig.get_config_var("Py_GIL_DISABLED")
        or ctypes.sizeof(ctypes.c_void_p) != 8
    ):
        return 0
    array = numpy.arange(6, dtype=numpy.int16).reshape(2, 3)
    items = (array, array.T)

    def word(address: int, type: Any = ctypes.c_int64) -> int:
        return type.from_address(address).value

    found = [
        word(id(array) + 8) == id(numpy.ndarray),
        word(id(array) + 16) == array.ctypes.data,
        word(id(array) + 24, ctypes.c_int32) == 2,
        word(id(array) + 56) == id(array.dtype),
        word(id(array) + 64, ctypes.c_int32) & 257 == 257,
        word(id(items[1]) + 64, ctypes.c_int32) & 257 == 256,
        word(id(items) + 16) == 2,
    ]
    if not all(found):
        return 0
    extents = word(id(array) + 32)
    if [word(extents), word(extents + 8)] != [2, 3]:
        return 0
    # A cached hash may be in between.
    return next((n for n in (24, 32) if word(id(items) + n) == id(array)), 0)
