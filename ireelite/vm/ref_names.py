"""Names for references that say nothing about addresses: `vm.buffer#2`.

Numbers count all references from 0 in the order in which they were first named or numbered, so that
two equal runs give equal names.
"""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable
from typing import Any

from ireelite.vm.refs import List, type_of

_ADDRESS = re.compile(r"( at)? 0x[0-9a-fA-F]+")
_LONGEST = 70


class RefNames:
    """Numbers of objects. An object that is gone leaves its number to nobody."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: dict[int, Any] = {}
        """Weak references, or the objects themselves if they cannot be referred to weakly: so that
        nothing else gets the number of an object that is gone."""
        self._next = 0

    def number(self, value: object) -> int:
        """Returns the number of an object, a new one if it is seen for the first time."""
        key = id(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._next
            self._next += 1
            try:
                self._kept[key] = weakref.ref(value, lambda _: self._forget(key))
            except TypeError:
                self._kept[key] = value
        return number

    def number_all(self, values: Iterable[Any]) -> None:
        """Numbers the references among some values, those within lists and tuples included."""
        waiting = [values]
        seen: set[int] = set()
        while waiting:
            for value in waiting.pop():
                if isinstance(value, (list, tuple)):
                    waiting.append(value)
                elif value is not None and not isinstance(value, (int, float)):
                    self.number(value)
                    if isinstance(value, List) and id(value) not in seen:
                        seen.add(id(value))
                        waiting.append(value.items)

    def name(self, value: object) -> str:
        """Returns `vm.buffer#2`, or `null`."""
        return "null" if value is None else f"{type_of(value)}#{self.number(value)}"

    def describe(self, value: object) -> str:
        """Returns the name, and what the object says of itself but for addresses."""
        name = self.name(value)
        if value is None or type(value).__repr__ is object.__repr__:
            return name
        text = _ADDRESS.sub("", repr(value))
        return f"{name}  {text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}"

    def _forget(self, key: int) -> None:
        del self._numbers[key], self._kept[key]
