"""What counts as a source, and what JAX prints."""

import builtins

import pytest

from ireelite.compile_options import CompileOptions
from ireelite.importers.jax import trace
from ireelite.importers.source import MLIR, Source, read_source
from ireelite.passes import Compilation
from ireelite.pipeline import encode, lower
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.printer import print_module

PLAIN = "func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n  return %x : tensor<2xf32>\n}\n"

JAX_TEXT = """\
module @jit_f attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  func.func public @main(%arg0: tensor<4xf32>, %arg1: tensor<4xf32>) -> (tensor<4xf32> {jax.result_info = "result"}) {
    %0 = stablehlo.multiply %arg0, %arg1 : tensor<4xf32>
    %1 = stablehlo.sine %0 : tensor<4xf32>
    return %1 : tensor<4xf32>
  }
}
"""


def refused(call, *arguments) -> StatusError:
    with pytest.raises(StatusError) as caught:
        call(*arguments)
    return caught.value


def test_text_as_jax_prints_it_keeps_its_names():
    program, stage = read_source(JAX_TEXT).parse()
    assert stage == "hlo"
    compilation = Compilation(CompileOptions(("vmvx",)))
    text = print_module(lower(program, stage, "ll-seq", compilation))
    assert text.startswith("module @jit_f")
    assert "func.func public @main(%arg0: memref<4xf32>, %arg1: memref<4xf32>) -> " in text
    assert "@main_ex_dispatch_0" in text
    program, stage = read_source(JAX_TEXT).parse()
    vm = lower(program, stage, "module", compilation)
    assert "vm.module @jit_f {" in print_module(vm)
    assert "vm.export @main" in print_module(vm)
    assert encode(vm, compilation)


def test_without_jax_a_function_says_what_it_needs(monkeypatch):
    real = builtins.__import__

    def no_jax(name, *rest, **more):
        if name == "jax":
            raise ImportError("No module named 'jax'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", no_jax)
    error = refused(trace, lambda x: x, [1.0], {})
    assert error.code is StatusCode.UNAVAILABLE
    assert error.message == "compiling a Python function needs JAX: pip install jax"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.mlir", b"anything", True),
        ("a.pb", b"module {}", False),
        ("a.pbtxt", b"node {}", False),
        ("<stdin>", b"// a comment\nmodule {}", True),
        ("<stdin>", b"#map = affine_map<(d0) -> (d0)>\nmodule {}", True),
        ("<memory>", b"\n  func.func @f() {\n}", True),
        ("<memory>", b"vm.module @m {\n}", True),
        ("<memory>", b"tf.graph @g", True),
        ("<stdin>", b"# a comment\nnode { }", False),
        ("<stdin>", b"\x0a\x20\x0a\x04arg0", False),
        ("<stdin>", b"", False),
        ("<stdin>", b'"builtin.module"() ({\n}) : () -> ()', True),
        ("m.txt", b'// generic\n"builtin.module"() ({\n}) : () -> ()', True),
        ("<stdin>", b"!t = tensor<4xf32>\nmodule {}", True),
        ("<stdin>", b"{-# dialect_resources: {} #-}", True),
        ("<stdin>", b"hello world", True),
        ("<stdin>", b'node { name: "x\\nmodule {" }', False),
        ("<stdin>", b"# text\n\nlibrary: { }\nmodule {}", False),
        ("<stdin>", b"\x0a\x0d\x0a\x01x\x12\x08Identity", False),
    ],
)
def test_mlir_is_told_from_a_graphdef(name, data, expected):
    assert Source(data, name, "main").is_mlir is expected


@pytest.mark.parametrize(
    ("name", "data", "kind", "message"),
    [
        ("g.mlir", b"node { }", None, "g.mlir is taken for MLIR text by its name; it begins as a GraphDef"),
        ("g.pbtxt", b"module { }", None, "g.pbtxt is taken for a GraphDef by its name; it begins as MLIR text"),
        ("<stdin>", b"node { }", MLIR, "<stdin> is taken for MLIR text by the input type; it begins as a GraphDef"),
        ("a.mlir", b"ML\xefR\x00", None, "a.mlir is MLIR bytecode; its text is what mlir-opt, stablehlo-opt or iree-opt prints of it, and as_text() of what jax.jit(f).lower(...) returns"),
        ("a.zip", b"PK\x03\x04", None, "a.zip is a ZIP archive; extract the program from it"),
        ("a.vmfb", b"PK\x03\x04" + bytes(26) + b"module.fb", None, "a.vmfb is a compiled module; run it with ireelite-run-module --module, or print it with ireelite-dump-module"),
        ("a.hlo", b"// x\nHloModule f\n", None, "a.hlo is HLO text of XLA; compile its StableHLO, which jax.jit(f).lower(...).as_text() prints"),
        ("a.pb", b"\n\x05jit_f\x12\x06main.4\x1a\x10", None, "a.pb is an HLO module of XLA in binary form; compile its StableHLO, which jax.jit(f).lower(...).as_text() prints"),
        ("<stdin>", b"hello world", None, "<stdin>:1:1: 'hello' is no operation"),
    ],
)  # fmt: skip
def test_a_source_of_another_kind_says_what_it_is_taken_for(name, data, kind, message):
    error = refused(Source(data, name, "main", kind).parse)
    assert (error.code, error.message) == (StatusCode.INVALID_ARGUMENT, message)


