"""A worker process with a time limit: one that takes too long, or dies, is replaced."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")


class Worker:
    """Runs one job at a time in a process of its own."""

    def __init__(self, timeout: float):
        self.timeout = timeout
        """Seconds between two cases."""
        self.process: subprocess.Popen[bytes] | None = None
        self._output = b""
        """What was read behind the last whole line."""

    def start(self) -> subprocess.Popen[bytes]:
        """The process, which is started if there is none."""
        if self.process is None:
            environment = {
                **os.environ,
                "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp"),
            }
            self.process = subprocess.Popen(
                [sys.executable, str(WORKER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
            )
        return self.process

    def run(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """The cases of a job; the last one is a failure that names the reason if the time is up or
        the process dies, which the next job starts anew.
        """
        process = self._send(job)
        cases: list[dict[str, Any]] = []
        while True:
            line = self._read_line(process)
            if not line:
                reason = f"took more than {self.timeout:g} s"
                if line is not None:
                    reason = f"the process ended with {process.wait()}"
                self.close()
                behind = f"behind {cases[-1]['name']}" if cases else "?"
                return [*cases, {"name": behind, "status": "failed", "reason": reason, "checks": 0}]
            if not (case := json.loads(line)):
                return cases
            cases.append(case)

    def _send(self, job: dict[str, Any]) -> subprocess.Popen[bytes]:
        """Gives a job to the process, or to a new one if that has ended since its last job."""
        if self.process is not None and self.process.poll() is not None:
            self.close()
        process = self.start()
        assert process.stdin is not None
        process.stdin.write(f"{json.dumps(job)}\n".encode())
        process.stdin.flush()
        return process

    def _read_line(self, process: subprocess.Popen[bytes]) -> bytes | None:
        """The next line; nothing at the end of the output, and None if the time is up."""
        assert process.stdout is not None
        while b"\n" not in self._output:
            ready, _, _ = select.select([process.stdout], [], [], self.timeout)
            if not ready:
                return None
            if not (more := os.read(process.stdout.fileno(), 1 << 16)):
                return b""
            self._output += more
        line, self._output = self._output.split(b"\n", 1)
        return line

    def close(self) -> None:
        """Ends the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            self._output = b""
