"""Element types as xDSL has them: their sign, and their row in the table of `element_types.py`."""

from __future__ import annotations

from functools import cache

from xdsl.context import Context
from xdsl.dialects.builtin import (
    BFloat16Type,
    Float4E2M1FNType,
    Float6E2M3FNType,
    Float6E3M2FNType,
    Float8E3M4Type,
    Float8E4M3B11FNUZType,
    Float8E4M3FNType,
    Float8E4M3FNUZType,
    Float8E4M3Type,
    Float8E5M2FNUZType,
    Float8E5M2Type,
    Float8E8M0FNUType,
    Float16Type,
    IntegerType,
    MemRefType,
    Signedness,
    TensorType,
    i1,
)
from xdsl.ir import Attribute
from xdsl.parser import Parser

from ireelite import element_types
from ireelite.element_types import ElementType
from ireelite.status import StatusError


def row_of(type: Attribute) -> ElementType:
    """Returns an element type's row. Raises INVALID_ARGUMENT for a type that no buffer can hold."""
    return element_types.from_mlir(str(type))


@cache
def find_row(type: Attribute) -> ElementType | None:
    """Returns an element type's row; None for a type that no buffer can hold."""
    try:
        return row_of(type)
    except StatusError:
        return None


@cache
def type_of(row: ElementType) -> Attribute:
    """Returns the element type of a row of the table."""
    return Parser(Context(), row.mlir).parse_type()


def is_unsigned(type: Attribute) -> bool:
    """Returns whether an HLO element type holds numbers that are never negative; i1 is one."""
    return isinstance(type, IntegerType) and (
        type == i1 or type.signedness.data == Signedness.UNSIGNED
    )


SMALL_FLOATS = frozenset(
    (
        BFloat16Type,
        Float16Type,
        Float4E2M1FNType,
        Float6E2M3FNType,
        Float6E3M2FNType,
        Float8E3M4Type,
        Float8E4M3B11FNUZType,
        Float8E4M3Type,
        Float8E4M3FNType,
        Float8E4M3FNUZType,
        Float8E5M2FNUZType,
        Float8E5M2Type,
        Float8E8M0FNUType,
    )
)


def is_small_float(type: Attribute) -> bool:
    """Returns whether numbers of a type are computed with in f32."""
    return type.__class__ in SMALL_FLOATS


def signless(type: Attribute) -> Attribute:
    """Returns the same type with signless integers: `tensor<4xi8>` for `tensor<4xui8>`."""
    match type:
        case TensorType() | MemRefType():
            element = signless(type.element_type)
            if element is type.element_type:
                return type
            if isinstance(type, TensorType):
                return TensorType(element, type.get_shape(), type.encoding)
            return MemRefType(element, type.get_shape(), type.layout, type.memory_space)
        case IntegerType() if type.signedness.data is not Signedness.SIGNLESS:
            return IntegerType(type.width.data)
        case _:
            return type
