"""Reads what a compiler printed between its passes into a compilation record, so that the views of our
own compilations show those of others.

Pass by pass an op is followed by what its line says, its location, its symbol and its value's name
(`follow`). An op that says the same is the same node, wherever it stands; what took the place of an
op is derived from it, by a rewrite of that pass.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from gzip import BadGzipFile, GzipFile
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO

from ireelite.records import CompilationRecord, PassRun, Stage
from ireelite.records.compilation import new_stage
from ireelite.status import StatusCode, StatusError, invalid_argument, not_found
from workbench.dumps.current import Current, Match
from workbench.dumps.follow import Changes, compare
from workbench.dumps.ops import NONE, LineReader, Program
from workbench.dumps.origins import Origins
from workbench.dumps.sections import Section, heading, sections
from workbench.dumps.values import Values
from workbench.progress import at, working

COMMON_DIALECTS = frozenset(
    "builtin func arith math scf cf tensor memref affine vector util ub iree_tensor_ext".split()
)
"""Dialects that are used at many levels: they name no phase."""
MAX_STAGES = 12
PHASE_FILE = re.compile(r"(?P<stem>.*)\.(?P<number>\d+)\.(?P<phase>[\w\-]+)\.mlir$")
TREE_FILE = re.compile(r"(\d+(?:_\d+)*)_[\w\-]+\.mlir$")


def read_dump(path: str | Path) -> CompilationRecord:
    """Returns the record of what a dump shows: `RewriteStepper`, `StageDiff`, `IRView` and
    `PipelineMap` take it.

    `path` is a file with what `iree-compile --mlir-print-ir-after-all` (with or without
    `--mlir-print-debuginfo`, whole modules or single functions), `mlir-opt --mlir-print-ir-after-all`
    or `xdsl-opt --print-between-passes` printed, also compressed by gzip, or the folder of
    `iree-compile --dump-compilation-phases-to=` or `--mlir-print-ir-tree-dir=`. Raises NOT_FOUND for
    a path that is not there, INVALID_ARGUMENT for one without a program, DATA_LOSS for a damaged
    gzip file.

    Example:
        record = workbench.read_dump("dump.mlir")
        workbench.RewriteStepper(record)
    """
    path = Path(path)
    if path.is_dir():
        return _tree(path, tree) if (tree := _tree_files(path)) else _phases(path)
    if not path.is_file():
        raise not_found(f"{path}: no such file or folder")
    reader = _Reader(path.name)
    size = max(path.stat().st_size, 1)
    with working(f"reading {path.name}"), path.open("rb") as file:
        with _lines(file, path) as lines:
            for section in sections(lines):
                at(file.tell() / size)
                reader.take(section)
        return reader.finish(path)


@contextmanager
def _lines(file: BinaryIO, path: Path) -> Iterator[TextIOWrapper]:
    """Gives the lines of a file, which may be compressed by gzip. Raises DATA_LOSS where such a one is
    damaged.
    """
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    try:
        whole = GzipFile(fileobj=file) if packed else file
        with TextIOWrapper(whole, "utf-8", errors="replace") as lines:
            yield lines
    except (EOFError, BadGzipFile, zlib.error) as error:
        raise StatusError(StatusCode.DATA_LOSS, f"{path}: damaged gzip file: {error}") from error


def is_dump(path: str | Path) -> bool:
    """Returns whether a path is one that `read_dump` is made for: a folder of phases or of passes, or
    a text in which a heading of a pass stands among the first lines.
    """
    path = Path(path)
    if path.is_dir():
        return bool(_tree_files(path)) or any(
            PHASE_FILE.match(file.name) for file in path.iterdir()
        )
    if not path.is_file():
        return False
    with path.open("rb") as file, _lines(file, path) as lines:
        return any(heading(line.rstrip("\r\n")) for _, line in zip(range(10_000), lines))


def _tree_files(folder: Path) -> list[tuple[list[int], Path]]:
    """Returns the files of `--mlir-print-ir-tree-dir=`, each with the numbers of its pass and of the
    pipelines around that, in the order in which the passes ran.
    """
    found = ((TREE_FILE.match(file.name), file) for file in folder.rglob("*.mlir"))
    return sorted(([int(n) for n in match[1].split("_")], file) for match, file in found if match)


def _tree(folder: Path, files: list[tuple[list[int], Path]]) -> CompilationRecord:
    """Returns the passes of the files of one compilation."""
    reader = _Reader(folder.name)
    with working(f"reading {folder.name}"):
        for n, (_, path) in enumerate(files):
            at(n / len(files))
            with path.open("rb") as file, _lines(file, path) as lines:
                for section in sections(lines):
                    reader.take(section)
    return reader.finish(folder)


def _phases(folder: Path) -> CompilationRecord:
    """Returns the files of one compilation, a stage each, in the order of their numbers."""
    found = [match for file in folder.iterdir() if (match := PHASE_FILE.match(file.name))]
    if not found:
        raise invalid_argument(
            f"{folder}: no file in this folder is named like 'main.1.input.mlir' or "
            "'3_cse.mlir', as 'iree-compile --dump-compilation-phases-to=FOLDER' or "
            "--mlir-print-ir-tree-dir=FOLDER names them"
        )
    stems = sorted({match["stem"] for match in found})
    if len(stems) > 1:
        raise invalid_argument(
            f"{folder}: has the phases of several compilations ({', '.join(stems)}); dump each to "
            "a folder of its own"
        )
    reader = _Reader(stems[0])
    for match in sorted(found, key=lambda match: int(match["number"])):
        text = (folder / match[0]).read_text(encoding="utf-8", errors="replace")
        for section in sections(text.splitlines()):
            section.name = section.class_name = match["phase"]
            reader.take(section, match["phase"])
    return reader.finish(folder)


class _Reader:
    """Fills a record from the sections of a dump."""

    def __init__(self, source: str):
        self.record = CompilationRecord(source=source)
        self.lines = LineReader()
        self.current = Current()
        self.phase = ""
        self.shortened = False
        self._next = ""
        """The pass that the last program was printed before; empty where it was printed after one."""
        self._invented: set[int] = set()
        """The serials of ops that come from none of the first program's."""

    def take(self, section: Section, phase: str | None = None) -> None:
        """Adds one more program and follows its ops from the program before. `phase` makes it a
        stage of that name; without `phase`, a stage ends where the main dialect changes.
        """
        program = self.lines.read(section.lines)
        if not len(program):
            return
        self.shortened |= section.shortened
        match = self.current.find(program)
        if match is None or match.is_whole:
            self._enter_phase(program, phase)
        if not section.after and section.name and phase is None:
            # What differs here from what was printed last, the pass before this one changed.
            section.name, self._next = self._next, section.name
            section.class_name = section.name
            section.after = bool(section.name)
        else:
            self._next = ""
        name = section.name or "input"
        if match is None:
            self._begin(program, section, name)
        else:
            self._follow(program, section, name, match)
        if phase is not None:
            self._close(phase)

    def finish(self, path: Path) -> CompilationRecord:
        """Returns the record, with its last stage. Raises INVALID_ARGUMENT if no program was found."""
        if not len(self.record.nodes):
            raise invalid_argument(
                f"{path}: holds no program; expected MLIR text, as --mlir-print-ir-after-all "
                "prints it"
            )
        if self.phase and self.phase not in {stage.name for stage in self.record.stages}:
            self._close(self.phase)
        return self.record

    # -- stages ------------------------------------------------------------------------------------

    def _enter_phase(self, program: Program, phase: str | None) -> None:
        main = phase or main_dialect(program)
        if main == self.phase:
            return
        known = {stage.name for stage in self.record.stages}
        if not self.phase:
            self.phase = main
        elif phase is not None:
            self.phase = phase
        elif main not in known and len(known) < MAX_STAGES:
            self._close(self.phase)
            self.phase = main

    def _close(self, name: str) -> None:
        self.record.stages.append(self._printed(name, self.current.whole(), with_values=True))

    def _printed(self, name: str, program: Program, with_values: bool = False) -> Stage:
        """Returns a program as a stage, with the places of its ops in its text."""
        stage = new_stage(name, "", program.serials)
        at, pieces, open_ops = 0, [], []
        spans = stage.op_spans
        for line in program.aliases:
            pieces.append(line)
            at += len(line) + 1
        for n, lines in enumerate(program.lines):
            while open_ops and program.depths[open_ops[-1]] >= program.depths[n]:
                open_ops.pop()
            indent = len(lines[0]) - len(lines[0].lstrip(" "))
            spans.add(at + indent, at + len(lines[0]), n)
            short = lines[0].find(_short(program.facts[n].name))
            stage.name_starts.values.append(at + max(short, indent))
            open_ops.append(n)
            for row, line in enumerate(lines):
                pieces.append(line)
                at += len(line) + 1
                stripped = line.lstrip(" ")
                if row and stripped and not stripped.startswith(("}", "^", "//")):
                    spans.ends[n] = at - 1
                elif stripped.startswith("}"):
                    depth = len(line) - len(stripped)
                    while len(open_ops) > 1 and _indent(program.lines[open_ops[-1]][0]) > depth:
                        open_ops.pop()
                    spans.ends[open_ops[-1]] = at - 1
        stage.text = "\n".join(pieces) + "\n"
        stage.complete = not self.shortened
        if with_values:
            self._add_values(stage, program)
        return stage

    def _add_values(self, stage: Stage, program: Program) -> None:
        """Adds where values stand, and their types as far as the text tells."""
        values = Values(program, sum(len(line) + 1 for line in program.aliases))
        for span in values.spans:
            stage.value_spans.add(*span)
        stage.value_types.values.extend(map(self.record.strings.number, values.types))

    # -- ops ---------------------------------------------------------------------------------------

    def _begin(self, program: Program, section: Section, name: str) -> None:
        """Takes a program that has none before it."""
        program.serials = [self._node(program, n) for n in range(len(program))]
        self.current.add(program)
        if section.after and section.name:
            failed = " failed" if section.failed else ""
            run = self.record.add_pass(f"{name}{failed}", self.phase)
            run.after = self._printed(name, program)

    def _follow(self, program: Program, section: Section, name: str, match: Match) -> None:
        old = match.program
        same = old.forms[match.begin : match.end] == program.forms
        changes = None if same else compare(old, match.begin, match.end, program)
        if changes is None:
            program.serials = old.serials[match.begin : match.end]
        else:
            program.serials = [NONE if kept == NONE else old.serials[kept] for kept in changes.kept]
        if not section.after and changes is None:
            return
        where = "" if match.is_whole or not match.symbol else f" @{match.symbol}"
        failed = " failed" if section.failed else ""
        run = self.record.add_pass(f"{name}{where}{failed}", self.phase)
        if changes is not None:
            self._rewrite(run, section, old, program, changes)
            run.after = self._printed(run.name, program)
        self.current.replace(match, program)

    def _rewrite(
        self, run: PassRun, section: Section, old: Program, new: Program, changes: Changes
    ) -> None:
        """Gives the ops that were made serials and parents, and the pass its rewrites."""
        patterns = self.record.patterns
        pattern = patterns.number(section.class_name or run.name, "", 0)
        for n, own in Origins(old, new, changes, self._invented).of_all():
            new.serials[n] = self._node(new, n, own, None if own else run.name)
        for gone, made in changes.groups:
            parents = [old.serials[n] for n in gone]
            run.rewrites.add(pattern, parents, [new.serials[n] for n in made])
        if changes.moved:
            moved = [new.serials[n] for n in changes.moved]
            run.rewrites.add(patterns.number("moved", "", 0), moved, moved)

    def _node(
        self,
        program: Program,
        n: int,
        parents: Iterable[int] = (),
        inventor: str | None = None,
    ) -> int:
        facts = program.facts[n]
        parents = list(parents)
        if inventor is not None or (parents and self._invented.issuperset(parents)):
            self._invented.add(len(self.record.nodes))
        symbol = facts.symbol or None if facts.symbol and program.end(n) > n + 1 else None
        return self.record.nodes.add(
            facts.name, parents, inventor, symbol=symbol, location=program.places[n]
        )


def main_dialect(program: Program) -> str:
    """Returns the dialect that a program is mostly made of, beside those that are used at many
    levels, and outside of executables, which are at a level of their own.
    """
    counts: Counter[str] = Counter()
    executable: int | None = None
    for facts, depth in zip(program.facts, program.depths, strict=True):
        if executable is not None and depth > executable:
            continue
        executable = depth if facts.name.endswith(".executable") else None
        if not facts.name.startswith("hal.tensor."):
            counts[facts.name.partition(".")[0]] += 1
    told = [name for name, _ in counts.most_common() if name not in COMMON_DIALECTS]
    return told[0] if told else next(iter(counts), "builtin")


def _short(name: str) -> str:
    return name.removeprefix("builtin.").removeprefix("func.") or name


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
