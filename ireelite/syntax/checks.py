"""What MLIR checks of a program and xDSL does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    ArrayAttr,
    FunctionType,
    IndexType,
    IntegerAttr,
    IntegerType,
    Signedness,
    StringAttr,
    TensorType,
    VectorType,
)
from xdsl.ir import Attribute, Operation, Region, SSAValue
from xdsl.traits import IsolatedFromAbove, IsTerminator, NoTerminator, SymbolTable
from xdsl.utils.exceptions import VerifyException

from ireelite.syntax.dominance import early_uses

if TYPE_CHECKING:
    from xdsl.dialects import arith, cf, func, linalg, scf, tensor

    from ireelite.dialects.util import globals as util_globals

VISIBILITIES = ("public", "private", "nested")
"""Who may name a symbol: everyone, its module, or its module and those around."""


def check_op(op: Operation) -> None:
    """Checks one op, but not those in its regions. Raises VerifyException."""
    visibility = op.properties.get("sym_visibility")
    if isinstance(visibility, StringAttr) and visibility.data not in VISIBILITIES:
        raise VerifyException(
            f"has the visibility '{visibility.data}'; there are {', '.join(VISIBILITIES)}"
        )
    if (check := CHECKS.get(op.name)) is not None:
        check(op)
    if op.name.startswith("linalg.") and hasattr(op, "outputs"):
        check_outputs(op)
    elif op.name.startswith(("arith.", "math.")) and op.name not in OF_ANY_TYPE:
        check_signless(op)


OF_ANY_TYPE = ("arith.constant", "arith.select")
"""Ops of `arith` and `math` that do not compute with their operands."""


def check_signless(op: Operation) -> None:
    """Checks that integers are signless: an op of `arith` and `math` says itself how it reads them."""
    for value in (*op.operands, *op.results):
        type = value.type
        element = type.element_type if isinstance(type, TensorType | VectorType) else type
        if isinstance(element, IntegerType) and element.signedness.data is not Signedness.SIGNLESS:
            raise VerifyException(f"takes signless integers, not {element}")


def reader_of_outside(op: Operation) -> tuple[Operation, str] | None:
    """Returns the first op inside an isolated op that reads a value from outside of it, and what is
    wrong with that; None if there is none.
    """
    if not op.has_trait(IsolatedFromAbove):
        return None
    for inner in op.walk():
        for number, operand in enumerate(inner.operands if inner is not op else ()):
            owner = operand.owner
            if op.is_ancestor(owner) and owner is not op:
                continue
            made = f"'{owner.name}'" if isinstance(owner, Operation) else "an argument"
            where = "in no block" if owner.parent is None else f"outside of '{op.name}'"
            return inner, f"reads as operand {number} the result of {made}, which is {where}"
    return None


class MisplacedUse(VerifyException):
    """An op reads a value that is not made whenever the op runs."""

    def __init__(self, user: Operation, message: str):
        super().__init__(message)
        self.user = user


def check_structure(op: Operation) -> None:
    """Checks where an op stands and where it branches to. Raises VerifyException."""
    block = op.parent
    region = block.parent if block is not None else None
    if op.successors and (block is None or block.last_op is not op):
        raise VerifyException("branches and must be the last of its block")
    if region is not None and any(block is region.first_block for block in op.successors):
        raise VerifyException(
            "branches to the first block of a region, where the region is entered"
        )
    if region is None or block is None or block.last_op is not op or op.has_trait(IsTerminator):
        return
    around = region.parent
    alone = region.first_block is region.last_block
    if not alone or (around is not None and not around.has_trait(NoTerminator)):
        raise VerifyException("ends a block and is not a terminator")


def texts(types: Sequence[Attribute]) -> str:
    """Types as a reader sees them."""
    return f"({', '.join(map(str, types))})"


def expect_types(what: str, expected: Sequence[Attribute], values: Sequence[SSAValue]) -> None:
    """Raises unless values have these types."""
    found = [v.type for v in values]
    if found != list(expected):
        raise VerifyException(f"{what} {texts(expected)}, not {texts(found)}")


# -- functions ---------------------------------------------------------------------------------------


def check_function(op: func.FuncOp | util_globals.InitializerOp) -> None:
    """Checks that a function is in a module, that each block ends with a terminator, and that each
    op reads only what has been made.
    """
    if (around := op.parent_op()) is not None and not around.has_trait(SymbolTable):
        raise VerifyException(f"is within a {around.name}; functions are in modules")
    type = op.properties.get("function_type")
    if isinstance(type, FunctionType):
        for name, types in (("arg_attrs", type.inputs), ("res_attrs", type.outputs)):
            given = op.properties.get(name)
            if isinstance(given, ArrayAttr) and len(given) != len(types):
                raise VerifyException(f"has {len(given)} entries of {name}, not {len(types)}")
    for block in op.body.blocks:
        if block.last_op is None or not block.last_op.has_trait(IsTerminator):
            raise VerifyException("has a block that does not end with a terminator")
    for user, value in early_uses(op.body, set()):
        name = f"%{value.name_hint}" if value.name_hint else "a value"
        raise MisplacedUse(user, f"reads {name}, which is not made on every way to this op")


def check_initializer(op: util_globals.InitializerOp) -> None:
    check_function(op)
    for block in op.body.blocks:
        last = block.last_op
        if last is not None and not last.successors and last.name != "util.return":
            raise VerifyException(f"ends with util.return, not with {last.name}")


def second_definition(module: Operation) -> Operation | None:
    """Returns the first op of a module that has the name of one before it."""
    seen: set[Attribute] = set()
    for region in module.regions:
        for block in region.blocks:
            for op in block.ops:
                name = op.properties.get("sym_name")
                if isinstance(name, StringAttr) and name in seen:
                    return op
                if isinstance(name, StringAttr):
                    seen.add(name)
    return None


# -- control flow ------------------------------------------------------------------------------------


def check_branch(op: cf.BranchOp) -> None:
    expect_types("passes to its successor", op.successor.arg_types, op.arguments)


def check_conditional_branch(op: cf.ConditionalBranchOp) -> None:
    expect_types("passes to its first successor", op.then_block.arg_types, op.then_arguments)
    expect_types("passes to its second successor", op.else_block.arg_types, op.else_arguments)


def check_switch(op: cf.SwitchOp) -> None:
    expect_types("passes to its default", op.default_block.arg_types, op.default_operands)
    for block, passed in zip(op.case_blocks, op.case_operand, strict=True):
        expect_types("passes to a case", block.arg_types, passed)


def check_yield(region: Region, types: Sequence[Attribute]) -> None:
    """Checks that a region of one block ends with what its op takes."""
    last = region.block.last_op
    if last is not None and last.name == "scf.yield":
        expect_types("needs a region that yields", types, last.operands)


def check_choice(op: scf.IfOp | scf.IndexSwitchOp | scf.ExecuteRegionOp) -> None:
    """Checks that the regions are entered with no values, and yield what the op does."""
    for region in op.regions:
        if region.blocks:
            expect_types("enters a region with", [], region.blocks[0].args)
        for block in region.blocks:
            if block.last_op is not None and block.last_op.name == "scf.yield":
                types = [result.type for result in op.results]
                expect_types("needs a region that yields", types, block.last_op.operands)


def check_for(op: scf.ForOp) -> None:
    expect_types("yields", op.iter_args.types, op.res)


def check_parallel(op: scf.ParallelOp) -> None:
    expect_types("yields", op.initVals.types, op.res)


def check_if(op: scf.IfOp) -> None:
    if op.output and not op.false_region.blocks:
        raise VerifyException("must have an else region if it has results")
    check_choice(op)


def check_while(op: scf.WhileOp) -> None:
    before, after = op.before_region.block, op.after_region.block
    expect_types("begins with", before.arg_types, op.arguments)
    if (end := before.last_op) is None or end.name != "scf.condition":
        raise VerifyException("must end its first region with scf.condition")
    expect_types("goes on with", after.arg_types, end.operands[1:])
    expect_types("yields", op.res.types, end.operands[1:])
    check_yield(op.after_region, op.arguments.types)


# -- tensors -----------------------------------------------------------------------------------------


def check_bitcast(op: arith.BitcastOp) -> None:
    for type in (op.input.type, op.result.type):
        element = type.element_type if isinstance(type, TensorType) else type
        if isinstance(element, IndexType):
            raise VerifyException("takes numbers of a known width, not an index: use index_cast")


def check_cast(op: tensor.CastOp) -> None:
    source, target = op.source.type, op.dest.type
    if isinstance(source, TensorType) and isinstance(target, TensorType):
        if source.element_type != target.element_type:
            raise VerifyException(f"can't cast a {source} to a {target}: their elements differ")


def check_extract(op: tensor.ExtractOp) -> None:
    check_indices(op.tensor.type, op.indices)
    if isinstance(op.tensor.type, TensorType):
        expect_types("yields", [op.tensor.type.element_type], [op.result])


def check_insert(op: tensor.InsertOp) -> None:
    check_indices(op.dest.type, op.indices)


def check_indices(type: Attribute, indices: Sequence[SSAValue]) -> None:
    """Checks that there is an index for each dimension."""
    if isinstance(type, TensorType) and len(indices) != type.get_num_dims():
        raise VerifyException(f"a {type} has {type.get_num_dims()} indices, not {len(indices)}")


def check_sizes(op: tensor.EmptyOp | tensor.ExpandShapeOp) -> None:
    """Checks that there is an operand for each size that is not known."""
    if op.name == "tensor.empty":
        sizes, operands = op.results[0].type.get_shape(), op.operands  # pyright: ignore
    else:
        sizes, operands = op.static_output_shape.get_values(), op.dynamic_output_shape  # pyright: ignore
    if list(sizes).count(DYNAMIC_INDEX) != len(operands):
        raise VerifyException(
            f"has {len(operands)} operands for {list(sizes).count(DYNAMIC_INDEX)} sizes"
        )


def check_from_elements(op: tensor.FromElementsOp) -> None:
    type = op.result.type
    assert isinstance(type, TensorType)
    if DYNAMIC_INDEX in type.get_shape():
        raise VerifyException(f"must yield a tensor of static shape, not a {type}")
    size = prod(type.get_shape())
    if len(op.elements) != size:
        raise VerifyException(f"a {type} has {size} elements, not {len(op.elements)}")
    expect_types("has elements", [type.element_type] * size, op.elements)


def check_dim(op: tensor.DimOp) -> None:
    made = op.index.owner
    value = made.properties.get("value") if isinstance(made, Operation) else None
    if isinstance(value, IntegerAttr) and isinstance(op.source.type, TensorType):
        axis, rank = value.value.data, len(op.source.type.get_shape())
        if not 0 <= axis < rank:
            raise VerifyException(
                f"a {op.source.type} has {rank} dimensions; none is number {axis}"
            )


def check_slice(op: tensor.ExtractSliceOp | tensor.InsertSliceOp) -> None:
    """Checks that what is static of a slice is within its tensor."""
    whole = op.source.type if op.name == "tensor.extract_slice" else op.results[0].type
    rows = (op.static_offsets, op.static_sizes, op.static_strides)
    offsets, sizes, strides = (row.get_values() for row in rows)
    part = op.results[0].type if op.name == "tensor.extract_slice" else op.source.type
    if not isinstance(whole, TensorType) or not isinstance(part, TensorType):
        return
    check_part(part.get_shape(), sizes)
    shape = whole.get_shape()
    if not len(shape) == len(offsets) == len(sizes) == len(strides):
        raise VerifyException(
            f"a slice of a {whole} has {len(shape)} offsets, sizes and strides; this one has "
            f"{len(offsets)}, {len(sizes)} and {len(strides)}"
        )
    for dimension, (extent, offset, size, stride) in enumerate(
        zip(shape, offsets, sizes, strides, strict=True)
    ):
        numbers = [n for n in (offset, size) if n != DYNAMIC_INDEX]
        last = offset + (size - 1) * stride
        known = DYNAMIC_INDEX not in (extent, offset, size, stride) and size > 0
        if any(n < 0 for n in numbers) or (known and not 0 <= last < extent):
            raise VerifyException(
                f"slices dimension {dimension} of a {whole} from {shown(offset)}, {shown(size)} "
                f"elements in steps of {shown(stride)}, beyond its {shown(extent)}"
            )


def check_part(shape: Sequence[int], sizes: Sequence[int]) -> None:
    """Checks that a tensor that is a slice, or is put in its place, has the slice's sizes but for
    those of 1.
    """
    known = [size for size in sizes if size != 1]
    if DYNAMIC_INDEX not in sizes and known != [size for size in shape if size != 1]:
        expected = ", ".join(map(shown, shape))
        raise VerifyException(f"has a slice of sizes {list(sizes)}, not [{expected}]")


def shown(number: int) -> str:
    """Returns a number of a slice or of a shape as text: `?` for one that is not known."""
    return "?" if number == DYNAMIC_INDEX else str(number)


def check_pad(op: tensor.PadOp) -> None:
    """Checks that padding adds elements, which the body makes of indices; what is cropped is a
    slice.
    """
    block, type = op.region.block, op.result.type
    assert isinstance(type, TensorType)
    expect_types("has a body that takes", [IndexType()] * len(type.get_shape()), block.args)
    if block.last_op is not None:
        expect_types("has a body that yields", [type.element_type], block.last_op.operands)
    lows, highs = op.static_low.get_values(), op.static_high.get_values()
    for number in (*lows, *highs):
        if number < 0 and number != DYNAMIC_INDEX:
            raise VerifyException(f"pads by {number}; tensor.extract_slice crops a tensor")
    source = op.source.type
    if isinstance(source, TensorType):
        columns = zip(source.get_shape(), lows, highs, type.get_shape(), strict=False)
        for *parts, size in columns:
            if DYNAMIC_INDEX not in (*parts, size) and sum(parts) != size:
                raise VerifyException(f"pads a {source} to {sum(parts)} elements, not {size}")


def check_outputs(op: Any) -> None:
    """Checks that a structured op on tensors has a result for each tensor that it begins with."""
    tensors = sum(isinstance(output.type, TensorType) for output in op.outputs)
    if not op.outputs or tensors != len(op.results):
        raise VerifyException(
            f"needs an operand of 'outs' for each of its {len(op.results)} results, and one at "
            f"least; it has {len(op.outputs)}"
        )
    types = [output.type for output in op.outputs if isinstance(output.type, TensorType)]
    expect_types("yields", types, op.results)
    last = op.regions[0].block.last_op if op.regions else None
    if last is not None and last.name == "linalg.yield":
        scalars = [getattr(output.type, "element_type", output.type) for output in op.outputs]
        expect_types("has a body that yields", scalars, last.operands)


def check_fill(op: linalg.FillOp) -> None:
    for value, output in zip(op.inputs, op.outputs, strict=False):
        if isinstance(output.type, TensorType) and not isinstance(value.type, TensorType):
            expect_types("takes", [output.type.element_type], [value])


# -- tensor programs ---------------------------------------------------------------------------------


CHECKS: Mapping[str, Callable[[Any], None]] = {
    "arith.bitcast": check_bitcast,
    "cf.br": check_branch,
    "cf.cond_br": check_conditional_branch,
    "cf.switch": check_switch,
    "func.func": check_function,
    "linalg.fill": check_fill,
    "scf.execute_region": check_choice,
    "scf.for": check_for,
    "scf.if": check_if,
    "scf.index_switch": check_choice,
    "scf.parallel": check_parallel,
    "scf.while": check_while,
    "tensor.cast": check_cast,
    "tensor.dim": check_dim,
    "tensor.empty": check_sizes,
    "tensor.expand_shape": check_sizes,
    "tensor.extract": check_extract,
    "tensor.extract_slice": check_slice,
    "tensor.from_elements": check_from_elements,
    "tensor.insert": check_insert,
    "tensor.insert_slice": check_slice,
    "tensor.pad": check_pad,
    "util.initializer": check_initializer,
    "vm.func": check_function,
}
"""Op's name -> its check. By name, so that checking loads no dialect that a program has not."""
