"""Draws a pipeline map: cards from left to right, chevrons with the rewrites between them."""

from __future__ import annotations

import re
from html import escape

from workbench.model.numbers import quantity
from workbench.model.pipeline_map import TABLE_KINDS, PipelineMap, StageBox
from workbench.render.svg import Drawing, fitted, text_width, wrapped

WIDTH = 980
GAP = 18
CARD_HEIGHT = 124
BOLD_DIGIT = 0.7
"""Width of a bold digit in the widest of the fonts that browsers take, in its size."""
PASS_SIZE = 9.0
PASS_LEADING = 13
MAX_PASSES = 8
"""Passes that are named under a stage."""
SHORT = {"vm": "VM instr.", "spirv": "SPIR-V instr.", "native": "CPU code runs"}
"""What the numbers in the card of the module count, by the kind of table."""


def draw_pipeline(model: PipelineMap) -> Drawing:
    """Returns the strip. It shows no times: two machines draw the same picture."""
    columns = len(model.stages) + bool(model.tables)
    width = (WIDTH - 2 - GAP * (columns - 1)) / max(columns, 1)
    most = max((stage.ops for stage in model.stages), default=1)
    passes = [_pass_rows(stage, width + GAP - 5) for stage in model.stages]
    lines = max(map(len, passes), default=0)
    drawing = Drawing(WIDTH, CARD_HEIGHT + 20 + PASS_LEADING * lines)
    x = 1.0
    for number, stage in enumerate(model.stages, 1):
        _card(drawing, x, width, number, stage, most, stage.name == model.here)
        for row, text in enumerate(passes[number - 1]):
            y = CARD_HEIGHT + 16 + PASS_LEADING * row
            drawing.text(x + 2, y, text, PASS_SIZE, "fill-muted mono")
        if number > 1:
            _chevron(drawing, x - GAP, stage)
        x += width + GAP
    if model.tables:
        _bytes(drawing, x, width, model)
        _arrow(drawing, x - GAP)
    return drawing


def _card(
    drawing: Drawing, x: float, width: float, number: int, stage: StageBox, most: int, here: bool
) -> None:
    rewrites = (
        f", made by {quantity(len(stage.passes), 'pass', 'passes')} with "
        f"{quantity(stage.rewrites, 'rewrite')}"
        if stage.passes
        else ""
    )
    named = f"{stage.name}, {stage.title}" if stage.title else stage.name
    label = f"stage {number}: {named}, {quantity(stage.ops, 'op')}{rewrites}"
    drawing.open(
        f'class="stage{" here" if here else ""}" data-stage="{escape(stage.name)}" '
        f'tabindex="0" role="button" aria-label="{escape(label)}"'
    )
    drawing.rect(
        x,
        1,
        width,
        CARD_HEIGHT,
        "card fill-lit stroke-amber" if here else "card fill-card stroke-line",
        7,
    )
    inner = width - 14
    drawing.text(x + 7, 17, str(number) + ("  ▼ here" if here else ""), 9.5, "fill-muted bold")
    _shrunk(drawing, (x + 7, 33), stage.name, inner, 11.5, "fill-ink mono bold")
    for row, line in enumerate(wrapped(stage.title, inner, 9.5, 2)):
        drawing.text(x + 7, 47 + 11.5 * row, line, 9.5, "fill-muted")
    _counts(drawing, x + 7, inner, stage)
    drawing.rect(x + 7, 91, inner, 4, "fill-line bare", 2)
    drawing.rect(x + 7, 91, max(inner * stage.ops / max(most, 1), 4), 4, "fill-blue bare", 2)
    for row, (dialect, count) in enumerate(stage.dialects[:2]):
        drawing.text(
            x + 7,
            107 + 11 * row,
            fitted(f"{dialect} {count}", inner, PASS_SIZE, True),
            PASS_SIZE,
            "fill-muted mono",
        )
    drawing.close()


def _pass_rows(stage: StageBox, room: float) -> list[str]:
    """Returns the lines of a stage's passes within a room: names are broken behind a hyphen or a
    space, and a part that has no room is shortened, but for the count at its end.
    """
    rows: list[str] = []
    for text in pass_lines(stage):
        row = ""
        for part in re.findall(r"[^- ]+(?:-| (?=\d+×)\d+×| |$)", text):
            if row.strip() and text_width((row + part).rstrip(), PASS_SIZE, True) > room:
                rows.append(row.rstrip())
                row = ""
            row += part
        rows.append(_pass_line(row.rstrip(), room))
    return rows


