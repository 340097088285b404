"""Which ops an event of a run belongs to: the crossing from a run's record to a compilation's."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterable
from typing import ClassVar

from ireelite.records import CompilationRecord, Event, ExecutionRecord
from ireelite.records.columns import NONE
from workbench.model.lineage import COMMON_OPS, Lineage

_IN_EVERY_PROGRAM = re.compile(f"{COMMON_OPS}|^tf.graph|Placeholder|fetch|broadcast_in_dim")

_CONTROL_FLOW = frozenset({"case", "if", "statelessif", "statelesswhile", "while"})
"""Names of control-flow ops; the ops that they became are part of many kernels."""


class EventOps:
    """Finds, for each event, the ops it ran, as serial numbers. `EventOps.of(record)` is the one that
    all views of a record share.
    """

    _shared: ClassVar[weakref.WeakValueDictionary[int, EventOps]] = weakref.WeakValueDictionary()

    @classmethod
    def of(cls, record: CompilationRecord) -> EventOps:
        """Returns the finder of a record, with what it has found before."""
        if (known := cls._shared.get(id(record))) is None or known.record is not record:
            known = cls._shared[id(record)] = cls(record)
        return known

    def __init__(self, record: CompilationRecord):
        self.record = record
        self.lineage = Lineage(record)
        self._entry_points: dict[str, frozenset[int]] = {}
        self._computed: dict[str, str] = {}
        self._pcs: dict[tuple[int, ...], int] = {
            address: serial
            for table in record.instructions
            if table.kind == "vm" and table.where == "module"
            for address, serial in zip(table.addresses, table.nodes, strict=True)
        }

    def seeds(self, event: Event) -> frozenset[int]:
        """Returns the ops of the entry point a dispatch ran, or the VM instruction a host event was
        made by.
        """
        where = event.where
        if (name := where.get("entry_point")) is not None:
            return self.of_entry_point(str(name))
        if "function" in where and "pc" in where:
            serial = self._pcs.get((int(where["function"]), int(where["pc"])))
            return frozenset() if serial is None else frozenset([serial])
        return frozenset()

    def of_entry_point(self, name: str) -> frozenset[int]:
        """Returns all ops of the kernel with that symbol, from the level where it is outlined on
        and in every variant, and its instructions, with those that all kernels of its executable
        share.
        """
        if (known := self._entry_points.get(name)) is None:
            known = self._entry_points[name] = frozenset(self._nodes_of(name))
        return known

    def computes(self, name: str) -> str:
        """Returns what the kernel with that symbol computes, in the words of the program's first
        stage, as `MatMul+BiasAdd`; empty if none of its ops comes from there.
        """
        if (known := self._computed.get(name)) is None:
            known = self._computed[name] = self.words(self.of_entry_point(name))
        return known

    def words(self, serials: Iterable[int]) -> str:
        """Returns what the given nodes compute, in the words of the program's first stage."""
        first = self.record.stages[0].nodes
        found = self.lineage.ancestors(serials).intersection(first)
        names = [self.lineage.name(serial) for serial in first if serial in found]
        words = [n.rpartition(".")[2] for n in names if not _IN_EVERY_PROGRAM.search(n)]
        computing = [word for word in words if word.lower() not in _CONTROL_FLOW]
        return "+".join(dict.fromkeys(computing or words))

    def _nodes_of(self, name: str) -> list[int]:
        nodes = self.record.nodes
        number = self.record.strings.numbers.get(name)
        found = [serial for serial, own in enumerate(nodes.entry_points) if own == number]
        executables = {nodes.executables[serial] for serial in found} - {NONE}
        shared = [
            serial
            for table in self.record.instructions
            if table.where != "module"
            for serial in table.nodes
            if nodes.entry_points[serial] == NONE and nodes.executables[serial] in executables
        ]
        return found + shared


def dispatch_formats(record: ExecutionRecord) -> list[str]:
    """Returns the formats of the executables that a run dispatched: which variants ran."""
    formats = (event.where.get("format") for event in record.events)
    return list(dict.fromkeys(str(name) for name in formats if name))
