"""Calls that share threads: while another process keeps a core busy, and from two threads."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from measure import Row, call_seconds, interleaved

import ireelite
from ireelite.hal import host_pool
from tables.effort import Effort
from tables.whole_calls import PROGRAMS, THREADS

DISTURBED = ("mul_1M", "matmul_256")
FORKED = ("matmul_256", "mlp", "mul_1M")
MAX_CALLS = 10_000
CALLERS = 2
READY = "ready\n"
SPIN = "print('ready', flush=True)\nwhile True: pass"


def threads(effort: Effort, folder: Path) -> Iterator[Row]:
    """Yields two kinds of rows: the 90th percentile of call times over their median while another
    process spins, and two forks of a module called in two threads on one device against one caller
    on `local-sync`.

    Both need an otherwise idle machine with two cores.
    """
    del folder
    host_pool.set_threads(THREADS)
    calls = MAX_CALLS if effort.turns > 1 else 20
    for name in effort.chosen(DISTURBED):
        call = loaded_call(name, "local-task")
        call()
        before = host_pool.host_pool().waits
        with a_busy_core():
            seconds = sorted(call_seconds(call, 1) for _ in range(calls))
        waits = host_pool.host_pool().waits
        lost = f"{waits.times - before.times} waits, {waits.alone - before.alone} alone"
        slow, median = seconds[calls * 9 // 10], seconds[calls // 2]
        yield Row(f"{name}, a core busy, 9 in 10 calls ({lost})", "their median", [slow], [median])
    for name in effort.chosen(FORKED):
        alone = loaded_call(name, "local-sync")
        first, second = forked_calls(name, "local-task")
        call_seconds(alone, effort.turns)
        count = max(1, int(0.1 / call_seconds(alone, 1))) if effort.turns > 1 else 1
        runs = interleaved(
            partial(seconds_of_both, first, second, count),
            partial(seconds_of, alone, CALLERS * count),
            min(7, effort.turns),
        )
        yield Row(f"{name}, two forks in two threads", "local-sync, one thread", *runs)


def loaded_call(name: str, device: str) -> Callable[[], object]:
    """Returns a call of a program's `main`, compiled and loaded."""
    program = PROGRAMS[name]
    compiled = ireelite.compile(program.text(), targets=["llvm-cpu"], progress=False)
    return partial(ireelite.load(compiled, device=device).main, *program.inputs())


def forked_calls(name: str, device: str) -> tuple[Callable[[], object], Callable[[], object]]:
    """Returns calls of a module and of a fork of it, after checking that they return the same."""
    program = PROGRAMS[name]
    compiled = ireelite.compile(program.text(), targets=["llvm-cpu"], progress=False)
    module, arguments = ireelite.load(compiled, device=device), program.inputs()
    calls = partial(module.main, *arguments), partial(module.fork().main, *arguments)
    np.testing.assert_array_equal(np.asarray(calls[0]()), np.asarray(calls[1]()))
    return calls


def seconds_of(call: Callable[[], object], count: int) -> float:
    """Returns the wall time of `count` calls, in seconds."""
    return count * call_seconds(call, count)


def seconds_of_both(first: Callable[[], object], second: Callable[[], object], count: int) -> float:
    """Returns the wall time, in seconds, in which two threads make `count` calls each."""
    callers = [threading.Thread(target=seconds_of, args=(call, count)) for call in (first, second)]
    start = time.perf_counter()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return time.perf_counter() - start


@contextmanager
def a_busy_core() -> Iterator[None]:
    """Keeps a core busy with another process while the block runs."""
    with subprocess.Popen([sys.executable, "-c", SPIN], stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None and other.stdout.readline() == READY
            yield
        finally:
            other.kill()
