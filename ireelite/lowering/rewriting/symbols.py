"""Finding what a symbol names, without a search through the module for each use of it."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from xdsl.dialects.builtin import StringAttr, SymbolRefAttr
from xdsl.ir import Operation
from xdsl.traits import SymbolTable

_KNOWN: WeakKeyDictionary[Operation, dict[str, Operation]] = WeakKeyDictionary()
"""Symbol table -> what its names meant when they were last looked up."""


def find_symbol(user: Operation, reference: SymbolRefAttr) -> Operation | None:
    """What a flat reference names in the symbol table around an op, if there is such a thing.

    What is remembered counts only while it still stands there under this name, so passes may
    change the module as they like.
    """
    table = user.parent_op()
    while table is not None and not table.has_trait(SymbolTable):
        table = table.parent_op()
    if table is None:
        return None
    name = reference.root_reference
    found = _KNOWN.get(table, {}).get(name.data)
    if found is None or found.parent_op() is not table or found.properties.get("sym_name") != name:
        _KNOWN[table] = {
            symbol.data: op
            for op in table.regions[0].block.ops
            if isinstance(symbol := op.properties.get("sym_name"), StringAttr)
        }
        found = _KNOWN[table].get(name.data)
    return found
