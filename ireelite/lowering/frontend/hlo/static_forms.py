"""Ops whose shape is decided by operands, where those are constants: the ops of static shapes that
they are then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from xdsl.dialects import arith, tensor
from xdsl.dialects.builtin import DYNAMIC_INDEX, DenseIntOrFPElementsAttr, TensorType, i32
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.utils.exceptions import VerifyException

from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.chlo.dynamic_reshape import INFERRED_SIZE, DynamicReshapeOp
from ireelite.dialects.stablehlo import dynamic_shapes as dynamic
from ireelite.dialects.stablehlo.convolution import DynamicConvOp
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.stablehlo.fields import number, numbers
from ireelite.dialects.stablehlo.gather import GatherOp
from ireelite.dialects.stablehlo.indexing import PadOp
from ireelite.dialects.stablehlo.random_numbers import RngOp
from ireelite.dialects.stablehlo.shapes import compatible, is_static
from ireelite.dialects.stablehlo.windows import DynamicReduceWindowOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.building import broadcast, constant
from ireelite.lowering.frontend.hlo.shaped_calls import DYNAMIC_OPS, shape_operands, static_call
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import constant_array
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import StatusCode, StatusError, invalid_argument

SHAPE_ASSERTION = "shape_assertion"
"""Target of the custom call by which JAX checks sizes: a predicate, and the numbers of its message."""


def constant_numbers(op: Operation, name: str) -> list[int]:
    """Returns the elements of an operand of integers, in row-major order. Raises UNIMPLEMENTED for
    one that is not a constant, naming the op and the operand.
    """
    value: SSAValue = getattr(op, name)
    made = value.owner
    if isinstance(made, arith.ConstantOp) and isinstance(made.value, DenseIntOrFPElementsAttr):
        return [int(v) for v in made.value.get_values()]  # pyright: ignore[reportArgumentType]
    array = constant_array(value)
    if array is None:
        how = f"'{made.name}' computes it" if isinstance(made, Operation) else "it is an argument"
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"'{op.name}' needs a constant as {name}, since shapes are static; {how}",
        )
    return [int(v) for v in array.reshape(-1)]


def require_static(op: Operation, value: SSAValue) -> None:
    """Raises UNIMPLEMENTED for an operand whose shape is not known."""
    if not is_static(shape_of(value)):
        raise StatusError(
            StatusCode.UNIMPLEMENTED,
            f"'{op.name}' has an operand of type {value.type}, whose shape is not known when the "
            "program is compiled; give the arguments static shapes",
        )


def made_static(value: SSAValue, type: Attribute) -> Sequence[SSAValue]:
    """Returns a result in place of one of another type. Raises INVALID_ARGUMENT for an op that its
    verifier refuses, or whose shape can't be that type's.
    """
    assert isinstance(type, TensorType)
    if isinstance(made := value.owner, Operation):
        try:
            made.verify_()
        except VerifyException as error:
            raise invalid_argument(f"'{made.name}' op {error}") from error
    if not compatible(shape_of(value), type.get_shape()):
        raise invalid_argument(f"its operands make a {value.type}, and it yields a {type}")
    return [value]


# -- rules -------------------------------------------------------------------------------------------


def static_size(op: dynamic.GetDimensionSizeOp, to: Conversion) -> Sequence[SSAValue]:
    if (size := shape_of(op.operand)[op.dim]) == DYNAMIC_INDEX:
        require_static(op, op.operand)
    return [constant(size, i32, to)]


def static_resized(op: dynamic.SetDimensionSizeOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the leading elements along the dimension."""
    require_static(op, op.operand)
    (size,), shape = constant_numbers(op, "size"), shape_of(op.operand)
    if not 0 <= size <= shape[op.dim]:
        raise invalid_argument(f"a dimension of {shape[op.dim]} can't get a size of {size}")
    if size == shape[op.dim]:
        return [op.operand]
    ranges = [(0, size if d == op.dim else whole, 1) for d, whole in enumerate(shape)]
    return made_static(to.insert(hlo.SliceOp(op.operand, ranges)).result, op.result.type)


def static_iota(op: dynamic.DynamicIotaOp, to: Conversion) -> Sequence[SSAValue]:
    type = TensorType(element_type_of(op.result), constant_numbers(op, "output_shape"))
    iota = to.insert(hlo.IotaOp(number(op.iota_dimension), type)).result
    return made_static(iota, op.result.type)


def static_reshape(op: dynamic.DynamicReshapeOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.operand)
    type = TensorType(element_type_of(op.operand), constant_numbers(op, "output_shape"))
    reshaped = hlo.ReshapeOp(op.operand, type)
    return made_static(to.insert(reshaped).result, op.result.type)


def static_inferred_reshape(op: DynamicReshapeOp, to: Conversion) -> Sequence[SSAValue]:
    """Reshapes to a shape in which one size may follow from the number of elements. Raises
    INVALID_ARGUMENT for several such sizes, and for a number of elements that does not fit.
    """
    require_static(op, op.operand)
    sizes, count = constant_numbers(op, "output_shape"), prod(shape_of(op.operand))
    if INFERRED_SIZE in sizes:
        rows = prod(size for size in sizes if size != INFERRED_SIZE)
        if sizes.count(INFERRED_SIZE) > 1 or count % max(rows, 1):
            raise invalid_argument(f"can't give shape {sizes} to {count} elements")
        sizes[sizes.index(INFERRED_SIZE)] = count // max(rows, 1)
    reshaped = hlo.ReshapeOp(op.operand, TensorType(element_type_of(op.operand), sizes))
    return made_static(to.insert(reshaped).result, op.result.type)


