"""The views of a debugger, declared by their form."""

from __future__ import annotations

from typing import Any

import traitlets

from ireelite.status import StatusError, invalid_argument, not_found
from ireelite.vm.debug.debugger import Debugger
from workbench.model import vm_debugger
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of
from workbench.model.vm_objects import array_of
from workbench.render.html_debugger import steps_html
from workbench.render.svg_debugger import draw_debugger
from workbench.render.text_debugger import debugger_text
from workbench.widgets.tensor_views import TensorPeek
from workbench.widgets.view import Form, View, packed_json


class VMDebugger(View):
    """A call of bytecode, to be stepped both ways. It shows the code, the registers with what
    changed, the call stack across modules, what buffers and lists hold, and breakpoints.

    `debugger` is what `module.function.debug(...)` returns, of a module by this compiler or by
    upstream's. With `program` (what was compiled, or its record), a selected op lights its
    instructions. Up to `ahead` steps are recorded at once, which a page or a notebook without a
    kernel can go through (a notebook that keeps no widgets has them as a list under the picture);
    with `ahead=0` an instruction runs no sooner than a reader steps over it.

    Keys: → ← step and back, n over, o out, c run, b breakpoint, r run to the row of the cursor.
    Raises INVALID_ARGUMENT for anything but a debugger.

    Example:
        module = ireelite.load(program)
        view = workbench.VMDebugger(module.main.debug(x), program)
        view.go("over")
        view.peek("r3")
    """

    form = Form(vm_debugger.KIND, draw_debugger, debugger_text, unfold=steps_html)
    position = traitlets.Int().tag(sync=True)
    """Where the view is: the number of instructions that have run."""
    why = traitlets.Unicode().tag(sync=True)
    breaks = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """Breakpoints as a reader writes them (`workbench.model.vm_listing.break_arguments`)."""
    asked = traitlets.Dict().tag(sync=True)
    """A command that the kept steps do not suffice for, from which position, and its number."""
    answer = traitlets.Unicode().tag(sync=True)
    """What such a command led to, packed."""

    def __init__(
        self,
        debugger: Debugger,
        program: Any = None,
        ahead: int = vm_debugger.MAX_STEPS,
        selection: Selection | None = None,
    ):
        if not isinstance(debugger, Debugger):
            raise invalid_argument(
                f"VMDebugger shows a call under a debugger, not {type(debugger).__name__}: pass "
                "what module.function.debug(...) returns"
            )
        record = compilation_of(program, "VMDebugger") if program is not None else None
        model = vm_debugger.VmDebugger(debugger, record, ahead)
        super().__init__(model, selection or shared_selection(record))
        self.debugger = debugger
        self._stand()
        self.breaks = list(model.written)

    def go(self, command: str) -> VMDebugger:
        """Runs a command: `step`, `over`, `out`, `resume`, `back`, `back over`, `back to
        breakpoint` or `to N`. Raises INVALID_ARGUMENT for other commands.
        """
        self._answer(command, None)
        return self

    def break_at(self, text: str) -> VMDebugger:
        """Adds a breakpoint: `module.f`, `module.f+1A`, `call`, `buffer.`, `@hal.fence.await`,
        `file.mlir:12`. Raises NOT_FOUND for names that are not there.
        """
        self.model.set_breakpoints([*self.model.written, text])
        self.breaks = list(self.model.written)
        return self

    def peek(self, register: str, depth: int = -1) -> TensorPeek:
        """Shows what a register holds where the view is, as a tensor: the elements of a buffer
        view, the bytes of a buffer. `depth` 0 is the outermost function, -1 the innermost.

        Raises NOT_FOUND for a register that is not there, FAILED_PRECONDITION at the end.
        """
        debugger = self.debugger
        frames = len(debugger.frames)
        registers = debugger.registers if depth == -1 else debugger.registers_of(depth % frames)
        try:
            value = registers[register]
        except KeyError:
            known = ", ".join(registers)
            raise not_found(f"no register {register}; there are {known}") from None
        return TensorPeek(array_of(value), f"{register} at position {debugger.position}")

    # -- from the script

    @traitlets.observe("position")
    def _follow_position(self, _: Any) -> None:
        debugger = self.debugger
        if debugger.position != self.position and 0 <= self.position <= debugger.recorded:
            debugger.seek(self.position)

    @traitlets.observe("breaks")
    def _follow_breaks(self, _: Any) -> None:
        try:
            self.model.set_breakpoints(list(self.breaks))
        except StatusError as error:
            self._give_answer([], 0, f"{error.code.name}; {error.message}", about="breaks")
            self.breaks = list(self.model.written)

    @traitlets.observe("asked")
    def _follow_asked(self, _: Any) -> None:
        if self.asked:
            self._answer(str(self.asked["command"]), int(self.asked["position"]))

    def _answer(self, command: str, position: int | None) -> None:
        known = len(self.model.listing.functions)
        try:
            kept = self.model.go(command, position)
        except StatusError as error:
            if position is None:
                raise
            self._give_answer([], known, f"{error.code.name}; {error.message}")
            return
        except KeyboardInterrupt:
            if position is None:
                raise
            self._give_answer([], known, f"interrupted at position {self.debugger.position}")
            return
        self._give_answer(kept, known, "")

    def _give_answer(self, kept: list[Any], known: int, message: str, about: str = "steps") -> None:
        told = {"first": known, "told": message, "about": about, "kind": self.kind}
        self.answer = packed_json({**self.model.more(kept, known), **told})
        self._stand()

    def _stand(self) -> None:
        self.why = self.debugger.why
        self.position = self.debugger.position
