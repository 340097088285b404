"""A running function as the interpreter keeps it, and what the instructions do to it that reach
into memory.

Registers are kept as IREE keeps them: a bank of 32-bit cells and a bank of references.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.isa import FAMILIES, IMPORT_BIT, MOVE_BIT, REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.light_dataclass import light_dataclass
from ireelite.vm import effects
from ireelite.vm.backtrace import Location
from ireelite.vm.effects import ELEMENTS

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState

_CELLS = {
    "i": struct.Struct("<i"),
    "q": struct.Struct("<q"),
    "f": struct.Struct("<f"),
    "d": struct.Struct("<d"),
}


@light_dataclass()
class Frame:
    """A function that is running."""

    state: BytecodeState
    ordinal: int
    numbers: bytearray
    """The 32-bit cells of the number registers."""
    refs: list[Any]
    block: int = 0
    index: int = 0
    """Of the next instruction in the block."""
    result_registers: Sequence[int] = ()
    """Registers of the caller that take the results."""
    serial: int = 0
    """How many functions were entered before, in the same run of the interpreter."""

    def __repr__(self) -> str:
        name = self.state.function_def(self.ordinal).name or f"function {self.ordinal}"
        return f"<frame of {self.state.module.name}.{name} at {self.row.pc:08X}>"

    @property
    def row(self) -> Instruction:
        """The next instruction."""
        return self.state.function_def(self.ordinal).blocks[self.block].instructions[self.index]

    @property
    def block_length(self) -> int:
        """Instructions in the block that is running."""
        return len(self.state.function_def(self.ordinal).blocks[self.block].instructions)

    def location(self) -> Location:
        """Returns where the next instruction is."""
        function = self.state.function_def(self.ordinal)
        rows = function.blocks[self.block].instructions
        row = rows[self.index]
        if self.index + 1 < len(rows):
            behind = rows[self.index + 1].pc
        elif self.block + 1 < len(function.blocks):
            behind = function.blocks[self.block + 1].pc
        else:
            behind = function.length
        module = self.state.module
        called = module.facts.import_called(row)
        return Location(module.name, self.ordinal, row.pc, behind, called, module.definition)

    def read(self, kind: str, raw: int) -> Any:
        """Returns a register as a value of a kind; a reference that is moved from is null
        afterwards.
        """
        if kind == "r":
            ordinal = raw & REF_ORDINAL
            value = self.refs[ordinal]
            if raw & MOVE_BIT:
                self.refs[ordinal] = None
            return value
        return _CELLS[kind].unpack_from(self.numbers, 4 * raw)[0]

    def write(self, kind: str, raw: int, value: Any) -> None:
        """Sets a register to a value of a kind."""
        if kind == "r":
            self.refs[raw & REF_ORDINAL] = value
            return
        try:
            _CELLS[kind].pack_into(self.numbers, 4 * raw, value)
        except OverflowError:
            _CELLS[kind].pack_into(
                self.numbers, 4 * raw, float("inf") if value > 0 else float("-inf")
            )

    def jump(self, block: int, moves: tuple[tuple[int, int], ...] = ()) -> None:
        """Makes the moves of a branch one after the other, and goes to its target."""
        for source, target in moves:
            if source & REF_BIT:
                self.write("r", target, self.read("r", source))
            else:
                self.numbers[4 * target : 4 * target + 4] = self.numbers[
                    4 * source : 4 * source + 4
                ]
        self.block = block
        self.index = 0


def _generic(name: str) -> Callable[[Frame, Instruction], None]:
    """Returns an instruction that is a call of a function of `effects`, as the context has it, with
    its operands.
    """

    def run(frame: Frame, row: Instruction) -> None:
        values: list[Any] = []
        result: tuple[str, int] | None = None
        for kind, operand in zip(row.op.fields, row.operands):
            if kind[0] == ">":
                result = (kind[1], operand)
            elif kind == "ty32":
                values.append(frame.state.module.facts.type_name(operand))
            else:
                values.append(frame.read(kind[0], operand))
        value = frame.state.namespace[name](*values)
        if result is not None:
            frame.write(*result, value)

    return run


def _constant(frame: Frame, row: Instruction) -> None:
    zero = row.op.mnemonic.endswith(".zero")
    frame.write(row.op.fields[-1][1], row.operands[-1], 0 if zero else row.operands[0])


def _null(frame: Frame, row: Instruction) -> None:
    frame.write("r", row.operands[0], None)


def _rodata(frame: Frame, row: Instruction) -> None:
    frame.write("r", row.operands[1], frame.state.module.rodata[row.operands[0]])


def _offset(frame: Frame, row: Instruction) -> int:
    return row.operands[0] if row.op.fields[0] == "g32" else frame.read("i", row.operands[0])


def _global_load(frame: Frame, row: Instruction) -> None:
    kind = row.op.mnemonic.rpartition(".")[2]
    frame.write(
        row.op.fields[1][1], row.operands[1], frame.state.memory.load(kind, _offset(frame, row))
    )


def _global_store(frame: Frame, row: Instruction) -> None:
    kind = row.op.mnemonic.rpartition(".")[2]
    frame.state.memory.store(
        kind, _offset(frame, row), frame.read(row.op.fields[1], row.operands[1])
    )


def _ref_load(frame: Frame, row: Instruction) -> None:
    expected = frame.state.module.facts.type_name(row.operands[1])
    frame.write(
        "r", row.operands[2], effects.load_ref(frame.state.refs, _offset(frame, row), expected)
    )


def _ref_store(frame: Frame, row: Instruction) -> None:
    expected = frame.state.module.facts.type_name(row.operands[1])
    effects.store_ref(
        frame.state.refs, _offset(frame, row), expected, frame.read("r", row.operands[2])
    )


def _assign_ref(frame: Frame, row: Instruction) -> None:
    frame.write("r", row.operands[1], frame.read("r", row.operands[0]))


def _cast_ref(frame: Frame, row: Instruction) -> None:
    expected = frame.state.module.facts.type_name(row.operands[1])
    frame.write("r", row.operands[2], effects.cast_ref(frame.read("r", row.operands[0]), expected))


def _select_ref(frame: Frame, row: Instruction) -> None:
    condition, type_ordinal, if_true, if_false, target = row.operands
    first, second = frame.read("r", if_true), frame.read("r", if_false)
    chosen = first if frame.read("i", condition) else second
    frame.write(
        "r", target, effects.cast_ref(chosen, frame.state.module.facts.type_name(type_ordinal))
    )


def _switch(frame: Frame, row: Instruction) -> None:
    *_, default, cases, target = row.operands
    kind = row.op.fields[-1][1]
    number = frame.read("i", row.operands[0])
    otherwise = frame.read(kind, default)
    values = [frame.read(kind, case) for case in cases]
    chosen = values[number] if 0 <= number < len(values) else otherwise
    if kind == "r":
        chosen = effects.cast_ref(chosen, frame.state.module.facts.type_name(row.operands[1]))
    frame.write(kind, target, chosen)


def _load(frame: Frame, row: Instruction) -> None:
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.load.")]
    buffer, index, target = row.operands
    value = effects.buffer_load(frame.read("r", buffer), view, frame.read("q", index))
    frame.write(row.op.fields[2][1], target, value)


def _store(frame: Frame, row: Instruction) -> None:
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.store.")]
    buffer, index, source = row.operands
    value = frame.read(row.op.fields[2], source)
    effects.buffer_store(frame.read("r", buffer), view, frame.read("q", index), value)


def _fill(frame: Frame, row: Instruction) -> None:
    view = ELEMENTS[row.op.mnemonic.removeprefix("buffer.fill.")]
    buffer, offset, length, source = row.operands
    value = frame.read(row.op.fields[3], source)
    frame.state.namespace["buffer_fill"](
        frame.read("r", buffer), view, frame.read("q", offset), frame.read("q", length), value
    )


def _list_alloc(frame: Frame, row: Instruction) -> None:
    element_type = frame.state.module.facts.element_type(row.operands[0])
    made = frame.state.namespace["list_alloc"](element_type, frame.read("i", row.operands[1]))
    frame.write("r", row.operands[2], made)


def _list_get(frame: Frame, row: Instruction) -> None:
    source, index, target = row.operands
    kind = row.op.mnemonic.rpartition(".")[2]
    value = effects.list_get(frame.read("r", source), frame.read("i", index), kind)
    frame.write(row.op.fields[2][1], target, value)


def _import_resolved(frame: Frame, row: Instruction) -> None:
    frame.write("i", row.operands[1], frame.state.resolved[row.operands[0] & ~IMPORT_BIT])


def _trace(frame: Frame, row: Instruction) -> None:
    message, raws = row.operands
    effects.trace(message, *[frame.read("r" if raw & REF_BIT else "i", raw) for raw in raws])


def _discard(frame: Frame, row: Instruction) -> None:
    for raw in row.operands[0]:
        frame.write("r", raw, None)


EFFECTS: dict[str, Callable[[Frame, Instruction], None]] = {
    **dict.fromkeys(FAMILIES["const"], _constant),
    **dict.fromkeys(FAMILIES["global.load"], _global_load),
    **dict.fromkeys(FAMILIES["global.store"], _global_store),
    **dict.fromkeys(FAMILIES["buffer.load"], _load),
    **dict.fromkeys(FAMILIES["buffer.store"], _store),
    **dict.fromkeys(FAMILIES["buffer.fill"], _fill),
    **dict.fromkeys(FAMILIES["list.get"], _list_get),
    **{f"list.set.{kind}": _generic(f"list_set_{kind}") for kind in ("i32", "i64", "f32", "f64")},
    **dict.fromkeys(FAMILIES["switch"], _switch),
    **dict.fromkeys(("global.load.ref", "global.load.indirect.ref"), _ref_load),
    **dict.fromkeys(("global.store.ref", "global.store.indirect.ref"), _ref_store),
    **dict.fromkeys(("trace", "print"), _trace),
    "const.ref.zero": _null,
    "const.ref.rodata": _rodata,
    "assign.ref": _assign_ref,
    "cast.any.ref": _cast_ref,
    "select.ref": _select_ref,
    "list.alloc": _list_alloc,
    "list.get.ref": _generic("list_get_ref"),
    "list.set.ref": _generic("list_set_ref"),
    "list.reserve": _generic("list_reserve"),
    "list.size": _generic("list_size"),
    "list.resize": _generic("list_resize"),
    "buffer.alloc": _generic("buffer_alloc"),
    "buffer.clone": _generic("buffer_clone"),
    "buffer.length": _generic("buffer_length"),
    "buffer.copy": _generic("buffer_copy"),
    "buffer.compare": _generic("buffer_compare"),
    "buffer.hash": _generic("buffer_hash"),
    "import.resolved": _import_resolved,
    "discard.refs": _discard,
}
"""Instructions that neither only compute nor lead anywhere, by mnemonic."""
