"""Which ops share a dispatch, and why.

The ops of a block are looked at in order. An op joins the dispatch that makes its operands if it
reads them where they are made, and has their shape: then each invocation computes one element after
the other, and what is between them stays in a register. A reduction takes the elementwise ops that
made its operands into its loop, if it reads each element once and nothing else reads it.

Reductions of rows and what is computed from them may share a dispatch too, one invocation of which
computes a whole row: the maximum of a row, the exponentials, their sum, the quotients (`rows.py`).
Every decision is a value with its reason, and goes to the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from xdsl.ir import Operation, SSAValue

from ireelite.lowering.fusion.facts import Facts, Source, Work, count_of
from ireelite.lowering.fusion.rows import against_rows
from ireelite.lowering.rewriting.regions import is_within
from ireelite.lowering.tensors.sizes import Shape

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MOST_OPS = 2048
"""Ops of one dispatch. Kernels above that take compilers longer than they save."""

MOST_BUFFERS = 24
"""Buffers of one dispatch that fusion makes: devices bind 32 or fewer."""


IN_PLACE = "it is read where it is made"
BY_ROWS = "one invocation computes a row of both"


@dataclass(frozen=True)
class Decision:
    """Whether two ops share a dispatch, and why."""

    producer: Operation
    consumer: Operation
    fused: bool
    reason: str
    facts: dict[str, int]
    """Numbers behind the reason: `elements` of the value between them, and `points` at which the
    consumer's scalar function is computed."""


@dataclass
class Group:
    """Work that will share a dispatch."""

    shape: Shape
    work: dict[Operation, Work] = field(default_factory=dict)
    read: set[SSAValue] = field(default_factory=set)
    """What it reads from outside."""
    written: set[SSAValue] = field(default_factory=set)
    """What it makes that may be read outside."""

    @property
    def ops(self) -> list[Operation]:
        """The ops, in order."""
        return list(self.work)

    @property
    def loops(self) -> bool:
        """Whether something in it is a reduction or a contraction."""
        return any(work.loops for work in self.work.values())

    @property
    def is_built(self) -> bool:
        """Whether a builder writes the loops of something in it."""
        return any(work.is_built for work in self.work.values())

    def narrow(self, work: Work) -> None:
        """Gives the dispatch the workload of a reduction of its rows."""
        if len(work.shape) < len(self.shape):
            self.shape = work.shape

    def add(self, work: Work) -> None:
        """Adds work behind what is there."""
        self.read |= self.new_reads(work)
        self.written -= self.last_reads(work)
        self.written.update(work.op.results)
        self.work[work.op] = work

    def buffers_with(self, work: Work) -> int:
        """How many buffers the dispatch would have with one op more."""
        read, written = self.new_reads(work) - self.read, self.last_reads(work)
        return len(self.read) + len(read) + len(self.written) - len(written) + len(work.op.results)

    def new_reads(self, work: Work) -> set[SSAValue]:
        """What an op reads that the group does not make."""
        return {s.value for s in work.sources if s.value.owner not in self.work}

    def last_reads(self, work: Work) -> set[SSAValue]:
        """What the group makes that no other op reads. A value with many uses is not looked at."""
        return {
            source.value
            for source in work.sources
            if source.value in self.written
            and len(users := first_users(source.value)) <= FEW
            and all(is_within(user, self.work) or is_within(user, (work.op,)) for user in users)
        }


FEW = 4
"""Uses of a value that are looked at one by one; one with more counts as used outside."""


def first_users(value: SSAValue) -> list[Operation]:
    """The ops that use a value: one more than a few, if there are as many."""
    return [use.operation for use in islice(value.uses, FEW + 1)]


def find_groups(facts: Facts) -> tuple[list[Group], list[Decision]]:
    """The groups, in an order in which they can run, and the decisions that made them."""
    return Grouping(facts).run()


