"""Large arrays that inner functions of a JAX program close over.

JAX lowers them to decimal or hexadecimal text inside of each function. `inner_constants` finds them
in a jaxpr, and `evaluate` runs the jaxpr with others in their place: with tracers, so that they
become arguments of the program that is lowered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

MIN_BLOB_BYTES = 1 << 16
"""Bytes of the smallest array that is not lowered as text."""

Replaced = Mapping[int, Any]
"""`id` of an array -> what is read instead."""


def inner_constants(jaxpr: Any) -> list[Any]:
    """Returns every large array that a jaxpr's inner functions close over, once."""
    found: dict[int, Any] = {}
    for array in _arrays(jaxpr):
        if getattr(array, "nbytes", 0) >= MIN_BLOB_BYTES:
            found[id(array)] = array
    return list(found.values())


def _arrays(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield from _arrays_of(equation)


def _arrays_of(equation: Any) -> Iterator[Any]:
    for inner in _functions(equation):
        yield from getattr(inner, "consts", ())
        yield from _arrays(getattr(inner, "jaxpr", inner))


def _functions(equation: Any) -> Iterator[Any]:
    """Yields the jaxprs among an equation's parameters, closed or not."""
    for value in equation.params.values():
        for item in value if isinstance(value, tuple | list) else (value,):
            if hasattr(item, "eqns") or hasattr(item, "jaxpr"):
                yield item


def evaluate(
    jaxpr: Any, constants: Sequence[Any], replaced: Replaced, *arguments: Any
) -> list[Any]:
    """Returns the results of a jaxpr. Functions that have a replaced array inside are called anew,
    by JAX's public functions, so that what they close over is an argument to them; all other
    equations are bound as they are.
    """
    values: dict[Any, Any] = dict(zip(jaxpr.constvars, constants, strict=True))
    values.update(zip(jaxpr.invars, arguments, strict=True))

    def read(variable: Any) -> Any:
        return variable.val if hasattr(variable, "val") else values[variable]

    for equation in jaxpr.eqns:
        results = _results(jaxpr, equation, [read(v) for v in equation.invars], replaced)
        values.update(zip(equation.outvars, results, strict=True))
    return [read(v) for v in jaxpr.outvars]


def _results(
    jaxpr: Any, equation: Any, operands: Sequence[Any], replaced: Replaced
) -> Sequence[Any]:
    """Returns the results of one equation of a jaxpr."""
    call = CALLS.get(equation.primitive.name)
    if call is not None and any(id(array) in replaced for array in _arrays_of(equation)):
        return call(equation.params, operands, replaced)
    known = {
        variable: operand
        for variable, operand in zip(equation.invars, operands, strict=True)
        if not hasattr(variable, "val")
    }
    alone = jaxpr.replace(
        constvars=[],
        invars=list(known),
        outvars=equation.outvars,
        eqns=[equation],
        debug_info=None,
    )
    from_jaxpr = import_module("jax.extend.core")
    return from_jaxpr.jaxpr_as_fun(from_jaxpr.ClosedJaxpr(alone, []))(*known.values())


def _runner(function: Any, replaced: Replaced) -> Callable[..., list[Any]]:
    """Calls a jaxpr with what is read instead of its constants."""
    constants = [replaced.get(id(array), array) for array in getattr(function, "consts", ())]
    jaxpr = getattr(function, "jaxpr", function)
    return lambda *arguments: evaluate(jaxpr, constants, replaced, *arguments)


def _call(parameters: Any, operands: Sequence[Any], replaced: Replaced) -> Sequence[Any]:
    """Returns a function that is called as a function of the lowered program."""
    jax = import_module("jax")
    run = _runner(parameters["jaxpr"], replaced)
    run.__name__ = parameters.get("name", "call")
    return jax.jit(run)(*operands)


def _inlined(parameters: Any, operands: Sequence[Any], replaced: Replaced) -> Sequence[Any]:
    """Returns a function whose body takes the place of the call."""
    function = next(parameters[key] for key in FUNCTION_PARAMETERS if key in parameters)
    return _runner(function, replaced)(*operands)


def _scan(parameters: Any, operands: Sequence[Any], replaced: Replaced) -> Sequence[Any]:
    jax = import_module("jax")
    run = _runner(parameters["jaxpr"], replaced)
    first = parameters["num_consts"]
    last = first + parameters["num_carry"]

    def turn(carried: Sequence[Any], parts: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        results = run(*operands[:first], *carried, *parts)
        return results[: last - first], results[last - first :]

    carried, stacked = jax.lax.scan(
        turn,
        list(operands[first:last]),
        list(operands[last:]),
        parameters["length"],
        reverse=parameters["reverse"],
        unroll=parameters["unroll"],
    )
    return [*carried, *stacked]


def _while(parameters: Any, operands: Sequence[Any], replaced: Replaced) -> Sequence[Any]:
    jax = import_module("jax")
    condition = _runner(parameters["cond_jaxpr"], replaced)
    body = _runner(parameters["body_jaxpr"], replaced)
    first = parameters["cond_nconsts"]
    last = first + parameters["body_nconsts"]
    return jax.lax.while_loop(
        lambda carried: condition(*operands[:first], *carried)[0],
        lambda carried: body(*operands[first:last], *carried),
        list(operands[last:]),
    )


def _branches(parameters: Any, operands: Sequence[Any], replaced: Replaced) -> Sequence[Any]:
    jax = import_module("jax")
    runs = [_runner(branch, replaced) for branch in parameters["branches"]]
    return jax.lax.switch(operands[0], runs, *operands[1:])


FUNCTION_PARAMETERS = ("call_jaxpr", "fun_jaxpr", "jaxpr")
"""What primitives call the parameter that is the function to be called."""

CALLS: Mapping[str, Callable[[Any, Sequence[Any], Replaced], Sequence[Any]]] = {
    **dict.fromkeys(("jit", "pjit"), _call),
    **dict.fromkeys(
        (
            *("closed_call", "core_call", "checkpoint", "remat2"),
            *("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"),
        ),
        _inlined,
    ),
    "scan": _scan,
    "while": _while,
    "cond": _branches,
}
"""Name of a primitive that calls functions -> how it is called anew."""
