"""The functions of bytecode modules as numbered rows, and the breakpoints that a reader writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ireelite.bytecode.disassemble import disassemble_instruction
from ireelite.bytecode.locations import format_location
from ireelite.records import CompilationRecord
from ireelite.status import invalid_argument
from ireelite.vm.bytecode_module import BytecodeState
from workbench.model.lineage import Lineage

LABEL = -1
"""The pc of a row that is a block's label."""


class ListedRow(NamedTuple):
    """An instruction, or the label of a block."""

    pc: int
    text: str
    mnemonic: str = ""
    calls: str = ""
    """Full name of the import that it calls."""
    source: str = ""
    """Where it comes from, on one line."""
    serial: int = -1
    """The node that it is in the record of the compilation, or -1."""


class ListedFunction:
    """A function as rows: the label of each block, then its instructions."""

    def __init__(self, state: BytecodeState, ordinal: int, serials: dict[tuple[int, int], int]):
        definition = state.module.definition
        self.module = definition.name
        self.ordinal = ordinal
        name = definition.source_name(ordinal)
        self.title = f"{self.module}.{name}" if name else f"{self.module}@{ordinal}"
        self.rows: list[ListedRow] = []
        self._first: list[int] = []
        for index, block in enumerate(state.function_def(ordinal).blocks):
            self.rows.append(ListedRow(LABEL, f"^bb{index}:"))
            self._first.append(len(self.rows))
            for row in block.instructions:
                source = (
                    "-"
                    if row.location is None
                    else format_location(definition.locations, row.location)
                )
                self.rows.append(
                    ListedRow(
                        row.pc,
                        disassemble_instruction(definition, row),
                        row.op.mnemonic,
                        state.module.facts.import_called(row) or "",
                        "" if source == "-" else " ".join(source.split()),
                        serials.get((ordinal, row.pc), -1),
                    )
                )

    def row_of(self, block: int, index: int) -> int:
        """Returns the number of the row of an instruction."""
        return self._first[block] + index


class Listing:
    """The functions that a call has been in, numbered in the order of first visit.

    With the record of the compilation, the rows of the compiled module know the ops they were made
    from.
    """

    def __init__(self, compilation: CompilationRecord | None = None):
        self.functions: list[ListedFunction] = []
        self._numbers: dict[tuple[str, int], int] = {}
        self._lineage = Lineage(compilation) if compilation is not None else None
        self._digest = "" if compilation is None else compilation.module_digest
        self._serials: dict[tuple[int, int], int] = {
            (address[0], address[1]): serial
            for table in (compilation.instructions if compilation is not None else ())
            if table.kind == "vm" and table.where == "module"
            for address, serial in zip(table.addresses, table.nodes, strict=True)
        }

    def number(self, state: BytecodeState, ordinal: int) -> int:
        """Returns the number of a function, a new one at its first visit."""
        definition = state.module.definition
        key = (definition.name, ordinal)
        if (known := self._numbers.get(key)) is None:
            compiled = definition.attrs.get("ireelite.record", "") == self._digest != ""
            self.functions.append(ListedFunction(state, ordinal, self._serials if compiled else {}))
            known = self._numbers[key] = len(self.functions) - 1
        return known

    def rows_of(self, ops: set[int]) -> Iterator[tuple[int, int]]:
        """Yields (function, row) of the instructions that are relatives of some ops."""
        if self._lineage is None or not ops:
            return
        related = self._lineage.relatives(ops)
        for number, function in enumerate(self.functions):
            for row, listed in enumerate(function.rows):
                if listed.serial in related:
                    yield number, row

    def state(self, start: int = 0) -> list[dict[str, Any]]:
        """Returns the functions from a number on, as a script gets them."""
        return [
            {
                "title": function.title,
                "module": function.module,
                "ordinal": function.ordinal,
                "rows": [list(row) for row in function.rows],
            }
            for function in self.functions[start:]
        ]

    def graph(self, start: int = 0) -> dict[str, Any]:
        """Returns the derivation graph between the listed instructions, of functions from a number
        on.
        """
        if self._lineage is None:
            return {"serials": [], "parents": []}
        serials = {row.serial for f in self.functions[start:] for row in f.rows} - {-1}
        return self._lineage.graph(sorted(serials))


def break_arguments(text: str) -> dict[str, Any]:
    """Parses what a reader wrote into arguments of `Debugger.break_at`.

    `file.mlir:12` or `:12` is a source line, `module.f+1A` an instruction of a function, at a
    hexadecimal offset, `@hal.fence.await` or `@hal.fence` the calls of imports, `module.f` or
    `module@3` a function, `call` or `buffer.` a kind of instruction. Raises INVALID_ARGUMENT for a
    text that is none of these.
    """
    text = text.strip()
    if found := re.fullmatch(r"(.*):(\d+)", text):
        return {"file": found[1] or None, "line": int(found[2])}
    if found := re.fullmatch(r"(.+)\+(?:0x)?([0-9A-Fa-f]+)", text):
        return {"function": found[1], "pc": int(found[2], 16)}
    if text.startswith("@") and len(text) > 1:
        return {"calls": text[1:]}
    if re.fullmatch(r"(?!vm\.)[\w$-]+(@\d+|\.[\w$.-]+)", text) and not _is_mnemonic(text):
        return {"function": text}
    if text:
        return {"mnemonic": text}
    raise invalid_argument(
        "no place to break at is given: write a function (module.f), an instruction (module.f+1A), "
        "a kind of instruction (call, buffer.), a call of an import (@hal.fence.await) or a source "
        "line (file.mlir:12)"
    )


def _is_mnemonic(text: str) -> bool:
    from ireelite.bytecode.isa import OPCODES

    return text in OPCODES
