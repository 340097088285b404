"""All views of a program in one linked layout, laid out from a table of views."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.status import StatusError, near_names, not_found
from workbench.material import Material, Progress, gather, read
from workbench.model.selection import Selection, shared_selection
from workbench.render.svg import Drawing, data_image
from workbench.widgets.debug_views import VMDebugger
from workbench.widgets.step_views import RewriteStepper, StageDiff
from workbench.widgets.structure_views import DispatchGraph, ExecutableView, MemoryPlan, ModuleMap
from workbench.widgets.tensor_views import TensorPeek
from workbench.widgets.view import LOST_VIEW, WIDGET_VIEW, View, page
from workbench.widgets.views import FenceTimeline, IRView, PipelineMap


@dataclass(frozen=True)
class Row:
    """A view of the layout, and what it needs."""

    name: str
    needs: tuple[str, ...]
    """Parts of the material (`Material.has`), all of which must be there."""
    make: Callable[[Material, Selection], View]
    on_top: bool = False
    """Whether it stands above the others, always in sight."""


ROWS: tuple[Row, ...] = (
    Row(
        "pipeline",
        ("compilation",),
        lambda m, s: PipelineMap(m.compilation, selection=s),
        on_top=True,
    ),
    Row("IR", ("compilation",), lambda m, s: IRView(m.program or m.compilation, selection=s)),
    Row("rewrites", ("compilation",), lambda m, s: RewriteStepper(m.compilation, selection=s)),
    Row("stages", ("compilation",), lambda m, s: StageDiff(m.compilation, selection=s)),
    Row("dispatches", ("compilation",), lambda m, s: DispatchGraph(m.compilation, selection=s)),
    Row("executables", ("compilation",), lambda m, s: _executables(m, s)),
    Row("memory", ("compilation",), lambda m, s: MemoryPlan(m.compilation, selection=s)),
    Row("run", ("run",), lambda m, s: FenceTimeline(m.run, m.compilation, True, selection=s)),
    Row(
        "values", ("values",), lambda m, s: TensorPeek(m.values, program=m.compilation, selection=s)
    ),
    Row("debugger", ("debugger",), lambda m, s: _debugger(m, s)),
    Row("modules", ("file",), lambda m, s: _modules(m, s)),
    Row("modules", ("module",), lambda m, s: _modules(m, s)),
)
"""The views in the order of their tabs. Of rows of one name, the first that applies is taken."""


def _executables(material: Material, selection: Selection) -> View:
    return ExecutableView(material.program or material.compilation, selection=selection)


def _debugger(material: Material, selection: Selection) -> View:
    assert material.debugger is not None
    return VMDebugger(material.debugger, material.compilation, selection=selection)


def _modules(material: Material, selection: Selection) -> View:
    shown = material.module if material.module is not None else material.file
    return ModuleMap(shown, program=material.program, selection=selection)


class Workbench:
    """All views that apply to a program, a record, a loaded module, a run, a debugger, values of the
    interpreter, or several of these together: the pipeline on top, a tab for each other view. What is
    selected in one is lit in all.

    `workbench.open` makes one of a file, a text or a function. `left_out` says of each view that
    could not be made why. Raises INVALID_ARGUMENT for other sources, and for such that no view
    applies to.

    Example:
        bench = workbench.Workbench(program, module)
        bench                                    # in a notebook
        bench["IR"]                              # one of its views
        Path("report.html").write_text(bench.to_html())
    """

    def __init__(self, *sources: Any, progress: Progress | None = None):
        """`progress` gets a line before each view is made."""
        material = (
            sources[0]
            if len(sources) == 1 and isinstance(sources[0], Material)
            else gather(*sources)
        )
        progress = progress or (lambda _: None)
        self.title = material.title
        self.left_out = dict(material.left_out)
        self.shared = shared_selection(material.compilation)
        self.views: dict[str, View] = {}
        """By the names of their tabs, in order."""
        rows = {row.name: row for row in reversed(ROWS) if all(map(material.has, row.needs))}
        ordered = [row for row in ROWS if rows.get(row.name) is row]
        for number, row in enumerate(ordered, 1):
            progress(f"view {number} of {len(ordered)}: {row.name}")
            try:
                self.views[row.name] = row.make(material, self.shared)
            except StatusError as error:
                self.left_out[row.name] = f"{error.code.name}; {error.message}"
        if not self.views:
            reasons = "; ".join(self.left_out.values()) or "give a program, a module or a record"
            raise not_found(f"no view applies to this: {reasons}")
        self._on_top = [row.name for row in ordered if row.on_top and row.name in self.views]

    def __getitem__(self, name: str) -> View:
        """A view by its tab's name. Raises NOT_FOUND."""
        if (view := self.views.get(name)) is None:
            why = self.left_out.get(name)
            raise not_found(
                f"this workbench has no view '{name}'"
                + (f": {why}" if why else near_names(name, list(self.views)))
            )
        return view

    def __repr__(self) -> str:
        return f"<Workbench of {self.title}: {', '.join(self.views)}>"

    def label(self) -> str:
        """What a screen reader says for the whole."""
        return f"{self.title}: {', '.join(self.views)}"

    def to_text(self) -> str:
        """All views as text, each under its name; then what was left out, and why."""
        parts = [f"== {name}\n{view.to_text()}" for name, view in self.views.items()]
        parts += [f"== {name}: left out: {why}" for name, why in self.left_out.items()]
        return "\n\n".join(parts)

    def to_svg(self) -> str:
        """The first frames of all views, one below the other, as an SVG document."""
        whole = Drawing(0, 0)
        for name, view in self.views.items():
            drawing = view.drawing()
            whole.text(2, whole.height + 18, name, 13, "fill-ink bold")
            whole.nested(drawing, whole.height + 28, view.label())
            whole.width = max(whole.width, drawing.width)
            whole.height += drawing.height + 40
        return whole.document(self.label(), self.to_text())

    def to_json(self) -> str:
        """The data of all views by name, as JSON text."""
        data = {name: view.data for name, view in self.views.items()}
        return json.dumps(data, separators=(",", ":"))

    def to_html(self, title: str = "") -> str:
        """A page with all views, that needs neither a kernel nor a network."""
        top = [self.views[name] for name in self._on_top]
        tabs = {name: view for name, view in self.views.items() if name not in self._on_top}
        return page(*top, title=title or self.title, tabs=tabs, notes=self._notes())

    def _notes(self) -> list[str]:
        return [f"left out {name}: {why}" for name, why in self.left_out.items()]

    def still(self) -> dict[str, Any]:
        """The first frames as an output of a notebook keeps them."""
        pictures = "".join(
            f"<h4>{name}</h4>{data_image(view.to_svg(), view.label())}"
            for name, view in self.views.items()
        )
        return {
            "text/html": f'<div class="wb-still">{pictures}</div><style>{LOST_VIEW}</style>',
            "text/plain": "\n".join([repr(self), *self._notes()]),
        }

    def live(self) -> Any:
        """The views as one widget: those on top, and a tab for each other."""
        import ipywidgets

        names = [name for name in self.views if name not in self._on_top]
        tabs = ipywidgets.Tab([self.views[name] for name in names], titles=names)
        return ipywidgets.VBox([*(self.views[name] for name in self._on_top), tabs])

    def _ipython_display_(self) -> None:
        """Shows the first frames and, as an output of its own, the live widget, which hides them."""
        from IPython.display import display

        display(self.still(), raw=True)
        model = {"version_major": 2, "version_minor": 0, "model_id": self.live().model_id}
        display({WIDGET_VIEW: model}, raw=True)


def open_workbench(
    source: Any,
    arguments: Sequence[Any] | None = None,
    function: str | None = None,
    device: str | None = None,
    run: bool = True,
    progress: Progress | None = None,
) -> Workbench:
    """A workbench of anything: a GraphDef, MLIR text of any stage, a JAX function, a `.vmfb` by any
    compiler, a dump that `iree-compile`, `mlir-opt` or `xdsl-opt` printed between passes, a saved
    record of a compilation or of a run, as a path, as bytes or as text, or what
    `Workbench` takes.

    A program is compiled with a record. With `run`, `function` (by default the first) is called
    once with `arguments`, or with ramps and zeros of its types, to see a run, a debugger and values.
    Raises what reading, compiling and loading raise.

    Example:
        workbench.open("model.pb")
        workbench.open("model.vmfb", [np.ones((1, 784), np.float32)]).to_html()
    """
    return Workbench(read(source, arguments, function, device, run, progress), progress=progress)
