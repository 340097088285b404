"""Parameters by key, and indices of them by scope."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ireelite.hal.files import FileRange
from ireelite.status import StatusCode, StatusError, near_names, not_found

PATTERN_SIZES = (1, 2, 4, 8, 16)
"""Bytes that the pattern of a `Splat` may have."""


@dataclass(frozen=True)
class Splat:
    """A value that repeats a pattern, whose length is one of `PATTERN_SIZES`."""

    pattern: bytes

    def part(self, offset: int, length: int) -> bytes:
        """Returns the bytes of a range."""
        start = offset % len(self.pattern)
        count = -(-(start + length) // len(self.pattern))
        return (self.pattern * count)[start : start + length]


@dataclass(frozen=True)
class Parameter:
    """A value by its key: `length` bytes, which are repeated, in memory, or in a file."""

    key: str
    length: int
    storage: Splat | memoryview | FileRange
    metadata: bytes = b""
    """What the file says about the value, in a form of its own."""

    def data(self, offset: int, length: int) -> Splat | memoryview | FileRange:
        """Returns a range of the value. Raises OUT_OF_RANGE if it exceeds the value."""
        if offset < 0 or length < 0 or offset + length > self.length:
            raise StatusError(
                StatusCode.OUT_OF_RANGE,
                f"bytes {offset} to {offset + length} of parameter `{self.key}` are out of range: "
                f"it has {self.length} bytes",
            )
        match self.storage:
            case Splat(pattern):
                start = offset % len(pattern)
                return Splat(pattern[start:] + pattern[:start])
            case FileRange():
                return self.storage.part(offset, length)
            case _:
                return self.storage[offset : offset + length]

    def read(self) -> bytes:
        """Returns the value's bytes. Raises DATA_LOSS or UNAVAILABLE if its file fails."""
        match self.storage:
            case Splat():
                return self.storage.part(0, self.length)
            case FileRange():
                held = bytearray(self.length)
                self.storage.read_into(memoryview(held))
                return bytes(held)
            case _:
                return bytes(self.storage)

    @property
    def readonly(self) -> bool:
        """Whether the value may not be written."""
        return isinstance(self.storage, Splat) or self.storage.readonly


class ParameterIndex:
    """The parameters of one scope by key. Of several with one key the first added is kept."""

    def __init__(self) -> None:
        self._parameters: dict[str, Parameter] = {}

    def add(self, parameter: Parameter) -> None:
        """Adds a parameter, unless one has its key."""
        self._parameters.setdefault(parameter.key, parameter)

    def __getitem__(self, key: str) -> Parameter:
        """Returns the parameter of a key. Raises NOT_FOUND with the near keys."""
        if (found := self._parameters.get(key)) is None:
            raise not_found(f"there is no parameter '{key}'{self.near(key)}")
        return found

    def near(self, key: str) -> str:
        """Returns the keys that are like one that is not there, as the tail of an error."""
        return near_names(key, list(self._parameters))

    def __contains__(self, key: str) -> bool:
        return key in self._parameters

    def __iter__(self) -> Iterator[Parameter]:
        return iter(self._parameters.values())

    def __len__(self) -> int:
        return len(self._parameters)

    def __repr__(self) -> str:
        return f"<parameter index: {len(self)} parameters>"


Parameters = dict[str, ParameterIndex]
"""Scope -> its parameters. The scope without a name is ''."""


def find_parameter(parameters: Parameters, scope: str, key: str) -> Parameter:
    """Returns the parameter that a program names. Raises NOT_FOUND, which says what is given instead
    and how to give it.
    """
    if (index := parameters.get(scope)) is None:
        how = f"{scope}=FILE" if scope else "FILE"
        raise not_found(
            f"no parameters are given for scope '{scope}'{near_names(scope, list(parameters))}; "
            f"give them with --parameters={how}, or in Python with parameters='{how}'"
        )
    if key not in index:
        raise not_found(f"scope '{scope}' has no parameter '{key}'{index.near(key)}")
    return index[key]
