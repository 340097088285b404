"""All views of a program in one linked layout, laid out from a table of views."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ireelite.interrupts import interruptible
from ireelite.status import StatusError, near_names, not_found
from workbench.material import Material, gather, read
from workbench.model.dispatch_graph import require_dispatches
from workbench.model.executable_view import require_kernels
from workbench.model.memory_plan import require_plan
from workbench.model.selection import Selection, shared_selection
from workbench.model.stage_diff import require_stages
from workbench.progress import each, working
from workbench.render.svg import Drawing
from workbench.widgets.debug_views import VMDebugger
from workbench.widgets.lazy_tabs import lazy_tabs, marimo_tabs
from workbench.widgets.step_views import RewriteStepper, StageDiff
from workbench.widgets.structure_views import DispatchGraph, ExecutableView, MemoryPlan, ModuleMap
from workbench.widgets.tensor_views import TensorPeek
from workbench.widgets.view import LOST_VIEW, WIDGET_VIEW, View, page
from workbench.widgets.views import FenceTimeline, IRView, PipelineMap

MAX_EAGER_OPS = 4_000
"""Largest number of ops of a record, over all stages and passes, for which a notebook makes all
views at once and keeps their first frames. For larger records it keeps the frames of views that a
reader has chosen.
"""
MAX_OPS_DRAWN_FIRST = 50_000
"""Largest number of ops of a record for which the frames that a notebook keeps are drawn before the
page shows the views. With larger records the page draws the views meanwhile.
"""


@dataclass(frozen=True)
class Row:
    """A view of the layout, and what it needs."""

    name: str
    needs: tuple[str, ...]
    """Parts of the material (`Material.has`), all of which must be there."""
    make: Callable[[Material, Selection], View]
    require: Callable[[Any], None] | None = None
    """Raises StatusError if the compilation record does not suffice; does not make the view."""
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
    Row(
        "stages",
        ("compilation",),
        lambda m, s: StageDiff(m.compilation, selection=s),
        require_stages,
    ),
    Row(
        "dispatches",
        ("compilation",),
        lambda m, s: DispatchGraph(m.compilation, selection=s),
        require_dispatches,
    ),
    Row("executables", ("compilation",), lambda m, s: _executables(m, s), require_kernels),
    Row(
        "memory",
        ("compilation",),
        lambda m, s: MemoryPlan(m.compilation, selection=s),
        require_plan,
    ),
    Row("run", ("run",), lambda m, s: FenceTimeline(m.run, m.compilation, True, selection=s)),
    Row(
        "values",
        ("values",),
        lambda m, s: TensorPeek(m.interpretation(), program=m.compilation, selection=s),
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
    """All views that apply to a program, a run or several of these, in one linked layout. The
    pipeline is on top, and each other view has a tab. What is selected in one is highlighted in
    all. Sources are programs, records, loaded modules, runs, debugger calls and values of the
    interpreter.

    `workbench.open` makes a workbench of a file, a text or a function. A view is made when its tab
    is first chosen, or when it is asked for by name; `to_html` and the other exports make all views
    that are missing. `left_out` maps the name of each view that could not be made to the reason.
    Raises INVALID_ARGUMENT for other sources, NOT_FOUND if no view applies.

    Example:
        bench = workbench.Workbench(program, module)
        bench                                    # in a notebook
        bench["IR"]                              # one of its views
        Path("report.html").write_text(bench.to_html())
    """

    def __init__(self, *sources: Any):
        material = (
            sources[0]
            if len(sources) == 1 and isinstance(sources[0], Material)
            else gather(*sources)
        )
        self._material = material
        self.title = material.title
        self.left_out = dict(material.left_out)
        self.shared = shared_selection(material.compilation)
        rows = {row.name: row for row in reversed(ROWS) if all(map(material.has, row.needs))}
        self._rows = {row.name: row for row in ROWS if rows.get(row.name) is row}
        self._made: dict[str, View] = {}
        self._kept: Any = None
        """The notebook output that keeps the frames, once it is shown."""
        for row in list(self._rows.values()):
            if row.require is not None:
                try:
                    row.require(material.compilation)
                except StatusError as error:
                    self._leave_out(row.name, error)
        if not self._rows:
            reasons = "; ".join(self.left_out.values()) or "give a program, a module or a record"
            raise not_found(f"no view applies to this: {reasons}")

    @property
    def names(self) -> list[str]:
        """Names of the views, in the order of their tabs."""
        return list(self._rows)

    @property
    def views(self) -> dict[str, View]:
        """All views by name. Makes those that are missing; those that cannot be made go to
        `left_out`.
        """
        for name in each(self.names):
            try:
                self._make(name)
            except StatusError as error:
                self._leave_out(name, error)
        return {name: self._made[name] for name in self.names}

    def __getitem__(self, name: str) -> View:
        """Returns a view by name, making it if necessary. Raises NOT_FOUND, and what making it
        raises.
        """
        if name not in self._rows:
            why = self.left_out.get(name)
            raise not_found(
                f"this workbench has no view '{name}'"
                + (f": {why}" if why else near_names(name, self.names))
            )
        return self._make(name)

    def _make(self, name: str) -> View:
        if name not in self._made:
            with working(name):
                self._made[name] = self._rows[name].make(self._material, self.shared)
            self._made[name].on_frame(self._keep)
        return self._made[name]

    def _leave_out(self, name: str, error: StatusError) -> None:
        del self._rows[name]
        self.left_out[name] = f"{error.code.name}; {error.message}"

    def _ipython_key_completions_(self) -> list[str]:
        return self.names

    @property
    def _on_top(self) -> list[str]:
        return [name for name, row in self._rows.items() if row.on_top]

    @property
    def _in_tabs(self) -> list[str]:
        return [name for name, row in self._rows.items() if not row.on_top]

    def __repr__(self) -> str:
        return f"<Workbench of {self.title}: {', '.join(self.names)}>"

    def label(self) -> str:
        """Returns what a screen reader says for the whole."""
        return f"{self.title}: {', '.join(self.names)}"

    def to_text(self) -> str:
        """Formats all views as text, each under its name; then what was left out, and why."""
        with working("text"):
            parts = [f"== {name}\n{view.to_text()}" for name, view in self.views.items()]
        parts += [f"== {name}: left out: {why}" for name, why in self.left_out.items()]
        return "\n\n".join(parts)

    def to_svg(self) -> str:
        """Returns the first frames of all views, one below the other, as an SVG document."""
        whole = Drawing(0, 0)
        with working("picture"):
            for name, view in self.views.items():
                drawing = view.drawing()
                whole.text(2, whole.height + 18, name, 13, "fill-ink bold")
                whole.nested(drawing, whole.height + 28, view.label())
                whole.width = max(whole.width, drawing.width)
                whole.height += drawing.height + 40
            return whole.document(self.label(), self.to_text())

    def to_json(self) -> str:
        """Returns the data of all views by name, as JSON text."""
        with working("data"):
            data = {name: view.data for name, view in self.views.items()}
            return json.dumps(data, separators=(",", ":"))

    def to_html(self, title: str = "") -> str:
        """Returns a page with all views, that needs neither a kernel nor a network."""
        with working("page") as work:
            with work.part("views", 0, 0.7):
                views = self.views
            with work.part("writing", 0.7, 0.3):
                top = [views[name] for name in self._on_top]
                tabs = {name: views[name] for name in self._in_tabs}
                return page(*top, title=title or self.title, tabs=tabs, notes=self._notes())

    def _notes(self) -> list[str]:
        return [f"left out {name}: {why}" for name, why in self.left_out.items()]

    # -- in notebooks ------------------------------------------------------------------------------

    def still(self) -> dict[str, Any]:
        """Returns a notebook output with the last frames of the views that are made."""
        made = {name: self._made[name] for name in self.names if name in self._made}
        pictures = "".join(f"<h4>{name}</h4>{view.picture()}" for name, view in made.items())
        return {
            "text/html": f'<div class="wb-still">{pictures}</div><style>{LOST_VIEW}</style>',
            "text/plain": "\n".join([repr(self), *self._notes()]),
        }

    def live(self) -> Any:
        """Returns a widget with the views on top and a tab for each other view, which is made when
        its tab is first chosen.
        """
        import ipywidgets

        top = [self._make(name) for name in self._on_top]
        return ipywidgets.VBox([*top, lazy_tabs(self._in_tabs, self._choose)])

    def _choose(self, name: str) -> View:
        """Returns the view of a tab that a reader chose, making it if necessary; the notebook keeps
        its frame from then on.
        """
        is_new = name not in self._made
        view = self[name]
        if is_new:
            self._keep()
        return view

    def _keep(self) -> None:
        """Updates the frames that a notebook keeps."""
        if self._kept is not None:
            self._kept.update(self.still(), raw=True)

    def _ipython_display_(self) -> None:
        """Shows still frames and, as a separate output, the live widget, which hides them."""
        from IPython.display import DisplayHandle, display

        self._kept = None
        record = self.shared.record
        ops = 0 if record is None else len(record.nodes)
        if ops <= MAX_EAGER_OPS:
            with working("first frames"):
                _ = self.views
        live = self.live()
        kept = DisplayHandle()
        is_drawn = ops <= MAX_OPS_DRAWN_FIRST
        kept.display(self.still() if is_drawn else {"text/plain": repr(self)}, raw=True)
        model = {"version_major": 2, "version_minor": 0, "model_id": live.model_id}
        display({WIDGET_VIEW: model}, raw=True)
        if not is_drawn:
            kept.update(self.still(), raw=True)
        self._kept = kept

    def _display_(self) -> Any:
        """Returns what marimo shows."""
        return marimo_tabs(
            [self._make(name) for name in self._on_top], self._in_tabs, self.__getitem__
        )


@interruptible("workbench.open")
def open_workbench(
    source: Any,
    arguments: Sequence[Any] | None = None,
    function: str | None = None,
    device: str | None = None,
    run: bool = True,
) -> Workbench:
    """Returns a workbench of any `source`: a GraphDef, MLIR text of any stage, a JAX function, a
    `.vmfb` by any compiler, a dump that `iree-compile`, `mlir-opt` or `xdsl-opt` printed between
    passes, a saved record of a compilation or of a run, as a path, as bytes or as text, or what
    `Workbench` takes.

    A program is compiled with a record. With `run`, `function` (by default the first) is called
    once with `arguments`, or with ramps and zeros of its types, on `device`, to see a run, a
    debugger and values; such a call is stopped after ten seconds. Of a module that imports others,
    which are not there, the file is shown. Raises what reading and compiling raise.

    Example:
        workbench.open("model.pb")
        workbench.open("model.vmfb", [np.ones((1, 784), np.float32)]).to_html()
    """
    return Workbench(read(source, arguments, function, device, run))
