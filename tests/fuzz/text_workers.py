"""Processes that run cases, with limits of time and memory, and that may die of one."""

from __future__ import annotations

import base64
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any, Protocol

from fuzz_limits import limit_memory
from node_graphs import Nodes
from text_cases import Outcome, run_text
from text_corpus import Program, corpus
from text_mutations import Editor
from text_parts import Parts

MEMORY = 2 << 30
"""Bytes that a case may take."""

CASES_OF_A_WORKER = 2000
"""Cases after which a process is replaced by a fresh one."""

STARTING, WALL = 60, 100
"""Seconds that a process may take before its first case, and how many times a case's seconds may
pass on the clock: the machine may be busy with others.
"""

ASKED = 5
"""Seconds between two looks at the processor time of a process that has not answered."""


class Cases:
    """The cases of a seed: a number is a program and what is done with it."""

    memory = MEMORY

    def __init__(
        self,
        seed: int,
        folders: Sequence[Path],
        targets: Sequence[str],
        own: bool = True,
        parts: bool = False,
        only: str = "",
        nodes: bool = False,
    ):
        self.seed = seed
        self.targets = targets
        programs = corpus(list(folders), own)
        self.programs = [p for p in programs if not only or p.is_graph == (only == "graphs")]
        self.editor = Editor(self.programs)
        self.generator = Nodes(seed) if nodes else Parts(self.programs, seed) if parts else None

    def make(self, case: int) -> tuple[str, Program]:
        """The name of an edit, and the program after it."""
        if self.generator is not None:
            return self.generator.make(case)
        return self.editor.make(Random(f"{self.seed}/{case}"))

    def warm_up(self) -> None:
        """Loads what compilations need, before the limit of memory is set."""
        text = b"func.func @f(%x: tensor<3xf32>) -> tensor<3xf32> {\n  %0 = stablehlo.tanh %x : tensor<3xf32>\n  return %0 : tensor<3xf32>\n}\n"
        for target in self.targets:
            run_text(Program("warm", text), target, True, 60)
        self.make(0)

    def target(self, case: int) -> str:
        """What a case is compiled for."""
        return self.targets[case % len(self.targets)]

    def interpreted(self, case: int) -> bool:
        """Whether a case is interpreted, too."""
        return case // len(self.targets) % 3 == 0

    def run(self, case: int, program: Program, patience: float) -> Outcome:
        """What becomes of a program as that case."""
        return run_text(program, self.target(case), self.interpreted(case), patience)


class Served(Protocol):
    """Cases of any kind, as `serve` runs them."""

    memory: int
    """Bytes that cases may use."""

    def warm_up(self) -> None: ...

    def make(self, case: int) -> tuple[str, Program]: ...

    def run(self, case: int, program: Program, patience: float) -> Outcome: ...


def serve(cases: Served, patience: float) -> None:
    """Answers requests on standard input, one a line, until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a case prints is not an answer
    cases.warm_up()
    gc.collect()
    gc.freeze()  # what stays need not be looked through again and again
    limit_memory(_address_space() + cases.memory)
    for line in sys.stdin:
        request = json.loads(line)
        case = request["case"]
        edit, program = "", None
        if "data" in request:
            data = base64.b64decode(request["data"])
            program = Program(request["name"], data, request["is_graph"])
        else:
            edit, program = cases.make(case)
        outcome = cases.run(case, program, patience)
        answers.write(json.dumps({"edit": edit, **asdict(outcome)}) + "\n")
        answers.flush()


def _address_space() -> int:
    """Bytes that this process has mapped; 1 GiB where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 1 << 30


def processor_seconds(process: int) -> float:
    """Seconds of processor time that a process has taken; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Worker:
    """A process that answers requests. It is started when it is needed."""

    def __init__(self, flags: Sequence[str], patience: float):
        self.command = [sys.executable, *flags]
        self.patience = patience
        self.process: subprocess.Popen[bytes] | None = None
        self.errors: Any = None
        self.answered = 0

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request; that the process died or took too long is one, too."""
        if self.process is None or self.answered >= CASES_OF_A_WORKER:
            self.start()
        process = self.process
        assert process is not None and process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline() if self.awaits(process) else None
        except BrokenPipeError:
            line = b""
        self.answered += 1
        if line:
            return json.loads(line)
        return self.died("no answer" if line is None else "")

    def awaits(self, process: subprocess.Popen[bytes]) -> bool:
        """Waits for an answer, which is none of a process that takes three times the patience of
        the processor, or has been waited for too long.
        """
        assert process.stdout is not None
        allowed = self.patience + (STARTING if not self.answered else 0)
        start, end = processor_seconds(process.pid), time.monotonic() + WALL * allowed
        while time.monotonic() < end and processor_seconds(process.pid) - start < 3 * allowed:
            if select.select([process.stdout], [], [], ASKED)[0]:
                return True
        return False

    def died(self, why: str) -> dict[str, Any]:
        """The outcome of a case that ended the process, or that has to be ended."""
        code = self.stop()
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip().splitlines()
        if not why:
            name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            why = f"the process died: {name}: {said[0][:80] if said else ''}"
        outcome = Outcome("text", "", why, "\n".join(said[-20:]))
        return {"edit": "", **asdict(outcome)}

    def start(self) -> None:
        """Starts a fresh process."""
        self.stop()
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONFAULTHANDLER": "1"}
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=environment,
        )
        self.answered = 0

    def stop(self) -> int:
        """Ends the process; its exit code."""
        if (process := self.process) is None:
            return 0
        self.process = None
        assert process.stdin is not None and process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()
        return process.wait()
