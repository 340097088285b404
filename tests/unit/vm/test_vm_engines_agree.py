"""Random functions with random control flow, on all engines."""

import contextlib
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from ireelite.bytecode.build import function, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import OPCODES
from ireelite.vm import jit
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.module_facts import ModuleFacts
from ireelite.vm.refs import Buffer
from ireelite.vm.semantics import MEANINGS
from ireelite.vm.translator import translate

REGISTERS = {"i": (0, 1, 2, 3), "q": (4, 6, 8, 10), "f": (12, 13, 14), "d": (16, 18)}
FUEL, ONE = 20, 21
KINDS = set(REGISTERS) | {f">{kind}" for kind in REGISTERS}
COMPUTING = [name for name in MEANINGS if KINDS.issuperset(OPCODES[name].fields)]
COMMON = [
    name
    for name in COMPUTING
    if name.split(".")[0] in ("add", "sub", "mul", "fma", "cmp", "and", "shl", "shr", "rem")
]
CONSTANTS = {
    "i": ("i32", [0, 1, -1, 7, 64, 255, (1 << 31) - 1, -(1 << 31)]),
    "q": ("i64", [0, 1, -1, 3, 64, 1 << 33, (1 << 63) - 1, -(1 << 63)]),
    "f": ("f32", [0.0, -0.0, 1.5, 0.10000000149011612, -3.0, 1e10]),
    "d": ("f64", [0.0, 1.5, 0.1, -1e100]),
}


@st.composite
def instructions(draw):
    """One instruction on the fixed registers."""
    choice = draw(st.integers(0, 9))
    if choice == 0:
        kind = draw(st.sampled_from("iqfd"))
        name, values = CONSTANTS[kind]
        return row(
            f"const.{name}", draw(st.sampled_from(values)), draw(st.sampled_from(REGISTERS[kind]))
        )
    if choice == 1:
        view, kind = draw(
            st.sampled_from([("i32", "i"), ("i64", "q"), ("f32", "f"), ("i8.u", "i")])
        )
        target = draw(st.sampled_from(REGISTERS[kind]))
        return row(f"buffer.load.{view}", ref(0), draw(st.sampled_from(REGISTERS["q"])), target)
    if choice == 2:
        view, kind = draw(
            st.sampled_from([("i32", "i"), ("i64", "q"), ("f32", "f"), ("i8", "i"), ("i16", "i")])
        )
        source = draw(st.sampled_from(REGISTERS[kind]))
        return row(f"buffer.store.{view}", ref(0), draw(st.sampled_from(REGISTERS["q"])), source)
    name = draw(st.sampled_from(COMMON if choice < 8 else COMPUTING))
    return row(
        name,
        *[draw(st.sampled_from(REGISTERS[field.strip(">")])) for field in OPCODES[name].fields],
    )


@st.composite
def moves(draw):
    """Moves between registers of a kind, 64-bit ones in two halves."""
    made = []
    for kind in draw(st.lists(st.sampled_from("iqfd"), max_size=3)):
        source, target = (
            draw(st.sampled_from(REGISTERS[kind])),
            draw(st.sampled_from(REGISTERS[kind])),
        )
        made += [(source + half, target + half) for half in range(2 if kind in "qd" else 1)]
    return tuple(made)


@st.composite
def functions(draw):
    """Blocks that branch to each other at random until they run out of fuel."""
    count = draw(st.integers(1, 5))
    entry = [row("const.i32", 40, FUEL), row("const.i32", 1, ONE)]
    entry += [
        row(f"const.{CONSTANTS[kind][0]}", draw(st.sampled_from(CONSTANTS[kind][1])), register)
        for kind, registers in REGISTERS.items()
        for register in registers
        if kind != "i" or register > 1
    ]
    blocks = [[*entry, row("br", 1, ())]]
    end = 2 * count + 1
    for number in range(count):
        body = draw(st.lists(instructions(), max_size=6))
        spend = [
            row("sub.i32", FUEL, ONE, FUEL),
            row("cond_br", FUEL, 2 * number + 2, (), end, draw(moves())),
        ]
        blocks.append([*body, *spend])
        first, second = (2 * draw(st.integers(0, count - 1)) + 1 for _ in range(2))
        test = draw(st.lists(instructions(), max_size=1))
        condition = draw(st.sampled_from(REGISTERS["i"]))
        blocks.append(
            [*test, row("cond_br", condition, first, draw(moves()), second, draw(moves()))]
        )
    blocks.append(
        [row("return", tuple(register for kind in "iqfd" for register in REGISTERS[kind]))]
    )
    return function("0iir_iiiiIIIIfffFF", blocks)


def outcome(data, engine, arguments, limits=None):
    """Results or error, and what is in the buffer afterwards."""
    module = BytecodeModule.from_bytes(data)
    context = Context(Instance(), [module], engine=engine, limits=limits)
    buffer = Buffer(bytearray(range(64)))
    try:
        result = repr(context.lookup_function("m.f")(*arguments, buffer))
    except Exception as error:
        code = getattr(error, "code", None)
        assert code is not None, error
        result = (code.name, str(error).splitlines()[-1])
    return result, bytes(buffer.data)


@settings(max_examples=60, deadline=None)
@given(functions(), st.integers(0, 300))
def test_engines_stop_at_the_same_instruction(definition, most):
    data = encode_module(module("m", {"f": definition})).data
    limits = Limits(max_instructions=most)
    translated = outcome(data, "translate", (1, 2), limits)
    assert translated == outcome(data, "interpret", (1, 2), limits)


@settings(max_examples=150, deadline=None)
@given(functions(), st.sampled_from(CONSTANTS["i"][1]), st.integers(-5, 70))
def test_engines_agree(definition, first, second):
    built = module("m", {"f": definition})
    assert translate(ModuleFacts(built), 0) is not None
    data = encode_module(built).data
    translated = outcome(data, "translate", (first, second))
    assert translated == outcome(data, "interpret", (first, second))


@contextlib.contextmanager
def compiling():
    """Loops are compiled when they are first reached."""
    with mock.patch.multiple(jit, HOT=0, HOT_INSIDE=40, HOT_PER_INSTRUCTION=0):
        yield


@settings(max_examples=60, deadline=None)
@given(
    functions(),
    st.sampled_from(CONSTANTS["i"][1]),
    st.integers(-5, 70),
    st.none() | st.integers(0, 300),
)
def test_compiled_loops_agree(definition, first, second, most):
    data = encode_module(module("m", {"f": definition})).data
    limits = None if most is None else Limits(max_instructions=most)
    with compiling():
        compiled = outcome(data, "translate", (first, second), limits)
    assert compiled == outcome(data, "interpret", (first, second), limits)
