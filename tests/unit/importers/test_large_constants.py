"""Weights in a text: their digits become bytes once, before the text is read."""

import tracemalloc

import numpy as np
import pytest

import ireelite
from ireelite.dialects.stablehlo import ConstantOp
from ireelite.importers.blobs import lift_blobs
from ireelite.importers.source import read_source
from ireelite.status import StatusError

SIZE = 1 << 22

WEIGHTS = np.random.default_rng(0).random(SIZE // 4, np.float32)

DENSE = f"""
func.func @main(%x: tensor<{SIZE // 4}xf32>) -> tensor<{SIZE // 4}xf32> {{
  %w = stablehlo.constant dense<"0x{WEIGHTS.tobytes().hex()}"> : tensor<{SIZE // 4}xf32>
  %0 = stablehlo.add %x, %w : tensor<{SIZE // 4}xf32>
  return %0 : tensor<{SIZE // 4}xf32>
}}
"""

RESOURCE = f"""
func.func @main(%x: tensor<{SIZE // 4}xf32>) -> tensor<{SIZE // 4}xf32> {{
  %w = stablehlo.constant dense_resource<weights> : tensor<{SIZE // 4}xf32>
  %0 = stablehlo.add %x, %w : tensor<{SIZE // 4}xf32>
  return %0 : tensor<{SIZE // 4}xf32>
}}
{{-#
  dialect_resources: {{
    builtin: {{
      weights: "0x04000000{WEIGHTS.tobytes().hex()}"
    }}
  }}
#-}}
"""


@pytest.mark.parametrize("text", [DENSE, RESOURCE])
def test_weights_are_copied_once_from_text_to_module(text: str, tmp_path):
    path = tmp_path / "program.mlir"
    path.write_text(text)
    ireelite.compile(
        "func.func @f() {\n  return\n}", targets=("vmvx",)
    )  # imports are no part of it
    tracemalloc.start()
    program = ireelite.compile(path, targets=("vmvx",))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # the file with two digits a byte and the bytes; later the bytes and the module
    assert peak < 3.3 * SIZE
    (blob,) = program.source.blobs
    module, _ = program.source.parse()
    (constant,) = [op for op in module.walk() if isinstance(op, ConstantOp)]
    assert constant.value.data.data is blob == WEIGHTS.tobytes()
    assert blob in program.data


def test_lines_and_short_strings_stay():
    long = b"00" * 10000
    text = b'a "0x11" <"0x%s"> : b\n w: "0x04000000%s"\n <"0x%s0"> <"0x@0"> @0' % (long, long, long)
    lifted, blobs = lift_blobs(text)
    assert lifted == (b'a "0x11" <"0x@0"> : b\n w: "0x04000000@1"\n <"0x%s0"> <"0x@0"> @0' % long)
    assert blobs == (bytes(10000), bytes(10000))
    assert lift_blobs(lifted[:40]) == (lifted[:40], ())


def test_a_number_in_place_of_digits_is_refused_in_a_text():
    text = 'func.func @f() {\n  %0 = stablehlo.constant dense<"0x@0"> : tensor<4xf32>\n  return\n}'
    with pytest.raises(StatusError, match="expected bytes in hexadecimal digits behind 0x"):
        read_source(text).parse()
