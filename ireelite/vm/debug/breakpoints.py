"""Where a debugger stops: at a function, an instruction, a kind of instruction, a source line, or
where a condition holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ireelite.bytecode.isa import OPCODES
from ireelite.bytecode.locations import places
from ireelite.status import invalid_argument, near_names, not_found
from ireelite.vm.bytecode_module import BytecodeState
from ireelite.vm.context import Context
from ireelite.vm.debug.register_view import RegisterValues
from ireelite.vm.debug.timeline import InstructionId

if TYPE_CHECKING:
    from ireelite.vm.debug.debugger import Debugger

Condition = str | Callable[["Debugger"], Any]


@dataclass
class Breakpoint:
    """Stops before each instruction that all of its parts agree with; None agrees with any."""

    number: int
    module: str | None = None
    function: int | None = None
    """An ordinal."""
    pc: int | None = None
    mnemonic: str | None = None
    """Such as `buffer.store.f32`, or the beginning of several: `buffer.`."""
    file: str | None = None
    """How the file's name ends."""
    line: int | None = None
    calls: str | None = None
    """The full name of an import that the instruction calls, or how that begins, as `hal.fence`."""
    when: Condition | None = None
    """A function of the debugger, or a Python expression in which registers have their names, as
    `i3 > 5 and r0 is not None`."""
    enabled: bool = True
    hits: int = 0
    """How often it has stopped the debugger."""

    def fits(self, instruction: InstructionId) -> bool:
        """Returns whether the instruction is one to stop at, but for the condition."""
        state, ordinal, block, number = instruction
        definition = state.module.definition
        row = instruction.row
        if self.module not in (None, definition.name) or self.function not in (None, ordinal):
            return False
        if self.pc not in (None, row.pc):
            return False
        if self.pc is None and self.function is not None and self._is_bare() and block + number:
            return False
        if self.mnemonic is not None and self.mnemonic != row.op.mnemonic:
            if not (self.mnemonic[-1] == "." and row.op.mnemonic.startswith(self.mnemonic)):
                return False
        if self.calls is not None:
            called = state.module.facts.import_called(row)
            if called is None or not called.startswith(self.calls):
                return False
        return self.line is None or self._on_line(instruction)

    def holds(self, debugger: Debugger) -> bool:
        """Returns whether the condition holds where the debugger is. Raises INVALID_ARGUMENT for an
        expression that cannot be evaluated.
        """
        if self.when is None:
            return True
        if not isinstance(self.when, str):
            return bool(self.when(debugger))
        try:
            return bool(
                eval(self.when, {"__builtins__": {}, "len": len}, RegisterValues(debugger.frame))
            )
        except Exception as error:
            raise invalid_argument(
                f"the condition `{self.when}` of breakpoint {self.number} has no value: {error}"
            ) from error

    def _is_bare(self) -> bool:
        """Returns whether it means the beginning of a function."""
        return self.mnemonic is None and self.line is None and self.calls is None

    def _on_line(self, instruction: InstructionId) -> bool:
        definition, location = instruction.state.module.definition, instruction.row.location
        if location is None:
            return False
        return any(
            place.line == self.line and place.filename.endswith(self.file or "")
            for place in places(definition.locations, location)
        )

    @staticmethod
    def _condition_text(when: Condition) -> str:
        return when if isinstance(when, str) else getattr(when, "__name__", type(when).__name__)

    def __repr__(self) -> str:
        parts = [f"module {self.module}"] if self.module is not None else []
        parts += [f"function {self.function}"] if self.function is not None else []
        parts += [f"pc {self.pc}"] if self.pc is not None else []
        parts += [f"vm.{self.mnemonic}"] if self.mnemonic is not None else []
        parts += [f"{self.file or 'line'}:{self.line}"] if self.line is not None else []
        parts += [f"calls of {self.calls}"] if self.calls is not None else []
        if self.when is not None:
            parts.append(f"when {self._condition_text(self.when)}")
        state = "" if self.enabled else ", disabled"
        return f"<breakpoint {self.number} at {', '.join(parts) or 'every instruction'}{state}>"


def find_function(context: Context, name: str) -> tuple[str, int]:
    """Returns the module and ordinal of a bytecode function: `module.name` by its export name or
    the name that its source map gives, or `module@3`. Raises NOT_FOUND.
    """
    module, at, digits = name.partition("@")
    function = ""
    if not at:
        module, _, function = name.partition(".")
    state = context.states.get(module)
    if not isinstance(state, BytecodeState):
        known = [each for each, s in context.states.items() if isinstance(s, BytecodeState)]
        raise not_found(f"no bytecode module '{module}'{near_names(module, known)}")
    functions = state.module.definition.functions
    if at:
        if digits.isdecimal() and int(digits) < len(functions):
            return module, int(digits)
        raise not_found(f"module '{module}' has no function {digits}; it has {len(functions)}")
    if (export := state.exports().get(function)) is not None:
        return module, export.ordinal
    named = {each.name: ordinal for ordinal, each in enumerate(functions) if each.name}
    if function in named:
        return module, named[function]
    near = near_names(function, [*{**state.exports(), **named}])
    raise not_found(f"no function `{function}` in module '{module}'{near}")


def check_mnemonic(mnemonic: str) -> str:
    """Returns a mnemonic without its `vm.`, or the beginning of some, with a dot at its end.

    Raises NOT_FOUND.
    """
    name = mnemonic.removeprefix("vm.")
    if name not in OPCODES and not (
        name.endswith(".") and any(known.startswith(name) for known in OPCODES)
    ):
        raise not_found(f"no instruction is called '{name}'{near_names(name, list(OPCODES))}")
    return name
