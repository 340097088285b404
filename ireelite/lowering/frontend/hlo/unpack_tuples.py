"""Within HLO: a tuple becomes its values, and a token nothing, in signatures, calls, loops and choices.

Where an op, a block or a function has a tuple, it gets the values of the tuple in its place: those
of a tuple in a tuple, too. What takes a tuple apart finds the values then, and no tuple is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    ArrayAttr,
    DictionaryAttr,
    FunctionType,
    ModuleOp,
    TupleType,
)
from xdsl.ir import Attribute, Block, Operation, SSAValue
from xdsl.irdl import IRDLOperation, VariadicDef
from xdsl.rewriter import InsertPoint, Rewriter
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects.stablehlo.composition import (
    AfterAllOp,
    CreateTokenOp,
    GetTupleElementOp,
    TokenType,
    TupleOp,
)
from ireelite.lowering.rewriting.conversion import Conversion

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

PACKED = (TupleType, TokenType)
"""Types of values that are several values, or none at all."""

PACKING = (AfterAllOp, CreateTokenOp, GetTupleElementOp, TupleOp)
"""Ops that make such values, or take them apart."""


def unpack_tuples(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Unpacks all tuples and tokens of a module in place."""
    if not any(has_packed(op) for op in module.walk()):
        return module
    to = Conversion({}, "values without tuples", tracker)
    for op in list(module.walk()):
        for region in op.regions:
            for block in region.blocks:
                unpack_arguments(block, to)
        if isinstance(op, func.FuncOp):
            unpack_signature(op)
        elif not isinstance(op, PACKING):
            unpack_op(op, to)
    take_apart(module, tracker)
    return module


def has_packed(op: Operation) -> bool:
    """Returns whether an op, or a block in it, has a tuple or a token."""
    arguments = (a for region in op.regions for block in region.blocks for a in block.args)
    types: list[Attribute] = [v.type for v in (*op.operands, *op.results, *arguments)]
    if isinstance(op, func.FuncOp):
        types += [*op.function_type.inputs, *op.function_type.outputs]
    return any(isinstance(type, PACKED) for type in types)


BY_VALUE = ("operand_layouts", "output_operand_aliases", "result_layouts", "result_tilings")
"""Properties that count operands or results, which no longer hold once some of these are taken
apart.
"""


def unpacked_types(type: Attribute) -> list[Attribute]:
    """Returns the types of the values that a value of a type is."""
    if isinstance(type, TokenType):
        return []
    if isinstance(type, TupleType):
        return [inner for part in type.types for inner in unpacked_types(part)]
    return [type]


# -- taking apart and putting together, at the point of a conversion ---------------------------------


def unpacked(value: SSAValue, to: Conversion) -> list[SSAValue]:
    """Returns the values that a value is."""
    type = value.type
    if isinstance(type, TokenType):
        return []
    if not isinstance(type, TupleType):
        return [value]
    parts = [to.insert(GetTupleElementOp(value, k)).result for k in range(len(type.types))]
    return [inner for part in parts for inner in unpacked(part, to)]


def packed(type: Attribute, values: list[SSAValue], to: Conversion) -> SSAValue:
    """Returns the value of a type from the values that it is, which are taken off the front of a
    list.
    """
    if isinstance(type, TokenType):
        return to.insert(CreateTokenOp()).result
    if not isinstance(type, TupleType):
        return values.pop(0)
    return to.insert(TupleOp([packed(part, values, to) for part in type.types])).result


# -- where tuples stand ------------------------------------------------------------------------------


def unpack_arguments(block: Block, to: Conversion) -> None:
    """Gives a block the values of its arguments as arguments."""
    old = list(block.args)
    if not any(isinstance(argument.type, PACKED) for argument in old):
        return
    first = block.first_op
    point = InsertPoint.at_end(block) if first is None else InsertPoint.before(first)
    for argument in old:
        if not isinstance(argument.type, PACKED):
            continue
        types = unpacked_types(argument.type)
        place = argument.index
        new = [block.insert_arg(type, place + k) for k, type in enumerate(types)]
        with to.at(point):
            value = packed(argument.type, list(new), to)
        argument.replace_all_uses_with(value)
        block.erase_arg(argument)


def unpack_signature(function: func.FuncOp) -> None:
    """Unpacks the types of a function's arguments and results, with the attributes of each."""
    type = function.function_type
    inputs = [unpacked_types(t) for t in type.inputs]
    outputs = [unpacked_types(t) for t in type.outputs]
    for name, groups, old in (
        ("arg_attrs", inputs, type.inputs),
        ("res_attrs", outputs, type.outputs),
    ):
        attributes = function.properties.get(name)
        if isinstance(attributes, ArrayAttr):
            function.properties[name] = ArrayAttr(
                each if not isinstance(t, PACKED) else DictionaryAttr({})
                for each, t, group in zip(attributes, old, groups, strict=True)
                for _ in group
            )
    function.function_type = FunctionType.from_lists(
        [t for group in inputs for t in group], [t for group in outputs for t in group]
    )


def unpack_op(op: Operation, to: Conversion) -> None:
    """Replaces an op by one on the values that its operands and results are."""
    values: Sequence[Any] = (*op.operands, *op.results)
    if not any(isinstance(value.type, PACKED) for value in values):
        return
    with to.at(InsertPoint.before(op)), to.rewriting(unpack_op, op):
        operands = [part for operand in op.operands for part in unpacked(operand, to)]
        types = [part for result in op.results for part in unpacked_types(result.type)]
        new = type(op).create(
            operands=operands,
            result_types=types,
            properties={k: v for k, v in op.properties.items() if k not in BY_VALUE},
            attributes=op.attributes,
            successors=op.successors,
            regions=[op.detach_region(region) for region in list(op.regions)],
        )
        to.insert(new)
        if isinstance(new, IRDLOperation):
            check_counts(new)
        parts: list[SSAValue] = list(new.results)
        results = [packed(result.type, parts, to) for result in op.results]
    Rewriter.replace_op(op, [], results)


def check_counts(op: IRDLOperation) -> None:
    """Raises a VerifyException for an op that has more or fewer operands or results than it may."""
    definition = op.get_irdl_definition()
    for what, entries, values in (
        ("operands", definition.operands, op.operands),
        ("results", definition.results, op.results),
    ):
        single = sum(not isinstance(entry, VariadicDef) for _, entry in entries)
        if len(values) < single or (len(values) > single and len(entries) == single):
            raise VerifyException(f"has {len(values)} {what} then, not {single}")


def take_apart(module: ModuleOp, tracker: Tracker | None) -> None:
    """Reads values where a tuple was made and taken apart, and erases what makes tuples and tokens."""
    packing = [op for op in module.walk() if isinstance(op, PACKING)]
    for op in packing:
        if isinstance(op, GetTupleElementOp) and isinstance(op.operand.owner, TupleOp):
            op.result.replace_all_uses_with(op.operand.owner.operands[op.position])
    for op in reversed(packing):
        if tracker is not None:
            tracker.rewrite(take_apart, [op], [])
        op.detach()
        op.erase()
