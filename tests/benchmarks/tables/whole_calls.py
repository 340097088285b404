"""The table of whole calls: ours from NumPy arrays to NumPy arrays, the peers with arrays of their
own devices, and once more from NumPy to NumPy. The fastest peer is 1.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from further_programs import FURTHER, GOAL_OF_FURTHER
from machine_rates import MachineRates
from measure import call_seconds, columns, readable
from peers import (
    HOST_FLAGS,
    PeerError,
    Subject,
    first_line,
    iree_module,
    iree_subject,
    our_subject,
    xla_subject,
)
from programs import GOAL_OF_NAMED, NAMED, BenchmarkProgram

import ireelite
from ireelite.hal import host_pool
from tables.effort import Effort

THREADS = 2
PEERS = ("XLA", "IREE local-task", "IREE local-sync")
PROGRAMS = {program.name: program for program in (*NAMED, *FURTHER)}


@dataclass
class WholeCalls:
    """The seconds of a program's calls by each subject, and which peers do not take it."""

    program: BenchmarkProgram
    moved: int
    """Bytes of the arguments and the results."""
    ours: list[float] = field(default_factory=list)
    on_device: dict[str, list[float]] = field(default_factory=dict)
    from_numpy: dict[str, list[float]] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Ours, in seconds."""
        return statistics.median(self.ours)

    def ratio(self, peers: dict[str, list[float]]) -> float | None:
        """Our median over the fastest peer's; None without peers."""
        return self.median / min(map(statistics.median, peers.values())) if peers else None

    def share(self, rates: MachineRates) -> tuple[float, str]:
        """Of the machine's rate that bounds the program, and its name."""
        if self.program.multiplications:
            done = self.program.multiplications / self.median
            return done / rates.multiplications, "multiply"
        return self.moved / self.median / rates.copied_bytes, "copy"

    def record(self, rates: MachineRates) -> dict[str, Any]:
        """As JSON has it: seconds, ratios, and the share."""
        share, of = self.share(rates)
        return {
            "program": self.program.name,
            "goal": self.program.goal,
            "ratio": self.ratio(self.on_device),
            "ratio_from_numpy": self.ratio(self.from_numpy),
            "share": share,
            "share_of": of,
            "ours": self.ours,
            "on_device": self.on_device,
            "from_numpy": self.from_numpy,
            "refusals": self.refusals,
        }


def whole_calls(
    programs: Sequence[BenchmarkProgram], effort: Effort, folder: Path, jax: str | None
) -> Iterator[WholeCalls]:
    """Compiles each program with every subject, compares their results, and times them in turn.

    Raises AssertionError if a subject returns something else than ours. Progress is on stderr.
    """
    host_pool.set_threads(THREADS)
    for position, program in enumerate(programs, 1):
        print(f"[{position}/{len(programs)}] {program.name}", end="", file=sys.stderr, flush=True)
        measured = _measured(program, effort, folder, jax)
        ratio = measured.ratio(measured.on_device)
        print("" if ratio is None else f": {ratio:.2f}", file=sys.stderr, flush=True)
        yield measured


def _measured(
    program: BenchmarkProgram, effort: Effort, folder: Path, jax: str | None
) -> WholeCalls:
    text, arguments = program.text(), program.inputs()
    compiled = ireelite.compile(text, targets=["llvm-cpu"], progress=False)
    with ireelite.load(compiled, device="local-task") as module:
        ours = our_subject(module, arguments)
        expected = ours.results()
        measured = WholeCalls(program, sum(array.nbytes for array in (*arguments, *expected)))
        subjects = dict(_peers(program, text, arguments, folder, jax, measured.refusals))
        for name, subject in list(subjects.items()):
            try:
                results = subject.results()
            except Exception as error:  # a runtime's own, of any type
                measured.refusals[name] = first_line(str(error))
                del subjects[name]
            else:
                _require_equal(program, name, results, expected)
        _time(measured, ours, subjects, effort)
    return measured


