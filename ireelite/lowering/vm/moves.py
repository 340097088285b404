"""Ordering of parallel moves between registers."""

from __future__ import annotations

from collections import Counter
from heapq import heappop, heappush

from ireelite.bytecode.isa import REF_BIT
from ireelite.lowering.vm.registers import Allocation

Move = tuple[int, int, int]
"""(source register, target register, number of registers) of a moved value."""


def sequentialise(moves: list[Move], registers: Allocation) -> list[tuple[int, int]]:
    """Orders parallel moves as a sequence of (source, target) registers; a cycle goes through
    scratch registers. The two halves of a 64-bit value are adjacent, so that readers of the
    bytecode recognize the value.

    Of the moves whose target no remaining move reads, the earliest is next.
    """
    sources = [source for source, _, _ in moves]
    place = {cell: n for n, move in enumerate(moves) for cell in cells(move[1], move[2])}
    unread = Counter(cell for source, _, width in moves for cell in cells(source, width))
    waiting = dict.fromkeys(range(len(moves)))

    def is_free(n: int) -> bool:
        return not any(unread[cell] for cell in cells(moves[n][1], moves[n][2]))

    free = [n for n in waiting if is_free(n)]
    used = 0
    ordered: list[tuple[int, int]] = []
    while waiting:
        if free:
            n = heappop(free)
            if n not in waiting:
                continue
            del waiting[n]
            source, target, width = sources[n], *moves[n][1:]
            read = cells(source, width)
            ordered += zip(read, cells(target, width), strict=True)
            unread.subtract(read)
        else:
            n = next(n for n in waiting if sources[n] == moves[n][0])
            source, _, width = moves[n]
            read = cells(source, width)
            if not any(sources[each] != moves[each][0] for each in waiting):
                used = 0
            first = registers.scratch(bool(source & REF_BIT))
            first += first % width + used
            used += 2
            ordered += zip(read, cells(first, width), strict=True)
            for each in waiting:
                if (sources[each], moves[each][2]) == (source, width):
                    sources[each] = first
                    unread.subtract(read)
        for n in dict.fromkeys(place[cell] for cell in read if cell in place):
            if n in waiting and is_free(n):
                heappush(free, n)
    return ordered


def cells(register: int, width: int) -> range:
    """Returns the registers that a value of that width occupies."""
    return range(register, register + width)
