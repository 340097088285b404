"""SVG by hand: shapes with classes, and text that is measured on the safe side so that nothing
overlaps anywhere.
"""

from __future__ import annotations

import base64
from html import escape

from workbench.render.palette import stylesheet

MARGIN = 6
"""Pixels of ground around a picture that is a file."""
_NARROW = frozenset("iljI.,:;'|!` ")
_SLIM = frozenset('ftr()[]{}-/"*°')
_WIDE = frozenset("mwMW@%&→←↑↓≥≤×…—")


def text_width(text: str, size: float, mono: bool = False) -> float:
    """Returns the width that a text may need in pixels, in the widest of the fonts that it may be
    shown in.
    """
    if mono:
        return 0.615 * size * len(text)
    ems = 0.0
    for character in text:
        if character in _NARROW:
            ems += 0.36
        elif character in _SLIM:
            ems += 0.47
        elif character in _WIDE:
            ems += 1.0
        else:
            ems += 0.78 if character.isupper() else 0.64
    return ems * size


def fitted(text: str, width: float, size: float, mono: bool = False) -> str:
    """Returns the text, cut with an ellipsis if it may need more room than there is."""
    if text_width(text, size, mono) <= width:
        return text
    while text and text_width(text + "…", size, mono) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width: float, size: float, lines: int) -> list[str]:
    """Returns the text broken between words into at most so many lines; the last is cut if need be."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        longer = f"{row} {word}".strip()
        if row and text_width(longer, size) > width:
            rows.append(row)
            row = word
        else:
            row = longer
    rows.append(row)
    if len(rows) > lines:
        rows = [*rows[: lines - 1], " ".join(rows[lines - 1 :])]
    return [fitted(row, width, size) for row in rows]


class Drawing:
    """An SVG picture that grows by calls. Coordinates are pixels;
    numbers print with at most one decimal.
    """

    def __init__(self, width: float, height: float = 0):
        self.width = width
        self.height = height
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, w: float, h: float, classes: str, rx: float = 0, more: str = ""
    ) -> None:
        """Draws a rectangle; `more` is further attributes, already escaped."""
        corner = f' rx="{_n(rx)}"' if rx else ""
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"{corner} class="{classes}"'
            f"{_more(more)}/>"
        )

    def path(self, d: str, classes: str, more: str = "") -> None:
        """Draws a path; `d` as in SVG, best made with `P` from numbers."""
        self._parts.append(f'<path d="{d}" class="{classes}"{_more(more)}/>')

    def circle(self, x: float, y: float, r: float, classes: str, more: str = "") -> None:
        self._parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" class="{classes}"{_more(more)}/>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        classes: str = "fill-ink",
        anchor: str = "start",
        more: str = "",
    ) -> None:
        """Draws text with its baseline at y; `anchor` is start, middle or end."""
        where = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}"{where} class="{classes}"{_more(more)}>'
            f"{escape(text, quote=False)}</text>"
        )

    def spans(
        self, x: float, y: float, size: float, spans: list[tuple[str, str]], classes: str = "mono"
    ) -> None:
        """Draws a line of text in several classes: (text, classes) one after the other."""
        inner = "".join(
            f'<tspan class="{c}">{escape(t, quote=False)}</tspan>' if c else escape(t, quote=False)
            for t, c in spans
        )
        self._parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" class="{classes}" xml:space="preserve">'
            f"{inner}</text>"
        )

    def nested(self, other: Drawing, y: float, label: str) -> None:
        """Draws another drawing, at the left, with its top at y."""
        self._parts.append(other.fragment(label).replace("<svg ", f'<svg y="{_n(y)}" ', 1))

    def open(self, attributes: str = "", title: str = "") -> None:
        """Begins a group; a title is what a screen reader says, and what a pointer shows."""
        self._parts.append(f"<g{_more(attributes)}>")
        if title:
            self._parts.append(f"<title>{escape(title, quote=False)}</title>")

    def close(self) -> None:
        """Ends a group."""
        self._parts.append("</g>")

    def fragment(self, label: str) -> str:
        """Returns the picture without colours of its own, to stand inside a page that has them."""
        return self._svg(label, "", "")

    def document(self, label: str, description: str = "") -> str:
        """Returns the picture as a file: it brings its colours, for light and for dark, and its own
        ground, since a dark page may show it in a browser that asks for light.
        """
        style = f"<style>{stylesheet()}</style>"
        return self._svg(label, description, style)

    def _svg(self, label: str, description: str, style: str) -> str:
        margin = MARGIN if style else 0
        width, height = _n(self.width + 2 * margin), _n(self.height + 2 * margin)
        corner = _n(-margin)
        ground = (
            f'<rect x="{corner}" y="{corner}" width="{width}" height="{height}" class="fill-page"/>'
        )
        told = f"<title>{escape(label, quote=False)}</title>" if style else ""
        told += f"<desc>{escape(description, quote=False)}</desc>" if description else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{corner} {corner} {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-label="{escape(label)}">{told}{style}'
            f"{ground if style else ''}{''.join(self._parts)}</svg>"
        )


def data_image(svg: str, alt: str) -> str:
    """Returns HTML that shows a picture where scripts and inline SVG are taken out, as in a
    notebook nobody has run.
    """
    encoded = base64.b64encode(svg.encode()).decode("ascii")
    look = "max-width:100%;height:auto"
    return f'<img src="data:image/svg+xml;base64,{encoded}" alt="{escape(alt)}" style="{look}"/>'


def arrow_head(x: float, y: float, dx: float, dy: float, size: float = 5) -> str:
    """Returns the path of a filled triangle with its tip at (x, y), pointing along (dx, dy), a unit
    vector.
    """
    bx, by = x - dx * size * 1.6, y - dy * size * 1.6
    px, py = -dy * size * 0.8, dx * size * 0.8
    return f"M{_n(x)} {_n(y)}L{_n(bx + px)} {_n(by + py)}L{_n(bx - px)} {_n(by - py)}Z"


def points(*numbers: float) -> str:
    """Numbers for a path, as they are printed everywhere."""
    return " ".join(_n(number) for number in numbers)


def _n(number: float) -> str:
    text = f"{number:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _more(attributes: str) -> str:
    return f" {attributes}" if attributes else ""
