"""TensorFlow nodes in HLO: the cases that shapes decide, and nodes that are wrong, by name."""

from __future__ import annotations

import pytest
from xdsl.dialects.builtin import IntegerType, ModuleOp, Signedness

from ireelite.importers.graphdef import import_graphdef
from ireelite.lowering.frontend.tf.tf_to_hlo import tf_to_hlo
from ireelite.lowering.frontend.tf.values import whole
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import verify
from ireelite.syntax.printer import print_module


def placeholder(name: str, *dims: int, dtype: str = "DT_FLOAT") -> str:
    shape = " ".join(f"dim {{ size: {d} }}" for d in dims)
    return (
        f'node {{ name: "{name}" op: "Placeholder" attr {{ key: "dtype" value {{ type: {dtype} }} }} '
        f'attr {{ key: "shape" value {{ shape {{ {shape} }} }} }} }}\n'
    )


def node(op: str, *inputs: str, name: str = "r", attrs: str = "") -> str:
    listed = " ".join(f'input: "{i}"' for i in inputs)
    return f'node {{ name: "{name}" op: "{op}" {listed} {attrs} }}\n'


def ints(name: str, *values: int, scalar: bool = False) -> str:
    shape = "" if scalar else f"dim {{ size: {len(values)} }}"
    listed = " ".join(f"int_val: {v}" for v in values)
    value = f'attr {{ key: "value" value {{ tensor {{ dtype: DT_INT32 tensor_shape {{ {shape} }} {listed} }} }} }}'
    return node("Const", name=name, attrs=value)


def attr(key: str, value: str) -> str:
    return f'attr {{ key: "{key}" value {{ {value} }} }}'


X = placeholder("x", 2, 3)


def lowered(graph: str) -> ModuleOp:
    module = tf_to_hlo(import_graphdef(graph.encode(), "main"), None)
    verify(module)
    return module


def result_type(graph: str) -> str:
    """The types of the values the graph's function returns."""
    return (
        print_module(lowered(graph)).rpartition("return ")[2].partition(" : ")[2].partition("\n")[0]
    )


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (X + ints("s", -1) + node("Reshape", "x", "s"), "tensor<6xf32>"),
        (X + ints("s", 3, -1, 1) + node("Reshape", "x", "s"), "tensor<3x2x1xf32>"),
        (X + ints("s", 2, 3) + node("Reshape", "x", "s"), "tensor<2x3xf32>"),
        (X + ints("a", 1) + node("Sum", "x", "a"), "tensor<2xf32>"),
        (X + ints("a", -2, scalar=True) + node("Max", "x", "a"), "tensor<3xf32>"),
        (X + ints("a", 0, 1) + node("Mean", "x", "a"), "tensor<f32>"),
        (X + ints("a", 1) + node("Prod", "x", "a", attrs=attr("keep_dims", "b: true")), "tensor<2x1xf32>"),
        (X + placeholder("y", 3) + node("Add", "x", "y"), "tensor<2x3xf32>"),
        (placeholder("a", 4, 1) + placeholder("b", 5) + node("Mul", "a", "b"), "tensor<4x5xf32>"),
        (placeholder("a", 4, 1) + placeholder("b", 0) + node("Mul", "a", "b"), "tensor<4x0xf32>"),
        (X + placeholder("y") + node("Less", "x", "y"), "tensor<2x3xi1>"),
        (X + ints("p", 1, 0) + node("Transpose", "x", "p"), "tensor<3x2xf32>"),
        (X + placeholder("y", 2, 5) + node("MatMul", "x", "y", attrs=attr("transpose_a", "b: true")), "tensor<3x5xf32>"),
        (X + placeholder("y", 5, 3) + node("MatMul", "x", "y", attrs=attr("transpose_b", "b: true")), "tensor<2x5xf32>"),
        (X + node("Cast", "x", attrs=attr("DstT", "type: DT_INT64")), "tensor<2x3xi64>"),
        (X + node("Cast", "x", attrs=attr("DstT", "type: DT_FLOAT")), "tensor<2x3xf32>"),
        (X + ints("a", 1, scalar=True) + node("ArgMin", "x", "a", attrs=attr("output_type", "type: DT_INT64")), "tensor<2xi64>"),
        (X + placeholder("p", 2, dtype="DT_BOOL") + node("Select", "p", "x", "x"), "tensor<2x3xf32>"),
        (X + placeholder("p", dtype="DT_BOOL") + node("Select", "p", "x", "x"), "tensor<2x3xf32>"),
        (placeholder("v", 3) + placeholder("p", 2, 3, dtype="DT_BOOL") + node("SelectV2", "p", "v", "v"), "tensor<2x3xf32>"),
        (placeholder("n", 2, 3, dtype="DT_INT32") + ints("a", 1) + node("Max", "n", "a"), "tensor<2xi32>"),
        (placeholder("n", 2, 3, 4, 5) + placeholder("b", 3) + node("BiasAdd", "n", "b", attrs=attr("data_format", 's: "NCHW"')), "tensor<2x3x4x5xf32>"),
    ],
)  # fmt: skip
def test_shapes_follow_from_the_operands(graph, expected):
    assert result_type(graph) == expected


