"""Packages whose names are imported when they are first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from sys import modules
from typing import Any

from ireelite.garbage import collection_paused


def lazy_names(package: str, where: Mapping[str, tuple[str, str]]) -> Callable[[str], Any]:
    """Returns a package's `__getattr__`, which imports the module of a name when it is first used.
    `where` maps each name to its module and to its name in it. Modules of the package are found
    without an import of their own.
    """

    def find(name: str) -> Any:
        if name in where:
            module, attribute = where[name]
            if module in modules:
                return getattr(import_module(module), attribute)
            try:
                with collection_paused(stays=True):
                    return getattr(import_module(module), attribute)
            except KeyboardInterrupt as stop:
                from ireelite.interrupts import show_briefly

                show_briefly(stop, f"the import of {package}.{name} was interrupted")
                raise
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":
                raise
            raise AttributeError(f"module '{package}' has no attribute '{name}'") from None

    return find
