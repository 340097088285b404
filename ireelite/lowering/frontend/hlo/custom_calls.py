"""Custom calls: functions that a program knows by their name only.

`targets` has a rule for each name. A rule takes the call and inserts ops of HLO, as every other
expansion does. Frameworks spell some ops of HLO, and remarks about devices, in this way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from xdsl.dialects.builtin import DictionaryAttr, IntegerAttr
from xdsl.ir import SSAValue

from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.frontend.hlo.building import convert
from ireelite.lowering.frontend.hlo.ordering import top_k
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names


def identity(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the operands: a remark about where they are, or in which layout. Raises
    INVALID_ARGUMENT where a result has another type.
    """
    if list(op.operand_types) != list(op.result_types):
        raise invalid_argument(
            f"custom call '{op.target}' returns its operands, and has results of other types"
        )
    return list(op.operands)


def largest_elements(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the `k` largest, or smallest, elements along the last dimension, and their indices.
    Raises INVALID_ARGUMENT for a call that does not say how many.
    """
    options = op.attributes.get("mhlo.attributes")
    found = options.data if isinstance(options, DictionaryAttr) else {}
    k, largest = found.get("k"), found.get("largest")
    if not isinstance(k, IntegerAttr) or len(op.operands) != 1 or len(op.results) != 2:
        raise invalid_argument(
            f"custom call '{op.target}' takes one tensor and 'mhlo.attributes = {{k = 8 : i64}}', "
            "and yields values and indices"
        )
    is_largest = not isinstance(largest, IntegerAttr) or bool(largest.value.data)
    values, indices = top_k(op.operands[0], k.value.data, to, is_largest)
    return [values, convert(indices, element_type_of(op.results[1]), to)]


REMARKS = (
    "LayoutConstraint",
    "MoveToDevice",
    "MoveToHost",
    "SPMDFullToShardShape",
    "SPMDShardToFullShape",
    "Sharding",
    "annotate_device_placement",
)
"""Targets that return their operands."""

PREFIXES: Mapping[str, InPlaceRule] = {"xla.sdy.": identity}
"""How targets' names begin -> their rule."""


@cache
def targets() -> Mapping[str, InPlaceRule]:
    """Returns the rule for each target's name."""
    # Imported with the first custom call: few programs have one.
    from ireelite.lowering.frontend.hlo import older_calls
    from ireelite.lowering.frontend.hlo.lapack import routines

    return {
        **older_calls.TARGETS,
        **routines.TARGETS,
        **dict.fromkeys(REMARKS, identity),
        "mhlo.topk": largest_elements,
    }


def find_rule(target: str) -> InPlaceRule | None:
    """Returns the rule of a target, or None for one that is not known."""
    if (rule := targets().get(target)) is not None:
        return rule
    return next((rule for start, rule in PREFIXES.items() if target.startswith(start)), None)


def expand_custom_call(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Applies the target's rule. Raises UNIMPLEMENTED for a target without one, with near names."""
    if (rule := find_rule(op.target)) is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"no custom call '{op.target}' is known{near_names(op.target, list(targets()), 0)}",
        )
    return rule(op, to)