def test_what_no_fetch_needs_disappears():
    text = print_module(
        lowered(
            X
            + node("Exp", "x", name="unused")
            + node("Neg", "x")
            + node("NoOp", "^unused", name="after")
        )
    )
    assert "stablehlo.negate" in text and "exponential" not in text


def test_identities_leave_nothing():
    assert "stablehlo" not in print_module(
        lowered(X + node("Identity", "x", name="i") + node("StopGradient", "i"))
    )


@pytest.mark.parametrize(
    ("element", "low", "high"),
    [
        (IntegerType(32), -(2**31), 2**31 - 1),
        (IntegerType(8), -128, 127),
        (IntegerType(8, Signedness.UNSIGNED), 0, 255),
    ],
)
def test_reductions_of_integers_start_from_the_types_extremes(element, low, high):
    assert (whole(float("-inf"), element), whole(float("inf"), element), whole(7, element)) == (
        low,
        high,
        7,
    )


WRONG = {
    "takes 2 operands, not 1": X + node("Add", "x"),
    "shapes [2, 3] and [4] do not broadcast": X + placeholder("y", 4) + node("Add", "x", "y"),
    "requires the same type for all operands and the result: tensor<2x3xi32>, tensor<2x3xf32>": X + placeholder("y", 2, 3, dtype="DT_INT32") + node("Add", "x", "y"),
    "can't reshape [2, 3] to [-1, -1]": X + ints("s", -1, -1) + node("Reshape", "x", "s"),
    "can't reshape [2, 3] to [-1, 4]": X + ints("s", -1, 4) + node("Reshape", "x", "s"),
    "can't reshape [2, 3] to [-1, 0]": X + ints("s", -1, 0) + node("Reshape", "x", "s"),
    "can't reshape tensor<2x3xf32> to tensor<7xf32>": X + ints("s", 7) + node("Reshape", "x", "s"),
    "operand 1 must be a constant": X + placeholder("s", 1, dtype="DT_INT32") + node("Reshape", "x", "s"),
    "[0, 0] is not a permutation of the dimensions of tensor<2x3xf32>": X + ints("p", 0, 0) + node("Transpose", "x", "p"),
    "[0, 5] is not a permutation of the dimensions of tensor<2x3xf32>": X + ints("p", 0, 5) + node("Transpose", "x", "p"),
    "shapes [2, 3] and [2, 3] do not multiply": X + node("MatMul", "x", "x"),
    "bias has shape [2]; expected [3]": X + placeholder("b", 2) + node("BiasAdd", "x", "b"),
    "tensor<f32> has no channels": placeholder("x") + placeholder("b", 2) + node("BiasAdd", "x", "b"),
    "takes one dimension, not [0, 1]": X + ints("a", 0, 1) + node("ArgMax", "x", "a"),
    "dimensions [7] are outside a tensor of rank 2": X + ints("a", 7) + node("Sum", "x", "a"),
    "dimensions [-1] are outside tensor<f32>": placeholder("x") + node("Softmax", "x"),
    "its attribute 'output_type' is not an integer type": X + ints("a", 1) + node("ArgMax", "x", "a", attrs=attr("output_type", "type: DT_FLOAT")),
    "complex elements have no order": placeholder("z", 2, dtype="DT_COMPLEX64") + node("Relu", "z"),
    "has no attribute 'DstT'": X + node("Cast", "x"),
    "has no attribute 'value'": X + node("Const"),
    "quantizes to 1099511627776 bits; it is 1 to 64": X + node("QuantizeAndDequantizeV4", "x", "x", "x", attrs=attr("num_bits", f"i: {1 << 40}")),
    "its value is not a tensor": X + node("Const", attrs=attr("value", "i: 3")),
    "shapes [5] and [2, 3] and [2, 3] do not broadcast": X + placeholder("p", 5, dtype="DT_BOOL") + node("SelectV2", "p", "x", "x"),
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG)
def test_a_wrong_node_is_named_with_what_is_wrong(words):
    with pytest.raises(StatusError) as caught:
        lowered(WRONG[words])
    assert caught.value.code is StatusCode.INVALID_ARGUMENT
    assert caught.value.message.startswith("node 'r' (") and caught.value.message.endswith(
        f": {words}"
    )


