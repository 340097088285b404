"""Measures how upstream's dumps are read: how many ops are followed where their locations say they
come from, how many copied ops parse, and how long reading takes.

python tests/benchmarks/dumps_bench.py [--target vmvx] PROGRAM.mlir ...
python tests/benchmarks/dumps_bench.py --dumps FOLDER       (NAME.mlir and NAME.loc.mlir)

Upstream compiles each program twice, with and without debug information. The dump without locations
is read; each op is traced through first parents to an op of the first program, and judged by the
places that the other dump gives to the same op:

right   the places of that op, or at least half of them, are among the op's
wrong   they are others, or the op has the place of the function alone and is traced further
none    the op has a place in the program, and is traced to nothing

parse   of up to 60 ops of each stage that are copied, how many upstream's reader takes
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from workbench.dumps import read_dump
from workbench.dumps.ops import NONE, LineReader, Program
from workbench.dumps.reader import _Reader
from workbench.dumps.sections import Section, sections
from workbench.model.subtree import subtree

Places = frozenset[tuple[str, int, int]]
_FILE = re.compile(r'"([^"]*)":(\d+):(\d+)')
_ALIAS = re.compile(r"#(loc\d*) = loc\((.*)\)\s*$")
_USED = re.compile(r"#(loc\d*)")
CONTAINERS = ("module", "func", "executable", "variant", "executable.export", ".binary")
COPIED = 60


def dump(program: Path, target: str, file: Path, *flags: str) -> None:
    """Writes what upstream prints after each of its passes over a program."""
    command = ["iree-compile", str(program), "--iree-hal-target-device=local"]
    command += [f"--iree-hal-local-target-device-backends={target}", "-o", "/dev/null"]
    command += ["--mlir-print-ir-after-all", "--mlir-disable-threading", *flags]
    command += ["--mlir-elide-elementsattrs-if-larger=64"]
    with file.open("w") as output:
        subprocess.run(command, stderr=output, check=True)


def resolver(lines: list[str]) -> Callable[[str], Places]:
    """Returns a function that returns the places in a location, by the aliases among some lines."""
    aliases = {found[1]: found[2] for line in lines if (found := _ALIAS.match(line))}
    known: dict[str, Places] = {}

    def places(location: str) -> Places:
        if location not in known:
            known[location] = frozenset()
            own = {
                (f[1].rpartition("/")[2], int(f[2]), int(f[3])) for f in _FILE.finditer(location)
            }
            inner = (places(aliases[name]) for name in _USED.findall(location) if name in aliases)
            known[location] = frozenset(own.union(*inner))
        return known[location]

    return places


class _Located(LineReader):
    """Reads programs, and keeps the locations of the ops of the last one."""

    def read(self, lines: list[str]) -> Program:
        self.locations: list[str] = []
        return super().read(lines)

    def _place(self, location: str, aliases: dict[str, str]) -> tuple[str, int, int] | None:
        self.locations.append(location)
        return super()._place(location, aliases)


class Judge:
    """Follows a dump without locations, and judges each op by the dump with them."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self._reader, self._located = _Reader(""), _Located()
        self._places: dict[int, Places] = {}
        """For each op of the first program, its places."""
        self._containers: Places = frozenset()
        self._judged: set[tuple[int, Places]] = set()

    def take(self, plain: Section, located: Section) -> None:
        """Judges the ops of one program."""
        read, taken = self._reader.lines.read, []
        self._reader.lines.read = lambda lines: taken.append(read(lines)) or taken[-1]
        self._reader.take(plain)
        self._reader.lines.read = read
        program: Program = taken[0]
        assert len(self._located.read(located.lines)) == len(program), plain.name
        told = list(map(resolver(located.lines), self._located.locations))
        if not self._places:
            self._places = dict(zip(program.serials, told, strict=True))
            containers = zip(told, program.facts, strict=True)
            own = [t for t, facts in containers if facts.name.endswith(("module", "func"))]
            self._containers = frozenset().union(*own)
        known = frozenset().union(*self._places.values()) - self._containers
        for serial, places, facts in zip(program.serials, told, program.facts, strict=True):
            if serial != NONE and places and not facts.name.endswith(CONTAINERS):
                if (serial, places) not in self._judged:
                    self._judged.add((serial, places))
                    traced = self._places.get(self._root(serial), frozenset()) - self._containers
                    self.verdicts[_verdict(traced, places & known)] += 1

    def _root(self, serial: int) -> int:
        while parents := self._reader.record.nodes.parents(serial):
            serial = parents[0]
        return serial


def _verdict(traced: Places, told: Places) -> str:
    if traced == told:
        return "right"
    if told and not traced:
        return "none"
    return "right" if told and 2 * len(traced & told) >= len(traced) else "wrong"


def parsed(file: Path, scratch: Path) -> tuple[int, int]:
    """Returns how many copied ops upstream's reader takes, and how many it was given."""
    record = read_dump(file)
    texts = [
        subtree(record, stage, n)
        for stage in record.stages
        for n in range(0, len(stage.nodes), max(len(stage.nodes) // COPIED, 1))
    ]
    copies = scratch / "copies.mlir"
    copies.write_text("// -----\n".join(texts))
    command = ["iree-opt", "--split-input-file", str(copies), "-o", "/dev/null"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    failed = {found[1] for found in re.finditer(r"split at \S+?:(\d+) offset .*error:", said)}
    return len(texts) - len(failed), len(texts)


def main() -> int:
    assert __doc__ is not None
    flags = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    flags.add_argument("programs", nargs="*", type=Path)
    flags.add_argument("--target", default="vmvx")
    flags.add_argument("--dumps", type=Path, help="a folder with dumps that are there already")
    options = flags.parse_args()
    print(
        f"{'program':16} {'ops':>6} {'right':>6} {'wrong':>6} {'none':>5} {'parse':>6} {'MB':>6} {'s':>6}"
    )
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for program in options.programs:
            dump(program, options.target, scratch / f"{program.stem}.mlir")
            located = scratch / f"{program.stem}.loc.mlir"
            dump(program, options.target, located, "--mlir-print-debuginfo")
        folder = options.dumps or scratch
        for located in sorted(folder.glob("*.loc.mlir")):
            plain = folder / located.name.replace(".loc.", ".")
            judge = Judge()
            with plain.open() as one, located.open() as other:
                for pair in zip(sections(one), sections(other), strict=True):
                    judge.take(*pair)
            began = time.process_time()
            read_dump(plain)
            spent, total = time.process_time() - began, judge.verdicts.total()
            right, wrong, none = (
                judge.verdicts[word] / total for word in ("right", "wrong", "none")
            )
            took, given = parsed(plain, scratch)
            print(
                f"{plain.stem:16} {total:6} {right:6.1%} {wrong:6.1%} {none:5.1%} {took / given:6.1%} "
                f"{plain.stat().st_size / 1e6:6.1f} {spent:6.2f}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
