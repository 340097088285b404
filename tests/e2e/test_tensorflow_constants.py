"""TensorFlow nodes of constants: those that are computed when the graph is compiled, those that are
too large for it or of a type that NumPy lacks, and the same nodes of values that are known later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import ireelite
from ireelite.dialects import tf
from ireelite.importers.graphdef import import_graphdef
from ireelite.lowering.frontend.tf.evaluation import EVALUATED, evaluate_concat_offset
from ireelite.lowering.frontend.tf.tf_to_hlo import tf_to_hlo
from ireelite.status import StatusError

TYPES = {
    "int32": "DT_INT32",
    "int64": "DT_INT64",
    "float32": "DT_FLOAT",
    "float64": "DT_DOUBLE",
    "complex64": "DT_COMPLEX64",
    "bool": "DT_BOOL",
}
FIELDS = {"int32": "int_val", "int64": "int64_val", "float32": "float_val", "bool": "bool_val"}


def converted(value: Any) -> np.ndarray:
    """A value as an array of the types that graphs most often have."""
    if isinstance(value, np.ndarray):
        return value
    array = np.asarray(value)
    return array.astype(
        {"int64": np.int32, "float64": np.float32}.get(array.dtype.name, array.dtype)
    )


def constant(name: str, value: Any) -> str:
    array = np.asarray(value)
    array = array.astype(
        {"int64": np.int32, "float64": np.float32}.get(array.dtype.name, array.dtype)
    )
    dims = " ".join(f"dim {{ size: {size} }}" for size in array.shape)
    items = " ".join(f"{FIELDS[array.dtype.name]}: {str(v).lower()}" for v in array.reshape(-1))
    type = TYPES[array.dtype.name]
    return (
        f'node {{ name: "{name}" op: "Const" attr {{ key: "dtype" value {{ type: {type} }} }} '
        f'attr {{ key: "value" value {{ tensor {{ dtype: {type} tensor_shape {{ {dims} }} {items} }} }} }} }}'
    )


def feed(name: str, value: Any) -> str:
    array = converted(value)
    dims = " ".join(f"dim {{ size: {size} }}" for size in array.shape)
    return (
        f'node {{ name: "{name}" op: "Placeholder" attr {{ key: "shape" value {{ shape {{ {dims} }} }} }} '
        f'attr {{ key: "dtype" value {{ type: {TYPES[array.dtype.name]} }} }} }}'
    )


def graph(op: str, *operands: Any, fed: Sequence[Any] = (), **attributes: str) -> str:
    """A graph of one node, of operands that are fed and of constants behind them."""
    names = [f"c{n}" for n in range(len(fed) + len(operands))]
    lines = [feed(name, value) for name, value in zip(names, fed, strict=False)]
    lines += [
        constant(name, value) for name, value in zip(names[len(fed) :], operands, strict=True)
    ]
    inputs = " ".join(f'input: "{name}"' for name in names)
    attrs = " ".join(f'attr {{ key: "{k}" value {{ {v} }} }}' for k, v in attributes.items())
    return "\n".join([*lines, f'node {{ name: "r" op: "{op}" {inputs} {attrs} }}', ""])


T = {"T": "type: DT_INT32"}
ROWS = np.arange(4, dtype=np.int32).reshape(2, 2)
CASES = {
    "fill": (graph("Fill", [300, 300], 7, **T), np.full((300, 300), 7, np.int32)),
    "range": (
        graph("Range", 5, 200006, 2, Tidx="type: DT_INT32"),
        np.arange(5, 200006, 2, np.int32),
    ),
    "range-down": (
        graph("Range", 5, -200006, -2, Tidx="type: DT_INT32"),
        np.arange(5, -200006, -2, np.int32),
    ),
    "range-of-floats": (
        graph("Range", 5.5, 100006.0, 0.5, Tidx="type: DT_FLOAT"),
        np.arange(5.5, 100006, 0.5, np.float32),
    ),
    "linear-space": (
        graph("LinSpace", -1.0, 1.0, 100001, T="type: DT_FLOAT"),
        np.linspace(-1, 1, 100001, dtype=np.float32),
    ),
    "tile": (graph("Tile", [1, 2, 3], [50000], **T), np.tile(np.int32([1, 2, 3]), 50000)),
    "broadcast": (
        graph("BroadcastTo", [1, 2, 3], [50000, 3], **T),
        np.tile(np.int32([1, 2, 3]), (50000, 1)),
    ),
    "gather-in-batches": (
        graph("GatherV2", ROWS, [[1], [0]], 1, batch_dims="i: 1", Tparams="type: DT_INT32"),
        np.int32([[1], [2]]),
    ),
    "cast-to-bf16": (
        graph("Cast", [1, 2], SrcT="type: DT_INT32", DstT="type: DT_BFLOAT16"),
        np.array([1, 2], ml_dtypes.bfloat16),
    ),
    "cast-to-complex": (
        graph("Cast", [1, 2], SrcT="type: DT_INT32", DstT="type: DT_COMPLEX64"),
        np.complex64([1, 2]),
    ),
    "select-rows": (graph("Select", [True, False], ROWS, -ROWS, **T), np.int32([[0, 1], [-2, -3]])),
}


def run(tmp_path: Any, text: str, *operands: Any, outputs: Sequence[str] | None = None) -> Any:
    file = tmp_path / "graph.pbtxt"
    file.write_text(text)
    program = ireelite.compile(file, targets=["llvm-cpu"], outputs=outputs)
    return ireelite.load(program)["graph"](*operands)


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_constants_of_any_size_and_type(text: str, expected: np.ndarray, tmp_path: Any) -> None:
    found = run(tmp_path, text)
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(
        found.astype(complex), expected.astype(complex), rtol=1e-6, atol=1e-7
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (graph("BroadcastTo", 1.5, [8, -1, 4], T="type: DT_FLOAT"), r"negative size: \[8, -1, 4\]"),
        (graph("Empty", [3, -2], dtype="type: DT_FLOAT"), r"negative size: \[3, -2\]"),
        (graph("Fill", [-5], 1, **T), "negative dimensions"),
        (graph("ScatterNd", [[1]], [1.0], [-5], T="type: DT_FLOAT"), r"negative size: \[-5\]"),
        (graph("Fill", [-(2**20), -(2**20)], 1, **T), "negative size"),
        (graph("Range", 0, 5, 0, Tidx="type: DT_INT32"), "its step is 0"),
        (graph("LinSpace", 0.0, 1.0, 0, T="type: DT_FLOAT"), "1 element or more, not 0"),
        (graph("UnravelIndex", fed=[1, [2] * 300], **T), "vectors of at most 254 sizes"),
    ],
)
def test_sizes_that_no_tensor_has_are_refused(text: str, message: str, tmp_path: Any) -> None:
    with pytest.raises(StatusError, match=rf"node 'r' \(\w+\).*{message}"):
        run(tmp_path, text)


def test_a_result_of_any_size_takes_no_memory_when_it_is_compiled() -> None:
    module = import_graphdef(graph("Tile", [[1, 2]], [2**20, 2**31 - 1], **T).encode(), "main")
    assert f"tensor<{2**20}x{2**32 - 2}xi32>" in str(tf_to_hlo(module, None))


def test_a_slice_of_huge_vectors_of_indices_is_refused() -> None:
    vector = f"shape {{ dim {{ size: {2**31} }} }}"
    feed = (
        'node { name: "v" op: "Placeholder" attr { key: "dtype" value { type: DT_INT32 } } '
        f'attr {{ key: "shape" value {{ {vector} }} }} }}'
    )
    slice = graph("StridedSlice", [1, 2])
    text = feed + slice.replace('input: "c0"', 'input: "c0" input: "v" input: "v" input: "c0"')
    with pytest.raises(StatusError, match="takes a begin, an end and a stride for each index"):
        tf_to_hlo(import_graphdef(text.encode(), "main"), None)


def test_a_node_of_many_results_is_computed_once() -> None:
    turns = 0

    def counting(node: tf.NodeOp, operands: Sequence[np.ndarray]) -> Any:
        nonlocal turns
        turns += 1
        return evaluate_concat_offset(node, operands)

    text = graph("ConcatOffset", 0, *[[2, 3]] * 50, N="i: 50")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EVALUATED, "ConcatOffset", counting)
        tf_to_hlo(import_graphdef(text.encode(), "main"), None)
    assert turns == 1


ROW = [1, 2, 3, 4]
Y, GRADIENT = np.complex64([0.3 + 0.4j]), np.complex64([1.2 - 0.7j])
LATER = {
    "argmax-of-booleans": (
        ("ArgMax", [[False, True, True]], [0]),
        {"T": "type: DT_BOOL", "output_type": "type: DT_INT32"},
        np.int32(1),
    ),
    "argmin-of-booleans": (
        ("ArgMin", [[True, False, True]], [0]),
        {"T": "type: DT_BOOL", "output_type": "type: DT_INT32"},
        np.int32(1),
    ),
    "dimension-map": (("DataFormatDimMap", [[0, 1, 7, -1]], []), T, np.int32([0, 2, 1, 1])),
    "layout": (("DataFormatVecPermute", [ROW], []), T, np.int32([1, 4, 2, 3])),
    "layout-of-pairs": (
        ("DataFormatVecPermute", [[[1, 2], [3, 4]]], []),
        T,
        np.int32([[1, 2], [3, 4]]),
    ),
    "inverse": (("InvertPermutation", [[2, 0, 3, 1]], []), T, np.int32([1, 3, 0, 2])),
    "shape": (("BroadcastArgs", [[3, 1], [2, 1, 5]], []), T, np.int32([2, 3, 5])),
    "place": (
        ("UnravelIndex", [[7, 22], [2, 3, 4]], []),
        {"Tidx": "type: DT_INT32"},
        np.int32([[0, 1], [1, 2], [3, 2]]),
    ),
    "unlike": (
        ("Equal", [[1.0, 2.0], [1.0, 2.0, 3.0]], []),
        {"T": "type: DT_FLOAT", "incompatible_shape_error": "b: false"},
        np.bool_(False),
    ),
    "contrary-bounds": (("ClipByValue", [ROW], [3, 2]), T, np.int32([3, 3, 3, 3])),
    "in-a-circle": (
        ("InplaceAdd", [ROW, [5, -1], [10, 20]], []),
        T,
        np.int32([1, 12, 3, 24]),
    ),
    "norm-of-integers": (("EuclideanNorm", [[3, 4]], [0]), T, np.int32(5)),
    "counts-of-a-number": (
        ("DenseBincount", [2], [4, np.zeros(0, np.int32)]),
        {"Tidx": "type: DT_INT32", "T": "type: DT_INT32"},
        np.int32([0, 0, 1, 0]),
    ),
    **{
        f"{op}-of-complex": ((op, [Y, GRADIENT], []), {"T": "type: DT_COMPLEX64"}, expected)
        for op, expected in {
            "InvGrad": -GRADIENT * np.conj(Y) ** 2,
            "RsqrtGrad": -GRADIENT * np.conj(Y) ** 3 / 2,
            "SquaredDifference": np.complex64(abs(Y - GRADIENT) ** 2),
            "SqrtGrad": GRADIENT / 2 / np.conj(Y),
            "TanhGrad": GRADIENT * (1 - Y * Y),
        }.items()
    },
    "levels": (
        ("QuantizeV2", [[0.9767377, -0.1013025]], [-2.0, 2.5]),
        {"T": "type: DT_QUINT8", "mode": 's: "MIN_FIRST"'},
        np.uint8([169, 108]),
    ),
    "bessel": (
        ("BesselI0e", [np.float64([0.5, 20.0])], []),
        {"T": "type: DT_DOUBLE"},
        np.float64([0.645035270449150068, 0.089780311884826022]),
    ),
}


SINGLE = ("Grad", "Difference")


@pytest.mark.parametrize(("node", "attributes", "expected"), LATER.values(), ids=LATER.keys())
def test_values_that_are_known_later(
    node: tuple[str, list[Any], list[Any]],
    attributes: dict[str, str],
    expected: Any,
    tmp_path: Any,
) -> None:
    op, fed, operands = node
    text = graph(op, *operands, fed=fed, **attributes)
    found = run(tmp_path, text, *map(converted, fed))
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-6 if op.endswith(SINGLE) else 1e-13)


def test_concatenated_tensors_begin_where_those_before_them_end(tmp_path: Any) -> None:
    text = graph("ConcatOffset", fed=[1, [2, 3, 4], [2, 5, 4], [2, 1, 4]], N="i: 3")
    shapes = [np.int32([2, 3, 4]), np.int32([2, 5, 4]), np.int32([2, 1, 4])]
    names = [f"r:{n}" for n in range(3)]
    found = run(tmp_path, text, np.int32(1), *shapes, outputs=names)
    assert [each.tolist() for each in found] == [[0, 0, 0], [0, 3, 0], [0, 8, 0]]
