"""The dispatches of a program as a graph: what runs as one piece, what flows between the pieces,
and why they are as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from ireelite.records import CompilationRecord
from ireelite.records.fusions import Fusion
from ireelite.status import StatusCode, StatusError
from workbench.model.box_graph import BoxGraph, BoxGroup, GraphEdge, GraphNode
from workbench.model.event_ops import EventOps
from workbench.model.stage_graph import (
    GraphOp,
    StageGraph,
    bytes_of,
    shape_of,
    short_type,
    size_text,
)
from workbench.progress import at, counted, part

STAGE = "dispatch"
REGION = "iree.dispatch_region"
QUIET_OPS = frozenset({"arith.constant", "tensor.empty", "iree.return", "linalg.fill"})
"""Ops of a region that prepare what the others compute; they are counted and not listed."""
FRAME_OPS = re.compile(r"\.(constant|empty|fill|yield|return|condition|extract|index)$")
"""Names of ops in a body that carry values about and compute none."""
MAX_USERS = 4
"""An input that more boxes take has a box of its own beside each of them."""
LONG = 40
"""Boxes between the ends of an edge: a longer one begins at a box beside its end that names where
it comes from."""
MAX_OPS = 7
MAX_KERNEL_LINES = 120
_ENTRY_POINT = re.compile(r"@?([\w.$-]+)::@?([\w.$-]+)")


def require_dispatches(record: CompilationRecord) -> None:
    """Raises FAILED_PRECONDITION for a record that has no dispatch regions."""
    names = [stage.name for stage in record.stages]
    if STAGE not in names:
        raise StatusError(
            StatusCode.FAILED_PRECONDITION,
            f"this record has no stage '{STAGE}', it has {', '.join(names) or 'none'}: compile "
            "the program past it, as ireelite.compile(source, record=True) does",
        )


class DispatchGraph(BoxGraph):
    """View model of the dispatches of a program."""

    def __init__(self, record: CompilationRecord):
        """Raises FAILED_PRECONDITION for a record that has no dispatch regions."""
        require_dispatches(record)
        self.record = record
        self.graph = StageGraph(record, record.stage(STAGE))
        self._events = EventOps.of(record)
        self._lineage = self._events.lineage
        self._kernels = _kernel_texts(record)
        self._entry_points = _entry_points(record)
        self._regions = {
            inner.serial: op.serial
            for op in self.graph.ops
            if op.name == REGION
            for inner in self.graph.inside(op.position)
        }
        with part("reasons", 0.1, 0.3):
            self._inside, self._between = self._reasons()
        tops = [op for op in self.graph.ops if op.parent == 0 and op.name.endswith(".func")]
        with part("boxes", 0.4, 0.4):
            boxes = [self._block_node(op) for op in tops]
        super().__init__(BoxGroup(boxes), "")

    @property
    def label(self) -> str:
        """One line about the whole."""
        regions = self.regions()
        count = f"{len(regions)} dispatch{'es' * (len(regions) != 1)}"
        return f"The dispatches of {self.record.source or 'a program'}: {count}"

    def regions(self) -> list[GraphNode]:
        """Returns the dispatch regions, those of loops and choices too, in the order of the
        program.
        """
        return [node for node in self.nodes if node.kind == "region"]

    # -- reasons -----------------------------------------------------------------------------------

    def _reasons(self) -> tuple[dict[int, list[str]], dict[tuple[int, int], list[str]]]:
        """Returns, for each region, why ops of it are in it together; and for each pair of regions
        why they are apart.
        """
        inside: dict[int, list[str]] = {}
        between: dict[tuple[int, int], list[str]] = {}
        for fusion in counted(self.record.fusions):
            ends = [self._region_of(end.serial) for end in (fusion.producer, fusion.consumer)]
            for first in sorted(ends[0]):
                for second in sorted(ends[1]):
                    line = _reason(fusion)
                    if fusion.fused and first == second:
                        _add(inside.setdefault(first, []), line)
                    elif not fusion.fused and first != second:
                        _add(between.setdefault((first, second), []), line)
        return inside, between

    def _region_of(self, serial: int) -> set[int]:
        """Returns the regions that an op, or what it became, is in."""
        if serial in self._regions:
            return {self._regions[serial]}
        later = self.record.descendants(serial)
        return {self._regions[one] for one in later if one in self._regions}

    # -- boxes -------------------------------------------------------------------------------------

    def _block_node(self, op: GraphOp) -> GraphNode:
        symbol = self.record.nodes[op.serial].symbol
        title = f"@{symbol}" if symbol else op.name
        node = GraphNode("block", title, op.serial, serials=[op.serial])
        node.inner = self._group(op)
        return node

    def _group(self, around: GraphOp) -> BoxGroup:
        """Returns the boxes for the ops directly in an op. What flows in from outside is an input
        here, and the operands of its terminators are results.
        """
        group = BoxGroup()
        boxes: dict[int, int] = {}
        inputs: dict[int, int] = {}
        passed = dict(around.captured)

        def source(value: int) -> int | None:
            """Returns the box that makes a value; an input for one from outside of the block."""
            definer = self.graph.definers.get(value, -1)
            if definer in boxes:
                return boxes[definer]
            if definer >= 0 and definer != around.position and self._is_within(definer, around):
                return None
            if value not in inputs:
                inputs[value] = len(group.nodes)
                outer = passed.get(value)
                name = self.graph.value_names[value]
                title = f"{name} = {self.graph.value_names[outer]}" if outer is not None else name
                made_by = self.graph.ops[definer].serial if definer >= 0 else around.serial
                type = self.graph.type_of(value)
                lines = [type_text(type)] * bool(type)
                node = GraphNode("input", title, made_by, lines, serials=[made_by])
                group.nodes.append(node)
            return inputs[value]

        if around.name.endswith(".func"):
            for value in around.arguments:
                source(value)
        for position in around.children:
            op = self.graph.ops[position]
            at(position / len(self.graph.ops))
            if self._is_folded(op):
                continue
            node = self._node(op)
            values = [v for v in self._taken(op) if not self._is_constant(v)]
            ends = [(value, end) for value in values if (end := source(value)) is not None]
            boxes[position] = target = len(group.nodes)
            group.nodes.append(node)
            for end in dict.fromkeys(end for _, end in ends):
                own = [value for value, other in ends if other == end]
                group.edges.append(self._edge(group, end, target, own))
        return with_short_edges(group)

    def _node(self, op: GraphOp) -> GraphNode:
        if op.name == REGION:
            return self._region_node(op)
        if any(inner.name == REGION for inner in self.graph.inside(op.position)):
            node = GraphNode("block", op.name, op.serial, serials=[op.serial])
            node.inner = self._group(op)
            return node
        if not op.results:
            name = op.name.rpartition(".")[2]
            return GraphNode("result", name, op.serial, serials=[op.serial])
        types = [self.graph.type_of(value) for value in op.results]
        lines = [type_text(type) for type in types if type]
        return GraphNode("host", op.name, op.serial, lines, serials=[op.serial])

    def _region_node(self, op: GraphOp) -> GraphNode:
        inside = self.graph.inside(op.position)
        own = [self.graph.ops[n] for n in op.children]
        listed = [one for one in own if one.name not in QUIET_OPS]
        serials = [op.serial, *(one.serial for one in inside)]
        executable, entry_point = self._entry_points.get(op.serial, ("", ""))
        node = GraphNode(
            "region",
            self._events.words(serials) or self._result_names(op) or "dispatch",
            op.serial,
            [self._op_line(one) for one in listed[:MAX_OPS]],
            len(inside) - min(len(listed), MAX_OPS),
            serials,
            entry_point=entry_point,
            executable=executable,
            reasons=self._inside.get(op.serial, []),
            text=self._kernels.get(entry_point, ""),
        )
        constants = [value for value in self._taken(op) if self._is_constant(value)]
        if constants:
            sizes = [bytes_of(self.graph.type_of(value)) for value in constants]
            total = size_text(sum(size for size in sizes if size is not None))
            plural = "s" * (len(constants) != 1)
            node.notes.append(f"{len(constants)} constant{plural}, {total}")
        return node

    def _op_line(self, op: GraphOp) -> str:
        """Formats `linalg.matmul 16x128xf32`; an op with a body names what it computes in it."""
        names = [one.name for one in self.graph.inside(op.position) if not one.children]
        work = dict.fromkeys(n.rpartition(".")[2] for n in names if not FRAME_OPS.search(n))
        inner = f" ({' '.join(list(work)[:4])}{' …' * (len(work) > 4)})" if work else ""
        types = [short_type(self.graph.type_of(value)) for value in op.results[:1]]
        return " ".join([op.name + inner, *(type for type in types if type)])

    def _result_names(self, op: GraphOp) -> str:
        names = [self.graph.value_names[value].lstrip("%") for value in op.results]
        return ", ".join(name for name in names if not name.isdecimal())

    # -- edges -------------------------------------------------------------------------------------

    def _edge(self, group: BoxGroup, source: int, target: int, values: list[int]) -> GraphEdge:
        ends = group.nodes[source].serial, group.nodes[target].serial
        types = [self.graph.type_of(value) for value in values]
        lines = [type_text(type) for type in types if type]
        return GraphEdge(source, target, lines, self._between.get(ends, []))

    def _taken(self, op: GraphOp) -> list[int]:
        """Returns the values that an op and those in it take from outside of it, each once; of a
        region, those that are passed to its body and not the workload.
        """
        if op.name == REGION:
            return list(dict.fromkeys(operand for _, operand in op.captured))
        within = {op.position, *(one.position for one in self.graph.inside(op.position))}
        ops = [self.graph.ops[position] for position in sorted(within)]
        values = dict.fromkeys(
            value
            for one in ops
            for value in (one.operands if one.name != REGION else self._taken(one))
            if self.graph.definers.get(value, -1) not in within
        )
        return self._seen_through(list(values))

    def _seen_through(self, values: list[int]) -> list[int]:
        """Returns the values, with those that folded ops compute replaced by what these take."""
        found: dict[int, None] = {}
        for value in values:
            definer = self.graph.definers.get(value, -1)
            op = self.graph.ops[definer] if definer >= 0 else None
            if op is not None and value in op.results and self._is_scalar_work(op):
                found.update(dict.fromkeys(self._taken(op)))
            else:
                found[value] = None
        return list(found)

    def _is_folded(self, op: GraphOp) -> bool:
        """Returns whether an op has no box: constants are counted where they are used, and what the
        host computes of scalars is seen through; so are terminators without operands.
        """
        if not op.results:
            return not op.operands
        return self._is_constant(op.results[0]) or self._is_scalar_work(op)

    def _is_scalar_work(self, op: GraphOp) -> bool:
        types = [self.graph.type_of(value) for value in op.results]
        plain = all(type and shape_of(type) is None for type in types)
        return bool(types) and plain and not op.children

    def _is_constant(self, value: int) -> bool:
        definer = self.graph.definers.get(value, -1)
        return definer >= 0 and self.graph.ops[definer].name.endswith(".constant")

    def _is_within(self, position: int, around: GraphOp) -> bool:
        return any(op.position == around.position for op in self.graph.ancestors(position))

    # -- for renderers -----------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Returns what a script gets beside the picture: the facts of each box and edge, by number,
        and the derivation graph between what is in the boxes.
        """
        serials = {serial for node in self.nodes for serial in node.serials}
        return {**super().state(), "graph": self._lineage.graph(serials)}


