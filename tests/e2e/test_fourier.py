"""Fourier transforms of any length and of several dimensions against NumPy's, on every target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

import ireelite
from ireelite import element_types

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", "d", id="native"),
    pytest.param("vmvx", "local-sync", "d", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", "d", id="spirv", marks=pytest.mark.webgpu),
]

LENGTHS: list[tuple[str, tuple[int, ...], int]] = [
    ("FFT", (1,), 1),
    ("FFT", (2, 360), 1),
    ("FFT", (61,), 1),
    ("IFFT", (134,), 1),
    ("FFT", (3, 4, 5), 2),
    ("RFFT", (2, 15), 1),
    ("RFFT", (2, 2, 3, 8), 3),
    ("IRFFT", (2, 16), 1),
    ("IRFFT", (6, 7), 2),
    ("FFT", (0, 4), 1),
]
"""Kind, shape of the real numbers or of the operand, and how many dimensions are transformed."""


def tensor(value: NDArray) -> str:
    shape = "".join(f"{extent}x" for extent in value.shape)
    return f"tensor<{shape}{element_types.from_numpy(str(value.dtype)).mlir}>"


def reference(kind: str, operand: NDArray, lengths: Sequence[int]) -> NDArray:
    """NumPy's transform, in f64 and rounded once."""
    axes = tuple(range(operand.ndim - len(lengths), operand.ndim))
    wide = operand.astype(np.result_type(operand.dtype, np.float64))
    functions = {"FFT": np.fft.fftn, "IFFT": np.fft.ifftn, "RFFT": np.fft.rfftn}
    if kind == "IRFFT":
        result = np.fft.irfftn(wide, s=lengths, axes=axes)
    else:
        result = functions[kind](wide, axes=axes)
    single = operand.dtype in (np.float32, np.complex64)
    narrow = np.complex64 if result.dtype.kind == "c" else np.float32
    return result.astype(narrow) if single else result


def operand_of(kind: str, shape: Sequence[int], rank: int, precision: str) -> NDArray:
    rng = np.random.default_rng(len(shape) + shape[-1])
    real = rng.normal(size=shape)
    if kind == "RFFT":
        return real.astype(precision)
    axes = tuple(range(len(shape) - rank, len(shape)))
    number = real + 1j * rng.normal(size=shape)
    value = np.fft.rfftn(real, axes=axes) if kind == "IRFFT" else number
    return value.astype(np.result_type(precision, np.complex64))


@pytest.mark.parametrize(("target", "device", "wide"), CONFIGURATIONS)
def test_transforms(target: str, device: str, wide: str):
    functions, cases = [], []
    for number, (kind, shape, rank) in enumerate(LENGTHS):
        operand = operand_of(kind, shape, rank, wide if number % 2 else "f")
        lengths = list(shape[len(shape) - rank :])
        expected = reference(kind, operand, lengths)
        name, source, result = f"{kind}{number}", tensor(operand), tensor(expected)
        functions.append(
            f"func.func @{name}(%x: {source}) -> {result} {{\n"
            f"  %0 = stablehlo.fft %x, type = {kind}, length = {lengths} : ({source}) -> {result}\n"
            f"  return %0 : {result}\n}}"
        )
        cases.append((name, operand, expected))
    program = ireelite.load(ireelite.compile("\n".join(functions), targets=[target]), device=device)
    for name, operand, expected in cases:
        found = np.asarray(getattr(program, name)(operand))
        assert found.dtype == expected.dtype and found.shape == expected.shape, name
        error = np.linalg.norm(found - expected)
        assert error <= 3 * np.finfo(expected.dtype).eps * np.linalg.norm(expected), name


@pytest.mark.parametrize("n", [997, 2 * 3 * 71, 4096])
def test_long_transforms(n: int):
    text = (
        f"func.func @main(%x: tensor<{n}xcomplex<f32>>) -> tensor<{n}xcomplex<f32>> {{\n"
        f"  %0 = stablehlo.fft %x, type = FFT, length = [{n}] : (tensor<{n}xcomplex<f32>>) -> "
        f"tensor<{n}xcomplex<f32>>\n  return %0 : tensor<{n}xcomplex<f32>>\n}}"
    )
    operand = operand_of("FFT", [n], 1, "f")
    expected = reference("FFT", operand, [n])
    program = ireelite.load(ireelite.compile(text, targets=["llvm-cpu"]))
    error = np.linalg.norm(np.asarray(program.main(operand)) - expected)
    assert error <= 3 * np.finfo(np.float32).eps * np.linalg.norm(expected)
