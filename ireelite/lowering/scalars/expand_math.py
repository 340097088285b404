"""Kernels without transcendental functions: each `math` op that is no instruction becomes
arithmetic.

One implementation for every target, chosen for throughput: no calls, no tables in memory, and
branches only where an angle is huge, so that loops over the results are vectorised. Each formula
says where its coefficients come from; the tests hold each function to its bound in units in the
last place, special values included.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from xdsl.dialects import math
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, Region

from ireelite.dialects.extensions.arith_extra import RemFOp
from ireelite.lowering.rewriting.conversion import Conversion, Lowered, Rule
from ireelite.lowering.scalars.exponential import (
    expand_erf,
    expand_exp,
    expand_exp2,
    expand_expm1,
    expand_tanh,
)
from ireelite.lowering.scalars.logarithm import (
    expand_log,
    expand_log1p,
    expand_log2,
    expand_log10,
    expand_powf,
)
from ireelite.lowering.scalars.rounding import expand_remf, expand_round, expand_rsqrt
from ireelite.lowering.scalars.trigonometric import expand_atan2, expand_cos, expand_sin

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

EXPANSIONS: Mapping[type[Operation], Rule] = {
    RemFOp: expand_remf,
    math.Atan2Op: expand_atan2,
    math.CosOp: expand_cos,
    math.ErfOp: expand_erf,
    math.Exp2Op: expand_exp2,
    math.ExpM1Op: expand_expm1,
    math.ExpOp: expand_exp,
    math.Log10Op: expand_log10,
    math.Log1pOp: expand_log1p,
    math.Log2Op: expand_log2,
    math.LogOp: expand_log,
    math.PowFOp: expand_powf,
    math.RoundOp: expand_round,
    math.RsqrtOp: expand_rsqrt,
    math.SinOp: expand_sin,
    math.TanhOp: expand_tanh,
}
"""The ops that can be expanded, and how.

What is left needs floor, roundeven, sqrt and absf of a target.
"""


def expand_math(
    kernels: ModuleOp, tracker: Tracker | None = None, keep: Collection[type[Operation]] = ()
) -> ModuleOp:
    """The kernels with every op of EXPANSIONS expanded, except the kinds in `keep`.

    The input is left as it is, and is returned itself if there is nothing to expand.
    """
    kinds = {type(op) for op in kernels.walk()}
    wanted = {kind: rule for kind, rule in EXPANSIONS.items() if kind in kinds and kind not in keep}
    if not wanted:
        return kernels
    module = ModuleOp([])
    if tracker is not None:
        tracker.derive(module, [kernels])
    conversion = Conversion(CopyOtherwise(wanted), "a kernel without math functions", tracker)
    with conversion.at(module.body.block):
        conversion.convert_block(kernels.body.block)
    conversion.finish()
    return module


class CopyOtherwise(dict[type[Operation], Rule]):
    """Rules for some ops; all others are copied."""

    def get(self, key: type[Operation], default: Any = None) -> Any:
        return super().get(key, copy_op)


def copy_op(op: Operation, to: Conversion) -> Lowered:
    """The same op on the new values, with its regions converted."""
    regions = [
        Region(Block(arg_types=block.arg_types) for block in region.blocks) for region in op.regions
    ]
    new = type(op).create(
        operands=to.operands(op),
        result_types=op.result_types,
        properties=dict(op.properties),
        attributes=dict(op.attributes),
        regions=regions,
    )
    to.insert(new)
    for old_region, region in zip(op.regions, regions):
        for old_block, block in zip(old_region.blocks, region.blocks):
            for old_arg, arg in zip(old_block.args, block.args):
                to.map(old_arg, arg)
            with to.at(block):
                to.convert_block(old_block)
    return new
