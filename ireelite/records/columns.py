"""Columns: the arrays of integers that a compilation record is made of, in memory and on disk.

A table is a struct of arrays; strings are interned, and a column holds their numbers. On disk a
column is differences of neighbours, sorted by significance of their bytes, deflated; a column is
read when it is first used.
"""

from __future__ import annotations

import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import sub
from typing import ClassVar, overload

from ireelite.status import StatusCode, StatusError

WIDTH = 4
NONE = -1
"""No string, no node."""


def ints(values: Iterable[int] = ()) -> array[int]:
    """Returns a column of 32-bit integers."""
    return array("i", values)


def pack_ints(column: array[int]) -> bytes:
    """Returns the bytes of a column on disk."""
    if not column:
        return b""
    differences = ints(column[:1])
    differences.extend(map(sub, column[1:], column))
    if sys.byteorder == "big":
        differences.byteswap()
    raw = differences.tobytes()
    return zlib.compress(b"".join(raw[plane::WIDTH] for plane in range(WIDTH)), 6)


def unpack_ints(data: bytes | memoryview, count: int) -> array[int]:
    """Returns the column in `data`. Raises `ValueError` if it has not `count` integers."""
    if not count:
        return ints()
    planes = inflate(data, count * WIDTH)
    raw = bytearray(len(planes))
    for plane in range(WIDTH):
        raw[plane::WIDTH] = planes[plane * count : (plane + 1) * count]
    differences = ints()
    differences.frombytes(bytes(raw))
    if sys.byteorder == "big":
        differences.byteswap()
    return ints(accumulate(differences))


def inflate(data: bytes | memoryview, size: int) -> bytes:
    """Decompresses what `zlib.compress` returned. Raises `ValueError` if the result is not `size`
    bytes.
    """
    try:
        inflater = zlib.decompressobj()
        raw = inflater.decompress(data, size)
        whole = inflater.eof or (not inflater.decompress(inflater.unconsumed_tail, 1))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if len(raw) != size or not whole:
        raise ValueError(f"expected {size} bytes")
    return raw


class Stored:
    """The sections of a record on disk: name -> (offset, packed length, count)."""

    def __init__(self, payload: memoryview, sections: Mapping[str, Sequence[int]]):
        self._payload, self._sections = payload, sections

    def ints(self, name: str) -> array[int]:
        """Returns a column. Raises DATA_LOSS if it is not there or damaged."""
        data, count = self._section(name)
        try:
            return unpack_ints(data, count)
        except (ValueError, OverflowError) as error:
            raise damaged(f"column '{name}': {error}") from error

    def bytes(self, name: str) -> bytes:
        """Returns a deflated section. Raises DATA_LOSS if it is not there or damaged."""
        data, count = self._section(name)
        try:
            return inflate(data, count)
        except ValueError as error:
            raise damaged(f"section '{name}': {error}") from error

    def count(self, name: str) -> int:
        """Returns how many integers or bytes a section has."""
        return self._section(name)[1]

    def has(self, name: str) -> bool:
        """Returns whether there is a section of that name."""
        return name in self._sections

    def _section(self, name: str) -> tuple[memoryview, int]:
        if name not in self._sections:
            raise damaged(f"there is no section '{name}'")
        offset, length, count = self._sections[name]
        return self._payload[offset : offset + length], count


def damaged(what: str) -> StatusError:
    """Returns the error for a record whose bytes are not what was written."""
    return StatusError(
        StatusCode.DATA_LOSS,
        f"this compilation record is damaged: {what}; compile again with a record",
    )


class Columnar:
    """A table whose columns are attributes. A stored column is read at its first use."""

    COLUMNS: ClassVar[tuple[str, ...]] = ()
    LATER: ClassVar[tuple[str, ...]] = ()
    """Columns that files of this version may lack, as the first of them did; they are empty then."""

    def __init__(self, stored: Stored | None = None, prefix: str = ""):
        self._stored, self._prefix = stored, prefix
        if stored is None:
            for name in (*self.COLUMNS, *self.LATER):
                setattr(self, name, ints())

    def __getattr__(self, name: str) -> array[int]:
        kind, stored, section = type(self), self._stored, f"{self._prefix}{name}"
        if name not in (*kind.COLUMNS, *kind.LATER) or stored is None:
            raise AttributeError(f"{kind.__name__} has no attribute '{name}'")
        known = name in kind.COLUMNS or stored.has(section)
        column = stored.ints(section) if known else ints()
        setattr(self, name, column)
        return column

    def columns(self) -> Iterator[tuple[str, array[int]]]:
        """Yields (section name, column), for writing."""
        for name in (*self.COLUMNS, *self.LATER):
            yield f"{self._prefix}{name}", getattr(self, name)

    def rows_stored(self, column: str) -> int:
        """Returns the length of a column, without reading it."""
        if column in self.__dict__ or self._stored is None:
            return len(getattr(self, column))
        return self._stored.count(f"{self._prefix}{column}")

    def same_columns(self, other: Columnar) -> bool:
        """Returns whether all columns are equal."""
        return all(getattr(self, name) == getattr(other, name) for name in self.COLUMNS)


class Strings(Sequence[str]):
    """Interned strings: each has a number, and equal strings have one."""

    def __init__(self, values: Iterable[str] = ()):
        self._values = list(values)
        self.numbers: dict[str, int] = {text: n for n, text in enumerate(self._values)}

    def number(self, text: str | None) -> int:
        """Returns the string's number, a new one if it is met for the first time; -1 for None."""
        if text is None:
            return NONE
        if (known := self.numbers.get(text)) is not None:
            return known
        number = self.numbers[text] = len(self._values)
        self._values.append(text)
        return number

    def text(self, number: int) -> str | None:
        """Returns the string of that number, None for -1."""
        return None if number < 0 else self._values[number]

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._values[index]

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Strings: {len(self)}>"
