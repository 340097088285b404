"""Execution as text: each instruction with the values of its operands, before it runs.

    [module.fn+00000010]    %i1 = vm.add.i32 %i0(2), %i0(2)

The form is that of upstream's execution tracing; references have numbers instead of addresses
(`!vm.buffer#2`), and functions without a name their ordinal (`[module@3+00000010]`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.disassemble import disassemble_instruction
from ireelite.bytecode.isa import REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.bytecode.registers import CELL, accesses
from ireelite.vm.ref_names import RefNames

if TYPE_CHECKING:
    from ireelite.vm.frame import Frame


class Tracer:
    """Writes a line for each instruction."""

    def __init__(self, write: Callable[[str], Any], names: RefNames | None = None):
        self._write = write
        self.names = names or RefNames()

    def before(self, frame: Frame, row: Instruction) -> None:
        """Writes the instruction that a frame is about to run."""
        self._write(self.line(frame, row))

    def line(self, frame: Frame, row: Instruction) -> str:
        """Returns the instruction that a frame is about to run."""
        module = frame.state.module.definition
        name = module.source_name(frame.ordinal)
        place = f"{module.name}.{name}" if name else f"{module.name}@{frame.ordinal}"
        return f"[{place}+{row.pc:08X}]    {instruction_with_values(frame, row, self.names)}"


def instruction_with_values(frame: Frame, row: Instruction, names: RefNames) -> str:
    """Returns an instruction as text with the values that the registers it reads have in a frame."""
    module = frame.state.module.definition
    reads = accesses(module, frame.state.function_def(frame.ordinal), row).reads
    values = [operand(frame, kind, raw, names) for kind, raw in reads]
    return disassemble_instruction(module, row, values)


def operand(frame: Frame, kind: str, raw: int, names: RefNames) -> str:
    """Returns a register's value as text: a number, `null` or `!vm.buffer#2`."""
    if kind == "r":
        value = frame.refs[raw & REF_ORDINAL]
        return "null" if value is None else f"!{names.name(value)}"
    return number_text(kind, frame.read("i" if kind == CELL else kind, raw))


def number_text(kind: str, value: Any) -> str:
    """Returns a number of a kind of register with all its digits."""
    return f"{value:.9g}" if kind == "f" else f"{value:.17g}" if kind == "d" else str(value)
