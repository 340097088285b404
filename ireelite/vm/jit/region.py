"""Loops that can be compiled: what they read, what they leave, and where they are left."""

from __future__ import annotations

from ireelite.bytecode.isa import REF_BIT, REF_ORDINAL
from ireelite.bytecode.module_def import Instruction
from ireelite.light_dataclass import light_dataclass
from ireelite.light_named_tuple import NamedTuple
from ireelite.vm.dataflow import Edge, Flow, Registers
from ireelite.vm.jit.rules import BUFFER_OPERANDS, RULES
from ireelite.vm.liveness import Liveness
from ireelite.vm.loops import Irreducible, edges_out, immediate_dominators, natural_loops

MAX_INSTRUCTIONS = 4_000
"""Instructions of a loop up to which it is compiled: LLVM's time grows faster than the code."""

BRANCHES = frozenset(("br", "cond_br", "br_table"))

Register = tuple[str, int]
"""Kind (`i q f d`) and number of a register."""


class Exit(NamedTuple):
    """An edge that leaves the loop, and the registers that may have changed and are read later, as
    they are before the moves of the edge."""

    block: int
    edge: Edge
    outputs: tuple[Register, ...]


@light_dataclass(frozen=True)
class Region:
    """A loop without calls whose references stay what they are.

    `registers` are the number registers that it touches and that are live at its head, `inputs`
    those of them that are not constant there. `bounds` has for each head of a loop in it the most
    instructions that run from there until a head is reached again, or an exit. `live` has for each
    head the registers to save if the code is left there.
    """

    ordinal: int
    head: int
    blocks: frozenset[int]
    outermost: bool
    """Whether it is in no other region."""
    exits: tuple[Exit, ...]
    registers: tuple[Register, ...]
    inputs: tuple[Register, ...]
    buffers: tuple[int, ...]
    """Ordinals of the reference registers that loads and stores go through."""
    stored: frozenset[int]
    """Those of them that stores go through."""
    bounds: dict[int, int]
    live: dict[int, tuple[Register, ...]]
    cost: int
    """Instructions of its blocks that are in no inner loop."""
    size: int
    """Instructions of all its blocks."""


def find_regions(flow: Flow, liveness: Liveness, ordinal: int) -> dict[int, Region]:
    """Returns the loops of a function that can be compiled, by head."""
    position = flow.position
    if not any(
        position[edge.target] <= position[block]
        for block in flow.order
        for edge in flow.edges[block]
    ):
        return {}
    try:
        loops = natural_loops(flow, immediate_dominators(flow))
    except Irreducible:
        return {}
    fitting = {head: body for head, body in loops.items() if _fits(flow, body)}
    found: dict[int, Region] = {}
    for head, body in fitting.items():
        around = [other for other, blocks in fitting.items() if other != head and head in blocks]
        inner = {each: blocks for each, blocks in loops.items() if each in body}
        found[head] = _region(flow, liveness, ordinal, head, body, inner, not around)
    return found


def _fits(flow: Flow, body: set[int]) -> bool:
    if sum(len(flow.blocks[block].instructions) for block in body) > MAX_INSTRUCTIONS:
        return False
    return all(
        all(row.op.mnemonic in RULES for row in rows[:-1])
        and rows[-1].op.mnemonic in BRANCHES
        and all(_keeps_references(edge) for edge in flow.edges[block] if edge.target in body)
        for block in body
        for rows in (flow.blocks[block].instructions,)
    )


def _keeps_references(edge: Edge) -> bool:
    return not any(
        source & REF_BIT and (source ^ target) & REF_ORDINAL for source, target in edge.moves
    )


def _region(
    flow: Flow,
    liveness: Liveness,
    ordinal: int,
    head: int,
    body: set[int],
    inner: dict[int, set[int]],
    outermost: bool,
) -> Region:
    read, written = _touched(flow, liveness, body)
    touched = read | written
    live = {each: live_at(flow, each, liveness.live_in[each] & touched) for each in inner}
    entry = flow.entries[head].values
    rows = [row for block in sorted(body) for row in flow.blocks[block].instructions]
    exits = tuple(
        Exit(block, edge, kinds_of(flow.at_end(block), liveness.along(edge) & written))
        for block, edge in edges_out(flow, body)
    )
    nested = set().union(*(blocks for each, blocks in inner.items() if each != head))
    return Region(
        ordinal,
        head,
        frozenset(body),
        outermost,
        exits,
        registers=live[head],
        inputs=tuple((kind, raw) for kind, raw in live[head] if entry[raw].constant is None),
        buffers=tuple(sorted({each for row in rows for each in _buffers(row)})),
        stored=frozenset(
            each
            for row in rows
            if row.op.mnemonic.startswith("buffer.store")
            for each in _buffers(row)
        ),
        bounds=path_bounds(flow, body, set(inner)),
        live=live,
        cost=sum(len(flow.blocks[block].instructions) for block in body - nested),
        size=len(rows),
    )


def _touched(flow: Flow, liveness: Liveness, body: set[int]) -> tuple[int, int]:
    """Masks of the number registers that are read and written within a loop."""
    read = written = 0
    for block in body:
        for position in range(len(flow.blocks[block].instructions)):
            read |= liveness.reads(block, position)
            written |= liveness.writes(block, position)
        for edge in flow.edges[block]:
            for source, target in edge.moves:
                if not source & REF_BIT and edge.target in body:
                    read |= 1 << source
                    written |= 1 << target
    return read, written


def live_at(flow: Flow, block: int, mask: int) -> tuple[Register, ...]:
    """Returns the registers of a mask with their kinds where a block begins."""
    return kinds_of(flow.entries[block], mask)


def kinds_of(registers: Registers, mask: int) -> tuple[Register, ...]:
    """Returns the number registers of a mask with what kinds they are known to be."""
    values = registers.values
    return tuple(
        (values[raw].kind, raw)
        for raw in sorted(values)
        if mask >> raw & 1 and values[raw].kind != "h"
    )


def _buffers(row: Instruction) -> list[int]:
    if row.op.mnemonic not in BUFFER_OPERANDS:
        return []
    return [row.operands[0] & REF_ORDINAL]


def path_bounds(flow: Flow, body: set[int], heads: set[int]) -> dict[int, int]:
    """Returns, for each head, the most instructions on a way to where the next head is reached or
    the body is left.
    """
    most: dict[int, int] = {}
    for block in sorted(body, key=flow.position.__getitem__, reverse=True):
        most[block] = len(flow.blocks[block].instructions) + max(
            (
                most[edge.target]
                for edge in flow.edges[block]
                if edge.target in body and edge.target not in heads
            ),
            default=0,
        )
    return {head: most[head] for head in heads}
