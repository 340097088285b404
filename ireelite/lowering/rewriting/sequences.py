"""Which functions of a program are sequences, and which are host code.

A *sequence* does tensor work only: one block, static shapes, nothing but ops that compute tensors
from tensors, and loops and choices that carry tensors and are decided by elements of tensors. What
runs without a decision becomes one submission to a queue. Every other function is *host code*:
other control flow, scalars, globals, calls of other modules, and tensors that it passes to calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import arith, func, scf, tensor
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    IndexType,
    IntegerAttr,
    ModuleOp,
    SymbolRefAttr,
    TensorType,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects.sequencer import iree, iree_hl_seq, iree_ll_seq
from ireelite.lowering.rewriting.regions import is_within, outer_operands

ABI_OUTPUT = "iree.abi.output"
"""On an argument: the number of the result that this argument is storage for."""

TENSOR_DIALECTS = ("arith.", "chlo.", "iree_tensor.", "linalg.", "math.", "stablehlo.", "tensor.")
"""How the names of ops begin that are tensor work if they touch a tensor."""

HOST_TENSOR_OPS = ("tensor.cast", "tensor.dim", "tensor.extract", "tensor.from_elements")
"""Ops on tensors that the host does: it reads or changes types, or moves single elements."""

UNFOLDABLE_CONSTANT = "util.unfoldable_constant"

HOST_SYMBOLS = "util."
"""How the names of the host's ops begin that are siblings of functions."""


def is_static(value: SSAValue) -> bool:
    """Returns whether a value is no tensor, or one whose shape is known."""
    return not (isinstance(value.type, TensorType) and DYNAMIC_INDEX in value.type.get_shape())


def is_static_tensor(type: Attribute) -> bool:
    """Returns whether a value of this type is a tensor with a shape that is known."""
    return isinstance(type, TensorType) and DYNAMIC_INDEX not in type.get_shape()


def values_of(op: Operation) -> tuple[SSAValue, ...]:
    """Returns the operands and results of an op."""
    return (*op.operands, *op.results)


def is_constant(op: Operation) -> bool:
    """Returns whether the op is a constant: a tensor's, or a scalar's."""
    return isinstance(op, arith.ConstantOp) or op.name in (
        "stablehlo.constant",
        UNFOLDABLE_CONSTANT,
    )


def is_from_nothing(op: Operation) -> bool:
    """Returns whether the op makes a value from nothing, so that it can be copied to where it is
    read.
    """
    return is_constant(op) or (isinstance(op, tensor.EmptyOp) and not op.operands)


def is_tensor_work(op: Operation) -> bool:
    """Returns whether an op belongs to a sequence: it makes tensors, from tensors or from nothing.

    A scalar that is read from a tensor of rank 0 does if only tensor work reads it. A choice
    between whole tensors of dynamic shapes does not: the host passes one of them on.
    """
    kind = type(op)
    if kind in CONTROL_OPS:
        return is_tensor_control(op)
    if isinstance(op, arith.IndexCastOp):
        return (is_decision(op.result, None) or is_read_index(op)) and all_users_are_work(op)
    if not any(isinstance(v.type, TensorType) for v in values_of(op)):
        return False
    if kind is iree.SizedOp:
        return True
    if op.name == "tensor.extract" and len(op.operands) == 1:
        return all_users_are_work(op)
    if op.name == "arith.select" and not is_static(op.results[0]):
        return isinstance(op.operands[0].type, TensorType)
    return op.name == UNFOLDABLE_CONSTANT or (
        op.name.startswith(TENSOR_DIALECTS) and op.name not in HOST_TENSOR_OPS
    )


def all_users_are_work(op: Operation) -> bool:
    """Returns whether only tensor work of the same block, or within such work, reads a scalar."""
    block = op.parent_block()
    users = [use.operation for use in op.results[0].uses]
    around = [user if block is None else block.find_ancestor_op_in_block(user) for user in users]
    return all(user is not None and is_tensor_work(user) for user in around)


def is_read_index(op: arith.IndexCastOp) -> bool:
    """Returns whether an op makes an index of the element of a tensor of rank 0."""
    read = op.input.owner
    return isinstance(read, tensor.ExtractOp) and not read.indices


