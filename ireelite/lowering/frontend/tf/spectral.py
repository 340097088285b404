"""Rules for complex numbers and Fourier transforms."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import SSAValue

from ireelite.dialects import tf
from ireelite.dialects.stablehlo import elementwise as ew
from ireelite.dialects.stablehlo.attributes import FftType
from ireelite.dialects.stablehlo.fourier import FftOp
from ireelite.dialects.stablehlo.mixed import ComplexOp, ImagOp, RealOp
from ireelite.dialects.tensor_types import shape_of
from ireelite.lowering.frontend.tf.constants import constant_ints
from ireelite.lowering.frontend.tf.conversion import TfConversion
from ireelite.lowering.frontend.tf.nodes import Rule, fail
from ireelite.lowering.frontend.tf.shapes import pad
from ireelite.lowering.frontend.tf.values import numpy_broadcast, slices, splat


def lower_complex(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    real, imaginary = numpy_broadcast(node, [to.value(value) for value in node.data], to)
    return to.insert(ComplexOp(real, imaginary)).result


def lower_real(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return to.insert(RealOp(to.value(node.data[0]))).result


def lower_imaginary(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return to.insert(ImagOp(to.value(node.data[0]))).result


def lower_angle(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    value = to.value(node.data[0])
    parts = [to.insert(op(value)).result for op in (ImagOp, RealOp)]
    return to.insert(ew.Atan2Op(*parts)).result


def lower_magnitude(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    return to.insert(ew.AbsOp(to.value(node.data[0]))).result


# -- Fourier transforms ----------------------------------------------------------------------------


def lower_transform(node: tf.NodeOp, to: TfConversion) -> SSAValue:
    """Returns a transform of as many of the last dimensions as the op names. That of real numbers
    first gets the lengths that its second operand states, by zeros or cuts at the end.
    """
    kind, count = TRANSFORMS[node.op_name]
    value = to.value(node.data[0])
    shape = shape_of(value)
    if len(shape) < count:
        raise fail(node, f"transforms {count} dimensions; {value.type} has {len(shape)}")
    if len(node.data) < 2:
        return to.insert(FftOp(value, kind, shape[-count:])).result
    lengths = constant_ints(node, 1, to)
    if len(lengths) != count or min(lengths) < 1:
        raise fail(node, f"takes {count} lengths, 1 or more, not {lengths}")
    sizes = list(lengths)
    if kind is FftType.IRFFT:
        sizes[-1] = lengths[-1] // 2 + 1
    value = sized(value, [*shape[:-count], *sizes], to)
    return to.insert(FftOp(value, kind, lengths)).result


def sized(value: SSAValue, sizes: Sequence[int], to: TfConversion) -> SSAValue:
    """Returns a tensor cut off at sizes, or continued by zeros."""
    value = slices(value, [(0, min(n, s), 1) for n, s in zip(shape_of(value), sizes)], to)
    missing = [(0, size - extent) for extent, size in zip(shape_of(value), sizes, strict=True)]
    return pad(value, splat(0, value, to, ()), missing, to)


TRANSFORMS: dict[str, tuple[FftType, int]] = {
    f"{kind.value}{count}D" if count > 1 else kind.value: (kind, count)
    for kind in FftType
    for count in (1, 2, 3)
}
"""TensorFlow op -> the transform, and of how many dimensions it is."""

RULES: dict[str, Rule] = {
    **{op: Rule(lower_transform, 2 if "RFFT" in op else 1) for op in TRANSFORMS},
    "Angle": Rule(lower_angle, 1),
    "Complex": Rule(lower_complex, 2),
    "ComplexAbs": Rule(lower_magnitude, 1),
    "Imag": Rule(lower_imaginary, 1),
    "Real": Rule(lower_real, 1),
}
"""TensorFlow op -> the rule of an op on complex numbers."""
