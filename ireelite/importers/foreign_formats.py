"""Files that users take for a source of the compiler, by how they begin."""

from __future__ import annotations

import re
from collections.abc import Sequence

SOURCES = "a source is MLIR text or a GraphDef"

FOREIGN: Sequence[tuple[re.Pattern[bytes], str, str]] = tuple(
    (re.compile(pattern, re.DOTALL), what, remedy)
    for pattern, what, remedy in (
        (
            rb"ML\xefR.{1,9}?StableHLO_v[\d.]+\0",
            "a StableHLO portable artifact",
            "its text is what stablehlo-translate --deserialize prints, and mlir_module() of what "
            "jax.export.export returns",
        ),
        (
            rb"ML\xefR",
            "MLIR bytecode",
            "its text is what mlir-opt, stablehlo-opt or iree-opt prints of it, and as_text() of "
            "what jax.jit(f).lower(...) returns",
        ),
        (
            rb"(?:PK\x03\x04.{26}module\.fb|.{6}\0\0IREE)",
            "a compiled module",
            "run it with ireelite-run-module --module, or print it with ireelite-dump-module",
        ),
        (
            rb"(?:\s++|//[^\n]*+\n)*+HloModule\s",
            "HLO text of XLA",
            "compile its StableHLO, which jax.jit(f).lower(...).as_text() prints",
        ),
        (
            rb"\n[\x01-\x7f][\w.<>-]+\x12[\x01-\x7f][\w.<>-]+\x1a",
            "an HLO module of XLA in binary form",
            "compile its StableHLO, which jax.jit(f).lower(...).as_text() prints",
        ),
        (rb"PK\x03\x04", "a ZIP archive", "extract the program from it"),
        (rb"\x1f\x8b", "a gzip archive", "decompress it first"),
        (rb"\x7fELF", "an ELF file", SOURCES),
        (rb"\x89HDF", "an HDF5 file", "load it in Keras and freeze the model to a GraphDef"),
        (rb"\x93NUMPY", "a NumPy array", SOURCES),
        (rb".{4}TFL3", "a TensorFlow Lite model", "compile the graph that it was converted from"),
        (rb"BC\xc0\xde", "LLVM bitcode", SOURCES),
    )
)
"""(how a file of another format begins, the name of the format, what to do)."""


def foreign_format(data: bytes) -> tuple[str, str] | None:
    """Returns what a file is and what to do with it; None if it may be a source."""
    return next(((what, remedy) for first, what, remedy in FOREIGN if first.match(data)), None)
