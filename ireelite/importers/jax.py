"""Reads JAX functions: JAX traces and lowers them to StableHLO text,
which the MLIR importer takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ireelite.status import StatusCode, StatusError


def jax_to_mlir(function: Callable[..., Any], arguments: Sequence[Any]) -> str:
    """StableHLO text of `jax.jit(function)` for arguments of these shapes and dtypes.

    Raises UNAVAILABLE if JAX is not installed.
    """
    try:
        jax: Any = import_module("jax")
    except ImportError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE, "compiling a Python function needs JAX: pip install jax"
        ) from error
    jitted: Any = function if hasattr(function, "lower") else jax.jit(function)
    return jitted.lower(*arguments).as_text(debug_info=True)
