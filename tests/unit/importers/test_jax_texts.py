"""What JAX prints around its ops: locations, shardings, and attributes that say nothing here."""

import numpy as np
import pytest

import ireelite
from ireelite.compile_options import CompileOptions
from ireelite.passes import Compilation
from ireelite.pipeline import lower
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

X = np.float32([0, 1, 2, 3])


def program(
    body: str = "%0 = stablehlo.negate %arg0 : tensor<4xf32>",
    *,
    module: str = "",
    argument: str = "",
    result: str = "",
    before: str = "",
    after: str = "",
) -> str:
    return f"""{before}
module @jit_f attributes {{{module}}} {{
  func.func public @main(%arg0: tensor<4xf32>{argument}) -> (tensor<4xf32>{result}) {{
    {body}
    return %0 : tensor<4xf32>
  }}
}}
{after}"""


def compiles_to_negation(text: str) -> None:
    again = print_module(parse_module(text, "again.mlir"), False, True)
    assert print_module(parse_module(again, "again.mlir"), False, True) == again
    module = ireelite.load(ireelite.compile(text, targets=("vmvx",)))
    np.testing.assert_array_equal(module.main(X), -X)


LOCATIONS = (
    "unknown",
    '"x"',
    '"f.py":1:2',
    '"f.py":1:2 to :3',
    '"f.py":1:2 to 4:5',
    '"jit(f)/neg"("f.py":1:2)',
    'callsite("a"("f.py":1:2) at "g.py":3:4)',
    'callsite("a" at callsite("b" at fused["c", "f.py":1:2]))',
    'fused<"some pass">["a"(#loc1), #loc2]',
    'fused<{a = #jaxish.text<"(">}>["a"]',
    "#loc3",
    "callsite(#loc1 at #loc2)",
    "#loc_of_negate",
)

LOCATION_LINES = """\
#loc1 = loc("f.py":3:4 to :5)
#loc2 = loc("name"(#loc1))
#loc3 = loc(callsite(#loc1 at #loc2))
#loc_of_negate = loc(fused[#loc3, "f.py":1:2])
"""


def test_locations_of_every_form_are_read_before_and_behind_their_lines():
    ops = "".join(
        f"    %{n} = stablehlo.negate %arg0 : tensor<4xf32> loc({location})\n"
        for n, location in enumerate(LOCATIONS)
    )
    for place in ("before", "after"):
        lines = {place: "#loc = loc(unknown)\n" + LOCATION_LINES}
        compiles_to_negation(program(ops, argument=' {a = 1 : i32} loc("x")', **lines))


ATTRIBUTES = {
    "the module": {
        "module": "jax.uses_shape_polymorphism = false, mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32, "
        'mhlo.frontend_attributes = {xla.sdy.meshes = "{}"}, mhlo.cross_program_prefetches = []'
    },
    "an argument": {
        "argument": ' {jax.arg_info = "x", jax.buffer_donor = true, jax.global_constant = "a", mhlo.layout_mode = "default", '
        'mhlo.memory_kind = "pinned_host", mhlo.sharding = "{replicated}", tf.aliasing_output = 0 : i32}'
    },
    "a result": {
        "result": ' {jax.result_info = "result", mhlo.layout_mode = "{0}", mhlo.sharding = "{maximal device=0}"}'
    },
    "an op": {
        "body": "%0 = stablehlo.negate %arg0 {mhlo.frontend_attributes = "
        '{_xla_compute_type = "host", num = "1"}, other.rule = #other.rule<([i]) -> ([i] {"<"})>} : tensor<4xf32>'
    },
    "aliases": {
        "before": '#words = {x = "1"}\n!vector = tensor<4xf32>',
        "body": '%0 = "stablehlo.negate"(%arg0) {mhlo.frontend_attributes = #words} : (!vector) -> !vector',
    },
}


@pytest.mark.parametrize("where", ATTRIBUTES)
def test_attributes_that_say_nothing_here_are_kept_and_ignored(where: str):
    compiles_to_negation(program(**ATTRIBUTES[where]))


ONE = '<["x"=1, "y"=1]>'
SHARDED = ' {sdy.sharding = #sdy.sharding<@mesh, [{"x", ?}], replicated={"y"}>}'


def meshed(mesh: str, body: str, argument: str = "") -> str:
    text = program(body, argument=argument)
    return text.replace(
        "  func.func",
        f"  sdy.mesh @mesh = {mesh} {{stablehlo.mesh = {{axes = []}}}}\n  func.func",
        1,
    )


MANUAL = """%0 = sdy.manual_computation(%arg0) in_shardings=[<@mesh, [{"x"}]>] out_shardings=[<@mesh, [{"x"}]>] manual_axes={"x", "y"} (%arg1: tensor<4xf32>) {
      %1 = stablehlo.negate %arg1 : tensor<4xf32>
      sdy.return %1 : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>"""

