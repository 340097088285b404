"""The lines of translated code that count what a loop runs, and at some time enter its compiled
code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ireelite.vm import jit
from ireelite.vm.control import Loop, Node, falls_through
from ireelite.vm.jit.region import Region

if TYPE_CHECKING:
    from ireelite.vm.translator import Writer


def hot_loop(w: Writer, loop: Loop, region: Region) -> None:
    """Writes a loop that goes on as native code when it has run long."""
    w.line("while True:")
    w.depth += 1
    enter_compiled(w, region, [way.nodes for way in loop.ways], "break")
    w.write_nodes(loop.body)
    w.depth -= 1
    if region.outermost and not loop.endless:
        w.place = None
        w.line(f"heats[{w.ordinal}] = heat")


def enter_compiled(w: Writer, region: Region, ways: list[list[Node]], leave: str) -> None:
    """Writes the head of a loop: behind the call of its compiled code stands what is to be done on
    each way out of it, and the statement that leaves it.
    """
    w.place = None
    w.registers = w.flow.entries[region.head].copy()
    numbers = "".join(f"{w.number(kind, raw)}, " for kind, raw in region.inputs)
    refs = "".join(f"r{number}, " for number in region.buffers)
    limit = jit.HOT if region.outermost else jit.HOT_INSIDE
    limit += jit.HOT_PER_INSTRUCTION * region.size
    w.line(f"heat += {region.cost}")
    w.line(f"if heat > {limit}:")
    w.depth += 1
    w.line(f"out = loop_{w.ordinal}_{region.head}(({numbers}), ({refs}))")
    w.line("if out is None:")
    w.line(f" heat = heats[{w.ordinal}] = {-jit.NEVER}")
    w.line("else:")
    w.depth += 1
    # One count of instructions serves all loops of a function: it stays above the limit of others.
    w.line(f"heats[{w.ordinal}] = heat")
    for number, (leaving, nodes) in enumerate(zip(region.exits, ways)):
        w.place = None
        w.line(f"{'el' if number else ''}if out[0] == {number}:")
        w.depth += 1
        if leaving.outputs:
            w.line(f"_, {', '.join(f'i{raw}' for _, raw in leaving.outputs)} = out")
        w.registers = w.flow.at_end(leaving.block)
        w.write_nodes(nodes)
        w.place = None
        if falls_through(nodes):
            w.line(leave)
        w.depth -= 1
    w.line("return out[1]")
    w.depth -= 2
