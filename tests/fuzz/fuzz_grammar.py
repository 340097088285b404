"""Makes modules from nothing: functions, blocks, calls, globals, lists, buffers and imports.

Most are valid; a wild one has operands out of range here and there. Registers have a layout, so that
instructions find what they need often enough to do something:

    i0..i7  small i32     i8..i15  four small i64, or f64     i16..i19  f32
    r0 r1   buffers       r2 r3    lists                      r4 r5      anything
"""

from __future__ import annotations

from random import Random
from typing import Any

from fuzz_mutations import operand

from ireelite.bytecode.build import function, module, ref, row
from ireelite.bytecode.calling_convention import argument_registers, parse_cconv
from ireelite.bytecode.isa import IMPORT_BIT, NOT_A_SPAN, OPCODES, REF_BIT, ROWS
from ireelite.bytecode.locations import FileLineCol, Fused, LocationTable, Name
from ireelite.bytecode.module_def import (
    Block,
    FunctionDef,
    Instruction,
    ModuleDef,
    Signature,
)

INTS, REFS = 20, 6
TYPES = ["i32", "i64", "f32", "f64", "!vm.buffer", "!vm.list<i32>", "!vm.opaque"]
GLOBAL_BYTES, GLOBAL_REFS = 32, 3
CCONVS = ("0v_v", "0i_i", "0iI_I", "0r_r", "0ri_i", "0f_f", "0F_F", "0rr_v", "0_", "0iiiii_iI")
IMPORTS = {
    "host.number": "0i_i",
    "host.pair": "0rI_rI",
    "host.spans": "0iCiD_i",
    "host.tuples": "0CrID_v",
    "other.nothing": "0v_v",
    "other.real": "0fF_f",
}
_TERMINATORS = ("br", "br", "cond_br", "cond_br", "br_table", "return", "return", "fail", "yield")
_TERMINATORS += ("cond_break", "break", "call.yieldable", "call.variadic.yieldable")
_PLAIN = [op for op in ROWS if not op.terminator and op.mnemonic not in ("block", "print", "trace")]
_COMMON = [op for op in _PLAIN if op.prefix is None]
_BUSY = [op for op in _PLAIN if op.mnemonic.split(".")[0] in ("buffer", "list", "global", "call")]


def random_module(random: Random) -> ModuleDef:
    """A module named `g`; about two of three are valid."""
    signatures = [random.choice(CCONVS) for _ in range(random.randrange(1, 5))]
    made = module(
        "g",
        {f"f{n}": function(cconv, []) for n, cconv in enumerate(signatures)},
        imports=dict(random.sample(list(IMPORTS.items()), random.randrange(len(IMPORTS)))),
        rodata=[b"", b"rodata of a module", bytes(range(64))],
        types=TYPES,
        global_bytes=GLOBAL_BYTES,
        global_refs=GLOBAL_REFS,
    )
    for imported in made.imports:
        imported.optional = not random.randrange(6)
    if not random.randrange(4):
        made.exports[0].name = random.choice(("__init", "__deinit"))
        made.functions[0].signature = Signature("0v_v")
    table = LocationTable()
    if random.randrange(2):
        places = [table.add(FileLineCol("a.mlir", n, 1)) for n in range(1, 4)]
        table.add(Fused(tuple(places)))
        table.add(Name("node", places[0]))
        made.locations = table.rows
    wild = random.choice((0.0, 0.0, 0.0, 0.004))
    for ordinal, each in enumerate(made.functions):
        Writer(made, ordinal, wild, random).write(each)
    return made


