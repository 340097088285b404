"""Ops that move elements give what the StableHLO specification says, on every target and for every
element type: random shapes, numbers and places, also outside of the tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest

import ireelite

ml_dtypes = pytest.importorskip("ml_dtypes")

TARGETS = {"vmvx": "local-sync", "llvm-cpu": "local-sync", "vulkan-spirv": "webgpu"}

DTYPES: dict[str, Any] = {
    "i1": np.bool_,
    **{f"i{n}": f"int{n}" for n in (8, 16, 32, 64)},
    **{f"ui{n}": f"uint{n}" for n in (8, 16, 32, 64)},
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f32": np.float32,
    "f64": np.float64,
    "complex<f32>": np.complex64,
    "complex<f64>": np.complex128,
}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
INDEX_TYPES = ("i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64")


class Case(NamedTuple):
    """A function: its body, whose operands are %0, %1, ..., its inputs, and what it returns."""

    body: str
    inputs: Sequence[np.ndarray]
    expected: np.ndarray


def type_of(value: np.ndarray) -> str:
    return f"tensor<{''.join(f'{d}x' for d in value.shape)}{NAMES[value.dtype]}>"


def types(*values: np.ndarray) -> str:
    return f"({', '.join(map(type_of, values))})"


class Maker:
    """Makes random cases."""

    def __init__(self, seed: int, elements: Sequence[str]):
        self.rng = np.random.default_rng(seed)
        self.elements = elements

    def shape(self, rank: int | None = None, low: int = 0, high: int = 5) -> tuple[int, ...]:
        rank = int(self.rng.integers(0, 4)) if rank is None else rank
        return tuple(int(d) for d in self.rng.integers(low, high + 1, rank))

    def tensor(self, shape: Sequence[int], element: str) -> np.ndarray:
        """Random bits, or random numbers for floats."""
        dtype = np.dtype(DTYPES[element])
        if element == "i1":
            return self.rng.integers(0, 2, shape).astype(np.bool_)
        if element[0] in "iu":
            info = np.iinfo(dtype)
            return self.rng.integers(info.min, info.max, shape, dtype, endpoint=True)
        numbers = self.rng.normal(size=shape)
        if element.startswith("complex"):
            numbers = numbers + 1j * self.rng.normal(size=shape)
        return np.asarray(numbers).astype(dtype)

    def element(self) -> str:
        return str(self.rng.choice(self.elements))

    def starts(self, shape: Sequence[int], count: int) -> tuple[str, np.ndarray]:
        """Numbers inside and outside of a shape, in a random integer type."""
        name = str(self.rng.choice(INDEX_TYPES))
        info = np.iinfo(DTYPES[name])
        far = [info.min, info.max, -1, -(1 << 40), (1 << 33) + 1]
        near = list(range(-2, max(shape, default=0) + 3))
        choices = [n for n in near * 3 + far if info.min <= n <= info.max]
        return name, np.array(
            [choices[int(k)] for k in self.rng.integers(0, len(choices), count)], DTYPES[name]
        )

    # -- one op each ---------------------------------------------------------------------------------

    def dynamic_slice(self) -> Case:
        x = self.tensor(self.shape(), self.element())
        sizes = [int(self.rng.integers(0, d + 1)) for d in x.shape]
        _, starts = self.starts(x.shape, x.ndim)
        inputs = [x, *(np.array(s) for s in starts)]
        expected = x[clamped_slices(x.shape, sizes, starts)]
        operands = "".join(f"%{k}, " for k in range(len(inputs)))
        body = f"stablehlo.dynamic_slice {operands}sizes = {sizes} : {types(*inputs)}"
        return Case(body, inputs, expected)

    def dynamic_update_slice(self) -> Case:
        element = self.element()
        x = self.tensor(self.shape(), element)
        update = self.tensor([int(self.rng.integers(0, d + 1)) for d in x.shape], element)
        _, starts = self.starts(x.shape, x.ndim)
        inputs = [x, update, *(np.array(s) for s in starts)]
        expected = x.copy()
        expected[clamped_slices(x.shape, update.shape, starts)] = update
        operands = ", ".join(f"%{k}" for k in range(len(inputs)))
        return Case(
            f"stablehlo.dynamic_update_slice {operands} : {types(*inputs)}", inputs, expected
        )

    def small_update(self) -> Case:
        """An update that writes a small part of a large tensor, which other work makes."""
        element = str(self.rng.choice([e for e in self.elements if e in ("i32", "ui64", "f32")]))
        x = self.tensor([(1100,), (33, 40), (1, 12, 100)][int(self.rng.integers(0, 3))], element)
        update = self.tensor([min(int(self.rng.integers(0, d + 1)), 9) for d in x.shape], element)
        _, starts = self.starts(x.shape, x.ndim)
        inputs = [x, update, *(np.array(s) for s in starts)]
        expected = x + x
        expected[clamped_slices(x.shape, update.shape, starts)] = update
        places = "".join(f", %{k}" for k in range(2, len(inputs)))
        made = f"stablehlo.add %0, %0 : {type_of(x)}\n  %r = "
        body = f"{made}stablehlo.dynamic_update_slice %s, %1{places} : {types(*inputs)}"
        return Case(body, inputs, expected)

    def pad(self) -> Case:
        element = self.element()
        x, value = self.tensor(self.shape(high=4), element), self.tensor((), element)
        while True:
            low, high = (self.rng.integers(-4, 5, x.ndim) for _ in range(2))
            interior = self.rng.integers(0, 3, x.ndim)
            whole = [d + max(d - 1, 0) * i for d, i in zip(x.shape, interior, strict=True)]
            shape = [a + d + b for a, d, b in zip(low, whole, high, strict=True)]
            if all(d >= 0 for d in shape):
                break
        expected = np.full(shape, value)
        for index in np.ndindex(x.shape):
            place = tuple(
                int(a + k * (i + 1)) for a, k, i in zip(low, index, interior, strict=True)
            )
            if all(0 <= p < d for p, d in zip(place, shape, strict=True)):
                expected[place] = x[index]
        lists = ", ".join(
            f"{name} = {[int(n) for n in numbers]}"
            for name, numbers in (("low", low), ("high", high), ("interior", interior))
        )
        return Case(f"stablehlo.pad %0, %1, {lists} : {types(x, value)}", [x, value], expected)

    def concatenate(self) -> Case:
        element, shape = self.element(), list(self.shape(int(self.rng.integers(1, 4))))
        dim, inputs = int(self.rng.integers(0, len(shape))), []
        for _ in range(int(self.rng.integers(1, 9))):
            shape[dim] = int(self.rng.integers(0, 4))
            inputs.append(self.tensor(shape, element))
        operands = ", ".join(f"%{k}" for k in range(len(inputs)))
        body = f"stablehlo.concatenate {operands}, dim = {dim} : {types(*inputs)}"
        return Case(body, inputs, np.concatenate(inputs, dim))

    def reverse(self) -> Case:
        x = self.tensor(self.shape(), self.element())
        dims = [d for d in range(x.ndim) if self.rng.integers(0, 2)]
        return Case(
            f"stablehlo.reverse %0, dims = {dims} : {types(x)}", [x], np.flip(x, tuple(dims))
        )

    def broadcast(self) -> Case:
        x, sizes = self.tensor(self.shape(), self.element()), list(self.shape(2))
        body = f"stablehlo.broadcast %0, sizes = {sizes} : {types(x)}"
        return Case(body, [x], np.broadcast_to(x, (*sizes, *x.shape)))

    def bitcast_convert(self) -> Case:
        pairs = [
            (a, b)
            for a in self.elements
            for b in self.elements
            if a != b and ("complex" in a) == ("complex" in b)
        ]
        source, target = pairs[int(self.rng.integers(0, len(pairs)))]
        before, after = (bits_of(e) for e in (source, target))
        shape = [*self.shape(2), *([after // before] if after > before else [])]
        x = self.tensor(shape, source)
        if before == after:
            shape = list(shape)
        else:
            shape = shape[:-1] if after > before else [*shape, before // after]
        data = x.tobytes() if source != "i1" else np.packbits(x, bitorder="little").tobytes()
        if target == "i1":
            data = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").tobytes()
        expected = np.frombuffer(data, DTYPES[target]).reshape(shape)
        return Case(f"stablehlo.bitcast_convert %0 : {types(x)}", [x], expected)

    def torch_index_select(self) -> Case:
        x = self.tensor(self.shape(int(self.rng.integers(1, 4)), 1), self.element())
        dim = int(self.rng.integers(0, x.ndim))
        batch = int(self.rng.integers(0, dim + 1))
        shape = [*x.shape[:batch], *self.shape(2)]
        indices = self.starts(x.shape, int(np.prod(shape)))[1].reshape(shape)
        expected = np.empty([*x.shape[:dim], *shape[batch:], *x.shape[dim + 1 :]], x.dtype)
        for at in np.ndindex(expected.shape):
            behind = dim + len(shape) - batch
            place = min(max(int(indices[*at[:batch], *at[dim:behind]]), 0), x.shape[dim] - 1)
            expected[at] = x[*at[:dim], place, *at[behind:]]
        body = (
            f'"stablehlo.torch_index_select"(%0, %1) <{{dim = {dim} : i64, batch_dims = {batch} : '
            f"i64}}> : {types(x, indices)}"
        )
        return Case(body, [x, indices], expected)

    def select(self) -> Case:
        element, shape = self.element(), self.shape()
        predicate = self.tensor(() if self.rng.integers(0, 2) else shape, "i1")
        x, y = self.tensor(shape, element), self.tensor(shape, element)
        inputs = [predicate, x, y]
        body = f"stablehlo.select %0, %1, %2 : {types(*inputs)}"
        return Case(body, inputs, np.where(predicate, x, y))

    def gather(self) -> Case:
        """Dimension numbers of every kind, as the specification constrains them."""
        rng = self.rng
        x = self.tensor(self.shape(int(rng.integers(1, 5)), 1, 4), self.element())
        kinds = [str(rng.choice(["window", "collapsed", "batching"])) for _ in x.shape]
        batching = [d for d, kind in enumerate(kinds) if kind == "batching"]
        collapsed = [d for d, kind in enumerate(kinds) if kind == "collapsed"]
        window = [d for d, kind in enumerate(kinds) if kind == "window"]
        sizes = [
            int(rng.integers(0, size + 1)) if kind == "window" else 1
            for kind, size in zip(kinds, x.shape, strict=True)
        ]
        mapped = [int(d) for d in rng.permutation([d for d in range(x.ndim) if d not in batching])]
        mapped = mapped[: int(rng.integers(0, len(mapped) + 1))]
        places = [("batching", d) for d in batching] + [("free", 0)] * int(rng.integers(0, 3))
        places = [places[int(k)] for k in rng.permutation(len(places))]
        batch = [
            x.shape[d] if kind == "batching" else int(rng.integers(0, 4)) for kind, d in places
        ]
        vector = int(rng.integers(0, len(batch) + 1))
        implicit = len(mapped) == 1 and bool(rng.integers(0, 2))
        shape = list(batch)
        if implicit:
            vector = len(batch)
        else:
            shape.insert(vector, len(mapped))
        _, flat = self.starts(x.shape, int(np.prod(shape)))
        indices = flat.reshape(shape)
        rank = len(batch) + len(window)
        offsets = sorted(int(d) for d in rng.permutation(rank)[: len(window)])
        positions = {d: n for n, (kind, d) in enumerate(places) if kind == "batching"}
        starts_batching = [positions[d] + (positions[d] >= vector) for d in batching]
        batch_dims = [d for d in range(rank) if d not in offsets]
        result = np.empty(
            [
                sizes[window[offsets.index(d)]] if d in offsets else batch[batch_dims.index(d)]
                for d in range(rank)
            ],
            x.dtype,
        )
        for index in np.ndindex(result.shape):
            at = [index[d] for d in batch_dims]
            place = [0] * x.ndim
            for component, d in enumerate(mapped):
                start = list(at)
                if not implicit:
                    start.insert(vector, component)
                place[d] = min(max(int(indices[tuple(start)]), 0), x.shape[d] - sizes[d])
            for d in batching:
                place[d] = at[positions[d]]
            for d, offset in zip(window, offsets, strict=True):
                place[d] += index[offset]
            result[index] = x[tuple(place)]
        numbering = ", ".join(
            f"{name} = {value}"
            for name, value in (
                ("offset_dims", offsets),
                ("collapsed_slice_dims", collapsed),
                ("operand_batching_dims", batching),
                ("start_indices_batching_dims", starts_batching),
                ("start_index_map", mapped),
                ("index_vector_dim", vector),
            )
        )
        body = (
            f'"stablehlo.gather"(%0, %1) <{{dimension_numbers = #stablehlo.gather<{numbering}>, '
            f"slice_sizes = array<i64{': ' * bool(sizes)}{', '.join(map(str, sizes))}>, "
            f"indices_are_sorted = false}}> : {types(x, indices)}"
        )
        return Case(body, [x, indices], result)


def bits_of(element: str) -> int:
    """The bits of an element, of which an i1 has one."""
    return 1 if element == "i1" else 8 * np.dtype(DTYPES[element]).itemsize


def clamped_slices(
    shape: Sequence[int], sizes: Sequence[int], starts: Sequence[Any]
) -> tuple[slice, ...]:
    firsts = [min(max(int(s), 0), d - n) for s, d, n in zip(starts, shape, sizes, strict=True)]
    return tuple(slice(first, first + n) for first, n in zip(firsts, sizes, strict=True))


OPS: tuple[Callable[[Maker], Case], ...] = (
    Maker.bitcast_convert,
    Maker.broadcast,
    Maker.concatenate,
    Maker.dynamic_slice,
    Maker.dynamic_update_slice,
    Maker.gather,
    Maker.pad,
    Maker.reverse,
    Maker.select,
    Maker.small_update,
    Maker.torch_index_select,
)


def module_of(cases: Sequence[Case]) -> str:
    functions = []
    for number, case in enumerate(cases):
        arguments = ", ".join(f"%{k}: {type_of(v)}" for k, v in enumerate(case.inputs))
        result = type_of(case.expected)
        first = "%s" if "%s" in case.body else "%r"
        functions.append(
            f"func.func @f{number}({arguments}) -> {result} {{\n  {first} = {case.body} -> {result}\n"
            f"  return %r : {result}\n}}"
        )
    return "\n".join(functions)


def plain(value: np.ndarray) -> bytes:
    """The bytes of a tensor; of small floats, which are computed with in f32, with one NaN."""
    if value.dtype in (np.float16, ml_dtypes.bfloat16):
        value = np.where(np.isnan(value), np.array(np.nan, value.dtype), value)
    return value.tobytes()


def run(cases: Sequence[Case], target: str) -> None:
    program = ireelite.compile(module_of(cases), targets=[target])
    module = ireelite.load(program, device=TARGETS[target])
    for number, case in enumerate(cases):
        found = np.asarray(getattr(module, f"f{number}")(*case.inputs))
        expected = case.expected
        assert found.shape == expected.shape, case.body
        assert plain(found.astype(expected.dtype)) == plain(expected), (
            f"{case.body}\n{[v.tolist() for v in case.inputs]}\n{found}\n{expected}"
        )


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "target",
    [pytest.param(t, marks=[pytest.mark.webgpu] if t == "vulkan-spirv" else []) for t in TARGETS],
)
def test_random_moves_are_those_of_the_specification(target: str, seed: int):
    maker = Maker(seed, list(DTYPES))
    run([op(maker) for op in OPS for _ in range(6)], target)
