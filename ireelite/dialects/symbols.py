"""Finding what a symbol names, without a search through the module for each use of it."""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakValueDictionary

from xdsl.dialects.builtin import StringAttr, SymbolRefAttr
from xdsl.ir import Operation
from xdsl.traits import SymbolTable

Symbols = WeakValueDictionary[str, Operation]
"""Name -> op. The ops refer to their table, which a strong reference would keep alive."""

_KNOWN: WeakKeyDictionary[Operation, Symbols] = WeakKeyDictionary()
"""Symbol table -> the ops of each name when they were last looked up."""


def find_symbol(user: Operation, reference: SymbolRefAttr) -> Operation | None:
    """Returns the op that a flat reference names in the symbol table around its user, if there is
    one.
    """
    table = user.parent_op()
    while table is not None and not table.has_trait(SymbolTable):
        table = table.parent_op()
    return None if table is None else find_in(table, reference.root_reference.data)


def find_in(table: Operation, name: str) -> Operation | None:
    """Returns the op of that name in a symbol table, if there is one.

    What is remembered counts only while the op is still there under this name: passes may change
    the module as they like.
    """
    known = _KNOWN.get(table)
    found = None if known is None else known.get(name)
    if found is None or found.parent_op() is not table or _name_of(found) != name:
        known = _KNOWN[table] = Symbols(
            (symbol, op)
            for op in reversed(list(table.regions[0].block.ops))
            if (symbol := _name_of(op)) is not None
        )
        found = known.get(name)
    return found


def _name_of(op: Operation) -> str | None:
    symbol = op.properties.get("sym_name")
    return symbol.data if isinstance(symbol, StringAttr) else None
