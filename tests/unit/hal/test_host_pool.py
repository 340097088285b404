"""The pool that shares the workgroups of a dispatch: each runs once, whatever the threads do."""

import ctypes
import multiprocessing
import os
import re
import subprocess
import sys
import threading
import time

import pytest

from ireelite.executables.native_link import link
from ireelite.executables.native_object import compile_ir
from ireelite.hal import host_pool as file
from ireelite.hal.host_pool import HostPool, host_pool, set_threads
from ireelite.status import StatusError

COUNTING = """
define void @count(ptr %bindings, ptr %constants, i64 %begin, i64 %end) {
entry:
  %counts = load ptr, ptr %bindings
  br label %loop
loop:
  %i = phi i64 [ %begin, %entry ], [ %next, %loop ]
  %at = getelementptr i32, ptr %counts, i64 %i
  %old = load i32, ptr %at
  %new = add i32 %old, 1
  store i32 %new, ptr %at
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %end
  br i1 %more, label %loop, label %out
out:
  ret void
}
"""


@pytest.fixture(scope="module")
def count():
    """The address of an entry point that counts how often each workgroup runs."""
    keeps, (address,) = link(compile_ir(COUNTING), ["count"])
    yield address
    del keeps


@pytest.fixture
def pool():
    made = HostPool(3)
    yield made
    made.stop()


def counted(pool, count, workgroups, times=1):
    counts = (ctypes.c_int32 * workgroups)()
    bindings = (ctypes.c_void_p * 1)(ctypes.addressof(counts))
    shared = [pool.run(count, bindings, 0, workgroups) for _ in range(times)]
    return shared, list(counts)


@pytest.mark.parametrize("workgroups", [2, 3, 11, 12, 13, 1000])
def test_each_workgroup_runs_once(pool, count, workgroups):
    shared, counts = counted(pool, count, workgroups)
    assert shared == [True] and counts == [1] * workgroups


def test_the_caller_takes_chunks_from_the_first_on_and_others_from_the_last_on(pool):
    taken: dict[int, list[int]] = {}

    def note(_bindings, _constants, begin, _end):
        taken.setdefault(threading.get_ident(), []).append(begin)
        time.sleep(0.001)

    words, ends = [ctypes.c_void_p] * 2, [ctypes.c_int64] * 2
    entry = ctypes.CFUNCTYPE(None, *words, *ends)(note)
    assert pool.run(ctypes.cast(entry, ctypes.c_void_p).value or 0, None, 0, 120)
    own = taken.pop(threading.get_ident())
    assert own[0] == 0 and own == sorted(own)
    for others in taken.values():
        assert others == sorted(others, reverse=True) and others[-1] > own[-1]
    assert len(own) + sum(map(len, taken.values())) == 12


@pytest.mark.parametrize("workgroups", [1, 9, 58, 5000, 8191, 8192, 1 << 20, 1_000_003])
def test_chunks_are_about_equal_and_large_ones_begin_at_whole_lines(workgroups):
    begun = []

    def note(_bindings, _constants, begin, end):
        begun.append((begin, end))

    words, ends = [ctypes.c_void_p] * 2, [ctypes.c_int64] * 2
    entry = ctypes.CFUNCTYPE(None, *words, *ends)(note)
    pool = HostPool(2)
    assert pool.run(ctypes.cast(entry, ctypes.c_void_p).value or 0, None, 0, workgroups)
    pool.stop()
    begun.sort()
    assert [begin for begin, _ in begun] == [0, *(end for _, end in begun[:-1])]
    assert len(begun) == min(8, workgroups) and begun[-1][1] == workgroups
    line = 64 if workgroups >= 1 << 13 else 1
    assert all(begin % line == 0 for begin, _ in begun)
    sizes = [end - begin for begin, end in begun]
    assert max(sizes) - min(sizes) <= 2 * line - 1


@pytest.mark.parametrize("spins", [0, 1, 2000])
def test_threads_that_sleep_or_spin_miss_nothing(count, spins, monkeypatch):
    monkeypatch.setattr(file, "SPINS", spins)
    pool = HostPool(4)
    shared, counts = counted(pool, count, 50, times=2000)
    pool.stop()
    assert all(shared) and counts == [2000] * 50


def test_a_busy_pool_refuses_a_second_caller(pool, count):
    assert counted(pool, count, 8)[0] == [True]
    with pool._busy:
        assert counted(pool, count, 8) == ([False], [0] * 8)


@pytest.mark.parametrize("threads", [2, 3])
def test_two_callers_compute_alone_where_they_have_all_cores(count, threads, monkeypatch):
    monkeypatch.setattr(file, "APART", 10**12)
    pool = HostPool(threads)
    assert counted(pool, count, 8) == ([True], [1] * 8) and pool.waits.alone == 0
    with pool._busy:
        assert pool.claim() == 0
    assert counted(pool, count, 8) == ([True], [1] * 8)
    assert pool.waits.alone == (1 if threads == 2 else 0)
    pool.stop()


