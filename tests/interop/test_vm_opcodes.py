"""Every computing instruction against upstream's VM, on operands where things go wrong."""

import math
import random
import struct

import pytest

from ireelite.bytecode.build import function, module, row
from ireelite.bytecode.calling_convention import REGISTER_KINDS, argument_registers
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import OPCODES
from ireelite.vm.semantics import MEANINGS, evaluator

rt = pytest.importorskip("iree.runtime", reason="the test extra holds upstream's runtime")
pytestmark = pytest.mark.interop

LETTERS = {kind: letter for letter, kind in REGISTER_KINDS.items()}
MNEMONICS = [name for name in MEANINGS if "r" not in OPCODES[name].fields]
I32 = [0, 1, -1, 2, 7, -7, (1 << 31) - 1, -(1 << 31), 255, 128, 65535, 40000, 31, 32, 33]
I64 = [*I32, (1 << 63) - 1, -(1 << 63), 1 << 32, (1 << 40) + 5, -(1 << 33)]
I64 += [sign * (1 << 60) + (1 << 36) + off for sign in (1, -1) for off in (-1, 0, 1)]
FLOATS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1.5,
    2.5,
    -0.5,
    -2.5,
    3.25,
    1e10,
    -1e10,
    100.0,
    1e-10,
    3e38,
    2.0**62,
]
FLOATS += [math.nan, math.inf, -math.inf]
EXACT = (
    "add",
    "sub",
    "mul",
    "div",
    "fma",
    "sqrt",
    "rsqrt",
    "min",
    "max",
    "rem",
    "round",
    "ceil",
    "floor",
    "cast",
    "bitcast",
)


@pytest.fixture(scope="module")
def upstream():
    """Calls an instruction on upstream's VM."""
    functions = {}
    for name in MNEMONICS:
        *kinds, result = OPCODES[name].fields
        registers = argument_registers(kinds)
        cconv = f"0{''.join(LETTERS[kind] for kind in kinds)}_{LETTERS[result[1:]]}"
        functions[name] = function(cconv, [[row(name, *registers, 8), row("return", (8,))]])
    instance = rt.VmInstance()
    loaded = rt.VmModule.copy_buffer(instance, encode_module(module("m", functions)).data)
    context = rt.VmContext(instance, [loaded])

    def call(name, operands):
        arguments, results = rt.VmVariantList(len(operands)), rt.VmVariantList(1)
        for operand in operands:
            arguments.push_float(operand) if isinstance(operand, float) else arguments.push_int(
                operand
            )
        context.invoke(loaded.lookup_function(name), arguments, results)
        return results.get_variant(0)

    return call


def _operand(random_, kind):
    if kind in "iq":
        bits = 31 if kind == "i" else 63
        edges = I32 if kind == "i" else I64
        return (
            random_.choice(edges)
            if random_.random() < 0.6
            else random_.randrange(-(1 << bits), 1 << bits)
        )
    value = random_.choice(FLOATS) if random_.random() < 0.6 else random_.uniform(-20, 20)
    return struct.unpack("<f", struct.pack("<f", value))[0] if kind == "f" else value


def _same(name, ours, theirs, single):
    if isinstance(ours, float):
        if ours != ours or theirs != theirs:
            return ours != ours and theirs != theirs
        if ours == theirs:
            return math.copysign(1, ours) == math.copysign(1, theirs)
        close = math.isclose(ours, theirs, rel_tol=3e-7 if single else 1e-15)
        return close and name.partition(".")[0] not in EXACT
    return int(ours) == theirs


@pytest.mark.parametrize("name", MNEMONICS)
def test_same_value(upstream, name):
    random_ = random.Random(name)
    *kinds, result = OPCODES[name].fields
    for _ in range(120):
        operands = [_operand(random_, kind) for kind in kinds]
        if name.startswith(("div.i", "rem.i")) and operands[1] in (0, -1):
            continue  # upstream crashes
        if name.endswith(".even") and -0.5 <= operands[0] < 0:
            continue  # upstream loses the sign of the zero
        if name == "cast.f64.ui64" and operands[0] >= 2.0**63:
            continue  # undefined in C; here it is the conversion that was meant
        ours, theirs = evaluator(name)(*operands), upstream(name, operands)
        assert _same(name, ours, theirs, result == ">f"), (operands, ours, theirs)
