"""Decisions of fusion as a compilation record has them: two ops, a rule, and what it counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ireelite.light_dataclass import light_dataclass

if TYPE_CHECKING:
    from ireelite.records.compilation import CompilationRecord


@light_dataclass(frozen=True)
class FusedOp:
    """One of the two ops of a decision."""

    serial: int
    """Its node in the record."""
    identity: str
    """`dispatch/7`, where the op or what it was made from stands first."""
    name: str
    """`linalg.generic`."""
    source: str
    """The op of the source program that it was made from, as `stablehlo.exponential`; several are
    separated by commas."""
    location: tuple[str, int, int] | None
    """File, line and column."""

    def __str__(self) -> str:
        return f"{self.identity} {self.source or self.name}"


@light_dataclass(frozen=True)
class Fusion:
    """Whether two ops share a dispatch, by which rule, and why."""

    producer: FusedOp
    """What makes a value; of siblings, the first reader of an operand."""
    consumer: FusedOp
    """What reads the value; of siblings, the other reader of the operand."""
    rule: str
    """A rule of fusion: `elementwise`, `movement`, `rows`, `epilogues` or `siblings`."""
    fused: bool
    reason: str
    elements: int
    """Elements of the value."""
    points: int
    """How often the consumer's scalar function is computed."""
    uses: int
    """Operands of ops that are the value."""
    bytes_saved: int
    """Bytes that one dispatch neither stores nor loads, and two would."""
    operations_repeated: int
    """Scalar operations that one dispatch computes again for further reads of an element."""
    working_set: int
    """Bytes that an invocation keeps from the producer to the consumer."""

    def __repr__(self) -> str:
        return f"<Fusion {self}>"

    def __str__(self) -> str:
        verdict = "fused" if self.fused else "separate"
        counts = (
            f"{self.bytes_saved} bytes saved, {self.operations_repeated} operations repeated, "
            f"working set {self.working_set} bytes, {self.uses} use{'' if self.uses == 1 else 's'}"
        )
        return (
            f"{verdict:<9}{self.rule:<12}{self.producer} -> {self.consumer}: {self.reason} "
            f"({counts})"
        )


def fusions_of(record: CompilationRecord) -> Iterator[Fusion]:
    """Yields the decisions of fusion in the order in which they were taken."""
    first = _first_ops(record)
    for decision in record.decisions("fusion"):
        producer, consumer = (_fused_op(record, serial, first) for serial in decision.ops)
        facts = decision.facts
        yield Fusion(
            producer,
            consumer,
            str(facts.get("rule", "")),
            decision.verdict == "fused",
            decision.reason,
            *(
                int(facts.get(name, 0))
                for name in (
                    "elements",
                    "points",
                    "uses",
                    "bytes saved",
                    "operations repeated",
                    "working set",
                )
            ),
        )


def fused_op(record: CompilationRecord, serial: int) -> FusedOp:
    """Returns an op that a decision is about. One that lived between two stages has the identity of
    what it was made from.
    """
    return _fused_op(record, serial, _first_ops(record))


def _first_ops(record: CompilationRecord) -> frozenset[int]:
    """Returns the ops of the first stage."""
    return frozenset(record.stages[0].nodes) if record.stages else frozenset()


def _fused_op(record: CompilationRecord, serial: int, first: frozenset[int]) -> FusedOp:
    nodes = record.nodes
    sources = sorted({serial, *record.ancestors(serial)} & first)
    own = next(
        (
            identity
            for node in (serial, *sorted(record.ancestors(serial), reverse=True))
            if (identity := record.identity(node)) != "-"
        ),
        "-",
    )
    names = dict.fromkeys(nodes.name(source) for source in sources)
    location = next((nodes[n].location for n in (serial, *sources) if nodes[n].location), None)
    return FusedOp(serial, own, nodes.name(serial), ", ".join(names), location)
