"""Stage 2 to 3, first half: StableHLO becomes arith, math and linalg on tensors.

The rules are in a file for each family of ops. Semantics: the StableHLO specification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType
from xdsl.ir import Block, Operation, Region, SSAValue

from ireelite.dialects.elements import signless
from ireelite.dialects.extensions.iree_tensor import SerialOp, YieldOp
from ireelite.lowering.rewriting.conversion import Conversion, Rules, copy_op
from ireelite.lowering.rewriting.sequences import is_host_code, is_private, named_by_host, with_body
from ireelite.lowering.tensors.hlo_to_linalg import (
    bits,
    body_reads,
    contraction,
    convolution,
    creation,
    elementwise,
    fourier,
    indexing,
    linear_algebra,
    movement,
    precision,
    reduction,
    scatter_sort,
    tensor_forms,
    windows,
    winograd,
)
from ireelite.lowering.tensors.hlo_to_linalg.control import control_rules
from ireelite.lowering.tensors.hlo_to_linalg.open_shapes import (
    ask_sizes,
    is_open_function,
    lower_open,
)
from ireelite.lowering.tensors.hlo_to_linalg.signless import copy_signless, retyped, tensor_type
from ireelite.lowering.tensors.hlo_to_linalg.sized_conversion import SizedConversion
from ireelite.lowering.tensors.hlo_to_linalg.structured_ops import empty
from ireelite.lowering.tensors.kept_values import keep_values
from ireelite.lowering.tensors.serial_memory import scratch_types
from ireelite.lowering.tensors.turn_stores import keep_before_stores
from ireelite.status import invalid_argument

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def lower_function(op: func.FuncOp, to: SizedConversion) -> Operation:
    block = Block(arg_types=op.body.block.arg_types)
    for old, new in zip(op.body.block.args, block.args, strict=True):
        with to.at(block), to.deriving_from(op):
            to.map(old, retyped(new, signless(old.type), to))
    with to.at(block):
        if is_open_function(op):
            ask_sizes(op, to)
            for inner in op.body.block.ops:
                lower_open(inner, to, lower_op)
        else:
            for inner in op.body.block.ops:
                lower_op(inner, to)
    type = op.function_type
    return to.insert(with_body(op, type.inputs.data, type.outputs.data, Region(block)))


def lower_op(op: Operation, to: Conversion) -> None:
    """Applies the rule for an op; one that is in this level's words already is copied. Tensors
    without elements are not computed.
    """
    if op.results and all(is_without_elements(result) for result in op.results):
        to.apply(op, make_empty, op.results)
    elif type(op) not in RULES and op.name.startswith(SAME_WORDS):
        to.apply(op, copy_signless, op.results)
    else:
        to.convert(op)


def is_without_elements(value: SSAValue) -> bool:
    """Returns whether a value is a tensor of a shape with a 0."""
    return isinstance(value.type, TensorType) and 0 in value.type.get_shape()


def make_empty(op: Operation, to: Conversion) -> list[SSAValue]:
    return [empty(tensor_type(result), to) for result in op.results]


def lower_serial(op: SerialOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the same loops and choices. What they keep in memory, and what that takes, is decided
    here.

    Raises INVALID_ARGUMENT for an op that has results for that memory already.
    """
    assert op.body.block.last_op is not None
    if len(op.results) != len(op.body.block.last_op.operands):
        raise invalid_argument(
            f"'{op.name}' has results for memory, which is decided by the lowering to linalg; "
            "leave them out"
        )
    block = Block(arg_types=[signless(a.type) for a in op.body.block.args])
    for old, new in zip(op.body.block.args, block.args, strict=True):
        to.map(old, new)
        new.name_hint = old.name_hint
    with to.at(block):
        for inner in op.body.block.ops:
            if isinstance(inner, YieldOp):
                to.insert(YieldOp(*to.operands(inner)))
            else:
                lower_op(inner, to)
    keep_values(block)
    keep_before_stores(block)
    end = block.last_op
    assert end is not None
    types = [*(value.type for value in end.operands), *scratch_types(block)]
    made = to.insert(SerialOp(to.operands(op), types, Region(block)))
    return made.results[: len(op.results)]


def lower_return(op: func.ReturnOp, to: Conversion) -> Operation:
    """Returns the results in the types that the function declares."""
    return to.insert(func.ReturnOp(*(retyped(to.value(v), v.type, to) for v in op.operands)))


SAME_WORDS = ("arith.", "iree_tensor.", "linalg.", "math.", "tensor.")
"""How the names of ops begin that may stand in a program at this level and at the one before."""

RULES: Rules = {
    **bits.RULES,
    **body_reads.RULES,
    **contraction.RULES,
    **control_rules(lower_op),
    **convolution.RULES,
    **creation.RULES,
    **elementwise.RULES,
    **fourier.RULES,
    **linear_algebra.RULES,
    **indexing.RULES,
    **movement.RULES,
    **precision.RULES,
    **reduction.RULES,
    **scatter_sort.RULES,
    **windows.RULES,
    **tensor_forms.RULES,
    **winograd.RULES,
    func.FuncOp: lower_function,
    func.ReturnOp: lower_return,
    SerialOp: lower_serial,
}


def hlo_to_linalg(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Returns the same sequences, with linalg, arith and math on tensors as their bodies; host code
    as it is. Private sequences that nothing calls are left out.
    """
    to = SizedConversion(RULES, "linalg on tensors", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    named = named_by_host(module)
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if is_host_code(op):
                to.apply(op, copy_op, op.results)
            elif not is_private(op) or (isinstance(op, func.FuncOp) and op.sym_name.data in named):
                to.convert(op)
    to.finish()
    return result
