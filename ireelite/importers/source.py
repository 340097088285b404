"""What a user hands to the compiler: a file, bytes, MLIR text or a JAX function,
and which stage it is in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xdsl.dialects.builtin import ModuleOp

from ireelite.files import code_of, is_file, reason
from ireelite.importers.blobs import lift_blobs
from ireelite.importers.foreign_formats import foreign_format
from ireelite.status import StatusCode, StatusError, invalid_argument

if TYPE_CHECKING:
    from ireelite.importers.argument_shapes import ArgumentShapes
    from ireelite.importers.jax import JaxFunction

MLIR, GRAPHDEF = "MLIR text", "a GraphDef"

ENDINGS: Mapping[str, str] = {
    ".mlir": MLIR,
    ".pb": GRAPHDEF,
    ".pbtxt": GRAPHDEF,
    ".graphdef": GRAPHDEF,
}
"""End of a name -> what is in the file."""

BEGINNINGS: Sequence[tuple[re.Pattern[bytes], str]] = (
    (re.compile(rb'(?:\s++|//[^\n]*+)*+(?:module\b|"[\w.]++"\s*+\(|[a-z_]\w*+\.\w)'), MLIR),
    (re.compile(rb"(?:\s++|//[^\n]*+)*+(?:[#!][\w.]++\s*+=|%[\w$.-]|\{-#|//|func\s++@)"), MLIR),
    (re.compile(rb"(?:\s++|#[^\n]*+)*+[a-z_]\w*+\s*+[:{]"), GRAPHDEF),
    (re.compile(rb"(?!.{0,64}[\x00-\x08\x0e-\x1f\x7f])\s*+\S", re.DOTALL), MLIR),
)
"""How a text begins -> what it is; the first pattern that matches counts. An op in its generic or
its custom form, an alias, a comment, a result or resources begin MLIR; a field begins a message in
text form; other printable text is MLIR that is wrong, and anything else a message in binary form.
"""


@dataclass(frozen=True)
class Source:
    """A program before it is parsed.

    Its kind is, in this order: the `kind` that the caller knows; what its name ends with, of
    `ENDINGS`; how it begins, by `BEGINNINGS`; else a GraphDef.
    """

    data: bytes = field(repr=False)
    name: str
    """What errors call it: a path, `<stdin>` or `<memory>`."""
    export: str
    """What a graph's function is called, since a GraphDef does not say."""
    kind: str | None = None
    """`MLIR` or `GRAPHDEF` if the caller knows it."""
    blobs: tuple[bytes, ...] = field(default=(), repr=False)
    """Long constants, which are no part of `data`: a number is in their place there."""
    jax: JaxFunction | None = field(default=None, repr=False)
    """The JAX function whose text this is."""

    @property
    def is_mlir(self) -> bool:
        """Whether it is read as MLIR text."""
        return (self.kind or self._named or self._begins or GRAPHDEF) == MLIR

    @property
    def _named(self) -> str | None:
        """The kind that the name says."""
        return ENDINGS.get(Path(self.name).suffix)

    @property
    def _begins(self) -> str | None:
        """The kind that the first bytes say."""
        head = self.data[:4096]
        return next((kind for pattern, kind in BEGINNINGS if pattern.match(head)), None)

    def parse(
        self,
        inputs: Sequence[str] | None = None,
        outputs: Sequence[str] | None = None,
        input_shapes: Mapping[str, Any] | None = None,
    ) -> tuple[ModuleOp, str]:
        """Returns the program and its stage. `input_shapes` has the shapes of a graph's feeds by
        their names (`importers/graphdef`), or those of MLIR functions' arguments by the functions'
        (`importers/argument_shapes`). Raises INVALID_ARGUMENT for what is neither MLIR nor a
        GraphDef, or is named as one of them and begins as the other.
        """
        self._refuse_mistakes()
        if self.is_mlir:
            from ireelite.importers.mlir import import_mlir

            if inputs or outputs:
                raise invalid_argument(
                    f"{self.name}: inputs and outputs can be given for a GraphDef only"
                )
            module, stage = import_mlir(self.text, self.name, self.blobs)
            if input_shapes:
                self._give_shapes(module, stage, input_shapes)
            if self.jax is not None:
                self.jax.finish(module)
            return module, stage
        from ireelite.importers.graphdef import import_graphdef

        graph = import_graphdef(self.data, self.export, self.name, inputs, outputs, input_shapes)
        return graph, "tf"

    def _give_shapes(self, module: ModuleOp, stage: str, shapes: ArgumentShapes) -> None:
        """Gives the arguments of functions shapes. Raises INVALID_ARGUMENT for a program whose
        memory is decided by the shapes that it has.
        """
        from ireelite.importers.argument_shapes import give_shapes

        if stage != "hlo":
            raise invalid_argument(
                f"{self.name}: input shapes can be given for a GraphDef or a program of stage 'hlo', "
                f"not of stage '{stage}'"
            )
        with self.excerpts():
            give_shapes(module, shapes, self.name)

    @contextmanager
    def excerpts(self) -> Iterator[None]:
        """Adds the source line and a caret to errors that name a place of this source, and the name
        of the file to those about this graph, while it is compiled.
        """
        from ireelite.syntax.errors import ABOUT_PROGRAMS, excerpts_of

        with excerpts_of(self.data.decode(errors="replace") if self.is_mlir else "", self.name):
            try:
                yield
            except StatusError as error:
                is_placed = error.message.startswith(f"{self.name}:") or error.about_options
                if not self.is_mlir and not is_placed and error.code in ABOUT_PROGRAMS:
                    error.message = f"{self.name}: {error.message}"
                raise

    def without_digits(self) -> Source:
        """Returns the same program with its long constants as bytes."""
        if not self.is_mlir:
            return self
        data, blobs = lift_blobs(self.data)
        return replace(self, data=data, blobs=blobs) if blobs else self

    @property
    def text(self) -> str:
        """MLIR text. Raises INVALID_ARGUMENT for what is none."""
        self._refuse_mistakes()
        if self._is_graph:
            raise invalid_argument(
                f"{self.name} is a GraphDef, and MLIR text is expected; "
                "ireelite-compile --compile-to=tf prints it as such"
            )
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._not_utf8(error) from error

    @property
    def _is_graph(self) -> bool:
        """Whether it is known to be a GraphDef, or can be read as one."""
        if self.is_mlir or (self.kind or self._named or self._begins) == GRAPHDEF:
            return not self.is_mlir
        from ireelite.importers.graphdef_bytes import parse_graphdef

        try:
            parse_graphdef(self.data, self.name)
        except StatusError:
            return False
        return True

    def _not_utf8(self, error: UnicodeDecodeError) -> StatusError:
        from ireelite.syntax.errors import excerpt

        before = self.data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        refusal = invalid_argument(
            f"{self.name}:{line}:{column}: byte 0x{self.data[error.start]:02X} is not UTF-8, as MLIR "
            "text is"
        )
        refusal.excerpt = excerpt(self.data.decode(errors="replace"), line, column)
        return refusal

    def _refuse_mistakes(self) -> None:
        """Raises for a file of another kind than its name says."""
        if (other := foreign_format(self.data)) is not None:
            raise invalid_argument(f"{self.name} is {other[0]}; {other[1]}")
        taken, found = self.kind or self._named, self._begins
        mixed = found is not None and taken is not None and found != taken
        if mixed and (found == GRAPHDEF or BEGINNINGS[0][0].match(self.data[:4096])):
            why = "by the input type" if self.kind else "by its name"
            raise invalid_argument(f"{self.name} is taken for {taken} {why}; it begins as {found}")


