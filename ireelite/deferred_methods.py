"""Methods that `dataclasses` generates for classes of the compiler, each compiled when it is first
called.

xDSL's ops and attributes and the compiler's own classes are hundreds of data classes, and a short
compilation calls a method in ten of theirs: to compile all took a sixth of its time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

_PACKAGES = ("xdsl", "ireelite")
_CREATE = "_create_fn"
"""What `dataclasses` makes a method with, up to Python 3.12."""


def defer_methods() -> None:
    """Lets the generated methods of classes that xDSL and this project define from now on wait for
    their first call.

    Python 3.13 and newer compile all methods of a class at once, in a fraction of the time; there
    nothing is changed.
    """
    create = getattr(dataclasses, _CREATE, None)
    if create is not None and create.__module__ == dataclasses.__name__:
        setattr(dataclasses, _CREATE, _deferring(create))


def _deferring(create: Callable[..., Callable[..., Any]]) -> Callable[..., Callable[..., Any]]:
    """What `dataclasses` calls to make a method, `create` itself for classes of other packages."""

    def create_or_defer(name: str, *parts: Any, globals: Any = None, **named: Any) -> Any:
        package = "" if globals is None else globals.get("__name__", "").partition(".")[0]
        if package not in _PACKAGES:
            return create(name, *parts, globals=globals, **named)
        method: Callable[..., Any] | None = None

        def deferred(self: Any, *arguments: Any, **keywords: Any) -> Any:
            nonlocal method
            if method is None:
                method = create(name, *parts, globals=globals, **named)
                method.__qualname__ = deferred.__qualname__
                for owner in type(self).__mro__:
                    if vars(owner).get(name) is deferred:
                        type.__setattr__(owner, name, method)
            return method(self, *arguments, **keywords)

        deferred.__name__ = name
        return deferred

    return create_or_defer
