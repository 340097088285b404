"""A compiled module and a device, under the names of IREE's Python packages."""

import pytest

from ireelite import compiler, runtime

SOURCE = """
module @arithmetic {
  func.func @simple_mul(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.multiply %a, %b : tensor<4xf32>
    return %0 : tensor<4xf32>
  }
  func.func @add(%a: i32, %b: i32) -> i32 {
    %0 = arith.addi %a, %b : i32
    return %0 : i32
  }
}
"""


@pytest.fixture(scope="session")
def binary():
    """A module `arithmetic` with `simple_mul` and `add`."""
    return compiler.compile_str(SOURCE, target_backends=["vmvx"])


@pytest.fixture(scope="session")
def async_binary():
    """The same with fences."""
    flags = ["--iree-execution-model=async-external"]
    return compiler.compile_str(SOURCE, target_backends=["vmvx"], extra_args=flags)


@pytest.fixture
def device():
    """A device that counts its own memory."""
    return runtime.get_device("local-sync", cache=False)
