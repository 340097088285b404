"""Large arrays that inner functions close over are found, and others are read in their place."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ireelite.importers.jax_constants import MIN_BLOB_BYTES, evaluate, inner_constants

WEIGHTS = np.ones(MIN_BLOB_BYTES // 4, np.float32)
SMALL = np.ones(4, np.float32)


@dataclass(eq=False)
class Jaxpr:
    """What this module reads of JAX's."""

    invars: list[Any]
    eqns: list[Any]
    outvars: list[Any]
    constvars: list[Any] = field(default_factory=list)
    debug_info: Any = None

    def replace(self, **changes: Any) -> Jaxpr:
        return replace(self, **changes)


@dataclass(eq=False)
class Closed:
    jaxpr: Jaxpr
    consts: list[Any]


class Variable:
    pass


def equation(name: str, /, invars: list[Any], outvars: list[Any], **params: Any) -> Any:
    return SimpleNamespace(
        primitive=SimpleNamespace(name=name), invars=invars, outvars=outvars, params=params
    )


def closing_over(array: np.ndarray, primitive: str = "add") -> Closed:
    """A function of one argument and an array that it closes over."""
    x, y, c = Variable(), Variable(), Variable()
    return Closed(Jaxpr([x], [equation(primitive, [x, c], [y])], [y], [c]), [array])


def calling(primitive: str, /, operands: int = 1, **params: Any) -> Jaxpr:
    """A function that makes one equation with its arguments."""
    arguments, result = [Variable() for _ in range(operands)], Variable()
    return Jaxpr(arguments, [equation(primitive, arguments, [result], **params)], [result])


def run_alone(closed: Closed) -> Any:
    """Evaluates a jaxpr of one equation, of which every primitive is NumPy's function."""
    (only,) = closed.jaxpr.eqns

    def call(*arguments: Any) -> list[Any]:
        values = dict(zip(closed.jaxpr.invars, arguments, strict=True))
        operands = [v.val if hasattr(v, "val") else values[v] for v in only.invars]
        return [getattr(np, only.primitive.name)(*operands)]

    return call


def scan(turn: Any, carried: Any, parts: Any, length: int, reverse: bool, unroll: int) -> Any:
    stacked: list[Any] = []
    for n in range(length):
        carried, made = turn(carried, [part[n] for part in parts])
        stacked.append(made)
    return carried, [np.stack(rows) for rows in zip(*stacked, strict=True)]


def while_loop(condition: Any, body: Any, carried: Any) -> Any:
    while condition(carried):
        carried = body(carried)
    return carried


@pytest.fixture(autouse=True)
def jax(monkeypatch: pytest.MonkeyPatch) -> None:
    jax, core = ModuleType("jax"), ModuleType("jax.extend.core")
    lax = SimpleNamespace(
        scan=scan, while_loop=while_loop, switch=lambda n, runs, *operands: runs[n](*operands)
    )
    vars(jax).update(jit=lambda function: function, lax=lax)
    vars(core).update(ClosedJaxpr=Closed, jaxpr_as_fun=run_alone)
    monkeypatch.setitem(sys.modules, "jax", jax)
    monkeypatch.setitem(sys.modules, "jax.extend.core", core)


def test_large_arrays_of_inner_functions_are_found_once():
    inner = closing_over(WEIGHTS)
    outer = calling("jit", jaxpr=inner, name="f")
    both = Jaxpr([], [*outer.eqns, *calling("jit", jaxpr=Closed(outer, [SMALL])).eqns], [])
    assert [id(array) for array in inner_constants(both)] == [id(WEIGHTS)]
    assert inner_constants(calling("jit", jaxpr=closing_over(SMALL))) == []


@pytest.mark.parametrize(
    ("outer", "arguments", "expected"),
    [
        (calling("jit", jaxpr=closing_over(WEIGHTS), name="f"), [2.0], 9.0),
        (calling("custom_jvp_call", call_jaxpr=closing_over(WEIGHTS)), [2.0], 9.0),
        (
            calling(
                "cond",
                operands=2,
                branches=(closing_over(SMALL), closing_over(WEIGHTS, "multiply")),
            ),
            [1, 2.0],
            14.0,
        ),
        (
            calling(
                "while",
                cond_jaxpr=closing_over(np.float32(20), "less"),
                body_jaxpr=closing_over(WEIGHTS),
                cond_nconsts=0,
                body_nconsts=0,
            ),
            [2.0],
            23.0,
        ),
        (
            calling(
                "scan",
                jaxpr=closing_over(WEIGHTS),
                num_consts=0,
                num_carry=1,
                length=3,
                reverse=False,
                unroll=1,
            ),
            [2.0],
            23.0,
        ),
    ],
)
def test_other_arrays_are_read_in_their_place(outer, arguments, expected):
    assert evaluate(outer, [], {id(WEIGHTS): np.float32(7)}, *arguments) == [expected]


def test_other_equations_are_bound_as_they_are():
    x, y, z = Variable(), Variable(), Variable()
    literal = SimpleNamespace(val=np.float32(3))
    steps = [equation("multiply", [x, literal], [y]), equation("add", [y, y], [z])]
    assert evaluate(Jaxpr([x], steps, [z]), [], {}, np.float32(2)) == [12.0]
