"""The instance: the reference types that modules may name."""

from __future__ import annotations

from ireelite.bytecode.verify import BUILTIN_TYPES
from ireelite.forking import short_lock
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found

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


def _is_type_name(text: str) -> bool:
    """Returns whether a text names a reference type: words with dots between them."""
    words = text.replace("_", "a").replace("$", "0").split(".")
    begins = words[0][:1].isascii() and words[0][:1].isalpha()
    return begins and len(words) > 1 and all(map(str.isalnum, words))


@light_dataclass(frozen=True)
class RegisteredType:
    """A reference type that a module added."""

    name: str
    """As `custom.string`."""
    type: type | None
    """The class of its objects; None if only the name is known."""
    origin: str
    """Who defines it. Another definition of the same origin is a newer version of it."""


class Instance:
    """Shared by contexts; knows the reference types.

    A type is a Python class with a `vm_type`, or no more than a name. Registering one again is
    counted, and takes as many calls of `unregister_type` to undo. A type that is unregistered
    while objects of it are alive can no longer be named by modules that are loaded from then on;
    the objects, and the modules that are linked already, stay as they are.
    """

    def __init__(self) -> None:
        self._added: dict[str, list[RegisteredType]] = {}
        self._counts: dict[RegisteredType, int] = {}
        self._lock = short_lock()

    def register_type(self, added: str | type) -> RegisteredType:
        """Adds a reference type: a class with a `vm_type` as `custom.string`, or just that name.

        A class may say who defines it in `vm_type_origin`; else that is the class's full name. A
        second class of the same name and origin is a newer version of the first: new modules get
        the newest one until it is unregistered, when the one before counts again. Raises
        ALREADY_EXISTS if the name is taken by another origin or by the runtime, INVALID_ARGUMENT
        for what is no name of a type.
        """
        row = _described(added)
        if not _is_type_name(row.name):
            raise invalid_argument(
                f"'{row.name}' is not the name of a reference type, as 'custom.string' is"
            )
        if row.name in RUNTIME_TYPES:
            raise StatusError(
                StatusCode.ALREADY_EXISTS, f"type '{row.name}' belongs to the runtime"
            )
        with self._lock:
            known = self._added.get(row.name, [])
            if known and known[-1].origin != row.origin:
                raise StatusError(
                    StatusCode.ALREADY_EXISTS,
                    f"type '{row.name}' is already registered by {known[-1].origin}",
                )
            if row not in known:
                self._added[row.name] = [*known, row]
            self._counts[row] = self._counts.get(row, 0) + 1
        return row

    def unregister_type(self, added: str | type) -> None:
        """Undoes one registration. Raises NOT_FOUND if there is none."""
        row = _described(added)
        with self._lock:
            if row not in self._counts:
                raise not_found(f"no type registered with name '!{row.name}'")
            self._counts[row] -= 1
            if self._counts[row]:
                return
            del self._counts[row]
            rest = [known for known in self._added[row.name] if known != row]
            if rest:
                self._added[row.name] = rest
            else:
                del self._added[row.name]

    def lookup_type(self, name: str) -> RegisteredType:
        """Returns the type of a name without `!`; the newest if there are several versions of it.

        Raises NOT_FOUND with the near names.
        """
        if name in RUNTIME_TYPES:
            return RegisteredType(name, None, "the runtime")
        with self._lock:
            if known := self._added.get(name):
                return known[-1]
            near = near_names(name, [*RUNTIME_TYPES, *self._added])
        raise not_found(f"no type registered with name '!{name}'{near}")

    def resolve_type(self, full_name: str) -> str:
        """Returns a name of a module's type table without its `!`; every list type is `vm.list`.

        Raises NOT_FOUND.
        """
        if full_name in BUILTIN_TYPES:
            return full_name.lstrip("!")
        name = full_name[1:]
        if name.startswith("vm.list<"):
            name = "vm.list"
        if not full_name.startswith("!") or (name not in RUNTIME_TYPES and name not in self._added):
            raise not_found(f"no type registered with name '{full_name}'")
        return name


def _described(added: str | type) -> RegisteredType:
    if isinstance(added, str):
        return RegisteredType(added, None, f"the name '{added}'")
    name = getattr(added, "vm_type", None)
    if not isinstance(name, str):
        raise invalid_argument(f"class {added.__qualname__} has no vm_type")
    origin = getattr(added, "vm_type_origin", f"{added.__module__}.{added.__qualname__}")
    return RegisteredType(name, added, origin)
