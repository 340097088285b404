"""Loops as native code: the interpreter's results, errors and accounts, to the bit."""

import itertools
import math
import random
import signal
import struct
import threading
from unittest import mock

import pytest

from ireelite.bytecode.build import function, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.bytecode.isa import OPCODES
from ireelite.status import StatusError
from ireelite.vm import jit
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.jit import compiled_loop
from ireelite.vm.jit.first_turns import first_turns
from ireelite.vm.jit.rules import RULES
from ireelite.vm.limits import Limits, Meter
from ireelite.vm.refs import Buffer

KINDS = {"i": ("i32", 4), "q": ("i64", 8), "f": ("f32", 4), "d": ("f64", 8)}
CODES = {"i": "<i", "q": "<q", "f": "<f", "d": "<d"}
INF, NAN = math.inf, math.nan
FLOATS = [
    *(0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999997, 1.0, -1.0, 3.7, 1e-40, 1e30, -3.4e38),
    *(2147483648.0, 4294967296.0, -2147483649.0, 9.223372036854775807e18, 1.8446744073709552e19),
    *(1.2e19, -9.3e18, INF, -INF, NAN, 88.0, -104.0, 16777217.0, 8388607.5),
]
VALUES = {
    "i": [0, 1, -1, 2, 7, 31, 32, 33, 127, 128, 255, 40_000, 70_000, (1 << 31) - 1, -(1 << 31)],
    "q": [0, 1, -1, 3, 63, 64, 1 << 24, (1 << 24) + 1, (1 << 53) + 1, (1 << 63) - 1, -(1 << 63),
          (1 << 62) + (1 << 38) + 1, -77, 5],
    "f": [struct.unpack("<f", struct.pack("<f", value))[0] for value in FLOATS],
    "d": [*FLOATS, 1e308, 5e-324, 4503599627370497.5, 0.49999999999999994],
}  # fmt: skip
COMPUTING = sorted(name for name in RULES if not name.startswith(("buffer.", "const.", "switch.")))
MAX_ROWS = 900
"""Combinations of operands that an instruction is tried on."""


def signature(name):
    """Kinds of the operands and of the result; apart those that fail for a divisor of zero."""
    return (*OPCODES[name].fields, name.startswith(("div.i", "rem.i")))


GROUPS = [
    list(group) for _, group in itertools.groupby(sorted(COMPUTING, key=signature), signature)
]


@pytest.fixture
def compiling(monkeypatch):
    """Loops are compiled when they are first reached; gives for each whether that was for buffers
    that do not overlap."""
    compiled = []

    def emit_region(flow, region, disjoint):
        compiled.append(disjoint)
        return plain(flow, region, disjoint)

    plain = compiled_loop.emit_region
    monkeypatch.setattr(jit, "HOT", 0)
    monkeypatch.setattr(jit, "HOT_PER_INSTRUCTION", 0)
    monkeypatch.setattr(jit, "HOT_INSIDE", 1 << 50)
    monkeypatch.setattr(compiled_loop, "emit_region", emit_region)
    return compiled


def context_of(data, engine="translate", limits=None):
    return Context(Instance(), [BytecodeModule.from_bytes(data)], engine=engine, limits=limits)


INDEX, ONE, COUNT, TEST, FIRST = 0, 2, 4, 6, 8


def over_elements(group):
    """A function that applies instructions of one signature to elements [0, n) of buffers: one an
    operand, then one an instruction for its results."""
    *kinds, result = OPCODES[group[0]].fields
    registers = [FIRST + 2 * number for number in range(len(kinds))]
    body = [
        row(f"buffer.load.{KINDS[kind][0]}", ref(number), INDEX, register)
        for number, (kind, register) in enumerate(zip(kinds, registers))
    ]
    target = FIRST + 2 * len(kinds)
    for number, name in enumerate(group, len(kinds)):
        body += [
            row(name, *registers, target),
            row(f"buffer.store.{KINDS[result[1]][0]}", ref(number), INDEX, target),
        ]
    return function(f"0I{'r' * (len(kinds) + len(group))}_v", counting(body))


def counting(body):
    """Blocks that run instructions for `INDEX` from 0 up to the i64 argument."""
    return [
        [
            row("const.i64.zero", TEST),
            row("const.i64", 1, ONE),
            row(
                "br",
                1,
                tuple((a + h, b + h) for a, b in ((INDEX, COUNT), (TEST, INDEX)) for h in (0, 1)),
            ),
        ],
        [row("cmp.lt.i64.s", INDEX, COUNT, TEST), row("cond_br", TEST, 2, (), 3, ())],
        [*body, row("add.i64", INDEX, ONE, INDEX), row("br", 1, ())],
        [row("return", ())],
    ]


