"""Each of the instruction set's opcodes, on random operands: the translator, the interpreter, both
under limits, and a timeline that has been there and back give the same.
"""

import random

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import NOT_A_SPAN, OPCODES, ROWS
from ireelite.bytecode.module_def import ImportFunction, Signature
from ireelite.status import StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context, Engine
from ireelite.vm.debug.timeline import Timeline
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.ref_names import RefNames
from ireelite.vm.refs import Buffer, List

PROGRAMS = 6
"""Random programs for each opcode."""
MAX_PROGRAMS = 100
"""Programs until one of them must have come to its end."""

REGISTERS = {"i": (0, 1, 2, 3), "q": (4, 6, 8, 10), "f": (12, 13, 14), "d": (16, 18)}
REFS = (0, 1, 2, 3)
TYPES = ["!vm.buffer", "!vm.opaque", "i32", "f64", "!vm.list<i32>"]
CONSTANTS = {
    "i": ("i32", [0, 1, 2, 3, -1, 7, 31, 40, 200, 70_000, (1 << 31) - 1, -(1 << 31)]),
    "q": ("i64", [0, 1, 2, 3, -1, 8, 40, 1 << 33, (1 << 63) - 1, -(1 << 63)]),
    "f": ("f32", [0.0, -0.0, 1.5, -2.5, 0.10000000149011612, 3e9, float("inf"), float("nan")]),
    "d": ("f64", [0.0, -0.0, 1.5, 0.1, -1e100, float("nan")]),
}
SIZES = [-1, 0, 1, 2, 3, 4, 5, 8, 16, 40]
"""Ints for what takes memory, or indexes into little."""
GENEROUS = Limits(max_instructions=1 << 30, deadline=600.0, max_memory=1 << 40)
"""With limits the code is another."""
WIDTHS = {"i32": 4, "i64": 8, "f32": 4, "f64": 8}


class Native:
    @vm_export("sum", "0iCIrD_iI")
    def sum(self, number, pairs):
        return number, sum(value for value, _ in pairs) & 0xFFFF

    @vm_export("swap", "0fF_Ff")
    def swap(self, a, b):
        return b, a


def operand(chance, op, kind):
    """A random operand of a straight-line instruction."""
    letter = kind.strip(">'")
    if letter in REGISTERS:
        return chance.choice(REGISTERS[letter])
    if letter == "r":
        return ref(
            chance.choice(REFS), move="'" in kind and ">" not in kind and chance.random() < 0.3
        )
    match kind:
        case "g32":
            width = WIDTHS.get(op.mnemonic.rpartition(".")[2])
            return chance.randrange(4) if width is None else 4 * chance.randrange(7)
        case "ty32":
            return chance.choice([2, 3, 0, 1] if op.mnemonic == "list.alloc" else [0, 1, 4])
        case "ro32":
            return chance.randrange(2)
        case "fn32":
            return imported(chance.randrange(3))
        case "s16":
            return "seen"
        case "L" if op.mnemonic in ("trace", "print"):
            return (chance.choice(REGISTERS["i"]), ref(chance.choice(REFS)))
        case "L" if op.mnemonic == "discard.refs":
            return (ref(chance.choice(REFS)), ref(chance.choice(REFS)))
        case "L":  # a switch
            result = op.fields[-1][1]
            names = [ref(n) for n in REFS] if result == "r" else REGISTERS[result]
            return tuple(chance.choice(names) for _ in range(3))
        case _:
            return chance.choice(
                CONSTANTS[{"imm32": "i", "imm64": "q", "immf32": "f"}.get(kind, "d")][1]
            )


def straight(chance, mnemonic):
    """The instruction on random registers."""
    op = OPCODES[mnemonic]
    return row(mnemonic, *[operand(chance, op, kind) for kind in op.fields])


END = [row("return", tuple(r for kind in "iqfd" for r in REGISTERS[kind]))]


def control(chance, mnemonic):
    """Blocks, from the second on, that a terminator or a call leads through to block 4."""
    moves = tuple(
        (chance.choice(REGISTERS["i"]), chance.choice(REGISTERS["i"]))
        for _ in range(chance.randrange(3))
    )
    moves += ((ref(chance.choice(REFS), True), ref(chance.choice(REFS))),)
    i = chance.choice(REGISTERS["i"])
    out = [row("br", 4, ())]
    change = [row("add.i32", i, 1, i), row("br", 4, moves)]
    span = (NOT_A_SPAN, 2)
    arguments = (i, 4, ref(0), 6, ref(1))
    match mnemonic:
        case "br" | "yield" | "break":
            return [[row(mnemonic, 2, moves)], change, out]
        case "cond_br":
            return [[row("cond_br", i, 2, moves, 3, ())], change, out]
        case "cond_break":
            return [[row("cond_break", i, 2, moves)], change, out]
        case "br_table":
            return [[row("br_table", i, 3, moves, ((2, ()), (3, ()), (2, moves)))], change, out]
        case "call":
            return [[row("call", 0, (i, 8), (10, 1)), row("br", 2, ())], change, out]
        case "call.yieldable":
            return [[row("call.yieldable", imported(1), (12, 16), 2, (18, 13))], change, out]
        case "call.variadic":
            call = row("call.variadic", imported(0), span, arguments, (1, 8))
            return [[call, row("br", 2, ())], change, out]
        case "call.variadic.yieldable":
            call = row("call.variadic.yieldable", imported(0), span, arguments, 2, (1, 8))
            return [[call], change, out]
        case "fail":
            status = chance.choice([[], [row("const.i32.zero", i)]])
            return [[*status, row("fail", i, "no")], change, out]
        case "return":
            return [END, change, out]
        case _:
            return [[straight(chance, mnemonic), row("br", 2, ())], change, out]


