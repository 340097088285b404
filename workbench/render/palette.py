"""The colours of the workbench, by role.

Hues are Okabe and Ito's, which stay apart for colour-blind readers; nothing is told by hue alone:
what is lit has a bar and a mark, what waits is hatched, an arrow's meaning is in its dash. A
picture is a document of its own, so it carries its colours twice, for a light and for a dark page.
"""

from __future__ import annotations

from typing import NamedTuple

SANS = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', 'Liberation Sans', sans-serif"
MONO = "ui-monospace, 'SF Mono', 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"


class Shade(NamedTuple):
    """One role's colour on a light and on a dark page."""

    light: str
    dark: str


ROLES: dict[str, Shade] = {
    "page": Shade("#ffffff", "#111111"),
    "ink": Shade("#1f2328", "#e6edf3"),
    "muted": Shade("#57606a", "#9aa4af"),
    "line": Shade("#c9d1d9", "#444c56"),
    "card": Shade("#f6f8fa", "#1c2128"),
    "lit": Shade("#fff0c2", "#4a3a08"),
    "amber": Shade("#E69F00", "#E69F00"),
    "blue": Shade("#0072B2", "#56B4E9"),
    "green": Shade("#007a58", "#2fc193"),
    "red": Shade("#D55E00", "#ff8f40"),
    "pink": Shade("#a8487f", "#e19bc4"),
    "paleblue": Shade("#d6e9f5", "#123a52"),
    "palegreen": Shade("#d5efe5", "#0e3f30"),
}


def stylesheet() -> str:
    """Returns `fill-ROLE` and `stroke-ROLE` for each role, in both shades, and the three faces of
    text.
    """
    light = "".join(_rules(role, shade.light) for role, shade in ROLES.items())
    dark = "".join(_rules(role, shade.dark) for role, shade in ROLES.items())
    faces = (
        f"text{{font-family:{SANS}}}.mono{{font-family:{MONO};white-space:pre}}.bold{{font-weight:600}}"
        ".open{fill:none}.bare{stroke:none}"
    )
    return f"{faces}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _rules(role: str, colour: str) -> str:
    return f".fill-{role}{{fill:{colour}}}.stroke-{role}{{stroke:{colour}}}"


def mix(low: str, high: str, amount: float) -> str:
    """Returns the colour that far (0 to 1) between two `#rrggbb` colours."""
    amount = min(max(amount, 0.0), 1.0)
    pairs = [(int(low[n : n + 2], 16), int(high[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * amount):02x}" for a, b in pairs)


_SEQUENTIAL = ("#f4f7fb", "#9ecae8", "#2f86bf", "#0b4a78", "#06263f")
_NEGATIVE = ("#f7f7f7", "#f3b68a", "#D55E00", "#7a3300")
_POSITIVE = ("#f7f7f7", "#8cc4e6", "#0072B2", "#003a5c")


def heat(unit: float, signed: bool) -> str:
    """Returns the colour of a value at `unit` (0 to 1; -1 to 1 where both signs occur), from pale
    to strong.
    """
    if signed:
        return _along(_NEGATIVE if unit < 0 else _POSITIVE, abs(unit))
    return _along(_SEQUENTIAL, unit)


def ink_on(colour: str) -> str:
    """Returns black or white, whichever reads better on a colour."""
    linear = [(int(colour[n : n + 2], 16) / 255) ** 2.2 for n in (1, 3, 5)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#111111" if luminance > 0.19 else "#ffffff"


def _along(ramp: tuple[str, ...], amount: float) -> str:
    place = min(max(amount, 0.0), 1.0) * (len(ramp) - 1)
    step = min(int(place), len(ramp) - 2)
    return mix(ramp[step], ramp[step + 1], place - step)
