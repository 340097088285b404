"""NumPy dtypes, element types and the names that reflection has for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy

from ireelite import element_types
from ireelite.element_types import ElementType
from ireelite.element_types import NumericalKind as _K
from ireelite.runtime.hal_enums import HalElementType
from ireelite.status import StatusError

if find_spec("ml_dtypes") is not None:
    import_module("ml_dtypes")  # from now on NumPy knows `bfloat16` and the small floats by name

_KINDS = (_K.BOOLEAN, _K.SIGNED, _K.UNSIGNED, _K.FLOAT, _K.COMPLEX)
"""The kinds of NumPy's own dtypes. Its integers have a sign, unlike those of programs."""


@dataclass(frozen=True)
class DTypeInfo:
    """A dtype under all its names."""

    dtype: numpy.dtype[Any]
    name: str
    """NumPy's."""
    abi_type: str
    """Reflection's: `f32`."""
    hal_type: HalElementType

    @property
    def is_complex(self) -> bool:
        """Whether it is complex."""
        return self.dtype.kind == "c"

    @property
    def is_floating_point(self) -> bool:
        """Whether it is a real float."""
        return self.dtype.kind == "f"

    @property
    def is_integer(self) -> bool:
        """Whether it is an integer; bool is none."""
        return self.dtype.kind in "iu"

    @property
    def is_signed(self) -> bool:
        """Whether it is a signed integer."""
        return self.dtype.kind == "i"


def _info(row: ElementType) -> DTypeInfo:
    assert row.numpy is not None
    return DTypeInfo(numpy.dtype(row.numpy), row.numpy, row.signless.mlir, HalElementType(row.code))


_INFOS = [_info(row) for row in element_types.TABLE if row.kind in _KINDS and row.storage_bits >= 8]
_BY_DTYPE = {info.dtype: info for info in _INFOS}
_BY_NAME = {info.name: info for info in _INFOS}
_BY_ABI_TYPE = {info.abi_type: info for info in _INFOS if info.dtype.kind != "u"}
DTYPE_TO_ABI_TYPE = {info.dtype: info.abi_type for info in _INFOS}
"""Reflection's names."""


def map_dtype_to_dtype_info(dtype: Any) -> DTypeInfo:
    """Returns all about a dtype. Raises KeyError for those that NumPy itself has not."""
    return _find(_BY_DTYPE, numpy.dtype(dtype), "dtype")


def map_name_to_dtype_info(name: str) -> DTypeInfo:
    """Returns all about a dtype by its name. Raises KeyError."""
    return _find(_BY_NAME, name, "dtype name")


def map_abi_type_to_dtype_info(abi_type: str) -> DTypeInfo:
    """Returns all about the dtype that reflection calls so; integers are signed. Raises KeyError."""
    return _find(_BY_ABI_TYPE, abi_type, "ABI type")


@cache
def map_dtype_to_hal_element_type(dtype: Any) -> HalElementType | None:
    """Returns the element type of a dtype, also of those of `ml_dtypes`; None if there is none."""
    try:
        known = numpy.dtype(dtype)
    except TypeError:
        return None
    if known in _BY_DTYPE:
        return _BY_DTYPE[known].hal_type
    try:
        return HalElementType(element_types.from_numpy(known.name).code)
    except (StatusError, ValueError):
        return None


def _find(table: dict[Any, DTypeInfo], key: Any, what: str) -> DTypeInfo:
    if key not in table:
        raise KeyError(f"{what} {key!r} is not known")
    return table[key]
