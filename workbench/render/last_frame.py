"""The last frame of a live view as a picture: its markup and the style sheet in an SVG document. It
is shown where scripts and markup are removed, as in a reopened notebook.
"""

from __future__ import annotations

import base64
import zlib
from html import escape
from typing import Any

from workbench.render.assets import style
from workbench.render.palette import MONO, ROLES, SANS

LARGEST_SIDE = 20_000
"""Largest width and height of a frame, in pixels."""


def frame_document(frame: dict[str, Any], label: str) -> str:
    """Returns the SVG document of a frame that a view's script sent: `packed` markup, `width` and
    `height` in pixels. Raises ValueError, KeyError or zlib.error for a malformed frame.
    """
    width, height = (_side(frame.get(side)) for side in ("width", "height"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="{escape(label)}"><title>{escape(label, quote=False)}'
        f"</title><style>{_colours()}{escape(style(), quote=False)}</style>"
        f'<foreignObject width="{width}" height="{height}">{unpacked(frame["packed"])}'
        "</foreignObject></svg>"
    )


def unpacked(packed: Any) -> str:
    """Returns the markup that `deflated` of `frame.js` packed. Raises ValueError or zlib.error if
    `packed` is no such text.
    """
    if not isinstance(packed, str):
        raise ValueError(f"a frame packed as {type(packed).__name__}, not as text")
    return zlib.decompress(base64.b64decode(packed, validate=True)).decode()


def _side(pixels: Any) -> int:
    if type(pixels) is not int or not 0 < pixels <= LARGEST_SIDE:
        raise ValueError(f"a frame of {pixels!r} pixels")
    return pixels


def _colours() -> str:
    """Returns CSS for what a notebook's theme would provide: ground, text colour and fonts."""
    ink, page = ROLES["ink"], ROLES["page"]
    faces = f"--jp-ui-font-family:{SANS};--jp-code-font-family:{MONO};box-sizing:border-box"
    return (
        f":root{{color-scheme:light dark;background:{page.light}}}"
        f".wb{{--jp-content-font-color1:{ink.light};{faces}}}"
        f"@media (prefers-color-scheme:dark){{:root{{background:{page.dark}}}"
        f".wb{{--jp-content-font-color1:{ink.dark}}}}}"
    )
