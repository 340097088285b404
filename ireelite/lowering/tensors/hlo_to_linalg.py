"""Stage 2 to 3, first half: StableHLO becomes arith, math and linalg on tensors.

Elementwise ops become `arith` and `math` ops on tensors where those allow it and `linalg.generic`
otherwise; contractions and reductions become named or generic linalg ops. Semantics: the StableHLO
specification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdsl.dialects import arith, func, tensor
from xdsl.dialects.builtin import (
    ArrayAttr,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    IntegerAttr,
    IntegerType,
    ModuleOp,
    TensorType,
    i64,
)
from xdsl.dialects.linalg import ops as linalg
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.ir.affine import AffineMap

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects import util
from ireelite.dialects.extensions.arith_tensors import SCALARS, TensorOp
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.elementwise import element_type_of, shape_of
from ireelite.lowering.rewriting.conversion import Conversion, Rules, copy_op
from ireelite.lowering.rewriting.sequences import called_by_host, is_host_code, with_body
from ireelite.lowering.rewriting.symbols import find_symbol
from ireelite.lowering.tensors.hlo_scalars import (
    ELEMENTWISE,
    build_compare,
    build_convert,
    constant_like,
)
from ireelite.lowering.tensors.structured_ops import dims_map, empty, generic
from ireelite.status import StatusCode, StatusError

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def lower_elementwise(op: ew.ElementwiseOp, to: Conversion) -> SSAValue:
    return ELEMENTWISE[type(op)](to.operands(op), op.result.type, to)


def lower_compare(op: ew.CompareOp, to: Conversion) -> SSAValue:
    """A generic: xDSL reads the text of a comparison of tensors as one that yields a scalar."""
    result = op.result.type
    assert isinstance(result, TensorType)
    same = AffineMap.identity(len(result.get_shape()))

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return [build_compare(op, v[0], v[1], to)]

    inits = [empty(result, to)]
    return generic(to.operands(op), inits, [same, same, same], body, to).results[0]


def lower_select(op: ew.SelectOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    rank = len(result.get_shape())
    same = AffineMap.identity(rank)
    pred = same if shape_of(op.pred) else AffineMap(rank, 0, ())

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return [to.insert(arith.SelectOp(v[0], v[1], v[2])).result]

    return generic(
        to.operands(op), [empty(result, to)], [pred, same, same, same], body, to
    ).results[0]


def lower_convert(op: hlo.ConvertOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    same = AffineMap.identity(len(result.get_shape()))

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        return [build_convert(v[0], result.element_type, to)]

    return generic(to.operands(op), [empty(result, to)], [same, same], body, to).results[0]


def lower_tensor_op(op: TensorOp, to: Conversion) -> SSAValue:
    """An `arith` op that xDSL has on scalars only: that, in a generic."""
    result = op.results[0].type
    assert isinstance(result, TensorType)
    same = AffineMap.identity(len(result.get_shape()))
    once = AffineMap(len(result.get_shape()), 0, ())
    maps = [same if isinstance(v.type, TensorType) else once for v in op.operands]

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        scalar = SCALARS[type(op)].create(
            operands=v[: len(op.operands)],
            result_types=[result.element_type],
            properties=op.properties,
        )
        return [to.insert(scalar).results[0]]

    return generic(to.operands(op), [empty(result, to)], [*maps, same], body, to).results[0]


def lower_constant(op: hlo.ConstantOp | util.UnfoldableConstantOp, to: Conversion) -> Operation:
    assert isinstance(op.value, DenseIntOrFPElementsAttr)
    return to.insert(arith.ConstantOp(op.value))


def lower_splat(op: tensor.SplatOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    return to.insert(linalg.FillOp([to.value(op.input)], [empty(result, to)])).results[0]


def lower_iota(op: hlo.IotaOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    rank, element = len(result.get_shape()), result.element_type

    def body(_: Sequence[SSAValue]) -> list[SSAValue]:
        index = to.insert(linalg.IndexOp(op.iota_dimension.value.data)).result
        integer = element if isinstance(element, IntegerType) else i64
        position = to.insert(arith.IndexCastOp(index, integer)).result
        return [build_convert(position, element, to)]

    return generic([], [empty(result, to)], [AffineMap.identity(rank)], body, to).results[0]


def lower_broadcast(op: hlo.BroadcastInDimOp, to: Conversion) -> SSAValue:
    """`linalg.broadcast` if dimensions are only added and in order,
    else a generic that repeats index 0.
    """
    value, result = to.value(op.operand), op.result.type
    assert isinstance(result, TensorType)
    shape, target = shape_of(op.operand), result.get_shape()
    if list(op.dims) == sorted(op.dims) and all(
        s == target[d] for s, d in zip(shape, op.dims, strict=True)
    ):
        added = [d for d in range(len(target)) if d not in op.dims]
        if not added:
            return value
        dims = DenseArrayBase.from_list(i64, added)
        return to.insert(linalg.BroadcastOp(value, empty(result, to), dims)).results[0]
    sources = [
        None if size == 1 and target[d] != 1 else d for size, d in zip(shape, op.dims, strict=True)
    ]
    maps = [dims_map(len(target), sources), AffineMap.identity(len(target))]
    return generic([value], [empty(result, to)], maps, lambda v: [v[0]], to).results[0]


def lower_transpose(op: hlo.TransposeOp, to: Conversion) -> SSAValue:
    result = op.result.type
    assert isinstance(result, TensorType)
    order = DenseArrayBase.from_list(i64, list(op.dims))
    return to.insert(linalg.TransposeOp(to.value(op.operand), empty(result, to), order)).results[0]


def lower_reshape(op: hlo.ReshapeOp, to: Conversion) -> SSAValue:
    """Through the flat shape: `tensor.collapse_shape`, then `tensor.expand_shape`."""
    value, result = to.value(op.operand), op.result.type
    assert isinstance(result, TensorType)
    shape, target = shape_of(op.operand), result.get_shape()
    count = 1
    for size in target:
        count *= size
    if len(shape) != 1:
        value = to.insert(
            tensor.CollapseShapeOp(
                operands=[value],
                result_types=[TensorType(result.element_type, [count])],
                properties={"reassociation": reassociation(len(shape))},
            )
        ).result
    if len(target) != 1:
        value = to.insert(
            tensor.ExpandShapeOp.build(
                operands=[value, []],
                result_types=[result],
                properties={
                    "reassociation": reassociation(len(target)),
                    "static_output_shape": DenseArrayBase.from_list(i64, target),
                },
            )
        ).result
    return value


def reassociation(rank: int) -> ArrayAttr[ArrayAttr[IntegerAttr]]:
    """All of a tensor's dimensions in one group; no group for rank 0."""
    if rank == 0:
        return ArrayAttr([])
    return ArrayAttr([ArrayAttr([IntegerAttr(d, i64) for d in range(rank)])])


