"""`DeviceArray`: a tensor on a device that NumPy can work with."""

from __future__ import annotations

from typing import Any, Literal

import numpy

from ireelite.arrays import in_host_order, stored_as
from ireelite.ownership import separate
from ireelite.runtime.dtypes import map_dtype_to_hal_element_type
from ireelite.runtime.hal_device import HalDevice
from ireelite.runtime.hal_enums import BufferUsage, HalElementType, MemoryType
from ireelite.runtime.hal_memory import HalBufferView, MappedMemory

Array = numpy.ndarray[Any, numpy.dtype[Any]]


class DeviceArray(numpy.lib.mixins.NDArrayOperatorsMixin):
    """A buffer view that becomes a host array when its elements are needed.

    That happens in `to_host`, and, only if `implicit_host_transfer` was asked for, wherever NumPy
    needs them; otherwise that is a ValueError. Shape and dtype are always there.
    """

    def __init__(
        self,
        device: HalDevice,
        buffer_view: HalBufferView,
        implicit_host_transfer: bool = False,
        override_dtype: Any = None,
    ):
        self._device = device
        self._buffer_view = buffer_view
        self._implicit_host_transfer = implicit_host_transfer
        self._override_dtype = override_dtype
        self._host_array: Array | None = None

    @property
    def shape(self) -> list[int]:
        """Extents."""
        return self._buffer_view.shape

    @property
    def ndim(self) -> int:
        """How many extents."""
        return len(self._buffer_view.view.shape)

    @property
    def dtype(self) -> Any:
        """Of the elements."""
        if self._override_dtype is not None:
            return self._override_dtype
        return HalElementType.map_to_dtype(self._buffer_view.view.element_type)

    @property
    def is_host_accessible(self) -> bool:
        """Whether the elements have been brought to the host."""
        return self._host_array is not None

    def to_host(self) -> Array:
        """Returns the elements: the device's memory where the host shares that, else a copy."""
        if self._host_array is None:
            array = _mapped(self._buffer_view)
            stored = array.dtype
            if self._override_dtype is not None and stored != self._override_dtype:
                array = array.astype(self._override_dtype)
            self._host_array = array
        return self._host_array

    def _separate(self) -> None:
        """Takes the memory for this array alone if a program keeps it, which gets a copy: the host
        may write to the array from now on.
        """
        view = self._buffer_view.view
        # The HalBufferView and the variable refer to the view.
        own = separate(view, 2)
        if own is not view:
            self._buffer_view = HalBufferView._of(own)

    def _implicitly(self) -> Array:
        if not self._implicit_host_transfer:
            raise ValueError(
                "DeviceArray cannot be implicitly transferred to the host; use .to_host()"
            )
        return self.to_host()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        array = self._implicitly()
        if dtype is not None and array.dtype != dtype:
            if copy is False:
                raise ValueError(f"an array of {array.dtype} cannot be one of {dtype} uncopied")
            return array.astype(dtype)
        return array.copy() if copy else array

    def __array_function__(
        self, function: Any, types: Any, arguments: Any, keywords: dict[str, Any]
    ) -> Any:
        if function is numpy.shape:
            return self.shape
        host = self.to_host()
        positional = [_on_host(argument, self, host) for argument in arguments]
        named = {name: _on_host(value, self, host) for name, value in keywords.items()}
        return function(*positional, **named)

    def __array_ufunc__(
        self, ufunc: Any, method: str, *inputs: Any, out: Any = (), **keywords: Any
    ) -> Any:
        if out:
            keywords["out"] = tuple(_operand(value) for value in out)
        return getattr(ufunc, method)(*[_operand(value) for value in inputs], **keywords)

    def astype(
        self,
        dtype: Any,
        casting: Literal["no", "equiv", "safe", "same_kind", "unsafe"] = "unsafe",
        copy: bool = True,
    ) -> DeviceArray | Array:
        """Returns the elements as another type, on the host; the array itself if nothing is to be
        done.
        """
        if not copy and self.dtype == dtype:
            return self
        return self.to_host().astype(dtype, casting=casting, copy=copy)

    def reshape(self, *shape: Any) -> Array:
        """Returns the elements in another shape, on the host."""
        return self.to_host().reshape(*shape)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self) -> Any:
        return iter(self.to_host())

    def __getitem__(self, index: Any) -> Any:
        return self.to_host()[index]

    def __deepcopy__(self, memo: Any) -> Array:
        return self.to_host().copy()

    def __reduce__(self) -> Any:
        return _restored, (self.to_host(),)

    def __repr__(self) -> str:
        return f"<IREE DeviceArray: shape={self.shape}, dtype={self.dtype}>"


def _mapped(view: HalBufferView) -> Array:
    """Returns the elements: shared memory where the host maps it, else a copy; f32 for floats that
    NumPy lacks.
    """
    code, shape = view.view.element_type, view.view.shape
    stored = HalElementType.map_to_dtype(code)
    dtype, widen = stored_as(code)
    memory = MappedMemory.readable(view.view.buffer)
    if widen is None:
        return memory.asarray(shape, stored)
    return widen(memory.asarray(shape, dtype))


def _restored(array: Array) -> Array:
    """Returns what a pickled array becomes."""
    return array


def _operand(value: Any) -> Any:
    return value._implicitly() if isinstance(value, DeviceArray) else value


def _on_host(value: Any, array: DeviceArray, host: Array) -> Any:
    if value is array:
        return host
    if isinstance(value, DeviceArray):
        return value.to_host()
    if isinstance(value, (list, tuple)):
        return type(value)(_on_host(item, array, host) for item in value)
    return value


def asdevicearray(
    device: HalDevice,
    a: Any,
    dtype: Any = None,
    *,
    implicit_host_transfer: bool = False,
    memory_type: int = MemoryType.DEVICE_LOCAL,
    allowed_usage: int = BufferUsage.DEFAULT,
    element_type: int | None = None,
) -> DeviceArray:
    """Returns a copy of anything that NumPy takes for an array, on a device.

    A `DeviceArray` of the dtype asked for is returned as it is. Raises ValueError for dtypes that
    no element type stands for.
    """
    if isinstance(a, DeviceArray):
        if dtype is None or a.dtype == dtype:
            return a
        a = a.to_host()
    array = in_host_order(numpy.asarray(a, dtype=dtype, order="C"))
    code = map_dtype_to_element_type(array.dtype) if element_type is None else element_type
    if code is None:
        raise ValueError(f"Could not map dtype {array.dtype} to IREE element type")
    view = device.allocator.allocate_buffer_copy(memory_type, allowed_usage, device, array, code)
    assert isinstance(view, HalBufferView)
    return DeviceArray(device, view, implicit_host_transfer, array.dtype)


def map_dtype_to_element_type(dtype: Any) -> HalElementType | None:
    """Returns the element type of a dtype, or None."""
    return map_dtype_to_hal_element_type(dtype)
