"""Explores the schedules of small programs on semaphores: `python tests/queues/schedules.py`.

Three threads run four operations each, one thread at a time. A step of a thread begins at each
section of the semaphores' lock, at each read of a payload, of a failure or of the list of waits
outside of it, at each claim of a wait, and at each access to the queue that a thread blocks on; a
switch to another thread is possible before each step. A section of the lock is one step because
what is read outside of the lock is written within it, at most once in a section: no thread can see
anything in between.

All schedules with at most `--preemptions` preemptions are covered, and invariants are checked after
each run. Two schedules are equivalent if they order all conflicting accesses alike, where accesses
to one object conflict unless both are reads: the same values are read then, and every state of the
one is a state of the other. A run goes on only in states that no equivalent schedule has reached
with as many preemptions left. The count that is printed is of all schedules that are not
equivalent. A schedule is a list of choices: the same list gives the same run.
"""

from __future__ import annotations

import argparse
import gc
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from ireelite.hal import deadlock, semaphore, waits
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.hal.waits import Wait
from ireelite.status import StatusCode, StatusError

THREADS = 3
OPERATIONS = 4


class Choice(NamedTuple):
    """A point of a run at which the next thread is chosen."""

    ready: tuple[int, ...]
    """Threads that can continue."""
    current: int
    """Thread that ran before; -1 at the beginning."""
    chosen: int
    order: int
    """Digest of how the accesses up to here order each other."""


class Order:
    """Digest of the order of conflicting accesses in a run.

    Each access is hashed together with the accesses that it directly follows: the previous one of
    its thread and, on the same object, the last write or, for a write, the reads since then, too.
    The digest is the sum of all hashes, so independent accesses may come in any order.
    """

    def __init__(self) -> None:
        self.digest = 0
        self._threads = [(0, 0)] * THREADS
        """(number of accesses, hash of the last one) of each thread."""
        self._objects: dict[Any, tuple[int, int]] = {}
        """(hash of the last write, sum of the hashes of later reads) of each object."""

    def add(self, thread: int, name: Any, is_write: bool) -> None:
        """Adds an access to the object with a name that is the same in each run."""
        count, previous = self._threads[thread]
        written, reads = self._objects.get(name, (0, 0))
        before = written, reads if is_write else 0
        access = hash((thread, count, previous, hash(name), is_write, before))
        self._threads[thread] = count + 1, access
        self._objects[name] = (access, 0) if is_write else (written, reads + access)
        self.digest = (self.digest + access) & (1 << 64) - 1


class Schedule:
    """One run: real threads, only one of which runs at a time."""

    def __init__(self, choices: Sequence[int]):
        self.choices = choices
        self.trace: list[Choice] = []
        self.order = Order()
        self._numbers: dict[int, int] = {}
        self._turns = [threading.Semaphore(0) for _ in range(THREADS)]
        self._blocked: dict[int, Callable[[], bool]] = {}
        self._left = set(range(THREADS))
        self._names = [0] * THREADS
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

    def new_name(self, kind: int) -> tuple[int, ...]:
        """Returns a name for an object that this thread has created, the same in each run."""
        number = self._numbers.get(threading.get_ident())
        if number is None:
            return kind, -1, 0
        self._names[number] += 1
        return kind, number, self._names[number]

    def point(self, name: Any, is_write: bool) -> None:
        """Begins a step, which accesses an object: another thread may run before."""
        number = self._numbers.get(threading.get_ident())
        if number is not None:
            self._next(number)
            self._turns[number].acquire()
            self.order.add(number, name, is_write)

    def touch(self, name: Any, is_write: bool) -> None:
        """Adds an access to the current step."""
        number = self._numbers.get(threading.get_ident())
        if number is not None:
            self.order.add(number, name, is_write)

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
        ready = tuple([n for n in range(THREADS) if n in self._left and self._can_go_on(n)])
        if not ready:
            self.stuck.set()
            return
        position = len(self.trace)
        if position < len(self.choices):
            chosen = self.choices[position]
        else:
            chosen = current if current in ready else ready[0]
        self.trace.append(Choice(ready, current, chosen, self.order.digest))
        self._turns[chosen].release()

    def _can_go_on(self, number: int) -> bool:
        until = self._blocked.get(number)
        return until is None or until()


