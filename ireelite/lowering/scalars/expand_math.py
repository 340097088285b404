"""Kernels without transcendental functions: each `math` op that is no instruction becomes
arithmetic.

One implementation for every target, chosen for throughput: no calls, no tables in memory, and
branches only where an angle is huge, so that loops over the results are vectorised. Each formula
says where its coefficients come from; the tests hold each function to its bound in units in the
last place, special values included.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from math import inf
from typing import TYPE_CHECKING, Any

from xdsl.dialects import arith, math
from xdsl.dialects.builtin import AnyFloat, ModuleOp, f32, f64
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.extensions import math_extra
from ireelite.dialects.extensions.arith_extra import RemFOp
from ireelite.lowering.rewriting.conversion import Conversion, Lowered, Rule
from ireelite.lowering.scalars.pairs import pair_of
from ireelite.lowering.scalars.scalar import FORMATS, Scalar
from ireelite.lowering.scalars.wide import Double, Plain, Wide
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

FORMULAS: Mapping[type[Operation], tuple[str, str]] = {
    RemFOp: ("rounding", "remainder"),
    math.AcosOp: ("arc", "acos"),
    math.AcoshOp: ("logarithm", "acosh"),
    math.AsinOp: ("arc", "asin"),
    math.AsinhOp: ("logarithm", "asinh"),
    math.Atan2Op: ("arc", "atan2"),
    math.AtanOp: ("arc", "atan"),
    math.AtanhOp: ("logarithm", "atanh"),
    math.CbrtOp: ("power", "cbrt"),
    math.CosOp: ("trigonometric", "cos"),
    math.CoshOp: ("exponential", "cosh"),
    math.ErfOp: ("error_function", "erf"),
    math.Exp2Op: ("exponential", "exp2"),
    math.ExpM1Op: ("exponential", "expm1"),
    math.ExpOp: ("exponential", "exp"),
    math.Log10Op: ("logarithm", "log10"),
    math.Log1pOp: ("logarithm", "log1p"),
    math.Log2Op: ("logarithm", "log2"),
    math.LogOp: ("logarithm", "log"),
    math.PowFOp: ("power", "power"),
    math.RoundOp: ("rounding", "round_away"),
    math.RsqrtOp: ("rounding", "rsqrt"),
    math.SinOp: ("trigonometric", "sin"),
    math.SinhOp: ("exponential", "sinh"),
    math.TanOp: ("trigonometric", "tan"),
    math.TanhOp: ("exponential", "tanh"),
    math_extra.LogisticOp: ("exponential", "logistic"),
    math_extra.NextAfterOp: ("rounding", "next_after"),
}
"""Op that can be expanded -> the file of its formula on f32 and f64 in this room, and the formula's
name. A file is imported with the first op that needs it.

