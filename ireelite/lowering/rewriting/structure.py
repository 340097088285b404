"""Whether two pieces of IR are the same but for the names of their values."""

from __future__ import annotations

from collections.abc import Hashable

from xdsl.ir import Block, Operation, Region, SSAValue


def structure_of(region: Region) -> Hashable:
    """Returns what a region computes: two regions have equal structures if they have the same ops
    with the same attributes and types, wired in the same way. Names and source locations make no
    difference.

    The time is linear in the number of ops and operands. The region must be isolated from above.
    """
    numbers: dict[SSAValue | Block, int] = {}
    rows: list[Hashable] = []

    def number(value: SSAValue | Block) -> int:
        return numbers.setdefault(value, len(numbers))

    waiting: list[Region | Block | Operation] = [region]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Region):
            rows.append(len(item.blocks))
            waiting.extend(reversed(list(item.blocks)))
        elif isinstance(item, Block):
            rows.append((number(item), tuple((number(arg), arg.type) for arg in item.args)))
            waiting.extend(reversed(list(item.ops)))
        else:
            rows.append(
                (
                    item.name,
                    tuple(map(number, item.operands)),
                    tuple((number(result), result.type) for result in item.results),
                    tuple(sorted(item.properties.items(), key=lambda entry: entry[0])),
                    tuple(sorted(item.attributes.items(), key=lambda entry: entry[0])),
                    tuple(map(number, item.successors)),
                    len(item.regions),
                )
            )
            waiting.extend(reversed(item.regions))
    return tuple(rows)
