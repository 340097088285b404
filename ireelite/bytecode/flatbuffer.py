"""FlatBuffers written and read from declarative schemas.

Why not the `flatbuffers` package: importing it imports NumPy, 0.1 s that a cold compile cannot
afford, and its reader trusts the file. Here every offset is checked, a buffer costs work in
proportion to its size however its offsets alias, and all that is wrong with it is one DATA_LOSS
error. Source: the FlatBuffers binary format.

A schema is a `Table` whose fields stand in slot order; a value is a dict, where an absent field is
None or no key:

    ATTR = Table("AttrDef", {"key": Text(), "value": Text()})
    data = write(ATTR, {"key": "a", "value": "b"}, identifier=b"ATTR")
    read(ATTR, data, identifier=b"ATTR")  # {"key": "a", "value": "b"}

A union is two fields, its tag a `Scalar("B")` and its value the `Nested` table that the tag stands
for.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
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


def write(
    table: Table,
    value: Mapping[str, Any],
    *,
    identifier: bytes | None = None,
    size_prefix: bool = False,
) -> bytes:
    """Returns the FlatBuffer with `value` as its root.

    With `size_prefix` it begins with the u32 number of bytes that follow, and alignment counts from
    that prefix, as upstream's writers do. Equal values give equal bytes. Raises INVALID_ARGUMENT if
    a required field is absent.
    """
    writer = _Writer()
    if size_prefix:
        writer.data += bytes(4)
    root = len(writer.data)
    writer.data += bytes(4)
    if identifier is not None:
        writer.data += identifier
    writer.point(root, writer.table(table, value))
    writer.finish_texts()
    writer.pad(writer.align)
    if size_prefix:
        struct.pack_into("<I", writer.data, 0, len(writer.data) - 4)
    return bytes(writer.data)


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


class _Writer:
    """Writes each object behind those that point to it."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.align = 4
        self._vtables: dict[bytes, int] = {}
        self._texts: dict[str, list[int]] = {}
        """Shared strings, and the fields that point to them."""

    def pad(self, align: int, ahead: int = 0) -> None:
        """Pads so that the position `ahead` bytes further on is aligned."""
        self.align = max(self.align, align)
        self.data += bytes(-(len(self.data) + ahead) % align)

    def point(self, at: int, target: int) -> None:
        struct.pack_into("<I", self.data, at, target - at)

    def table(self, table: Table, value: Mapping[str, Any]) -> int:
        present: list[tuple[int, int, int, FieldType, Any]] = []
        for slot, (name, kind) in enumerate(table.fields.items()):
            item = value.get(name)
            if item is None or (isinstance(kind, Scalar) and item == kind.default):
                if item is None and name in table.required:
                    raise StatusError(
                        StatusCode.INVALID_ARGUMENT, f"{table.name}.{name} is required"
                    )
                continue
            size, align = _inline(kind)
            present.append((align, slot, size, kind, item))
        present.sort(key=lambda row: (-row[0], row[1]))
        end = 4
        offsets = [0] * (max((row[1] for row in present), default=-1) + 1)
        for align, slot, size, _, _ in present:
            end += -end % align
            offsets[slot] = end
            end += size
        vtable = struct.pack(f"<{2 + len(offsets)}H", 4 + 2 * len(offsets), end, *offsets)
        if (where := self._vtables.get(vtable)) is None:
            self.pad(2)
            where = self._vtables[vtable] = len(self.data)
            self.data += vtable
        self.pad(max((row[0] for row in present), default=4))
        self.pad(4)
        start = len(self.data)
        self.data += bytes(end)
        struct.pack_into("<i", self.data, start, start - where)
        for _, slot, _, kind, item in sorted(present, key=lambda row: row[1]):
            at = start + offsets[slot]
            if isinstance(kind, Scalar):
                struct.pack_into("<" + kind.code, self.data, at, item)
            elif isinstance(kind, Struct):
                struct.pack_into("<" + kind.form, self.data, at, *item)
            elif isinstance(kind, Text) and kind.shared:
                self._texts.setdefault(item, []).append(at)
            else:
                self.point(at, self._object(kind, item))
        return start

    def finish_texts(self) -> None:
        """Writes the shared strings: behind all that points to them, as offsets must be."""
        for text, places in self._texts.items():
            target = self._object(Text(), text)
            for at in places:
                self.point(at, target)

    def _object(self, kind: FieldType, item: Any) -> int:
        match kind:
            case Text():
                encoded = item.encode()
                return self._vector(len(encoded), encoded + b"\0", 1)
            case Bytes(align):
                data = memoryview(item).cast("B")
                return self._vector(len(data), data, align)
            case Scalars(code, align):
                data = struct.pack(f"<{len(item)}{code}", *item)
                return self._vector(len(item), data, max(align, struct.calcsize(code)))
            case Structs(form, align):
                return self._vector(
                    len(item), b"".join(struct.pack("<" + form, *row) for row in item), align
                )
            case Texts():
                return self._pointers(item, lambda text: self._object(Text(), text))
            case Nested(table):
                return self.table(table, item)
            case NestedVector(table):
                return self._pointers(item, lambda row: self.table(table, row))
            case Unions():
                return self._pointers(item, lambda pair: pair and self.table(*pair))
            case _:
                raise TypeError(f"{kind} is stored inline")

    def _vector(self, count: int, data: Any, align: int) -> int:
        self.pad(max(align, 4), ahead=4)
        start = len(self.data)
        self.data += struct.pack("<I", count)
        self.data += data
        return start

    def _pointers(self, items: Sequence[Any], write_item: Any) -> int:
        start = self._vector(len(items), bytes(4 * len(items)), 4)
        for position, item in enumerate(items):
            if (target := write_item(item)) is not None:
                self.point(start + 4 + 4 * position, target)
        return start


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

    def number(self, code: str, at: int) -> Any:
        if at < 0 or at + struct.calcsize(code) > self.size:
            raise _broken(f"it ends at byte {self.size}, inside of the field at byte {at}")
        return struct.unpack_from("<" + code, self.view, at)[0]

    def follow(self, at: int) -> int:
        return at + self.number("I", at)

    def table(self, table: Table, start: int) -> dict[str, Any]:
        self.spend(4)
        vtable = start - self.number("i", start)
        length = self.number("H", vtable)
        if length < 4 or length % 2 or vtable + length > self.size:
            raise _broken(f"{table.name} at byte {start} has no valid vtable")
        span = self.number("H", vtable + 2)
        slots = (length - 4) // 2
        offsets = struct.unpack_from(f"<{slots}H", self.view, vtable + 4)
        value: dict[str, Any] = {}
        for slot, (name, kind) in enumerate(table.fields.items()):
            offset = offsets[slot] if slot < slots else 0
            if offset:
                if offset < 4 or offset + _inline(kind)[0] > span:
                    raise _broken(f"{table.name}.{name} lies outside of its table")
                if isinstance(kind, Unions):
                    value[name] = self._unions(kind, value[kind.tags], start + offset)
                else:
                    value[name] = self._field(kind, start + offset)
            elif name in table.required:
                raise _broken(f"{table.name}.{name} is missing")
            else:
                value[name] = kind.default if isinstance(kind, Scalar) else None
        return value

    def _unions(
        self, kind: Unions, tags: memoryview | None, at: int
    ) -> list[tuple[Table, dict[str, Any]] | None]:
        positions = self._positions(at)
        numbers = list(tags or b"")
        if len(numbers) != len(positions) or any(tag > len(kind.tables) for tag in numbers):
            raise _broken(f"the tags of the unions at byte {at} do not fit them")
        pairs: list[tuple[Table, dict[str, Any]] | None] = []
        for tag, start in zip(numbers, positions):
            table = kind.tables[tag - 1] if tag else None
            pairs.append(None if table is None else (table, self.table(table, start)))
        return pairs

    def _field(self, kind: FieldType, at: int) -> Any:
        match kind:
            case Scalar(code):
                return self.number(code, at)
            case Struct(form):
                if at + struct.calcsize("<" + form) > self.size:
                    raise _broken("it ends inside of a struct")
                return struct.unpack_from("<" + form, self.view, at)
            case Text():
                return self._text(self.follow(at))
            case Bytes():
                return self._vector(self.follow(at), 1)[1]
            case Scalars(code):
                count, data = self._vector(self.follow(at), struct.calcsize(code))
                self.spend(count)
                return struct.unpack(f"<{count}{code}", data)
            case Structs(form):
                count, data = self._vector(self.follow(at), struct.calcsize("<" + form))
                self.spend(count)
                return list(struct.iter_unpack("<" + form, data))
            case Texts():
                return [self._text(position) for position in self._positions(at)]
            case Nested(table):
                return self.table(table, self.follow(at))
            case NestedVector(table):
                return [self.table(table, position) for position in self._positions(at)]

    def _vector(self, start: int, width: int) -> tuple[int, memoryview]:
        self.spend(1)
        count = self.number("I", start)
        if count * width > self.size - start - 4:
            raise _broken(
                f"the vector at byte {start} claims {count} elements, more than there are"
            )
        return count, self.view[start + 4 : start + 4 + count * width]

    def _positions(self, at: int) -> list[int]:
        start = self.follow(at)
        count, data = self._vector(start, 4)
        self.spend(count)
        return [
            start + 4 + 4 * n + offset for n, offset in enumerate(struct.unpack(f"<{count}I", data))
        ]

    def _text(self, start: int) -> str:
        """Returns a string; one that is pointed to many times, as a file's name, is read once."""
        if (known := self.texts.get(start)) is not None:
            return known
        count, data = self._vector(start, 1)
        self.spend(count // 4)
        try:
            text = self.texts[start] = str(data, "utf-8")
        except UnicodeDecodeError as error:
            raise _broken(f"the string at byte {start} is not UTF-8") from error
        return text


def _inline(kind: FieldType) -> tuple[int, int]:
    """Returns the size and alignment of a field within its table."""
    match kind:
        case Scalar(code):
            return struct.calcsize(code), struct.calcsize(code)
        case Struct(form, align):
            return struct.calcsize("<" + form), align
        case _:
            return 4, 4


def _broken(why: str) -> StatusError:
    return StatusError(StatusCode.DATA_LOSS, f"malformed FlatBuffer: {why}")
