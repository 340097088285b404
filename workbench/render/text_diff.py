"""A comparison of programs as text: what is different, with what stayed folded."""

from __future__ import annotations

from workbench.model.numbers import quantity
from workbench.model.stage_diff import STATUSES, Column, StageDiff

LONGEST = 100
MAX_ROWS = 60


def diff_text(model: StageDiff) -> str:
    """Returns the figures of each program, then the rows: of two programs and more, each op's cell
    on a line of its own with its sign and its column.
    """
    lines = [column_text(column, n) for n, column in enumerate(model.columns)]
    for before, column in zip(model.columns, model.columns[1:]):
        busy = ", ".join(column.busy) or "no pass"
        idle = f"; {quantity(column.idle, 'pass', 'passes')} changed nothing" if column.idle else ""
        lines.append(f"{before.name} to {column.name}: {busy}{idle}")
    folds = dict(model.folds())
    row = shown = 0
    while row < len(model.rows) and shown < MAX_ROWS:
        if (end := folds.get(row)) is not None:
            lines.append(f"      ... {quantity(end - row, 'row')} without a change")
            row = end
            continue
        lines += _row(model, row)
        row, shown = row + 1, shown + 1
    if row < len(model.rows):
        lines.append(f"      ... {len(model.rows) - row} more rows")
    return "\n".join(lines)


def column_text(column: Column, number: int) -> str:
    """Formats `2 dispatch: 85 ops, 195 kB; 12 merged, 62 split`."""
    told = [f"{column.counts[name]} {name}" for name in STATUSES if column.counts[name]]
    what = f"; {', '.join(told)}"
    return f"{number + 1} {column.name}: {quantity(column.ops, 'op', 'ops')}, {size(column.size)}{what}"


def size(bytes: int) -> str:
    """Bytes in the unit that suits them."""
    if bytes < 1000:
        return f"{bytes} bytes"
    return f"{bytes / 1000:.1f} kB" if bytes < 1_000_000 else f"{bytes / 1_000_000:.1f} MB"


def _row(model: StageDiff, row: int) -> list[str]:
    cells = [
        (column, model.cell(column, op))
        for column, op in enumerate(model.rows[row])
        if op is not None
    ]
    if all(cell.status == "same" for _, cell in cells) and len(cells) == len(model.programs):
        cells = cells[-1:]
    return [
        f"{'  ' if cell.status == 'same' else f'{column + 1} '}{STATUSES[cell.status]} "
        f"{_cut('  ' * cell.depth + cell.text)}".rstrip()
        for column, cell in cells
    ]


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
