"""A debugger's surroundings as text: the code around an instruction, and recorded steps as a
table.
"""

from __future__ import annotations

from dataclasses import dataclass

from ireelite.bytecode.disassemble import disassemble_instruction
from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.debug.timeline import Timeline
from ireelite.vm.frame import Frame
from ireelite.vm.ref_names import RefNames
from ireelite.vm.tracing import instruction_with_values


class TraceRow(NamedTuple):
    """A recorded step."""

    position: int
    """Before the instruction has run."""
    depth: int
    """Functions that were running, less one."""
    module: str
    function: str
    """The function's name, or `@` and its ordinal."""
    pc: int
    text: str
    """The instruction with the values of its operands."""


@dataclass(frozen=True)
class TraceTable:
    """Recorded steps; as text one line each, with `->` at the position of the debugger."""

    rows: list[TraceRow]
    here: int

    def __repr__(self) -> str:
        width = max((len(str(row.position)) for row in self.rows), default=1)
        places = [_place(row) for row in self.rows]
        longest = max(map(len, places), default=0)
        lines = [
            f"{'->' if row.position == self.here else '  '} {row.position:{width}}  "
            f"{place:{longest}}  {'  ' * row.depth}{row.text}"
            for row, place in zip(self.rows, places)
        ]
        return "\n".join(lines) or "(nothing recorded)"


def trace_rows(timeline: Timeline, names: RefNames, start: int, stop: int) -> list[TraceRow]:
    """Returns the recorded steps [start, stop), which leaves the timeline somewhere among them."""
    rows: list[TraceRow] = []
    for position in range(start, stop):
        timeline.seek(position)
        frame = timeline.frames[-1]
        definition, row = frame.state.module.definition, frame.row
        name = definition.source_name(frame.ordinal) or f"@{frame.ordinal}"
        text = instruction_with_values(frame, row, names)
        depth = len(timeline.frames) - 1
        rows.append(TraceRow(position, depth, definition.name, name, row.pc, text))
    return rows


def function_text(frame: Frame, around: int) -> list[str]:
    """Returns the instructions around the next one of a frame, which has a `->`."""
    definition = frame.state.module.definition
    lines: list[str] = []
    here = 0
    for index, block in enumerate(frame.state.function_def(frame.ordinal).blocks):
        lines.append(f"   ^bb{index}:")
        for number, row in enumerate(block.instructions):
            mark = "  "
            if (index, number) == (frame.block, frame.index):
                mark, here = "->", len(lines)
            lines.append(f"{mark} [{row.pc:08X}]  {disassemble_instruction(definition, row)}")
    return lines[max(here - around, 0) : here + around + 1]


def _place(row: TraceRow) -> str:
    dot = "" if row.function.startswith("@") else "."
    return f"{row.module}{dot}{row.function}+{row.pc:08X}"
