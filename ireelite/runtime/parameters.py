"""Parameters under the names of IREE's Python runtime: indices of them, and the module that
programs read them from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from ireelite.modules.io_parameters import ParameterFunctions, io_parameters_module
from ireelite.parameters import Parameter, Splat, read_index, save_archive
from ireelite.parameters import ParameterIndex as Index
from ireelite.parameters.index import PATTERN_SIZES
from ireelite.parameters.sources import flat_bytes
from ireelite.runtime.errors import raising
from ireelite.runtime.vm import VmFunction, VmInstance, VmModule
from ireelite.vm.native import exports_of


class ParameterIndexEntry:
    """A parameter of an index."""

    def __init__(self, parameter: Parameter):
        self.parameter = parameter

    @property
    def key(self) -> str:
        return self.parameter.key

    @property
    def length(self) -> int:
        """Bytes of the value."""
        return self.parameter.length

    @property
    def metadata(self) -> bytes:
        return self.parameter.metadata

    @property
    def is_splat(self) -> bool:
        return isinstance(self.parameter.storage, Splat)

    @property
    def is_file(self) -> bool:
        return not self.is_splat

    @property
    def splat_pattern(self) -> bytes:
        """The bytes that are repeated. Raises ValueError for other values."""
        if not isinstance(self.parameter.storage, Splat):
            raise ValueError(f"{self!r} is not a splat; read its file_view")
        return self.parameter.storage.pattern

    @property
    def file_view(self) -> memoryview:
        """The value's bytes. Raises ValueError for a splat, RuntimeError if its file fails."""
        if self.is_splat:
            raise ValueError(f"{self!r} is a splat; read its splat_pattern")
        with raising(f"reading parameter '{self.key}'"):
            return memoryview(self.parameter.read())

    def __repr__(self) -> str:
        kind = "splat" if self.is_splat else "file"
        return f"<ParameterIndexEntry '{self.key}' {kind} {self.length}>"


@dataclass(frozen=True)
class ParameterProvider:
    """An index under the scope that programs name."""

    scope: str
    parameters: Index


class ParameterIndex:
    """Parameters by key, of files and of memory."""

    def __init__(self) -> None:
        self._index = Index()

    def __len__(self) -> int:
        return len(self._index)

    def reserve(self, new_capacity: int) -> None:
        """Does nothing: an index grows as it must."""

    def items(self) -> list[tuple[str, ParameterIndexEntry]]:
        """Returns keys and entries, in order."""
        return [(parameter.key, ParameterIndexEntry(parameter)) for parameter in self._index]

    def add_splat(
        self, key: str, pattern: Any, total_length: int, metadata: str | bytes | None = None
    ) -> None:
        """Adds a value of `total_length` bytes that repeats the bytes of `pattern`. Raises
        ValueError for patterns of other than 1, 2, 4, 8 or 16 bytes.
        """
        data = bytes(pattern)
        if len(data) not in PATTERN_SIZES or total_length % len(data):
            raise ValueError(
                f"a pattern has 1, 2, 4, 8 or 16 bytes and the value a multiple of them; this pattern "
                f"has {len(data)}, and the value {total_length}"
            )
        self._index.add(Parameter(key, total_length, Splat(data), _bytes(metadata)))

    def add_buffer(
        self,
        key: str,
        buffer: Any,
        readable: bool = True,
        writable: bool = False,
        metadata: str | bytes | None = None,
    ) -> None:
        """Adds the memory of a contiguous buffer, which programs may write if `writable`. Raises
        ValueError for a buffer that is not contiguous.
        """
        if (data := flat_bytes(buffer)) is None:
            raise ValueError(
                f"the buffer of parameter '{key}' is not contiguous; add "
                "numpy.ascontiguousarray(...) of it"
            )
        data = data if writable else data.toreadonly()
        self._index.add(Parameter(key, len(data), data, _bytes(metadata)))

    def load(
        self,
        file_path: str,
        format: str | None = None,
        readable: bool = True,
        writable: bool = False,
        mmap: bool | None = None,
        *,
        mode: str | None = None,
    ) -> None:
        """Adds the parameters of a file. Its values are read when they are used, whatever `mmap` and
        `mode` say. Raises ValueError for missing files and unknown formats.
        """
        with raising("Error loading parameters"):
            for parameter in read_index(file_path, format, "r+" if writable else "r"):
                self._index.add(parameter)

    def create_archive_file(self, file_path: str) -> ParameterIndex:
        """Writes an archive of all parameters, and returns an index of it."""
        with raising("Error creating archive"):
            save_archive(file_path, {parameter.key: parameter for parameter in self._index})
        written = ParameterIndex()
        written.load(file_path, "irpa")
        return written

    def create_provider(
        self, scope: str = "", max_concurrent_operations: int | None = None
    ) -> ParameterProvider:
        """Returns the parameters under a scope."""
        return ParameterProvider(scope, self._index)

    def __repr__(self) -> str:
        entries = "\n".join(f"  {entry!r}" for _, entry in self.items())
        return f"Parameter archive (\n{entries}\n)" if entries else "Parameter archive ()"


def _bytes(metadata: str | bytes | None) -> bytes:
    return metadata.encode() if isinstance(metadata, str) else metadata or b""


class SplatValue:
    """A value of `count` elements (or of a shape) that are all equal to that of `pattern`."""

    def __init__(self, pattern: Any, count: Sequence[int] | int):
        self.pattern = pattern
        elements = count if isinstance(count, int) else prod(count)
        if (found := memoryview(pattern).nbytes // pattern.itemsize) != 1:
            raise ValueError(f"a splat repeats one element; this array has {found}")
        self.total_length = elements * pattern.itemsize

    def __repr__(self) -> str:
        return f"SplatValue({self.pattern} of {self.total_length})"


def save_archive_file(entries: Mapping[str, Any], file_path: str | Path) -> None:
    """Writes an archive: key -> an object with bytes, or a `SplatValue`."""
    index = ParameterIndex()
    for key, value in entries.items():
        if isinstance(value, SplatValue):
            index.add_splat(key, memoryview(value.pattern).tobytes(), value.total_length)
        else:
            index.add_buffer(key, value)
    index.create_archive_file(str(file_path))


def create_io_parameters_module(instance: VmInstance, *providers: ParameterProvider) -> VmModule:
    """Returns the module that programs read parameters from: of each scope the first provider's."""
    scopes: dict[str, Index] = {}
    for provider in providers:
        scopes.setdefault(provider.scope, provider.parameters)
    functions = [
        VmFunction(name, "io_parameters", cconv, n)
        for n, (name, cconv) in enumerate(sorted(exports_of(ParameterFunctions)))
    ]
    return VmModule(io_parameters_module(scopes), functions)
