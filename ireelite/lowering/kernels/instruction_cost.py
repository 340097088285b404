"""How many instructions an op of a kernel's body is, and how wide its elements are in registers."""

from __future__ import annotations

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import bf16, i1, i8
from xdsl.ir import Operation, SSAValue

from ireelite import element_types
from ireelite.lowering.tensors.element_cost import FUNCTION_COST

INSTRUCTIONS: dict[type[Operation], int] = {
    arith.DivfOp: 8,
    arith.DivSIOp: 16,
    arith.DivUIOp: 16,
    arith.RemSIOp: 16,
    arith.RemUIOp: 16,
    arith.MaximumfOp: 3,
    arith.MinimumfOp: 3,
}
"""Instructions that take the time of several additions, in additions."""
PAIRED_BYTES = 2
"""Bytes of the factors of a product that machines multiply in pairs: bf16, and i8 as i16."""


def instructions(op: Operation) -> int:
    """Returns how many additions take as long as an op."""
    if isinstance(op, math.FmaOp):
        return 1
    if op.name.startswith("math."):
        return FUNCTION_COST
    if _product_of(op) is not None or (_is_extension(op) and _only_multiplied(op.results[0])):
        return 0
    return INSTRUCTIONS.get(type(op), int(op.name.startswith("arith.")))


def _product_of(op: Operation) -> Operation | None:
    """Returns the addition that takes a product and is one instruction with it; None if there is
    none.
    """
    if not isinstance(op, (arith.MulfOp, arith.MuliOp)):
        return None
    users = [use.operation for use in op.results[0].uses]
    fused = arith.AddfOp if isinstance(op, arith.MulfOp) else arith.AddiOp
    if len(users) != 1 or not isinstance(users[0], fused):
        return None
    is_float = isinstance(op, arith.MulfOp)
    return users[0] if is_float or all(map(_is_extended, op.operands)) else None


def _is_extension(op: Operation) -> bool:
    return isinstance(op, (arith.ExtFOp, arith.ExtSIOp, arith.ExtUIOp))


def _is_extended(value: SSAValue) -> bool:
    return isinstance(value.owner, Operation) and _is_extension(value.owner)


def _only_multiplied(value: SSAValue) -> bool:
    """Returns whether a value is a factor of products that are only added."""
    return all(_product_of(use.operation) is not None for use in value.uses)


def register_bytes(op: Operation) -> int:
    """Returns the bytes that an element of an op takes in a register."""
    if isinstance(op, (arith.AddfOp, arith.AddiOp)) and any(map(_is_paired, op.operands)):
        return PAIRED_BYTES
    type = op.results[0].type
    if type == i1:
        type = op.operands[0].type
    return element_types.from_mlir(str(type)).packed_size(1)


def _is_paired(value: SSAValue) -> bool:
    """Returns whether a value is a product of factors that machines multiply in pairs."""
    product = value.owner
    return (
        isinstance(product, Operation)
        and _product_of(product) is not None
        and all(
            _is_extended(factor)
            and isinstance(factor.owner, Operation)
            and factor.owner.operands[0].type in (bf16, i8)
            for factor in product.operands
        )
    )
