"""Bytecode an instruction at a time: the engine for people who want to watch.

Registers are kept as IREE keeps them, a bank of 32-bit cells and a bank of references, so what is
seen here is what the format says; also functions that use registers in ways that the translator
does not follow run here.

    stepper = Interpreter(state, ordinal, arguments)
    while not stepper.finished:
        print(stepper.frames[-1].location())
        stepper.step()
    print(stepper.results)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import IMPORT_BIT
from ireelite.bytecode.module_def import Instruction
from ireelite.bytecode.registers import accesses, callee_signature, register_counts
from ireelite.vm import effects
from ireelite.vm.backtrace import Location
from ireelite.vm.frame import EFFECTS, Frame
from ireelite.vm.semantics import MEANINGS, evaluator

if TYPE_CHECKING:
    from ireelite.vm.bytecode_module import BytecodeState


class Interpreter:
    """One invocation of a bytecode function.

    `frames` holds the functions that are running, innermost last.
    """

    def __init__(self, state: BytecodeState, ordinal: int, arguments: Sequence[Any]):
        self.frames: list[Frame] = []
        self.results: tuple[Any, ...] = ()
        self.entered = 0
        """Functions entered so far."""
        self._enter(state, ordinal, arguments, ())

    @classmethod
    def at(cls, frame: Frame) -> Interpreter:
        """Returns an invocation of which a function runs already."""
        interpreter = cls.__new__(cls)
        interpreter.frames, interpreter.results, interpreter.entered = [frame], (), 1
        return interpreter

    @property
    def first_time(self) -> bool:
        """Whether the next instruction has not run before, and so is traced."""
        return True

    @property
    def finished(self) -> bool:
        """Whether the function has returned; then `results` has what it gave."""
        return not self.frames

    def run(self, entering: bool = False) -> Any:
        """Steps to the end. Returns None, one value, or a tuple of several,
        as native functions do. `entering` says that the block has not been counted.
        """
        if entering and (meter := self.frames[-1].state.context.meter) is not None:
            meter.spend(self.frames[-1].block_length)
        while self.frames:
            self.step()
        return self.results[0] if len(self.results) == 1 else self.results or None

    def step(self) -> None:
        """Runs one instruction; a call of the same module is stepped into,
        one of an import stepped over.
        """
        frame = self.frames[-1]
        row = frame.row
        if (tracer := frame.state.context.tracer) is not None and self.first_time:
            tracer.before(frame, row)
        mnemonic = row.op.mnemonic
        if mnemonic in MEANINGS:
            *operands, target = row.operands
            values = [frame.read(kind, raw) for kind, raw in zip(row.op.fields, operands)]
            frame.write(row.op.fields[-1][1], target, evaluator(mnemonic)(*values))
            frame.index += 1
        elif (control := CONTROL.get(mnemonic)) is not None:
            control(self, frame, row)
        else:
            EFFECTS[mnemonic](frame, row)
            frame.index += 1

    def locations(self) -> list[Location]:
        """Returns where each function that is running stands, outermost first."""
        *callers, innermost = self.frames
        return [*(_calling(caller) for caller in callers), innermost.location()]

    def _enter(
        self, state: BytecodeState, ordinal: int, arguments: Sequence[Any], results: Sequence[int]
    ) -> None:
        if len(self.frames) >= _DEEPEST:
            raise RecursionError
        definition = state.module.definition
        function = definition.functions[ordinal]
        ints, refs = register_counts(definition, function)
        numbers = bytearray(4 * ints)
        frame = Frame(state, ordinal, numbers, [None] * refs, 0, 0, results, self.entered)
        self.entered += 1
        kinds = parse_cconv(function.signature.cconv).argument_kinds()
        for kind, raw, value in zip(kinds, argument_registers(kinds), arguments, strict=True):
            frame.write(kind, raw, value)
        self.frames.append(frame)
        if (meter := state.context.meter) is not None:
            meter.spend(frame.block_length)

    def _call(self, frame: Frame, row: Instruction) -> None:
        definition = frame.state.module.definition
        ordinal = row.operands[0]
        function = definition.functions[frame.ordinal]
        values = [frame.read(kind, raw) for kind, raw in accesses(definition, function, row).reads]
        results: tuple[int, ...] = row.operands[-1]
        if ordinal & IMPORT_BIT == 0:
            self._enter(frame.state, ordinal, values, results)
            return
        convention = parse_cconv(callee_signature(definition, ordinal).cconv)
        if (target := self._inside(frame.state, ordinal & ~IMPORT_BIT)) is not None:
            self._enter(*target, values, results)
            return
        if convention.variadic:
            values = _with_spans(convention.arguments, row.operands[1], values)
        result = self._import(frame, row, values)
        returned = () if not results else (result,) if len(results) == 1 else result
        for kind, raw, value in zip(convention.result_kinds(), results, returned, strict=True):
            frame.write(kind, raw, value)
        self._go_on(frame, row)

    def _inside(self, state: BytecodeState, ordinal: int) -> tuple[BytecodeState, int] | None:
        """Returns the bytecode function behind an import, if a call is to be stepped into."""
        return None

    def _import(self, frame: Frame, row: Instruction, values: list[Any]) -> Any:
        """Calls an import as a Python function."""
        if (recorder := frame.state.context.recorder) is not None:
            recorder.here.position = (frame.state.module.name, frame.ordinal, row.pc)
        return frame.state.imports[row.operands[0] & ~IMPORT_BIT](*values)

    @staticmethod
    def _go_on(frame: Frame, row: Instruction) -> None:
        """Goes on to what comes after a call: the next instruction, or the block that the call
        names.
        """
        if row.op.terminator:
            Interpreter._jump(frame, row.operands[row.op.fields.index("pc")])
        else:
            frame.index += 1

    def _return(self, frame: Frame, row: Instruction) -> None:
        signature = frame.state.function_def(frame.ordinal).signature
        kinds = parse_cconv(signature.cconv).result_kinds()
        values = tuple([frame.read(kind, raw) for kind, raw in zip(kinds, row.operands[0])])
        self.frames.pop()
        if not self.frames:
            self.results = values
            return
        caller = self.frames[-1]
        for kind, raw, value in zip(kinds, frame.result_registers, values):
            caller.write(kind, raw, value)
        self._go_on(caller, caller.row)

    @staticmethod
    def _jump(frame: Frame, block: int, moves: tuple[tuple[int, int], ...] = ()) -> None:
        frame.jump(block, moves)
        if (meter := frame.state.context.meter) is not None:
            meter.spend(frame.block_length)

    def _branch(self, frame: Frame, row: Instruction) -> None:
        self._jump(frame, row.operands[0], row.operands[1])

    def _branch_if(self, frame: Frame, row: Instruction) -> None:
        condition, target, moves, other, other_moves = row.operands
        if frame.read("i", condition):
            self._jump(frame, target, moves)
        else:
            self._jump(frame, other, other_moves)

    def _branch_table(self, frame: Frame, row: Instruction) -> None:
        index, target, moves, cases = row.operands
        number = frame.read("i", index)
        self._jump(frame, *cases[number] if 0 <= number < len(cases) else (target, moves))

    def _break_if(self, frame: Frame, row: Instruction) -> None:
        self._jump(frame, row.operands[1], row.operands[2])

    def _fail(self, frame: Frame, row: Instruction) -> None:
        effects.fail(frame.read("i", row.operands[0]), row.operands[1])
        if frame.block + 1 == len(frame.state.function_def(frame.ordinal).blocks):
            raise effects.fell_off()
        self._jump(frame, frame.block + 1)


def __locate__(frame: FrameType, line: int) -> list[Location]:
    """Returns the instructions that an interpreter is at, seen from a frame of its `run`, or of its
    `__init__` if it fails on entering its function.

    Other frames are within these.
    """
    interpreter = frame.f_locals.get("self")
    if interpreter is None or frame.f_code not in (
        Interpreter.run.__code__,
        Interpreter.__init__.__code__,
    ):
        return []
    return interpreter.locations()


def _calling(caller: Frame) -> Location:
    """Returns where a frame stands whose call has not come back: at the call, which is of no
    import.
    """
    return caller.location()._replace(calls_import=None)


_DEEPEST = 900
"""Frames before the calls count as nested too deeply, as few as Python's own stack would take."""


def _with_spans(items: Sequence[str], segments: Sequence[int], values: list[Any]) -> list[Any]:
    """Returns flattened arguments with each span gathered into one list."""
    left = iter(values)
    gathered: list[Any] = []
    for item, size in zip(items, segments):
        if item[0] != "C":
            gathered.append(next(left))
        elif len(item) == 3:
            gathered.append([next(left) for _ in range(size)])
        else:
            gathered.append([tuple([next(left) for _ in item[1:-1]]) for _ in range(size)])
    return gathered


CONTROL: dict[str, Callable[[Interpreter, Frame, Instruction], None]] = {
    **dict.fromkeys(
        ("call", "call.variadic", "call.yieldable", "call.variadic.yieldable"), Interpreter._call
    ),
    **dict.fromkeys(("br", "yield", "break"), Interpreter._branch),
    "cond_br": Interpreter._branch_if,
    "cond_break": Interpreter._break_if,
    "br_table": Interpreter._branch_table,
    "return": Interpreter._return,
    "fail": Interpreter._fail,
}
"""Instructions that lead to others, by mnemonic."""
