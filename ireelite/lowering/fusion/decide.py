"""Which ops share a dispatch, and why.

The ops of a block are looked at in order. An op joins the dispatch that makes its operands if one of
the `JOINS` brings them together: it reads them where they are made, and has their shape, so that each
invocation computes one element after the other, and what is between them stays in a register; or one
invocation computes a whole row of both (`rows.py`). A reduction takes the elementwise ops that made
its operands into its loop, if nothing else reads them and that repeats less than a store and a load
cost. At last dispatches over the same points that share an operand become one (`siblings.py`).

Every decision is a value with its rule, its reason and its numbers, and goes to the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from xdsl.ir import Operation, SSAValue

from ireelite.light_dataclass import light_dataclass
from ireelite.lowering.fusion.facts import Facts, Source, Way, Work, count_of
from ireelite.lowering.fusion.groups import Group, byte_count, element_bits
from ireelite.lowering.fusion.rows import against_rows, outer_shape, values_of
from ireelite.lowering.fusion.rules import (
    ALL_RULES,
    ELEMENTWISE,
    EPILOGUES,
    MAX_BUFFERS,
    MAX_OPS,
    MOVEMENT,
    ROWS,
    SIBLINGS,
    Numbers,
)
from ireelite.lowering.fusion.siblings import against_siblings, merge_siblings, producers_of
from ireelite.lowering.rewriting.regions import is_within
from ireelite.lowering.tensors.element_cost import STORE_AND_LOAD

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

IN_PLACE = "it is read where it is made"
BY_ROWS = "one invocation computes a row of both"
IN_LOOP = "it is computed where the loop reads it"


@light_dataclass(frozen=True)
class Decision:
    """Whether two ops share a dispatch, and why."""

    producer: Operation
    consumer: Operation
    rule: str
    fused: bool
    reason: str
    numbers: Numbers


@light_dataclass(frozen=True)
class JoinRule:
    """How an op may join the dispatch that makes its operands."""

    name: str
    reason: str
    """Why it does."""
    applies: Callable[[Work, Group], bool]
    """Whether it is this rule that decides."""
    against: Callable[[Work, Group, Sequence[Source]], str | None]
    """Why the op does not join, for what it reads of the group; None if it does."""


def are_alike(work: Work, group: Group) -> bool:
    """Returns whether an op without a loop has the workload of a group."""
    return not work.loops and work.shape == group.shape


def against_places(work: Work, group: Group, sources: Sequence[Source]) -> str | None:
    """Returns why an op does not compute an element in the invocation that makes its operands; None
    if it does.
    """
    if all(source.in_place for source in sources):
        return None
    return "it is read at another index, where another invocation makes it"


JOINS = (
    JoinRule(EPILOGUES, IN_PLACE, lambda w, g: are_alike(w, g) and g.loops, against_places),
    JoinRule(ELEMENTWISE, IN_PLACE, are_alike, against_places),
    JoinRule(ROWS, BY_ROWS, lambda w, g: True, against_rows),
)
"""The first that applies decides."""


def find_groups(
    facts: Facts, rules: frozenset[str] = ALL_RULES, records: bool = True
) -> tuple[list[Group], list[Decision]]:
    """Returns the groups, in an order in which they can run, and the decisions that made them, if
    wanted.
    """
    return Grouping(facts, rules, records).run()


class Grouping:
    """Groups the work of one block."""

    def __init__(self, facts: Facts, rules: frozenset[str], records: bool):
        self.facts, self.rules, self.records = facts, rules, records
        self.order = {op: place for place, op in enumerate(facts.work)}
        self.groups: list[Group] = []
        self.group_of: dict[Operation, int] = {}
        self.decisions: list[Decision] = []
        self._uses: dict[SSAValue, int] = {}

    def run(self) -> tuple[list[Group], list[Decision]]:
        """Looks at each op once, in order, and then at each group."""
        for work in self.facts.work.values():
            producers = self._producers(work)
            latest = max(producers, default=-1)
            if latest >= 0 and self._joins(work, latest, producers[latest]):
                number = self._merge_producers(work, latest, producers)
                self.groups[number].narrow(work)
            else:
                number = len(self.groups)
                self.groups.append(Group(work.shape))
                if work.loops:
                    self._take_producers(work, number, producers)
            self.groups[number].add(work)
            self.group_of[work.op] = number
            for other, sources in producers.items():
                group = self.groups[other]
                if other not in (latest, number) and group.work:
                    reason = "a later dispatch makes another operand"
                    self._decide(sources, work, group, ELEMENTWISE, False, reason)
        if SIBLINGS in self.rules:
            for a, b, source, reason in merge_siblings(self.groups, self.group_of):
                self._decide_siblings(a, b, source, reason)
        return [group for group in self.groups if group.work], self.decisions

    def _producers(self, work: Work) -> dict[int, list[Source]]:
        """Returns the groups that make what an op reads, in order -> what it reads of each."""
        found: dict[int, list[Source]] = {}
        for source in work.sources:
            owner = source.value.owner
            if isinstance(owner, Operation) and owner in self.group_of:
                found.setdefault(self.group_of[owner], []).append(source)
        return dict(sorted(found.items()))

    def _joins(self, work: Work, number: int, sources: list[Source]) -> bool:
        """Decides whether an op joins the latest of the groups that it reads from."""
        group = self.groups[number]
        if work.loops and self._against_taking(work, group, sources, {}) is None:
            return False
        rule = next(rule for rule in JOINS if rule.applies(work, group))
        reason = self._against_joining(rule, work, group, sources)
        if reason is None or not work.loops:
            self._decide(sources, work, group, rule.name, reason is None, reason or rule.reason)
        return reason is None

    def _merge_producers(self, work: Work, number: int, producers: dict[int, list[Source]]) -> int:
        """Makes the groups one that make what an elementwise op reads, as far as they can be;
        `number` is that of the latest, which it joins. Returns the number of the one group.
        """
        for other in reversed(list(producers)[:-1]):
            elder, group, sources = self.groups[other], self.groups[number], producers[other]
            loops = work.loops or elder.loops or group.loops
            if loops or ELEMENTWISE not in self.rules or against_siblings(elder, group):
                continue
            if against_places(work, group, sources) is not None:
                continue
            if (target := self._merged_place(work, other, number)) is None:
                continue
            absorbed = group if target == other else elder
            self.group_of.update(dict.fromkeys(absorbed.work, target))
            self.groups[target].absorb(absorbed)
            self._decide(sources, work, self.groups[target], ELEMENTWISE, True, IN_PLACE)
            number = target
        return number

    def _merged_place(self, work: Work, first: int, second: int) -> int | None:
        """Returns where two groups can be computed as one that makes what an op reads: at the place
        of the larger one if both can; None if neither can.

        The second moves up, and the op with it, if all that both read is made before the first, and
        the first moves down if nothing but the op reads it.
        """
        elder, younger = self.groups[first], self.groups[second]
        inside = {*elder.work, work.op}
        own = set(producers_of(younger, self.group_of))
        others = {*own, *self._producers(work)} - {first, second}
        moves_up = first not in own and all(number < first for number in others)
        if moves_up and len(younger.work) <= len(elder.work):
            return first
        if not any(self._is_read_outside(op, inside) for op in elder.work):
            return second
        return first if moves_up else None

    def _against_joining(
        self, rule: JoinRule, work: Work, group: Group, sources: list[Source]
    ) -> str | None:
        """Returns why an op does not join a group; None if it does."""
        if group.is_built:
            return "its operand is complete when all points of the other dispatch are done"
        if (reason := rule.against(work, group, sources)) is not None:
            return reason
        if rule.name not in self.rules:
            return f"the rule '{rule.name}' is off"
        if len(group.work) >= MAX_OPS:
            return f"the dispatch has {MAX_OPS} ops already"
        if group.buffers_with(work) > MAX_BUFFERS:
            return f"the dispatch would have over {MAX_BUFFERS} buffers"
        return None

    def _take_producers(self, work: Work, number: int, producers: dict[int, list[Source]]) -> None:
        """Moves groups of elementwise ops into the dispatch of the reduction that reads them."""
        taken: dict[Operation, Work] = {}
        ways: dict[Operation, Way | None] = {}
        for other, sources in reversed(list(producers.items())):
            group = self.groups[other]
            reason = self._against_taking(work, group, sources, taken)
            if reason is None and len(taken) + len(group.work) >= MAX_OPS:
                reason = f"over {MAX_OPS} ops"
            self._decide(sources, work, group, ELEMENTWISE, reason is None, reason or IN_LOOP)
            if reason is None:
                taken |= group.work
                ways |= dict.fromkeys(group.work, sources[0].way)
                group.work = {}
        for op in sorted(taken, key=self.order.__getitem__):
            self.groups[number].add(taken[op], ways[op])
            self.group_of[op] = number

    def _against_taking(
        self, work: Work, group: Group, sources: list[Source], taken: dict[Operation, Work]
    ) -> str | None:
        """Returns why a reduction does not compute what it reads in its own loop; None if it does."""
        if group.loops:
            return "it is made by a loop, which would run inside of this one"
        elements = max(count_of(group.shape), 1)
        computed = max(source.reads for source in sources) // elements
        if (computed - 1) * group.operations > STORE_AND_LOAD * elements:
            return f"each element is read {computed} times"
        if len({source.value for source in sources}) < len(sources):
            return "it is read at several indices"
        inside = {*group.work, *taken, work.op}
        if any(self._is_read_outside(op, inside) for op in group.work):
            return "another op reads it, too"
        if ELEMENTWISE not in self.rules:
            return f"the rule '{ELEMENTWISE}' is off"
        return None

    def _is_read_outside(self, op: Operation, inside: set[Operation]) -> bool:
        """Returns whether work outside of `inside` reads a result of an op, also through copied
        ops.
        """
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

    # -- decisions -----------------------------------------------------------------------------------

    def _decide(
        self,
        sources: Iterable[Source],
        work: Work,
        group: Group,
        rule: str,
        fused: bool,
        reason: str,
    ) -> None:
        """Notes a decision about what an op reads of a group."""
        if not self.records:
            return
        reads: dict[SSAValue, int] = {}
        for source in sources:
            reads[source.value] = max(reads.get(source.value, 0), source.reads)
        for value, count in reads.items():
            assert isinstance(value.owner, Operation)
            numbers = self._numbers(value, count, work, group, rule, fused)
            self.decisions.append(Decision(value.owner, work.op, rule, fused, reason, numbers))

    def _numbers(
        self, value: SSAValue, reads: int, work: Work, group: Group, rule: str, fused: bool
    ) -> Numbers:
        shape = self.facts.shape(value)
        elements, uses = count_of(shape), self._uses_of(value)
        again = max(reads // max(count_of(group.shape), 1) - 1, 0)
        if fused and (rule == ROWS or group.loops):
            again = 0  # what one invocation has made it reads again
        working_set = -(-element_bits(value) // 8)
        if rule == ROWS and all(isinstance(size, int) for size in (*work.shape, *group.shape)):
            working_set = group.row_set(outer_shape(work, group), values_of(work))
        return Numbers(
            elements=elements,
            points=work.points,
            uses=uses,
            bytes_saved=byte_count(value, shape) * (2 if uses == 1 else 1),
            operations_repeated=again * group.operations,
            working_set=working_set,
        )

    def _uses_of(self, value: SSAValue) -> int:
        if (known := self._uses.get(value)) is None:
            known = self._uses[value] = sum(1 for _ in value.uses)
        return known

    def _decide_siblings(self, a: Work, b: Work, source: Source, reason: str | None) -> None:
        """Notes a decision about two ops that share an operand, which would be loaded once."""
        if not self.records:
            return
        shape = self.facts.shape(source.value)
        numbers = Numbers(
            elements=count_of(shape),
            points=b.points,
            uses=self._uses_of(source.value),
            bytes_saved=byte_count(source.value, shape),
            operations_repeated=0,
            working_set=-(-element_bits(source.value) // 8),
        )
        words = reason or "both read the same operand at the same index"
        self.decisions.append(Decision(a.op, b.op, SIBLINGS, reason is None, words, numbers))


# -- movement --------------------------------------------------------------------------------------


def movement_decisions(facts: Facts) -> Iterator[Decision]:
    """Yields the decisions about ops that only move data: each that is copied with the ops that
    read it, each that is not with those, too.
    """
    for op, reason in facts.moves.items():
        value = op.results[0]
        shape = facts.shape(value)
        users = dict.fromkeys(use.operation for use in value.uses)
        numbers = Numbers(
            elements=count_of(shape),
            points=count_of(shape),
            uses=sum(1 for _ in value.uses),
            bytes_saved=2 * byte_count(value, shape),
            operations_repeated=0,
            working_set=-(-element_bits(value) // 8),
        )
        words = reason or "its reader takes the elements from where they are"
        for user in users:
            if user in facts.work or user in facts.copied:
                yield Decision(op, user, MOVEMENT, reason is None, words, numbers)


def record_decisions(decisions: Iterable[Decision], tracker: Tracker) -> None:
    """Adds the decisions to the compilation record, where `why` and `fusions` find them."""
    for decision in decisions:
        tracker.decide(
            "fusion",
            (decision.producer, decision.consumer),
            "fused" if decision.fused else "separate",
            decision.reason,
            {"rule": decision.rule, **decision.numbers.facts()},
        )