def test_a_caller_on_the_cpu_of_the_one_that_has_the_pool_moves_to_another(
    pool, count, monkeypatch
):
    allowed, cpu, asked = os.sched_getaffinity(0), min(os.sched_getaffinity(0)), []
    os.sched_setaffinity(0, {cpu})
    try:
        assert counted(pool, count, 8)[0] == [True]
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {cpu, 1000})
        monkeypatch.setattr(os, "sched_setaffinity", lambda _, cpus: asked.append(cpus))
        with pool._busy:
            assert pool.claim() == 0
            assert asked == [{1000}, {cpu, 1000}]
            pool._pool.cpu[0] = 1000
            assert not pool.run(count, None, 0, 8) and len(asked) == 2
    finally:
        monkeypatch.undo()
        os.sched_setaffinity(0, allowed)


def test_callers_of_several_threads(pool, count):
    wrong = []

    def call():
        for _ in range(200):
            (shared,), counts = counted(pool, count, 40)
            if counts != [int(shared)] * 40:
                wrong.append(counts)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not wrong


def test_one_thread_computes_alone(count):
    assert counted(HostPool(1), count, 8) == ([False], [0] * 8)


def test_the_number_of_threads_can_be_set(count, monkeypatch):
    before = host_pool().threads
    set_threads(2)
    assert counted(host_pool(), count, 9) == ([True], [1] * 9)
    assert repr(host_pool()) == "<HostPool of 2 threads, running>"
    set_threads(1)
    assert counted(host_pool(), count, 9)[0] == [False]
    set_threads(before)
    for wrong in (0, 65):
        with pytest.raises(StatusError, match="from 1 to 64 can compute"):
            set_threads(wrong)
    monkeypatch.setenv("IREELITE_THREADS", "many")
    with pytest.raises(StatusError, match="IREELITE_THREADS is 'many'; a number from 1 to 64"):
        file._threads_wanted()
    monkeypatch.setenv("IREELITE_THREADS", "3")
    assert file._threads_wanted() == 3


def test_a_stopped_pool_starts_again(pool, count):
    for _ in range(3):
        assert counted(pool, count, 20) == ([True], [1] * 20)
        pool.stop()
    assert "not started" in repr(pool)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(pool, count):
    assert counted(pool, count, 20)[0] == [True]

    def child():
        assert counted(pool, count, 20) == ([True], [1] * 20)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert counted(pool, count, 20) == ([True], [1] * 20)


def test_the_pool_hides_no_deadlock_and_ends_with_the_interpreter():
    program = """
import numpy as np
import ireelite
from ireelite.hal.host_pool import host_pool, set_threads
from ireelite.hal.semaphore import Fence, Semaphore
set_threads(3)
text = '''func.func @f(%a: tensor<64x8192xf32>) -> tensor<64x8192xf32> {
  %0 = stablehlo.add %a, %a : tensor<64x8192xf32>
  return %0 : tensor<64x8192xf32> }'''
module = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]), device="local-task")
ones = np.ones((64, 8192), np.float32)
print((module.f(ones) == 2).all(), host_pool())
first, second = (Fence([(Semaphore(), 1)]) for _ in range(2))
module.device.submit(first, second, [])
module.device.submit(second, first, [])
try:
    first.wait()
except Exception as error:
    print(str(error)[:17])
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0
    assert re.fullmatch(
        r".*WaitWarning: the interpreter exits before 2 that waited.*\n", run.stderr
    )
    assert run.stdout == "True <HostPool of 3 threads, running>\nABORTED; deadlock\n"


def test_a_caller_whose_thread_does_not_run_computes_alone_for_a_while():
    """A chunk that takes long on a thread of the pool is like one whose thread is not running."""
    pieces: list[tuple[int, int]] = []
    caller = threading.get_ident()
    slow = threading.Event()
    slow.set()

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)
    def compute(bindings, constants, begin, end):
        pieces.append((begin, end))
        # The caller leaves chunks to the other thread.
        time.sleep(0.004 if threading.get_ident() == caller or not slow.is_set() else 0.1)

    address = ctypes.cast(compute, ctypes.c_void_p).value or 0
    pool = HostPool(2)
    try:
        while not pool.waits.times:
            pieces.clear()
            assert pool.run(address, None, 0, 16)
        assert len(pieces) == 8 and pool.waits.seconds > 0.01 and pool.waits.alone == 0
        assert pool._pool.alone_for == max(10_000_000, min(4 * pool._pool.waited, 10**9))
        pool._pool.alone_until = time.monotonic_ns() + 10**12  # a test may be interrupted for long
        pieces.clear()
        pool.run(address, None, 0, 16)
        assert pieces == [(0, 16)] and pool.waits.alone == 1
        slow.clear()
        pool._pool.alone_until = 0
        pieces.clear()
        pool.run(address, None, 0, 16)
        assert sorted(pieces) == [(n, n + 2) for n in range(0, 16, 2)]
    finally:
        pool.stop()
    assert pool.waits == (0, 0.0, 0)