def program(chance, mnemonic):
    """A module whose `f` takes a buffer and a list and runs the opcode on random registers."""
    sized = mnemonic.startswith(("buffer.", "list."))
    entry = [
        row(
            f"const.{CONSTANTS[kind][0]}",
            chance.choice(SIZES if sized and kind in "iq" else CONSTANTS[kind][1]),
            register,
        )
        for kind, registers in REGISTERS.items()
        for register in registers
    ]
    entry += [row("const.ref.rodata", 0, ref(2)), row("global.store.ref", 1, 0, ref(0))]
    body = control(chance, mnemonic)
    callee = [row("mul.i32", 0, 0, 0), row("add.i64", 2, 2, 2), row("return", (2, 0))]
    built = module(
        "m",
        {
            ".callee": function("0iI_Ii", [callee]),
            "f": function("0rr_iiiiIIIIfffFF", [[*entry, row("br", 1, ())], *body, END]),
        },
        types=TYPES,
        imports={"native.sum": "0iCIrD_iI", "native.swap": "0fF_Ff"},
        global_bytes=32,
        global_refs=4,
        rodata=[bytes(range(40)), b"constant"],
    )
    built.imports.append(ImportFunction("native.none", Signature("0v_v"), optional=True))
    return encode_module(built).data


def start(data, engine: Engine = "translate", limits: Limits | None = None):
    modules = [NativeModule("native", state_factory=Native), BytecodeModule.from_bytes(data)]
    context = Context(Instance(), modules, engine=engine, limits=limits)
    return context, [Buffer(bytearray(range(64))), items()]


def items():
    return List("!vm.opaque", [3, 2.5, Buffer(b"xyz"), None, -1])


def seen(context, arguments, outcome):
    """Results or status, and all that is left behind."""
    names = RefNames()
    state = context.states["m"]

    known: set[str] = set()

    def value(each):
        name = names.name(each)
        if name in known or not isinstance(each, (Buffer, List)):
            return name if isinstance(each, (Buffer, List)) else repr(each)
        known.add(name)
        return name, bytes(each.data) if isinstance(each, Buffer) else list(map(value, each.items))

    left = [value(each) for each in (*arguments, *state.refs)]
    return outcome, left, bytes(state.memory.data)


def called(data, engine, limits=None):
    context, arguments = start(data, engine, limits)
    try:
        outcome = repr(context.lookup_function("m.f")(*arguments))
    except StatusError as error:
        outcome = error.code.name
    return seen(context, arguments, outcome)


def travelled(data, chance):
    """On a timeline, and again after going back."""
    context, arguments = start(data)
    timeline = Timeline(context, context.lookup_function("m.f"), arguments)
    while timeline.forward():
        pass
    timeline.seek(chance.randint(0, timeline.recorded))
    timeline.seek(timeline.recorded)
    outcome = (
        repr(timeline.machine.results) if timeline.failure is None else timeline.failure.code.name
    )
    ran = {timeline.instructions[number].row.op.mnemonic for number in timeline.executed}
    if timeline.failed:
        ran.add(timeline.frames[-1].row.op.mnemonic)
    return seen(context, arguments, outcome), ran


RAN: set[str] = set()
RETURNED: set[str] = set()


@pytest.mark.parametrize("mnemonic", [row.mnemonic for row in ROWS if row.mnemonic != "block"])
def test_all_ways_to_run_agree(mnemonic, capsys):
    chance = random.Random(mnemonic)
    returned = False
    for number in range(MAX_PROGRAMS):
        if number >= PROGRAMS and returned:
            break
        data = program(chance, mnemonic)
        expected = called(data, "translate")
        assert called(data, "interpret") == expected
        assert called(data, "translate", GENEROUS) == expected
        assert called(data, "interpret", GENEROUS) == expected
        result, ran = travelled(data, chance)
        assert result == expected
        RAN.update(ran)
        returned |= expected[0][0] == "("
    if returned:
        RETURNED.add(mnemonic)
    assert mnemonic in RAN
    assert returned, "no program with this opcode came to its end"


def test_the_whole_instruction_set_has_run(capsys):
    """`block` is a mark, not an instruction that runs."""
    expected = {row.mnemonic for row in ROWS} - {"block"}
    with capsys.disabled():
        print(f"\n{len(RAN & expected) + 1} of {len(ROWS)} opcodes have run")
    if len(RETURNED) == len(expected):
        assert expected == RAN
