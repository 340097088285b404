"""Lowers the programs with the JAX that is installed, and keeps their texts and results:

    python tests/e2e/jax_programs/regenerate.py

Texts and results of other versions of JAX stay as they are. With names, only those programs are
lowered again. `--largest=9000` leaves out texts of more bytes: of a second version they say little
new.
"""

from __future__ import annotations

import argparse
import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import numpy as np
from inputs import PROGRAMS, Draw, JaxProgram, arrays, as_row

HERE = Path(__file__).parent

FAMILIES = (
    "models",
    "gradients",
    "optimisers",
    "control_flow",
    "sorting",
    "scatters",
    "spectral",
    "random_numbers",
    "narrow_types",
    "linear_algebra",
    "numerics",
    "indexing",
    "images",
)
"""Modules of programs."""


def lowered(name: str, program: JaxProgram) -> tuple[str, list[Any], list[Any]]:
    """A program's text, its draws, and its results."""
    jax.config.update("jax_enable_x64", program.x64)
    draws, tree = jax.tree_util.tree_flatten(program.arguments)
    assert all(isinstance(draw, Draw) for draw in draws)
    rows = [as_row(draw) for draw in draws]
    arguments = jax.tree_util.tree_unflatten(tree, arrays(name, rows))
    jitted = jax.jit(program.function, keep_unused=True)
    module = jitted.lower(*arguments).compiler_ir(dialect="stablehlo")
    text = module.operation.get_asm(enable_debug_info=program.locations)
    results = jax.tree_util.tree_leaves(jitted(*arguments))
    return text, rows, [plain(result) for result in results]


def plain(result: Any) -> Any:
    """A result as an array that NumPy can store: floats it lacks are widened."""
    array = np.asarray(result)
    return array if array.dtype.kind in "biufc" else array.astype(np.float32)


def main() -> None:
    """Writes texts, results and the manifest."""
    flags = argparse.ArgumentParser()
    flags.add_argument("names", nargs="*")
    flags.add_argument("--largest", type=int, default=1 << 20)
    given = flags.parse_args()
    chosen: list[str] = given.names
    jax.config.update("jax_hlo_source_file_canonicalization_regex", ".*/")
    version = jax.__version__
    path = HERE / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    results_path = HERE / f"expected-{version}.npz"
    texts = HERE / f"texts-{version}"
    texts.mkdir(exist_ok=True)
    kept = dict(np.load(results_path)) if chosen and results_path.exists() else {}
    for family in FAMILIES:
        before = set(PROGRAMS)
        import_module(family)
        for name in sorted(set(PROGRAMS) - before):
            program = PROGRAMS[name]
            entry = manifest.setdefault(name, {"versions": []})
            entry |= {"family": family, "rtol": program.rtol}
            if chosen and name not in chosen:
                continue
            try:
                text, entry["inputs"], results = lowered(name, program)
            except Exception as error:
                print(f"{name}: JAX {version} cannot: {str(error).splitlines()[0]}")
                continue
            if len(text) > given.largest:
                continue
            (texts / f"{name}.mlir").write_text(re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE))
            entry["versions"] = sorted({*entry["versions"], version})
            for key in [key for key in kept if key.partition("/")[0] == name]:
                del kept[key]
            kept |= {f"{name}/{n}": result for n, result in enumerate(results)}
    for name in manifest.keys() - PROGRAMS.keys():
        del manifest[name]
    np.savez_compressed(results_path, **kept)
    lines = [f'"{name}": {json.dumps(manifest[name])}' for name in sorted(manifest)]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
