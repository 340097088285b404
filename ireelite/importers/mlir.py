"""Reads MLIR text of any stage."""

from __future__ import annotations

from xdsl.dialects.builtin import ModuleOp

from ireelite.pipeline import detect_stage
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module


def import_mlir(data: bytes, name: str) -> tuple[ModuleOp, str]:
    """The module and the stage its dialects belong to.

    Raises INVALID_ARGUMENT with file, line and column.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StatusError(
            StatusCode.INVALID_ARGUMENT, f"{name} is not MLIR text: byte {error.start} is not UTF-8"
        ) from error
    module = parse_module(text, name)
    return module, detect_stage(module)
