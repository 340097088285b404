"""Python values as the arguments of a call.

With reflection (`iree.abi`, a JSON description) each argument has a packer made of its description;
without it, a value's own type decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from operator import index
from typing import Any

import numpy

from ireelite.arrays import in_host_order
from ireelite.hal.buffer import BufferView
from ireelite.runtime.array_interop import DeviceArray, map_dtype_to_element_type
from ireelite.runtime.dtypes import map_abi_type_to_dtype_info
from ireelite.runtime.errors import as_exception
from ireelite.runtime.hal_device import HalDevice
from ireelite.runtime.hal_enums import BufferUsage, MemoryType
from ireelite.runtime.hal_memory import HalBufferView
from ireelite.runtime.vm_list import i64_of, reference_of
from ireelite.status import StatusError
from ireelite.vm.refs import List

IMPLICIT_BUFFER_ARG_MEMORY_TYPE = MemoryType.DEVICE_LOCAL
IMPLICIT_BUFFER_ARG_USAGE = BufferUsage.DEFAULT

Packer = Callable[[HalDevice, Any], Any]
"""From a Python value to the VM's."""


class ArgumentPacker:
    """Packs the arguments of one function."""

    def __init__(self, descriptions: Sequence[Any] | None):
        """Raises ValueError for descriptions that are not understood."""
        self._packers: list[Packer] | None = None
        self._keywords: dict[str, int] = {}
        if descriptions is None:
            return
        self._packers = []
        for position, description in enumerate(descriptions):
            if isinstance(description, list) and description[0] == "named":
                self._keywords[description[1]] = position
                description = description[2]
            self._packers.append(_packer(description))

    def pack(
        self, device: HalDevice, arguments: Sequence[Any], keywords: dict[str, Any]
    ) -> list[Any]:
        """Returns the VM values of a call. Raises ValueError for arguments that do not fit."""
        if self._packers is None:
            if keywords:
                raise ValueError("kwargs not supported for dynamic dispatch functions")
            return [pack_any(device, argument) for argument in arguments]
        ordered = self._ordered(arguments, keywords)
        return [pack(device, value) for pack, value in zip(self._packers, ordered)]

    def _ordered(self, arguments: Sequence[Any], keywords: dict[str, Any]) -> list[Any]:
        assert self._packers is not None
        positional = len(self._packers) - len(self._keywords)
        if len(arguments) > positional:
            raise ValueError(
                f"mismatched call arity: expected {positional} arguments but got {len(arguments)}"
            )
        values = dict(enumerate(arguments))
        for name, value in keywords.items():
            if name not in self._keywords:
                raise ValueError(f"specified kwarg '{name}' is unknown")
            values[self._keywords[name]] = value
        missing = [n for n in range(len(self._packers)) if n not in values]
        if missing:
            raise ValueError(f"mismatched call arity: no value for argument {missing[0]}")
        return [values[n] for n in range(len(self._packers))]


def pack_any(device: HalDevice, value: Any) -> Any:
    """Returns a value's VM value by its own type. Raises ValueError if there is none."""
    if value.__class__ is numpy.ndarray:
        return _to_device(device, value)
    if isinstance(value, DeviceArray):
        return value._buffer_view.view
    if hasattr(value, "__iree_vm_ref__") or isinstance(getattr(value, "vm_type", None), str):
        return reference_of(value)
    if value is None:
        return None
    if isinstance(value, int):
        return i64_of(value)
    if isinstance(value, float) and not isinstance(value, numpy.generic):
        return float(value)
    if isinstance(value, (list, tuple, dict)):
        items = [value[key] for key in sorted(value)] if isinstance(value, dict) else value
        return List(items=[pack_any(device, item) for item in items])
    if hasattr(value, "__array__"):
        return _to_device(device, numpy.asarray(value))
    raise ValueError(f"could not convert python value to VM: {value!r}")


def _packer(description: Any) -> Packer:
    if isinstance(description, str):
        return _scalar_packer(description)
    match description[0]:
        case "ndarray":
            return _array_packer(description[1])
        case "slist" | "stuple":
            return _sequence_packer([_packer(item) for item in description[1:]])
        case "sdict":
            return _dict_packer([(key, _packer(item)) for key, item in description[1:]])
        case other:
            raise ValueError(f"Unrecognized reflection compound type: {other}")


def _scalar_packer(type: str) -> Packer:
    if type in ("i1", "i8", "i16", "i32", "i64"):
        return lambda device, value: i64_of(_number(index, value, type))
    if type in ("f16", "bf16", "f32", "f64"):
        return lambda device, value: _number(float, value, type)
    raise ValueError(f"Unrecognized reflection primitive type: {type}")


def _number(convert: Callable[[Any], Any], value: Any, type: str) -> Any:
    try:
        return convert(value)
    except (TypeError, OverflowError) as error:
        raise ValueError(f"could not convert value to {type}: {error}; value={value!r}") from error


def _array_packer(type: str) -> Packer:
    try:
        dtype = map_abi_type_to_dtype_info(type).dtype
    except KeyError as error:
        raise ValueError(f"could not map abi type {type!r} to numpy dtype") from error

    def pack(device: HalDevice, value: Any) -> Any:
        if isinstance(value, DeviceArray):
            return value._buffer_view.view
        if isinstance(value, HalBufferView):
            return value.view
        try:
            array = numpy.asarray(value, dtype, order="C")
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(
                f"could not convert value to numpy array of {dtype}: {error}; value={value!r}"
            ) from error
        return _to_device(device, array)

    return pack


def _sequence_packer(items: list[Packer]) -> Packer:
    def pack(device: HalDevice, value: Any) -> List:
        if len(value) != len(items):
            raise ValueError(f"expected a sequence with {len(items)} values. got: {value!r}")
        return List(items=[pack_item(device, _item(value, n)) for n, pack_item in enumerate(items)])

    return pack


def _dict_packer(items: list[tuple[str, Packer]]) -> Packer:
    def pack(device: HalDevice, value: Any) -> List:
        if len(value) != len(items):
            raise ValueError(f"expected a dict with {len(items)} values. got: {value!r}")
        return List(items=[pack_item(device, _item(value, key)) for key, pack_item in items])

    return pack


def _item(value: Any, key: Any) -> Any:
    try:
        return value[key]
    except (LookupError, TypeError) as error:
        raise ValueError(f"could not get item {key!r} from: {value!r}: {error}") from error


def _to_device(device: HalDevice, array: numpy.ndarray[Any, Any]) -> BufferView:
    """Returns an array as the HAL has it. This is most of what a call of a small function costs."""
    if not array.dtype.isnative:
        array = in_host_order(array)
    code = _code_of(array.dtype)
    try:
        buffer = device.allocator.upload(array)
    except StatusError as error:
        raise as_exception(error, "Failed to allocate device buffer") from error
    return BufferView(buffer, list(array.shape), code)


@cache
def _code_of(dtype: numpy.dtype[Any]) -> int:
    element_type = map_dtype_to_element_type(dtype)
    if element_type is None:
        raise ValueError(f"could not map dtype {dtype!r} to element type")
    return int(element_type)
