"""The instance: the reference types that modules may name."""

from __future__ import annotations

from ireelite.bytecode.verify import BUILTIN_TYPES
from ireelite.status import not_found

RUNTIME_TYPES = (
    *("vm.buffer", "vm.list"),
    *(
        "hal.allocator",
        "hal.buffer",
        "hal.buffer_view",
        "hal.channel",
        "hal.command_buffer",
        "hal.device",
    ),
    *("hal.event", "hal.executable", "hal.fence", "hal.file", "hal.semaphore"),
)
"""The reference types of IREE's runtime."""


class Instance:
    """Shared by contexts; knows the names of reference types."""

    def __init__(self) -> None:
        self._types = set(RUNTIME_TYPES)

    def register_type(self, name: str) -> None:
        """Adds a reference type, as `custom.string`."""
        self._types.add(name)

    def resolve_type(self, full_name: str) -> str:
        """A name of a module's type table without its `!`; every list type is `vm.list`.

        Raises NOT_FOUND.
        """
        if full_name in BUILTIN_TYPES:
            return full_name.lstrip("!")
        name = full_name[1:]
        if name.startswith("vm.list<"):
            name = "vm.list"
        if not full_name.startswith("!") or name not in self._types:
            raise not_found(f"no type registered with name '{full_name}'")
        return name
