"""Quantized types become the types of their storage."""

from ireelite.lowering.frontend.hlo.quantized import expand_quantized
from ireelite.syntax.parser import parse_module, verify

SCALAR = """
func.func @f(%n: !q) -> (tensor<4x!q>, !q) {
  %0 = tensor.splat %n : tensor<4x!q>
  return %0, %n : tensor<4x!q>, !q
}
""".replace("!q", "!quant.uniform<i8:f32, 0.5:1>")


def test_scalars_become_storage_as_tensors_do():
    module = expand_quantized(parse_module(SCALAR), None)
    verify(module)
    (function,) = module.ops
    assert str(function.properties["function_type"]) == "(i8) -> (tensor<4xi8>, i8)"
