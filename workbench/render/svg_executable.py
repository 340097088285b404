"""Draws an executable: its tensors, nests and one target's code side by side, and below them who
computes which element.
"""

from __future__ import annotations

from workbench.model.code_lines import CodeLine
from workbench.model.executable_view import CodePane, ExecutableView
from workbench.model.workgroup_grid import Grid, grid_heading
from workbench.render.svg import Drawing, fitted, text_width

WIDTH = 980
GAP = 12
LEADING = 12.5
SIZE = 8.5
MAX_LINES = 26
CELL = 15
MAX_CELLS = (12, 24)
LOOKS = (
    "fill-paleblue stroke-blue",
    "fill-palegreen stroke-green",
    "fill-lit stroke-amber",
    "fill-card stroke-pink",
)
"""Of workgroups, by `Grid.looks`; each also has its number."""


def draw_executable(model: ExecutableView) -> Drawing:
    """Returns the chosen executable as one target has it."""
    drawing = Drawing(WIDTH)
    drawing.text(2, 16, fitted(model.dispatch, WIDTH / 2, 13, True), 13, "fill-ink mono bold")
    at = 14 + text_width(model.dispatch, 13, True)
    about = f"{model.title(model.dispatch)}, for {model.target or 'no target yet'}"
    drawing.text(at, 16, fitted(about, WIDTH - at, 10.5), 10.5, "fill-muted")
    panes = [p for p in model.panes(model.dispatch) if p.target in ("", model.target)]
    chosen = [p for name in ("tensors", "nests") for p in panes if p.name == name] + panes[-1:]
    columns = list({pane.title: pane for pane in chosen}.values())
    width = (WIDTH - 2 - GAP * (len(columns) - 1)) / max(len(columns), 1)
    bottom = 28.0
    for n, pane in enumerate(columns):
        bottom = max(bottom, _pane(drawing, pane, 1 + n * (width + GAP), width))
    grid = next((g for g in model.grids(model.dispatch) if g.target == model.target), None)
    if grid is not None:
        bottom = _grid(drawing, grid, bottom + 14)
    drawing.height = bottom + 4
    return drawing


def _pane(drawing: Drawing, pane: CodePane, x: float, width: float) -> float:
    lines = _worth_showing(pane.lines)
    height = 30 + LEADING * len(lines)
    drawing.rect(x, 28, width, height, "fill-card stroke-line", 7)
    drawing.text(x + 9, 44, pane.name, 11, "fill-ink mono bold")
    at = x + 17 + text_width(pane.name, 11, True)
    drawing.text(at, 44, fitted(pane.title, x + width - at - 8, 9), 9, "fill-muted")
    for row, line in enumerate(lines):
        shown = fitted(line, width - 16, SIZE, True)
        drawing.text(
            x + 9, 60 + LEADING * row, shown, SIZE, "fill-ink mono", more='xml:space="preserve"'
        )
    return 28 + height


def _worth_showing(lines: list[CodeLine]) -> list[str]:
    texts = [line.text for line in lines]
    if len(texts) <= MAX_LINES:
        return texts
    return [*texts[: MAX_LINES - 1], f"… {len(texts) - MAX_LINES + 1} more lines"]


def _grid(drawing: Drawing, grid: Grid, top: float) -> float:
    drawing.text(2, top + 10, fitted(grid_heading(grid), WIDTH - 4, 10.5), 10.5, "fill-ink bold")
    about = f"the first {grid.unit} reads {grid.reads}" if grid.reads else ""
    about = "; ".join(part for part in (about, grid.note) if part)
    drawing.text(2, top + 24, fitted(about, WIDTH - 4, 9.5), 9.5, "fill-muted")
    numbers = {group: n for n, group in enumerate(grid.tile.workgroups)}
    looks = grid.looks()
    rows, columns = min(grid.rows, MAX_CELLS[0]), min(grid.columns, MAX_CELLS[1])
    seen: set[int] = set()
    for row in range(rows):
        for column in range(columns):
            owner = grid.tile.owners.get(grid.index(row, column))
            x, y = 2.0 + CELL * 1.8 * column, top + 32 + CELL * row
            if owner is None:
                drawing.rect(x, y, CELL * 1.8, CELL, "open stroke-line")
                continue
            number = numbers[owner.workgroup]
            drawing.rect(x, y, CELL * 1.8, CELL, LOOKS[looks[owner.workgroup]])
            text = str(number) if number not in seen else ".".join(map(str, owner.lanes))
            bold = " bold" if number not in seen else ""
            seen.add(number)
            drawing.text(
                x + CELL * 0.9,
                y + 10.5,
                fitted(text, CELL * 1.8, 7.5),
                7.5,
                f"fill-ink{bold}",
                "middle",
            )
    shown = "" if (rows, columns) == (grid.rows, grid.columns) else "; a part of the picture"
    hint = f"{grid.legend}{shown}"
    drawing.text(2, top + 44 + CELL * rows, hint, 9, "fill-muted")
    return top + 48 + CELL * rows
