"""Chebyshev series of tensors."""

from __future__ import annotations

from collections.abc import Sequence

from ireelite.lowering.frontend.tf.arithmetic import Tensor, fill


def chebyshev(x: Tensor, coefficients: Sequence[float]) -> Tensor:
    """Returns a Chebyshev series of x / 2 by Clenshaw's recurrence, from the highest coefficient on."""
    first, *rest = coefficients
    zero = fill(0, x, x.shape)
    b0, b1, b2 = zero + first, zero, zero
    for coefficient in rest:
        b0, b1, b2 = x * b0 - b1 + coefficient, b0, b1
    return (b0 - b2) * 0.5
