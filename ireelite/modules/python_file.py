"""Modules that functions of Python files make."""

from __future__ import annotations

import importlib.util
import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from ireelite.files import is_file
from ireelite.modules.python_module import PyModuleInterface, failure
from ireelite.modules.sources import as_module
from ireelite.status import invalid_argument, near_names, not_found

if TYPE_CHECKING:
    from types import ModuleType

    from ireelite.vm.module import Module

DEFAULT_FUNCTION = "create"
"""What makes the module in a Python file."""


def module_of_file(path: str, function: str, parameters: dict[str, str]) -> Module:
    """Runs a Python file, and returns the module that its function makes with the parameters.

    An empty name is `create`. Raises NOT_FOUND for a file or function that is not there,
    INVALID_ARGUMENT for other parameters than it has and for a result that is no module, and what
    the file's own code raises.
    """
    return _create(path, function or DEFAULT_FUNCTION, parameters, _run_file(path))


def _run_file(path: str) -> ModuleType:
    """Returns the file as a Python module of its own; what lies beside it can be imported
    meanwhile.
    """
    if not is_file(path):
        raise not_found(f"failed to open file '{path}'")
    # The same name each time: its types are then known as newer versions of what they were before.
    name = f"ireelite_module_file_{Path(path).stem}_{crc32(os.fsencode(Path(path).resolve())):08x}"
    before = sys.modules.get(name)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    folder = str(Path(path).resolve().parent)
    sys.modules[name] = module
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        raise failure(error, f"file '{path}'") from error
    finally:
        sys.path.remove(folder)
    return module


def _create(path: str, name: str, parameters: dict[str, str], file: ModuleType) -> Module:
    function = getattr(file, name, None)
    if not callable(function):
        own = [
            known
            for known, value in vars(file).items()
            if inspect.isfunction(value) and value.__module__ == file.__name__
        ]
        raise not_found(f"no function `{name}` in '{path}'{near_names(name, own)}")
    _check_parameters(name, function, parameters)
    try:
        made = function(**parameters)
    except (Exception, SystemExit) as error:
        raise failure(error, f"`{name}` of '{path}'") from error
    module = as_module(made)
    if module is None:
        hint = "; return interface.create()" if isinstance(made, PyModuleInterface) else ""
        raise invalid_argument(
            f"`{name}` of '{path}' returned {type(made).__name__}; "
            f"a module is expected, as PyModuleInterface.create() makes it{hint}"
        )
    return module


def _check_parameters(name: str, function: Any, given: dict[str, str]) -> None:
    """Raises INVALID_ARGUMENT for parameters that the function has not, or must have and lacks."""
    known = inspect.signature(function).parameters.values()
    named = {
        row.name: row for row in known if row.kind in (row.POSITIONAL_OR_KEYWORD, row.KEYWORD_ONLY)
    }
    if not any(row.kind == row.VAR_KEYWORD for row in known):
        for key in given:
            if key not in named:
                raise invalid_argument(
                    f"`{name}` has no parameter '{key}'{near_names(key, list(named))}"
                )
    missing = [
        row.name
        for row in known
        if row.default is row.empty
        and row.name not in given
        and row.kind not in (row.VAR_KEYWORD, row.VAR_POSITIONAL)
    ]
    if missing:
        raise invalid_argument(f"`{name}` needs the parameter '{missing[0]}'")
