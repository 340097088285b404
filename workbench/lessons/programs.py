"""What exercises do with a program's text."""

from __future__ import annotations

from typing import Any

from workbench.exercises import Mistake
from workbench.kinds_of_answers import kind_of, shown


def called(text: Any, function: str, *arguments: Any) -> Any:
    """Compiles a program and runs a function of it on the CPU; returns its results.

    Raises what the compiler and the run raise; Mistake for what is no program's text, or for a
    program that has no such function.
    """
    import ireelite

    check_program(text, "your answer is")
    module = ireelite.load(ireelite.compile(text, progress=False), device="local-sync")
    if function not in (names := module.functions):
        has = f"it has {', '.join(f'@{name}' for name in names)}" if names else "it has none"
        raise Mistake(f"the program has no function @{function}: {has}.")
    return module[function](*arguments)


def edited(text: str, edit: Any, function: str, *arguments: Any) -> Any:
    """Returns what a function returns after the reader's `edit(text)`; `...` while the edit returns
    that.

    Raises what `called` raises, and Mistake if `edit` is no function or returns no text.
    """
    if not callable(edit):
        raise Mistake(
            f"expected the function that edits the text, got {kind_of(edit)}. "
            "Give its name, without (...)."
        )
    changed = edit(text)
    if changed is ...:
        return ...
    if changed is None:
        raise Mistake("your function returned None: does it lack a return?")
    check_program(changed, "your function returned")
    if changed == text:
        raise Mistake(
            "your function returned the text unchanged: does it hold the word to replace?"
        )
    return called(changed, function, *arguments)


def check_program(text: Any, whose: str) -> None:
    """Raises Mistake unless `text` looks like the text of a program."""
    if not isinstance(text, str):
        raise Mistake(f"expected the text of a program; {whose} {kind_of(text)}.")
    if "{" not in text:
        raise Mistake(
            f"expected the text of a program, func.func @... {{ ... }}; {whose} {shown(text)}."
        )
