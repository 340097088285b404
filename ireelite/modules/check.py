"""The VM module `check`: what programs call to test themselves.

Names and calling conventions are those of IREE's `check.imports.mlir`. A check that fails is written
down and the program goes on, so that one run shows all there is to see. The imports are optional:
a program that is run without this module skips its checks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ireelite.element_types import ElementType, NumericalKind, from_code
from ireelite.hal.buffer import BufferView
from ireelite.small_floats import FORMATS
from ireelite.status import invalid_argument
from ireelite.values import TensorValue, element_numbers, format_tensor
from ireelite.vm.arithmetic import round_f32
from ireelite.vm.native import NativeModule, vm_export


@dataclass(frozen=True)
class CheckFailure:
    """A check that failed: its name, and what was expected and what was found."""

    check: str
    message: str


@dataclass
class CheckLog:
    """What the checks of a context found."""

    executed: int = 0
    """How many checks ran."""
    failures: list[CheckFailure] = field(default_factory=list)


class CheckState:
    """The module's functions over a log. They raise INVALID_ARGUMENT for null references and for
    element types that cannot be compared.
    """

    def __init__(self, log: CheckLog):
        self.log = log

    def fork(self) -> CheckState:
        """The functions for a forked context: over the same log."""
        return CheckState(self.log)

    @vm_export("expect_true", "0i_v")
    def expect_true(self, operand: int) -> None:
        """The number is not zero."""
        self._record("expect_true", None if operand else "Expected 0 to be nonzero.")

    @vm_export("expect_false", "0i_v")
    def expect_false(self, operand: int) -> None:
        """The number is zero."""
        self._record("expect_false", f"Expected {operand} to be zero." if operand else None)

    @vm_export("expect_all_true", "0rr_v")
    def expect_all_true(self, device: Any, operand: BufferView | None) -> None:
        """No element is zero; NaN is none."""
        value = _read("operand", operand)
        numbers = _numbers(value)
        zero = next((n for n, number in enumerate(numbers) if number == 0), None)
        self._record(
            "expect_all_true",
            None
            if zero is None
            else f"Expected all elements to be nonzero. The first zero is at index {zero}.\n"
            f"{_shown('operand', value)}",
        )

    @vm_export("expect_eq", "0rrr_v")
    def expect_eq(self, device: Any, lhs: BufferView | None, rhs: BufferView | None) -> None:
        """Element types, shapes and bytes are the same."""
        left, right = _read("lhs", lhs), _read("rhs", rhs)
        problems = _form_problems(left, right)
        if bytes(left.data) != bytes(right.data):
            problems.append("Contents does not match.")
        self._compared("expect_eq", "Expected equality of these values.", problems, left, right)

    @vm_export("expect_almost_eq", "0rrrff_v")
    def expect_almost_eq(
        self,
        device: Any,
        lhs: BufferView | None,
        rhs: BufferView | None,
        atol: float,
        rtol: float,
    ) -> None:
        """Floats of one type and shape with |lhs - rhs| <= atol + rtol * |rhs|; infinities of one
        sign match, and so do NaNs.
        """
        left, right = _read("lhs", lhs), _read("rhs", rhs)
        problems = _form_problems(left, right)
        if not problems:
            problems = _tolerance_problems(left, right, atol, rtol)
        title = "Expected near equality of these values."
        self._compared("expect_almost_eq", title, problems, left, right)

    def _compared(
        self, check: str, title: str, problems: list[str], left: TensorValue, right: TensorValue
    ) -> None:
        message = None
        if problems:
            message = "\n".join(
                [" ".join([title, *problems]), _shown("lhs", left), _shown("rhs", right)]
            )
        self._record(check, message)

    def _record(self, check: str, message: str | None) -> None:
        self.log.executed += 1
        if message is not None:
            self.log.failures.append(CheckFailure(check, message))


def check_module(log: CheckLog) -> NativeModule:
    """The module `check`, version 0, whose functions write to this log."""
    return NativeModule("check", version=0, state_factory=lambda: CheckState(log))


def almost_equal(lhs: float, rhs: float, atol: float, rtol: float, is_f64: bool = False) -> bool:
    """NumPy's `isclose` with NaNs equal, in the arithmetic of f32 unless `is_f64`."""
    if lhs == rhs or (math.isnan(lhs) and math.isnan(rhs)):
        return True
    if not math.isfinite(rhs):
        return False
    if is_f64:
        return abs(lhs - rhs) <= atol + rtol * abs(rhs)
    difference = abs(round_f32(lhs - rhs))
    return difference <= round_f32(atol + round_f32(rtol * abs(rhs)))


def _read(name: str, view: BufferView | None) -> TensorValue:
    """The view's elements, wherever its buffer lives."""
    if view is None:
        raise invalid_argument(f"{name} is null; a hal.buffer_view is expected")
    type = from_code(view.element_type)
    return TensorValue(tuple(view.shape), type, view.buffer.read(0, _byte_length(view, type)))


def _byte_length(view: BufferView, type: ElementType) -> int:
    return math.prod(view.shape) * type.byte_size


def _numbers(value: TensorValue) -> Sequence[int | float]:
    if value.type.kind == NumericalKind.BOOLEAN:
        return list(bytes(value.data))
    numbers = element_numbers(value.type, value.data, math.prod(value.shape))
    if numbers is None:
        raise invalid_argument(f"unsupported element type {value.type}")
    return numbers


def _form_problems(left: TensorValue, right: TensorValue) -> list[str]:
    problems: list[str] = []
    if left.type != right.type:
        problems.append("Element types do not match.")
    if left.shape != right.shape:
        problems.append("Shapes do not match.")
    return problems


def _tolerance_problems(
    left: TensorValue, right: TensorValue, atol: float, rtol: float
) -> list[str]:
    type = left.type
    if type.kind != NumericalKind.FLOAT and (type.kind, type.bits) not in FORMATS:
        raise invalid_argument(f"unsupported element type {type}")
    for index, (lhs, rhs) in enumerate(zip(_numbers(left), _numbers(right))):
        if not almost_equal(lhs, rhs, atol, rtol, type.bits == 64):
            return [
                "Contents does not match to tolerance parameters "
                f"atol={atol:g}, rtol={rtol:g}. The first failure occurs at index {index} as the "
                f"lhs value {lhs:g} differs from the rhs value {rhs:g} by {rhs - lhs:.3e}."
            ]
    return []


def _shown(name: str, value: TensorValue) -> str:
    return f"  {name}:\n    {format_tensor(value)}"
