"""Products of matrices for vmvx are calls of the runtime's `mmt4d`: they give what loops give, to the
bit, in this project's VM and in upstream's, which `iree.runtime` runs.
"""

from __future__ import annotations

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

import ireelite

F32, F16, BF16, I8, I32 = "f32", "f16", "bf16", "i8", "i32"
NUMBERS = {F32: np.float32, F16: np.float16, BF16: ml_dtypes.bfloat16, I8: np.int8, I32: np.int32}


def dot(name, a, b, dimensions, result, types=(F32, F32, F32), after="", more=()):
    """A function of a product, and of what comes after it."""
    operands = [f"tensor<{shape}x{type}>" for shape, type in zip((a, b), types)]
    made = f"tensor<{result}x{types[2]}>"
    others = [f"tensor<{shape}x{types[2]}>" for shape in more]
    names = ["a", "b", *"cde"[: len(others)]]
    signature = ", ".join(f"%{n}: {t}" for n, t in zip(names, [*operands, *others]))
    returned = "%r" if after else "%p"
    return f"""
func.func @{name}({signature}) -> {made} {{
  %p = stablehlo.dot_general %a, %b, {dimensions} : ({operands[0]}, {operands[1]}) -> {made}
  {after}
  return {returned} : {made}
}}"""


def convolution(name, image, kernel, result, numbers, window):
    types = f"(tensor<{image}xf32>, tensor<{kernel}xf32>) -> tensor<{result}xf32>"
    return f"""
func.func @{name}(%a: tensor<{image}xf32>, %b: tensor<{kernel}xf32>) -> tensor<{result}xf32> {{
  %0 = stablehlo.convolution(%a, %b) dim_numbers = {numbers}, window = {{{window}}} {{batch_group_count = 1 : i64, feature_group_count = 1 : i64}} : {types}
  return %0 : tensor<{result}xf32>
}}"""


ROWS_COLUMNS = "contracting_dims = [1] x [0]"
BIAS = """%w = stablehlo.broadcast_in_dim %c, dims = [1] : (tensor<24xf32>) -> tensor<12x24xf32>
  %s = stablehlo.add %p, %w : tensor<12x24xf32>
  %z = stablehlo.constant dense<0.0> : tensor<12x24xf32>
  %r = stablehlo.maximum %s, %z : tensor<12x24xf32>"""
NHWC, NCHW = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]", "[b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1]"
SAME = "stride = [1, 1], pad = [[1, 1], [1, 1]], lhs_dilate = [1, 1], rhs_dilate = [1, 1]"
STEPS = "stride = [2, 2], pad = [[0, 0], [0, 0]], lhs_dilate = [1, 1], rhs_dilate = [2, 1]"
PROGRAM = "\n".join(
    (
        dot("plain", "12x40", "40x24", ROWS_COLUMNS, "12x24"),
        dot("turned", "12x40", "24x40", "contracting_dims = [1] x [1]", "12x24"),
        dot("columns", "40x12", "40x24", "contracting_dims = [0] x [0]", "12x24"),
        dot("bias", "12x40", "40x24", ROWS_COLUMNS, "12x24", after=BIAS, more=["24"]),
        dot(
            "residual", "12x40", "40x24", ROWS_COLUMNS, "12x24",
            after="%r = stablehlo.add %c, %p : tensor<12x24xf32>", more=["12x24"],
        ),
        dot("vector", "40", "40x24", "contracting_dims = [0] x [0]", "24"),
        dot("one_row", "1x40", "40x24", ROWS_COLUMNS, "1x24"),
        dot("one_column", "24x40", "40", "contracting_dims = [1] x [0]", "24"),
        dot(
            "batches", "3x12x40", "3x40x24",
            "batching_dims = [0] x [0], contracting_dims = [2] x [1]", "3x12x24",
        ),
        dot(
            "odd_batches", "12x3x40", "40x24x3",
            "batching_dims = [1] x [2], contracting_dims = [2] x [0]", "3x12x24",
        ),
        dot("two_sums", "12x5x8", "5x8x24", "contracting_dims = [1, 2] x [0, 1]", "12x24"),
        dot("turned_sums", "12x5x8", "8x5x24", "contracting_dims = [1, 2] x [1, 0]", "12x24"),
        dot("four", "6x7x40", "40x4x9", "contracting_dims = [2] x [0]", "6x7x4x9"),
        dot("tall", "2000x9", "9x300", ROWS_COLUMNS, "2000x300"),
        dot("long", "30x9000", "9000x40", ROWS_COLUMNS, "30x40"),
        dot("open_rows", "?x40", "40x24", ROWS_COLUMNS, "?x24"),
        dot("open_columns", "12x40", "40x?", ROWS_COLUMNS, "12x?"),
        dot("open_sums", "12x?", "?x24", ROWS_COLUMNS, "12x24"),
        dot("open_all", "?x?", "?x?", "contracting_dims = [1] x [1]", "?x?"),
        dot("bytes", "12x40", "40x24", ROWS_COLUMNS, "12x24", (I8, I8, I32)),
        dot("byte_rows", "12x40", "24x40", "contracting_dims = [1] x [1]", "12x24", (I8, I8, I32)),
        dot("halves", "12x40", "40x24", ROWS_COLUMNS, "12x24", (F16, F16, F32)),
        dot("bfloats", "12x40", "40x24", ROWS_COLUMNS, "12x24", (BF16, BF16, F32)),
        convolution("same", "1x14x14x8", "3x3x8x16", "1x14x14x16", NHWC, SAME),
        convolution("steps", "2x13x14x8", "3x3x8x16", "2x5x6x16", NHWC, STEPS),
        convolution("channels_first", "2x8x14x14", "16x8x3x3", "2x16x14x14", NCHW, SAME),
        convolution("points", "1x14x14x32", "1x1x32x16", "1x14x14x16", NHWC, SAME.replace("[1, 1], [1, 1]", "[0, 0], [0, 0]")),
    )
)  # fmt: skip
OPEN = {
    "open_rows": [((7, 40), (40, 24)), ((0, 40), (40, 24)), ((200, 40), (40, 24))],
    "open_columns": [((12, 40), (40, 1)), ((12, 40), (40, 0)), ((12, 40), (40, 70))],
    "open_sums": [((12, 9), (9, 24)), ((12, 0), (0, 24)), ((12, 300), (300, 24))],
    "open_all": [((3, 9), (5, 9)), ((0, 9), (5, 9)), ((2, 0), (3, 0)), ((70, 30), (65, 30))],
}
SHAPES = {
    line.split("@")[1].split("(")[0]: [
        (tuple(map(int, filter(str.isdigit, kind.split("x")[:-1]))), kind.split("x")[-1])
        for kind in (part.split(">")[0] for part in line.split("->")[0].split("tensor<")[1:])
    ]
    for line in PROGRAM.splitlines()
    if line.startswith("func.func")
}


