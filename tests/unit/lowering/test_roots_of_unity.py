"""The tables of Fourier transforms."""

from math import prod

import numpy as np
import pytest

from ireelite.lowering.tensors.roots_of_unity import (
    LARGEST_PRIME,
    chirp,
    radices,
    roots,
)


def test_roots_of_small_orders_are_exact():
    assert roots(np.arange(8), 4).tolist() == [1, 1j, -1, -1j] * 2
    eighth = roots(np.arange(8), 8)
    assert np.abs(eighth - np.exp(0.25j * np.pi * np.arange(8))).max() < 4e-16
    assert roots(np.array([-1, 5]), 6).tolist() == roots(np.array([5, -1]), 6).tolist()


@pytest.mark.parametrize("n", range(1, 400))
def test_radices_are_factors_and_last_what_is_too_large(n: int):
    found = radices(n)
    assert prod(found) == n
    assert all(r <= LARGEST_PRIME for r in found[:-1])


def test_a_power_of_two_has_few_radices():
    assert radices(1 << 20) == [4, 8, 8, 8, 8, 8, 8]
    assert radices(1 << 7) == [4, 4, 8]


def test_a_chirp_has_half_turns_of_squares():
    k = np.arange(101.0)
    np.testing.assert_allclose(chirp(101), np.exp(1j * np.pi * k * k / 101), atol=1e-11)
