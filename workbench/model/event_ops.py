"""Which ops an event of a run belongs to: the crossing from a run's record to a compilation's."""

from __future__ import annotations

import re

from ireelite.records import CompilationRecord, Event, Stage
from workbench.model.lineage import Lineage

KERNEL_STAGES = ("kernels", "executables")
_SYMBOL = r"@\"?{}\"?\s*(?=[(\[{{<]|$|\s)"


class EventOps:
    """Finds, for each event, the ops it ran, as serial numbers."""

    def __init__(self, record: CompilationRecord):
        self.record = record
        self.lineage = Lineage(record)
        self._entry_points: dict[str, frozenset[int]] = {}
        self._pcs: dict[tuple[int, int], int] = {
            (address[0], address[1]): serial
            for table in record.instructions
            if table.kind == "vm" and table.where == "module"
            for address, serial in zip(table.addresses, table.nodes, strict=True)
        }

    def seeds(self, event: Event) -> frozenset[int]:
        """The ops of the entry point a dispatch ran,
        or the VM instruction a host event was made by.
        """
        where = event.where
        if (name := where.get("entry_point")) is not None:
            return self.of_entry_point(str(name))
        if "function" in where and "pc" in where:
            serial = self._pcs.get((int(where["function"]), int(where["pc"])))
            return frozenset() if serial is None else frozenset([serial])
        return frozenset()

    def of_entry_point(self, name: str) -> frozenset[int]:
        """All ops of the kernel with that symbol, at the kernel levels and in every variant, and
        its instructions.
        """
        if (known := self._entry_points.get(name)) is not None:
            return known
        found: set[int] = set()
        for stage in self.record.stages:
            if stage.name in KERNEL_STAGES:
                found |= _body(stage, name)
        executables = self._executables(name)
        for table in self.record.instructions:
            if table.where.partition("/")[0] in executables and table.where != "module":
                found |= set(table.nodes)
        seeds = self._entry_points[name] = frozenset(found)
        return seeds

    def _executables(self, entry_point: str) -> set[str]:
        """Symbols of the executables that enclose a definition of the entry point."""
        symbols: set[str] = set()
        for stage in self.record.stages:
            defined = [
                match.start()
                for match in re.finditer(_SYMBOL.format(re.escape(entry_point)), stage.text)
            ]
            for executable in re.finditer(r"multi_arch_executable\s+@\"?([\w$.\-]+)", stage.text):
                end = _end_of_block(stage.text, executable.start())
                if any(executable.start() < offset < end for offset in defined):
                    symbols.add(executable.group(1))
        return symbols


def _body(stage: Stage, symbol: str) -> set[int]:
    """The ops of a stage that define a symbol, with all that is nested in them."""
    found: set[int] = set()
    for match in re.finditer(r"func\s+(?:\w+\s+)?" + _SYMBOL.format(re.escape(symbol)), stage.text):
        begin = stage.text.rfind("\n", 0, match.start()) + 1
        end = _end_of_block(stage.text, begin)
        found |= {stage.nodes[span.index] for span in stage.op_spans if begin <= span.start < end}
    return found


def _end_of_block(text: str, begin: int) -> int:
    """The end of what begins on a line: the first later line, no deeper than it,
    that closes a brace.
    """
    line = text.rfind("\n", 0, begin) + 1
    depth = len(text[line:]) - len(text[line:].lstrip(" "))
    closing = re.compile(rf"\n {{0,{depth}}}\}}")
    match = closing.search(text, begin)
    return match.end() if match else len(text)
