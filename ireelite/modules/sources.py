"""Modules as they are written on command lines.

    file.vmfb                       bytecode
    -                               bytecode from standard input
    my_module.py                    what `create()` of a Python file returns
    my_module.py@create?key=value&key=value
    lib.so, lib.so@export?key=value&key=value
                                    what a function of a shared library makes

Parameters are strings. They are taken as they stand: there are no percent escapes, a key without
`=` is empty, and of two with one name a Python function gets the last.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ireelite.files import is_file
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.vm.instance import Instance
    from ireelite.vm.module import Module

PYTHON_SUFFIX = ".py"
DYNAMIC_SUFFIXES = (".so", ".dylib", ".dll", ".sos")


@light_dataclass(frozen=True)
class ModuleSource:
    """Where a module comes from."""

    path: str
    """A file; `-` is standard input."""
    export: str = ""
    """The function that makes it; empty for the default."""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> str:
        """`python`, `dynamic` or `bytecode`, by the file's name."""
        suffix = Path(self.path).suffix
        if suffix == PYTHON_SUFFIX:
            return "python"
        return "dynamic" if suffix in DYNAMIC_SUFFIXES else "bytecode"


def parse_source(text: str) -> ModuleSource:
    """Reads `path@export?key=value&key=value`, in which all but the path can be left out.

    Raises INVALID_ARGUMENT for an export or parameters of bytecode, which has none.
    """
    if text == "-" or is_file(text):
        return ModuleSource(text)
    marks = [at for at, character in enumerate(text) if character == "@"]
    mark = next((at for at in marks if is_file(text[:at])), marks[0] if marks else None)
    if mark is None:
        path, _, query = text.partition("?")
        export = ""
    else:
        path = text[:mark]
        export, _, query = text[mark + 1 :].partition("?")
    source = ModuleSource(path, export, _parameters(query))
    if source.kind == "bytecode" and (export or source.parameters):
        raise invalid_argument(
            f"'{text}': a bytecode module has neither an export to name nor parameters"
        )
    return source


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    query = query.removeprefix("&").removesuffix("&").strip()
    if not query:
        return ()
    pairs = [item.partition("=") for item in query.split("&")]
    return tuple((key, value) for key, _, value in pairs)


def load_code(source: ModuleSource, instance: Instance, trusted: bool = True) -> Module:
    """Returns the module of a Python file or a shared library.

    Raises PERMISSION_DENIED unless `trusted`, and whatever keeps it from being made.
    """
    if source.kind == "dynamic":
        from ireelite.modules.dynamic import load_dynamic_module

        return load_dynamic_module(
            source.path,
            source.export or None,
            source.parameters,
            instance=instance,
            trusted=trusted,
        )
    try:
        if not trusted:
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                "a Python module is code of this process, which is not run unless it is trusted",
            )
        from ireelite.modules.python_file import module_of_file

        return module_of_file(source.path, source.export, dict(source.parameters))
    except StatusError as error:
        raise error.annotate(f"loading python module at '{source.path}'") from error.__cause__


def as_module(value: Any) -> Module | None:
    """Returns the object if it is a module of the VM, else its attribute `module` if that is one,
    else None.
    """
    for candidate in (value, getattr(value, "module", None)):
        if all(hasattr(candidate, name) for name in ("name", "dependencies", "instantiate")):
            return candidate
    return None
