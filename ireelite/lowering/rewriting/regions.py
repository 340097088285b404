"""Which values belong to which regions."""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue


def is_made_in(value: SSAValue, op: Operation) -> bool:
    """Whether a value is made in an op's regions."""
    owner = value.owner
    around = owner.parent_op()
    while around is not None and around is not op:
        around = around.parent_op()
    return around is op