LARGE = 1 << 30
IMAGE = placeholder("i", 1, 4, 4, 1)
TOO_LARGE = {
    "a table of 1152921504606846976 elements": placeholder("d", LARGE) + node("MatrixDiag", "d"),
    "a table of 4294967296 elements": placeholder("m", 65536, 65536) + placeholder("d", 65536) + node("MatrixSetDiag", "m", "d"),
    "1073741825 steps": ints("p", LARGE, scalar=True) + placeholder("v") + node("DynamicStitch", "p", "v"),
    "1073741824 steps": IMAGE + ints("s", 4, LARGE) + node("ResizeBilinear", "i", "s"),
    "a table of 4294967296 elements to": IMAGE + ints("s", 4, LARGE) + node("ResizeBicubic", "i", "s"),
}  # fmt: skip


@pytest.mark.parametrize("words", TOO_LARGE)
def test_a_table_that_would_take_too_much_memory_or_time_is_refused(words: str):
    with pytest.raises(StatusError) as caught:
        lowered(TOO_LARGE[words])
    assert caught.value.code is StatusCode.RESOURCE_EXHAUSTED
    assert caught.value.message.startswith("node 'r' (") and words in caught.value.message


def test_windows_of_too_many_places_are_refused():
    image = placeholder("i", 1, 64, 64, 1) + placeholder("w", 64, 64, 1)
    attrs = "".join(attr(key, "list { i: [1, 1, 1, 1] }") for key in ("strides", "rates")) + attr(
        "padding", 's: "SAME"'
    )
    with pytest.raises(StatusError, match="has windows of 4096 places, which is more than 1024"):
        lowered(image + node("Dilation2D", "i", "w", attrs=attrs))


def test_a_rule_refuses_what_it_does_not_fit():
    parts = [placeholder(name) for name in "abcdefgh"]
    with pytest.raises(StatusError) as caught:
        lowered("".join(parts) + node("LSTMBlockCell", *"abcdefgh"))
    types = ", ".join(["tensor<f32>"] * 8)
    assert caught.value.message == (
        f"node 'r' (LSTMBlockCell): its attributes do not fit operands of types ({types})"
    )


@pytest.mark.parametrize(
    ("graph", "words"),
    [
        (X + node("IfRegion", "x"), "node 'r' has no valid op: 'IfRegion'"),
        (
            X + node("Unpack", "x", attrs=attr("num", f"i: {LARGE}")),
            f"node 'r' (Unpack) has {LARGE} results; it can have 65536 at most",
        ),
    ],
)
def test_a_node_that_no_graph_can_have_is_refused(graph: str, words: str):
    with pytest.raises(StatusError) as caught:
        lowered(graph)
    assert caught.value.message == f"<memory>: {words}"


@pytest.mark.parametrize("dims", [(-1, 3), None])
def test_a_feed_needs_a_static_shape(dims):
    text = placeholder("x", *(dims or ())).replace(
        "shape {  }", "shape { unknown_rank: true }"
    ) + node("Exp", "x")
    with pytest.raises(
        StatusError,
        match=r"node 'x' \(Placeholder\): a feed needs a static shape, but the graph says tensor<[?*]x",
    ):
        lowered(text)


def test_unsupported_ops_are_named_with_what_is_near_them():
    with pytest.raises(StatusError) as caught:
        lowered(X + node("DrawBoundingBoxes", "x", name="scope/distinct"))
    assert caught.value.code is StatusCode.UNIMPLEMENTED
    assert (
        caught.value.message
        == "node 'scope/distinct' is a DrawBoundingBoxes, which is not supported"
    )
    with pytest.raises(StatusError) as caught:
        lowered(X + node("Softmx", "x", name="near") + node("DrawBoundingBoxes", "near"))
    assert caught.value.message == (
        "node 'near' is a Softmx, which is not supported; did you mean 'Softmax'?; neither is: "
        "DrawBoundingBoxes (node 'r')"
    )


