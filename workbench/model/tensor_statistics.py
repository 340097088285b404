"""What describes a tensor as a whole: its range, its moments, a histogram, what is not finite; and
how two tensors differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ireelite.status import invalid_argument

if TYPE_CHECKING:
    import numpy as np

BINS = 24
Index = tuple[int, ...]


@dataclass(frozen=True)
class Statistics:
    """Of all elements; `low` to `deviation` of the finite ones (of complex numbers, the
    magnitudes), and 0 where there are none.
    """

    count: int
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    """The standard deviation, with the count as divisor."""
    zeros: int = 0
    nans: int = 0
    infinities: int = 0
    low_at: Index | None = None
    high_at: Index | None = None
    nan_at: Index | None = None
    """The first NaN in row-major order."""
    infinity_at: Index | None = None
    counts: tuple[int, ...] = ()
    """Finite elements in equal steps from `low` to `high`."""

    @property
    def not_finite(self) -> int:
        return self.nans + self.infinities


def statistics(array: np.ndarray) -> Statistics:
    """Returns the statistics of a tensor of any rank, size and element type."""
    import numpy as np

    values = magnitudes(array)
    flat = values.ravel()
    nan, infinite = np.isnan(flat), np.isinf(flat)
    finite = flat[~(nan | infinite)]

    def first(where: np.ndarray) -> Index | None:
        return _index(values.shape, int(where.argmax())) if where.any() else None

    known = Statistics(
        flat.size,
        nans=int(nan.sum()),
        infinities=int(infinite.sum()),
        nan_at=first(nan),
        infinity_at=first(infinite),
    )
    if not finite.size:
        return known
    low, high = float(finite.min()), float(finite.max())
    with np.errstate(over="ignore"):
        mean, deviation = float(finite.mean()), float(finite.std())
        spread = high - low
        counts = (
            np.histogram(finite, BINS, (low, high))[0] if 0 < spread < np.inf else [finite.size]
        )
    return Statistics(
        known.count,
        low,
        high,
        mean,
        deviation,
        int((finite == 0).sum()),
        known.nans,
        known.infinities,
        first(flat == low),
        first(flat == high),
        known.nan_at,
        known.infinity_at,
        tuple(int(n) for n in counts),
    )


@dataclass(frozen=True)
class Comparison:
    """How two tensors of one shape differ."""

    differing: int
    """Elements that are not as close as the tolerances ask; two NaN are the same."""
    count: int
    worst_at: Index | None
    """The element with the greatest difference, one that only one of the two has as a number first;
    None where all are equal."""
    worst: float
    """The difference there: infinite where only one of the two is finite."""
    pair: tuple[Any, Any] | None
    """The two elements there."""
    difference: np.ndarray
    """The absolute differences."""


def compare(
    ours: np.ndarray, theirs: np.ndarray, relative: float = 1e-5, absolute: float = 1e-8
) -> Comparison:
    """Compares element by element, as `numpy.isclose` does. Raises INVALID_ARGUMENT for different
    shapes.
    """
    import numpy as np

    if ours.shape != theirs.shape:
        raise invalid_argument(
            f"tensors of shapes {ours.shape} and {theirs.shape} have no elements to compare"
        )
    kind = np.complex128 if "c" in (ours.dtype.kind, theirs.dtype.kind) else np.float64
    a, b = ours.astype(kind), theirs.astype(kind)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.array(np.abs(a - b), np.float64)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        difference[same] = 0.0
        difference[np.isnan(difference)] = np.inf
        close = same | (difference <= absolute + relative * np.abs(b))
        close &= np.isfinite(difference)
    worst_at = None
    worst, pair = 0.0, None
    if difference.size and difference.max() > 0:
        worst_at = _index(difference.shape, int(difference.argmax()))
        worst, pair = float(difference[worst_at]), (ours[worst_at], theirs[worst_at])
    return Comparison(int((~close).sum()), difference.size, worst_at, worst, pair, difference)


def magnitudes(array: np.ndarray) -> np.ndarray:
    """Returns the elements as f64; of complex numbers, the magnitudes."""
    import numpy as np

    return (np.abs(array) if array.dtype.kind == "c" else array).astype(np.float64)


def _index(shape: tuple[int, ...], flat: int) -> Index:
    indices: list[int] = []
    for extent in reversed(shape):
        flat, at = divmod(flat, extent)
        indices.append(at)
    return tuple(reversed(indices))
