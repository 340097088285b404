"""Explores the schedules of small programs on semaphores: `python tests/queues/schedules.py`.

Three threads run four operations each, one thread at a time. A switch is possible at each lock,
wait and callback, and at each read and write of a payload, of a failure and of the list of waits.
Each schedule with at most `--preemptions` preemptions runs once, or a random choice of `--most`
schedules if there are more, and invariants are checked after each. A schedule is a list of choices:
the same list gives the same run.
"""

from __future__ import annotations

import argparse
import gc
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ireelite.hal import deadlock, semaphore, waits
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError

THREADS = 3
OPERATIONS = 4


class Schedule:
    """One run: real threads, only one of which runs at a time."""

    def __init__(self, choices: Sequence[int]):
        self.choices = choices
        self.trace: list[tuple[tuple[int, ...], int, int]] = []
        """At each point: (threads that can continue, thread that ran before or -1, thread that was
        chosen).
        """
        self._numbers: dict[int, int] = {}
        self._turns = [threading.Semaphore(0) for _ in range(THREADS)]
        self._blocked: dict[int, Callable[[], bool]] = {}
        self._left = set(range(THREADS))
        self.stuck = threading.Event()
        """Set when no thread can continue, or all threads have ended."""

    def run(self, bodies: Sequence[Callable[[], None]], rescue: Callable[[], None]) -> None:
        """Runs the threads. When none of them can continue, calls `rescue` once to decide what they
        wait for. Raises AssertionError if they hang after that.
        """
        threads = [
            threading.Thread(target=self._main, args=(number, body), daemon=True)
            for number, body in enumerate(bodies)
        ]
        for thread in threads:
            thread.start()
        self._next(-1)
        rescued = 0
        while True:
            if not self.stuck.wait(20):
                raise AssertionError("a thread does not come back")
            self.stuck.clear()
            if not self._left:
                break
            assert not rescued, f"threads {self._left} hang, whatever they wait for is decided"
            rescue()
            rescued += 1
            self._next(-1)
        for thread in threads:
            thread.join(20)

    def _main(self, number: int, body: Callable[[], None]) -> None:
        self._numbers[threading.get_ident()] = number
        self._turns[number].acquire()
        try:
            body()
        finally:
            self._left.discard(number)
            self._next(number)

    def point(self) -> None:
        """Lets another thread run here."""
        number = self._numbers.get(threading.get_ident())
        if number is not None:
            self._next(number)
            self._turns[number].acquire()

    def block(self, until: Callable[[], bool]) -> None:
        """Blocks this thread until `until` returns True."""
        number = self._numbers.get(threading.get_ident())
        if number is None:
            assert until(), "the main thread would block"
            return
        self._blocked[number] = until
        self._next(number)
        self._turns[number].acquire()
        del self._blocked[number]

    def _next(self, current: int) -> None:
        ready = tuple(n for n in sorted(self._left) if self._can_go_on(n))
        if not ready:
            self.stuck.set()
            return
        position = len(self.trace)
        if position < len(self.choices):
            chosen = self.choices[position]
        else:
            chosen = current if current in ready else ready[0]
        self.trace.append((ready, current, chosen))
        self._turns[chosen].release()

    def _can_go_on(self, number: int) -> bool:
        until = self._blocked.get(number)
        return until is None or until()


_now: Schedule
"""The current run."""


class ModelLock:
    """A reentrant lock under the scheduler, in place of the semaphores' lock."""

    def __init__(self) -> None:
        self.owner: int | None = None
        self.depth = 0

    def __enter__(self) -> None:
        this = threading.get_ident()
        _now.point()
        if self.owner not in (None, this):
            _now.block(lambda: self.owner is None)
        self.owner = this
        self.depth += 1

    def __exit__(self, *raised: object) -> None:
        self.depth -= 1
        if self.depth == 0:
            self.owner = None
        _now.point()


class ModelQueue:
    """A queue under the scheduler, in place of the one that a thread blocks on. Timeouts never
    expire.
    """

    def __init__(self) -> None:
        self.items: deque[Any] = deque()

    def put(self, item: Any) -> None:
        """Adds an item."""
        _now.point()
        self.items.append(item)

    def get(self, timeout: float | None = None) -> Any:
        """Waits for an item and removes it."""
        _now.block(lambda: bool(self.items))
        return self.items.popleft()


def _watched(name: str) -> property:
    slot = vars(Semaphore)[name]

    def read(self: Semaphore) -> Any:
        _now.point()
        return slot.__get__(self)

    def write(self: Semaphore, value: Any) -> None:
        _now.point()
        slot.__set__(self, value)

    return property(read, write)


class ModelSemaphore(Semaphore):
    """A semaphore with a point of the schedule at each access to its fields."""

    _value = _watched("_value")  # pyright: ignore[reportAssignmentType]
    failure = _watched("failure")  # pyright: ignore[reportAssignmentType]
    _order = _watched("_order")  # pyright: ignore[reportAssignmentType]


@dataclass
class Watch:
    """One registered callback or one wait of a thread, and what it received."""

    points: list[tuple[Semaphore, int]]
    heard: list[StatusError | None] = field(default_factory=list)
    registered: bool = True
    returned: bool = False


