"""Entry points as native code: all workgroups in one call give what each alone does."""

import time

import pytest

from ireelite.bytecode.build import function, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusError
from ireelite.vm.backtrace import explain
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.jit import dispatch
from ireelite.vm.jit.dispatch import EntryPoint, some_ids
from ireelite.vm.jit.kernel import CCONV
from ireelite.vm.jit.places import place_of
from ireelite.vm.limits import Limits, Meter
from ireelite.vm.refs import Buffer, List

LENGTH, ONE, INDEX, TEST, GROUP, VALUE, PLACE = 10, 12, 14, 16, 18, 20, 22
PER_GROUP = 5
"""Elements that a workgroup works on."""


def scaled():
    """out[g * 5 + i] = in[g * 5 + i] * constants[0] + local[0], and local[0] counts on; g is
    x + 3 y + 12 z."""
    return [
        [
            row("const.i32.zero", 30),
            row("const.i32", 1, 31),
            row("list.get.ref", ref(2), 30, 0, ref(3)),
            row("list.get.ref", ref(2), 31, 0, ref(4)),
            row("discard.refs", (ref(2),)),
            row("const.i64", PER_GROUP, LENGTH),
            row("const.i64", 1, ONE),
            row("const.i64.zero", INDEX),
            row("buffer.load.i32", ref(1), INDEX, 32),
            row("buffer.load.i32", ref(0), INDEX, 33),
            row("const.i32", 4, 34),
            row("fma.i32", 2, 34, 1, 35),
            row("const.i32", 3, 34),
            row("fma.i32", 35, 34, 0, 35),
            row("ext.i32.i64.s", 35, GROUP),
            row("mul.i64", GROUP, LENGTH, GROUP),
            row("br", 1, ()),
        ],
        [row("cmp.lt.i64.s", INDEX, LENGTH, TEST), row("cond_br", TEST, 2, (), 3, ())],
        [
            row("add.i64", GROUP, INDEX, PLACE),
            row("buffer.load.i32", ref(3), PLACE, VALUE),
            row("fma.i32", VALUE, 32, 33, VALUE),
            row("buffer.store.i32", ref(4), PLACE, VALUE),
            row("add.i64", INDEX, ONE, INDEX),
            row("br", 1, ()),
        ],
        [
            row("const.i64.zero", INDEX),
            row("add.i32", 33, 31, 33),
            row("buffer.store.i32", ref(0), INDEX, 33),
            row("discard.refs", (ref(0), ref(1), ref(3), ref(4))),
            row("return", ()),
        ],
    ]


@pytest.fixture(scope="module")
def data():
    built = module("m", {"f": function(CCONV, scaled())}, types=["!vm.buffer"])
    return encode_module(built).data


GRID = (3, 4, 2)
TOTAL = 3 * 4 * 2


def run(data, native, elements, limits=None, count=2):
    """Error or none, the output, local memory, and what is left of the account."""
    meter = None if limits is None else Meter(limits)
    engine = "translate" if native else "interpret"
    context = Context(Instance(), [BytecodeModule.from_bytes(data)], engine=engine, limits=meter)
    state = context.states["m"]
    buffers = [
        Buffer(bytearray(n % 251 for n in range(4 * elements))),
        Buffer(bytearray(4 * elements)),
    ]
    local, constants = Buffer(bytearray(4)), Buffer(bytes([7, 0, 0, 0]), mutable=False)
    bindings = List("!vm.buffer", buffers[:count])

    def interpreted(places, arguments, grid, begin):
        for x, y, z in some_ids(grid, begin, TOTAL):
            state.exports()["f"].call(*arguments(), x, y, z, 1, 1, 1, *grid)
        return TOTAL

    call = EntryPoint(state, 0).run if native else interpreted
    error = None
    try:
        guarded = call if meter is None else meter.guard(call)
        arguments = (local, constants, bindings)
        places = [place_of(each) for each in (*arguments, *bindings.items)]
        if guarded(places, lambda: arguments, GRID, 0) < TOTAL:
            error = "not run"
    except StatusError as raised:
        error = str(explain(raised))
    left = None if meter is None else meter.left + (meter._reserve or 0)
    return error, bytes(buffers[1].data), bytes(local.data), left


