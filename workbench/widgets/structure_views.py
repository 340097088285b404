"""Views of a program's structure: what its dispatches are, where its buffers are, what its modules
hold, what each executable became.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import traitlets

from ireelite.program import Program
from ireelite.records import CompilationRecord
from ireelite.status import StatusCode, StatusError
from workbench.model.box_graph import KIND as DISPATCHES
from workbench.model.dispatch_graph import DispatchGraph as DispatchGraphModel
from workbench.model.dot_graph import read_dot
from workbench.model.executable_view import KIND as EXECUTABLE
from workbench.model.executable_view import MAX_IN_A_PAGE
from workbench.model.executable_view import ExecutableView as ExecutableModel
from workbench.model.memory_plan import KIND as MEMORY
from workbench.model.memory_plan import MemoryPlan as MemoryPlanModel
from workbench.model.module_map import KIND as MODULES
from workbench.model.module_map import module_map
from workbench.model.recompile import Run, choices_of, comparison, recompiled, run
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of
from workbench.progress import shows_progress, working
from workbench.render.svg_dispatch import draw_dispatches
from workbench.render.svg_executable import draw_executable
from workbench.render.svg_memory import draw_memory
from workbench.render.svg_modules import draw_modules
from workbench.render.text_structures import (
    dispatch_text,
    executable_text,
    memory_text,
    module_text,
)
from workbench.widgets.view import Form, View, packed_json


class DispatchGraph(View):
    """What runs as one piece: dispatch regions with their ops. Edges show what flows between them,
    and why ops share a dispatch or do not.

    `source` is a compiled program or its record. A click on a box opens its loop nests and selects
    its ops in all other views. Raises INVALID_ARGUMENT for a source without a record of
    compilation, FAILED_PRECONDITION for one that was compiled to an earlier stage.

    Example:
        program = ireelite.compile("model.pb", record=True)
        graph = workbench.DispatchGraph(program)
        Path("graph.dot").write_text(graph.to_dot())
    """

    form = Form(DISPATCHES, draw_dispatches, dispatch_text, sends_picture=True)

    @shows_progress
    def __init__(self, source: Any, selection: Selection | None = None):
        record = compilation_of(source, "DispatchGraph")
        super().__init__(DispatchGraphModel(record), selection or shared_selection(record))

    def to_dot(self) -> str:
        """Returns the graph in Graphviz's language."""
        return self.model.dot()

    @classmethod
    def from_dot(cls, source: str | Path, title: str = "") -> Self:
        """Returns a graph in Graphviz's language, from a file or from text, in our layout.

        Raises UNAVAILABLE without the package `graphviz` and its program `dot`, INVALID_ARGUMENT
        for text that it does not accept, NOT_FOUND for a file that is not there.

        Example:
            workbench.DispatchGraph.from_dot("dispatches.dot")
        """
        text = str(source)
        if "{" not in text:
            text, title = _read_text(Path(source)), title or Path(source).name
        view = cls.__new__(cls)
        View.__init__(view, read_dot(text, title))
        return view


class MemoryPlan(View):
    """Where the buffers of a program are, and when. A bar goes from the first level that uses a
    buffer to the last, at its bytes of the arena.

    A level is a group of work between two barriers. `source` is a compiled program or its record. A
    click on a buffer names what keeps it alive. Raises INVALID_ARGUMENT for a source without a
    record of compilation, FAILED_PRECONDITION for one whose memory is not planned.

    Example:
        program = ireelite.compile("model.pb", record=True)
        workbench.MemoryPlan(program)
    """

    form = Form(MEMORY, draw_memory, memory_text, sends_picture=True)

    def __init__(self, source: Any, selection: Selection | None = None):
        record = compilation_of(source, "MemoryPlan")
        super().__init__(MemoryPlanModel(record), selection or shared_selection(record))


class ModuleMap(View):
    """The modules of a context in the order in which they were loaded. Each import has an arrow to
    the export that it is resolved to, globals have their values, files their parts by size.

    `sources` are a loaded module or a context, or several of the same modules, whose globals then
    stand side by side; or a compiled program, or the path or the bytes of a `.vmfb` file by any
    compiler. `program` is what a loaded module was compiled from: it names globals and executables
    and has the file's size. Values are those of the moment when the view is made. Raises
    INVALID_ARGUMENT for other sources, NOT_FOUND for a file that is not there, DATA_LOSS for one
    that is no module.

    Example:
        module = ireelite.load(program)
        workbench.ModuleMap(module, module.fork(), program=program)
        workbench.ModuleMap("model.vmfb")
    """

    form = Form(MODULES, draw_modules, module_text, sends_picture=True)

    def __init__(self, *sources: Any, program: Any = None, selection: Selection | None = None):
        model = module_map(sources, program)
        super().__init__(model, selection or shared_selection(model.record))


