"""Calling a program's functions in the interpreter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xdsl.dialects import func
from xdsl.dialects.builtin import ModuleOp, TensorType

from ireelite.dialects import util
from ireelite.dialects.flow_parameters import NamedParameterAttr
from ireelite.reference.conversions import converted
from ireelite.reference.machine import Frame, Machine, RunOther, Values, run_none
from ireelite.reference.numbers import Array, Value, dtype_of, from_storage
from ireelite.status import StatusCode, StatusError, invalid_argument, near_names, not_found
from ireelite.syntax.errors import place_of
from ireelite.syntax.printer import print_spans


@dataclass(frozen=True)
class Interpretation:
    """What a call computed, and the values on the way."""

    results: tuple[Any, ...]
    values: Mapping[str, Sequence[Sequence[Value]]] = field(default_factory=dict)
    """Identity of an op, as `hlo/12` -> its results, one row for each of the last times it ran; the
    last row is the last time.
    """
    checks: int = 0
    """How many checks of the program ran."""
    failures: tuple[str, ...] = ()
    """The checks that failed: where, and why."""

    def __repr__(self) -> str:
        shown = [
            f"{result.dtype}[{','.join(map(str, result.shape))}]"
            if hasattr(result, "shape")
            else type(result).__name__
            for result in self.results
        ]
        parts = [f"results {', '.join(shown) or 'none'}"]
        parts += [f"values of {len(self.values)} ops"] if self.values else []
        parts += [f"{len(self.failures)} of {self.checks} checks failed"] if self.checks else []
        return f"<Interpretation: {'; '.join(parts)}>"

    def value(self, identity: str) -> Value:
        """Returns the last value of an op's first result. Raises NOT_FOUND for an op that did not
        run.
        """
        if identity not in self.values:
            raise not_found(f"op '{identity}' did not run, or has no result")
        return self.values[identity][-1][0]


def interpret_module(
    module: ModuleOp,
    function: str | None = None,
    arguments: Sequence[Any] = (),
    turns: int | None = None,
    stage: str = "hlo",
    parameters: Mapping[tuple[str, str], bytes] | None = None,
    run_other: RunOther = run_none,
) -> Interpretation:
    """Calls a function of a program; without a name, its only public one.

    `arguments` are arrays, or numbers, of the types that the function takes. With `turns`, the
    values of every op are kept, of the last `turns` times that it ran. `parameters` are the bytes of
    the parameters that globals name, by scope and key; `run_other` computes ops that have no
    reference. Raises NOT_FOUND for a function that does not exist, INVALID_ARGUMENT for arguments of
    other types, UNIMPLEMENTED for an op that nothing computes.
    """
    values = None
    if turns is not None:
        # as compilation records number them: an op that is not printed, as the one of a reduction
        # that `applies` it, has no identity
        identities = {op: f"{stage}/{n}" for n, op in enumerate(print_spans(module).ops)}
        values = Values(turns, identities)
    machine = Machine(module, values, run_other)
    machine.state.update(parameter_values(module, parameters or {}))
    for op in module.ops:
        if isinstance(op, util.InitializerOp):
            Frame(machine).run(op.body)
    called = function_of(module, function)
    results = machine.call(called.sym_name.data, arguments_of(called, arguments))
    kept = {} if values is None else {name: list(rows) for name, rows in values.kept.items()}
    failures = tuple(f"{place_of(op)}{op.name}: {why}" for op, why in machine.failures)
    return Interpretation(tuple(results), kept, machine.checks, failures)


def named_parameters(module: ModuleOp) -> dict[str, NamedParameterAttr]:
    """Returns the parameters that globals are set to, by the global's name."""
    return {
        op.sym_name.data: op.initial_value
        for op in module.ops
        if isinstance(op, util.GlobalOp) and isinstance(op.initial_value, NamedParameterAttr)
    }


def parameter_values(module: ModuleOp, data: Mapping[tuple[str, str], bytes]) -> dict[str, Value]:
    """Returns the values of globals whose parameters' bytes are given."""
    values: dict[str, Value] = {}
    for name, named in named_parameters(module).items():
        if (held := data.get((named.scope.data, named.key.data))) is not None:
            assert isinstance(named.type, TensorType)
            try:
                values[name] = from_storage(held, dtype_of(named.type), named.type.get_shape())
            except ValueError as error:
                raise StatusError(
                    StatusCode.OUT_OF_RANGE,
                    f"parameter `{named.key.data}` has {len(held)} bytes, too few for a "
                    f"{named.type}",
                ) from error
    return values


def interpret(module: ModuleOp, function: str | None, *arguments: Any) -> tuple[Any, ...]:
    """Returns the results of a function."""
    return interpret_module(module, function, arguments).results


def public_functions(module: ModuleOp) -> dict[str, func.FuncOp]:
    """Returns the functions that other modules may call."""
    return {
        op.sym_name.data: op
        for op in module.ops
        if isinstance(op, func.FuncOp)
        and not op.is_declaration
        and (op.sym_visibility is None or op.sym_visibility.data == "public")
    }


def function_of(module: ModuleOp, name: str | None) -> func.FuncOp:
    """Returns the function of a name; without one, the only public function.

    Raises NOT_FOUND with the near names, and INVALID_ARGUMENT if there are none or several.
    """
    functions = {op.sym_name.data: op for op in module.ops if isinstance(op, func.FuncOp)}
    if name is not None:
        if name not in functions:
            raise not_found(f"no function '{name}'{near_names(name, list(functions))}")
        return functions[name]
    public = public_functions(module)
    if len(public) != 1:
        raise invalid_argument(
            f"the program has {len(public)} public functions; name one: {', '.join(public)}"
        )
    return next(iter(public.values()))


def arguments_of(function: func.FuncOp, arguments: Sequence[Any]) -> list[Array]:
    """Arguments as arrays of the parameters' types. Raises INVALID_ARGUMENT."""
    types = function.function_type.inputs.data
    if len(types) != len(arguments):
        raise invalid_argument(
            f"input list and function mismatch; expected {len(types)} arguments but passed "
            f"{len(arguments)}"
        )
    return [
        typed(argument, type, number)
        for number, (argument, type) in enumerate(zip(arguments, types))
    ]


def typed(argument: Any, type: Any, number: int) -> Array:
    """Returns an argument as an array. Raises INVALID_ARGUMENT for an array of another type."""
    array, dtype = np.asarray(argument), dtype_of(type)
    if array.dtype != dtype:
        if isinstance(argument, np.ndarray | np.generic) and array.dtype.itemsize != dtype.itemsize:
            raise invalid_argument(
                f"input{number} is an array of {array.dtype}; {type} is expected"
            )
        array = (
            converted(array, dtype) if not isinstance(argument, np.ndarray) else array.view(dtype)
        )
    return array
