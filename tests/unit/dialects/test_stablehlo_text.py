"""The texts of StableHLO programs that other compilers write: generic forms with the properties of
the specification, dictionaries, older spellings, and locations.
"""

import pytest
from xdsl.dialects.builtin import NameLoc

from ireelite.status import StatusError
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

VALUES = "%x: tensor<2x3xf32>, %w: tensor<3x4xf32>, %p: tensor<i1>, %z: tensor<f32>"


def within(op: str) -> str:
    return f"func.func @f({VALUES}) {{\n  {op}\n  return\n}}"


def printed(op: str) -> str:
    """An op in its pretty form, on one line."""
    text = print_module(parse_module(within(op), "a.mlir"))
    lines = text.splitlines()[2:-3]
    assert parse_module(text, "b.mlir")
    return " ".join(line.strip() for line in lines)


def generic(op: str) -> str:
    """An op in its generic form."""
    text = print_module(parse_module(within(op), "a.mlir"), generic=True)
    return " ".join(line.strip() for line in text.splitlines()[3:-3])


FORMS = {
    "%0 = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>": (
        '"stablehlo.transpose"(%x)',
        "permutation = array<i64: 1, 0>",
        "permutation = dense<[1, 0]> : tensor<2xi64>",
        "(tensor<2x3xf32>) -> tensor<3x2xf32>",
    ),
    "%0 = stablehlo.broadcast_in_dim %x, dims = [1, 2] : (tensor<2x3xf32>) -> tensor<4x2x3xf32>": (
        '"stablehlo.broadcast_in_dim"(%x)',
        "broadcast_dimensions = array<i64: 1, 2>",
        "broadcast_dimensions = dense<[1, 2]> : tensor<2xi64>",
        "(tensor<2x3xf32>) -> tensor<4x2x3xf32>",
    ),
    "%0 = stablehlo.slice %x [0:1, 0:3:2] : (tensor<2x3xf32>) -> tensor<1x2xf32>": (
        '"stablehlo.slice"(%x)',
        "limit_indices = array<i64: 1, 3>, start_indices = array<i64: 0, 0>, strides = array<i64: 1, 2>",
        "start_indices = dense<0> : tensor<2xi64>, limit_indices = dense<[1, 3]> : tensor<2xi64>, "
        "strides = dense<[1, 2]> : tensor<2xi64>",
        "(tensor<2x3xf32>) -> tensor<1x2xf32>",
    ),
    "%0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0], precision = [DEFAULT, HIGHEST] : "
    "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>": (
        '"stablehlo.dot_general"(%x, %w)',
        "dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, "
        "precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGHEST>]",
        "precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGHEST>], dot_dimension_numbers = "
        "#stablehlo.dot<rhs_contracting_dimensions = [0], lhs_contracting_dimensions = [1],>",
        "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>",
    ),
    "%0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0], algorithm = <lhs_precision_type = tf32, "
    "rhs_precision_type = tf32, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, "
    "num_primitive_operations = 1, allow_imprecise_accumulation = false> : "
    "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>": (
        '"stablehlo.dot_general"(%x, %w)',
        "algorithm = #stablehlo.dot_algorithm<lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type "
        "= f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, "
        "allow_imprecise_accumulation = false>, "
        "dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>",
        None,
        "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>",
    ),
    "%0 = stablehlo.compare GT, %x, %x, FLOAT : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>": (
        '"stablehlo.compare"(%x, %x)',
        "compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction GT>",
        None,
        "(tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>",
    ),
    "%0 = stablehlo.compare EQ, %x, %x, NOTYPE {note} : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>": (
        '"stablehlo.compare"(%x, %x)',
        None,
        "note, comparison_direction = #stablehlo<comparison_direction EQ>, "
        "compare_type = #stablehlo<comparison_type NOTYPE>",
        "(tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>",
    ),
    "%0 = stablehlo.constant dense<[1, 2]> : tensor<2xi64>": (
        '"stablehlo.constant"()',
        "value = dense<[1, 2]> : tensor<2xi64>",
        None,
        "() -> tensor<2xi64>",
    ),
    "%0 = stablehlo.iota dim = 1 : tensor<2x3xi32>": (
        '"stablehlo.iota"()',
        "iota_dimension = 1 : i64",
        None,
        "() -> tensor<2x3xi32>",
    ),
    "%0 = stablehlo.exponential %x {result_accuracy = #stablehlo.result_accuracy<atol = 1.000000e-01, ulps = 5, "
    "mode = #stablehlo.result_accuracy_mode<TOLERANCE>>} : tensor<2x3xf32>": (
        '"stablehlo.exponential"(%x)',
        "result_accuracy = #stablehlo.result_accuracy<atol = 1.000000e-01, ulps = 5, "
        "mode = #stablehlo.result_accuracy_mode<TOLERANCE>>",
        "result_accuracy = #stablehlo.result_accuracy<ulps = 5, atol = 1.0e-1, rtol = 0.0, "
        "mode = #stablehlo.result_accuracy_mode<TOLERANCE>>",
        "(tensor<2x3xf32>) -> tensor<2x3xf32>",
    ),
    "%0 = stablehlo.tanh %x : tensor<2x3xf32>": (
        '"stablehlo.tanh"(%x)',
        None,
        "result_accuracy = #stablehlo.result_accuracy<mode = #stablehlo.result_accuracy_mode<DEFAULT>>",
        "(tensor<2x3xf32>) -> tensor<2x3xf32>",
    ),
    "%0 = stablehlo.select %p, %x, %x : tensor<i1>, tensor<2x3xf32>": (
        '"stablehlo.select"(%p, %x, %x)',
        "",
        "",
        "(tensor<i1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
    ),
}
"""Pretty form -> the generic form's head, its properties, another spelling of them, its type."""


