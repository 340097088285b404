"""The VM module `vmvx`: loops over two-dimensional views of buffers, for executables and for others.

Names, calling conventions and flags are those of IREE's runtime 3.13. Offsets and strides count
elements; a stride of 0 repeats an input. Results are computed in order of rows and columns where an
output overlaps an input or itself, so that an output with a stride of 0 that is also the left
operand accumulates.

Every function raises INVALID_ARGUMENT for what is no buffer and for sizes and strides that are too
large, OUT_OF_RANGE past the end of a buffer, and PERMISSION_DENIED for a read-only output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ireelite.modules.vmvx_tiles import TileFunctions
from ireelite.modules.vmvx_views import View, count, is_apart, view_2d
from ireelite.status import StatusCode, StatusError
from ireelite.vm.native import NativeModule, vm_export

_UNARY = "0rIIIrIIIII_v"
_BINARY = "0rIIIrIIIrIIIII_v"
_MOST_SHIFT = 31


def vmvx_module() -> NativeModule:
    """Returns the module; it keeps no state."""
    return NativeModule("vmvx", state_factory=VmvxState)


def _in_double(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Returns a function of f32 that is computed in f64, as the VM's instructions are, and rounded
    once.
    """
    return lambda values: function(values.astype(np.float64)).astype(np.float32)


def _leading_zeros(values: Any) -> Any:
    unsigned = values.view(np.uint32).astype(np.float64)
    return (32 - np.frexp(unsigned)[1]).astype(np.int32)


def _reciprocal_root(values: Any) -> Any:
    return np.float32(1) / np.sqrt(values)


def _divide(a: Any, b: Any) -> Any:
    _no_zero(b)
    quotient = np.abs(a.astype(np.int64)) // np.abs(b.astype(np.int64))
    return np.where((a < 0) != (b < 0), -quotient, quotient).astype(np.int32)


def _divide_unsigned(a: Any, b: Any) -> Any:
    _no_zero(b)
    return (a.view(np.uint32) // b.view(np.uint32)).view(np.int32)


def _no_zero(divisor: Any) -> None:
    if not np.all(divisor):
        raise StatusError(StatusCode.INVALID_ARGUMENT, "integer division by zero")


UNARY: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "abs.2d.f32": (np.float32, np.abs),
    "ceil.2d.f32": (np.float32, np.ceil),
    "ctlz.2d.i32": (np.int32, _leading_zeros),
    "exp.2d.f32": (np.float32, _in_double(np.exp)),
    "floor.2d.f32": (np.float32, np.floor),
    "log.2d.f32": (np.float32, _in_double(np.log)),
    "neg.2d.f32": (np.float32, np.negative),
    "rsqrt.2d.f32": (np.float32, _reciprocal_root),
    "copy.2d.x8": (np.uint8, np.asarray),
    "copy.2d.x16": (np.uint16, np.asarray),
    "copy.2d.x32": (np.uint32, np.asarray),
    "copy.2d.x64": (np.uint64, np.asarray),
}
"""Element type and NumPy function by name."""

BINARY: dict[str, tuple[Any, Callable[[Any, Any], Any]]] = {
    "add.2d.f32": (np.float32, np.add),
    "sub.2d.f32": (np.float32, np.subtract),
    "mul.2d.f32": (np.float32, np.multiply),
    "div.2d.f32": (np.float32, np.divide),
    "add.2d.i32": (np.int32, np.add),
    "sub.2d.i32": (np.int32, np.subtract),
    "mul.2d.i32": (np.int32, np.multiply),
    "and.2d.i32": (np.int32, np.bitwise_and),
    "or.2d.i32": (np.int32, np.bitwise_or),
    "xor.2d.i32": (np.int32, np.bitwise_xor),
    "shl.2d.i32": (np.int32, lambda a, b: a << (b & _MOST_SHIFT)),
    "shrs.2d.i32": (np.int32, lambda a, b: a >> (b & _MOST_SHIFT)),
    "shru.2d.i32": (
        np.int32,
        lambda a, b: (a.view(np.uint32) >> (b & _MOST_SHIFT).view(np.uint32)).view(np.int32),
    ),
    "divs.2d.i32": (np.int32, _divide),
    "divu.2d.i32": (np.int32, _divide_unsigned),
}
"""Element type and NumPy function by name."""


def _apply(function: Callable[..., Any], inputs: list[View], output: View) -> None:
    """Stores a function of the inputs' elements to the output's, all at once if none of them is
    read after it was written."""
    count(output.array.size)
    with np.errstate(all="ignore"):
        if is_apart(output, inputs):
            output.array[...] = function(*(each.array for each in inputs))
            return
        arrays = [each.array for each in inputs]
        for row, column in np.ndindex(output.array.shape):
            at = slice(row, row + 1), slice(column, column + 1)
            output.array[at] = function(*(np.ascontiguousarray(array[at]) for array in arrays))


def _unary(name: str) -> Callable[..., None]:
    dtype, function = UNARY[name]

    @vm_export(name, _UNARY)
    def apply(
        self: Any, source: Any, offset: int, stride0: int, stride1: int,
        target: Any, out_offset: int, out_stride0: int, out_stride1: int, size0: int, size1: int,
    ) -> None:  # fmt: skip
        sizes = size0, size1
        read = view_2d("in", source, dtype, offset, (stride0, stride1), sizes)
        written = view_2d(
            "out", target, dtype, out_offset, (out_stride0, out_stride1), sizes, writes=True
        )
        _apply(function, [read], written)

    return apply


def _binary(name: str) -> Callable[..., None]:
    dtype, function = BINARY[name]

    @vm_export(name, _BINARY)
    def apply(
        self: Any, lhs: Any, lhs_offset: int, lhs_stride0: int, lhs_stride1: int,
        rhs: Any, rhs_offset: int, rhs_stride0: int, rhs_stride1: int,
        target: Any, out_offset: int, out_stride0: int, out_stride1: int, size0: int, size1: int,
    ) -> None:  # fmt: skip
        sizes = size0, size1
        left = view_2d("lhs", lhs, dtype, lhs_offset, (lhs_stride0, lhs_stride1), sizes)
        right = view_2d("rhs", rhs, dtype, rhs_offset, (rhs_stride0, rhs_stride1), sizes)
        written = view_2d(
            "out", target, dtype, out_offset, (out_stride0, out_stride1), sizes, writes=True
        )
        _apply(function, [left, right], written)

    return apply


class _Loops:
    """`fill`, and beneath it the functions of the tables."""

    @vm_export("fill.2d.x32", "0irIIII_v")
    def fill(
        self, value: int, target: Any, offset: int, row_stride: int, size0: int, size1: int
    ) -> None:
        """Sets each element of a view whose columns follow each other."""
        view = view_2d(
            "out", target, np.int32, offset, (row_stride, 1), (size0, size1), writes=True
        )
        count(view.array.size)
        view.array[...] = value


for _name in UNARY:
    setattr(_Loops, _name.replace(".", "_"), _unary(_name))
for _name in BINARY:
    setattr(_Loops, _name.replace(".", "_"), _binary(_name))


class VmvxState(_Loops, TileFunctions):
    """The module's functions."""
