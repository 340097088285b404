"""Tickets: what a library holds instead of addresses.

Whatever the host gives to a library is a number that never comes again. A number that was not
given, or was given back, is noticed where an address would be followed.
"""

from __future__ import annotations

import itertools
from typing import Generic, TypeVar

from ireelite.modules.dynamic.threads import locked
from ireelite.status import StatusCode, StatusError

T = TypeVar("T")

_numbers = itertools.count(1)
"""Of all libraries and kinds together, so that one's ticket is never another's."""


class Misuse(StatusError):
    """A library has broken a rule of the interface."""

    def __init__(self, message: str):
        super().__init__(StatusCode.INTERNAL, f"the module made a mistake: {message}")


class Tickets(Generic[T]):
    """What a library holds of one kind of thing, and how often."""

    def __init__(self, kind: str):
        self.kind = kind
        self._things: dict[int, T] = {}
        self._counts: dict[int, int] = {}

    def give(self, thing: T) -> int:
        """Returns a new ticket, held once."""
        number = next(_numbers)
        self._things[number] = thing
        self._counts[number] = 1
        return number

    def look(self, number: int | None) -> T:
        """Returns what a ticket is for. Raises `Misuse` unless the library holds it."""
        if not number:
            raise Misuse(f"a {self.kind} that it passed is NULL")
        try:
            return self._things[number]
        except KeyError:
            raise Misuse(f"it does not hold the {self.kind} {number:#x} that it passed") from None

    def retain(self, number: int) -> None:
        """Holds a ticket once more. Raises `Misuse`."""
        with locked():
            self.look(number)
            self._counts[number] += 1

    def release(self, number: int | None) -> T:
        """Holds a ticket once less, and gives what it is for. Raises `Misuse`."""
        with locked():
            thing = self.look(number)
            assert number is not None
            self._counts[number] -= 1
            if not self._counts[number]:
                del self._things[number], self._counts[number]
            return thing

    def clear(self) -> None:
        """Takes all of them back."""
        self._things.clear()
        self._counts.clear()

    def __len__(self) -> int:
        return len(self._things)
