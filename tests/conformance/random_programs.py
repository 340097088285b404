"""Random programs that test themselves against the reference.

A program is a function of up to 40 ops on small tensors. Its floats are small whole numbers, so that
every order of sums gives the same result, and each check is for equality. A file that fails is a
reproduction.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import BytesAttr, DenseIntOrFPElementsAttr, FunctionType, ModuleOp

from ireelite.dialects import check
from ireelite.reference import interpret
from ireelite.reference.numbers import Array, to_storage
from ireelite.syntax.parser import parse_module
from ireelite.syntax.printer import print_module

SIGNED, UNSIGNED = ("i8", "i16", "i32", "i64"), ("ui8", "ui16", "ui32", "ui64")
INTEGERS, FLOATS = (*SIGNED, *UNSIGNED), ("f16", "bf16", "f32", "f64")
TYPES = ("i1", *INTEGERS, *FLOATS)
BOUNDS = {"f16": 8, "bf16": 8, "f32": 1000, "f64": 1000}
"""How large floats of a type may be so that their products are exact."""
LARGEST = 64
"""Elements of a tensor."""
PROGRAMS_IN_FILE = 6


@dataclass(frozen=True)
class Tensor:
    """A value of a program."""

    name: str
    element: str
    shape: tuple[int, ...]

    @property
    def type(self) -> str:
        """Its type as MLIR writes it."""
        return f"tensor<{''.join(f'{n}x' for n in self.shape)}{self.element}>"


class Program:
    """A function body as it grows."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.values: list[Tensor] = []

    # -- parts -----------------------------------------------------------------------------------------

    def shape(self) -> tuple[int, ...]:
        """A shape of rank 0 to 4, with a dimension of size zero now and then."""
        rank = self.random.choice((0, 1, 1, 2, 2, 2, 3, 4))
        shape = [self.random.choice((1, 2, 3, 4, 5)) for _ in range(rank)]
        if rank and self.random.random() < 0.05:
            shape[self.random.randrange(rank)] = 0
        while prod(shape) > LARGEST:
            shape[shape.index(max(shape))] -= 1
        return tuple(shape)

    def emit(self, text: str, element: str, shape: Sequence[int]) -> Tensor:
        """Adds an op with one result, whose type `{type}` in the text is."""
        value = Tensor(f"%{len(self.values)}", element, tuple(shape))
        self.values.append(value)
        self.lines.append(f"  {value.name} = {text.format(type=value.type)}")
        return value

    def constant(self, element: str, shape: Sequence[int]) -> Tensor:
        """A constant that no pass computes with."""
        value = Tensor("", element, tuple(shape))
        numbers = [self.number(element) for _ in range(prod(shape))]
        array = np.array(numbers, object).reshape(tuple(shape))
        text = str(array.tolist()).replace("'", "") if prod(shape) or not shape else ""
        return self.emit(f"util.unfoldable_constant dense<{text}> : {value.type}", element, shape)

    def number(self, element: str) -> str:
        """A number as a text."""
        if element == "i1":
            return self.random.choice(("true", "false"))
        if element in FLOATS:
            return f"{self.random.randint(-8, 8)}.0"
        bits = int(element.strip("ui"))
        low, high = (
            (0, 2**bits - 1) if element in UNSIGNED else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        )
        edges = (low, high, 0, 1)
        small = self.random.randint(max(low, -9), 9)
        return str(self.random.choice((*edges, small, small, self.random.randint(low, high))))

    def any(self, elements: Sequence[str] = TYPES, least_rank: int = 0) -> Tensor:
        """A value of one of these element types: one that is there, or a new constant."""
        fitting = [v for v in self.values if v.element in elements and len(v.shape) >= least_rank]
        if fitting and self.random.random() < 0.85:
            return self.random.choice(fitting[-8:])
        shape = self.shape()
        while len(shape) < least_rank:
            shape = self.shape()
        return self.constant(self.random.choice(elements), shape)

    def like(self, value: Tensor) -> Tensor:
        """A value of the same type."""
        fitting = [v for v in self.values if v.type == value.type]
        return (
            self.random.choice(fitting)
            if self.random.random() < 0.7
            else self.constant(value.element, value.shape)
        )

    def bounded(self, value: Tensor) -> Tensor:
        """A float that is small again."""
        if value.element not in FLOATS:
            return value
        bound = BOUNDS[value.element]
        low, high = (
            self.emit(f"stablehlo.constant dense<{sign}{bound}.0> : {{type}}", value.element, ())
            for sign in ("-", "")
        )
        text = f"stablehlo.clamp {low.name}, {value.name}, {high.name}"
        types = f"({low.type}, {value.type}, {high.type}) -> {{type}}"
        return self.emit(f"{text} : {types}", value.element, value.shape)