What is left needs floor, roundeven, sqrt and absf of a target.
"""


def find_formula(file: str, name: str) -> Callable[..., Any]:
    """Returns a formula by its file in this room and its name."""
    return getattr(import_module(f"ireelite.lowering.scalars.{file}"), name)


def expansion(file: str, name: str) -> Rule:
    """Returns the rule that inserts a formula in place of an op; narrower floats are computed in
    f32.
    """

    def expand(op: Operation, to: Expander) -> Lowered:
        type = op.results[0].type
        values = [widened(value, op, to) for value in to.operands(op)]
        operands = [Scalar(value, to, reassociated=to.reassociates) for value in values]
        result: SSAValue = find_formula(file, name)(*operands).value
        return result if result.type == type else to.insert(arith.TruncFOp(result, type))

    expand.__name__ = f"expand_{name}"
    return expand


def widened(value: SSAValue, op: Operation, to: Conversion) -> SSAValue:
    """Returns an operand as f32 or f64. Raises UNIMPLEMENTED for a type wider than f64."""
    type = value.type
    assert isinstance(type, AnyFloat)
    if type.bitwidth in FORMATS:
        return value
    if type.bitwidth > 64:
        raise unsupported_type(op, type)
    return to.insert(arith.ExtFOp(value, f32)).result


def unsupported_type(op: Operation, type: Attribute) -> StatusError:
    """Returns the error for a float type without formulas."""
    return StatusError(
        StatusCode.UNIMPLEMENTED,
        f"'{op.name}' on {type} is not implemented; it is on f16, bf16, f32 and f64",
    )


EXPANSIONS: Mapping[type[Operation], Rule] = {
    kind: expansion(*formula) for kind, formula in FORMULAS.items()
}
"""The rule of each op that can be expanded."""

WIDE_FORMULAS: Mapping[type[Operation], tuple[str, str]] = {
    math_extra.BesselI1eOp: ("bessel", "bessel_i1e"),
    math_extra.DigammaOp: ("gamma", "digamma"),
    math_extra.ErfInvOp: ("error_function", "erf_inv"),
    math_extra.ErfcOp: ("error_function", "erfc"),
    math_extra.LgammaOp: ("gamma", "lgamma"),
    math_extra.PolygammaOp: ("gamma", "polygamma"),
    math_extra.ZetaOp: ("gamma", "zeta"),
}
"""Ops whose formulas need more digits than an f32 has, and may use the ops of `FORMULAS`."""


def wide_expansion(file: str, name: str) -> Rule:
    """Returns the rule that inserts a formula in place of an op, computed in f64 where there is
    f64, and in pairs of f32 otherwise.
    """

    def expand(op: Operation, to: Expander) -> Lowered:
        type = op.results[0].type
        assert isinstance(type, AnyFloat)
        operands = [wide_operand(value, op, to) for value in to.operands(op)]
        result: Wide = find_formula(file, name)(*operands)
        if isinstance(result, Double):
            whole = result.pair.low.equals(0.0) | result.rough.abs().equals(inf)
            return whole.select(result.rough, result.pair.sum()).value
        value = result.rough.value
        return value if value.type == type else to.insert(arith.TruncFOp(value, type))

    expand.__name__ = f"expand_{name}"
    return expand


def wide_operand(value: SSAValue, op: Operation, to: Expander) -> Wide:
    """Returns an operand with about twice the digits of f32."""
    value = widened(value, op, to)
    scalar = Scalar(value, to, reassociated=to.reassociates)
    if value.type == f64:
        return Plain(scalar)
    if to.has_f64:
        return Plain(scalar.like(to.insert(arith.ExtFOp(value, f64))))
    return Double(pair_of(scalar))


WIDE_EXPANSIONS: Mapping[type[Operation], Rule] = {
    kind: wide_expansion(*formula) for kind, formula in WIDE_FORMULAS.items()
}
"""The rule of each op with a wide formula."""


def expand_math(
    kernels: ModuleOp,
    tracker: Tracker | None = None,
    keep: Collection[type[Operation]] = (),
    reassociates: bool = False,
    has_f64: bool = True,
) -> ModuleOp:
    """Returns the kernels with every op of EXPANSIONS expanded, except the kinds in `keep`.

    `reassociates`: whether the target's compiler reorders sums and products that must not be.
    `has_f64`: whether the target computes in f64. The input is left as it is, and is returned
    itself if there is nothing to expand.
    """
    for rules in (WIDE_EXPANSIONS, EXPANSIONS):
        kinds = {type(op) for op in kernels.walk()}
        wanted = {kind: rule for kind, rule in rules.items() if kind in kinds and kind not in keep}
        if wanted:
            kernels = expand(kernels, Expander(wanted, tracker, reassociates, has_f64))
    return kernels


WHOLE_PARTS: Mapping[type[Operation], Rule] = {
    math.CeilOp: expansion("rounding", "ceil_of_any"),
    math.FloorOp: expansion("rounding", "floor_of_any"),
}
"""The rules that are right on processors without the numbers below the normal ones."""


def expand_whole_parts(kernels: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """Returns the kernels with what `WHOLE_PARTS` has expanded: the caller of bytecode decides how
    the processor takes small numbers. The kernels themselves if there is nothing to expand.
    """
    if not any(type(op) in WHOLE_PARTS for op in kernels.walk()):
        return kernels
    return expand(kernels, Expander(WHOLE_PARTS, tracker))


def expand(kernels: ModuleOp, to: Expander) -> ModuleOp:
    """Returns the kernels as a conversion makes them."""
    module = ModuleOp([])
    if to.tracker is not None:
        to.tracker.derive(module, [kernels])
    with to.at(module.body.block):
        to.convert_block(kernels.body.block)
    to.finish()
    return module


class Expander(Conversion):
    """The conversion of kernels, which knows what the formulas must know of the target."""

    def __init__(
        self,
        rules: Mapping[type[Operation], Rule],
        tracker: Tracker | None = None,
        reassociates: bool = False,
        has_f64: bool = True,
    ):
        super().__init__(CopyOtherwise(rules), "a kernel without math functions", tracker)
        self.reassociates = reassociates
        self.has_f64 = has_f64


class CopyOtherwise(dict[type[Operation], Rule]):
    """Rules for some ops; all others are copied."""

    def get(self, key: type[Operation], default: Any = None) -> Any:
        return super().get(key, copy_op)


def copy_op(op: Operation, to: Conversion) -> Lowered:
    """Returns the same op on the new values, with its regions converted."""
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