def has_known_indices(op: Operation) -> bool:
    """Returns whether tensor work reads no index that the host computes: each is a constant, or an
    element of a tensor.
    """
    return all(
        isinstance(owner := value.owner, Operation)
        and (is_constant(owner) or (isinstance(owner, arith.IndexCastOp) and is_tensor_work(owner)))
        for value in outer_operands(op)
        if isinstance(value.type, IndexType)
    )


CONTROL_OPS = (scf.ForOp, scf.IfOp, scf.IndexSwitchOp, scf.WhileOp)
"""Loop and branch ops that a sequence may contain. No op classes derive from them, so passes over
all ops of a program compare classes exactly, which takes a fifth of the time of `isinstance`."""


def is_tensor_control(
    op: Operation, with_calls: bool = False, outermost: Operation | None = None
) -> bool:
    """Returns whether an op is a loop or a choice that belongs to a sequence: it carries tensors of
    static shapes, its regions do tensor work, and what it decides by is read from tensors, is
    constant, or is the index of a loop in the `outermost` op of the same sequence.

    One that decides by a scalar that the host has anyway is the host's.
    """
    if not isinstance(op, CONTROL_OPS) or not op.results:
        return False
    if not all(is_static_tensor(type) for type in op.result_types):
        return False
    around = outermost or op
    if not all(is_static_tensor(v.type) or is_decision(v, around) for v in op.operands):
        return False
    return all(
        len(region.blocks) == 1
        and all(_is_in_region(inner, with_calls, around) for inner in region.block.ops)
        for region in op.regions
        if region.blocks
    )


def _is_in_region(op: Operation, with_calls: bool, outermost: Operation) -> bool:
    """Returns whether an op may be in a region of a loop or a choice of a sequence."""
    if isinstance(op, scf.ConditionOp):
        block = op.parent_block()
        same = block is not None and tuple(op.args) == tuple(block.args)
        return same and is_decision(op.condition, outermost)
    if isinstance(op, scf.YieldOp):
        return all(is_static_tensor(v.type) for v in op.operands)
    return _belongs(op, with_calls, outermost)


def is_decision(value: SSAValue, outermost: Operation | None) -> bool:
    """Returns whether a scalar is a constant, the index of a loop within `outermost`, or an element
    of a tensor of rank 0 by which only loops and choices decide.
    """
    op = value.owner
    if isinstance(op, Block):
        loop = op.parent_op()
        inside = outermost is not None and loop is not None and is_within(loop, (outermost,))
        return inside and isinstance(loop, scf.ForOp) and value is op.args[0]
    if isinstance(op, arith.ConstantOp):
        return not isinstance(value.type, TensorType)
    if isinstance(op, arith.IndexCastOp):
        return decides(op) and is_decision(op.input, outermost)
    return isinstance(op, tensor.ExtractOp) and not op.indices and decides(op)


def decides(op: Operation) -> bool:
    """Returns whether only loops and choices read the scalar that an op makes, as it is or as an
    index.
    """
    return all(
        isinstance(use.operation, (*CONTROL_OPS, scf.ConditionOp))
        or (isinstance(use.operation, arith.IndexCastOp) and decides(use.operation))
        for use in op.results[0].uses
    )


def blocks_within(block: Block) -> list[Block]:
    """Returns a block, and those of loops and choices in it."""
    blocks = [block]
    for op in block.ops:
        if type(op) in CONTROL_OPS:
            for region in op.regions:
                for inner in region.blocks:
                    blocks += blocks_within(inner)
    return blocks


def is_sequence(op: Operation, with_calls: bool = False) -> bool:
    """Returns whether an op is a function that is a sequence, at any stage from `hlo` to
    `executables`. A function that calls others is host code, but with `with_calls` it may: what
    they are must then be asked for apart.
    """
    if not isinstance(op, func.FuncOp) or len(op.body.blocks) != 1:
        return False
    block = op.body.block
    if isinstance(block.last_op, iree_hl_seq.ReturnOp | iree_ll_seq.ReturnOp):
        return True
    types = (*op.function_type.inputs, *op.function_type.outputs)
    if not all(isinstance(type, TensorType) for type in types):
        return False
    if not all(map(is_static_tensor, types)):
        return not with_calls and is_open_sequence(block)
    return all(_belongs(inner, with_calls) for inner in block.ops)


