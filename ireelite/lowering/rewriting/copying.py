"""Copies of ops: each op of a copy comes from its twin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from xdsl.ir import Operation, Region, SSAValue

if TYPE_CHECKING:
    from ireelite.provenance import Tracker


def copy_of(op: Operation, values: dict[SSAValue, SSAValue], tracker: Tracker | None) -> Operation:
    """A copy of an op and its regions, which is in no block yet. It reads what `values` maps its
    operands to, and its results are added there.
    """
    copy = op.clone(values)
    _derive(copy.walk(), op.walk(), tracker)
    return copy


def copy_of_region(region: Region, tracker: Tracker | None) -> Region:
    """A copy of a region, which belongs to no op yet."""
    copy = region.clone()
    _derive(copy.walk(), region.walk(), tracker)
    return copy


def _derive(
    copies: Iterable[Operation], originals: Iterable[Operation], tracker: Tracker | None
) -> None:
    if tracker is not None:
        for new, old in zip(copies, originals, strict=True):
            tracker.derive(new, (old,))
