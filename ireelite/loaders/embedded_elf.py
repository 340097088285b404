"""Loader of `embedded-elf-x86_64` and `system-elf-x86_64`, upstream's code for CPUs: a shared object
that the system's loader brings into this process. One of the first kind has no dependencies; one of
the second may need libraries of the system.

The object exports one function, which gives out a table of the entry points. Each entry point is

    int entry(const environment *, const dispatch_state *, const workgroup_state *)

and is called once a workgroup. The code trusts the addresses it gets: it runs with the rights of
this process, and nothing here protects from code that is meant to do harm.
"""

from __future__ import annotations

import ctypes
import struct
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.executables.elf_image import check_shared_object
from ireelite.hal.executable import (
    BoundBuffer,
    HostDispatch,
    HostExecutable,
    NativeEntry,
    PlannedDispatch,
)
from ireelite.hal.host_blocks import HostMemory
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.host_pool import HostPool
from ireelite.hal.native_code import native_code
from ireelite.loaders.shared_object import SharedObject
from ireelite.status import StatusCode, StatusError, invalid_argument

FORMAT = "embedded-elf-x86_64"
SYSTEM_FORMAT = "system-elf-x86_64"
VERSION = 6
QUERY = "iree_hal_executable_library_query"
BINDING_ALIGNMENT = 64
LOCAL_MEMORY_PAGE = 4096
MAX_PLANNED_LOCAL_MEMORY = 1 << 18
"""Bytes of local memory up to which a plan has it on the stack of the thread that runs."""

LIBRARY = struct.Struct("<Q I4xQ I4x9Q I4x")
"""header; imports: count, names; exports: count, entry points, attributes, parameters, occupancy,
names, tags, parameter names, source locations, stage locations; constants: count"""
HEADER = struct.Struct("<I4xQII")
"""version, name, features, sanitizer"""
ATTRIBUTES = struct.Struct("<QHBBIIHH40x")
"""flags, pages of local memory, constants, bindings, workgroup size x y z, parameters"""
ENVIRONMENT = struct.Struct("<4Q64x")
"""constants, import thunk, imports, their contexts, what is known of the CPU (nothing)"""
DISPATCH = struct.Struct("<IIHHIIHBBQQQ")
"""workgroup size x y z, constants, workgroup count x y z, concurrency, bindings;
addresses of the constants, of the bindings' addresses and of their lengths"""
WORKGROUP = struct.Struct("<IIHHIQI4x")
"""workgroup x y z, 0, processor, local memory: address and size"""
WORKGROUP_ID = struct.Struct("<IIH")

_QUERY = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p)
_ENTRY_POINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class EmbeddedElfLoader:
    """Takes shared objects for x86-64."""

    formats = (FORMAT, SYSTEM_FORMAT)
    native = True

    def load(
        self, format: str, data: memoryview, constants: memoryview | None
    ) -> EmbeddedElfExecutable:
        """Loads the object and reads its table.

        Raises DATA_LOSS for what is not such an object, UNIMPLEMENTED for code that needs functions
        of its host, INVALID_ARGUMENT for a wrong number of executable constants.
        """
        check_shared_object(data, alone=format == FORMAT)
        return EmbeddedElfExecutable(format, _query_function(SharedObject(data)), constants)


Query = Callable[[int, int], int | None]
"""(newest version known, address of the environment) -> address of the table, if any"""


def _query_function(library: SharedObject) -> Query:
    """Raises DATA_LOSS if the object has none."""
    address = library.address(QUERY)
    if address is None:
        raise StatusError(StatusCode.DATA_LOSS, f"executable does not export {QUERY}")
    function = _QUERY(address)

    def query(version: int, environment: int) -> int | None:
        return function(version, environment)

    # The code stays as long as what calls it.
    query.__dict__["library"] = library
    return query


@dataclass(frozen=True)
class ElfEntryPoint:
    """A row of the table of exports."""

    name: str
    address: int
    local_memory: int
    """Bytes a workgroup may use."""
    constants: int
    bindings: int
    workgroup_size: tuple[int, int, int]