def lower_slice(op: hlo.SliceOp, to: Conversion) -> SSAValue:
    starts, _, strides = zip(*op.ranges, strict=True) if op.ranges else ((), (), ())
    result = op.result.type
    assert isinstance(result, TensorType)
    return to.insert(
        tensor.ExtractSliceOp.build(
            operands=[to.value(op.operand), [], [], []],
            result_types=[result],
            properties={
                "static_offsets": DenseArrayBase.from_list(i64, starts),
                "static_sizes": DenseArrayBase.from_list(i64, result.get_shape()),
                "static_strides": DenseArrayBase.from_list(i64, strides),
            },
        )
    ).result


def lower_dot_general(op: hlo.DotGeneralOp, to: Conversion) -> SSAValue:
    """`linalg.matmul` for two plain matrices, else a generic contraction."""
    lhs, rhs, result = to.value(op.lhs), to.value(op.rhs), op.result.type
    assert isinstance(result, TensorType)
    zero = constant_like(0, result.element_type, to)
    init = to.insert(linalg.FillOp([zero], [empty(result, to)])).results[0]
    plain = not op.batching[0] and op.contracting == ([1], [0])
    if (
        plain
        and len(shape_of(lhs)) == len(shape_of(rhs)) == 2
        and element_type_of(lhs) == result.element_type
    ):
        return to.insert(linalg.MatmulOp([lhs, rhs], [init])).results[0]
    return lower_contraction(op, lhs, rhs, init, to)


