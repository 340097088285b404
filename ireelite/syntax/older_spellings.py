"""How older texts spell properties of ops in the generic form, and how they are spelled today."""

from __future__ import annotations

from typing import Any

from xdsl.dialects.builtin import (
    ArrayAttr,
    ArrayOfConstraint,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    StringAttr,
)
from xdsl.dialects.utils.enum_attribute import EnumAttribute
from xdsl.ir import Attribute
from xdsl.irdl import AttrConstraint, BaseAttr, IRDLOperation, RangeOf

FIXED = {
    "mhlo.rng_normal": {"rng_distribution": StringAttr("NORMAL")},
    "mhlo.rng_uniform": {"rng_distribution": StringAttr("UNIFORM")},
}
"""Older name of an op -> the properties that it has by its name."""


def respell(op: IRDLOperation, name: str) -> None:
    """Replaces older spellings in the properties of an op that a text calls `name`."""
    definitions = op.get_irdl_definition().properties
    op.properties.update(FIXED.get(name, {}))
    for key, value in op.properties.items():
        if key in definitions and not definitions[key].constr.verifies(value):
            op.properties[key] = present_value(value, definitions[key].constr)


def present_value(value: Attribute, constraint: Any) -> Attribute:
    """Returns the value today: `array<i64: 1, 0>` for `dense<[1, 0]> : tensor<2xi64>`, a name of an
    enumeration for a string or its number. Any other value is returned as it is.
    """
    kind = enumeration_of(constraint)
    match value:
        case DenseIntOrFPElementsAttr() if kind is None:
            element = value.get_element_type()
            if isinstance(element, IntegerType) and len(value.get_shape()) == 1:
                numbers = [n for n in value.get_values() if isinstance(n, int)]
                return DenseArrayBase.from_list(element, numbers)
        case ArrayAttr() if isinstance(constraint, ArrayOfConstraint):
            inner = constraint.elem_range_constraint
            if isinstance(inner, RangeOf):
                return ArrayAttr(present_value(each, inner.constr) for each in value.data)
        case StringAttr(data=text) if kind is not None:
            names = {name.value: name for name in kind.enum_type}
            return kind(names[text]) if text in names else value
        case IntegerAttr() if kind is not None:
            names = list(kind.enum_type)
            number = value.value.data
            return kind(names[number]) if 0 <= number < len(names) else value
        case _:
            pass
    return value


def enumeration_of(constraint: AttrConstraint) -> type[EnumAttribute[Any]] | None:
    """Returns the enumeration whose names a constraint allows, if it is one."""
    if isinstance(constraint, BaseAttr) and issubclass(constraint.attr, EnumAttribute):
        return constraint.attr
    return None
