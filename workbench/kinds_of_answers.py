"""What an answer is, in words, and whether it is numbers."""

from __future__ import annotations

from typing import Any

LONGEST_PRINTED = 16
"""Elements of the longest array that is printed."""
LONGEST_TEXT = 60

_WORDS = {
    str: "a text",
    bytes: "bytes",
    list: "a list",
    tuple: "a tuple",
    set: "a set",
    frozenset: "a set",
    dict: "a dict",
    type(None): "None",
}


def numbers(value: Any) -> Any:
    """Returns an array of what NumPy takes for numbers: a number, an array, nested lists of
    numbers. Returns None for anything else, and for lists of unequal lengths.
    """
    import numpy as np

    if isinstance(value, str | bytes | set | frozenset | dict) or value is None:
        return None
    try:
        array = np.asarray(value)
    except Exception:
        return None
    if array.dtype.kind == "c":
        return array.astype(np.complex128)
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    try:
        return array.astype(np.float64) if isinstance(value, int) else None
    except OverflowError:
        return None


def are_whole(value: Any) -> bool:
    """Returns whether the elements of what `numbers` takes have an integer type."""
    import numpy as np

    return np.asarray(value).dtype.kind in "biu"


def count_of(shape: tuple[int, ...]) -> str:
    """Returns a shape in words: `one number`, `4 numbers`, `an array of shape (2, 3)`."""
    if not shape:
        return "one number"
    if len(shape) == 1:
        return f"{shape[0]} numbers" if shape[0] != 1 else "a list of one number"
    return f"an array of shape {shape}"


def kind_of(value: Any) -> str:
    """Returns the kind of a value in words: `a text`, `None`, `a function`, `4 numbers`.

    A text that holds a number says that it stands in quotes.
    """
    if isinstance(value, str) and value.strip():
        try:
            float(value)
        except ValueError:
            return "a text"
        return f"the text {value!r}: leave the quotes out"
    if type(value) in (list, tuple) and numbers(value) is not None and len(value):
        return count_of(numbers(value).shape)
    if isinstance(value, bool):
        return repr(value)
    if (word := _WORDS.get(type(value))) is not None:
        return word
    if (array := numbers(value)) is not None:
        return count_of(array.shape)
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        return "a function"
    return f"a value of type {type(value).__name__}"


def shown(value: Any) -> str:
    """Returns a value in one short line, without addresses."""
    if getattr(value, "size", 0) > LONGEST_PRINTED:
        return f"an array of shape {value.shape}"
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    if type(value).__repr__ is object.__repr__:
        return kind_of(value)
    try:
        text = repr(value.tolist() if hasattr(value, "tolist") else value)
    except Exception:
        return kind_of(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."
