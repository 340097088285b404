"""Custom calls of older JAX for which HLO has an op: Fourier transforms, and approximate selection."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects.builtin import ComplexType, DictionaryAttr, IntegerAttr
from xdsl.ir import SSAValue

from ireelite.bytecode.flatbuffer import Scalar, Scalars, Table, read
from ireelite.dialects import stablehlo as hlo
from ireelite.dialects.stablehlo.attributes import FftType
from ireelite.dialects.stablehlo.custom_call import CustomCallOp
from ireelite.dialects.stablehlo.fourier import FftOp
from ireelite.dialects.stablehlo.scatter_sort import SortOp
from ireelite.dialects.tensor_types import element_type_of, shape_of
from ireelite.lowering.frontend.hlo.shaped_calls import region_of
from ireelite.lowering.rewriting.conversion import Conversion
from ireelite.lowering.rewriting.fold_constants import constant_array
from ireelite.lowering.rewriting.replacing import InPlaceRule
from ireelite.status import invalid_argument

DYNAMIC_FFT = Table(
    "DynamicDuccFftDescriptor",
    {
        "ndims": Scalar("I"),
        "dtype": Scalar("b"),
        "fft_type": Scalar("b"),
        "axes": Scalars("I"),
        "forward": Scalar("b"),
    },
)
STATIC_FFT = Table(
    "DuccFftDescriptor",
    {
        "dtype": Scalar("b"),
        "fft_type": Scalar("b"),
        "shape": Scalars("Q"),
        "strides_in": Scalars("Q"),
        "strides_out": Scalars("Q"),
        "axes": Scalars("I"),
        "forward": Scalar("b"),
        "scale": Scalar("d"),
    },
)
"""What such a call does: its first operand, a FlatBuffer."""


def fourier_transform(schema: Table, op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns a transform, scaled as HLO's is. Raises INVALID_ARGUMENT for a call without a
    constant descriptor, and for one of other dimensions than the last.
    """
    descriptor = constant_array(op.operands[0], LARGEST_DESCRIPTOR) if op.operands else None
    if descriptor is None or len(op.operands) < 2 or len(op.results) != 1:
        raise invalid_argument(
            f"custom call '{op.target}' takes a constant descriptor and a tensor, and yields one"
        )
    found = read(schema, descriptor.tobytes(), identifier=None)
    value, (result,) = op.operands[1], op.results
    rank, axes = len(shape_of(value)), list(found["axes"] or ())
    if not axes or axes != list(range(rank - len(axes), rank)):
        raise invalid_argument(
            f"custom call '{op.target}' transforms the last dimensions, not {axes}"
        )
    kind = kind_of(value, result, bool(found["forward"]))
    whole = result if kind is FftType.IRFFT else value
    lengths = shape_of(whole)[rank - len(axes) :]
    return [to.insert(FftOp(value, kind, lengths)).result]


LARGEST_DESCRIPTOR = 4096
"""Bytes."""


def kind_of(value: SSAValue, result: SSAValue, forward: bool) -> FftType:
    """Returns the kind of a transform between tensors of these types."""
    if not isinstance(element_type_of(value), ComplexType):
        return FftType.RFFT
    if not isinstance(element_type_of(result), ComplexType):
        return FftType.IRFFT
    return FftType.FFT if forward else FftType.IFFT


def approximate_top_k(op: CustomCallOp, to: Conversion) -> Sequence[SSAValue]:
    """Returns the first elements of sorted tensors, which is exact. The comparator is a function;
    the second half of the operands are scalars for tensors that are too short. Raises
    INVALID_ARGUMENT for a call without a comparator, or without a dimension.
    """
    options = op.attributes.get("mhlo.backend_config")
    found = options.data if isinstance(options, DictionaryAttr) else {}
    dimension, count = found.get("reduction_dim"), len(op.results)
    if not isinstance(dimension, IntegerAttr) or len(op.operands) != 2 * count:
        raise invalid_argument(
            f"custom call '{op.target}' takes tensors and as many scalars, and has a 'reduction_dim'"
        )
    dim = dimension.value.data
    ordered = to.insert(SortOp(op.operands[:count], region_of(op), dim)).results
    return [
        to.insert(hlo.SliceOp(value, [(0, extent, 1) for extent in shape_of(result)])).results[0]
        for value, result in zip(ordered, op.results, strict=True)
    ]


def fft_rule(schema: Table) -> InPlaceRule:
    """Returns the rule of calls with such a descriptor."""
    return lambda op, to: fourier_transform(schema, op, to)


TARGETS: dict[str, InPlaceRule] = {
    "ApproxTopK": approximate_top_k,
    "ducc_fft": fft_rule(STATIC_FFT),
    "dynamic_ducc_fft": fft_rule(DYNAMIC_FFT),
}
"""Target's name -> its rule."""
