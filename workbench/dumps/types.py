"""The types that a line of MLIR tells of the values on it: those of an op's results and of values that
it uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_OPENS, _CLOSES = "<({[", ">)}]"
_OPEN_END = re.compile(r"(?: =)?(?: \{)?$")
_OPERANDS = re.compile(r"(?:%[\w$.\-]+(?:#\d+)?(?:\[[^\[\]]*\])?(?:, )?)+(?=\)? : )")
_OPERAND = re.compile(r"%[\w$.\-]+")
_INDICES = re.compile(r"[\[{]((?:%[\w$.\-]+(?:#\d+)?(?:, )?)+)[\]}]")
_PLACED = re.compile(r"(?:to|on|from)\([^()]*\) ")
_IS_TYPE = re.compile(r"[!%(]|[a-z]+<|(?:index|none|[su]?i\d+|b?f\d+\w*|tf32)$")
_TIED = re.compile(r"%[\w$.\-]+(?:#\d+)? as ")
_SHAPED = re.compile(r"((?:tensor|vector|memref)<(?:\[?[\d?]+\]?x)*)")
_NUMBER = re.compile(r"\bvm\..*\.([if]\d\d)\b")
_COMPARES = re.compile(r"\.[if]?cmp[a-z]?(\.|$)")
_COUNTS = re.compile(
    r"\.(dim|rank|size|workgroup_count_from_\w+)$|^affine\.(apply|min|max)$|^linalg\.index$"
)
"""Names of ops whose results are of type `index`."""
_ELEMENTS = ("tensor.extract", "flow.tensor.load", "memref.load", "affine.load")
_INDEX = re.compile(r"\[(\d+)\]")
_LLVM = ("ptr", "struct", "array", "vec")
"""Types that are printed without their dialect inside of a structure."""
_STORES = ("memref.store", "affine.store")


def result_types(name: str, code: str, count: int) -> list[str]:
    """Returns the types of the `count` results of an op as a line of it tells them, from its name on
    or from the end of its regions on; none if it does not tell them.
    """
    if _COUNTS.search(name):
        return ["index"] * count
    tail = _tail(name, code)
    types = _types(tail)
    if not types:
        if name == "arith.constant" and code.rstrip().endswith((" true", " false")):
            return ["i1"]
        number = _NUMBER.search(name)
        return [number[1]] * count if number else []
    if _COMPARES.search(name) and name.partition(".")[0] != "stablehlo":
        return ["i32" if name.startswith("vm.") else _with_element(types[-1], "i1")] * count
    if name in _ELEMENTS:
        return [_element(types[0])]
    if name == "llvm.extractvalue":
        return [_member(types[0], code)]
    if name == "llvm.getelementptr":
        return types[:1]
    if len(types) == 1:
        return types * count
    return types[-count:] if len(types) >= count else []


def _tail(name: str, code: str) -> str:
    """Returns the types of results on a line, as it says them."""
    code = " " + _OPEN_END.sub("", code.rstrip())
    if name == "hal.tensor.barrier":
        return code.partition("join(")[2].partition(") =>")[0].partition(" : ")[2]
    colon = next(_outside(code, " : "), -1)
    if name == "scf.for" and colon >= 0:
        # What the loop counts in.
        code, colon = code[:colon], -1
    tail = code[colon + 3 :] if colon >= 0 else code
    arrows = list(_outside(tail, " -> "))
    if arrows:
        return tail[arrows[-1] + 4 :]
    for word in (" into ", " to "):
        if colon >= 0 and (places := list(_outside(tail, word))):
            return tail[places[-1] + len(word) :]
    if colon < 0:
        first = next(_outside(tail, " => "), -1)
        return tail[first + 4 :] if first >= 0 else ""
    return tail.partition(" from ")[0]


def _types(tail: str) -> list[str]:
    """Returns the types in a list, without the sizes and attributes behind them."""
    tail = tail.strip()
    if tail.startswith("(") and _past(tail, 0) == len(tail):
        tail = tail[1:-1]
    types = [first_type(part, 0) for part in _split(tail)]
    return types if all(map(_IS_TYPE.match, types)) else []


def used_types(code: str, starts: Sequence[int]) -> list[str]:
    """Returns the types of the values that stand at places of a line; empty where it does not tell."""
    found: dict[int, str] = {}
    for match in _INDICES.finditer(code):
        found |= {match.start(1) + one.start(): "index" for one in _OPERAND.finditer(match[1])}
    for match in _OPERANDS.finditer(code):
        own = [match.start() + place for place in _heads(match[0])]
        tail = code[code.index(" : ", match.end() - 1) + 3 :]
        stores = any(f"{name} " in code for name in _STORES)
        if tail.startswith("("):
            types = _types(tail[: _past(tail, 0)])
        else:
            tail = tail[: next((n for n, _ in _closings(tail)), len(tail))]
            arrow = next(_outside(tail, " -> "), len(tail))
            parts = [*_split(tail[:arrow]), *_split(tail[arrow + 4 :])]
            types = [first_type(part, 0) for part in parts]
            if len(types) > len(own):
                types = types[: len(own)] if arrow < len(tail) else []
            if stores and len(own) == 2 and len(types) == 1:
                types = [_element(types[0]), types[0]]
            elif len(types) == 1:
                types *= len(own)
        if len(types) == len(own):
            found |= dict(zip(own, types, strict=True))
    return [found.get(start, "") for start in starts]


def _heads(operands: str) -> Iterator[int]:
    """Yields the places of the values in a list that stand in no brackets."""
    at = 0
    while at < len(operands):
        if operands[at] == "%":
            yield at
        at = _past(operands, at) if operands[at] in _OPENS else at + 1


def first_type(line: str, start: int) -> str:
    """Returns the type that begins at a place of a line: up to what follows it in a list, or the
    sizes, attributes and words behind it. A value's name stands for its type.
    """
    start += len(line) - start - len(line[start:].lstrip(" "))
    if tied := _TIED.match(line, start):
        start = tied.end()
    if placed := _PLACED.match(line, start):
        start = placed.end()
    at = start
    while at < len(line):
        mark = line[at]
        if mark in "<(" or (mark == "[" and at == start):
            at = _past(line, at)
        elif line.startswith((" -> ", "-> "), at):
            at = line.index("->", at) + 3
        elif line.startswith(" in ", at):
            return first_type(line, at + 4)
        elif mark in _CLOSES or mark in ",{[ =":
            break
        else:
            at += 1
    return line[start:at].strip()


def combined(types: Sequence[str]) -> str:
    """Returns the type of a value, or those of several results in brackets; empty if one of them is
    not known.
    """
    if len(types) < 2:
        return types[0] if types else ""
    return f"({', '.join(types)})" if all(types) else ""


def _element(type: str) -> str:
    """Returns the type of the elements of a shaped type."""
    if (shape := _SHAPED.match(type)) is None:
        return ""
    return next(iter(_split(type[shape.end() : -1])), "")


def _member(type: str, code: str) -> str:
    """Returns the type of the member of a structure that a line names by its index."""
    index = _INDEX.search(code)
    start = type.find("(")
    if index is None or start < 0:
        return ""
    members = _split(type[start + 1 : _past(type, start) - 1])
    member = members[int(index[1])] if int(index[1]) < len(members) else ""
    return f"!llvm.{member}" if member.startswith(_LLVM) else member


def _with_element(type: str, element: str) -> str:
    shape = _SHAPED.match(type)
    return f"{shape[1]}{element}>" if shape else element


def _marks(text: str, at: int = 0) -> Iterator[tuple[int, str]]:
    """Yields (place, character) of a text from a place on, without its strings and arrows."""
    while at < len(text):
        mark = text[at]
        if mark == '"':
            at += 1
            while at < len(text) and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif mark in "-=" and text.startswith(">", at + 1):
            at += 1
        else:
            yield at, mark
        at += 1


def _past(text: str, at: int) -> int:
    """Returns the place behind the bracket that closes the one at a place."""
    depth = 0
    for n, mark in _marks(text, at):
        depth += (mark in _OPENS) - (mark in _CLOSES)
        if not depth:
            return n + 1
    return len(text)


def _closings(text: str) -> Iterator[tuple[int, str]]:
    """Yields the places of brackets that close what a text did not open."""
    depth = 0
    for n, mark in _marks(text):
        depth += (mark in _OPENS) - (mark in _CLOSES)
        if depth < 0:
            yield n, mark


def _outside(text: str, word: str) -> Iterator[int]:
    """Yields the places of a word, which begins with a space, outside of brackets and strings."""
    depth = 0
    for n, mark in _marks(text):
        depth += (mark in _OPENS) - (mark in _CLOSES)
        if mark == " " and not depth and text.startswith(word, n):
            yield n


def _split(text: str) -> list[str]:
    """Returns the parts of a list between commas, or `=>`, outside of brackets."""
    parts: list[str] = []
    depth = start = 0
    for n, mark in _marks(text):
        depth += (mark in _OPENS) - (mark in _CLOSES)
        if depth:
            continue
        if mark == ",":
            parts.append(text[start:n].strip())
            start = n + 1
        elif text.startswith(" => ", n):
            parts.append(text[start:n].strip())
            start = n + 4
    parts.append(text[start:].strip())
    return [part for part in parts if part]
