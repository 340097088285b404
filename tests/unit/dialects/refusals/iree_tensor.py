"""Examples of what the verifiers of the `iree_tensor` dialect refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%x: tensor<2x3xf32>, %y: tensor<3x3xf32>, %z: tensor<f32>, %k: tensor<i32>, "
    "%i: tensor<4x1xi32>, %u: tensor<4x1x3xf32>, %w: tensor<4x2x2xf32>"
)

X = "tensor<2x3xf32>"


def within(op: str, region: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op} {{\n  {region}\n  }}\n  func.return\n}}"


def fold(operands: str, attributes: str, types: str, arguments: str = "%a: f32, %b: f32") -> str:
    """An op whose region yields its first argument."""
    return within(
        f"«%0 = iree_tensor.{operands} {{{attributes}}} : {types}",
        f"^bb0({arguments}):\n    iree_tensor.yield %a : f32",
    )


def ordered(operands: str, attributes: str, types: str) -> str:
    """An op whose region compares."""
    return within(
        f"«%0 = iree_tensor.{operands} {{{attributes}}} : {types}",
        "^bb0(%a: f32, %b: f32):\n    %c = arith.cmpf olt, %a, %b : f32\n    iree_tensor.yield %c : i1",
    )


SCAN = "dimension = 1 : i64, reverse = false, exclusive = false"
SORT = "dimension = 1 : i64, run = 2 : i64"
MERGE = "chunk = 4 : i64, dimension = 1 : i64"
SCATTER = "starts = array<i64: 0>, batching = array<i64>, unsigned = false, tiles = 1 : i64, row = 3 : i64"
SCATTERED = f"({X}, tensor<4x1xi32>, tensor<4x1x3xf32>) -> {X}"


def scatter(attributes: str, operands: str = "%x, %i, %u", types: str = SCATTERED) -> str:
    return fold(f"scatter {operands}", attributes, types)


def serial(types: str, argument: str = X) -> str:
    return within(
        f"«%0 = iree_tensor.serial %x : {types}",
        f"^bb0(%a: {argument}):\n    iree_tensor.yield %a : {argument}",
    )


def fft_stage(rows: str, twiddles: str, result: str, done: int = 1) -> str:
    """A stage of a transform on arguments of these types."""
    return (
        f"func.func @f(%a: tensor<{rows}>, %b: tensor<{twiddles}>) {{\n"
        f"  «%0 = iree_tensor.fft_stage %a, %b {{done = {done} : i64, inverse = false}} : "
        f"(tensor<{rows}>, tensor<{twiddles}>) -> tensor<{result}>\n  func.return\n}}"
    )


C = "complex<f32>"
REFUSED = {
    "a transform of real numbers": (
        fft_stage("2x12xf32", "4x3xf32", "2x12xf32"),
        "'iree_tensor.fft_stage' op takes rows of complex numbers, not tensor<2x12xf32>",
    ),
    "twiddles of other numbers": (
        fft_stage(f"2x12x{C}", "4x3xcomplex<f64>", f"2x12x{C}"),
        "'iree_tensor.fft_stage' op needs twiddles of two dimensions, of complex<f32>, not "
        "tensor<4x3xcomplex<f64>>",
    ),
    "a stage of a large radix": (
        fft_stage(f"2x12x{C}", f"12x1x{C}", f"2x12x{C}"),
        "'iree_tensor.fft_stage' op has a radix from 2 to 8, not 12",
    ),
    "a stage of other rows": (
        fft_stage(f"2x12x{C}", f"4x3x{C}", f"2x12x{C}", 2),
        "'iree_tensor.fft_stage' op has rows of 12 numbers, not of 4 times 3 times 2",
    ),
    "a stage to another type": (
        fft_stage(f"2x12x{C}", f"4x3x{C}", f"3x12x{C}"),
        "'iree_tensor.fft_stage' op yields a tensor of another type than its rows",
    ),
    "a scan of a function of too few": (
        fold("scan %x, %z", SCAN, f"({X}, tensor<f32>) -> {X}", "%a: f32"),
        "'iree_tensor.scan' op needs a region of (f32, f32) that yields (f32)",
    ),
    "a scan of a kernel along no dimension": (
        fold("scan %x, %z", SCAN.replace("1", "2"), f"({X}, tensor<f32>) -> {X}"),
        "'iree_tensor.scan' op tensor<2x3xf32> has no dimension 2",
    ),
    "a scan to another type": (
        fold("scan %x, %z", SCAN, f"({X}, tensor<f32>) -> tensor<3x3xf32>"),
        "'iree_tensor.scan' op yields tensors of other types than it takes",
    ),
    "a scan from a number of another type": (
        fold("scan %x, %k", SCAN, f"({X}, tensor<i32>) -> {X}"),
        "'iree_tensor.scan' op needs an init value of rank 0 for each input",
    ),
    "a sort of two shapes": (
        ordered("sort %x, %y", SORT, f"({X}, tensor<3x3xf32>) -> ({X}, tensor<3x3xf32>)").replace(
            "%0 =", "%0:2 ="
        ),
        "'iree_tensor.sort' op needs operands of one shape, and at least one",
    ),
    "a sort of an open dimension in runs of nothing": (
        ordered("sort_parts %x, %n", SORT.replace("2", "0"), f"({X}, index) -> {X}").replace(
            "%k: tensor<i32>", "%k: tensor<i32>, %n: index"
        ),
        "'iree_tensor.sort_parts' op a run of 0 elements is too short",
    ),
    "merges of an open dimension in runs that are no integer": (
        ordered("merge_parts %x, %z, %n", MERGE, f"({X}, tensor<f32>, index) -> {X}").replace(
            "%k: tensor<i32>", "%k: tensor<i32>, %n: index"
        ),
        "'iree_tensor.merge_parts' op needs a run of one i32 or i64, not tensor<f32>",
    ),
    "merges of an open dimension in chunks of nothing": (
        ordered(
            "merge_parts %x, %k, %n",
            MERGE.replace("chunk = 4", "chunk = 0"),
            f"({X}, tensor<i32>, index) -> {X}",
        ).replace("%k: tensor<i32>", "%k: tensor<i32>, %n: index"),
        "'iree_tensor.merge_parts' op a chunk of 0 elements is too short",
    ),
    "a sort of runs of nothing": (
        ordered("sort %x", SORT.replace("2", "0"), f"({X}) -> {X}"),
        "'iree_tensor.sort' op a run of 0 elements is too short",
    ),
    "merges of runs that are no integer": (
        ordered("merge %x, %z", MERGE, f"({X}, tensor<f32>) -> {X}"),
        "'iree_tensor.merge' op needs a run of one i32 or i64, not tensor<f32>",
    ),
    "merges in chunks of nothing": (
        ordered("merge %x, %k", MERGE.replace("4", "0", 1), f"({X}, tensor<i32>) -> {X}"),
        "'iree_tensor.merge' op a chunk of 0 elements is too short",
    ),
    "a scatter to another type": (
        scatter(SCATTER, types=SCATTERED.replace(f"-> {X}", "-> tensor<3x3xf32>")),
        "'iree_tensor.scatter' op yields a tensor of each input's type, for one input at least",
    ),
    "index vectors of another length in a kernel": (
        scatter(SCATTER.replace("<i64: 0>", "<i64: 0, 1>")),
        "'iree_tensor.scatter' op needs index vectors of 2 integers, not tensor<4x1xi32>",
    ),
    "a dimension twice": (
        scatter(SCATTER.replace("batching = array<i64>", "batching = array<i64: 0, 0>")),
        "'iree_tensor.scatter' op dimensions [0, 0] do not name those of (2, 3) once each",
    ),
    "batches of two sizes in a kernel": (
        scatter(SCATTER.replace("batching = array<i64>", "batching = array<i64: 1, 0>")),
        "'iree_tensor.scatter' op batching dimensions {1: 0} do not match",
    ),
    "windows that are too large for a kernel": (
        scatter(
            SCATTER,
            "%x, %i, %w",
            f"({X}, tensor<4x1xi32>, tensor<4x2x2xf32>) -> {X}",
        ).replace("4x2x2", "4x3x2"),
        "'iree_tensor.scatter' op tensor<4x3x2xf32> are no updates of tensor<2x3xf32> at (4, 1)",
    ),
    "rows of several elements of an open dimension": (
        scatter(SCATTER).replace("2x3xf32", "2x?xf32").replace("4x1x3xf32", "4x1x?xf32"),
        "'iree_tensor.scatter' op has rows of one element where the last dimension has no size",
    ),
    "no tile": (
        scatter(SCATTER.replace("tiles = 1", "tiles = 0")),
        "'iree_tensor.scatter' op needs a tile at least, and rows of an element at least",
    ),
    "a kernel of a function of other tensors": (
        serial(f"({X}) -> {X}", "tensor<3x3xf32>"),
        f"'iree_tensor.serial' op needs a region of ({X}) that yields (tensor<3x3xf32>)",
    ),
    "a kernel with memory only": (
        serial(f"({X}) -> tensor<3x3xf32>"),
        "'iree_tensor.serial' op has results of what its region yields first, and one at least",
    ),
}
