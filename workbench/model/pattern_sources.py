"""The source text of rules and patterns, as a reader of a rewrite wants to see it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import ireelite
from ireelite.records.tables import Patterns

ROOT = Path(ireelite.__file__).resolve().parent.parent
MAX_LINES = 60


def pattern_source(patterns: Patterns, number: int) -> str:
    """Returns the text of a rule or pattern, at most `MAX_LINES` lines of it; empty where it is
    not known.

    The record has the text of patterns that do not belong to `ireelite`; the others are read from
    the installed package.
    """
    if (kept := patterns.source(number)) is not None:
        return kept
    file = patterns.strings[patterns.files[number]]
    if not file.startswith("ireelite/"):
        return ""
    text, blocks = _file(file)
    return cut_out(text, blocks.get(patterns.lines[number]))


def cut_out(text: list[str], block: tuple[int, int] | None) -> str:
    """Lines of a text (from 1, both included) without their common margin, at most `MAX_LINES`."""
    if block is None:
        return ""
    lines = text[block[0] - 1 : block[1]]
    margin = min((len(row) - len(row.lstrip()) for row in lines if row.strip()), default=0)
    rows = [row[margin:] for row in lines[:MAX_LINES]]
    if len(lines) > MAX_LINES:
        rows.append(f"# … {len(lines) - MAX_LINES} more lines")
    return "\n".join(rows)


def blocks_of(text: str) -> dict[int, tuple[int, int]]:
    """Returns the first and last line of each function of a Python text, by the line that it begins
    on; of a method, those of its class if it has at most `MAX_LINES` lines.
    """
    found: dict[int, tuple[int, int]] = {}
    for around in ast.walk(ast.parse(text)):
        short = isinstance(around, ast.ClassDef) and _length(around) <= MAX_LINES
        for node in ast.iter_child_nodes(around):
            if isinstance(node, ast.FunctionDef):
                shown = around if short and isinstance(around, ast.ClassDef) else node
                for line in {_first_line(node), node.lineno}:
                    found[line] = _first_line(shown), shown.end_lineno or shown.lineno
    return found


def _first_line(node: ast.FunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _length(node: ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - _first_line(node) + 1


@cache
def _file(file: str) -> tuple[list[str], dict[int, tuple[int, int]]]:
    """Returns the lines of a file of the package, and its functions."""
    path = ROOT / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return text.splitlines(), blocks_of(text)
