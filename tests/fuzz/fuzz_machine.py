"""Fuzzes what runs programs: devices, their code, and the tools.

    python tests/fuzz/fuzz_machine.py shaders --cases 50000 --seed 1
    python tests/fuzz/fuzz_machine.py shaders --seed 1 --case 4711      one case again

The kinds are `shaders` (mutated SPIR-V executables, loaded as untrusted), `programs` (modules with
mutated host code or a mutated executable, run as untrusted under limits), `hal` (calls of the `hal`
module in any order) and `tools` (each tool with a mutated file or mutated flags).

Each case runs in a child process, which may die. It must succeed or be refused with a `StatusError`.
A finding is any other end: the status INTERNAL, another exception, a process that dies, more than
`--patience` seconds or 24 GiB of address space. The first case of each kind of finding is saved in
`--keep`. The exit code is 1 if there are findings.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from machine_cases import KINDS, MachineCases
from text_workers import Worker, serve

REPORTED = 30.0
"""Seconds between lines of progress."""


def main() -> int:
    """Runs the tool; returns the exit code."""
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    flags.add_argument("kind", choices=sorted(KINDS), help="what is spoiled")
    flags.add_argument("--cases", type=int, default=1000, help="how many (1000)")
    flags.add_argument("--seed", type=int, default=0, help="which ones (0)")
    flags.add_argument("--case", type=int, help="run this case only, in this process")
    flags.add_argument("--seconds", type=float, default=0, help="stop after so long")
    flags.add_argument("--patience", type=float, default=20, help="seconds a case may take (20)")
    flags.add_argument("--keep", type=Path, default=Path("fuzz-findings"), help="a directory")
    flags.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = flags.parse_args()
    cases = MachineCases(options.seed, options.kind)
    if options.worker:
        serve(cases, options.patience)
        return 0
    if options.case is not None:
        edit, program = cases.make(options.case)
        outcome = cases.run(options.case, program, options.patience)
        print(f"{edit}: {outcome.signature or outcome.refusal or outcome.stage}\n{outcome.detail}")
        return 1 if outcome.signature else 0
    return run(cases, options)


def run(cases: MachineCases, options: argparse.Namespace) -> int:
    """Runs all cases in child processes; returns the exit code."""
    command = [str(Path(sys.argv[0]).resolve()), options.kind, "--worker"]
    command += [f"--seed={options.seed}", f"--patience={options.patience}"]
    worker = Worker(command, options.patience)
    ends: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    start = shown = time.monotonic()
    done = 0
    for case in range(options.cases):
        answer = worker.ask({"case": case})
        done += 1
        refused = " ".join(answer["refusal"].split()[:4])
        ends[f"{answer['edit']:<14}{'refused' if refused else answer['stage']}"] += 1
        if signature := answer["signature"]:
            kinds[signature] += 1
            if kinds[signature] == 1:
                keep(cases, case, options.keep)
                print(f"finding: {signature}\ncase {case} of seed {options.seed}, {answer['edit']}")
                print(answer["detail"], flush=True)
        now = time.monotonic()
        if now - shown > REPORTED:
            shown = now
            print(f"{done} cases, {sum(kinds.values())} findings", file=sys.stderr, flush=True)
        if options.seconds and now - start > options.seconds:
            break
    worker.stop()
    print("\n".join(f"{count:7} {end}" for end, count in sorted(ends.items())))
    print("\n".join(f"{count:7} {kind}" for kind, count in kinds.most_common()))
    seconds = time.monotonic() - start
    print(
        f"{done} cases of {options.kind} in {seconds:.0f} s, seed {options.seed}, "
        f"{sum(kinds.values())} findings of {len(kinds)} kinds"
    )
    return 1 if kinds else 0


def keep(cases: MachineCases, case: int, folder: Path) -> None:
    """Writes the bytes of a case to a file in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{cases.name}-{cases.seed}-{case}.bin").write_bytes(cases.make(case)[1].data)


if __name__ == "__main__":
    sys.exit(main())
