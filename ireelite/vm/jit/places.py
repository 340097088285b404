"""Where the buffers of compiled code are."""

from __future__ import annotations

from typing import Any

from ireelite.vm.refs import Buffer

Place = tuple[int, int, int]
"""The address of a buffer, its bytes to load from, and its bytes to store to."""
NOWHERE: Place = (0, -1, -1)
"""The place of what is no buffer."""


def place_of(reference: Any) -> Place:
    """Returns where the bytes of a buffer are; no bytes for other references."""
    return reference.place if isinstance(reference, Buffer) else NOWHERE