def lower_contraction(
    op: hlo.DotGeneralOp, lhs: SSAValue, rhs: SSAValue, init: SSAValue, to: Conversion
) -> SSAValue:
    """Loop dimensions are the result's, then the contracted ones."""
    outer, inner = len(shape_of(init)), len(op.contracting[0])
    rank = outer + inner
    left: list[int | None] = [None] * len(shape_of(lhs))
    right: list[int | None] = [None] * len(shape_of(rhs))
    for loop, (a, b) in enumerate(zip(*op.batching, strict=True)):
        left[a] = right[b] = loop
    for loop, (a, b) in enumerate(zip(*op.contracting, strict=True)):
        left[a] = right[b] = outer + loop
    free = len(op.batching[0])
    for dims in (left, right):
        for position, loop in enumerate(dims):
            if loop is None:
                dims[position] = free
                free += 1
    element = element_type_of(init)

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        a, b = build_convert(v[0], element, to), build_convert(v[1], element, to)
        product = ELEMENTWISE[ew.MultiplyOp]([a, b], element, to)
        return [ELEMENTWISE[ew.AddOp]([v[2], product], element, to)]

    maps = [dims_map(rank, left), dims_map(rank, right), dims_map(rank, list(range(outer)))]
    return generic([lhs, rhs], [init], maps, body, to, range(outer, rank)).results[0]


def lower_reduce(op: hlo.ReduceOp, to: Conversion) -> Sequence[SSAValue]:
    """A generic with the reducer's body made scalar. Accumulators start from the init values."""
    rank = len(shape_of(op.inputs[0]))
    kept: list[int | None] = [d for d in range(rank) if d not in op.dims]
    inits: list[SSAValue] = []
    for output, init in zip(op.outputs, op.init_values, strict=True):
        assert isinstance(output.type, TensorType)
        start = scalar_of(init, to)
        inits.append(to.insert(linalg.FillOp([start], [empty(output.type, to)])).results[0])
    count = len(inits)

    def body(v: Sequence[SSAValue]) -> list[SSAValue]:
        elements, accumulators = v[:count], v[count:]
        return lower_scalar_block(op.body.block, [*accumulators, *elements], to)

    maps = [AffineMap.identity(rank)] * count + [dims_map(rank, kept)] * count
    values = [to.value(v) for v in op.inputs]
    return generic(values, inits, maps, body, to, op.dims).results


def scalar_of(value: SSAValue, to: Conversion) -> SSAValue:
    """The element of a rank 0 tensor; a constant directly."""
    new = to.value(value)
    if isinstance(value.owner, hlo.ConstantOp) and isinstance(
        value.owner.value, DenseIntOrFPElementsAttr
    ):
        number = next(iter(value.owner.value.get_values()))
        assert isinstance(number, int | float)
        return constant_like(number, element_type_of(value), to)
    return to.insert(tensor.ExtractOp(new, [], element_type_of(value))).result


def lower_scalar_block(
    block: Block, arguments: Sequence[SSAValue], to: Conversion
) -> list[SSAValue]:
    """A reducer on rank 0 tensors, said in scalars: the values it returns."""
    values: dict[SSAValue, SSAValue] = dict(zip(block.args, arguments, strict=True))
    for op in block.ops:
        operands = [values[o] for o in op.operands]
        if isinstance(op, hlo.ReturnOp):
            return operands
        if isinstance(op, ew.CompareOp):
            result = build_compare(op, operands[0], operands[1], to)
        elif isinstance(op, ew.SelectOp):
            result = to.insert(arith.SelectOp(*operands)).result
        elif isinstance(op, hlo.ConvertOp):
            result = build_convert(operands[0], element_type_of(op.result), to)
        elif isinstance(op, hlo.ConstantOp):
            number = next(iter(op.value.get_values()))
            assert isinstance(number, int | float)
            result = constant_like(number, element_type_of(op.result), to)
        elif (build := ELEMENTWISE.get(type(op))) is not None:
            result = build(operands, element_type_of(op.results[0]), to)
        else:
            raise StatusError(
                StatusCode.UNIMPLEMENTED, f"'{op.name}' is not supported inside a reducer"
            )
        values[op.results[0]] = result
    raise StatusError(StatusCode.INVALID_ARGUMENT, "a reducer must end in 'stablehlo.return'")


