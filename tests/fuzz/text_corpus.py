"""The programs that edits of texts start from: those of this project's tests, and of directories
that the user names.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent

LARGEST_TEXT, LARGEST_GRAPH = 12_000, 60_000
"""Bytes of the largest program that is edited: a case takes a fraction of a second."""

OP_IN_TEXT = re.compile(
    r"\b(?:func\.func|tf\.graph|vm\.module|util\.global|stablehlo\.\w+|arith\.\w+) "
)
SPLIT = re.compile(r"^// -----.*$", re.MULTILINE)
COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
FUNCTION = re.compile(r"^(?:func\.func|tf\.graph)\b.*?^\}\n", re.MULTILINE | re.DOTALL)
ALIAS = re.compile(r"^[#!][\w.]+ = .*\n", re.MULTILINE)

RANDOM_PROGRAMS = range(16)
"""Seeds of the invented programs with control flow."""


@dataclass(frozen=True)
class Program:
    """A program before it is edited."""

    name: str
    data: bytes
    is_graph: bool = False
    """Whether it is a GraphDef, in binary or in text form."""

    @property
    def text(self) -> str:
        """What can be edited by token."""
        return self.data.decode(errors="replace")


def corpus(folders: list[Path], own: bool = True) -> list[Program]:
    """All programs, in an order that depends on their files alone; each text once. Without `own`,
    only those of the directories.
    """
    found: dict[bytes, Program] = {}
    for program in (*(_own() if own else ()), *(p for folder in folders for p in _files(folder))):
        limit = LARGEST_GRAPH if program.is_graph else LARGEST_TEXT
        if program.data.strip() and len(program.data) <= limit:
            found.setdefault(program.data, program)
    return list(found.values())


def _own() -> Iterator[Program]:
    for folder in ("e2e", "lit", "unit", "data", "interop"):
        yield from _files(TESTS / folder)
    for path in sorted(TESTS.rglob("*.py")):
        if path.relative_to(TESTS).parts[0] != "fuzz":
            yield from _quoted(path)
    invented = _module(TESTS / "e2e" / "test_random_control_flow.py")
    for seed in RANDOM_PROGRAMS:
        yield Program(f"invented/{seed}", invented.program(seed)[0].encode())


def _files(folder: Path) -> Iterator[Program]:
    """The programs of a directory's files."""
    for path in sorted(folder.rglob("*.mlir")):
        name = str(path.relative_to(folder.parent))
        yield from texts_of(name, path.read_bytes().decode(errors="replace"))
    for path in sorted(folder.rglob("*.pb")):
        name, data = str(path.relative_to(folder.parent)), path.read_bytes()
        yield Program(name, data, is_graph=True)
        yield Program(f"{name}txt", graph_text(data), is_graph=True)
    for path in sorted(folder.rglob("*.pbtxt")):
        yield Program(str(path.relative_to(folder.parent)), path.read_bytes(), is_graph=True)


def texts_of(name: str, text: str) -> Iterator[Program]:
    """A file's programs: its parts, without comments, and each function of a larger part with the
    aliases of the file.
    """
    for number, part in enumerate(SPLIT.split(text)):
        part = COMMENT.sub("", part)
        yield Program(f"{name}#{number}", part.encode())
        functions = FUNCTION.findall(part)
        aliases = "".join(ALIAS.findall(part))
        for at, function in enumerate(functions if len(functions) > 1 else ()):
            yield Program(f"{name}#{number}.{at}", (aliases + function).encode())


def _quoted(path: Path) -> Iterator[Program]:
    """The programs in the strings of a Python file."""
    for node in ast.walk(ast.parse(path.read_text())):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and "\n" in text and OP_IN_TEXT.search(text):
            name = f"{path.relative_to(TESTS)}:{node.lineno}"  # pyright: ignore
            yield from texts_of(name, text)


def _module(path: Path) -> Any:
    """A module of the tests, by its file."""
    specification = spec_from_file_location(f"fuzzed_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def graph_text(data: bytes) -> bytes:
    """A GraphDef in protobuf's text form."""
    from google.protobuf import text_format
    from tensorboard.compat.proto import graph_pb2

    graph = graph_pb2.GraphDef()  # pyright: ignore
    graph.ParseFromString(data)
    return text_format.MessageToString(graph).encode()


def graph_bytes(text: bytes) -> bytes | None:
    """The binary form of a GraphDef in text form; None for what is none."""
    from google.protobuf import text_format
    from tensorboard.compat.proto import graph_pb2

    graph = graph_pb2.GraphDef()  # pyright: ignore
    try:
        text_format.Parse(text, graph)
    except (text_format.ParseError, UnicodeDecodeError):
        return None
    return graph.SerializeToString()
