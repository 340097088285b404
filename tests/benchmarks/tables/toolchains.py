"""Both compilers and upstream's runtime, on the same source files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import process_output, tool

PYTHON = Path(sys.executable)
UPSTREAM_COMPILE = PYTHON.parent / "iree-compile"
BACKENDS = ("vmvx", "llvm-cpu")
SIMPLE_MUL = """\
func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
  %0 = stablehlo.multiply %a, %b : tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""
MATMUL = """\
func.func @matmul(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
    : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}
"""
DIGITS = Path(__file__).parents[3] / "notebooks" / "data" / "digits_mlp.pb"


def local_flags(backend: str) -> list[str]:
    """The flags, the same for both compilers, that make a module for the CPU with one backend."""
    return ["--iree-hal-target-device=local", f"--iree-hal-local-target-device-backends={backend}"]


def our_compile(source: Path, output: Path, backend: str) -> list[str]:
    """The command of our compiler on a StableHLO file."""
    ours = tool("ireelite-compile", "ireelite.tools.compile", PYTHON)
    return [*ours, *local_flags(backend), str(source), "-o", str(output)]


def upstream_compile(source: Path, output: Path, backend: str) -> list[str]:
    """The command of upstream's compiler on the same file."""
    return [str(UPSTREAM_COMPILE), *local_flags(backend), str(source), "-o", str(output)]


def upstream_function(file: Path, name: str, device: str) -> Callable[..., Any]:
    """A function of a module that upstream's runtime has loaded."""
    import iree.runtime

    config = iree.runtime.Config(device)
    context = iree.runtime.SystemContext(config=config)
    context.add_vm_module(iree.runtime.VmModule.mmap(config.vm_instance, str(file)))
    return context.modules["module"][name]


def compiled(folder: Path, name: str, text: str, backend: str) -> tuple[Path, Path]:
    """A program as a module by our compiler and as one by upstream's."""
    source = folder / f"{name}.mlir"
    source.write_text(text)
    ours, theirs = (folder / f"{name}-{whose}-{backend}.vmfb" for whose in ("ours", "theirs"))
    process_output(our_compile(source, ours, backend))
    process_output(upstream_compile(source, theirs, backend))
    return ours, theirs