_now: Schedule
"""The current run."""

LOCK, QUEUE, WAIT, LEFT = range(4)
"""Kinds of objects, in their names."""


class ModelLock:
    """A reentrant lock under the scheduler, in place of the semaphores' lock."""

    def __init__(self) -> None:
        self.owner: int | None = None
        self.depth = 0
        self.writes = 0
        """Number of payloads and failures that were written in the current section."""

    def __enter__(self) -> None:
        this = threading.get_ident()
        if self.owner != this:
            _now.point(LOCK, True)
            if self.owner is not None:
                _now.block(lambda: self.owner is None)
            self.owner, self.writes = this, 0
        self.depth += 1

    def __exit__(self, *raised: object) -> None:
        self.depth -= 1
        if self.depth == 0:
            self.owner = None


class ModelQueue:
    """A queue under the scheduler, in place of the one that a thread blocks on. Timeouts never
    expire.
    """

    def __init__(self) -> None:
        self.items: deque[Any] = deque()
        self.name = _now.new_name(QUEUE)

    def put(self, item: Any) -> None:
        """Adds an item."""
        _now.point(self.name, True)
        self.items.append(item)

    def get(self, timeout: float | None = None) -> Any:
        """Waits for an item and removes it."""
        _now.block(lambda: bool(self.items))
        _now.touch(self.name, True)
        return self.items.popleft()


class ModelSet(set[int]):
    """The undecided semaphores of a wait, with a point of the schedule at each access."""

    name: tuple[int, ...] = ()

    def discard(self, element: object, /) -> None:
        """Removes an element."""
        _now.point(self.name, True)
        super().discard(element)  # pyright: ignore[reportArgumentType]

    def __len__(self) -> int:
        _now.point(self.name, False)
        return super().__len__()


class ModelWait(Wait):
    """A wait with a point of the schedule at each claim."""

    def __init__(self, *arguments: Any, **keywords: Any):
        super().__init__(*arguments, **keywords)
        self.name = _now.new_name(WAIT)
        self._left = ModelSet(self._left)
        self._left.name = LEFT, *self.name[1:]

    def _claimed(self) -> bool:
        _now.point(self.name, True)
        return super()._claimed()


def _watched(name: str) -> property:
    slot = vars(Semaphore)[name]

    def read(self: ModelSemaphore) -> Any:
        if _lock.owner == threading.get_ident():
            # The list of waits is changed in place.
            _now.touch((self.index, name), name == "_order")
        else:
            _now.point((self.index, name), False)
        return slot.__get__(self)

    def write(self: ModelSemaphore, value: Any) -> None:
        if not self.is_new:
            assert _lock.owner == threading.get_ident(), f"{name} is written without the lock"
            _lock.writes += 1
            assert _lock.writes == 1, "two changes in one section of the lock"
            _now.touch((self.index, name), True)
        slot.__set__(self, value)

    return property(read, write)


_lock = ModelLock()


class ModelSemaphore(Semaphore):
    """A semaphore with a point of the schedule at each access to its fields without the lock."""

    def __init__(self, index: int):
        self.index, self.is_new = index, True
        super().__init__()
        self.is_new = False

    _value = _watched("_value")  # pyright: ignore[reportAssignmentType]
    failure = _watched("failure")  # pyright: ignore[reportAssignmentType]
    _order = _watched("_order")  # pyright: ignore[reportAssignmentType]


@dataclass
class Watch:
    """One registered callback or one wait of a thread, and what it received."""

    points: Sequence[tuple[Semaphore, int]]
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
        _now = schedule = Schedule(choices)
        timelines = [ModelSemaphore(0), ModelSemaphore(1)]
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


