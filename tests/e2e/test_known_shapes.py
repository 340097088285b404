"""Programs whose shapes have `?` where constants decide the size, and ops of `flow`, on every target."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import ireelite
from ireelite.reference import interpret
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.parser import parse_module

TEXT = (Path(__file__).parent / "tensor_programs" / "known_shapes.mlir").read_text()

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-task", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

A = np.arange(24, dtype=np.float32).reshape(4, 6)
TILED = np.arange(30, dtype=np.int32).reshape(5, 6)
IMAGE = (np.arange(72, dtype=np.float32) % 7).reshape(1, 6, 6, 2)
KERNEL = (np.arange(72, dtype=np.float32) % 5).reshape(3, 3, 2, 4)
ARGUMENTS = {
    "shapes": [A],
    "tiles": [TILED],
    "loops": [np.float32([1, 2, 3]), np.array(True)],
    "hlo_windows": [IMAGE, KERNEL],
    "hlo_sums": [A],
    "packed": [np.array([0b10100101, 0b00001111], np.uint8).view(np.int8)],
}

X = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
UPDATED = np.full((4, 4), 5, np.float32)
UPDATED[1:3, 2:] = X[:, 1:]
INSERTED = A.copy()
INSERTED[2] = A[1]
PACKED = np.pad(TILED, ((0, 1), (0, 0)), constant_values=9).reshape(3, 2, 2, 3)
EXPECTED = {
    "flow_moves": [X[:, 1:], UPDATED, X.ravel()],
    "flow_bits": [
        np.arange(1, 7),
        [0x04030201, -0xF8F9FB],
        [1, 0, 1, 0, 0, 1, 0, 1],
        [89, 15],
        [1, 2, -8, -7],
        [1.0, -2.0],
    ],
    "calls": [[[4, 5, 6, 7]]],
    "shapes": [
        A.reshape(2, 2, 6),
        A.ravel(),
        np.pad(A, ((0, 1), (1, 1))),
        np.concatenate([A, A]),
        A[1],
        INSERTED,
    ],
    "packed": [[0b01011010, -0b00010000], [-0b00010000]],
    "tiles": [PACKED.transpose(0, 2, 1, 3), TILED],
    "loops": [[5, 10, 15], [5, 20, 45]],
    "hlo_windows": [
        [
            [
                [np.tensordot(IMAGE[0, i : i + 3, j : j + 3], KERNEL, 3) for j in range(4)]
                for i in range(4)
            ]
        ],
        IMAGE.reshape(1, 3, 2, 3, 2, 2).max((2, 4)),
    ],
    "hlo_sums": [
        np.fft.rfft(A),
        A @ A.T,
        A.T @ A,
        A[:, :-3:-1],
        [[5, 4]] * 4,
    ],
    "numbers": [
        [4, -2, 1, -3, -2, 4, 28, -1, 1, -3, 7, 7, 7, 5, -1, -6, 2, 7, 253, -3, 1, 3, 13, 4]
    ],
}


@cache
def loaded(target: str, device: str):
    return ireelite.load(ireelite.compile(TEXT, targets=[target]), device=device)


def assert_expected(name: str, results) -> None:
    results = results if isinstance(results, tuple) else (results,)
    for result, expected in zip(results, EXPECTED[name], strict=True):
        assert np.asarray(result).shape == np.shape(expected)
        np.testing.assert_allclose(
            np.asarray(result).astype(complex),
            np.asarray(expected).astype(complex),
            rtol=1e-5,
            atol=1e-4,
        )


@pytest.mark.parametrize(("target", "device"), CONFIGURATIONS)
@pytest.mark.parametrize("name", EXPECTED)
def test_a_program_of_known_shapes(name: str, target: str, device: str) -> None:
    assert_expected(name, getattr(loaded(target, device), name)(*ARGUMENTS.get(name, [])))


@pytest.mark.parametrize("target", ["llvm-cpu", "vmvx"])
def test_tiles_of_indices(target: str) -> None:
    source = Path(__file__).parent / "tensor_programs" / "index_tiles.mlir"
    tiles = ireelite.load(ireelite.compile(source, targets=[target])).tiles_of_indices
    for result, expected in zip(tiles(TILED), EXPECTED["tiles"], strict=True):
        np.testing.assert_array_equal(np.asarray(result), expected)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_reference_agrees(name: str) -> None:
    assert_expected(name, interpret(parse_module(TEXT), name, *ARGUMENTS.get(name, [])))


REFUSED = {
    "a size that nothing decides": (
        "func.func @f(%n: index) -> tensor<?xf32> {\n"
        "  %0 = flow.tensor.empty : tensor<?xf32>{%n}\n"
        "  func.return %0 : tensor<?xf32>\n}",
        "2:8: 'flow.tensor.empty' needs constants as sizes of its tensor<?xf32>",
    ),
    "a cast to another shape": (
        "func.func @f(%a: tensor<4xf32>) -> tensor<5xf32> {\n"
        "  %0 = tensor.cast %a : tensor<4xf32> to tensor<?xf32>\n"
        "  %1 = arith.addf %0, %0 : tensor<?xf32>\n"
        "  %2 = tensor.cast %1 : tensor<?xf32> to tensor<5xf32>\n"
        "  func.return %2 : tensor<5xf32>\n}",
        "4:8: can't take a tensor<4xf32> for a tensor<5xf32>",
    ),
    "packed truth values that callers pass": (
        "func.func @f(%a: tensor<8xi1, #iree_encoding.packed_storage>) {\n  func.return\n}",
        "1:1: '@f' passes a tensor<8xi1, #iree_encoding.packed_storage>; pass its bytes",
    ),
    "a reshape to another size": (
        "func.func @f(%a: tensor<4xf32>) -> tensor<?xf32> {\n"
        "  %c5 = arith.constant 5 : index\n"
        "  %0 = flow.tensor.reshape %a : tensor<4xf32> -> tensor<?xf32>{%c5}\n"
        "  func.return %0 : tensor<?xf32>\n}",
        "3:8: can't make a tensor<5xf32> of a tensor<4xf32>: they differ in size",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_constant_decides_is_refused(name: str) -> None:
    text, words = REFUSED[name]
    with pytest.raises(StatusError) as caught:
        ireelite.compile(text, targets=["vmvx"])
    assert words in caught.value.message
    assert caught.value.code in (StatusCode.UNIMPLEMENTED, StatusCode.INVALID_ARGUMENT)
