"""The conversion of one kernel to the `spirv` dialect: its state, and the words that its rules are
written

in.

In registers an `index` is an i32, an `i8` or `i16` a sign-extended i32. An `i64` that was an `index` a
moment ago stays an i32 until something needs it wide: index arithmetic that passes through i64
costs no 64-bit instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import (
    Float32Type,
    Float64Type,
    FloatAttr,
    IndexType,
    IntegerAttr,
    IntegerType,
    f32,
    f64,
    i1,
    i32,
    i64,
)
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ireelite.dialects import spirv
from ireelite.lowering.rewriting.conversion import Conversion, Lowered
from ireelite.status import StatusCode, StatusError
from ireelite.targets.spirv.grid import Grid
from ireelite.targets.spirv.neighbours import TURNS, Access

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

KernelRule = Callable[..., Lowered]
"""A rule of this target: it takes an op and a `KernelConversion`."""
KernelRules = Mapping[type[Operation], KernelRule]


REGISTERS = (f32, f64, i1, i32, i64)
"""The types that a register may have."""


class KernelConversion(Conversion):
    """The conversion of one kernel: knows its buffers, and says values in few words."""

    def __init__(self, rules: KernelRules, grid: Grid, entry_point: str, tracker: Tracker | None):
        super().__init__(rules, "SPIR-V", tracker)
        self.grid = grid
        self.entry_point = entry_point
        self.buffers: dict[SSAValue, spirv.GlobalVariableOp] = {}
        self.global_id: spirv.GlobalVariableOp | None = None
        self.constants: list[Operation] = []
        """Constants around the loop that something in it uses."""
        self.copies: dict[Operation, int] = {}
        """How many copies of its body an `scf.for` gets, if it is unrolled."""
        self.access = Access()
        """What is accessed as neighbours."""
        self.numbers: dict[SSAValue, int] = {}
        """The number of the point of a tile, and of the copy of a loop's body, under conversion, by
        its index."""
        self.parts: dict[Hashable, list[SSAValue]] = {}
        """Neighbours that were loaded, or are to be stored: access and place -> numbers."""

    def least_copies(self, loop: Operation) -> int:
        """Returns how many copies of its body a loop must have at least."""
        return TURNS if loop in self.access.loops else 1

    def constant(self, value: float, type: Attribute = i32) -> SSAValue:
        """Returns a number of type i1, i32, i64, f32 or f64."""
        if isinstance(type, Float32Type | Float64Type):
            return self.insert(spirv.ConstantOp(FloatAttr(value, type))).constant
        assert isinstance(type, IntegerType)
        return self.insert(
            spirv.ConstantOp(IntegerAttr(int(value), type, truncate_bits=True))
        ).constant

    def unary(self, name: str, operand: SSAValue) -> SSAValue:
        """Inserts `spirv.<name>` of one operand."""
        return self.insert(spirv.FAMILIES[name][name](operand)).result

    def binary(self, name: str, lhs: SSAValue, rhs: SSAValue) -> SSAValue:
        """Inserts `spirv.<name>` of two operands."""
        return self.insert(spirv.FAMILIES[name][name](lhs, rhs)).result

    def fma(self, a: SSAValue, b: SSAValue, c: SSAValue) -> SSAValue:
        """Computes a * b + c, rounded once or twice."""
        return self.insert(spirv.TERNARY["GL.Fma"](a, b, c)).result

    def cast(self, name: str, operand: SSAValue, type: Attribute) -> SSAValue:
        """Inserts `spirv.<name>` to another type."""
        return self.insert(spirv.CAST[name](operand, type)).result

    def select(self, condition: SSAValue, true: SSAValue, false: SSAValue) -> SSAValue:
        """Selects one of two values."""
        return self.insert(spirv.SelectOp(condition, true, false)).result

    def bits(self, name: str, base: SSAValue, offset: SSAValue | int, count: int) -> SSAValue:
        """Extracts `count` bits of a word from bit `offset` on; `name` says how they are extended."""
        start = self.constant(offset) if isinstance(offset, int) else offset
        return self.insert(spirv.BIT_FIELD[name](base, start, self.constant(count))).result

    def wide(self, old: SSAValue) -> SSAValue:
        """Returns the new value of an old one, with all the bits of its type: see `index_cast`."""
        value = self.value(old)
        if old.type == i64 and value.type == i32:
            return self.cast("SConvert", value, i64)
        return value

    def selection(self, condition: SSAValue, work: Callable[[], None]) -> None:
        """Does what `work` inserts only where a condition holds."""
        entry, body, merge = Block(), Block(), Block()
        self.insert(spirv.SelectionOp([], Region([entry, body, merge])))
        with self.at(entry):
            self.insert(spirv.BranchConditionalOp(condition, body, merge))
        with self.at(body):
            work()
            self.insert(spirv.BranchOp(merge))
        with self.at(merge):
            self.insert(spirv.MergeOp())

    def register_type(self, type: Attribute) -> Attribute:
        """Returns the type of the register that holds a kernel's value. Raises UNIMPLEMENTED."""
        match type:
            case Float32Type() | Float64Type() | IntegerType() if type in REGISTERS:
                return type
            case IndexType():
                return i32
            case IntegerType() if type.width.data in (8, 16):
                return i32
            case _:
                raise self.unsupported(f"values of type {type}")

    def unsupported(self, what: str) -> StatusError:
        """Returns the error for what this target cannot do."""
        return StatusError(
            StatusCode.UNIMPLEMENTED, f"the SPIR-V target has no {what} (in '{self.entry_point}')"
        )
