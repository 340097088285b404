"""From a Python traceback to the path of a failure through bytecode.

Running bytecode keeps no account of where it is, since that would cost time. When something fails,
the traceback knows: each frame of translated code stands at a line that belongs to one instruction.
Code that runs bytecode has a global `__locate__` that takes a frame and its line and gives the
`Location`s there, outermost first.
"""

from __future__ import annotations

from types import TracebackType

from ireelite.bytecode.module_def import ModuleDef
from ireelite.bytecode.source_map import location_text
from ireelite.light_named_tuple import NamedTuple
from ireelite.status import StatusCode, StatusError
from ireelite.vm.refs import type_of


class Location(NamedTuple):
    """An instruction that was running."""

    module: str
    function: int
    pc: int
    """Of the instruction itself."""
    next_pc: int
    """Behind the instruction: what IREE prints in its stack traces."""
    calls_import: str | None
    """The full name of the import that it calls, if it does."""
    definition: ModuleDef | None = None
    """The module, whose source map says where the instruction comes from."""

    def describe(self) -> str:
        """Formats the location as IREE's stack traces do: `bytecode module.name:132
        file.mlir:3:10`.

        `module@1` is function 1 of a module without a source map, `-` an unknown source. The source
        is that of the instruction itself; upstream's runtime (3.13) looks it up behind the
        instruction, and so names the next one's.
        """
        return f"bytecode {self.function_text()}:{self.next_pc} {self.source_text()}"

    def describe_standing(self) -> str:
        """Formats the location as a debugger does, with the offset that disassembly has:
        `module.name+0000004E file.mlir:3:10`, on one line, without an unknown source.
        """
        source = " ".join(self.source_text().split())
        return f"{self.function_text()}+{self.pc:08X}  {'' if source == '-' else source}".rstrip()

    def function_text(self) -> str:
        """Returns `module.name`, or `module@1` if the module does not record the name."""
        name = "" if self.definition is None else self.definition.functions[self.function].name
        return f"{self.module}.{name}" if name else f"{self.module}@{self.function}"

    def source_text(self) -> str:
        """Returns where the instruction comes from, `-` if that is unknown."""
        if self.definition is None:
            return "-"
        return location_text(self.definition, self.function, self.pc)


def explain(error: Exception) -> Exception:
    """Returns what a caller of bytecode should see instead of `error`, which has come up through
    the calling frame.

    A `StatusError` gets the stack trace as contexts and is returned itself. What Python raised at
    an instruction (a subscript out of range, an attribute of None) becomes a `StatusError`. All
    else is returned as it is.
    """
    locations, at_instruction = _locations(error.__traceback__)
    if not isinstance(error, StatusError):
        converted = _as_status(error, at_instruction)
        if converted is None:
            return error
        error = converted
    if locations:
        innermost = locations[-1]
        if innermost.calls_import is not None and not at_instruction:
            error.annotate(f"while invoking native function {innermost.calls_import}")
        if any(location.calls_import is not None for location in locations):
            error.annotate("while calling import")
        lines = [f"\n[{depth:2}] {location.describe()}" for depth, location in enumerate(locations)]
        error.annotate("".join(reversed(lines)))
    return error


def _locations(trace: TracebackType | None) -> tuple[list[Location], bool]:
    """Returns the bytecode frames below the first frame, outermost first, and whether the last is
    where it failed.

    They end where bytecode called something native: if that ran bytecode in its turn, then that has
    been explained already.
    """
    locations: list[Location] = []
    trace = trace.tb_next if trace is not None else None
    while trace is not None:
        locate = trace.tb_frame.f_globals.get("__locate__")
        if locate is None:
            return locations, False
        locations += locate(trace.tb_frame, trace.tb_lineno)
        trace = trace.tb_next
    return locations, True


def _as_status(error: Exception, at_instruction: bool) -> StatusError | None:
    if isinstance(error, RecursionError):
        return StatusError(StatusCode.RESOURCE_EXHAUSTED, "the calls are nested too deeply")
    if isinstance(error, MemoryError):
        return StatusError(StatusCode.RESOURCE_EXHAUSTED, "out of memory")
    if not at_instruction:
        return None
    match error:
        case IndexError():
            return StatusError(StatusCode.OUT_OF_RANGE, "access out of range of the buffer")
        case AttributeError():  # translated code takes the views of what should be a buffer
            have = "null" if error.obj is None else type_of(error.obj)
            return StatusError(StatusCode.INVALID_ARGUMENT, f"vm.buffer expected; got {have}")
        case TypeError() if "read-only" in str(error):
            return StatusError(StatusCode.PERMISSION_DENIED, "the buffer is read-only")
        case TypeError() | ValueError():
            return StatusError(
                StatusCode.INTERNAL, f"an import does not keep to its declaration ({error})"
            )
        case _:
            return None
