"""A fuzzer of the module format and of the machine that runs it.

    python tests/fuzz/fuzz_modules.py --cases 200000 --seed 1
    python tests/fuzz/fuzz_modules.py --seed 1 --case 4711     one case again, with its traceback

Half of the cases are mutations of real modules, of bytes, FlatBuffer fields or instructions in turn;
the others come from a grammar. Each is decoded, verified, linked against stand-ins for its imports,
and all its exports are called in both engines under limits. A finding is any exception but
`StatusError`, engines that disagree, a verified module that is another after it was written and
read (which one of four is), a case that takes more than `--patience` seconds, or memory that grows.
Modules of findings are kept in `--keep`. The exit code is 1 if there are findings.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from fuzz_cases import Disagreement, run_module
from fuzz_corpus import corpus
from fuzz_coverage import VerifierCoverage
from fuzz_grammar import random_module
from fuzz_limits import TooLong, at_most, limit_memory
from fuzz_mutations import mutate_bytes, mutate_fields, mutate_module

from ireelite.bytecode import schema
from ireelite.bytecode.container import read_container
from ireelite.bytecode.decode import decode_module
from ireelite.bytecode.flatbuffer import read
from ireelite.bytecode.module_def import ModuleDef
from ireelite.status import StatusError

LEVELS = ("grammar", "bytes", "grammar", "fields", "grammar", "instructions")
"""How the cases are made, in turn."""
STAGES = ("container", "code", "verify", "link", "run")
"""Where a case ends: in the container or the FlatBuffer, in the code of functions, with the
verifier, at linking or in `__init`, or after its exports were called."""
ADDRESS_SPACE = 4 << 30
"""Bytes that the process may map: what asks for more is a finding, and no danger to the machine."""
GROWTH = 300 << 20
"""Bytes by which the process may have grown in the end."""


class Fuzzer:
    """Makes and runs cases."""

    def __init__(self, seed: int, files: list[bytes], patience: float):
        self.seed = seed
        self.files = files
        self.decoded = [decode_module(file) for file in files]
        self.patience = patience
        self.stages: Counter[tuple[str, str]] = Counter()
        """Cases by level and stage."""

    def make(self, case: int) -> tuple[str, bytes | ModuleDef]:
        """The level of a case, and its file or module."""
        random = Random(f"{self.seed}/{case}")
        level = LEVELS[case % len(LEVELS)]
        at = random.randrange(len(self.files))
        match level:
            case "bytes":
                return level, mutate_bytes(self.files[at], random.choice(self.files), random)
            case "fields":
                return level, mutate_fields(self.files[at], random)
            case "instructions":
                return level, mutate_module(self.decoded[at], random)
            case _:
                return level, random_module(random)

    def run(self, case: int) -> None:
        """Runs a case. Raises what makes it a finding."""
        with at_most(self.patience):
            level, made = self.make(case)
            self.stages[level, self._stage(made, case)] += 1

    def _stage(self, made: bytes | ModuleDef, case: int) -> str:
        if isinstance(made, ModuleDef):
            return run_module(made, case)
        try:
            read(schema.MODULE, read_container(made).flatbuffer, size_prefix=True)
        except StatusError:
            return "container"
        try:
            module = decode_module(made)
        except StatusError:
            return "code"
        return run_module(module, case)

    def summary(self) -> str:
        """A table of cases by level and stage."""
        lines = [f"{'ends in':<14}" + "".join(f"{stage:>11}" for stage in STAGES)]
        for level in dict.fromkeys(LEVELS):
            counts = [self.stages[level, stage] for stage in STAGES]
            lines.append(f"{level:<14}" + "".join(f"{count:>11}" for count in counts))
        mutants = Counter[str]()
        for (level, stage), count in self.stages.items():
            mutants[stage] += count if level != "grammar" else 0
        total = max(sum(mutants.values()), 1)
        past, ran = total - mutants["container"], mutants["run"]
        lines.append(f"mutants: {past / total:.1%} past the container, {ran / total:.1%} ran")
        return "\n".join(lines)


def main() -> int:
    """Runs the tool; the exit code."""
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    flags.add_argument("--cases", type=int, default=10_000, help="how many (10000)")
    flags.add_argument("--seed", type=int, default=0, help="which ones (0)")
    flags.add_argument("--case", type=int, help="run this case only")
    flags.add_argument("--patience", type=float, default=20.0, help="seconds a case may take (20)")
    flags.add_argument(
        "--keep",
        type=Path,
        default=Path("fuzz-findings"),
        help="where modules of findings are kept (fuzz-findings)",
    )
    flags.add_argument("--no-upstream", action="store_true", help="only modules of our own")
    options = flags.parse_args()
    limit_memory(ADDRESS_SPACE)
    fuzzer = Fuzzer(options.seed, corpus(not options.no_upstream), options.patience)
    if options.case is not None:
        fuzzer.run(options.case)
        print(fuzzer.summary())
        return 0

    start = shown = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    findings = 0
    with VerifierCoverage() as coverage:
        for case in range(options.cases):
            try:
                fuzzer.run(case)
            except (Exception, TooLong) as error:
                findings += 1
                _report(fuzzer, case, error, options.keep)
            if time.monotonic() - shown > 10:
                shown = time.monotonic()
                done = f"{case + 1} cases, {findings} findings, {shown - start:.0f} s"
                print(done, file=sys.stderr, flush=True)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    if grown > GROWTH:
        findings += 1
        print(f"memory grew by {grown >> 20} MiB")
    print(fuzzer.summary())
    print(coverage.summary())
    seconds = time.monotonic() - start
    print(
        f"{options.cases} cases in {seconds:.0f} s, seed {options.seed}, "
        f"{len(fuzzer.files)} modules in the corpus, {grown >> 20} MiB grown, {findings} findings"
    )
    return 1 if findings else 0


def _report(fuzzer: Fuzzer, case: int, error: BaseException, keep: Path) -> None:
    level, made = fuzzer.make(case)
    print(
        f"finding in case {case} of seed {fuzzer.seed} ({level}): {type(error).__name__}: {error}"
    )
    if not isinstance(error, Disagreement):
        print("".join(traceback.format_tb(error.__traceback__)[-3:]), flush=True)
    if isinstance(made, bytes):
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{fuzzer.seed}-{case}.vmfb").write_bytes(made)


if __name__ == "__main__":
    sys.exit(main())
