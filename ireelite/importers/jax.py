"""Reads JAX functions: JAX traces and lowers them to StableHLO text, which the MLIR importer takes.

Arrays that a function closes over are no part of the text, nor are large ones that functions
inside of it close over. They are lowered as arguments before the function's own, and become
constants of the parsed program, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from xdsl.dialects.builtin import ModuleOp

TREE = "ireelite.tree"
"""The reflection attribute that says how arguments and results nest."""


@dataclass(frozen=True, eq=False)
class JaxFunction:
    """A function that JAX has traced and lowered."""

    name: str
    text: str
    """StableHLO, whose `main` takes the constants and then the arguments."""
    constants: Sequence[Any]
    """Arrays that the function closes over."""
    tree: JaxTree

    def finish(self, module: ModuleOp) -> None:
        """Makes of `main` the function that a user calls: under its own name, with names of
        arguments and results, and with its constants.
        """
        from ireelite.importers.jax_program import bind_constants, describe, rename

        main = bind_constants(module, self.constants)
        describe(main, self.tree.argument_names, self.tree.result_names, {TREE: str(self.tree)})
        rename(module, main, self.name)


@dataclass(frozen=True, eq=False)
class JaxTree:
    """How the arguments and results of a function nest: flat lists become trees and back."""

    name: str
    arguments: Any
    """Tree definition of the positional arguments and the keywords."""
    results: Any
    argument_names: Sequence[str]
    """The path of each array among the arguments: `params.w.0`."""
    result_names: Sequence[str]
    dtypes: Sequence[Any]
    """NumPy's dtype of each array among the arguments."""

    def flatten(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> list[Any]:
        """Returns the arrays of a call in their order. Types of 64 bits that JAX has narrowed are
        narrowed.

        Raises INVALID_ARGUMENT for arguments that nest in another way than those that the function
        was compiled for.
        """
        jax = import_jax()
        leaves, tree = jax.tree_util.tree_flatten((tuple(arguments), dict(keywords)))
        if tree != self.arguments:
            given = _written(jax, tree, ["*"] * tree.num_leaves)
            raise invalid_argument(
                f"expected the arguments {self._call()}, not {given}, * is an array"
            )
        return [_fitted(jax, leaf, dtype) for leaf, dtype in zip(leaves, self.dtypes, strict=True)]

    def unflatten(self, results: Sequence[Any]) -> Any:
        """Returns the results of a call as the function returned them when it was traced."""
        return import_jax().tree_util.tree_unflatten(self.results, results)

    def _call(self) -> str:
        return _written(import_jax(), self.arguments, self.argument_names)

    def __str__(self) -> str:
        """Formats the call: `f({'b': params.b}, x) -> (result.0, result.1)`."""
        jax = import_jax()
        results = [_Name(name) for name in self.result_names]
        return (
            f"{self.name}{self._call()} -> {jax.tree_util.tree_unflatten(self.results, results)!r}"
        )


class _Name(str):
    """A text that is written without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _written(jax: Any, tree: Any, names: Sequence[str]) -> str:
    """Returns a call whose arrays are these names: `({'b': params.b}, x, key=k)`."""
    positional, keywords = jax.tree_util.tree_unflatten(tree, [_Name(name) for name in names])
    named = (f"{key}={value!r}" for key, value in keywords.items())
    return f"({', '.join([*map(repr, positional), *named])})"


def _fitted(jax: Any, leaf: Any, dtype: Any) -> Any:
    """Returns an argument as the program takes it: keys as their numbers, types of 64 bits as JAX
    has them.
    """
    own = getattr(leaf, "dtype", None)
    if own is None:
        return leaf
    if jax.dtypes.issubdtype(own, jax.dtypes.extended):
        return jax.random.key_data(leaf)
    if own != dtype and own.kind == dtype.kind and own.itemsize > dtype.itemsize >= 4:
        return leaf.astype(dtype)
    return leaf


def import_jax() -> Any:
    """Returns the package. Raises UNAVAILABLE if it is not installed."""
    try:
        return import_module("jax")
    except ImportError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE, "compiling a Python function needs JAX: pip install jax"
        ) from error


def _check_arguments(
    function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> None:
    """Raises INVALID_ARGUMENT for examples that a function could not be called with."""
    import inspect

    if not isinstance(arguments, list | tuple):
        raise invalid_argument(
            f"args={type(arguments).__name__}: expected a tuple of example arguments, as args=(x, y), "
            "or args=(x,) for one"
        )
    if not isinstance(keywords, Mapping):
        raise invalid_argument(
            f"kwargs={type(keywords).__name__}: expected a dictionary of example arguments by name"
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # no function of Python's
        return
    try:
        signature.bind(*arguments, **keywords)
    except TypeError as error:
        raise invalid_argument(
            f"'{function_name(function)}{signature}' is compiled for example arguments, "
            f"args=(...) and kwargs={{...}}: {error}"
        ) from error


def trace(
    function: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> JaxFunction:
    """Returns a function, lowered for arguments of these shapes and types, each of which it keeps.

    Leaves of the trees of arguments are arrays, `jax.ShapeDtypeStruct` and Python numbers. Static
    arguments are those that the function declares as such, if `jax.jit` made it; they are not
    arguments of the program. Raises UNAVAILABLE if JAX is not installed or too old, INVALID_ARGUMENT for
    arguments that JAX does not take, and what the function itself raises.
    """
    from ireelite.importers.jax_constants import evaluate, inner_constants

    jax = import_jax()
    try:
        from_jaxpr = import_module("jax.extend.core")
    except ImportError as error:
        raise StatusError(
            StatusCode.UNAVAILABLE,
            f"compiling a Python function needs a newer JAX than {jax.__version__}; with this one, "
            "compile what it lowers: jax.jit(function).lower(*arguments)",
        ) from error
    _check_arguments(function, arguments, keywords)
    jitted: Any = function if hasattr(function, "trace") else jax.jit(function)
    name = function_name(function)
    try:
        traced = jitted.trace(*arguments, **keywords)
    except TypeError as error:
        if "abstract array" not in str(error):
            raise
        raise invalid_argument(f"JAX can't trace '{name}': {str(error).splitlines()[0]}") from error
    jaxpr = traced.jaxpr
    inner = inner_constants(jaxpr.jaxpr)
    own = len(jaxpr.consts)

    def closed(constants: Sequence[Any], *flat: Any) -> Any:
        if inner:
            replaced = {id(a): c for a, c in zip(inner, constants[own:], strict=True)}
            return evaluate(jaxpr.jaxpr, constants[:own], replaced, *flat)
        again = from_jaxpr.ClosedJaxpr(jaxpr.jaxpr, constants)
        return from_jaxpr.jaxpr_as_fun(again)(*flat)

    closed.__name__ = name
    constants = [*jaxpr.consts, *inner]
    shapes = [jax.ShapeDtypeStruct(jax.numpy.shape(c), c.dtype) for c in constants]
    lowered = jax.jit(closed, keep_unused=True).lower(shapes, *jaxpr.in_avals)
    tree = JaxTree(
        name,
        traced.in_tree,
        jax.tree_util.tree_structure(traced.out_info),
        _argument_names(jax, jaxpr.jaxpr, traced.args_info),
        _names(jax, traced.out_info, "result"),
        [aval.dtype for aval in jaxpr.in_avals],
    )
    return JaxFunction(name, lowered.as_text(debug_info=True), constants, tree)


def function_name(function: Any) -> str:
    """Returns the name of a function's export: its name, `main` for a lambda, the name of what a
    partial call or a callable object is made of.
    """
    while not hasattr(function, "__name__") and hasattr(function, "func"):
        function = function.func
    name = getattr(function, "__name__", type(function).__name__)
    return "main" if name == "<lambda>" else re.sub(r"\W", "_", name)


def _names(jax: Any, tree: Any, prefix: str) -> list[str]:
    """Returns the path of each leaf of a tree, behind a prefix."""
    paths = jax.tree_util.tree_flatten_with_path(tree)[0]
    return [".".join((prefix, *map(_step, path))) for path, _ in paths]


def _step(key: Any) -> str:
    """Returns one key of a path as a part of a name."""
    own = next(
        (
            getattr(key, attribute)
            for attribute in ("key", "idx", "name")
            if hasattr(key, attribute)
        ),
        key,
    )
    return re.sub(r"[^\w$-]", "_", str(own))


def _argument_names(jax: Any, jaxpr: Any, arguments: Any) -> list[str]:
    """Returns the path of each array among the arguments: `params.w.0`. It begins with the
    parameter's name where JAX says it, else with `arg0`.
    """
    positional, keywords = arguments
    roots = [*((f"arg{n}", tree) for n, tree in enumerate(positional)), *keywords.items()]
    paths = [name for root, tree in roots for name in _names(jax, tree, root)]
    known = getattr(getattr(jaxpr, "debug_info", None), "arg_names", None) or [None] * len(paths)
    return [
        path if name is None else re.sub(r"[^\w$-]+", ".", name).strip(".")
        for path, name in zip(paths, known, strict=True)
    ]


def text_of(source: Any) -> str | None:
    """Returns the text of what `jax.jit(f).lower` or `jax.export.export` returned; None for other
    things.
    """
    if hasattr(source, "mlir_module"):
        return source.mlir_module()
    if hasattr(source, "compiler_ir") and hasattr(source, "as_text"):
        return source.as_text(debug_info=True)
    return None
