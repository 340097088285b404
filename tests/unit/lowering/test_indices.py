"""Symbolic indices: equal ones are one object, and bounds simplify divisions."""

from __future__ import annotations

import random

import pytest

from ireelite.lowering.tensors.indices import Index, IndexSpace, Quotient, Remainder


def value_of(index: Index, values: dict) -> int:
    """The number that an index is at a point."""
    total = index.constant
    for atom, factor in index.terms.items():
        if isinstance(atom, Quotient | Remainder):
            inner = value_of(atom.of, values)
            part = inner // atom.divisor if isinstance(atom, Quotient) else inner % atom.divisor
        else:
            part = values[atom]
        total += factor * part
    return total


def test_equal_indices_are_one_object():
    space = IndexSpace()
    i, j = (space.of(dim) for dim in space.dims([4, 5]))
    assert space.add(i, j) is space.add(j, i)
    assert space.add(space.scale(i, 3), space.scale(i, -3)) is space.constant(0)
    assert space.divide(i, 3)[0] is space.divide(i, 3)[0]


def test_a_reshape_and_back_is_the_index_itself():
    space = IndexSpace()
    at = tuple(space.of(dim) for dim in space.dims([4, 6]))
    flat = space.linear(at, [4, 6])
    assert space.split(flat, [4, 6]) == at
    other = space.split(flat, [3, 8])
    assert space.linear(other, [3, 8]) is flat


def test_quotient_and_remainder_together_are_what_was_divided():
    space = IndexSpace()
    (i,) = (space.of(dim) for dim in space.dims([30]))
    quotient, remainder = space.divide(i, 7)
    assert space.add(space.scale(quotient, 7), remainder) is i


def test_what_a_divisor_divides_leaves_the_quotient():
    space = IndexSpace()
    i, j = (space.of(dim) for dim in space.dims([5, 16]))
    quotient, remainder = space.divide(space.add(space.scale(i, 8), j), 4)
    assert quotient is space.add(space.scale(i, 2), space.divide(j, 4)[0])
    assert remainder is space.divide(j, 4)[1]
    assert space.split(space.linear((i, j), [5, 16]), [5, 4, 2, 2])[0] is i


@pytest.mark.parametrize("seed", range(20))
def test_random_reshapes_keep_their_values(seed: int):
    pick = random.Random(seed)
    space = IndexSpace()
    shapes = [(24,), (4, 6), (2, 3, 4), (6, 4), (1, 24), (3, 8), (2, 2, 6), (12, 2)]
    shape = pick.choice(shapes)
    dims = space.dims(shape)
    at = tuple(map(space.of, dims))
    for _ in range(6):
        target = pick.choice(shapes)
        at = space.split(space.linear(at, shape), target)
        shape = target
    for _ in range(10):
        values = {dim: pick.randrange(dim.extent) for dim in dims}
        position = 0
        for dim in dims:
            position = position * dim.extent + values[dim]
        found = 0
        for index, extent in zip(at, shape, strict=True):
            number = value_of(index, values)
            assert index.low <= number <= index.high and 0 <= number < extent
            found = found * extent + number
        assert found == position


def test_a_loop_of_no_turns_has_no_points():
    space = IndexSpace()
    (dim,) = space.dims([0])
    assert dim.extent == 0