@pytest.mark.parametrize(
    ("op", "instead"),
    [
        (
            "NonMaxSuppressionV3",
            "which is not supported: the shape of its result depends on values",
        ),
        ("ReadVariableOp", "which is not supported: freeze the graph's variables to constants"),
        ("RandomUniform", "which is not supported: its numbers differ from run to run"),
        (
            "Where",
            "which is supported for constants of at most 65,536 elements only: the number of",
        ),
    ],
)
def test_what_works_instead_of_an_op_is_said(op, instead):
    with pytest.raises(StatusError) as caught:
        lowered(X + node(op, "x"))
    assert caught.value.code is StatusCode.UNIMPLEMENTED
    assert caught.value.message.startswith(f"node 'r' is a {op}, {instead}")
    assert "\n" not in caught.value.message


def test_an_element_type_that_no_program_has_is_named():
    text = placeholder("text", 2, dtype="DT_STRING")
    with pytest.raises(StatusError) as caught:
        lowered(text + node("Identity", "text", attrs=attr("T", "type: DT_STRING")))
    assert caught.value.code is StatusCode.UNIMPLEMENTED
    assert caught.value.message.startswith(
        "node 'text' (Placeholder): element type DT_STRING is not supported; supported: bool, "
    )


def test_a_sum_of_complex_elements_starts_from_zero():
    z = placeholder("z", 2, dtype="DT_COMPLEX64")
    assert result_type(z + ints("a", 0) + node("Sum", "z", "a")) == "tensor<complex<f32>>"


def test_one_value_of_a_large_shape_is_broadcast():
    text = print_module(lowered(placeholder("x", 1 << 20, 1 << 12) + node("Relu", "x")))
    assert "stablehlo.broadcast_in_dim" in text and "stablehlo.constant" in text
    assert len(text) < 1000


# -- constants --------------------------------------------------------------------------------------

SHAPE_OF_X = node("Shape", "x", name="shape", attrs=attr("T", "type: DT_FLOAT"))
FIRST = (
    ints("b", 0)
    + ints("e", 1)
    + node(
        "StridedSlice", "shape", "b", "e", "e", name="first", attrs=attr("shrink_axis_mask", "i: 1")
    )
)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (ints("c", -1) + node("Identity", "c", name="i") + node("Sum", "x", "i"), "tensor<2xf32>"),
        (
            ints("c", 1)
            + node("Snapshot", "c", name="i")
            + node("StopGradient", "i", name="j")
            + node("IdentityN", "j", name="k", attrs=attr("T", "list { type: DT_INT32 }"))
            + node("Identity", "k", name="l")
            + node("ArgMax", "x", "l", attrs=attr("output_type", "type: DT_INT32")),
            "tensor<2xi32>",
        ),
        (
            ints("c", 1, 0)
            + node("Cast", "c", name="i", attrs=attr("DstT", "type: DT_INT64"))
            + node("Transpose", "x", "i"),
            "tensor<3x2xf32>",
        ),
        (
            SHAPE_OF_X
            + FIRST
            + ints("m", -1, scalar=True)
            + node("Pack", "first", "m", name="to")
            + placeholder("y", 3, 2)
            + node("Reshape", "y", "to"),
            "tensor<2x3xf32>",
        ),
        (
            SHAPE_OF_X
            + ints("z", 0, scalar=True)
            + ints("one", 1)
            + node("ConcatV2", "shape", "one", "z", name="to")
            + node("Reshape", "x", "to"),
            "tensor<2x3x1xf32>",
        ),
        (
            node("Rank", "x", name="rank")
            + ints("z", 0, scalar=True)
            + ints("d", 1, scalar=True)
            + node("Range", "z", "rank", "d", name="all")
            + node("Max", "x", "all"),
            "tensor<f32>",
        ),
        (
            SHAPE_OF_X
            + ints("z", 0)
            + node("Prod", "shape", "z", name="count", attrs=attr("keep_dims", "b: true"))
            + node("Reshape", "x", "count"),
            "tensor<6xf32>",
        ),
        (SHAPE_OF_X.replace('"shape"', '"r"'), "tensor<2xi32>"),
    ],
    ids=["identity", "identities", "cast", "batch", "concat", "range", "product", "shape"],
)  # fmt: skip
def test_what_follows_from_constants_and_shapes_is_a_constant(graph, expected):
    assert result_type(X + graph) == expected


