"""f16 in buffers: compiled by upstream for a GPU that has it, run on WebGPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.session import open_device

pytestmark = [pytest.mark.interop, pytest.mark.webgpu]

COMPILER = Path(sys.executable).parent / "iree-compile"
FLAGS = ("--iree-hal-target-device=vulkan", "--iree-vulkan-target=valhall4")
SOURCE = """
func.func @f(%a: tensor<64xf16>, %b: tensor<64xf16>) -> tensor<64xf16> {
  %0 = stablehlo.multiply %a, %b : tensor<64xf16>
  %1 = stablehlo.tanh %0 : tensor<64xf16>
  return %1 : tensor<64xf16>
}
"""


def test_halves_on_webgpu() -> None:
    command = [str(COMPILER), *FLAGS, "-", "-o", "-"]
    made = subprocess.run(command, input=SOURCE.encode(), capture_output=True, timeout=120)
    assert made.returncode == 0, made.stderr.decode()
    device = open_device("webgpu")
    if "shader-f16" not in device.gpu.features:
        with pytest.raises(ireelite.StatusError):
            ireelite.load(made.stdout, device=device)
        return
    a = np.linspace(-3, 3, 64).astype(np.float16)
    b = np.full(64, 0.5, np.float16)
    result = ireelite.load(made.stdout, device=device).f(a, b)
    assert result.dtype == np.float16
    np.testing.assert_allclose(result, np.tanh(a * b), rtol=2e-3, atol=1e-3)