def __locate__(frame, line):
    """The frames of this file are on the way to an instruction."""
    return []


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 0)


def test_results_are_those_of_single_workgroups(data):
    result = run(data, True, TOTAL * PER_GROUP // 4 * 4)
    assert result == run(data, False, TOTAL * PER_GROUP // 4 * 4)
    assert result[0] is None
    assert result[2] == bytes([TOTAL, 0, 0, 0])


@pytest.mark.parametrize(
    "bound, seconds", [("MAX_INTERPRETED_SECONDS", 1e-3), ("SECONDS_PER_INSTRUCTION", 1e-6)]
)
def test_an_entry_point_that_has_run_long_for_its_size_is_compiled(
    data, monkeypatch, bound, seconds
):
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_WORKGROUPS", 1 << 60)
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_SECONDS", 60.0)
    monkeypatch.setattr(dispatch, bound, seconds)
    context = Context(Instance(), [BytecodeModule.from_bytes(data)], engine="translate")
    entry = EntryPoint(context.states["m"], 0)
    buffers = [Buffer(bytearray(4)), Buffer(bytes(4), mutable=False)]
    bindings = List("!vm.buffer", [Buffer(bytearray(4 * TOTAL * PER_GROUP)) for _ in range(2)])
    arguments = (*buffers, bindings)
    places = [place_of(each) for each in (*arguments, *bindings.items)]
    for _ in range(2):
        # What a caller does between two dispatches does not count.
        assert entry.run(places, lambda: arguments, GRID, 0) == 0
        time.sleep(0.002)
    assert entry.run(places, lambda: arguments, GRID, 7) == TOTAL
    assert bytes(buffers[0].data) == bytes([TOTAL - 7, 0, 0, 0])


def test_an_entry_point_is_not_compiled_when_nothing_of_a_dispatch_is_left(data, monkeypatch):
    monkeypatch.setattr(dispatch, "MAX_INTERPRETED_SECONDS", 0.0)
    context = Context(Instance(), [BytecodeModule.from_bytes(data)], engine="translate")
    entry = EntryPoint(context.states["m"], 0)
    monkeypatch.setattr(BytecodeModule, "kernel", lambda module, ordinal: pytest.fail("compiled"))
    assert entry.run([], lambda: (None, None, None), GRID, TOTAL) == TOTAL


def test_an_error_is_that_of_the_workgroup(data):
    result = run(data, True, 57)
    assert result == run(data, False, 57)
    assert "OUT_OF_RANGE" in result[0]
    assert "bytecode m@0:" in result[0]


def test_a_binding_that_is_not_there_is_left_to_the_translated_code(data):
    assert run(data, True, 120, count=1)[0] == "not run"


@pytest.mark.parametrize("most", [0, 5, 17, 18, 19, 70, 400, 700, 1500, 5000])
def test_the_meter_stops_at_the_same_instruction(data, most):
    limits = Limits(max_instructions=most)
    result = run(data, True, 120, limits)
    assert result == run(data, False, 120, limits)
    assert (result[0] is None) == (most == 5000)


def test_what_calls_or_has_other_references_is_not_compiled():
    blocks = [
        [row("const.i32.zero", 30), row("cond_br", 0, 1, (), 2, ())],
        [row("list.get.ref", ref(2), 30, 0, ref(3)), row("br", 3, ())],
        [row("assign.ref", ref(0), ref(3)), row("br", 3, ())],
        [row("return", ())],
    ]
    built = module("m", {"f": function(CCONV, blocks)}, types=["!vm.buffer"])
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    assert loaded.kernel(0) is None
