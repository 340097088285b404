"""Locations of MLIR as short words: `net.py:4:1 at main.py:9:3`, a fused one as its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping

LONGEST = 120
"""Characters of a location that are shown."""
MAX_ALIASES = 32
"""Largest number of aliases that are resolved one after the other, as one may name another."""
_WORD = re.compile(
    r"""(?P<file>"(?:[^"\\]|\\.)*"):(?P<line>\d+):(?P<column>\d+)(?:\ to\ [\d:]*)?
      | (?P<name>"(?:[^"\\]|\\.)*")
      | \#(?P<alias>loc\d*)
      | (?P<word>callsite|fused|unknown|at)\b
      | (?P<mark>[()\[\],]|<[^<>]*(?:<[^<>]*>[^<>]*)*>)
    """,
    re.VERBOSE,
)


class Locations:
    """Says what the locations of one program name."""

    def __init__(self, aliases: Mapping[str, str]):
        """Takes the location that each alias is defined as, by the name of the alias (`loc3`)."""
        self._aliases = aliases
        self._known: dict[str, str] = {}

    def words(self, location: str, depth: int = 0) -> str:
        """Returns what stands between the brackets of `loc(...)` as files without their folders,
        names and `at` between a place and its caller; empty for an unknown location.
        """
        if (known := self._known.get(location)) is None:
            known = self._known[location] = _shortened(self._said(location, depth))
        return known

    def _said(self, location: str, depth: int) -> str:
        parts: list[str] = []
        for found in _WORD.finditer(location):
            if file := found["file"]:
                name = file[1:-1].replace("\\", "/").rpartition("/")[2]
                parts.append(f"{name}:{found['line']}:{found['column']}")
            elif found["name"]:
                parts.append(found["name"])
            elif alias := found["alias"]:
                told = self._aliases.get(alias, "")
                parts.append(self.words(told, depth + 1) if depth < MAX_ALIASES else "…")
            elif found["word"] == "at":
                parts.append(" at ")
            elif found["mark"] in ("[", "]", ","):
                parts.append({"[": "{", "]": "}", ",": ", "}[found["mark"]])
            elif found["mark"] in ("(", ")") and parts and parts[-1].endswith('"'):
                # What a name is given to, in brackets behind it.
                parts.append(" = ") if found["mark"] == "(" else None
        said = "".join(parts)
        while (fewer := _fewer(said)) != said:
            said = fewer
        return said.strip(", ")


def _fewer(said: str) -> str:
    """Returns a description without what unknown locations leave behind."""
    said = said.replace("{}", "").replace("{, ", "{").replace(", }", "}").replace(", , ", ", ")
    return re.sub(r"^ at | at $|(?<=[{,]) at |=\s*$", "", said)


def _shortened(said: str) -> str:
    said = said.replace("\n", " ")
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
