"""The pipeline as a strip: a box for each stage,
and between two boxes the passes that made the second.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from ireelite.records import CompilationRecord
from workbench.model.numbers import quantity
from workbench.model.stage_names import stage_title

KIND = "pipeline"
TABLE_KINDS = {
    "vm": "VM instructions",
    "spirv": "SPIR-V instructions",
    "native": "runs of CPU code",
}
"""What the rows of an instruction table are, by its kind."""


@dataclass(frozen=True)
class PassBox:
    """One pass: how many rewrites it made, and how long it took on the recorded run."""

    name: str
    rewrites: int
    nanoseconds: int
    patterns: tuple[tuple[str, int], ...]
    """(pattern or rule, number of applications), the busiest first."""


@dataclass(frozen=True)
class StageBox:
    """One stage, with the passes that led to it."""

    name: str
    title: str
    meaning: str
    ops: int
    delta: int | None
    """Ops more (or fewer) than at the stage before; None for the first."""
    dialects: tuple[tuple[str, int], ...]
    """(dialect, ops), the largest first."""
    passes: tuple[PassBox, ...]

    @property
    def rewrites(self) -> int:
        return sum(run.rewrites for run in self.passes)

    @property
    def busy_passes(self) -> list[PassBox]:
        """The passes that rewrote something."""
        return [run for run in self.passes if run.rewrites]

    @property
    def idle_passes(self) -> list[PassBox]:
        """The passes that found nothing to rewrite."""
        return [run for run in self.passes if not run.rewrites]

    @property
    def nanoseconds(self) -> int:
        return sum(run.nanoseconds for run in self.passes)


@dataclass(frozen=True)
class InstructionBox:
    """One instruction table at the end of the strip: the bytes."""

    kind: str
    where: str
    instructions: int


class PipelineMap:
    """View model of the strip. `here` names the stage that is lit, or None."""

    def __init__(self, record: CompilationRecord, here: str | None = None):
        """Raises NOT_FOUND if `here` is no stage of the record."""
        if here is not None:
            record.stage(here)
        self.source = record.source
        self.here = here
        self.stages = _stages(record)
        self.tables = [InstructionBox(t.kind, t.where, len(t.nodes)) for t in record.instructions]

    @property
    def label(self) -> str:
        """One line about the whole."""
        return (
            f"The pipeline of {self.source or 'a program'}: {quantity(len(self.stages), 'stage')}"
        )

    def state(self) -> dict[str, Any]:
        """Returns what a renderer in a browser gets, as data for JSON, with times."""
        stages = [
            {**asdict(box), "rewrites": box.rewrites, "nanoseconds": box.nanoseconds}
            for box in self.stages
        ]
        return {
            "kind": KIND,
            "source": self.source,
            "here": self.here,
            "stages": stages,
            "tables": [asdict(table) for table in self.tables],
        }


def _stages(record: CompilationRecord) -> list[StageBox]:
    numbers, strings = record.nodes.names, record.nodes.strings
    boxes: list[StageBox] = []
    for stage in record.stages:
        dialects: Counter[str] = Counter()
        for number, ops in Counter(map(numbers.__getitem__, stage.nodes)).items():
            dialects[strings[number].partition(".")[0]] += ops
        runs = tuple(
            PassBox(
                run.name,
                len(run.rewrites),
                run.nanoseconds,
                tuple(_by_size(run.rewrites.counts())),
            )
            for run in record.passes
            if run.stage == stage.name
        )
        told = stage_title(stage.name)
        delta = len(stage.nodes) - boxes[-1].ops if boxes else None
        boxes.append(
            StageBox(
                stage.name,
                told.title,
                told.meaning,
                len(stage.nodes),
                delta,
                tuple(_by_size(dialects)),
                runs,
            )
        )
    return boxes


def _by_size(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
