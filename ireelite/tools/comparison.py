"""What `--expected_output` means: comparing results with what was expected, in upstream's words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ireelite.element_types import ElementType, NumericalKind
from ireelite.status import StatusCode, StatusError
from ireelite.values import (
    TensorValue,
    element_numbers,
    element_texts,
    format_scalar,
    format_tensor,
)

Scalar = tuple[str, int | float]
"""Kind (`i`, `I`, `f`, `F`) and value."""

Value = TensorValue | Scalar | None
"""A result as the tools see it; None is a null reference."""

IGNORED = "(ignored)"


@dataclass(frozen=True)
class Tolerance:
    """When two floats count as equal: |actual - expected| <= threshold + rtol * |expected|."""

    thresholds: dict[str, float] = field(
        default_factory=lambda: {"f16": 1e-3, "f32": 1e-4, "f64": 1e-4, "bf16": 1e-2}
    )
    """By element type; types that are not listed compare exactly."""
    relative: float = 1e-5
    exact: bool = False

    def equal(self, type: str, expected: float, actual: float) -> bool:
        """Returns whether two numbers of a type match; NaN matches NaN."""
        if expected == actual or (math.isnan(expected) and math.isnan(actual)):
            return True
        threshold = self.thresholds.get(type)
        if (
            self.exact
            or threshold is None
            or not (math.isfinite(expected) and math.isfinite(actual))
        ):
            return False
        return abs(actual - expected) <= threshold + self.relative * abs(expected)


def compare_all(
    expected: Sequence[Value | str],
    actual: Sequence[Value],
    tolerance: Tolerance,
    max_elements: int,
) -> list[str]:
    """Returns a report for each result that does not match; none means success."""
    if len(expected) != len(actual):
        return [f"[FAILED] expected {len(expected)} list elements but {len(actual)} provided"]
    reports: list[str] = []
    for position, (want, have) in enumerate(zip(expected, actual)):
        if (
            want != IGNORED
            and (problem := _compare(want, have, tolerance, max_elements)) is not None
        ):
            reports.append(f"[FAILED] result[{position}]: {problem}")
    return reports


def _compare(want: Value | str, have: Value, tolerance: Tolerance, max_elements: int) -> str | None:
    if isinstance(want, TensorValue) and isinstance(have, TensorValue):
        problem = _compare_tensors(want, have, tolerance)
        if problem is None:
            return None
        return (
            f"{problem}; expected that the view is equal to contents of a view of {want.metadata}\n"
            f"  expected:\n{format_tensor(want, max_elements)}\n"
            f"  actual:\n{format_tensor(have, max_elements)}"
        )
    if isinstance(want, tuple) and isinstance(have, tuple) and want[0] == have[0]:
        type = {"f": "f32", "F": "f64"}.get(want[0], "int")
        if tolerance.equal(type, want[1], have[1]):
            return None
        return f"value is {format_scalar(have[1], have[0])}; expected {format_scalar(want[1], want[0])}"
    if want is None and have is None:
        return None
    return f"variant types mismatch; expected {_type_name(want)} but got {_type_name(have)}"


def _compare_tensors(want: TensorValue, have: TensorValue, tolerance: Tolerance) -> str | None:
    if want.shape != have.shape or not _same_type(want.type, have.type):
        return f"metadata is {have.metadata}; expected that the view matches {want.metadata}"
    count = math.prod(want.shape)
    if bytes(want.data) == bytes(have.data):
        return None
    expected, actual = (element_numbers(value.type, value.data, count) for value in (want, have))
    if expected is None or actual is None:
        size = want.type.byte_size
        pieces = [memoryview(value.data)[: count * size] for value in (want, have)]
        unequal = (
            n for n in range(count) if pieces[0][n * size :][:size] != pieces[1][n * size :][:size]
        )
    else:
        unequal = (
            n for n in range(count) if not tolerance.equal(want.type.name, expected[n], actual[n])
        )
    index = next(unequal, None)
    if index is None:
        return None
    have_text = element_texts(have, index + 1)[-1]
    want_text = element_texts(want, index + 1)[-1]
    return f"element at index {index} ({have_text}) does not match the expected ({want_text})"


def _same_type(want: ElementType, have: ElementType) -> bool:
    # NumPy files hold `si32` where programs have `i32`.
    signless = {NumericalKind.SIGNED: NumericalKind.INTEGER}
    return want.bits == have.bits and signless.get(want.kind, want.kind) == signless.get(
        have.kind, have.kind
    )


def _type_name(value: Value | str) -> str:
    if isinstance(value, TensorValue):
        return "hal.buffer_view"
    if isinstance(value, tuple):
        return {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}[value[0]]
    if value is None:
        return "empty"
    raise StatusError(StatusCode.INTERNAL, f"{value!r} cannot be compared")
