"""Inputs of programs: what is drawn, by a seed, and the programs that take it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Draw:
    """One array of random numbers."""

    kind: str
    """`normal`, `uniform`, `integers`, or `positive`: a positive definite matrix."""
    shape: tuple[int, ...]
    dtype: str
    low: float = 0.0
    high: float = 1.0

    def __call__(self, rng: np.random.Generator) -> np.ndarray[Any, Any]:
        """The array. Booleans are integers 0 and 1; complex parts are drawn one after the other."""
        dtype = np.dtype(self.dtype)
        if dtype.kind == "c":
            real = Draw(self.kind, self.shape, "float64", self.low, self.high)
            return np.asarray(real(rng) + 1j * real(rng), dtype)
        if self.kind == "integers":
            return rng.integers(int(self.low), int(self.high), self.shape).astype(dtype)
        if self.kind == "uniform":
            return rng.uniform(self.low, self.high, self.shape).astype(dtype)
        values = rng.standard_normal(self.shape)
        if self.kind == "positive":
            size = self.shape[-1]
            values = values @ np.swapaxes(values, -1, -2) / size + np.eye(size)
        return np.asarray(values, dtype)


def normal(*shape: int, dtype: str = "float32") -> Draw:
    """Numbers of the normal distribution."""
    return Draw("normal", shape, dtype)


def uniform(low: float, high: float, *shape: int, dtype: str = "float32") -> Draw:
    """Numbers from `low` to `high`."""
    return Draw("uniform", shape, dtype, low, high)


def integers(low: int, high: int, *shape: int, dtype: str = "int32") -> Draw:
    """Integers from `low` up to and without `high`."""
    return Draw("integers", shape, dtype, low, high)


def positive(*shape: int, dtype: str = "float32") -> Draw:
    """Positive definite matrices."""
    return Draw("positive", shape, dtype)


def arrays(name: str, draws: Sequence[Mapping[str, Any]]) -> list[np.ndarray[Any, Any]]:
    """The inputs of the program `name`, from its draws as a manifest has them."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return [Draw(**{**draw, "shape": tuple(draw["shape"])})(rng) for draw in draws]


def as_row(draw: Draw) -> dict[str, Any]:
    """A draw as a manifest has it."""
    return {**asdict(draw), "shape": list(draw.shape)}


@dataclass(frozen=True)
class JaxProgram:
    """A function of JAX arrays, and what it is called with."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    """Trees whose leaves are draws."""
    x64: bool
    """Whether types of 64 bits are enabled."""
    locations: bool
    """Whether its text says where in the source each op comes from."""
    rtol: float
    """Largest error allowed, relative to the largest expected element."""


PROGRAMS: dict[str, JaxProgram] = {}
"""All programs by name."""


def program(
    *arguments: Any, x64: bool = False, locations: bool = False, rtol: float = 1e-4
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a function as a program that is called with such arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS[function.__name__] = JaxProgram(function, arguments, x64, locations, rtol)
        return function

    return register
