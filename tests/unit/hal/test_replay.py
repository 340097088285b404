"""Replay of command buffers: what native code makes of the commands is what the device makes."""

import ctypes
import random
import time

import pytest

from ireelite.executables.native_link import link
from ireelite.executables.native_object import compile_ir
from ireelite.hal import host_pool
from ireelite.hal import replay as file
from ireelite.hal.command_buffer import (
    Barrier,
    BufferRef,
    CommandBuffer,
    Copy,
    DebugGroup,
    Dispatch,
    Fill,
    ReadBack,
    Update,
)
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import HostExecutable, LoaderSet, NativeEntry
from ireelite.hal.files import FileRange, HostFile
from ireelite.hal.host_pool import HostPool
from ireelite.hal.native_code import native_code
from ireelite.hal.planning import PlanningDevice
from ireelite.hal.replay import Place, Record, Replay
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusError

SIZE = 64
KEPT = (ctypes.c_uint32 * 2)()
ADDING = """
define void @add(ptr %bindings, ptr %constants, i64 %begin, i64 %end) {
entry:
  %from = load ptr, ptr %bindings
  %second = getelementptr ptr, ptr %bindings, i64 1
  %to = load ptr, ptr %second
  %constant = load i32, ptr %constants
  br label %test
test:
  %i = phi i64 [ %begin, %entry ], [ %next, %loop ]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %loop, label %out
loop:
  %source = getelementptr i32, ptr %from, i64 %i
  %target = getelementptr i32, ptr %to, i64 %i
  %value = load i32, ptr %source
  %sum = add i32 %value, %constant
  store i32 %sum, ptr %target
  %next = add i64 %i, 1
  br label %test
out:
  ret void
}
"""
_ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class Adding(HostExecutable):
    """One entry point: adds a constant to as many words as there are workgroups."""

    def __init__(self):
        super().__init__("test", ["add"])
        self.tracker, (self.address,) = link(compile_ir(ADDING), ["add"])

    def prepare(self, entry_point, workgroups, constants, pool=None):
        words = (ctypes.c_uint32 * 1)(*constants)
        x, y, z = workgroups

        def run(bindings):
            pointers = (ctypes.c_void_p * 2)(*[row[0].address + row[1] for row in bindings])
            _ENTRY(self.address)(pointers, words, 0, x * y * z)

        return run

    def native_entry(self, dispatch):
        if [row.length >= 4 for row in dispatch.bindings] != [True, True]:
            return None
        return NativeEntry(self.address, (ctypes.c_uint32 * 1)(*dispatch.constants), self)


@pytest.fixture(scope="module")
def adding():
    return Adding()


@pytest.fixture
def device():
    return LocalSyncDevice(LoaderSet([]))


def planning(device):
    code = native_code()
    assert code is not None
    return PlanningDevice(device, code)


def replayed(planned, memories, pool=None, times=1):
    """Runs what was planned on buffers with these bytes; gives the bytes afterwards."""
    native = Replay(planned.phases, native_code())
    data = [ctypes.create_string_buffer(memory, len(memory)) for memory in memories]
    slots = (ctypes.c_int64 * (len(data) + 1))(0, *map(ctypes.addressof, data))
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    for _ in range(times):
        threads = pool.claim() if pool is not None and not native.is_timed else 0
        run(native_code().addresses["replay"])(native.address, slots, threads)
        if threads:
            pool.release()
        if native.is_timed:
            native.timed(pool)
    return [row.raw for row in data], native