def lower_function(op: func.FuncOp, to: Conversion) -> Operation:
    block = Block(arg_types=op.body.block.arg_types)
    for old, new in zip(op.body.block.args, block.args, strict=True):
        to.map(old, new)
    with to.at(block):
        for inner in op.body.block.ops:
            lower_op(inner, to)
    type = op.function_type
    return to.insert(with_body(op, type.inputs.data, type.outputs.data, Region(block)))


def lower_call(op: func.CallOp, to: Conversion) -> Sequence[SSAValue]:
    """The callee's body in place of the call."""
    callee = find_symbol(op, op.callee)
    assert isinstance(callee, func.FuncOp)  # it is a sequence, else its caller is none either
    for old, new in zip(callee.body.block.args, to.operands(op), strict=True):
        to.values[old] = new
    for inner in callee.body.block.ops:
        if isinstance(inner, func.ReturnOp):
            return to.operands(inner)
        lower_op(inner, to)
    raise StatusError(StatusCode.INVALID_ARGUMENT, f"'{callee.sym_name.data}' does not return")


def lower_op(op: Operation, to: Conversion) -> None:
    """Applies the rule for an op; one that is in this level's words already is copied."""
    if type(op) not in RULES and op.name.startswith(SAME_WORDS):
        to.apply(op, copy_op, op.results)
    else:
        to.convert(op)


def lower_return(op: func.ReturnOp, to: Conversion) -> Operation:
    return to.insert(func.ReturnOp(*to.operands(op)))


SAME_WORDS = ("arith.", "linalg.", "math.", "tensor.")
"""How the names of ops begin that may stand in a program at this level and at the one before."""

RULES: Rules = {
    **dict.fromkeys(ELEMENTWISE, lower_elementwise),
    ew.CompareOp: lower_compare,
    ew.SelectOp: lower_select,
    func.CallOp: lower_call,
    func.FuncOp: lower_function,
    func.ReturnOp: lower_return,
    **dict.fromkeys(SCALARS, lower_tensor_op),
    util.UnfoldableConstantOp: lower_constant,
    hlo.BroadcastInDimOp: lower_broadcast,
    hlo.ConstantOp: lower_constant,
    hlo.ConvertOp: lower_convert,
    hlo.DotGeneralOp: lower_dot_general,
    hlo.IotaOp: lower_iota,
    hlo.ReduceOp: lower_reduce,
    hlo.ReshapeOp: lower_reshape,
    hlo.SliceOp: lower_slice,
    hlo.TransposeOp: lower_transpose,
    tensor.SplatOp: lower_splat,
}


def is_private(op: Operation) -> bool:
    """Whether a function can only be called from this module."""
    visibility = op.sym_visibility if isinstance(op, func.FuncOp) else None
    return visibility is not None and visibility.data == "private"


def hlo_to_linalg(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """The same sequences, with linalg, arith and math on tensors as their bodies; host code as it
    is.
    """
    to = Conversion(RULES, "linalg on tensors", tracker)
    result = ModuleOp([], module.attributes, module.sym_name)
    called = called_by_host(module)
    with to.at(result.body.block):
        for op in module.body.block.ops:
            if is_host_code(op):
                to.apply(op, copy_op, op.results)
            elif not is_private(op) or (isinstance(op, func.FuncOp) and op.sym_name.data in called):
                to.convert(op)  # any other private function lives on where it is called
    to.finish()
    return result
