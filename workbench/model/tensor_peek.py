"""A tensor at a glance: its numbers as a heat map, and the few that describe the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ireelite.status import invalid_argument
from workbench.model.numbers import number
from workbench.model.tensor_statistics import Statistics, statistics

if TYPE_CHECKING:
    import numpy as np

KIND = "tensor"
MAX_ROWS = 32
MAX_COLUMNS = 64
STEPS = 32
"""Steps of the colour scale, from 0 to 1."""
NAN, INFINITE = 99, 98
"""Levels of what has no place on the scale."""


@dataclass(frozen=True)
class Score:
    """One class of a classifier's answer."""

    label: str
    value: float
    index: int


class TensorPeek:
    """View model of one tensor.

    Tensors of rank 0 and 1 are a row, of rank 2 a grid; of higher rank one slice is taken, and
    `slice` says which. Of complex numbers, the magnitudes are the colours.
    A grid of more than 32 rows or 64 columns is sampled evenly, and
    `sampled` says so.
    """

    def __init__(
        self,
        array: Any,
        title: str = "",
        labels: Sequence[str] | None = None,
        picture: bool | None = None,
        top: int = 3,
        at: Sequence[int] = (),
        most: tuple[int, int] = (MAX_ROWS, MAX_COLUMNS),
        known: Statistics | None = None,
        is_difference: bool = False,
    ):
        """Shows at most `most` rows and columns; `known` are the array's statistics, where they
        have been made before. `at` chooses the slice of a tensor of rank 3 and more, by indices of
        the slow dimensions (default: zeros). `labels` names the classes of a vector of scores.
        `picture` draws pixels without numbers or grid; by default a vector of 64 or 784 numbers is
        folded into the square picture it is. The colours of a difference part at zero. Raises
        INVALID_ARGUMENT if the labels do not fit, `at` is outside the tensor, or the array is none
        of numbers.
        """
        import numpy as np

        try:
            self.array = np.asarray(array)
        except ValueError:  # lists of unequal lengths
            self.array = np.asarray(None)
        if self.array.dtype.kind in "OSUMm":
            raise invalid_argument(
                f"TensorPeek shows an array of numbers, not this {type(array).__name__}: pass what a "
                "call returned"
            )
        self.title = title
        self.is_difference = is_difference
        self.shape = tuple(int(n) for n in self.array.shape)
        self.dtype = str(self.array.dtype)
        side = _square_side(self.shape)
        self.picture = picture if picture is not None else side is not None and labels is None
        self.at = _slice_indices(self.shape, at)
        if self.picture and side is not None:
            grid = self.array.reshape(side, side)
        else:
            grid = _grid(self.array[self.at])
        self.statistics = stats = known or statistics(self.array)
        self.low, self.high, self.mean = stats.low, stats.high, stats.mean
        self.not_finite = stats.not_finite
        rows, columns = most
        self.sampled = grid.shape[0] > rows or grid.shape[1] > columns
        seen = [] if self.picture and side is not None else self._telling()
        self.rows = _sample(grid.shape[0], rows, [index[0] for index in seen])
        """Numbers of the rows that are shown."""
        self.columns = _sample(grid.shape[1], columns, [index[1] for index in seen])
        self.grid: np.ndarray = grid[self.rows][:, self.columns]
        self.scores = _scores(self.array, labels, top)
        self.labels = list(labels) if labels is not None else None

    def _telling(self) -> list[tuple[int, int]]:
        """Returns the row and column of the least, the greatest and the first element that is not
        finite, where they are in the slice that is shown.
        """
        stats, slow = self.statistics, len(self.at)
        indices = [stats.low_at, stats.high_at, stats.nan_at, stats.infinity_at]
        shown = [i for i in indices if i is not None and i[:slow] == self.at]
        places = [(0, 0, *index[slow:]) for index in shown]
        return [(place[-2], place[-1]) for place in places]

    @property
    def label(self) -> str:
        """One line about the whole."""
        return f"{self.title or 'tensor'}: {self.type}"

    @property
    def type(self) -> str:
        """The tensor's type as MLIR spells it: `tensor<4xf32>`."""
        if self.array.dtype.kind == "c":
            bits = self.array.dtype.itemsize * 4
            return "tensor<" + "".join(f"{n}x" for n in self.shape) + f"complex<f{bits}>>"
        element = {"float": "f", "int": "i", "uint": "ui", "bool": "i1"}
        letters = self.dtype.rstrip("0123456789")
        bits = self.dtype[len(letters) :]
        return (
            "tensor<"
            + "".join(f"{n}x" for n in self.shape)
            + element.get(letters, letters)
            + bits
            + ">"
        )

    @property
    def signed(self) -> bool:
        """Whether the colours part at zero: both signs occur, or it is a difference."""
        return self.is_difference or self.low < 0 < self.high

    def unit(self, value: float) -> float:
        """Returns a value's place on the colour scale: 0 to 1, or -1 to 1 for a tensor with both
        signs.
        """
        if self.signed:
            return value / (max(-self.low, self.high) or 1)
        return (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5

    def cells(self) -> list[list[float]]:
        """Returns the grid's values; of complex numbers, the magnitudes."""
        return [[float(abs(v) if self.is_complex else v) for v in row] for row in self.grid]

    @property
    def is_complex(self) -> bool:
        return self.array.dtype.kind == "c"

    @property
    def slice(self) -> str:
        """`[0, 2, :, :]`, the part that is shown; nothing if all of it is."""
        whole = len(self.shape) <= 2 or (self.picture and self.grid.size == self.array.size)
        return "" if whole else f"[{', '.join(map(str, self.at))}, :, :]"

    def texts(self) -> list[list[str]]:
        """Returns the grid's values in four digits, as `1-2i` if they are complex."""
        return [[number(value) for value in row] for row in self.grid.tolist()]

    def levels(self) -> list[list[int]]:
        """Returns the grid's places on the colour scale, in steps of 1 / `STEPS`; `NAN`, `INFINITE`
        or minus that for what is not finite.
        """
        return [[self._level(value) for value in row] for row in self.cells()]

    def _level(self, value: float) -> int:
        if value != value:
            return NAN
        if abs(value) == float("inf"):
            return INFINITE if value > 0 else -INFINITE
        return round(self.unit(value) * STEPS)

    def state(self) -> dict[str, Any]:
        """Returns the slice that is shown, as a renderer in a browser gets it."""
        return {
            "rows": self.rows,
            "columns": self.columns,
            "levels": self.levels(),
            "texts": self.texts(),
        }


def _square_side(shape: tuple[int, ...]) -> int | None:
    size = 1
    for extent in shape:
        size *= extent
    flat = sum(extent > 1 for extent in shape) == 1
    return {64: 8, 784: 28}.get(size) if flat else None


def _slice_indices(shape: tuple[int, ...], at: Sequence[int]) -> tuple[int, ...]:
    slow = shape[:-2]
    indices = tuple(at) or (0,) * len(slow)
    if len(indices) != len(slow) or any(not 0 <= i < n for i, n in zip(indices, slow) if n):
        raise invalid_argument(
            f"at={tuple(at)} chooses no slice of a tensor of shape {shape}: it has an index for each "
            f"dimension but the last two, {slow}"
        )
    return indices if 0 not in slow else ()


def _grid(array: np.ndarray) -> np.ndarray:
    if array.ndim > 2:  # a slow dimension of size 0
        return array.reshape(0, array.shape[-1])
    return array.reshape(1, -1) if array.ndim < 2 else array


def _sample(extent: int, most: int, wanted: list[int]) -> list[int]:
    """Numbers from 0 to `extent`, spread evenly, at most so many, the wanted ones among them."""
    if extent <= most:
        return list(range(extent))
    wanted = sorted(set(wanted))[:most]
    even = [n * (extent - 1) // (most - 1) for n in range(most)]
    for place in wanted:
        if place not in even:
            free = [n for n in range(most) if even[n] not in wanted]
            even[min(free, key=lambda n: abs(even[n] - place))] = place
    return sorted(even)


def _scores(array: np.ndarray, labels: Sequence[str] | None, top: int) -> list[Score]:
    if labels is None:
        return []
    values = [float(value) for value in array.ravel()]
    if len(labels) != len(values):
        raise invalid_argument(f"{len(labels)} labels for a tensor of {len(values)} elements")
    ranked = sorted(range(len(values)), key=lambda index: (-values[index], index))
    return [Score(labels[index], values[index], index) for index in ranked[:top]]
