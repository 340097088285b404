"""Roots of unity and the tables of a Fourier transform, exact to the last bits of f64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_PRIME = 61
"""The largest prime whose transform is a plain sum: above, the sum is longer than a convolution."""


def roots(numerators: NDArray[Any], n: int) -> NDArray[Any]:
    """Returns `exp(2πi k / n)` for integers k. Angles are reduced to an eighth of a turn, so that
    roots of the fourth order are exact.
    """
    import numpy

    k = numpy.asarray(numerators, numpy.int64) % n
    quarters = (4 * k + n // 2) // n
    angle = (4 * k - quarters * n) * (numpy.pi / 2 / n)
    cosine, sine = numpy.cos(angle), numpy.sin(angle)
    return numpy.choose(
        quarters % 4,
        (cosine + 1j * sine, 1j * cosine - sine, -cosine - 1j * sine, sine - 1j * cosine),
    )


def radices(n: int) -> list[int]:
    """Factors of a length whose transforms are stages of their own, the smallest first, and last what
    is left of it, if anything: a product of primes that are too large.
    """
    found: list[int] = []
    rest = n
    for prime in range(2, LARGEST_PRIME + 1):
        while rest % prime == 0:
            found.append(prime)
            rest //= prime
    return [*sorted(merged(found)), *([rest] if rest > 1 else [])]


def merged(factors: list[int]) -> list[int]:
    """Returns the same product with twos in eights; two fours for one that would be left."""
    eights, rest = divmod(factors.count(2), 3)
    found = [8] * eights
    if rest == 1 and found:
        found[-1:] = [4, 4]
    elif rest:
        found.append(1 << rest)
    return found + [factor for factor in factors if factor != 2]


def chirp(n: int) -> NDArray[Any]:
    """Returns `exp(πi k² / n)` for k below n."""
    import numpy

    k = numpy.arange(n, dtype=object)
    return roots((k * k % (2 * n)).astype(numpy.int64), 2 * n)


def chirp_spectrum(n: int, length: int) -> NDArray[Any]:
    """Returns the transform of the chirp, laid out around 0 in a longer length."""
    import numpy

    wave, padded = chirp(n), numpy.zeros(length, numpy.complex128)
    padded[:n] = wave
    padded[length - n + 1 :] = wave[:0:-1]
    return numpy.fft.fft(padded)
