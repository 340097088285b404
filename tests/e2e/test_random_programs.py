"""Random StableHLO programs give what NumPy gives, on every target.

A program is a straight line of ops on small tensors, each reading any values before it. That mixes
what the hand-written programs keep apart: fusion, copies of cheap ops, values read at two indices,
buffers that share the arena.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ireelite

CONFIGURATIONS = [
    pytest.param("llvm-cpu", "local-sync", 40, id="native"),
    pytest.param("vmvx", "local-sync", 40, id="vmvx"),
    pytest.param("vulkan-spirv", "webgpu", 25, id="spirv", marks=pytest.mark.webgpu),
]

UNARY: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "abs": np.abs,
    "floor": np.floor,
    "negate": np.negative,
    "tanh": np.tanh,
}
BINARY: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "add": np.add,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "subtract": np.subtract,
}


@dataclass
class Program:
    """Lines of text, and the value of each name."""

    values: list[tuple[str, np.ndarray]]
    lines: list[str] = field(default_factory=list)

    def emit(self, text: str, value: np.ndarray) -> None:
        """Adds an op; `text` is what follows the `=`."""
        name = f"%v{len(self.values)}"
        self.lines.append(f"  {name} = {text}")
        self.values.append((name, value.astype(np.float32)))


def tensor(value: np.ndarray) -> str:
    return f"tensor<{''.join(f'{d}x' for d in value.shape)}f32>"


@st.composite
def programs(draw: st.DrawFn) -> tuple[str, list[np.ndarray], list[np.ndarray]]:
    """(text, inputs, expected outputs)."""
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    inputs = [rng.uniform(-2, 2, (rows, columns)).astype(np.float32) for _ in range(2)]
    program = Program([(f"%a{n}", value) for n, value in enumerate(inputs)])
    program.lines.append("  %zero = stablehlo.constant dense<0.0> : tensor<f32>")
    for _ in range(draw(st.integers(1, 9))):
        name, value = draw(st.sampled_from(program.values))
        other, second = draw(st.sampled_from(program.values))
        type = tensor(value)
        kinds = ["unary", "reshape"]
        kinds += ["binary"] if value.shape == second.shape else []
        kinds += ["transpose", "reduce", "dot"] if value.ndim == 2 else ["broadcast"]
        match draw(st.sampled_from(kinds)):
            case "unary":
                op = draw(st.sampled_from(sorted(UNARY)))
                program.emit(f"stablehlo.{op} {name} : {type}", UNARY[op](value))
            case "binary":
                op = draw(st.sampled_from(sorted(BINARY)))
                program.emit(f"stablehlo.{op} {name}, {other} : {type}", BINARY[op](value, second))
            case "transpose":
                result = value.T
                signature = f"({type}) -> {tensor(result)}"
                program.emit(f"stablehlo.transpose {name}, dims = [1, 0] : {signature}", result)
            case "reshape":
                result = value.reshape(-1) if value.ndim == 2 else value.reshape(1, -1)
                program.emit(f"stablehlo.reshape {name} : ({type}) -> {tensor(result)}", result)
            case "reduce":
                axis = draw(st.integers(0, 1))
                result = value.sum(axis=axis, dtype=np.float32)
                text = f"stablehlo.reduce({name} init: %zero) applies stablehlo.add across"
                signature = f"({type}, tensor<f32>) -> {tensor(result)}"
                program.emit(f"{text} dimensions = [{axis}] : {signature}", result)
            case "dot":
                result = value @ value.T
                text = f"stablehlo.dot_general {name}, {name}, contracting_dims = [1] x [1]"
                program.emit(f"{text} : ({type}, {type}) -> {tensor(result)}", result)
            case "broadcast":
                result = np.broadcast_to(value, (3, *value.shape))
                text = f"stablehlo.broadcast_in_dim {name}, dims = [1]"
                program.emit(f"{text} : ({type}) -> {tensor(result)}", result)
    outputs = program.values[-draw(st.integers(1, 3)) :]
    arguments = ", ".join(f"%a{n}: {tensor(value)}" for n, value in enumerate(inputs))
    types = ", ".join(tensor(value) for _, value in outputs)
    names = ", ".join(name for name, _ in outputs)
    head = f"func.func @main({arguments}) -> ({types}) {{"
    text = "\n".join([head, *program.lines, f"  return {names} : {types}", "}"])
    return text, inputs, [value for _, value in outputs]


@pytest.mark.parametrize("target,device,examples", CONFIGURATIONS)
def test_random_programs(target: str, device: str, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(programs())
    def check(case: tuple[str, list[np.ndarray], list[np.ndarray]]) -> None:
        text, inputs, expected = case
        module = ireelite.load(ireelite.compile(text, targets=[target]), device=device)
        results = module.main(*inputs)
        results = results if isinstance(results, tuple) else (results,)
        for result, want in zip(results, expected, strict=True):
            assert result.shape == want.shape
            # an op may amplify the rounding of those before it
            np.testing.assert_allclose(
                result, want, rtol=2e-3, atol=1e-3 * (1 + np.abs(want).max())
            )

    check()