def test_an_op_for_constants_only_names_its_node():
    with pytest.raises(StatusError) as caught:
        lowered(X + placeholder("n", dtype="DT_INT32") + node("Range", "n", "n", "n"))
    assert caught.value.message == (
        "node 'r' is a Range, which is supported for constants of at most 65,536 elements only: its "
        "bounds decide its shape"
    )


def test_constants_that_do_not_fit_name_their_node():
    text = X + ints("c", 1, 0) + ints("s", 3) + node("Pack", "c", "s", name="i")
    with pytest.raises(StatusError, match=r"node 'i' \(Pack\): can't be computed from its const"):
        lowered(text + node("Transpose", "x", "i"))


def test_a_long_chain_of_constants_is_no_traceback():
    chain = "".join(node("Identity", f"c{n}", name=f"c{n + 1}") for n in range(2000))
    with pytest.raises(StatusError, match="operand 1 must be a constant"):
        lowered(X + ints("c0", 1) + chain + node("Sum", "x", "c2000"))


def test_assertions_are_left_out_with_what_they_read():
    text = print_module(
        lowered(
            X
            + node("Unsupported", "x", name="u")
            + node("Assert", "u", name="check", attrs=attr("T", "list { type: DT_STRING }"))
            + node("CheckNumerics", "x", "^check", name="checked")
            + node("Neg", "checked")
        )
    )
    assert "stablehlo.negate %x" in text


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        ("DT_FLOAT", "FLOAT"),
        ("DT_INT8", "SIGNED"),
        ("DT_UINT8", "UNSIGNED"),
        ("DT_BOOL", "UNSIGNED"),
    ],
)
def test_comparisons_follow_the_element_type(dtype, kind):
    text = print_module(lowered(placeholder("x", 2, dtype=dtype) + node("Equal", "x", "x")))
    assert f"stablehlo.compare EQ, %x, %x, {kind}" in " ".join(text.split())


@pytest.mark.parametrize("target", ["DT_UINT8", "DT_BOOL", "DT_INT64", "DT_HALF"])
def test_a_cast_is_one_conversion(target):
    text = print_module(lowered(X + node("Cast", "x", attrs=attr("DstT", f"type: {target}"))))
    assert text.count("stablehlo.") == 1 and "stablehlo.convert %x" in text


def list_with(length: int, place: str, index: int, grows: bool) -> str:
    """A graph that puts `x` into a list of a length, made by TensorFlow 2's op or by 1's."""
    inputs = X + ints("n", length, scalar=True) + ints("i", index, scalar=True)
    if place == "TensorListSetItem":
        element = attr("element_dtype", "type: DT_FLOAT")
        resize = attr("resize_if_index_out_of_bounds", f"b: {grows}".lower())
        return (
            inputs
            + ints("s", 2, 3)
            + node("TensorListReserve", "s", "n", name="l", attrs=element)
            + node("TensorListSetItem", "l", "i", "x", name="p", attrs=element + resize)
            + node("TensorListStack", "p", "s", attrs=element)
        )
    element = attr("dtype", "type: DT_FLOAT")
    dynamic = attr("dynamic_size", f"b: {grows}".lower())
    return (
        inputs
        + node("TensorArrayV3", "n", name="l", attrs=element + dynamic)
        + node("TensorArrayWriteV3", "l", "i", "x", "l:1", name="p", attrs=element)
        + ints("all", *range(length))
        + node("TensorArrayGatherV3", "l", "all", "p", attrs=element)
    )


@pytest.mark.parametrize("place", ["TensorListSetItem", "TensorArrayWriteV3"])
def test_a_list_that_grows_while_the_program_runs_is_refused(place: str):
    for length, index in ((0, 0), (2, 2)):
        with pytest.raises(StatusError, match=f"node 'p' .{place}.: may put an element behind"):
            lowered(list_with(length, place, index, grows=True))
    for grows in (True, False):
        assert result_type(list_with(2, place, 1, grows)) == "tensor<2x2x3xf32>"