# -- ops -----------------------------------------------------------------------------------------------


def binary(p: Program) -> None:
    left = p.any()
    names = ["add", "multiply", "maximum", "minimum"]
    names += ["subtract"] * (left.element != "i1")
    names += ["and", "or", "xor"] * (left.element not in FLOATS)
    names += ["shift_left", "shift_right_logical", "shift_right_arithmetic"] * (
        left.element in INTEGERS
    )
    name, right = p.random.choice(names), p.like(left)
    p.bounded(
        p.emit(f"stablehlo.{name} {left.name}, {right.name} : {{type}}", left.element, left.shape)
    )


def division(p: Program) -> None:
    left = p.any(INTEGERS)
    right = p.like(left)
    one = p.emit("stablehlo.constant dense<1> : {type}", left.element, left.shape)
    odd = p.emit(f"stablehlo.or {right.name}, {one.name} : {{type}}", left.element, left.shape)
    name = p.random.choice(("divide", "remainder"))
    p.emit(f"stablehlo.{name} {left.name}, {odd.name} : {{type}}", left.element, left.shape)


def unary(p: Program) -> None:
    value = p.any()
    names = {"i1": ["not"]}.get(value.element, ["negate"])
    names += ["not", "popcnt", "count_leading_zeros"] * (value.element in INTEGERS)
    names += ["abs", "sign"] * (value.element in (*SIGNED, *FLOATS))
    names += ["floor", "ceil", "round_nearest_even", "round_nearest_afz"] * (
        value.element in FLOATS
    )
    p.emit(
        f"stablehlo.{p.random.choice(names)} {value.name} : {{type}}", value.element, value.shape
    )


def compare(p: Program) -> None:
    left = p.any()
    right, how = p.like(left), p.random.choice(("EQ", "NE", "GE", "GT", "LE", "LT"))
    operands = f"{how}, {left.name}, {right.name} : ({left.type}, {right.type}) -> {{type}}"
    p.emit(f"stablehlo.compare {operands}", "i1", left.shape)


def select(p: Program) -> None:
    left = p.any()
    right, shape = p.like(left), p.random.choice((left.shape, ()))
    truth = (
        p.like(Tensor("", "i1", shape))
        if any(v.element == "i1" and v.shape == shape for v in p.values)
        else p.constant("i1", shape)
    )
    operands = f"{truth.name}, {left.name}, {right.name} : {truth.type}, {left.type}"
    p.emit(f"stablehlo.select {operands}", left.element, left.shape)


def convert(p: Program) -> None:
    value = p.any()
    elements = [e for e in TYPES if value.element not in FLOATS or e not in UNSIGNED]
    if value.element in INTEGERS:  # only what a float holds exactly may become one
        elements = [e for e in elements if e not in FLOATS]
    element = p.random.choice(elements)
    text = f"stablehlo.convert {value.name} : ({value.type}) -> {{type}}"
    p.bounded(p.emit(text, element, value.shape))


def reshape(p: Program) -> None:
    value = p.any()
    shape = [*value.shape]
    if len(shape) > 1 and p.random.random() < 0.5:
        at = p.random.randrange(len(shape) - 1)
        shape[at : at + 2] = [shape[at] * shape[at + 1]]
    elif len(shape) < 5:
        shape.insert(p.random.randint(0, len(shape)), 1)
    p.emit(f"stablehlo.reshape {value.name} : ({value.type}) -> {{type}}", value.element, shape)


