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
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, NamedTuple

import scheduler
from scheduler import THREADS, Choice, ModelQueue, ModelSemaphore, ModelWait, Schedule

from ireelite.hal import deadlock, semaphore, waits
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.status import StatusCode, StatusError

OPERATIONS = 4


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
        schedule = scheduler.begin(choices)
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
    """Counts of one program, or sums over several."""

    schedules: int
    """Number of schedules that are not equivalent to each other."""
    runs: int
    are_all: bool
    """Whether all schedules were covered."""

    def plus(self, other: Counts) -> Counts:
        """Returns the sums."""
        return Counts(
            self.schedules + other.schedules,
            self.runs + other.runs,
            self.are_all and other.are_all,
        )


def explore_programs(programs: int, preemptions: int, most: int = sys.maxsize) -> Counts:
    """Explores the schedules of each program in at most `most` runs."""
    counts = Counts(0, 0, True)
    for seed in range(programs):
        counts = counts.plus(explore_program(seed, preemptions, most))
    return counts


def explore_program(seed: int, preemptions: int, most: int = sys.maxsize) -> Counts:
    """Explores the schedules of one program in at most `most` runs."""
    modules: list[tuple[Any, str, Any]] = [
        (semaphore, "_lock", scheduler.lock),
        (semaphore, "Wait", ModelWait),
        (waits, "Wait", ModelWait),
        (waits, "SimpleQueue", ModelQueue),
    ]
    kept = [getattr(module, name) for module, name, _ in modules]
    # A finalizer in the middle of a run would add steps that a rerun does not have.
    gc.collect()
    gc.freeze()
    gc.disable()
    for module, name, model in modules:
        setattr(module, name, model)
    try:
        exploration = Exploration(Program(seed), preemptions)
        are_all = exploration.run(most)
        assert not deadlock.host_waits
        return Counts(len(exploration.digests), exploration.runs, are_all)
    finally:
        for (module, name, _), before in zip(modules, kept, strict=True):
            setattr(module, name, before)
        gc.enable()
        gc.unfreeze()


def main() -> int:
    """Explores the schedules and prints their number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", type=int, default=20)
    parser.add_argument("--preemptions", type=int, default=2)
    parser.add_argument("--most", type=int, default=sys.maxsize, help="runs of one program")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes at a time")
    flags = parser.parse_args()
    begin = time.monotonic()
    counts = Counts(0, 0, True)
    with ProcessPoolExecutor(flags.jobs) as pool:
        explore = partial(explore_program, preemptions=flags.preemptions, most=flags.most)
        for seed, found in enumerate(pool.map(explore, range(flags.programs))):
            print(f"program {seed}: {found.schedules} schedules, {found.runs} runs", flush=True)
            counts = counts.plus(found)
    covered = "all schedules" if counts.are_all else "some of the schedules"
    print(
        f"{covered} of {flags.programs} programs with at most {flags.preemptions} preemptions are "
        f"as they must be: {counts.schedules} that are not equivalent, in {counts.runs} runs and "
        f"{time.monotonic() - begin:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
