"""The threads that share the workgroups of one dispatch on the CPU.

There is one pool a process. Its threads stay inside one native call, without Python's lock: they
spin for a short while after work, then sleep on a semaphore each. Work is a range of workgroups cut
into chunks; a ticket, one 64-bit word, says which generation of work it is and how many chunks have
been taken from either end, and is changed by compare-and-exchange. The thread that calls takes
chunks from the first on, the others from the last on, and the caller waits for chunks to be done,
never for a thread: threads that are late find an old ticket. Since both ends are the same in each
call, most of what a thread reads and writes is in the caches of its core.

If the system runs another program on the core of a thread that holds a chunk, the caller waits for
a time slice of the scheduler, several milliseconds. After such a wait, callers compute alone for
four times its duration, and for longer if it happens again: so few calls take the time of a slice,
and the others take the time of one thread. Two callers at once compute alone, too, if they are as
many as the pool has threads. If the system runs both on one core, in turn, the one that finds the
pool taken moves to another.

Where there is no such pool (one core, another system than Linux, or no llvmlite) the caller does
all the work.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from ireelite.forking import short_lock, take_part
from ireelite.hal.native_code import native_code
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import invalid_argument

THREADS_VARIABLE = "IREELITE_THREADS"
"""Environment variable: how many threads compute, the caller included."""
SPINS = 2000
"""How often a thread looks for new work before it sleeps; about 50 microseconds."""
CHUNKS_PER_THREAD = 4
MAX_THREADS = 64
CALLERS_MET = 2
"""Callers at once: one has the pool, and another finds it busy."""
APART = 2_000_000
"""Nanoseconds for which callers compute alone after one has found the pool at another's work."""

_WORK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_SHARE = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[ctypes.c_int64] * 2)


class _Pool(ctypes.Structure):
    _fields_ = (
        ("ticket", ctypes.c_int64 * 8),
        ("work", ctypes.c_int64 * 6),
        ("cpu", ctypes.c_int64 * 2),
        ("done", ctypes.c_int64 * 8),
        ("quit", ctypes.c_int64),
        ("spins", ctypes.c_int64),
        ("threads", ctypes.c_int64),
        ("cpus", ctypes.c_int64),
        ("libc", ctypes.c_void_p * 5),
        ("last_brief", ctypes.c_int64),
        ("burst", ctypes.c_int64),
        ("alone_until", ctypes.c_int64),
        ("alone_for", ctypes.c_int64),
        ("long_waits", ctypes.c_int64),
        ("waited", ctypes.c_int64),
        ("alone", ctypes.c_int64),
    )


class _Thread(ctypes.Structure):
    _fields_ = (
        ("asleep", ctypes.c_int64),
        ("id", ctypes.c_int64),
        ("kept_off", ctypes.c_int64),
        ("mask", ctypes.c_int64),
        ("bell", ctypes.c_int64 * 12),
    )


class Waits(NamedTuple):
    """Losses of callers to threads that the system did not run, since the pool started."""

    times: int
    """Number of waits for a chunk that took longer than a running thread needs for a chunk."""
    seconds: float
    """Total time of these waits, in seconds."""
    alone: int
    """Number of calls that the caller computed alone after such a wait, or after two callers met."""