def _peers(
    program: BenchmarkProgram,
    text: str,
    arguments: Sequence[np.ndarray],
    folder: Path,
    jax: str | None,
    refusals: dict[str, str],
) -> Iterator[tuple[str, Subject]]:
    try:
        yield PEERS[0], xla_subject(text, arguments, jax)
    except PeerError as error:
        refusals[PEERS[0]] = str(error)
    try:
        if program.not_for_iree:
            raise PeerError(program.not_for_iree)
        module = iree_module(text, folder, HOST_FLAGS)
        for name in PEERS[1:]:
            yield name, iree_subject(module, arguments, name.split()[1])
    except PeerError as error:
        refusals |= {name: str(error) for name in PEERS[1:]}


def _require_equal(
    program: BenchmarkProgram,
    name: str,
    results: Sequence[np.ndarray],
    expected: Sequence[np.ndarray],
) -> None:
    for result, wanted in zip(results, expected, strict=True):
        wide = np.complex128 if wanted.dtype.kind == "c" else np.float64
        largest = float(np.max(np.abs(wanted.astype(wide)), initial=0.0))
        np.testing.assert_allclose(
            result.astype(wide),
            wanted.astype(wide),
            rtol=0,
            atol=program.tolerance * largest,
            err_msg=f"{program.name}: the results of {name} are not ours",
        )


def _time(
    measured: WholeCalls, ours: Subject, subjects: dict[str, Subject], effort: Effort
) -> None:
    series = [(ours.from_numpy, measured.ours)]
    for name, subject in subjects.items():
        series.append((subject.on_device, measured.on_device.setdefault(name, [])))
        series.append((subject.from_numpy, measured.from_numpy.setdefault(name, [])))
    for _ in range(2):  # host code becomes a plan in a later call than the first
        ours.from_numpy()
    once = [call_seconds(call, 1) for call, _ in series]
    bursts = [max(1, min(200, int(effort.burst_seconds / seconds))) for seconds in once]
    begin = time.perf_counter()
    for turn in range(effort.turns):
        if turn >= 3 and time.perf_counter() - begin > effort.program_seconds:
            break
        for (call, seconds), burst in zip(series, bursts, strict=True):
            call()  # the caches are another subject's
            seconds.append(call_seconds(call, burst))


def geometric_mean(values: Iterable[float | None]) -> float | None:
    """Returns the geometric mean of the values that are not None; None if all are."""
    known = [value for value in values if value is not None]
    return math.exp(statistics.fmean(map(math.log, known))) if known else None


def whole_call_table(rows: Sequence[WholeCalls], rates: MachineRates) -> str:
    """The table, its geometric means, and what peers refused."""
    head = ("program", "ours", "ratio", "goal", "met", *PEERS, "NumPy", "share of machine")
    lines = [columns([head, *(_cells(row, rates) for row in rows)], {0})]
    for name, programs, goal in (
        ("named", NAMED, GOAL_OF_NAMED),
        ("further", FURTHER, GOAL_OF_FURTHER),
    ):
        chosen = [row for row in rows if row.program in programs]
        mean = geometric_mean(row.ratio(row.on_device) for row in chosen)
        numpy_mean = geometric_mean(row.ratio(row.from_numpy) for row in chosen)
        if mean is not None and numpy_mean is not None:
            lines.append(
                f"geometric mean of {len(chosen)} of the {len(programs)} {name} programs: "
                f"{mean:.2f} (goal {goal}); with the peers from NumPy to NumPy {numpy_mean:.2f}"
            )
    refused = {(peer, why) for row in rows for peer, why in row.refusals.items()}
    for peer, why in sorted(refused):
        names = [row.program.name for row in rows if row.refusals.get(peer) == why]
        where = "every program" if len(names) == len(rows) else ", ".join(names)
        lines.append(f"not measured: {peer}, {where}: {why}")
    return "\n".join(lines)


def _cells(row: WholeCalls, rates: MachineRates) -> tuple[str, ...]:
    ratio, numpy_ratio = row.ratio(row.on_device), row.ratio(row.from_numpy)
    share, of = row.share(rates)
    peers = (
        readable(statistics.median(row.on_device[name])) if name in row.on_device else "-"
        for name in PEERS
    )
    return (
        row.program.name,
        readable(row.median),
        "-" if ratio is None else f"{ratio:.2f}",
        f"{row.program.goal:.2f}",
        "-" if ratio is None else "yes" if ratio <= row.program.goal else "NO",
        *peers,
        "-" if numpy_ratio is None else f"{numpy_ratio:.2f}",
        f"{share:.0%} {of}",
    )
