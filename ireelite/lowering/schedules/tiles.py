"""What fits a target's registers: the points of a kernel that run at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product

from ireelite.light_dataclass import light_dataclass


@light_dataclass(frozen=True)
class RegisterFile:
    """What a target's registers hold."""

    lanes: int
    """32-bit numbers in one register."""
    accumulators: int
    """Registers that a tile may fill with sums; the others hold operands."""
    pairs: bool = False
    """Whether one instruction multiplies pairs of i16 and adds both products."""
    pairs_of_floats: bool = False
    """Whether one multiplies pairs of bf16, too."""
    quads: bool = False
    """Whether one instruction multiplies quads of i8 and adds all four products."""
    compresses: bool = False
    """Whether one instruction moves the numbers of selected lanes next to each other."""
    nontemporal_above: int = 1 << 25
    """Bytes of a result above which it is stored past the caches: it does not fit the last one."""
    first_cache: int = 1 << 15
    """Bytes of a core's first cache."""


PLAIN = "plain"
"""The schedule of plain loops: nothing runs at once but what a compiler finds."""

REGISTER_FILES: Mapping[str, RegisterFile] = {
    "avx512f": RegisterFile(16, 24, pairs=True, compresses=True),
    "avx2": RegisterFile(8, 12, pairs=True),
    "sse": RegisterFile(4, 12, pairs=True),
    "neon": RegisterFile(4, 24),
}
"""Schedules by the registers that they fill. Measured: with two thirds of them full of sums, one load
serves each multiplication."""

SCHEDULES = (PLAIN, *REGISTER_FILES)
"""Names of all schedules."""

MAX_ROWS = 12
WIDTHS = (1, 2, 4, 8, 16)
"""Registers side by side in one row. LLVM makes poor code of vectors that are no power of two."""


@light_dataclass(frozen=True)
class Tile:
    """The points that run at once, and how many registers a row of them takes."""

    rows: int
    columns: int
    registers: int
    strip: int = 1
    """Tiles side by side that are done before those below them, at most."""

    def side_by_side(self, count: int) -> int:
        """Returns how many tiles of a row of `count` are done before those below them: they come
        out even.
        """
        return max(width for width in range(1, self.strip + 1) if count % width == 0)

    @property
    def loads(self) -> float:
        """Loads for each multiplication of registers: one for each row, and for each register of
        the columns."""
        return (self.rows + self.registers) / (self.rows * self.registers)


def candidates(
    rows: int, columns: int, lanes: int, accumulators: int, even: bool
) -> Iterator[Tile]:
    """Yields the tiles that fit a plane of points and the registers; if `even`, without a
    remainder.
    """
    for registers, height in product(WIDTHS, range(1, min(rows, MAX_ROWS) + 1)):
        width = registers * lanes
        comes_out_even = rows % height == 0 and columns % width == 0
        fits = width <= columns and registers * height <= accumulators
        if fits and (comes_out_even or not even):
            yield Tile(height, width, registers)


def choose_tile(
    rows: int,
    columns: int,
    lanes: int,
    accumulators: int,
    even: bool = False,
    most_columns: int | None = None,
    divisors: Collection[int] = (),
    cached_columns: int | None = None,
) -> Tile | None:
    """Returns the tile with the least work: points that are computed, weighted by loads. None if
    none fits: it has at most so many columns, and they come out even in each of the divisors. What
    more than `cached_columns` read comes from the second cache for each tile again.
    """

    def work(tile: Tile) -> float:
        covered = -(-rows // tile.rows) * tile.rows * -(-columns // tile.columns) * tile.columns
        misses = cached_columns is not None and tile.columns > cached_columns
        waits = MISS_COST / tile.rows if misses else 0
        return covered * (max(tile.loads, waits, 1) + LOAD_COST * tile.loads)

    widest = min([columns if most_columns is None else most_columns, columns, *divisors])
    while lanes > MIN_LANES and widest < lanes:
        lanes //= 2
    wholes = [*divisors, columns] if divisors else []
    found = [
        tile
        for tile in candidates(rows, columns, lanes, accumulators, even)
        if tile.columns <= widest and not any(whole % tile.columns for whole in wholes)
    ]
    return min(found, key=work, default=None)


MIN_LANES = 4
"""Lanes of a part of a register, for points that do not fill one."""
LOAD_COST = 0.25
"""Cost, in multiplications, of a load that runs in parallel with a multiplication. Loads take time
of their own only if they outnumber multiplications, but misses of the first-level cache cause
delays."""
MISS_COST = 4
"""Cost, in multiplications, of a register of columns that comes from the second cache, which each
row of the tile multiplies. It runs in parallel with these multiplications. Measured: tiles of four
rows and more multiply as fast as from the first cache, tiles of three at 0.7 of that rate."""
