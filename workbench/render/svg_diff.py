"""Draws programs side by side, with a sign for what happened to each op."""

from __future__ import annotations

from workbench.model.numbers import quantity
from workbench.model.stage_diff import STATUSES, Cell, StageDiff
from workbench.render.svg import Drawing, fitted
from workbench.render.text_diff import column_text

WIDTH = 980
GAP = 8
HEAD = 38
ROW = 16.0
SIZE = 10.0
MAX_ROWS = 34
PAINTS = {
    "same": ("", "muted"),
    "moved": ("fill-paleblue", "blue"),
    "renamed": ("fill-paleblue", "blue"),
    "changed": ("fill-paleblue", "blue"),
    "became": ("fill-paleblue", "blue"),
    "split": ("fill-lit", "amber"),
    "merged": ("fill-lit", "pink"),
    "added": ("fill-palegreen", "green"),
    "removed": ("fill-lit", "red"),
}
"""Ground and colour of each status; its sign says the same."""


def draw_diff(model: StageDiff) -> Drawing:
    """Returns a column for each program; rows without a change are folded."""
    drawing = Drawing(WIDTH)
    count = len(model.programs)
    width = (WIDTH - 2 - GAP * (count - 1)) / count
    for n, column in enumerate(model.columns):
        x = 1 + n * (width + GAP)
        drawing.text(x, 14, fitted(column.name, width, 12, True), 12, "fill-ink mono bold")
        told = column_text(column, n).partition(": ")[2]
        drawing.text(x, 29, fitted(told, width, 10), 10, "fill-muted")
    folds = dict(model.folds())
    y, row, shown = float(HEAD), 0, 0
    while row < len(model.rows) and shown < MAX_ROWS:
        if (end := folds.get(row)) is not None:
            told = f"⋯ {quantity(end - row, 'row')} without a change"
            drawing.text(WIDTH / 2, y + 12, told, SIZE, "fill-muted", "middle")
            row = end
        else:
            for column, op in enumerate(model.rows[row]):
                if op is not None:
                    cell = model.cell(column, op)
                    _cell(drawing, cell, 1 + column * (width + GAP), y, width)
            row += 1
        y, shown = y + ROW, shown + 1
    if row < len(model.rows):
        told = f"⋯ {len(model.rows) - row} more rows"
        drawing.text(WIDTH / 2, y + 12, told, SIZE, "fill-muted", "middle")
        y += ROW
    drawing.height = y + 4
    return drawing


def _cell(drawing: Drawing, cell: Cell, x: float, y: float, width: float) -> None:
    ground, paint = PAINTS[cell.status]
    if ground:
        drawing.rect(x, y, width, ROW - 1, f"{ground} bare")
        drawing.rect(x, y, 3, ROW - 1, f"fill-{paint} bare")
        drawing.text(x + 7, y + 12, STATUSES[cell.status], SIZE, "fill-ink bold")
    inset = 20 + 10 * min(cell.depth, 6)
    text = fitted(cell.text, width - inset - 4, SIZE, True)
    drawing.spans(x + inset, y + 12, SIZE, [(text, "fill-ink" if ground else "fill-muted")])
