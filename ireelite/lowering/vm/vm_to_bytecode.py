"""Stage 7 to 8: a `vm.module` becomes plain instructions in registers,
which `bytecode/` writes as bytes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from xdsl.dialects.builtin import DenseArrayBase, FloatAttr, IntegerAttr, IntegerType, StringAttr
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ireelite.bytecode.calling_convention import parse_cconv
from ireelite.bytecode.isa import IMPORT_BIT, MOVE_BIT, OPCODES
from ireelite.bytecode.module_def import (
    Block as CodeBlock,
)
from ireelite.bytecode.module_def import (
    Dependency,
    ExportFunction,
    FunctionDef,
    ImportFunction,
    Instruction,
    ModuleDef,
    Rodata,
    Signature,
)
from ireelite.dialects import vm
from ireelite.dialects.vm.instructions import InstructionOp
from ireelite.lowering.rewriting.locations import SourceMap
from ireelite.lowering.vm.moves import Move, sequentialise
from ireelite.lowering.vm.registers import Allocation, is_ref, width_of
from ireelite.status import StatusCode, StatusError
from ireelite.syntax.errors import place_of

REFERENCES = "vm-release-references"
"""The name that discards and moves of registers carry as their origin: no op asked for them."""

LETTERS = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}

LARGE_CONSTANTS = 1 << 24
"""Bytes of constants whose second copy is worth a collection."""


def vm_to_bytecode(module: vm.ModuleOp, source_map: bool = True) -> ModuleDef:
    """Returns the module as plain data. Each instruction's origin is the op it came from, or the
    name of what invented it; with `source_map`, its location is that op's.
    """
    free_former_stages(module)
    return ModuleEncoder(module, SourceMap() if source_map else None).encode()


def free_former_stages(module: vm.ModuleOp) -> None:
    """Collects the stages that a program has left behind if it has large constants. Ops and blocks
    refer to each other, so that the constants of a former stage would otherwise stay in memory,
    beside those of the module and of the file, until the collector happens to run.
    """
    sizes = (len(op.value.data.data) for op in module.body.block.ops if isinstance(op, vm.RodataOp))
    if sum(sizes) > LARGE_CONSTANTS:
        gc.collect()


class ModuleEncoder:
    """Numbers everything a module names, then encodes its functions."""

    def __init__(self, module: vm.ModuleOp, source_map: SourceMap | None):
        self.source_map = source_map
        ops = list(module.body.block.ops)
        self.name = module.sym_name.data
        self.imports = [op for op in ops if isinstance(op, vm.ImportOp)]
        self.rodata = [op for op in ops if isinstance(op, vm.RodataOp)]
        self.globals = [op for op in ops if isinstance(op, vm.GlobalRefOp)]
        self.numbers, self.global_bytes = pack(
            [op for op in ops if isinstance(op, vm.GlobalNumberOp)]
        )
        self.functions = [op for op in ops if isinstance(op, vm.FuncOp)]
        self.exports = [op for op in ops if isinstance(op, vm.ExportOp)]
        self.types = sorted(self._type_names(), key=lambda n: (n.startswith("!"), n))
        functions = {op.sym_name.data: n for n, op in enumerate(self.functions)}
        self.ordinals = {
            "function": functions,
            "callee": functions
            | {op.sym_name.data: n | IMPORT_BIT for n, op in enumerate(self.imports)},
            "rodata": {op.sym_name.data: n for n, op in enumerate(self.rodata)},
            "global": self.numbers | {op.sym_name.data: n for n, op in enumerate(self.globals)},
        }

    def _type_names(self) -> set[str]:
        """Returns every type that an instruction needs the ordinal of, and those of globals."""
        names = {f"!{op.type.object.data}" for op in self.globals}
        for function in self.functions:
            for op in function.walk():
                if isinstance(op, InstructionOp):
                    names |= {type_name(v.type) for v in (*op.operands, *op.results)}
                    names |= {op.element.data} if isinstance(op.element, StringAttr) else set()
        return names

    def encode(self) -> ModuleDef:
        """Returns the whole module."""
        reflection = {op.function_name.data: op.reflection for op in self.exports}
        locations = self.source_map.table.rows if self.source_map is not None else []
        functions = [
            FunctionEncoder(self, op).encode(reflection.get(op.sym_name.data, {}))
            for op in self.functions
        ]
        return ModuleDef(
            name=self.name,
            types=self.types,
            dependencies=self._dependencies(),
            imports=[
                ImportFunction(
                    op.sym_name.data, Signature(op.cconv.data), op.is_optional is not None
                )
                for op in self.imports
            ],
            exports=[
                ExportFunction(
                    op.function_name.data, self.ordinal("function", op.function_name.data, op)
                )
                for op in self.exports
            ],
            functions=functions,
            rodata=[
                Rodata(
                    op.value.data.data,
                    op.sym_name.data,
                    None if op.mime_type is None else op.mime_type.data,
                )
                for op in self.rodata
            ],
            global_bytes=self.global_bytes,
            global_refs=len(self.globals),
            locations=locations if len(locations) > 1 else [],
        )

    def _dependencies(self) -> list[Dependency]:
        """Returns each module that is imported from, in the highest version an import asks for.

        One of which every import is optional is optional itself.
        """
        versions: dict[str, int] = {}
        required: set[str] = set()
        for op in self.imports:
            module = op.sym_name.data.partition(".")[0]
            wanted = 0 if op.minimum_version is None else op.minimum_version.value.data
            versions[module] = max(wanted, versions.get(module, 0))
            if op.is_optional is None:
                required.add(module)
        return [
            Dependency(name, version, name not in required) for name, version in versions.items()
        ]

    def immediate(self, kind: str, op: Operation, name: str) -> Any:
        """Returns the plain value of an immediate field, which an op's attribute holds."""
        match value := op.attributes[name]:
            case IntegerAttr() | FloatAttr():
                return value.value.data
            case DenseArrayBase():
                sizes = cast("DenseArrayBase[IntegerType]", value).get_values()
                return tuple(size & 0xFFFF for size in sizes)
            case StringAttr() if kind == "s16":
                return value.data
            case StringAttr():
                table = {"fn32": "callee", "ro32": "rodata", "g32": "global"}[kind]
                return self.ordinal(table, value.data, op)
            case _:
                raise StatusError(StatusCode.INTERNAL, f"immediate {value} has no encoding")

    def ordinal(self, table: str, name: str, op: Operation) -> int:
        """Returns the ordinal of the symbol that an op names; for a numeric global, its offset.
        Raises NOT_FOUND.
        """
        if name not in self.ordinals[table]:
            kind = "function" if table == "callee" else table
            raise StatusError(
                StatusCode.NOT_FOUND,
                f"{place_of(op)}vm.module @{self.name} has no {kind} named '{name}'",
            )
        return self.ordinals[table][name]


