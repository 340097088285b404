"""How near the numbers of two tensors are, for checks: element by element, in NumPy arrays.

Nearness is that of NumPy's `isclose` with NaNs equal: |lhs - rhs| <= atol + rtol * |rhs|, in f32 for
every type but f64. Distance is the number of steps from one representable number to the other.
"""

from __future__ import annotations

from typing import Any

import numpy

from ireelite.element_types import ElementType, NumericalKind, from_name
from ireelite.packed_integers import unpack
from ireelite.small_float_arrays import code_dtype, format_of, widened
from ireelite.status import invalid_argument
from ireelite.values import TensorValue

Array = numpy.ndarray[Any, numpy.dtype[Any]]

PLAIN_KINDS = frozenset(
    {
        NumericalKind.BOOLEAN,
        NumericalKind.FLOAT,
        NumericalKind.INTEGER,
        NumericalKind.SIGNED,
        NumericalKind.UNSIGNED,
    }
)

MAX_SHOWN = 3
"""Elements that a message shows, the worst first."""


def numbers_of(value: TensorValue) -> Array:
    """Returns the elements in row-major order; floats that NumPy lacks as f32. Raises
    INVALID_ARGUMENT for a type whose elements are not single numbers.
    """
    type = value.type
    if type.storage_bits < 8:
        return unpack(value.data, value.shape, type, numpy.dtype(numpy.int8)).reshape(-1)
    if type.kind == NumericalKind.BOOLEAN:
        return numpy.frombuffer(value.data, numpy.uint8)
    if format_of(type) is not None:
        return widened(numpy.frombuffer(value.data, code_dtype(type)), type)
    if type.kind not in PLAIN_KINDS or type.numpy is None:
        raise unsupported(type)
    return numpy.frombuffer(value.data, type.numpy)


def parts(value: TensorValue) -> TensorValue:
    """Returns a tensor of floats: itself, or the real and imaginary parts of complex numbers.
    Raises INVALID_ARGUMENT for other types.
    """
    type = value.type
    if type.kind == NumericalKind.COMPLEX:
        return TensorValue((*value.shape, 2), from_name(f"f{type.bits // 2}"), value.data)
    if type.kind != NumericalKind.FLOAT and format_of(type) is None:
        raise unsupported(type)
    return value


def unsupported(type: ElementType) -> Exception:
    """Returns the error of a type that is not compared."""
    return invalid_argument(f"unsupported element type {type}")


def tolerance(lhs: Array, rhs: Array, atol: float, rtol: float) -> tuple[Array, Array]:
    """Returns |lhs - rhs| and the largest difference that is near, each in f32, or of f64 in f64."""
    if lhs.dtype == numpy.float64:  # tolerances come as f32; their text is what was written
        atol, rtol = (float(f"{bound:.7g}") for bound in (atol, rtol))
    else:
        lhs, rhs = lhs.astype(numpy.float32), rhs.astype(numpy.float32)
    kind = lhs.dtype.type
    return abs(lhs - rhs), kind(atol) + kind(rtol) * abs(rhs)


def equal(lhs: Array, rhs: Array) -> Array:
    """Returns whether elements are the same number, or both NaN."""
    return (lhs == rhs) | (numpy.isnan(lhs) & numpy.isnan(rhs))


def tolerance_problem(lhs: TensorValue, rhs: TensorValue, atol: float, rtol: float) -> str | None:
    """Returns what is not near of two tensors of floats of one type and shape; None if all is."""
    left, right = numbers_of(parts(lhs)), numbers_of(parts(rhs))
    with numpy.errstate(all="ignore"):
        difference, bound = tolerance(left, right, atol, rtol)
        finite = numpy.isfinite(left) & numpy.isfinite(right)
        far = ~((finite & (difference <= bound)) | equal(left, right))
        excess = numpy.where(finite, difference - bound, numpy.inf)
    if not far.any():
        return None
    first = int(far.argmax())
    a, b = float(left[first]), float(right[first])
    return (
        "Contents does not match to tolerance parameters "
        f"atol={atol:g}, rtol={rtol:g}. The first failure occurs at index {first} as the "
        f"lhs value {a:g} differs from the rhs value {b:g} by {b - a:.3e}."
        f"{worst_elements(far, excess, left, right)}"
    )


def distance_problem(lhs: TensorValue, rhs: TensorValue, least: int, most: int) -> str | None:
    """Returns which floats of two tensors of one type and shape are nearer than `least`
    representable numbers, or farther than `most`; None if all are between. NaNs are no distance
    apart, and numbers that are not finite are farther than any from others.
    """
    lhs, rhs = parts(lhs), parts(rhs)
    left, right = numbers_of(lhs), numbers_of(rhs)
    same = equal(left, right)
    distance = numpy.where(same, numpy.uint64(0), steps(lhs, rhs))
    comparable = same | (numpy.isfinite(left) & numpy.isfinite(right))
    fits = distance <= numpy.uint64(max(most, 0)) if most >= 0 else numpy.zeros_like(same)
    far = ~(comparable & fits & (distance >= numpy.uint64(max(least, 0))))
    if not far.any():
        return None
    first = int(far.argmax())
    apart = int(distance[first]) if comparable[first] else "too many"
    excess = numpy.where(comparable, distance.astype(numpy.float64), numpy.inf)
    return (
        f"Contents does not match: at index {first} {float(left[first]):g} and "
        f"{float(right[first]):g} are {apart} representable numbers apart, not {least} to {most}."
        f"{worst_elements(far, excess, left, right)}"
    )


def steps(lhs: TensorValue, rhs: TensorValue) -> Array:
    """Returns the representable numbers between those of two tensors of floats of one type."""
    bits = lhs.type.bits
    sign = numpy.uint64(1 << (bits - 1))
    codes = (
        numpy.frombuffer(value.data, f"uint{bits}").astype(numpy.uint64) for value in (lhs, rhs)
    )
    (left, left_size), (right, right_size) = (
        (code & sign, code & numpy.uint64((1 << (bits - 1)) - 1)) for code in codes
    )
    between = numpy.maximum(left_size, right_size) - numpy.minimum(left_size, right_size)
    return numpy.where(left == right, between, left_size + right_size)


def worst_elements(far: Array, excess: Array, lhs: Array, rhs: Array) -> str:
    """Returns the elements that are farthest apart, where several are too far."""
    places = numpy.flatnonzero(far)
    if len(places) < 2:
        return ""
    order = numpy.argsort(-excess[places], kind="stable")[:MAX_SHOWN]
    shown = ", ".join(
        f"{float(lhs[place]):g} and {float(rhs[place]):g} at index {place}"
        for place in places[order]
    )
    return f" Of {far.size} elements {len(places)} fail; the worst are {shown}."
