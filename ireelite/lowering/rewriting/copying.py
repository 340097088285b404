"""Copies of ops. The provenance of each op in a copy is the op that it was copied from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xdsl.ir import Operation, Region, SSAValue

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def copy_of(op: Operation, values: dict[SSAValue, SSAValue], tracker: Tracker | None) -> Operation:
    """Returns a copy of an op and its regions, which is not in a block yet. Operands are replaced
    as `values` maps them; the op's results are added to `values`, mapped to those of the copy.
    """
    copy = op.clone(values)
    _derive(copy.walk(), op.walk(), tracker)
    return copy


def copy_of_region(region: Region, tracker: Tracker | None) -> Region:
    """Returns a copy of a region, which does not belong to an op yet."""
    copy = region.clone()
    _derive(copy.walk(), region.walk(), tracker)
    return copy


def _derive(
    copies: Iterable[Operation], originals: Iterable[Operation], tracker: Tracker | None
) -> None:
    if tracker is not None:
        for new, old in zip(copies, originals, strict=True):
            tracker.derive(new, (old,))
