"""Going through a call in time: after any way of moving, all is as in a run that stopped there."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ireelite.bytecode.build import function, imported, module, ref, row
from ireelite.bytecode.encode import encode_module
from ireelite.status import StatusCode, StatusError
from ireelite.vm.bytecode_module import BytecodeModule
from ireelite.vm.context import Context
from ireelite.vm.debug.journal import RecordFull
from ireelite.vm.debug.timeline import INTERVAL, Timeline
from ireelite.vm.instance import Instance
from ireelite.vm.limits import Limits
from ireelite.vm.native import NativeModule, vm_export
from ireelite.vm.ref_names import RefNames
from ireelite.vm.refs import Buffer, List

RETURN = row("return", ())
INSTRUCTIONS = [
    row("add.i32", 1, 2, 3),
    row("mul.i32", 3, 1, 2),
    row("add.i64", 4, 6, 4),
    row("mul.f32", 8, 8, 9),
    row("buffer.store.i32", ref(0), 4, 3),
    row("buffer.store.i8", ref(2), 4, 1),
    row("buffer.fill.i16", ref(0), 6, 6, 2),
    row("buffer.copy", ref(0), 6, ref(2), 6, 6),
    row("buffer.clone", ref(0), 6, 6, 1, ref(2)),
    row("buffer.alloc", 14, 1, ref(2)),
    row("buffer.load.i32", ref(2), 6, 2),
    row("list.alloc", 1, 1, ref(1)),
    row("and.i32", 1, 19, 20),
    row("list.resize", ref(1), 20),
    row("list.set.i32", ref(1), 0, 2),
    row("list.set.ref", ref(1), 11, ref(2, move=True)),
    row("list.get.ref", ref(1), 11, 0, ref(2)),
    row("global.store.i32", 4, 3),
    row("global.store.i64", 8, 4),
    row("global.store.ref", 0, 0, ref(2)),
    row("global.load.ref", 0, 0, ref(2)),
    row("global.load.i32", 4, 1),
    row("call", 0, (1, 2), (2,)),
    row("call", imported(0), (ref(0), ref(1), 1), (1,)),
    row("call", imported(1), (2,), (1,)),
    row("discard.refs", (ref(2),)),
]


class Native:
    """Changes what it is given, and calls back."""

    def __init__(self):
        self.calls = 0
        self.context: Context | None = None

    @vm_export("touch", "0rri_i")
    def touch(self, buffer, items, number):
        self.calls += 1
        if number % 3 == 0:
            raise StatusError(StatusCode.ABORTED, "a multiple of three")
        if buffer is not None:
            buffer.u8[self.calls % len(buffer)] = number & 0xFF
        if items is not None:
            items.items = [*items.items, self.calls]
        assert self.context is not None
        self.context.lookup_function("m.count")()
        return 1000 + self.calls


@st.composite
def programs(draw):
    """A loop of random instructions, which may fail anywhere."""
    body = draw(st.lists(st.sampled_from(INSTRUCTIONS), min_size=3, max_size=14))
    entry = [
        row("const.i32", draw(st.integers(5, 120)), 12),
        *[row("const.i32", draw(st.integers(-4, 40)), n) for n in (1, 2, 3)],
        row("const.i32.zero", 0),
        row("const.i32", 7, 19),
        row("const.i32", 3, 20),
        row("const.i32", 1, 11),
        row("const.i64", draw(st.integers(0, 3)), 4),
        row("const.i64", draw(st.sampled_from([0, 1, 2])), 6),
        row("const.f32", 1.5, 8),
        row("const.f32", 0.99, 9),
        row("const.i64", 48, 14),
        row("buffer.alloc", 14, 1, ref(2)),
        row("list.alloc", 1, 1, ref(1)),
        row("br", 1, ()),
    ]
    again = [row("sub.i32", 12, 11, 12), row("cond_br", 12, 1, ((1, 13),), 2, ())]
    leaf = [row("mul.i32", 0, 1, 0), row("global.store.i32", 0, 0), row("return", (0,))]
    count = [
        *[row("global.load.i32", 16, 0), row("const.i32", 1, 1)],
        *[row("add.i32", 0, 1, 0), row("global.store.i32", 16, 0), RETURN],
    ]
    return module(
        "m",
        {
            ".leaf": function("0ii_i", [leaf]),
            "f": function("0r_i", [entry, [*body, *again], [row("return", (1,))]]),
            "count": function("0v_v", [count]),
        },
        types=["!vm.buffer", "!vm.opaque"],
        imports={"native.touch": "0rri_i", "other.twice": "0i_i"},
        global_bytes=24,
        global_refs=1,
    )


def start(built, **fields):
    other = module(
        "other",
        {
            "twice": function(
                "0i_i",
                [[row("global.store.i32", 0, 0), row("add.i32", 0, 0, 0), row("return", (0,))]],
            )
        },
        global_bytes=8,
    )
    loaded = [BytecodeModule.from_bytes(encode_module(each).data) for each in (other, built)]
    context = Context(Instance(), [NativeModule("native", state_factory=Native), *loaded])
    native = context.states["native"].state  # type: ignore[attr-defined]
    native.context = context
    argument = Buffer(bytearray(range(64)))
    call = context.lookup_function("m.f")
    return Timeline(context, call, [argument], **fields), native


def picture(timeline):
    """All that can be seen of the VM, with references named in the order in which they are met."""
    names = RefNames()
    seen: dict[int, object] = {}

    def value(each):
        if isinstance(each, Buffer) and id(each) not in seen:
            seen[id(each)] = None
            return names.name(each), bytes(each.data)
        if isinstance(each, List) and id(each) not in seen:
            seen[id(each)] = None
            return names.name(each), [value(item) for item in each.items]
        return each if isinstance(each, (int, float)) else names.name(each)

    frames = [
        (frame.ordinal, frame.block, frame.index, bytes(frame.numbers), frame.serial)
        for frame in timeline.frames
    ]
    refs = [[value(each) for each in frame.refs] for frame in timeline.frames]
    states = [timeline.context.states[name] for name in ("other", "m")]
    memory = [(bytes(s.memory.data), [value(each) for each in s.refs]) for s in states]
    return frames, refs, memory


@settings(max_examples=60, deadline=None)
@given(programs(), st.randoms(use_true_random=False))
def test_any_position_is_as_in_a_fresh_run(built, chance):
    timeline, native = start(built)
    while timeline.forward():
        pass
    calls = native.calls
    for _ in range(5):
        position = chance.randint(0, timeline.recorded)
        timeline.seek(position)
        fresh, _ = start(built)
        for _ in range(position):
            assert fresh.forward()
        assert picture(timeline) == picture(fresh)
        assert timeline.finished == fresh.finished
    timeline.seek(timeline.recorded)
    assert native.calls == calls
    fresh, _ = start(built)
    while fresh.forward():
        pass
    assert picture(timeline) == picture(fresh)
    assert str(timeline.failure) == str(fresh.failure)
    assert timeline.finished or timeline.failed


@settings(max_examples=40, deadline=None)
@given(programs())
def test_it_ends_as_the_engines_do(built):
    timeline, _ = start(built)
    while timeline.forward():
        pass
    again, _ = start(built)
    argument = Buffer(bytearray(range(64)))
    try:
        result = again.context.lookup_function("m.f")(argument)
    except StatusError as error:
        assert timeline.failure is not None
        assert timeline.failure.code == error.code
        assert str(error).splitlines()[-1] == str(timeline.failure).splitlines()[-1]
    else:
        assert timeline.machine.results == result


def countdown(rounds):
    body = [row("buffer.store.i32", ref(0), 4, 12), row("sub.i32", 12, 11, 12)]
    return module(
        "m",
        {
            "f": function(
                "0r_i",
                [
                    [
                        row("const.i32", rounds, 12),
                        row("const.i32", 1, 11),
                        row("const.i64", 3, 4),
                        row("br", 1, ()),
                    ],
                    [*body, row("cond_br", 12, 1, (), 2, ())],
                    [row("return", (12,))],
                ],
            )
        },
    )


def test_both_sides_of_an_interval():
    timeline, _ = start(countdown(700))
    pictures = [picture(timeline)]
    while timeline.forward():
        pictures.append(picture(timeline))
    assert timeline.recorded == len(pictures) - 1 == 4 + 3 * 700 + 1
    edges = [0, 1, INTERVAL - 1, INTERVAL, INTERVAL + 1, 2 * INTERVAL, timeline.recorded]
    for position in [*edges, *random.Random(1).sample(range(timeline.recorded), 20)]:
        timeline.seek(position)
        assert picture(timeline) == pictures[position]
    with pytest.raises(StatusError, match="OUT_OF_RANGE; position -1 is not recorded"):
        timeline.seek(-1)


def test_an_end_at_an_interval():
    """As many steps as fill intervals, and not one more."""
    timeline, _ = start(countdown((4 * INTERVAL - 5) // 3))
    while timeline.forward():
        pass
    assert timeline.recorded == 4 * INTERVAL
    end = picture(timeline)
    timeline.seek(3)
    timeline.seek(4 * INTERVAL)
    assert picture(timeline) == end and timeline.finished


def test_a_full_record_leaves_everything_as_it_was():
    timeline, _ = start(countdown(700), most_bytes=50_000)
    with pytest.raises(RecordFull, match=r"RESOURCE_EXHAUSTED; .* fills the 50000 bytes"):
        while timeline.forward():
            pass
    before = picture(timeline)
    with pytest.raises(RecordFull):
        timeline.forward()
    assert picture(timeline) == before and timeline.failure is None
    timeline.seek(0)
    assert timeline.frames[-1].index == 0


def test_a_defect_of_a_native_module_comes_through():
    class Broken:
        @vm_export("break", "0r_v")
        def broken(self, buffer):
            buffer.u8[0] = 99
            raise KeyError("a defect")

    body = [row("call", imported(0), (ref(0),), ()), RETURN]
    built = module("m", {"f": function("0r_v", [body])}, imports={"broken.break": "0r_v"})
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    context = Context(Instance(), [NativeModule("broken", state_factory=Broken), loaded])
    buffer = Buffer(bytearray(4))
    timeline = Timeline(context, context.lookup_function("m.f"), [buffer])
    with pytest.raises(KeyError, match="a defect"):
        timeline.forward()
    assert bytes(buffer.data) == bytes(4) and timeline.position == 0


def test_steps_are_under_the_limits_of_the_context():
    endless = function("0v_v", [[row("br", 0, ())]])
    alloc = [row("const.i64", 4096, 0), row("buffer.alloc", 0, 0, ref(0)), RETURN]
    built = module("m", {"f": endless, "g": function("0v_v", [alloc])})
    loaded = BytecodeModule.from_bytes(encode_module(built).data)
    context = Context(Instance(), [loaded], limits=Limits(max_instructions=9, max_memory=100))
    timeline = Timeline(context, context.lookup_function("m.f"), [])
    for _ in range(50):
        assert timeline.forward()
    timeline = Timeline(context, context.lookup_function("m.g"), [])
    assert timeline.forward() and not timeline.forward()
    assert timeline.failure is not None and "a buffer needs" in timeline.failure.message


def test_what_is_printed_and_traced_is_so_once(capsys):
    body = [row("const.i32", 7, 0), row("print", "seven", (0,)), RETURN]
    loaded = BytecodeModule.from_bytes(
        encode_module(module("m", {"f": function("0v_v", [body])})).data
    )
    lines: list[str] = []
    context = Context(Instance(), [loaded], trace=lines.append)
    timeline = Timeline(context, context.lookup_function("m.f"), [])
    for _ in range(3):
        while timeline.forward():
            pass
        timeline.seek(0)
    assert capsys.readouterr().err == "seven(7)\n" and len(lines) == 3