def random_command(choose, adding):
    def ref(length):
        return BufferRef(
            choose.randrange(3), None, 4 * choose.randrange((SIZE - length) // 4), length
        )

    match choose.randrange(6):
        case 0:
            width = choose.choice([1, 2, 4])
            length = width * choose.randrange(1, 32 // width)
            return Fill(ref(length), choose.randbytes(width))
        case 1:
            data = choose.randbytes(choose.randrange(1, 20))
            return Update(ref(len(data)), data)
        case 2:
            length = choose.randrange(1, 30)
            return Copy(ref(length), ref(length))
        case 3:
            return Barrier(28, 13)
        case 4:
            return DebugGroup("here")
        case _:
            counts = (choose.randrange(4), choose.randrange(1, 3), 1)
            bindings = (BufferRef(0, None, 0, 32), BufferRef(1, None, 32, 32))
            return Dispatch(adding, 0, counts, (choose.randrange(1000),), bindings)


@pytest.mark.parametrize("seed", range(20))
def test_random_commands(device, adding, seed):
    choose = random.Random(seed)
    commands = CommandBuffer(device, binding_capacity=3)
    for _ in range(choose.randrange(12)):
        commands.record(random_command(choose, adding))
        commands.record(Barrier(28, 13))
    commands.finalize()
    memories = [choose.randbytes(SIZE) for _ in range(3)]

    real = [device.allocator.upload(48, 0xC03, memory) for memory in memories]
    device.execute(None, None, commands, [(buffer, 0, SIZE) for buffer in real])
    planned = planning(device)
    buffers = [planned.allocator.planned(48, 0xC03, SIZE) for _ in range(3)]
    planned.execute(None, None, commands, [(buffer, 0, SIZE) for buffer in buffers])
    found, _ = replayed(planned, memories)
    assert found == [bytes(buffer.data) for buffer in real]


@pytest.mark.parametrize("above", ["SHARED_ABOVE", "SHARED_IN_BURSTS_ABOVE"])
@pytest.mark.parametrize("records", [1, 2, 7, 40])
def test_items_of_a_phase_run_once_whoever_runs_them(records, above, adding, monkeypatch):
    monkeypatch.setattr(file, above, 0)
    pool = HostPool(3)
    counts = [(n * 7) % 5 for n in range(records)]
    words = 5 * records
    rows = []
    for n, count in enumerate(counts):
        place = Place(1, 20 * n)
        rows.append(Record(adding.address, (ctypes.c_uint32 * 1)(1), count, (place, place)))

    class Planned:
        phases = [rows, rows]

    (memory,), native = replayed(Planned, [bytes(4 * words)], pool, times=50)
    in_bursts = bool(native.is_shared and pool._pool.last_brief)
    pool.stop()
    expected = [100 if word % 5 < counts[word // 5] else 0 for word in range(words)]
    assert list(memoryview(memory).cast("i")) == expected
    assert native.is_shared == (sum(counts) > 1)
    assert in_bursts == (native.is_shared and above == "SHARED_IN_BURSTS_ABOVE")
    assert all(0 <= took < 1 << 40 for phase in native.nanoseconds for took in phase)


def phases_that_took(adding, pool, *times):
    """A replay of one record of two items a phase, whose timed runs took these nanoseconds."""
    place = Place(0, ctypes.addressof(KEPT))
    record = Record(adding.address, (ctypes.c_uint32 * 1)(1), 2, (place, place))
    native = Replay([[record] for _ in times], native_code())
    for (row,), took in zip(native._records, times, strict=True):
        row.took = took
    while native.is_timed:
        native.timed(pool)
    return native


@pytest.mark.parametrize(
    ("times", "shared", "brief"),
    [
        ((20_000, 30_000), [1, 1], [1, 1]),
        ((20_000, 80_000), [1, 1], [0, 0]),
        ((2_000, 80_000, 20_000), [0, 1, 1], [0, 0, 0]),
    ],
)
def test_a_sequence_with_a_long_phase_wakes_the_threads_with_its_first(
    times, shared, brief, adding
):
    native = phases_that_took(adding, HostPool(2), *times)
    assert [int(row.chunks > 0) for row in native._phases] == shared
    assert [row.is_brief for row in native._phases] == brief


@pytest.mark.parametrize("spins", [0, 1 << 40])
def test_threads_share_brief_phases_while_they_are_awake(spins, adding, monkeypatch):
    monkeypatch.setattr(host_pool, "SPINS", spins)
    pool = HostPool(2)
    native = phases_that_took(adding, pool, 20_000)
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    address = pool.claim()
    try:
        while not spins and not pool._rows[0].asleep:
            time.sleep(0.001)
        before = pool._pool.ticket[0]
        run(native_code().addresses["replay"])(native.address, (ctypes.c_int64 * 1)(0), address)
        assert (pool._pool.ticket[0] != before) == bool(spins)
    finally:
        pool.release()
        pool.stop()


def test_what_has_no_plan_is_refused(device, adding, tmp_path):
    planned = planning(device)
    file = HostFile(tmp_path / "new", "w", SIZE)
    argument = planned.allocator.planned(48, 0xD03, SIZE)
    planned.arguments = 1
    other = planning(device).allocator.planned(48, 0xC03, SIZE)
    constant = device.allocator.import_data(48, 0xC03, memoryview(bytes(SIZE)))
    whole = BufferRef(0, argument, 0, SIZE)
    pending = Fence([(Semaphore(), 1)])
    refused = {
        "writes to an argument": Fill(whole, b"x"),
        "writes to a constant": Fill(BufferRef(0, constant, 0, SIZE), b"x"),
        "writes to a file": ReadBack(whole, FileRange(file, 0, SIZE)),
        "reads a buffer on the host": ReadBack(whole, memoryview(bytearray(SIZE))),
        "uses a buffer of another call": Copy(BufferRef(0, other, 0, SIZE), whole),
        "of known size": Dispatch(adding, 0, (1, 1, 1), (1,), (whole, whole), whole),
        "other code": Dispatch(adding, 0, (1, 1, 1), (1,), (whole,)),
    }
    for reason, command in refused.items():
        with pytest.raises(StatusError, match=f"UNIMPLEMENTED; .*{reason}"):
            planned.submit(None, None, [command])
    with pytest.raises(StatusError, match="submitted later"):
        planned.submit(pending, None, [])
    for touch in (lambda: argument.read(), lambda: argument.write(0, b"x")):
        with pytest.raises(StatusError, match="on the host"):
            touch()
    with pytest.raises(StatusError, match="loads code"):
        planned.create_executable("test", memoryview(b""))


def test_memory_that_host_code_allocates_holds_zeros(device):
    planned = planning(device)
    planned.allocator.planned(48, 0xC03, 8)
    for length in (0, 7):
        assert planned.allocator.allocate(48, 0xC03, length).byte_length == length
    found, _ = replayed(planned, [b"x" * 8, b"", b"x" * 7], times=2)
    assert found == [b"x" * 8, b"", bytes(7)]