class EmbeddedElfExecutable(HostExecutable):
    """Entry points of a shared object."""

    binding_alignment = BINDING_ALIGNMENT
    writes_constants = True

    def __init__(self, format: str, query: Query, constants: memoryview | None):
        self._query = query
        words = b"" if constants is None else bytes(constants)
        self._constants = ctypes.create_string_buffer(words, max(len(words), 4))
        self._environment = ctypes.create_string_buffer(ENVIRONMENT.size)
        ENVIRONMENT.pack_into(self._environment, 0, ctypes.addressof(self._constants), 0, 0, 0)
        table = query(VERSION, ctypes.addressof(self._environment))
        if not table:
            raise StatusError(
                StatusCode.INCOMPATIBLE, f"executable does not have version {VERSION} of its table"
            )
        self._absent = self._check(table, len(words))
        if self._absent is not None:
            absent = ctypes.addressof(self._absent)
            struct.pack_into("<QQ", self._environment, 16, absent, absent)
        self._entries = _entry_points(table)
        super().__init__(format, [entry.name for entry in self._entries])
        self._functions: list[Any] = [_ENTRY_POINT(entry.address) for entry in self._entries]
        self._memory = HostMemory()

    def _check(self, table: int, constants_size: int) -> Any:
        """Raises if the executable wants what it is not given; returns a table of its optional
        imports, all of them absent, or None.
        """
        header, import_count, import_names, *_, constant_count = _read(LIBRARY, table)
        version, _, _, sanitizer = _read(HEADER, header)
        if version != VERSION:
            raise StatusError(
                StatusCode.INCOMPATIBLE,
                f"executable's table has version {version}; expected {VERSION}",
            )
        if sanitizer:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"executable was compiled for a sanitizer (kind {sanitizer})",
            )
        names = [_text(at) for at in _addresses(import_names, import_count)]
        # A question mark stands before what the code can do without.
        if wanted := [name for name in names if not name.startswith("?")]:
            raise StatusError(
                StatusCode.UNIMPLEMENTED,
                f"executable imports functions that are not provided: {', '.join(wanted)}",
            )
        if constants_size != constant_count * 4:
            raise invalid_argument(
                f"executable takes {constant_count} executable constants but "
                f"{constants_size} bytes were given; each is 4"
            )
        return (ctypes.c_void_p * import_count)() if import_count else None

    def prepare(
        self,
        entry_point: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        pool: HostPool | None = None,
    ) -> HostDispatch:
        """Prepares one call a workgroup, x fastest. Bindings that are not aligned to 64 bytes are
        copied, and what the code changed of them is copied back.
        """
        if not 0 <= entry_point < len(self._entries):
            raise invalid_argument(
                f"entry point {entry_point} of {len(self._entries)} does not exist"
            )
        entry = self._entries[entry_point]
        if len(constants) != entry.constants:
            raise invalid_argument(
                f"entry point '{entry.name}' takes {entry.constants} constants but "
                f"{len(constants)} were given"
            )
        nx, ny, nz = workgroups
        if not are_counts(workgroups):
            raise invalid_argument(f"workgroup count {workgroups} does not fit 32, 32 and 16 bits")
        count = entry.bindings
        words = _as_words(constants)
        function = self._functions[entry_point]
        environment_at = ctypes.addressof(self._environment)
        pack_pointers = struct.Struct(f"<{2 * count}Q").pack_into
        set_workgroup = WORKGROUP_ID.pack_into
        memory = self._memory

        def new_frame() -> _Frame:
            return _Frame(memory, entry, (nx, ny, nz), len(constants), ctypes.addressof(words))

        frames = deque([new_frame()])

        def run(bound: Sequence[BoundBuffer]) -> None:
            if len(bound) != count:
                raise invalid_argument(
                    f"entry point '{entry.name}' takes {count} bindings but {len(bound)} were given"
                )
            addresses: list[int] = []
            unaligned = 0
            for buffer, offset, _ in bound:
                if not isinstance(buffer, HostBuffer):
                    raise invalid_argument(f"{buffer!r} is not in host memory")
                address = buffer.address + offset
                unaligned |= address % BINDING_ALIGNMENT
                addresses.append(address)
            copies = _align(memory, bound, addresses) if unaligned else ()
            # Calls from several threads may overlap: each has a frame of its own.
            try:
                frame = frames.pop()
            except IndexError:
                frame = new_frame()
            pack_pointers(frame.pointers, 0, *addresses, *(length for _, _, length in bound))
            for z in range(nz):
                for y in range(ny):
                    for x in range(nx):
                        set_workgroup(frame.group, 0, x, y, z)
                        if status := function(environment_at, frame.state_at, frame.group_at):
                            raise _failed(entry.name, (x, y, z), status)
            frames.append(frame)
            for copy in copies:
                copy.write_back()

        # What the code is given addresses of lives as long as this closure.
        run.__dict__["keeps"] = self, words
        return run

    def native_entry(self, dispatch: PlannedDispatch) -> NativeEntry | None:
        """Returns the entry point with its dispatch state; None for a wrong number of constants or
        bindings, for too many workgroups, and for much local memory.
        """
        code, number = native_code(), dispatch.entry_point
        if code is None or not 0 <= number < len(self._entries):
            return None
        entry, counts = self._entries[number], dispatch.workgroups
        if (
            len(dispatch.constants) != entry.constants
            or len(dispatch.bindings) != entry.bindings
            or entry.local_memory > MAX_PLANNED_LOCAL_MEMORY
            or not are_counts(counts)
        ):
            return None
        words = _as_words(dispatch.constants)
        lengths = (ctypes.c_uint64 * max(entry.bindings, 1))(
            *(binding.length for binding in dispatch.bindings)
        )
        state = ctypes.create_string_buffer(DISPATCH.size)
        DISPATCH.pack_into(
            state, 0, *entry.workgroup_size, entry.constants, *counts, 1, entry.bindings,
            ctypes.addressof(words), 0, ctypes.addressof(lengths),
        )  # fmt: skip
        row = _PlannedLibrary(
            entry.address,
            dispatch.stopped,
            ctypes.addressof(self._environment),
            ctypes.addressof(state),
            entry.bindings,
            *counts[:2],
            entry.local_memory,
            BINDING_ALIGNMENT - 1,
        )
        keeps = self, words, lengths, state
        return NativeEntry(code.addresses["library"], row, keeps, BINDING_ALIGNMENT)