def test_the_callers_kind_counts_before_the_name(tmp_path):
    path = tmp_path / "x.pb"
    path.write_text("#alias = 1\n" + PLAIN)
    assert not read_source(path).is_mlir
    assert read_source(path, kind=MLIR).parse()[1] == "hlo"


def test_a_path_text_or_bytes(tmp_path):
    path = tmp_path / "two words.v2.mlir"
    path.write_text(PLAIN)
    assert read_source(path) == Source(PLAIN.encode(), str(path), "two_words")
    assert read_source(str(path)).data == PLAIN.encode()
    assert read_source(PLAIN).name == "<memory>.mlir"
    assert read_source(PLAIN.encode()).parse()[1] == "hlo"


def test_a_path_that_is_not_there_offers_near_ones(tmp_path):
    (tmp_path / "simple_mul.pb").write_bytes(b"")
    error = refused(read_source, tmp_path / "simple_mull.pb")
    assert error.code is StatusCode.NOT_FOUND
    assert (
        error.message == f"no file '{tmp_path / 'simple_mull.pb'}'; did you mean 'simple_mul.pb'?"
    )
    error = refused(read_source, tmp_path / "nowhere" / "x.pb")
    assert error.message.endswith(f"there is no directory '{tmp_path / 'nowhere'}'")


def test_a_directory_is_no_source(tmp_path):
    error = refused(read_source, tmp_path)
    assert error.code is StatusCode.FAILED_PRECONDITION
    assert error.message == f"can't read '{tmp_path}': Is a directory"


def test_bytes_that_are_no_text_are_no_mlir():
    error = refused(Source(b"module { \xff }", "a.mlir", "a").parse)
    assert (error.code, error.message) == (
        StatusCode.INVALID_ARGUMENT,
        "a.mlir:1:10: byte 0xFF is not UTF-8, as MLIR text is",
    )
    assert error.excerpt == "module { \N{REPLACEMENT CHARACTER} }\n         ^"


def test_a_graphdef_has_no_mlir_text():
    binary = b"\n\x0a\n\x01x\x12\x05Const\xa2\x06\x00"  # as a pipe gives it, without a name
    for source in (
        Source(b"\n\x02\xff", "g.pb", "g"),
        Source(b'node { name: "x" }', "g", "g"),
        Source(binary, "g", "g"),
    ):
        with pytest.raises(StatusError, match=r"g\S* is a GraphDef, and MLIR text is"):
            _ = source.text


def test_only_a_graphdefs_arrays_can_be_named():
    error = refused(read_source(PLAIN).parse, ["x"])
    assert error.code is StatusCode.INVALID_ARGUMENT
    assert "inputs and outputs can be given for a GraphDef only" in error.message


def test_the_directory_of_a_saved_model_is_named(tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01")
    with pytest.raises(StatusError, match="Is a directory; it is a TensorFlow SavedModel: load it"):
        read_source(tmp_path)


def test_a_function_without_examples_says_which_it_needs(monkeypatch):
    import sys
    import types

    monkeypatch.setitem(sys.modules, "jax", types.SimpleNamespace(__version__="0.10"))
    monkeypatch.setitem(sys.modules, "jax.extend.core", types.SimpleNamespace())
    monkeypatch.setattr("ireelite.importers.jax.import_jax", lambda: sys.modules["jax"])

    def layer(x, w): ...

    error = refused(trace, layer, [1.0], {})
    assert error.code is StatusCode.INVALID_ARGUMENT
    assert error.message == (
        "'layer(x, w)' is compiled for example arguments, args=(...) and kwargs={...}: missing a "
        "required argument: 'w'"
    )
