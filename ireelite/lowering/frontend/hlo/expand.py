"""Within HLO: ops that are made of others are expanded, so that fewer have to be lowered.

An expansion is a function of the op and of the conversion. It inserts HLO ops, and returns a value
for each of the op's results; what it inserts may be expanded in turn. They are in a file for each
family of ops, each with a table `EXPANSIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation

from ireelite.dialects.stablehlo.convolution import DynamicConvOp
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.lowering.frontend.hlo import (
    broadcasting,
    composition,
    indexing,
    normalization,
    ordering,
    products,
    random_numbers,
    scalar_ops,
    scans,
    windows,
)
from ireelite.lowering.frontend.hlo.checks import check_expansion
from ireelite.lowering.frontend.hlo.static_forms import SHAPE_ASSERTION
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import fold_constants
from ireelite.lowering.rewriting.open_shapes import refused
from ireelite.lowering.rewriting.replacing import InPlaceRule, replace_in_place
from ireelite.lowering.rewriting.sequences import is_static
from ireelite.status import StatusError

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

EXPANSIONS: Mapping[type[Operation], InPlaceRule] = {
    **broadcasting.EXPANSIONS,
    **composition.EXPANSIONS,
    **indexing.EXPANSIONS,
    **normalization.EXPANSIONS,
    **ordering.EXPANSIONS,
    **products.EXPANSIONS,
    **random_numbers.EXPANSIONS,
    **scalar_ops.EXPANSIONS,
    **scans.EXPANSIONS,
    **windows.EXPANSIONS,
}
"""Op -> the function that makes it of others."""

READ_CONSTANTS = (CustomCallOp, DynamicConvOp)
"""Ops whose expansions read operands that programs compute from constants."""


def expand_hlo(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Expands every op that has an expansion, in place, until none is left."""
    to = Conversion({}, "fewer ops of HLO", tracker)
    if any(isinstance(op, READ_CONSTANTS) for op in module.walk()):
        fold_constants(module, tracker)
    verified: set[object] = set()
    waiting = [op for op in module.walk() if expansion(op) is not None]
    while waiting:
        op = waiting.pop()
        rule = expansion(op)
        assert rule is not None
        kind = kind_of(op)
        try:
            made = replace_in_place(op, rule, to, verified=kind is None or kind not in verified)
        except StatusError as error:
            if all(map(is_static, (*op.operands, *op.results))):
                raise
            raise refused(op) from error
        verified.add(kind)
        waiting += [new for root in made for new in root.walk() if expansion(new) is not None]
    return module


def kind_of(op: Operation) -> object:
    """Returns a key that is equal for ops that expand to the same; None for an op whose expansion
    depends on more than types and properties.
    """
    if op.regions or isinstance(op, READ_CONSTANTS) or op.attributes:
        return None
    types = (*(operand.type for operand in op.operands), *op.result_types)
    return type(op), types, tuple(op.properties.items())


def expansion(op: Operation) -> InPlaceRule | None:
    """Returns the function that makes an op of others, if there is one. An assertion about sizes
    has none.
    """
    if isinstance(op, CustomCallOp) and op.target == SHAPE_ASSERTION:
        return None
    if isinstance(op, DynamicConvOp) and not is_static(op.lhs):
        return None
    return EXPANSIONS.get(type(op)) or check_expansion(op)