class _PlannedLibrary(ctypes.Structure):
    """The constants of `library` of `replay.ll`."""

    _fields_ = (
        ("function", ctypes.c_void_p),
        ("stopped", ctypes.c_void_p),
        ("environment", ctypes.c_void_p),
        ("dispatch", ctypes.c_void_p),
        ("bindings", ctypes.c_int64),
        ("nx", ctypes.c_int64),
        ("ny", ctypes.c_int64),
        ("local_memory", ctypes.c_int64),
        ("mask", ctypes.c_int64),
    )


class _Frame:
    """What one call of an entry point passes to the code: addresses of the bindings, the dispatch,
    the workgroup and its local memory."""

    def __init__(
        self,
        memory: HostMemory,
        entry: ElfEntryPoint,
        counts: tuple[int, int, int],
        constants: int,
        constants_at: int,
    ):
        bindings = entry.bindings
        self.pointers = (ctypes.c_uint64 * max(2 * bindings, 1))()
        self.state = ctypes.create_string_buffer(DISPATCH.size)
        self.group = ctypes.create_string_buffer(WORKGROUP.size)
        self.local, local_at = memory.block(entry.local_memory)
        pointers_at = ctypes.addressof(self.pointers)
        DISPATCH.pack_into(
            self.state, 0, *entry.workgroup_size, constants, *counts, 1, bindings,
            constants_at, pointers_at, pointers_at + 8 * bindings,
        )  # fmt: skip
        WORKGROUP.pack_into(self.group, 0, 0, 0, 0, 0, 0, local_at, entry.local_memory)
        self.state_at = ctypes.addressof(self.state)
        self.group_at = ctypes.addressof(self.group)