def read_source(
    source: str | Path | bytes | Callable[..., Any],
    arguments: Sequence[Any] = (),
    kind: str | None = None,
    keywords: Mapping[str, Any] | None = None,
) -> Source:
    """Reads a path (`-` is standard input), MLIR text, bytes, or a JAX function with example
    arguments; or what JAX made of one. `kind` is `MLIR` or `GRAPHDEF` if it is known, whatever the
    name says.

    Raises NOT_FOUND for a path that does not exist.
    """
    return _read(source, arguments, kind, keywords or {}).without_digits()


def _read(
    source: Any, arguments: Sequence[Any], kind: str | None, keywords: Mapping[str, Any]
) -> Source:
    if not isinstance(source, str | PathLike | bytes):
        return _read_jax(source, arguments, keywords)
    if arguments or keywords:
        raise invalid_argument("example arguments are for a JAX function, not for a text or a file")
    if isinstance(source, bytes):
        return Source(source, "<memory>", "main", kind)
    if isinstance(source, str) and ("\n" in source or "{" in source):  # no path looks like that
        return Source(source.encode(), "<memory>.mlir", "main")
    if source == "-":
        import sys

        return Source(sys.stdin.buffer.read(), "<stdin>", "main", kind)
    if source == "":
        raise invalid_argument("the source is an empty text")
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
        raise StatusError(code_of(error), f"can't read '{path}': {reason(error)}{hint}") from error
    export = re.sub(r"\W", "_", path.name.split(".")[0]) or "main"
    return Source(data, str(path), export, kind)


def _read_jax(source: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Source:
    """Returns a JAX function, or what `jax.jit(f).lower` or `jax.export.export` made of one."""
    from ireelite.importers.jax import text_of, trace

    if (text := text_of(source)) is not None:
        return Source(text.encode(), "<jax program>.mlir", "main")
    if not callable(source):
        raise invalid_argument(
            "expected a path, a text, bytes or a JAX function as the source, not "
            f"{type(source).__name__}"
        )
    function = trace(source, arguments, keywords)
    name = f"<jax function {function.name}>.mlir"
    return Source(function.text.encode(), name, function.name, jax=function)


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