def _pass_line(text: str, room: float) -> str:
    """Returns the line of a pass within a room: its name is shortened, and never its count."""
    name, space, count = text.rpartition(" ")
    if not count.endswith("×"):
        return fitted(text, room, PASS_SIZE, True)
    end = space + count
    return fitted(name, room - text_width(end, PASS_SIZE, True), PASS_SIZE, True) + end


def _shrunk(
    drawing: Drawing, place: tuple[float, float], text: str, room: float, size: float, look: str
) -> None:
    """Draws a text in a smaller size, up to a fifth, if it has no room, then shortened."""
    mono = "mono" in look
    size = max(min(size, size * room / max(text_width(text, size, mono), 1)), 0.8 * size)
    drawing.text(*place, fitted(text, room, size, mono), size, look)


def _counts(drawing: Drawing, x: float, inner: float, stage: StageBox) -> None:
    """Draws the number of ops, and how many more they are than before: above it where both have no
    room.
    """
    count, unit = str(stage.ops), text_width("ops", 9.5)
    size = min(17.0, (inner - unit - 3) / (BOLD_DIGIT * len(count)))
    end = x + BOLD_DIGIT * size * len(count) + 3
    drawing.text(x, 84, count, size, "fill-ink bold")
    drawing.text(end, 84, "ops", 9.5, "fill-muted")
    if stage.delta:
        delta = f"{'+' if stage.delta > 0 else '−'}{abs(stage.delta)}"
        beside = end + unit + 4 + text_width(delta, 9.5) <= x + inner
        drawing.text(x + inner, 84 if beside else 69, delta, 9.5, "fill-muted", "end")


def pass_lines(stage: StageBox) -> list[str]:
    """Returns a line for each pass that rewrote something, or for those with the most rewrites in
    the order in which they ran, and one for all others.
    """
    busy = stage.busy_passes
    if len(busy) > MAX_PASSES:
        least = sorted(run.rewrites for run in busy)[-MAX_PASSES]
        busy = [run for run in busy if run.rewrites >= least][:MAX_PASSES]
    lines = [f"{run.name} {run.rewrites}×" for run in busy]
    if (more := len(stage.busy_passes) - len(busy)) > 0:
        lines.append(f"and {quantity(more, 'pass', 'passes')} with fewer")
    match stage.idle_passes:
        case []:
            return lines
        case [one]:
            return [*lines, one.name]
        case idle:
            return [*lines, f"{len(idle)} idle passes"]


def _chevron(drawing: Drawing, x: float, stage: StageBox) -> None:
    _arrow(drawing, x)
    if stage.rewrites:
        drawing.text(x + GAP / 2, 52, _compact(stage.rewrites), 8.5, "fill-muted", "middle")


def _compact(count: int) -> str:
    """Returns a number in three characters: from a thousand on in thousands."""
    return str(count) if count < 1000 else f"{count // 1000}k"


def _arrow(drawing: Drawing, x: float) -> None:
    middle = x + GAP / 2
    drawing.path(
        f"M{middle - 4:.1f} 57L{middle + 4:.1f} 63L{middle - 4:.1f} 69",
        "open stroke-blue",
        'stroke-width="2"',
    )


def _bytes(drawing: Drawing, x: float, width: float, model: PipelineMap) -> None:
    total = {
        kind: sum(table.instructions for table in model.tables if table.kind == kind)
        for kind in TABLE_KINDS
    }
    parts = [f"{total[kind]} {title}" for kind, title in TABLE_KINDS.items() if total[kind]]
    label = f"bytes: {', '.join(parts)}"
    drawing.open(
        f'class="stage bytes" data-stage="bytes" tabindex="0" role="button" aria-label="{escape(label)}"'
    )
    drawing.rect(x, 1, width, CARD_HEIGHT, "card fill-palegreen stroke-green", 7)
    inner = width - 14
    drawing.text(x + 7, 17, str(len(model.stages) + 1), 9.5, "fill-muted bold")
    drawing.text(x + 7, 33, fitted("module", inner, 11.5, True), 11.5, "fill-ink mono bold")
    # Three kinds of instructions need the room of the second line.
    meaning, y = ("bytes, ready to load", 78.0) if len(parts) < 3 else ("bytes", 64.0)
    for row, line in enumerate(wrapped(meaning, inner, 9.5, 2)):
        drawing.text(x + 7, 47 + 11.5 * row, line, 9.5, "fill-muted")
    for kind, title in TABLE_KINDS.items():
        if total[kind]:
            short = SHORT.get(kind, title)
            drawing.text(x + 7, y, str(total[kind]), 11, "fill-ink bold")
            _shrunk(drawing, (x + 7, y + 9), short, inner, 9, "fill-muted")
            y += 21
    drawing.close()
