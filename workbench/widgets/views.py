"""The views, each declared by its form and made of a view model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ireelite.status import invalid_argument
from workbench.model import fence_timeline, ir_view, pipeline_map
from workbench.model.event_ops import dispatch_formats
from workbench.model.ran_values import RanValues
from workbench.model.run_parts import beside, of_call
from workbench.model.selection import Selection, shared_selection
from workbench.model.sources import compilation_of, execution_of
from workbench.progress import shows_progress
from workbench.render.perfetto import perfetto_trace
from workbench.render.svg_ir import draw_ir
from workbench.render.svg_pipeline import draw_pipeline
from workbench.render.svg_timeline import draw_timeline
from workbench.render.text import ir_text, pipeline_text, timeline_text
from workbench.widgets.view import Form, View, packed_json


class PipelineMap(View):
    """The stages of a compilation as a strip, each with its ops and the passes that made it.

    `source` is a compiled program or its record; `here` lights one stage. Raises INVALID_ARGUMENT
    for a source without a record of compilation, NOT_FOUND for a stage that the record has not.

    Example:
        program = ireelite.compile("model.pb", record=True)
        workbench.PipelineMap(program, here="hlo")
    """

    form = Form(pipeline_map.KIND, draw_pipeline, pipeline_text, sends_picture=True)

    def __init__(self, source: Any, here: str | None = None, selection: Selection | None = None):
        record = compilation_of(source, "PipelineMap")
        model = pipeline_map.PipelineMap(record, here)
        super().__init__(model, selection or shared_selection(record))


class IRView(View):
    """A program at every stage, side by side: the relatives of an op light up in all of them.

    `source` is a compiled program or its record. `focus` is the op lit at first, as `tf/2`; without
    one it is the op with the longest story. `stages` chooses the panes. `values`, as
    `program.interpret(x, values=True)` or `device_values(program, x)` returns them, stand beside the
    results that had them; `run`, a loaded module or its record, marks the variant that it ran.

    A value under the pointer shows its type, its definition and its uses; Ctrl+click or a double
    click goes from a use to the definition, from the definition to a use, from a symbol to its op.
    Keys in a pane: arrows move, Enter chooses, `d` goes to the operands, `u` to the uses, Backspace
    back, `z` folds a region, `Z` all, `c` constants, `y` copies the chosen op as text that parses,
    `/` searches (`op:`, `value:`, `type:`, `symbol:`, `attribute:` narrow it), Escape clears.

    Raises INVALID_ARGUMENT for a source without a record of compilation, NOT_FOUND for an op or a
    stage that it has not.

    Example:
        program = ireelite.compile("model.pb", record=True)
        workbench.IRView(program, focus="hlo/3", stages=["tf", "hlo", "kernels"])
        workbench.IRView(program, values=program.interpret(x, values=True))
    """

    form = Form(ir_view.KIND, draw_ir, ir_text, page_state=lambda model: model.state(None))

    @shows_progress
    def __init__(
        self,
        source: Any,
        focus: str | None = None,
        stages: Iterable[str] | None = None,
        selection: Selection | None = None,
        values: Any = None,
        run: Any = None,
    ):
        record = compilation_of(source, "IRView")
        self.source = source
        ran = RanValues(record, values) if values is not None else None
        formats = dispatch_formats(execution_of(run, "IRView")) if run is not None else ()
        model = ir_view.IRView(record, focus, stages, ran, formats)
        shared = selection or shared_selection(record)
        if model.focus is not None and (focus is not None or not shared.ops):
            shared.select([model.focus])
        super().__init__(model, shared)
        self.on_msg(self._answer)

    def _answer(self, _: Any, message: dict[str, Any], __: Any) -> None:
        """Sends the whole of a pane that the script has a part of."""
        if "pane" not in message:
            return
        self.send({"packed": packed_json(self.model.state(None, message["pane"]))})

    def subtree(self, identity: str) -> str:
        """Returns an op with its regions, by its `stage/n`, as MLIR text that parses by itself:
        values from outside become arguments of a function around it. Raises NOT_FOUND.

        Of a record alone, long constants are written as left out (`dense_resource<__elided__>`).

        Example:
            print(workbench.IRView(program).subtree("hlo/3"))
        """
        ir = getattr(self.source, "ir", None)
        return self.model.subtree(identity, ir and (lambda stage: ir(stage, elide=False)))


class FenceTimeline(View):
    """A run as lanes: the host and each queue, with an arrow from every cause to its effect.

    `source` is a loaded module or its record of execution, or a mapping of two or more of these by
    name, whose runs are shown side by side from the same beginning. With `program` (what was
    compiled, or its record), slices name the ops they compute; clicking a slice highlights its ops,
    and selecting an op highlights its slices. `call` shows one call only: the first is 0, the last
    is -1. `memory` adds the live bytes. `clock` is the initial clock, `order` or `time`; a saved
    picture has the order of causes, which is the same on every run. Pending work is dashed, after
    all that has happened. Raises INVALID_ARGUMENT for a source without a record of execution, for a
    mapping of fewer than two and for another clock, OUT_OF_RANGE for a call that is not in the
    record.

    Keys: arrows step, `+` and `-` zoom at the cursor, `0` shows all, `[` and `]` go to the previous
    and the next call, `t` switches between the order of causes and real time, Escape clears the
    selection.

    Example:
        module = ireelite.load(program, record=True)
        module.main(x)
        workbench.FenceTimeline(module, program)
        workbench.FenceTimeline({"waits": module, "async": other}, program)
    """

    form = Form(fence_timeline.KIND, draw_timeline, timeline_text)

    def __init__(
        self,
        source: Any,
        program: Any = None,
        memory: bool = False,
        selection: Selection | None = None,
        call: int | None = None,
        clock: str = "order",
    ):
        if clock not in ("order", "time"):
            raise invalid_argument(f"a clock is 'order' or 'time', not {clock!r}")
        sources = source if isinstance(source, Mapping) else {"": source}
        records = {name: execution_of(each, "FenceTimeline") for name, each in sources.items()}
        if call is not None:
            records = {name: of_call(record, call) for name, record in records.items()}
        record = beside(records) if source is sources else records[""]
        compiled = compilation_of(program, "FenceTimeline") if program is not None else None
        model = fence_timeline.FenceTimeline(record, compiled, memory, clock)
        super().__init__(model, selection or shared_selection(compiled))

    def to_perfetto(self) -> str:
        """Returns the run as Trace Event JSON, which Perfetto and Chrome's tracing read: lanes as
        threads, slices, flows from each signal to the waits that it ended, payloads and bytes as
        counters.

        Example:
            Path("run.json").write_text(timeline.to_perfetto())  # open it at ui.perfetto.dev
        """
        return perfetto_trace(self.model)
