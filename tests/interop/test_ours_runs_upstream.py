"""Modules of upstream's `iree-compile` print the same here as under upstream's
`iree-run-module`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ireelite.tools.run_module import main

pytestmark = pytest.mark.interop

TOOLS = Path(sys.executable).parent
VMVX = ("--iree-hal-target-device=local", "--iree-hal-local-target-device-backends=vmvx")
WAYS = {
    "vmvx": (VMVX, "local-sync"),
    "vmvx-async": ((*VMVX, "--iree-execution-model=async-external"), "local-sync"),
    "vulkan": (("--iree-hal-target-device=vulkan",), "vulkan"),
}

PROGRAMS = {
    "matmul": (
        """
        func.func @f(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>) -> tensor<8x4xf32> {
          %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
              : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
          return %0 : tensor<8x4xf32>
        }""",
        ("8x16xf32=0.5", "16x4xf32=0.25"),
    ),
    "constants": (
        """
        func.func @f(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<3xf32>) {
          %c = stablehlo.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
          %w = stablehlo.constant dense<[7.0, 8.0, 9.0]> : tensor<3xf32>
          %0 = stablehlo.add %x, %c : tensor<2x3xf32>
          return %0, %w : tensor<2x3xf32>, tensor<3xf32>
        }""",
        ("2x3xf32=0.5",),
    ),
    "loop": (
        """
        func.func @f(%x: tensor<4xf32>, %n: tensor<i32>) -> (tensor<4xf32>, tensor<i32>) {
          %z = stablehlo.constant dense<0> : tensor<i32>
          %one = stablehlo.constant dense<1> : tensor<i32>
          %r:2 = stablehlo.while(%i = %z, %a = %x) : tensor<i32>, tensor<4xf32>
          cond {
            %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
            stablehlo.return %c : tensor<i1>
          } do {
            %j = stablehlo.add %i, %one : tensor<i32>
            %b = stablehlo.add %a, %x : tensor<4xf32>
            stablehlo.return %j, %b : tensor<i32>, tensor<4xf32>
          }
          return %r#1, %r#0 : tensor<4xf32>, tensor<i32>
        }""",
        ("4xf32=1,2,3,4", "i32=5"),
    ),
    "dynamic": (
        """
        func.func @f(%a: tensor<?x4xf32>, %b: tensor<?x4xf32>) -> tensor<?x4xf32> {
          %0 = stablehlo.multiply %a, %b : tensor<?x4xf32>
          return %0 : tensor<?x4xf32>
        }""",
        ("3x4xf32=0.5", "3x4xf32=0.25"),
    ),
    "pad": (
        """
        func.func @f(%a: tensor<3x3xf32>, %v: tensor<f32>) -> (tensor<5x6xf32>, tensor<2x2xf32>) {
          %0 = stablehlo.pad %a, %v, low = [1, 2], high = [1, 1], interior = [0, 0]
              : (tensor<3x3xf32>, tensor<f32>) -> tensor<5x6xf32>
          %1 = stablehlo.slice %a [1:3, 0:2] : (tensor<3x3xf32>) -> tensor<2x2xf32>
          return %0, %1 : tensor<5x6xf32>, tensor<2x2xf32>
        }""",
        ("3x3xf32=1,2,3,4,5,6,7,8,9", "f32=7"),
    ),
}


CASES = [(program, way) for program in PROGRAMS for way in ("vmvx", "vmvx-async")]


@pytest.mark.parametrize(
    ("program", "way"),
    [*CASES, *(pytest.param(program, "vulkan", marks=pytest.mark.webgpu) for program in PROGRAMS)],
)
def test_same_output(program, way, tmp_path, capsys):
    source, inputs = PROGRAMS[program]
    flags, device = WAYS[way]
    text, module = tmp_path / "program.mlir", tmp_path / "program.vmfb"
    text.write_text(source)
    subprocess.run([TOOLS / "iree-compile", *flags, text, "-o", module], check=True, timeout=120)
    arguments = [
        f"--module={module}",
        f"--device={device}",
        *(f"--input={value}" for value in inputs),
    ]
    environment = os.environ | {"XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", "/tmp")}
    upstream = subprocess.run(
        [TOOLS / "iree-run-module", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
    )
    assert upstream.returncode == 0, upstream.stderr
    assert main(arguments) == 0
    assert capsys.readouterr().out == upstream.stdout
