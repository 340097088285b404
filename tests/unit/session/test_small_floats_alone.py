"""Floats that NumPy lacks, in a process without the package `ml_dtypes`."""

import subprocess
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from ireelite.element_types import from_name
from ireelite.small_float_arrays import code_dtype, narrowed, widened

PROGRAM = """
import sys
sys.modules["ml_dtypes"] = None
import numpy as np
import ireelite
from ireelite import StatusError, runtime

source = (
    "func.func @same(%a: tensor<3xTYPE>) -> tensor<3xTYPE> { return %a : tensor<3xTYPE> }"
)
for type in ("bf16", "f8E4M3FN"):
    program = ireelite.compile(source.replace("TYPE", type), targets=["vmvx"])
    module = ireelite.load(program)
    result = module.same([1.0, 2.5, 1.03])
    assert result.dtype == np.float32, result.dtype
    assert module.same(result).tolist() == result.tolist()
    print(type, result.tolist())
    try:
        module.same(np.int32([1, 2, 3]))
    except StatusError as error:
        assert "element type mismatch" in str(error), error
device = runtime.get_device("local-sync")
buffer = device.allocator.allocate_buffer(48, 0xC03, 6)
array = runtime.DeviceArray(device, runtime.HalBufferView(buffer, [3], 0x22000010))
print(array.dtype, array.to_host().tolist())
"""


def test_results_and_arguments_are_arrays_of_f32():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "bf16 [1.0, 2.5, 1.03125]",
        "f8E4M3FN [1.0, 2.5, 1.0]",
        "float32 [0.0, 0.0, 0.0]",
    ]


@pytest.mark.parametrize("name", ["bf16", "f8E4M3FN", "f8E5M2", "f8E4M3FNUZ", "f8E5M2FNUZ"])
def test_codes_and_values_are_those_of_ml_dtypes(name):
    type = from_name(name)
    theirs = np.dtype(getattr(ml_dtypes, str(type.numpy)))
    codes = np.arange(1 << type.bits).astype(code_dtype(type))
    np.testing.assert_array_equal(widened(codes, type), codes.view(theirs).astype(np.float32))
    noise = np.random.default_rng(0).normal(0, 100, 2000).astype(np.float32)
    special = np.float32([0, -0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 1e-30])
    given = np.concatenate([noise, special]).reshape(8, -1)
    ours = narrowed(given, type)
    assert ours.shape == given.shape
    np.testing.assert_array_equal(widened(ours, type), given.astype(theirs).astype(np.float32))
