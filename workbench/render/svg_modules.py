"""Draws the modules of a context: a column for each in load order, a line from each import to the
export it is resolved to, globals with their values, and the parts of the file as bars.
"""

from __future__ import annotations

from html import escape

from workbench.model.module_map import ModuleBox, ModuleMap
from workbench.model.numbers import quantity
from workbench.model.stage_graph import size_text
from workbench.render.svg import Drawing, arrow_head, fitted, points, text_width

SINGLE_WIDTH = 640
"""The width of a module that stands alone."""
WIDTH = 980
"""The width of a map, unless its columns would be narrower than COLUMN."""
COLUMN = 328
LINES = 58
"""Room for the lines between two columns."""
ROW = 16
HEAD = 40
SECTION = 20
SIZE = 9.5
SMALL = 8.5
MAX_ROWS = 40
GROUP_LOOKS = {
    "bytecode": "fill-blue",
    "executables": "fill-green",
    "constants": "fill-pink",
    "texts": "fill-muted",
    "tables": "fill-line",
}


def draw_modules(model: ModuleMap) -> Drawing:
    """Returns the columns, the lines between them, and below each bytecode module the parts of its
    file.
    """
    count = max(len(model.modules), 1)
    column = column_width(count)
    drawing = Drawing(column * count + LINES * (count - 1) + 4)
    ends: dict[tuple[int, str], float] = {}
    bottoms: list[float] = []
    for number, box in enumerate(model.modules):
        x = 2 + number * (column + LINES)
        bottoms.append(_column(drawing, model, number, box, (x, column), ends))
    drawing.height = max(bottoms, default=20) + 4
    return drawing


