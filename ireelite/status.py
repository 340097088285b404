"""The one error type of the project, with IREE's status codes.

Source: the IREE runtime's status codes (`iree/base/status.h`); the printed form is upstream's
without its C file names: `CODE; message; context; context`. An error about a source text that is
at hand shows its line below.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Self

from ireelite.light_enum import IntEnum


class StatusCode(IntEnum):
    """What kind of failure happened, numbered as in IREE."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16
    DEFERRED = 17
    INCOMPATIBLE = 18


class StatusError(Exception):
    """A failure with a status code, a message, and the contexts it passed through on its way up."""

    def __init__(self, code: StatusCode, message: str):
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.contexts: list[str] = []
        self.excerpt = ""
        """The source line that the message names, and a caret under the column; or nothing."""
        self.about_options = False
        """Whether the caller's options are wrong, and not the program."""

    def annotate(self, context: str) -> Self:
        """Adds what was being done when the error passed by;
        returns self, so that it can be re-raised.
        """
        self.contexts.append(context)
        return self

    def __str__(self) -> str:
        line = "; ".join([self.code.name, self.message, *self.contexts])
        return f"{line}\n{self.excerpt}" if self.excerpt else line

    def _render_traceback_(self) -> list[str]:
        """Returns what IPython shows: the message, the source line with its caret, and the line of
        the cell that failed.
        """
        return brief_traceback(self)


def brief_traceback(error: BaseException, line: str = "") -> list[str]:
    """Lines for IPython: an error's message and the line of the cell that failed, or one line, if one is
    given. `%tb Verbose` shows the whole traceback.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None and shell.InteractiveTB.mode not in ("Context", "Minimal"):
        return shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    if line:
        return [f"{type(error).__name__}: {line} (%tb Verbose shows where)"]
    lines = [f"{type(error).__name__}: {error}"]
    if (place := _cell_line(error)) is not None:
        lines += ["", place]
    return [*lines, "(%tb Verbose shows the whole traceback)"]


def _cell_line(error: BaseException) -> str | None:
    """Returns the last line of a notebook cell, or of IPython's input, that an error passed."""
    import linecache
    from traceback import walk_tb

    place = None
    for frame, line in walk_tb(error.__traceback__):
        module = frame.f_globals.get("__name__")
        if module == "__main__" and frame.f_code.co_filename in linecache.cache:
            text = linecache.getline(frame.f_code.co_filename, line).strip()
            if text:
                place = f"line {line} of the cell: {text}"
    return place


def invalid_argument(message: str) -> StatusError:
    """Returns a caller passed something that can never be right."""
    return StatusError(StatusCode.INVALID_ARGUMENT, message)


def invalid_option(message: str) -> StatusError:
    """Returns the error for options that are wrong, whatever the program is: it gets no place in
    the program.
    """
    error = invalid_argument(message)
    error.about_options = True
    return error


def not_found(message: str) -> StatusError:
    """Returns a name that does not exist was asked for."""
    return StatusError(StatusCode.NOT_FOUND, message)


def check_name(kind: str, name: str, known: Collection[str]) -> None:
    """Raises NOT_FOUND with the near names unless a name of a kind of things is known."""
    if name not in known:
        raise not_found(f"no {kind} '{name}'{near_names(name, known)}")


def near_names(name: str, known: Collection[str], listed: int = 12) -> str:
    """Formats `; did you mean 'x'?`, or the first `listed` names there are: the tail of a NOT_FOUND
    message. A name is near if few of its letters are other ones: one in three, one at least and
    three at most; no name of one or two letters is.
    """
    near = sorted((d, n) for n in known if (d := edit_distance(name, n)) is not None)
    if near:
        return "; did you mean " + " or ".join(f"'{n}'" for _, n in near[:3]) + "?"
    if not known or not listed:
        return ""
    first = sorted(known)[:listed]
    more = f" and {len(known) - listed} more" if len(known) > listed else ""
    return f"; known names: {', '.join(first)}{more}"


def edit_distance(name: str, other: str) -> int | None:
    """Returns how many letters are inserted, deleted, replaced or swapped with their neighbour to
    make one name of another; None if these are more than a slip of the hand. Case and punctuation
    count for nothing, and neither does what both begin with up to a dot.
    """
    if _letters(name) == _letters(other):
        return 0
    while name.partition(".")[0] == other.partition(".")[0] and "." in name and "." in other:
        name, other = name.partition(".")[2], other.partition(".")[2]
    allowed = min(max(len(other) // 3, 1), 3) if len(other) > 2 else 0
    if abs(len(name) - len(other)) > allowed or len(other) > 200:
        return None
    last, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, a in enumerate(name, 1):
        before, last, row = last, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and name[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > allowed:
            return None
    return row[-1] if row[-1] <= allowed else None


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def failure_of(error: BaseException) -> StatusError:
    """Returns the status of those who wait for work that raised `error`: CANCELLED for an
    interrupt, INTERNAL for a defect.
    """
    if isinstance(error, StatusError):
        return error
    interrupt = not isinstance(error, Exception)
    code = StatusCode.CANCELLED if interrupt else StatusCode.INTERNAL
    detail = f": {error}" if str(error) else ""
    failure = StatusError(code, f"{type(error).__name__}{detail}")
    failure.__cause__ = error
    return failure
