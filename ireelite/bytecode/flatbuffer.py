"""FlatBuffers read by declarative schemas; `flatbuffer_writer` writes them.

Why not the `flatbuffers` package: importing it imports NumPy, 0.1 s that a cold compile cannot
afford, and its reader trusts the file. Here every offset is checked, a buffer costs work in
proportion to its size however its offsets alias, and all that is wrong with it is one DATA_LOSS
error. Source: the FlatBuffers binary format.

A schema is a `Table` whose fields stand in slot order; a value is a dict, where an absent field is
None or no key:

    ATTR = Table("AttrDef", {"key": Text(), "value": Text()})
    data = write(ATTR, {"key": "a", "value": "b"}, identifier=b"ATTR")  # of flatbuffer_writer
    read(ATTR, data, identifier=b"ATTR")  # {"key": "a", "value": "b"}

A union is two fields, its tag a `Scalar("B")` and its value the `Nested` table that the tag stands
for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError


class Scalar(NamedTuple):
    """A number stored in the table itself.

    `code` is a `struct` letter; a value equal to `default` is left out.
    """

    code: str
    default: int | float = 0


class Struct(NamedTuple):
    """A struct stored in the table itself: a tuple;
    `form` is its `struct` layout, padding included.
    """

    form: str
    align: int


class Text(NamedTuple):
    """A UTF-8 string."""

    shared: bool = False
    """Whether equal strings of such fields are written once, at the end."""


class Bytes(NamedTuple):
    """A vector of u8: any buffer when writing, a memoryview into the FlatBuffer when reading."""

    align: int = 1


class Scalars(NamedTuple):
    """A vector of numbers, read as a tuple."""

    code: str
    align: int = 1
    """At least this; never less than the width of an element."""


class Structs(NamedTuple):
    """A vector of structs: a list of tuples, each in the `struct` layout `form`."""

    form: str
    align: int


class Texts(NamedTuple):
    """A vector of strings."""


class Nested(NamedTuple):
    """Another table."""

    table: Table


class NestedVector(NamedTuple):
    """A vector of tables."""

    table: Table


class Unions(NamedTuple):
    """A vector of unions: (table, value) pairs, None for the tag 0. Its tags must be written too."""

    tags: str
    """The earlier field with their tags, `Bytes`."""
    tables: tuple[Table, ...]
    """What the tags 1, 2, ... stand for."""


FieldType = (
    Scalar | Struct | Text | Bytes | Scalars | Structs | Texts | Nested | NestedVector | Unions
)


class Table(NamedTuple):
    """A table type: its fields in slot order."""

    name: str
    fields: Mapping[str, FieldType] = MappingProxyType({})
    required: tuple[str, ...] = ()


def read(
    table: Table, data: Any, *, identifier: bytes | None = None, size_prefix: bool = False
) -> dict[str, Any]:
    """Returns the root of a FlatBuffer as a dict with a key for each field.

    Absent scalars have their default, all else that is absent is None.

    `data` is any buffer. Raises DATA_LOSS if it is not such a FlatBuffer.
    """
    view = memoryview(data).cast("B")
    if size_prefix:
        if len(view) < 4 or (size := int.from_bytes(view[:4], "little")) > len(view) - 4:
            raise _broken("its size prefix claims more bytes than there are")
        view = view[4 : 4 + size]
    reader = _Reader(view)
    if identifier is not None and view[4:8] != identifier:
        raise _broken(f"file identifier is {bytes(view[4:8])!r}, expected {identifier!r}")
    return reader.table(table, reader.follow(0))


_U16, _I32, _U32 = (struct.Struct(f"<{code}").unpack_from for code in "HiI")


class _Reader:
    """Reads with every offset checked. `budget` bounds the work, whatever points to whatever."""

    def __init__(self, view: memoryview):
        self.view = view
        self.size = len(view)
        self.budget = self.size + 64
        self.texts: dict[int, str] = {}

    def spend(self, work: int) -> None:
        self.budget -= work
        if self.budget < 0:
            raise _broken("its parts overlap")

    def require(self, at: int, size: int) -> None:
        """Raises DATA_LOSS unless `size` bytes at a position are there."""
        if at < 0 or at + size > self.size:
            raise _broken(f"it ends at byte {self.size}, inside of the field at byte {at}")

    def follow(self, at: int) -> int:
        self.require(at, 4)
        return at + _U32(self.view, at)[0]

    def table(self, table: Table, start: int) -> dict[str, Any]:
        self.spend(4)
        view = self.view
        self.require(start, 4)
        vtable = start - _I32(view, start)[0]
        self.require(vtable, 2)
        (length,) = _U16(view, vtable)
        if length < 4 or length % 2 or vtable + length > self.size:
            raise _broken(f"{table.name} at byte {start} has no valid vtable")
        span, *offsets = struct.unpack_from(f"<{length // 2 - 1}H", view, vtable + 2)
        slots = len(offsets)
        value: dict[str, Any] = {}
        for slot, (name, size, default, read) in enumerate(_fields_to_read(table)):
            offset = offsets[slot] if slot < slots else 0
            if offset:
                if offset < 4 or offset + size > span:
                    raise _broken(f"{table.name}.{name} lies outside of its table")
                if read is not None:
                    value[name] = read(self, start + offset)
                else:
                    kind = table.fields[name]
                    assert isinstance(kind, Unions)
                    value[name] = self._unions(kind, value[kind.tags], start + offset)
            elif name in table.required:
                raise _broken(f"{table.name}.{name} is missing")
            else:
                value[name] = default
        return value

    def _unions(
        self, kind: Unions, tags: memoryview | None, at: int
    ) -> list[tuple[Table, dict[str, Any]] | None]:
        positions = self.positions(at)
        numbers = list(tags or b"")
        if len(numbers) != len(positions) or any(tag > len(kind.tables) for tag in numbers):
            raise _broken(f"the tags of the unions at byte {at} do not fit them")
        pairs: list[tuple[Table, dict[str, Any]] | None] = []
        for tag, start in zip(numbers, positions):
            table = kind.tables[tag - 1] if tag else None
            pairs.append(None if table is None else (table, self.table(table, start)))
        return pairs

    def vector(self, start: int, width: int) -> tuple[int, memoryview]:
        self.spend(1)
        self.require(start, 4)
        (count,) = _U32(self.view, start)
        if count * width > self.size - start - 4:
            raise _broken(
                f"the vector at byte {start} claims {count} elements, more than there are"
            )
        return count, self.view[start + 4 : start + 4 + count * width]

    def positions(self, at: int) -> list[int]:
        start = self.follow(at)
        count, data = self.vector(start, 4)
        self.spend(count)
        return [
            start + 4 + 4 * n + offset for n, offset in enumerate(struct.unpack(f"<{count}I", data))
        ]

    def text(self, start: int) -> str:
        """Returns a string; one that is pointed to many times, as a file's name, is read once."""
        if (known := self.texts.get(start)) is not None:
            return known
        count, data = self.vector(start, 1)
        self.spend(count // 4)
        try:
            text = self.texts[start] = str(data, "utf-8")
        except UnicodeDecodeError as error:
            raise _broken(f"the string at byte {start} is not UTF-8") from error
        return text


_Read = Callable[[_Reader, int], Any]
"""Reads a field that stands at a position."""
_TO_READ: dict[int, tuple[Table, list[tuple[str, int, Any, _Read | None]]]] = {}
"""By the identity of a table, which is kept here: what `_fields_to_read` returns."""


def _fields_to_read(table: Table) -> list[tuple[str, int, Any, _Read | None]]:
    """Returns, for each field of a table: its name, its size in bytes in the table, its default
    value, and the function that reads it, which is None for a union.
    """
    if (kept := _TO_READ.get(id(table))) is None:
        rows = [
            (
                name,
                inline_size(kind)[0],
                kind.default if isinstance(kind, Scalar) else None,
                None if isinstance(kind, Unions) else _field_reader(kind),
            )
            for name, kind in table.fields.items()
        ]
        kept = _TO_READ[id(table)] = table, rows
    return kept[1]


def _field_reader(kind: FieldType) -> _Read:
    match kind:
        case Scalar(code):
            return _number_reader(struct.Struct("<" + code))
        case Struct(form):
            return _struct_reader(struct.Struct("<" + form))
        case Text():
            return lambda reader, at: reader.text(reader.follow(at))
        case Bytes():
            return lambda reader, at: reader.vector(reader.follow(at), 1)[1]
        case Scalars(code):
            return _numbers_reader(code)
        case Structs(form):
            return _structs_reader(struct.Struct("<" + form))
        case Texts():
            return lambda reader, at: [reader.text(place) for place in reader.positions(at)]
        case Nested(table):
            return lambda reader, at: reader.table(table, reader.follow(at))
        case NestedVector(table):
            return lambda reader, at: [reader.table(table, one) for one in reader.positions(at)]
        case _:
            raise TypeError(f"{kind} needs its tags to be read")


def _number_reader(form: struct.Struct) -> _Read:
    def read(reader: _Reader, at: int) -> Any:
        reader.require(at, form.size)
        return form.unpack_from(reader.view, at)[0]

    return read


def _struct_reader(form: struct.Struct) -> _Read:
    def read(reader: _Reader, at: int) -> Any:
        reader.require(at, form.size)
        return form.unpack_from(reader.view, at)

    return read


def _numbers_reader(code: str) -> _Read:
    def read(reader: _Reader, at: int) -> Any:
        count, data = reader.vector(reader.follow(at), struct.calcsize("<" + code))
        reader.spend(count)
        return struct.unpack(f"<{count}{code}", data)

    return read


def _structs_reader(form: struct.Struct) -> _Read:
    def read(reader: _Reader, at: int) -> Any:
        count, data = reader.vector(reader.follow(at), form.size)
        reader.spend(count)
        return list(form.iter_unpack(data))

    return read


def inline_size(kind: FieldType) -> tuple[int, int]:
    """Returns the bytes and the alignment of a field within its table."""
    match kind:
        case Scalar(code):
            return struct.calcsize(code), struct.calcsize(code)
        case Struct(form, align):
            return struct.calcsize("<" + form), align
        case _:
            return 4, 4


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, f"malformed FlatBuffer: {why}")
