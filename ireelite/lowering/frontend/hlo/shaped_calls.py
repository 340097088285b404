"""Custom calls whose shapes are decided by operands, where those are constants.

JAX makes them of programs with symbolic shapes. `stablehlo.dynamic_reduce_window` and its like are ops
of HLO whose attributes have become operands. Any other call lists in `indices_of_shape_operands` which
operands are the shapes of its results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import func
from xdsl.dialects.builtin import (
    DYNAMIC_INDEX,
    DenseArrayBase,
    DenseIntOrFPElementsAttr,
    StringAttr,
    TensorType,
)
from xdsl.ir import Region, SSAValue

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.top_k import TopKOp
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.stablehlo.random_numbers import RngAlgorithmAttr, RngBitGeneratorOp
from ireelite.dialects.stablehlo.windows import (
    DynamicReduceWindowOp,
    ReduceWindowOp,
    WindowDim,
)
from ireelite.dialects.symbols import find_symbol
from ireelite.dialects.tensor_types import element_type_of
from ireelite.lowering.frontend.hlo.building import convert
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import constant_array
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError, invalid_argument

SHAPE_OPERANDS = "indices_of_shape_operands"
"""The attribute with the numbers of the operands that are the results' shapes."""


def constants(op: CustomCallOp, place: int) -> list[int]:
    """Returns the elements of an operand. Raises UNIMPLEMENTED for one that is not a constant,
    INVALID_ARGUMENT if there is no such operand.
    """
    if not 0 <= place < len(op.operands):
        raise invalid_argument(f"custom call '{op.target}' has no operand {place}")
    array = constant_array(op.operands[place])
    if array is None:
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"custom call '{op.target}' needs a constant as operand {place}, since shapes are static; "
            "give the arguments static shapes, in the text or by --input-shapes",
        )
    return [int(value) for value in array.reshape(-1)]


def shape_operands(op: CustomCallOp) -> list[int]:
    """Returns the numbers of the operands that are the results' shapes, in the order of the
    results.
    """
    listed = op.attributes.get(SHAPE_OPERANDS)
    if isinstance(listed, DenseIntOrFPElementsAttr | DenseArrayBase):
        return [int(value) for value in listed.get_values()]  # pyright: ignore[reportArgumentType]
    return []


def static_call(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the call with results of static types."""
    places = shape_operands(op)
    if len(places) != len(op.results):
        raise invalid_argument(
            f"custom call '{op.target}' has {len(op.results)} results, and {len(places)} shapes"
        )
    types = [
        TensorType(element_type_of(result), constants(op, place))
        for result, place in zip(op.results, places, strict=True)
    ]
    new = CustomCallOp.create(
        operands=list(op.operands),
        result_types=types,
        properties=dict(op.properties),
        attributes=dict(op.attributes),
    )
    return to.insert(new).results


# -- ops of HLO ----------------------------------------------------------------------------------------


def region_of(op: CustomCallOp) -> Region:
    """Returns the body of the function that a call names, as a region of HLO. The function itself,
    which is public and may end like a region, becomes a private one that ends like a function.
    Raises INVALID_ARGUMENT if the call names none.
    """
    names = op.called_computations
    function = find_symbol(op, names.data[0]) if names is not None and names.data else None
    if not isinstance(function, func.FuncOp) or len(function.body.blocks) != 1:
        raise invalid_argument(
            f"custom call '{op.target}' needs a function in 'called_computations'"
        )
    region = function.body.clone()
    for block, kind in ((region.block, hlo.ReturnOp), (function.body.block, func.ReturnOp)):
        end = block.last_op
        if end is not None and not isinstance(end, kind):
            block.add_op(kind(*end.operands))
            end.detach()
            end.erase()
    function.sym_visibility = StringAttr("private")
    return region


def is_open_call(op: CustomCallOp, places: Sequence[int]) -> bool:
    """Returns whether a call takes a tensor of an open size, and numbers that follow from sizes."""
    first = op.operands[0].type
    known = isinstance(first, TensorType) and DYNAMIC_INDEX not in first.get_shape()
    return not known and any(constant_array(op.operands[place]) is None for place in places)


def reduce_windows(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Inputs, as many starts, and then sizes, strides, two dilations, and the padding."""
    count = len(op.results)
    if len(op.operands) != 2 * count + 5:
        raise invalid_argument(
            f"custom call '{op.target}' takes {2 * count + 5} operands, not {len(op.operands)}"
        )
    if is_open_call(op, range(2 * count, 2 * count + 5)):
        made = DynamicReduceWindowOp.create(
            operands=list(op.operands), result_types=list(op.result_types), regions=[region_of(op)]
        )
        return to.insert(made).results
    sizes, strides, base, dilations, padding = (constants(op, 2 * count + k) for k in range(5))
    windows = [
        WindowDim(*row)
        for row in zip(sizes, strides, padding[::2], padding[1::2], base, dilations, strict=True)
    ]
    inputs, starts = op.operands[:count], op.operands[count : 2 * count]
    return to.insert(ReduceWindowOp(inputs, starts, windows, region_of(op))).results


def generate_bits(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the state and the shape of the numbers."""
    algorithm = op.attributes.get("rng_algorithm")
    if not isinstance(algorithm, RngAlgorithmAttr) or len(op.results) != 2:
        raise invalid_argument(
            f"custom call '{op.target}' needs an 'rng_algorithm', and yields a state and numbers"
        )
    type = TensorType(element_type_of(op.results[1]), constants(op, 1))
    return to.insert(RngBitGeneratorOp(algorithm.data, op.operands[0], type)).results


def largest_elements(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a tensor, and how many elements."""
    (k,) = constants(op, 1)
    made = to.insert(TopKOp(op.operands[0], k))
    return [made.values, convert(made.indices, element_type_of(op.results[1]), to)]


DYNAMIC_OPS: Mapping[str, InPlaceRule] = {
    "stablehlo.dynamic_reduce_window": reduce_windows,
    "stablehlo.dynamic_rng_bit_generator": generate_bits,
    "stablehlo.dynamic_top_k": largest_elements,
}
"""Target's name -> its rule."""
