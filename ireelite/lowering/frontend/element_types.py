"""Another element type for one that a program uses: f32 for f64, and others that users may ask for.

The whole program changes, its interface included: types of values, functions and globals, and the
numbers in constants, which are rounded. A cast that is left between equal types is removed. What
attributes of HLO say of themselves, as an accuracy, stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith
from xdsl.dialects.builtin import (
    AnyFloat,
    ArrayAttr,
    BytesAttr,
    DenseIntOrFPElementsAttr,
    DictionaryAttr,
    FloatAttr,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    bf16,
    f16,
    f32,
    f64,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, ParametrizedAttribute, TypeAttribute
from xdsl.rewriter import Rewriter

from ireelite.arrays import numpy_dtype
from ireelite.dialects.elements import row_of
from ireelite.status import near_names, not_found

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

CONVERSIONS: Mapping[str, tuple[Attribute, Attribute]] = {
    "demote-f64-to-f32": (f64, f32),
    "demote-i64-to-i32": (i64, i32),
    "promote-bf16-to-f32": (bf16, f32),
    "promote-f16-to-f32": (f16, f32),
}
"""Name -> (a type, what it becomes)."""

CASTS = (arith.ExtFOp, arith.TruncFOp, arith.ExtSIOp, arith.ExtUIOp, arith.TruncIOp)
"""Ops that must change the type, so that one which no longer does is removed."""


def convert_element_types(
    module: ModuleOp, names: Sequence[str], tracker: Tracker | None
) -> ModuleOp:
    """Applies conversions in order, in place. Raises NOT_FOUND for an unknown name."""
    for name in names:
        if name not in CONVERSIONS:
            raise not_found(f"no conversion '{name}'{near_names(name, list(CONVERSIONS))}")
        TypeConversion(*CONVERSIONS[name]).run(module)
    return module


NUMBERS = ("value", "initial_value")
"""Properties that hold a value of the program; other numbers are settings of an op."""
NUMERIC = (IntegerAttr, FloatAttr, DenseIntOrFPElementsAttr)


class TypeConversion:
    """One element type becomes another."""

    def __init__(self, old: Attribute, new: Attribute):
        self.old, self.new = old, new
        self._known: dict[Attribute, Attribute] = {}

    def run(self, module: ModuleOp) -> None:
        """Converts a module in place."""
        for op in list(module.walk()):
            self.convert_op(op)
        for op in list(module.walk()):
            if isinstance(op, CASTS) and op.operands[0].type == op.results[0].type:
                Rewriter.replace_op(op, [], [op.operands[0]])

    def convert_op(self, op: Operation) -> None:
        """Converts the types and constants of an op and of its blocks' arguments."""
        for entries in (op.properties, op.attributes):
            for name, value in list(entries.items()):
                if name in NUMBERS or not isinstance(value, NUMERIC):
                    entries[name] = self.attribute(value)
        blocks: list[Block] = [block for region in op.regions for block in region.blocks]
        for value in (*op.results, *(a for block in blocks for a in block.args)):
            if (type := self.attribute(value.type)) != value.type:
                Rewriter.replace_value_with_new_type(value, type)

    def attribute(self, value: Attribute) -> Attribute:
        """Returns an attribute or type after the conversion."""
        if (known := self._known.get(value)) is None:
            known = self._known[value] = self._convert(value)
        return known

    def _convert(self, value: Attribute) -> Attribute:
        if value == self.old:
            return self.new
        match value:
            case FloatAttr() if value.type == self.old:
                assert isinstance(self.new, AnyFloat)
                return FloatAttr(value.value.data, self.new)
            case IntegerAttr() if value.type == self.old:
                assert isinstance(self.new, IntegerType)
                return IntegerAttr(value.value.data, self.new, truncate_bits=True)
            case DenseIntOrFPElementsAttr():
                return self._constant(value)
            case ArrayAttr():
                return ArrayAttr([self.attribute(item) for item in value.data])
            case DictionaryAttr():
                return DictionaryAttr({k: self.attribute(v) for k, v in value.data.items()})
            case ParametrizedAttribute() if isinstance(value, TypeAttribute):
                return value.new([self.attribute(part) for part in value.parameters])
            case _:
                return value

    def _constant(self, value: DenseIntOrFPElementsAttr) -> Attribute:
        """Returns a constant with each number rounded to the new type; a splat stays one."""
        import numpy as np

        type = self.attribute(value.type)
        if type == value.type:
            return value
        assert isinstance(type, TensorType)
        rows = row_of(value.get_element_type()), row_of(type.element_type)
        before, after = (numpy_dtype(row.numpy) for row in rows if row.numpy is not None)
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = np.frombuffer(value.data.data, before).astype(after)
        return DenseIntOrFPElementsAttr(type, BytesAttr(numbers.tobytes()))
