"""The loader of upstream's shared objects: what it refuses before the system's loader sees it, and
what it checks and passes for each dispatch.

Entry points here are Python functions behind a table as the shared object would give it out.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import traceback
from collections.abc import Callable, Sequence

import pytest

from ireelite.executables.elf_image import ENTRY, HEADER, SEGMENT, check_shared_object
from ireelite.executables.elf_link import is_supported
from ireelite.hal.buffer import Buffer
from ireelite.hal.command_buffer import BufferRef, Dispatch
from ireelite.hal.drivers.local_sync import LocalSyncDevice
from ireelite.hal.executable import LoaderSet, PlannedBinding, PlannedDispatch
from ireelite.hal.host_memory import HostBuffer
from ireelite.hal.native_code import native_code
from ireelite.hal.planning import PlanningAllocator, PlanningDevice
from ireelite.hal.replay import Replay
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.loaders import host_loaders
from ireelite.loaders.embedded_elf import (
    ATTRIBUTES,
    DISPATCH,
    FORMAT,
    LIBRARY,
    WORKGROUP,
    EmbeddedElfExecutable,
    EmbeddedElfLoader,
)
from ireelite.status import StatusCode, StatusError

ENTRY_POINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
TAGS = ((5, 0), (6, 0), (4, 0))
"""Tables of strings, symbols and hashes, all at address 0."""
FAILED_ASSERTION = 99


def image(tags=TAGS, kind=3, machine=62, magic=b"\x7fELF", width=2, order=1, size=None):
    """A shared object with one segment, and at its end the dynamic section."""
    dynamic = b"".join(ENTRY.pack(*tag) for tag in (*tags, (0, 0)))
    start = HEADER.size + 2 * SEGMENT.size
    total = start + len(dynamic)
    data = HEADER.pack(
        magic, width, order, 1, kind, machine, 1, 0, HEADER.size, 0, 0, 64, 56, 2, 0, 0, 0
    )
    data += SEGMENT.pack(1, 4, 0, 0, 0, total, total, 4096)
    data += SEGMENT.pack(2, 4, start, start, 0, len(dynamic), len(dynamic), 8)
    return (data + dynamic)[:size]


MALFORMED = {
    "empty": (b"", "0 bytes are too few for its header"),
    "cut in its header": (image(size=40), "40 bytes are too few"),
    "a zip": (image(magic=b"PK\3\4"), r"it begins with b'PK"),
    "32 bits": (image(width=1), "its class is 1"),
    "big-endian": (image(order=2), "its byte order|byte order 2"),
    "another CPU": (image(machine=183), "it is for AArch64"),
    "an unknown CPU": (image(machine=999), "it is for machine 999"),
    "an object file": (image(kind=1), "its type is 1; a shared object has 3"),
    "cut in its program headers": (image(size=100), "program headers lie outside"),
    "cut in its segments": (image(size=-8), "segment 0 ends at byte 240 of 232"),
    "no symbols": (image(tags=((5, 0), (6, 0))), "it has no table of symbols"),
    "a wild address": (image(tags=((5, 1 << 60), *TAGS[1:])), "outside what is loaded"),
    "long relocations": (image(tags=(*TAGS, (7, 0), (8, 1 << 40))), "outside what is loaded"),
    "a dependency": (image(tags=(*TAGS, (1, 1))), "which it may not: ELF"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_objects_are_data_loss(name: str) -> None:
    data, message = MALFORMED[name]
    with pytest.raises(StatusError, match=message) as error:
        EmbeddedElfLoader().load(FORMAT, memoryview(data), None)
    assert error.value.code == StatusCode.DATA_LOSS


def test_a_sound_image_passes_the_check() -> None:
    check_shared_object(memoryview(image()))


def test_this_machine_takes_the_format_if_it_can_run_it(monkeypatch: pytest.MonkeyPatch) -> None:
    formats = [format for loader in host_loaders() for format in loader.formats]
    assert (FORMAT in formats) == is_supported()
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert FORMAT not in [format for loader in host_loaders() for format in loader.formats]


class Library:
    """A table with one entry point, `entry`, that is a Python function of (environment, dispatch
    state, workgroup state) and returns a status."""

    def __init__(
        self,
        function: Callable[[int, tuple, tuple], int],
        *,
        bindings: int = 0,
        constants: int = 0,
        pages: int = 0,
        attributes: bool = True,
        version: int = 6,
        sanitizer: int = 0,
        imports: tuple[bytes, ...] = (),
        executable_constants: int = 0,
        code: bool = True,
    ):
        self.kept: list[object] = []

        def entry(environment: int, state: int, group: int) -> int:
            try:
                return function(
                    environment,
                    DISPATCH.unpack(ctypes.string_at(state, DISPATCH.size)),
                    WORKGROUP.unpack(ctypes.string_at(group, WORKGROUP.size)),
                )
            except AssertionError:
                # ctypes would pass over it.
                traceback.print_exc()
                return FAILED_ASSERTION

        called = ENTRY_POINT(entry)
        self.kept.append(called)
        address = ctypes.cast(called, ctypes.c_void_p).value if code else 0
        header = self.keep(struct.pack("<I4xQII", version, self.keep(b"test\0"), 0, sanitizer))
        row = self.keep(ATTRIBUTES.pack(0, pages, constants, bindings, 2, 0, 0, 0))
        self.address = self.keep(
            LIBRARY.pack(
                header, len(imports), self.pointers(*(self.keep(i + b"\0") for i in imports)),
                1, self.pointers(address), row if attributes else 0, 0, 0,
                self.pointers(self.keep(b"entry\0")), 0, 0, 0, 0, executable_constants,
            )
        )  # fmt: skip

    def keep(self, data: bytes) -> int:
        buffer = ctypes.create_string_buffer(data, len(data))
        self.kept.append(buffer)
        return ctypes.addressof(buffer)

    def pointers(self, *addresses: int | None) -> int:
        return self.keep(struct.pack(f"<{len(addresses)}Q", *addresses))

    def load(self, constants: bytes | None = None) -> EmbeddedElfExecutable:
        words = None if constants is None else memoryview(constants)
        return EmbeddedElfExecutable(FORMAT, lambda version, environment: self.address, words)


def succeed(environment: int, state: tuple, group: tuple) -> int:
    return 0


@pytest.fixture
def device() -> LocalSyncDevice:
    return LocalSyncDevice(LoaderSet([EmbeddedElfLoader()]))


def filled(device: LocalSyncDevice, data: bytes) -> HostBuffer:
    buffer = device.allocator.allocate(48, 3075, len(data))
    assert isinstance(buffer, HostBuffer)
    buffer.write(0, data)
    return buffer


def part(buffer: Buffer, offset: int = 0, length: int = -1) -> BufferRef:
    return BufferRef(0, buffer, offset, length)


def test_every_workgroup_gets_its_state(device: LocalSyncDevice) -> None:
    seen = []

    def entry(environment: int, state: tuple, group: tuple) -> int:
        (constants,) = struct.unpack("<Q", ctypes.string_at(environment, 8))
        assert ctypes.string_at(constants, 4) == b"abcd"
        # Workgroup size, constants, workgroup count, concurrency, bindings.
        assert state[:9] == (2, 1, 1, 2, 3, 2, 2, 1, 1)
        assert ctypes.string_at(state[9], 8) == struct.pack("<iI", -5, 7)
        assert struct.unpack("<Q", ctypes.string_at(state[11], 8)) == (16,)
        *_, local, size = group
        assert (local % 64, size) == (0, 8192)
        ctypes.memset(local, 1, size)
        seen.append(group[:3])
        return 0

    library = Library(entry, bindings=1, constants=2, pages=2, executable_constants=1)
    loaded = library.load(b"abcd")
    refs = (part(filled(device, bytes(16))),)
    device.submit(None, None, [Dispatch(loaded, loaded.lookup("entry"), (3, 2, 2), (-5, 7), refs)])
    assert seen == [(x, y, z) for z in range(2) for y in range(2) for x in range(3)]


def test_a_status_names_the_entry_point_and_fails_the_fence(device: LocalSyncDevice) -> None:
    calls = []

    def fail_at_the_second(environment: int, state: tuple, group: tuple) -> int:
        calls.append(group[0])
        return 13 if group[0] == 1 else 0

    library = Library(fail_at_the_second)
    fence = Fence([(Semaphore(), 1)])
    device.submit(None, fence, [Dispatch(library.load(), 0, (4, 1, 1), (), ())])
    assert calls == [0, 1]
    assert fence.query() == StatusCode.INTERNAL
    with pytest.raises(StatusError, match=r"'entry' returned 13 for workgroup \(1, 0, 0\)"):
        fence.wait()


def add_one(environment: int, state: tuple, group: tuple) -> int:
    """Adds one to each byte of the last binding, into it, from the first."""
    count = state[8]
    pointers = struct.unpack(f"<{count}Q", ctypes.string_at(state[10], 8 * count))
    lengths = struct.unpack(f"<{count}Q", ctypes.string_at(state[11], 8 * count))
    assert all(pointer % 64 == 0 for pointer in pointers)
    data = ctypes.string_at(pointers[0], lengths[-1])
    ctypes.memmove(pointers[-1], bytes(byte + 1 for byte in data), len(data))
    return 0


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ((0, 4), (64, 4), bytes(range(64)) + bytes((1, 2, 3, 4)) + bytes(range(68, 80))),
        ((4, 4), (16, 4), bytes(range(16)) + bytes((5, 6, 7, 8)) + bytes(range(20, 80))),
        ((4, 4), (4, 4), bytes(range(4)) + bytes((5, 6, 7, 8)) + bytes(range(8, 80))),
        ((4, 8), (4, 4), bytes(range(4)) + bytes((5, 6, 7, 8)) + bytes(range(8, 80))),
        ((4, 8), (8, 4), bytes(range(8)) + bytes((5, 6, 7, 8)) + bytes(range(12, 80))),
    ],
    ids=["aligned", "apart", "in place", "in place, longer", "overlapping"],
)
def test_bindings_at_any_offset(
    device: LocalSyncDevice, source: tuple[int, int], target: tuple[int, int], expected: bytes
) -> None:
    library = Library(add_one, bindings=2)
    buffer = filled(device, bytes(range(80)))
    refs = part(buffer, *source), part(buffer, *target)
    device.submit(None, None, [Dispatch(library.load(), 0, (1, 1, 1), (), refs)])
    assert bytes(buffer.read()) == expected


def test_a_constant_is_read_but_not_written(device: LocalSyncDevice) -> None:
    library = Library(add_one, bindings=2)
    constant = device.allocator.import_data(48, 3075, memoryview(bytes(range(32))))
    assert isinstance(constant, HostBuffer)
    constant.data = constant.data.toreadonly()
    target = filled(device, bytes(4))
    refs = part(constant, 4, 4), part(target)
    device.submit(None, None, [Dispatch(library.load(), 0, (1, 1, 1), (), refs)])
    assert bytes(target.read()) == bytes((5, 6, 7, 8))
    with pytest.raises(StatusError, match="wrote to a read-only buffer"):
        refs = part(target), part(constant, 4, 4)
        device.submit(None, None, [Dispatch(library.load(), 0, (1, 1, 1), (), refs)])


@pytest.mark.parametrize(
    ("entry_point", "workgroups", "constants", "bindings", "message"),
    [
        (1, (1, 1, 1), (1,), 1, "entry point 1 of 1 does not exist"),
        (-1, (1, 1, 1), (1,), 1, "entry point -1 of 1 does not exist"),
        (0, (1, 1, 1), (), 1, "'entry' takes 1 constants but 0 were given"),
        (0, (1, 1, 1), (1, 2), 1, "'entry' takes 1 constants but 2 were given"),
        (0, (1, 1, 1), (1,), 0, "'entry' takes 1 bindings but 0 were given"),
        (0, (1, 1, 1), (1,), 2, "'entry' takes 1 bindings but 2 were given"),
        (0, (1, 1, 1 << 16), (1,), 1, "does not fit 32, 32 and 16 bits"),
    ],
)
def test_counts_are_checked_before_the_call(
    device: LocalSyncDevice, entry_point, workgroups, constants, bindings, message
) -> None:
    def must_not_run(environment: int, state: tuple, group: tuple) -> int:
        raise AssertionError

    library = Library(must_not_run, bindings=1, constants=1)
    refs = (part(filled(device, bytes(4))),) * bindings
    with pytest.raises(StatusError, match=message) as error:
        dispatch = Dispatch(library.load(), entry_point, workgroups, constants, refs)
        device.submit(None, None, [dispatch])
    assert error.value.code == StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("library", "constants", "code", "message"),
    [
        (Library(succeed, version=5), None, "INCOMPATIBLE", "version 5; expected 6"),
        (Library(succeed, sanitizer=1), None, "UNIMPLEMENTED", r"sanitizer \(kind 1\)"),
        (
            Library(succeed, imports=(b"mathf", b"?maybe", b"print")),
            None,
            "UNIMPLEMENTED",
            "functions that are not provided: mathf, print",
        ),
        (
            Library(succeed, executable_constants=2),
            b"1234",
            "INVALID_ARGUMENT",
            "takes 2 executable constants but 4 bytes were given",
        ),
        (Library(succeed), b"1234", "INVALID_ARGUMENT", "takes 0 executable constants"),
        (Library(succeed, code=False), None, "DATA_LOSS", "'entry' has no code"),
    ],
    ids=["version", "sanitizer", "imports", "few constants", "many constants", "no code"],
)
def test_what_a_library_wants_is_checked(library: Library, constants, code, message) -> None:
    with pytest.raises(StatusError, match=message) as error:
        library.load(constants)
    assert error.value.code == StatusCode[code]


def test_an_unknown_version_is_incompatible() -> None:
    with pytest.raises(StatusError, match="does not have version 6") as error:
        EmbeddedElfExecutable(FORMAT, lambda version, environment: None, None)
    assert error.value.code == StatusCode.INCOMPATIBLE


def test_optional_imports_are_absent(device: LocalSyncDevice) -> None:
    def entry(environment: int, state: tuple, group: tuple) -> int:
        _, _, functions, contexts = struct.unpack("<4Q", ctypes.string_at(environment, 32))
        assert ctypes.string_at(functions, 16) == ctypes.string_at(contexts, 16) == bytes(16)
        return 0

    library = Library(entry, imports=(b"?a", b"?b"))
    device.submit(None, None, [Dispatch(library.load(), 0, (1, 1, 1), (), ())])


def test_without_attributes_all_are_zero(device: LocalSyncDevice) -> None:
    library = Library(succeed, bindings=3, attributes=False)
    device.submit(None, None, [Dispatch(library.load(), 0, (1, 1, 1), (), ())])


def test_an_object_that_the_system_refuses_is_data_loss() -> None:
    # Its one segment cannot be mapped at an address that is no multiple of its alignment.
    data = bytearray(image())
    SEGMENT.pack_into(data, HEADER.size, 1, 4, 0, 8, 0, len(data), len(data), 4096)
    struct.pack_into("<3Q", data, HEADER.size + 2 * SEGMENT.size + 8, 8, 8, 8)
    for at in range(3):
        ENTRY.pack_into(data, HEADER.size + 2 * SEGMENT.size + at * ENTRY.size, TAGS[at][0], 8)
    with pytest.raises(StatusError, match="executable cannot be loaded") as error:
        EmbeddedElfLoader().load(FORMAT, memoryview(bytes(data)), None)
    assert error.value.code == StatusCode.DATA_LOSS


def test_imports_after_it_are_aligned_to_64_bytes() -> None:
    library = Library(succeed)

    class Loader:
        formats = (FORMAT,)
        native = False

        def load(self, format: str, data: memoryview, constants: memoryview | None):
            return library.load()

    device = LocalSyncDevice(LoaderSet([Loader()]))
    room = device.allocator.allocate(48, 3075, 64)
    assert isinstance(room, HostBuffer)
    shared = device.allocator.import_data(48, 3075, room.data[16:32])
    assert isinstance(shared, HostBuffer) and shared.address == room.address + 16
    device.create_executable(FORMAT, memoryview(b""))
    copied = device.allocator.import_data(48, 3075, room.data[16:32])
    assert isinstance(copied, HostBuffer) and copied.address % 64 == 0


def run_by_plan(
    device: LocalSyncDevice, dispatch: Callable[..., Sequence[Dispatch]], *addresses: int
) -> int:
    """Plans dispatches of two buffers of 64 bytes, the first of which is an argument, and runs them
    with the addresses of both and of a copy of the argument. Returns whether the code stopped.
    """
    code = native_code()
    assert code is not None
    planned = PlanningDevice(device, code)
    assert isinstance(planned.allocator, PlanningAllocator)
    argument, target = (planned.allocator.planned(48, 3075, 64) for _ in range(2))
    planned.take([argument])
    planned.submit(None, None, dispatch(part(argument), part(target)))
    replay = Replay(planned.phases, code, planned.stopped)
    slots = (ctypes.c_int64 * 4)(0, *addresses)
    run = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    run(code.addresses["replay"])(replay.address, slots, None)
    return planned.stopped.value


@pytest.mark.parametrize("offset", [0, 8, 16, 48])
def test_a_plan_gives_each_workgroup_its_state(device: LocalSyncDevice, offset: int) -> None:
    seen = []

    def entry(environment: int, state: tuple, group: tuple) -> int:
        assert state[:9] == (2, 1, 1, 2, 3, 2, 2, 1, 2)
        assert ctypes.string_at(state[9], 8) == struct.pack("<iI", -5, 7)
        assert struct.unpack("<2Q", ctypes.string_at(state[11], 16)) == (64, 64)
        assert (group[5] % 64, group[6]) == (0, 8192)
        ctypes.memset(group[5], 1, group[6])
        seen.append(group[:3])
        return add_one(environment, state, group)

    loaded = Library(entry, bindings=2, constants=2, pages=2).load()
    memory = ctypes.create_string_buffer(5 * 64)
    first = -(-ctypes.addressof(memory) // 64) * 64
    ctypes.memmove(first + offset, bytes(range(64)), 64)
    stopped = run_by_plan(
        device,
        lambda *refs: [Dispatch(loaded, 0, (3, 2, 2), (-5, 7), refs)],
        *(first + offset, first + 128, first + 192),
    )
    assert not stopped
    assert seen == [(x, y, z) for z in range(2) for y in range(2) for x in range(3)]
    assert ctypes.string_at(first + 128, 64) == bytes(range(1, 65))
    assert ctypes.string_at(first + offset, 64) == bytes(range(64))


def test_a_status_stops_a_plan(device: LocalSyncDevice) -> None:
    calls = []

    def fail_at_the_second(environment: int, state: tuple, group: tuple) -> int:
        calls.append(group[0])
        return 13 if group[0] == 1 else 0

    loaded = Library(fail_at_the_second, bindings=2).load()
    assert run_by_plan(
        device, lambda *refs: [Dispatch(loaded, 0, (4, 1, 1), (), refs)] * 2, 0, 0, 0
    )
    assert calls == [0, 1]


@pytest.mark.parametrize(
    ("entry_point", "workgroups", "constants", "bindings", "pages"),
    [
        (1, (1, 1, 1), (1,), 1, 0),
        (0, (1, 1, 1 << 16), (1,), 1, 0),
        (0, (1, 1, 1), (1, 2), 1, 0),
        (0, (1, 1, 1), (1,), 2, 0),
        (0, (1, 1, 1), (1,), 1, 65),
    ],
    ids=["entry point", "workgroups", "constants", "bindings", "local memory"],
)
def test_what_has_no_plan(entry_point, workgroups, constants, bindings, pages) -> None:
    loaded = Library(succeed, bindings=1, constants=1, pages=pages).load()
    rows = (PlannedBinding(4, True),) * bindings
    dispatch = PlannedDispatch(entry_point, workgroups, constants, rows, frozenset(), 0)
    assert loaded.native_entry(dispatch) is None
