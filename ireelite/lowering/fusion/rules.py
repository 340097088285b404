"""The rules of fusion, and the numbers by which each decides.

A rule brings a producer and a consumer into one dispatch. It does so unless a limit speaks against
it: each decision rests on `Numbers`, which the compilation record keeps with the reason. Every rule
can be switched off by its name, which changes how often memory is read and written, and nothing
that is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ireelite.light_dataclass import light_dataclass
from ireelite.status import check_name

ELEMENTWISE = "elementwise"
EPILOGUES = "epilogues"
MOVEMENT = "movement"
ROWS = "rows"
SIBLINGS = "siblings"

RULES: Mapping[str, str] = {
    ELEMENTWISE: "an elementwise op is computed where its result is read",
    MOVEMENT: "data is moved by the op that reads it",
    ROWS: "reductions of rows share a dispatch with what they read and with what reads them",
    EPILOGUES: "elementwise ops on what a loop computes run where its result is stored",
    SIBLINGS: "ops over the same points that share an operand are one dispatch",
}
"""Name of each rule -> what it does."""

ALL_RULES = frozenset(RULES)


def checked_rules(names: Iterable[str]) -> frozenset[str]:
    """Rules by their names. Raises NOT_FOUND with the near names."""
    found = frozenset(names)
    for name in sorted(found):
        check_name("fusion rule", name, RULES)
    return found


def rules_of(names: Sequence[str]) -> frozenset[str]:
    """Rules by their names, or those of the one word `all` or `none`. Raises NOT_FOUND with the near
    names.
    """
    if list(names) == ["all"]:
        return ALL_RULES
    return checked_rules([] if list(names) == ["none"] else names)


# -- limits ----------------------------------------------------------------------------------------

MAX_OPS = 2048
"""Ops of one dispatch. Kernels above that take compilers longer than they save."""

MAX_BUFFERS = 24
"""Buffers of one dispatch that fusion makes: devices bind 32 or fewer."""

LONGEST_COPY = 16
"""How many moves may be copied to reach a value that several others read: above that, it is cheaper
to move it once.
"""

MIN_ROWS = 64
"""Rows that occupy a device, each in one invocation."""

FEW_ELEMENTS = 1 << 10
"""Elements that take no longer than a dispatch costs, however few rows they have."""

LARGEST_ROW_SET = 1 << 19
"""Bytes of a row's buffers that stay in a core's cache from one loop to the next: half of an L2 of
1 MiB."""


# -- numbers ---------------------------------------------------------------------------------------


@light_dataclass(frozen=True)
class Numbers:
    """What a decision about one value rests on."""

    elements: int
    """Elements of the value."""
    points: int
    """How often the consumer's scalar function is computed."""
    uses: int
    """Operands that are the value."""
    bytes_saved: int
    """Bytes that one dispatch neither stores nor loads, and two would: the value is stored by the
    one and loaded by the other."""
    operations_repeated: int
    """Scalar operations that one dispatch computes again for further reads of an element."""
    working_set: int
    """Bytes that an invocation keeps from the producer to the consumer."""

    def facts(self) -> dict[str, int]:
        """Returns the numbers as the compilation record has them."""
        return {
            "elements": self.elements,
            "points": self.points,
            "uses": self.uses,
            "bytes saved": self.bytes_saved,
            "operations repeated": self.operations_repeated,
            "working set": self.working_set,
        }
