"""The ops that a selected value, dispatch, instruction or VM address belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ireelite.records import CompilationRecord
from workbench.model.event_ops import EventOps
from workbench.model.ir_tokens import SpanIndex


def ops_of(record: CompilationRecord, selection: Mapping[str, Any]) -> list[int]:
    """Returns serial numbers, ascending; none for what the record does not hold."""
    for field, find in _FINDERS.items():
        if (chosen := selection.get(field)) is not None:
            return sorted(find(record, chosen))
    return []


def _of_value(record: CompilationRecord, value: Mapping[str, Any]) -> list[int]:
    """Returns the op that defines the value, or around the block that has it as an argument."""
    stage = next((stage for stage in record.stages if stage.name == value["stage"]), None)
    if stage is None:
        return []
    spans = stage.value_spans
    starts = [s for s, own in zip(spans.starts, spans.indexes) if own == value["number"]]
    op = SpanIndex(stage.op_spans).at(min(starts)) if starts else -1
    return [stage.nodes[op]] if op >= 0 else []


def _of_instruction(record: CompilationRecord, instruction: Mapping[str, Any]) -> list[int]:
    kind, _, where = instruction["table"].partition(":")
    return _rows(record, kind, where, tuple(instruction["address"]))


def _of_address(record: CompilationRecord, address: Mapping[str, Any]) -> list[int]:
    return _rows(record, "vm", "module", (address["function"], address["pc"]))


def _of_dispatch(record: CompilationRecord, name: str) -> frozenset[int]:
    return EventOps.of(record).of_entry_point(name)


def _rows(record: CompilationRecord, kind: str, where: str, address: tuple[int, ...]) -> list[int]:
    return [
        serial
        for table in record.instructions
        if (table.kind, table.where) == (kind, where)
        for place, serial in zip(table.addresses, table.nodes, strict=True)
        if tuple(place) == address
    ]


_FINDERS = {
    "value": _of_value,
    "instruction": _of_instruction,
    "address": _of_address,
    "dispatch": _of_dispatch,
}
