"""Where parameters come from: files by their extension, and arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ireelite.files import is_file, not_a_file
from ireelite.hal.files import HostFile
from ireelite.parameters.gguf import read_gguf
from ireelite.parameters.index import Parameter, ParameterIndex, Parameters
from ireelite.parameters.irpa import read_irpa
from ireelite.parameters.safetensors import read_safetensors
from ireelite.status import StatusError, invalid_argument

FORMATS: dict[str, Callable[[HostFile], Iterator[Parameter]]] = {
    "irpa": read_irpa,
    "safetensors": read_safetensors,
    "gguf": read_gguf,
}
"""Extension of a file, or the name of its format -> its reader."""

Given = str | Path | ParameterIndex | Mapping[str, Any]
"""Values that `read_parameters` accepts: paths, arrays by key, and indices, by scope or not."""


def read_parameters(given: Given | Sequence[Given] | None, preload: bool = False) -> Parameters:
    """Returns parameters by scope.

    They are given as the path of a file, which may stand behind its scope (`model=weights.irpa`),
    as a mapping from scopes to paths, indices or mappings from keys to arrays, or as a list of
    these. Values stay in their files until they are used, unless `preload`. Raises INVALID_ARGUMENT
    for other objects and formats, NOT_FOUND for missing files, and what readers raise.
    """
    found: Parameters = {}
    for one in () if given is None else given if isinstance(given, list | tuple) else [given]:
        for scope, values in _by_scope(one):
            index = found.setdefault(scope, ParameterIndex())
            for parameter in _values(scope, values):
                index.add(_preloaded(parameter) if preload else parameter)
    return found


def _by_scope(given: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(given, Mapping):
        for scope, values in given.items():
            if not isinstance(scope, str):
                raise invalid_argument(f"a parameter scope is a string, not {scope!r}")
            several = isinstance(values, list | tuple)
            yield from ((scope, one) for one in (values if several else [values]))
    elif isinstance(given, str) and "=" in given:
        scope, _, path = given.partition("=")
        yield scope, path
    else:
        yield "", given


def _values(scope: str, given: Any) -> Iterable[Parameter]:
    match given:
        case str() | Path():
            return read_index(given)
        case ParameterIndex():
            return given
        case Mapping():
            return [as_parameter(key, value) for key, value in given.items()]
    raise invalid_argument(
        f"parameters of scope '{scope}' are the path of a file or a mapping from keys to arrays, "
        f"not {type(given).__name__}"
        + (f"; write {{'': {{'{scope}': array}}}} for one without a scope" if scope else "")
    )


def read_index(path: str | Path, format: str | None = None, mode: str = "r") -> ParameterIndex:
    """Returns the parameters of a file, which is of a named format, or of the one that its
    extension says. With mode `r+` the values can be written.

    Raises INVALID_ARGUMENT for other formats and malformed files, NOT_FOUND for missing files.
    """
    name = format or Path(path).suffix.removeprefix(".").lower()
    read = FORMATS.get(name)
    if read is None:
        raise invalid_argument(
            f"parameter file '{path}': the format '{name}' is not known; "
            "files end in .irpa, .safetensors or .gguf"
        )
    if not is_file(str(path)):
        raise not_a_file(str(path), "")
    index = ParameterIndex()
    try:
        for parameter in read(HostFile(path, mode)):
            index.add(parameter)
    except StatusError as error:
        error.annotate(f"reading parameter file '{path}'")
        raise
    return index


def _preloaded(parameter: Parameter) -> Parameter:
    data = memoryview(parameter.read())
    return Parameter(parameter.key, parameter.length, data, parameter.metadata)


def flat_bytes(buffer: Any) -> memoryview | None:
    """Returns the memory of an object with the buffer protocol as bytes; None if its elements do not
    lie one after the other. Raises TypeError for an object without the protocol.
    """
    view = memoryview(buffer)
    if not view.c_contiguous:
        return None
    if view.nbytes:
        return view.cast("B")
    # Views with a dimension of size 0 can't be cast.
    return memoryview(b"" if view.readonly else bytearray())


def as_parameter(key: str, value: Any) -> Parameter:
    """Returns an array, an object with bytes, or a parameter, as the parameter of a key. Raises
    INVALID_ARGUMENT for other objects.
    """
    if not isinstance(key, str):
        raise invalid_argument(f"a parameter key is a string, not {key!r}")
    if isinstance(value, Parameter):
        return replace(value, key=key)
    if isinstance(value, bytes | bytearray | memoryview):
        if (data := flat_bytes(value)) is None:
            data = memoryview(memoryview(value).tobytes())
    else:
        data = _array_bytes(key, value)
    return Parameter(key, len(data), data)


def _array_bytes(key: str, value: Any) -> memoryview:
    import numpy

    from ireelite.arrays import bytes_of, in_host_order

    try:
        array = numpy.asarray(value)
    except (TypeError, ValueError) as error:
        raise invalid_argument(f"parameter '{key}' is no array: {error}") from error
    if array.dtype.hasobject:
        raise invalid_argument(
            f"parameter '{key}' is an array, not {type(value).__name__}"
            if not array.shape
            else f"parameter '{key}' has elements that are Python objects; give it a dtype"
        )
    return bytes_of(in_host_order(array))
