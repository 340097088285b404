"""One executable from tensors to machine code: its ops on tensors, its loop nests, each target's
schedule and code, and the instructions; with who computes which element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ireelite.records import CompilationRecord, InstructionTable
from ireelite.records.columns import NONE
from ireelite.status import StatusCode, StatusError, near_names, not_found
from workbench.model.code_lines import (
    CodeLine,
    assembly_lines,
    bytecode_lines,
    llvm_lines,
    mnemonics,
    spirv_lines,
    stage_lines,
)
from workbench.model.event_ops import EventOps
from workbench.model.stage_graph import GraphOp, StageGraph
from workbench.model.tile_map import tile_map
from workbench.model.workgroup_grid import Grid, grid_state

KIND = "executable"
TARGETS = {"IreeBytecode": "vmvx", "SPIRV": "vulkan-spirv", "LLVM": "llvm-cpu"}
"""Targets by the word of their `iree.executable(...)`, in the order in which they are shown."""
TABLES = {"vmvx": "vm", "vulkan-spirv": "spirv", "llvm-cpu": "native"}
RODATA = {"vmvx": "vmvx", "vulkan-spirv": "vulkan_spirv", "llvm-cpu": "llvm_cpu"}
"""What the name of a target's blob in the module ends with."""
MAX_OTHERS, MAX_IN_A_PAGE = 3, 15
"""How many executables besides the chosen one a view takes along, and a page, which has no kernel
to ask for more."""
MAX_LINES = 1_500
"""Lines of one pane."""
MAX_ROWS, MAX_COLUMNS = 32, 64
"""Elements of the picture of who computes what."""
STEPS_OF_OTHERS = 6_000


@dataclass(frozen=True)
class CodePane:
    """A text of the executable. `target` is empty for what all targets share."""

    name: str
    title: str
    target: str
    lines: list[CodeLine] = field(repr=False)


def require_kernels(record: CompilationRecord) -> None:
    """Raises FAILED_PRECONDITION for a record without kernels."""
    names = [stage.name for stage in record.stages]
    if "kernels" not in names:
        raise StatusError(
            StatusCode.FAILED_PRECONDITION,
            f"this record has no stage 'kernels', it has {', '.join(names) or 'none'}: compile "
            "the program past it, as ireelite.compile(source, record=True) does",
        )
    own = zip(record.nodes.symbols, record.nodes.entry_points, strict=True)
    if not any(symbol == entry != NONE for symbol, entry in own):
        why = "this program has no kernels: none of its functions has work for a device"
        raise StatusError(StatusCode.FAILED_PRECONDITION, why)


