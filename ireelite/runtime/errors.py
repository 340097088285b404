"""Exceptions as users of IREE's Python runtime expect them: built-in ones, with the status text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ireelite.status import StatusCode, StatusError

EXCEPTIONS: dict[StatusCode, type[Exception]] = {
    StatusCode.INVALID_ARGUMENT: ValueError,
    StatusCode.NOT_FOUND: ValueError,
    StatusCode.OUT_OF_RANGE: IndexError,
    StatusCode.UNIMPLEMENTED: NotImplementedError,
}
"""Codes with an exception of their own; all others are RuntimeErrors."""


def as_exception(error: StatusError, doing: str) -> Exception:
    """Returns the built-in exception for a status: `Error invoking function: INVALID_ARGUMENT;
    ...`.
    """
    return EXCEPTIONS.get(error.code, RuntimeError)(f"{doing}: {error}")


@contextmanager
def raising(doing: str) -> Iterator[None]:
    """Raises a built-in exception, whose text begins with `doing`, for what fails inside."""
    try:
        yield
    except StatusError as error:
        raise as_exception(error, doing) from error
