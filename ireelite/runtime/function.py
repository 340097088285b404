"""`FunctionInvoker`: a function in a context that is called with Python values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ireelite.hal.buffer import BufferView
from ireelite.hal.semaphore import Fence, Semaphore
from ireelite.modules.python_module import VmRef
from ireelite.ownership import is_alone, private_copy
from ireelite.runtime.arguments import (
    IMPLICIT_BUFFER_ARG_MEMORY_TYPE,
    IMPLICIT_BUFFER_ARG_USAGE,
    ArgumentPacker,
)
from ireelite.runtime.array_interop import DeviceArray
from ireelite.runtime.dtypes import map_abi_type_to_dtype_info
from ireelite.runtime.errors import raising
from ireelite.runtime.hal_device import HalDevice
from ireelite.runtime.hal_memory import HalBufferView
from ireelite.runtime.vm_list import VmVariantList
from ireelite.vm.refs import List

__all__ = [
    "IMPLICIT_BUFFER_ARG_MEMORY_TYPE",
    "IMPLICIT_BUFFER_ARG_USAGE",
    "ArgumentError",
    "FunctionInvoker",
    "ReturnError",
]

_INLINED = ("slist", "stuple", "sdict")
"""Structures that stand in the result list itself if they are the only result."""


class ArgumentError(ValueError):
    """An argument does not fit."""


class ReturnError(ValueError):
    """A result is not what reflection says."""


class FunctionInvoker:
    """Calls a function: arrays and numbers in, `DeviceArray`s, numbers and references out.

    A function that signals a fence is given one, and is waited for.
    """

    __slots__ = (
        *("_device", "_is_async", "_is_inlined", "_packer", "_results"),
        *("_vm_context", "_vm_function"),
    )

    def __init__(self, vm_context: Any, device: HalDevice, vm_function: Any):
        """Raises RuntimeError for reflection that is malformed."""
        self._vm_context = vm_context
        self._device = device
        self._vm_function = vm_function
        reflection = vm_function.reflection
        self._is_async = reflection.get("iree.abi.model") == "coarse-fences"
        arguments, self._results = _parse_reflection(reflection)
        try:
            self._packer = ArgumentPacker(arguments)
            declared = self._results or []
            self._is_inlined = len(declared) == 1 and declared[0][0] in _INLINED
        except (TypeError, LookupError) as error:
            raise RuntimeError(f"Malformed function reflection metadata: {reflection}") from error

    @property
    def vm_function(self) -> Any:
        """What it calls."""
        return self._vm_function

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Calls the function. Returns one result as it is, several as a tuple, none as None.

        Raises ValueError for arguments that do not fit, and what the function fails with.
        """
        values = self._packer.pack(self._device, arguments, keywords)
        done = None
        if self._is_async:
            done = Fence([(Semaphore(), 1)])
            values += [None, done]
        results = VmVariantList(0)
        try:
            self._vm_context.invoke(
                self._vm_function, VmVariantList._of(List(items=values)), results
            )
            if done is not None:
                with raising("Error invoking function"):
                    done.wait()
        finally:
            values.clear()
            for argument in (*arguments, *keywords.values()) if keywords else arguments:
                if argument.__class__ is DeviceArray:
                    argument._separate()
        _own(results._list.items)
        if self._is_inlined:
            inlined, results = results, VmVariantList(1)
            results.push_list(inlined)
        unpacked = _unpack(self._device, results, self._results)
        return unpacked[0] if len(unpacked) == 1 else tuple(unpacked) or None

    def __repr__(self) -> str:
        return repr(self._vm_function)


def _own(items: list[Any]) -> None:
    """Gives each result that the program, or the caller, holds too memory of its own.

    Read-only memory stays shared: it is a constant, which can't be written.
    """
    for position in range(len(items)):
        kind = items[position].__class__
        if kind is List:
            _own(items[position].items)
        elif kind is BufferView and not is_alone(items, position):
            items[position] = private_copy(items[position])


def _parse_reflection(reflection: dict[str, str]) -> tuple[list[Any] | None, list[Any] | None]:
    """Descriptions of arguments and results; None if there are none."""
    text = reflection.get("iree.abi")
    if text is None:
        return None, None
    try:
        abi = json.loads(text)
        arguments, results = abi["a"], abi["r"]
    except json.JSONDecodeError as error:
        raise RuntimeError(f"Reflection metadata is not valid JSON: {text}") from error
    except (KeyError, TypeError) as error:
        raise RuntimeError(f"Malformed function reflection metadata: {reflection}") from error
    if not isinstance(arguments, list) or not isinstance(results, list):
        raise RuntimeError(f"Malformed function reflection metadata structure: {reflection}")
    return arguments, results


def _unpack(device: HalDevice, values: VmVariantList, descriptions: Sequence[Any] | None) -> list:
    if descriptions is None:
        return [_unpack_any(device, value) for value in values._list.items]
    if len(values) != len(descriptions):
        raise ReturnError(
            f"Error processing function return: mismatched return arity: {len(values)} values, "
            f"{len(descriptions)} declared"
        )
    return [_unpack_one(device, values, n, row) for n, row in enumerate(descriptions)]


def _unpack_any(device: HalDevice, value: Any) -> Any:
    if isinstance(value, BufferView):
        return DeviceArray(device, HalBufferView._of(value), implicit_host_transfer=True)
    return value if value is None or isinstance(value, (int, float)) else VmRef(value)


def _unpack_one(device: HalDevice, values: VmVariantList, position: int, description: Any) -> Any:
    try:
        kind = description if isinstance(description, str) else description[0]
        match kind:
            case "ndarray":
                view = values.get_as_object(position, HalBufferView)
                dtype = map_abi_type_to_dtype_info(description[1]).dtype
                return DeviceArray(device, view, True, dtype)
            case "slist":
                return _unpack(device, values.get_as_list(position), description[1:])
            case "stuple":
                return tuple(_unpack(device, values.get_as_list(position), description[1:]))
            case "sdict":
                items = description[1:]
                inner = values.get_as_list(position)
                unpacked = _unpack(device, inner, [item for _, item in items])
                return dict(zip([key for key, _ in items], unpacked))
            case "py_homogeneous_list":
                inner = values.get_as_list(position)
                return _unpack(device, inner, [description[1]] * len(inner))
            case "i1" | "i8" | "i16" | "i32" | "i64":
                return _number(values.get_variant(position), int)
            case "f16" | "bf16" | "f32" | "f64":
                return _number(values.get_variant(position), float)
            case _:
                raise ReturnError(f"cannot map VM type to Python: {kind}")
    except (LookupError, TypeError, ValueError) as error:
        raise ReturnError(
            f"Error processing function return: {error} "
            f"(result {position} of {values}, described as {description})"
        ) from error


def _number(value: Any, type: type) -> Any:
    if not isinstance(value, type):
        raise ReturnError(f"expected an {type.__name__} value but got {value!r}")
    return value
