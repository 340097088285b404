"""The peers of the table of whole calls: XLA through JAX, and upstream IREE on both CPU devices.

Each compiles the same text, and is called with arrays of its own device or with NumPy arrays.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

Arrays = Sequence[np.ndarray]
JAX_VARIABLE = "IREELITE_BENCH_JAX"
"""An environment variable: a directory that has JAX, for a Python that has none itself."""
HOST_FLAGS = (
    "--iree-input-type=stablehlo",
    "--iree-hal-target-device=local",
    "--iree-hal-local-target-device-backends=llvm-cpu",
    "--iree-llvmcpu-target-cpu=host",
    "--iree-input-demote-f64-to-f32=false",
)


@dataclass(frozen=True)
class Subject:
    """A compiled program with its arguments, ready to be called in two ways."""

    on_device: Callable[[], Any]
    """A whole call with arrays of the subject's device; returns when the results are there."""
    from_numpy: Callable[[], Any]
    """The same from NumPy arrays to NumPy arrays."""
    results: Callable[[], list[np.ndarray]]
    """What a call returns."""


class PeerError(Exception):
    """A peer that is not there, or that can't take a program."""


@cache
def jax_module(directory: str | None) -> ModuleType:
    """JAX, imported from a directory if one is named. Raises PeerError where there is none."""
    if directory and directory not in sys.path:
        sys.path.append(directory)
    try:
        import jax
    except ImportError as error:
        raise PeerError(f"jax cannot be imported: {error}") from error
    jax.config.update("jax_platforms", "cpu")
    jax.config.update("jax_enable_x64", True)
    return jax


def xla_subject(text: str, arguments: Arrays, directory: str | None) -> Subject:
    """The program compiled by XLA for the CPU. Raises PeerError."""
    jax = jax_module(directory)
    from jax._src import xla_bridge  # type: ignore[import-not-found]
    from jax._src.interpreters import mlir  # type: ignore[import-not-found]
    from jax._src.lib import xla_client  # type: ignore[import-not-found]
    from jax._src.lib.mlir import ir  # type: ignore[import-not-found]

    backend = xla_bridge.get_backend("cpu")
    devices = tuple(backend.local_devices()[:1])
    try:
        with mlir.make_ir_context():
            parsed = ir.Module.parse(text)
            program = backend.compile_and_load(
                parsed, xla_client.DeviceList(devices), xla_client.CompileOptions()
            )
    except Exception as error:  # a compiler's own, of any type
        raise PeerError(first_line(str(error))) from error

    def put() -> list[Any]:
        return [jax.device_put(argument, devices[0]) for argument in arguments]

    resident = put()

    def call(values: Sequence[Any]) -> Any:
        results = program.execute(values)
        for result in results:
            result.block_until_ready()
        return results

    def from_numpy() -> list[np.ndarray]:
        return [np.asarray(result) for result in call(put())]

    def results() -> list[np.ndarray]:
        return [np.array(result) for result in call(resident)]

    return Subject(lambda: call(resident), from_numpy, results)


def iree_module(text: str, folder: Path, flags: Sequence[str]) -> Path:
    """The program compiled by upstream's compiler. Raises PeerError."""
    place = Path(tempfile.mkdtemp(dir=folder))  # runtimes map files that they have loaded
    source, module = place / "peer.mlir", place / "peer.vmfb"
    source.write_text(text)
    compiler = Path(sys.executable).parent / "iree-compile"
    command = [str(compiler), *flags, str(source), "-o", str(module)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise PeerError(first_line(run.stderr))
    return module


def iree_subject(
    module: Path, arguments: Arrays, device: str, runtime: ModuleType | None = None
) -> Subject:
    """A module in upstream's runtime, or in another of the same names. Raises PeerError."""
    try:
        config = iree_config(device) if runtime is None else runtime.Config(device)
        runtime = runtime or upstream_runtime()
        context = runtime.SystemContext(config=config)
        loaded = runtime.VmModule.mmap(config.vm_instance, str(module))
        context.add_vm_module(loaded)
        function = context.modules[loaded.name]["main"]
        resident = [runtime.asdevicearray(config.device, value) for value in arguments]
    except Exception as error:
        raise PeerError(first_line(str(error))) from error

    def from_numpy() -> list[np.ndarray]:
        return [result.to_host() for result in _as_list(function(*arguments))]

    def results() -> list[np.ndarray]:
        return [np.array(result.to_host()) for result in _as_list(function(*resident))]

    return Subject(lambda: function(*resident), from_numpy, results)


@cache
def upstream_runtime() -> Any:
    """Upstream's Python package, with as many workers as there are cores."""
    import iree.runtime

    iree.runtime.flags.parse_flags(f"--task_topology_group_count={os.cpu_count()}")
    return iree.runtime


@cache
def iree_config(device: str) -> Any:
    """Upstream's device, opened once."""
    return upstream_runtime().Config(device)


def our_subject(module: Any, arguments: Arrays) -> Subject:
    """A module of ours that is loaded, as a subject; it has no arrays but NumPy's."""

    def call() -> Any:
        return module.main(*arguments)

    return Subject(call, call, lambda: [np.array(result) for result in _as_list(call())])


def _as_list(results: Any) -> list[Any]:
    return list(results) if isinstance(results, (tuple, list)) else [results]


def first_line(text: str) -> str:
    """The first line of a text that speaks of an error, else its first."""
    lines = [line for line in text.splitlines() if "error" in line] or text.splitlines() or ["?"]
    return lines[0].strip()[:160]