def operands_for(group):
    """Combinations of the special values, a buffer an operand."""
    *kinds, _, division = signature(group[0])
    rows = list(itertools.product(*(VALUES[kind] for kind in kinds)))
    random.Random(group[0]).shuffle(rows)
    rows = [each for each in rows if not division or each[1]][:MAX_ROWS]
    return len(rows), [
        b"".join(struct.pack(CODES[kind], each[position]) for each in rows)
        for position, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_instructions_compute_the_same_bits(group, compiling):
    data = encode_module(module("m", {"f": over_elements(group)})).data
    count, operands = operands_for(group)
    width = KINDS[OPCODES[group[0]].fields[-1][1]][1]
    outcomes = []
    for engine in ("interpret", "translate"):
        results = [Buffer(bytearray(width * count)) for _ in group]
        buffers = [Buffer(bytearray(each)) for each in operands]
        context_of(data, engine).lookup_function("m.f")(count, *buffers, *results)
        outcomes.append({name: bytes(each.data) for name, each in zip(group, results)})
    assert compiling == [True]
    for name in group:
        assert outcomes[1][name] == outcomes[0][name], name


FAILING = {
    "load": [row("buffer.load.i32", ref(0), INDEX, FIRST)],
    "store": [row("const.f64", 2.5, FIRST), row("buffer.store.f64", ref(0), INDEX, FIRST)],
    "byte": [row("const.i32", 7, FIRST), row("buffer.store.i8", ref(0), INDEX, FIRST)],
    "divide": [
        row("buffer.load.i8.u", ref(0), INDEX, FIRST),
        row("div.i32.s", FIRST, FIRST, FIRST),
    ],
    "remain": [row("rem.i64.u", ONE, INDEX, FIRST)],
}


def failure(data, name, arguments, engine, limits=None):
    """The error of a call, and what is in its buffer then."""
    with pytest.raises(StatusError) as raised:
        context_of(data, engine, limits).lookup_function(f"m.{name}")(*arguments)
    held = arguments[1].data if isinstance(arguments[1], Buffer) else b""
    return str(raised.value), bytes(held)


@pytest.fixture(scope="module")
def failing():
    functions = {name: function("0Ir_v", counting(body)) for name, body in FAILING.items()}
    return encode_module(module("m", functions)).data


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize(
    "make",
    [
        lambda: Buffer(bytearray(41)),
        lambda: Buffer(bytes(41), mutable=False),
        lambda: Buffer(bytearray()),
        lambda: None,
    ],
    ids=["short", "constant", "empty", "null"],
)
def test_errors_are_the_interpreters(name, make, failing, compiling):
    expected = failure(failing, name, (100, make()), "interpret")
    assert failure(failing, name, (100, make()), "translate") == expected
    assert compiling == [True]


ADD_UP = [
    row("buffer.load.i64", ref(0), INDEX, FIRST),
    row("add.i64", FIRST, ONE, FIRST),
    row("buffer.store.i64", ref(0), INDEX, FIRST),
]


@pytest.fixture(scope="module")
def adding():
    return encode_module(module("m", {"f": function("0Ir_v", counting(ADD_UP))})).data


@pytest.mark.parametrize("most", [0, 3, 4, 5, 6, 9, 12, 13, 14, 700, 701, 702, 704, 705])
def test_the_meter_stops_at_the_same_instruction(most, adding, compiling):
    limits = Limits(max_instructions=most)
    arguments = (100, Buffer(bytearray(800)))
    expected = failure(adding, "f", arguments, "interpret", limits)
    arguments = (100, Buffer(bytearray(800)))
    assert failure(adding, "f", arguments, "translate", limits) == expected


def test_the_account_is_exact(adding, compiling):
    meter = Meter(Limits(max_instructions=1000))
    context_of(adding, limits=meter).lookup_function("m.f")(100, Buffer(bytearray(800)))
    with mock.patch.object(jit, "HOT", 1 << 50):
        plain = Meter(Limits(max_instructions=1000))
        context_of(adding, limits=plain).lookup_function("m.f")(100, Buffer(bytearray(800)))
    assert meter.left + (meter._reserve or 0) == plain.left + (plain._reserve or 0)
    assert compiling == [True]


def test_a_loop_goes_on_compiled_within_a_call(adding, monkeypatch):
    """It enters in the middle, when it has run long enough."""
    monkeypatch.setattr(jit, "HOT", 300)
    monkeypatch.setattr(jit, "HOT_PER_INSTRUCTION", 0)
    buffer = Buffer(bytearray(8000))
    context = context_of(adding)
    context.lookup_function("m.f")(1000, buffer)
    assert set(buffer.i64) == {1}
    context.lookup_function("m.f")(1000, buffer)
    assert set(buffer.i64) == {2}


SUM = [
    row("buffer.load.i64", ref(1), INDEX, FIRST),
    row("buffer.load.i64", ref(0), FIRST + 4, FIRST + 2),
    row("add.i64", FIRST, FIRST + 2, FIRST),
    row("buffer.store.i64", ref(0), FIRST + 4, FIRST),
]
"""Adds to element 0 of a buffer, which each turn loads again, the elements of another."""


@pytest.fixture(scope="module")
def summing():
    blocks = counting(SUM)
    blocks[0].insert(0, row("const.i64.zero", FIRST + 4))
    return encode_module(module("m", {"f": function("0Irr_v", blocks)})).data


@pytest.mark.parametrize("room", [0, 8])
@pytest.mark.parametrize(
    ("count", "most"),
    [(0, None), (1, None), (2, None), (7, None), *((4, n) for n in range(4, 40, 3))],
)
def test_a_loop_that_adds_up_in_memory_has_a_first_turn_of_its_own(
    count, most, room, summing, compiling
):
    """The buffers end where the first, or the sixth turn begins; the meter ends anywhere."""
    found = []
    for engine in ("interpret", "translate"):
        total, addends, error = Buffer(bytearray(room)), Buffer(bytes(range(40))), None
        limits = None if most is None else Limits(max_instructions=most)
        try:
            context_of(summing, engine, limits).lookup_function("m.f")(count, total, addends)
        except StatusError as raised:
            error = str(raised)
        found.append((error, bytes(total.data)))
    assert found[0] == found[1]
    assert compiling


def test_only_loops_that_update_have_a_first_turn(summing):
    def turns(data):
        flow = BytecodeModule.from_bytes(data).facts.flow(0)
        return first_turns(flow, frozenset(flow.order))

    assert turns(summing) == {1: frozenset({1, 2})}
    copies = encode_module(module("m", {"f": function("0Irr_v", counting(SUM[:1]))})).data
    assert turns(copies) == {}


def test_a_loop_that_runs_briefly_beside_a_compiled_one_is_compiled_too(compiling, monkeypatch):
    """The first loop counts to the argument; the second, which is longer, to two."""
    monkeypatch.setattr(jit, "HOT", 100)
    monkeypatch.setattr(jit, "HOT_PER_INSTRUCTION", 10)
    blocks = counting([])[:-1]
    last = len(blocks)
    more = [row("add.i64", INDEX, ONE, FIRST)] * 6
    blocks += [
        [row("const.i64.zero", INDEX), row("const.i64", 2, COUNT), row("br", last + 1, ())],
        [
            row("cmp.lt.i64.s", INDEX, COUNT, TEST),
            row("cond_br", TEST, last + 2, (), last + 3, ()),
        ],
        [*more, row("add.i64", INDEX, ONE, INDEX), row("br", last + 1, ())],
        [row("return", ())],
    ]
    data = encode_module(module("m", {"f": function("0I_v", blocks)})).data
    call = context_of(data).lookup_function("m.f")
    call(1000)
    assert len(compiling) == 1
    for _ in range(10):
        call(1000)
    assert len(compiling) == 2


def test_overlapping_buffers_see_each_others_stores(compiling):
    """Each element becomes the one before it plus one, through two views of the same bytes."""
    shift = [
        row("buffer.load.i32", ref(0), INDEX, FIRST),
        row("const.i32", 1, FIRST + 1),
        row("add.i32", FIRST, FIRST + 1, FIRST),
        row("buffer.store.i32", ref(1), INDEX, FIRST),
    ]
    data = encode_module(module("m", {"f": function("0Irr_v", counting(shift))})).data
    memory = memoryview(bytearray(404))
    context_of(data).lookup_function("m.f")(100, Buffer(memory[:-4]), Buffer(memory[4:]))
    assert list(memory.cast("i")) == list(range(101))
    apart = Buffer(bytearray(400)), Buffer(bytearray(400))
    context_of(data).lookup_function("m.f")(100, *apart)
    assert list(apart[1].i32) == [1] * 100
    assert compiling == [False, True]


ENDLESS = [
    [row("const.i32", 1, 0), row("br", 1, ())],
    [row("add.i32", 0, 0, 1), row("br", 1, ())],
]


@pytest.fixture
def interruptible():
    """Interrupts raise KeyboardInterrupt, whatever other tests of the process have set."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_deadlines_and_interrupts_reach_compiled_loops(compiling, interruptible):
    data = encode_module(module("m", {"f": function("0v_v", ENDLESS)})).data
    context = context_of(data, limits=Limits(deadline=0.05))
    with pytest.raises(StatusError, match=r"DEADLINE_EXCEEDED(.|\n)*bytecode m@0:"):
        context.lookup_function("m.f")()
    timer = threading.Timer(0.2, signal.raise_signal, (signal.SIGINT,))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        context_of(data).lookup_function("m.f")()
    timer.join()