class ExecutableView(View):
    """An executable from its ops on tensors to each target's instructions, line linked to line.
    Below them stand who computes which element, and above the schedule's choices.

    `source` is a compiled program, or its record, which has the names of instructions alone.
    `dispatch` chooses an executable by its entry point (default: the one with the most ops), as a
    selected dispatch does; `target` one of the program's targets. Where there is a kernel, a choice
    compiles the program again for the target that is shown; with `arguments`, it also runs before
    and after. Raises INVALID_ARGUMENT for a source without a record of compilation,
    FAILED_PRECONDITION for one without kernels, NOT_FOUND for a dispatch or a target that it has
    not.

    Example:
        program = ireelite.compile("model.pb", record=True)
        view = workbench.ExecutableView(program, target="llvm-cpu", arguments=[x])
        view.recompile(schedule="plain")
    """

    form = Form(
        EXECUTABLE,
        draw_executable,
        executable_text,
        page_state=lambda model: model.state(MAX_IN_A_PAGE),
    )
    live = traitlets.Bool(True).tag(sync=True)
    """Whether there is a kernel: choices can then be made."""
    asked = traitlets.Dict().tag(sync=True)
    """What a reader asked for in the view: `dispatch`, or `target` and `choices`; and its number."""
    progress = traitlets.Unicode().tag(sync=True)
    """How far a compilation is that takes more than a second: `42% after 3 s, compiling`."""
    status = traitlets.Unicode().tag(sync=True)
    """What came of it, or why nothing did."""

    @shows_progress
    def __init__(
        self,
        source: Any,
        dispatch: str | None = None,
        target: str | None = None,
        arguments: Sequence[Any] | None = None,
        selection: Selection | None = None,
    ):
        record = compilation_of(source, "ExecutableView")
        self.program = source if isinstance(source, Program) else None
        self.arguments = arguments
        self._first = self.program
        self._runs: dict[str, Run] = {}
        model = self._model(record, dispatch, target)
        super().__init__(model, selection or shared_selection(record))

    def _model(
        self, record: CompilationRecord, dispatch: str | None, target: str | None
    ) -> ExecutableModel:
        program = self.program
        model = ExecutableModel(record, program.data if program else None, dispatch, target)
        model.choices = [] if program is None else [
            {
                "name": choice.name,
                "label": choice.label,
                "targets": list(choice.targets),
                "values": [choice.text(value) for value in choice.values],
                "value": choice.text(getattr(program.options, choice.name)),
            }
            for choice in choices_of(self._first or program)
        ]  # fmt: skip
        return model

    def _data(self, state: dict[str, Any]) -> dict[str, Any]:
        """Adds the targets that the program had before it was compiled again for one of them."""
        first = self._first.targets if self._first is not None else ()
        others = [target for target in first if target not in self.model.targets]
        return super()._data({**state, "others": others})

    def show(self, dispatch: str) -> None:
        """Shows another executable. Raises NOT_FOUND."""
        self._replace(self._model(self.model.record, dispatch, self.model.target or None))

    def recompile(
        self, target: str | None = None, dispatch: str | None = None, **choices: Any
    ) -> str:
        """Compiles the program again for one target with other options of `ireelite.compile`:
        `schedule`, `vulkan_target`, `microkernels`, `reassociate`. With arguments, it is run before
        and after. Shows the executable `dispatch`, by default the one that is shown, if there still
        is one of that name. Returns what came of it; without choices, the program is the first one
        again.

        Raises FAILED_PRECONDITION for a view of a record alone, and what compiling raises.
        """
        if self._first is None or self.program is None:
            raise StatusError(
                StatusCode.FAILED_PRECONDITION,
                "a record can't be compiled again: pass the program to ExecutableView",
            )
        target = str(target or self.model.target)
        dispatch = dispatch or self.model.dispatch
        before = self.program
        changed = {
            name: value
            for name, value in choices.items()
            if value != getattr(self._first.options, name)
        }
        self.program = recompiled(self._first, target, changed) if changed else self._first
        record = self.program.record
        known = {name for name in ExecutableModel(record).dispatches}
        model = self._model(record, dispatch if dispatch in known else None, target)
        names = ", ".join(f"{name}={value!r}" for name, value in changed.items())
        words = f"compiled for {target} with {names}" if changed else "the program as it was"
        if self.arguments is not None:
            first, second = (self._run(one, target) for one in (before, self.program))
            words += f": {comparison(first, second)}"
        model.ran = words
        # Nodes of another compilation have other numbers: its views don't follow the first one's.
        self._replace(model, Selection(record=record) if changed else shared_selection(record))
        return words

    def _tell(self, line: str) -> None:
        """Shows how far a compilation is."""
        self.progress = line.removeprefix("workbench: ")

    def _run(self, program: Program, target: str) -> Run:
        if target not in program.targets or len(program.targets) > 1:
            program = recompiled(program, target, {})
        key = f"{target} {program.record.module_digest}"
        if key not in self._runs:
            self._runs[key] = run(program, target, self.arguments or ())
        return self._runs[key]

    def _replace(self, model: ExecutableModel, shared: Selection | None = None) -> None:
        """Shows another model. Keeps the old one if making the new one's data fails or is
        interrupted.
        """
        before, self.model = self.model, model
        try:
            data = self._data(model.state())
            packed = packed_json(data)
        except BaseException:
            self.model = before
            raise
        self.data = data
        if shared is not None:
            self.shared.unobserve(self._take_selection, "state")
            self.shared = shared
            self.shared.observe(self._take_selection, "state")
        self.channel = self.shared.channel
        self.selection = self.shared.state
        self.packed = packed

    @traitlets.observe("asked")
    def _answer(self, _: Any) -> None:
        asked = dict(self.asked)
        if not asked:
            return
        before = self.program
        try:
            if "choices" not in asked:
                self.show(str(asked["dispatch"]))
                self.status = ""
            else:
                known = (
                    {choice.name: choice for choice in choices_of(self._first)}
                    if self._first
                    else {}
                )
                choices = {name: known[name].value(text) for name, text in asked["choices"].items()}
                with working("compiling", self._tell):
                    message = self.recompile(str(asked["target"]), asked.get("dispatch"), **choices)
                self.status = message
        except StatusError as error:
            self.status = str(error)
        except KeyboardInterrupt:
            self.program = before
            self.status = "interrupted: the view shows what it showed before"


def _read_text(path: Path) -> str:
    from ireelite.status import not_found

    if not path.is_file():
        raise not_found(f"failed to open file '{path}'")
    return path.read_text(encoding="utf-8")