def pack(numbers: list[vm.GlobalNumberOp]) -> tuple[dict[str, int], int]:
    """Returns the byte offset of each number global, the wide ones first, and their bytes together."""
    widths = {op.sym_name.data: 8 if op.name.endswith("64") else 4 for op in numbers}
    offsets: dict[str, int] = {}
    size = 0
    for name in sorted(widths, key=lambda name: -widths[name]):
        offsets[name] = size
        size += widths[name]
    return offsets, size


@lru_cache(256)
def type_name(type: Attribute) -> str:
    """Returns a type as the module's type table names it."""
    return f"!{type.object.data}" if isinstance(type, vm.RefType) else str(type)


def cconv_of(inputs: Iterable[Attribute], outputs: Iterable[Attribute]) -> str:
    """Returns the calling convention of a function with these types."""

    def letters(types: Iterable[Attribute]) -> str:
        return "".join("r" if isinstance(t, vm.RefType) else LETTERS[str(t)] for t in types) or "v"

    return f"0{letters(inputs)}_{letters(outputs)}"


class FunctionEncoder:
    """One function: its registers and its instructions."""

    def __init__(self, module: ModuleEncoder, function: vm.FuncOp):
        self.module = module
        self.function = function
        self.registers = Allocation(function)
        self.blocks = {block: n for n, block in enumerate(function.body.blocks)}
        self.predecessors: dict[Block, list[Block]] = {}
        for block in function.body.blocks:
            for successor in dict.fromkeys(block.last_op.successors if block.last_op else ()):
                self.predecessors.setdefault(successor, []).append(block)

    def encode(self, reflection: dict[str, str]) -> FunctionDef:
        """Returns the function as plain data."""
        type = self.function.function_type
        cconv = cconv_of(type.inputs.data, type.outputs.data)
        parse_cconv(cconv)
        blocks = [CodeBlock(self._block(block)) for block in self.function.body.blocks]
        function = FunctionDef(Signature(cconv, reflection), blocks)
        if self.module.source_map is not None:
            function.name = self.function.sym_name.data
        return function

    def _location(self, op: Operation) -> int | None:
        """Returns the row of an op's location in the source map, if it has one and there is one."""
        return (self.module.source_map and self.module.source_map.row(op.location)) or None

    def _block(self, block: Block) -> list[Instruction]:
        code: list[Instruction] = []
        located = 0
        remaining = self.registers.uses_left(block)
        if dropped := self._dropped_on_entry(block):
            code.append(discard(dropped))
        if dead := [
            self.registers.raw(a) for a in block.args if is_ref(a) and not remaining.get(a)
        ]:
            code.append(discard(dead))
        for op in block.ops:
            assert isinstance(op, InstructionOp)
            for operand in op.operands:
                remaining[operand] -= 1
            last = {v for v in op.operands if is_ref(v) and remaining[v] == 0}
            instruction, moved = self._instruction(op, last)
            stays = last - moved
            kept = [self.registers.raw(v) for v in dict.fromkeys(op.operands) if v in stays]
            code.append(instruction)
            if not op.opcode.terminator:
                dead = [
                    self.registers.raw(r) for r in op.results if is_ref(r) and not remaining.get(r)
                ]
                if kept + dead:
                    code.append(discard(kept + dead))
            if (location := self._location(op)) is not None:
                code[located:] = [row._replace(location=location) for row in code[located:]]
            located = len(code)
        return code

    def _dropped_on_entry(self, block: Block) -> list[int]:
        """Returns the registers of references that are alive at the end of a predecessor, for the
        sake of another successor, and are not used from here on.
        """
        live = self.registers.live
        arguments = {self.registers.raw(a) for a in block.args}
        dropped: dict[int, None] = {}
        for before in self.predecessors.get(block, ()):
            passed = leaving_operands(before, block)
            gone = (value for value in passed if not live.is_needed_at_start(block, value))
            for value in (*live.dropped(before, block), *gone):
                if is_ref(value) and (raw := self.registers.raw(value)) not in arguments:
                    dropped[raw] = None
        return sorted(dropped)

    def _instruction(
        self, op: InstructionOp, last: set[SSAValue]
    ) -> tuple[Instruction, set[SSAValue]]:
        """Returns the instruction, and those of the references used for the last time that it
        moves.
        """
        own, passed = op.split_operands()
        operands, successors, results = iter(own), iter(op.successors), iter(op.results)
        waits = ">L" in op.opcode.fields and "pc" in op.opcode.fields
        arguments = iter(passed)
        fields: list[Any] = []
        moved: set[SSAValue] = set()
        movable = iter(self._moving(movable_operands(op, own), set() if waits else last, moved))
        for kind in op.opcode.fields:
            if kind in ("i", "q", "f", "d", "r"):
                fields.append(self.registers.raw(next(operands)))
            elif kind == "r'":
                next(operands)
                fields.append(next(movable))
            elif kind == "L":
                fields.append(tuple(movable))
            elif kind in (">L",):
                values = list(op.results) or list(op.successors[0].args if op.successors else ())
                fields.append(tuple(self.registers.raw(v) for v in values))
            elif kind[0] == ">":
                fields.append(self.registers.raw(next(results)))
            elif kind == "pc":
                fields.append(self.blocks[target := next(successors)])
            elif kind == "M":
                fields.append(self._moves(next(arguments), target, last, moved))  # pyright: ignore
            elif kind == "ty32":
                fields.append(self.module.types.index(self._type(op)))
            else:
                name = dict(op.immediates)[kind]
                fields.append(self.module.immediate(kind, op, name))
        return Instruction(op.opcode, tuple(fields), op), moved

    def _type(self, op: InstructionOp) -> str:
        """Returns the type that an instruction names: that of a new list's elements, its reference
        result's, or that of the reference it stores.
        """
        if isinstance(op.element, StringAttr):
            return op.element.data
        values = [v for v in (*op.results, *reversed(op.operands)) if is_ref(v)]
        return type_name(values[0].type)

    def _moving(
        self, values: list[SSAValue], last: set[SSAValue], moved: set[SSAValue]
    ) -> list[int]:
        """Returns raw registers; the last occurrence of a reference that is used for the last time
        is moved.
        """
        raws: list[int] = []
        for value in reversed(values):
            raw = self.registers.raw(value)
            if value in last and value not in moved:
                moved.add(value)
                raw |= MOVE_BIT
            raws.append(raw)
        return raws[::-1]

    def _moves(
        self, values: list[SSAValue], target: Block, last: set[SSAValue], moved: set[SSAValue]
    ) -> tuple[tuple[int, int], ...]:
        """Moves into a block's arguments, in an order in which no move overwrites a register that a
        later one reads.
        """
        moves: list[Move] = []
        staying: set[int] = set()
        for value, argument in zip(values, target.args, strict=True):
            source, place = self.registers.raw(value), self.registers.raw(argument)
            if source == place:
                staying.add(source)
            else:
                moves.append((source, place, width_of(value)))
        dying = set(values) & last
        moved |= dying
        emptied = {self.registers.raw(v) for v in dying} - staying
        emptied.add(self.registers.scratch(ref=True))
        return tuple(self._with_move_bits(sequentialise(moves, self.registers), emptied))

    @staticmethod
    def _with_move_bits(pairs: list[tuple[int, int]], dying: set[int]) -> list[tuple[int, int]]:
        """Sets the move bit on the last read of each reference that dies on this edge."""
        result: list[tuple[int, int]] = []
        for source, target in reversed(pairs):
            if source in dying:
                dying = dying - {source}
                source |= MOVE_BIT
            result.append((source, target))
        return result[::-1]


def movable_operands(op: InstructionOp, own: list[SSAValue]) -> list[SSAValue]:
    """Returns the operands that an instruction may take out of their registers, in encoded order."""
    kinds = [kind for kind in op.opcode.fields if kind in ("i", "q", "f", "d", "r", "r'")]
    single = [value for kind, value in zip(kinds, own, strict=False) if kind == "r'"]
    return single + (own[len(kinds) :] if "L" in op.opcode.fields else [])


def leaving_operands(block: Block, target: Block) -> set[SSAValue]:
    """Operands of a block's last instruction that are still in their registers when `target` is
    entered.

    Those of a call that may yield, since it reads them again when it resumes; and what a branch
    passes to another successor only.
    """
    last = block.last_op
    assert isinstance(last, InstructionOp)
    _, passed = last.split_operands()
    return set(last.operands) - {
        value
        for successor, values in zip(last.successors, passed, strict=False)
        if successor is target
        for value in values
    }


def discard(registers: list[int]) -> Instruction:
    """Returns an instruction that releases references."""
    return Instruction(OPCODES["discard.refs"], (tuple(registers),), REFERENCES)
