"""Trials of untrusted shaders, which are compiled in a child process first.

The compilers that WebGPU uses, naga and the driver's own, crash the process on some invalid
shaders. Therefore a child process with its own adapter compiles each shader before this process
does, on a thread whose stack is smaller than those of this process; a shader that would crash this
process crashes the child. The child is spawned, since a process that has opened a device must not
be forked, and runs until this process ends or a shader crashes it.
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
"""Stack size of the thread that compiles trials, in bytes."""
MEMORY = 4 << 30
"""Address space that trials may use, in bytes, in addition to that of an opened device."""
TRIAL_TIMEOUT = 60.0
"""Longest time, in seconds, to open the device and compile one shader."""
MAX_PASSED = 4096
"""Number of accepted shaders that are remembered, so that their trials are not repeated."""
_PANIC = re.compile(r"panicked at \S*/([^/ ]+/src/.*?)(?: stack backtrace:| note: | thread |$)")
"""Matches location and message of a Rust panic: `naga-29.0.3/src/front/spv/mod.rs:1147:14: ...`."""
_CHILD = (
    "import sys; sys.path[:] = {path!r}; from ireelite.loaders.shader_trial import serve; serve()"
)


@light_dataclass(frozen=True)
class TriedPipeline:
    """An entry point of a shader, and the layout of the pipeline that is created from it."""

    entry_point: str
    sets: tuple[tuple[int, ...], ...]
    """Binding numbers of each descriptor set."""
    constant_bytes: int


class ShaderTrials:
    """The child process that compiles shaders for one adapter."""

    def __init__(self, adapter: int, features: Sequence[str]):
        self._start = {"adapter": adapter, "features": list(features)}
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self._passed: dict[str, None] = {}

    def check(self, words: bytes | memoryview, pipelines: Sequence[TriedPipeline]) -> None:
        """Compiles a shader and its pipelines in the child process.

        Raises INVALID_ARGUMENT if a compiler refuses the shader or crashes, with the compiler's
        message; DEADLINE_EXCEEDED if it takes too long; UNAVAILABLE if no child process can be
        started.
        """
        rows = [(p.entry_point, p.sets, p.constant_bytes) for p in pipelines]
        header = json.dumps({"bytes": len(words), "pipelines": rows}).encode()
        digest = hashlib.sha256(header + bytes(words)).hexdigest()
        if self._owner != os.getpid():
            # This process was forked: the lock and the child belong to its parent.
            self._owner, self._process, self._lock = os.getpid(), None, threading.Lock()
        with self._lock:
            if digest in self._passed:
                return
            answer = self._asked(header, words)
            if (refusal := answer.get("refusal")) is not None:
                raise StatusError(StatusCode(answer["code"]), refusal)
            while len(self._passed) >= MAX_PASSED:
                self._passed.pop(next(iter(self._passed)))
            self._passed[digest] = None

    def stop(self) -> None:
        """Ends the child process."""
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

        timer = threading.Timer(TRIAL_TIMEOUT, end)
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
                f"compiling the shader takes more than {TRIAL_TIMEOUT:g} seconds",
            )
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        raise invalid_argument(f"SPIR-V is not accepted: its compiler ends with {how}{said}")

    def _last_words(self) -> str:
        """Returns the error output of the child that ended, on one line: `: MESSAGE`, or an empty
        string.
        """
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
        with suppress(BrokenPipeError):  # the next write raises it again
            process.stdin.write(json.dumps(self._start).encode() + b"\n")
            process.stdin.flush()
        return process


_trials: dict[tuple[int, tuple[str, ...]], ShaderTrials] = {}


def trials_for(adapter: int, features: Sequence[str]) -> ShaderTrials:
    """Returns the process's trials for an adapter and the features of its devices."""
    key = adapter, tuple(features)
    return _trials.setdefault(key, ShaderTrials(adapter, features))


def serve() -> None:
    """Compiles the shaders that arrive on standard input, one after another, and writes the
    outcomes to standard output: the main function of the child.
    """
    threading.stack_size(STACK)
    thread = threading.Thread(target=_serve)
    thread.start()
    thread.join()
    # Threads of the driver would block an ordinary exit.
    os._exit(0)


def _serve() -> None:
    from ireelite.hal.drivers.webgpu_gpu import Gpu

    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keeps output of drivers apart from the answers
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