class Program:
    """Random operations of each thread on two timelines, by seed."""

    def __init__(self, seed: int):
        random = Random(seed)
        self.seed = seed
        self.rows = [[self._operation(random) for _ in range(OPERATIONS)] for _ in range(THREADS)]

    def _operation(self, random: Random) -> tuple[str, int, int]:
        kinds = ("signal", "signal", "signal", "watch", "both", "wait", "cancel", "fail")
        return random.choice(kinds), random.randrange(2), random.randint(1, 3)

    def run(self, choices: Sequence[int]) -> Schedule:
        """Runs one schedule and checks its invariants. Raises AssertionError if one is violated."""
        global _now
        _now = schedule = Schedule(())
        timelines = [ModelSemaphore(), ModelSemaphore()]
        watches: list[Watch] = []
        signalled: list[tuple[int, int]] = []
        failed: list[int] = []
        errors: list[BaseException] = []

        def perform(kind: str, which: int, value: int) -> None:
            timeline = timelines[which]
            points = [(timeline, value)]
            if kind == "both":
                points.append((timelines[1 - which], value))
            if kind == "signal":
                try:
                    timeline.signal(value)
                    signalled.append((which, value))
                except StatusError as error:
                    assert error.code in (StatusCode.INVALID_ARGUMENT, StatusCode.DATA_LOSS)
            elif kind == "fail":
                timeline.fail(StatusError(StatusCode.DATA_LOSS, "by a thread"))
                failed.append(which)
            elif kind == "wait":
                watches.append(watch := Watch(points, registered=False))
                try:
                    assert Fence(points).wait()
                    watch.heard.append(None)
                except StatusError as error:
                    watch.heard.append(error)
            else:
                watches.append(watch := Watch(points))
                wait = Fence(points).watch(watch.heard.append)
                watch.registered = wait is not None
                if kind == "cancel" and wait is not None:
                    watch.returned = wait.cancel()

        def body(number: int) -> Callable[[], None]:
            def go() -> None:
                try:
                    for operation in self.rows[number]:
                        perform(*operation)
                except BaseException as error:
                    errors.append(error)

            return go

        def rescue() -> None:
            for timeline in timelines:
                timeline.fail(StatusError(StatusCode.ABORTED, "at the end"))

        _now = schedule = Schedule(choices)
        schedule.run([body(number) for number in range(THREADS)], rescue)
        if errors:
            raise errors[0]
        rescue()
        self._check(timelines, watches, signalled, failed)
        return schedule

    def _check(
        self,
        timelines: list[ModelSemaphore],
        watches: list[Watch],
        signalled: list[tuple[int, int]],
        failed: list[int],
    ) -> None:
        assert len(set(signalled)) == len(signalled), f"signalled twice: {signalled}"
        for which, timeline in enumerate(timelines):
            reached = [value for name, value in signalled if name == which]
            assert timeline._value == max(reached, default=0)
            assert not any(timeline._waits.values()), "a wait is left behind"
            assert timeline.failure is not None
            expected = StatusCode.DATA_LOSS if which in failed else StatusCode.ABORTED
            assert timeline.failure.code == expected
        for watch in watches:
            if watch.returned or not watch.registered:
                assert len(watch.heard) == (0 if watch.registered or not watch.heard else 1)
                if watch.returned:
                    continue
            else:
                assert len(watch.heard) == 1, f"called {len(watch.heard)} times"
            for outcome in watch.heard:
                if outcome is None:
                    assert all(s._value >= value for s, value in watch.points), "called too early"
                else:
                    assert outcome.code in (StatusCode.DATA_LOSS, StatusCode.ABORTED)


def explore(program: Program, preemptions: int, most: int) -> Iterator[Schedule]:
    """Yields a run of each schedule of a program with at most `preemptions` preemptions, each once;
    if there are more than `most`, runs of `most` schedules chosen at random.
    """
    left: list[list[int]] = [[]]
    random = Random(program.seed)
    for number in range(most):
        if not left:
            return
        chosen = random.randrange(len(left))
        left[chosen], left[-1] = left[-1], left[chosen]
        prefix = left.pop()
        try:
            schedule = program.run(prefix)
        except AssertionError as error:
            raise AssertionError(f"program {program.seed}, schedule {prefix}: {error}") from error
        yield schedule
        if number % 500 == 499:
            gc.collect()
        used = 0
        for position, (ready, current, chosen) in enumerate(schedule.trace):
            if position >= len(prefix):
                for other in ready:
                    cost = used + (current in ready and other != current)
                    if other != chosen and cost <= preemptions:
                        before = [row[2] for row in schedule.trace[:position]]
                        left.append([*before, other])
            used += current in ready and chosen != current


def explore_programs(programs: int, preemptions: int, most: int) -> int:
    """Explores at most `most` schedules of each program; returns the number of schedules in all."""
    kept = semaphore._lock, waits.SimpleQueue
    # A finalizer in the middle of a run would add steps that a rerun does not have.
    gc.collect()
    gc.disable()
    semaphore._lock = ModelLock()  # pyright: ignore[reportAttributeAccessIssue]
    waits.SimpleQueue = ModelQueue  # pyright: ignore[reportAttributeAccessIssue]
    try:
        return sum(1 for seed in range(programs) for _ in explore(Program(seed), preemptions, most))
    finally:
        semaphore._lock, waits.SimpleQueue = kept
        gc.enable()


def main() -> int:
    """Explores the schedules and prints their number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=20)
    parser.add_argument("--preemptions", type=int, default=2)
    parser.add_argument("--most", type=int, default=20_000, help="schedules of one program")
    flags = parser.parse_args()
    begin = time.monotonic()
    count = explore_programs(flags.programs, flags.preemptions, flags.most)
    assert not deadlock.host_waits
    print(
        f"{count} schedules of {flags.programs} programs with at most {flags.preemptions} "
        f"preemptions in {time.monotonic() - begin:.0f} s: each as it must be"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
