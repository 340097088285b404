"""NumPy arrays as the buffer views that programs take and return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ireelite import element_types
from ireelite.hal.buffer import BufferUsage, BufferView, MemoryType
from ireelite.hal.device import Allocator
from ireelite.hal.host_memory import HostBuffer
from ireelite.ownership import is_alone
from ireelite.signature import Argument
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    import numpy

MAX_COPIED_BYTES = 1 << 16
"""Arrays up to this many bytes are copied; finding out whether a larger one can be shared costs
less than copying."""

_MEMORY = int(MemoryType.HOST_LOCAL | MemoryType.DEVICE_LOCAL)
_USAGE = int(BufferUsage.DEFAULT | BufferUsage.MAPPING)


class Encoder:
    """Turns a Python or NumPy value into the VM value of one argument."""

    __slots__ = (
        *("_allocator", "_argument", "_array_class", "_code", "_dtype", "_is_scalar"),
        *("_is_packed", "_is_widened"),
    )

    def __init__(self, argument: Argument, allocator: Allocator):
        import numpy

        self._argument = argument
        self._allocator = allocator
        self._array_class = numpy.ndarray
        self._is_scalar = argument.scalar_kind is not None
        self._dtype: numpy.dtype[Any] | None = None
        self._is_widened = False
        """Whether arrays of f32 are rounded to the type, which NumPy lacks."""
        self._is_packed = False
        """Whether elements share bytes."""
        self._code = 0
        if argument.element_type is not None and argument.dtype is not None:
            self._is_widened = is_widened(argument.element_type)
            name = "float32" if self._is_widened else argument.dtype
            self._dtype = numpy_dtype(name)
            self._code = argument.element_type.hal_code
            self._is_packed = argument.element_type.storage_bits < 8

    def encode(self, value: Any) -> Any:
        """Returns the VM value. Raises INVALID_ARGUMENT for what cannot be one."""
        if value.__class__ is not self._array_class:
            if self._is_scalar:
                return self._scalar(value)
            if value is None or getattr(value, "vm_type", None) is not None:
                return value
            if (reference := getattr(value, "__iree_vm_ref__", None)) is not None:
                return reference.value
            value = self._array(value)
        elif self._is_scalar:
            return self._scalar(value)
        code = self._code
        if value.dtype is not self._dtype:
            value = in_host_order(value)
            if not self._is_widened or value.dtype.kind != "f":
                code = self._other_code(value.dtype)
        if self._is_widened and code == self._code:
            value = self._narrowed(value)
        shape = list(value.shape)
        if code == self._code and self._is_packed:
            value = self._packed(value)
        if value.nbytes <= MAX_COPIED_BYTES:
            buffer = self._allocator.upload(_MEMORY, _USAGE, value.tobytes())
        else:
            buffer = self._allocator.lend(_MEMORY, _USAGE, bytes_of(value))
        return BufferView(buffer, shape, code)

    def shares(self, value: Any) -> bool:
        """Returns whether the bytes of the value, an array in row-major order, are those of its
        buffer.
        """
        return (
            value.__class__ is self._array_class
            and not (self._is_scalar or self._is_widened or self._is_packed)
            and value.dtype.isnative
            and value.flags.c_contiguous
        )

    def _packed(self, value: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        from ireelite.packed_integers import pack

        assert self._argument.element_type is not None
        return pack(value, self._argument.element_type)

    def _narrowed(self, value: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
        from ireelite.small_float_arrays import narrowed

        assert self._argument.element_type is not None
        return narrowed(value, self._argument.element_type)

    def _other_code(self, dtype: numpy.dtype[Any]) -> int:
        try:
            return element_types.from_numpy(dtype.name).code
        except StatusError as error:
            error.annotate(f"converting argument '{self._argument.name}'")
            raise

    def _array(self, value: Any) -> numpy.ndarray[Any, Any]:
        import numpy

        has_type = hasattr(value, "dtype") or hasattr(value, "__array__")
        try:
            if hasattr(value, "__dlpack__") and not hasattr(value, "__array__"):
                return numpy.from_dlpack(value)
            return numpy.asarray(value, None if has_type else self._dtype)
        except (TypeError, ValueError, OverflowError, BufferError, RuntimeError) as error:
            raise self._unfit(value, f": {error}") from error

    def _scalar(self, value: Any) -> int | float:
        kind = self._argument.scalar_kind
        try:
            return int(value.__index__()) if kind in ("i", "I") else float(value)
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise self._unfit(value) from error

    def _unfit(self, value: Any, why: str = "") -> StatusError:
        given = repr(value) if len(repr(value)) < 80 else type(value).__name__
        return invalid_argument(
            f"argument '{self._argument.name}' is {self._argument.type}; given {given}{why}"
        )


def in_host_order(array: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    """Returns the array, or a copy whose elements have their bytes in the order that this host has."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def bytes_of(array: numpy.ndarray[Any, Any]) -> memoryview:
    """Returns the elements in row-major order: the array's own memory if that is how they lie."""
    import numpy

    return numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8).data


