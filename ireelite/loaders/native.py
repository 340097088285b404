"""Loader of `ireelite-native-<arch>`: object code linked into this process by LLVM's JIT linker,
called with ctypes."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ireelite.executables.host_cpu import certainly_runs
from ireelite.executables.machine import native_format
from ireelite.executables.native import NativeEntryPoint, NativeExecutable
from ireelite.executables.native_link import link
from ireelite.hal.executable import (
    BoundBuffer,
    HostDispatch,
    HostExecutable,
    NativeEntry,
    PlannedDispatch,
)
from ireelite.hal.host_memory import HostBuffer
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.hal.host_pool import HostPool

EntryPoint = Callable[[Any, Any, Any, Any], None]
"""`void entry(void *const *bindings, const void *constants, int64_t begin, int64_t end)`"""

SHARED_ABOVE = 50_000
"""Nanoseconds that a dispatch takes alone from which on a pool shares its workgroups."""
LARGE = 1 << 20
"""Bytes of bindings from which on a dispatch is shared before it was ever measured."""
_SIGNATURE = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
)


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
        if constants is not None and len(constants):
            raise invalid_argument("native executables take no executable constants")
        executable = NativeExecutable.decode(data)
        object_code = executable.object_code
        if not _runs_here(executable):
            from ireelite.executables.native_object import compile_ir

            object_code = compile_ir(executable.llvm_ir)
        return LoadedNativeExecutable(
            format, executable.entry_points, bytes(object_code), executable.llvm_ir
        )


def _runs_here(executable: NativeExecutable) -> bool:
    if certainly_runs(executable.triple, executable.features):
        return True
    from ireelite.executables.native_object import host_machine

    host = host_machine()
    return executable.triple == host.triple and runs_on(executable.features, host.features)


def runs_on(features: str, host_features: str) -> bool:
    """Returns whether a host has every feature that code was compiled to use; both are LLVM's
    lists, as `+avx2,-amx-tile`.
    """
    needed = {feature for feature in features.split(",") if feature.startswith("+")}
    return needed <= set(host_features.split(","))


class LoadedNativeExecutable(HostExecutable):
    """Functions in this process. The linked code stays as long as the executable does."""

    def __init__(
        self,
        format: str,
        entry_points: Sequence[NativeEntryPoint],
        object_code: bytes,
        llvm_ir: str = "",
    ):
        super().__init__(format, [entry.name for entry in entry_points])
        self._llvm_ir = llvm_ir
        self._written: dict[int, frozenset[int] | None] = {}
        self._entries = list(entry_points)
        self._tracker, addresses = link(object_code, self.entry_points)
        self._addresses = addresses
        self._functions: list[EntryPoint] = [_SIGNATURE(address) for address in addresses]

    def prepare(
        self,
        entry_point: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        pool: HostPool | None = None,
    ) -> HostDispatch:
        """Prepares one call of the function over all workgroups, or where that takes long one call
        a chunk by each thread of the pool.
        """
        entry = self._entries[entry_point]
        function = self._functions[entry_point]
        sizes = entry.binding_sizes
        count = len(sizes)
        pointers_type = ctypes.c_void_p * count
        words = (ctypes.c_uint32 * max(len(constants), 1))(*(c & 0xFFFFFFFF for c in constants))
        words_address = ctypes.addressof(words)
        groups = workgroups[0] * workgroups[1] * workgroups[2]
        begin, end = ctypes.c_int64(0), ctypes.c_int64(groups)
        address = self._addresses[entry_point]
        shared = pool if groups > 1 else None
        took = 0
        executable = self

        def run(bindings: Sequence[BoundBuffer]) -> None:
            nonlocal took
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
            pointers = pointers_type(*addresses)
            if shared is None:
                function(pointers, words_address, begin, end)
                return
            if took >= SHARED_ABOVE or sum(row[2] for row in bindings) >= LARGE:
                if shared.run(address, pointers, words_address, groups):
                    return
            started = time.perf_counter_ns()
            function(pointers, words_address, begin, end)
            took = time.perf_counter_ns() - started

        run.__dict__["constants"] = words
        return run

    def written_bindings(self, entry_point: int) -> frozenset[int] | None:
        """Returns the bindings that an entry point may write to, derived from the LLVM IR on the
        first call; None if they are unknown.
        """
        if entry_point not in self._written:
            # Imported here, since only execution records need it.
            from ireelite.executables.written_bindings import of_llvm_ir

            name = self.entry_points[entry_point]
            self._written[entry_point] = of_llvm_ir(self._llvm_ir, name)
        return self._written[entry_point]

    def native_entry(self, dispatch: PlannedDispatch) -> NativeEntry | None:
        """Returns the function; None for bindings of which it uses more than there is."""
        entry_point = dispatch.entry_point
        sizes, bindings = self._entries[entry_point].binding_sizes, dispatch.bindings
        if len(sizes) != len(bindings) or any(
            binding.length < size for binding, size in zip(bindings, sizes)
        ):
            return None
        words = [word & 0xFFFFFFFF for word in dispatch.constants] or [0]
        constants = (ctypes.c_uint32 * len(words))(*words)
        return NativeEntry(self._addresses[entry_point], constants, self)

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