def calls():
    """(function, arguments)"""
    chance = np.random.default_rng(5)

    def numbers(shape, type):
        if type in (I8, I32):
            return chance.integers(-128, 128, shape).astype(NUMBERS[type])
        return chance.standard_normal(shape).astype(NUMBERS[type])

    for name, types in SHAPES.items():
        for shapes in OPEN.get(name, [tuple(shape for shape, _ in types)]):
            kinds = [kind for _, kind in types]
            yield name, [numbers(shape, kind) for shape, kind in zip(shapes, kinds, strict=True)]


CALLS = list(calls())


@pytest.fixture(scope="module")
def by_loops():
    return ireelite.load(ireelite.compile(PROGRAM, targets=["vmvx"], microkernels=False))


@pytest.fixture(scope="module")
def program():
    return ireelite.compile(PROGRAM, targets=["vmvx"])


def test_every_product_is_a_call(program):
    text = program.ir("schedules", elide=False)
    executables = text.split("iree.multi_arch_executable @")[1:]
    called = {each.split("_ex_dispatch_")[0] for each in executables if "vmvx.mmt4d" in each}
    assert called == set(SHAPES)


FEW = "\n".join(
    (
        dot("plain", "12x40", "40x24", ROWS_COLUMNS, "12x24"),
        dot("bytes", "12x40", "40x24", ROWS_COLUMNS, "12x24", (I8, I8, I32)),
    )
)


@pytest.mark.parametrize(
    ("option", "calls"), [("microkernels", 0), ("reassociate", 1), ("strip_source_map", 2)]
)
def test_options_keep_loops(option, calls):
    """Sums of floats in the program's order stay loops, those of ints have no order."""
    options = {option: option == "strip_source_map"}
    text = ireelite.compile(FEW, targets=["vmvx"], **options).ir("schedules")
    assert text.count("vmvx.mmt4d") == calls


def same(ours, expected):
    return np.array_equal(np.asarray(ours).view(np.uint8), np.asarray(expected).view(np.uint8))


def test_calls_give_what_loops_give(program, by_loops):
    session = ireelite.load(program)
    wrong = [
        (name, [argument.shape for argument in arguments])
        for name, arguments in CALLS
        if name not in ("tall", "long")
        and not same(getattr(session, name)(*arguments), getattr(by_loops, name)(*arguments))
    ]
    assert wrong == []


def test_products_are_numpys(program):
    session = ireelite.load(program)
    for name, (a, b, *_) in CALLS:
        if name in ("plain", "tall", "long", "open_rows", "open_columns", "bytes"):
            expected = a.astype(np.float64) @ b.astype(np.float64)
            np.testing.assert_allclose(getattr(session, name)(a, b), expected, atol=2e-3)


def test_upstreams_runtime_gives_the_same(program, tmp_path: Path):
    runtime = pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")
    path = tmp_path / "products.vmfb"
    path.write_bytes(program.data)
    config = runtime.Config("local-sync")
    context = runtime.SystemContext(config=config)
    context.add_vm_module(runtime.VmModule.mmap(config.vm_instance, str(path)))
    functions, session = context.modules["module"], ireelite.load(program)
    wrong = [
        (name, [argument.shape for argument in arguments])
        for name, arguments in CALLS
        if name != "bfloats"
        and all(argument.size for argument in arguments)
        and not same(functions[name](*arguments).to_host(), getattr(session, name)(*arguments))
    ]
    assert wrong == []


def test_a_product_reads_constants_of_the_module():
    """They lie in memory that nothing may write to."""
    weights = np.arange(12 * 24, dtype=np.float32).reshape(12, 24)
    text = f"""
func.func @main(%a: tensor<8x12xf32>) -> tensor<8x24xf32> {{
  %w = stablehlo.constant dense<{weights.tolist()}> : tensor<12x24xf32>
  %p = stablehlo.dot_general %a, %w, contracting_dims = [1] x [0] : (tensor<8x12xf32>, tensor<12x24xf32>) -> tensor<8x24xf32>
  return %p : tensor<8x24xf32>
}}"""
    a = np.ones((8, 12), np.float32)
    program = ireelite.compile(text, targets=["vmvx"])
    np.testing.assert_array_equal(ireelite.load(program).main(a), a @ weights)
