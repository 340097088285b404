"""Stands in for JAX, which is no dependency of the tests: what `ireelite.importers.jax` uses of it.

Trees are of dictionaries, lists, tuples and None. A function is "traced" by being called with the
arrays of its arguments; what it is lowered to is a text that the test gives.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np


class Tree(NamedTuple):
    """A tree definition: the shape with `*` for its leaves."""

    shape: Any

    @property
    def num_leaves(self) -> int:
        return len(paths(self.shape))


def paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    if tree is None:
        return []
    if isinstance(tree, dict):
        items = [(SimpleNamespace(key=key), tree[key]) for key in sorted(tree)]
    elif isinstance(tree, (list, tuple)):
        items = [(SimpleNamespace(idx=n), value) for n, value in enumerate(tree)]
    else:
        return [(path, tree)]
    return [row for key, value in items for row in paths(value, (*path, key))]


def mapped(tree: Any, leaves: Any) -> Any:
    if tree is None:
        return None
    if isinstance(tree, dict):
        return {key: mapped(tree[key], leaves) for key in sorted(tree)}
    if isinstance(tree, (list, tuple)):
        return type(tree)(mapped(value, leaves) for value in tree)
    return next(leaves)


def flatten(tree: Any) -> tuple[list[Any], Tree]:
    leaves = [leaf for _, leaf in paths(tree)]
    return leaves, Tree(mapped(tree, iter("*" * len(leaves))))


class ClosedJaxpr(NamedTuple):
    jaxpr: Any
    consts: Any


def make_jax(text: str, constants: list[Any]) -> dict[str, ModuleType]:
    """Modules by name. Every function is lowered to `text`, and closes over `constants`."""
    jax, core = ModuleType("jax"), ModuleType("jax.extend.core")

    def trace(function: Any, arguments: Any, keywords: Any) -> Any:
        leaves, tree = flatten((arguments, keywords))
        if any(isinstance(leaf, str) for leaf in leaves):
            raise TypeError("a str can't be an abstract array")
        arrays = [np.asarray(leaf) for leaf in leaves]
        narrow = {"float64": "float32", "int64": "int32"}
        avals = [
            SimpleNamespace(shape=a.shape, dtype=np.dtype(narrow.get(a.dtype.name, a.dtype.name)))
            for a in arrays
        ]
        results = function(*arguments, **keywords)
        return SimpleNamespace(
            jaxpr=SimpleNamespace(jaxpr=SimpleNamespace(eqns=[]), consts=constants, in_avals=avals),
            in_tree=tree,
            args_info=(arguments, keywords),
            out_info=results,
        )

    def jit(function: Any, keep_unused: bool = False) -> Any:
        lowered = SimpleNamespace(as_text=lambda debug_info: text)
        return SimpleNamespace(
            trace=lambda *arguments, **keywords: trace(function, arguments, keywords),
            lower=lambda *shapes: lowered if keep_unused else None,
        )

    vars(jax).update(
        jit=jit,
        numpy=np,
        ShapeDtypeStruct=lambda shape, dtype: SimpleNamespace(shape=shape, dtype=dtype),
        dtypes=SimpleNamespace(issubdtype=lambda dtype, kind: False, extended=None),
        tree_util=SimpleNamespace(
            tree_structure=lambda tree: flatten(tree)[1],
            tree_flatten=flatten,
            tree_unflatten=lambda tree, leaves: mapped(tree.shape, iter(leaves)),
            tree_flatten_with_path=lambda tree: (paths(tree), None),
        ),
    )
    vars(core).update(ClosedJaxpr=ClosedJaxpr, jaxpr_as_fun=lambda jaxpr: None)
    return {"jax": jax, "jax.extend.core": core}
