"""Lazy compilation of the generated functions of data classes.

`dataclasses` compiles up to six functions from text for each class. Compiling a small program
imports three hundred data classes, which takes a fifth of the total time, and most of their
functions are never called.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

DEFERRED = ("ireelite.", "xdsl.")
"""Prefixes of the names of modules whose data classes compile their functions lazily."""


def defer_functions() -> None:
    """Makes data classes that are defined from now on in modules with the prefixes `DEFERRED`
    compile each function when it is first called. Data classes of other modules are unaffected, as
    are all in Python 3.13 and later, which compiles all functions of a class together.
    """
    compile_now = vars(dataclasses).get("_create_fn")
    if compile_now is None or isinstance(compile_now, _Deferring):
        return
    setattr(dataclasses, "_create_fn", _Deferring(compile_now))  # noqa: B010  not declared


class _Deferring:
    """Replacement of `dataclasses._create_fn`, which compiles a function of a data class."""

    def __init__(self, compile_now: Callable[..., Any]):
        self.compile_now = compile_now

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Callable[..., Any]:
        module = (named.get("globals") or {}).get("__name__", "")
        if not module.startswith(DEFERRED):
            return self.compile_now(name, *arguments, **named)
        return deferred(name, lambda: self.compile_now(name, *arguments, **named))


def deferred(name: str, make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """Returns a method that, when it is first called, makes the function with `make` and replaces
    itself by that function in the classes of its object.
    """
    made: list[Callable[..., Any]] = []

    def first(self: Any, *arguments: Any, **named: Any) -> Any:
        if not made:
            made.append(make())
            made[0].__qualname__ = first.__qualname__
        for each in type(self).__mro__:
            if each.__dict__.get(name) is first:
                type.__setattr__(each, name, made[0])
        return made[0](self, *arguments, **named)

    first.__name__ = name
    return first
