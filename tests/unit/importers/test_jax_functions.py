"""JAX functions become programs that are called as they are: with trees, keywords and constants."""

import sys
from functools import partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.importers.jax import function_name
from ireelite.status import StatusError

SPECIFICATION = spec_from_file_location("jax_stand_in", Path(__file__).with_name("jax_stand_in.py"))
assert SPECIFICATION is not None and SPECIFICATION.loader is not None
stand_in = module_from_spec(SPECIFICATION)
SPECIFICATION.loader.exec_module(stand_in)

TEXT = """\
module @jit_layer attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<2x3xf32>, %arg1: tensor<3xi1>, %arg2: tensor<3xf32>, %arg3: tensor<2xf32>, %arg4: tensor<2xf32>, %arg5: tensor<f32>) -> (tensor<3xf32> {jax.result_info = "['y']"}, tensor<f32> {jax.result_info = ""}) {
    %0 = stablehlo.dot_general %arg3, %arg0, contracting_dims = [0] x [0] : (tensor<2xf32>, tensor<2x3xf32>) -> tensor<3xf32>
    %1 = call @layer(%0, %arg2) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    %2 = stablehlo.select %arg1, %1, %arg2 : tensor<3xi1>, tensor<3xf32>
    return %2, %arg5 : tensor<3xf32>, tensor<f32>
  }
  func.func private @layer(%arg0: tensor<3xf32>, %arg1: tensor<3xf32>) -> tensor<3xf32> {
    %0 = stablehlo.add %arg0, %arg1 : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
}
"""

W = np.arange(6, dtype=np.float32).reshape(2, 3)
MASK = np.array([True, False, True])


def layer(params, x, unused, *, scale):
    return {"y": params["b"][0], "z": (scale, None)}


@pytest.fixture
def jax(monkeypatch):
    for name, module in stand_in.make_jax(TEXT, [W, MASK]).items():
        monkeypatch.setitem(sys.modules, name, module)


@pytest.fixture
def program(jax):
    arguments = ({"b": [np.zeros(3)]}, np.zeros(2, np.float32), np.zeros(2, np.float32))
    return ireelite.compile(layer, args=arguments, kwargs={"scale": 2.0}, targets=("vmvx",))


B, X = np.array([1.0, 2, 3]), np.float32([1, 1])


def test_a_function_is_called_with_its_own_trees(program):
    module = ireelite.load(program)
    results = module.layer({"b": [B]}, X, X, scale=3.0)
    np.testing.assert_array_equal(results["y"], [4, 2, 10])
    assert results["z"][0] == 3.0 and results["z"][1] is None
    debugger = module.layer.debug({"b": [B]}, X, X, scale=3.0)
    assert debugger is not None


def test_names_of_arguments_and_results_are_their_paths(program):
    declaration = program.functions["layer"]
    assert declaration == (
        "sync func @layer(%arg0.b.0: tensor<3xf32>, %arg1: tensor<2xf32>, %arg2: tensor<2xf32>, "
        "%scale: tensor<f32>) -> (%result.y: tensor<3xf32>, %result.z.0: tensor<f32>)"
    )
    assert "layer(arg0.b.0: tensor<3xf32>" in repr(ireelite.load(program))


def test_a_saved_module_is_called_with_arrays_one_by_one(program, tmp_path):
    module = ireelite.load(program.save(tmp_path / "layer.vmfb"))
    first, second = module.layer(np.float32(B), X, X, 3.0)
    np.testing.assert_array_equal(first, [4, 2, 10])
    assert second == 3.0
    text = module.layer._function.reflection["ireelite.tree"]
    assert text == (
        "layer({'b': [arg0.b.0]}, arg1, arg2, scale=scale) "
        "-> {'y': result.y, 'z': (result.z.0, None)}"
    )


def test_arguments_that_nest_otherwise_are_refused(program):
    module = ireelite.load(program)
    with pytest.raises(StatusError) as caught:
        module.layer({"b": B}, X, X, scale=3.0)
    assert caught.value.message == (
        "expected the arguments ({'b': [arg0.b.0]}, arg1, arg2, scale=scale), "
        "not ({'b': *}, *, *, scale=*), * is an array"
    )
    plain = ireelite.load(ireelite.compile(TEXT, targets=("vmvx",)))
    with pytest.raises(
        StatusError, match="'main' takes its arguments by position; 'scale' is given by name"
    ):
        plain.main(W, MASK, B, X, X, scale=1.0)


def test_a_function_of_the_same_name_gives_it_up(program):
    text = program.ir("hlo")
    assert "func.func public @layer(" in text
    assert "call @layer_0(" in text and "func.func private @layer_0(" in text


def test_constants_keep_their_bytes(program):
    text = program.ir("hlo", elide=False)
    assert "dense<[[0.000000e+00, 1.000000e+00, 2.000000e+00]" in text
    assert "dense<[true, false, true]> : tensor<3xi1>" in text


def test_equal_elements_of_a_constant_are_kept_once(jax):
    from xdsl.dialects.builtin import TensorType, f32, i1

    from ireelite.importers.jax_program import dense

    ones = dense(TensorType(f32, [1000, 1000]), np.ones((1000, 1000), np.float32))
    assert len(ones.data.data) == 4
    bits = dense(TensorType(i1, [2000]), np.arange(2000) % 2 == 0)
    assert bits.data.data == b"\xff\x00" * 1000


class Callable:
    def __call__(self, x):
        return x


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (layer, "layer"),
        (lambda x: x, "main"),
        (partial(layer, 1), "layer"),
        (Callable(), "Callable"),
        (Callable().__call__, "__call__"),
    ],
)
def test_exports_are_named_after_functions(function, name):
    assert function_name(function) == name


def test_what_jax_does_not_take_is_refused(jax):
    with pytest.raises(StatusError, match="JAX can't trace 'layer': a str can't be"):
        ireelite.compile(layer, args=("text", 1.0, 2.0), kwargs={"scale": 3.0})
    with pytest.raises(
        StatusError, match="a path, a text, bytes or a JAX function as the source, not int"
    ):
        ireelite.compile(3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(StatusError, match="example arguments are for a JAX function"):
        ireelite.compile("module {}", args=(1,))


class Exported:
    def mlir_module(self) -> str:
        return TEXT


class Lowered:
    def compiler_ir(self):
        raise AssertionError("text is enough")

    def as_text(self, debug_info: bool = False) -> str:
        assert debug_info
        return TEXT


@pytest.mark.parametrize("source", [Exported(), Lowered()])
def test_what_jax_has_lowered_is_a_source_too(source):
    program = ireelite.compile(source, targets=("vmvx",))
    assert list(program.functions) == ["main"]
