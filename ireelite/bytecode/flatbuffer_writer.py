"""Writes FlatBuffers by the schemas of `flatbuffer`."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any

from ireelite.bytecode.flatbuffer import (
    Bytes,
    FieldType,
    Nested,
    NestedVector,
    Scalar,
    Scalars,
    Struct,
    Structs,
    Table,
    Text,
    Texts,
    Unions,
    inline_size,
)
from ireelite.status import StatusCode, StatusError


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
            size, align = inline_size(kind)
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
