"""What exercises do with a program's text."""

from __future__ import annotations

from typing import Any


def called(text: str, function: str, *arguments: Any) -> Any:
    """What a function of a program returns, compiled and run on the CPU.

    Raises what the compiler and the run raise; NOT_FOUND if the program has no such function.
    """
    import ireelite

    module = ireelite.load(ireelite.compile(text, progress=False), device="local-sync")
    return getattr(module, function)(*arguments)


def edited(text: str, edit: Any, function: str, *arguments: Any) -> Any:
    """What a function returns after the reader's `edit(text)`; dots while the edit returns them."""
    changed = edit(text)
    return changed if changed is ... else called(changed, function, *arguments)
