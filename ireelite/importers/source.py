"""What a user hands to the compiler: a file, bytes, MLIR text or a JAX function,
and which stage it is in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xdsl.dialects.builtin import ModuleOp

from ireelite.files import is_file, reason
from ireelite.status import StatusCode, StatusError, invalid_argument


@dataclass(frozen=True)
class Source:
    """A program before it is parsed."""

    data: bytes = field(repr=False)
    name: str
    """What errors call it: a path, `<stdin>` or `<memory>`."""
    export: str
    """What a graph's function is called, since a GraphDef does not say."""

    @property
    def is_mlir(self) -> bool:
        """Whether it is MLIR text, by its ending or else by its first words."""
        if self.name.endswith(".mlir"):
            return True
        if self.name.endswith((".pb", ".pbtxt", ".graphdef")):
            return False
        head = self.data[:4096]
        return bool(
            re.search(
                rb"^\s*(?://|#\w+\s*=|module\b|builtin\.module|func|vm\.module|tf\.graph)",
                head,
                re.M,
            )
        )

    def parse(
        self,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        input_shapes: Mapping[str, Sequence[int]] | None = None,
    ) -> tuple[ModuleOp, str]:
        """The program and its stage. Raises INVALID_ARGUMENT for what is neither MLIR nor a
        GraphDef.
        """
        if self.is_mlir:
            from ireelite.importers.mlir import import_mlir

            if inputs or outputs or input_shapes:
                raise invalid_argument(
                    f"{self.name}: inputs, outputs and input shapes can be given for a GraphDef "
                    "only"
                )
            return import_mlir(self.data, self.name)
        from ireelite.importers.graphdef import import_graphdef

        graph = import_graphdef(self.data, self.export, self.name, inputs, outputs, input_shapes)
        return graph, "tf"


def read_source(
    source: str | Path | bytes | Callable[..., Any], arguments: Sequence[Any] = ()
) -> Source:
    """Reads a path (`-` is standard input), MLIR text, bytes, or a JAX function with example
    arguments.

    Raises NOT_FOUND for a path that does not exist.
    """
    if callable(source):
        from ireelite.importers.jax import jax_to_mlir

        name = getattr(source, "__name__", "main")
        return Source(jax_to_mlir(source, arguments).encode(), f"<jax function {name}>.mlir", name)
    if isinstance(source, bytes):
        return Source(source, "<memory>", "main")
    if isinstance(source, str) and ("\n" in source or "{" in source):  # no path looks like that
        return Source(source.encode(), "<memory>.mlir", "main")
    if source == "-":
        import sys

        return Source(sys.stdin.buffer.read(), "<stdin>", "main")
    path = Path(source)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise StatusError(StatusCode.NOT_FOUND, f"no file '{path}'{_nearby(path)}") from error
    except (OSError, ValueError) as error:
        hint = ""
        if is_file(path / "saved_model.pb"):
            from ireelite.importers.graphdef_bytes import SAVED_MODEL

            hint = f"; it is {SAVED_MODEL[0]}: {SAVED_MODEL[1]}"
        raise StatusError(
            StatusCode.UNAVAILABLE, f"can't read '{path}': {reason(error)}{hint}"
        ) from error
    return Source(data, str(path), re.sub(r"\W", "_", path.name.split(".")[0]) or "main")


def _nearby(path: Path) -> str:
    """Files of similar names in the same directory."""
    from difflib import get_close_matches

    if not path.parent.is_dir():
        return f": there is no directory '{path.parent}'"
    try:
        near = get_close_matches(path.name, [p.name for p in path.parent.iterdir()], n=3)
    except OSError:  # a directory that can be searched and not listed
        return ""
    return f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
