"""Stage 2 to 3, first part: bodies of small functions on tensors take the place of their calls.

A function that only computes tensors from tensors is *inlined* if its body, with the bodies of
those that it calls, has at most `MAX_ADDED_OPS` ops, or if it is private and called once. A function that
calls another one that is not inlined is host code: it calls one sequence after the other. A call
therefore adds at most `MAX_ADDED_OPS` ops to its caller, and the size of the result is linear in that of
the program, also if each function calls the next one twice.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, SymbolRefAttr
from xdsl.ir import Block, Operation

from ireelite.lowering.rewriting.inlining import calls_in, inline_call
from ireelite.lowering.rewriting.sequences import (
    CONTROL_OPS,
    is_private,
    is_sequence,
    output_storage,
)

if TYPE_CHECKING:
    from ireelite.provenance import Tracker

MAX_ADDED_OPS = 100
"""Ops that one call may add to its caller. A layer of a network has fewer as a rule; a submission
to a queue for each call of a larger function costs little beside its work.
"""


def inline_calls(module: ModuleOp, tracker: Tracker | None) -> ModuleOp:
    """Inlines the calls of a module in place, and erases functions that are left without callers
    and are private.
    """
    inlined = find_inlined(module)
    elsewhere = named_in_attributes(module)
    erased = {op for name, op in inlined.items() if is_private(op) and name not in elsewhere}
    for op in module.body.block.ops:
        if op.regions and op not in erased:
            inline_calls_in(op, inlined, tracker)
    for op in erased:
        op.detach()
        op.erase()
    return module


def named_in_attributes(module: ModuleOp) -> set[str]:
    """Names of functions that attributes mention, as that of an import mentions its fallback."""
    return {
        value.root_reference.data
        for op in module.walk()
        for value in op.attributes.values()
        if isinstance(value, SymbolRefAttr)
    }


def count_ops(block: Block) -> int:
    """Returns the ops of a block, and of loops and choices in it."""
    inner = (op.regions for op in block.ops if isinstance(op, CONTROL_OPS))
    blocks = (region.block for regions in inner for region in regions if region.blocks)
    return len(block.ops) + sum(map(count_ops, blocks))


def find_inlined(module: ModuleOp) -> dict[str, func.FuncOp]:
    """Returns the functions whose calls are inlined, by name; callees are decided before their
    callers.

    Functions that call each other in a circle are never decided, nor are those that call them.
    """
    functions = {f.sym_name.data: f for f in module.ops if isinstance(f, func.FuncOp)}
    sites = Counter(call.callee.root_reference.data for call in calls_in(module))
    callees = {
        name: Counter(call.callee.root_reference.data for call in calls_in(function))
        for name, function in functions.items()
        if is_sequence(function, with_calls=True)
    }
    callers: dict[str, list[str]] = {}
    for name, called in callees.items():
        for callee in called:
            callers.setdefault(callee, []).append(name)
    undecided = {name: len(called) for name, called in callees.items()}
    size: dict[str, int] = {}
    waiting = [name for name, count in undecided.items() if count == 0]
    while waiting:
        name = waiting.pop()
        function = functions[name]
        own = count_ops(function.body.block) - 1 - callees[name].total()
        total = own + sum(size[callee] * count for callee, count in callees[name].items())
        once = is_private(function) and sites[name] == 1
        if any(n is not None for n in output_storage(function)) or (
            total > MAX_ADDED_OPS and not once
        ):
            continue
        size[name] = total
        for caller in callers.get(name, ()):
            undecided[caller] -= 1
            if undecided[caller] == 0:
                waiting.append(caller)
    return {name: functions[name] for name in size}


def inline_calls_in(
    op: Operation, inlined: dict[str, func.FuncOp], tracker: Tracker | None
) -> None:
    """Inlines the calls in an op's regions, and those in the bodies that it gets by that."""
    waiting = calls_in(op)
    while waiting:
        call = waiting.pop()
        callee = inlined.get(call.callee.root_reference.data)
        if callee is not None:
            waiting += inline_call(call, callee, tracker)
