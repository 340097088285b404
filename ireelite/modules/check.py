"""The VM module `check`: what programs call to test themselves.

Names and calling conventions are those of IREE's `check.imports.mlir`; `expect_close`, `probe` and
`expect_serialized_eq` are additions, for programs that test an interpreter of StableHLO. A check
that fails is written down and the program goes on, so that one run shows all there is to see. The
imports are optional: a program that is run without this module skips its checks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ireelite.element_types import ElementType, from_code
from ireelite.hal.buffer import BufferView
from ireelite.modules.closeness import distance_problem, numbers_of, tolerance_problem
from ireelite.modules.hal_arguments import text
from ireelite.status import invalid_argument
from ireelite.values import TensorValue, format_tensor
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
        """Returns the functions for a forked context: over the same log."""
        return CheckState(self.log)

    @vm_export("expect_true", "0i_v")
    def expect_true(self, operand: int) -> None:
        """Checks that the number is not zero."""
        self._record("expect_true", None if operand else "Expected 0 to be nonzero.")

    @vm_export("expect_false", "0i_v")
    def expect_false(self, operand: int) -> None:
        """Checks that the number is zero."""
        self._record("expect_false", f"Expected {operand} to be zero." if operand else None)

    @vm_export("expect_all_true", "0rr_v")
    def expect_all_true(self, device: Any, operand: BufferView | None) -> None:
        """Checks that no element is zero; NaN is not zero."""
        value = _read("operand", operand)
        zeros = numbers_of(value) == 0
        self._record(
            "expect_all_true",
            f"Expected all elements to be nonzero. The first zero is at index {zeros.argmax()}.\n"
            f"{_shown('operand', value)}"
            if zeros.any()
            else None,
        )

    @vm_export("expect_eq", "0rrr_v")
    def expect_eq(self, device: Any, lhs: BufferView | None, rhs: BufferView | None) -> None:
        """Checks that element types, shapes and bytes are the same."""
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
            problems = _listed(tolerance_problem(left, right, atol, rtol))
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
            problems = _listed(distance_problem(left, right, least, most))
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
        """Checks that the tensor that a probe kept as number `turn` is the expected one."""
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
    """Returns the module `check`, version 0, whose functions write to this log."""
    return NativeModule("check", version=0, state_factory=lambda: CheckState(log))


def _read(name: str, view: BufferView | None) -> TensorValue:
    """Returns the view's elements, wherever its buffer lives."""
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


def _form_problems(left: TensorValue, right: TensorValue) -> list[str]:
    problems: list[str] = []
    if left.type != right.type:
        problems.append("Element types do not match.")
    if left.shape != right.shape:
        problems.append("Shapes do not match.")
    return problems


def _listed(problem: str | None) -> list[str]:
    return [] if problem is None else [problem]


def _shown(name: str, value: TensorValue) -> str:
    return f"  {name}:\n    {format_tensor(value)}"
