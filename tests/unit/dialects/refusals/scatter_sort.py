"""Examples of what the verifiers of `stablehlo.scatter` and `stablehlo.sort` refuse.

A text with `«` where the op begins that the error must point at -> the error's words.
"""

from __future__ import annotations

SIGNATURE = (
    "%x: tensor<2x3xf32>, %y: tensor<3x3xf32>, %n: tensor<3xi32>, %i: tensor<2x1xi32>, "
    "%e: tensor<2x1xf32>, %u: tensor<2x3xf32>, %v: tensor<2x9xf32>, %w: tensor<5x3xf32>, "
    "%p: tensor<2x3xi32>, %z: tensor<f32>"
)

NUMBERS = "update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1"


def within(op: str) -> str:
    return f"func.func @f({SIGNATURE}) {{\n  {op}\n  func.return\n}}"


def scatter(
    operands: str = "%x, %i, %u",
    types: str = "(tensor<2x3xf32>, tensor<2x1xi32>, tensor<2x3xf32>) -> tensor<2x3xf32>",
    numbers: str = NUMBERS,
    arguments: str = "%a: tensor<f32>, %b: tensor<f32>",
    results: str = "%0",
) -> str:
    return within(
        f'«{results} = "stablehlo.scatter"({operands}) <{{scatter_dimension_numbers = '
        f"#stablehlo.scatter<{numbers}>}}> ({{\n  ^bb0({arguments}):\n"
        f"    stablehlo.return %z : tensor<f32>\n  }}) : {types}"
    )


def sort(
    operands: str = "%x",
    types: str = "(tensor<2x3xf32>) -> tensor<2x3xf32>",
    arguments: str = "%a: tensor<f32>, %b: tensor<f32>",
    dimension: int = 0,
    body: str = "%q = stablehlo.compare LT, %a, %b : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
    "    stablehlo.return %q : tensor<i1>",
    results: str = "%0",
) -> str:
    return within(
        f'«{results} = "stablehlo.sort"({operands}) <{{dimension = {dimension} : i64}}> ({{\n'
        f"  ^bb0({arguments}):\n    {body}\n  }}) : {types}"
    )


def renumbered(old: str, new: str) -> str:
    assert old in NUMBERS
    return NUMBERS.replace(old, new)


FOUR = ", ".join(f"%{name}: tensor<f32>" for name in "abcd")
BATCHED = "update_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [0], scatter_dims_to_operand_dims = [1], index_vector_dim = 1"

REFUSED = {
    "scatter into nothing": (
        scatter("%i", "(tensor<2x1xi32>) -> ()", results="").replace("« = ", "«"),
        "'stablehlo.scatter' op needs updates for each input, and at least one input",
    ),
    "scatter into tensors of two shapes": (
        scatter(
            "%x, %y, %i, %u, %u",
            "(tensor<2x3xf32>, tensor<3x3xf32>, tensor<2x1xi32>, tensor<2x3xf32>, "
            "tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<3x3xf32>)",
            arguments=FOUR,
            results="%0:2",
        ),
        "'stablehlo.scatter' op inputs must have one shape, and updates must have one shape",
    ),
    "updates of other elements": (
        scatter(
            "%x, %i, %p", "(tensor<2x3xf32>, tensor<2x1xi32>, tensor<2x3xi32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.scatter' op updates must have the element types of the inputs",
    ),
    "scatter by floats": (
        scatter(
            "%x, %e, %u", "(tensor<2x3xf32>, tensor<2x1xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.scatter' op indices must be integers, not tensor<2x1xf32>",
    ),
    "a region of other scalars": (
        scatter(arguments="%a: tensor<f32>"),
        "'stablehlo.scatter' op its region must take 1 old values and 1 updates, scalars of the "
        "results' element types, and return new values of these types",
    ),
    "scatter to another shape": (
        scatter(types="(tensor<2x3xf32>, tensor<2x1xi32>, tensor<2x3xf32>) -> tensor<3x3xf32>"),
        "'stablehlo.scatter' op results must have the shape of the inputs",
    ),
    "a window dimension twice": (
        scatter(numbers=renumbered("update_window_dims = [1]", "update_window_dims = [1, 1]")),
        "'stablehlo.scatter' op update_window_dims [1, 1] do not name dimensions of rank 2 once each",
    ),
    "window dimensions out of order": (
        scatter(numbers=renumbered("update_window_dims = [1]", "update_window_dims = [1, 0]")),
        "'stablehlo.scatter' op update_window_dims [1, 0] are not in ascending order",
    ),
    "index vectors along no dimension": (
        scatter(numbers=renumbered("index_vector_dim = 1", "index_vector_dim = 3")),
        "'stablehlo.scatter' op index_vector_dim 3 is no dimension of tensor<2x1xi32> that is free "
        "to hold index vectors",
    ),
    "index vectors of another length": (
        scatter(numbers=renumbered("index_vector_dim = 1", "index_vector_dim = 0")),
        "'stablehlo.scatter' op index vectors have 2 numbers, and scatter_dims_to_operand_dims "
        "names 1 dimensions",
    ),
    "batches of two sizes": (
        scatter(
            "%y, %i, %u",
            "(tensor<3x3xf32>, tensor<2x1xi32>, tensor<2x3xf32>) -> tensor<3x3xf32>",
            numbers=BATCHED,
        ),
        "'stablehlo.scatter' op input_batching_dims [0] and scatter_indices_batching_dims [0] do "
        "not match",
    ),
    "windows of too few dimensions": (
        scatter(numbers=renumbered("update_window_dims = [1]", "update_window_dims = []")),
        "'stablehlo.scatter' op updates of tensor<2x3xf32> are no 1-dimensional windows for each "
        "of [2] indices",
    ),
    "windows that are too large": (
        scatter(
            "%x, %i, %v", "(tensor<2x3xf32>, tensor<2x1xi32>, tensor<2x9xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.scatter' op windows of [9] do not fit into [3]",
    ),
    "updates for other indices": (
        scatter(
            "%x, %i, %w", "(tensor<2x3xf32>, tensor<2x1xi32>, tensor<5x3xf32>) -> tensor<2x3xf32>"
        ),
        "'stablehlo.scatter' op updates are for [5] indices, and there are [2]",
    ),
    "sort of two shapes": (
        sort(
            "%x, %y",
            "(tensor<2x3xf32>, tensor<3x3xf32>) -> (tensor<2x3xf32>, tensor<3x3xf32>)",
            FOUR,
            results="%0:2",
        ),
        "'stablehlo.sort' op needs inputs of one shape, and at least one",
    ),
    "sort along no dimension": (
        sort(dimension=2),
        "'stablehlo.sort' op its dimension is outside of tensor<2x3xf32>",
    ),
    "a comparison of too many": (
        sort(arguments=FOUR),
        "'stablehlo.sort' op its region must take a left and a right element of each input, as "
        "scalars",
    ),
    "a comparison that returns a number": (
        sort(body="stablehlo.return %a : tensor<f32>"),
        "'stablehlo.sort' op its region must return a tensor<i1>",
    ),
    "sort to another type": (
        sort(types="(tensor<2x3xf32>) -> tensor<3x3xf32>"),
        "'stablehlo.sort' op yields (tensor<2x3xf32>), not (tensor<3x3xf32>)",
    ),
}
