"""Draws a tensor: coloured cells, the numbers in them where they fit, and a scale;
class scores as bars.
"""

from __future__ import annotations

from workbench.model.numbers import number
from workbench.model.tensor_peek import TensorPeek
from workbench.model.tensor_set import MIN_COUNTED, TensorSet
from workbench.render.palette import heat, ink_on
from workbench.render.svg import Drawing, fitted, points, text_width

MAX_WIDTH = 720
SCALE_WIDTH = 110
HEADING = 13
"""The size at which a heading of 12 pixels is measured: bold letters are wider."""


def draw_tensor(model: TensorPeek) -> Drawing:
    """Returns a heading, the cells, what the colours mean; for class scores, the best few as bars."""
    values = model.cells()
    rows, columns = len(values), len(values[0]) if values else 0
    cell, numbers = _cell_size(model, rows, columns)
    texts = model.texts()
    heading = f"{model.title} · {model.type}" if model.title else model.type
    facts = f"min {number(model.low)} · mean {number(model.mean)} · max {number(model.high)}"
    if model.statistics.nans:
        facts += f" · {model.statistics.nans} NaN"
    if model.statistics.infinities:
        facts += f" · {model.statistics.infinities} infinite"
    if model.is_complex:
        facts += " · of magnitudes"
    if not model.array.size:
        facts = "no elements"
    if model.slice:
        facts = f"slice {model.slice} · {facts} of all"
    if model.sampled:
        facts += " · sampled evenly"
    grid_width = max(columns * cell[0], 1)
    width = max(grid_width, text_width(heading, HEADING), text_width(facts, 10), 230) + 4
    drawing = Drawing(min(width, MAX_WIDTH + 60))
    drawing.text(2, 14, fitted(heading, drawing.width - 4, 12), 12, "fill-ink bold")
    drawing.text(2, 30, facts, 10, "fill-muted")
    top = 40.0
    for row, line in enumerate(values):
        for column, value in enumerate(line):
            _cell(
                drawing,
                model,
                (2 + column * cell[0], top + row * cell[1]),
                cell,
                value,
                texts[row][column] if numbers else "",
                (row, column),
            )
    drawing.rect(2, top, grid_width, rows * cell[1], "open stroke-line")
    drawing.height = top + rows * cell[1] + 8
    if not model.picture and rows * columns > 1:
        _scale(drawing, model)
        if len(model.statistics.counts) > 1 and model.statistics.count > MIN_COUNTED:
            _histogram(drawing, model)
    if model.scores:
        _bars(drawing, model)
    return drawing


def draw_tensors(model: TensorSet) -> Drawing:
    """Returns the tensor that is shown, and how two differ."""
    drawing = draw_tensor(model.peek)
    if model.verdict:
        drawing.width = max(drawing.width, min(text_width(model.verdict, 11) + 4, MAX_WIDTH + 60))
        verdict = fitted(model.verdict, drawing.width - 4, 11)
        drawing.text(2, drawing.height + 14, verdict, 11, "fill-ink bold")
        drawing.height += 20
    elif more := len(model.choices) - 1:
        drawing.text(2, drawing.height + 12, f"and {more} others to choose from", 10, "fill-muted")
        drawing.height += 18
    return drawing


def _histogram(drawing: Drawing, model: TensorPeek) -> None:
    """Draws the finite elements in equal steps of their range."""
    counts = model.statistics.counts
    top, left, wide, high = drawing.height + 4, 2.0, 7.0, 34.0
    most = max(counts)
    for n, count in enumerate(counts):
        tall = max(high * count / most, 1.5) if count else 0
        drawing.rect(left + n * wide, top + high - tall, wide - 1, tall, "fill-blue bare")
    drawing.path(f"M{points(left, top + high)}H{points(left + wide * len(counts))}", "stroke-line")
    x = left + wide * len(counts) + 8
    drawing.text(x, top + 12, f"deviation {number(model.statistics.deviation)}", 9.5, "fill-muted")
    drawing.text(x, top + 26, f"{model.statistics.zeros} zeros", 9.5, "fill-muted")
    drawing.height = top + high + 8


def _cell_size(model: TensorPeek, rows: int, columns: int) -> tuple[tuple[float, float], bool]:
    """Returns (width, height) of a cell, and whether its number is written in it."""
    if model.picture:
        side = max(4.0, min(18.0, 196 / max(rows, columns, 1)))
        return (side, side), False
    longest = max((len(value) for row in model.texts() for value in row), default=1)
    wanted = max(30.0, 0.615 * 10.5 * longest + 12)
    if wanted * columns <= MAX_WIDTH and rows <= 16:
        return (wanted, 26.0), True
    side = max(5.0, min(18.0, MAX_WIDTH / max(columns, 1)))
    return (side, side if rows > 1 else 26.0), False


def _cell(
    drawing: Drawing,
    model: TensorPeek,
    corner: tuple[float, float],
    size: tuple[float, float],
    value: float,
    string: str,
    place: tuple[int, int],
) -> None:
    where = f'data-row="{place[0]}" data-column="{place[1]}"'
    finite = value == value and abs(value) != float("inf")
    colour = heat(model.unit(value), model.signed) if finite else "#808080"
    drawing.rect(*corner, *size, "cell", more=f'fill="{colour}" {where}')
    if not finite and not string:
        drawing.text(
            corner[0] + size[0] / 2, corner[1] + size[1] / 2 + 4, "×", 10, "fill-ink", "middle"
        )
    if string:
        x, y = corner[0] + size[0] / 2, corner[1] + size[1] / 2 + 4
        drawing.text(x, y, string, 10.5, "mono value", "middle", f'fill="{ink_on(colour)}"')


def _scale(drawing: Drawing, model: TensorPeek) -> None:
    """Draws the colours from the least to the greatest value."""
    top, steps = drawing.height, 22
    low, high = number(model.low), number(model.high)
    x = 2 + text_width(low, 9.5) + 6
    drawing.text(2, top + 9, low, 9.5, "fill-muted")
    for step in range(steps):
        part = step / (steps - 1)
        value = model.low * (1 - part) + model.high * part
        colour = heat(model.unit(value), model.signed)
        drawing.rect(
            x + step * SCALE_WIDTH / steps,
            top,
            SCALE_WIDTH / steps + 0.3,
            10,
            "",
            more=f'fill="{colour}"',
        )
    drawing.text(x + SCALE_WIDTH + 6, top + 9, high, 9.5, "fill-muted")
    drawing.height = top + 18


def _bars(drawing: Drawing, model: TensorPeek) -> None:
    top = drawing.height + 6
    drawing.width = max(drawing.width, 330)
    room = 70.0
    best = max(abs(score.value) for score in model.scores) or 1
    for row, score in enumerate(model.scores):
        y = top + row * 20
        weight = "bold" if row == 0 else ""
        label = fitted(score.label, room - 8, 11)
        drawing.text(room - 6, y + 12, label, 11, f"fill-ink {weight}".strip(), "end")
        length = max(150 * max(score.value, 0) / best, 2)
        look = "fill-blue bare" if row == 0 else "fill-paleblue stroke-blue"
        drawing.rect(room, y + 1, length, 14, look, 2)
        drawing.text(
            room + length + 6, y + 12, number(score.value), 10, f"fill-muted {weight}".strip()
        )
    drawing.height = top + 20 * len(model.scores) + 2
