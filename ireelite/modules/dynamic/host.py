"""The runtime as a library sees it: the table of functions, and what the library holds.

Statuses, types, references and memory are here, `values` has buffers, lists, tensors and
fences. The functions of the table are methods of the same name; `ireelite/dynamic_module.h` says
what each does. They take addresses and tickets as ctypes hands them over, and raise `StatusError`
for what the library gets as a status.
"""

from __future__ import annotations

import ctypes
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ireelite.hal.semaphore import Fence
from ireelite.hal.waits import renewed
from ireelite.modules.dynamic import abi
from ireelite.modules.dynamic.notification import Notification
from ireelite.modules.dynamic.threads import (
    call_library,
    called_by_libraries,
    keep,
    locked,
    outside,
)
from ireelite.modules.dynamic.tickets import Misuse, Tickets
from ireelite.modules.dynamic.values import HostValues, pointer, store
from ireelite.status import StatusCode, StatusError, invalid_argument
from ireelite.vm.instance import RUNTIME_TYPES, Instance
from ireelite.vm.refs import type_of

if TYPE_CHECKING:
    from ireelite.modules.dynamic.library import Library

_allocate = ctypes.pythonapi["PyMem_RawCalloc"]
_allocate.restype, _allocate.argtypes = ctypes.c_void_p, (ctypes.c_size_t, ctypes.c_size_t)
_free = ctypes.pythonapi["PyMem_RawFree"]
_free.restype, _free.argtypes = None, (ctypes.c_void_p,)


class DynamicObject:
    """An object of a library's own type. The library's `destroy` is called once, when the last
    reference goes; the library stays loaded until then.
    """

    vm_type: ClassVar[str]
    vm_type_origin: ClassVar[str]
    __slots__ = ("__weakref__", "pointer")

    def __init__(self, pointer: int):
        self.pointer = pointer

    def __repr__(self) -> str:
        return f"<{self.vm_type} at {self.pointer:#x}>"


@dataclass(frozen=True)
class ReferenceType:
    """What a library's type ticket is for."""

    name: str
    type: type | None
    """None for the runtime's."""


@dataclass(frozen=True)
class OwnType:
    """A type that the library has registered."""

    cls: type[DynamicObject]
    destroy: Callable[[int], None]


@dataclass(frozen=True)
class Holdings:
    """What a library holds now. When none of its functions runs and no state is there, more than
    nothing is a leak.
    """

    references: int
    statuses: int
    mappings: int
    allocations: int
    bytes: int
    objects: int
    """Of its own types, whoever refers to them."""


