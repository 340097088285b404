"""Calls of plans without a conversion: functions of native code that Python calls as it calls those
of its own, with arrays in and arrays out.

`quick` of `replay.ll` is such a function. It keeps Python's lock for plans that take a few
microseconds, and releases it while others run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ireelite.hal.native_code import NativeCode
from ireelite.light_named_tuple import NamedTuple

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
        ("makes", ctypes.c_void_p),
        ("memory", ctypes.c_void_p),
        ("claim", ctypes.c_void_p),
        ("release", ctypes.c_void_p),
        ("leave", ctypes.c_void_p),
        ("enter", ctypes.c_void_p),
        ("invoke", ctypes.c_void_p),
        ("address_of", ctypes.c_void_p),
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


class Needs(NamedTuple):
    """What a call needs besides its arguments and results that NumPy makes."""

    arena: int
    """The address of memory that belongs to the plan, for calls that keep Python's lock."""
    memory: Callable[[], numpy.ndarray] | None
    """Returns memory for one call instead, as an array."""
    makes: Sequence[Callable[[], numpy.ndarray] | None]
    """For each result: what returns its array, or None for one that NumPy makes."""
    claim: Callable[[], int] | None
    """Claims the threads of a pool and returns the pool's address, or 0. None for a call that
    shares nothing."""
    release: Callable[[], None] | None
    """Releases what `claim` claimed."""
    keeps_lock: bool
    """Whether the call keeps Python's lock."""


def quick_call(
    plan: int,
    results: Sequence[tuple[tuple[int, ...], numpy.dtype[Any]]],
    needs: Needs,
    code: NativeCode,
    keeps: tuple[Any, ...],
) -> QuickCall | None:
    """Returns the function that runs a plan; None where NumPy's table of functions is not found.

    `plan` is an address; what it and the arena belong to is in `keeps`, which the function refers
    to. `results` are shapes and element types.
    """
    import numpy

    if not results or not (empty := _empty()):
        return None
    rows, kept = extents_of(results)
    makes = (ctypes.c_void_p * len(results))(*map(_object, needs.makes))
    leave, enter, *others = map(_function, _PYTHON)
    row = _Row(
        plan, needs.arena, ctypes.addressof(rows), id(None), *others[:2], empty, *others[2:4]
    )
    row.makes, row.memory = ctypes.addressof(makes), _object(needs.memory)
    row.claim, row.release = _object(needs.claim), _object(needs.release)
    row.leave, row.enter = (None, None) if needs.keeps_lock else (leave, enter)
    row.invoke, row.address_of = others[4:]
    method = _Method(b"quick", code.addresses["quick"], _FASTCALL, None)
    row.keeps = (rows, kept, makes, needs, method, code, keeps)
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    # The function refers to the array and the array to the row, which keeps all the rest.
    return make(
        ctypes.byref(method),
        ctypes.py_object(numpy.frombuffer(memoryview(row), numpy.uint8)),
        ctypes.c_void_p(),
    )


_PYTHON = (
    "PyEval_SaveThread",
    "PyEval_RestoreThread",
    "Py_IncRef",
    "Py_DecRef",
    "PyTuple_New",
    "PyTuple_SetItem",
    "PyObject_CallNoArgs",
    "PyLong_AsVoidPtr",
)
"""The functions of Python that a call uses."""


def _function(name: str) -> int | None:
    return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value


def _object(value: object) -> int | None:
    """Returns the address of an object; None for None."""
    return None if value is None else id(value)


@cache
def _empty() -> int:
    """Returns the address of `PyArray_Empty`; 0 where it is not found."""
    import numpy

    room = "numpy._core" if numpy.lib.NumpyVersion(numpy.__version__) >= "2.0.0" else "numpy.core"
    capsule = getattr(import_module(f"{room}._multiarray_umath"), "_ARRAY_API", None)
    if capsule is None:
        return 0
    find = ctypes.pythonapi.PyCapsule_GetPointer
    find.restype = ctypes.c_void_p
    table = find(ctypes.py_object(capsule), None)
    return (ctypes.c_void_p * (_EMPTY + 1)).from_address(table)[_EMPTY] or 0 if table else 0
