"""Ops that are copied from a dump of upstream's parse in upstream's own reader."""

from __future__ import annotations

import subprocess
from pathlib import Path

from workbench.dumps import read_dump
from workbench.model.subtree import subtree

PROGRAM = """func.func @main(%n: tensor<i32>, %x: tensor<8x4xf32>, %w: tensor<4x2xf32>) -> (tensor<8x2xf32>, tensor<i32>) {
  %one = stablehlo.constant dense<1> : tensor<i32>
  %r:2 = stablehlo.while(%k = %n, %v = %x) : tensor<i32>, tensor<8x4xf32>
  cond {
    %more = stablehlo.compare LT, %k, %one : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %more : tensor<i1>
  } do {
    %next = stablehlo.add %k, %one : tensor<i32>
    %s = stablehlo.sine %v : tensor<8x4xf32>
    stablehlo.return %next, %s : tensor<i32>, tensor<8x4xf32>
  }
  %y = stablehlo.dot %r#1, %w : (tensor<8x4xf32>, tensor<4x2xf32>) -> tensor<8x2xf32>
  return %y, %r#0 : tensor<8x2xf32>, tensor<i32>
}
"""


def test_upstream_parses_what_is_copied_from_its_dump(tmp_path: Path):
    source, dump, copies = (tmp_path / name for name in ("f.mlir", "dump.mlir", "copies.mlir"))
    source.write_text(PROGRAM)
    flags = ["--iree-hal-target-backends=vmvx", "--mlir-print-ir-after-all", "-o", "/dev/null"]
    with dump.open("w") as file:
        command = ["iree-compile", str(source), *flags, "--mlir-disable-threading"]
        subprocess.run(command, stderr=file, check=True)
    record = read_dump(dump)
    places = [(s, n) for s in record.stages for n in range(0, len(s.nodes), len(s.nodes) // 24 + 1)]
    assert len(places) > 90
    copies.write_text("// -----\n".join(subtree(record, stage, n) for stage, n in places))
    command = ["iree-opt", "--split-input-file", str(copies), "-o", "/dev/null"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert said == "", said[:2000]