def transpose(p: Program) -> None:
    value = p.any(least_rank=1)
    dims = p.random.sample(range(len(value.shape)), len(value.shape))
    text = f"stablehlo.transpose {value.name}, dims = {dims} : ({value.type}) -> {{type}}"
    p.emit(text, value.element, [value.shape[d] for d in dims])


def broadcast(p: Program) -> None:
    value = p.any()
    rank = len(value.shape) + p.random.randint(0, 1)
    dims = sorted(p.random.sample(range(rank), len(value.shape)))
    shape = [p.random.randint(1, 3) for _ in range(rank)]
    for d, n in zip(dims, value.shape):
        shape[d] = n if n != 1 or p.random.random() < 0.5 else shape[d]
    if prod(shape) <= 2 * LARGEST:
        text = (
            f"stablehlo.broadcast_in_dim {value.name}, dims = {dims} : ({value.type}) -> {{type}}"
        )
        p.emit(text, value.element, shape)


def slice_(p: Program) -> None:
    value = p.any(least_rank=1)
    ranges, shape = [], []
    for n in value.shape:
        start = p.random.randint(0, n)
        limit, stride = p.random.randint(start, n), p.random.randint(1, 2)
        ranges.append(f"{start}:{limit}:{stride}")
        shape.append(-(-(limit - start) // stride))
    text = f"stablehlo.slice {value.name} [{', '.join(ranges)}] : ({value.type}) -> {{type}}"
    p.emit(text, value.element, shape)


def reverse(p: Program) -> None:
    value = p.any(least_rank=1)
    dims = sorted(p.random.sample(range(len(value.shape)), p.random.randint(1, len(value.shape))))
    p.emit(f"stablehlo.reverse {value.name}, dims = {dims} : {{type}}", value.element, value.shape)


def concatenate(p: Program) -> None:
    value = p.any(least_rank=1)
    other, dim = p.like(value), p.random.randrange(len(value.shape))
    shape = [*value.shape]
    shape[dim] *= 2
    if prod(shape) <= 2 * LARGEST:
        types = f"({value.type}, {other.type}) -> {{type}}"
        text = f"stablehlo.concatenate {value.name}, {other.name}, dim = {dim} : {types}"
        p.emit(text, value.element, shape)


def pad(p: Program) -> None:
    value = p.any(least_rank=1)
    low, high = ([p.random.randint(-1, 2) for _ in value.shape] for _ in range(2))
    inner = [p.random.randint(0, 1) for _ in value.shape]
    shape = [a + n + max(n - 1, 0) * i + b for a, n, i, b in zip(low, value.shape, inner, high)]
    if all(n >= 0 for n in shape) and prod(shape) <= 4 * LARGEST:
        filler = p.constant(value.element, ())
        fields = f"low = {low}, high = {high}, interior = {inner}"
        types = f"({value.type}, {filler.type}) -> {{type}}"
        text = f"stablehlo.pad {value.name}, {filler.name}, {fields} : {types}"
        p.emit(text, value.element, shape)


def reduce(p: Program) -> None:
    value = p.any(least_rank=1)
    count = p.random.randint(1, len(value.shape))
    dims = sorted(p.random.sample(range(len(value.shape)), count))
    names = ["add", "maximum", "minimum"] + ["and", "or", "xor"] * (value.element not in FLOATS)
    init = p.constant(value.element, ())
    shape = [n for d, n in enumerate(value.shape) if d not in dims]
    how = f"applies stablehlo.{p.random.choice(names)} across dimensions = {dims}"
    types = f"({value.type}, {init.type}) -> {{type}}"
    text = f"stablehlo.reduce({value.name} init: {init.name}) {how} : {types}"
    p.bounded(p.emit(text, value.element, shape))


def iota(p: Program) -> None:
    shape = p.shape() or (4,)
    element = p.random.choice((*INTEGERS, "f32"))
    dim = p.random.randrange(len(shape))
    p.emit(f"stablehlo.iota dim = {dim} : {{type}}", element, shape)


def dot(p: Program) -> None:
    left = p.any((*INTEGERS, "f32", "f64"), least_rank=1)
    dim = p.random.randrange(len(left.shape))
    columns = p.random.randint(1, 3)
    right = p.constant(left.element, (left.shape[dim], columns))
    shape = [*(n for d, n in enumerate(left.shape) if d != dim), columns]
    types = f"({left.type}, {right.type}) -> {{type}}"
    text = f"stablehlo.dot_general {left.name}, {right.name}, contracting_dims = [{dim}] x [0]"
    p.bounded(p.emit(f"{text} : {types}", left.element, shape))


def dynamic_slice(p: Program) -> None:
    value = p.any(least_rank=1)
    starts = [p.constant("i32", ()) for _ in value.shape]
    sizes = [p.random.randint(min(n, 1), n) for n in value.shape]
    types = ", ".join([value.type, *(s.type for s in starts)])
    names = ", ".join([value.name, *(s.name for s in starts)])
    text = f"stablehlo.dynamic_slice {names}, sizes = {sizes} : ({types}) -> {{type}}"
    p.emit(text, value.element, sizes)


def dynamic_update_slice(p: Program) -> None:
    value = p.any(least_rank=1)
    starts = [p.constant("i32", ()) for _ in value.shape]
    update = p.constant(value.element, [p.random.randint(min(n, 1), n) for n in value.shape])
    operands = [value, update, *starts]
    types = ", ".join(o.type for o in operands)
    names = ", ".join(o.name for o in operands)
    p.emit(
        f"stablehlo.dynamic_update_slice {names} : ({types}) -> {{type}}",
        value.element,
        value.shape,
    )


OPS: Sequence[Callable[[Program], None]] = (
    *(binary, binary, binary, division, unary, unary, compare, select, convert, reshape, transpose),
    *(broadcast, slice_, reverse, concatenate, pad, reduce, reduce, iota, dot, dynamic_slice),
    dynamic_update_slice,
)


# -- programs ------------------------------------------------------------------------------------------


def body(seed: int) -> tuple[str, list[Tensor]]:
    """The text of a function of a seed, and what it returns."""
    p = Program(seed)
    p.constant(p.random.choice(TYPES), p.shape())
    while len(p.lines) < p.random.randint(8, 36):
        p.random.choice(OPS)(p)
    results = p.values[-5:]
    names, types = ", ".join(v.name for v in results), ", ".join(v.type for v in results)
    text = "\n".join([*p.lines, f"  return {names} : {types}"])
    return f"func.func @seed_{seed}() -> ({types}) {{\n{text}\n}}\n", results


def with_checks(module: ModuleOp) -> None:
    """Lets each function check, instead of return, what the reference computes for it."""
    for function in list(module.ops):
        assert isinstance(function, func.FuncOp)
        results = interpret(module, function.sym_name.data)
        end = function.body.block.last_op
        assert isinstance(end, func.ReturnOp)
        for value, array in zip(list(end.operands), results):
            expected = dense(value.type, array)
            test = check.ExpectEqConstOp.create(operands=[value], properties={"value": expected})
            function.body.block.insert_op_before(test, end)
        end.operands = []
        function.function_type = FunctionType.from_lists([], [])


def dense(type: object, array: Array) -> DenseIntOrFPElementsAttr:
    """An array as a constant."""
    return DenseIntOrFPElementsAttr(type, BytesAttr(to_storage(array)))  # pyright: ignore


def random_text(seeds: Sequence[int]) -> str:
    """A file of programs, one for each seed, that test themselves."""
    module = parse_module("".join(body(seed)[0] for seed in seeds))
    with_checks(module)
    return print_module(module)


def write_random(folder: Path, files: int, first: int) -> Iterator[Path]:
    """Files of random programs, from a first seed on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(files):
        start = first + number * PROGRAMS_IN_FILE
        path = folder / f"seed_{start}.mlir"
        path.write_text(random_text(range(start, start + PROGRAMS_IN_FILE)))
        yield path
