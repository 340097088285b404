"""Draws a plan of memory: levels from left to right, bytes of the arena from below to above, a bar
for each buffer as long as it lives; below, how much of the arena each level uses.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise

from workbench.model.memory_plan import Buffer, FunctionPlan, MemoryPlan, plan_summary
from workbench.model.stage_graph import short_type, size_text
from workbench.render.svg import Drawing, fitted, points, text_width, wrapped

WIDTH = 980
LEAST_WIDTH = 700
LABEL = 96
LEVEL_WIDTH = 150
"""The width of a level that has room; `MIN_LEVEL_WIDTH` if there are many."""
MIN_LEVEL_WIDTH = 62
ARENA_HEIGHT = 240
MAX_ARENA = 900
SMALLEST = 15
ROW = 19
HEAD = 44
FOOT = 62
GAP = 26


def draw_memory(model: MemoryPlan) -> Drawing:
    """Returns the plans of all functions, one below the other."""
    widths = [LABEL + max(_column(plan) * plan.levels, 200) + 8 for plan in model.functions]
    heads = [_summary_at(plan) + text_width(plan_summary(plan), 10) for plan in model.functions]
    drawing = Drawing(max([*widths, *heads, LEAST_WIDTH]))
    y = 0.0
    for number, plan in enumerate(model.functions):
        y = _plan(drawing, plan, number, y) + GAP
    drawing.height = max(y - GAP, 20) + 4
    return drawing


def _column(plan: FunctionPlan) -> float:
    width = min(max(LABEL + 8 + LEVEL_WIDTH * plan.levels, LEAST_WIDTH), WIDTH)
    return max((width - LABEL - 8) / max(plan.levels, 1), MIN_LEVEL_WIDTH)


def _summary_at(plan: FunctionPlan) -> float:
    return 14 + text_width(f"@{plan.name}", 12, True)


def _plan(drawing: Drawing, plan: FunctionPlan, number: int, top: float) -> float:
    width = _column(plan)
    drawing.text(2, top + 14, f"@{plan.name}", 12, "fill-ink mono bold")
    drawing.text(_summary_at(plan), top + 14, plan_summary(plan), 10, "fill-muted")
    y = top + 26
    bottom_of_own = y + HEAD + ROW * len(plan.own)
    heights = _heights(plan)
    arena_height = sum(heights.values())
    bottom = bottom_of_own + (arena_height + 22 if plan.transients else 4)
    _levels(drawing, plan, number, (y, bottom), width)
    for row, buffer in enumerate(plan.own):
        _bar(
            drawing, plan, number, buffer, (y + HEAD + ROW * row, ROW - 3), width, "fill-palegreen"
        )
    if plan.own:
        drawing.text(LABEL - 8, y + HEAD + 12, "own buffers", 9.5, "fill-muted", "end")
    if not plan.transients:
        return bottom
    base = bottom - 6
    edges = _edges(plan, heights, base)
    drawing.text(LABEL - 8, base - arena_height - 9, "arena", 9.5, "fill-ink bold", "end")
    last = base + 100.0
    for offset, edge in edges.items():
        drawing.path(
            f"M{points(LABEL, edge)}H{points(LABEL + width * plan.levels)}", "open stroke-line"
        )
        if last - edge >= 10:
            drawing.text(LABEL - 8, edge + 3, f"{offset}", 8.5, "fill-muted mono", "end")
            last = edge
    for buffer in plan.transients:
        high, low = edges[buffer.end], edges[buffer.offset or 0]
        _bar(drawing, plan, number, buffer, (high + 1, low - high - 2), width, "fill-paleblue")
    _usage(drawing, plan, bottom + 4, width)
    return bottom + FOOT


def _heights(plan: FunctionPlan) -> dict[int, float]:
    """Returns, for each byte at which a buffer begins or ends, how high the strip up to the next
    one is: in proportion, but never too low to be read.
    """
    marks = sorted({mark for b in plan.transients for mark in (b.offset or 0, b.end)})
    least = min(SMALLEST, MAX_ARENA / max(len(marks), 1))
    whole = max(marks[-1] - marks[0], 1) if marks else 1
    return {low: max(ARENA_HEIGHT * (high - low) / whole, least) for low, high in pairwise(marks)}


def _edges(plan: FunctionPlan, heights: dict[int, float], base: float) -> dict[int, float]:
    """Returns where each of these bytes is in the picture, the first at the bottom."""
    edges: dict[int, float] = {}
    y = base
    for low, height in heights.items():
        edges[low] = y
        y -= height
    for buffer in plan.transients:
        edges.setdefault(buffer.end, y)
    return edges


def _levels(
    drawing: Drawing, plan: FunctionPlan, number: int, span: tuple[float, float], width: float
) -> None:
    top, bottom = span
    around = [work for work in plan.work if not work.entry_point and work.last > work.first]
    for level in range(plan.levels):
        x = LABEL + width * level
        work = plan.work_at(level)
        names = " + ".join(one.name for one in work)
        live = ", ".join(buffer.name for buffer in plan.live(level))
        label = f"level {level}: {names or 'nothing'}; alive: {live or 'nothing'}"
        drawing.open(
            f'class="level" data-function="{number}" data-level="{level}" tabindex="-1" '
            f'role="button" aria-label="{escape(label)}"',
        )
        drawing.rect(x + 2, top, width - 4, bottom - top, "column fill-card bare", 4)
        shift = 10 if any(one.first <= level <= one.last for one in around) else 0
        drawing.text(x + width / 2, top + 9 + shift, f"{level}", 9, "fill-muted bold", "middle")
        for row, line in enumerate(wrapped(names, width - 8, 9, 2)):
            drawing.text(x + width / 2, top + 20 + shift + 10 * row, line, 9, "fill-ink", "middle")
        drawing.close()
    for work in around:
        x = LABEL + width * work.first
        wide = width * (work.last - work.first + 1)
        drawing.rect(x + 1, top - 1, wide - 2, bottom - top + 2, "open stroke-amber", 5)
        drawing.text(x + 6, top + 9, work.name, 8.5, "fill-muted mono")


def _bar(
    drawing: Drawing,
    plan: FunctionPlan,
    number: int,
    buffer: Buffer,
    span: tuple[float, float],
    width: float,
    look: str,
) -> None:
    top, height = span
    x = LABEL + width * buffer.first + 4
    wide = width * (buffer.last - buffer.first + 1) - 8
    edge = "stroke-blue" if buffer.offset is not None else "stroke-green"
    drawing.open(
        f'class="buffer" data-function="{number}" data-buffer="{plan.buffers.index(buffer)}" '
        f'tabindex="-1" role="button" aria-label="{escape(buffer.label)}"'
    )
    drawing.rect(x, top, wide, height, f"bar {look} {edge}", 3)
    if height >= 9:
        name = fitted(buffer.name, wide - 8, 9.5, True)
        base = top + min(height / 2 + 3.5, 14)
        drawing.text(x + 5, base, name, 9.5, "fill-ink mono")
        rest = wide - 16 - text_width(name, 9.5, True)
        facts = f"{short_type(buffer.type)} · {size_text(buffer.bytes)}"
        if rest > 40:
            drawing.text(
                x + wide - 5, base, fitted(facts, rest, 9, True), 9, "fill-muted mono", "end"
            )
    drawing.close()


def _usage(drawing: Drawing, plan: FunctionPlan, top: float, width: float) -> None:
    """Bytes of the arena in use at each level, against its size."""
    height = 30.0
    most = max(plan.arena, 1)
    base = top + 14 + height
    drawing.text(LABEL - 8, base - 3, "in use", 9.5, "fill-muted", "end")
    end = LABEL + width * plan.levels
    for level in range(plan.levels):
        used = plan.used(level)
        tall = height * used / most
        x = LABEL + width * level
        peak = used == plan.lower_bound
        drawing.rect(
            x + 2, base - tall, width - 4, tall, "fill-amber bare" if peak else "fill-line bare"
        )
        text = size_text(used) + ("  peak" if peak else "")
        drawing.text(
            x + width / 2, base + 10, fitted(text, width, 8.5), 8.5, "fill-muted", "middle"
        )
    line = base - height
    drawing.path(
        f"M{points(LABEL, line)}H{points(end)}", "open stroke-red", 'stroke-dasharray="5 3"'
    )
    drawing.text(LABEL - 8, line + 1, f"size {size_text(plan.arena)}", 8.5, "fill-muted", "end")