class HostPool:
    """The threads, which start with the first work."""

    def __init__(self, threads: int):
        self.threads = threads
        """How many threads compute, the caller included."""
        self._busy = threading.Lock()
        """Held by the caller whose work the threads are at."""
        self._share: Callable[..., None] | None = None
        self._keeps: list[Any] = []
        self._running: list[threading.Thread] = []
        take_part(self)

    def run(self, function: int, bindings: Any, constants: int, workgroups: int) -> bool:
        """Has a native entry point run for all workgroups.

        `function` and `constants` are addresses. False if nothing was done: the threads are at
        another caller's work, or there are none; the caller does its work alone then.
        """
        if not self._busy.acquire(blocking=False):
            self._part()
            return False
        try:
            if (share := self._share or self._start()) is None:
                return False
            share(self._address, function, bindings, constants, workgroups, self.chunks(workgroups))
            return True
        finally:
            self._busy.release()

    def chunks(self, items: int) -> int:
        """Returns in how many chunks threads take items; `share` makes them about equal."""
        return min(items, CHUNKS_PER_THREAD * self.threads)

    def claim(self) -> int:
        """Takes the threads for native code that calls `share` with the address that is returned,
        until `release`. 0 if they are at another caller's work, or if there are none.
        """
        if not self._busy.acquire(blocking=False):
            self._part()
            return 0
        try:
            found = self._share or self._start()
        except BaseException:
            self._busy.release()
            raise
        if found is None:
            self._busy.release()
            return 0
        return self._address

    def _part(self) -> None:
        """Keeps this caller out of the way of the one that has the pool.

        Callers compute alone for a while if two of them have a core each: the pool's thread would
        take time of one of them. If the other caller was on this CPU, it waits for this one to
        leave: the system may let them take turns there for long while another CPU is idle.
        """
        if self._share is None:
            return
        if self.threads <= CALLERS_MET:
            until = time.monotonic_ns() + APART
            self._pool.alone_until = max(self._pool.alone_until, until)
        cpu = self._libc.sched_getcpu()
        if cpu == self._pool.cpu[0]:
            leave(cpu)

    def release(self) -> None:
        """Gives back what `claim` took."""
        self._busy.release()

    def _start(self) -> Callable[..., None] | None:
        """Starts the threads; None if there can be none."""
        if self.threads < 2 or (code := native_code()) is None:
            self.threads = 1
            return None
        work, share = _WORK(code.addresses["work"]), _SHARE(code.addresses["share"])
        count = self.threads - 1
        memory = (ctypes.c_char * (ctypes.sizeof(_Pool) + count * ctypes.sizeof(_Thread) + 64))()
        self._address = -(-ctypes.addressof(memory) // 64) * 64
        pool = _Pool.from_address(self._address)
        first = self._address + ctypes.sizeof(_Pool)
        rows = (_Thread * count).from_address(first)
        libc = ctypes.CDLL(None)
        names = ("sem_wait", "sem_post", "sched_getcpu", "sched_setaffinity", "clock_gettime")
        for position, name in enumerate(names):
            pool.libc[position] = ctypes.cast(getattr(libc, name), ctypes.c_void_p).value
        cpus = os.sched_getaffinity(0)
        pool.spins = SPINS
        pool.cpus = _signed(sum(1 << cpu for cpu in cpus)) if max(cpus) < 64 else 0
        for position, row in enumerate(rows):
            libc.sem_init(ctypes.byref(row, _Thread.bell.offset), 0, 0)
            row.kept_off = -1
            at = first + position * ctypes.sizeof(_Thread)
            thread = threading.Thread(
                target=work, args=(self._address, at), name=f"pool/{position}", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:
                # As many as the system has room for.
                break
            row.id = thread.native_id
            self._running.append(thread)
        pool.threads = len(self._running)
        self._keeps = [memory, libc, code]
        self._pool, self._rows, self._libc = pool, rows, libc
        self._share = share
        # A daemon thread in foreign code while the interpreter goes down would crash it.
        atexit.register(self.stop)
        return share

    @property
    def waits(self) -> Waits:
        """Losses of callers to threads that the system did not run."""
        if self._share is None:
            return Waits(0, 0.0, 0)
        pool = self._pool
        return Waits(pool.long_waits, pool.waited / 1e9, pool.alone)

    def stop(self) -> None:
        """Ends the threads; they start again with new work."""
        with self._busy:
            if self._share is None:
                return
            atexit.unregister(self.stop)
            self._share = None
            self._pool.quit = 1
            self._pool.ticket[0] += 2 << 32
            for row in self._rows:
                self._libc.sem_post(ctypes.byref(row, _Thread.bell.offset))
            for thread in self._running:
                thread.join(timeout=10)
            self._running.clear()

    def hold(self) -> None:
        """Waits for the work at hand; no other is begun."""
        self._busy.acquire()

    def let_go(self) -> None:
        """Lets the threads go on after a fork."""
        self._busy.release()

    def begin_anew(self) -> list[Callable[[], object]]:
        """Has the threads of a forked process start with its first work."""
        self._busy = threading.Lock()
        self._share = None
        self._running.clear()
        return []

    def __repr__(self) -> str:
        state = "running" if self._share is not None else "not started"
        return f"<HostPool of {self.threads} threads, {state}>"


def leave(cpu: int) -> None:
    """Moves this thread to another CPU than `cpu`; where the system runs it later is left to it."""
    allowed = os.sched_getaffinity(0)
    if others := allowed - {cpu}:
        os.sched_setaffinity(0, others)
        os.sched_setaffinity(0, allowed)


def _signed(word: int) -> int:
    return word - (1 << 64) if word >> 63 else word


_pool: HostPool | None = None
_making = short_lock()


def host_pool() -> HostPool:
    """Returns the process's pool: as many threads as this process has cores, or as
    `IREELITE_THREADS` or `set_threads` says. Raises INVALID_ARGUMENT if the variable is no such
    number.
    """
    global _pool
    with _making:
        if _pool is None:
            _pool = HostPool(_threads_wanted())
        return _pool


def set_threads(threads: int) -> None:
    """Sets how many threads compute from now on, the caller included.

    Raises INVALID_ARGUMENT for less than 1 or more than 64.
    """
    if not 1 <= threads <= MAX_THREADS:
        raise invalid_argument(f"{threads} threads: from 1 to {MAX_THREADS} can compute")
    pool = host_pool()
    pool.stop()
    pool.threads = threads


def _threads_wanted() -> int:
    text = os.environ.get(THREADS_VARIABLE)
    if text is None:
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        return min(cores, MAX_THREADS)
    if not text.isdecimal() or not 1 <= int(text) <= MAX_THREADS:
        raise invalid_argument(
            f"the environment variable {THREADS_VARIABLE} is '{text}'; a number from 1 to "
            f"{MAX_THREADS} is expected"
        )
    return int(text)