def type_text(type: str) -> str:
    """Formats `16x128xf32 · 8 KB`."""
    return " · ".join(part for part in (short_type(type), size_text(bytes_of(type))) if part)


def with_short_edges(group: BoxGroup) -> BoxGroup:
    """Returns the group with edges that are not long: a copy of a box stands beside the box that
    takes it, where an input has many users or a value comes from far away.
    """
    users = Counter(edge.source for edge in group.edges)
    made = BoxGroup(edges=group.edges)
    numbers: dict[int, int] = {}
    copies: dict[int, list[GraphEdge]] = {}
    for edge in group.edges:
        source = group.nodes[edge.source]
        many = source.kind == "input" and users[edge.source] > MAX_USERS
        if many or edge.target - edge.source > LONG:
            copies.setdefault(edge.target, []).append(edge)
    copied = {id(edge) for edges in copies.values() for edge in edges}
    replaced = {edge.source for edges in copies.values() for edge in edges}
    kept = {edge.source for edge in group.edges if id(edge) not in copied}
    for number, node in enumerate(group.nodes):
        for edge in copies.get(number, ()):
            source = group.nodes[edge.source]
            title = source.title if source.kind == "input" else f"from {source.title}"
            lines = source.ops if source.kind == "input" else edge.lines
            made.nodes.append(
                GraphNode("input", title, source.serial, lines, serials=source.serials)
            )
            edge.source = len(made.nodes) - 1
        if node.kind == "input" and number in replaced and number not in kept:
            continue
        numbers[number] = len(made.nodes)
        made.nodes.append(node)
    for edge in group.edges:
        edge.source = edge.source if id(edge) in copied else numbers[edge.source]
        edge.target = numbers[edge.target]
    return made


