"""Reads MLIR text of any stage."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ModuleOp

from ireelite.stages import detect_stage
from ireelite.syntax.parser import parse_module


def import_mlir(text: str, name: str, blobs: Sequence[bytes] = ()) -> tuple[ModuleOp, str]:
    """Returns the module and the stage its dialects belong to.

    Raises INVALID_ARGUMENT with file, line and column.
    """
    module = parse_module(text, name, blobs=blobs)
    return module, detect_stage(module)
