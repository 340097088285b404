"""What copying and pickling do to objects that hold threads, locks or memory of a device."""

from __future__ import annotations

from typing import ClassVar, NoReturn


class LiveObject:
    """An object that `copy` and `pickle` refuse with one line: a copy would share its state."""

    __slots__ = ()

    _instead: ClassVar[str] = ""
    """What to do instead."""

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} is neither copied nor pickled; {self._instead}")
