"""Schedules and rules of fusion change speed, and the rounding of sums that they reorder, only.

Random programs are compiled with random rules and schedules. Where no sum is rounded, which includes
all functions of one element, results have equal bits whatever is fused; where sums are, they agree
with the reference within the tolerance of the element type. `IREELITE_RANDOM_SCHEDULES=1000` tries so
many choices for each target.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

import numpy as np
import pytest

import ireelite
from ireelite.lowering.fusion.rules import RULES
from ireelite.lowering.schedules.tiles import SCHEDULES

CHOICES = int(os.environ.get("IREELITE_RANDOM_SCHEDULES", "1"))
FUNCTIONS = 4
"""Functions of one module: compiling one module is faster than several."""

TARGETS = [
    pytest.param("llvm-cpu", "local-sync", id="native"),
    pytest.param("vmvx", "local-sync", id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", id="spirv", marks=pytest.mark.webgpu),
]
UNARY = ("abs", "exponential", "floor", "logistic", "negate", "tanh")
BINARY = ("add", "maximum", "minimum", "multiply", "subtract")
TOLERANCE = {"f32": 1e-4, "f64": 1e-11}


class Text:
    """A function body as it grows. Values have the shapes (rows, columns), its transpose, (rows) and
    (columns).
    """

    def __init__(self, choose: random.Random, name: str, sums: bool):
        self.choose, self.name, self.sums = choose, name, sums
        self.element = choose.choice(("f32", "f32", "f64"))
        sizes = choose.choice(((3, 5), (17, 33), (64, 20), (70, 48)))
        self.values = [(f"%a{n}", sizes) for n in range(2)]
        self.lines = [f"  %low = stablehlo.constant dense<0.0> : tensor<{self.element}>"]

    def type(self, shape: Sequence[int]) -> str:
        return f"tensor<{''.join(f'{n}x' for n in shape)}{self.element}>"

    def emit(self, text: str, shape: tuple[int, ...]) -> None:
        name = f"%v{len(self.values)}"
        self.lines.append(f"  {name} = {text}")
        self.values.append((name, shape))

    def grow(self) -> None:
        """Adds an op on a value of the last few."""
        name, shape = self.choose.choice(self.values[-4:])
        others = [n for n, s in self.values if s == shape]
        kinds = ["unary", "binary", "binary"]
        kinds += ["transpose", "reduce", "reduce", "reverse"] if len(shape) == 2 else ["broadcast"]
        kinds += ["dot"] if len(shape) == 2 and self.sums else []
        type = self.type(shape)
        match self.choose.choice(kinds):
            case "unary":
                op = self.choose.choice(UNARY)
                bounded = f"%b{len(self.values)}"
                self.lines.append(f"  {bounded} = stablehlo.tanh {name} : {type}")
                self.emit(f"stablehlo.{op} {bounded} : {type}", shape)
            case "binary":
                op, other = self.choose.choice(BINARY), self.choose.choice(others)
                self.emit(f"stablehlo.{op} {name}, {other} : {type}", shape)
            case "transpose":
                made = (shape[1], shape[0])
                text = f"stablehlo.transpose {name}, dims = [1, 0] : ({type}) -> {self.type(made)}"
                self.emit(text, made)
            case "reverse":
                self.emit(f"stablehlo.reverse {name}, dims = [1] : {type}", shape)
            case "broadcast":
                made = (self.choose.choice((4, 20)), *shape)
                at = f"stablehlo.broadcast_in_dim {name}, dims = [1]"
                self.emit(f"{at} : ({type}) -> {self.type(made)}", made)
            case "reduce":
                axis = self.choose.randrange(2)
                op = self.choose.choice(("add", "maximum")) if self.sums else "maximum"
                head = f"stablehlo.reduce({name} init: %low) applies stablehlo.{op}"
                made = (shape[1 - axis],)
                types = f"({type}, {self.type(())}) -> {self.type(made)}"
                self.emit(f"{head} across dimensions = [{axis}] : {types}", made)
            case "dot":
                made = (shape[0], shape[0])
                head = f"stablehlo.dot_general {name}, {name}, contracting_dims = [1] x [1]"
                self.emit(f"{head} : ({type}, {type}) -> {self.type(made)}", made)

    def text(self) -> str:
        """The function, with its last values as results."""
        results = self.values[-3:]
        arguments = ", ".join(f"{name}: {self.type(shape)}" for name, shape in self.values[:2])
        types = ", ".join(self.type(shape) for _, shape in results)
        names = ", ".join(name for name, _ in results)
        head = f"func.func @{self.name}({arguments}) -> ({types}) {{"
        return "\n".join([head, *self.lines, f"  return {names} : {types}", "}"])


def random_module(seed: int) -> tuple[str, dict[str, tuple[bool, list[np.ndarray]]]]:
    """The text of a module, and of each function whether it adds up, and its arguments."""
    choose, texts, functions = random.Random(seed), [], {}
    for number in range(FUNCTIONS):
        sums = number % 2 == 1
        function = Text(choose, f"f{number}", sums)
        for _ in range(choose.randint(4, 12)):
            function.grow()
        texts.append(function.text())
        dtype = {"f32": np.float32, "f64": np.float64}[function.element]
        rng = np.random.default_rng(seed + number)
        shape = function.values[0][1]
        functions[function.name] = (sums, [rng.uniform(-1, 1, shape).astype(dtype) for _ in "ab"])
    return "\n".join(texts), functions


def results_of(module, name: str, arguments: Sequence[np.ndarray]) -> list[np.ndarray]:
    return list(module[name](*arguments))


@pytest.mark.parametrize(("target", "device"), TARGETS)
def test_random_rules_and_schedules_change_no_value(target: str, device: str) -> None:
    first = [param.values[0] for param in TARGETS].index(target) * 1000
    for seed in range(first, first + CHOICES):
        choose = random.Random(1000 + seed)
        text, functions = random_module(seed)
        rules = [rule for rule in RULES if choose.random() < 0.5]
        schedule = choose.choice(SCHEDULES)
        plain = ireelite.compile(text, targets=[target], fusion=[], schedule="plain")
        chosen = ireelite.compile(text, targets=[target], fusion=rules, schedule=schedule)
        default = ireelite.compile(text, targets=[target])
        modules = [ireelite.load(program, device=device) for program in (plain, chosen, default)]
        for name, (sums, arguments) in functions.items():
            expected = plain.interpret(*arguments, function=name)
            found = [results_of(module, name, arguments) for module in modules]
            choice = f"seed {seed}, rules {rules}, schedule {schedule}, function {name}"
            for results in found:
                for result, want in zip(results, expected, strict=True):
                    near = TOLERANCE["f64" if want.dtype == np.float64 else "f32"]
                    scale = 1 + np.abs(want).max()
                    np.testing.assert_allclose(result, want, near, near * scale, err_msg=choice)
            for results in found[1:] if not sums else ():
                for result, want in zip(results, found[0], strict=True):
                    assert result.tobytes() == want.tobytes(), choice
