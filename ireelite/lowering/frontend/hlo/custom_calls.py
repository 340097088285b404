"""Custom calls: functions that a program knows by their name only.

`TARGETS` says what each name computes. A rule takes the call and inserts ops of HLO, as every other
expansion does. Frameworks spell some ops of HLO, and remarks about devices, in this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.ir import SSAValue

from ireelite.dialects.stablehlo.composition import CustomCallOp
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names


def identity(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """The operands: a remark about where they are, or in which layout. Raises INVALID_ARGUMENT where
    a result has another type.
    """
    if list(op.operand_types) != list(op.result_types):
        raise invalid_argument(
            f"custom call '{op.target}' returns its operands, and has results of other types"
        )
    return list(op.operands)


TARGETS: dict[str, InPlaceRule] = dict.fromkeys(
    (
        "LayoutConstraint",
        "MoveToDevice",
        "MoveToHost",
        "SPMDFullToShardShape",
        "SPMDShardToFullShape",
        "Sharding",
        "annotate_device_placement",
    ),
    identity,
)
"""Target's name -> its rule."""

PREFIXES: Mapping[str, InPlaceRule] = {"xla.sdy.": identity}
"""How targets' names begin -> their rule."""


def find_rule(target: str) -> InPlaceRule | None:
    """The rule of a target, or None for one that is not known."""
    if (rule := TARGETS.get(target)) is not None:
        return rule
    return next((rule for start, rule in PREFIXES.items() if target.startswith(start)), None)


def expand_custom_call(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Applies the target's rule. Raises UNIMPLEMENTED for a target without one, with near names."""
    if (rule := find_rule(op.target)) is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"no custom call '{op.target}' is known{near_names(op.target, list(TARGETS))}",
        )
    return rule(op, to)