class Writer:
    """Writes the body of one function."""

    def __init__(self, made: ModuleDef, ordinal: int, wild: float, random: Random):
        self.made = made
        self.ordinal = ordinal
        self.wild = wild
        self.random = random
        self.count = random.randrange(1, 6)
        """Blocks."""

    def write(self, each: FunctionDef) -> None:
        """Fills the function with blocks."""
        each.i32_registers, each.ref_registers = INTS, REFS
        each.blocks = [Block() for _ in range(self.count)]
        blocks = [self._entry(each) if index == 0 else [] for index in range(self.count)]
        for index, rows in enumerate(blocks):
            rows += [self._plain(each) for _ in range(self.random.randrange(9))]
            rows.append(self._terminator(each, index))
        each.blocks = function("0v_v", blocks).blocks
        if self.made.locations:
            for block in each.blocks:
                block.instructions = [
                    one._replace(location=self.random.randrange(len(self.made.locations)))
                    for one in block.instructions
                ]

    def _entry(self, each: FunctionDef) -> list[Instruction]:
        """Small numbers in most registers, buffers and lists in others; arguments are kept."""
        kinds = parse_cconv(each.signature.cconv).argument_kinds()
        taken = set(argument_registers(kinds))
        random = self.random
        rows = [row("const.i32", random.choice((0, 1, 2, 3, 5, -1)), n) for n in range(8)]
        rows += [row("const.i64", random.choice((0, 1, 2, 4, 8, -1)), n) for n in range(8, 16, 2)]
        rows += [row("const.f32", random.choice((0.0, 1.0, -2.5)), n) for n in range(16, INTS)]
        kept = [one for one in rows if one.operands[-1] not in taken]
        kept += [
            row("const.i64", 32, 14),
            row("buffer.alloc", 14, 0, ref(0)),
            row("const.ref.rodata", random.randrange(3), ref(1)),
            row("list.alloc", random.choice((0, 5, 6)), 1, ref(2)),
            row("list.alloc", 6, 2, ref(3)),
            row("list.resize", ref(3), 3),
        ]
        return [one for one in kept if one.operands[-1] not in taken]

    def _plain(self, each: FunctionDef) -> Instruction:
        random = self.random
        for _ in range(20):
            op = random.choice(random.choice((_PLAIN, _COMMON, _COMMON, _BUSY)))
            if (made := self._instruction(each, op.mnemonic)) is not None:
                return made
        return row("const.i32.zero", 0)

    def _instruction(self, each: FunctionDef, mnemonic: str) -> Instruction | None:
        if mnemonic.startswith("call"):
            return self._call(mnemonic)
        op = OPCODES[mnemonic]
        made = Instruction(op, tuple([self._operand(kind, mnemonic) for kind in op.fields]))
        if mnemonic == "import.resolved" and not self.made.imports:
            return None
        for index in range(len(op.fields)):
            if random_chance(self.random, self.wild):
                operands = list(made.operands)
                operands[index] = operand(self.made, each, made, index, self.random)
                made = made._replace(operands=tuple(operands))
        return made

    def _operand(self, kind: str, mnemonic: str) -> Any:
        random = self.random
        result = kind[0] == ">"
        match kind.strip(">'"):
            case "i":
                return random.randrange(8)
            case "q" | "d":
                return random.randrange(8, 16, 2)
            case "f":
                return random.randrange(16, INTS)
            case "r":
                room = mnemonic.partition(".")[0]
                chosen = {"buffer": (0, 0, 1), "list": (2, 3)}.get(room, range(REFS))
                chosen = range(REFS) if result else chosen
                return ref(
                    random.choice(chosen), kind[-1] == "'" and not result and random.random() < 0.1
                )
            case "g32" if mnemonic.endswith("ref"):
                return random.randrange(GLOBAL_REFS)
            case "g32":
                return 8 * random.randrange(GLOBAL_BYTES // 8)
            case "ro32":
                return random.randrange(3)
            case "ty32":
                return random.randrange(0 if mnemonic == "list.alloc" else 4, len(TYPES))
            case "fn32":
                return IMPORT_BIT | random.randrange(max(len(self.made.imports), 1))
            case "imm32" | "imm64":
                return random.choice((0, 1, 3, 16, -1, 1 << 30))
            case "immf32" | "immf64":
                return random.choice((0.0, 1.0, -0.5, 1e10, float("nan")))
            case "pc":
                return self._target()
            case "M":
                return self._moves()
            case "T":
                return tuple((self._target(), self._moves()) for _ in range(random.randrange(4)))
            case "s16":
                return random.choice(("", "it failed"))
            case "L" if mnemonic == "discard.refs":
                return tuple(ref(random.randrange(REFS)) for _ in range(random.randrange(3)))
            case "L":
                letter = OPCODES[mnemonic].fields[-1].strip(">'")
                return tuple(self._operand(letter, mnemonic) for _ in range(random.randrange(4)))
            case _:
                raise AssertionError(kind)

    def _target(self) -> int:
        """Mostly forward, so that most functions end."""
        return self.random.randrange(self.count)

    def _moves(self) -> tuple[tuple[int, int], ...]:
        random = self.random
        moves: list[tuple[int, int]] = []
        for _ in range(random.choice((0, 0, 1, 2, 3))):
            bank = random.choice("iir")
            most, bit = (REFS, REF_BIT) if bank == "r" else (INTS, 0)
            moves.append((bit | random.randrange(most), bit | random.randrange(most)))
        return tuple(moves)

    def _call(self, mnemonic: str) -> Instruction | None:
        """A call of an import or of a function, that fits its convention."""
        random = self.random
        variadic = "variadic" in mnemonic
        choices: list[tuple[int, str]] = [
            (IMPORT_BIT | n, one.signature.cconv) for n, one in enumerate(self.made.imports)
        ]
        choices += [(n, one.signature.cconv) for n, one in enumerate(self.made.functions)]
        fitting = [one for one in choices if parse_cconv(one[1]).variadic == variadic]
        if not fitting:
            return None
        ordinal, cconv = random.choice(fitting)
        convention = parse_cconv(cconv)
        sizes = tuple(
            random.randrange(3) if item[0] == "C" else NOT_A_SPAN for item in convention.arguments
        )
        kinds = convention.argument_kinds(sizes)
        arguments = tuple(self._operand(kind, "") for kind in kinds)
        results = tuple(self._operand(f">{kind}", "") for kind in convention.result_kinds())
        operands: list[Any] = [ordinal, *([sizes] if variadic else []), arguments]
        if "yieldable" in mnemonic:
            operands.append(self._target())
        return row(mnemonic, *operands, results)

    def _terminator(self, each: FunctionDef, index: int) -> Instruction:
        random = self.random
        mnemonic = "return" if index + 1 == self.count else random.choice(_TERMINATORS)
        made = None
        if mnemonic != "return":
            made = self._instruction(each, mnemonic)
        if made is not None:
            return made
        kinds = parse_cconv(each.signature.cconv).result_kinds()
        return row("return", tuple(self._operand(kind, "") for kind in kinds))


def random_chance(random: Random, share: float) -> bool:
    """Whether it happens this time."""
    return share > 0 and random.random() < share
