"""Limits on instructions, time and memory; on both engines."""

import gc
import time

import pytest

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm import host_memory
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.running_meters import running_meter

RETURN = row("return", ())


@pytest.fixture(params=["translate", "interpret"])
def limited(request):
    def make(built, before=(), **limits):
        loaded = BytecodeModule.from_bytes(encode_module(built).data)
        return Context(Instance(), [*before, loaded], engine=request.param, limits=Limits(**limits))

    return make


def refused(code, call, *arguments):
    with pytest.raises(StatusError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value
    return str(caught.value)


def countdown():
    """Runs 2 + 2n instructions: a branch in, n rounds of two, a return."""
    return function(
        "0i_v",
        [
            [row("const.i32", 1, 1), row("br", 1, ())],
            [row("sub.i32", 0, 1, 0), row("cond_br", 0, 1, (), 2, ())],
            [RETURN],
        ],
    )


def test_instructions_are_counted_exactly(limited):
    f = limited(module("m", {"f": countdown()}), max_instructions=43).lookup_function("m.f")
    for _ in range(2):
        assert f(20) == ()
        message = refused(StatusCode.RESOURCE_EXHAUSTED, f, 21)
        assert message.startswith("RESOURCE_EXHAUSTED; the call ran more than 43 instructions")
        assert message.splitlines()[-1].startswith("[ 0] bytecode m@0:")


def test_many_instructions(limited):
    context = limited(module("m", {"f": countdown()}), max_instructions=50_000)
    f = context.lookup_function("m.f")
    assert f(24_998) == ()
    refused(StatusCode.RESOURCE_EXHAUSTED, f, 25_000)
    assert f(24_998) == ()


def test_endless_loops_meet_the_deadline(limited):
    endless = module("m", {"f": function("0v_v", [[row("br", 0, ())]])})
    f = limited(endless, deadline=0.05).lookup_function("m.f")
    begin = time.monotonic()
    message = refused(StatusCode.DEADLINE_EXCEEDED, f)
    assert 0.05 <= time.monotonic() - begin < 1
    assert message == (
        "DEADLINE_EXCEEDED; the call took longer than its deadline of 0.05 s; "
        "\n[ 0] bytecode m@0:8 -"
    )


def test_a_long_instruction_meets_the_deadline(limited):
    body = [row("const.i64", 1 << 26, 0), row("const.i64.zero", 2)]
    body += [row("buffer.alloc", 0, 0, ref(0)), row("buffer.hash", ref(0), 2, 0, 4), RETURN]
    f = limited(module("m", {"f": function("0v_v", [body])}), deadline=0.2).lookup_function("m.f")
    begin = time.monotonic()
    refused(StatusCode.DEADLINE_EXCEEDED, f)
    assert time.monotonic() - begin < 2


def test_calls_share_what_their_caller_has(limited):
    """Of other functions, other modules, and back through a Python module."""

    class Back:
        @vm_export("call", "0i_v")
        def call(self, number):
            assert running_meter() is context.meter
            context.lookup_function("m.f")(number)

    body = [row("call", imported(0), (0,), ()), row("call", 0, (0,), ()), RETURN]
    built = module(
        "m",
        {"f": countdown(), "g": function("0i_v", [body])},
        imports={"back.call": "0i_v"},
    )
    context = limited(built, [NativeModule("back", state_factory=Back)], max_instructions=49)
    g = context.lookup_function("m.g")
    assert g(10) == ()
    message = refused(StatusCode.RESOURCE_EXHAUSTED, g, 12)
    assert [line.partition(":")[0] for line in message.splitlines()[1:]] == [
        "[ 1] bytecode m@0",
        "[ 0] bytecode m@1",
    ]
    message = refused(StatusCode.RESOURCE_EXHAUSTED, g, 30)
    assert "while invoking native function back.call" in message
    assert running_meter() is None


def holding():
    """Keeps a buffer of the given size in a global, or drops it."""
    keep = [row("buffer.alloc", 0, 2, ref(0)), row("global.store.ref", 0, 0, ref(0)), RETURN]
    drop = [row("const.ref.zero", ref(0)), row("global.store.ref", 0, 0, ref(0)), RETURN]
    waste = [row("buffer.alloc", 0, 2, ref(0)), row("discard.refs", (ref(0),)), row("br", 0, ())]
    return module(
        "m",
        {
            "keep": function("0Ii_v", [keep]),
            "drop": function("0v_v", [drop]),
            "waste": function("0Ii_v", [waste]),
        },
        types=["!vm.buffer"],
        global_refs=1,
    )


def test_memory_is_what_is_held(limited):
    context = limited(holding(), max_memory=10_000, max_instructions=50_000)
    keep, drop = context.lookup_function("m.keep"), context.lookup_function("m.drop")
    keep(8_000, 16)
    message = refused(StatusCode.RESOURCE_EXHAUSTED, keep, 8_000, 16)
    assert message.startswith("RESOURCE_EXHAUSTED; a buffer needs 8064 bytes, and 8072 of 10000")
    drop()
    keep(8_000, 16)
    keep(1_000, 16)  # the old one goes when the new one is stored
    gc.collect()
    assert "instructions" in refused(
        StatusCode.RESOURCE_EXHAUSTED, context.lookup_function("m.waste"), 4_000, 16
    )


def test_lists_count(limited):
    grow = [row("list.alloc", 0, 0, ref(0)), row("list.resize", ref(0), 0), RETURN]
    built = module("m", {"f": function("0i_v", [grow])}, types=["i32"])
    f = limited(built, max_memory=1 << 20).lookup_function("m.f")
    for _ in range(3):
        assert f(60_000) == ()
        assert "a list needs" in refused(StatusCode.RESOURCE_EXHAUSTED, f, 70_000)


def test_globals_count():
    built = module("m", {}, global_bytes=1 << 20)
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; the state of module 'm' needs"):
        Context(Instance(), [loaded], limits=Limits(max_memory=1 << 10))


@pytest.mark.parametrize("size", [1 << 45, (1 << 63) - 1])
def test_absurd_sizes_are_refused_at_once(load, size, monkeypatch):
    monkeypatch.setattr(host_memory, "available_bytes", lambda: 1 << 30)
    alloc = [row("buffer.alloc", 0, 2, ref(0)), RETURN]
    f = load(module("m", {"f": function("0Ii_v", [alloc])})).lookup_function("m.f")
    assert "no memory for a buffer of" in refused(StatusCode.RESOURCE_EXHAUSTED, f, size, 16)
    grow = [row("list.alloc", 0, 0, ref(0)), row("list.resize", ref(0), 0), RETURN]
    built = module("m", {"f": function("0i_v", [grow])}, types=["i32"])
    f = load(built).lookup_function("m.f")
    assert "no memory for a list of" in refused(StatusCode.RESOURCE_EXHAUSTED, f, (1 << 31) - 1)


def test_the_host_says_what_it_has():
    assert host_memory.MIN_CHECKED_BYTES < host_memory.available_bytes() <= 1 << 46


def test_initializers_are_calls():
    built = module("m", {"__init": function("0v_v", [[row("br", 0, ())]])})
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    with pytest.raises(StatusError, match="RESOURCE_EXHAUSTED; the call ran more than 9"):
        Context(Instance(), [loaded], limits=Limits(max_instructions=9))


def test_no_limits_no_code():
    loaded = BytecodeModule.from_bytes(encode_module(module("m", {"f": countdown()})).data)
    context = Context(Instance(), [loaded], limits=Limits())
    assert context.meter is None
    context.lookup_function("m.f")(3)
    plain, metered = loaded.translation(0, False, False), loaded.translation(0, False, True)
    assert plain is not None and "meter" not in plain.source
    assert metered is not None and "meter" in metered.source


def test_limits_are_not_negative():
    with pytest.raises(StatusError, match="deadline is -1; a limit is not negative"):
        Limits(deadline=-1)
