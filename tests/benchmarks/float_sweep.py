"""Errors of a function at all f32, by interpolating its reference.

Neighbouring floats are taken in rows of `ROW`, which lie in one binade each. A reference in f64 is
computed at a few places of a row, and interpolated between them by a polynomial, which one product
of matrices evaluates at a whole block of rows. At two further places the polynomial is compared
with the reference itself. A row is computed float by float instead where they differ by more than
`TOLERANCE`, where the function passes a zero, is not finite, or jumps, and where the polynomial
says that the largest error may be: every error that is reported was computed directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from float_accuracy import Accuracy, errors, spacing

ROW = 1 << 12
"""Floats in a row, all in one binade."""
DEGREE = 5
"""Of the interpolating polynomials."""
BLOCK = 16
"""Rows that are compared at once, so that they stay in a cache."""
MARGIN = 0.1
"""How much smaller than at its nodes a function that turns round in a row may be between them, as a
share of its range there."""

STEP = 1_327_217_885
"""Between the chunks that follow each other, around all of them; odd."""

TOLERANCE = 1e-4
"""How far the polynomial may be from the reference where both are computed, and by how much an error
must exceed the largest one, in ulps of f32.
"""
CANDIDATES = 64
"""How many places of a chunk are confirmed before the reference must be wrong."""

Function = Callable[[np.ndarray], np.ndarray]
Confirm = Callable[[Accuracy], Accuracy]


def as_found(found: Accuracy) -> Accuracy:
    """The error as the reference has it."""
    return found


def largest(
    ulps: np.ndarray,
    got: np.ndarray,
    exact: np.ndarray,
    operands: Sequence[np.ndarray],
    best: Accuracy | None = None,
    confirm: Confirm = as_found,
) -> Accuracy:
    """The largest of some errors and the best known one; those that exceed it are confirmed first."""
    number = complex if np.iscomplexobj(operands[0]) else float
    least = -2.0 if best is None else best.error
    above = np.flatnonzero(ulps > least + TOLERANCE)
    _, distinct = np.unique(-ulps[above], return_index=True)
    for n, at in enumerate(above[distinct]):
        if best is not None and ulps[at] <= best.error + TOLERANCE:
            break
        assert n < CANDIDATES, f"the reference at {[operand[at] for operand in operands]} is wrong"
        place = tuple(number(operand[at]) for operand in operands)
        one = Accuracy(float(ulps[at]), place, complex(got[at]), complex(exact[at]))
        if not np.iscomplexobj(exact):
            one = Accuracy(one.error, place, float(got[at]), float(exact[at]))
        one = confirm(one)
        if best is None or one.error > best.error:
            best = one
    assert best is not None
    return best


def _places() -> tuple[np.ndarray, np.ndarray]:
    """Nodes in a row (Chebyshev's extrema, which contain both ends), and places between them."""
    angles = np.pi * np.arange(DEGREE + 1) / DEGREE
    nodes = (ROW - 1) / 2 * (1 - np.cos(angles))
    return nodes, np.array([0.07, 0.59]) * (ROW - 1)


def _lagrange(nodes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """What each node contributes at each place: a matrix of nodes by places."""
    rows = []
    for i, node in enumerate(nodes):
        others = np.delete(nodes, i)
        rows.append(np.prod((places[:, None] - others) / (node - others), axis=1))
    return np.array(rows)


NODES, BETWEEN = _places()
AT_FLOATS = _lagrange(NODES, np.arange(ROW, dtype=np.float64))
AT_BETWEEN = _lagrange(NODES, BETWEEN)


@dataclass
class Sweep:
    """The largest error of a function so far."""

    reference: Function
    exact_in_f32: bool = False
    """Whether the reference of f32 is exact, like a floor's."""
    found: Accuracy | None = None
    points: int = 0
    confirm: Confirm = as_found
    direct: int = 0
    """Points whose references were computed one by one."""
    _scratch: np.ndarray = field(default_factory=lambda: np.empty((BLOCK, ROW)))

    @property
    def best(self) -> float:
        return -1.0 if self.found is None else self.found.error

    def compare(self, x: np.ndarray, got: np.ndarray) -> None:
        """Takes results at whole rows of neighbouring f32."""
        x, got = x.reshape(-1, ROW), got.reshape(-1, ROW)
        self.points += x.size
        if self.exact_in_f32 and self.found and _are_same(got, self.exact(x)):
            return
        bounds = self._bounds(x, got)
        rough = np.isinf(bounds)
        if rough.any():
            self.compare_directly(x[rough].ravel(), got[rough].ravel())
        bounds[rough] = 0
        for row in np.argsort(-bounds):
            if bounds[row] <= self.best + TOLERANCE:
                break
            self.compare_directly(x[row], got[row])

    def compare_directly(self, x: np.ndarray, got: np.ndarray) -> None:
        """Takes results at any f32, without interpolation."""
        with np.errstate(invalid="ignore"):
            exact = self.exact(x.astype(np.float64))
        self.direct += len(x)
        with np.errstate(all="ignore"):
            ulps = np.abs(got - exact) / _least_unit(exact)
        suspects = np.flatnonzero(~(ulps <= self.best + TOLERANCE) | (got == 0))
        if len(suspects):
            got, exact, x = got[suspects], exact[suspects], x[suspects]
            self.found = largest(errors(got, exact), got, exact, [x], self.found, self.confirm)

    def exact(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(self.reference(x))

    def _bounds(self, x: np.ndarray, got: np.ndarray) -> np.ndarray:
        """An upper bound of the errors of each row; infinite where the polynomial is of no use."""
        with np.errstate(all="ignore"):
            first = x[:, :1].astype(np.float64)
            step = x[:, 1:2].astype(np.float64) - first
            places = first + step * np.concatenate([NODES, BETWEEN])
            values = self.exact(places.ravel()).reshape(places.shape)
            rounded = values.astype(np.float32)
            at_nodes, between = values[:, : len(NODES)], values[:, len(NODES) :]
            smallest = _smallest(np.abs(at_nodes))
            unit = spacing(smallest.astype(np.float32)).astype(np.float64)
            away = np.abs(at_nodes @ AT_BETWEEN - between).max(axis=1)
        same_sign = np.signbit(values).all(axis=1) | ~np.signbit(values).any(axis=1)
        smooth = same_sign & (smallest > np.finfo(np.float32).smallest_subnormal)
        smooth &= np.isfinite(rounded).all(axis=1) & (away <= TOLERANCE * unit)
        bounds = np.full(len(x), np.inf)
        if smooth.any():
            distances = self._differences(_rows(at_nodes, smooth), _rows(got, smooth))
            bounds[smooth] = distances / unit[smooth]
        constant = _are_constant(rounded)
        if constant.any():
            right = _are_equal(_rows(got, constant), rounded[constant, :1])
            bounds[constant] = np.where(right, 0, np.inf)
        return np.where(np.isnan(bounds), np.inf, bounds)

    def _differences(self, at_nodes: np.ndarray, got: np.ndarray) -> np.ndarray:
        """The largest distance of each row from its polynomial; NaN where there is a NaN."""
        largest = np.empty(len(got))
        for start in range(0, len(got), BLOCK):
            block = slice(start, start + BLOCK)
            values = self._scratch[: len(got[block])]
            np.matmul(at_nodes[block], AT_FLOATS, out=values)
            np.subtract(got[block], values, out=values)
            np.maximum(values.max(axis=1), -values.min(axis=1), out=largest[block])
        return largest


def _are_constant(values: np.ndarray) -> np.ndarray:
    """Which rows are of one and the same zero, infinity or NaN."""
    special = (values == 0) | ~np.isfinite(values)
    return special.all(axis=1) & _are_equal(values, values[:, :1])


def _are_equal(rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Which rows have the same bits as a value everywhere, or are NaN as it is."""
    if np.isnan(values).all():
        return np.isnan(rows).all(axis=1)
    equal = (rows.view(np.int32) == values.view(np.int32)).all(axis=1)
    rest = np.isnan(values[:, 0]) & ~equal
    equal[rest] = np.isnan(rows[rest]).all(axis=1)
    return equal


def _rows(array: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Some rows, without a copy of all."""
    return array if where.all() else array[where]


def _least_unit(exact: np.ndarray) -> np.ndarray:
    """The unit in the last place of f32, or half of it just below a power of two."""
    power = (exact.view(np.int64) & np.int64(0x7FF << 52)).view(np.float64)
    return np.maximum(power * 2.0**-23, 2.0**-149)


def _smallest(sizes: np.ndarray) -> np.ndarray:
    """The least size in each row, of those at the nodes."""
    least, steps = sizes.min(axis=1), np.diff(sizes, axis=1)
    turns = (steps > 0).any(axis=1) & (steps < 0).any(axis=1)
    return np.where(turns, least - MARGIN * (sizes.max(axis=1) - least), least)


def _key(x: np.ndarray) -> np.ndarray:
    """The bits of f32, which are the same for all NaN."""
    bits = x.view(np.int32)
    return np.where(np.isnan(x), np.int32(0x7FC00000), bits)


def _are_same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether f32 have the same bits."""
    return np.array_equal(a.view(np.int32), b.view(np.int32))


def sweep(
    function: Function,
    reference: Function,
    chunk: int,
    exact_in_f32: bool = False,
    first: int = 0,
    found: Accuracy | None = None,
    confirm: Confirm = as_found,
) -> Iterator[Sweep]:
    """Visits all f32 in chunks, a power of two, and yields what was found after each; from pair of
    chunks `first` on, with what was found before it.

    A result of a negative number is compared with the result of the positive one: where it is the
    same, or the same but for its sign as the reference's is, it needs no reference. Chunks of all
    magnitudes are visited in turn, since a record that is broken costs time.
    """
    state = Sweep(reference, exact_in_f32, found, 2 * chunk * first, confirm)
    odd, even = _symmetry(state)
    count = (1 << 31) // chunk
    for n in range(first, count):
        start = n * STEP % count * chunk
        x = np.arange(start, start + chunk, dtype=np.uint32).view(np.float32)
        got = function(x)
        state.compare(x, got)
        mirrored = function(-x)
        if (odd or even) and _are_same(mirrored, got if even else -got):
            state.points += len(x)
        else:
            state.compare(-x, mirrored)
        yield state


def _symmetry(state: Sweep) -> tuple[bool, bool]:
    """Whether a reference is odd, and whether it is even, at some thousand places."""
    bits = np.arange(0, 0x7F800000, 99_991, np.uint32)
    x = bits.view(np.float32).astype(np.float64)
    positive, negative = state.exact(x), state.exact(-x)
    same = lambda a, b: bool(np.array_equal(a, b, equal_nan=True))  # noqa: E731
    return same(negative, -positive), same(negative, positive)
