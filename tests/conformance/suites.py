"""The suites of the conformance table: which files they are, and how each is compiled and run.

Upstream's suites are read from a checkout of IREE with the flags that its `CMakeLists.txt` files
give them; StableHLO's from a checkout of StableHLO. Programs of this project are always there.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

TARGETS: Mapping[str, tuple[str, str]] = {
    "vmvx": ("vmvx", "local-sync"),
    "llvm-cpu": ("llvm-cpu", "local-task"),
    "webgpu": ("vulkan-spirv", "webgpu"),
}
"""Column of the table -> (target of the compiler, device)."""

REFERENCE = "reference"
"""The column of the NumPy interpreter."""

UPSTREAM_RUNTIME: Mapping[str, tuple[str, str]] = {
    "vmvx@upstream": ("vmvx", "local-sync"),
    "vulkan@upstream": ("vulkan-spirv", "vulkan"),
}
"""Column -> (target of our compiler, driver of upstream's runtime)."""

COLUMNS = (REFERENCE, *TARGETS, *UPSTREAM_RUNTIME)

SUITE_CALL = re.compile(
    r"^iree_check_single_backend_test_suite\((.*?)^\)", re.DOTALL | re.MULTILINE
)
RUN_LINE = re.compile(r"^// RUN:(.*)$", re.MULTILINE)
SECTION = re.compile(r"^// -----.*$", re.MULTILINE)
DISTRIBUTED = re.compile(r"interpreter\.run_parallel|stablehlo\.(?:infeed|outfeed|send|recv)\b")


@dataclass(frozen=True)
class Command:
    """One way to run a file: by a tool whose output is checked by `filecheck`."""

    function: str
    inputs: tuple[str, ...]
    prefix: str


@dataclass(frozen=True)
class ProgramFile:
    """A file of a suite."""

    suite: str
    path: Path
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> flags of the compiler."""
    commands: tuple[Command, ...] = ()
    """How to run it, if it does not test itself."""
    left_out: str = ""
    """Why it is not run."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.suite}/{self.path.stem}"


# -- this project's ------------------------------------------------------------------------------------


def own_files() -> Iterator[ProgramFile]:
    """Programs of this project that test themselves."""
    for path in sorted((HERE / "programs").glob("*.mlir")):
        yield ProgramFile("own", path)
    for path in sorted((ROOT / "tests/interop/programs").glob("*.mlir")):
        yield ProgramFile("own", path)


# -- StableHLO's ---------------------------------------------------------------------------------------


def stablehlo_files(checkout: Path) -> Iterator[ProgramFile]:
    """The tests of StableHLO's interpreter."""
    folder = checkout / "stablehlo/tests/interpret"
    for path in sorted([*folder.glob("*.mlir"), *folder.glob("chlo/*.mlir")]):
        text = path.read_text()
        why = ""
        if all(map(DISTRIBUTED.search, sections(text))):
            why = "distributed"
        elif "--args=" in text:
            why = "tests a flag of stablehlo-translate"
        yield ProgramFile("stablehlo-interpret", path, left_out=why)


def sections(text: str) -> list[str]:
    """The parts of a file between `// -----`, each of which is a program; at least one."""
    parts = [part for part in SECTION.split(text) if "func.func" in part]
    return parts or [text]


# -- upstream's ----------------------------------------------------------------------------------------

UPSTREAM_FOLDERS: Mapping[str, str] = {
    "stablehlo_ops": "tests/e2e/stablehlo_ops",
    "stablehlo_models": "tests/e2e/stablehlo_models",
    "linalg": "tests/e2e/linalg",
    "tensor_ops": "tests/e2e/tensor_ops",
    "math": "tests/e2e/math",
    "regression": "tests/e2e/regression",
    "regression-stablehlo": "tests/e2e/regression/stablehlo",
    "samples-models": "samples/models",
}
"""Suite -> its folder in a checkout of IREE."""


def upstream_files(checkout: Path, generated: Path) -> Iterator[ProgramFile]:
    """Upstream's end-to-end tests. Those that its build generates are written to a folder."""
    for suite, folder in UPSTREAM_FOLDERS.items():
        lists = checkout / folder / "CMakeLists.txt"
        flags = suite_flags(lists.read_text()) if lists.is_file() else {}
        files = sorted((checkout / folder).glob("*.mlir"))
        if suite == "math":
            files = generate_math(checkout / folder, generated)
        for path in files:
            yield upstream_file(suite, path, flags)


def upstream_file(
    suite: str, path: Path, flags: Mapping[str, Mapping[str, list[str]]]
) -> ProgramFile:
    """A file with the flags that upstream's build gives it, for columns it has none for those of
    another column.
    """
    text = path.read_text()
    given = flags.get(path.name, {})
    others = next(iter(given.values()), [])
    others = [flag for flag in others if "llvmcpu" not in flag]
    by_column = {
        column: tuple(given.get(target, others))
        for column, (target, _) in {**TARGETS, **UPSTREAM_RUNTIME}.items()
    }
    by_column[REFERENCE] = tuple(others)
    commands = tuple(run_commands(text))
    why = ""
    if not commands and "RUN:" in text:
        why = "tests the text of upstream's passes"
    if "flow-trace-dispatch-tensors" in text:
        why = "tests a listing of upstream's"
    if re.search(r"gfx\d|amdgpu|rocm", path.stem):
        why = "tests AMD's GPUs"
    return ProgramFile(suite, path, by_column, commands, why)


def suite_flags(text: str) -> dict[str, dict[str, list[str]]]:
    """File -> {target: compiler flags}, of the first suite of a `CMakeLists.txt` that lists both."""
    found: dict[str, dict[str, list[str]]] = {}
    for call in SUITE_CALL.finditer(text):
        groups: dict[str, list[str]] = {}
        current: list[str] = []
        for word in call[1].split():
            if word.isupper() and not word.startswith('"'):
                current = groups.setdefault(word, [])
            else:
                current.append(word.strip('"').replace("\\", ""))
        target = groups.get("TARGET_BACKEND", [""])[0]
        for source in groups.get("SRCS", []):
            found.setdefault(Path(source).name, {}).setdefault(
                target, groups.get("COMPILER_FLAGS", [])
            )
    return found


def generate_math(folder: Path, generated: Path) -> list[Path]:
    """Runs upstream's generator of tests of math functions."""
    generated.mkdir(parents=True, exist_ok=True)
    path = generated / "math_ops_llvm-cpu.mlir"
    command = [
        sys.executable,
        folder / "generate.py",
        f"--testcases={folder}/math_ops_llvm-cpu.json",
    ]
    path.write_text(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [path]


def run_commands(text: str) -> Iterator[Command]:
    """The `iree-run-mlir` lines of a file, each once."""
    seen: set[Command] = set()
    for line in RUN_LINE.findall(re.sub(r"\\\n// RUN:", " ", text)):
        words = shlex.split(line.split("|")[0])
        if not words or words[0] != "iree-run-mlir":
            continue
        values: dict[str, list[str]] = {}
        for word in words:
            name, _, value = word.partition("=")
            values.setdefault(name, []).append(value)
        prefix = re.search(r"--check-prefix=(\S+)", line)
        command = Command(
            values.get("--function", [""])[0],
            tuple(values.get("--input", [])),
            prefix[1] if prefix else "CHECK",
        )
        if command not in seen:
            seen.add(command)
            yield command


GENERATED = ("jax", "single-ops", "random")
"""Suites that are written when they are wanted. JAX's have its version behind the name."""


def may_match(suite: str, filter: str) -> bool:
    """Whether a filter may let files of a suite pass: one with a slash, or one that names a suite,
    lets no other suite pass.
    """
    head, slash, _ = filter.partition("/")
    if slash:
        return suite.startswith("jax") if head.startswith("jax") else suite.endswith(head)
    names = ("own", "stablehlo-interpret", *UPSTREAM_FOLDERS, *GENERATED)
    return filter in suite or not any(filter in name for name in names)


def generated_files(folder: Path, count: int, seed: int, filter: str) -> Iterator[ProgramFile]:
    """JAX's programs, and random programs and single ops, which check what the reference computes."""
    from jax_corpus import write_jax
    from random_programs import write_random
    from single_ops import write_single_ops

    jax, single, random = (may_match(suite, filter) for suite in GENERATED)
    for version, path in write_jax(folder) if jax else ():
        yield ProgramFile(f"jax-{version}", path)
    if count and single:
        for path in write_single_ops(folder / "single-ops", seed, count):
            yield ProgramFile("single-ops", path)
    if count and random:
        for path in write_random(folder / "random", count, seed):
            yield ProgramFile("random", path)


def suites(
    upstream: Path | None,
    stablehlo: Path | None,
    generated: Path,
    count: int,
    seed: int,
    filter: str = "",
) -> Sequence[ProgramFile]:
    """The files that a filter may let pass; the checkouts that are there decide which suites there
    are. Of random programs there are `count` files, from a seed on.
    """
    files = [*own_files(), *generated_files(generated, count, seed, filter)]
    if stablehlo is not None:
        files += stablehlo_files(stablehlo)
    if upstream is not None:
        files += upstream_files(upstream, generated)
    return files
