"""The rules of the house a machine can hold:
who imports whom, what an import costs, what a file says.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

XDSL_SIDE = (
    "xdsl",
    "ireelite.syntax",
    "ireelite.dialects",
    "ireelite.importers",
    "ireelite.lowering",
    "ireelite.targets",
    "ireelite.compile_options",
    "ireelite.passes",
    "ireelite.pipeline",
    "ireelite.provenance",
    "ireelite.stages",
)
"""What knows programs as IR; the runtime side must work without any of it."""

LOWERING = (
    "rewriting",
    "scalars",
    "schedules",
    "frontend",
    "tensors",
    "fusion",
    "sequencer",
    "kernels",
    "lockstep",
    "vm",
    "host",
    "program",
)
"""The rooms of the lowering, each of which may know only those above it."""

TARGETS_BUT_REGISTRY = ("native", "spirv", "translate", "vmvx")

FORBIDDEN = {
    "ireelite": ("workbench",),
    "ireelite.dialects": ("ireelite.lowering",),
    "ireelite.bytecode": XDSL_SIDE,
    "ireelite.executables": XDSL_SIDE,
    "ireelite.hal": (*XDSL_SIDE, "ireelite.vm", "ireelite.modules", "ireelite.loaders"),
    "ireelite.vm": (*XDSL_SIDE, "ireelite.hal"),
    "ireelite.loaders": XDSL_SIDE,
    "ireelite.records": ("xdsl",),
    "ireelite.lowering": tuple(f"ireelite.targets.{name}" for name in TARGETS_BUT_REGISTRY),
    **{
        f"ireelite.lowering.{room}": tuple(
            f"ireelite.lowering.{below}" for below in LOWERING[n + 1 :]
        )
        for n, room in enumerate(LOWERING)
    },
    "ireelite.reference": (
        *(
            f"ireelite.{room}"
            for room in ("lowering", "targets", "passes", "pipeline", "importers")
        ),
        *(f"ireelite.{room}" for room in ("vm", "hal", "loaders", "modules", "bytecode")),
    ),
    "workbench.model": ("workbench.widgets", "anywidget", "ipywidgets"),
}
"""Room -> what nothing inside it may import, neither at the top nor lazily inside a function."""

LOADED_WHEN_USED = (
    "xdsl",
    "numpy",
    "flatbuffers",
    "llvmlite",
    "wgpu",
    "jax",
    "google.protobuf",
    "ipywidgets",
)
"""What `import ireelite` must not load: each is imported by the room that needs it,
when it is used.
"""

LONGEST_MODULE = 450
LONGEST_DIALECT = 600
"""A dialect is one file, as far as it can be."""

# Spelled in pieces, so that this file does not say what it forbids.
HOSTS = ("pypi", "pythonhosted", "npmjs", "deb.debian", "registry.yarnpkg", "anaconda")
MACHINE_PATHS = ("work", "farm", "root")
LOCAL_NAMES = re.compile(
    rf"(?:^|[^A-Za-z0-9_.~/-])/(?:{'|'.join(MACHINE_PATHS)})/"
    rf"|\.\./{'sha'}red\b"
    rf"|\b(?:{'|'.join(map(re.escape, HOSTS))})\.(?:org|com)\b",
    re.MULTILINE,
)


def modules(*packages: str) -> list[Path]:
    """The Python files of the packages, in order."""
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    """`ireelite/vm/refs.py` -> `ireelite.vm.refs`; a package is named without `__init__`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of all a file imports at any depth;
    `from a import b` is both `a` and `a.b`.
    """
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                origin = ".".join([*base, module] if module else base)
                yield node.lineno, origin
                yield from ((node.lineno, f"{origin}.{alias.name}") for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name
            case _:
                continue


def is_within(name: str, room: str) -> bool:
    """Whether a dotted name is a room or something in it."""
    return name == room or name.startswith(f"{room}.")


def tracked_files() -> list[Path]:
    """The files of the checkout that git knows and that are there."""
    command = ["git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_every_room_has_its_place_in_the_order():
    lowering = ROOT / "ireelite" / "lowering"
    there = {path.name for path in lowering.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert there <= set(LOWERING)
    assert [path.name for path in lowering.glob("*.py")] == ["__init__.py"]
    targets = {path.stem for path in (ROOT / "ireelite" / "targets").glob("[!_]*")}
    assert targets == {*TARGETS_BUT_REGISTRY, "registry"}


@pytest.mark.parametrize("room", FORBIDDEN)
def test_forbidden_arrows(room: str):
    crossings = {
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(room.split(".")[0])
        if is_within(module_name(path), room)
        for line, name in imports(path)
        if any(is_within(name, forbidden) for forbidden in FORBIDDEN[room])
    }
    assert not crossings, "\n".join(sorted(crossings))


def test_the_arrows_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The check itself: every way of importing is seen,
    also in a function and relative to the package.
    """
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    source = tmp_path / "ireelite" / "hal" / "sample.py"
    source.parent.mkdir(parents=True)
    source.write_text(
        "import xdsl.ir\n"
        "def late():\n"
        "    from ireelite import vm\n"
        "    from .. import loaders\n"
        "    from ..modules.hal import state\n"
        "    import_module('ireelite.targets')\n"
    )
    seen = {name for _, name in imports(source)}
    assert {
        "xdsl.ir",
        "ireelite.vm",
        "ireelite.loaders",
        "ireelite.modules.hal",
        "ireelite.targets",
    } <= seen


def test_import_loads_nothing_heavy():
    program = "import ireelite, json, sys; print(json.dumps(sorted(sys.modules)))"
    printed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=ROOT
    ).stdout
    loaded = json.loads(printed)
    heavy = [
        name for name in loaded if any(is_within(name, forbidden) for forbidden in LOADED_WHEN_USED)
    ]
    assert not heavy


def test_no_file_names_this_machine_or_a_registry():
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        text = content.decode("utf-8", "replace")
        for match in LOCAL_NAMES.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line}: {match.group().strip()}")
    assert not found, "\n".join(found)


def test_no_module_is_too_long():
    lengths = {
        path: len(path.read_text().splitlines()) for path in modules("ireelite", "workbench")
    }
    long = [
        f"{path.relative_to(ROOT)}: {n} lines"
        for path, n in lengths.items()
        if n > (LONGEST_DIALECT if "dialects" in path.parts else LONGEST_MODULE)
    ]
    assert not long, "\n".join(long)


def test_things_are_named():
    """Nothing is called `utils`: what a file holds has a name."""
    vague = [
        path.relative_to(ROOT)
        for path in tracked_files()
        if path.stem in ("utils", "util", "helpers")
    ]
    assert not vague
