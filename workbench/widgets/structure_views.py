"""Views of a program's structure: what its dispatches are, where its buffers are, what its modules
hold, what each executable became.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from workbench.model.box_graph import KIND as DISPATCHES
from workbench.model.dispatch_graph import DispatchGraph as DispatchGraphModel
from workbench.model.dot_graph import read_dot
from workbench.model.memory_plan import KIND as MEMORY
from workbench.model.memory_plan import MemoryPlan as MemoryPlanModel
from workbench.model.module_map import KIND as MODULES
from workbench.model.module_map import module_map
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of
from workbench.render.svg_dispatch import draw_dispatches
from workbench.render.svg_memory import draw_memory
from workbench.render.svg_modules import draw_modules
from workbench.render.text_structures import dispatch_text, memory_text, module_text
from workbench.widgets.view import Form, View


class DispatchGraph(View):
    """What runs as one piece: each dispatch region with the ops in it, what flows between them, and
    why ops share a dispatch or do not.

    `source` is a compiled program or its record. A click on a box opens its loop nests and selects
    its ops in all other views. Raises INVALID_ARGUMENT for a source without a record of
    compilation, FAILED_PRECONDITION for one that was compiled to an earlier stage.

    Example:
        program = ireelite.compile("model.pb", record=True)
        graph = workbench.DispatchGraph(program)
        Path("graph.dot").write_text(graph.to_dot())
    """

    form = Form(DISPATCHES, draw_dispatches, dispatch_text, sends_picture=True)

    def __init__(self, source: Any, selection: Selection | None = None):
        record = compilation_of(source, "DispatchGraph")
        super().__init__(DispatchGraphModel(record), selection or shared_selection(record))

    def to_dot(self) -> str:
        """The graph in Graphviz's language."""
        return self.model.dot()

    @classmethod
    def from_dot(cls, source: str | Path, title: str = "") -> Self:
        """A graph in Graphviz's language, from a file or from text, in our layout.

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
    """Where the buffers of a program are, and when: a bar from the first level that uses a buffer to
    the last, at its bytes of the arena.

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
    """The modules of a context in the order in which they were loaded: each import with a line to
    the export that it is resolved to, globals with their values, and the parts of each file.

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


def _read_text(path: Path) -> str:
    from ireelite.status import not_found

    if not path.is_file():
        raise not_found(f"failed to open file '{path}'")
    return path.read_text(encoding="utf-8")
