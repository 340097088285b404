"""Random scatters on every target, against the specification's definition in NumPy."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

import ireelite

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]

TYPES = {
    "f32": np.float32,
    "i32": np.int32,
    "i8": np.int8,
    "ui8": np.uint8,
    "f16": np.float16,
    "i64": np.int64,
    "i1": np.bool_,
}
INDEX_TYPES = {"i32": np.int32, "i64": np.int64, "i8": np.int8, "ui8": np.uint8, "ui32": np.uint32}

UPDATES: dict[str, Callable] = {
    "stablehlo.add %old, %new": lambda old, new: old + new,
    "stablehlo.maximum %old, %new": max,
    "stablehlo.minimum %new, %old": min,
    "stablehlo.or %new, %new": lambda old, new: new,
    "stablehlo.subtract %new, %old": lambda old, new: new - old,
}
INTEGERS_ONLY, NUMBERS_ONLY = ("stablehlo.or",), ("stablehlo.subtract", "stablehlo.add")


@dataclass
class Scatter:
    """A scatter's shapes and dimension numbers."""

    shape: list[int]
    indices: list[int]
    updates: list[int]
    update_window_dims: list[int]
    inserted_window_dims: list[int]
    input_batching_dims: list[int]
    scatter_indices_batching_dims: list[int]
    scatter_dims_to_operand_dims: list[int]
    index_vector_dim: int
    element: str
    index: str
    update: str

    def text(self, name: str) -> str:
        def tensor(shape: list[int], element: str) -> str:
            return f"tensor<{''.join(f'{size}x' for size in shape)}{element}>"

        x, i = tensor(self.shape, self.element), tensor(self.indices, self.index)
        u, scalar = tensor(self.updates, self.element), f"tensor<{self.element}>"
        lists = ", ".join(
            f"{field} = {getattr(self, field)}"
            for field in (
                "update_window_dims",
                "inserted_window_dims",
                "input_batching_dims",
                "scatter_indices_batching_dims",
                "scatter_dims_to_operand_dims",
                "index_vector_dim",
            )
        )
        return f"""func.func @{name}(%x: {x}, %i: {i}, %u: {u}) -> {x} {{
  %0 = "stablehlo.scatter"(%x, %i, %u) <{{scatter_dimension_numbers = #stablehlo.scatter<{lists}>}}> ({{
  ^bb0(%old: {scalar}, %new: {scalar}):
    %1 = {self.update} : {scalar}
    stablehlo.return %1 : {scalar}
  }}) : ({x}, {i}, {u}) -> {x}
  return %0 : {x}
}}"""

    def expected(self, x: np.ndarray, indices: np.ndarray, updates: np.ndarray) -> np.ndarray:
        """The specification's definition, in the row-major order of the updates."""
        result, function = x.copy(), UPDATES[self.update]
        hidden = {*self.inserted_window_dims, *self.input_batching_dims}
        windows = [d for d in range(x.ndim) if d not in hidden]
        for at in np.ndindex(*updates.shape):
            place = [p for d, p in enumerate(at) if d not in self.update_window_dims]
            batches = [d - (d > self.index_vector_dim) for d in self.scatter_indices_batching_dims]
            vector = indices[
                (*place[: self.index_vector_dim], slice(None), *place[self.index_vector_dim :])
                if self.index_vector_dim < indices.ndim
                else tuple(place)
            ]
            full = [0] * x.ndim
            for number, d in enumerate(self.scatter_dims_to_operand_dims):
                full[d] += int(np.atleast_1d(vector)[number])
            for own, d in zip(self.input_batching_dims, batches, strict=True):
                full[own] += place[d]
            for own, d in zip(windows, self.update_window_dims, strict=True):
                full[own] += at[d]
            if all(0 <= f < size for f, size in zip(full, x.shape, strict=True)):
                old, new = result[tuple(full)], updates[at]
                with np.errstate(over="ignore"):
                    result[tuple(full)] = function(old, new)
        return result


def random_scatter(rng: random.Random) -> Scatter:
    rank = rng.randint(1, 4)
    shape = [rng.randint(1, 6) for _ in range(rank)]
    dims = rng.sample(range(rank), rank)
    batching = sorted(dims[: rng.randint(0, rank - 1)] if rng.random() < 0.4 else [])
    others = [d for d in dims if d not in batching]
    starts = others[: rng.randint(1, len(others))]
    inserted = sorted(d for d in others if rng.random() < 0.4)
    window = [d for d in range(rank) if d not in inserted and d not in batching]
    free = [rng.randint(1, 5) for _ in range(rng.randint(0, 2))]
    places = [("free", size) for size in free] + [("batch", d) for d in batching]
    rng.shuffle(places)
    sizes = [shape[what] if kind == "batch" else what for kind, what in places]
    vector = rng.randint(0, len(sizes))
    indices = [*sizes[:vector], len(starts), *sizes[vector:]]
    if len(starts) == 1 and rng.random() < 0.4:
        vector, indices = len(sizes), sizes
    by_batch = {what: n for n, (kind, what) in enumerate(places) if kind == "batch"}
    batched = [by_batch[d] for d in batching]
    batched = [d + (d >= vector and len(indices) > len(sizes)) for d in batched]
    window_dims = sorted(rng.sample(range(len(sizes) + len(window)), len(window)))
    extents = {d: rng.randint(1, shape[own]) for d, own in zip(window_dims, window, strict=True)}
    rest = iter(sizes)
    updates = [extents[d] if d in extents else next(rest) for d in range(len(sizes) + len(window))]
    element = rng.choice(list(TYPES))
    allowed = [
        update
        for update in UPDATES
        if not (element in ("f32", "f16") and update.startswith(INTEGERS_ONLY))
        and not (element == "i1" and update.startswith(NUMBERS_ONLY))
    ]
    return Scatter(
        shape, indices, updates, window_dims, inserted, batching, batched, starts, vector,
        element, rng.choice(list(INDEX_TYPES)), rng.choice(allowed),
    )  # fmt: skip


def numbers(rng: np.random.Generator, shape: list[int], dtype: type) -> np.ndarray:
    return rng.integers(0, 2 if dtype is np.bool_ else 50, shape).astype(dtype)


def places(rng: np.random.Generator, case: Scatter) -> np.ndarray:
    """Indices in the inputs and near them, and some far away."""
    dtype = INDEX_TYPES[case.index]
    info = np.iinfo(dtype)
    found = rng.integers(max(-2, info.min), max(case.shape) + 2, case.indices)
    far = rng.choice(np.array([info.min, info.max], dtype), case.indices)
    return np.where(rng.random(case.indices) < 0.1, far, found.astype(dtype))


CASES = [random_scatter(random.Random(seed)) for seed in range(16)]


@pytest.mark.parametrize("target, device", CONFIGURATIONS)
def test_random_scatters(target: str, device: str):
    text = "\n".join(case.text(f"scatter_{n}") for n, case in enumerate(CASES))
    program = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
    rng = np.random.default_rng(0)
    for number, case in enumerate(CASES):
        dtype = TYPES[case.element]
        x, u = numbers(rng, case.shape, dtype), numbers(rng, case.updates, dtype)
        i = places(rng, case)
        result = program[f"scatter_{number}"](x, i, u)
        np.testing.assert_array_equal(result, case.expected(x, i, u), f"{case}")
