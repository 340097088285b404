"""Executables, and the protocol of those who load them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ireelite.hal.buffer import Buffer
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import near_names, not_found

if TYPE_CHECKING:
    from ireelite.hal.host_pool import HostPool

BoundBuffer = tuple[Buffer, int, int]
"""Buffer, byte offset, byte length: a binding as an entry point receives it."""

HostDispatch = Callable[[Sequence[BoundBuffer]], None]
"""A dispatch whose counts and constants are fixed; called with its bindings."""


class NativeEntry(NamedTuple):
    """An entry point whose workgroups native code runs."""

    function: int
    """The address of `void entry(bindings, constants, begin, end)`."""
    constants: Any
    """A ctypes object."""
    keeps: Any = None
    """What the code belongs to."""
    alignment: int = 1
    """What its bindings must be aligned to, in bytes, besides what plans ask of arrays. If it is more
    than 1, a copy of each binding follows the bindings, which is used for one that is not aligned."""


class PlannedBinding(NamedTuple):
    """A binding whose memory is not known yet."""

    length: int
    """Bytes."""
    is_writable: bool
    """Whether the code may write to it."""


class PlannedDispatch(NamedTuple):
    """A dispatch whose bindings have no memory yet."""

    entry_point: int
    workgroups: tuple[int, int, int]
    constants: tuple[int, ...]
    bindings: tuple[PlannedBinding, ...]
    overlaps: frozenset[tuple[int, int]]
    """Pairs of bindings that may overlap, each with the smaller position first."""
    stopped: int
    """The address of a 64-bit word that code sets to 1 if it can't go on."""


class Executable:
    """Code for one device, with named entry points. Loaders subclass it.

    An entry point's id, as `hal.executable.lookup.function` gives it out, is its position in
    `entry_points`.
    """

    vm_type = "hal.executable"

    def __init__(self, format: str, entry_points: Sequence[str]):
        self.format = format
        self.entry_points = list(entry_points)
        self.origin: tuple[str, int] | None = None
        """(module name, rodata ordinal) it was made from, for execution records."""

    def lookup(self, name: str) -> int:
        """Returns the id of an entry point. Raises NOT_FOUND with the near names."""
        if name not in self.entry_points:
            raise not_found(
                f"no function `{name}` in executable{near_names(name, self.entry_points)}"
            )
        return self.entry_points.index(name)

    def written_bindings(self, entry_point: int) -> frozenset[int] | None:
        """Returns the positions of the bindings that an entry point may write to; None if unknown."""
        return None

    def __repr__(self) -> str:
        return f"<hal.executable {self.format}: {', '.join(self.entry_points)}>"


class HostExecutable(Executable, ABC):
    """An executable that runs on the CPU."""

    binding_alignment = 16
    """What bindings should be aligned to, in bytes; others may cost a copy."""
    writes_constants = False
    """Whether the code may work in place on read-only memory that it is given."""

    @abstractmethod
    def prepare(
        self,
        entry_point: int,
        workgroups: tuple[int, int, int],
        constants: Sequence[int],
        pool: HostPool | None = None,
    ) -> HostDispatch:
        """Returns a callable that runs all workgroups, which the threads of a pool may share. Calls
        from several threads may overlap.

        Raises for unknown entry points and wrong numbers of constants.
        """

    def native_entry(self, dispatch: PlannedDispatch) -> NativeEntry | None:
        """Returns the native code that runs a dispatch, wherever the memory of its bindings is; None
        if there is none. Calls from several threads may overlap.

        Raises UNAVAILABLE if there may be such code after some more dispatches.
        """
        return None


class ExecutableLoader(Protocol):
    """Makes executables of some formats."""

    @property
    def formats(self) -> tuple[str, ...]:
        """As `hal.executable.format` is queried: `vmvx-bytecode-fb`."""
        ...

    @property
    def native(self) -> bool:
        """Whether what it loads is code of this process's CPU, which nothing holds back."""
        ...

    def load(self, format: str, data: memoryview, constants: memoryview | None) -> Executable:
        """Raises a StatusError that says what is wrong with the data.

        `constants` are 32-bit words.
        """
        ...


@runtime_checkable
class TryingLoader(Protocol):
    """A loader whose compiler may crash the process, and that can find out for which executables."""

    def try_out(self, format: str, data: memoryview) -> None:
        """Checks an executable that is not trusted. Raises its errors, and INVALID_ARGUMENT if
        loading it would crash the process.
        """
        ...


class LoaderSet:
    """The loaders of one device."""

    def __init__(self, loaders: Sequence[ExecutableLoader]):
        self.by_format = {format: loader for loader in loaders for format in loader.formats}
        self.native_formats = {
            format for loader in loaders if loader.native for format in loader.formats
        }
        """Those of code that only a trusted module may run."""

    def accepts(self, format: str) -> bool:
        """Returns whether some loader takes the format."""
        return format in self.by_format

    def try_out(self, format: str, data: memoryview) -> None:
        """Checks an executable that is not trusted by the loader of its format, if that is a
        `TryingLoader`. Raises the errors of the executable.
        """
        loader = self.by_format.get(format)
        if isinstance(loader, TryingLoader):
            loader.try_out(format, data)

    def load(self, format: str, data: memoryview, constants: memoryview | None) -> Executable:
        """Raises NOT_FOUND if no loader takes the format."""
        if (loader := self.by_format.get(format)) is None:
            near = near_names(format, list(self.by_format))
            raise not_found(f"no executable loader registered for format '{format}'{near}")
        return loader.load(format, data, constants)