def is_open_sequence(block: Block) -> bool:
    """Returns whether a function of tensors whose types leave sizes open is a sequence: it does
    work on such tensors or checks sizes, and nothing else but arithmetic on sizes, which the host
    does.
    """
    ops = list(block.ops)
    return any(is_open_work(op) or isinstance(op, iree.CheckSizeOp) for op in ops) and all(
        isinstance(op, func.ReturnOp | iree.DispatchRegionOp | arith.ConstantOp | arith.IndexCastOp)
        or (
            isinstance(op, CONTROL_OPS) is False
            and (is_tensor_work(op) or is_open_work(op) or is_about_sizes(op))
        )
        for op in ops
    )


def is_open_work(op: Operation) -> bool:
    """Returns whether an op makes tensors of open sizes, or of tensors of open sizes."""
    if isinstance(op, iree.DynamicDispatchRegionOp):
        return True
    work = is_tensor_work(op) and not isinstance(op, CONTROL_OPS)
    return work and not all(map(is_static, (*values_of(op), *outer_operands(op))))


def is_about_sizes(op: Operation) -> bool:
    """Returns whether an op asks for a size, computes with sizes or checks them."""
    if isinstance(op, iree.CheckSizeOp | tensor.DimOp | tensor.CastOp):
        return True
    sizes = [isinstance(value.type, IndexType) for value in values_of(op)]
    return bool(op.results) and all(sizes) and op.name.startswith("arith.")


def _belongs(op: Operation, with_calls: bool, outermost: Operation | None = None) -> bool:
    """Returns whether an op may be part of a sequence, within its `outermost` loop or choice."""
    kind = type(op)
    if kind in (func.ReturnOp, iree.DispatchRegionOp, arith.ConstantOp):
        return True
    if kind is func.CallOp:
        return with_calls
    if kind in CONTROL_OPS:
        return is_tensor_control(op, with_calls, outermost)
    if kind in (arith.IndexCastOp, tensor.ExtractOp):
        return is_decision(op.results[0], outermost) or is_tensor_work(op)
    return is_tensor_work(op) and all(map(is_static, values_of(op))) and has_known_indices(op)


def is_host_code(op: Operation) -> bool:
    """Returns whether an op of a module is the host's: a function that is no sequence, a
    declaration, or something of the `util` dialect. Passes on sequences copy it.
    """
    if isinstance(op, func.FuncOp):
        return not is_sequence(op)
    return op.name.startswith(HOST_SYMBOLS)


def named_by_host(module: ModuleOp) -> set[str]:
    """Names of the functions that host code calls or mentions, as a declaration its fallback."""
    names: set[str] = set()
    for op in module.body.block.ops:
        if is_host_code(op):
            for inner in op.walk():
                for value in (*inner.properties.values(), *inner.attributes.values()):
                    if isinstance(value, SymbolRefAttr):
                        names.add(value.root_reference.data)
    return names


def with_body(
    function: func.FuncOp, inputs: Sequence[Attribute], outputs: Sequence[Attribute], body: Region
) -> func.FuncOp:
    """Returns a function of the same name, visibility and attributes."""
    copy = func.FuncOp(
        function.sym_name.data,
        (inputs, outputs),
        body,
        function.sym_visibility,
        arg_attrs=function.arg_attrs,
        res_attrs=function.res_attrs,
    )
    copy.attributes |= function.attributes
    return copy


def output_storage(function: func.FuncOp) -> list[int | None]:
    """Returns, for each argument, the number of the result that it is storage for."""
    if function.arg_attrs is None:
        return [None] * len(function.function_type.inputs)
    numbers: list[int | None] = []
    for attributes in function.arg_attrs:
        number = attributes.data.get(ABI_OUTPUT)
        numbers.append(number.value.data if isinstance(number, IntegerAttr) else None)
    return numbers


def is_private(op: Operation) -> bool:
    """Returns whether an op is a function that can only be called from this module."""
    visibility = op.sym_visibility if isinstance(op, func.FuncOp) else None
    return visibility is not None and visibility.data == "private"
