"""Functions of xDSL's data classes, each compiled when it is first called.

`dataclasses` compiles up to six functions from text for each class. Three hundred data classes are
defined until a small program is compiled, which takes a fifth of that time, and most of their
functions are never called.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

DEFERRED = ("ireelite.", "xdsl.")
"""How the names of modules begin whose data classes are defined like this."""


def defer_functions() -> None:
    """Lets the data classes of those modules that are defined from now on compile their functions
    when these are called. Other modules' are as they were, and so are all in a Python that compiles
    the functions of a class together (3.13 and later).
    """
    compile_now = vars(dataclasses).get("_create_fn")
    if compile_now is None or isinstance(compile_now, _Deferring):
        return
    setattr(dataclasses, "_create_fn", _Deferring(compile_now))  # noqa: B010  not declared


class _Deferring:
    """Takes the place of what compiles a function of a data class."""

    def __init__(self, compile_now: Callable[..., Any]):
        self.compile_now = compile_now

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Callable[..., Any]:
        module = (named.get("globals") or {}).get("__name__", "")
        if not module.startswith(DEFERRED):
            return self.compile_now(name, *arguments, **named)
        return deferred(name, lambda: self.compile_now(name, *arguments, **named))


def deferred(name: str, make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """A method that makes the function of its name when it is first called, and puts it in its own
    place in the classes of the object that it is called on.
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
