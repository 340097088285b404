"""The one error type of the project, with IREE's status codes.

Source: the IREE runtime's status codes (`iree/base/status.h`); the printed form is upstream's
without its C file names: `CODE; message; context; context`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


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

    def annotate(self, context: str) -> Self:
        """Adds what was being done when the error passed by;
        returns self, so that it can be re-raised.
        """
        self.contexts.append(context)
        return self

    def __str__(self) -> str:
        return "; ".join([self.code.name, self.message, *self.contexts])


def invalid_argument(message: str) -> StatusError:
    """A caller passed something that can never be right."""
    return StatusError(StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> StatusError:
    """A name that does not exist was asked for."""
    return StatusError(StatusCode.NOT_FOUND, message)


def near_names(name: str, known: list[str]) -> str:
    """`; did you mean 'x'?`, or the list of what there is: the tail of a NOT_FOUND message."""
    from difflib import get_close_matches

    if near := get_close_matches(name, known, n=3):
        return "; did you mean " + " or ".join(f"'{n}'" for n in near) + "?"
    return f"; known names: {', '.join(sorted(known))}" if known else ""
