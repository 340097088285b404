"""A deterministic scheduler of threads on semaphores, and the order of their accesses.

Model classes take the places of the semaphores' lock, of semaphores, waits and of the queue that a
thread blocks on. Each access to what threads share is a point at which another thread may run.
"""

from __future__ import annotations

import threading
from _thread import LockType, allocate_lock
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ireelite.hal.semaphore import Semaphore
from ireelite.hal.waits import Wait

THREADS = 3


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


class Crew:
    """Threads that run the bodies of one schedule after the other, each in its turn. A new thread
    takes longer than a short run.
    """

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        """Number of each thread, by its identifier."""
        self.turns = [_taken_lock() for _ in range(THREADS)]
        self.schedule: Schedule
        self.bodies: list[Callable[[], None]] = []
        self.is_stuck = False
        """True if threads were left in the middle of a run."""
        for number in range(THREADS):
            thread = threading.Thread(target=self._main, args=(number,), daemon=True)
            thread.start()
            assert thread.ident is not None
            self.numbers[thread.ident] = number

    def _main(self, number: int) -> None:
        while True:
            self.turns[number].acquire()
            try:
                self.bodies[number]()
            finally:
                self.schedule.ended(number)


def _taken_lock() -> LockType:
    lock = allocate_lock()
    lock.acquire()
    return lock


class Schedule:
    """One run: real threads, only one of which runs at a time."""

    def __init__(self, choices: Sequence[int]):
        self.choices = choices
        self.trace: list[Choice] = []
        self.order = Order()
        self._crew = crew()
        self._numbers, self._turns = self._crew.numbers, self._crew.turns
        self._blocked: dict[int, Callable[[], bool]] = {}
        self._left = list(range(THREADS))
        self._names = [0] * THREADS
        self._stopped = _taken_lock()
        """Released when no thread can continue, or all threads have ended."""

    def run(self, bodies: Sequence[Callable[[], None]], rescue: Callable[[], None]) -> None:
        """Runs the threads. When none of them can continue, calls `rescue` once to decide what they
        wait for. Raises AssertionError if they hang after that.
        """
        self._crew.schedule, self._crew.bodies = self, list(bodies)
        self._crew.is_stuck = True
        self._next(-1)
        rescued = 0
        while True:
            if not self._stopped.acquire(timeout=20):
                raise AssertionError("a thread does not come back")
            if not self._left:
                break
            assert not rescued, f"threads {self._left} hang, whatever they wait for is decided"
            rescue()
            rescued += 1
            self._next(-1)
        # The objects of this run are freed before the next one.
        self._crew.bodies.clear()
        self._crew.is_stuck = False

    def ended(self, number: int) -> None:
        """Ends a thread, which has run its body: another one continues."""
        self._left.remove(number)
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
            self._switch(number)
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
        self._switch(number)
        del self._blocked[number]

    def _switch(self, number: int) -> None:
        """Lets the next thread continue, and waits until it is this one's turn again."""
        if self._next(number) != number:
            self._turns[number].acquire()

    def _next(self, current: int) -> int:
        """Chooses the next thread, lets it continue if it is another one, and returns it; -1 if none
        can continue.
        """
        ready = tuple(self._left)
        if self._blocked:
            ready = tuple([number for number in ready if self._can_go_on(number)])
        if not ready:
            self._stopped.release()
            return -1
        position = len(self.trace)
        if position < len(self.choices):
            chosen = self.choices[position]
        else:
            chosen = current if current in ready else ready[0]
        self.trace.append(Choice(ready, current, chosen, self.order.digest))
        if chosen != current:
            self._turns[chosen].release()
        return chosen

    def _can_go_on(self, number: int) -> bool:
        until = self._blocked.get(number)
        return until is None or until()


_crew: Crew | None = None
"""The threads of the last run."""
_now: Schedule
"""The current run."""


def crew() -> Crew:
    """Returns the threads of the last run; new ones if that was left in the middle."""
    global _crew
    if _crew is None or _crew.is_stuck:
        _crew = Crew()
    return _crew


def begin(choices: Sequence[int]) -> Schedule:
    """Creates a run, in which all model objects take part that are created until the next one."""
    global _now
    _now = Schedule(choices)
    return _now


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
        if lock.owner == threading.get_ident():
            # The list of waits is changed in place.
            _now.touch((self.index, name), name == "_order")
        else:
            _now.point((self.index, name), False)
        return slot.__get__(self)

    def write(self: ModelSemaphore, value: Any) -> None:
        if not self.is_new:
            assert lock.owner == threading.get_ident(), f"{name} is written without the lock"
            lock.writes += 1
            assert lock.writes == 1, "two changes in one section of the lock"
            _now.touch((self.index, name), True)
        slot.__set__(self, value)

    return property(read, write)


lock = ModelLock()
"""The lock of all model semaphores."""


class ModelSemaphore(Semaphore):
    """A semaphore with a point of the schedule at each access to its fields without the lock."""

    def __init__(self, index: int):
        self.index, self.is_new = index, True
        super().__init__()
        self.is_new = False

    _value = _watched("_value")  # pyright: ignore[reportAssignmentType]
    failure = _watched("failure")  # pyright: ignore[reportAssignmentType]
    _order = _watched("_order")  # pyright: ignore[reportAssignmentType]
