"""The scripts and the style of the views, as text, for a widget to send or for a page to carry."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "widgets" / "static"
KINDS = (
    "pipeline",
    "ir",
    "timeline",
    "tensor",
    "dispatches",
    "debugger",
    "memory",
    "modules",
)
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./common\.js";\n', re.MULTILINE)


@cache
def script(kind: str) -> str:
    """One ES module for a kind of view: what is shared and what is its own, with the import between
    them resolved.
    """
    common = (STATIC / "common.js").read_text(encoding="utf-8")
    own, imports = _IMPORT.subn("", (STATIC / f"{kind}.js").read_text(encoding="utf-8"))
    assert imports == 1, f"{kind}.js imports common.js on one line"
    return re.sub(r"^export (?=const |(?:async )?function)", "", common, flags=re.MULTILINE) + own


@cache
def style() -> str:
    """The style sheet of all views."""
    return (STATIC / "workbench.css").read_text(encoding="utf-8")
