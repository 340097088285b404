"""Where a rule or a pattern is written: its file, its line, and its source text."""

from __future__ import annotations

import inspect
import linecache
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

SOURCE_ROOT = Path(__file__).resolve().parents[2]
LONGEST_SOURCE = 60
"""Lines that are kept of a pattern's source text."""


def place_of(rule: Any) -> tuple[str, str, int, str | None]:
    """Returns the name, file, first line and source text of a function, or of the method that a
    pattern's class matches with.

    Of what belongs to `ireelite` the source text is not kept: the package has it.
    """
    method = getattr(rule, "match_and_rewrite", getattr(rule, "apply", rule))
    code = getattr(inspect.unwrap(method), "__code__", None)
    # xDSL's decorator of patterns keeps the method that it wraps in its closure alone.
    for cell in getattr(method, "__closure__", None) or ():
        inner = cell.cell_contents
        if isinstance(inner, FunctionType) and inner.__name__ == "match_and_rewrite":
            code = inner.__code__
    name = getattr(rule, "__name__", type(rule).__name__)
    if code is not None:
        return place_of_code(name, code)
    return _place(name, inspect.getsourcefile(method) or "", inspect.getsourcelines(method)[1])


def place_of_code(name: str, code: CodeType) -> tuple[str, str, int, str | None]:
    """Returns the same of a function's code, under a name."""
    return _place(name, code.co_filename, code.co_firstlineno)


def _place(name: str, file: str, line: int) -> tuple[str, str, int, str | None]:
    path = Path(file)
    if path.is_relative_to(SOURCE_ROOT / "ireelite"):
        return name, path.relative_to(SOURCE_ROOT).as_posix(), line, None
    # A notebook's cell is a file that its kernel alone can read.
    return name, _shown(path, file), line, source_at(linecache.getlines(file), line)


def _shown(path: Path, file: str) -> str:
    """Returns a file as readers know it: by its place in a package, in this checkout, or by its
    name.
    """
    if "ipykernel" in file or file.startswith("<ipython"):
        return "a cell of the notebook"
    if "site-packages" in path.parts:
        return Path(*path.parts[path.parts.index("site-packages") + 1 :]).as_posix()
    if path.is_relative_to(SOURCE_ROOT):
        return path.relative_to(SOURCE_ROOT).as_posix()
    return path.name


def source_at(lines: list[str], line: int) -> str | None:
    """Returns the function or class that begins on a line (from 1), cut after `LONGEST_SOURCE`
    lines.
    """
    if not 0 < line <= len(lines):
        return None
    block = inspect.getblock(lines[line - 1 :])[:LONGEST_SOURCE]
    return inspect.cleandoc("".join(["\n", *block]))
