"""What an exported function takes and gives, as its `iree.abi.declaration` says.

sync func @f(%input0: tensor<4xf32>, %input1: i64) -> (%output0: tensor<?x3xf32>)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ireelite import element_types
from ireelite.element_types import ElementType
from ireelite.light_dataclass import light_dataclass
from ireelite.status import StatusError, invalid_argument

DEVICES = "ireelite.devices"
"""Reflection key of functions whose value lists the kinds of the devices that affinities name, as
`a=local,b=vulkan[1]`; the first entry is the default device."""
DYNAMIC = -1
"""An extent that is known only when the function is called."""

_SCALARS = {
    "i1": "i",
    "i8": "i",
    "i16": "i",
    "i32": "i",
    "i64": "I",
    "index": "I",
    "f32": "f",
    "f64": "F",
}


@light_dataclass(frozen=True)
class Argument:
    """An argument or a result."""

    name: str
    """`input0`, `output0`, or what the source program called it."""
    type: str
    """As declared: `tensor<4xf32>`, `i64`, `!hal.buffer_view`."""
    shape: tuple[int, ...] | None = None
    """Extents of a tensor, -1 where dynamic; None if it is not one."""
    element_type: ElementType | None = None
    """Of a tensor; None if it is not one, or of a type no buffer holds."""
    attributes: str = ""
    """As declared: `{iree.abi.output = 0 : index}`."""

    @property
    def scalar_kind(self) -> str | None:
        """`i`, `I`, `f` or `F` for scalars: the letter of the calling convention."""
        return _SCALARS.get(self.type)

    @property
    def dtype(self) -> str | None:
        """Name of the NumPy dtype of a tensor's elements."""
        return self.element_type.numpy if self.element_type is not None else None

    def __str__(self) -> str:
        return f"{self.name}: {self.type}"


@light_dataclass(frozen=True)
class Signature:
    """A function's name, arguments and results. `str` of it is how one writes it in MLIR."""

    name: str
    arguments: tuple[Argument, ...]
    results: tuple[Argument, ...]
    is_async: bool = False
    declaration: str = ""
    """The text it was read from."""

    def __str__(self) -> str:
        arguments = ", ".join(map(str, self.arguments))
        results = ", ".join(result.type for result in self.results)
        return f"{self.name}({arguments}) -> ({results})"

    def __repr__(self) -> str:
        return f"<Signature {self}>"


class CallTree(Protocol):
    """How a function's arguments and results nest. `str` of it is how one writes a call."""

    def flatten(self, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Sequence[Any]:
        """Returns the function's arguments, in order. Raises INVALID_ARGUMENT if they nest
        otherwise.
        """
        ...

    def unflatten(self, results: Sequence[Any]) -> Any:
        """Returns the function's results as its author nested them."""
        ...


def parse_declaration(text: str) -> Signature:
    """Reads a declaration. Raises INVALID_ARGUMENT if it is none."""
    model, _, rest = text.partition(" func @")
    name = _name(rest)
    if model not in ("sync", "async") or not name:
        raise invalid_argument(f"'{text}' is not a function declaration")
    arguments, end = _group(text, len(text) - len(rest) + len(name))
    arrow = text[end:].lstrip()
    results = ""
    if arrow.startswith("->"):
        rest = arrow[2:].lstrip()
        results = _group(rest, 0)[0] if rest.startswith("(") else rest
    return Signature(
        name[1:-1] if name[0] == name[-1] == '"' else name,
        tuple(_argument(part) for part in _split(arguments)),
        tuple(_argument(part) for part in _split(results)),
        model == "async",
        text,
    )


def _name(text: str) -> str:
    """Returns the name at the begin of a text, which stands as it is, spaces and quotes and all:
    what is before the first bracket if that is one word, else before the first that arguments
    follow. Empty if there is no such bracket.
    """
    word = text[: max(text.find("("), 0)]
    if word and not any(map(str.isspace, word)):
        return word
    ends = [at for at in (text.find("(%", 1), text.find("()", 1)) if at > 0]
    return text[: min(ends, default=0)]


def _tensor(type: str) -> tuple[tuple[int, ...], str] | None:
    """Returns the shape of a tensor's type and what follows it: the element type, and an encoding;
    None for another type. Patterns are not used, as to compile them takes a millisecond.
    """
    rest = type[len("tensor<") : -1]
    if type != f"tensor<{rest}>" or not rest:
        return None
    shape: list[int] = []
    while True:
        size, _, after = rest.partition("x")
        if not after or not (size == "?" or size.isdecimal()):
            return tuple(shape), rest
        shape.append(DYNAMIC if size == "?" else int(size))
        rest = after


def _argument(text: str) -> Argument:
    name, colon, type = text.partition(":")
    if not colon:
        name, type = "", text
    attributes = ""
    if (brace := type.find("{")) >= 0:
        type, attributes = type[:brace], type[brace:]
    type = type.strip()
    shape: tuple[int, ...] | None = None
    element: ElementType | None = None
    if (tensor := _tensor(type)) is not None:
        shape, rest = tensor
        try:
            element = element_types.from_mlir(rest.split(",")[0])
        except StatusError:
            element = None
    return Argument(name.strip().removeprefix("%"), type, shape, element, attributes.strip())


_CLOSING = {"(": ")", "<": ">", "[": "]", "{": "}"}


def _group(text: str, start: int) -> tuple[str, int]:
    """Returns what stands in the bracket that opens at `start`, and where it ends."""
    expected: list[str] = []
    for at in range(start, len(text)):
        character = text[at]
        if character in _CLOSING:
            expected.append(_CLOSING[character])
        elif expected and character == expected[-1] and text[at - 1 : at + 1] != "->":
            expected.pop()
            if not expected:
                return text[start + 1 : at], at + 1
    raise invalid_argument(f"'{text}' is not a function declaration: a bracket is not closed")


def _split(text: str) -> list[str]:
    """Returns the parts between commas that stand in no bracket."""
    parts: list[str] = []
    depth = start = 0
    for at, character in enumerate(text):
        if character in "(<[{":
            depth += 1
        elif character in ")>]}" and text[at - 1 : at + 1] != "->":
            depth -= 1
        elif character == "," and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]
