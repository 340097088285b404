"""Pictures of answers: what a wrong answer of an exercise would mean, and how it differs.

None tells what is right, unless a function is asked for: then its results are drawn beside the
expected ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import NamedTuple

from workbench.render.svg import Drawing, fitted, points, text_width

WIDTH = 640
SIZE = 11.0
LEADING = 16.0
LONGEST_LISTING = 40
"""Lines of a program that a picture shows."""


@dataclass(frozen=True)
class Picture:
    """A picture with a title and a text that says the same."""

    title: str
    text: str
    document: str
    """The SVG document."""


class Bar(NamedTuple):
    """A bar of a bar chart; `start` and `length` are in any one unit."""

    label: str
    length: float
    text: str
    """What stands behind the bar."""
    start: float = 0
    is_yours: bool = False


class Mark(NamedTuple):
    """One part of an answer, and whether it is right."""

    text: str
    is_right: bool


def listing(title: str, text: str, marked: Mapping[int, str] | Iterable[int]) -> Picture:
    """Returns a program's lines, of which some are marked: their numbers from 0, or each number
    with a note that stands behind its line. Of a long program, the lines around the marks are shown.
    """
    notes = marked if isinstance(marked, Mapping) else dict.fromkeys(marked, "")
    lines = text.strip("\n").split("\n")
    shown = _around(len(lines), notes)
    texts = [lines[n] if n is not None else "  ⋯" for n in shown]
    margin = min((len(line) - len(line.lstrip()) for line in texts if line.strip()), default=0)
    texts = [line[margin:] for line in texts]
    widest = max((text_width(note, SIZE) for note in notes.values() if note), default=0.0)
    room = max((text_width(line, SIZE, True) for line in texts), default=0.0)
    width = min(max(room + widest + 40, WIDTH), 1.5 * WIDTH)
    drawing = _titled(title, len(texts) * LEADING + 8, width)
    for row, (n, line) in enumerate(zip(shown, texts, strict=True)):
        base = 38 + LEADING * row
        note = notes.get(n, "") if n is not None else ""
        if n in notes:
            drawing.rect(2, base - 12, width - 4, LEADING, "fill-lit bare")
            drawing.rect(2, base - 12, 3, LEADING, "fill-amber bare")
            drawing.text(8, base, "●", 8, "fill-ink")
        space = width - 30 - (text_width(note, SIZE) + 12 if note else 0)
        drawing.text(20, base, fitted(line, space, SIZE, True), SIZE, "fill-ink mono")
        if note:
            drawing.text(width - 8, base, note, SIZE, "fill-ink", "end")
    written = [
        f"{'●' if n in notes else ' '} {line}".rstrip()
        + (f"   <- {notes[n]}" if n is not None and notes.get(n) else "")
        for n, line in zip(shown, texts, strict=True)
    ]
    return Picture(title, "\n".join([f"{title}:", *written]), drawing.document(title))


def _around(count: int, marked: Iterable[int]) -> list[int | None]:
    """Returns the numbers of the lines to show, and None where some are left out."""
    if count <= LONGEST_LISTING:
        return list(range(count))
    chosen = list(marked)
    reach = 4
    near = sorted({n for m in chosen for n in range(max(m - reach, 0), min(m + reach + 1, count))})
    near = near[:LONGEST_LISTING] or list(range(LONGEST_LISTING))
    shown: list[int | None] = [None] if near[0] else []
    for place, n in enumerate(near):
        if place and n != near[place - 1] + 1:
            shown.append(None)
        shown.append(n)
    return shown if near[-1] == count - 1 else [*shown, None]


def bars(title: str, rows: Sequence[Bar]) -> Picture:
    """Returns a bar chart; the bars of an answer are hatched and named."""
    label = min(max((text_width(row.label, SIZE, True) for row in rows), default=0) + 16, WIDTH / 2)
    behind = max((text_width(row.text, SIZE) for row in rows), default=0) + 14
    most = max((row.start + row.length for row in rows), default=0) or 1
    scale = (WIDTH - label - behind) / most
    drawing = _titled(title, len(rows) * 22 + 6)
    for number, row in enumerate(rows):
        y = 26 + 22 * number
        text = fitted(row.label, label - 12, SIZE, True)
        drawing.text(label - 8, y + 13, text, SIZE, "fill-ink mono", "end")
        x, length = label + row.start * scale, max(row.length * scale, 1.5)
        colour = "fill-lit stroke-amber" if row.is_yours else "fill-paleblue stroke-blue"
        dashes = 'stroke-dasharray="4 2"' if row.is_yours else ""
        drawing.rect(x, y, length, 17, colour, 2, dashes)
        drawing.text(x + length + 6, y + 13, row.text, SIZE)
    written = [f"  {row.label}: {row.text}" for row in rows]
    return Picture(title, "\n".join([f"{title}:", *written]), drawing.document(title))


def curve(title: str, numbers: Sequence[int], level: tuple[int, str], place: int = -1) -> Picture:
    """Returns how a sequence rises and falls, on a logarithmic scale, with a line at one height,
    (number, its name), and with a mark at one place if it is 0 or more.
    """
    high = log10(max(*numbers, level[0], 10))
    top, height, left, right = 56.0, 150.0, 14.0, WIDTH - 14.0
    step = (right - left) / max(len(numbers) - 1, 1)

    def y_of(number: int) -> float:
        return top + height * (1 - log10(max(number, 1)) / high)

    drawing = _titled(title, height + 40)
    ends = [(left + step * n, y_of(number)) for n, number in enumerate(numbers)]
    drawing.path("M" + "L".join(points(x, y) for x, y in ends), "open stroke-blue")
    drawing.path(f"M{points(left, top + height)}H{points(right)}", "open stroke-line")
    text = fitted(level[1], WIDTH - 40, SIZE)
    if level[0] > 0:
        y = y_of(level[0])
        drawing.path(
            f"M{points(left, y)}H{points(right)}", "open stroke-red", 'stroke-dasharray="5 3"'
        )
        drawing.text(right, y - 6, text, SIZE, "fill-ink bold", "end")
    if 0 <= place < len(ends):
        x, y = ends[place]
        drawing.path(
            f"M{points(x, 30)}V{points(top + height)}", "open stroke-red", 'stroke-dasharray="5 3"'
        )
        drawing.circle(x, y, 4, "fill-red bare")
        anchor = "end" if x > WIDTH / 2 else "start"
        drawing.text(x + (-8 if anchor == "end" else 8), 42, text, SIZE, "fill-ink bold", anchor)
    over = sum(number > level[0] for number in numbers) if level[0] > 0 else 0
    words = f"{title}: {len(numbers)} numbers from {numbers[0]}; {level[1]}"
    words += f", {over} are above it" if level[0] > 0 else ""
    return Picture(title, words + ".", drawing.document(title))


def strip(title: str, marks: Sequence[Mark]) -> Picture:
    """Returns the parts of an answer below each other, each right or wrong."""
    drawing = _titled(title, len(marks) * 24 + 6)
    for number, mark in enumerate(marks):
        y = 26 + 24 * number
        colour = "fill-palegreen stroke-green" if mark.is_right else "fill-lit stroke-red"
        dashes = "" if mark.is_right else 'stroke-dasharray="4 2"'
        drawing.rect(2, y, WIDTH - 4, 20, colour, 3, dashes)
        sign = "✓" if mark.is_right else "✗"
        drawing.text(10, y + 14.5, sign, 12, "fill-ink bold")
        text = fitted(f"{number + 1}. {mark.text}", WIDTH - 50, SIZE)
        drawing.text(30, y + 14.5, text, SIZE)
    written = [f"  {'✓' if m.is_right else '✗'} {n}. {m.text}" for n, m in enumerate(marks, 1)]
    return Picture(title, "\n".join([f"{title}:", *written]), drawing.document(title))


def ruler(title: str, cases: Sequence[tuple[str, float, float]]) -> Picture:
    """Returns what a function gave and what it should have, on one number line for each call:
    (the call, yours, the expected).
    """
    ends = [number for _, yours, right in cases for number in (yours, right, 0.0)]
    low, high = min(ends), max(ends)
    label = min(max(text_width(call, SIZE, True) for call, _, _ in cases) + 20, WIDTH / 3)
    left, right_end = label + 60, WIDTH - 70.0

    def x_of(number: float) -> float:
        return left + (right_end - left) * (number - low) / ((high - low) or 1)

    drawing = _titled(title, len(cases) * 46 + 4)
    for row, (call, yours, right) in enumerate(cases):
        y = 52.0 + 46 * row
        drawing.text(
            label - 8, y + 4, fitted(call, label - 10, SIZE, True), SIZE, "fill-ink mono", "end"
        )
        drawing.path(f"M{points(left, y)}H{points(right_end)}", "open stroke-line")
        drawing.path(f"M{points(x_of(0), y - 4)}V{points(y + 4)}", "open stroke-muted")
        a, b = x_of(yours), x_of(right)
        if a != b:
            drawing.path(f"M{points(a, y)}H{points(b)}", "open stroke-red", 'stroke-width="3"')
        drawing.circle(b, y, 5, "fill-palegreen stroke-green")
        drawing.rect(a - 4, y - 4, 8, 8, "fill-amber stroke-red")
        drawing.text(a, y - 10, f"yours {yours:g}", SIZE, "fill-ink", "middle")
        drawing.text(b, y + 19, f"expected {right:g}", SIZE, "fill-ink", "middle")
    written = [f"  {call}: yours {yours:g}, expected {right:g}" for call, yours, right in cases]
    return Picture(title, "\n".join([f"{title}:", *written]), drawing.document(title))


def _titled(title: str, height: float, width: float = WIDTH) -> Drawing:
    drawing = Drawing(width, 26 + height)
    drawing.text(2, 14, fitted(title, width - 4, 12), 12, "fill-ink bold")
    return drawing
