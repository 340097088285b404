"""Which values and ops belong to which regions."""

from __future__ import annotations

from collections.abc import Container

from xdsl.ir import Operation, SSAValue


def outer_operands(op: Operation) -> list[SSAValue]:
    """Returns the values that an op, or an op in its regions, reads and none in its regions makes,
    each once and in the order in which they are read.
    """
    if not op.regions:
        return list(dict.fromkeys(op.operands))
    made: set[SSAValue] = set()
    read: dict[SSAValue, None] = {}
    for inner in op.walk():
        read |= dict.fromkeys(inner.operands)
        if inner is not op:
            made.update(inner.results)
        for region in inner.regions:
            for block in region.blocks:
                made.update(block.args)
    return [value for value in read if value not in made]


def is_within(op: Operation, ops: Container[Operation]) -> bool:
    """Returns whether an op is one of `ops`, or in the regions of one."""
    around: Operation | None = op
    while around is not None:
        if around in ops:
            return True
        around = around.parent_op()
    return False
