"""Draws an IR view: a card for each stage, cut down to the lines around the relatives of one op."""

from __future__ import annotations

from workbench.model.ir_lines import Line
from workbench.model.ir_tokens import TokenKind
from workbench.model.ir_view import IRView, Pane
from workbench.model.numbers import quantity
from workbench.render.svg import Drawing, arrow_head, fitted, points, text_width

WIDTH = 980
COLUMNS = 2
GAP = 26
SIZE = 10.0
LEADING = 14.5
MAX_LINES = 9
MAX_TOLD = 4
HEAD = 27
TOP = 46

WORD_CLASSES: dict[TokenKind, str] = {
    TokenKind.OP: "fill-blue bold",
    TokenKind.VALUE: "fill-red",
    TokenKind.TYPE: "fill-green",
    TokenKind.SYMBOL: "fill-pink",
    TokenKind.STRING: "fill-muted",
    TokenKind.NUMBER: "fill-ink",
    TokenKind.COMMENT: "fill-muted",
    TokenKind.BLOCK: "fill-pink",
    TokenKind.ATTRIBUTE: "fill-muted",
    TokenKind.PLAIN: "fill-ink",
}
MARKS = {"self": "●", "from": "▲", "to": "▼"}
"""The op itself, what it came from, what became of it."""


def draw_ir(model: IRView) -> Drawing:
    """Cards in reading order, with an arrow from each to the next."""
    width = (WIDTH - 2 - GAP * (COLUMNS - 1)) / COLUMNS
    drawing = Drawing(WIDTH)
    lit = model.lit()
    told = sum(bool(serials) for serials in lit.values())
    name = model.identity(model.focus) if model.focus is not None else "nothing"
    drawing.text(2, 15, fitted(f"Following {name}", WIDTH - 4, 13), 13, "fill-ink bold")
    legend = f"{MARKS['self']} the op · {MARKS['from']} where it came from · {MARKS['to']} what became of it"
    drawing.text(
        2,
        33,
        f"lit in {told} of {quantity(len(model.panes), 'place')} · {legend}",
        10.5,
        "fill-muted",
    )
    y, row_height = float(TOP), 0.0
    for number, pane in enumerate(model.panes):
        column = number % COLUMNS
        if column == 0 and number:
            y, row_height = y + row_height + GAP, 0.0
        x = 1 + column * (width + GAP)
        rows = _window(model, pane)
        row = model.panes[number - column : number - column + COLUMNS]
        height = HEAD + 9 + LEADING * max(len(_window(model, other)) for other in row)
        _card(drawing, model, pane, rows, lit[pane.name], (x, y, width, height))
        row_height = height
        if number + 1 < len(model.panes):
            _arrow(drawing, column, x, y, width, height)
    drawing.height = y + row_height + 2
    return drawing


def _card(
    drawing: Drawing,
    model: IRView,
    pane: Pane,
    rows: list[int | None],
    lit: set[int],
    box: tuple[float, float, float, float],
) -> None:
    x, y, width, height = box
    drawing.open(
        title=f"{pane.title or pane.name}: {quantity(len(pane.nodes), 'op')}, {len(lit)} lit"
    )
    drawing.rect(x, y, width, height, "fill-card stroke-line", 7)
    ran = "ran · " if pane.name in model.badges else ""
    counts = f"{ran}{len(lit)} of {len(pane.nodes)} lit"
    room = width - 26 - text_width(counts, 9.5)
    name = fitted(pane.short, room, 11.5, True)
    drawing.text(x + 9, y + 18, name, 11.5, "fill-ink mono bold")
    rest = room - text_width(name, 11.5, True) - 10
    drawing.text(
        x + 19 + text_width(name, 11.5, True),
        y + 18,
        fitted(pane.title, rest, 9.5) if rest > 30 else "",
        9.5,
        "fill-muted",
    )
    drawing.text(x + width - 9, y + 18, counts, 9.5, "fill-muted", "end")
    told = set(model.telling_lines(pane, MAX_TOLD))
    ancestors = model.lineage.ancestors([model.focus] if model.focus is not None else [])
    shown = [pane.lines[n] for n in rows if n is not None]
    indent = min((_indent(line) for line in shown if line.text.strip()), default=0)
    for row, n in enumerate(rows):
        base = y + HEAD + 10 + LEADING * row
        if n is None:
            drawing.text(x + 24, base, "⋯", SIZE, "fill-muted")
            continue
        line = pane.lines[n]
        if line.serial in lit:
            if n in told:
                drawing.rect(x + 1, base - 10.5, width - 2, LEADING, "fill-lit bare")
            drawing.rect(x + 1, base - 10.5, 3, LEADING, "fill-amber bare")
            mark = (
                "self"
                if line.serial == model.focus
                else "from"
                if line.serial in ancestors
                else "to"
            )
            drawing.text(x + 7, base, MARKS[mark], 8.5, "fill-ink")
        _line(drawing, x + 24, base, width - 32, line, indent)
    drawing.close()