class Grouping:
    """Groups the work of one block."""

    def __init__(self, facts: Facts):
        self.facts = facts
        self.order = {op: place for place, op in enumerate(facts.work)}
        self.groups: list[Group] = []
        self.group_of: dict[Operation, int] = {}
        self.decisions: list[Decision] = []

    def run(self) -> tuple[list[Group], list[Decision]]:
        """Looks at each op once, in order."""
        for work in self.facts.work.values():
            producers = self._producers(work)
            latest = max(producers, default=-1)
            if latest >= 0 and self._joins(work, latest, producers[latest]):
                number = latest
                self.groups[number].narrow(work)
            else:
                number = len(self.groups)
                self.groups.append(Group(work.shape))
                if work.loops:
                    self._take_producers(work, number, producers)
            self.groups[number].add(work)
            self.group_of[work.op] = number
            for other, sources in producers.items():
                if other not in (latest, number) and self.groups[other].work:
                    self._decide(sources, work, False, "a later dispatch makes another operand")
        return [group for group in self.groups if group.work], self.decisions

    def _producers(self, work: Work) -> dict[int, list[Source]]:
        """The groups that make what an op reads, in order -> what it reads of each."""
        found: dict[int, list[Source]] = {}
        for source in work.sources:
            owner = source.value.owner
            if isinstance(owner, Operation) and owner in self.group_of:
                found.setdefault(self.group_of[owner], []).append(source)
        return dict(sorted(found.items()))

    def _joins(self, work: Work, number: int, sources: list[Source]) -> bool:
        """Decides whether an op joins the latest of the groups that it reads from."""
        group = self.groups[number]
        reason = self._against_joining(work, group, sources)
        if reason is None:
            alike = not work.loops and work.shape == group.shape
            self._decide(sources, work, True, IN_PLACE if alike else BY_ROWS)
        elif not work.loops:
            self._decide(sources, work, False, reason)
        return reason is None

    def _against_joining(self, work: Work, group: Group, sources: list[Source]) -> str | None:
        """Why an op does not join a group; None if it does."""
        if work.loops and self._against_taking(work, group, sources, {}) is None:
            return "it computes what it reads in its own loop"
        if group.is_built:
            return "its operand is complete when all points of the other dispatch are done"
        if work.loops or work.shape != group.shape:
            reason = against_rows(work, group.shape, list(group.work.values()), sources)
            if reason is not None:
                return reason
        elif not all(source.in_place for source in sources):
            return "it is read at another index, where another invocation makes it"
        if len(group.work) >= MOST_OPS:
            return f"the dispatch has {MOST_OPS} ops already"
        if group.buffers_with(work) > MOST_BUFFERS:
            return f"the dispatch would have over {MOST_BUFFERS} buffers"
        return None

    def _take_producers(self, work: Work, number: int, producers: dict[int, list[Source]]) -> None:
        """Moves groups of elementwise ops into the dispatch of the reduction that reads them."""
        taken: dict[Operation, Work] = {}
        for other, sources in reversed(list(producers.items())):
            group = self.groups[other]
            reason = self._against_taking(work, group, sources, taken)
            if reason is None and len(taken) + len(group.work) < MOST_OPS:
                taken |= group.work
                group.work = {}
                self._decide(sources, work, True, "each element is read once, in the loop")
            else:
                self._decide(sources, work, False, reason or f"over {MOST_OPS} ops")
        for op in sorted(taken, key=self.order.__getitem__):
            self.groups[number].add(taken[op])
            self.group_of[op] = number

    def _against_taking(
        self, work: Work, group: Group, sources: list[Source], taken: dict[Operation, Work]
    ) -> str | None:
        """Why a reduction does not compute what it reads in its own loop; None if it does."""
        if group.loops:
            return "it is made by a loop, which would run inside of this one"
        computed = max(source.reads for source in sources) // max(count_of(group.shape), 1)
        if computed > 1:
            return f"each element is read {computed} times"
        if len({source.value for source in sources}) < len(sources):
            return "it is read at several indices"
        inside = {*group.work, *taken, work.op}
        if any(self._is_read_outside(op, inside) for op in group.work):
            return "another op reads it, too"
        return None

    def _is_read_outside(self, op: Operation, inside: set[Operation]) -> bool:
        """Whether work outside of `inside` reads a result of an op, also through copied ops."""
        waiting = [use.operation for result in op.results for use in result.uses]
        seen: set[Operation] = set()
        while waiting:
            user = waiting.pop()
            if user in seen or is_within(user, inside):
                continue
            seen.add(user)
            if user not in self.facts.copied:
                return True
            waiting.extend(use.operation for result in user.results for use in result.uses)
        return False

    def _decide(self, sources: Iterable[Source], work: Work, fused: bool, reason: str) -> None:
        for value in dict.fromkeys(source.value for source in sources):
            assert isinstance(value.owner, Operation)
            facts = {"elements": count_of(self.facts.shape(value)), "points": work.points}
            self.decisions.append(Decision(value.owner, work.op, fused, reason, facts))


def record_decisions(decisions: Iterable[Decision], tracker: Tracker) -> None:
    """Adds the decisions to the compilation record, where `why` finds them."""
    for decision in decisions:
        tracker.decide(
            "fusion",
            (decision.producer, decision.consumer),
            "fused" if decision.fused else "separate",
            decision.reason,
            decision.facts,
        )