def are_counts(workgroups: tuple[int, int, int]) -> bool:
    """Returns whether numbers of workgroups fit the fields of a dispatch state."""
    nx, ny, nz = workgroups
    return 0 <= nx < 1 << 32 and 0 <= ny < 1 << 32 and 0 <= nz < 1 << 16


def _as_words(constants: Sequence[int]) -> ctypes.Array[ctypes.c_uint32]:
    """Returns constants as 32-bit words, at least one."""
    return (ctypes.c_uint32 * max(len(constants), 1))(*(c & 0xFFFFFFFF for c in constants))


def _failed(name: str, workgroup: tuple[int, int, int], status: int) -> StatusError:
    return StatusError(
        StatusCode.INTERNAL, f"entry point '{name}' returned {status} for workgroup {workgroup}"
    )


class _AlignedCopy:
    """A range of a buffer, elsewhere while the code runs."""

    def __init__(self, memory: HostMemory, buffer: Any, offset: int, length: int):
        self.original = buffer.data[offset : offset + length]
        self.data, self.address = memory.block(length)
        self.data[:] = self.original
        self._before = bytes(self.original)

    def write_back(self) -> None:
        """Writes the bytes that were changed, and no others: another binding may overlap."""
        import numpy as np

        if self.data == self._before:
            return
        if self.original.readonly:
            raise StatusError(
                StatusCode.PERMISSION_DENIED,
                "executable wrote to a read-only buffer: it is a constant of a module",
            )
        after = np.frombuffer(self.data, np.uint8)
        changed = after != np.frombuffer(self._before, np.uint8)
        np.frombuffer(self.original, np.uint8)[changed] = after[changed]


def _align(
    memory: HostMemory, bound: Sequence[BoundBuffer], addresses: list[int]
) -> Sequence[_AlignedCopy]:
    """Copies the unaligned bindings and puts the copies' addresses in place of theirs. Bindings that
    begin at the same byte share a copy, as long as the longest of them.
    """
    longest: dict[int, BoundBuffer] = {}
    for address, binding in zip(addresses, bound):
        if address % BINDING_ALIGNMENT and binding[2] > longest.get(address, (None, 0, 0))[2]:
            longest[address] = binding
    copies = {at: _AlignedCopy(memory, *binding) for at, binding in longest.items()}
    addresses[:] = [copies[at].address if at in copies else at for at in addresses]
    return tuple(copies.values())


def _entry_points(table: int) -> list[ElfEntryPoint]:
    _, _, _, count, functions, attributes, _, _, names, *_ = _read(LIBRARY, table)
    texts = [_text(at) for at in _addresses(names, count)] if names else []
    entries: list[ElfEntryPoint] = []
    for n, address in enumerate(_addresses(functions, count)):
        # Without a table of attributes all of them are zero.
        row = bytes(ATTRIBUTES.size)
        if attributes:
            row = ctypes.string_at(attributes + n * ATTRIBUTES.size, ATTRIBUTES.size)
        _, pages, constants, bindings, x, y, z, _ = ATTRIBUTES.unpack(row)
        name = texts[n] if texts else f"export{n}"
        if not address:
            raise StatusError(StatusCode.DATA_LOSS, f"entry point '{name}' has no code")
        size = max(x, 1), max(y, 1), max(z, 1)
        memory = pages * LOCAL_MEMORY_PAGE
        entries.append(ElfEntryPoint(name, address, memory, constants, bindings, size))
    return entries


def _read(layout: struct.Struct, address: int) -> tuple[Any, ...]:
    return layout.unpack(ctypes.string_at(address, layout.size))


def _addresses(at: int, count: int) -> list[int]:
    if count and not at:
        raise StatusError(StatusCode.DATA_LOSS, f"executable's table lacks {count} entries")
    return list(struct.unpack(f"<{count}Q", ctypes.string_at(at, 8 * count) if count else b""))


def _text(address: int) -> str:
    return ctypes.string_at(address).decode(errors="replace") if address else ""