def _line(drawing: Drawing, x: float, y: float, width: float, line: Line, indent: int) -> None:
    room = int(width / text_width("x", SIZE, True))
    spans: list[tuple[str, str]] = []
    text = fitted(line.text[indent:], width, SIZE, True)
    cursor = 0
    for piece in line.pieces:
        start, cursor = cursor, cursor + len(piece.text)
        part = piece.text[max(indent - start, 0) :]
        if part and sum(len(t) for t, _ in spans) < min(len(text), room):
            spans.append(
                (part[: len(text) - sum(len(t) for t, _ in spans)], WORD_CLASSES[piece.kind])
            )
    if text.endswith("…") and spans:
        last, classes = spans[-1]
        spans[-1] = (last[:-1] + "…", classes)
    drawing.spans(x, y, SIZE, _merged(spans))


def _merged(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    merged: list[tuple[str, str]] = []
    for text, classes in spans:
        if merged and (merged[-1][1] == classes or not text.strip()):
            merged[-1] = (merged[-1][0] + text, merged[-1][1])
        else:
            merged.append((text, classes))
    return merged


def _window(model: IRView, pane: Pane) -> list[int | None]:
    """Returns the lines to show: the telling ones, then what stands around them; None stands for a
    gap.
    """
    told = model.telling_lines(pane, MAX_TOLD)
    chosen = set(told)
    distance = 1
    while len(chosen) < min(MAX_LINES - 1, len(pane.lines)) and distance < len(pane.lines):
        for n in told or [0]:
            for near in (n - distance, n + distance):
                if 0 <= near < len(pane.lines) and len(chosen) < MAX_LINES - 1:
                    chosen.add(near)
        distance += 1
    if not chosen:
        chosen = set(range(min(MAX_LINES, len(pane.lines))))
    rows: list[int | None] = []
    for n in sorted(chosen):
        if rows and rows[-1] is not None and n != rows[-1] + 1:
            rows.append(None)
        rows.append(n)
    if rows and rows[-1] is not None and rows[-1] < len(pane.lines) - 1:
        rows.append(None)
    return rows


def _indent(line: Line) -> int:
    return len(line.text) - len(line.text.lstrip(" "))


def _arrow(drawing: Drawing, column: int, x: float, y: float, width: float, height: float) -> None:
    """Draws an arrow to the right, or from the last column down to the first of the next row."""
    if column + 1 < COLUMNS:
        begin, end = x + width + 3, x + width + GAP - 3
        drawing.path(
            f"M{points(begin, y + 14)}L{points(end - 5, y + 14)}",
            "open stroke-blue",
            'stroke-width="2"',
        )
        drawing.path(arrow_head(end, y + 14, 1, 0), "fill-blue bare")
        return
    bottom = y + height
    down, left = bottom + GAP / 2, 1 + 0.5 * width
    start = x + 0.5 * width
    drawing.path(
        f"M{points(start, bottom + 2)}L{points(start, down)}L{points(left, down)}L{points(left, down + 5)}",
        "open stroke-blue",
        'stroke-width="2"',
    )
    drawing.path(arrow_head(left, bottom + GAP - 2, 0, 1), "fill-blue bare")