class Host(HostValues):
    """What one load of a library is given."""

    def __init__(self, instance: Instance, origin: str):
        super().__init__()
        self.instances = [instance]
        self.origin = origin
        self.library: Callable[[], Library | None] = lambda: None
        """What keeps the library loaded; asked when an object is made."""
        self.end_module: tuple[Callable[..., Any], int | None] | None = None
        """The module's `destroy` and what it takes, once there is a module."""
        self.closed = False
        self.stray: list[BaseException] = []
        """Errors in threads of the library's own."""
        self.objects = 0
        self.types: Tickets[ReferenceType] = Tickets("type")
        self._type_tickets: dict[ReferenceType, int] = {}
        self._own: dict[int, OwnType] = {}
        self._memory: dict[int, int] = {}
        self.table = abi.HostTable(ctypes.sizeof(abi.HostTable), abi.VERSION)
        for name, signature in abi.HOST_SIGNATURES.items():
            setattr(self.table, name, signature(self._guarded(name, getattr(self, name))))

    @property
    def address(self) -> int:
        """Of the table."""
        return ctypes.addressof(self.table)

    def holdings(self) -> Holdings:
        """Returns what the library holds now."""
        return Holdings(
            references=len(self.references),
            statuses=len(self.statuses),
            mappings=len(self.mappings),
            allocations=len(self._memory),
            bytes=sum(list(self._memory.values())),
            objects=self.objects,
        )

    def call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Calls a function of the library. Raises the status it returns, and what went wrong
        meanwhile.
        """
        if self.closed:
            raise StatusError(StatusCode.FAILED_PRECONDITION, f"{self.origin} is unloaded")
        number, error = call_library(self.stray, function, *arguments)
        status = None if number is None else self.taken_status(number)
        if error is not None or status is not None:
            raise error or status  # pyright: ignore[reportGeneralTypeIssues]

    def call_void(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Calls a function of the library that cannot fail; raises what it did wrong."""
        _, error = call_library(self.stray, function, *arguments)
        if error is not None:
            raise error

    def close(self) -> None:
        """Takes everything back, once the library is unloaded."""
        self.closed = True
        for tickets in (self.references, self.statuses, self.types, self.mappings):
            tickets.clear()
        while self._memory:
            _free(self._memory.popitem()[0])
        self.texts.clear()
        # The functions refer to this object, and it to them.
        for name, signature in abi.HOST_SIGNATURES.items():
            setattr(self.table, name, signature())

    def _guarded(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a function of the table: a raised error becomes a status, or is kept for later."""
        stray = self.stray
        returns_status = name in abi.RETURNS_STATUS

        @called_by_libraries
        def call(_host: int, *arguments: Any) -> Any:
            try:
                return method(*arguments)
            except BaseException as error:
                if not isinstance(error, StatusError) or isinstance(error, Misuse):
                    keep(error, stray)
                if not returns_status:
                    return None if name in abi.RETURNS_NOTHING else int(StatusCode.INTERNAL)
                if isinstance(error, StatusError):
                    return self.statuses.give(error)
                return self.statuses.give(StatusError(StatusCode.INTERNAL, repr(error)))

        return call

    # -- memory

    def allocate(self, size: int, out: int) -> None:
        """Allocates zeroed memory."""
        address = _allocate(max(size, 1), 1)
        if not address:
            raise StatusError(StatusCode.RESOURCE_EXHAUSTED, f"no memory for {size} bytes")
        self._memory[address] = size
        store(out, address)

    def deallocate(self, memory: int | None) -> None:
        """Frees what `allocate` gave."""
        if memory is None:
            return
        if self._memory.pop(memory, None) is None:
            raise Misuse(f"it frees memory at {memory:#x} that it does not have")
        _free(memory)

    # -- statuses

    def given_status(self, failure: StatusError | None) -> int | None:
        """Converts an error to a status that the library owns; None for success."""
        return None if failure is None else self.statuses.give(renewed(failure))

    def status_make(self, code: int, message: abi.StringView) -> int | None:
        """Returns a new status."""
        if code == 0:
            return None
        known = code in StatusCode.__members__.values()
        status = StatusCode(code) if known else StatusCode.UNKNOWN
        return self.statuses.give(StatusError(status, message.text()))

    def status_annotate(self, status: int | None, context: abi.StringView) -> None:
        """Adds a context."""
        if status is not None:
            self.statuses.look(status).annotate(context.text())

    def status_code(self, status: int | None) -> int:
        """Returns the code; 0 for NULL."""
        return 0 if status is None else int(self.statuses.look(status).code)

    def status_message(self, status: int | None, out: int) -> None:
        """Stores the message with its contexts."""
        store(out, 0, offset=0)
        store(out, 0, offset=8)
        if status is None:
            return
        error = self.statuses.look(status)
        text = "; ".join([error.message, *error.contexts]).encode()
        self.texts[status] = buffer = ctypes.create_string_buffer(text, max(len(text), 1))
        store(out, ctypes.addressof(buffer), offset=0)
        store(out, len(text), offset=8)

    def status_free(self, status: int | None) -> None:
        """Drops a status."""
        if status is not None:
            self.statuses.release(status)
            self.texts.pop(status, None)

    # -- types

    def type_register(self, descriptor: int, out: int) -> None:
        """Makes a class for the library's type, and registers it."""
        row = abi.TypeDescriptor.from_address(pointer(descriptor))
        if row.struct_size < abi.TypeDescriptor.destroy.offset:
            raise Misuse(f"struct_size of a type descriptor is {row.struct_size}")
        name = row.name.text()
        attributes = {"vm_type": name, "vm_type_origin": self.origin, "__slots__": ()}
        cls = type(name, (DynamicObject,), attributes)
        _register([(instance, cls) for instance in self.instances])
        has_destroy = row.struct_size >= ctypes.sizeof(abi.TypeDescriptor) and row.destroy
        number = self._type_ticket(ReferenceType(name, cls))
        self._own[number] = OwnType(cls, _destroyer(row) if has_destroy else lambda pointer: None)
        store(out, number)

    def type_unregister(self, number: int) -> None:
        """Takes a type back."""
        if number not in self._own:
            raise Misuse(f"it unregisters the type {number or 0:#x} that it has not registered")
        row = self._own.pop(number)
        for instance in self.instances:
            instance.unregister_type(row.cls)

    def type_lookup(self, name: abi.StringView, out: int) -> None:
        """Finds a type."""
        found = self.instances[0].lookup_type(name.text())
        store(out, self._type_ticket(ReferenceType(found.name, found.type)))

    def type_name(self, number: int, out: int) -> None:
        """Stores the name of a type."""
        name = self.types.look(number).name
        encoded = name.encode()
        if name not in self.texts:
            self.texts[name] = ctypes.create_string_buffer(encoded)
        store(out, ctypes.addressof(self.texts[name]), offset=0)
        store(out, len(encoded), offset=8)

    def register_types_with(self, instance: Instance) -> None:
        """Makes the library's types known to another instance, in which it is used too."""
        if all(instance is not known for known in self.instances):
            _register([(instance, row.cls) for row in self._own.values()])
            self.instances.append(instance)

    def unregister_types(self) -> None:
        """Takes back the types that the library has not taken back itself."""
        for number in list(self._own):
            self.type_unregister(number)

    def _type_ticket(self, row: ReferenceType) -> int:
        """Returns the same ticket for the same type, so that libraries may compare them."""
        if row not in self._type_tickets:
            self._type_tickets[row] = self.types.give(row)
        return self._type_tickets[row]

    # -- references

    def ref_retain(self, ref: int | None) -> None:
        """Adds one claim to a reference."""
        if ref is not None:
            self.references.retain(ref)

    def ref_release(self, ref: int | None) -> None:
        """Drops one claim to a reference."""
        if ref is not None:
            self.references.release(ref)

    def ref_type(self, ref: int | None, out: int) -> None:
        """Stores the type of an object."""
        thing = self.reference(ref)
        name = type_of(thing)
        if name in RUNTIME_TYPES:
            store(out, self._type_ticket(ReferenceType(name, None)))
            return
        store(out, self._type_ticket(ReferenceType(name, type(thing))))

    def object_create(self, number: int, address: int | None, out: int) -> None:
        """Wraps an object of the library's."""
        row = self._own.get(number)
        if row is None:
            raise invalid_argument("the type is not one that the module has registered")
        if address is None:
            raise invalid_argument("an object cannot be NULL")
        pointer(out)
        library = self.library()
        if library is None:
            raise StatusError(StatusCode.FAILED_PRECONDITION, "the module is being destroyed")
        thing = row.cls(address)
        weakref.finalize(thing, _end_object, library, row.destroy, address)
        with locked():
            self.objects += 1
        store(out, self.references.give(thing))

    def object_get(self, ref: int | None, number: int, out: int) -> None:
        """Stores the pointer behind a reference."""
        thing = self.reference(ref)
        row = self._own.get(number)
        wanted = self.types.look(number)
        if row is None or type(thing) is not row.cls:
            have = type_of(thing)
            other = " of another load of the library" if have == wanted.name else ""
            raise invalid_argument(
                f"ref type mismatch; expected {wanted.name} but have {have}{other}"
            )
        store(out, thing.pointer)

    # -- fences

    def fence_notify(self, ref: int | None, callback: int | None, context: int | None) -> None:
        """Registers a function of the library that is called when a fence is reached or fails."""
        function = abi.FenceCallback(pointer(callback))
        fence = None if ref is None else self.typed(ref, Fence)
        library = self.library()
        if library is None:
            raise StatusError(StatusCode.FAILED_PRECONDITION, "the module is being destroyed")

        notification = Notification(library, function, context)
        try:
            if fence is None:
                notification(None)
            elif not fence.when_reached(notification):
                notification(fence.failure)
        except BaseException as error:
            if notification.withdraw():
                raise
            # To the library this would mean that its function is not called.
            keep(error, self.stray)

    # -- output

    def print(self, stream: int, text: abi.StringView) -> None:
        """Writes to the interpreter's standard output or error."""
        file = sys.stderr if stream == abi.STREAM_ERROR else sys.stdout
        if file is not None:
            file.write(text.text())
            file.flush()

    def format(self, ref: int | None, max_elements: int, out: int) -> None:
        """Formats a value as text, in memory of the library's."""
        text = self.formatted(ref, max_elements).encode()
        self.allocate(len(text), out)
        address = ctypes.c_void_p.from_address(out).value or 0
        ctypes.memmove(address, text, len(text))
        store(out, len(text), offset=8)


def _register(pairs: list[tuple[Instance, type[DynamicObject]]]) -> None:
    """Registers types with instances: all or, if one fails, none."""
    for position, (instance, cls) in enumerate(pairs):
        try:
            instance.register_type(cls)
        except StatusError:
            for earlier, known in pairs[:position]:
                earlier.unregister_type(known)
            raise


def _destroyer(row: abi.TypeDescriptor) -> Callable[[int], None]:
    function, context = abi.DestroyObject(row.destroy), row.self

    def destroy(pointer: int) -> None:
        function(context, pointer)

    return destroy


def _end_object(library: Library, destroy: Callable[[int], None], pointer: int) -> None:
    def end() -> None:
        with locked():
            library.host.objects -= 1
        if not library.host.closed:
            library.host.call_void(destroy, pointer)

    outside(end)
