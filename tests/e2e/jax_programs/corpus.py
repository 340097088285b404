"""Runs the lowered programs and compares their results with JAX's:

    python tests/e2e/jax_programs/corpus.py --targets vmvx llvm-cpu --names sort_rows mlp

It prints a line for each text and target, `ok` or what went wrong. The exit code is 1 if any failed.
JAX is not needed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import ireelite

HERE = Path(__file__).parent

DEVICES = {"vmvx": "local-sync", "llvm-cpu": "local-sync", "vulkan-spirv": "webgpu"}
"""Target -> the device that runs it."""


@cache
def _inputs_module() -> Any:
    specification = spec_from_file_location("jax_program_inputs", HERE / "inputs.py")
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules[specification.name] = module  # dataclasses look for their module there
    specification.loader.exec_module(module)
    return module


@cache
def _results(version: str) -> dict[str, Any]:
    return dict(np.load(HERE / f"expected-{version}.npz"))


@dataclass(frozen=True)
class Case:
    """A program as one version of JAX lowers it."""

    name: str
    family: str
    version: str
    rtol: float
    draws: Sequence[Any]

    @property
    def path(self) -> Path:
        """The file of its StableHLO text."""
        return HERE / f"texts-{self.version}" / f"{self.name}.mlir"

    @property
    def inputs(self) -> list[np.ndarray[Any, Any]]:
        """What it is called with."""
        return _inputs_module().arrays(self.name, self.draws)

    @property
    def expected(self) -> list[np.ndarray[Any, Any]]:
        """What JAX returned. Floats that NumPy lacks are widened to f32."""
        results = _results(self.version)
        keys = [key for key in results if key.partition("/")[0] == self.name]
        return [results[f"{self.name}/{n}"] for n in range(len(keys))]

    def run(self, target: str) -> tuple[Any, ...]:
        """The results of ireelite for one target."""
        module = ireelite.load(
            ireelite.compile(self.path, targets=(target,)), device=DEVICES[target]
        )
        results = module["main"](*self.inputs)
        return results if isinstance(results, tuple) else (results,)

    def check(self, target: str) -> None:
        """Raises AssertionError for results that are not JAX's, StatusError for what fails."""
        actual, expected = self.run(target), self.expected
        assert len(actual) == len(expected), f"{len(actual)} results, not {len(expected)}"
        for n, (got, wanted) in enumerate(zip(actual, expected, strict=True)):
            assert np.shape(got) == wanted.shape, f"result {n}: {np.shape(got)}, not {wanted.shape}"
            got = np.asarray(got)
            if wanted.dtype.kind not in "fc":
                np.testing.assert_array_equal(got, wanted, f"result {n}")
                continue
            got = got.astype(wanted.dtype)
            sizes = np.abs(wanted[np.isfinite(wanted)])
            scale = max(1.0, float(sizes.max())) if sizes.size else 1.0
            np.testing.assert_allclose(
                got, wanted, self.rtol, self.rtol * scale, True, f"result {n}"
            )


def cases(versions: Sequence[str] = ()) -> Iterator[Case]:
    """Every text, or those of some versions of JAX."""
    manifest: dict[str, Any] = json.loads((HERE / "manifest.json").read_text())
    for name, row in manifest.items():
        for version in row["versions"]:
            if not versions or version in versions:
                yield Case(name, row["family"], version, row["rtol"], row["inputs"])


def outcome(case: Case, target: str, seconds: int) -> str:
    """`ok`, or one line that says what is wrong."""

    def stop(*_: Any) -> NoReturn:
        raise TimeoutError(f"longer than {seconds} s")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        case.check(target)
    except Exception as error:
        words = " ".join(str(error).split())
        return f"{type(error).__name__}: {words[:300]}"
    finally:
        signal.alarm(0)
    return "ok"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    flags = argparse.ArgumentParser()
    flags.add_argument("--targets", nargs="+", default=list(DEVICES), choices=list(DEVICES))
    flags.add_argument("--versions", nargs="+", default=[], help="versions of JAX")
    flags.add_argument("--names", nargs="+", default=[], help="programs or families")
    flags.add_argument("--seconds", type=int, default=60, help="time limit for one run")
    given = flags.parse_args(arguments)
    warnings.simplefilter("ignore", RuntimeWarning)
    failed = total = 0
    for case in cases(given.versions):
        if given.names and not {case.name, case.family} & set(given.names):
            continue
        for target in given.targets:
            start = time.monotonic()
            found = outcome(case, target, given.seconds)
            taken = time.monotonic() - start
            print(
                f"{case.version:<8}{case.name:<28}{target:<14}{taken:6.1f} s  {found}", flush=True
            )
            total, failed = total + 1, failed + (found != "ok")
    print(f"{total - failed} of {total} pass")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
