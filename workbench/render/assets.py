"""The scripts and the style of the views, as text, for a widget to send or for a page to carry."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "widgets" / "static"
KINDS = tuple(
    sorted(path.stem for path in STATIC.glob("*.js") if "export default" in path.read_text("utf-8"))
)
"""The kinds of views; the other scripts are parts of theirs."""
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_COMMENT = re.compile(r"^ */\*\*.*?\*/\n", re.MULTILINE | re.DOTALL)
_INDENT = re.compile(r"^ +(?://.*\n)?", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |class |(?:async )?function)", re.MULTILINE)


@cache
def script(kind: str) -> str:
    """Returns one ES module for a kind of view: its own script after those that it imports, each
    once.
    """
    parts: dict[str, str] = {}
    _collect(kind, parts)
    own = parts.pop(kind)
    shared = "".join(_EXPORT.sub("", text) for text in parts.values())
    return shared + own


def _collect(name: str, parts: dict[str, str]) -> None:
    """Adds a script to the parts, after those that it imports."""
    text = (STATIC / f"{name}.js").read_text(encoding="utf-8")
    for imported in _IMPORT.findall(text):
        if imported not in parts:
            _collect(imported, parts)
    # Each view of a notebook carries its script, so comments and indentation are left out.
    parts[name] = _INDENT.sub("", _COMMENT.sub("", _IMPORT.sub("", text)))


@cache
def style() -> str:
    """Returns the style sheet of all views: what they share, then what each file has for its own."""
    shared = STATIC / "workbench.css"
    own = sorted(path for path in STATIC.glob("*.css") if path != shared)
    return "".join(path.read_text(encoding="utf-8") for path in (shared, *own))