def _add(lines: list[str], line: str) -> None:
    if line not in lines:
        lines.append(line)


def _reason(fusion: Fusion) -> str:
    both = fusion.producer, fusion.consumer
    names = dict.fromkeys(end.source or end.name for end in both)
    of = ""
    if len(names) == 1 and both[0].source:
        # Two ops of one node of the source: these are named.
        names, of = dict.fromkeys(end.name for end in both), f" of {both[0].source}"
    ends = " and ".join(names) + of
    counts = [f"{size_text(fusion.bytes_saved)} not moved" if fusion.fused else ""]
    if fusion.operations_repeated:
        counts.append(f"{fusion.operations_repeated:,} operations repeated")
    figures = "; ".join(part for part in counts if part)
    verdict = "together" if fusion.fused else "apart"
    return f"{ends}: {verdict}, {fusion.reason}" + (f" ({figures})" if figures else "")


def entry_point_at(graph: StageGraph, position: int) -> str:
    """Returns the entry point that a dispatch at stage `hl-seq` or `ll-seq` names; nothing for
    other ops.
    """
    op = graph.ops[position]
    match = _ENTRY_POINT.search(graph.text_of(position)) if not op.children else None
    return match[2] if match is not None and op.name.endswith("dispatch") else ""


def _entry_points(record: CompilationRecord) -> dict[int, tuple[str, str]]:
    """Returns the (executable, entry point) of each region, by the dispatch that it became."""
    found: dict[int, tuple[str, str]] = {}
    for stage in record.stages:
        if stage.name not in ("hl-seq", "ll-seq"):
            continue
        spans, text = stage.op_spans, stage.text
        for n, serial in enumerate(stage.nodes):
            if not record.nodes.name(serial).endswith("dispatch"):
                continue
            match = _ENTRY_POINT.search(text, spans.starts[n], spans.ends[n])
            if match is None:
                continue
            for ancestor in record.ancestors(serial):
                if record.nodes.name(ancestor) == REGION:
                    found.setdefault(ancestor, (match[1], match[2]))
    return found


def _kernel_texts(record: CompilationRecord) -> dict[str, str]:
    """Returns the function of each entry point at stage `kernels`, without the frame around it."""
    stage = next((stage for stage in record.stages if stage.name == "kernels"), None)
    if stage is None:
        return {}
    found: dict[str, str] = {}
    for n, serial in enumerate(stage.nodes):
        node = record.nodes[serial]
        if node.name == "func.func" and node.symbol is not None and node.entry_point == node.symbol:
            start = stage.op_spans.starts[n]
            begin = stage.text.rfind("\n", 0, start) + 1
            lines = stage.text[begin : stage.op_spans.ends[n]].split("\n")
            indent = start - begin
            cut = [line[indent:] for line in lines[:MAX_KERNEL_LINES]]
            if len(lines) > MAX_KERNEL_LINES:
                cut.append(f"// {len(lines) - MAX_KERNEL_LINES} more lines")
            found[node.symbol] = "\n".join(cut)
    return found