def static_broadcast(op: dynamic.DynamicBroadcastInDimOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.operand)
    shape = constant_numbers(op, "output_dimensions")
    spread = broadcast(op.operand, numbers(op.broadcast_dimensions), shape, to)
    return made_static(spread, op.result.type)


def static_slice(op: dynamic.RealDynamicSliceOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.operand)
    columns = (constant_numbers(op, name) for name in ("start_indices", "limit_indices", "strides"))
    sliced = to.insert(hlo.SliceOp(op.operand, list(zip(*columns, strict=True))))
    return made_static(sliced.result, op.result.type)


def static_pad(op: dynamic.DynamicPadOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.operand)
    low, high, interior = (
        constant_numbers(op, name)
        for name in ("edge_padding_low", "edge_padding_high", "interior_padding")
    )
    padded = to.insert(PadOp(op.operand, op.padding_value, low, high, interior))
    return made_static(padded.result, op.result.type)


def static_gather(op: dynamic.DynamicGatherOp, to: Conversion) -> Sequence[SSAValue]:
    require_static(op, op.operand)
    sizes = constant_numbers(op, "slice_sizes")
    gathered = to.insert(GatherOp(op.operand, op.start_indices, op.dimension_numbers, sizes))
    return made_static(gathered.result, op.result.type)


def static_rng(op: RngOp, to: Conversion) -> Sequence[SSAValue]:
    type = TensorType(element_type_of(op.result), constant_numbers(op, "shape"))
    new = RngOp.create(
        operands=list(op.operands), result_types=[type], properties=dict(op.properties)
    )
    return made_static(to.insert(new).result, op.result.type)


def check_assertion(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Drops an assertion that holds: shapes are static, so that an assertion about them is true or
    false by now. One that data decides is no assertion about shapes, and is dropped too. Raises
    INVALID_ARGUMENT with the call's message for a false one.
    """
    values = [constant_array(value) for value in op.operands]
    if values and values[0] is not None and not values[0].all():
        message = op.attributes.get("error_message", op.backend_config)
        text = str(getattr(message, "data", "a shape is not as the program assumes"))
        for place, value in enumerate(values[1:]):
            text = text.replace(f"{{{place}}}", "?" if value is None else str(value.item()))
        raise invalid_argument(text)
    return []


STATIC_FORMS: Mapping[type[Operation], InPlaceRule] = {
    dynamic.DynamicBroadcastInDimOp: static_broadcast,
    dynamic.DynamicGatherOp: static_gather,
    dynamic.DynamicIotaOp: static_iota,
    dynamic.DynamicPadOp: static_pad,
    dynamic.DynamicReshapeOp: static_reshape,
    DynamicReshapeOp: static_inferred_reshape,
    dynamic.GetDimensionSizeOp: static_size,
    dynamic.RealDynamicSliceOp: static_slice,
    dynamic.SetDimensionSizeOp: static_resized,
}
"""Op -> the function that makes it of ops of static shapes."""


def static_form(op: Operation) -> InPlaceRule | None:
    """Returns the rule for an op whose shape, or whose effect, constants decide."""
    if isinstance(op, CustomCallOp):
        if op.target == SHAPE_ASSERTION:
            return check_assertion
        if not all(map(is_known, op.results)) and shape_operands(op):
            return static_call
        return DYNAMIC_OPS.get(op.target)
    if isinstance(op, RngOp):
        return None if is_known(op.result) else static_rng
    return STATIC_FORMS.get(type(op))


OPEN_FORMS: Mapping[type[Operation], tuple[str, ...]] = {
    dynamic.DynamicBroadcastInDimOp: ("output_dimensions",),
    dynamic.DynamicGatherOp: ("slice_sizes",),
    dynamic.DynamicIotaOp: ("output_shape",),
    dynamic.DynamicPadOp: ("edge_padding_low", "edge_padding_high", "interior_padding"),
    dynamic.DynamicReshapeOp: ("output_shape",),
    DynamicReshapeOp: ("output_shape",),
    dynamic.RealDynamicSliceOp: ("start_indices", "limit_indices", "strides"),
}
"""Op that is lowered where the sizes of arguments decide its shape -> the operands that say it."""


def is_decided_by_arguments(op: Operation) -> bool:
    """Returns whether an op is lowered as it is in a function whose arguments leave sizes open,
    since its shape follows from them when the program runs.
    """
    if isinstance(op, dynamic.GetDimensionSizeOp):
        return shape_of(op.operand)[op.dim] == DYNAMIC_INDEX
    if isinstance(op, DynamicReduceWindowOp | DynamicConvOp):
        return not is_known(op.operands[0])
    if isinstance(op, CustomCallOp):
        return op.target == SHAPE_ASSERTION and constant_array(op.operands[0]) is None
    if isinstance(op, tensor.CastOp):
        return not (is_known(op.source) and is_known(op.dest))
    if (names := OPEN_FORMS.get(type(op))) is None:
        return False
    operand = getattr(op, "operand", None)
    decided = all(constant_array(getattr(op, name)) is not None for name in names)
    return not decided or not (operand is None or is_known(operand))


def is_known(value: SSAValue) -> bool:
    """Returns whether a value is no tensor, or one of a static shape."""
    return not isinstance(value.type, TensorType) or DYNAMIC_INDEX not in value.type.get_shape()