def column_width(count: int) -> float:
    """Returns the width of each of so many columns."""
    return SINGLE_WIDTH if count == 1 else max((WIDTH - LINES * (count - 1)) // count, COLUMN)


def _column(
    drawing: Drawing,
    model: ModuleMap,
    number: int,
    box: ModuleBox,
    place: tuple[float, float],
    ends: dict[tuple[int, str], float],
) -> float:
    x, width = place
    sections = _sections(model, box)
    height = HEAD + sum(SECTION + ROW * len(rows) for _, rows in sections) + 8
    drawing.rect(x, 2, width, height, "fill-card stroke-line", 8)
    drawing.text(x + 10, 20, f"{number + 1}", 10, "fill-muted bold")
    name = fitted(f"{box.name}  version {box.version}", width - 120, 12, True)
    drawing.text(x + 24, 20, name, 12, "fill-ink mono bold")
    drawing.text(x + width - 10, 20, f"{box.kind} module", 9.5, "fill-muted", "end")
    depends = f"needs {', '.join(box.dependencies)}" if box.dependencies else ""
    drawing.text(x + 24, 34, fitted(depends, width - 34, 9), 9, "fill-muted")
    y = 2.0 + HEAD
    for title, rows in sections:
        drawing.text(x + 10, y + 14, title, 9.5, "fill-ink bold")
        y += SECTION
        for row in rows:
            _row(drawing, number, row, (x, y, width), ends)
            y += ROW
    return y + 8


def _sections(model: ModuleMap, box: ModuleBox) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Returns (title, rows) of what a module has; a row is (kind, key, left text, right text,
    look).
    """
    sections: list[tuple[str, list[tuple[str, ...]]]] = []
    used = box.used_exports
    if used:
        rest = len(box.exports) - len(used)
        title = f"exports{f', {rest} more that are not used' if rest else ''}"
        rows = [("export", row.name, row.name, row.signature, "") for row in used]
        sections.append((title, _cut(rows)))
    elif box.exports:
        sections.append((f"{quantity(len(box.exports), 'export')}, not used", []))
    if box.imports:
        rows = []
        for row in box.imports:
            note = "" if row.module >= 0 or not model.contexts else row.state
            rows.append(
                ("import", f"{row.module}/{row.name}", row.name, note or row.signature, note)
            )
        missing = sum(row.module < 0 and not row.optional for row in box.imports)
        state = (
            "" if not model.contexts else f", {missing} missing" * bool(missing) or ", all resolved"
        )
        sections.append((f"imports{state}", _cut(rows)))
    if box.globals:
        several = len(model.contexts) > 1
        title = "globals" + (f", in {len(model.contexts)} contexts side by side" if several else "")
        rows = []
        for number, one in enumerate(box.globals):
            values = list(dict.fromkeys(one.values)) if len(set(one.values)) == 1 else one.values
            look = "differs" if len(values) > 1 else ""
            rows.append(("global", str(number), one.name, " | ".join(values), look))
        sections.append((title, _cut(rows)))
    if box.parts:
        largest = max(part.bytes for part in box.parts) or 1
        rows = [
            (
                "part",
                f"{n}",
                part.name,
                size_text(part.bytes),
                f"{part.group} {part.bytes / largest:.4f}",
            )
            for n, part in enumerate(box.parts)
        ]
        sections.append((f"the file, {size_text(box.size)}", _cut(rows)))
    return sections


def _cut(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    if len(rows) <= MAX_ROWS:
        return rows
    return [*rows[:MAX_ROWS], ("more", "", f"… {len(rows) - MAX_ROWS} more", "", "")]


def _row(
    drawing: Drawing,
    number: int,
    row: tuple[str, ...],
    place: tuple[float, float, float],
    ends: dict[tuple[int, str], float],
) -> None:
    kind, key, left, right, look = row
    x, y, width = place
    middle = y + ROW / 2
    label = f"{kind} {left}: {right}" if right else left
    plain = kind == "more"
    if kind == "export":
        ends[number, key] = middle
    if kind == "import":
        module, _, name = key.partition("/")
        _line(drawing, number, int(module), name, (x, middle), width, ends)
        key = name
    attributes = "" if plain else (
        f'class="row {kind}" data-module="{number}" data-key="{escape(key)}" tabindex="-1" '
        f'role="button" aria-label="{escape(label)}"'
    )  # fmt: skip
    drawing.open(attributes)
    drawing.rect(x + 6, y + 1, width - 12, ROW - 2, "back fill-card bare", 3)
    share = 0.0
    if kind == "part":
        group, _, fraction = look.partition(" ")
        share = float(fraction)
        room = width * 0.2
        drawing.rect(x + 12, y + 4, max(room * share, 2), ROW - 8, f"{GROUP_LOOKS[group]} bare", 2)
        drawing.text(x + width - 10, y + 11.5, right, SIZE, "fill-muted mono", "end")
        drawing.text(
            x + 18 + room,
            y + 11.5,
            fitted(left, width - room - 36 - text_width(right, SIZE, True), SIZE, True),
            SIZE,
            "fill-ink mono",
        )
    else:
        both = width - 30
        wanted = text_width(left, SIZE, True) + 1
        room = min(wanted, max(both - text_width(right, SMALL, True) - 1, 0.55 * width))
        drawing.text(x + 12, y + 11.5, fitted(left, room, SIZE, True), SIZE, "fill-ink mono")
        shade = "fill-red mono" if look else "fill-muted mono"
        rest = fitted(right, both - room, SMALL, True)
        drawing.text(x + width - 10, y + 11.5, rest, SMALL, shade, "end")
    drawing.close()


def _line(
    drawing: Drawing,
    number: int,
    module: int,
    name: str,
    end: tuple[float, float],
    column: float,
    ends: dict[tuple[int, str], float],
) -> None:
    """Draws an arrow from an import leftwards to the export that it is resolved to."""
    exports = [key for key in ends if key[0] == module and name.endswith(f".{key[1]}")]
    if not exports:
        return
    export = max(exports, key=lambda key: len(key[1]))
    y1, (x2, y2) = ends[export], end
    x1 = 2 + module * (column + LINES) + column
    bend = (x2 - x1) / 2 if number - module == 1 else LINES / 2
    drawing.path(
        f"M{points(x1, y1)}C{points(x1 + bend, y1, x2 - bend, y2, x2, y2)}",
        "link open stroke-muted",
        f'data-module="{number}" data-key="{escape(name)}"',
    )
    drawing.path(arrow_head(x1, y1, -1, 0, 3.5), "fill-muted bare")
