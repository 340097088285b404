"""Who wrote a register: a question to the recorded steps of a call."""

from __future__ import annotations

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import MOVE_BIT, REF_BIT, REF_ORDINAL
from ireelite.bytecode.registers import Access, accesses
from ireelite.vm.debug.register_view import parse_name
from ireelite.vm.debug.timeline import Timeline
from ireelite.vm.frame import Frame

_REF = REF_BIT | REF_ORDINAL


def last_register_write(timeline: Timeline, frame: Frame, name: str) -> int | None:
    """Returns the last position before the timeline's at which an instruction wrote a register
    (`i3`, `q4`, `r0`) of a running function; for an argument that nothing has written, that of the
    call.

    To move a reference from a register is to write it. None if nothing has written it, or only the
    caller of the whole call. Raises NOT_FOUND for what is no name of a register.
    """
    kind, ordinal = parse_name(name)
    wanted = _cells([(kind, ordinal | REF_BIT if kind == "r" else ordinal)])
    serial = frame.serial
    for position in range(timeline.position - 1, -1, -1):
        running = timeline.serials[position]
        if running < serial:  # the call of this function
            return position if wanted & _arguments(frame) else None
        if running == serial:
            if wanted & _written(timeline, position, frame):
                return position
        elif timeline.parents[running][0] == serial:
            row = timeline.instructions[timeline.executed[position]].row
            if row.op.mnemonic == "return":
                callee = timeline.instructions[timeline.executed[position]]
                signature = callee.state.function_def(callee.ordinal).signature
                results = zip(
                    parse_cconv(signature.cconv).result_kinds(), timeline.parents[running][1]
                )
                if wanted & _cells(list(results)):
                    return position
    return None


def _written(timeline: Timeline, position: int, frame: Frame) -> set[int]:
    """Cells and references that a recorded step of a frame wrote."""
    instruction = timeline.instructions[timeline.executed[position]]
    row = instruction.row
    if row.op.fields[0] == "pc" or "M" in row.op.fields:
        block = _block_after(timeline, position, frame)
        moves = [move for target, arm in _arms(row.operands) if target == block for move in arm]
        written = _cells([("r" if to & REF_BIT else "i", to) for _, to in moves])
        return written | {source & _REF for source, _ in moves if source & MOVE_BIT}
    definition = instruction.state.module.definition
    function = instruction.state.function_def(instruction.ordinal)
    reads, writes = accesses(definition, function, row)
    if "call" in row.op.mnemonic and row.operands[0] >= 0:
        callee = _entered(timeline, position)
        writes = [] if callee else writes  # a call that was stepped into writes when it returns
    emptied = {raw & _REF for kind, raw in reads if kind == "r" and raw & MOVE_BIT}
    return _cells(writes) | emptied


def _entered(timeline: Timeline, position: int) -> bool:
    """Returns whether a recorded call was stepped into."""
    after = position + 1
    if after < timeline.recorded:
        return timeline.serials[after] > timeline.serials[position]
    return timeline.machine.entered - 1 > timeline.serials[position] and not timeline.finished


def _block_after(timeline: Timeline, position: int, frame: Frame) -> int:
    """Returns the block that a recorded branch of a frame led to."""
    if position + 1 < timeline.recorded:
        return timeline.instructions[timeline.executed[position + 1]].block
    return frame.block


def _arms(operands: tuple) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """Returns the targets of a branch with their moves."""
    arms: list[tuple[int, tuple[tuple[int, int], ...]]] = []
    for position, operand in enumerate(operands[1:], 1):
        if isinstance(operand, tuple):
            if operand and isinstance(operand[0][1], tuple):  # the cases of a table
                arms += operand
            elif isinstance(operands[position - 1], int):
                arms.append((operands[position - 1], operand))
    return arms


def _cells(writes: list[Access]) -> set[int]:
    """Cells by ordinal, references with their bit."""
    cells: set[int] = set()
    for kind, raw in writes:
        cells.add(raw & _REF if raw & REF_BIT else raw)
        if kind in "qd":
            cells.add(raw + 1)
    return cells


def _arguments(frame: Frame) -> set[int]:
    signature = frame.state.function_def(frame.ordinal).signature
    kinds = parse_cconv(signature.cconv).argument_kinds()
    return _cells(list(zip(kinds, argument_registers(kinds))))
