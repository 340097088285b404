"""What the stages are called, and what a reader should look for in each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StageTitle:
    """A stage's place in the story."""

    title: str
    meaning: str


STAGES: dict[str, StageTitle] = {
    "tf": StageTitle("TensorFlow graph", "nodes and edges, as they were saved"),
    "hlo": StageTitle("StableHLO", "math on tensors, in ops of about a hundred kinds"),
    "dispatch": StageTitle(
        "dispatch regions", "all math inside regions that will run as one piece"
    ),
    "hl-seq": StageTitle("high-level sequencer", "regions outlined: buffers in, buffers out"),
    "ll-seq": StageTitle("low-level sequencer", "buffers placed, barriers explicit"),
    "kernels": StageTitle("loop nests", "one loop nest for each dispatch"),
    "schedules": StageTitle("loops per target", "each target's copy of the loop nests"),
    "executables": StageTitle("target code", "each kernel in the words of every target"),
    "vm": StageTitle("VM program", "registers, blocks and calls to the HAL"),
    "module": StageTitle("module", "bytes: a FlatBuffer, ready to load"),
}


def stage_title(name: str) -> StageTitle:
    """Returns the title of a stage; that of an unknown one is empty: its name says all."""
    return STAGES.get(name, StageTitle("", ""))
