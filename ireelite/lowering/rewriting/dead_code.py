"""Dead code elimination: ops that do nothing but compute results which nothing uses are erased."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation

from ireelite.lowering.rewriting.effects import is_pure

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def eliminate_dead_code(module: ModuleOp, tracker: Tracker | None = None) -> ModuleOp:
    """Erases dead ops everywhere in a module, in place."""
    erase_dead(list(module.walk()), is_pure, tracker)
    return module


def erase_dead_ops(
    block: Block, may_erase: Callable[[Operation], bool], tracker: Tracker | None = None
) -> None:
    """Erases the ops of a block whose results nothing uses and that `may_erase` allows. Ops within
    them go with them; other ops within regions stay.
    """
    here = [op for op in block.ops if op.results]
    erase_dead(here, lambda op: op.parent is block and may_erase(op), tracker)


def erase_dead(
    ops: list[Operation], may_erase: Callable[[Operation], bool], tracker: Tracker | None
) -> None:
    """Erases those of `ops`, which are in order, that are dead or die when their users go."""
    waiting = dict.fromkeys(ops)
    while waiting:
        op, _ = waiting.popitem()
        if op.parent is None or any(result.uses for result in op.results) or not may_erase(op):
            continue
        inner = [each for each in op.walk() if each is not op]
        made = [v.owner for each in (op, *inner) for v in each.operands]
        for each in inner:
            waiting.pop(each, None)
        if tracker is not None:
            tracker.rewrite(erase_dead, [op], [])
        op.detach()
        op.erase()
        gone = {op, *inner}
        waiting |= dict.fromkeys(o for o in made if isinstance(o, Operation) and o not in gone)
