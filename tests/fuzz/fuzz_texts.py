"""A fuzzer of the compiler: programs with a few tokens, lines or bytes changed.

    python tests/fuzz/fuzz_texts.py --cases 50000 --seed 1 --results texts.jsonl
    python tests/fuzz/fuzz_texts.py --seed 1 --case 4711     one case again, with its text and its end
    python tests/fuzz/fuzz_texts.py --parts --cases 50000    parts of ops removed or of another kind
    python tests/fuzz/fuzz_texts.py --nodes --cases 5000     graphs of one TensorFlow node at random

The programs are those of this project's tests, and those in directories that `--corpus` names. Each
text is read, verified, printed and read again, compiled for one of the targets in turn, and one of
three is run by the reference interpreter. It must succeed, or be refused by one line with a place.
A finding is any other end: another exception, a process that dies, more than `--patience` seconds
or 2 GiB, a fault of a pass. The first finding of a kind is printed with its text, reduced to the
lines that it needs. With `--results`, a run that was stopped goes on where it was. The exit code is
1 if there are findings.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from text_cases import STAGES
from text_corpus import Program
from text_workers import Cases, Worker, serve

REPORTED = 60.0
"""Seconds between lines of progress."""


class Run:
    """The cases that have been run, and what was found."""

    def __init__(self, cases: Cases, flags: argparse.Namespace):
        self.cases = cases
        self.flags = flags
        self.stages: Counter[tuple[str, str]] = Counter()
        """Cases by edit and stage."""
        self.kinds: Counter[str] = Counter()
        """Findings by what tells one kind from another."""
        self.done = 0
        self.seconds = 0.0
        self.lock = Lock()
        self.start = self.shown = time.monotonic()
        self.resume()
        self.before = self.seconds
        self.next = iter(range(self.done, flags.cases))

    def resume(self) -> None:
        """Takes up a run that was stopped, from the last line of its file."""
        path = self.flags.results
        if path is None or not path.exists():
            return
        state = json.loads(path.read_text())
        mine = tuple(state[name] for name in ("seed", "targets", "corpus", "parts", "nodes"))
        if mine != (
            *(self.flags.seed, self.flags.targets, len(self.cases.programs), self.flags.parts),
            self.flags.nodes,
        ):
            sys.exit(f"{path} has other cases, other targets or another corpus: remove it")
        self.done, self.seconds = state["done"], state["seconds"]
        self.kinds = Counter(state["kinds"])
        self.stages = Counter({tuple(key.split("|")): n for key, n in state["stages"].items()})  # pyright: ignore

    def keep(self) -> None:
        """Writes what has been done to the file of results."""
        if (path := self.flags.results) is None:
            return
        state = {
            "seed": self.flags.seed,
            "targets": self.flags.targets,
            "corpus": len(self.cases.programs),
            "parts": self.flags.parts,
            "nodes": self.flags.nodes,
            "done": self.done,
            "seconds": self.seconds,
            "kinds": self.kinds,
            "stages": {"|".join(key): count for key, count in self.stages.items()},
        }
        path.write_text(json.dumps(state))

    def work(self) -> None:
        """Runs cases in one process until none is left or the time is over."""
        worker = Worker(_worker_flags(self.flags), self.flags.patience)
        while (case := self.take()) is not None:
            answer = worker.ask({"case": case})
            with self.lock:
                self.count(answer)
                known = not answer["signature"] or self.kinds[answer["signature"]] > 1
            if not known:
                report = describe(self.cases, case, answer, worker, self.flags.reduction)
                with self.lock:
                    print(report, flush=True)
        worker.stop()

    def take(self) -> int | None:
        """The next case; None if there is none, or no time for it."""
        with self.lock:
            if self.flags.seconds and time.monotonic() - self.start > self.flags.seconds:
                return None
            return next(self.next, None)

    def count(self, answer: dict[str, Any]) -> None:
        """Counts an outcome, and shows now and then how far the run is."""
        self.done += 1
        self.stages[answer["edit"] or "ended", answer["stage"]] += 1
        if answer["signature"]:
            self.kinds[answer["signature"]] += 1
        now = time.monotonic()
        self.seconds = self.before + now - self.start
        if now - self.shown > REPORTED:
            self.shown = now
            print(self.line(), file=sys.stderr, flush=True)
            self.keep()

    def line(self) -> str:
        """How far the run is."""
        found = f"{sum(self.kinds.values())} findings of {len(self.kinds)} kinds"
        programs = len(self.cases.programs)
        return f"{self.done} cases of {programs} programs, {found}, {self.seconds:.0f} s"

    def summary(self) -> str:
        """A table of cases by edit and stage, and the kinds of findings."""
        lines = [f"{'ends in':<14}" + "".join(f"{stage:>10}" for stage in STAGES)]
        for edit in sorted({edit for edit, _ in self.stages}):
            counts = [self.stages[edit, stage] for stage in STAGES]
            lines.append(f"{edit:<14}" + "".join(f"{count:>10}" for count in counts))
        lines += [f"{count:6} {kind}" for kind, count in self.kinds.most_common()]
        return "\n".join(lines)


SLOW = ("TooLong", "no answer")
"""How the findings begin whose texts are not reduced: each try takes the whole patience."""


def describe(
    cases: Cases, case: int, answer: dict[str, Any], worker: Worker, seconds: float
) -> str:
    """A finding with its text, reduced to what it needs as far as that is found in time."""
    edit, program = cases.make(case)

    def still(data: bytes) -> bool:
        again = worker.ask(_request(case, Program(program.name, data, program.is_graph)))
        return again["signature"] == answer["signature"]

    data, seconds = program.data, 0 if answer["signature"].startswith(SLOW) else seconds
    if seconds and still(data):
        data = reduced(data, still, seconds)
    shown = data.decode(errors="replace")
    if len(shown) > 3000:
        shown = f"{shown[:2000]}\n... {len(shown)} characters ...\n{shown[-500:]}"
    where = f"case {case} of seed {cases.seed}, {edit} of {program.name}, {cases.target(case)}"
    return f"finding: {answer['signature']}\n{where}\n{answer['detail']}\n{shown}\n{'-' * 80}"


def reduced(data: bytes, still: Callable[[bytes], bool], seconds: float) -> bytes:
    """The data without the lines that a finding does not need, by Zeller's delta debugging; what is
    left when the time is over.
    """
    lines, end = data.splitlines(keepends=True), time.monotonic() + seconds
    size = max(len(lines) // 2, 1)
    while time.monotonic() < end:
        at, shorter = 0, False
        while at < len(lines) and time.monotonic() < end:
            candidate = lines[:at] + lines[at + size :]
            if candidate and still(b"".join(candidate)):
                lines, shorter = candidate, True
            else:
                at += size
        if size == 1 and not shorter:
            break
        size = max(size // 2, 1)
    return b"".join(lines)


def _request(case: int, program: Program) -> dict[str, Any]:
    data = base64.b64encode(program.data).decode()
    return {"case": case, "data": data, "name": program.name, "is_graph": program.is_graph}


def _worker_flags(flags: argparse.Namespace) -> Iterator[str]:
    yield from (str(Path(sys.argv[0]).resolve()), "--worker", f"--seed={flags.seed}")
    yield from (f"--patience={flags.patience}", f"--targets={','.join(flags.targets)}")
    yield from (f"--corpus={folder}" for folder in flags.corpus)
    yield from ("--no-tests",) if flags.no_tests else ()
    yield from ("--parts",) if flags.parts else ()
    yield from ("--nodes",) if flags.nodes else ()
    yield f"--only={flags.only}"


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The flags."""
    flags = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    flags.add_argument("--cases", type=int, default=2000, help="how many (2000)")
    flags.add_argument("--seed", type=int, default=0, help="which ones (0)")
    flags.add_argument("--case", type=int, help="run this case only, and print its text")
    flags.add_argument("--seconds", type=float, default=0, help="stop after so long")
    flags.add_argument("--jobs", type=int, default=1, help="processes at a time (1)")
    flags.add_argument("--patience", type=float, default=20, help="seconds a case may take (20)")
    flags.add_argument(
        "--targets",
        type=lambda text: text.split(","),
        default=["vmvx", "llvm-cpu", "vulkan-spirv"],
        help="what is compiled for, in turn (vmvx,llvm-cpu,vulkan-spirv)",
    )
    flags.add_argument(
        "--corpus",
        type=Path,
        action="append",
        default=[],
        help="a directory of programs to edit, too",
    )
    flags.add_argument(
        "--no-tests", action="store_true", help="edit only the programs that --corpus names"
    )
    flags.add_argument(
        "--only", choices=["", "texts", "graphs"], default="", help="edit programs of one kind"
    )
    flags.add_argument(
        "--parts",
        action="store_true",
        help="edit each part of each op in turn, in an order that the seed decides",
    )
    flags.add_argument(
        "--nodes",
        action="store_true",
        help="run graphs of one TensorFlow node in place of edited programs",
    )
    flags.add_argument(
        "--reduction", type=float, default=60, help="seconds for reducing a finding's text (60)"
    )
    flags.add_argument("--results", type=Path, help="a file that keeps how far the run is")
    flags.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return flags.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the tool; the exit code."""
    flags = parsed(arguments)
    cases = Cases(
        *(flags.seed, flags.corpus, flags.targets, not flags.no_tests, flags.parts),
        *(flags.only, flags.nodes),
    )
    if flags.worker:
        serve(cases, flags.patience)
        return 0
    if flags.case is not None:
        edit, program = cases.make(flags.case)
        outcome = cases.run(flags.case, program, flags.patience)
        print(program.text)
        print(f"{edit} of {program.name}, {cases.target(flags.case)}: {outcome.stage}")
        print(outcome.refusal or outcome.detail)
        return 1 if outcome.signature else 0
    run = Run(cases, flags)
    with ThreadPoolExecutor(flags.jobs) as pool:
        for ended in [pool.submit(run.work) for _ in range(flags.jobs)]:
            ended.result()
    run.keep()
    print(run.summary())
    print(f"{run.line()}, seed {flags.seed}")
    return 1 if run.kinds else 0


if __name__ == "__main__":
    sys.exit(main())
