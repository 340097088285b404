"""Loader of `ireelite-native-<arch>`: object code linked into this process by LLVM's JIT linker,
called with ctypes."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ireelite.executables.native import NativeEntryPoint, NativeExecutable, native_format
from ireelite.hal.executable import BoundBuffer, HostDispatch, HostExecutable
from ireelite.hal.host_memory import HostBuffer
from ireelite.status import StatusCode, StatusError, invalid_argument

EntryPoint = Callable[[Any, Any, int, int], None]
"""`void entry(void *const *bindings, const void *constants, int64_t begin, int64_t end)`"""

_SIGNATURE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
)
_library_number = itertools.count()


class NativeLoader:
    """Takes the format of this machine's architecture."""

    native = True

    def __init__(self) -> None:
        self.formats = (native_format(),)

    def load(
        self, format: str, data: memoryview, constants: memoryview | None
    ) -> LoadedNativeExecutable:
        """Links the object, or compiles the IR again if it was made for a CPU that has more than
        this one.

        Raises DATA_LOSS for a damaged container, UNAVAILABLE if llvmlite is not installed.
        """
        from ireelite.executables.native_object import compile_ir, host_machine

        if constants is not None and len(constants):
            raise invalid_argument("native executables take no executable constants")
        executable = NativeExecutable.decode(data)
        host = host_machine()
        object_code = executable.object_code
        if executable.triple != host.triple or not runs_on(executable.features, host.features):
            object_code = compile_ir(executable.llvm_ir)
        return LoadedNativeExecutable(format, executable.entry_points, bytes(object_code))


def runs_on(features: str, host_features: str) -> bool:
    """Whether a host has every feature that code was compiled to use; both are LLVM's lists, as
    `+avx2,-amx-tile`."""
    needed = {feature for feature in features.split(",") if feature.startswith("+")}
    return needed <= set(host_features.split(","))


class LoadedNativeExecutable(HostExecutable):
    """Functions in this process. The linked code stays as long as the executable does."""

    def __init__(self, format: str, entry_points: Sequence[NativeEntryPoint], object_code: bytes):
        super().__init__(format, [entry.name for entry in entry_points])
        self._entries = list(entry_points)
        self._tracker, addresses = _link(object_code, self.entry_points)
        self._functions: list[EntryPoint] = [_SIGNATURE(address) for address in addresses]

    def prepare(
        self, entry_point: int, workgroups: tuple[int, int, int], constants: Sequence[int]
    ) -> HostDispatch:
        """One call of the function over all workgroups."""
        entry = self._entries[entry_point]
        function = self._functions[entry_point]
        sizes = entry.binding_sizes
        count = len(sizes)
        pointers_type = ctypes.c_void_p * count
        words = (ctypes.c_uint32 * max(len(constants), 1))(*(c & 0xFFFFFFFF for c in constants))
        words_address = ctypes.addressof(words)
        begin, end = (
            ctypes.c_int64(0),
            ctypes.c_int64(workgroups[0] * workgroups[1] * workgroups[2]),
        )
        executable = self

        def run(bindings: Sequence[BoundBuffer]) -> None:
            addresses: list[int] = []
            if len(bindings) != count:
                raise executable._wrong_count(entry, len(bindings))
            for (buffer, offset, length), size in zip(bindings, sizes):
                if length < size:
                    raise _too_small(entry, len(addresses), length, size)
                if not isinstance(buffer, HostBuffer):
                    raise invalid_argument(f"{buffer!r} is not in host memory")
                addresses.append(buffer.address + offset)
            # The addresses are this call's own: calls from several threads may overlap.
            function(pointers_type(*addresses), words_address, begin, end)  # pyright: ignore[reportArgumentType]

        run.__dict__["constants"] = words
        return run

    def _wrong_count(self, entry: NativeEntryPoint, given: int) -> StatusError:
        return invalid_argument(
            f"entry point '{entry.name}' takes {len(entry.binding_sizes)} bindings but {given} "
            "were given"
        )


def _too_small(entry: NativeEntryPoint, position: int, length: int, size: int) -> StatusError:
    return StatusError(
        StatusCode.OUT_OF_RANGE,
        f"binding {position} of '{entry.name}' is {length} bytes long; the code uses {size}",
    )


def _link(object_code: bytes, names: Sequence[str]) -> tuple[Any, list[int]]:
    """(what keeps the code alive, addresses of the functions)"""
    jit = _jit()
    builder = _binding().JITLibraryBuilder().add_object_img(object_code)
    for name in names:
        builder.export_symbol(name)
    try:
        tracker = builder.link(jit, f"ireelite{next(_library_number)}")
        return tracker, [tracker[name] for name in names]
    except (RuntimeError, KeyError) as error:
        raise StatusError(StatusCode.INTERNAL, f"native code cannot be linked: {error}") from error


def _binding() -> Any:
    from ireelite.executables.native_object import llvm

    return llvm()


LINKS_PER_JIT = 16
"""LLVM keeps 9 KB of each object that it ever linked until the JIT goes, which its last code keeps;
a new JIT costs as much as four links."""
_shared_jit: list[Any] = []
"""The JIT in use, once for each link that it has left."""


def _jit() -> Any:
    """The process's JIT, made when the first native executable is loaded and renewed now and
    then."""
    try:
        return _shared_jit.pop()
    except IndexError:
        jit = _binding().create_lljit_compiler(use_jit_link=True)
        _shared_jit.extend([jit] * (LINKS_PER_JIT - 1))
        return jit
