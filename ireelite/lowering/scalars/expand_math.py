"""Kernels without transcendental functions: each `math` op that is no instruction becomes
arithmetic.

One implementation for every target, chosen for throughput: no calls, no tables in memory, and
branches only where an angle is huge, so that loops over the results are vectorised. Each formula
says where its coefficients come from; the tests hold each function to its bound in units in the
last place, special values included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import AnyFloat, ModuleOp, f32
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.extensions.arith_extra import RemFOp
from ireelite.lowering.rewriting.conversion import Conversion, Lowered, Rule
from ireelite.lowering.scalars.arc import acos, asin, atan, atan2
from ireelite.lowering.scalars.error_function import erf
from ireelite.lowering.scalars.exponential import cosh, exp, exp2, expm1, sinh, tanh
from ireelite.lowering.scalars.logarithm import acosh, asinh, atanh, log, log1p, log2, log10
from ireelite.lowering.scalars.power import cbrt, power
from ireelite.lowering.scalars.rounding import remainder, round_away, rsqrt
from ireelite.lowering.scalars.scalar import FORMATS, Scalar
from ireelite.lowering.scalars.trigonometric import cos, sin, tan
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

FORMULAS: Mapping[type[Operation], Callable[..., Scalar]] = {
    RemFOp: remainder,
    math.AcosOp: acos,
    math.AcoshOp: acosh,
    math.AsinOp: asin,
    math.AsinhOp: asinh,
    math.Atan2Op: atan2,
    math.AtanOp: atan,
    math.AtanhOp: atanh,
    math.CbrtOp: cbrt,
    math.CosOp: cos,
    math.CoshOp: cosh,
    math.ErfOp: erf,
    math.Exp2Op: exp2,
    math.ExpM1Op: expm1,
    math.ExpOp: exp,
    math.Log10Op: log10,
    math.Log1pOp: log1p,
    math.Log2Op: log2,
    math.LogOp: log,
    math.PowFOp: power,
    math.RoundOp: round_away,
    math.RsqrtOp: rsqrt,
    math.SinOp: sin,
    math.SinhOp: sinh,
    math.TanOp: tan,
    math.TanhOp: tanh,
}
"""The ops that can be expanded, and their formulas on f32 and f64.

What is left needs floor, roundeven, sqrt and absf of a target.
"""


def expansion(formula: Callable[..., Scalar]) -> Rule:
    """The rule that inserts a formula in place of an op; narrower floats are computed in f32."""

    def expand(op: Operation, to: Expander) -> Lowered:
        type = op.results[0].type
        values = [widened(value, op, to) for value in to.operands(op)]
        operands = [Scalar(value, to, reassociated=to.reassociates) for value in values]
        result = formula(*operands).value
        return result if result.type == type else to.insert(arith.TruncFOp(result, type))

    expand.__name__ = f"expand_{formula.__name__}"
    return expand


def widened(value: SSAValue, op: Operation, to: Conversion) -> SSAValue:
    """An operand as f32 or f64. Raises UNIMPLEMENTED for a type wider than f64."""
    type = value.type
    assert isinstance(type, AnyFloat)
    if type.bitwidth in FORMATS:
        return value
    if type.bitwidth > 64:
        raise unsupported_type(op, type)
    return to.insert(arith.ExtFOp(value, f32)).result


def unsupported_type(op: Operation, type: Attribute) -> StatusError:
    """The error for a float type without formulas."""
    return StatusError(
        StatusCode.UNIMPLEMENTED,
        f"'{op.name}' on {type} is not implemented; it is on f16, bf16, f32 and f64",
    )


EXPANSIONS: Mapping[type[Operation], Rule] = {
    kind: expansion(formula) for kind, formula in FORMULAS.items()
}
"""The rule of each op that can be expanded."""


def expand_math(
    kernels: ModuleOp,
    tracker: Tracker | None = None,
    keep: Collection[type[Operation]] = (),
    reassociates: bool = False,
) -> ModuleOp:
    """The kernels with every op of EXPANSIONS expanded, except the kinds in `keep`.

    `reassociates`: whether the target's compiler reorders sums and products that must not be. The
    input is left as it is, and is returned itself if there is nothing to expand.
    """
    kinds = {type(op) for op in kernels.walk()}
    wanted = {kind: rule for kind, rule in EXPANSIONS.items() if kind in kinds and kind not in keep}
    if not wanted:
        return kernels
    module = ModuleOp([])
    if tracker is not None:
        tracker.derive(module, [kernels])
    conversion = Expander(wanted, tracker, reassociates)
    with conversion.at(module.body.block):
        conversion.convert_block(kernels.body.block)
    conversion.finish()
    return module


class Expander(Conversion):
    """The conversion of kernels, which knows what the formulas must know of the target."""

    def __init__(
        self,
        rules: Mapping[type[Operation], Rule],
        tracker: Tracker | None = None,
        reassociates: bool = False,
    ):
        super().__init__(CopyOtherwise(rules), "a kernel without math functions", tracker)
        self.reassociates = reassociates


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
