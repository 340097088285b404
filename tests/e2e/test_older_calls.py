"""Fourier transforms as calls of older JAX, whose descriptors are FlatBuffers."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.bytecode.flatbuffer_writer import write
from ireelite.lowering.frontend.hlo.older_calls import DYNAMIC_FFT, STATIC_FFT
from ireelite.status import StatusError


def transform(target: str, schema, axes: list[int], forward: int) -> str:
    descriptor = write(schema, {"axes": axes, "forward": forward})
    size = len(descriptor)
    return f"""
func.func @f(%a: tensor<3x5xcomplex<f32>>) -> tensor<3x5xcomplex<f32>> {{
  %0 = stablehlo.constant dense<{list(descriptor)}> : tensor<{size}xui8>
  %1 = stablehlo.custom_call @{target}(%0, %a) {{api_version = 2 : i32}}
      : (tensor<{size}xui8>, tensor<3x5xcomplex<f32>>) -> tensor<3x5xcomplex<f32>>
  return %1 : tensor<3x5xcomplex<f32>>
}}"""


@pytest.mark.parametrize(
    ("target", "schema", "axes", "forward", "expected"),
    [
        ("dynamic_ducc_fft", DYNAMIC_FFT, [1], 1, np.fft.fft),
        ("ducc_fft", STATIC_FFT, [0, 1], 0, np.fft.ifft2),
    ],
)
def test_a_descriptor_has_dimensions_and_a_direction(target, schema, axes, forward, expected):
    a = np.random.default_rng(0).standard_normal((3, 5)).astype(np.complex64)
    text = transform(target, schema, axes, forward)
    module = ireelite.load(ireelite.compile(text, targets=["vmvx"]), device="local-sync")
    np.testing.assert_allclose(module.f(a), expected(a), atol=1e-5)


def test_other_dimensions_than_the_last_are_refused():
    with pytest.raises(StatusError, match=r"transforms the last dimensions, not \[0\]"):
        ireelite.compile(transform("ducc_fft", STATIC_FFT, [0], 1), targets=["vmvx"])
