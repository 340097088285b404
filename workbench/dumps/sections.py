"""Cuts a dump into the programs that it holds, each with the pass that left it.

// -----// IR Dump After CSEPass: cse //----- //                                  iree-compile
// -----// IR Dump After CSE (cse) ('func.func' operation: @main) //----- //      mlir-opt
IR after cse:                                                                     xdsl-opt
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_MLIR = re.compile(r"// -----// IR Dump (Before|After) (.*?) *//----- //\s*$")
_XDSL = re.compile(r"IR after (.+):\s*$")
_NAMED = re.compile(r"([\w:<>,. ]+?)( Failed)?: ([\w.\-]+)")
_BRACKETED = re.compile(r"([\w:<>,. ]+?)( Failed)? \(([\w.\-]+)")
_DIAGNOSTIC = re.compile(
    r"(?:[^\s\"].*?:\d+:\d+: |<unknown>:0: |[\w.\-]+: |)(?:error|warning|remark|note): "
)
_CARET = re.compile(r"\s*\^[~^ ]*$")
LONGEST_LINE = 2000
"""Characters of a line; of a longer one, which holds a constant's bytes, both ends are kept."""
KEPT_END = 200


@dataclass
class Section:
    """A program as it was printed."""

    after: bool = True
    """Whether it was printed after the pass, not before it."""
    class_name: str = ""
    """The pass's class; empty for a program that no pass is named for."""
    name: str = ""
    """The pass's name in a pipeline, without its options."""
    failed: bool = False
    lines: list[str] = field(default_factory=list)
    shortened: bool = False
    """Whether a line was cut."""


def sections(lines: Iterable[str]) -> Iterator[Section]:
    """Yields the programs of a dump in order. What stands before the first heading is one of its
    own, if it is IR and not what a compiler says.
    """
    section = Section(after=False)
    skips = between = False
    for line in _ir(lines):
        if line.startswith(("// -----// IR Dump", "IR after ")) and (found := heading(line)):
            if any(line.strip() for line in section.lines):
                yield section
            between = between or line.startswith("IR after ")
            section, skips = found, False
        elif between and line.startswith("builtin.module") and any(map(str.strip, section.lines)):
            # xdsl-opt prints what its last pass left without a heading.
            yield section
            section = Section(True, "the last pass", "the last pass", lines=[line])
        elif line.startswith("{-#"):
            skips = "#-}" not in line
        elif skips:
            skips = not line.startswith("#-}")
        elif len(line) > LONGEST_LINE:
            section.lines.append(f"{line[: LONGEST_LINE - KEPT_END]}…{line[-KEPT_END:]}")
            section.shortened = True
        else:
            section.lines.append(line)
    if any(line.strip() for line in section.lines):
        yield section


def _ir(lines: Iterable[str]) -> Iterator[str]:
    """Yields lines without those in which a compiler reports errors and remarks, and quotes its
    input: a line and a caret below.
    """
    quoted: str | None = None
    reported = False
    for line in lines:
        line = line.rstrip("\r\n")
        if quoted is not None:
            if _CARET.match(line):
                quoted = None
                continue
            yield quoted
            quoted = None
        if _DIAGNOSTIC.match(line):
            reported = True
        elif reported and not line.startswith("//"):
            quoted, reported = line, False
        else:
            reported = False
            yield line
    if quoted is not None:
        yield quoted


def heading(line: str) -> Section | None:
    """Returns the section that a heading begins; None if the line is no heading."""
    if found := _XDSL.match(line):
        return Section(True, found[1], found[1])
    if (found := _MLIR.match(line)) is None:
        return None
    said = found[2]
    for form in (_NAMED, _BRACKETED):
        if match := form.match(said):
            name = match[1].rpartition("::")[2].strip()
            return Section(found[1] == "After", name, match[3], match[2] is not None)
    name = said.split(" (")[0].split("{")[0].strip()
    failed = name.endswith(" Failed")
    name = name.removesuffix(" Failed").rpartition("::")[2]
    return Section(found[1] == "After", name, name, failed)
