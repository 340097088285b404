"""Loops whose first turn is code of its own.

A loop that adds up in memory loads what its turn before has stored, and the store takes several
times as long to reach the load as an addition takes. LLVM keeps such a value in a register if each
turn finds it loaded or stored, which is not so in the first one: bounds are checked before. With a
copy of the loop for the first turn it is so in all others.
"""

from __future__ import annotations

from ireelite.bytecode.isa import REF_ORDINAL
from ireelite.vm.dataflow import Flow
from ireelite.vm.loops import immediate_dominators, natural_loops

MAX_INSTRUCTIONS = 64
"""Instructions of a loop up to which it is copied."""
LOAD, STORE = "buffer.load.", "buffer.store."


def first_turns(flow: Flow, blocks: frozenset[int]) -> dict[int, frozenset[int]]:
    """Returns the blocks of each loop whose first turn is copied, by head: of the innermost loops
    of a region those that load from a buffer and store to it.
    """
    loops = natural_loops(flow, immediate_dominators(flow))
    return {
        head: frozenset(body)
        for head, body in loops.items()
        if body <= blocks and body.isdisjoint(loops.keys() - {head}) and _updates(flow, body)
    }


def _updates(flow: Flow, body: set[int]) -> bool:
    rows = [row for block in body for row in flow.blocks[block].instructions]
    loaded, stored = (
        {
            (row.operands[0] & REF_ORDINAL, row.op.mnemonic.removeprefix(access))
            for row in rows
            if row.op.mnemonic.startswith(access)
        }
        for access in (LOAD, STORE)
    )
    return len(rows) <= MAX_INSTRUCTIONS and not loaded.isdisjoint(stored)
