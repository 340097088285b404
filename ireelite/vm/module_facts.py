"""What both engines want to know of a module as a whole."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ireelite.bytecode.isa import IMPORT_BIT
from ireelite.bytecode.module_def import Instruction, ModuleDef

if TYPE_CHECKING:
    from ireelite.vm.dataflow import Flow

_CALLS = frozenset({"call", "call.variadic", "call.yieldable", "call.variadic.yieldable"})


class ModuleFacts:
    """A module and what follows from it."""

    def __init__(self, module: ModuleDef):
        self.module = module
        self._flows: dict[int, Flow | None] = {}

    def flow(self, ordinal: int) -> Flow | None:
        """Returns the flow of values through a function; None if its registers have no types of
        their own.
        """
        # Imported here, as the interpreter, which most first calls run in, needs no flows.
        from ireelite.vm.dataflow import Flow, Untranslatable

        if ordinal not in self._flows:
            try:
                self._flows[ordinal] = Flow(self.module, self.module.functions[ordinal])
            except Untranslatable:
                self._flows[ordinal] = None
        return self._flows[ordinal]

    def type_name(self, ordinal: int) -> str:
        """Returns a reference type as objects have it in `vm_type`: every list is `vm.list`."""
        name = self.module.types[ordinal].removeprefix("!")
        return "vm.list" if name.startswith("vm.list<") else name

    def element_type(self, ordinal: int) -> str:
        """Returns the element type of a list, as `List.element_type` has it."""
        name = self.module.types[ordinal]
        return f"!{self.type_name(ordinal)}" if name.startswith("!") else name

    def import_called(self, row: Instruction) -> str | None:
        """Returns the full name of the import that an instruction calls, if it does."""
        if row.op.mnemonic in _CALLS and row.operands[0] & IMPORT_BIT:
            return self.module.imports[row.operands[0] & ~IMPORT_BIT].full_name
        return None

    def always_holds(self, ordinal: int, type_ordinal: int) -> bool:
        """Returns whether a reference global holds only null and one type, so that loads need no
        check.
        """
        stored = self._stored_types
        return stored is not None and stored.get(ordinal, set()) <= {self.type_name(type_ordinal)}

    @cached_property
    def _stored_types(self) -> dict[int, set[str]] | None:
        """Types that are stored to each reference global; None if a store may go anywhere."""
        stored: dict[int, set[str]] = {}
        for function in self.module.functions:
            for block in function.blocks:
                for row in block.instructions:
                    if row.op.mnemonic == "global.store.ref":
                        stored.setdefault(row.operands[0], set()).add(
                            self.type_name(row.operands[1])
                        )
                    elif row.op.mnemonic == "global.store.indirect.ref":
                        return None
        return stored
