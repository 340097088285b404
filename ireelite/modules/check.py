"""The VM module `check`: what programs call to test themselves.

Names and calling conventions are those of IREE's `check.imports.mlir`; `expect_close`, `probe` and
`expect_serialized_eq` are additions, for programs that test an interpreter of StableHLO. A check
that fails is written down and the program goes on, so that one run shows all there is to see. The
imports are optional: a program that is run without this module skips its checks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ireelite.element_types import ElementType, NumericalKind, from_code, from_name
from ireelite.hal.buffer import BufferView
from ireelite.modules.hal_arguments import text
from ireelite.small_floats import FORMATS
from ireelite.status import invalid_argument
from ireelite.values import TensorValue, element_numbers, format_tensor
from ireelite.vm.arithmetic import round_f32
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.refs import Buffer as VmBuffer


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
    probes: dict[str, list[TensorValue]] = field(default_factory=dict)
    """Name of a probe -> what it kept, in order."""


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

    @vm_export("expect_close", "0rrrII_v")
    def expect_close(
        self,
        device: Any,
        lhs: BufferView | None,
        rhs: BufferView | None,
        least: int,
        most: int,
    ) -> None:
        """Floats of one type and shape, between `least` and `most` representable numbers from each
        other; NaNs match.
        """
        left, right = _read("lhs", lhs), _read("rhs", rhs)
        problems = _form_problems(left, right)
        if not problems:
            problems = _distance_problems(left, right, least, most)
        self._compared("expect_close", "Expected close values.", problems, left, right)

    @vm_export("probe", "0rrr_v")
    def probe(self, device: Any, operand: BufferView | None, name: VmBuffer) -> None:
        """Keeps a tensor under a name, behind those that have the name already."""
        kept = self.log.probes.setdefault(text(name), [])
        kept.append(_read("operand", operand))

    @vm_export("expect_serialized_eq", "0rrrI_v")
    def expect_serialized_eq(
        self, device: Any, expected: BufferView | None, name: VmBuffer, turn: int
    ) -> None:
        """The tensor that a probe kept as number `turn` is the expected one."""
        right, kept = _read("expected", expected), self.log.probes.get(text(name), [])
        check = "expect_serialized_eq"
        if not 0 <= turn < len(kept):
            count = f"probe '{text(name)}' kept {len(kept)} values"
            self._record(check, f"Expected value {turn} of a probe; {count}.")
            return
        left = kept[turn]
        problems = _form_problems(left, right)
        if bytes(left.data) != bytes(right.data):
            problems.append("Contents does not match.")
        self._compared(check, "Expected equality of these values.", problems, left, right)

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
    if is_f64:  # tolerances come as f32; what was written is their shortest decimal
        atol, rtol = (float(f"{tolerance:.7g}") for tolerance in (atol, rtol))
        return abs(lhs - rhs) <= atol + rtol * abs(rhs)
    difference = abs(round_f32(lhs - rhs))
    return difference <= round_f32(atol + round_f32(rtol * abs(rhs)))


def _read(name: str, view: BufferView | None) -> TensorValue:
    """The view's elements, wherever its buffer lives."""
    if view is None:
        raise invalid_argument(f"{name} is null; a hal.buffer_view is expected")
    type = from_code(view.element_type)
    data = view.buffer.read(0, _byte_length(view, type))
    used = math.prod(view.shape) * type.storage_bits % 8
    if used:  # what the last byte holds above the last element is nothing to compare
        data = memoryview(bytes(data[:-1]) + bytes([data[-1] & ((1 << used) - 1)]))
    return TensorValue(tuple(view.shape), type, data)


def _byte_length(view: BufferView, type: ElementType) -> int:
    return type.packed_size(math.prod(view.shape))


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
    (type, lefts), (_, rights) = _floats(left), _floats(right)
    for index, (lhs, rhs) in enumerate(zip(lefts, rights)):
        if not almost_equal(lhs, rhs, atol, rtol, type.bits == 64):
            return [
                "Contents does not match to tolerance parameters "
                f"atol={atol:g}, rtol={rtol:g}. The first failure occurs at index {index} as the "
                f"lhs value {lhs:g} differs from the rhs value {rhs:g} by {rhs - lhs:.3e}."
            ]
    return []


def _floats(value: TensorValue) -> tuple[ElementType, Sequence[int | float]]:
    """The type and the numbers of a tensor of floats; real and imaginary parts of complex ones."""
    type, shape = value.type, value.shape
    if type.kind == NumericalKind.COMPLEX:
        type, shape = from_name(f"f{type.bits // 2}"), (*shape, 2)
    elif type.kind != NumericalKind.FLOAT and (type.kind, type.bits) not in FORMATS:
        raise invalid_argument(f"unsupported element type {type}")
    return type, _numbers(TensorValue(shape, type, value.data))


def _distance_problems(left: TensorValue, right: TensorValue, least: int, most: int) -> list[str]:
    (type, lefts), (_, rights) = _floats(left), _floats(right)
    pairs = zip(lefts, rights, _places(left, type.bits), _places(right, type.bits))
    for index, (lhs, rhs, place, other) in enumerate(pairs):
        if lhs == rhs or (math.isnan(lhs) and math.isnan(rhs)):
            distance = 0
        else:
            distance = abs(place - other)
            if not (math.isfinite(lhs) and math.isfinite(rhs)):
                distance = most + 1
        if not least <= distance <= most:
            return [
                f"Contents does not match: at index {index} {lhs:g} and {rhs:g} are {distance} "
                f"representable numbers apart, not {least} to {most}."
            ]
    return []


def _places(value: TensorValue, bits: int) -> list[int]:
    """The place of each float in the order of all numbers of its format."""
    data, width = bytes(value.data), bits // 8
    codes = [int.from_bytes(data[at : at + width], "little") for at in range(0, len(data), width)]
    sign = 1 << (bits - 1)
    return [sign - code if code & sign else code for code in codes]


def _shown(name: str, value: TensorValue) -> str:
    return f"  {name}:\n    {format_tensor(value)}"
