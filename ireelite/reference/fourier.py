"""Fourier transforms of StableHLO."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from xdsl.ir import Operation

from ireelite.reference.machine import Frame, Reference
from ireelite.reference.numbers import Array, dtype_of, integers, word


def fft(op: Operation, frame: Frame, operand: Array) -> Array:
    """Transforms the last dimensions, of the lengths that the op gives."""
    lengths = integers(op, "fft_length")
    axes = list(range(operand.ndim - len(lengths), operand.ndim))
    kind, dtype = word(op, "fft_type"), dtype_of(op.results[0].type)
    if operand.size == 0 or not lengths:
        return operand.astype(dtype)
    if kind == "RFFT":
        result = np.fft.rfftn(operand.astype(np.float64), lengths, axes)
    elif kind == "IRFFT":
        result = np.fft.irfftn(operand.astype(np.complex128), lengths, axes)
    else:
        transform = np.fft.fftn if kind == "FFT" else np.fft.ifftn
        result = transform(operand.astype(np.complex128), lengths, axes)
    return result.astype(dtype)


REFERENCES: Mapping[str, Reference] = {"stablehlo.fft": fft}