class ExecutableView:
    """View model of the executables of a program, one of which is chosen."""

    def __init__(
        self,
        record: CompilationRecord,
        data: Any = None,
        dispatch: str | None = None,
        target: str | None = None,
    ):
        """Takes the bytes of the module as `data`: with them instructions have their operands, ids
        and registers; without, their names.

        Raises FAILED_PRECONDITION for a record without kernels, NOT_FOUND for a dispatch or target
        that it has not.
        """
        require_kernels(record)
        self.record, self.data = record, data
        self.events = EventOps.of(record)
        self.dispatches = [
            point for op in self._graph("kernels").ops if (point := self._point(op)) is not None
        ]
        if dispatch is not None and dispatch not in self.dispatches:
            raise not_found(f"no dispatch '{dispatch}'{near_names(dispatch, self.dispatches)}")
        self.dispatch = dispatch or self._largest()
        self.targets = self._targets()
        if target is not None and target not in self.targets:
            raise not_found(f"no executable for '{target}'{near_names(target, self.targets)}")
        self.target = target or (self.targets[0] if self.targets else "")
        self.choices: list[dict[str, Any]] = []
        """What a reader may choose otherwise: name, label, targets, values, and the value now."""
        self.ran = ""
        """How the last run compares with the one before it."""

    @property
    def label(self) -> str:
        """One line about the whole."""
        source = self.record.source or "a program"
        return f"The executables of {source}: {self.dispatch} computes {self.title(self.dispatch)}"

    def title(self, dispatch: str) -> str:
        """Returns what a dispatch computes, in the words of the program's first stage."""
        return self.events.computes(dispatch) or "something"

    # -- finding -----------------------------------------------------------------------------------

    def _graph(self, stage: str) -> StageGraph:
        if stage not in self._graphs:
            self._graphs[stage] = StageGraph(self.record, self.record.stage(stage))
        return self._graphs[stage]

    @cached_property
    def _graphs(self) -> dict[str, StageGraph]:
        return {}

    def _point(self, op: GraphOp) -> str | None:
        """Returns the entry point that a function is."""
        if not op.name.endswith(".func"):
            return None
        node = self.record.nodes[op.serial]
        return node.symbol if node.symbol is not None and node.symbol == node.entry_point else None

    def _largest(self) -> str:
        """Returns the dispatch that became the most ops."""
        stage = "executables" if self._has("executables") else "kernels"
        sizes = {
            point: sum(len(self._graph(stage).inside(op.position)) for _, op in functions)
            for point, functions in self._by_point(stage).items()
        }
        return max(sizes, key=lambda point: sizes[point], default="")

    def _has(self, stage: str) -> bool:
        return any(one.name == stage for one in self.record.stages)

    def _functions(self, stage: str, dispatch: str) -> list[tuple[str, GraphOp]]:
        """Returns the (target, function) pairs of a dispatch at a stage; the target is empty before
        there are some.
        """
        if not self._has(stage):
            return []
        return self._by_point(stage).get(dispatch, [])

    def _by_point(self, stage: str) -> dict[str, list[tuple[str, GraphOp]]]:
        if stage not in self._found:
            graph = self._graph(stage)
            found: dict[str, list[tuple[str, GraphOp]]] = {}
            for op in graph.ops:
                if (point := self._point(op)) is not None:
                    around = next(
                        (
                            one
                            for one in graph.ancestors(op.position)
                            if one.name == "iree.executable"
                        ),
                        None,
                    )
                    head = graph.text_of(around.position)[:60] if around is not None else ""
                    tag = head.partition("(")[2].partition(")")[0]
                    found.setdefault(point, []).append((TARGETS.get(tag, ""), op))
            self._found[stage] = found
        return self._found[stage]

    @cached_property
    def _found(self) -> dict[str, dict[str, list[tuple[str, GraphOp]]]]:
        return {}

    def _targets(self) -> list[str]:
        if not self._has("executables"):
            return []
        functions = self._by_point("executables").values()
        known = {target for own in functions for target, _ in own}
        return [target for target in TARGETS.values() if target in known]

    # -- panes -------------------------------------------------------------------------------------

    def panes(self, dispatch: str) -> list[CodePane]:
        """Returns the texts of a dispatch, from tensors to instructions."""
        panes: list[CodePane] = []
        for stage, name, title in (
            ("hl-seq", "tensors", "ops on tensors"),
            ("kernels", "nests", "loop nests, before any schedule"),
            ("schedules", "schedule", "the nests as this target runs them"),
            ("executables", "code", "the target's own ops"),
        ):
            for target, op in self._functions(stage, dispatch):
                lines = stage_lines(self._graph(stage), op)
                panes.append(CodePane(name, title, target, _cut(lines)))
        for target in self.targets:
            panes += self._instructions(dispatch, target)
        return panes

    def _instructions(self, dispatch: str, target: str) -> list[CodePane]:
        table = self._table(dispatch, target)
        blob = self._blob(table, target) if table is not None else None
        if table is None:
            return []
        if blob is None:
            return [
                CodePane(
                    "instructions", "instructions", target, _cut(mnemonics(self.record, table))
                )
            ]
        if target == "vmvx":
            return [
                CodePane("bytecode", "VMVX bytecode", target, _cut(bytecode_lines(blob, table)))
            ]
        if target == "vulkan-spirv":
            return [
                CodePane("SPIR-V", "SPIR-V instructions", target, _cut(spirv_lines(blob, table)))
            ]
        from ireelite.executables.native import NativeExecutable

        functions = [op for own, op in self._functions("executables", dispatch) if own == target]
        ops = [
            (op.name, op.serial)
            for function in functions
            for op in self._graph("executables").inside(function.position)
        ]
        llvm_ir = llvm_lines(NativeExecutable.decode(blob).llvm_ir, ops)
        panes = [CodePane("LLVM IR", "LLVM IR, before LLVM's passes", target, _cut(llvm_ir))]
        if assembly := assembly_lines(llvm_ir):
            panes.append(CodePane("assembly", "assembly for this machine", target, _cut(assembly)))
        return panes

    def _table(self, dispatch: str, target: str) -> InstructionTable | None:
        nodes, strings = self.record.nodes, self.record.strings
        number = strings.numbers.get(dispatch)
        tag = next(tag for tag, name in TARGETS.items() if name == target)
        for table in self.record.instructions:
            executable, _, variant = table.where.partition("/")
            if table.kind == TABLES[target] and variant == tag:
                owners = {nodes.entry_points[serial] for serial in table.nodes}
                if number in owners or executable in dispatch:
                    return table
        return None

    def _blob(self, table: InstructionTable | None, target: str) -> Any:
        """Returns the executable in the module's bytes."""
        if self.data is None or table is None:
            return None
        wanted = f"{table.where.partition('/')[0]}_{RODATA[target]}"
        return next((row.data for row in self._rodata if row.name == wanted), None)

    @cached_property
    def _rodata(self) -> list[Any]:
        from ireelite.bytecode.decode import decode_module

        return list(decode_module(self.data).rodata)

    # -- who computes what ---------------------------------------------------------------------------

    def grids(self, dispatch: str) -> list[Grid]:
        """Returns, for each target, the elements of the largest result, and who computes them."""
        chosen = dispatch == self.dispatch
        grids: list[Grid] = []
        for target, op in self._functions("schedules", dispatch):
            steps = {} if chosen else {"most_steps": STEPS_OF_OTHERS}
            tile = tile_map(self._graph("schedules"), op, **steps)
            if not tile.owners:
                continue
            columns = tile.shape[-1] if tile.shape else 1
            rows = 1
            for size in tile.shape[:-1]:
                rows *= size
            grids.append(
                Grid(tile, target, min(rows, MAX_ROWS), min(columns, MAX_COLUMNS), rows, columns)
            )
        return grids

    # -- for renderers -----------------------------------------------------------------------------

    def shown_dispatches(self, most_others: int) -> list[str]:
        """Returns the dispatches whose texts are sent to the view, in order: the chosen one, and up
        to `most_others` of its neighbours.
        """
        if self.dispatch not in self.dispatches:
            return []
        at = self.dispatches.index(self.dispatch)
        begin = max(min(at - most_others // 2, len(self.dispatches) - most_others - 1), 0)
        return self.dispatches[begin : begin + most_others + 1]

    def state(self, most_others: int = MAX_OTHERS) -> dict[str, Any]:
        """Returns what a script gets."""
        executables = []
        serials: set[int] = set()
        for dispatch in self.shown_dispatches(most_others):
            panes = self.panes(dispatch)
            seeds = self.events.of_entry_point(dispatch)
            serials |= {line.serial for pane in panes for line in pane.lines if line.serial >= 0}
            executables.append(
                {
                    "dispatch": dispatch,
                    "title": self.title(dispatch),
                    "seeds": sorted(seeds)[:1],
                    "panes": [_pane_state(pane) for pane in panes],
                    "grids": [grid_state(grid) for grid in self.grids(dispatch)],
                }
            )
        serials |= {serial for one in executables for serial in one["seeds"]}
        return {
            "kind": KIND,
            "dispatch": self.dispatch,
            "target": self.target,
            "targets": self.targets,
            "all": [[dispatch, self.title(dispatch)] for dispatch in self.dispatches],
            "graph": self.events.lineage.graph(serials),
            "executables": executables,
            "choices": self.choices,
            "ran": self.ran,
        }


def _cut(lines: list[CodeLine]) -> list[CodeLine]:
    if len(lines) <= MAX_LINES:
        return lines
    return [*lines[:MAX_LINES], CodeLine(f"… {len(lines) - MAX_LINES} more lines")]


def _pane_state(pane: CodePane) -> dict[str, Any]:
    lines = [[line.serial, line.text] for line in pane.lines]
    return {"name": pane.name, "title": pane.title, "target": pane.target, "lines": lines}
