"""Trials of shaders that are not trusted: they are compiled in a child process first.

The compilers below WebGPU, naga and the driver's own, end the process where they meet what they did
not expect. A child process that has an adapter of its own compiles each shader before this process
does, in a thread with less stack than threads here have; so what ends a process ends the child. The
child is spawned, as a process that has opened a device must not be forked, and serves until this
process ends or a shader ends it.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, Any

from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, invalid_argument

STACK = 4 << 20
"""Bytes of stack that a trial has."""
MEMORY = 4 << 30
"""Bytes of address space that trials may take, besides what an opened device takes."""
PATIENCE = 60.0
"""Seconds that opening the device and compiling one shader may take."""
MOST_PASSED = 4096
"""Shaders whose trial is not repeated."""
_PANIC = re.compile(r"panicked at \S*/([^/ ]+/src/.*?)(?: stack backtrace:| note: | thread |$)")
"""Where and why code in Rust ends the process: `naga-29.0.3/src/front/spv/mod.rs:1147:14: ...`."""
_CHILD = (
    "import sys; sys.path[:] = {path!r}; from ireelite.loaders.shader_trial import serve; serve()"
)


@light_dataclass(frozen=True)
class TriedPipeline:
    """An entry point of a shader as a pipeline is made of it."""

    entry_point: str
    sets: tuple[tuple[int, ...], ...]
    """Binding numbers of each descriptor set."""
    constant_bytes: int


class ShaderTrials:
    """The child process for one adapter."""

    def __init__(self, adapter: int, features: Sequence[str]):
        self._start = {"adapter": adapter, "features": list(features)}
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._passed: dict[str, None] = {}

    def check(self, words: bytes | memoryview, pipelines: Sequence[TriedPipeline]) -> None:
        """Compiles a shader and its pipelines in the child.

        Raises INVALID_ARGUMENT with what a compiler says, or says before it ends its process;
        DEADLINE_EXCEEDED if it takes too long; UNAVAILABLE if there is no child process.
        """
        rows = [(p.entry_point, p.sets, p.constant_bytes) for p in pipelines]
        header = json.dumps({"bytes": len(words), "pipelines": rows}).encode()
        digest = hashlib.sha256(header + bytes(words)).hexdigest()
        if self._owner != os.getpid():
            # The lock, and the child's answers, are those of the process that was forked.
            self._owner, self._process, self._lock = os.getpid(), None, threading.Lock()
        with self._lock:
            if digest in self._passed:
                return
            answer = self._asked(header, words)
            if (refusal := answer.get("refusal")) is not None:
                raise StatusError(StatusCode(answer["code"]), refusal)
            while len(self._passed) >= MOST_PASSED:
                self._passed.pop(next(iter(self._passed)))
            self._passed[digest] = None

    def stop(self) -> None:
        """Ends the child."""
        if (process := self._process) is None or self._owner != os.getpid():
            return
        self._process = None
        atexit.unregister(self.stop)
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, self._errors):
            if pipe is not None:
                pipe.close()

    def _asked(self, header: bytes, words: bytes | memoryview) -> dict[str, Any]:
        process = self._process or self._started()
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(PATIENCE, end)
        timer.daemon = True
        timer.start()
        try:
            process.stdin.write(header + b"\n" + bytes(words))
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            timer.cancel()
        if line:
            return json.loads(line)
        code = process.wait()
        said = self._last_words()
        self.stop()
        if late.is_set():
            raise StatusError(
                StatusCode.DEADLINE_EXCEEDED,
                f"compiling the shader takes more than {PATIENCE:g} seconds",
            )
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise invalid_argument(f"SPIR-V is not accepted: its compiler ends with {how}{said}")

    def _last_words(self) -> str:
        """What a process that ended wrote, on one line."""
        if (errors := self._errors) is None:
            return ""
        errors.seek(0)
        said = " ".join(errors.read().decode(errors="replace").split())
        panic = _PANIC.search(said)
        return f": {panic.group(1) if panic else said[:300]}" if said else ""

    def _started(self) -> subprocess.Popen[bytes]:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            process = self._process = subprocess.Popen(
                [sys.executable, "-c", _CHILD.format(path=sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
            )
        except OSError as error:
            raise StatusError(
                StatusCode.UNAVAILABLE,
                f"no child process for a shader that is not trusted: {error.strerror}; "
                "load the module with trusted=True if you know where it is from",
            ) from error
        atexit.register(self.stop)
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # what comes next meets it again
            process.stdin.write(json.dumps(self._start).encode() + b"\n")
            process.stdin.flush()
        return process


_trials: dict[tuple[int, tuple[str, ...]], ShaderTrials] = {}


def trials_for(adapter: int, features: Sequence[str]) -> ShaderTrials:
    """The trials of an adapter, whose devices have these features."""
    key = adapter, tuple(features)
    return _trials.setdefault(key, ShaderTrials(adapter, features))


def serve() -> None:
    """Answers trials on standard input, one after another: the child's main function."""
    threading.stack_size(STACK)
    thread = threading.Thread(target=_serve)
    thread.start()
    thread.join()
    # Threads of the driver would be in the way of an orderly end.
    os._exit(0)


def _serve() -> None:
    from ireelite.hal.drivers.webgpu_gpu import Gpu

    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a driver prints is no answer
    start = json.loads(requests.readline())
    gpu: Gpu | None = None
    while line := requests.readline():
        request = json.loads(line)
        words = requests.read(request["bytes"])
        answer: dict[str, Any] = {}
        try:
            if gpu is None:
                gpu = Gpu.open(start["adapter"], start["features"])
                _limit_memory()
            shader = gpu.create_shader(words)
            for entry_point, sets, constant_bytes in request["pipelines"]:
                gpu.create_pipeline(shader, entry_point, sets, constant_bytes)
        except StatusError as error:
            answer = {"code": int(error.code), "refusal": error.message}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _limit_memory() -> None:
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as sizes:
        taken = int(sizes.read().split()[0]) * resource.getpagesize()
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    wanted = taken + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (wanted if most < 0 else min(wanted, most), most))
