"""What references hold, as a reader opens them: the bytes of buffers, the items of lists, the
elements of buffer views, the timepoints of fences.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from ireelite.hal.buffer import Buffer as HalBuffer
from ireelite.hal.buffer import BufferView
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.semaphore import Fence
from ireelite.status import StatusError
from ireelite.vm.ref_names import RefNames
from ireelite.vm.refs import Buffer, List
from workbench.model.numbers import number

BYTES_A_ROW = 16
MAX_ROWS = 8
MAX_ITEMS = 16
MAX_COLUMNS = 8


class Contents(NamedTuple):
    """A table of what an object holds."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """What is left out, or why there is nothing."""


NOTHING = Contents((), ())


def contents(value: Any, names: RefNames) -> Contents:
    """Returns what a reference holds; `NOTHING` for types that show nothing but their name.

    Memory of a device other than the host is not read.
    """
    try:
        match value:
            case Buffer():
                return _bytes(memoryview(value.data), len(value.data))
            case List():
                return _items(value, names)
            case BufferView(buffer=HostBuffer()):
                return _elements(value)
            case HostBuffer():
                return _bytes(value.read(0, min(value.byte_length, _SHOWN)), value.byte_length)
            case BufferView() | HalBuffer():
                return Contents((), (), "in the device's memory: peek() reads it")
            case Fence():
                return _timepoints(value)
    except StatusError as error:
        return Contents((), (), error.message)
    return NOTHING


def array_of(value: Any) -> Any:
    """Returns the elements of a reference as a NumPy array, for `TensorPeek`: those of a buffer
    view by its type, the bytes of any buffer; every other value as it is.
    """
    from ireelite.arrays import decode

    if isinstance(value, BufferView):
        return decode(value)
    if isinstance(value, Buffer | HalBuffer):
        import numpy as np

        data = value.data if isinstance(value, Buffer) else value.read()
        return np.frombuffer(bytes(data), np.uint8)
    return value


_SHOWN = BYTES_A_ROW * MAX_ROWS


def _bytes(data: memoryview, length: int) -> Contents:
    """Rows of 16 bytes: as hexadecimal, as i32, as f32; a text where they are one."""
    shown = bytes(data[:_SHOWN])
    note = f"{length} bytes" + (f", the first {_SHOWN} shown" if length > _SHOWN else "")
    if shown and all(32 <= byte < 127 for byte in shown):
        return Contents(("text",), ((shown.decode("ascii"),),), note)
    rows: list[tuple[str, ...]] = []
    for start in range(0, len(shown), BYTES_A_ROW):
        piece = shown[start : start + BYTES_A_ROW]
        whole = piece[: len(piece) // 4 * 4]
        count = len(whole) // 4
        rows.append(
            (
                f"{start}",
                piece.hex(" ", 4),
                " ".join(map(str, struct.unpack(f"<{count}i", whole))),
                " ".join(number(value) for value in struct.unpack(f"<{count}f", whole)),
            )
        )
    return Contents(("offset", "bytes", "as i32", "as f32"), tuple(rows), note)


def _items(value: List, names: RefNames) -> Contents:
    items = value.items
    rows = tuple((str(n), _item(item, names)) for n, item in enumerate(items[:MAX_ITEMS]))
    note = f"{len(items)} items" + (
        f", the first {MAX_ITEMS} shown" if len(items) > MAX_ITEMS else ""
    )
    return Contents(("item", "value"), rows, note)


def _item(item: Any, names: RefNames) -> str:
    if isinstance(item, int | float) or item is None:
        return "null" if item is None else str(item)
    return names.describe(item)


def _elements(view: BufferView) -> Contents:
    import numpy as np

    array = np.asarray(array_of(view))
    flat = array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1)
    height, width = flat.shape
    rows = tuple(
        (str(n), *(number(value) for value in row[:MAX_COLUMNS].tolist()))
        for n, row in enumerate(flat[:MAX_ROWS])
    )
    shape = "x".join(map(str, view.shape)) or "scalar"
    whole = height <= MAX_ROWS and width <= MAX_COLUMNS
    note = f"{shape}" + ("" if whole else f", the first {MAX_ROWS} x {MAX_COLUMNS} shown")
    return Contents(("row", *map(str, range(min(width, MAX_COLUMNS)))), rows, note)


def _timepoints(fence: Fence) -> Contents:
    rows = tuple(
        (f"semaphore {n}", str(value), "yes" if semaphore.reached(value) else "no")
        for n, (semaphore, value) in enumerate(fence.timepoints)
    )
    return Contents(("semaphore", "at least", "reached"), rows)
