"""Files of the safetensors format: a header in JSON, and the tensors' bytes behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ireelite.hal.files import HostFile
from ireelite.parameters.index import Parameter
from ireelite.parameters.reading import file_range, read_bytes
from ireelite.status import invalid_argument

_COUNT_BYTES = 8
_ABOUT = "__metadata__"
"""The key of the header that is no tensor."""


def read_safetensors(file: HostFile) -> Iterator[Parameter]:
    """Yields the tensors of a file. Raises INVALID_ARGUMENT for a malformed header and OUT_OF_RANGE
    for a file that is cut off.
    """
    count = int.from_bytes(read_bytes(file, 0, _COUNT_BYTES, "the header's length"), "little")
    text = read_bytes(file, _COUNT_BYTES, count, "the header")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise invalid_argument(f"the safetensors header is no JSON: {error}") from error
    if not isinstance(header, dict):
        raise invalid_argument("the safetensors header is no JSON object")
    for key, row in header.items():
        if key == _ABOUT:
            continue
        begin, end = _offsets(key, row)
        where = file_range(file, _COUNT_BYTES + count + begin, end - begin, f"tensor `{key}`")
        yield Parameter(key, end - begin, where)


def _offsets(key: str, row: Any) -> tuple[int, int]:
    offsets = row.get("data_offsets") if isinstance(row, dict) else None
    match offsets:
        case [int(begin), int(end)] if 0 <= begin <= end:
            return begin, end
    raise invalid_argument(
        f"safetensors entry `{key}` needs data_offsets [begin, end]; it has {offsets!r}"
    )
