"""Calls of plans without a conversion: functions of native code that Python calls as it calls those
of its own, with arrays in and arrays out.

`quick` of `replay.ll` is such a function. It keeps Python's lock, so that it is for plans that take
a few microseconds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ireelite.hal.native_code import NativeCode

if TYPE_CHECKING:
    import numpy

QuickCall = Callable[..., Any]
"""From arrays to the only result, or to a tuple of results; None if the arguments are others than
the plan is for."""

_FASTCALL = 0x80
"""`METH_FASTCALL`: the function takes its `self`, an array of arguments, and how many there are."""
_EMPTY = 184
"""The position of `PyArray_Empty` in NumPy's table of functions, which its binary interface fixes."""


class Extents(ctypes.Structure):
    """Element type and extents of an array, as `check` of `replay.ll` has them."""

    _fields_ = (
        ("dtype", ctypes.c_void_p),
        ("rank", ctypes.c_int64),
        ("shape", ctypes.c_void_p),
    )


class _Row(ctypes.Structure):
    _fields_ = (
        ("plan", ctypes.c_void_p),
        ("arena", ctypes.c_int64),
        ("results", ctypes.c_void_p),
        ("none", ctypes.c_void_p),
        ("take", ctypes.c_void_p),
        ("drop", ctypes.c_void_p),
        ("empty", ctypes.c_void_p),
        ("tuple", ctypes.c_void_p),
        ("put", ctypes.c_void_p),
    )
    keeps: tuple[Any, ...]


class _Method(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


def extents_of(
    arrays: Sequence[tuple[tuple[int, ...], numpy.dtype[Any]]],
) -> tuple[ctypes.Array[Extents], Any]:
    """Rows for arrays of these shapes and element types, and what the rows point to."""
    rows = (Extents * len(arrays))()
    shapes = [(ctypes.c_int64 * len(shape))(*shape) for shape, _ in arrays]
    for row, shape, (_, dtype) in zip(rows, shapes, arrays, strict=True):
        row.dtype, row.rank, row.shape = id(dtype), len(shape), ctypes.addressof(shape)
    return rows, (shapes, arrays)


def quick_call(
    plan: int,
    arena: int,
    results: Sequence[tuple[tuple[int, ...], numpy.dtype[Any]]],
    code: NativeCode,
    keeps: tuple[Any, ...],
) -> QuickCall | None:
    """The function that runs a plan; None where NumPy's table of functions is not found.

    `plan` and `arena` are addresses; what they belong to is in `keeps`, which the function refers
    to. `results` are shapes and element types.
    """
    import numpy

    if not results or not (empty := _empty()):
        return None
    rows, kept = extents_of(results)
    python = ctypes.pythonapi
    functions = (python.Py_IncRef, python.Py_DecRef, python.PyTuple_New, python.PyTuple_SetItem)
    take, drop, new, put = (ctypes.cast(one, ctypes.c_void_p).value for one in functions)
    row = _Row(plan, arena, ctypes.addressof(rows), id(None), take, drop, empty, new, put)
    method = _Method(b"quick", code.addresses["quick"], _FASTCALL, None)
    row.keeps = (rows, kept, method, code, keeps)
    make = python.PyCFunction_NewEx
    make.restype = ctypes.py_object
    # The function refers to the array and the array to the row, which keeps all the rest.
    return make(
        ctypes.byref(method),
        ctypes.py_object(numpy.frombuffer(memoryview(row), numpy.uint8)),
        ctypes.c_void_p(),
    )


@cache
def _empty() -> int:
    """The address of `PyArray_Empty`; 0 where it is not found."""
    import numpy

    room = "numpy._core" if numpy.lib.NumpyVersion(numpy.__version__) >= "2.0.0" else "numpy.core"
    capsule = getattr(import_module(f"{room}._multiarray_umath"), "_ARRAY_API", None)
    if capsule is None:
        return 0
    find = ctypes.pythonapi.PyCapsule_GetPointer
    find.restype = ctypes.c_void_p
    table = find(ctypes.py_object(capsule), None)
    return (ctypes.c_void_p * (_EMPTY + 1)).from_address(table)[_EMPTY] or 0 if table else 0
