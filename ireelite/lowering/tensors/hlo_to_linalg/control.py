"""Loops and choices around tensor work keep their form; integers in them have no sign."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region

from ireelite.dialects.elements import signless
from ireelite.lowering.rewriting.conversion import Conversion, Rules

LowerOp = Callable[[Operation, Conversion], None]


def lower_region(region: Region, to: Conversion, lower_op: LowerOp) -> Region:
    """Returns the region with its ops lowered."""
    if not region.blocks:
        return Region()
    block = Block(arg_types=[signless(argument.type) for argument in region.block.args])
    for old, new in zip(region.block.args, block.args, strict=True):
        to.map(old, new)
    with to.at(block):
        for op in region.block.ops:
            lower_op(op, to)
    return Region(block)


def control_rules(lower_op: LowerOp) -> Rules:
    """Returns the rules for loops and choices, and for the ends of their regions, whose other ops
    `lower_op` lowers.
    """

    def lower_control(op: Operation, to: Conversion) -> Operation:
        regions = [lower_region(region, to, lower_op) for region in op.regions]
        return to.insert(
            type(op).create(
                operands=to.operands(op),
                result_types=[signless(type) for type in op.result_types],
                properties=op.properties,
                attributes=op.attributes,
                regions=regions,
            )
        )

    ops = (scf.ConditionOp, scf.ForOp, scf.IfOp, scf.IndexSwitchOp, scf.WhileOp, scf.YieldOp)
    return dict.fromkeys(ops, lower_control)