class Exploration:
    """All schedules of one program with at most `preemptions` preemptions.

    `digests` has one element for each schedule that is not equivalent to another one.
    """

    def __init__(self, program: Program, preemptions: int):
        self.program = program
        self.preemptions = preemptions
        self.digests: set[int] = set()
        self.runs = 0
        self._left: list[list[int]] = [[]]
        """Choices with which runs are to begin."""
        self._seen: dict[tuple[int, int], int] = {}
        """Largest number of preemptions left, for each (order of accesses, thread that goes on)."""

    def run(self, most: int) -> bool:
        """Makes at most `most` runs. Returns whether all schedules are covered. Raises
        AssertionError if a run violates an invariant.
        """
        while self._left and self.runs < most:
            self._run_next(self._left.pop())
        return not self._left

    def _run_next(self, prefix: list[int]) -> None:
        try:
            schedule = self.program.run(prefix)
        except AssertionError as error:
            place = f"program {self.program.seed}, schedule {prefix}"
            raise AssertionError(f"{place}: {error}") from error
        self.runs += 1
        if self.runs % 500 == 0:
            gc.collect()
        self.digests.add(schedule.order.digest)
        left = self.preemptions
        for position, choice in enumerate(schedule.trace):
            if position >= len(prefix):
                self._branch(schedule, position, left)
                # Without an access in between, this is the state that was noted last.
                is_same = position > 0 and schedule.trace[position - 1][2:] == choice[2:]
                if not is_same and not self._is_new(choice, choice.chosen, left):
                    return
            left -= _is_preemption(choice, choice.chosen)

    def _branch(self, schedule: Schedule, position: int, left: int) -> None:
        choice = schedule.trace[position]
        for other in choice.ready:
            after = left - _is_preemption(choice, other)
            if other != choice.chosen and after >= 0 and self._is_new(choice, other, after):
                before = [each.chosen for each in schedule.trace[:position]]
                self._left.append([*before, other])

    def _is_new(self, choice: Choice, thread: int, left: int) -> bool:
        """Whether no equivalent schedule has let this thread go on with as many preemptions left.
        Notes that one has.
        """
        key = choice.order, thread
        if self._seen.get(key, -1) >= left:
            return False
        self._seen[key] = left
        return True


def _is_preemption(choice: Choice, thread: int) -> bool:
    return choice.current in choice.ready and thread != choice.current


class Counts(NamedTuple):
    """Sums over all programs."""

    schedules: int
    """Number of schedules that are not equivalent to each other."""
    runs: int
    are_all: bool
    """Whether all schedules were covered."""


def explore_programs(programs: int, preemptions: int, most: int = sys.maxsize) -> Counts:
    """Explores the schedules of each program in at most `most` runs."""
    modules: list[tuple[Any, str, Any]] = [
        (semaphore, "_lock", _lock),
        (semaphore, "Wait", ModelWait),
        (waits, "Wait", ModelWait),
        (waits, "SimpleQueue", ModelQueue),
    ]
    kept = [getattr(module, name) for module, name, _ in modules]
    # A finalizer in the middle of a run would add steps that a rerun does not have.
    gc.collect()
    gc.disable()
    for module, name, model in modules:
        setattr(module, name, model)
    counts = Counts(0, 0, True)
    try:
        for seed in range(programs):
            exploration = Exploration(Program(seed), preemptions)
            is_all = exploration.run(most) and counts.are_all
            schedules = counts.schedules + len(exploration.digests)
            counts = Counts(schedules, counts.runs + exploration.runs, is_all)
        return counts
    finally:
        for (module, name, _), before in zip(modules, kept, strict=True):
            setattr(module, name, before)
        gc.enable()


def main() -> int:
    """Explores the schedules and prints their number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=20)
    parser.add_argument("--preemptions", type=int, default=2)
    parser.add_argument("--most", type=int, default=sys.maxsize, help="runs of one program")
    flags = parser.parse_args()
    begin = time.monotonic()
    counts = explore_programs(flags.programs, flags.preemptions, flags.most)
    assert not deadlock.host_waits
    covered = "all schedules" if counts.are_all else "some of the schedules"
    print(
        f"{covered} of {flags.programs} programs with at most {flags.preemptions} preemptions are "
        f"as they must be: {counts.schedules} that are not equivalent, in {counts.runs} runs and "
        f"{time.monotonic() - begin:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