NARROW = {"int2": "int8", "int4": "int8", "uint2": "uint8", "uint4": "uint8"}
"""Integers that `ml_dtypes` has -> the dtype that holds them without that package."""


@cache
def numpy_dtype(name: str) -> numpy.dtype[Any]:
    """Returns a dtype by name; those that NumPy has not come from `ml_dtypes`. Raises UNAVAILABLE
    without that package.
    """
    import numpy

    try:
        return numpy.dtype(name)
    except TypeError:
        pass  # `ml_dtypes` may have it
    try:
        import ml_dtypes
    except ImportError as error:
        if name in NARROW:
            return numpy.dtype(NARROW[name])
        raise StatusError(
            StatusCode.UNAVAILABLE, f"arrays of {name} need the package 'ml_dtypes'"
        ) from error
    return numpy.dtype(getattr(ml_dtypes, name))


@cache
def is_widened(type: element_types.ElementType) -> bool:
    """Returns whether values of this type are arrays of f32 on the host: NumPy lacks it, and
    `ml_dtypes`, which has it, is not installed.
    """
    if type.numpy is None or type.bits > 16:
        return False
    from ireelite.small_floats import FORMATS

    if (type.kind, type.bits) not in FORMATS:
        return False
    try:
        numpy_dtype(type.numpy)
    except StatusError:
        return True
    return False


Widen = Callable[["numpy.ndarray[Any, Any]"], "numpy.ndarray[Any, Any]"]
"""From the codes of floats that NumPy lacks to their values."""


@cache
def stored_as(code: int) -> tuple[numpy.dtype[Any], Widen | None]:
    """Returns how the elements of a type lie in memory, and what makes values of them if they are
    codes.
    """
    type = element_types.from_code(code)
    if not is_widened(type):
        return numpy_dtype(type.numpy or f"V{type.byte_size}"), None
    from ireelite.small_float_arrays import code_dtype, widened

    return code_dtype(type), lambda codes: widened(codes, type)


def decode_at(results: Sequence[Any], position: int) -> Any:
    """Returns one of the results of a call as `decode` gives it. The array is the result's memory
    if it is reached through these results alone, else a copy: modules may keep what they return.
    """
    if results[position].__class__ is not BufferView:
        return results[position]
    is_own = is_alone(results, position)
    return decode(results[position], is_own)


def decode(value: Any, is_own: bool = False) -> Any:
    """Returns a result as a NumPy array; numbers and other references as they are.

    The array is a copy of the result's memory, or if `is_own` that memory. Raises INVALID_ARGUMENT
    for a view with more elements than its buffer has.
    """
    if value.__class__ is not BufferView:
        return value
    buffer = value.buffer
    if isinstance(buffer, HostBuffer):
        data = buffer.data if is_own else bytearray(buffer.data)
    else:
        data = buffer.read()
    dtype, widen = stored_as(value.element_type)
    try:
        if value.element_type & 0xFF < 8 and shares_bytes(value.element_type):
            return unpacked(data, value, dtype)
        array = _ndarray()(value.shape, dtype, data)
    except (TypeError, ValueError) as error:  # programs may make a view of anything
        raise invalid_argument(f"a result cannot be read: {error}") from error
    return array if widen is None else widen(array)


def shares_bytes(code: int) -> bool:
    """Returns whether elements of a type share bytes in a compiled program's buffer."""
    return element_types.from_code(code).storage_bits < 8


def unpacked(data: Any, view: BufferView, dtype: numpy.dtype[Any]) -> numpy.ndarray[Any, Any]:
    """Returns the elements of a view that share bytes, one byte each."""
    from ireelite.packed_integers import unpack

    return unpack(data, view.shape, element_types.from_code(view.element_type), dtype)


@cache
def _ndarray() -> type[numpy.ndarray[Any, Any]]:
    import numpy

    return numpy.ndarray
