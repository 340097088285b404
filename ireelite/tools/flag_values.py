"""The values of flags, from their texts."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import Any

from ireelite.status import invalid_argument
from ireelite.whole_numbers import whole_number


def names(text: str | None) -> list[str] | None:
    """Returns a comma-separated list; None stays None."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def input_shapes(texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Parses `x=1,784;y=` into sizes by name; a scalar has none. Raises INVALID_ARGUMENT."""
    shapes: dict[str, tuple[int, ...]] = {}
    for entry in (entry.strip() for text in texts for entry in text.split(";")):
        name, equals, sizes = (part.strip() for part in entry.partition("="))
        parts = [whole_number(part) for part in sizes.split(",")] if sizes else []
        known = [part for part in parts if part is not None]
        if not name or not equals or len(known) < len(parts):
            raise invalid_argument(
                f"--tf-input-shapes={entry}: expected a name and its sizes, as x=1,784"
            )
        if name in shapes:
            raise invalid_argument(f"--tf-input-shapes={entry}: '{name}' has a shape already")
        shapes[name] = tuple(known)
    return shapes


def argument_shapes(texts: Sequence[str]) -> dict[str, list[tuple[int | None, ...] | None]]:
    """Parses `f=8x4,,?x3;g=2` into shapes of arguments by function: an argument without text keeps
    its type, a `?` its size. Raises INVALID_ARGUMENT.
    """
    shapes: dict[str, list[tuple[int | None, ...] | None]] = {}
    for entry in (entry.strip() for text in texts for entry in text.split(";")):
        name, equals, arguments = (part.strip() for part in entry.partition("="))
        if not name or not equals:
            raise invalid_argument(
                f"--input-shapes={entry}: expected a function and its arguments' shapes, as "
                "main=8x4,,?x3"
            )
        if name in shapes:
            raise invalid_argument(f"--input-shapes={entry}: '{name}' has shapes already")
        shapes[name] = [argument_shape(text.strip(), entry) for text in arguments.split(",")]
    return shapes


def argument_shape(text: str, entry: str) -> tuple[int | None, ...] | None:
    """Parses `8x?` into sizes; returns None for no text. Raises INVALID_ARGUMENT, naming the entry
    of the flag.
    """
    parts = text.split("x") if text else []
    if not all(part == "?" or whole_number(part) is not None for part in parts):
        raise invalid_argument(
            f"--input-shapes={entry}: '{text}' is not a shape; expected sizes, as 8x4 or ?x3"
        )
    return tuple(whole_number(part) for part in parts) or None  # None for `?`


def given_shapes(flags: Namespace, is_mlir: bool) -> dict[str, Any]:
    """Returns the shapes that flags give arguments of MLIR functions, or feeds of a graph. Raises
    INVALID_ARGUMENT for the flag of the other kind of program.
    """
    kinds = ("MLIR text", "--input-shapes"), ("a GraphDef", "--tf-input-shapes")
    (kind, flag), (_, other) = kinds if is_mlir else kinds[::-1]
    given = {"--input-shapes": flags.input_shapes, "--tf-input-shapes": flags.tf_input_shapes}
    if given[other]:
        raise invalid_argument(f"{other} is not for {kind}; use {flag}")
    read = argument_shapes if is_mlir else input_shapes
    return dict(read(given[flag]))


def capabilities(text: str | None) -> tuple[str, ...] | None:
    """Parses `spirv:v1.3,cap:Shader,cap:Float64,ext:SPV_X` into the names of the capabilities; all
    others hold for every device that shaders are made for. Raises INVALID_ARGUMENT.
    """
    if text is None:
        return None
    rows = [entry.partition(":") for entry in names(text) or ()]
    for kind, _, name in rows:
        if kind not in ("cap", "ext", "spirv") or not name:
            raise invalid_argument(
                f"--iree-vulkan-target-features={text}: expected capabilities and extensions, as "
                "cap:Shader,cap:Float64,cap:Int64"
            )
    return tuple(name for kind, _, name in rows if kind == "cap")


def workgroup_size(text: str | None) -> tuple[int, int, int] | None:
    """Parses `64` or `8,8,1` into x, y, z. Raises INVALID_ARGUMENT."""
    if text is None:
        return None
    parts = [whole_number(part) or 0 for part in text.split(",")]
    if not 1 <= len(parts) <= 3 or not all(parts):
        raise invalid_argument(f"--workgroup-size={text}: expected one to three positive numbers")
    x, y, z = parts + [1] * (3 - len(parts))
    return x, y, z


def add_fusion_flag(flags: ArgumentParser) -> None:
    """Adds the flag that names rules of fusion to a tool's."""
    # Imported with the first command line, as it imports xDSL.
    from ireelite.lowering.fusion.rules import RULES

    rules = "; ".join(f"{name}: {what}" for name, what in RULES.items())
    flags.add_argument(
        "--fusion",
        metavar="NAMES",
        help=f"the rules by which ops share a dispatch, separated by commas (default: all; none for "
        f"a dispatch each). {rules}",
    )


def fusion_rules(text: str | None) -> frozenset[str]:
    """Returns the rules of fusion that a flag names. Raises NOT_FOUND for an unknown one."""
    from ireelite.lowering.fusion.rules import ALL_RULES, rules_of

    listed = names(text)
    return ALL_RULES if listed is None else rules_of(listed)
