"""Checks of the values that callers give for options: each error names the option and says what it
takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ireelite.status import StatusError, invalid_option


def names_of(option: str, given: Any) -> tuple[str, ...]:
    """Returns the names that an option gives: a sequence of them, or a string with commas between
    them. Raises INVALID_ARGUMENT for anything else.
    """
    if isinstance(given, str):
        return tuple(name for part in given.split(",") if (name := part.strip()))
    if isinstance(given, Iterable) and not isinstance(given, Mapping | bytes):
        found = tuple(given)
        if all(isinstance(name, str) for name in found):
            return found
    raise _refused(option, given, "a name, or a list of names")


def text_of(option: str, given: Any) -> str:
    """Returns the string that an option gives. Raises INVALID_ARGUMENT for anything else."""
    if isinstance(given, str):
        return given
    raise _refused(option, given, "a string")


def optional_text_of(option: str, given: Any) -> str | None:
    """Returns the string that an option gives, or None. Raises INVALID_ARGUMENT for anything else."""
    return None if given is None else text_of(option, given)


def mapping_of(option: str, given: Any, example: str) -> Mapping[str, Any]:
    """Returns the mapping that an option gives, whose keys are strings; an empty one for None. Raises
    INVALID_ARGUMENT, with the example of one, for anything else.
    """
    if given is None:
        return {}
    if isinstance(given, Mapping) and all(isinstance(key, str) for key in given):
        return given
    raise _refused(option, given, f"a dictionary, as {example}")


def workgroup_size_of(given: Any) -> tuple[int, int, int] | None:
    """Returns a workgroup's size in x, y and z; None stays None. Raises INVALID_ARGUMENT for
    anything but three positive whole numbers.
    """
    if given is None:
        return None
    sizes = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else ()
    if len(sizes) == 3 and all(hasattr(size, "__index__") and size > 0 for size in sizes):
        x, y, z = map(int, sizes)
        return x, y, z
    raise _refused("workgroup_size", given, "three positive whole numbers, as (64, 1, 1)")


def _refused(option: str, given: Any, expected: str) -> StatusError:
    text = repr(given)
    shown = text if len(text) <= 60 else f"a {type(given).__name__}"
    return invalid_option(f"{option}={shown}: expected {expected}")
