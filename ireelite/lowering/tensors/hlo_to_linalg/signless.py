"""Signless types: `arith` and `linalg` work on integers without a sign, HLO's types have one.

A function's arguments and results keep their types. Inside, a `ui8` is an `i8`: `tensor.bitcast`
stands between the two, and the rule of an HLO op reads off the HLO types which `arith` op is right.
"""

from __future__ import annotations

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import (
    DenseIntOrFPElementsAttr,
    TensorType,
)
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.tensor_extra import BitcastOp
from ireelite.lowering.rewriting.conversion import Conversion


def tensor_type(value: SSAValue) -> TensorType:
    """Returns the signless type of a tensor of HLO."""
    type = signless(value.type)
    assert isinstance(type, TensorType)
    return type


def retyped(value: SSAValue, type: Attribute, to: Conversion) -> SSAValue:
    """Returns a tensor as one whose integers have, or lack, a sign; the tensor itself if its type
    is that.
    """
    owner = value.owner
    if value.type == type:
        return value
    if isinstance(owner, BitcastOp) and owner.source.type == type:
        return owner.source
    if isinstance(owner, tensor.EmptyOp):
        return to.insert(tensor.EmptyOp(owner.dynamic_sizes, type)).tensor
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, DenseIntOrFPElementsAttr):
        assert isinstance(type, TensorType)
        return to.insert(arith.ConstantOp(with_type(owner.value, type))).result
    return to.insert(BitcastOp(value, type)).result


def with_type(value: DenseIntOrFPElementsAttr, type: TensorType) -> DenseIntOrFPElementsAttr:
    """Returns the bytes of a constant under a type of the same width."""
    return DenseIntOrFPElementsAttr(type, value.data)  # pyright: ignore[reportArgumentType]


def copy_signless(op: Operation, to: Conversion) -> Operation:
    """Returns the same op on the new values, whose results and blocks are signless."""
    copy = to.clone(op)
    for inner in copy.walk():
        arguments = [a for region in inner.regions for b in region.blocks for a in b.args]
        for value in (*inner.results, *arguments):
            if value.type != signless(value.type):
                Rewriter.replace_value_with_new_type(value, signless(value.type))
    return copy