CONSTRAINED = """%1 = sdy.sharding_constraint %arg0 <@mesh, [{"x"}]> : tensor<4xf32>
    %2 = stablehlo.negate %1 {sdy.sharding = #sdy.sharding_per_value<[<@mesh, [{}]>]>} : tensor<4xf32>
    %0 = sdy.reshard %2 <@mesh, [{}]> : tensor<4xf32>"""


@pytest.mark.parametrize("body", [MANUAL, CONSTRAINED])
@pytest.mark.parametrize("mesh", [ONE, "<[]>", "<[], device_ids=[0]>"])
def test_shardings_on_one_device_have_no_effect(mesh: str, body: str):
    compiles_to_negation(meshed(mesh, body, SHARDED))


SEVERAL = {
    "a mesh": (
        meshed('<["x"=2, "y"=4]>', MANUAL),
        "f.mlir:3:3: a mesh of 8 devices (x=2, y=4)",
    ),
    "partitions": (
        program(module="mhlo.num_partitions = 2 : i32"),
        "f.mlir:2:1: this module wants 2 devices (mhlo.num_partitions)",
    ),
    "replicas": (
        program(module="mhlo.num_replicas = 3 : i32"),
        "f.mlir:2:1: this module wants 3 devices (mhlo.num_replicas)",
    ),
    "an argument": (
        program(argument=' {mhlo.sharding = "{devices=[2,1,2]<=[4] last_tile_dim_replicate}"}'),
        "f.mlir:3:3: a sharding over 4 devices (mhlo.sharding)",
    ),
    "a result": (
        program(result=' {sdy.sharding = #sdy.sharding<mesh<["x"=2, "y"=3]>, [{"x"}]>}'),
        "f.mlir:3:3: a sharding over 6 devices (sdy.sharding)",
    ),
    "parts": (
        meshed(ONE, MANUAL.replace("%arg1: tensor<4xf32>", "%arg1: tensor<4x1xf32>").replace(
            "%1 = stablehlo.negate %arg1 : tensor<4xf32>", "%1 = stablehlo.reshape %arg1 : (tensor<4x1xf32>) -> tensor<4xf32>")),
        "f.mlir:5:10: this computation runs on parts of its operands",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SEVERAL)
def test_several_devices_are_refused_with_their_place(what: str):
    text, words = SEVERAL[what]
    with pytest.raises(StatusError) as caught:
        lower(parse_module(text, "f.mlir"), "hlo", "dispatch", Compilation(CompileOptions()))
    assert caught.value.code is StatusCode.UNIMPLEMENTED
    assert caught.value.message == (
        f"{words}: a program runs on one device; lower it for one, without shardings"
    )


OLDER_GENERIC = """
"builtin.module"() ({
  "func.func"() ({
  ^bb0(%arg0: tensor<4xf32>):
    %0 = "stablehlo.constant"() {value = dense<-1.0> : tensor<f32>} : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) {broadcast_dimensions = dense<> : tensor<0xi64>} : (tensor<f32>) -> tensor<4xf32>
    %2 = "stablehlo.multiply"(%arg0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    "func.return"(%2) : (tensor<4xf32>) -> ()
  }) {arg_attrs = [{mhlo.sharding = "{replicated}"}], function_type = (tensor<4xf32>) -> tensor<4xf32>, res_attrs = [{jax.result_info = ""}], sym_name = "main", sym_visibility = "public"} : () -> ()
}) {mhlo.num_partitions = 1 : i32, sym_name = "jit_f"} : () -> ()
"""

NEWER_GENERIC = """
"builtin.module"() <{sym_name = "jit_f"}> ({
  "func.func"() <{arg_attrs = [{mhlo.sharding = "{replicated}"}], function_type = (tensor<4xf32>) -> tensor<4xf32>, res_attrs = [{jax.result_info = ""}], sym_name = "main", sym_visibility = "public"}> ({
  ^bb0(%arg0: tensor<4xf32>):
    %0 = "stablehlo.constant"() <{value = dense<-1.0> : tensor<f32>}> : () -> tensor<f32>
    %1 = "stablehlo.broadcast_in_dim"(%0) <{broadcast_dimensions = array<i64>}> : (tensor<f32>) -> tensor<4xf32>
    %2 = "stablehlo.multiply"(%arg0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    "func.return"(%2) : (tensor<4xf32>) -> ()
  }) : () -> ()
}) {mhlo.num_partitions = 1 : i32} : () -> ()
"""


@pytest.mark.parametrize("text", [OLDER_GENERIC, NEWER_GENERIC])
def test_the_generic_form_is_read(text: str):
    compiles_to_negation(text)


def test_a_portable_artifact_is_named_with_the_way_to_text():
    with pytest.raises(StatusError) as caught:
        ireelite.compile(b"ML\xefR\rStableHLO_v1.15.0\x00")
    assert "a StableHLO portable artifact" in caught.value.message
    assert "mlir_module()" in caught.value.message
    with pytest.raises(StatusError, match="MLIR bytecode"):
        ireelite.compile(b"ML\xefR\x01MLIR21.0.0git\x00")
