"""Edits of programs op by op, enumerated rather than drawn: see `text_part_edits`.

Where an op has the same parts in two programs, it is edited in the smaller one alone. The text of an
edited program is in generic form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from random import Random

from text_corpus import Program
from text_part_edits import edits_of, pool_of
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.printer import Printer

from ireelite.importers.source import MLIR, Source
from ireelite.status import StatusError


@dataclass(frozen=True)
class Place:
    """An edit of an op of a program."""

    program: Program
    op: int
    """The op's number in pre-order."""
    edit: int
    """The number of the edit among those of the op."""


class Parts:
    """The edits of all ops of a corpus, in an order that depends on the seed."""

    def __init__(self, programs: Sequence[Program], seed: int):
        self.programs = sorted(
            (p for p in programs if not p.is_graph), key=lambda program: len(program.data)
        )
        self.seed = seed
        self._modules: dict[str, ModuleOp] = {}

    @cached_property
    def places(self) -> list[Place]:
        """Every edit."""
        known: set[object] = set()
        ops: list[tuple[Program, int, Operation]] = []
        for program in self.programs:
            try:
                module, _ = Source(program.data, program.name, "main", MLIR).parse()
            except StatusError:
                continue
            self._modules[program.name] = module
            for number, op in enumerate(module.walk()):
                if (kind := kind_of(op)) not in known:
                    known.add(kind)
                    ops.append((program, number, op))
        self.pool = pool_of(self._modules.values())
        found = [
            Place(program, number, edit)
            for program, number, op in ops
            for edit in range(len(list(edits_of(op, self.pool))))
        ]
        Random(self.seed).shuffle(found)
        return found

    def make(self, case: int) -> tuple[str, Program]:
        """The name of an edit, and the program after it. Behind the last the first follows."""
        place = self.places[case % len(self.places)]
        module = self._modules[place.program.name].clone()
        op = next(op for number, op in enumerate(module.walk()) if number == place.op)
        edit = list(edits_of(op, self.pool))[place.edit]
        name = f"{place.program.name}, {op.name}, {' '.join(map(str, edit.what))}"
        edit.make()
        return edit.kind, Program(name, generic(module).encode())


def generic(module: ModuleOp) -> str:
    """The text of a module in generic form."""
    stream = StringIO()
    Printer(stream, print_generic_format=True).print_op(module)
    return stream.getvalue() + "\n"


def kind_of(op: Operation) -> object:
    """What two ops have in common of which one is not edited."""
    around = op.parent_op()
    parts = [
        (name, type(attribute))
        for entries in (op.properties, op.attributes)
        for name, attribute in sorted(entries.items())
    ]
    types = tuple(type(value.type) for value in (*op.operands, *op.results))
    sizes = len(op.operands), len(op.regions), len(op.successors)
    return op.name, around.name if around else "", tuple(parts), types, sizes
