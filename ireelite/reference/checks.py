"""Checks of programs that test themselves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.ir import Operation

from ireelite.dialects import check
from ireelite.reference.elementwise import total_order
from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, constant, is_float


def record(op: Operation, frame: Frame, problem: str | None) -> list[Array]:
    """Notes a check, and why it failed."""
    frame.machine.checks += 1
    if problem is not None:
        frame.machine.failures.append((op, problem))
    return []


def expect_truth(op: Operation, frame: Frame, operand: Array) -> list[Array]:
    wanted = op.name != "check.expect_false"
    return record(op, frame, None if np.all(operand != 0) == wanted else f"found {operand}")


def expect_equal(op: Operation, frame: Frame, lhs: Array, *more: Array) -> list[Array]:
    return record(op, frame, difference(lhs, other(op, more)))


def other(op: Operation, more: tuple[Array, ...]) -> Array:
    """Returns the second operand, or the constant."""
    return more[0] if more else constant(op.properties["value"])


def difference(lhs: Array, rhs: Array) -> str | None:
    """Returns where the bytes of two arrays differ; None if they are equal."""
    if lhs.tobytes() == rhs.tobytes() and lhs.shape == rhs.shape:
        return None
    return f"expected equality; found {shown(lhs)}, expected {shown(rhs)}"


def shown(array: Array) -> str:
    """Returns an array in one line."""
    return " ".join(np.array2string(array, threshold=20, edgeitems=4).split())


def expect_near(op: Operation, frame: Frame, lhs: Array, *more: Array) -> list[Array]:
    assert isinstance(op, check.ExpectAlmostEqOp | check.ExpectAlmostEqConstOp)
    atol, rtol = check.tolerances(op)
    rhs = other(op, more)
    left, right = parts(lhs), parts(rhs)
    same = (left == right) | (np.isnan(left) & np.isnan(right))
    near = np.isfinite(right) & (np.abs(left - right) <= atol + rtol * np.abs(right))
    problem = (
        f"expected nearness by {atol:g} and {rtol:g}; found {shown(lhs)}, expected {shown(rhs)}"
    )
    return record(op, frame, None if np.all(same | near) else problem)


def parts(array: Array) -> Array:
    """Floats in f64; the real and imaginary parts of complex numbers."""
    if array.dtype.kind == "c":
        return np.stack([array.real, array.imag]).astype(np.float64)
    return array.astype(np.float64)


def expect_close(op: Operation, frame: Frame, lhs: Array, rhs: Array) -> list[Array]:
    assert isinstance(op, check.ExpectCloseOp)
    least, most = check.ulp_bounds(op)
    pairs = [(lhs, rhs)] if is_float(lhs.dtype) else [(lhs.real, rhs.real), (lhs.imag, rhs.imag)]
    for left, right in pairs:
        places = [order(x) for x in (left, right)]
        distance = np.abs(places[0] - places[1])
        same = (left == right) | (np.isnan(parts(left)) & np.isnan(parts(right)))
        finite = np.isfinite(parts(left)) & np.isfinite(parts(right))
        distance = np.where(same, 0, np.where(finite, distance, most + 1))
        if not np.all((distance >= least) & (distance <= most)):
            return record(op, frame, f"found {shown(lhs)} and {shown(rhs)}, {distance} apart")
    return record(op, frame, None)


def order(x: Array) -> Array:
    """Returns the place of floats among those of their type; both zeros have one."""
    places = total_order(np.ascontiguousarray(x))
    return np.where(places < 0, places + 1, places)


def probe(op: check.ProbeOp, frame: Frame, operand: Array) -> Array:
    frame.machine.probes[op.probe_id.data].append(operand)
    return operand


def expect_serialized(op: check.ExpectSerializedEqOp, frame: Frame, expected: Array) -> list[Array]:
    turn = 0 if op.iteration is None else op.iteration.value.data
    kept = frame.machine.probes[op.probe_id.data]
    if turn >= len(kept):
        return record(op, frame, f"probe '{op.probe_id.data}' kept {len(kept)} values")
    return record(op, frame, difference(kept[turn], expected))


REFERENCES: Mapping[str, Reference] = {
    "check.expect_all_true": expect_truth,
    "check.expect_almost_eq": expect_near,
    "check.expect_almost_eq_const": expect_near,
    "check.expect_close": expect_close,
    "check.expect_eq": expect_equal,
    "check.expect_eq_const": expect_equal,
    "check.expect_false": expect_truth,
    "check.expect_serialized_eq": expect_serialized,
    "check.expect_true": expect_truth,
    "interpreter.probe": probe,
}
