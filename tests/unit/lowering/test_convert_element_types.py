"""The flags that change a program's element types, and the one that chooses native code's CPU."""

from __future__ import annotations

import numpy as np
import pytest

import ireelite
from ireelite.executables.native_object import machine_of
from ireelite.lowering.frontend.element_types import convert_element_types
from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module
from ireelite.tools import compile as compile_tool

PROGRAM = """
util.global private mutable @state = dense<0.5> : tensor<2xf64>
func.func @f(%x: tensor<2xf64>) -> (tensor<2xf64>, tensor<2xi64>) {
  %c = stablehlo.constant dense<[1.1, 1.0e300]> : tensor<2xf64>
  %z = stablehlo.constant dense<(1.5, 2.5)> : tensor<2xcomplex<f64>>
  %i = stablehlo.constant dense<[4294967297, 5]> : tensor<2xi64>
  %s = util.global.load @state : tensor<2xf64>
  %n = stablehlo.add %x, %s : tensor<2xf64>
  %b = stablehlo.add %n, %c : tensor<2xf64>
  %q = stablehlo.convert %b : (tensor<2xf64>) -> tensor<2xf32>
  %k = stablehlo.iota dim = 0 : tensor<2xi64>
  %r = stablehlo.add %k, %i : tensor<2xi64>
  %w = arith.constant 1.5 : f64
  %y = arith.truncf %w : f64 to f32
  return %b, %r : tensor<2xf64>, tensor<2xi64>
}
"""
FLAGS = ("--iree-input-demote-f64-to-f32", "--iree-input-demote-i64-to-i32")


def test_every_type_and_constant_changes():
    module = parse_module(PROGRAM)
    convert_element_types(module, ["demote-f64-to-f32", "demote-i64-to-i32"], None)
    module.verify()
    text = print_module(module)
    assert "f64" not in text and "truncf" not in text
    assert "dense<[1.100000e+00, 0x7f800000]> : tensor<2xf32>" in text
    assert "dense<(1.500000e+00,2.500000e+00)> : tensor<2xcomplex<f32>>" in text
    assert "dense<[1, 5]> : tensor<2xi32>" in text
    assert "@state = dense<5.000000e-01> : tensor<2xf32>" in text


def test_settings_of_ops_keep_their_type():
    module = parse_module(PROGRAM)
    convert_element_types(module, ["demote-i64-to-i32"], None)
    (iota,) = (op for op in module.walk() if op.name == "stablehlo.iota")
    assert str(iota.properties["iota_dimension"]) == "0 : i64"


def test_an_unknown_conversion_is_refused():
    with pytest.raises(StatusError, match="no conversion 'demote-f64-to-f16'; did you mean"):
        convert_element_types(parse_module(PROGRAM), ["demote-f64-to-f16"], None)


def test_the_compiler_takes_upstreams_flags(tmp_path):
    source, module = tmp_path / "f.mlir", tmp_path / "f.vmfb"
    source.write_text(PROGRAM)
    targets = ["--iree-hal-target-backends=llvm-cpu", "--iree-llvmcpu-target-cpu=generic"]
    assert compile_tool.main([*FLAGS, *targets, str(source), "-o", str(module)]) == 0
    floats, integers = ireelite.load(module).f(np.float32([1, 2]))
    np.testing.assert_array_equal(floats, np.float32([1 + 0.5 + 1.1, np.inf]))
    np.testing.assert_array_equal(integers, np.int32([1, 6]))


def test_native_code_is_for_this_cpu_or_any():
    assert machine_of("generic").features == ""
    assert machine_of("host").features != ""
    with pytest.raises(StatusError, match="no CPU 'hots'; did you mean 'host'"):
        machine_of("hots")