@pytest.mark.parametrize("pretty", FORMS)
def test_properties_and_dictionaries_read_as_the_pretty_form(pretty):
    head, properties, other, type = FORMS[pretty]
    assert printed(pretty) == pretty
    for spelling in filter(None, (properties, other)):
        assert printed(f"%0 = {head} {{{spelling}}} : {type}") == pretty
        if "note" not in spelling:
            assert printed(f"%0 = {head} <{{{spelling}}}> : {type}") == pretty
    if properties:
        assert generic(pretty) == f"%0 = {head} <{{{properties}}}> : {type}"


def test_a_selection_reads_in_the_form_of_a_function():
    types = "(tensor<i1>, tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>"
    assert printed(f"%0 = stablehlo.select %p, %x, %x : {types}") == (
        "%0 = stablehlo.select %p, %x, %x : tensor<i1>, tensor<2x3xf32>"
    )


REDUCTION = """%0 = "stablehlo.reduce"(%x, %z) {properties} ({{
  ^bb0(%a: tensor<f32> loc("reduce:"(#place)), %b: tensor<f32> loc("reduce:"(#place))):
    %s = stablehlo.add %a, %b : tensor<f32> loc(#place)
    stablehlo.return %s : tensor<f32>
  }}) {attributes} : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>"""


@pytest.mark.parametrize(
    ("properties", "attributes"),
    [
        ("<{dimensions = array<i64: 1>}>", ""),
        ("", "{dimensions = array<i64: 1>}"),
        ("", "{dimensions = dense<1> : tensor<1xi64>}"),
    ],
)
def test_a_generic_reduction_has_no_segments(properties, attributes):
    op = REDUCTION.format(properties=properties, attributes=attributes)
    text = '#place = loc("m.py":3:4)\n' + within(op)
    assert (
        "%0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [1] : "
        "(tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>"
    ) in print_module(parse_module(text))


def test_arguments_of_reducers_have_locations():
    text = '#place = loc("m.py":3:4)\n' + within(
        "%0 = stablehlo.reduce(%x init: %z) across dimensions = [1] : "
        "(tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>\n"
        '   reducer(%a: tensor<f32> loc("reduce:"(#place)), %b: tensor<f32> loc("reduce:"(#place)))  {\n'
        "    %s = stablehlo.add %a, %b : tensor<f32>\n"
        "    %m = stablehlo.maximum %s, %b : tensor<f32>\n"
        "    stablehlo.return %m : tensor<f32>\n  }"
    )
    (op,) = (op for op in parse_module(text).walk() if op.name == "stablehlo.reduce")
    assert all(isinstance(a.location, NameLoc) for a in op.regions[0].block.args)
    assert [a.name_hint for a in op.regions[0].block.args] == ["a", "b"]


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (
            "%0 = stablehlo.compare UP, %x, %x : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>",
            "a.mlir:2:26: Expected `EQ`, `NE`, `GE`, `GT`, `LE`, or `LT`.",
        ),
        (
            "%0 = stablehlo.compare EQ, %x, %x, CPLX : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xi1>",
            "a.mlir:2:38: Expected `NOTYPE`, `FLOAT`, `TOTALORDER`, `SIGNED`, or `UNSIGNED`.",
        ),
        (
            "%0 = stablehlo.dot_general %x, %w, contracting = [1] x [0] : "
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>",
            "a.mlir:2:38: unknown argument 'contracting' of 'stablehlo.dot_general'",
        ),
        (
            '%0 = "stablehlo.dot_general"(%x, %w) <{dot_dimension_numbers = #stablehlo.dot<lhs = [1]>}> : '
            "(tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>",
            "a.mlir:2:81: 'stablehlo.dot' has no field 'lhs'; its fields are lhs_batching_dimensions, "
            "rhs_batching_dimensions, lhs_contracting_dimensions, rhs_contracting_dimensions",
        ),
        (
            '%0 = "stablehlo.tanh"(%x) <{result_accuracy = #stablehlo.result_accuracy<ulps = 1, ulps = 2>}> : '
            "(tensor<2x3xf32>) -> tensor<2x3xf32>",
            "a.mlir:2:86: field 'ulps' is given twice",
        ),
    ],
)
def test_a_broken_attribute_is_refused_at_its_place(op, message):
    with pytest.raises(StatusError) as caught:
        parse_module(within(op), "a.mlir")
    assert caught.value.message.splitlines()[0] == message


def test_an_op_that_is_applied_has_its_older_name_too():
    op = "%0 = stablehlo.reduce(%x init: %z) applies {} across dimensions = [1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>"
    assert printed(op.format("mhlo.maximum")) == op.format("stablehlo.maximum")


def test_a_loop_whose_short_form_would_lose_a_type_has_its_generic_form():
    text = """func.func @f(%a: tensor<?xf32>) -> tensor<2xf32> {
  %0 = "stablehlo.while"(%a) ({
  ^bb0(%x: tensor<?xf32>):
    %t = stablehlo.constant dense<false> : tensor<i1>
    stablehlo.return %t : tensor<i1>
  }, {
  ^bb0(%x: tensor<?xf32>):
    stablehlo.return %x : tensor<?xf32>
  }) : (tensor<?xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}"""
    once = print_module(parse_module(text))
    assert '"stablehlo.while"' in once
    assert print_module(parse_module(once)) == once
    whole = print_module(parse_module(text), generic=True)
    assert whole.startswith('"builtin.module"() ({\n  "func.func"()')
    assert print_module(parse_module(whole)) == once
